"""One decision: operations or events in order, effective on one day, all or nothing."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Final, cast

from attrs import evolve, field, fields, frozen

from orgmodel.acts.events import Change, Closure, Creation, Event, Parts, Run, Succession
from orgmodel.acts.operation import Operation, Together, flat
from orgmodel.errors import Finding, Refused
from orgmodel.model.door import a_text, items, kind_of, refuse
from orgmodel.model.plain import check_texts
from orgmodel.model.source import Source, SourceLike, as_source
from orgmodel.period import DayLike, Period, as_day

__all__ = [
    "Act",
    "Decided",
    "RowsOfAct",
    "act_id",
]

Decided = Operation[Any] | Together | Event
"""A step of an act: an operation, a block of operations, or an event where only the outcome is known."""

Resolved = tuple[tuple["Event", ...], ...]
"""The events to which each step of an act was resolved."""


class RowsOfAct(ABC):
    """The rows of one act, from which its events are made on first use; every succession among them is complete.

    >>> class OneRow(RowsOfAct):
    ...     def __call__(self):
    ...         return [Closure("a")]
    >>> act = Act("a1", "2025-07-01", OneRow())
    >>> act.is_read_from_rows, act.events
    (True, (Closure(subject='a', last_known=False),))
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self) -> Iterable[Event]:
        """The events."""


_SO_FAR: Final = "_so_far"
"""The attribute of an act in the making that has what began and ended by it."""

_STEPS: Final = (Operation, Together, Creation, Closure, Succession, Change)


def _decided(decided: Iterable[Decided] | Callable[[], Iterable[Event]]) -> tuple[Decided, ...] | Callable[[], Any]:
    if callable(decided):
        return decided
    listed = tuple(items(decided, "the operations of an act"))
    # By the few types among hundreds of thousands of events, not event by event.
    if not all(issubclass(sort, _STEPS) for sort in {*map(type, listed)}):
        odd = next(step for step in listed if not isinstance(step, _STEPS))
        refuse("the operations of an act", f"each is an operation, a block of them or an event, not {kind_of(odd)}")
    return listed


@frozen(slots=False, eq=False, repr=False)
class Act:
    """One decision, effective on one day, all or nothing: its operations in order, and their events.

    Where only an outcome is known, events stand in the place of operations. An act made of operations has no
    events until a history enacts it or a draft makes it.

    Attributes:
        id: opaque; enacting the same act twice changes nothing, the same id with other content is refused.
        effective: the first day on which it counts.
        operations: what was decided, in order. An act from tables makes them on first use.
        source: where the act comes from.
        note: a note for readers.
        within: the period in which its day lies, if only a month or a year is known.
        before: id of an act of the same day that comes after it.
        after: id of an act of the same day that comes before it. Without ``before`` and ``after`` an act is the last of
            its day when it is recorded.
        keys: the numbers from which ids are derived, one for each operation; None: their places in the act. In a
            corrected act the operations that stay keep theirs, and with them the ids of what they made.

    >>> from orgmodel.acts.events import Closure
    >>> act = Act("a1", "2025-07-01", [Closure("x")], Source("a decision"))
    >>> print(act)
    2025-07-01 a decision: 1 event
    """

    id: str
    effective: dt.date = field(converter=as_day)
    _events: tuple[Decided, ...] | Callable[[], Iterable[Event]] = field(converter=_decided)
    source: Source = field(default=Source.unknown, converter=as_source)
    note: str = ""
    within: Period | None = field(default=None, kw_only=True)
    before: str = field(default="", kw_only=True)
    after: str = field(default="", kw_only=True)
    keys: tuple[int, ...] | None = field(default=None, kw_only=True)
    """The key of each operation, those of blocks one by one: its position when first recorded; None: the positions."""
    _resolved: Resolved | Callable[[], Resolved] | None = field(default=None, kw_only=True)
    """The events of each step, or a function that reads them from a file on first use."""
    _on: object = field(default=None, kw_only=True)
    """The state on which a draft resolved it."""

    @property
    def operations(self) -> tuple[Decided, ...]:
        """What was decided, in order."""
        return self._made if callable(self._events) else self._events

    @cached_property
    def _made(self) -> tuple[Event, ...]:
        assert callable(self._events)
        return tuple(self._events())

    @property
    def _stated(self) -> tuple[Event, ...]:
        """The events of an act that states only an outcome."""
        return cast("tuple[Event, ...]", self.operations)

    @cached_property
    def is_outcome(self) -> bool:
        """Whether it states events only, no operations."""
        # By the few types among hundreds of thousands of events, not event by event.
        return callable(self._events) or not any(
            issubclass(sort, (Operation, Together)) for sort in set(map(type, self._events))
        )

    @cached_property
    def steps(self) -> tuple[tuple[Operation[Any] | Event, int], ...]:
        """Each operation or event in order, with the number of its :class:`~orgmodel.acts.operation.Together` block, -1 for none."""
        return tuple(flat(self.operations))

    def key(self, step: int) -> int:
        """The key of an operation, from which ids of new units are derived: its position when first recorded."""
        return step if self.keys is None else self.keys[step]

    @property
    def is_read_from_rows(self) -> bool:
        """Whether its events come from the rows of a table, which state every fact of each day."""
        return isinstance(self._events, RowsOfAct)

    @property
    def is_worked_out(self) -> bool:
        """Whether its events are known."""
        return self._resolved is not None or self.is_outcome

    def is_worked_out_on(self, state: object) -> bool:
        """Whether it was resolved on this very state, so that it need not be resolved again."""
        return self._on is not None and self._on is state and self.is_worked_out

    @cached_property
    def resolved(self) -> tuple[tuple[Event, ...], ...]:
        """The events of each of :attr:`steps`.

        Raises:
            Refused: its events are not known: no history has enacted it.
        """
        if self._resolved is not None:
            return self._resolved() if callable(self._resolved) else self._resolved
        if not self.is_outcome:
            message = "what it comes to depends on a history: enact it there"
            raise Refused("the events of an act", [Finding("worked-out", message, act=self.id, day=self.effective)])
        return tuple((event,) for event in self._stated)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events, in order.

        Raises:
            Refused: its events are not known: no history has enacted it.
        """
        if self._resolved is None and self.is_outcome:
            return self._stated
        return tuple(event for events in self.resolved for event in events)

    @cached_property
    def event_labels(self) -> Sequence[int]:
        """The label of each of :attr:`events`: the index of its step, from 0.

        Rows have the label of the event that wrote them. It depends only on what was decided: if an operation is worked
        out anew and has more events than before, the labels of other operations stay.

        >>> from orgmodel.acts.events import Closure
        >>> Act("a1", "2025-07-01", [Closure("x"), Closure("y")]).event_labels
        range(0, 2)
        """
        if self._resolved is None:
            return range(self.size)
        return [step for step, events in enumerate(self.resolved) for _ in events]

    @property
    def parts(self) -> Sequence[Event | Run]:
        """The events; changes that were passed as runs stay runs."""
        return self._events.parts if isinstance(self._events, Parts) and self._resolved is None else self.events

    @property
    def parts_so_far(self) -> Sequence[Event | Run]:
        """The events; of an act in the making, what began and ended by its steps so far, see :meth:`note_so_far`."""
        if self._resolved is None and _SO_FAR in vars(self):
            return cast("list[Event]", vars(self)[_SO_FAR])
        return self.parts if self.is_worked_out else ()

    def note_so_far(self, events: Iterable[Event]) -> None:
        """Note what steps came to while the act is made: later steps ask what an earlier one founded or closed.

        Of a trial that is given up its units stay noted; no row points to them.
        """
        kept = [event for event in events if isinstance(event, Creation | Closure)]
        if kept:
            vars(self).setdefault(_SO_FAR, []).extend(kept)

    def is_made(self, outcome: Act) -> None:
        """Take over what all steps came to: the rows that were written meanwhile point to this very act."""
        vars(self).pop(_SO_FAR, None)
        object.__setattr__(self, "_resolved", outcome._resolved)

    @property
    def stated_parts(self) -> Sequence[Event | Run]:
        """The events of an outcome as they were stated, also where a history has completed its successions since."""
        return self._events.parts if isinstance(self._events, Parts) else self._stated

    @property
    def size(self) -> int:
        """The number of its events."""
        return self._events.size if isinstance(self._events, Parts) and self._resolved is None else len(self.events)

    def came_to(self, resolved: Iterable[Iterable[Event]]) -> Act:
        """The same decision with the events of each of its :attr:`steps`.

        >>> from orgmodel.acts.events import Closure
        >>> act = Act("a1", "2025-07-01", [Closure("x")])
        >>> act.came_to([[Closure("x")]]) == act
        True
        """
        listed = tuple(tuple(events) for events in resolved)
        if self.is_outcome:
            by_step = zip(listed, self.steps, strict=True)
            # Events that came to themselves need not be kept a second time.
            if all(len(events) == 1 and events[0] is step for events, (step, _) in by_step):
                return evolve(self, resolved=None) if self._resolved is not None else self
        return evolve(self, resolved=listed)

    def as_stated(self) -> Act:
        """The same decision without an outcome that another history or a draft gave it."""
        return self if self._resolved is None and self._on is None else evolve(self, on=None, resolved=None)

    @property
    def _decision(self) -> tuple[Any, ...]:
        return self.id, self.effective, self.source, self.note, self.within, self.before, self.after

    def decides_as(self, other: Act) -> bool:
        """Whether another act is the same decision, whatever the events of each.

        >>> from orgmodel.acts.events import Closure
        >>> Act("a1", "2025-07-01", [Closure("x")]).decides_as(Act("a1", "2025-07-01", [Closure("y")]))
        False
        """
        return self is other or (self._decision == other._decision and self.operations == other.operations)

    @cached_property
    def _successions(self) -> dict[tuple[str, str], list[int]]:
        result: dict[tuple[str, str], list[int]] = {}
        for index, event in enumerate(self.events):
            if isinstance(event, Succession):
                for link in event.links:
                    result.setdefault((link.old, link.new), []).append(index)
            elif isinstance(event, Creation) and event.reestablishes is not None:
                result.setdefault((event.reestablishes, event.what.id), []).append(index)
        return result

    def event_of(self, old: str, new: str, nth: int = 0) -> int:
        """The index of the event that links an old unit to a new one; of several, the ``nth`` from 0.

        Raises:
            LookupError: no event of the act does.
        """
        return self._successions[old, new][nth]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Act):
            return NotImplemented
        if self is other:
            return True
        if not self.decides_as(other) or self.is_worked_out != other.is_worked_out:
            return False
        return not self.is_worked_out or self.events == other.events

    def __hash__(self) -> int:
        # Enough to tell acts apart; with its events in it, a hash would have to make those of a whole
        # register.
        return hash((self.id, self.effective))

    def __getstate__(self) -> dict[str, Any]:
        """What pickle stores: everything, so what would be read from a file later is read now."""
        state = {field.name: getattr(self, field.name) for field in fields(type(self))}
        if callable(self._events):
            state["_events"] = self._made
        if callable(self._resolved):
            state["_resolved"] = self.resolved
        return state | {"_on": None}

    def __repr__(self) -> str:
        return f"<Act {self.id!r} on {self.effective}: {self._counted} [{self.source.label}]>"

    @property
    def _counted(self) -> str:
        count, noun = (len(self.events), "event") if self.is_outcome else (len(self.steps), "operation")
        return f"{count} {noun}{'' if count == 1 else 's'}"

    def __attrs_post_init__(self) -> None:
        for text in (self.id, self.note, self.before, self.after):
            a_text(text, "a text of an act")
        if not self.id:
            raise Refused("an act", [Finding("act-id", "an act needs an id", day=self.effective)])
        check_texts("an act", id=self.id, note=self.note, before=self.before, after=self.after)
        if not isinstance(self.source, Source):
            message = f"its source is a Source, not {self.source!r}; write Source({str(self.source)!r})"
            raise Refused("an act", [Finding("source", message, day=self.effective, act=self.id)])
        if self.before and self.after:
            message = "say before which act it takes its place, or after which, not both"
            raise Refused("an act", [Finding("act-place", message, day=self.effective, act=self.id)])

    def __str__(self) -> str:
        return f"{self.effective} {self.source.label}: {self._counted}"


def act_id(effective: DayLike, source: SourceLike) -> str:
    """The id of an act that has none of its own: its day and its source.

    Args:
        effective: the effective day of the act.
        source: its source.

    >>> act_id("2025-07-01", Source("202/2025/QH15"))
    '2025-07-01 202/2025/QH15'
    """
    return f"{as_day(effective)} {as_source(source).label}"
