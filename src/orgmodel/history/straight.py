"""Ground that ends in one place, which is nearly all: followed backwards, with one look-up for each link.

Where units merge, are taken over or replaced, the ground of each ends in one place; so do all parts of a unit that was
divided within a unit of the level. Such ground needs no bags: from the last event to the first, the ground of a unit
ends where that of its successors does. Units connected with any other event, through any number of links, are left to
:class:`~orgmodel.history.ground.Walk`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Link, Succession
from orgmodel.history.ground import Happening, dated, in_order
from orgmodel.history.lineage import DatedLink
from orgmodel.model.arithmetic import NONE
from orgmodel.model.unit import Unit

__all__ = [
    "OfLevel",
    "Straight",
    "StraightStep",
]


class StraightStep(NamedTuple):
    """An event by which all ground of a unit went on, and a unit in which it ends.

    Attributes:
        end: a unit of the last day; all that ground is in the same unit of the level as it.
        at: the place of the event among all.
        act: its act.
        event: the event.
        ways: the unit's links, each with the next step of its new unit; None if there is none.
    """

    end: str
    at: int
    act: Act
    event: Succession
    ways: tuple[tuple[Link, StraightStep | None], ...]

    def _steps(self) -> Iterator[StraightStep]:
        """This step and those after it, each once."""
        visited = {id(self)}
        todo = [self]
        while todo:
            step = todo.pop()
            yield step
            for _, following in step.ways:
                if following is not None and id(following) not in visited:
                    visited.add(id(following))
                    todo.append(following)

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
        """The units that it became by this step and by those after it."""
        for step in self._steps():
            for link, _ in step.ways:
                yield link.new


class OfLevel(NamedTuple):
    """The facts of a level that sorting needs."""

    is_ground: Callable[[str | None], bool]
    """Whether units of a kind are ground."""
    not_ground: Callable[[Collection[str]], Iterable[str]]
    """Which of some units are no ground on the first day."""
    holders: Callable[[Sequence[str]], Sequence[int]]
    """A number for the unit of the level that each of some units is in on the last day."""


class Straight:
    """The units whose ground ends in one place.

    Attributes:
        steps: unit -> its first step.
        bent: the events that the steps do not cover.
    """

    def __init__(self, steps: dict[str, StraightStep], bent: Sequence[Happening]) -> None:
        self.steps, self.bent = steps, bent

    @classmethod
    def none(cls, events: Iterable[Happening] = ()) -> Straight:
        """An empty one: all events are left to the walk."""
        return cls({}, list(events))

    @classmethod
    def of(cls, events: Sequence[Happening], level: OfLevel) -> Straight:
        """The steps of events, which are in order, and the events that they do not cover."""
        sorting = _Sorting(level)
        if not all(map(sorting.take, events)) or not sorting.plain:
            return cls.none(events)
        bent, plain = sorting.bent_units(), sorting.plain
        left_out = _in_touch(bent, plain) if bent else frozenset[int]()
        straight = [happening for happening in plain if happening.place not in left_out] if left_out else plain
        covered = {happening.place for happening in straight}
        # The creations of units that straight links lead to are covered with them.
        ends = {link.new for _, event, _ in straight for link in _links(event)} - bent
        covered.update(place for _, event, place in sorting.begun if _begins(event) in ends)
        return cls(_steps(straight), [happening for happening in events if happening.place not in covered])


class _Sorting:
    """Events sorted into those by which all ground goes on in one piece, and all others.

    Attributes:
        plain: successions by which all ground of their old units goes on, and nothing else comes in.
        begun: creations.
        bent: units of other events: all that links connect with them is left to the walk.
    """

    def __init__(self, level: OfLevel) -> None:
        self.level = level
        self.plain: list[Happening] = []
        self.begun: list[Happening] = []
        self.bent: set[str] = set()
        self._divided = False
        self._begun_units: set[str] = set()
        self._went_on: set[str] = set()
        self._brought: set[tuple[str, dt.date]] = set()
        """(unit, day) for each unit to which links bring ground beside its own."""

    def take(self, happening: Happening) -> bool:
        """Sort an event; False if it concerns ground that no event names, so that no unit is certain to be straight."""
        act, event, _ = happening
        assert act is not None
        match event:
            case Succession():
                self._succession(happening, event, act.effective)
            case Creation(reestablishes=old) if old:
                # Former ground is set apart from the first event on.
                return False
            case Creation(what=Unit() as unit):
                self.begun.append(happening)
                if event.first_known:
                    self.bent.update([unit.id, *([unit.parent] if unit.parent else ())])
            case Closure(last_known=True):
                # The unit above it at that time takes over its ground.
                return False
            case Closure(subject=subject):
                self.bent.add(subject)
        return True

    def _succession(self, happening: Happening, event: Succession, day: dt.date) -> None:
        links = event.links
        created = [unit.id for unit in event.created]
        olds = {link.old for link in links if link.extent == "whole"}
        all_whole = len(olds) == len(links)
        if not all_whole:
            olds = {link.old for link in links}
        # Most successions begin one unit, and all their links lead to it: then no set of others need be built.
        if len(created) != 1 or links[0].new != created[0] or links[-1].new != created[0]:
            news = {link.new for link in links}.difference(created)
            self._went_on |= news
            self._brought.update((new, day) for new in news - olds)
        # An old unit that begins by the event passes on what others bring it, so it is not straight.
        goes_on = (all_whole or _loses_nothing(links)) and olds.isdisjoint(created)
        if goes_on and _are_ground(event.created, self.level.is_ground):
            self.plain.append(happening)
            self._begun_units.update(created)
            self._divided |= not all_whole
        else:
            self.bent.update(unit for link in links for unit in (link.old, link.new))

    def bent_units(self) -> set[str]:
        """The units that the walk must follow, once all events are sorted."""
        for act, event, _ in self.begun:
            assert isinstance(event, Creation)
            assert isinstance(event.what, Unit)
            assert act is not None
            # A unit that begins with ground that links bring has none from nowhere.
            if (event.what.id, act.effective) in self._brought and self.level.is_ground(event.what.kind):
                self._begun_units.add(event.what.id)
            else:
                self.bent.add(event.what.id)
        self.bent.update(self.level.not_ground(self._went_on - self._begun_units))
        if self._divided:
            self.bent.update(_apart(self.plain, self.level))
        return self.bent


def _links(event: Creation | Closure | Succession) -> tuple[Link, ...]:
    return event.links if isinstance(event, Succession) else ()


def _begins(event: Creation | Closure | Succession) -> str:
    """Id of the unit that a creation begins."""
    return event.what.id if isinstance(event, Creation) else ""


def _steps(plain: Sequence[Happening]) -> dict[str, StraightStep]:
    """Unit -> its first step, in the order of their first events."""
    steps: dict[str, StraightStep] = {}
    for act, event, at in reversed(plain):
        assert act is not None
        assert isinstance(event, Succession)
        # All links of an event count at once, so none may see a step that this event adds.
        ways_of: dict[str, list[tuple[Link, StraightStep | None]]] = {}
        for link in event.links:
            ways_of.setdefault(link.old, []).append((link, steps.get(link.new)))
        # Removed and added again, so that the order of the dict is that of the first event of each unit, backwards.
        for old, ways in reversed(ways_of.items()):
            link, following = ways[0]
            steps.pop(old, None)
            steps[old] = StraightStep(link.new if following is None else following.end, at, act, event, tuple(ways))
    return dict(reversed(steps.items()))


def _apart(plain: Sequence[Happening], level: OfLevel) -> set[str]:
    """The divided units whose parts do not all end in one unit of the level."""
    news = list(dict.fromkeys(link.new for _, event, _ in plain for link in _links(event)))
    holder = dict(zip(news, level.holders(news), strict=True))
    apart: set[str] = set()
    # Backwards, so that where the successors end is known when a unit is met.
    for _, event, _ in reversed(plain):
        assert isinstance(event, Succession)
        ends: dict[str, set[int]] = {}
        for link in event.links:
            ends.setdefault(link.old, set()).add(holder[link.new])
        for old, places in ends.items():
            if len(places) > 1:
                apart.add(old)
            # Where they differ any will do: all that links connect with it is left to the walk.
            holder[old] = min(places)
    return apart


def _loses_nothing(links: Sequence[Link]) -> bool:
    """Whether no old unit of some links loses a part: a single link of a part, or shares of less than 1 in all."""
    by_old: dict[str, list[Link]] = {}
    for link in links:
        by_old.setdefault(link.old, []).append(link)
    for of_old in by_old.values():
        if len(of_old) == 1 and of_old[0].extent == "part":
            return False
        stated: dict[str, list[Fraction]] = {}
        for link in of_old:
            for measure, share in link.shares:
                stated.setdefault(measure, []).append(share)
        if any(len(shares) == len(of_old) and sum(shares, NONE) < 1 for shares in stated.values()):
            return False
    return True


def _are_ground(units: Sequence[Unit], is_ground: Callable[[str | None], bool]) -> bool:
    if len(units) == 1:
        return is_ground(units[0].kind)
    return all(is_ground(unit.kind) for unit in units)


def _in_touch(bent: set[str], plain: Sequence[Happening]) -> set[int]:
    """The places of the plain events that links connect with some units, directly or through others."""
    by_unit: dict[str, list[int]] = {}
    for nth, (_, event, _) in enumerate(plain):
        for link in _links(event):
            by_unit.setdefault(link.old, []).append(nth)
            by_unit.setdefault(link.new, []).append(nth)
    places: set[int] = set()
    todo = [unit for unit in bent if unit in by_unit]
    while todo:
        # Each unit is taken out once, so that its events are not walked again.
        for nth in by_unit.pop(todo.pop(), ()):
            _, event, at = plain[nth]
            if at not in places:
                places.add(at)
                todo += [unit for link in _links(event) for unit in (link.old, link.new) if unit in by_unit]
    return places
