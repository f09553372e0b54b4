"""Terms and congresses: their length, number, order, lateness and delegates.

A term is recorded as the fact ``term`` of a unit (slot: the body), a congress as a matter; numbers of delegates are
measures as well, of which rules ask.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Final

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import Desk
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import one_of, refuse, strict
from orgmodel.party import decisions, kinds
from orgmodel.party.law import in_force, months_of_term
from orgmodel.party.offices import check_word
from orgmodel.party.questions import matters, on_day, whole
from orgmodel.party.terms import COMMITTEE, TERM_TRACK, Term
from orgmodel.party.tracks import FORMED
from orgmodel.period import DayLike, Period, as_day
from orgmodel.rules.rule import Undecided
from orgmodel.rules.view import View
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.matters import Dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "BODIES", "BeginTerm", "HoldCongress", "check_upward", "congress_windows", "congresses", "council_units", "due",
    "next_congress", "overdue", "seats_by_members", "terms",
]  # fmt: skip

COUNCIL: Final = "council"
"""The People's Council of a unit (hội đồng nhân dân), a body of the State."""


ASSEMBLY: Final = "assembly"
"""The National Assembly (Quốc hội)."""

EXECUTIVE: Final = "executive"

COUNCIL_KINDS: Final = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
"""The kinds of administrative units with which a People's Council can be linked."""

BODIES: Final[Mapping[str, tuple[str, ...] | None]] = {
    COMMITTEE: None,
    COUNCIL: (*COUNCIL_KINDS, kinds.STATE_PROVINCE, kinds.STATE_DISTRICT, kinds.STATE_COMMUNE),
    ASSEMBLY: (kinds.CENTRE, kinds.POLITICAL_SYSTEM),
}
"""Bodies that have terms, with the kinds of units that have them; None: any."""

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


@strict
def terms(
    h: Structure | History, unit: str | None = None, *, body: str = COMMITTEE, on: DayLike | None = None
) -> tuple[Term, ...]:
    """The terms of a body that are recorded on the day, of one unit or of all, units in preorder.

    Args:
        h: a structure, or a history.
        unit: only of one unit; None: of all.
        body: ``committee``, ``council`` or ``assembly``.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.
        Refused: there is no such body.

    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-10-01") as act:
    ...     act.begin_term(["a", "b"], months=60)
    >>> [(term.unit, str(term.period)) for term in terms(history.enact(act), on="2026-01-01")]
    [('a', '2025-10-01 to 2030-09-30'), ('b', '2025-10-01 to 2030-09-30')]
    """
    structure = on_day(h, on)
    one_of(body, BODIES, "a body")
    if unit is not None:
        structure.unit(unit)  # an id that was misspelt is no unit without terms
    columns = DayColumns(structure)
    recorded = columns.slots(TERM_TRACK)
    return tuple(
        Term.parse(each, recorded[each][body], body)
        for each in columns.ids
        if unit in (None, each) and body in recorded.get(each, {})
    )


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


@strict
def due(
    h: Structure | History,
    unit: str | None = None,
    *,
    days: int,
    body: str = COMMITTEE,
    on: DayLike | None = None,
) -> tuple[Due, ...]:
    """The congresses that are due within some days, the soonest first; not the late ones.

    Args:
        h: a structure, or a history.
        unit: only of one unit and those below it.
        days: within how many days.
        body: whose term ends.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.
        Refused: the number of days is negative; :func:`overdue` has the late ones.

    >>> from orgmodel.party import example
    >>> history = example("p", day="2020-01-01")
    >>> with history.draft("2020-10-01") as act:
    ...     act.begin_term("p", months=60)
    >>> [(term.unit, str(term.due), term.days) for term in due(history.enact(act), days=90, on="2025-08-01")]
    [('p', '2025-10-01', 61)]
    """
    if days < 0:
        refuse("congresses that are due", f"within {days} days none is; overdue() has those that are late", "days")
    return tuple(congress for congress in _dues(on_day(h, on), unit, body) if 0 <= congress.days <= days)


@strict
def overdue(
    h: Structure | History, unit: str | None = None, *, body: str = COMMITTEE, on: DayLike | None = None
) -> tuple[Due, ...]:
    """The congresses that should have been held before the day, the longest overdue first.

    Args:
        h: a structure, or a history.
        unit: only of one unit and those below it.
        body: whose term has ended.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p", day="2020-01-01")
    >>> with history.draft("2020-10-01") as act:
    ...     act.begin_term("p", months=60)
    >>> [(term.unit, term.days) for term in overdue(history.enact(act), on="2025-10-15")]
    [('p', -14)]
    """
    return tuple(congress for congress in _dues(on_day(h, on), unit, body) if congress.days < 0)


def _dues(structure: Structure, under: str | None, body: str) -> list[Due]:
    inside = None if under is None else {under, *structure.descendants(under)}
    # The day on which the next term begins is the last on which its congress can be held in time.
    dues = [
        Due(term.unit, structure.unit(term.unit).kind, term.end, (term.end - structure.day).days)
        for term in terms(structure, body=body)
        if inside is None or term.unit in inside
    ]
    return sorted(dues, key=lambda congress: (congress.due, congress.unit))


# ---- calendars


@frozen
class Slot:
    """When the congresses of a kind are held."""

    kind: str
    period: Period


@strict
def congress_windows(
    h: Structure | History, last: DayLike, *, weeks: Mapping[str, int], on: DayLike | None = None
) -> tuple[Slot, ...]:
    """Windows for the congresses of each kind, upward, the last of them ending with ``last``.

    Args:
        h: which kinds there are.
        last: the last day of the topmost kind's window.
        weeks: kind -> length of its window; a kind that is not named is left out.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        Refused: a kind has no place in the order, is not there, or has no week.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [dict(id="p", kind="province"), dict(id="x", kind="commune", parent="p")]
    >>> s = structure_of(rows, day="2025-07-01")
    >>> for slot in congress_windows(s, "2025-10-31", weeks={"commune": 8, "province": 4}):
    ...     print(slot.kind, slot.period)
    commune 2025-08-09 to 2025-10-03
    province 2025-10-04 to 2025-10-31
    """
    structure = on_day(h, on)
    live_kinds = structure.counts()
    faults = []
    for kind, number in weeks.items():
        if kind not in UPWARD:
            faults.append(Finding("calendar", f"{kind!r} holds no congress (in order: {', '.join(UPWARD)})"))
        elif kind not in live_kinds:
            faults.append(Finding("calendar", f"there is no {kind} on {structure.day}", day=structure.day))
        if number < 1:
            faults.append(Finding("calendar", f"{kind} has {number} weeks; give it one or more"))
    if faults:
        raise Refused("a calendar of congresses", faults)
    end = as_day(last) + relativedelta(days=1)
    slots: list[Slot] = []
    # From the top down, as the last day is given: each window ends where the one above it begins.
    for kind in reversed([kind for kind in UPWARD if kind in weeks]):
        start = end - relativedelta(weeks=weeks[kind])
        slots.append(Slot(kind, Period(start, end)))
        end = start
    return tuple(reversed(slots))


@strict
def check_upward(structure: Structure, held: Mapping[str, DayLike]) -> tuple[Finding, ...]:
    """Findings for congresses held, or planned, before a congress of a unit below.

    Args:
        structure: which unit stands under which.
        held: unit -> day of its congress; units without one are passed over, and the
            units below them are compared with the next unit above that has one.

    >>> import orgmodel as om
    >>> structure = om.structure_of([{"id": "p"}, {"id": "x", "parent": "p"}], day="2025-07-01")
    >>> [str(finding) for finding in check_upward(structure, {"p": "2025-09-01", "x": "2025-09-15"})]
    ['2025-09-01: p, x: the congress of p on 2025-09-01 comes before that of x, below it, on 2025-09-15 [congresses-upward]']
    """
    days = {unit: as_day(day) for unit, day in held.items()}
    findings: list[Finding] = []
    for unit in structure:
        if unit not in days:
            continue
        above = next((ancestor for ancestor in structure.ancestors(unit) if ancestor in days), None)
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
class BeginTerm(Operation[None]):
    """A term of a body begins: of committees (rules E01, E02), of People's Councils, of the National Assembly.

    Attributes:
        units: the units, or a selection.
        body: ``committee``, ``council`` or ``assembly``.
        months: how long it lasts; by the rulebook if neither this nor ``until`` is given.
        until: first day of the next term.

    Raises:
        InvalidAct: with every fault: a unit that does not live, a body that its kind has not, both ends or none.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-10-01") as act:
    ...     act.begin_term("p", months=60)
    >>> term, = terms(act.structure, "p")
    >>> str(term.start), str(term.end)
    ('2025-10-01', '2030-10-01')
    """

    name: ClassVar[str] = "party.begin_term"
    units: arg.Units = field(converter=arg.chosen)
    body: str = COMMITTEE
    months: int | None = field(default=None, kw_only=True)
    until: arg.Day = field(default=None, converter=arg.day, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the terms."""
        context = OperationContext(at)
        check_word(context, "body", self.body, BODIES)
        if self.months is not None and self.until is not None:
            context.fault("term", "give its months or its end, not both")
        for unit in context.ids(self.units):
            if context.live(unit):
                self._begin(context, unit)
        return context.done(f"a term of the {self.body} on {at.day}", f"term of the {self.body}")

    def _begin(self, context: OperationContext, unit: str) -> None:
        kind, day = context.structure.unit(unit).kind, context.structure.day
        allowed = BODIES.get(self.body)
        if allowed is not None and kind not in (None, *allowed):
            context.fault("council-level", f"a {kind} has no {self.body}", unit)
        until = context.until(self.until, "a term", unit)
        if until is None:
            months = self.months or months_of_term(day, cell=kind == kinds.CELL)
            if not isinstance(months, int):
                context.fault("term", f"{months.message}; give months= or until=", unit)
                return
            until = day + relativedelta(months=months)
        context.events.append(Change(unit, TERM_TRACK, f"{day}/{until}", self.body))


@frozen
class HoldCongress(Operation[str]):
    """A congress is held (đại hội): a matter, with the term and the committee that begin by it.

    If a congress of the unit was prepared and is still open, it is this one.

    Attributes:
        unit: id of the unit.
        number: which one; if None the next after the last on record, the first in a unit that was merged.
        ex_officio: delegates by office.
        elected: delegates that were elected.
        appointed: delegates that were appointed.
        summoned: how many were summoned.
        present: how many came.
        senders: unit -> how many delegates it sends.
        term_months: how long the term lasts; by the rulebook if None.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: no number given or on record, more present than summoned.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-10-01") as act:
    ...     _ = act.hold_congress("p", 18, ex_officio=60, elected=290, summoned=350, present=349)
    >>> congress, = congresses(act.structure, "p")
    >>> congress.said["number"], congress.state, str(terms(act.structure, "p")[0].period)
    (18, 'held', '2025-10-01 to 2030-09-30')
    """

    name: ClassVar[str] = "party.hold_congress"
    unit: arg.One = field(converter=arg.one)
    number: int | None = None
    ex_officio: int | None = field(default=None, kw_only=True)
    elected: int | None = field(default=None, kw_only=True)
    appointed: int | None = field(default=None, kw_only=True)
    summoned: int | None = field(default=None, kw_only=True)
    present: int | None = field(default=None, kw_only=True)
    senders: arg.Figures = field(default=(), converter=arg.figures, kw_only=True)
    term_months: int | None = field(default=None, kw_only=True)
    id: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step; the term, and that the committee was elected."""
        context, unit = OperationContext(at), self.unit
        desk, live = Desk(context), context.live(unit)
        number = self.number if self.number is not None or not live else next_congress(at.structure, unit)
        if not isinstance(number, int):
            context.fault("congress", "the number of the congress before is not on record; give number=", unit)
            number = None
        counts = self._counts(context)
        fields = dict(arg.says({"number": number, **counts}))
        senders = [("sender", who, sent) for who, sent in self.senders]
        on_record = congresses(at.structure, unit) if live else ()
        prepared = next((recorded.id for recorded in on_record if not recorded.has("held")), None)
        if prepared is None:
            parties: list[tuple[Any, ...]] = [("of", unit), *senders]
            congress = desk.begin("congress", matter=self.id, parties=parties, said=fields.items())
        else:
            congress = prepared
            desk.say(congress, fields)
            desk.take_part(congress, senders)
        desk.step(congress, "held", self.when)
        if live:
            # By the verb of terms: it alone knows how long one lasts.
            BeginTerm(unit, months=self.term_months)._begin(context, unit)
            context.events.append(Change(unit, FORMED, "elected", EXECUTIVE))
            context.events += self._figures(counts)
        return context.done(f"a congress of {unit!r} on {at.day}", f"congress {number} of {unit}", [congress])

    def _counts(self, context: OperationContext) -> dict[str, int | None]:
        """The numbers of delegates for the matter; adds faults of impossible ones."""
        names = ("ex_officio", "elected", "appointed", "summoned", "present")
        counts: dict[str, int | None] = {name: getattr(self, name) for name in names}
        for name, count in counts.items():
            if count is not None and count < 0:
                context.fault("congress", f"{name} is {count}; no count is negative", self.unit)
        if self.summoned is not None and self.present is not None and self.present > self.summoned:
            context.fault("present", f"{self.present} present of {self.summoned} summoned", self.unit)
        return counts

    def _figures(self, counts: Mapping[str, int | None]) -> list[Change]:
        """The figures of the unit that the rules on sizes and on attendance ask for."""
        figures = {
            "congress_delegates": delegates_of(counts),
            "delegates_summoned": self.summoned,
            "delegates_present": self.present,
        }
        return [
            Change(self.unit, tracks.measure_track(figure), number, tracks.OWN)
            for figure, number in figures.items()
            if number is not None
        ]

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


def delegates_of(counts: Mapping[str, Any]) -> int | None:
    """The delegates of a congress of all three sorts together; None unless each sort is known.

    >>> delegates_of({"ex_officio": 60, "elected": 290, "appointed": 0}), delegates_of({"elected": 290})
    (350, None)
    """
    sorts = [whole(counts.get(sort)) for sort in ("ex_officio", "elected", "appointed")]
    return None if None in sorts else sum(number for number in sorts if number is not None)


@strict
def congresses(h: Structure | History, unit: str, *, on: DayLike | None = None) -> tuple[Dossier, ...]:
    """The congresses of a unit itself that are on record, by number.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitNotYet: there was no such unit by the day.

    >>> from orgmodel.party import example
    >>> history = example("p", day="2020-01-01")
    >>> for day, number in [("2020-10-01", 17), ("2025-10-01", 18)]:
    ...     with history.draft(day) as act:
    ...         _ = act.hold_congress("p", number)
    ...     history = history.enact(act)
    >>> [congress.said["number"] for congress in congresses(history, "p", on="2025-12-31")]
    [17, 18]
    """
    own = matters(on_day(h, on), unit, "congress", role="of", through=False)
    return tuple(sorted(own, key=lambda congress: whole(congress.number) or 0))


@strict
def next_congress(h: Structure | History, unit: str, *, on: DayLike | None = None) -> int | Undecided:
    """The number of the next congress of a unit: one more than the last; in a merged unit 1 (rule E12).

    Undecided if the last is not on record. Only mergers since the day that the rule names restart the count.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitNotYet: there was no such unit by the day.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-10-01") as act:
    ...     _ = act.hold_congress("p", 18)
    >>> next_congress(act.structure, "p"), str(next_congress(act.structure, "vn"))
    (19, 'vn: its last congress is not on record [E12]')
    """
    structure = on_day(h, on)
    # One that is only prepared has a number as well, but may yet be the next.
    numbered = [congress for congress in congresses(structure, unit) if congress.has("held")]
    numbers = [number for congress in numbered if (number := whole(congress.number))]
    law = in_force("E12", structure.day)
    since = None if isinstance(law, Undecided) else law.values.get("merged_since")
    # A merger restarts the count once: a unit that has held a numbered congress goes on from that number.
    merged = not numbers and unit in structure and View(structure).merged(unit, since) is True
    number = decisions.next_number(merged, max(numbers, default=None))
    missing = Undecided("congress_number", (unit,), "E12", structure.day, "its last congress is not on record")
    return missing if number is None else number


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


@strict
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
    _check_apportionment(members, divisor, total)
    if divisor is not None:
        return {unit: n // divisor + (2 * (n % divisor) > divisor) for unit, n in members.items()}
    assert total is not None
    all_members = sum(members.values()) or 1  # Without members there are no seats either.
    quotas = {unit: Fraction(total * n, all_members) for unit, n in members.items()}
    seats = {unit: int(quota) for unit, quota in quotas.items()}
    # Largest remainders (Hamilton): whole quotas first, what is left goes to the largest fractions.
    left = total - sum(seats.values())
    for unit in sorted(quotas, key=lambda u: (seats[u] - quotas[u], u))[:left]:
        seats[unit] += 1
    return seats


def _check_apportionment(members: Mapping[str, int], divisor: int | None, total: int | None) -> None:
    faults = [Finding("members", f"{n} members; give 0 or more", (unit,)) for unit, n in members.items() if n < 0]
    if (divisor is None) == (total is None):
        faults.append(Finding("apportionment", "give either a divisor or a total"))
    if any(number is not None and number < least for number, least in ((divisor, 1), (total, 0))):
        faults.append(Finding("apportionment", "the divisor is 1 or more, the total 0 or more"))
    if total and not sum(members.values()):
        faults.append(Finding("apportionment", "there are seats and no members to share them"))
    if faults:
        raise Refused("an apportionment", faults)


# ---- bodies of the State


@strict
def council_units(structure: Structure) -> tuple[str, ...]:
    """The administrative units with which a People's Council can be linked on the day, in preorder.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"},
    ...         {"id": "o", "kind": "direct-organisation", "parent": "p"}]
    >>> council_units(om.structure_of(rows, day="2025-07-01"))
    ('p',)
    """
    columns = DayColumns(structure)
    return tuple(columns.ids[place] for place in columns.where(COUNCIL_KINDS).tolist())


# ---- functions of the verbs: (structure, arguments) -> events

begin_term = function(BeginTerm)
hold_congress = function(HoldCongress)
