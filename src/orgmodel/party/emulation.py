"""Emulation (thi đua): leading units by year, points, ranking, and coverage by clusters.

The year's work of a cluster, its pact and its awards are matters (:mod:`orgmodel.party.work`). This module has roles,
which are elected for a year, and points: a track of the unit with the slot (set of criteria, year, criterion). A set
of criteria is a document with rows (criterion, most points or None, weight).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from importlib.resources import files
from typing import Any, ClassVar, Final

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import Desk
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent
from orgmodel.model.door import strict
from orgmodel.party.offices import check_word
from orgmodel.party.periods import OpenSpan, any_span, span
from orgmodel.party.questions import find, lived, on_day, unknown_words
from orgmodel.party.targets import exact
from orgmodel.party.tracks import SCORE
from orgmodel.party.work import read_criteria
from orgmodel.period import DayLike, Period
from orgmodel.rules.rule import Undecided
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "Elect", "MeanWeighted", "Place", "Ranking", "Score", "best", "days_without_leader", "points", "rank",
    "role_holdings",
]  # fmt: skip


def _most_deputies() -> int:
    """How many deputies a cluster has at most unless an act says otherwise, by ``emulation.toml``, with its source."""
    text = (files("orgmodel.party") / "data" / "emulation.toml").read_text(encoding="utf-8")
    return int(tomllib.loads(text)["deputies"]["most"])


MOST_DEPUTIES: Final = _most_deputies()


# ---- roles


@frozen
class Elect(Operation[None]):
    """Leading units of a cluster are elected for a year (bầu Cụm trưởng, Cụm phó).

    The act's day is that from which they lead, 1 January or a later day of the year; the conference that elected them
    is a meeting, or the day ``decided`` of the source.

    Attributes:
        cluster: id of the cluster.
        role: ``leader`` or ``deputy``.
        units: ids of the units, in order of their seats.
        year: the year.
        most: the most that there may be in all.

    Raises:
        InvalidAct: with every fault: a second leader, too many deputies, a unit in two seats, a unit that is no member.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> history = reform_2025()
    >>> with history.draft("2026-01-01", act_id="election") as act:
    ...     act.elect("cluster-1", "leader", units="vn-p-14-btc", year=2026)
    >>> history.enact(act).at("2026-02-01").leader("cluster-1")
    'vn-p-14-btc'
    """

    name: ClassVar[str] = "party.elect"
    cluster: str
    role: str
    units: arg.Units = field(converter=arg.chosen, kw_only=True)
    year: int = field(kw_only=True)
    most: int = field(default=MOST_DEPUTIES, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the role."""
        context, cluster, period = OperationContext(at), self.cluster, span(self.year)
        check_word(context, "role", self.role, (LEADER, DEPUTY), cluster)
        if at.day not in period:
            message = f"who leads in {self.year} leads from a day of {self.year} on, not from {at.day}"
            context.fault("year", message, cluster)
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        if cluster not in {known.id for known in at.structure.clusters()}:
            context.fault("cluster", f"there is no cluster {cluster!r} on {at.day}", cluster)
            context.stop(f"an election in {cluster!r} on {at.day}")
        holders = {seat: unit for seat, unit in at.structure.roles(cluster).items() if not isinstance(unit, Absent)}
        taken = {number for role, number in holders if role == self.role}
        self._check_seats(context, units, len(taken))
        self._check_units(context, units, set(holders.values()))
        free = sorted(set(range(1, len(taken) + len(units) + 1)) - taken)
        for unit, number in zip(units, free, strict=False):
            # A role ends with its year by itself: nobody is relieved.
            context.events.append(Change(cluster, tracks.ROLE, unit, (self.role, number), period.end))
        return context.done(f"an election in {cluster!r} on {at.day}", f"{self.role} of {cluster} {self.year}")

    def _check_units(self, context: OperationContext, units: Sequence[str], holders: set[str]) -> None:
        """A fault for each unit that is no member, or would have two seats."""
        members = context.structure.members(self.cluster)
        for unit in units:
            if unit not in members:
                day = context.structure.day
                context.mend("member", f"it is no member of {self.cluster!r} on {day}", unit)
            if unit in holders or units.count(unit) > 1:
                context.fault("one-seat", f"it would hold two seats of {self.cluster!r}", unit)

    def _check_seats(self, context: OperationContext, units: Sequence[str], taken: int) -> None:
        """A fault if more are elected than there are seats; a cluster has one leader."""
        most = 1 if self.role == LEADER else self.most
        if taken + len(units) > most:
            before = f"{taken} elected before, " if taken else ""
            message = f"{before}{len(units)} to be {self.role}; {most} at most in {self.year}"
            context.fault("seats", message, self.cluster, *units)


@frozen
class RoleHolding:
    """A seat of a cluster and the unit that holds it.

    Attributes:
        cluster: id of the cluster.
        role: ``leader`` or ``deputy``.
        seat: which of several.
        unit: id of the unit, or why there is none.
        period: from when to when.
    """

    cluster: str
    role: str
    seat: int
    unit: str | Absent
    period: Period


@strict
def role_holdings(history: History, cluster: str, *, period: OpenSpan | None = None) -> tuple[RoleHolding, ...]:
    """The seats of a cluster and who holds them, by first day, leaders first.

    Args:
        history: the history.
        cluster: id of the cluster.
        period: only seats held on some day of it; None: all.

    Raises:
        UnknownUnit: there never was such a cluster.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> [(one.role, one.unit) for one in role_holdings(reform_2025(), "cluster-2", period=2026)]
    [('leader', 'vn-p-33-2025-btc')]
    """
    wanted = Period() if period is None else any_span(period)
    holdings = [
        RoleHolding(cluster, fact.slot[0], fact.slot[1], fact.value, Period(fact.start, fact.end))
        for fact in history.biography(cluster)
        if fact.track == tracks.ROLE and Period(fact.start, fact.end).overlaps(wanted)
    ]
    return tuple(sorted(holdings, key=lambda seat: (seat.period.start or dt.date.min, seat.role != LEADER, seat.seat)))


@strict
def days_without_leader(history: History, cluster: str, year: int) -> int:
    """How many days of a year a cluster was there and no live unit led it.

    Days on which no leader is on record count too; those before the cluster was formed or after it was dissolved do not.

    Args:
        history: the history.
        cluster: id of the cluster.
        year: the calendar year.

    Raises:
        UnknownUnit: there never was such a cluster.
        Refused: it was there on no day of the year.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> days_without_leader(reform_2025(), "cluster-2", 2025)
    0
    """
    # A leader that ended before its term leads no more: both periods count.
    terms = [
        (holding.period, history.life(holding.unit))
        for holding in role_holdings(history, cluster, period=year)
        if holding.role == LEADER and isinstance(holding.unit, str)
    ]
    lifetime = history.life(cluster)
    ordinals = range(dt.date(year, 1, 1).toordinal(), dt.date(year + 1, 1, 1).toordinal())
    days = [day for day in map(dt.date.fromordinal, ordinals) if day in lifetime]
    if not days:
        message = f"the cluster was there {lifetime}, on no day of {year}"
        raise Refused("days without a leader", [Finding("period", message, (cluster,))])
    return sum(not any(day in term and day in life for term, life in terms) for day in days)


# ---- points


@frozen
class Criterion:
    """One thing that units are scored on.

    Attributes:
        id: the word used everywhere.
        most: the most points; None: no limit.
        weight: the weight of its points in the total; 0 if it only breaks ties (a vote, bình xét).
    """

    id: str
    most: Fraction | None = None
    weight: Fraction = Fraction(1)


def criteria_of(document: Dossier) -> dict[str, Criterion]:
    """The criteria that a document sets, by id.

    Raises:
        Refused: its rows cannot be read.
    """
    rows, faults = read_criteria(document.criteria)
    if faults:
        title = f"the criteria of {document.matter.id!r}"
        raise Refused(title, [Finding("criteria", fault, (document.matter.id,)) for fault in faults])
    return {name: Criterion(name, most, weight) for name, most, weight in rows}


@frozen
class Score(Operation[None]):
    """A unit is scored for a year (chấm điểm).

    Attributes:
        unit: id of the unit.
        points: criterion -> points; None: not given.
        criteria: id of the document that sets the criteria.
        year: the year.

    Raises:
        InvalidAct: with every fault: no such document or criterion, points above its limit.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2026-01-15") as act:
    ...     criteria = act.issue("vn", "12-HD", form="bộ tiêu chí", criteria=[("tasks", 70), ("building", 30)])
    ...     act.score("p", {"tasks": 62, "building": 25}, criteria=criteria, year=2025)
    >>> points(act.structure, "p", criteria, 2025)
    {'building': Fraction(25, 1), 'tasks': Fraction(62, 1)}
    """

    name: ClassVar[str] = "party.score"
    unit: arg.One = field(converter=arg.one)
    points: arg.Figures = field(converter=arg.figures)
    criteria: str = field(kw_only=True)
    year: int = field(kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the points."""
        context = OperationContext(at)
        context.live(self.unit)
        document = Desk(context).read(self.criteria)
        criteria = criteria_of(document) if document is not None and document.matter.kind == "document" else {}
        if document is not None and not criteria:
            context.fault("criteria", f"{self.criteria!r} sets no criteria", self.unit)
        for name, value in self.points:
            # Without criteria that is the fault; each criterion would only repeat it.
            criterion = criteria.get(name) if criteria else Criterion(name)
            if criterion is None:
                context.fault("criterion", f"no criterion {name!r} (there are {', '.join(criteria)})", self.unit)
            elif fault := _points_fault(value, criterion.most):
                context.fault("points", f"{value!r} points for {name!r}: {fault}", self.unit)
            context.events.append(Change(self.unit, SCORE, value, (self.criteria, self.year, name)))
        return context.done(f"points of {self.unit!r} on {at.day}", f"points of {self.unit} {self.year}")


def _points_fault(value: Any, most: Fraction | None) -> str:
    """Why a value is no number of points up to a limit; empty if it is one, or takes the points away."""
    if value is None:
        return ""
    if isinstance(value, bool) or value != value or abs(value) == float("inf"):
        return "that is no number of points"
    if exact(value) < 0 or (most is not None and exact(value) > most):
        return f"0 to {'any' if most is None else most}"
    return ""


@strict
def points(structure: Structure, unit: str, criteria: str, year: int) -> dict[str, Fraction]:
    """The points of a unit for a year by criterion, of a unit that has ended as they were last.

    Args:
        structure: the day of what is known.
        unit: id of the unit.
        criteria: id of the document that sets the criteria.
        year: the year that was judged.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2026-01-15") as act:
    ...     criteria = act.issue("vn", "12-HD", form="bộ tiêu chí", criteria=[("tasks", 70)])
    ...     act.score("p", {"tasks": 62.5}, criteria=criteria, year=2025)
    >>> points(act.structure, "p", criteria, 2025), points(act.structure, "p", criteria, 2024)
    ({'tasks': Fraction(125, 2)}, {})
    """
    return {
        name: exact(value)
        for (of, when, name), value in structure.last_slots(unit, SCORE).items()
        if (of, when) == (criteria, year) and value is not None
    }


@frozen
class Place:
    """The place of a unit in a ranking.

    Attributes:
        rank: 1 for the first. Units of equal merit share a rank and the next ones are skipped: 1, 2, 2, 4.
        unit: id of the unit.
        total: its weighted points.
        tied: whether others share the rank.

    >>> first, second = Place(1, "a", Fraction(90)), Place(2, "b", Fraction(171, 2))
    >>> float(first.total - second.total), second.tied
    (4.5, False)
    """

    rank: int
    unit: str
    total: Fraction
    tied: bool = False


@frozen
class Ranking:
    """The units of a cluster in order of merit.

    Attributes:
        year: the year that was judged.
        places: best first; within a shared rank in order of the units given, which means nothing.
        unranked: units with what is missing of them.
        tie_break: the criteria that decided between equal totals, in order.

    >>> tied = [Place(2, unit, Fraction(85), True) for unit in "bc"]
    >>> ranking = Ranking(2025, (Place(1, "a", Fraction(90)), *tied))
    >>> ranking.ties, best(ranking)
    ((('b', 'c'),), ('a',))
    """

    year: int
    places: tuple[Place, ...]
    unranked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tie_break: tuple[str, ...] = ()

    @property
    def ties(self) -> tuple[tuple[str, ...], ...]:
        """The groups of units that share a rank."""
        ranks = dict.fromkeys(place.rank for place in self.places if place.tied)
        return tuple(self.at(rank) for rank in ranks)

    def at(self, rank: int) -> tuple[str, ...]:
        """Ids of the units on a rank; none where the rank is skipped."""
        return tuple(place.unit for place in self.places if place.rank == rank)

    def __str__(self) -> str:
        lines = [f"{p.rank}{'=' if p.tied else ''} {p.unit} {float(p.total):g}" for p in self.places]
        lines += [f"- {unit}: not scored on {', '.join(missing)}" for unit, missing in self.unranked]
        return "\n".join(lines)


Counting = Callable[[Structure, str, str, int], Mapping[str, Fraction]]
"""(structure, unit, set of criteria, year) -> the points that count for the unit: its own, or made of its predecessors' points."""


def _lowest(structure: Structure, unit: str, criteria: str, year: int) -> dict[str, Fraction]:
    """The lowest points of the predecessors, on criteria on which all that have points were scored; then its own."""
    predecessors = [points(structure, old, criteria, year) for old in structure.origins(unit)]
    scored = [points_of for points_of in predecessors if points_of]
    lowest = {name: min(points_of[name] for points_of in scored) for name in _common(scored)}
    return lowest | points(structure, unit, criteria, year)


def _common(scored: Sequence[Mapping[str, Fraction]]) -> list[str]:
    """The criteria on which all of some units were scored."""
    return sorted(set.intersection(*map(set, scored))) if scored else []


@frozen
class MeanWeighted:
    """The mean of the points of a unit and of its predecessors, weighted by the days of the year on which each lived.

    A criterion has no mean if a unit that lived in the year was not scored on it: its points are missing, not zero.

    Attributes:
        days: unit -> how many days count for it, instead of the days of the year on which it lived.

    >>> from orgmodel.history.history import structure_of
    >>> MeanWeighted()(structure_of([{"id": "a"}], day="2025-07-01"), "a", "criteria", 2025)
    {}
    """

    days: Mapping[str, int] = field(factory=dict, converter=dict, hash=False)

    def __call__(self, structure: Structure, unit: str, criteria: str, year: int) -> dict[str, Fraction]:
        """The means by criterion."""
        scored: list[tuple[int, dict[str, Fraction]]] = []
        for predecessor in (unit, *structure.origins(unit)):
            days = self.days.get(predecessor, _days_lived(structure, predecessor, year))
            if days > 0:
                scored.append((days, points(structure, predecessor, criteria, year)))
        all_days = sum(days for days, _ in scored)
        return {
            name: sum((days * points_of[name] for days, points_of in scored), Fraction(0)) / all_days
            for name in _common([points_of for _, points_of in scored])
        }


def _days_lived(structure: Structure, unit: str, year: int) -> int:
    """The days of a year on which a unit lived; none, or fewer, if it did not."""
    life, first, end = lived(structure, unit), dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    return (min(life.end or end, end) - max(life.start or first, first)).days


POLICIES: Final[dict[str, Counting]] = {"own": points, "lowest": _lowest, "mean": MeanWeighted()}
"""Which points count: a unit's own; the lowest of its predecessors where it has none; the mean of all by days lived."""


@strict
def rank(
    h: Structure | History,
    cluster: str,
    year: int,
    *,
    criteria: str | None = None,
    tie_break: Sequence[str] = (),
    predecessors: str | Counting = "own",
    among: Iterable[str] | None = None,
    on: DayLike | None = None,
) -> Ranking | Undecided:
    """The members of a cluster on the day in order of their points of a year.

    A unit without points of a criterion that counts is not ranked as if it had zero points: what is missing is named.

    Args:
        h: a structure, or a history.
        cluster: id of the cluster.
        year: the year that is judged.
        criteria: id of the document with the criteria; if None, the one named by the cluster's year of work.
        tie_break: criteria by whose points equal totals are parted, the first first.
        predecessors: ``own``, ``lowest``, ``mean``, a :class:`MeanWeighted` or another function: which points count.
        among: the units to rank instead of the members.
        on: the day, if a history is asked; None: the last one of it.

    Returns:
        The ranking; undecided if it is not on record by which criteria the year is judged.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such cluster on the day.
        Refused: an unknown criterion in the tie-break, or an unknown policy.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("a", "b", "c")
    >>> with history.draft("2026-01-15") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b", "c"])
    ...     criteria = act.issue("vn", "12-HD", form="bộ tiêu chí", criteria=[("tasks", 70)])
    ...     act.score("a", {"tasks": 50}, criteria=criteria, year=2025)
    ...     act.score("b", {"tasks": 62}, criteria=criteria, year=2025)
    >>> ranking = rank(act.structure, "c1", 2025, criteria=criteria)
    >>> [(place.rank, place.unit) for place in ranking.places], ranking.unranked
    ([(1, 'b'), (2, 'a')], (('c', ('tasks',)),))
    """
    structure = on_day(h, on)
    units = structure.members(cluster) if among is None else tuple(among)
    # Criteria change from year to year, so those of the year that is judged count, not the latest.
    document = _document_of(structure, cluster, year) if criteria is None else criteria
    if document not in {known.id for known in structure.matters("document")}:
        return Undecided("criteria", (cluster,), day=structure.day, message=f"the criteria of {year} are not on record")
    known = criteria_of(dossier(structure, document))
    policy = _policy_of(year, known, tie_break, predecessors)
    scores = {unit: policy(structure, unit, document, year) for unit in units}
    return _ranking(year, scores, known, tuple(tie_break))


def _ranking(
    year: int, scores: Mapping[str, Mapping[str, Fraction]], known: Mapping[str, Criterion], tie_break: tuple[str, ...]
) -> Ranking:
    """The ranking of units by their points, of which those that lack some have no place."""
    # A criterion without weight only breaks ties: its points are missed only where a tie-break asks for them.
    weights = {name: criterion.weight for name, criterion in known.items() if criterion.weight or name in tie_break}
    merit: dict[str, tuple[Fraction, ...]] = {}
    unranked: list[tuple[str, tuple[str, ...]]] = []
    for unit, scored in scores.items():
        if missing := tuple(name for name in weights if name not in scored):
            unranked.append((unit, missing))
        else:
            # Units are compared by their totals, then by each tie-break: as tuples, in one go.
            merit[unit] = (_total(scored, weights), *map(scored.__getitem__, tie_break))
    return Ranking(year, tuple(_places(merit)), tuple(unranked), tie_break)


def _document_of(structure: Structure, cluster: str, year: int) -> Any:
    """The id of the document with the criteria, as the cluster's year of work names it; None if it names none."""
    work = find(structure, "work-year", scope=cluster, year=year)
    return None if work is None else work.criteria


def _total(scored: Mapping[str, Fraction], weights: Mapping[str, Fraction]) -> Fraction:
    return sum((scored[name] * weight for name, weight in weights.items()), Fraction(0))


def _policy_of(
    year: int, known: Mapping[str, Criterion], tie_break: Iterable[str], predecessors: str | Counting
) -> Counting:
    """Which points count, if that and the tie-break are words that are known."""
    faults = unknown_words("criterion", tie_break, known, rule="tie-break")
    if isinstance(predecessors, str):
        faults += unknown_words("policy", [predecessors], POLICIES, rule="predecessors")
    if faults:
        raise Refused(f"the ranking of {year}", faults)
    return POLICIES[predecessors] if isinstance(predecessors, str) else predecessors


def _places(merit: Mapping[str, tuple[Fraction, ...]]) -> Iterator[Place]:
    """The places of units by their total and what parts equal totals, best first."""
    # Equal merit shares a rank and the following ranks are skipped: 1, 2, 2, 4, as in sports.
    how_many = Counter(merit.values())
    rank_of: dict[tuple[Fraction, ...], int] = {}
    following = 1
    for parts in sorted(how_many, reverse=True):
        rank_of[parts] = following
        following += how_many[parts]
    for unit in sorted(merit, key=lambda unit: rank_of[merit[unit]]):
        yield Place(rank_of[merit[unit]], unit, merit[unit][0], how_many[merit[unit]] > 1)


@strict
def best(ranking: Ranking, seats: int = 1) -> tuple[str, ...] | Undecided:
    """The best units of a ranking, as many as there are seats; undecided where a tie would decide.

    Args:
        ranking: the ranking.
        seats: how many are sought.

    >>> first, second = Place(1, "a", Fraction(9)), Place(2, "b", Fraction(8))
    >>> best(Ranking(2025, (first, second))), best(Ranking(2025, (first, second), unranked=(("c", ("tasks",)),)))
    (('a',), Undecided(missing='points', units=('c',), rule='', day=None, message='units are not ranked', message_vi='', citation=''))
    """
    if ranking.unranked:
        return Undecided("points", tuple(unit for unit, _ in ranking.unranked), message="units are not ranked")
    chosen = [place for place in ranking.places if place.rank <= seats]
    if len(chosen) > seats:
        tied = tuple(place.unit for place in chosen if place.tied)
        message = f"{len(chosen)} units for {seats} places; decide between the equal ones"
        return Undecided("tie-break", tied, message=message)
    return tuple(place.unit for place in chosen)


# ---- functions of the verbs: (structure, arguments) -> events

elect = function(Elect)
score = function(Score)
