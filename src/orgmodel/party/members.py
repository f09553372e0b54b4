"""Flows of members: admission, transfer, removal, temporary activity (kết nạp, chuyển sinh hoạt, xóa tên).

Stocks are the counts ``members_official``, ``members_probationary`` and ``members`` of a unit, flows
the counts ``admitted``, ``transferred_in``, ``transferred_out``, ``removed``, ``deceased``. A flow is the
figure of a calendar year so far: it holds until the year ends. Each function here gives the
changes that keep stocks and flows together; put them into an act. Whether the flows explain
the stocks is asked by :func:`orgmodel.history.flows.balances`. Members on temporary
activity (sinh hoạt đảng tạm thời) are a count of their own and never in the host's stock (F04).

What is not stated stays unknown: a flow into a unit of which no stock is known is recorded,
and the stock stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.history.flows import MEMBER_FLOWS
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.party.deadlines import NO_HOLIDAYS, working_days
from orgmodel.party.vietnam import rulebook_rows
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure

OFFICIAL: Final = "members_official"
PROBATIONARY: Final = "members_probationary"
MEMBERS: Final = "members"
TEMPORARY: Final = "members_temporary"

Leaving = Literal["removed", "deceased"]


class _Ledger:
    """Figures of units while changes are made: each change sees what those before it wrote."""

    def __init__(self, structure: Structure, what: str) -> None:
        self.structure, self.what = structure, what
        self.now: dict[tuple[str, str], Quantity] = {}
        self.faults: list[Finding] = []

    def fault(self, rule: str, message: str, unit: str) -> None:
        self.faults.append(Finding(rule, message, (unit,), self.structure.day))

    def number(self, name: str, number: Any, unit: str) -> None:
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            self.fault("count", f"{name} is {number!r}; it is a whole number, 0 or more", unit)

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

    def changes(self) -> tuple[Change, ...]:
        if self.faults:
            raise Refused(self.what, self.faults)
        year = self.structure.day.year
        return tuple(
            Change(
                unit,
                tracks.measure_track(measure),
                quantity.value if quantity.is_exact else quantity,
                tracks.OWN,
                dt.date(year + 1, 1, 1) if measure in MEMBER_FLOWS else None,
            )
            for (unit, measure), quantity in self.now.items()
        )


def admit(structure: Structure, unit: str, number: int) -> tuple[Change, ...]:
    """The changes by which a unit admits new members, who are probationary at first.

    Args:
        structure: the unit on the day, or so far.
        unit: its id.
        number: how many.

    Raises:
        Refused: the number is no count.
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "c", "members_official": 10, "members_probationary": 2}], day="2025-03-01")
    >>> [(c.track, c.value, str(c.until)) for c in admit(s, "c", 3)]
    [('measure:members_probationary', 5, 'None'), ('measure:admitted', 3, '2026-01-01')]
    """
    ledger = _Ledger(structure, "an admission")
    ledger.number("the number", number, unit)
    if not ledger.faults:
        ledger.stock(unit, 0, number)
        ledger.flow(unit, "admitted", number)
    return ledger.changes()


def confirm(structure: Structure, unit: str, number: int) -> tuple[Change, ...]:
    """The changes by which probationary members become official (công nhận chính thức); no one comes or goes.

    Raises:
        Refused: the number is no count, or more than the probationary members.
    """
    ledger = _Ledger(structure, "a confirmation of members")
    ledger.number("the number", number, unit)
    if not ledger.faults:
        ledger.add(unit, PROBATIONARY, -number)
        ledger.add(unit, OFFICIAL, number)
    return ledger.changes()


def transfer(
    structure: Structure, giver: str, taker: str, *, official: int = 0, probationary: int = 0
) -> tuple[Change, ...]:
    """The changes by which members move from one unit to another, one abroad included; their sum stays the same.

    Args:
        structure: both units on the day, or so far.
        giver: id of the unit they leave.
        taker: id of the unit they join.
        official: how many official members.
        probationary: how many probationary members.

    Raises:
        Refused: with every fault: giver and taker are one, nobody moves, more leave than
            there are.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "p"}, {"id": "a", "parent": "p", "members": 10}, {"id": "b", "parent": "p", "members": 4}]
    >>> [(c.subject, c.track, c.value) for c in transfer(structure_of(rows, day="2025-03-01"), "a", "b", official=3)]
    [('a', 'measure:members', 7), ('a', 'measure:transferred_out', 3), ('b', 'measure:members', 7), ('b', 'measure:transferred_in', 3)]
    """
    ledger = _Ledger(structure, "a transfer of members")
    if giver == taker:
        ledger.fault("transfer", "members cannot be transferred to the unit they are in", giver)
    for name, number in (("official", official), ("probationary", probationary)):
        ledger.number(name, number, giver)
    if not ledger.faults and not official + probationary:
        ledger.fault("transfer", "nobody is transferred", giver)
    if not ledger.faults:
        ledger.stock(giver, -official, -probationary)
        ledger.flow(giver, "transferred_out", official + probationary)
        ledger.stock(taker, official, probationary)
        ledger.flow(taker, "transferred_in", official + probationary)
    return ledger.changes()


def remove(
    structure: Structure, unit: str, *, official: int = 0, probationary: int = 0, flow: Leaving = "removed"
) -> tuple[Change, ...]:
    """The changes by which members leave the Party: struck off, expelled, at their own wish, or by death.

    Args:
        structure: the unit on the day, or so far.
        unit: its id.
        official: how many official members.
        probationary: how many probationary members.
        flow: ``removed`` or ``deceased``.

    Raises:
        Refused: with every fault: nobody leaves, or more than there are.
    """
    ledger = _Ledger(structure, "a removal of members")
    if flow not in ("removed", "deceased"):
        ledger.fault("flow", f"{flow!r} is not removed or deceased", unit)
    for name, number in (("official", official), ("probationary", probationary)):
        ledger.number(name, number, unit)
    if not ledger.faults and not official + probationary:
        ledger.fault("removal", "nobody leaves", unit)
    if not ledger.faults:
        ledger.stock(unit, -official, -probationary)
        ledger.flow(unit, flow, official + probationary)
    return ledger.changes()


def host(structure: Structure, unit: str, number: int) -> tuple[Change, ...]:
    """The changes by which a unit hosts members on temporary activity: its own stock stays the same (rule F04).

    Raises:
        Refused: the number is no count.
    """
    ledger = _Ledger(structure, "temporary activity")
    ledger.number("the number", number, unit)
    if not ledger.faults:
        ledger.flow(unit, TEMPORARY, number)
    return ledger.changes()


# ---- rules of the moment


@frozen
class Proposed:
    """A cell that is to be founded, before there is a unit: what rule A01 asks about.

    Attributes:
        name: what it is called.
        official: its official members.
        probationary: its probationary members.
        abroad: whether it is abroad; there is no waiver for that.
    """

    name: str
    official: int
    probationary: int = 0
    abroad: bool = False


def founding_findings(cells: Iterable[Proposed], day: DayLike, least: int = 3) -> tuple[Finding, ...]:
    """Cells that cannot be founded because they have too few official members (rules A01, A02).

    Probationary members do not count. A cell abroad is held to the same number.

    Args:
        cells: what is proposed.
        day: the day of the decision.
        least: the least number of official members.

    >>> [finding.rule for finding in founding_findings([Proposed("abroad", 2, 5, abroad=True)], "2025-09-01")]
    ['A01']
    """
    at = as_day(day)
    rows = {row.id: row for row in rulebook_rows()}
    row = rows["A01"]
    return tuple(
        Finding(
            "A01",
            f"{cell.name}: {cell.official} official members; {least} are needed. Introduce the members to another "
            "organisation (A02)",
            day=at,
            message_vi=f"{cell.name}: {cell.official} đảng viên chính thức; cần ít nhất {least}",
            citation=row.citation,
            certainty=row.certainty,
        )
        for cell in cells
        if cell.official < least
    )


def transfer_findings(
    decided: DayLike,
    done: DayLike | None,
    on: DayLike,
    *,
    unit: str = "",
    holidays: Container[dt.date] = NO_HOLIDAYS,
    most: int = 60,
) -> tuple[Finding, ...]:
    """Whether a transfer took, or has taken by a day, more working days than rule F01 allows.

    Args:
        decided: the day of the decision.
        done: the day it was completed; None if it is open.
        on: the day of judgement.
        unit: id of the unit that transfers.
        holidays: public holidays.
        most: how many working days are allowed.

    >>> len(transfer_findings("2025-07-01", "2025-09-23", "2025-12-01"))
    0
    >>> print(transfer_findings("2025-07-01", "2025-09-24", "2025-12-01")[0])
    2025-12-01: the transfer took 61 working days; 60 are allowed [F01: Quy định 294-QĐ/TW, 6.3.1 a]
    """
    at = as_day(on)
    end = at if done is None else min(as_day(done), at)
    taken = working_days(decided, end, holidays)
    if taken <= most:
        return ()
    row = {row.id: row for row in rulebook_rows()}["F01"]
    verb = "took" if done is not None and as_day(done) <= at else "has taken"
    return (
        Finding(
            "F01",
            f"the transfer {verb} {taken} working days; {most} are allowed",
            (unit,) if unit else (),
            at,
            citation=row.citation,
            certainty=row.certainty,
        ),
    )
