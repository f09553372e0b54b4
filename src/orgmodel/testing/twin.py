"""The organisation as plain dictionaries: what the engine must agree with.

A :class:`Twin` reads events one after the other into dictionaries and knows nothing of
tracks, trees, overlays or indexes. It decides by itself whether an event is possible, so
that a check which the library forgot is noticed as well as an answer that is wrong. It is
slow and short on purpose; the strategies build their events on it, so that a fault of the
library cannot hide in the tests of the library.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.unit import ROOT, Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "UNIT",
    "Facts",
    "Impossible",
    "PlainDay",
    "Twin",
    "TwinLink",
    "counted",
    "days",
    "in_order",
    "renamed",
    "replayed",
    "standing",
    "twin_of",
]

Facts = dict[str, dict[tuple[str, Any], Any]]
UNIT: Final = "unit"


class Impossible(Exception):
    """An event that cannot happen, with the reason."""


@frozen
class TwinLink:
    """A succession link as the events say it."""

    link: Link
    day: dt.date
    act: str
    event: int
    type: str


class Twin:
    """What holds after some events; mutable, copied for a branch.

    >>> twin = Twin()
    >>> twin.act(Act("a", "2025-01-01", [Creation(Unit("top")), Creation(Unit("x", parent="top"))]))
    >>> twin.facts()["x"]
    {('life', None): 'unit', ('parent', None): 'top'}
    >>> twin.act(Act("b", "2025-01-02", [Closure("top")]))
    Traceback (most recent call last):
        ...
    orgmodel.testing.twin.Impossible: 'top' would end above ['x']
    """

    def __init__(self, schema: Schema = OPEN, measures: Mapping[str, Measure] | None = None) -> None:
        self.schema = schema
        self.measures = dict(measures or {})
        self.day = dt.date.min
        self.held: dict[str, dict[tuple[str, Any], tuple[Any, dt.date | None]]] = {}
        self.used: dict[str, None] = {}
        self.ended: dict[str, dt.date] = {}
        self.links: list[TwinLink] = []
        self.stale: set[tuple[str, str]] = set()
        """(unit, track of a measure) of figures of subtrees in which something changed since they were stated."""

    def copy(self) -> Twin:
        """A twin that goes on by itself."""
        other = Twin(self.schema, self.measures)
        other.day = self.day
        other.held = {subject: dict(facts) for subject, facts in self.held.items()}
        other.used, other.ended, other.links = dict(self.used), dict(self.ended), list(self.links)
        other.stale = set(self.stale)
        return other

    # ---- reading

    def value(self, subject: str, track: str, slot: Any = None) -> Any:
        """The value that holds on the day; None if there is none."""
        entries = self.held.get(subject)
        entry = None if entries is None else entries.get((track, slot))
        return None if entry is None or (entry[1] is not None and entry[1] <= self.day) else entry[0]

    def facts(self, day: dt.date | None = None) -> Facts:
        """Everything that holds on a day, from the last act's on: as ``Structure.facts`` gives it."""
        day = self.day if day is None else day
        out: Facts = {}
        for subject, entries in self.held.items():
            shown = {key: value for key, (value, until) in entries.items() if until is None or day < until}
            if shown:
                out[subject] = shown
        return out

    def units(self) -> list[str]:
        """Live units in order of creation."""
        return [subject for subject, entries in self.held.items() if entries[tracks.LIFE, None][0] == UNIT]

    def living(self, sort: type) -> list[Any]:
        """Live clusters or clusterings in order of creation."""
        lives = (entries[tracks.LIFE, None][0] for entries in self.held.values())
        return [life for life in lives if isinstance(life, sort)]

    def with_value(self, track: str, value: Any) -> list[str]:
        """Subjects that have a value on a track, in any slot."""
        return [
            subject
            for subject, entries in self.held.items()
            if any(key[0] == track and self.value(subject, *key) == value for key in entries)
        ]

    def children(self, unit: str, hierarchy: str = tracks.MAIN) -> list[str]:
        """Units directly below."""
        return self.with_value(tracks.parent_track(hierarchy), unit)

    # ---- events

    def act(self, act: Act) -> None:
        """All events of an act; the end of the day is checked by :meth:`check_day`.

        Raises:
            Impossible: an event cannot happen.
        """
        self.day = act.effective
        for index, event in enumerate(act.events):
            self.one(event, act.id, index)

    def one(self, event: Event, act: str = "", index: int = 0) -> None:
        """Carry out one event on the twin's day."""
        moved: list[tuple[str, str]] = []
        if isinstance(event, Creation):
            self._create(event, act, index, moved)
        elif isinstance(event, Closure):
            self._close(event.subject)
        elif isinstance(event, Succession):
            self._succeed(event, act, index, moved)
        else:
            self._change(event, moved)
        for unit, track in moved:
            passed, at = {unit}, self.value(unit, track)
            if at == ROOT and len(roots := self.with_value(track, ROOT)) > 1:
                raise Impossible(f"{track} would have the roots {roots}")
            while at != ROOT:
                if at is None or at in passed:
                    raise Impossible(f"{unit!r} would not reach the root of {track}")
                passed.add(at)
                at = self.value(at, track)

    def _need(self, subject: str, sort: type | str = UNIT) -> Any:
        life = self.value(subject, tracks.LIFE)
        if life is None or not (life == sort if isinstance(sort, str) else isinstance(life, sort)):
            raise Impossible(f"{subject!r} is no live {sort}")
        return life

    def _new(self, subject: str) -> None:
        if not subject or subject == ROOT or subject in self.used:
            raise Impossible(f"{subject!r} is no new id")
        self.used[subject] = None

    def _write(self, subject: str, track: str, value: Any, slot: Any = None, until: dt.date | None = None) -> None:
        entries = self.held.setdefault(subject, {})
        entries.pop((track, slot), None)
        if value is not None:
            entries[track, slot] = value, until

    def _begin(self, unit: Unit, moved: list[tuple[str, str]]) -> None:
        self._new(unit.id)
        if not self.schema.knows(unit.kind) or unit.hierarchy not in self.schema.hierarchies:
            raise Impossible(f"{unit!r} is of no known kind or hierarchy")
        track = tracks.parent_track(unit.hierarchy)
        if unit.parent is not None:
            self._need(unit.parent)
            if self.value(unit.parent, track) is None:
                raise Impossible(f"{unit.parent!r} is not in {unit.hierarchy}")
        self._write(unit.id, tracks.LIFE, UNIT)
        for name in (tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE):
            self._write(unit.id, name, getattr(unit, name))
        self._write(unit.id, track, ROOT if unit.parent is None else unit.parent)
        moved.append((unit.id, track))

    def _create(self, event: Creation, act: str, index: int, moved: list[tuple[str, str]]) -> None:
        begun = event.what
        if isinstance(begun, Unit):
            if event.out_of is not None:
                self._need(event.out_of)
            self._begin(begun, moved)
            if event.reestablishes is not None:
                if event.reestablishes not in self.ended:
                    raise Impossible(f"{event.reestablishes!r} has not ended")
                link = Link(event.reestablishes, begun.id)
                self.links.append(TwinLink(link, self.day, act, index, "re-establishment"))
            return
        if isinstance(begun, Cluster):
            self._need(begun.clustering, Clustering)
        self._new(begun.id)
        self._write(begun.id, tracks.LIFE, begun)
        self._write(begun.id, tracks.NAME, begun.name or None)

    def _close(self, subject: str) -> None:
        life = self.value(subject, tracks.LIFE)
        if life is None:
            raise Impossible(f"{subject!r} does not live")
        if isinstance(life, Clustering) and any(c.clustering == subject for c in self.living(Cluster)):
            raise Impossible(f"{subject!r} still has clusters")
        if isinstance(life, Cluster) and self.with_value(tracks.member_track(life.clustering), subject):
            raise Impossible(f"{subject!r} still has members")
        self._end(subject)
        self._childless(subject)

    def _end(self, subject: str) -> None:
        if self.value(subject, tracks.LIFE) == UNIT:
            self.ended[subject] = self.day
        del self.held[subject]

    def _childless(self, subject: str) -> None:
        for hierarchy in self.schema.hierarchies:
            if children := self.children(subject, hierarchy):
                raise Impossible(f"{subject!r} would end above {children}")

    def _succeed(self, event: Succession, act: str, index: int, moved: list[tuple[str, str]]) -> None:
        if not event.links:
            raise Impossible("a succession without links")
        created = {unit.id for unit in event.created}
        for old in event.olds:
            if old not in created:
                self._need(old)
            self._check_links(old, [link for link in event.links if link.old == old])
        if created - set(event.news):
            raise Impossible("a unit is created to which no link leads")
        for unit in event.created:
            self._begin(unit, moved)
        for new in event.news:
            self._need(new)
        for change in event.changes:
            self._change(change, moved)
        for link in event.links:
            self.links.append(TwinLink(link, self.day, act, index, event.type))
            if not event.cross_kind and self.value(link.old, tracks.KIND) != self.value(link.new, tracks.KIND):
                raise Impossible(f"{link.old!r} and {link.new!r} differ in kind")
        for old in event.ended:
            self._end(old)
        for old in event.ended:
            self._childless(old)

    def _check_links(self, old: str, links: Sequence[Link]) -> None:
        """Whether a unit may become what the links of one event say."""
        if len({link.new for link in links}) < len(links):
            raise Impossible(f"a link of {old!r} is there twice")
        if len(links) > 1 and any(link.extent == "whole" and link.new != old for link in links):
            raise Impossible(f"{old!r} goes as a whole and in part")
        if sum(link.dominant for link in links) > 1:
            raise Impossible(f"{old!r} has two dominant successors")
        for measure in {name for link in links for name, _ in link.shares}:
            shares = [link.share(measure) for link in links]
            if not _may_be_shares(shares):
                raise Impossible(f"the shares of {old!r} are {shares}")

    def _change(self, change: Change, moved: list[tuple[str, str]]) -> None:
        track, subject, value, slot = change.track, change.subject, change.value, change.slot
        self._need(subject, self._about(subject, track))
        if track in (tracks.LIFE, tracks.LINK) or (change.until is not None and change.until <= self.day):
            raise Impossible(f"{change!r} writes what it may not")
        if tracks.is_parent(track):
            self._check_place(subject, tracks.item(track), value)
            if value is not None:
                # After all of its event it must reach the root; the unit above may enter the hierarchy with it.
                moved.append((subject, track))
        elif tracks.is_member(track):
            slot = self._member_slot(tracks.item(track), value, slot)
        elif track == tracks.ROLE:
            self._check_role(value)
        elif tracks.is_measure(track):
            value, slot = self._figure(tracks.item(track), value), slot or tracks.OWN
        elif track == tracks.KIND and not self.schema.knows(value):
            raise Impossible(f"there is no kind {value!r}")
        self._write(subject, track, value, slot, change.until)

    def _about(self, subject: str, track: str) -> Any:
        """Of which sort a subject of a track must be; units, clusters and clusterings have names."""
        if track == tracks.NAME and not isinstance(self.value(subject, tracks.LIFE), str):
            return Cluster, Clustering
        return {"cluster": Cluster, "matter": Matter}.get(self.schema.track(track).subject, UNIT)

    def _member_slot(self, clustering: str, cluster: str | None, slot: Any) -> Any:
        """The slot of a membership: the cluster, in a cover; none in a partition."""
        if cluster is not None and self._need(cluster, Cluster).clustering != clustering:
            raise Impossible(f"{cluster!r} is no cluster of {clustering!r}")
        return (slot if cluster is None else cluster) if self._need(clustering, Clustering).cover else None

    def _check_role(self, member: Any) -> None:
        """Whether somebody may hold a role: a unit, or a word that says that nobody does."""
        if isinstance(member, str):
            self._need(member)
        elif member is not None and not isinstance(member, Absent):
            raise Impossible(f"{member!r} cannot hold a role")

    def _check_place(self, unit: str, hierarchy: str, parent: str | None) -> None:
        """Whether a unit may stand under a parent in a hierarchy, or leave it."""
        if hierarchy not in self.schema.hierarchies:
            raise Impossible(f"there is no hierarchy {hierarchy}")
        if parent is None and self.children(unit, hierarchy):
            raise Impossible(f"{unit!r} leaves {hierarchy} with children")
        if parent not in (None, ROOT):
            self._need(parent)

    def _figure(self, name: str, value: Any) -> Any:
        measure = self.measures.get(name)
        if self.measures and measure is None:
            raise Impossible(f"there is no measure {name!r}")
        number = value.value if isinstance(value, Quantity) else value
        if measure is not None and measure.type == "count" and number is not None and (number < 0 or number % 1):
            raise Impossible(f"{name} would be {number}")
        return number if isinstance(value, Quantity) and value.is_exact else value

    def check_day(self) -> None:
        """What must hold at the end of a day: a place in the schema, codes borne once.

        Raises:
            Impossible: something does not.
        """
        codes: set[tuple[Any, Any]] = set()
        for unit in self.units():
            kind, code = self.value(unit, tracks.KIND), self.value(unit, tracks.CODE)
            if all(self.value(unit, tracks.parent_track(line)) is None for line in self.schema.hierarchies):
                raise Impossible(f"{unit!r} stands in no hierarchy")
            for hierarchy in self.schema.hierarchies:
                parent = self.value(unit, tracks.parent_track(hierarchy))
                above = None if parent == ROOT else self.value(parent, tracks.KIND)
                if parent is not None and not self.schema.allows(kind, above, self.day):
                    raise Impossible(f"{unit!r}, a {kind}, stands under a {above}")
            if self.schema.unique_codes and code not in (None, *self.schema.placeholder_codes):
                if (kind, code) in codes:
                    raise Impossible(f"the code {code!r} is borne twice")
                codes.add((kind, code))

    def look_back(self, eve: Twin) -> None:
        """Note the figures of subtrees that are stated no longer of what is below the unit, at the end of a day.

        What such a figure still says is beyond this twin: the totals of its measure are not compared any more.
        """
        touched = {end for each in self.links[len(eve.links) :] for end in (each.link.old, each.link.new)}
        before_day, day = PlainDay(eve.facts()), PlainDay(self.facts())
        self.stale = {(unit, track) for unit, track in self.stale if unit in self.held}
        for unit in self.units():
            for (track, slot), entry in self.held[unit].items():
                if slot != tracks.SUBTREE or not tracks.is_measure(track):
                    continue
                before = eve.held.get(unit, {}).get((track, slot))
                lines = self.schema.hierarchies
                below = {unit}.union(*(day.below(unit, line) for line in lines))
                if before is not entry:
                    # Stated on the day, at its end, or carried by a succession, after which more may have happened.
                    changed = not touched.isdisjoint(below)
                    self.stale.discard((unit, track))
                else:
                    changed = any(before_day.below(unit, line) != day.below(unit, line) for line in lines)
                    changed |= not touched.isdisjoint(below)
                if changed:
                    self.stale.add((unit, track))

    def total(self, measure: str, units: Iterable[str] | None = None) -> Quantity | None:
        """The sum of the own figures of some units, all if None; None if none is stated."""
        track = tracks.measure_track(measure)
        figures = [self.value(unit, track, tracks.OWN) for unit in (self.units() if units is None else units)]
        stated = [Quantity.of(figure) for figure in figures if figure is not None]
        return sum(stated[1:], stated[0]) if stated else None


def _may_be_shares(shares: Sequence[Any]) -> bool:
    """Whether shares of all links of a unit may stand: none is negative, and they make 1 if all are known."""
    known = [share for share in shares if share is not None]
    return bool(min(known) >= 0 and (sum(known) == 1 if len(known) == len(shares) else sum(known) <= 1))


class PlainDay:
    """What holds on one day, read from its facts alone.

    Args:
        facts: of the day, as ``Structure.facts`` and :meth:`Twin.facts` give them.
        order: the units in order of creation, where that matters; facts have none.

    >>> facts = {"vn": {("life", None): "unit", ("parent", None): "/"}, "a": {("life", None): "unit", ("parent", None): "vn"}}
    >>> day = PlainDay(facts)
    >>> day.units, day.parent("vn"), day.above("a"), day.below("vn")
    (['vn', 'a'], None, ['vn'], ['vn', 'a'])
    """

    def __init__(self, facts: Facts, order: Iterable[str] | None = None) -> None:
        self.facts = facts
        subjects = facts if order is None else order
        self.units = [s for s in subjects if self.value(s, tracks.LIFE) == UNIT]
        """The units that live."""
        self._children: dict[str, dict[str | None, list[str]]] = {}

    def value(self, subject: str, track: str, slot: Any = None) -> Any:
        """What holds of a subject; None if nothing does."""
        return self.facts.get(subject, {}).get((track, slot))

    def slots(self, subject: str, track: str) -> dict[Any, Any]:
        """Slot -> value."""
        return {slot: value for (name, slot), value in self.facts.get(subject, {}).items() if name == track}

    def kind(self, unit: str) -> Any:
        """The kind of a unit."""
        return self.value(unit, tracks.KIND)

    def called(self, subject: str) -> str:
        """The name of a unit or cluster; its id if it has none."""
        return self.value(subject, tracks.NAME) or subject

    def living(self, sort: type) -> dict[str, Any]:
        """Id -> what began with it, of clusters, clusterings or matters."""
        lives = {subject: self.value(subject, tracks.LIFE) for subject in self.facts}
        return {subject: life for subject, life in lives.items() if isinstance(life, sort)}

    def parent(self, unit: str, line: str = tracks.MAIN) -> str | None:
        """The unit directly above; None for a root, and outside the hierarchy."""
        parent = self.value(unit, tracks.parent_track(line))
        return None if parent == ROOT else parent

    def above(self, unit: str, line: str = tracks.MAIN) -> list[str]:
        """The units above, the nearest first."""
        chain: list[str] = []
        while (at := self.parent(chain[-1] if chain else unit, line)) is not None:
            chain.append(at)
        return chain

    def children(self, unit: str, line: str = tracks.MAIN) -> list[str]:
        """The units directly below."""
        if line not in self._children:
            # Listed once for all units: laws ask for the children of each.
            children = self._children[line] = {}
            for other in self.units:
                children.setdefault(self.parent(other, line), []).append(other)
        return self._children[line].get(unit, [])

    def below(self, unit: str, line: str = tracks.MAIN) -> list[str]:
        """A unit and all units below it."""
        subtree = [unit]
        for upper in subtree:
            subtree += self.children(upper, line)
        return subtree

    def bounds(self, measure: Measure, schema: Schema, top: str, line: str = tracks.MAIN) -> tuple[Any, Any]:
        """The least and greatest possible sum over a subtree (None: no bound), worked out upwards, then downwards."""
        track, agencies = measure.track, {kind.id for kind in schema.kinds if kind.agency}

        def about(unit: str) -> bool:
            return self.kind(unit) in measure.of if measure.of else self.kind(unit) not in agencies

        def inside(unit: str, known: tuple[Any, Any], scope: str) -> tuple[Any, Any]:
            figure = self.value(unit, track, scope)
            if figure is None:
                return known
            low, high = Quantity.of(figure).low or 0, Quantity.of(figure).high
            low = max(known[0], low)
            high = high if known[1] is None else known[1] if high is None else min(known[1], high)
            return known if high is not None and low > high else (low, high)

        def plus(parts: Iterable[tuple[Any, Any]]) -> tuple[Any, Any]:
            listed = list(parts)
            highs = [high for _, high in listed]
            return sum(low for low, _ in listed), None if None in highs else sum(highs)

        def own(unit: str) -> tuple[Any, Any]:
            if self.value(unit, track, tracks.OWN) is None:
                silent = about(unit) and not any(map(about, self.below(unit, line)[1:]))
                return (0, None) if silent else (0, 0)
            return inside(unit, (0, None), tracks.OWN)

        def up(unit: str) -> tuple[Any, Any]:
            return inside(unit, plus([own(unit), *map(up, self.children(unit, line))]), tracks.SUBTREE)

        chain = [*reversed(self.above(top, line)), top]
        best = up(chain[0])
        for over, unit in itertools.pairwise(chain):
            low, high = plus([own(over), *(up(child) for child in self.children(over, line) if child != unit)])
            mine = up(unit)
            lower = max(mine[0], 0 if high is None else best[0] - high)
            upper = None if best[1] is None else best[1] - low
            upper = mine[1] if upper is None else upper if mine[1] is None else min(upper, mine[1])
            best = mine if upper is not None and lower > upper else (lower, upper)
        return best

    def where(self, track: str, value: Any) -> list[str]:
        """The units of which a value holds."""
        return [unit for unit in self.units if self.value(unit, track) == value]

    def where_stated(self, track: str) -> list[str]:
        """The units of which the track says anything."""
        return [unit for unit in self.units if self.value(unit, track) is not None]

    def clusters(self, unit: str) -> dict[str, str]:
        """Cluster -> its clustering, of the clusters that a unit is in."""
        return {c: tracks.item(t) for (t, _), c in self.facts[unit].items() if tracks.is_member(t)}

    def members(self, cluster: str) -> list[str]:
        """The units in a cluster."""
        return [unit for unit in self.units if cluster in self.clusters(unit)]


def twin_of(structure: Structure) -> Twin:
    """A twin with the same facts as a structure; it knows nothing of the past."""
    twin = Twin(structure.schema, structure.measures)
    twin.day = structure.day
    for subject, facts in structure.facts().items():
        twin.held[subject] = {key: (value, None) for key, value in facts.items()}
        twin.used[subject] = None
    # facts() goes track by track; units come in order of creation, as everywhere else.
    order = {unit: i for i, unit in enumerate(structure)}
    twin.held = dict(sorted(twin.held.items(), key=lambda item: order.get(item[0], len(order))))
    return twin


def in_order(acts: Iterable[Act]) -> list[Act]:
    """Acts by effective day; those of one day stay in the order given."""
    return sorted(acts, key=lambda act: act.effective)


def replayed(
    acts: Iterable[Act], schema: Schema, measures: Mapping[str, Measure], until: dt.date | None = None
) -> Twin:
    """The twin after all acts that are effective by a day.

    Args:
        acts: in effective order.
        schema: kinds and placements.
        measures: declared measures.
        until: the last day; all acts if None.

    Raises:
        Impossible: they cannot all happen.
    """
    twin = Twin(schema, measures)
    for _ in days(twin, (act for act in acts if until is None or act.effective <= until)):
        pass
    return twin


def days(twin: Twin, acts: Iterable[Act]) -> Iterator[dt.date]:
    """Each day on which acts are effective, after they were done on the twin and the day's end was checked."""
    # Groups keep their order: acts come in effective order.
    for day, of_day in itertools.groupby(acts, key=lambda act: act.effective):
        eve = twin.copy()
        for act in of_day:
            twin.act(act)
        twin.check_day()
        twin.look_back(eve)
        yield day


def counted(log: Iterable[Any]) -> list[Act]:
    """The acts that count after the entries of a log, in effective order, read from the entries alone."""
    return in_order(standing(log))


def standing(log: Iterable[Any]) -> list[Act]:
    """The acts that count after the entries of a log, in the order in which they were first recorded.

    That order is theirs on any day to which a correction moves them.
    """
    known: dict[str, Act] = {}
    for entry in log:
        if entry.amends is None:
            known.setdefault(entry.act.id, entry.act)
        elif entry.act is None:
            del known[entry.amends]
        else:
            known[entry.amends] = entry.act
        # What was worked out anew is what counts since.
        known.update((act.id, act) for act in entry.remade)
    return list(known.values())


def renamed(event: Event, names: Mapping[str, str]) -> Event:
    """The event with other ids of units, clusters, clusterings and holders of offices."""

    def new(value: Any) -> Any:
        return names.get(value, value) if isinstance(value, str) else value

    def change(old: Change) -> Change:
        track, slot = old.track, old.slot
        if tracks.is_member(track):
            track, slot = tracks.member_track(new(tracks.item(track))), new(slot)
        refers = tracks.refers_to_subject(track) or track == tracks.OFFICE
        # Written out: evolve takes three times as long, and most events of a case are changes.
        return Change(new(old.subject), track, new(old.value) if refers else old.value, slot, old.until)

    def unit(old: Unit) -> Unit:
        return evolve(old, id=new(old.id), parent=new(old.parent))

    if isinstance(event, Creation):
        begun = event.what
        if isinstance(begun, Unit):
            return evolve(event, what=unit(begun), reestablishes=new(event.reestablishes), out_of=new(event.out_of))
        if isinstance(begun, Cluster):
            return evolve(event, what=evolve(begun, id=new(begun.id), clustering=new(begun.clustering)))
        return evolve(event, what=evolve(begun, id=new(begun.id)))
    if isinstance(event, Closure):
        return Closure(new(event.subject))
    if isinstance(event, Succession):
        return evolve(
            event,
            links=tuple(evolve(link, old=new(link.old), new=new(link.new)) for link in event.links),
            created=tuple(unit(created) for created in event.created),
            changes=tuple(change(item) for item in event.changes),
        )
    return change(event)
