"""A draft: operations on a running state, all or nothing."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import operations as ops
from orgmodel.acts.events import Change, Closure, Link, Succession
from orgmodel.acts.operations import Events, Operation, Point, Rename
from orgmodel.acts.policies import LeaveAll
from orgmodel.engine import thresholds
from orgmodel.history.history import History
from orgmodel.structure.structure import Structure

DAY = "2025-07-01"
SOURCE = om.Source("202/2025/QH15")


def history() -> History:
    return om.history_of(
        [
            {"id": "vn", "kind": "centre"},
            *({"id": p, "kind": "province", "name": p.upper(), "parent": "vn"} for p in ("a", "b", "c")),
            *({"id": f"{p}{i}", "kind": "commune", "parent": p, "members": 4} for p in "abc" for i in (1, 2)),
        ],
        day="2024-01-01",
        measures=[om.Measure("members")],
    )


def test_each_operation_sees_those_before_it() -> None:
    """A chain on one day: merged, then broken down, then moved; the history knows nothing of it until it is enacted."""
    before = history()
    with before.draft(DAY, SOURCE) as act:
        ab = act.merge(["a", "b"], into=om.Unit(name="AB"))
        assert set(act.structure.children("vn")) == {"c", ab}
        one, two = act.break_down(
            ab, [om.Unit(name="Một"), om.Unit(name="Hai")], children=lambda s, child: int(child.endswith("2"))
        )
        act.reassign(om.select(kind="commune", under=one), "c")
    after = before.enact(act).at(DAY)
    assert act.structure == after
    assert set(after.children("c")) == {"a1", "b1", "c1", "c2"}
    assert set(after.children(two)) == {"a2", "b2"}
    assert ab not in after
    assert ab in before.enact(act).units_ever()
    assert len(before.acts) == 1


def test_facts_bear_the_act_that_the_draft_became() -> None:
    """What an enacted draft wrote points to the whole act, with all its events."""
    before = history()
    with before.draft(DAY, SOURCE) as act:
        act.merge(["a", "b"], into=om.Unit("ab"))
        act.rename("ab", "AB")
    for after in (before.enact(act), before.enact(act.act)):
        assert {fact.act for fact in after.biography("ab")} == {act.act}
        assert all(fact.act == act.act for fact in after.biography("ab"))
        assert [link.act for link in after.lineage.links(new="ab")] == [act.act, act.act]


def test_a_draft_has_the_act_it_becomes() -> None:
    """Id from day and source unless given; day, source and note are the act's."""
    act = history().draft(DAY, SOURCE, note="a trial")
    act.rename("a", "Á")
    decided = om.Act("2025-07-01 202/2025/QH15", DAY, [Rename("a", "Á")], SOURCE, "a trial")
    assert act.act == decided.came_to([[Change("a", "name", "Á")]])
    assert history().draft(DAY, SOURCE, act_id="x").act.id == "x"
    assert act.events == act.act.events


OPERATIONS: list[Any] = [
    lambda act, unit: act.merge([unit, "a"]),
    lambda act, unit: act.close(unit),
    lambda act, unit: act.reassign("a", unit),
    lambda act, unit: act.rename(unit, ""),
    lambda act, unit: act.record(unit, "members", -1),
    lambda act, unit: act.create(om.Unit("b"), under=unit),
    lambda act, unit: act.add(Change("a", "name", "Á"), Closure("vn")),
    lambda act, unit: act.add(Change("a", "name", "Á"), Closure("nobody")),
    lambda act, unit: act.break_down("a", [om.Unit("n")], children={"a1": unit}),
]


@given(st.lists(st.tuples(st.integers(0, len(OPERATIONS) - 1), st.sampled_from(["a", "a1", "vn", "zz"])), max_size=4))
def test_d7_a_refused_operation_leaves_the_draft_as_it_was(steps: list[tuple[int, str]]) -> None:
    """D7: after an error the draft's events, notes, text and structure are those before it."""
    act = history().draft(DAY)
    act.rename("c", "Cờ")
    for index, unit in steps:
        was = act.act, act.notes, str(act), act.structure.facts()
        try:
            OPERATIONS[index](act, unit)
        except om.Refused:
            assert was == (act.act, act.notes, str(act), act.structure.facts())
    assert history().enact(act).at(DAY) == act.structure


def test_a_draft_can_be_caught_and_go_on() -> None:
    """An error caught inside the block costs nothing but the one operation."""
    with history().draft(DAY) as act:
        act.rename("a", "Á")
        with pytest.raises(om.InvalidAct):
            act.merge(["b"])
        act.rename("b", "Bê")
    assert [event.type for event in act.events] == ["renaming", "renaming"]


def test_an_error_that_leaves_the_block_discards_the_draft() -> None:
    """Nothing can be got from it, and nothing added to it."""
    before = history()
    act = before.draft(DAY)

    def spoil() -> None:
        with act:
            act.merge(["a", "b"])
            raise KeyError

    with pytest.raises(KeyError):
        spoil()
    assert (act.events, act.notes) == ((), ())
    assert str(act) == "2025-07-01 source unknown: 0 events"
    assert repr(act).endswith("0 events, discarded>")
    for use in (lambda: act.act, lambda: act.structure, lambda: act.rename("a", "Á"), lambda: before.enact(act)):
        with pytest.raises(om.Refused, match="discarded"):
            use()


def test_a_finished_draft_takes_no_more() -> None:
    """After its block a draft is an act that can be read and enacted, not changed."""
    with history().draft(DAY) as act:
        act.rename("a", "Á")
    for use in (
        lambda: act.rename("a", "A"),
        lambda: act.add(Change("a", "name", "A")),
        lambda: act.merge_by(ops.PolicyMerger(), ["a", "b"]),
    ):
        with pytest.raises(om.Refused, match="finished"):
            use()
    assert history().enact(act).at(DAY).unit("a").name == "Á"


def test_a_draft_tells_what_it_does() -> None:
    """A short repr, and as text each operation in a line with its notes."""
    act = history().draft(DAY, SOURCE)
    assert repr(act) == "<Draft '2025-07-01 202/2025/QH15' on 2025-07-01: 0 events>"
    act.merge(["a", "b"])
    act.close("c1")
    assert repr(act) == "<Draft '2025-07-01 202/2025/QH15' on 2025-07-01: 2 events, 2 notes>"
    assert str(act).splitlines() == [
        "2025-07-01 202/2025/QH15: 2 events",
        f"  merge A + B -> {act.events[0].news[0]}",
        "  close c1",
        f"  note: it has no name, as its predecessors have 'A', 'B'; state one if it has ({act.events[0].news[0]})",
        "  warning: its 'members' (4) end with it (c1)",
    ]


def test_raw_events_are_added_as_they_are() -> None:
    """What no operation says can be said with events; they are checked like all others."""
    with history().draft(DAY) as act:
        act.add(
            Succession(
                [Link("a", "x"), Link("b", "x")],
                [om.Unit("x", parent="vn", kind="province")],
                [Change(c, "parent", "x") for c in ("a1", "a2", "b1", "b2")],
            )
        )
        act.add()
    assert act.structure.children("vn") == ("c", "x")
    assert str(act).splitlines()[1] == "  merger"


@frozen
class Promote(Operation[str]):
    """A commune that becomes a province: a verb of the test's own."""

    unit: str

    def resolve(self, at: Point) -> Events:
        """Its kind and place."""
        assert (at.act, at.key, at.source) == ("2025-07-01 source unknown", 1, om.Source.unknown)
        changes = [Change(self.unit, "kind", "province"), Change(self.unit, "parent", at.structure.root())]
        return Events(changes, made=[self.unit], text=f"promote {self.unit}")

    def gives(self, events: Events) -> str:
        """The unit."""
        return events.made[0]


def test_own_operations_are_carried_out_like_the_librarys() -> None:
    """A verb is one class; a draft carries it out with the act, its key and source, and gives back what it says."""
    with history().draft(DAY) as act:
        act.rename("a", "Á")
        assert act.do(Promote("a1")) == "a1"
    assert act.structure.parent("a1") == "vn"
    assert str(act).splitlines()[2] == "  promote a1"
    assert act.act.operations == (Rename("a", "Á"), Promote("a1"))
    assert [len(events) for events in act.act.resolved] == [1, 2]


def test_ids_of_new_units_depend_on_the_act_and_the_place_in_it_alone() -> None:
    """The same draft made twice, in another process or branch, gives the same ids; another act others."""
    ids = []
    for name in ("x", "x", "y"):
        act = history().draft(DAY, act_id=name)
        ids.append(
            (act.create(om.Unit(name="N"), under="a"), act.create(om.Unit(name="N"), under="a"), act.merge(["a", "b"]))
        )
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])
    assert len(set(ids[0])) == 3


def test_a_merger_rule_makes_the_events() -> None:
    """A rule is given the members sorted, the day and the source, and stands alone."""
    seen = []

    def rule(structure: Structure, members: Any, day: Any, source: Any) -> Any:
        seen.append((tuple(members), day.isoformat(), source))
        return ops.PolicyMerger(into=om.Unit(name="Mới"))(structure, members, day, source)

    act = history().draft(DAY, SOURCE)
    new = act.merge_by(rule, ["b", "a", "b"])
    assert seen == [(("a", "b"), DAY, SOURCE)]
    assert act.structure.unit(new).name == "Mới"
    act.merge_by(ops.PolicyMerger(cluster=LeaveAll()), [new, "c"])
    assert len(act.structure.children("vn")) == 1


def test_a_merger_rule_that_makes_no_one_unit_is_refused() -> None:
    """A rule must make one unit of the members; which ones it made is in the message."""
    act = history().draft(DAY)
    with pytest.raises(om.InvalidAct, match="made nothing"):
        act.merge_by(lambda structure, members, day, source: [], ["a", "b"])
    with pytest.raises(om.InvalidAct, match="merger needs two"):
        act.merge_by(ops.PolicyMerger(), "a")
    assert act.events == ()


def test_a_draft_in_the_past_stands_on_that_days_state() -> None:
    """A backdated draft sees its own day, not the present."""
    before = history()
    with before.draft("2026-01-01") as act:
        act.rename("a", "Á")
    later = before.enact(act)
    with later.draft(DAY) as backdated:
        assert backdated.structure.unit("a").name == "A"
        backdated.recode("a", "1")
    assert later.enact(backdated).at("2026-01-01").unit("a").code == "1"


def test_the_events_of_an_operation_travel() -> None:
    """Events are a tuple with notes; a copy in another process has both."""
    events = ops.merge(history().at(DAY), ["a", "b"])
    again = pickle.loads(pickle.dumps(events))
    assert (again, again.made, again.notes, again.text) == (events, events.made, events.notes, events.text)
    assert events == tuple(events)


def wide() -> History:
    """Eight provinces with two communes each, in which cells count their members."""
    rows: list[Any] = [{"id": "vn", "kind": "centre"}]
    for p in "abcdefgh":
        rows.append({"id": p, "kind": "province", "name": p.upper(), "parent": "vn"})
        rows += [{"id": f"{p}{i}", "kind": "commune", "parent": p, "members": i, "name": f"{i}"} for i in (1, 2)]
    return om.history_of(rows, day="2024-01-01", measures=[om.Measure("members")])


def operate(act: Any, verb: str, one: str, two: str) -> None:
    match verb:
        case "merge":
            act.merge([one, two], into=om.Unit(name=f"{one}{two}"))
        case "take over":
            act.take_over(one, [two])
        case "close":
            act.close(one, children_to=two)
        case "break down":
            act.break_down(one, [om.Unit(name="I"), om.Unit(name="II")], children={f"{one}1": 0, f"{one}2": 1})
        case "rename":
            act.rename(one, f"new {one}")
        case "reassign":
            act.reassign(f"{one}1", two)


VERBS = ("merge", "take over", "close", "break down", "rename", "reassign")


@pytest.mark.parametrize("steps", [1, 10_000], ids=["by arrays", "one by one"])
@given(order=st.permutations("abcdefgh"), verbs=st.lists(st.sampled_from(VERBS), min_size=4, max_size=4))
def test_operations_together_do_what_they_do_one_after_the_other(
    steps: int, order: list[str], verbs: list[str]
) -> None:
    """On units that have nothing to do with each other: equal events, ids, structures, pasts and lineages."""
    before = wide()
    pairs = list(zip(verbs, order[::2], order[1::2], strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thresholds, "ARRAYS_FROM", steps)
        with before.draft(DAY, SOURCE) as alone:
            for verb, one, two in pairs:
                operate(alone, verb, one, two)
        with before.draft(DAY, SOURCE) as act:
            with act.together():
                for verb, one, two in pairs:
                    operate(act, verb, one, two)
                assert act.structure == before.at(DAY)
            assert act.structure == alone.structure
        after, again = before.enact(act), before.enact(alone.act)
    assert act.events == alone.events
    assert act.notes == alone.notes
    assert after.at(DAY) == again.at(DAY)
    assert after.unit_ids() == again.unit_ids()
    for unit in again.units_ever():
        # All but the acts, which decide the same in a block and one after the other.
        facts = [[(f.track, f.slot, f.value, f.start, f.end) for f in past.biography(unit)] for past in (after, again)]
        assert facts[0] == facts[1]
        assert all(fact.act.events == act.events for fact in after.biography(unit) if str(fact.start) == DAY)
    links = [[evolve(link, act=act.act) for link in past.lineage.links()] for past in (after, again)]
    assert links[0] == links[1]
    assert [link.event for link in after.lineage.links()] == [link.event for link in again.lineage.links()]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("rename", "a", ""), ("rename", "a", "")),
        (("merge", "a", "b"), ("merge", "b", "c")),
        (("take over", "a", "b"), ("take over", "a", "c")),
        (("reassign", "a", "b"), ("close", "a", "c")),
        (("close", "a", "c"), ("merge", "a", "b")),
        (("break down", "a", ""), ("reassign", "a", "b")),
    ],
)
def test_what_builds_on_another_operation_is_refused_together(first: Any, second: Any) -> None:
    """Neither would see the other: the second is refused, by the name of the unit, and the block can go on without it."""
    before = wide()
    with before.draft(DAY, SOURCE) as act:
        with act.together(), act.together():
            operate(act, *first)
            with pytest.raises(om.Refused, match="another operation of this block") as refused:
                operate(act, *second)
            operate(act, "rename", "h", "")
        operate(act, "rename", "h", "")
    assert all(unit[0] in "ab" for finding in refused.value.findings for unit in finding.units)
    alone = before.draft(DAY, SOURCE)
    for step in (first, ("rename", "h", ""), ("rename", "h", "")):
        operate(alone, *step)
    assert act.events == alone.events


def test_an_error_takes_back_all_that_a_block_did_together() -> None:
    """An exception that leaves the block, and a fault that only shows at its end, leave the draft as it was before it."""
    base = wide()
    act = base.draft(DAY, SOURCE)
    act.rename("a", "Á")
    was = act.act, act.notes, str(act), act.structure.facts()

    def fail() -> None:
        with act.together():
            act.merge(["b", "c"])
            for ask in (lambda: act.act, act.followed_by, lambda: wide().enact(act), lambda: base.preview(act)):
                with pytest.raises(om.Refused, match="has not ended"):
                    ask()
            raise KeyError

    def conflict() -> None:
        with act.together():
            act.reassign("b", "c1")
            act.reassign("c", "b1")

    with pytest.raises(KeyError):
        fail()
    assert was == (act.act, act.notes, str(act), act.structure.facts())
    with pytest.raises(om.InvalidAct, match="above itself"):
        conflict()
    assert was == (act.act, act.notes, str(act), act.structure.facts())
    with act.together():
        pass
    act.rename("b", "Bê")
    assert len(act.events) == 2


def test_a_draft_is_judged_when_it_is_enacted() -> None:
    """Its state is taken over, but not unseen: what holds only at the end of a day is found, and nothing is enacted."""
    before = om.History(om.Schema(kinds=[om.Kind("p")], unique_codes=True)).enact(
        om.Act(
            "a", "2024-01-01", [om.Creation(om.Unit("r", kind="p")), om.Creation(om.Unit("s", kind="p", parent="r"))]
        )
    )
    with before.draft(DAY) as act:
        act.recode("r", "1")
        act.recode("s", "1")
    with pytest.raises(om.InvalidAct, match="unique-code"):
        before.enact(act)
    with before.draft(DAY) as act:
        act.recode("r", "1")
    after = before.enact(act)
    assert after.enact(act) is after
    with pytest.raises(om.Refused, match="another act"):
        after.enact(om.Act(act.id, DAY, [Change("s", "code", "2")]))


def test_counterparts_are_looked_for_where_agencies_are() -> None:
    """However few there are and however they came: from the start, in the draft, or by a change of kind."""
    schema = om.Schema([om.Kind("p"), om.Kind("agency", agency=True)])
    rows = [{"id": "vn", "kind": "p"}, *({"id": p, "kind": "p", "parent": "vn"} for p in "ab")]
    made = [om.Unit(f"{p}-tc", kind="agency", category="tc", parent=p) for p in "ab"]
    without = om.history_of(rows, day="2024-01-01", schema=schema)
    begun = om.history_of([*rows, *made], day="2024-01-01", schema=schema)
    for history in (without, begun, om.from_tables(**om.to_tables(begun)), om.from_tables(**om.to_tables(without))):
        act = history.draft(DAY)
        if "a-tc" not in act.structure:
            for unit in made:
                act.create(unit)
        act.merge(["a", "b"], into=om.Unit("n"))
        assert [event.type for event in act.events[-2:]] == ["merger", "merger"]
        assert len(act.structure.children("n")) == 1
    act = without.draft(DAY)
    act.merge(["a", "b"])
    assert [event.type for event in act.events] == ["merger"]


def test_what_was_asked_of_a_draft_makes_no_unit_of_a_cluster_and_keeps_no_unit_that_ended() -> None:
    """A draft remembers which units exist; the next operation sees another structure."""
    history = om.history_of([{"id": "r"}, *({"id": unit, "parent": "r"} for unit in "ab")], day="2024-01-01")
    events = [om.Creation(om.Clustering("e")), om.Creation(om.Cluster("k", "e")), om.Change("a", "member:e", "k")]
    act = history.enact(om.Act("clusters", "2024-02-01", events)).draft("2025-01-01")
    before = act.structure
    assert before.members("k") == ("a",)
    assert "k" not in before
    with pytest.raises(om.UnknownUnit):
        before.children("k")
    assert before.unit("a").id == "a"
    act.take_over("b", ["a"])
    assert "a" in before
    assert "a" not in act.structure
    with pytest.raises(om.UnitEnded):
        act.structure.unit("a")


def test_notes_that_are_read_late_are_those_of_their_own_point() -> None:
    """A note about names is made when it is read, of the structure that its operation read, in and after a block."""
    named = [("a1", "A", "a"), ("b1", "A", "b"), ("c1", "C", "c"), ("d1", "C", "d")]
    rows = [{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "abcd")]
    rows += [{"id": unit, "name": name, "parent": parent} for unit, name, parent in named]
    history = om.history_of(rows, day="2024-01-01")

    def drafted(*, read_at_once: bool) -> tuple[om.Finding, ...]:
        with history.draft("2025-01-01", act_id="act") as act:
            with act.together():
                act.merge(["a", "b"], into=om.Unit("ab"))
                act.merge(["c", "d"], into=om.Unit("cd"))
                if read_at_once:
                    assert len(act.notes) == 2
            for unit in ("a1", "b1", "c1", "d1"):
                act.rename(unit, unit)
        return act.notes

    notes = drafted(read_at_once=False)
    assert [(note.rule, note.units) for note in notes] == [("one-name", ("a1", "b1")), ("one-name", ("c1", "d1"))]
    assert notes == drafted(read_at_once=True)


def test_functions_that_make_notes_are_called_once_and_let_go() -> None:
    """The function may keep a structure: once the notes are read it is not kept any more."""
    calls: list[int] = []

    def made() -> list[om.Finding]:
        calls.append(1)
        return [om.Finding("a-rule", "a message")]

    came_to = Events((), notes=made)
    assert calls == []
    assert came_to.notes == came_to.notes == (om.Finding("a-rule", "a message"),)
    assert (calls, came_to._notes) == ([1], came_to.notes)
    assert pickle.loads(pickle.dumps(came_to)).notes == came_to.notes


def test_a_succession_with_runs_is_equal_to_the_one_with_its_changes() -> None:
    """Moves of children are held as runs; nothing that a user can ask tells the two apart."""
    rows = [{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "ab")]
    rows += [{"id": f"{parent}{n}", "parent": parent, "members": n} for parent in "ab" for n in range(3)]
    structure = om.history_of([*rows, {"id": "x", "parent": "vn"}], day="2024-01-01").at("2024-01-01")

    def merged() -> Succession:
        (event,) = ops.merge(structure, ["a", "b"], into=om.Unit("ab"))
        assert isinstance(event, Succession)
        return event

    event = merged()
    assert [type(part).__name__ for part in event.parts] == ["Run"]
    moves = tuple(Change(f"{parent}{n}", "parent", "ab") for parent in "ab" for n in range(3))
    stated = Succession(event.links, event.created, moves, complete=True)
    assert event == stated
    assert hash(merged()) == hash(stated)
    assert repr(merged()) == repr(stated)
    assert pickle.loads(pickle.dumps(merged())) == stated
    assert evolve(merged(), cross_kind=True) == evolve(stated, cross_kind=True)
    assert (event.changes, event.parts) == (moves, moves)
    assert merged() != evolve(stated, changes=moves[:-1])
