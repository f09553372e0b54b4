"""Moves of cadres (bổ nhiệm, giới thiệu ứng cử, điều động, luân chuyển ...), derived from offices and candidacies.

A move is never stored. It is derived: a tenure that begins, a nomination, or a holding that ends. What a merger carries
over is no move. The ranks of posts before and after say whether it goes up or down (có lên có xuống). A published
number of a period is a flow (``moves.appointed``), shown beside the derived moves and never added to them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.model.matter import Person
from orgmodel.model.measure import Quantity
from orgmodel.party.members import MOVES, flow_of
from orgmodel.party.offices import MOVE_KINDS, NOMINATED, STAGES
from orgmodel.party.periods import Span, span
from orgmodel.party.posts import HOW, REASONS, posts
from orgmodel.party.questions import is_on_record, matters, on_day, subjects_of, unknown_words
from orgmodel.party.tenures import Holding, holdings
from orgmodel.party.tracks import CANDIDACY
from orgmodel.period import ONE_DAY, DayLike, Period
from orgmodel.structure.structure import Structure

__all__ = ["Move", "Moves", "moves"]

Direction = Literal["up", "down", "level", ""]

MOVE_WORDS: Final = {**HOW, NOMINATED: STAGES[NOMINATED], **REASONS}
"""Kind of move -> the Vietnamese term."""


@frozen
class Move:
    """A move of a cadre.

    Attributes:
        unit: id of the unit.
        post: id of the post.
        person: opaque id.
        day: the day.
        kind: how the post was taken, ``nominated``, or why it was left.
        direction: up, down or level, by the ranks of the posts held before and after; empty if not known.
        level: the level that manages the post in such a unit, or that is stated.
        act: id of the act.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-09-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", how="assigned")
    >>> move, = moves(history.enact(act), period=2025).moves
    >>> move.person, move.post, move.kind, str(move.day), move.level
    ('P-17', 'secretary', 'assigned', '2025-09-01', 'centre')
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

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-09-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", how="assigned")
    ...     act.report("vn", "moves.appointed", value=166, period=2025)
    >>> answer = moves(history.enact(act), period=2025)
    >>> len(answer.moves), answer.count(), answer.complete
    (1, {'appointed': Quantity(166), 'assigned': Quantity(1 or more)}, False)
    """

    period: Period
    moves: tuple[Move, ...]
    stated: dict[str, Quantity]
    complete: bool = False

    def count(self, by: str | Iterable[str] = "kind") -> dict[Any, Quantity]:
        """Moves counted by one of their attributes, or by several; a lower bound unless all are on record.

        Counted by kind, a kind without a recorded move has its published number.
        """
        names = (by,) if isinstance(by, str) else tuple(by)
        counted = Counter(tuple(getattr(move, name) for name in names) for move in self.moves)
        qualifier: Any = "exact" if self.complete else "at least"
        numbers: dict[Any, Quantity] = {
            key[0] if isinstance(by, str) else key: Quantity(number, qualifier) for key, number in counted.items()
        }
        return {**self.stated, **numbers} if by == "kind" else numbers

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Where more moves are on record than are published, or, if all are on record, another number."""
        counted = Counter(move.kind for move in self.moves)
        return tuple(
            Finding(
                "moves",
                f"{counted[kind]} x {kind} are on record, {number} are published",
                severity="warning",
                message_vi=f"đã ghi {counted[kind]} {MOVE_WORDS.get(kind, kind)}, công bố {number}",
            )
            for kind, number in self.stated.items()
            if number.is_exact
            and (counted[kind] > (number.value or 0) or (self.complete and counted[kind] != number.value))
        )


@strict
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

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-09-01") as act:
    ...     _ = act.appoint("p", "secretary", person="P-17", how="assigned")
    ...     _ = act.appoint("p", "deputy_secretary", person="P-18")
    >>> moves(history.enact(act), period=2025).count("kind")
    {'appointed': Quantity(1 or more), 'assigned': Quantity(1 or more)}
    """
    asked = span(period)
    _check_words(kind, managed_by)
    last, all_holdings = on_day(history, on), holdings(history)
    derived = [
        *_taken(history, all_holdings, asked),
        *_left(history, all_holdings, asked),
        *_nominated(history, asked),
    ]
    wanted = {
        "level": None if managed_by is None else {managed_by},
        "unit": None if unit is None else _inside(history, last, unit),
        "person": None if people is None else set(people),
    }
    chosen = [
        move
        for move in derived
        if kind in (None, move.kind, move.direction)
        and all(values is None or getattr(move, name) in values for name, values in wanted.items())
        and (after is None or _came_after(history, move, after))
    ]
    # By day, then by all that is shown, so that equal histories give equal lists.
    ordered = sorted(chosen, key=lambda move: (move.day, move.unit, move.post, move.person, move.kind))
    # What is published of the whole Party is recorded of its centre.
    subject = unit or last.root()
    return Moves(
        asked, tuple(ordered), _stated(last, subject, kind, asked), is_on_record(last, subject, "moves", asked)
    )


def _stated(structure: Structure, subject: str, kind: str | None, asked: Period) -> dict[str, Quantity]:
    """Kind of move -> the published number of a period, of one kind or of each that has one."""
    kinds = MOVE_KINDS if kind is None else (kind,)
    figures = {name: flow_of(structure, subject, MOVES + name, asked).value for name in kinds}
    return {name: number for name, number in figures.items() if number.is_known}


def _check_words(kind: str | None, level: str | None) -> None:
    """Refuse a kind of moves or a level that there is not."""
    faults = [] if kind is None else unknown_words("move", [kind], MOVE_KINDS)
    faults += [] if level is None else unknown_words("level", [level], posts().levels)
    if faults:
        raise Refused("moves of cadres", faults)


def _inside(history: History, last: Structure, unit: str) -> set[str]:
    """A unit, the units below it and those that went into it; of a cluster its members with what is below them."""
    history.life(unit)  # There must have been such a unit.
    is_cluster = unit in {cluster.id for cluster in last.clusters()}
    tops = list(last.members(unit)) if is_cluster else [unit, *last.origins(unit)]
    inside = set(tops)
    for top in tops:
        # A predecessor has units below it only while it lives.
        structure = last if top in last else history.at(history.life(top).start)
        inside.update(structure.descendants(top) if top in structure else ())
    return inside


def _level(history: History, unit: str, post: str, day: dt.date, stated: str = "") -> str:
    """The level that manages the holder of a post: as stated, else by the table of posts; empty if neither has one."""
    declared = posts().get(post)
    if stated or declared is None:
        return stated
    return declared.level(history.at(day).unit(unit).kind, day) or ""


def _direction(all_holdings: Iterable[Holding], person: str, post: str, day: dt.date) -> Direction:
    """Up or down: the rank of a post that is taken against the highest that was held until then."""
    ranks = [
        posts()[holding.post].rank
        for holding in all_holdings
        if holding.person == person and holding.post in posts() and _ran_until(holding.period, day)
    ]
    if not ranks or post not in posts():
        return ""
    # Somebody with several posts moves up only beyond the highest of them.
    change = posts()[post].rank - max(ranks)
    return "up" if change > 0 else "down" if change < 0 else "level"


def _ran_until(period: Period, day: dt.date) -> bool:
    """Whether a holding began before a day and ran until it, or until the day before."""
    began_before = period.start is not None and period.start < day
    return began_before and (period.end is None or period.end >= day - ONE_DAY)


def _taken(history: History, all_holdings: tuple[Holding, ...], asked: Period) -> Iterator[Move]:
    """The moves by which a post was taken in a period."""
    for holding in all_holdings:
        day, tenure = holding.period.start, holding.taken
        # Without a tenure it is only on record that the post was held, not how it was taken: that is no move.
        if day is None or day not in asked or holding.carried or tenure is None:
            continue
        unit, post, person = holding.unit, holding.post, holding.person
        level = _level(history, unit, post, day, tenure.managed_by)
        renewed = tenure.how == "re-appointed"
        direction = "level" if renewed else _direction(all_holdings, person, post, day)
        yield Move(unit, post, person, day, tenure.how, direction, level, holding.act)


def _left(history: History, all_holdings: tuple[Holding, ...], asked: Period) -> Iterator[Move]:
    """The moves by which a post was left in a period."""
    taken = {(holding.person, holding.period.start) for holding in all_holdings if not holding.carried}
    for holding in all_holdings:
        day = holding.period.end
        if day is None or day not in asked or holding.reason in (None, "merger", "term"):
            continue
        # A transfer to another post on that day is one move, by which that post is taken.
        if holding.reason == "transfer" and (holding.person, day) in taken:
            continue
        stated = holding.taken.managed_by if holding.taken is not None else ""
        level = _level(history, holding.unit, holding.post, day - ONE_DAY, stated)
        yield Move(holding.unit, holding.post, holding.person, day, str(holding.reason), "", level, holding.ended_by)


def _nominated(history: History, asked: Period) -> Iterator[Move]:
    """The nominations for election in a period."""
    for subject in subjects_of(history, CANDIDACY):
        for fact in history.biography(subject):
            if fact.track == CANDIDACY and fact.value == NOMINATED and fact.start in asked and not fact.carried_from:
                post, person = fact.slot
                level = _level(history, subject, post, fact.start)
                yield Move(subject, post, person, fact.start, NOMINATED, "", level, fact.act.id)


def _came_after(history: History, move: Move, kind: str) -> bool:
    """Whether the person of a move took part in a matter of a kind that had begun by the day of the move."""
    return any(
        taken.when.first is not None and taken.when.first <= move.day
        for matter in matters(history.at(move.day), Person(move.person), kind)
        for taken in matter.steps
    )
