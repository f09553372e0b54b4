"""The organisation on a day as a picture: a tree of lines, or nested boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, mutable

from orgmodel.content.colours import kind_colours
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure
from orgmodel.view.labels import FAINT, LEGEND, check_limit, figure_faults, framed, graph_objects, lighter

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "boxes",
    "org_chart",
]


@mutable
class _Node:
    unit: Unit
    level: int
    children: list[_Node] = field(factory=list)
    hidden: int = 0
    row: float = 0.0


@strict
def org_chart(
    structure: Structure,
    top: str | None = None,
    *,
    depth: int = 2,
    most: int = 12,
    hierarchy: str = tracks.MAIN,
) -> go.Figure:
    """The hierarchy as a tree, the top at the left, one row for each unit that has none below it.

    Args:
        structure: what to show.
        top: where to begin; the root if None.
        depth: how many levels below it to show.
        most: how many children of one unit to show; the rest is counted in a row of its own.
        hierarchy: which hierarchy.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn", "name": "Việt Nam"}, {"id": "24", "parent": "vn"}], day="2025-07-01")
    >>> figure = org_chart(s)
    >>> figure.layout.title.text
    'Việt Nam, 2025-07-01'
    """
    go = graph_objects()
    check_limit("depth", depth, 0)
    check_limit("most", most, 1)
    first = structure.root(hierarchy) if top is None else top
    root = _grown(structure, first, 0, depth, most, hierarchy)
    rows = _placed(root, 0)
    nodes = _walk(root)
    by_kind: dict[str | None, list[_Node]] = {}
    for node in nodes:
        by_kind.setdefault(node.unit.kind, []).append(node)
    shade = kind_colours(structure.schema, by_kind)
    figure = go.Figure()
    figure.add_trace(_lines(root))
    for kind, of_kind in by_kind.items():
        figure.add_trace(_points(structure, kind, of_kind, shade[kind]))
    if more := [node for node in nodes if node.hidden]:
        figure.add_trace(_rests(more))
    title = f"{structure.unit(first, hierarchy).label}, {structure.day}"
    legend = {**LEGEND, "x": 1.0, "xanchor": "right"}
    framed(figure, title, top=80, height=120 + 22 * max(rows, 4), legend=legend, hovermode="closest")
    # The text of the deepest level needs about as much room as one level.
    figure.update_xaxes(visible=False, range=[-0.1, max(node.level for node in nodes) + 1.0])
    figure.update_yaxes(visible=False, autorange="reversed")
    return figure


def _grown(structure: Structure, unit: str, level: int, depth: int, most: int, hierarchy: str) -> _Node:
    """A unit with what is shown below it: down to the depth, and at most so many of each unit's children."""
    node = _Node(structure.unit(unit, hierarchy), level)
    kids = structure.children(unit, hierarchy)
    if level == depth:
        node.hidden = len(kids)
        return node
    shown = kids if len(kids) <= most else kids[: most - 1]
    node.children = [_grown(structure, kid, level + 1, depth, most, hierarchy) for kid in shown]
    node.hidden = len(kids) - len(shown)
    return node


def _placed(node: _Node, row: int) -> int:
    """Set the row of every unit, midway between its children; returns the next free row."""
    first = row
    for child in node.children:
        row = _placed(child, row)
    if node.children and node.hidden:
        row += 1
    if row == first:
        row += 1
    rows = [child.row for child in node.children]
    node.row = (rows[0] + rows[-1]) / 2 if rows else float(first)
    return row


def _walk(node: _Node) -> list[_Node]:
    """A node and all below it, parents first."""
    nodes = [node]
    for child in node.children:
        nodes += _walk(child)
    return nodes


def _rest_row(node: _Node) -> float:
    """The row of the line that says how many children are left out: below everything drawn under the unit."""
    last = node.children[-1]
    while last.children:
        if last.hidden:
            return _rest_row(last) + 1
        last = last.children[-1]
    return last.row + 1


def _lines(root: _Node) -> go.Scatter:
    go = graph_objects()
    x: list[float | None] = []
    y: list[float | None] = []
    for node in _walk(root):
        ends = [child.row for child in node.children]
        if node.children and node.hidden:
            ends.append(_rest_row(node))
        for end in ends:
            # Out of the unit, along the trunk, into the child.
            trunk = node.level + 0.9
            x += [node.level, trunk, trunk, node.level + 1, None]
            y += [node.row, node.row, end, end, None]
    return go.Scatter(
        x=x, y=y, mode="lines", line={"color": FAINT, "width": 1}, hoverinfo="skip", showlegend=False, name=""
    )


def _points(structure: Structure, kind: str | None, nodes: list[_Node], colour: str) -> go.Scatter:
    go = graph_objects()
    return go.Scatter(
        x=[node.level for node in nodes],
        y=[node.row for node in nodes],
        mode="markers+text",
        text=[
            f" {node.unit.label}" + (f" ({node.hidden:,} below)" if node.hidden and not node.children else "")
            for node in nodes
        ],
        # On the line and above it: a long name then crosses no other.
        textposition=["top right" if node.children else "middle right" for node in nodes],
        marker={"color": colour, "size": 9},
        name=structure.schema.kind_name(kind) if kind else "without kind",
        hovertext=[_hover_text(node.unit) for node in nodes],
        hoverinfo="text",
    )


def _rests(nodes: list[_Node]) -> go.Scatter:
    go = graph_objects()
    inner = [node for node in nodes if node.children]
    return go.Scatter(
        x=[node.level + 1 for node in inner],
        y=[_rest_row(node) for node in inner],
        mode="text",
        text=[f" ... and {node.hidden:,} more" for node in inner],
        textposition="middle right",
        textfont={"color": "#777777"},
        hoverinfo="skip",
        showlegend=False,
    )


def _hover_text(unit: Unit) -> str:
    stated = {"kind ": unit.kind, "": unit.category, "code ": unit.code}
    lines = [unit.label, f"id {unit.id}", *(f"{word}{value}" for word, value in stated.items() if value)]
    return "<br>".join(lines)


@strict
def boxes(
    structure: Structure,
    top: str | None = None,
    *,
    measure: str | None = None,
    figures: Mapping[str, float] | None = None,
    depth: int | None = None,
    hierarchy: str = tracks.MAIN,
) -> go.Figure:
    """The hierarchy as nested boxes (a treemap), for more units than a tree can show.

    Args:
        structure: what to show.
        top: where to begin; the root if None.
        measure: what the area of a box stands for: the total of a count in the subtree.
            If None, how many units without children are in it.
        figures: instead of a measure, your own numbers by unit without children, none of them negative; what has
            none is left out.
        depth: how many levels to show at once; all if None.
        hierarchy: which hierarchy.

    Raises:
        Refused: a total is unknown, which a picture must not draw as zero; a figure is negative, not finite or of
            another unit, or all are 0; a measure and figures are both given. Units are named.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2025-07-01")
    >>> boxes(s).data[0].values
    (2, 1, 1)
    """
    go = graph_objects()
    check_limit("depth", depth, 0)
    if measure is not None and figures is not None:
        raise Refused("a picture", [Finding("figures", "give a measure or figures of your own, not both")])
    first = structure.root(hierarchy) if top is None else top
    all_units = [structure.unit(unit, hierarchy) for unit in (first, *structure.descendants(first, hierarchy))]
    areas = _areas(structure, all_units, measure, figures, hierarchy)
    units = [unit for unit in all_units if unit.id in areas]
    shade = kind_colours(structure.schema, (unit.kind for unit in units))
    figure = go.Figure(
        go.Treemap(
            ids=[unit.id for unit in units],
            labels=[unit.label for unit in units],
            # The top has no parent in the picture, whatever it stands under.
            parents=["", *(unit.parent or "" for unit in units[1:])],
            values=[areas[unit.id] for unit in units],
            # A box is as large as its total, which may be more than its children state.
            branchvalues="total",
            marker={"colors": [lighter(shade[unit.kind]) for unit in units]},
            maxdepth=-1 if depth is None else depth + 1,
            hovertext=[_hover_text(unit) for unit in units],
            hovertemplate="%{hovertext}<br>%{value:,} " + (measure or "without children") + "<extra></extra>",
        )
    )
    # A label that does not fit into its box is left out: the text under the pointer has it.
    fitting = {"minsize": 9, "mode": "hide"}
    return framed(figure, f"{units[0].label}, {structure.day}", side=10, top=60, bottom=10, uniformtext=fitting)


def _areas(
    structure: Structure,
    units: list[Unit],
    measure: str | None,
    figures: Mapping[str, float] | None,
    hierarchy: str,
) -> Mapping[str, Any]:
    """Unit -> the area of its box; units without one are not drawn."""
    if figures is not None:
        return {unit: area for unit, area in _own(units, figures).items() if area}
    return _leaves(units) if measure is None else _totals(structure, [unit.id for unit in units], measure, hierarchy)


def _own(units: list[Unit], figures: Mapping[str, float]) -> Mapping[str, float]:
    """The caller's numbers, passed up to all above.

    Raises:
        Refused: a number is negative or not finite, or is given for what is not shown; or all are 0.
    """
    known = {unit.id for unit in units}
    faults = figure_faults(figures, known, "is not among the units shown", least=0)
    if not faults and not any(figures.values()):
        faults.append(Finding("something", "no unit has a figure above 0, so there is nothing to show"))
    if faults:
        raise Refused("a picture of figures", faults)
    sums = {unit.id: float(figures.get(unit.id, 0)) for unit in units}
    for unit in reversed(units):
        if unit.parent in sums:
            sums[unit.parent] += sums[unit.id]
    return sums


def _leaves(units: list[Unit]) -> Mapping[str, int]:
    """How many units without children are in each unit, itself if it has none."""
    counts = dict.fromkeys((unit.id for unit in units), 0)
    inner = {unit.parent for unit in units}
    # Children come after their parents, so backwards every count is whole when it is passed up.
    for unit in reversed(units):
        if unit.id not in inner:
            counts[unit.id] = 1
        if unit.parent in counts:
            counts[unit.parent] += counts[unit.id]
    return counts


def _totals(structure: Structure, ids: Iterable[str], measure: str, hierarchy: str) -> Mapping[str, Any]:
    totals = {unit: structure.total(measure, unit, hierarchy) for unit in ids}
    unknown = [unit for unit, total in totals.items() if not total.is_known]
    if unknown:
        message = f"the total of {measure!r} is not known"
        findings = [Finding("known", message, units=(unit,), day=structure.day) for unit in unknown]
        raise Refused("a picture of totals", findings)
    return {unit: float(total) for unit, total in totals.items()}
