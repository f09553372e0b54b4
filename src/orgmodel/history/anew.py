"""Backdated acts, corrections and cancellations: later decisions are carried out again on what is known now.

A late act, a correction or a cancellation changes what the decisions after it were taken on. Each later operation
that *read* something that now differs is resolved again at its own point, in order; what it comes to is put among
the rows in place, and may concern further ones. What was not read stays as it was, so that the cost is that of what
is touched. Where an operation now needs a choice, the change is refused with all questions at once.
"""

from __future__ import annotations

import datetime as dt
import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.completion import reads_something, worked_out
from orgmodel.acts.events import Change, Closure, Creation, Event, Run, Succession
from orgmodel.acts.forms import UnknownOperation
from orgmodel.acts.judge import judge
from orgmodel.acts.operation import Operation, Point
from orgmodel.acts.replay import Running, checked_writes
from orgmodel.engine.columns import TrackRow
from orgmodel.engine.patch import WriteById, in_order, links_in_order, patched, writes_of
from orgmodel.engine.point import Before, before_point
from orgmodel.engine.reads import EVERYTHING, TRACKS, Key, Recording, differs_at, keys_about
from orgmodel.engine.reads import touched as keys_touched
from orgmodel.engine.state import State
from orgmodel.errors import Ambiguous, Answer, Conflict, Finding, InvalidAct, Question, Refused
from orgmodel.history.log import Order
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "Ground",
    "ReadIndex",
    "Reckoning",
    "Reworked",
    "again",
    "begun_by",
    "carry_out",
    "drifts",
    "earlier_acts",
    "in_order_of_time",
    "keyed",
    "leaves_open",
    "says_all",
    "seen_from",
    "subjects_of",
    "written_by",
]

_UNTOLD: Final = frozenset({TRACKS})
"""Reads that do not count. Which tracks there are is asked to save questions; what is then not asked of a unit is among
its facts, and an operation on a unit reads those."""


class ReadIndex:
    """An index of what each operation read, both ways; histories that go on from each other share it.

    It only grows, and says more than it must: an act of another branch may be in it, and is passed over by who asks.
    """

    def __init__(self) -> None:
        self._reads: dict[tuple[str, int], frozenset[Key]] = {}
        self._readers: dict[Key, dict[tuple[str, int], None]] = {}
        # The key is the identity of an act, so the acts must be kept alive: an id may be given again.
        self._acts: dict[int, Act] = {}
        self._learned: object = None
        """The acts that were all looked through last."""

    def add(self, act: Act, reads: Mapping[int, frozenset[Key]]) -> None:
        """Steps of an act read some things; all others that read anything are here already."""
        self._acts[id(act)] = act
        for step, keys in reads.items():
            at = act.id, step
            # Another branch may have read other things: what either read counts.
            known = self._reads.get(at, frozenset())
            self._reads[at] = known | keys
            for key in keys - known:
                self._readers.setdefault(key, {})[at] = None

    def reads(self, act: str, step: int) -> frozenset[Key]:
        """The keys that a step of an act read."""
        return self._reads.get((act, step), frozenset())

    def unread(self, order: Order) -> list[Act]:
        """The acts that may read something and are not in the index yet."""
        known = order.known
        if self._learned is known:
            return []
        unknown = [
            act for _, act in known.values() if id(act) not in self._acts and (not act.is_outcome or not says_all(act))
        ]
        self._learned = known
        return unknown

    def readers(self, key: Key) -> Iterable[tuple[str, int]]:
        """The readers of a key, as (id of an act, step)."""
        return self._readers.get(key, ())


@frozen
class Ground:
    """The context, besides a state, in which acts are carried out: the rules of the history, and the answers that count.

    Attributes:
        schema: kinds and placements.
        measures: the declared measures.
        answers: choices for what decisions ask.
    """

    schema: Schema
    measures: Mapping[str, Measure]
    answers: tuple[Answer, ...] = ()

    def point(self, state: State, act: Act, step: int, *, anew: bool) -> Point:
        """The point of a step on a state that holds what was before it."""
        structure = Structure(state, act.effective, self.schema, self.measures)
        answers = tuple(answer for answer in self.answers if answer.act == act.id)
        return Point(structure, act.id, act.key(step), act.source, anew, answers)


def keyed(act: Act, old: Act) -> Act:
    """A corrected act, whose operations that stay keep the keys they had; a new one takes the next free number.

    >>> from orgmodel.acts.operations.units import Rename
    >>> a, b, c = Rename("u", "A"), Rename("u", "B"), Rename("u", "C")
    >>> keyed(Act("x", "2024-01-01", [c, b]), Act("x", "2024-01-01", [a, b])).keys
    (2, 1)
    """
    if act.is_outcome and old.is_outcome:
        # Events derive no ids.
        return act
    free: dict[Any, list[int]] = {}
    keys = [old.key(step) for step in range(len(old.steps))]
    for (item, _), key in zip(old.steps, keys, strict=True):
        free.setdefault(repr(item), []).append(key)
    following = max(keys, default=-1) + 1
    keys_now: list[int] = []
    for item, _ in act.steps:
        same = free.get(repr(item))
        if same:
            keys_now.append(same.pop(0))
        else:
            keys_now.append(following)
            following += 1
    return evolve(act, keys=None if keys_now == list(range(len(keys_now))) else tuple(keys_now))


def says_all(act: Act) -> bool:
    """Whether what an act comes to depends on nothing: it states events, and no succession that leaves anything open."""
    return act.is_outcome and not _open_in(act)


def leaves_open(act: Act, state: State) -> bool:
    """Whether what an act comes to depends on the state before it: it has operations, or leaves something unsaid."""
    if not act.is_outcome:
        return True
    open_ = _open_in(act)
    return bool(open_) and _leaves_unsaid(open_, act, state)


_TRACK: Final = attrgetter("track")
_SUBJECT: Final = attrgetter("subject")


def _open_in(act: Act) -> list[Succession]:
    """The successions of an act that do not say that they are complete."""
    return [event for event in [part for part in act.stated_parts if type(part) is Succession] if not event.complete]


def _leaves_unsaid(events: Sequence[Succession], act: Act, state: State) -> bool:
    """Whether there may be a fact or a child of a predecessor of which successions say nothing.

    Looked at with arrays, as acts from tables have ten thousands of successions: the answer is whether any of them asks
    for a closer look, not which.
    """
    day = act.effective.toordinal()
    olds = list(dict.fromkeys(link.old for event in events for link in event.links))
    old = set(olds)
    plain = {tracks.LIFE, tracks.LINK, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE}
    stated = _stated_in(act)
    gone = _ended_in(act)
    begun = (part.what for part in act.stated_parts if isinstance(part, Creation) and isinstance(part.what, Unit))
    # A unit that begins in the act below one that ends in it.
    if any(unit.parent in old for unit in begun):
        return True
    for track, listed in stated.items():
        if track not in plain and not tracks.is_parent(track) and not old.isdisjoint(listed):
            return True
    for change in chain.from_iterable(event.changes for event in act.stated_parts if type(event) is Succession):
        stated.setdefault(change.track, set()).add(change.subject)
    if tracks.PARTY in state.tracks() and any(state.subjects_ever(tracks.PARTY, unit) for unit in olds):
        return True
    numbers = np.array([n for n in state.numbers(olds) if n is not None], np.int64)
    for track in state.tracks():
        if tracks.is_parent(track):
            below = np.flatnonzero(np.isin(state.held_on(track, day), numbers))
            if not set(state.some_names(below.tolist())).difference(stated.get(track, ())) <= gone:
                return True
        elif track not in plain and state.any_rows(track, numbers):
            return True
    return False


def _stated_in(act: Act) -> dict[str, set[str]]:
    """Track -> the subjects of which changes of an act state something, those of successions left out."""
    stated: dict[str, set[str]] = {}
    # Changes stand in runs of one track: a run is taken in at once.
    for sort, parts in groupby(act.stated_parts, type):
        if sort is Change:
            for track, changes in groupby(parts, _TRACK):
                stated.setdefault(track, set()).update(map(_SUBJECT, changes))
        elif sort is Run:
            for run in parts:
                assert isinstance(run, Run)
                stated.setdefault(run.track, set()).update(run.subjects)
    return stated


def _ended_in(act: Act) -> set[str]:
    """Ids of what ends by an act."""
    ended: set[str] = set()
    for part in act.stated_parts:
        if isinstance(part, Succession):
            ended.update(part.ended)
        elif isinstance(part, Closure):
            ended.add(part.subject)
    return ended


# ---- acts that come last


def carry_out(
    state: State, acts: Sequence[Act], ground: Ground, crossed: Any, index: ReadIndex, *, anew: bool = False
) -> tuple[State, list[Act]]:
    """The state after acts of one day that come last, and the acts with what they came to.

    Args:
        state: the state before them.
        acts: acts of one effective day, in order.
        ground: the rules, and answers.
        crossed: whether the schema is another one than on the last day that was judged.
        index: takes down what the operations read.
        anew: whether they were decided before, see :class:`~orgmodel.acts.operation.Point`.

    Raises:
        InvalidAct: with all faults of the day.
    """
    running = Running(state, ground.schema, ground.measures, acts[0].effective)
    done: list[Act] = []
    for act in acts:
        done.append(_worked_out(running, act, ground, index, anew=anew))
    running.judge(done[-1], everything=crossed)
    return running.state.settled(), done


def _worked_out(running: Running, act: Act, ground: Ground, index: ReadIndex, *, anew: bool) -> Act:
    # The rows point to it before it is known what it comes to.
    standing = evolve(act, resolved=None)
    resolved: list[tuple[Event, ...]] = []
    reads: dict[int, frozenset[Key]] = {}
    waiting: list[Event] = []
    """Events whose turn it is, applied as one batch."""
    first = 0

    def apply() -> None:
        nonlocal first
        if waiting:
            running.apply(waiting, standing, [step for step in range(first, len(resolved)) for _ in resolved[step]])
            waiting.clear()
        first = len(resolved)

    block, seen = -1, running.state
    for step, (item, of_block) in enumerate(act.steps):
        events: tuple[Event, ...]
        if not reads_something(item):
            events = (item,)  # type: ignore[assignment]
        else:
            if of_block < 0 or of_block != block:
                apply()
                seen = running.state
            recording = Recording(seen)
            events = tuple(worked_out(item, ground.point(recording, act, step, anew=anew)))
            reads[step] = recording.keys - _UNTOLD
        block = of_block
        resolved.append(events)
        waiting += events
    apply()
    outcome = act.came_to(resolved)
    if outcome is act and act.is_outcome:
        outcome = standing
    object.__setattr__(standing, "_resolved", outcome._resolved)
    index.add(standing, reads)
    return standing


def earlier_acts(order: Order, act: Act) -> frozenset[str]:
    """Ids of the acts of its day that come before an act."""
    earlier: list[str] = []
    for other in order.of_day(act.effective):
        if other.id == act.id:
            break
        earlier.append(other.id)
    return frozenset(earlier)


def seen_from(act: Act, step: int) -> int:
    """The label before which a step sees the organisation: that of its block, if it is in one."""
    block = act.steps[step][1]
    if block >= 0:
        while step and act.steps[step - 1][1] == block:
            step -= 1
    return step


def again(state: State, order: Order, act: Act, step: int, ground: Ground) -> tuple[Event, ...]:
    """The events of a step of an act when it is carried out once more at its point.

    Raises:
        Refused: it cannot be carried out there.
    """
    view = before_point(state, act.effective.toordinal(), earlier_acts(order, act), act.id, seen_from(act, step))
    return tuple(worked_out(act.steps[step][0], ground.point(view, act, step, anew=True)))


def drifts(state: State, order: Order, ground: Ground) -> Iterator[Finding]:
    """Where an operation that is carried out once more at its own point comes to something else than is recorded.

    A newer version of the library may read it otherwise, or its verb or policy may not be there.
    """
    for act in in_order_of_time(order):
        for step, (item, _) in enumerate(act.steps):
            # An outcome is as it was stated, and is not carried out.
            if not isinstance(item, Operation) or item.unnamed:
                continue
            units = tuple(written_by(act.resolved[step]))[:5]
            try:
                same = again(state, order, act, step, ground) == act.resolved[step]
                message = "carried out again it comes to something else; what is recorded counts"
            except Refused as error:
                same, message = (
                    False,
                    f"carried out again it is refused; what is recorded counts: {error.findings[0].message}",
                )
            if not same:
                yield Finding(
                    "drift", f"operation {step + 1} ({item.name or type(item).__name__}): {message}", units,
                    act.effective, "warning", act=act.id,
                )  # fmt: skip


def in_order_of_time(order: Order) -> Iterator[Act]:
    """The acts that count, in effective order."""
    for day in order.ordinals:
        yield from order.of_day(dt.date.fromordinal(day))


# ---- acts that come earlier


@frozen(eq=False)
class Reworked:
    """The result of a change of the past.

    Attributes:
        state: the state after it.
        acts: the acts that are new, read otherwise or were worked out anew, by id, with what they come to now.
    """

    state: State
    acts: Mapping[str, Act]


@frozen(eq=False)
class _Pair:
    """All rows of a subject in a track, before the change and now."""

    before: tuple[TrackRow, ...]
    now: tuple[TrackRow, ...]


class Reckoning:
    """One change of the past, carried through all that it concerns.

    Args:
        state: the state before the change, with all acts that counted.
        before: the acts that counted.
        after: those that count now; new ones and those that read otherwise not worked out.
        changed: ids of the acts that are new, read otherwise or count no more.
        ground: the rules, and the answers that count.
        index: who read what.
    """

    def __init__(
        self, state: State, before: Order, after: Order, changed: Iterable[str], ground: Ground, index: ReadIndex
    ) -> None:
        self.state = self.old = state
        self.ground, self.index = ground, index
        self.before, self.after = before, after
        self.changed = list(changed)
        self.fresh = {name for name in self.changed if after.get(name) is not None}
        self.made: dict[str, Act] = {}
        """id -> a new act, with what it comes to."""
        self.resolved: dict[str, list[tuple[Event, ...]]] = {}
        """id -> what each step comes to, of the acts that were looked at again."""
        self.reads: dict[str, dict[int, frozenset[Key]]] = {}
        self.pairs: dict[tuple[str, int], _Pair] = {}
        """(track, number of a subject) -> its rows before and now, of all that were touched."""
        self.touching: dict[Key, set[tuple[str, int]]] = {}
        """Key -> the (track, subject) pairs by which it may differ."""
        self.waiting: list[tuple[int, int, int, str]] = []
        """A heap of (day, place of the act on it, step, id of the act): the steps to look at."""
        self.queued: set[tuple[str, int]] = set()
        self.faults: list[Finding] = []
        self.questions: list[Question] = []
        self.undecided: set[str] = set()
        """Subjects of operations that ask: who depends on them is not asked too."""
        self._links = False
        """Whether links were put in place that are not numbered in the order of their events yet."""
        self._points: dict[tuple[bool, str], frozenset[str]] = {}

    # ---- points

    def view(self, state: State, act: Act, label: int, *, old: bool = False) -> State:
        """A state as it was before the event of an act that bears a label."""
        point = self._point(act, label, old=old)
        return before_point(state, point.day, point.earlier, point.act, point.label)

    def _point(self, act: Act, label: int, *, old: bool = False) -> Before:
        earlier = self._points.get((old, act.id))
        if earlier is None:
            earlier = self._points[old, act.id] = earlier_acts(self.before if old else self.after, act)
        return Before(act.effective.toordinal(), earlier, act.id, label)

    # ---- the walk

    def done(self) -> Reworked:
        """The change carried through.

        Raises:
            InvalidAct: a new act cannot stand.
            Ambiguous: a new act leaves choices open.
            Conflict: a later act can no longer stand, or needs a choice; its questions are in the error.
        """
        self._learn()
        gone = [name for name in self.changed if self.before.get(name) is not None]
        if gone:
            self._put(dict.fromkeys(gone), ())
        for name in self.fresh:
            self._queue(name, 0)
        # In effective order, whatever was queued when: a step must find all that is before it as it is now.
        while self.waiting:
            *_, step, name = heapq.heappop(self.waiting)
            act = self.after.known[name][1]
            if name in self.fresh:
                self._begin(act)
            else:
                self._again(act, step)
        if self.faults or self.questions:
            self._refuse()
        self._number_links()
        self._judge()
        if any(track == tracks.LIFE and rows.before[:1] != rows.now[:1] for (track, _), rows in self.pairs.items()):
            # Lists of units are in order of creation, whatever was recorded first.
            first = min(self._days())
            self.state = in_order(self.state, self._place, first.toordinal(), self._begun())
        return Reworked(self.state.settled(), self._results())

    def _days(self) -> Iterator[dt.date]:
        """The days of the acts that are new, read otherwise or count no more, as they were and as they are."""
        for name in self.changed:
            for act in (self.before.get(name), self.after.get(name)):
                if act is not None:
                    yield act.effective

    def _begun(self) -> dict[int, int]:
        """The order of the units that begin by one operation, of operations that were carried out again."""
        begun: dict[int, int] = {}
        for resolved in self.resolved.values():
            for events in resolved:
                for nth, unit in enumerate(begun_by(events)):
                    number = self.state.number(unit)
                    if number is not None:
                        begun[number] = nth
        return begun

    def _learn(self) -> None:
        """See to it that the reads of all acts that read anything are known."""
        for act in self.index.unread(self.before):
            reads: dict[int, frozenset[Key]] = {}
            for step, (item, _) in enumerate(act.steps):
                if reads_something(item):
                    reads[step] = self._read_then(act, step, item)
            self.index.add(act, reads)

    def _read_then(self, act: Act, step: int, item: Operation[Any] | Event) -> frozenset[Key]:
        recording = Recording(self.view(self.old, act, seen_from(act, step), old=True))
        try:
            worked_out(item, self.ground.point(recording, act, step, anew=True))
        except Refused:
            # It was accepted once, by another version or with a verb that is not here: what it wrote of counts as read.
            return keys_about(subjects_of(act.resolved[step]))
        return recording.keys - _UNTOLD

    def _queue(self, name: str, step: int) -> None:
        if (name, step) not in self.queued:
            self.queued.add((name, step))
            day = self.after.known[name][1].effective.toordinal()
            heapq.heappush(self.waiting, (day, self._place(name), step, name))

    def _begin(self, act: Act) -> None:
        """Carry out a new act, or one that reads otherwise, at its place, and patch its rows in as one batch."""
        ground = self.ground
        running = Running(self.view(self.state, act, 0), ground.schema, ground.measures, act.effective)
        made = self.made[act.id] = _worked_out(running, act, ground, self.index, anew=False)
        self._put({}, writes_of(running.state, made.id, touched=running.touched))

    def _again(self, act: Act, step: int) -> None:
        """A step that was decided before, if something that it read is otherwise now."""
        reads = self.index.reads(act.id, step)
        if not self._concerned(act, step, reads):
            return
        item = act.steps[step][0]
        stored = self.resolved[act.id][step] if act.id in self.resolved else act.resolved[step]
        # It would ask because another one asks: only the first of them is put to the caller.
        if self.undecided and self._depends(reads):
            self.undecided.update(written_by(stored))
            return
        if isinstance(item, Operation) and (unnamed := item.unnamed):
            message = f"{item.name} was decided by a function that has no name ({', '.join(unnamed)}); say it anew in an amendment"
            self._ask([Question(act.id, "unnamed-choice", message, next(iter(subjects_of(stored)), ""))], stored)
            return
        if any(key[0] == "links" or key[1] == tracks.LINK for key in reads):
            self._number_links()
        if isinstance(item, UnknownOperation):
            message = (
                f"the verb {item.verb!r} is not known here, and what it looked at is another thing now; register it"
            )
            self._ask([Question(act.id, "verb", message, next(iter(written_by(stored)), ""))], stored)
            return
        recording = Recording(self.view(self.state, act, seen_from(act, step)))
        try:
            events = self._resolved_anew(act, step, item, stored, recording)
        except Ambiguous as error:
            asked = error.questions or tuple(
                Question(act.id, f.rule, f.message, f.units[0] if f.units else "", units=f.units)
                for f in error.findings
            )
            self._ask(asked, stored)
            return
        except Refused as error:
            self.faults += [evolve(f, act=act.id, day=act.effective) for f in error.findings]
            self.undecided.update(written_by(stored))
            return
        if act.id not in self.resolved:
            self.resolved[act.id] = list(act.resolved)
            self.reads[act.id] = {}
        self.reads[act.id][step] = recording.keys - _UNTOLD
        if events != stored:
            self.resolved[act.id][step] = events
            self._write(act, step, events, stored)

    def _resolved_anew(
        self, act: Act, step: int, item: Operation[Any] | Event, stored: tuple[Event, ...], recording: Recording
    ) -> tuple[Event, ...]:
        point = self.ground.point(recording, act, step, anew=True)
        now = tuple(worked_out(item, point))
        if isinstance(item, Operation):
            return now
        # An outcome is as it was stated, and as it was completed then; only what follows otherwise now is otherwise.
        old = self.ground.point(self.view(self.old, act, seen_from(act, step), old=True), act, step, anew=True)
        try:
            then = tuple(worked_out(item, old))
        except Refused:
            then = stored
        return now if then == stored else (_moved(stored[0], then[0], now[0]),)

    def _ask(self, questions: Iterable[Question], stored: Iterable[Event]) -> None:
        self.questions += questions
        self.undecided.update(written_by(stored))

    def _concerned(self, act: Act, step: int, reads: frozenset[Key]) -> bool:
        """Whether anything that a step read is another thing now, at its point."""
        if EVERYTHING in reads:
            return True
        pairs: set[tuple[str, int]] = set()
        # The smaller side is walked: an operation may have read a thousand things, and one may have changed.
        few, many = (reads, self.touching) if len(reads) < len(self.touching) else (self.touching, reads)
        for key in few:
            if key in many:
                pairs |= self.touching[key]
        return any(self._differs(act, step, *pair) for pair in pairs)

    def _differs(self, act: Act, step: int, track: str, number: int) -> bool:
        pair, label = self.pairs[track, number], seen_from(act, step)
        life = self.pairs.get((tracks.LIFE, number))
        lived = live = self.state.rows(tracks.LIFE, number)
        if life is not None:
            lived, live = life.before, life.now
        then, now = self._point(act, label, old=True), self._point(act, label)
        return differs_at(track, (pair.before, lived, then), (pair.now, live, now))

    def _depends(self, reads: frozenset[Key]) -> bool:
        return any(key[1] in self.undecided for key in reads if key[0] in ("facts", "being", "below", "links"))

    # ---- rows

    def _write(self, act: Act, step: int, events: Sequence[Event], instead: Sequence[Event] = ()) -> None:
        """Replace the rows of a step by the rows of its new events."""
        difference = _difference(instead, events)
        if difference is not None:
            # The rest of its rows stays: most that is learned late changes a figure of a succession, or adds an event.
            pairs, more = difference
            if pairs:
                self._rewrite(act, step, pairs, events)
            if more:
                self._add(act, step, more)
            return
        view = self.view(self.state, act, step)
        written, faults = checked_writes(view, events, act, step, self.ground.schema, self.ground.measures)
        self.faults += faults
        if not faults:
            removed = {act.id: range(step, step + 1)} if instead else {}
            self._put(removed, written, self._numbers(written_by(instead)) if instead else None)

    def _rewrite(self, act: Act, step: int, pairs: set[tuple[str, str]], events: Iterable[Event]) -> None:
        """Put what a step changes of some (subject, track) in place, instead of what it changed before."""
        label = {act.id: range(step, step + 1)}
        touched: dict[str, list[int]] = {}
        for subject, track in pairs:
            number = self.state.number(subject)
            if number is not None:
                touched.setdefault(track, []).append(number)
        without = patched(self.state, label, (), self._place, touched=touched, links=False).state
        changes = [
            change
            for event in events
            if isinstance(event, Succession)
            for change in event.changes
            if (change.subject, change.track) in pairs
        ]
        view = self.view(without, act, step + 1)
        written, faults = checked_writes(view, changes, act, step, self.ground.schema, self.ground.measures)
        self.faults += faults
        if not faults:
            self._put(label, written, touched)

    def _add(self, act: Act, step: int, events: Sequence[Event]) -> None:
        """Add the rows of further events of a step after the rows that it has."""
        view = self.view(self.state, act, step + 1)
        written, faults = checked_writes(view, events, act, step, self.ground.schema, self.ground.measures)
        self.faults += faults
        if faults:
            return
        touched: dict[str, list[int]] = {}
        for write in written:
            number = view.number(write.subject)
            if number is not None:
                touched.setdefault(write.track, []).append(number)
        there = set(writes_of(view, act.id, range(step, step + 1), touched=touched))
        self._put({}, [write for write in written if write not in there])

    def _numbers(self, subjects: Iterable[str]) -> Mapping[str, list[int]]:
        """Track -> the numbers of subjects of which something was written."""
        numbers = [n for n in self.state.numbers(list(subjects)) if n is not None]
        return {track: [n for n in numbers if self.state.rows(track, n)] for track in self.state.tracks()}

    def _place(self, act: str) -> int:
        """The place of an act on its day: now, or before if it counts no more."""
        place = self.after.place(act)
        if place is None:
            place = self.before.place(act)
        return -1 if place is None else place

    def _put(
        self,
        removed: Mapping[str, range | None],
        written: Sequence[WriteById],
        touched: Mapping[str, Iterable[int]] | None = None,
    ) -> None:
        patch = patched(self.state, removed, written, self._place, touched=touched, links=False)
        self.state = patch.state
        self._links = self._links or any(track == tracks.LINK for track, _ in patch.changed)
        keys: set[Key] = {EVERYTHING}
        for pair, (before, now) in patch.changed.items():
            # Compared is with the state before the whole change, however often a pair is rewritten in it.
            known = self.pairs.get(pair)
            self.pairs[pair] = _Pair(before if known is None else known.before, now)
            for key in keys_touched(self.state, {pair: (before, now)}) - _UNTOLD:
                self.touching.setdefault(key, set()).add(pair)
                keys.add(key)
        for key in keys:
            for name, step in self.index.readers(key):
                act = self.after.get(name)
                # On another branch an act with this id may have more steps.
                if act is not None and name not in self.fresh and step < len(act.steps):
                    self._queue(name, step)

    def _number_links(self) -> None:
        """Number the links in the order of their events, which lineage follows."""
        if self._links:
            self.state = links_in_order(self.state, self._place)
            self._links = False

    # ---- the end

    def _refuse(self) -> None:
        acts = dict.fromkeys([f.act or "" for f in self.faults] + [q.act for q in self.questions])
        findings = [
            *self.faults,
            *(
                Finding(q.rule, q.message, (q.about, *q.units), day=self.after.known[q.act][1].effective, act=q.act)
                for q in self.questions
            ),
        ]
        raise Conflict(f"later decisions that cannot stand as they are ({', '.join(acts)})", findings, self.questions)

    def _judge(self) -> None:
        days = self.after.ordinals
        now = {self.after.known[name][1].effective.toordinal() for name in self.fresh}
        findings = judge(
            self.state,
            {pair: (rows.before, rows.now) for pair, rows in self.pairs.items()},
            schema=self.ground.schema,
            measures=self.ground.measures,
            places=_Places(self.after),
            days=days,
            new_days=sorted(day for day in now if not _among(day, self.before.ordinals)),
        )
        if findings:
            if all(finding.act in self.fresh for finding in findings):
                raise InvalidAct(f"act {', '.join(sorted({f.act or '' for f in findings}))}", findings)
            raise Conflict("acts that are here already can no longer stand", findings)

    def _results(self) -> dict[str, Act]:
        results = dict(self.made)
        for name, resolved in self.resolved.items():
            act = self.after.known[name][1]
            made = act.came_to(resolved)
            # It may have come to the same: then its reads are others, and the act is not.
            if made.resolved == act.resolved:
                made = act
            else:
                results[name] = made
            self.index.add(made, self.reads[name])
        return results


class _Places(Mapping[str, int]):
    """Id of an act -> its place on its day, as the judge asks for it."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._found: dict[str, int] = {}

    def __getitem__(self, act: str) -> int:
        place = self._found.get(act)
        if place is None:
            place = self._order.place(act)
            if place is None:
                raise KeyError(act)
            self._found[act] = place
        return place

    def __iter__(self) -> Iterator[str]:
        return iter(self._order.known)

    def __len__(self) -> int:
        return len(self._order.known)


def _among(number: int, listed: Sequence[int]) -> bool:
    """Whether a sorted list has a number."""
    place = bisect_left(listed, number)
    return place < len(listed) and listed[place] == number


def begun_by(events: Iterable[Event]) -> Iterator[str]:
    """Ids of what begins by events, in order."""
    for event in events:
        if isinstance(event, Creation):
            yield event.what.id
        elif isinstance(event, Succession):
            yield from (unit.id for unit in event.created)


def written_by(events: Iterable[Event]) -> dict[str, None]:
    """Ids of what events write of: what begins, ends, changes or is linked, in order."""
    written: dict[str, None] = {}
    for event in events:
        match event:
            case Creation(what=what):
                written[what.id] = None
                if event.reestablishes is not None:
                    written[event.reestablishes] = None
            case Closure(subject=subject) | Change(subject=subject):
                written[subject] = None
            case Succession():
                for link in event.links:
                    written |= {link.old: None, link.new: None}
                written |= dict.fromkeys(unit.id for unit in event.created)
                written |= dict.fromkeys(change.subject for change in event.changes)
    return written


def subjects_of(events: Iterable[Event]) -> dict[str, None]:
    """Ids of all that events are about: what they write of, and what that refers to; in order."""
    listed = list(events)
    subjects = written_by(listed)
    for event in listed:
        match event:
            case Creation(what=what):
                subjects |= dict.fromkeys(filter(None, (getattr(what, "parent", None), event.out_of)))
            case Change(track=track, value=value):
                if isinstance(value, str) and tracks.refers_to_subject(track):
                    subjects[value] = None
            case Succession():
                subjects |= subjects_of((*map(Creation, event.created), *event.changes))
            case Closure():
                pass
    return subjects


def _difference(old: Sequence[Event], new: Sequence[Event]) -> tuple[set[tuple[str, str]], list[Event]] | None:
    """In what two outcomes of a step differ, if that is little.

    Returns:
        (subject, track) of what successions change otherwise, and the events that are new. None if an event is gone,
        or differs in more than what a succession changes of units that were there or begin by it.
    """
    if not old:
        return None
    pairs: set[tuple[str, str]] = set()
    left = list(old)
    more: list[Event] = []
    for now in new:
        if left and now == left[0]:
            left.pop(0)
            continue
        was = left[0] if left else None
        if not (isinstance(was, Succession) and isinstance(now, Succession) and was.links == now.links):
            # New events stand among kept ones; the kept ones are matched in order.
            more.append(now)
            continue
        left.pop(0)
        if (was.created, was.cross_kind) != (now.created, now.cross_kind):
            return None
        pairs |= {(change.subject, change.track) for change in set(was.changes) ^ set(now.changes)}
        begun = {unit.id for unit in now.created}
        if any(track in _BEGUN or (tracks.is_parent(track) and subject in begun) for subject, track in pairs):
            return None
    return None if left else (pairs, more)


_BEGUN: Final = frozenset({tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE})
"""Tracks of which a unit has a row by its creation."""


def _moved(stored: Event, then: Event, now: Event) -> Event:
    """An outcome as it was recorded, with what follows from it otherwise now than it did then."""
    if not (isinstance(stored, Succession) and isinstance(then, Succession) and isinstance(now, Succession)):
        return now
    followed, follows = set(then.changes), set(now.changes)
    kept = [change for change in stored.changes if change not in followed or change in follows]
    kept_changes = set(kept)
    return evolve(
        now,
        links=stored.links,
        changes=[*kept, *(c for c in now.changes if c not in followed and c not in kept_changes)],
    )
