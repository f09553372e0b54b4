"""A stretch of many events, judged and applied at once with arrays.

What is checked is what :mod:`orgmodel.acts.replay` checks after every event, with one
difference: an event's place in the stretch takes the part of time. Each step of an event
(a unit begins, a fact is written, a link, a unit ends) has a place; a unit lives between the place of its
beginning and that of its end, and a parent holds until the next one is written. So "the parent lives when the
child comes to it" is a comparison of numbers, and all of them are made at once.

Only what is plainly right is applied here. Where something is wrong, or rare enough that its rule stands in one place
only (roots that change, clusters, facts with an end), nothing is applied, and it is told which events are in doubt: they
go one by one, which has the last word and names the faults, and what stands between them is a shorter stretch.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.acts.events import (
    Act,
    Change,
    Closure,
    Creation,
    Event,
    Linked,
    Run,
    Succession,
    Texts,
    is_text,
    link_faults,
    succession_type,
)
from orgmodel.engine.bulk import appended, by_subject, peel
from orgmodel.engine.columns import NOBODY, Acts, Columns, Longs, Table, are_texts, encoded, grown
from orgmodel.engine.index import Index
from orgmodel.engine.state import UNIT, Base, State
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT, Unit

_TEXTS: Final = (tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND)
_NEVER: Final = 2**62
"""The place of what does not happen in the stretch."""

Flags = npt.NDArray[np.bool_]


def runs_of(events: Iterable[Event | Run]) -> Iterator[Event | Run]:
    """The same events, in which changes of one track and slot that follow each other are a run.

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
    """What is written to one track: columns of equal length; measures only have slots."""

    def __init__(self) -> None:
        self.place: list[Longs] = []
        self.subject: list[str] = []
        self.value: list[Any] = []
        self.slot: list[Any] = []


class Stretch:
    """Events that can be judged at once, collected in their order.

    Args:
        schema: where each kind may stand.
        sound: whether the value of a change is one that its track can hold.
    """

    def __init__(self, schema: Schema, sound: Callable[[Change], bool]) -> None:
        self.schema, self.sound = schema, sound
        self.parts: list[Event | Run] = []
        self.size = 0
        """How many events it has."""
        self._place = 0
        # Of each part: the place before it, and how many events come before it.
        self._starts: list[int] = []
        self._firsts: list[int] = []
        self._begins: list[tuple[int, Unit]] = []
        self._writes: dict[str, _Writes] = {}
        # Of each link: its place, the number of its event, old, new, what it says, and whether kinds may differ.
        self._links: list[tuple[int, int, str, str, int, bool]] = []
        self._says: dict[tuple[Any, ...], int] = {}
        # Of each unit that ends: who, its place, that before its event, and that of the last one that ends with it.
        self._ends: list[str] = []
        self._end_places: list[int] = []
        self._end_since: list[int] = []
        self._last_ends: list[int] = []

    # ---- collecting

    @property
    def steps(self) -> int:
        """How many steps its events have."""
        return self._place

    def take(self, part: Event | Run) -> bool:
        """Add events; False if they need a closer look, and are not added."""
        start = self._place
        match part:
            case Run():
                taken = self._is_plain(part)
                if taken:
                    self._write(part)
            case Creation():
                taken = part.reestablishes is None and isinstance(part.what, Unit) and self._is_placed(part.what)
                if taken:
                    assert isinstance(part.what, Unit)
                    self._begins.append((self._next(), part.what))
            case Closure():
                taken = is_text(part.subject)
                if taken:
                    self._end(self._place, [part.subject])
            case Succession():
                taken = self._succession(part)
            case _:
                taken = False
        if taken:
            self.parts.append(part)
            self._starts.append(start)
            self._firsts.append(self.size)
            self.size += len(part) if isinstance(part, Run) else 1
        return taken

    def _next(self) -> int:
        self._place += 1
        return self._place

    def _is_placed(self, unit: Unit) -> bool:
        known = self.schema.knows(unit.kind) and unit.hierarchy in self.schema.hierarchies
        return known and unit.parent is not None and unit.id not in ("", ROOT)

    def _is_plain(self, run: Run) -> bool:
        track = run.track
        values: Sequence[Any] = run.values
        if not is_text(track) or not _all_texts(run.subjects):
            return False
        if run.slot is not None and not tracks.is_measure(track):
            return False
        if tracks.is_parent(track):
            known = tracks.item(track) in self.schema.hierarchies
            return known and _all_texts(values)
        if track in _TEXTS:
            asked = dict.fromkeys(values) if are_texts(v for v in values if v is not None) else values
        elif tracks.is_measure(track):
            # Whole numbers that are not negative suit every measure; one of them tells whether there is such a measure.
            asked = [v for at, v in enumerate(values) if not at or type(v) is not int or v < 0]
        else:
            return False
        return all(self.sound(Change(run.subjects[0], track, value, run.slot)) for value in asked)

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

    def _end(self, since: int, subjects: Iterable[str]) -> None:
        ended = list(subjects)
        self._end_places += range(self._place + 1, self._place + len(ended) + 1)
        self._place += len(ended)
        self._ends += ended
        self._end_since += [since] * len(ended)
        self._last_ends += [self._place] * len(ended)

    def _succession(self, event: Succession) -> bool:
        runs = list(runs_of(event.changes)) if event.changes else []
        if link_faults(event) or not all(map(self._is_placed, event.created)):
            return False
        if not all(isinstance(run, Run) and self._is_plain(run) for run in runs):
            return False
        since = self._place
        self._begins += [(self._next(), unit) for unit in event.created]
        for run in runs:
            assert isinstance(run, Run)
            self._write(run)
        type_, place, number, says = succession_type(event.links), self._next(), self.size + 1, self._says
        for link in event.links:
            told = (link.extent, link.shares, link.dominant, link.dominant_by, type_, link.evidence)
            self._links.append((place, number, link.old, link.new, says.setdefault(told, len(says)), event.cross_kind))
        self._end(since, event.ended)
        return True

    # ---- judging and applying

    def applied(
        self, state: State, day: dt.date, act: Act, labels: Sequence[int]
    ) -> tuple[State, dict[str, Longs]] | list[int]:
        """The state after the stretch, and the subjects that each track was written of; or which events are in doubt.

        Those are told by their place among the events, from 0. None need be wrong, and others may be.
        """
        state = state.folded() if state.maps or len(state.new_ids) else state
        return _Applied(self, state, day.toordinal(), labels).done(act)

    def between(self, first: int, last: int) -> Iterator[Event | Run]:
        """The events from a place among them on, up to another one, which is left out; runs may be cut."""
        at = bisect_right(self._firsts, first) - 1 if first < last else len(self.parts)
        while at < len(self.parts) and self._firsts[at] < last:
            part, start = self.parts[at], self._firsts[at]
            if isinstance(part, Run):
                yield part.cut(max(first - start, 0), last - start)
            else:
                yield part
            at += 1

    def _events_at(self, places: Longs) -> list[int]:
        """Which events have their steps at some places, each once."""
        found: list[int] = np.unique(self._numbers_at(places)).tolist()
        return found

    def _numbers_at(self, places: Longs) -> Longs:
        """The number of the event that has its step at each place."""
        parts = np.searchsorted(np.array(self._starts), places, side="left") - 1
        first, start = np.array(self._firsts).take(parts), np.array(self._starts).take(parts)
        run = np.array([isinstance(part, Run) for part in self.parts]).take(parts)
        numbers: Longs = first + np.where(run, places - start - 1, 0)
        return numbers


class _Applied:
    """One stretch on one state."""

    def __init__(self, stretch: Stretch, state: State, day: int, labels: Sequence[int]) -> None:
        self.stretch, self.state, self.day, self.base = stretch, state, day, state.base
        # numpy makes an array of a range item by item.
        self.labels: Longs = (
            np.arange(labels.start, labels.stop) if isinstance(labels, range) else np.array(labels, np.int64)
        )
        self.touched: dict[str, Longs] = {}
        self.doubtful: list[Longs] = []
        """Places of steps that may be wrong."""

    def done(self, act: Act) -> tuple[State, dict[str, Longs]] | list[int]:
        self._lives()
        columns = self._columns(act)
        if self.doubtful:
            return self.stretch._events_at(np.concatenate(self.doubtful))
        return State(columns, seq=self.state.seq + self.stretch.size), self.touched

    def _must(self, holds: Flags, places: Longs) -> None:
        """A comparison of arrays that must hold for all; the places of those for which it does not are remembered."""
        if not holds.all():
            self.doubtful.append(places.compress(~holds))

    def _label(self, places: Longs) -> Longs:
        """The label of the event that has its step at each place."""
        return self.labels.take(self.stretch._numbers_at(places))

    def _numbers(self, ids: Sequence[str], places: Longs) -> Longs:
        """Numbers of subjects, all of which there must be; whoever is not there has the number of the first one."""
        found = self.index.numbers(ids)
        there = found >= 0
        self._must(there, places)
        return found if there.all() else np.where(there, found, 0)

    def _lives(self) -> None:
        """Between which places each unit lives."""
        stretch, base = self.stretch, self.base
        begun = [unit.id for _, unit in stretch._begins]
        self.begins = np.array([place for place, _ in stretch._begins], np.int64)
        first = dict(zip(reversed(begun), reversed(self.begins.tolist()), strict=True))
        fresh = base.ids.numbers(begun) < 0
        if len(first) < len(begun):
            fresh &= np.fromiter(map(first.__getitem__, begun), np.int64, len(begun)) == self.begins
        self._must(fresh, self.begins)
        kept = np.flatnonzero(fresh)
        self.index: Index = base.ids.extended(begun if len(kept) == len(begun) else [begun[at] for at in kept.tolist()])
        self.count = len(self.index)
        self.begun = self.index.numbers(begun)
        self.born = np.full(self.count, _NEVER)
        lives = base.columns.get(tracks.LIFE)
        if lives is not None:
            rows = lives.live(self.day)
            units = rows.compress(lives.value.take(rows) == lives.values.find(UNIT))
            self.born[lives.subject.take(units)] = -1
        self.born[self.begun] = self.begins
        places, since = np.array(stretch._end_places, np.int64), np.array(stretch._end_since, np.int64)
        self.ending = self._numbers(stretch._ends, places)
        self.ended = np.full(self.count, _NEVER)
        # Each ends once, and was there before the event by which it ends: the first of several ends counts.
        self.ended[self.ending[::-1]] = places[::-1]
        self._must(self.ended.take(self.ending) == places, places)
        self._must(self.born.take(self.ending) <= since, places)
        # The place at which nothing may be left below it: when all that end with it have ended.
        self.empty = np.full(self.count, _NEVER)
        self.empty[self.ending[::-1]] = stretch._last_ends[::-1]

    def _live(self, numbers: Longs, places: Longs) -> None:
        self._must((self.born.take(numbers) < places) & (places < self.ended.take(numbers)), places)

    def _columns(self, act: Act) -> Base:
        stretch, base = self.stretch, self.base
        acts = base.acts.copy()
        assert isinstance(acts, Acts)
        self.act = acts.code(act)
        columns = dict(base.columns)
        every = dict.fromkeys((*columns, *stretch._writes))
        if stretch._begins:
            every |= dict.fromkeys((tracks.LIFE, *_TEXTS))
            every |= {tracks.parent_track(unit.hierarchy): None for _, unit in stretch._begins}
        for track in every:
            if track != tracks.LINK:
                found = self._track(track, columns.get(track))
                if found is not None:
                    columns[track] = found
        if stretch._links:
            linked = self._linked(columns.get(tracks.LINK))
            if linked is not None:
                columns[tracks.LINK] = linked
        return Base(self.index, {t: grown(c, self.count) for t, c in columns.items()}, acts)

    def _track(self, track: str, old: Columns | None) -> Columns | None:
        """The columns of a track after the stretch; None if nothing of it changes."""
        begun = self._begun(track)
        subject, place = self.begun.take(begun[0]), self.begins.take(begun[0])
        writes = self.stretch._writes.get(track)
        values = Table() if old is None else old.values.copy()
        slots = Table() if old is None else old.slots.copy()
        refers = tracks.refers_to_subject(track)
        value: Longs = self._numbers(begun[1], place) if refers else encoded(track, values, begun[1])
        slot: Longs | None = None
        if writes is not None:
            places = np.concatenate(writes.place)
            subjects = self._numbers(writes.subject, places)
            self._live(subjects, places)
            written = self._numbers(writes.value, places) if refers else encoded(track, values, writes.value)
            subject = np.concatenate([subject, subjects])
            place = np.concatenate([place, places])
            value = np.concatenate([value, written])
            if writes.slot:
                # No unit begins with a measure.
                distinct = {s: slots.code(s) for s in dict.fromkeys(writes.slot)}
                slot = np.fromiter(map(distinct.__getitem__, writes.slot), np.int64, len(places))
            order = by_subject(subject, place)
            if order is not None:
                subject, place, value = subject.take(order), place.take(order), value.take(order)
                slot = None if slot is None else slot.take(order)
        if tracks.is_parent(track):
            self._placed(track, subject, place, value)
        if self.doubtful:
            return None
        if track == tracks.LIFE:
            nothing = np.full(len(self.ending), values.code(None))
            subject = np.concatenate([subject, self.ending])
            value = np.concatenate([value, nothing])
            place = np.concatenate([place, np.array(self.stretch._end_places, np.int64)])
            order = np.argsort(subject, kind="stable")
            subject, place, value = subject.take(order), place.take(order), value.take(order)
        if len(subject):
            if tracks.is_parent(track) or track in (tracks.KIND, tracks.CODE):
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
        """Which of the units that begin have a value in a track, and which."""
        units = [unit for _, unit in self.stretch._begins]
        if track == tracks.LIFE:
            return list(range(len(units))), [UNIT] * len(units)
        if track in _TEXTS:
            given = list(map(attrgetter(track), units))
        elif tracks.is_parent(track):
            given = [unit.parent if tracks.parent_track(unit.hierarchy) == track else None for unit in units]
        else:
            return [], []
        has = [at for at, value in enumerate(given) if value is not None]
        return has, [given[at] for at in has]

    def _placed(self, track: str, child: Longs, place: Longs, parent: Longs) -> None:
        """What holds of parents after every event: they live, are in the hierarchy, no unit is above itself, none that
        ends has any below it.
        """
        held = self.state.held_on(track, self.day)
        held = np.append(held, np.full(self.count - len(held), NOBODY, np.int32))
        last = np.ones(len(child), bool)
        last[:-1] = child[1:] != child[:-1]
        first = np.ones(len(child), bool)
        first[1:] = last[:-1]
        # A unit stands where it stood before until it is moved. Whoever is in the hierarchy by then, and does not end
        # with units below it, is a live parent; and all stand below the root, which cannot move without a cycle.
        moved = np.full(self.count, _NEVER)
        moved[child.compress(first)] = place.compress(first)
        self._must(np.where(held != NOBODY, -1, moved).take(parent) < place, place)
        until = np.full(len(child), _NEVER)
        until[:-1] = np.where(last[:-1], _NEVER, place[1:])
        until = np.minimum(until, self.ended.take(child))
        empty = self.empty.take(parent)
        self._must(empty >= until, empty)
        below = np.flatnonzero(held >= 0)
        above = held.take(below)
        empty = self.empty.take(above)
        self._must(empty >= np.minimum(moved, self.ended).take(below), empty)
        # If the old and the new parents taken together have no cycle, there is none at any time. Who has nobody below
        # is in none.
        if len(child):
            has_below = np.zeros(self.count, bool)
            has_below[above] = True
            has_below[parent] = True
            stay, come = has_below.take(below), has_below.take(child)
            children = np.concatenate([below.compress(stay), child.compress(come)]).astype(np.int32)
            parents = np.concatenate([above.compress(stay), parent.compress(come)]).astype(np.int32)
            left = peel(children, parents, self.count)
            if left.any():
                # Of those on or below a cycle, the ones that are on one, or above it.
                left &= peel(parents.compress(left.take(children)), children.compress(left.take(children)), self.count)
                self._must(~left.take(child), place)
                if not left.take(child).any():
                    self._must(np.zeros(len(place), bool), place)

    def _linked(self, old: Columns | None) -> Columns | None:
        place, number, olds, news, says, cross = zip(*self.stretch._links, strict=True)
        places = np.array(place, np.int64)
        a, b = self._numbers(olds, places), self._numbers(news, places)
        # The old unit ends by this event, and lived before it, or has a link to itself.
        self._live(b, places)
        self._alike(a, b, ~np.array(cross, bool), places)
        if self.doubtful:
            return old
        values = Table() if old is None else old.values.copy()
        codes = encoded(tracks.LINK, values, [Linked(*told) for told in self.stretch._says])
        value = codes.take(np.array(says, np.int64))
        until = np.array(number, np.int64) + self.state.seq
        order = np.argsort(a, kind="stable")
        return appended(
            tracks.LINK, self.count, old, self.day, a.take(order), value.take(order), self.act,
            values=values, slot=b.take(order), slots=Table(), until=until.take(order),
            event=self._label(places.take(order)),
        )  # fmt: skip

    def _alike(self, old: Longs, new: Longs, asked: Flags, places: Longs) -> None:
        """Successors are of the kind of those they succeed, unless another one was asked for."""
        if not asked.any():
            return
        if tracks.KIND in self.stretch._writes:
            self._must(np.zeros(len(places), bool), places)
            return
        codes, names = self.state.codes_on(tracks.KIND, self.day)
        table = {name: code for code, name in enumerate(names)}
        kinds = [-1 if u.kind is None else table.setdefault(u.kind, len(table)) for _, u in self.stretch._begins]
        codes = np.append(codes, np.full(self.count - len(codes), -1, np.int32))
        codes[self.begun] = kinds
        self._must((codes.take(old) == codes.take(new)) | ~asked, places)
