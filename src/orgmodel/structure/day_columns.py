"""A structure as columns: for whoever looks at all units at once, such as a rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import FOREVER
from orgmodel.structure.structure import Structure
from orgmodel.structure.totals import Totals

__all__ = [
    "MERGED_FROM",
    "MERGING",
    "TOTAL",
    "Amounts",
    "DayColumns",
    "Floats",
    "Longs",
    "Places",
    "bounds",
]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Longs = npt.NDArray[np.int64]

TOTAL: Final = "total"
"""The scope that adds up: what is known of the sum, see ``Structure.total``."""

MERGED_FROM: Final = "merged_from"
"""The measure that says of how many units a unit was made, for those who record it."""

MERGING: Final = frozenset({"merger", "takeover", "reorganisation"})


@final
@frozen
class Amounts:
    """A measure as two columns in the order of :attr:`DayColumns.ids`.

    Attributes:
        low: what each unit has at least; minus infinity where nothing is known.
        high: what it has at most; plus infinity where nothing is known.
    """

    low: Floats = field(eq=False)
    high: Floats = field(eq=False)


def bounds(quantity: Quantity) -> tuple[float, float]:
    """What a quantity is at least and at most; infinite where nothing is known.

    "About" leaves both open: a rule must not turn about 30 into 30.

    >>> bounds(Quantity(30)), bounds(Quantity(30, "more than")), bounds(Quantity(30, "about"))
    ((30.0, 30.0), (30.0, inf), (-inf, inf))
    """
    low = -np.inf if quantity.low is None else float(quantity.low)
    high = np.inf if quantity.high is None else float(quantity.high)
    return float(low), float(high)


@final
class DayColumns:
    """One structure as columns, each made when first asked for.

    Attributes:
        structure: what it shows.
        ids: the live units: those of the main hierarchy in preorder, then the others.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._state, self._at = structure._state, structure._at
        self._order = structure._units
        self.ids: tuple[str, ...] = tuple(structure)
        self._amounts: dict[tuple[str, str], Amounts] = {}
        self._told: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        self._bounds: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        self._where: dict[tuple[frozenset[str], frozenset[str]], Places] = {}
        self._columns: dict[str, Mapping[str, Any]] = {}
        self._merged: dict[dt.date | None, tuple[Longs, Longs]] = {}
        self._slots: dict[str, Mapping[str, Mapping[Any, Any]]] = {}

    @cached_property
    def place(self) -> dict[str, int]:
        """Unit -> its position in the columns."""
        return {unit: i for i, unit in enumerate(self.ids)}

    @cached_property
    def _id_column(self) -> npt.NDArray[np.object_]:
        return np.array([*self.ids, None], object)[:-1]

    def names(self, places: npt.NDArray[Any]) -> list[str]:
        """Ids of the units at some places (numbers, or a mask of all)."""
        result: list[str] = self._id_column[places].tolist()
        return result

    @cached_property
    def _place_of(self) -> Places:
        """Position of each row number in the columns, -1 if it is not live."""
        out = np.full(self._state.count, -1, np.intp)
        out[self._order] = np.arange(len(self._order))
        return out

    # ---- what units are

    def words(self, track: str) -> list[Any]:
        """The value of each unit in a track of one slot, None where there is none."""
        codes, objects = self._state.codes_on(track, self._at)
        table = [*objects, None]
        return [table[code] for code in codes.take(self._order).tolist()]

    @cached_property
    def kinds(self) -> list[str | None]:
        """The kind of each unit."""
        return self.words(tracks.KIND)

    @cached_property
    def categories(self) -> list[str | None]:
        """The category of each unit."""
        return self.words(tracks.CATEGORY)

    def column(self, track: str, slot: Any = None) -> Mapping[str, Any]:
        """Unit -> value on the day, for the units that have one in a slot of a track."""
        if slot is not None:
            return {unit: slots[slot] for unit, slots in self.slots(track).items() if slot in slots}
        if track not in self._columns:
            if tracks.refers_to_subject(track):
                name = self._state.name
                numbers = self._state.numbers_on(track, self._at).take(self._order).tolist()
                referring = zip(self.ids, numbers, strict=True)
                self._columns[track] = {unit: name(number) for unit, number in referring if number >= 0}
            else:
                codes, objects = self._state.codes_on(track, self._at)
                codes = codes.take(self._order)
                told = np.flatnonzero(codes >= 0)
                pairs = zip(told.tolist(), codes.take(told).tolist(), strict=True)
                self._columns[track] = {
                    self.ids[place]: objects[code] for place, code in pairs if objects[code] is not None
                }
        return self._columns[track]

    def slots(self, track: str) -> Mapping[str, Mapping[Any, Any]]:
        """Unit -> slot -> value on the day, for the units that have any."""
        if track not in self._slots:
            found: dict[str, dict[Any, Any]] = {}
            ids, at, place = self.ids, self._at, self._place_of.tolist()
            changed = self._state.maps.get(track, {})
            columns = self._state.base.columns.get(track)
            if columns is not None:
                rows = columns.live(at)
                slots = np.full(len(rows), -1) if columns.slot is None else columns.slot.take(rows)
                picked = (columns.subject.take(rows), columns.value.take(rows), slots)
                named = [*columns.slots.objects, None]
                for number, value, slot in zip(*(column.tolist() for column in picked), strict=True):
                    if number not in changed and place[number] >= 0:
                        found.setdefault(ids[place[number]], {})[named[slot]] = columns.decode(value)
            for number, written in changed.items():
                for row in written:
                    if row[0] <= at < row[1] and place[number] >= 0:
                        found.setdefault(ids[place[number]], {})[row[3]] = row[2]
            self._slots[track] = found
        return self._slots[track]

    def where(self, kinds: Iterable[str] = (), categories: Iterable[str] = ()) -> Places:
        """Places of the units of some kinds (any, if empty) and some categories, in order."""
        key = frozenset(kinds), frozenset(categories)
        result = self._where.get(key)
        if result is None:
            chosen = np.ones(len(self.ids), bool)
            for track, wanted in zip((tracks.KIND, tracks.CATEGORY), key, strict=True):
                if wanted:
                    codes, objects = self._state.codes_on(track, self._at)
                    numbers = [code for code, word in enumerate(objects) if word in wanted]
                    chosen &= np.isin(codes.take(self._order), numbers)
            result = self._where[key] = np.flatnonzero(chosen)
        return result

    # ---- the main hierarchy

    @cached_property
    def parents(self) -> Places:
        """Place of the unit above each, -1 where there is none."""
        numbers = self._state.numbers_on(tracks.parent_track(self.structure.hierarchies[0]), self._at)
        above = numbers.take(self._order)
        return np.where(above >= 0, self._place_of.take(np.maximum(above, 0)), -1)

    @cached_property
    def ends(self) -> Places:
        """One past the last unit below each: its subtree is ``[i, ends[i])``."""
        tree = self.structure._tree(self.structure.hierarchies[0])
        size = np.ones(len(self.ids), np.intp)
        size[: len(tree.order)] = tree.size
        return np.arange(len(self.ids)) + size

    @cached_property
    def children(self) -> Mapping[int, list[int]]:
        """Places of the units directly below each unit that has any."""
        out: dict[int, list[int]] = {}
        for i, above in enumerate(self.parents.tolist()):
            if above >= 0:
                out.setdefault(above, []).append(i)
        return out

    # ---- figures

    def amounts(self, measure: str, scope: str = tracks.OWN) -> Amounts:
        """A measure as columns of bounds; scope is ``own``, ``subtree`` or ``total``."""
        key = measure, scope
        if key not in self._amounts:
            self._amounts[key] = self._total(measure) if scope == TOTAL else self._stated(measure, scope)
        return self._amounts[key]

    def told(self, measure: str, scope: str = tracks.OWN) -> npt.NDArray[np.bool_]:
        """Which units state a measure, also as unknown."""
        self.amounts(measure, scope)
        return self._told[measure, scope]

    def bounds(self, unit: str, measure: str, scope: str = tracks.OWN) -> tuple[float, float]:
        """What a unit has at least and at most of a measure."""
        key = measure, scope
        lists = self._bounds.get(key)
        if lists is None:
            amounts = self.amounts(measure, scope)
            lists = self._bounds[key] = amounts.low.tolist(), amounts.high.tolist()
        place = self.place[unit]
        return lists[0][place], lists[1][place]

    def _stated(self, measure: str, scope: str) -> Amounts:
        found = self._state.amounts_on(tracks.measure_track(measure), self._at, scope)
        low = np.full(len(self.ids), -np.inf)
        high = np.full(len(self.ids), np.inf)
        told = np.zeros(len(self.ids), bool)
        places = self._place_of.take(found["subjects"])
        live = places >= 0
        low[places[live]] = high[places[live]] = found["amounts"][live]
        told[places[live]] = True
        for number, value in found["other"].items():
            place = self._place_of[number]
            if place >= 0:
                low[place], high[place] = bounds(Quantity.of(value))
                told[place] = True
        self._told[measure, scope] = told
        return Amounts(low, high)

    def _total(self, measure: str) -> Amounts:
        """The totals of the structure, of whatever type the measure is: a rule asks for counts only."""
        low, high = Totals(self.structure, measure, tracks.MAIN, self.structure._sums(tracks.MAIN)).bounds(self._order)
        return Amounts(low, high)

    # ---- the past, as far as the structure's history tells it

    @cached_property
    def _starts(self) -> Longs:
        """The first day of each row number as an ordinal, by row number."""
        out = np.full(self._state.count, FOREVER, np.int64)
        columns = self._state.base.columns.get(tracks.LIFE)
        if columns is not None:
            # Rows are sorted by subject and start: written backwards, the first one stays.
            out[columns.subject[::-1]] = columns.start[::-1]
        for number, rows in self._state.maps.get(tracks.LIFE, {}).items():
            out[number] = rows[0][0] if rows else FOREVER
        return out

    @cached_property
    def _joined(self) -> Mapping[int, list[tuple[int, int, bool]]]:
        """Row number -> (day, row number of a unit merged into it, whether wholly), up to the day."""
        result: dict[int, list[tuple[int, int, bool]]] = {}
        changed = self._state.maps.get(tracks.LINK, {})
        columns = self._state.base.columns.get(tracks.LINK)
        if columns is not None and columns.slot is not None:
            merging = np.array([linked.type in MERGING for linked in columns.values.objects], bool)
            rows = np.flatnonzero(merging.take(columns.value) & (columns.start <= self._at))
            wholly = np.array([linked.extent == "whole" for linked in columns.values.objects], bool).take(columns.value)
            picked = (column.take(rows).tolist() for column in (columns.slot, columns.start, columns.subject, wholly))
            for new, day, old, whole in zip(*picked, strict=True):
                if old not in changed:
                    result.setdefault(new, []).append((day, old, whole))
        for old, written in changed.items():
            for row in written:
                if row[0] <= self._at and row[2].type in MERGING:
                    result.setdefault(row[3], []).append((row[0], old, row[2].extent == "whole"))
        return result

    @cached_property
    def first_day(self) -> dt.date | None:
        """The day on which the recorded past begins, None if there is none."""
        first = int(self._starts.min(initial=FOREVER))
        return None if first == FOREVER else dt.date.fromordinal(first)

    def started(self, unit: str) -> dt.date:
        """The first day of a live unit."""
        return dt.date.fromordinal(int(self._starts[self._order[self.place[unit]]]))

    def merged_ranges(self, since: dt.date | None = None) -> tuple[Longs, Longs]:
        """Of at least and at most how many units each was made, in the order of :attr:`DayColumns.ids`.

        The recorded measure ``merged_from`` goes first. Else those are counted that were merged,
        taken over or reorganised into it since a day: at least those that came wholly, at most
        also those of which it took a part, as no law says whether a part counts. A unit without
        any, that was there when the recorded past began and not before ``since``, may have been
        merged before: then nothing is known, which is 1 at least and :data:`FOREVER` at most.
        """
        result = self._merged.get(since)
        if result is not None:
            return result
        after = 0 if since is None else since.toordinal()
        starts = self._starts.take(self._order)
        known = starts > self._starts.min(initial=FOREVER)
        if since is not None:
            known |= starts < after
        low: Longs = np.ones(len(self.ids), np.int64)
        high: Longs = np.where(known, 1, FOREVER).astype(np.int64)
        for new, joined in self._joined.items():
            place = self._place_of[new]
            if place >= 0 and (olds := {old: whole for day, old, whole in joined if day >= after}):
                low[place], high[place] = max(1, sum(olds.values())), len(olds)
        stated, told = self.amounts(MERGED_FROM), self.told(MERGED_FROM)
        low[told] = np.maximum(1, np.nan_to_num(stated.low[told], neginf=1)).astype(np.int64)
        high[told] = np.minimum(FOREVER, np.nan_to_num(stated.high[told], posinf=FOREVER)).astype(np.int64)
        self._merged[since] = low, high
        return low, high

    def merged_from(self, unit: str, since: dt.date | None = None) -> int | None:
        """Of how many units a unit was made; 1 if it was not merged, None where :meth:`merged_ranges` leaves it open."""
        low, high = (int(column[self.place[unit]]) for column in self.merged_ranges(since))
        return low if low == high else None

    def heirs(self, unit: str) -> frozenset[str] | None:
        """The live units that a unit has become by the day, itself if it lives; None if no such unit ever was."""
        number = self._state.number(unit)
        if number is None:
            return None
        result: set[int] = set()
        # Links are followed in their order: what a unit gave away before another joined it
        # is no heir of the other.
        earliest: dict[int, int] = {}
        stack = [(number, -1)]
        while stack:
            at, seq = stack.pop()
            if earliest.get(at, seq + 1) <= seq:
                continue
            earliest[at] = seq
            if self._place_of[at] >= 0:
                result.add(at)
                continue
            for row in self._state.links_from(at):
                # The last field of a link's row is its place in the order of all events.
                if row[0] <= self._at and row[5] > seq:
                    stack.append((row[3], row[5]))
        return frozenset(self._state.name(n) for n in result)

    def within(self, unit: str, above: str) -> bool:
        """Whether a live unit is ``above`` or stands below it in the main hierarchy."""
        at, top = self.place[unit], self.place[above]
        return bool(top <= at < self.ends[top])
