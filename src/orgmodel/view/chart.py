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
from orgmodel.view.labels import FAINT, FONT, INK, check_limit, figure_faults, graph_objects, lighter

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
    shown = list(dict.fromkeys(node.unit.kind for node in _walk(root)))
    shade = kind_colours(structure.schema, shown)
    figure = go.Figure()
    figure.add_trace(_lines(root))
    for kind in shown:
        figure.add_trace(_points(structure, kind, [n for n in _walk(root) if n.unit.kind == kind], shade[kind]))
    more = [node for node in _walk(root) if node.hidden]
    if more:
        figure.add_trace(_rests(more))
    deepest = max(node.level for node in _walk(root))
    figure.update_layout(
        title=f"{structure.unit(first, hierarchy).label}, {structure.day}",
        height=120 + 22 * max(rows, 4),
        plot_bgcolor="white",
        font={"family": FONT, "color": INK, "size": 12},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
        margin={"l": 20, "r": 20, "t": 80, "b": 20},
        hovermode="closest",
    )
    # The text of the deepest level needs about as much room as one level.
    figure.update_xaxes(visible=False, range=[-0.1, deepest + 1.0])
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
    lines = [unit.label, f"id {unit.id}"]
    lines += [
        f"{word} {value}" for word, value in (("kind", unit.kind), ("", unit.category), ("code", unit.code)) if value
    ]
    return "<br>".join(text.strip() for text in lines)


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
    units = [structure.unit(unit, hierarchy) for unit in (first, *structure.descendants(first, hierarchy))]
    if figures is not None:
        values = _own(units, figures)
        units = [unit for unit in units if values[unit.id]]
    elif measure is not None:
        values = _totals(structure, [unit.id for unit in units], measure, hierarchy)
    else:
        values = _leaves(units)
    ids = [unit.id for unit in units]
    shade = kind_colours(structure.schema, (unit.kind for unit in units))
    figure = go.Figure(
        go.Treemap(
            ids=ids,
            labels=[unit.label for unit in units],
            parents=["" if unit.id == first else unit.parent or "" for unit in units],
            values=[values[unit] for unit in ids],
            # A box is as large as its total, which may be more than its children state.
            branchvalues="total",
            marker={"colors": [lighter(shade[unit.kind]) for unit in units]},
            maxdepth=-1 if depth is None else depth + 1,
            hovertext=[_hover_text(unit) for unit in units],
            hovertemplate="%{hovertext}<br>%{value:,} " + (measure or "without children") + "<extra></extra>",
        )
    )
    figure.update_layout(
        title=f"{units[0].label}, {structure.day}",
        # A label that does not fit into its box is left out: the text under the pointer has it.
        uniformtext={"minsize": 9, "mode": "hide"},
        font={"family": FONT, "color": INK},
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
    )
    return figure


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
        raise Refused(
            "a picture of totals",
            [
                Finding("known", f"the total of {measure!r} is not known", units=(unit,), day=structure.day)
                for unit in unknown
            ],
        )
    return {unit: float(total) for unit, total in totals.items()}
