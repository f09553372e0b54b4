"""Shares of a division from the figures of its act, where the figures of the parts add up to that of the unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Event, Link, Run, Succession
from orgmodel.acts.policies import GivenShares
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY

__all__ = [
    "FigureBefore",
    "disagreement",
    "shares_of_parts",
]

FigureBefore = Callable[[str, str, dt.date], Quantity]
"""The figure of a unit in a measure at the end of a day."""


def shares_of_parts(
    act: Act, event: Succession, old: str, before: FigureBefore
) -> dict[str, dict[str, tuple[Fraction, str]]]:
    """Measure -> new unit -> (its share of a divided unit, the figures that say so in words).

    A measure is left out unless its figures of the parts are exact and add up to that of the unit on the day before.
    Nothing is known where others flow into the parts too, or where a policy estimated the figures.

    Args:
        act: the act of the event.
        event: the division.
        old: the divided unit.
        before: the figure of a unit on a day.
    """
    news = [link.new for link in event.links if link.old == old]
    if event.links in _estimated(act) or any(link.new in news and link.old != old for link in event.links):
        return {}
    shares: dict[str, dict[str, tuple[Fraction, str]]] = {}
    for measure, figures in _figures(act).items():
        if figures.keys() >= set(news):
            total = before(old, measure, act.effective - ONE_DAY)
            of_parts = _adding_up({new: Quantity.of(figures[new]) for new in news}, total)
            if of_parts:
                shares[measure] = of_parts
    return shares


def _adding_up(parts: Mapping[str, Quantity], total: Quantity) -> dict[str, tuple[Fraction, str]]:
    """The share of each part and the figures behind it; empty where they are not exact or do not add up."""
    if not (total.is_exact and total.value and all(part.is_exact for part in parts.values())):
        return {}
    values = {new: Fraction(part.value or 0) for new, part in parts.items()}
    total_value = Fraction(total.value)
    if sum(values.values()) != total_value or min(values.values()) < 0:
        return {}
    return {new: (value / total_value, f"{parts[new]} of {total}") for new, value in values.items()}


@lru_cache(maxsize=64)
def _figures(act: Act) -> Mapping[str, Mapping[str, Any]]:
    """Measure -> unit -> its own figure; the last one where an act states several."""
    figures: dict[str, dict[str, Any]] = {}
    for change in chain.from_iterable(map(_changes, act.parts)):
        if tracks.is_measure(change.track) and change.slot == tracks.OWN and change.value is not None:
            figures.setdefault(tracks.item(change.track), {})[change.subject] = change.value
    return figures


def _changes(part: Event | Run) -> Iterable[Change]:
    match part:
        case Change():
            return (part,)
        case Succession():
            return part.changes
        # Most runs are of other tracks, and may be long.
        case Run() if tracks.is_measure(part.track):
            return part
    return ()


@lru_cache(maxsize=64)
def _estimated(act: Act) -> frozenset[tuple[Link, ...]]:
    """The links of each succession of an act whose figures a policy estimated.

    An event is recognised by its links rather than by identity, because the cache also answers for an equal act.
    """
    if act.is_outcome:
        return frozenset()
    return frozenset(
        event.links
        for (step, _), events in zip(act.steps, act.resolved, strict=True)
        for event in events
        if isinstance(event, Succession) and not isinstance(getattr(step, "allocation", None), GivenShares | None)
    )


def disagreement(link: Link, measure: str, stated: Fraction, figures: tuple[Fraction, str]) -> str:
    """The message where a stated share and the figures of its act differ."""
    return (
        f"{stated} of the {measure!r} of {link.old!r} is stated to have gone to {link.new!r}, and by the figures of the "
        f"act it is {figures[0]} ({figures[1]})"
    )
