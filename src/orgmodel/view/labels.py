"""What the pictures call units, and their colours."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final

from orgmodel.errors import UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks

PALETTE: Final = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#997700", "#994455", "#004488", "#999933",
)  # fmt: skip
"""Colours that the colour-blind can tell apart (Paul Tol's bright and contrast schemes)."""

INK: Final = "#333333"
FAINT: Final = "#bbbbbb"
FONT: Final = "Noto Sans, Arial, sans-serif"
"""Fonts that have all Vietnamese letters."""


def graph_objects() -> ModuleType:
    """The graph objects of plotly.

    Raises:
        ModuleNotFoundError: it is not installed; the message says how to.
    """
    try:
        return importlib.import_module("plotly.graph_objects")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "plotly":
            raise
        raise ModuleNotFoundError(
            "pictures need plotly; install it with: pip install 'orgmodel[view]'", name=error.name
        ) from None


def colours(words: Iterable[str | None]) -> Mapping[str | None, str]:
    """Word -> colour, in order of first appearance.

    >>> colours(["province", "commune", "province"])["commune"]
    '#ee6677'
    """
    return {word: PALETTE[place % len(PALETTE)] for place, word in enumerate(dict.fromkeys(words))}


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
