"""One level on one day: which units have ground of their own, and which unit of the level each lies in.

:class:`~orgmodel.history.trace.Trace` compares the levels of both days. All of it is arrays over row numbers, as it is asked
about every unit of a country.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity

if TYPE_CHECKING:
    from orgmodel.model.schema import Kind, Schema
    from orgmodel.structure.structure import Structure

__all__ = [
    "Level",
    "ground_kinds",
]

_NOT_LIVE: Final = -2


def ground_kinds(schema: Schema, kind: str, ground: Collection[str] | None) -> frozenset[str] | None:
    """The kinds that count as ground of a level; None for all but agencies.

    They are the kind itself, those that it names, and those above it: a district without communes that becomes a
    commune has ground that the level must not miss.

    >>> from orgmodel.model.schema import Kind, Schema
    >>> schema = Schema(["country", Kind("province", ground=("commune",)), "commune", "cell"])
    >>> sorted(ground_kinds(schema, "province", None))
    ['commune', 'country', 'province']
    """
    declared = schema.by_id.get(kind)
    if ground is None and declared is not None:
        ground = () if declared.agency and declared.ground is None else declared.ground
    if ground is None:
        return None
    above: Iterable[Kind] = ()
    # The schema lists kinds from the highest down.
    if declared is not None and not declared.agency:
        above = takewhile(lambda other: other.id != kind, schema.kinds)
    return frozenset((kind, *ground, *(other.id for other in above if not other.agency)))


@final
class Level:
    """A level on a day; its arrays are indexed by the number of a unit.

    Attributes:
        structure: the structure of the day.
        kind: the level; None if every unit stands for itself and only links count.
        ground: the kinds that are ground; None for all but agencies.
    """

    def __init__(
        self,
        structure: Structure,
        kind: str | None,
        ground: frozenset[str] | None,
        incomplete: Collection[str] = (),
    ) -> None:
        self.structure, self.kind, self.ground = structure, kind, ground
        self._state = structure._state
        self._incomplete = incomplete
        self._numbers: dict[str, int | None] = {}

    def prepare(self, units: Collection[str]) -> None:
        """Look up the numbers of many units at once."""
        self.numbers([unit for unit in units if unit not in self._numbers])

    def number(self, unit: str) -> int | None:
        """The number of a unit."""
        number = self._numbers.get(unit)
        return self._state.number(unit) if number is None else number

    def numbers(self, units: Iterable[str]) -> list[int | None]:
        """The numbers of many units at once."""
        listed = list(units)
        numbers = self._state.numbers(listed)
        self._numbers.update(zip(listed, numbers, strict=True))
        return numbers

    def not_ground(self, units: Iterable[str]) -> list[str]:
        """The members of ``units`` that are no ground on the day."""
        return self._without(list(units), self.is_ground)

    def others(self, units: Iterable[str]) -> list[str]:
        """The members of ``units`` that are not of the level on the day."""
        return self._without(list(units), lambda kind: kind == self.kind)

    def are_of_level(self, numbers: Any) -> bool:
        """Whether the units with these numbers are all of the level on the day."""
        codes, kinds = self._kinds
        return bool(np.array([*(kind == self.kind for kind in kinds), False]).take(codes.take(numbers)).all())

    def _without(self, units: list[str], wanted: Callable[[str | None], bool]) -> list[str]:
        """The units whose kind on the day is not a wanted one."""
        if not units:
            return []
        codes, kinds = self._kinds
        numbers = np.array([-1 if n is None else n for n in self.numbers(units)])
        # The last entry of either array is that of units without a kind, so that -1 finds it.
        is_wanted = np.array([*map(wanted, kinds), wanted(None)]).take(np.append(codes, -1).take(numbers))
        return [units[at] for at in np.flatnonzero(~is_wanted).tolist()]

    def is_ground(self, kind: str | None) -> bool:
        """Whether units of a kind are ground."""
        if self.kind is None:
            return True
        if self.ground is not None:
            return kind in self.ground
        known = self.structure.schema.by_id.get(kind or "")
        return known is None or not known.agency

    @cached_property
    def above(self) -> Any:
        """By unit the number of its parent, -1 for a root, -2 for no unit of the day; the first hierarchy counts."""
        main, *others = self.structure.hierarchies
        parents = self.structure.parent_numbers(main)
        for hierarchy in others:
            parents_here = self.structure.parent_numbers(hierarchy)
            parents = np.where(parents == _NOT_LIVE, parents_here, parents)
        return parents

    @cached_property
    def _kinds(self) -> tuple[Any, list[Any]]:
        return self.structure._kinds

    def _mask(self, wanted: Callable[[str | None], bool]) -> Any:
        """A mask of the units of the day whose kind is a wanted one."""
        codes, kinds = self._kinds
        # Units without a kind have the code -1, which takes the last entry.
        return np.array([*map(wanted, kinds), wanted(None)], bool).take(codes) & (self.above > _NOT_LIVE)

    @cached_property
    def has_own(self) -> Any:
        """A mask of the units that have ground of their own."""
        if self.kind is None:
            return self.above > _NOT_LIVE
        is_ground = self._mask(self.is_ground)
        has_below = np.zeros(len(is_ground), bool)
        above = self.above[is_ground]
        # All units climb to their nearest ancestor that is ground: mostly one round, at most the depth of the tree.
        while len(above := above[above >= 0]):
            reached = is_ground[above]
            has_below[above[reached]] = True
            above = self.above[above[~reached]]
        own = is_ground & ~has_below
        own[self._with_own_figures] = is_ground[self._with_own_figures]
        for unit in self._incomplete:
            number = self._state.number(unit)
            if number is not None:
                own[number] = is_ground[number]
        return own

    @cached_property
    def _with_own_figures(self) -> Any:
        """The numbers of the units that state a positive count of their own, beside that of units below."""
        stating = [np.zeros(0, np.intp)]
        for measure in self.structure.measures.values():
            if measure.type == "count":
                stated = self._state.amounts_on(tracks.measure_track(measure.id), self.structure._at, tracks.OWN)
                stating.append(stated.subjects.compress(stated.amounts > 0))
                stating.append(np.array([n for n, q in stated.others.items() if q != 0], np.intp))
        return np.concatenate(stating)

    @cached_property
    def _here(self) -> Any:
        """A mask of the units of the level."""
        return self._mask(lambda kind: kind == self.kind)

    def holders(self, numbers: Any) -> Any:
        """For each unit the number of the unit of the level that it lies in; -1 if it lies in none."""
        if self.kind is None:
            return numbers
        holders = np.where(self.above.take(numbers) > _NOT_LIVE, numbers, -1)
        # Each round moves all units that have not reached the level one step up.
        climbing = np.flatnonzero(~self._here.take(numbers) & (holders >= 0))
        while len(climbing):
            parents = np.maximum(self.above.take(holders.take(climbing)), -1)
            holders[climbing] = parents
            climbing = climbing.compress((parents >= 0) & ~self._here.take(np.maximum(parents, 0)))
        return holders

    def holder_of(self, unit: str) -> str:
        """The unit of the level that a unit lies in; itself where it lies in none."""
        if self.kind is None:
            return unit
        number = self.number(unit)
        assert number is not None
        at = number
        while at >= 0 and not self._here[at]:
            at = int(self.above[at])
        return unit if at < 0 or at == number else self._state.name(at)

    def is_atom(self, unit: str) -> bool:
        """Whether a unit has ground of its own on the day."""
        number = self.number(unit)
        return number is not None and bool(self.has_own[number])

    def is_live(self, unit: str) -> bool:
        """Whether a unit lives on the day."""
        number = self.number(unit)
        return number is not None and bool(self.above[number] > _NOT_LIVE)

    def kind_of(self, unit: str) -> str | None:
        """The kind of a unit on the day."""
        number = self._state.number(unit)
        kind: str | None = None if number is None else self._state.value(tracks.KIND, number, self.structure._at)
        return kind

    def figure(self, unit: str, measure: str) -> Quantity | None:
        """The figure of a unit's own ground in a count; None if none is stated.

        Without ground below it, all that is below it is its own ground.
        """
        own = self._stated(measure).get(unit)
        if own is not None or self._has_ground_below(unit) or not self.structure.states(measure):
            return own
        of_subtree = self.structure.measure(unit, measure, tracks.SUBTREE)
        if of_subtree.is_known:
            return of_subtree
        if not self.structure.children(unit):
            return None
        total = self.structure.total(measure, under=unit)
        return total if total.is_known or total.low or total.high is not None else None

    def _has_ground_below(self, unit: str) -> bool:
        return any(self.is_ground(self.kind_of(child)) for child in self.structure.children(unit))

    def _stated(self, measure: str) -> Mapping[str, Quantity]:
        figures = self._figures.get(measure)
        if figures is None:
            figures = self._figures[measure] = self.structure.stated(measure) if self.structure.states(measure) else {}
        return figures

    @cached_property
    def _figures(self) -> dict[str, Mapping[str, Quantity]]:
        return {}
