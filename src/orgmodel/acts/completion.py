"""Completion of stated successions: what follows from links when a source states little else.

A register or a resolution often says only which unit became which. What becomes of the predecessors' children,
figures, memberships and other facts then follows as it does for an operation. Stated facts outrank derived ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from orgmodel.acts.events import Change, Event, Run, Succession, one_by_one
from orgmodel.acts.operation import Events, Operation, Point
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.acts.operations.transition import Transition
from orgmodel.errors import Finding, InvalidAct, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Clustering
from orgmodel.model.unit import ROOT, Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "completed",
    "reads_something",
    "worked_out",
]

_SELF_EVIDENT = frozenset({tracks.LIFE, tracks.LINK, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE})
"""Tracks that a created unit states itself, or that every unit has."""


def reads_something(step: Any) -> bool:
    """Whether the events of a step of an act depend on the structure before it.

    >>> from orgmodel.acts.events import Closure, Link
    >>> reads_something(Closure("a")), reads_something(Succession([Link("a", "b")]))
    (False, True)
    """
    return isinstance(step, Operation) or (isinstance(step, Succession) and not step.complete)


def worked_out(step: Operation[Any] | Event, at: Point) -> Events:
    """The events of a step of an act at a point: operations are resolved, successions completed, others kept.

    Raises:
        InvalidAct, Ambiguous: as :meth:`orgmodel.acts.operation.Operation.resolve` and :func:`completed`.
    """
    if isinstance(step, Operation):
        try:
            came_to: Events = step.resolve(at)
        except UnitError as error:
            # A policy, or a user's verb, looked up a unit that does not exist. It becomes a fault of the operation like
            # any other, with its act, because a reader of a late correction sees no traceback.
            fault = Finding("live-unit", str(error), (error.unit,), day=at.day, act=at.act or None)
            raise InvalidAct(f"{step.name} on {at.day}", [fault]) from error
        return came_to
    if isinstance(step, Succession) and not step.complete:
        return completed(at, step)
    return Events((step,))


def completed(at: Point, event: Succession) -> Events:
    """The succession with everything that follows from it; itself if nothing is missing.

    A change that it states for a subject, track and slot stays. A created unit keeps what it states, and gets kind,
    place and name from its predecessors where it states none. If the decision is carried out anew (``at.anew``), a
    stated move counts only for a unit that still stands under a predecessor, and statements about a unit that no longer
    exists are left out, with a note.

    Args:
        at: the structure just before the event, and answers to questions.
        event: a succession as an act states it.

    Raises:
        InvalidAct: shares that are no parts of 1 ...
        Ambiguous: a child has no home, a new unit no place, or its predecessors are in different clusters;
            ``questions`` has what can be answered.

    >>> from orgmodel.acts.events import Link
    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "members": 5} for p in ("p", "q")]
    >>> stated = Succession([Link("p", "n"), Link("q", "n")], created=[Unit("n", parent="vn")])
    >>> event, = completed(Point(structure_of(rows, day="2025-01-01")), stated)
    >>> event.changes
    (Change(subject='n', track='measure:members', value=10, slot='own', until=None),)
    """
    if event.complete or not all(old in at.structure for old in event.olds):
        # The judge of acts reports units that do not exist.
        return Events([event])
    context = OperationContext(at)
    stated = _still_there(at, context, event) if at.anew else event
    came_to = stated
    if not _says_all(at, stated):
        derived = _Completion(context, stated).result()
        same = derived.created == stated.created and derived.changes == stated.changes
        came_to = stated if same else derived
    context.events.append(came_to)
    return context.done(f"what follows from the {stated.type} of {quoted(stated.olds)} on {at.day}", "")


def _still_there(at: Point, context: OperationContext, event: Succession) -> Succession:
    """The succession without changes of units that have ended, or have left its predecessors, in the meantime."""
    structure, olds, news = at.structure, set(event.olds), set(event.news)
    created = {unit.id for unit in event.created}
    remaining: list[Change] = []
    for change in event.changes:
        subject = change.subject
        moves_child = tracks.is_parent(change.track) and change.value in news and subject not in created | olds
        if subject not in created and not _lives(at, subject):
            context.note("gone", f"{change.track!r} of it is stated, but it is not there any more", subject)
        elif moves_child and structure.parent(subject, tracks.item(change.track)) not in olds:
            message = f"it is stated to go to {change.value!r}, but stands under no predecessor any more; it stays"
            context.note("moved-before", message, subject)
        else:
            remaining.append(change)
    return event if len(remaining) == len(event.changes) else evolve(event, changes=remaining)


def _lives(at: Point, subject: str) -> bool:
    """Whether a unit or cluster exists."""
    try:
        return at.structure.value(subject, tracks.LIFE) is not None
    except UnitError:
        return False


def _says_all(at: Point, event: Succession) -> bool:
    """Whether nothing is left to follow; looks at the predecessors only.

    The common case of a complete register: completing such a succession would change nothing, at many times the cost.
    """
    structure = at.structure
    if any(None in (unit.parent, unit.kind, unit.category, unit.name, unit.code) for unit in event.created):
        return False
    known = structure.track_names()
    if any(tracks.parent_track(hierarchy) in known for hierarchy in structure.hierarchies[1:]):
        return False
    fact_tracks = [t for t in known if tracks.family(t) not in _SELF_EVIDENT and not tracks.is_parent(t)]
    if any(_has_more(structure, old, fact_tracks) for old in event.olds):
        return False
    moved = {change.subject for change in event.changes if tracks.is_parent(change.track)}
    ended = set(event.ended)
    children = {child for old in ended for child in structure.children(old)}
    return children <= moved | ended and all(structure.parent(new) not in ended for new in set(event.survivors) - moved)


def _has_more(structure: Structure, unit: str, fact_tracks: Sequence[str]) -> bool:
    """Whether a unit has a part in a matter, or a fact in one of some tracks."""
    return bool(structure.matters_of(unit)) or any(structure.slots(unit, track) for track in fact_tracks)


class _Completion(Transition):
    """A succession derived from its links, with its own statements taking precedence."""

    def __init__(self, context: OperationContext, event: Succession) -> None:
        stated = {(c.subject, c.track, _slot(c)): c.value for c in event.changes}
        super().__init__(context, event.links, event.created, cross_kind=event.cross_kind, stated=stated)
        self.event_as_stated = event
        self.stated_tracks = {(subject, track) for subject, track, _ in stated}
        self.agencies: dict[str, list[str]] = {}

    def result(self) -> Succession:
        """The event: the places of new units, then the stated changes, then those that follow."""
        units = tuple(self._unit(unit) for unit in self.created.values())
        self._entered()
        places, self.changes = self.changes, []
        self._follow()
        for new, agencies in self.agencies.items():
            message = f"agencies of its predecessors stay under it as they are ({quoted(agencies)}); merge counterparts"
            self.context.note("agencies-stay", message, new, *agencies)
        event = self.event_as_stated
        changes = (*self._not_stated(places), *event.changes, *self._not_stated(self.changes))
        return evolve(event, created=units, changes=changes, complete=True)

    def _not_stated(self, changes: Sequence[Change | Run]) -> list[Change]:
        return [c for c in one_by_one(changes) if (c.subject, c.track, _slot(c)) not in self.stated]

    # ---- children

    def _children(self) -> None:
        ended = set(self.ended)
        asked: dict[str, str] = {}
        for old in self.ended:
            homes = list(dict.fromkeys(link.new for link in self.out[old]))
            for hierarchy in self.structure.hierarchies:
                track = tracks.parent_track(hierarchy)
                for child in self.context.children(old, hierarchy):
                    if child in ended or (child, track) in self.stated_tracks:
                        continue
                    home = homes[0] if len(homes) == 1 else self.context.answer("home", child)
                    if home in homes:
                        self._goes(child, old, str(home), hierarchy)
                    else:
                        asked.setdefault(child, old)
        for child, old in asked.items():
            homes = list(dict.fromkeys(link.new for link in self.out[old]))
            message = f"where does this child of {old!r} go?"
            self.context.ask("children", message, child, old, choice="home", options=homes)

    def _goes(self, child: str, old: str, home: str, hierarchy: str) -> None:
        """Move a child of a unit that ends; of a survivor below the unit that ends in it `_entered` finds the place."""
        self._go_to([child], old, home, hierarchy)
        is_moved = child != home and hierarchy == tracks.MAIN
        if is_moved and self.structure.schema.is_agency(self.structure.value(child, tracks.KIND)):
            self.agencies.setdefault(home, []).append(child)

    # ---- units that begin

    def _unit(self, unit: Unit) -> Unit:
        links = self.into.get(unit.id, [])
        olds = [link.old for link in links]
        all_whole = all(link.extent == "whole" for link in links)
        unit = evolve(
            unit,
            kind=unit.kind or self._in_common(olds, tracks.KIND),
            category=unit.category or self._in_common(olds, tracks.CATEGORY),
            name=unit.name or (self._named(unit, olds, tracks.NAME) if all_whole else None),
            code=unit.code or (self._named(unit, olds, tracks.CODE) if all_whole else None),
        )
        for hierarchy in self.structure.hierarchies:
            unit = self._in(unit, olds, hierarchy)
        return unit

    def _named(self, unit: Unit, olds: Sequence[str], track: str) -> str | None:
        return None if (unit.id, track) in self.stated_tracks else self._inherited(unit, olds, track)

    def _in(self, unit: Unit, olds: Sequence[str], hierarchy: str) -> Unit:
        """The unit with its place in a hierarchy, unless it states one."""
        track, own = tracks.parent_track(hierarchy), unit.hierarchy == hierarchy
        if (own and unit.parent is not None) or (unit.id, track) in self.stated_tracks:
            return unit
        place = self._place(unit, olds, hierarchy)
        if place is None or (place == ROOT and (own or not self._is_root(unit.id, hierarchy))):
            return unit
        if own:
            return evolve(unit, parent=place)
        self.changes.append(Change(unit.id, track, place))
        return unit

    # ---- clusters

    def _joined(self, clustering: Clustering, new: str, clusters_of: Mapping[str, tuple[str, ...]]) -> None:
        if (new, tracks.member_track(clustering.id)) not in self.stated_tracks:
            super()._joined(clustering, new, clusters_of)


def _slot(change: Change) -> Any:
    """The slot of a change as it is stored: a figure without a slot is the unit's own."""
    return tracks.OWN if change.slot is None and tracks.is_measure(change.track) else change.slot
