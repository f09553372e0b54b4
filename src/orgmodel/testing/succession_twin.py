"""Who became whom, the slow way: every piece of every unit is a token that is moved by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Succession
from orgmodel.model.unit import Unit

__all__ = [
    "Step",
    "Token",
    "TokenFlow",
    "follow",
    "shares",
]

Step = tuple[str, str, str]
"""(act, old, new)."""


class Token(NamedTuple):
    """A piece of a unit: its first unit, the links along which it went, and whether it was always the dominant part."""

    origin: str
    steps: tuple[Step, ...] = ()
    dominant: bool = True


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
    live: list[str] = []
    tokens: dict[str, list[Token]] = {}
    lost: set[str] = set()
    before: list[str] | None = None
    for act in acts:
        if act.effective > a and before is None:
            before = list(live)
            tokens = {unit: [Token(unit)] for unit in live}
        if act.effective > b:
            break
        for event in act.events:
            if isinstance(event, Creation) and isinstance(event.what, Unit):
                live.append(event.what.id)
            elif isinstance(event, Closure) and event.subject in live:
                live.remove(event.subject)
                lost.update(token.origin for token in tokens.pop(event.subject, []))
            elif isinstance(event, Succession):
                live += [unit.id for unit in event.created]
                taken = {old: tokens.pop(old, []) for old in event.olds}
                for old, old_tokens in taken.items():
                    ways = [link for link in event.links if link.old == old]
                    if len(ways) == 1 and ways[0].extent == "part":
                        lost.update(token.origin for token in old_tokens)
                    for link in ways:
                        tokens.setdefault(link.new, []).extend(
                            Token(
                                token.origin,
                                (*token.steps, (act.id, old, link.new)),
                                token.dominant and (len(ways) == 1 or link.dominant),
                            )
                            for token in old_tokens
                        )
                for old in event.ended:
                    live.remove(old)
    if before is None:
        before = list(live)
        tokens = {unit: [Token(unit)] for unit in live}
    rows: dict[tuple[str, str], list[Token]] = {}
    for unit, unit_tokens in tokens.items():
        for token in unit_tokens:
            rows.setdefault((token.origin, unit), []).append(token)
    return TokenFlow(before, live, rows, lost)


def shares(acts: Iterable[Act], a: dt.date, b: dt.date, measure: str) -> dict[tuple[str, str], Fraction]:
    """(old, new) -> share, where every link states its own: a product of one matrix for each event."""
    outcome = follow(acts, a, a)
    shares_of = {unit: {unit: Fraction(1)} for unit in outcome.after}
    for act in acts:
        if not a < act.effective <= b:
            continue
        for event in act.events:
            if isinstance(event, Closure):
                shares_of.pop(event.subject, None)
            if not isinstance(event, Succession):
                continue
            taken = {old: shares_of.pop(old, {}) for old in event.olds}
            for link in event.links:
                many = sum(other.old == link.old for other in event.links) > 1
                part = dict(link.shares)[measure] if many else Fraction(1)
                into = shares_of.setdefault(link.new, {})
                for origin, share in taken[link.old].items():
                    into[origin] = into.get(origin, Fraction(0)) + share * part
    return {(old, new): share for new, parts in shares_of.items() for old, share in parts.items()}
