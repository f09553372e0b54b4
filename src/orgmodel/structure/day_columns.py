"""A structure as columns, for callers that look at all units at once, such as rules."""

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
"""The scope for sums over subtrees, see ``Structure.total``."""

MERGED_FROM: Final = "merged_from"
"""The measure for the number of units from which a unit was made, for users who record it."""

MERGING: Final = frozenset({"merger", "takeover", "reorganisation"})


@final
@frozen
class Amounts:
    """A measure as two columns in the order of :attr:`DayColumns.ids`.

    Attributes:
        low: the lower bound for each unit; minus infinity if unknown.
        high: the upper bound for each unit; plus infinity if unknown.
    """

    low: Floats = field(eq=False)
    high: Floats = field(eq=False)


def bounds(quantity: Quantity) -> tuple[float, float]:
    """The lower and upper bound of a quantity; infinite if unknown.

    "About" leaves both open: a rule must not take about 30 for 30.

    >>> bounds(Quantity(30)), bounds(Quantity(30, "more than")), bounds(Quantity(30, "about"))
    ((30.0, 30.0), (30.0, inf), (-inf, inf))
    """
    low = -np.inf if quantity.low is None else float(quantity.low)
    high = np.inf if quantity.high is None else float(quantity.high)
    return float(low), float(high)


@final
class DayColumns:
    """One structure as columns, each made on first use.

    Attributes:
        structure: the structure.
        ids: ids of the units: those of the main hierarchy in preorder, then the others.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._state, self._at = structure._state, structure._at
        self._order = structure._units
        self.ids: tuple[str, ...] = tuple(structure)
        self._amounts: dict[tuple[str, str], Amounts] = {}
        self._stating: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        self._unsure: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        """Measure and scope -> the units that state a number which is not exact."""
        self._bounds: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        self._where: dict[tuple[frozenset[str], frozenset[str]], Places] = {}
        self._columns: dict[tuple[str, Any], Mapping[str, Any]] = {}
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
        """Ids of the units at some positions (numbers, or a mask of all)."""
        result: list[str] = self._id_column[places].tolist()
        return result

    @cached_property
    def _place_of(self) -> Places:
        """Position of each row number in the columns, -1 if it is not a unit of the day."""
        out = np.full(self._state.count, -1, np.intp)
        out[self._order] = np.arange(len(self._order))
        return out

    # ---- what units are

    def words(self, track: str) -> list[Any]:
        """The value of each unit in a track with one slot, None for none."""
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
        """Unit -> value on the day, for the units with a value in a slot of a track."""
        if (track, slot) not in self._columns:
            self._columns[track, slot] = self._column(track, slot)
        return self._columns[track, slot]

    def _column(self, track: str, slot: Any) -> Mapping[str, Any]:
        if slot is not None:
            return {unit: slots[slot] for unit, slots in self.slots(track).items() if slot in slots}
        if tracks.refers_to_subject(track):
            name = self._state.name
            numbers = self._state.numbers_on(track, self._at).take(self._order).tolist()
            referring = zip(self.ids, numbers, strict=True)
            return {unit: name(number) for unit, number in referring if number >= 0}
        codes, objects = self._state.codes_on(track, self._at)
        codes = codes.take(self._order)
        stated = np.flatnonzero(codes >= 0)
        pairs = zip(stated.tolist(), codes.take(stated).tolist(), strict=True)
        return {self.ids[place]: objects[code] for place, code in pairs if objects[code] is not None}

    def slots(self, track: str) -> Mapping[str, Mapping[Any, Any]]:
        """Unit -> slot -> value on the day, for the units with any value."""
        if track not in self._slots:
            slots_of: dict[str, dict[Any, Any]] = {}
            ids, place = self.ids, self._place_of.tolist()
            for number, slot, value in self._state.live_rows(track, self._at):
                if place[number] >= 0:
                    slots_of.setdefault(ids[place[number]], {})[slot] = value
            self._slots[track] = slots_of
        return self._slots[track]

    def where(self, kinds: Iterable[str] = (), categories: Iterable[str] = ()) -> Places:
        """Positions of the units of some kinds and categories, in order; empty: of all."""
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
        """Position of each unit's parent, -1 for none."""
        numbers = self._state.numbers_on(tracks.parent_track(self.structure.hierarchies[0]), self._at)
        above = numbers.take(self._order)
        return np.where(above >= 0, self._place_of.take(np.maximum(above, 0)), -1)

    @cached_property
    def ends(self) -> Places:
        """One past the last descendant of each unit: the subtree of ``i`` is ``[i, ends[i])``."""
        tree = self.structure._tree(self.structure.hierarchies[0])
        size = np.ones(len(self.ids), np.intp)
        size[: len(tree.order)] = tree.size
        return np.arange(len(self.ids)) + size

    @cached_property
    def children(self) -> Mapping[int, list[int]]:
        """Position of a unit -> positions of its children, for units with children."""
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

    def states(self, measure: str, scope: str = tracks.OWN) -> npt.NDArray[np.bool_]:
        """Which units state a measure, even as unknown."""
        self.amounts(measure, scope)
        return self._stating[measure, scope]

    def says(self, measure: str, scope: str = tracks.OWN) -> npt.NDArray[np.bool_]:
        """Which units say something of a measure: a number, however sure, or a bound; of ``total``, they or those below.

        A number that is not sure has no bounds in :meth:`amounts`, where it looks as if nothing was stated.
        """
        amounts = self.amounts(measure, scope)
        within = np.isfinite(amounts.low) | np.isfinite(amounts.high)
        self.amounts(measure)
        return within | self._unsure.get((measure, tracks.OWN if scope == TOTAL else scope), False)

    def bounds(self, unit: str, measure: str, scope: str = tracks.OWN) -> tuple[float, float]:
        """The lower and upper bound of a unit's figure."""
        key = measure, scope
        lists = self._bounds.get(key)
        if lists is None:
            amounts = self.amounts(measure, scope)
            lists = self._bounds[key] = amounts.low.tolist(), amounts.high.tolist()
        place = self.place[unit]
        return lists[0][place], lists[1][place]

    def _stated(self, measure: str, scope: str) -> Amounts:
        figures = self._state.amounts_on(tracks.measure_track(measure), self._at, scope)
        low = np.full(len(self.ids), -np.inf)
        high = np.full(len(self.ids), np.inf)
        states, unsure = np.zeros(len(self.ids), bool), np.zeros(len(self.ids), bool)
        places = self._place_of.take(figures.subjects)
        live = places >= 0
        low[places[live]] = high[places[live]] = figures.amounts[live]
        states[places[live]] = True
        # What is stated of a subtree changes with what enters and leaves it: such figures are few, and go one by one.
        of_subtrees = scope == tracks.SUBTREE and figures.any
        others = self.structure._of_subtrees(measure, tracks.MAIN) if of_subtrees else figures.others
        for number, value in others.items():
            place = self._place_of[number]
            if place >= 0:
                figure = Quantity.of(value)
                low[place], high[place] = bounds(figure)
                states[place], unsure[place] = True, figure.is_known
        self._stating[measure, scope], self._unsure[measure, scope] = states, unsure
        return Amounts(low, high)

    def _total(self, measure: str) -> Amounts:
        """The totals of the structure, without a check of the measure's type: rules use counts only."""
        structure, hierarchy = self.structure, tracks.MAIN
        of_subtrees = structure._of_subtrees(measure, hierarchy)
        low, high = Totals(structure, measure, hierarchy, structure._sums(hierarchy), of_subtrees).bounds(self._order)
        return Amounts(low, high)

    # ---- the past

    @cached_property
    def _starts(self) -> Longs:
        """The first day of each subject as an ordinal, by row number."""
        return self._state.first_days()

    @cached_property
    def _joined(self) -> Mapping[int, list[tuple[int, int, bool]]]:
        """Row number -> (day, row number of a unit merged into it, whether wholly), up to the day."""
        result: dict[int, list[tuple[int, int, bool]]] = {}
        for old, row in self._state.iter_rows(tracks.LINK):
            if row[0] <= self._at and row[2].type in MERGING:
                result.setdefault(row[3], []).append((row[0], old, row[2].extent == "whole"))
        return result

    @cached_property
    def first_day(self) -> dt.date | None:
        """The first day on record, None if there is none."""
        first = int(self._starts.min(initial=FOREVER))
        return None if first == FOREVER else dt.date.fromordinal(first)

    def started(self, unit: str) -> dt.date:
        """The first day of a unit."""
        return dt.date.fromordinal(int(self._starts[self._order[self.place[unit]]]))

    def merged_ranges(self, since: dt.date | None = None) -> tuple[Longs, Longs]:
        """Bounds of the number of units from which each unit was made, in the order of :attr:`DayColumns.ids`.

        The recorded measure ``merged_from`` comes first. Else the units that merged into it, by a merger, takeover or
        reorganisation since a day, are counted: the lower bound without those of which it took a part, the upper bound
        with them, because no law says whether a part counts. A unit without any that existed when the record began may
        have been merged before: then the bounds are 1 and :data:`FOREVER`.
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
            if place >= 0 and (olds := {old: wholly for day, old, wholly in joined if day >= after}):
                low[place], high[place] = max(1, sum(olds.values())), len(olds)
        stated, stating = self.amounts(MERGED_FROM), self.states(MERGED_FROM)
        low[stating] = np.maximum(1, np.nan_to_num(stated.low[stating], neginf=1)).astype(np.int64)
        high[stating] = np.minimum(FOREVER, np.nan_to_num(stated.high[stating], posinf=FOREVER)).astype(np.int64)
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
