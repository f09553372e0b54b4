"""Ground that is in one place at last, nearly all of it: followed backwards, one look-up for each link.

Where units merge, are taken over or replaced, all that each held is in one place afterwards; and where one was divided
within a unit of the level, all its parts are. No bag need be kept of such ground: from the last event to the first,
where a unit's ground ends is where that of its successors does. Units that are in touch with any other event, over any
number of links, are left to :class:`~orgmodel.history.ground.Walk`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation, Link, Succession
from orgmodel.history.ground import Happening, dated, in_order
from orgmodel.history.lineage import DatedLink
from orgmodel.model.arithmetic import NONE
from orgmodel.model.unit import Unit

__all__ = [
    "OfLevel",
    "Step",
    "Straight",
]


class Step(NamedTuple):
    """An event by which all that a unit held went on, and a unit in which it is at last.

    Attributes:
        end: a unit of the last day; all that it held is in the same unit of the level.
        at: the place of the event among all.
        act: its act.
        event: the event.
        ways: the unit's links, each with the step of where it leads, None where that is the end.
    """

    end: str
    at: int
    act: Act
    event: Succession
    ways: tuple[tuple[Link, Step | None], ...]

    def _steps(self) -> Iterator[Step]:
        """This step and those after it, each once."""
        seen: dict[int, Step] = {id(self): self}
        todo = [self]
        while todo:
            step = todo.pop()
            yield step
            for _, then in step.ways:
                if then is not None and id(then) not in seen:
                    seen[id(then)] = then
                    todo.append(then)

    def links(self) -> tuple[DatedLink, ...]:
        """The links of this step and of those after it, in order."""
        return in_order(
            dated(step.at, step.act, step.event, link, step.event.type)
            for step in self._steps()
            for link, _ in step.ways
        )

    def acts(self) -> tuple[Act, ...]:
        """The acts of :meth:`links`, each once."""
        if len(self.ways) == 1 and self.ways[0][1] is None:
            return (self.act,)
        steps = sorted(self._steps(), key=lambda step: step.at)
        return tuple({step.act.id: step.act for step in steps}.values())

    def stops(self) -> Iterator[str]:
        """What the unit became by this step and by those after it."""
        for step in self._steps():
            for link, _ in step.ways:
                yield link.new


class OfLevel(NamedTuple):
    """What has to be known of a level."""

    is_ground: Callable[[str | None], bool]
    """Whether units of a kind are ground."""
    not_ground: Callable[[Collection[str]], Iterable[str]]
    """Which of some units are no ground on the first day."""
    holders: Callable[[Sequence[str]], Sequence[int]]
    """A number for the unit of the level that each of some units is in on the last day."""


class Straight:
    """Whose ground is in one place at last.

    Attributes:
        steps: unit -> its first step.
        rest: the events that they do not cover.
    """

    def __init__(self, steps: dict[str, Step], rest: Sequence[Happening]) -> None:
        self.steps, self.rest = steps, rest

    @classmethod
    def none(cls, events: Iterable[Happening] = ()) -> Straight:
        """Nobody: all events are left."""
        return cls({}, list(events))

    @classmethod
    def of(cls, events: Sequence[Happening], level: OfLevel) -> Straight:
        """Sort events, given in order."""
        bent: set[str] = set()
        plain: list[Happening] = []
        divided: dict[str, None] = {}
        made: set[str] = set()
        went_on: set[str] = set()
        begun: list[Happening] = []
        brought: set[tuple[str, dt.date]] = set()
        for happening in events:
            act, event, _ = happening
            assert act is not None
            if isinstance(event, Succession):
                links = event.links
                created = [unit.id for unit in event.created]
                olds = {link.old for link in links if link.extent == "whole"}
                whole = len(olds) == len(links)
                if not whole:
                    olds = {link.old for link in links}
                if len(created) != 1 or links[0].new != created[0] or links[-1].new != created[0]:
                    news = {link.new for link in links}.difference(created)
                    went_on |= news
                    brought.update((new, act.effective) for new in news - olds)
                if (
                    (whole or _loses_nothing(links))
                    # An old unit that begins by the event passes on what others bring it.
                    and olds.isdisjoint(created)
                    and _are_ground(event.created, level.is_ground)
                ):
                    plain.append(happening)
                    made.update(created)
                    if not whole:
                        divided.update(dict.fromkeys(olds))
                else:
                    bent.update(unit for link in links for unit in (link.old, link.new))
            elif isinstance(event, Creation):
                if event.reestablishes:
                    # Former ground is set apart from the first event on.
                    return cls.none(events)
                assert isinstance(event.what, Unit)
                begun.append(happening)
                if event.first_known:
                    bent.update([event.what.id, *([event.what.parent] if event.what.parent else ())])
            else:
                if event.last_known:
                    # Who is above it by then takes over its ground.
                    return cls.none(events)
                bent.add(event.subject)
        if not plain:
            return cls.none(events)
        for act, event, _ in begun:
            assert isinstance(event, Creation)
            assert isinstance(event.what, Unit)
            assert act is not None
            # What begins with what links bring has no ground from nowhere.
            if (event.what.id, act.effective) in brought and level.is_ground(event.what.kind):
                made.add(event.what.id)
            else:
                bent.add(event.what.id)
        bent.update(level.not_ground(went_on - made))
        if divided:
            bent.update(_apart(plain, level))
        left = _in_touch(bent, plain) if bent else frozenset[int]()
        kept = [happening for happening in plain if happening.place not in left] if left else plain
        steps = _steps(kept)
        straight_places = {happening.place for happening in kept}
        ends = {link.new for _, event, _ in kept if isinstance(event, Succession) for link in event.links} - bent
        straight_places.update(at for _, event, at in begun if isinstance(event, Creation) and event.what.id in ends)
        return cls(steps, [happening for happening in events if happening.place not in straight_places])


def _steps(plain: Sequence[Happening]) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for act, event, at in reversed(plain):
        assert act is not None
        assert isinstance(event, Succession)
        # All links of an event count at once.
        taken: dict[str, list[tuple[Link, Step | None]]] = {}
        for link in event.links:
            taken.setdefault(link.old, []).append((link, steps.get(link.new)))
        for old, ways in reversed(taken.items()):
            link, then = ways[0]
            steps.pop(old, None)
            steps[old] = Step(link.new if then is None else then.end, at, act, event, tuple(ways))
    # In the order in which they first went.
    return dict(reversed(steps.items()))


def _apart(plain: Sequence[Happening], level: OfLevel) -> set[str]:
    """The divided units whose parts are not all in one unit of the level at last."""
    last = list(
        dict.fromkeys(link.new for _, event, _ in plain if isinstance(event, Succession) for link in event.links)
    )
    holder = dict(zip(last, level.holders(last), strict=True))
    apart: set[str] = set()
    for _, event, _ in reversed(plain):
        assert isinstance(event, Succession)
        ends: dict[str, set[int]] = {}
        for link in event.links:
            ends.setdefault(link.old, set()).add(holder[link.new])
        for old, places in ends.items():
            if len(places) > 1:
                apart.add(old)
            # Where they differ any will do: all that is in touch with it is left to the walk.
            holder[old] = min(places)
    return apart


def _loses_nothing(links: Sequence[Link]) -> bool:
    by_old: dict[str, list[Link]] = {}
    for link in links:
        by_old.setdefault(link.old, []).append(link)
    for mine in by_old.values():
        if len(mine) == 1 and mine[0].extent == "part":
            return False
        stated: dict[str, list[Fraction]] = {}
        for link in mine:
            for measure, share in link.shares:
                stated.setdefault(measure, []).append(share)
        if any(len(shares) == len(mine) and sum(shares, NONE) < 1 for shares in stated.values()):
            return False
    return True


def _are_ground(units: Sequence[Unit], is_ground: Callable[[str | None], bool]) -> bool:
    if len(units) == 1:
        return is_ground(units[0].kind)
    return all(is_ground(unit.kind) for unit in units)


def _in_touch(bent: set[str], plain: Sequence[Happening]) -> set[int]:
    """The places of the plain events that are in touch with some units, directly or over others."""
    by_unit: dict[str, list[int]] = {}
    for nth, (_, event, _) in enumerate(plain):
        assert isinstance(event, Succession)
        for link in event.links:
            by_unit.setdefault(link.old, []).append(nth)
            by_unit.setdefault(link.new, []).append(nth)
    places: set[int] = set()
    todo = [unit for unit in bent if unit in by_unit]
    while todo:
        for nth in by_unit.pop(todo.pop(), ()):
            _, event, at = plain[nth]
            if at not in places and isinstance(event, Succession):
                places.add(at)
                todo += [unit for link in event.links for unit in (link.old, link.new) if unit in by_unit]
    return places
