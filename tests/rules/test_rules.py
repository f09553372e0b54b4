"""Rules, rulebooks, ready-made checks and rulebook files: what they say, refuse, and how they tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.errors import Finding, InvalidAct, InvalidFile, NotOnRecord, Refused
from orgmodel.history.audit import audit_history
from orgmodel.history.history import History, history_of, structure_of
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.schema import Kind, Schema
from orgmodel.model.unit import Unit
from orgmodel.period import Period
from orgmodel.rules.checks import chosen, limits_for
from orgmodel.rules.file import first_day, last_day, parse_rulebook, read_rulebook
from orgmodel.rules.rule import CitedRule, Satisfied, Undecided, Verdict, Version, rule
from orgmodel.rules.rulebook import Audit, Counts, Rulebook
from orgmodel.rules.view import View
from orgmodel.structure.day_columns import TOTAL, DayColumns

DAY = dt.date(2025, 7, 1)


@rule("small", citation="house rule 1", statement_vi="không quá lớn", severity="warning", values={"value": 5})
def small(view: View) -> Iterator[Verdict]:
    """A cell has at most so many members."""
    satisfied = 0
    for unit in view.units(kind="cell"):
        members = view.exact(unit, "members")
        if members is None:
            yield Undecided("members", (unit,))
        elif members > view.value:
            yield Finding("", f"{members} members", (unit,))
        else:
            satisfied += 1
    yield Satisfied(satisfied)


def three() -> list[dict[str, object]]:
    """A province with a small cell, a large one, and one that nobody counted."""
    return [
        {"id": "p", "kind": "province"},
        {"id": "a", "kind": "cell", "parent": "p", "members": 5},
        {"id": "b", "kind": "cell", "parent": "p", "members": 6},
        {"id": "c", "kind": "cell", "parent": "p"},
    ]


# ---- rules and rulebooks


def test_a_rule_is_called_once_and_its_verdicts_get_their_law() -> None:
    """Id, day, citation, severity and certainty are filled in; cases are counted."""
    calls: list[View] = []

    @rule("once", citation="house rule 9")
    def once(view: View) -> Iterator[Verdict]:
        calls.append(view)
        yield Satisfied(3)

    audit = Rulebook([small, once]).audit(structure_of(three(), day=DAY))
    assert len(calls) == 1
    (finding,) = audit.findings
    assert finding == Finding("small", "6 members", ("b",), DAY, "warning", citation="house rule 1", certainty="seen")
    assert audit.counts == {"small": Counts(1, 1, 1), "once": Counts(3, 0, 0)}
    assert [(one.rule, one.missing, one.units, one.citation) for one in audit.undecided] == [
        ("small", "members", ("c",), "house rule 1")
    ]
    assert small.statement == "A cell has at most so many members."


def test_a_rule_without_a_citation_is_refused() -> None:
    """A check that nobody can look up is no rule."""
    with pytest.raises(ValueError, match="has no citation"):
        rule("mine", citation="")


def test_a_rule_that_yields_something_else_is_told_so() -> None:
    """A bool is no verdict."""

    @rule("wrong", citation="house rule 8")
    def wrong(view: View) -> Iterator[Verdict]:
        yield True  # type: ignore[misc]

    with pytest.raises(TypeError, match="'wrong' yielded bool"):
        Rulebook([wrong]).audit(structure_of(three(), day=DAY))


def test_the_value_in_force_on_the_day_is_used() -> None:
    """Versions follow each other; outside all of them the rule is not asked."""
    dated = CitedRule(
        "dated",
        small.check,
        versions=(
            Version(Period("2024-01-01", "2025-07-01"), {"value": 5}, "old act"),
            Version(Period("2025-07-01", "2026-01-01"), {"value": 6}, "new act"),
        ),
    )
    history = history_of(three(), day="2023-01-01")
    book = Rulebook([dated])
    found = {
        day: book.audit(history.at(day))
        for day in ("2023-12-31", "2024-01-01", "2025-06-30", "2025-07-01", "2026-01-01")
    }
    assert [len(audit) for audit in found.values()] == [0, 1, 1, 0, 0]
    assert found["2024-01-01"].findings[0].citation == "old act"
    assert ["dated" in audit.counts for audit in found.values()] == [False, True, True, True, False]
    assert book.boundaries("2024-01-01", "2026-01-01") == (dt.date(2025, 7, 1), dt.date(2026, 1, 1))
    assert list(book.on("2025-07-01")) == ["dated"]
    assert book.on("2026-01-01") == {}


def test_a_rule_called_alone_says_nothing_where_it_is_not_asked() -> None:
    """Out of force, or about acts where no act is shown."""
    view = View(structure_of(three(), day=DAY))
    later = CitedRule("later", small.check, versions=(Version(Period("2026-01-01"), {"value": 1}),))
    acts = CitedRule("acts", small.check, about="act", versions=(Version(values={"value": 1}),))
    assert (list(later(view)), list(acts(view))) == ([], [])
    assert len(list(small(view))) == 3


def test_overlapping_versions_and_double_ids_are_refused_together() -> None:
    """All faults of a rulebook come in one error."""
    versions = (Version(Period("2024-01-01", "2025-02-01")), Version(Period("2025-01-01")))
    twice = CitedRule("one", small.check, versions=versions)
    with pytest.raises(Refused) as caught:
        Rulebook([twice, twice])
    assert sorted(f.rule for f in caught.value.findings) == ["rule-id", "validity", "validity"]


def test_rulebooks_select_add_and_leave_out() -> None:
    """A book is a value: selecting and adding make others."""
    other = CitedRule("small.part", small.check)
    book = Rulebook([small]) + [other]
    assert [r.id for r in book.select("small")] == ["small", "small.part"]
    assert [r.id for r in book.without("small")] == ["small.part"]
    assert "small" in book
    with pytest.raises(KeyError, match=r"there are small, small\.part"):
        book["large"]


def test_an_audit_is_values_tables_and_groups() -> None:
    """Rows for a data frame, groups by any field or function, counts per rule, text."""
    audit = Rulebook([small]).audit(structure_of(three(), day=DAY))
    rows = audit.table()
    assert [(row["rule"], row["outcome"], row["units"], row["missing"]) for row in rows] == [
        ("small", "violated", ["b"], None),
        ("small", "undecided", ["c"], "members"),
    ]
    assert audit.summary() == [
        {
            "rule": "small",
            "statement": "A cell has at most so many members.",
            "satisfied": 1,
            "violated": 1,
            "undecided": 1,
        }
    ]
    assert list(audit.groups("severity")) == ["warning"]
    assert list(audit.groups(lambda finding: finding.units[0])) == ["b"]
    assert audit.about("b") == audit.of("small") == tuple(audit)
    assert audit.errors == ()
    assert str(audit) == "2025-07-01: 1 rules, 1 satisfied, 1 violated, 1 undecided"


# ---- acts


def test_an_act_becomes_a_table_of_changes() -> None:
    """Units begin and end, become others, facts are set; clusters and units older than the act are no rows."""
    act = Act(
        "a",
        DAY,
        [
            Creation(Unit("old", parent="p"), first_known=True),
            Creation(Unit("n", parent="p")),
            Creation(Clustering("e")),
            Creation(Cluster("e1", "e")),
            Succession(
                (Link("x", "z"), Link("y", "z", "part")),
                created=(Unit("z", parent="p"),),
                changes=(Change("k", "parent", "z"),),
            ),
            Closure("w"),
            Closure("e1"),
            Change("n", "name", "N"),
            Change("n", "name", "M"),
        ],
    )
    changes = changes_of(act)
    assert (changes.created, changes.ended) == (("n", "z"), ("x", "y", "w"))
    assert [(row.old, row.new, row.extent, row.type) for row in changes.became] == [
        ("x", "z", "whole", "merger"),
        ("y", "z", "part", "merger"),
    ]
    assert list(changes.mergers()) == [("z", ("x", "y"))]
    assert changes.value("n", "name") == "M"
    assert changes.value("k", "parent") == "z"
    assert changes.touched() == {"n", "z", "x", "y", "w", "k"}


def test_a_rule_about_acts_sees_before_changes_and_after() -> None:
    """It is asked of acts only, once for each, and its findings name the act."""

    @rule("no-closing", citation="house rule 3", about="act")
    def no_closing(view: View) -> Iterator[Verdict]:
        """Nothing closes."""
        assert view.before is not None
        assert view.changes is not None
        for unit in view.changes.ended:
            assert unit in view.before
            assert unit not in view.after
            yield Finding("", "closed", (unit,))

    book = Rulebook([no_closing])
    history = history_of(three(), day="2025-01-01")
    assert book.audit(history.at(DAY)).counts == {}
    closing = Act("close-c", DAY, [Closure("c")])
    after = history.enact(closing)
    (finding,) = book.check_act(history.at(DAY), changes_of(closing), after.at(DAY))
    assert (finding.rule, finding.units, finding.act, finding.severity) == ("no-closing", ("c",), "close-c", "error")
    (same,) = audit_history(after, book, "2025-06-30", "2025-07-01").findings
    assert same == finding


def test_errors_of_a_rulebook_block_an_act_and_change_nothing() -> None:
    """``enact(act, rulebook=...)`` refuses what an error speaks against; a warning does not."""
    strict = CitedRule(
        "strict", small.check, severity="error", versions=(Version(values={"value": 5}, document="house rule 4"),)
    )
    history = history_of(three(), day="2025-01-01")
    act = Act("grow", DAY, [Change("a", "measure:members", 7, "own")])
    with pytest.raises(InvalidAct) as caught:
        history.enact(act, rulebook=Rulebook([strict]))
    # b was too large before: only a is what the act answers for.
    assert [(f.rule, f.units, f.citation) for f in caught.value.findings] == [("strict", ("a",), "house rule 4")]
    assert history.enact(act, rulebook=Rulebook([small])).at(DAY).measure("a", "members") == Quantity(7)
    assert history.at(DAY).measure("a", "members") == Quantity(5)


def test_a_period_tells_what_arose_with_day_and_act() -> None:
    """By acts, and by a rule that came into force; what was there before the period is left out."""
    history = history_of(three(), day="2024-01-01").enact(
        Act("grow", "2025-03-01", [Change("a", "measure:members", 7, "own")]),
        Act("more", "2025-03-01", [Change("c", "measure:members", 8, "own")]),
    )
    dated = CitedRule(
        "dated",
        small.check,
        versions=(
            Version(Period("2020-01-01", "2025-05-01"), {"value": 5}),
            Version(Period("2025-05-01"), {"value": 4}),
        ),
    )
    audit = audit_history(history, Rulebook([dated]), "2025-01-01", "2025-06-01")
    assert [(str(f.day), f.units, f.act) for f in audit.findings] == [
        ("2025-03-01", ("a",), "grow"),
        ("2025-03-01", ("c",), "more"),
    ]
    history = history.enact(Act("less", "2025-04-01", [Change("a", "measure:members", 5, "own")]))
    audit = history.audit(Rulebook([dated]), "2025-03-15", "2025-06-01")
    assert [(str(f.day), f.units, f.act) for f in audit.findings] == [("2025-05-01", ("a",), None)]
    # A month in which nothing happened: nothing arose, and what is there is counted.
    quiet = history.audit(Rulebook([dated]), "2025-06-01", "2025-06-30")
    assert (quiet.day, quiet.findings) == (dt.date(2025, 6, 30), ())
    assert quiet.counts == history.at("2025-06-30").audit(Rulebook([dated])).counts
    with pytest.raises(Refused, match="give the earlier day first"):
        history.audit(Rulebook([dated]), "2025-06-30", "2025-06-01")
    with pytest.raises(NotOnRecord, match="on 2023-12-31: the record begins on 2024-01-01"):
        history.audit(Rulebook([dated]), "2023-01-01", "2023-12-31")


def test_a_period_finds_what_its_parts_find() -> None:
    """Month by month, the quiet ones among them, as in one call."""
    history = history_of(three(), day="2024-01-01")
    for number, (day, members) in enumerate(
        [("2024-02-10", 7), ("2024-02-10", 2), ("2024-05-01", 9), ("2024-09-01", 1)]
    ):
        history = history.enact(Act(f"a{number}", day, [Change("a", "measure:members", members, "own")]))
    book = Rulebook([small])
    ends = ["2024-01-01", *(f"2024-{month:02}-28" for month in range(1, 13))]
    parts = [history.audit(book, a, b).findings for a, b in pairwise(ends)]
    assert parts.count(()) == 11
    assert tuple(finding for part in parts for finding in part) == history.audit(book, ends[0], ends[-1]).findings


def late_and_merger() -> tuple[History, Act]:
    """Two cells of 2 and 3 that merge in 2026, and a figure of 2025 that is learned late."""
    history = history_of(
        [{"id": "g"}, *({"id": c, "kind": "cell", "parent": "g", "members": n} for c, n in (("a", 2), ("b", 3)))],
        day="2024-01-01",
    )
    with history.draft("2026-01-01", act_id="merger") as merger:
        merger.merge(["a", "b"], into=Unit("n", kind="cell"))
    return history.enact(merger), Act("late", "2025-01-01", [Change("a", "measure:members", 4, "own")])


def test_a_rulebook_judges_what_follows_for_later_decisions() -> None:
    """Four members of a cell are in order, and the seven of the cell that it merges into later are not."""
    history, late = late_and_merger()
    strict = CitedRule("small", small.check, versions=(Version(Period(None), {"value": 5}),), severity="error")
    with pytest.raises(InvalidAct) as caught:
        history.enact(late, rulebook=Rulebook([strict]))
    assert [(f.rule, f.units, str(f.day)) for f in caught.value.findings] == [("small", ("n",), "2026-01-01")]
    assert history.enact(late, rulebook=Rulebook([small])).at("2026-01-01").measure("n", "members") == Quantity(7)


def test_answers_to_later_decisions_count_beside_a_rulebook() -> None:
    """They are given to the decision that asks, which is not the act that is enacted."""
    history = history_of([{"id": "g"}, {"id": "a", "parent": "g"}], day="2024-01-01")
    with history.draft("2026-01-01", act_id="division") as division:
        division.break_down("a", [Unit("a1"), Unit("a2")])
    history = history.enact(division)
    late = Act("late", "2025-01-01", [Creation(Unit("z", parent="a"))])
    (question,) = history.ask(late)
    answers = [question.answer("a2")]
    assert history.enact(late, answers=answers, rulebook=Rulebook([small])) == history.enact(late, answers=answers)


def test_only_stated_figures_are_cases_also_where_they_are_not_sure() -> None:
    """About six of at most five is undecided; nothing stated is no case, and neither is what is stated as unknown."""
    figures = {"a": 3, "b": Quantity(6, "about"), "c": None, "d": Quantity.unknown(), "e": Quantity.unknown(0, 9)}
    rows = [
        {"id": "g", "kind": "g"},
        *({"id": c, "kind": "cell", "parent": "g", "members": n} for c, n in figures.items()),
    ]
    rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
    checks = {
        "measure": 'check = "measure"\nmeasure = "members"\ncompare = "<="',
        "share": 'check = "share"\npart = "members"\nof = "members"\ncompare = "<="',
        "relation": 'check = "relation"\nmeasure = "members"\nto = ["members"]\ncompare = "<="',
    }
    for check, settings in checks.items():
        value = "" if check == "relation" else "value = 1\n" if check == "share" else "value = 5\n"
        book = parse_rulebook(
            f'name = "x"\n[[rule]]\nid = "H"\nstatement = "s"\non = ["cell"]\nonly_stated = true\n{settings}\n'
            f'[[rule.version]]\nfrom = "2020"\n{value}document = "D"\ncertainty = "seen"\n'
        )
        audit = book.audit(structure_of(rows, day=DAY))
        assert (audit.counts["H"], set(audit.undecided[0].units)) == (Counts(1, 0, 2), {"b", "e"}), check


def test_a_structure_audits_itself() -> None:
    """``structure.audit`` is the rulebook's audit."""
    structure = structure_of(three(), day=DAY)
    assert structure.audit(Rulebook([small])) == Rulebook([small]).audit(structure)


# ---- the columns


def test_the_sheet_agrees_with_the_structure() -> None:
    """Kinds, parents, children, subtrees, figures: columns and point queries say the same."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "p", "kind": "province", "parent": "vn", "code": "24"},
        {"id": "x", "kind": "commune", "category": "xã", "parent": "p", "members": 3},
        {"id": "c", "kind": "cell", "parent": "x", "members": Quantity(4, "more than")},
        {"id": "q", "kind": "province", "parent": "vn"},
        {"id": "d", "kind": "cell", "parent": "q"},
    ]
    structure = structure_of(rows, day=DAY)
    columns = DayColumns(structure)
    assert columns.ids == tuple(structure)
    for unit in structure:
        at = columns.place[unit]
        assert columns.kinds[at] == structure.unit(unit).kind
        above = int(columns.parents[at])
        assert (None if above < 0 else columns.ids[above]) == structure.parent(unit)
        assert [columns.ids[i] for i in columns.children.get(at, [])] == list(structure.children(unit))
        assert list(columns.ids[at + 1 : columns.ends[at]]) == list(structure.descendants(unit))
        assert columns.within(unit, "p") == (unit == "p" or "p" in structure.ancestors(unit))
    assert [columns.ids[i] for i in columns.where(["commune"], ["xã"])] == ["x"]
    assert columns.where(["commune"], ["phường"]).tolist() == []
    assert columns.bounds("c", "members") == (4.0, float("inf"))
    assert columns.bounds("p", "members", TOTAL) == (7.0, float("inf"))
    assert columns.bounds("x", "members", TOTAL) == (7.0, float("inf"))
    assert columns.bounds("q", "members", TOTAL) == (-float("inf"), float("inf"))
    assert columns.column("code") == {"p": "24"}
    assert columns.started("p") == DAY


def test_a_total_is_open_where_a_leaf_was_not_counted_but_not_for_agencies() -> None:
    """Agencies have no members; a figure of the subtree closes an open sum, and is not believed against a full one."""
    schema = Schema(tuple(Kind(k) for k in ("province", "commune", "cell")) + (Kind("agency", agency=True),))
    rows = [
        {"id": "p", "kind": "province"},
        {"id": "a", "kind": "agency", "parent": "p"},
        {"id": "x", "kind": "commune", "parent": "p"},
        {"id": "c", "kind": "cell", "parent": "x", "members": 3},
    ]
    history = history_of(rows, day=DAY, schema=schema)
    assert View(history.at(DAY)).number("p", "members", TOTAL) == Quantity(3)
    stated = history.enact(Act("s", DAY, [Change("p", "measure:members", 9, "subtree")]))
    assert View(stated.at(DAY)).number("p", "members", TOTAL) == Quantity(3)
    silent = history.enact(Act("n", DAY, [Creation(Unit("d", kind="cell", parent="x"))]))
    assert View(silent.at(DAY)).number("p", "members", TOTAL) == Quantity(3, "at least")
    closed = silent.enact(Act("s", DAY, [Change("p", "measure:members", 9, "subtree")]))
    assert View(closed.at(DAY)).number("p", "members", TOTAL) == Quantity(9)


def test_of_how_many_a_unit_was_made_is_told_by_measure_then_lineage() -> None:
    """A merger of two counts two; before the recorded past nobody knows; a recorded number goes first."""
    rows = [{"id": "vn"}, *({"id": i, "parent": "vn"} for i in "abcd")]
    merger = Succession((Link("a", "n"), Link("b", "n")), created=(Unit("n", parent="vn"),))
    part = Succession((Link("c", "c"), Link("d", "d"), Link("d", "c", "part")))
    history = history_of(rows, day="2024-01-01").enact(
        Act("m", DAY, [merger, part]), Act("new", "2025-08-01", [Creation(Unit("young", parent="vn"))])
    )
    view = View(history.at("2025-08-01"))
    assert [view.merged_from(unit) for unit in ("n", "c", "young", "vn")] == [2, None, 1, None]
    since = dt.date(2025, 1, 1)
    assert [view.merged_from(unit, since) for unit in ("n", "c", "young", "vn")] == [2, 1, 1, 1]
    assert view.merged_from("n", dt.date(2025, 7, 2)) == 1
    assert View(history.at("2025-06-30")).merged_from("a", since) == 1
    told = history.enact(Act("t", "2025-09-01", [Change("n", "measure:merged_from", 3, "own")]))
    assert View(told.at("2025-09-01")).merged_from("n") == 3


def test_heirs_follow_the_order_of_events() -> None:
    """What a unit gave away before another joined it is no heir of the other."""
    rows = [{"id": "vn"}, *({"id": i, "parent": "vn"} for i in "abx")]
    gives = Succession((Link("b", "b"), Link("b", "x", "part"), Link("x", "x")))
    joins = Succession((Link("a", "b"), Link("b", "b")))
    ends = Succession((Link("b", "n"),), created=(Unit("n", parent="vn"),))
    history = history_of(rows, day="2020-01-01").enact(
        Act("1", "2021-01-01", [gives]), Act("2", "2022-01-01", [joins]), Act("3", "2023-01-01", [ends])
    )
    assert DayColumns(history.at("2022-06-01")).heirs("a") == {"b"}
    assert DayColumns(history.at("2023-01-01")).heirs("a") == {"n"}
    assert DayColumns(history.at("2023-01-01")).heirs("b") == {"n", "x"}
    assert DayColumns(history.at("2020-06-01")).heirs("b") == {"b"}
    assert DayColumns(history.at("2020-06-01")).heirs("nobody") is None


# ---- ready-made checks


HEAD = """
[[rule]]
id = "R"
statement = "a rule"
check = "measure"
on = ["cell"]
measure = "members"
compare = "{compare}"
[[rule.version]]
from = "2020"
value = {value}
document = "an act"
certainty = "seen"
"""


@pytest.mark.parametrize(
    ("compare", "value", "passing", "failing"),
    [
        (">=", "3", 3, 2),
        (">", "3", 4, 3),
        ("<=", "3", 3, 4),
        ("<", "3", 2, 3),
        ("==", "3", 3, 4),
        ("between", "[9, 11]", 11, 12),
        ("between", "[9, 11]", 9, 8),
    ],
)
def test_comparisons_hold_at_their_boundary(compare: str, value: str, passing: int, failing: int) -> None:
    """Each comparison on both sides of its limit."""
    book = parse_rulebook(HEAD.format(compare=compare, value=value))
    for members, outcome in ((passing, Counts(1, 0, 0)), (failing, Counts(0, 1, 0))):
        structure = structure_of([{"id": "c", "kind": "cell", "members": members}], day=DAY)
        assert book.audit(structure).counts["R"] == outcome


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        (Quantity(2, "more than"), Counts(0, 0, 1)),
        (Quantity(3, "more than"), Counts(1, 0, 0)),
        (Quantity(2, "at most"), Counts(0, 1, 0)),
        (Quantity(3, "about"), Counts(0, 0, 1)),
        (Quantity.unknown(low=5), Counts(1, 0, 0)),
        (Quantity.unknown(), Counts(0, 0, 1)),
    ],
)
def test_a_vague_figure_decides_only_what_its_bounds_decide(members: Quantity, outcome: Counts) -> None:
    """More than 3 is at least 3; about 3 is nothing."""
    book = parse_rulebook(HEAD.format(compare=">=", value="3"))
    structure = structure_of([{"id": "c", "kind": "cell", "members": members}], day=DAY)
    assert book.audit(structure).counts["R"] == outcome


def test_the_limit_of_a_code_goes_before_category_merger_and_default() -> None:
    """Where it is not known of how many a unit was made, each of their limits may be in force: what passes all passes."""
    text = HEAD.format(compare="<=", value="10").replace(
        "value = 10",
        'value = 10\nby_code = { "01" = 40 }\nby_category = { "phường" = 30 }\nby_merged = { "2" = 20, "4" = 25 }',
    )
    rows = [
        {"id": "vn"},
        {
            "id": "code",
            "kind": "cell",
            "parent": "vn",
            "code": "01",
            "category": "phường",
            "merged_from": 2,
            "members": 40,
        },
        {"id": "category", "kind": "cell", "parent": "vn", "category": "phường", "merged_from": 2, "members": 31},
        {"id": "two", "kind": "cell", "parent": "vn", "merged_from": 3, "members": 21},
        {"id": "four", "kind": "cell", "parent": "vn", "merged_from": 9, "members": 25},
        {"id": "one", "kind": "cell", "parent": "vn", "merged_from": 1, "members": 10},
        {"id": "which", "kind": "cell", "parent": "vn", "members": 15},
        {"id": "any", "kind": "cell", "parent": "vn", "members": 10},
    ]
    structure = structure_of(rows, day=DAY)
    book = parse_rulebook(text)
    audit = book.audit(structure)
    assert [f.units for f in audit.findings] == [("category",), ("two",)]
    assert audit.counts["R"] == Counts(4, 2, 1)
    assert [(one.missing, one.units) for one in audit.undecided] == [("merged_from", ("which",))]
    view = View(structure)
    limits = limits_for(view, chosen(view, {"on": ["cell"]}), book["R"].versions[0].values, "<=")
    assert [limits.of(k) for k in range(7)] == [[40], [30], [20], [25], [10], [10, 20, 25], [10, 20, 25]]


# ---- files


def test_months_and_years_mean_their_first_and_last_day() -> None:
    """As a beginning the first, as an end the last."""
    assert [first_day(t) for t in ("2011-01", "2020", "2025-05-30")] == [
        dt.date(2011, 1, 1),
        dt.date(2020, 1, 1),
        dt.date(2025, 5, 30),
    ]
    assert [last_day(t) for t in ("2024-02", "2030", "2025-05-29")] == [
        dt.date(2024, 2, 29),
        dt.date(2030, 12, 31),
        dt.date(2025, 5, 29),
    ]


def test_a_jurist_changes_a_number_without_code(tmp_path: Path) -> None:
    """The same file with another number gives another outcome, from the day it says."""
    text = HEAD.format(compare=">=", value="3")
    later = '[[rule.version]]\nfrom = "2025-07-01"\nvalue = 5\ndocument = "a new act"\narticle = "art. 2"\ncertainty = "seen"\n'
    path = tmp_path / "rules.toml"
    path.write_text(text.replace('from = "2020"', 'from = "2020"\nto = "2025-06"') + later, encoding="utf-8")
    book = read_rulebook(path)
    history = history_of([{"id": "c", "kind": "cell", "members": 4}], day="2024-01-01")
    assert [len(book.audit(history.at(day))) for day in ("2025-06-30", "2025-07-01")] == [0, 1]
    (finding,) = book.audit(history.at("2025-07-01"))
    assert finding.citation == "a new act, art. 2"


BAD = """name = "x"
surprise = 1
[[rule]]
id = "one"
statement = "says something"
check = "measure"
measure = "membres"
compare = "=>"
on = ["cell", "sell"]
[[rule.version]]
from = "2020"
to = "2021"
value = 3
document = "an act"
certainty = "seen"
[[rule.version]]
from = "2021-06"
value = 4
document = ""
certainty = "surely"

[[rule]]
id = "two"
statement = '''
[[rule]]
is only text here'''
check = "measure"
measure = "members"
compare = "between"
unknown_key = true
severity = "fatal"
about = "everything"
[[rule.version]]
from = "2025-02-30"
value = 3
document = "an act"
certainty = "memory"
[[rule.version]]
from = "2025-01-01"
to = "2024-01-01"
value = [11, 9]
document = "an act"
certainty = "memory"

[[rule]]
id = "two"
statement = "again"
check = "measures"
[[rule]]
check = "share"
part = "members"
[[not_modelled]]
id = "three"
"""


def test_all_faults_of_a_file_come_at_once_with_their_lines() -> None:
    """Unknown measure, wrong comparison, overlapping validity, no citation, and the rest."""
    with pytest.raises(InvalidFile) as caught:
        parse_rulebook(BAD, name="bad.toml", measures=["members"], kinds=["cell"])
    lines = BAD.splitlines()
    found = [(f.rule, f.row, lines[f.row - 1]) for f in caught.value.findings if f.row]
    assert len(found) == len(caught.value.findings)
    expected = {
        ("key", "surprise = 1"),
        ("measure", 'measure = "membres"'),
        ("comparison", 'compare = "=>"'),
        ("kind", 'on = ["cell", "sell"]'),
        ("citation", "[[rule.version]]"),
        ("certainty", 'certainty = "surely"'),
        ("validity", "[[rule.version]]"),
        ("key", "unknown_key = true"),
        ("severity", 'severity = "fatal"'),
        ("about", 'about = "everything"'),
        ("day", 'from = "2025-02-30"'),
        ("comparison", "value = 3"),
        ("shape", "value = [11, 9]"),
        ("validity", 'to = "2024-01-01"'),
        ("check", 'check = "measures"'),
        ("rule-id", 'id = "two"'),
        ("rule-id", "[[rule]]"),
        ("not-modelled", "[[not_modelled]]"),
    }
    assert expected <= {(name, line.strip()) for name, _, line in found}
    assert [row for _, row, _ in found] == sorted(row for _, row, _ in found)
    second_two = max(i for i, line in enumerate(lines, 1) if line == 'id = "two"')
    assert ("rule-id", second_two, 'id = "two"') in found
    overlap = next(f for f in caught.value.findings if f.rule == "validity" and "overlaps" in f.message)
    assert overlap.row == 16
    assert "of line 10" in overlap.message


@pytest.mark.parametrize(
    ("text", "row", "rule_id"),
    [
        ('[[rule]]\nid = "a\n', 2, "toml"),
        ("", None, "rule"),
        ("[rule]\nid = 1\n", 1, "rule"),
        ('[[rule]]\nid = "a"\nstatement = "s"\ncheck = "fact"\nfact = "f"\n', 1, "version"),
    ],
)
def test_a_file_that_is_no_rulebook_says_where(text: str, row: int | None, rule_id: str) -> None:
    """Broken TOML, an empty file, a table instead of a list, a rule without a version."""
    with pytest.raises(InvalidFile) as caught:
        parse_rulebook(text)
    assert (rule_id, row) in [(f.rule, f.row) for f in caught.value.findings]


def test_a_file_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    """The line of the first wrong byte is told."""
    path = tmp_path / "rules.toml"
    path.write_bytes(b'name = "a"\nname2 = "\xe0"\n')
    with pytest.raises(InvalidFile) as caught:
        read_rulebook(path)
    assert [(f.rule, f.row) for f in caught.value.findings] == [("utf-8", 2)]
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.format(compare=">=", value="3").replace("\n", "\r\n").encode())
    assert [r.id for r in read_rulebook(path)] == ["R"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("value = 3", "value = true", "shape"),
        ("value = 3", "value = nan", "shape"),
        ("value = 3", 'value = "3"', "shape"),
        ("value = 3\n", "", "key"),
        ("value = 3", "value = [3, 4]", "comparison"),
        ("value = 3", 'value = 3\nby_merged = { "two" = 4 }', "shape"),
        ("value = 3", "value = 3\nby_code = 5", "shape"),
        ("value = 3", 'value = 3\nmerged_since = "soon"', "day"),
        ('from = "2020"\n', "", "validity"),
        ('from = "2020"', "from = 2020", "day"),
        ('certainty = "seen"\n', "", "certainty"),
        ('document = "an act"\n', "", "citation"),
        ('statement = "a rule"\n', "", "statement"),
        ('measure = "members"\n', "", "key"),
        ('on = ["cell"]', 'on = "cell"', "shape"),
    ],
)
def test_each_single_fault_is_found(old: str, new: str, fault: str) -> None:
    """One change to a sound file gives just that fault."""
    text = HEAD.format(compare=">=", value="3")
    assert old in text
    with pytest.raises(InvalidFile) as caught:
        parse_rulebook(text.replace(old, new))
    assert {f.rule for f in caught.value.findings} == {fault}
    assert all(f.row for f in caught.value.findings)


@pytest.mark.parametrize(
    "check", ['check = "share"\npart = "a"\nof = "b"', 'check = "relation"\nmeasure = "a"\nto = ["b"]']
)
def test_a_relation_or_share_is_not_between(check: str) -> None:
    """There is one number to compare with."""
    text = f'[[rule]]\nid = "r"\nstatement = "s"\n{check}\ncompare = "between"\n[[rule.version]]\nfrom = "2020"\n'
    text += 'document = "an act"\ncertainty = "seen"\n'
    text += "value = 0.5\n" if "share" in check else ""
    with pytest.raises(InvalidFile) as caught:
        parse_rulebook(text)
    assert "comparison" in {f.rule for f in caught.value.findings}
    assert len(parse_rulebook(text.replace("between", ">="))) == 1


def test_undecided_cases_are_told_in_one_line() -> None:
    """Three units are named and the rest counted; one case if none is named."""
    assert str(Undecided("staff", tuple("abcde"), rule="C05")) == "a, b, c and 2 more: staff is missing [C05]"
    assert str(Undecided("district", rule="B02")) == "district is missing [B02]"
    assert (Undecided("staff", tuple("abcde")).count, Undecided("district").count) == (5, 1)


def test_an_audit_of_nothing_is_empty() -> None:
    """No rule, no finding, no count."""
    audit = Rulebook().audit(structure_of(three(), day=DAY))
    assert (len(audit), audit.counts) == (0, {})
    assert audit == Audit(DAY)
