"""One level on one day: which units have ground of their own, and which unit of the level each is in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity

if TYPE_CHECKING:
    from orgmodel.model.schema import Schema
    from orgmodel.structure.structure import Structure

__all__ = [
    "Level",
    "ground_kinds",
]

_NOT_LIVE: Final = -2


def ground_kinds(schema: Schema, kind: str, ground: Collection[str] | None) -> frozenset[str] | None:
    """The kinds that count as ground of a level; None: all that are no agencies.

    They are the kind itself, those that it names, and those above it: a district without communes that becomes one
    has ground that the level must not miss.

    >>> from orgmodel.model.schema import Kind, Schema
    >>> schema = Schema(["country", Kind("province", ground=("commune",)), "commune", "cell"])
    >>> sorted(ground_kinds(schema, "province", None))
    ['commune', 'country', 'province']
    """
    known = schema.by_id.get(kind)
    if ground is None and known is not None:
        ground = () if known.agency and known.ground is None else known.ground
    if ground is None:
        return None
    ids = [k.id for k in schema.kinds]
    above = ids[: ids.index(kind)] if kind in ids and not (known and known.agency) else []
    return frozenset((kind, *ground, *(k for k in above if not schema.by_id[k].agency)))


@final
class Level:
    """Arrays by the number of a unit: see :meth:`orgmodel.history.history.History.unit_ids`.

    Attributes:
        structure: the day.
        kind: the level; None if every unit stands for itself and links are all that counts.
        ground: the kinds that are ground; None: all that are no agencies.
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
        if not units:
            return []
        codes, kinds = self._kinds
        numbers = np.array([-1 if n is None else n for n in self.numbers(units)])
        here = np.array([*map(wanted, kinds), wanted(None)]).take(np.append(codes, -1).take(numbers))
        return [units[at] for at in np.flatnonzero(~here).tolist()]

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
        """The number of the unit above each, -1 for a root, -2 for what is not there; of all hierarchies, the first."""
        main, *others = self.structure.hierarchies
        parents = self.structure.parent_numbers(main)
        for hierarchy in others:
            more = self.structure.parent_numbers(hierarchy)
            parents = np.where(parents == _NOT_LIVE, more, parents)
        return parents

    @cached_property
    def _kinds(self) -> tuple[Any, list[Any]]:
        return self.structure._kinds

    def _of(self, wanted: Collection[bool]) -> Any:
        """Which units are of one of the kinds that are wanted, by the codes of kinds and last those without one."""
        codes, _ = self._kinds
        return np.array([*wanted], bool).take(codes) & (self.above > _NOT_LIVE)

    @cached_property
    def has_own(self) -> Any:
        """Which units have ground of their own."""
        if self.kind is None:
            return self.above > _NOT_LIVE
        _, kinds = self._kinds
        is_ground = self._of([*map(self.is_ground, kinds), self.is_ground(None)])
        has_below = np.zeros(len(is_ground), bool)
        above = self.above[is_ground]
        # To the nearest unit above that is ground itself, all units at once: nearly always one round, never more than
        # the tree is deep.
        while len(above := above[above >= 0]):
            met = is_ground[above]
            has_below[above[met]] = True
            above = self.above[above[~met]]
        own = is_ground & ~has_below
        own[self._with_own_figures] = is_ground[self._with_own_figures]
        for unit in self._incomplete:
            number = self._state.number(unit)
            if number is not None:
                own[number] = is_ground[number]
        return own

    @cached_property
    def _with_own_figures(self) -> Any:
        """The numbers of units that state a count of their own, beside what is below them."""
        stating = [np.zeros(0, np.intp)]
        for measure in self.structure.measures.values():
            if measure.type == "count":
                stated = self._state.amounts_on(tracks.measure_track(measure.id), self.structure._at, tracks.OWN)
                stating.append(stated["subjects"].compress(stated["amounts"] > 0))
                stating.append(np.array([n for n, q in stated["other"].items() if q != 0], np.intp))
        return np.concatenate(stating)

    @cached_property
    def _here(self) -> Any:
        """Which units are of the level."""
        _, kinds = self._kinds
        return self._of([*(kind == self.kind for kind in kinds), False])

    def holders(self, numbers: Any) -> Any:
        """For each unit the number of the unit of the level that it is in; -1 if it is in none."""
        if self.kind is None:
            return numbers
        at_now = np.where(self.above.take(numbers) > _NOT_LIVE, numbers, -1)
        # Each round moves all units that are not in the level yet one step up.
        open_ = np.flatnonzero(~self._here.take(numbers) & (at_now >= 0))
        while len(open_):
            at = np.maximum(self.above.take(at_now.take(open_)), -1)
            at_now[open_] = at
            open_ = open_.compress((at >= 0) & ~self._here.take(np.maximum(at, 0)))
        return at_now

    def holder_of(self, unit: str) -> str:
        """The unit of the level that a unit is in; itself where it is in none."""
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
        """Whether a unit is there on the day."""
        number = self.number(unit)
        return number is not None and bool(self.above[number] > _NOT_LIVE)

    def kind_of(self, unit: str) -> str | None:
        """The kind of a unit on the day."""
        number = self._state.number(unit)
        kind: str | None = None if number is None else self._state.value(tracks.KIND, number, self.structure._at)
        return kind

    def stands(self, unit: str) -> bool:
        """Whether a unit of the day is of the level."""
        return self.kind is None or self.kind_of(unit) == self.kind

    def figure(self, unit: str, measure: str) -> Quantity | None:
        """The figure of a unit's own ground in a count; None if none is stated."""
        own = self._stated(measure).get(unit)
        if own is not None or self._has_ground_below(unit) or not self.structure.states(measure):
            return own
        inside = self.structure.measure(unit, measure, tracks.SUBTREE)
        if inside.is_known:
            return inside
        if self.structure.children(unit):
            total = self.structure.total(measure, under=unit)
            return total if total.is_known or total.low or total.high is not None else None
        return None

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
