"""The acts of the embedded country that are not in a table of the reform, from ``country.toml``.

The file has the acts as operations in the form that plans and files of histories have, so that every verb can be
used in it and each is read, checked and written by the same code.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.forms import read_operation
from orgmodel.party import members, work
from orgmodel.party.vietnam_acts import act_of

__all__ = [
    "VERBS_OF", "FigureOf", "acts", "figures",
]  # fmt: skip

VERBS_OF: Any = (members, work)
"""The modules whose verbs the file uses: they join when they are defined."""


@frozen
class FigureOf:
    """What a row of the table of public figures is a figure of.

    Attributes:
        row: id of the row, ``P001``.
        unit: id of a unit or cluster.
        measure: id of the measure.
        scope: ``own`` or ``subtree``.
        effective: the day from which it counts, where the row has none.
    """

    row: str
    unit: str
    measure: str
    scope: str
    effective: dt.date | None


@cache
def _file() -> Mapping[str, Any]:
    with (files("orgmodel.party") / "data" / "vietnam" / "country.toml").open("rb") as file:
        return tomllib.load(file)


def _filled(value: Any, n: int) -> Any:
    """A record in which ``{n}`` is a number."""
    match value:
        case str():
            return value.replace("{n}", str(n))
        case list():
            return [_filled(item, n) for item in value]
        case dict():
            return {key: _filled(item, n) for key, item in value.items()}
        case _:
            return value


def _operations(records: list[dict[str, Any]]) -> Iterator[Any]:
    for record in records:
        times = record.get("times", 1)
        alone = {key: value for key, value in record.items() if key != "times"}
        for n in range(1, times + 1):
            yield read_operation(_filled(alone, n))


def acts() -> tuple[Act, ...]:
    """The acts of the file, in its order.

    >>> acts()[0].id, acts()[0].source.certainty
    ('vn-s-centre-2024', 'memory')
    """
    return tuple(act_of(entry, list(_operations(entry["do"]))) for entry in _file()["act"])


def figures() -> tuple[FigureOf, ...]:
    """What the rows of the table of public figures are figures of; a row that is not named is of no unit here."""
    return tuple(
        FigureOf(row, entry["unit"], measure, entry.get("scope", "own"), entry.get("effective"))
        for entry in _file()["figure"]
        for row, measure in entry["rows"].items()
    )
