"""The record of a history extended by entries that were recorded since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from orgmodel.history.log import ActRecord, Entry, answers_after, cancelled_in, extend, is_late

__all__ = [
    "extended",
]


def extended(record: ActRecord, entries: Sequence[Entry]) -> tuple[ActRecord, dt.date | None]:
    """A record with more entries, and the first day about which they say otherwise than was known."""
    order = record.order
    first: dt.date | None = None
    last = record.last
    for entry in entries:
        name = entry.about
        before = order.get(name)
        days = [act.effective for act in (before, entry.act) if act is not None]
        if entry.remade or is_late(entry, last):
            first = min(days) if first is None else min(first, *days)
        order, _ = order.after([(name, entry.act)], entry.number - 1)
        order = order.with_outcomes(entry.remade)
        last = max(days) if last is None else max(last, *days)
    last = dt.date.fromordinal(order.ordinals[-1]) if order.ordinals else None
    answered = answers_after([*record.answering, *entries])
    cancelled = record.cancelled | cancelled_in(entries)
    return ActRecord(extend(record.log, entries), order, last, cancelled, answered), first
