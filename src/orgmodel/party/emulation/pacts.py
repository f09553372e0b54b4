"""Emulation pacts (giao ước thi đua) and launches (phát động thi đua) under a theme (chủ đề).

The members of a cluster sign a pact for a year; its signatories are the members on the
day of signing, all of them and nobody else. The leading unit of the year launches the
emulation under a theme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.cluster import LEADER, Absent
from orgmodel.model.source import Source
from orgmodel.party.emulation.roles import holdings, not_members, year_of
from orgmodel.period import DayLike, as_day


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@frozen
class Pact:
    """What the members of a cluster promised for a year. Made by :func:`sign`.

    Attributes:
        cluster: id of the cluster.
        year: the year it is for.
        signed: the day of signing.
        groups: the groups of content (nhóm nội dung), in order.
        signatories: ids of the units that signed.
        theme: the theme of the year, empty if there is none.
        source: where it comes from.
    """

    cluster: str
    year: int
    signed: dt.date = field(converter=as_day)
    groups: tuple[str, ...] = field(converter=_texts)
    signatories: tuple[str, ...] = field(converter=_texts)
    theme: str = ""
    source: Source = Source.unknown


def pact_findings(pact: Pact, history: History) -> tuple[Finding, ...]:
    """What is wrong with a pact: its day, its content, its signatories; nothing, if it is in order."""
    day = pact.signed
    faults: list[Finding] = []
    if day.year not in (pact.year - 1, pact.year):
        faults.append(
            Finding(
                "year", f"a pact for {pact.year} is signed in {pact.year - 1} or {pact.year}, not on {day}", day=day
            )
        )
    if not pact.groups or not all(text.strip() for text in pact.groups):
        faults.append(Finding("groups", "a pact needs groups of content, each with a text", day=day))
    for text in dict.fromkeys(pact.groups):
        if pact.groups.count(text) > 1:
            faults.append(Finding("groups", f"the group {text!r} is there {pact.groups.count(text)} times", day=day))
    for unit in dict.fromkeys(pact.signatories):
        if pact.signatories.count(unit) > 1:
            faults.append(Finding("signatories", f"{unit!r} signed {pact.signatories.count(unit)} times", (unit,), day))
    strangers = not_members(history, pact.cluster, pact.signatories, day, "signs")
    faults += strangers
    if any(fault.rule == "cluster" for fault in strangers):
        return tuple(faults)
    missing = [unit for unit in history.at(day).members(pact.cluster) if unit not in pact.signatories]
    faults += [
        Finding("signatories", f"{unit!r} is a member of {pact.cluster!r} on {day} and did not sign", (unit,), day)
        for unit in missing
    ]
    return tuple(faults)


def sign(
    history: History,
    cluster: str,
    year: int,
    *,
    on: DayLike,
    groups: Iterable[str],
    signatories: Iterable[str] | None = None,
    theme: str = "",
    source: Source = Source.unknown,
) -> Pact:
    """The pact of a cluster for a year, signed on a day.

    Args:
        history: it tells who the members are on that day.
        cluster: id of the cluster.
        year: the year it is for: that of the day, or the next.
        on: the day of signing.
        groups: the groups of content.
        signatories: ids of the units that signed; the members on the day if None.
        theme: the theme of the year.
        source: where it comes from.

    Raises:
        Refused: with every fault of :func:`pact_findings`; a unit that has ended is
            named with the day and its successors.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> pact = sign(reform_2025(), "cluster-2", 2026, on="2025-11-18", groups=["Political tasks", "Party building"])
    >>> len(pact.signatories)
    9
    """
    signed = as_day(on)
    units = history.at(signed).members(cluster) if signatories is None else signatories
    pact = Pact(cluster, year, signed, groups, units, theme, source)
    faults = pact_findings(pact, history)
    if faults:
        raise Refused(f"the pact of {cluster!r} for {year}", faults)
    return pact


@frozen
class Launch:
    """The emulation of a year, launched under a theme. Made by :func:`launch`.

    Attributes:
        cluster: id of the cluster.
        year: the year it is for.
        theme: the theme.
        day: the day of the launch.
        by: id of the unit that launched it, the leading unit of the year.
        source: where it comes from.
    """

    cluster: str
    year: int
    theme: str
    day: dt.date = field(converter=as_day)
    by: str
    source: Source = Source.unknown


def launch(
    history: History,
    cluster: str,
    year: int,
    *,
    theme: str,
    on: DayLike,
    by: str,
    source: Source = Source.unknown,
) -> Launch:
    """The launch of the emulation of a year by the leading unit of that year.

    Where nobody recorded who leads, any member is accepted: not known is not "nobody".

    Raises:
        Refused: with every fault: another unit leads the year, nobody does, the unit is
            no member on the day, there is no theme, the day does not fit the year.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> made = launch(reform_2025(), "cluster-2", 2026, theme="Discipline and results", on="2025-11-18", by="vn-p-33-2025-btc")
    >>> made.year
    2026
    """
    day = as_day(on)
    faults: list[Finding] = []
    if day.year not in (year - 1, year):
        faults.append(
            Finding("year", f"the emulation of {year} is launched in {year - 1} or {year}, not on {day}", day=day)
        )
    if not theme.strip():
        faults.append(Finding("theme", "a launch needs a theme", day=day))
    faults += not_members(history, cluster, [by], day, "launches")
    led = [h for h in holdings(history, cluster, year_of(year)) if h.role == LEADER]
    on_day = [h for h in led if day in h.period] or led[:1]
    leader = on_day[0].unit if on_day else Absent.UNKNOWN
    if leader is Absent.VACANT:
        faults.append(Finding("leader", f"{cluster!r} has no leader in {year} who could launch", (by,), day))
    elif isinstance(leader, str) and leader != by:
        faults.append(
            Finding("leader", f"the leading unit of {year} is {leader!r}; {by!r} cannot launch", (by, leader), day)
        )
    if faults:
        raise Refused(f"the launch of {year} in {cluster!r}", faults)
    return Launch(cluster, year, theme, day, by, source)
