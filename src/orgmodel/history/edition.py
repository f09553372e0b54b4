"""A second edition of a record: its differences from the first as corrections, cancellations and additions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.errors import Answer, Finding, Refused
from orgmodel.history.past import Past
from orgmodel.period import DayLike

__all__ = [
    "Edition",
    "amended_to",
]


class Edition(Past, Protocol):
    """A history that can be amended to say what a newer edition says."""

    def _amended(
        self,
        changes: Mapping[str, Any],
        more: Sequence[Act],
        reason: str,
        recorded: DayLike | None,
        answers: Iterable[Answer],
        with_keys: Callable[[Act, Act], Act],
        /,
    ) -> Self:
        """The history with several acts amended."""
        ...


H = TypeVar("H", bound=Edition)


def amended_to(history: H, newer: Edition, *, reason: str, recorded: DayLike | None, answers: Iterable[Answer]) -> H:
    """The history that says what a newer edition says: see ``History.amend_to``."""
    faults = list(_faults(history, newer))
    if faults:
        raise Refused("a newer edition", faults)
    old_acts = {act.id: act for act in history.acts}
    newer_ids = {act.id for act in newer.acts}
    changes: dict[str, Act | None] = {name: None for name in old_acts if name not in newer_ids}
    added: list[Act] = []
    last_of_day: dict[object, str] = {}
    for act in newer.acts:
        old = old_acts.get(act.id)
        if old is None:
            # Among acts of its day it stands where the newer edition has it, not behind all that are here already.
            place = last_of_day.get(act.effective, "")
            added.append(evolve(act, after=place) if place and not (act.before or act.after) else act)
        else:
            placed = _placed_as(old, act)
            if not placed.decides_as(old):
                changes[act.id] = placed
        last_of_day[act.effective] = act.id
    # Later acts of the newer edition refer to the ids that it has, and these follow from its own keys.
    return history._amended(changes, added, reason, recorded, answers, lambda act, _: act)


def _faults(history: Edition, newer: Edition) -> Iterator[Finding]:
    """The reasons why a history cannot be amended to say what another one says."""
    if newer.schema != history.schema:
        yield Finding("schema", "the editions have different schemas; read both with one")
    if dict(newer.measures) != dict(history.measures):
        yield Finding("measures", "the editions declare different measures; read both with the same")
    for name in sorted({act.id for act in newer.acts} & history._record.cancelled):
        message = "it was cancelled before, and the newer edition has it; give it a new id"
        yield Finding("act-once", message, act=name)


def _placed_as(old: Act, act: Act) -> Act:
    """An act that states no place of its day, with the place that the old act stated."""
    if act.before or act.after or act.effective != old.effective:
        return act
    return evolve(act, before=old.before, after=old.after)
