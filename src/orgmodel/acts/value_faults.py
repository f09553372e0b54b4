"""What a track cannot hold, whatever else there is: why a value or a slot is wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgmodel.acts.events import is_text
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure, figure_fault
from orgmodel.model.schema import Schema
from orgmodel.model.unit import composed

__all__ = ["needless_slot", "unknown_kind", "value_fault"]


def needless_slot(track: str, slot: Any) -> str:
    """The message for a slot in a track that has no slots."""
    return f"{track!r} says one thing at a time; leave out the slot {slot!r}"


def unknown_kind(schema: Schema, kind: Any) -> str:
    """The message for a kind that the schema does not know."""
    return f"the schema knows no kind {kind!r} (it knows {', '.join(known.id for known in schema.kinds)})"


def value_fault(
    track: str, value: Any, slot: Any, schema: Schema, measures: Mapping[str, Measure]
) -> tuple[str, str] | None:
    """Why a track cannot hold a value: (rule, message); None if it can.

    >>> value_fault("name", "", None, Schema(), {})
    ('text', "a name is a text, not ''")
    """
    if tracks.is_measure(track):
        return _figure_fault(tracks.item(track), value, slot, measures)
    if tracks.family(track) not in (tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND) or value is None:
        return None
    if not is_text(value) or not value:
        return "text", f"a {track} is a text, not {value!r}"
    try:
        composed(value, track)
    except Refused as error:
        return error.findings[0].rule, error.findings[0].message
    if track == tracks.KIND and not schema.knows(value):
        return "kind", unknown_kind(schema, value)
    return None


def _figure_fault(name: str, value: Any, slot: Any, measures: Mapping[str, Measure]) -> tuple[str, str] | None:
    measure = measures.get(name)
    if measures and measure is None:
        return "measure", f"there is no measure {name!r} (there are {', '.join(measures)})"
    if value is None or (measure is not None and measure.type == "category"):
        return None
    if slot not in (None, tracks.OWN, tracks.SUBTREE):
        return "measure", f"the scope of a measure is own or subtree, not {slot!r}"
    return figure_fault(name, value, measure)
