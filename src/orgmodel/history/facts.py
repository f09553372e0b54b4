"""All facts of a history over all days, by id, and the comparison of two histories by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Succession
from orgmodel.engine.columns import ABOVE_ROOT, UNSURE
from orgmodel.engine.state import State
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.unit import ROOT

__all__ = [
    "Spans",
    "carried_from",
    "differences",
    "links_of",
    "shown",
    "spans_of",
]

Spans = dict[tuple[str, str, Any], list[tuple[int, int, Any]]]
"""(subject, track, slot) -> (first day, first day after, value), in order; days as ordinals, references as ids."""


def shown(state: State, track: str, value: Any) -> Any:
    """A raw value of a row; a number that refers to a subject becomes its id."""
    if value is None or not tracks.refers_to_subject(track):
        return value
    if value == ABOVE_ROOT:
        return ROOT if tracks.is_parent(track) else Absent.VACANT
    return Absent.UNKNOWN if value == UNSURE else state.name(value)


def spans_of(state: State) -> Spans:
    """All facts with their days of validity; a value stated again is one span, a fact of no whole day is left out."""
    spans_by_key: Spans = {}
    for track in state.tracks():
        if track == tracks.LINK:
            continue
        for number, row in state.iter_rows(track):
            start, end, value, slot = row[:4]
            if start >= end or value is None:
                continue
            spans = spans_by_key.setdefault((state.name(number), track, slot), [])
            value = shown(state, track, value)
            if spans and spans[-1][1] == start and _same(spans[-1][2], value):
                spans[-1] = spans[-1][0], end, value
            else:
                spans.append((start, end, value))
    return spans_by_key


def carried_from(act: Act, step: int, subject: str, track: str, slot: Any, value: Any) -> tuple[str, ...]:
    """Ids of the units from whose facts a fact follows; none where the act states it.

    Args:
        act: the act that wrote it, as it reads now.
        step: which of its steps did.
        subject: the unit or cluster of the fact.
        track: which fact.
        slot: which of several of the same fact.
        value: its value, references as ids.
    """
    if step >= len(act.steps):
        return ()
    decided = act.steps[step][0]
    stated = decided.changes if isinstance(decided, Succession) else ()

    def writes_fact(change: Change) -> bool:
        """Whether a change follows from the succession and writes the fact."""
        is_same = (change.subject, change.track) == (subject, track) and (slot is None or change.slot in (slot, None))
        return is_same and change not in stated

    for event in act.resolved[step]:
        if isinstance(event, Succession) and any(map(writes_fact, event.changes)):
            # A child's new parent, and the new party of a matter, follow from what the old one became: the links that
            # lead to the value. Anything else follows from what the unit itself was.
            refers = (tracks.is_parent(track) and subject not in event.news) or track == tracks.PARTY
            new = value if refers else subject
            return tuple(dict.fromkeys(link.old for link in event.links if link.new == new))
    return ()


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)


def links_of(state: State) -> dict[tuple[int, str, str], list[Any]]:
    """(day, old, new) -> the values of the links, in order of events."""
    links_by_key: dict[tuple[int, str, str], list[tuple[int, Any]]] = {}
    for number, row in state.iter_rows(tracks.LINK):
        links_by_key.setdefault((row[0], state.name(number), state.name(row[3])), []).append((row[5], row[2]))
    return {key: [value for _, value in sorted(links, key=lambda pair: pair[0])] for key, links in links_by_key.items()}


def differences(a: State, b: State) -> Iterator[str]:
    """The differences of two states in words; none if they say the same on all days."""
    yield from _different("facts", spans_of(a), spans_of(b))
    yield from _different("links", links_of(a), links_of(b))


def _different(name: str, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(key) != theirs.get(key):
            yield f"{name} {key}: {ours.get(key)} and {theirs.get(key)}"
