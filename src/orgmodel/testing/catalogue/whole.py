"""All laws, in the order in which they are judged and told: of two that a case breaks, the plainer comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orgmodel.testing.catalogue import (
    conservation,
    engine,
    frame,
    ground,
    late,
    lineage,
    mergers,
    metamorphic,
    party,
    plans,
    readers,
    shown,
    storage,
    structure,
    time,
    verbs,
    written,
)
from orgmodel.testing.law import Law

__all__ = ["GROUPS", "LAWS"]

GROUPS: Final = (
    *(structure, conservation, mergers, time, lineage, storage, metamorphic, engine),
    *(verbs, late, frame, readers, ground, shown, written, plans, party),
)
"""The modules of laws, in that order."""

LAWS: Final[Mapping[str, Law]] = {number: law for group in GROUPS for number, law in group.law.laws.items()}
"""Id of a law -> the law."""
