"""``orgmodel chart``: a picture as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, On, Unclear, console, day_of, load, print_json, refuse_idle, unit_on
from orgmodel.cli.words import say
from orgmodel.history.history import History
from orgmodel.period import ONE_DAY
from orgmodel.writing import write_file

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "Sort",
    "command",
]

Sort = Literal["tree", "boxes", "flow", "cluster", "timeline"]

_OPTIONS: Final[Mapping[Sort, tuple[str, ...]]] = {
    "tree": ("--under", "--depth", "--most"),
    "boxes": ("--under",),
    "flow": ("--kind", "--under", "--before"),
    "cluster": ("--cluster", "--before"),
    "timeline": ("--kind",),
}
"""Picture -> the options that it has beside the day."""


def command(
    sort: Sort,
    output: Path,
    /,
    *,
    kind: Annotated[
        str | None, Parameter(help="For flow and timeline: the kind of the units; province if none.")
    ] = None,
    under: Annotated[str | None, Parameter(help="For tree, boxes and flow: the unit below which to look.")] = None,
    cluster: Annotated[str | None, Parameter(help="For cluster: its id.")] = None,
    before: Annotated[
        str | None, Parameter(help="For flow and cluster: the day before; that before --on if none.")
    ] = None,
    depth: Annotated[int | None, Parameter(help="For tree: how many levels; 1 if none.")] = None,
    most: Annotated[int | None, Parameter(help="For tree: how many children of one unit; 40 if none.")] = None,
    on: On = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Draw a picture: a tree or boxes of a day, a flow or a cluster between two days, or a timeline.

    Parameters
    ----------
    sort
        tree, boxes, flow, cluster or timeline.
    output
        The HTML file to write; it needs no network.
    """
    options = {
        "--kind": kind, "--under": under, "--cluster": cluster, "--before": before, "--depth": depth, "--most": most,
    }  # fmt: skip
    refuse_idle(options, _OPTIONS[sort], sort)
    figure = _figure(load(file), sort, kind or "province", under, cluster, before, depth, most, on)
    write_file(output, figure.to_html(include_plotlyjs=True))
    title = figure.layout.title.text
    if json:
        print_json({"output": str(output), "title": title})
    else:
        console().print(Text(f"{output}: {title}"), soft_wrap=True)


def _figure(
    history: History,
    sort: Sort,
    kind: str,
    under: str | None,
    cluster: str | None,
    before: str | None,
    depth: int | None,
    most: int | None,
    on: str | None,
) -> go.Figure:
    # Imported here: plotly takes as long to load as all the rest.
    from orgmodel import view

    if sort == "timeline":
        return view.timeline(history, kind=kind, until=on)
    day = day_of(on, history)
    first = day - ONE_DAY if before is None else day_of(before, history)
    if sort == "cluster":
        if cluster is None:
            raise Unclear(say("say which cluster: --cluster ID"))
        return view.cluster_members(history, first, day, cluster)
    top = under and unit_on(history, under, first if sort == "flow" else day)
    if sort == "flow":
        return view.flow(history, first, day, kind=kind, under=top)
    if sort == "boxes":
        return view.boxes(history.at(day), top)
    return view.org_chart(history.at(day), top, depth=1 if depth is None else depth, most=40 if most is None else most)
