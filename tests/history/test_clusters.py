"""Cluster changes are derived from what happened to the members, each with the act that caused it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import strategies as st
from twins import histories

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.errors import Refused, UnknownUnit
from orgmodel.history.clusters import ClusterChange, ClusterChanges, changes
from orgmodel.history.history import History
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.testing import laws

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def start(members: dict[str, str], *, cover: bool = False, more: tuple[Event, ...] = ()) -> Act:
    """Units and their clusters; "" is no cluster, "A B" two of a cover."""
    clusters = sorted({c for cs in members.values() for c in cs.split()} | {"A", "B"})
    return Act(
        "start",
        "2024-01-01",
        [
            Creation(Unit("vn")),
            *(Creation(Unit(unit, name=unit.upper(), parent="vn")) for unit in members),
            Creation(Clustering("e", cover=cover)),
            *(Creation(Cluster(c, "e", f"Cluster {c}")) for c in clusters),
            *(Change(unit, "member:e", c) for unit, cs in members.items() for c in cs.split()),
            *more,
        ],
        Source("start"),
    )


def succession(*links: Link, new: str = "", cluster: str = "", changes: tuple[Change, ...] = ()) -> Succession:
    joins = [Change(unit, "member:e", cluster) for unit in new.split() if cluster]
    return Succession(links, [Unit(unit, name=unit.upper(), parent="vn") for unit in new.split()], [*joins, *changes])


def change(members: dict[str, str], *events: Event, cluster: str = "A", **more: Any) -> ClusterChange:
    acts = [Act(f"act{i}", AFTER, [event], Source(f"no. {i}")) for i, event in enumerate(events)]
    return changes(History().enact(start(members, **more), *acts), BEFORE, AFTER).of(cluster)


def told(report: ClusterChange) -> list[tuple[str, str, str, list[str]]]:
    return [(e.what, " ".join(e.before), " ".join(e.after), [act.id for act in e.acts]) for e in report.entries]


class TestWhatHappens:
    def test_retained_needs_no_act(self) -> None:
        """A member that nothing happened to is retained, by no act."""
        report = change({"a": "A", "b": "B"}, Creation(Unit("n", parent="vn")))
        assert [("retained", "a", "a", [])] == told(report)
        assert not report.changed

    def test_merged_within(self) -> None:
        """Members of one cluster that merge are one member afterwards."""
        merger = succession(Link("a", "n"), Link("b", "n"), new="n", cluster="A")
        report = change({"a": "A", "b": "A", "c": "A"}, merger)
        assert [("retained", "c", "c", []), ("merged within", "a b", "n", ["act0"])] == told(report)
        assert (3, 2) == (report.size_before, report.size_after)

    def test_absorbed_from_outside(self) -> None:
        """A member that merges with a unit of no cluster goes on; the other was absorbed."""
        report = change({"a": "A", "x": ""}, succession(Link("a", "n"), Link("x", "n"), new="n", cluster="A"))
        assert [("retained", "a", "n", ["act0"]), ("absorbed from outside", "x", "n", ["act0"])] == told(report)

    def test_absorbed_from_another_cluster_is_seen_from_both(self) -> None:
        """Where clusters meet in a merger, one absorbs and from the other it moved."""
        merger = succession(Link("a", "n"), Link("b", "n"), new="n", cluster="A")
        report = change({"a": "A", "b": "B"}, merger)
        assert ("B",) == report.of("absorbed from outside")[0].clusters
        other = change({"a": "A", "b": "B"}, merger, cluster="B")
        assert [("moved to another cluster", "b", "n", ["act0"])] == told(other)
        assert ("A",) == other.entries[0].clusters

    def test_joined_left_moved(self) -> None:
        """Changes of membership alone, with the act of each."""
        report = change(
            {"a": "A", "b": "A", "c": "", "d": "B"},
            Change("a", "member:e", None),
            Change("b", "member:e", "B"),
            Change("c", "member:e", "A"),
            Change("d", "member:e", "A"),
        )
        assert [
            ("joined", "c", "c", ["act2"]),
            ("joined", "d", "d", ["act3"]),
            ("left", "a", "a", ["act0"]),
            ("moved to another cluster", "b", "b", ["act1"]),
        ] == told(report)
        assert [("B",)] == [e.clusters for e in report.of("joined") if e.clusters]

    def test_ended_names_the_closing_act_at_the_end_of_a_chain(self) -> None:
        """A member without successor ended, by all acts that led there."""
        report = change({"a": "A", "b": "A"}, succession(Link("a", "n"), new="n", cluster="A"), Closure("n"))
        assert [("retained", "b", "b", []), ("ended", "a", "", ["act0", "act1"])] == told(report)

    def test_divided_within_and_out(self) -> None:
        """A divided member: its parts in the cluster, and the part that left."""
        links = Link("a", "x", "part"), Link("a", "y", "part"), Link("a", "z", "part")
        joins = tuple(Change(unit, "member:e", "A") for unit in "xy")
        # Complete: else the third part would be in the cluster of what it was part of.
        report = change({"a": "A"}, evolve(succession(*links, new="x y z", changes=joins), complete=True))
        assert [("divided within", "a", "x y", ["act0"]), ("left", "a", "z", ["act0"])] == told(report)
        assert ["part", "part"] == [entry.extent for entry in report.entries]

    def test_same_day_chain(self) -> None:
        """A member merged twice on one day is told once, with both acts."""
        report = change(
            {"a": "A", "b": "A", "c": "A"},
            succession(Link("a", "m"), Link("b", "m"), new="m", cluster="A"),
            succession(Link("m", "n"), Link("c", "n"), new="n", cluster="A"),
        )
        assert [("merged within", "a b c", "n", ["act0", "act1"])] == told(report)

    def test_a_cover_knows_where_one_was_before(self) -> None:
        """In a cover, leaving one cluster while staying in another is leaving, not moving."""
        report = change({"a": "A B"}, Change("a", "member:e", None, "A"), cover=True)
        assert [("left", "a", "a", ["act0"])] == told(report)

    def test_clusters_formed_and_dissolved(self) -> None:
        """A cluster of only one of the days is told with the act that made or ended it."""
        history = History().enact(
            start({"a": "A", "b": "B"}),
            Act("d", AFTER, [Change("b", "member:e", "A"), Closure("B"), Creation(Cluster("C", "e"))]),
        )
        report = changes(history, BEFORE, AFTER)
        assert "d" == report.of("B").dissolved.id == report.of("C").formed.id  # type: ignore[union-attr]
        assert report.of("A").formed is None
        assert report.of("A").dissolved is None
        with pytest.raises(UnknownUnit, match="'Z'"):
            report.of("Z")


class TestOffices:
    ROLES = (Change("a", "member:e", "A"),)

    def offices(self, *events: Event, until: str | None = None) -> ClusterChange:
        roles = (
            Change("A", "role", "a", ("leader", 1)),
            Change("A", "role", "b", ("deputy", 1)),
            Change("A", "role", "c", ("deputy", 2)),
        )
        return change({"a": "A", "b": "A", "c": "A"}, *events, more=roles)

    def test_leader_merged_away_is_told_with_its_successor(self) -> None:
        """Who follows is a decision; who could is told, with the act that ended the holder."""
        report = self.offices(succession(Link("a", "n"), Link("b", "n"), new="n", cluster="A"))
        assert [("leader", "a", ("n",), ["act0"]), ("deputy", "b", ("n",), ["act0"])] == [
            (o.role, o.unit, o.successors, [act.id for act in o.acts]) for o in report.lapsed
        ]
        assert ("a", ("b", "c")) == (report.leader_before, report.deputies_before)
        assert ("a", ("b", "c")) == (report.leader_after, report.deputies_after)

    def test_leader_closed_has_no_successor(self) -> None:
        """A holder that was closed is told with nobody to follow."""
        (office,) = self.offices(Closure("a")).lapsed
        assert ((), ["act0"]) == (office.successors, [act.id for act in office.acts])

    def test_a_leader_from_outside_the_cluster(self) -> None:
        """A holder need not be a member; its successor is told all the same."""
        roles = (Change("A", "role", "x", ("leader", 1)),)
        report = change({"a": "A", "x": "", "y": ""}, succession(Link("x", "n"), Link("y", "n"), new="n"), more=roles)
        assert [("x", ("n",))] == [(office.unit, office.successors) for office in report.lapsed]

    def test_new_leader_and_unknown_are_told_apart(self) -> None:
        """A new holder is a change, and so is not to know who it is; a vacant seat is neither."""
        named = self.offices(Change("A", "role", "b", ("leader", 1)))
        assert ("a", "b") == (named.leader_before, named.leader_after)
        assert named.changed
        assert Absent.VACANT is self.offices(Change("A", "role", Absent.VACANT, ("leader", 1))).leader_after
        assert Absent.UNKNOWN is self.offices(Change("A", "role", None, ("leader", 1))).leader_after


class TestReading:
    HISTORY = History().enact(
        start({"a": "A", "b": "A", "c": "A", "d": "B", "x": ""}, more=(Change("A", "role", "a", ("leader", 1)),)),
        Act("m", AFTER, [succession(Link("a", "n"), Link("b", "n"), new="n", cluster="A")], Source("202/2025")),
        Act("k", AFTER, [Change("c", "member:e", "B"), Change("x", "member:e", "A"), Closure("d")], Source("a notice")),
    )

    def test_text_names_units_and_sources(self) -> None:
        """One line for each thing that happened, with names and the sources of the acts."""
        assert (
            "Cluster A: 3 -> 2 members\n"
            "merged within             A + B -> N  [202/2025]\n"
            "joined                    X  [a notice]\n"
            "moved to another cluster  C (in B)  [a notice]\n"
            "leader ended: A; succeeded by N  [202/2025]"
        ) == str(changes(self.HISTORY, BEFORE, AFTER).of("A"))

    def test_flows_between_clusters(self) -> None:
        """From which cluster to which, in units of both days, with None for outside."""
        report = changes(self.HISTORY, BEFORE, AFTER)
        assert [("A", "A", 2, 1), ("A", "B", 1, 1), ("B", None, 1, 0), (None, "A", 1, 1)] == [
            (flow.old, flow.new, flow.before, flow.after) for flow in report.flows("e")
        ]
        with pytest.raises(UnknownUnit, match="'f'"):
            report.flows("f")

    def test_nothing_between_a_day_and_itself(self) -> None:
        """From a day to the same day every member is retained."""
        for report in changes(self.HISTORY, AFTER, AFTER):
            assert {"retained"} >= {entry.what for entry in report.entries}
            assert not report.changed

    def test_backwards_is_refused(self) -> None:
        """Causes run forward: the later day first is refused."""
        with pytest.raises(Refused, match="before"):
            changes(self.HISTORY, AFTER, BEFORE)


def rows(report: ClusterChanges) -> list[Any]:
    return sorted(
        (
            {**row, "before": sorted(row["before"]), "after": sorted(row["after"])}
            for row in report.table()
        ),
        key=repr,
    )  # fmt: skip


@st.composite
def corrected(draw: st.DrawFn) -> History:
    """A history with some of its acts' memberships corrected, and perhaps an act cancelled."""
    acts = draw(histories.acts(clusters=True))
    history = History().enact(*acts)
    for number in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(acts) - 1))
        old = acts[at]
        cluster = draw(st.sampled_from(histories.CLUSTERS["e"]))

        def other(change: Change, cluster: str = cluster) -> Change:
            same = change.track != "member:e" or change.value is None
            return change if same else Change(change.subject, change.track, cluster)

        events = [
            other(event)
            if isinstance(event, Change)
            else evolve(event, changes=[other(c) for c in event.changes])
            if isinstance(event, Succession)
            else event
            for event in old.events
        ]
        new = Act(old.id, old.effective, events, old.source)
        history = history.correct(old.id, new, reason=f"misprint {number}")
        acts = [*acts[:at], new, *acts[at + 1 :]]
    if draw(st.booleans()):
        loose = [act for act in acts if all(isinstance(event, Change) for event in act.events)]
        if loose:
            history = history.cancel(draw(st.sampled_from(loose)).id, reason="never happened")
    return history


def test_the_laws_hold_of_corrected_histories() -> None:
    """E14, L7: on chains of one day, over divisions, and where memberships were corrected or an act was cancelled."""
    laws.check("E14", "L7", histories=corrected())


@pytest.mark.parametrize("figures", [{}, {"members": 5}])
def test_a_member_whose_last_ground_ended_goes_on(figures):
    """A province without communes is the province that it was; to itself only, whatever it holds."""
    rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn", **figures}]
    rows += [{"id": "c", "kind": "commune", "parent": "p"}, {"id": "q", "kind": "province", "parent": "vn"}]
    founding = [om.Creation(om.Clustering("g")), om.Creation(om.Cluster("g1", "g")), om.Change("p", "member:g", "g1")]
    history = om.history_of(rows, day="2025-01-01").enact(
        om.Act("clusters", "2025-01-02", founding, om.Source("x")),
        om.Act("end", "2025-07-01", [om.Closure("c")], om.Source("x")),
    )
    told = [
        (row["what"], row["before"], row["after"])
        for row in history.cluster_changes("2025-01-02", "2025-07-01").table()
    ]
    assert told == [("retained", ["p"], ["p"])]


def test_an_officer_of_a_kind_that_stands_below_itself_has_a_successor():
    """A leader all of whose ground is in a unit of its own kind below it is replaced: the report says by whom."""
    rows = [{"id": "top", "kind": "group"}, {"id": "a", "kind": "group", "parent": "top"}]
    rows += [{"id": "b", "kind": "group", "parent": "a"}]
    seats = [om.Creation(om.Clustering("g")), om.Creation(om.Cluster("g1", "g")), om.Change("a", "member:g", "g1")]
    seats += [om.Change("g1", "role", "a", ("leader", 1))]
    history = om.history_of(rows, day="2025-01-01").enact(om.Act("seats", "2025-01-02", seats, om.Source("x")))
    with history.draft("2025-06-01") as act:
        act.split_off("a", om.Unit("c"))
    history = history.enact(act)
    with history.draft("2025-07-01") as act:
        act.replace("a", om.Unit("heir"))
    history = history.enact(act)

    def lapsed(day: str) -> list[Any]:
        change = history.cluster_changes(day, "2025-07-01").of("g1")
        return [(office.unit, set(office.successors)) for office in change.lapsed]

    assert lapsed("2025-01-02") == [("a", {"heir", "c"})]
    # What was split off before the first day is no successor in the report of these days.
    assert lapsed("2025-06-30") == [("a", {"heir"})]


@pytest.mark.parametrize("below", [[], [{"id": "b", "kind": "group", "parent": "a"}]])
def test_a_member_without_ground_of_its_own_that_takes_over_is_retained(below):
    """It is the member that it was, and what it took over came from outside."""
    rows = [{"id": "top", "kind": "group"}, *({"id": unit, "kind": "group", "parent": "top"} for unit in "ac"), *below]
    founding = [om.Creation(om.Clustering("g")), om.Creation(om.Cluster("g1", "g")), om.Change("a", "member:g", "g1")]
    history = om.history_of(rows, day="2025-01-01").enact(om.Act("clusters", "2025-01-02", founding, om.Source("x")))
    with history.draft("2025-07-01") as act:
        act.take_over("a", ["c"], cluster="g1")
    table = history.enact(act).cluster_changes("2025-01-02", "2025-07-01").table()
    told = {row["what"]: (row["before"], row["after"]) for row in table}
    assert told == {"retained": (["a"], ["a"]), "absorbed from outside": (["c"], ["a"])}
