"""Days and half-open periods: the only place where dates are parsed and inclusive ends converted.

Everywhere else a day is a :class:`datetime.date` and a period is ``[start, end)``: its first day is included, its end is
the first day that no longer belongs to it. Half-open periods meet without gap or overlap, and lengths add up.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from attrs import field, frozen
from dateutil.parser import isoparse
from dateutil.relativedelta import relativedelta

from orgmodel.errors import BadDay, Finding, Refused

__all__ = [
    "FOREVER",
    "DayLike",
    "Period",
    "as_day",
]

DayLike = dt.date | str
"""A day as users write it: a :class:`datetime.date` or an ISO string such as ``"2025-07-01"``."""

FOREVER: Final = 2**31 - 1
"""The ordinal of an open end; larger than that of any day."""

ONE_DAY: Final = relativedelta(days=1)


def as_day(value: DayLike) -> dt.date:
    """The day of a date, text or midnight.

    Args:
        value: a date; a full ISO day; or a time of midnight, as pandas, numpy and polars write days. Months and years
            alone, other times, times in a zone, weeks and ``NaT`` are refused: the caller must say which day they mean.

    Raises:
        BadDay: the text is no day of the calendar, or not a full ISO day.

    >>> as_day("2025-07-01")
    datetime.date(2025, 7, 1)
    >>> as_day("2025-02-30")
    Traceback (most recent call last):
        ...
    orgmodel.errors.BadDay: '2025-02-30' is not a day (day is out of range for month); write an ISO day such as '2025-07-01'
    """
    if isinstance(value, dt.date):
        if isinstance(value, dt.datetime):
            return _day_of(value)
        # Subclasses of date become plain dates, which every file can hold.
        return value if type(value) is dt.date else dt.date(value.year, value.month, value.day)
    if not isinstance(value, str):
        return _day_of(value)
    if not _WHOLE.fullmatch(value):
        raise BadDay(value, _why_not(value))
    try:
        return isoparse(value).date()
    except ValueError as error:
        # Python 3.14 words the reason differently; the first clause is the same.
        reason = str(error).split(";")[0]
        if "day" in reason and "range" in reason:
            reason = "day is out of range for month"
        raise BadDay(value, reason) from None


_MONTHS_AND_YEARS: Final = ("datetime64[M]", "datetime64[Y]", "datetime64[W]")
"""Types of numpy whose values are no single day."""

_WHOLE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _day_of(value: Any) -> dt.date:
    """The day of a midnight without a zone, also as numpy, pandas and polars write it."""
    if type(value).__name__ == "NaTType":
        raise BadDay(value, "not a time")
    if type(value).__name__ == "datetime64":
        if str(value.dtype) in _MONTHS_AND_YEARS:
            raise BadDay(str(value), "not a whole day")
        value = value.astype("datetime64[us]").item()
        if value is None:
            raise BadDay("NaT", "not a time")
    if not isinstance(value, dt.datetime):
        raise BadDay(value, f"a {type(value).__name__}, not a date or text")
    if value.tzinfo is not None:
        # 00:30 in Hanoi is the day before in London: the library cannot know which day is meant.
        raise BadDay(value.isoformat(), "a time in a zone; give the day that is meant, .date()")
    if value.time() != dt.time.min:
        raise BadDay(value.isoformat(), "a time of a day; give the day, .date()")
    return value.date()


def _why_not(text: str) -> str:
    """Why a text is not a whole ISO day."""
    if re.fullmatch(r"[0-9]{4}-?W[0-9]{2}(-?[1-7])?", text):
        return "a week or a day of one"
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]+[0-9]", text):
        return "a time of a day"
    if text != text.strip():
        return "with space around it"
    return "not a whole day"


def from_ordinal(ordinal: int) -> dt.date | None:
    """The day of an engine ordinal, None for :data:`FOREVER`.

    >>> from_ordinal(739433), from_ordinal(FOREVER)
    (datetime.date(2025, 7, 1), None)
    """
    return None if ordinal >= FOREVER else dt.date.fromordinal(ordinal)


def to_ordinal(day: dt.date | None) -> int:
    """The engine ordinal of a day; None, an open end, gives :data:`FOREVER`.

    >>> to_ordinal(dt.date(2025, 7, 1))
    739433
    """
    return FOREVER if day is None else day.toordinal()


def _optional_day(value: DayLike | None) -> dt.date | None:
    return None if value is None else as_day(value)


@frozen
class Period:
    """The days from ``start`` (included) to ``end`` (not included); None is open.

    >>> term = Period("2025-07-01", "2030-07-01")
    >>> "2030-06-30" in term, "2030-07-01" in term
    (True, False)
    >>> print(Period.inclusive("2024-01-01", "2024-12-31"))
    2024-01-01 to 2024-12-31
    """

    start: dt.date | None = field(default=None, converter=_optional_day)
    end: dt.date | None = field(default=None, converter=_optional_day)

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise Refused(
                "a period that ends before it starts",
                [Finding("period", f"the end {self.end} is before the start {self.start}", day=self.start)],
            )

    @classmethod
    def inclusive(cls, first: DayLike | None, last: DayLike | None) -> Period:
        """The period with an inclusive last day, as most registers write it."""
        end = None if last is None else as_day(last) + ONE_DAY
        return cls(first, end)

    def __contains__(self, day: DayLike) -> bool:
        day = as_day(day)
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """Whether any day belongs to both.

        >>> Period("2024-01-01", "2025-01-01").overlaps(Period("2025-01-01"))
        False
        """
        starts = [p.start for p in (self, other) if p.start is not None]
        ends = [p.end for p in (self, other) if p.end is not None]
        return not starts or not ends or max(starts) < min(ends)

    @property
    def last(self) -> dt.date | None:
        """The last day that belongs to the period, None if it has no end.

        >>> Period("2024-01-01", "2025-01-01").last
        datetime.date(2024, 12, 31)
        """
        return None if self.end is None else self.end - ONE_DAY

    def __str__(self) -> str:
        """The first and the last day; of a period without a day, such as the life of a unit of one moment, where it is.

        >>> print(Period("2025-07-01", "2025-07-01"))
        no whole day, within 2025-07-01
        """
        if self.start is not None and self.start == self.end:
            return f"no whole day, within {self.start}"
        start = "the beginning" if self.start is None else str(self.start)
        return f"from {start}" if self.last is None else f"{start} to {self.last}"
