"""Criteria, scores and the ranking of a cluster (chấm điểm, bình xét).

Scores of units live in the ``fact:score`` track of the unit, slot (year, criterion), so
that they are dated, sourced, corrected and written with the history. Points are compared
as exact fractions: 89.9 is 899/10. The ranking is deterministic: equal totals stay equal
unless a tie-break is given, and a unit with a missing score is not ranked as if it had 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, Literal

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Number
from orgmodel.model.plain import plain_fraction
from orgmodel.model.source import Source
from orgmodel.structure.structure import Structure

SCORE_TRACK: Final = fact_track("score")
"""Where the scores of a unit are kept; the slot is (year, criterion)."""


def exact(number: Number | str) -> Fraction:
    """A number as people write it, as a fraction: of a float the digits that Python shows count.

    >>> exact(89.9), exact("0.5")
    (Fraction(899, 10), Fraction(1, 2))
    """
    return plain_fraction(number)


def _exact_or_none(number: Number | str | None) -> Fraction | None:
    return None if number is None else exact(number)


@frozen
class Criterion:
    """One thing that units are scored on.

    Attributes:
        id: the word used everywhere.
        name: for people, English.
        name_vi: for people, Vietnamese.
        most: the most points; None: no limit.
        weight: what its points count in the total; 0 for one that only breaks ties
            (a vote, bình xét).
    """

    id: str
    name: str = ""
    name_vi: str = ""
    most: Fraction | None = field(default=None, converter=_exact_or_none)
    weight: Fraction = field(default=Fraction(1), converter=exact)


def _criteria(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    return tuple(criteria)


@frozen
class Criteria:
    """The criteria that count in some years.

    Attributes:
        id: what the set is called, its version.
        criteria: in order.
        source: the decision that sets them.

    >>> Criteria("2025", [Criterion("tasks", most=60), Criterion("discipline", most=40)]).most
    Fraction(100, 1)
    """

    id: str
    criteria: tuple[Criterion, ...] = field(converter=_criteria)
    source: Source = Source.unknown

    def __attrs_post_init__(self) -> None:
        ids = [criterion.id for criterion in self.criteria]
        faults = [
            Finding("criterion-once", f"the criterion {one!r} is there {ids.count(one)} times")
            for one in dict.fromkeys(ids)
            if ids.count(one) > 1
        ]
        faults += [
            Finding("weight", f"the weight of {c.id!r} is {c.weight}, below zero")
            for c in self.criteria
            if c.weight < 0
        ]
        if not ids:
            faults.append(Finding("criteria", "there are no criteria"))
        if faults:
            raise Refused(f"the criteria {self.id!r}", faults)

    @property
    def by_id(self) -> Mapping[str, Criterion]:
        """The criteria by their id."""
        return {criterion.id: criterion for criterion in self.criteria}

    @property
    def most(self) -> Fraction | None:
        """The highest total that can be reached; None if a criterion that counts has no limit."""
        limits = [(c.most, c.weight) for c in self.criteria if c.weight]
        if any(most is None for most, _ in limits):
            return None
        return sum((most * weight for most, weight in limits if most is not None), Fraction(0))


@frozen
class Score:
    """The points of a unit for one criterion in a year.

    Attributes:
        unit: id of the unit.
        year: the year that is judged.
        criterion: id of the criterion.
        points: a whole number, a fraction or a decimal number.
    """

    unit: str
    year: int
    criterion: str
    points: Number


def score_findings(scores: Iterable[Score], criteria: Criteria) -> tuple[Finding, ...]:
    """What is wrong with scores, each fault with its row, 1 for the first: unknown criteria, points out of range, repeats."""
    faults: list[Finding] = []
    seen: dict[tuple[str, int, str], int] = {}
    known = criteria.by_id
    for row, score in enumerate(scores, 1):

        def fault(rule: str, message: str, score: Score = score, row: int = row) -> None:
            faults.append(Finding(rule, message, (score.unit,), row=row))

        key = score.unit, score.year, score.criterion
        if key in seen:
            fault("score-once", f"{score.criterion!r} of {score.year} is scored in row {seen[key]} as well")
        seen.setdefault(key, row)
        if score.criterion not in known:
            fault("criterion", f"no criterion {score.criterion!r} (there are {', '.join(known)})")
            continue
        if isinstance(score.points, bool) or score.points != score.points or abs(score.points) == float("inf"):
            fault("points", f"{score.points!r} is no number of points")
            continue
        most, points = known[score.criterion].most, exact(score.points)
        if points < 0 or (most is not None and points > most):
            fault("points", f"{score.points} points for {score.criterion!r}; 0 to {'any' if most is None else most}")
    return tuple(faults)


def score_changes(scores: Iterable[Score], criteria: Criteria) -> tuple[Change, ...]:
    """The changes that record scores in a history: put them into an act.

    Raises:
        Refused: with every fault of :func:`score_findings`.

    >>> score_changes([Score("a", 2025, "tasks", 57.5)], Criteria("2025", [Criterion("tasks", most=60)]))
    (Change(subject='a', track='fact:score', value=57.5, slot=(2025, 'tasks'), until=None),)
    """
    listed = tuple(scores)
    faults = score_findings(listed, criteria)
    if faults:
        raise Refused("scores", faults)
    return tuple(Change(s.unit, SCORE_TRACK, s.points, (s.year, s.criterion)) for s in listed)


def scores_of(structure: Structure, units: Iterable[str], year: int) -> tuple[Score, ...]:
    """The recorded scores of units for a year, as known on the structure's day.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: a unit does not live on that day.
    """
    found: list[Score] = []
    for unit in units:
        slots = structure.slots(unit, SCORE_TRACK)
        found += [Score(unit, of, criterion, points) for (of, criterion), points in sorted(slots.items()) if of == year]
    return tuple(found)


@frozen
class Place:
    """The place of a unit in a ranking.

    Attributes:
        rank: 1 for the first. Units of equal merit share a rank and the next ones are
            skipped: 1, 2, 2, 4.
        unit: id of the unit.
        total: its weighted points.
        tied: whether others share the rank.
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
        places: best first; within a shared rank in order of the units given, which means
            nothing.
        unranked: units with the criteria they were not scored on.
        tie_break: ids of the criteria that decided between equal totals, in order.
    """

    year: int
    places: tuple[Place, ...]
    unranked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tie_break: tuple[str, ...] = ()

    @property
    def ties(self) -> tuple[tuple[str, ...], ...]:
        """The groups of units that share a rank."""
        ranks = dict.fromkeys(place.rank for place in self.places if place.tied)
        return tuple(tuple(p.unit for p in self.places if p.rank == rank) for rank in ranks)

    def rank_of(self, unit: str) -> int | None:
        """The rank of a unit; None if it is not ranked."""
        return next((place.rank for place in self.places if place.unit == unit), None)

    def at(self, rank: int) -> tuple[str, ...]:
        """Ids of the units on a rank; none where the rank is skipped."""
        return tuple(place.unit for place in self.places if place.rank == rank)

    def __str__(self) -> str:
        lines = [f"{p.rank}{'=' if p.tied else ''} {p.unit} {float(p.total):g}" for p in self.places]
        lines += [f"- {unit}: not scored on {', '.join(missing)}" for unit, missing in self.unranked]
        return "\n".join(lines)


def rank(
    units: Iterable[str],
    scores: Iterable[Score],
    criteria: Criteria,
    year: int,
    *,
    tie_break: Sequence[str] = (),
    missing: Literal["refuse", "unranked"] = "refuse",
) -> Ranking:
    """The units in order of their weighted points.

    Args:
        units: ids of the units to rank, the members of a cluster.
        scores: their scores; those of other years are passed over.
        criteria: what they are scored on.
        year: the year that is judged.
        tie_break: ids of criteria by whose points equal totals are parted, the first
            first; units equal in all of them stay equal.
        missing: what to do with a unit that lacks a score: refuse the whole, or list it
            as unranked.

    Raises:
        Refused: with every fault: of the scores, of units that are not to be ranked, of
            the tie-break, of missing scores.

    >>> criteria = Criteria("2025", [Criterion("tasks", most=60), Criterion("vote", weight=0)])
    >>> given = [Score(u, 2025, c, p) for u, tasks, vote in (("a", 50, 3), ("b", 57, 1), ("c", 50, 4))
    ...          for c, p in (("tasks", tasks), ("vote", vote))]
    >>> print(rank("abc", given, criteria, 2025))
    1 b 57
    2= a 50
    2= c 50
    >>> print(rank("abc", given, criteria, 2025, tie_break=["vote"]))
    1 b 57
    2 c 50
    3 a 50
    """
    wanted = list(units)
    listed = [score for score in scores if score.year == year]
    faults = list(score_findings(listed, criteria))
    faults += [
        Finding("unit-once", f"{unit!r} is to be ranked {wanted.count(unit)} times", (unit,))
        for unit in dict.fromkeys(wanted)
        if wanted.count(unit) > 1
    ]
    faults += [
        Finding("unit", f"{unit!r} is scored and not among the units to be ranked", (unit,))
        for unit in dict.fromkeys(score.unit for score in listed)
        if unit not in wanted
    ]
    faults += [
        Finding("tie-break", f"no criterion {one!r} to break ties by (there are {', '.join(criteria.by_id)})")
        for one in tie_break
        if one not in criteria.by_id
    ]
    if faults:
        raise Refused(f"the ranking of {year}", faults)
    points: dict[str, dict[str, Fraction]] = {unit: {} for unit in wanted}
    for score in listed:
        points[score.unit][score.criterion] = exact(score.points)
    needed = [c for c in criteria.criteria if c.weight or c.id in tie_break]
    gaps = {unit: tuple(c.id for c in needed if c.id not in points[unit]) for unit in wanted}
    without = tuple((unit, gap) for unit, gap in gaps.items() if gap)
    if without and missing == "refuse":
        raise Refused(
            f"the ranking of {year}",
            [Finding("missing-score", f"{unit!r} is not scored on {', '.join(gap)}", (unit,)) for unit, gap in without],
        )
    merit = {
        unit: (
            sum((points[unit][c.id] * c.weight for c in needed if c.weight), Fraction(0)),
            *(points[unit][one] for one in tie_break),
        )
        for unit in wanted
        if not gaps[unit]
    }
    ordered = sorted(merit, key=lambda unit: [-part for part in merit[unit]])
    places: list[Place] = []
    for unit in ordered:
        better = sum(merit[other] > merit[unit] for other in ordered)
        equal = sum(merit[other] == merit[unit] for other in ordered)
        places.append(Place(better + 1, unit, merit[unit][0], equal > 1))
    return Ranking(year, tuple(places), without, tuple(tie_break))


def rank_cluster(
    structure: Structure,
    cluster: str,
    year: int,
    criteria: Criteria,
    *,
    tie_break: Sequence[str] = (),
    missing: Literal["refuse", "unranked"] = "refuse",
) -> Ranking:
    """The members of a cluster in order of the points recorded by the structure's day; see :func:`rank`.

    Raises:
        Refused: as :func:`rank`.
    """
    members = structure.members(cluster)
    scores = scores_of(structure, members, year)
    return rank(members, scores, criteria, year, tie_break=tie_break, missing=missing)
