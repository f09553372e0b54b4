"""What the pictures call units, and their colours."""

from __future__ import annotations

import datetime as dt
import html
import importlib
import math
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping
from numbers import Real
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from orgmodel.errors import Finding, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.extras import extra

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "FAINT",
    "INK",
    "LEGEND",
    "captioned",
    "check_limit",
    "figure_faults",
    "framed",
    "graph_objects",
    "lighter",
    "name_on",
]

INK: Final = "#333333"
FAINT: Final = "#bbbbbb"
FONT: Final = "Noto Sans, Arial, sans-serif"
"""Fonts that have all Vietnamese letters."""


def graph_objects() -> ModuleType:
    """The graph objects of plotly.

    Raises:
        ModuleNotFoundError: it is not installed; the message says how to.
    """
    with extra():
        return importlib.import_module("plotly.graph_objects")


def figure_faults(
    figures: Mapping[str, float],
    shown: Collection[str],
    stranger: str,
    *,
    least: float = -math.inf,
    rule: str = "figures",
) -> list[Finding]:
    """What is wrong with the caller's numbers: units that are not shown, and values that cannot be drawn.

    Args:
        figures: unit -> number.
        shown: the units of the picture.
        stranger: what to say of another unit.
        least: the smallest number that can be drawn.
        rule: the id of the findings.

    >>> [finding.message for finding in figure_faults({"a": float("nan"), "b": 1}, ["a"], "is not shown")]
    ['nan is no number that can be drawn', 'is not shown']
    """
    faults: list[Finding] = []
    for unit, figure in figures.items():
        # A number of more digits than a float holds is infinite for the picture.
        is_number = isinstance(figure, Real) and not isinstance(figure, bool) and abs(figure) < sys.float_info.max
        if not is_number:
            faults.append(Finding(rule, f"{figure!r} is no number that can be drawn", units=(unit,)))
        elif figure < least:
            faults.append(
                Finding(rule, f"{figure} is too small; the least that can be drawn is {least}", units=(unit,))
            )
        if unit not in shown:
            faults.append(Finding(rule, stranger, units=(unit,)))
    return faults


def check_limit(name: str, value: int | None, least: int) -> None:
    """Refuse a limit that would leave nothing to draw, or everything.

    Raises:
        Refused: it is below the least.
    """
    if value is not None and value < least:
        raise Refused("a picture", [Finding("limit", f"{name} is {value}; give {least} or more")])


def lighter(colour: str, part: float = 0.45) -> str:
    """The colour mixed with white, so that dark text stands out on it.

    Args:
        colour: as ``#rrggbb``.
        part: how much of the colour stays, from 0 to 1.

    >>> lighter("#000000", 0.5)
    '#808080'
    """
    mixed = (round(255 - part * (255 - int(colour[at : at + 2], 16))) for at in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)


LEGEND: Final = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
"""A legend in one line between the title and the picture."""


def framed(
    figure: go.Figure, title: str, *, size: int = 12, side: int = 20, top: int = 70, bottom: int = 20, **layout: Any
) -> go.Figure:
    """The picture with its title, fonts that have all Vietnamese letters, a white ground and room around it.

    Args:
        figure: the picture, which is changed.
        title: its title.
        size: of the letters.
        side: the room at the left and the right, in pixels.
        top: the room above, for the title and a legend.
        bottom: the room below; :func:`captioned` adds to it.
        layout: further settings of plotly's layout.
    """
    figure.update_layout(
        title=title,
        plot_bgcolor="white",
        font={"family": FONT, "color": INK, "size": size},
        margin={"l": side, "r": side, "t": top, "b": bottom},
        **layout,
    )
    return figure


def captioned(figure: go.Figure, sources: Iterable[str], *, note: str = "") -> None:
    """Write the sources of a picture, and a note, below it; the picture grows by the line."""
    named = list(dict.fromkeys(sources))
    caption = ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")
    text = "; ".join(part for part in (note, f"sources: {caption}" if caption else "") if part)
    if not text:
        return
    margin = figure.layout.margin.b or 20
    # Long captions are broken where a page would break them: the picture is never made wider by its caption.
    lines = textwrap.wrap(text, 150)
    figure.update_layout(margin_b=margin + 18 * len(lines))
    figure.add_annotation(
        text="<br>".join(html.escape(line) for line in lines), xref="paper", yref="paper", x=0, y=0, yshift=-margin + 8,
        xanchor="left", yanchor="top", align="left", showarrow=False, font={"size": 11, "color": INK},
    )  # fmt: skip


def name_on(history: History, unit: str, day: dt.date) -> str:
    """The name a unit bore on a day, or last before it, or first of all; its id if it never had one.

    >>> from orgmodel.history.history import history_of
    >>> name_on(history_of([{"id": "vn", "name": "Việt Nam"}], day="2024-01-01"), "vn", dt.date(2025, 1, 1))
    'Việt Nam'
    """
    try:
        facts = history.biography(unit)
    except UnitError:
        return unit
    names = [fact for fact in facts if fact.track == tracks.NAME and fact.value is not None]
    before = [fact for fact in names if fact.start <= day]
    chosen = before or names[:1]
    return str(chosen[-1].value) if chosen else unit
