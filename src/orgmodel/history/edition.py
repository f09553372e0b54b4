"""A second edition of a record: its differences from the first as corrections, cancellations and additions."""

from __future__ import annotations

import itertools
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from operator import attrgetter
from typing import Any, Protocol, Self, TypeVar

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.errors import Answer, Finding, Refused
from orgmodel.history.log import in_order
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
    for act in _with_places(history, newer):
        old = old_acts.get(act.id)
        if old is None:
            added.append(act)
        elif not act.decides_as(old):
            changes[act.id] = act
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


def _with_places(history: Edition, newer: Edition) -> Iterator[Act]:
    """The acts of a newer edition, placed so that those of a day have its order behind what is recorded already."""
    known = history._record.known
    new = itertools.count(history._record.number + 1)
    for _, of_day in itertools.groupby(newer.acts, attrgetter("effective")):
        acts = [_placed_as(known[act.id][1], act) if act.id in known else act for act in of_day]
        numbers = [known[act.id][0] if act.id in known else next(new) for act in acts]
        yield from acts if in_order(zip(numbers, acts, strict=True)) == acts else _placed(acts, numbers)


def _placed(acts: Sequence[Act], numbers: Sequence[int]) -> Sequence[Act]:
    """Acts of one day, with places that give them their order.

    Args:
        acts: the acts, in their order.
        numbers: the number of the first entry of each: without places, they stand in order of these.
    """
    by_number = sorted(range(len(acts)), key=numbers.__getitem__)
    runs = SequenceMatcher(None, by_number, range(len(acts)), autojunk=False).get_matching_blocks()
    settled = [at for run in runs for at in range(run.b, run.b + run.size)]
    stay = set(settled)
    placed = [evolve(act, before="", after="") for act in acts]
    # Places are taken one after the other by number, so each act stands beside one that has its place by then.
    for at in by_number:
        if at not in stay:
            behind = bisect(settled, at)
            if behind:
                placed[at] = evolve(placed[at], after=acts[settled[behind - 1]].id)
            else:
                placed[at] = evolve(placed[at], before=acts[settled[0]].id)
            settled.insert(behind, at)
    return placed


def _placed_as(old: Act, act: Act) -> Act:
    """An act that states no place of its day, with the place that the old act stated."""
    if act.before or act.after or act.effective != old.effective:
        return act
    return evolve(act, before=old.before, after=old.after)
