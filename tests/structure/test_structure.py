"""Structure: what can be asked about one day, against plain walks over a small table."""

from __future__ import annotations

import pickle

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.rules.invariants import check

ROWS = [
    {"id": "vn", "kind": "centre", "name": "Việt Nam"},
    {"id": "p24", "parent": "vn", "kind": "province", "name": "Bắc Ninh", "code": "24", "category": "tỉnh"},
    {"id": "p01", "parent": "vn", "kind": "province", "name": "Hà Nội", "code": "01", "category": "thành phố"},
    {"id": "c1", "parent": "p24", "kind": "commune", "name": "Đông Tiến", "members": 12},
    {"id": "c2", "parent": "p24", "kind": "commune", "name": "Hà Nội", "members": 2},
    {"id": "c3", "parent": "p01", "kind": "commune"},
]


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, object]]:
    """Rows of units, each under one of those before it."""
    count = draw(st.integers(1, 25))
    rows: list[dict[str, object]] = []
    for number in range(count):
        parent = f"u{draw(st.integers(0, number - 1))}" if number else None
        members = draw(st.none() | st.integers(0, 50))
        rows.append({"id": f"u{number}", "parent": parent, "kind": draw(st.sampled_from("abc")), "members": members})
    return rows


def small() -> om.Structure:
    return om.structure_of(ROWS, day="2025-07-01")


@given(trees())
def test_agrees_with_networkx(rows: list[dict[str, object]]):
    """Parents, children, paths, descendants, depths and totals are those of the same tree in networkx."""
    structure = om.structure_of(rows, day="2025-07-01")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(str(row["id"]) for row in rows)
    graph.add_edges_from((str(row["parent"]), str(row["id"])) for row in rows if row["parent"] is not None)
    members = {str(row["id"]): row["members"] for row in rows}
    assert check(structure) == ()
    assert structure.root() == "u0"
    assert list(structure) == list(nx.dfs_preorder_nodes(graph, "u0", sort_neighbors=lambda n: sorted(n, key=_number)))
    assert set(structure.to_networkx().edges) == set(graph.edges)
    for unit in graph:
        below = nx.descendants(graph, unit)
        assert set(structure.children(unit)) == set(graph.successors(unit))
        assert structure.path(unit) == tuple(nx.shortest_path(graph, "u0", unit))
        assert structure.depth(unit) == len(structure.ancestors(unit))
        assert set(structure.descendants(unit)) == below == set(structure.select(under=unit))
        known = [members[u] for u in {unit, *below} if members[u] is not None]
        assert structure.total("members", unit).value == (sum(known) if known else None)
    assert structure.counts() == {kind: n for kind in "abc" if (n := sum(row["kind"] == kind for row in rows))}


def _number(unit: str) -> int:
    return int(unit[1:])


def test_find_by_id_code_and_name():
    """A name typed without marks finds those that bear them; typed with marks, only the same."""
    structure = small()
    assert [unit.id for unit in structure.find("24")] == ["p24"]
    assert [unit.id for unit in structure.find("dong tien")] == ["c1"]
    assert [unit.id for unit in structure.find("HA NOI")] == ["c2", "p01"]
    assert [unit.id for unit in structure.find("Hà Nội", kind="commune")] == ["c2"]
    assert structure.find("hạ nội") == ()
    assert structure.one("Hà Nội", kind="province").code == "01"
    with pytest.raises(om.Ambiguous, match=r"c2 .*p01"):
        structure.one("Hà Nội")
    with pytest.raises(om.UnknownUnit):
        structure.one("Sài Gòn")


def test_selections_combine():
    """And, or, not; several values of one criterion are alternatives."""
    structure = small()
    few = om.select(kind="commune", measure=("members", "<", 3))
    assert structure.select(few) == ("c2",)
    assert structure.select(~om.select(kind="commune")) == ("vn", "p24", "p01")
    assert structure.select(om.select(kind="province") | om.select(ids=["c3"])) == ("p24", "p01", "c3")
    assert structure.select(om.select(kind=("province", "commune"), under="p24")) == ("c1", "c2")
    assert structure.select(name="ha noi", kind="province") == ("p01",)
    assert structure.select(where=lambda s, u: s.depth(u) == 1) == ("p24", "p01")
    assert structure.count("commune") == 3
    assert structure.count() == len(structure) == 6
    assert [unit.name for unit in structure.units(category="tỉnh")] == ["Bắc Ninh"]
    with pytest.raises(om.Refused, match="is no comparison"):
        om.select(measure=("members", "=<", 3))
    with pytest.raises(om.UnknownUnit):
        structure.select(under="nowhere")


@given(trees(), st.sampled_from("abc"), st.integers(0, 24))
def test_selections_by_arrays_are_those_one_by_one(rows: list[dict[str, object]], kind: str, top: int):
    """What the arrays choose is what each selection says of each unit."""
    structure = om.structure_of(rows, day="2025-07-01", schema=om.Schema(["a", "b", "c"]))
    under = f"u{top % len(rows)}"
    for selection in (
        om.select(kind=kind),
        om.select(under=under),
        ~om.select(kind=kind, under=under),
        om.select(kind=kind) | om.select(ids=[under]),
        om.select(measure=("members", ">=", 10)) & om.select(under=under),
    ):
        assert structure.select(selection) == tuple(u for u in structure if selection.matches(structure, u))


def test_unknown_is_not_zero():
    """A unit that states nothing adds nothing; one that states not to know makes the sum unknown, with bounds."""
    structure = small()
    assert structure.total("members", "p24") == 14
    assert structure.total("members", "p01") == om.UNKNOWN
    assert structure.measure("c3", "members") == om.UNKNOWN
    assert structure.coverage("members", kind="commune") == (2, 3)
    assert structure.totals("members", "province") == {"p24": om.Quantity(14), "p01": om.UNKNOWN}
    rows = [*ROWS[:5], {**ROWS[5], "members": om.Quantity.unknown(low=3, high=9)}]
    bounded = om.structure_of(rows, day="2025-07-01").total("members")
    assert (bounded.value, bounded.low, bounded.high) == (None, 17, 23)
    about = om.structure_of([*ROWS[:5], {**ROWS[5], "members": om.Quantity(5, "about")}], day="2025-07-01")
    assert str(about.total("members")) == "about 19"


def test_only_counts_add_up():
    """A rate has no total."""
    structure = om.structure_of(
        [{"id": "a", "share": 0.5}], day="2025-07-01", measures=[om.Measure("n"), om.Measure("share", "rate", "n")]
    )
    with pytest.raises(om.Ambiguous, match="only counts add up"):
        structure.total("share")


def test_trees_and_reprs_read_well():
    """The text tree shows name, kind and code; long lists are cut and counted."""
    structure = small()
    assert structure.tree(depth=1) == "\n".join(
        [
            "Việt Nam [centre] (vn)",
            "├─ Bắc Ninh [province 24] (p24) (2 below)",
            "└─ Hà Nội [province 01] (p01) (1 below)",
        ]
    )
    assert structure.tree("p24", most=1).endswith("└─ ... and 2 more")
    assert repr(structure) == "<Structure on 2025-07-01: 1 centre, 3 commune, 2 province>"
    for name in ("depth", "most"):
        with pytest.raises(om.Refused, match=f"{name} is -1; it is 0 or more"):
            structure.tree(**{name: -1})
    assert "<td>province</td>" in structure._repr_html_()


def test_networkx_graph_is_frozen_and_tells_the_day():
    """Nodes carry what is stated, and nothing can be changed by accident."""
    graph = small().to_networkx()
    assert graph.nodes["c1"] == {"name": "Đông Tiến", "kind": "commune", "members": 12}
    assert graph.graph == {"day": "2025-07-01", "hierarchy": "main"}
    assert nx.is_arborescence(graph)
    with pytest.raises(nx.NetworkXError):
        graph.add_node("x")


def test_two_hierarchies_have_their_own_roots():
    """Units of another hierarchy stand in it alone; `corresponds_to` ties the two."""
    schema = om.Schema(hierarchies=("main", "state"))
    history = om.history_of(
        [
            {"id": "party"},
            {"id": "state", "hierarchy": "state"},
            {"id": "ubnd", "parent": "state", "hierarchy": "state"},
        ],
        day="2025-01-01",
        schema=schema,
    ).enact(om.Act("t", "2025-01-02", [om.Change("party", "corresponds_to", "ubnd")]))
    structure = history.at("2025-01-02")
    assert (structure.root(), structure.root("state")) == ("party", "state")
    assert structure.descendants("state", "state") == ("ubnd",)
    assert structure.value("party", "corresponds_to") == "ubnd"
    assert list(structure) == ["party", "state", "ubnd"]
    assert check(structure) == ()
    with pytest.raises(om.Refused, match="'church' is none of 'main', 'state'"):
        structure.root("church")


@pytest.mark.parametrize("inside", [(), ("b",), ("b", "c")])
def test_a_unit_outside_a_hierarchy_has_nothing_below_it_there(inside: tuple[str, ...]):
    """Whether or not the tree of the hierarchy is known already, and also where the hierarchy is empty."""
    rows = [{"id": "a", "members": 1}, {"id": "b", "parent": "a", "members": 2}, {"id": "c", "parent": "a"}]
    places = [om.Change(unit, "parent:line", "b" if unit != "b" else "/") for unit in inside]
    history = om.history_of(rows, day="2025-01-01", schema=om.Schema(hierarchies=("main", "line")))
    history = history.enact(om.Act("line", "2025-01-01", places)) if places else history
    for structure in (history.at("2025-01-01"), history.as_recorded(2).at("2025-01-01")):
        for _ in range(2):
            assert structure.descendants("a", "line") == ()
            assert structure.total("members", under="a", hierarchy="line") == om.Quantity(1)
            # Now the tree of the hierarchy is built.
            assert len(structure.depths("line")) == len(inside)
        assert not structure.total("members", under="c", hierarchy="line").is_known


@pytest.mark.parametrize(
    ("rows", "rules"),
    [
        ([{"id": "a"}, {"id": "a"}], ["id-once"]),
        ([{"name": "no id"}], ["id"]),
        ([{"id": "a"}, {"id": "b"}], ["one-root", "one-root"]),
        ([{"id": "a"}, {"id": "b", "parent": "x"}], ["live"]),
        ([{"id": "r"}, {"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}], ["no-cycle"] * 2),
        ([{"id": "r"}, {"id": "a", "parent": "r", "name": "a\u0301"}], ["composed-unicode"]),
        (
            [{"id": "a"}, {"id": "a"}, {"id": "b", "parent": "x"}, {"id": "c"}],
            ["one-root", "id-once", "live", "one-root"],
        ),
    ],
)
def test_bad_tables_name_all_rows(rows: list[dict[str, object]], rules: list[str]):
    """Every fault of a table is told at once, with its row."""
    with pytest.raises(om.InvalidTable) as caught:
        om.structure_of(rows, day="2025-07-01")
    assert [finding.rule for finding in caught.value.findings] == rules
    found = [finding.row for finding in caught.value.findings]
    assert found == sorted(row for row in found if row is not None)


def test_bad_tables_name_the_rows_of_the_input():
    """A row that is left out does not shift the numbers of those after it."""
    rows = [{"id": "a"}, {"id": "a"}, {"id": "b", "parent": "x"}, {"id": "c"}]
    with pytest.raises(om.InvalidTable) as caught:
        om.structure_of(rows, day="2025-07-01")
    assert [(finding.row, finding.rule) for finding in caught.value.findings] == [
        (1, "one-root"),
        (2, "id-once"),
        (3, "live"),
        (4, "one-root"),
    ]


def test_what_was_searched_by_name_can_go_to_another_process():
    """A history, and a structure, that was asked for a name is pickled as before."""
    history = om.history_of([{"id": "a", "name": "A"}, {"id": "b", "name": "B", "parent": "a"}], day="2025-07-01")
    structure = history.at("2025-07-01")
    assert [unit.id for unit in structure.find(name="B")] == ["b"]
    for kept in (structure, history.at("2025-07-01")):
        assert pickle.loads(pickle.dumps(kept)).facts() == structure.facts()
    assert pickle.loads(pickle.dumps(history)).same_facts(history)
