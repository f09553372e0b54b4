"""A history as a graph whose nodes and edges have times: networkx, dynamic GEXF for Gephi; and graphs as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from orgmodel.history.history import History
from orgmodel.history.lineage import DatedLink
from orgmodel.io.files import FileLike, write_text
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "to_dot",
    "to_mermaid",
    "to_networkx",
    "write_dynamic_gexf",
]

ABOVE: Final = "above"
MEMBER: Final = "member"


@strict
def to_networkx(history: History) -> nx.MultiDiGraph[str]:
    """A frozen graph of all units and clusters that ever were, with intervals.

    Nodes are ids, with ``name``, ``code`` and ``kind`` as last known, ``start`` and ``end``. Edges go from parent to child
    (``type`` ``above``, with ``hierarchy``), from cluster to member (``member``), each with ``start`` and ``end``, and
    from a unit to what it became (``merger``, ``takeover``, ...), with ``day`` and ``extent``; all with their ``act``.
    Days are ISO texts; ``end`` is the first day without it, and is left out where there is none.

    >>> from orgmodel.history.history import history_of
    >>> graph = to_networkx(history_of([{"id": "p"}, {"id": "c", "parent": "p"}], day="2025-07-01"))
    >>> list(graph.edges(data="start"))
    [('p', 'c', '2025-07-01')]
    """
    import networkx as nx

    frames = history.frames()
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        first=None if history.first_day is None else history.first_day.isoformat(),
        last=None if history.last_day is None else history.last_day.isoformat(),
    )
    for row in frames["units"].rows:
        graph.add_node(row["unit"], **_without_none(row, "name", "code", "kind"), **_span(row))
    for row in frames["clusters"].rows:
        if row["clustering"] is not None:
            graph.add_node(row["cluster"], kind="cluster", **_without_none(row, "name", "clustering"), **_span(row))
    for row in frames["parents"].rows:
        if row["parent"] is not None:
            graph.add_edge(
                row["parent"], row["unit"], type=ABOVE, hierarchy=row["hierarchy"], act=row["act"], **_span(row)
            )
    for row in frames["members"].rows:
        graph.add_edge(row["cluster"], row["unit"], type=MEMBER, act=row["act"], **_span(row))
    for row in frames["links"].rows:
        graph.add_edge(
            row["old"], row["new"], type=row["type"], day=row["day"].isoformat(), extent=row["extent"], act=row["act"]
        )
    frozen: nx.MultiDiGraph[str] = nx.freeze(graph)
    return frozen


def _without_none(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names if row.get(name) is not None}


def _span(row: Any) -> dict[str, str]:
    return {name: row[name].isoformat() for name in ("start", "end") if row[name] is not None}


@strict
def write_dynamic_gexf(history: History, file: FileLike, *, hierarchy: str = tracks.MAIN) -> None:
    """Writes a history as dynamic GEXF 1.3, which Gephi shows with a timeline.

    Units and the edges from parent to child have spells, names and kinds have times. In GEXF the end of a spell is its
    last day, and so it is here.

    Args:
        history: the history.
        file: a path, or a file open for text.
        hierarchy: which hierarchy.

    >>> import io
    >>> from orgmodel.history.history import history_of
    >>> out = io.StringIO()
    >>> write_dynamic_gexf(history_of([{"id": "vn", "name": "Việt Nam"}], day="2025-07-01"), out)
    >>> '<spell start="2025-07-01" />' in out.getvalue()
    True
    """
    root = Element("gexf", xmlns="http://gexf.net/1.3", version="1.3")
    graph = SubElement(
        root, "graph", mode="dynamic", defaultedgetype="directed", timeformat="date", timerepresentation="interval"
    )
    attributes = SubElement(graph, "attributes", {"class": "node", "mode": "dynamic"})
    for number, title in enumerate(_ATTRIBUTES):
        SubElement(attributes, "attribute", id=str(number), title=title, type="string")
    frames = history.frames()
    values: dict[str, list[tuple[int, Any]]] = {}
    for row in frames["facts"].rows:
        if row["track"] in _ATTRIBUTES:
            values.setdefault(row["unit"], []).append((_ATTRIBUTES.index(row["track"]), row))
    nodes = SubElement(graph, "nodes")
    placed = {row["unit"] for row in frames["parents"].rows if row["hierarchy"] == hierarchy}
    for unit, rows in _grouped((row["unit"], row) for row in frames["units"].rows if row["unit"] in placed):
        node = SubElement(nodes, "node", id=unit, label=rows[-1]["name"])
        dated = SubElement(node, "attvalues")
        for number, row in values.get(unit, ()):
            SubElement(dated, "attvalue", {"for": str(number), "value": row["value"], **_days(row)})
        _spells(node, rows)
    edges = SubElement(graph, "edges")
    stretches = [row for row in frames["parents"].rows if row["hierarchy"] == hierarchy and row["parent"] is not None]
    pairs = _grouped(((row["parent"], row["unit"]), row) for row in stretches)
    for number, ((parent, unit), rows) in enumerate(pairs):
        edge = SubElement(edges, "edge", id=str(number), source=parent, target=unit)
        _spells(edge, rows)
    indent(root)
    write_text(file, f"<?xml version='1.0' encoding='utf-8'?>\n{tostring(root, encoding='unicode')}\n")


_ATTRIBUTES: Final = ("name", "code", "kind", "category")


def _grouped(pairs: Iterator[tuple[Any, Any]]) -> list[tuple[Any, list[Any]]]:
    groups: dict[Any, list[Any]] = {}
    for key, row in pairs:
        groups.setdefault(key, []).append(row)
    return list(groups.items())


def _spells(element: Element, rows: Sequence[Any]) -> None:
    spells = SubElement(element, "spells")
    for row in rows:
        SubElement(spells, "spell", _days(row))


def _days(row: Any) -> dict[str, str]:
    end: dt.date | None = row["end"]
    last = {} if end is None else {"end": (end - ONE_DAY).isoformat()}
    return {"start": row["start"].isoformat(), **last}


# ---- as text


@strict
def to_mermaid(
    shown: Structure | History, unit: str | None = None, *, depth: int | None = None, hierarchy: str = tracks.MAIN
) -> str:
    """A hierarchy, or what a unit came from and became, as a Mermaid flowchart for Markdown.

    Args:
        shown: a day, for the hierarchy; a history, for the way of a unit.
        unit: the top of what is shown, the root if None; of a history, the unit whose way is drawn.
        depth: how many levels of a hierarchy are shown; all if None.
        hierarchy: which hierarchy.

    >>> from orgmodel.history.history import structure_of
    >>> print(to_mermaid(structure_of([{"id": "p", "name": "P"}, {"id": "c", "parent": "p"}], day="2025-07-01")))
    flowchart TD
        n0["P"]
        n1["c"]
        n0 --> n1
    """
    nodes, edges = _drawn(shown, unit, depth, hierarchy)
    lines = [f"flowchart {'TD' if isinstance(shown, Structure) else 'LR'}"]
    lines += [f'    n{number}["{_mermaid(label)}"]' for number, label in enumerate(nodes.values())]
    at = {node: number for number, node in enumerate(nodes)}
    for old, new, label in edges:
        arrow = f'-- "{_mermaid(label)}" -->' if label else "-->"
        lines.append(f"    n{at[old]} {arrow} n{at[new]}")
    return "\n".join(lines)


def _mermaid(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;").replace("\n", " ")


@strict
def to_dot(
    shown: Structure | History, unit: str | None = None, *, depth: int | None = None, hierarchy: str = tracks.MAIN
) -> str:
    """The same as DOT, for Graphviz: takes the arguments of :func:`to_mermaid`.

    >>> from orgmodel.history.history import structure_of
    >>> print(to_dot(structure_of([{"id": "p", "name": "P"}, {"id": "c", "parent": "p"}], day="2025-07-01")))
    digraph {
        "p" [label="P"];
        "c" [label="c"];
        "p" -> "c";
    }
    """
    nodes, edges = _drawn(shown, unit, depth, hierarchy)
    lines = ["digraph {"]
    if isinstance(shown, History):
        lines.append("    rankdir=LR;")
    lines += [f"    {_dot(node)} [label={_dot(label)}];" for node, label in nodes.items()]
    for old, new, label in edges:
        lines.append(f"    {_dot(old)} -> {_dot(new)}{f' [label={_dot(label)}]' if label else ''};")
    return "\n".join([*lines, "}"])


def _dot(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _drawn(
    shown: Structure | History, unit: str | None, depth: int | None, hierarchy: str
) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Node -> label, and the edges as (from, to, label): of a hierarchy, or of the links before and after a unit."""
    if isinstance(shown, Structure):
        return _hierarchy(shown, unit, depth, hierarchy)
    links = shown.lineage.links() if unit is None else _links_around(shown, unit)
    called = shown.at(shown.last_day).called if shown.last_day is not None else str
    ends = [*filter(None, [unit]), *(end for link in links for end in (link.old, link.new))]
    edges = [
        (link.old, link.new, f"{link.day} {link.type}{', part' if link.extent == 'part' else ''}") for link in links
    ]
    return {end: called(end) for end in ends}, edges


def _hierarchy(
    structure: Structure, unit: str | None, depth: int | None, hierarchy: str
) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The nodes and edges of a hierarchy, level by level, from a unit or the root down."""
    top = structure.root(hierarchy) if unit is None else structure.unit(unit).id
    nodes, edges = {top: structure.called(top)}, []
    level = [top]
    while level and (depth is None or depth > 0):
        below = [(above, child) for above in level for child in structure.children(above, hierarchy)]
        nodes |= {child: structure.called(child) for _, child in below}
        edges += [(above, child, "") for above, child in below]
        level, depth = [child for _, child in below], None if depth is None else depth - 1
    return nodes, edges


def _links_around(history: History, unit: str) -> list[DatedLink]:
    """The links that lead to a unit and on from it, in order of the events."""
    # Refuses an unknown unit; one without links has an empty picture.
    history.life(unit)
    links = {(link.old, link.new, link.seq): link for way in (True, False) for link in _followed(history, unit, way)}
    return sorted(links.values(), key=lambda link: link.seq)


def _followed(history: History, unit: str, forward: bool) -> Iterator[DatedLink]:
    """The links that lead on from a unit, or back, each after the one before it in time."""
    lineage = history.lineage
    todo, visited = [(unit, -1 if forward else 2**63)], set[tuple[str, int]]()
    while todo:
        at, seq = todo.pop()
        for link in lineage.links(old=at) if forward else lineage.links(new=at):
            if link.seq <= seq if forward else link.seq >= seq:
                continue
            yield link
            other = link.new if forward else link.old
            if other != at and (other, link.seq) not in visited:
                visited.add((other, link.seq))
                todo.append((other, link.seq))
