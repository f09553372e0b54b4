"""Events of a register as acts made of operations, in causal order on each day.

Importers read registers of different forms and find the same in them: on a day units became units, began, ended,
or went on under another name, code or parent. An :class:`Occurrence` states one such event with ids of units, whatever
form it came in. :func:`acts_of` orders the events of a day by cause, follows which unit stands under which, and makes
an act of each event, with the verbs that fit.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, evolve, field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Link
from orgmodel.acts.operation import Operation
from orgmodel.acts.operations import (
    BreakDown,
    Close,
    Create,
    Merge,
    Reassign,
    Reclassify,
    Recode,
    Reestablish,
    Rename,
    Reorganise,
    Replace,
    SplitOff,
    SplitOffSeveral,
    TakeOver,
)
from orgmodel.io.importers.reading import TableFindings
from orgmodel.model import track as tracks
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import Period

__all__ = [
    "FACTS",
    "Occurrence",
    "Standing",
    "acts_of",
    "extents",
    "in_causal_order",
]

NAME, CODE, KIND, CATEGORY, PARENT = tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY, tracks.PARENT
FACTS: Final = (NAME, CODE, KIND, CATEGORY, PARENT)
"""The facts that an occurrence can state of a unit that goes on."""


@frozen
class Occurrence:
    """One event of a register.

    Attributes:
        id: of the act that it becomes.
        day: its effective day.
        rows: numbers of the rows that say it.
        source: where it comes from.
        links: which unit became which; a unit that goes on has a link to itself.
        begins: the units that begin, each with its facts.
        ends: the units that end without a successor.
        states: what is so of units that go on, afterwards: unit -> track -> value.
        again: unit that begins -> the ended unit that it re-establishes.
        out_of: re-established unit -> the living unit that had its ground.
        first_known: whether what begins is older.
        last_known: whether it is only not known what became of what ends.
        within: the days among which the day is.
        after: ids of occurrences of the day that come before it, whatever units they are about.
        note: for readers.
    """

    id: str
    day: dt.date
    rows: tuple[int, ...] = ()
    source: Source = Source.unknown
    links: tuple[Link, ...] = ()
    begins: tuple[Unit, ...] = ()
    ends: tuple[str, ...] = ()
    states: Mapping[str, Mapping[str, str | None]] = field(factory=dict)
    again: Mapping[str, str] = field(factory=dict)
    out_of: Mapping[str, str] = field(factory=dict)
    first_known: bool = False
    last_known: bool = False
    within: Period | None = None
    after: tuple[str, ...] = ()
    note: str = ""

    @property
    def ended(self) -> tuple[str, ...]:
        """All units that end by it."""
        going_on = {link.old for link in self.links if link.old == link.new}
        return (*dict.fromkeys(link.old for link in self.links if link.old not in going_on), *self.ends)

    def left(self, standing: Standing) -> Iterator[str]:
        """The units from below which others are moved away, or end."""
        moved = (subject for subject, facts in self.states.items() if PARENT in facts)
        for below in (*moved, *self.ended):
            above = standing.facts[below][PARENT] if below in standing.facts else None
            if above is not None:
                yield above

    def uses(self) -> Iterator[str]:
        """The units that must live when it happens, without the units that it begins itself."""
        own = {unit.id for unit in self.begins}
        for link in self.links:
            yield link.old
            if link.new not in own:
                yield link.new
        parents = (*(unit.parent for unit in self.begins), *(facts.get(PARENT) for facts in self.states.values()))
        yield from (parent for parent in parents if parent is not None and parent not in own)
        yield from (*self.states, *self.ends, *self.out_of.values())


@define
class Standing:
    """The live units and their facts: enough to know which operations an occurrence needs."""

    facts: dict[str, dict[str, str | None]] = field(factory=dict)
    children: defaultdict[str, dict[str, None]] = field(factory=lambda: defaultdict(dict))

    def begin(self, unit: Unit) -> None:
        """Note that a unit lives."""
        self.facts[unit.id] = {
            NAME: unit.name, CODE: unit.code, KIND: unit.kind, CATEGORY: unit.category, PARENT: unit.parent,
        }  # fmt: skip
        if unit.parent is not None:
            self.children[unit.parent][unit.id] = None

    def end(self, unit: str) -> None:
        """Note that a unit has ended."""
        parent = self.facts.pop(unit)[PARENT]
        if parent is not None:
            self.children[parent].pop(unit, None)

    def place(self, unit: str, parent: str | None) -> None:
        """Note the new parent of a unit."""
        facts = self.facts[unit]
        old = facts[PARENT]
        if old is not None:
            self.children[old].pop(unit, None)
        facts[PARENT] = parent
        if parent is not None:
            self.children[parent][unit] = None


def in_causal_order(occurrences: Sequence[Occurrence], standing: Standing, findings: TableFindings) -> list[Occurrence]:
    """The occurrences of a day in causal order, else in the given order.

    A unit begins before any other occurrence that concerns it or puts a unit below it. It ends after all others that
    concern it, after units were moved away from below it, and, where possible, after those about units below it.
    """
    if len(occurrences) < 2:
        return list(occurrences)
    hard, soft = _needs(occurrences, standing)
    both = [a | b for a, b in zip(hard, soft, strict=True)]
    order = _sorted(both)
    if len(order) < len(occurrences):
        order = _sorted(hard)
    if len(order) < len(occurrences):
        left = [occurrences[place] for place in range(len(occurrences)) if place not in set(order)]
        message = "events of one day wait for each other: each needs what another one of them makes or has ended"
        findings.add(
            "order", message, rows=[row for stuck in left for row in stuck.rows], day=left[0].day,
            units=dict.fromkeys(unit for stuck in left for unit in stuck.ended),
        )  # fmt: skip
    return [occurrences[place] for place in order]


def _needs(occurrences: Sequence[Occurrence], standing: Standing) -> tuple[list[set[int]], list[set[int]]]:
    """For each occurrence, the positions of the occurrences that must come before it, and of those that should."""
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    closed: set[str] = set()
    for place, occurrence in enumerate(occurrences):
        begins |= {unit.id: place for unit in occurrence.begins}
        ends |= dict.fromkeys(occurrence.ended, place)
        closed.update(occurrence.ends)
    place_of = {occurrence.id: place for place, occurrence in enumerate(occurrences)}
    hard: list[set[int]] = [set() for _ in occurrences]
    soft: list[set[int]] = [set() for _ in occurrences]
    for place, occurrence in enumerate(occurrences):
        # An occurrence of another day is done: then the place itself stands for it, and is taken out below.
        hard[place].update(place_of.get(name, place) for name in occurrence.after)
        hard[place].update(ends.get(old, place) for old in occurrence.again.values())
        for needed in occurrence.uses():
            hard[place].add(begins.get(needed, place))
            hard[ends.get(needed, place)].add(place)
        for above in occurrence.left(standing):
            # A closed unit must be empty; the children of one that becomes others go along, so that may wait.
            (hard if above in closed else soft)[ends.get(above, place)].add(place)
    for place, (must, should) in enumerate(zip(hard, soft, strict=True)):
        must.discard(place)
        should.discard(place)
    return hard, soft


def _sorted(before: Sequence[set[int]]) -> list[int]:
    """A topological order of the places, stable, without places on a circle."""
    after: list[list[int]] = [[] for _ in before]
    waits = [len(places) for places in before]
    for place, places in enumerate(before):
        for other in places:
            after[other].append(place)
    ready = [place for place, count in enumerate(waits) if not count]
    order: list[int] = []
    while ready:
        place = heapq.heappop(ready)
        order.append(place)
        for later in after[place]:
            waits[later] -= 1
            if not waits[later]:
                heapq.heappush(ready, later)
    return order


def acts_of(occurrences: Iterable[Occurrence], findings: TableFindings, standing: Standing | None = None) -> list[Act]:
    """The acts of a register, in order of time.

    Args:
        occurrences: its events, those of a day in any order.
        findings: takes the faults, and notes on events without effect.
        standing: the units that live before the first of them.
    """
    stands = Standing() if standing is None else standing
    by_day: defaultdict[dt.date, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        by_day[occurrence.day].append(occurrence)
    acts: list[Act] = []
    for day in sorted(by_day):
        acts += _Day(in_causal_order(by_day[day], stands, findings), stands, findings).acts()
    return acts


class _Day:
    """The occurrences of one day, in order."""

    def __init__(self, ordered: Sequence[Occurrence], standing: Standing, findings: TableFindings) -> None:
        self.ordered, self.standing, self.findings = ordered, standing, findings
        self.homes: defaultdict[str, list[str]] = defaultdict(list)
        """Unit -> its stated parents on the day, in order."""
        self.ending: set[str] = set()
        """Units that end later on the day, or by the occurrence at hand."""
        for occurrence in ordered:
            self.ending.update(occurrence.ended)
            for subject, facts in occurrence.states.items():
                if facts.get(PARENT) is not None:
                    self.homes[subject].append(str(facts[PARENT]))

    def acts(self) -> Iterator[Act]:
        """The act of each occurrence that changes something."""
        for occurrence in self.ordered:
            if not self._stands(occurrence):
                continue
            operations = list(self._operations(occurrence))
            self.ending.difference_update(occurrence.ended)
            if operations:
                yield Act(
                    occurrence.id, occurrence.day, operations, occurrence.source, occurrence.note,
                    within=occurrence.within,
                )  # fmt: skip
            else:
                message = "it changes nothing: what it says was so before, or follows from another event of the day"
                self.findings.add("no-change", message, rows=occurrence.rows, day=occurrence.day, severity="note")

    def _stands(self, occurrence: Occurrence) -> bool:
        """Whether all units that it needs live; a fault if not."""
        missing = [unit for unit in dict.fromkeys(occurrence.uses()) if unit not in self.standing.facts]
        if missing:
            message = "it needs a unit that does not live on the day, or has ended by another event of the day"
            self.findings.add("live-unit", message, rows=occurrence.rows, units=missing, day=occurrence.day)
        twice = [unit.id for unit in occurrence.begins if unit.id in self.standing.facts]
        if twice:
            self.findings.add("id-once", "it lives already", rows=occurrence.rows, units=twice, day=occurrence.day)
        return not missing and not twice

    # ---- operations

    def _operations(self, occurrence: Occurrence) -> Iterator[Operation[Any]]:
        linked = {link.new for link in occurrence.links}
        alone = [unit for unit in occurrence.begins if unit.id not in linked]
        alone = yield from self._created(occurrence, alone)
        if occurrence.links:
            yield from self._succession(occurrence)
        alone = yield from self._created(occurrence, alone)
        for unit in alone:
            message = f"its parent {unit.parent!r} does not live"
            self.findings.add("live-parent", message, rows=occurrence.rows, units=[unit.id], day=occurrence.day)
        yield from self._changes(occurrence.states)
        if occurrence.ends:
            yield from self._closures(occurrence)

    def _created(self, occurrence: Occurrence, units: list[Unit]) -> Generator[Operation[Any], None, list[Unit]]:
        """Begin the units whose parents live; the others are returned."""
        left = units
        while True:
            waiting: list[Unit] = []
            for unit in left:
                if unit.parent is not None and unit.parent not in self.standing.facts:
                    waiting.append(unit)
                    continue
                old = occurrence.again.get(unit.id)
                if old is None:
                    yield Create(unit, first_known=occurrence.first_known)
                else:
                    yield Reestablish(old, unit, out_of=occurrence.out_of.get(unit.id))
                self.standing.begin(unit)
            if len(waiting) == len(left):
                return waiting
            left = waiting

    def _changes(self, states: Mapping[str, Mapping[str, str | None]]) -> Iterator[Operation[Any]]:
        for subject, wanted in states.items():
            facts_now = self.standing.facts[subject]
            differs = {track: value for track, value in wanted.items() if facts_now.get(track) != value}
            if differs.get(NAME) is not None:
                yield Rename(subject, str(differs[NAME]))
            if CODE in differs:
                yield Recode(subject, differs[CODE])
            kinds = {track: value for track, value in differs.items() if track in (KIND, CATEGORY) and value}
            if kinds:
                yield Reclassify([subject], kind=kinds.get(KIND), category=kinds.get(CATEGORY))
            if differs.get(PARENT) is not None:
                yield Reassign([subject], differs[PARENT])
                self.standing.place(subject, differs[PARENT])
            facts_now.update({track: value for track, value in differs.items() if track != PARENT})

    def _closures(self, occurrence: Occurrence) -> Iterator[Operation[Any]]:
        ends = dict.fromkeys(occurrence.ends)
        for unit in ends:
            for child in list(self.standing.children[unit]):
                if child in ends:
                    continue
                home = self._elsewhere(child, unit)
                if home is not None:
                    yield Reassign([child], home)
                    self.standing.place(child, home)
                else:
                    message = f"its parent {unit!r} ends, and nothing says where it stands then"
                    self.findings.add("children", message, rows=occurrence.rows, units=[child], day=occurrence.day)
        yield Close(list(ends), last_known=occurrence.last_known)
        for unit in ends:
            self.standing.end(unit)

    def _succession(self, occurrence: Occurrence) -> Iterator[Operation[Any]]:
        links, standing = occurrence.links, self.standing
        created = {unit.id: unit for unit in occurrence.begins if unit.id in {link.new for link in links}}
        survivors = {link.old for link in links if link.old == link.new}
        of_old: dict[str, list[str]] = {}
        for link in links:
            of_old.setdefault(link.old, []).append(link.new)
        homes: dict[str, str] = {}
        for old, news in of_old.items():
            yield from self._homes(occurrence, old, news, homes)
        kinds = {standing.facts[unit][KIND] for unit in of_old}
        kinds |= {unit.kind for unit in created.values()}
        yield _verb(links, created, survivors, homes, crossed=len(kinds) > 1)
        yield from self._silent(links, created)
        for unit in created.values():
            standing.begin(unit)
        self._succeed(of_old, survivors, homes)

    def _succeed(
        self, of_old: Mapping[str, Sequence[str]], survivors: Collection[str], homes: Mapping[str, str]
    ) -> None:
        """What a succession does to the standing, as its verb does it: children go along, then units end."""
        standing = self.standing
        for old, news in of_old.items():
            fallback = old if old in survivors else news[0]
            for child in list(standing.children[old]):
                if child in of_old and child not in survivors:
                    continue
                home = homes.get(child, fallback)
                if home not in (old, child):
                    standing.place(child, home)
        for going_on in survivors:
            # A survivor whose parent ends by the same act stands under the next one above that lives.
            above = standing.facts[going_on][PARENT]
            while above in of_old and above not in survivors:
                above = standing.facts[str(above)][PARENT]
            standing.place(going_on, above)
        for old in of_old:
            if old not in survivors:
                standing.end(old)

    def _elsewhere(self, child: str, old: str) -> str | None:
        """The live unit under which a child comes to stand on the day."""
        stated = [home for home in self.homes.get(child, ()) if home != old and home in self.standing.facts]
        return stated[-1] if stated else None

    def _homes(
        self, occurrence: Occurrence, old: str, news: Sequence[str], homes: dict[str, str]
    ) -> Iterator[Operation[Any]]:
        """The homes of the children of a unit; children that go to none of its successors move before."""
        is_divided = old not in news and len(news) > 1
        linked = {link.old for link in occurrence.links}
        for child in [child for child in self.standing.children[old] if child not in linked]:
            home = next((new for new in self.homes.get(child, ()) if new in news), None)
            if home is not None:
                if home != old and len(news) > 1:
                    homes[child] = home
            elif (other := self._elsewhere(child, old)) is not None:
                yield Reassign([child], other)
                self.standing.place(child, other)
            elif is_divided and child in self.ending:
                # It ends on this day, and stands on none of its successors' days.
                homes[child] = news[0]
            elif is_divided:
                message = f"its parent {old!r} is divided, and nothing says where it stands then"
                self.findings.add("children", message, rows=occurrence.rows, units=[child], day=occurrence.day)

    def _silent(self, links: Sequence[Link], created: Mapping[str, Unit]) -> Iterator[Operation[Any]]:
        """Take away a code or name that a new unit would have from its predecessors and that the register denies."""
        for unit in created.values():
            into = [link for link in links if link.new == unit.id]
            if unit.code is None and all(link.extent == "whole" for link in into):
                codes = {self.standing.facts[link.old][CODE] for link in into}
                if len(codes) == 1 and None not in codes:
                    yield Recode(unit.id, None)


def _verb(
    links: Sequence[Link], created: Mapping[str, Unit], survivors: set[str], homes: Mapping[str, str], crossed: bool
) -> Operation[Any]:
    """The verb for some links; the general one where links have shares or are of no simple form."""
    olds = list(dict.fromkeys(link.old for link in links))
    news = list(dict.fromkeys(link.new for link in links))
    into = [created[new] for new in news if new in created]
    extent = {link.extent for link in links}
    verb: Operation[Any] | None = None
    if any(link.shares or link.dominant or link.evidence for link in links):
        pass  # Only the general verb can state more of a link than its extent.
    elif extent == {"whole"} and len(news) == 1 and len(links) == len(olds):
        verb = _joining(olds, into, survivors, crossed)
    elif extent == {"part"} and len(olds) == 1:
        verb = _dividing(olds[0], into, len(news) - len(into), survivors, homes, crossed)
    return verb or Reorganise(links, created=list(created.values()), children=homes or None, cross_kind=crossed)


def _joining(olds: Sequence[str], into: Sequence[Unit], survivors: set[str], crossed: bool) -> Operation[Any]:
    """The verb by which units go whole to one unit."""
    if survivors:
        (keeper,) = survivors
        return TakeOver(keeper, [old for old in olds if old != keeper], cross_kind=crossed)
    if len(olds) > 1:
        return Merge(olds, into=into[0], cross_kind=crossed)
    return Replace(olds[0], into[0], cross_kind=crossed)


def _dividing(
    old: str, into: Sequence[Unit], living: int, survivors: set[str], homes: Mapping[str, str], crossed: bool
) -> Operation[Any] | None:
    """The verb by which a unit is divided; None if parts go to units that live already, other than itself."""
    if survivors and living == 1:
        verb = SplitOff if len(into) == 1 else SplitOffSeveral
        return verb(old, into, children=homes or None, cross_kind=crossed)
    return None if living else BreakDown(old, into, children=homes or None, cross_kind=crossed)


def extents(links: Iterable[Link]) -> tuple[Link, ...]:
    """The links with their extents: part where an old unit has several, else whole.

    >>> [link.extent for link in extents([Link("a", "a"), Link("b", "a"), Link("c", "a"), Link("c", "d")])]
    ['whole', 'whole', 'part', 'part']
    """
    listed = list(links)
    count: defaultdict[str, int] = defaultdict(int)
    for link in listed:
        count[link.old] += 1
    return tuple(evolve(link, extent="part" if count[link.old] > 1 else "whole") for link in listed)
