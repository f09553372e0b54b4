"""Many events as arrays: the rows of thousands of events, written at once.

Each step of an event (a unit begins, a fact is written, a link, a unit ends) has a position, and the rows of a subject
are in the order of their positions. The rows are those that :mod:`orgmodel.acts.replay` writes event by event; here as
there, :mod:`orgmodel.acts.judge` checks them afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.acts.events import (
    Change,
    Closure,
    Creation,
    Event,
    Linked,
    Run,
    Succession,
    Texts,
    is_text,
    succession_type,
)
from orgmodel.engine.bulk import appended, by_subject
from orgmodel.engine.columns import ABOVE_ROOT, Acts, Columns, Longs, Table, are_texts, encoded, grown
from orgmodel.engine.index import Index
from orgmodel.engine.state import UNIT, State
from orgmodel.engine.state_reader import Base
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT, Unit

__all__ = [
    "EventArrays",
    "runs_of",
]

_FIGURES: Final = {int, float, str, Fraction, Quantity, type(None)}
"""Types of figures that cannot change."""
_TEXTS: Final = (tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND)


def runs_of(events: Iterable[Event | Run]) -> Iterator[Event | Run]:
    """The same events, with consecutive changes of one track and slot joined to runs.

    >>> [type(part).__name__ for part in runs_of([Change("a", "name", "A"), Change("b", "name", "B"), Closure("c")])]
    ['Run', 'Closure']
    """
    for kind, of_kind in groupby(events, type):
        if kind is not Change:
            yield from of_kind
            continue
        for (track, slot, until), group in groupby(of_kind, attrgetter("track", "slot", "until")):
            changes: list[Any] = list(group)
            if until is None:
                yield Run(track, [c.subject for c in changes], [c.value for c in changes], slot)
            else:
                yield from changes


def _all_texts(column: Sequence[Any]) -> bool:
    return isinstance(column, Texts) or are_texts(column)


class _Writes:
    """What is written to one track, as columns of equal length; only measures have slots."""

    def __init__(self) -> None:
        self.place: list[Longs] = []
        self.subject: list[str] = []
        self.value: list[Any] = []
        self.slot: list[Any] = []


class EventArrays:
    """Events whose rows arrays can write, collected in order."""

    def __init__(self) -> None:
        self.parts: list[Event | Run] = []
        self.size = 0
        """The number of events."""
        self.crossing: list[int] = []
        """Indices of the events that allow successors of another kind."""
        self._place = 0
        # For each part: the position before its first step, and the number of events before it.
        self._starts: list[int] = []
        self._firsts: list[int] = []
        self._begins: list[tuple[int, Unit]] = []
        self._writes: dict[str, _Writes] = {}
        # For each link: its position, the number of its event, old unit, new unit, index of its statement.
        self._links: list[tuple[int, int, str, str, int]] = []
        self._says: dict[tuple[Any, ...], int] = {}
        self._begun: set[str] = set()
        self._ends: list[str] = []
        self._end_places: list[int] = []

    # ---- collecting

    @property
    def steps(self) -> int:
        """The number of steps of its events."""
        return self._place

    def take(self, part: Event | Run) -> bool:
        """Add an event or a run; False, with nothing added, if it must be written event by event."""
        start = self._place
        match part:
            case Run() if self._is_plain(part):
                self._write(part)
            case Creation(what=Unit() as unit, reestablishes=None) if self._may_begin(unit):
                self._begin(unit)
            case Closure(subject=subject) if is_text(subject):
                self._end([subject])
            case Succession() if self._succession(part):
                pass
            case _:
                return False
        self.parts.append(part)
        self._starts.append(start)
        self._firsts.append(self.size)
        self.size += len(part) if isinstance(part, Run) else 1
        return True

    def _next(self) -> int:
        self._place += 1
        return self._place

    def _may_begin(self, unit: Unit) -> bool:
        # A unit that begins twice has rows from before that the new ones end: only the event by event writer does that.
        return unit.id not in self._begun

    def _begin(self, unit: Unit) -> None:
        self._begun.add(unit.id)
        self._begins.append((self._next(), unit))

    def _is_plain(self, run: Run) -> bool:
        """Whether a run has texts and figures only, in a track that arrays can write."""
        track = run.track
        if not is_text(track) or not _all_texts(run.subjects):
            return False
        if run.slot is not None and not (tracks.is_measure(track) and is_text(run.slot)):
            return False
        if tracks.is_parent(track):
            return _all_texts(run.values)
        if track in _TEXTS:
            return are_texts(value for value in run.values if value is not None)
        return tracks.is_measure(track) and {*map(type, run.values)} <= _FIGURES

    def _write(self, run: Run) -> None:
        writes = self._writes.get(run.track)
        if writes is None:
            writes = self._writes[run.track] = _Writes()
        first = self._place + 1
        self._place += len(run)
        writes.place.append(np.arange(first, self._place + 1))
        writes.subject.extend(run.subjects)
        values = run.values
        if tracks.is_measure(run.track):
            values = [v.value if type(v) is Quantity and v.is_exact else v for v in values]
            writes.slot.extend([run.slot or tracks.OWN] * len(run))
        writes.value.extend(values)

    def _end(self, subjects: Iterable[str]) -> None:
        ended = list(subjects)
        self._end_places += range(self._place + 1, self._place + len(ended) + 1)
        self._place += len(ended)
        self._ends += ended

    def _succession(self, event: Succession) -> bool:
        runs = list(runs_of(event.parts))
        if not all(map(self._may_begin, event.created)):
            return False
        if not all(isinstance(run, Run) and self._is_plain(run) for run in runs):
            return False
        for unit in event.created:
            self._begin(unit)
        for run in runs:
            assert isinstance(run, Run)
            self._write(run)
        type_, place, number, says = succession_type(event.links), self._next(), self.size + 1, self._says
        for link in event.links:
            statement = (link.extent, link.shares, link.dominant, link.dominant_by, type_, link.evidence)
            self._links.append((place, number, link.old, link.new, says.setdefault(statement, len(says))))
        if event.cross_kind:
            self.crossing.append(self.size)
        self._end(event.ended)
        return True

    # ---- writing

    def written(self, state: State, act: Act, labels: Sequence[int]) -> tuple[State, dict[str, Longs]]:
        """The state with the rows of the events, and the written subjects by track.

        Args:
            state: the state before the events.
            act: their act.
            labels: the label of each event.
        """
        state = state.folded() if state.maps or len(state.new_ids) else state
        return _Written(self, state, act, labels).done()

    def _event_of_steps(self) -> Longs:
        """The number of the event of each step."""
        starts, firsts = np.array(self._starts, np.int64), np.array(self._firsts, np.int64)
        are_runs = np.array([isinstance(part, Run) for part in self.parts], bool)
        counts = np.diff(starts, append=self.steps)
        # Each step of a run is an event of its own; all steps of another part are one event.
        numbers: Longs = firsts.repeat(counts)
        numbers += np.where(are_runs.repeat(counts), np.arange(self.steps) - starts.repeat(counts), 0)
        return numbers


class _Written:
    """The rows of many events on one state."""

    def __init__(self, events: EventArrays, state: State, act: Act, labels: Sequence[int]) -> None:
        self.events, self.state, self.base, self.day = events, state, state.base, act.effective.toordinal()
        # np.array would read a range item by item.
        label_of_event: Longs = (
            np.arange(labels.start, labels.stop) if isinstance(labels, range) else np.array(labels, np.int64)
        )
        self.label_of_step: Longs = label_of_event.take(events._event_of_steps())
        self.links: list[Sequence[Any]] = list(zip(*events._links, strict=True))
        """Columns of the links: position, number of the event, old unit, new unit, index of the statement."""
        self.touched: dict[str, Longs] = {}
        acts = state.base.acts.copy()
        assert isinstance(acts, Acts)
        self.acts, self.act = acts, acts.code(act)
        self._numbered: dict[int, tuple[Sequence[str], Longs]] = {}
        """id() of a list of ids -> the list, which keeps its id() from being used again, and their row numbers."""
        self._number()

    def _number(self) -> None:
        """Number all ids, new units first; ids that never began get a number as well, so that the judge can name them."""
        events, ids = self.events, self.base.ids
        begun = [unit.id for _, unit in events._begins]
        known = ids.numbers(begun)
        new = begun if (known < 0).all() else [begun[at] for at in np.flatnonzero(known < 0).tolist()]
        self.index: Index = ids.extended(new)
        named: list[Sequence[str]] = [events._ends]
        named += self.links[2:4]
        named.append([unit.parent for _, unit in events._begins if unit.parent is not None])
        for track, writes in events._writes.items():
            named.append(writes.subject)
            if tracks.refers_to_subject(track):
                values = writes.value
                named.append([value for value in values if value != ROOT] if ROOT in values else values)
        unknown: dict[str, None] = {}
        for group in named:
            numbers = self.index.numbers(group)
            if (numbers < 0).any():
                unknown.update(dict.fromkeys(group[at] for at in np.flatnonzero(numbers < 0).tolist()))
            else:
                self._numbered[id(group)] = group, numbers
        self.index = self.index.extended(unknown)
        self.count = len(self.index)
        self.begun = self._numbers(begun)
        self.begins: Longs = np.array([place for place, _ in events._begins], np.int64)
        self.ending = self._numbers(events._ends)
        self.end_places: Longs = np.array(events._end_places, np.int64)

    def done(self) -> tuple[State, dict[str, Longs]]:
        """The state, and the written subjects by track."""
        events = self.events
        columns = dict(self.base.columns)
        # Tracks without a write as well: what ends has its rows cut short in each of them.
        every = dict.fromkeys((*columns, *events._writes))
        if events._begins or events._ends:
            every |= dict.fromkeys((tracks.LIFE, *_TEXTS))
            every |= {tracks.parent_track(unit.hierarchy): None for _, unit in events._begins}
        for track in every:
            if track != tracks.LINK:
                new_columns = self._track(track, columns.get(track))
                if new_columns is not None:
                    columns[track] = new_columns
        if self.links:
            columns[tracks.LINK] = self._linked(columns.get(tracks.LINK))
        base = Base(self.index, {t: grown(c, self.count) for t, c in columns.items()}, self.acts)
        return State(base, seq=self.state.seq + events.size), self.touched

    def _label(self, places: Longs) -> Longs:
        """The label of the event with the step at each position, of which the first is 1."""
        return self.label_of_step.take(places - 1)

    def _refer(self, ids: Sequence[str]) -> Longs:
        """Row numbers of what ids refer to; :data:`ABOVE_ROOT` for the place above a root."""
        numbers = self._numbers(ids)
        return np.where(numbers < 0, ABOVE_ROOT, numbers) if (numbers < 0).any() else numbers

    def _numbers(self, ids: Sequence[str]) -> Longs:
        """Row numbers of ids, cached by list."""
        known = self._numbered.get(id(ids))
        return self.index.numbers(ids) if known is None else known[1]

    def _track(self, track: str, old: Columns | None) -> Columns | None:
        """The columns of a track after the events; None if they do not change."""
        has, first_values = self._begun(track)
        subject, place = self.begun.take(has), self.begins.take(has)
        writes = self.events._writes.get(track)
        values = Table() if old is None else old.values.copy()
        slots = Table() if old is None else old.slots.copy()
        refers = tracks.refers_to_subject(track)
        value: Longs = self._refer(first_values) if refers else encoded(track, values, first_values)
        slot: Longs | None = None
        if writes is not None:
            places = np.concatenate(writes.place)
            written = self._refer(writes.value) if refers else encoded(track, values, writes.value)
            subject = np.concatenate([subject, self._numbers(writes.subject)])
            place = np.concatenate([place, places])
            value = np.concatenate([value, written])
            if writes.slot:
                # No unit begins with a measure.
                distinct = {s: slots.code(s) for s in dict.fromkeys(writes.slot)}
                slot = np.fromiter(map(distinct.__getitem__, writes.slot), np.int64, len(places))
        if track == tracks.LIFE:
            nothing = np.full(len(self.ending), values.code(None))
            subject = np.concatenate([subject, self.ending])
            value = np.concatenate([value, nothing])
            place = np.concatenate([place, self.end_places])
        # By step within a subject: a later step of the act ends the row of an earlier one.
        order = by_subject(subject, place)
        if order is not None:
            subject, place, value = subject.take(order), place.take(order), value.take(order)
            slot = None if slot is None else slot.take(order)
        if len(subject):
            self.touched[track] = subject
        elif old is None or not len(self.ending):
            return None
        blank = None if refers else values.find(None)
        if blank is not None and tracks.is_measure(track):
            blank = -1 - blank
        return appended(
            track, self.count, old, self.day, subject, value, self.act,
            event=self._label(place), ended=self.ending, blank=blank, values=values, slot=slot, slots=slots,
        )  # fmt: skip

    def _begun(self, track: str) -> tuple[list[int], list[Any]]:
        """The indices of the new units that begin with a value in a track, and these values."""
        units = [unit for _, unit in self.events._begins]
        if track == tracks.LIFE:
            return list(range(len(units))), [UNIT] * len(units)
        if track in _TEXTS:
            values = list(map(attrgetter(track), units))
        elif tracks.is_parent(track):
            own = [tracks.parent_track(unit.hierarchy) == track for unit in units]
            values = [(unit.parent or ROOT) if here else None for unit, here in zip(units, own, strict=True)]
        else:
            return [], []
        has = [at for at, value in enumerate(values) if value is not None]
        return has, [values[at] for at in has]

    def _linked(self, old: Columns | None) -> Columns:
        place, number, olds, news, says = self.links
        places = np.array(place, np.int64)
        a, b = self._numbers(olds), self._numbers(news)
        values = Table() if old is None else old.values.copy()
        codes = encoded(tracks.LINK, values, [Linked(*statement) for statement in self.events._says])
        value = codes.take(np.array(says, np.int64))
        until = np.array(number, np.int64) + self.state.seq
        order = np.argsort(a, kind="stable")
        self.touched[tracks.LINK] = a.take(order)
        return appended(
            tracks.LINK, self.count, old, self.day, a.take(order), value.take(order), self.act,
            values=values, slot=b.take(order), slots=Table(), until=until.take(order),
            event=self._label(places.take(order)),
        )  # fmt: skip
