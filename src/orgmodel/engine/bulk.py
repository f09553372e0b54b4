"""Columns from arrays: what a million rows need instead of a million events.

Tables, large acts and files write their rows by these functions. They check nothing: the rows are written first and put before
the judge as a whole.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from orgmodel.engine import thresholds
from orgmodel.engine.columns import (
    NOBODY,
    UNSURE,
    Columns,
    Ints,
    Longs,
    Places,
    Table,
    empty,
    grown,
    indices,
    offsets_of,
    spans,
)
from orgmodel.engine.written import Flags
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "EPOCH",
    "appended",
    "by_subject",
    "columns_of",
    "components",
    "next_start",
    "on_cycles",
]

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
        # Key and row packed into one integer: a plain sort is 1.5 to 10 times as fast as a stable argsort, depending on
        # the processor's vector instructions, and the row in the key keeps equal keys in order.
        return np.sort(key << bits | np.arange(len(key))) & ((1 << bits) - 1)
    return np.argsort(key, kind="stable")


def next_start(subject: Ints, start: Ints, until: Ints, slot: Ints | None = None) -> Ints:
    """The day on which each sorted row ends: the start of the next row of its subject and slot, else ``until``."""
    # Rows are sorted: the next row of a subject and slot is the row below, and its start the end of this one.
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
    """Columns from rows sorted by (subject, slot, start), with a row without a value added for each end.

    The added row says which act ended the one before it. A row that ends before its subject, with no other following
    at once, was ended by an act of that day: ``act_on`` gives the code of the act for an array of days. Without
    ``life_end`` no rows are added.
    """
    n = len(subject)
    # A row that another one follows at once is ended by that one; so is one that ends with its subject, by the row of the
    # subject's life.
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
    # Columns have the rows of one subject in order of time, whatever their slots.
    order = None if slot is None else by_subject(subject, start)
    if order is not None and slot is not None:
        subject, start, end, act, slot = (a.take(order) for a in (subject, start, end, act, slot))
        value = value.take(order)
    off = offsets_of(subject, count)
    return Columns(track, subject, start, end, value, act, off, values=values, slot=slot, slots=slots)


def on_cycles(child: Ints, parent: Ints, count: int) -> Flags:
    """Which subjects are on a cycle of the pairs (child, parent) of all days together, or between two; shape (count,).

    Pairs without a parent, which have a negative number there, do not count. If no subject is on a cycle, no single day
    has one. The caller looks at the others day by day.
    """
    # Nine of ten units have nothing below them and are on no cycle: without them each of the passes below is short.
    # Negative numbers mark the places behind the last subject, so that no pair need be taken out first.
    is_parent = np.zeros(count - UNSURE, bool)
    is_parent[indices(parent)] = True
    inner = np.flatnonzero(is_parent.take(child))
    inner = inner.compress(parent.take(inner) >= 0)
    below, above = indices(child.take(inner)), indices(parent.take(inner))
    left = _peeled(below, above, count)
    if left.any():
        # Peeled from above, what hangs below a cycle is left; peeled from below as well, that goes too.
        on = left.take(below)
        left &= _peeled(above.compress(on), below.compress(on), count)
    return left


def _peeled(child: Places, parent: Places, count: int) -> Flags:
    """Which subjects are on or below a cycle of the pairs (child, parent); shape (count,)."""
    left = np.zeros(count, bool)
    left[child] = True
    # Topological sort from the roots down: a child is free once its parent is. Who never becomes free is on or below a
    # cycle.
    for _ in range(thresholds.LEVELS):
        waiting = np.zeros(count, bool)
        waiting[child.compress(left.take(parent))] = True
        waiting &= left
        # Not `sum`, which makes numbers of the flags first: ten times as slow.
        if np.count_nonzero(waiting) == np.count_nonzero(left):
            return left
        left = waiting
        keep = left.take(child)
        child, parent = child.compress(keep), parent.compress(keep)
    # Each round costs a pass over all pairs that are left, which is quadratic for a long chain: go pair by pair.
    below: dict[int, list[int]] = {}
    for child_at, above in zip(child.tolist(), parent.tolist(), strict=True):
        below.setdefault(above, []).append(child_at)
    open_ = np.bincount(child, minlength=count).tolist()
    free = [above for above in below if not open_[above]]
    for above in free:
        for child_at in below.get(above, ()):
            open_[child_at] -= 1
            if not open_[child_at]:
                left[child_at] = False
                free.append(child_at)
    return left


def components(a: Ints | Longs, b: Ints | Longs) -> Longs:
    """A label for each edge (a, b), equal for edges of one connected component.

    Nodes of ``a`` and ``b`` are numbered apart: an old unit and a new one of the same
    number are two nodes.
    """
    _, left = np.unique(a, return_inverse=True)
    _, right = np.unique(b, return_inverse=True)
    label = np.arange(len(a), dtype=np.int64)
    # Each edge takes the lowest label among the edges at its nodes, until none gets a lower one: as many rounds as the
    # longest chain of edges is long, which is two or three in a reform.
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
    """The columns with the rows of a later act appended; no new row may start before an old one.

    Args:
        track: name of the track.
        count: number of subjects.
        old: the columns so far.
        day: the day on which the new rows start.
        subject: the subject of each new row, sorted; rows of one subject in the order of writing.
        value: their entries in the ``value`` column.
        act: the code of the act.
        values: the objects that codes stand for.
        slot: codes of slots; in links the successor.
        slots: the objects that codes of slots stand for.
        until: in links, the number of the event.
        event: the label of the event within the act; None: all 0.
        ended: subjects all of whose rows end on the day.
        blank: the code of a row without a value.
    """
    if old is None:
        old = empty(track)
    old = grown(old, count)
    end = old.end.copy()
    has_ended = np.zeros(count, bool)
    if ended is not None:
        has_ended[ended] = True
        rows = spans(old.off, ended)
        end[rows.compress(end.take(rows) > day)] = day
    n = len(subject)
    if not n:
        fields = {**old.fields(), "end": end}
        return Columns(track, **fields, off=old.off, values=old.values, slots=old.slots)
    order = np.insert(np.arange(len(old)), old.off.take(subject + 1), np.arange(n) + len(old))

    def joined(before: Any, after: Any) -> Any:
        return np.concatenate([before, np.asarray(after).astype(before.dtype)]).take(order)

    def optional(before: Any, after: Any, missing: int) -> Any:
        """A column that is left out if both parts say nothing."""
        if before is None and after is None:
            return None
        before = np.full(len(old), missing, np.int32) if before is None else before
        return joined(before, np.full(n, missing) if after is None else after)

    new_end = np.full(n, FOREVER, np.int32)
    if track != names.LINK:
        end[_followed_by(old, end, day, subject, slot)] = day
        new_end[_followed(subject, slot)] = day
        new_end[has_ended.take(subject)] = day
        if blank is not None:
            new_end[value == blank] = day
    off = old.off.copy()
    off[1:] += np.cumsum(np.bincount(subject, minlength=count)).astype(np.int32)
    return Columns(
        track,
        joined(old.subject, subject),
        joined(old.start, np.full(n, day)),
        joined(end, new_end),
        joined(old.value, value),
        joined(old.act, np.full(n, act)),
        off,
        values=values,
        slot=optional(old.slot, slot, -1),
        slots=slots,
        until=optional(old.until, until, FOREVER),
        event=optional(old.event, event if event is not None and event.any() else None, 0),
    )


def _followed_by(old: Columns, end: Ints, day: int, subject: Longs, slot: Longs | None) -> Longs:
    """Indices of the old rows that still hold on ``day`` and are followed by a new row of their subject and slot."""
    rows = spans(old.off, subject.compress(np.append(True, subject[1:] != subject[:-1])))
    rows = rows.compress(end.take(rows) > day)
    if slot is None and old.slot is None:
        return rows
    # A column of slots may be missing on one side: -1 stands for no slot.
    old_slots = np.full(len(rows), -1) if old.slot is None else old.slot.take(rows)
    slots = np.full(len(subject), -1) if slot is None else slot
    width = int(max(slots.max(), old_slots.max(initial=0))) + 2
    return rows.compress(np.isin(old.subject.take(rows).astype(np.int64) * width + old_slots, subject * width + slots))


def _followed(subject: Longs, slot: Longs | None) -> Longs:
    """Indices of the new rows that are followed by another one of their subject and slot."""
    n = len(subject)
    slots = np.zeros(n, np.int64) if slot is None else slot
    by_slot = np.arange(n) if slot is None else np.lexsort((np.arange(n), slot, subject))
    s, k = subject.take(by_slot), slots.take(by_slot)
    return by_slot[:-1].compress((s[1:] == s[:-1]) & (k[1:] == k[:-1]))
