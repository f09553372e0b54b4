"""Tables as others keep them: which of their columns is which, and their rows as plain values."""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from orgmodel.errors import Finding, InvalidTable, Refused, Severity
from orgmodel.history.tables.door import Door, names_of
from orgmodel.model.door import kind_of
from orgmodel.model.source import Source
from orgmodel.period import DayLike, as_day

__all__ = [
    "SOURCE",
    "Columns",
    "Dated",
    "Table",
    "TableFindings",
    "TableRow",
    "as_source",
    "check_zeros_between",
    "checked_word",
    "day_or_fault",
    "is_padded",
    "lists_by_day",
    "read_rows",
    "source_of",
    "sources_by_day",
    "successors_in",
    "table_of",
]

Table = Any
"""Columns by name (a mapping, a data frame, an Arrow table), or rows (mappings of column -> value)."""

Columns = Mapping[str, str | None]
"""The table's name of a column -> the name used here; None leaves a column out."""

Dated = Callable[[str], tuple[str, DayLike] | None]
"""Reads a successor with a day of its own: text -> (code, day); None for a text without a day."""

SOURCE: Final = ("source", "issuer", "title", "decided", "in_force")
"""Columns that say where a row comes from."""


class TableFindings:
    """The findings of an importer about its input; errors are raised together.

    Args:
        subject: what is read, for the error.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.listed: list[Finding] = []

    def add(
        self,
        rule: str,
        message: str,
        *,
        rows: Iterable[int] = (),
        units: Iterable[str] = (),
        day: dt.date | None = None,
        act: str | None = None,
        severity: Severity = "error",
    ) -> None:
        """One finding; of several rows the first is its row, and the message names the others."""
        numbers = sorted(set(rows))
        if len(numbers) > 1:
            more = f" and {len(numbers) - 6} more" if len(numbers) > 6 else ""
            message = f"{message} (rows {', '.join(map(str, numbers[:6]))}{more})"
        row = numbers[0] if numbers else None
        self.listed.append(Finding(rule, message, units, day, severity, row=row, act=act))

    def stop(self) -> None:
        """Raise InvalidTable with all errors, if there is one."""
        errors = [finding for finding in self.listed if finding.severity == "error"]
        if errors:
            raise InvalidTable(self.subject, sorted(errors, key=lambda finding: finding.row or 0))


@frozen
class TableRow:
    """A row of a table.

    Attributes:
        number: 1 is the first.
        cells: own name of a column -> value; what is empty is not in it.
    """

    number: int
    cells: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """A cell as a text, empty if the cell is."""
        value: str = self.cells.get(name, "")
        return value

    def day(self, name: str) -> dt.date | None:
        """A cell of days."""
        day: dt.date | None = self.cells.get(name)
        return day


def table_of(table: Table) -> Any:
    """Columns by name, from a table or from rows.

    >>> table_of([{"a": 1}, {"a": 2, "b": 3}])
    {'a': [1, 2], 'b': [None, 3]}
    """
    if isinstance(table, Mapping) or hasattr(table, "columns") or hasattr(table, "column_names"):
        return table
    if isinstance(table, (str, bytes)) or not isinstance(table, Iterable):
        message = f"a table is columns by name, a data frame or rows, not {kind_of(table)}; read the file first"
        raise InvalidTable("a table", [Finding("table", message)])
    rows = list(table)
    strange = [number for number, row in enumerate(rows, 1) if not isinstance(row, Mapping)]
    if strange:
        message = "a row is a mapping of column -> value, as csv.DictReader gives"
        raise InvalidTable("a table", [Finding("table", message, row=number) for number in strange])
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def read_rows(
    table: Table,
    columns: Columns | None,
    known: Sequence[str],
    needed: Sequence[str],
    findings: TableFindings,
    *,
    days: Sequence[str] = (),
    name: str = "rows",
) -> list[TableRow]:
    """The rows of a table with the names of its columns as they are used here.

    Args:
        table: see :data:`Table`.
        columns: see :data:`Columns`; without it the table has the names used here, and no others. With it, other
            columns of the table are left out, which is noted.
        known: the names used here.
        needed: the names that must be there.
        findings: where faults and notes go; texts and days that cannot be read are errors.
        days: names of columns that hold days.
        name: of the table, for messages.
    """
    frame = table_of(table)
    titles = names_of(frame)
    if not titles:
        return []
    named = _named(columns, titles, known, findings, name)
    for own in needed:
        if own not in named:
            hint = " among its columns; say which column it is in columns=" if columns is None else " in columns="
            findings.add("column", f"table {name!r} has no {own!r}{hint}")
    door = Door()
    read = door.columns(name, {own: frame[theirs] for own, theirs in named.items()}, tuple(named), ())
    values = {own: door.days(column) if own in days else _texts(column.values) for own, column in read.items()}
    for own, column in read.items():
        _check_zeros(own, column.values, findings, name)
    findings.listed += door.listed
    listed: list[TableRow] = []
    for number, cells in enumerate(zip(*values.values(), strict=True), 1):
        filled = {own: cell for own, cell in zip(values, cells, strict=True) if cell not in (None, "")}
        for own, cell in filled.items():
            if _is_decomposed(cell):
                message = f"table {name!r}: {own} {cell!r} is not composed Unicode (NFC); compose it first"
                findings.add("composed-unicode", message, rows=[number])
        listed.append(TableRow(number, filled))
    return listed


def _check_zeros(own: str, cells: Sequence[Any], findings: TableFindings, name: str) -> None:
    """A fault where a column holds both numbers and texts such as ``01``: a program read some of its codes as numbers."""
    padded = next((cell for cell in cells if isinstance(cell, str) and is_padded(cell)), None)
    if padded is None:
        return
    numbers = {row: cell for row, cell in enumerate(cells, 1) if isinstance(cell, (int, float)) and cell == cell}
    if numbers:
        first = _text(next(iter(numbers.values())))
        message = f"table {name!r}: {own} {first} is a number, and others are texts such as {padded!r}; {_READ_AS_TEXT}"
        findings.add("lost-zeros", message, rows=numbers)


_READ_AS_TEXT: Final = "read codes as text, or 01 becomes 1"


def is_padded(code: str) -> bool:
    """Whether a code has zeros that it would lose as a number.

    >>> is_padded("01"), is_padded("10"), is_padded("0"), is_padded("0A")
    (True, False, False, False)
    """
    return len(code) > 1 and code[0] == "0" and code.isdecimal()


def check_zeros_between(lists: Mapping[dt.date, Mapping[tuple[str, str], int]], findings: TableFindings) -> None:
    """A fault for each code such as ``1`` in one list that is ``01`` in others: taken as two, one would end there.

    Args:
        lists: day -> (kind, code) -> row.
        findings: where the faults go.
    """
    padded: dict[tuple[str, str], tuple[str, dt.date]] = {}
    for day, listed in lists.items():
        for kind, code in listed:
            if is_padded(code):
                padded.setdefault((kind, code.lstrip("0") or "0"), (code, day))
    # A list that has both means two units.
    two_units = {key for listed in lists.values() for key in listed if (key[0], padded.get(key, ("",))[0]) in listed}
    for day, listed in lists.items():
        for key in listed.keys() & (padded.keys() - two_units):
            code, other = padded[key]
            message = f"list {day}: the code {key[1]!r} is {code!r} in the list of {other}; {_READ_AS_TEXT}"
            findings.add("lost-zeros", message, rows=[listed[key]], day=day)


def _is_decomposed(cell: Any) -> bool:
    # Most texts are ASCII, which is cheaper to see.
    return isinstance(cell, str) and not cell.isascii() and not unicodedata.is_normalized("NFC", cell)


def _named(
    columns: Columns | None, titles: Sequence[str], known: Sequence[str], findings: TableFindings, name: str
) -> dict[str, str]:
    """The name used here -> the title of the column in the table; faults are noted."""
    mapped = columns or {}
    # Columns that columns= does not name may have the names used here.
    others = [title for title in titles if title not in mapped]
    named = {title: title for title in others if title in known}
    named |= _mapped(mapped, titles, known, findings, name)
    left_out = [title for title in others if title not in named.values()]
    if columns is None:
        for title in left_out:
            findings.add("column", f"table {name!r} has the unknown column {title!r}{_near(title, known)}")
    elif left_out:
        message = f"table {name!r}: left out, as columns= does not name them: {', '.join(left_out)}"
        findings.add("left-out", message, severity="note")
    return named


def _mapped(
    columns: Columns, titles: Sequence[str], known: Sequence[str], findings: TableFindings, name: str
) -> dict[str, str]:
    """The name used here -> the title that ``columns=`` gives it; a fault for each entry that gives none."""
    named: dict[str, str] = {}
    for title, own in columns.items():
        if title not in titles:
            message = f"columns= names {title!r}, which table {name!r} does not have{_near(title, titles)}"
            findings.add("column", message)
        elif own is None:
            pass  # The column is left out on purpose.
        elif own not in known:
            findings.add("column", f"columns= reads {title!r} as {own!r}, which is no column here{_near(own, known)}")
        elif own in named:
            findings.add("column", f"columns= reads both {named[own]!r} and {title!r} as {own!r}")
        else:
            named[own] = title
    return named


def _near(name: str, among: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, among, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(among)}"


def _texts(values: Sequence[Any]) -> list[Any]:
    """Cells as texts; numbers as they would be written, whole ones without a point."""
    return [value if value is None or isinstance(value, str) else _text(value) for value in values]


def _text(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def source_of(row: TableRow, otherwise: Source) -> Source:
    """The source that a row names, else the one of the whole table."""
    stated = {name: row.cells[name] for name in SOURCE if name in row.cells}
    if not stated:
        return otherwise
    number = stated.pop("source", "")
    return Source(
        number,
        stated.get("issuer", otherwise.issuer),
        stated.get("title", "") or ("" if number else otherwise.title),
        stated.get("decided"),
        stated.get("in_force"),
        otherwise.note,
        certainty=otherwise.certainty,
    )


def as_source(source: Source | str) -> Source:
    """A source, of which a text is the number.

    >>> as_source("a register").label
    'a register'
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str):
        return Source(source)
    message = f"a source is a Source, or a text by which it is cited, not {source!r}"
    raise Refused("a source", [Finding("source", message)])


def lists_by_day(
    lists: Mapping[Any, Table],
    columns: Columns | None,
    known: Sequence[str],
    needed: Sequence[str],
    findings: TableFindings,
) -> dict[dt.date, list[TableRow]]:
    """The rows of lists by day, in order of the days; rows are numbered through, in the order of the lists.

    Args:
        lists: day -> list.
        columns: as for :func:`read_rows`.
        known: as for :func:`read_rows`.
        needed: as for :func:`read_rows`.
        findings: takes the faults, such as a text that is not a day.
    """
    read: dict[dt.date, list[TableRow]] = {}
    before = 0
    for argument, table in lists.items():
        day = day_or_fault(argument, "lists", findings)
        rows = read_rows(table, columns, known, needed, findings, name=str(argument))
        if day in read:
            findings.add("day", f"two lists are of {day}; put their rows into one, or give each its own day", day=day)
        elif day is not None:
            read[day] = [TableRow(row.number + before, row.cells) for row in rows]
        before += len(rows)
    return {day: read[day] for day in sorted(read)}


def sources_by_day(sources: Mapping[Any, Source | str] | None, findings: TableFindings) -> dict[dt.date, Source]:
    """Day -> source, from an argument ``sources=``; a key that is not a day is a fault."""
    source_of: dict[dt.date, Source] = {}
    for argument, source in (sources or {}).items():
        day = day_or_fault(argument, "sources=", findings)
        if day in source_of:
            findings.add("day", f"sources= names two sources of {day}; leave one out", day=day)
        elif day is not None:
            source_of[day] = as_source(source)
    return source_of


def day_or_fault(value: Any, name: str, findings: TableFindings) -> dt.date | None:
    """A day; None, and a fault, if the text is not a day."""
    try:
        return as_day(value)
    except ValueError as error:
        findings.add("day", f"{name}: {error}")
        return None


def checked_word(name: str, value: object, words: Sequence[str], findings: TableFindings) -> None:
    """Add a fault if an argument is not one of the allowed words."""
    if value not in words:
        message = f"{name}= is {' or '.join(map(repr, words))}, not {value!r}"
        findings.add("argument", message)


def successors_in(
    text: str, separator: str, dated: Dated | None
) -> tuple[tuple[str, ...], tuple[tuple[str, dt.date], ...]]:
    """The successors in a cell, and those to which a part went on a day of its own.

    >>> successors_in("7; 8@2001-01-01", ";", lambda one: tuple(one.split("@")) if "@" in one else None)
    (('7',), (('8', datetime.date(2001, 1, 1)),))
    """
    undated: list[str] = []
    parts: list[tuple[str, dt.date]] = []
    for name in filter(None, (name.strip() for name in text.split(separator))):
        read = None if dated is None else dated(name)
        if read is None:
            undated.append(name)
        else:
            parts.append((read[0], as_day(read[1])))
    return tuple(undated), tuple(parts)
