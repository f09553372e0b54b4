"""Sums of a count over subtrees, as far as they are known.

A unit that should state a number and does not may have any number: 10 and one silent unit are 10 or more. A figure for a
whole subtree bounds its sum; if the two contradict each other the sum is kept, and a rule reports it. Parts of a unit that
was divided without shares are no more than the whole, and all of them are the whole again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from orgmodel.engine.tree import Sums
from orgmodel.engine.written import Flags
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure, Number, Quantity, sum_of
from orgmodel.model.schema import Schema
from orgmodel.structure.day_reader import DayReader
from orgmodel.structure.divided import Origins

__all__ = [
    "Longs",
    "SumBounds",
    "Total",
    "Totals",
    "kinds_beside",
    "silent_units",
]

Longs = npt.NDArray[np.int64]


@final
@frozen(order=False, eq=False, repr=False)
class Total(Quantity):
    """A sum, with the number of units that state nothing.

    Attributes:
        missing: number of units that should state a number and do not.

    >>> print(Total(10, "at least", missing=1))
    10 or more (1 unit states nothing)
    """

    missing: int = field(default=0, kw_only=True)

    def __str__(self) -> str:
        text = super().__str__()
        if self.qualifier == "unknown" and self.low is not None and self.high is not None:
            text = f"{self.low} to {self.high}"
        if not self.missing:
            return text
        return f"{text} ({self.missing} unit{' states' if self.missing == 1 else 's state'} nothing)"


class SumBounds(NamedTuple):
    """Bounds of a sum from which parts can be subtracted again.

    Attributes:
        low: the lower bound.
        high: the sum of the upper bounds of the parts that have one.
        open: number of parts without an upper bound.
        missing: number of units that state nothing.
    """

    low: Number
    high: Number
    open: int
    missing: int

    @classmethod
    def of(cls, figure: Quantity) -> SumBounds:
        """The bounds of one figure of a count."""
        return cls(max(0, figure.low or 0), figure.high or 0, int(figure.high is None), 0)

    @property
    def is_exact(self) -> bool:
        """Whether the sum is one number."""
        return not self.open and self.low == self.high

    @property
    def figure(self) -> Quantity:
        """The sum as a figure that has nothing but bounds."""
        return Quantity(self.low) if self.is_exact else Quantity.unknown(self.low, None if self.open else self.high)

    def plus(self, other: SumBounds) -> SumBounds:
        """The bounds of both parts together."""
        low, high = sum_of(self.low, other.low), sum_of(self.high, other.high)
        return SumBounds(low or 0, high or 0, self.open + other.open, self.missing + other.missing)

    def less(self, other: SumBounds) -> SumBounds:
        """The bounds without a part."""
        return self.plus(SumBounds(-other.low, -other.high, -other.open, -other.missing))

    def cut(self, low: Number, high: Number | None) -> SumBounds | None:
        """The bounds narrowed to others; None if they contradict each other."""
        lower = max(self.low, low)
        if high is None or (not self.open and self.high <= high):
            upper, open_ = self.high, self.open
        else:
            upper, open_ = high, 0
        if not open_ and lower > upper:
            return None
        return SumBounds(lower, upper, open_, self.missing if open_ or lower != upper else 0)


@final
class Totals:
    """A count over every subtree of a day.

    Args:
        structure: the day.
        measure: the count.
        hierarchy: the hierarchy.
        sums: its sums.
        of_subtrees: row number of a unit -> the figure of its whole subtree on the day.
    """

    def __init__(
        self, structure: DayReader, measure: str, hierarchy: str, sums: Sums, of_subtrees: Mapping[int, Quantity]
    ) -> None:
        self._structure, self._measure, self._hierarchy, self._sums = structure, measure, hierarchy, sums
        self._state, self._at = structure._state, structure._at
        track = tracks.measure_track(measure)
        own = self._own = self._state.amounts_on(track, self._at, tracks.OWN)
        self._stating = np.zeros(len(sums.sizes), bool)
        self._stating[own.subjects] = True
        self._stating[list(own.others)] = True
        self._exact = sums.within(own.subjects, own.amounts)
        self._track = tracks.parent_track(hierarchy)
        self._inexact: dict[int, Quantity] = {}
        self._inexact_below: dict[int, list[Quantity]] = {}
        self._parts_below: dict[int, dict[int, Quantity]] = {}
        """Subtree -> the units in it whose number lies within bounds, as that of a part does, and these."""
        for number, value in own.others.items():
            quantity = Quantity.of(value)
            for at in (number, *self._state.above(self._track, number, self._at)):
                self._inexact[at] = self._inexact[at] + quantity if at in self._inexact else quantity
                self._inexact_below.setdefault(at, []).append(quantity)
                if not quantity.is_known and quantity.high is not None:
                    self._parts_below.setdefault(at, {})[number] = quantity
        self._stated = of_subtrees

    @cached_property
    def _stating_below(self) -> Longs:
        """Number of units in each subtree that state a number."""
        stating = np.flatnonzero(self._stating)
        return self._sums.within(stating, np.ones(len(stating), np.int64))

    @cached_property
    def _silent(self) -> Any:
        """A mask of the units that should state a number and do not."""
        return silent_units(self._structure, self._measure, self._sums, self._stating)

    @cached_property
    def _silent_below(self) -> Longs:
        """Number of units in each subtree that should state a number and do not."""
        silent = np.flatnonzero(self._silent)
        if not len(silent):
            return np.zeros(len(self._stating), np.int64)
        return self._sums.within(silent, np.ones(len(silent), np.int64))

    def _sum(self, number: int) -> Quantity | None:
        """The sum of the figures in a subtree; None without any figure."""
        exact, other = int(self._exact[number]), self._inexact.get(number)
        if not exact and other is None and not self._stating_below[number]:
            return None
        return Quantity(exact) if other is None else Quantity(exact) + other

    def _added(self, number: int) -> SumBounds:
        """The bounds of the sum of the units' own numbers in a subtree."""
        exact, silent = int(self._exact[number]), int(self._silent_below[number])
        low: Number = exact
        high: Number = exact
        open_ = silent
        for quantity in self._inexact_below.get(number, ()):
            low = sum_of(low, max(0, quantity.low or 0)) or 0
            high = sum_of(high, quantity.high or 0) or 0
            open_ += quantity.high is None
        return SumBounds(low, high, open_, silent)

    @cached_property
    def _changes(self) -> dict[int, tuple[SumBounds, SumBounds]]:
        """For units with a figure of a subtree at or below them: the bounds of their parts, and these cut by their own."""
        above = {n: self._state.above(self._track, n, self._at) for n in self._stated}
        touched = dict.fromkeys(at for n, chain in above.items() for at in (n, *chain))
        chains = {n: self._state.above(self._track, n, self._at) for n in touched}
        result: dict[int, tuple[SumBounds, SumBounds]] = {}
        parts: dict[int, list[SumBounds]] = {}
        for number in sorted(touched, key=lambda n: -len(chains[n])):
            inner = self._added(number)
            for change in parts.get(number, ()):
                inner = inner.plus(change)
            stated = self._stated.get(number)
            outer = inner
            if stated is not None:
                outer = inner.cut(0 if stated.low is None else stated.low, stated.high) or inner
            result[number] = inner, outer
            if chains[number]:
                parts.setdefault(chains[number][0], []).append(outer.less(self._added(number)))
        return result

    def _up(self, number: int) -> SumBounds:
        return self._changes[number][1] if number in self._changes else self._added(number)

    def _fallen(self, number: int) -> SumBounds:
        """The bounds of a subtree that follow also from figures above it, less the other parts there."""
        chain = [number, *self._state.above(self._track, number, self._at)]
        best = self._up(chain[-1])
        for at, over in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
            mine = self._up(at)
            beside = (self._changes[over][0] if over in self._changes else self._added(over)).less(mine)
            low: Number = 0 if beside.open else max(0, sum_of(best.low, -beside.high) or 0)
            high = None if best.open else sum_of(best.high, -beside.low)
            best = mine.cut(low, high) or mine
        return best

    def span(self, number: int) -> SumBounds:
        """The bounds of the sum over a subtree."""
        span = self._fallen(number) if self._stated else self._added(number)
        parts = self._parts_below.get(number, {})
        return span if len(parts) < 2 else self._with_parts_together(number, span, parts)

    def _with_parts_together(self, number: int, span: SumBounds, parts: Mapping[int, Quantity]) -> SumBounds:
        """The bounds narrowed to what the parts of divided units come to together."""
        # Only at the end: sums of bounds can be subtracted from each other, and these bounds are no sum.
        alone = SumBounds(0, 0, 0, 0)
        for quantity in parts.values():
            alone = alone.plus(SumBounds.of(quantity))
        joined = self._added(number).less(alone).plus(SumBounds.of(self._origins.together(parts)))
        # Where a figure of a subtree contradicts it, the sum is kept.
        return span.cut(joined.low, None if joined.open else joined.high) or joined

    @cached_property
    def _origins(self) -> Origins:
        return Origins(self._state, self._measure, self._at)

    def own_span(self, number: int) -> SumBounds:
        """The bounds of a unit's own number."""
        if not self._stating[number]:
            return SumBounds(0, 0, int(self._silent[number]), int(self._silent[number]))
        own = self._own
        value = own.others[number] if number in own.others else int(own.amounts[own.subjects == number][0])
        return SumBounds.of(Quantity.of(value))

    def of(self, number: int) -> Total:
        """The sum over a subtree, as far as it is known."""
        exact = int(self._exact[number])
        # In most subtrees all is stated exactly: the sum is known.
        if exact and not self._stated and number not in self._inexact and not self._silent_below[number]:
            return Total(exact)
        plain, span = self._added(number), self.span(number)
        return _worded(span, self._sum(number) if span == plain else None, cut=span != plain)

    def bounds(self, numbers: Any) -> tuple[Any, Any]:
        """The lower and upper bounds for many units; infinite if unknown."""
        if not self._stated and not self._inexact:
            low = self._exact.take(numbers).astype(np.float64)
            nothing = self._stating_below.take(numbers) == 0
            high = np.where(nothing | (self._silent_below.take(numbers) > 0), np.inf, low)
            return np.where(nothing, -np.inf, low), high
        pairs = [_bounds(self.of(n)) for n in numbers.tolist()]
        return np.array([low for low, _ in pairs], float), np.array([high for _, high in pairs], float)


def kinds_beside(schema: Schema, measure: Measure | None) -> tuple[str, ...]:
    """Kinds whose units need not state a measure: those that it does not name, else the agencies."""
    of = () if measure is None else measure.of
    return tuple(kind.id for kind in schema.kinds if (kind.id not in of if of else kind.agency))


def silent_units(structure: DayReader, measure: str, sums: Sums, states: Flags) -> Flags:
    """A mask of the units that should state a measure and do not.

    These are the lowest units that the measure is about: of the kinds that it names, else of all kinds but agencies. A
    unit with such units below it has its members in those.
    """
    declared = structure.measures.get(measure)
    of = () if declared is None else declared.of
    # Kinds that no unit ever had leave nobody out. Without any that had, the kinds of the day need not be read.
    beside = [k for k in kinds_beside(structure.schema, declared) if structure._state.may_hold(tracks.KIND, k)]
    # Units that are only in another hierarchy count in this one too, with nothing below them.
    about, is_lowest = structure._inside(), sums.sizes == 0
    if of or beside:
        codes, names = structure._kinds
        wanted = [(name in of) if of else (name not in beside) for name in names]
        about &= np.array([*wanted, not of], bool).take(codes)
        chosen = np.flatnonzero(about)
        # Of the units that the measure is about, those with one in their subtree: themselves.
        is_lowest = sums.within(chosen, np.ones(len(chosen), np.int64)) == 1
    about &= is_lowest
    about &= ~states
    return about


def _worded(span: SumBounds, stated: Quantity | None, *, cut: bool) -> Total:
    """A sum with the simplest qualifier.

    Args:
        span: its bounds.
        stated: the sum of the figures; None without any.
        cut: whether the bounds follow also from figures of subtrees.
    """
    if not cut and stated is None:
        return Total(None, "unknown", missing=span.missing)
    if not cut and stated is not None and stated.is_known and not span.missing:
        return Total(stated.value, stated.qualifier, stated.low, stated.high)
    if not span.open:
        if span.low == span.high:
            return Total(span.low)
        return Total(None, "unknown", span.low, span.high, missing=span.missing)
    if not span.low and stated is not None and stated.qualifier in ("about", "at most", "unknown"):
        return Total(None, "unknown", span.low, missing=span.missing)
    # 10, and a unit that states nothing or only an upper bound, are 10 or more.
    more = stated is not None and stated.qualifier == "more than"
    return Total(span.low, "more than" if more else "at least", missing=span.missing)


def _bounds(total: Total) -> tuple[float, float]:
    low = -np.inf if total.low is None or total.qualifier == "about" else float(total.low)
    return low, np.inf if total.high is None or total.qualifier == "about" else float(total.high)
