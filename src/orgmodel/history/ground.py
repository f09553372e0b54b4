"""Ground followed from one day to another.

*Own ground* of a unit is what lies in it and in none of the ground units below it; a unit with own ground is an
*atom* of the day. Links move own ground only; a change of parent moves everything below. So events are followed in
order for the units that they name, and for all others it is enough to compare their parents of both days.

A *bag* is ground that stays together: the whole of an atom, or one part of a *pool*. A division pools what the
unit holds and makes a bag of each part; when all parts of a pool are in one place they are the pool again.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, NamedTuple, TypeGuard

import numpy as np
from attrs import evolve, field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Event, Link, Run, Succession
from orgmodel.engine.state import State
from orgmodel.errors import Finding
from orgmodel.history.act_figures import FigureBefore, disagreement, shares_of_parts
from orgmodel.history.lineage import DatedLink
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import NONE
from orgmodel.model.unit import Unit

__all__ = [
    "FIRST_KNOWN",
    "GONE",
    "LOST",
    "NEW",
    "NOWHERE",
    "OFF_RECORD",
    "Bag",
    "Happening",
    "Pool",
    "Returned",
    "Sealed",
    "Walk",
    "WalkContext",
    "Way",
    "dated",
    "happenings",
    "in_order",
    "together",
    "unsealed",
]

NEW: Final = "\x00new"
"""The origin of ground that came from nowhere: a unit was founded."""

FIRST_KNOWN: Final = "\x00first known"
"""The origin of ground of units that are older than the record of them."""

LOST: Final = "\x00lost"
"""Where ground goes that has no successor."""

GONE: Final = "\x00gone"
"""Where ground goes whose successor is not on record."""

NOWHERE: Final = frozenset((LOST, GONE))
OFF_RECORD: Final = frozenset((NEW, FIRST_KNOWN))


class Happening(NamedTuple):
    """An event and its act; of a composed table, the act is None."""

    act: Act | None
    event: Creation | Closure | Succession
    place: int = 0
    """Grows with the order of events."""


class Way(NamedTuple):
    """A link as the walk follows it.

    ``exact`` is false for a row of a table if it is not certain that anything of the unit went along it.
    """

    old: str
    new: str
    whole: bool
    shares: tuple[tuple[str, Fraction], ...]
    dominant: bool
    dominant_by: str
    links: tuple[DatedLink, ...]
    exact: bool = True
    from_act: tuple[tuple[str, Fraction], ...] = ()
    """Shares that follow from figures of the act."""


class Returned(NamedTuple):
    """Former ground that went along a link that states shares: back to life, or to where it waits for that.

    Attributes:
        way: the link.
        former: the former ground.
        divided: all ground that was divided, the former ground included.
        waits: whether the former ground is taken up later, so that other ground may have gone along with it.
    """

    way: Way
    former: tuple[Bag, ...]
    divided: tuple[Bag, ...]
    waits: bool = False


@frozen(eq=False)
class Pool:
    """The ground of a unit when it was divided, and its parts.

    Attributes:
        number: grows with the order of events.
        unit: id of the divided unit.
        bags: its ground.
        ways: the link of each part; there may be one more part behind them, which is lost.
        shares: for each part measure -> share, a single missing share worked out as the rest.
        rests: for each part the measures whose share was worked out so.
        from_act: measures of which the shares follow from figures of the act.
        certain: for each part, whether something of the ground surely went there.
    """

    number: int
    unit: str
    bags: tuple[Bag, ...]
    ways: tuple[Way, ...]
    shares: tuple[Mapping[str, Fraction], ...]
    rests: tuple[frozenset[str], ...]
    certain: tuple[bool, ...]
    from_act: frozenset[str] = frozenset()
    origins: dict[int, dict[str, bool]] = field(factory=dict, repr=False)
    """A cache: part -> origin -> whether something of it is surely there."""

    @property
    def size(self) -> int:
        """The number of parts."""
        return len(self.shares)


class Bag(NamedTuple):
    """Ground that stays together.

    Attributes:
        atom: the unit of the first day whose own ground it is; empty for a part.
        pool: the pool that it is a part of.
        part: which part.
        links: the links along which it went.
        sealed: the former ground that it is, if another unit will take that up again.
    """

    atom: str
    pool: Pool | None = None
    part: int = 0
    links: tuple[DatedLink, ...] = ()
    sealed: Sealed | None = None


@frozen(eq=False)
class Sealed:
    """The former ground of an ended unit that is re-established later, as a whole.

    Attributes:
        old: the ended unit.
        new: the unit that takes up its ground.
        bags: its ground.
        before: whether it had ended by the first day, so that it is a part of a unit of that day.
    """

    old: str
    new: str
    bags: tuple[Bag, ...]
    before: bool = False


def together(bags: Iterable[Bag]) -> list[Bag]:
    """The same ground, with the bags of a pool in place of its parts wherever all of them are there."""
    bags_now = list(bags)
    # Again, as putting one pool together may complete another one inside of it.
    while complete := _complete_pools(bags_now):
        numbers = {id(pool) for pool, _ in complete}
        bags_now = [bag for bag in bags_now if id(bag.pool) not in numbers]
        for pool, parts in complete:
            links = in_order(link for bag in parts for link in bag.links)
            bags_now += [bag._replace(links=in_order((*bag.links, *links))) for bag in pool.bags]
    return bags_now


def _complete_pools(bags: Iterable[Bag]) -> list[tuple[Pool, list[Bag]]]:
    """(pool, its parts) for each pool whose parts are all among the bags."""
    # By identity: equal pools of different events are different ground.
    parts_of: dict[int, tuple[Pool, list[Bag]]] = {}
    for bag in bags:
        if bag.pool is not None:
            parts_of.setdefault(id(bag.pool), (bag.pool, []))[1].append(bag)
    return [(pool, parts) for pool, parts in parts_of.values() if len(parts) == pool.size]


def in_order(links: Iterable[DatedLink]) -> tuple[DatedLink, ...]:
    """Links in the order of events, each once."""
    by_key = {(link.seq, link.old, link.new): link for link in links}
    return tuple(by_key.values()) if len(by_key) < 2 else tuple(by_key[key] for key in sorted(by_key))


def unsealed(bags: Iterable[Bag]) -> list[Bag]:
    """The same ground, with former ground as its bags."""
    out: list[Bag] = []
    for bag in bags:
        out += [_moved(inner, bag.links) for inner in unsealed(bag.sealed.bags)] if bag.sealed else [bag]
    return out


def _opened(former: Iterable[Bag]) -> list[Bag]:
    """The bags of former ground that is taken up; those that are former ground of other units in turn stay sealed."""
    return [_moved(inner, bag.links) for bag in former if bag.sealed for inner in bag.sealed.bags]


def happenings(history: Past, first: dt.date, last: dt.date, kinds: frozenset[str] | None = None) -> list[Happening]:
    """The creations, closures and successions of units in (first, last], in order.

    Args:
        history: the history whose acts are followed.
        first: the day after which.
        last: the day by which.
        kinds: only events of units of these kinds; only the days of such events are looked at.
    """
    order = history._record.order
    events: list[Happening] = []
    if kinds is None:
        for act in order.between(first, last):
            for event in filter(_is_of_unit, act.parts):
                events.append(Happening(act, event, len(events)))
        return events
    days, named = _touched(history._state, first, last, kinds)
    for act in chain.from_iterable(order.of_day(dt.date.fromordinal(ordinal)) for ordinal in days):
        for event in filter(_is_of_unit, act.parts):
            if _befalls(event, kinds, named):
                events.append(Happening(act, event, len(events)))
    return events


def _is_of_unit(event: Event | Run) -> TypeGuard[Creation | Closure | Succession]:
    """Whether a unit may begin, end or pass on by an event."""
    return isinstance(event, (Succession, Closure)) or (isinstance(event, Creation) and isinstance(event.what, Unit))


def _befalls(event: Creation | Closure | Succession, kinds: frozenset[str], named: set[str]) -> bool:
    """Whether an event is about units of some kinds; those that begin by it are added to ``named``."""
    match event:
        case Succession():
            named.update([unit.id for unit in event.created if unit.kind in kinds])
            return any(link.old in named or link.new in named for link in event.links)
        case Closure():
            return event.subject in named
        case Creation(what=Unit() as unit) if unit.kind in kinds:
            named.add(unit.id)
            return True
    return False


def _touched(state: State, first: dt.date, last: dt.date, kinds: frozenset[str]) -> tuple[list[int], set[str]]:
    """The days in (first, last] on which units begin, end or pass on that ever were of some kinds, and these units."""
    subjects, _, _, codes, words = state.spans(tracks.KIND)
    wanted = np.zeros(state.count, bool)
    wanted[subjects.compress(np.array([word in kinds for word in words], bool).take(codes))] = True
    days, units = [], []
    low, high = first.toordinal(), last.toordinal()
    lives, links = state.spans(tracks.LIFE), state.spans(tracks.LINK)
    # The subjects and days of beginnings, of ends, and of links.
    for subject, day in ((lives[0], lives[1]), (lives[0], lives[2]), (links[0], links[1])):
        rows = np.flatnonzero((day > low) & (day <= high))
        rows = rows.compress(wanted.take(subject.take(rows)))
        days.append(day.take(rows))
        units.append(subject.take(rows))
    return np.unique(np.concatenate(days)).tolist(), set(state.some_names(np.unique(np.concatenate(units)).tolist()))


class WalkContext(NamedTuple):
    """Questions of the walk about units, so that it needs no structure of its own."""

    is_atom: Callable[[str], bool]
    """Whether a unit has own ground on the first day."""
    is_ground: Callable[[str | None], bool]
    """Whether units of a kind are ground."""
    kind_of: Callable[[str], str | None]
    """The kind of a unit of the first day."""
    parent_of: Callable[[str, dt.date], str | None]
    """The unit above one at the end of a day, None if there is none within the level."""
    has_ground_below: Callable[[str, Act], bool]
    """Whether ground units stand below a new unit once its act is done."""
    lives_on: Callable[[str, dt.date], bool]
    figure: FigureBefore | None = None
    """The figure of a unit in a measure at the end of a day; None where figures do not matter."""
    incomplete: frozenset[str] = frozenset()
    """Units with ground below them that is not all of theirs."""


class Walk:
    """Follows ground along events.

    Attributes:
        content: unit named by an event -> its ground at the end.
        lost: ground without a successor.
        gone: ground whose successor is not on record.
        pools: the divisions, in order.
        returned: former ground that went along links with stated shares.
        findings: stated shares that the figures of their act contradict.
    """

    def __init__(self, named: WalkContext, past: Callable[[], Iterable[Happening]], start: dt.date) -> None:
        self.named, self.past, self.start = named, past, start
        self.content: dict[str, list[Bag]] = {}
        self.lost: list[Bag] = []
        self.gone: list[Bag] = []
        self.pools: list[Pool] = []
        self.returned: list[Returned] = []
        self.findings: list[Finding] = []
        self._kinds: dict[str, str | None] = {}
        self._events: Sequence[Happening] = ()
        self._again: dict[str, tuple[int, str]] = {}
        """Ended unit -> (place of the event that takes it up again, the new unit)."""
        self._news: frozenset[str] = frozenset()

    # ---- what a unit holds

    def ground_of(self, unit: str) -> list[Bag]:
        """The ground of a unit at this point of the walk."""
        # Made on demand: of a country's units, few are named by any event.
        bags = self.content.get(unit)
        if bags is None:
            bags = self.content[unit] = [Bag(unit)] if self.named.is_atom(unit) else []
        return bags

    def _is_ground(self, unit: str) -> bool:
        kind = self._kinds[unit] if unit in self._kinds else self.named.kind_of(unit)
        return self.named.is_ground(kind)

    # ---- events

    def follow(self, events: Sequence[Happening]) -> None:
        """Follow events, in order."""
        self._events = events
        brought = self._brought_by_links()
        for at, (_, event, _) in enumerate(self._events):
            if isinstance(event, Creation) and event.reestablishes:
                # Its ground must be kept apart from the day it ended, long before this event is reached.
                self._again.setdefault(event.reestablishes, (at, event.what.id))
        self._news = frozenset(new for _, new in self._again.values())
        if self._again:
            self._seal_former_ground()
        for at, (act, event, place) in enumerate(events):
            assert act is not None
            match event:
                case Creation():
                    self._create(act, event, brought)
                case Closure():
                    self._close(act, event)
                case Succession():
                    for unit in event.created:
                        self._kinds[unit.id] = unit.kind
                        self.content.setdefault(unit.id, [])
                    self.succeed(at, self._ways(place, act, event), {unit.id for unit in event.created}, event.ended)

    def _brought_by_links(self) -> set[tuple[str, dt.date]]:
        """(unit, day) for each unit that a link brings ground to, without a link by which it goes on itself."""
        brought: set[tuple[str, dt.date]] = set()
        for act, event, _ in self._events:
            if act is not None and isinstance(event, Succession) and len(event.created) < len(event.news):
                others = {unit.id for unit in event.created}.union(event.olds)
                brought.update((new, act.effective) for new in event.news if new not in others)
        return brought

    def _ways(self, at: int, act: Act, event: Succession) -> Iterator[Way]:
        """The links of a succession; the only successor of a unit is the dominant one without being stated."""
        counts = Counter(link.old for link in event.links)
        kind = event.type
        of_parts: dict[str, dict[str, dict[str, tuple[Fraction, str]]]] = {}
        for link in event.links:
            links = (dated(at, act, event, link, kind),)
            if link.extent == "whole" and counts[link.old] == 1:
                yield Way(link.old, link.new, True, (), True, "", links)
                continue
            if link.old not in of_parts:
                figure = self.named.figure if counts[link.old] > 1 else None
                of_parts[link.old] = {} if figure is None else shares_of_parts(act, event, link.old, figure)
            of_act = {measure: parts[link.new] for measure, parts in of_parts[link.old].items()}
            self._compare(act, event, link, of_act)
            # Where the source states a share of any part, what it states counts.
            stated = {name for other in event.links if other.old == link.old for name, _ in other.shares}
            by_act = tuple((measure, share) for measure, (share, _) in of_act.items() if measure not in stated)
            shares = (*link.shares, *by_act)
            yield Way(link.old, link.new, False, shares, link.dominant, link.dominant_by, links, from_act=by_act)

    def _compare(self, act: Act, event: Succession, link: Link, of_act: Mapping[str, tuple[Fraction, str]]) -> None:
        """Note where the stated share of a link is not the share by the figures of its act."""
        other_shares = [dict(other.shares) for other in event.links if other.old == link.old and other is not link]
        for measure, by_figures in of_act.items():
            share = dict(link.shares).get(measure)
            # Where all other parts have a share, the share of the last one is the rest.
            if share is None and other_shares and all(measure in shares for shares in other_shares):
                share = 1 - sum((shares[measure] for shares in other_shares), NONE)
            if share is not None and share != by_figures[0]:
                message = disagreement(link, measure, share, by_figures)
                self.findings.append(
                    Finding("shares", message, (link.old, link.new), act.effective, "note", act=act.id)
                )

    def _create(self, act: Act, event: Creation, brought: set[tuple[str, dt.date]]) -> None:
        unit = event.what
        assert isinstance(unit, Unit)
        self._kinds[unit.id] = unit.kind
        if not self.named.is_ground(unit.kind):
            self.content[unit.id] = []
            return
        if event.first_known and self.content.get(unit.id):
            return  # Its ground was set apart with that of the first of its siblings.
        linked = (unit.id, act.effective) in brought
        if event.reestablishes:
            holder = self._holder_of_former(event.reestablishes, unit.id)
            if holder is not None and self._is_linked(act, unit.id, holder):
                linked = True  # The former ground comes by the link, whose shares are about it.
            else:
                former = self._take_back(event.reestablishes, unit.id)
                if former is not None:
                    self.content[unit.id] = former
                    return
        if linked or self.named.has_ground_below(unit.id, act):
            self.content[unit.id] = []
        elif not event.first_known:
            self.content[unit.id] = [Bag(NEW)]
        elif unit.parent and self.ground_of(unit.parent) and self._is_ground(unit.parent):
            self._first_known_below(act, unit.parent)
        else:
            self.content[unit.id] = [Bag(FIRST_KNOWN)]

    def _is_linked(self, act: Act, unit: str, old: str) -> bool:
        """Whether an act has a link from one unit to another."""
        return any(
            other is act
            and isinstance(event, Succession)
            and any((link.old, link.new) == (old, unit) for link in event.links)
            for other, event, _ in self._events
        )

    def _holder_of_former(self, old: str, new: str) -> str | None:
        """The unit that holds the former ground of an ended unit that another takes up."""
        for unit, bags in self.content.items():
            if any(_is_former(bag, old, new) for bag in bags):
                return unit
        return None

    def _first_known_below(self, act: Act, parent: str) -> None:
        """Divide the own ground of a parent among the units below it that are first known by one act."""
        group = [*self._first_known_groups.get((act.id, parent), ())]
        if parent in self.named.incomplete:
            group.append(parent)
        bags = self.content.pop(parent)
        self.content[parent] = []
        if len(group) == 1:
            self.content[group[0]] = bags
            return
        ways = [Way(parent, unit, False, (), False, "", ()) for unit in group]
        for unit, part in zip(group, self._pool(parent, bags, ways), strict=True):
            self.content[unit] = [part]

    @cached_property
    def _first_known_groups(self) -> dict[tuple[str, str | None], list[str]]:
        """(act, parent) -> the ground units below the parent that the act makes known."""
        groups: dict[tuple[str, str | None], list[str]] = {}
        for act, event, _ in self._events:
            if act is None or not isinstance(event, Creation) or not event.first_known:
                continue
            if isinstance(event.what, Unit) and self.named.is_ground(event.what.kind):
                groups.setdefault((act.id, event.what.parent), []).append(event.what.id)
        return groups

    def _close(self, act: Act, event: Closure) -> None:
        unit = event.subject
        bags = self.ground_of(unit)
        self.content[unit] = []
        if not bags:
            return
        if not event.last_known:
            self.lost += unsealed(bags)
            return
        # Only the record of it ends, so its ground is still in the unit above.
        above = self.named.parent_of(unit, act.effective - dt.timedelta(days=1))
        if above is not None and self._is_ground(above) and self.named.lives_on(above, act.effective):
            self.content[above] = together([*self.ground_of(above), *bags])
        else:
            self.gone += unsealed(bags)

    def end(self, units: Iterable[str]) -> None:
        """End units without a successor."""
        for unit in units:
            self.lost += unsealed(self.ground_of(unit))
            self.content[unit] = []

    def add_new_ground(self, units: Iterable[str]) -> None:
        """Give units ground that came from nowhere, in addition to what they hold."""
        for unit in units:
            self.content[unit] = [*self.ground_of(unit), Bag(NEW)]

    # ---- successions

    def succeed(
        self,
        at: int,
        ways: Iterable[Way],
        created: Collection[str] = (),
        ended: Collection[str] = (),
        losing: Collection[str] = (),
    ) -> None:
        """Follow one succession; all its links count at once.

        Args:
            at: its place among the events.
            ways: its links.
            created: units that begin with it.
            ended: units that end by it.
            losing: old units of which a part is lost, though the links do not say so.
        """
        by_old: dict[str, list[Way]] = {}
        for way in ways:
            by_old.setdefault(way.old, []).append(way)
        # Collected first: all links of a succession count at once, so nothing that arrives may be passed on again,
        # but for units that begin in it.
        arrived: dict[str, list[Bag]] = {}
        for old in _in_causal_order(by_old, created):
            bags = self.ground_of(old)
            self.content[old] = []
            if old in created and old in arrived:
                bags = [*bags, *together(arrived.pop(old))]
            if bags and old in ended and old in self._again and self._again[old][0] > at:
                bags = [Bag("", sealed=Sealed(old, self._again[old][1], tuple(together(bags))))]
            if bags:
                self._send(at, old, bags, by_old[old], arrived, old in losing)
        for new, bags in arrived.items():
            if new == LOST or not self._is_ground(new):
                self.lost += unsealed(bags)
            else:
                # A unit that no link names as old goes on with its own ground.
                own_bags = self.content.get(new, ()) if new in by_old else self.ground_of(new)
                self.content[new] = together([*own_bags, *bags])

    def _send(
        self, at: int, old: str, bags: list[Bag], ways: list[Way], arrived: dict[str, list[Bag]], losing: bool
    ) -> None:
        """Send the ground of one old unit along its links."""
        taken: set[str] = set()
        if any(bag.sealed for bag in bags):
            bags = self._route(at, bags, ways, arrived, taken)
        if len(ways) == 1 and ways[0].whole and not losing:
            arrived.setdefault(ways[0].new, []).extend([_moved(bag, ways[0].links) for bag in bags])
        elif bags:
            parts = self._pool(old, unsealed(bags), ways, len(ways) == 1 or losing, taken)
            for new, part in zip((*(way.new for way in ways), LOST), parts, strict=False):
                arrived.setdefault(new, []).append(part)

    def _pool(
        self,
        unit: str,
        bags: Iterable[Bag],
        ways: Sequence[Way],
        loses: bool = False,
        taken: Collection[str] = (),
    ) -> list[Bag]:
        """The parts of a divided unit: a bag for each way, and one more if something is lost.

        Args:
            unit: the divided unit.
            bags: its ground.
            ways: where parts go.
            loses: whether a part is lost, whatever the shares say.
            taken: the units that former ground went to on the way, which stated shares are about as well.
        """
        # Stated shares are of all ground of the unit: once former ground is taken out they no longer hold.
        shares = [{} if taken else dict(way.shares) for way in ways]
        rests, lost = _complete(shares, loses)
        certain = [way.exact and way.new not in taken for way in ways]
        links = [way.links for way in ways]
        if loses or any(share > 0 for share in lost.values()):
            shares.append(lost)
            rests.append(set())
            certain.append(True)
            links.append(in_order(link for way in ways for link in way.links))
        pool = Pool(
            len(self.pools),
            unit,
            tuple(together(bags)),
            tuple(ways),
            tuple(shares),
            tuple(map(frozenset, rests)),
            tuple(certain),
            frozenset(measure for way in ways for measure, _ in way.from_act),
        )
        self.pools.append(pool)
        return [Bag("", pool, part, links[part]) for part in range(pool.size)]

    # ---- re-establishment

    def _take_back(self, old: str, new: str) -> list[Bag] | None:
        """The former ground of an ended unit, taken out of its holder; None where it is not found."""
        unit = self._holder_of_former(old, new)
        if unit is None:
            return None
        bags = self.content[unit]
        former = next(bag for bag in bags if _is_former(bag, old, new))
        self.content[unit] = [bag for bag in bags if bag is not former]
        return _opened([former])

    def _seal_former_ground(self) -> None:
        """Set apart, in units of the first day, the ground of units that ended by then and are taken up again."""
        past = list(self.past())
        by_unit: dict[str, list[Sealed]] = {}
        for old, (_, new) in self._again.items():
            live = _went_to(old, past)
            holders = [unit for unit in sorted(live) if self.ground_of(unit) and self._leads(unit, old, -1)]
            # With several holders, nobody knows in which of them it is.
            if len(holders) == 1:
                by_unit.setdefault(holders[0], []).append(Sealed(old, new, (), before=True))
        for unit, seals in by_unit.items():
            # One division: what remains, and each former ground.
            ways = [Way(unit, target, False, (), False, "", ()) for target in (unit, *(seal.new for seal in seals))]
            remainder, *former = self._pool(unit, self.content[unit], ways)
            self.content[unit] = [
                remainder,
                *(Bag("", sealed=evolve(seal, bags=(part,))) for seal, part in zip(seals, former, strict=True)),
            ]

    def _leads(self, unit: str, old: str, at: int) -> bool:
        """Whether the ground of a unit after an event can be in the unit out of which the old one is taken up again."""
        place, new = self._again[old]
        act, event, _ = self._events[place]
        assert isinstance(event, Creation)
        out = {event.out_of} if event.out_of else set()
        if not out:
            out = {
                link.old
                for other, done, _ in self._events
                if other is act and isinstance(done, Succession)
                for link in done.links
                if link.new == new and link.old != new
            }
        live = _reached({unit}, self._events[at + 1 : place])
        return bool(live & out) if out else bool(live)

    def _route(
        self, at: int, bags: list[Bag], ways: list[Way], arrived: dict[str, list[Bag]], taken: set[str]
    ) -> list[Bag]:
        """The ground left to divide once former ground has gone to the unit that takes it up, now or later.

        Args:
            at: the place of the event.
            bags: the ground of a divided unit.
            ways: its links.
            arrived: new unit -> ground; former ground is added to it.
            taken: the units that former ground went to; they are added to it.
        """
        divided = together(unsealed(bags))
        way_to = {way.new: way for way in reversed(ways)}
        seals = [bag.sealed for bag in bags if bag.sealed]
        if len(divided) == 1 and any(seal.before and seal.new in way_to for seal in seals):
            return divided  # All of a unit of the first day: its links say how it was divided.
        left: list[Bag] = []
        former: dict[_Return, list[Bag]] = {}
        for bag in bags:
            if bag.sealed is None:
                left.append(bag)
            elif (way_back := self._way_back(at, bag.sealed, ways)) is not None:
                former.setdefault(way_back, []).append(bag)
            elif len(ways) == 1 and ways[0].whole:
                left.append(bag)  # It stays apart inside all that goes on.
            else:
                left += unsealed([bag])  # Nobody knows which part it is in, so it is ground like all other.
        for (new, waits), sealed in former.items():
            way = way_to[new]
            taken.add(new)
            if way.shares:
                self.returned.append(Returned(way, tuple(unsealed(sealed)), tuple(divided), waits))
            arrived.setdefault(new, []).extend(_moved(bag, way.links) for bag in (sealed if waits else _opened(sealed)))
        others = self._without_news(ways)
        if len(others) == 1 and not all(way_back.waits for way_back in former):
            # The unit that takes it up is wholly the former ground: all other ground goes the one way that is left.
            arrived.setdefault(others[0].new, []).extend(_moved(bag, others[0].links) for bag in left)
            return []
        return left

    def _way_back(self, at: int, seal: Sealed, ways: Sequence[Way]) -> _Return | None:
        """Where former ground goes when its holder is divided; None if it stays with the rest, or nobody knows."""
        if any(way.new == seal.new for way in ways):
            return _Return(seal.new, waits=False)
        if len(ways) == 1 and ways[0].whole:
            return None
        towards = [way.new for way in self._without_news(ways) if self._leads(way.new, seal.old, at)]
        return _Return(towards[0], waits=True) if len(towards) == 1 else None

    def _without_news(self, ways: Iterable[Way]) -> list[Way]:
        """The ways to units that take up no former ground."""
        return [way for way in ways if way.new not in self._news]


class _Return(NamedTuple):
    """Where former ground goes.

    Attributes:
        new: the unit.
        waits: whether it is another one than the unit that takes it up, so that it waits there until then.
    """

    new: str
    waits: bool


def _went_to(old: str, past: Sequence[Happening]) -> set[str]:
    """The units in which a unit may be after some events, since it last ended by a succession."""
    for place in range(len(past) - 1, -1, -1):
        event = past[place].event
        if isinstance(event, Succession) and old in event.ended:
            return _reached({link.new for link in event.links if link.old == old}, past[place + 1 :])
    return set()


def _is_former(bag: Bag, old: str, new: str) -> bool:
    """Whether a bag is the former ground of an ended unit that another one takes up."""
    return bag.sealed is not None and (bag.sealed.old, bag.sealed.new) == (old, new)


def _complete(shares: list[dict[str, Fraction]], loses: bool) -> tuple[list[set[str]], dict[str, Fraction]]:
    """Complete the stated shares of parts, in place.

    Where one share of a measure is missing and nothing is lost, it is the rest.

    Returns:
        for each part the measures whose share was worked out so; and measure -> the share that is lost, where known.
    """
    rests: list[set[str]] = [set() for _ in shares]
    lost: dict[str, Fraction] = {}
    for measure in sorted({measure for share in shares for measure in share}):
        known = [share[measure] for share in shares if measure in share]
        remainder = 1 - sum(known, NONE)
        if len(known) == len(shares):
            lost[measure] = remainder
        elif len(known) == len(shares) - 1 and not loses:
            blank = next(part for part, share in enumerate(shares) if measure not in share)
            shares[blank][measure] = remainder
            rests[blank].add(measure)
            lost[measure] = NONE
    return rests, lost


def _moved(bag: Bag, links: tuple[DatedLink, ...]) -> Bag:
    """The bag after it went along links."""
    return bag._replace(links=(*bag.links, *links)) if links else bag


def _reached(live: set[str], events: Iterable[Happening]) -> set[str]:
    """The units in which the ground of some units can be after events."""
    for _, event, _ in events:
        if isinstance(event, Succession):
            hit = {link.old for link in event.links} & live
            live = (live - hit) | {link.new for link in event.links if link.old in hit}
        elif isinstance(event, Closure):
            live = live - {event.subject}
    return live


def _in_causal_order(by_old: Mapping[str, Sequence[Way]], created: Collection[str]) -> list[str]:
    """The old units of a succession; one that begins in it comes after those it came from."""
    inner = [old for old in by_old if old in created]
    if not inner:
        return list(by_old)
    order = [old for old in by_old if old not in created]
    todo = inner
    while todo:
        awaited = {old: {way.new for way in by_old[old]} - {old} for old in todo}
        ready = [old for old in todo if not any(old in news for news in awaited.values())]
        ready = ready or todo  # A circle of units that all begin here: their order does not matter.
        order += ready
        todo = [old for old in todo if old not in ready]
    return order


def dated(at: int, act: Act, event: Succession, link: Link, kind: str) -> DatedLink:
    """A link with its day and act, and the place and type of its event."""
    return DatedLink(
        link.old,
        link.new,
        link.extent,
        link.shares,
        link.dominant,
        link.dominant_by,
        act.effective,
        act,
        at,
        kind,
        _nth(act, event, link),
    )


@lru_cache(maxsize=64)
def _survivals(act: Act) -> dict[int, dict[str, int]]:
    """Identity of an event of an act -> unit that goes on through it -> how many events before it did so, if any."""
    events_through: dict[str, int] = {}
    survivals: dict[int, dict[str, int]] = {}
    for event in act.parts:
        if isinstance(event, Succession):
            for unit in event.survivors:
                if unit in events_through:
                    survivals.setdefault(id(event), {})[unit] = events_through[unit]
                events_through[unit] = events_through.get(unit, 0) + 1
    return survivals


def _nth(act: Act, event: Succession, link: Link) -> int:
    """Which of the events of the act with such a link it is, from 0; nearly always there is only one."""
    return _survivals(act).get(id(event), {}).get(link.old, 0) if link.old == link.new else 0
