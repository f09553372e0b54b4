"""Flows of members: admission, transfer, removal, temporary activity (kết nạp, chuyển sinh hoạt, xóa tên).

Stocks are the counts ``members_official``, ``members_probationary`` and ``members`` of a unit, flows
the counts ``admitted``, ``transferred_in``, ``transferred_out``, ``removed``, ``deceased``. A flow is the
figure of a calendar year so far: it holds until the year ends. Each operation here keeps stocks
and flows together; it reads the figures of its day, so that a stock that is learned later flows
through it. Whether the flows explain
the stocks is asked by :func:`orgmodel.history.flows.balances`. Members on temporary
activity (sinh hoạt đảng tạm thời) are a count of their own and never in the host's stock (F04).

What is not stated stays unknown: a flow into a unit of which no stock is known is recorded,
and the stock stays as it was.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final, Literal

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.errors import Finding, InvalidAct, UnitError
from orgmodel.history.flows import MEMBER_FLOWS
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity

OFFICIAL: Final = "members_official"
PROBATIONARY: Final = "members_probationary"
MEMBERS: Final = "members"
TEMPORARY: Final = "members_temporary"

Leaving = Literal["removed", "deceased"]


class _Ledger:
    """Figures of units while changes are made: each change sees what those before it wrote."""

    def __init__(self, at: Point, what: str, *units: str) -> None:
        self.at, self.structure, self.what = at, at.structure, what
        self.now: dict[tuple[str, str], Quantity] = {}
        self.faults: list[Finding] = []
        for unit in dict.fromkeys(units):
            try:
                self.structure.unit(unit)
            except UnitError as error:
                self.fault("live-unit", f"{error}; name a unit that lives on {self.structure.day}", unit)

    def fault(self, rule: str, message: str, unit: str) -> None:
        self.faults.append(Finding(rule, message, (unit,), self.structure.day, act=self.at.act or None))

    def numbers(self, unit: str, **numbers: Any) -> bool:
        """Whether all numbers are counts, and nothing else is wrong; a fault for each that is not."""
        for name, number in numbers.items():
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                self.fault("count", f"{name} is {number!r}; it is a whole number, 0 or more", unit)
        return not self.faults

    def get(self, unit: str, measure: str) -> Quantity:
        return self.now.get((unit, measure), self.structure.measure(unit, measure))

    def add(self, unit: str, measure: str, number: int) -> None:
        """A stock that is known changes; one that is not stays unknown."""
        found = self.get(unit, measure)
        if not number or not found.is_known:
            return
        new = found + number
        if new.is_exact and int(new) < 0:
            self.fault("count", f"{measure} is {found}; {-number} cannot leave", unit)
            return
        self.now[unit, measure] = new

    def flow(self, unit: str, measure: str, number: int) -> None:
        """A flow counts from nothing at the beginning of the year."""
        if number:
            found = self.get(unit, measure)
            self.now[unit, measure] = (found if found.is_known else Quantity(0)) + number

    def stock(self, unit: str, official: int, probationary: int) -> None:
        self.add(unit, OFFICIAL, official)
        self.add(unit, PROBATIONARY, probationary)
        self.add(unit, MEMBERS, official + probationary)

    def events(self, text: str) -> Events:
        if self.faults:
            raise InvalidAct(f"{self.what} on {self.structure.day}", self.faults)
        year = self.structure.day.year
        return Events(
            (
                Change(
                    unit,
                    tracks.measure_track(measure),
                    quantity.value if quantity.is_exact else quantity,
                    tracks.OWN,
                    dt.date(year + 1, 1, 1) if measure in MEMBER_FLOWS else None,
                )
                for (unit, measure), quantity in self.now.items()
            ),
            text=text,
        )


@frozen
class Admit(Operation[None]):
    """A unit admits new members (kết nạp đảng viên), who are probationary at first.

    It reads the present figures: a stock that is learned later flows through it.

    Attributes:
        unit: id of the unit.
        number: how many.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "c", "members_official": 10, "members_probationary": 2}], day="2025-03-01")
    >>> [(c.track, c.value, str(c.until)) for c in Admit("c", 3).resolve(Point(s))]
    [('measure:members_probationary', 5, 'None'), ('measure:admitted', 3, '2026-01-01')]
    """

    name: ClassVar[str] = "party.admit"
    unit: str
    number: int

    def resolve(self, at: Point) -> Events:
        """The changes of stocks and flows.

        Raises:
            InvalidAct: the unit does not live, or the number is no count.
        """
        ledger = _Ledger(at, "an admission", self.unit)
        if ledger.numbers(self.unit, number=self.number):
            ledger.stock(self.unit, 0, self.number)
            ledger.flow(self.unit, "admitted", self.number)
        return ledger.events(f"admit {self.number} to {self.unit}")


@frozen
class Confirm(Operation[None]):
    """Probationary members become official (công nhận đảng viên chính thức); no one comes or goes.

    Attributes:
        unit: id of the unit.
        number: how many.
    """

    name: ClassVar[str] = "party.confirm"
    unit: str
    number: int

    def resolve(self, at: Point) -> Events:
        """The changes of stocks.

        Raises:
            InvalidAct: the unit does not live, or the number is no count, or more than the probationary members.
        """
        ledger = _Ledger(at, "a confirmation of members", self.unit)
        if ledger.numbers(self.unit, number=self.number):
            ledger.add(self.unit, PROBATIONARY, -self.number)
            ledger.add(self.unit, OFFICIAL, self.number)
        return ledger.events(f"confirm {self.number} in {self.unit}")


@frozen
class TransferMembers(Operation[None]):
    """Members move from one unit to another, one abroad included (chuyển sinh hoạt đảng); their sum stays the same.

    Attributes:
        giver: id of the unit they leave.
        taker: id of the unit they join.
        official: how many official members.
        probationary: how many probationary members.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "p"}, {"id": "a", "parent": "p", "members": 10}, {"id": "b", "parent": "p", "members": 4}]
    >>> events = TransferMembers("a", "b", official=3).resolve(Point(structure_of(rows, day="2025-03-01")))
    >>> [(c.subject, c.track, c.value) for c in events]
    [('a', 'measure:members', 7), ('a', 'measure:transferred_out', 3), ('b', 'measure:members', 7), ('b', 'measure:transferred_in', 3)]
    """

    name: ClassVar[str] = "party.transfer_members"
    giver: str
    taker: str
    official: int = field(default=0, kw_only=True)
    probationary: int = field(default=0, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of stocks and flows.

        Raises:
            InvalidAct: with every fault: a unit does not live, giver and taker are one, nobody moves, more leave
                than there are.
        """
        ledger = _Ledger(at, "a transfer of members", self.giver, self.taker)
        if self.giver == self.taker:
            ledger.fault("transfer", "members cannot be transferred to the unit they are in", self.giver)
        if ledger.numbers(self.giver, official=self.official, probationary=self.probationary):
            moved = self.official + self.probationary
            if not moved:
                ledger.fault("transfer", "nobody is transferred", self.giver)
            ledger.stock(self.giver, -self.official, -self.probationary)
            ledger.flow(self.giver, "transferred_out", moved)
            ledger.stock(self.taker, self.official, self.probationary)
            ledger.flow(self.taker, "transferred_in", moved)
        return ledger.events(f"transfer members from {self.giver} to {self.taker}")


@frozen
class RemoveMembers(Operation[None]):
    """Members leave the Party (xóa tên, khai trừ, xin ra; từ trần).

    Attributes:
        unit: id of the unit.
        official: how many official members.
        probationary: how many probationary members.
        flow: ``removed`` or ``deceased``.
    """

    name: ClassVar[str] = "party.remove_members"
    unit: str
    official: int = field(default=0, kw_only=True)
    probationary: int = field(default=0, kw_only=True)
    flow: Leaving = field(default="removed", kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of stocks and flows.

        Raises:
            InvalidAct: with every fault: the unit does not live, nobody leaves, or more than there are.
        """
        ledger = _Ledger(at, "a removal of members", self.unit)
        if self.flow not in ("removed", "deceased"):
            ledger.fault("flow", f"{self.flow!r} is not removed or deceased", self.unit)
        if ledger.numbers(self.unit, official=self.official, probationary=self.probationary):
            if not self.official + self.probationary:
                ledger.fault("removal", "nobody leaves", self.unit)
            ledger.stock(self.unit, -self.official, -self.probationary)
            ledger.flow(self.unit, self.flow, self.official + self.probationary)
        return ledger.events(f"remove members from {self.unit}")


@frozen
class Host(Operation[None]):
    """A unit hosts members on temporary activity (sinh hoạt đảng tạm thời): its own stock stays the same (rule F04).

    Attributes:
        unit: id of the unit.
        number: how many.
    """

    name: ClassVar[str] = "party.host"
    unit: str
    number: int

    def resolve(self, at: Point) -> Events:
        """The change of the count of guests.

        Raises:
            InvalidAct: the unit does not live, or the number is no count.
        """
        ledger = _Ledger(at, "temporary activity", self.unit)
        if ledger.numbers(self.unit, number=self.number):
            ledger.flow(self.unit, TEMPORARY, self.number)
        return ledger.events(f"{self.unit} hosts {self.number}")


admit = function(Admit)
confirm = function(Confirm)
transfer = function(TransferMembers)
remove = function(RemoveMembers)
host = function(Host)
