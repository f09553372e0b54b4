"""Columns of tables to arrays of row numbers, days and codes; every fault names its row."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from orgmodel.acts.value_faults import needless_slot
from orgmodel.engine.bulk import EPOCH, by_subject, next_start
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints, Longs, Table, distinct
from orgmodel.engine.index import Index, NumberIndex
from orgmodel.errors import Finding
from orgmodel.history.tables.door import OPEN_END, Door, Faults, array_of, names_of, warn_of_open_ends
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure, Quantity, as_figure
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT
from orgmodel.period import FOREVER, as_day, from_ordinal

__all__ = [
    "UNITS",
    "Frame",
    "TableReader",
    "TrackRows",
    "coded",
    "column_of",
    "days_of",
    "fits",
    "has",
    "is_empty",
    "may_hold",
    "maybe_column",
]

_OPEN_END: Final = np.datetime64(OPEN_END)

Frame = Any
"""A mapping of names to arrays, or a data frame."""


def has(frame: Frame, column: str) -> bool:
    """Whether a table has a column."""
    return column in names_of(frame)


def is_empty(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, NaT or an empty text.

    >>> [is_empty(value) for value in (None, float("nan"), "", 0)]
    [True, True, True, False]
    """
    # Missing numbers and days are the only values that are unequal to themselves.
    return value is None or value != value or value == ""


def column_of(frame: Frame, column: str, table: str, faults: Faults) -> npt.NDArray[Any] | None:
    """A column as an array; None, and a fault, if the table has none."""
    if not has(frame, column):
        faults.listed.append(Finding("column", f"table {table!r} has no column {column!r}"))
        return None
    return array_of(frame[column])


def maybe_column(frame: Frame, column: str, table: str, faults: Faults) -> npt.NDArray[Any] | None:
    """A column as an array; None if the table has none."""
    return column_of(frame, column, table, faults) if has(frame, column) else None


def fits(frame: Frame, table: str, columns: Sequence[str], faults: Faults) -> bool:
    """Whether a table has only known columns, all of one length; faults are noted."""
    door = Door()
    door.known(table, frame, columns)
    even = door.even(table, {name: len(frame[name]) for name in names_of(frame)})
    faults.listed += door.listed
    return even


def days_of(values: npt.NDArray[Any], table: str, column: str, faults: Faults, *, end: bool) -> Ints:
    """The days of a column as ordinals; a missing end is ``FOREVER``, a missing start a fault."""
    if values.dtype.kind == "M":
        out, missing, far = _days_of_array(values)
    elif values.dtype.kind in "OUS":
        out, missing, far = _days_of_texts(values.tolist(), table, column, faults)
    else:
        faults.listed.append(
            Finding("day", f"table {table!r}: {column!r} holds {values.dtype}; give dates, datetime64 or ISO texts")
        )
        return np.ones(len(values), np.int32)
    if far.any():
        if end:
            warn_of_open_ends(table, column, int(far.sum()))
            missing |= far
        else:
            faults.rows("day", table, np.flatnonzero(far).tolist(), f"{column} is {OPEN_END} or later")
            out[far] = 1
    if missing.any():
        if not end:
            faults.rows("day", table, np.flatnonzero(missing).tolist(), f"{column} is empty")
        out[missing] = FOREVER
    return out.astype(np.int32, copy=False)


_Days = tuple[npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
"""Ordinals, a mask of missing cells, and a mask of days so far away that registers mean no end by them."""


def _days_of_array(values: npt.NDArray[Any]) -> _Days:
    days = values.astype("datetime64[D]", copy=False)
    # A day is a count of days in memory already: seen as integers and moved to the epoch of ordinals, none is parsed.
    ordinals = np.add(days.view(np.int64), EPOCH, dtype=np.int32, casting="unsafe")
    return ordinals, np.isnat(days), days >= _OPEN_END


def _days_of_texts(values: list[Any], table: str, column: str, faults: Faults) -> _Days:
    ordinals, missing = np.ones(len(values), np.int64), np.zeros(len(values), bool)
    far = missing.copy()
    for row, value in enumerate(values):
        if is_empty(value):
            missing[row] = True
            continue
        try:
            day = as_day(value)
        except ValueError as error:
            faults.rows("day", table, [row], f"{column}: {error}")
            continue
        ordinals[row], far[row] = day.toordinal(), day >= OPEN_END
    return ordinals, missing, far


def _index(ids: npt.NDArray[Any], faults: Faults) -> tuple[Index | NumberIndex, Ints]:
    """The index of the ids, and the row number of each row of the table of units."""
    n = len(ids)
    if ids.dtype.kind in "iu":
        numbers = ids.astype(np.int64)
        outside = (numbers < 0) | (numbers >= n)
        faults.rows(
            "id", "units", np.flatnonzero(outside).tolist(), "whole-number ids run from 0 to the number of units - 1"
        )
        numbers = np.where(outside, 0, numbers)
        # Counting finds doubles in one pass, without sorting.
        counts = np.bincount(numbers, minlength=n)
        twice = np.flatnonzero(counts.take(numbers) > 1)
        faults.rows("id-once", "units", twice.tolist(), lambda row: f"the id {ids[row]} stands in several rows")
        return NumberIndex(n), numbers.astype(np.int32)
    names = ids.tolist()
    # Nearly all tables have only texts, each once: three passes in C find that out, and no row is looked at.
    if set(map(type, names)) <= {str} and len(dict.fromkeys(names)) == n and "" not in names and ROOT not in names:
        return Index(names), np.arange(n, dtype=np.int32)
    first: dict[Any, int] = {}
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name or name == ROOT:
            faults.rows("id", "units", [row], f"{name!r} is no id; ids are texts")
        elif first.setdefault(name, row) != row:
            faults.fault("units", row, "id-once", f"the id is that of row {first[name] + 1} as well", [name])
    index = Index(names)
    return index, np.arange(n, dtype=np.int32)


def coded(raw: npt.NDArray[Any]) -> tuple[Table, Ints]:
    """The distinct values of a column, and their numbers; whole numbers are read as texts."""
    if raw.dtype.kind in "iu":
        numbers, places = np.unique(raw, return_inverse=True)
        return Table(lambda: map(str, numbers.tolist())), places.astype(np.int32)
    listed = raw.tolist()
    codes_by_value: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(codes_by_value.__getitem__, listed), np.int32, len(listed))
    if raw.dtype.kind != "O" or all(type(value) is str for value in codes_by_value):
        return Table(codes_by_value), codes
    # Equal values of two types (1 and True) are two values.
    codes_by_value = defaultdict(count().__next__)
    codes = np.fromiter((codes_by_value[type(value), value] for value in listed), np.int32, len(listed))
    return Table(value for _, value in codes_by_value), codes


UNITS: Final = ("id", "start", "end", "kind", "category", "name", "code", "first_known", "last_known")
"""The columns of the table of units."""

_PLAIN: Final = frozenset(
    {tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE, tracks.OFFICE, tracks.CORRESPONDS, tracks.PARENT}
)


def may_hold(track: str, table: str, faults: Faults) -> bool:
    """Whether a table without acts may have rows of a track; a fault if not."""
    if track in _PLAIN or tracks.is_measure(track) or tracks.is_parent(track) or track.startswith("fact:"):
        return True
    if track in (tracks.LIFE, tracks.LINK):
        message = f"the track {track!r} is written by the tables of units and links only"
    elif track == tracks.ROLE or tracks.is_member(track):
        message = f"{track!r} is about clusters: give tables of clusterings, clusters and acts, and rows that name their event"
    else:
        near = difflib.get_close_matches(track, sorted(_PLAIN), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"a fact of your own is 'fact:{track}'"
        message = f"there is no track {track!r}; {hint}"
    faults.listed.append(Finding("track", f"table {table!r}: {message}"))
    return False


class TrackRows(NamedTuple):
    """The rows of a table of one track as columns, sorted by (subject, slot, start).

    Attributes:
        subject: numbers of units.
        start: first days, as ordinals.
        end: first days after, as ordinals.
        value: numbers of the subjects that they refer to, amounts, or codes into ``values``.
        slot: codes into ``slots``; None where the track has one slot.
        slots: the slots.
        values: the values.
        rows: where each row stands in the table.
        has_ends: whether the table states any end.
    """

    subject: Ints
    start: Ints
    end: Ints
    value: Any
    slot: Ints | None
    slots: Table
    values: Table
    rows: npt.NDArray[np.intp]
    has_ends: bool


class TableReader:
    """Reads tables into columns of one state."""

    def __init__(self, schema: Schema, measures: Mapping[str, Measure], tolerance: Any = 0) -> None:
        self.schema, self.measures, self.tolerance = schema, measures, tolerance
        self.faults = Faults()
        self.columns: dict[str, Columns] = {}
        self.days_seen: list[Ints] = []
        self.rows_of: dict[str, npt.NDArray[np.intp]] = {}
        self.doubtful: set[str] = set()
        """Units with a row of parents that could not be used."""

    # ---- columns in, arrays out

    def units(self, frame: Frame) -> bool:
        """Read ids and lives; False if a column is missing."""
        if not fits(frame, "units", UNITS, self.faults):
            return False
        ids = column_of(frame, "id", "units", self.faults)
        start = column_of(frame, "start", "units", self.faults)
        if ids is None or start is None:
            return False
        self.index, self.number = _index(ids, self.faults)
        self.count = n = len(ids)
        self.life_start, self.life_end = np.ones(n, np.int32), np.full(n, FOREVER, np.int32)
        self.life_start[self.number] = days_of(start, "units", "start", self.faults, end=False)
        end = maybe_column(frame, "end", "units", self.faults)
        if end is not None:
            self.life_end[self.number] = days_of(end, "units", "end", self.faults, end=True)
        self.row_of = np.zeros(n, np.intp)
        self.row_of[self.number] = np.arange(n)
        # Unknown days get a plausible one, so that one fault is not reported again for everything that depends on it.
        unknown = self.life_start == FOREVER
        self.life_start[unknown] = self.life_start.min(initial=FOREVER - 1)
        wrong = np.flatnonzero(self.life_end < self.life_start)
        self.faults.rows("life", "units", self.row_of.take(wrong).tolist(), "the unit ends before it starts")
        self.life_end[wrong] = FOREVER
        self.days_seen += [self.life_start, self.life_end]
        self.first_known, self.last_known = self._flagged(frame, "first_known"), self._flagged(frame, "last_known")
        endless = self.last_known[self.life_end.take(self.last_known) == FOREVER]
        message = "last_known: the unit has no end; say on which day it is not seen any more"
        self.faults.rows("last_known", "units", self.row_of.take(endless).tolist(), message)
        return True

    def _flagged(self, frame: Frame, column: str) -> npt.NDArray[np.int64]:
        """The numbers of the units with true in a column."""
        column_read = maybe_column(frame, column, "units", self.faults)
        if column_read is None:
            return np.zeros(0, np.int64)
        cells = column_read.tolist()
        odd = [row for row, value in enumerate(cells) if not (isinstance(value, bool) or is_empty(value))]
        self.faults.rows(column, "units", odd, lambda row: f"{column}: {cells[row]!r} is neither true nor false")
        yes = [row for row, value in enumerate(cells) if value is True]
        return self.number.take(yes).astype(np.int64)

    def refer(
        self, values: npt.NDArray[Any], table: str, column: str, days: Ints | None, *, root: bool = False
    ) -> Ints:
        """The numbers of ids, ``NOBODY`` and a fault for an unknown one; an empty cell may stand for above the root.

        ``days`` has the first day of each row, for messages.
        """
        numbers, unknown, empty = self._numbered(values)
        if not unknown.any():
            return numbers.astype(np.int32)
        if root:
            unknown &= ~empty
        for row in np.flatnonzero(unknown).tolist():
            id_ = values[row].item() if isinstance(values[row], np.generic) else values[row]
            day = None if days is None else from_ordinal(int(days[row]))
            message = f"{column}: there is no unit {id_!r}"
            self.faults.fault(table, row, "live", message, [] if is_empty(id_) else [str(id_)], day)
        return np.where(unknown, NOBODY, np.where(empty, ABOVE_ROOT, numbers)).astype(np.int32)

    def _numbered(self, values: npt.NDArray[Any]) -> tuple[Longs, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """The numbers of ids, which of them are unknown, and which cells are empty: these are unknown as well."""
        if isinstance(self.index, NumberIndex) and values.dtype.kind in "iuf":
            # The ids are their own numbers; -1, and no number at all, stand for an empty cell.
            numbers = (np.where(np.isnan(values), -1, values) if values.dtype.kind == "f" else values).astype(np.int64)
            return numbers, (numbers < 0) | (numbers >= self.count), numbers == -1
        cells = values.tolist()
        if not set(map(type, cells)) <= {str, type(None)}:
            cells = [None if cell is None or cell != cell else str(cell) for cell in cells]
        numbers = np.asarray(self.index.numbers([cell or "" for cell in cells]), np.int64)
        unknown = numbers == NOBODY
        empty = np.zeros(len(cells), bool)
        empty[[row for row in np.flatnonzero(unknown).tolist() if not cells[row]]] = True
        return numbers, unknown, empty

    def track(self, track: str, table: str, frame: Frame) -> TrackRows | None:
        """The rows of the table of a track; None if a column is missing, and faults are noted."""
        faults = self.faults
        value_name = "parent" if tracks.is_parent(track) else "value"
        columns = "unit", value_name, "start", "end", "slot"
        if not (may_hold(track, table, faults) and fits(frame, table, columns, faults)):
            return None
        unit = column_of(frame, "unit", table, faults)
        start = column_of(frame, "start", table, faults)
        raw = column_of(frame, value_name, table, faults)
        if unit is None or start is None or raw is None:
            return None
        begin = days_of(start, table, "start", faults, end=False)
        subject = self.refer(unit, table, "unit", begin)
        slots = Table()
        value, values = self._values(track, table, raw, begin)
        slot = self._slots(track, table, frame, len(subject), slots)
        end: Ints | None = None
        if (ends_read := maybe_column(frame, "end", table, faults)) is not None:
            end = days_of(ends_read, table, "end", faults, end=True)
            self.days_seen.append(end)
        usable = (subject >= 0) & (begin < FOREVER)
        if tracks.refers_to_subject(track):
            usable &= value != NOBODY
        if tracks.is_parent(track):
            # That they would stand nowhere is not reported as well.
            self.doubtful.update(self.index.some(distinct(subject.compress(~usable & (subject >= 0))).tolist()))
        # Rows with faults are left out; a sorted table without faults is not copied.
        rows = np.arange(len(subject)) if usable.all() else np.flatnonzero(usable)
        order = by_subject(subject.take(rows), begin.take(rows), None if slot is None else slot.take(rows))
        if order is not None:
            rows = rows.take(order)
        if order is not None or len(rows) < len(subject):
            subject, begin, value = subject.take(rows), begin.take(rows), value.take(rows)
            slot, end = (column if column is None else column.take(rows) for column in (slot, end))
        self.days_seen.append(begin)
        ends = self.ends(table, subject, begin, end, slot, rows)
        return TrackRows(subject, begin, ends, value, slot, slots, values, rows, end is not None)

    def _values(self, track: str, table: str, raw: npt.NDArray[Any], begin: Ints) -> tuple[Any, Table]:
        """The values of a column as numbers of subjects, amounts, or codes into the table."""
        values = Table()
        if tracks.is_parent(track):
            return self.refer(raw, table, "parent", begin, root=True), values
        if tracks.refers_to_subject(track):
            return self.refer(raw, table, "value", begin), values
        if tracks.is_measure(track):
            return self.amounts(raw, values, self.measures.get(tracks.item(track))), values
        values, codes = coded(raw)
        return codes, values

    def _slots(self, track: str, table: str, frame: Frame, count: int, slots: Table) -> Ints | None:
        """The code in ``slots`` of each row's slot; None where the track has one slot, or the table names none."""
        column = maybe_column(frame, "slot", table, self.faults)
        listed: list[Any] = [] if column is None else column.tolist()
        if tracks.has_one_slot(track):
            odd = [row for row, text in enumerate(listed) if not is_empty(text)]
            self.faults.rows("slot", table, odd, lambda row: needless_slot(track, listed[row]))
            return None
        if column is not None:
            return np.array([slots.code(slot) for slot in listed], np.int32)
        if tracks.is_measure(track):
            slots.code(tracks.OWN)
            return np.zeros(count, np.int32)
        return None

    def ends(self, table: str, subject: Ints, start: Ints, end: Ints | None, slot: Ints | None, rows: Any) -> Ints:
        """The ends of sorted rows: as stated, else the next row's start or the unit's end."""
        death = self.life_end.take(subject)
        must = next_start(subject, start, death, slot)

        def note(rule: str, wrong: npt.NDArray[np.bool_], message: str) -> None:
            for place in np.flatnonzero(wrong).tolist():
                unit, day = self.index.name(int(subject[place])), from_ordinal(int(start[place]))
                self.faults.fault(table, int(rows[place]), rule, message, [unit], day)

        note("overlap", (must == start) & (must < death), "another row of the same unit starts on the same day")
        if end is None:
            return must
        open_ = end == FOREVER
        note("overlap", ~open_ & (end > must) & (must < death), "the row is not over when the next of its unit begins")
        note("life", ~open_ & (end > death), "the row outlives its unit")
        note("period", ~open_ & (end < start), "the row ends before it starts")
        return np.where(open_, must, np.minimum(end, must)).astype(np.int32)

    def amounts(self, raw: npt.NDArray[Any], values: Table, measure: Measure | None) -> npt.NDArray[np.int64]:
        """The figures of a measure: whole numbers as they are, others as codes."""
        if raw.dtype.kind in "iu":
            out = raw.astype(np.int64)
            for row in np.flatnonzero(out < 0).tolist():
                out[row] = -1 - values.code(int(out[row]))
            return out
        out = np.empty(len(raw), np.int64)
        for row, value in enumerate(raw.tolist()):
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            unknown = value is None or value != value
            if unknown:
                value = Quantity.unknown()
            value = as_figure(value, measure)
            out[row] = value if type(value) is int and value >= 0 else -1 - values.code(value)
        return out
