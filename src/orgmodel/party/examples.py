"""A small made-up organisation, for trying things out and for examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgmodel.history.history import History, history_of
from orgmodel.model.door import strict
from orgmodel.party import kinds
from orgmodel.period import DayLike

__all__ = ["example"]


@strict
def example(
    *provinces: str, below: Mapping[str, str] | None = None, members: int | None = None, day: DayLike = "2025-01-01"
) -> History:
    """A history of a centre ``vn`` with some provinces under it, by the Party's schema.

    Args:
        provinces: ids of the provinces.
        below: id -> kind of further units, all directly under the first province.
        members: how many members each province states; None: nothing.
        day: the first day of the history.

    >>> history = example("p", below={"btc": "agency", "c": "commune"}, day="2025-07-01")
    >>> history.at("2025-07-01").children("p")
    ('btc', 'c')
    """
    figures = {} if members is None else {"members": members}
    rows: list[dict[str, Any]] = [{"id": "vn", "kind": kinds.CENTRE}]
    rows += [{"id": unit, "kind": kinds.PROVINCE, "parent": "vn", **figures} for unit in provinces]
    rows += [{"id": unit, "kind": kind, "parent": provinces[0]} for unit, kind in (below or {}).items()]
    return history_of(rows, day=day, schema=kinds.SCHEMA)
