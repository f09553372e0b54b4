"""Pictures of which units became which between two days, as bands from old to new (Sankey diagrams)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from orgmodel.content.colours import PALETTE, colours
from orgmodel.errors import Refused
from orgmodel.history.clusters import changes as cluster_changes
from orgmodel.history.correspondence import Correspondence, between
from orgmodel.history.history import History
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.model.door import refuse, strict
from orgmodel.period import DayLike, as_day
from orgmodel.view.labels import (
    FAINT,
    captioned,
    check_limit,
    figure_faults,
    framed,
    graph_objects,
    lighter,
    name_on,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "cluster_flow",
    "cluster_members",
    "flow",
]

_OUTSIDE: Final = "outside"
_THINNEST: Final = 1e-9
"""The least weight: a band must have some thickness."""


@strict
def flow(
    history: History,
    a: DayLike,
    b: DayLike,
    *,
    kind: str | None = None,
    under: str | None = None,
    changed: bool = True,
    weights: Mapping[str, float] | None = None,
    most: int = 400,
) -> go.Figure:
    """A picture of which units became which between two days: a band for each link, its acts in the hover text.

    Old units are equally thick, unless ``weights`` says otherwise. Parts with unknown shares are drawn equal, and their
    hover text says that the shares are not known.

    Args:
        history: the history whose acts are followed.
        a: the first day.
        b: the second day.
        kind: only units of this kind; all if None.
        under: only units that are below this unit on the first day.
        changed: whether to leave out unchanged units.
        weights: old unit -> its thickness, any positive number; a unit without one is left out.
        most: the most links to draw: with more, no label could be read.

    Raises:
        Refused: nothing is left to draw, or too much; or a weight is not positive, or is for no old unit.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [Creation(Unit("vn")), *(Creation(Unit(u, parent="vn")) for u in "ab")])
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", parent="vn"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger]))
    >>> figure = flow(history, "2024-12-31", "2025-07-01")
    >>> figure.data[0].node.label, figure.data[0].link.value
    (('a', 'b', 'c'), (1.0, 1.0))
    """
    check_limit("most", most, 1)
    correspondence = between(history, a, b, kind)
    rows = _rows(correspondence, under, changed)
    if not rows:
        refuse("a picture of a flow", f"nothing changed from {a} to {b}", "something")
    if weights is not None:
        _check_weights(weights, {row.old for row in rows})
        rows = [row for row in rows if row.old in weights]
    if len(rows) > most:
        remedy = "narrow it with under= or kind=, or raise most="
        refuse("a picture of a flow", f"{len(rows):,} links are more than {most} can be read; {remedy}", "many")
    start, end = correspondence.start, correspondence.end
    # New units in the order of the first of their old ones, so that few bands cross.
    old_nodes = [_Node(unit, name_on(history, unit, start)) for unit in dict.fromkeys(row.old for row in rows)]
    news = _coloured(history, dict.fromkeys(row.new for row in rows), end)
    bands = _bands(rows, weights)
    title = f"{kind or 'units'}: {len(old_nodes):,} on {start} → {len(news):,} on {end}"
    figure = _sankey(title, old_nodes, news, bands, pad=6, thickness=14, ids=True)
    captioned(figure, (act.source.cited for row in rows for act in row.acts))
    return figure


def _check_weights(weights: Mapping[str, float], olds: Collection[str]) -> None:
    fault = "is no unit of the first day that is drawn"
    if faults := figure_faults(weights, olds, fault, least=_THINNEST, rule="weights"):
        raise Refused("a picture of a flow", faults)


class _Node(NamedTuple):
    """A unit or cluster on one side of the picture; ``key`` is None for outside of all clusters."""

    key: str | None
    label: str
    colour: str = FAINT


class _Band(NamedTuple):
    """A band from a node on the left to one on the right."""

    old: str | None
    new: str | None
    thickness: float
    hover: str


def _bands(rows: Sequence[CorrespondenceRow], weights: Mapping[str, float] | None) -> list[_Band]:
    """The bands of rows; the bands of one old unit are together as thick as its weight."""
    parts = Counter(row.old for row in rows)
    bands: list[_Band] = []
    for row in rows:
        thickness = 1.0 if weights is None else float(weights[row.old])
        share = 1 if row.extent == "whole" else parts[row.old]
        bands.append(_Band(row.old, row.new, thickness / share, _hover_text(row)))
    return bands


def _coloured(history: History, units: Iterable[str], day: dt.date) -> list[_Node]:
    """The nodes of new units, each in a colour of its own as far as there are colours."""
    return [_Node(unit, name_on(history, unit, day), PALETTE[place % len(PALETTE)]) for place, unit in enumerate(units)]


def _sankey(
    title: str,
    olds: Sequence[_Node],
    news: Sequence[_Node],
    bands: Sequence[_Band],
    *,
    pad: int,
    thickness: int,
    rows_of_node: int = 1,
    ids: bool = False,
) -> go.Figure:
    """The framed picture of bands from old nodes to new ones.

    Args:
        title: its title.
        olds: the nodes on the left.
        news: the nodes on the right, which give the bands their colours.
        bands: the bands.
        pad: the space between nodes, in pixels.
        thickness: the width of nodes, in pixels.
        rows_of_node: how many rows of text a node is high.
        ids: whether hovering over a node shows its id.
    """
    go = graph_objects()
    old_at = {node.key: place for place, node in enumerate(olds)}
    new_at = {node.key: len(olds) + place for place, node in enumerate(news)}
    colour_of = {node.key: node.colour for node in news}
    nodes = [*olds, *news]
    hover = {"customdata": [node.key for node in nodes], "hovertemplate": "%{label}<br>id %{customdata}<extra></extra>"}
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [node.label for node in nodes],
                "color": [node.colour for node in nodes],
                "pad": pad,
                "thickness": thickness,
                **(hover if ids else {}),
            },
            link={
                "source": [old_at[band.old] for band in bands],
                "target": [new_at[band.new] for band in bands],
                "value": [band.thickness for band in bands],
                "color": [lighter(colour_of[band.new], 0.35) for band in bands],
                "customdata": [band.hover for band in bands],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>",
            },
        )
    )
    rows = rows_of_node * max(len(olds), len(news))
    return framed(figure, title, top=60, height=140 + 18 * max(rows, 8))


def _rows(correspondence: Correspondence, under: str | None, changed: bool) -> list[CorrespondenceRow]:
    """The rows to draw: of units below another one, if one is named, and of changed ones only, if asked for."""
    inside = None if under is None else set(correspondence.before.descendants(under))
    return [
        row
        for row in correspondence.rows
        if (inside is None or row.old in inside) and not (changed and row.old == row.new and not row.links)
    ]


def _hover_text(row: CorrespondenceRow) -> str:
    extent: list[str] = [row.extent]
    if row.extent == "part":
        extent = [f"part: {share} of {measure}" for measure, share in row.shares] or ["part; its share is not known"]
    return "<br>".join([*extent, *(f"{act.effective} {act.source.cited}" for act in row.acts)])


@strict
def cluster_members(history: History, a: DayLike, b: DayLike, cluster: str) -> go.Figure:
    """A picture of the members of one cluster on two days, by name: which merged, joined and left.

    Args:
        history: the history.
        a: the first day.
        b: the second day.
        cluster: id of the cluster.

    Raises:
        UnknownUnit: there is no such cluster on either day.

    >>> from orgmodel.party import vietnam
    >>> figure = cluster_members(vietnam.reform_2025(), "2025-06-30", "2025-07-01", "cluster-1")
    >>> figure.layout.title.text, len(figure.data[0].node.label)
    ('Cụm thi đua số 1: 14 on 2025-06-30 → 9 on 2025-07-01', 23)
    """
    change = cluster_changes(history, a, b).of(cluster)
    start, end = as_day(a), as_day(b)
    olds: dict[str, None] = {}
    news: dict[str, None] = {}
    bands: list[_Band] = []
    lone_before, lone_after = [], []
    for entry in change.entries:
        olds |= dict.fromkeys(entry.before)
        news |= dict.fromkeys(entry.after)
        bands += [_Band(old, new, 1.0, entry.what) for old, new in product(entry.before, entry.after)]
        # Units without a counterpart on the other day are named below: a band to nowhere would look like a member.
        if not entry.after:
            lone_before += [f"{entry.what}: {name_on(history, unit, start)}" for unit in entry.before]
        elif not entry.before:
            lone_after += [f"{entry.what}: {name_on(history, unit, end)}" for unit in entry.after]
    title = f"{change.name or cluster}: {change.size_before} on {start} → {change.size_after} on {end}"
    old_nodes = [_Node(unit, name_on(history, unit, start)) for unit in olds]
    figure = _sankey(title, old_nodes, _coloured(history, news, end), bands, pad=6, thickness=14)
    sources = (act.source.cited for entry in change.entries for act in entry.acts)
    captioned(figure, sources, note="; ".join([*lone_before, *lone_after]))
    return figure


@strict
def cluster_flow(history: History, a: DayLike, b: DayLike, clustering: str) -> go.Figure:
    """A picture of the members that went from each cluster of one clustering to another between two days.

    :func:`cluster_members` shows one cluster with its members by name.

    Args:
        history: the history.
        a: the first day.
        b: the second day.
        clustering: id of the clustering.

    Raises:
        UnknownUnit: the clustering exists on neither day.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Change, Creation
    >>> from orgmodel.model.cluster import Cluster, Clustering
    >>> from orgmodel.model.unit import Unit
    >>> history = History().enact(
    ...     Act("s", "2024-01-01", [Creation(Unit("vn")), Creation(Clustering("e")), Creation(Cluster("1", "e")),
    ...         Creation(Cluster("2", "e")), Change("vn", "member:e", "1")]),
    ...     Act("m", "2025-07-01", [Change("vn", "member:e", "2")]))
    >>> cluster_flow(history, "2025-06-30", "2025-07-01", "e").data[0].node.label
    ('1: 1', '2: 1')
    """
    changes = cluster_changes(history, a, b)
    flows = [flow for flow in changes.flows(clustering) if (flow.old, flow.new) != (None, None)]
    bands: list[_Band] = []
    # Cluster -> its members on each day; None -> how many came from outside, or went there.
    before: dict[str | None, int] = {}
    after: dict[str | None, int] = {}
    for flow in flows:
        hover = f"{flow.before} before, {flow.after} after"
        bands.append(_Band(flow.old, flow.new, max(flow.before, flow.after), hover))
        # A unit that was divided, or came from several sides, is on several bands, but a cluster has it once.
        before[flow.old] = changes.of(flow.old).size_before if flow.old else before.get(None, 0) + flow.before
        after[flow.new] = changes.of(flow.new).size_after if flow.new else after.get(None, 0) + flow.after
    colour_of = colours(filter(None, [*before, *after]))

    def nodes(sizes: Mapping[str | None, int]) -> list[_Node]:
        return [
            _Node(cluster, f"{changes.of(cluster).name or cluster}: {size}", colour_of[cluster])
            if cluster
            else _Node(None, f"{_OUTSIDE}: {size}")
            for cluster, size in sizes.items()
        ]

    title = f"members of {clustering}: {as_day(a)} → {as_day(b)}"
    figure = _sankey(title, nodes(before), nodes(after), bands, pad=18, thickness=18, rows_of_node=6)
    captioned(figure, (act.source.cited for change in changes for entry in change.entries for act in entry.acts))
    return figure
