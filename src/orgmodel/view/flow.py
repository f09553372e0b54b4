"""What became of units between two days, as bands from old to new (a Sankey diagram)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from orgmodel.content.colours import PALETTE, colours
from orgmodel.errors import Finding, Refused
from orgmodel.history.clusters import changes as cluster_changes
from orgmodel.history.correspondence import between
from orgmodel.history.history import History
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.period import DayLike, as_day
from orgmodel.view.labels import FAINT, FONT, INK, captioned, graph_objects, lighter, name_on

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "cluster_flow",
    "cluster_members",
    "flow",
]

_OUTSIDE: Final = "outside"


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
    """Which units became which between two days: a band for each link, its act in the hover text.

    Every old unit is as thick as any other, unless ``weights`` says otherwise. The parts of a divided unit whose shares are
    not known are drawn equal, and the hover text says that they are not known.

    Args:
        history: whose acts tell it.
        a: the first day.
        b: the second day.
        kind: only units of this kind; all if None.
        under: only units that are below this unit on the first day.
        changed: whether to leave out units that nothing happened to.
        weights: how thick each old unit is, your own numbers by id; one that has none is left out.
        most: how many links to draw at most: with more no label could be read.

    Raises:
        Refused: nothing is left to draw, or more than can be read; or a weight is not positive or is for no old unit.

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
    go = graph_objects()
    found = between(history, a, b, kind)
    inside = None if under is None else set(found.before.descendants(under))
    rows = [
        row
        for row in found.rows
        if (inside is None or row.old in inside) and not (changed and row.old == row.new and not row.links)
    ]
    if not rows:
        raise Refused("a picture of a flow", [Finding("something", f"nothing changed from {a} to {b}")])
    if weights is not None:
        _check_weights(weights, {row.old for row in rows})
        rows = [row for row in rows if row.old in weights]
    if len(rows) > most:
        told = f"{len(rows):,} links are more than {most} can be read; narrow it with under= or kind=, or raise most="
        raise Refused("a picture of a flow", [Finding("many", told)])
    parts: dict[str, int] = {}
    for row in rows:
        parts[row.old] = parts.get(row.old, 0) + 1
    # New units in the order of the first of their old ones, so that few bands cross.
    olds, news = list(parts), list(dict.fromkeys(row.new for row in rows))
    start, end = found.before.day, found.after.day
    old_at = {unit: place for place, unit in enumerate(olds)}
    new_at = {unit: len(olds) + place for place, unit in enumerate(news)}
    shade = {unit: PALETTE[place % len(PALETTE)] for place, unit in enumerate(news)}
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [name_on(history, unit, start) for unit in olds]
                + [name_on(history, unit, end) for unit in news],
                "customdata": olds + news,
                "color": [FAINT] * len(olds) + [shade[unit] for unit in news],
                "pad": 6,
                "thickness": 14,
                "hovertemplate": "%{label}<br>id %{customdata}<extra></extra>",
            },
            link={
                "source": [old_at[row.old] for row in rows],
                "target": [new_at[row.new] for row in rows],
                "value": [
                    (1.0 if weights is None else float(weights[row.old]))
                    / (1 if row.extent == "whole" else parts[row.old])
                    for row in rows
                ],
                "color": [lighter(shade[row.new], 0.35) for row in rows],
                "customdata": [_told(row) for row in rows],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>",
            },
        )
    )
    title = f"{kind or 'units'}: {len(olds):,} on {start} → {len(news):,} on {end}"
    made = _framed(figure, title, max(len(olds), len(news)))
    captioned(made, (act.source.cited for row in rows for act in row.acts))
    return made


def _check_weights(weights: Mapping[str, float], olds: set[str]) -> None:
    faults = [
        *(
            Finding("weights", f"{value} is not positive", units=(unit,))
            for unit, value in weights.items()
            if value <= 0
        ),
        *(
            Finding("weights", "is no unit of the first day that is drawn", units=(unit,))
            for unit in weights
            if unit not in olds
        ),
    ]
    if faults:
        raise Refused("a picture of a flow", faults)


def _told(row: CorrespondenceRow) -> str:
    said: list[str] = [row.extent]
    if row.extent == "part":
        said = [f"part: {share} of {measure}" for measure, share in row.shares] or ["part; its share is not known"]
    return "<br>".join([*said, *(f"{act.effective} {act.source.cited}" for act in row.acts)])


def cluster_members(history: History, a: DayLike, b: DayLike, cluster: str) -> go.Figure:
    """The members of one cluster on two days, by name: what merged, joined, left.

    Raises:
        UnknownUnit: there is no such cluster on either day.

    >>> from orgmodel.party import vietnam
    >>> figure = cluster_members(vietnam.reform_2025(), "2025-06-30", "2025-07-01", "cluster-1")
    >>> figure.layout.title.text, len(figure.data[0].node.label)
    ('Cụm thi đua số 1: 14 on 2025-06-30 → 9 on 2025-07-01', 23)
    """
    go = graph_objects()
    change = cluster_changes(history, a, b).of(cluster)
    start, end = as_day(a), as_day(b)
    olds = list(dict.fromkeys(unit for entry in change.entries for unit in entry.before))
    news = list(dict.fromkeys(unit for entry in change.entries for unit in entry.after))
    pairs = [(entry, old, new) for entry in change.entries for old in entry.before for new in entry.after]
    shade = {unit: PALETTE[place % len(PALETTE)] for place, unit in enumerate(news)}
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [name_on(history, unit, start) for unit in olds]
                + [name_on(history, unit, end) for unit in news],
                "color": [FAINT] * len(olds) + [shade[unit] for unit in news],
                "pad": 6,
                "thickness": 14,
            },
            link={
                "source": [olds.index(old) for _, old, _ in pairs],
                "target": [len(olds) + news.index(new) for *_, new in pairs],
                "value": [1.0] * len(pairs),
                "color": [lighter(shade[new], 0.35) for *_, new in pairs],
                "customdata": [entry.what for entry, *_ in pairs],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>",
            },
        )
    )
    # Those that have nothing on the other day are named below: a band to nowhere would look like a member.
    lone = [
        f"{entry.what}: {name_on(history, unit, start)}"
        for entry in change.entries
        if not entry.after
        for unit in entry.before
    ]
    lone += [
        f"{entry.what}: {name_on(history, unit, end)}"
        for entry in change.entries
        if not entry.before
        for unit in entry.after
    ]
    name = change.name or cluster
    title = f"{name}: {change.size_before} on {start} → {change.size_after} on {end}"
    made = _framed(figure, title, max(len(olds), len(news)))
    captioned(made, (act.source.cited for entry in change.entries for act in entry.acts), note="; ".join(lone))
    return made


def cluster_flow(history: History, a: DayLike, b: DayLike, clustering: str) -> go.Figure:
    """How the members of the clusters of one clustering went from one to another between two days.

    :func:`cluster_members` shows one cluster with its members by name.

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
    go = graph_objects()
    found = cluster_changes(history, a, b)
    flows = [f for f in found.flows(clustering) if f.old is not None or f.new is not None]
    changes = {change.id: change for change in found}
    names = {change.id: change.name or change.id for change in found}
    olds = list(dict.fromkeys(f.old for f in flows))
    news = list(dict.fromkeys(f.new for f in flows))
    # A unit that was divided, or came from several sides, is on several bands: a cluster has it once.
    before = {
        old: sum(f.before for f in flows if f.old is None) if old is None else changes[old].size_before for old in olds
    }
    after = {
        new: sum(f.after for f in flows if f.new is None) if new is None else changes[new].size_after for new in news
    }
    shade = colours([*(old for old in olds if old), *(new for new in news if new)])
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [f"{names.get(old or '', _OUTSIDE)}: {before[old]}" for old in olds]
                + [f"{names.get(new or '', _OUTSIDE)}: {after[new]}" for new in news],
                "color": [FAINT if one is None else shade[one] for one in (*olds, *news)],
                "pad": 18,
                "thickness": 18,
            },
            link={
                "source": [olds.index(f.old) for f in flows],
                "target": [len(olds) + news.index(f.new) for f in flows],
                "value": [max(f.before, f.after) for f in flows],
                "color": [lighter(FAINT if f.new is None else shade[f.new], 0.35) for f in flows],
                "customdata": [f"{f.before} before, {f.after} after" for f in flows],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>",
            },
        )
    )
    made = _framed(figure, f"members of {clustering}: {as_day(a)} → {as_day(b)}", 6 * max(len(olds), len(news)))
    captioned(made, (act.source.cited for change in found for entry in change.entries for act in entry.acts))
    return made


def _framed(figure: go.Figure, title: str, rows: int) -> go.Figure:
    figure.update_layout(
        title=title,
        height=140 + 18 * max(rows, 8),
        font={"family": FONT, "color": INK, "size": 12},
        margin={"l": 20, "r": 20, "t": 60, "b": 20},
    )
    return figure
