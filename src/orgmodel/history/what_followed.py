"""The consequences of an entry of a log, from the rows before it and after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, Self

from orgmodel.acts.act import Act
from orgmodel.engine.columns import TrackRow
from orgmodel.engine.state import State
from orgmodel.errors import Refused
from orgmodel.history.anew import Ground, again, written_by
from orgmodel.history.consequences import Consequence, Consequences, How
from orgmodel.history.facts import shown
from orgmodel.history.log import Entry
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.period import from_ordinal

__all__ = [
    "AsRecorded",
    "consequences",
]


class AsRecorded(Past, Protocol):
    """A history, as far as it is asked what it knew when."""

    @property
    def log(self) -> tuple[Entry, ...]:
        """All entries in the order in which they were recorded."""
        ...

    def as_recorded(self, until: int, /) -> Self:
        """The history as it was known after an entry."""
        ...


def consequences(history: AsRecorded, entry: Entry) -> Consequences:
    """The consequences of an entry of a history; worked out when asked, from the rows before and after.

    Args:
        history: the history.
        entry: one of its entries.
    """
    if not entry.remade:
        return Consequences(entry.number, ())
    after = history.as_recorded(entry.number)
    own = {entry.amends or (entry.act.id if entry.act is not None else "")}
    before, at = None, entry.number - 1
    while before is None:
        try:
            before = history.as_recorded(at)
        except Refused:
            # Entries of one call need each other: the history before is that before the first of them.
            other = history.log[at - 1]
            own.add(other.amends or (other.act.id if other.act is not None else ""))
            at -= 1
    subjects: dict[str, None] = {}
    for act in entry.remade:
        for events in _otherwise(before, act):
            subjects |= written_by(events)
    remade = {act.id for act in entry.remade}
    drifted = set(_drifted(before, entry.remade))
    listed: list[Consequence] = []
    old, new = before._state, after._state
    for subject in subjects:
        for track in dict.fromkeys((*old.tracks(), *new.tracks())):
            if track != tracks.LINK:
                listed += _differences(old, new, subject, track, own, remade, drifted)
    order = {act.id: place for place, act in enumerate(after.acts)}
    listed.sort(key=lambda c: (order.get(c.act, len(order)), c.track, c.subject, str(c.slot), c.start))
    return Consequences(entry.number, listed)


def _otherwise(before: AsRecorded, act: Act) -> Iterator[Iterable[Any]]:
    """The events of the steps of an act that came to something else before."""
    known = before._record.known.get(act.id)
    old = () if known is None else known[1].resolved
    for at, events in enumerate(act.resolved):
        was = old[at] if at < len(old) else ()
        if was != events:
            yield (*was, *events)


def _drifted(before: AsRecorded, remade: Iterable[Act]) -> Iterator[tuple[str, str]]:
    """(act, subject) pairs that a newer version of the library resolves otherwise even on unchanged ground."""
    ground = Ground(before.schema, before.measures, tuple(answer for _, answer in before._record.answers))
    for act in remade:
        old = before._record.order.get(act.id)
        if old is None:
            continue
        for step, events in enumerate(act.resolved):
            if old.resolved[step] == events:
                continue
            try:
                then = again(before._state, before._record.order, old, step, ground)
            except Refused:
                continue
            if then == events:
                yield from ((act.id, subject) for subject in written_by(events))


def _rows(state: State, subject: str, track: str) -> tuple[TrackRow, ...]:
    number = state.number(subject)
    return () if number is None else state.rows(track, number)


_Held = Mapping[Any, tuple[Any, str]]


def _on(state: State, rows: Iterable[TrackRow], track: str, day: int) -> _Held:
    """Slot -> (value, id of the act) on a day."""
    return {row[3]: (shown(state, track, row[2]), row[4].id) for row in rows if row[0] <= day < row[1]}


def _differences(
    old: State, new: State, subject: str, track: str, own: set[str], remade: set[str], drifted: set[tuple[str, str]]
) -> Iterator[Consequence]:
    was, now = _rows(old, subject, track), _rows(new, subject, track)
    if was == now:
        return
    days = sorted({day for row in (*was, *now) for day in row[:2]})
    open_: dict[Any, list[Any]] = {}
    spans: list[list[Any]] = []
    for day in days:
        a, b = _on(old, was, track, day), _on(new, now, track, day)
        for slot in dict.fromkeys((*a, *b, *open_)):
            pair = a.get(slot, (None, "")), b.get(slot, (None, ""))
            span = open_.get(slot)
            if span is not None and span[2] == pair:
                continue
            if span is not None:
                span[4] = day
                del open_[slot]
            if pair[0][0] != pair[1][0] and not _is_own(pair, own):
                open_[slot] = span = [slot, day, pair, None, None]
                spans.append(span)
    for slot, start, ((before, by), (after, says)), _, end in spans:
        drift = (says or by, subject) in drifted
        how: How = "drift" if drift else "ended" if after is None else "carried" if says in remade else "restated"
        first, last = dt.date.fromordinal(start), None if end is None else from_ordinal(end)
        yield Consequence(says or by, subject, track, slot, first, last, before, after, how)


def _is_own(pair: tuple[tuple[Any, str], tuple[Any, str]], own: set[str]) -> bool:
    """Whether a difference is stated by the entry itself, or was by the act that it amends."""
    (_, by), (after, says) = pair
    return says in own or (after is None and by in own)
