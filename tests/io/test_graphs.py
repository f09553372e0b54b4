"""Graphs: networkx in and out, GEXF and GraphML as networkx itself reads them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given

import orgmodel as om
from orgmodel.io.graphs import from_networkx, write_gexf, write_graphml
from orgmodel.testing.strategies import structures

DAY = "2025-07-01"


def sample() -> om.Structure:
    rows = [
        {"id": "vn", "name": "Việt Nam", "kind": "centre"},
        {"id": "24", "parent": "vn", "name": "Bắc Ninh & <Bắc Giang>", "code": "24", "members": 5},
        {"id": "x", "parent": "vn", "members": om.Quantity(1800, "about")},
    ]
    return om.structure_of(rows, day=DAY)


@given(structures(max_clusters=0))
def test_from_networkx_inverts_to_networkx(structure: om.Structure) -> None:
    """The graph of a structure makes the structure again."""
    again = from_networkx(structure.to_networkx(), schema=structure.schema, measures=structure.measures.values())
    assert again.day == structure.day
    assert {unit.id: unit for unit in again.units()} == {unit.id: unit for unit in structure.units()}
    assert again.stated("members") == structure.stated("members")


@pytest.mark.parametrize(("write", "read"), [(write_gexf, nx.read_gexf), (write_graphml, nx.read_graphml)])
def test_files_are_what_networkx_reads(write: Callable[..., None], read: Callable[..., Any], tmp_path: Path) -> None:
    """A written file has the nodes, edges and attributes, in readable letters, and is the same each time."""
    write(sample(), tmp_path / "a")
    write(sample(), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "Bắc Ninh &amp; &lt;Bắc Giang&gt;" in (tmp_path / "a").read_text(encoding="utf-8")
    graph = read(tmp_path / "a")
    assert set(graph.edges) == {("vn", "24"), ("vn", "x")}
    assert graph.nodes["24"]["name"] == "Bắc Ninh & <Bắc Giang>"
    assert graph.nodes["24"]["code"] == "24"
    assert graph.nodes["vn"]["label"] == "Việt Nam"


def test_gexf_bears_the_day_of_the_structure() -> None:
    """Not the day on which it was written."""
    out = io.StringIO()
    write_gexf(sample(), out)
    assert f'lastmodifieddate="{DAY}"' in out.getvalue()


def test_bad_graphs_are_refused_with_all_faults() -> None:
    """Two parents, ids that are no text, no day: all are told."""
    graph: Any = nx.DiGraph([("a", "c"), ("b", "c"), ("a", 7)])
    with pytest.raises(om.InvalidTable) as caught:
        from_networkx(graph)
    assert [finding.rule for finding in caught.value.findings] == ["day", "one-parent", "id"]
    with pytest.raises(om.InvalidTable, match="stand above itself"):
        from_networkx(nx.DiGraph([("a", "b"), ("b", "a")]), day=DAY)
    with pytest.raises(om.InvalidTable, match="the graph is not directed"):
        from_networkx(nx.Graph([("a", "b")]), day=DAY)
