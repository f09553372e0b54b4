"""The final successors of all units of frozen columns, worked out in one pass.

A walk along the links answers for one unit. A report asks for every unit of a country, and many of these walks share most of
their way: :class:`~orgmodel.engine.state_reader.Base` makes this table once as much was walked as the pass costs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from orgmodel.engine.columns import Columns, Ints, Longs, packed, spans
from orgmodel.period import FOREVER

__all__ = [
    "EVER",
    "FinalSuccessors",
]

EVER: Final = FOREVER - 1
"""A day after all days, before :data:`FOREVER`."""


class FinalSuccessors:
    """For all units at once what :meth:`~orgmodel.engine.columns.Columns.reached` answers for one, on :data:`EVER`.

    The links of all units are followed together, one step after the other. Few units need more than three steps.

    Args:
        links: the columns of the track of links.
        lives: those of the track of lives.
    """

    __slots__ = ("_first", "_found", "_links", "_live")

    def __init__(self, links: Columns, lives: Columns) -> None:
        assert links.slot is not None
        assert links.until is not None
        off, slot, until = links.off, links.slot, links.until
        begins = np.flatnonzero(np.diff(links.subject, prepend=-1))
        reached = _reached(links.subject.take(begins).astype(np.int64), off, slot, until)
        origin = reached >> 32
        reached &= 0xFFFFFFFF
        ends = np.cumsum(np.bincount(origin))
        # A unit goes on if its last row never ends.
        last = lives.off.take(reached + 1) - 1
        live = last >= lives.off.take(reached)
        live &= lives.end.take(last, mode="clip") == FOREVER
        # For each unit the successors that have ended come first, so that its answer is one slice at the end.
        order = np.argsort(origin << 1 | live, kind="stable")
        self._found: Any = reached.take(order).astype(np.int32).data
        # Indexed by a unit's first link: its successors begin there and end where those of the next unit begin. So no
        # table as long as the number of units is needed.
        self._links: Any = off.data
        self._first: Any = _at(begins, np.append(0, ends), len(links))
        self._live: Any = _at(begins, np.append(0, ends[:-1]) + np.bincount(origin, ~live).astype(np.int64), len(links))

    def of(self, unit: int, links: Any, lives: Any) -> list[int] | None:
        """The final successors of a unit, the nearest first; the unit itself if it goes on.

        None if the table cannot tell: the unit has no links in the columns, or the overlays ``links`` or ``lives`` hold
        rows of a unit that was reached.
        """
        off = self._links
        if unit + 1 >= len(off):
            return None
        a, b = off[unit], off[unit + 1]
        if a == b:
            return None
        first, last = self._first[a], self._first[b]
        if links is not None or lives is not None:
            for heir in self._found[first:last]:
                if (links is not None and heir in links) or (lives is not None and heir in lives):
                    return None
        result: list[int] = self._found[self._live[a] : last].tolist()
        return result


def _at(places: Longs, values: Longs, count: int) -> Any:
    """A table with ``values`` at some places; a value more than there are places goes behind its end."""
    table = np.zeros(count + 1, np.int32)
    table[np.append(places, count)[: len(values)]] = values
    return table.data


def _reached(starts: Longs, off: Ints, slot: Ints, until: Ints) -> Longs:
    """Pairs (index of the start, unit reached) packed as ``index << 32 | unit``, by index, then as they were reached."""
    # A breadth-first search from all units at once. A link counts only if its event comes after the one by which its old
    # unit was reached. So the earliest such event is kept for each pair, and a pair for which a later step finds an
    # earlier event is followed again.
    node = starts
    origin, seq = np.arange(len(node)), np.full(len(node), -1, np.int64)
    keys = packed(origin, node)
    earliest = seq.copy()
    steps = [keys]
    while len(node):
        width = off.take(node + 1) - off.take(node)
        rows = spans(off, node)
        target, by = slot.take(rows).astype(np.int64), until.take(rows).astype(np.int64)
        on = np.flatnonzero((by >= seq.repeat(width)) & (target != node.repeat(width)))
        key, by = packed(origin.repeat(width), target).take(on), by.take(on)
        order = np.argsort(key, kind="stable")
        begins = np.flatnonzero(np.diff(key.take(order), prepend=-1))
        if not len(begins):
            break
        # Reached in several ways in one step: keeps the place of the first and the earliest event.
        first, seq = order.take(begins), np.minimum.reduceat(by.take(order), begins)
        key = key.take(first)
        at = np.searchsorted(keys, key)
        new = keys.take(at, mode="clip") != key
        again = np.flatnonzero(~new & (seq < earliest.take(at, mode="clip")))
        earliest[at.take(again)] = seq.take(again)
        fresh = np.flatnonzero(new)
        steps.append(key.take(fresh.take(np.argsort(first.take(fresh)))))
        earliest = np.insert(earliest, at.take(fresh), seq.take(fresh))
        keys = np.insert(keys, at.take(fresh), key.take(fresh))
        following = np.concatenate([fresh, again])
        following = following.take(np.argsort(first.take(following)))
        seq, key = seq.take(following), key.take(following)
        origin, node = key >> 32, key & 0xFFFFFFFF
    result = np.concatenate(steps)
    return result.take(np.argsort(result >> 32, kind="stable"))
