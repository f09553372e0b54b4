"""A filter with arrays that clears nearly all of many rows, so that the judge checks only a few.

The rules stand in :mod:`orgmodel.acts.invariants`. Here the position of an act and a label are packed into one number. An
interval is then two numbers, and "the parent exists as long as the row holds" is a comparison of arrays. Every faulty
row is among the suspects; a suspect need not be faulty. Rare cases (roots that change, kinds that change, clusters that
end) are never cleared: the arrays for them would be as long as the rules.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import frozen

from orgmodel.acts.value_faults import value_fault
from orgmodel.engine.bulk import on_cycles
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints, Longs, are_texts, distinct, indices
from orgmodel.engine.state import UNIT, State
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import FOREVER

__all__ = [
    "NEVER",
    "Flags",
    "Sieve",
]

Flags = npt.NDArray[np.bool_]

NEVER: Final = 2**62
_MANY_KINDS: Final = 1_000
"""More kinds than any organisation has: a table of all pairs of kinds would be too large."""


def _at(column: Any, rows: Any) -> Any:
    """A column at some rows; all of it for None."""
    return column if rows is None else column.take(rows)


@frozen
class _Intervals:
    """Rows of a track as intervals of packed points, those that reach into the written days."""

    columns: Columns
    subject: Ints
    first_day: Ints
    end_day: Ints
    value: Any
    start: Longs
    end: Longs

    def taken(self, mask: Flags) -> _Intervals:
        """The rows selected by a mask."""
        if mask.all():
            return self
        rows = np.flatnonzero(mask)
        return _Intervals(
            self.columns,
            self.subject.take(rows),
            self.first_day.take(rows),
            self.end_day.take(rows),
            self.value.take(rows),
            self.start.take(rows),
            self.end.take(rows),
        )


@frozen
class _KindPairs:
    """The kinds of the two units of each row of a hierarchy, as one number: ``(lower + 1) * wide + upper + 1``.

    Attributes:
        pair: by row; -1 stands for no kind and for what is above a root, and pair 0 for what is unsure.
        unsure: by row, whether one of the kinds changes.
        wide: number of kinds, and one more.
        counts: number of rows by pair.
    """

    pair: Longs
    unsure: Flags
    wide: int
    counts: Longs

    @classmethod
    def of(cls, kind: Ints, kinds: int, subject: Any, parent: Any, roots: Any) -> _KindPairs:
        """The pairs of rows, from the code of each unit's kind; ``roots``: the rows of roots, whatever their parent."""
        lower, upper = kind.take(subject), kind.take(parent)
        upper[roots] = -1
        unsure = (lower == -2) | (upper == -2)
        pair = (lower.astype(np.intp) + 1) * (kinds + 1) + upper + 1
        if unsure.any():
            pair[unsure] = 0
        return cls(pair, unsure, kinds + 1, np.bincount(pair))

    def circling(self) -> Flags | None:
        """Whether the kinds of each row stand under themselves, by way of others; None if kinds cannot tell.

        Communes stand under provinces and never the other way round, so most schemas clear all rows by the few pairs of
        kinds.
        """
        wide = self.wide
        if wide > _MANY_KINDS or self.unsure.any():
            return None
        left = {(int(pair) // wide, int(pair) % wide) for pair in np.flatnonzero(self.counts)}
        while True:
            lowest = {kind for kind, _ in left}
            remaining = {(kind, top) for kind, top in left if top in lowest}
            if len(remaining) == len(left):
                break
            left = remaining
        circling = np.zeros(wide * wide, bool)
        circling[[kind * wide + top for kind, top in left]] = True
        # Mostly none does: then no row need be looked at.
        return circling.take(self.pair) if left else np.zeros(len(self.pair), bool)


class Sieve:
    """A coarse filter: which of many written rows the judge must check.

    Args:
        state: all rows, in columns.
        touched: names of the tracks that were written.
        place_of: the position of each act, by its code in the columns; -1 for acts before the written ones.
        days: ordinals of the days of the acts, by position.
        since: position and label from which rows are new.
        schema: kinds, placements, hierarchies, uniqueness of codes.
        measures: the declared measures.
        crossing: whether successors may be of another kind.
    """

    def __init__(
        self,
        state: State,
        touched: Iterable[str],
        *,
        place_of: Longs,
        days: Longs,
        since: tuple[int, int],
        schema: Schema,
        measures: Mapping[str, Measure],
        crossing: bool = False,
    ) -> None:
        self.crossing = crossing
        self.state, self.touched, self.schema, self.measures = state, set(touched), schema, measures
        self.columns, self.count = state.base.columns, state.base.count
        self._place_of, self._days = place_of, days
        self._plain = all(c.event is None for c in self.columns.values())
        """Whether all labels are 0: positions alone then fit into 32 bits, which halves the arrays."""
        self.never = int(np.iinfo(np.int32).max) if self._plain else NEVER
        self.since = self._number(since[0]) + since[1]
        self.day = int(days[since[0]]) if len(days) else 0
        of_act = self._number(np.asarray(place_of, np.int64))
        self._of_act = of_act.astype(np.int32) if self._plain else of_act
        self.suspected: dict[str, dict[int, None]] = {}
        self._lives()
        self._kinds()

    def suspects(self) -> dict[str, dict[int, None]]:
        """Track -> the subjects whose rows the judge must check."""
        for track, columns in self.columns.items():
            if tracks.is_parent(track):
                if track in self.touched or tracks.LIFE in self.touched:
                    self._parents(track, columns)
            elif tracks.is_member(track):
                if track in self.touched or tracks.LIFE in self.touched:
                    self._members(track, columns)
            elif track == tracks.LINK and track in self.touched:
                self._links(columns)
            elif track in self.touched and track != tracks.LIFE:
                self._facts(track, columns)
        return self.suspected

    # ---- numbers for intervals

    def _number(self, place: Any) -> Any:
        """The packed point of the first event of an act; one less is the morning of its day."""
        return 2 * (place + 1) + 1 if self._plain else (place + 1 << 32) + 1

    def _starts(self, c: Columns, rows: Any = None) -> Longs:
        """The packed points at which rows begin."""
        start: Longs = self._of_act.take(_at(c.act, rows))
        if c.event is not None:
            start += _at(c.event, rows)
        return start

    def _mornings(self, days: Longs) -> Longs:
        """The packed points at which rows end that were written to hold until a day."""
        morning: Longs = self._number(np.searchsorted(self._days, days, side="left")) - 1
        # Ends before the first written day come before all points.
        morning[days <= self.day] = 0
        return morning

    def _intervals(self, c: Columns) -> _Intervals:
        """The rows of a track that begin or still hold on the written days, in order of (subject, slot, start)."""
        late = (c.end >= self.day) | (c.start >= self.day)
        rows: Any = None if late.all() else np.flatnonzero(late)
        if c.slot is not None:
            rows = np.arange(len(c)) if rows is None else rows
            rows = rows.take(np.lexsort((rows, c.slot.take(rows), c.subject.take(rows))))
        subject, end_day, start_day = _at(c.subject, rows), _at(c.end, rows), _at(c.start, rows)
        start = self._starts(c, rows)
        end = np.full(len(start), self.never, start.dtype)
        follows = (subject[1:] == subject[:-1]) & (start_day[1:] == end_day[:-1])
        if c.slot is not None:
            slot = c.slot.take(rows)
            follows &= slot[1:] == slot[:-1]
        np.copyto(end[:-1], start[1:], where=follows)
        ends = end_day < FOREVER
        ends[:-1] &= ~follows
        closed = np.flatnonzero(ends)
        if len(closed):
            whose, day = subject.take(closed), end_day.take(closed)
            dies = (self.death_day.take(whose) == day) & (self.death.take(whose) < self.never)
            end[closed.compress(dies)] = self.death.take(whose.compress(dies))
            end[closed.compress(~dies)] = self._mornings(day.compress(~dies))
        if c.until is not None:
            until = np.flatnonzero((_at(c.until, rows) == end_day) & (end_day < FOREVER))
            end[until] = self._mornings(end_day.take(until))
        return _Intervals(c, subject, start_day, end_day, _at(c.value, rows), start, end)

    # ---- lives and kinds

    def _lives(self) -> None:
        kind = self._of_act.dtype
        self.birth, self.death = np.full(self.count, self.never, kind), np.full(self.count, self.never, kind)
        self.death_day = np.full(self.count, FOREVER, np.int32)
        self.sort = np.full(self.count, -1, np.int32)
        """The code of each subject's sort; -1 if it never began, -2 if it began or ended more than once."""
        c = self.columns.get(tracks.LIFE)
        self.unit = -3
        if c is None:
            return
        nothing, unit = c.values.find(None), c.values.find(UNIT)
        self.unit = -3 if unit is None else unit
        start = self._starts(c)
        ends = np.zeros(len(c), bool) if nothing is None else c.value == nothing
        begins, closes = np.flatnonzero(~ends), np.flatnonzero(ends)
        # Backwards, so that of several rows of a subject the first is written last and counts.
        for rows, into in ((begins, self.birth), (closes, self.death)):
            into[indices(c.subject.take(rows)[::-1])] = start.take(rows)[::-1]
        self.death_day[indices(c.subject.take(closes)[::-1])] = c.start.take(closes)[::-1]
        self.sort[indices(c.subject.take(begins)[::-1])] = c.value.take(begins)[::-1]
        if len(begins) != self.count or len(closes) > 0:
            odd = np.bincount(c.subject.take(begins), minlength=self.count) > 1
            odd |= np.bincount(c.subject.take(closes), minlength=self.count) > 1
            odd |= self.death < self.birth
            self.sort[odd] = -2
        if tracks.LIFE in self.touched:
            new = start >= self.since
            self._suspect(tracks.LIFE, c.subject.compress(new & (self.sort.take(c.subject) != self.unit)))

    def _kinds(self) -> None:
        c = self.columns.get(tracks.KIND)
        self.kind = np.full(self.count, -1, np.int32)
        """The code of each unit's kind during its whole life; -1 for none, -2 if it changes."""
        self.kinds: list[Any] = []
        if c is not None:
            self.kinds = c.values.objects
            subject = indices(c.subject)
            self.kind[subject] = c.value
            start = self._starts(c)
            changing = (start != self.birth.take(subject)) & (start >= self.since)
            changing[1:] |= c.subject[1:] == c.subject[:-1]
            changing |= c.end < self.death_day.take(subject)
            self.kind[subject.compress(changing)] = -2
        if self.schema.kinds and tracks.LIFE in self.touched:
            new = (self.birth >= self.since) & (self.birth < self.never) & (self.sort == self.unit) & (self.kind == -1)
            self._suspect(tracks.LIFE, np.flatnonzero(new))

    # ---- suspects

    def _suspect(self, track: str, subjects: Any) -> None:
        if len(subjects):
            self.suspected.setdefault(track, {}).update(dict.fromkeys(subjects.tolist()))

    def _not(self, track: str, cleared: Flags, subjects: Any) -> None:
        """Mark the subjects of all rows that are not cleared as suspects."""
        if not cleared.all():
            self._suspect(track, subjects.compress(~cleared))

    def _live(self, numbers: Any, points: Longs) -> Flags:
        """For each number, whether it is a unit that exists at the point."""
        numbers = indices(numbers)
        live: Flags = (self.birth.take(numbers) <= points) & (points <= self.death.take(numbers))
        live &= self.sort.take(numbers) == self.unit
        return live

    def _new(self, c: Columns) -> tuple[Any, Longs]:
        """The new rows, None if all are new, and the points at which they begin."""
        late = c.start >= self.day
        rows: Any = None if late.all() else np.flatnonzero(late)
        start = self._starts(c, rows)
        new = start >= self.since
        if new.all():
            return rows, start
        return (np.flatnonzero(new) if rows is None else rows.compress(new)), start.compress(new)

    # ---- tracks

    def _facts(self, track: str, c: Columns) -> None:
        """Clear facts about subjects that exist, with values that their track can hold."""
        rows, start = self._new(c)
        subject = _at(c.subject, rows)
        if track == tracks.ROLE:
            self._suspect(track, subject)
            return
        cleared = self._live(subject, start)
        if track == tracks.NAME:
            cleared |= (
                (self.birth.take(subject) <= start)
                & (start <= self.death.take(subject))
                & (self.sort.take(subject) >= 0)
            )
        cleared &= self._sound(track, c, rows)
        if track == tracks.CORRESPONDS:
            value = _at(c.value, rows)
            cleared &= (value < 0) | self._live(np.maximum(value, 0), start)
        self._not(track, cleared, subject)
        if track == tracks.KIND:
            new = np.zeros(self.count, bool)
            new[indices(subject)] = True
            self._suspect(track, np.flatnonzero(new & (self.kind == -2)))
        elif track == tracks.CODE and self.schema.unique_codes:
            self._codes(c, rows)

    def _sound(self, track: str, c: Columns, rows: Any) -> Flags:
        """For each row, whether its track can hold its value and slot; asked once for each distinct value."""
        value = _at(c.value, rows)
        if not tracks.is_known(track):
            return np.zeros(len(value), bool)
        sound = np.ones(len(value), bool)
        if c.until is not None:
            sound &= _at(c.until, rows) > _at(c.start, rows)
        slots: list[Any] = [None]
        if c.slot is not None and track != tracks.LINK:
            slot = _at(c.slot, rows)
            slots = [c.slot_of(code) for code in (np.flatnonzero(np.bincount(slot + 1)) - 1).tolist()]
            if tracks.has_one_slot(track):
                sound &= slot < 0
        wrong = [] if c.refers or not len(value) else self._wrong_codes(track, c, value, slots)
        # Whole numbers of a measure are all alike to the rules: 0 was asked for all of them.
        if wrong and wrong[0] == 0 and tracks.is_measure(track):
            return np.zeros(len(value), bool)
        if wrong:
            sound &= ~np.isin(value, wrong)
        return sound

    def _wrong_codes(self, track: str, c: Columns, value: Any, slots: Sequence[Any]) -> list[int]:
        """The codes among some values that stand for what the track cannot hold in one of some slots."""
        is_measure = tracks.is_measure(track)
        asked = _codes_among(value, is_measure)
        if track != tracks.KIND and not is_measure and _are_plain(c.values.objects, asked):
            return []
        fault = partial(value_fault, schema=self.schema, measures=self.measures)
        return [code for code in asked if any(fault(track, c.decode(code), slot) for slot in slots)]

    def _codes(self, c: Columns, rows: Any) -> None:
        """Suspect codes that two units of one kind may have on one day."""
        is_new = np.zeros(len(c.values.objects), bool)
        is_new[indices(_at(c.value, rows))] = True
        asked = np.flatnonzero(is_new.take(c.value) & (c.start < c.end) & (c.end > self.day))
        kind = self.kind.take(c.subject.take(asked))
        self._suspect(tracks.CODE, c.subject.take(asked.compress(kind == -2)))
        # Sorted by (kind, code, start): if any two intervals overlap, two neighbours do.
        key = ((kind.astype(np.int64) + 2) * len(c.values.objects) + c.value.take(asked)) << 32 | c.start.take(asked)
        order = np.argsort(key, kind="stable")
        same = (key.take(order)[1:] >> 32) == (key.take(order)[:-1] >> 32)
        rows = asked.take(order)
        clash = same & (c.start.take(rows)[1:] < c.end.take(rows)[:-1])
        self._suspect(tracks.CODE, c.subject.take(rows[1:].compress(clash)))
        self._suspect(tracks.CODE, c.subject.take(rows[:-1].compress(clash)))

    def _links(self, c: Columns) -> None:
        rows, start = self._new(c)
        assert c.slot is not None
        assert c.until is not None
        old, new = _at(c.subject, rows), _at(c.slot, rows)
        cleared = self._live(old, start) & self._live(new, start)
        if not self.crossing:
            cleared &= (self.kind.take(old) == self.kind.take(new)) & (self.kind.take(old) != -2)
        value = _at(c.value, rows)
        statements = c.values.objects
        cleared &= np.array(
            [not statement.shares and statement.type != "re-establishment" for statement in statements], bool
        ).take(value)
        cleared &= self._alone(
            _at(c.until, rows), old, new, [statement.extent == "whole" for statement in statements], value
        )
        dominant = np.array([statement.dominant for statement in statements], bool).take(value)
        chosen = np.flatnonzero(dominant)
        twice = (old.take(chosen)[1:] == old.take(chosen)[:-1]) & (start.take(chosen)[1:] == start.take(chosen)[:-1])
        cleared[chosen[1:].compress(twice)] = False
        self._not(tracks.LINK, cleared, old)

    @staticmethod
    def _alone(event: Ints, old: Ints, new: Ints, is_whole: list[bool], value: Any) -> Flags:
        """Which links are the only one of their unit in an event, or go as parts to different units.

        Rows must be in order of the old unit, then of the event.
        """
        fine = np.ones(len(old), bool)
        same = (old[1:] == old[:-1]) & (event[1:] == event[:-1])
        if same.any():
            several = np.zeros(len(old), bool)
            several[1:] |= same
            several[:-1] |= same
            fine &= ~(several & np.array(is_whole, bool).take(value) & (old != new))
            order = np.lexsort((new, event, old))
            first, second = order[:-1], order[1:]
            twice = (old.take(first) == old.take(second)) & (new.take(first) == new.take(second))
            twice &= event.take(first) == event.take(second)
            fine[second.compress(twice)] = False
        return fine

    def _members(self, track: str, c: Columns) -> None:
        rows, start = self._new(c)
        subject, clustering = _at(c.subject, rows), tracks.item(track)
        number, life = self.state.number(clustering), self.columns[tracks.LIFE]
        frame = None if number is None or self.sort[number] < 0 else life.decode(int(self.sort[number]))
        cleared = self._live(subject, start) & self._sound(track, c, rows)
        if isinstance(frame, Clustering) and not frame.cover:
            cleared &= (self.birth[number] <= start) & (start <= self.death[number])
            if c.slot is not None:
                cleared &= _at(c.slot, rows) < 0
        else:
            cleared[:] = False
        self._not(track, cleared, subject)
        intervals = self._intervals(c)
        intervals = intervals.taken((intervals.value >= 0) & (intervals.end > self.since))
        right = [
            code
            for code, frame in enumerate(life.values.objects)
            if isinstance(frame, Cluster) and frame.clustering == clustering
        ]
        cleared = np.isin(self.sort.take(intervals.value), right) & (intervals.end <= self.death.take(intervals.value))
        cleared &= (intervals.start < self.since) | (self.birth.take(intervals.value) <= intervals.start)
        self._not(track, cleared, intervals.subject)

    # ---- hierarchies

    def _parents(self, track: str, c: Columns) -> None:
        hierarchy = tracks.item(track)
        rows, start = self._new(c)
        subject = _at(c.subject, rows)
        if hierarchy not in self.schema.hierarchies:
            self._suspect(track, subject)
            return
        cleared = self._live(subject, start) & self._sound(track, c, rows)
        cleared &= _at(c.value, rows) != NOBODY
        if c.until is not None:
            cleared &= _at(c.until, rows) == FOREVER
        self._not(track, cleared, subject)
        intervals = self._intervals(c)
        intervals = intervals.taken(
            ((intervals.end > self.since) | (intervals.start >= self.since)) & (intervals.value >= ABOVE_ROOT)
        )
        self._roots(track, intervals)
        # Roots stay among the rows, with any parent: copying all columns to leave out these few takes longer than all
        # the comparisons below.
        roots = np.flatnonzero(intervals.value < 0)
        parent = indices(np.maximum(intervals.value, 0))
        pairs = _KindPairs.of(self.kind, len(self.kinds), intervals.subject, parent, roots)
        self._placed(track, intervals, pairs)
        enters, lasting = self._stands(c)
        self._somewhere(track, subject, enters, lasting)
        # What is no unit, or is not in the hierarchy for good, can be no parent.
        enters[(self.sort != self.unit) | ~lasting] = self.never
        np.maximum(enters, self.birth, out=enters)
        cleared = enters.take(parent) <= intervals.start
        if not cleared.all():
            # Rows from before were sound when they were written, if the parent stays.
            known = (intervals.start < self.since) & (self.sort.take(parent) == self.unit) & lasting.take(parent)
            cleared |= known
        death = self.death.take(parent)
        cleared &= intervals.end <= death
        cleared &= intervals.start <= death
        cleared[roots] = True
        self._not(track, cleared, intervals.subject)
        self._circles(track, intervals, pairs)

    def _stands(self, c: Columns) -> tuple[Longs, Flags]:
        """The point at which each subject enters a hierarchy, and whether it stays there until its end."""
        enters, lasting = np.full(self.count, self.never, self._of_act.dtype), np.zeros(self.count, bool)
        first = np.flatnonzero(c.off[:-1] < c.off[1:])
        if not len(first):
            return enters, lasting
        enters[first] = self._starts(c, c.off[:-1].take(first))
        last = c.off[1:].take(first) - 1
        stays = (c.end.take(last) == FOREVER) | (c.end.take(last) == self.death_day.take(first))
        breaks = c.value == NOBODY
        breaks[:-1] |= (c.subject[1:] == c.subject[:-1]) & (c.end[:-1] != c.start[1:])
        lasting[first] = stays
        lasting[c.subject.compress(breaks)] = False
        return enters, lasting

    def _somewhere(self, track: str, subject: Any, enters: Longs, lasting: Flags) -> None:
        """Suspect units that are not in a hierarchy during all their life; they may be in another one."""
        if len(self.schema.hierarchies) == 1 and tracks.LIFE in self.touched:
            lives = np.flatnonzero((self.sort == self.unit) & (self.birth >= self.since))
            bare = (enters.take(lives) > self.birth.take(lives)) | ~lasting.take(lives)
            self._suspect(tracks.LIFE, lives.compress(bare))
        elif len(self.schema.hierarchies) > 1 and track == tracks.parent_track(self.schema.hierarchies[0]):
            self._suspect(track, subject.compress(~lasting.take(subject)))
            lives = np.flatnonzero((self.sort == self.unit) & (self.birth >= self.since) & (enters > self.birth))
            self._suspect(tracks.LIFE, lives)

    def _roots(self, track: str, intervals: _Intervals) -> None:
        above = np.flatnonzero(intervals.value == ABOVE_ROOT)
        start, end = intervals.start.take(above), intervals.end.take(above)
        roots = intervals.subject.take(above).compress(start < end)
        if bool((start >= self.since).any()) and len(roots) > 1:
            self._suspect(track, roots)

    def _circles(self, track: str, intervals: _Intervals, pairs: _KindPairs) -> None:
        """Suspect units that may be on a cycle. If all rows together have none, no single day has one."""
        real = (intervals.start < intervals.end) & (intervals.value >= 0)
        circling = pairs.circling()
        if circling is not None:
            real &= circling
        rows = np.flatnonzero(real)
        if len(rows):
            left = on_cycles(intervals.subject.take(rows), intervals.value.take(rows), self.count)
            self._suspect(track, np.flatnonzero(left))

    def _placed(self, track: str, intervals: _Intervals, pairs: _KindPairs) -> None:
        """Clear units that stand where the schema allows it on each day with an act."""
        if not self.schema.placements:
            return
        if pairs.unsure.any():
            self._suspect(track, intervals.subject.compress(pairs.unsure))
        pair, wide = pairs.pair, pairs.wide
        known = np.flatnonzero(pairs.counts).tolist()
        of_kind = [None, *self.kinds]
        turns = [0, *(day.toordinal() for day in self.schema.boundaries()), FOREVER]
        for since, until in pairwise(turns):
            at = int(np.searchsorted(self._days, max(since, self.day)))
            if at == len(self._days) or int(self._days[at]) >= until:
                continue
            # Rows begin on days with an act; those from before are met on the first such day of the period.
            first = int(self._days[at])
            day = dt.date.fromordinal(first)
            forbidden = [p for p in known if not self.schema.allows(of_kind[p // wide], of_kind[p % wide], day)]
            if forbidden:
                wrong = np.zeros(wide * wide, bool)
                wrong[forbidden] = True
                rows = np.flatnonzero(wrong.take(pair))
                met = np.maximum(intervals.first_day.take(rows), first)
                on_a_day = (met < intervals.end_day.take(rows)) & (met < until)
                self._suspect(track, intervals.subject.take(rows.compress(on_a_day)))


def _codes_among(values: Any, are_figures: bool) -> list[int]:
    """The distinct codes among some values; of figures, 0 for all whole numbers, which have no code."""
    if not are_figures:
        codes: list[int] = np.flatnonzero(np.bincount(values)).tolist()
        return codes
    coded = values < 0
    whole = [] if coded.all() else [0]
    return [*whole, *distinct(values.compress(coded)).tolist()]


def _are_plain(objects: list[Any], codes: list[int]) -> bool:
    """Whether all values are texts in normal form, tested all together."""
    values = objects if len(codes) == len(objects) else [objects[code] for code in codes]
    if not are_texts(values) or "" in values:
        return False
    # Joining them is safe: no letter is composed across the end of a line.
    return unicodedata.is_normalized("NFC", "\n".join(values))
