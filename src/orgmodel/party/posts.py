"""The posts of the Party as data, and what the record says of how a post is held.

Posts are read from ``offices.toml``: the body of people that each belongs to, the kinds of units that have it, its
seats, its rank, and which level manages it on a day. How a post is held is a value of the track ``fact:tenure``:
:class:`Taken`, or :class:`Left` where it is vacant. The verbs and questions are in :mod:`orgmodel.party.offices` and
:mod:`orgmodel.party.tenures`.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attrs import field, frozen

from orgmodel.history.history import History
from orgmodel.model.office import END_REASONS
from orgmodel.model.track import OFFICE
from orgmodel.party.questions import on_day, refuse_unknown, words_on_record
from orgmodel.party.tracks import CANDIDACY
from orgmodel.period import DayLike, Period, as_day
from orgmodel.rules.file import first_day, last_day
from orgmodel.rules.rule import Undecided
from orgmodel.structure.structure import Structure

__all__ = [
    "EARLY", "HOW", "REASONS", "Left", "Post", "Posts", "Taken", "asked_on", "origin_of", "posts", "read_posts",
    "tenure_of",
]  # fmt: skip

HOW: Final = {
    "appointed": "bổ nhiệm",
    "re-appointed": "bổ nhiệm lại",
    "elected": "bầu",
    "assigned": "chỉ định",
    "transferred": "điều động",
    "rotated": "luân chuyển",
    "acting": "phụ trách",
}
"""How a post is taken, with the Vietnamese term."""

REASONS: Final = {**END_REASONS, "dismissal": "cách chức"}
"""Why a holding ends, with the Vietnamese term."""

EARLY: Final = frozenset({"replacement", "resignation", "relief", "transfer", "dismissal"})
"""The reasons that end a holding before its term without death, retirement or a merger."""


# ---- posts as data


@frozen
class Post:
    """A post.

    Attributes:
        id: the word used everywhere.
        name: for people, English.
        name_vi: for people, Vietnamese.
        body: the body of people that it belongs to.
        seats: how many persons may hold it at once; 0 for any number.
        rank: compared to tell a move up from a move down; the higher, the more senior.
        managed: (first day or None, kind of unit -> the level that manages it), from the oldest.
    """

    id: str
    name: str
    name_vi: str
    body: str = ""
    seats: int = 1
    rank: int = 0
    managed: tuple[tuple[dt.date | None, Mapping[str, str]], ...] = ()

    def level(self, kind: str | None, day: DayLike) -> str | None:
        """The level that manages it in a unit of a kind on a day; None if the data does not say.

        >>> posts()["secretary"].level("commune", "2026-01-01"), posts()["secretary"].level("province", "2026-01-01")
        ('province', 'centre')
        """
        at = as_day(day)
        # Sorted from the oldest: the last that has begun is in force.
        in_force = [levels for since, levels in self.managed if since is None or since <= at]
        return in_force[-1].get(kind or "") if in_force else None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of units that have it."""
        return frozenset(kind for _, kinds in self.managed for kind in kinds)


@frozen
class Posts(Mapping[str, Post]):
    """The posts of a file, with the levels and the regulations on who manages them.

    Attributes:
        levels: the levels of management, from the lowest.
        regulations: (days, number) of the regulations.
    """

    _posts: Mapping[str, Post] = field(repr=False)
    levels: tuple[str, ...]
    regulations: tuple[tuple[Period, str], ...]

    def __getitem__(self, post: str) -> Post:
        return self._posts[post]

    def __iter__(self) -> Any:
        return iter(self._posts)

    def __len__(self) -> int:
        return len(self._posts)

    def highest(self, levels: Iterable[str]) -> str:
        """The highest of some levels: it decides on a person with several posts (rule G11).

        >>> posts().highest(["province", "centre", "province"])
        'centre'
        """
        return max(levels, key=self.levels.index)

    def regulation(self, day: DayLike) -> str | Undecided:
        """The regulation on the management of cadres in force on a day; undecided if none is on record.

        >>> posts().regulation("2025-10-07")[:8], posts().regulation("2025-10-08")
        ('50-QĐ/TW', '377-QĐ/TW')
        """
        at = as_day(day)
        number = next((number for period, number in self.regulations if at in period), None)
        return number or Undecided("regulation", rule="G11", day=at, message=f"no regulation is on record for {at}")


def read_posts(text: str) -> Posts:
    """The posts of a text in TOML, as ``offices.toml`` of the package is written."""
    data = tomllib.loads(text)
    listed: dict[str, Post] = {}
    for post, entry in data["post"].items():
        # Where no regulation changed the levels there is one table, without a day.
        managed = entry["managed"] if isinstance(entry["managed"], list) else [{"kinds": entry["managed"]}]
        dated = [(as_day(table["from"]) if "from" in table else None, table["kinds"]) for table in managed]
        name, name_vi = entry["names"]
        body, seats = entry.get("body", ""), entry.get("seats", 1)
        listed[post] = Post(post, name, name_vi, body, seats, entry["rank"], tuple(dated))
    regulations = []
    for entry in data["regulation"]:
        first = first_day(entry["from"]) if "from" in entry else None
        last = last_day(entry["to"]) if "to" in entry else None
        regulations.append((Period.inclusive(first, last), entry["number"]))
    return Posts(listed, tuple(data["levels"]), tuple(regulations))


@cache
def posts() -> Posts:
    """The posts of the package.

    >>> posts()["secretary"].name_vi, posts()["alternate_member"].body
    ('bí thư', 'executive')
    """
    return read_posts((files("orgmodel.party") / "data" / "offices.toml").read_text(encoding="utf-8"))


# ---- tenures


@frozen
class Taken:
    """How a post is held.

    Attributes:
        how: one of :data:`HOW`.
        until: the day until which it is given, the first without.
        decided_by: id of the unit that decided.
        managed_by: the level that manages the holder, where it is stated.
        origin: id of the unit that the holder comes from.
    """

    how: str = "appointed"
    until: dt.date | None = None
    decided_by: str = ""
    managed_by: str = ""
    origin: str = ""

    @property
    def value(self) -> tuple[str, ...]:
        """What the track holds."""
        until = "" if self.until is None else self.until.isoformat()
        return "taken", self.how, until, self.decided_by, self.managed_by, self.origin


@frozen
class Left:
    """Why a post is vacant.

    Attributes:
        reason: one of :data:`REASONS`.
    """

    reason: str

    @property
    def value(self) -> tuple[str, ...]:
        """What the track holds."""
        return "left", self.reason


def tenure_of(value: Any) -> Taken | Left | None:
    """What the track of tenures says.

    >>> tenure_of(Taken("elected").value), tenure_of(["left", "term"])
    (Taken(how='elected', until=None, decided_by='', managed_by='', origin=''), Left(reason='term'))
    """
    if value is None:
        return None
    sort, *fields = value
    if sort == "left":
        return Left(*fields)
    how, until, decided_by, managed_by, origin = fields
    return Taken(how, as_day(until) if until else None, decided_by, managed_by, origin)


def origin_of(value: Any) -> str:
    """The unit that a holder comes from, by what the track of tenures says; empty if that is not on record."""
    tenure = tenure_of(value)
    return tenure.origin if isinstance(tenure, Taken) else ""


# ---- the day of a question


def asked_on(h: Structure | History, on: DayLike | None, *asked: str) -> Structure:
    """The structure that a question about posts asks.

    Raises:
        Refused: a post is neither declared nor ever recorded: a misspelt one would look vacant.
    """
    structure = on_day(h, on)
    undeclared = [post for post in asked if post not in posts()]
    if undeclared:
        known = {*posts(), *words_on_record(structure, OFFICE, CANDIDACY)}
        refuse_unknown("a question about posts", "post", undeclared, known)
    return structure
