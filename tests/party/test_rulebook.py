"""The Party's rulebook: each rule decided, broken and left open, on both sides of its first day."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import holidays
import pytest
from rulebook_cases import (
    CASES,
    CONSENT,
    FOUNDED,
    SECTION,
    Cases,
    One,
    World,
    congress,
    disciplined,
    history_of,
    transfer,
    u,
    world,
)

from orgmodel.acts.act import Act
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.history.audit import audit_history
from orgmodel.history.history import History, structure_of
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.party import checks, kinds
from orgmodel.party.law import KIND_IDS, MEASURE_IDS, rulebook
from orgmodel.period import ONE_DAY
from orgmodel.rules.rulebook import Audit, Counts, Rulebook
from orgmodel.testing.checks import check_rule

BOOK = rulebook()
VIETNAM = holidays.country_holidays("VN", years=range(2011, 2031))
ACT_RULES = {"A02", "A07", "F07", "F07.organisations"}
EACH = [pytest.param(rule, case, id=f"{rule}-{n}") for rule, cases in CASES.items() for n, case in enumerate(cases)]


def audited(made: World, rule: str, day: dt.date, *, told: bool = True) -> Audit:
    """What one rule says of an organisation on a day; public holidays are told unless the case is their lack."""
    return Rulebook([BOOK[rule]]).audit(history_of(made).at(day), holidays=VIETNAM if told else None)


def first_day(rule: str, case: Cases) -> dt.date:
    start = BOOK[rule].versions[max(case.version, 0)].period.start
    assert start is not None
    return start


def looked_at(rule: str, case: Cases) -> dt.date:
    """The day on which a case is judged: the first, or for deadlines one late enough to be over."""
    return first_day(rule, case) + (dt.timedelta(200) if rule in ("F01", "F02", "F05") else dt.timedelta(0))


def test_every_rule_of_the_table_is_modelled_or_named_as_not() -> None:
    """Each row of rulebook.csv is a version of a rule, or is listed with the reason why not; none is both."""
    text = (files("orgmodel.party") / "data" / "vietnam" / "rulebook.csv").read_text(encoding="utf-8")
    rows = {row["id"] for row in csv.DictReader(text.splitlines())}
    modelled = {version.ref for rule in BOOK for version in rule.versions}
    left_out = {rule.id for rule in BOOK.not_modelled if "." not in rule.id}
    halves = {rule.id for rule in BOOK.not_modelled if "." in rule.id}
    assert rows == modelled | left_out
    assert not modelled & left_out
    assert (len(modelled), len(left_out)) == (74, 7)
    assert {half.partition(".")[0] for half in halves} <= modelled
    assert halves == {"F04.duration", "F04.committee", "G05.middle", "G06.bands"}
    assert all(rule.reason and rule.statement for rule in BOOK.not_modelled)


def test_the_file_says_what_the_table_says() -> None:
    """Document, article, certainty, first and last day of each rule's versions are those of rulebook.csv.

    Where a row is in part from memory, a version that its note calls seen may say so.
    """
    text = (files("orgmodel.party") / "data" / "vietnam" / "rulebook.csv").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    for rule in BOOK:
        for version in rule.versions:
            row = rows[version.ref]
            assert (version.document, version.article) == (row["document"], row["article"]), rule.id
            sure = {row["certainty"]} | ({"seen"} if row["certainty"] == "partly memory" else set())
            assert version.certainty in sure, rule.id
        for ref in {version.ref for version in rule.versions}:
            mine, row = [version for version in rule.versions if version.ref == ref], rows[ref]
            assert str(mine[0].period.start).startswith(row["valid_from"]), rule.id
            assert not row["valid_to"] or str(mine[-1].period.last).startswith(row["valid_to"]), rule.id


def test_every_modelled_rule_has_cases() -> None:
    """No rule is without its three cases."""
    assert {rule.id for rule in BOOK} == {*CASES, *ACT_RULES}


@pytest.mark.parametrize(("rule", "case"), EACH)
def test_a_satisfying_case_satisfies(rule: str, case: Cases) -> None:
    """It counts as satisfied and finds nothing."""
    day = looked_at(rule, case)
    counts = audited(case.good(first_day(rule, case)), rule, day).counts[rule]
    assert counts.satisfied >= 1
    assert (counts.violated, counts.undecided) == (0, 0)


@pytest.mark.parametrize(("rule", "case"), [p for p in EACH if p.values[1].version >= 0])
def test_a_violating_case_is_found_with_its_law(rule: str, case: Cases) -> None:
    """It is found once, with rule, day, citation, and both languages."""
    day = looked_at(rule, case)
    audit = audited(case.bad(first_day(rule, case)), rule, day)
    assert audit.counts[rule].violated == len(audit.findings) >= 1
    version = BOOK[rule].on(day)
    assert version is not None
    for finding in audit.findings:
        assert (finding.rule, finding.day, finding.citation) == (rule, day, version.citation)
        assert finding.message
        assert finding.message_vi
        assert finding.units
        assert finding.certainty in (version.certainty, "disputed source")


ENGLISH = re.compile(
    r"\b(the|of|its|by|or|and|to|be|needs?|has|must|open|done|members?|committee|cells?|(?<!-)[a-z]+_[a-z_]+)\b"
)
"""Words that no Vietnamese text has, and ids of figures."""


def test_what_is_found_or_missing_is_all_in_vietnamese() -> None:
    """No case's Vietnamese text has an English word or the id of a figure, kind or post in it."""
    left: dict[str, str] = {}
    for rule, cases in CASES.items():
        for case in cases:
            begun = first_day(rule, case)
            worlds = [case.unclear(begun), *([case.bad(begun)] if case.version >= 0 else [])]
            for audit in (audited(one, rule, looked_at(rule, case), told=False) for one in worlds):
                for finding in audit:
                    _, _, text = finding.message_vi.partition(": ")
                    if ENGLISH.search(text) or any(kind in text for kind in ("grassroots", "commune", "province-")):
                        left[rule] = text
                for undecided in audit.undecided:
                    # The schema of a case gives its kinds no Vietnamese names.
                    words = {word for word in re.split(", | or ", undecided.missing) if word.isascii()} - KIND_IDS
                    if not undecided.message and any(word in undecided.message_vi for word in words):
                        left[rule] = undecided.message_vi
    assert left == {}


@pytest.mark.parametrize(("rule", "case"), EACH)
def test_an_undecidable_case_says_what_is_missing(rule: str, case: Cases) -> None:
    """It is neither satisfied nor violated for the unit in question, and names what is missing."""
    audit = audited(case.unclear(first_day(rule, case)), rule, looked_at(rule, case), told=False)
    assert audit.counts[rule].violated == 0
    assert audit.counts[rule].undecided >= 1
    assert sum(one.count for one in audit.undecided) == audit.counts[rule].undecided
    assert all(one.missing and one.rule == rule for one in audit.undecided)


@pytest.mark.parametrize(("rule", "case"), [p for p in EACH if p.values[1].version >= 0])
def test_the_day_before_its_first_day_the_rule_says_nothing_of_it(rule: str, case: Cases) -> None:
    """What is a violation on the first day of a version is none by that version the day before."""
    first = first_day(rule, case)
    bad = case.bad(first)
    before = audited(bad, rule, first - ONE_DAY)
    if case.version == 0:
        assert rule not in before.counts
    else:
        earlier, now = BOOK[rule].on(first - ONE_DAY), BOOK[rule].on(first)
        assert earlier is not None
        assert now is not None
        # A version may read the same act anew, since another rule changed what it speaks of.
        assert earlier.citation == now.citation or before.findings == ()


@pytest.mark.parametrize("rule", [r.id for r in BOOK if r.versions[-1].period.end is not None])
def test_after_its_last_day_the_rule_says_nothing(rule: str) -> None:
    """A rule that has ended is not asked; on its last day it still is."""
    end = BOOK[rule].versions[-1].period.end
    assert end is not None
    bad = CASES[rule][-1].bad(first_day(rule, CASES[rule][-1]))
    assert audited(bad, rule, end - ONE_DAY).counts[rule].violated >= 1
    assert rule not in audited(bad, rule, end).counts


def test_the_provincial_inspection_committee_is_one_rule_with_two_values() -> None:
    """9-11 until 29 May 2025, 11-13 from 30 May: 11 meets both, 9 the first, 12 the second."""
    outcomes = {
        (seats, day): audited(world(u("it", "province", code="46", inspection_committee=seats)), "D14", day)
        .counts["D14"]
        .violated
        for seats in (9, 11, 12)
        for day in (dt.date(2025, 5, 29), dt.date(2025, 5, 30))
    }
    assert list(outcomes.values()) == [0, 1, 0, 0, 1, 0]
    for seats, violated in ((15, 0), (16, 1)):
        largest = world(u("it", "province", code="79", inspection_committee=seats))
        assert audited(largest, "D14", dt.date(2025, 5, 30)).counts["D14"].violated == violated


def test_a_disputed_source_gives_one_finding_marked_so() -> None:
    """Hà Nội has 12 seats where the rule says 13 to 15 and one newspaper 12 to 15 (MECHANISMS 12)."""
    hanoi = world(u("it", "province", code="01", executive_committee=75, inspection_committee=12))
    (finding,) = BOOK.select("D14").audit(history_of(hanoi).at("2025-10-15")).of("D14")
    assert (finding.certainty, finding.severity) == ("disputed source", "warning")
    assert "12 to 15" in finding.message


def test_a_cell_below_three_gets_a_proposal() -> None:
    """The smallest sibling with which it reaches three is proposed first; one elsewhere is not."""
    made = world(
        u("g", "grassroots-organisation"),
        u("h", "grassroots-organisation"),
        u("small", "cell", "g", members_official=2),
        u("large", "cell", "g", members_official=20),
        u("middle", "cell", "g", members_official=4),
        u("elsewhere", "cell", "h", members_official=3),
    )
    (finding,) = audited(made, "A03", dt.date(2025, 7, 1)).findings
    assert finding.units == ("small", "middle", "large")
    alone = world(u("g", "grassroots-organisation"), u("small", "cell", "g", members_official=2))
    (finding,) = audited(alone, "A03", dt.date(2025, 7, 1)).findings
    assert finding.units == ("small",)
    assert "no cell beside it" in finding.message


def test_a_written_consent_excuses_and_about_thirty_is_not_thirty() -> None:
    """A đảng bộ cơ sở of 29 with a recorded consent is in order; "about 30" decides nothing."""
    small = world(
        u("it", "grassroots-organisation", category="đảng bộ cơ sở", members=29),
        facts=[("it", "fact:decided", "tw", CONSENT)],
    )
    assert audited(small, "A05", dt.date(2025, 7, 1)).counts["A05"] == Counts(1, 0, 0)
    vague = world(u("it", "grassroots-organisation", category="đảng bộ cơ sở", members=Quantity(30, "about")))
    assert audited(vague, "A05", dt.date(2025, 7, 1)).counts["A05"] == Counts(0, 0, 1)


@pytest.mark.parametrize(
    ("members", "by", "expected"),
    [
        (30, None, Counts(0, 0, 0)),
        (31, None, Counts(0, 0, 1)),
        (31, "tw", Counts(1, 0, 0)),
        (31, False, Counts(0, 1, 0)),
        (Quantity(31, "about"), None, Counts(0, 0, 0)),
    ],
)
def test_a_cell_of_more_than_30_members_needs_consent(members: Any, by: Any, expected: Counts) -> None:
    """A chi bộ trực thuộc of exactly 30 is no exception; its committee asks its own superior."""
    units = [u("it", "grassroots-organisation", category="đảng bộ cơ sở"), u("c", "cell", "it", members=members)]
    made = world(*units, facts=[] if by is None else [("c", "fact:decided", by, CONSENT)])
    assert audited(made, "A06", dt.date(2025, 7, 1)).counts["A06"] == expected


def test_consent_is_that_of_the_direct_superior() -> None:
    """That of the one above the direct superior does not do, except for a section, whose superior asks its own."""
    it = u("it", "grassroots-organisation", "c", category="đảng bộ cơ sở", members=29)
    for by, expected in (("c", Counts(1, 0, 0)), ("tw", Counts(0, 1, 0))):
        made = world(u("c", "commune"), it, facts=[("it", "fact:decided", by, CONSENT)])
        assert audited(made, "A06", dt.date(2025, 7, 1)).counts["A06"] == expected


@pytest.mark.parametrize(
    ("rule", "units", "facts", "told"),
    [
        ("C02", ("s1", "s2"), (), "2 political centres, must be 1"),
        ("C02", ("s1",), (("it", "fact:mark", False, "political_centre"),), "1 political centres, must be 0"),
        ("C04", ("s1",), (("s1", "fact:function", "part", "f"),), "0 agencies lead 'f' (none), must be 1"),
        ("C04", ("s1", "s2"), (("s1", "fact:function", "lead", "f"), ("s2", "fact:function", "lead", "f")), "(s1, s2)"),
    ],
)
def test_what_is_told_of_agencies(rule: str, units: tuple[str, ...], facts: tuple[Any, ...], told: str) -> None:
    """The message has the numbers, what they must be, and the names."""
    made = world(
        u("it", "commune", category="xã"), *(u(s, "agency", "it", "trung tâm chính trị") for s in units), facts=facts
    )
    (finding,) = audited(made, rule, dt.date(2025, 7, 1)).findings
    assert told in finding.message


def test_one_is_a_committee() -> None:
    """An inspection committee of one exists; so does a cell committee of one, where there must be none."""
    on = dt.date(2025, 7, 1)
    assert audited(world(u("tw", "centre", None, inspection_committee=1)), "C07", on).counts["C07"].violated == 0
    cell = u("it", "cell", members_official=8, cell_committee=1, deputy_secretaries=1)
    (finding,) = audited(world(cell), "D03", on).findings
    assert "and a cell committee of 1; it has" in finding.message


def test_enough_deputies_are_told_that_one_of_them_chairs() -> None:
    """Three are enough (D11), two are not."""
    posts = [("it", "office", "a", ("deputy_secretary", 1)), ("it", "office", "b", ("front_chair", 1))]
    it = u("it", "province", deputy_secretaries=3)
    (finding,) = audited(world(it, facts=posts), "D11", dt.date(2025, 7, 1)).findings
    assert "3 deputy secretaries: one of them chairs" in finding.message


def test_members_of_an_organisation_are_those_of_its_cells() -> None:
    """30 in two cells make a đảng bộ cơ sở; a cell that states nothing leaves it open."""
    cells = [u("c1", "cell", "it", members=14), u("c2", "cell", "it", members=16)]
    it = u("it", "grassroots-organisation", category="đảng bộ cơ sở")
    assert audited(world(it, *cells), "A05", dt.date(2025, 7, 1)).counts["A05"] == Counts(1, 0, 0)
    open_ended = world(it, cells[0], u("c2", "cell", "it"))
    assert audited(open_ended, "A05", dt.date(2025, 7, 1)).counts["A05"] == Counts(0, 0, 1)


def test_the_sixtieth_working_day_is_in_time_and_the_sixty_first_is_not() -> None:
    """F01 with the public holidays of Viet Nam (MECHANISMS 21)."""
    start = dt.date(2025, 7, 2)
    for done, violated in ((dt.date(2025, 9, 26), 0), (dt.date(2025, 9, 29), 1)):
        made = world(u("it", "commune"), facts=transfer("it", start, done))
        assert audited(made, "F01", dt.date(2025, 12, 1)).counts["F01"].violated == violated


def test_local_holders_are_noted_until_the_deadline_and_errors_after() -> None:
    """G01 sets 15 December 2025."""
    case = CASES["G01"][0].bad(dt.date(2025, 10, 31))
    severities = {
        day: {f.severity for f in audited(case, "G01", day).findings}
        for day in (dt.date(2025, 12, 15), dt.date(2025, 12, 16))
    }
    assert list(severities.values()) == [{"note"}, {"error"}]


@pytest.mark.parametrize(("seats", "expected"), [(27, Counts(1, 0, 0)), (30, Counts(0, 0, 1)), (34, Counts(0, 1, 0))])
def test_no_law_says_whether_a_part_counts(seats: int, expected: Counts) -> None:
    """D06 of a commune made of two and of a part of a third: 27 seats are in order and 34 are not, 30 hang on the part."""
    history = history_of(world(*(u(one, "commune") for one in "abc")))
    links = [Link("a", "n"), Link("b", "n"), Link("c", "n", "part"), Link("c", "m", "part")]
    new = tuple(Unit(one, kind="commune", parent="tw") for one in "nm")
    merger = Succession(links, created=new, changes=(Change("n", "measure:executive_committee", seats, "own"),))
    after = history.enact(Act("reform", "2025-07-01", [merger])).at("2025-07-01")
    audit = BOOK.select("D06").audit(after)
    mine = [one.missing for one in audit.undecided if "n" in one.units]
    found = [finding for finding in audit.findings if finding.units == ("n",)]
    assert Counts(audit.counts["D06"].satisfied, len(found), len(mine)) == expected
    assert mine in ([], ["merged_from"])


# ---- rules about acts


def _founded(day: dt.date, official: int | Quantity | None, decider: str | None) -> tuple[History, Act]:
    history = history_of(world(u("g", "grassroots-organisation"), u("c1", "cell", "g", members_official=9)))
    events: list[object] = [Creation(Unit("new", kind="cell", parent="g"))]
    if official is not None:
        events.append(Change("new", "measure:members_official", official, "own"))
    if decider is not None:
        events.append(Change("new", "fact:decided", decider, "founding"))
    return history, Act("found", day, events)  # type: ignore[arg-type]


def _asked(history: History, act: Act, rule: str) -> Counts | None:
    after = history.enact(act)
    audit = audit_history(after, BOOK.select(rule), act.effective - ONE_DAY, act.effective)
    return audit.counts.get(rule)


@pytest.mark.parametrize(
    ("rule", "official", "decider", "expected"),
    [
        ("A02", 3, None, Counts(1, 0, 0)),
        ("A02", 2, None, Counts(0, 1, 0)),
        ("A02", None, None, Counts(0, 0, 1)),
        ("A07", 3, "g", Counts(1, 0, 0)),
        ("A07", 3, "tw", Counts(0, 1, 0)),
        ("A07", 3, None, Counts(0, 0, 1)),
    ],
)
def test_founding_is_judged_once_by_what_the_act_says(
    rule: str, official: int | None, decider: str | None, expected: Counts
) -> None:
    """Three official members are needed, and the direct superior decides; both from 2011-01-01 on."""
    day = dt.date(2011, 1, 1)
    assert _asked(*_founded(day, official, decider), rule) == expected
    assert _asked(*_founded(day + dt.timedelta(5000), official, decider), rule) == expected
    before, act = _founded(day - ONE_DAY, official, decider)
    after = before.enact(act)
    assert BOOK.select(rule).check_act(before.at(FOUNDED), changes_of(act), after.at(act.effective)) == ()


def test_dissolving_is_decided_by_the_direct_superior() -> None:
    """A07 for an organisation that closes: the commune decides on its grassroots organisation, not the centre."""
    history = history_of(world(u("x", "commune"), u("g", "grassroots-organisation", "x")))
    for decider, expected in (("x", Counts(1, 0, 0)), ("tw", Counts(0, 1, 0)), (None, Counts(0, 0, 1))):
        said = [Change("g", "fact:decided", decider, "dissolution")] if decider else []
        act = Act("end", "2025-08-01", [*said, Closure("g")])
        assert _asked(history, act, "A07") == expected


def _after(history: History, act: Act) -> History:
    return history.enact(act)


def _merger(day: dt.date, after: int | None, *, lose: bool = False) -> tuple[History, Act]:
    history = history_of(
        world(
            u("a", "commune"),
            u("b", "commune"),
            u("a1", "cell", "a", members=10),
            u("b1", "cell", "b", members=7),
        )
    )
    changes = [Change("a1", "parent", "n"), Change("b1", "parent", "n")]
    if after is not None:
        changes.append(Change("b1", "measure:members", after, "own"))
    merger = Succession(
        (Link("a", "n"), Link("b", "n")), created=(Unit("n", kind="commune", parent="tw"),), changes=tuple(changes)
    )
    return history, Act("merge", day, [merger, Closure("b1")] if lose else [merger])


@pytest.mark.parametrize(
    ("after", "lose", "members", "organisations"),
    [
        # Of the figures only the members are recorded: those of the two others are missing.
        (None, False, Counts(1, 0, 2), Counts(1, 0, 0)),
        (6, False, Counts(0, 1, 2), Counts(1, 0, 0)),
        (None, True, Counts(0, 1, 2), Counts(0, 1, 0)),
    ],
)
def test_a_merged_organisation_contains_all_of_its_predecessors(
    after: int | None, lose: bool, members: Counts, organisations: Counts
) -> None:
    """F07: the same members and organisations; one lost is found. In force from 2025-07-01."""
    day = dt.date(2025, 7, 1)
    audit = audit_history(_after(*_merger(day, after, lose=lose)), BOOK.select("F07"), day - ONE_DAY, day)
    assert (audit.counts["F07"], audit.counts["F07.organisations"]) == (members, organisations)
    history, act = _merger(day - ONE_DAY, after, lose=lose)
    before, later = history.at(day - 2 * ONE_DAY), history.enact(act).at(day - ONE_DAY)
    assert BOOK.select("F07").check_act(before, changes_of(act), later) == ()


def test_a_level_that_another_act_of_the_day_ends_is_not_lost_by_the_merger() -> None:
    """On the reform day provinces merge, and another act abolishes their districts."""
    history = history_of(
        world(
            u("a", "province"),
            u("b", "province"),
            u("d", "district", "a", members=0),
            u("c", "cell", "b", members=5),
            u("e", "cell", "a", members=5),
        )
    )
    merger = Succession(
        (Link("a", "n"), Link("b", "n")),
        created=(Unit("n", kind="province", parent="tw"),),
        changes=tuple(Change(child, "parent", "n") for child in ("d", "c", "e")),
    )
    after = history.enact(Act("merge", "2025-07-01", [merger]), Act("abolish", "2025-07-01", [Closure("d")]))
    assert audit_history(after, BOOK.select("F07"), "2025-06-30", "2025-07-01").findings == ()


def test_an_organisation_without_members_is_lost_as_well() -> None:
    """F07 looks at organisations, not only at the number of members; one that merges is not lost."""
    history = history_of(
        world(u("a", "commune"), u("b", "commune"), u("a1", "cell", "a", members=0), u("b1", "cell", "b", members=0))
    )
    merger = Succession(
        (Link("a", "n"), Link("b", "n")),
        created=(Unit("n", kind="commune", parent="tw"),),
        changes=(Change("a1", "parent", "n"), Change("b1", "parent", "n")),
    )
    audit = audit_history(
        history.enact(Act("merge", "2025-07-01", [merger, Closure("b1")])),
        BOOK.select("F07"),
        "2025-06-30",
        "2025-07-01",
    )
    (finding,) = audit.findings
    assert finding.units == ("n", "b1")
    cells = Succession((Link("a1", "c"), Link("b1", "c")), created=(Unit("c", kind="cell", parent="n"),))
    kept = history.enact(Act("merge", "2025-07-01", [merger, cells, Change("c", "measure:members", 0, "own")]))
    assert audit_history(kept, BOOK.select("F07"), "2025-06-30", "2025-07-01").findings == ()


def test_a_section_under_the_centre_is_told_where_it_stands() -> None:
    """The unit above is named, also where it is the root."""
    (finding,) = audited(world(SECTION._replace(parent="tw")), "A08", dt.date(2025, 7, 1)).findings
    assert "stands under tw (centre)" in finding.message
    assert finding.units == ("s", "tw")


def test_conservation_of_unknown_members_is_undecided() -> None:
    """F07 cannot say that unknown members were kept."""
    history = history_of(world(u("a", "commune"), u("b", "commune")))
    merger = Succession((Link("a", "n"), Link("b", "n")), created=(Unit("n", kind="commune", parent="tw"),))
    audit = audit_history(
        history.enact(Act("merge", "2025-07-01", [merger])), BOOK.select("F07"), "2025-06-30", "2025-07-01"
    )
    assert (audit.counts["F07"], audit.counts["F07.organisations"]) == (Counts(0, 0, 3), Counts(1, 0, 0))


def test_known_members_that_are_recorded_nowhere_after_a_merger_are_lost() -> None:
    """F07: 132,000 members do not become unknown; where only a part was known before, it cannot be told."""
    for second, expected in ((62_000, Counts(0, 1, 2)), (Quantity(62_000, "more than"), Counts(0, 0, 3))):
        history = history_of(world(u("a", "province", members=70_000), u("b", "province", members=second)))
        merger = Succession(
            (Link("a", "n"), Link("b", "n")), created=(Unit("n", kind="province", parent="tw"),), complete=True
        )
        after = history.enact(Act("merge", "2025-09-01", [merger]))
        audit = audit_history(after, BOOK.select("F07"), "2025-08-31", "2025-09-02")
        assert audit.counts["F07"] == expected
        assert all("132000 before" in finding.message for finding in audit.findings)


def test_what_was_lost_in_a_merger_is_told_with_both_numbers() -> None:
    """One number where it is known, both bounds where it lies between them."""
    history = history_of(world(u("a", "commune", members=5), u("b", "commune", members=Quantity.unknown(1, 3))))
    merger = Succession(
        (Link("a", "n"), Link("b", "n")),
        created=(Unit("n", kind="commune", parent="tw"),),
        changes=(Change("n", "measure:members", 4, "own"),),
    )
    after = history.enact(Act("merge", "2025-07-01", [merger]))
    (finding,) = audit_history(after, BOOK.select("F07"), "2025-06-30", "2025-07-01").findings
    assert finding.message == "n: members 4 after, 6 to 8 before"


def test_who_founds_too_small_a_cell_is_told_of_another() -> None:
    """The superior committee places its members in a cell beside it, which is named (A02)."""
    history, act = _founded(dt.date(2025, 7, 1), 2, "g")
    audit = audit_history(history.enact(act), BOOK.select("A02"), "2025-06-30", "2025-07-01")
    (finding,) = audit.findings
    assert "founded with 2 official members, needs 3" in finding.message
    assert finding.message.endswith("in another organisation, such as c1")


def test_an_act_answers_only_for_what_it_breaks() -> None:
    """A cell that was too small before is no finding of a later act; one that becomes too small is."""
    history = history_of(
        world(
            u("g", "grassroots-organisation"),
            u("c1", "cell", "g", members_official=2),
            u("c2", "cell", "g", members_official=9),
        )
    )
    act = Act("less", "2025-08-01", [Change("c2", "measure:members_official", 1, "own")])
    before, after = history.at("2025-07-31"), history.enact(act).at("2025-08-01")
    book = BOOK.select("A01")
    found = book.check_act(before, changes_of(act), after)
    assert [(f.rule, f.units, f.act) for f in found] == [("A01", ("c2",), "less")]
    assert len(book.audit(after)) == 2


def test_a_finding_names_its_measure_in_vietnamese_even_where_nobody_declared_it() -> None:
    """The rulebook knows what its measures are called."""
    structure = structure_of(
        [{"id": "p", "kind": "province", "code": "46", "inspection_committee": 9}], day="2025-07-01"
    )
    (finding,) = BOOK.select("D14").audit(structure).findings
    assert finding.message_vi == "p: ủy viên ủy ban kiểm tra là 9, phải từ 11 đến 13"


@pytest.mark.parametrize(
    ("rule", "unit", "expected"),
    [
        ("D01", u("it", "cell", members_official=Quantity.unknown(low=5, high=9)), Counts(0, 0, 1)),
        ("D01", u("it", "cell", members_official=Quantity.unknown(low=5, high=8)), Counts(0, 0, 0)),
        ("D01", u("it", "cell", members_official=9, cell_committee=Quantity.unknown(low=0)), Counts(0, 0, 1)),
        ("D01", u("it", "cell", members_official=9, cell_committee=Quantity.unknown(low=1)), Counts(1, 0, 0)),
        ("D03", u("it", "cell", members_official=Quantity.unknown(low=8, high=9)), Counts(0, 0, 1)),
        ("D03", u("it", "cell", members_official=Quantity.unknown(low=9, high=10)), Counts(0, 0, 0)),
        ("D03", u("it", "cell", members_official=8, cell_committee=0), Counts(0, 0, 1)),
        ("D03", u("it", "cell", members_official=8, deputy_secretaries=1), Counts(0, 0, 1)),
        ("D03", u("it", "cell", members_official=8, cell_committee=0, deputy_secretaries=1), Counts(1, 0, 0)),
        ("A03", u("it", "cell", members_official=Quantity.unknown(low=2, high=3)), Counts(0, 0, 1)),
        ("A03", u("it", "cell", members_official=Quantity.unknown(low=1, high=2)), Counts(0, 1, 0)),
        ("C05", u("it", "commune", category="xã", staff=15), Counts(1, 0, 0)),
        ("C05", u("it", "commune", category="xã", staff=14), Counts(0, 1, 0)),
        ("C05", u("it", "commune", category="xã", staff=Quantity.unknown(low=15, high=18)), Counts(0, 0, 1)),
        ("C05", u("it", "commune", category="xã", staff=Quantity.unknown(low=10, high=15)), Counts(0, 0, 1)),
        ("C05", u("it", "commune", category="xã", staff=Quantity.unknown(low=17, high=20)), Counts(0, 0, 1)),
        ("D11", u("it", "province", deputy_secretaries=Quantity.unknown(low=2, high=3)), Counts(0, 0, 1)),
        ("D04", u("it", "cell", failed_ballots=2), Counts(0, 0, 0)),
        ("A13", u("it", "cell", members=10, meetings_by_group=0), Counts(0, 0, 0)),
    ],
)
def test_bounds_decide_what_they_can(rule: str, unit: One, expected: Counts) -> None:
    """A figure known only within bounds is decided where both ends agree."""
    assert audited(world(unit), rule, dt.date(2025, 8, 1)).counts[rule] == expected


@pytest.mark.parametrize(
    ("size", "standing", "expected"),
    [
        (Quantity.unknown(low=8, high=9), 0, Counts(0, 0, 1)),
        (Quantity.unknown(low=7, high=8), 0, Counts(1, 0, 0)),
        (9, Quantity.unknown(low=0), Counts(0, 0, 1)),
        (9, Quantity.unknown(low=1), Counts(1, 0, 0)),
        (9, 0, Counts(0, 1, 0)),
    ],
)
def test_a_standing_committee_within_bounds(size: object, standing: object, expected: Counts) -> None:
    """D05 on both sides of nine, with figures that are not exact."""
    it = u(
        "it", "grassroots-organisation", category="đảng bộ cơ sở", executive_committee=size, standing_committee=standing
    )
    assert audited(world(it), "D05", dt.date(2025, 8, 1)).counts["D05"] == expected


@pytest.mark.parametrize(
    ("figures", "grades"),
    [
        ({"rating_points": 90, "tasks_done": 100, "tasks_above_target": 30}, {"excellent", "good"}),
        ({"rating_points": 90, "tasks_done": 99, "tasks_above_target": 30}, {"good"}),
        ({"rating_points": 90, "tasks_done": 100, "tasks_above_target": 29}, {"good"}),
        ({"rating_points": 89.9}, {"good"}),
        ({"rating_points": 70}, {"good"}),
        ({"rating_points": 69.9, "tasks_late": 20}, {"completed"}),
        ({"rating_points": 50, "tasks_late": 21}, {"not completed"}),
        ({"rating_points": 49.9}, {"not completed"}),
        ({"rating_points": 90}, {"excellent", "good"}),
        ({"rating_points": 60}, {"completed", "not completed"}),
        ({"rating_points": Quantity.unknown(low=65, high=75)}, {"good", "completed", "not completed"}),
        ({}, {"excellent", "good", "completed", "not completed"}),
    ],
)
def test_points_and_tasks_give_the_rating(figures: dict[str, float], grades: set[str]) -> None:
    """G08: 90 with all tasks done and 30 % above target is excellent, 89.9 good, 50 completed (MECHANISMS 18)."""
    day = dt.date(2025, 8, 30)
    fitting = {
        grade
        for grade in ("excellent", "good", "completed", "not completed")
        if not audited(
            world(u("it", "commune", **figures), facts=[("it", "fact:rated", grade, (2025, ""))]), "G08", day
        ).findings
    }
    assert fitting == grades


def test_a_disciplined_collective_is_not_excellent() -> None:
    """Whatever its points."""
    it = u("it", "commune", rating_points=95, tasks_done=100, tasks_above_target=40)
    made = world(it, facts=[("it", "fact:rated", "excellent", (2025, "")), *disciplined("it")])
    assert audited(made, "G08", dt.date(2025, 8, 30)).counts["G08"].violated == 1


def test_terms_are_judged_by_the_rule_under_which_they_began() -> None:
    """A cell elected for 30 months in March 2025 breaks nothing when the pilot of five years begins."""
    made = world(u("it", "cell"), facts=[("it", "fact:term", "2025-03-01/2027-09-01", "committee")])
    assert audited(made, "E02", dt.date(2025, 6, 30)).counts["E02"] == Counts(1, 0, 0)
    assert audited(made, "E02", dt.date(2025, 7, 1)).counts["E02"] == Counts(1, 0, 0)
    later = world(u("it", "cell"), facts=[("it", "fact:term", "2025-07-01/2028-01-01", "committee")])
    assert audited(later, "E02", dt.date(2025, 7, 1)).counts["E02"] == Counts(0, 1, 0)
    wrong = world(u("it", "cell"), facts=[("it", "fact:term", "2025-03-01/2030-03-01", "committee")])
    (finding,) = audited(wrong, "E02", dt.date(2025, 8, 1)).findings
    assert finding.citation == "Điều lệ Đảng (2011), Đ.24 k.3"
    earlier = world(u("it", "cell"), facts=[("it", "fact:term", "2010-12-31/2013-06-30", "committee")])
    audit = audited(earlier, "E02", dt.date(2011, 1, 1))
    assert [one.message for one in audit.undecided if one.units == ("it",)] == [
        "what held on 2010-12-31 is not on record"
    ]


def test_deadlines_run_until_their_last_day() -> None:
    """An open case is in time on day 30 and late on day 31; one done later is open before."""
    start, last = dt.date(2025, 7, 2), dt.date(2025, 8, 13)
    for done in (None, "2025-12-01"):
        made = world(u("it", "commune"), facts=transfer("it", start, done, "introduction"))
        assert audited(made, "F02", last).counts["F02"] == Counts(1, 0, 0)
        assert audited(made, "F02", last + ONE_DAY).counts["F02"] == Counts(0, 1, 0)
    old = world(u("it", "commune"), facts=transfer("it", "2025-06-30", "2025-12-01", "introduction"))
    assert audited(old, "F02", dt.date(2025, 12, 31)).counts["F02"] == Counts(0, 0, 1)


def test_a_congress_within_a_year_of_the_merger_is_awaited() -> None:
    """E06: not yet due is not in order, and who was founded without a merger has a year as well."""
    made = world(u("it", "commune", merged_from=2))
    days = (dt.date(2011, 6, 1), dt.date(2012, 6, 1), dt.date(2012, 6, 2))
    history = history_of(made, founded=dt.date(2011, 6, 1))
    assert [Rulebook([BOOK["E06"]]).audit(history.at(day)).counts["E06"] for day in days] == [
        Counts(0, 0, 1),
        Counts(0, 0, 1),
        Counts(0, 0, 1),
    ]
    audits = [Rulebook([BOOK["E06"]]).audit(history.at(day)) for day in days]
    assert [[str(one) for one in audit.undecided] for audit in audits] == [
        ["it: founded on 2011-06-01, its congress is due by 2012-06-01 [E06]"],
        ["it: founded on 2011-06-01, its congress is due by 2012-06-01 [E06]"],
        ["it: congress is missing [E06]"],
    ]
    founded = history.enact(Act("found", "2011-07-01", [Creation(Unit("new", kind="commune", parent="tw"))]))
    (due,) = [one for one in Rulebook([BOOK["E06"]]).audit(founded.at("2011-08-01")).undecided if "new" in one.units]
    assert "due by 2012-07-01" in due.message


def test_what_is_recorded_wrongly_is_told_and_stops_no_audit() -> None:
    """A term that is none is a finding; a day that is none leaves its rules undecided; odd slots hold nobody."""
    made = world(
        u("p", "province", merged_from=2),
        u("x", "commune"),
        facts=[
            ("p", "fact:term", "soon", "committee"),
            *congress("p", "2024-01-01/2025-12-31"),
            ("x", "fact:term", "2025-10-01/2020-10-01", "committee"),
            *transfer("x", "2025-07-01/2025-07-31", None),
            ("p", "office", "someone"),
        ],
    )
    audit = BOOK.audit(history_of(made).at("2025-11-15"), holidays=VIETNAM)
    assert {f.units[0] for f in audit.of("E01")} == {"p", "x"}
    assert audit.of("F01") == ()
    assert [one.missing for one in audit.undecided if one.rule == "F01"] == ["day of the decision"]
    assert {one.missing for one in audit.undecided if one.rule == "E05"} == {"term"}


def test_an_empty_structure_is_audited_without_a_finding() -> None:
    """There is nothing to decide."""
    assert len(BOOK.audit(History().at("2025-11-15"))) == 0


def test_the_rulebook_names_only_declared_measures() -> None:
    """Every measure that a case or rule uses is declared with its Vietnamese name."""
    used = {
        name
        for cases in CASES.values()
        for case in cases
        for one in case.good(dt.date(2025, 1, 1)).units
        for name in one.figures
    }
    assert used <= MEASURE_IDS


@pytest.mark.parametrize("rule", [r.id for r in BOOK if r.about == "structure"])
def test_every_rule_keeps_the_contract_of_rules(rule: str) -> None:
    """It is pure and deterministic, does not hang on the order of creation, and finds what its cases promise."""
    cases = [case for case in CASES[rule] if case.version == len(BOOK[rule].versions) - 1]
    version = BOOK[rule].versions[-1]
    day = (version.period.start or FOUNDED) + dt.timedelta(200)
    if version.period.end is not None and day >= version.period.end:
        day = version.period.end - ONE_DAY
    if rule in ("F01", "F02", "F05"):
        cases = []  # without the public holidays a late case is undecided
    check_rule(
        BOOK[rule],
        breaks=[history_of(case.bad(first_day(rule, case))).at(day) for case in cases],
        keeps=[history_of(case.good(first_day(rule, case))).at(day) for case in cases],
        schema=kinds.SCHEMA,
        max_examples=3,
    )


def test_every_text_of_a_finding_is_used_and_says_the_same_in_both_languages() -> None:
    """Each has both languages; the Vietnamese one fills in nothing that the English one's case does not tell."""
    source = Path(checks.__file__).read_text(encoding="utf-8")
    with (Path(checks.__file__).parent / "data" / "findings.toml").open("rb") as file:
        texts = tomllib.load(file)
    words = texts.pop("words")
    assert all(words.values())
    used = set(re.findall(r'"([a-z-]+)"', source)) | {"founding-decided", "dissolution-decided"}
    assert not texts.keys() - used
    for key, text in texts.items():
        assert text.keys() == {"en", "vi"}, key
        en, vi = ({name for _, name, _, _ in Formatter().parse(text[one]) if name} for one in ("en", "vi"))
        assert vi - {"value", "post", "other"} <= en, key
