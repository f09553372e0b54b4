"""Offices: the facts of a unit about its posts, and their vacancies.

The holder of a post is an opaque id: the library needs no name, no birth date, no personal record. It may need the unit
from which a person comes, to tell who is local.

A holding consists of three tracks of the unit, all with the slot (post, seat):

======================= ======================================================
``office``              the opaque id of the holder
``fact:origin``         id of the unit that the holder comes from, if recorded
``fact:vacant_because`` why the post is vacant, from the day the holding ended
======================= ======================================================

They end with the unit: a holding that lasted until then ended by the end of its unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from orgmodel.period import Period

__all__ = [
    "END_REASONS",
    "Vacancy",
]

Slot = tuple[str, int]
"""A post and a seat of it, counted from 1."""


END_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "replacement": "thay thế",
        "resignation": "từ chức",
        "relief": "miễn nhiệm, cho thôi giữ chức vụ",
        "transfer": "điều động, luân chuyển",
        "retirement": "nghỉ hưu",
        "death": "từ trần",
        "merger": "hợp nhất, sáp nhập",
        "term": "hết nhiệm kỳ",
    }
)
"""Why a holding may end, with the Vietnamese term."""


@frozen
class Vacancy:
    """A period in which a post had no holder.

    Attributes:
        unit: id of the unit.
        post: id of the post.
        seat: number of the seat.
        period: from the first day without to the first day with a holder again; open if it lasts.
        reason: why, if it was recorded.
    """

    unit: str
    post: str
    seat: int
    period: Period
    reason: str | None = None

    def days(self, until: dt.date | None = None) -> int | None:
        """The number of days; up to ``until`` if it still lasts, None without ``until``.

        >>> Vacancy("24", "chair", 1, Period("2026-01-16", "2026-02-01")).days()
        16
        """
        end = self.period.end or until
        if end is None or self.period.start is None:
            return None
        return max(0, (end - self.period.start).days)


def slot_of(value: Any) -> Slot:
    """The pair (post, seat) of a slot that was read from a file.

    >>> slot_of(["chair", 1])
    ('chair', 1)
    """
    post, seat = value
    return str(post), int(seat)
