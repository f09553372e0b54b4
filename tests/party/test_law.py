"""Each rule of the Party is written once: whoever asks, the rulebook's file answers with its values of the day."""

from __future__ import annotations

import ast
import datetime as dt
import itertools
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebook_cases import disciplined as was_disciplined
from rulebook_cases import history_of, on_record, transfer, u, world

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation
from orgmodel.errors import InvalidAct
from orgmodel.history.history import structure_of
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.party import decisions, law, ratings
from orgmodel.party.deadlines import Proceeding
from orgmodel.party.facts import MEASURES
from orgmodel.rules.rule import Undecided, Version
from orgmodel.rules.rulebook import Counts, Rulebook

DATA = files("orgmodel.party") / "data" / "rulebook.toml"
DAY = "2025-12-15"

Rewrite = Callable[[str, str, str], Rulebook]


@pytest.fixture
def jurist(tmp_path: Path) -> Rewrite:
    """A jurist's copy of the file, with one text changed in the first place after a rule's id."""

    def rewrite(rule: str, old: str, new: str) -> Rulebook:
        head, mark, tail = DATA.read_text(encoding="utf-8").partition(f'[[rule]]\nid = "{rule}"\n')
        assert old in tail
        path = tmp_path / "rulebook.toml"
        path.write_text(head + mark + tail.replace(old, new, 1), encoding="utf-8")
        return law.read_party_rulebook(path)

    return rewrite


def counts(book: Rulebook, rule: str, *units: Any, facts: Any = (), day: str = DAY, **more: Any) -> Counts:
    """What a rule says of an organisation."""
    return book.select(rule).audit(history_of(world(*units, facts=facts)).at(day), **more).counts[rule]


# ---- the same answer, whoever asks


@given(
    points=st.none() | st.integers(0, 100),
    done=st.none() | st.integers(98, 100),
    above=st.none() | st.integers(29, 31),
    late=st.none() | st.integers(19, 21),
    disciplined=st.none() | st.booleans(),
)
def test_the_question_and_the_rule_give_one_grade(
    points: int | None, done: int | None, above: int | None, late: int | None, disciplined: bool | None
) -> None:
    """G08: a grade that the question gives is the only one the rule accepts; where it is undecided so is the rule."""
    shares = {"tasks_done": done, "tasks_above_target": above, "tasks_late": late}
    answer = law.grade(points, DAY, disciplined=disciplined, **shares)
    # What no points can mend, whether they are on record or not.
    ruled_out = {"excellent"} if disciplined or (done or 100) < 100 or (above or 30) < 30 else set()
    ruled_out |= {"completed"} if (late or 0) > 20 else set()
    figures = {name: share for name, share in {"rating_points": points, **shares}.items() if share is not None}
    for grade in decisions.GRADES:
        facts: list[Any] = [("c", "fact:rated", grade, (2025, ""))]
        facts += [] if disciplined is None else was_disciplined("c") if disciplined else [on_record("c", "discipline")]
        said = counts(law.rulebook(), "G08", u("c", "commune", **figures), facts=facts)
        if not isinstance(answer, Undecided):
            assert said == (Counts(1, 0, 0) if grade == answer else Counts(0, 1, 0))
        else:
            assert said == (Counts(0, 0, 1) if grade in _may(points) - ruled_out else Counts(0, 1, 0))


def _may(points: int | None) -> set[str]:
    """The grades that points alone leave possible."""
    if points is None:
        return set(decisions.GRADES)
    if points >= 70:
        return {"good", "excellent"} if points >= 90 else {"good"}
    return {"completed", "not completed"} if points >= 50 else {"not completed"}


@given(
    start=st.dates(dt.date(2024, 1, 1), dt.date(2025, 12, 1)),
    took=st.none() | st.integers(0, 150),
    holidays=st.none() | st.frozensets(st.dates(dt.date(2025, 7, 1), dt.date(2026, 3, 1)), max_size=4),
)
def test_the_question_and_the_rule_give_one_deadline(
    start: dt.date, took: int | None, holidays: frozenset[dt.date] | None
) -> None:
    """F01: a late case is a finding of both, one that hangs on holidays or on an older law undecided in both."""
    case = Proceeding(start, None if took is None else start + dt.timedelta(took))
    on = max(dt.date(2026, 1, 31), start)
    answer = law.deadline("F01", case, on, holidays=holidays)
    said = counts(
        law.rulebook(), "F01", u("c", "commune"), facts=transfer("c", case.start, case.done), day=str(on),
        holidays=holidays,
    )  # fmt: skip
    expected = (
        Counts(1, 0, 0) if answer is None else Counts(0, 0, 1) if isinstance(answer, Undecided) else Counts(0, 1, 0)
    )
    assert said == expected


@given(official=st.integers(0, 6), day=st.dates(dt.date(2010, 6, 1), dt.date(2026, 1, 1)))
def test_the_question_and_the_rule_give_one_founding(official: int, day: dt.date) -> None:
    """A02 refuses what the question refuses; before it was in force neither says anything."""
    answer = law.founding(official, day)
    history = history_of(world(u("g", "grassroots-organisation", members_official=9)))
    founding = Act(
        "f",
        day,
        [Creation(Unit("n", kind="cell", parent="g")), Change("n", "measure:members_official", official, "own")],
    )
    book = law.rulebook().select("A02")
    if answer is None or isinstance(answer, Undecided):
        assert "n" in history.enact(founding, rulebook=book).at(day)
        assert isinstance(answer, Undecided) == (day < dt.date(2011, 1, 1))
    else:
        with pytest.raises(InvalidAct):
            history.enact(founding, rulebook=book)


def test_points_within_bounds_lack_points_only_where_a_limit_lies_between() -> None:
    """65 to 70 may be completed or good; 70 to 75 is good; 65 to 69 completed."""
    values: Any = law.in_force("G08", DAY)
    told = [decisions.grades(values.values, known, tasks_late=(0, 0)) for known in ((65, 70), (70, 75), (65, 69))]
    assert told == [
        (frozenset({"completed", "good"}), ("rating_points",)),
        (frozenset({"good"}), ()),
        (frozenset({"completed"}), ()),
    ]


@given(
    points=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted),
    shares=st.fixed_dictionaries(
        {
            "tasks_done": st.none() | st.sampled_from([99, 100]),
            "tasks_above_target": st.none() | st.sampled_from([29, 30]),
            "tasks_late": st.none() | st.sampled_from([20, 21]),
        }
    ),
    disciplined=st.none() | st.booleans(),
)
def test_what_is_known_in_part_may_be_each_grade_that_the_whole_could_have(
    points: list[int], shares: dict[str, int | None], disciplined: bool | None
) -> None:
    """The possible grades are those of all figures within the bounds, and something is missing if they are several."""
    values: Any = law.in_force("G08", DAY)
    whole = {
        "tasks_done": (99, 100), "tasks_above_target": (29, 30), "tasks_late": (20, 21),
    }  # fmt: skip
    known = {name: (share, share) for name, share in shares.items() if share is not None}
    possible, missing = decisions.grades(values.values, (points[0], points[1]), disciplined=disciplined, **known)
    exact: set[str] = set()
    for number in range(points[0], points[1] + 1):
        for figures in itertools.product(*(whole[name] if shares[name] is None else [shares[name]] for name in whole)):
            exactly: Any = {name: (share, share) for name, share in zip(whole, figures, strict=True)}
            for is_so in (True, False) if disciplined is None else (disciplined,):
                exact |= decisions.grades(values.values, (number, number), disciplined=is_so, **exactly)[0]
    assert possible == exact
    assert bool(missing) == (len(possible) > 1)


@given(st.lists(st.none() | st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=6))
def test_each_cell_is_one_case_of_the_least_number(sizes: list[tuple[int, bool] | None]) -> None:
    """A03: a cell of three or more is in order, one of fewer is too small, one with a lower bound below or none is open."""
    cells = [
        u(f"c{n}", "cell", **({} if size is None else {"members_official": Quantity(size[0], _sort(size[1]))}))
        for n, size in enumerate(sizes)
    ]
    enough = sum(size is not None and size[0] >= 3 for size in sizes)
    too_small = sum(size is not None and size[0] < 3 and size[1] for size in sizes)
    expected = Counts(enough, too_small, len(sizes) - enough - too_small)
    assert counts(law.rulebook(), "A03", *cells) == expected


def _sort(is_exact: bool) -> Any:
    return "exact" if is_exact else "at least"


# ---- the jurist's path


def test_a_changed_number_changes_every_answer(jurist: Rewrite) -> None:
    """The least number of members, the days of a transfer, points of a grade, seats, months: rule and question."""
    book = jurist("A02", "value = 3", "value = 4")
    assert (law.founding(3, DAY), law.founding(3, DAY, book=book) is None) == (None, False)
    book = jurist("F01", "working_days = 60", "working_days = 10")
    case, fact = Proceeding.parse("2025-07-01/2025-08-01"), transfer("c", "2025-07-01", "2025-08-01")
    assert law.deadline("F01", case, DAY, holidays=()) is None
    assert law.deadline("F01", case, DAY, holidays=(), book=book) is not None
    assert counts(book, "F01", u("c", "commune"), facts=fact, holidays=()) == Counts(0, 1, 0)
    book = jurist("G08", "good = 70", "good = 60")
    assert [law.grade(65, DAY, tasks_late=0, book=b) for b in (None, book)] == ["completed", "good"]
    it = u("c", "commune", rating_points=65, tasks_late=0)
    assert counts(book, "G08", it, facts=[("c", "fact:rated", "good", (2025, ""))]) == Counts(1, 0, 0)
    book = jurist("E10", "base = 13", "base = 20")
    rows = [{"id": "p", "kind": "province", "merged_from": 1, "seats_by_head": 20}]
    structure = structure_of(rows, day=DAY, measures=MEASURES)
    assert [law.seats_by_head(structure, "p", book=b) for b in (None, book)] == [13, 20]
    assert book.select("E10").audit(structure).counts["E10"] == Counts(1, 0, 0)
    book = jurist("E01", "months = 60", "months = 48")
    assert [law.months_of_term(DAY, book=b) for b in (None, book)] == [60, 48]
    facts = [("c", "fact:term", "2025-10-01/2029-10-01", "committee")]
    assert counts(book, "E01", u("c", "commune"), facts=facts).satisfied == 1


def test_a_changed_day_changes_every_answer(jurist: Rewrite) -> None:
    """From when a rule holds: before it nothing is on record, for the rule, the question and the schemes."""
    book = jurist("G08", 'from = "2025-08-30"', 'from = "2026-01-01"')
    assert law.grade(70, DAY) == "good"
    assert str(law.grade(70, DAY, book=book)) == "what held before 2026-01-01 is not on record [G08]"
    assert law.grade(70, "2026-01-01", book=book) == "good"
    assert [str(scheme.period) for scheme in ratings.schemes(book=book)][1] == "from 2026-01-01"
    audit = book.select("G08").audit(history_of(world(u("c", "commune"))).at(DAY))
    assert [one.rule for one in audit.not_on_record] == ["G08"]
    assert [row["outcome"] for row in audit.table()] == ["not on record"]
    book = jurist("F01", 'from = "2025-07-01"', 'from = "2025-09-01"')
    case = Proceeding.parse("2025-07-01/")
    assert isinstance(law.deadline("F01", case, DAY, holidays=()), law.Finding)
    assert isinstance(law.deadline("F01", case, DAY, holidays=(), book=book), Undecided)


def test_a_changed_citation_changes_every_answer(jurist: Rewrite) -> None:
    """What is cited is what the file says."""
    for rule, old, ask in (
        ("A02", "Điều lệ Đảng (2011)", lambda book: law.founding(1, DAY, book=book)),
        (
            "F01",
            "Quy định 294-QĐ/TW",
            lambda book: law.deadline("F01", Proceeding.parse("2025-07-01/"), DAY, holidays=(), book=book),
        ),
        ("G08", "Quy định 366-QĐ/TW", lambda book: law.grade(95, DAY, book=book)),
    ):
        book = jurist(rule, f'document = "{old}"', 'document = "Quy định mới"')
        assert ask(None).citation.startswith(old)
        assert ask(book).citation.startswith("Quy định mới")
    assert [scheme.id for scheme in ratings.schemes(book=book)] == ["124-QĐ/TW", "mới"]


# ---- before the record


@given(st.sampled_from([rule.id for rule in law.rulebook()]), st.dates(dt.date(1990, 1, 1), dt.date(2026, 12, 31)))
def test_no_day_is_answered_from_another_version(rule: str, day: dt.date) -> None:
    """What a rule says on a day is the version of that day, or that it is not on record, or has ended."""
    answer, versions = law.in_force(rule, day), law.rulebook()[rule].versions
    if isinstance(answer, Version):
        assert day in answer.period
    else:
        assert all(day not in version.period for version in versions)
        before = day < min(version.period.start for version in versions if version.period.start)
        assert ("not on record" in answer.message) == before


def test_an_audit_of_2010_tells_that_the_rules_of_then_are_not_on_record() -> None:
    """Not one is asked by a later version."""
    audit = law.rulebook().audit(history_of(world(u("c", "cell", members_official=1))).at("2010-06-01"))
    assert (len(audit), audit.counts) == (0, {})
    assert {one.rule for one in audit.not_on_record} == {rule.id for rule in law.rulebook()}


# ---- no number in code


@pytest.mark.parametrize("module", ["checks", "law", "ratings", "congresses"])
def test_no_number_of_a_law_stands_in_code(module: str) -> None:
    """Beyond 0, 1, 2 and per cent there is none; three partners are proposed, and Roman numerals are no law."""
    source = (files("orgmodel.party") / f"{module}.py").read_text(encoding="utf-8")
    source = (
        source[: source.index("def roman")] + source[source.index("# ---- apportionment") :]
        if "def roman" in source
        else source
    )
    numbers = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    }
    assert numbers - {1024} <= {0, 1, 2, 3, 100}
