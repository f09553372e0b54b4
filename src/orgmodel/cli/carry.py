"""``orgmodel carry``: a table of figures by old units in, one by new units out."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, Unclear, console, day_of, load, print_json
from orgmodel.cli.words import say
from orgmodel.errors import Finding, InvalidTable
from orgmodel.io import sheets
from orgmodel.model.measure import Measure
from orgmodel.writing import write_file

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "command",
]


def command(
    source: Path,
    target: Path,
    /,
    *,
    figures: Annotated[
        tuple[str, ...],
        Parameter(name="--figure", help="A column of counts, which add up; may be repeated.", negative=""),
    ],
    start: Annotated[str, Parameter(name="--from", help="The day the units are from, such as 2025-06-30.")],
    end: Annotated[
        str | None, Parameter(name="--to", help="The day to carry to; the last day on record if none.")
    ] = None,
    column: Annotated[str, Parameter(help="The column of units.")] = "code",
    kind: Annotated[str | None, Parameter(help="The kind of the units, such as province.")] = None,
    by: Annotated[str, Parameter(help="What the column holds: code, name, id, or another such as code:gso.")] = "code",
    policy: Annotated[
        str | None, Parameter(help="For divided units without stated shares: bounds, equal or dominant.")
    ] = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Carry a table of figures by old units to new ones; each figure says how sure it is.

    Reads CSV, a workbook or Parquet and writes CSV or Parquet. Columns behind each figure say low, high, exact and
    basis. A figure that nobody can divide is refused with all such units, unless --policy says how.

    Parameters
    ----------
    source
        A table by old units.
    target
        The table by new units to write.
    """
    if target.suffix.lower() not in (".csv", ".parquet"):
        raise Unclear(say("{target}: the ending says no form; write .csv or .parquet", target=target))
    history = load(file)
    first, last = day_of(start, history), day_of(end, history)
    table = _read(source, figures)
    missing = [name for name in (column, *figures) if name not in table.columns]
    if missing:
        columns = {"missing": ", ".join(missing), "columns": ", ".join(table.columns)}
        raise Unclear(say("{source}: there is no column {missing} (there are {columns})", source=source, **columns))
    measures = {name: history.measures.get(name, Measure(name)) for name in figures}
    carried: Any = history.correspondence(first, last, kind=kind).carry(table, measures, policy, by=by, unit=column)
    _write(carried, target)
    if json:
        print_json(
            {
                "output": str(target),
                "from": first,
                "to": last,
                "rows": table.height,
                "units": carried.height,
                "inexact": {
                    name: int((~carried["exact" if len(figures) == 1 else f"{name}_exact"]).sum()) for name in figures
                },
            }
        )
        return
    done = say(
        "{target}: {count} units on {day}, from {rows} rows",
        target=target,
        count=carried.height,
        day=last,
        rows=table.height,
    )
    console().print(Text(done), soft_wrap=True)


def _read(path: Path, figures: tuple[str, ...]) -> pl.DataFrame:
    """The table, with figures as numbers and all else as text: the code 01 is not 1.

    Raises:
        InvalidTable: it is no table, or a figure is no number; with all rows.
    """
    import polars as pl

    sheet = sheets.read_sheet(path)
    findings = list(sheet.findings)
    if not sheet.header and not findings:
        findings.append(Finding("columns", say("the file is empty; its first row must name the columns")))
    columns: dict[str, list[Any]] = {}
    for place, name in enumerate(sheet.header):
        columns[name] = [cells[place] for _, cells in sheet.rows]
        # All else stays text: a code such as 01 is no number.
        if name in figures:
            rows = [row for row, _ in sheet.rows]
            columns[name] = list(_numbers(name, columns[name], rows, findings))
    if findings:
        raise InvalidTable(sheet.name, sorted(findings, key=lambda finding: finding.row or 0))
    return pl.DataFrame({name: pl.Series(name, cells, strict=False) for name, cells in columns.items()})


def _numbers(name: str, cells: Iterable[Any], rows: Iterable[int], findings: list[Finding]) -> Iterator[int | None]:
    """The whole numbers of a column, None for empty cells; adds a finding for each cell that holds no number."""
    for cell, row in zip(cells, rows, strict=True):
        number = _whole(cell)
        if number is None and not _is_empty(cell):
            message = say("{name} is {cell}; write a whole number", name=name, cell=repr(cell))
            findings.append(Finding("number", message, row=row))
        yield number


def _is_empty(cell: Any) -> bool:
    return cell is None or not str(cell).strip()


def _whole(cell: Any) -> int | None:
    """A cell of a figure as a whole number; None if it is anything else."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return int(cell) if cell == int(cell) else None
    text = str(cell).strip()
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,30}", text, re.ASCII) else None


def _write(table: pl.DataFrame, path: Path) -> None:
    out = io.BytesIO()
    if path.suffix.lower() == ".parquet":
        table.write_parquet(out)
    else:
        table.write_csv(out)
    write_file(path, out.getvalue())
