"""Periods as people write them: a year, a half, a quarter, a month, a span of days."""

from __future__ import annotations

import re
from typing import Annotated, Final

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import Read
from orgmodel.model.matter import When
from orgmodel.period import DayLike, Period

__all__ = [
    "Span",
    "part_of_year",
    "span",
]

_PART_OF_YEAR: Final = re.compile(r"(\d{4})-(?:Q([1-4])|H([12]))")


def span(text: Period | When | DayLike | int) -> Period:
    """The period that a caller gives: with a first day and an end.

    Raises:
        Refused: it has no first or no last day.

    >>> print(span(2025), "|", span("2024-01/2024-06"))
    2025-01-01 to 2025-12-31 | 2024-01-01 to 2024-06-30
    """
    if isinstance(text, Period):
        period = text
    else:
        # True is an int as well, but no year.
        when = When.of(f"{text:04}" if isinstance(text, int) and not isinstance(text, bool) else text)  # type: ignore[arg-type]
        try:
            period = Period.inclusive(when.first, when.last)
        except OverflowError:
            # The last day of the calendar has no day after it, on which a period could end.
            raise Refused(
                "a period", [Finding("period", f"{text!r} ends with the calendar; give an earlier end")]
            ) from None
    if period.start is None or period.end is None:
        raise Refused("a period", [Finding("period", f"{text!r} has no first or no last day; give both")])
    return period


Span = Annotated[Period | When | DayLike | int, Read(span)]
"""A period as callers give it: a year, ``2025-01/2025-06``, a Period."""


def part_of_year(text: str) -> Period | None:
    """The days of a quarter or half-year, ``2025-Q3`` or ``2025-H2``; None if a text is neither.

    >>> print(part_of_year("2025-Q3"), part_of_year("2025-07"), sep="; ")
    2025-07-01 to 2025-09-30; None
    """
    part = _PART_OF_YEAR.fullmatch(text)
    if part is None:
        return None
    year, quarter, half = (int(digits or 0) for digits in part.groups())
    first, months = (3 * quarter - 2, 3) if quarter else (6 * half - 5, 6)
    return span(f"{year}-{first:02}/{year}-{first + months - 1:02}")
