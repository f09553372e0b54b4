"""Committees of a unit: their nesting and composition, functions of agencies, steering committees.

Seats and shares are measures (:mod:`orgmodel.party.facts`); who sits where is told by opaque
ids, where it is told at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Ambiguous, Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Number
from orgmodel.party.kinds import AGENCY
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.structure import Structure

EXECUTIVE: Final = "executive"
STANDING: Final = "standing"
SECRETARIAT: Final = "secretariat"
INSPECTION: Final = "inspection"

COMMITTEES: Final[Mapping[str, str]] = {
    EXECUTIVE: "ban chấp hành",
    STANDING: "ban thường vụ",
    SECRETARIAT: "thường trực cấp ủy",
    INSPECTION: "ủy ban kiểm tra",
}
"""The committees of a unit, with the Vietnamese terms."""

NESTED: Final = ((SECRETARIAT, STANDING), (STANDING, EXECUTIVE))
"""Pairs (inner, outer): everyone in the inner committee sits in the outer."""

COMMITTEE_TRACK: Final = fact_track("committee")
FUNCTION_TRACK: Final = fact_track("function")
STEERING_TRACK: Final = fact_track("steering")
LEAD: Final = "lead"
PART: Final = "part"


def _fraction(value: Number | str) -> Fraction:
    return Fraction(str(value))


def _day(value: DayLike | None) -> dt.date | None:
    return None if value is None else as_day(value)


# ---- members


def seat(unit: str, committee: str, person: str, until: dt.date | None = None) -> Change:
    """The change that gives a person a seat in a committee."""
    if committee not in COMMITTEES:
        raise Refused(
            "a committee",
            [Finding("committee", f"no committee is called {committee!r}; there are {', '.join(COMMITTEES)}")],
        )
    return Change(unit, COMMITTEE_TRACK, True, (committee, person), until)


def committee_members(structure: Structure, unit: str, committee: str) -> tuple[str, ...] | None:
    """The opaque ids of a committee's members, sorted; None if nobody recorded any."""
    seats = structure.slots(unit, COMMITTEE_TRACK)
    found = sorted(person for (name, person), sits in seats.items() if name == committee and sits)
    return tuple(found) or None


def check_nesting(structure: Structure, unit: str) -> tuple[Finding, ...]:
    """Who sits in an inner committee without a seat in the outer one.

    Thường trực within Ban Thường vụ within Ban Chấp hành; committees without recorded
    members are passed over.
    """
    findings: list[Finding] = []
    for inner, outer in NESTED:
        members, around = committee_members(structure, unit, inner), committee_members(structure, unit, outer)
        if members is None or around is None:
            continue
        outside = sorted(set(members) - set(around))
        if outside:
            findings.append(
                Finding(
                    "committee-nesting",
                    f"{', '.join(outside)} in the {inner} committee without a seat in the {outer} committee",
                    (unit,),
                    structure.day,
                    message_vi=f"{', '.join(outside)}: có trong {COMMITTEES[inner]} nhưng không có trong {COMMITTEES[outer]}",
                    citation="Điều lệ Đảng (2011)",
                    certainty="memory",
                )
            )
    return tuple(findings)


@frozen
class Composition:
    """A part of a committee, compared with a share that is asked for.

    >>> women = Composition(25, 109, Fraction(15, 100))
    >>> women.met, f"{float(women.share):.1%}", f"{women.margin_points:+.1f}"
    (True, '22.9%', '+7.9')
    """

    part: int
    whole: int
    threshold: Fraction = field(converter=_fraction)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.part <= self.whole or not self.whole:
            raise Refused("a share", [Finding("share", f"{self.part} of {self.whole} is no part of a whole")])

    @property
    def share(self) -> Fraction:
        """The part of the whole."""
        return Fraction(self.part, self.whole)

    @property
    def met(self) -> bool:
        """Whether the share reaches the threshold."""
        return self.share >= self.threshold

    @property
    def margin_points(self) -> float:
        """Percentage points above the threshold, negative below it."""
        return float(100 * (self.share - self.threshold))


def voting_base(official: int, away: int = 0, exempt_and_absent: int = 0) -> int:
    """The members that count for a meeting's majority.

    All official members, without those on temporary activity elsewhere and those who are
    exempt and absent (294-QĐ/TW, 9.3.2).

    >>> voting_base(30, away=2, exempt_and_absent=1)
    27
    """
    base = official - away - exempt_and_absent
    if min(official, away, exempt_and_absent, base) < 0:
        raise Refused(
            "a voting base", [Finding("voting-base", f"{official} less {away} less {exempt_and_absent} is none")]
        )
    return base


# ---- functions of agencies


def give_function(agency: str, function: str, part: str = LEAD) -> Change:
    """The change that makes an agency the lead body of a function, or one that takes part in it."""
    if part not in (LEAD, PART):
        raise Refused("a function", [Finding("function", f"{part!r} is neither {LEAD!r} nor {PART!r}", (agency,))])
    return Change(agency, FUNCTION_TRACK, part, function)


def functions(structure: Structure, unit: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Function -> (agency, lead or part) over the agencies of a committee, in order of creation."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for agency in structure.children(unit, kind=AGENCY) if structure.may_have(AGENCY) else ():
        for function, part in structure.slots(agency, FUNCTION_TRACK).items():
            found[function] = (*found.get(function, ()), (agency, part))
    return dict(sorted(found.items()))


def lead(structure: Structure, unit: str, function: str) -> str | None:
    """The one agency of a committee that leads a function; None if none does.

    Raises:
        Ambiguous: several do.
    """
    found = [agency for agency, part in functions(structure, unit).get(function, ()) if part == LEAD]
    if len(found) > 1:
        raise Ambiguous(
            f"the lead of {function!r}",
            [Finding("one-lead", f"{', '.join(found)} all lead it; leave one", (unit, *found), structure.day)],
        )
    return found[0] if found else None


def merge_functions(structure: Structure, agencies: Iterable[str], into: str) -> tuple[Change, ...]:
    """The changes that give a merged agency all functions of those it was made of.

    It leads what one of them led. Put them into the act that merges the agencies.
    """
    parts: dict[str, str] = {}
    for agency in agencies:
        for function, part in structure.slots(agency, FUNCTION_TRACK).items():
            if parts.get(function) != LEAD:
                parts[function] = part
    return tuple(give_function(into, function, part) for function, part in sorted(parts.items()))


# ---- steering committees


@frozen
class SteeringCommittee:
    """A body for one task (ban chỉ đạo), with the condition that ends it.

    It is no agency of its committee: none of the numbers of agencies counts it.

    Attributes:
        id: opaque.
        unit: id of the unit whose committee set it up.
        task: what it is for.
        start: its first day.
        latest: the last day on which it may be active; None if no day is set.
        met: the day on which its task was reported done; it is inactive from the next day.

    >>> body = SteeringCommittee("bcd-18", "vn", "18-NQ/TW", "2024-12-01", latest="2030-12-31")
    >>> body.active("2030-12-31"), body.active("2031-01-01")
    (True, False)
    """

    id: str
    unit: str
    task: str
    start: dt.date = field(converter=as_day)
    latest: dt.date | None = field(default=None, converter=_day)
    met: dt.date | None = field(default=None, converter=_day)

    @property
    def period(self) -> Period:
        """From its first day to the first day on which it is no longer active."""
        ends = [day for day in (self.latest, self.met) if day is not None]
        return Period.inclusive(self.start, min(ends) if ends else None)

    def active(self, day: DayLike) -> bool:
        """Whether it is at work on a day."""
        return day in self.period

    def set_up(self) -> Change:
        """The change that records it, for an act on its first day."""
        return Change(self.unit, STEERING_TRACK, self.task, self.id, self.period.end)

    def report_met(self, day: DayLike) -> tuple[SteeringCommittee, Change]:
        """The body with its task done on a day, and the change for an act on the *next* day, when it has ended."""
        done = SteeringCommittee(self.id, self.unit, self.task, self.start, self.latest, as_day(day))
        return done, Change(self.unit, STEERING_TRACK, None, self.id)


def steering_committees(structure: Structure, unit: str) -> dict[str, str]:
    """Id -> task of the steering committees of a unit that are at work on the day."""
    return {str(body): str(task) for body, task in sorted(structure.slots(unit, STEERING_TRACK).items())}


def percent(part: Number, whole: Number) -> float:
    """A part of a whole in per cent, rounded to two decimals as the papers print it.

    >>> percent(301, 1586), percent(167, 1586)
    (18.98, 10.53)
    """
    if not whole:
        raise Refused("a share", [Finding("share", f"{part} of {whole} is no part of a whole")])
    return round(100 * float(part) / float(whole), 2)
