"""Posts through time: who held one from when to when, when it was vacant, and whose time ended early.

For those who study committees over years. What is asked of one day is in :mod:`orgmodel.party.offices`, which lists
these names as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from attrs import frozen

from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.model.office import Vacancy, slot_of
from orgmodel.model.track import OFFICE
from orgmodel.party.periods import OpenSpan, any_span
from orgmodel.party.posts import EARLY, Left, Taken, asked_on, tenure_of
from orgmodel.party.questions import subjects_of
from orgmodel.party.tracks import TENURE
from orgmodel.period import Period
from orgmodel.structure.finding import known_kind

__all__ = ["Holding", "ended_early", "holdings", "interruptions", "vacancies"]


@frozen
class Holding:
    """A person in a post, from a day to a day.

    Attributes:
        unit: id of the unit.
        post: id of the post.
        seat: which seat.
        person: opaque id.
        period: from the first day to the first day no longer held.
        taken: how; None if that is not on record.
        reason: why it ended; None while it runs, and where that is not on record.
        carried: whether it went on from a unit that was merged: no appointment.
        act: id of the act by which it began.
        ended_by: id of the act by which it ended; empty while it runs, and where it ended on a day set before.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> for day, person in [("2025-02-01", "P-17"), ("2025-08-01", "P-18")]:
    ...     with history.draft(day) as act:
    ...         if person == "P-18":
    ...             act.relieve("p", "secretary", reason="transfer")
    ...         _ = act.appoint("p", "secretary", person=person)
    ...     history = history.enact(act)
    >>> [(holding.person, str(holding.period), holding.reason) for holding in holdings(history, "p")]
    [('P-17', '2025-02-01 to 2025-07-31', 'transfer'), ('P-18', 'from 2025-08-01', None)]
    """

    unit: str
    post: str
    seat: int
    person: str
    period: Period
    taken: Taken | None = None
    reason: str | None = None
    carried: bool = False
    act: str = ""
    ended_by: str = ""


@strict
def holdings(history: History, unit: str | None = None) -> tuple[Holding, ...]:
    """All holdings on record, of one unit or of all: by unit, post, seat and day. A re-appointment begins another one.

    A holding that ran until its unit ended has the reason ``merger`` if the unit has successors.

    Args:
        history: the history.
        unit: id of the unit; None: of all units.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", how="elected", until="2030-02-01")
    >>> [(holding.person, holding.taken.how, str(holding.period)) for holding in holdings(history.enact(act), "p")]
    [('P-17', 'elected', '2025-02-01 to 2030-01-31')]
    """
    units = subjects_of(history, OFFICE) if unit is None else [unit]
    return tuple(holding for in_unit in units for holding in _holdings_of(history, in_unit))


class _Tenures(NamedTuple):
    """(slot, day) -> how a seat was taken on the day, and why it was left on it.

    On one day a holder may leave and another come: then the day has a tenure of each sort.
    """

    taken: dict[tuple[Any, dt.date], Taken]
    reasons: dict[tuple[Any, dt.date | None], str]


def _tenures(facts: Iterable[Fact]) -> _Tenures:
    tenures = _Tenures({}, {})
    for fact in facts:
        match tenure_of(fact.value) if fact.track == TENURE else None:
            case Taken() as tenure:
                tenures.taken[fact.slot, fact.start] = tenure
            case Left(reason):
                tenures.reasons[fact.slot, fact.start] = reason
    return tenures


def _holdings_of(history: History, unit: str) -> list[Holding]:
    facts = history.biography(unit)
    taken, reasons = _tenures(facts)
    ended = history.life(unit).end
    if ended is not None and history.lineage.successors(unit, direct=True):
        # A holder of a merged unit left no post: the post went on in the successor.
        reasons = {(fact.slot, ended): "merger" for fact in facts} | reasons
    in_unit = [
        Holding(
            unit,
            *slot_of(fact.slot),
            person=str(fact.value),
            period=Period(fact.start, fact.end),
            taken=taken.get((fact.slot, fact.start)),
            reason=reasons.get((fact.slot, fact.end)),
            carried=bool(fact.carried_from),
            act=fact.act.id,
            ended_by="" if fact.ended_by is None else fact.ended_by.id,
        )
        for fact in facts
        # A row of no length was overwritten on the day on which it began.
        if fact.track == OFFICE and fact.start != fact.end
    ]
    return sorted(in_unit, key=lambda holding: (holding.post, holding.seat, holding.period.start or dt.date.min))


@strict
def vacancies(
    history: History, unit: str, post: str, *, seat: int = 1, period: OpenSpan | None = None
) -> tuple[Vacancy, ...]:
    """The days in the life of a unit, or in a period, on which nobody held a post; the last may be open.

    Args:
        history: the history.
        unit: id of the unit.
        post: id of the post.
        seat: which of several seats, from 1.
        period: only days of this period; None: of all the life of the unit.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", until="2025-08-01")
    >>> [str(vacancy.period) for vacancy in vacancies(history.enact(act), "p", "secretary")]
    ['2025-01-01 to 2025-01-31', 'from 2025-08-01']
    """
    asked_on(history, None, post)
    life, wanted = history.life(unit), Period() if period is None else any_span(period)
    first = max(day for day in (life.start, wanted.start) if day is not None)
    end = _earliest(life.end, wanted.end)
    if end is not None and end <= first:
        return ()
    slot, reasons = (post, seat), _tenures(history.biography(unit)).reasons
    periods = [holding.period for holding in _holdings_of(history, unit) if (holding.post, holding.seat) == slot]
    return tuple(
        Vacancy(unit, *slot, Period(left, until), reasons.get((slot, left)))
        for left, until in _gaps(first, end, periods)
    )


def _gaps(first: dt.date, end: dt.date | None, periods: Iterable[Period]) -> Iterator[tuple[dt.date, dt.date | None]]:
    """The days from ``first`` until ``end``, half-open, that are in none of some periods in order; None is no end."""
    open_from = first
    for period in periods:
        until = _earliest(period.start, end)
        if until is not None and until > open_from:
            yield open_from, until
        if period.end is None:
            return
        open_from = max(open_from, period.end)
    if end is None or end > open_from:
        yield open_from, end


def _earliest(*days: dt.date | None) -> dt.date | None:
    """The earliest of some days; None stands for no end."""
    return min((day for day in days if day is not None), default=None)


@strict
def interruptions(history: History, unit: str, post: str, *, period: OpenSpan, seat: int = 1) -> tuple[Vacancy, ...]:
    """The days of a period on which a unit, or a unit it was made of, had no holder of a post.

    Args:
        history: the history.
        unit: id of the unit.
        post: id of the post.
        period: the period.
        seat: which of several seats, from 1.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17")
    >>> year = om.Period("2025-01-01", "2026-01-01")
    >>> [str(vacancy.period) for vacancy in interruptions(history.enact(act), "p", "secretary", period=year)]
    ['2025-01-01 to 2025-01-31']
    """
    asked_on(history, None, post)
    asked = any_span(period)
    # A merged unit goes on with its predecessors' work: days on which one of them had no holder count.
    olds = history.lineage.predecessors(unit, on=asked.start) if asked.start is not None else ()
    units = [former for former in dict.fromkeys((*olds, unit)) if history.life(former).overlaps(asked)]
    return tuple(gap for former in units for gap in vacancies(history, former, post, seat=seat, period=asked))


@strict
def ended_early(history: History, kind: str, posts: Iterable[str], *, period: OpenSpan) -> tuple[Holding, ...]:
    """The holdings in units of a kind that ended early in a period, by day.

    Early is what ended for one of the reasons of :data:`orgmodel.party.offices.EARLY`.

    Args:
        history: the history.
        kind: the kind of the units.
        posts: ids of the posts.
        period: the period in which the holding ended; its ``end`` is not included.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", until="2030-02-01")
    >>> history = history.enact(act)
    >>> with history.draft("2025-08-01") as act:
    ...     act.relieve("p", "secretary", reason="transfer")
    >>> year = om.Period("2025-01-01", "2026-01-01")
    >>> early = ended_early(history.enact(act), "province", ["secretary"], period=year)
    >>> [(holding.unit, holding.reason) for holding in early]
    [('p', 'transfer')]
    """
    wanted, asked = set(posts), any_span(period)
    kind = known_kind(history.at(asked.last or history.last_day or asked.start), kind)
    early = [
        holding
        for holding in holdings(history)
        if holding.post in wanted
        and holding.reason in EARLY
        and holding.period.end is not None
        and holding.period.end in asked
        # The kind of then: a unit may be of another one today.
        and history.at(holding.period.start).value(holding.unit, "kind") == kind
    ]
    return tuple(sorted(early, key=lambda holding: (holding.period.end, holding.unit, holding.post)))
