"""The report of a unit and a period, surplus above caps, and their commands."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import json
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.acts.operations.mergers import Merge
from orgmodel.cli.app import run
from orgmodel.content.blocks import Content, Note
from orgmodel.errors import Refused, UnknownUnit
from orgmodel.history.history import History, history_of, structure_of
from orgmodel.io import jsonl
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds, law, members, report_desk, reporting, targets
from orgmodel.party.facts import MEASURES
from orgmodel.party.members import Admit, Report
from orgmodel.party.report_desk import before, period_of
from orgmodel.party.reporting import SECTIONS, report
from orgmodel.party.surpluses import SurplusMetric, surplus
from orgmodel.period import Period
from orgmodel.scenario.compare import compare
from orgmodel.scenario.scenario import Scenario
from orgmodel.testing.strategies import histories

DECREE = Source("1/NQ", certainty="seen")


def cells(content: Content, title: str) -> dict[Any, list[Any]]:
    """First cell -> the others, of the table with a title."""
    (table,) = [table for table in content.tables if table.title == title]
    return {row[0].value: [cell.value for cell in row[1:]] for row in table.rows}


@pytest.fixture(scope="module")
def merged() -> History:
    """Two provinces with communes, an agency and members; in August they merge, and a commune is founded and one ends."""
    rows = [
        {"id": "vn", "kind": "centre", "name": "TW"},
        {"id": "a", "kind": "province", "parent": "vn", "name": "A"},
        {"id": "b", "kind": "province", "parent": "vn", "name": "B"},
        *({"id": f"a{n}", "kind": "commune", "parent": "a", "category": "xã", "members": 10 * n} for n in (1, 2)),
        {"id": "b1", "kind": "commune", "parent": "b", "category": "xã", "members": 5},
    ]
    history = history_of(rows, day="2025-07-01", schema=kinds.SCHEMA, measures=MEASURES)
    with history.draft("2025-08-10", source=DECREE) as act:
        act.merge(["a", "b"], into=Unit("n", name="N", kind="province"))
        act.create(Unit("n1", name="new", kind="commune", category="xã", parent="n"), measures={"members": 7})
        act.close(["a2"])
        act.record("b1", "staff", 30)
    history = history.enact(act)
    with history.draft("2025-09-05", source=Source("2/BC")) as act:
        act.do(Report("n", "admitted", value=3, period="2025-08"))
    return history.enact(act)


def test_periods_and_those_before() -> None:
    """Months, quarters, halves, years and spans; whole months go back by months, others by days."""
    assert [str(period_of(text)) for text in ("2024-02", "2025-Q1", "2025-H2", "2025")] == [
        "2024-02-01 to 2024-02-29",
        "2025-01-01 to 2025-03-31",
        "2025-07-01 to 2025-12-31",
        "2025-01-01 to 2025-12-31",
    ]
    assert [str(before(period_of(text))) for text in ("2025-01", "2025-Q1", "2025", "2025-03-02/2025-03-11")] == [
        "2024-12-01 to 2024-12-31",
        "2024-10-01 to 2024-12-31",
        "2024-01-01 to 2024-12-31",
        "2025-02-20 to 2025-03-01",
    ]
    for wrong in ("2025-13", "2025-Q5", "soon", Period("2025-01-01")):
        with pytest.raises(Refused, match="period"):
            period_of(wrong)  # type: ignore[arg-type]


@given(st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 400))
def test_the_period_before_ends_where_the_period_begins(start: dt.date, days: int) -> None:
    """And is as long, unless months are not."""
    period = Period(start, start + dt.timedelta(days))
    earlier = before(period)
    assert earlier.end == period.start
    assert earlier.start is not None
    assert (start - earlier.start).days in range(days - 4, days + 5)


@given(histories(min_moves=2, max_moves=6, max_amendments=1), st.sampled_from(["2025-07", "2025-Q3", "2026"]))
@times(0.25)
def test_a_report_is_written_of_any_history(history: History, period: str) -> None:
    """Of every unit of a schema of one's own, with clusters, figures and amendments: all that asks for no rulebook."""
    asked = [section for section in SECTIONS if section not in ("audit", "cells", "surplus")]
    structure = history.at(period_of(period).last or "2025-07-31")
    root = structure.root()
    if root is not None:
        assert report(history, root, period, sections=asked, language="vi").frames()


def test_a_merged_unit_is_compared_with_its_predecessors(merged: History) -> None:
    """Three communes of two provinces: one ends, one begins, two go on; members of both are added."""
    content = report(merged, "n", "2025-08", sections=["organisation", "members"])
    rows = cells(content, "Units by kind, and what explains them")
    assert rows["province"] == [2, 1, 0, 2, 0, 1]
    assert rows["commune"] == [3, 1, 0, 1, 0, 3]
    happened = cells(content, "What happened to units")
    assert {what: n for what, (n,) in happened.items() if n} == {
        "begun without a predecessor": 1, "made of others": 1, "became others": 2,
        "ended without a successor on record": 1, "under another unit": 3 - 1 + 0,
    }  # fmt: skip
    members = cells(content, "Members")["members"]
    assert (members[0], members[1], members[2]) == (Quantity(22), Quantity(35), -13)
    assert "The period before is that of A, B." in content.text()
    (table,) = [t for t in content.tables if t.title == "Units by kind, and what explains them"]
    assert table.sources([row[0].value for row in table.rows].index("commune")) == ("1/NQ",)


def test_figures_told_later_count_in_their_period(merged: History) -> None:
    """What was reported in September of August stands in the report of August, with its act; flows that explain nothing are told."""
    content = report(merged, "n", "2025-08", sections=["members"])
    flows = cells(content, "Who came and went")
    assert flows["admitted"][:2] == [Quantity(3), Quantity.unknown()]
    (table,) = [t for t in content.tables if t.title == "Who came and went"]
    assert table.sources(0) == ("2/BC",)
    assert any(isinstance(block, Note) and block.sort == "warning" and "gap" in block.text for block in content.blocks)


def test_flows_of_units_below_are_added_and_stated_ones_cover_them(merged: History) -> None:
    """Two cells that admitted 2 and 1 make at least 3; what the commune states of the period counts instead."""
    with merged.draft("2025-09-02", source=DECREE) as act:
        for n, unit in enumerate(("a1", "b1"), start=1):
            act.create(Unit(f"c{n}", kind="cell", parent=unit), measures={"members": 5, "members_probationary": 0})
    history = merged.enact(act)
    with history.draft("2025-09-03", source=Source("3/BC")) as act:
        act.do(Admit("c1", 2))
        act.do(Admit("c2", 1))
    history = history.enact(act)
    flows = cells(report(history, "n", "2025-09", sections=["members"]), "Who came and went")
    assert flows["admitted"][0] == Quantity(3, "at least")
    assert not flows["removed"][0].is_known
    with history.draft("2025-10-02", source=Source("4/BC")) as act:
        act.do(Report("a1", "admitted", value=4, period="2025-09"))
    flows = cells(report(history.enact(act), "n", "2025-09", sections=["members"]), "Who came and went")
    assert flows["admitted"][0] == Quantity(5, "at least")


def test_a_figure_names_the_acts_of_units_that_merged_in_the_period() -> None:
    """Two were admitted in a commune that became another one in October: they count, and so does the act that says so."""
    rows: list[dict[str, Any]] = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"}]
    rows += [{"id": c, "kind": "commune", "parent": "p", "members": 9} for c in "ab"]
    history = history_of(rows, day="2025-07-01", schema=kinds.SCHEMA, measures=MEASURES)
    for day, act in (
        ("2025-08-01", Admit("a", 2)),
        ("2025-10-01", Merge(["a", "b"], into=Unit("n"))),
        ("2025-11-01", Admit("n", 3)),
    ):
        with history.draft(day, source=Source(f"of {day}")) as draft:
            draft.do(act)
        history = history.enact(draft)
    (table,) = [
        t for t in report(history, "p", "2025-H2", sections=["members"]).tables if t.title == "Who came and went"
    ]
    assert cells(report(history, "p", "2025-H2", sections=["members"]), table.title)["admitted"][0] == Quantity(
        5, "at least"
    )
    assert set(table.sources(0)) == {"of 2025-08-01", "of 2025-11-01"}


def test_what_is_not_on_record_is_said(merged: History) -> None:
    """Before the record begins nothing is compared; posts, cadres, targets are not on record rather than none."""
    content = report(merged, "vn", "2025-07")
    assert "The record begins after 2025-06-30." in content.text()
    assert "unknown, not none" in content.text()
    vi = report(merged, "vn", "2025-07", language="vi").text()
    assert "Chưa có ghi nhận ngày 2025-06-30." in vi
    assert not any(word in vi for word in ("on record", "period", "findings"))


def test_every_section_is_written_in_both_languages(merged: History) -> None:
    """As many tables; each with a title, which names the frame."""
    both = [report(merged, "n", "2025-08", language=language) for language in ("en", "vi")]
    assert len(both[0].blocks) == len(both[1].blocks)
    for content in both:
        assert all(table.title for table in content.tables)
        assert len(content.frames()) >= 10
        assert content.text()


def test_surplus_is_a_part_of_the_report(merged: History) -> None:
    """30 staff where 17 may be, until 2030-04-22, with the rule."""
    content = report(merged, "n", "2025-08", sections=["surplus"])
    (table,) = [t for t in content.tables if t.title == "Above the caps in force"]
    (row,) = table.records()
    assert (row["recorded"], row["cap"], row["above"], row["allowed until"]) == (
        Quantity(30), 17, Quantity(13), dt.date(2030, 4, 22),
    )  # fmt: skip
    assert row["rule"].startswith("C05: Hướng dẫn 31-HD/BTCTW")


def test_findings_gained_and_lost(merged: History) -> None:
    """Staff above the range since the act of the period; in the next one nothing is new."""
    content = report(merged, "n", "2025-08", sections=["audit"])
    gained = [t for t in content.tables if t.title == "Findings gained"]
    assert gained
    assert "C05" in [row["rule"] for row in gained[0].records()]
    later = report(merged, "n", "2025-09", sections=["audit"])
    assert "0 findings gained, 0 lost, 1 as before." in later.text()


def test_what_was_learned_in_the_period_about_earlier_days(merged: History) -> None:
    """A correction recorded in the period is told with its reason."""
    fixed = merged.cancel(
        merged.acts[-1].id,
        recorded="2025-09-10",
        reason="withdrawn",
    )
    content = report(fixed, "n", "2025-09", sections=["learned"])
    (row,) = content.tables[0].records()
    assert (row["what"], row["reason"], row["recorded on"]) == ("cancellation", "withdrawn", dt.date(2025, 9, 10))
    assert report(merged, "n", "2025-09", sections=["learned"]).tables == ()


def test_small_numbers_of_discipline_are_not_shown(merged: History) -> None:
    """Under three is told as such, three is three, and no act is named."""
    for number, shown in ((2, "under 3"), (3, 3)):
        with merged.draft("2025-09-01", source=DECREE) as act:
            for n in range(number):
                act.begin(
                    "discipline",
                    id=f"d{n}",
                    parties={"subject": "b1", "decider": "n"},
                    said={"form": "cảnh cáo"},
                    step="decided",
                )
        content = report(merged.enact(act), "n", "2025-09", sections=["inspection"])
        rows = [row for table in content.tables for row in table.records()]
        assert [row["in the period"] for row in rows] == [shown]
        assert not any(table.has_sources for table in content.tables)


def test_refusals() -> None:
    """A unit that never was, one that has ended, a section that is none."""
    history = history_of([{"id": "p"}], day="2025-01-01")
    with history.draft("2025-03-01") as act:
        act.create(Unit("q", parent="p"))
    history = history.enact(act)
    with history.draft("2025-04-01") as act:
        act.close(["q"])
    history = history.enact(act)
    with pytest.raises(UnknownUnit):
        report(history, "nobody", "2025-03")
    with pytest.raises(Refused, match="not on 2025-04-30"):
        report(history, "q", "2025-04")
    with pytest.raises(Refused, match=r"no section 'weather' \(there are organisation"):
        report(history, "p", "2025-03", sections=["weather"])


# ---- surplus


@pytest.mark.parametrize(
    ("made_of", "seats", "over"),
    [(2, 27, 0), (2, 28, 1), (3, 33, 0), (3, 34, 1), (None, 33, 0), (None, 34, 1)],
)
def test_surplus_on_both_sides_of_the_cap(made_of: int | None, seats: int, over: int) -> None:
    """D06: 27 seats, 33 if made of three; where that is not known only what is above both is one."""
    row = {"id": "c", "kind": "commune", "category": "xã", "executive_committee": seats, "merged_from": made_of}
    found = surplus(structure_of([row], day="2025-10-01", measures=MEASURES)).found
    assert sum(int(one.over.value or 0) for one in found if one.measure == "executive_committee") == over


def test_surplus_of_a_merged_province_until_the_end_of_the_transition() -> None:
    """D09: more than at the merger; the last day of the rule is that of the transition. Unknown is undecided."""
    rows = [
        {"id": "p", "kind": "province", "merged_from": 2, "deputy_secretaries": 8, "deputy_secretaries_at_merger": 6},
        {"id": "q", "kind": "province", "merged_from": 2, "deputy_secretaries_at_merger": 6},
        {"id": "c", "kind": "commune", "staff": 19, "staff_quota": 16, "category": "đặc khu"},
    ]
    structure = structure_of(
        [{"id": "vn", "kind": "centre"}, *({**r, "parent": "vn"} for r in rows)], day="2025-10-01", measures=MEASURES
    )
    found = surplus(structure)
    told = {(one.unit, one.measure): (one.cap, one.over.value, one.until, one.rule) for one in found.found}
    assert told == {
        ("p", "deputy_secretaries"): (6, 2, dt.date(2030, 12, 31), "D09.deputies"),
        ("c", "staff"): (16, 3, None, ""),
    }
    assert ("q",) in {one.units for one in found.undecided if one.rule == "D09.deputies"}
    assert found.totals() == {"deputy_secretaries": 2, "staff": 3}


def test_holders_on_record_are_at_least_so_many() -> None:
    """Three deputy secretaries of a commune by name, where two may be: one is above, whatever the figure says not."""
    history = history_of([{"id": "c", "kind": "commune"}], day="2025-10-01", measures=MEASURES)
    for number in (2, 3):
        with history.draft("2025-10-02", source=DECREE) as act:
            for n in range(number):
                act.appoint("c", "deputy_secretary", person=f"p{n}", seat=n + 1)
        found = [one for one in surplus(history.enact(act).at("2025-10-02")).found if one.rule == "D08"]
        assert [one.over for one in found] == ([Quantity(1, "at least")] if number == 3 else [])


def test_a_jurist_changes_the_cap_and_surplus_follows(tmp_path: Path) -> None:
    """The caps are those of the file."""
    text = (Path(law.__file__).parent / "data" / "rulebook.toml").read_text(encoding="utf-8")
    path = tmp_path / "book.toml"
    path.write_text(text.replace("value = 27\nby_merged", "value = 20\nby_merged"), encoding="utf-8")
    book = law.read_party_rulebook(path)
    structure = structure_of(
        [{"id": "c", "kind": "commune", "executive_committee": 25, "merged_from": 1}],
        day="2025-10-01",
        measures=MEASURES,
    )
    assert [len(surplus(structure, book=b).found) for b in (None, book)] == [0, 1]


def test_surplus_is_a_metric_of_scenarios(merged: History) -> None:
    """A plan that merges two communes into one with the staff of both is shown with its surplus."""
    with merged.draft("2026-01-01", source=DECREE) as act:
        act.merge(["b1", "n1"], into=Unit("m", name="M", kind="commune", category="xã"))
    found = compare(merged, Scenario("plan", merged, [act]), on="2026-01-01", metrics=[SurplusMetric()])
    assert "surplus" in str(found.table() if hasattr(found, "table") else found)


# ---- commands


def test_the_commands(merged: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each part, in both languages, as text, JSON and a page; on a file of one's own."""
    file = str(tmp_path / "h.jsonl")
    jsonl.dump(merged, file)
    for part in ("emulation", "congress", "cadres", "audit"):
        assert run(["party", part, "2025-08", "--unit", "N", "--file", file, "--lang", "vi"]) == 0
        assert "so với 2025-07-01" in capsys.readouterr().out
    assert run(["party", "report", "2025-08", "--file", file, "--section", "members", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["title"] == "TW: 2025-08-01 to 2025-08-31"
    assert said["tables"][0]["rows"][0]["what"] == "members"
    page = tmp_path / "report.html"
    assert run(["party", "report", "2025-08", "--unit", "n", "--file", file, "-o", str(page)]) == 0
    assert "Units by kind" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["party", "report", "2025-08", "--unit", "nobody", "--file", file]) == 2
    assert run(["party", "report", "2020", "--file", file]) == 2
    assert "there is no unit at all on 2020-12-31" in capsys.readouterr().err


def test_the_sections_are_those_that_the_command_names() -> None:
    """In order."""
    assert list(SECTIONS)[:3] == ["organisation", "members", "cells"]


# ---- what is said in Vietnamese


def test_every_text_of_a_report_has_its_vietnamese_one() -> None:
    """Each text and each head of a table, with the same parts to fill in; no other stands in the file."""
    used: set[str] = set()
    for module in (reporting, report_desk):
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n"):
                used.add(node.value)
                used.update(head.partition(": ")[0] for head in node.value.split(" | "))
    used |= {"error", "warning", "note", "act", "correction", "cancellation", *members.FIGURES.values()}
    used |= {"committee", "council", "assembly", *(f"target {state}" for state in get_args(targets.State))}
    known = report_desk.vietnamese()
    assert known.keys() <= used, "no report says these"
    for text, vi in known.items():
        parts = {name for _, name, _, _ in Formatter().parse(text) if name}
        said = {name.partition(".")[0] for _, name, _, _ in Formatter().parse(vi) if name}
        assert said <= parts | {"earlier", "last_before"}, text


# ---- what else the organisation department asks


@pytest.fixture(scope="module")
def province() -> History:
    """A made-up province: a commune with hosts, posts that are vacant and due, a target, a cluster with points."""
    rows = [
        {"id": "vn", "kind": "centre", "name": "TW"},
        {"id": "p", "kind": "province", "parent": "vn", "name": "P"},
        {"id": "c", "kind": "commune", "parent": "p", "name": "C", "category": "xã"},
        *({"id": f"g{n}", "kind": "grassroots-organisation", "category": "chi bộ cơ sở", "parent": "c", "name": f"G{n}"} for n in range(3)),
        *({"id": f"x{n}", "kind": "cell", "parent": "g0", "members": 4 + n} for n in range(2)),
    ]  # fmt: skip
    history = history_of(rows, day="2025-07-01", schema=kinds.SCHEMA, measures=MEASURES)
    with history.draft("2025-08-01", source=Source("hosts")) as act:
        for unit, host, size in (
            ("g0", "school", None),
            ("g1", "school", 7),
            ("g2", "army", None),
            ("x0", "school", None),
        ):
            act.mark(unit, "host", host)
            if size is not None:
                act.record(unit, "members", size)
    history = history.enact(act)
    with history.draft("2025-09-01", source=Source("posts")) as act:
        act.appoint("c", "secretary", person="s1", until="2026-06-01")
        act.appoint("c", "inspection_head", person="s2")
        act.set_target("p", ("count", "commune"), 2, period="2025-07/2025-12", title="communes")
        act.form(om.Clustering("e"))
        act.form(om.Cluster("k", "e", "K"), ["c"])
        rules = act.issue("p", "1", form="bộ tiêu chí", criteria=[("work", 60, 1), ("order", 40, 1)])
        act.plan("k", 2025, criteria=rules)
    history = history.enact(act)
    with history.draft("2026-01-10", source=Source("left")) as act:
        act.relieve("c", "inspection_head", reason="resignation")
        act.set_up("p", "review", latest="2026-12-31")
        act.score("c", {"work": 50, "order": 30.5}, criteria=rules, year=2025)
    return history.enact(act)


def test_members_by_kind_and_host(province: History) -> None:
    """What is below a grassroots organisation counts with it; who states nothing is not none."""
    (table,) = [t for t in report(province, "p", "2025-09").tables if t.title == "Members by kind and host"]
    (row,) = table.records()
    assert (row["host"], row["members"], row["units that state them"], row["units"]) == ("school", Quantity(16), 2, 2)
    hosts = [t for t in report(province, "p", "2025-08", sections=["cells"]).tables if t.title == "By kind and host"]
    shown = [(r["host"], r["units"], r["before"]) for r in hosts[0].records()]
    assert ("school", 2, 0) in shown
    assert hosts[0].sources([r[0] for r in shown].index("school")) == ("hosts",)


def test_posts_below_that_are_vacant_or_due(province: History) -> None:
    """Before the resignation only who is given until June is due; after it the post is vacant, with its days."""
    (due,) = cells_of(report(province, "p", "2025-12", sections=["posts"]), "Posts below it that are vacant or due")
    assert due[1:] == ["secretary", "due", dt.date(2025, 9, 1), None, dt.date(2026, 6, 1)]
    rows = cells_of(report(province, "p", "2026-01", sections=["posts"]), "Posts below it that are vacant or due")
    assert [(row[2], row[4]) for row in rows] == [("due", None), ("vacant", 22)]
    assert not cells_of(report(province, "p", "2025-09", sections=["posts"]), "Posts below it that are vacant or due")
    own = cells_of(report(province, "c", "2026-07", sections=["posts"]), "Posts")
    assert [row[:3] for row in own if row[1] == "vacant"] == [
        ["secretary", "vacant", dt.date(2026, 6, 1)],
        ["head of the inspection committee", "vacant", dt.date(2026, 1, 10)],
    ]


def test_emulation_points_are_those_of_the_years_of_the_period(province: History) -> None:
    """Known since January, of 2025: also in a report of September, which reads the record as it is known now."""
    for period in ("2025-09", "2025-H2"):
        (row,) = cells_of(report(province, "p", period, sections=["emulation"]), "Emulation points")
        assert row == ["K", "2025", 1, "C", Decimal("80.5"), None]
    assert not cells_of(report(province, "p", "2027", sections=["emulation"]), "Emulation points")


def test_targets_of_the_period_with_what_is_measured(province: History) -> None:
    """One commune of two: open until its period is over, then missed; in a year that is not its own it is not told."""
    for period, state in (("2025-11", "target open"), ("2025", "target missed")):
        (row,) = cells_of(report(province, "p", period, sections=["targets"]), "Targets of the period")
        assert (row[2], row[3], row[5]) == (2, 1, state)
    assert not cells_of(report(province, "p", "2026", sections=["targets"]), "Targets of the period")
    # A committee that was set up in January is at work then, and not in the November before.
    told = [
        cells_of(report(province, "p", one, sections=["targets"]), "Steering committees")
        for one in ("2025-11", "2026-01")
    ]
    assert [len(rows) for rows in told] == [0, 1]


@pytest.mark.parametrize(
    "period", ["2025-07", "2025-08/2025-08", "2025-09-01/2025-09-01", "2025-Q4", "2030", "2025-06-15/2025-07-02"]
)
def test_odd_periods(province: History, period: str) -> None:
    """Of a day, from before the record, years later: all sections are written, in both languages."""
    texts = [report(province, "p", period, language=language).text() for language in ("en", "vi")]
    assert all(texts)


def cells_of(content: Content, title: str) -> list[list[Any]]:
    """The rows of the table with a title; none where there is no such table."""
    return [[cell.value for cell in row] for table in content.tables if table.title == title for row in table.rows]


def test_what_is_due_hangs_on_the_days_that_are_asked(province: History) -> None:
    """The end of an appointment is due within the days that a caller gives; half a year if none are given."""

    def due(**within: int) -> set[Any]:
        content = report(province, "p", "2025-12", sections=["posts", "terms"], **within)
        return {cell.value for table in content.tables for row in table.rows for cell in row if cell.value == "due"}

    assert (due(), due(due_within=0)) == ({"due"}, set())
