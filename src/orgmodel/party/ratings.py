"""Yearly ratings (xếp loại hằng năm): grades by date, runs of years, "four good" cells, mergers.

The ratings of an organisation are facts of the unit: ``fact:rated``, slot the year, value
the grade; ``fact:rated_under`` names the scheme it was given under. So they are dated,
sourced, corrected and written with the history. The latest also stands in ``fact:rating``,
where the rulebook looks. Ratings of persons are :class:`Rating` values with an opaque id;
the functions on runs take both.

Grades come from a scheme in force on the day of the decision: Regulation 366-QĐ/TW has
bands of points from 2025-08-30 (rule G08); before, Regulation 124-QĐ/TW had four grades and a
cap on the best of them (rule G09). What a scheme does not say is not made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, Final

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Number
from orgmodel.party.emulation.scores import exact
from orgmodel.party.tracks import INHERITED, RATED
from orgmodel.party.vietnam import rulebook_rows
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

EXCELLENT: Final = "excellent"
GOOD: Final = "good"
COMPLETED: Final = "completed"
NOT_COMPLETED: Final = "not completed"

GRADES: Final = (NOT_COMPLETED, COMPLETED, GOOD, EXCELLENT)
"""The grades, from the lowest."""

GRADES_VI: Final[Mapping[str, str]] = {
    EXCELLENT: "hoàn thành xuất sắc nhiệm vụ",
    GOOD: "hoàn thành tốt nhiệm vụ",
    COMPLETED: "hoàn thành nhiệm vụ",
    NOT_COMPLETED: "không hoàn thành nhiệm vụ",
}
"""The grades in Vietnamese."""

RATED_UNDER: Final = fact_track("rated_under")
RATING: Final = fact_track("rating")


def _known(grade: str) -> str:
    if grade not in GRADES:
        raise Refused("a rating", [Finding("grade", f"{grade!r} is no grade; use one of {', '.join(GRADES)}")])
    return grade


@frozen
class Rating:
    """The grade of an organisation or member for a year.

    Attributes:
        subject: id of a unit, or the opaque id of a person.
        year: the year that was rated.
        grade: one of :data:`GRADES`.
        scheme: id of the scheme it was given under, ``""`` if not recorded.

    >>> Rating("u1", 2025, "excellent").grade
    'excellent'
    """

    subject: str
    year: int
    grade: str = field(converter=_known)
    scheme: str = ""


def rating_changes(ratings: Iterable[Rating], *, latest: bool = True) -> tuple[Change, ...]:
    """The changes that record ratings of units in a history: put them into an act on the day of the decision.

    Args:
        ratings: of units that live on that day.
        latest: whether the latest rating of each unit here is the latest there is, and so
            to be shown to the rulebook. False for years that are recorded afterwards.

    Raises:
        Refused: with each unit that is rated twice for a year.

    >>> [(c.track, c.slot, c.value) for c in rating_changes([Rating("u1", 2025, "good", "366-QĐ/TW")])]
    [('fact:rated', 2025, 'good'), ('fact:rated_under', 2025, '366-QĐ/TW'), ('fact:rating', None, 'good')]
    """
    listed = tuple(ratings)
    seen: dict[tuple[str, int], int] = {}
    faults: list[Finding] = []
    for row, one in enumerate(listed, 1):
        key = one.subject, one.year
        if key in seen:
            faults.append(
                Finding("rating-once", f"{one.year} is rated in row {seen[key]} as well", (one.subject,), row=row)
            )
        seen.setdefault(key, row)
    if faults:
        raise Refused("ratings", faults)
    changes: list[Change] = []
    newest: dict[str, Rating] = {}
    for one in listed:
        changes.append(Change(one.subject, RATED, one.grade, one.year))
        if one.scheme:
            changes.append(Change(one.subject, RATED_UNDER, one.scheme, one.year))
        if one.subject not in newest or newest[one.subject].year < one.year:
            newest[one.subject] = one
    if latest:
        changes += [Change(unit, RATING, one.grade) for unit, one in newest.items()]
    return tuple(changes)


def ratings_of(structure: Structure, units: Iterable[str] | None = None) -> tuple[Rating, ...]:
    """The ratings of units that are recorded by the structure's day, by unit, then year.

    Args:
        structure: the day.
        units: ids of live units; all that have a rating, in preorder, if None.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: a unit does not live on the day.
    """
    if units is None:
        columns = DayColumns(structure)
        rated = columns.slots(RATED)
        units = sorted(rated, key=columns.place.__getitem__)
    found: list[Rating] = []
    for unit in units:
        grades, schemes = structure.slots(unit, RATED), structure.slots(unit, RATED_UNDER)
        found += [Rating(unit, year, grade, schemes.get(year, "")) for year, grade in sorted(grades.items())]
    return tuple(found)


def ratings_ever(history: History, unit: str) -> tuple[Rating, ...]:
    """The last recorded ratings of a unit, also of one that has ended, by year.

    Raises:
        UnknownUnit: there never was such a unit.
    """
    grades: dict[int, str] = {}
    schemes: dict[int, str] = {}
    for fact in history.biography(unit):
        if fact.track == RATED:
            grades[fact.slot] = fact.value
        elif fact.track == RATED_UNDER:
            schemes[fact.slot] = fact.value
    return tuple(Rating(unit, year, grade, schemes.get(year, "")) for year, grade in sorted(grades.items()))


# ---- runs


@frozen
class Run:
    """Years in a row with one grade.

    Attributes:
        subject: whose.
        first: the first year.
        last: the last year.
        schemes: ids of the schemes the grades were given under, each once, in order.
    """

    subject: str
    first: int
    last: int
    schemes: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """How many years."""
        return self.last - self.first + 1


def runs(ratings: Iterable[Rating], subject: str, grade: str = EXCELLENT) -> tuple[Run, ...]:
    """All runs of a grade of one subject, by year. A year without a rating ends a run: not known is not the grade.

    A change of the rules does not end a run: the grade counts, not the scheme it was given under.

    >>> given = [Rating("a", year, "excellent", "124" if year < 2025 else "366") for year in range(2021, 2026)]
    >>> runs(given, "a")
    (Run(subject='a', first=2021, last=2025, schemes=('124', '366')),)
    """
    _known(grade)
    mine = _by_year(ratings, subject)
    years = sorted(year for year, one in mine.items() if one.grade == grade)
    found: list[Run] = []
    for year in years:
        scheme = mine[year].scheme
        if found and found[-1].last == year - 1:
            before = found.pop()
            schemes = before.schemes if scheme in before.schemes or not scheme else (*before.schemes, scheme)
            found.append(Run(subject, before.first, year, schemes))
        else:
            found.append(Run(subject, year, year, (scheme,) if scheme else ()))
    return tuple(found)


def _by_year(ratings: Iterable[Rating], subject: str) -> dict[int, Rating]:
    mine: dict[int, Rating] = {}
    faults: list[Finding] = []
    for one in ratings:
        if one.subject != subject:
            continue
        other = mine.setdefault(one.year, one)
        if other.grade != one.grade:
            faults.append(Finding("rating-once", f"{one.year} is rated {other.grade!r} and {one.grade!r}", (subject,)))
    if faults:
        raise Refused("ratings", faults)
    return mine


def longest_run(ratings: Iterable[Rating], subject: str, grade: str = EXCELLENT) -> Run | None:
    """The longest run of a grade, the latest of equally long ones; None if the grade was never given.

    >>> given = [Rating("a", year, "excellent") for year in (2018, 2019, 2021, 2022, 2024)]
    >>> longest_run(given, "a")
    Run(subject='a', first=2021, last=2022, schemes=())
    """
    return max(runs(ratings, subject, grade), key=lambda run: (run.length, run.last), default=None)


def rated_throughout(ratings: Iterable[Rating], first: int, last: int, grade: str = EXCELLENT) -> tuple[str, ...]:
    """Ids of all who had a grade in every year from ``first`` to ``last``, both included, in order of the ratings.

    >>> given = [Rating(who, year, "excellent") for who in "ab" for year in range(2021, 2026) if (who, year) != ("b", 2023)]
    >>> rated_throughout(given, 2021, 2025)
    ('a',)
    """
    if last < first:
        raise Refused("a run", [Finding("years", f"{last} is before {first}")])
    listed = tuple(ratings)
    by_subject: dict[str, list[Rating]] = {}
    for one in listed:
        by_subject.setdefault(one.subject, []).append(one)
    return tuple(
        subject
        for subject, mine in by_subject.items()
        if any(run.first <= first and last <= run.last for run in runs(mine, subject, grade))
    )


# ---- schemes


@frozen
class Bands:
    """Points of a scheme of 100: from which on a grade is reached, and what else it asks for.

    Attributes:
        excellent, good, completed: the least points.
        tasks_done: the share of tasks that must be done for the best grade.
        above_target: the share of tasks that must be above target for it.
        most_late: the largest share of late tasks for ``completed``.
    """

    excellent: Fraction = Fraction(90)
    good: Fraction = Fraction(70)
    completed: Fraction = Fraction(50)
    tasks_done: Fraction = Fraction(1)
    above_target: Fraction = Fraction(3, 10)
    most_late: Fraction = Fraction(1, 5)


@frozen
class Scheme:
    """What ratings follow during a period.

    Attributes:
        id: what it is called.
        rule: id of the rule in the rulebook.
        period: the days of decision on which it is in force.
        citation: the regulation.
        certainty: how sure the citation is.
        bands: its bands of points; None if it has none that are known.
        excellent_cap: the largest share of the best grade among those rated good or
            better; None if it has none.
    """

    id: str
    rule: str
    period: Period
    citation: str
    certainty: str
    bands: Bands | None = None
    excellent_cap: Fraction | None = None


@cache
def schemes() -> tuple[Scheme, ...]:
    """The schemes that are known, the earliest first: periods and citations are those of rules G09 and G08.

    >>> [(scheme.id, str(scheme.period)) for scheme in schemes()]
    [('124-QĐ/TW', '2023-10-04 to 2025-08-29'), ('366-QĐ/TW', 'from 2025-08-30')]
    """
    rows = {row.id: row for row in rulebook_rows()}
    old, new = rows["G09"], rows["G08"]
    return (
        Scheme("124-QĐ/TW", old.id, old.period, old.citation, old.certainty, None, Fraction(1, 5)),
        Scheme("366-QĐ/TW", new.id, new.period, new.citation, new.certainty, Bands()),
    )


def scheme_on(day: DayLike, known: Sequence[Scheme] | None = None) -> Scheme | None:
    """The scheme in force on the day of a decision; None if none is known for it.

    >>> [None if s is None else s.id for s in map(scheme_on, ("2023-01-01", "2025-08-29", "2025-08-30"))]
    [None, '124-QĐ/TW', '366-QĐ/TW']
    """
    day = as_day(day)
    return next((scheme for scheme in (schemes() if known is None else known) if day in scheme.period), None)


def _share(value: Number | str | None) -> Fraction | None:
    return None if value is None else exact(value)


@frozen
class Assessment:
    """What a grade is judged by. None is "not known".

    Attributes:
        points: of 100.
        tasks_done: share of the tasks done, 0 to 1.
        above_target: share of the tasks done above target.
        late: share of the tasks done late.
        disciplined: whether the collective has a disciplined member or unit.
    """

    points: Fraction | None = field(converter=_share)
    tasks_done: Fraction | None = field(default=None, converter=_share)
    above_target: Fraction | None = field(default=None, converter=_share)
    late: Fraction | None = field(default=None, converter=_share)
    disciplined: bool | None = None

    def __attrs_post_init__(self) -> None:
        faults: list[Finding] = []
        if self.points is not None and not 0 <= self.points <= 100:
            faults.append(Finding("points", f"{self.points} points; a scheme of 100 has 0 to 100"))
        for name in ("tasks_done", "above_target", "late"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                faults.append(Finding("share", f"{name} is {share}; a share is 0 to 1 (30 per cent is 0.3)"))
        if faults:
            raise Refused("an assessment", faults)


@frozen
class Judged:
    """The grade of an assessment, or what is missing to tell it.

    Attributes:
        grade: the grade; None if it cannot be told.
        scheme: the scheme it was judged by; None if none is known for the day.
        missing: names of what is not known and would decide.
        reasons: why the grade is lower than the points alone would give.
    """

    grade: str | None
    scheme: Scheme | None
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def judge(assessment: Assessment, decided: DayLike, known: Sequence[Scheme] | None = None) -> Judged:
    """The grade that the scheme in force on the day of the decision gives.

    Of the best grade's further conditions each must be known to hold. Where one is
    known not to hold, the others no longer matter. Fewer conditions than the best
    grade asks leave ``good``; too many late tasks leave ``not completed`` in the band
    of ``completed``.

    Args:
        assessment: points and shares.
        decided: the day of the decision, not the year that is rated.
        known: other schemes than :func:`schemes`.

    >>> judge(Assessment(89.9), "2025-12-15").grade
    'good'
    >>> judge(Assessment(90, tasks_done=1, above_target=0.3, disciplined=False), "2025-12-15").grade
    'excellent'
    >>> judge(Assessment(90, tasks_done=1), "2025-12-15").missing
    ('above_target', 'disciplined')
    >>> judge(Assessment(90), "2024-12-15").missing
    ('bands of 124-QĐ/TW',)
    """
    scheme = scheme_on(decided, known)
    if scheme is None:
        return Judged(None, None, (f"a scheme in force on {as_day(decided)}",))
    if scheme.bands is None:
        return Judged(None, scheme, (f"bands of {scheme.id}",))
    bands, points = scheme.bands, assessment.points
    if points is None:
        return Judged(None, scheme, ("points",))
    if points >= bands.excellent:
        return _best(assessment, bands, scheme)
    if points >= bands.good:
        return Judged(GOOD, scheme)
    if points < bands.completed:
        return Judged(NOT_COMPLETED, scheme)
    if assessment.late is not None and assessment.late > bands.most_late:
        return Judged(NOT_COMPLETED, scheme, (), (f"late tasks {assessment.late}, above {bands.most_late}",))
    # Late tasks that nobody recorded do not lower a grade: the rule is about tasks known to be late.
    return Judged(COMPLETED, scheme)


def _best(assessment: Assessment, bands: Bands, scheme: Scheme) -> Judged:
    conditions: tuple[tuple[str, bool | None, str], ...] = (
        (
            "tasks_done",
            None if assessment.tasks_done is None else assessment.tasks_done >= bands.tasks_done,
            f"tasks done {assessment.tasks_done}, below {bands.tasks_done}",
        ),
        (
            "above_target",
            None if assessment.above_target is None else assessment.above_target >= bands.above_target,
            f"tasks above target {assessment.above_target}, below {bands.above_target}",
        ),
        (
            "disciplined",
            None if assessment.disciplined is None else not assessment.disciplined,
            "a member or unit was disciplined",
        ),
    )
    failed = tuple(why for _, held, why in conditions if held is False)
    missing = tuple(name for name, held, _ in conditions if held is None)
    if failed:
        return Judged(GOOD, scheme, (), failed)
    return Judged(None, scheme, missing) if missing else Judged(EXCELLENT, scheme)


def cap_findings(
    ratings: Iterable[Rating], year: int, decided: DayLike, known: Sequence[Scheme] | None = None
) -> tuple[Finding, ...]:
    """Whether too many were rated best in a year, where the scheme in force on the day of the decision has a cap.

    >>> given = [Rating(str(i), 2024, "excellent" if i < 3 else "good") for i in range(10)]
    >>> print(cap_findings(given, 2024, "2024-12-15")[0])
    2024-12-15: 0, 1, 2: 3 of 10 rated good or better are excellent; 2 at most [G09: Quy định 124-QĐ/TW, Đ.12]
    """
    day = as_day(decided)
    scheme = scheme_on(day, known)
    if scheme is None or scheme.excellent_cap is None:
        return ()
    mine = [one for one in ratings if one.year == year]
    best = [one.subject for one in mine if one.grade == EXCELLENT]
    base = sum(one.grade in (EXCELLENT, GOOD) for one in mine)
    most = int(scheme.excellent_cap * base)
    if len(best) <= most:
        return ()
    return (
        Finding(
            scheme.rule,
            f"{len(best)} of {base} rated good or better are excellent; {most} at most",
            tuple(best),
            day,
            citation=scheme.citation,
            certainty=scheme.certainty,
        ),
    )


# ---- mergers

GradePolicy = Callable[[Sequence[str]], str | None]
"""What a merged unit has of its predecessors' grades of one year; None for nothing."""


def nothing(_grades: Sequence[str], /) -> str | None:
    """A policy: a merged unit begins without ratings.

    >>> nothing(["excellent"]) is None
    True
    """
    return None


def lowest(grades: Sequence[str], /) -> str | None:
    """A policy: the lowest grade of the predecessors.

    >>> lowest(["excellent", "completed", "good"])
    'completed'
    """
    return min(grades, key=GRADES.index, default=None)


def inherited(structure: Structure, members: Iterable[str], new: str, policy: GradePolicy) -> tuple[Change, ...]:
    """The changes that give a merged unit the ratings of its predecessors by a policy.

    A year is inherited only if every predecessor is rated in it. Put the changes into
    the act of the merger, after it; the scheme of an inherited grade is called
    ``inherited``, so that nobody takes it for one that was given.

    Args:
        structure: the structure before the merger, in which the predecessors live.
        members: ids of the predecessors.
        new: id of the merged unit.
        policy: :func:`nothing`, :func:`lowest`, or any function of the grades of a year.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: a predecessor does not live in the structure.
    """
    olds = tuple(members)
    grades = [structure.slots(unit, RATED) for unit in olds]
    years = sorted(set.intersection(*(set(of) for of in grades))) if grades else []
    kept: list[Rating] = []
    for year in years:
        grade = policy([of[year] for of in grades])
        if grade is not None:
            kept.append(Rating(new, year, grade, INHERITED))
    return rating_changes(kept)


# ---- four good

FOUR_GOOD: Final = (
    "political tasks",
    "quality of meetings",
    "unity and discipline",
    "cadres and members",
)
"""The four criteria of a "four good" cell or organisation (rule G10)."""

FOUR_GOOD_VI: Final[Mapping[str, str]] = {
    "political tasks": "hoàn thành tốt nhiệm vụ chính trị",
    "quality of meetings": "chất lượng sinh hoạt tốt",
    "unity and discipline": "đoàn kết, kỷ luật tốt",
    "cadres and members": "cán bộ, đảng viên tốt",
}
"""The four criteria in Vietnamese."""

FOUR_GOOD_TRACK: Final = fact_track("four_good")


@frozen
class Checklist:
    """The four criteria of one cell or organisation in a year.

    Attributes:
        unit: its id.
        year: the year.
        met: the criteria that are met.
        missing: those known not to be met.
        unknown: those of which nothing is recorded.
    """

    unit: str
    year: int
    met: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def four_good(self) -> bool | None:
        """Whether it is "four good"; None if that cannot be told."""
        if self.missing:
            return False
        return None if self.unknown else True


def checklist_changes(
    unit: str, year: int, answers: Mapping[str, Any], criteria: Sequence[str] = FOUR_GOOD
) -> tuple[Change, ...]:
    """The changes that record the answers for a unit and year in its ``fact:four_good`` track.

    Raises:
        Refused: with each answer to an unknown criterion, or that is no True or False.

    >>> checklist_changes("c1", 2025, {"political tasks": True})
    (Change(subject='c1', track='fact:four_good', value=True, slot=(2025, 'political tasks'), until=None),)
    """
    faults = [
        Finding("four-good", f"no criterion {name!r} (there are {', '.join(criteria)})", (unit,))
        for name in answers
        if name not in criteria
    ]
    faults += [
        Finding("four-good", f"{name!r} is answered {answer!r}; say True or False", (unit,))
        for name, answer in answers.items()
        if not isinstance(answer, bool)
    ]
    if faults:
        raise Refused(f"a checklist of {year}", faults)
    return tuple(Change(unit, FOUR_GOOD_TRACK, answer, (year, name)) for name, answer in answers.items())


def checklist(structure: Structure, unit: str, year: int, criteria: Sequence[str] = FOUR_GOOD) -> Checklist:
    """The checklist of a unit for a year, as known on the structure's day.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.
    """
    said = {name: answer for (of, name), answer in structure.slots(unit, FOUR_GOOD_TRACK).items() if of == year}
    return Checklist(
        unit,
        year,
        tuple(c for c in criteria if said.get(c) is True),
        tuple(c for c in criteria if said.get(c) is False),
        tuple(c for c in criteria if c not in said),
    )


@frozen
class FourGood:
    """Whether an organisation is "four good", from the share of its cells that are.

    Attributes:
        unit: id of the organisation.
        year: the year.
        share: the share that is asked for.
        good: ids of the cells that are.
        not_good: ids of those that are not.
        unknown: ids of those that cannot be told.
    """

    unit: str
    year: int
    share: Fraction
    good: tuple[str, ...]
    not_good: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return len(self.good) + len(self.not_good) + len(self.unknown)

    @property
    def four_good(self) -> bool | None:
        """Whether it has the status; None if the cells that cannot be told would decide, or there is no cell."""
        if not self.cells:
            return None
        need = self.share * self.cells
        if len(self.good) >= need:
            return True
        return False if len(self.good) + len(self.unknown) < need else None


def four_good(
    structure: Structure,
    unit: str,
    year: int,
    share: Number | str,
    *,
    kind: str = "cell",
    criteria: Sequence[str] = FOUR_GOOD,
) -> FourGood:
    """The status of an organisation from the share of its cells that are "four good".

    Args:
        structure: the day.
        unit: id of the organisation.
        year: the year.
        share: the share that is asked for, 0 to 1; local programmes differ.
        kind: the kind of the units below it that count.
        criteria: other criteria than :data:`FOUR_GOOD`.

    Raises:
        Refused: the share is none.
        UnknownUnit, UnitEnded, UnitNotYet: the organisation does not live on the day.
    """
    wanted = exact(share)
    if not 0 < wanted <= 1:
        raise Refused("a status", [Finding("share", f"the share is {wanted}; it is more than 0 and at most 1")])
    found: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for cell in structure.select(kind=kind, under=unit) if structure.may_have(kind) else ():
        found[checklist(structure, cell, year, criteria).four_good].append(cell)
    return FourGood(unit, year, wanted, tuple(found[True]), tuple(found[False]), tuple(found[None]))
