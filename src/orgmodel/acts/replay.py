"""The only code that makes the next state from a state: events become rows.

Rows are written as events state them. Only what no row could hold (an id that is no text, a value that can change) is
refused here. :mod:`orgmodel.acts.judge` checks everything that was written at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, assert_never

import numpy as np
from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.event_arrays import EventArrays, runs_of
from orgmodel.acts.events import (
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
    size_of,
)
from orgmodel.acts.faults import Where
from orgmodel.acts.intervals import Moment
from orgmodel.acts.judge import Moved, WrittenRows, judge_batch
from orgmodel.acts.sieve import Sieve
from orgmodel.acts.value_faults import value_fault
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.columns import ABOVE_ROOT, UNSURE, Longs
from orgmodel.engine.patch import WriteById, writes_of
from orgmodel.engine.state import UNIT, Editor, State
from orgmodel.engine.thresholds import least_for_arrays
from orgmodel.engine.written import Numbers
from orgmodel.errors import Finding, InvalidAct
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Clustering
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.unit import ROOT, Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "Running",
    "Writer",
    "checked_writes",
    "replay",
    "table_faults",
]

_FACT: Final = attrgetter("track", "value", "slot", "until")

_ABSENT: Final = ((tracks.ROLE, Absent.VACANT), (tracks.ROLE, Absent.UNKNOWN))
"""(track, value) that names no subject where others do."""

_NUMBERS: Final[Mapping[tuple[str, Any], int]] = {
    (tracks.PARENT, ROOT): ABOVE_ROOT,
    **dict(zip(_ABSENT, (ABOVE_ROOT, UNSURE), strict=True)),
}
"""(family, value) -> the number that the engine keeps for it, where others are numbers of subjects."""


class Writer:
    """Writes events as rows and keeps track of what was touched.

    Args:
        state: the state before the events.
    """

    def __init__(self, state: State) -> None:
        self.editor: Editor = state.edit()
        self.faults: list[tuple[Moment, Finding]] = []
        """What no row could hold, with its point."""
        self.crossing: set[tuple[int, int]] = set()
        """(position of the act, label) of events that allow successors of another kind."""
        self._moves: list[Moved] = []
        self._moved: dict[str, set[int]] = {}
        """Track -> units whose parent a move wrote."""
        self._moved_again: dict[str, set[int]] = {}
        """Track -> those of them that were written again, so that the judge looks at them one by one."""
        self._touched: dict[str, dict[int, None]] = {}
        self._arrays: dict[str, list[Longs]] = {}
        self._act: Act
        self._day = 0
        self._place = 0
        self._labels: Sequence[int] = ()
        self._nth = 0

    def apply(self, act: Act, place: int, parts: Sequence[Event] | None = None, labels: Sequence[int] = ()) -> None:
        """Write the events of an act in order.

        Args:
            act: the act; no act written before it may be effective later.
            place: its position among the acts that are written.
            parts: events to write instead of those of the act.
            labels: the labels of ``parts``.
        """
        self._act, self._day, self._place, self._nth = act, act.effective.toordinal(), place, 0
        self._labels = act.event_labels if parts is None else labels
        listed: Sequence[Event | Run] = act.parts if parts is None else parts
        least = least_for_arrays(self.editor.count)
        # Few steps go one by one: collecting them for arrays takes as long as writing them. Each event has at least one.
        if len(listed) < least and sum(map(_most_steps, listed)) < least:
            self._each(listed)
        else:
            self._in_arrays(runs_of(listed))

    def settle(self) -> None:
        """Fold the overlay into columns if it has grown large."""
        state = self._done().settled()
        self.editor = state.edit()

    def done(self) -> State:
        """The state after all writes; the writer must not be used afterwards."""
        return self._done()

    def _done(self) -> State:
        for track, numbers in self.editor.touched.items():
            known = self._touched.get(track)
            if known is None:
                self._touched[track] = numbers
            else:
                known.update(numbers)
        return self.editor.done()

    def batch(
        self, places: Mapping[str, int], act_days: Sequence[int], last: int = 0, *, since: Moment | None = None
    ) -> WrittenRows:
        """What was written, for the judge; call it after :meth:`done`.

        Args:
            places: id of an act -> its position.
            act_days: the ordinal of each act's day, by position.
            last: the last day with an act before these; 0 if there is none.
            since: the first point that was written; None: the beginning of the first day.
        """
        touched = {track: Numbers(self._touched.get(track), arrays) for track, arrays in self._arrays.items()}
        touched |= {track: Numbers(numbers) for track, numbers in self._touched.items() if track not in touched}
        first = (act_days[0], 0, -1) if since is None else since
        moves = [move for move in self._moves if self._moved_again[move.track].isdisjoint(move.units)]
        return WrittenRows(
            touched, first, places, act_days, last, crossing=self.crossing, moves=moves, faults=self.faults
        )

    # ---- many events

    def _each(self, parts: Iterable[Event | Run]) -> None:
        for event in one_by_one(parts):
            self._one(event)

    def _in_arrays(self, parts: Iterable[Event | Run]) -> None:
        """Write events in batches as long as possible; those that arrays cannot write go one by one in between."""
        events = EventArrays()
        for part in parts:
            if not events.take(part):
                self._at_once(events)
                events = EventArrays()
                self._each([part])
        self._at_once(events)

    def _at_once(self, events: EventArrays) -> None:
        if events.steps < least_for_arrays(self.editor.count):
            self._each(events.parts)
            return
        labels = self._labels[self._nth : self._nth + events.size]
        state, touched = events.written(self._done(), self._act, labels)
        self.editor = state.edit()
        self._nth += events.size
        self.crossing.update((self._place, labels[at]) for at in events.crossing)
        for track, subjects in touched.items():
            self._arrays.setdefault(track, []).append(subjects)

    # ---- single events

    def _one(self, event: Event) -> None:
        editor = self.editor
        editor.next_seq()
        editor.event = self._labels[self._nth]
        self._nth += 1
        match event:
            case Creation():
                self._create(event)
            case Closure():
                if self._is_id(event.subject, "what closes"):
                    editor.end(editor.intern(event.subject), self._day, self._act)
            case Succession():
                self._succeed(event)
            case Change():
                self._change(event)
            case _ as never:  # pragma: no cover
                assert_never(never)

    def _fault(self, rule: str, message: str, *units: str) -> None:
        act = self._act
        point = self._day, self._place, self.editor.event
        self.faults.append((point, Finding(rule, message, units, day=act.effective, act=act.id)))

    def _is_id(self, value: object, role: str) -> bool:
        if is_text(value):
            return True
        self._fault("id", f"{role} is given as its id, a text, not as {value!r}")
        return False

    def _start(self, track: str, number: int, is_new: bool, value: Any) -> None:
        if is_new:
            self.editor.start(track, number, self._day, value, self._act)
        else:
            self.editor.write(track, number, self._day, value, self._act)

    def _create(self, event: Creation) -> None:
        subject = event.what
        if isinstance(subject, Unit):
            number = self._begin(subject)
            if event.out_of is not None:
                self._check_out_of(event.out_of, event)
            if event.reestablishes is not None and self._is_id(event.reestablishes, "what is re-established"):
                old = Link(event.reestablishes, subject.id)
                self._link(self.editor.intern(event.reestablishes), number, old, "re-establishment")
            return
        if not self._is_id(subject.id, f"a {type(subject).__name__.lower()}"):
            return
        is_new = self.editor.number(subject.id) is None
        number = self.editor.intern(subject.id)
        self._start(tracks.LIFE, number, is_new, subject)
        if subject.name:
            self._start(tracks.NAME, number, is_new, subject.name)

    def _begin(self, unit: Unit) -> int:
        editor = self.editor
        is_new = editor.number(unit.id) is None
        number = editor.intern(unit.id)
        self._start(tracks.LIFE, number, is_new, UNIT)
        for track, value in (
            (tracks.KIND, unit.kind),
            (tracks.CATEGORY, unit.category),
            (tracks.NAME, unit.name),
            (tracks.CODE, unit.code),
        ):
            if value is not None:
                self._start(track, number, is_new, value)
        parent = ABOVE_ROOT if unit.parent is None else editor.intern(unit.parent)
        self._start(tracks.parent_track(unit.hierarchy), number, is_new, parent)
        return number

    def _succeed(self, event: Succession) -> None:
        editor = self.editor
        # In the order that lets no child be without a parent: new units begin, children move, old units end.
        for unit in event.created:
            self._begin(unit)
        for part in _of_one_value(event.parts):
            if not self._come(part):
                for change in one_by_one([part]):
                    self._change(change)
        for rule, message, units in link_faults(event):
            self._fault(rule, message, *units)
        if event.cross_kind:
            self.crossing.add((self._place, editor.event))
        type_ = event.type
        for link in event.links:
            self._link(editor.intern(link.old), editor.intern(link.new), link, type_)
        for old in event.ended:
            editor.end(editor.intern(old), self._day, self._act)

    def _link(self, old: int, new: int, link: Link, type_: str) -> None:
        value = Linked(link.extent, link.shares, link.dominant, link.dominant_by, type_, link.evidence)
        self.editor.link(old, new, self._day, value, self._act)

    def _come(self, part: Change | Run) -> bool:
        """Move several units to one parent without an end; False, with nothing done, if the part is anything else.

        The same as :meth:`_change` for each of them, with the parent looked up once.
        """
        if not isinstance(part, Run) or part.slot is not None:
            return False
        track, subjects, value = part.track, part.subjects, part.values[0]
        if not is_text(value) or value == ROOT or not tracks.is_parent(track):
            return False
        if {*map(type, subjects)} != {str}:
            return False
        numbers: list[Any] = self.editor.numbers(subjects)
        parent = self.editor.number(value)
        if parent is None or None in numbers or len(set(numbers)) < len(numbers):
            return False
        if not self.editor.move(track, numbers, self._day, parent, self._act):
            return False
        moved = self._moved.setdefault(track, set())
        again = moved.intersection(numbers)
        moved.update(numbers)
        self._moved_again.setdefault(track, set()).update(again)
        if not again:
            self._moves.append(Moved(track, numbers, parent, (self._day, self._place, self.editor.event)))
        return True

    def _check_out_of(self, holder: str, event: Creation) -> None:
        """Add a fault if the unit that had the ground of a re-established one is not there.

        It is in no row of a track, so that the judge does not see it.
        """
        number = self.editor.number(holder)
        if event.reestablishes is None:
            message = "out_of= says where the ground of an ended unit was; name that unit in reestablishes="
            self._fault("out-of", message, event.what.id, holder)
        elif number is None or self.editor.value(tracks.LIFE, number, self._day) != UNIT:
            self._fault("out-of", f"no unit {holder!r} is there to come out of", event.what.id, holder)

    def _change(self, change: Change) -> None:
        if not self._writable(change):
            return
        editor, track, value, slot = self.editor, change.track, change.value, change.slot
        if tracks.is_measure(track):
            value = value.value if isinstance(value, Quantity) and value.is_exact else value
            slot = slot or tracks.OWN
        elif tracks.is_member(track):
            # In a cover a unit may be in several clusters, each of which is a slot of its own.
            slot = (slot if value is None else value) if self._covers(tracks.item(track)) else None
        if tracks.refers_to_subject(track) and value is not None:
            reserved = _NUMBERS.get((tracks.family(track), value))
            value = editor.intern(value) if reserved is None else reserved
        number = editor.intern(change.subject)
        if number in self._moved.get(track, ()):
            self._moved_again[track].add(number)
        if change.until is None:
            editor.write(track, number, self._day, value, self._act, slot)
        else:
            editor.write(track, number, self._day, value, self._act, slot, change.until.toordinal())

    def _writable(self, change: Change) -> bool:
        """Whether a change can be written at all; a fault if not: the judge sees rows only."""
        track, subject, value, slot = change.track, change.subject, change.value, change.slot
        if not is_text(subject) or not is_text(track):
            self._fault("id", f"a change names its unit and its track with texts, not with {subject!r} and {track!r}")
        elif not _is_hashable(slot):
            self._fault("slot", f"the slot of {track!r} is a name or a pair, not {slot!r}", subject)
        elif track in (tracks.LIFE, tracks.LINK):
            message = f"the track {track!r} is written by creations, closures and successions only"
            self._fault("track", message, subject)
        elif tracks.refers_to_subject(track) and not (value is None or is_text(value) or (track, value) in _ABSENT):
            self._is_id(value, f"what {track!r} refers to")
        elif not _is_hashable(value):
            rule, message = value_fault(track, value, None, OPEN, {}) or (
                "measure" if tracks.is_measure(track) else "value",
                f"what {track!r} says is a value that does not change, not {value!r}",
            )
            self._fault(rule, message, subject)
        else:
            return True
        return False

    def _covers(self, clustering: str) -> bool:
        number = self.editor.number(clustering)
        life = None if number is None else self.editor.value(tracks.LIFE, number, self._day)
        return isinstance(life, Clustering) and life.cover


def _most_steps(part: Event | Run) -> int:
    """At most as many steps as :class:`EventArrays` counts in a part."""
    if isinstance(part, Run):
        return len(part)
    if isinstance(part, Succession):
        # Each link ends at most one unit.
        return len(part.created) + size_of(part.parts) + len(part.links) + 1
    return 1


def _of_one_value(parts: Iterable[Change | Run]) -> Iterator[Change | Run]:
    """The same changes, with consecutive ones that write one value without an end joined to runs."""
    for kind, of_kind in groupby(parts, type):
        if kind is Run:
            yield from of_kind
            continue
        for (track, value, slot, until), group in groupby(of_kind, _FACT):
            changes: list[Any] = list(group)
            if until is None:
                yield Run(track, [change.subject for change in changes], [value] * len(changes), slot)
            else:
                yield from changes


def _is_hashable(value: Any) -> bool:
    # What can change, such as a list, has no hash: rows are shared by branches and must not change.
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _judged(
    state: State,
    batch: WrittenRows,
    schema: Schema,
    measures: Mapping[str, Measure],
    *,
    events: bool = True,
    evening: bool = True,
) -> State:
    """The state, possibly folded, if a batch of rows that was written to it is sound.

    Raises:
        InvalidAct: with every fault.
    """
    suspects = None
    to_fold = bool(state.maps) or len(state.new_ids) > 0
    if sum(numbers.at_most for numbers in batch.touched.values()) >= least_for_arrays(state.count, to_fold=to_fold):
        state = state.folded() if to_fold else state
        place_of = np.array([batch.places.get(act.id, -1) for act in state.base.acts.objects], np.int64)
        sieve = Sieve(
            state, batch.touched, place_of=place_of, days=np.array(batch.act_days), since=batch.since[1:],
            schema=schema, measures=measures,
        )  # fmt: skip
        suspects = sieve.suspects()
    findings = judge_batch(state, batch, schema, measures, suspects=suspects, events=events, evening=evening)
    if findings:
        names = ", ".join(dict.fromkeys(finding.act or "" for finding in findings))
        day = findings[0].day or dt.date.fromordinal(batch.since[0])
        raise InvalidAct(f"act {names} on {day}", findings)
    return state


def checked_writes(
    state: State, events: Sequence[Event], act: Act, label: int, schema: Schema, measures: Mapping[str, Measure]
) -> tuple[list[WriteById], list[Finding]]:
    """The writes of the events of one step on a state, and their faults; no writes if there are any.

    Args:
        state: the state before the events.
        events: the events, in order.
        act: the act that the rows point to.
        label: the label of the rows.
        schema: kinds and hierarchies.
        measures: the declared measures.
    """
    writer = Writer(state)
    writer.apply(act, 0, events, [label] * len(events))
    after, day = writer.done(), act.effective.toordinal()
    batch = writer.batch({act.id: 0}, [day], since=(day, 0, label))
    findings = judge_batch(after, batch, schema, measures, evening=False)
    if findings:
        return [], findings
    return writes_of(after, act.id, range(label, label + 1), touched=batch.touched), []


def replay(
    state: State, acts: Sequence[Act], schema: Schema, measures: Mapping[str, Measure], since: dt.date | None
) -> State:
    """The state after acts.

    Args:
        state: the state before them.
        acts: the acts in effective order, none before the last act of the state.
        schema: kinds, placements, hierarchies.
        measures: the declared measures; empty: any.
        since: the last day with an act before them.

    Raises:
        InvalidAct: with every fault.
    """
    if not acts:
        return state
    with collector_paused(when=len(acts) > 1 or any(act.size > 100 for act in acts)):
        writer = Writer(state)
        for place, act in enumerate(acts):
            if place and act.effective != acts[place - 1].effective:
                writer.settle()
            writer.apply(act, place)
        after = writer.done().settled()
        batch = writer.batch(
            {act.id: place for place, act in enumerate(acts)},
            [act.effective.toordinal() for act in acts],
            0 if since is None else since.toordinal(),
        )
        return _judged(after, batch, schema, measures)


def table_faults(
    acts: Sequence[Act],
    schema: Schema,
    measures: Mapping[str, Measure],
    rows_of: Callable[[str, dt.date], Iterable[int]],
) -> list[Finding]:
    """The faults of acts that were read from tables, by table row.

    Args:
        acts: one act for each day; the events of a day have no order.
        schema: kinds, placements, hierarchies.
        measures: the declared measures; empty: any.
        rows_of: the numbers of the table rows about a unit that begin on a day.
    """
    if not acts:
        return []
    writer = Writer(State())
    for place, act in enumerate(acts):
        writer.apply(act, place, act.events, [0] * act.size)
    after = writer.done()

    def places(where: Where) -> list[tuple[str, int]]:
        return [("", row) for row in rows_of(after.name(where[1]), dt.date.fromordinal(where[2]))]

    batch = writer.batch({act.id: place for place, act in enumerate(acts)}, [a.effective.toordinal() for a in acts])
    return _called(judge_batch(after, batch, schema, measures, row_of=places), acts)


def _called(faults: Iterable[Finding], acts: Sequence[Act]) -> list[Finding]:
    """Faults; one about an id that is the name of a unit of the table says so: people name what stands above."""
    begun = [event.what for act in acts for event in act.events if isinstance(event, Creation)]
    ids: dict[str, str] = {}
    for what in begun:
        if isinstance(what, Unit) and what.name:
            ids.setdefault(what.name, what.id)
    return [
        evolve(fault, message=f"{fault.message}; the unit of that name has the id {ids[fault.units[0]]!r}")
        if fault.rule == "live" and fault.units and fault.units[0] in ids and "did you mean" not in fault.message
        else fault
        for fault in faults
    ]


class Running:
    """The running state of a draft: what its operations have done so far."""

    def __init__(self, state: State, schema: Schema, measures: Mapping[str, Measure], day: dt.date) -> None:
        self.origin = self.state = state
        self.schema, self.measures, self.day = schema, measures, day
        self._structure: Structure | None = None
        self._touched: dict[str, Numbers] = {}
        self._places: dict[str, int] = {}
        self._label: tuple[str, int] = "", 0
        """The act that was applied last, and the label of its next event."""

    @property
    def touched(self) -> Mapping[str, Iterable[int]]:
        """The subjects that were written, by track."""
        return self._touched

    def copy(self) -> Running:
        """A copy that changes independently."""
        new = Running(self.state, self.schema, self.measures, self.day)
        new._touched = {track: numbers.copy() for track, numbers in self._touched.items()}
        new._places, new._label = dict(self._places), self._label
        return new

    @property
    def structure(self) -> Structure:
        """The structure on the day after the events so far; later events do not change it."""
        if self._structure is None:
            self._structure = Structure(self.state, self.day, self.schema, self.measures, in_the_making=True)
        return self._structure

    def apply(self, events: Sequence[Event], act: Act, labels: Sequence[int] | None = None) -> None:
        """Apply events and check what must hold after each; placements and codes are checked at the end of the day.

        Args:
            events: the events, in order.
            act: their act.
            labels: the label of each event; None: those after the labels of the act's events so far.

        Raises:
            InvalidAct: with every fault; nothing was applied.
        """
        if not events:
            return
        if labels is None:
            first = self._label[1] if self._label[0] == act.id else 0
            labels = range(first, first + len(events))
        place = self._places.setdefault(act.id, len(self._places))
        writer = Writer(self.state)
        writer.apply(act, place, events, labels)
        state = writer.done()
        day = self.day.toordinal()
        batch = writer.batch(self._places, [day] * len(self._places), since=(day, place, labels[0]))
        state = _judged(state, batch, self.schema, self.measures, evening=False)
        act.note_so_far(events)
        self._label = act.id, labels[-1] + 1
        for track, subjects in batch.touched.items():
            # In place: a copy with each operation would make a draft of many operations quadratic.
            self._touched.setdefault(track, Numbers()).add(subjects)
        # Folding costs time in proportion to all units, so a draft folds only when a quarter of them was written.
        self.state = state.settled(state.base.count // 4)
        self._structure = None

    def judge(self, act: Act, *, everything: bool) -> None:
        """Check what must hold at the end of a day.

        Args:
            act: the act that faults name if no act of the day caused them.
            everything: whether to check all units, not only those that were touched.

        Raises:
            InvalidAct: with every fault.
        """
        day = self.day.toordinal()
        places = self._places or {act.id: 0}
        # Label -1: before the first event of the first act, so that all of the day is looked at.
        batch = WrittenRows(self._touched, (day, 0, -1), places, [day] * len(places), everything=everything)
        _judged(self.state, batch, self.schema, self.measures, events=False)
