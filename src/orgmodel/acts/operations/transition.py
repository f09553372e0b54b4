"""Units become units: the one place where every verb of succession works out what follows.

``merge``, ``take_over``, ``break_down`` and the others differ in their links; what
becomes of children, places, memberships, figures and offices follows from the links by
the same rules, and is written into the event as explicit changes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any

from attrs import evolve

from orgmodel.acts.events import Change, Link, Succession, with_settled_shares
from orgmodel.acts.operations.context import UNCLEAR, OperationContext, plural, quoted
from orgmodel.acts.operations.fates import Facts, last_until
from orgmodel.acts.operations.figures import NOTHING_STATED, added, averaged, divided, stored, within
from orgmodel.acts.operations.matters import passed_on
from orgmodel.acts.policies import (
    Allocation,
    Bounds,
    ClusterPolicy,
    GivenShares,
    Lapse,
    OfficePolicy,
    Part,
    RatingPolicy,
)
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Clustering
from orgmodel.model.door import kind_of
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.unit import ROOT, Unit

__all__ = [
    "Transition",
    "settled",
    "with_shares",
]


class Transition:
    """A succession in the making.

    Args:
        context: where faults and notes go.
        links: between live old units and new or live ones; nothing else is checked here.
        created: units that begin, with their ids; a None among their fields is worked out.
        homes: child -> new unit, for children whose new home does not follow.
        under: hierarchy -> parent of every created unit that states none itself.
        clusters: which clusters the created join; survivors too, if it is given.
        allocation: how counts of divided units are divided.
        offices: which offices go on.
        ratings: what becomes of measures that do not combine.
        cross_kind: whether successors may be of another kind.
        silent: children that are not compared by name, as they are about to merge.
        stated: (subject, track, slot) -> value, of what the act says itself: it outranks what follows.
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
        self.changes: list[Change] = []
        self.out: dict[str, list[Link]] = {}
        self.into: dict[str, list[Link]] = {}
        for link in self.links:
            self.out.setdefault(link.old, []).append(link)
            self.into.setdefault(link.new, []).append(link)
        self.survivors = {link.old for link in self.links if link.old == link.new}
        self.ended = [old for old in self.out if old not in self.survivors]
        self.roots: dict[str, str] = {}
        self.moved: dict[str, list[str]] = {}
        """new unit -> children that come to it in the main hierarchy."""

    def event(self) -> Succession:
        """The event; its faults and notes lie on the context."""
        # First the places of what begins, then those of what moves there: a parent must be in the hierarchy already.
        units = tuple(self._unit(unit) for unit in self.created.values())
        self._entered()
        self._follow()
        return Succession(tuple(self.links), units, tuple(self.changes), self.cross_kind, complete=True)

    def _follow(self) -> None:
        """Put on the changes what becomes of all that the old units have, and note what does not go on."""
        self._children()
        self._memberships()
        self._figures()
        self._offices()
        self._facts()
        self.changes += passed_on(self.context, self.links)
        self._roles()
        self._same_names()

    # ---- children

    def _children(self) -> None:
        """Every child of a unit that ends, and every child that the caller named, gets its home."""
        gone, missing = {*self.ended, *self.context.became}, []
        children: set[str] = set()
        for old, links in self.out.items():
            homes = {link.new for link in links}
            rest = old if old in self.survivors else links[0].new if len(links) == 1 else None
            for hierarchy in self.structure.hierarchies:
                track, listed = tracks.parent_track(hierarchy), self.context.children(old, hierarchy)
                children.update(listed)
                for child in listed:
                    if child in gone:
                        continue
                    home = self.given_homes.get(child, rest) if self.given_homes else rest
                    if home is None:
                        home = self.context.answer("home", child)
                    if home is None:
                        missing.append((child, old))
                    elif home not in homes and home != rest:
                        self.context.fault(
                            "children", f"the child of {old!r} cannot go to {home!r}: no link leads there", child, old
                        )
                    elif home not in (old, child):
                        self.changes.append(Change(child, track, home))
                        if hierarchy == tracks.MAIN:
                            self.moved.setdefault(home, []).append(child)
        for child, old in dict.fromkeys(missing):
            parts = [link.new for link in self.out[old]]
            message = f"say in children= where this child of {old!r} goes: {quoted(parts)}"
            self.context.ask("children", message, child, old, choice="home", options=parts)
        for child in sorted(self.given_homes.keys() - children):
            self.context.mend("children", f"it is no child of {quoted(self.out)}; leave it out of children=", child)

    # ---- the units that begin

    def _unit(self, unit: Unit) -> Unit:
        """A created unit with kind, place, and what all its predecessors have in common."""
        links = self.into.get(unit.id, [])
        olds = [self.context.unit(link.old) for link in links]
        whole = all(link.extent == "whole" for link in links)
        # Not by evolve, which is several times as slow: this is done for every merger.
        unit = Unit(
            unit.id,
            kind=self._kind(unit, olds),
            category=unit.category or _common(old.category for old in olds),
            name=unit.name or (self._inherited(unit, olds, "name") if whole else None),
            code=unit.code or (self._inherited(unit, olds, "code") if whole else None),
            parent=unit.parent,
            hierarchy=unit.hierarchy,
        )
        return self._placed(unit, [old.id for old in olds])

    def _kind(self, unit: Unit, olds: Sequence[Unit]) -> str | None:
        kinds = sorted({str(old.kind) for old in olds if old.kind is not None})
        message = ", ".join(f"{old.id} is a {old.kind}" for old in olds[:5])
        if len({old.kind for old in olds}) > 1:
            if not self.cross_kind:
                self.context.fault(
                    "same-kind",
                    f"units of different kinds ({message}) have one successor; ask for it with cross_kind=True",
                    *(old.id for old in olds),
                )
            elif unit.kind is None:
                answer = self.context.answer("kind", unit.id)
                if answer is not None and self.context.known_kind(answer, unit.id):
                    return answer
                message = f"the kind of {unit.id!r} is open ({message}); state one of {', '.join(kinds)}"
                self.context.ask("same-kind", message, unit.id, choice="kind", options=kinds)
            return unit.kind
        common = olds[0].kind if olds else None
        if unit.kind is None:
            return common
        if olds and unit.kind != common and not self.cross_kind:
            self.context.fault(
                "same-kind",
                f"{unit.id!r} would be a {unit.kind} ({message}); ask for it with cross_kind=True",
                unit.id,
                *(old.id for old in olds),
            )
        self.context.known_kind(unit.kind, unit.id)
        return unit.kind

    def _inherited(self, unit: Unit, olds: Sequence[Unit], what: str) -> str | None:
        values: list[str | None] = [getattr(old, what) for old in olds]
        common = _common(values)
        if common is None and any(values):
            message = ", ".join(repr(value) for value in dict.fromkeys(values))
            self.context.note(
                f"no-{what}", f"it has no {what}, as its predecessors have {message}; state one if it has", unit.id
            )
        return common

    def _placed(self, unit: Unit, olds: Sequence[str]) -> Unit:
        """The unit with its parent; its place in other hierarchies as changes."""
        placed: Unit | None = None
        for hierarchy in self.structure.hierarchies:
            stated = unit.parent if unit.hierarchy == hierarchy else None
            if stated is not None and self.under.get(hierarchy, stated) != stated:
                self.context.fault(
                    "parent", f"its parent is stated as {stated!r} and as {self.under[hierarchy]!r}", unit.id
                )
            given = stated or self.under.get(hierarchy)
            place = (
                self._given_place(unit, given, hierarchy) if given is not None else self._place(unit, olds, hierarchy)
            )
            if place is None or (place == ROOT and not self._is_root(unit.id, hierarchy)):
                continue
            if placed is None:
                parent = None if place == ROOT else place
                placed = Unit(unit.id, unit.name, unit.code, unit.kind, unit.category, parent, hierarchy)
            else:
                self.changes.append(Change(unit.id, tracks.parent_track(hierarchy), place))
        if placed is None:
            parent = None if self.context.faults else self.context.answer("parent", unit.id)
            if parent is not None:
                hierarchy = self.structure.hierarchies[0]
                return evolve(unit, parent=self._given_place(unit, parent, hierarchy), hierarchy=hierarchy)
            if not self.context.faults:
                self.context.ask("parent", "it has no place in any hierarchy; state under=", unit.id, choice="parent")
            return unit
        return placed

    def _is_root(self, unit: str, hierarchy: str) -> bool:
        """Whether a created unit is the one that takes the place of a root."""
        root = self.context.root(hierarchy)
        first = root if root in self.survivors else self.roots.setdefault(hierarchy, unit)
        if first == unit:
            return True
        name = "under=" if hierarchy == tracks.MAIN else f"under={{{hierarchy!r}: ...}}"
        self.context.ask("one-root", f"{hierarchy!r} has one root and that is {first!r} then; state {name}", unit)
        return False

    def _entered(self) -> None:
        """Places of units that go on: one below a unit that ends in it moves up to where that stood; one outside a
        hierarchy in which only units were that end in it enters it.
        """
        for new in sorted(self.survivors):
            olds = [link.old for link in self.into[new] if link.old not in self.survivors]
            if not olds:
                continue
            for hierarchy in self.structure.hierarchies:
                above = [unit for unit in self.structure.ancestors(new, hierarchy) if unit in olds]
                if above or self.context.place(new, hierarchy) is None:
                    given = self.under.get(hierarchy)
                    place = (
                        self._given_place(Unit(new), given, hierarchy)
                        if given is not None
                        else self._place(Unit(new), above[-1:] or olds, hierarchy)
                    )
                    if place is not None:
                        self.changes.append(Change(new, tracks.parent_track(hierarchy), place))

    def _given_place(self, unit: Unit, parent: str, hierarchy: str) -> str | None:
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
        """The place that the predecessors have in common, None outside the hierarchy."""
        places: dict[str, Any] = {o: place for o in olds if (place := self.context.place(o, hierarchy)) is not None}
        if len(set(places.values())) > 1 or any(place in self.out for place in places.values()):
            # A predecessor that stands below another one takes no part: only the topmost tell the place.
            among = set(places)
            tops = [old for old in places if not among.intersection(self.structure.ancestors(old, hierarchy))]
            places = {old: self._followed(places[old]) for old in tops}
        result = dict.fromkeys(places.values())
        name = "state under=" if hierarchy == tracks.MAIN else f"state under={{{hierarchy!r}: ...}}"
        if self.context.events:
            # These merge as agencies of units that merge; the caller's under= is for those.
            name = "merge with counterparts=None and merge these agencies by themselves"
        message = ", ".join(f"{old} under {place}" for old, place in places.items())
        if len(result) == 1 and UNCLEAR not in result:
            return str(next(iter(result)))
        if result:
            answer = self.context.answer("parent", unit.id)
            if answer is not None:
                return self._given_place(unit, answer, hierarchy)
            self.context.ask(
                "one-parent",
                f"{unit.id!r} has no one parent, its predecessors stand under different ones ({message}); {name}",
                *places,
                about=unit.id,
                choice="parent",
                options=[str(place) for place in result if place != UNCLEAR],
            )
        return None

    def _followed(self, place: str) -> object:
        """A place that holds afterwards: the successor of a parent that ends, UNCLEAR if it has several."""
        links = self.out.get(place)
        if links is None or place in self.survivors:
            return place
        return links[0].new if len(links) == 1 else UNCLEAR

    # ---- clusters

    def _memberships(self) -> None:
        if not self.context.clustered and self.clusters is None:
            return
        # clustering -> old unit -> its clusters
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for old in self.out:
            for cluster in self.structure.clusters_of(old):
                clustering = self.structure.cluster(cluster).clustering
                held = found.setdefault(clustering, {})
                held[old] = (*held.get(old, ()), cluster)
        asked = [self.structure.value(name, tracks.LIFE) for name in found]
        if self.clusters is not None:
            asked = list(self.structure.clusterings())
        for clustering in asked:
            held = found.get(clustering.id, {})
            for new in self.into:
                self._joined(clustering, new, held)

    def _joined(self, clustering: Clustering, new: str, held: Mapping[str, tuple[str, ...]]) -> None:
        olds = sorted({link.old for link in self.into[new]})
        survives = new in self.survivors
        chosen = (
            self._asked(clustering, olds) if self.clusters is not None and (not survives or len(olds) > 1) else None
        )
        if chosen is None:
            if survives:
                lost = [o for o in olds if o in self.ended and set(held.get(o, ())) - set(held.get(new, ()))]
                if not clustering.cover:
                    for old in lost:
                        self.context.note(
                            "membership-ends",
                            f"it was in cluster {quoted(held[old])} and is taken over by {new!r}, which is not",
                            old,
                            new,
                            severity="warning",
                        )
                    return
            chosen = self._common_clusters(clustering, new, olds, held)
        if chosen is None:
            return
        now = held.get(new, ())
        track = tracks.member_track(clustering.id)
        if clustering.cover:
            self.changes.extend(Change(new, track, None, cluster) for cluster in now if cluster not in chosen)
            self.changes.extend(Change(new, track, cluster, cluster) for cluster in chosen if cluster not in now)
        elif tuple(chosen) != tuple(now):
            self.changes.append(Change(new, track, chosen[0] if chosen else None))

    def _asked(self, clustering: Clustering, olds: Sequence[str]) -> list[str] | None:
        """What the policy says, checked; None if it says nothing."""
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
        self, clustering: Clustering, new: str, olds: Sequence[str], held: Mapping[str, tuple[str, ...]]
    ) -> list[str] | None:
        if clustering.cover:
            return sorted({cluster for old in olds for cluster in held.get(old, ())})
        sets = {held.get(old, ()) for old in olds}
        if len(sets) == 1:
            return list(sets.pop())
        options = sorted({cluster for clusters in sets for cluster in clusters})
        known = {cluster.id for cluster in self.structure.clusters(clustering.id)}
        answer = self.context.answer("cluster", new)
        if answer == "" or answer in known:
            return [answer] if answer else []
        message = ", ".join(f"{old} in {held[old][0] if old in held else 'none'}" for old in olds)
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
        for measure in self.context.counted:
            track = measure.track
            stated = {old: slots for old in self.out if (slots := self.structure.slots(old, track))}
            if not stated:
                continue
            if measure.type == "count":
                self._count(measure, track, stated)
            else:
                self._rate(measure, track, stated)

    def _changing(self) -> Iterable[tuple[str, list[Link]]]:
        """The units that are not after the event what they were before, with their incoming links."""
        for new, links in self.into.items():
            if len(links) > 1 or links[0].old != new or links[0].extent == "part":
                yield new, links

    def _count(self, measure: Measure, track: str, stated: Mapping[str, Mapping[Any, Any]]) -> None:
        for scope in (tracks.OWN, tracks.SUBTREE):
            values = {old: Quantity.of(slots[scope]) for old, slots in stated.items() if scope in slots}
            if not values:
                continue
            parts = self._parted(measure, scope, values)
            for new, links in self._changing():
                if scope == tracks.SUBTREE:
                    links = self._topmost(links)
                if not any(link.old in values for link in links):
                    continue
                silent = [link.old for link in links if link.old not in values]
                if silent and (new, track, scope) not in self.stated:
                    self.context.note(
                        "not-stated",
                        f"{measure.id!r} of {new!r} is not known, as {quoted(silent)} did not state it",
                        new,
                        *silent,
                        severity="warning",
                    )
                total = added(
                    NOTHING_STATED
                    if link.old not in values
                    else values[link.old]
                    if link.extent == "whole"
                    else parts[link.old][link.new]
                    for link in links
                )
                # A figure of a year so far goes on only until the year ends.
                until = last_until(
                    self.structure.untils(link.old, track).get(scope) for link in links if link.old in values
                )
                self._state(new, track, scope, total, values.get(new), until)

    def _topmost(self, links: list[Link]) -> list[Link]:
        """Without old units below another one: a number for a whole subtree counts them already."""
        if len(links) < 2:
            return links
        olds = {link.old for link in links}
        return [link for link in links if not olds.intersection(self.structure.ancestors(link.old))]

    def _parted(self, measure: Measure, scope: str, values: Mapping[str, Quantity]) -> dict[str, dict[str, Quantity]]:
        """What of the count of each divided unit goes where: old -> new -> quantity."""
        result: dict[str, dict[str, Quantity]] = {}
        for old, value in values.items():
            links = self.out[old]
            if all(link.extent == "whole" for link in links):
                continue
            own = scope == tracks.OWN or tracks.OWN not in self.structure.slots(old, tracks.measure_track(measure.id))
            result[old] = self._shared(measure, old, value, links) if own else {k.new: within(value) for k in links}
        return result

    def _shared(self, measure: Measure, old: str, value: Quantity, links: Sequence[Link]) -> dict[str, Quantity]:
        shares = [link.share(measure.id) if link.extent == "part" else Fraction(0) for link in links]
        if all(share is None for share in shares):
            return self._allocated(measure, old, value, links)
        missing = [i for i, share in enumerate(shares) if share is None]
        rest = 1 - sum((share for share in shares if share is not None), Fraction(0))
        if rest < 0 or (rest and not missing) or any(share is not None and share < 0 for share in shares):
            self.context.fault(
                "shares",
                f"the shares of {measure.id!r} of {old!r} ({', '.join(map(str, shares))}) are not parts of 1",
                old,
            )
            return {link.new: within(value) for link in links}
        known = [share for share in shares if share is not None]
        amounts = divided(value, [*known, rest])
        left = amounts.pop()
        return {
            link.new: amounts.pop(0) if share is not None else left if len(missing) == 1 else within(left)
            for link, share in zip(links, shares, strict=True)
        }

    def _allocated(self, measure: Measure, old: str, value: Quantity, links: Sequence[Link]) -> dict[str, Quantity]:
        parts = [
            Part(
                link.new,
                self._staying(old) if link.new == old else self._going(old, link.new),
                dominant=link.dominant,
                share=link.share,
            )
            for link in links
        ]
        shares = self.allocation(self.structure, old, measure, parts)
        why = f" ({shares})" if isinstance(shares, str) else ""
        shares = None if isinstance(shares, str) else shares
        if shares is None and all((link.new, measure.track, tracks.OWN) in self.stated for link in links):
            return {link.new: within(value) for link in links}
        if shares is None:
            self.context.note(
                "divided",
                f"how {measure.id!r} of {old!r} ({value}) divides is not known{why}; give shares= or allocation=",
                old,
                *(link.new for link in links),
                severity="warning",
            )
            return {link.new: within(value) for link in links}
        listed = [Fraction(share) for share in shares]
        if len(listed) != len(links) or sum(listed) != 1 or any(share < 0 for share in listed):
            message = ", ".join(map(str, listed))
            self.context.fault(
                "allocation",
                f"{self.allocation!r} gives {plural(len(listed), 'share')} of {measure.id!r} ({message}) for "
                f"{plural(len(links), 'part')}; they must be one for each part, not negative, and add up to 1",
                old,
            )
            return {link.new: within(value) for link in links}
        return dict(zip([link.new for link in links], divided(value, listed), strict=True))

    def _going(self, old: str, new: str) -> tuple[str, ...]:
        return tuple(c for c in self.context.all_children(old) if self.given_homes.get(c) == new)

    def _staying(self, old: str) -> tuple[str, ...]:
        return tuple(c for c in self.context.all_children(old) if self.given_homes.get(c, old) == old)

    def _rate(self, measure: Measure, track: str, stated: Mapping[str, Mapping[Any, Any]]) -> None:
        weights = tracks.measure_track(measure.weight or "")
        for scope in (tracks.OWN, tracks.SUBTREE):
            values = {old: Quantity.of(slots[scope]) for old, slots in stated.items() if scope in slots}
            for new, links in self._changing():
                if not any(link.old in values for link in links):
                    continue
                if (new, track, scope) in self.stated:
                    continue
                if any(link.extent == "part" for link in links):
                    if new in self.survivors:
                        self._state(new, track, scope, UNKNOWN, values.get(new))
                    self.context.note("rate", f"the rate {measure.id!r} of {new!r} is not known: it has a part", new)
                    continue
                pairs = [
                    (
                        values.get(link.old, UNKNOWN),
                        Quantity.of(self.structure.slots(link.old, weights).get(scope)),
                    )
                    for link in links
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
        if (new, track, scope) in self.stated:
            said = Quantity.of(self.stated[new, track, scope])
            if value.is_exact and said != value:
                self.context.note(
                    "restated",
                    f"{tracks.item(track)!r} of {new!r} is stated as {said}; its predecessors come to {value}",
                    new,
                    severity="warning",
                )
        elif value != before:
            self.changes.append(Change(new, track, stored(value), scope, until))

    # ---- offices, correspondence, roles, names

    def _offices(self) -> None:
        if tracks.OFFICE not in self.context.tracks:
            return
        held = {old: slots for old in self.ended if (slots := self.structure.slots(old, tracks.OFFICE))}
        if not held:
            return
        companions = [track.id for track in self.context.facts if track.goes_with == tracks.OFFICE]
        # (post, holder) of offices that go on, those among them that the act states itself.
        kept = {
            (slot[0], holder) for (_, track, slot), holder in self.stated.items() if track == tracks.OFFICE and slot
        }
        for new, links in self.into.items():
            members = sorted(link.old for link in links if link.extent == "whole" and link.old in held)
            if not members:
                continue
            sources = {
                (slot[0], holder): (old, slot) for old in reversed(members) for slot, holder in held[old].items()
            }
            taken = self.structure.slots(new, tracks.OFFICE) if new in self.survivors else {}
            for slot, holder in sorted(self.offices(self.structure, members).items()):
                if slot in taken:
                    self.context.ask("office", f"{slot} of {new!r} is held already; {holder!r} cannot go on in it", new)
                    continue
                kept.add((slot[0], holder))
                self._held_on(new, slot, holder, sources.get((slot[0], holder)), companions)
        for old, slots in held.items():
            for (post, seat), holder in sorted(slots.items()):
                if (post, holder) not in kept:
                    self.context.note("office-lapses", f"the office {post!r} (seat {seat}) of {holder!r} lapses", old)

    def _held_on(
        self, new: str, slot: Any, holder: str, source: tuple[str, Any] | None, companions: Sequence[str]
    ) -> None:
        """An office goes on, as long as it was given for, with what goes with it."""
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
        """All other facts, by their declarations."""
        if not self.context.facts:
            return
        out = {old: [(link.new, link.extent == "whole") for link in links] for old, links in self.out.items()}
        into = {new: [(link.old, link.extent == "whole") for link in links] for new, links in self.into.items()}
        self.changes += Facts(self.context, out, into, self.ratings, self.stated).changes()

    def _roles(self) -> None:
        """Roles in clusters go on under their holder's id until somebody decides, with a note."""
        if tracks.ROLE not in self.context.tracks:
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
        for new, arrived in self.moved.items():
            present = self.context.children(new) if new in self.survivors else ()
            silent = {*self.silent, *self.ended, *self.context.became}
            listed = [child for child in dict.fromkeys((*present, *arrived)) if child not in silent]
            names = self.structure.values(listed, tracks.NAME)
            several = {name for name, count in Counter(names).items() if count > 1 and name}
            if not several:
                continue
            by_name: dict[str, list[str]] = {}
            for child, name in zip(listed, names, strict=True):
                if name in several:
                    by_name.setdefault(name, []).append(child)
            come = set(arrived)
            for name, children in by_name.items():
                if not come.isdisjoint(children):
                    message = f"{len(children)} children of {new!r} bear the name {name!r}"
                    self.context.note("one-name", message, *children, severity="warning")


def with_shares(links: Sequence[Link], allocation: Allocation | None) -> list[Link]:
    """Links that bear the shares that a source gives; other policies are no source.

    Where one part of a unit has no share of a measure and all others have, it gets the rest.
    """
    if not isinstance(allocation, GivenShares):
        return list(links)
    shares = {(link.old, link.new): dict(link.shares) for link in links}
    for link in links:
        if link.extent == "part":
            shares[link.old, link.new].update(next((of for part, of in allocation.shares if part == link.new), ()))
    for old in dict.fromkeys(link.old for link in links if link.extent == "part"):
        of_old = [bears for (giver, _), bears in shares.items() if giver == old]
        for measure in sorted({measure for bears in of_old for measure in bears}):
            silent = [bears for bears in of_old if measure not in bears]
            rest = 1 - sum((bears.get(measure, Fraction(0)) for bears in of_old), Fraction(0))
            if len(silent) == 1 and rest >= 0:
                silent[0][measure] = rest
    return [evolve(link, shares=shares[link.old, link.new]) for link in links]


def settled(context: OperationContext, links: Sequence[Link], tolerance: Any) -> list[Link]:
    """Links whose shares add up to 1, if they miss it by no more than a tolerance; what was done is noted."""
    if not isinstance(tolerance, Rational):
        context.fault("tolerance", f"a tolerance is a number, not {kind_of(tolerance)}")
    if not isinstance(tolerance, Rational) or tolerance == 0:
        return list(links)
    try:
        found, notes = with_settled_shares(links, tolerance)
    except Refused as error:
        for fault in error.findings:
            context.fault(fault.rule, fault.message, *fault.units)
        return list(links)
    for old, note in notes:
        context.note("shares", note, old)
    return list(found)


def _common(values: Iterable[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None
