"""Small tables of units, in CSV, workbooks, Parquet or frames: read, with all faults reported, and written.

A table has one row for each unit, or one for each stretch of days in which a unit stays
as it is. The columns are

=============  ==========================================================================
``id``         required; opaque, one unit only
``parent``     id of the unit above; empty for the root
``name``       what it is called
``code``       the register's code
``kind``       the level in the schema, by its id or a word that the schema has for it
``category``   what it is called inside its kind
``code:gso``   another code, and ``name:short`` another name, under whatever words
``start``      first day (ISO); with it the table is dated
``end``        first day on which the row no longer holds; empty: no end known. With
               ``ends="inclusive"`` the last day on which it does
``last``       instead of ``end``: the last day on which it holds, as most registers write
=============  ==========================================================================

and one for each measure that is declared: a number (``12``, ``1/3``, ``0.5``), one with
how sure it is (``about 1800``, ``more than 500``, ``at least 3``, ``at most 40``), ``unknown``, or nothing.
Tables hold the main hierarchy only; what else a history knows goes into JSON Lines.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, cast

from attrs import frozen
from dateutil.relativedelta import relativedelta

from orgmodel.acts.act import Act, act_id
from orgmodel.acts.events import Change, Closure, Creation, Event
from orgmodel.acts.replay import table_faults
from orgmodel.errors import BadDay, Finding, InvalidTable, Refused
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.io import sheets
from orgmodel.io.files import FileLike, name_of
from orgmodel.model import track as tracks
from orgmodel.model.door import like, strict
from orgmodel.model.frames import is_frame
from orgmodel.model.measure import Measure, Number, Qualifier, Quantity, as_figure
from orgmodel.model.plain import plain_decimal, plain_fraction, plain_number
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source, SourceLike, as_source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY, DayLike, as_day
from orgmodel.structure.structure import Structure

__all__ = [
    "read_history_csv",
    "read_units_csv",
    "write_history_csv",
    "write_units_csv",
]

_TEXTS: Final = ("parent", "name", "code", "kind", "category")
_DAYS: Final = ("start", "end", "last")
_TRACKS: Final[Mapping[str, str]] = {
    "name": tracks.NAME,
    "code": tracks.CODE,
    "kind": tracks.KIND,
    "category": tracks.CATEGORY,
}


DecimalMark = Literal[".", ","]
"""What stands before the decimals of a number."""

Ends = Literal["exclusive", "inclusive"]
"""Whether the day in the column ``end`` is the first on which a row no longer holds, or the last on which it does."""


@strict
def read_units_csv(
    file: Any,
    *,
    day: DayLike,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: SourceLike = Source.unknown,
    columns: Mapping[str, str | None] | None = None,
    kinds: Mapping[str, str] | None = None,
    ends: Ends | None = None,
    delimiter: str | None = None,
    decimal: DecimalMark | None = None,
    sheet: str | int | None = None,
    compose: bool = False,
) -> History:
    r"""The history that a table of units of one day describes, to be asked and gone on with.

    Args:
        file: a path of CSV, of a workbook (``.xlsx``, ``.ods``), of Parquet or Arrow, by its ending; ``-`` for CSV on
            standard input; an open file of CSV; or a frame of polars or pandas, or Arrow data.
        day: the day on which the table holds. A dated table may be given as well; its rows say their days.
        schema: kinds and placements.
        measures: which further columns are measures.
        source: where the table comes from; a text is its number.
        columns: the file's name of a column -> the name used here; None leaves a column out.
        kinds: the file's word for a kind -> the id of the kind; other words must be ids, or words of the schema.
        ends: what ``end`` means; ``exclusive`` if None; a table that looks otherwise is then refused.
        delimiter: what stands between two cells of CSV; found out from the header if None.
        decimal: ``.`` or ``,``; if None, a comma where cells are parted by something else.
        sheet: of a workbook, the name or place (from 0) of the sheet; the first if None.
        compose: whether to compose decomposed Unicode; it is refused otherwise, because
            two names that look the same would differ.

    Raises:
        InvalidTable: with all faults, each with its row (1 is the first row of data): not
            UTF-8, a column missing or unknown, a text that is not a day, an id or code twice,
            overlapping rows, ends of both conventions, an orphan, a cycle, a second root, what the schema forbids.
        OSError: the file cannot be opened.

    >>> import io
    >>> history = read_units_csv(io.StringIO("id;parent;name\nvn;;Việt Nam\n24;vn;Bắc Ninh\n"), day="2025-07-01")
    >>> print(history.at("2025-07-01").tree())
    Việt Nam (vn)
    └─ Bắc Ninh (24)
    >>> read_units_csv(io.StringIO("id,parent\na,b\nb,a\nc,d\n"), day="2025-07-01")
    Traceback (most recent call last):
        ...
    orgmodel.errors.InvalidTable: the file: 3 faults
      - row 1: 2025-07-01: a: unit 'a' would stand above itself in 'parent': a under b under a [no-cycle]
      - row 2: 2025-07-01: a: unit 'a' would stand above itself in 'parent': a under b under a [no-cycle]
      - row 3: 2025-07-01: d: no unit 'd' has begun by 2025-07-01 [live]
    """
    form = _Form(schema, measures, columns, kinds, ends, delimiter, decimal, sheet, compose)
    return _Table(file, form, default=as_day(day)).history(as_source(source))


@strict
def read_history_csv(
    file: Any,
    *,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: SourceLike = Source.unknown,
    columns: Mapping[str, str | None] | None = None,
    kinds: Mapping[str, str] | None = None,
    ends: Ends | None = None,
    delimiter: str | None = None,
    decimal: DecimalMark | None = None,
    sheet: str | int | None = None,
    compose: bool = False,
    first_known: bool = False,
    last_known: bool = False,
) -> History:
    r"""The history that a dated table describes: one act for each day on which rows begin or end.

    A table says that units began and ended, not which became which: the history has no
    successions. Takes the arguments of :func:`read_units_csv` but the day, and raises the same.

    Args:
        file: as for :func:`read_units_csv`, like all that is not explained here.
        schema: kinds and placements.
        measures: which further columns are measures.
        source: where the table comes from.
        columns: the file's name of a column -> the name used here; None leaves a column out.
        kinds: the file's word for a kind -> the id of the kind.
        ends: what the column ``end`` means.
        delimiter: what stands between two cells.
        decimal: ``.`` or ``,``.
        sheet: the sheet of a workbook.
        compose: whether to compose decomposed Unicode.
        first_known: whether the units of the table's first day are older than it: the table only begins there.
        last_known: whether units that end are only not seen any more: as the table does not say which became which,
            it is not on record what became of them.

    >>> import io
    >>> table = "id,parent,name,start,last\np24,,Bắc Giang,2024-01-01,2025-06-30\np24,,Bắc Ninh,2025-07-01,\n"
    >>> history = read_history_csv(io.StringIO(table))
    >>> history.at("2025-06-30").unit("p24").name, history.at("2025-07-01").unit("p24").name
    ('Bắc Giang', 'Bắc Ninh')
    """
    form = _Form(schema, measures, columns, kinds, ends, delimiter, decimal, sheet, compose)
    return _Table(file, form, default=None).history(as_source(source), first_known, last_known)


@strict
def write_units_csv(
    structure: Structure, file: FileLike, *, delimiter: str = ",", decimal: DecimalMark = ".", spreadsheet: bool = False
) -> None:
    r"""Write the units of the main hierarchy in preorder; :func:`read_units_csv` reads them back.

    Args:
        structure: the structure of a day.
        file: a path of CSV, of a workbook (``.xlsx``), of Parquet or Arrow, by its ending; ``-`` for CSV on standard
            output; or an open file for CSV.
        delimiter: what stands between two cells of CSV.
        decimal: ``.`` or ``,``, of CSV.
        spreadsheet: whether a spreadsheet will open the CSV: a cell that it would read as a formula is then text.

    Raises:
        Refused: a figure has bounds of its own, for which a cell has no form.

    >>> import io
    >>> from orgmodel.history.history import structure_of
    >>> out = io.StringIO()
    >>> write_units_csv(structure_of([{"id": "a", "members": 3}, {"id": "b", "parent": "a"}], day="2025-07-01"), out)
    >>> out.getvalue()
    'id,parent,name,code,kind,category,members\na,,,,,,3\nb,a,,,,,\n'
    """
    root = structure.root()
    ids = (root, *structure.descendants(root))
    stated = {name: of_measure for name in _measures_of(structure) if (of_measure := _stated(structure, name, ids))}
    other = [track for track in structure.track_names() if tracks.is_scheme(track)]
    other = [track for track in other if any(value is not None for value in structure.values(list(ids), track))]
    rows: list[list[Any]] = []
    for unit in map(structure.unit, ids):
        texts = [unit.id, unit.parent, unit.name, unit.code, unit.kind, unit.category]
        texts += [structure.value(unit.id, track) for track in other]
        figures = [_cell(values[unit.id], unit.id) if unit.id in values else "" for values in stated.values()]
        rows.append([text or "" for text in texts] + figures)
    _write(file, ["id", *_TEXTS, *other, *stated], rows, delimiter, decimal, spreadsheet)


@strict
def write_history_csv(
    history: History,
    file: FileLike,
    *,
    delimiter: str = ",",
    decimal: DecimalMark = ".",
    ends: Ends = "exclusive",
    spreadsheet: bool = False,
) -> None:
    """Write a row for each stretch of days in which a unit of the main hierarchy stays as it is.

    A row says its days by ``start`` and ``end``; days on which a unit stands in other hierarchies alone have none.

    Args:
        history: the history.
        file: as for :func:`write_units_csv`.
        delimiter: what stands between two cells of CSV.
        decimal: ``.`` or ``,``, of CSV.
        ends: whether ``end`` is the first day on which a row no longer holds, or the last on which it does.
        spreadsheet: as for :func:`write_units_csv`.

    Left out are sources, successions, clusters, other hierarchies, and units that lived no whole day.
    :func:`orgmodel.io.jsonl.dump` keeps everything.

    Raises:
        Refused: a figure has bounds of its own, for which a cell has no form.

    >>> import io
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a", "name": "A"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     act.rename("a", "Alpha")
    >>> table = io.StringIO()
    >>> write_history_csv(history.enact(act), table)
    >>> print(table.getvalue())
    id,parent,name,code,kind,category,start,end
    a,,A,,,,2025-01-01,2025-07-01
    a,,Alpha,,,,2025-07-01,
    """
    names = {tracks.PARENT: "parent", **{track: column for column, track in _TRACKS.items()}}
    names |= {track: track for track in history._state.tracks() if tracks.is_scheme(track)}
    stretches = [stretch for unit in history.units_ever() for stretch in _stretches(history, unit, names)]
    filled = {name for stretch in stretches for name, cell in stretch.cells.items() if cell is not None}
    further = sorted(filled - set(_TEXTS))
    last = ONE_DAY if ends == "inclusive" else relativedelta()
    rows = [
        [
            stretch.unit,
            *(stretch.cells.get(name) or "" for name in (*_TEXTS, *further)),
            stretch.start,
            None if stretch.end is None else stretch.end - last,
        ]
        for stretch in stretches
    ]
    _write(file, ["id", *_TEXTS, *further, "start", "end"], rows, delimiter, decimal, spreadsheet)


class _Stretch(NamedTuple):
    """Days on which a unit stays as it is, and the cells of its row."""

    unit: str
    start: dt.date
    end: dt.date | None
    cells: dict[str, str | None]


def _stretches(history: History, unit: str, names: Mapping[str, str]) -> list[_Stretch]:
    """The stretches of a unit in the main hierarchy, in order; ``names`` has the columns of tracks that are no measures."""
    life = history.life(unit)
    if life.start is None or life.start == life.end:
        return []
    # A fact of no length was overwritten on the day on which it began.
    lasting = (fact for fact in history.biography(unit) if fact.start != fact.end)
    facts = [(column, fact) for fact in lasting if (column := _column_of(fact, names)) is not None]
    last = life.end or dt.date.max
    edges = {life.start, *(fact.start for _, fact in facts), *(fact.end or last for _, fact in facts)}
    days = sorted(day for day in edges if day < last)
    stretches = [_Stretch(unit, start, end, {}) for start, end in zip(days, [*days[1:], life.end], strict=True)]
    for column, fact in facts:
        cell = None if fact.value is None else _cell(fact.value, unit)
        # Each day on which a fact begins or ends begins a stretch, so a fact fills whole stretches.
        until = len(days) if fact.end is None else bisect.bisect_left(days, fact.end)
        for stretch in stretches[bisect.bisect_left(days, fact.start) : until]:
            stretch.cells[column] = cell
    # The root has a parent on record, which is none. A row of a unit outside would make a second root.
    return [stretch for stretch in stretches if "parent" in stretch.cells]


def _column_of(fact: Fact, names: Mapping[str, str]) -> str | None:
    """The column that a fact is written to; None if tables have none for it."""
    if tracks.is_measure(fact.track) and fact.slot == tracks.OWN:
        return tracks.item(fact.track)
    return names.get(fact.track)


def _measures_of(structure: Structure) -> list[str]:
    """The measures of which a figure was ever stated."""
    return sorted(tracks.item(track) for track in structure.track_names() if tracks.is_measure(track))


def _stated(structure: Structure, measure: str, ids: Iterable[str]) -> Mapping[str, Any]:
    """Unit -> its own figure of a measure, or its grade."""
    declared = structure.measures.get(measure)
    if declared is None or declared.type != "category":
        return structure.stated(measure)
    track = tracks.measure_track(measure)
    grades = ((unit, structure.slots(unit, track).get(tracks.OWN)) for unit in ids)
    return {unit: grade for unit, grade in grades if grade is not None}


def _write(
    file: Any,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    delimiter: str,
    decimal: DecimalMark,
    spreadsheet: bool,
) -> None:
    # Figures are texts until here, as some have a qualifier; in a workbook plain ones become numbers.
    typed = sheets.is_workbook(file) or sheets.is_arrow(file)
    figures = [
        place for place, name in enumerate(header) if name not in (*_TEXTS, *_DAYS, "id") and not tracks.is_scheme(name)
    ]
    written: list[list[Any]] = []
    for row in rows:
        cells = list(row)
        for place in figures:
            cells[place] = _typed(cells[place]) if typed else _with_comma(cells[place], decimal)
        written.append(cells)
    sheets.write_sheet(file, header, written, delimiter=delimiter, spreadsheet=spreadsheet)


def _typed(cell: str) -> Any:
    """A figure as a number, if it is a plain one of which a float keeps all digits."""
    if "/" in cell or not _PLAIN.fullmatch(cell):
        return cell
    number = _number(cell)
    is_rounded = isinstance(number, float) and Decimal(repr(number)) != plain_decimal(cell)
    return cell if is_rounded else number


def _with_comma(cell: str, decimal: DecimalMark) -> str:
    return cell.replace(".", decimal) if decimal != "." and not cell.startswith("unknown") else cell


_PLAIN: Final = re.compile(r"[-+]?[0-9]+(/[0-9]+|(\.[0-9]+)?([eE][-+]?[0-9]+)?)", re.ASCII)
_COMMA: Final = re.compile(r"\d,\d")
_POINT: Final = re.compile(r"\d\.\d")
_THOUSANDS: Final = re.compile(r"(?<![\d.])[1-9]\d{0,2}(\.\d{3})+(?![\d.])", re.ASCII)
# Plain and narrow spaces part thousands anywhere, and a point where the comma is decimal.
_GROUP: Final = {".": re.compile("[ \u00a0\u202f]"), ",": re.compile("[. \u00a0\u202f]")}
_GROUPED: Final = {
    decimal: re.compile(rf"[1-9]\d{{0,2}}({mark.pattern}\d{{3}})+({re.escape(decimal)}\d+)?", re.ASCII)
    for decimal, mark in _GROUP.items()
}
_SURE: Final = re.compile(r"(about|more than|at least|at most) (.+)")
_AT_LEAST: Final = re.compile(r"(.+) or more")
_BETWEEN: Final = re.compile(r"unknown, (\?|\S+) to (\?|\S+)")


def _cell(value: Any, unit: str) -> str:
    """A figure as a cell."""
    if not isinstance(value, (Quantity, int, float, Fraction, Decimal)):
        return str(value)
    quantity = Quantity.of(value)
    text = str(quantity)
    numbers = (quantity.value, quantity.low, quantity.high)
    if _quantity(text, decimals=any(isinstance(number, Decimal) for number in numbers)) != quantity:
        reason = f"{text!r} with bounds {quantity.low} to {quantity.high} has no form in a cell; use JSON Lines"
        raise Refused("a table that cannot be written", [Finding("writable", reason, units=(unit,))])
    return text


def _number(text: str, *, decimals: bool = False) -> Number:
    """A plain number: whole, a fraction, else a float or, with ``decimals``, a decimal with all of its digits."""
    if not _PLAIN.fullmatch(text):
        raise ValueError(text)
    if "/" in text:
        return plain_fraction(text)
    if text.lstrip("+-").isdigit():
        return int(plain_fraction(text))
    return plain_decimal(text) if decimals else plain_number(float(text))


def _quantity(text: str, *, decimals: bool = False) -> Quantity:
    """The quantity in a cell of figures; ValueError if the cell has no number."""
    if text == "unknown":
        return Quantity.unknown()
    number = partial(_number, decimals=decimals)
    if match := _SURE.fullmatch(text):
        word, of_word = match.groups()
        return Quantity(number(of_word), cast("Qualifier", word))
    if match := _AT_LEAST.fullmatch(text):
        return Quantity(number(match[1]), "at least")
    if match := _BETWEEN.fullmatch(text):
        low, high = (None if bound == "?" else number(bound) for bound in match.groups())
        return Quantity.unknown(low, high)
    return Quantity(number(text))


def _finite(text: str, measure: Measure) -> Quantity | None:
    """The figure of a measure in a text; None if the text is not a number, or is infinite."""
    try:
        quantity = _quantity(text, decimals=measure.decimal)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    is_infinite = isinstance(quantity.value, float) and not math.isfinite(quantity.value)
    return None if is_infinite else quantity


@frozen
class _Row:
    """A row that could be read; of the days, ``end`` is the first that no longer belongs to it."""

    number: int
    id: str
    texts: Mapping[str, str | None]
    figures: Mapping[str, Any]
    start: dt.date
    end: dt.date | None

    @property
    def parent(self) -> str | None:
        return self.texts["parent"]

    def holds(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def until(self) -> dt.date:
        return self.end or dt.date.max

    def __str__(self) -> str:
        return f"row {self.number} ({self.start} to {'no end' if self.end is None else self.end - ONE_DAY})"


def _unit(row: _Row) -> Unit:
    texts = row.texts
    return Unit(row.id, texts["name"], texts["code"], texts["kind"], texts["category"], texts["parent"])


@frozen(eq=False)
class _Form:
    """How a table is to be read: the arguments of the readers."""

    schema: Schema
    measures: Iterable[Measure]
    columns: Mapping[str, str | None] | None
    kinds: Mapping[str, str] | None
    ends: Ends | None
    delimiter: str | None
    decimal: DecimalMark | None
    sheet: str | int | None
    compose: bool


class _Table:
    """A table, its rows and all its faults."""

    def __init__(self, file: Any, form: _Form, default: dt.date | None) -> None:
        self.schema, self.compose, self.default = form.schema, form.compose, default
        self.kinds, self.ends = form.kinds or {}, form.ends
        self.measures = {measure.id: measure for measure in form.measures}
        self.schemes: list[str] = []
        """Further names and codes that have columns."""
        self.findings: list[Finding] = []
        self.rows: list[_Row] = []
        # Ids of rows that could not be read: faults of rows that refer to them are not reported as well.
        self.faulty: set[str] = set()
        self.dated = self.has_ends = False
        self.name = name_of(file) if not is_frame(file) else "the frame"
        try:
            sheet = sheets.read_sheet(file, delimiter=form.delimiter, sheet=form.sheet)
        except Refused as refused:
            self._refuse(refused.findings)
        self.name = sheet.name if sheet.name not in ("a frame", "-") else self.name
        self.decimal = form.decimal or ("," if sheet.delimiter not in ("", ",") else ".")
        self.findings += sheet.findings
        if not sheet.header and not sheet.findings:
            self._fault(None, "columns", "the file is empty; its first row must name the columns, at least 'id'")
        columns_read = self._columns(sheet, form.columns or {}) if sheet.header else []
        for number, texts in sheet.rows if columns_read else ():
            self._row(number, dict(zip(columns_read, texts, strict=True)))
        self.by_id: dict[str, list[_Row]] = {}
        """Unit -> its rows, by their first days."""
        for row in sorted(self.rows, key=lambda row: (row.start, row.number)):
            self.by_id.setdefault(row.id, []).append(row)
        if not (self.has_ends and self._conventions_differ()):
            self._check_periods()

    def _refuse(self, findings: Iterable[Finding]) -> None:
        raise InvalidTable(self.name, sorted(findings, key=lambda f: (f.row is not None, f.row or 0)))

    def _fault(self, row: int | None, rule: str, message: str, *units: str, day: dt.date | None = None) -> None:
        # A row without an id has no unit to name.
        self.findings.append(Finding(rule, message, filter(None, units), row=row, day=day))

    # -- the form

    def _columns(self, sheet: sheets.Sheet, columns: Mapping[str, str | None]) -> list[str | None]:
        """The column of each title; empty, and faults, if the columns do not fit."""
        before = len(self.findings)
        header = [self._title(title) for title in sheet.header]
        renamed = {self._title(title): own for title, own in columns.items()} if self.compose else columns
        self._refuse_titles_below(sheet, header, renamed)
        used = [renamed.get(title, title) for title in header]
        self.schemes = [column for column in used if column is not None and tracks.is_scheme(column)]
        self.dated, self.has_ends = "start" in used, "end" in used
        for message in self._faults_of_columns(header, renamed, used):
            self._fault(None, "columns", message)
        return [] if len(self.findings) > before else used

    def _refuse_titles_below(
        self, sheet: sheets.Sheet, header: Sequence[str], renamed: Mapping[str, str | None]
    ) -> None:
        """Refuse a table whose titles stand below its first row, at once: all other faults would follow from it."""
        title_of_id = next((title for title, own in renamed.items() if own == "id"), "id")
        named_in = [number for number, cells in enumerate(sheet.head, 1) if title_of_id in cells]
        if named_in and title_of_id not in header:
            title = ", ".join(filter(None, header))
            message = f"its header is {title!r}, and row {named_in[0]} below it names the columns"
            self._refuse([Finding("columns", f"{message}; leave out what stands above that row")])

    def _faults_of_columns(
        self, header: Sequence[str], renamed: Mapping[str, str | None], used: Sequence[str | None]
    ) -> Iterator[str]:
        """What is wrong with the columns: unknown ones, those there twice, missing ones, an end said in two ways."""
        known, titles = ("id", *_TEXTS, *_DAYS, *self.measures), ", ".join(header)
        for place, (title, column) in enumerate(zip(header, used, strict=True)):
            if column is None:
                continue
            if column not in known and not tracks.is_scheme(column):
                near = like(column, known, 1, 0.6)
                hint = f"did you mean {near[0]!r}?" if near else f"the columns are {', '.join(known)}."
                remedy = f"{hint} Declare it as a measure, or leave it out with columns={{{title!r}: None}}"
                yield f"the column {title!r} is not known; {remedy}"
            elif column in used[:place]:
                yield f"two columns are {column!r}"
        yield from (f"there is no column {title!r}; the file has {titles}" for title in renamed if title not in header)
        if "end" in used and "last" in used:
            yield "'end' and 'last' say the same in two ways; give one of them"
        # A row with an end needs a start, and so does every row without a day of the whole table.
        needs_start = self.default is None or "end" in used or "last" in used
        required = ("id", "start") if needs_start else ("id",)
        yield from (f"the column {name!r} is missing; the file has {titles}" for name in required if name not in used)

    def _title(self, title: str) -> str:
        """The title of a column as it is compared; a fault if it is decomposed and must not be composed."""
        composed = unicodedata.normalize("NFC", title)
        if composed != title and not self.compose:
            message = f"the title {title!r} is in decomposed Unicode; read it with compose=True"
            self._fault(None, "composed-unicode", message)
        return composed

    def _row(self, number: int, cells: Mapping[str | None, Any]) -> None:
        """Read a row, or note its faults."""
        before = len(self.findings)
        unit = self._text(number, "id", cells.get("id", "")) or ""
        names = (*_TEXTS, *self.schemes)
        texts: dict[str, str | None] = {name: self._text(number, name, cells.get(name, ""), unit) for name in names}
        if texts["kind"] is not None:
            texts["kind"] = self._kind(number, texts["kind"], unit)
        days = {name: self._day(number, name, cells.get(name, ""), unit) for name in _DAYS}
        if not unit and len(self.findings) == before:
            self._fault(number, "id", "the unit has no id")
        elif ROOT in (unit, texts["parent"]):
            self._fault(number, "id", f"{ROOT!r} names no unit; leave the parent of the root empty", unit)
        start, end = self._period(number, unit, days, has_start=bool(cells.get("start")))
        figures = {name: self._figure(number, name, cells.get(name, ""), unit) for name in self.measures}
        if len(self.findings) == before and start is not None:
            stated = {name: value for name, value in figures.items() if value is not None}
            self.rows.append(_Row(number, unit, texts, stated, start, end))
        elif unit:
            self.faulty.add(unit)

    def _period(
        self, number: int, unit: str, days: Mapping[str, dt.date | None], *, has_start: bool
    ) -> tuple[dt.date | None, dt.date | None]:
        """The first day of a row and the first day after it; faults are noted."""
        start, end, last = days["start"] if self.dated else self.default, days["end"], days["last"]
        if self.ends == "inclusive" and last is None:
            last = end
        if last is not None:
            # The last day of the calendar stands for no end known, as in other tables.
            end = None if last == dt.date.max else last + ONE_DAY
        if start == dt.date.min:
            self._fault(number, "start", f"there is no day before {start}; use a later start", unit)
        if self.dated and not has_start:
            self._fault(number, "start", "the row has no start", unit)
        if start is not None and end is not None and end <= start:
            # In the words of the table: ``end`` is the first day on which the row no longer holds.
            wrong = f"its end {end} is not after" if last is None else f"its last day {last} is before"
            self._fault(number, "period", f"{wrong} its start {start}", unit, day=start)
        return start, end

    def _kind(self, number: int, word: str, unit: str) -> str:
        """The kind that a word stands for: as the caller says, else by the schema's own words."""
        if word in self.kinds:
            return self.kinds[word]
        if self.schema.knows(word):
            return word
        named = self.schema.kinds_called(word)
        if len(named) == 1:
            return named[0]
        if named:
            message = f"the word {word!r} stands for several kinds: {', '.join(named)}; say which with kinds="
        else:
            near = self.schema.nearest_kind(word)
            hint = f"did you mean {near!r}, or is it" if near else "is it"
            listed = ", ".join(kind.id for kind in self.schema.kinds)
            message = (
                f"the schema knows no kind {word!r} (it knows {listed}); {hint} another's word? Say so with kinds="
            )
        self._fault(number, "kind", message, unit)
        return word

    def _text(self, number: int, name: str, text: Any, unit: str = "") -> str | None:
        if not isinstance(text, str):
            message = f"the {name} {text!r} is no text in the file; write it as text, or 01 becomes 1"
            self._fault(number, "text", message, unit)
            return None
        if not text.strip():
            return None
        if not unicodedata.is_normalized("NFC", text):
            if not self.compose:
                self._fault(
                    number,
                    "composed-unicode",
                    f"the {name} {text!r} is in decomposed Unicode; read it with compose=True",
                    unit,
                )
            text = unicodedata.normalize("NFC", text)
        if text != text.strip():
            self._fault(number, "space", f"the {name} {text!r} begins or ends with space", unit)
        return text or None

    def _day(self, number: int, name: str, text: Any, unit: str) -> dt.date | None:
        if text == "":
            return None
        try:
            return as_day(text)
        except BadDay as error:
            self._fault(number, "day", f"{name}: {error}", unit)
            return None

    def _figure(self, number: int, name: str, cell: Any, unit: str) -> Any:
        """The figure in a cell; None if it is empty, or has none and a fault is noted."""
        measure = self.measures[name]
        if cell == "":
            return None
        if measure.type == "category":
            return self._text(number, name, cell, unit)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return as_figure(cell, measure)
        quantity = None
        if isinstance(cell, str) and not self._may_be_thousands(cell, measure):
            quantity = _finite(self._with_point(cell), measure)
        if quantity is None:
            self._fault(number, "number", f"{name} {cell!r} {self._why_no_figure(cell, measure)}", unit)
            return None
        return as_figure(quantity.plain, measure)

    def _why_no_figure(self, cell: Any, measure: Measure) -> str:
        """Why a cell is refused, and what to write instead."""
        if isinstance(cell, str):
            if self._may_be_thousands(cell, measure):
                return f"may be in thousands; write {cell.replace(self.decimal, '')}, without any mark"
            if digits := self._without_groups(cell):
                may_be_point = self.decimal == "," and cell.count(".") == 1 and "," not in cell
                is_counted = measure.type == "count"
                point = f", or {cell.replace('.', ',')} if its point is a decimal one"
                return f"may have marks between thousands; write {digits}{point if may_be_point and not is_counted else ''}"
        is_comma = self.decimal == "." and _COMMA.search(str(cell))
        comma = "; is its comma a decimal one? Then read it with decimal=','" if is_comma else ""
        return f"is no number; write 1500, 0{self.decimal}5, 1/3, 'about 1500', 'unknown' or nothing{comma}"

    def _may_be_thousands(self, text: str, measure: Measure) -> bool:
        """Whether a text such as ``1.234`` may mean thousands, as half of the world writes them.

        Of what is counted in whole numbers nobody means 1.234 by it.
        """
        is_whole = measure.type == "count" and not measure.decimal
        return is_whole and _THOUSANDS.search(self._with_point(text)) is not None

    def _without_groups(self, text: str) -> str:
        """A number without the marks between its thousands, empty if it has none: what they mean, its writer knows."""
        return _GROUP[self.decimal].sub("", text) if _GROUPED[self.decimal].fullmatch(text) else ""

    def _with_point(self, text: str) -> str:
        """A figure with a decimal point; one with a point where a comma is meant may be thousands, and is no number."""
        if self.decimal == "." or text.startswith("unknown"):
            return text
        return "" if _POINT.search(text) else text.replace(",", ".")

    # -- the meaning

    def _successive(self) -> Iterator[tuple[_Row, _Row]]:
        """Each row with the next one of its unit, units in order of their first rows in the table."""
        first_row = {unit: min(row.number for row in rows) for unit, rows in self.by_id.items()}
        for unit in sorted(self.by_id, key=first_row.__getitem__):
            yield from pairwise(self.by_id[unit])

    def _check_periods(self) -> None:
        for earlier, later in self._successive():
            if not self.dated:
                self._fault(later.number, "id-once", f"the id is that of row {earlier.number} as well", later.id)
            elif later.start < earlier.until:
                self._fault(later.number, "overlap", f"from {later.start} on it overlaps {earlier}", later.id)
            elif later.start > earlier.until:
                message = (
                    f"it ended with {earlier} and begins again on {later.start}; a unit that is founded again "
                    "has an id of its own"
                )
                self._fault(later.number, "gap", message, later.id)

    def _conventions_differ(self) -> bool:
        """Whether the ends of the table seem to follow the other convention than stated; a fault, too, if they mix both.

        Rows of one unit that follow each other show it: one begins on the end of the row before, or a day beside it.
        """
        ends_said = self.ends or "exclusive"
        beside = ONE_DAY if ends_said == "inclusive" else -ONE_DAY
        right = [later for earlier, later in self._successive() if earlier.end == later.start]
        wrong = [later for earlier, later in self._successive() if earlier.end == later.start + beside]
        if not wrong:
            return False
        other = "exclusive" if ends_said == "inclusive" else "inclusive"
        if right and len(right) >= len(wrong):
            # Only few rows are wrong: each is also reported as a gap or an overlap of its own.
            places = ", ".join(str(row.number) for row in wrong[:5])
            message = (
                f"its ends are of two conventions: by ends={ends_said!r} {len(right)} rows begin where the row before ends, and "
                f"{len(wrong)} a day beside it (rows {places}); mend these"
            )
            self._fault(None, "ends", message)
            return False
        message = (
            f"its ends look {other}: by ends={ends_said!r} {len(wrong)} of {len(wrong) + len(right)} rows begin a day beside "
            f"the end of the row before, the first in row {wrong[0].number}; read it with ends={other!r}"
        )
        if right:
            message += f", and mend the {len(right)} others, the first in row {right[0].number}"
        self._fault(None, "ends", message)
        return True

    def _row_on(self, unit: str, day: dt.date) -> _Row | None:
        rows = self.by_id.get(unit, [])
        at = bisect.bisect_right(rows, day, key=lambda row: row.start) - 1
        return rows[at] if at >= 0 and rows[at].holds(day) else None

    # -- the history

    def history(self, source: Source, first_known: bool = False, last_known: bool = False) -> History:
        """The history of the acts that follow from the rows."""
        if any(finding.rule == "ends" for finding in self.findings):
            # Wrong ends would cause nearly all other faults.
            self._refuse(self.findings)
        starting: defaultdict[dt.date, list[_Row]] = defaultdict(list)
        for row in self.rows:
            starting[row.start].append(row)
        ending: defaultdict[dt.date, list[_Row]] = defaultdict(list)
        for *_, last in self.by_id.values():
            if last.end is not None:
                ending[last.end].append(last)
        # On a day on which rows end and others go on, nothing ends: it has an act as well, perhaps without events.
        days = sorted(starting.keys() | ending.keys() | {row.end for row in self.rows if row.end is not None})
        acts: list[Act] = []
        for day in days:
            is_first_known = first_known and day == days[0]
            events = self._events(day, starting[day], ending[day], is_first_known, last_known)
            acts.append(Act(act_id(day, source), day, events, source))
        # Faults that follow from a row with a fault are not reported as well.
        unclear = self.faulty.union(*(finding.units for finding in self.findings))
        faults = table_faults(acts, self.schema, self.measures, self._rows_of)
        self.findings += [finding for finding in faults if unclear.isdisjoint(finding.units)]
        if self.findings:
            self._refuse(self.findings)
        return History(self.schema, self.measures).enact(*acts)

    def _rows_of(self, unit: str, day: dt.date) -> list[int]:
        """The number of the row of a unit on a day."""
        row = self._row_on(unit, day) or next(iter(self.by_id.get(unit, ())), None)
        return [] if row is None else [row.number]

    def _depths(self, rows: Iterable[_Row], day: dt.date) -> dict[str, int]:
        """The depth of the units of some rows in the tree of a day; any number for a unit below itself."""
        depth_of: dict[str, int] = {}
        for row in rows:
            path: dict[str, None] = {}
            at: _Row | None = row
            while at is not None and at.id not in depth_of and at.id not in path:
                path[at.id] = None
                at = None if at.parent is None else self._row_on(at.parent, day)
            if at is not None and at.id in path:
                # A unit below itself: the judge reports it, in the order of the rows.
                depth_of |= dict.fromkeys(path, len(path))
                continue
            top = 0 if at is None else depth_of[at.id]
            depth_of.update((unit, depth) for depth, unit in enumerate(reversed(path), top + 1))
        return depth_of

    def _events(
        self, day: dt.date, starting: list[_Row], ending: list[_Row], first_known: bool, last_known: bool
    ) -> list[Event]:
        """The events of a day: units begin and move, then facts change, then units end.

        From the top of the new tree down, so that no event puts a unit below itself or an ended one; ends go from the
        bottom of the old tree up.
        """
        before = day - ONE_DAY
        placements: list[Event] = []
        changes: list[Event] = []
        depth = self._depths(starting, day)
        for row in sorted(starting, key=lambda row: (depth[row.id], row.number)):
            old = self._row_on(row.id, before)
            if old is None:
                placements.append(Creation(_unit(row), first_known))
            elif old.parent != row.parent:
                placements.append(Change(row.id, tracks.PARENT, ROOT if row.parent is None else row.parent))
            changes += self._changes(old, row)
        depth = self._depths(ending, before)
        closing = sorted(ending, key=lambda row: (-depth[row.id], row.number))
        return [*placements, *changes, *(Closure(row.id, last_known=last_known) for row in closing)]

    def _changes(self, old: _Row | None, row: _Row) -> Iterator[Change]:
        """The facts in which a row differs from the one before; a creation brings names and kind by itself."""
        columns = {name: name for name in self.schemes} if old is None else {**_TRACKS, **{n: n for n in self.schemes}}
        old_texts, old_figures = ({}, {}) if old is None else (old.texts, old.figures)
        for name, track in columns.items():
            if old_texts.get(name) != row.texts[name]:
                yield Change(row.id, track, row.texts[name])
        for name in self.measures:
            if old_figures.get(name) != row.figures.get(name):
                yield Change(row.id, tracks.measure_track(name), row.figures.get(name), tracks.OWN)
