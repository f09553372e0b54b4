"""Who holds which post: vacancies, double offices, gaps over a merger, who decides, who is local.

Holders are opaque ids. All questions are asked of a structure (one day) or a history.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Succession
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.office import (
    ORIGIN,
    VACANT_BECAUSE,
    Holding,
    Post,
    Vacancy,
    known_reason,
    slot_of,
)
from orgmodel.model.track import OFFICE
from orgmodel.period import DayLike, Period, as_day
from orgmodel.rules.file import first_day, last_day
from orgmodel.rules.rule import Undecided
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.structure import Structure

SECRETARY: Final = "secretary"
STANDING_DEPUTY: Final = "standing_deputy_secretary"
DEPUTY_SECRETARY: Final = "deputy_secretary"
COMMITTEE_CHAIR: Final = "committee_chair"
FRONT_CHAIR: Final = "front_chair"
INSPECTION_HEAD: Final = "inspection_head"


@cache
def _file() -> Mapping[str, Any]:
    with (files("orgmodel.party") / "data" / "offices.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def posts() -> Mapping[str, Post]:
    """The posts by id, from the data file.

    >>> posts()["secretary"].name_vi
    'bí thư'
    """
    return {
        p["id"]: Post(p["id"], p["name"], p["name_vi"], frozenset(p["managed"]), p.get("seats", 1))
        for p in _file()["post"]
    }


# ---- changing


def appoint(holding: Holding) -> tuple[Change, ...]:
    """The changes that put a person in a post, for an act on the first day of the holding.

    >>> [change.track for change in appoint(Holding("24", "chair", "p1", Period("2025-07-01"), origin="27"))]
    ['office', 'fact:origin', 'fact:vacant_because']
    """
    return (
        Change(holding.unit, OFFICE, holding.person, holding.slot, holding.period.end),
        Change(holding.unit, ORIGIN, holding.origin, holding.slot, holding.period.end),
        Change(holding.unit, VACANT_BECAUSE, None, holding.slot),
    )


def end_holding(structure: Structure, unit: str, post: str, reason: str, seat: int = 1) -> tuple[Change, ...]:
    """The changes that end a holding before its time, with the reason, for an act on the structure's day.

    Args:
        structure: the organisation on the day before, or so far: the post must have a holder.
        unit: id of the unit.
        post: id of the post.
        reason: one of :data:`orgmodel.model.office.END_REASONS`.
        seat: which seat.

    Raises:
        Refused: the reason is none, or nobody holds the post.
        UnitEnded: the unit has ended; the holding ended with it.
    """
    known_reason(reason, (unit,), structure.day)
    if structure.value(unit, OFFICE, (post, seat)) is None:
        raise Refused(
            "the end of a holding",
            [Finding("holding", f"nobody holds {post} {seat}; there is nothing to end", (unit,), structure.day)],
        )
    return (
        Change(unit, OFFICE, None, (post, seat)),
        Change(unit, ORIGIN, None, (post, seat)),
        Change(unit, VACANT_BECAUSE, reason, (post, seat)),
    )


# ---- one day


def holder(structure: Structure, unit: str, post: str, seat: int = 1) -> str | None:
    """The opaque id of whoever holds a post on the day, None if nobody is recorded."""
    found = structure.value(unit, OFFICE, (post, seat))
    return None if found is None else str(found)


def holders(structure: Structure, unit: str, post: str) -> tuple[str, ...]:
    """The opaque ids of all who hold a post of several seats, by seat."""
    slots = structure.slots(unit, OFFICE)
    return tuple(str(person) for slot, person in sorted(slots.items()) if slot_of(slot)[0] == post)


def posts_of(structure: Structure, person: str) -> tuple[tuple[str, str, int], ...]:
    """The posts that a person holds on the day: (unit, post, seat), units in preorder."""
    columns = DayColumns(structure)
    found = [
        (columns.place[unit], unit, *slot_of(slot))
        for unit, slots in columns.slots(OFFICE).items()
        for slot, who in slots.items()
        if who == person
    ]
    return tuple((unit, post, seat) for _, unit, post, seat in sorted(found))


def double_offices(
    structure: Structure, unit: str, post: str, others: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str, str], ...]:
    """Who holds a post of a unit and another post as well: (person, other unit, other post).

    Args:
        structure: the organisation on a day.
        unit: id of the unit.
        post: id of the post.
        others: pairs (unit, post) to look at.
    """
    mine = set(holders(structure, unit, post))
    return tuple((p, u, q) for u, q in others for p in holders(structure, u, q) if p in mine)


def check_double_office(
    structure: Structure, unit: str, post: str, other: tuple[str, str], *, required: bool
) -> tuple[Finding, ...]:
    """What is wrong where two posts must, or must not, be held by one person.

    Raises:
        Refused: nobody is recorded for one of the posts: it cannot be told.
    """
    here, there = set(holders(structure, unit, post)), set(holders(structure, *other))
    for who, name, u in ((here, post, unit), (there, other[1], other[0])):
        if not who:
            raise Refused(
                "double offices",
                [Finding("holding", f"nobody is recorded as {name}; record the holder first", (u,), structure.day)],
            )
    both = here & there
    if bool(both) == required:
        return ()
    what = f"{post} of {unit} and {other[1]} of {other[0]}"
    text = f"{what} must be held by one person" if required else f"{what} are held by {', '.join(sorted(both))}"
    return (Finding("double-office", text, (unit, other[0]), structure.day),)


# ---- who decides


@frozen
class Decision:
    """The level that decides on a person, and the regulation that says so.

    Attributes:
        level: the highest of the levels that manage the person's posts.
        regulation: its number.
        posts: the person's posts, with the level that manages each.
    """

    level: str
    regulation: str
    posts: tuple[tuple[str, str, str], ...]


def levels() -> tuple[str, ...]:
    """The levels of management, from the lowest.

    >>> levels()[-1]
    'centre'
    """
    return tuple(_file()["levels"])


def regulation_on(day: DayLike) -> str | Undecided:
    """The regulation on the management of cadres in force on a day; Undecided where none is on record for it.

    >>> regulation_on("2025-10-07")[:8], regulation_on("2025-10-08")
    ('50-QĐ/TW', '377-QĐ/TW')
    >>> print(regulation_on("2019-01-01"))
    the regulation on the management of cadres of 2019-01-01 is not on record [G11]
    """
    day = as_day(day)
    for entry in _file()["regulation"]:
        first = first_day(entry["from"]) if "from" in entry else None
        last = last_day(entry["to"]) if "to" in entry else None
        if day in Period.inclusive(first, last):
            return str(entry["number"])
    text = f"the regulation on the management of cadres of {day} is not on record"
    text_vi = f"quy định về phân cấp quản lý cán bộ ngày {day} chưa được ghi nhận"
    return Undecided(f"the rule of {day}", (), "G11", day, text, text_vi)


@cache
def _managed() -> Mapping[str, Mapping[str, str]]:
    return {p["id"]: p["managed"] for p in _file()["post"]}


def managing_level(post: str, kind: str | None) -> str | None:
    """The level that manages a post of a kind of unit, None if the table does not say.

    >>> managing_level("secretary", "commune"), managing_level("secretary", "province")
    ('province', 'centre')
    """
    return _managed().get(post, {}).get(kind or "")


def deciding_level(structure: Structure, person: str) -> Decision | Undecided | None:
    """The level that decides on a person: the highest over all posts held on the day.

    None if the person holds no post, Undecided on a day whose regulation is not on record. A post that the table does not know is left out if
    others are known.

    Raises:
        Refused: the table knows none of the person's posts.
    """
    held = posts_of(structure, person)
    regulation = regulation_on(structure.day)
    if not held:
        return None
    if isinstance(regulation, Undecided):
        return regulation
    found = [(unit, post, managing_level(post, structure.unit(unit).kind)) for unit, post, _ in held]
    known = tuple((unit, post, level) for unit, post, level in found if level is not None)
    if not known:
        raise Refused(
            "the deciding level",
            [
                Finding("managing-level", f"no table says who manages {post}; add it to offices.toml", (unit,))
                for unit, post, _ in found
            ],
        )
    order = levels()
    highest = max((level for *_, level in known), key=order.index)
    return Decision(highest, regulation, known)


# ---- local origin


def is_local(structure: Structure | DayColumns, origin: str | None, unit: str) -> bool | None:
    """Whether someone from ``origin`` is local in ``unit`` on the structure's day.

    The unit of origin goes through the lineage: what it has become by the day counts.

    Returns:
        None where it cannot be told: the origin is not recorded, has no successor, is
        larger than the unit, or was divided and only a part went there.
    """
    columns = structure if isinstance(structure, DayColumns) else DayColumns(structure)
    heirs = None if origin is None else columns.heirs(origin)
    if not heirs:
        return None
    inside = {columns.within(heir, unit) for heir in heirs}
    if inside == {True}:
        return True
    if True in inside or any(columns.within(unit, heir) for heir in heirs):
        return None
    return False


@frozen
class LocalShare:
    """How many holders of some posts are not local.

    Attributes:
        not_local: how many come from elsewhere.
        local: how many are local.
        unknown: for how many it cannot be told.
        vacant: how many posts have no recorded holder.
    """

    not_local: int
    local: int
    unknown: int
    vacant: int

    @property
    def posts(self) -> int:
        """How many posts there are."""
        return self.not_local + self.local + self.unknown + self.vacant

    def __str__(self) -> str:
        return f"{self.not_local} of {self.posts} not local"


def share_not_local(structure: Structure, post_ids: Iterable[str], kind: str) -> LocalShare:
    """How many of the holders of some posts (one seat each) in units of a kind are not local on the day."""
    columns = DayColumns(structure)
    offices, origins = columns.slots(OFFICE), columns.slots(ORIGIN)
    answers: list[bool | None] = []
    vacant = 0
    wanted = tuple(post_ids)
    for place in columns.where([kind]).tolist():
        unit = columns.ids[place]
        for post in wanted:
            if (post, 1) not in offices.get(unit, {}):
                vacant += 1
            else:
                answers.append(is_local(columns, origins.get(unit, {}).get((post, 1)), unit))
    return LocalShare(answers.count(False), answers.count(True), answers.count(None), vacant)


# ---- through time


def holdings(history: History, units: Iterable[str] | None = None) -> tuple[Holding, ...]:
    """All holdings that the history knows, by unit, then post, seat and day.

    Args:
        history: where they are recorded.
        units: only those of some units; of all if None.

    A holding that ran until its unit ended has the reason ``merger`` if the unit has
    successors.
    """
    chosen = sorted(_units_with_offices(history)) if units is None else list(units)
    return tuple(holding for unit in chosen for holding in _holdings_of(history, unit))


def _units_with_offices(history: History) -> set[str]:
    return {change.subject for act in history.acts for change in _changes(act) if change.track == OFFICE}


def _changes(act: Act) -> Iterator[Change]:
    for event in act.events:
        if isinstance(event, Change):
            yield event
        elif isinstance(event, Succession):
            yield from event.changes


def _holdings_of(history: History, unit: str) -> list[Holding]:
    facts = history.biography(unit)
    ended = history.life(unit).end
    origins = {(f.slot, f.start): f.value for f in facts if f.track == ORIGIN}
    reasons: dict[tuple[Any, dt.date | None], Any] = {
        (f.slot, f.start): f.value for f in facts if f.track == VACANT_BECAUSE
    }
    merged = ended is not None and bool(history.lineage.successors(unit, direct=True))
    found: list[Holding] = []
    for fact in facts:
        if fact.track == OFFICE:
            post, seat = slot_of(fact.slot)
            reason = reasons.get((fact.slot, fact.end))
            if reason is None and merged and fact.end == ended:
                reason = "merger"
            period = Period(fact.start, fact.end)
            found.append(Holding(unit, post, fact.value, period, seat, origins.get((fact.slot, fact.start)), reason))
    return sorted(found, key=lambda h: (h.post, h.seat, h.period.start or dt.date.min))


def vacancies(
    history: History, unit: str, post: str, seat: int = 1, *, a: DayLike | None = None, b: DayLike | None = None
) -> tuple[Vacancy, ...]:
    """The days of ``[a, b)`` in the life of a unit on which nobody held a post.

    Args:
        history: where holdings are recorded.
        unit: id of the unit.
        post: id of the post.
        seat: which seat.
        a: first day that is looked at; the unit's first if None.
        b: first day that is not; the unit's end if None, then a last vacancy may be open.
    """
    life = history.life(unit)
    start = max([day for day in (life.start, as_day(a) if a is not None else None) if day is not None])
    ends = [day for day in (life.end, as_day(b) if b is not None else None) if day is not None]
    end = min(ends) if ends else None
    if end is not None and end <= start:
        return ()
    reasons = {
        f.start: f.value for f in history.biography(unit) if f.track == VACANT_BECAUSE and f.slot == (post, seat)
    }
    gaps: list[Vacancy] = []
    free = start
    for holding in _holdings_of(history, unit):
        if (holding.post, holding.seat) != (post, seat):
            continue
        first, last = holding.period.start, holding.period.end
        assert first is not None
        if first > free:
            until = first if end is None else min(first, end)
            if until > free:
                gaps.append(Vacancy(unit, post, seat, Period(free, until), reasons.get(free)))
        if last is None:
            return tuple(gaps)
        free = max(free, last)
    if end is None or free < end:
        gaps.append(Vacancy(unit, post, seat, Period(free, end), reasons.get(free)))
    return tuple(gaps)


def interruptions(history: History, unit: str, post: str, a: DayLike, b: DayLike, seat: int = 1) -> tuple[Vacancy, ...]:
    """The days of ``[a, b)`` on which a unit, or a unit it was made of, had no holder of a post.

    Empty means that the leadership was not interrupted: there was a holder on each day,
    before the merger in every predecessor and from its day on in the new unit.
    """
    chain = {unit: None}
    pending = [unit]
    while pending:
        for before in history.lineage.predecessors(pending.pop(), direct=True):
            if before not in chain:
                chain[before] = None
                pending.append(before)
    return tuple(gap for one in chain for gap in vacancies(history, one, post, seat, a=a, b=b))


def ended_early(history: History, a: DayLike, b: DayLike, units: Iterable[str] | None = None) -> tuple[Holding, ...]:
    """The holdings that ended in ``(a, b]`` with a recorded reason other than a merger or the end of a term."""
    first, last = as_day(a), as_day(b)
    return tuple(
        holding
        for holding in holdings(history, units)
        if holding.period.end is not None
        and first < holding.period.end <= last
        and holding.reason not in (None, "merger", "term")
    )
