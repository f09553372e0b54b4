"""Who became whom, the slow way: every piece of every unit is a token that is moved by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Event, Succession
from orgmodel.model.unit import Unit

__all__ = [
    "Step",
    "Token",
    "TokenFlow",
    "follow",
]

Step = tuple[str, str, str]
"""(act, old, new)."""


class Token(NamedTuple):
    """A piece of a unit: its first unit, and the links along which it went."""

    origin: str
    steps: tuple[Step, ...] = ()


class TokenFlow(NamedTuple):
    """Where the tokens of units went between two days.

    before, after: units live on either day; rows: (old, new) -> tokens; lost: units of which a token went nowhere.
    """

    before: list[str]
    after: list[str]
    rows: dict[tuple[str, str], list[Token]]
    lost: set[str]

    def whole(self, old: str, new: str) -> bool:
        """Whether all of an old unit went into one new one."""
        return old not in self.lost and all(n == new for o, n in self.rows if o == old)

    def acts(self, old: str, new: str) -> list[str]:
        """Ids of the acts that led from an old unit to a new one, sorted."""
        order = [step[0] for token in self.rows[old, new] for step in token.steps]
        return sorted(set(order))


def follow(acts: Iterable[Act], a: dt.date, b: dt.date) -> TokenFlow:
    """Follow the units of a day to another day.

    Args:
        acts: those that count, in effective order.
        a: the first day.
        b: the second day, not before the first.
    """
    live: dict[str, None] = {}
    by_day = [act for act in acts if act.effective <= b]
    for act in by_day:
        if act.effective <= a:
            _live_on(act, live)
    before = list(live)
    tokens: dict[str, list[Token]] = {unit: [Token(unit)] for unit in before}
    lost: set[str] = set()
    for act in by_day:
        if act.effective > a:
            for event in act.events:
                lost |= _pass_on(event, act.id, tokens)
            _live_on(act, live)
    rows: dict[tuple[str, str], list[Token]] = {}
    for unit, of_unit in tokens.items():
        for token in of_unit:
            rows.setdefault((token.origin, unit), []).append(token)
    return TokenFlow(before, list(live), rows, lost)


def _live_on(act: Act, live: dict[str, None]) -> None:
    """Enter the units that an act begins among those that live, and take out those that it ends."""
    for event in act.events:
        if isinstance(event, Creation) and isinstance(event.what, Unit):
            live[event.what.id] = None
        elif isinstance(event, Closure):
            live.pop(event.subject, None)
        elif isinstance(event, Succession):
            live.update((unit.id, None) for unit in event.created)
            for old in event.ended:
                del live[old]


def _pass_on(event: Event, act: str, tokens: dict[str, list[Token]]) -> set[str]:
    """Move the tokens of the units of an event along its links; returns the origins of those of which a part is lost."""
    if isinstance(event, Closure):
        return {token.origin for token in tokens.pop(event.subject, [])}
    if not isinstance(event, Succession):
        return set()
    lost: set[str] = set()
    # All are taken up first: what one unit of the event gives, another one of it may get.
    for old, taken in {old: tokens.pop(old, []) for old in event.olds}.items():
        ways = [link for link in event.links if link.old == old]
        if len(ways) == 1 and ways[0].extent == "part":
            lost.update(token.origin for token in taken)
        for link in ways:
            moved = [Token(token.origin, (*token.steps, (act, old, link.new))) for token in taken]
            tokens.setdefault(link.new, []).extend(moved)
    return lost
