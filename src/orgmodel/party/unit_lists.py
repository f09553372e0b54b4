"""The provinces, districts and communes of Viet Nam by the public lists of 2021 to 2025."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from orgmodel.io.importers.snapshots import Gaps, ImportedLists, import_snapshots
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.vietnam_data import table as table_of
from orgmodel.structure.spelling import plain

__all__ = [
    "lists_2021",
]

_IDS: Final = {kinds.PROVINCE: "vn-p-", kinds.DISTRICT: "vn-d-", kinds.COMMUNE: "vn-c-"}
_WORDS: Final = (
    "Thành phố", "Tỉnh", "Quận", "Huyện", "Thị xã", "Phường", "Xã", "Thị trấn",
)  # fmt: skip
_CENTRAL: Final = "thành phố trực thuộc trung ương"
_NOTE: Final = (
    "from the public list that names it as its latest act; a list does not say which act did what, on which day since "
    "the list before, nor what a unit that ended became; a code that bears another name is taken for a renaming"
)
_EARLIER: Final = "-2021"
"""Ends the id of a unit whose code another one bears in the last list."""


def _spelled(name: str) -> str:
    """A name as it is compared: no marks, no capitals, numbers without leading zeros."""
    return re.sub(r"\b0+(?=\d)", "", plain(name))


def _named(level: str, full_name: str) -> tuple[str, str]:
    """The name of a unit as the tables of the reform have it, and its category."""
    word = next(word for word in _WORDS if full_name.startswith(f"{word} "))
    if level == kinds.PROVINCE:
        return full_name.removeprefix(f"{word} "), _CENTRAL if word == "Thành phố" else word.lower()
    return full_name, word.lower()


def _rows() -> list[dict[str, str]]:
    """The rows of the lists; a unit of the last one is spelled as the tables of the reform spell it, on all days."""
    tables = ("provinces_2024", "districts_2024", "communes_2024")
    spelled = {row["code"]: row["name"] for name in tables for row in table_of(name)}
    rows = list(table_of("unit_lists_2021_2025"))
    last = {row["code"]: _spelled(row["full_name"]) for row in rows if row["lists"].endswith("1")}
    for row in rows:
        if last.get(row["code"]) == _spelled(row["full_name"]):
            row["full_name"] = spelled[row["code"]]
    return rows


def _ids_of(rows: Iterable[Mapping[str, str]]) -> Callable[[str, str], str]:
    """Ids by kind and code, asked for once for each unit and list by list: the last bearer of a code has the plain one."""
    lists: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row["level"] == kinds.COMMUNE:
            lists[row["code"]] |= int(row["lists"], 2)
    # A code that lists lack in between is another unit's afterwards (see _gap).
    given_again = {code for code, bits in lists.items() if "0" in f"{bits:b}".strip("0")}

    def id_of(kind: str, code: str) -> str:
        earlier = code in given_again
        given_again.discard(code)
        return _IDS[kind] + code + _EARLIER * earlier

    return id_of


def _gap(kind: str, _code: str) -> Gaps:
    """What a unit is that some lists lack: of a district it is known that it was left out."""
    return "omitted" if kind == kinds.DISTRICT else "ended"


@cache
def lists_2021() -> ImportedLists:
    """The units of Viet Nam by eleven public lists, from 2021-11-01 to 2025-03-01.

    The lists show which units existed, not which became which: communes and districts are first known in 2021, and a
    unit that ends has no successor on record. A difference between two lists happened between their days, and each act
    cites the act that its list names. The five island districts without communes, which three lists of 2024 leave out,
    are taken to have existed. Ids, names and kinds are those of :func:`orgmodel.party.vietnam.reform_2025`,
    which goes on from the last of them.

    The history is made once and then kept.

    >>> done = lists_2021()
    >>> [done.history.at(day).count("commune") for day in (done.days[0], done.days[-1])]
    [10599, 10035]
    >>> done.seen("vn-c-00001", "2023-01-01")
    'there'
    """
    sources: dict[Any, Source | str] = {
        row["effective"]: Source(
            row["acts"].replace(";", ", "), "Ủy ban Thường vụ Quốc hội", decided=row["issued"],
            in_force=row["effective"], note=_NOTE, certainty="from lists",
        )
        for row in table_of("decrees_2021_2025")
    }  # fmt: skip
    days = sorted(sources)
    table: dict[str, list[str]] = {name: [] for name in ("kind", "code", "name", "category", "parent", *days)}
    rows = _rows()
    for row in rows:
        name, category = _named(row["level"], row["full_name"])
        cells = (row["level"], row["code"], name, category, row["parent_code"], *row["lists"])
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
    return import_snapshots(
        table,
        presence={day: day for day in days},
        same_name=lambda a, b: a == b or _spelled(a) == _spelled(b),
        gaps=_gap,
        sources=sources,
        root=Unit("vn", "Trung ương Đảng", None, kinds.CENTRE),
        ids=_ids_of(rows),
        schema=kinds.SCHEMA,
        measures=kinds.MEASURES,
    )
