"""What must hold in an organisation: the rules, each written once, about rows on intervals.

A row of a track holds over ``[start, end)`` between two *points*: a day, an act of that day, an event of that act. So
"the parent exists and is in the hierarchy as long as the child is below it" is one comparison of intervals, wherever the
row came from: an act, a table, a file, or a decision worked out anew because something earlier became known.

After every event: subjects and what they refer to exist, no unit is its own ancestor, each hierarchy has one root,
nothing is left below or in what ends. At the end of each day with an act: every unit stands where the schema allows it,
and no two units of one kind have one code. During a reform day levels may overlap. On every day, with an act or without, a
unit that lives stands in some hierarchy.

:mod:`orgmodel.acts.judge` says which rows are checked.
"""

from __future__ import annotations

import datetime as dt
import difflib
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.acts.events import Link, Linked, Succession, is_text, shares_faults
from orgmodel.acts.faults import ABOUT, BEGIN, CLIMB, KINDS, LEFT, LINKS, STEP, TOP, Faults, RowOf, Where
from orgmodel.acts.intervals import EVENING, GONE, KindFrom, Life, Moment, RowReader, Stretch, kind_on
from orgmodel.acts.value_faults import needless_slot, unknown_kind, value_fault
from orgmodel.engine.columns import ABOVE_ROOT
from orgmodel.engine.state import UNIT
from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT
from orgmodel.period import FOREVER

__all__ = ["Invariants"]

_NEAR: Final = 50_000
"""Ids that are searched for one like a wrong one; comparing more would take seconds."""

_SORTS: Final[Mapping[str, type | str]] = {"unit": UNIT, "cluster": Cluster, "matter": Matter, "any": UNIT}
"""The subjects that a track can have, by the word in its declaration."""

_LONG: Final = 20
"""A message names only the first units of a longer cycle."""


class Invariants(Faults):
    """The rules; a method reports what breaks its rule.

    Args:
        reader: the organisation, with all rows written.
        schema: kinds, placements, hierarchies, uniqueness of codes.
        measures: the declared measures; empty: any.
        places: id of an act -> its position in the order of all acts.
        days: ordinals of the days with an act, sorted.
        since: the first point that is checked; what lies before it is sound.
        crossing: (position of the act, label) of events that allow successors of another kind; None: the acts say so.
    """

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
        self.boundaries = [day.toordinal() for day in schema.boundaries()]
        self._reaching: set[tuple[str, int, Moment, Moment]] = set()
        """(track, unit, from, to) of ways up that were found to end at a root."""
        self._circling: set[tuple[str, int]] = set()
        """(track, unit) of all units in a long circle that was reported."""
        self._still: dict[tuple[str, int], bool] = {}
        self._about: dict[str, str] = {}
        """A track -> the sort of its subjects, from its declaration."""
        self._seen: set[tuple[Any, ...]] = set()
        """Keys of checks that were done already."""
        self.last_acts: Mapping[int, str] = {}
        """The ordinal of a day -> id of its last act."""
        self._left: dict[tuple[str, int, Moment], dict[int, tuple[Where, int]]] = {}
        """(track, subject that ends or leaves, point) -> what is still below or in it: by which row, until when."""

    def findings(self, row_of: RowOf | None = None) -> list[Finding]:
        """The faults in order, see :meth:`~orgmodel.acts.faults.Faults.reported`.

        What is left below or in a subject that ends is only complete now.
        """
        for (track, number, point), below in self._left.items():
            self._report_left(track, number, point, {self.reader.name(n): below[n] for n in sorted(below)})
        return self.reported(row_of)

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

    def somewhere(self, subjects: Iterable[int]) -> None:
        """Check that units stand in some hierarchy on every day of their lives, also on days without an act."""
        parent_tracks = [tracks.parent_track(hierarchy) for hierarchy in self.schema.hierarchies]
        for subject in subjects:
            life = self.life(subject)
            if life is None or life.what != UNIT:
                continue
            spans = [span for track in parent_tracks for span in self.spans(track, subject)]
            day = max(life.birth[0], self.since[0])
            for start, end in sorted((span.start[0], span.end[0]) for span in spans):
                if day < start:
                    break
                day = max(day, end)
            if day < life.death[0]:
                self._nowhere(subject, day)

    def _nowhere(self, subject: int, day: int) -> None:
        """Report a unit that is in no hierarchy from a day on, by the last row about its life or a place of it."""
        unit, since = self.reader.name(subject), dt.date.fromordinal(day)
        statements = [
            ((row[0], self.places.get(row[4].id, GONE)), track, row)
            for track in (tracks.LIFE, *map(tracks.parent_track, self.schema.hierarchies))
            for row in self.rows(track, subject)
            if row[0] <= day
        ]
        _, track, row = max(statements, key=lambda statement: statement[0])
        message = f"unit {unit!r} would stand in no hierarchy from {since} on; say where it stands, or close it"
        rows = [(track, subject, row[0], None)]
        self.fault((day, EVENING, 0), row[4], "placed", message, unit, rows=rows)

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


# ---- small things


def _is_seat(slot: Any) -> bool:
    """Whether a slot is a pair of a role and the number of a seat."""
    return isinstance(slot, tuple) and len(slot) == 2 and is_text(slot[0]) and isinstance(slot[1], int)


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
