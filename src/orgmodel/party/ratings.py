"""Ratings of organisations and members by year (xếp loại), runs of them, and "four good" (bốn tốt).

A rating is a row of ``fact:rated`` of a unit, slot (year, person): of the unit itself the person is empty. Beside it
``fact:rated_under`` names the scheme by which it was given, or says that it follows from the predecessors' grades.
The bands of points and the caps that a grade must keep stand in the rulebook (G08, G09).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Final

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.policies import LowestGrade
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.door import one_of, strict
from orgmodel.model.fact import fact_track
from orgmodel.model.matter import Person
from orgmodel.party.decisions import GRADES
from orgmodel.party.law import rulebook
from orgmodel.party.questions import on_day
from orgmodel.party.targets import exact
from orgmodel.party.tracks import INHERITED, RATED
from orgmodel.period import DayLike, Period
from orgmodel.rules.rule import Undecided
from orgmodel.rules.rulebook import Rulebook
from orgmodel.structure.structure import Structure

__all__ = [
    "FOUR_GOOD", "NAMES", "CheckFourGood", "Rate", "four_good", "grade", "inherited", "runs", "schemes",
]  # fmt: skip

EXCELLENT: Final = GRADES[-1]
NAMES: Final = dict(
    zip(GRADES, ("không hoàn thành", "hoàn thành", "hoàn thành tốt", "hoàn thành xuất sắc"), strict=True)
)
"""The grades, from the lowest, with the Vietnamese terms."""

RATED_UNDER: Final = fact_track("rated_under")
FOUR_GOOD_TRACK: Final = fact_track("four_good")
FOUR_GOOD: Final = ("political tasks", "quality of meetings", "unity and discipline", "cadres and members")
"""The four criteria of a "four good" cell (chi bộ bốn tốt)."""


def _person_id(person: str | Person | None) -> str:
    """The opaque id of a person; empty for the unit itself."""
    return person.id if isinstance(person, Person) else person or ""


@frozen
class Rate(Operation[None]):
    """An organisation, or a member within it, is rated for a year (rules G08, G09).

    Attributes:
        unit: id of the organisation.
        grade: one of the grades.
        year: the year that is judged.
        scheme: number of the regulation that it follows.
        person: opaque id, where a member is rated.

    Raises:
        InvalidAct: the unit does not live, or there is no such grade.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-12-20") as act:
    ...     act.rate("vn", "good", year=2025)
    >>> grade(act.structure, "vn", 2025), str(grade(act.structure, "vn", 2024))
    ('good', 'vn: no rating of 2024 is on record [G08]')
    """

    name: ClassVar[str] = "party.rate"
    unit: arg.One = field(converter=arg.one)
    grade: str
    year: int = field(kw_only=True)
    scheme: str = field(default="", kw_only=True)
    person: str = field(default="", converter=_person_id, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes of the rating and its scheme."""
        context, slot = OperationContext(at), (self.year, self.person)
        context.live(self.unit)
        if self.grade not in GRADES:
            context.fault("grade", f"no grade {self.grade!r} (there are {', '.join(GRADES)})", self.unit)
        context.events.append(Change(self.unit, RATED, self.grade, slot))
        # A grade without a scheme takes away the scheme of an earlier grade of the year.
        if self.scheme or (self.unit in at.structure and slot in at.structure.slots(self.unit, RATED_UNDER)):
            context.events.append(Change(self.unit, RATED_UNDER, self.scheme or None, slot))
        return context.done(
            f"a rating in {self.unit!r} on {at.day}", f"rating of {self.unit} {self.year}: {self.grade}"
        )


@frozen
class CheckFourGood(Operation[None]):
    """The criteria of "four good" that a cell meets in a year (rule G10).

    Attributes:
        unit: id of the cell.
        answers: criterion -> whether it is met.
        year: the year.
        criteria: other criteria than :data:`FOUR_GOOD`.

    Raises:
        InvalidAct: with each answer to an unknown criterion, or that is no True or False.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-12-20") as act:
    ...     act.check_four_good("vn", dict.fromkeys(FOUR_GOOD, True), year=2025)
    >>> four_good(act.structure, "vn", 2025).good
    ('political tasks', 'quality of meetings', 'unity and discipline', 'cadres and members')
    """

    name: ClassVar[str] = "party.check_four_good"
    unit: arg.One = field(converter=arg.one)
    answers: arg.Says = field(converter=arg.says)
    year: int = field(kw_only=True)
    criteria: tuple[str, ...] = field(default=FOUR_GOOD, converter=arg.texts, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes."""
        context = OperationContext(at)
        context.live(self.unit)
        for name, answer in self.answers:
            if name not in self.criteria:
                context.fault("four-good", f"no criterion {name!r} (there are {', '.join(self.criteria)})", self.unit)
            elif not isinstance(answer, bool):
                context.fault("four-good", f"{name!r} is answered {answer!r}; say True or False", self.unit)
            context.events.append(Change(self.unit, FOUR_GOOD_TRACK, answer, (self.year, name)))
        return context.done(f"a checklist of {self.unit!r} on {at.day}", f"four good {self.year} of {self.unit}")


# ---- schemes


@frozen
class Scheme:
    """What ratings follow during a period.

    Attributes:
        id: the number of the regulation.
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


@strict
def schemes(*, book: Rulebook | None = None) -> tuple[Scheme, ...]:
    """The schemes that are known, the earliest first: the versions of rules G09 and G08.

    >>> [(scheme.id, str(scheme.period)) for scheme in schemes()]
    [('124-QĐ/TW', '2023-10-04 to 2025-08-29'), ('366-QĐ/TW', 'from 2025-08-30')]
    """
    law = rulebook() if book is None else book
    return tuple(
        Scheme(version.document.removeprefix("Quy định "), rule, version.period, version.citation, version.certainty)
        for rule in ("G09", "G08")
        for version in law[rule].versions
    )


# ---- functions of the verbs: (structure, arguments) -> events

rate = function(Rate)
check_four_good = function(CheckFourGood)


# ---- questions


@strict
def grade(
    h: Structure | History, unit: str, year: int, *, person: str | Person | None = None, on: DayLike | None = None
) -> str | Undecided:
    """The grade of a unit, or of a member of it, for a year; undecided if none is on record.

    A unit that has ended keeps the grades that it had on its last day.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        year: the year that was judged.
        person: opaque id of a member of it; None: the unit itself.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-12-20") as act:
    ...     act.rate("vn", "good", year=2025)
    ...     act.rate("vn", "excellent", year=2025, person="P-17")
    >>> grade(act.structure, "vn", 2025), grade(act.structure, "vn", 2025, person="P-17")
    ('good', 'excellent')
    """
    structure = on_day(h, on)
    recorded = structure.last_slots(unit, RATED).get((year, _person_id(person)))
    if recorded is None:
        return Undecided("rating", (unit,), "G08", structure.day, f"no rating of {year} is on record")
    return str(recorded)


@frozen
class Run:
    """Years in a row with one grade.

    Attributes:
        subject: id of the unit, or the Person.
        first: the first year.
        last: the last year.
        schemes: the schemes the grades were given under, each once, in order.
    """

    subject: str | Person
    first: int
    last: int
    schemes: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """How many years."""
        return self.last - self.first + 1


@strict
def runs(
    h: Structure | History, subject: str | Person, grade: str = EXCELLENT, *, least: int = 1, on: DayLike | None = None
) -> tuple[Run, ...]:
    """The runs of a grade of a unit and of the members rated in it, or of a person wherever it was rated.

    A year without a rating ends a run, as the grade is not known. A grade that follows from the predecessors' grades
    neither begins nor ends a run, nor does a change of the scheme end it.

    Args:
        h: a structure, or a history.
        subject: a unit, or a person.
        grade: the grade.
        least: only runs of at least this many years.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit: there never was such a unit.
        Refused: there is no such grade.

    >>> from orgmodel.party import example
    >>> history = example(day="2022-01-01")
    >>> for year, word in [(2022, "excellent"), (2023, "excellent"), (2024, "good"), (2025, "excellent")]:
    ...     with history.draft(f"{year}-12-20") as act:
    ...         act.rate("vn", word, year=year)
    ...     history = history.enact(act)
    >>> [(run.first, run.last) for run in runs(history, "vn", on="2025-12-31")]
    [(2022, 2023), (2025, 2025)]
    """
    structure = on_day(h, on)
    one_of(grade, GRADES, "a run of a grade")
    return tuple(
        run
        for person, years in sorted(_ratings(structure, subject).items())
        for run in _runs(Person(person) if person else str(subject), years, grade)
        if run.length >= least
    )


_Years = dict[int, tuple[str, str]]
"""Year -> (grade, scheme)."""


def _ratings(structure: Structure, subject: str | Person) -> Mapping[str, _Years]:
    """Person, or nothing for the unit itself, -> the ratings of a unit and in it, or of a person wherever it was."""
    state, units, only = structure._state, [str(subject)], None
    if isinstance(subject, Person):
        only = subject.id
        units = [state.name(number) for number, row in state.iter_rows(RATED) if row[3][1] == only]
    ratings: dict[str, _Years] = {}
    for unit in dict.fromkeys(units):
        schemes = structure.last_slots(unit, RATED_UNDER)
        for (year, person), recorded in structure.last_slots(unit, RATED).items():
            if only in (None, person):
                ratings.setdefault(person, {})[year] = (recorded, schemes.get((year, person), ""))
    return ratings


def _runs(subject: str | Person, years: _Years, grade: str) -> Iterator[Run]:
    """The runs of one subject by its grades and schemes of each year."""
    in_run: list[int] = []
    for year in range(min(years), max(years) + 2):
        rated, scheme = years.get(year, ("", ""))
        if rated and scheme == INHERITED:
            continue  # Not given to the unit itself: it neither begins a run nor ends one.
        if rated == grade:
            in_run.append(year)
        elif in_run:
            # Another grade ends the run, as does a year without a rating; the last year is followed by one.
            schemes = dict.fromkeys(years[rated_in][1] for rated_in in in_run)
            yield Run(subject, in_run[0], in_run[-1], tuple(filter(None, schemes)))
            in_run = []


@strict
def inherited(grades: Sequence[str] = GRADES) -> LowestGrade:
    """The policy by which a merged unit has the lowest grade of its predecessors, where all of them are rated.

    >>> inherited().grades[0]
    'not completed'
    """
    return LowestGrade(grades)


@frozen
class FourGood:
    """Whether a cell, or an organisation by the share of its cells, is "four good".

    Attributes:
        unit: id of it.
        year: the year.
        good: ids of the cells that are; of a cell, the criteria that are met.
        not_good: ids of the cells that are not; of a cell, the criteria that are not met.
        unknown: the cells or criteria of which it is not known.
        share: the share of cells that is needed; None for a cell.
    """

    unit: str
    year: int
    good: tuple[str, ...]
    not_good: tuple[str, ...]
    unknown: tuple[str, ...]
    share: Fraction | None = None

    @property
    def four_good(self) -> bool | Undecided:
        """Whether it has the status; undecided, with what is missing, if the unknown ones decide."""
        number = len(self.good) + len(self.not_good) + len(self.unknown)
        # A cell needs all criteria, an organisation a share of its cells; without any of them nothing is decided.
        needed = number if self.share is None else self.share * number
        if number and len(self.good) >= needed:
            return True
        if number and len(self.good) + len(self.unknown) < needed:
            return False
        units = (self.unit,) if self.share is None else self.unknown or (self.unit,)
        return Undecided("four_good", units, "G10", message=f"not recorded of {', '.join(self.unknown) or 'any cell'}")


@strict
def four_good(
    h: Structure | History,
    unit: str,
    year: int,
    *,
    share: Any = None,
    kind: str = "cell",
    criteria: Sequence[str] = FOUR_GOOD,
    on: DayLike | None = None,
) -> FourGood:
    """Whether a cell is "four good" in a year (rule G10), or an organisation by a share of its cells.

    Args:
        h: a structure, or a history.
        unit: id of the cell or organisation.
        year: the year.
        share: the share of cells that is asked for, more than 0 and at most 1; local programmes differ. None: a cell.
        kind: the kind of the units below it that count.
        criteria: other criteria than :data:`FOUR_GOOD`.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        Refused: the share is not a number above 0 and at most 1.
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> import orgmodel as om
    >>> from orgmodel.party import kinds
    >>> rows = [{"id": "o"}, *({"id": cell, "kind": "cell", "parent": "o"} for cell in "abc")]
    >>> history = om.history_of(rows, day="2025-01-01")
    >>> with history.draft("2025-12-20") as act:
    ...     act.check_four_good("a", dict.fromkeys(FOUR_GOOD, True), year=2025)
    ...     act.check_four_good("b", {FOUR_GOOD[0]: False}, year=2025)
    >>> answer = four_good(act.structure, "o", 2025, share="2/3")
    >>> answer.good, answer.not_good, answer.unknown
    (('a',), ('b',), ('c',))
    """
    structure = on_day(h, on)
    structure.unit(unit)  # an id that was misspelt is no cell without answers
    if share is None:
        answers = structure.slots(unit, FOUR_GOOD_TRACK)
        of_year = {name: answers.get((year, name)) for name in criteria}
        met, not_met, unknown = (tuple(n for n in criteria if of_year[n] is answer) for answer in (True, False, None))
        return FourGood(unit, year, met, not_met, unknown)
    wanted = exact(share)
    if not 0 < wanted <= 1:
        raise Refused("a status", [Finding("share", f"the share is {wanted}; it is more than 0 and at most 1")])
    cells: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for cell in structure.select(kind=kind, under=unit) if structure.may_have(kind) else ():
        status = four_good(structure, cell, year, criteria=criteria).four_good
        cells[status if isinstance(status, bool) else None].append(cell)
    return FourGood(unit, year, tuple(cells[True]), tuple(cells[False]), tuple(cells[None]), wanted)
