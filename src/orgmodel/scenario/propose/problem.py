"""A request in numbers, for the search.

Internal. Neighbouring units that must be together become one node; borders that no group may cross, and those of locked
units, are left out; figures become integers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from attrs import frozen

from orgmodel.scenario.propose import constraints
from orgmodel.scenario.propose.board import ONE, Bound, Costs, Instance
from orgmodel.scenario.propose.neighbours import Neighbours
from orgmodel.scenario.propose.order import canonical
from orgmodel.scenario.propose.request import Request

__all__ = [
    "Problem",
    "problem_of",
]

_FIRST = 3
"""The index of the first measure in the totals of a group."""


@frozen(eq=False)
class Problem:
    """A request, and the same in numbers.

    Attributes:
        request: the request.
        instance: the request in numbers.
        nodes: node -> its units.
        scale: the factor that makes all costs integers.
    """

    request: Request
    instance: Instance
    nodes: tuple[tuple[str, ...], ...]
    scale: int

    def groups(self, division: Iterable[Iterable[int]]) -> tuple[tuple[str, ...], ...]:
        """The groups of a division by ids, including the exempt units, in order of the request's units."""
        place = {unit: i for i, unit in enumerate(self.request.units)}
        members = [[unit for node in nodes for unit in self.nodes[node]] for nodes in division]
        members += [[unit] for unit in self.request.exempt]
        ordered = [tuple(sorted(group, key=place.__getitem__)) for group in members]
        return tuple(sorted(ordered, key=lambda group: place[group[0]]))

    def places(self, groups: Iterable[Iterable[str]]) -> list[int]:
        """Node -> number of its group, for groups by ids; the first unit of a node decides."""
        group_of = {unit: number for number, group in enumerate(groups) for unit in group}
        return [group_of[units[0]] for units in self.nodes]


def problem_of(request: Request) -> Problem:
    """The request in numbers."""
    builder = _Builder(request)
    return Problem(request, builder.instance(), builder.nodes, builder.scale)


class _Builder:
    def __init__(self, request: Request) -> None:
        self.request = request
        free = [unit for unit in request.units if unit not in request.exempt]
        self.lengths = _lengths(request, free)
        self.units = self._ordered(free)
        self.index = {unit: i for i, unit in enumerate(self.units)}
        self.nodes = self._nodes()
        self.node_of = {unit: node for node, units in enumerate(self.nodes) for unit in units}
        self.measures = list(request.values)
        self.scale = 1

    # ---- units, nodes

    def _ordered(self, units: Sequence[str]) -> list[str]:
        """Units in an order that does not depend on their ids, see :mod:`orgmodel.scenario.propose.order`."""
        request = self.request
        place = {unit: i for i, unit in enumerate(units)}
        locked = {unit for c in request.constraints if isinstance(c, constraints.Locked) for unit in c.units}
        marks = [(tuple(values[unit] for values in request.values.values()), unit in locked) for unit in units]
        links: list[dict[int, Any]] = [{} for _ in units]

        def link(a: str, b: str, sort: int, mark: Fraction) -> None:
            for x, y in ((place[a], place[b]), (place[b], place[a])):
                links[x][y] = (*links[x].get(y, ()), (sort, mark))

        for (a, b), length in self.lengths.items():
            link(a, b, 0, length)
        for sort, pairs, worth in self._pairs():
            for a, b in sorted(pairs):
                if a in place and b in place:
                    link(a, b, sort, worth)
        return [units[i] for i in canonical(units, marks, links)]

    def _pairs(self) -> Iterable[tuple[int, Iterable[tuple[str, str]], Fraction]]:
        """Pairs of terms and constraints: a number for the sort, the pairs, and the worth of each."""
        for sort, term in enumerate(self.request.objective, 2):
            if isinstance(term, constraints.Pairs):
                yield 2 * sort, term.pairs, term.weight
        for sort, bound in enumerate(self.request.constraints, 2):
            if isinstance(bound, (constraints.Together, constraints.Apart)):
                every = [(a, b) for i, a in enumerate(bound.units) for b in bound.units[i + 1 :]]
                yield 2 * sort + 1, every, Fraction(isinstance(bound, constraints.Apart))

    def _nodes(self) -> tuple[tuple[str, ...], ...]:
        """The units of each node: connected units that must be together, or a single unit."""
        # A disjoint-set forest of units.
        above = {unit: unit for unit in self.units}

        def root(unit: str) -> str:
            while above[unit] != unit:
                unit = above[unit]
            return unit

        wanted: dict[str, set[int]] = {}
        for number, bound in enumerate(self.request.constraints):
            if isinstance(bound, constraints.Together):
                for unit in bound.units:
                    wanted.setdefault(unit, set()).add(number)
        pairs: Iterable[tuple[str, str]] = self.lengths
        if self.request.neighbours is None:
            pairs = [(a, b) for a in wanted for b in wanted if a < b]
        for a, b in pairs:
            if wanted.get(a, set()) & wanted.get(b, set()) and a in above and b in above:
                x, y = sorted((root(a), root(b)), key=self.index.__getitem__)
                above[y] = x
        groups: dict[str, list[str]] = {}
        for unit in self.units:
            groups.setdefault(root(unit), []).append(unit)
        return tuple(map(tuple, groups.values()))

    # ---- numbers

    def instance(self) -> Instance:
        """The request in numbers; this sets :attr:`scale`."""
        request = self.request
        scales = {measure: self._scale_of(measure) for measure in self.measures}
        amounts = [[int(request.total(m, units) * scales[m]) for m in self.measures] for units in self.nodes]
        worth, inside = self._worth()
        ties, broken = self._ties()
        measured = [sum(own[i] for own in amounts) for i in range(len(self.measures))]
        costs = self._costs(scales, [len(self.units), 0, 0, *measured])
        worths = [*inside, *(w for mine in worth for w in mine.values())]
        self.scale = lcm(*(number.denominator for number in (*costs.numbers(), *worths)))
        low, high = request.count()
        exempt = len(request.exempt)
        return Instance(
            self._near(),
            tuple(
                (len(units), int(own_worth * self.scale), 0, *own)
                for units, own_worth, own in zip(self.nodes, inside, amounts, strict=True)
            ),
            tuple({other: int(w * self.scale) for other, w in mine.items() if w} for mine in worth),
            tuple(ties),
            broken,
            tuple(self._bounds(scales)),
            costs.scaled(self.scale),
            max(min(1, len(self.nodes)), low - exempt),
            high - exempt,
        )

    def _scale_of(self, measure: str) -> int:
        """The factor that makes all values of a measure integers, and the numbers that they are compared with."""
        values = self.request.values[measure]
        return lcm(*(values[unit].denominator for unit in self.units), *self._denominators(measure))

    def _denominators(self, measure: str) -> Iterable[int]:
        for bound in self.request.constraints:
            if isinstance(bound, (constraints.AtLeast, constraints.AtMost)) and bound.measure == measure:
                yield self.request.number(bound).denominator
        for term in self.request.objective:
            if isinstance(term, constraints.Near) and term.measure == measure:
                yield term.target.denominator

    def _amount(self, measure: str) -> int:
        return _FIRST + self.measures.index(measure) if measure in self.measures else 0

    def _bounds(self, scales: dict[str, int]) -> Iterable[Bound]:
        for bound in self.request.constraints:
            if isinstance(bound, (constraints.AtLeast, constraints.AtMost)):
                number = self.request.number(bound) * scales.get(bound.measure, 1)
                amount = self._amount(bound.measure)
                # A size is whole: 2.5 units at least are 3, at most 2.
                if isinstance(bound, constraints.AtLeast):
                    yield Bound(amount, low=-int(-number // 1), unless_alone=bound.or_now)
                else:
                    yield Bound(amount, high=int(number // 1), unless_alone=bound.or_now)

    def _near(self) -> tuple[tuple[int, ...], ...]:
        near: list[set[int]] = [set() for _ in self.nodes]
        for a, b in self.lengths:
            x, y = self.node_of[a], self.node_of[b]
            if x != y:
                near[x].add(y)
                near[y].add(x)
        return tuple(tuple(sorted(others)) for others in near)

    def _worth(self) -> tuple[list[dict[int, Fraction]], list[Fraction]]:
        """Node -> other node -> worth of the pair in one group; and the worth of the pairs inside each node."""
        worth: list[dict[int, Fraction]] = [{} for _ in self.nodes]
        inside = [Fraction(0)] * len(self.nodes)

        def add(a: str, b: str, w: Fraction) -> None:
            if a not in self.node_of or b not in self.node_of or not w:
                return
            x, y = self.node_of[a], self.node_of[b]
            if x == y:
                inside[x] += w
            else:
                worth[x][y] = worth[x].get(y, Fraction(0)) + w
                worth[y][x] = worth[x][y]

        for term in self.request.objective:
            if isinstance(term, constraints.Pairs):
                for a, b in sorted(term.pairs):
                    add(a, b, term.weight)
            elif isinstance(term, constraints.Compact) and self.request.neighbours is not None:
                total_length = _length_of_all(self.request.neighbours, self.request.units)
                for (a, b), length in self.lengths.items():
                    add(a, b, term.weight * length / total_length)
        return worth, inside

    def _ties(self) -> tuple[list[dict[int, int]], int]:
        """Node -> other node -> trouble of the pair in one group; and the trouble if all are apart."""
        ties: list[dict[int, int]] = [{} for _ in self.nodes]
        broken = 0

        def tie(x: int, y: int, trouble: int) -> None:
            ties[x][y] = ties[x].get(y, 0) + trouble
            ties[y][x] = ties[x][y]

        for bound in self.request.constraints:
            if not isinstance(bound, (constraints.Together, constraints.Apart)):
                continue
            nodes = list(dict.fromkeys(self.node_of[unit] for unit in bound.units if unit in self.node_of))
            if isinstance(bound, constraints.Apart):
                for i, x in enumerate(nodes):
                    for y in nodes[i + 1 :]:
                        tie(x, y, ONE)
            else:
                for x, y in itertools.pairwise(nodes):
                    tie(x, y, -ONE)
                    broken += ONE
        return ties, broken

    def _costs(self, scales: dict[str, int], sums: Sequence[int]) -> _Costs:
        """The parts of a group's cost, where ``sums`` are the totals of all nodes together."""
        group = changed = Fraction(0)
        squares: list[tuple[int, Fraction]] = []
        away: list[tuple[int, Fraction, int]] = []
        for term in self.request.objective:
            if isinstance(term, constraints.FewestChanges):
                changed += term.weight
            elif isinstance(term, constraints.MostUnits):
                group -= term.weight
            elif isinstance(term, constraints.Even):
                amount = self._amount(term.measure)
                if sums[amount]:
                    squares.append((amount, term.weight * len(self.units) / sums[amount] ** 2))
            elif isinstance(term, constraints.Near):
                scale = scales.get(term.measure, 1)
                away.append((self._amount(term.measure), term.weight / scale, int(term.target * scale)))
        return _Costs(group, changed, squares, away)


@frozen
class _Costs:
    """The parts of a group's cost as fractions, otherwise like :class:`~orgmodel.scenario.propose.board.Costs`."""

    group: Fraction
    changed: Fraction
    squares: list[tuple[int, Fraction]]
    away: list[tuple[int, Fraction, int]]

    def numbers(self) -> list[Fraction]:
        """The numbers that must become integers."""
        return [self.group, self.changed, *(factor for _, factor in self.squares), *(f for _, f, _ in self.away)]

    def scaled(self, scale: int) -> Costs:
        """The costs as integers."""
        return Costs(
            int(self.group * scale),
            int(self.changed * scale),
            tuple((amount, int(factor * scale)) for amount, factor in self.squares),
            tuple((amount, int(factor * scale), target) for amount, factor, target in self.away),
        )


def _lengths(request: Request, units: Sequence[str]) -> dict[tuple[str, str], Fraction]:
    """Borders that a group may cross, with their lengths."""
    locked = {unit for bound in request.constraints if isinstance(bound, constraints.Locked) for unit in bound.units}
    free = [unit for unit in units if unit not in locked]
    chosen = set(free)
    if request.neighbours is None:
        pairs = {(a, b): Fraction(0) for i, a in enumerate(free) for b in free[i + 1 :]}
    else:
        near = request.neighbours.pairs
        pairs = {(a, b): length for (a, b), length in near.items() if a in chosen and b in chosen}
    return {
        (a, b): length for (a, b), length in pairs.items() if all(region[a] == region[b] for region in request.regions)
    }


def _length_of_all(neighbours: Neighbours, units: Iterable[str]) -> Fraction:
    """The length of all borders between units."""
    chosen = set(units)
    return sum((length for (a, b), length in neighbours.pairs.items() if a in chosen and b in chosen), Fraction(0))
