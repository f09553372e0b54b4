"""A small table of units: its rows read as units and figures, with the faults of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import items, kind_of, refuse
from orgmodel.model.frames import is_frame, records_of
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


def read_units(rows: Any) -> UnitRows:
    """The units of a table: of a frame, or of rows that are units or mappings.

    >>> read_units([{"id": "a", "members": 3}, {"name": "B"}]).figures
    {'a': {'members': 3}}
    """
    table = UnitRows([], {}, {}, [])
    for number, row in enumerate(records_of(rows) if is_frame(rows) else items(rows, "a table of units"), 1):
        try:
            unit, figures = _read_row(row)
        except Refused as error:
            table.faults.extend(Finding(f.rule, f.message, f.units, row=number) for f in error.findings)
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


def _read_row(row: Any) -> tuple[Unit, dict[str, Any]]:
    if isinstance(row, Unit):
        return row, {}
    if not isinstance(row, Mapping):
        refuse("a row", f"a row is a Unit or a mapping, not {kind_of(row)}")
    # An empty cell is an absent field of a unit, but an empty text is a value of a category.
    fields = {key: value for key, value in row.items() if key in _UNIT_FIELDS and value not in (None, "")}
    return Unit(**fields), {key: value for key, value in row.items() if key not in _UNIT_FIELDS and value is not None}
