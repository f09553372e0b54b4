"""Tables of links to rows of the ``link`` track, each event with its type."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import numpy as np

from orgmodel.acts.events import Extent, Linked
from orgmodel.engine.bulk import by_subject, components
from orgmodel.engine.columns import Columns, Ints, Longs, Table
from orgmodel.history.tables.reading import Faults, Frame, Reader, column_of, days_of, has
from orgmodel.model import track as tracks
from orgmodel.period import FOREVER

TYPES: Final[tuple[str, ...]] = (
    "merger",
    "takeover",
    "breakdown",
    "split-off",
    "transfer",
    "reorganisation",
    "replacement",
    "re-establishment",
)


def read_links(run: Reader, frame: Frame) -> tuple[Any, ...] | None:
    """(old, new, day, what, values, seq, rows), with faults told."""
    faults = run.faults
    raw = {name: column_of(frame, name, "links", faults) for name in ("old", "new", "day")}
    given = {name: column for name, column in raw.items() if column is not None}
    if len(given) < len(raw):
        return None
    old, new = (run.refer(given[name], "links", name) for name in ("old", "new"))
    day = days_of(given["day"], "links", "day", faults, end=False)
    rows = np.flatnonzero((old >= 0) & (new >= 0) & (day < FOREVER))
    old, new, day = old.take(rows), new.take(rows), day.take(rows)
    again = _flags(frame, "reestablishes", faults, rows)
    given_event = column_of(frame, "event", "links", faults) if has(frame, "event") else None
    if given_event is not None:
        label = _event_numbers(given_event, faults).take(rows)
    else:
        # A unit of one day is one node as an old and another as a new one.
        label = components(old.astype(np.int64) << 32 | day, new.astype(np.int64) << 32 | day) if len(rows) else day
        # A re-establishment is an event by itself.
        label = np.where(again, len(rows) + np.arange(len(rows)), label)
    order = np.lexsort((label, day))
    columns: list[Any] = [old, new, day, label, rows, again]
    old, new, day, label, rows, again = (column.take(order) for column in columns)
    step = np.ones(len(rows), np.int32)
    step[1:] = (label[1:] != label[:-1]) | (day[1:] != day[:-1])
    event = np.cumsum(step).astype(np.int32)
    values = Table()
    what = _what(run, frame, old, new, day, event, rows, again, values)
    return old, new, day, what, values, event, rows


def _event_numbers(given: Any, faults: Faults) -> Any:
    """The given numbers of events, with faults told."""
    if given.dtype.kind in "iu":
        return given
    numbers = np.zeros(len(given), np.int64)
    for row, number in enumerate(given.tolist()):
        if isinstance(number, int):
            numbers[row] = number
        else:
            faults.rows("links", "links", [row], f"event: {number!r} is not a whole number")
    return numbers


def _what(
    run: Reader, frame: Frame, old: Ints, new: Ints, day: Ints, event: Ints, rows: Any, again: Any, values: Table
) -> Ints:
    """Codes of what each link says: extent, dominance and the type of its event."""
    n = len(old)
    if not n:
        return np.zeros(0, np.int32)
    count = int(event.max()) + 1
    sources = np.unique(event.astype(np.int64) << 32 | old, return_inverse=True, return_counts=True)
    olds = np.bincount(sources[0] >> 32, minlength=count)
    news = _different(event, new, count)
    kept = np.bincount(event.compress(old == new), minlength=count)
    all_stay = (olds == news) & (olds == kept)
    kind = np.full(count, TYPES.index("reorganisation"))
    kind[(news == 1) & (olds > 1)] = TYPES.index("merger")
    kind[(news == 1) & (olds > 1) & (kept > 0)] = TYPES.index("takeover")
    kind[(olds == 1) & (news > 1)] = TYPES.index("breakdown")
    kind[(olds == 1) & (news > 1) & (kept > 0)] = TYPES.index("split-off")
    kind[(olds == 1) & (news == 1) & ~all_stay] = TYPES.index("replacement")
    moved = np.flatnonzero(old != new)
    one = np.zeros(count, bool)
    for side in (old, new):
        one |= _different(event.take(moved), side.take(moved), count) == 1
    kind[all_stay] = TYPES.index("reorganisation")
    kind[all_stay & one] = TYPES.index("transfer")
    kind[event.compress(again)] = TYPES.index("re-establishment")
    targets = np.unique(old.astype(np.int64) << 32 | day, return_inverse=True, return_counts=True)
    whole = targets[2].take(targets[1]) == 1
    if has(frame, "extent"):
        given = column_of(frame, "extent", "links", run.faults)
        assert given is not None
        extents = given.take(rows)
        whole = extents == "whole"
        bad = np.flatnonzero(~whole & (extents != "part"))
        run.faults.rows("extent", "links", rows.take(bad).tolist(), "the extent is whole or part")
    dominant = _flags(frame, "dominant", run.faults, rows)
    reasons, by = Table([""]), np.zeros(n, np.int32)
    if has(frame, "dominant_by"):
        column = column_of(frame, "dominant_by", "links", run.faults)
        assert column is not None
        by = np.array([reasons.code(b or "") for b in column.take(rows).tolist()], np.int32)
    divided, shares = _shares(run, frame, rows)
    said = (((shares * len(reasons.objects) + by) * len(TYPES) + kind.take(event)) * 2 + dominant) * 2 + whole
    keys, codes = np.unique(said, return_inverse=True)
    for key in keys.tolist():
        rest, type_ = divmod(key >> 2, len(TYPES))
        share, reason = divmod(rest, len(reasons.objects))
        extent: Extent = "whole" if key & 1 else "part"
        values.code(Linked(extent, divided.objects[share], bool(key & 2), reasons.objects[reason], TYPES[type_]))
    return codes.astype(np.int32)


def _flags(frame: Frame, name: str, faults: Faults, rows: Any) -> Any:
    """A column of yes and no at some rows; no where there is none."""
    column = column_of(frame, name, "links", faults) if has(frame, name) else None
    return np.zeros(len(rows), bool) if column is None else np.fromiter(map(bool, column.take(rows)), bool, len(rows))


def _shares(run: Reader, frame: Frame, rows: Any) -> tuple[Table, Longs]:
    """The shares that links state, as objects and codes, with faults told."""
    known, codes = Table([()]), np.zeros(len(rows), np.int64)
    column = column_of(frame, "shares", "links", run.faults) if has(frame, "shares") else None
    for place, given in enumerate([] if column is None else column.take(rows).tolist()):
        if not given:
            continue
        try:
            shares = tuple(sorted((str(measure), Fraction(share)) for measure, share in given.items()))
        except (AttributeError, TypeError, ValueError, ZeroDivisionError):
            told = f"shares: {given!r} does not say measure -> fraction"
            run.faults.rows("shares", "links", [int(rows[place])], told)
            continue
        codes[place] = known.code(shares)
    return known, codes


def _different(event: Ints, unit: Ints, count: int) -> Longs:
    """How many different units each of so many events has."""
    keys = np.sort(event.astype(np.int64) << 32 | unit)
    return np.bincount(keys.take(np.flatnonzero(np.diff(keys, prepend=-1))) >> 32, minlength=count)


def link_columns(run: Reader, linked: tuple[Any, ...], act_on: Callable[[Ints], Ints]) -> Columns:
    """The columns of the ``link`` track."""
    old, new, day, what, values, event, _ = linked
    order = by_subject(old, event)
    if order is not None:
        old, new, day, what, event = (a.take(order) for a in (old, new, day, what, event))
    off = np.zeros(run.count + 1, np.int32)
    np.cumsum(np.bincount(old, minlength=run.count), out=off[1:])
    far = np.full(len(old), FOREVER, np.int32)
    return Columns(
        tracks.LINK, old, day, far, what, act_on(day), off, values=values, slot=new, slots=Table(), until=event
    )
