"""Drafts: operations collected into one act, each of which sees the results of those before it."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import evolve

from orgmodel.acts import operations as verbs
from orgmodel.acts.act import Act, Decided
from orgmodel.acts.act import act_id as default_act_id
from orgmodel.acts.completion import reads_something, worked_out
from orgmodel.acts.events import Change, Closure, Creation, Event, Run, Succession
from orgmodel.acts.operation import VERBS, Events, Operation, Point, Together, method
from orgmodel.acts.replay import Running
from orgmodel.content.blocks import Block, Content, Note, Text
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.state import State
from orgmodel.engine.thresholds import least_for_arrays
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.door import strictly
from orgmodel.model.source import Source
from orgmodel.model.words import Language
from orgmodel.period import Period
from orgmodel.structure.structure import Structure

__all__ = [
    "Draft",
]

R = TypeVar("R")


@strictly()
class Draft(Shown):
    """An act in the making; made by :meth:`orgmodel.history.history.History.draft`.

    Each verb of :mod:`orgmodel.acts.operations` is a method, carried out at once on the draft's own running state;
    :meth:`do` carries out other operations. A refused operation changes nothing. In a ``with`` statement, an exception
    that leaves the block discards the draft. Only ``history.enact(draft)`` enacts it.

    Methods that make units return their ids.

    Attributes:
        day: the effective day.
        source: where the act comes from.
        id: the act's id.
        note: a note for readers.
        within: the period in which its day lies, if only a month or a year is known.
        before: id of an act of the same day that comes after it.
        after: id of an act of the same day that comes before it.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.unit import Unit
    >>> history = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}], day="2024-01-01")
    >>> with history.draft("2025-07-01", source=Source("a proposal")) as act:
    ...     ab = act.merge(["a", "b"], into=Unit(name="A and B"))
    ...     act.recode(ab, "7")
    >>> print(act)
    2025-07-01 a proposal: 2 events
      merge a + b -> A and B
      recode A and B as 7
    >>> history.enact(act).at("2025-07-01").children("vn") == (ab,)
    True
    """

    def __init__(
        self,
        running: Running,
        day: dt.date,
        source: Source,
        act_id: str,
        note: str = "",
        *,
        within: Period | None = None,
        before: str = "",
        after: str = "",
    ) -> None:
        self.day, self.source, self.id, self.note = day, source, act_id, note
        self.within, self.before, self.after = within, before, after
        self._running = running
        self._decided: list[Decided] = []
        self._resolved: list[Events] = []
        self._events: list[Event] = []
        self._lines: list[str] = []
        self._closed = ""
        self._block: _Block | None = None
        # The act that rows of the running state point to until the draft is finished.
        self._standing = Act(act_id, day, (), source, note, within=within, before=before, after=after)
        self._filled = False

    # ---- the result so far

    @property
    def structure(self) -> Structure:
        """The structure on the draft's day after the operations so far; in a block :meth:`together`, before it.

        Raises:
            Refused: the draft was discarded.
        """
        if self._closed == "discarded":
            self._refuse()
        return self._running.structure

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far, in order."""
        return tuple(self._events)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """The notes of the operations so far: what lapses, what is unknown afterwards."""
        return tuple([note for of_step in self._resolved for note in of_step.notes])

    @property
    def act(self) -> Act:
        """The act so far.

        Raises:
            Refused: the draft was discarded.
        """
        self._must_be_whole()
        return evolve(self._act(), on=self._running.origin)

    def _act(self) -> Act:
        act = Act(
            self.id,
            self.day,
            self._decided,
            self.source,
            self.note,
            within=self.within,
            before=self.before,
            after=self.after,
        )
        return act.came_to(self._resolved)

    def _stands_on(self, state: State, *, everything: bool) -> State | None:
        """The state after the draft, checked as at the end of its day; None if the draft began on another state.

        Args:
            state: the state on which it must have begun.
            everything: whether to check all units, because the schema changed since the last day with an act.

        Raises:
            InvalidAct: with every fault.
            Refused: the draft was discarded.
        """
        self._must_be_whole()
        if self._running.origin is not state:
            return None
        self._running.judge(self._standing, everything=everything)
        return self._running.state

    def _enacted_on(self, state: State, act: Act, *, everything: bool) -> State | None:
        """The state after the draft, as its act has it; None if writing the events again is cheaper, or necessary.

        Args:
            state: the state on which it must have begun.
            act: the act of the draft, from :meth:`_enacted`.
            everything: as in :meth:`_stands_on`.

        Raises:
            InvalidAct: with every fault.
        """
        # Rows of a draft that may still change point to its own act. Pointing them to another act folds all columns,
        # which costs more than writing a few events again.
        if act is not self._standing and len(self._events) < least_for_arrays(state.count):
            return None
        after = self._stands_on(state, everything=everything)
        return after if after is None or act is self._standing else after.with_act(self._standing, act)

    def _enacted(self) -> Act:
        """The act for a history to keep: the one that the rows point to, if the draft cannot change any more."""
        self._must_be_whole()
        if self._closed != "finished":
            return evolve(self._act(), on=self._running.origin)
        if not self._filled:
            act = self._act()
            # Drop what was cached while the act was empty.
            vars(self._standing).update(vars(act))
            for name in vars(self._standing).keys() - vars(act).keys():
                del vars(self._standing)[name]
            self._filled = True
        return self._standing

    def followed_by(self, source: Source = Source.unknown, *, act_id: str | None = None, note: str = "") -> Draft:
        """A draft of another act of the same day that begins where this one stands now.

        Enact both together: a day is checked at its end.

        Args:
            source: where the other act comes from.
            act_id: its id; None: day and source.
            note: a note for readers.
        """
        self._must_be_whole()
        running = Running(self._running.state, self._running.schema, self._running.measures, self.day)
        return Draft(running, self.day, source, act_id or default_act_id(self.day, source), note)

    def _must_be_whole(self) -> None:
        """Refuse if the draft was discarded or its block :meth:`together` is still open."""
        if self._closed == "discarded":
            self._refuse()
        if self._block is not None:
            raise Refused(
                f"the draft {self.id!r}",
                [Finding("together", "its block together() has not ended; ask behind it", day=self.day, act=self.id)],
            )

    def _refuse(self) -> None:
        message = "an exception left its block" if self._closed == "discarded" else "its block has ended"
        raise Refused(
            f"the draft {self.id!r}",
            [Finding("draft", f"it is {self._closed}: {message}; begin a new one", day=self.day, act=self.id)],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._closed = "finished"
        else:
            self._closed = "discarded"
            self._decided.clear()
            self._resolved.clear()
            self._events.clear()
            self._lines.clear()

    def __repr__(self) -> str:
        state = f", {self._closed}" if self._closed else ""
        count = len(self.notes)
        notes = f", {_count(count, 'note')}" if count else ""
        return f"<Draft {self.id!r} on {self.day}: {_count(len(self._events), 'event')}{notes}{state}>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        lines = self._lines[:most] if most else self._lines
        blocks: list[Block] = [Text(line) for line in lines]
        if len(self._lines) > len(lines):
            blocks.append(Note(say("more lines", language, count=len(self._lines) - len(lines))))
        blocks += [Note(note.message, note.severity) for note in (self.notes[:most] if most else self.notes)]
        return Content(f"{self.day} {self.source.label}", blocks, language=language, subtitle=repr(self)[1:-1])

    def __str__(self) -> str:
        head = f"{self.day} {self.source.label}: {_count(len(self._events), 'event')}"
        lines = [f"  {line}" for line in self._lines]
        notes = [f"  {note.severity}: {note.message} ({', '.join(note.units[:3])})" for note in self.notes]
        return "\n".join([head, *lines, *notes])

    # ---- carrying out

    def do(self, operation: Operation[R]) -> R:
        """Carry an operation out; returns what its method would return.

        Raises:
            InvalidAct: with every fault; the draft is as before.

        >>> from orgmodel.acts.operations import Rename
        >>> from orgmodel.history.history import history_of
        >>> act = history_of([{"id": "vn"}], day="2024-01-01").draft("2025-07-01")
        >>> act.do(Rename("vn", "Việt Nam"))
        >>> act.act.operations
        (Rename(unit='vn', to='Việt Nam'),)
        """
        return operation.gives(self.carry_out(operation))

    def carry_out(self, operation: Operation[Any]) -> Events:
        """Carry an operation out; returns its events, with the ids it made and its notes.

        Raises:
            InvalidAct: with every fault; the draft is as before.
        """
        if self._closed:
            self._refuse()
        with collector_paused():
            events = worked_out(operation, Point(self.structure, self.id, len(self._resolved), self.source))
            self._take([operation], [events])
        self._lines.append(events.text or f"{operation.name}: {_count(len(events), 'event')}")
        return events

    def add(self, *events: Event) -> None:
        """Add events as they are, where only an outcome is known.

        What follows from a succession is derived as for an operation, unless the succession is ``complete``.

        Raises:
            InvalidAct: with every fault; no event was added.
        """
        if self._closed:
            self._refuse()
        came_to: list[Events] = []
        trial = self._running if self._block is not None else self._running.copy()
        for event in events:
            point = Point(trial.structure, self.id, len(self._resolved) + len(came_to), self.source)
            came_to.append(worked_out(event, point))
            if self._block is None and any(map(reads_something, events)):
                # Later ones of these events must see its results.
                trial.apply(came_to[-1], self._standing)
        self._take(events, came_to)
        self._lines.append(", ".join(event.type for event in events))

    def _take(self, steps: Sequence[Decided], came_to: Sequence[Events]) -> None:
        """Apply the events of steps, or keep them for the end of the block."""
        events = [event for of_step in came_to for event in of_step]
        if self._block is not None:
            self._block.add(events, self)
        else:
            for of_step in came_to:
                # Made now: later they would keep the structure of each step, of which a block has only one.
                _ = of_step.notes
            first = len(self._resolved)
            labels = [label for label, of_step in enumerate(came_to, first) for _ in of_step]
            self._running.apply(events, self._standing, labels)
        self._events.extend(events)
        self._resolved.extend(came_to)
        (self._decided if self._block is None else self._block.decided).extend(steps)

    @contextmanager
    def together(self) -> Iterator[Self]:
        """A block of operations that each see the organisation as it was before all of them.

        For a decision about many units at once, such as thousands of mergers. The operations are applied together when
        the block ends, which is many times as fast. No operation may be about a unit that another one in the block
        changes; if one builds on another, end the block in between. An exception that leaves the block undoes all of it.

        Raises:
            Refused: an operation is about a unit that another one in the block changed.
            InvalidAct: at the end of the block, with every fault; no operation was applied.

        >>> from orgmodel.history.history import history_of
        >>> from orgmodel.model.unit import Unit
        >>> rows = [{"id": "vn"}, *({"id": c, "parent": "vn"} for c in "abcd")]
        >>> history = history_of(rows, day="2024-01-01")
        >>> with history.draft("2025-07-01") as act, act.together():
        ...     made = [act.merge([*pair], into=Unit(name=pair.upper())) for pair in ("ab", "cd")]
        >>> [unit.name for unit in history.enact(act).at("2025-07-01").units() if unit.id in made]
        ['AB', 'CD']
        """
        if self._block is not None:
            yield self
            return
        sizes = len(self._events), len(self._lines), len(self._resolved)
        block = self._block = _Block()
        try:
            with collector_paused():
                yield self
                if len(self._events) > sizes[0]:
                    steps = range(sizes[2], len(self._resolved))
                    labels = [step for step in steps for _ in self._resolved[step]]
                    self._running.apply(self._events[sizes[0] :], self._standing, labels)
        except BaseException:
            del self._events[sizes[0] :], self._lines[sizes[1] :], self._resolved[sizes[2] :]
            raise
        else:
            if block.decided:
                self._decided.append(Together(block.decided))
        finally:
            self._block = None

    # ---- the verbs

    merge = method(verbs.Merge)
    merge_by = method(verbs.MergeBy)
    take_over = method(verbs.TakeOver)
    replace = method(verbs.Replace)

    break_down = method(verbs.BreakDown)
    split_off = method(verbs.SplitOff)
    split_off_several = method(verbs.SplitOffSeveral)
    transfer = method(verbs.Transfer)
    reorganise = method(verbs.Reorganise)

    create = method(verbs.Create)
    reestablish = method(verbs.Reestablish)
    close = method(verbs.Close)
    abolish_level = method(verbs.AbolishLevel)
    reassign = method(verbs.Reassign)
    rename = method(verbs.Rename)
    recode = method(verbs.Recode)
    reclassify = method(verbs.Reclassify)
    change = method(verbs.ChangeFact)
    record = method(verbs.Record)
    adjust = method(verbs.Adjust)

    form = method(verbs.Form)
    dissolve = method(verbs.Dissolve)
    join = method(verbs.Join)
    leave = method(verbs.Leave)
    designate = method(verbs.Designate)
    succeed_role = method(verbs.SucceedRole)

    begin = method(verbs.Begin)
    step = method(verbs.TakeStep)
    amend_matter = method(verbs.AmendMatter)
    take_part = method(verbs.TakePart)
    strike_matter = method(verbs.StrikeMatter)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # Every verb that is defined is a method, also those of the Party and of users: ``act.propose(...)``.
        if name.startswith("_"):
            raise AttributeError(name)
        known = VERBS.get(name) or next((verb for of, verb in VERBS.items() if of.endswith(f".{name}")), None)
        if known is None:
            near = difflib.get_close_matches(name, [*(of.rpartition(".")[2] for of in VERBS), *dir(self)], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(
                f"a draft has no verb {name!r}{hint} (verbs of a package are known when it is imported)"
            )
        verb = known
        return lambda *args, **options: self.do(verb(*args, **options))


class _Block:
    """Operations that happen together, and what they have changed so far."""

    def __init__(self) -> None:
        self.decided: list[Any] = []
        self._changed: set[str] = set()

    def add(self, events: Iterable[Event], draft: Draft) -> None:
        """Add the events of another operation; refused if it is about a unit that an earlier one changed."""
        about = _about(events)
        twice = sorted(about & self._changed)
        if twice:
            message = (
                "another operation of this block changes it as well, and neither sees the other; end the block first"
            )
            raise Refused(
                "an operation in a block together()",
                [Finding("together", message, (unit,), day=draft.day, act=draft.id) for unit in twice],
            )
        self._changed |= about


def _about(events: Iterable[Event]) -> set[str]:
    """Ids of the units and clusters that events begin, end, link or change."""
    about: set[str] = set()
    for event in events:
        match event:
            case Succession(links=links, parts=parts):
                about.update([link.old for link in links], [link.new for link in links])
                for part in parts:
                    if isinstance(part, Run):
                        about.update(part.subjects)
                    # Several mergers may change one matter: each passes on the parts of its own units.
                    elif part.track != tracks.PARTY:
                        about.add(part.subject)
            case Creation(what=what):
                about.add(what.id)
            case Closure(subject=subject) | Change(subject=subject):
                about.add(subject)
    return about


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
