"""The consequences of a succession, the same for every verb.

``merge``, ``take_over``, ``break_down`` and the others differ in their links. What becomes of children, places,
memberships, figures and offices follows from the links by the same rules, and the event states it as explicit changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from fractions import Fraction
from functools import partial
from itertools import chain, islice
from numbers import Rational
from typing import Any

from attrs import evolve

from orgmodel.acts.events import Change, Link, Parts, Run, Succession, Texts, with_settled_shares
from orgmodel.acts.operations.context import UNCLEAR, OperationContext, plural, quoted
from orgmodel.acts.operations.fates import Facts, last_until
from orgmodel.acts.operations.figures import NOTHING_STATED, divided, within
from orgmodel.acts.operations.matters import passed_on
from orgmodel.acts.operations.references import follow_references
from orgmodel.acts.policies import (
    Allocation,
    Bounds,
    ClusterPolicy,
    GivenShares,
    JoinCluster,
    Lapse,
    OfficePolicy,
    Part,
    RatingPolicy,
)
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import added, averaged, resolve
from orgmodel.model.cluster import Absent, Clustering
from orgmodel.model.door import kind_of
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.unit import ROOT, Unit
from orgmodel.structure.divided import together
from orgmodel.structure.structure import Structure

__all__ = [
    "Transition",
    "common_value",
    "settled",
    "with_shares",
]


class Transition:
    """A succession in the making.

    Args:
        context: receives faults and notes.
        links: from existing units to new or existing ones; nothing else is checked here.
        created: units that begin, with their ids; fields that are None are derived.
        homes: child -> new unit, for children whose new home does not follow.
        under: hierarchy -> parent of every created unit that states none itself.
        clusters: the policy for clusters of created units, and if stated also of survivors.
        allocation: the policy for counts of divided units.
        offices: the policy for offices.
        ratings: the policy for measures that do not combine.
        cross_kind: whether successors may be of another kind.
        silent: children whose names are not compared, because they are about to merge.
        stated: (subject, track, slot) -> value that the act states itself; it outranks what follows.
    """

    def __init__(
        self,
        context: OperationContext,
        links: Sequence[Link],
        created: Sequence[Unit] = (),
        *,
        homes: Mapping[str, str] | None = None,
        under: Mapping[str, str] | None = None,
        clusters: ClusterPolicy | None = None,
        allocation: Allocation | None = None,
        offices: OfficePolicy | None = None,
        ratings: RatingPolicy | None = None,
        cross_kind: bool = False,
        silent: Collection[str] = (),
        stated: Mapping[tuple[str, str, Any], Any] | None = None,
    ) -> None:
        self.context, self.structure = context, context.structure
        self.links = list(links)
        self.created = {unit.id: unit for unit in created}
        self.given_homes = dict(homes or {})
        self.under = dict(under or {})
        self.clusters = clusters
        self.allocation: Allocation = allocation or Bounds()
        self.offices: OfficePolicy = offices or Lapse()
        self.ratings: RatingPolicy | None = ratings
        self.cross_kind, self.silent = cross_kind, silent
        self.stated = dict(stated or {})
        self.changes: list[Change | Run] = []
        self.own_parts: dict[str, dict[str, dict[str, Quantity]]] = {}
        """Measure -> divided unit -> new unit -> its part of the unit's own count."""
        self.out: dict[str, list[Link]] = {}
        self.into: dict[str, list[Link]] = {}
        for link in self.links:
            self.out.setdefault(link.old, []).append(link)
            self.into.setdefault(link.new, []).append(link)
        self.survivors = {link.old for link in self.links if link.old == link.new}
        self.ended = [old for old in self.out if old not in self.survivors]
        self.roots: dict[str, str] = {}
        self.moved: dict[str, list[list[str]]] = {}
        """new unit -> children that come to it in the main hierarchy, in the lists of the runs that move them."""

    def event(self) -> Succession:
        """The event; its faults and notes are on the context."""
        # Places of created units first, then those of units that move there: a parent must already be in the hierarchy.
        units = tuple(self._unit(unit) for unit in self.created.values())
        self._entered()
        self._follow()
        return Succession(tuple(self.links), units, Parts(self.changes), self.cross_kind, complete=True)

    def _follow(self) -> None:
        """Add the changes of everything that the old units have, and note what does not go on."""
        self._children()
        self._memberships()
        self._figures()
        self._offices()
        self._facts()
        self.changes += passed_on(self.context, self.links)
        self.changes += follow_references(self.context, self.links)
        self._roles()
        self._same_names()

    # ---- children

    def _children(self) -> None:
        """Give a home to every child of a unit that ends, and to every child that the caller named."""
        ending = {*self.ended, *self.context.became}
        children: set[str] = set()
        asked: dict[tuple[str, str], None] = {}
        for old, links in self.out.items():
            default = old if old in self.survivors else links[0].new if len(links) == 1 else None
            for hierarchy in self.structure.hierarchies:
                listed = self.context.children(old, hierarchy)
                children.update(listed)
                going = [child for child in listed if child not in ending]
                if default is not None and self.given_homes.keys().isdisjoint(going):
                    # The usual case: all go where the unit goes.
                    self._go_to(going, old, default, hierarchy)
                else:
                    asked |= dict.fromkeys(self._go_home(going, old, default, hierarchy))
        # In a second hierarchy a child may have the same parent: it is asked about once.
        for child, old in asked:
            parts = [link.new for link in self.out[old]]
            message = f"say in children= where this child of {old!r} goes: {quoted(parts)}"
            self.context.ask("children", message, child, old, choice="home", options=parts)
        for child in sorted(self.given_homes.keys() - children):
            self.context.mend("children", f"it is no child of {quoted(self.out)}; leave it out of children=", child)

    def _go_home(
        self, children: Iterable[str], old: str, default: str | None, hierarchy: str
    ) -> Iterator[tuple[str, str]]:
        """Move each child of an old unit to its own home; (child, old unit) of each that has none."""
        news = {link.new for link in self.out[old]}
        for child in children:
            home = self.given_homes.get(child, default) or self.context.answer("home", child)
            if home is None:
                yield child, old
            elif home != default and home not in news:
                message = f"the child of {old!r} cannot go to {home!r}: no link leads there"
                self.context.fault("children", message, child, old)
            else:
                self._go_to([child], old, home, hierarchy)

    def _go_to(self, children: Iterable[str], old: str, home: str, hierarchy: str) -> None:
        """Move children of an old unit to their home in a hierarchy."""
        if home == old:
            return
        moved = [child for child in children if child != home]
        if not moved:
            return
        track, last = tracks.parent_track(hierarchy), self.changes[-1] if self.changes else None
        if not (isinstance(last, Run) and last.track == track and last.values[0] == home):
            last = Run(track, Texts(), Texts())
            self.changes.append(last)
            if hierarchy == tracks.MAIN:
                self.moved.setdefault(home, []).append(last.subjects)
        last.subjects += moved
        last.values += [home] * len(moved)

    # ---- the units that begin

    def _unit(self, unit: Unit) -> Unit:
        """A created unit with its kind, its place, and everything that its predecessors have in common."""
        links = self.into.get(unit.id, [])
        olds = [link.old for link in links]
        all_whole = all(link.extent == "whole" for link in links)
        kind = self._kind(unit, olds)
        category = unit.category or self._in_common(olds, tracks.CATEGORY)
        name = unit.name or (self._inherited(unit, olds, tracks.NAME) if all_whole else None)
        code = unit.code or (self._inherited(unit, olds, tracks.CODE) if all_whole else None)
        # Last: a unit that has a fault is not asked for its place.
        parent, hierarchy = self._placed(unit, olds)
        return Unit(unit.id, name, code, kind, category, parent, hierarchy)

    def _in_common(self, olds: Sequence[str], track: str) -> str | None:
        """The value that all old units have, None if they differ."""
        return common_value(self.structure._each_value(olds, track))

    def _kind(self, unit: Unit, olds: Sequence[str]) -> str | None:
        """The kind of a created unit: the stated one, or that of its predecessors; faults if they do not fit."""
        kind_of_old = dict(zip(olds, self.structure._each_value(olds, tracks.KIND), strict=True))
        kinds = set(kind_of_old.values())
        if len(kinds) > 1:
            if not self.cross_kind:
                message = f"units of different kinds ({_with_kinds(kind_of_old)}) have one successor"
                message += "; ask for it with cross_kind=True"
                self.context.fault("same-kind", message, *olds)
            elif unit.kind is None:
                return self._answered_kind(unit.id, kind_of_old)
            return unit.kind
        common = next(iter(kinds), None)
        if unit.kind is None:
            return common
        if olds and unit.kind != common and not self.cross_kind:
            message = (
                f"{unit.id!r} would be a {unit.kind} ({_with_kinds(kind_of_old)}); ask for it with cross_kind=True"
            )
            self.context.fault("same-kind", message, unit.id, *olds)
        self.context.known_kind(unit.kind, unit.id)
        return unit.kind

    def _answered_kind(self, unit: str, kind_of_old: Mapping[str, str | None]) -> str | None:
        """The kind that the caller answers for a successor of several kinds; else a question."""
        answer = self.context.answer("kind", unit)
        if answer is not None and self.context.known_kind(answer, unit):
            return answer
        kinds = sorted({kind for kind in kind_of_old.values() if kind is not None})
        message = f"the kind of {unit!r} is open ({_with_kinds(kind_of_old)}); state one of {', '.join(kinds)}"
        self.context.ask("same-kind", message, unit, choice="kind", options=kinds)
        return None

    def _inherited(self, unit: Unit, olds: Sequence[str], track: str) -> str | None:
        """The name or code that all old units have; None and a note if they differ."""
        values = self.structure._each_value(olds, track)
        common: str | None = common_value(values)
        if common is None and any(values):
            message = ", ".join(repr(value) for value in dict.fromkeys(values))
            self.context.note(
                f"no-{track}", f"it has no {track}, as its predecessors have {message}; state one if it has", unit.id
            )
        return common

    def _placed(self, unit: Unit, olds: Sequence[str]) -> tuple[str | None, str]:
        """The parent of a created unit and the hierarchy; its places in further hierarchies become changes."""
        placed: tuple[str | None, str] | None = None
        for hierarchy in self.structure.hierarchies:
            place = self._place_in(unit, self._stated_parent(unit, hierarchy), olds, hierarchy)
            if place is None or (place == ROOT and not self._is_root(unit.id, hierarchy)):
                continue
            if placed is None:
                placed = None if place == ROOT else place, hierarchy
            else:
                self.changes.append(Change(unit.id, tracks.parent_track(hierarchy), place))
        if placed is not None:
            return placed
        # A fault may well be why it has no place: then there is nothing to ask.
        return (unit.parent, unit.hierarchy) if self.context.faults else self._asked_place(unit)

    def _stated_parent(self, unit: Unit, hierarchy: str) -> str | None:
        """The parent that the caller states for a created unit in a hierarchy, by its own field or for all of them."""
        own, for_all = unit.parent if unit.hierarchy == hierarchy else None, self.under.get(hierarchy)
        if own is not None and for_all not in (None, own):
            self.context.fault("parent", f"its parent is stated as {own!r} and as {for_all!r}", unit.id)
        return own or for_all

    def _asked_place(self, unit: Unit) -> tuple[str | None, str]:
        """The parent in the first hierarchy that the caller answers; else a question."""
        parent = self.context.answer("parent", unit.id)
        if parent is None:
            self.context.ask("parent", "it has no place in any hierarchy; state under=", unit.id, choice="parent")
            return unit.parent, unit.hierarchy
        hierarchy = self.structure.hierarchies[0]
        return self._given_place(unit, parent, hierarchy), hierarchy

    def _is_root(self, unit: str, hierarchy: str) -> bool:
        """Whether a created unit takes the place of a root; a question if another one already did."""
        root = self.context.root(hierarchy)
        first = root if root in self.survivors else self.roots.setdefault(hierarchy, unit)
        if first == unit:
            return True
        name = "under=" if hierarchy == tracks.MAIN else f"under={{{hierarchy!r}: ...}}"
        self.context.ask("one-root", f"{hierarchy!r} has one root and that is {first!r} then; state {name}", unit)
        return False

    def _entered(self) -> None:
        """Place the survivors.

        A survivor below a unit that ends in it moves up to the place of that unit. A survivor outside a hierarchy takes
        its predecessors' place in it.
        """
        for new in sorted(self.survivors):
            olds = [link.old for link in self.into[new] if link.old not in self.survivors]
            if not olds:
                continue
            for hierarchy in self.structure.hierarchies:
                above = [unit for unit in self.structure.ancestors(new, hierarchy) if unit in olds]
                if above or self.context.place(new, hierarchy) is None:
                    place = self._place_in(Unit(new), self.under.get(hierarchy), above[-1:] or olds, hierarchy)
                    if place is not None:
                        self.changes.append(Change(new, tracks.parent_track(hierarchy), place))

    def _place_in(self, unit: Unit, parent: str | None, olds: Sequence[str], hierarchy: str) -> str | None:
        """The place of a unit in a hierarchy: under the stated parent, else where its predecessors stood."""
        return self._place(unit, olds, hierarchy) if parent is None else self._given_place(unit, parent, hierarchy)

    def _given_place(self, unit: Unit, parent: str, hierarchy: str) -> str | None:
        """A stated parent; None and a fault if the unit cannot stand there."""
        if parent in self.created:
            if parent == unit.id:
                self.context.fault("no-cycle", "a unit cannot stand under itself", unit.id)
            return parent
        if not self.context.live(parent, "parent"):
            return None
        for above in (parent, *self.structure.ancestors(parent, hierarchy)):
            if self.given_homes.get(above) == unit.id:
                message = f"the parent {parent!r} stands below it then, as {above!r} goes to it; name a parent outside"
                self.context.fault("no-cycle", message, unit.id, parent)
                return None
            if above in self.out and above not in self.survivors:
                message = "ends itself" if above == parent else f"stands below {above!r}, which ends"
                self.context.fault(
                    "no-cycle", f"the parent {parent!r} {message}; name a parent outside", unit.id, parent
                )
                return None
        return parent

    def _place(self, unit: Unit, olds: Sequence[str], hierarchy: str) -> str | None:
        """The common place of the predecessors; None if they are outside the hierarchy, or differ: then a question."""
        places = self._places_of(olds, hierarchy)
        options = dict.fromkeys(places.values())
        if not options:
            return None
        if len(options) == 1 and UNCLEAR not in options:
            return str(next(iter(options)))
        answer = self.context.answer("parent", unit.id, options.__contains__) or self.context.answer("parent", unit.id)
        if answer is not None:
            return self._given_place(unit, answer, hierarchy)
        remedy = "state under=" if hierarchy == tracks.MAIN else f"state under={{{hierarchy!r}: ...}}"
        if self.context.events:
            # These are agencies of units that merge: under= is about the units, not about them.
            remedy = "merge with counterparts=None and merge these agencies by themselves"
        listed = ", ".join(f"{old} under {place}" for old, place in places.items())
        message = f"{unit.id!r} has no one parent, its predecessors stand under different ones ({listed}); {remedy}"
        possible = [str(place) for place in options if place != UNCLEAR]
        self.context.ask("one-parent", message, *places, about=unit.id, choice="parent", options=possible)
        return None

    def _places_of(self, olds: Sequence[str], hierarchy: str) -> dict[str, Any]:
        """Old unit -> its place in a hierarchy after the event, of those that decide where their successor stands."""
        places: dict[str, Any] = {o: place for o in olds if (place := self.context.place(o, hierarchy)) is not None}
        if len(set(places.values())) <= 1 and self.out.keys().isdisjoint(places.values()):
            return places
        # A predecessor below another one has its place inside of what merges: only the topmost ones count.
        among = set(places)
        tops = [old for old in places if not among.intersection(self.structure.ancestors(old, hierarchy))]
        return {old: self._followed(places[old]) for old in tops}

    def _followed(self, place: str) -> object:
        """The place after the event: of a parent that ends its successor, UNCLEAR if it has several."""
        links = self.out.get(place)
        if links is None or place in self.survivors:
            return place
        return links[0].new if len(links) == 1 else UNCLEAR

    # ---- clusters

    def _memberships(self) -> None:
        if isinstance(self.clusters, JoinCluster) and not self.structure.clusterings():
            self.context.mend(
                "cluster-policy", f"there is no cluster {self.clusters.cluster!r} on {self.structure.day}"
            )
        if not self.context.survey.clustered and self.clusters is None:
            return
        # Clustering -> old unit -> its clusters.
        by_clustering: dict[str, dict[str, tuple[str, ...]]] = {}
        for old in self.out:
            for cluster in self.structure.clusters_of(old):
                clustering = self.structure.cluster(cluster).clustering
                clusters_of = by_clustering.setdefault(clustering, {})
                clusters_of[old] = (*clusters_of.get(old, ()), cluster)
        asked = [self.structure.value(name, tracks.LIFE) for name in by_clustering]
        if self.clusters is not None:
            asked = list(self.structure.clusterings())
        for clustering in asked:
            clusters_of = by_clustering.get(clustering.id, {})
            for new in self.into:
                self._joined(clustering, new, clusters_of)

    def _joined(self, clustering: Clustering, new: str, clusters_of: Mapping[str, tuple[str, ...]]) -> None:
        """Write the clusters that a new unit or survivor joins or leaves."""
        olds = sorted({link.old for link in self.into[new]})
        survives, now = new in self.survivors, clusters_of.get(new, ())
        chosen: list[str] | None = None
        if self.clusters is not None and (not survives or len(olds) > 1):
            chosen = self._asked(clustering, olds)
        if chosen is None and survives and not clustering.cover:
            # In a partition a survivor stays in its cluster.
            for old in olds:
                if old in self.ended and not set(clusters_of.get(old, ())) <= set(now):
                    message = f"it was in cluster {quoted(clusters_of[old])} and is taken over by {new!r}, which is not"
                    self.context.note("membership-ends", message, old, new, severity="warning")
            return
        if chosen is None:
            chosen = self._common_clusters(clustering, new, olds, clusters_of)
        if chosen is not None:
            self._moves_to(clustering, new, now, chosen)

    def _moves_to(self, clustering: Clustering, unit: str, now: Sequence[str], chosen: Sequence[str]) -> None:
        """Write the clusters that a unit is in afterwards."""
        track = tracks.member_track(clustering.id)
        if clustering.cover:
            self.changes.extend(Change(unit, track, None, cluster) for cluster in now if cluster not in chosen)
            self.changes.extend(Change(unit, track, cluster, cluster) for cluster in chosen if cluster not in now)
        elif tuple(chosen) != tuple(now):
            self.changes.append(Change(unit, track, chosen[0] if chosen else None))

    def _asked(self, clustering: Clustering, olds: Sequence[str]) -> list[str] | None:
        """The clusters that the policy names, checked; None if it leaves them open."""
        assert self.clusters is not None
        chosen = self.clusters(self.structure, clustering, olds)
        if chosen is None:
            return None
        listed = list(dict.fromkeys(chosen))
        known = {cluster.id for cluster in self.structure.clusters(clustering.id)}
        for cluster in listed:
            if cluster not in known:
                self.context.fault(
                    "cluster-policy",
                    f"{self.clusters!r} names {cluster!r}, which is no cluster of {clustering.id!r} "
                    f"(there are {quoted(sorted(known))})",
                    *olds,
                )
        if len(listed) > 1 and not clustering.cover:
            self.context.fault(
                "cluster-policy",
                f"{self.clusters!r} names {quoted(listed)}; {clustering.id!r} is a partition, a unit is in one cluster",
                *olds,
            )
        return listed

    def _common_clusters(
        self, clustering: Clustering, new: str, olds: Sequence[str], clusters_of: Mapping[str, tuple[str, ...]]
    ) -> list[str] | None:
        """The clusters of the predecessors: in a cover all, in a partition the common one; None and a question if open."""
        if clustering.cover:
            return sorted({cluster for old in olds for cluster in clusters_of.get(old, ())})
        sets = {clusters_of.get(old, ()) for old in olds}
        if len(sets) == 1:
            return list(sets.pop())
        options = sorted({cluster for clusters in sets for cluster in clusters})
        known = {cluster.id for cluster in self.structure.clusters(clustering.id)}
        # Of several clusterings each has its own answer; an empty one is for those without.
        answer = self.context.answer("cluster", new, known.__contains__)
        if answer is None:
            answer = self.context.answer("cluster", new, lambda cluster: not cluster)
        if answer is not None:
            return [answer] if answer else []
        message = ", ".join(f"{old} in {clusters_of[old][0] if old in clusters_of else 'none'}" for old in olds)
        self.context.ask(
            "one-cluster",
            f"which cluster of {clustering.id!r} does {new!r} join? its predecessors are not all in one ({message}); "
            f"state cluster=, an id or a policy such as JoinCluster, MajorityCluster, LeaveAll",
            *olds,
            about=new,
            choice="cluster",
            options=[*options, ""],
        )
        return None

    # ---- figures

    def _figures(self) -> None:
        for measure in self.context.survey.counted:
            slots_of_each = zip(self.out, self.structure._each_slots(self.out, measure.track), strict=True)
            stated = {old: slots for old, slots in slots_of_each if slots}
            for scope in (tracks.OWN, tracks.SUBTREE):
                values = {
                    old: self._figure(old, measure.id, scope, slots) for old, slots in stated.items() if scope in slots
                }
                if values and measure.type == "count":
                    self._count(measure, scope, values)
                elif values:
                    self._rate(measure, scope, values)

    def _changing(self) -> Iterable[tuple[str, list[Link]]]:
        """The units whose figures the event changes, with their incoming links."""
        for new, links in self.into.items():
            if len(links) > 1 or links[0].old != new or links[0].extent == "part":
                yield new, links

    def _count(self, measure: Measure, scope: str, values: Mapping[str, Quantity]) -> None:
        """Write the counts that come to each unit, from the stated counts of its predecessors."""
        parts = self._parted(measure, scope, values)
        if scope == tracks.OWN:
            self.own_parts[measure.id] = parts
        for new, all_links in self._changing():
            links = self._topmost(all_links) if scope == tracks.SUBTREE else all_links
            stating = [link.old for link in links if link.old in values]
            if not stating:
                continue
            figures = {link.old: self._coming(measure, scope, link, values, parts) for link in links}
            # That a count of its own divides in an unknown way was noted with that count.
            noted = {*values, *self.own_parts.get(measure.id, ())}
            self._note_silent(measure, new, scope, {old: f for old, f in figures.items() if old not in noted})
            total = self._sum(measure, scope, figures, [old for old in stating if old not in parts])
            # The figures of a year so far end with the year, and so does their sum.
            until = last_until(self.structure.untils(old, measure.track).get(scope) for old in stating)
            self._state(new, measure.track, scope, total, values.get(new), until)

    def _coming(
        self,
        measure: Measure,
        scope: str,
        link: Link,
        values: Mapping[str, Quantity],
        parts: Mapping[str, Mapping[str, Quantity]],
    ) -> Quantity:
        """The count that comes along a link: a part of it if the old unit divides, what is known if it states none."""
        if link.old not in values:
            passes_in_part = scope == tracks.SUBTREE and link.extent == "part"
            return self._known_part(measure, link) if passes_in_part else self._known_below(measure, scope, link.old)
        divides = link.extent == "part" and link.old in parts
        return parts[link.old][link.new] if divides else values[link.old]

    def _note_silent(self, measure: Measure, new: str, scope: str, figures: Mapping[str, Quantity]) -> None:
        """Note that a count is open because predecessors state none, unless the act states it itself."""
        silent = [old for old, figure in figures.items() if not figure.is_exact]
        if silent and (new, measure.track, scope) not in self.stated:
            message = f"{measure.id!r} of {new!r} is not known, as {quoted(silent)} did not state it"
            self.context.note("not-stated", message, new, *silent, severity="warning")

    def _sum(self, measure: Measure, scope: str, figures: Mapping[str, Quantity], whole: Sequence[str]) -> Quantity:
        """The sum of what comes to a unit; ``whole`` are those of which the stated figure comes as it is."""
        unknown = [old for old in whole if not figures[old].is_known] if scope == tracks.OWN else []
        if len(unknown) < 2:
            return added(figures.values())
        # Parts that were divided without shares are known together, if all of them are here.
        others = [figure for old, figure in figures.items() if old not in unknown]
        return added([*others, together(self.structure, measure.id, unknown)])

    def _figure(self, old: str, measure: str, scope: str, slots: Mapping[Any, Any]) -> Quantity:
        """The figure of a unit in a scope, given the values of all scopes; unknown without one."""
        if scope == tracks.SUBTREE and scope in slots:
            # Not the value itself: units may have left the subtree or come since it was stated.
            return self.structure.measure(old, measure, scope)
        return Quantity.of(slots.get(scope))

    def _known_below(self, measure: Measure, scope: str, old: str) -> Quantity:
        """What is known of a count that a unit does not state: of a subtree, the sum of what is stated below."""
        if scope == tracks.OWN:
            return NOTHING_STATED
        total = self.structure.total(measure.id, under=old)
        return total if total.is_known else Quantity.unknown(total.low or 0, total.high)

    def _known_part(self, measure: Measure, link: Link) -> Quantity:
        """What is known of a part of the subtree of a unit that states no figure of it: its own part and what goes along."""
        own = self.own_parts.get(measure.id, {}).get(link.old, {}).get(link.new)
        if own is None:
            return within(self._known_below(measure, tracks.SUBTREE, link.old))
        going = self._children_of_part(link.old, link.new)
        return added([own, *(self._known_below(measure, tracks.SUBTREE, child) for child in going)])

    def _topmost(self, links: list[Link]) -> list[Link]:
        """The links without those of old units below another one: the figure of a subtree includes them."""
        if len(links) < 2:
            return links
        olds = {link.old for link in links}
        return [link for link in links if not olds.intersection(self.structure.ancestors(link.old))]

    def _parted(self, measure: Measure, scope: str, values: Mapping[str, Quantity]) -> dict[str, dict[str, Quantity]]:
        """The parts of the count of each divided unit: old -> new -> quantity."""
        result: dict[str, dict[str, Quantity]] = {}
        for old, value in values.items():
            links = self.out[old]
            if all(link.extent == "whole" for link in links):
                continue
            own = scope == tracks.OWN or tracks.OWN not in self.structure.slots(old, tracks.measure_track(measure.id))
            result[old] = self._shared(measure, old, value, links) if own else {k.new: within(value) for k in links}
        return result

    def _shared(self, measure: Measure, old: str, value: Quantity, links: Sequence[Link]) -> dict[str, Quantity]:
        """New unit -> its part of a count, by the shares on the links; without any shares by the allocation."""
        shares = [link.share(measure.id) if link.extent == "part" else Fraction(0) for link in links]
        if all(share is None for share in shares):
            return self._allocated(measure, old, value, links)
        try:
            settled_shares, _ = resolve(shares)
        except ValueError:
            message = f"the shares of {measure.id!r} of {old!r} ({', '.join(map(str, shares))}) are not parts of 1"
            message += "; if their source rounded them, give tolerance="
            self.context.fault("shares", message, old)
            return {link.new: within(value) for link in links}
        return dict(zip([link.new for link in links], divided(value, settled_shares), strict=True))

    def _allocated(self, measure: Measure, old: str, value: Quantity, links: Sequence[Link]) -> dict[str, Quantity]:
        """New unit -> its part of a count, by the allocation; between nothing and everything if it has no shares."""
        news = [link.new for link in links]
        parts = [
            Part(link.new, self._children_of_part(old, link.new), dominant=link.dominant, share=link.share)
            for link in links
        ]
        shares = self.allocation(self.structure, old, measure, parts)
        if shares is None or isinstance(shares, str):
            # Nothing to say if the act itself states the figures of all parts.
            if not all((new, measure.track, tracks.OWN) in self.stated for new in news):
                why = "" if shares is None else f" ({shares})"
                message = f"how {measure.id!r} of {old!r} ({value}) divides is not known{why}"
                message += "; give shares= or allocation="
                self.context.note("divided", message, old, *news, severity="warning")
            return {new: within(value) for new in news}
        listed = [Fraction(share) for share in shares]
        if len(listed) != len(links) or sum(listed) != 1 or min(listed) < 0:
            message = (
                f"{self.allocation!r} gives {plural(len(listed), 'share')} of {measure.id!r} "
                f"({', '.join(map(str, listed))}) for {plural(len(links), 'part')}; "
                "they must be one for each part, not negative, and add up to 1"
            )
            self.context.fault("allocation", message, old)
            return {new: within(value) for new in news}
        return dict(zip(news, divided(value, listed), strict=True))

    def _children_of_part(self, old: str, part: str) -> tuple[str, ...]:
        """The children of a divided unit that go to a part, or that stay if the part is the unit itself."""
        default = old if part == old else None
        return tuple(c for c in self.context.all_children(old) if self.given_homes.get(c, default) == part)

    def _rate(self, measure: Measure, scope: str, values: Mapping[str, Quantity]) -> None:
        """Write the rate of each unit: the mean of its predecessors' rates; unknown if a part of a unit comes to it."""
        track, weight = measure.track, measure.weight or ""
        for new, links in self._changing():
            if (new, track, scope) in self.stated or not any(link.old in values for link in links):
                continue
            if any(link.extent == "part" for link in links):
                if new in self.survivors:
                    self._state(new, track, scope, UNKNOWN, values.get(new))
                self.context.note("rate", f"the rate {measure.id!r} of {new!r} is not known: it has a part", new)
                continue
            weighing = {k.old: self.structure.slots(k.old, tracks.measure_track(weight)) for k in links}
            pairs = [
                (values.get(old, UNKNOWN), self._figure(old, weight, scope, slots)) for old, slots in weighing.items()
            ]
            self._state(new, track, scope, averaged(pairs), values.get(new))

    def _state(
        self,
        new: str,
        track: str,
        scope: str,
        value: Quantity,
        before: Quantity | None,
        until: dt.date | None = None,
    ) -> None:
        """Write a figure, unless the act states it: then only a note if the two differ."""
        if (new, track, scope) in self.stated:
            stated = Quantity.of(self.stated[new, track, scope])
            if value.is_exact and stated != value:
                message = f"{tracks.item(track)!r} of {new!r} is stated as {stated}; its predecessors come to {value}"
                self.context.note("restated", message, new, severity="warning")
        elif value != before:
            self.changes.append(Change(new, track, value.plain, scope, until))

    # ---- offices, correspondence, roles, names

    def _offices(self) -> None:
        """Write the offices that go on in the successors, and note those that lapse."""
        if tracks.OFFICE not in self.context.survey.tracks:
            return
        holders = {old: slots for old in self.ended if (slots := self.structure.slots(old, tracks.OFFICE))}
        # (post, holder) of the offices that go on, including those that the act states itself.
        continued = {
            (slot[0], holder) for (_, track, slot), holder in self.stated.items() if track == tracks.OFFICE and slot
        }
        for new, links in self.into.items():
            members = sorted(link.old for link in links if link.extent == "whole" and link.old in holders)
            if members:
                continued |= self._continue_offices(new, members, holders)
        for old, slots in holders.items():
            for (post, seat), holder in sorted(slots.items()):
                if (post, holder) not in continued:
                    self.context.note("office-lapses", f"the office {post!r} (seat {seat}) of {holder!r} lapses", old)

    def _continue_offices(
        self, new: str, members: Sequence[str], holders: Mapping[str, Mapping[Any, str]]
    ) -> set[tuple[str, str]]:
        """Write the offices of predecessors that go on in a successor; returns (post, holder) of each."""
        companions = [track.id for track in self.context.survey.facts if track.goes_with == tracks.OFFICE]
        # Of a person with one post in several predecessors the first predecessor counts: it comes last here.
        sources = {(slot[0], holder): (old, slot) for old in reversed(members) for slot, holder in holders[old].items()}
        taken = self.structure.slots(new, tracks.OFFICE) if new in self.survivors else {}
        continued: set[tuple[str, str]] = set()
        for slot, holder in sorted(self.offices(self.structure, members).items()):
            if slot in taken:
                self.context.ask("office", f"{slot} of {new!r} is held already; {holder!r} cannot go on in it", new)
                continue
            continued.add((slot[0], holder))
            self._held_on(new, slot, holder, sources.get((slot[0], holder)), companions)
        return continued

    def _held_on(
        self, new: str, slot: Any, holder: str, source: tuple[str, Any] | None, companions: Sequence[str]
    ) -> None:
        """Write an office that goes on, with its old end and the facts that accompany it."""
        if source is None:
            self.changes.append(Change(new, tracks.OFFICE, holder, slot))
            return
        old, before = source
        for track in (tracks.OFFICE, *companions):
            value = holder if track == tracks.OFFICE else self.structure.slots(old, track).get(before)
            if value is not None:
                until = self.structure.untils(old, track).get(before)
                self.changes.append(Change(new, track, value, slot, until))

    def _facts(self) -> None:
        """Write all other facts, by the declarations of their tracks."""
        if not self.context.survey.facts:
            return
        out = {old: [(link.new, link.extent == "whole") for link in links] for old, links in self.out.items()}
        into = {new: [(link.old, link.extent == "whole") for link in links] for new, links in self.into.items()}
        self.changes += Facts(self.context, out, into, self.ratings, self.stated).changes()

    def _roles(self) -> None:
        """Note roles in clusters: their holder stays on record, although it has ended, until somebody decides."""
        if tracks.ROLE not in self.context.survey.tracks:
            return
        for old in self.ended:
            for cluster in self.structure.clusters_of(old):
                for (role, seat), holder in self.structure.roles(cluster).items():
                    if holder == old and not isinstance(holder, Absent):
                        self.context.note(
                            "role-lapses",
                            f"it is {role} (seat {seat}) of cluster {cluster!r} and ends; succeed_role gives the seat on",
                            old,
                        )

    def _same_names(self) -> None:
        """Note children of one unit that have the same name after the event, once somebody reads the notes."""
        if not self.moved:
            return
        gone = frozenset((*self.silent, *self.ended, *self.context.became))
        families = [
            (
                new,
                dict.fromkeys((*self.survivors.intersection((new,)), *(link.old for link in self.into[new]))),
                arrived,
            )
            for new, arrived in self.moved.items()
        ]
        # Not a method: of thousands of operations all that they made on the way would be kept.
        self.context.notes.append(partial(_namesakes, self.structure, self.context.at.act, families, gone))


def _namesakes(
    structure: Structure,
    act: str,
    families: Iterable[tuple[str, Mapping[str, None], Iterable[Sequence[str]]]],
    gone: Set[str],
) -> Iterator[Finding]:
    """A note for each name that several children of one unit bear after an event.

    Args:
        structure: the structure before the event.
        act: id of its act.
        families: (unit, those whose children come together in it, lists of the children that come to it); a unit that
            goes on is among the second.
        gone: units that end by the event or before it, and those about to merge.
    """
    for new, parents, lists in families:
        arrived = list(chain.from_iterable(lists))
        remaining = {*(structure.children(new) if new in parents else ()), *arrived} - gone
        arriving = remaining.intersection(arrived)
        for name, bearers in structure._namesakes_below(parents):
            children = [child for child in bearers if child in remaining]
            # Two that were both there before are no news.
            if len(children) > 1 and not arriving.isdisjoint(children):
                message = f"{len(children)} children of {new!r} bear the name {name!r}"
                yield Finding("one-name", message, children, structure.day, "warning", act=act or None)


def with_shares(links: Sequence[Link], allocation: Allocation | None) -> list[Link]:
    """The links with the shares that a source states; other policies than `GivenShares` are no source.

    If all parts of a unit but one have a share of a measure, that one gets the remainder.
    """
    if not isinstance(allocation, GivenShares):
        return list(links)
    stated = dict(reversed(allocation.shares))
    by_old: dict[str, dict[str, dict[str, Fraction]]] = {}
    for link in links:
        shares = by_old.setdefault(link.old, {})[link.new] = dict(link.shares)
        if link.extent == "part":
            shares.update(stated.get(link.new, ()))
    for old in dict.fromkeys(link.old for link in links if link.extent == "part"):
        parts = list(by_old[old].values())
        for measure in sorted({measure for shares in parts for measure in shares}):
            # Shares that cannot be right are a fault of the event, told where its figures are divided.
            with suppress(ValueError):
                resolved, _ = resolve([shares.get(measure) for shares in parts])
                for shares, share in zip(parts, resolved, strict=True):
                    shares.update({} if share is None else {measure: share})
    return [evolve(link, shares=by_old[link.old][link.new]) for link in links]


def settled(context: OperationContext, links: Sequence[Link], tolerance: Any) -> list[Link]:
    """The links with shares that add up to 1, if they miss it by no more than a tolerance; changes are noted."""
    if not isinstance(tolerance, Rational):
        context.fault("tolerance", f"a tolerance is a number, not {kind_of(tolerance)}")
    if not isinstance(tolerance, Rational) or tolerance == 0:
        return list(links)
    try:
        settled_links, notes = with_settled_shares(links, tolerance)
    except Refused as error:
        for fault in error.findings:
            context.fault(fault.rule, fault.message, *fault.units)
        return list(links)
    for old, note in notes:
        context.note("shares", note, old)
    return list(settled_links)


def _with_kinds(kind_of_unit: Mapping[str, str | None]) -> str:
    """The first units with their kinds, for a message."""
    return ", ".join(f"{unit} is a {kind}" for unit, kind in islice(kind_of_unit.items(), 5))


def common_value(values: Iterable[str | None]) -> str | None:
    """The common value of all, None if they differ.

    >>> common_value(["a", "a"]), common_value(["a", None])
    ('a', None)
    """
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None
