"""What a history knows of its acts, with entries that were recorded since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from orgmodel.history.log import Entry, Record, answers_after, cancelled_in, extend


def is_late(entry: Entry, last: dt.date | None) -> bool:
    """Whether an entry says something of the past: it amends an act, or its act takes its place before others.

    Args:
        entry: the entry.
        last: the last effective day so far.
    """
    act = entry.act
    if entry.amends is not None or act is None:
        return True
    return last is not None and (act.effective < last or (act.effective == last and bool(act.before or act.after)))


def extended(record: Record, entries: Sequence[Entry]) -> tuple[Record, dt.date | None]:
    """A record with more entries, and the first day about which they say otherwise than was known."""
    order = record.order
    first: dt.date | None = None
    last = record.last
    for entry in entries:
        name = entry.amends or (entry.act.id if entry.act is not None else "")
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
    return Record(extend(record.log, entries), order, last, cancelled, answered), first
