"""Acts from tables: the changes of one decision as columns, applied with arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.acts.act import act_id as default_act_id
from orgmodel.acts.events import Closure, Creation, Event, Link, Parts, Run, Succession, Texts
from orgmodel.engine.bulk import components
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.columns import are_texts
from orgmodel.errors import Refused
from orgmodel.history.parents_first import parents_first
from orgmodel.history.tables.door import Faults, with_table_errors
from orgmodel.history.tables.reading import Frame, column_of, fits, has, is_empty
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import DayLike, as_day

__all__ = [
    "act_from_tables",
]

_FIELDS: Final = ("parent", "name", "code", "kind", "category")


@strict
@with_table_errors
def act_from_tables(
    day: DayLike,
    *,
    source: Source = Source.unknown,
    act_id: str | None = None,
    note: str = "",
    units: Frame | None = None,
    parents: Frame | None = None,
    hierarchies: Mapping[str, Frame] | None = None,
    facts: Mapping[str, Frame] | None = None,
    links: Frame | None = None,
) -> Act:
    """An act whose events stand in tables; it is used like any other act.

    The order of its events: units begin, those above first; parents and facts change, table by table and row by row;
    units pass into others or close, in the order of their rows, so a unit must come after those below it. Event objects
    are built from the tables only on demand; :meth:`~orgmodel.history.history.History.enact` applies a large act of
    this kind with arrays.

    Args:
        day: the effective day.
        source: where the act comes from.
        act_id: its id; day and source if None.
        note: for readers.
        units: the units that begin: columns ``id``, ``parent``, perhaps ``kind``, ``category``, ``name``, ``code``.
        parents: columns ``unit``, ``parent``: new parents from the day on.
        hierarchies: name -> table like ``parents``, for other hierarchies.
        facts: track -> table with ``unit``, ``value``, perhaps ``slot``.
        links: columns ``old``, ``new`` (empty: the unit closes), perhaps ``extent``, ``dominant``,
            ``dominant_by``, ``cross_kind`` and ``event``. Links with the same ``event`` are one event, and events come
            in its order; without that column, connected links are one event, at the place of the first.

    Raises:
        InvalidTable: with every faulty row.

    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, *({"id": c, "parent": "vn"} for c in "abx")], day="2024-01-01")
    >>> act = act_from_tables(
    ...     "2025-07-01",
    ...     source=Source("a decision"),
    ...     units={"id": ["c"], "parent": ["vn"]},
    ...     parents={"unit": ["x"], "parent": ["c"]},
    ...     links={"old": ["a", "b"], "new": ["c", "c"]},
    ... )
    >>> print(act)
    2025-07-01 a decision: 3 events
    >>> print(history.enact(act).at("2025-07-01").tree())
    vn
    └─ c
       └─ x
    """
    placed = {} if parents is None else {"parents": (tracks.PARENT, "parent", parents)}
    for name, frame in (hierarchies or {}).items():
        placed[f"hierarchies[{name}]"] = tracks.parent_track(name), "parent", frame
    for track, frame in (facts or {}).items():
        placed[f"facts[{track}]"] = track, "value", frame
    faults = Faults()
    with collector_paused():
        parts: list[Event | Run] = [] if units is None else _begun(units, faults)
        for table, (track, column, frame) in placed.items():
            parts += _runs(track, table, column, frame, faults)
        if links is not None:
            parts += _endings(links, faults)
    faults.raise_if_any("tables of an act")
    effective = as_day(day)
    return Act(act_id or default_act_id(effective, source), effective, Parts(parts), source, note)


def _column(frame: Frame, column: str, table: str, faults: Faults) -> list[Any]:
    """A column as a list, empty cells as None; an empty list, and a fault, if the table has no such column."""
    raw = column_of(frame, column, table, faults)
    if raw is None:
        return []
    values: list[Any] = raw.tolist()
    if raw.dtype.kind in "ib":
        return values
    if are_texts(values):
        return [value or None for value in values] if "" in values else Texts(values)
    return [None if is_empty(value) else value for value in values]


def _ids(frame: Frame, column: str, table: str, faults: Faults, *, may_be_empty: bool = False) -> list[Any]:
    """A column of ids as texts; an id is a text or a whole number of 0 or more, and -1 is an empty cell."""
    values = _column(frame, column, table, faults)
    if isinstance(values, Texts):
        return values
    ids: list[Any] = []
    for row, value in enumerate(values):
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        ids.append(value if isinstance(value, str) else str(value) if is_number else None)
        if ids[-1] is None and not (may_be_empty and (value is None or (type(value) is int and value == -1))):
            why = "is neither an id nor empty" if may_be_empty else "is no id"
            faults.rows("id", table, [row], f"{column}: {value!r} {why}")
    return ids


def _begun(frame: Frame, faults: Faults) -> list[Event | Run]:
    """Creations, parents first, else in the order of the rows."""
    if not fits(frame, "units", ("id", *_FIELDS), faults):
        return []
    ids = _ids(frame, "id", "units", faults)
    columns = {"parent": _ids(frame, "parent", "units", faults, may_be_empty=True)}
    columns |= {name: _column(frame, name, "units", faults) for name in _FIELDS[1:] if has(frame, name)}
    if len(ids) != len(columns["parent"]):
        return []  # One of the two is missing.
    units: dict[str, Unit] = {}
    row_of: dict[str, int] = {}
    for row, (unit, *fields) in enumerate(zip(ids, *columns.values(), strict=True)):
        if unit is None:
            continue
        if unit in units:
            faults.fault("units", row, "id-once", f"the id is that of row {row_of[unit] + 1} as well", [unit])
            continue
        row_of[unit] = row
        try:
            units[unit] = Unit(unit, **dict(zip(columns, fields, strict=True)))
        except Refused as error:
            faults.fault("units", row, error.findings[0].rule, error.findings[0].message, [unit])
    return [Creation(unit) for unit in parents_first(units.values())]


def _runs(track: str, table: str, column: str, frame: Frame, faults: Faults) -> list[Event | Run]:
    """The changes of a track, as runs of one slot."""
    if not fits(frame, table, ("unit", column, "slot"), faults):
        return []
    units = _ids(frame, "unit", table, faults)
    if tracks.refers_to_subject(track):
        values = _ids(frame, column, table, faults, may_be_empty=True)
        if column == "parent" and not isinstance(values, Texts):
            values = [ROOT if value is None else value for value in values]
    else:
        values = _column(frame, column, table, faults)
    slots = _column(frame, "slot", table, faults) if has(frame, "slot") else []
    if not units or len(units) != len(values):
        return []  # Nothing is in it, or a column is missing.
    if not slots:
        return [Run(track, units, values, tracks.OWN if tracks.is_measure(track) else None)]
    # A run has one slot. Rows keep their order, so equal slots that do not follow each other are several runs.
    cuts = [0, *(row for row in range(1, len(slots)) if slots[row] != slots[row - 1]), len(slots)]
    return [Run(track, units[a:b], values[a:b], slots[a]) for a, b in pairwise(cuts)]


_LINK_COLUMNS: Final[Mapping[str, Any]] = {"extent": None, "dominant": False, "dominant_by": "", "cross_kind": False}
"""The columns of the table of links that may be missing, and what is then true."""


def _endings(frame: Frame, faults: Faults) -> list[Event | Run]:
    """Successions and closures, in their order."""
    if not fits(frame, "links", ("old", "new", "event", *_LINK_COLUMNS), faults):
        return []
    olds = _ids(frame, "old", "links", faults)
    news = _ids(frame, "new", "links", faults, may_be_empty=True)
    columns: dict[str, list[Any]] = {
        name: _column(frame, name, "links", faults) if has(frame, name) else [default] * len(olds)
        for name, default in _LINK_COLUMNS.items()
    }
    numbered = [_column(frame, "event", "links", faults)] if has(frame, "event") else []
    if len(olds) != len(news):
        return []  # One of the two is missing.
    _check_cells(columns, numbered[0] if numbered else [], faults)
    if faults.listed:
        return []
    events = numbered[0] if numbered else _components(olds, news)
    cells = list(zip(olds, news, *columns.values(), strict=True))
    order = sorted(range(len(events)), key=events.__getitem__)
    endings: list[Event | Run] = []
    for rows in (list(group) for _, group in groupby(order, events.__getitem__)):
        closing = [row for row in rows if news[row] is None]
        if not closing:
            endings.append(_succession([cells[row] for row in rows]))
        elif len(rows) == 1:
            endings.append(Closure(olds[rows[0]]))
        else:
            faults.rows("links", "links", closing, "a unit that closes does so by an event of its own")
    return endings


def _check_cells(columns: Mapping[str, Sequence[Any]], events: Sequence[Any], faults: Faults) -> None:
    """Note the cells that no link can have."""
    extents = columns["extent"]
    bad = [row for row, extent in enumerate(extents) if extent not in (None, "whole", "part")]
    faults.rows("extent", "links", bad, "the extent is whole or part")
    for name in ("dominant", "cross_kind"):
        for row, flag in enumerate(columns[name]):
            # Also 0 and 1, as in the files of spreadsheets.
            if flag not in (None, True, False):
                faults.rows(name, "links", [row], f"{name}: {flag!r} is neither true nor false")
    bad = [row for row, number in enumerate(events) if not isinstance(number, int)]
    faults.rows("links", "links", bad, lambda row: f"event: {events[row]!r} is not a whole number")


def _succession(cells: Sequence[tuple[Any, ...]]) -> Succession:
    """The succession of some rows (old, new, and the further columns of links)."""
    # Without a stated extent, a unit with one link goes whole. Of nearly all events every unit has one.
    olds = {cell[0] for cell in cells}
    tied = (
        {old for old, ties in Counter(old for old, *_ in cells).items() if ties > 1} if len(olds) < len(cells) else ()
    )
    links = [
        Link(old, new, extent or ("part" if old in tied else "whole"), (), bool(dominant), by or "")
        for old, new, extent, dominant, by, _ in cells
    ]
    return Succession(links, cross_kind=any(cross_kind for *_, cross_kind in cells))


def _components(olds: Sequence[str], news: Sequence[str | None]) -> list[int]:
    """For each row the first row of its connected component."""
    # Without numbers of events, units that are linked in any way share one: a merger's rows have nothing else in common.
    label = list(range(len(olds)))
    linked = [row for row, new in enumerate(news) if new is not None]
    if linked:
        codes: dict[Any, int] = {}
        a = np.array([codes.setdefault(olds[row], len(codes)) for row in linked], np.int32)
        b = np.array([codes.setdefault(news[row], len(codes)) for row in linked], np.int32)
        for row, first in zip(linked, components(a, b).tolist(), strict=True):
            label[row] = linked[first]
    return label
