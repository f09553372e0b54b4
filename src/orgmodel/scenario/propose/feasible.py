"""Proofs that no division can meet the constraints, with the units that prevent it and by how much.

Internal. The proofs follow from single units, from units that must be together, or from the totals of units that no
border connects to others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from orgmodel.errors import Finding, Refused
from orgmodel.scenario.propose.board import Instance, components
from orgmodel.scenario.propose.constraints import Apart, AtLeast, AtMost, Locked, Together
from orgmodel.scenario.propose.problem import Problem
from orgmodel.scenario.propose.request import Request

__all__ = ["Infeasible"]


class Infeasible(Refused):
    """No division that meets all constraints was found.

    Attributes:
        what: a description of the request.
        findings: the units that prevent a division, and by how much.
        proven: whether it is proved that there is no division. If not, the search did not find one, and the findings
            are the faults of the nearest division.
        nearest: the groups of the nearest division; empty if ``proven``.
    """

    def __init__(
        self,
        what: str,
        findings: Iterable[Finding],
        proven: bool = True,
        nearest: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        super().__init__(what, findings)
        self.proven, self.nearest = proven, nearest

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.what, self.findings, self.proven, self.nearest)


def number(value: Fraction) -> str:
    """A number as text for people, with up to three decimals.

    >>> number(Fraction(3)), number(Fraction(7, 3))
    ('3', '2.333')
    """
    return f"{int(value)}" if value.denominator == 1 else f"{float(value):.3f}".rstrip("0").rstrip(".")


def impossible(problem: Problem) -> list[Finding]:
    """Findings that prove that the request cannot be met; empty if there is no proof."""
    findings = [*_together(problem), *_caps(problem), *_floors(problem)]
    # A wrong number of groups usually follows from the other findings, so it is reported only without them.
    return findings or list(_count(problem))


def _parts(instance: Instance) -> list[list[int]]:
    """The connected components of nodes, in order of their first node."""
    return components(len(instance), instance.near.__getitem__)


def _finding(request: Request, rule: str, message: str, units: Iterable[str]) -> Finding:
    day = None if request.structure is None else request.structure.day
    return Finding(rule, message, tuple(units), day)


def _together(problem: Problem) -> Iterable[Finding]:
    """Units that must be together but cannot be, or must be together and apart."""
    request = problem.request
    part_of = {
        unit: number
        for number, part in enumerate(_parts(problem.instance))
        for node in part
        for unit in problem.nodes[node]
    }
    bound_to = _classes(request)
    for bound in request.constraints:
        if isinstance(bound, Together) and len(_by_class(bound.units, part_of)) > 1:
            message = f"they must be together, and {_what_parts(request, bound.units)}"
            yield _finding(request, "together", message, bound.units)
        if isinstance(bound, Apart):
            for units in _by_class(bound.units, bound_to).values():
                if len(units) > 1:
                    yield _finding(request, "apart", "they must be apart, and together by other constraints", units)


def _by_class(units: Iterable[str], class_of: Mapping[str, Hashable]) -> dict[Hashable, list[str]]:
    """Class -> the units in it; a unit without one is a class of its own."""
    classes: dict[Hashable, list[str]] = {}
    for unit in units:
        classes.setdefault(class_of.get(unit, unit), []).append(unit)
    return classes


def _what_parts(request: Request, units: Iterable[str]) -> str:
    """Why units in different components cannot come together."""
    locked = {unit for bound in request.constraints if isinstance(bound, Locked) for unit in bound.units}
    staying = [unit for unit in units if unit in locked]
    if not staying:
        return "no chain of borders that a group may cross connects them"
    # The borders of a locked unit are not in the instance, so that it would seem to be an island.
    return f"{', '.join(staying)} must stay as {'it is' if len(staying) == 1 else 'they are'}"


def _classes(request: Request) -> dict[str, str]:
    """Unit -> a representative of all units that must be together with it, by any chain of constraints."""
    top: dict[str, str] = {}
    for bound in request.constraints:
        if isinstance(bound, Together):
            joined = {top.get(unit, unit) for unit in bound.units}
            first = min(joined)
            top |= {unit: first for unit, at in top.items() if at in joined} | dict.fromkeys(bound.units, first)
    return top


def _caps(problem: Problem) -> Iterable[Finding]:
    """Nodes that are above a cap by themselves."""
    request = problem.request
    for bound in request.constraints:
        if not isinstance(bound, AtMost):
            continue
        if _may_be_negative(request, bound.measure):
            continue  # A larger group could be below the cap.
        cap = request.number(bound)
        for units in problem.nodes:
            if bound.or_now and len(units) == 1:
                continue
            total = request.total(bound.measure, units)
            if total > cap:
                who = "it has" if len(units) == 1 else "together they have"
                message = f"{who} {number(total)} {bound.measure}, {number(total - cap)} above the cap of {number(cap)}"
                yield _finding(request, "at-most", message, units)


def _floors(problem: Problem) -> Iterable[Finding]:
    """Components that are below a floor as a whole."""
    request, instance = problem.request, problem.instance
    for bound in request.constraints:
        if not isinstance(bound, AtLeast):
            continue
        floor = request.number(bound)
        if _may_be_negative(request, bound.measure):
            continue  # A part of a component could have more than the whole.
        for part in _parts(instance):
            units = [unit for node in part for unit in problem.nodes[node]]
            if bound.or_now and all(len(problem.nodes[node]) == 1 for node in part):
                continue
            total = request.total(bound.measure, units)
            if total < floor:
                who = "all that can be joined here has"
                if len(units) == 1:
                    who = f"it {'has no neighbour' if units[0] in request.islands else 'can join no other unit'} and"
                missing = f"{number(floor - total)} below the floor of {number(floor)}"
                yield _finding(request, "at-least", f"{who} {number(total)} {bound.measure}, {missing}", units)


def _may_be_negative(request: Request, measure: str) -> bool:
    return any(value < 0 for value in request.values.get(measure, {}).values())


def _count(problem: Problem) -> Iterable[Finding]:
    """Numbers of groups that are impossible."""
    request, instance = problem.request, problem.instance
    low, high = request.count()
    if low > high:
        yield _finding(request, "count", f"no number of units is at least {low} and at most {high}", ())
        return
    parts = _parts(instance)
    least = len(parts) + len(request.exempt)
    if least > high:
        units = [problem.nodes[part[0]][0] for part in parts if len(part) == 1]
        message = (
            f"there are {least} pieces that no border connects, {least - high} more than the {high} units there may be"
        )
        yield _finding(request, "count", message, units)
    most = len(request.exempt) + sum(_most(problem, part) for part in parts)
    if most < low:
        message = f"the floors leave room for {most} units, {low - most} fewer than the {low} there must be"
        yield _finding(request, "count", message, ())


def _most(problem: Problem, part: list[int]) -> int:
    """The largest number of groups that a component can be divided into, by each of its floors."""
    request = problem.request
    most = len(part)
    units = [unit for node in part for unit in problem.nodes[node]]
    for bound in request.constraints:
        if isinstance(bound, AtLeast) and not bound.or_now:
            floor = request.number(bound)
            if floor > 0 and not _may_be_negative(request, bound.measure):
                most = min(most, int(request.total(bound.measure, units) // floor))
    return most
