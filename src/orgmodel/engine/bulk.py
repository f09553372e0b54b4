"""Columns from arrays: what a million rows need instead of a million events."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.columns import NOBODY, Columns, Ints, Longs, Table
from orgmodel.model import track as names
from orgmodel.period import FOREVER

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

EPOCH: Final = 719_163
"""The ordinal of 1970-01-01, from which numpy counts days."""


def by_subject(subject: Ints, start: Ints, slot: Ints | None = None) -> Places | None:
    """The order by (subject, slot, start), rows of equal keys as given; None if they are in it already."""
    low = int(start.min()) if len(start) else 0
    span = int(start.max()) - low + 1 if len(start) else 1
    key = subject.astype(np.int64)
    if slot is not None:
        key = key * (int(slot.max()) + 1 if len(slot) else 1) + slot
    key = key * span + (start.astype(np.int64) - low)
    if bool((key[1:] >= key[:-1]).all()):
        return None
    bits = max(1, int(len(key) - 1).bit_length())
    top = int(key.max()).bit_length() if len(key) else 0
    if top + bits <= 63:
        # Sorting packed (key, row) is far faster than a stable argsort.
        return np.sort(key << bits | np.arange(len(key))) & ((1 << bits) - 1)
    return np.argsort(key, kind="stable")


def next_start(subject: Ints, start: Ints, until: Ints, slot: Ints | None = None) -> Ints:
    """The day on which each sorted row must end: the next row's start, or ``until`` for the last of its subject."""
    end = until.copy()
    same = subject[1:] == subject[:-1]
    if slot is not None:
        same &= slot[1:] == slot[:-1]
    end[:-1] = np.where(same, start[1:], until[:-1])
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
    life_end: Ints,
    act_on: Any,
) -> Columns:
    """Columns from rows sorted by (subject, slot, start), with rows added that say which act ended each.

    A row that ends before its subject does, with no other to follow, was ended by an act
    of that day: ``act_on`` gives its number for an array of days.
    """
    n = len(subject)
    if track == names.LIFE:
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
        if track.startswith("measure:"):
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
    while True:
        waiting = np.zeros(count, bool)
        waiting[child.compress(left.take(parent))] = True
        waiting &= left
        if int(waiting.sum()) == int(left.sum()):
            return left
        left = waiting
        keep = left.take(child)
        child, parent = child.compress(keep), parent.compress(keep)


def value_at(columns_subject: Ints, start: Ints, end: Ints, value: Ints, subject: Ints, day: Ints) -> Ints:
    """The value of each (subject, day) in rows sorted by (subject, start); :data:`NOBODY` where there is none."""
    if not len(columns_subject):
        return np.full(len(subject), NOBODY, np.int32)
    keys = columns_subject.astype(np.int64) << 32 | start
    at = np.searchsorted(keys, subject.astype(np.int64) << 32 | day, side="right") - 1
    at = np.maximum(at, 0)
    held = (columns_subject.take(at) == subject) & (start.take(at) <= day) & (day < end.take(at))
    return np.where(held, value.take(at), NOBODY).astype(np.int32)


def components(a: Ints, b: Ints) -> Longs:
    """A label for each pair (a, b) of nodes, equal for pairs that hang together.

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
