"""The tables of the data on Viet Nam, as they are written."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from importlib.resources import files
from operator import itemgetter
from typing import Final

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import strict

__all__ = ["LISTED", "columns_of", "table", "tables"]

_FOLDER: Final = files("orgmodel.party") / "data" / "vietnam"

LISTED: Final = "listed"
"""The evidence of links that were not read in the act, but in lists that others made of it."""


def tables() -> tuple[str, ...]:
    """The names of the tables in the package.

    >>> "communes_2025" in tables()
    True
    """
    return tuple(sorted(f.name.removesuffix(".csv") for f in _FOLDER.iterdir() if f.name.endswith(".csv")))


@strict
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one table as they are written, column -> text; an empty text is "not known".

    Raises:
        Refused: there is no such table.

    >>> table("provinces_2025")[0]["name"]
    'Thành phố Hà Nội'
    """
    header, rows = _lines(name)
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


def _lines(name: str) -> tuple[list[str], Iterator[list[str]]]:
    path = _FOLDER / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(tables())
        raise Refused("a table", [Finding("table", f"there is no table {name!r} (there are {known})")])
    # No cell of these tables has a line break, so that each line is a row.
    reader = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return next(reader), reader


@strict
def columns_of(name: str, *columns: str) -> Iterable[tuple[str, ...]]:
    """Some columns of a table (two or more), in the order asked for."""
    header, rows = _lines(name)
    return map(itemgetter(*map(header.index, columns)), rows)
