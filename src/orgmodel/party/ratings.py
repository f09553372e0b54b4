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
from typing import Any, Final

from attrs import field, frozen

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Number
from orgmodel.party.checks import COMPLETED, EXCELLENT, GOOD, GRADES, NOT_COMPLETED
from orgmodel.party.emulation.scores import exact
from orgmodel.party.law import rulebook
from orgmodel.party.tracks import INHERITED, RATED
from orgmodel.period import DayLike, Period, as_day
from orgmodel.rules.rulebook import Rulebook
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

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
class Scheme:
    """What ratings follow during a period.

    Attributes:
        id: what it is called: the number of the regulation.
        rule: id of the rule in the rulebook.
        period: the days of decision on which it is in force.
        citation: the regulation.
        certainty: how sure the citation is.
    """

    id: str
    rule: str
    period: Period
    citation: str
    certainty: str


def schemes(*, book: Rulebook | None = None) -> tuple[Scheme, ...]:
    """The schemes that are known, the earliest first: the versions of rules G09 and G08.

    Args:
        book: the rulebook; the Party's if None.

    >>> [(scheme.id, str(scheme.period)) for scheme in schemes()]
    [('124-QĐ/TW', '2023-10-04 to 2025-08-29'), ('366-QĐ/TW', 'from 2025-08-30')]
    """
    known = rulebook() if book is None else book
    return tuple(
        Scheme(version.document.removeprefix("Quy định "), rule, version.period, version.citation, version.certainty)
        for rule in ("G09", "G08")
        for version in known[rule].versions
    )


def scheme_on(day: DayLike, *, book: Rulebook | None = None) -> Scheme | None:
    """The scheme in force on the day of a decision; None if none is known for it.

    What grade it gives is asked of :func:`orgmodel.party.law.grade`.

    >>> [None if s is None else s.id for s in map(scheme_on, ("2023-01-01", "2025-08-29", "2025-08-30"))]
    [None, '124-QĐ/TW', '366-QĐ/TW']
    """
    day = as_day(day)
    return next((scheme for scheme in schemes(book=book) if day in scheme.period), None)


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
    for cell in structure.select(kind=kind, under=unit):
        found[checklist(structure, cell, year, criteria).four_good].append(cell)
    return FourGood(unit, year, wanted, tuple(found[True]), tuple(found[False]), tuple(found[None]))
