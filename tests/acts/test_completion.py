"""Completion: what an outcome leaves unsaid follows as for an operation; what it states stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import operations as ops
from orgmodel.acts.act import Act
from orgmodel.acts.completion import completed
from orgmodel.acts.events import Change, Creation, Link, Succession
from orgmodel.acts.operation import Point
from orgmodel.engine import thresholds
from orgmodel.errors import Ambiguous, Answer, InvalidAct
from orgmodel.history.history import History
from orgmodel.history.unsaid import leaves_open
from orgmodel.model.cluster import Cluster, Clustering

BEFORE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
SCHEMA = om.Schema(("unit", om.Kind("agency", agency=True)), hierarchies=("main", "state"))
MEASURES = (om.Measure("members"), om.Measure("share", "rate", weight="members"), om.Measure("grade", "category"))
VALUES = {"members": st.integers(0, 9), "share": st.integers(1, 3), "grade": st.sampled_from(["good", "poor"])}


@st.composite
def organisations(draw: st.DrawFn) -> History:
    """A root, units a, b, c under it with children, figures, facts, clusters and places in a second hierarchy."""
    units = {"r": None, **dict.fromkeys("abc", "r")}
    units |= {child: draw(st.sampled_from("abc")) for child in ("k", "l", "m")}
    rows = [
        {
            "id": unit,
            "kind": "agency" if unit == "m" else "unit",
            "name": unit.upper(),
            **({"parent": above} if above else {}),
        }
        for unit, above in units.items()
    ]
    made = om.history_of(rows, day="2025-01-01", schema=SCHEMA, measures=MEASURES)
    more: list[Any] = [Creation(Clustering("e")), Creation(Cluster("1", "e")), Creation(Cluster("2", "e"))]
    more += [Change("r", "parent:state", "/")]
    for unit in "abc":
        if draw(st.booleans()):
            more.append(Change(unit, "parent:state", "r"))
        for measure, values in VALUES.items():
            if draw(st.booleans()):
                more.append(Change(unit, f"measure:{measure}", draw(values), "own"))
        if draw(st.booleans()):
            more.append(Change(unit, "fact:plan", draw(st.sampled_from("xy"))))
        if draw(st.booleans()):
            more.append(Change(unit, "office", f"p-{unit}", ("chair", 1)))
        if cluster := draw(st.sampled_from(["", "1", "2"])):
            more.append(Change(unit, "member:e", cluster))
    return made.enact(Act("more", "2025-02-01", more))


def tried(call: Any) -> Any:
    """The events and what they tell, or that choices are open."""
    try:
        events = call()
    except Ambiguous:
        return Ambiguous
    return tuple(events), {(note.rule, note.units) for note in events.notes}


LINKS = {
    "merge": [("a", "n"), ("b", "n")],
    "take over": [("a", "a"), ("b", "a")],
    "replace": [("a", "n")],
    "break down": [("a", "n", "part"), ("a", "m2", "part")],
}
VERBS = {
    "merge": lambda s: ops.merge(s, ["a", "b"], into=om.Unit("n"), counterparts=None),
    "take over": lambda s: ops.take_over(s, "a", ["b"], counterparts=None),
    "replace": lambda s: ops.replace(s, "a", om.Unit("n")),
    "break down": lambda s: ops.break_down(s, "a", [om.Unit("n"), om.Unit("m2")]),
}


@given(organisations(), st.sampled_from(sorted(LINKS)))
def test_bare_links_come_to_what_the_operation_comes_to(history: History, verb: str) -> None:
    """The same units and changes, or both ask."""
    before = history.at(BEFORE)
    created = [om.Unit(new) for new in dict.fromkeys(link[1] for link in LINKS[verb]) if new not in before]
    stated = Succession([Link(*link) for link in LINKS[verb]], created=created)
    ours = tried(lambda: completed(Point(before, "x"), stated))
    theirs = tried(lambda: VERBS[verb](before))
    if Ambiguous in (ours, theirs):
        assert ours is theirs
        return
    ((mine,), told), ((other,), told_by_verb) = ours, theirs
    assert {one for one in told if one[0] != "agencies-stay"} == told_by_verb
    assert mine.created == other.created
    assert set(mine.changes) == set(other.changes)
    history.enact(Act("x", DAY, [mine]))


@given(organisations(), st.sampled_from(sorted(LINKS)))
def test_completing_twice_adds_nothing(history: History, verb: str) -> None:
    """What is complete says so, and is given back as it is; worked out once more it would be the same."""
    before = history.at(BEFORE)
    created = [om.Unit(new) for new in dict.fromkeys(link[1] for link in LINKS[verb]) if new not in before]
    try:
        (once,) = completed(Point(before, "x"), Succession([Link(*link) for link in LINKS[verb]], created=created))
    except Ambiguous:
        return
    assert isinstance(once, Succession)
    (twice,) = completed(Point(before, "x"), once)
    assert twice is once or not once.complete
    (again,) = completed(Point(before, "x"), evolve(once, complete=False))
    assert evolve(again, complete=once.complete) == once  # type: ignore[arg-type]


def simple(**members: int) -> History:
    """Units under a root, with a child each."""
    rows: list[dict[str, Any]] = [{"id": "r", "kind": "unit", "name": "R", "code": "0", "category": "c"}]
    for unit, count in members.items():
        full = {"kind": "unit", "code": unit, "category": "c"}
        rows.append({"id": unit, "parent": "r", "members": count, "name": unit.upper(), **full})
        rows.append({"id": f"{unit}-child", "parent": unit, **full, "code": f"{unit}1", "name": f"child of {unit}"})
    return om.history_of(rows, day="2025-01-01", schema=SCHEMA, measures=MEASURES)


MERGER = Succession([Link("p", "n"), Link("q", "n")], created=[om.Unit("n", parent="r", kind="unit")])


def test_members_and_children_of_a_merger_are_not_lost() -> None:
    """70,000 and 62,000 are 132,000; children stand under the successor."""
    history = simple(p=70000, q=62000)
    events = completed(Point(history.at(BEFORE), "x"), MERGER)
    after = history.enact(Act("x", DAY, events)).at(DAY)
    assert after.measure("n", "members") == 132000
    assert after.children("n") == ("p-child", "q-child")


def test_what_is_stated_stands_and_a_sum_that_differs_is_told() -> None:
    """A stated figure outranks the carried one; that it restates is a finding. A stated home stands."""
    said = [Change("n", "measure:members", 130000, "own"), Change("q-child", "parent", "r")]
    events = completed(Point(simple(p=70000, q=62000).at(BEFORE), "x"), evolve(MERGER, changes=said))
    (event,) = events
    assert isinstance(event, Succession)
    assert event.changes == (*said, Change("p-child", "parent", "n"))
    assert [(note.rule, note.severity) for note in events.notes if note.rule == "restated"] == [("restated", "warning")]


def test_children_and_clusters_that_do_not_follow_are_asked_and_answered() -> None:
    """Each question names its options; the answers make the event."""
    history = simple(p=1, q=2)
    groups = [Creation(Clustering("e")), Creation(Cluster("1", "e")), Creation(Cluster("2", "e"))]
    groups += [Change("p", "member:e", "1"), Change("q", "member:e", "2")]  # type: ignore[list-item]
    before = history.enact(Act("groups", "2025-02-01", groups)).at(BEFORE)
    stated = Succession(
        [Link("p", "n", "part"), Link("p", "m", "part"), Link("q", "n")],
        created=[om.Unit("n", parent="r"), om.Unit("m", parent="r")],
    )
    with pytest.raises(Ambiguous) as error:
        completed(Point(before, "x"), stated)
    asked = {(q.about, q.choice): q for q in error.value.questions}
    assert asked["p-child", "home"].options == ("n", "m")
    assert asked["n", "cluster"].options == ("1", "2", "")
    answers = (Answer("x", about="p-child", home="m"), Answer("x", about="n", cluster="2"))
    (event,) = completed(Point(before, "x", answers=answers), stated)
    assert isinstance(event, Succession)
    assert Change("p-child", "parent", "m") in event.changes
    assert Change("n", "member:e", "2") in event.changes
    (event,) = completed(Point(before, "x", answers=(answers[0], Answer("x", about="n", cluster=""))), stated)
    assert not [c for c in event.changes if (c.subject, c.track) == ("n", "member:e")]  # type: ignore[union-attr]


def test_a_stated_place_of_a_survivor_stands() -> None:
    """A child that takes over its parent goes where it is said to go."""
    said = (Change("p-child", "parent", "q"),)
    stated = Succession([Link("p", "p-child"), Link("p-child", "p-child")], changes=said)
    (event,) = completed(Point(simple(p=1, q=2).at(BEFORE), "x"), stated)
    assert [c for c in event.changes if c.track == "parent"] == list(said)  # type: ignore[union-attr]


def test_an_answer_that_is_not_needed_is_not_used() -> None:
    """A child with one possible home goes there, whatever was answered."""
    answers = (Answer("x", about="p-child", home="r"),)
    (event,) = completed(Point(simple(p=1, q=2).at(BEFORE), "x", answers=answers), MERGER)
    assert Change("p-child", "parent", "n") in event.changes  # type: ignore[union-attr]


def test_a_move_counts_only_for_who_still_stands_under_a_predecessor() -> None:
    """Carried out anew, a stated move does not drag a unit back that has left since; nor one that has ended."""
    history = simple(p=1, q=2)
    stated = evolve(MERGER, changes=[Change("p-child", "parent", "n"), Change("q-child", "parent", "n")])
    moved = history.enact(Act("moved", "2025-03-01", [Change("p-child", "parent", "r"), om.Closure("q-child")]))
    events = completed(Point(moved.at(BEFORE), "x", anew=True), stated)
    (event,) = events
    assert not [c for c in event.changes if c.track == "parent"]  # type: ignore[union-attr]
    assert {note.rule for note in events.notes} >= {"moved-before", "gone"}
    (first,) = completed(Point(moved.at(BEFORE), "x"), evolve(stated, changes=stated.changes[:1]))
    assert Change("p-child", "parent", "n") in first.changes  # type: ignore[union-attr]


def test_what_says_all_is_given_back_as_it_is() -> None:
    """A complete one, one that leaves nothing unsaid, and one whose units are wrong, which the judge tells."""
    bare = om.history_of(
        [
            {"id": u, "kind": "unit", "name": u, "code": u, "category": "c", **({"parent": "r"} if u != "r" else {})}
            for u in "rpq"
        ],
        day="2025-01-01",
    ).at(BEFORE)
    full = evolve(MERGER, created=[om.Unit("n", "N", "n", "unit", "c", "r")])
    for event in (evolve(MERGER, complete=True), full, Succession([Link("x", "n")], created=[om.Unit("n")])):
        (same,) = completed(Point(bare, "x"), event)
        assert same is event


def test_agencies_stay_under_the_successor_and_are_told() -> None:
    """Nobody said which of them merge."""
    history = simple(p=1, q=2)
    bodies = [Creation(om.Unit(f"{u}-btc", kind="agency", parent=u)) for u in "pq"]
    events = completed(Point(history.enact(Act("b", "2025-02-01", bodies)).at(BEFORE), "x"), MERGER)
    (note,) = [note for note in events.notes if note.rule == "agencies-stay"]
    assert note.units == ("n", "p-btc", "q-btc")


def test_bad_shares_are_refused() -> None:
    """They are no choice that an answer could make."""
    stated = Succession(
        [Link("p", "n", "part", {"members": "2/3"}), Link("p", "m", "part", {"members": "2/3"})],
        created=[om.Unit("n", parent="r"), om.Unit("m", parent="r")],
        changes=[Change("p-child", "parent", "n")],
    )
    with pytest.raises(InvalidAct, match="not parts of 1"):
        completed(Point(simple(p=1, q=2).at(BEFORE), "x"), stated)


@pytest.mark.parametrize("words", [{}, {"name": "A", "kind": "unit"}])
def test_a_new_unit_of_which_nothing_is_stated_takes_the_place_of_predecessors_without_facts(words: Any) -> None:
    """An act that is enacted alone is completed too where its predecessors have no figure, child or cluster."""
    rows = [{"id": "r"}, {"id": "a", "parent": "r", **words}, {"id": "b", "parent": "r", **words}]
    merger = Succession([Link("a", "n"), Link("b", "n")], [om.Unit("n")])
    after = om.history_of(rows, day="2025-01-01").enact(Act("m", "2025-07-01", [merger])).at("2025-07-01")
    assert after.unit("n") == om.Unit("n", parent="r", **words)


@given(
    st.lists(st.sampled_from("abr"), min_size=3, max_size=3),
    st.sets(st.sampled_from(["k", "l", "m"])),
    st.sampled_from([None, None, None, ("a", "measure:members"), ("b", "fact:plan")]),
    st.sampled_from(["take over", "merge"]),
    st.sampled_from([0, thresholds.ARRAYS_FROM]),
)
def test_an_act_leaves_something_open_exactly_if_something_follows(
    parents: list[str], moved: set[str], fact: tuple[str, str] | None, verb: str, least: int
) -> None:
    """The quick look at predecessors and their children says the same as working out what follows, and by both ways."""
    full = {"kind": "unit", "category": "c"}
    units = {"r": None, "a": "r", "b": "r", **dict(zip("klm", parents, strict=True))}
    rows = [{"id": unit, "parent": above, "name": unit, "code": unit, **full} for unit, above in units.items()]
    history = om.history_of(rows, day="2025-01-01", schema=SCHEMA, measures=MEASURES)
    if fact is not None:
        history = history.enact(Act("fact", "2025-02-01", [Change(*fact, 5, "own" if ":m" in fact[1] else None)]))
    new = "n" if verb == "merge" else "a"
    created = [om.Unit("n", parent="r", name="n", code="n", **full)] if verb == "merge" else []  # type: ignore[arg-type]
    changes = [Change(child, "parent", new) for child in sorted(moved)]
    event = Succession([Link(*link) for link in LINKS[verb]], created=created, changes=changes)
    (followed,) = completed(Point(history.at(BEFORE), "x"), event)
    assert isinstance(followed, Succession)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thresholds, "ARRAYS_FROM", least)
        is_open = leaves_open(Act("x", DAY, [event]), history._state)
    assert is_open or (followed.created, followed.changes) == (event.created, event.changes)
    # Only that a fact may pass on is not looked into.
    assert is_open == (followed.changes != event.changes) or (is_open and fact is not None)


def test_what_another_history_completed_counts_only_there() -> None:
    """The same decision in a history where nothing is left open comes to what it states."""
    full = {"kind": "unit", "category": "c"}
    rows = [
        {"id": unit, "parent": above, "name": unit, "code": unit, **full} for unit, above in (("r", None), ("a", "r"))
    ]
    bare = om.history_of(rows, day="2025-01-01", schema=SCHEMA, measures=MEASURES)
    with_members = bare.enact(Act("count", "2025-02-01", [Change("a", "measure:members", 5, "own")]))
    successor = om.Unit("n", parent="r", name="n", code="n", **full)  # type: ignore[arg-type]
    completed_there = with_members.enact(Act("x", DAY, [Succession([Link("a", "n")], created=[successor])])).act("x")
    assert with_members.enact(completed_there).at(DAY).measure("n", "members") == 5
    assert not bare.enact(completed_there).at(DAY).measure("n", "members").is_known
