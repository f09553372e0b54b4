"""One judge over rows: it takes what events one by one take, and names the same faults."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, note
from hypothesis import strategies as st
from profiles import times
from twins.rows import PlainRows
from wrong_acts import DAY, SOURCE, ground, tried, wrongs

import orgmodel as om
from orgmodel.acts.judge import judge
from orgmodel.acts.replay import replay
from orgmodel.engine.state import State
from orgmodel.errors import Finding
from orgmodel.testing.strategies import events, histories
from orgmodel.testing.twin import Impossible, Twin


def written(history: om.History) -> PlainRows:
    """The rows of a history, written without a question."""
    rows = PlainRows()
    for act in history.acts:
        rows.act(act)
    return rows


def judged(history: om.History, act: om.Act) -> list[Finding]:
    """What the judge says of an act after a history, of all rows that it touches."""
    before = written(history)
    after = before.copy()
    after.act(act)
    acts = [*history.acts, act]
    days = sorted({a.effective.toordinal() for a in acts})
    return judge(
        after,
        before.touched(after),
        schema=history.schema,
        measures=history.measures,
        places={a.id: n for n, a in enumerate(acts)},
        days=days,
        new_days=set(days) - {a.effective.toordinal() for a in history.acts},
    )


def replayed(history: om.History, act: om.Act) -> list[Finding]:
    """What is found of the same rows in a state, where only what was written last is looked at."""
    try:
        replay(history._state, [act], history.schema, history.measures, history.last_day)
    except om.InvalidAct as error:
        return list(error.findings)
    return []


def impossible(history: om.History, acts: list[om.Act]) -> bool:
    """Whether the twin, which shares nothing with the judge, says that acts cannot happen."""
    twin = Twin(history.schema, history.measures)
    try:
        for place, act in enumerate(acts):
            twin.act(act)
            if place + 1 == len(acts) or acts[place + 1].effective != act.effective:
                twin.check_day()
    except Impossible:
        return True
    return False


def told(findings: list[Finding]) -> list[Any]:
    """Rules, units, days and acts; what holds at the end of a day is not told of the same act of the day."""
    evening = "schema", "unique-code"
    return [(f.rule, set(f.units), f.day, None if f.rule in evening else f.act) for f in findings]


@times(3)
@given(tried())
def test_the_judge_agrees_with_the_twin_and_with_itself(given_: tuple[om.History, om.Act]) -> None:
    """An act is refused by both or by none, and both name the first fault.

    Of a unit that begins below itself the one says that its parent has not begun, the other that this is a circle.
    """
    expected, found = replayed(*given_), judged(*given_)
    note(f"state: {expected}\nrows: {found}")
    assert bool(expected) == bool(found) == impossible(given_[0], [*given_[0].acts, given_[1]])
    if expected:
        rule, *about = told(expected)[0]
        rules = {other for other, *rest in told(found) if rest == about}
        assert rules & {rule, "no-cycle" if rule == "live" else rule}


@pytest.mark.parametrize("name", wrongs())
def test_each_fault_is_told_of_rows_and_of_states(name: str) -> None:
    """The same rules, units, days and acts."""
    given_, rule = wrongs()[name]
    history, act = ground(), om.Act("wrong", DAY, given_, SOURCE)
    found = judged(history, act)
    assert told(found) == told(replayed(history, act))
    assert rule in {finding.rule for finding in found}


def from_scratch(history: om.History, acts: list[om.Act]) -> list[Finding]:
    """What replaying acts in their order finds, on the first day that has a fault."""
    try:
        replay(State(), acts, history.schema, history.measures, None)
    except om.InvalidAct as error:
        return list(error.findings)
    return []


def rows_of(acts: list[om.Act]) -> PlainRows:
    """The rows of some acts."""
    rows = PlainRows()
    for act in acts:
        rows.act(act)
    return rows


@st.composite
def learned_late(draw: st.DrawFn) -> tuple[om.History, list[om.Act], list[om.Act]]:
    """The acts of a history in order, and what they are when one is left out, changed or comes earlier."""
    history = draw(histories(max_units=9, max_amendments=0, more_hierarchies=("state",)))
    acts = list(history.acts)
    at = draw(st.integers(min(1, len(acts) - 1), len(acts) - 1))
    other = acts[at]
    match draw(st.sampled_from(["leave out", "leave out an event", "late", "other day"])):
        case "leave out":
            return history, acts, [*acts[:at], *acts[at + 1 :]]
        case "leave out an event":
            event = draw(st.integers(0, len(other.events) - 1))
            kept = [e for n, e in enumerate(other.events) if n != event]
            return history, acts, [*acts[:at], om.Act(other.id, other.effective, kept, SOURCE), *acts[at + 1 :]]
        case "other day":
            days = {act.effective for act in acts if act.effective != other.effective}
            day = draw(st.sampled_from(sorted(days or {other.effective + dt.timedelta(1)})))
            moved = om.Act(other.id, day, other.events, SOURCE)
            rest = [*acts[:at], *acts[at + 1 :]]
            return history, acts, sorted([*rest, moved], key=lambda act: act.effective)
        case _:
            day = draw(st.sampled_from([act.effective for act in acts])) + dt.timedelta(draw(st.integers(0, 1)))
            known = history.at(day)
            late = om.Act("late", day, draw(events(known, min_moves=1, max_moves=3)), SOURCE)
            return history, acts, sorted([*acts, late], key=lambda act: act.effective)


@times(3)
@given(learned_late())
def test_what_is_learned_late_is_judged_as_if_it_had_been_known(
    given_: tuple[om.History, list[om.Act], list[om.Act]],
) -> None:
    """Rows put in place, judged where they were touched: refused exactly if a replay of all acts is."""
    history, before, after = given_
    expected = from_scratch(history, after)
    old, new = rows_of(before), rows_of(after)
    days = sorted({act.effective.toordinal() for act in after})
    found = judge(
        new,
        old.renumbered(new).touched(new),
        schema=history.schema,
        measures=history.measures,
        places={act.id: n for n, act in enumerate(after)},
        days=days,
        new_days=set(days) - {act.effective.toordinal() for act in before},
    )
    note(f"state: {expected}\nrows: {found}")
    assert bool(expected) == bool(found) == impossible(history, after)
    if expected:
        day = expected[0].day
        assert found[0].day == day


def test_many_who_come_below_one_that_leaves_its_hierarchy_on_a_day_are_told() -> None:
    """Units that come to one parent in one event are looked at together; that it stands there now is not enough."""
    below = [f"c{number}" for number in range(5)]
    start = [
        *(om.Creation(om.Unit(unit, parent=parent)) for unit, parent in [("r", None), *((u, "r") for u in "pqxy")]),
        om.Change("r", "parent:state", "/"),
        om.Change("p", "parent:state", "r", until=dt.date(2030, 1, 1)),
        om.Change("q", "parent:state", "r"),
        *(om.Creation(om.Unit(unit, parent="r")) for unit in below),
        *(om.Change(unit, "parent:state", "q") for unit in below),
    ]
    schema = om.Schema(hierarchies=("main", "state"))
    history = om.History(schema).enact(om.Act("start", "2020-01-01", start, SOURCE))
    merger = om.Succession(
        [om.Link("x", "z"), om.Link("y", "z")],
        [om.Unit("z", parent="r")],
        [om.Change(unit, "parent:state", "p") for unit in below],
        complete=True,
    )
    with pytest.raises(om.InvalidAct) as error:
        history.enact(om.Act("merger", "2021-01-01", [merger], SOURCE))
    (finding,) = error.value.findings
    assert finding.rule == "live-parent"
    assert finding.day == dt.date(2030, 1, 1)
    assert finding.act == "merger"


def test_many_who_come_below_a_parent_of_a_wrong_kind_are_told() -> None:
    """Their move is sound but for the kinds, which are compared at the end of the day."""
    schema = om.Schema(
        ["centre", "province", "commune"],
        [om.Placement("centre", None), om.Placement("province", "centre"), om.Placement("commune", "province")],
    )
    kinds = {"r": "centre", "p": "province", "q": "province", "a": "commune", "b": "commune"}
    parents = {"r": None, "p": "r", "q": "r", "a": "p", "b": "p"}
    rows = [{"id": unit, "parent": parents[unit], "kind": kinds[unit]} for unit in kinds]
    history = om.history_of(rows, day="2024-01-01", schema=schema)
    moves = [om.Change(unit, "parent", "r") for unit in "ab"]
    merger = om.Succession([om.Link("p", "q"), om.Link("q", "q")], changes=moves, complete=True)
    with pytest.raises(om.InvalidAct) as error:
        history.enact(om.Act("merger", "2025-01-01", [merger], SOURCE))
    assert [(finding.rule, finding.units) for finding in error.value.findings] == [
        ("schema", ("a",)),
        ("schema", ("b",)),
    ]


def test_a_member_that_ends_after_its_cluster_on_one_day_is_told() -> None:
    """Its membership has no new row, but it lasted longer than the cluster."""
    history = om.history_of([{"id": "r"}, {"id": "m", "parent": "r"}], day="2024-01-01")
    clusters = [om.Creation(om.Clustering("e")), om.Creation(om.Cluster("k", "e")), om.Change("m", "member:e", "k")]
    history = history.enact(om.Act("clusters", "2024-02-01", clusters, SOURCE))
    with pytest.raises(om.InvalidAct) as error:
        history.enact(om.Act("ends", "2025-01-01", [om.Closure("k"), om.Closure("m")], SOURCE))
    assert [(finding.rule, finding.units) for finding in error.value.findings] == [("leaves-nothing", ("k",))]
    history.enact(om.Act("ends", "2025-01-01", [om.Closure("m"), om.Closure("k")], SOURCE))


def lines(many: int) -> om.History:
    """A history whose units ``x0``, ``x1``, ... stand in the second hierarchy only, below its root ``r``."""
    schema = om.Schema(hierarchies=["main", "line"])
    units = [
        om.Unit("top"),
        om.Unit("r", hierarchy="line"),
        *(om.Unit(f"x{i}", parent="r", hierarchy="line") for i in range(many)),
    ]
    founding = om.Act("founding", "2025-01-01", list(map(om.Creation, units)), SOURCE)
    return om.History(schema).enact(founding)


@pytest.mark.parametrize("many", [1, 1_000])
def test_no_unit_is_taken_out_of_its_only_hierarchy(many: int) -> None:
    """It would live and stand nowhere: refused as an operation, as an event, in a draft and by a row with an end."""
    history = lines(many)
    units = [f"x{i}" for i in range(many)]
    out = [om.Change(unit, "parent:line", None) for unit in units]
    until = [om.Change(unit, "parent:line", "r", until="2025-03-01") for unit in units]
    draft = history.draft("2025-02-01", SOURCE)
    draft.reassign(units, to=None, hierarchy="line")
    with pytest.raises(om.InvalidAct) as in_draft:
        history.preview(draft)
    assert {finding.rule for finding in in_draft.value.findings} == {"placed"}
    assert len(in_draft.value.findings) == many
    late = om.Act("late", "2025-02-01", [om.Change("top", "name", "Top")], SOURCE)
    for events_ in (draft.act.operations, out, until):
        act = om.Act("out", "2025-02-01", events_, SOURCE)
        for before in (history, history.enact(evolve(late, effective="2025-04-01"))):
            with pytest.raises(om.InvalidAct) as caught:
                before.enact(act)
            assert {finding.rule for finding in caught.value.findings} == {"placed"}
            assert "no hierarchy from 2025-0" in caught.value.findings[0].message


def test_a_unit_changes_its_hierarchy_within_a_day() -> None:
    """What it stands in at the end of a day counts."""
    history = lines(1)
    draft = history.draft("2025-02-01", SOURCE)
    draft.reassign("x0", to=None, hierarchy="line")
    draft.add(om.Change("x0", "parent", "top"))
    assert history.preview(draft).parent("x0") == history.enact(draft).at("2025-02-01").parent("x0") == "top"
