"""Histories from tables and back: a million dated rows, checked with arrays.

A table is anything with columns by name: a dict of arrays or lists, a polars or pandas
data frame, an Arrow table. Days are ``datetime64``, dates or ISO texts; an empty end is
"no end known". Ids are texts, or whole numbers 0 to n - 1 in any order.

All faults are reported together, each with its table and row (1 is the first).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.acts.events import Act, Change, Closure, Creation, Event, Link, Linked, Succession
from orgmodel.engine.bulk import EPOCH, by_subject, columns_of, components, next_start, peel, value_at
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Acts, Columns, Ints, Table
from orgmodel.engine.index import Index, NumberIndex
from orgmodel.engine.state import UNIT, Base, State
from orgmodel.errors import Finding, InvalidTable
from orgmodel.history.history import Entry, History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import FOREVER, DayLike, as_day

Frame = Any
"""A mapping of names to arrays, or a data frame."""

_TYPES: Final = ("merger", "takeover", "breakdown", "split-off", "transfer", "reorganisation", "replacement")


class _Faults:
    """The faults of all tables, in the order in which they are met."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def rows(self, rule: str, table: str, rows: Iterable[int], message: Callable[[int], str] | str) -> None:
        """One fault for each row number (from 0)."""
        for row in rows:
            text = message if isinstance(message, str) else message(row)
            self.found.append(Finding(rule, f"table {table!r}: {text}", row=int(row) + 1))

    def raise_if_any(self) -> None:
        if self.found:
            raise InvalidTable("tables of a history", self.found)


def _has(frame: Frame, column: str) -> bool:
    names = getattr(frame, "column_names", None)
    if names is None:
        names = frame.keys() if isinstance(frame, Mapping) else frame.columns
    return column in names


def _column(frame: Frame, column: str, table: str, faults: _Faults) -> npt.NDArray[Any] | None:
    if not _has(frame, column):
        faults.found.append(Finding("column", f"table {table!r} has no column {column!r}"))
        return None
    values = frame[column]
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    return np.asarray(values) if isinstance(values, np.ndarray) else np.array(values, dtype=_dtype(values))


def _dtype(values: Sequence[Any]) -> Any:
    """Lists of texts or of mixed things stay Python objects; numbers and days become arrays."""
    return object if any(isinstance(v, str) or v is None or isinstance(v, Quantity) for v in values) else None


def _days(values: npt.NDArray[Any], table: str, column: str, faults: _Faults, *, end: bool) -> Ints:
    """Ordinals; a missing end is far away, a missing start a fault."""
    if values.dtype.kind == "M":
        whole = values.astype("datetime64[D]")
        out = whole.view(np.int64) + EPOCH
        missing = np.isnat(whole)
    elif values.dtype.kind in "OUS":
        out, missing = np.zeros(len(values), np.int64), np.zeros(len(values), bool)
        for row, value in enumerate(values.tolist()):
            if value is None or value == "" or value != value:
                missing[row] = True
                continue
            try:
                out[row] = as_day(value).toordinal()
            except ValueError as error:
                faults.rows("day", table, [row], f"{column}: {error}")
    else:
        faults.found.append(
            Finding("day", f"table {table!r}: {column!r} holds {values.dtype}; give dates, datetime64 or ISO texts")
        )
        return np.zeros(len(values), np.int32)
    if missing.any():
        if not end:
            faults.rows("day", table, np.flatnonzero(missing).tolist(), f"{column} is empty")
        out = np.where(missing, FOREVER, out)
    return out.astype(np.int32)


def _index(ids: npt.NDArray[Any], faults: _Faults) -> tuple[Index | NumberIndex, Ints]:
    """The index of the ids, and the row number of each row of the table of units."""
    n = len(ids)
    if ids.dtype.kind in "iu":
        numbers = ids.astype(np.int64)
        outside = (numbers < 0) | (numbers >= n)
        faults.rows("id", "units", np.flatnonzero(outside).tolist(), "whole-number ids run from 0 to the number of units - 1")
        numbers = np.where(outside, 0, numbers)
        seen = np.bincount(numbers, minlength=n)
        if int(seen.max(initial=1)) > 1:
            twice = np.flatnonzero(seen.take(numbers) > 1)
            faults.rows("id-once", "units", twice.tolist(), lambda r: f"the id {ids[r]} stands in several rows")
        return NumberIndex(n), numbers.astype(np.int32)
    names = ids.tolist()
    first: dict[Any, int] = {}
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name or name == ROOT:
            faults.rows("id", "units", [row], f"{name!r} is no id; ids are texts")
        elif first.setdefault(name, row) != row:
            faults.rows("id-once", "units", [row], f"the id {name!r} is that of row {first[name] + 1} as well")
    index = Index(names)
    return index, np.arange(n, dtype=np.int32)


def _coded(raw: npt.NDArray[Any]) -> tuple[Table, Ints]:
    """The distinct values of a column, and their numbers; whole numbers are read as texts."""
    if raw.dtype.kind in "iu":
        numbers, places = np.unique(raw, return_inverse=True)
        return Table(lambda: map(str, numbers.tolist())), places.astype(np.int32)
    listed = raw.tolist()
    # Equal values of two types (1 and True) are two values.
    plain = raw.dtype.kind != "O" or set(map(type, listed)) <= {str}
    keys = listed if plain else [(type(v), v) for v in listed]
    found = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter(map(found.__getitem__, keys), np.int32, len(keys))
    return Table(found if plain else [value for _, value in found]), codes


class _Reader:
    """Turns tables into columns of one state."""

    def __init__(self, schema: Schema, measures: Mapping[str, Measure]) -> None:
        self.schema, self.measures = schema, measures
        self.faults = _Faults()
        self.columns: dict[str, Columns] = {}
        self.days_seen: list[Ints] = []
        self.rows_of: dict[str, npt.NDArray[np.intp]] = {}

    # ---- columns in, arrays out

    def units(self, frame: Frame) -> bool:
        ids = _column(frame, "id", "units", self.faults)
        start = _column(frame, "start", "units", self.faults)
        if ids is None or start is None:
            return False
        self.index, self.number = _index(ids, self.faults)
        self.count = n = len(ids)
        self.life_start, self.life_end = np.empty(n, np.int32), np.full(n, FOREVER, np.int32)
        self.life_start[self.number] = _days(start, "units", "start", self.faults, end=False)
        if _has(frame, "end"):
            end = _column(frame, "end", "units", self.faults)
            assert end is not None
            self.life_end[self.number] = _days(end, "units", "end", self.faults, end=True)
        self.row_of = np.empty(n, np.intp)
        self.row_of[self.number] = np.arange(n)
        wrong = np.flatnonzero(self.life_end < self.life_start)
        self.faults.rows("life", "units", self.row_of.take(wrong).tolist(), "the unit ends before it starts")
        self.days_seen += [self.life_start, self.life_end]
        return True

    def refer(self, values: npt.NDArray[Any], table: str, column: str, *, root: bool = False) -> Ints:
        """Row numbers of ids; a missing one stands above the root where that is allowed."""
        n = len(values)
        if isinstance(self.index, NumberIndex) and values.dtype.kind in "iuf":
            if values.dtype.kind == "f":
                values = np.where(np.isnan(values), -1, values)
            numbers = values.astype(np.int64)
            missing = numbers == -1 if root else np.zeros(n, bool)
            unknown = ~missing & ((numbers < 0) | (numbers >= self.count))
        else:
            get = self.index.number
            listed = values.tolist()
            numbers = np.array(
                [ABOVE_ROOT if v is None or v == "" or v != v else NOBODY if (k := get(v if type(v) is str else str(v))) is None else k for v in listed],
                np.int64,
            )
            missing = numbers == ABOVE_ROOT
            unknown = (numbers == NOBODY) | (missing & (not root))
        if unknown.any():
            rows = np.flatnonzero(unknown).tolist()
            self.faults.rows("live", table, rows, lambda r: f"{column}: there is no unit {values[r]!r}")
        return np.where(unknown, NOBODY, np.where(missing, ABOVE_ROOT, numbers)).astype(np.int32)

    def track(self, track: str, table: str, frame: Frame) -> tuple[Any, ...] | None:
        """(subject, start, end, value, slot, slots, values, rows) sorted by (subject, slot, start), with faults told."""
        faults = self.faults
        is_parent = tracks.is_parent(track)
        value_name = "parent" if is_parent else "value"
        unit = _column(frame, "unit", table, faults)
        start = _column(frame, "start", table, faults)
        raw = _column(frame, value_name, table, faults)
        if unit is None or start is None or raw is None:
            return None
        subject = self.refer(unit, table, "unit")
        begin = _days(start, table, "start", faults, end=False)
        values, slots = Table(), Table()
        if is_parent:
            value: Any = self.refer(raw, table, "parent", root=True)
        elif track.startswith("measure:"):
            value = self.amounts(track, table, raw, values)
        else:
            values, value = _coded(raw)
        slot: Ints | None = None
        if track.startswith("measure:") or _has(frame, "slot"):
            slot = np.zeros(len(subject), np.int32)
            if _has(frame, "slot"):
                given = _column(frame, "slot", table, faults)
                assert given is not None
                slot = np.array([slots.code(s) for s in given.tolist()], np.int32)
            else:
                slots.code(tracks.OWN)
        far = np.full(len(subject), FOREVER, np.int32)
        end = far
        if _has(frame, "end"):
            given = _column(frame, "end", table, faults)
            assert given is not None
            end = _days(given, table, "end", faults, end=True)
        usable = (subject >= 0) & (begin < FOREVER)
        if is_parent:
            usable &= value != NOBODY
        if not usable.all():
            kept = np.flatnonzero(usable)
            subject, begin, end, value = (a.take(kept) for a in (subject, begin, end, value))
            slot = None if slot is None else slot.take(kept)
        else:
            kept = np.arange(len(subject))
        order = by_subject(subject, begin, slot)
        if order is not None:
            subject, begin, end, value = (a.take(order) for a in (subject, begin, end, value))
            slot = None if slot is None else slot.take(order)
            kept = kept.take(order)
        end = self.ends(table, subject, begin, end, slot, kept)
        return subject, begin, end, value, slot, slots, values, kept

    def ends(self, table: str, subject: Ints, start: Ints, end: Ints, slot: Ints | None, rows: Any) -> Ints:
        """The ends of sorted rows: as given, else the next row's start or the unit's end."""
        faults = self.faults
        must = next_start(subject, start, self.life_end.take(subject), slot)
        open_ = end == FOREVER
        overlap = np.flatnonzero(~open_ & (end > must) & (must < self.life_end.take(subject)))
        faults.rows("overlap", table, rows.take(overlap).tolist(), "the row is not over when the next of its unit begins")
        late = np.flatnonzero(~open_ & (end > self.life_end.take(subject)))
        faults.rows("life", table, rows.take(late).tolist(), "the row outlives its unit")
        backward = np.flatnonzero(~open_ & (end < start))
        faults.rows("period", table, rows.take(backward).tolist(), "the row ends before it starts")
        early = np.flatnonzero((start < self.life_start.take(subject)) | (start > self.life_end.take(subject)))
        faults.rows("life", table, rows.take(early).tolist(), "the row starts when its unit does not exist")
        twice = np.flatnonzero((must == start) & (must < self.life_end.take(subject)))
        faults.rows("overlap", table, rows.take(twice).tolist(), "another row of the same unit starts on the same day")
        return np.where(open_, must, np.minimum(end, must)).astype(np.int32)

    def amounts(self, track: str, table: str, raw: npt.NDArray[Any], values: Table) -> npt.NDArray[np.int64]:
        measure = self.measures.get(track.partition(":")[2])
        counts = measure is not None and measure.type == "count"
        if raw.dtype.kind in "iu":
            out = raw.astype(np.int64)
            negative = np.flatnonzero(out < 0)
            if counts or not len(negative):
                self.faults.rows("count", table, negative.tolist(), lambda r: f"{raw[r]} is negative")
                return np.maximum(out, 0)
        out = np.empty(len(raw), np.int64)
        for row, value in enumerate(raw.tolist()):
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            unknown = value is None or value != value
            number = Quantity.of(None if unknown else value).value if not isinstance(value, str) else value
            if counts and number is not None and (isinstance(number, str) or number < 0 or number != int(number)):
                self.faults.rows("count", table, [row], f"{value!r} is no count")
                value = 0
            if unknown:
                value = Quantity.unknown()
            out[row] = value if type(value) is int and value >= 0 else -1 - values.code(value)
        return out

    # ---- checks over whole tracks

    def whole_life(self, table: str, subject: Ints, start: Ints, end: Ints, rows: Any) -> None:
        """Every unit has a parent on each of its days."""
        first = np.ones(len(subject), bool)
        first[1:] = subject[1:] != subject[:-1]
        late = np.flatnonzero(first & (start > self.life_start.take(subject)))
        self.faults.rows("live-parent", table, rows.take(late).tolist(), "the unit has no parent when it starts")
        gap = np.zeros(len(subject), bool)
        gap[:-1] = ~first[1:] & (end[:-1] < start[1:])
        last = np.ones(len(subject), bool)
        last[:-1] = first[1:]
        gap |= last & (end < self.life_end.take(subject))
        holes = np.flatnonzero(gap).tolist()
        self.faults.rows("live-parent", table, rows.take(holes).tolist(), "the unit has no parent from the row's end on")
        placed = np.zeros(self.count, bool)
        placed[subject] = True
        bare = np.flatnonzero(~placed)
        self.faults.rows("placed", "units", self.row_of.take(bare).tolist(), "the unit stands in no hierarchy")

    def live_parents(self, table: str, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
        has = np.flatnonzero(parent >= 0)
        above = parent.take(has)
        s, e = start.take(has), end.take(has)
        dead = np.flatnonzero((s < self.life_start.take(above)) | (e > self.life_end.take(above)) & (s < e))
        name = self.index.name
        self.faults.rows(
            "live-parent", table, rows.take(has.take(dead)).tolist(), "the parent does not live through the whole row"
        )
        del name

    def one_root(self, table: str, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
        roots = np.flatnonzero((parent == ABOVE_ROOT) & (start < end))
        order = roots.take(np.argsort(start.take(roots), kind="stable"))
        s, e = start.take(order), end.take(order)
        double = np.flatnonzero(s[1:] < np.maximum.accumulate(e)[:-1]) + 1
        self.faults.rows("one-root", table, rows.take(order.take(double)).tolist(), "a second root on the same days")
        if not len(order):
            self.faults.found.append(Finding("one-root", f"table {table!r} has no root: one parent must be empty"))

    def no_cycle(self, table: str, subject: Ints, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
        has = np.flatnonzero((parent >= 0) & (start < end))
        suspects = peel(subject.take(has), parent.take(has), self.count)
        if not suspects.any():
            return
        looked = has.compress(suspects.take(subject.take(has)))
        first, day = subject.take(looked), start.take(looked)
        at = parent.take(looked)
        circle = np.zeros(len(looked), bool)
        for _ in range(self.count):
            circle |= at == first
            go = np.flatnonzero((at >= 0) & ~circle)
            if not len(go):
                break
            step = np.full(len(at), NOBODY, np.int32)
            step[go] = value_at(subject, start, end, parent, at.take(go), day.take(go))
            # Whoever runs into a circle above it stops; the circle's own rows report it.
            at = np.where(_seen_before(at, step, suspects), NOBODY, step) if _ > 64 else step
        self.faults.rows("no-cycle", table, rows.take(looked.compress(circle)).tolist(), "the unit would stand above itself")

    def places(self, table: str, subject: Ints, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
        """Whether each row lies in the period of a placement of its two kinds."""
        if not self.schema.placements:
            return
        kinds = self.columns.get(tracks.KIND)
        if kinds is None:
            self.faults.found.append(Finding("kind", "the schema has placements but the units have no kind"))
            return
        live = np.flatnonzero(start < end)
        s, e = start.take(live), end.take(live)
        arrays = kinds.subject, kinds.start, kinds.end, kinds.value
        below = value_at(*arrays, subject.take(live), s)
        above = parent.take(live)
        over = np.where(above >= 0, value_at(*arrays, np.maximum(above, 0), s), -1)
        pair = (below.astype(np.int64) + 2) << 32 | (over + 2)
        # Within one run of one pair of kinds the periods are the same.
        for key in _distinct(pair):
            child = kinds.values.objects[(key >> 32) - 2] if (key >> 32) >= 2 else None
            code = (key & 0xFFFFFFFF) - 2
            top = kinds.values.objects[code] if code >= 0 else None
            mine = np.flatnonzero(pair == key)
            allowed = np.zeros(len(mine), bool)
            for p in self.schema._periods.get((child or "", top), ()):
                low = -1 if p.start is None else p.start.toordinal()
                high = FOREVER if p.end is None else p.end.toordinal()
                allowed |= (s.take(mine) >= low) & (e.take(mine) <= high)
            bad = live.take(mine.compress(~allowed)).tolist()
            self.faults.rows("schema", table, rows.take(bad).tolist(), f"a {child} may not stand under a {top} on all those days")

    def codes(self) -> None:
        codes, kinds = self.columns.get(tracks.CODE), self.columns.get(tracks.KIND)
        if codes is None or not self.schema.unique_codes:
            return
        kind = np.full(len(codes), -1, np.int64)
        if kinds is not None:
            kind = value_at(kinds.subject, kinds.start, kinds.end, kinds.value, codes.subject, codes.start).astype(np.int64)
        # Sorted by (kind, code), then by start: neighbours that overlap are the only suspects.
        key = ((kind + 2) * (len(codes.values.objects) + 1) + codes.value) << 32 | codes.start
        order = np.argsort(key, kind="stable")
        order = order.compress((codes.start < codes.end).take(order))
        same = (key.take(order)[1:] >> 32) == (key.take(order)[:-1] >> 32)
        clash = np.flatnonzero(same & (codes.start.take(order)[1:] < codes.end.take(order)[:-1]))
        for at in clash.tolist():
            a, b = int(order[at]), int(order[at + 1])
            code = codes.values.objects[int(codes.value[a])]
            units = self.index.name(int(codes.subject[a])), self.index.name(int(codes.subject[b]))
            if units[0] != units[1]:
                self.faults.found.append(
                    Finding("unique-code", f"the code {code!r} is borne by two units on the same days", units)
                )


def _seen_before(at: Ints, step: Ints, suspects: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return (step < 0) | (at == step) | ~suspects.take(np.maximum(step, 0))


def _distinct(keys: npt.NDArray[np.int64]) -> list[int]:
    """The different values, of which there are few, without sorting them all."""
    found: list[int] = []
    left = keys
    while len(left):
        first = int(left[0])
        found.append(first)
        left = left.compress(left != first)
    return found


def from_tables(
    units: Frame,
    *,
    parents: Frame,
    hierarchies: Mapping[str, Frame] | None = None,
    facts: Mapping[str, Frame] | None = None,
    links: Frame | None = None,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    sources: Mapping[Any, Source] | None = None,
    source: Source = Source.unknown,
    recorded: DayLike | None = None,
) -> History:
    """A history from tables of dated rows, all checked, all faults reported together.

    Rows of one day make one act. Ends are the first day on which a row no longer holds;
    a row without an end holds until the next of its unit, or until the unit ends.

    Args:
        units: columns ``id``, ``start``, and as there are any ``end``, ``kind``,
            ``category``, ``name``, ``code``, the last four for the unit's whole life.
        parents: columns ``unit``, ``parent`` (empty, or -1 for whole-number ids, for
            the root), ``start``, perhaps ``end``: the main hierarchy. Every unit has a
            parent, or is the root, on each of its days.
        hierarchies: name -> table like ``parents``, for other hierarchies.
        facts: track -> table with ``unit``, ``value``, ``start``, perhaps ``end`` and
            ``slot``: ``name``, ``code``, ``kind``, ``category``, ``measure:members`` ...
        links: columns ``old``, ``new``, ``day``, perhaps ``extent`` (whole or part),
            ``dominant`` and ``dominant_by``. Links of a day that hang together are one
            event.
        schema: kinds and placements.
        measures: declared measures.
        sources: the source of each day's act, by day.
        source: the source of the days that ``sources`` does not name.
        recorded: the day on which it all became known; the last effective day if None.

    Raises:
        InvalidTable: with every faulty row.

    >>> history = from_tables(
    ...     {"id": ["vn", "p"], "start": ["2024-01-01", "2024-01-01"]},
    ...     parents={"unit": ["vn", "p"], "parent": [None, "vn"], "start": ["2024-01-01", "2024-01-01"]},
    ... )
    >>> print(history.at("2024-01-01").tree())
    vn
    └─ p
    """
    declared = {measure.id: measure for measure in measures}
    run = _Reader(schema, declared)
    faults = run.faults
    if not run.units(units):
        faults.raise_if_any()
    tables: dict[str, tuple[str, Frame]] = {tracks.PARENT: ("parents", parents)}
    for name, frame in (hierarchies or {}).items():
        tables[tracks.parent_track(name)] = (f"hierarchies[{name}]", frame)
    for track, frame in (facts or {}).items():
        tables[track] = (f"facts[{track}]", frame)
    read: dict[str, tuple[Any, ...]] = {}
    for track in (tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE):
        if track not in tables and _has(units, track):
            raw = _column(units, track, "units", faults)
            assert raw is not None
            values, coded = _coded(raw)
            blank = [code for code, value in enumerate(values.objects) if value is None or value == "" or value != value]
            value = np.empty(run.count, np.int32)
            value[run.number] = coded
            subject = np.arange(run.count, dtype=np.int32)
            keep = ~np.isin(value, blank) if blank else np.ones(run.count, bool)
            kept = np.flatnonzero(keep)
            read[track] = (
                subject.take(kept), run.life_start.take(kept), run.life_end.take(kept), value.take(kept),
                None, Table(), values, run.row_of.take(kept),
            )  # fmt: skip
    for track, (table, frame) in tables.items():
        rows = run.track(track, table, frame)
        if rows is not None:
            read[track] = rows
    days = [*run.days_seen, *(a for rows in read.values() for a in (rows[1], rows[2]))]
    linked = None if links is None else _links(run, links)
    if linked is not None:
        days.append(linked[2])
    effective, act_on = _calendar(days)
    acts = [_late(day, sources or {}, source) for day in effective]
    subject = np.arange(run.count, dtype=np.int32)
    life_values = Table([UNIT])
    run.columns[tracks.LIFE] = columns_of(
        tracks.LIFE, run.count, subject, run.life_start, run.life_end, np.zeros(run.count, np.int32),
        act_on(run.life_start), values=life_values, life_end=run.life_end, act_on=act_on,
    )  # fmt: skip
    for track, (subject, start, end, value, slot, slots, values, kept) in read.items():
        run.columns[track] = columns_of(
            track, run.count, subject, start, end, value, act_on(start),
            values=values, slot=slot, slots=slots, life_end=run.life_end, act_on=act_on,
        )  # fmt: skip
        if tracks.is_parent(track):
            table = tables[track][0]
            run.live_parents(table, start, end, value, kept)
            run.one_root(table, start, end, value, kept)
            run.no_cycle(table, subject, start, end, value, kept)
            run.places(table, subject, start, end, value, kept)
            if track == tracks.PARENT and len(schema.hierarchies) == 1:
                run.whole_life(table, subject, start, end, kept)
    run.codes()
    if tracks.KIND in run.columns and schema.kinds:
        for kind in run.columns[tracks.KIND].values.objects:
            if kind is not None and not schema.knows(kind):
                faults.found.append(Finding("kind", f"the schema knows no kind {kind!r}"))
    if linked is not None:
        run.columns[tracks.LINK] = _link_columns(run, linked, act_on)
    faults.raise_if_any()
    seq = 0 if linked is None or not len(linked[2]) else int(linked[5].max()) + 1
    state = State(Base(run.index, run.columns, Acts(acts)), seq=seq)
    late = _LateEvents(state)
    for code, act in enumerate(acts):
        late.bind(code, act)
    return _history_of_state(state, acts, schema, declared, recorded)


def _history_of_state(
    state: State, acts: Sequence[Act], schema: Schema, measures: Mapping[str, Measure], recorded: DayLike | None
) -> History:
    history = History(schema, measures)
    if not acts:
        return history
    known = day = acts[-1].effective if recorded is None else as_day(recorded)
    entries = [Entry(number, day, act) for number, act in enumerate(acts, 1)]
    del known
    return history._founded(state, entries)


def _calendar(days: Iterable[Ints]) -> tuple[list[dt.date], Callable[[Ints], Ints]]:
    """The distinct days, and the function from days to their places among them."""
    finite = [a.compress(a < FOREVER) for a in days]
    finite = [a for a in finite if len(a)]
    if not finite:
        return [], lambda a: np.zeros(len(a), np.int32)
    low, high = min(int(a.min()) for a in finite), max(int(a.max()) for a in finite)
    seen = np.zeros(high - low + 2, bool)
    for a in finite:
        seen[a - low] = True
    place = (np.cumsum(seen) - 1).astype(np.int32)
    effective = [dt.date.fromordinal(low + int(k)) for k in np.flatnonzero(seen)]
    return effective, lambda a: place.take(np.minimum(a - low, high - low + 1))


def _late(day: dt.date, sources: Mapping[Any, Source], source: Source) -> Act:
    own = sources.get(day) or sources.get(day.isoformat()) or source
    return Act(f"{day} {own.label}", day, (), own)


def _links(run: _Reader, frame: Frame) -> tuple[Any, ...] | None:
    """(old, new, day, what, values, seq, rows), with faults told."""
    faults = run.faults
    raw = [_column(frame, name, "links", faults) for name in ("old", "new", "day")]
    if any(column is None for column in raw):
        return None
    old, new = (run.refer(raw[i], "links", name) for i, name in ((0, "old"), (1, "new")))  # type: ignore[arg-type]
    day = _days(raw[2], "links", "day", faults, end=False)  # type: ignore[arg-type]
    rows = np.flatnonzero((old >= 0) & (new >= 0) & (day < FOREVER))
    old, new, day = old.take(rows), new.take(rows), day.take(rows)
    off_old = (day < run.life_start.take(old)) | (day > run.life_end.take(old))
    faults.rows("live", "links", rows.compress(off_old).tolist(), "the old unit does not exist on the day")
    off_new = (day < run.life_start.take(new)) | (day > run.life_end.take(new))
    faults.rows("live", "links", rows.compress(off_new).tolist(), "the new unit does not exist on the day")
    # A unit of one day is one node as an old and another as a new one.
    label = components(old.astype(np.int64) << 32 | day, new.astype(np.int64) << 32 | day) if len(rows) else day
    order = np.lexsort((label, day))
    old, new, day, label, rows = old.take(order), new.take(order), day.take(order), label.take(order), rows.take(order)
    step = np.ones(len(rows), np.int32)
    step[1:] = (label[1:] != label[:-1]) | (day[1:] != day[:-1])
    event = np.cumsum(step).astype(np.int32)
    values = Table()
    what = _what(run, frame, old, new, day, event, rows, values)
    return old, new, day, what, values, event, rows


def _what(
    run: _Reader, frame: Frame, old: Ints, new: Ints, day: Ints, event: Ints, rows: Any, values: Table
) -> Ints:
    """Codes of what each link says: extent, dominance and the type of its event."""
    n = len(old)
    if not n:
        return np.zeros(0, np.int32)
    count = int(event.max()) + 1
    key_old = np.unique(event.astype(np.int64) << 32 | old)
    key_new = np.unique(event.astype(np.int64) << 32 | new)
    olds = np.bincount(key_old >> 32, minlength=count)
    news = np.bincount(key_new >> 32, minlength=count)
    kept = np.bincount(event.compress(old == new), minlength=count)
    all_stay = (olds == news) & (olds == kept)
    kind = np.full(count, _TYPES.index("reorganisation"))
    kind[(news == 1) & (olds > 1)] = _TYPES.index("merger")
    kind[(news == 1) & (olds > 1) & (kept > 0)] = _TYPES.index("takeover")
    kind[(olds == 1) & (news > 1)] = _TYPES.index("breakdown")
    kind[(olds == 1) & (news > 1) & (kept > 0)] = _TYPES.index("split-off")
    kind[(olds == 1) & (news == 1) & ~all_stay] = _TYPES.index("replacement")
    for e in np.flatnonzero(all_stay).tolist():
        inside = event == e
        moved = inside & (old != new)
        one = len(set(old[moved].tolist())) == 1 or len(set(new[moved].tolist())) == 1
        kind[e] = _TYPES.index("transfer" if one else "reorganisation")
    targets = np.unique(old.astype(np.int64) << 32 | day, return_inverse=True, return_counts=True)
    whole = targets[2].take(targets[1]) == 1
    extents = ["whole" if w else "part" for w in whole.tolist()]
    if _has(frame, "extent"):
        given = _column(frame, "extent", "links", run.faults)
        assert given is not None
        extents = given.take(rows).tolist()
        bad = [i for i, e in enumerate(extents) if e not in ("whole", "part")]
        run.faults.rows("extent", "links", rows.take(bad).tolist(), "the extent is whole or part")
    dominant = [False] * n
    by = [""] * n
    if _has(frame, "dominant"):
        column = _column(frame, "dominant", "links", run.faults)
        assert column is not None
        dominant = [bool(d) for d in column.take(rows).tolist()]
    if _has(frame, "dominant_by"):
        column = _column(frame, "dominant_by", "links", run.faults)
        assert column is not None
        by = [b or "" for b in column.take(rows).tolist()]
    known: dict[tuple[Any, ...], int] = {}
    out = np.empty(n, np.int32)
    for i, key in enumerate(zip(extents, dominant, by, kind.take(event).tolist(), strict=True)):
        code = known.get(key)
        if code is None:
            code = known[key] = values.code(Linked(key[0], (), key[1], key[2], _TYPES[key[3]]))
        out[i] = code
    return out


def _link_columns(run: _Reader, linked: tuple[Any, ...], act_on: Callable[[Ints], Ints]) -> Columns:
    old, new, day, what, values, event, _ = linked
    order = by_subject(old, event)
    if order is not None:
        old, new, day, what, event = (a.take(order) for a in (old, new, day, what, event))
    off = np.zeros(run.count + 1, np.int32)
    np.cumsum(np.bincount(old, minlength=run.count), out=off[1:])
    far = np.full(len(old), FOREVER, np.int32)
    return Columns(
        tracks.LINK, old, day, far, what, act_on(day), off, values=values, slot=new, slots=Table(), until=event
    )


class _LateEvents:
    """Makes the events of an act from the rows that bear its number, when they are asked for.

    Their order is one in which every step holds: units begin, parents first; facts
    change; units pass into their successors, the lowest first; units close, the lowest first.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self._rows: dict[str, tuple[npt.NDArray[np.intp], Ints]] | None = None

    def bind(self, code: int, act: Act) -> None:
        object.__setattr__(act, "_events", lambda: self.events(code, act))

    def rows(self, track: str, code: int) -> list[int]:
        if self._rows is None:
            self._rows = {}
            count = len(self.state.base.acts.objects)
            for name, columns in self.state.base.columns.items():
                order = np.argsort(columns.act, kind="stable")
                off = np.searchsorted(columns.act.take(order), np.arange(count + 1)).astype(np.int32)
                self._rows[name] = order, off
        order, off = self._rows[track]
        return [int(r) for r in order[off[code] : off[code + 1]]]

    def events(self, code: int, act: Act) -> list[Event]:
        columns, name = self.state.base.columns, self.state.base.ids.name
        day = act.effective.toordinal()
        life = columns[tracks.LIFE]
        born: dict[int, dict[str, Any]] = {}
        gone: list[int] = []
        for row in self.rows(tracks.LIFE, code):
            subject = int(life.subject[row])
            if life.decode(int(life.value[row])) is None:
                gone.append(subject)
            else:
                born[subject] = {}
        changes: list[Change] = []
        for track, c in columns.items():
            if track in (tracks.LIFE, tracks.LINK):
                continue
            field = {tracks.NAME: "name", tracks.CODE: "code", tracks.KIND: "kind", tracks.CATEGORY: "category"}.get(track)
            if track == tracks.PARENT:
                field = "parent"
            for row in self.rows(track, code):
                subject, value = int(c.subject[row]), c.decode(int(c.value[row]))
                if tracks.refers_to_subject(track):
                    value = None if value == NOBODY else ROOT if value == ABOVE_ROOT else name(value)
                if field is not None and subject in born and field not in born[subject]:
                    born[subject][field] = None if value == ROOT else value
                    continue
                slot = None if c.slot is None else c.slot_of(int(c.slot[row]))
                end, must = int(c.end[row]), int(self.state.base.columns[tracks.LIFE].start[0])
                del must
                follows = end == FOREVER or value is None or self._followed(c, row)
                until = None if follows else dt.date.fromordinal(end)
                changes.append(Change(name(subject), track, value, slot, until if until and end > day else None))
        events: list[Event] = []
        made: set[int] = set()
        for subject in born:
            self._create(subject, born, made, events)
        events += changes
        passed: set[int] = set()
        ties: dict[int, list[Link]] = {}
        deep: dict[int, int] = {}
        link = columns.get(tracks.LINK)
        for row in self.rows(tracks.LINK, code) if link is not None else ():
            assert link is not None and link.slot is not None and link.until is not None
            old, new, event = int(link.subject[row]), int(link.slot[row]), int(link.until[row])
            says: Linked = link.decode(int(link.value[row]))
            ties.setdefault(event, []).append(
                Link(name(old), name(new), says.extent, says.shares, says.dominant, says.dominant_by)
            )
            deep[event] = max(deep.get(event, 0), self._depth(old, day))
            passed.add(old)
        kinds_differ = tracks.KIND in columns
        events += [
            Succession(tuple(ties[e]), cross_kind=kinds_differ and self._crosses(ties[e], day))
            for e in sorted(ties, key=lambda e: (-deep[e], e))
        ]
        left = [s for s in gone if s not in passed]
        events += [Closure(name(s)) for s in sorted(left, key=lambda s: -self._depth(s, day))]
        return events

    def _followed(self, columns: Columns, row: int) -> bool:
        """Whether a row's end is told by another row or by the end of its unit."""
        subject, end = int(columns.subject[row]), int(columns.end[row])
        rows = range(row + 1, int(columns.off[subject + 1]))
        mine = None if columns.slot is None else int(columns.slot[row])
        if any(int(columns.start[r]) == end and (columns.slot is None or int(columns.slot[r]) == mine) for r in rows):
            return True
        last = self.state.rows(tracks.LIFE, subject)[-1]
        return bool(last[1] == end)

    def _create(self, subject: int, born: dict[int, dict[str, Any]], made: set[int], events: list[Event]) -> None:
        if subject in made:
            return
        made.add(subject)
        fields = born[subject]
        parent = fields.get("parent")
        if parent is not None:
            above = self.state.number(parent)
            if above in born:
                self._create(above, born, made, events)
        events.append(Creation(Unit(self.state.base.ids.name(subject), **fields)))

    def _depth(self, subject: int, day: int) -> int:
        depth = 0
        at = self.state.value(tracks.PARENT, subject, day - 1)
        while at is not None and at >= 0:
            depth += 1
            at = self.state.value(tracks.PARENT, at, day - 1)
        return depth

    def _crosses(self, links: Iterable[Link], day: int) -> bool:
        def kind(unit: str, on: int) -> Any:
            number = self.state.number(unit)
            return None if number is None else self.state.value(tracks.KIND, number, on)

        return any(kind(link.old, day - 1) != kind(link.new, day) for link in links)
