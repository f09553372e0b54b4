"""Posts, seats and staff above each cap: what a merger leaves to be reduced, and by when.

A merged organisation at first has the seats and staff of all its predecessors. The rulebook caps them and sets the day
until which more are allowed; the surplus is what exceeds the cap. All caps come from the rules.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from attrs import evolve, field, frozen

from orgmodel.model.door import strict
from orgmodel.model.measure import Number, Quantity
from orgmodel.model.office import slot_of
from orgmodel.model.track import OFFICE, OWN
from orgmodel.party import checks, offices
from orgmodel.party.law import rulebook
from orgmodel.rules.checks import MeasureCheck, RelationCheck, chosen, limits_for
from orgmodel.rules.file import first_day
from orgmodel.rules.rule import CitedRule, Undecided, Version
from orgmodel.rules.rulebook import Rulebook
from orgmodel.rules.view import View
from orgmodel.structure.structure import Structure

__all__ = [
    "SurplusMetric",
    "Surpluses",
    "surplus",
]

SEATS: Final = (
    "executive_committee",
    "standing_committee",
    "deputy_secretaries",
    "inspection_committee",
    "inspection_deputies",
)
"""The measures of seats and posts that rules cap."""

POSTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "executive_committee": ("executive_member",),
    "standing_committee": ("standing_member",),
    "deputy_secretaries": (offices.DEPUTY_SECRETARY, offices.STANDING_DEPUTY),
    "inspection_committee": ("inspection_member",),
}
"""Measure -> the posts that it counts: holders on record are a lower bound of it."""

STAFF: Final = "staff"
QUOTA: Final = "staff_quota"
"""The staff that the superior committee assigned (giao biên chế): a cap that is no law but recorded."""


@frozen
class Surplus:
    """What one unit has above a cap.

    Attributes:
        unit: its id.
        measure: of what: seats of a committee, posts, staff.
        recorded: the recorded number.
        cap: the most that is allowed; the largest cap where it is not known which one is in force.
        over: the excess.
        until: the last day on which more are allowed; None if the rule names none.
        rule: id of the rule; empty for the assigned staff.
        citation: the law.
    """

    unit: str
    measure: str
    recorded: Quantity
    cap: Number
    over: Quantity
    until: dt.date | None = None
    rule: str = ""
    citation: str = ""


@frozen
class Surpluses:
    """The surpluses below a unit, and the cases that are undecided.

    Attributes:
        found: the surpluses that are certain.
        undecided: by rule, the units whose figures are missing.

    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.party.facts import MEASURES
    >>> rows = [dict(id="c", kind="commune", category="xã", executive_committee=31, merged_from=2, staff=22)]
    >>> surplus(structure_of(rows, day="2025-10-01", measures=MEASURES)).totals()
    {'staff': 5, 'executive_committee': 4}
    """

    found: tuple[Surplus, ...] = ()
    undecided: tuple[Undecided, ...] = ()

    def totals(self) -> dict[str, int]:
        """Measure -> the least number above caps; if several rules cap a figure of a unit, the largest surplus counts."""
        most: dict[tuple[str, str], float] = {}
        for above in self.found:
            key = above.measure, above.unit
            most[key] = max(most.get(key, 0.0), float(above.over.low or 0))
        totals: Counter[str] = Counter()
        for (measure, _), over in most.items():
            totals[measure] += int(over)
        return dict(totals)


@strict
def surplus(structure: Structure, unit: str | None = None, *, book: Rulebook | None = None) -> Surpluses:
    """The surpluses of a unit and all below it above the caps in force on the day.

    Args:
        structure: the day.
        unit: the top; the whole structure if None.
        book: the rulebook; the Party's if None.

    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.party.facts import MEASURES
    >>> rows = [dict(id="c", kind="commune", category="xã", executive_committee=31, merged_from=2, staff=22)]
    >>> for one in surplus(structure_of(rows, day="2025-10-01", measures=MEASURES)).found:
    ...     print(one.measure, one.recorded, one.cap, one.over, one.until, one.rule)
    staff 22 17 5 2030-04-22 C05
    executive_committee 31 27 4 None D06
    """
    view = View(structure)
    inside = set(structure) if unit is None else {unit, *structure.descendants(unit)}
    above: list[Surplus] = []
    undecided: list[Undecided] = []
    for rule in rulebook() if book is None else book:
        if (version := rule.on(structure.day)) is not None:
            _add_by_rule(rule, version, view, inside, above, undecided)
    # The assigned staff is no rule of the book, but a cap of one unit that its superior set.
    above += _above_quota(view, inside)
    return Surpluses(tuple(above), tuple(undecided))


def _add_by_rule(
    rule: CitedRule,
    version: Version,
    view: View,
    inside: Container[str],
    above: list[Surplus],
    undecided: list[Undecided],
) -> None:
    """Add what a rule caps: the surpluses that are certain, and the units whose figure leaves it open."""
    settings: Mapping[str, Any] = getattr(rule.check, "settings", {})
    measure, missing = str(settings.get("measure", STAFF)), []
    for case in _capped(rule, settings, version, view.asked_by(rule)):
        if case.unit in inside and case.low > case.cap:
            above.append(_surplus(case, measure, rule, version))
        elif case.unit in inside and case.high > case.cap:
            missing.append(case.unit)
    if missing:
        undecided.append(Undecided(measure, sorted(missing), rule.id, view.day, citation=version.citation))


class _Capped(NamedTuple):
    """A unit with the bounds of its figure, and the cap."""

    unit: str
    low: float
    high: float
    cap: float


def _capped(rule: CitedRule, settings: Mapping[str, Any], version: Version, view: View) -> Iterator[_Capped]:
    """The units that a rule caps in one of the measures of seats or in staff."""
    check, measure = rule.check, settings.get("measure")
    if "most_with_centre" in version.values:
        for unit in view.columns.names(chosen(view, settings)):
            yield _Capped(unit, *view.bounds(unit, STAFF), checks.most_staff(view, unit, version.values))
    elif measure not in SEATS:
        return
    elif isinstance(check, MeasureCheck):
        yield from _capped_by_number(settings, version, view)
    elif isinstance(check, RelationCheck) and settings["compare"] == "<=":
        # The cap is another figure of the unit, such as the seats that it had when it was merged.
        for unit in view.columns.names(chosen(view, settings)):
            cap = view.exact(unit, settings["to"][0])
            if cap is not None and view.merged(unit, version.values.get("merged_since")):
                yield _Capped(unit, *view.bounds(unit, measure), float(cap))


def _capped_by_number(settings: Mapping[str, Any], version: Version, view: View) -> Iterator[_Capped]:
    measure, places = settings["measure"], chosen(view, settings)
    limits = limits_for(view, places, version.values, settings["compare"])
    amounts, holders = view.columns.amounts(measure), _holders(view, measure)
    # Where it is not known which cap is in force, only what is above the largest is a surplus.
    caps = np.where(limits.may, limits.most, -np.inf).max(axis=1, initial=-np.inf)
    for place, cap in zip(places.tolist(), caps.tolist(), strict=True):
        if np.isfinite(cap):
            unit = view.columns.ids[place]
            # Recorded holders are a lower bound, also where the figure itself is not stated.
            low = max(float(amounts.low[place]), holders.get(unit, -np.inf))
            yield _Capped(unit, low, max(low, float(amounts.high[place])), cap)


def _holders(view: View, measure: str) -> dict[str, float]:
    """Unit -> how many persons hold the posts that a measure counts, where any are on record."""
    posts = POSTS_OF.get(measure, ())
    # One person in two seats is one: a person is counted once in a unit.
    persons: dict[str, set[str]] = {}
    for unit, slots in view.slots(OFFICE).items() if posts else ():
        for slot, person in slots.items():
            if slot_of(slot)[0] in posts:
                persons.setdefault(unit, set()).add(person)
    return {unit: float(len(holders)) for unit, holders in persons.items()}


def _surplus(case: _Capped, measure: str, rule: CitedRule | None, version: Version | None) -> Surplus:
    """What a unit has above a cap; without a rule the cap is the staff that was assigned to it."""
    recorded, over = _between(case.low, case.high), _between(case.low - case.cap, case.high - case.cap)
    above = Surplus(case.unit, measure, recorded, int(case.cap), over)
    if rule is None or version is None:
        return above
    met_by = version.values.get("met_by")
    until = version.period.last if met_by is None else first_day(met_by)
    return evolve(above, until=until, rule=rule.id, citation=version.citation)


def _between(low: float, high: float) -> Quantity:
    """A number with a lower bound and, unless it is infinite, an upper one."""
    if high == np.inf:
        return Quantity(int(low), "at least")
    return Quantity(int(low)) if low == high else Quantity.unknown(low=int(low), high=int(high))


def _above_quota(view: View, inside: Container[str]) -> Iterator[Surplus]:
    """The surpluses of units with more staff than was assigned to them."""
    staff, quota = view.columns.amounts(STAFF, OWN), view.columns.amounts(QUOTA, OWN)
    for place in np.flatnonzero(staff.low > quota.high).tolist():
        unit = view.columns.ids[place]
        if unit in inside:
            yield _surplus(_Capped(unit, staff.low[place], staff.high[place], quota.high[place]), STAFF, None, None)


@frozen
class SurplusMetric:
    """A metric of scenarios: posts, seats and staff above their caps, by measure; None where nothing is recorded.

    Attributes:
        id: its name in tables.
        book: the rulebook; the Party's if None.

    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.party.facts import MEASURES
    >>> rows = [dict(id="c", kind="commune", category="xã", staff=22)]
    >>> structure = structure_of(rows, day="2025-10-01", measures=MEASURES)
    >>> SurplusMetric()(structure, structure)["staff"]
    5
    """

    id: str = "surplus"
    book: Rulebook | None = field(default=None, eq=False, repr=False)

    def __call__(self, structure: Structure, without: Structure, /) -> Mapping[str, Number | None]:
        """Measure -> how many are above."""
        del without
        totals, view = surplus(structure, book=self.book).totals(), View(structure)
        return {
            measure: totals.get(measure, 0) if np.isfinite(view.columns.amounts(measure).low).any() else None
            for measure in (*SEATS, STAFF)
        }
