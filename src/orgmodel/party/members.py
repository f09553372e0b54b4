"""Members and figures of a period: stocks, flows (kết nạp, chuyển sinh hoạt, xóa tên), what is on record in full.

A stock is a measure of a day (``members``, ``members_official`` ...). A flow is a figure of a period: the track
``fact:flow`` of a unit, a cluster or a matter, with the slot (figure, group, first day, first day after, by). What a
report states has no ``by``; an operation's row names the operation, so that nothing is counted twice when something
earlier is learned. Groups overlap and are not added. :func:`balances` asks whether flows explain stocks.

What is not stated stays unknown: a flow into a unit whose stock is unknown is recorded, and the stock stays unknown.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, NamedTuple, get_args

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import Desk
from orgmodel.history import flows as core
from orgmodel.history.flows import MEMBER_FLOWS, Balance
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.matter import Person, When
from orgmodel.model.measure import Quantity
from orgmodel.party.offices import MOVE_KINDS, check_word
from orgmodel.party.periods import Span, span
from orgmodel.party.questions import is_on_record, known_life, on_day, refuse_unknown, words_on_record
from orgmodel.party.tracks import FLOW, ON_RECORD
from orgmodel.period import ONE_DAY, DayLike, Period
from orgmodel.structure.matters import Dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "FORMS", "Admit", "Complete", "Confirm", "Flow", "HostMembers", "ReceiveMembers", "RemoveMembers", "Report",
    "TransferMembers", "balances", "flow",
]  # fmt: skip

OFFICIAL: Final = "members_official"
PROBATIONARY: Final = "members_probationary"
MEMBERS: Final = "members"
TEMPORARY: Final = "members_temporary"

Why = Literal["removed", "deceased"]

FORMS: Final = ("formal", "temporary", "abroad", "after dissolution")
"""How members move (chính thức, tạm thời, ra nước ngoài, sau giải thể): members on a temporary transfer are counted at home."""


def period_when(period: Span) -> When:
    """The period that a caller gives, as an operation keeps it."""
    return When.of(span(period))


CONFIRMED: Final = "confirmed"
HOSTED: Final = "hosted"
MOVES: Final = "moves."
"""Prefix of published figures of moves of cadres: ``moves.appointed``, ``moves.nominated``."""

FIGURES: Final[Mapping[str, str]] = {
    "moves.appointed": "appointments",
    "moves.nominated": "nominations for election",
    "moves.transferred": "transfers and rotations",
    "documents": "documents",
    "documents.scheme": "schemes",
    "documents.resolution": "resolutions",
    "documents.regulation": "regulations",
    "documents.plan": "plans",
    "schemes": "schemes and tasks done",
    "opinion_meetings": "meetings to take opinions",
    "meetings": "meetings of cells",
}
"""Figures of a period that are no measures -> what reports call them. Others may be reported too, and go by their ids."""

_DECLARED: Final = frozenset({*MEMBER_FLOWS, CONFIRMED, HOSTED, *FIGURES, *(MOVES + kind for kind in MOVE_KINDS)})
"""The figures of a period that may be asked for before one is on record."""


# ---- operations


class _Ledger:
    """Stocks and flows of one operation."""

    def __init__(self, at: Point, *units: str) -> None:
        self.at, self.context, self.day = at, OperationContext(at), at.day
        # All are asked before any answer counts: each unit that does not live is a fault of its own.
        self.live = all(list(map(self.context.live, units)))

    def counts(self, unit: str, **numbers: Any) -> bool:
        """Whether all numbers are counts, and something else than nothing; a fault for each that is not."""
        faults = len(self.context.faults)
        for name, number in numbers.items():
            # True is an int as well, but no count.
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                self.context.fault("count", f"{name} is {number!r}; it is a whole number, 0 or more", unit)
        if len(self.context.faults) == faults and not sum(numbers.values()):
            self.context.fault("count", f"{' and '.join(numbers)} are 0; nobody is concerned", unit)
        return self.live and len(self.context.faults) == faults

    def stock(self, unit: str, official: int, probationary: int) -> None:
        """Change the known stocks; unknown ones stay unknown."""
        self.add(unit, OFFICIAL, official)
        self.add(unit, PROBATIONARY, probationary)
        self.add(unit, MEMBERS, official + probationary)

    def add(self, unit: str, measure: str, number: int) -> None:
        """Change a stock, if it is known."""
        structure = self.at.structure
        # A measure that nobody states is not asked: the library would refuse it as misspelt.
        if not number or not structure.states(measure):
            return
        before = structure.measure(unit, measure)
        if not before.is_known:
            return
        now = before + number
        if now.is_exact and int(now) < 0:
            self.context.fault("count", f"{measure} is {before}; {-number} cannot leave", unit)
        self.context.events.append(Change(unit, tracks.measure_track(measure), now.plain, tracks.OWN))

    def flow(self, unit: str, figure: str, number: int, group: str = "") -> None:
        """Add a flow of the day: of all members, and of a group if one is named."""
        start, end = self.day.isoformat(), (self.day + ONE_DAY).isoformat()
        # The operation is part of the slot: two admissions of one day are two rows, and each can be cancelled alone.
        by = f"{self.at.act}#{self.at.key}"
        for of in dict.fromkeys(("", group)) if number else ():
            self.context.events.append(Change(unit, FLOW, number, (figure, of, start, end, by)))


@frozen
class _OfMembers(Operation[None]):
    """An operation on the members of one unit: how many members are concerned, and which stocks and flows change."""

    _counts: ClassVar[tuple[str, ...]] = ("number",)
    """The arguments that are numbers of members; not all of them are 0."""
    _noun: ClassVar[str]
    """What it is called in messages."""

    unit: arg.One = field(converter=arg.one)

    def resolve(self, at: Point) -> Events:
        """The changes of stocks and flows."""
        ledger, numbers = _Ledger(at, self.unit), {name: getattr(self, name) for name in self._counts}
        self._check(ledger)
        if ledger.counts(self.unit, **numbers):
            self._move(ledger)
        how_many = " and ".join(map(str, numbers.values()))
        return ledger.context.done(f"{self._noun} on {at.day}", f"{self._noun} in {self.unit}: {how_many}")

    def _check(self, ledger: _Ledger) -> None:
        """Note faults that only this operation can have."""

    @abstractmethod
    def _move(self, ledger: _Ledger) -> None:
        """Write the changes; it is called only if all numbers are counts."""


@frozen
class Admit(_OfMembers):
    """A unit admits new members (kết nạp đảng viên), who are probationary at first (rule F08).

    Attributes:
        unit: id of the unit.
        number: how many.
        group: their group (students, workers), if that is known.

    Raises:
        InvalidAct: the unit does not live, or the number is no count.

    >>> import orgmodel as om
    >>> rows = [{"id": "c", "members_official": 10, "members_probationary": 2}]
    >>> with om.history_of(rows, day="2025-03-01").draft("2025-04-01") as act:
    ...     act.admit("c", 3)
    >>> act.structure.measure("c", "members_probationary"), flow(act.structure, "c", "admitted", period="2025-04").value
    (Quantity(5), Quantity(3 or more))
    """

    name: ClassVar[str] = "party.admit"
    _noun: ClassVar[str] = "admission of members"
    number: int
    group: str = field(default="", kw_only=True)

    def _move(self, ledger: _Ledger) -> None:
        ledger.stock(self.unit, 0, self.number)
        ledger.flow(self.unit, "admitted", self.number, self.group)


@frozen
class Confirm(_OfMembers):
    """Probationary members become official (công nhận đảng viên chính thức); no one comes or goes.

    Attributes:
        unit: id of the unit.
        number: how many.

    Raises:
        InvalidAct: the unit does not live, the number is no count, or more than the probationary members.

    >>> import orgmodel as om
    >>> rows = [{"id": "c", "members_official": 10, "members_probationary": 2}]
    >>> with om.history_of(rows, day="2025-03-01").draft("2025-04-01") as act:
    ...     act.confirm("c", 2)
    >>> act.structure.measure("c", "members_official"), act.structure.measure("c", "members_probationary")
    (Quantity(12), Quantity(0))
    """

    name: ClassVar[str] = "party.confirm"
    _noun: ClassVar[str] = "confirmation of members"
    number: int

    def _move(self, ledger: _Ledger) -> None:
        ledger.add(self.unit, PROBATIONARY, -self.number)
        ledger.add(self.unit, OFFICIAL, self.number)
        ledger.flow(self.unit, CONFIRMED, self.number)


@frozen
class RemoveMembers(_OfMembers):
    """Members leave the Party (xóa tên, khai trừ, xin ra; từ trần).

    Attributes:
        unit: id of the unit.
        official: how many official members.
        probationary: how many probationary members.
        why: ``removed`` or ``deceased``.
        group: their group: ``reviewed`` after a review (rà soát, sàng lọc).

    Raises:
        InvalidAct: with every fault: the unit does not live, no one leaves, or more leave than there are.

    >>> import orgmodel as om
    >>> rows = [{"id": "c", "members_official": 10, "members_probationary": 2}]
    >>> with om.history_of(rows, day="2025-03-01").draft("2025-04-01") as act:
    ...     act.remove_members("c", official=1, why="deceased")
    >>> act.structure.measure("c", "members_official"), flow(act.structure, "c", "deceased", period="2025-04").value
    (Quantity(9), Quantity(1 or more))
    """

    name: ClassVar[str] = "party.remove_members"
    _noun: ClassVar[str] = "removal of members"
    _counts: ClassVar[tuple[str, ...]] = ("official", "probationary")
    official: int = field(default=0, kw_only=True)
    probationary: int = field(default=0, kw_only=True)
    why: str = field(default="removed", kw_only=True)
    group: str = field(default="", kw_only=True)

    def _check(self, ledger: _Ledger) -> None:
        if self.why not in get_args(Why):
            ledger.context.fault("flow", f"{self.why!r} is not {' or '.join(get_args(Why))}", self.unit)

    def _move(self, ledger: _Ledger) -> None:
        ledger.stock(self.unit, -self.official, -self.probationary)
        ledger.flow(self.unit, self.why, self.official + self.probationary, self.group)


@frozen
class HostMembers(_OfMembers):
    """A unit hosts members on temporary activity (sinh hoạt đảng tạm thời): its own stock stays the same (rule F04).

    Attributes:
        unit: id of the unit.
        number: how many.

    Raises:
        InvalidAct: the unit does not live, or the number is no count.

    >>> import orgmodel as om
    >>> rows = [{"id": "c", "members_official": 10, "members_temporary": 0}]
    >>> with om.history_of(rows, day="2025-03-01").draft("2025-04-01") as act:
    ...     act.host_members("c", 3)
    >>> act.structure.measure("c", "members_temporary"), act.structure.measure("c", "members_official")
    (Quantity(3), Quantity(10))
    """

    name: ClassVar[str] = "party.host_members"
    _noun: ClassVar[str] = "temporary activity"
    number: int

    def _move(self, ledger: _Ledger) -> None:
        ledger.add(self.unit, TEMPORARY, self.number)
        ledger.flow(self.unit, HOSTED, self.number)


@frozen
class TransferMembers(Operation[str]):
    """Members are to move from one unit to another (chuyển sinh hoạt đảng): a matter, open until they are received.

    Rules F01 and F02 say within how many working days.

    Attributes:
        giver: id of the unit they leave.
        taker: id of the unit they join.
        official: how many official members.
        probationary: how many probationary members.
        form: one of :data:`FORMS`.
        person: opaque id of the member, where it is one and is known.
        received: whether they are received on the day: then stocks and flows move at once.

    Raises:
        InvalidAct: with every fault: a unit does not live, giver and taker are one, no one moves, more leave than there are.

    >>> from orgmodel.party import example
    >>> history = example("a", "b", members=10)
    >>> with history.draft("2025-08-01") as act:
    ...     case = act.transfer_members("a", "b", official=3, received=True)
    >>> after = history.enact(act).at("2025-08-01")
    >>> str(after.measure("a", "members")), str(after.measure("b", "members"))
    ('7', '13')
    """

    name: ClassVar[str] = "party.transfer_members"
    giver: arg.One = field(converter=arg.one)
    taker: arg.One = field(converter=arg.one)
    official: int = field(default=0, kw_only=True)
    probationary: int = field(default=0, kw_only=True)
    form: str = field(default="formal", kw_only=True)
    person: str | None = field(default=None, kw_only=True)
    received: bool = field(default=False, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter; if they are received, the changes of stocks and flows."""
        ledger = _Ledger(at, self.giver, self.taker)
        desk = Desk(ledger.context)
        check_word(ledger.context, "form", self.form, FORMS, self.giver)
        if self.giver == self.taker:
            ledger.context.fault("transfer", "members cannot be transferred to the unit they are in", self.giver)
        case = ""
        if ledger.counts(self.giver, official=self.official, probationary=self.probationary):
            parties: list[tuple[Any, ...]] = [("giver", self.giver), ("taker", self.taker)]
            if self.person is not None:
                parties.append(("member", Person(self.person)))
            fields = {"form": self.form, "official": self.official, "probationary": self.probationary}
            case = desk.begin("transfer", parties=parties, said=fields.items())
            desk.step(case, "decided")
            if self.received:
                _moved(ledger, self.giver, self.taker, self.form, self.official, self.probationary)
                desk.step(case, "received")
        return ledger.context.done(
            f"a transfer of members on {at.day}", f"transfer from {self.giver} to {self.taker}", [case]
        )

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


def _moved(ledger: _Ledger, giver: str, taker: str, form: str, official: int, probationary: int) -> None:
    number = official + probationary
    if form == "temporary":
        # They are counted at home (F04).
        ledger.add(taker, TEMPORARY, number)
        ledger.flow(taker, HOSTED, number)
        return
    ledger.stock(giver, -official, -probationary)
    ledger.flow(giver, "transferred_out", number, "abroad" if form == "abroad" else "")
    ledger.stock(taker, official, probationary)
    ledger.flow(taker, "transferred_in", number)


@frozen
class ReceiveMembers(Operation[None]):
    """Members of a transfer that was decided are received: stocks and flows move now.

    If both ends have become one unit since, the transfer closes and nothing moves.

    Attributes:
        matter: id of the transfer.

    Raises:
        InvalidAct: there is no such transfer, it is closed, or more would leave than there are.

    >>> from orgmodel.party import example
    >>> with example("a", "b", members=10).draft("2025-04-01") as act:
    ...     case = act.transfer_members("a", "b", official=3)
    ...     print(act.structure.measure("b", "members"))
    ...     act.receive_members(case)
    ...     print(act.structure.measure("b", "members"))
    10
    13
    """

    name: ClassVar[str] = "party.receive_members"
    matter: str

    def resolve(self, at: Point) -> Events:
        """The step, and the changes of stocks and flows."""
        ledger = _Ledger(at)
        desk = Desk(ledger.context)
        transfer = desk.read(self.matter)
        if transfer is not None:
            self._receive(ledger, desk, transfer)
        return ledger.context.done(f"a reception of members on {at.day}", f"receive {self.matter}")

    def _receive(self, ledger: _Ledger, desk: Desk, transfer: Dossier) -> None:
        context, giver, taker = ledger.context, transfer.one("giver"), transfer.one("taker")
        if transfer.matter.kind != "transfer" or not transfer.is_open:
            message = f"it is a {transfer.kind.label}, {transfer.state}; nothing is to be received"
            context.fault("transfer", message, self.matter)
        elif not isinstance(giver, str) or not isinstance(taker, str):
            context.fault("transfer", "an end of it is open; record with take_part which unit it is", self.matter)
        elif giver == taker:
            context.note("transfer", "both ends have become one unit: it closes and nobody moves", giver)
            desk.step(self.matter, "closed")
        else:
            official, probationary = (transfer.said.get(name) or 0 for name in ("official", "probationary"))
            _moved(ledger, giver, taker, str(transfer.said.get("form")), official, probationary)
            desk.step(self.matter, "received")


@frozen
class Report(Operation[None]):
    """A figure of a period is stated: 1,770 admitted in 2025; 166 appointments in the first half of 2024.

    Attributes:
        subject: id of a unit, a cluster or a matter.
        figure: what is counted.
        value: a number or a Quantity.
        period: the period.
        group: the group that it counts, if not all.

    Raises:
        InvalidAct: the subject does not live, the figure is no number or negative, the period has no end.

    >>> from orgmodel.party import example
    >>> with example("p").draft("2025-12-09") as act:
    ...     act.report("p", "admitted", value=1770, period=2025)
    >>> flow(act.structure, "p", "admitted", period=2025).value
    Quantity(1770)
    """

    name: ClassVar[str] = "party.report"
    subject: arg.One = field(converter=arg.one)
    figure: str
    value: arg.Figure = field(kw_only=True)
    period: arg.On = field(converter=period_when, kw_only=True)
    group: str = field(default="", kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        _lives(context, self.subject)
        # True is 1 in Python, but no number that anybody counted.
        number = Quantity.unknown() if isinstance(self.value, bool) else Quantity.of(self.value)
        if number.value is None or number.value < 0:
            context.fault("count", f"{self.figure} is {self.value!r}; it is a number, 0 or more", self.subject)
        start, end = edges(self.period)
        context.events.append(Change(self.subject, FLOW, number.plain, (self.figure, self.group, start, end, "")))
        return context.done(f"a figure of {self.subject!r} on {at.day}", f"{self.figure} of {self.subject}: {number}")


@frozen
class Complete(Operation[None]):
    """All events of a sort in a period are on record: what is not there did not happen.

    Attributes:
        subject: id of a unit or cluster.
        what: a figure (``admitted``), or a kind of matter (``discipline``).
        period: the period.

    Raises:
        InvalidAct: the subject does not live, or the period has no end.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-06-01") as act:
    ...     act.report("vn", "admitted", value=10, period="2025-05")
    >>> before = flow(act.structure, "vn", "admitted", period=2025).value
    >>> with history.enact(act).draft("2026-01-10") as act:
    ...     act.complete("vn", "admitted", period=2025)
    >>> before, flow(act.structure, "vn", "admitted", period=2025).value
    (Quantity(10 or more), Quantity(10))
    """

    name: ClassVar[str] = "party.complete"
    subject: arg.One = field(converter=arg.one)
    what: str
    period: arg.On = field(converter=period_when, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        _lives(context, self.subject)
        context.events.append(Change(self.subject, ON_RECORD, True, (self.what, *edges(self.period))))
        return context.done(
            f"what is on record of {self.subject!r} on {at.day}", f"{self.what} of {self.subject} is complete"
        )


def _lives(context: OperationContext, subject: str) -> None:
    """Ask for the life of a subject.

    Raises:
        UnitError: there is no unit, cluster or matter of that id.
    """
    # Subjects are units, clusters and matters alike, so the fault of units alone does not do.
    context.structure.value(subject, tracks.LIFE)


@strict
def edges(when: When | None) -> tuple[str, str]:
    """The first day of a period and the first after it, as slots hold them."""
    asked = span(when or When())
    return str(asked.start), str(asked.end)


# ---- functions of the verbs: (structure, arguments) -> events

admit = function(Admit)
confirm = function(Confirm)
remove_members = function(RemoveMembers)
host_members = function(HostMembers)
transfer_members = function(TransferMembers)
receive_members = function(ReceiveMembers)
report = function(Report)
complete = function(Complete)


# ---- questions


class FlowPart(NamedTuple):
    """What one row says of a figure of a unit.

    Attributes:
        unit: id of the unit.
        start: first day, as text.
        end: first day after, as text.
        number: how many, a number or a Quantity.
        done: whether an operation did it; else it is stated.
    """

    unit: str
    start: str
    end: str
    number: Any
    done: bool

    @property
    def quantity(self) -> Quantity:
        """The number, with its certainty."""
        return Quantity.of(self.number)

    def counts_again(self, other: FlowPart) -> bool:
        """Whether it and another part count the same days; what operations did on one day was done twice."""
        return self.start < other.end and other.start < self.end and not (self.done and other.done)

    def is_within(self, other: FlowPart) -> bool:
        """Whether all its days are days of another part."""
        return other.start <= self.start and self.end <= other.end

    def states(self, period: Period) -> bool:
        """Whether it is a statement for exactly a period."""
        return not self.done and (self.start, self.end) == (str(period.start), str(period.end))


@frozen
class Flow:
    """A figure of a period.

    Attributes:
        subject: whose.
        figure: what is counted.
        period: the period.
        value: what is known of it.
        parts: what it was added up from.
        differs: what is stated of the period and the sum of its parts, where they differ.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2026-01-01") as act:
    ...     act.report("vn", "admitted", value=800, period="2025-01/2025-06")
    ...     act.report("vn", "admitted", value=970, period="2025-07/2025-12")
    >>> year = flow(act.structure, "vn", "admitted", period=2025)
    >>> year.value, sorted((part.start, part.quantity.value) for part in year.parts), year.differs
    (Quantity(1770), [('2025-01-01', 800), ('2025-07-01', 970)], None)
    """

    subject: str
    figure: str
    period: Period
    value: Quantity
    parts: tuple[FlowPart, ...] = ()
    differs: tuple[Quantity, Quantity] | None = None

    def __str__(self) -> str:
        return str(self.value)


@strict
def flow(
    h: Structure | History,
    subject: str,
    figure: str,
    *,
    period: Span,
    group: str = "",
    through: bool = True,
    on: DayLike | None = None,
) -> Flow:
    """A figure of a period, from what is stated and what was done.

    A figure stated for exactly that period counts. Otherwise it is the sum of statements for parts of the period that do
    not overlap, and of operations outside these. If they do not cover the period, the sum is a lower bound, unless
    :class:`Complete` says that all is on record. Without a statement or operation it is unknown.

    Args:
        h: a structure, or a history.
        subject: a unit, a cluster or a matter.
        figure: what is counted.
        period: the period.
        group: the group, if not all.
        through: whether the figures of its predecessors count as well.
        on: the day of what is known, if a history is asked.

    Raises:
        Refused: the figure is neither declared nor on record of any subject: a misspelt one would look unknown.
        UnknownUnit: there never was such a subject.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-07-01") as act:
    ...     act.report("vn", "admitted", value=800, period="2025-01/2025-06")
    >>> [flow(act.structure, "vn", "admitted", period=period).value for period in ("2025-01/2025-06", 2025)]
    [Quantity(800), Quantity(800 or more)]
    >>> flow(act.structure, "vn", "admited", period=2025)
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: a question about a flow: 1 fault
      - there is no figure 'admited'; did you mean 'admitted'? [figure]
    """
    structure = on_day(h, on)
    if figure not in _DECLARED:
        known = _DECLARED | words_on_record(structure, FLOW)
        refuse_unknown("a question about a flow", "figure", [figure], known)
    return flow_of(structure, subject, figure, span(period), group=group, through=through)


def flow_of(
    structure: Structure, subject: str, figure: str, asked: Period, *, group: str = "", through: bool = True
) -> Flow:
    """The answer of :func:`flow`, whether or not a figure of that name is on record: targets name theirs in advance."""
    units = (subject, *(structure.origins(subject) if through else ()))
    parts = {unit: _parts(structure, unit, figure, group, asked) for unit in units}
    stated = next((part for part in parts[subject] if part.states(asked)), None)
    # The statement is compared with the sum of all else, so it must not be in the sum.
    if stated is not None:
        parts[subject].remove(stated)
    added = _added(structure, figure, asked, parts)
    if stated is None:
        return Flow(subject, figure, asked, added.total, added.parts)
    is_wrong = added.total.is_known and _contradicts(stated.quantity, added.total, complete=added.complete)
    differs = (stated.quantity, added.total) if is_wrong else None
    return Flow(subject, figure, asked, stated.quantity, (stated,), differs)


class _Added(NamedTuple):
    """What the parts of some units come to together; complete if that is known of each unit."""

    total: Quantity
    parts: tuple[FlowPart, ...]
    complete: bool


def _added(structure: Structure, figure: str, asked: Period, parts: Mapping[str, Sequence[FlowPart]]) -> _Added:
    sums = [_sum(structure, unit, figure, asked, of_unit) for unit, of_unit in parts.items()]
    known = [quantity for quantity, _ in sums if quantity.is_known]
    if not known:
        return _Added(Quantity.unknown(), (), False)
    total, complete = sum(known, Quantity(0)), len(known) == len(sums)
    if not complete and total.value is not None:
        total = Quantity(total.value, "at least")
    return _Added(total, tuple(part for _, used in sums for part in used), complete)


def _contradicts(stated: Quantity, total: Quantity, *, complete: bool) -> bool:
    """Whether a statement is certainly wrong by the sum of what else is recorded: not equal, or too small."""
    if complete and total.is_exact:
        return stated != total
    return _is_more(total, stated)


def _is_more(a: Quantity, b: Quantity) -> bool:
    """Whether one is certainly more than another."""
    low = a.value if a.is_exact else a.low
    high = b.value if b.is_exact else b.high
    return low is not None and high is not None and low > high


def _parts(structure: Structure, unit: str, figure: str, group: str, asked: Period) -> list[FlowPart]:
    """What is recorded of a unit within a period."""
    recorded = structure.last_slots(unit, FLOW)
    # ISO days compare as texts. An operation's row names it, a statement's row has an empty last part.
    return [
        FlowPart(unit, start, end, recorded[name, of, start, end, by], bool(by))
        for name, of, start, end, by in sorted(recorded)
        if (name, of) == (figure, group) and str(asked.start) <= start and end <= str(asked.end)
    ]


def _sum(
    structure: Structure, unit: str, figure: str, asked: Period, parts: Sequence[FlowPart]
) -> tuple[Quantity, list[FlowPart]]:
    """The sum of a unit in a period, and the parts in it: of overlapping parts the choice with the largest sum."""
    # Long parts first covers the period best, large ones first counts most: neither is always the better choice.
    ways = [_apart(parts, key) for key in (_days, _amount)]
    chosen, overlap = max(ways, key=lambda way: sum(map(_amount, way[0])))
    complete = _is_complete(structure, unit, figure, asked, chosen)
    if not chosen:
        return (Quantity(0) if complete else Quantity.unknown()), chosen
    total = sum((part.quantity for part in chosen), Quantity(0))
    if (overlap or not complete) and total.is_exact:
        total = Quantity(total.value, "at least")
    return total, chosen


def _amount(part: FlowPart) -> Any:
    return part.quantity.value or 0


def _is_complete(structure: Structure, unit: str, figure: str, asked: Period, chosen: Sequence[FlowPart]) -> bool:
    """Whether the parts cover all days of a period on which a unit lived, or somebody says that no more happened."""
    life = known_life(structure, unit)
    first, last = max(str(asked.start), str(life.start or asked.start)), min(str(asked.end), str(life.end or asked.end))
    did_not_live = first >= last
    return did_not_live or is_on_record(structure, unit, figure, Period(first, last)) or _covered(chosen, first, last)


def _apart(parts: Sequence[FlowPart], most: Callable[[FlowPart], Any]) -> tuple[list[FlowPart], bool]:
    """Parts that do not overlap, chosen by size, and whether a part was left out that is not within a chosen one."""
    chosen: list[FlowPart] = []
    overlap = False
    # Statements go before operations: a report of a year contains the admissions of that year.
    for part in sorted(parts, key=lambda part: (part.done, -most(part), part.start)):
        meeting = [other for other in chosen if part.counts_again(other)]
        if not meeting:
            chosen.append(part)
        elif not any(part.is_within(other) for other in meeting):
            overlap = True
    return chosen, overlap


def _days(part: FlowPart) -> int:
    return (dt.date.fromisoformat(part.end) - dt.date.fromisoformat(part.start)).days


def _covered(parts: Sequence[FlowPart], first: str, last: str) -> bool:
    """Whether statements cover all days of a period."""
    reached = first
    for part in sorted((part for part in parts if not part.done), key=lambda part: part.start):
        if part.start > reached:
            return False
        reached = max(reached, part.end)
    return reached >= last


@strict
def balances(
    history: History, *, period: Span, kind: str | None = None, signs: Mapping[str, int] = MEMBER_FLOWS
) -> tuple[Balance, ...]:
    """Whether the flows of a period explain the stocks at its two ends, for each unit that states one at either.

    A unit that closed without a successor ends with 0 members: its balance has a gap if no flow says where they went.

    Args:
        history: where both are recorded.
        period: the period; the stock at its start is the stock of the day before.
        kind: only units of a kind.
        signs: which flows there are, and whether they add or take away.

    >>> from orgmodel.party import example
    >>> history = example("p", members=100, day="2024-12-31")
    >>> with history.draft("2025-12-31") as act:
    ...     act.record("p", "members", 112)
    ...     act.report("p", "admitted", value=10, period=2025)
    >>> balance, = balances(history.enact(act), period=2025)
    >>> balance.opening, balance.closing, balance.finding.message.partition(";")[0]
    (Quantity(100), Quantity(112), 'members: 100 at the start and flows of 10 make 110, not 112: a gap of 2')
    """
    asked = span(period)
    assert asked.start is not None
    assert asked.end is not None
    last = history.at(asked.end - ONE_DAY)
    eve, begun = asked.start - ONE_DAY, history.first_day
    # A record that begins within the period has no stock of the eve: the stock of its first day opens the period.
    start = eve if begun is None or begun <= eve else asked.start
    units = dict.fromkeys((*last.stated(MEMBERS), *history.at(start).stated(MEMBERS)))
    flows = {
        name: {unit: value for unit in units if (value := flow(last, unit, name, period=asked).value).is_known}
        for name in signs
    }
    return core.balances(history, start, last.day, kind=kind, flows=flows, signs=signs)
