"""Acts applied at once with arrays: the same state and the same refusals as event by event."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from profiles import times
from wrong_acts import DAY, SOURCE, ground, tried, wrongs

import orgmodel as om
from orgmodel.acts import replay
from orgmodel.acts.event_arrays import EventArrays
from orgmodel.acts.events import Event
from orgmodel.engine import thresholds
from orgmodel.engine.state import State
from orgmodel.history.tables import act_from_tables
from orgmodel.model import track as tracks
from orgmodel.party import synthetic
from orgmodel.testing.twin import renamed

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.


@contextmanager
def at_once_of(*, of_any_size: bool, least: int = 1) -> Iterator[list[bool]]:
    """Write batches of any size (or some) at once and judge with arrays, or all one by one; tells what was at once."""
    taken: list[bool] = []
    written = EventArrays.written

    def noted(self: EventArrays, *args: Any) -> Any:
        taken.append(True)
        return written(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thresholds, "ARRAYS_FROM", least if of_any_size else 10**9)
        never = 10**9
        # The judge looks at any number of rows with arrays, also where only longer stretches are written so.
        patch.setattr(
            replay,
            "least_for_arrays",
            lambda _units, *, to_fold=None: (least if to_fold is None else 1) if of_any_size else never,
        )
        patch.setattr(EventArrays, "written", noted)
        yield taken


def rows(state: State) -> dict[str, list[Any]]:
    """All rows of a state, by name."""

    def row(track: str, row: Any) -> Any:
        start, end, value, slot, act, until, event = row
        if tracks.refers_to_subject(track) and value is not None and value >= 0:
            value = state.name(value)
        return start, end, value, state.name(slot) if track == tracks.LINK else slot, act.id, until, event

    return {
        track: sorted((state.name(s), *row(track, r)[:2], repr(row(track, r)[2:])) for s, r in state.iter_rows(track))
        for track in state.tracks()
        if any(True for _ in state.iter_rows(track))
    }


def outcome(history: om.History, act: om.Act, *, at_once: bool, least: int = 1) -> tuple[Any, list[bool]]:
    """The rows after an act, or why it is refused; and which stretches were taken at once."""
    with at_once_of(of_any_size=at_once, least=least) as taken:
        try:
            after = history.enact(act)
        except om.Refused as error:
            return sorted(map(repr, error.findings)), taken
    state = after._state
    return (rows(state), state.seq, state.all_ids()), taken


@times(3)
@given(tried())
def test_at_once_is_one_by_one(given_: tuple[om.History, om.Act]) -> None:
    """Equal rows, numbers and ids; equal findings where it is refused."""
    one_by_one, none_taken = outcome(*given_, at_once=False)
    at_once, _ = outcome(*given_, at_once=True)
    assert not none_taken
    assert at_once == one_by_one


CHILDREN, PARENTS = [f"c{n}" for n in range(4)], ["a", "b", "agency"]
STEPS = st.one_of(
    st.tuples(st.just("come"), st.lists(st.sampled_from(CHILDREN), min_size=1, unique=True), st.sampled_from(PARENTS)),
    st.tuples(st.just("move"), st.sampled_from([*CHILDREN, *PARENTS]), st.sampled_from(PARENTS)),
    st.tuples(st.just("close"), st.sampled_from([*CHILDREN, *PARENTS]), st.none()),
    st.tuples(st.just("take"), st.sampled_from(PARENTS), st.sampled_from(PARENTS)),
    st.tuples(st.sampled_from(["measures", "odd"]), st.none(), st.none()),
)


@pytest.mark.parametrize("at_once", [True, False], ids=["with stretches", "one by one"])
@times(2)
@given(steps=st.lists(STEPS, min_size=1, max_size=7))
@example([("come", ["c0"], "b"), ("odd", None, None), ("move", "c0", "agency"), ("measures", None, None)])
def test_units_that_come_to_a_parent_together_come_as_one_by_one(
    at_once: bool, steps: list[tuple[str, Any, Any]]
) -> None:
    """With whatever happens to them later on the day: equal rows where it is right, equal findings where it is not."""
    places = [("centre", None), ("province", "centre"), ("agency", "centre"), ("commune", "province")]
    schema = om.Schema(list(dict.fromkeys(kind for kind, _ in places)), [om.Placement(*place) for place in places])
    rows = [{"id": "vn", "kind": "centre"}, *({"id": p, "kind": "province", "parent": "vn"} for p in "ab")]
    rows += [{"id": "agency", "kind": "agency", "parent": "vn"}]
    rows += [{"id": c, "kind": "commune", "parent": "a"} for c in CHILDREN]
    history = om.history_of(rows, day="2025-01-01", schema=schema)
    listed: list[Event] = []
    for sort, one, other in steps:
        match sort:
            case "come":
                changes = [om.Change(child, "parent", other) for child in one]
                listed.append(om.Succession([om.Link(other, other)], changes=changes))
            case "move":
                listed.append(om.Change(one, "parent", other))
            case "close":
                listed.append(om.Closure(one))
            case "take" if one != other:
                listed.append(om.Succession([om.Link(one, other), om.Link(other, other)], cross_kind=True))
            case "odd":
                # It needs a closer look: what stands before it is a stretch of its own, a short one.
                listed.append(om.Change("vn", "name", "other", until=dt.date(2030, 1, 1)))
            case _:
                listed += [om.Change("vn", "measure:members", n, "own") for n in range(8)]
    act = om.Act("x", DAY, listed, SOURCE)
    found = []
    for one_by_one in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if one_by_one:
                patch.setattr(replay.Writer, "_come", lambda *_: False)
            found.append(outcome(history, act, at_once=at_once, least=8)[0])
    assert found[0] == found[1]


def test_what_is_tried_at_once_is_often_taken() -> None:
    """The property above would say nothing if every stretch were left to the events one by one."""
    history = om.history_of(
        [{"id": "vn"}, *({"id": c, "parent": "vn", "members": 5} for c in "abcx")], day="2025-01-01"
    )
    merger = om.Succession(
        [om.Link("a", "n"), om.Link("b", "n")],
        created=[om.Unit("n", parent="vn")],
        changes=[om.Change("x", "parent", "n"), om.Change("n", "measure:members", 10, "own")],
    )
    passing = [om.Creation(om.Unit("moment", parent="vn")), om.Closure("moment")]
    act = om.Act("m", DAY, [merger, om.Closure("c"), om.Change("x", "name", "X"), *passing], SOURCE)
    (found, taken), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
    assert taken == [True]
    assert found == expected


@pytest.mark.parametrize("name", wrongs())
def test_each_fault_is_told_as_one_by_one(name: str) -> None:
    """What arrays find wrong is left to the events one by one, which name it."""
    given_, rule = wrongs()[name]
    history = ground()
    fine = [om.Change("vn", "name", "Việt Nam"), om.Change("b", "name", "B")]
    act = om.Act("wrong", DAY, [*fine, *given_], SOURCE)
    (found, _), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
    assert found == expected
    with pytest.raises(om.InvalidAct) as error, at_once_of(of_any_size=True):
        history.enact(act)
    assert rule in {finding.rule for finding in error.value.findings}


@pytest.mark.parametrize("name", ["misplaced", "a code borne twice"])
def test_the_end_of_a_day_of_very_many_changes_is_judged_for_all_units(name: str) -> None:
    """Enacted or drafted, the same is found as where only those that were touched are looked at."""
    history, (wrong, rule) = ground(), wrongs()[name]
    act = om.Act("wrong", DAY, wrong, SOURCE)
    expected, _ = outcome(history, act, at_once=True)
    with at_once_of(of_any_size=True):
        with history.draft(DAY, SOURCE, act_id="wrong") as drafted:
            drafted.add(*wrong)
        with pytest.raises(om.InvalidAct, match=rf"\[{rule}\]") as error:
            history.enact(drafted)
    assert sorted(map(repr, error.value.findings)) == expected


@pytest.fixture(scope="module")
def reform() -> tuple[om.History, om.Act]:
    """A made-up organisation before the day of the reform, with events as events, and that day's act."""
    return reform_of(1_500)


@pytest.fixture(scope="module")
def small_reform() -> tuple[om.History, om.Act]:
    return reform_of(1_000)


def reform_of(units: int) -> tuple[om.History, om.Act]:
    national = om.loads(om.dumps(synthetic(units=units, years=1, seed=1)))
    act = next(act for act in national.acts if act.effective == DAY)
    # A table of links does not say that nothing is left to be completed.
    plain = (evolve(event, complete=False) if isinstance(event, om.Succession) else event for event in act.events)
    act = om.Act(act.id, DAY, tuple(plain), act.source)
    before = [entry for entry in national.log if entry.act is not None and entry.act.effective < DAY]
    return om.History.from_log(before, national.schema, national.measures), act


def frames(act: om.Act) -> dict[str, Any]:
    """The tables of an act whose events are in the order of tables."""
    begun = [event.what for event in act.events if isinstance(event, om.Creation)]
    changes = [event for event in act.events if isinstance(event, om.Change)]
    links: list[tuple[str, str | None, int, bool]] = []
    for number, event in enumerate(act.events):
        if isinstance(event, om.Closure):
            links.append((event.subject, None, number, False))
        elif isinstance(event, om.Succession):
            links += [(link.old, link.new, number, event.cross_kind) for link in event.links]

    def table(track: str, value: str) -> dict[str, Any]:
        chosen = [change for change in changes if change.track == track]
        return {"unit": [c.subject for c in chosen], value: [c.value for c in chosen]}

    facts = dict.fromkeys(change.track for change in changes if change.track != "parent")
    return {
        "units": {
            name: [getattr(unit, name) for unit in begun]
            for name in ("id", "parent", "kind", "category", "name", "code")
        },
        "parents": table("parent", "parent"),
        "facts": {track: table(track, "value") for track in facts},
        "links": dict(zip(("old", "new", "event", "cross_kind"), map(list, zip(*links, strict=True)), strict=True)),
    }


def test_a_large_act_is_applied_at_once(reform: tuple[om.History, om.Act], tmp_path: Path) -> None:
    """Of the sizes as they are; from events and from tables, as a whole and through a draft, as one by one."""
    history, act = reform
    given_ = om.Act("reform", DAY, act.events, SOURCE)
    tabled = act_from_tables(DAY, source=SOURCE, act_id="reform", **frames(act))
    with history.draft(DAY, SOURCE, act_id="reform") as drafted:
        drafted.add(*act.events)
    assert tabled.size == given_.size == len(tabled.events) > thresholds.ARRAYS_FROM
    assert tabled == given_
    expected, none_taken = outcome(history, given_, at_once=False)
    assert not none_taken
    for way in (given_, tabled, drafted):
        after = history.enact(way)
        assert (rows(after._state), after._state.seq, after._state.all_ids()) == expected
    assert history.preview(drafted).facts() == after.at(DAY).facts()
    # An act in tables is kept and sent like any other.
    after = history.enact(tabled)
    om.save(after, tmp_path / "after.om")
    assert (
        om.open_history(tmp_path / "after.om")
        == om.loads(om.dumps(after))
        == pickle.loads(pickle.dumps(after))
        == after
    )


# The law is that of the 300 examples above, on a day of some size.
@times(0.25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_faults_among_many_events_are_told_as_one_by_one(
    small_reform: tuple[om.History, om.Act], data: st.DataObject
) -> None:
    """Events lost, doubled, out of order or about another unit: equal findings, though most events are taken at once."""
    history, act = small_reform
    listed: list[Event] = list(act.events)
    units = [*history.unit_ids()[::10], "nobody", *(e.what.id for e in listed if isinstance(e, om.Creation))]
    for _ in range(data.draw(st.integers(1, 5))):
        at, other = data.draw(st.integers(0, len(listed) - 1)), data.draw(st.integers(0, len(listed) - 1))
        event = listed[at]
        match data.draw(st.sampled_from(["lose", "double", "swap", "other", "value"])):
            case "lose":
                del listed[at]
            case "double":
                listed.insert(other, event)
            case "swap":
                listed[at], listed[other] = listed[other], event
            case "value" if isinstance(event, om.Change):
                listed[at] = om.Change(event.subject, event.track, data.draw(st.sampled_from([*units, "", 5, None])))
            case _:
                old = next(u for e in (event,) for u in ids_of(e))
                listed[at] = renamed(event, {old: data.draw(st.sampled_from(units))})
    wrong = om.Act("wrong", DAY, listed, SOURCE)
    (found, taken), (expected, _) = (outcome(history, wrong, at_once=way) for way in (True, False))
    assert found == expected
    assert True in taken


def ids_of(event: Event) -> list[str]:
    match event:
        case om.Succession():
            return [unit for link in event.links for unit in (link.old, link.new)]
        case om.Creation():
            return [event.what.id]
        case _:
            return [event.subject]


def test_faults_of_an_act_in_tables_are_told_with_their_rows() -> None:
    """All of them together."""
    with pytest.raises(om.InvalidTable) as error:
        act_from_tables(
            DAY,
            units={"id": ["n", None, "n", "m"], "parent": ["vn", "vn", "vn", "vn"], "name": ["N", "", "N", "a\u0302"]},
            parents={"unit": ["x", 1.5], "parent": [None, True]},
            facts={"name": {"unit": ["x"]}, "measure:members": {"unit": ["x", "y"], "value": [1]}},
            links={"old": ["a"], "new": ["n"], "extent": ["half"], "event": ["first"]},
        )
    assert [(f.rule, f.row) for f in error.value.findings] == [
        ("id", 2),
        ("id-once", 3),
        ("composed-unicode", 4),
        ("id", 2),
        ("id", 2),
        ("column", None),
        ("rows", None),
        ("extent", 1),
        ("links", 1),
    ]
    with pytest.raises(om.InvalidTable, match="an event of its own"):
        act_from_tables(DAY, links={"old": ["a", "b"], "new": ["n", None], "event": [1, 1]})


def test_an_act_in_tables_says_what_its_columns_say() -> None:
    """Slots, other hierarchies, roots, parts, whole-number ids, links that hang together."""
    act = act_from_tables(
        DAY,
        units={"id": ["c", "p"], "parent": ["p", ""], "kind": ["commune", None]},
        hierarchies={"state": {"unit": [1, 2], "parent": [-1, 1]}},
        facts={
            "measure:members": {"unit": ["c", "c", "p"], "value": [1, 2, None], "slot": ["own", "subtree", "subtree"]}
        },
        links={"old": ["z", "a", "b", "y", "a"], "new": [None, "c", "d", None, "d"], "dominant": [0, 1, 0, 0, 0]},
    )
    assert act.events == (
        om.Creation(om.Unit("p")),
        om.Creation(om.Unit("c", kind="commune", parent="p")),
        om.Change("1", "parent:state", "/"),
        om.Change("2", "parent:state", "1"),
        om.Change("c", "measure:members", 1, "own"),
        om.Change("c", "measure:members", 2, "subtree"),
        om.Change("p", "measure:members", None, "subtree"),
        om.Closure("z"),
        om.Succession([om.Link("a", "c", "part", (), True), om.Link("b", "d"), om.Link("a", "d", "part")]),
        om.Closure("y"),
    )
    assert pickle.loads(pickle.dumps(act)) == act


def test_every_fact_of_a_large_act_is_as_one_by_one() -> None:
    """Measures of two slots and several kinds of value, some given twice, some taken back."""
    units = [{"id": "vn"}, *({"id": f"u{n}", "parent": "vn", "members": n} for n in range(40))]
    history = om.history_of(units, day="2025-01-01").enact(
        om.Act("m", "2025-06-01", [om.Change("u1", "measure:members", 7, "subtree", until=dt.date(2026, 1, 1))], SOURCE)
    )
    values = [3, om.Quantity(5), om.Quantity(6, "about"), Fraction(1, 2), None, 2**70, om.UNKNOWN]
    events: list[Event] = [
        om.Change(f"u{n % 40}", "measure:members", values[n % 7], "subtree" if n % 3 else "own") for n in range(100)
    ]
    events += [om.Change(f"u{n}", track, text) for track in ("name", "code") for n, text in enumerate("abc")]
    # A name with an end goes by itself.
    events.append(om.Change("u3", "name", "other", until=dt.date(2027, 1, 1)))
    events += [om.Change("u1", "name", None), om.Change("u2", "name", "z"), om.Closure("u2"), om.Closure("u39")]
    for day in (DAY, dt.date(2025, 6, 1)):
        act = om.Act("facts", day, events, SOURCE)
        (found, taken), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
        assert taken == [True, True]
        assert found == expected


@pytest.mark.parametrize("track", ["parent", "parent:state", "name", "code", "kind", "category", "corresponds_to"])
def test_a_fact_of_which_there_is_one_has_no_slots(track: str) -> None:
    """Said in a slot it would stand beside what holds, and a unit under two parents."""
    value = {"name": "x", "code": "7", "kind": "commune", "category": "xã"}.get(track, "b")
    history = ground()
    for listed in (
        [om.Change("a1", track, value, "odd")],
        [om.Change("b", "name", "B")] * 3 + [om.Change("a1", track, value, "odd")],
    ):
        act = om.Act("wrong", DAY, listed, SOURCE)
        (found, _), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
        assert found == expected
        with pytest.raises(om.InvalidAct, match=r"leave out the slot 'odd' \[slot\]"):
            history.enact(act)


NO_TEXTS: dict[str, tuple[Any, str]] = {
    "a unit that is a list": (om.Change(["b1"], "name", "x"), "id"),  # type: ignore[arg-type]
    "a track that is a list": (om.Change("b1", ["name"], "x"), "id"),  # type: ignore[arg-type]
    "a parent that is a number": (om.Change("b1", "parent", 5), "id"),
    "a parent that is a list": (om.Change("b1", "parent", ["a"]), "id"),
    "a name that is a list": (om.Change("b1", "name", ["x"]), "text"),
    "a figure that is a list": (om.Change("b1", "measure:members", ["x"]), "measure"),
    "a grade that is a list": (om.Change("b1", "measure:grade", ["x"]), "measure"),
    "a scope that is a list": (om.Change("b1", "measure:members", 1, ["own"]), "slot"),
    "a cluster that is a list": (om.Change("b1", "member:gs", ["g"]), "id"),
    "an unknown fact that is a list": (om.Change("b1", "seal", ["x"]), "value"),
    "an office held by a list": (om.Change("b1", "office", ["p"], ("secretary", 1)), "value"),
    "a state unit that is a list": (om.Change("b1", "corresponds_to", ["a"]), "id"),
    "an end of a number": (om.Closure(5), "id"),  # type: ignore[arg-type]
    "an end of a list": (om.Closure(["b1"]), "id"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", NO_TEXTS)
def test_what_is_no_text_is_refused_like_anything_wrong(name: str) -> None:
    """One error that says what it is, alone and among many, with what else is wrong; never a TypeError."""
    event, rule = NO_TEXTS[name]
    start = ground()
    history = om.History(start.schema, [*start.measures.values(), om.Measure("grade", "category")]).enact(*start.acts)
    for listed in ([event], [om.Change("b", "name", "B"), event, om.Change("nobody", "name", "N"), event]):
        act = om.Act("wrong", DAY, listed, SOURCE)
        (found, _), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
        assert found == expected
        with pytest.raises(om.InvalidAct, match=rf"\[{rule}\]"):
            history.enact(act)
    for made in (lambda: om.Unit("x", parent=["a"]), lambda: om.Unit(5), lambda: om.Link("a", 5)):  # type: ignore[arg-type]
        with pytest.raises(om.Refused, match=r"text|an id"):
            made()


def test_a_circle_that_no_schema_forbids_is_found_among_many() -> None:
    """Two units that come below each other, while all else is right."""
    history = om.history_of([{"id": "vn"}, *({"id": c, "parent": "vn"} for c in "abcd")], day="2025-01-01")
    listed: list[Event] = [om.Change("c", "parent", "d"), om.Change("a", "parent", "b"), om.Change("b", "parent", "a")]
    act = om.Act("wrong", DAY, listed, SOURCE)
    (found, taken), (expected, _) = (outcome(history, act, at_once=way) for way in (True, False))
    assert True in taken
    assert found == expected
    with pytest.raises(om.InvalidAct, match=r"\[no-cycle\]"):
        history.enact(act)
