"""Tables of links to rows of the ``link`` track, each event with its type.

Tables seldom say which links are one event, in which order the events of a day happened, or what type they are. All three are
worked out here: connected links are one event, an event that needs a unit comes before the one that ends it, and the type
follows from how many units stand on each side.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from orgmodel.acts.events import Extent, Link, Linked, with_settled_shares
from orgmodel.engine.bulk import by_subject, components
from orgmodel.engine.columns import NOBODY, Columns, Ints, Longs, Table, distinct, packed
from orgmodel.engine.written import Few, Flags
from orgmodel.errors import Finding, Refused, TableWarning
from orgmodel.history.tables.door import Faults
from orgmodel.history.tables.late import step_of
from orgmodel.history.tables.order import DayStep, causal
from orgmodel.history.tables.reading import Frame, TableReader, column_of, days_of, fits, maybe_column
from orgmodel.model import track as tracks
from orgmodel.period import FOREVER, from_ordinal

__all__ = [
    "LINKS",
    "TYPES",
    "LinkRows",
    "in_causal_order",
    "link_columns",
    "read_links",
]

LINKS: Final = (
    "old", "new", "day", "event", "extent", "shares", "dominant", "dominant_by", "evidence", "reestablishes",
)  # fmt: skip
"""The columns of the table of links."""

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


class LinkRows(NamedTuple):
    """The rows of a table of links as columns, sorted by day and event.

    Attributes:
        old: numbers of old units.
        new: numbers of new units.
        day: days, as ordinals.
        value: codes into ``values``.
        values: the values of links: extent, shares, dominance and type.
        event: numbers of events, growing with the days.
        rows: where each row stands in the table.
    """

    old: Ints
    new: Ints
    day: Ints
    value: Ints
    values: Table
    event: Ints
    rows: Any


def read_links(run: TableReader, frame: Frame) -> LinkRows | None:
    """The rows of the table of links; None if a column is missing, and faults are noted."""
    faults = run.faults
    if not fits(frame, "links", LINKS, faults):
        return None
    raw = {name: column_of(frame, name, "links", faults) for name in ("old", "new", "day")}
    columns_read = {name: column for name, column in raw.items() if column is not None}
    if len(columns_read) < len(raw):
        return None
    day = days_of(columns_read["day"], "links", "day", faults, end=False)
    old, new = (run.refer(columns_read[name], "links", name, day) for name in ("old", "new"))
    rows = np.flatnonzero((old >= 0) & (new >= 0) & (day < FOREVER))
    old, new, day = old.take(rows), new.take(rows), day.take(rows)
    again = _flags(frame, "reestablishes", faults, rows)
    given_event = maybe_column(frame, "event", "links", faults)
    if given_event is not None:
        label = _event_numbers(given_event, faults).take(rows)
    else:
        # Events without numbers are connected components: the unit and its day are packed into one 64-bit key, so that
        # the search runs over one array. A unit is one node as an old one of a day, another as a new one.
        label = components(packed(old, day), packed(new, day)) if len(rows) else day
        # A re-establishment is an event by itself.
        label = np.where(again, len(rows) + np.arange(len(rows)), label)
    # Sorted by day and event, so that each event is a run of rows and can be numbered by a running sum.
    order = np.lexsort((label, day))
    columns: list[Any] = [old, new, day, label, rows, again]
    old, new, day, label, rows, again = (column.take(order) for column in columns)
    step = np.ones(len(rows), np.int32)
    step[1:] = (label[1:] != label[:-1]) | (day[1:] != day[:-1])
    event = np.cumsum(step).astype(np.int32)
    values = Table()
    _contradicted(run, old, new, day, rows, again)
    value = _values(run, frame, old, new, day, event, rows, again, values)
    return LinkRows(old, new, day, value, values, event, rows)


def _event_numbers(column: Any, faults: Faults) -> Any:
    """The numbers of events in a column; faults are noted."""
    if column.dtype.kind in "iu":
        return column
    numbers = np.zeros(len(column), np.int64)
    for row, number in enumerate(column.tolist()):
        if isinstance(number, int):
            numbers[row] = number
        else:
            faults.rows("links", "links", [row], f"event: {number!r} is not a whole number")
    return numbers


def _types(old: Ints, new: Ints, event: Ints, again: Any) -> Longs:
    """The type of each event, as its place in :data:`TYPES`."""
    count = int(event.max()) + 1
    # How many old and new units an event has, counted over distinct (event, unit) pairs packed into one key: sorting
    # one array of integers is several times faster than sorting rows of two.
    olds, news = _different(event, old, count), _different(event, new, count)
    # Links of a unit to itself: the units that go on.
    self_links = np.bincount(event.compress(old == new), minlength=count)
    all_stay = (olds == news) & (olds == self_links)
    kind = np.full(count, TYPES.index("reorganisation"))
    kind[(news == 1) & (olds > 1)] = TYPES.index("merger")
    kind[(news == 1) & (olds > 1) & (self_links > 0)] = TYPES.index("takeover")
    kind[(olds == 1) & (news > 1)] = TYPES.index("breakdown")
    kind[(olds == 1) & (news > 1) & (self_links > 0)] = TYPES.index("split-off")
    kind[(olds == 1) & (news == 1) & ~all_stay] = TYPES.index("replacement")
    moved = np.flatnonzero(old != new)
    one_side = np.zeros(count, bool)
    for side in (old, new):
        one_side |= _different(event.take(moved), side.take(moved), count) == 1
    kind[all_stay] = TYPES.index("reorganisation")
    kind[all_stay & one_side] = TYPES.index("transfer")
    kind[event.compress(again)] = TYPES.index("re-establishment")
    return kind


def _values(
    run: TableReader, frame: Frame, old: Ints, new: Ints, day: Ints, event: Ints, rows: Any, again: Any, values: Table
) -> Ints:
    """Codes of the values of links: extent, shares, dominance, evidence and the type of the event."""
    if not len(old):
        return np.zeros(0, np.int32)
    kind = _types(old, new, event, again)
    stated = maybe_column(frame, "extent", "links", run.faults)
    if stated is None:
        # Without a stated extent, a unit with one successor on the day went there whole.
        on_day = packed(day, old)
        is_whole = ~Few(_repeated(on_day)).among(on_day)
    else:
        extents = stated.take(rows)
        is_whole = extents == "whole"
        bad = np.flatnonzero(~is_whole & (extents != "part"))
        run.faults.rows("extent", "links", rows.take(bad).tolist(), "the extent is whole or part")
    dominant = _flags(frame, "dominant", run.faults, rows)
    reasons, by = _texts(run, frame, "dominant_by", rows)
    evidence, evidence_codes = _texts(run, frame, "evidence", rows)
    _check_ends(run, old, new, day, event, rows, again)
    divided, shares = _shares(run, frame, old, new, is_whole, event, rows)
    # The whole value of a link is packed into one number, in mixed radix: a million links have a few dozen different
    # values, and only these become objects.
    mixed = (shares * len(evidence.objects) + evidence_codes) * len(reasons.objects) + by
    mixed = ((mixed * len(TYPES) + kind.take(event)) * 2 + dominant) * 2 + is_whole
    keys = distinct(mixed)
    for key in keys.tolist():
        digits, type_ = divmod(key >> 2, len(TYPES))
        digits, reason = divmod(digits, len(reasons.objects))
        share, evidence_code = divmod(digits, len(evidence.objects))
        extent: Extent = "whole" if key & 1 else "part"
        values.code(
            Linked(
                extent,
                divided.objects[share],
                bool(key & 2),
                reasons.objects[reason],
                TYPES[type_],
                evidence.objects[evidence_code],
            )
        )
    codes: Ints = np.searchsorted(keys, mixed).astype(np.int32)
    return codes


def _contradicted(run: TableReader, old: Ints, new: Ints, day: Ints, rows: Any, again: Any) -> None:
    """Note the links into a unit that is first known on the day, or out of one that is last known on it."""
    first = "a link says out of what it comes, so it is not only first known on that day"
    last = "a link says what it became, so its successor is on record"
    for column, unit, on, why in (
        ("first_known", new, run.life_start, first),
        ("last_known", old, run.life_end, last),
    ):
        flagged = np.isin(unit, getattr(run, column)) & (day == on.take(unit)) & ~again
        for at in np.flatnonzero(flagged).tolist():
            name, when = run.index.name(int(unit[at])), dt.date.fromordinal(int(day[at]))
            message = f"table 'links': {name!r}: {why}; leave out the one or the other"
            run.faults.listed.append(Finding(column, message, (name,), when, row=int(rows[at]) + 1))


def _check_ends(run: TableReader, old: Ints, new: Ints, day: Ints, event: Ints, rows: Any, again: Any) -> None:
    """Note the units that pass on without a link to themselves, which ends them, on another day than their row ends."""
    ends = ~_goes_on(old, new, event)
    odd = np.flatnonzero(~again & ends & (day != run.life_end.take(old)))
    for at in odd.tolist():
        name = run.index.name(int(old[at]))
        message = (
            f"table 'links': {name!r} passes on without a link to itself, which ends it, and its row says that it goes "
            "on; give it an end, or a link to itself"
        )
        on = dt.date.fromordinal(int(day[at]))
        run.faults.listed.append(Finding("life", message, (name,), on, row=int(rows[at]) + 1))


def _goes_on(old: Ints, new: Ints, event: Ints) -> Flags:
    """For each link, whether its old unit has a link to itself in the event."""
    division = packed(event, old)
    return Few(division.compress(old == new)).among(division)


def _repeated(numbers: Longs) -> Longs:
    """The numbers that are there more than once, sorted; each several times, perhaps."""
    in_order = np.sort(numbers)
    return in_order[1:].compress(in_order[1:] == in_order[:-1])


def _texts(run: TableReader, frame: Frame, name: str, rows: Any) -> tuple[Table, Ints]:
    """A column of texts at some rows, as texts and codes; empty where there is none."""
    texts, codes = Table([""]), np.zeros(len(rows), np.int32)
    column = maybe_column(frame, name, "links", run.faults)
    if column is not None:
        codes = np.array([texts.code(text or "") for text in column.take(rows).tolist()], np.int32)
    return texts, codes


def _flags(frame: Frame, name: str, faults: Faults, rows: Any) -> Any:
    """A column of truth values at some rows; all false if the table has none."""
    column = maybe_column(frame, name, "links", faults)
    return np.zeros(len(rows), bool) if column is None else np.fromiter(map(bool, column.take(rows)), bool, len(rows))


def _shares(
    run: TableReader, frame: Frame, old: Ints, new: Ints, is_whole: Any, event: Ints, rows: Any
) -> tuple[Table, Longs]:
    """The shares that links state, as objects and codes; faults are noted."""
    known, codes = Table([()]), np.zeros(len(rows), np.int64)
    column = maybe_column(frame, "shares", "links", run.faults)
    with_shares: dict[int, Link] = {}
    for place, cell in enumerate([] if column is None else column.take(rows).tolist()):
        if not cell:
            continue
        link = run.index.name(int(old[place])), run.index.name(int(new[place]))
        try:
            with_shares[place] = Link(*link, "whole" if is_whole[place] else "part", cell)
        except (AttributeError, TypeError, ValueError) as error:
            message = error.findings[0].message if isinstance(error, Refused) else f"{cell!r} is no table of shares"
            named = f"shares of {link[0]!r} -> {link[1]!r}: {message}"
            run.faults.rows("shares", "links", [int(rows[place])], named)
    if run.tolerance and with_shares:
        _settle(run, with_shares, packed(event, old), rows)
    for place, link_with_shares in with_shares.items():
        codes[place] = known.code(link_with_shares.shares)
    return known, codes


def _settle(run: TableReader, with_shares: dict[int, Link], divisions: Longs, rows: Any) -> None:
    """Let shares that miss 1 by what their source rounded away add up; faults and notes name the row.

    Args:
        run: the reader of the tables.
        with_shares: place -> link, changed in place.
        divisions: for each link the event and the old unit as one number.
        rows: for each link its row in the table.
    """
    places_of: dict[int, list[int]] = {}
    for place in with_shares:
        places_of.setdefault(int(divisions[place]), []).append(place)
    counts = dict(zip(*(array.tolist() for array in np.unique(divisions, return_counts=True)), strict=True))
    for division, places in places_of.items():
        # Where a link has no share, it gets the rest.
        if len(places) < counts[division]:
            continue
        row = int(rows[places[0]])
        try:
            settled, notes = with_settled_shares([with_shares[place] for place in places], run.tolerance)
        except Refused as error:
            run.faults.rows("shares", "links", [row], error.findings[0].message)
            continue
        for _, note in notes:
            warnings.warn(f"table 'links', row {row + 1}: {note}", TableWarning, stacklevel=2)
        with_shares.update(zip(places, settled, strict=True))


def _different(event: Ints, unit: Ints, count: int) -> Longs:
    """By event the number of different units, for events numbered below ``count``."""
    return np.bincount(distinct(packed(event, unit)) >> 32, minlength=count)


def link_columns(run: TableReader, linked: LinkRows, act_on: Callable[[Ints], Ints]) -> Columns:
    """The columns of the ``link`` track."""
    old, new, day, value, values, event, _ = linked
    order = by_subject(old, event)
    if order is not None:
        old, new, day, value, event = (column.take(order) for column in (old, new, day, value, event))
    off = np.zeros(run.count + 1, np.int32)
    np.cumsum(np.bincount(old, minlength=run.count), out=off[1:])
    far = np.full(len(old), FOREVER, np.int32)
    return Columns(
        tracks.LINK, old, day, far, value, act_on(day), off, values=values, slot=new, slots=Table(), until=event
    )


def _born_on(run: TableReader, on: int) -> Callable[[int], bool]:
    """Whether a unit begins on a day, as a function of the unit."""
    return lambda unit: int(run.life_start[unit]) == on


def in_causal_order(run: TableReader, linked: LinkRows) -> LinkRows:
    """The links with the events of each day in an order in which they can happen; faults are noted.

    The order of rows, or of the numbers of events, is kept where it can be.
    """
    old, new, day, value, values, event, rows = linked
    if not len(day) or run.faults.listed:
        # Rows that contradict each other have no order.
        return linked
    # Nearly all days are in order: only the others are looked at event by event.
    suspects = _suspect_days(run, old, new, day, event)
    if not suspects:
        return linked
    event, ended_on = event.copy(), _ended_on(run, suspects)
    above = _last_parents(run, [unit for units in ended_on.values() for unit in units])
    for on in sorted(suspects):
        places = np.flatnonzero(day == on)
        event[places] = _in_order_of_day(run, linked, places, on, ended_on[on], above)
    # Stable: rows of one event keep their order.
    by_event = np.argsort(event, kind="stable")
    old, new, day, value = (column.take(by_event) for column in (old, new, day, value))
    return LinkRows(old, new, day, value, values, event.take(by_event), rows.take(by_event))


def _in_order_of_day(
    run: TableReader, linked: LinkRows, places: Longs, on: int, ended: Sequence[int], above: Mapping[int, list[int]]
) -> Longs:
    """The numbers of the events of some links of one day, in an order in which they can happen; faults are noted.

    Args:
        run: the reader of the tables.
        linked: the links.
        places: the places of those of the day.
        on: the day.
        ended: the units that end on it.
        above: unit -> the units that it last stood under.
    """
    numbers, olds, news = linked.event.take(places), linked.old.take(places), linked.new.take(places)
    first = int(numbers.min())
    pairs: list[list[tuple[int, int]]] = [[] for _ in range(int(numbers.max()) - first + 1)]
    for number, old, new in zip(numbers.tolist(), olds.tolist(), news.tolist(), strict=True):
        pairs[number - first].append((old, new))
    steps = list(map(step_of, pairs))
    passed = {unit for step in steps for unit in step.ends}
    # Closures have no links, but what stands below a unit must end before it.
    closures = [DayStep(frozenset({unit}), ends=frozenset({unit})) for unit in ended if unit not in passed]
    order, stuck = causal([*steps, *closures], lambda unit: above.get(unit, ()), _born_on(run, on))
    waiting = [place + first for place in stuck if place < len(steps)]
    if waiting:
        is_stuck = np.isin(numbers, waiting)
        listed = ", ".join(str(row + 1) for row in sorted(linked.rows.take(places).compress(is_stuck).tolist()))
        message = f"the events of its day wait for each other: rows {listed}; state their order, or the chain anew"
        for place in places.compress(is_stuck).tolist():
            units = run.index.some([int(linked.old[place]), int(linked.new[place])])
            run.faults.fault("links", int(linked.rows[place]), "order", message, units, from_ordinal(on))
    place_of = np.zeros(len(steps), np.int64)
    place_of[[place for place in order if place < len(steps)]] = np.arange(len(steps))
    return place_of.take(numbers - first) + first


def _ended_on(run: TableReader, days: set[int]) -> dict[int, list[int]]:
    """Day -> the units that end on it, for some days."""
    ended_on: dict[int, list[int]] = {day: [] for day in days}
    units = np.flatnonzero(np.isin(run.life_end, np.array(sorted(days), np.int32)))
    for unit, day in zip(units.tolist(), run.life_end.take(units).tolist(), strict=True):
        ended_on[day].append(unit)
    return ended_on


def _last_parents(run: TableReader, units: list[int]) -> dict[int, list[int]]:
    """Unit -> the units that it stands under when it ends, in any hierarchy."""
    parents: dict[int, list[int]] = {}
    places = np.array(units, np.intp)
    for track, c in run.columns.items():
        if not tracks.is_parent(track):
            continue
        first, last = c.off.take(places), c.off.take(places + 1)
        uppers = np.where(last > first, c.value.take(np.maximum(last - 1, 0)), NOBODY)
        for unit, upper in zip(units, uppers.tolist(), strict=True):
            if upper >= 0:
                parents.setdefault(unit, []).append(upper)
    return parents


def _suspect_days(run: TableReader, old: Ints, new: Ints, day: Ints, event: Ints) -> set[int]:
    """The days whose events may not be able to happen in their order.

    On these a unit takes part in two events, or ends before a unit below it.
    """
    # The events of each unit stand together, in order of their days.
    taking_part = distinct(packed(np.concatenate([old, new]), np.concatenate([event, event])))
    unit = taking_part >> 32
    day_of = np.zeros(int(event.max()) + 1, np.int32)
    day_of[event] = day
    on = day_of.take(taking_part & 0xFFFFFFFF)
    days = set(on[1:].compress((unit[1:] == unit[:-1]) & (on[1:] == on[:-1])).tolist())
    # The event by which each unit ends, by unit.
    ends = np.flatnonzero(~_goes_on(old, new, event))
    ender = np.full(run.count, NOBODY, np.int64)
    ender[old.take(ends)] = event.take(ends)
    for track, c in run.columns.items():
        if not tracks.is_parent(track):
            continue
        last = c.off[1:] - 1
        above = np.where(c.off[1:] > c.off[:-1], c.value.take(np.maximum(last, 0)), NOBODY)
        units = distinct(old.take(ends))
        upper = above.take(units)
        while len(units):
            same_day = (upper >= 0) & (run.life_end.take(np.maximum(upper, 0)) == run.life_end.take(units))
            units, upper = units.compress(same_day), upper.compress(same_day)
            wrong = (ender.take(upper) >= 0) & (ender.take(upper) < ender.take(units))
            days.update(run.life_end.take(units.compress(wrong)).tolist())
            # Above one that closes there may be another one that passes on.
            closes = ender.take(upper) < 0
            units, upper = units.compress(closes), above.take(upper.compress(closes))
    return days
