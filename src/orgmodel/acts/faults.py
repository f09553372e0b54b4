"""The faults that the judge finds, and which of them are reported.

A fault that only follows from an earlier one is not reported: later faults about the units of a faulty event, and about
units that inherit the doubt from them, are left out.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.intervals import NEVER, Intervals, Moment, RowReader
from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.schema import Schema

__all__ = [
    "ABOUT",
    "BEGIN",
    "CLIMB",
    "KINDS",
    "LEFT",
    "LINKS",
    "STEP",
    "TOP",
    "Fault",
    "Faults",
    "RowOf",
    "Where",
]

Where = tuple[str, int, int, Any]
"""The identity of a row: its track, subject, first day and slot."""

RowOf = Callable[[Where], Iterable[tuple[str, int]]]
"""The table rows from which a row comes: (name of the table, number of the row) of each."""


class Fault(NamedTuple):
    """A finding with what decides whether and where it is reported."""

    point: Moment
    rank: int
    """Faults of one event are reported in the order of its steps."""
    finding: Finding
    doubtful: tuple[str, ...]
    """Units, beside those of the finding, about which later faults are not reported."""
    because: tuple[str, ...]
    """Units it depends on: it is not reported if an earlier fault was about one of them."""
    rows: list[Where]
    """The rows that show it."""


# The ranks of faults, which are the steps of an event in their order.
LINKS, BEGIN, ABOUT, STEP, KINDS, LEFT, CLIMB, TOP = range(8)


class _Doubt:
    """The units of faulty events, and those that inherit the doubt: further faults about them are not reported.

    Args:
        heirs: the points at which doubt about a unit passes to others.
    """

    def __init__(self, heirs: Callable[[str], list[tuple[Moment, str]]]) -> None:
        self.units: set[str] = set()
        self._heirs = heirs
        self._waiting: list[tuple[Moment, str]] = []

    def begins(self, unit: str, point: Moment) -> None:
        """Doubt a unit because of a faulty event at a point; its heirs follow once that event is over."""
        if unit not in self.units:
            self.units.add(unit)
            for place in self._heirs(unit):
                if place[0] >= point:
                    heapq.heappush(self._waiting, place)

    def go_on(self, point: Moment) -> None:
        """Let doubt pass to all heirs before a point."""
        while self._waiting and self._waiting[0][0] < point:
            at, unit = heapq.heappop(self._waiting)
            self.begins(unit, at)


class Faults(Intervals):
    """The faults of rows.

    Args:
        reader: the organisation.
        places: id of an act -> its position in the order of all acts.
        schema: its hierarchies say to which units doubt passes.
    """

    def __init__(self, reader: RowReader, places: Mapping[str, int], schema: Schema) -> None:
        super().__init__(reader, places)
        self.schema = schema
        self.faults: dict[tuple[Any, ...], Fault] = {}
        self.row: Where = "", 0, 0, None
        """The row that is being checked; faults are reported of it unless they name others."""

    def fault(
        self,
        point: Moment,
        act: Act | str | None,
        rule: str,
        message: str,
        *units: str,
        rank: int = STEP,
        doubtful: Iterable[str] = (),
        because: Iterable[str] = (),
        rows: Iterable[Where] | None = None,
    ) -> None:
        """Report a fault; one that several rows show is reported once."""
        key = point, rule, message, units
        fault = self.faults.get(key)
        if fault is None:
            day = dt.date.fromordinal(point[0])
            finding = Finding(rule, message, units, day=day, act=act.id if isinstance(act, Act) else act)
            fault = self.faults[key] = Fault(point, rank, finding, tuple(doubtful), tuple(because), [])
        fault.rows.extend([self.row] if rows is None else rows)

    def reported(self, row_of: RowOf | None = None) -> list[Finding]:
        """The faults in order, without those about units of an earlier faulty event.

        Args:
            row_of: the rows of tables from which a row comes; then the first fault of each such row is reported.
        """
        if not self.faults:
            return []
        if row_of is not None:
            return _in_rows(sorted(self.faults.values(), key=self._order), row_of)
        doubt = _Doubt(self._heirs)
        earlier: set[str] = set()
        at: Moment = NEVER
        findings: list[Finding] = []
        for fault in sorted(self.faults.values(), key=self._order):
            if fault.point != at:
                at = fault.point
                doubt.go_on(at)
                # A fault silences others about its own units at once, but those that rest on them only from the next point on:
                # of several misplaced units, one below the other, each is reported.
                earlier = doubt.units.copy()
            if doubt.units.isdisjoint(fault.finding.units) and earlier.isdisjoint(fault.because):
                findings.append(fault.finding)
            for unit in (*fault.finding.units, *fault.doubtful):
                doubt.begins(unit, at)
        return findings

    def _heirs(self, unit: str) -> list[tuple[Moment, str]]:
        """The units that inherit doubt about a unit: its successors, its predecessors, and units that begin below it."""
        number = self.reader.number(unit)
        if number is None:
            return []
        name, heirs = self.reader.name, list[tuple[Moment, str]]()
        for row in self.rows(tracks.LINK, number):
            heirs.append((self.point(row), name(row[3])))
        for other in self.reader.subjects_ever(tracks.LINK, number):
            heirs += [(self.point(row), name(other)) for row in self.rows(tracks.LINK, other) if row[3] == number]
        for hierarchy in self.schema.hierarchies:
            track = tracks.parent_track(hierarchy)
            for child in self.reader.subjects_ever(track, number):
                # Reverse look-ups may still name a unit whose rows were taken out.
                rows = self.rows(track, child)
                if rows and rows[0][2] == number:
                    heirs.append((self.point(rows[0]), name(child)))
        return heirs

    def _order(self, fault: Fault) -> tuple[Any, ...]:
        """Sort key: point, step, then row numbers of the units, so that the order of checks does not show."""
        numbers = [self.reader.number(unit) for unit in fault.finding.units]
        return fault.point, fault.rank, [-1 if number is None else number for number in numbers], fault.finding.rule


def _in_rows(faults: Iterable[Fault], row_of: RowOf) -> list[Finding]:
    """The first fault of each row of tables, by table and row; before them the faults that no row shows."""
    bare: list[Finding] = []
    first_of: dict[tuple[str, int], Finding] = {}
    for fault in faults:
        finding = evolve(fault.finding, act=None)
        places = list(chain.from_iterable(map(row_of, fault.rows)))
        if not places:
            bare.append(finding)
        for table, row in places:
            message = f"table {table!r}: {finding.message}" if table else finding.message
            in_row = evolve(finding, message=message, row=row)
            first_of.setdefault((table, row), in_row)
    return [*bare, *(first_of[place] for place in sorted(first_of))]
