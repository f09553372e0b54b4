"""Periods as people write them: a year, a half, a quarter, a month, a span of days."""

from __future__ import annotations

import re
from typing import Annotated, Final

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.door import Read
from orgmodel.model.matter import When
from orgmodel.period import DayLike, Period

__all__ = ["OpenSpan", "Span", "any_span", "span"]

_PART_OF_YEAR: Final = re.compile(r"(\d{4})-(?:Q([1-4])|H([12]))")


def span(text: Period | When | DayLike | int) -> Period:
    """The period that a caller gives: with a first day and an end.

    A text is a day, a month, a quarter (``2025-Q3``), a half-year (``2025-H2``), a year, or ``FIRST/LAST``.

    Raises:
        Refused: it has no first or no last day.

    >>> for text in (2025, "2025-H2", "2025-Q3", "2025-07", "2024-01/2024-06"):
    ...     print(span(text))
    2025-01-01 to 2025-12-31
    2025-07-01 to 2025-12-31
    2025-07-01 to 2025-09-30
    2025-07-01 to 2025-07-31
    2024-01-01 to 2024-06-30
    """
    period = text if isinstance(text, Period) else _days_of(text)
    if period.start is None or period.end is None:
        raise Refused("a period", [Finding("period", f"{text!r} has no first or no last day; give both")])
    return period


def _days_of(text: When | DayLike | int) -> Period:
    when = _when(text)
    try:
        return Period.inclusive(when.first, when.last)
    except OverflowError:
        # The last day of the calendar has no day after it, on which a period could end.
        message = f"{text!r} ends with the calendar; give an earlier end"
        raise Refused("a period", [Finding("period", message)]) from None


def _when(text: When | DayLike | int) -> When:
    match text:
        case bool():
            # True is an int as well, but no year.
            raise BadDay(text, "a bool, not a date or text")
        case int():
            return When.of(f"{text:04}")
        case str():
            return When.of(_months(text))
        case _:
            return When.of(text)


def _months(text: str) -> str:
    """A quarter or half-year as its first and last month; any other text as it is."""
    part = _PART_OF_YEAR.fullmatch(text)
    if part is None:
        return text
    year, quarter, half = part.groups()
    last, months = (3 * int(quarter), 3) if quarter else (6 * int(half), 6)
    return f"{year}-{last - months + 1:02}/{year}-{last:02}"


def any_span(text: Period | When | DayLike | int) -> Period:
    """The period that a caller gives: as for :func:`span`, but a :class:`~orgmodel.period.Period` may be open.

    >>> print(any_span("2025-Q3"), "and", any_span(Period("2025-07-01")))
    2025-07-01 to 2025-09-30 and from 2025-07-01
    """
    return text if isinstance(text, Period) else span(text)


Span = Annotated[Period | When | DayLike | int, Read(span)]
"""A period as callers give it: a year, ``2025-Q3``, ``2025-01/2025-06``, a Period."""

OpenSpan = Annotated[Period | When | DayLike | int, Read(any_span)]
"""The same, or a Period without a first or last day."""
