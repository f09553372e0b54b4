"""Which of very many rows need a closer look, found with arrays.

The rules stand in :mod:`orgmodel.acts.judge`; here is only what clears nearly all rows at once, so that the judge looks
at a few. A place among the acts and a label make one number, so an interval is two numbers, and "the parent lives as
long as the row" is a comparison of arrays. Whatever is wrong is among what is given back; what is given back need not be
wrong: of what is rare (roots that change, kinds that change, clusters that end) nothing is cleared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.acts.judge import value_fault
from orgmodel.engine.bulk import peel
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints, Longs
from orgmodel.engine.state import UNIT, State
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import FOREVER

Flags = npt.NDArray[np.bool_]

NEVER: Final = 2**62
_MANY_KINDS: Final = 1_000
"""More kinds than any organisation has: what is meant for few is then not tried."""


class _Held:
    """The rows of a track as intervals of numbers, as far as they reach into what is looked at."""

    def __init__(self, columns: Columns, rows: Any, start: Longs, end: Longs) -> None:
        self.columns, self.rows, self.start, self.end = columns, rows, start, end
        self.subject = columns.subject.take(rows)

    def taken(self, places: Any) -> _Held:
        """Some of them."""
        return _Held(self.columns, self.rows.take(places), self.start.take(places), self.end.take(places))


class Sieve:
    """One look at many rows.

    Args:
        state: all rows in columns.
        touched: names of the tracks that were written.
        place_of: the place of each act by its number in the columns, -1 for acts that come before all that are looked at.
        days: ordinals of the days of the acts, by place.
        since: place and label from which rows are new.
        schema: kinds, placements, hierarchies, uniqueness of codes.
        measures: the measures that are declared.
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
    ) -> None:
        self.state, self.touched, self.schema, self.measures = state, set(touched), schema, measures
        self.columns, self.count = state.base.columns, state.base.count
        self._place_of, self._days = place_of, days
        self.since = (since[0] + 1 << 32) + since[1]
        self.day = int(days[since[0]]) if len(days) else 0
        self.found: dict[str, dict[int, None]] = {}
        self._lives()
        self._kinds()

    def suspects(self) -> dict[str, dict[int, None]]:
        """Track -> the subjects whose rows need a closer look."""
        for track, columns in self.columns.items():
            if tracks.is_parent(track):
                if track in self.touched or tracks.LIFE in self.touched:
                    self._parents(track, columns)
            elif track.startswith("member:"):
                if track in self.touched or tracks.LIFE in self.touched:
                    self._members(track, columns)
            elif track == tracks.LINK and track in self.touched:
                self._links(columns)
            elif track in self.touched and track != tracks.LIFE:
                self._facts(track, columns)
        return self.found

    # ---- numbers for intervals

    def _starts(self, c: Columns, rows: Any = None) -> Longs:
        """Where rows begin."""
        act, event = (
            (c.act, c.event) if rows is None else (c.act.take(rows), None if c.event is None else c.event.take(rows))
        )
        start: Longs = self._place_of.take(act) + 1 << 32
        if event is not None:
            start += event
        return start

    def _mornings(self, days: Longs) -> Longs:
        """Where rows end that hold until a day."""
        place = np.searchsorted(self._days, days, side="left")
        morning: Longs = (place + 1 << 32) - 1
        # What ended before the first day of all is over.
        morning[days <= self.day] = 0
        return morning

    def _held(self, c: Columns) -> _Held:
        """The rows of a track that begin or go on where it is looked at, in order of (subject, slot, start)."""
        rows = np.flatnonzero((c.end >= self.day) | (c.start >= self.day))
        if c.slot is not None:
            subject, slot = c.subject.take(rows), c.slot.take(rows)
            rows = rows.take(np.lexsort((rows, slot, subject)))
        subject, end_day = c.subject.take(rows), c.end.take(rows).astype(np.int64)
        start, start_day = self._starts(c, rows), c.start.take(rows)
        end = np.full(len(rows), NEVER)
        closed = np.flatnonzero(end_day < FOREVER)
        if len(closed):
            mornings = self._mornings(end_day.take(closed))
            death = self.death.take(subject.take(closed))
            dies = (self.death_day.take(subject.take(closed)) == end_day.take(closed)) & (death < NEVER)
            ends = np.where(dies, death, mornings)
            after = np.minimum(closed + 1, len(rows) - 1)
            follows = (subject.take(after) == subject.take(closed)) & (start_day.take(after) == end_day.take(closed))
            follows &= closed + 1 < len(rows)
            if c.slot is not None:
                slot = c.slot.take(rows)
                follows &= slot.take(after) == slot.take(closed)
            ends = np.where(follows, start.take(after), ends)
            if c.until is not None:
                until = c.until.take(rows.take(closed))
                ends = np.where(until == end_day.take(closed), mornings, ends)
            end[closed] = ends
        return _Held(c, rows, start, end)

    # ---- lives and kinds

    def _lives(self) -> None:
        self.birth, self.death = np.full(self.count, NEVER), np.full(self.count, NEVER)
        self.death_day = np.full(self.count, FOREVER, np.int32)
        self.sort = np.full(self.count, -1, np.int32)
        """The code of what each subject is; -1 for what never began, -2 for what cannot be said in a number."""
        c = self.columns.get(tracks.LIFE)
        self.unit = -3
        if c is None:
            return
        nothing, unit = c.values.find(None), c.values.find(UNIT)
        self.unit = -3 if unit is None else unit
        start = self._starts(c)
        ends = np.zeros(len(c), bool) if nothing is None else c.value == nothing
        begins, closes = np.flatnonzero(~ends), np.flatnonzero(ends)
        # Of several the first counts.
        for rows, into in ((begins, self.birth), (closes, self.death)):
            into[c.subject.take(rows)[::-1]] = start.take(rows)[::-1]
        self.death_day[c.subject.take(closes)[::-1]] = c.start.take(closes)[::-1]
        self.sort[c.subject.take(begins)[::-1]] = c.value.take(begins)[::-1]
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
        """The code of each unit's kind for its whole life; -1 for none, -2 for one that changes."""
        self.kinds: list[Any] = []
        if c is not None:
            self.kinds = c.values.objects
            self.kind[c.subject] = c.value
            first = c.off[:-1].take(c.subject) == np.arange(len(c))
            changing = ~first
            whole = (self._starts(c) == self.birth.take(c.subject)) | (self._starts(c) < self.since)
            changing |= ~whole | ((c.end < FOREVER) & (c.end < self.death_day.take(c.subject)))
            self.kind[c.subject.compress(changing)] = -2
        if self.schema.kinds and tracks.LIFE in self.touched:
            new = (self.birth >= self.since) & (self.birth < NEVER) & (self.sort == self.unit) & (self.kind == -1)
            self._suspect(tracks.LIFE, np.flatnonzero(new))

    # ---- what is not cleared

    def _suspect(self, track: str, subjects: Any) -> None:
        if len(subjects):
            self.found.setdefault(track, {}).update(dict.fromkeys(subjects.tolist()))

    def _not(self, track: str, cleared: Flags, subjects: Any) -> None:
        """Whoever is not cleared needs a closer look."""
        if not cleared.all():
            self._suspect(track, subjects.compress(~cleared))

    def _live(self, numbers: Any, points: Longs) -> Flags:
        """Whether units are there."""
        live: Flags = (self.birth.take(numbers) <= points) & (points <= self.death.take(numbers))
        live &= self.sort.take(numbers) == self.unit
        return live

    def _new(self, c: Columns) -> tuple[Any, Longs]:
        """The rows that are new, and where they begin."""
        rows = np.flatnonzero(c.start >= self.day)
        start = self._starts(c, rows)
        new = start >= self.since
        return (rows, start) if new.all() else (rows.compress(new), start.compress(new))

    # ---- tracks

    def _facts(self, track: str, c: Columns) -> None:
        """Facts about subjects that live, with values that their track holds."""
        rows, start = self._new(c)
        subject = c.subject.take(rows)
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
            value = c.value.take(rows)
            cleared &= (value < 0) | self._live(np.maximum(value, 0), start)
        self._not(track, cleared, subject)
        if track == tracks.KIND:
            new = np.zeros(self.count, bool)
            new[subject] = True
            self._suspect(track, np.flatnonzero(new & (self.kind == -2)))
        elif track == tracks.CODE and self.schema.unique_codes:
            self._codes(c, rows)

    def _sound(self, track: str, c: Columns, rows: Any) -> Flags:
        """Which rows say what their track can hold, by their distinct values and slots."""
        sound = np.ones(len(rows), bool)
        if c.until is not None:
            sound &= c.until.take(rows) > c.start.take(rows)
        slots: list[Any] = [None]
        if c.slot is not None and track != tracks.LINK:
            slot = c.slot.take(rows)
            slots = [c.slot_of(code) for code in np.unique(slot).tolist()]
            if tracks.has_one_slot(track):
                sound &= slot < 0
        value = c.value.take(rows)
        if track.startswith("measure:"):
            coded = value < 0
            asked = [*([0] if not coded.all() else []), *np.unique(value.compress(coded)).tolist()]
        elif c.refers:
            return sound
        else:
            asked = np.flatnonzero(np.bincount(value)).tolist() if len(value) else []
        wrong = [
            code
            for code in asked
            if any(value_fault(track, c.decode(code), slot, self.schema, self.measures) for slot in slots)
        ]
        if wrong and wrong[0] == 0 and track.startswith("measure:"):
            return np.zeros(len(rows), bool)
        if wrong:
            sound &= ~np.isin(value, wrong)
        return sound

    def _codes(self, c: Columns, rows: Any) -> None:
        """Codes that may be borne by two units of one kind on one day."""
        said = np.zeros(len(c.values.objects), bool)
        said[c.value.take(rows)] = True
        asked = np.flatnonzero(said.take(c.value) & (c.start < c.end) & (c.end > self.day))
        kind = self.kind.take(c.subject.take(asked))
        self._suspect(tracks.CODE, c.subject.take(asked.compress(kind == -2)))
        # Sorted by (kind, code), then by start: only neighbours can overlap.
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
        old, new = c.subject.take(rows), c.slot.take(rows)
        cleared = self._live(old, start) & self._live(new, start)
        cleared &= (self.kind.take(old) == self.kind.take(new)) & (self.kind.take(old) != -2)
        plain = np.array([not said.shares and said.type != "re-establishment" for said in c.values.objects], bool)
        cleared &= plain.take(c.value.take(rows))
        # Rows of one old unit stand together: of those with one link in the event nothing is to be added up.
        several = (old[1:] == old[:-1]) & (start[1:] == start[:-1])
        cleared[1:] &= ~several
        cleared[:-1] &= ~several
        self._not(tracks.LINK, cleared, old)

    def _members(self, track: str, c: Columns) -> None:
        rows, start = self._new(c)
        subject = c.subject.take(rows)
        number = self.state.number(track.partition(":")[2])
        life = self.columns[tracks.LIFE]
        what = None if number is None or self.sort[number] < 0 else life.decode(int(self.sort[number]))
        cleared = self._live(subject, start) & self._sound(track, c, rows)
        if isinstance(what, Clustering) and not what.cover:
            cleared &= (self.birth[number] <= start) & (start <= self.death[number])
            if c.slot is not None:
                cleared &= c.slot.take(rows) < 0
        else:
            cleared[:] = False
        self._not(track, cleared, subject)
        held = self._held(c)
        held = held.taken(np.flatnonzero(c.value.take(held.rows) >= 0))
        clustering = track.partition(":")[2]
        right = [
            code
            for code, what in enumerate(life.values.objects)
            if isinstance(what, Cluster) and what.clustering == clustering
        ]
        cluster = c.value.take(held.rows)
        cleared = np.isin(self.sort.take(cluster), right) & (held.end <= self.death.take(cluster))
        cleared &= (held.start < self.since) | (self.birth.take(cluster) <= held.start)
        cleared |= held.end <= self.since
        self._not(track, cleared, held.subject)

    # ---- hierarchies

    def _parents(self, track: str, c: Columns) -> None:
        hierarchy = track.partition(":")[2] or tracks.MAIN
        rows, start = self._new(c)
        subject = c.subject.take(rows)
        if hierarchy not in self.schema.hierarchies:
            self._suspect(track, subject)
            return
        cleared = self._live(subject, start) & self._sound(track, c, rows)
        cleared &= c.value.take(rows) != NOBODY
        if c.until is not None:
            cleared &= c.until.take(rows) == FOREVER
        self._not(track, cleared, subject)
        held = self._held(c)
        going_on = held.end > self.since
        going_on |= held.start >= self.since
        parent = c.value.take(held.rows)
        going_on &= parent >= ABOVE_ROOT
        if not going_on.all():
            kept = np.flatnonzero(going_on)
            held, parent = held.taken(kept), parent.take(kept)
        self._roots(track, held, parent)
        self._placed(held, parent, track)
        below = np.flatnonzero(parent >= 0)
        if len(below) < len(parent):
            held, parent = held.taken(below), parent.take(below)
        enters, lasting = self._stands(c)
        cleared = (held.start < self.since) | (
            (self.birth.take(parent) <= held.start) & (enters.take(parent) <= held.start)
        )
        cleared &= held.end <= self.death.take(parent)
        cleared &= held.start <= self.death.take(parent)
        cleared &= (self.sort.take(parent) == self.unit) & lasting.take(parent)
        self._not(track, cleared, held.subject)
        self._circles(track, held, parent)

    def _stands(self, c: Columns) -> tuple[Longs, Flags]:
        """Where each subject enters a hierarchy, and whether it stays there until its end."""
        enters, lasting = np.full(self.count, NEVER), np.zeros(self.count, bool)
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

    def _roots(self, track: str, held: _Held, parent: Ints) -> None:
        roots = held.subject.compress((parent == ABOVE_ROOT) & (held.start < held.end))
        new = held.subject.compress((parent == ABOVE_ROOT) & (held.start >= self.since))
        if len(new) and len(roots) > 1:
            self._suspect(track, roots)

    def _circles(self, track: str, held: _Held, parent: Ints) -> None:
        """Who may stand above itself: if all rows taken together have no circle, none has one at any time."""
        real = held.start < held.end
        child, above = held.subject.compress(real), parent.compress(real)
        chosen = self._where_kinds_circle(child, above)
        if chosen is not None:
            child, above = child.take(chosen), above.take(chosen)
        has_below = np.zeros(self.count, bool)
        has_below[above] = True
        inner = has_below.take(child)
        child, above = child.compress(inner), above.compress(inner)
        if not len(child):
            return
        left = peel(child, above, self.count)
        if left.any():
            # Of those on or below a circle, the ones that are on one, or above it.
            on = left.take(child)
            left &= peel(above.compress(on), child.compress(on), self.count)
            self._suspect(track, np.flatnonzero(left))

    def _where_kinds_circle(self, child: Any, above: Any) -> Any:
        """The rows whose kinds stand, by way of others, under themselves; None if that cannot be said."""
        lower, upper = self.kind.take(child), self.kind.take(above)
        wide = len(self.kinds)
        if not wide or wide > _MANY_KINDS or not len(lower) or min(int(lower.min()), int(upper.min())) < 0:
            return None
        pair = lower.astype(np.intp) * wide + upper
        left = {(int(key) // wide, int(key) % wide) for key in np.flatnonzero(np.bincount(pair))}
        while True:
            lowest = {one for one, _ in left}
            kept = {(one, top) for one, top in left if top in lowest}
            if len(kept) == len(left):
                break
            left = kept
        circling = np.zeros(wide * wide, bool)
        circling[[one * wide + top for one, top in left]] = True
        return np.flatnonzero(circling.take(pair))

    def _placed(self, held: _Held, parent: Ints, track: str) -> None:
        """Whether units stand where the schema lets them, on each day with an act."""
        if not self.schema.placements:
            return
        c = held.columns
        low, high = np.maximum(c.start.take(held.rows), self.day), c.end.take(held.rows)
        lower, upper = self.kind.take(held.subject), self.kind.take(np.maximum(parent, 0))
        upper[parent < 0] = -1
        unsure = (lower == -2) | (upper == -2)
        self._suspect(track, held.subject.compress(unsure))
        wide = len(self.kinds) + 1
        pair = (lower.astype(np.intp) + 1) * wide + upper + 1
        pair[unsure] = 0
        known = np.flatnonzero(np.bincount(pair))
        of_kind = [None, *self.kinds]
        days = np.unique(self._days)
        turns = [0, *(day.toordinal() for day in self.schema.boundaries()), FOREVER]
        cleared = np.ones(len(pair), bool)
        for since, until in pairwise(turns):
            first, last = max(since, self.day), min(until, FOREVER)
            if not bool(((days >= first) & (days < last)).any()):
                continue
            day = dt.date.fromordinal(int(days[np.searchsorted(days, first)]))
            forbidden = [
                p for p in known.tolist() if not self.schema.allows(of_kind[p // wide], of_kind[p % wide], day)
            ]
            if forbidden:
                wrong = np.zeros(wide * wide, bool)
                wrong[forbidden] = True
                at = np.searchsorted(days, np.maximum(low, first))
                met = days.take(np.minimum(at, len(days) - 1))
                on_a_day = (at < len(days)) & (met < np.minimum(high, last))
                cleared &= ~(wrong.take(pair) & on_a_day)
        self._not(track, cleared, held.subject)
