"""The order of endings and successions within one day, where a table gives none or a wrong one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from attrs import frozen

__all__ = [
    "DayStep",
    "causal",
]


@frozen
class DayStep:
    """An event of a day by which units pass on, close, or take up one that ended, as numbers of units.

    Attributes:
        olds: units before it.
        news: units after it.
        ends: units that end by it.
        begins: the unit that begins by it; -1 if none does.
        after: the unit that must have ended before; -1 if none.
    """

    olds: frozenset[int]
    news: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()
    begins: int = -1
    after: int = -1


def causal(
    steps: Sequence[DayStep], above: Callable[[int], Iterable[int]], born: Callable[[int], bool]
) -> tuple[list[int], list[int]]:
    """An order in which the steps can happen, as near to the given one as possible.

    A unit ends after all other steps of it, after the units below it, and before one that takes it up again begins; a
    unit that begins on the day receives its predecessors before it passes on.

    Args:
        steps: in the order that is kept where possible.
        above: the units that a unit stands under when it ends.
        born: whether a unit begins on the day.

    Returns:
        the places of the steps in order, and those of steps that wait for each other.

    >>> into_b, into_c = DayStep(frozenset({1}), frozenset({2}), frozenset({1})), DayStep(frozenset({2, 3}), frozenset({3}), frozenset({2}))
    >>> causal([into_c, into_b], lambda unit: (), lambda unit: unit == 2)
    ([1, 0], [])
    """
    before = _waits(steps, above, born)
    order: dict[int, None] = {}
    stuck: dict[int, None] = {}
    for first in range(len(steps)):
        if not before[first]:
            order[first] = None
            continue
        path, on_path = [first], {first}
        while path:
            at = path[-1]
            missing = next((place for place in before[at] if place not in order and place != at), None)
            if at in order:
                on_path.discard(path.pop())
            elif missing is None:
                order[at] = None
            elif missing in on_path:
                # They wait for each other: reported, and left in the given order, so that all others can be judged.
                stuck |= dict.fromkeys(path[path.index(missing) :])
                order[at] = None
            else:
                path.append(missing)
                on_path.add(missing)
    return list(order), list(stuck)


class _Index(NamedTuple):
    """Unit -> the places of the steps that concern it.

    Attributes:
        using: the steps that name it.
        becoming: the steps by which another unit becomes it.
        ending: the steps by which it ends.
    """

    using: defaultdict[int, list[int]]
    becoming: defaultdict[int, list[int]]
    ending: defaultdict[int, list[int]]


def _index(steps: Sequence[DayStep]) -> _Index:
    index = _Index(defaultdict(list), defaultdict(list), defaultdict(list))
    for place, step in enumerate(steps):
        for unit in step.olds:
            index.using[unit].append(place)
        for unit in step.news - step.olds:
            index.using[unit].append(place)
            index.becoming[unit].append(place)
        for unit in step.ends:
            index.ending[unit].append(place)
    return index


def _waits(
    steps: Sequence[DayStep], above: Callable[[int], Iterable[int]], born: Callable[[int], bool]
) -> list[list[int]]:
    """For each step the places of the steps that come before it."""
    using, becoming, ending = _index(steps)
    begins = {step.begins: place for place, step in enumerate(steps) if step.begins >= 0}
    before: list[set[int]] = [set() for _ in steps]
    for unit, places in ending.items():
        # Whatever else names a unit comes before its end; and what stands below it ends or leaves first.
        uses = using[unit]
        # Nearly all units are in one step only, which does not wait for itself.
        if len(uses) > 1:
            for place in places:
                before[place].update(uses)
        for upper in above(unit):
            for later in ending.get(upper, ()):
                before[later].update(places)
    for place, step in enumerate(steps):
        for unit in filter(born, becoming.keys() & step.olds):
            before[place].update(becoming[unit])
        if begins:
            before[place].update(begins[unit] for unit in begins.keys() & (step.olds | step.news))
        if step.after >= 0:
            before[place].update(ending[step.after])
        before[place].discard(place)
    return [sorted(places) for places in before]
