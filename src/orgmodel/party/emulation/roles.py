"""Leading units of a cluster by year: Cụm trưởng and Cụm phó, elected for a year, succeeded, reported.

The conference that closes a year elects one leading unit and some deputies for the next.
What they hold is the ``role`` track of the cluster: dated, with the act as its source.
The day of the conference is ``decided`` of that source; the role counts from 1 January.

A leading unit that is merged away within its year stays the one that was elected: its
successor takes the seat only by an act of its own (:func:`succeed`). Until then
:func:`findings` reports it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Point
from orgmodel.acts.operations.clusters import SucceedRole
from orgmodel.errors import Finding, InvalidAct, UnitEnded, UnitError, UnitNotYet
from orgmodel.history.history import Fact, History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent
from orgmodel.model.source import Source
from orgmodel.period import ONE_DAY, DayLike, Period, as_day
from orgmodel.structure.structure import Structure

MOST_DEPUTIES: Final = 3
"""How many deputies a cluster has at most, unless a caller says otherwise (3 in 2024)."""


def year_of(year: int) -> Period:
    """The days of a calendar year.

    >>> print(year_of(2026))
    2026-01-01 to 2026-12-31
    """
    return Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))


@frozen
class Holding:
    """One seat of a cluster and who holds it, for a span of days.

    Attributes:
        cluster: id of the cluster.
        role: ``leader`` or ``deputy``.
        seat: which of several seats.
        unit: id of the leading unit, or why there is none.
        period: from when to when.
        act: the act that says so.
    """

    cluster: str
    role: str
    seat: int
    unit: str | Absent
    period: Period
    act: Act


def holdings(history: History, cluster: str, period: Period | None = None) -> tuple[Holding, ...]:
    """The seats of a cluster and their holders, by first day, then leader before deputies.

    Args:
        history: where they are recorded.
        cluster: id of the cluster.
        period: only those that hold on some day of it; all if None.

    Raises:
        UnknownUnit: there never was such a cluster.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> [(h.role, h.unit) for h in holdings(reform_2025(), "cluster-2", year_of(2026))]
    [('leader', 'vn-p-33-2025-btc')]
    """
    found = [_holding(cluster, fact) for fact in history.biography(cluster) if fact.track == tracks.ROLE]
    wanted = [h for h in found if period is None or h.period.overlaps(period)]
    return tuple(sorted(wanted, key=lambda h: (h.period.start or dt.date.min, h.role != LEADER, h.seat)))


def _holding(cluster: str, fact: Fact) -> Holding:
    role, seat = fact.slot
    return Holding(cluster, role, seat, fact.value, Period(fact.start, fact.end), fact.act)


def _refuse(what: str, faults: Sequence[Finding]) -> None:
    if faults:
        raise InvalidAct(what, faults)


def not_alive(history: History, units: Iterable[str], day: dt.date) -> list[Finding]:
    """A fault for each unit that does not live on a day; it names the successors of one that has ended.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> not_alive(reform_2025(), ["vn-p-34-btc"], dt.date(2025, 11, 18))[0].units
    ('vn-p-34-btc', 'vn-p-33-2025-btc')
    """
    structure = history.at(day)
    faults: list[Finding] = []
    for unit in dict.fromkeys(units):
        try:
            structure.unit(unit)
        except UnitError as error:
            heirs = error.successors if isinstance(error, UnitEnded) else ()
            faults.append(Finding("live", str(error), (unit, *heirs), day=day))
    return faults


def not_members(history: History, cluster: str, units: Iterable[str], day: dt.date, what: str) -> list[Finding]:
    """A fault for each unit that does not live, or is no member of the cluster, on a day; one if there is no cluster then.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> day = dt.date(2025, 11, 18)
    >>> [fault.rule for fault in not_members(reform_2025(), "cluster-2", ["vn-p-34-btc", "vn-p-01-btc"], day, "signs")]
    ['live', 'member']
    """
    named = tuple(dict.fromkeys(units))
    try:
        members = set(history.at(day).members(cluster))
    except (UnitNotYet, UnitEnded) as error:
        return [Finding("cluster", str(error), (cluster, *named), day)]
    faults = not_alive(history, named, day)
    dead = {fault.units[0] for fault in faults}
    return faults + [
        Finding("member", f"{unit!r} {what} and is no member of {cluster!r} on {day}", (unit,), day=day)
        for unit in named
        if unit not in dead and unit not in members
    ]


def elect(
    history: History,
    cluster: str,
    year: int,
    *,
    leader: str | None = None,
    deputies: Iterable[str] = (),
    source: Source = Source.unknown,
    held: DayLike | None = None,
    most_deputies: int = MOST_DEPUTIES,
    act_id: str | None = None,
) -> Act:
    """The act that elects the leading units of a cluster for a year; enact it yourself.

    Args:
        history: it must tell who the members are.
        cluster: id of the cluster.
        year: the year for which they are elected.
        leader: id of the leading unit; None only where the year has one already and
            deputies are added.
        deputies: ids of the deputies, in order of their seats.
        source: where it comes from; ``decided`` is taken for the day of the conference.
        held: the day of the conference, if the source does not tell it. It lies in the
            year before or in the year itself. None: not known; membership is then
            checked on the first day of the role only.
        most_deputies: how many deputies there may be in all.
        act_id: id of the act; made of cluster, year and source if None.

    Raises:
        InvalidAct: with every fault: a second leader, no leader, too many deputies, a
            unit in two seats, a unit that is no member on the day of the conference or
            when its role begins.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> act = elect(reform_2025(), "cluster-1", 2026, leader="vn-p-14-btc", deputies=["vn-p-11-btc"], held="2025-12-05")
    >>> print(act.effective, [(change.slot, change.value, str(change.until)) for change in act.events])
    2026-01-01 [(('leader', 1), 'vn-p-14-btc', '2027-01-01'), (('deputy', 1), 'vn-p-11-btc', '2027-01-01')]
    >>> elect(reform_2025(), "cluster-2", 2026, leader="vn-p-38-btc", held="2025-11-18")
    Traceback (most recent call last):
        ...
    orgmodel.errors.InvalidAct: the election of 2026 in 'cluster-2': 1 fault
      - 2026-01-01: vn-p-38-btc, vn-p-33-2025-btc: the leader of 2026 is 'vn-p-33-2025-btc' already; correct that act, or let its successor take the seat [one-leader]
    """
    given = list(deputies)
    span = year_of(year)
    start, end = span.start, span.end
    assert start is not None
    assert end is not None
    day = source.decided if held is None else as_day(held)
    faults: list[Finding] = []
    if day is not None and day >= start:
        start = day
        if day >= end:
            faults.append(Finding("conference", f"a conference on {day} is too late for {year}", day=day))
            start = span.start or day
    if day is not None and day.year < year - 1:
        faults.append(Finding("conference", f"a conference on {day} is too early for {year}", day=day))
    taken = [h for h in holdings(history, cluster, Period(start, end)) if isinstance(h.unit, str)]
    leaders = [h for h in taken if h.role == LEADER]
    seats = {h.seat: h for h in taken if h.role == DEPUTY}
    if leader is None and not leaders:
        faults.append(Finding("one-leader", f"{cluster!r} has no leader in {year}; elect exactly one", (), start))
    for other in leaders if leader is not None else ():
        faults.append(
            Finding(
                "one-leader",
                f"the leader of {year} is {other.unit!r} already; correct that act, or let its successor take the seat",
                (leader or "", str(other.unit)),
                start,
            )
        )
    if len(seats) + len(given) > most_deputies:
        had = f" and {len(seats)} elected before" if seats else ""
        faults.append(
            Finding(
                "deputies", f"{len(given)} deputies{had}; {most_deputies} are allowed at most", tuple(given), day=start
            )
        )
    chosen = ([leader] if leader is not None else []) + given
    seated = [h.unit for h in taken] + chosen
    for unit in dict.fromkeys(chosen):
        if seated.count(unit) > 1:
            faults.append(Finding("one-seat", f"{unit!r} would hold {seated.count(unit)} seats", (unit,), start))
    checked = [start] if day is None or day >= start else [day, start]
    told: set[str] = set()
    for at in checked:
        for fault in not_members(history, cluster, [u for u in chosen if u not in told], at, "is elected"):
            told.update(fault.units if fault.rule == "cluster" else fault.units[:1])
            faults.append(fault)
    _refuse(f"the election of {year} in {cluster!r}", faults)
    free = [n for n in range(1, most_deputies + 1) if n not in seats]
    events = [Change(cluster, tracks.ROLE, leader, (LEADER, 1), end)] if leader is not None else []
    events += [Change(cluster, tracks.ROLE, unit, (DEPUTY, seat), end) for seat, unit in zip(free, given, strict=False)]
    said = source if day is None or source.decided is not None else _decided(source, day)
    return Act(act_id or f"{start} {said.label}: roles in {cluster}, {year}", start, events, said)


def _decided(source: Source, day: dt.date) -> Source:
    """The source with the day of the conference."""
    return evolve(source, decided=day)


def succeed(
    history: History,
    cluster: str,
    role: str,
    day: DayLike,
    *,
    seat: int = 1,
    to: str | None = None,
    source: Source = Source.unknown,
    act_id: str | None = None,
) -> Act:
    """The act by which the successor of a leading unit that was merged away takes its seat, until the term ends.

    Args:
        history: where role and merger are recorded.
        cluster: id of the cluster.
        role: ``leader`` or ``deputy``.
        day: from when on; the seat must be held that day by a unit that has ended.
        seat: which of several deputies.
        to: id of the unit that takes the seat; needed where the holder has several
            successors among the members, and only one of these is accepted.
        source: where it comes from.
        act_id: id of the act.

    Raises:
        InvalidAct: nobody holds the seat, its holder is still there, ``to`` is no
            successor of it in the cluster, or has another seat already.
        Ambiguous: there are several successors in the cluster, and ``to`` is not given.
    """
    at = as_day(day)
    structure = history.at(at)
    holder = structure.roles(cluster).get((role, seat))
    if to is None and isinstance(holder, str) and holder not in structure:
        members = set(structure.members(cluster))
        inside = [unit for unit in history.lineage.successors(holder, on=at) if unit in members]
        # Successors outside the cluster could not take the seat: one inside is no choice.
        to = inside[0] if len(inside) == 1 else None
    ends = next(
        (h.period.end for h in holdings(history, cluster) if (h.role, h.seat) == (role, seat) and at in h.period), None
    )
    named = act_id or f"{at} {source.label}: {role} {seat} of {cluster}"
    operation = SucceedRole(cluster, role, seat=seat, by=to, until=ends)
    return Act(named, at, [operation], source).came_to([operation.resolve(Point(structure, named, source=source))])


def findings(
    structure: Structure, cluster: str | None = None, *, most_deputies: int = MOST_DEPUTIES
) -> tuple[Finding, ...]:
    """What is wrong with the leading units on a day, of one cluster or of all.

    * ``one-leader``: the seat of the leader is known to be vacant; a note if it is not
      known who leads.
    * ``deputies``: more than ``most_deputies``.
    * ``one-seat``: a unit holds two seats.
    * ``member``: a holder is no member.
    * ``lapsed``: a holder has ended; the finding names its successors, who take the
      seat only by :func:`succeed`.
    """
    found: list[Finding] = []
    lapsed = {(c, slot): heirs for c, slot, _, heirs in structure.lapsed_roles()}
    for one in structure.clusters() if cluster is None else (structure.cluster(cluster),):
        roles = structure.roles(one.id)
        members = set(structure.members(one.id))
        leader = roles.get((LEADER, 1), Absent.UNKNOWN)
        if leader is Absent.VACANT:
            found.append(Finding("one-leader", f"{one.id!r} has no leader", (one.id,), structure.day))
        elif leader is Absent.UNKNOWN:
            found.append(
                Finding(
                    "one-leader", f"nobody recorded who leads {one.id!r}", (one.id,), structure.day, severity="note"
                )
            )
        held = {slot: unit for slot, unit in sorted(roles.items()) if isinstance(unit, str)}
        deputies = [unit for (role, _), unit in held.items() if role == DEPUTY]
        if len(deputies) > most_deputies:
            found.append(
                Finding(
                    "deputies",
                    f"{one.id!r} has {len(deputies)} deputies; {most_deputies} are allowed at most",
                    tuple(deputies),
                    structure.day,
                )
            )
        for unit in dict.fromkeys(held.values()):
            seats = [slot for slot, holder in held.items() if holder == unit]
            if len(seats) > 1:
                found.append(
                    Finding("one-seat", f"{unit!r} holds {len(seats)} seats of {one.id!r}", (unit,), structure.day)
                )
        for (role, seat), unit in held.items():
            if (one.id, (role, seat)) in lapsed:
                heirs = lapsed[one.id, (role, seat)]
                went = f"it became {', '.join(map(repr, heirs))}" if heirs else "it has no successor"
                found.append(
                    Finding(
                        "lapsed",
                        f"the {role} (seat {seat}) of {one.id!r} was {unit!r}, which has ended; {went}",
                        (unit, *heirs),
                        structure.day,
                        severity="warning",
                    )
                )
            elif unit not in members:
                found.append(
                    Finding(
                        "member",
                        f"{unit!r} is {role} (seat {seat}) of {one.id!r} and no member",
                        (unit,),
                        structure.day,
                    )
                )
    return tuple(found)


def findings_of_year(
    history: History, cluster: str, year: int, *, most_deputies: int = MOST_DEPUTIES
) -> tuple[Finding, ...]:
    """What was wrong with the leading units of a cluster during a year, each fault with its first day.

    Looked at are 1 January and every day of the year on which an act counts or a role
    begins or ends: between two of them nothing changes.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> [str(finding) for finding in findings_of_year(reform_2025(), "cluster-2", 2025)]
    []
    """
    span = year_of(year)
    assert span.start is not None
    edges = {day for h in holdings(history, cluster, span) for day in (h.period.start, h.period.end)}
    days = sorted({span.start, *(day for day in (*edges, *history.days()) if day is not None and day in span)})
    alive = history.life(cluster)
    seen: dict[tuple[str, tuple[str, ...], str], Finding] = {}
    for day in days:
        if day in alive:
            for finding in findings(history.at(day), cluster, most_deputies=most_deputies):
                seen.setdefault((finding.rule, finding.units, finding.message), finding)
    return tuple(seen.values())


def days_without_leader(history: History, cluster: str, year: int) -> int:
    """How many days of a year no live unit led the cluster, as far as recorded.

    Days on which the holder had ended and nobody had taken the seat count, and so do
    days of which nobody recorded who led.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> days_without_leader(reform_2025(), "cluster-2", 2025)
    0
    """
    span = year_of(year)
    assert span.start is not None
    assert span.end is not None
    covered: set[dt.date] = set()
    for held in holdings(history, cluster, span):
        if held.role != LEADER or not isinstance(held.unit, str):
            continue
        life = history.life(held.unit)
        day = max(span.start, held.period.start or span.start)
        while day < min(span.end, held.period.end or span.end):
            if day in life:
                covered.add(day)
            day += ONE_DAY
    return (span.end - span.start).days - len(covered)
