"""A second edition of a record: what it says otherwise, as corrections, cancellations and additions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """A history of which editions are compared."""

    def amend(
        self,
        changes: Mapping[str, Any],
        /,
        *more: Act,
        reason: str,
        recorded: DayLike | None,
        answers: Iterable[Answer],
    ) -> Self:
        """It with several acts amended."""
        ...


H = TypeVar("H", bound=Edition)


def amended_to(history: H, newer: Edition, *, reason: str, recorded: DayLike | None, answers: Iterable[Answer]) -> H:
    """The history that says what a newer edition says: see ``History.amend_to``."""
    faults: list[Finding] = []
    if newer.schema != history.schema:
        faults.append(Finding("schema", "the editions have different schemas; read both with one"))
    if dict(newer.measures) != dict(history.measures):
        faults.append(Finding("measures", "the editions declare different measures; read both with the same"))
    cancelled = {act.id for act in newer.acts} & history._record.cancelled
    faults += [
        Finding("act-once", "it was cancelled before, and the newer edition has it; give it a new id", act=name)
        for name in sorted(cancelled)
    ]
    if faults:
        raise Refused("a newer edition", faults)
    now = {act.id: act for act in newer.acts}
    before = {act.id: act for act in history.acts}
    changes: dict[str, Act | None] = {name: None for name in before if name not in now}
    more: list[Act] = []
    last: dict[object, str] = {}
    for act in newer.acts:
        old = before.get(act.id)
        if old is None:
            # Among acts of its day it stands where the newer edition has it, and not behind all that were there.
            place = last.get(act.effective, "")
            more.append(evolve(act, after=place) if place and not (act.before or act.after) else act)
        elif not _placed_as(old, act).decides_as(old):
            changes[act.id] = _placed_as(old, act)
        last[act.effective] = act.id
    return history.amend(changes, *more, reason=reason, recorded=recorded, answers=answers)


def _placed_as(old: Act, act: Act) -> Act:
    """An act with the place of its day that it was given before, where it states none itself."""
    if act.before or act.after or act.effective != old.effective:
        return act
    return evolve(act, before=old.before, after=old.after)
