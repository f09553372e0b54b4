"""Shares of units between two days, the slow way: a product of one matrix for each event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Succession
from orgmodel.testing.succession_twin import follow


def shares(acts: Iterable[Act], a: dt.date, b: dt.date, measure: str) -> dict[tuple[str, str], Fraction]:
    """(old, new) -> share, where every link states its own."""
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
