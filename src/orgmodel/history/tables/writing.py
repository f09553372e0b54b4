"""Histories to tables: every dated row of every track, as columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from orgmodel.engine.bulk import EPOCH
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.columns import ABOVE_ROOT, Columns
from orgmodel.engine.state import UNIT
from orgmodel.errors import Finding
from orgmodel.history.history import History
from orgmodel.history.tables.late import FromRows
from orgmodel.history.tables.stated import TableWriter, put_track
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.period import FOREVER

__all__ = [
    "Tables",
    "to_tables",
]


class Tables(dict[str, Any]):
    """The arguments from which :func:`~orgmodel.history.tables.history_reader.from_tables` reads the same history.

    Attributes:
        notes: a note for each part of the history that the tables leave out.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, {"id": "a", "parent": "top"}], day="2025-01-01")
    >>> tables = om.to_tables(history)
    >>> sorted(tables), tables["parents"]["unit"].tolist()
    (['acts', 'facts', 'hierarchies', 'measures', 'parents', 'schema', 'units'], ['top', 'a'])
    >>> om.from_tables(**tables).at("2025-01-01").children("top")
    ('a',)
    """

    notes: tuple[Finding, ...] = ()


@strict
def to_tables(history: History) -> Tables:
    """The arguments from which :func:`~orgmodel.history.tables.history_reader.from_tables` reads the same history.

    Tables are dicts of arrays. Days are ``datetime64[D]``, ends the first day on which a row no longer holds, NaT
    where there is none. Ids are texts. Rows name the act and the event that wrote them, so that acts, events and
    links come back as they are. A history that came from tables in which the rows of one day are one act goes back into
    such tables.

    Tables hold what is known now. Corrections, cancellations, and decisions of which only the events are kept are left
    out, and :attr:`Tables.notes` says so: keep those with :func:`~orgmodel.io.jsonl.dump` or
    :func:`~orgmodel.io.opening.save`.

    Returns:
        ``units``, ``parents``, ``hierarchies``, ``facts``, ``schema``, ``measures``, and where the history has any
        ``acts``, ``links``, ``clusters``, ``clusterings``, ``matters``, ``sources``.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.history.tables import from_tables
    >>> history = history_of([{"id": "vn"}, {"id": "p", "parent": "vn", "name": "A province"}], day="2024-01-01")
    >>> tables = to_tables(history)
    >>> tables["parents"]["parent"].tolist()
    [None, 'vn']
    >>> from_tables(tables.pop("units"), **tables) == history
    True
    """
    acts = history.acts
    tables = Tables(schema=history.schema, measures=tuple(history.measures.values()))
    if acts and all(isinstance(act._events, FromRows) and act._resolved is None for act in acts):
        tables |= _of_rows(history)
    else:
        writer = TableWriter()
        known = history._record.known
        with collector_paused():
            for entry in history.log:
                if entry.amends is None and entry.act is not None and entry.act.id in known:
                    writer.decision(known[entry.act.id][1], entry.recorded)
            for act in acts:
                writer.act(act)
            tables |= writer.tables()
    tables.notes = tuple(_left_out(history))
    return tables


def _left_out(history: History) -> Iterator[Finding]:
    """Notes on what the tables of a history leave out."""
    amended = sum(entry.amends is not None for entry in history.log)
    if amended:
        message = (
            f"{amended} correction{'s' * (amended > 1)} and cancellations are left out: tables hold what is known now"
        )
        yield Finding("log-left-out", message, severity="note")
    # A stated succession that was completed decided more than it states.
    decided = [act.id for act in history.acts if not act.is_outcome or act._resolved is not None]
    if decided:
        message = f"what {len(decided)} acts decided is left out: tables hold the events that it came to"
        yield Finding("operations-left-out", message, severity="note")


def _of_rows(history: History) -> dict[str, Any]:
    """The tables of a history that came from tables: rows of one day are one act."""
    state = history._state.folded() if history._state.maps else history._state
    ids = np.array(state.all_ids(), object)
    columns = state.base.columns
    life = columns.get(tracks.LIFE)
    if life is None:
        return {"units": {"id": ids, "start": _days(np.zeros(0, np.int32))}, "parents": {}}
    # Clusters and clusterings have lives, too, and no place in these tables.
    lives = np.flatnonzero(life.value == life.values.find(UNIT))
    is_unit = np.zeros(state.count, bool)
    is_unit[life.subject.take(lives)] = True
    # A unit that lived no whole day has rows of no day, which are left out of all other units.
    fleeting = np.zeros(state.count, bool)
    fleeting[life.subject.take(lives.compress(life.start.take(lives) == life.end.take(lives)))] = True
    out: dict[str, Any] = {
        "units": {
            "id": ids[life.subject.take(lives)],
            "start": _days(life.start.take(lives)),
            "end": _days(life.end.take(lives)),
        },
        "parents": {},
        "hierarchies": {},
        "facts": {},
        "sources": {act.effective: act.source for act in history.acts},
    }
    for track, c in columns.items():
        if track not in (tracks.LIFE, tracks.LINK, tracks.ROLE) and not tracks.is_member(track):
            rows = np.flatnonzero(((c.start < c.end) | _last_of(c, fleeting)) & is_unit.take(c.subject))
            put_track(out, track, _of_track(track, c, rows, ids))
    if tracks.LINK in columns and len(columns[tracks.LINK]):
        out["links"] = _of_links(history)
    return out


def _of_track(track: str, c: Columns, rows: Any, ids: Any) -> dict[str, Any]:
    """The table of some rows of a track."""
    table: dict[str, Any] = {"unit": ids[c.subject.take(rows)]}
    if tracks.is_parent(track):
        above = c.value.take(rows)
        parents = ids[np.maximum(above, 0)]
        parents[above == ABOVE_ROOT] = None
        table["parent"] = parents
    else:
        # Not by np.array, which makes two dimensions of pairs.
        decoded: Any = ids.__getitem__ if tracks.refers_to_subject(track) else c.decode
        table["value"] = np.fromiter(map(decoded, c.value.take(rows).tolist()), object, len(rows))
    table["start"] = _days(c.start.take(rows))
    table["end"] = _days(c.end.take(rows))
    if c.slot is not None:
        table["slot"] = np.fromiter(map(c.slot_of, c.slot.take(rows).tolist()), object, len(rows))
    return table


def _of_links(history: History) -> dict[str, Any]:
    """The table of all links; columns in which no link says anything are left out."""
    links = history.lineage.links()

    def column(name: str, dtype: Any = object) -> Any:
        return np.array([getattr(link, name) for link in links], dtype)

    again = np.array([link.type == "re-establishment" for link in links])
    # Filled, because np.array would look into mappings.
    shares = np.empty(len(links), object)
    shares[:] = [dict(link.shares) or None for link in links]
    optional = {"reestablishes": again, "evidence": column("evidence"), "shares": shares}
    return {
        "old": column("old"),
        "new": column("new"),
        "day": column("day", "datetime64[D]"),
        "event": column("seq", np.int64),
        "extent": column("extent"),
        "dominant": column("dominant", bool),
        "dominant_by": column("dominant_by"),
        **{name: values for name, values in optional.items() if any(values)},
    }


def _last_of(c: Columns, fleeting: Any) -> Any:
    """A mask of the last row of each fact of units that lived no whole day."""
    flags = np.zeros(len(c), bool)
    last: dict[tuple[int, int], int] = {}
    for row in np.flatnonzero(fleeting.take(c.subject)).tolist():
        last[int(c.subject[row]), 0 if c.slot is None else int(c.slot[row])] = row
    flags[[row for row in last.values() if c.decode(int(c.value[row])) is not None]] = True
    return flags


def _days(ordinals: Any) -> Any:
    """datetime64 days of ordinals, NaT for the far end."""
    days = (np.asarray(ordinals, np.int64) - EPOCH).view("datetime64[D]").copy()
    days[np.asarray(ordinals) >= FOREVER] = np.datetime64("NaT", "D")
    return days
