"""The tables of the data on Viet Nam as they are written, and the days that they write in short."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from importlib.resources import files
from operator import itemgetter
from typing import Final

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import strict
from orgmodel.party.periods import part_of_year, span
from orgmodel.period import ONE_DAY, Period, as_day

__all__ = [
    "LISTED", "columns_of", "first_day", "inclusive_period", "last_day", "table", "tables",
]  # fmt: skip

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
    reader = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return next(reader), reader


@strict
def columns_of(name: str, *columns: str) -> Iterable[tuple[str, ...]]:
    """Some columns of a table (two or more), in the order asked for."""
    header, rows = _lines(name)
    return map(itemgetter(*map(header.index, columns)), rows)


# ---- days


def _days_of(text: str) -> Period:
    try:
        return part_of_year(text) or span(text)
    except Refused:
        as_day(text)  # It refuses the text as no day, and says what one looks like.
        raise


def first_day(text: str) -> dt.date:
    """The first day that a day, month, half-year or year can mean; the convention for starts.

    >>> first_day("1992"), first_day("2011-01"), first_day("2024-H2")
    (datetime.date(1992, 1, 1), datetime.date(2011, 1, 1), datetime.date(2024, 7, 1))
    """
    start = _days_of(text).start
    assert start is not None
    return start


def last_day(text: str) -> dt.date:
    """The last day that a day, month, half-year or year can mean; the convention for ends.

    >>> last_day("2030"), last_day("2024-H1"), last_day("2024-02")
    (datetime.date(2030, 12, 31), datetime.date(2024, 6, 30), datetime.date(2024, 2, 29))
    """
    last = _days_of(text).last
    assert last is not None
    return last


@strict
def inclusive_period(start: str, end: str) -> Period:
    """The days from a start to an inclusive end, either of which may be shortened or empty."""
    return Period(first_day(start) if start else None, last_day(end) + ONE_DAY if end else None)
