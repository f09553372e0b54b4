"""A whole history as frames: one table for each sort of fact, with names beside ids.

Days are half-open: ``end`` is the first day on which a row no longer holds, null where there is none. The frames are for
reading with other tools; :func:`orgmodel.history.tables.writing.to_tables` gives tables that a history is read from again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from attrs import field, frozen

from orgmodel.engine.state import UNIT
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster
from orgmodel.model.frames import Column, ColumnSort, Tabular, columns_of
from orgmodel.model.measure import Quantity
from orgmodel.model.schema import Schema
from orgmodel.period import from_ordinal
from orgmodel.structure.structure import Structure

__all__ = [
    "COLUMNS",
    "HistoryFrame",
    "frames_of",
]

_SPAN: Final[Mapping[str, ColumnSort]] = {"start": "day", "end": "day", "act": "text"}

COLUMNS: Final[Mapping[str, Mapping[str, ColumnSort]]] = {
    "units": {"unit": "text", "name": "text", "code": "text", "kind": "text", "start": "day", "end": "day", "act": "text"},
    "parents": {"unit": "text", "name": "text", "hierarchy": "text", "parent": "text", "parent_name": "text", **_SPAN},
    "facts": {"unit": "text", "name": "text", "track": "text", "slot": "text", "value": "text", "value_name": "text", **_SPAN},
    "figures": {"unit": "text", "name": "text", "measure": "text", "scope": "text", "value": "number", "qualifier": "text",
                "low": "number", "high": "number", "category": "text", **_SPAN},
    "members": {"unit": "text", "name": "text", "clustering": "text", "cluster": "text", "cluster_name": "text", **_SPAN},
    "roles": {"cluster": "text", "cluster_name": "text", "role": "text", "seat": "whole", "unit": "text", "name": "text",
              "absent": "text", **_SPAN},
    "clusters": {"cluster": "text", "name": "text", "clustering": "text", **_SPAN},
    "links": {"old": "text", "old_name": "text", "new": "text", "new_name": "text", "day": "day", "type": "text",
              "extent": "text", "dominant": "boolean", "dominant_by": "text", "evidence": "text", "act": "text"},
    "shares": {"old": "text", "old_name": "text", "new": "text", "new_name": "text", "day": "day", "measure": "text",
               "share": "number", "exact_share": "text", "act": "text"},
    "acts": {"act": "text", "effective": "day", "number": "text", "issuer": "text", "title": "text", "decided": "day",
             "in_force": "day", "certainty": "text", "note": "text", "events": "whole"},
    "log": {"entry": "whole", "recorded": "day", "act": "text", "amends": "text", "reason": "text"},
}  # fmt: skip
"""Frame -> column -> what it holds."""


@frozen(slots=False)
class HistoryFrame(Tabular):
    """One table of a history.

    Attributes:
        name: which: a key of :data:`COLUMNS`.
        rows: its rows, each a mapping.
    """

    name: str
    rows: tuple[Mapping[str, Any], ...] = field(repr=lambda rows: f"<{len(rows)} rows>")

    def __len__(self) -> int:
        return len(self.rows)

    def _columns(self) -> dict[str, Column]:
        return columns_of(self.rows, COLUMNS[self.name])


def frames_of(history: Any) -> dict[str, HistoryFrame]:
    """All frames of a history, by name: see :meth:`orgmodel.history.history.History.frames`."""
    last = history.acts[-1].effective if history.acts else None
    called: Callable[[str], str] = str if last is None else history.at(last).called
    rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in COLUMNS}
    for name, row in chain(_dated(history, called), _linked(history, called), _recorded(history)):
        rows[name].append(row)
    return {name: HistoryFrame(name, tuple(listed)) for name, listed in rows.items()}


def _linked(history: Any, called: Callable[[str], str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(frame, row) of all links and their shares."""
    for link in history.lineage.links():
        ends = {"old": link.old, "old_name": called(link.old), "new": link.new, "new_name": called(link.new),
                "day": link.day, "act": link.act.id}  # fmt: skip
        yield "links", ends | {
            "type": link.type, "extent": link.extent, "dominant": link.dominant,
            "dominant_by": link.dominant_by or None, "evidence": link.evidence or None,
        }  # fmt: skip
        for measure, share in link.shares:
            yield "shares", ends | {"measure": measure, "share": float(share), "exact_share": str(share)}


def _recorded(history: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(frame, row) of all acts that count and of all entries of the log."""
    for act in history.acts:
        source = act.source
        yield "acts", {
            "act": act.id, "effective": act.effective, "number": source.number or None, "issuer": source.issuer or None,
            "title": source.title or None, "decided": source.decided, "in_force": source.in_force,
            "certainty": source.certainty or None, "note": act.note or None, "events": act.size,
        }  # fmt: skip
    for entry in history.log:
        yield "log", {
            "entry": entry.number, "recorded": entry.recorded, "act": None if entry.act is None else entry.act.id,
            "amends": entry.amends, "reason": entry.reason or None,
        }  # fmt: skip


def _dated(history: Any, called: Callable[[str], str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(frame, row) of all dated rows."""
    state = history._state
    if not history.acts:
        return
    shown = Structure(state, history.acts[-1].effective, history.schema)._shown
    # A unit is a row for its whole life, so of its codes and kinds the last one stands in it.
    codes, kinds = (
        {n: row[2] for n, row in state.iter_rows(t) if row[2] is not None} for t in (tracks.CODE, tracks.KIND)
    )
    for track in state.tracks():
        if track == tracks.LINK:
            continue
        for number, (start, end, raw, slot, by, *_) in state.iter_rows(track):
            if raw is None or start >= end:
                continue
            subject = state.name(number)
            if track != tracks.LIFE:
                frame, row = _fact(history.schema, called, subject, track, slot, raw, shown(track, raw))
            elif raw == UNIT:
                frame, row = "units", {"unit": subject, "code": codes.get(number), "kind": kinds.get(number)}
            else:
                clustering = raw.clustering if isinstance(raw, Cluster) else None
                frame, row = "clusters", {"cluster": subject, "clustering": clustering}
            if track == tracks.LIFE:
                row["name"] = called(subject)
            span = {"start": from_ordinal(start), "end": from_ordinal(end), "act": None if by is None else by.id}
            yield frame, row | span


def _fact(
    schema: Schema, called: Callable[[str], str], subject: str, track: str, slot: Any, raw: Any, value: Any
) -> tuple[str, dict[str, Any]]:
    """The frame in which a fact is a row, and the row without its days."""
    unit = {"unit": subject, "name": called(subject)}
    if tracks.is_parent(track):
        above = {"parent": value, "parent_name": None if value is None else called(value)}
        return "parents", unit | {"hierarchy": tracks.item(track)} | above
    if tracks.is_measure(track):
        return "figures", unit | {"measure": tracks.item(track), "scope": slot} | _figure(raw)
    if tracks.is_member(track):
        cluster = {"clustering": tracks.item(track), "cluster": value, "cluster_name": called(value)}
        return "members", unit | cluster
    if tracks.family(track) == tracks.ROLE:
        seat = {"cluster": subject, "cluster_name": called(subject), "role": slot[0], "seat": slot[1]}
        who = {"absent": value.value} if isinstance(value, Absent) else {"unit": value, "name": called(value)}
        return "roles", seat | who
    refers = schema.track(track).refers and isinstance(value, str)
    fact = {"track": track, "slot": None if slot is None else _text(slot), "value": _text(value)}
    return "facts", unit | fact | {"value_name": called(value) if refers else None}


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _figure(raw: Any) -> dict[str, Any]:
    if isinstance(raw, str):
        return {"category": raw}
    quantity = Quantity.of(raw)
    return {"value": quantity.value, "qualifier": quantity.qualifier, "low": quantity.low, "high": quantity.high}
