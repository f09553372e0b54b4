"""Which unit became which between two days, and how sure that is.

Which units of a level correspond follows from the links between two days *and* from the units that moved below. A unit
consists of its *ground*: the units below it of the kinds that its kind names as ground, and its own.
:mod:`orgmodel.history.ground` follows the ground along the events, :mod:`orgmodel.history.trace` reads rows from it.

Five questions are kept apart:

* **extent**: did all of the old unit go there (``whole``) or not (``part``)?
* **share**: how much of a count went there? By stated shares of the links and by figures of the first day, with
  bounds where some are not known.
* **dominant**: which one successor to take where only one can be? Answered only where every division on the way
  names one.
* **exact**, of a row: is it certain that something of the old unit is there? Where ground of several units was
  pooled and divided again, it is not stated which part went where.
* **exact**, of a carried figure: see :mod:`orgmodel.history.carry`. Pooled figures can be certain where rows are not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, overload

import numpy as np
from attrs import evolve, field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Extent, Succession
from orgmodel.acts.policies import Allocation
from orgmodel.content.blocks import Cell, Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, Refused
from orgmodel.history import tables_of_figures
from orgmodel.history.carry import Carried
from orgmodel.history.carry_run import CarryRun, OfUnmapped, to_sparse
from orgmodel.history.crosswalk import Crosswalk, Scope, Side, traced_tables
from orgmodel.history.ground import (
    FIRST_KNOWN,
    GONE,
    LOST,
    NEW,
    NOWHERE,
    OFF_RECORD,
    Happening,
    Walk,
    WalkContext,
    happenings,
    in_order,
)
from orgmodel.history.level import Level, ground_kinds
from orgmodel.history.rows import CorrespondenceRow, Shares
from orgmodel.history.straight import OfLevel, Straight
from orgmodel.history.trace import GroundCell, Share, Trace
from orgmodel.history.unit_directory import By
from orgmodel.model.door import strictly
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import Tabular, columns_of
from orgmodel.model.measure import UNKNOWN
from orgmodel.model.words import Language, word
from orgmodel.period import DayLike, as_day
from orgmodel.structure.finding import known_kind

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import scipy.sparse as sp

    from orgmodel.history.lineage import DatedLink
    from orgmodel.history.past import Past
    from orgmodel.model.measure import Measure
    from orgmodel.structure.structure import Structure

    Figures = TypeVar("Figures", np.ndarray[Any, Any], pl.Series, pl.DataFrame, pd.Series[Any], pd.DataFrame)
    """The types in which figures come and go."""

__all__ = ["Correspondence"]


@strictly()
class Correspondence(Crosswalk, Tabular, Shown):
    """Old units to new ones, from the structure of one day to that of another.

    Made by :meth:`~orgmodel.history.history.History.correspondence` or by :meth:`compose`,
    :meth:`invert`, :meth:`restrict`. A unit to which nothing happened maps to itself,
    without being stored. Iterating gives the rows in order of the old structure.

    Attributes:
        before: the structure of the first day.
        after: the structure of the second day.
        kind: the level of the first day; None for all units, each for itself: then links alone count, and what
            moved below a unit does not.
        to: the level of the second day.
        inverted: whether it runs against time: its shares are then not known, as they
            depend on figures of the other day.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [Creation(Unit("vn")), *(Creation(Unit(u, parent="vn")) for u in "ab")])
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", parent="vn"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger]))
    >>> for row in between(history, "2024-12-31", "2025-07-01"):
    ...     print(row)
    vn -> vn
    a -> c  [source unknown]
    b -> c  [source unknown]
    """

    # How it came about; its rows do not depend on it.
    _asked: _Asked | None = None
    """The question to a history that it answers; None for rows from elsewhere."""
    _source: Correspondence | None = None
    """The correspondence that it is the inverse of."""
    _full: Correspondence | None = None
    """The correspondence that it was restricted from."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as the question to its history; without a history as its rows, without their trace."""
        if self._asked is not None:
            return _asked_again, (self._asked.history, *_arguments(self._asked))
        state = {name: value for name, value in self.__dict__.items() if name != "_table"}
        return _from_rows, (type(self), state | {"_make_trace": None}, dict(self._table))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for each stated share that the figures of the record contradict; it names both.

        The share may differ from the figures of its own act. For former ground that is taken up again, it may differ
        from the figures of the first day: then one part grew and the other did not.
        """
        if self._make_trace is None or self._asked is None:
            return ()
        return self._trace.findings()

    # ---- making others

    def restrict(self, kind: str | None) -> Correspondence:
        """The correspondence of a level, with the other units that flow together with its units.

        A district that became a special zone is in the table of the communes: without it the zone would seem to come
        from nowhere. For days of a history it is worked out by ground; else rows of the table are chosen. None, or
        another kind, is answered from the unrestricted correspondence.

        Raises:
            Refused: there is no unit of such a kind.
        """
        if self._full is not None:
            return self._full.restrict(kind)
        if kind is None:
            return self
        if self._asked is not None:
            return self._asked.again(kind=kind, to=kind)
        olds, news = set(self.before.select(kind=kind)), set(self.after.select(kind=kind))
        if not olds and not news:
            raise Refused("a kind", [_no_kind(kind, self.before)])
        self._reach(olds, news)
        restricted = Correspondence(
            self.before,
            self.after,
            {old: rows for old, rows in self._table.items() if old in olds},
            partly_lost=self._partly_lost & olds,
            partly_new=self._partly_new & news,
            last_known=self._last_known & olds,
            first_known=self._first_known & news,
            bare=self._bare & olds & news,
            kind=kind,
            inverted=self.inverted,
            scope=(Side(self.before, None, frozenset(olds)), Side(self.after, None, frozenset(news))),
            history=self._history,
            trace=lambda: self._trace,
        )
        restricted._full = self
        return restricted

    def _reach(self, olds: set[str], news: set[str]) -> None:
        """Add all units that rows connect with those of the two sets, directly or through others."""
        fresh_olds, fresh_news = set(olds), set(news)
        while fresh_olds or fresh_news:
            next_news = {row.new for unit in fresh_olds if unit in self.before for row in self[unit]} - news
            next_olds = {row.old for unit in fresh_news if unit in self.after for row in self.into(unit)} - olds
            fresh_olds, fresh_news = next_olds, next_news
            olds |= fresh_olds
            news |= fresh_news

    def compose(self, other: Correspondence) -> Correspondence:
        """The correspondence from the first day of this one to the second day of ``other``, which begins where this ends.

        For one history, and one direction in time, it is the direct correspondence. For tables from elsewhere shares
        multiply, and the division of a unit that was mixed before is inexact.

        Raises:
            Refused: the days do not meet, or the one does not end with the level with which the other begins.
        """
        faults = []
        if self.end != other.start:
            faults.append(Finding("days-meet", f"the first ends on {self.end}, the second begins on {other.start}"))
        if self.to != other.kind:
            faults.append(Finding("same-kind", f"the first is of {self.to!r}, the second of {other.kind!r}"))
        if faults:
            raise Refused("composing two correspondences", faults)
        # Both halves come from one history, so it is asked about the whole period: what the first half mixed,
        # its acts may still tell apart.
        if self._asked is not None and other._asked is not None and self._asked.meets(other._asked):
            return self._asked.again(b=other._asked.b, to=other._asked.to)
        mine, theirs = self._full or self, other._full or other
        steps = [mine._step(), theirs._step()]
        trace = traced_tables(steps, self.before, other.after)
        composed = _collect(trace, inverted=self.inverted or other.inverted, history=self._history)
        return composed.restrict(self.kind)

    def invert(self) -> Correspondence:
        """The correspondence from new to old units, marked as inverted. Its own inverse is this one.

        A new unit is whole in its only predecessor. With several, each has a part of it whose share is not known: it
        depends on the figures of the second day.
        """
        if self._source is not None:
            return self._source
        back: dict[str, tuple[CorrespondenceRow, ...]] = {}
        for new, rows in self._by_new.items():
            is_whole = len(rows) == 1 and new not in self._partly_new
            extent: Extent = "whole" if is_whole else "part"
            back[new] = tuple(
                CorrespondenceRow(new, row.old, extent, (), is_whole, "", row.exact, row.links, moves=row.moves)
                for row in rows
            )
        # A unit that lives on both days but has no predecessor needs an empty entry, or it would count as unchanged.
        back.update((unit, ()) for unit in self._table.keys() - back.keys() if unit in self.after)
        inverted = Correspondence(
            self.after,
            self.before,
            back,
            partly_lost=self._partly_new,
            partly_new=self._partly_lost,
            last_known=self._first_known,
            first_known=self._last_known,
            bare=self._bare,
            kind=self.to,
            to=self.kind,
            inverted=not self.inverted,
            scope=None if self._scope is None else self._scope[::-1],
            history=self._history,
        )
        inverted._asked = None if self._asked is None else self._asked.turned()
        inverted._source = self
        if self._full is not None:
            inverted._full = self._full.invert()
        return inverted

    # ---- figures

    @overload
    def carry(
        self,
        values: Mapping[str, Any],
        measure: Measure | str,
        policy: Allocation | str | None = None,
        *,
        weights: Any = None,
        total: Any = None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> Carried: ...

    @overload
    def carry(
        self,
        values: Figures,
        measure: tables_of_figures.Measures,
        policy: tables_of_figures.Policies = None,
        *,
        weights: Any = None,
        total: Any = None,
        unit: str = "unit",
        value: str | None = None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> Figures: ...

    def carry(
        self,
        values: Any,
        measure: tables_of_figures.Measures,
        policy: tables_of_figures.Policies = None,
        *,
        weights: Any = None,
        total: Any = None,
        unit: str = "unit",
        value: str | None = None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> Any:
        """Figures of the old units as figures of the new ones, in the type of ``values``.

        A mapping gives a :class:`~orgmodel.history.carry.Carried`, a dict that can also explain itself. A numpy array
        or a polars series, in order of :attr:`olds`, gives one in order of :attr:`news`; a pandas series, with its
        units in the index, one of the new units. A polars or pandas frame gives one of its own sort, with any number
        of figure columns: see :mod:`orgmodel.history.tables_of_figures`. Arrays and series have no room to say how
        sure a figure is: :meth:`account` says it.

        Args:
            values: old unit -> number, ``Quantity`` or None (unknown); or an array, a series, or a frame.
            measure: a measure or the id of one that the history declares; for a frame also several of them, or
                column -> measure. Counts add up, whole numbers stay whole (largest remainder); rates are weighed;
                a category holds where all agree.
            policy: what to do where a share is not known: ``"equal"``, ``"dominant"``, ``"bounds"``, ``"collect"``
                (categories), or a policy of :mod:`orgmodel.acts.policies` such as ``ByMeasure``; for a frame also
                column -> policy. None refuses.
            weights: for a rate, the count that weighs it, in any of the same types; of a frame, the column of that
                count if it is left out.
            total: what the values must add up to, if it is known from elsewhere; for a frame also column -> total.
            unit: column of the unit in a frame.
            value: column of the value in a frame of one measure; the measure's id if None.
            by: whether units are named by ``id``, ``code`` or ``name``, here and in weights.
            unmapped: what to do with figures of units without a successor: ``refuse``
                or ``drop`` (they stand in ``.dropped``).

        Raises:
            Refused: with every row that cannot be carried, of all columns.
        """
        with collector_paused():
            return tables_of_figures.carry(self, values, measure, policy, weights, total, unit, value, by, unmapped)

    def account(
        self,
        values: Any,
        measure: Measure | str,
        policy: Allocation | str | None = None,
        *,
        weights: Any = None,
        total: Any = None,
        unit: str = "unit",
        value: str | None = None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> Carried:
        """Like :meth:`carry`, always as a mapping that can explain each figure."""
        run = CarryRun(self, measure, policy, by, unmapped)
        figures = run.read(values, unit, value or run.measure.id)
        return run.account(figures, run.read_weights(weights, unit), total)

    def to_sparse(self, measure: Measure | str, policy: Allocation | str | None = None) -> sp.csr_array:
        """The shares as a scipy matrix: a row for each of :attr:`olds`, a column for each of :attr:`news`.

        ``values @ matrix`` carries an array of counts, in floats.

        Raises:
            Refused: a share is not known and no policy says what to take.
        """
        return to_sparse(self, measure, policy)

    # ---- out

    def table(self) -> list[dict[str, Any]]:
        """One flat record for each row, and for each unmapped unit on either side.

        Its fields: old, old_code, old_name, new, new_code, new_name, extent, dominant, dominant_by, exact,
        shares (measure -> fraction as text), acts (ids).
        """
        out: list[dict[str, Any]] = []
        for old in self.olds:
            out += [self._record(row) for row in self[old]] or [self._unmapped_record(old, None)]
        out += [self._unmapped_record(None, new) for new in self.unmapped.new]
        return out

    def _record(self, row: CorrespondenceRow) -> dict[str, Any]:
        return self._units_of_record(row.old, row.new) | {
            "extent": row.extent,
            "dominant": row.dominant,
            "dominant_by": row.dominant_by,
            "exact": row.exact,
            "shares": {measure: str(share) for measure, share in row.shares},
            "acts": [act.id for act in row.acts],
        }

    def _unmapped_record(self, old: str | None, new: str | None) -> dict[str, Any]:
        act = self.act_of(old or new or "")
        of_row = dict.fromkeys(("extent", "dominant", "dominant_by", "exact"))
        return self._units_of_record(old, new) | of_row | {"shares": {}, "acts": [] if act is None else [act.id]}

    def _units_of_record(self, old: str | None, new: str | None) -> dict[str, Any]:
        old_unit = None if old is None else self.before.unit(old)
        new_unit = None if new is None else self.after.unit(new)
        return {
            "old": old,
            "old_code": old_unit and old_unit.code,
            "old_name": old_unit and old_unit.name,
            "new": new,
            "new_code": new_unit and new_unit.code,
            "new_name": new_unit and new_unit.name,
        }

    def _touched(self) -> list[dict[str, Any]]:
        """The records of units that something happened to."""
        return [record for record in self.table() if record["old"] != record["new"] or record["acts"]]

    def to_dict(self) -> dict[str, Any]:
        """The correspondence as plain values that JSON can hold; unchanged units are only counted."""
        touched = self._touched()
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "kind": self.kind,
            "to_kind": self.to,
            "inverted": self.inverted,
            "exact": self.exact,
            "unchanged": len(self.rows) - sum(r["old"] is not None and r["new"] is not None for r in touched),
            "rows": touched,
        }

    def _columns(self) -> dict[str, FrameColumn]:
        # Shares and acts as text.
        records = [
            record
            | {
                "shares": "; ".join(f"{m}={s}" for m, s in record["shares"].items()),
                "acts": "; ".join(record["acts"]),
            }
            for record in self.table()
        ]
        flags = {"dominant", "exact"}
        return columns_of(records, {name: "boolean" if name in flags else "text" for name in _COLUMNS})

    def __str__(self) -> str:
        lost, new = len(self.unmapped.old), len(self.unmapped.new)
        return (
            f"{self.start} -> {self.end}{f', {self.kind}' if self.kind else ''}{f' to {self.to}' if self.to != self.kind else ''}"
            f"{', inverted' if self.inverted else ''}: {len(self.olds)} -> {len(self.news)} units, "
            f"{len(self.whole)} whole, {len(self.divided)} divided, {lost} without successor, "
            f"{new} without predecessor, {'exact' if self.exact else 'not exact'}"
        )

    def __repr__(self) -> str:
        return f"<Correspondence {self}>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        cited = {act.id: act.source.cited for row in self.rows for act in row.acts}
        columns = [
            Column(say("old", language)),
            Column(say("code", language), "code"),
            Column(say("new", language)),
            Column(say("code", language), "code"),
            Column(say("extent", language)),
        ]
        rows = [
            [
                record["old_name"] or record["old"],
                record["old_code"],
                record["new_name"] or record["new"],
                record["new_code"],
                Cell(
                    None if record["extent"] is None else word("extent", record["extent"], language),
                    [cited.get(act, act) for act in record["acts"]],
                    say("inexact cell", language) if record["exact"] is False else "",
                ),
            ]
            for record in self._touched()
        ]
        return Content(str(self), [table_of("", columns, rows, most)], language=language)


_COLUMNS: Final = (
    "old",
    "old_code",
    "old_name",
    "new",
    "new_code",
    "new_name",
    "extent",
    "dominant",
    "dominant_by",
    "exact",
    "shares",
    "acts",
)


def _collect(
    trace: Trace,
    upper: Callable[[], Mapping[str, Mapping[str, CorrespondenceRow]]] | None = None,
    *,
    kind: str | None = None,
    to: str | None = None,
    inverted: bool = False,
    history: Past | None = None,
    asked: _Asked | None = None,
) -> Correspondence:
    """The correspondence that follows from a trace.

    Args:
        trace: the ground of either day.
        upper: for a level, the rows by the links of its own units: old -> new -> row.
        kind: the level of the first day.
        to: the level of the second day.
        inverted: whether it runs against time.
        history: the history whose acts were followed.
        asked: the question that it answers.
    """
    cells_of = {old: cells for old, cells in trace.cells.items() if old not in OFF_RECORD}
    table = _table(trace, upper, cells_of)
    founded, first_known = (set(trace.cells.get(origin, ())) - NOWHERE for origin in (NEW, FIRST_KNOWN))
    scope = None if kind is None else _spread(trace, table)
    correspondence = Correspondence(
        trace.before.structure,
        trace.after.structure,
        table,
        partly_lost=[old for old, cells in cells_of.items() if LOST in cells and not NOWHERE.issuperset(cells)],
        partly_new=founded | first_known,
        last_known=[old for old, cells in cells_of.items() if GONE in cells],
        first_known=first_known - founded,
        bare=() if scope is None else _without_ground(trace, table),
        kind=kind,
        to=to,
        inverted=inverted,
        scope=scope,
        history=history,
        trace=lambda: trace,
    )
    correspondence._asked = asked
    return correspondence


def _table(
    trace: Trace,
    upper: Callable[[], Mapping[str, Mapping[str, CorrespondenceRow]]] | None,
    cells_of: Mapping[str, Mapping[str, GroundCell]],
) -> dict[str, tuple[CorrespondenceRow, ...]]:
    """The rows of each old unit, by its cells; see :func:`_collect`."""
    # Nearly all units went along links to one unit.
    table: dict[str, tuple[CorrespondenceRow, ...]] = {
        old: (CorrespondenceRow(old, new, links=trace),) for old, new in trace.alone.items()
    }
    counts = [measure.id for measure in trace.before.structure.measures.values() if measure.type == "count"]
    for old, cells in cells_of.items():
        news = [new for new in cells if new not in NOWHERE]
        # The links of a unit that is its own ground are those of the ground.
        linked = None if upper is None or trace.is_its_own(old) else upper().get(old, {})
        rows = [_row(trace, old, new, len(news), linked, upper is not None, counts) for new in news]
        table[old] = tuple(rows if upper is None or len(rows) == 1 else _with_moves(rows))
    return table


def _spread(trace: Trace, table: dict[str, tuple[CorrespondenceRow, ...]]) -> Scope:
    """The units of a level and all that rows connect with them, directly or through others.

    Old units that nothing connects with the level are removed from the table.
    """
    # Units that went alone are of the level already, and they are nearly all.
    looked_at = [old for old in table if old not in trace.alone] if trace.alone_are_of_level else list(table)
    outside_old = set(trace.before.others(looked_at))
    outside_new = set(trace.after.others({row.new for old in looked_at for row in table[old]}))
    if outside_old:
        reached_old, reached_new = _connected(table, outside_old, outside_new)
        for old in outside_old - reached_old:
            del table[old]
        outside_old, outside_new = reached_old, reached_new
    return (
        Side(trace.before.structure, trace.before.kind, frozenset(outside_old)),
        Side(trace.after.structure, trace.after.kind, frozenset(outside_new)),
    )


def _connected(
    table: Mapping[str, Sequence[CorrespondenceRow]], outside_old: set[str], outside_new: set[str]
) -> tuple[set[str], set[str]]:
    """The units outside a level, of either day, that rows connect with units of the level."""
    into: dict[str, list[str]] = {}
    for old, rows in table.items():
        for row in rows:
            into.setdefault(row.new, []).append(old)
    reached_old: set[str] = set()
    reached_new: set[str] = set()
    fresh_old, fresh_new = table.keys() - outside_old, into.keys() - outside_new
    while fresh_old or fresh_new:
        next_new = {row.new for old in fresh_old for row in table[old]} & outside_new - reached_new
        next_old = {old for new in fresh_new for old in into[new]} & outside_old - reached_old
        fresh_old, fresh_new = next_old, next_new
        reached_old |= fresh_old
        reached_new |= fresh_new
    return reached_old, reached_new


def _without_ground(trace: Trace, table: Mapping[str, Sequence[CorrespondenceRow]]) -> list[str]:
    """Units of the level on both days that have no row out of them, or none into them."""
    reached = {row.new for rows in table.values() for row in rows}
    units = [unit for unit, rows in table.items() if not rows or unit not in reached]
    strange = {*trace.before.others(units), *trace.after.others(units)}
    return [unit for unit in units if unit not in strange and trace.after.is_live(unit)]


def _with_moves(rows: Sequence[CorrespondenceRow]) -> list[CorrespondenceRow]:
    """The rows of one unit. Its row to itself rests on the acts that took something away from it, as no link says so."""
    acts = tuple({act.id: act for row in rows for act in row.acts}.values())
    return [evolve(row, links=(), moves=acts) if row.old == row.new and not row.links else row for row in rows]


@frozen
class _Bounds:
    """A function from a measure to its share along a row."""

    trace: Trace
    old: str
    new: str

    def __call__(self, measure: str) -> Share | None:
        return self.trace.shares(self.old, measure).get(self.new)


@frozen
class _SharesOf:
    """A function that gives the known shares along a row."""

    bounds: _Bounds
    counts: tuple[str, ...]

    def __call__(self) -> Shares:
        known = ((m, self.bounds(m)) for m in self.bounds.trace.measures(self.bounds.old, self.counts))
        return tuple((m, share.even) for m, share in known if share is not None and share.even is not None)


def _row(
    trace: Trace,
    old: str,
    new: str,
    ways: int,
    linked: Mapping[str, CorrespondenceRow] | None,
    moved: bool,
    counts: Sequence[str],
) -> CorrespondenceRow:
    """One row.

    Args:
        trace: the ground of either day.
        old: the old unit.
        new: the new one.
        ways: how many rows the old unit has.
        linked: the rows by the links of the old unit itself, None where it is its own ground.
        moved: whether it may have gone to another unit of a level without a link.
        counts: measures of which there may be shares.
    """
    cell = trace.cells[old][new]
    is_whole = trace.is_whole(old, new)
    if linked is None:
        basis = _basis_by_ground(trace, old, new, moved)
    else:
        basis = _basis_by_links(trace, old, new, ways == 1, linked, is_whole)
    bounds = None if is_whole else _Bounds(trace, old, new)
    return CorrespondenceRow(
        old,
        new,
        "whole" if is_whole else "part",
        () if bounds is None else _SharesOf(bounds, tuple(counts)),
        basis.dominant,
        basis.dominant_by,
        is_whole or cell.sure,
        basis.links,
        moves=basis.moves,
        bounds=bounds,
    )


class _Basis(NamedTuple):
    """What a row rests on: see the attributes of :class:`CorrespondenceRow`."""

    dominant: bool
    dominant_by: str = ""
    links: tuple[DatedLink, ...] = ()
    moves: tuple[Act, ...] = ()


def _basis_by_ground(trace: Trace, old: str, new: str, moved: bool) -> _Basis:
    """The basis of a row whose old unit is its own ground: the way of that ground."""
    cell = trace.cells[old][new]
    by_bag = [trace.dominant(bag, old) for bag in cell.bags]
    by = next((by for is_dominant, by in by_bag if is_dominant), ())
    dominant = cell.stays or bool(trace.going(old, new)) or any(is_dominant for is_dominant, _ in by_bag)
    links = trace.links(old, new)
    moves = trace.moves(old, new, cell) if moved and old != new and not links else ()
    return _Basis(dominant, "; ".join(by), links, moves)


def _basis_by_links(
    trace: Trace, old: str, new: str, only_way: bool, linked: Mapping[str, CorrespondenceRow], is_whole: bool
) -> _Basis:
    """The basis of a row by the links of the old unit itself; where they do not say all, also by what moved below."""
    own = linked.get(new)
    if own is not None and (is_whole or old == new):
        return _Basis(own.dominant, own.dominant_by, own.links)
    if old == new:
        # Without any link of its own the unit just goes on.
        return _Basis(not linked)
    of_ground, moves = trace.links(old, new), trace.moves(old, new, trace.cells[old][new])
    if own is None:
        return _Basis(only_way and not linked, links=of_ground, moves=moves)
    return _Basis(own.dominant, own.dominant_by, in_order((*own.links, *of_ground)), moves)


def _arguments(asked: _Asked) -> tuple[Any, ...]:
    return asked.a, asked.b, asked.kind, asked.to, asked.ground, asked.incomplete


def _asked_again(
    history: Past, a: dt.date, b: dt.date, kind: Any, to: Any, ground: Any, incomplete: Any
) -> Correspondence:
    return between(history, a, b, kind, to=None if kind is None else to, ground=ground, incomplete=incomplete)


def _from_rows(
    cls: type[Correspondence], state: dict[str, Any], table: dict[str, tuple[CorrespondenceRow, ...]]
) -> Correspondence:
    correspondence = cls.__new__(cls)
    correspondence.__dict__.update(state, _table=table)
    return correspondence


@frozen
class _Asked:
    """A question for a correspondence of days of one history, so that it can be asked again for others."""

    history: Past = field(eq=False)
    a: dt.date
    b: dt.date
    kind: str | None = None
    to: str | None = None
    ground: tuple[str, ...] | None = None
    incomplete: tuple[str, ...] = ()

    def meets(self, other: _Asked) -> bool:
        """Whether the other question goes on from this one, in the same direction of time."""
        same = self.history is other.history and (self.ground, self.incomplete) == (other.ground, other.incomplete)
        return same and self.b == other.a and (self.a <= self.b) == (other.a <= other.b)

    def again(self, b: dt.date | None = None, kind: str | None = None, to: str | None = None) -> Correspondence:
        """The answer to the same question with another end, or for another level."""
        return between(
            self.history,
            self.a,
            self.b if b is None else b,
            self.kind if kind is None else kind,
            to=self.to if to is None else to,
            ground=self.ground,
            incomplete=self.incomplete,
        )

    def turned(self) -> _Asked:
        """The question for the other direction."""
        return _Asked(self.history, self.b, self.a, self.to, self.kind, self.ground, self.incomplete)


def between(
    history: Past,
    a: DayLike,
    b: DayLike,
    kind: str | None = None,
    *,
    to: str | None = None,
    ground: Collection[str] | None = None,
    incomplete: Collection[str] = (),
) -> Correspondence:
    """What the units of day ``a`` are on day ``b``: see :meth:`orgmodel.history.history.History.correspondence`."""
    first, last = as_day(a), as_day(b)
    if last < first:
        to = kind if to is None else to
        return between(history, last, first, to, to=kind, ground=ground, incomplete=incomplete).invert()
    if kind is None and to is not None:
        raise Refused("a correspondence", [Finding("kind", f"it leads to {to!r}; say from which kind")])
    history.check_on_record(first, last)
    before, after = history.at(first), history.at(last)
    if kind is not None:
        kind = known_kind(before, kind)
        to = kind if to is None else known_kind(after, to)
        _check_levels((kind, before), (to, after))
    kinds = None if ground is None else tuple(known_kind(before, level) for level in ground)
    for unit in incomplete:
        history._number(unit)
    asked = _Asked(history, first, last, kind, to, kinds, tuple(incomplete))
    return of_level(history, first, last, kind, asked.to, asked.ground, asked.incomplete, asked=asked)


def _check_levels(*levels: tuple[str, Structure]) -> None:
    """Raise if a level has no units on its day, or its record begins later."""
    for level, structure in levels:
        structure.check_on_record(level)
    faults = [_no_kind(level, structure) for level, structure in levels if not len(structure._of_kind(level))]
    if faults:
        raise Refused("a correspondence", faults)


def of_level(
    history: Past,
    first: dt.date,
    last: dt.date,
    kind: str | None,
    to: str | None = None,
    ground: Collection[str] | None = None,
    incomplete: Collection[str] = (),
    *,
    asked: _Asked | None = None,
) -> Correspondence:
    """The same as :func:`between`, forward in time only, and without a fault where there are no units of the level."""
    with collector_paused():
        return _of_level(history, first, last, kind, to, ground, incomplete, asked)


def _of_level(
    history: Past,
    first: dt.date,
    last: dt.date,
    kind: str | None,
    to: str | None,
    ground: Collection[str] | None,
    incomplete: Collection[str],
    asked: _Asked | None,
) -> Correspondence:
    before, after = history.at(first), history.at(last)
    # Each unit for itself: only links count.
    if kind is None:
        events = happenings(history, first, last)
        by_links = _traced(history, events, Level(before, None, None), Level(after, None, None))
        return _collect(by_links, history=history, asked=asked)
    to = to if to is not None else kind
    of_kind, of_to = (ground_kinds(history.schema, level, ground) for level in (kind, to))
    # The ground of one day may be of another kind on the other, and counts on both.
    both = None if of_kind is None or of_to is None else of_kind | of_to
    events = happenings(history, first, last, both)
    trace = _traced(history, events, Level(before, kind, both, incomplete), Level(after, to, both), incomplete)

    @cache
    def upper() -> Mapping[str, Mapping[str, CorrespondenceRow]]:
        flowing = _flowing(events, before.select(kind=kind))
        by_links = _traced(history, flowing, Level(before, None, None), Level(after, None, None))
        return {old: {row.new: row for row in rows} for old, rows in _collect(by_links)._table.items()}

    return _collect(trace, upper, kind=kind, to=to, history=history, asked=asked)


def _flowing(events: Sequence[Happening], units: Iterable[str]) -> list[Happening]:
    """The events that concern some units, or the units that they became."""
    reached = set(units)
    flowing: list[Happening] = []
    for happening in events:
        event = happening.event
        if isinstance(event, Succession):
            if not reached.isdisjoint(link.old for link in event.links):
                reached.update(link.new for link in event.links)
            elif reached.isdisjoint(link.new for link in event.links):
                continue
        flowing.append(happening)
    return flowing


def _traced(
    history: Past, events: Sequence[Happening], before: Level, after: Level, incomplete: Collection[str] = ()
) -> Trace:
    """Follow events from a level to one of a later day."""
    after_act: dict[str, Structure] = {}

    def parent_of(unit: str, day: dt.date) -> str | None:
        structure = history.at(day)
        chain = structure.ancestors(unit) if unit in structure else ()
        # A unit above the level lies in no unit of it.
        inside = any(structure.unit(above).kind in (before.kind, after.kind) for above in chain)
        return chain[0] if inside else None

    def has_ground_below(unit: str, act: Act) -> bool:
        if before.kind is None:
            return False
        # Units that stand below at the end of the act count; later on the same day they may be merged away again.
        structure = after_act.get(act.id)
        if structure is None:
            structure = after_act[act.id] = history.at(after=(act.id, len(act.events) - 1))
        return unit in structure and any(before.is_ground(structure.unit(c).kind) for c in structure.children(unit))

    def past() -> list[Happening]:
        return happenings(history, dt.date.min, before.structure.day)

    named = WalkContext(
        before.is_atom,
        before.is_ground,
        before.kind_of,
        (lambda *_: None) if before.kind is None else parent_of,
        has_ground_below,
        lambda unit, day: unit in history.at(day),
        lambda unit, measure, day: history.at(day).measure(unit, measure) if unit in history.at(day) else UNKNOWN,
        frozenset(incomplete),
    )

    def holders(units: Sequence[str]) -> list[int]:
        numbers = np.array(after.numbers(units), np.int64)
        above = after.holders(numbers)
        numbers_above: list[int] = np.where(above < 0, numbers, above).tolist()
        return numbers_above

    straight = Straight.of(events, OfLevel(before.is_ground, before.not_ground, holders))
    walk = Walk(named, past, before.structure.day)
    before.prepare(list(dict.fromkeys(unit for _, event, _ in straight.bent for unit in _units_of(event))))
    walk.follow(straight.bent)
    return Trace(walk, before, after, straight)


def _units_of(event: Creation | Closure | Succession) -> Iterator[str]:
    match event:
        case Creation():
            yield event.what.id
        case Closure():
            yield event.subject
        case Succession():
            for link in event.links:
                yield link.old
                yield link.new


def _no_kind(kind: str, structure: Structure) -> Finding:
    known = ", ".join(k for k in structure.counts() if k) or "none"
    return Finding(
        "kind", f"there is no unit of kind {kind!r} on {structure.day} (there are {known})", day=structure.day
    )
