"""Figures as pictures: plans beside each other, carried figures, series, findings. What is not sure is drawn as such."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orgmodel.content.colours import PALETTE
from orgmodel.errors import Finding, Refused
from orgmodel.history.carry import Carried
from orgmodel.history.series import Series, SeriesPoint
from orgmodel.model.door import strict
from orgmodel.model.measure import UNKNOWN, Quantity
from orgmodel.rules.rulebook import Audit
from orgmodel.scenario.compare import Comparison
from orgmodel.structure.structure import Structure
from orgmodel.view.labels import LEGEND, captioned, check_limit, framed, graph_objects

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "carried",
    "compared",
    "findings",
    "series",
]


@strict
def compared(comparison: Comparison, *, metric: str | None = None) -> go.Figure:
    """The numbers in which plans differ, a bar for the baseline and for each plan.

    Args:
        comparison: of plans.
        metric: only the numbers of one metric.

    Raises:
        Refused: nothing differs.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.scenario.compare import compare
    >>> from orgmodel.scenario.scenario import Scenario
    >>> rows = [{"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}]
    >>> history = history_of(rows, day="2024-01-01")
    >>> with history.draft("2025-01-01") as act:
    ...     _ = act.take_over("a", ["b"])
    >>> figure = compared(compare(history, Scenario("one", history, [act]), on="2025-01-01"))
    >>> [bar.name for bar in figure.data]
    ['baseline', 'one']
    """
    rows = [row for row in comparison.rows if metric in (None, row.metric)]
    items = dict.fromkeys((row.metric, row.item) for row in rows if row.difference not in (0, None))
    if not items:
        raise Refused("a picture of plans", [Finding("something", "no number differs from the baseline")])
    labels = [f"{name}: {item}" for name, item in items]
    # Plan -> item -> number; the baseline has a place of its own, as a plan may be called so.
    baseline = {(row.metric, row.item): row.baseline for row in rows}
    of_plan: dict[str, dict[tuple[str, str], Any]] = {}
    for row in rows:
        of_plan.setdefault(row.scenario, {})[row.metric, row.item] = row.value
    figure = graph_objects().Figure()
    figure.add_trace(_bar("baseline", labels, map(baseline.get, items), "#8a8a96"))
    for place, scenario in enumerate(comparison.scenarios):
        numbers = map(of_plan.get(scenario.name, {}).get, items)
        figure.add_trace(_bar(scenario.name, labels, numbers, PALETTE[place % len(PALETTE)]))
    number = len(items) * (1 + len(comparison.scenarios))
    _framed(figure, f"what differs on {comparison.day}", number, barmode="group")
    captioned(figure, (act.source.cited for scenario in comparison.scenarios for act in scenario.acts))
    return figure


@strict
def carried(figures: Carried, *, most: int = 80) -> go.Figure:
    """Carried figures, the largest first; bounds as whiskers, what is not exact in a lighter colour.

    Args:
        figures: as :meth:`~orgmodel.history.correspondence.Correspondence.account` gives them.
        most: how many units to draw; the caption says how many are left out.

    Raises:
        Refused: there is no figure that could be drawn.

    >>> from orgmodel.party import vietnam
    >>> provinces = vietnam.reform_2025().correspondence("2025-06-30", "2025-07-01", kind="province")
    >>> figure = carried(provinces.account({"24": 91, "27": 60, "38": 236}, "members", by="code"))
    >>> figure.data[0].y, figure.data[0].x
    (('Thanh Hóa', 'Bắc Ninh'), (236.0, 151.0))
    """
    check_limit("most", most, 1)
    after = figures.correspondence.after
    values = {_unit_of(figures, unit): Quantity.of(value) for unit, value in figures.items()}
    known = {unit: value for unit, value in values.items() if _says_something(value)}
    if not known:
        raise Refused("a picture of figures", [Finding("something", "no figure is known, not even within bounds")])
    shown = sorted(known, key=lambda unit: (-_length(known[unit]), unit))[:most]
    figure = _whiskers([after.called(unit) for unit in shown], [known[unit] for unit in shown])
    _framed(figure, f"{figures.measure.id} on {figures.correspondence.end}", len(shown))
    left_out = {"units not known": len(values) - len(known), "smaller ones left out": len(known) - len(shown)}
    note = ", ".join(f"{number} {sort}" for sort, number in left_out.items() if number)
    captioned(figure, (act.source.cited for row in figures.correspondence.rows for act in row.acts), note=note)
    return figure


@strict
def series(of: Series, units: Sequence[str] = (), *, most: int = 10) -> go.Figure:
    """A line for each unit; days whose figure is not exact are hollow, days without one leave a gap.

    Args:
        of: the series.
        units: which units; those with the largest last figures if none are named.
        most: how many to draw if none are named.

    Raises:
        Refused: there is no figure.

    >>> from orgmodel.party import vietnam
    >>> history = vietnam.reform_2025()
    >>> figures = {"2025-06-30": {"vn-p-24": 91, "vn-p-27": 60}, "2025-07-01": {"vn-p-24-2025": 155}}
    >>> figure = series(history.series("members", kind="province", figures=figures, on="2025-07-01"))
    >>> figure.data[0].name, figure.data[0].y
    ('Bắc Ninh', (151.0, 155.0))
    """
    check_limit("most", most, 1)
    points = {(point.unit, point.day): point for point in of.points}
    # Points come by day, so that the last number of each unit remains.
    last = {point.unit: float(point.value.value) for point in of.points if point.value.value is not None}
    chosen = list(units) or sorted(last, key=lambda unit: (-last[unit], unit))[:most]
    if not last:
        raise Refused("a picture of a series", [Finding("something", "no figure is known on any day")])
    figure = graph_objects().Figure()
    for place, unit in enumerate(chosen):
        points_of_unit = [points.get((unit, day)) for day in of.days]
        figure.add_trace(_line(of.on.called(unit), of.days, points_of_unit, PALETTE[place % len(PALETTE)]))
    _framed(figure, str(of).splitlines()[0], 18)
    # Few days get a label each: on a time axis two days close together would have hours between them.
    figure.update_xaxes(type="category" if len(of.days) <= 20 else "date")
    left = len(last) - len(chosen)
    captioned(figure, (), note="hollow: not exact" + (f"; {left} units left out" if left > 0 else ""))
    return figure


def _line(name: str, days: Sequence[dt.date], points: Sequence[SeriesPoint | None], colour: str) -> go.Scatter:
    """The line of one unit: a point for each day on which something is known."""
    return graph_objects().Scatter(
        name=name,
        x=list(map(str, days)),
        y=[_number(UNKNOWN if point is None else point.value) for point in points],
        mode="lines+markers",
        line={"color": colour},
        marker={"size": 8, "symbol": ["circle" if point and point.exact else "circle-open" for point in points]},
        hovertext=["" if point is None else str(point.value) for point in points],
    )


def _number(value: Quantity) -> float | None:
    return None if value.value is None else float(value.value)


@strict
def findings(audit: Audit, structure: Structure, *, by: str = "province") -> go.Figure:
    """How many findings there are below each unit of a kind, by severity.

    Args:
        audit: of the structure.
        structure: on which the units stand.
        by: the kind of the units that are counted for.

    Raises:
        Refused: the audit found nothing.

    >>> from orgmodel.errors import Finding
    >>> from orgmodel.history.history import structure_of
    >>> structure = structure_of([{"id": "p", "kind": "province"}, {"id": "c", "parent": "p"}], day="2025-07-01")
    >>> audit = Audit(structure.day, findings=[Finding("cap", "too many", units=("c",))])
    >>> findings(audit, structure).data[0].y
    ('p',)
    """
    if not audit.findings:
        raise Refused("a picture of findings", [Finding("something", "the audit found nothing")])
    counts: dict[str, Counter[str]] = {}
    for finding in audit.findings:
        above = [_holder(structure, unit, by) for unit in finding.units or ("",)]
        counts.setdefault(finding.severity, Counter()).update(above)
    total = sum(counts.values(), Counter())
    # The same order for all severities, as their bars are stacked.
    units = sorted(total, key=lambda unit: (-total[unit], unit))
    labels = [structure.called(unit) if unit else f"outside every {by}" for unit in units]
    figure = graph_objects().Figure()
    shade = {"error": "#994455", "warning": "#ccbb44", "note": "#4477aa"}
    for severity, numbers in counts.items():
        figure.add_trace(_bar(severity, labels, map(numbers.__getitem__, units), shade[severity]))
    _framed(figure, f"findings on {audit.day} by {by}", len(units), barmode="stack")
    captioned(figure, filter(None, (finding.citation for finding in audit.findings)))
    return figure


def _holder(structure: Structure, unit: str, kind: str) -> str:
    """The unit of a kind that another stands below, or is; empty if there is none."""
    path = structure.path(unit) if unit in structure else ()
    return next((above for above in reversed(path) if structure.unit(above).kind == kind), "")


def _unit_of(figures: Carried, key: str) -> str:
    """The id of a unit that may be called by its code or name."""
    return figures._names.get(key, key)


def _bar(name: str, labels: Sequence[str], values: Iterable[Any], colour: str) -> go.Bar:
    return graph_objects().Bar(
        name=name,
        orientation="h",
        y=list(labels),
        x=[None if value is None else float(value) for value in values],
        marker={"color": colour},
        hovertemplate="%{y}<br>" + name + ": %{x:,}<extra></extra>",
    )


def _says_something(value: Quantity) -> bool:
    """Whether there is something to draw; "at least 0" says nothing, and its bar would look like a figure."""
    return value.is_known or bool(value.low) or value.high is not None


def _length(value: Quantity) -> float:
    """The length of a bar: the number, else its lower bound."""
    return float(value.value if value.value is not None else value.low or 0)


def _whiskers(labels: Sequence[str], values: Sequence[Quantity]) -> go.Figure:
    """Bars with their bounds; an open end is named in the hover text."""
    go = graph_objects()
    points = [_length(value) for value in values]
    return go.Figure(
        go.Bar(
            orientation="h",
            y=list(labels),
            x=points,
            marker={"color": [PALETTE[0] if value.is_exact else "#b7c9dd" for value in values]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [0 if v.high is None else float(v.high) - p for v, p in zip(values, points, strict=True)],
                "arrayminus": [0 if v.low is None else p - float(v.low) for v, p in zip(values, points, strict=True)],
            },
            hovertext=[f"{label}: {value}" for label, value in zip(labels, values, strict=True)],
            hoverinfo="text",
        )
    )


def _framed(figure: go.Figure, title: str, rows: int, **layout: Any) -> None:
    """Give a picture its frame, as high as its rows need."""
    framed(figure, title, bottom=40, height=140 + 22 * max(rows, 6), legend=LEGEND, **layout)
    # Room for the longest label, whatever it is; the first bar at the top.
    figure.update_yaxes(automargin=True, autorange="reversed" if any(t.type == "bar" for t in figure.data) else True)
    figure.update_xaxes(gridcolor="#e8e8e8", automargin=True)
