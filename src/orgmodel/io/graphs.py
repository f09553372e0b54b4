"""Graphs in and out: networkx, GEXF, GraphML.

:meth:`Structure.to_networkx` gives the graph of a structure; here are the way back and
the files that programs such as Gephi and yEd read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, indent, tostring

from orgmodel.errors import Finding, InvalidTable
from orgmodel.history.history import structure_of
from orgmodel.io.files import FileLike, write_text
from orgmodel.model import track as tracks
from orgmodel.model.door import kind_of, refuse, strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.period import DayLike
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "from_networkx",
    "write_gexf",
    "write_graphml",
]


@strict
def from_networkx(
    graph: nx.DiGraph[Any],
    *,
    day: DayLike | None = None,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: Source = Source.unknown,
) -> Structure:
    """The structure that a directed graph describes; the way back from ``to_networkx``.

    Args:
        graph: edges from parent to child. Of a node's attributes ``name``, ``code``,
            ``kind`` and ``category`` are taken as such, any other is a measure.
        day: the day on which it is so; if None, the graph's attribute ``day``.
        schema: kinds and placements.
        measures: declared measures.
        source: where it comes from.

    Raises:
        InvalidTable: with all faults: a unit with two parents, a cycle, two roots, ids
            that are no text, no day.

    >>> import networkx as nx
    >>> graph = nx.DiGraph([("vn", "24")], day="2025-07-01")
    >>> graph.nodes["24"]["name"] = "Bắc Ninh"
    >>> print(from_networkx(graph).tree())
    vn
    └─ Bắc Ninh (24)
    """
    if not hasattr(graph, "is_directed"):
        refuse("a graph of units", f"it is a graph of networkx, not {kind_of(graph)}")
    faults: list[Finding] = []
    day = graph.graph.get("day") if day is None else day
    if day is None:
        faults.append(Finding("day", "the graph says no day; give day="))
    if not graph.is_directed():
        faults.append(Finding("directed", "the graph is not directed; edges must go from parent to child"))
    else:
        for node in graph:
            above = list(graph.predecessors(node))
            if len(above) > 1:
                faults.append(
                    Finding("one-parent", f"{len(above)} parents: {', '.join(map(repr, above))}", (str(node),))
                )
    faults += [
        Finding("id", f"the node {node!r} is a {type(node).__name__}; ids are text")
        for node in graph
        if not isinstance(node, str)
    ]
    if faults or day is None:
        raise InvalidTable("a graph of units", faults)
    rows = [
        {**attributes, "id": node, "parent": next(graph.predecessors(node), None)}
        for node, attributes in graph.nodes(data=True)
    ]
    return structure_of(rows, day=day, schema=schema, measures=measures, source=source)


@strict
def write_gexf(structure: Structure, file: FileLike, *, hierarchy: str = tracks.MAIN) -> None:
    """Writes a hierarchy of a structure as GEXF 1.2, the format of Gephi.

    Args:
        structure: the day.
        file: a path, or a file open for writing.
        hierarchy: which hierarchy.

    >>> import io
    >>> out = io.StringIO()
    >>> write_gexf(structure_of([{"id": "vn", "name": "Việt Nam"}], day="2025-07-01"), out)
    >>> '<node id="vn" label="Việt Nam">' in out.getvalue()
    True
    """
    from networkx.readwrite.gexf import GEXFWriter

    writer = GEXFWriter(_simple(structure, hierarchy), version="1.2draft")
    # networkx writes today's day into the file, but equal structures must give equal files.
    for meta in writer.xml.iter("meta"):
        meta.set("lastmodifieddate", structure.day.isoformat())
    _write_xml(file, writer.xml)


@strict
def write_graphml(structure: Structure, file: FileLike, *, hierarchy: str = tracks.MAIN) -> None:
    """Writes a hierarchy of a structure as GraphML, which yEd, Gephi and igraph read.

    Args:
        structure: the day.
        file: a path, or a file open for writing.
        hierarchy: which hierarchy.

    >>> import io
    >>> out = io.StringIO()
    >>> write_graphml(structure_of([{"id": "vn", "name": "Việt Nam"}], day="2025-07-01"), out)
    >>> '>Việt Nam</data>' in out.getvalue()
    True
    """
    from networkx.readwrite.graphml import GraphMLWriter

    writer = GraphMLWriter(_simple(structure, hierarchy))
    _write_xml(file, writer.xml)


def _write_xml(file: FileLike, root: Element) -> None:
    # The writers of networkx spell every Vietnamese letter as a number; this keeps the letters.
    indent(root)
    write_text(file, f"<?xml version='1.0' encoding='utf-8'?>\n{tostring(root, encoding='unicode')}\n")


def _simple(structure: Structure, hierarchy: str) -> nx.DiGraph[str]:
    """The graph with attributes that both formats know: numbers and text."""
    import networkx as nx

    graph = structure.to_networkx(hierarchy)
    plain: nx.DiGraph[str] = nx.DiGraph(name=f"{hierarchy} on {structure.day}")
    # Both formats give an attribute one type for all nodes, so one "about 1800" makes it text everywhere.
    types: dict[str, set[type]] = {}
    for _, attributes in graph.nodes(data=True):
        for name, value in attributes.items():
            types.setdefault(name, set()).add(type(value))
    as_numbers = {name: int if kinds == {int} else float for name, kinds in types.items() if kinds <= {int, float}}
    for node, attributes in graph.nodes(data=True):
        plain_attributes = {name: as_numbers.get(name, str)(value) for name, value in attributes.items()}
        plain.add_node(node, label=attributes.get("name") or node, **plain_attributes)
    plain.add_edges_from(graph.edges)
    return plain
