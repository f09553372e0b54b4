"""The log of a history: what was recorded, corrected and cancelled, in the order in which it became known."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from attrs import evolve, field, frozen
from immutables import Map

from orgmodel.acts.act import Act
from orgmodel.errors import Answer, Finding, Refused
from orgmodel.history.consequences import Consequences

__all__ = ["Entry"]


class Following(Protocol):
    """Says what followed from an entry: the history that has it."""

    def _followed(self, entry: Entry, /) -> Consequences: ...


@frozen(repr=False)
class Entry:
    """One line of the log: an act that was recorded, corrected or cancelled.

    Attributes:
        number: grows with every entry, from 1.
        recorded: the day on which it became known.
        act: the act, or what a corrected act says now; None for a cancellation.
        amends: id of the act that is corrected or cancelled; None for a new act.
        reason: why it was amended.
        remade: earlier acts that were worked out anew because of this entry, with their new outcomes.
        answers: the choices that were made for them.

    >>> from orgmodel.acts.events import Closure
    >>> Entry(3, dt.date(2025, 4, 20), None, amends="12/NQ", reason="withdrawn").type
    'cancellation'
    >>> Entry(1, dt.date(2025, 3, 10), Act("12/NQ", "2025-03-01", [Closure("a")])).type
    'act'
    """

    number: int
    recorded: dt.date
    act: Act | None
    amends: str | None = None
    reason: str = ""
    remade: tuple[Act, ...] = ()
    answers: tuple[Answer, ...] = ()
    _history: Following | None = field(default=None, eq=False, repr=False)

    def of(self, history: Following) -> Entry:
        """The entry bound to a history, which :meth:`consequences` needs."""
        return evolve(self, history=history)

    def consequences(self) -> Consequences:
        """What the entry changed besides the facts that it states itself; worked out when asked.

        Raises:
            Refused: the entry does not come from the log of a history.
        """
        if self._history is None:
            message = "ask an entry of history.log; this one stands alone"
            raise Refused("the consequences of an entry", [Finding("entry", message, row=self.number)])
        return self._history._followed(self)

    @property
    def about(self) -> str:
        """Id of the act that was recorded, corrected or cancelled."""
        if self.amends is not None:
            return self.amends
        return "" if self.act is None else self.act.id

    @property
    def type(self) -> str:
        """``act``, ``correction`` or ``cancellation``."""
        if self.amends is None:
            return "act"
        return "cancellation" if self.act is None else "correction"

    def __repr__(self) -> str:
        what = repr(self.act) if self.amends is None else f"{self.type} of {self.amends!r}"
        reason = f" ({self.reason})" if self.reason else ""
        return f"<Entry {self.number}, recorded {self.recorded}: {what}{reason}>"


_MAX_WAITING_DAYS: Final = 64
"""This many new days may wait before they are merged into the sorted ordinals: see ``Order._waiting``."""

EntryList = tuple["EntryList", Entry] | None
"""A persistent list of entries, the newest first: (the rest, entry). A branch adds to it without copying it."""


class Order:
    """The acts that count, indexed by effective day: it answers what comes before what without a full scan.

    Immutable; it only caches what it has sorted.

    Attributes:
        known: id -> (number of its first entry, the act as it reads now).
    """

    __slots__ = ("_days", "_of_day", "_ordinals", "_waiting", "known")

    def __init__(
        self,
        known: Map[str, tuple[int, Act]],
        days: Map[int, tuple[tuple[int, str], ...]] | None = None,
        ordinals: list[int] | None = None,
        waiting: tuple[int, ...] = (),
    ) -> None:
        self.known = known
        if days is None:
            by_day: dict[int, list[tuple[int, str]]] = {}
            for name, (number, act) in known.items():
                by_day.setdefault(act.effective.toordinal(), []).append((number, name))
            days = Map({day: tuple(sorted(pairs)) for day, pairs in by_day.items()})
        self._days = days
        self._of_day: dict[int, tuple[Act, ...]] = {}
        self._ordinals = ordinals
        self._waiting = waiting
        """Days that are not among the ordinals yet, so that enacting act by act does not copy the whole list each time."""

    @property
    def ordinals(self) -> list[int]:
        """The days on which there is an act, as ordinals, sorted."""
        if self._ordinals is None:
            self._ordinals = sorted(self._days)
        elif self._waiting:
            self._ordinals, self._waiting = sorted((*self._ordinals, *self._waiting)), ()
        return self._ordinals

    def get(self, act: str) -> Act | None:
        """The act with an id; None if there is none that counts."""
        known = self.known.get(act)
        return None if known is None else known[1]

    def of_day(self, day: dt.date) -> tuple[Act, ...]:
        """The acts of a day, in order."""
        ordinal = day.toordinal()
        acts = self._of_day.get(ordinal)
        if acts is None:
            pairs = self._days.get(ordinal, ())
            acts = self._of_day[ordinal] = tuple(in_order((number, self.known[name][1]) for number, name in pairs))
        return acts

    def between(self, first: dt.date, last: dt.date) -> Iterator[Act]:
        """The acts that are effective in (first, last], in order."""
        ordinals = self.ordinals
        for at in ordinals[bisect_right(ordinals, first.toordinal()) : bisect_right(ordinals, last.toordinal())]:
            yield from self.of_day(dt.date.fromordinal(at))

    def place(self, act: str) -> int | None:
        """The place of an act among those of its day, from 0; None if none that counts has the id."""
        act_now = self.get(act)
        if act_now is None:
            return None
        return next(place for place, other in enumerate(self.of_day(act_now.effective)) if other.id == act)

    def after(self, changes: Iterable[tuple[str, Act | None]], number: int) -> tuple[Order, int]:
        """The order after acts were changed, dropped (None) or added, and the number of the last entry.

        Args:
            changes: (id, the act as it reads now), in order; a new act is numbered from ``number`` on.
            number: of the last entry so far.
        """
        # Merging sorts all days again: done once every so many acts, enacting act by act stays linear.
        if len(self._waiting) > _MAX_WAITING_DAYS:
            _ = self.ordinals
        order = self
        for name, act in changes:
            number += 1
            # A corrected act keeps the number of its first entry, and with it its place among those of its day.
            first, _ = order.known.get(name, (number, None))
            order = order._without(name)
            if act is not None:
                order = order._with(name, first, act)
        return order, number

    def _without(self, name: str) -> Order:
        """The order without an act; itself if it is not there."""
        if name not in self.known:
            return self
        day = self.known[name][1].effective.toordinal()
        others = tuple(pair for pair in self._days[day] if pair[1] != name)
        if others or self._ordinals is None:
            days = self._days.set(day, others) if others else self._days.delete(day)
            return Order(self.known.delete(name), days, self._ordinals, self._waiting)
        ordinals = sorted(other for other in (*self._ordinals, *self._waiting) if other != day)
        return Order(self.known.delete(name), self._days.delete(day), ordinals, ())

    def _with(self, name: str, first: int, act: Act) -> Order:
        """The order with one more act, by its id and the number of its first entry."""
        day = act.effective.toordinal()
        of_day = self._days.get(day, ())
        waiting = self._waiting if of_day or self._ordinals is None else (*self._waiting, day)
        days = self._days.set(day, tuple(sorted((*of_day, (first, name)))) if of_day else ((first, name),))
        return Order(self.known.set(name, (first, act)), days, self._ordinals, waiting)

    def with_outcomes(self, acts: Iterable[Act]) -> Order:
        """The same order with other outcomes of acts that are in it."""
        known = self.known
        for act in acts:
            known = known.set(act.id, (known[act.id][0], act))
        return Order(known, self._days, self._ordinals, self._waiting)


class ActRecord:
    """What a history knows of its acts: the log, and what counts after it; immutable.

    Attributes:
        log: the entries, the newest first.
        order: the acts that count.
        last: the last effective day.
        cancelled: ids of the acts that were cancelled.
        answers: pairs (id of the act whose entry gave it, answer), of the entries that count.
    """

    __slots__ = ("answers", "cancelled", "last", "log", "order")

    def __init__(
        self,
        log: EntryList = None,
        order: Order | None = None,
        last: dt.date | None = None,
        cancelled: frozenset[str] = frozenset(),
        answers: tuple[tuple[str, Answer], ...] = (),
    ) -> None:
        self.log: EntryList = log
        self.order = Order(Map()) if order is None else order
        self.last = last
        self.cancelled = cancelled
        self.answers = answers

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> ActRecord:
        """The record after the entries of a valid log: see :func:`log_faults`."""
        known = known_after(entries)
        last = max((act.effective for _, act in known.values()), default=None)
        return cls(extend(None, entries), Order(known), last, cancelled_in(entries), answers_after(entries))

    @property
    def known(self) -> Map[str, tuple[int, Act]]:
        """The acts that count: id -> (number of its first entry, the act as it reads now)."""
        return self.order.known

    @property
    def entries(self) -> list[Entry]:
        """The entries in the order in which they were recorded."""
        entries: list[Entry] = []
        log = self.log
        while log is not None:
            log, entry = log
            entries.append(entry)
        entries.reverse()
        return entries

    def since(self, number: int) -> tuple[Entry, ...]:
        """The entries after a number, in order; earlier entries are not visited."""
        newer: list[Entry] = []
        log = self.log
        while log is not None and log[1].number > number:
            log, entry = log
            newer.append(entry)
        return tuple(reversed(newer))

    def goes_on_from(self, other: ActRecord) -> bool:
        """Whether the log of another record is a prefix of this one, by identity of the entries."""
        log, number = self.log, other.number
        while log is not None and log[1].number > number:
            log, _ = log
        return log is other.log

    @property
    def number(self) -> int:
        """The number of the last entry."""
        return self.log[1].number if self.log else 0

    @property
    def recorded(self) -> dt.date | None:
        """The day of the last entry."""
        return self.log[1].recorded if self.log else None

    @property
    def answering(self) -> list[Entry]:
        """The entries whose answers count, which is all that a later entry needs of the log."""
        if not self.answers:
            return []
        givers = {giver for giver, _ in self.answers}
        return [entry for entry in self.entries if entry.answers and entry.about in givers]

    def acts_from(self, day: dt.date | None = None) -> list[Act]:
        """The acts that count, effective on or after a day, in effective order."""
        return in_order(pair for pair in self.known.values() if day is None or pair[1].effective >= day)


class LateRecord(ActRecord):
    """A record that reads its entries when one of them is first needed.

    Args:
        last: the last effective day.
        read: reads the entries.
    """

    __slots__ = ("_read",)

    def __init__(self, last: dt.date | None, read: Callable[[], Sequence[Entry]]) -> None:
        self.last = last
        self._read = read

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what is not set: the first question for one of these slots fills them all.
        if name not in ("log", "order", "cancelled", "answers"):
            raise AttributeError(name)
        record = ActRecord.of(self._read())
        self.log, self.order = record.log, record.order
        self.cancelled, self.answers = record.cancelled, record.answers
        return getattr(record, name)


def in_order(pairs: Iterable[tuple[int, Act]]) -> list[Act]:
    """Acts by effective day; within a day in order of recording, except where an act states its place.

    Args:
        pairs: (number of the first entry, act).

    >>> day = dt.date(2024, 1, 1)
    >>> acts = [Act("a", day, ()), Act("b", day, ()), Act("c", day, (), before="b")]
    >>> [act.id for act in in_order(enumerate(acts))]
    ['a', 'c', 'b']
    """
    listed = list(pairs)
    if len(listed) == 1:
        return [listed[0][1]]
    ordered = [act for _, act in sorted(listed, key=lambda pair: (pair[1].effective, pair[0]))]
    placed = [act for act in ordered if act.before or act.after]
    for act in placed:
        # One by one, in order of recording: the neighbour may have been placed beside another act itself.
        neighbour = next((other for other in ordered if other.id == (act.before or act.after)), None)
        # The neighbour may have been cancelled or moved since: then the act stands where it was recorded.
        if neighbour is not None and neighbour.effective == act.effective and neighbour is not act:
            ordered.remove(act)
            place = ordered.index(neighbour)
            ordered.insert(place if act.before else place + 1, act)
    return ordered


def answers_after(entries: Iterable[Entry]) -> tuple[tuple[str, Answer], ...]:
    """(id of the act whose entry gave it, answer) for the answers that count: no later entry cancelled their act."""
    answers: list[tuple[tuple[str, str, str, str], Answer]] = []
    for entry in entries:
        of_entry = [((entry.about, answer.act, answer.about, answer.choice[0]), answer) for answer in entry.answers]
        # All of one entry count, as a unit may be asked about for each clustering; those of a later one replace them.
        replaced = {key for key, _ in of_entry}
        answers = [
            (key, answer)
            for key, answer in answers
            if key not in replaced and (entry.act is not None or key[0] != entry.about)
        ]
        answers += of_entry
    return tuple((key[0], answer) for key, answer in answers)


def cancelled_in(entries: Iterable[Entry]) -> frozenset[str]:
    """Ids of the acts that entries cancel."""
    return frozenset(entry.amends for entry in entries if entry.act is None and entry.amends is not None)


def known_after(entries: Iterable[Entry]) -> Map[str, tuple[int, Act]]:
    """The acts that count after some entries: id -> (number of its first entry, the act as it reads now)."""
    known: Map[str, tuple[int, Act]] = Map()
    for entry in entries:
        if entry.act is None:
            known = known.delete(entry.amends or "")
        elif entry.amends is None:
            known = known.set(entry.act.id, (entry.number, entry.act))
        else:
            known = known.set(entry.act.id, (known[entry.act.id][0], entry.act))
        for act in entry.remade:
            known = known.set(act.id, (known[act.id][0], act))
    return known


def log_faults(entries: Iterable[Entry]) -> list[Finding]:
    """Why entries cannot be a log: each fault with the place of its entry, 1 for the first.

    >>> from orgmodel.acts.act import Act
    >>> day = dt.date(2024, 1, 1)
    >>> [str(fault) for fault in log_faults([Entry(1, day, Act("a", day, ())), Entry(2, day, None, "b", "a slip")])]
    ["row 2: act b: there is no act 'b' here that it could amend [amends]"]
    """
    faults: list[Finding] = []
    live: set[str] = set()
    ever: set[str] = set()
    last: dt.date | None = None
    for place, entry in enumerate(entries, 1):

        def fault(rule: str, message: str, entry: Entry = entry, place: int = place) -> None:
            faults.append(Finding(rule, message, row=place, act=entry.about or None))

        if entry.number != place:
            fault("number", f"its number is {entry.number}, and it is entry {place}")
        if last is not None and entry.recorded < last:
            fault("recorded", f"recorded on {entry.recorded}, before the entry above it ({last})")
        last = entry.recorded if last is None else max(last, entry.recorded)
        for rule, message in _entry_faults(entry, live, ever):
            fault(rule, message)
        if entry.act is None:
            live.discard(entry.about)
        else:
            live.add(entry.act.id)
            ever.add(entry.act.id)
    return faults


def _entry_faults(entry: Entry, live: Collection[str], ever: Collection[str]) -> Iterator[tuple[str, str]]:
    """(rule, message) for what is wrong with an entry after others.

    Args:
        entry: the entry.
        live: ids of the acts that count before it.
        ever: ids of all acts recorded before it.
    """
    act = entry.act
    if entry.amends is None:
        if act is None:
            yield "entry", "neither an act nor an amendment"
        elif act.id in ever:
            yield "act-once", "an act with this id is recorded above; to change it, record a correction"
        return
    if entry.amends not in live:
        why = " any more: it was cancelled" if entry.amends in ever else " here that it could amend"
        yield "amends", f"there is no act {entry.amends!r}{why}"
    if act is not None and act.id != entry.amends:
        yield "act-once", f"a corrected act keeps its id {entry.amends!r}, not {act.id!r}"
    if not entry.reason:
        yield "reason", "say why the act is corrected or cancelled"


def is_late(entry: Entry, last: dt.date | None) -> bool:
    """Whether an entry concerns the past: it amends an act, or its act takes its place before others.

    Args:
        entry: the entry.
        last: the last effective day so far.

    >>> act = Act("a", "2024-06-01", ())
    >>> is_late(Entry(2, dt.date(2026, 1, 1), act), dt.date(2025, 7, 1)), is_late(Entry(1, act.effective, act), None)
    (True, False)
    """
    act = entry.act
    if entry.amends is not None or act is None:
        return True
    return last is not None and (act.effective < last or (act.effective == last and bool(act.before or act.after)))


def extend(log: EntryList, entries: Iterable[Entry]) -> EntryList:
    """The log with more entries."""
    for entry in entries:
        log = (log, entry)
    return log
