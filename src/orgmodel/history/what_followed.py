"""The consequences of an entry of a log, from the rows before it and after it.

They are not stored. :meth:`~orgmodel.history.log.Entry.consequences` asks for them: the history as it was recorded before the
entry is compared with the one after it, for the units of the acts that were worked out anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, Protocol, Self

from attrs import define, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import written_by
from orgmodel.engine.columns import TrackRow
from orgmodel.engine.state import State
from orgmodel.errors import Refused
from orgmodel.history.anew import Ground, again
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
    """A history that can be asked what it knew when."""

    @property
    def log(self) -> tuple[Entry, ...]:
        """All entries in the order in which they were recorded."""
        ...

    def as_recorded(self, until: int, /) -> Self:
        """The history as it was known after an entry."""
        ...


def consequences(history: AsRecorded, entry: Entry) -> Consequences:
    """The consequences of an entry of a history, from the rows before it and after it.

    Args:
        history: the history.
        entry: one of its entries.
    """
    if not entry.remade:
        return Consequences(entry.number, ())
    after = history.as_recorded(entry.number)
    before, own = _before(history, entry)
    compared = _Compared(
        before._state,
        after._state,
        own,
        {act.id for act in entry.remade},
        set(_drifted(before, entry.remade)),
    )
    subjects: dict[str, None] = {}
    for act in entry.remade:
        for events in _changed_steps(before, act):
            subjects |= written_by(events)
    tracks_of_either = dict.fromkeys((*compared.old.tracks(), *compared.new.tracks()))
    tracks_of_either.pop(tracks.LINK, None)
    rows = [row for subject in subjects for track in tracks_of_either for row in _differences(compared, subject, track)]
    order = {act.id: place for place, act in enumerate(after.acts)}
    rows.sort(key=lambda c: (order.get(c.act, len(order)), c.track, c.subject, str(c.slot), c.start))
    return Consequences(entry.number, rows)


def _before(history: AsRecorded, entry: Entry) -> tuple[AsRecorded, set[str]]:
    """The history before an entry, and the ids of the acts that the entry, or one with it, recorded or amended."""
    own = {entry.about}
    number = entry.number - 1
    while True:
        try:
            return history.as_recorded(number), own
        except Refused:
            # Entries of one call need each other: the history before is that before the first of them.
            own.add(history.log[number - 1].about)
            number -= 1


def _changed_steps(before: AsRecorded, act: Act) -> Iterator[Iterable[Any]]:
    """The old and new events of each step of an act whose outcome changed."""
    old = before._record.order.get(act.id)
    for old_events, events in zip_longest(() if old is None else old.resolved, act.resolved, fillvalue=()):
        if old_events != events:
            yield (*old_events, *events)


def _drifted(before: AsRecorded, remade: Iterable[Act]) -> Iterator[tuple[str, str]]:
    """(act, subject) pairs that this version of the library resolves otherwise even on unchanged ground."""
    ground = Ground(before.schema, before.measures, tuple(answer for _, answer in before._record.answers))
    # Resolved again on the ground that did not change: what comes out otherwise there is the library's doing.
    for act in remade:
        old = before._record.order.get(act.id)
        if old is None:
            continue
        for step, events in enumerate(act.resolved):
            if old.resolved[step] == events:
                continue
            try:
                on_old_ground = again(before._state, before._record.order, old, step, ground)
            except Refused:
                continue
            if on_old_ground == events:
                yield from ((act.id, subject) for subject in written_by(events))


def _rows(state: State, subject: str, track: str) -> tuple[TrackRow, ...]:
    number = state.number(subject)
    return () if number is None else state.rows(track, number)


_Stated = tuple[Any, str]
"""A value and the id of the act that states it; (None, "") where there is none."""


@frozen
class _Compared:
    """The states before and after an entry, and what tells the consequences apart.

    Attributes:
        old: the state before.
        new: the state after.
        own: ids of the acts that the entry records or amends: what they state is no consequence.
        remade: ids of the acts that were worked out anew.
        drifted: (act, subject) pairs that are otherwise because the library is.
    """

    old: State
    new: State
    own: set[str]
    remade: set[str]
    drifted: set[tuple[str, str]]

    def how(self, subject: str, before: _Stated, after: _Stated) -> How:
        """How a value came to differ."""
        if (after[1] or before[1], subject) in self.drifted:
            return "drift"
        if after[0] is None:
            return "ended"
        return "carried" if after[1] in self.remade else "restated"

    def is_own(self, before: _Stated, after: _Stated) -> bool:
        """Whether the entry itself states a difference, or the act that it amends stated the old value."""
        return after[1] in self.own or (after[0] is None and before[1] in self.own)


@define
class _Span:
    """A value that differs from a day on; ``end`` is set once the two differ otherwise, or no more."""

    slot: Any
    start: int
    before: _Stated
    after: _Stated
    end: int | None = None


def _on(state: State, rows: Iterable[TrackRow], track: str, day: int) -> Mapping[Any, _Stated]:
    """Slot -> (value, id of the act) on a day."""
    return {row[3]: (shown(state, track, row[2]), row[4].id) for row in rows if row[0] <= day < row[1]}


def _differences(compared: _Compared, subject: str, track: str) -> Iterator[Consequence]:
    """The consequences for one track of a subject, each as long as the same two values face each other."""
    old_rows, new_rows = _rows(compared.old, subject, track), _rows(compared.new, subject, track)
    if old_rows == new_rows:
        return
    nothing: _Stated = (None, "")
    open_spans: dict[Any, _Span] = {}
    spans: list[_Span] = []
    # Values change only on the days on which a row begins or ends.
    for day in sorted({day for row in (*old_rows, *new_rows) for day in row[:2]}):
        old_values = _on(compared.old, old_rows, track, day)
        new_values = _on(compared.new, new_rows, track, day)
        for slot in dict.fromkeys((*old_values, *new_values, *open_spans)):
            before, after = old_values.get(slot, nothing), new_values.get(slot, nothing)
            span = open_spans.get(slot)
            if span is not None:
                if (span.before, span.after) == (before, after):
                    continue
                span.end = day
                del open_spans[slot]
            if before[0] != after[0] and not compared.is_own(before, after):
                open_spans[slot] = _Span(slot, day, before, after)
                spans.append(open_spans[slot])
    for span in spans:
        yield Consequence(
            act=span.after[1] or span.before[1],
            subject=subject,
            track=track,
            slot=span.slot,
            start=dt.date.fromordinal(span.start),
            end=None if span.end is None else from_ordinal(span.end),
            before=span.before[0],
            after=span.after[0],
            how=compared.how(subject, span.before, span.after),
        )
