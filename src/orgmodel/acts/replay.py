"""The only code that makes a state from a state: events become writes to tracks.

Checked after every event: subjects are live, parents are live, no unit stands above
itself, each hierarchy has one root, clusters and units that end leave nothing behind.
Checked at the end of each day: every unit has its place in the schema, and no two live
units of one kind bear one code. On the day of a reform levels may overlap between two
events; at its end they may not.

All faults of a day are collected. A unit that a faulty event was about is left out of
the later checks, so that one mistake is told once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, Final, assert_never

import numpy as np
from attrs import evolve

from orgmodel.acts.events import (
    Act,
    Change,
    Closure,
    Creation,
    Event,
    Link,
    Linked,
    Run,
    Succession,
    is_text,
    link_faults,
    one_by_one,
)
from orgmodel.acts.stretch import Stretch, runs_of
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, UNSURE
from orgmodel.engine.patch import Write, writes_of
from orgmodel.engine.state import UNIT, Editor, Reader, State
from orgmodel.errors import Finding, InvalidAct, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT, Unit, composed
from orgmodel.structure.structure import Structure

_MANY = 32_768
"""From this many touched units on, a day's end is checked with arrays over all units."""
AT_ONCE = 96
"""Stretches of fewer steps go one by one: a change is one, and so is all that an event begins, links and ends."""
FEW = 4
"""Fewer changes of an event that move units to one parent go one by one."""
PART = 256
"""So do those of fewer steps than this part of all units, as arrays are as long as those are many."""
DOUBTED = 16
"""After so many stretches that need a closer look the others are not tried any more."""
_FACT: Final = attrgetter("track", "value", "slot", "until")


class _Replay:
    """Applies the events of one day to an editor and collects what is wrong."""

    def __init__(self, editor: Editor, schema: Schema, measures: Mapping[str, Measure], day: dt.date) -> None:
        self.editor, self.schema, self.measures = editor, schema, measures
        self.reader: Reader = editor
        self.places: dict[tuple[Any, Any], bool] = {}
        self.date, self.day = day, day.toordinal()
        self.findings: list[Finding] = []
        self.tainted: set[str] = set()
        self.act: Act
        self.labels: Sequence[int] = ()
        """The label of each event that is being applied."""
        self.nth = 0
        """How many of them were applied."""
        self.touched: dict[str, dict[int, None]] = {}
        self.doubted = 0
        """How many stretches could not be taken as they were."""
        self.everything = False
        """Whether so much was touched that all units are checked at the end of the day."""
        self.moved: list[tuple[str, Sequence[int], int]] = []
        """(track, units, parent) of those that came to a parent in the event."""
        self.roots: set[str] = set()
        self.came: dict[str, dict[int, int]] = {}
        """track -> unit -> the parent it came to with others, until it moves or ends: what need not be read again."""

    # ---- what is wrong

    def fault(self, rule: str, message: str, *units: str) -> None:
        if not self.tainted.intersection(units):
            self.findings.append(Finding(rule, message, units, day=self.date, act=self.act.id))
        self.tainted.update(units)

    def live(self, subject: str, what: type | str = UNIT) -> int | None:
        """The number of a live unit (or cluster, clustering); None and a fault if it is not there."""
        noun = what if isinstance(what, str) else what.__name__.lower()
        if not is_text(subject):
            self.fault("id", f"a {noun} is given as its id, a text, not as {subject!r}")
            return None
        number = self.editor.number(subject)
        life = None if number is None else self.editor.value(tracks.LIFE, number, self.day)
        if life is not None and (life == what if isinstance(what, str) else isinstance(life, what)):
            return number
        if life is not None:
            self.fault("right-sort", f"{subject!r} is not a {noun}", subject)
            return None
        rows = () if number is None else self.editor.rows(tracks.LIFE, number)
        if not rows:
            self.fault("live", f"no {noun} {subject!r} has begun by {self.date}", subject)
        else:
            ended = dt.date.fromordinal(rows[-1][1])
            self.fault("live", f"{noun} {subject!r} ended on {ended}; name one of its successors", subject)
        return None

    # ---- events

    def apply(self, act: Act, parts: Sequence[Event] | None = None, labels: Sequence[int] | None = None) -> None:
        """All events of an act, or those given, in order; rows bear the labels of the events that write them."""
        self.act, self.nth = act, 0
        if labels is None:
            labels = act.event_labels if parts is None else range(len(parts))
        self.labels = labels
        listed: Sequence[Event | Run] = act.parts if parts is None else parts
        # An event has several steps; what has hardly any events is not worth counting.
        if (act.size if parts is None else len(parts)) < AT_ONCE // 4:
            self.each(listed)
            return
        self.in_stretches(runs_of(listed))

    def each(self, parts: Iterable[Event | Run]) -> None:
        """Events one by one."""
        for event in one_by_one(parts):
            self.one(event)

    def in_stretches(self, parts: Iterable[Event | Run]) -> None:
        """Events in stretches that are as long as can be; what needs a closer look goes one by one in between."""
        stretch = Stretch(self.schema, self.sound)
        for part in parts:
            if self.mentions_tainted(part) or not stretch.take(part):
                self.at_once(stretch)
                stretch = Stretch(self.schema, self.sound)
                if isinstance(part, Run) and len(part) > AT_ONCE:
                    half = len(part) // 2
                    self.in_stretches([part.cut(0, half)])
                    self.in_stretches([part.cut(half, len(part))])
                else:
                    self.each([part])
        self.at_once(stretch)

    def mentions_tainted(self, part: Event | Run) -> bool:
        """Whether events are about a subject that a faulty one was about."""
        if not self.tainted:
            return False
        about: Iterable[Any]
        match part:
            case Run():
                about = chain(part.subjects, part.values if tracks.refers_to_subject(part.track) else ())
            case Succession():
                links = ((link.old, link.new) for link in part.links)
                about = chain(chain.from_iterable(links), (unit.parent for unit in part.created))
                if any(map(self.mentions_tainted, part.changes)):
                    return True
            case Creation():
                about = part.what.id, getattr(part.what, "parent", None)
            case Closure():
                about = (part.subject,)
            case Change():
                about = part.subject, part.value, part.slot
        return not self.tainted.isdisjoint(unit for unit in about if isinstance(unit, str))

    def at_once(self, stretch: Stretch) -> None:
        """A stretch of events with arrays; one by one if it is short, and as far as it needs a closer look."""
        if stretch.steps < max(AT_ONCE, self.editor.count // PART) or self.doubted > DOUBTED:
            self.each(stretch.parts)
            return
        state = self.done()
        found = stretch.applied(state, self.date, self.act, self.labels[self.nth : self.nth + stretch.size])
        self.editor = (state if isinstance(found, list) else found[0]).edit()
        self.reader = self.editor
        self.came.clear()
        if isinstance(found, list):
            self.doubted += 1
            at = 0
            for doubtful in found:
                self.in_stretches(stretch.between(at, doubtful))
                at = doubtful + 1
                self.each(stretch.between(doubtful, at))
            self.in_stretches(stretch.between(at, stretch.size))
            return
        self.nth += stretch.size
        if sum(map(len, found[1].values())) > _MANY:
            self.everything = True
        else:
            self.touch({track: subjects.tolist() for track, subjects in found[1].items()})

    def sound(self, change: Change) -> bool:
        """Whether the value of a change is one that its track can hold; nothing is told here of one that is not."""
        told, tainted = len(self.findings), set(self.tainted)
        sound = self.measure_value(change) if tracks.is_measure(change.track) else self.text_value(change)
        if not sound:
            del self.findings[told:]
            self.tainted = tainted
        return sound

    def touch(self, subjects: Mapping[str, Iterable[int]]) -> None:
        """Remember which subjects were written, in which tracks."""
        for track, numbers in subjects.items():
            self.touched.setdefault(track, {}).update(dict.fromkeys(numbers))

    def done(self) -> State:
        """The state so far; the editor must not be used any more."""
        if self.touched:
            self.touch(self.editor.touched)
        else:
            self.touched = self.editor.touched
        return self.editor.done()

    def one(self, event: Event) -> None:
        """One event, with the checks that hold after it."""
        self.editor.next_seq()
        self.editor.event = self.labels[self.nth]
        self.nth += 1
        self.moved.clear()
        self.roots.clear()
        match event:
            case Creation():
                self.create(event)
            case Closure():
                self.close(event.subject)
            case Succession():
                self.succeed(event)
            case Change():
                self.change(event)
            case _ as never:  # pragma: no cover
                assert_never(never)
        self.check_moves()

    def create(self, event: Creation) -> None:
        what = event.what
        if isinstance(what, Unit):
            number = self.begin(what)
            if event.reestablishes is not None and number is not None:
                self.reestablish(event.reestablishes, what.id, number)
            return
        number = self.new_subject(what.id, type(what).__name__.lower())
        if number is None:
            return
        if isinstance(what, Cluster) and self.live(what.clustering, Clustering) is None:
            return
        self.editor.start(tracks.LIFE, number, self.day, what, self.act)
        if what.name:
            self.editor.start(tracks.NAME, number, self.day, what.name, self.act)

    def reestablish(self, old: str, new: str, begun: int) -> None:
        number = self.editor.number(old)
        rows = () if number is None else self.editor.rows(tracks.LIFE, number)
        if number is None or not rows:
            self.fault("re-established", f"no unit {old!r} was there to be re-established", new, old)
        elif self.editor.is_live(number, self.day):
            self.fault("re-established", f"unit {old!r} is still there and cannot be re-established", new, old)
        else:
            self.link(number, begun, Link(old, new), "re-establishment")

    def new_subject(self, subject: str, noun: str) -> int | None:
        if not subject:
            self.fault("id", f"a {noun} to be created has no id; give one, or create it through a draft")
            return None
        if subject == ROOT:
            self.fault("id", f"{ROOT!r} names no {noun}", subject)
            return None
        number = self.editor.intern(subject)
        if self.editor.rows(tracks.LIFE, number):
            self.fault("id-once", f"the id {subject!r} was used before; an id is never used again", subject)
            return None
        return number

    def begin(self, unit: Unit) -> int | None:
        number = self.new_subject(unit.id, "unit")
        if number is None:
            return None
        if not self.schema.knows(unit.kind):
            known = ", ".join(kind.id for kind in self.schema.kinds)
            self.fault("kind", f"the schema knows no kind {unit.kind!r} (it knows {known})", unit.id)
            return None
        parent = ABOVE_ROOT
        if unit.parent is not None:
            if unit.parent in self.tainted:
                self.tainted.add(unit.id)
                return None
            found = self.live(unit.parent)
            if found is None:
                self.tainted.add(unit.id)
                return None
            parent = found
        editor, day, act = self.editor, self.day, self.act
        editor.start(tracks.LIFE, number, day, UNIT, act)
        for track, value in (
            (tracks.KIND, unit.kind),
            (tracks.CATEGORY, unit.category),
            (tracks.NAME, unit.name),
            (tracks.CODE, unit.code),
        ):
            if value is not None:
                editor.start(track, number, day, value, act)
        above = self.parents(unit.hierarchy, unit.id)
        if above is None:
            return None
        editor.start(above, number, day, parent, act)
        if parent == ABOVE_ROOT:
            self.roots.add(above)
        elif editor.value(above, parent, day) is None:
            self.fault("live-parent", f"the parent {unit.parent!r} is not in the hierarchy {unit.hierarchy!r}", unit.id)
        return number

    def parents(self, hierarchy: str, unit: str) -> str | None:
        if hierarchy not in self.schema.hierarchies:
            known = ", ".join(self.schema.hierarchies)
            self.fault("hierarchy", f"there is no hierarchy {hierarchy!r} (there are {known})", unit)
            return None
        return tracks.parent_track(hierarchy)

    def close(self, subject: str) -> None:
        if not is_text(subject):
            self.live(subject)
            return
        number = self.editor.number(subject)
        life = None if number is None else self.editor.value(tracks.LIFE, number, self.day)
        if life is None or number is None:
            self.live(subject)
            return
        if isinstance(life, Clustering):
            left = [
                self.editor.name(n)
                for n, row in self.editor.iter_rows(tracks.LIFE)
                if isinstance(row[2], Cluster) and row[2].clustering == subject and row[0] <= self.day < row[1]
            ]
            if left:
                self.fault("leaves-nothing", f"clustering {subject!r} still has clusters: {_some(left)}", subject)
                return
        elif isinstance(life, Cluster):
            members = self.editor.subjects_with(tracks.member_track(life.clustering), number, self.day)
            if members:
                names = [self.editor.name(n) for n in members]
                self.fault("leaves-nothing", f"cluster {subject!r} still has members: {_some(names)}", subject)
                return
        self.editor.end(number, self.day, self.act)
        if life == UNIT:
            self.check_ended(subject, number)

    def check_ended(self, subject: str, number: int) -> None:
        for hierarchy in self.schema.hierarchies:
            track = tracks.parent_track(hierarchy)
            left = self.editor.subjects_with(track, number, self.day, self.came.get(track))
            if left:
                names = [self.editor.name(n) for n in left]
                self.fault(
                    "live-parent",
                    f"unit {subject!r} would end with live children: {_some(names)}; say where they go",
                    subject,
                )

    def succeed(self, event: Succession) -> None:
        created = {unit.id for unit in event.created}
        links, type_ = event.links, event.type
        olds, news = (
            list(dict.fromkeys([link.old for link in links])),
            list(dict.fromkeys([link.new for link in links])),
        )
        survivors = {link.old for link in links if link.old == link.new}
        ended = [old for old in olds if old not in survivors]
        for fault in link_faults(event):
            self.fault(fault[0], fault[1], *fault[2])
        for old in olds:
            if old not in created:
                self.live(old)
        if self.tainted.intersection(olds):
            self.tainted.update(created)
            return
        for unit in event.created:
            self.begin(unit)
        for new in news:
            if new not in created and new not in olds:
                self.live(new)
        for (track, value, slot, until), together in groupby(event.changes, _FACT):
            changes = list(together)
            plain = slot is None and until is None
            if len(changes) < FEW or not plain or not self.come(track, value, changes):
                for change in changes:
                    self.change(change)
        ids = list(dict.fromkeys([*olds, *news]))
        found = zip(ids, self.editor.numbers(ids), strict=True)
        numbers = {unit: number for unit, number in found if number is not None}
        for link in links:
            if link.old in numbers and link.new in numbers:
                self.link(numbers[link.old], numbers[link.new], link, type_)
        if not event.cross_kind:
            self.check_kinds(event, numbers)
        for old in ended:
            if old in numbers:
                self.editor.end(numbers[old], self.day, self.act)
        for old in ended:
            if old in numbers:
                self.check_ended(old, numbers[old])

    def check_kinds(self, event: Succession, numbers: Mapping[str, int]) -> None:
        values = self.editor.values(tracks.KIND, list(numbers.values()), self.day)
        kinds = dict(zip(numbers, values, strict=True))
        for link in event.links:
            old, new = kinds.get(link.old), kinds.get(link.new)
            if old != new and not self.tainted.intersection((link.old, link.new)):
                self.fault(
                    "same-kind",
                    f"{link.old!r} is of kind {old!r} and its successor {link.new!r} of kind {new!r}; "
                    "ask for it with cross_kind=True",
                    link.old,
                )

    def link(self, old: int, new: int, link: Link, type_: str) -> None:
        value = Linked(link.extent, link.shares, link.dominant, link.dominant_by, type_, link.evidence)
        self.editor.link(old, new, self.day, value, self.act)

    # ---- changes

    def change(self, change: Change) -> None:
        track, subject = change.track, change.subject
        if not is_text(subject) or not is_text(track):
            self.fault("id", f"a change names its unit and its track with texts, not with {subject!r} and {track!r}")
            return
        if not _is_hashable(change.slot):
            self.fault("slot", f"the slot of {track!r} is a name or a pair, not {change.slot!r}", subject)
            return
        if change.slot is not None and tracks.has_one_slot(track):
            self.fault("slot", f"{track!r} says one thing at a time; leave out the slot {change.slot!r}", subject)
            return
        sort: type | str = Cluster if track == tracks.ROLE else UNIT
        if track == tracks.NAME:
            number = self.editor.number(subject)
            life = None if number is None else self.editor.value(tracks.LIFE, number, self.day)
            sort = UNIT if life is None or life == UNIT else type(life)
        if subject in self.tainted:
            return
        number = self.live(subject, sort)
        if number is None:
            return
        if track in (tracks.LIFE, tracks.LINK):
            self.fault("track", f"the track {track!r} is written by creations, closures and successions only", subject)
            return
        if change.until is not None and change.until <= self.date:
            self.fault("until", f"a change on {self.date} cannot hold until {change.until}", subject)
            return
        value, slot = change.value, change.slot
        if tracks.is_parent(track):
            value = self.parent_value(change, number)
            if value is None and change.value is not None:
                return
            if track in self.came:
                self.came[track].pop(number, None)
        elif tracks.is_member(track):
            value, slot = self.member_value(change)
            if value is None and change.value is not None:
                return
        elif track == tracks.ROLE:
            value = self.role_value(change)
        elif track == tracks.CORRESPONDS and value is not None:
            value = self.live(value)
        elif tracks.is_measure(track):
            if not self.measure_value(change):
                return
            value = value.value if isinstance(value, Quantity) and value.is_exact else value
            slot = slot or tracks.OWN
        elif track in (tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND) and not self.text_value(change):
            return
        if not _is_hashable(value):
            self.fault("value", f"what {track!r} says is a value that does not change, not {value!r}", subject)
            return
        until = None if change.until is None else change.until.toordinal()
        if until is None:
            self.editor.write(track, number, self.day, value, self.act, slot)
        else:
            self.editor.write(track, number, self.day, value, self.act, slot, until)

    def come(self, track: str, value: Any, changes: Sequence[Change]) -> bool:
        """Several units that stand elsewhere come to one parent for good; False, and nothing done, unless all is right.

        What :meth:`change` does for each, with the parent looked at once. Whoever has a parent is a live unit.
        """
        if not isinstance(value, str) or value == ROOT or not tracks.is_parent(track) or self.tainted:
            return False
        editor, day = self.editor, self.day
        parent = editor.number(value)
        if parent is None or editor.value(track, parent, day) is None:
            return False
        numbers: list[Any] = editor.numbers([change.subject for change in changes])
        if None in numbers or len(set(numbers)) < len(changes):
            return False
        if not editor.move(track, numbers, day, parent, self.act):
            return False
        self.moved.append((track, numbers, parent))
        self.came.setdefault(track, {}).update(dict.fromkeys(numbers, parent))
        return True

    def text_value(self, change: Change) -> bool:
        value = change.value
        if value is None:
            return True
        if not isinstance(value, str) or not value:
            self.fault("text", f"a {change.track} is a text, not {value!r}", change.subject)
            return False
        try:
            composed(value, change.track, change.subject)
        except Refused as error:
            self.findings.extend(evolve(f, day=self.date, act=self.act.id) for f in error.findings)
            return False
        if change.track == tracks.KIND and not self.schema.knows(value):
            self.fault("kind", f"the schema knows no kind {value!r}", change.subject)
            return False
        return True

    def parent_value(self, change: Change, number: int) -> int | None:
        hierarchy = tracks.item(change.track)
        if self.parents(hierarchy, change.subject) is None:
            return None
        if change.value is None:
            if self.editor.subjects_with(change.track, number, self.day):
                self.fault("live-parent", f"{change.subject!r} would leave {hierarchy!r} with children", change.subject)
            return None
        if change.value == ROOT:
            self.roots.add(change.track)
            return ABOVE_ROOT
        if isinstance(change.value, str) and change.value in self.tainted:
            self.tainted.add(change.subject)
            return None
        parent = self.live(change.value)
        if parent is None:
            return None
        if self.editor.value(change.track, parent, self.day) is None:
            self.fault("live-parent", f"the parent {change.value!r} is not in {hierarchy!r}", change.subject)
            return None
        if self.editor.value(change.track, number, self.day) == ABOVE_ROOT:
            self.roots.add(change.track)
        self.moved.append((change.track, (number,), parent))
        return parent

    def member_value(self, change: Change) -> tuple[int | None, Any]:
        clustering = tracks.item(change.track)
        frame = self.editor.number(clustering)
        life = None if frame is None else self.editor.value(tracks.LIFE, frame, self.day)
        if not isinstance(life, Clustering):
            self.fault("cluster", f"there is no clustering {clustering!r} on {self.date}", change.subject)
            return None, None
        target = change.slot if change.value is None else change.value
        slot = target if life.cover else None
        if change.value is None:
            return None, slot
        number = self.live(change.value, Cluster)
        if number is None:
            return None, slot
        cluster = self.editor.value(tracks.LIFE, number, self.day)
        if cluster.clustering != clustering:
            self.fault(
                "cluster",
                f"cluster {change.value!r} belongs to {cluster.clustering!r}, not {clustering!r}",
                change.subject,
            )
            return None, slot
        return number, slot

    def role_value(self, change: Change) -> int | None:
        slot = change.slot
        if not (isinstance(slot, tuple) and len(slot) == 2 and isinstance(slot[0], str) and isinstance(slot[1], int)):
            self.fault(
                "role", f"the slot of a role is (role, seat), such as ('leader', 1), not {slot!r}", change.subject
            )
            return None
        if change.value is None or isinstance(change.value, Absent):
            return {None: None, Absent.VACANT: ABOVE_ROOT, Absent.UNKNOWN: UNSURE}[change.value]
        return self.live(change.value)

    def measure_value(self, change: Change) -> bool:
        name, value = tracks.item(change.track), change.value
        measure = self.measures.get(name)
        if self.measures and measure is None:
            known = ", ".join(self.measures)
            self.fault("measure", f"there is no measure {name!r} (there are {known})", change.subject)
            return False
        if value is None or (measure is not None and measure.type == "category"):
            if _is_hashable(value):
                return True
            self.fault("measure", f"{name!r} is a word, not {value!r}", change.subject)
            return False
        if change.slot not in (None, tracks.OWN, tracks.SUBTREE):
            self.fault("measure", f"the scope of a measure is own or subtree, not {change.slot!r}", change.subject)
            return False
        number: Any = value.value if isinstance(value, Quantity) else value
        if isinstance(number, bool) or not (
            number is None or hasattr(number, "numerator") or isinstance(number, float)
        ):
            self.fault("measure", f"{name!r} is a number, not {value!r}", change.subject)
            return False
        counts = measure is not None and measure.type == "count" and number is not None
        if counts and (number < 0 or number != int(number)):
            self.fault("count", f"{name!r} counts, and {number!r} is negative or a fraction", change.subject)
            return False
        return True

    # ---- after an event

    def check_moves(self) -> None:
        # Everything is moved by now, so whatever has reached the top once need not be climbed from again.
        safe: set[tuple[str, int]] = set()
        for track, numbers, parent in self.moved:
            if len(numbers) > 1 and self.climb(track, parent, safe):
                # Those of them that stand there now are safe; who was moved once more is looked at then.
                continue
            for number in numbers:
                if not self.climb(track, number, safe):
                    unit = self.editor.name(number)
                    self.fault("no-cycle", f"unit {unit!r} would stand above itself in {track!r}", unit)
        for track in self.roots:
            roots = self.editor.subjects_with(track, ABOVE_ROOT, self.day)
            if len(roots) > 1:
                names = [self.editor.name(n) for n in roots]
                self.fault("one-root", f"{track!r} would have {len(roots)} roots: {_some(names)}", *names[::-1])
            elif not roots:
                self.fault("one-root", f"{track!r} would have no root")

    def climb(self, track: str, number: int, safe: set[tuple[str, int]]) -> bool:
        """Whether the top is reached from a unit; what is on the way is safe then."""
        path = {number}
        at = self.editor.value(track, number, self.day)
        while at is not None and at >= 0 and (track, at) not in safe:
            if at in path:
                return False
            path.add(at)
            at = self.editor.value(track, at, self.day)
        safe.update([(track, n) for n in path])
        return True

    # ---- at the end of a day

    def end_of_day(self, *, everything: bool) -> State:
        """The state at the end, its schema and codes checked for the units touched on this day or for all."""
        state = self.done()
        touched = self.touched
        self.reader = state
        if everything or self.everything or self.many(touched):
            self.reader = state = state.settled()
            self.check_all(state)
        else:
            self.check_touched(touched)
        return state

    def many(self, touched: Mapping[str, Collection[int]]) -> bool:
        """Whether so many subjects were touched that all units are as soon checked."""
        return sum(len(touched.get(t, ())) for t in (*self._parent_tracks(), tracks.KIND, tracks.CODE)) > _MANY

    def _parent_tracks(self) -> list[str]:
        return [tracks.parent_track(h) for h in self.schema.hierarchies]

    def check_touched(self, touched: Mapping[str, Iterable[int]]) -> None:
        """The schema and the codes, for the subjects that were touched in each track."""
        # Who has ended has no place, nobody below, and no code.
        kinds = [n for n in touched.get(tracks.KIND, ()) if self.reader.value(tracks.LIFE, n, self.day) is not None]
        if self.schema.placements:
            parents = self._parent_tracks()
            placed = set(kinds).union(*(touched.get(track, ()) for track in parents))
            for track in parents:
                below = (self.reader.subjects_with(track, n, self.day) for n in kinds)
                self.check_places(track, placed.union(*below))
        if self.schema.unique_codes:
            for number in {*touched.get(tracks.CODE, ()), *kinds}:
                self.check_code(number)

    def check_places(self, track: str, numbers: Iterable[int]) -> None:
        reader, day = self.reader, self.day
        listed = list(numbers)
        came, own = self.came.get(track, {}), reader.values(tracks.KIND, listed, day)
        rest = [number for number in listed if number not in came]
        known = {**came, **dict(zip(rest, reader.values(track, rest, day), strict=True))}
        parents = [known[number] for number in listed]
        above = list({parent: None for parent in parents if parent is not None and parent >= 0})
        kinds = {ABOVE_ROOT: None, **dict(zip(above, reader.values(tracks.KIND, above, day), strict=True))}
        found = [None if parent is None else (kind, kinds[parent]) for parent, kind in zip(parents, own, strict=True)]
        wrong = {pair for pair in set(found) if pair is not None and not self.allowed(pair)}
        for number, pair in zip(listed, found, strict=True) if wrong else ():
            if pair is not None and pair in wrong:
                self.misplaced(reader.name(number), *pair)

    def allowed(self, pair: tuple[Any, Any]) -> bool:
        """Whether a unit of the first kind may stand under one of the second (or be a root: None) on the day."""
        found = self.places.get(pair)
        if found is None:
            found = self.places[pair] = self.schema.allows(*pair, self.date)
        return found

    def misplaced(self, unit: str, kind: Any, parent_kind: Any) -> None:
        under = "be a root" if parent_kind is None else f"stand under a {parent_kind}"
        self.fault("schema", f"a {kind} may not {under} on {self.date}", unit)

    def check_code(self, number: int) -> None:
        code = self.reader.value(tracks.CODE, number, self.day)
        if code is None:
            return
        bearers = self.reader.subjects_with(tracks.CODE, code, self.day)
        if len(bearers) < 2:
            return
        kind = self.reader.value(tracks.KIND, number, self.day)
        same = [self.reader.name(n) for n in bearers if self.reader.value(tracks.KIND, n, self.day) == kind]
        if len(same) > 1:
            self.fault("unique-code", f"the code {code!r} of kind {kind!r} is borne by {_some(same)}", *same)

    def check_all(self, state: State) -> None:
        kinds, kind_names = state.codes_on(tracks.KIND, self.day)
        if self.schema.placements:
            for hierarchy in self.schema.hierarchies:
                parents = state.held_on(tracks.parent_track(hierarchy), self.day)
                units = np.flatnonzero(parents != NOBODY)
                above = parents.take(units)
                parent_kinds = np.where(above >= 0, kinds.take(np.maximum(above, 0)), -1)
                # Pairs of codes from -1, which stands for no kind and for the place of the root.
                many = len(kind_names) + 1
                pairs = (kinds.take(units) + 1) * many + parent_kinds + 1
                for pair in np.flatnonzero(np.bincount(pairs)).tolist():
                    child, parent = pair // many - 1, pair % many - 1
                    child_kind = None if child < 0 else kind_names[child]
                    parent_kind = None if parent < 0 else kind_names[parent]
                    if not self.schema.allows(child_kind, parent_kind, self.date):
                        for number in units[pairs == pair].tolist():
                            self.misplaced(state.name(number), child_kind, parent_kind)
        if self.schema.unique_codes:
            codes, _ = state.codes_on(tracks.CODE, self.day)
            units = np.flatnonzero(codes >= 0)
            keys = (kinds.take(units).astype(np.int64) + 1) << 32 | codes.take(units)
            order = np.sort(keys)
            for key in np.unique(order[1:][order[1:] == order[:-1]]).tolist():
                self.check_code(int(units[keys == key][0]))


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def checked_writes(
    state: State, events: Sequence[Event], act: Act, label: int, schema: Schema, measures: Mapping[str, Measure]
) -> tuple[list[Write], list[Finding]]:
    """The writes of the events of one step, each checked as it stands on a state; none if something is wrong.

    Args:
        state: what was before the events.
        events: in order.
        act: what the rows point to.
        label: what they bear.
        schema: kinds and hierarchies.
        measures: the declared measures.
    """
    run = _Replay(state.edit(), schema, measures, act.effective)
    run.act, run.labels = act, [label] * len(events)
    run.each(events)
    if run.findings:
        return [], run.findings
    touched = dict(run.editor.touched)
    return writes_of(run.editor, act.id, range(label, label + 1), touched=touched), []


def replay_day(
    state: State,
    acts: Sequence[Act],
    schema: Schema,
    measures: Mapping[str, Measure],
    *,
    check_all: bool = False,
) -> State:
    """The state after the acts of one day, in order.

    Args:
        state: the state before them.
        acts: acts of one effective day.
        schema: where each kind may stand.
        measures: the measures that are declared; empty: any.
        check_all: whether to check all units against the schema at the end of the day,
            because it allows other places than on the last day that was checked.

    Raises:
        InvalidAct: with every fault of the day.
    """
    editor = state.edit()
    run = _Replay(editor, schema, measures, acts[0].effective)
    for act in acts:
        run.apply(act)
    after = state if run.findings else run.end_of_day(everything=check_all)
    if run.findings:
        names = ", ".join(dict.fromkeys(f.act or act.id for f in run.findings))
        raise InvalidAct(f"act {names} on {acts[0].effective}", run.findings)
    return after


def replay(
    state: State, acts: Sequence[Act], schema: Schema, measures: Mapping[str, Measure], since: dt.date | None
) -> State:
    """The state after acts in effective order; ``since`` is the last day before them that was checked.

    Raises:
        InvalidAct: with every fault of the first day that has one.
    """
    days: dict[dt.date, list[Act]] = {}
    for act in acts:
        days.setdefault(act.effective, []).append(act)
    boundaries = schema.boundaries()
    with collector_paused(when=sum(map(len, days.values())) > 1 or any(act.size > 100 for act in acts)):
        for day, of_day in days.items():
            crossed = any((since is None or since < boundary) and boundary <= day for boundary in boundaries)
            state = replay_day(state, of_day, schema, measures, check_all=crossed and since is not None)
            since = day
        return state.settled()


class Running:
    """A state in the making: what a draft has done so far, one event after the other."""

    def __init__(self, state: State, schema: Schema, measures: Mapping[str, Measure], day: dt.date) -> None:
        self.origin = self.state = state
        self.schema, self.measures, self.day = schema, measures, day
        self._structure: Structure | None = None
        self._touched: dict[str, dict[int, None]] = {}
        self._everything = False
        self._label: tuple[str, int] = "", 0
        """The act that was applied last, and the label that its next event bears."""

    @property
    def touched(self) -> Mapping[str, Iterable[int]]:
        """The subjects that were written, by track."""
        return self._touched

    def copy(self) -> Running:
        """Another one that goes on from here by itself."""
        new = Running(self.state, self.schema, self.measures, self.day)
        new._touched = {track: dict(subjects) for track, subjects in self._touched.items()}
        new._everything, new._label = self._everything, self._label
        return new

    @property
    def structure(self) -> Structure:
        """The structure on the day, after what has been applied; later events do not change it."""
        if self._structure is None:
            self._structure = Structure(self.state, self.day, self.schema, self.measures)
        return self._structure

    def apply(self, events: Sequence[Event], act: Act, labels: Sequence[int] | None = None) -> None:
        """Apply events; the schema and codes are left for the end of the day.

        Args:
            events: what happens, in order.
            act: the act they belong to.
            labels: the label of each event; if None, those that follow the labels of the act's events so far.

        Raises:
            InvalidAct: with every fault; nothing was applied.
        """
        if labels is None:
            first = self._label[1] if self._label[0] == act.id else 0
            labels = range(first, first + len(events))
        run = _Replay(self.state.edit(), self.schema, self.measures, self.day)
        run.apply(act, events, labels)
        if run.findings:
            raise InvalidAct(f"act {act.id} on {self.day}", run.findings)
        if labels:
            self._label = act.id, labels[-1] + 1
        state = run.done()
        for track, subjects in run.touched.items():
            # In place: a draft of many operations would copy all that it touched so far with each.
            self._touched.setdefault(track, {}).update(subjects)
        self._everything |= run.everything
        # A draft goes on: folding costs as much as there are units, and pays only when as much was written.
        self.state = state.settled(state.base.count // 4)
        self._structure = None

    def judge(self, act: Act, *, everything: bool) -> None:
        """Check what holds only at the end of a day.

        Args:
            act: the act that faults are told of.
            everything: whether to check all units, not only those that were touched.

        Raises:
            InvalidAct: with every fault.
        """
        run = _Replay(self.state.edit(), self.schema, self.measures, self.day)
        run.act, run.reader = act, self.state
        if everything or self._everything or run.many(self._touched):
            run.check_all(self.state)
        else:
            run.check_touched(self._touched)
        if run.findings:
            raise InvalidAct(f"act {act.id} on {self.day}", run.findings)
