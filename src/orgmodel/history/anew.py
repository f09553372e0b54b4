"""Backdated acts, corrections and cancellations: later decisions are carried out again on what is known now.

A late act, a correction or a cancellation changes the ground on which later decisions were taken. Each later operation
that *read* something that now differs is resolved again at its own point, in order. Its new rows replace the old ones
in place, and may concern further operations. An operation that read nothing of it stays as it was, so the cost grows
with what is touched. Where an operation now needs a choice, the change is refused with all questions at once.
"""

from __future__ import annotations

import datetime as dt
import heapq
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.completion import reads_something, worked_out
from orgmodel.acts.event_subjects import begun_by, subjects_of, written_by
from orgmodel.acts.events import Event, Succession
from orgmodel.acts.forms import UnknownOperation
from orgmodel.acts.judge import judge
from orgmodel.acts.operation import Operation, Point
from orgmodel.acts.replay import Running, checked_writes
from orgmodel.engine.columns import TrackRow
from orgmodel.engine.patch import WriteById, in_order, links_in_order, patched, writes_of
from orgmodel.engine.point import Before, before_point
from orgmodel.engine.reads import EVERYTHING, Key, Recording, differs_at, keys_about
from orgmodel.engine.reads import touched as keys_touched
from orgmodel.engine.state import State
from orgmodel.errors import Ambiguous, Answer, Conflict, Finding, InvalidAct, Question, Refused, UnitError
from orgmodel.history.log import Order
from orgmodel.history.read_index import ReadIndex, reads_of
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.structure.structure import Structure

__all__ = [
    "Ground",
    "Reckoning",
    "Reworked",
    "again",
    "carry_out",
    "drifts",
    "earlier_acts",
    "in_order_of_time",
    "seen_from",
]


@frozen
class Ground:
    """What acts are carried out on, besides a state: the rules of the history and the answers that count.

    Attributes:
        schema: kinds and placements.
        measures: the declared measures.
        answers: choices for what decisions ask.
    """

    schema: Schema
    measures: Mapping[str, Measure]
    answers: tuple[Answer, ...] = ()

    def point(self, state: State, act: Act, step: int, *, anew: bool) -> Point:
        """The point of a step, on the state before it."""
        structure = Structure(state, act.effective, self.schema, self.measures, in_the_making=True)
        answers = tuple(answer for answer in self.answers if answer.act == act.id)
        return Point(structure, act.id, act.key(step), act.source, anew, answers)


# ---- acts that come last


def carry_out(
    state: State, acts: Sequence[Act], ground: Ground, crossed: Any, index: ReadIndex, *, anew: bool = False
) -> tuple[State, list[Act]]:
    """The state after acts of one day that come last, and the acts with their outcomes.

    Args:
        state: the state before them.
        acts: acts of one effective day, in order.
        ground: the rules, and answers.
        crossed: whether the schema is another one than on the last day that was judged.
        index: where the reads of the operations are noted.
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
    """An act with its outcome, after its events were applied to a run."""
    # Rows must point to the act while it is applied, so its outcome is set at the end.
    standing = evolve(act, resolved=None)
    resolved: list[tuple[Event, ...]] = []
    reads: dict[int, frozenset[Key]] = {}
    batch: list[Event] = []
    first_step = 0
    """The step of the first event in the batch."""

    def apply_batch() -> None:
        nonlocal first_step
        if batch:
            steps = range(first_step, len(resolved))
            running.apply(batch, standing, [step for step in steps for _ in resolved[step]])
            batch.clear()
        first_step = len(resolved)

    last_block, ground_state = -1, running.state
    for step, (item, block) in enumerate(act.steps):
        events: tuple[Event, ...]
        if isinstance(item, Operation) or reads_something(item):
            # The operations of one block all see the organisation as it was before the block.
            if block < 0 or block != last_block:
                apply_batch()
                ground_state = running.state
            recording = Recording(ground_state)
            events = tuple(worked_out(item, ground.point(recording, act, step, anew=anew)))
            reads[step] = reads_of(recording, events)
        else:
            events = (item,)
        last_block = block
        resolved.append(events)
        batch += events
    apply_batch()
    outcome = act.came_to(resolved)
    if outcome is act and act.is_outcome:
        outcome = standing
    standing.is_made(outcome)
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
    """The step before which a step sees the organisation: the first of its block, if it is in one."""
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
    """A finding for each operation that gives other events than recorded when it is carried out again at its point.

    A newer version of the library may resolve it otherwise, or its verb or policy may be missing.
    """
    for act in in_order_of_time(order):
        for step, (item, _) in enumerate(act.steps):
            # Stated events are not carried out, and a function without a name cannot be.
            if not isinstance(item, Operation) or item.unnamed:
                continue
            try:
                if _say_the_same(again(state, order, act, step, ground), act.resolved[step]):
                    continue
                drift = "carried out again it comes to something else; what is recorded counts"
            except Refused as error:
                drift = f"carried out again it is refused; what is recorded counts: {error.findings[0].message}"
            message = f"operation {step + 1} ({item.name or type(item).__name__}): {drift}"
            units = tuple(written_by(act.resolved[step]))[:5]
            yield Finding("drift", message, units, act.effective, "warning", act=act.id)


def _say_the_same(first: Sequence[Event], second: Sequence[Event]) -> bool:
    """Whether two outcomes of a step differ at most in the order in which they list units.

    Units are listed in order of creation when a decision is made, and those that begin late come behind when it is worked
    out anew: the order is one of recording, and means nothing.
    """
    return first == second or Counter(_parts(first)) == Counter(_parts(second))


def _parts(events: Iterable[Event]) -> Iterator[Event]:
    """Events, those of a succession in one order and its changes one by one."""
    for event in events:
        if isinstance(event, Succession):
            yield evolve(
                event, links=sorted(event.links, key=repr), created=sorted(event.created, key=repr), changes=()
            )
            yield from event.changes
        else:
            yield event


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
        acts: the acts that are new, read otherwise or were worked out anew, by id, with their outcomes.
    """

    state: State
    acts: Mapping[str, Act]


@frozen(eq=False)
class _Pair:
    """All rows of a subject in a track, before the change and now."""

    before: tuple[TrackRow, ...]
    now: tuple[TrackRow, ...]


class Reckoning:
    """One change of the past, carried through every decision that it concerns.

    Args:
        state: the state before the change, with all acts that counted.
        before: the acts that counted.
        after: those that count now; new ones and those that read otherwise are not worked out yet.
        changed: ids of the acts that are new, read otherwise or count no more.
        ground: the rules, and the answers that count.
        index: which operation read what.
    """

    def __init__(
        self, state: State, before: Order, after: Order, changed: Iterable[str], ground: Ground, index: ReadIndex
    ) -> None:
        self.state = self.old = state
        self.ground, self.index = ground, index
        self.before, self.after = before, after
        self.changed = list(changed)
        self.fresh = {name for name in self.changed if after.get(name) is not None}
        self.outcomes: dict[str, Act] = {}
        """id -> a new act, worked out."""
        self.resolved: dict[str, list[tuple[Event, ...]]] = {}
        """id -> the events of each step, of the acts of which a step was carried out again."""
        self.reads: dict[str, dict[int, frozenset[Key]]] = {}
        self.pairs: dict[tuple[str, int], _Pair] = {}
        """(track, number of a subject) -> its rows before and now, for each that was touched."""
        self.touching: dict[Key, set[tuple[str, int]]] = {}
        """Key -> the (track, subject) pairs by which it may differ."""
        self.waiting: list[tuple[int, int, int, str]] = []
        """A heap of (day, place of the act on it, step, id of the act): the steps to look at."""
        self.queued: set[tuple[str, int]] = set()
        self.faults: list[Finding] = []
        self.questions: list[Question] = []
        self.undecided: set[str] = set()
        """Subjects of operations that ask or cannot stand: an operation that depends on them is not carried out."""
        self._links_unnumbered = False
        """Whether links were put in place that are not numbered in the order of their events yet."""
        self._points: dict[tuple[bool, str], frozenset[str]] = {}

    # ---- points

    def view(self, state: State, act: Act, label: int, *, old: bool = False) -> State:
        """A state as it was before the first event of an act with a label (its step), or a higher one."""
        point = self._point(act, label, old=old)
        return before_point(state, point.day, point.earlier, point.act, point.label)

    def _point(self, act: Act, label: int, *, old: bool = False) -> Before:
        earlier = self._points.get((old, act.id))
        if earlier is None:
            earlier = self._points[old, act.id] = earlier_acts(self.before if old else self.after, act)
        return Before(act.effective.toordinal(), earlier, act.id, label)

    # ---- the walk

    def done(self) -> Reworked:
        """The result of the change, carried through.

        Raises:
            InvalidAct: a new act cannot stand.
            Ambiguous: a new act leaves choices open.
            Conflict: a later act can no longer stand, or needs a choice; its questions are in the error.
        """
        self._complete_index()
        replaced = [name for name in self.changed if self.before.get(name) is not None]
        if replaced:
            self._put(dict.fromkeys(replaced), ())
        for name in self.fresh:
            self._queue(name, 0)
        unanswered: list[UnitError] = []
        # Popped in effective order, whatever was queued when: everything before a step must be as it is now.
        while self.waiting:
            *_, step, name = heapq.heappop(self.waiting)
            act = self.after.known[name][1]
            try:
                if name in self.fresh:
                    self._begin(act)
                else:
                    self._again(act, step)
            except UnitError as error:
                # A stated outcome before it may have become wrong, such as a membership in a cluster that has ended: then
                # the judge names that.
                unanswered.append(error)
        if self.faults or self.questions:
            self._refuse()
        self._number_links()
        self._judge()
        if unanswered:
            raise unanswered[0]
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
        """Number of a unit -> which of the units that its operation begins it is, for operations carried out again."""
        begun: dict[int, int] = {}
        for events in chain.from_iterable(self.resolved.values()):
            for nth, unit in enumerate(begun_by(events)):
                number = self.state.number(unit)
                if number is not None:
                    begun[number] = nth
        return begun

    def _complete_index(self) -> None:
        """Put the acts into the index that it lacks, such as those read from a file."""
        for act in self.index.unread(self.before):
            reads: dict[int, frozenset[Key]] = {}
            for step, (item, _) in enumerate(act.steps):
                if reads_something(item):
                    reads[step] = self._read_then(act, step, item)
            self.index.add(act, reads)

    def _read_then(self, act: Act, step: int, item: Operation[Any] | Event) -> frozenset[Key]:
        """The keys that a step read when it was decided, found by carrying it out on the old state."""
        recording = Recording(self.view(self.old, act, seen_from(act, step), old=True))
        try:
            events = worked_out(item, self.ground.point(recording, act, step, anew=True))
        except Refused:
            # It was accepted once, by another version or with a verb that is not here. Its subjects count as read.
            return keys_about(subjects_of(act.resolved[step]))
        return reads_of(recording, events)

    def _queue(self, name: str, step: int) -> None:
        if (name, step) not in self.queued:
            self.queued.add((name, step))
            day = self.after.known[name][1].effective.toordinal()
            heapq.heappush(self.waiting, (day, self._place(name), step, name))

    def _begin(self, act: Act) -> None:
        """Carry out a new act, or one that reads otherwise, at its place, and patch its rows in as one batch."""
        ground = self.ground
        running = Running(self.view(self.state, act, 0), ground.schema, ground.measures, act.effective)
        outcome = self.outcomes[act.id] = _worked_out(running, act, ground, self.index, anew=False)
        self._put({}, writes_of(running.state, outcome.id, touched=running.touched))

    def _again(self, act: Act, step: int) -> None:
        """Carry out again a step that was decided before, if something that it read differs now."""
        reads = self.index.reads(act.id, step)
        if not self._concerned(act, step, reads):
            return
        item = act.steps[step][0]
        stored = self.resolved[act.id][step] if act.id in self.resolved else act.resolved[step]
        # What it came to hangs on an operation that asks or cannot stand, of which the old rows are still there: it would
        # only ask because that one asks. But a unit that is gone is told, so that all acts about it are named at once.
        if _depends(reads, self.undecided):
            self.faults += self._missing(act, step, item, reads)
            self.undecided.update(written_by(stored))
            return
        question = _unworkable(act, item, stored)
        if question is not None:
            self._ask([question], stored)
            return
        if any(key[0] == "links" or key[1] == tracks.LINK for key in reads):
            self._number_links()
        recording = Recording(self.view(self.state, act, seen_from(act, step)))
        try:
            events = self._resolved_anew(act, step, item, stored, recording)
        except Ambiguous as error:
            self._ask(error.questions or [_question(act, finding) for finding in error.findings], stored)
            return
        except Refused as error:
            self.faults += [evolve(f, act=act.id, day=act.effective) for f in error.findings]
            self.undecided.update(written_by(stored))
            return
        self.resolved.setdefault(act.id, list(act.resolved))
        self.reads.setdefault(act.id, {})[step] = reads_of(recording, events)
        if events != stored:
            self.resolved[act.id][step] = events
            self._write(act, step, events, stored)

    def _missing(self, act: Act, step: int, item: Operation[Any] | Event, reads: Iterable[Key]) -> Iterator[Finding]:
        """A finding for each unit that a step names, and that lived at its point and does not any more."""
        views = (
            self.view(self.old, act, seen_from(act, step), old=True),
            self.view(self.state, act, seen_from(act, step)),
        )
        then, now = (self.ground.point(view, act, step, anew=True).structure for view in views)
        text = repr(item)
        named = dict.fromkeys(key[1] for key in reads if key[0] == "being" and repr(key[1]) in text)
        for unit in sorted(unit for unit in named if unit in then and unit not in now):
            try:
                now.unit(unit)
            except UnitError as error:
                message = f"{error}; name a unit that lives on {act.effective}"
                yield Finding("live-unit", message, (unit,), act.effective, act=act.id)

    def _resolved_anew(
        self, act: Act, step: int, item: Operation[Any] | Event, stored: tuple[Event, ...], recording: Recording
    ) -> tuple[Event, ...]:
        """The events of a step on what is known now; those of a stated succession as far as they follow from it."""
        point = self.ground.point(recording, act, step, anew=True)
        now = tuple(worked_out(item, point))
        if isinstance(item, Operation):
            return now
        # A succession stays as it was stated and completed; only the changes that follow otherwise now are replaced.
        old_point = self.ground.point(self.view(self.old, act, seen_from(act, step), old=True), act, step, anew=True)
        try:
            then = tuple(worked_out(item, old_point))
        except Refused:
            then = stored
        return now if then == stored else (_moved(stored[0], then[0], now[0]),)

    def _ask(self, questions: Iterable[Question], stored: Iterable[Event]) -> None:
        self.questions += questions
        self.undecided.update(written_by(stored))

    def _concerned(self, act: Act, step: int, reads: frozenset[Key]) -> bool:
        """Whether anything that a step read differs now, at its point."""
        if EVERYTHING in reads:
            return True
        # Only the smaller side is walked: a step may have read a thousand things, and one of them changed.
        fewer, more = (reads, self.touching) if len(reads) < len(self.touching) else (self.touching, reads)
        # A pair of which the past was read, or its facts of the day, or both.
        pairs = {(key[0] == "past", pair) for key in fewer if key in more for pair in self.touching[key]}
        return any(self._differs(act, step, *pair, past=past) for past, pair in pairs)

    def _differs(self, act: Act, step: int, track: str, number: int, *, past: bool) -> bool:
        pair, label = self.pairs[track, number], seen_from(act, step)
        life = self.pairs.get((tracks.LIFE, number))
        lived = live = self.state.rows(tracks.LIFE, number)
        if life is not None:
            lived, live = life.before, life.now
        then, now = self._point(act, label, old=True), self._point(act, label)
        return differs_at(track, (pair.before, lived, then), (pair.now, live, now), past=past)

    # ---- rows

    def _write(self, act: Act, step: int, events: Sequence[Event], instead: Sequence[Event] = ()) -> None:
        """Replace the rows of a step by the rows of its new events."""
        difference = _difference(instead, events)
        if difference is not None:
            # Its other rows stay: most late knowledge changes a figure of a succession, or adds an event.
            pairs, added = difference
            if pairs:
                self._rewrite(act, step, pairs, events)
            if added:
                self._add(act, step, added)
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
        present = set(writes_of(view, act.id, range(step, step + 1), touched=touched))
        self._put({}, [write for write in written if write not in present])

    def _numbers(self, subjects: Iterable[str]) -> Mapping[str, list[int]]:
        """Track -> the numbers of those subjects that have rows in it."""
        numbers = [n for n in self.state.numbers(list(subjects)) if n is not None]
        return {track: [n for n in numbers if self.state.rows(track, n)] for track in self.state.tracks()}

    def _place(self, act: str) -> int:
        """The place of an act on its day: now, or before if it counts no more."""
        for order in (self.after, self.before):
            place = order.place(act)
            if place is not None:
                return place
        return -1

    def _put(
        self,
        removed: Mapping[str, range | None],
        written: Sequence[WriteById],
        touched: Mapping[str, Iterable[int]] | None = None,
    ) -> None:
        """Replace rows, and queue the steps that may have read them.

        Args:
            removed: id of an act -> the labels of the rows to remove; None for all of the act.
            written: the rows to put in place.
            touched: track -> subjects to which the removal is limited.
        """
        patch = patched(self.state, removed, written, self._place, touched=touched, links=False)
        self.state = patch.state
        self._links_unnumbered |= any(track == tracks.LINK for track, _ in patch.changed)
        keys: set[Key] = {EVERYTHING}
        for pair, (before, now) in patch.changed.items():
            # Compared with the state before the whole change, however often a pair is rewritten in it.
            known = self.pairs.get(pair)
            self.pairs[pair] = _Pair(before if known is None else known.before, now)
            for key in keys_touched(self.state, {pair: (before, now)}):
                self.touching.setdefault(key, set()).add(pair)
                keys.add(key)
        for name, step in chain.from_iterable(map(self.index.readers, keys)):
            act = self.after.get(name)
            # On another branch an act with this id may have more steps.
            if act is not None and name not in self.fresh and step < len(act.steps):
                self._queue(name, step)

    def _number_links(self) -> None:
        """Number the links in the order of their events, which lineage follows."""
        if self._links_unnumbered:
            self.state = links_in_order(self.state, self._place)
            self._links_unnumbered = False

    # ---- the end

    def _refuse(self) -> None:
        acts = dict.fromkeys([f.act or "" for f in self.faults] + [q.act for q in self.questions])
        findings = list(self.faults)
        for q in self.questions:
            units = tuple(dict.fromkeys((q.about, *q.units)))
            findings.append(Finding(q.rule, q.message, units, day=self.after.known[q.act][1].effective, act=q.act))
        named = ", ".join(list(acts)[:5]) + (f" and {len(acts) - 5} more" if len(acts) > 5 else "")
        title = f"later decisions that cannot stand as they are ({named}), {self._because()}"
        # Each once: several operations of an act may fail for one reason.
        raise Conflict(title, dict.fromkeys(findings), self.questions)

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
            raise Conflict(
                f"acts that are here already can no longer stand {self._because()}",
                [self._blamed(finding) for finding in findings],
            )

    def _because(self) -> str:
        """The acts that are new, corrected or cancelled, as the reason why others cannot stand."""
        causes = [f"{'with' if self.after.get(name) else 'without'} act {name}" for name in self.changed]
        return ", ".join(causes[:3]) + (f" and {len(causes) - 3} more changes" if len(causes) > 3 else "")

    def _blamed(self, finding: Finding) -> Finding:
        """The finding, with the one act that changed where it names an older act, which stood well until now."""
        named = None if finding.act is None else self.after.get(finding.act)
        if named is None or len(self.changed) != 1 or named.effective >= min(self._days()):
            return finding
        return evolve(finding, act=self.changed[0])

    def _results(self) -> dict[str, Act]:
        """The acts with other outcomes than before, by id; the reads of every act that was looked at are noted."""
        results = dict(self.outcomes)
        for name, resolved in self.resolved.items():
            act = self.after.known[name][1]
            outcome = act.came_to(resolved)
            # The outcome may be the same after other reads: then the act stays the same object.
            if outcome.resolved == act.resolved:
                outcome = act
            else:
                results[name] = outcome
            self.index.add(outcome, self.reads[name])
        return results


def _unworkable(act: Act, item: Operation[Any] | Event, stored: Sequence[Event]) -> Question | None:
    """The question for a step that cannot be carried out again here; None if it can."""
    if isinstance(item, Operation) and (unnamed := item.unnamed):
        functions = ", ".join(unnamed)
        message = f"{item.name} was decided by a function that has no name ({functions}); say it anew in an amendment"
        return Question(act.id, "unnamed-choice", message, next(iter(subjects_of(stored)), ""))
    if isinstance(item, UnknownOperation):
        message = f"the verb {item.verb!r} is not known here, and what it looked at is another thing now; register it"
        return Question(act.id, "verb", message, next(iter(written_by(stored)), ""))
    return None


def _depends(reads: frozenset[Key], subjects: Collection[str]) -> bool:
    """Whether something was read of one of some subjects."""
    return bool(subjects) and any(
        key[1] in subjects for key in reads if key[0] in ("facts", "past", "being", "below", "links")
    )


def _question(act: Act, finding: Finding) -> Question:
    """An ambiguity that comes without a question, as one."""
    about = finding.units[0] if finding.units else ""
    return Question(act.id, finding.rule, finding.message, about, units=finding.units)


class _Places(Mapping[str, int]):
    """Id of an act -> its place on its day, worked out when the judge asks for it."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._cache: dict[str, int] = {}

    def __getitem__(self, act: str) -> int:
        place = self._cache.get(act)
        if place is None:
            place = self._order.place(act)
            if place is None:
                raise KeyError(act)
            self._cache[act] = place
        return place

    def __iter__(self) -> Iterator[str]:
        return iter(self._order.known)

    def __len__(self) -> int:
        return len(self._order.known)


def _among(number: int, listed: Sequence[int]) -> bool:
    """Whether a number is in a sorted list."""
    place = bisect_left(listed, number)
    return place < len(listed) and listed[place] == number


def _difference(old: Sequence[Event], new: Sequence[Event]) -> tuple[set[tuple[str, str]], list[Event]] | None:
    """The difference of two outcomes of a step, if it is small enough to patch.

    Returns:
        (subject, track) of the changes of successions that differ, and the events that are new. None if an event is
        missing in the new outcome, or if successions differ in more than their changes of units that exist or begin.
    """
    if not old:
        return None
    pairs: set[tuple[str, str]] = set()
    unmatched = deque(old)
    added: list[Event] = []
    # New events may stand among the old ones, which keep their order.
    for event in new:
        if unmatched and event == unmatched[0]:
            unmatched.popleft()
            continue
        before = unmatched[0] if unmatched else None
        if not (isinstance(before, Succession) and isinstance(event, Succession) and before.links == event.links):
            added.append(event)
            continue
        unmatched.popleft()
        if (before.created, before.cross_kind) != (event.created, event.cross_kind):
            return None
        pairs |= {(change.subject, change.track) for change in set(before.changes) ^ set(event.changes)}
        begun = {unit.id for unit in event.created}
        if any(_by_creation(track, subject in begun) for subject, track in pairs):
            return None
    return None if unmatched else (pairs, added)


_BEGUN: Final = frozenset({tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE})
"""Tracks of which a unit has a row by its creation."""


def _by_creation(track: str, begins: bool) -> bool:
    """Whether a row of a track may come from a creation, which a patch of changes alone would lose."""
    return track in _BEGUN or (begins and tracks.is_parent(track))


def _moved(stored: Event, then: Event, now: Event) -> Event:
    """An outcome as it was recorded, except for the changes that follow from the act otherwise now than then."""
    if not (isinstance(stored, Succession) and isinstance(then, Succession) and isinstance(now, Succession)):
        return now
    followed, follows = set(then.changes), set(now.changes)
    lasting = [change for change in stored.changes if change not in followed or change in follows]
    known = followed.union(lasting)
    return evolve(now, links=stored.links, changes=[*lasting, *(c for c in now.changes if c not in known)])
