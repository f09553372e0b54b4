"""The schemas of the cases that the kit makes."""

from __future__ import annotations

from attrs import evolve

from orgmodel.model.schema import Kind, Placement, Schema

AGENCIES = Schema(
    kinds=("centre", "province", "commune", "cell", Kind("agency", agency=True)),
    placements=(
        Placement("centre", None),
        Placement("province", "centre"),
        Placement("commune", "province"),
        Placement("cell", "commune"),
        Placement("agency", "province"),
        Placement("agency", "commune"),
    ),
)
"""The schema of the cases of merger rules where none is given: four levels, and agencies beside two of them."""

LOOSE = Schema(
    kinds=("group", Kind("agency", agency=True)),
    placements=(Placement("group", None), Placement("group", "group"), Placement("agency", "group")),
)
"""Groups within groups to any depth: only here a unit can be moved below itself."""

LINES = evolve(LOOSE, hierarchies=("main", "line"))
"""The same, with a second hierarchy in which some of the groups also stand."""
