"""What is asked for: which units, who borders on whom, what must hold, what is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.measure import Number, Quantity
from orgmodel.scenario.propose.constraints import (
    UNITS,
    Apart,
    AtLeast,
    AtMost,
    Compact,
    Constraint,
    Count,
    Even,
    Locked,
    MostUnits,
    Near,
    Pairs,
    Term,
    Together,
    Within,
    exact,
)
from orgmodel.scenario.propose.neighbours import Neighbours, neighbours_of
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "Alone",
    "Measures",
    "Request",
    "objective_of",
    "request",
]

Measures = Mapping[str, Mapping[str, Number | None] | Callable[[str], Number | None]]
"""Measure -> its value of each unit, where the structure does not state it."""

Alone = Literal["refuse", "alone"]


@frozen(eq=False)
class Request:
    """A problem as it was put, checked and with every figure in place; made by :func:`request`.

    Attributes:
        structure: the organisation before; None where only groups of names are sought.
        units: ids of the units that may be put together.
        neighbours: who borders on whom; None if any units may be put together.
        constraints: what must hold.
        objective: what is better, added up.
        values: measure -> unit -> value.
        exempt: units that stay as they are and that no floor or cap is asked of -> why.
        islands: units without a neighbour.
        regions: for each border that groups must not cross, unit -> region.
        notes: what was read with less than certainty.
    """

    structure: Structure | None
    units: tuple[str, ...]
    neighbours: Neighbours | None
    constraints: tuple[Constraint, ...]
    objective: tuple[Term, ...]
    values: Mapping[str, Mapping[str, Fraction]]
    exempt: Mapping[str, str] = field(factory=dict)
    islands: tuple[str, ...] = ()
    regions: tuple[Mapping[str, str], ...] = ()
    notes: tuple[Finding, ...] = ()

    def label(self, unit: str) -> str:
        """A unit's name, or its id."""
        return unit if self.structure is None else self.structure.unit(unit).label

    def total(self, measure: str, units: Iterable[str]) -> Fraction:
        """The total of a measure over units that are not exempt."""
        if measure == UNITS:
            return Fraction(sum(1 for _ in units))
        values = self.values[measure]
        return sum((values[unit] for unit in units if unit in values), Fraction(0))

    def number(self, bound: AtLeast | AtMost) -> Fraction:
        """The number of a bound; what ``now`` means here."""
        if bound.number != "now":
            return exact(bound.number)
        if bound.measure == UNITS:
            return Fraction(1)
        now = [self.values[bound.measure][unit] for unit in self.units if unit not in self.exempt]
        return (min if isinstance(bound, AtLeast) else max)(now, default=Fraction(0))

    def count(self) -> tuple[int, int]:
        """The least and the largest number of groups, by all constraints."""
        low, high = 1, len(self.units)
        for bound in self.constraints:
            if isinstance(bound, Count):
                low = max(low, bound.at_least or 1)
                high = min(high, len(self.units) if bound.at_most is None else bound.at_most)
        return low, high


def objective_of(objective: Term | Iterable[Term] | None, constraints: Iterable[Constraint]) -> tuple[Term, ...]:
    """The terms; if None are given, many units or, with their number given, even ones; and short borders."""
    if objective is None:
        counted = any(isinstance(bound, Count) for bound in constraints)
        return (Even(UNITS) if counted else MostUnits(), Compact())
    return tuple(objective) if isinstance(objective, Iterable) else (objective,)


def request(
    structure: Structure | None,
    neighbours: Any = None,
    constraints: Constraint | Iterable[Constraint] = (),
    objective: Term | Iterable[Term] | None = None,
    *,
    units: Selection | Iterable[str] | None = None,
    measures: Measures | None = None,
    islands: Literal["bound", "alone"] = "bound",
    unknown: Alone = "refuse",
) -> Request:
    """A request, checked as a whole.

    Args:
        structure: the organisation before.
        neighbours: as in :func:`~orgmodel.scenario.propose.neighbours.neighbours_of`; None if any may be put together.
        constraints: what must hold.
        objective: what is better.
        units: the units that may be put together; those that have neighbours if None.
        measures: values that the structure does not state; they come before its own.
        islands: whether units without a neighbour must meet floors too (``bound``), or stay out of it (``alone``).
        unknown: what to do where a measure of a unit is not known: refuse and name them, or leave them as they are.

    Raises:
        Refused: with every fault: units that do not live, measures that are not known, constraints on other units.
    """
    bounds = tuple(constraints) if isinstance(constraints, Iterable) else (constraints,)
    terms = objective_of(objective, bounds)
    near = None if neighbours is None else neighbours_of(neighbours)
    names = [term.name for term in terms]
    reading = _Reading(structure, bounds, dict(measures or {}))
    chosen = reading.units(units, near)
    lost = () if near is None else near.islands(chosen)
    exempt = dict.fromkeys(lost, "it has no neighbour") if islands == "alone" else {}
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        reading.fault("objective", f"two terms are called {name!r}; add their weights up, or give pairs another label")
    wanted = [bound.measure for bound in bounds if isinstance(bound, (AtLeast, AtMost))]
    wanted += [term.measure for term in terms if isinstance(term, (Even, Near))]
    values = {measure: reading.values(measure, chosen) for measure in dict.fromkeys(wanted) if measure != UNITS}
    if any(isinstance(term, Near) and term.measure == UNITS for term in terms):
        # A target need not be whole, where a number of units is: it becomes a measure like others.
        values[UNITS] = dict.fromkeys(chosen, Fraction(1))
    for measure, known in values.items():
        for unit in chosen:
            if unit not in known and unknown == "alone":
                exempt.setdefault(unit, f"its {measure} is not known")
            elif unit not in known:
                reading.fault("unknown", f"its {measure} is not known; give it, or say unknown='alone'", unit)
    reading.named(chosen, terms)
    regions = tuple(reading.region(bound, chosen) for bound in bounds if isinstance(bound, Within))
    if reading.faults:
        raise Refused("a proposal", reading.faults)
    return Request(structure, chosen, near, bounds, terms, values, exempt, lost, regions, tuple(reading.notes))


class _Reading:
    """Reads a request and collects its faults."""

    def __init__(self, structure: Structure | None, bounds: tuple[Constraint, ...], measures: dict[str, Any]) -> None:
        self.structure, self.bounds, self.measures = structure, bounds, measures
        self.faults: list[Finding] = []
        self.notes: list[Finding] = []

    def fault(self, rule: str, message: str, *units: str) -> None:
        self.faults.append(Finding(rule, message, units, None if self.structure is None else self.structure.day))

    def units(self, chosen: Selection | Iterable[str] | None, near: Neighbours | None) -> tuple[str, ...]:
        if isinstance(chosen, Selection):
            listed = () if self.structure is None else self.structure.select(chosen)
        elif chosen is not None:
            listed = tuple(dict.fromkeys(chosen))
        else:
            listed = () if near is None else near.units
        if not listed:
            self.fault("units", "there is no unit to put together; give units=, or neighbours that name them")
        if self.structure is not None:
            for unit in listed:
                if unit not in self.structure:
                    self.fault("live", "it does not live on the day", unit)
            kinds = {self.structure.unit(unit).kind for unit in listed if unit in self.structure}
            if len(kinds) > 1:
                message = ", ".join(sorted(map(str, kinds)))
                self.fault("kind", f"the units are of several kinds ({message}); choose those of one with units=")
        return listed

    def values(self, measure: str, units: tuple[str, ...]) -> dict[str, Fraction]:
        """The known values; an approximate one counts, with a note."""
        source = self.measures.get(measure)
        result: dict[str, Fraction] = {}
        for unit in units:
            value: Number | Quantity | None
            if source is not None:
                value = source.get(unit) if isinstance(source, Mapping) else source(unit)
            elif self.structure is not None and unit in self.structure and self.structure.states(measure):
                value = self.structure.total(measure, under=unit)
            else:
                value = None
            if isinstance(value, Quantity):
                if value.qualifier == "about":
                    message = f"its {measure} is {value}; that number was used"
                    self.notes.append(Finding("about", message, (unit,), severity="note"))
                value = value.value if value.qualifier in ("exact", "about") else None
            if value is not None:
                result[unit] = exact(value)
        return result

    def named(self, units: tuple[str, ...], terms: tuple[Term, ...]) -> None:
        """Units that constraints or terms name and that are not to be put together."""
        known = set(units)
        for bound in self.bounds:
            if isinstance(bound, (Together, Apart, Locked)):
                for unit in bound.units:
                    if unit not in known:
                        self.fault("units", f"it is named by {str(bound)!r} and is none of the units", unit)
        for term in terms:
            if isinstance(term, Pairs):
                for unit in sorted({unit for pair in term.pairs for unit in pair} - known):
                    self.fault("units", f"it is in a pair of {term.label} and is none of the units", unit)

    def region(self, bound: Within, units: tuple[str, ...]) -> Mapping[str, str]:
        result: dict[str, str] = {}
        for unit in units:
            if isinstance(bound.border, str):
                above = () if self.structure is None or unit not in self.structure else self.structure.ancestors(unit)
                at = [a for a in above if self.structure is not None and self.structure.unit(a).kind == bound.border]
            else:
                at = [bound.border[unit]] if unit in bound.border else []
            if at:
                result[unit] = at[0]
            else:
                self.fault("within", f"it is in no {bound.border if isinstance(bound.border, str) else 'region'}", unit)
        return result
