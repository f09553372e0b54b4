"""Translation of old codes into new ones: lists of any length, CSV or Parquet, as a stream.

Each row keeps its cells and gains the new code and a status. A row whose new code is not stated stays without one: a
divided unit is not translated into one of its parts unless a policy says so. The target is written beside its place and
moved there at the end, so a run that fails leaves the old file.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, InvalidFile, InvalidTable, Refused
from orgmodel.history.unit_directory import By, register_of
from orgmodel.io import sheets
from orgmodel.io.files import for_spreadsheet, name_of, read_lines
from orgmodel.model import track as tracks
from orgmodel.model.door import a_text, like, strict, texts
from orgmodel.model.extras import extra
from orgmodel.model.frames import Column, Tabular
from orgmodel.period import DayLike
from orgmodel.reading import open_file
from orgmodel.structure.finding import meaning, scheme_of
from orgmodel.structure.matcher import Match
from orgmodel.writing import replacing, replacing_text, text_of, write_file

if TYPE_CHECKING:
    from orgmodel.history.correspondence import Correspondence
    from orgmodel.history.history import History
    from orgmodel.history.rows import CorrespondenceRow
    from orgmodel.structure.structure import Structure

__all__ = [
    "RecodeReport",
    "Recoded",
    "recode",
    "translator",
]

DivisionPolicy = Literal["dominant", "all"]
Status = Literal[
    "same", "whole", "dominant", "part", "ambiguous", "unmapped", "other days", "unknown", "several", "empty"
]
OPEN: Final = ("ambiguous", "unmapped", "other days", "unknown", "several", "empty")
"""The statuses of rows that get no new code."""
TO_SEE: Final = ("folded", "former", "above")
"""The ways of finding names that a report lists, as they are not written as in the register."""
CHUNK: Final = 65_536
"""Rows that are read, translated and written at a time."""

Progress = Callable[[int], None]
"""Called with the bytes (CSV) or rows (Parquet) that were read since the last call."""


@frozen
class Recoded:
    """The outcome of one old code.

    Attributes:
        code: the old code.
        status: ``same``: nothing happened to the unit and its code. ``whole``: all of it is in the
            new one. ``dominant``, ``part``: chosen by a policy. ``ambiguous``: it was divided and no policy
            says which to take. ``unmapped``: it has no successor. ``other days``: it names no unit of
            the day, but does on other days. ``unknown``: it never was. ``several``: more than one unit
            bears it on the day. ``empty``: there is no code.
        new: the new codes; several only with the policy ``all``.
        candidates: the new codes to choose from, where it is ambiguous.
        exact: whether the rows it rests on are facts.
        why: the obstacle, or a remark, in words.
        unit: id of the unit that it was read as; empty if there is none.
        how: for names, how the unit was found: see :class:`~orgmodel.structure.matcher.Match`.
        above: the names above it, where the list has them.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, {"id": "a", "code": "01", "parent": "vn"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.break_down("a", [om.Unit("n", code="02"), om.Unit("s", code="03")])
    >>> outcome = translator(history.enact(act), "2025-01-01", "2025-07-01")("01")
    >>> outcome.status, outcome.candidates
    ('ambiguous', ('02', '03'))
    """

    code: str
    status: Status
    new: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    exact: bool = True
    why: str = ""
    unit: str = field(default="", kw_only=True)
    how: str = field(default="", kw_only=True)
    above: tuple[str, ...] = field(default=(), kw_only=True)


class Translator:
    """The outcome of each code of a day: built once, used for every row.

    Args:
        history: the history whose acts are followed.
        a: the day the codes are from.
        b: the day the new codes are for.
        kind: the kind of units that the codes name; needed where two kinds share codes.
        by: whether units are named by code, name or id, or by another code or name such as ``code:gso``.
        policy: what to do with a divided unit: ``dominant`` takes the successor that a source
            names, ``all`` gives a row for each; None leaves it open.
    """

    def __init__(
        self,
        correspondence: Correspondence,
        history: History,
        *,
        by: By = "code",
        policy: DivisionPolicy | None = None,
    ) -> None:
        if policy not in (None, "dominant", "all"):
            raise Refused("a policy", [Finding("policy", f"there is no policy {policy!r} for codes (dominant, all)")])
        self.map, self.by, self.policy = correspondence, scheme_of(by), policy
        self._is_name = tracks.family(self.by) == tracks.NAME
        self.register = register_of(history)
        self._news: dict[str, str | None] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Recoded] = {}
        if self._is_name:
            # Units of other kinds are in the table of a kind only because they flow together with it.
            numbers = frozenset(map(correspondence.before._state.number, correspondence.olds))
            self._meant = meaning(correspondence.before, self.by, correspondence.kind, numbers.__contains__)
            return
        bearers: dict[str, list[str]] = {}
        placeholders = correspondence.before.schema.placeholder_codes
        for old in correspondence.olds:
            text = self._text(correspondence.before, old)
            if text is not None and (self.by == "id" or text not in placeholders):
                bearers.setdefault(text, []).append(old)
        kind = correspondence.kind
        for text, olds in bearers.items():
            of_kind = [old for old in olds if kind is None or correspondence.before.unit(old).kind == kind]
            self._known[text, ()] = self._of_unit(text, of_kind or olds)

    def _text(self, structure: Structure, unit: str) -> str | None:
        if self.by == "id":
            return unit
        text: str | None = structure.value(unit, self.by)
        return text

    def _new(self, row: CorrespondenceRow) -> str | None:
        if row.new not in self._news:
            self._news[row.new] = self._text(self.map.after, row.new)
        return self._news[row.new]

    def _of_name(self, text: str, above: tuple[str, ...]) -> Recoded:
        """The outcome of the unit that a name means."""
        match = self._meant(text, above)
        if not match.units:
            return evolve(self._of_nobody(text, match), above=above)
        outcome = self._of_unit(text, match.units)
        return outcome if len(match.units) > 1 else evolve(outcome, how=match.how, above=above)

    def _of_unit(self, text: str, olds: Sequence[str]) -> Recoded:
        if len(olds) > 1:
            more = f" and {len(olds) - 5} more" if len(olds) > 5 else ""
            listed = ", ".join(olds[:5]) + more
            return Recoded(text, "several", why=f"{len(olds)} units bear it on {self.map.start}: {listed}")
        return evolve(self._of_one(text, olds[0]), unit=olds[0])

    def _of_one(self, text: str, old: str) -> Recoded:
        """The outcome of one unit."""
        rows = self.map[old]
        if not rows:
            act = self.map.act_of(old)
            closed = f", closed by {act.source.label}" if act is not None else ""
            return Recoded(text, "unmapped", why=f"it has no successor on {self.map.end}{closed}")
        code_of = {row.new: code for row in rows if (code := self._new(row)) is not None}
        without_code = [row.new for row in rows if row.new not in code_of]
        if without_code:
            return Recoded(text, "unmapped", why=f"its successor {', '.join(without_code)} bears no {self.by}")
        if len(rows) == 1 and rows[0].extent == "whole":
            new = code_of[rows[0].new]
            status: Status = "same" if new == self._text(self.map.before, old) and not rows[0].acts else "whole"
            return Recoded(text, status, (new,), exact=rows[0].exact)
        return self._of_divided(text, rows, code_of)

    def _of_divided(self, text: str, rows: Sequence[CorrespondenceRow], code_of: Mapping[str, str]) -> Recoded:
        """The outcome of a unit that was divided, by the policy."""
        codes = tuple(code_of[row.new] for row in rows)
        exact = all(row.exact for row in rows)
        if self.policy is None:
            return Recoded(text, "ambiguous", (), codes, exact, "divided; choose with a policy")
        if self.policy == "all":
            return Recoded(text, "part", codes, codes, exact, "divided; a row for each part")
        dominant = next((row for row in rows if row.dominant), None)
        if dominant is None:
            return Recoded(text, "ambiguous", (), codes, exact, "divided, and no source names the dominant part")
        by = f", says {dominant.dominant_by}" if dominant.dominant_by else ""
        return Recoded(text, "dominant", (code_of[dominant.new],), codes, exact, f"divided; the dominant part{by}")

    def __call__(self, text: str, above: str | Iterable[str] = ()) -> Recoded:
        """The outcome of a code or name.

        Args:
            text: the code or name.
            above: for a name, the names of units above it.
        """
        tops = texts(above, "what stands above") if above else ()
        key = a_text(text, f"a {self.by}"), tops if self._is_name else ()
        outcome = self._known.get(key)
        if outcome is None:
            # All codes of the day are known from the beginning; names are only looked up as they come.
            outcome = self._of_name(*key) if self._is_name and text.strip() else self._of_nobody(text)
            self._known[key] = outcome
        return outcome

    def _of_nobody(self, text: str, match: Match | None = None) -> Recoded:
        """The outcome of a text that names no unit of the day."""
        if not text.strip():
            return Recoded(text, "empty", why=f"the {self.by} is empty")
        why = self.register.tell(text, self.by, self.map.start, self.map.kind)
        if self.register.bearings(text, self.by) and why:
            return Recoded(text, "other days", why=why)
        candidates = () if match is None else (*match.elsewhere, *match.near)
        if match is not None and match.elsewhere:
            why = "it is borne under others, not under what stands above"
        if candidates:
            called = self.map.before.called
            near_ones = "; ".join(f"{called(unit)} ({unit})" for unit in candidates[:3])
            why = f"{why or 'no unit is called so'}; near it {near_ones}"
        return Recoded(text, "unknown", (), (), why=why)

    @property
    def outcomes(self) -> Mapping[tuple[str, tuple[str, ...]], Recoded]:
        """The outcomes so far, by the code or name and the names above it."""
        return self._known


@frozen
class Seen:
    """A code of the input that needs attention.

    Attributes:
        outcome: its outcome.
        rows: the number of rows with it.
        first_row: the first of these rows; 1 is the first row of data.
    """

    outcome: Recoded
    rows: int
    first_row: int


@frozen
class RecodeReport(Tabular):
    r"""The report of a run.

    Attributes:
        rows: rows of data that were read.
        written: rows that were written; more than were read with the policy ``all``.
        counts: status -> rows.
        inexact: rows whose new code rests on an inexact row of the correspondence.
        seen: the codes without a new one, divided, or inexact: most frequent first.
        mixed: a note if codes of other days are in the list: it may be of mixed vintages.

    >>> import tempfile
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, {"id": "a", "code": "01", "parent": "vn"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     act.close("a")
    >>> ask = translator(history.enact(act), "2025-01-01", "2025-07-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "old.csv").write_text("code\n01\n01\n")
    ...     report = recode(Path(folder, "old.csv"), Path(folder, "new.csv"), ask)
    >>> report.rows, dict(report.counts), [(seen.outcome.code, seen.rows) for seen in report.seen]
    (2, {'unmapped': 2}, [('01', 2)])
    """

    rows: int
    written: int
    counts: Mapping[str, int]
    inexact: int
    seen: tuple[Seen, ...]
    mixed: str = ""

    @property
    def open(self) -> int:
        """Rows that got no new code."""
        return sum(self.counts.get(status, 0) for status in OPEN)

    def _columns(self) -> dict[str, Column]:
        """The codes that need attention."""
        codes = self.seen
        return {
            "code": Column([row.outcome.code for row in codes]),
            "above": Column([row.outcome.above for row in codes], "texts"),
            "status": Column([row.outcome.status for row in codes]),
            "how": Column([row.outcome.how or None for row in codes]),
            "unit": Column([row.outcome.unit or None for row in codes]),
            "rows": Column([row.rows for row in codes], "whole"),
            "first_row": Column([row.first_row for row in codes], "whole"),
            "new": Column([row.outcome.new for row in codes], "texts"),
            "candidates": Column([row.outcome.candidates for row in codes], "texts"),
            "exact": Column([row.outcome.exact for row in codes], "boolean"),
            "why": Column([row.outcome.why for row in codes]),
        }

    def write(self, file: str | os.PathLike[str]) -> None:
        """The codes that need attention as CSV.

        Its columns: code, above, status, how, unit, rows, first_row, new, candidates, exact, why.
        """
        with replacing_text(file) as out:
            writer = csv.writer(out, lineterminator="\n")
            head = ("code", "above", "status", "how", "unit", "rows", "first_row", "new", "candidates", "exact", "why")
            writer.writerow(head)
            for row in self.seen:
                it = row.outcome
                result = ("|".join(it.new), "|".join(it.candidates), "yes" if it.exact else "no", it.why)
                place = (it.code, "|".join(it.above), it.status, it.how, it.unit)
                # The report is opened in a spreadsheet, and its codes come from a foreign file: formulas must not run.
                safe = [for_spreadsheet(str(text)) for text in (*place, *result)]
                writer.writerow((*safe[: len(place)], row.rows, row.first_row, *safe[len(place) :]))


_Key = str | tuple[str, ...]
"""A code or name; with the names above it, where there are columns of these."""


def _outcome(translator: Translator, key: _Key) -> Recoded:
    return translator(key) if isinstance(key, str) else translator(key[0], [text for text in key[1:] if text.strip()])


class _Tally:
    """Counts while rows run through."""

    def __init__(self) -> None:
        self.rows = self.written = 0
        self.codes: Counter[_Key] = Counter()
        self.first: dict[_Key, int] = {}

    def count(self, codes: Sequence[_Key]) -> None:
        # Only a chunk with a code that is new is searched for where it first stands.
        new = set(codes).difference(self.first)
        if new:
            for row, code in enumerate(codes, self.rows + 1):
                if code in new:
                    new.discard(code)
                    self.first[code] = row
        self.codes.update(codes)
        self.rows += len(codes)

    def report(self, translator: Translator) -> RecodeReport:
        """The report of all rows so far."""
        listed = [Seen(_outcome(translator, code), rows, self.first[code]) for code, rows in self.codes.items()]
        counts: Counter[str] = Counter()
        for entry in listed:
            counts[entry.outcome.status] += entry.rows
        inexact = sum(entry.rows for entry in listed if entry.outcome.new and not entry.outcome.exact)
        needing_attention = sorted(filter(_needs_attention, listed), key=_by_urgency)
        mixed = _mixed(translator, [entry.outcome.code for entry in listed if entry.outcome.status == "other days"])
        return RecodeReport(self.rows, self.written, dict(counts), inexact, tuple(needing_attention), mixed)


def _needs_attention(code: Seen) -> bool:
    outcome = code.outcome
    return outcome.status not in ("same", "whole") or not outcome.exact or outcome.how in TO_SEE


def _by_urgency(code: Seen) -> tuple[int, int]:
    """Codes without a new one first, by status; within a status the most frequent first."""
    status = code.outcome.status
    return OPEN.index(status) if status in OPEN else len(OPEN), -code.rows


def _mixed(translator: Translator, codes: Iterable[str]) -> str:
    """A note on the period that most codes of other days are from; empty if there are none."""
    periods: Counter[str] = Counter()
    for code in codes:
        periods.update({str(bearing.period) for bearing in translator.register.bearings(code, translator.by)})
    if not periods:
        return ""
    period, number = periods.most_common(1)[0]
    return f"{number} codes name no unit of {translator.map.start} but one of {period}: a list of mixed vintages?"


def is_parquet(file: str | os.PathLike[str]) -> bool:
    """Whether a file is Parquet, by the ending of its name.

    >>> is_parquet("codes.parquet"), is_parquet("codes.csv")
    (True, False)
    """
    return Path(file).suffix.lower() in (".parquet", ".pq")


@strict
def recode(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    translator: Translator,
    *,
    column: str = "code",
    new_column: str | None = None,
    status_column: str = "status",
    how_column: str = "how",
    above: str | Sequence[str] = (),
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> RecodeReport:
    r"""Translate a column of codes; every other column is passed through unchanged.

    Args:
        source: CSV (UTF-8, with a header), a workbook or Parquet, by the ending of its name; ``-`` for CSV on
            standard input.
        target: the same form, or CSV for a workbook and the other way round; ``-`` for CSV on standard output;
            replaced as a whole, and only if nothing failed.
        translator: gives the outcome of each code.
        column: the column of old codes.
        new_column: the column of new codes to add; ``new_`` and the old one's name if None.
        status_column: the column of statuses to add.
        how_column: for names, the column to add that says how the unit was found: exact, folded, former, above.
        above: for names, the columns of units above, such as province and district.
        delimiter: between the cells of CSV; found out if None.
        progress: called with the amount read since the last call.

    Raises:
        InvalidFile: the file is not UTF-8, not CSV, not Parquet.
        InvalidTable: a column is missing or there already, codes are numbers, rows are of another length.
        OSError: the file cannot be read or written.

    >>> import tempfile
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, {"id": "a", "code": "01", "parent": "vn"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.replace("a", om.Unit("n", code="02"))
    >>> ask = translator(history.enact(act), "2025-01-01", "2025-07-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "old.csv").write_text("code,members\n01,30\n99,7\n")
    ...     report = recode(Path(folder, "old.csv"), Path(folder, "new.csv"), ask)
    ...     print(Path(folder, "new.csv").read_text())
    code,members,new_code,status
    01,30,02,whole
    99,7,,unknown
    >>> dict(report.counts)
    {'whole': 1, 'unknown': 1}
    """
    if is_parquet(source) != is_parquet(target):
        raise InvalidTable(
            "the target", [Finding("format", f"{name_of(source)} and {name_of(target)} are of different forms")]
        )
    if os.path.realpath(source) == os.path.realpath(target) and os.fspath(source) != sheets.STANDARD:
        raise InvalidTable("the target", [Finding("target", f"{name_of(target)} is the source; write to another file")])
    new_name = new_column or f"new_{column}"
    columns = _Columns(column, texts(above, "above=") if above else (), (new_name, status_column))
    if translator._is_name:
        columns = evolve(columns, added=(*columns.added, how_column))
    if any(os.fspath(file) == sheets.STANDARD or sheets.is_workbook(file) for file in (source, target)):
        return _recode_by_way_of_csv(source, target, translator, columns, delimiter)
    return _recode_files(Path(source), target, translator, columns, delimiter, progress)


def _recode_by_way_of_csv(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    translator: Translator,
    columns: _Columns,
    delimiter: str | None,
) -> RecodeReport:
    """Recode standard input and output, and workbooks, which are no streams of rows, by way of files of CSV."""
    with tempfile.TemporaryDirectory() as folder:
        read, written = Path(folder, "source.csv"), Path(folder, "target.csv")
        if os.fspath(source) == sheets.STANDARD:
            write_file(read, sys.stdin.buffer.read())
        elif sheets.is_workbook(source):
            _workbook_to_csv(source, read, columns)
        else:
            read = Path(source)
        direct = os.fspath(target) != sheets.STANDARD and not sheets.is_workbook(target)
        report = _recode_files(read, target if direct else written, translator, columns, delimiter, None)
        if os.fspath(target) == sheets.STANDARD:
            sys.stdout.write(written.read_text(encoding="utf-8"))
        elif not direct:
            sheet = sheets.read_sheet(written, delimiter=delimiter)
            sheets.write_sheet(target, sheet.header, (cells for _, cells in sheet.rows))
    return report


def _workbook_to_csv(source: str | os.PathLike[str], target: Path, columns: _Columns) -> None:
    sheet = sheets.read_sheet(source)
    read = [place for place, name in enumerate(sheet.header) if name in (columns.code, *columns.above)]
    faults = list(sheet.findings) or _no_texts(sheet, read)
    if faults:
        raise InvalidTable(f"{sheet.name} cannot be translated", faults)
    sheets.write_sheet(target, sheet.header, (cells for _, cells in sheet.rows))


def _no_texts(sheet: sheets.Sheet, places: Sequence[int]) -> list[Finding]:
    """A fault for each cell of some columns that is no text."""
    return [
        Finding("column", f"{cells[place]!r} is not text; read codes as text, or 01 becomes 1", row=row)
        for row, cells in sheet.rows
        for place in places
        if not isinstance(cells[place], str)
    ]


def _recode_files(
    source: Path,
    target: str | os.PathLike[str],
    translator: Translator,
    columns: _Columns,
    delimiter: str | None,
    progress: Progress | None,
) -> RecodeReport:
    run = _recode_parquet if is_parquet(source) else _recode_csv
    tally = _Tally()
    with replacing(target) as out:
        run(source, out, translator, columns, delimiter, progress, tally)
    return tally.report(translator)


@frozen
class _Columns:
    """The columns of codes and of names above, and those to add."""

    code: str
    above: tuple[str, ...]
    added: tuple[str, ...]


def _check_columns(file: Path, names: Sequence[str], columns: _Columns) -> list[int]:
    """The places of the columns that are read."""
    faults = []
    for column in (columns.code, *columns.above):
        if column not in names:
            near = like(column, names)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            faults.append(Finding("column", f"there is no column {column!r} (there are {', '.join(names)}){hint}"))
        elif names.count(column) > 1:
            faults.append(Finding("column", f"there are {names.count(column)} columns {column!r}"))
    faults += [
        Finding("column", f"there is a column {name!r} already; choose another name for what is added")
        for name in columns.added
        if name in names
    ]
    if faults:
        raise InvalidTable(f"{file} cannot be translated", faults)
    return [names.index(column) for column in (columns.code, *columns.above)]


def _keys(cells: Sequence[Sequence[str]]) -> list[_Key]:
    """The key of each row, from its columns."""
    return list(cells[0]) if len(cells) == 1 else list(zip(*cells, strict=True))


def csv_rows(file: Path, delimiter: str = ",", progress: Progress | None = None) -> Iterator[list[list[str]]]:
    """The rows of a CSV file, the header first, in chunks; empty lines are left out.

    Raises:
        InvalidFile: it is not UTF-8 or not CSV; the row is named.
    """
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        raise InvalidTable(
            f"{file} cannot be read", [Finding("delimiter", f"{delimiter!r} is not one sign between cells")]
        )
    row = 0
    with open_file(file) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        at = 0
        while True:
            chunk: list[list[str]] = []
            try:
                chunk.extend(islice(reader, CHUNK))
            except UnicodeDecodeError as error:
                raise InvalidFile(
                    f"{file} cannot be read",
                    [Finding("utf-8", f"{_place(file)} is not UTF-8 ({error.reason}); save the file as UTF-8")],
                ) from None
            except csv.Error as error:
                raise InvalidFile(
                    f"{file} cannot be read", [Finding("csv", str(error), row=row + len(chunk))]
                ) from None
            if not chunk:
                return
            row += len(chunk)
            if progress is not None:
                here = raw.tell()
                progress(here - at)
                at = here
            yield [cells for cells in chunk if cells]


def _place(file: Path) -> str:
    """Where the first byte that is not UTF-8 stands."""
    with open_file(file) as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"line {number}, byte {error.start + 1} (0x{line[error.start]:02x})"
    return "the file"


def _recode_csv(
    source: Path,
    target: BinaryIO,
    translator: Translator,
    columns: _Columns,
    delimiter: str | None,
    progress: Progress | None,
    tally: _Tally,
) -> None:
    delimiter = sheets.delimiter_of(source) if delimiter is None else delimiter
    chunks = csv_rows(source, delimiter, progress)
    first = next(chunks, [])
    if not first:
        raise InvalidFile(f"{source} cannot be read", [Finding("empty", "the file has no header")])
    header = first.pop(0)
    readers = list(map(itemgetter, _check_columns(source, header, columns)))
    faults: list[Finding] = []
    answers = _Answers(translator, len(columns.added))
    with text_of(target) as out:
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow([*header, *columns.added])
        for chunk in filter(None, chain([first], chunks)):
            faults += _faults_of_width(chunk, len(header), tally.rows)
            if faults:
                # Read on to report all faults; nothing will be written.
                tally.rows += len(chunk)
                continue
            codes = _keys([list(map(reader, chunk)) for reader in readers])
            tally.count(codes)
            rows = answers.added(chunk, codes)
            tally.written += len(rows)
            writer.writerows(rows)
    if faults:
        raise InvalidTable(f"{source} cannot be translated", faults)


def _faults_of_width(chunk: Sequence[Sequence[str]], width: int, before: int) -> list[Finding]:
    """A fault for each row with another number of cells than the header; ``before`` rows were read before."""
    if set(map(len, chunk)) == {width}:
        return []
    return [
        Finding("width", f"it has {len(cells)} cells and the header has {width}", row=before + i)
        for i, cells in enumerate(chunk, 1)
        if len(cells) != width
    ]


class _Answers:
    """The cells that each code adds to its rows, worked out once for each code."""

    def __init__(self, translator: Translator, width: int) -> None:
        self.translator, self.width = translator, width
        self.first: dict[_Key, tuple[str, ...]] = {}
        """Code -> its cells; of a code with several answers those of the first."""
        self.several: dict[_Key, list[tuple[str, ...]]] = {}
        """Code -> the cells of each answer, where there are several."""

    def added(self, chunk: Sequence[list[str]], codes: Sequence[_Key]) -> Sequence[list[str]]:
        """The rows with the cells of their codes behind them: a row for each answer."""
        for code in set(codes).difference(self.first):
            answers = _added_cells(_outcome(self.translator, code), self.width)
            self.first[code] = answers[0]
            if len(answers) > 1:
                self.several[code] = answers
        if self.several:
            return [
                [*cells, *answer]
                for cells, code in zip(chunk, codes, strict=True)
                for answer in self.several.get(code) or (self.first[code],)
            ]
        # The inner loop of a million rows: they are extended in place by map, without a Python loop.
        deque(map(list.extend, chunk, map(self.first.__getitem__, codes)), maxlen=0)
        return chunk


def _added_cells(outcome: Recoded, width: int) -> list[tuple[str, ...]]:
    """The cells that an outcome adds to its row: one tuple for each new code, or one without a new code."""
    return [(new, outcome.status, outcome.how)[:width] for new in outcome.new or ("",)]


@contextlib.contextmanager
def parquet_file(file: Path) -> Iterator[Any]:
    """An open Parquet file, as long as the block lasts.

    Raises:
        InvalidFile: it is none, or a part that the block reads is damaged.
    """
    with extra():
        import pyarrow as pa
        import pyarrow.parquet as pq

    # Refuses anything but a regular file.
    open_file(file).close()
    try:
        with pq.ParquetFile(file) as opened:
            yield opened
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # The system failed, not the file: that error is the caller's.
            raise
        why = " ".join(str(error).split())[:200]
        raise InvalidFile(f"{file} cannot be read", [Finding("parquet", f"it is no Parquet file ({why})")]) from None


def _recode_parquet(
    source: Path,
    target: BinaryIO,
    translator: Translator,
    columns: _Columns,
    _delimiter: str | None,
    progress: Progress | None,
    tally: _Tally,
) -> None:
    with extra():
        import pyarrow as pa
        import pyarrow.parquet as pq

    with parquet_file(source) as table:
        schema = table.schema_arrow
        places = _check_columns(source, schema.names, columns)
        for at in places:
            _check_text(source, schema.field(at))
        added = [pa.field(name, pa.string()) for name in columns.added]
        for field in added:
            schema = schema.append(field)
        with pq.ParquetWriter(target, schema) as writer:
            for batch in table.iter_batches(batch_size=CHUNK):
                codes = _keys([_texts_of(batch.column(at)) for at in places])
                tally.count(codes)
                answers = [_added_cells(_outcome(translator, code), len(columns.added)) for code in codes]
                rows = [row for row, answer in enumerate(answers) for _ in answer]
                if len(rows) > len(codes):
                    batch = batch.take(pa.array(rows))
                cells = list(chain.from_iterable(answers))
                # Parquet has nulls: a row without a new code has no empty text.
                arrays = [pa.array([row[at] or None for row in cells], pa.string()) for at in range(len(columns.added))]
                writer.write_batch(pa.record_batch([*batch.columns, *arrays], schema=schema))
                tally.written += len(rows)
                if progress is not None:
                    progress(len(codes))


def _texts_of(column: Any) -> list[str]:
    """The texts of a column of Parquet, empty where there is none."""
    import pyarrow as pa

    return [text or "" for text in column.cast(pa.string()).to_pylist()]


def _check_text(file: Path, field: Any) -> None:
    with extra():
        import pyarrow.types as pt

    kind = field.type.value_type if pt.is_dictionary(field.type) else field.type
    if not (pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind)):
        raise InvalidTable(
            f"{file} cannot be translated",
            [Finding("column", f"{field.name!r} holds {field.type}, not text; read codes as text, or 01 becomes 1")],
        )


@strict
def read_column(file: str | os.PathLike[str], column: str | None = None, *, delimiter: str | None = None) -> list[str]:
    """One column of a table of CSV, Parquet or a workbook, or the lines of a text file (``.txt``).

    Args:
        file: the file; its ending says what it is.
        column: which column; None takes ``code``, or the only one there is.
        delimiter: between the cells of CSV.

    Raises:
        InvalidFile, InvalidTable: as :func:`recode`.
    """
    path = Path(file)
    if is_parquet(path):
        with parquet_file(path) as table:
            name = _chosen(path, table.schema_arrow.names, column)
            _check_text(path, table.schema_arrow.field(name))
            return [value or "" for value in table.read(columns=[name]).column(0).to_pylist()]
    if path.suffix.lower() == ".txt":
        lines, faults = read_lines(path)
        if faults:
            raise InvalidFile(f"{path} cannot be read", faults)
        return [line for line in lines if line]
    sheet = sheets.read_sheet(os.fspath(path), delimiter=delimiter)
    if not sheet.header:
        raise InvalidFile(f"{path} cannot be read", [Finding("empty", "the file has no header")])
    place = sheet.header.index(_chosen(path, sheet.header, column))
    faults = [*sheet.findings, *_no_texts(sheet, [place])]
    if faults:
        raise InvalidTable(f"{path} cannot be read", faults)
    return [cells[place] for _, cells in sheet.rows]


def _chosen(file: Path, names: Sequence[str], column: str | None) -> str:
    name = column or (names[0] if len(names) == 1 else "code")
    if name not in names:
        raise InvalidTable(
            f"{file} cannot be read",
            [Finding("column", f"there is no column {name!r} (there are {', '.join(names)}); name one with --column")],
        )
    return name


@strict
def translator(
    history: History,
    a: DayLike,
    b: DayLike,
    *,
    kind: str | None = None,
    to: str | None = None,
    by: By = "code",
    policy: DivisionPolicy | None = None,
) -> Translator:
    """A translator of the codes of day ``a`` into those of day ``b``; ``to`` asks for codes of another kind.

    Args:
        history: the history whose acts are followed.
        a: the day the codes are from.
        b: the day the new codes are for.
        kind: the kind of units that the codes name; needed where two kinds share codes.
        to: the kind of units of the second day; ``kind`` if None.
        by: whether units are named by code, name or id, or by another code or name such as ``code:gso``.
        policy: what to do with a divided unit: ``dominant`` takes the successor that a source names, ``all`` gives a row for
            each; None leaves it open.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [Creation(Unit("vn")), *(Creation(Unit(u, code=u, parent="vn")) for u in "ab")])
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", code="C", parent="vn"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger]))
    >>> ask = translator(history, "2024-12-31", "2025-07-01")
    >>> ask("a").new, ask("C").status, ask("x").status
    (('C',), 'other days', 'unknown')
    """
    return Translator(history.correspondence(a, b, kind=kind, to=to), history, by=by, policy=policy)
