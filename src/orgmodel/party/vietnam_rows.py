"""The tables of figures, clusters and rules of the data on Viet Nam, as typed rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar, get_args

from attrs import AttrsInstance, fields, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.measure import Number, Qualifier, Quantity
from orgmodel.model.source import Source
from orgmodel.party.periods import part_of_year, span
from orgmodel.party.vietnam_acts import cluster_id, commission_of, provinces_2025
from orgmodel.party.vietnam_data import inclusive_period, table
from orgmodel.period import Period, as_day

__all__ = [
    "ClusterRow", "Figure", "PartyUnit", "RuleRow", "cluster_rows", "party_figures", "party_units", "rulebook_rows",
]  # fmt: skip

T = TypeVar("T", bound=AttrsInstance)
Row = Mapping[str, str]


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": int,
    "int | None": lambda text: int(text) if text else None,
    "dt.date": as_day,
    "dt.date | None": lambda text: as_day(text) if text else None,
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


def _valid(row: Row) -> Period:
    return inclusive_period(row["valid_from"], row["valid_to"])


def _number(text: str) -> Number:
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


def _quantity(value: str, qualifier: str) -> Quantity:
    """A number with its qualifier; unknown where there is none."""
    if not value:
        return Quantity.unknown()
    known: tuple[str, ...] = get_args(Qualifier)
    if qualifier not in known:
        raise Refused("a table", [Finding("qualifier", f"no qualifier {qualifier!r} (there are {', '.join(known)})")])
    return Quantity(_number(value), qualifier)  # type: ignore[arg-type]


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
        period=lambda row: part_of_year(row["as_of"]) or span(row["as_of"]),
        source=lambda row: Source(title=row["source"]) if row["source"] else Source.unknown,
    )


@frozen
class ClusterRow:
    """A membership or role in an emulation cluster, as the sources list it.

    Attributes:
        cluster: id of the cluster in :func:`~orgmodel.party.vietnam.reform_2025`.
        role: member, leader or deputy.
        year: the year of a role.
        name: the organisation commission as listed.
        unit: its id in :func:`~orgmodel.party.vietnam.reform_2025`.
        code_list: whether it is one of ``2024`` or of ``2025``.
        period: from when to when, as far as stated.
        first_seen: day of the source, where the start is not stated.
        basis: listed, computed (derived from the mergers) or reported.
        note: what a reader should know.
        source: where it was printed.

    >>> row = next(row for row in cluster_rows() if row.role == "leader" and row.year == 2026)
    >>> row.cluster, row.name, row.unit
    ('cluster-2', 'Ban Tổ chức Tỉnh ủy Hưng Yên', 'vn-p-33-2025-btc')
    """

    cluster: str
    role: str
    year: int | None
    name: str
    unit: str
    code_list: str
    period: Period
    first_seen: dt.date | None
    basis: str
    note: str
    source: Source


@cache
def cluster_rows() -> tuple[ClusterRow, ...]:
    """Members, leaders and deputies of clusters 1 and 2, as listed before and after the reform.

    >>> [row.name for row in cluster_rows() if row.role == "leader" and row.year == 2026]
    ['Ban Tổ chức Tỉnh ủy Hưng Yên']
    """
    return _typed(
        ClusterRow,
        "clusters",
        cluster=cluster_id,
        name="unit",
        unit=commission_of,
        period=_valid,
        source=lambda row: Source(title=row["evidence"]),
    )


@frozen
class RuleRow:
    """A rule of Party organisation as the table states it, for people.

    Attributes:
        id: of the rule, ``E07``.
        statement: what it says.
        term_vi: its Vietnamese terms.
        threshold: short expression, for people.
        period: the days on which it is valid; a month or year counts from its first day
            to its last.
        document: the act that sets it.
        article: where in the act.
        certainty: seen, partly memory, memory.
        evidence: where the wording was read.
        note: what a reader should know.

    >>> rule = next(rule for rule in rulebook_rows() if rule.id == "D15")
    >>> rule.citation, str(rule.period), rule.certainty
    ('Quy định 22-QĐ/TW (2021), Đ.8 k.2', '2021-07-28 to 2025-05-29', 'seen')
    """

    id: str
    statement: str
    term_vi: str
    threshold: str
    period: Period
    document: str
    article: str
    certainty: str
    evidence: str
    note: str

    @property
    def citation(self) -> str:
        """The document, with the article where it is known."""
        return ", ".join(part for part in (self.document, self.article) if part)


@cache
def rulebook_rows() -> tuple[RuleRow, ...]:
    """The rules of Party organisation that were collected, with where each is set.

    >>> cap = next(row for row in rulebook_rows() if row.id == "D15")
    >>> print(cap.citation, cap.period)
    Quy định 22-QĐ/TW (2021), Đ.8 k.2 2021-07-28 to 2025-05-29
    """
    return _typed(RuleRow, "rulebook", period=_valid)
