"""``orgmodel correspond``: a file of old codes in, one of new codes out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orgmodel.cli.common import File, Json, Limit, console, day_of, load, more_of, print_json, table, term
from orgmodel.cli.words import language, say
from orgmodel.errors import Refused
from orgmodel.io import translation

__all__ = [
    "command",
]


def command(
    source: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    target: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    start: Annotated[str, Parameter(name="--from", help="The day the codes are from, such as 2025-06-30.")],
    end: Annotated[
        str | None, Parameter(name="--to", help="The day to translate to; the last day on record if none.")
    ] = None,
    column: Annotated[str, Parameter(help="The column of codes.")] = "code",
    new_column: Annotated[
        str | None, Parameter(help="The column to add; new_ and the name of the old one if none.")
    ] = None,
    status_column: Annotated[str, Parameter(help="The column to add that says what was done.")] = "status",
    kind: Annotated[str | None, Parameter(help="The kind of units that the codes name, such as commune.")] = None,
    to_kind: Annotated[
        str | None, Parameter(help="The kind to translate to, if it is another: from districts to communes.")
    ] = None,
    by: Annotated[
        str, Parameter(help="What the column holds: code, name, id, or another such as code:gso or name:short.")
    ] = "code",
    above: Annotated[
        tuple[str, ...],
        Parameter(help="Of names, a column of what stands above, such as province; may be repeated.", negative=""),
    ] = (),
    how_column: Annotated[str, Parameter(help="Of names, the column to add that says how they were found.")] = "how",
    policy: Annotated[
        Literal["dominant", "all"] | None,
        Parameter(help="For divided units: take the dominant part, or write a row for each. Nothing is taken if none."),
    ] = None,
    delimiter: Annotated[
        str | None, Parameter(help="What stands between the cells of CSV; found out if none is given.")
    ] = None,
    report: Annotated[Path | None, Parameter(help="A CSV file for the codes that need attention.")] = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 15,
) -> int:
    """Translate a column of old codes in a CSV or Parquet file, of any size.

    Every other column is kept. A row whose new code nobody states gets none, and is reported.
    Exit status 1 if there are such rows.

    Parameters
    ----------
    source
        The file of old codes: .csv (UTF-8, with a header), .xlsx or .parquet; - for CSV on standard input.
    target
        The file to write, of the same form, - for standard output. It is put in place at the end, if nothing failed.
    """
    history = load(file)
    translator = translation.translator(
        history, day_of(start, history), day_of(end, history), kind=kind, to=to_kind, by=by, policy=policy
    )
    if translation.is_parquet(source):
        with translation.parquet_file(source) as parquet:
            total = parquet.metadata.num_rows
    else:
        total = None if str(source) == "-" else source.stat().st_size
    errors = console(to_stderr=True)
    faults: Refused | None = None
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(say("translating"), total=total)
        try:
            done = translation.recode(
                source,
                target,
                translator,
                column=column,
                new_column=new_column,
                status_column=status_column,
                how_column=how_column,
                above=above,
                delimiter=delimiter,
                progress=lambda step: bar.advance(task, step),
            )
        except Refused as error:
            if len(error.findings) < 2:
                raise
            faults = error
    if faults is not None:
        return _refused(faults, limit)
    if report is not None:
        done.write(report)
    if json:
        print_json(_record(done, limit))
    else:
        _print(done, target, limit)
    return 1 if done.open else 0


def _refused(error: Refused, limit: int) -> int:
    """Tells every fault of the rows, as nothing was written; the exit status."""
    shown = error.findings[: limit or None]
    left = len(error.findings) - len(shown)
    refused = say("{what}, nothing was written: faults: {count}", what=error.what, count=len(error.findings))
    lines = [f"orgmodel: {refused}", *map(str, shown)]
    if left:
        lines.append(more_of(len(shown), len(error.findings)))
    print("\n".join(lines), file=sys.stderr)
    return 2


def _record(done: translation.RecodeReport, limit: int) -> dict[str, object]:
    shown = done.seen[: limit or None]
    return {
        "rows": done.rows,
        "written": done.written,
        "open": done.open,
        "inexact": done.inexact,
        "counts": dict(done.counts),
        "mixed": done.mixed or None,
        "codes": [
            {
                "code": entry.outcome.code,
                "above": list(entry.outcome.above),
                "unit": entry.outcome.unit or None,
                "how": entry.outcome.how or None,
                "status": entry.outcome.status,
                "rows": entry.rows,
                "first_row": entry.first_row,
                "new": list(entry.outcome.new),
                "candidates": list(entry.outcome.candidates),
                "exact": entry.outcome.exact,
                "why": entry.outcome.why,
            }
            for entry in shown
        ],
    }


_MEANINGS: Final = {
    "same": "unchanged",
    "whole": "all of the unit is in the new one",
    "dominant": "divided, the dominant part taken",
    "part": "divided, a row for each part",
    "ambiguous": "divided, left open",
    "unmapped": "no successor, left open",
    "other days": "a code of other days, left open",
    "unknown": "never a code, left open",
    "several": "borne by several units, left open",
    "empty": "no code, left open",
}


def _print(done: translation.RecodeReport, target: Path, limit: int) -> None:
    # Rows on standard output are not mixed with the summary.
    out = console(to_stderr=str(target) == "-")
    title = say("{target}: {rows} rows read", target=target, rows=done.rows)
    if done.written != done.rows:
        title += say(", {count} written", count=done.written)
    counts = [
        (_status(status), done.counts[status], say(text)) for status, text in _MEANINGS.items() if status in done.counts
    ]
    out.print(table(title, (say("status"), say("rows"), ""), counts, right=(1,)))
    if done.inexact:
        out.print(say("{count} rows are inexact: they rest on a division of what was mixed before", count=done.inexact))
    if done.mixed:
        out.print(done.mixed)
    shown = done.seen[: limit or None]
    if shown:
        rows = [
            (
                entry.outcome.code,
                _status(entry.outcome.status),
                entry.rows,
                entry.first_row,
                " ".join(entry.outcome.candidates),
                _why(entry.outcome),
            )
            for entry in shown
        ]
        left = len(done.seen) - len(shown)
        footer = say("and {count} more; --report FILE writes all, --limit 0 prints all", count=left) if left else ""
        columns = (say("code"), say("status"), say("rows"), say("first row"), say("candidates"), say("why"))
        out.print(table(say("Codes to look at"), columns, rows, right=(2, 3), footer=footer))


def _why(outcome: translation.Recoded) -> str:
    """Why a code was left open or needs a look; what the translator says of the case itself is English."""
    return outcome.why if language() == "en" else say(_MEANINGS[outcome.status])


def _status(status: str) -> str:
    return term("status of a code", status)
