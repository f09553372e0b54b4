"""Which rows must be checked, of an act or table at the end of the history or of a change anywhere in its past.

:mod:`orgmodel.acts.invariants` has the rules. Only rules that touched rows can have broken are checked, so the cost
grows with the touched rows, not with the organisation. All faults are reported at once, in order of the history, each
with its day and act. A fault that only follows from another one is not reported.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

from attrs import frozen

from orgmodel.acts.faults import ABOUT, Fault, RowOf
from orgmodel.acts.intervals import NEVER, Moment, RowReader, Stretch, joined
from orgmodel.acts.invariants import Invariants
from orgmodel.engine.columns import ABOVE_ROOT
from orgmodel.engine.state import UNIT
from orgmodel.engine.written import Numbers
from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import FOREVER

__all__ = ["Moved", "Touched", "WrittenRows", "judge", "judge_batch"]

Touched = Mapping[tuple[str, int], tuple[Sequence[Any], Sequence[Any]]]
"""(track, subject) -> (its rows before, its rows now)."""


def judge(
    reader: RowReader,
    touched: Touched,
    *,
    schema: Schema,
    measures: Mapping[str, Measure],
    places: Mapping[str, int],
    days: Sequence[int],
    new_days: Iterable[int] = (),
) -> list[Finding]:
    """The faults of an organisation that was sound before some of its rows were touched, anywhere in its past.

    Args:
        reader: the organisation now, with all rows written and none checked.
        touched: the rows of every (track, subject) that changed, before and now. Unchanged rows may be left out, even
            if what they refer to has changed. Rows of an act that moves within its day must be given, with none before.
        schema: kinds, placements, hierarchies, uniqueness of codes.
        measures: the declared measures; empty: any.
        places: id of an act -> its position in the order of all acts.
        days: ordinals of the days with an act, sorted.
        new_days: those of them that had no act before. If the schema changed between the act before and such a day, all
            units are checked.

    Returns:
        Every fault in order of the history, without those that only follow from another.

    >>> from orgmodel.history.history import history_of
    >>> judge(history_of([{"id": "vn"}], day="2025-01-01")._state, {}, schema=Schema(), measures={}, places={}, days=())
    []
    """
    run = _Judge(reader, schema, measures, places, days)
    for (track, subject), (before, now) in touched.items():
        run.changed(track, subject, before, now, touched.get((tracks.LIFE, subject)))
    run.somewhere({subject: None for track, subject in touched if track == tracks.LIFE or tracks.is_parent(track)})
    for day in new_days:
        run.new_day(day)
    return run.findings()


class Moved(NamedTuple):
    """Units that one event moved from somewhere to one parent, without an end, and that did not move again."""

    track: str
    units: Sequence[int]
    parent: int
    point: Moment


@frozen
class WrittenRows:
    """Rows that were written behind all others and are not checked yet.

    Attributes:
        touched: track -> the subjects that were written.
        since: the first point at which one of the rows begins.
        places: id of an act -> its position; all other acts come before these.
        act_days: the ordinal of each act's day, by position.
        last: the ordinal of the last day with an act before them; 0 if there is none.
        everything: whether to check the places of all units at the end of the first day, whatever was touched.
        crossing: (position of the act, label) of events that allow successors of another kind.
        moves: moves of many units that the writer already knows about, which the judge can clear together.
        faults: what no row could hold, with its point.
    """

    touched: Mapping[str, Numbers]
    since: Moment
    places: Mapping[str, int]
    act_days: Sequence[int]
    last: int = 0
    everything: bool = False
    crossing: Container[tuple[int, int]] = ()
    moves: Sequence[Moved] = ()
    faults: Sequence[tuple[Moment, Finding]] = ()


def judge_batch(
    reader: RowReader,
    batch: WrittenRows,
    schema: Schema,
    measures: Mapping[str, Measure],
    *,
    suspects: Mapping[str, Collection[int]] | None = None,
    row_of: RowOf | None = None,
    events: bool = True,
    evening: bool = True,
) -> list[Finding]:
    """The faults of rows that were written behind all others; :func:`judge` is for rows anywhere.

    Args:
        reader: the organisation now.
        batch: the written rows.
        suspects: track -> the subjects to check; None: all that were written.
        row_of: the rows of tables from which a row comes; None if the rows come from events.
        schema: kinds, placements, hierarchies, uniqueness of codes.
        measures: the declared measures; empty: any.
        events: whether to check what must hold after every event.
        evening: whether to check what must hold at the end of a day.

    Returns:
        Every fault in order of the history, without those that only follow from another.
    """
    days = list(dict.fromkeys(batch.act_days))
    run = _Judge(reader, schema, measures, batch.places, days, batch.since, batch.crossing)
    for point, finding in batch.faults:
        run.faults[point, finding.rule, finding.message, finding.units] = Fault(point, ABOUT, finding, (), (), [])
    run.events, run.evening = events, evening
    to_check = batch.touched if suspects is None else suspects
    # Where there are suspects, a sieve has cleared the moves already.
    if events and batch.moves and suspects is None:
        run.clear(batch.moves, batch.touched)
    for track, subjects in to_check.items():
        cleared = run.cleared.get(track)
        run.written(track, [subject for subject in subjects if subject not in cleared] if cleared else subjects)
    if evening:
        run.last_acts = {batch.act_days[place]: act for act, place in batch.places.items()}
        run.somewhere(run.leaving(to_check) if row_of is None else _may_be_nowhere(to_check))
        if len(days) == 1:
            # On one day pairs of kinds decide; over several, `written` has looked at the intervals of each row.
            run.places_today(to_check)
        run.first_days(batch.last)
        if batch.everything:
            run.all_placed(days[0])
    return run.findings(row_of)


def _may_be_nowhere(to_check: Mapping[str, Collection[int]]) -> dict[int, None]:
    """The subjects in whose life there may be a day without a place in any hierarchy, of rows from tables.

    Events need no such check: they give every unit a place when it begins. A table may begin its rows on any day.
    """
    about_places = [track for track in to_check if track == tracks.LIFE or tracks.is_parent(track)]
    return {subject: None for track in about_places for subject in to_check[track]}


def _leaves(row: Any) -> bool:
    """Whether a place ends by its own row, or at a day that the row states."""
    return row[2] is None or row[5] < FOREVER


class _Judge(Invariants):
    """One run of the checks: which rows each rule is asked of."""

    events = evening = True
    """Whether to check what must hold after every event, and what must hold at the end of a day."""

    @cached_property
    def cleared(self) -> dict[str, dict[int, int]]:
        """Track -> unit -> its new parent, of moves that are sound but for the kinds, which are compared in the evening."""
        return {}

    # ---- rows written behind all others

    def written(self, track: str, subjects: Iterable[int]) -> None:
        """Check the rows that begin at :attr:`since` or later, and those before that are still open."""
        if track == tracks.LIFE:
            wanted, check = self.events, self._written_life
        elif track == tracks.LINK:
            wanted, check = self.events, self._written_links
        elif tracks.is_parent(track):
            wanted, check = self.events or len(self.days) > 1, partial(self._written_parent, track)
        elif track == tracks.KIND:
            wanted, check = True, self._written_kind
        else:
            wanted, check = self.events or track == tracks.CODE, partial(self._written_fact, track)
        for subject in subjects if wanted else ():
            check(subject)

    def _written_links(self, subject: int) -> None:
        self._links(subject, self._new(tracks.LINK, subject))

    def _written_kind(self, subject: int) -> None:
        rows = self._new(tracks.KIND, subject)
        self._each_row(tracks.KIND, subject, rows)
        if rows and (len(rows) < len(self.rows(tracks.KIND, subject)) or len(rows) > 1):
            self._kind_touched(subject)

    def _written_fact(self, track: str, subject: int) -> None:
        rows = self._new(track, subject)
        if not rows and not tracks.is_member(track):
            # A fact that only ends breaks no rule. A membership may have lasted longer than its cluster.
            return
        self._each_row(track, subject, rows)
        if self.events and tracks.refers_to_subject(track):
            self._refers(track, subject, self._going_on(track, subject))
        if self.evening and track == tracks.CODE:
            for span in self._going_on(track, subject):
                if span.start >= self.since:
                    self._code(subject, span)

    def _new(self, track: str, subject: int) -> Sequence[Any]:
        """The rows of a subject that were written at :attr:`since` or later."""
        rows, first = self.rows(track, subject), self.since
        if not rows or rows[-1][0] < first[0]:
            # Something ended, and nothing began.
            return ()
        # From the back, so that a unit with a long past costs no more than its new rows.
        at = len(rows)
        while at and rows[at - 1][0] >= first[0] and self.point(rows[at - 1]) >= first:
            at -= 1
        return rows[at:]

    def _going_on(self, track: str, subject: int) -> list[Stretch]:
        """The rows that still hold at :attr:`since` or begin later, as intervals."""
        return [span for span in self.spans(track, subject) if span.end > self.since]

    def _each_row(self, track: str, subject: int, rows: Iterable[Any]) -> None:
        if self.events:
            for row in rows:
                self._row(track, subject, row)

    def _written_life(self, subject: int) -> None:
        self._begins_once(subject, self.rows(tracks.LIFE, subject))
        life = self.life(subject)
        if life is None or life.death == NEVER:
            return
        # Only those still below or in it at its end: moves away from it are among the touched rows themselves.
        if life.what == UNIT:
            for hierarchy in self.schema.hierarchies:
                track = tracks.parent_track(hierarchy)
                for child in self.reader.subjects_with(track, subject, life.death[0]):
                    self._refers(track, child, self._going_on(track, child), subject)
        elif isinstance(life.what, Cluster):
            track = tracks.member_track(life.what.clustering)
            for member in self.reader.subjects_with(track, subject, life.death[0]):
                self._refers(track, member, self._going_on(track, member), subject)
        elif isinstance(life.what, Clustering):
            self._clusters_of(life.what)

    def clear(self, moves: Iterable[Moved], touched: Mapping[str, Collection[int]]) -> None:
        """Add the units whose move to another parent is sound to :attr:`cleared`.

        A unit that stood somewhere until its move, and neither began nor ended, exists.

        Args:
            moves: moves of units to one parent, without an end, each unit once.
            touched: track -> the subjects that were written.
        """
        begun_or_ended = touched.get(tracks.LIFE, ())
        lives = [life for life in map(self.life, begun_or_ended) if life is not None]
        first_death = min((life.death for life in lives if life.death >= self.since), default=NEVER)
        others = set(begun_or_ended)
        for track, numbers, parent, point in moves:
            # A unit that moves after something ended may have been left behind below it until then.
            may_clear = point <= first_death and others.isdisjoint(numbers)
            if may_clear and (self._stands_still(track, parent) or self._stays(track, parent, point)):
                self.cleared.setdefault(track, {}).update(dict.fromkeys(numbers, parent))

    def _stays(self, track: str, unit: int, point: Moment) -> bool:
        """Whether a unit exists and has its place in a hierarchy, with the root above it, from a point on for good."""
        life = self.life(unit)
        if life is None or life.what != UNIT or point < life.birth or life.death != NEVER:
            return False
        has_place = any(start <= point and end == NEVER for start, end in self.cover(track, unit))
        return has_place and self._reaches(track, unit, point)

    def _reaches(self, track: str, unit: int, point: Moment) -> bool:
        """Whether the way up from a unit leads to the root, at all times from a point on."""
        return all(
            span.value == ABOVE_ROOT or self._circle(track, [(unit, span)], max(point, span.start), span.end) is None
            for span in self.spans(track, unit)
            if span.end > point
        )

    def _written_parent(self, track: str, subject: int) -> None:
        rows = self._new(track, subject)
        many_days = self.evening and len(self.days) > 1
        if not rows and not many_days:
            all_rows = self.rows(track, subject)
            if all_rows and all_rows[-1][2] not in (None, ABOVE_ROOT) and self._stands_still(track, all_rows[-1][2]):
                # Its row only ended, below a parent that did not change.
                return
        spans = self._going_on(track, subject)
        if self.events:
            self._each_row(track, subject, rows)
            self._refers(track, subject, spans)
            if any(map(_leaves, rows)):
                # If it leaves the hierarchy, so does what stays below it.
                for child in self.reader.subjects_ever(track, subject):
                    self._refers(track, child, self._going_on(track, child), subject)
        if many_days:
            for span in spans:
                self._placed(track, subject, span)

    def leaving(self, touched: Mapping[str, Collection[int]]) -> dict[int, None]:
        """The units that may leave a hierarchy during their life, of rows from events.

        Asked of the rows themselves, since the steps of a draft are judged one by one and its evening alone.
        """
        return {
            subject: None
            for track, subjects in touched.items()
            if tracks.is_parent(track)
            for subject in subjects
            if any(map(_leaves, self._new(track, subject)))
        }

    def places_today(self, touched: Mapping[str, Collection[int]]) -> None:
        """Check placements at the end of the only day on which anything was written."""
        if not self.schema.placements:
            return
        day, values = self.days[0], self.reader.values
        # Units that only ended have no new row.
        kinds = [number for number in touched.get(tracks.KIND, ()) if self._new(tracks.KIND, number)]
        for track in map(tracks.parent_track, self.schema.hierarchies):
            cleared = self.cleared.get(track, {})
            below = chain.from_iterable([self.reader.subjects_with(track, number, day) for number in kinds])
            units = [unit for unit in dict.fromkeys(chain(touched.get(track, ()), kinds, below)) if unit not in cleared]
            places = dict(zip(units, values(track, units, day), strict=True)) | cleared
            for unit in self._misfits({unit: parent for unit, parent in places.items() if parent is not None}, day):
                for span in self._going_on(track, unit):
                    self._placed(track, unit, span)

    def _misfits(self, placed: Mapping[int, int], day: int) -> list[int]:
        """The units that may not stand below their parent on a day, by the kinds of both.

        Args:
            placed: unit -> its parent.
            day: the day.
        """
        date, kinds_of = dt.date.fromordinal(day), self.reader.values
        parents = list({parent for parent in placed.values() if parent != ABOVE_ROOT})
        kind_of = {ABOVE_ROOT: None, **dict(zip(parents, kinds_of(tracks.KIND, parents, day), strict=True))}
        own = kinds_of(tracks.KIND, list(placed), day)
        pairs = list(zip(own, map(kind_of.__getitem__, placed.values()), strict=True))
        # There are few pairs of kinds, and thousands of units.
        wrong = {pair for pair in set(pairs) if not self.schema.allows(*pair, date)}
        return [unit for unit, pair in zip(placed, pairs, strict=True) if pair in wrong] if wrong else []

    def first_days(self, last: int) -> None:
        """Check the places of all units on the first day with an act after each change of the schema."""
        for day in self.days:
            if last and self._turns(last, day + 1):
                self.all_placed(day)
            last = day

    # ---- rows that changed anywhere

    def changed(self, track: str, subject: int, before: Sequence[Any], now: Sequence[Any], lives: Any) -> None:
        """Check the changed rows of a subject; ``lives`` has the rows of its life before and now, if those changed."""
        if track == tracks.LIFE:
            self._touched_life(subject, before, now)
        elif track == tracks.LINK:
            self._links(subject, [row for row in now if row not in before])
        else:
            self._touched_track(track, subject, before, now, lives)

    def _touched_life(self, subject: int, before: Sequence[Any], now: Sequence[Any]) -> None:
        old, new = self._life(before), self.life(subject)
        self._begins_once(subject, now)
        if old == new:
            return
        # Its facts, and references to it, were right for its old life: all are checked against the new one, also in
        # tracks that the change did not touch.
        for track in self.reader.tracks():
            self._again(track, subject)
        sort = new.what if new is not None else old.what if old is not None else None
        if isinstance(sort, Clustering):
            self._clusters_of(sort)
            # Rows by which members leave refer to no cluster: only the track itself tells that they need the clustering.
            track = tracks.member_track(sort.id)
            for member, row in self.reader.iter_rows(track):
                self.row = track, member, row[0], row[3]
                self._member(track, member, row)

    def _again(self, track: str, subject: int) -> None:
        """Check the rows of a track that are about a subject or refer to it."""
        if track == tracks.LIFE:
            return
        rows = self.rows(track, subject)
        if track == tracks.LINK:
            self._links(subject, rows)
            for other in self.reader.subjects_ever(track, subject):
                self._links(other, [row for row in self.rows(track, other) if row[3] == subject])
            return
        for row in rows:
            self._subject_lives(track, subject, row)
        if tracks.refers_to_subject(track):
            for other in self.reader.subjects_ever(track, subject):
                self._refers(track, other, self.spans(track, other), subject)
        elif track == tracks.PARTY:
            # Parties of matters are kept by name, as they may be persons.
            name = self.reader.name(subject)
            for other in self.reader.subjects_ever(track, name):
                for row in self.rows(track, other):
                    if row[2] == name:
                        self._party(other, row)

    def _touched_track(self, track: str, subject: int, before: Sequence[Any], now: Sequence[Any], lives: Any) -> None:
        for row in now:
            if row not in before:
                self._row(track, subject, row)
        if not tracks.refers_to_subject(track):
            if track == tracks.KIND:
                self._kind_touched(subject)
            elif track == tracks.CODE:
                for span in self._added(track, subject, before, lives)[1]:
                    self._code(subject, span)
            return
        old, added = self._added(track, subject, before, lives)
        self._refers(track, subject, added)
        if tracks.is_parent(track):
            for span in added:
                self._placed(track, subject, span)
            if joined(old) != self.cover(track, subject):
                # It stood elsewhere at some time: those below it may have lost their place in the hierarchy.
                for child in self.reader.subjects_ever(track, subject):
                    self._refers(track, child, self.spans(track, child), subject)

    def _added(
        self, track: str, subject: int, before: Sequence[Any], lives: Any
    ) -> tuple[list[Stretch], list[Stretch]]:
        """The rows of a subject as intervals before a change, and those that are new or hold longer or shorter since."""
        old_life = self.life(subject) if lives is None else self._life(lives[0])
        old = self._spans_of(before, NEVER if old_life is None else old_life.death)
        known = {span[:5] for span in old}
        return old, [span for span in self.spans(track, subject) if span[:5] not in known]

    def _kind_touched(self, subject: int) -> None:
        if self.evening:
            self._kind_in_the_evening(subject)
        if self.events:
            for row in self.rows(tracks.LINK, subject):
                self._same_kind(subject, row)
            for other in self.reader.subjects_ever(tracks.LINK, subject):
                for row in self.rows(tracks.LINK, other):
                    if row[3] == subject:
                        self._same_kind(other, row)

    def _kind_in_the_evening(self, subject: int) -> None:
        for hierarchy in self.schema.hierarchies if len(self.days) > 1 else ():
            track = tracks.parent_track(hierarchy)
            for span in self.spans(track, subject):
                self._placed(track, subject, span)
            for child in self.reader.subjects_ever(track, subject):
                for span in self.spans(track, child):
                    if span.value == subject:
                        self._placed(track, child, span)
        for span in self.spans(tracks.CODE, subject):
            self._code(subject, span)

    # ---- the places of all units

    def new_day(self, day: int) -> None:
        """Check the places of all units on a day, if the schema changed since the last act before it."""
        place = bisect_left(self.days, day)
        if place and self._turns(self.days[place - 1], day + 1):
            self.all_placed(day)

    def all_placed(self, day: int) -> None:
        """Check the places of all units on a day."""
        date = dt.date.fromordinal(day)
        for hierarchy in self.schema.hierarchies if self.schema.placements else ():
            track = tracks.parent_track(hierarchy)
            for kind, above, units in self.reader.places_on(track, day):
                if not self.schema.allows(kind, above, date):
                    for unit in units:
                        for span in self._going_on(track, unit):
                            self._placed(track, unit, span)
