"""Requests: which units may merge, which of them border on each other, the constraints and the objective."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.measure import Number, Quantity
from orgmodel.scenario.propose import constraints
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.neighbours import Neighbours, neighbours_of
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "Alone",
    "Limit",
    "Measures",
    "Request",
    "objective_of",
    "request",
]

Measures = Mapping[str, Mapping[str, Number | None] | Callable[[str], Number | None]]
"""Measure -> the values of units, as a mapping or a function; they take precedence over the structure's values."""

Alone = Literal["refuse", "alone"]

Limit = constraints.AtLeast | constraints.AtMost


@frozen(eq=False)
class Request:
    """A checked request with all figures; created by :func:`request`.

    Attributes:
        structure: the organisation before; None if only names are to be grouped.
        units: ids of the units that may be merged.
        neighbours: which units border on each other; None if any units may be merged.
        constraints: the constraints on groups.
        objective: the terms of the objective.
        values: measure -> unit -> value.
        exempt: unit -> reason, of units that stay as they are and need not meet floors and caps.
        islands: units without a neighbour.
        regions: for each border that groups must not cross, unit -> region.
        notes: notes on uncertain values.
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
        """The total of a measure over units; those without a known value are left out."""
        if measure == constraints.UNITS:
            return Fraction(sum(1 for _ in units))
        values = self.values[measure]
        return sum((values[unit] for unit in units if unit in values), Fraction(0))

    def number(self, bound: Limit) -> Fraction:
        """The number of a floor or cap; ``now`` is replaced by the present value."""
        if bound.number != "now":
            return constraints.exact(bound.number)
        if bound.measure == constraints.UNITS:
            return Fraction(1)
        now = [self.values[bound.measure][unit] for unit in self.units if unit not in self.exempt]
        return (min if isinstance(bound, constraints.AtLeast) else max)(now, default=Fraction(0))

    def count(self) -> tuple[int, int]:
        """The least and the largest number of groups that the constraints allow."""
        low, high = 1, len(self.units)
        for bound in self.constraints:
            if isinstance(bound, constraints.Count):
                low = max(low, bound.at_least or 1)
                high = min(high, len(self.units) if bound.at_most is None else bound.at_most)
        return low, high


def objective_of(objective: Term | Iterable[Term] | None, bounds: Iterable[Constraint]) -> tuple[Term, ...]:
    """The terms of an objective; by default many units (or even ones, if their number is given) and short borders."""
    if objective is None:
        counted = any(isinstance(bound, constraints.Count) for bound in bounds)
        return (constraints.Even(constraints.UNITS) if counted else constraints.MostUnits(), constraints.Compact())
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
    """Check a request and collect its figures.

    Args:
        structure: the organisation before.
        neighbours: as in :func:`~orgmodel.scenario.propose.neighbours.neighbours_of`; None if any units may be merged.
        constraints: the constraints on groups.
        objective: the terms of the objective.
        units: the units that may be merged; by default those that have neighbours.
        measures: values of measures; they take precedence over the structure's values.
        islands: whether units without a neighbour must meet floors too (``bound``) or stay as they are (``alone``).
        unknown: units with an unknown value are refused (``refuse``) or stay as they are (``alone``).

    Raises:
        Refused: the request has faults, such as units that do not exist, unknown values, or constraints on other units.
    """
    bounds = tuple(constraints) if isinstance(constraints, Iterable) else (constraints,)
    terms = objective_of(objective, bounds)
    near = None if neighbours is None else neighbours_of(neighbours)
    reading = _Reading(structure, bounds, terms, dict(measures or {}))
    chosen = reading.units(units, near)
    lost = () if near is None else near.islands(chosen)
    exempt = dict.fromkeys(lost, "it has no neighbour") if islands == "alone" else {}
    reading.check_names()
    values = reading.all_values(chosen)
    for measure, known in values.items():
        missing = [unit for unit in chosen if unit not in known]
        if unknown == "alone":
            exempt |= {unit: f"its {measure} is not known" for unit in missing if unit not in exempt}
        else:
            for unit in missing:
                reading.fault("unknown", f"its {measure} is not known; give it, or say unknown='alone'", unit)
    reading.check_named_units(chosen)
    regions = reading.regions(chosen)
    if reading.faults:
        raise Refused("a proposal", reading.faults)
    return Request(structure, chosen, near, bounds, terms, values, exempt, lost, regions, tuple(reading.notes))


class _Reading:
    """Reads a request and collects its faults."""

    def __init__(
        self,
        structure: Structure | None,
        bounds: tuple[Constraint, ...],
        terms: tuple[Term, ...],
        measures: dict[str, Any],
    ) -> None:
        self.structure, self.bounds, self.terms, self.measures = structure, bounds, terms, measures
        self.faults: list[Finding] = []
        self.notes: list[Finding] = []

    def fault(self, rule: str, message: str, *units: str) -> None:
        self.faults.append(Finding(rule, message, units, None if self.structure is None else self.structure.day))

    def units(self, chosen: Selection | Iterable[str] | None, near: Neighbours | None) -> tuple[str, ...]:
        """The units that may be merged."""
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

    def check_names(self) -> None:
        """Each term of the objective has its own name."""
        for name, count in Counter(term.name for term in self.terms).items():
            if count > 1:
                message = f"two terms are called {name!r}; add their weights up, or give pairs another label"
                self.fault("objective", message)

    def all_values(self, units: tuple[str, ...]) -> dict[str, dict[str, Fraction]]:
        """Measure -> the known values, for all measures of constraints and of the objective."""
        named = [b.measure for b in self.bounds if isinstance(b, (constraints.AtLeast, constraints.AtMost))]
        named += [term.measure for term in self.terms if isinstance(term, (constraints.Even, constraints.Near))]
        measures = [measure for measure in dict.fromkeys(named) if measure != constraints.UNITS]
        values = {measure: self.values(measure, units) for measure in measures}
        if any(isinstance(term, constraints.Near) and term.measure == constraints.UNITS for term in self.terms):
            # Bounds on the number of units are rounded to integers, but a target may be a fraction; so here the number
            # of units is a measure like any other.
            values[constraints.UNITS] = dict.fromkeys(units, Fraction(1))
        return values

    def values(self, measure: str, units: tuple[str, ...]) -> dict[str, Fraction]:
        """The known values of a measure; an approximate value is used, with a note."""
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
                result[unit] = constraints.exact(value)
        return result

    def check_named_units(self, units: tuple[str, ...]) -> None:
        """Constraints and terms name only units that may be merged."""
        known = set(units)
        for bound in self.bounds:
            if isinstance(bound, (constraints.Together, constraints.Apart, constraints.Locked)):
                for unit in bound.units:
                    if unit not in known:
                        self.fault("units", f"it is named by {str(bound)!r} and is none of the units", unit)
        for term in self.terms:
            if isinstance(term, constraints.Pairs):
                for unit in sorted({unit for pair in term.pairs for unit in pair} - known):
                    self.fault("units", f"it is in a pair of {term.label} and is none of the units", unit)

    def regions(self, units: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
        """For each border that groups must not cross: unit -> region."""
        regions: list[Mapping[str, str]] = []
        for bound in self.bounds:
            if isinstance(bound, constraints.Within):
                region_of = {unit: self.region(bound.border, unit) for unit in units}
                regions.append({unit: region for unit, region in region_of.items() if region is not None})
        return tuple(regions)

    def region(self, border: str | Mapping[str, str], unit: str) -> str | None:
        """The region of a unit: its nearest superior of a kind, or the one in a mapping."""
        if not isinstance(border, str):
            region = border.get(unit)
        elif self.structure is None or unit not in self.structure:
            region = None
        else:
            structure = self.structure
            region = next((a for a in structure.ancestors(unit) if structure.unit(a).kind == border), None)
        if region is None:
            self.fault("within", f"it is in no {border if isinstance(border, str) else 'region'}", unit)
        return region
