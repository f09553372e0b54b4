"""The schemas of the cases that the kit makes."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from orgmodel.model.measure import Measure
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.track import Track

__all__ = [
    "AGENCIES",
    "FACTS",
    "LINES",
    "LOOSE",
    "MEASURES",
]

FACTS: Final = (
    Track("fact:motto", "motto", values="text"),
    Track("fact:task", "task", slots=("task",), values="text", merged="union", taken_over="union", divided="ask"),
    Track("fact:score", "points", slots=("year",), values="number", merged="add", taken_over="add", ended="stay"),
    Track("fact:term", "term", values="period", merged="restart", divided="restart"),
    Track("fact:basis", "basis", values="text", merged="ask", divided="same"),
    Track("fact:grade", "grade", values="text", merged="lapse", rated=True),
)
"""Facts that the schemas declare, with fates of all sorts."""

AGENCIES: Final = Schema(
    kinds=("centre", "province", "commune", "cell", Kind("agency", agency=True)),
    placements=(
        Placement("centre", None),
        Placement("province", "centre"),
        Placement("commune", "province"),
        Placement("cell", "commune"),
        Placement("agency", "province"),
        Placement("agency", "commune"),
    ),
    tracks=FACTS,
)
"""The schema of the cases of merger rules where none is given: four levels, and agencies beside two of them."""

LOOSE: Final = Schema(
    kinds=("group", Kind("agency", agency=True)),
    placements=(Placement("group", None), Placement("group", "group"), Placement("agency", "group")),
    tracks=FACTS,
)
"""Groups within groups to any depth: only here a unit can be moved below itself."""

LINES: Final = evolve(LOOSE, hierarchies=("main", "line"))
"""The same, with a second hierarchy in which some of the groups also stand."""

MEASURES: Final = (
    Measure("members", unit="members"),
    Measure("rating", "category"),
    Measure("women", "rate", weight="members"),
)
"""The measures of the cases where none is given: one of each type."""
