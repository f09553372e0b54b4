"""A request in numbers for the search, and proofs that one cannot be met.

Internal. Units that must be together and touch become one node; borders that no group may cross, and those of locked
units, are taken away; figures become whole numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from attrs import frozen

from orgmodel.scenario.propose.board import ONE, Bound, Costs, Instance, Totals
from orgmodel.scenario.propose.constraints import (
    Apart,
    AtLeast,
    AtMost,
    Compact,
    Even,
    FewestChanges,
    Locked,
    MostUnits,
    Near,
    Pairs,
    Together,
)
from orgmodel.scenario.propose.order import canonical
from orgmodel.scenario.propose.request import Request

__all__ = [
    "Problem",
    "problem_of",
]

_FIRST = 3
"""The place of the first measure in the totals of a group."""


@frozen(eq=False)
class Problem:
    """A request and its numbers.

    Attributes:
        request: what is asked for.
        instance: the same in numbers.
        nodes: node -> its units.
        scale: by how much costs were multiplied to be whole.
    """

    request: Request
    instance: Instance
    nodes: tuple[tuple[str, ...], ...]
    scale: int

    def groups(self, division: Iterable[Iterable[int]]) -> tuple[tuple[str, ...], ...]:
        """The groups of a division by ids, with the units that take no part, in order of the request's units."""
        place = {unit: i for i, unit in enumerate(self.request.units)}
        members = [[unit for node in nodes for unit in self.nodes[node]] for nodes in division]
        members += [[unit] for unit in self.request.exempt]
        ordered = [tuple(sorted(group, key=place.__getitem__)) for group in members]
        return tuple(sorted(ordered, key=lambda group: place[group[0]]))

    def places(self, groups: Iterable[Iterable[str]]) -> list[int]:
        """Node -> number of its group, for groups by ids; a node of which units are in several goes with its first."""
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
        """Units in an order that does not follow from their ids."""
        request = self.request
        place = {unit: i for i, unit in enumerate(units)}
        locked = {unit for c in request.constraints if isinstance(c, Locked) for unit in c.units}
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
        """Pairs that matter apart from borders, each sort with a number."""
        for sort, term in enumerate(self.request.objective, 2):
            if isinstance(term, Pairs):
                yield 2 * sort, term.pairs, term.weight
        for sort, bound in enumerate(self.request.constraints, 2):
            if isinstance(bound, (Together, Apart)):
                every = [(a, b) for i, a in enumerate(bound.units) for b in bound.units[i + 1 :]]
                yield 2 * sort + 1, every, Fraction(isinstance(bound, Apart))

    def _nodes(self) -> tuple[tuple[str, ...], ...]:
        """Units that must be together and touch, as one; the rest one by one."""
        top = {unit: unit for unit in self.units}

        def find(unit: str) -> str:
            while top[unit] != unit:
                unit = top[unit]
            return unit

        wanted: dict[str, set[int]] = {}
        for number, bound in enumerate(self.request.constraints):
            if isinstance(bound, Together):
                for unit in bound.units:
                    wanted.setdefault(unit, set()).add(number)
        pairs: Iterable[tuple[str, str]] = self.lengths
        if self.request.neighbours is None:
            pairs = [(a, b) for a in wanted for b in wanted if a < b]
        for a, b in pairs:
            if wanted.get(a, set()) & wanted.get(b, set()) and a in top and b in top:
                x, y = sorted((find(a), find(b)), key=self.index.__getitem__)
                top[y] = x
        groups: dict[str, list[str]] = {}
        for unit in self.units:
            groups.setdefault(find(unit), []).append(unit)
        return tuple(map(tuple, groups.values()))

    # ---- numbers

    def instance(self) -> Instance:
        request = self.request
        scales = {
            measure: lcm(
                *(request.values[measure][unit].denominator for unit in self.units), *self._denominators(measure)
            )
            for measure in self.measures
        }
        totals: list[Totals] = []
        for units in self.nodes:
            amounts = [int(request.total(m, units) * scales[m]) for m in self.measures]
            totals.append((len(units), 0, 0, *amounts))
        worth, inside = self._worth()
        ties, broken = self._ties()
        costs, factor = self._costs(
            scales, [sum(t[i] for t in totals) for i in range(len(totals[0]))] if totals else []
        )
        self.scale = lcm(
            factor, *(w.denominator for mine in worth for w in mine.values()), *(w.denominator for w in inside)
        )
        totals = [(t[0], int(inside[i] * self.scale), *t[2:]) for i, t in enumerate(totals)]
        whole = Costs(
            int(costs[0] * self.scale),
            int(costs[1] * self.scale),
            tuple((amount, int(f * self.scale)) for amount, f in costs[2]),
            tuple((amount, int(f * self.scale), target) for amount, f, target in costs[3]),
        )
        low, high = request.count()
        taken = len(request.exempt)
        return Instance(
            self._near(),
            tuple(totals),
            tuple({other: int(w * self.scale) for other, w in mine.items() if w} for mine in worth),
            tuple(ties),
            broken,
            tuple(self._bounds(scales)),
            whole,
            max(min(1, len(self.nodes)), low - taken),
            high - taken,
        )

    def _denominators(self, measure: str) -> Iterable[int]:
        for bound in self.request.constraints:
            if isinstance(bound, (AtLeast, AtMost)) and bound.measure == measure:
                yield self.request.number(bound).denominator
        for term in self.request.objective:
            if isinstance(term, Near) and term.measure == measure:
                yield term.target.denominator

    def _amount(self, measure: str) -> int:
        return _FIRST + self.measures.index(measure) if measure in self.measures else 0

    def _bounds(self, scales: dict[str, int]) -> Iterable[Bound]:
        for bound in self.request.constraints:
            if isinstance(bound, (AtLeast, AtMost)):
                number = self.request.number(bound) * scales.get(bound.measure, 1)
                amount = self._amount(bound.measure)
                # A size is whole: 2.5 units at least are 3, at most 2.
                if isinstance(bound, AtLeast):
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
        """What pairs of nodes are worth in one group, and what the pairs inside each node are."""
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
            if isinstance(term, Pairs):
                for a, b in sorted(term.pairs):
                    add(a, b, term.weight)
            elif isinstance(term, Compact) and self.request.neighbours is not None:
                total_length = _whole(self.request)
                for (a, b), length in self.lengths.items():
                    add(a, b, term.weight * length / total_length)
        return worth, inside

    def _ties(self) -> tuple[list[dict[int, int]], int]:
        ties: list[dict[int, int]] = [{} for _ in self.nodes]
        broken = 0

        def tie(x: int, y: int, trouble: int) -> None:
            ties[x][y] = ties[x].get(y, 0) + trouble
            ties[y][x] = ties[x][y]

        for bound in self.request.constraints:
            if not isinstance(bound, (Together, Apart)):
                continue
            nodes = list(dict.fromkeys(self.node_of[unit] for unit in bound.units if unit in self.node_of))
            if isinstance(bound, Apart):
                for i, x in enumerate(nodes):
                    for y in nodes[i + 1 :]:
                        tie(x, y, ONE)
            else:
                for x, y in itertools.pairwise(nodes):
                    tie(x, y, -ONE)
                    broken += ONE
        return ties, broken

    def _costs(self, scales: dict[str, int], sums: Sequence[int]) -> tuple[Any, int]:
        """(for each group, for each changed unit, squares, distances), and a number that makes them whole."""
        group = changed = Fraction(0)
        squares: list[tuple[int, Fraction]] = []
        away: list[tuple[int, Fraction, int]] = []
        for term in self.request.objective:
            if isinstance(term, FewestChanges):
                changed += term.weight
            elif isinstance(term, MostUnits):
                group -= term.weight
            elif isinstance(term, Even):
                amount = self._amount(term.measure)
                if sums and sums[amount]:
                    squares.append((amount, term.weight * len(self.units) / sums[amount] ** 2))
            elif isinstance(term, Near):
                scale = scales.get(term.measure, 1)
                away.append((self._amount(term.measure), term.weight / scale, int(term.target * scale)))
        numbers = [group, changed, *(f for _, f in squares), *(f for _, f, _ in away)]
        return (group, changed, squares, away), lcm(*(f.denominator for f in numbers))


def _lengths(request: Request, units: Sequence[str]) -> dict[tuple[str, str], Fraction]:
    """Borders that a group may lie on both sides of."""
    locked = {unit for bound in request.constraints if isinstance(bound, Locked) for unit in bound.units}
    free = [unit for unit in units if unit not in locked]
    chosen = set(free)
    if request.neighbours is None:
        pairs = {(a, b): Fraction(0) for i, a in enumerate(free) for b in free[i + 1 :]}
    else:
        pairs = {pair: of for pair, of in request.neighbours.pairs.items() if pair[0] in chosen and pair[1] in chosen}
    return {
        (a, b): length for (a, b), length in pairs.items() if all(region[a] == region[b] for region in request.regions)
    }


def _whole(request: Request) -> Fraction:
    """The length of all borders between the units."""
    chosen = set(request.units)
    assert request.neighbours is not None
    return sum((of for (a, b), of in request.neighbours.pairs.items() if a in chosen and b in chosen), Fraction(0))
