"""Tables as people keep them: CSV with any separator, workbooks, Parquet, frames; by path, as a stream, or ``-``.

What is in a cell comes out as it is meant: texts as texts, days as ISO days, numbers as numbers. A code that a
workbook holds as a number has lost its zeros: that is reported, not mended.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.errors import Finding, InvalidFile, InvalidTable
from orgmodel.io.files import FileLike, for_spreadsheet, name_of, read_lines, write_text
from orgmodel.model.extras import extra
from orgmodel.model.frames import cell_of, columns_of_frame, is_frame
from orgmodel.reading import open_file
from orgmodel.writing import write_file

STANDARD: Final = "-"
"""The name of standard input and output."""
DELIMITERS: Final = (",", ";", "\t", "|")
WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET: Final = (".parquet", ".pq")
ARROW: Final = (".arrow", ".feather", ".ipc")


@frozen
class Sheet:
    """A table as it was read.

    Attributes:
        name: what to call it in messages.
        header: the names of its columns.
        rows: (number, cells) of each row that is not blank; 1 is the first row of data.
        findings: what is wrong with its form.
        delimiter: what stood between the cells, empty where nothing did.
        head: the first rows as they stand, also those that do not fit: one of them may be the header.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]
    findings: tuple[Finding, ...] = ()
    delimiter: str = ""
    head: tuple[tuple[Any, ...], ...] = ()


def is_workbook(file: object) -> bool:
    """Whether a file is a workbook, by the ending of its name.

    >>> is_workbook("units.xlsx"), is_workbook("units.csv")
    (True, False)
    """
    return _ending(file) in WORKBOOKS


def is_arrow(file: object) -> bool:
    """Whether a file is Parquet or an Arrow file, by the ending of its name.

    >>> is_arrow("units.parquet"), is_arrow("units.feather"), is_arrow("units.csv")
    (True, True, False)
    """
    return _ending(file) in PARQUET + ARROW


def _ending(file: object) -> str:
    return Path(file).suffix.lower() if isinstance(file, (str, os.PathLike)) else ""


def standard_in(file: FileLike) -> FileLike:
    """Standard input for ``-``, else the file itself."""
    return sys.stdin.buffer if file == STANDARD else file


def delimiter_of(file: FileLike) -> str:
    r"""What stands between the cells of a CSV file, by its first line.

    >>> import io
    >>> delimiter_of(io.StringIO("id;parent\n")), delimiter_of(io.StringIO("id\n"))
    (';', ',')
    """
    if isinstance(file, (str, os.PathLike)):
        with open_file(file) as raw:
            first = raw.readline().decode("utf-8", errors="replace")
    else:
        start = file.tell()
        line = file.readline()
        file.seek(start)
        first = line if isinstance(line, str) else line.decode("utf-8", errors="replace")
    return sniffed(first)


def sniffed(header: str) -> str:
    """The delimiter of a header line: the candidate that it has most often outside of quotes."""
    bare = "".join(header.split('"')[::2])
    counts = {sign: bare.count(sign) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def read_sheet(file: Any, *, delimiter: str | None = None, sheet: str | int | None = None) -> Sheet:
    r"""The cells of a table, whatever it is kept in.

    Args:
        file: a path, whose ending says what it is; ``-`` for CSV on standard input; an open file of CSV; a frame of
            polars or pandas, or Arrow data.
        delimiter: what stands between the cells of CSV; found out from the header if None.
        sheet: of a workbook, the name or place (from 0) of the sheet; the first if None.

    Raises:
        InvalidFile: it is no such file.
        OSError: it cannot be opened.

    >>> import io
    >>> read_sheet(io.StringIO("id;name\nvn;Việt Nam\n\n")).rows
    ((1, ('vn', 'Việt Nam')),)
    """
    if is_frame(file):
        return _of_frame(file)
    if is_workbook(file):
        return _of_workbook(file, sheet)
    if is_arrow(file):
        return _of_arrow(file)
    if not isinstance(file, (str, os.PathLike)) and not hasattr(file, "read"):
        message = f"a path, an open file or a frame is wanted, not a {type(file).__name__}"
        raise InvalidTable("a table", [Finding("type", message)])
    return _of_csv(standard_in(file), delimiter)


def _check_delimiter(delimiter: str) -> None:
    """Refuse what cannot stand between the cells of CSV."""
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InvalidTable("a table", [Finding("delimiter", f"one sign stands between two cells, not {delimiter!r}")])


def _of_csv(file: FileLike, delimiter: str | None) -> Sheet:
    lines, faults = read_lines(file)
    # In a table rows are counted from the first row of data, and line 1 is the header.
    findings = [evolve(f, row=f.row - 1) if f.row and f.row > 1 else evolve(f, row=None) for f in faults]
    if delimiter is not None:
        _check_delimiter(delimiter)
    sign = delimiter or sniffed(lines[0] if lines else "")
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=sign, strict=True)
    # The header is the first line that is not empty; rows are numbered from 1 behind it.
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[Any, ...]]] = []
    head: list[tuple[Any, ...]] = []
    number = width = 0
    try:
        for row in reader:
            if not header:
                width = len(row)
                header = tuple(_titles(row))
                continue
            number += 1
            if number <= _HEAD:
                head.append(tuple(row))
            if not any(map(str.strip, row)):
                # An empty line, or a line of delimiters that a spreadsheet left behind.
                continue
            if len(row) != width:
                findings.append(Finding("cells", f"{len(row)} cells, and the header has {width}", row=number))
            elif any(map(str.strip, row[len(header) :])):
                findings.append(Finding("cells", _BEYOND, row=number))
            else:
                rows.append((number, tuple(cell if cell.strip() else "" for cell in row[: len(header)])))
    except csv.Error as error:
        # After a fault of form nothing says where the next row begins.
        findings.append(Finding("csv", f"line {reader.line_num} is not CSV: {error}", row=number + 1))
    return Sheet(name_of(file), header, tuple(rows), tuple(findings), sign, tuple(head))


_HEAD: Final = 10
_BEYOND: Final = "there is something beyond the last column that has a title"


def _titles(header: Sequence[str]) -> list[str]:
    """The titles of the columns, without empty ones at the end: spreadsheets leave such columns behind."""
    last = max((place for place, title in enumerate(header, 1) if title.strip()), default=0)
    return list(header[:last])


def _filled(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Sheet:
    """A sheet of rows of values; blank ones are left out, as are columns without a title at the end."""
    titles = _titles([str(cell_of(title)).strip() for title in header])
    filled: list[tuple[int, tuple[Any, ...]]] = []
    findings: list[Finding] = []
    head: list[tuple[Any, ...]] = []
    for number, row in enumerate(rows, 1):
        cells = tuple(map(cell_of, row))
        if number <= _HEAD:
            head.append(cells)
        if any(cell != "" for cell in cells[len(titles) :]):
            findings.append(Finding("cells", _BEYOND, row=number))
        elif any(cell != "" for cell in cells):
            filled.append((number, cells[: len(titles)]))
    return Sheet(name, tuple(titles), tuple(filled), tuple(findings), head=tuple(head))


def _of_workbook(file: Any, sheet: str | int | None) -> Sheet:
    with extra():
        from python_calamine import CalamineError, CalamineWorkbook
    path = os.fspath(file)
    # A missing file is reported like any other, and what is no file is not waited for.
    open_file(path).close()
    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if isinstance(sheet, str) and sheet not in names:
            message = f"there is no sheet {sheet!r} (there are {', '.join(names)})"
            raise InvalidTable(path, [Finding("sheet", message)])
        if isinstance(sheet, int) and not 0 <= sheet < len(names):
            message = f"there is no sheet {sheet}; there are {len(names)}, from 0"
            raise InvalidTable(path, [Finding("sheet", message)])
        chosen = sheet if isinstance(sheet, str) else names[sheet or 0]
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except CalamineError as error:
        message = f"it is no workbook ({' '.join(str(error).split())})"
        raise InvalidFile(f"{path} cannot be read", [Finding("workbook", message)]) from None
    name = path if len(names) == 1 else f"{path}, sheet {chosen!r}"
    return _filled(name, rows[0], rows[1:]) if rows else Sheet(name, (), ())


def _of_arrow(file: Any) -> Sheet:
    with extra():
        import pyarrow as pa
        import pyarrow.feather as feather
        import pyarrow.parquet as pq
    path = os.fspath(file)
    open_file(path).close()
    try:
        table = pq.read_table(path) if _ending(file) in PARQUET else feather.read_table(path)
        return _of_frame(table, path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # The system failed, not the file: that error is the caller's.
            raise
        kind = "Parquet" if _ending(file) in PARQUET else "Arrow"
        message = f"it is no {kind} file ({' '.join(str(error).split())})"
        raise InvalidFile(f"{path} cannot be read", [Finding(kind.lower(), message)]) from None


def _of_frame(data: Any, name: str = "a frame") -> Sheet:
    columns = columns_of_frame(data)
    return _filled(name, list(columns), zip(*columns.values(), strict=True))


# ---- out


def write_sheet(
    file: FileLike,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    delimiter: str = ",",
    decimal: str = ".",
    title: str = "Sheet1",
    spreadsheet: bool = False,
) -> None:
    """Writes a table in the form that the ending of a path says: a workbook, Parquet, Arrow, else CSV.

    Args:
        file: a path, ``-`` for CSV on standard output, or an open file for CSV.
        header: the names of the columns.
        rows: the rows; None is an empty cell.
        delimiter: what stands between the cells of CSV.
        decimal: ``.`` or ``,``, in CSV.
        title: the name of the sheet in a workbook.
        spreadsheet: whether a spreadsheet will open the CSV: what it would take for a formula then begins with an
            apostrophe, with which it is read back. In workbooks texts are texts in any case.

    Raises:
        InvalidFile: there is no such form to write.
    """
    if is_workbook(file):
        _write_workbook(file, header, rows, title)
    elif is_arrow(file):
        _write_arrow(file, header, rows)
    else:
        _check_delimiter(delimiter)
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        cells = ([_csv_cell(cell, decimal) for cell in row] for row in rows)
        if spreadsheet:
            cells = ([for_spreadsheet(cell) if isinstance(cell, str) else cell for cell in row] for row in cells)
        writer.writerows(cells)
        write_text(sys.stdout if file == STANDARD else file, out.getvalue())


def _csv_cell(cell: Any, decimal: str) -> Any:
    if cell is None:
        return ""
    return str(cell).replace(".", decimal) if isinstance(cell, float) else cell


def _write_workbook(file: Any, header: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> None:
    with extra():
        import xlsxwriter
    if _ending(file) != ".xlsx":
        raise InvalidFile(f"{file} cannot be written", [Finding("workbook", "workbooks are written as .xlsx")])
    data = io.BytesIO()
    # The same cells give the same bytes, so the file must not hold the time at which it was made.
    with xlsxwriter.Workbook(
        data, {"in_memory": True, "strings_to_numbers": False, "strings_to_urls": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        day, head = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        widths = [len(name) for name in header]
        for at, name in enumerate(header):
            sheet.write_string(0, at, name, head)
        for number, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                widths[at] = min(60, max(widths[at], len(str(cell))))
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, at, dt.datetime.combine(cell, dt.time.min), day)
                elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
                    sheet.write_number(number, at, cell)
                else:
                    sheet.write_string(number, at, str(cell))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width + 2)
    write_file(file, data.getvalue())


def _write_arrow(file: Any, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with extra():
        import pyarrow as pa
        import pyarrow.feather as feather
        import pyarrow.parquet as pq
    columns = list(zip(*rows, strict=True)) or [() for _ in header]
    arrays = {}
    for name, values in zip(header, columns, strict=True):
        cells = [None if cell == "" else cell for cell in values]
        try:
            arrays[name] = pa.array(cells)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            arrays[name] = pa.array([None if cell is None else str(cell) for cell in cells])
    # A column without any value is a column of texts.
    table = pa.table({n: c.cast(pa.string()) if c.type == pa.null() else c for n, c in arrays.items()})
    data = io.BytesIO()
    if _ending(file) in PARQUET:
        pq.write_table(table, data)
    else:
        feather.write_feather(table, data)
    write_file(file, data.getvalue())


__all__ = [
    "Sheet",
    "delimiter_of",
    "is_arrow",
    "is_workbook",
    "read_sheet",
    "write_sheet",
]
