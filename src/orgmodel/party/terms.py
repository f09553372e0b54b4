"""Terms of bodies: from their first day to the first day of the next, as ``fact:term`` records them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

from attrs import frozen
from dateutil.relativedelta import relativedelta

from orgmodel.model.fact import fact_track
from orgmodel.period import DayLike, Period, as_day

__all__ = ["Term"]

COMMITTEE: Final = "committee"
"""The Party committee of a unit, as a body that has terms."""

TERM_TRACK: Final = fact_track("term")


# An audit of the country asks hundreds of thousands of cells about the same few terms.
@lru_cache(maxsize=1024)
def _period(text: str) -> Period:
    start, _, end = text.partition("/")
    return Period(as_day(start), as_day(end))


@lru_cache(maxsize=1024)
def _months_after(start: dt.date, months: int) -> dt.date:
    return start + relativedelta(months=months)


@frozen
class Term:
    """A term of a body: from its first day to the first day of the next.

    Attributes:
        unit: id of the unit.
        period: its days; ``end`` is the first day of the next term.
        body: ``committee``, ``council`` or ``assembly``.

    >>> term = Term.of("46", "2025-10-02", months=60)
    >>> print(term.period, term.years)
    2025-10-02 to 2030-10-01 2025-2030
    >>> Term.of("c1", "2025-03-15", months=30).period.end
    datetime.date(2027, 9, 15)
    """

    unit: str
    period: Period
    body: str = COMMITTEE

    @classmethod
    def of(cls, unit: str, start: DayLike, months: int, body: str = COMMITTEE) -> Term:
        """The term that begins on a day and lasts some months; how many the law says: ``party.law.months_of_term``."""
        first = as_day(start)
        return cls(unit, Period(first, first + relativedelta(months=months)), body)

    @classmethod
    def parse(cls, unit: str, text: str, body: str = COMMITTEE) -> Term:
        """A term as the fact records it: first day, a slash, the first day of the next."""
        return cls(unit, _period(text), body)

    @property
    def start(self) -> dt.date:
        """Its first day."""
        assert self.period.start is not None
        return self.period.start

    @property
    def end(self) -> dt.date:
        """The first day of the next term."""
        assert self.period.end is not None
        return self.period.end

    @property
    def years(self) -> str:
        """How it is called: ``2025-2030``."""
        return f"{self.start.year}-{self.end.year}"

    def lasts(self, months: int) -> bool:
        """Whether it lasts exactly a number of months, to the day."""
        return _months_after(self.start, months) == self.end
