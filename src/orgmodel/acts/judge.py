"""The invariants of an organisation, each written once, as rules about rows on intervals.

A row of a track holds over ``[start, end)`` between two *points*: a day, an act of that day, an event of that act. So
"the parent exists and is in the hierarchy as long as the child is below it" is one comparison of intervals, wherever the
row came from: an act, a table, a file, or a decision worked out anew because something earlier became known.

After every event: subjects and what they refer to exist, no unit is its own ancestor, each hierarchy has one root,
nothing is left below or in what ends. At the end of each day with an act: every unit stands where the schema allows it,
and no two units of one kind have one code. During a reform day levels may overlap.

Only rules that touched rows can have broken are checked, so the cost grows with the touched rows, not with the
organisation. All faults are reported at once, in order of the history, each with its day and act. A fault that only
follows from another one is not reported.
"""

from __future__ import annotations

import datetime as dt
import difflib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Link, Linked, Succession, is_text, shares_faults
from orgmodel.acts.faults import (
    ABOUT,
    BEGIN,
    CLIMB,
    KINDS,
    LEFT,
    LINKS,
    STEP,
    TOP,
    Fault,
    Faults,
    RowOf,
    Where,
)
from orgmodel.acts.intervals import (
    EVENING,
    GONE,
    NEVER,
    KindFrom,
    Life,
    Moment,
    RowReader,
    Stretch,
    joined,
    kind_on,
)
from orgmodel.engine.columns import ABOVE_ROOT
from orgmodel.engine.state import UNIT
from orgmodel.engine.written import Numbers
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.measure import Measure, figure_fault
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT, composed
from orgmodel.period import FOREVER

__all__ = [
    "Moved",
    "Touched",
    "WrittenRows",
    "judge",
    "judge_batch",
    "needless_slot",
    "unknown_kind",
    "value_fault",
]

_NEAR: Final = 50_000
"""Ids that are searched for one like a wrong one; comparing more would take seconds."""

_SORTS: Final[Mapping[str, type | str]] = {"unit": UNIT, "cluster": Cluster, "matter": Matter, "any": UNIT}
"""The subjects that a track can have, by the word in its declaration."""

Touched = Mapping[tuple[str, int], tuple[Sequence[Any], Sequence[Any]]]
"""(track, subject) -> (its rows before, its rows now)."""

_LONG: Final = 20
"""A message names only the first units of a longer cycle."""


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
        run.somewhere(run.leaving if row_of is None else {**run.leaving, **_may_be_nowhere(to_check)})
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


class _Judge(Faults):
    """One run of the checks; methods report faults, and :meth:`findings` sorts them."""

    def __init__(
        self,
        reader: RowReader,
        schema: Schema,
        measures: Mapping[str, Measure],
        places: Mapping[str, int],
        days: Sequence[int],
        since: Moment = (0, 0, 0),
        crossing: Container[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(reader, places, schema)
        self.measures, self.days, self.since, self.crossing = measures, days, since, crossing
        self.events = self.evening = True
        self.boundaries = [day.toordinal() for day in schema.boundaries()]
        self._reaching: set[tuple[str, int, Moment, Moment]] = set()
        self._circling: set[tuple[str, int]] = set()
        """(track, unit) of all units in a long circle that was reported."""
        self._still: dict[tuple[str, int], bool] = {}
        self._about: dict[str, str] = {}
        """A track -> the sort of its subjects, from its declaration."""
        self._seen: set[tuple[Any, ...]] = set()
        """Keys of checks that were done already."""
        self.last_acts: Mapping[int, str] = {}
        """The ordinal of a day -> id of its last act."""
        self.leaving: dict[int, None] = {}
        """Units that may leave a hierarchy during their life."""
        self.cleared: dict[str, dict[int, int]] = {}
        """Track -> unit -> its new parent, of moves that are sound but for the kinds, which are compared in the evening."""
        self._left: dict[tuple[str, int, Moment], dict[int, tuple[Where, int]]] = {}
        """(track, subject that ends or leaves, point) -> what is still below or in it: by which row, until when."""

    def findings(self, row_of: RowOf | None = None) -> list[Finding]:
        """The faults in order, see :meth:`~orgmodel.acts.faults.Faults.reported`.

        What is left below or in a subject that ends is only complete now.
        """
        for (track, number, point), below in self._left.items():
            self._report_left(track, number, point, {self.reader.name(n): below[n] for n in sorted(below)})
        return self.reported(row_of)

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

    def _stands_still(self, track: str, unit: int) -> bool:
        """Whether neither the place of a unit nor that of any unit above it has an end or was written.

        Units below it then have a parent for as long as they want, and are in no circle: a circle would have to pass
        through a row that was written.
        """
        known = self._still
        way: list[tuple[str, int]] = []
        still = True
        while unit != ABOVE_ROOT:
            key = track, unit
            if key in known:
                still = known[key]
                break
            way.append(key)
            rows = self.rows(track, unit)
            # A row that was written since would be the last one.
            if not rows or rows[-1][1] != FOREVER or self.point(rows[-1]) >= self.since:
                still = False
                break
            unit = rows[-1][2]
        # The answer holds for all on the way up, and thousands of siblings share most of it.
        for key in way:
            known[key] = still
        return still

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
            if any(row[2] is None or row[5] < FOREVER for row in rows):
                # If it leaves the hierarchy, so does what stays below it.
                self.leaving[subject] = None
                for child in self.reader.subjects_ever(track, subject):
                    self._refers(track, child, self._going_on(track, child), subject)
        if many_days:
            for span in spans:
                self._placed(track, subject, span)

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

    def somewhere(self, subjects: Iterable[int]) -> None:
        """Check that units stand in some hierarchy on every day with an act."""
        parent_tracks = [tracks.parent_track(hierarchy) for hierarchy in self.schema.hierarchies]
        for subject in subjects:
            life = self.life(subject)
            if life is None or life.what != UNIT:
                continue
            spans = [span for track in parent_tracks for span in self.spans(track, subject)]
            at = max(life.birth[0], self.since[0])
            for span in sorted(spans, key=lambda span: span.start):
                if self._nowhere(subject, at, min(span.start[0], life.death[0])):
                    break
                at = max(at, span.end[0])
            else:
                self._nowhere(subject, at, life.death[0])

    def _nowhere(self, subject: int, day: int, until: int) -> bool:
        """Report a unit that is in no hierarchy between two days, if one of them has an act; whether it was reported."""
        place = bisect_left(self.days, day)
        if day >= until or place == len(self.days) or self.days[place] >= until:
            return False
        unit, since = self.reader.name(subject), dt.date.fromordinal(day)
        statements = [
            ((row[0], self.places.get(row[4].id, GONE)), track, row)
            for track in (tracks.LIFE, *map(tracks.parent_track, self.schema.hierarchies))
            for row in self.rows(track, subject)
            if row[0] <= self.days[place]
        ]
        _, track, row = max(statements, key=lambda message: message[0])
        message = f"unit {unit!r} would stand in no hierarchy from {since} on; say where it stands, or close it"
        rows = [(track, subject, row[0], None)]
        self.fault((self.days[place], EVENING, 0), row[4], "placed", message, unit, rows=rows)
        return True

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

    # ---- lives

    def _lives_at(
        self, number: int, sort: type | str, point: Moment, act: Act, *, for_: int | None = None, rank: int = STEP
    ) -> Life | None:
        """The life of a subject that must exist at an event; None, and a fault, if it does not.

        What an event begins or ends exists at it. ``for_`` is the subject that refers to it.
        """
        life = self.life(number)
        right_sort = life is not None and (life.what == sort if isinstance(sort, str) else isinstance(life.what, sort))
        if right_sort and life is not None and life.birth <= point <= life.death:
            return life
        noun = sort if isinstance(sort, str) else sort.__name__.lower()
        unit = self.reader.name(number)
        rule = "live"
        if life is None or point < life.birth:
            date = dt.date.fromordinal(point[0])
            message = f"no {noun} {unit!r} has begun by {date}{self._begins_later(unit, life, point)}"
        elif point > life.death:
            message = f"{noun} {unit!r} ended on {dt.date.fromordinal(life.death[0])}{_gap(life.death[0], point[0])}"
        else:
            rule, message = "right-sort", f"{unit!r} is not a {noun}"
        doubtful = () if for_ is None else (self.reader.name(for_),)
        self.fault(point, act, rule, message, unit, rank=rank, doubtful=doubtful)
        return None

    def _begins_later(self, unit: str, life: Life | None, point: Moment) -> str:
        """The end of a message about a subject that has not begun: when it does, or what may be meant."""
        if life is None:
            near = difflib.get_close_matches(unit, self.reader.all_ids()[:_NEAR], 2)
            return "".join(f"; did you mean {other!r}?" for other in near if other != unit)
        if life.birth[0] == point[0]:
            return ", only by a later event of that day"
        return f"; it begins on {dt.date.fromordinal(life.birth[0])}"

    def _begins_once(self, subject: int, rows: Sequence[Any]) -> None:
        unit, begun, ended = self.reader.name(subject), None, False
        for row in rows:
            point, value, act = self.point(row), row[2], row[4]
            self.row = tracks.LIFE, subject, row[0], None
            if point < self.since:
                begun, ended = begun or value, value is None
            elif value is None:
                if begun is None or ended:
                    sort = UNIT if begun is None or begun == UNIT else type(begun)
                    self._lives_at(subject, sort, (point[0], point[1], point[2] + ended), act, rank=ABOUT)
                ended = True
            elif begun is not None:
                message = f"the id {unit!r} was used before; an id is never used again"
                self.fault(point, act, "id-once", message, unit, rank=BEGIN)
            else:
                begun = value
                self._begins(subject, value, point, act)

    def _begins(self, subject: int, begun: Any, point: Moment, act: Act) -> None:
        """Check the id of a subject that begins, and its kind or its clustering."""
        unit = self.reader.name(subject)
        if not unit:
            noun = begun if begun == UNIT else type(begun).__name__.lower()
            message = f"a {noun} to be created has no id; give one, or create it through a draft"
            self.fault(point, act, "id", message)
        elif unit == ROOT:
            self.fault(point, act, "id", f"{ROOT!r} stands for 'above the root' and names nothing", unit)
        if isinstance(begun, Cluster):
            self._in_clustering(subject, begun)
        elif begun == UNIT and self.schema.kinds and self.kind_at(subject, point) is None:
            self._kind(subject, None, point, act)

    def _clusters_of(self, clustering: Clustering) -> None:
        for other, row in self.reader.iter_rows(tracks.LIFE):
            if (
                isinstance(row[2], Cluster)
                and row[2].clustering == clustering.id
                and self.life_of(other).what == row[2]
            ):
                self._in_clustering(other, row[2])

    def _in_clustering(self, cluster: int, entity: Cluster) -> None:
        life = self.life_of(cluster)
        act = self.rows(tracks.LIFE, cluster)[0][4]
        number = self.reader.number(entity.clustering)
        if number is None:
            message = f"no clustering {entity.clustering!r} has begun by {dt.date.fromordinal(life.birth[0])}"
            self.fault(life.birth, act, "live", message, entity.clustering, doubtful=(entity.id,))
            return
        frame = self._lives_at(number, Clustering, max(life.birth, self.since), act, for_=cluster)
        if frame is not None and life.death > frame.death:
            self._leaves(tracks.LIFE, number, frame.death, cluster, life.death[0])

    def _subject_lives(self, track: str, subject: int, row: Any) -> None:
        about = self._about.get(track)
        if about is None:
            about = self._about[track] = self.schema.track(track).subject
        sort = _SORTS[about]
        life = self.life(subject)
        if (track == tracks.NAME or about == "any") and life is not None:
            sort = UNIT if life.what == UNIT else type(life.what)
        self._lives_at(subject, sort, self.point(row), row[4], rank=ABOUT)

    # ---- single rows

    def _row(self, track: str, subject: int, row: Any) -> None:
        """Check that a track can hold a row and that its subject exists."""
        self.row = track, subject, row[0], row[3]
        self._subject_lives(track, subject, row)
        for rule, message in self._row_faults(track, row):
            self.fault(self.point(row), row[4], rule, message, self.reader.name(subject), rank=ABOUT)
        if tracks.is_member(track):
            self._member(track, subject, row)
        elif track == tracks.PARTY:
            self._party(subject, row)

    def _row_faults(self, track: str, row: Any) -> Iterator[tuple[str, str]]:
        """(rule, message) for what a track cannot hold, whatever else there is."""
        start, value, slot, until = row[0], row[2], row[3], row[5]
        if not tracks.is_known(track):
            yield "track", f"there is no track {track!r}; a fact of your own is 'fact:{track}'"
            return
        if slot is not None and tracks.has_one_slot(track):
            yield "slot", needless_slot(track, slot)
        if until <= start:
            days = dt.date.fromordinal(start), dt.date.fromordinal(until)
            yield "until", f"a change on {days[0]} cannot hold until {days[1]}"
        if tracks.is_parent(track) and tracks.item(track) not in self.schema.hierarchies:
            known = ", ".join(self.schema.hierarchies)
            yield "hierarchy", f"there is no hierarchy {tracks.item(track)!r} (there are {known})"
        if track == tracks.ROLE and not _is_seat(slot):
            yield "role", f"the slot of a role is (role, seat), such as ('leader', 1), not {slot!r}"
        if wrong := value_fault(track, value, slot, self.schema, self.measures):
            yield wrong

    def _kind(self, subject: int, kind: str | None, point: Moment, act: Act) -> None:
        self.fault(point, act, "kind", unknown_kind(self.schema, kind), self.reader.name(subject))

    def _member(self, track: str, subject: int, row: Any) -> None:
        point, act, unit = self.point(row), row[4], self.reader.name(subject)
        clustering = tracks.item(track)
        number = self.reader.number(clustering)
        frame = None if number is None else self.life(number)
        exists = frame is not None and isinstance(frame.what, Clustering) and frame.birth <= point <= frame.death
        if frame is None or not exists:
            message = f"there is no clustering {clustering!r} on {dt.date.fromordinal(point[0])}"
            self.fault(point, act, "cluster", message, unit)
        elif row[2] is not None and row[3] != (self.reader.name(row[2]) if frame.what.cover else None):
            message = f"in a {'cover' if frame.what.cover else 'partition'} the slot is not {row[3]!r}"
            self.fault(point, act, "cluster", message, unit)

    def _party(self, subject: int, row: Any) -> None:
        """Check that a party named by its id has begun. It may have ended: units are honoured after their end."""
        party = row[2]
        if not is_text(party):
            return
        number, point = self.reader.number(party), self.point(row)
        life = None if number is None else self.life(number)
        if life is None or point < life.birth:
            message = f"no unit, cluster or matter {party!r} has begun by {dt.date.fromordinal(point[0])}"
            self.fault(point, row[4], "live", message, party, doubtful=(self.reader.name(subject),))

    # ---- references

    def _refers(self, track: str, subject: int, spans: Iterable[Stretch], to: int | None = None) -> None:
        """Check that the targets of rows exist: parents and clusters all the time, others when the row is written."""
        is_parent = tracks.is_parent(track)
        for span in spans:
            if to is not None and span.value != to:
                continue
            if is_parent and span.value != ABOVE_ROOT and self._stands_still(track, span.value):
                continue
            # With the value: memberships of several clusters of a cover may begin and end together.
            key = "refers", track, subject, span.start, span.end, span.value
            if key in self._seen:
                continue
            self._seen.add(key)
            self.row = track, subject, span.start[0], span.slot
            if is_parent:
                self._has_parent(track, subject, span)
            elif tracks.is_member(track):
                self._in_cluster(track, subject, span)
            elif span.value >= 0 and span.start >= self.since:
                self._lives_at(span.value, UNIT, span.start, span.act)

    def _has_parent(self, track: str, subject: int, span: Stretch) -> None:
        """Check a place: the only root, or below a parent that is there all the time and not below the unit itself."""
        if span.value == ABOVE_ROOT:
            self._one_root(track, subject, span)
        elif not self._below(track, subject, span):
            return
        elif not span.is_moment:
            self._no_circle(track, subject, span)
        elif span.end == self.life_of(subject).death:
            self._no_circle_of_a_moment(track, subject, span)

    def _below(self, track: str, child: int, span: Stretch) -> bool:
        """Whether the parent exists and is in the hierarchy as long as the child is below it."""
        parent, start = span.value, max(span.start, self.since)
        begins = span.start == self.life_of(child).birth if self.life(child) else False
        life = self._lives_at(parent, UNIT, start, span.act, for_=child if begins else None)
        if life is None:
            return False
        if span.end > life.death:
            self._leaves(track, parent, life.death, child, span.end[0])
            return False
        stay = next((part for part in self.cover(track, parent) if part[0] <= start <= part[1]), None)
        if stay is None or (stay[1] == start < span.end):
            hierarchy = tracks.item(track)
            message = f"the parent {self.reader.name(parent)!r} is not in the hierarchy {hierarchy!r}"
            self.fault(span.start, span.act, "live-parent", message, self.reader.name(child))
            return False
        if stay[1] < span.end:
            self._leaves(track, parent, stay[1], child, span.end[0])
            return False
        return True

    def _in_cluster(self, track: str, member: int, span: Stretch) -> None:
        life = self._lives_at(span.value, Cluster, max(span.start, self.since), span.act)
        if life is None:
            return
        clustering, cluster = tracks.item(track), self.reader.name(span.value)
        if life.what.clustering != clustering:
            message = f"cluster {cluster!r} belongs to {life.what.clustering!r}, not {clustering!r}"
            self.fault(span.start, span.act, "cluster", message, self.reader.name(member))
        elif span.end > life.death:
            self._leaves(track, span.value, life.death, member, span.end[0])

    def _leaves(self, track: str, number: int, point: Moment, below: int, until: int) -> None:
        self._left.setdefault((track, number, point), {})[below] = self.row, until

    def _report_left(self, track: str, number: int, point: Moment, left: Mapping[str, tuple[Where, int]]) -> None:
        """One fault for all that is left below or in a subject that ends or leaves a hierarchy."""
        below = _some(list(left))
        unit, life = self.reader.name(number), self.life_of(number)
        rule, act = "live-parent", life.ended_by
        if isinstance(life.what, Clustering):
            rule, message = "leaves-nothing", f"clustering {unit!r} still has clusters: {below}"
        elif isinstance(life.what, Cluster):
            rule, message = "leaves-nothing", f"cluster {unit!r} still has members: {below}"
        elif point == life.death:
            message = f"unit {unit!r} would end with live children: {below}; say where they go"
            message += f" (it lives from {dt.date.fromordinal(life.birth[0])} to {_eve(point[0])})"
            if any(where[2] < point[0] and until == point[0] + 1 for where, until in left.values()):
                message += ", or give it one day more, if its end is the last day"
        else:
            act, until = next((row[4] for row in self.rows(track, number) if self.point(row) == point), None), ""
            if act is None:
                # Its place had a term, and no act ended it.
                until = f" on {dt.date.fromordinal(point[0])}, until which it was said to stand there"
                act = self._last_to_place(track, number, point, left)
            message = f"{unit!r} would leave {tracks.item(track)!r} with children: {below}{until}; say where they go"
        self.fault(point, act, rule, message, unit, rank=LEFT, rows=[where for where, _ in left.values()])

    def _last_to_place(self, track: str, number: int, point: Moment, children: Iterable[str]) -> Act | None:
        """The last act that placed a unit that leaves a hierarchy at a point, or one of its children."""
        spans = [span for span in self.spans(track, number) if span.end == point]
        for child in children:
            below = self.reader.number(child)
            if below is not None:
                spans += [span for span in self.spans(track, below) if span.start < point <= span.end]
        return max(spans, key=lambda span: span.start).act if spans else None

    # ---- hierarchies

    def _no_circle(self, track: str, unit: int, span: Stretch) -> None:
        """Check that a unit is not its own ancestor while a row holds."""
        if (track, unit) in self._circling:
            return
        circle = self._circle(track, [(unit, span)], max(span.start, self.since), span.end)
        if circle is not None:
            if len(circle) > _LONG:
                # Reported once: each of ten thousand units would find the same circle of ten thousand.
                self._circling.update((track, number) for number, _ in circle)
            # The row that begins last closes the circle: its act is at fault.
            start = max(link.start for _, link in circle)
            at = next(place for place, (_, link) in enumerate(circle) if link.start == start)
            circle = [*circle[at:], *circle[:at]]
            key = "circle", track, start, frozenset(number for number, _ in circle)
            if key not in self._seen:
                self._seen.add(key)
                names = [self.reader.name(number) for number, _ in circle]
                message = f"unit {names[0]!r} would stand above itself in {track!r}"
                if len(names) > _LONG:
                    message += f": {' under '.join(names[:6])} under ... under {names[0]}, {len(names):,} units in all"
                elif len(names) > 1:
                    message += f": {' under '.join([*names, names[0]])}"
                rows = [(track, number, link.start[0], None) for number, link in circle]
                self.fault(start, circle[0][1].act, "no-cycle", message, names[0], rank=CLIMB, rows=rows)

    def _no_circle_of_a_moment(self, track: str, unit: int, span: Stretch) -> None:
        """The same for a unit that gets its last parent by the event that ends it, so that its row is empty."""
        path: dict[int, Stretch] = {}
        at, standing = unit, span
        while standing.value >= 0 and at not in path:
            path[at] = standing
            at = standing.value
            # Within the event: units have moved, and none has ended yet.
            spans = [other for other in self.spans(track, at) if other.start <= span.start <= other.end]
            if not spans:
                return
            standing = spans[-1]
        if at == unit and standing.value >= 0:
            message = f"unit {self.reader.name(unit)!r} would stand above itself in {track!r}"
            self.fault(span.start, span.act, "no-cycle", message, self.reader.name(unit), rank=CLIMB)

    def _circle(
        self, track: str, path: list[tuple[int, Stretch]], low: Moment, high: Moment
    ) -> list[tuple[int, Stretch]] | None:
        """The units and rows of a cycle on the ways up from a path between two points, if there is one.

        Parents change over time, so there are several ways up; the interval narrows with each step.
        """
        path = [*path]
        places = {number: place for place, (number, _) in enumerate(path)}
        # Depth-first search with its own stack: a way up may have ten thousand steps, more than Python's.
        waiting: list[tuple[tuple[str, int, Moment, Moment], Iterator[Stretch]]] = []
        while True:
            parent = path[-1][1].value
            key = track, parent, low, high
            if key not in self._reaching and not self._stands_still(track, parent):
                if parent in places:
                    return path[places[parent] :]
                waiting.append((key, iter(self.spans(track, parent))))
            elif not waiting:
                return None
            else:
                del places[path.pop()[0]]
            while True:
                (_, parent, lowest, highest), spans = waiting[-1]
                step = next(
                    (s for s in spans if s.value >= 0 and max(lowest, s.start) < min(highest, s.end)),
                    None,
                )
                if step is not None:
                    low, high = max(lowest, step.start), min(highest, step.end)
                    places[parent] = len(path)
                    path.append((parent, step))
                    break
                self._reaching.add(waiting.pop()[0])
                if not waiting:
                    return None
                del places[path.pop()[0]]

    def _one_root(self, track: str, unit: int, span: Stretch) -> None:
        """Check that no other unit is a root while a unit is."""
        if span.is_moment:
            return
        for other in self.reader.subjects_ever(track, ABOVE_ROOT):
            if other == unit:
                continue
            for other_span in self.spans(track, other):
                start = max(span.start, other_span.start, self.since)
                if other_span.value == ABOVE_ROOT and start < min(span.end, other_span.end):
                    self._many_roots(track, start, max(span, other_span, key=lambda span_: span_.start).act)

    def _many_roots(self, track: str, point: Moment, act: Act) -> None:
        roots = [
            number
            for number in self.reader.subjects_ever(track, ABOVE_ROOT)
            if any(s.value == ABOVE_ROOT and s.start <= point < s.end for s in self.spans(track, number))
        ]
        names = [self.reader.name(number) for number in sorted(roots)]
        message = f"{track!r} would have {len(roots)} roots: {_some(names)}"
        self.fault(point, act, "one-root", message, *names[::-1], rank=TOP)

    # ---- links

    def _links(self, old: int, rows: Sequence[Any]) -> None:
        """Check the links out of a unit: their units exist, their extents and shares agree."""
        together: dict[tuple[Moment, int], Any] = {}
        for row in rows:
            key = "link", old, row[3], self.point(row), row[5]
            if key in self._seen:
                continue
            self._seen.add(key)
            self.row = tracks.LINK, old, row[0], row[3]
            together.setdefault((self.point(row), row[5]), row)
            if row[2].type == "re-establishment":
                # Here the old unit must have ended, where other links need it alive.
                self._taken_up(old, row)
                continue
            self._lives_at(old, UNIT, self.point(row), row[4], rank=ABOUT)
            if row[3] != old:
                self._lives_at(row[3], UNIT, self.point(row), row[4])
                self._same_kind(old, row)
        for (point, number), first in together.items():
            if first[2].type != "re-establishment":
                links = self.rows(tracks.LINK, old)
                if len(links) == 1 and not first[2].shares:
                    # It can contradict nothing.
                    continue
                every = [row for row in links if row[5] == number and self.point(row) == point]
                for rule, message, units in shares_faults(
                    self.reader.name(old), [self._link(old, row) for row in every]
                ):
                    where = [(tracks.LINK, old, row[0], row[3]) for row in every]
                    self.fault(point, every[0][4], rule, message, *units, rank=LINKS, rows=where)

    def _link(self, old: int, row: Any) -> Link:
        statement: Linked = row[2]
        name = self.reader.name
        return Link(
            name(old), name(row[3]), statement.extent, statement.shares, statement.dominant, statement.dominant_by
        )

    def _taken_up(self, old: int, row: Any) -> None:
        """Check that a re-established unit has ended before."""
        point, unit, new = self.point(row), self.reader.name(old), self.reader.name(row[3])
        life = self.life(old)
        if life is None or point < life.birth:
            message = f"no unit {unit!r} was there to be re-established"
        elif point < life.death:
            message = f"unit {unit!r} is still there and cannot be re-established"
        elif (begun := self.life(row[3])) is None or begun.birth[0] != point[0]:
            message = f"unit {new!r}, which takes up {unit!r}, does not begin on {dt.date.fromordinal(point[0])}"
        else:
            return
        self.fault(point, row[4], "re-established", message, new, unit)

    def _same_kind(self, old: int, row: Any) -> None:
        """Check that a successor is of the kind of its predecessor, unless the event allows another kind."""
        point, new = self.point(row), row[3]
        if row[2].type == "re-establishment" or point < self.since:
            return
        a, b = self.kind_at(old, point), self.kind_at(new, point)
        if a == b or self._crosses(row) or self.life(old) is None or self.life(new) is None:
            return
        unit = self.reader.name(old)
        message = f"{unit!r} is of kind {a!r} and its successor {self.reader.name(new)!r} of kind {b!r}"
        self.fault(point, row[4], "same-kind", f"{message}; ask for it with cross_kind=True", unit, rank=KINDS)

    def _crosses(self, row: Any) -> bool:
        """Whether the event of a link allows a successor of another kind."""
        if self.crossing is None:
            return _crosses(row[4], row[6])
        return (self.places[row[4].id], row[6]) in self.crossing

    # ---- at the end of days

    def _placed(self, track: str, child: int, span: Stretch) -> None:
        """Check that the schema allows the place of a unit on every day with an act."""
        low, high = max(span.start[0], self.since[0]), span.end[0]
        if not self.schema.placements or low >= high:
            return
        key = "placed", track, child, span[:3]
        if key in self._seen:
            return
        self._seen.add(key)
        self.row = track, child, span.start[0], None
        own = self.kinds(child, low, high)
        above: list[KindFrom] = (
            [(low, None, span.act)] if span.value == ABOVE_ROOT else self.kinds(span.value, low, high)
        )
        cuts = sorted({low, *(at for at, _, _ in own), *(at for at, _, _ in above), *self._turns(low, high)})
        for at, until in zip(cuts, [*cuts[1:], high], strict=True):
            place = bisect_left(self.days, at)
            if place == len(self.days) or (day := self.days[place]) >= until:
                continue
            (since, kind, by), (parent_since, parent_kind, parent_by) = kind_on(own, at), kind_on(above, at)
            if kind is not None and not self.schema.knows(kind):
                # Reported as an unknown kind.
                continue
            if not self.schema.allows(kind, parent_kind, dt.date.fromordinal(day)):
                sources = [(span.start[0], span.act), (since, by), (parent_since, parent_by)]
                act: str | None = self._latest(sources).id
                if act not in self.places:
                    # Nothing was written since the schema changed: the last act of the day is named.
                    act = self.last_acts.get(day)
                self._misplaced(child, span.value, kind, parent_kind, day, act)

    def _misplaced(
        self, child: int, parent: int, kind: str | None, parent_kind: str | None, day: int, act: str | None
    ) -> None:
        under = "be a root" if parent_kind is None else f"stand under a {parent_kind}"
        message = f"a {kind} may not {under} on {dt.date.fromordinal(day)}"
        above = () if parent < 0 else (self.reader.name(parent),)
        self.fault((day, EVENING, 0), act, "schema", message, self.reader.name(child), because=above)

    def _latest(self, sources: Iterable[tuple[int, Act | None]]) -> Act:
        """The latest of several acts with their days."""
        dated = [(day, self.places.get(act.id, GONE), act) for day, act in sources if act]
        return max(dated, key=lambda entry: entry[:2])[2]

    def _turns(self, low: int, high: int) -> list[int]:
        """The days between two on which the schema changes."""
        return self.boundaries[bisect_right(self.boundaries, low) : bisect_left(self.boundaries, high)]

    def _code(self, unit: int, span: Stretch) -> None:
        """Check that no other unit of the same kind has the same code on the same days."""
        low, high = max(span.start[0], self.since[0]), span.end[0]
        if not self.schema.unique_codes or low >= high or span.value in self.schema.placeholder_codes:
            return
        # All that ever bore the code are few; that both bear it at one time is compared next.
        for other in self.reader.subjects_ever(tracks.CODE, span.value):
            for other_span in self.spans(tracks.CODE, other):
                start, end = max(low, other_span.start[0]), min(high, other_span.end[0])
                if other == unit or other_span.value != span.value or start >= end:
                    continue
                own, others = self.kinds(unit, start, end), self.kinds(other, start, end)
                for at in sorted({start, *(day for day, _, _ in own), *(day for day, _, _ in others)}):
                    kind = kind_on(own, at)[1]
                    if kind == kind_on(others, at)[1]:
                        self._clash(span.value, kind, at)
                        break

    def _clash(self, code: str, kind: str | None, day: int) -> None:
        bearers = [
            (number, span)
            for number in self.reader.subjects_ever(tracks.CODE, code)
            for span in self.spans(tracks.CODE, number)
            if span.value == code and span.start[0] <= day < span.end[0]
            if kind_on(self.kinds(number, day, day + 1), day)[1] == kind
        ]
        bearers.sort(key=lambda pair: pair[0])
        names = [self.reader.name(number) for number, _ in bearers]
        act = max((span for _, span in bearers), key=lambda span: span.start).act
        message = f"the code {code!r} of kind {kind!r} is borne by {_some(names)}"
        rows = [(tracks.CODE, number, span.start[0], None) for number, span in bearers]
        self.fault((day, EVENING, 0), act, "unique-code", message, *names, rows=rows)

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


# ---- values


def needless_slot(track: str, slot: Any) -> str:
    """The message for a slot in a track that has no slots."""
    return f"{track!r} says one thing at a time; leave out the slot {slot!r}"


def unknown_kind(schema: Schema, kind: Any) -> str:
    """The message for a kind that the schema does not know, or for none where it needs one."""
    known = ", ".join(known.id for known in schema.kinds)
    if kind is None:
        return f"its kind is missing; the schema knows {known}"
    near = schema.nearest_kind(kind) if isinstance(kind, str) else None
    hint = f"; did you mean {near!r}?" if near else ""
    return f"the schema knows no kind {kind!r} (it knows {known}){hint}"


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


def _is_seat(slot: Any) -> bool:
    """Whether a slot is a pair of a role and the number of a seat."""
    return isinstance(slot, tuple) and len(slot) == 2 and is_text(slot[0]) and isinstance(slot[1], int)


# ---- small things


def _crosses(act: Act, label: int) -> bool:
    """Whether an event of an act with a label allows a successor of another kind."""
    labels = act.event_labels
    of_label = act.events[bisect_left(labels, label) : bisect_right(labels, label)]
    return any(isinstance(event, Succession) and event.cross_kind for event in of_label)


def _eve(day: int) -> dt.date:
    """The day before a day."""
    return dt.date.fromordinal(day - 1)


def _gap(end: int, start: int) -> str:
    """The advice about a subject that ended before the day on which it is named."""
    if start - end == 1:
        return ", the day before: is this register's end the last day? Ends are the first day without it"
    return "; name one of its successors"


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
