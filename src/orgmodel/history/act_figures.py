"""Shares of a division from the figures of its act: where those of the parts add up to that of the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Link, Run, Succession
from orgmodel.acts.policies import GivenShares
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity

__all__ = [
    "FigureBefore",
    "disagreement",
    "shares_of_parts",
]

FigureBefore = Callable[[str, str, dt.date], Quantity]
"""What a unit had of a measure at the end of a day."""


def shares_of_parts(
    act: Act, event: Succession, old: str, before: FigureBefore
) -> dict[str, dict[str, tuple[Fraction, str]]]:
    """Measure -> new unit -> its share and the figures that say so, of a divided unit.

    Only of parts that nothing else of the event flows into, and only where their figures add up to that of the unit
    on the day before. Figures that a policy estimated say nothing.

    Args:
        act: of which the event is.
        event: by which the unit was divided.
        old: the unit.
        before: what a unit had on a day.
    """
    links = [link for link in event.links if link.old == old]
    news = [link.new for link in links]
    if event.links in _estimated(act) or any(link.new in news and link.old != old for link in event.links):
        return {}
    figures = _figures(act)
    measures = [measure for measure in figures if all(new in figures[measure] for new in news)]
    shares: dict[str, dict[str, tuple[Fraction, str]]] = {}
    for measure in measures:
        amounts = [Quantity.of(figures[measure][new]) for new in news]
        whole = before(old, measure, act.effective - dt.timedelta(days=1))
        if not (whole.is_exact and whole.value and all(amount.is_exact for amount in amounts)):
            continue
        values = [Fraction(amount.value or 0) for amount in amounts]
        total = Fraction(whole.value)
        if sum(values) == total and min(values) >= 0:
            shares[measure] = {
                new: (value / total, f"{amount} of {whole}")
                for new, value, amount in zip(news, values, amounts, strict=True)
            }
    return shares


@lru_cache(maxsize=64)
def _figures(act: Act) -> Mapping[str, Mapping[str, Any]]:
    """Measure -> unit -> the own figure that an act states of it last."""
    figures: dict[str, dict[str, Any]] = {}

    def note(change: Change) -> None:
        if tracks.is_measure(change.track) and change.slot == tracks.OWN and change.value is not None:
            figures.setdefault(tracks.item(change.track), {})[change.subject] = change.value

    for part in act.parts:
        if isinstance(part, Change):
            note(part)
        elif isinstance(part, Succession):
            for change in part.changes:
                note(change)
        elif isinstance(part, Run) and tracks.is_measure(part.track):
            for change in part:
                note(change)
    return figures


@lru_cache(maxsize=64)
def _estimated(act: Act) -> frozenset[tuple[Link, ...]]:
    """The links of the events of an act whose figures a policy made: they tell events apart, in equal acts alike."""
    if act.is_outcome:
        return frozenset()
    return frozenset(
        event.links
        for (step, _), events in zip(act.steps, act.resolved, strict=True)
        for event in events
        if isinstance(event, Succession) and not isinstance(getattr(step, "allocation", None), GivenShares | None)
    )


def disagreement(link: Link, measure: str, stated: Fraction, figures: tuple[Fraction, str]) -> str:
    """The message that a stated share and the figures of its act differ."""
    return (
        f"{stated} of the {measure!r} of {link.old!r} is stated to have gone to {link.new!r}, and by the figures of the "
        f"act it is {figures[0]} ({figures[1]})"
    )
