"""Steering committees (ban chỉ đạo): bodies for one task, with a day or a target at which they end.

They are facts of the organisation that set them up, not units: ``fact:steering``, slot the
id of the committee, value its task; ``fact:steering_end``, same slot, the condition in words.
So they are dated and sourced, end with their organisation, and are never counted among its
agencies (rules C01, C03). Where a target is the condition, :func:`when_met` measures it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.fact import fact_track
from orgmodel.party.targets import Target, measure_target
from orgmodel.period import ONE_DAY, DayLike, Period, as_day
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

STEERING: Final = fact_track("steering")
STEERING_END: Final = fact_track("steering_end")


def _optional_day(day: DayLike | None) -> dt.date | None:
    return None if day is None else as_day(day)


@frozen
class SteeringCommittee:
    """A body for one task.

    Attributes:
        id: opaque, unique within its organisation.
        unit: id of the organisation that set it up.
        task: what it is for.
        ends_when: the condition that ends it, in words (``"targets for 2030 met"``).
        last_day: the last day on which it works, at the latest; None if no day is set.

    >>> committee = SteeringCommittee("bcd-18", "vn", "sums up Resolution 18", "targets for 2030 met", "2030-12-31")
    >>> committee.last_day
    datetime.date(2030, 12, 31)
    """

    id: str
    unit: str
    task: str
    ends_when: str = ""
    last_day: dt.date | None = field(default=None, converter=_optional_day)


def set_up(committee: SteeringCommittee) -> tuple[Change, ...]:
    """The changes that set up a committee, for an act on its first day.

    Raises:
        Refused: it has no id, no task, or nothing that ends it: neither a condition nor a day.

    >>> [str(change.until) for change in set_up(SteeringCommittee("b", "vn", "task", last_day="2030-12-31"))]
    ['2031-01-01']
    """
    faults: list[Finding] = []
    if not committee.id:
        faults.append(Finding("steering", "a steering committee needs an id", (committee.unit,)))
    if not committee.task:
        faults.append(Finding("steering", f"{committee.id!r} has no task", (committee.unit,)))
    if not committee.ends_when and committee.last_day is None:
        faults.append(
            Finding("steering", f"{committee.id!r} never ends; give a condition, a last day or both", (committee.unit,))
        )
    if faults:
        raise Refused("a steering committee", faults)
    until = None if committee.last_day is None else committee.last_day + ONE_DAY
    changes = [Change(committee.unit, STEERING, committee.task, committee.id, until)]
    if committee.ends_when:
        changes.append(Change(committee.unit, STEERING_END, committee.ends_when, committee.id, until))
    return tuple(changes)


def end(structure: Structure, unit: str, committee: str) -> tuple[Change, ...]:
    """The changes that end a committee before its last day, for an act on the first day it no longer works.

    Raises:
        Refused: the organisation has no such committee at work on the structure's day.
        UnknownUnit, UnitEnded, UnitNotYet: the organisation does not live on the day.
    """
    held = structure.slots(unit, STEERING)
    if committee not in held:
        known = ", ".join(map(repr, held)) or "none"
        raise Refused(
            "the end of a steering committee",
            [Finding("steering", f"no committee {committee!r} is at work (there is {known})", (unit,), structure.day)],
        )
    changes = [Change(unit, STEERING, None, committee)]
    if committee in structure.slots(unit, STEERING_END):
        changes.append(Change(unit, STEERING_END, None, committee))
    return tuple(changes)


def active(structure: Structure, unit: str | None = None) -> tuple[SteeringCommittee, ...]:
    """The committees at work on the day, of one organisation or of all, in preorder, then by id.

    Their last day is a matter of the history: see :func:`lives`.
    """
    if unit is not None:
        held = {unit: structure.slots(unit, STEERING)}
        conditions = {unit: structure.slots(unit, STEERING_END)}
    else:
        columns = DayColumns(structure)
        found, conditions = columns.slots(STEERING), {u: dict(s) for u, s in columns.slots(STEERING_END).items()}
        held = {u: dict(found[u]) for u in sorted(found, key=columns.place.__getitem__)}
    return tuple(
        SteeringCommittee(one, host, task, conditions.get(host, {}).get(one, ""))
        for host, slots in held.items()
        for one, task in sorted(slots.items())
        if task is not None
    )


def lives(history: History, unit: str) -> dict[str, Period]:
    """Committee -> from when to when it worked, for all that an organisation ever had.

    One that was set up again counts from its first day to its last, the time between included.

    Raises:
        UnknownUnit: there never was such an organisation.
    """
    found: dict[str, Period] = {}
    for fact in history.biography(unit):
        if fact.track == STEERING:
            before = found.get(fact.slot)
            start = fact.start if before is None or before.start is None else before.start
            found[fact.slot] = Period(start, fact.end)
    return found


def when_met(history: History, target: Target, on: DayLike) -> dt.date | None:
    """The first day on which a committee no longer works because its target was met: the day after.

    Put :func:`end` into an act of that day.

    Args:
        history: on which the target is measured.
        target: the condition that ends the committee.
        on: the day of the question.

    Returns:
        None if the target is not met by the day.

    >>> from orgmodel.party.targets import Reduction
    >>> from orgmodel.party.vietnam import reform_2025
    >>> target = Target("vn", Reduction("commune", "2025-06-30"), 0.6, "2030-12-31")
    >>> when_met(reform_2025(), target, "2025-06-30"), when_met(reform_2025(), target, "2025-12-08")
    (None, datetime.date(2025, 7, 2))
    """
    met_on = measure_target(history, target, on).met_on
    return None if met_on is None else met_on + ONE_DAY
