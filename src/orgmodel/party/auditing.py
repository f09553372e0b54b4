"""What is not in order in the matters of the Party's work, as findings.

The rulebook (:mod:`orgmodel.party.law`) judges the structure. Here matters are judged: the pact of a cluster, awards,
meetings, documents, targets. Which rule is asked of which kind of matter, ``matters.toml`` says. What is not on record
is no finding, nor is what an act refuses (steps out of order, the same number twice).
"""

# ruff: noqa: ARG001  # every rule is asked the same way

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from orgmodel.errors import Finding, UnitError
from orgmodel.history.history import History
from orgmodel.model.cluster import LEADER
from orgmodel.model.door import strict
from orgmodel.model.matter import Person
from orgmodel.party import work
from orgmodel.party.emulation import role_holdings
from orgmodel.party.matter_kinds import MATTERS
from orgmodel.party.offices import posts_of
from orgmodel.party.periods import OpenSpan, span
from orgmodel.party.questions import day_of, matters, on_day, refuse_unknown, whole
from orgmodel.party.targets import is_over, outcome, unmeasurable
from orgmodel.period import DayLike
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "RULES",
    "audit",
]

_COUNTED: Final = ("proposed", "granted")
_DISMISSED: Final = "cách chức"


def _pact(h: History, structure: Structure, year: Dossier) -> Iterator[str]:
    """The members of a cluster on the day sign its pact; the leader of the year launches it."""
    cluster = year.one("scope")
    # The year of a unit has no pact: a unit has no members.
    if isinstance(cluster, str) and cluster not in structure:
        yield from _signed(h, cluster, year)
        yield from _launched(h, cluster, year)


def _signed(h: History, cluster: str, year: Dossier) -> Iterator[str]:
    day, signed = day_of(year, "signed"), set(year.of("signatory"))
    if day is None or not signed:
        return
    members = set(h.at(day).members(cluster))
    for who in sorted(map(str, signed - members)):
        yield f"{who} signed and was no member of {cluster} on {day}"
    for who in sorted(members - signed):
        yield f"{who} was a member of {cluster} on {day} and did not sign"


def _year_of(matter: Dossier) -> int | None:
    """The year that a matter states; None if that is no year of the calendar."""
    year = whole(matter.year)
    return year if year is not None and dt.MINYEAR <= year < dt.MAXYEAR else None


def _launched(h: History, cluster: str, year: Dossier) -> Iterator[str]:
    of_year = _year_of(year)
    holdings = () if of_year is None else role_holdings(h, cluster, period=of_year)
    leaders = {holding.unit for holding in holdings if holding.role == LEADER}
    for who in year.of("launcher"):
        if leaders and who not in leaders:
            yield f"{who} launched the year {year.year} and did not lead {cluster} in it"


def _part(h: History, structure: Structure, year: Dossier) -> Iterator[str]:
    """A year of work that is part of another is summed up before it."""
    larger, own = year.one("part_of"), year.when("summed_up")
    if not isinstance(larger, str) or own is None:
        return
    theirs = dossier(structure, larger).when("summed_up")
    if theirs is not None and own.first is not None and theirs.last is not None and own.first > theirs.last:
        yield f"summed up on {own}, after {larger} of which it is a part ({theirs})"


def _award(h: History, structure: Structure, award: Dossier) -> Iterator[str]:
    """The recipient of an award existed in the year; a flag is for collectives."""
    who = award.one("recipient")
    if award.state not in _COUNTED:
        return
    of_year = _year_of(award)
    if of_year is None:
        yield f"{award.year} is no year"
    elif isinstance(who, str) and not h.life(who).overlaps(span(of_year)):
        yield f"{who} did not exist in {award.year}"
    if isinstance(who, Person) and award.form == work.FLAG:
        yield f"{award.form} is for collectives, not for a person"


def _quota(h: History, structure: Structure, year: Dossier) -> Iterator[str]:
    """No more awards are proposed by a cluster, or in a unit's year, than its plan allows."""
    scope = year.one("scope")
    if not isinstance(scope, str):
        return
    rows, faults = work.read_quota(year.quota)
    yield from faults
    of_year = _year_of(year)
    if of_year is None:
        return
    for form, sort, most in rows:
        limit, share = most, ""
        if limit < 1 and scope in structure:
            continue  # A share is one of the members of a cluster; a unit has none.
        if limit < 1:
            day = min(structure.day, dt.date(of_year, 12, 31))
            share, limit = f" ({most} of the members)", Fraction(int(limit * len(h.at(day).members(scope))))
        number = _proposed(structure, scope, form, sort, of_year)
        if number > limit:
            yield f"{number} x {form!r} proposed for {year.year}, the plan allows {limit}{share}"


def _proposed(structure: Structure, scope: str, form: str, sort: str | None, year: int) -> int:
    """How many awards of a form were proposed by a cluster or unit for a year, to one sort of recipients or to all."""
    awards = matters(structure, scope, "award", role="proposer", form=form, year=year)
    recipients = [award.one("recipient") for award in awards if award.state in _COUNTED]
    sorts = ["individual" if isinstance(who, Person) else "collective" for who in recipients]
    return len(sorts) if sort is None else sorts.count(sort)


def _attendance(h: History, structure: Structure, meeting: Dossier) -> Iterator[str]:
    """Attendance does not exceed the summons, points do not exceed the units of a kind, and attending units existed."""
    present, summoned = meeting.present, meeting.summoned
    if None not in (present, summoned) and present > summoned:
        yield f"{present} were present of {summoned} summoned"
    day = day_of(meeting, "held")
    # A congress has delegates, and no points or attending units.
    if meeting.matter.kind == "congress" or day is None:
        return
    yield from _present_then(h.at(day), meeting)


def _present_then(structure: Structure, meeting: Dossier) -> Iterator[str]:
    """What the units of the day of a meeting contradict."""
    units_of = structure.counts() if meeting.points else {}
    for kind, number in meeting.points or ():
        if number > units_of.get(kind, number):
            yield f"{number} points of {kind} on {structure.day}, there were {units_of[kind]}"
    for who in (*meeting.of("attendee"), *meeting.of("point")):
        if isinstance(who, str) and who not in structure:
            yield f"{who} did not exist on {structure.day}"


def _keeper(h: History, structure: Structure, document: Dossier) -> Iterator[str]:
    """A document in force has a keeper."""
    if document.state in ("in_force", "amended") and not document.of("keeper"):
        yield "in force and nobody keeps it; name the keeper"


def _target(h: History, structure: Structure, target: Dossier) -> Iterator[str]:
    """A target is met in its period, and can be measured."""
    if not isinstance(target.one("owner"), str):
        return
    if (fault := unmeasurable(target)) is not None:
        yield f"cannot be measured: {fault}"
        return
    standing = outcome(h, target.id, on=structure.day)
    if standing.state == "missed":
        yield f"missed: {standing.value} of {standing.wanted}"
    if standing.state == "unknown":
        yield "was never measured: what it counts is not on record"


def _steering(h: History, structure: Structure, committee: Dossier) -> Iterator[str]:
    """A steering committee ends when its time is over or its condition is met."""
    # It ends by a decision, not by itself: until then it is on record as open.
    if committee.is_open and is_over(h, committee, structure.day):
        yield f"its day {committee.latest or ''} is over, or what ends it is met, and it was not ended"


def _dismissed(h: History, structure: Structure, case: Dossier) -> Iterator[str]:
    """Who is dismissed (cách chức) holds no post there any more."""
    if case.form != _DISMISSED or case.state not in ("decided", "upheld"):
        return
    within = case.of("within")
    for who in case.of("subject"):
        if isinstance(who, Person):
            posts = [(unit, post) for unit, post, _ in posts_of(structure, who) if unit in within]
            yield from (f"dismissed, and {post} of {unit} is still held" for unit, post in posts)


RULES: Final[Mapping[str, Callable[[History, Structure, Dossier], Iterator[str]]]] = MappingProxyType(
    {
        "pact": _pact,
        "part": _part,
        "award": _award,
        "quota": _quota,
        "attendance": _attendance,
        "keeper": _keeper,
        "target": _target,
        "steering": _steering,
        "dismissed": _dismissed,
    }
)
"""Id -> what is asked of a matter of a kind that names it."""


@strict
def audit(
    history: History,
    subject: str | Person | None = None,
    *,
    rules: Iterable[str] | None = None,
    period: OpenSpan | None = None,
    on: DayLike | None = None,
) -> tuple[Finding, ...]:
    """What is not in order in the matters of a unit, a cluster or a person, or in all of them.

    All findings are warnings: a matter is put on record as it was. The structure is judged by
    ``history.at(day).audit(party.rulebook(...))``.

    Args:
        history: the history.
        subject: whose matters; all if none is named.
        rules: only these of :data:`RULES`.
        period: only matters that took a step in it.
        on: the day, the last of the history if none is given.

    Raises:
        UnknownUnit: there never was such a unit, cluster or matter.
        Refused: no such rule.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-01-15") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     act.designate("c1", "leader", "a")
    ...     _ = act.launch("c1", 2025, by="b")
    >>> for finding in audit(history.enact(act), "c1"):
    ...     print(finding.rule, finding.message)
    pact b launched the year 2025 and did not lead c1 in it
    """
    chosen = tuple(RULES) if rules is None else tuple(rules)
    refuse_unknown("an audit", "rule", chosen, RULES, rule="rules")
    structure = on_day(history, on)
    return tuple(
        Finding(rule, f"{_label(matter)}{message}", units=_units(matter), day=structure.day, severity="warning")
        for matter in matters(structure, subject, period=period)
        for rule in chosen
        if rule in (matter.kind.findings or _FINDINGS.get(matter.kind.id, ()))
        for message in _messages(rule, history, structure, matter)
    )


# Files that were written before kinds named their rules hold the package's kinds without them.
_FINDINGS: Final = {kind.id: kind.findings for kind in MATTERS}


def _messages(rule: str, history: History, structure: Structure, matter: Dossier) -> list[str]:
    """What a rule finds wrong with a matter, each once."""
    try:
        return list(dict.fromkeys(RULES[rule](history, structure, matter)))
    except UnitError:
        # A party began after the day that is asked about: the rule cannot be asked then.
        return []


def _label(matter: Dossier) -> str:
    return f"{matter.matter.name}: " if matter.matter.name else ""


def _units(matter: Dossier) -> tuple[str, ...]:
    """The matter and the first units that take part in it."""
    parties = [part.who for part in matter.parties if isinstance(part.who, str)]
    return tuple(dict.fromkeys([matter.id, *parties]))[:4]
