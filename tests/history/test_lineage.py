"""Lineage: successors and predecessors over stages of units, and their graph."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.party import vietnam
from orgmodel.testing.strategies import histories


def provinces() -> om.History:
    """Land goes to and fro, a unit is divided, two merge, one is closed and re-established."""
    history = om.history_of([{"id": "r"}, *({"id": u, "parent": "r"} for u in "abcd")], day="1990-01-01")

    def link(old: str, new: str, extent: str = "whole") -> om.Link:
        return om.Link(old, new, "part" if extent == "part" else "whole")

    give = [link("a", "b", "part"), link("a", "a", "part"), link("b", "b")]
    back = [link("b", "a", "part"), link("b", "b", "part"), link("a", "a")]
    split = om.Succession(
        [link("c", "c1", "part"), link("c", "c2", "part")],
        created=[om.Unit("c1", parent="r"), om.Unit("c2", parent="r")],
    )
    merge = om.Succession([link("b", "a"), link("a", "a"), link("c1", "a")])
    return history.enact(
        om.Act("give", "1991-01-01", [om.Succession(give)]),
        om.Act("back", "1992-01-01", [om.Succession(back)]),
        om.Act("split", "1993-01-01", [split]),
        om.Act("merge", "1994-01-01", [merge]),
        om.Act("close", "1995-01-01", [om.Closure("d")]),
        om.Act("again", "1996-01-01", [om.Creation(om.Unit("e", parent="r"), reestablishes="d")]),
    )


def test_successors_and_predecessors():
    """Direct ones, final ones, and those that live on a day; a unit that goes on is its own successor."""
    lineage = provinces().lineage
    assert lineage.successors("c", direct=True) == ("c1", "c2")
    assert lineage.successors("c") == ("c2", "a")
    assert lineage.successors("c", on="1993-06-01") == ("c1", "c2")
    assert lineage.successors("c", on="1992-06-01") == ("c",)
    assert lineage.successors("a") == ("a",)
    assert lineage.successors("a", on="1991-06-01") == ("a", "b")
    assert lineage.successors("d", on="1995-06-01") == ()
    assert lineage.successors("d") == ("e",)
    assert lineage.predecessors("a", direct=True) == ("b", "c1")
    assert lineage.predecessors("a", on="1993-06-01") == ("a", "b", "c1")
    assert set(lineage.predecessors("a", on="1990-06-01")) == {"a", "b", "c"}
    assert lineage.predecessors("c1") == ("c",)
    assert lineage.predecessors("r") == ("r",)
    assert lineage.predecessors("e") == ("d",)
    for question in (lineage.successors, lineage.predecessors, lineage.links):
        with pytest.raises(om.UnknownUnit):
            question("nobody")


def test_land_to_and_fro_makes_no_cycle():
    """The graph is of stages: it has no cycle, though units gave land to each other."""
    history = provinces()
    graph = history.lineage.graph()
    assert nx.is_directed_acyclic_graph(graph)
    assert set(graph.nodes) >= {("a", 0), ("a", 1), ("a", 2), ("a", 3), ("b", 2), ("c", 0), ("c1", 0), ("e", 0)}
    assert graph.number_of_edges() == len(history.lineage.links())
    edges = {(old, new): data["type"] for old, new, data in graph.edges(data=True)}
    assert edges[("c", 0), ("c1", 0)] == "breakdown"
    assert edges[("b", 2), ("a", 3)] == "takeover"
    assert edges[("d", 0), ("e", 0)] == "re-establishment"
    with pytest.raises(nx.NetworkXError):
        graph.add_node("x")


def test_a_unit_may_go_on_through_two_events_of_one_act():
    """Each link names its own event, though old and new unit are the same in both."""
    history = om.history_of([{"id": "r"}, *({"id": u, "parent": "r"} for u in "abc")], day="2025-01-01")
    events = [om.Succession([om.Link(taken, "a"), om.Link("a", "a")]) for taken in "bc"]
    links = history.enact(om.Act("x", "2025-02-01", events)).lineage.links("a", "a")
    assert [link.event for link in links] == [0, 1]


def test_links_tell_their_event():
    """Each link has its day, act, place and type; those of one event share a sequence number."""
    lineage = provinces().lineage
    links = lineage.links()
    assert [link.seq for link in links] == sorted(link.seq for link in links)
    assert {link.type for link in links} == {"transfer", "breakdown", "takeover", "re-establishment"}
    into = lineage.links(new="a")
    assert [(link.old, str(link.day), link.event) for link in into if link.type == "takeover"] == [
        ("a", "1994-01-01", 0),
        ("b", "1994-01-01", 0),
        ("c1", "1994-01-01", 0),
    ]
    assert lineage.links("c", "c2") == tuple(link for link in links if (link.old, link.new) == ("c", "c2"))
    assert str(lineage.links("c", "c1")[0]) == "1993-01-01 c -> c1 (part): breakdown [source unknown]"
    shared = om.Link("a", "b", "part", {"members": "1/3"})
    assert (shared.share("members"), shared.share("cells")) == (1 / om.model.measure.Fraction(3), None)


def test_the_reform_in_lineage():
    """Every commune of the eve has successors on the day; every one of the day comes from the eve."""
    history = vietnam.reform_2025()
    before, after = history.at("2025-06-30"), history.at("2025-07-01")
    lineage = history.lineage
    found: set[str] = set()
    for unit in before.select("commune"):
        heirs = lineage.successors(unit, on="2025-07-01")
        assert heirs
        assert all(heir in after for heir in heirs)
        found.update(heirs)
    islands = {u for u in after.select("commune") if u not in found}
    assert len(islands) == 5
    assert all(before.unit(lineage.predecessors(u, direct=True)[0]).kind == "district" for u in islands)
    assert nx.is_directed_acyclic_graph(lineage.graph())


@given(histories(max_moves=4), st.data())
def test_a_name_in_place_of_an_id_is_answered_with_its_bearers(history: om.History, data: st.DataObject) -> None:
    """Whoever ever bore it, on whatever day: a similar name of the last day is of somebody else."""
    bearers: dict[str, set[str]] = {}
    for unit in history.units_ever():
        for fact in history.biography(unit):
            # A name of no day was borne by nobody, and one that is an id is the id.
            if fact.track == "name" and fact.value and fact.start != fact.end and fact.value not in history.unit_ids():
                bearers.setdefault(fact.value, set()).add(unit)
    if not bearers:
        return
    name = data.draw(st.sampled_from(sorted(bearers)))
    for question in (history.life, history.biography, history.lineage.successors):
        with pytest.raises(om.UnknownUnit) as refused:
            question(name)
        assert set(refused.value.near) & bearers[name]
