"""Deadlines in working days: Saturdays, Sundays and public holidays do not count.

The caller says which days are public holidays: anything that answers ``day in holidays``
will do, such as ``holidays.VN()`` of the python-holidays package, or a set of days. The first working day *after* the day of the decision is day 1, so that what is done
on day 60 meets a deadline of 60 working days, and what is done on day 61 does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import strict
from orgmodel.period import ONE_DAY, DayLike, as_day

__all__ = ["Proceeding", "add_working_days", "is_working_day", "working_days"]

NO_HOLIDAYS: Container[dt.date] = frozenset()
"""No public holidays. Without holidays the count of working days can only be too high."""


@strict
def is_working_day(day: DayLike, holidays: Container[dt.date] = NO_HOLIDAYS) -> bool:
    """Whether a day is Monday to Friday and no public holiday.

    >>> is_working_day("2025-09-02"), is_working_day("2025-09-02", {dt.date(2025, 9, 2)})
    (True, False)
    """
    day = as_day(day)
    return day.weekday() < 5 and day not in holidays


@strict
def working_days(start: DayLike, end: DayLike, holidays: Container[dt.date] = NO_HOLIDAYS) -> int:
    """The number of working days after ``start`` up to and including ``end``.

    Args:
        start: the day before the first that counts.
        end: the last day that counts.
        holidays: public holidays, which do not count.

    >>> working_days("2025-07-01", "2025-07-08")
    5
    """
    day, last = as_day(start), as_day(end)
    # Day by day, as holidays are any container: it can be asked about a day, but not listed.
    count = 0
    while day < last:
        day += ONE_DAY
        count += is_working_day(day, holidays)
    return count


@strict
def add_working_days(start: DayLike, days: int, holidays: Container[dt.date] = NO_HOLIDAYS) -> dt.date:
    """The day that is working day number ``days`` after ``start``.

    Args:
        start: the day before the first that counts.
        days: how many working days, 0 or more.
        holidays: public holidays, which do not count.

    Raises:
        Refused: the number is negative.

    >>> add_working_days("2025-07-01", 60)
    datetime.date(2025, 9, 23)
    >>> add_working_days("2025-07-01", 60, {dt.date(2025, 9, 1), dt.date(2025, 9, 2)})
    datetime.date(2025, 9, 25)
    """
    if days < 0:
        raise Refused("a deadline", [Finding("working-days", f"{days} working days is no deadline; write 0 or more")])
    day, left = as_day(start), days
    while left:
        day += ONE_DAY
        left -= is_working_day(day, holidays)
    return day


@frozen
class Proceeding:
    """What must be done in time, from the decision to the day it was done.

    Attributes:
        start: the day of the decision.
        done: the day it was done; None if it is open.

    >>> case = Proceeding.parse("2025-07-01/2025-09-24")
    >>> case.days_taken(dt.date(2025, 12, 1)), str(case)
    (61, '2025-07-01/2025-09-24')
    """

    start: dt.date = field(converter=as_day)
    done: dt.date | None = None

    @classmethod
    def parse(cls, text: str) -> Proceeding:
        """A proceeding as a fact records it: first day, a slash, the day it was done or nothing.

        Raises:
            BadDay: a part is no day.
        """
        start, _, done = text.partition("/")
        return cls(as_day(start), as_day(done) if done else None)

    def days_taken(self, on: dt.date, holidays: Container[dt.date] = NO_HOLIDAYS) -> int:
        """The working days it took, or has taken so far on a day."""
        end = self.done if self.done is not None and self.done <= on else on
        return working_days(self.start, end, holidays)

    def __str__(self) -> str:
        return f"{self.start}/{self.done or ''}"
