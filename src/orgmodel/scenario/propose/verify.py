"""Whether a division keeps to what was asked for: an independent check, slow and plain.

It shares no code with the search: it reads the groups by ids, adds fractions, and asks networkx what is connected. One
half looks at groups, the other at the organisation after they were put into effect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import assert_never

from orgmodel.errors import Finding
from orgmodel.history.history import History
from orgmodel.period import DayLike
from orgmodel.scenario.propose.constraints import (
    Apart,
    AtLeast,
    AtMost,
    Compact,
    Constraint,
    Count,
    Even,
    FewestChanges,
    Locked,
    MostUnits,
    Near,
    Pairs,
    Term,
    Together,
    Within,
)
from orgmodel.scenario.propose.request import Request

__all__ = [
    "cost",
    "faults",
    "faults_after",
    "total_cost",
]


def faults(request: Request, groups: Iterable[Iterable[str]]) -> list[Finding]:
    """What a division breaks; empty if it keeps to everything.

    >>> from orgmodel.scenario.propose.request import request
    >>> asked = request(None, [("a", "b"), ("b", "c")], AtLeast("n", 2), measures={"n": {"a": 1, "b": 1, "c": 2}})
    >>> faults(asked, [("a", "b"), ("c",)]), [str(f) for f in faults(asked, [("a", "c"), ("b",)])]
    ([], ['a, c: no border connects them [connected]', 'b: n is 1, 1 below 2 [at-least]'])
    """
    listed = [tuple(group) for group in groups]
    result = list(_complete(request, listed))
    if result:
        return result
    result += _connected(request, listed)
    for bound in request.constraints:
        result += _broken(request, bound, listed)
    for region in request.regions:
        for group in listed:
            if len({region[unit] for unit in group}) > 1:
                result.append(Finding("within", "they are on both sides of a border", group))
    return result


def _broken(request: Request, bound: Constraint, groups: list[tuple[str, ...]]) -> Iterator[Finding]:
    """Where groups break one constraint."""
    match bound:
        case AtLeast() | AtMost():
            yield from _beyond(request, bound, groups)
        case Count():
            number = len(groups)
            if number < (bound.at_least or 0) or (bound.at_most is not None and number > bound.at_most):
                yield Finding("count", f"there are {number} groups, where {bound} are asked for")
        case Within():
            pass  # The regions were read with the request.
        case Together():
            if sum(not set(bound.units).isdisjoint(group) for group in groups) > 1:
                yield Finding("together", "they are not together", bound.units)
        case Apart():
            for group in groups:
                both = [unit for unit in group if unit in bound.units]
                if len(both) > 1:
                    yield Finding("apart", "they are together", both)
        case Locked():
            for group in groups:
                locked = [unit for unit in group if unit in bound.units]
                if locked and len(group) > 1:
                    yield Finding("locked", "it is locked and in a group with others", locked)
        case _ as never:
            assert_never(never)


def _complete(request: Request, groups: list[tuple[str, ...]]) -> Iterator[Finding]:
    times = Counter(unit for group in groups for unit in group)
    for unit in request.units:
        if times[unit] != 1:
            yield Finding("division", f"it is in {times[unit]} groups", (unit,))
    for unit in times.keys() - set(request.units):
        yield Finding("division", "it is none of the units", (unit,))
    if not all(groups):
        yield Finding("division", "a group is empty")
    for group in groups:
        for unit in group:
            if unit in request.exempt and len(group) > 1:
                yield Finding("division", f"{request.exempt[unit]}, and it is in a group with others", (unit,))


def _connected(request: Request, groups: list[tuple[str, ...]]) -> Iterator[Finding]:
    if request.neighbours is None:
        return
    import networkx as nx

    graph = request.neighbours.graph()
    for group in groups:
        if len(group) > 1 and not (all(unit in graph for unit in group) and nx.is_connected(graph.subgraph(group))):
            yield Finding("connected", "no border connects them", group)


def _sum(request: Request, measure: str, group: Iterable[str]) -> Fraction:
    if measure == "units":
        return Fraction(len(tuple(group)))
    return sum((request.values[measure][unit] for unit in group), Fraction(0))


def _beyond(request: Request, bound: AtLeast | AtMost, groups: list[tuple[str, ...]]) -> Iterator[Finding]:
    """Groups with less than a floor, or more than a cap."""
    limit, floor = request.number(bound), isinstance(bound, AtLeast)
    for group in groups:
        if group[0] in request.exempt or (bound.or_now and len(group) == 1):
            continue
        total = _sum(request, bound.measure, group)
        missed = limit - total if floor else total - limit
        if missed > 0:
            where = "below" if floor else "above"
            message = f"{bound.measure} is {_text(total)}, {_text(missed)} {where} {_text(limit)}"
            yield Finding("at-least" if floor else "at-most", message, group)


def _text(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.6g}"


# ---- what a division is worth


def cost(request: Request, term: Term, groups: Iterable[Iterable[str]]) -> Fraction:
    """What a division costs by one term, without its weight.

    >>> from orgmodel.scenario.propose.request import request
    >>> asked = request(None, [("a", "b"), ("b", "c")])
    >>> [str(cost(asked, term, [("a", "b"), ("c",)])) for term in (FewestChanges(), Compact())]
    ['2', '1/2']
    """
    # Units that cannot take part have no say in what is better.
    listed = [group for group in map(tuple, groups) if group[0] not in request.exempt]
    place = {unit: i for i, group in enumerate(listed) for unit in group}
    match term:
        case FewestChanges():
            return Fraction(sum(len(group) for group in listed if len(group) > 1))
        case MostUnits():
            return Fraction(len(place) - len(listed))
        case Even():
            totals = [_sum(request, term.measure, group) for group in listed]
            whole = sum(totals, Fraction(0))
            shares = sum(((total / whole) ** 2 for total in totals), Fraction(0)) if whole else Fraction(0)
            return shares * len(place)
        case Compact():
            return _borders_kept(request, place)
        case Pairs():
            return Fraction(sum(place.get(a, a) != place.get(b, b) for a, b in term.pairs))
        case Near():
            return sum((abs(_sum(request, term.measure, group) - term.target) for group in listed), Fraction(0))
        case _ as never:
            assert_never(never)


def _borders_kept(request: Request, place: Mapping[str, int]) -> Fraction:
    """The part of the borders between the units, by length, that is still one between groups."""
    if request.neighbours is None:
        return Fraction(0)
    chosen = set(request.units)
    remaining = total = Fraction(0)
    for (a, b), length in request.neighbours.pairs.items():
        if a in chosen and b in chosen:
            total += length
            if a not in place or b not in place or place[a] != place[b]:
                remaining += length
    return remaining / total if total else Fraction(0)


def total_cost(request: Request, groups: Iterable[Iterable[str]]) -> Fraction:
    """All terms of the objective, weighted and added up."""
    listed = [tuple(group) for group in groups]
    return sum((term.weight * cost(request, term, listed) for term in request.objective), Fraction(0))


# ---- after it was put into effect


def faults_after(request: Request, after: History, day: DayLike, *, measured: Iterable[str] = ()) -> list[Finding]:
    """What the organisation breaks after a proposal was enacted: read from lineage and figures, not from the proposal.

    Each unit is looked up in the history: what it became on the day tells the groups. Figures that the structure
    states are read anew from the successors.

    Args:
        request: what was asked for.
        after: the history with the act.
        day: a day on or after the act.
        measured: measures that the structure itself states, to be read from the successors as well.
    """
    structure = after.at(day)
    became: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for unit in request.units:
        now = (unit,) if unit in structure else after.lineage.successors(unit, on=day)
        if len(now) != 1:
            findings.append(Finding("successor", f"it has {len(now)} successors", (unit,)))
        else:
            became.setdefault(now[0], []).append(unit)
    findings += faults(request, became.values())
    for measure in measured:
        for new, olds in became.items():
            if olds[0] in request.exempt:
                continue
            total, wanted = structure.total(measure, under=new), _sum(request, measure, olds)
            if total != wanted:
                findings.append(Finding("conserved", f"{measure} is {total}, where its members had {wanted}", (new,)))
    return findings
