"""What must hold on every day, checked over all rows of a track at once."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.bulk import peel, value_at
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints
from orgmodel.errors import Finding
from orgmodel.history.tables.reading import Reader
from orgmodel.model import track as tracks
from orgmodel.period import FOREVER, from_ordinal

EARLIEST: Final = dt.date.min


def value_in(columns: Columns, subject: Ints, day: Ints) -> Ints:
    """The code that each (subject, day) has in a track of one slot."""
    rows = np.diff(columns.off)
    if len(columns) and int(rows.max()) == 1:
        # Most kinds never change: then there is no row to search for.
        at = np.minimum(columns.off.take(subject), len(columns) - 1)
        held = (rows.take(subject) == 1) & (columns.start.take(at) <= day) & (day < columns.end.take(at))
        return np.where(held, columns.value.take(at), NOBODY).astype(np.int32)
    return value_at(columns.subject, columns.start, columns.end, columns.value.astype(np.int32), subject, day)


def whole_life(run: Reader, table: str, subject: Ints, start: Ints, end: Ints, rows: Any) -> None:
    """Every unit has a parent on each of its days."""
    first = np.ones(len(subject), bool)
    first[1:] = subject[1:] != subject[:-1]
    late = np.flatnonzero(first & (start > run.life_start.take(subject)))
    run.faults.rows("live-parent", table, rows.take(late).tolist(), "the unit has no parent when it starts")
    gap = np.zeros(len(subject), bool)
    gap[:-1] = ~first[1:] & (end[:-1] < start[1:])
    last = np.ones(len(subject), bool)
    last[:-1] = first[1:]
    gap |= last & (end < run.life_end.take(subject))
    holes = np.flatnonzero(gap).tolist()
    run.faults.rows("live-parent", table, rows.take(holes).tolist(), "the unit has no parent from the row's end on")
    placed = np.zeros(run.count, bool)
    placed[subject] = True
    bare = np.flatnonzero(~placed)
    run.faults.rows("placed", "units", run.row_of.take(bare).tolist(), "the unit stands in no hierarchy")


def live_parents(run: Reader, table: str, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
    """Every parent lives as long as the row that names it."""
    has = np.flatnonzero(parent >= 0)
    above = parent.take(has)
    s, e = start.take(has), end.take(has)
    dead = np.flatnonzero((s < run.life_start.take(above)) | (e > run.life_end.take(above)) & (s < e))
    run.faults.rows(
        "live-parent", table, rows.take(has.take(dead)).tolist(), "the parent does not live through the whole row"
    )


def one_root(run: Reader, table: str, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
    """No two roots on one day."""
    roots = np.flatnonzero((parent == ABOVE_ROOT) & (start < end))
    order = roots.take(np.argsort(start.take(roots), kind="stable"))
    s, e = start.take(order), end.take(order)
    double = np.flatnonzero(s[1:] < np.maximum.accumulate(e)[:-1]) + 1
    run.faults.rows("one-root", table, rows.take(order.take(double)).tolist(), "a second root on the same days")
    if not len(order):
        run.faults.found.append(Finding("one-root", f"table {table!r} has no root: one parent must be empty"))


def no_cycle(run: Reader, table: str, subject: Ints, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
    """No unit stands above itself on any day.

    First over all days at once, which is fast and clears nearly all; then day by day for
    the rest, climbing from all their rows together (Brent's cycle finding stops those that run
    into a circle above them: the circle's own rows report it).
    """
    has = np.flatnonzero((parent >= 0) & (start < end))
    suspects = peel(subject.take(has), parent.take(has), run.count)
    if not suspects.any():
        return
    looked = has.compress(suspects.take(subject.take(has)))
    first, day = subject.take(looked), start.take(looked)
    at = parent.take(looked)
    circle = at == first
    anchor, steps = at.copy(), 0
    while len(go := np.flatnonzero((at >= 0) & ~circle)):
        step = np.full(len(at), NOBODY, np.int32)
        step[go] = value_at(subject, start, end, parent, at.take(go), day.take(go))
        circle |= step == first
        at = np.where(step == anchor, NOBODY, step)
        steps += 1
        if steps & (steps - 1) == 0:
            anchor = at.copy()
    run.faults.rows("no-cycle", table, rows.take(looked.compress(circle)).tolist(), "the unit would stand above itself")


def places(run: Reader, table: str, subject: Ints, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
    """Whether each row lies in the period of a placement of its two kinds."""
    if not run.schema.placements:
        return
    kinds = run.columns.get(tracks.KIND)
    if kinds is None:
        run.faults.found.append(Finding("kind", "the schema has placements but the units have no kind"))
        return
    live = np.flatnonzero(start < end)
    s, e = start.take(live), end.take(live)
    below = value_in(kinds, subject.take(live), s)
    above = parent.take(live)
    over = np.where(above >= 0, value_in(kinds, np.maximum(above, 0), s), -1)
    pair = (below.astype(np.int64) + 2) << 32 | (over + 2)
    # Within one run of one pair of kinds the periods are the same.
    for key in _distinct(pair):
        child = kinds.values.objects[(key >> 32) - 2] if (key >> 32) >= 2 else None
        code = (key & 0xFFFFFFFF) - 2
        top = kinds.values.objects[code] if code >= 0 else None
        mine = np.flatnonzero(pair == key)
        allowed = np.zeros(len(mine), bool)
        for p in run.schema._periods.get((child or "", top), ()):
            low = -1 if p.start is None else p.start.toordinal()
            high = FOREVER if p.end is None else p.end.toordinal()
            allowed |= (s.take(mine) >= low) & (e.take(mine) <= high)
        bad = live.take(mine.compress(~allowed)).tolist()
        run.faults.rows(
            "schema", table, rows.take(bad).tolist(), f"a {child} may not stand under a {top} on all those days"
        )


def places_after_changes(run: Reader, table: str, parents: tuple[Ints, Ints, Ints, Ints], rows: Any) -> None:
    """The same on the days on which a unit becomes of another kind, for it and its children."""
    kinds = run.columns.get(tracks.KIND)
    if kinds is None or not run.schema.placements:
        return
    later = np.flatnonzero(kinds.start > run.life_start.take(kinds.subject))
    subject, start, end, parent = parents
    for row in later.tolist():
        unit, day = int(kinds.subject[row]), int(kinds.start[row])
        held = (start <= day) & (day < end)
        for at in np.flatnonzero(held & ((subject == unit) | (parent == unit))).tolist():
            pair = value_in(kinds, np.array([subject[at], max(parent[at], 0)], np.int32), np.full(2, day, np.int32))
            child = kinds.values.objects[pair[0]] if pair[0] >= 0 else None
            top = kinds.values.objects[pair[1]] if pair[1] >= 0 and parent[at] >= 0 else None
            if not run.schema.allows(child, top, from_ordinal(day) or EARLIEST):
                run.faults.rows(
                    "schema",
                    table,
                    [int(rows[at])],
                    f"a {child} may not stand under a {top} from {from_ordinal(day)} on",
                )


def unique_codes(run: Reader) -> None:
    """No two units of one kind bear one code on one day."""
    codes, kinds = run.columns.get(tracks.CODE), run.columns.get(tracks.KIND)
    if codes is None or not run.schema.unique_codes:
        return
    kind = np.full(len(codes), -1, np.int64)
    if kinds is not None:
        kind = value_in(kinds, codes.subject, codes.start).astype(np.int64)
    # Sorted by (kind, code), then by start: neighbours that overlap are the only suspects.
    key = ((kind + 2) * (len(codes.values.objects) + 1) + codes.value) << 32 | codes.start
    order = np.argsort(key, kind="stable")
    order = order.compress((codes.start < codes.end).take(order))
    same = (key.take(order)[1:] >> 32) == (key.take(order)[:-1] >> 32)
    clash = np.flatnonzero(same & (codes.start.take(order)[1:] < codes.end.take(order)[:-1]))
    for at in clash.tolist():
        a, b = int(order[at]), int(order[at + 1])
        code = codes.values.objects[int(codes.value[a])]
        units = run.index.name(int(codes.subject[a])), run.index.name(int(codes.subject[b]))
        if units[0] != units[1]:
            run.faults.found.append(
                Finding("unique-code", f"the code {code!r} is borne by two units on the same days", units)
            )


def _distinct(keys: npt.NDArray[np.int64]) -> list[int]:
    """The different values, of which there are few, without sorting them all."""
    found: list[int] = []
    left = keys
    while len(left):
        first = int(left[0])
        found.append(first)
        left = left.compress(left != first)
    return found
