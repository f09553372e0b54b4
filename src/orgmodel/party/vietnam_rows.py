"""The tables of public figures of the data on Viet Nam, as typed rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar, cast

from attrs import AttrsInstance, fields, frozen

from orgmodel.model.measure import Number, Qualifier, Quantity
from orgmodel.model.source import Source
from orgmodel.party.periods import span
from orgmodel.party.vietnam_acts import provinces_2025
from orgmodel.party.vietnam_data import table
from orgmodel.period import Period, as_day

__all__ = ["Figure", "PartyUnit", "party_figures", "party_units"]

T = TypeVar("T", bound=AttrsInstance)
Row = Mapping[str, str]


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": int,
    "int | None": lambda text: int(text) if text else None,
    "dt.date": as_day,
}
"""Type of a field -> how the text of a cell is read."""


def _typed(row_type: type[T], table_name: str, /, **columns: str | Callable[[Row], Any]) -> tuple[T, ...]:
    """The rows of a table as values.

    Args:
        row_type: their class. A field is read by its type from the column of its name.
        table_name: the table.
        columns: field -> another column, or a function of the row.
    """
    readers = {}
    for declared in fields(row_type):
        column = columns.get(declared.name, declared.name)
        readers[declared.name] = column if callable(column) else _cell(column, _READ[declared.type])
    return tuple(row_type(**{field: read(row) for field, read in readers.items()}) for row in table(table_name))


def _cell(column: str, read: Callable[[str], Any]) -> Callable[[Row], Any]:
    return lambda row: read(row[column])


def _number(text: str) -> Number:
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


def _quantity(value: str, qualifier: str) -> Quantity:
    """A number with its qualifier, which the quantity checks; unknown where there is none."""
    return Quantity(_number(value), cast("Qualifier", qualifier)) if value else Quantity.unknown()


@frozen
class PartyUnit:
    """Public figures of a provincial Party organisation in 2025; None is not known.

    Attributes:
        unit: id of the province in :func:`~orgmodel.party.vietnam.reform_2025`.
        province_code: its code in the list of 2025.
        province: its name.
        merged_from: how many provinces it was merged from; 1 if it was not merged.
        communes: its communes.
        direct_organisations: Party organisations directly under it, communes included.
        members: its members.
        delegates: delegates of its congress.
        delegates_ex_officio: those by office.
        delegates_appointed: those appointed.
        delegates_elected: those elected.
        delegate_cap: the most delegates that rule E07 allows; computed.
        congress: Roman number of the congress, I after a merger.
        executive_committee: seats in the Ban Chấp hành.
        standing_committee: seats in the Ban Thường vụ.
        deputy_secretaries: their number.
        inspection_committee: seats in the Ủy ban Kiểm tra.
        as_of: the day of the figures.
        note: what else was printed.
        source: where it was printed.

    >>> row = next(row for row in party_units() if row.province == "Huế")
    >>> row.members, row.delegates, row.delegate_cap
    (Quantity(58280), 400, 400)
    """

    unit: str
    province_code: str
    province: str
    merged_from: int
    communes: int
    direct_organisations: int | None
    members: Quantity
    delegates: int | None
    delegates_ex_officio: int | None
    delegates_appointed: int | None
    delegates_elected: int | None
    delegate_cap: int | None
    congress: str
    executive_committee: int | None
    standing_committee: int | None
    deputy_secretaries: int | None
    inspection_committee: int | None
    as_of: dt.date
    note: str
    source: Source


@cache
def party_units() -> tuple[PartyUnit, ...]:
    """Public figures of 16 provincial Party organisations in 2025.

    >>> hue = next(row for row in party_units() if row.province == "Huế")
    >>> hue.members, hue.delegates, hue.delegate_cap
    (Quantity(58280), 400, 400)
    """
    return _typed(
        PartyUnit,
        "party_units_2025",
        unit=lambda row: provinces_2025().new[row["province_code"]].id,
        merged_from="n_merged",
        communes="n_communes",
        members=lambda row: _quantity(row["members"], row["members_qualifier"]),
        delegate_cap="delegate_cap_rule_E07",
        congress="congress_no",
        source=lambda row: Source(title=row["source"]),
    )


@frozen
class Figure:
    """One public figure about the Party.

    Attributes:
        id: of the row, ``P001``.
        scope: what it is about: the whole Party, a province, a cluster.
        figure: what was counted.
        value: the number with its qualifier.
        unit: what one is.
        as_of: as printed: a day, a year, ``2024-H1``, ``2021/2025``.
        period: the days that ``as_of`` names.
        certainty: seen, partly memory, memory.
        note: what a reader should know.
        source: where it was printed; empty if from memory.

    >>> figure = next(figure for figure in party_figures() if figure.id == "P065")
    >>> figure.scope, figure.figure, figure.value, str(figure.period), figure.certainty
    ('Huế', 'members admitted', Quantity(1770), '2025-01-01 to 2025-12-31', 'seen')
    """

    id: str
    scope: str
    figure: str
    value: Quantity
    unit: str
    as_of: str
    period: Period
    certainty: str
    note: str
    source: Source


@cache
def party_figures() -> tuple[Figure, ...]:
    """Public figures about the Party, one per row.

    >>> admitted = next(row for row in party_figures() if row.id == "P065")
    >>> print(admitted.scope, admitted.figure, admitted.value, admitted.period)
    Huế members admitted 1770 2025-01-01 to 2025-12-31
    """
    return _typed(
        Figure,
        "party_figures",
        value=lambda row: _quantity(row["value"], row["qualifier"]),
        period=lambda row: span(row["as_of"]),
        source=lambda row: Source(title=row["source"]) if row["source"] else Source.unknown,
    )
