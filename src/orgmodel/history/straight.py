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
    ways: tuple[tuple[Link, StraightStep | None], ...]

    def _steps(self) -> Iterator[StraightStep]:
        """This step and those after it, each once."""
        seen: dict[int, StraightStep] = {id(self): self}
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
    """The facts of a level that sorting needs."""

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

    def __init__(self, steps: dict[str, StraightStep], rest: Sequence[Happening]) -> None:
        self.steps, self.rest = steps, rest

    @classmethod
    def none(cls, events: Iterable[Happening] = ()) -> Straight:
        """No unit: all events are left to the walk."""
        return cls({}, list(events))

    @classmethod
    def of(cls, events: Sequence[Happening], level: OfLevel) -> Straight:
        """Sort events, given in order."""
        sorting = _Sorting(level)
        if not all(map(sorting.take, events)) or not sorting.plain:
            return cls.none(events)
        bent, plain = sorting.bent_units(), sorting.plain
        left = _in_touch(bent, plain) if bent else frozenset[int]()
        kept = [happening for happening in plain if happening.place not in left] if left else plain
        covered = {happening.place for happening in kept}
        ends = {link.new for _, event, _ in kept if isinstance(event, Succession) for link in event.links} - bent
        begun = [(event, place) for _, event, place in sorting.begun if isinstance(event, Creation)]
        covered.update(place for event, place in begun if event.what.id in ends)
        return cls(_steps(kept), [happening for happening in events if happening.place not in covered])


class _Sorting:
    """Events sorted into those by which all ground goes on in one piece, and all others.

    Attributes:
        plain: successions by which all that their old units hold goes on, and nothing else comes in.
        begun: creations.
        bent: units of other events: whatever is in touch with them is left to the walk.
    """

    def __init__(self, level: OfLevel) -> None:
        self.level = level
        self.plain: list[Happening] = []
        self.begun: list[Happening] = []
        self.bent: set[str] = set()
        self._divided = False
        self._made: set[str] = set()
        self._went_on: set[str] = set()
        self._brought: set[tuple[str, dt.date]] = set()
        """(unit, day): units into which links bring ground, beside what they hold."""

    def take(self, happening: Happening) -> bool:
        """Sort an event; False if it concerns ground that no event names, so that nothing can be sorted out."""
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
        whole = len(olds) == len(links)
        if not whole:
            olds = {link.old for link in links}
        # Most successions make one unit, and all their links lead to it: then no set of others need be built.
        if len(created) != 1 or links[0].new != created[0] or links[-1].new != created[0]:
            news = {link.new for link in links}.difference(created)
            self._went_on |= news
            self._brought.update((new, day) for new in news - olds)
        if (
            (whole or _loses_nothing(links))
            # An old unit that begins by the event passes on what others bring it.
            and olds.isdisjoint(created)
            and _are_ground(event.created, self.level.is_ground)
        ):
            self.plain.append(happening)
            self._made.update(created)
            self._divided |= not whole
        else:
            self.bent.update(unit for link in links for unit in (link.old, link.new))

    def bent_units(self) -> set[str]:
        """The units that the walk must follow, once all events are sorted."""
        for act, event, _ in self.begun:
            assert isinstance(event, Creation)
            assert isinstance(event.what, Unit)
            assert act is not None
            # A unit that begins with what links bring has no ground from nowhere.
            if (event.what.id, act.effective) in self._brought and self.level.is_ground(event.what.kind):
                self._made.add(event.what.id)
            else:
                self.bent.add(event.what.id)
        self.bent.update(self.level.not_ground(self._went_on - self._made))
        if self._divided:
            self.bent.update(_apart(self.plain, self.level))
        return self.bent


def _steps(plain: Sequence[Happening]) -> dict[str, StraightStep]:
    steps: dict[str, StraightStep] = {}
    for act, event, at in reversed(plain):
        assert act is not None
        assert isinstance(event, Succession)
        # All links of an event count at once.
        taken: dict[str, list[tuple[Link, StraightStep | None]]] = {}
        for link in event.links:
            taken.setdefault(link.old, []).append((link, steps.get(link.new)))
        # Put in again, so that the order of the dict is that of the first event of each unit, backwards.
        for old, ways in reversed(taken.items()):
            link, then = ways[0]
            steps.pop(old, None)
            steps[old] = StraightStep(link.new if then is None else then.end, at, act, event, tuple(ways))
    # In the order in which they first went.
    return dict(reversed(steps.items()))


def _apart(plain: Sequence[Happening], level: OfLevel) -> set[str]:
    """The divided units whose parts are not all in one unit of the level at last."""
    last = list(
        dict.fromkeys(link.new for _, event, _ in plain if isinstance(event, Succession) for link in event.links)
    )
    holder = dict(zip(last, level.holders(last), strict=True))
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
