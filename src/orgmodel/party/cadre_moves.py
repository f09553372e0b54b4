"""Moves of cadres (bổ nhiệm, giới thiệu ứng cử, điều động, luân chuyển ...), derived from offices and candidacies.

A move is never stored: it is a tenure that begins, a nomination, or a holding that ends. What a merger carries over is
no move. Going up or down (có lên có xuống) follows from the ranks of posts before and after. Where only a number of
a period is published, it is a flow (``moves.appointed``) and stands beside what is derived, never added to it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.matter import Person
from orgmodel.model.measure import Quantity
from orgmodel.party.members import Span, flow, span
from orgmodel.party.offices import HOW, NOMINATED, REASONS, Holding, holdings, posts
from orgmodel.party.questions import is_on_record, matters, on_day
from orgmodel.party.tracks import CANDIDACY
from orgmodel.period import DayLike, Period

__all__ = [
    "FIGURE", "Direction", "Move", "Moves", "moves",
]  # fmt: skip

Direction = Literal["up", "down", "level", ""]

FIGURE: Final = "moves."
"""What stands before the kind of a move in the name of a published figure: ``moves.appointed``, ``moves.nominated``."""


@frozen
class Move:
    """A move of a cadre.

    Attributes:
        unit: id of the unit.
        post: id of the post.
        person: opaque id.
        day: the day.
        kind: how the post was taken, ``nominated``, or why it was left.
        direction: up, down or level, by the ranks of the posts held before and after; empty where it cannot be told.
        level: the level that manages the post in such a unit, or that is stated.
        act: id of the act.
    """

    unit: str
    post: str
    person: str
    day: dt.date
    kind: str
    direction: Direction
    level: str
    act: str


@frozen
class Moves:
    """The moves of a period.

    Attributes:
        period: the period.
        moves: those that are derived, by day.
        stated: kind -> the published number of the period.
        complete: whether all moves of the period are on record.
    """

    period: Period
    moves: tuple[Move, ...]
    stated: dict[str, Quantity]
    complete: bool = False

    def count(self, by: str | Iterable[str] = "kind") -> dict[Any, Quantity]:
        """How many moves there are by one of their attributes, or by several; at least so many if not all are on record.

        Of a kind of which a number is published and no move is on record, that number.
        """
        names = (by,) if isinstance(by, str) else tuple(by)
        found = Counter(tuple(getattr(move, name) for name in names) for move in self.moves)
        qualifier: Any = "exact" if self.complete else "at least"
        told: dict[Any, Quantity] = {
            key[0] if isinstance(by, str) else key: Quantity(number, qualifier) for key, number in found.items()
        }
        if by == "kind":
            told |= {kind: number for kind, number in self.stated.items() if kind not in told}
        return told

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Where more moves are on record than are published, or, if all are on record, another number."""
        counted = Counter(move.kind for move in self.moves)
        return tuple(
            Finding("moves", f"{counted[kind]} x {kind} are on record, {number} are published", severity="warning")
            for kind, number in self.stated.items()
            if number.is_exact
            and (counted[kind] > (number.value or 0) or (self.complete and counted[kind] != number.value))
        )


def moves(
    history: History,
    unit: str | None = None,
    kind: str | None = None,
    *,
    period: Span,
    managed_by: str | None = None,
    after: str | None = None,
    people: Iterable[str] | None = None,
    on: DayLike | None = None,
) -> Moves:
    """The moves of cadres in a period, derived, with what is published of it beside them.

    Args:
        history: where offices and candidacies are recorded.
        unit: only in a unit, those below it, and the units that went into it; or a cluster, whose published figures are
            given.
        kind: only moves of a kind: one of ``HOW`` or ``REASONS``, ``nominated``; ``up`` or ``down``.
        period: the period.
        managed_by: only of cadres whom a level manages.
        after: only of persons who took part in a matter of this kind before: ``discipline``.
        people: only of these persons.
        on: the day of what is known; the last of the history if None.

    Raises:
        Refused: no kind or level of that name.
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> history = reform_2025()
    >>> with history.draft("2025-09-01", act_id="x") as act:
    ...     seat = act.appoint("vn-p-46", "secretary", person="p1", how="assigned")
    >>> moves(history.enact(act), period=2025).count("kind")
    {'assigned': Quantity(1 or more)}
    """
    asked = span(period)
    assert asked.end is not None
    known = (*HOW, NOMINATED, *REASONS, "up", "down", "level")
    faults = []
    if kind is not None and kind not in known:
        faults.append(Finding("move", f"no move is called {kind!r}; there are {', '.join(known)}"))
    if managed_by is not None and managed_by not in posts().levels:
        faults.append(Finding("level", f"{managed_by!r} is none of {', '.join(posts().levels)}"))
    if faults:
        raise Refused("moves of cadres", faults)
    last = on_day(history, on)
    clusters = {cluster.id for cluster in last.clusters()}
    inside: set[str] | None = None
    if unit is not None:
        history.life(unit)
        tops = list(last.members(unit)) if unit in clusters else [unit, *last.origins(unit)]
        inside = {*tops}
        for top in tops:
            seen = last if top in last else history.at(history.life(top).start)
            inside.update(seen.descendants(top) if top in seen else ())
    held = holdings(history)
    found = [*_taken(history, held, asked), *_left(history, held, asked), *_nominated(history, asked)]
    wanted = None if people is None else set(people)
    kept = [
        move
        for move in found
        if (inside is None or move.unit in inside)
        and (kind is None or kind in (move.kind, move.direction))
        and (managed_by is None or move.level == managed_by)
        and (wanted is None or move.person in wanted)
        and (after is None or _came_after(history, move, after))
    ]
    kept.sort(key=lambda move: (move.day, move.unit, move.post, move.person, move.kind))
    subject = unit or last.root()
    names = [one for one in known if kind in (None, one)]
    stated = {one: flow(last, subject, FIGURE + one, period=asked).value for one in names}
    complete = is_on_record(last, subject, "moves", asked)
    return Moves(asked, tuple(kept), {one: value for one, value in stated.items() if value.is_known}, complete)


def _level(history: History, unit: str, post: str, day: dt.date, stated: str = "") -> str:
    declared = posts().get(post)
    if stated or declared is None:
        return stated
    return declared.level(history.at(day).unit(unit).kind, day) or ""


def _direction(held: Iterable[Holding], person: str, post: str, day: dt.date) -> Direction:
    """Up or down: the rank of a post that is taken against the highest that was held until then."""
    before = [
        posts()[one.post].rank
        for one in held
        if one.person == person and one.post in posts() and one.period.start is not None and one.period.start < day
        if one.period.end is None or (one.period.end >= day - dt.timedelta(days=1))
    ]
    if not before or post not in posts():
        return ""
    now = posts()[post].rank
    return "up" if now > max(before) else "down" if now < max(before) else "level"


def _taken(history: History, held: tuple[Holding, ...], asked: Period) -> Iterable[Move]:
    for one in held:
        day = one.period.start
        # How an office came about that was only seen held nobody recorded: that is no move.
        if day is None or day not in asked or one.carried or one.taken is None:
            continue
        how = one.taken
        level = _level(history, one.unit, one.post, day, how.managed_by)
        direction = "level" if how.how == "re-appointed" else _direction(held, one.person, one.post, day)
        yield Move(one.unit, one.post, one.person, day, how.how, direction, level, one.act)


def _left(history: History, held: tuple[Holding, ...], asked: Period) -> Iterable[Move]:
    taken = {(one.person, one.period.start) for one in held if not one.carried}
    for one in held:
        day = one.period.end
        if day is None or day not in asked or one.reason in (None, "merger", "term"):
            continue
        if one.reason == "transfer" and (one.person, day) in taken:
            # Whoever takes another post that day is told of by that.
            continue
        stated = one.taken.managed_by if one.taken is not None else ""
        level = _level(history, one.unit, one.post, day - dt.timedelta(days=1), stated)
        yield Move(one.unit, one.post, one.person, day, str(one.reason), "", level, one.ended_by)


def _nominated(history: History, asked: Period) -> Iterable[Move]:
    state = history._state
    for subject in dict.fromkeys(state.name(number) for number, _ in state.iter_rows(CANDIDACY)):
        for fact in history.biography(subject):
            if fact.track == CANDIDACY and fact.value == NOMINATED and fact.start in asked and not fact.carried_from:
                post, person = fact.slot
                level = _level(history, subject, post, fact.start)
                yield Move(subject, post, person, fact.start, NOMINATED, "", level, fact.act.id)


def _came_after(history: History, move: Move, kind: str) -> bool:
    return any(
        taken.when.first is not None and taken.when.first <= move.day
        for matter in matters(history.at(move.day), Person(move.person), kind)
        for taken in matter.steps
    )
