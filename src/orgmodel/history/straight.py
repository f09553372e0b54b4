"""Ground that goes along whole links only, nearly all of it: followed backwards, one look-up for each link.

Where units merge, are taken over or replaced, all that each held is in one place afterwards. No bag need be kept of
it: from the last event to the first, where a unit's ground ends is where that of its successor does. Units that are
in touch with any other event, over any number of links, are left to :class:`~orgmodel.history.ground.Walk`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation, Link, Succession
from orgmodel.history.ground import Happening, dated
from orgmodel.history.lineage import DatedLink
from orgmodel.model.unit import Unit


class Step(NamedTuple):
    """A link along which all of a unit went, and where that is at last."""

    end: str
    at: int
    act: Act
    event: Succession
    link: Link
    then: Step | None

    def links(self) -> Iterator[DatedLink]:
        """This link and those after it, in order."""
        step: Step | None = self
        while step is not None:
            yield dated(step.at, step.act, step.event, step.link, step.event.type)
            step = step.then

    def acts(self) -> Iterator[Act]:
        """The acts of this link and of those after it."""
        step: Step | None = self
        while step is not None:
            yield step.act
            step = step.then

    def stops(self) -> Iterator[str]:
        """What the unit became by this link and by those after it."""
        step: Step | None = self
        while step is not None:
            yield step.link.new
            step = step.then


class Straight:
    """Who went along whole links only.

    Attributes:
        steps: unit -> its first step.
        rest: the events that are not told by them, each with its place among all.
    """

    def __init__(self, steps: dict[str, Step], rest: Sequence[tuple[int, Happening]]) -> None:
        self.steps, self.rest = steps, rest

    @classmethod
    def none(cls, events: Iterable[Happening] = ()) -> Straight:
        """Nobody: all events are left."""
        return cls({}, list(enumerate(events)))

    @classmethod
    def of(
        cls,
        events: Sequence[Happening],
        is_ground: Callable[[str | None], bool],
        not_ground: Callable[[Collection[str]], Iterable[str]],
    ) -> Straight:
        """Sort events.

        Args:
            events: in order.
            is_ground: whether units of a kind are ground.
            not_ground: which of some units of the first day are not.
        """
        bent: set[str] = set()
        plain: list[tuple[int, Act, Succession]] = []
        made: set[str] = set()
        went_on: set[str] = set()
        for at, (act, event) in enumerate(events):
            if isinstance(event, Succession):
                assert act is not None
                links = event.links
                created = [unit.id for unit in event.created]
                olds = {link.old for link in links if link.extent == "whole"}
                # One whole link for each old unit, and none of them begins by the event.
                if len(olds) == len(links) and olds.isdisjoint(created) and _are_ground(event.created, is_ground):
                    plain.append((at, act, event))
                    made.update(created)
                    if len(created) != 1 or links[0].new != created[0] or links[-1].new != created[0]:
                        went_on.update([link.new for link in links])
                else:
                    bent.update(unit for link in links for unit in (link.old, link.new))
            elif isinstance(event, Creation):
                if event.reestablishes:
                    # Former ground is set apart from the first event on.
                    return cls.none(events)
                assert isinstance(event.what, Unit)
                bent.add(event.what.id)
                if event.first_known and event.what.parent:
                    bent.add(event.what.parent)
            else:
                if event.last_known:
                    # Who is above it by then takes over its ground.
                    return cls.none(events)
                bent.add(event.subject)
        if not plain:
            return cls.none(events)
        bent.update(not_ground(went_on - made))
        left: set[int] = set()
        if bent:
            left = _in_touch(bent, plain)
        steps: dict[str, Step] = {}
        for at, act, event in reversed(plain):
            if at in left:
                continue
            # All links of an event count at once.
            taken = [(link, steps.get(link.new)) for link in event.links]
            for link, then in taken:
                steps[link.old] = Step(link.new if then is None else then.end, at, act, event, link, then)
        told = {at for at, _, _ in plain} - left
        rest = [(at, happening) for at, happening in enumerate(events) if at not in told]
        return cls(steps, rest)


def _are_ground(units: Sequence[Unit], is_ground: Callable[[str | None], bool]) -> bool:
    if len(units) == 1:
        return is_ground(units[0].kind)
    return all(is_ground(unit.kind) for unit in units)


def _in_touch(bent: set[str], plain: Sequence[tuple[int, Act, Succession]]) -> set[int]:
    """The places of the plain events that are in touch with some units, directly or over others."""
    by_unit: dict[str, list[int]] = {}
    for place, (_, _, event) in enumerate(plain):
        for link in event.links:
            by_unit.setdefault(link.old, []).append(place)
            by_unit.setdefault(link.new, []).append(place)
    found: set[int] = set()
    todo = [unit for unit in bent if unit in by_unit]
    while todo:
        for place in by_unit.pop(todo.pop(), ()):
            at, _, event = plain[place]
            if at not in found:
                found.add(at)
                todo += [unit for link in event.links for unit in (link.old, link.new) if unit in by_unit]
    return found
