"""Offices: posts on units, who holds them from when to when, and why a holding ended.

Who holds a post is an opaque id: the library needs no name, no birth date, no personal
record. What it may need is the unit a person comes from, to tell who is local.

A holding is three tracks of the unit, all with the slot (post, seat):

======================= ======================================================
``office``              the opaque id of the holder
``fact:origin``         id of the unit that the holder comes from, if recorded
``fact:vacant_because`` why the post is vacant, from the day the holding ended
======================= ======================================================

They close when the unit ends: a holding that ran until then ended by the end of its unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.fact import fact_track
from orgmodel.period import Period

__all__ = [
    "EARLY",
    "END_REASONS",
    "ORIGIN",
    "VACANT_BECAUSE",
    "EndReason",
    "Holding",
    "Post",
    "Slot",
    "Vacancy",
    "known_reason",
    "slot_of",
]

Slot = tuple[str, int]
"""A post and a seat of it, counted from 1."""

EndReason = Literal["replacement", "resignation", "relief", "transfer", "retirement", "death", "merger", "term"]

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

EARLY: Final = frozenset({"replacement", "resignation", "relief", "transfer"})
"""The reasons that end a holding before its term without death, retirement or a merger."""

ORIGIN: Final = fact_track("origin")
VACANT_BECAUSE: Final = fact_track("vacant_because")


@frozen
class Post:
    """An office that a unit has.

    Attributes:
        id: the word used everywhere, ``"secretary"``.
        name: for people, English.
        name_vi: for people, Vietnamese.
        kinds: the kinds of units that have it; any if empty.
        seats: how many persons may hold it at once.
        level: the level that manages it (``"centre"``, ``"province"``, ``"commune"``).

    >>> Post("secretary", name_vi="bí thư", level="centre").seats
    1
    """

    id: str
    name: str = ""
    name_vi: str = ""
    kinds: frozenset[str] = field(default=frozenset(), converter=frozenset)
    seats: int = 1
    level: str = ""

    def __attrs_post_init__(self) -> None:
        if self.seats < 1:
            raise Refused(
                "a post", [Finding("post", f"the post {self.id!r} has {self.seats} seats; give it one or more")]
            )


@frozen
class Holding:
    """A person in a post, from a day to a day.

    Attributes:
        unit: id of the unit that has the post.
        post: id of the post.
        person: opaque id of the holder.
        period: from the first day to the first day no longer held.
        seat: which of several seats.
        origin: id of the unit the person comes from; None if nobody recorded it.
        reason: why it ended; None while it runs, and where nobody recorded it.

    >>> holding = Holding("24", "chair", "person-1", Period("2025-07-01"))
    >>> holding.slot, holding.on(dt.date(2026, 1, 1))
    (('chair', 1), True)
    """

    unit: str
    post: str
    person: str
    period: Period = Period()
    seat: int = 1
    origin: str | None = None
    reason: str | None = None

    @property
    def slot(self) -> Slot:
        """The slot of its tracks."""
        return self.post, self.seat

    def on(self, day: dt.date) -> bool:
        """Whether the person holds the post on a day."""
        return day in self.period


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


def known_reason(reason: str, units: Iterable[str] = (), day: dt.date | None = None) -> str:
    """The reason itself, which must be one of :data:`END_REASONS`.

    Raises:
        Refused: it is none of them.
    """
    if reason not in END_REASONS:
        raise Refused(
            "the end of a holding",
            [Finding("end-reason", f"{reason!r} is no reason; there are {', '.join(END_REASONS)}", tuple(units), day)],
        )
    return reason


def slot_of(value: Any) -> Slot:
    """A slot as it was read from a file, as the pair it is.

    >>> slot_of(["chair", 1])
    ('chair', 1)
    """
    post, seat = value
    return str(post), int(seat)
