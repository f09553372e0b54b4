"""An independent check of a division against the request; it is simple and slow.

It shares no code with the search: it works with groups of ids, adds fractions, and uses networkx to find what is
connected. One half checks groups, the other the organisation after they were enacted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import assert_never

from orgmodel.errors import Finding
from orgmodel.history.history import History
from orgmodel.period import DayLike
from orgmodel.scenario.propose import constraints
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.request import Request

__all__ = [
    "faults",
    "faults_after",
]


def faults(request: Request, groups: Iterable[Iterable[str]]) -> list[Finding]:
    """The constraints that a division does not meet; empty if it meets all.

    Args:
        request: what was asked.
        groups: ids of the units of each group.

    >>> from orgmodel.scenario.propose.request import request
    >>> bound = constraints.AtLeast("n", 2)
    >>> asked = request(None, [("a", "b"), ("b", "c")], bound, measures={"n": {"a": 1, "b": 1, "c": 2}})
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
    """The groups that do not meet one constraint."""
    match bound:
        case constraints.AtLeast() | constraints.AtMost():
            yield from _beyond(request, bound, groups)
        case constraints.Count():
            number = len(groups)
            if number < (bound.at_least or 0) or (bound.at_most is not None and number > bound.at_most):
                yield Finding("count", f"there are {number} groups, where {bound} are asked for")
        case constraints.Within():
            pass  # The regions are part of the request; faults() checks them.
        case constraints.Together():
            if sum(not set(bound.units).isdisjoint(group) for group in groups) > 1:
                yield Finding("together", "they are not together", bound.units)
        case constraints.Apart():
            for _, named in _with_named(bound.units, groups):
                if len(named) > 1:
                    yield Finding("apart", "they are together", named)
        case constraints.Locked():
            for group, named in _with_named(bound.units, groups):
                if len(group) > 1:
                    yield Finding("locked", "it is locked and in a group with others", named)
        case _ as never:
            assert_never(never)


def _with_named(units: tuple[str, ...], groups: list[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The groups that contain some of the units, and which of them each contains."""
    for group in groups:
        named = [unit for unit in group if unit in units]
        if named:
            yield group, named


def _complete(request: Request, groups: list[tuple[str, ...]]) -> Iterator[Finding]:
    """Faults of the division as such: each unit is in one group, and exempt units are alone."""
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


def _beyond(
    request: Request, bound: constraints.AtLeast | constraints.AtMost, groups: list[tuple[str, ...]]
) -> Iterator[Finding]:
    """Groups that are below a floor or above a cap."""
    limit, floor = request.number(bound), isinstance(bound, constraints.AtLeast)
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


# ---- costs


def cost(request: Request, term: Term, groups: Iterable[Iterable[str]]) -> Fraction:
    """The cost of a division by one term, without its weight.

    >>> from orgmodel.scenario.propose.request import request
    >>> asked = request(None, [("a", "b"), ("b", "c")])
    >>> terms = (constraints.FewestChanges(), constraints.Compact())
    >>> [str(cost(asked, term, [("a", "b"), ("c",)])) for term in terms]
    ['2', '1/2']
    """
    # Exempt units do not count in the objective.
    listed = [group for group in map(tuple, groups) if group[0] not in request.exempt]
    place = {unit: i for i, group in enumerate(listed) for unit in group}
    match term:
        case constraints.FewestChanges():
            return Fraction(sum(len(group) for group in listed if len(group) > 1))
        case constraints.MostUnits():
            return Fraction(len(place) - len(listed))
        case constraints.Even():
            return _concentration([_sum(request, term.measure, group) for group in listed]) * len(place)
        case constraints.Compact():
            return _borders_kept(request, place)
        case constraints.Pairs():
            return Fraction(sum(place.get(a, a) != place.get(b, b) for a, b in term.pairs))
        case constraints.Near():
            return sum((abs(_sum(request, term.measure, group) - term.target) for group in listed), Fraction(0))
        case _ as never:
            assert_never(never)


def _concentration(totals: list[Fraction]) -> Fraction:
    """The Herfindahl index: the sum of the squared shares; 0 if the totals add up to nothing."""
    sum_of_all = sum(totals, Fraction(0))
    return sum(((total / sum_of_all) ** 2 for total in totals), Fraction(0)) if sum_of_all else Fraction(0)


def _borders_kept(request: Request, place: Mapping[str, int]) -> Fraction:
    """The share of the borders between the units, by length, that are borders between groups."""
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
    """The weighted sum of all terms of the objective."""
    listed = [tuple(group) for group in groups]
    return sum((term.weight * cost(request, term, listed) for term in request.objective), Fraction(0))


# ---- after enactment


def faults_after(request: Request, after: History, day: DayLike, *, measured: Iterable[str] = ()) -> list[Finding]:
    """The constraints that the organisation does not meet after a proposal was enacted, independently of the proposal.

    The groups are read from the lineage in the history: units with the same successor on the day are a group.

    Args:
        request: the request.
        after: the history with the act.
        day: a day on or after the act.
        measured: measures of the structure itself, whose totals are also compared between units and successors.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, *({"id": x, "parent": "vn"} for x in "abc")], day="2025-01-01")
    >>> borders = [("a", "b"), ("b", "c")]
    >>> proposals = om.propose_mergers(history.at("2025-01-01"), borders, constraints.Count(2), steps=200)
    >>> with history.draft("2026-01-01") as act:
    ...     _ = act.merge(["a", "c"])
    >>> [str(fault) for fault in faults_after(proposals.request, history.enact(act), "2026-01-01")]
    ['a, c: no border connects them [connected]']
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
