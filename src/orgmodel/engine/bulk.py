"""Columns from arrays: what a million rows need instead of a million events."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine import thresholds
from orgmodel.engine.columns import NOBODY, Columns, Ints, Longs, Table, empty, grown, spans
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "EPOCH",
    "Flags",
    "Places",
    "appended",
    "by_subject",
    "columns_of",
    "components",
    "next_start",
    "peel",
]

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

EPOCH: Final = 719_163
"""The ordinal of 1970-01-01, from which numpy counts days."""


def by_subject(subject: Ints | Longs, start: Ints | Longs, slot: Ints | None = None) -> Places | None:
    """The stable sort order by (subject, slot, start); None if the rows are sorted already."""
    low = int(start.min()) if len(start) else 0
    span = int(start.max()) - low + 1 if len(start) else 1
    key = subject.astype(np.int64)
    if slot is not None and slot.any():
        key *= int(slot.max()) + 1
        key += slot
    key *= span
    key += start
    key -= low
    if bool((key[1:] >= key[:-1]).all()):
        return None
    bits = max(1, int(len(key) - 1).bit_length())
    top = int(key.max()).bit_length() if len(key) else 0
    if top + bits <= 63:
        # The key above, the row below, in one integer: a plain sort, 1.5 to 10 times as fast as a stable argsort, by what
        # vector instructions there are; and as the row is in the key, equal keys keep their order.
        return np.sort(key << bits | np.arange(len(key))) & ((1 << bits) - 1)
    return np.argsort(key, kind="stable")


def next_start(subject: Ints, start: Ints, until: Ints, slot: Ints | None = None) -> Ints:
    """The day on which each sorted row must end: the next row's start, or ``until`` for the last of its subject."""
    end = until.copy()
    same = subject[1:] == subject[:-1]
    if slot is not None:
        same &= slot[1:] == slot[:-1]
    np.copyto(end[:-1], start[1:], where=same)
    return end


def columns_of(
    track: str,
    count: int,
    subject: Ints,
    start: Ints,
    end: Ints,
    value: Ints | Longs,
    act: Ints,
    *,
    values: Table,
    slot: Ints | None = None,
    slots: Table | None = None,
    life_end: Ints | None,
    act_on: Any,
) -> Columns:
    """Columns from rows sorted by (subject, slot, start); a row is added for each end, to say which act ended it.

    A row that ends before its subject does, with no other to follow, was ended by an act
    of that day: ``act_on`` gives its number for an array of days. Without ``life_end`` there are no such rows.
    """
    n = len(subject)
    if life_end is None:
        ended = np.zeros(0, np.intp)
    elif track == names.LIFE:
        ended = np.flatnonzero(end < FOREVER)
    else:
        follows = np.zeros(n, bool)
        follows[:-1] = (subject[1:] == subject[:-1]) & (start[1:] == end[:-1])
        if slot is not None:
            follows[:-1] &= slot[1:] == slot[:-1]
        ended = np.flatnonzero(~follows & (end < life_end.take(subject)))
    if len(ended):
        day = end.take(ended)
        nothing = NOBODY if names.refers_to_subject(track) else values.code(None)
        if names.is_measure(track):
            nothing = -1 - nothing
        place = ended + 1
        subject = np.insert(subject, place, subject.take(ended))
        start = np.insert(start, place, day)
        end = np.insert(end, place, day)
        longer: Any = np.insert(value, place, nothing)
        value = longer
        act = np.insert(act, place, act_on(day))
        slot = None if slot is None else np.insert(slot, place, slot.take(ended))
    # Rows of one subject lie in order of time, whatever their slots.
    order = None if slot is None else by_subject(subject, start)
    if order is not None and slot is not None:
        subject, start, end, act, slot = (a.take(order) for a in (subject, start, end, act, slot))
        value = value.take(order)
    off = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(subject, minlength=count), out=off[1:])
    return Columns(track, subject, start, end, value, act, off, values=values, slot=slot, slots=slots)


def peel(child: Ints, parent: Ints, count: int) -> Flags:
    """Which subjects are on or below a cycle of the pairs (child, parent), taken over all days; shape (count,).

    An empty answer proves that no day has a cycle; the others are to be looked at day by day.
    """
    left = np.zeros(count, bool)
    left[child] = True
    # Take away the leaves, level by level, as for a topological sort: whoever is left is on or below a cycle.
    for _ in range(thresholds.LEVELS):
        waiting = np.zeros(count, bool)
        waiting[child.compress(left.take(parent))] = True
        waiting &= left
        if int(waiting.sum()) == int(left.sum()):
            return left
        left = waiting
        keep = left.take(child)
        child, parent = child.compress(keep), parent.compress(keep)
    # A round looks at all pairs that are left, which many levels would make square: one pair after the other.
    below: dict[int, list[int]] = {}
    for one, above in zip(child.tolist(), parent.tolist(), strict=True):
        below.setdefault(above, []).append(one)
    open_ = np.bincount(child, minlength=count).tolist()
    free = [above for above in below if not open_[above]]
    for above in free:
        for one in below.get(above, ()):
            open_[one] -= 1
            if not open_[one]:
                left[one] = False
                free.append(one)
    return left


def components(a: Ints, b: Ints) -> Longs:
    """A label for each edge (a, b), equal for edges of one connected component.

    Nodes of ``a`` and ``b`` are numbered apart: an old unit and a new one of the same
    number are two nodes.
    """
    _, left = np.unique(a, return_inverse=True)
    _, right = np.unique(b, return_inverse=True)
    label = np.arange(len(a), dtype=np.int64)
    while True:
        low = np.full(len(a) + 1, len(a), np.int64)
        np.minimum.at(low, left, label)
        nearer = low.take(left)
        low.fill(len(a))
        np.minimum.at(low, right, nearer)
        nearer = low.take(right)
        if bool((nearer == label).all()):
            return label
        label = nearer


def appended(
    track: str,
    count: int,
    old: Columns | None,
    day: int,
    subject: Longs,
    value: Longs,
    act: int,
    *,
    values: Table,
    slot: Longs | None = None,
    slots: Table | None = None,
    until: Longs | None = None,
    event: Longs | None = None,
    ended: Longs | None = None,
    blank: int | None = None,
) -> Columns:
    """The columns with rows of a later act appended; none of them may start before the rows that are there.

    Args:
        track: its name.
        count: how many subjects there are.
        old: the columns so far.
        day: the day on which the new rows start.
        subject: whose each row is, sorted; those of one subject in the order of writing.
        value: codes, as the column holds them.
        act: the number of the act.
        values: what the codes stand for.
        slot: codes of slots; in links the unit that became.
        slots: what those stand for.
        until: in links, the number of the event.
        event: the label of the event within the act; None: all 0.
        ended: subjects whose rows all end on the day.
        blank: the code of a row that says that there is no value any more.
    """
    if old is None:
        old = empty(track, slotted=slot is not None)
    old = grown(old, count)
    end = old.end.copy()
    gone = np.zeros(count, bool)
    if ended is not None:
        gone[ended] = True
        rows = spans(old.off, ended)
        end[rows.compress(end.take(rows) > day)] = day
    n, is_link = len(subject), track == names.LINK
    if not n:
        fields = {**old.fields(), "end": end}
        return Columns(track, **fields, off=old.off, values=old.values, slots=old.slots)
    old_slot = old.slot
    if slot is not None or old_slot is not None:
        # A row without a slot beside rows that have one.
        slot = np.full(n, -1) if slot is None else slot
        old_slot = np.full(len(old), -1, np.int32) if old_slot is None else old_slot
    if not is_link:
        rows = spans(old.off, subject.compress(np.append(True, subject[1:] != subject[:-1])))
        rows = rows.compress(end.take(rows) > day)
        if slot is not None and old_slot is not None:
            # Slots count from -1, which stands for none.
            width = int(max(slot.max(), old_slot.max(initial=0))) + 2
            held = old.subject.take(rows).astype(np.int64) * width + old_slot.take(rows)
            rows = rows.compress(np.isin(held, subject * width + slot))
        end[rows] = day
    new_end = np.full(n, FOREVER, np.int32)
    if not is_link:
        # A row is followed by the next of its subject and slot.
        by_slot = np.arange(n) if slot is None else np.lexsort((np.arange(n), slot, subject))
        s, k = subject.take(by_slot), np.zeros(n, np.int64) if slot is None else slot.take(by_slot)
        followed = by_slot[:-1].compress((s[1:] == s[:-1]) & (k[1:] == k[:-1]))
        new_end[followed] = day
        new_end[gone.take(subject)] = day
        if blank is not None:
            new_end[value == blank] = day
    order = np.insert(np.arange(len(old)), old.off.take(subject + 1), np.arange(n) + len(old))

    def joined(before: Any, after: Any) -> Any:
        return np.concatenate([before, np.asarray(after).astype(before.dtype)]).take(order)

    off = old.off.copy()
    off[1:] += np.cumsum(np.bincount(subject, minlength=count)).astype(np.int32)
    if until is None and old.until is not None:
        until = np.full(n, FOREVER, np.int64)
    old_event = old.event
    if old_event is None and event is not None and event.any():
        old_event = np.zeros(len(old), np.int32)
    if event is None and old_event is not None:
        event = np.zeros(n, np.int64)
    return Columns(
        track,
        joined(old.subject, subject),
        joined(old.start, np.full(n, day)),
        joined(end, new_end),
        joined(old.value, value),
        joined(old.act, np.full(n, act)),
        off,
        values=values,
        slot=None if old_slot is None else joined(old_slot, slot),
        slots=slots,
        until=None if old.until is None else joined(old.until, until),
        event=None if old_event is None else joined(old_event, event),
    )
