"""Scenarios and comparisons: laws on small trials, and the reform of 2025 as a plan file."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from trials import DAY, organisation

import orgmodel as om
from orgmodel.errors import Finding
from orgmodel.party import vietnam
from orgmodel.rules.rule import Verdict, rule
from orgmodel.rules.rulebook import Rulebook
from orgmodel.rules.view import View
from orgmodel.scenario import metrics
from orgmodel.scenario.compare import compare
from orgmodel.scenario.plan import read_plan
from orgmodel.scenario.scenario import Scenario


def merger(history: om.History, *units: str, day: str = DAY, name: str = "") -> om.acts.draft.Draft:
    with history.draft(day, om.Source(f"merge {'+'.join(units)}{name}")) as act:
        act.merge(units, into=om.Unit(name="+".join(units) + name), cluster="k1" if units == ("a", "c") else None)
    return act


def test_a_scenario_leaves_its_baseline_alone():
    """Trying changes nothing; only approval makes a history, and that is a new one."""
    history = organisation()
    facts = history.at(DAY).facts()
    trial = Scenario("one", history, [merger(history, "a", "b")])
    assert trial.at(DAY).count("province") == 3
    assert history.at(DAY).facts() == facts
    with pytest.raises(om.Refused, match="it is draft"):
        trial.approve()
    approved = trial.submit().approve(recorded="2026-06-01")
    assert approved.status == "approved"
    assert approved.history.at(DAY).facts() == trial.at(DAY).facts()
    assert str(approved.history.log[-1].recorded) == "2026-06-01"
    assert approved.recorded == dt.date(2026, 6, 1)
    assert history.at(DAY).facts() == facts
    with pytest.raises(om.Refused, match="it is approved"):
        approved.add(merger(history, "c", "d"))


def test_undo_and_redo_are_earlier_values():
    """Undo gives what was, redo what was undone; a change forgets what was undone."""
    history = organisation()
    one = Scenario("one", history).add(merger(history, "a", "b"))
    two = one.add(merger(history, "c", "d"))
    assert two.undo() == one
    assert two.undo().redo() == two
    assert two.undo().undo().at(DAY).count("province") == 4
    changed = two.undo().note("think again")
    with pytest.raises(om.Refused, match="nothing was undone"):
        changed.redo()
    with pytest.raises(om.Refused, match="nothing was changed"):
        Scenario("empty", history).undo()
    assert two.drop(two.acts[0].id).at(DAY).count("province") == 3
    with pytest.raises(om.Refused, match="it has no act"):
        two.drop("x")


def test_scenarios_branch_and_reorganisation():
    """A branch departs from a scenario; a rebase moves it, or names the act that conflicts."""
    history = organisation()
    one = Scenario("one", history, [merger(history, "a", "b")])
    two = one.branch("two", merger(one.history, "c", "d"))
    assert (one.at(DAY).count("province"), two.at(DAY).count("province")) == (3, 2)
    moved = history.enact(om.Act("r", "2026-01-01", [om.Change("a", "name", "Other")]))
    assert two.rebase(Scenario("one", moved, one.acts)).at("2026-06-01").unit("a").name == "Other"
    gone = history.enact(merger(history, "a", "c", day="2026-01-01"))
    with pytest.raises(om.Conflict) as caught:
        one.rebase(gone)
    assert {finding.act for finding in caught.value.findings} == {one.acts[0].id}
    assert not any("baseline's act" in finding.message for finding in caught.value.findings)
    later = history.enact(om.Act("later", "2028-01-01", [om.Change("a", "name", "Later")]))
    with pytest.raises(om.Conflict) as caught:
        one.rebase(later)
    (finding,) = caught.value.findings
    assert (finding.act, finding.units) == (one.acts[0].id, ("a",))
    assert "(in the baseline's act 'later')" in finding.message
    with pytest.raises(om.Refused, match="which is draft"):
        two.submit().approve()
    with pytest.raises(om.Refused, match="only one that is submitted"):
        one.reject("no")
    assert one.submit().reject("too soon").notes == ("too soon",)


def test_each_difference_is_traced_to_its_events():
    """The steps that explain a number begin at the baseline's, end at the scenario's, and name the acts."""
    history = organisation()
    trial = Scenario("trial", history, [merger(history, "a", "b"), merger(history, "c", "d")])
    listed = (
        *metrics.DEFAULT,
        metrics.Ratio("commune", "province"),
        metrics.MembersPerUnit(kind="commune"),
        metrics.LeadingPosts({"province": 2}),
        metrics.SuperiorChanges("commune"),
        metrics.Reached(metrics.UnitsByKind(), "province", 2, at_most=True),
    )
    comparison = compare(history, trial, on=DAY, metrics=listed)
    numbers = {(row.metric, row.item): (row.baseline, row.value) for row in comparison.rows}
    assert numbers["units", "province"] == (4, 2)
    assert numbers["agencies", "all"] == (4, 2)
    assert numbers["clusters", "k1"] == (2, 1)
    assert numbers["clusters", "emulation spread"] == (0, 0)
    assert numbers["commune per province", "ratio"] == (2, 4)
    assert numbers["members per unit", "mean"] == (1.5, 1.5)
    assert numbers["leading posts", "to give up"] == (0, 8)
    assert numbers["leading posts", "to fill"] == (0, 4)
    assert numbers["superior of commune changes", "units"] == (0, 8)
    assert numbers["superior of commune changes", "members"] == (0, 12)
    assert numbers["targets", "units province <= 2"] == (0, 1)
    for row in comparison.rows:
        reasons = comparison.explain(row.metric, row.item) if row.metric != "targets" else ()
        steps = [reason.before for reason in reasons] + [row.value]
        if row.metric != "targets":
            assert steps[0] == row.baseline
            assert all(a.after == b.before for a, b in pairwise(reasons))
            assert not reasons or reasons[-1].after == row.value
    assert [reason.act for reason in comparison.explain("units", "province")] == [act.id for act in trial.acts]
    frame = comparison.to_polars()
    assert frame.shape[0] == len(comparison.rows) == len(comparison.to_pandas())
    assert "units: province" in str(comparison)
    with pytest.raises(om.Refused, match="no metric"):
        comparison.explain("beauty", "all")
    with pytest.raises(om.Refused, match="at least one scenario"):
        compare(history, on=DAY)
    with pytest.raises(om.Refused, match="called 'trial'"):
        compare(history, trial, trial, on=DAY)


# ---- the reform of 2025 as a plan


def write_plan(folder: Path) -> Path:
    """The reform as a file of selections, with the two tables of the communes beside it."""
    provinces: dict[str, list[dict[str, str]]] = {}
    for row in vietnam.table("province_succession"):
        provinces.setdefault(row["new_code"], []).append(row)
    of_2025 = {row["code"]: row for row in vietnam.table("provinces_2025")}
    lines = ['name = "reform"', 'day = "2025-07-01"', 'source = "202/2025/QH15"', "[[stage]]", 'name = "provinces"']
    for code, rows in provinces.items():
        if len(rows) > 1:
            units = ", ".join(f'{{ kind = "province", code = "{row["old_code"]}" }}' for row in rows)
            new = of_2025[code]
            into = f'{{ name = "{new["short_name"]}", code = "{code}", category = "{new["type"]}" }}'
            lines += ["[[stage.do]]", 'op = "merge"', f"units = [{units}]", f"into = {into}"]
    lines += ["[[stage]]", 'name = "communes"', 'after = ["provinces"]', "[[stage.do]]", 'op = "succeed"']
    lines += ['links = "links.csv"', 'created = "communes.csv"', 'goes_on = ["code", "name"]']
    lines += ["[[stage]]", 'name = "districts"', 'after = ["communes"]']
    lines += ["[[stage.do]]", 'op = "abolish_level"', 'kind = "district"']
    path = folder / "reform.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    fields = ["old_kind", "old_code", "new_code", "dominant", "dominant_by"]
    with open(folder / "links.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fields)
        writer.writeheader()
        for row in vietnam.table("commune_succession"):
            writer.writerow(
                {
                    "old_kind": row["old_level"],
                    "old_code": row["old_code"],
                    "new_code": row["new_code"],
                    "dominant": row["dominant"] if row["extent"] == "part" else "",
                }
            )
    with open(folder / "communes.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ["code", "name", "kind", "category", "parent_kind", "parent_code"])
        writer.writeheader()
        for row in vietnam.table("communes_2025"):
            writer.writerow(
                {
                    "code": row["code"],
                    "name": row["name"],
                    "kind": "commune",
                    "category": row["type"],
                    "parent_kind": "province",
                    "parent_code": row["province_code"],
                }
            )
    return path


def by_code(structure: om.Structure) -> dict[tuple[str | None, str | None], tuple[Any, ...]]:
    """What a structure says, with codes (of agencies: names) in the place of ids."""

    def key(unit: om.Unit) -> tuple[str | None, str | None]:
        return unit.kind, unit.code if unit.code is not None else unit.name

    return {
        key(unit): (
            unit.name,
            unit.code,
            unit.category,
            key(structure.unit(unit.parent)) if unit.parent else None,
            structure.clusters_of(unit.id),
        )
        for unit in structure.units()
    }


def test_the_reform_as_a_plan_gives_what_the_acts_gave(tmp_path: Path):
    """From the eve of the reform, the plan file makes the very structure that the acts made."""
    history = vietnam.reform_2025()
    eve = history.as_recorded(max(e.number for e in history.log if str(e.act and e.act.effective) <= "2025-06-30"))
    assert eve.at("2025-06-30") == history.at("2025-06-30")
    trial = read_plan(write_plan(tmp_path)).simulate(eve)
    planned, enacted = trial.at("2025-07-01"), history.at("2025-07-01")
    assert planned.counts() == enacted.counts()
    assert by_code(planned) == by_code(enacted)
    comparison = compare(eve, trial, on="2025-07-01")
    numbers = {(row.metric, row.item): (row.baseline, row.value) for row in comparison.rows}
    assert numbers["units", "commune"] == (10_035, 3_321)
    assert numbers["units", "district"] == (696, 0)

    # Links too: what became what, and how.
    def links(h: om.History) -> set[tuple[Any, ...]]:
        was, now = history.at("2025-06-30"), h.at("2025-07-01")
        return {
            (
                was.unit(k.old).kind,
                was.unit(k.old).code,
                now.unit(k.new).kind,
                now.unit(k.new).code,
                k.extent,
                k.dominant,
            )
            for k in h.lineage.links()
            if str(k.day) == "2025-07-01" and was.unit(k.old).kind != "agency"
        }

    assert links(trial.history) == links(history)


def test_findings_of_a_rulebook_are_counted_gained_and_lost():
    """By rule and unit: a finding about another unit is another finding."""

    @rule("small", citation="house rule 1", values={"value": 1})
    def small(view: View) -> Iterator[Verdict]:
        """A commune has at most so many members."""
        for unit in view.units(kind="commune"):
            if (view.exact(unit, "members") or 0) > view.value:
                yield Finding("", "too many", (unit,))

    @rule("four", citation="house rule 2")
    def four(view: View) -> Iterator[Verdict]:
        """There are four provinces; each one that is missing is a finding, and all of them are equal."""
        for _ in range(4 - len(view.units(kind="province"))):
            yield Finding("", "not four", ())

    history = organisation()
    metric = metrics.Findings(Rulebook([small, four]))
    events = [
        om.Closure("a2"),
        om.Change("b1", "measure:members", 5, "own"),
        om.Change("c1", "measure:members", 6, "own"),
    ]
    one = Scenario("one", history, [merger(history, "a", "b"), merger(history, "c", "d"), om.Act("one", DAY, events)])
    with_, without = one.at(DAY), history.at(DAY)
    assert metric(without, without) == {"small": 4}
    assert metric(with_, without) == {"four": 2, "four gained": 2, "small": 5, "small gained": 2, "small lost": 1}
    assert metric(without, with_) == {"four lost": 2, "small": 4, "small gained": 1, "small lost": 2}
    assert list(metric(with_, without)) == sorted(metric(with_, without))
    by_item = {row.item: row for row in compare(history, one, on=DAY, metrics=[metric]).rows}
    assert (by_item["small"].baseline, by_item["small"].value) == (4, 5)


def test_a_rebase_keeps_answers_and_takes_those_that_the_baseline_needs() -> None:
    """A unit that the scenario founds has no home where the baseline divides its parent; once answered it has one."""
    plain = om.history_of([{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "ab")], day="2024-01-01")
    with plain.draft("2025-01-01", act_id="founding") as founding:
        founding.create(om.Unit("z"), under="a")
    with plain.draft("2026-01-01", act_id="division") as division:
        division.break_down("a", [om.Unit("a1"), om.Unit("a2")])
    scenario, divided = Scenario("s", plain, [founding]), plain.enact(division)
    with pytest.raises(om.Conflict) as caught:
        scenario.rebase(divided)
    (question,) = caught.value.questions
    answered = scenario.rebase(divided, answers=[question.answer("a2")])
    assert answered.at("2026-01-01").parent("z") == "a2"
    renamed = divided.enact(om.Act("name", "2024-06-01", [om.Change("b", "name", "B")]))
    assert answered.rebase(renamed).at("2026-01-01").parent("z") == "a2"
    assert answered.rebase(renamed, answers=[question.answer("a1")]).at("2026-01-01").parent("z") == "a1"
    # On a baseline without the division nothing is asked, and nothing is answered.
    assert answered.rebase(plain).answers == ()
