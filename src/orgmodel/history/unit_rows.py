"""A small table of units: its rows read as units and figures, with the faults of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from attrs import evolve

from orgmodel.acts.events import Change
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.door import items, kind_of, refuse
from orgmodel.model.frames import is_frame, is_missing, records_of
from orgmodel.model.measure import Measure, as_figure
from orgmodel.model.unit import Unit

__all__ = [
    "UnitRows",
    "read_units",
]

_UNIT_FIELDS = ("id", "name", "code", "kind", "category", "parent", "hierarchy")


class UnitRows(NamedTuple):
    """The units of a table, and what is wrong with its other rows."""

    units: list[Unit]
    figures: dict[str, dict[str, Any]]
    """Id of a unit -> the columns of its row that are no fields of a unit."""
    row_of: dict[str, int]
    """Id of a unit -> the number of its row, from 1."""
    faults: list[Finding]
    faulty: set[str]
    """Ids of rows with a fault: what refers to them is not reported as well."""

    def changes(self, units: Iterable[Unit], measures: Mapping[str, Measure]) -> list[Change]:
        """What the rows state of their units besides their fields; what cannot be stated is added to the faults.

        Args:
            units: the units of the table, in the order in which they are to be founded.
            measures: the declared measures.
        """
        stated: list[Change] = []
        for unit in units:
            for name, value in self.figures[unit.id].items():
                try:
                    if tracks.is_scheme(name):
                        stated.append(Change(unit.id, name, value))
                    else:
                        figure = as_figure(value, measures.get(name))
                        stated.append(Change(unit.id, tracks.measure_track(name), figure, tracks.OWN))
                except Refused as error:
                    self.faults.extend(evolve(f, row=self.row_of[unit.id], units=(unit.id,)) for f in error.findings)
        return stated

    def rows_of(self, unit: str, _: dt.date) -> list[int]:
        """The number of the row of a unit, as a list; empty if it has none."""
        return [self.row_of[unit]] if unit in self.row_of else []

    def faults_by_row(self) -> list[Finding]:
        """All faults with the rows of their units, in order of rows."""
        # A value that cannot be written at all, such as a list, is refused before anyone knows its row.
        placed = [
            evolve(fault, row=self.row_of.get(fault.units[0])) if fault.row is None and fault.units else fault
            for fault in self.faults
        ]
        return sorted(placed, key=lambda fault: fault.row or 0)


def read_units(rows: Any) -> UnitRows:
    """The units of a table: of a frame, of columns by name, or of rows that are units or mappings.

    >>> read_units([{"id": "a", "members": 3}, {"name": "B"}]).figures
    {'a': {'members': 3}}
    """
    table = UnitRows([], {}, {}, [], set())
    for number, row in enumerate(_rows_of(rows), 1):
        try:
            unit, figures = _read_row(row)
        except Refused as error:
            table.faults.extend(Finding(f.rule, f.message, f.units, row=number) for f in error.findings)
            if isinstance(row, Mapping) and isinstance(row.get("id"), str):
                table.faulty.add(row["id"])
            continue
        if not unit.id:
            table.faults.append(Finding("id", "the unit has no id", row=number))
        elif unit.id in table.row_of:
            message = f"the id is that of row {table.row_of[unit.id]} as well"
            table.faults.append(Finding("id-once", message, (unit.id,), row=number))
        else:
            table.units.append(unit)
            table.figures[unit.id], table.row_of[unit.id] = figures, number
    return table


def _rows_of(table: Any) -> Iterable[Any]:
    if is_frame(table):
        return records_of(table)
    if not isinstance(table, Mapping):
        return items(table, "a table of units")
    columns = {name: list(items(column, f"the column {name!r} of a table of units")) for name, column in table.items()}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name!r} {len(column)}" for name, column in columns.items())
        refuse("a table of units", f"its columns have different numbers of rows: {lengths}", "column-length")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _read_row(row: Any) -> tuple[Unit, dict[str, Any]]:
    if isinstance(row, Unit):
        return row, {}
    if not isinstance(row, Mapping):
        refuse("a row", f"a row is a Unit or a mapping, not {kind_of(row)}")
    # Rows that come from a frame have NaN where it has no value.
    cells = {key: value for key, value in row.items() if not is_missing(value)}
    # An empty cell is an absent field of a unit, but an empty text is a value of a category.
    fields = {key: value for key, value in cells.items() if key in _UNIT_FIELDS and value != ""}
    return Unit(**fields), {key: value for key, value in cells.items() if key not in _UNIT_FIELDS}
