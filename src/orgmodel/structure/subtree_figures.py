"""Figures of whole subtrees on days after the one on which they were stated.

A figure of a subtree counts what is below the unit at the end of the day of its statement. The record keeps it as it was
stated; what it says on a later day follows from what has crossed the border of the subtree since. What leaves is taken off
with its total of the eve, what arrives is added. Where such a total is not known, the figure keeps the bounds that are certain.
What happens inside the subtree changes nothing: a merger of two units below it needs no figure of either.

:class:`_Walk` goes through the days on which units begin, move or end, in order, as the totals of one day rest on the figures
worked out for the eve. :class:`_Crossing` works out one such day. :class:`~orgmodel.structure.structure.Structure` and
:mod:`orgmodel.structure.totals` ask for the result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from orgmodel.engine.columns import NOBODY, Ints, TrackRow, event_key
from orgmodel.engine.state import State
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import added, divide, step_of
from orgmodel.model.measure import UNKNOWN, Number, Quantity, sum_of
from orgmodel.model.schema import Schema
from orgmodel.period import FOREVER
from orgmodel.structure.day_reader import DayReader
from orgmodel.structure.totals import SumBounds, Totals

__all__ = [
    "SubtreeSpan",
    "spans_of_subtrees",
]

_NOWHERE: Final = -1
"""In place of a unit: where that goes which no unit has any more, and from where that comes which none had."""
_START: Final = -1
"""The position before the first event of a day."""

Shares = dict[int, Fraction | None]
"""Unit -> its share of something; None if it is not known."""


class SubtreeSpan(NamedTuple):
    """A run of days on which the figure of a subtree is the same.

    Attributes:
        start: the first day, an ordinal.
        end: the day after the last one.
        figure: the figure of the subtree on these days.
    """

    start: int
    end: int
    figure: Quantity


class _Statement(NamedTuple):
    start: int
    end: int
    unit: int
    event: tuple[str, int]
    figure: Quantity


_Spans = dict[int, list[SubtreeSpan]]

_KNOWN: Final[WeakKeyDictionary[State, dict[tuple[str, str], tuple[Schema, _Spans]]]] = WeakKeyDictionary()
"""State -> (measure, hierarchy) -> the schema and the spans: a series or a report asks many days of one state."""


def spans_of_subtrees(structure: DayReader, measure: str, hierarchy: str) -> _Spans:
    """Row number of a unit -> the figures of its subtree, in order of time, on all days that are on record."""
    known = _KNOWN.setdefault(structure._state, {})
    schema, spans = known.get((measure, hierarchy), (None, {}))
    if schema is not structure.schema:
        spans = _walked(structure, measure, hierarchy)
        known[measure, hierarchy] = structure.schema, spans
    return spans


def _walked(structure: DayReader, measure: str, hierarchy: str) -> _Spans:
    """The spans, worked out."""
    statements = sorted(
        (
            _Statement(row[0], row[1], unit, event_key(row), Quantity.of(row[2]))
            for unit, row in structure._state.slot_rows(tracks.measure_track(measure), tracks.SUBTREE)
            if row[2] is not None and row[0] < row[1]
        ),
        key=lambda statement: statement[:3],
    )
    return _Walk(structure, measure, hierarchy, statements).spans() if statements else {}


class _Walk:
    """The walk through the days on which units change their places, from the first statement on."""

    def __init__(self, structure: DayReader, measure: str, hierarchy: str, statements: Sequence[_Statement]) -> None:
        self.structure, self.measure, self.hierarchy = structure, measure, hierarchy
        self.state, self.statements = structure._state, statements
        declared = structure.measures.get(measure)
        self.type = "count" if declared is None else declared.type
        self.is_decimal = declared is not None and declared.decimal
        self._events: dict[int, dict[str, Any]] = {}

    def spans(self) -> _Spans:
        """Row number -> the spans of all its statements."""
        # By statement, not by unit: where a figure is stated again, the later one does not go on from the earlier.
        figures = [[(statement.start, statement.figure)] for statement in self.statements]
        for day in self._days():
            # A statement that is replaced on the day still held on the eve, when the units that leave are counted.
            on_eve = {s.unit: at for at, s in enumerate(self.statements) if s.start < day <= s.end}
            going_on = {unit: at for unit, at in on_eve.items() if day < self.statements[at].end}
            carried = {s.unit: at for at, s in enumerate(self.statements) if s.start == day and self._is_carried(s)}
            if going_on or carried:
                known = {unit: figures[at][-1][1] for unit, at in on_eve.items()}
                successions = {unit: self.statements[at].event for unit, at in carried.items()}
                crossing = _Crossing(self, day, known, frozenset(going_on), successions)
                for unit, figure in crossing.figures().items():
                    if unit in carried:
                        figures[carried[unit]] = [(day, figure)]
                    elif figure != known[unit]:
                        figures[going_on[unit]].append((day, figure))
        result: _Spans = {}
        for statement, changes in zip(self.statements, figures, strict=True):
            result.setdefault(statement.unit, []).extend(_spans(changes, statement.end))
        return result

    def _days(self) -> list[int]:
        """The days, from the first statement on, on which units begin, move, end or become others."""
        if self.type == "category":
            return []  # A rating is of the organisation as a whole, not of what is below it.
        _, starts, ends, _, _ = self.state.spans(tracks.parent_track(self.hierarchy))
        days = np.unique(np.concatenate([starts, ends, np.fromiter(self.links, np.int64)]))
        return [int(day) for day in days if self.statements[0].start <= day < FOREVER]

    def _is_carried(self, statement: _Statement) -> bool:
        """Whether a succession wrote a statement: then units may have moved after it on the same day."""
        links = self.links.get(statement.start, {}).get(statement.event, ())
        return any(new == statement.unit for _, new, _ in links)

    @cached_property
    def links(self) -> dict[int, dict[tuple[str, int], list[tuple[int, int, Any]]]]:
        """Day -> its events in order, each with its links: (old unit, new unit, link)."""
        by_day: dict[int, list[tuple[int, int, TrackRow]]] = {}
        for old, row in self.state.iter_rows(tracks.LINK):
            if self.statements[0].start <= row[0]:
                by_day.setdefault(row[0], []).append((row[5], old, row))
        result: dict[int, dict[tuple[str, int], list[tuple[int, int, Any]]]] = {}
        for day, listed in by_day.items():
            events = result[day] = {}
            for _, old, row in sorted(listed, key=lambda entry: entry[:2]):
                events.setdefault(event_key(row), []).append((old, row[3], row[2]))
        return result

    def parents(self, day: int) -> Ints:
        """The parent of each unit at the end of a day."""
        return self.state.numbers_on(tracks.parent_track(self.hierarchy), day)

    def event_of(self, act: Any, unit: int) -> Any:
        """The creation or closure of a unit in an act; None if a succession began or ended it."""
        # By attribute, not by class: the layer of events lies above this one.
        if id(act) not in self._events:
            # A later operation of an act may ask before the act has been enacted.
            events = () if act is None else act.parts_so_far
            by_unit = {event.what.id: event for event in events if hasattr(event, "first_known")}
            by_unit.update({event.subject: event for event in events if hasattr(event, "last_known")})
            self._events[id(act)] = by_unit
        return self._events[id(act)].get(self.state.name(unit))

    def on(self, day: int) -> DayReader:
        """The structure of a day."""
        ground = self.structure
        if day == ground._at:
            return ground
        return ground._on(dt.date.fromordinal(day))


class _Crossing:
    """What crosses the borders of subtrees on one day.

    Args:
        walk: the walk.
        day: the day.
        known: unit -> the figure of its subtree on the eve.
        going_on: the units whose statement holds on the day as well.
        carried: unit to which a succession of the day carries a figure -> the succession. Its subtree on the eve is that
            of its predecessors.
    """

    def __init__(
        self,
        walk: _Walk,
        day: int,
        known: Mapping[int, Quantity],
        going_on: frozenset[int],
        carried: Mapping[int, tuple[str, int]],
    ) -> None:
        self.walk, self.day, self.known, self.carried = walk, day, known, carried
        self.stating = going_on | carried.keys()
        self.before, self.after = walk.parents(day - 1), walk.parents(day)
        # Old unit -> (position of the event on the day, its links), in order.
        self.links: dict[int, list[tuple[int, list[tuple[int, Any]]]]] = {}
        self.sources: dict[int, set[int]] = {}
        for position, links in enumerate(walk.links.get(day, {}).values()):
            for old, new, link in links:
                if link.type == "re-establishment":
                    continue  # The old unit ended before, and holds nothing on the eve.
                events = self.links.setdefault(old, [])
                if not events or events[-1][0] != position:
                    events.append((position, []))
                events[-1][1].append((new, link))
                self.sources.setdefault(new, set()).add(old)
        self._above: dict[tuple[bool, int], frozenset[int]] = {
            (True, _NOWHERE): frozenset(),
            (False, _NOWHERE): frozenset(),
        }
        self._ends: dict[int, Shares] = {}
        self.predecessors = {unit: self._topmost(self._before_the_day(unit)) for unit in carried}
        self.stands_for: dict[int, set[int]] = {}
        for unit, olds in self.predecessors.items():
            for old in olds:
                self.stands_for.setdefault(old, set()).add(unit)

    def figures(self) -> dict[int, Quantity]:
        """Unit -> its figure from the day on, for each unit whose subtree something entered or left."""
        flows: dict[int, list[tuple[int, SumBounds]]] = {}
        for unit in self._changed:
            for top, times, amount in self._flows(unit):
                flows.setdefault(top, []).append((times, amount))
        return {
            top: self._applied(self._figure_before(top), parts)
            for top, parts in flows.items()
            if not (self._is_divided(top) and self._says_it_all(top))
        }

    def _is_divided(self, unit: int) -> bool:
        """Whether the figure of a unit was carried to it by a part link."""
        links = (link for event in self.walk.links.get(self.day, {}).values() for link in event)
        return unit in self.predecessors and any(link.extent == "part" for _, new, link in links if new == unit)

    def _says_it_all(self, unit: int) -> bool:
        """Whether nothing but the event that carried a figure changed the subtree on the day.

        Then the carried figure counts what the event brought, and nothing crossed after that.
        """
        event = self.carried[unit]
        return all(
            event_key(row) == event
            for changed in self._changed
            if unit in self._statements_above(changed, eve=True) | self._statements_above(changed)
            for track in (tracks.LIFE, tracks.LINK, tracks.parent_track(self.walk.hierarchy))
            for row in self.walk.state.rows(track, changed)
            if row[0] == self.day
        )

    def _figure_before(self, unit: int) -> Quantity:
        """The figure of a subtree on the eve; for a successor, the sum of its predecessors'."""
        if unit not in self.predecessors:
            return self.known[unit]
        if self._is_divided(unit):
            return UNKNOWN  # What was below it before other events of the day is not known.
        return added(self.known.get(old, self._totals.span(old).figure) for old in self.predecessors[unit])

    def _before_the_day(self, unit: int) -> set[int]:
        """The units of the eve from which a unit came, through any number of successions of the day."""
        sources = {unit}
        while new := {old for unit in sources for old in self.sources.get(unit, ())} - sources:
            sources |= new
        return {unit for unit in sources if self.before[unit] != NOBODY}

    def _topmost(self, units: set[int]) -> set[int]:
        """The units without those below another one on the eve."""
        track = tracks.parent_track(self.walk.hierarchy)
        return {unit for unit in units if units.isdisjoint(self.walk.state.above(track, unit, self.day - 1))}

    @cached_property
    def _changed(self) -> dict[int, None]:
        """The units that begin, move, end, or give something to others on the day."""
        moved = np.flatnonzero(self.before != self.after).tolist()
        return dict.fromkeys([*moved, *self.links])

    def _flows(self, unit: int) -> Iterator[tuple[int, int, SumBounds]]:
        """The flows across borders that one changed unit causes.

        Each is (unit whose subtree is entered or left, times, amount): the amount is added ``times`` times, or taken off if
        that is negative.
        """
        if self.before[unit] == NOBODY:
            for amount, held_by, end in self._begun(unit):
                yield from self._between(held_by, end, amount)
            return
        # The total of a unit includes all below it. What moved by itself there is counted with its own total; where both
        # go the same way, the unit above has counted it already.
        above = self._nearest_changed_above(unit)
        crossing, counted = self._crossing(unit), {} if above is None else self._crossing(above)
        for top in sorted({*crossing, *counted}):
            times = crossing.get(top, 0) - counted.get(top, 0)
            if times:
                yield top, times, self._totals.span(unit)
        main = self._main(unit)
        for end in self._held(unit):
            if end != main:
                yield from self._between(main, end, self._part(unit, end))

    def _between(self, left: int, entered: int, amount: SumBounds) -> Iterator[tuple[int, int, SumBounds]]:
        """The flows of an amount that goes from one unit to another."""
        was, now = self._statements_above(left), self._statements_above(entered)
        yield from ((top, -1, amount) for top in sorted(was - now))
        yield from ((top, 1, amount) for top in sorted(now - was))

    # ---- places

    def _statements_above(self, unit: int, *, eve: bool = False) -> frozenset[int]:
        """The units at or above a unit whose subtree has a stated figure, at the end of the day or on the eve."""
        key = eve, unit
        if key not in self._above:
            above = self._statements_above(max(_NOWHERE, int((self.before if eve else self.after)[unit])), eve=eve)
            if eve:
                # A unit with a carried figure was on the eve what its predecessors were.
                own = self.stands_for.get(unit, set()) | ({unit} & self.stating - self.predecessors.keys())
            else:
                own = {unit} & self.stating
            self._above[key] = above | own
        return self._above[key]

    def _nearest_changed_above(self, unit: int) -> int | None:
        """The nearest unit above one on the eve that changed on the day."""
        unit = int(self.before[unit])
        while unit >= 0 and unit not in self._changed:
            unit = int(self.before[unit])
        return unit if unit >= 0 else None

    def _crossing(self, unit: int) -> dict[int, int]:
        """Unit with a stated subtree -> 1 if a unit of the eve enters that subtree, -1 if it leaves it."""
        was, now = self._statements_above(unit, eve=True), self._statements_above(self._main(unit))
        return {**dict.fromkeys(was - now, -1), **dict.fromkeys(now - was, 1)}

    # ---- where the members of a unit of the eve are at the end of the day

    def _main(self, unit: int) -> int:
        """The unit in which the members of a unit of the eve are, as far as no other is known to have them.

        It is the unit itself if it goes on, else the first of its successors.
        """
        ends = self._held(unit)
        return unit if unit in ends else next(iter(ends))

    def _held(self, unit: int) -> Shares:
        """The units that have the members of a unit of the eve at the end of the day, with their shares."""
        if unit not in self._ends:
            ends: Shares = {}
            self._follow(unit, _START, Fraction(1), ends)
            self._ends[unit] = ends
        return self._ends[unit]

    def _follow(self, unit: int, since: int, share: Fraction | None, ends: Shares) -> None:
        """Follow a share through the later events of the day, and add it to the units where it ends.

        Args:
            unit: the unit that has it.
            since: the position of the event by which it got it.
            share: the share; None if it is not known.
            ends: unit -> share; added to.
        """
        position, links = next((event for event in self.links.get(unit, ()) if event[0] > since), (since, None))
        if links is None:
            _add_share(ends, unit if self.after[unit] != NOBODY else self._after_closure(unit), share)
            return
        parts = [Fraction(1) if link.extent == "whole" else _share(link, self.walk.measure) for _, link in links]
        for (new, _), part in zip(links, parts, strict=True):
            self._follow(new, position, _product(part, share), ends)
        if None not in parts and sum(filter(None, parts)) < 1:
            _add_share(ends, _NOWHERE, _product(1 - sum(filter(None, parts), Fraction(0)), share))
        elif parts == [None]:
            _add_share(ends, _NOWHERE, None)  # A single part leaves a rest that went nowhere.

    def _after_closure(self, unit: int) -> int:
        """The unit that has what a closed unit had: the one above it if the unit is only last known, else none."""
        rows = self.walk.state.rows(tracks.LIFE, unit)
        above = int(self.before[unit])
        closure = self.walk.event_of(rows[-1][4], unit)
        stays = getattr(closure, "last_known", False) and above >= 0 and self.after[above] != NOBODY
        return above if stays else _NOWHERE

    # ---- amounts

    @cached_property
    def _eve(self) -> DayReader:
        return self.walk.on(self.day - 1)

    @cached_property
    def _totals(self) -> Totals:
        """The totals of the eve."""
        hierarchy = self.walk.hierarchy
        return Totals(self._eve, self.walk.measure, hierarchy, self._eve._sums(hierarchy), self.known)

    @cached_property
    def _today(self) -> DayReader:
        return self.walk.on(self.day)

    @cached_property
    def _new_totals(self) -> Totals:
        """The totals of the day. Of the figures of subtrees they know those of founded units; the others are being worked out."""
        hierarchy, new = self.walk.hierarchy, {}
        for statement in self.walk.statements:
            if statement.start == self.day and self._is_fresh(statement.unit):
                new[statement.unit] = statement.figure
        return Totals(self._today, self.walk.measure, hierarchy, self._today._sums(hierarchy), new)

    def _part(self, unit: int, end: int) -> SumBounds:
        """The bounds of the part of a divided unit that one of its successors has."""
        if self.sources.get(end) == {unit} and self.before[end] == NOBODY:
            stated = self._new_totals.own_span(end)
            if stated.is_exact:
                return stated  # The event states or carries the figure of the part.
        # Children are counted where they went themselves; only a unit without any is divided with its whole subtree.
        has_children = bool((self.before == unit).any())
        whole = (self._totals.own_span(unit) if has_children else self._totals.span(unit)).figure
        ends = self._held(unit)
        if ends[end] is None:
            return SumBounds.of(Quantity.unknown(0, whole.high))
        holders = [holder for holder in ends if holder != _NOWHERE]
        parts = divide(whole, [ends[holder] for holder in holders], step_of([whole.value], self.walk.is_decimal))
        return SumBounds.of(parts[-1 if end == _NOWHERE else holders.index(end)].amount)

    def _begun(self, unit: int) -> Iterator[tuple[SumBounds, int, int]]:
        """What a unit that begins brings, as (amount, unit that had it, unit that has it); nothing if links bring it."""
        if not self._is_founded(unit) or (unit not in self.links and self.after[unit] == NOBODY):
            return
        holders = self._former_holders(self._creation(unit))
        own = self._new_totals.own_span(unit)
        if holders:
            for holder in holders:
                within = SumBounds.of(Quantity.unknown(0, self._totals.span(holder).figure.high))
                yield own if own.is_exact and len(holders) == 1 else within, holder, unit
        elif unit in self.links:
            for end in self._held(unit).keys() - {_NOWHERE}:
                alone = self.before[end] == NOBODY and self.sources[end] == {unit}
                yield self._new_totals.own_span(end) if alone else SumBounds.of(UNKNOWN), _NOWHERE, end
        else:
            yield from self._founded(unit, own)

    def _founded(self, unit: int, own: SumBounds) -> Iterator[tuple[SumBounds, int, int]]:
        """What a unit brings that no unit had before: with all units that begin below it, or by itself."""
        # A whole new branch is counted once, at its top, so that a figure stated for it bounds what is below.
        top = unit
        while (above := int(self.after[top])) >= 0 and self._is_founded(above):
            top = above
        if not all(map(self._is_founded, self._today._numbers_below(top, self.walk.hierarchy).tolist())):
            yield own, _NOWHERE, unit
        elif unit == top:
            yield self._new_totals.span(top), _NOWHERE, top

    def _is_founded(self, unit: int) -> bool:
        """Whether a unit was founded on the day: a unit that is only first known was counted in the subtree before."""
        return self._is_fresh(unit) and not getattr(self._creation(unit), "first_known", False)

    def _creation(self, unit: int) -> Any:
        return self.walk.event_of(self.walk.state.rows(tracks.LIFE, unit)[0][4], unit)

    def _is_fresh(self, unit: int) -> bool:
        """Whether a unit begins on the day with something that no unit on record had before.

        A unit to which links lead has what they bring, unless it was created by itself and goes on in them.
        """
        if self.before[unit] != NOBODY:
            return False
        return unit not in self.sources or (unit in self.sources[unit] and self._creation(unit) is not None)

    def _former_holders(self, creation: Any) -> list[int]:
        """The units of the eve out of which a unit may be re-established."""
        if getattr(creation, "reestablishes", None) is None:
            return []
        state = self.walk.state
        former = creation.reestablishes if creation.out_of is None else creation.out_of
        number = state.number(former)
        if number is None:
            return []
        holders = state.successors(number, self.day - 1) if creation.out_of is None else [number]
        return [holder for holder in holders if self.before[holder] != NOBODY]

    def _applied(self, figure: Quantity, parts: Sequence[tuple[int, SumBounds]]) -> Quantity:
        """The figure of a subtree after flows (times, amount) across its border."""
        if self.walk.type != "count":
            return UNKNOWN  # The weights of what crossed are not those of the day of the statement.
        came = left = SumBounds.of(Quantity(0))
        for times, amount in parts:
            for _ in range(abs(times)):
                came, left = (came.plus(amount), left) if times > 0 else (came, left.plus(amount))
        is_more = figure.qualifier in ("more than", "at least")
        if left.is_exact and (came.is_exact or is_more):
            # More than 100 are more than 120 if 20 or more arrive.
            return _shifted(figure, sum_of(came.low, -left.low) or 0)
        # What came may have left again: the lower bounds of both do not simply add up.
        low = 0 if left.open else max(0, sum_of(sum_of(figure.low or 0, came.low), -left.high) or 0)
        high = None
        if figure.high is not None and not came.open:
            high = sum_of(sum_of(figure.high, -left.low), came.high)
        return _within(low, high)


def _spans(changes: Sequence[tuple[int, Quantity]], end: int) -> Iterator[SubtreeSpan]:
    """The spans between changes (first day, figure), of which the last ends on a given day."""
    ends = [*(day for day, _ in changes[1:]), end]
    return (SubtreeSpan(day, until, figure) for (day, figure), until in zip(changes, ends, strict=True))


def _share(link: Any, measure: str) -> Fraction | None:
    share: Fraction | None = dict(link.shares).get(measure)
    return share


def _product(part: Fraction | None, share: Fraction | None) -> Fraction | None:
    return None if part is None or share is None else part * share


def _add_share(shares: Shares, unit: int, share: Fraction | None) -> None:
    """Add a share to that of a unit; the sum is unknown if either is."""
    known = shares.get(unit, Fraction(0))
    shares[unit] = None if known is None or share is None else known + share


def _shifted(figure: Quantity, difference: Number) -> Quantity:
    """The figure with an exact difference; unknown if it contradicts what the record says of the units below."""
    value, low, high = (sum_of(number, difference) for number in (figure.value, figure.low, figure.high))
    if any(number is not None and number < 0 for number in (value, high)):
        return UNKNOWN
    return Quantity(value, figure.qualifier, None if low is None else max(0, low), high)


def _within(low: Number, high: Number | None) -> Quantity:
    """The figure between two bounds, with the simplest qualifier."""
    if high is None:
        return Quantity(low, "at least") if low else UNKNOWN
    if low > high:
        return UNKNOWN
    return Quantity(low) if low == high else Quantity.unknown(low, high)
