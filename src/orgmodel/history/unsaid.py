"""Whether an act says all that happens, or leaves something to be worked out on the state before it.

An act of operations always does. Stated events do where a succession is incomplete: it does not say that it is complete, and
a predecessor has children or facts of which the act says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, filterfalse, groupby
from operator import attrgetter
from typing import Final

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Run, Succession
from orgmodel.engine import thresholds
from orgmodel.engine.state import State
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit

__all__ = [
    "leaves_open",
    "says_all",
]


def says_all(act: Act) -> bool:
    """Whether the outcome of an act depends on nothing else: it states events, and each succession is complete."""
    # To make the events of a whole register only to look at them takes seconds, and three times the memory of its rows.
    if act.is_read_from_rows:
        return True
    return act.is_outcome and not _incomplete_successions(act.stated_parts)


def leaves_open(act: Act, state: State) -> bool:
    """Whether the outcome of an act depends on the state before it: it has operations, or leaves something unsaid."""
    if not act.is_outcome:
        return True
    parts = act.stated_parts
    incomplete = _incomplete_successions(parts)
    return bool(incomplete) and _leaves_unsaid(incomplete, parts, state, act.effective.toordinal())


_TRACK: Final = attrgetter("track")


_SUBJECT: Final = attrgetter("subject")


_ENDS_WITH_UNIT: Final = frozenset({tracks.LIFE, tracks.LINK, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE})
"""Tracks of which nothing passes on to a successor that is there already."""


_COMMON: Final = (tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE)
"""Tracks whose common value a new unit gets, unless it states its own."""


def _incomplete_successions(parts: Sequence[Event | Run]) -> list[Succession]:
    """The successions of an act that do not say that they are complete."""
    return [part for part in parts if type(part) is Succession and not part.complete]


def _leaves_unsaid(events: Sequence[Succession], parts: Sequence[Event | Run], state: State, day: int) -> bool:
    """Whether a predecessor may have a fact or a child, or a new unit a field, of which an act says nothing.

    Acts from tables have ten thousands of successions, so all are looked at together, with arrays. The answer is only
    whether any of them needs a closer look.

    Args:
        events: the incomplete successions of the act.
        parts: the events of the act as they were stated.
        state: the state before the act.
        day: its effective day.
    """
    olds = dict.fromkeys([link.old for event in events for link in event.links])
    created = [unit for event in events for unit in event.created]
    # The parent is looked for among those of the predecessors.
    blank = {field for unit in created for field in (tracks.PARENT, *_COMMON) if getattr(unit, field) is None}
    if tracks.PARENT in blank or _begins_below(parts, olds):
        return True
    stated = _stated_in(parts)
    # The act itself gives a predecessor something that passes on, after the state before it.
    if any(_passes_on(track) and not olds.keys().isdisjoint(subjects) for track, subjects in stated.items()):
        return True
    return _have_more(olds, blank, state) or _leaves_children(parts, olds, stated, state, day)


def _have_more(olds: Iterable[str], blank: Collection[str], state: State) -> bool:
    """Whether some predecessors ever had a part in a matter, or a fact that passes on.

    Args:
        olds: ids of the predecessors.
        blank: the fields that some new unit leaves open: it gets what all its predecessors have in common.
        state: the state before the act.
    """
    known = state.tracks()
    if tracks.PARTY in known and any(state.subjects_ever(tracks.PARTY, unit) for unit in olds):
        return True
    numbers = [number for number in state.numbers(list(olds)) if number is not None]
    return state.any_rows([track for track in known if track in blank or _passes_on(track)], numbers)


def _begins_below(parts: Iterable[Event | Run], above: Collection[str]) -> bool:
    """Whether a unit begins by one of some events below one of some units."""
    begun = [part.what for part in parts if type(part) is Creation]
    return any(isinstance(unit, Unit) and unit.parent in above for unit in begun)


@lru_cache(maxsize=4096)
def _passes_on(track: str) -> bool:
    """Whether facts of a track may pass on from a predecessor; parents are looked at from below."""
    return track not in _ENDS_WITH_UNIT and not tracks.is_parent(track)


def _leaves_children(
    parts: Sequence[Event | Run], olds: Iterable[str], stated: Mapping[str, set[str]], state: State, day: int
) -> bool:
    """Whether something stands below a predecessor that ends, and neither ends by the act nor is moved by it.

    Args:
        parts: the events of the act as they were stated.
        olds: ids of the predecessors.
        stated: track -> subjects of changes outside successions.
        state: the state before the act.
        day: its effective day.
    """
    moved: dict[str, set[str]] = {}
    changes = chain.from_iterable([part.changes for part in parts if type(part) is Succession])
    for track, together in groupby(changes, _TRACK):
        if tracks.is_parent(track):
            moved.setdefault(track, set()).update(map(_SUBJECT, together))
    ended = _ended_in(parts)
    # A predecessor that goes on keeps its children.
    parents = [number for number in state.numbers([old for old in olds if old in ended]) if number is not None]
    for track in filter(tracks.is_parent, state.tracks()):
        left: Iterable[str] = state.some_names(_children_of(parents, state, track, day))
        for accounted in (stated.get(track, set()), moved.get(track, set()), ended):
            left = filterfalse(accounted.__contains__, left)
        if any(True for _ in left):
            return True
    return False


def _children_of(parents: Sequence[int], state: State, track: str, day: int) -> list[int]:
    """The numbers of all units that stand below some units in a hierarchy on a day."""
    if len(parents) < thresholds.ARRAYS_FROM:
        return [child for parent in parents for child in state.subjects_with(track, parent, day)]
    is_parent = np.zeros(state.count, bool)
    is_parent[parents] = True
    above = state.held_on(track, day)
    units = np.flatnonzero(above >= 0)
    children: list[int] = units.compress(is_parent.take(above.take(units))).tolist()
    return children


def _stated_in(parts: Iterable[Event | Run]) -> dict[str, set[str]]:
    """Track -> the subjects of changes, those inside successions left out."""
    stated: dict[str, set[str]] = {}
    # Changes stand in runs of one track, and a run is added at once.
    for sort, group in groupby(parts, type):
        if sort is Change:
            for track, changes in groupby(group, _TRACK):
                stated.setdefault(track, set()).update(map(_SUBJECT, changes))
        elif sort is Run:
            for run in group:
                assert isinstance(run, Run)
                stated.setdefault(run.track, set()).update(run.subjects)
    return stated


def _ended_in(parts: Iterable[Event | Run]) -> set[str]:
    """Ids of the units and clusters that end by some events."""
    ended: set[str] = set()
    for part in parts:
        if type(part) is Succession:
            ended.update(part.ended)
        elif type(part) is Closure:
            ended.add(part.subject)
    return ended
