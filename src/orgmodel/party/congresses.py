"""Terms and congresses: how long, which number, in which order upward, who is late, how many delegates.

A term is recorded as the fact ``term`` of a unit (slot: the body), its last congress as the
fact ``congress_held``; numbers of delegates are measures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, InvalidAct, Refused, UnitError
from orgmodel.model.fact import fact_track
from orgmodel.party import kinds
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

COMMITTEE: Final = "committee"
"""The Party committee of a unit, as a body that has terms."""

COUNCIL: Final = "council"
"""The People's Council of a unit (hội đồng nhân dân), a body of the State."""

TERM_TRACK: Final = fact_track("term")
HELD_TRACK: Final = fact_track("congress_held")

COUNCIL_KINDS: Final = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
"""The kinds of administrative units with which a People's Council can be linked."""

UPWARD: Final = (
    kinds.CELL,
    kinds.SECTION,
    kinds.GRASSROOTS,
    kinds.COMMUNE,
    kinds.DISTRICT,
    kinds.DIRECT_ORGANISATION,
    kinds.PROVINCE,
    kinds.CENTRAL_ORGANISATION,
    kinds.CENTRE,
)
"""The order in which congresses are held, from the bottom to the top."""


# ---- terms


@lru_cache(maxsize=1024)
def _period(text: str) -> Period:
    start, _, end = text.partition("/")
    return Period(as_day(start), as_day(end))


@lru_cache(maxsize=1024)
def _months_after(start: dt.date, months: int) -> dt.date:
    return start + relativedelta(months=months)


@frozen
class Term:
    """A term of a body: from its first day to the first day of the next.

    >>> term = Term.of("46", "2025-10-02", months=60)
    >>> print(term.period, term.years)
    2025-10-02 to 2030-10-01 2025-2030
    >>> Term.of("c1", "2025-03-15", months=30).period.end
    datetime.date(2027, 9, 15)
    """

    unit: str
    period: Period
    body: str = COMMITTEE

    @classmethod
    def of(cls, unit: str, start: DayLike, months: int, body: str = COMMITTEE) -> Term:
        """The term that begins on a day and lasts some months; how many the law says: ``party.law.months_of_term``."""
        first = as_day(start)
        return cls(unit, Period(first, first + relativedelta(months=months)), body)

    @classmethod
    def parse(cls, unit: str, text: str, body: str = COMMITTEE) -> Term:
        """A term as the fact records it: first day, a slash, the first day of the next."""
        return cls(unit, _period(text), body)

    @property
    def start(self) -> dt.date:
        """Its first day."""
        assert self.period.start is not None
        return self.period.start

    @property
    def end(self) -> dt.date:
        """The first day of the next term."""
        assert self.period.end is not None
        return self.period.end

    @property
    def years(self) -> str:
        """How it is called: ``2025-2030``."""
        return f"{self.start.year}-{self.end.year}"

    def lasts(self, months: int) -> bool:
        """Whether it lasts so many months to the day."""
        return _months_after(self.start, months) == self.end

    def record(self) -> Change:
        """The change that records it."""
        return Change(self.unit, TERM_TRACK, f"{self.start}/{self.end}", self.body)


def terms(structure: Structure, body: str = COMMITTEE) -> tuple[Term, ...]:
    """The terms of a body that are recorded on the day, units in preorder."""
    columns = DayColumns(structure)
    found = columns.slots(TERM_TRACK)
    return tuple(Term.parse(unit, found[unit][body], body) for unit in columns.ids if body in found.get(unit, {}))


@frozen
class Due:
    """A congress that is due, or late.

    Attributes:
        unit: id of the unit.
        kind: its kind.
        due: the day by which it must be held: the first day of the next term.
        days: days left on the day asked; negative if it is late.
    """

    unit: str
    kind: str | None
    due: dt.date
    days: int


def due_within(structure: Structure, days: int, *, body: str = COMMITTEE) -> tuple[Due, ...]:
    """The congresses that are due within some days of the structure's day, the soonest first; not the late ones."""
    return tuple(due for due in _dues(structure, body) if 0 <= due.days <= days)


def overdue(structure: Structure, *, body: str = COMMITTEE) -> tuple[Due, ...]:
    """The congresses that should have been held before the structure's day, the longest overdue first."""
    return tuple(due for due in _dues(structure, body) if due.days < 0)


def _dues(structure: Structure, body: str) -> list[Due]:
    found = [
        Due(term.unit, structure.unit(term.unit).kind, term.end, (term.end - structure.day).days)
        for term in terms(structure, body)
    ]
    return sorted(found, key=lambda due: (due.due, due.unit))


# ---- calendars


@frozen
class Slot:
    """When the congresses of a kind are held."""

    kind: str
    period: Period


def calendar(structure: Structure, last: DayLike, weeks: Mapping[str, int]) -> tuple[Slot, ...]:
    """Windows for the congresses of each kind, upward, the last of them ending with ``last``.

    Args:
        structure: which kinds there are.
        last: the last day of the topmost kind's window.
        weeks: kind -> length of its window; a kind that is not named is left out.

    Raises:
        Refused: a kind has no place in the order, is not there, or has no week.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [dict(id="p", kind="province"), dict(id="x", kind="commune", parent="p")]
    >>> s = structure_of(rows, day="2025-07-01")
    >>> for slot in calendar(s, "2025-10-31", {"commune": 8, "province": 4}):
    ...     print(slot.kind, slot.period)
    commune 2025-08-09 to 2025-10-03
    province 2025-10-04 to 2025-10-31
    """
    there = set(structure.counts())
    faults = [
        Finding("calendar", f"{kind!r} holds no congress (in order: {', '.join(UPWARD)})")
        for kind in weeks
        if kind not in UPWARD
    ]
    faults += [
        Finding("calendar", f"there is no {kind} on {structure.day}", day=structure.day)
        for kind in weeks
        if kind in UPWARD and kind not in there
    ]
    faults += [Finding("calendar", f"{kind} has {n} weeks; give it one or more") for kind, n in weeks.items() if n < 1]
    if faults:
        raise Refused("a calendar of congresses", faults)
    end = as_day(last) + relativedelta(days=1)
    slots: list[Slot] = []
    for kind in reversed([kind for kind in UPWARD if kind in weeks]):
        start = end - relativedelta(weeks=weeks[kind])
        slots.append(Slot(kind, Period(start, end)))
        end = start
    return tuple(reversed(slots))


def check_upward(structure: Structure, held: Mapping[str, DayLike]) -> tuple[Finding, ...]:
    """Congresses that were held, or are planned, before one of a unit below.

    Args:
        structure: which unit stands under which.
        held: unit -> day of its congress; units without one are passed over, and the
            units below them are compared with the next unit above that has one.
    """
    days = {unit: as_day(day) for unit, day in held.items()}
    findings: list[Finding] = []
    for unit in structure:
        if unit not in days:
            continue
        above = next((one for one in structure.ancestors(unit) if one in days), None)
        if above is not None and days[above] < days[unit]:
            findings.append(
                Finding(
                    "congresses-upward",
                    f"the congress of {above} on {days[above]} comes before that of {unit}, below it, on {days[unit]}",
                    (above, unit),
                    days[above],
                    message_vi=f"đại hội của {above} ({days[above]}) trước đại hội cấp dưới {unit} ({days[unit]})",
                )
            )
    return tuple(findings)


# ---- congresses


@frozen
class Congress:
    """A congress and its delegates.

    >>> hue = Congress("46", "2025-10-02", 17, ex_officio=46, appointed=336, elected=18)
    >>> hue.delegates, hue.numeral
    (400, 'XVII')
    """

    unit: str
    day: dt.date = field(converter=as_day)
    number: int = 1
    ex_officio: int = 0
    elected: int = 0
    appointed: int = 0

    def __attrs_post_init__(self) -> None:
        if self.number < 1 or min(self.ex_officio, self.elected, self.appointed) < 0:
            raise Refused(
                "a congress", [Finding("congress", "its number is 1 or more and no count is negative", (self.unit,))]
            )

    @property
    def delegates(self) -> int:
        """All delegates."""
        return self.ex_officio + self.elected + self.appointed

    @property
    def numeral(self) -> str:
        """The number as it is written, ``XVII``."""
        return roman(self.number)

    def record(self, months: int) -> tuple[Change, ...]:
        """The changes that record it, for an act on its day: day, number, delegates, and the term of some months."""
        own = "own"
        return (
            Change(self.unit, HELD_TRACK, self.day.isoformat()),
            Change(self.unit, "measure:congress_number", self.number, own),
            Change(self.unit, "measure:congress_delegates", self.delegates, own),
            Term.of(self.unit, self.day, months).record(),
        )


def roman(number: int) -> str:
    """A number in Roman numerals, as congresses are counted.

    >>> roman(1), roman(14), roman(20)
    ('I', 'XIV', 'XX')
    """
    if number < 1:
        raise Refused("a Roman numeral", [Finding("roman", f"{number} cannot be written; use 1 or more")])
    out = ""
    for value, numeral in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        out += numeral * (number // value)
        number %= value
    return out


# ---- apportionment of delegates


def seats_by_members(
    members: Mapping[str, int], *, divisor: int | None = None, total: int | None = None
) -> dict[str, int]:
    """Delegates by membership: one for each ``divisor`` members, or ``total`` by largest remainders.

    The divisor of the national congress was not seen, so it is the caller's to give.

    Args:
        members: organisation -> members.
        divisor: members per delegate; a rest counts if it is more than half.
        total: how many delegates there are to share out; equal remainders fall to the
            smaller id. Not monotone: one seat more may take a seat from somebody.

    Raises:
        Refused: both or neither are given, or a number is negative.

    >>> seats_by_members({"a": 1000, "b": 2600}, divisor=500)
    {'a': 2, 'b': 5}
    >>> seats_by_members({"a": 1, "b": 3, "c": 3}, total=4)
    {'a': 0, 'b': 2, 'c': 2}
    """
    faults = [Finding("members", f"{n} members cannot be", (unit,)) for unit, n in members.items() if n < 0]
    if (divisor is None) == (total is None):
        faults.append(Finding("apportionment", "give either a divisor or a total"))
    if (divisor is not None and divisor < 1) or (total is not None and total < 0):
        faults.append(Finding("apportionment", "the divisor is 1 or more, the total 0 or more"))
    whole = sum(members.values())
    if total and not whole:
        faults.append(Finding("apportionment", "there are seats and no members to share them"))
    if faults:
        raise Refused("an apportionment", faults)
    if divisor is not None:
        return {unit: n // divisor + (2 * (n % divisor) > divisor) for unit, n in members.items()}
    assert total is not None
    quotas = {unit: Fraction(total * n, whole) if whole else Fraction(0) for unit, n in members.items()}
    seats = {unit: int(quota) for unit, quota in quotas.items()}
    left = total - sum(seats.values())
    for unit in sorted(quotas, key=lambda u: (seats[u] - quotas[u], u))[:left]:
        seats[unit] += 1
    return seats


# ---- bodies of the State


def council_units(structure: Structure) -> tuple[str, ...]:
    """The administrative units with which a People's Council can be linked on the day, in preorder."""
    columns = DayColumns(structure)
    return tuple(columns.ids[place] for place in columns.where(COUNCIL_KINDS).tolist())


def link_councils(structure: Structure, units: Iterable[str], term: Period) -> tuple[Term, ...]:
    """Terms of People's Councils, linked with units by level (elections of 2026).

    Args:
        structure: the organisation on the first day of the term.
        units: ids of the units.
        term: the term of all of them.

    Raises:
        InvalidAct: a unit that has ended or was never there, one of a level without
            councils, a term that does not begin by the structure's day; all are listed.
    """
    faults: list[Finding] = []
    made: list[Term] = []
    if term.start is None or term.end is None:
        faults.append(Finding("term", "a term has a first and a last day"))
    elif term.start > structure.day:
        faults.append(
            Finding("term", f"the term begins on {term.start}; link it on the structure of that day", day=structure.day)
        )
    for unit in units:
        try:
            kind = structure.unit(unit).kind
        except UnitError as error:
            faults.append(Finding("council-level", str(error), (unit,), structure.day))
            continue
        if kind not in COUNCIL_KINDS:
            faults.append(Finding("council-level", f"a {kind} has no People's Council", (unit,), structure.day))
        made.append(Term(unit, term, COUNCIL))
    if faults:
        raise InvalidAct("linking People's Councils", faults)
    return tuple(made)
