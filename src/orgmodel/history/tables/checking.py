"""What must hold on every day, checked over all rows of a track at once."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np

from orgmodel.engine.bulk import peel, value_at
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints
from orgmodel.errors import Finding
from orgmodel.history.tables.reading import Reader
from orgmodel.model import track as tracks
from orgmodel.period import FOREVER, from_ordinal

EARLIEST: Final = dt.date.min
MANY: Final = 1_000
"""More kinds than any organisation has: what is meant for few is then not tried."""


def value_in(columns: Columns, subject: Ints, day: Ints) -> Ints:
    """The code that each (subject, day) has in a track of one slot."""
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
    above = np.maximum(parent, 0)
    dead = end > run.life_end.take(above)
    dead &= start < end
    dead |= start < run.life_start.take(above)
    dead &= parent >= 0
    bad = rows.take(np.flatnonzero(dead)).tolist()
    run.faults.rows("live-parent", table, bad, "the parent does not live through the whole row")


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
    kinds = lasting_kinds(run)
    if kinds is not None:
        has = _where_kinds_circle(has, kinds.take(subject.take(has)), kinds.take(parent.take(has)))
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


def rows_of_no_day(run: Reader, table: str, track: str, rows: Any) -> None:
    """A unit that begins or moves on the day on which it ends stands under one that is there, and not under itself."""
    c = run.columns[track]

    def above(unit: int, day: int) -> int:
        """Who a unit stands under when all has moved and nobody has ended."""
        at = int(c.off[unit + 1]) - 1
        while at >= c.off[unit] and c.start[at] > day:
            at -= 1
        return int(c.value[at]) if at >= c.off[unit] and c.end[at] >= day else NOBODY

    for row in np.flatnonzero((c.start == c.end) & (c.value >= 0)).tolist():
        unit, day, at = int(c.subject[row]), int(c.start[row]), int(c.value[row])
        if not run.life_start[at] <= day <= run.life_end[at]:
            told = "the parent does not live on the day"
            run.faults.rows("live-parent", table, [int(rows[row])], told)
            continue
        seen: set[int] = set()
        while at >= 0 and at != unit and at not in seen:
            seen.add(at)
            at = above(at, day)
        if at == unit:
            run.faults.rows("no-cycle", table, [int(rows[row])], "the unit would stand above itself")


def places(run: Reader, table: str, subject: Ints, start: Ints, end: Ints, parent: Ints, rows: Any) -> None:
    """Whether each row lies in the period of a placement of its two kinds."""
    if not run.schema.placements:
        return
    kinds = run.columns.get(tracks.KIND)
    if kinds is None:
        run.faults.found.append(Finding("kind", "the schema has placements but the units have no kind"))
        return
    live = np.flatnonzero(start < end)
    if len(live) < len(start):
        subject, start, end, parent, rows = (a.take(live) for a in (subject, start, end, parent, rows))
    has = parent >= 0
    above, lasting = np.maximum(parent, 0), lasting_kinds(run)
    below, over = (value_in(kinds, unit, start) if lasting is None else lasting.take(unit) for unit in (subject, above))
    # Each kind of the schema has a place, behind them stand any other kind, and none.
    known = list(dict.fromkeys(kind for p in run.schema.placements for kind in (p.child, p.parent) if kind is not None))
    other, none, wide = len(known), len(known) + 1, len(known) + 2
    place_of = {kind: place for place, kind in enumerate(known)}
    names = [*kinds.values.objects, None, None]
    place = np.array([none if kind is None else place_of.get(kind, other) for kind in names], np.intp)
    pair = place.take(below, mode="wrap") * wide + np.where(has, place.take(over, mode="wrap"), none)
    allowed = np.zeros(len(pair), bool)
    periods = run.schema._periods
    for turn in range(max(map(len, periods.values()))):
        low, high = np.full(wide * wide, FOREVER, np.int32), np.full(wide * wide, -1, np.int32)
        for (child, top), spans in periods.items():
            if turn < len(spans):
                at = place_of[child] * wide + (none if top is None else place_of[top])
                first, last = spans[turn].start, spans[turn].end
                low[at] = -1 if first is None else first.toordinal()
                high[at] = FOREVER if last is None else last.toordinal()
        allowed |= (start >= low.take(pair)) & (end <= high.take(pair))
    for row in np.flatnonzero(~allowed).tolist():
        upper = names[over[row]] if has[row] else None
        what = f"a {names[below[row]]} may not stand under a {upper} on all those days"
        run.faults.rows("schema", table, [int(rows[row])], what)


def lasting_kinds(run: Reader) -> Ints | None:
    """The code of each unit's kind, if all have one for their whole lives; then no day need be looked at."""
    kinds = run.columns.get(tracks.KIND)
    if kinds is None or len(kinds) != run.count:
        return None
    whole = bool((kinds.start == run.life_start).all() and (kinds.end == run.life_end).all())
    return kinds.value.astype(np.int32, copy=False) if whole else None


def _where_kinds_circle(rows: Any, below: Ints, above: Ints) -> Any:
    """The rows that can be part of a circle: those of kinds that stand, by way of others, under themselves."""
    wide = int(max(below.max(initial=0), above.max(initial=0))) + 1
    if wide > MANY:
        return rows
    pair = below.astype(np.intp) * wide + above
    left = {(int(key) // wide, int(key) % wide) for key in np.flatnonzero(np.bincount(pair))}
    while True:
        lower = {child for child, _ in left}
        kept = {(child, top) for child, top in left if top in lower}
        if len(kept) == len(left):
            break
        left = kept
    if not left:
        return rows[:0]
    circling = np.zeros(wide * wide, bool)
    circling[[child * wide + top for child, top in left]] = True
    return rows.compress(circling.take(pair))


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
