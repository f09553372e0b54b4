"""Offices: what the facts of a unit say about its posts, and when one is vacant.

Who holds a post is an opaque id: the library needs no name, no birth date, no personal
record. What it may need is the unit a person comes from, to tell who is local.

That a person holds a post is three tracks of the unit, all with the slot (post, seat):

======================= ======================================================
``office``              the opaque id of the holder
``fact:origin``         id of the unit that the holder comes from, if recorded
``fact:vacant_because`` why the post is vacant, from the day the holding ended
======================= ======================================================

They close when the unit ends: a holding that ran until then ended by the end of its unit.
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
    "Slot",
    "Vacancy",
    "slot_of",
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
    """Days on which a post had no holder.

    Attributes:
        unit: id of the unit.
        post: id of the post.
        seat: which seat.
        period: from the first day without to the first day with a holder again; open if it lasts.
        reason: why, if it was recorded.
    """

    unit: str
    post: str
    seat: int
    period: Period
    reason: str | None = None

    def days(self, until: dt.date | None = None) -> int | None:
        """How many days it lasted; up to ``until`` if it still lasts, None without that.

        >>> Vacancy("24", "chair", 1, Period("2026-01-16", "2026-02-01")).days()
        16
        """
        end = self.period.end or until
        if end is None or self.period.start is None:
            return None
        return max(0, (end - self.period.start).days)


def slot_of(value: Any) -> Slot:
    """A slot as it was read from a file, as the pair it is.

    >>> slot_of(["chair", 1])
    ('chair', 1)
    """
    post, seat = value
    return str(post), int(seat)
