"""The kinds of Party organisations in Viet Nam, and which stood under which, from when to when.

Until 2025-06-30 there were four levels: the centre, provinces, districts, communes. From
2025-07-01 there are three. The kinds, their words and where they may stand are data
(``kinds.toml``), as the figures are (``measures.toml``). The schema is checked at the end of each
day, so that on the day of the reform both may be seen between two acts.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files
from typing import Any, Final, Literal

from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.track import MAIN
from orgmodel.party.matter_kinds import MATTERS
from orgmodel.party.tracks import TRACKS
from orgmodel.period import Period

__all__ = [
    "KINDS", "MEASURES", "SCHEMA", "THREE_LEVELS_FROM",
]  # fmt: skip

CENTRE: Final = "centre"
CENTRAL_ORGANISATION: Final = "central-organisation"
PROVINCE: Final = "province"
DIRECT_ORGANISATION: Final = "direct-organisation"
DISTRICT: Final = "district"
COMMUNE: Final = "commune"
GRASSROOTS: Final = "grassroots-organisation"
SECTION: Final = "section"
CELL: Final = "cell"
PARTY_GROUP: Final = "party-group"
AGENCY: Final = "agency"

SYSTEM: Final = "system"
"""The second hierarchy: the State, the Front and the mass organisations (hệ thống chính trị ngoài Đảng)."""

POLITICAL_SYSTEM: Final = "system"
STATE_PROVINCE: Final = "state-province"
STATE_DISTRICT: Final = "state-district"
STATE_COMMUNE: Final = "state-commune"

COMMITTEE_OF_GRASSROOTS: Final = "đảng bộ cơ sở"
"""Category of a grassroots organisation that has cells under a committee."""

CELL_OF_GRASSROOTS: Final = "chi bộ cơ sở"
"""Category of a grassroots organisation that is itself a cell."""


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files("orgmodel.party") / "data" / name).read_text(encoding="utf-8"))


_FILE: Final = _data("kinds.toml")

THREE_LEVELS_FROM: Final[dt.date] = _FILE["three_levels_from"]
"""The first day without the district level."""

KINDS: Final = tuple(
    Kind(kind, entry["names"][0], entry["names"][1], agency=entry.get("agency", False), ground=entry.get("ground"))
    for kind, entry in _FILE["kind"].items()
)
"""From the top, each with the kinds that it consists of, as ``kinds.toml`` has them."""

_DAYS: Final = {
    "under": Period(),
    "under_before": Period(None, THREE_LEVELS_FROM),
    "under_since": Period(THREE_LEVELS_FROM, None),
}

SCHEMA: Final = Schema(
    KINDS,
    [
        Placement(kind, parent or None, period)
        for kind, entry in _FILE["kind"].items()
        for key, period in _DAYS.items()
        for parent in entry.get(key, ())
    ],
    hierarchies=(MAIN, SYSTEM),
    tracks=TRACKS,
    matters=MATTERS,
)
"""Which kind stood under which, when, and which facts are declared.

>>> SCHEMA.allows("commune", "district", "2025-06-30"), SCHEMA.allows("commune", "district", "2025-07-01")
(True, False)
>>> SCHEMA.allows("cell", "commune", "2025-07-01")
True
>>> [kind for kind in ("province", "district", "commune") if kind in SCHEMA.kinds_on("2025-07-01")]
['province', 'commune']
"""


@strict
def measures(part: Literal["members", "figures"]) -> tuple[Measure, ...]:
    """The figures of a part of ``measures.toml``.

    >>> measures("members")[0].id
    'members'
    """
    return tuple(
        Measure(
            measure,
            "category" if "category" in flags else "count",
            unit=unit,
            name_vi=name_vi,
            fate="restart" if "restart" in flags else "",
        )
        for measure, (unit, name_vi, *flags) in _data("measures.toml")[part].items()
    )


MEASURES: Final = measures("members")
"""Counts that a Party organisation has: stocks first, then the flows that explain them."""
