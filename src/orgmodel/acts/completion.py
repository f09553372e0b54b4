"""What an outcome leaves unsaid: a succession that states links and little else is completed.

A register or a resolution often says only which unit became which. What becomes of the predecessors' children,
figures, memberships and other facts then follows as for an operation. What is stated outranks what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from orgmodel.acts.events import Change, Event, Succession
from orgmodel.acts.operation import Events, Operation, Point
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.acts.operations.transition import Transition
from orgmodel.errors import Finding, InvalidAct, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Clustering
from orgmodel.model.unit import ROOT, Unit

__all__ = [
    "completed",
    "reads_something",
    "worked_out",
]

_SELF_EVIDENT = frozenset({tracks.LIFE, tracks.LINK, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE})
"""Families whose rows every unit has, and which a created unit states itself."""


def reads_something(step: Any) -> bool:
    """Whether what a step of an act comes to depends on the structure before it.

    >>> from orgmodel.acts.events import Closure, Link
    >>> reads_something(Closure("a")), reads_something(Succession([Link("a", "b")]))
    (False, True)
    """
    return isinstance(step, Operation) or (isinstance(step, Succession) and not step.complete)


def worked_out(step: Operation[Any] | Event, at: Point) -> Events:
    """What a step of an act comes to at a point: an operation is resolved, a succession completed, the rest is stated.

    Raises:
        InvalidAct, Ambiguous: as :meth:`orgmodel.acts.operation.Operation.resolve` and :func:`completed`.
    """
    if isinstance(step, Operation):
        try:
            came_to: Events = step.resolve(at)
        except UnitError as error:
            # A policy, or a verb of a user, looked up what is not there: that stands against the operation like
            # any other fault of it, and in working out anew it is told of the act that it belongs to.
            fault = Finding("live-unit", str(error), (error.unit,), day=at.day, act=at.act or None)
            raise InvalidAct(f"{step.name} on {at.day}", [fault]) from error
        return came_to
    if isinstance(step, Succession) and not step.complete:
        return completed(at, step)
    return Events((step,))


def completed(at: Point, event: Succession) -> Events:
    """The succession with what it leaves unsaid of its predecessors; itself, if that is nothing.

    A change that it states for a subject, track and slot stands. A created unit keeps what it states, and gets a kind,
    place and name from its predecessors where it states none. Where the decision is carried out anew (``at.anew``), a
    stated move counts only for a unit that still stands under a predecessor, and what is stated of a unit that is no
    longer there is left out, with a note.

    Args:
        at: the structure just before the event, and answers to what it asks.
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
        # What is wrong with its units is for the judge of acts to say.
        return Events([event])
    context = OperationContext(at)
    stated = _still_there(at, context, event) if at.anew else event
    if _says_all(at, stated):
        return Events([stated], notes=context.notes)
    made = _Completion(context, stated).result()
    what = f"what follows from the {stated.type} of {quoted(stated.olds)} on {at.day}"
    same = made.created == stated.created and made.changes == stated.changes
    done = context.done(what, "")
    return Events([stated if same else made], (), done.notes)


def _still_there(at: Point, context: OperationContext, event: Succession) -> Succession:
    """The succession without what it states of units that have gone, or have left its predecessors, since."""
    structure, olds, news = at.structure, set(event.olds), set(event.news)
    created = {unit.id for unit in event.created}
    left: list[Change] = []
    for change in event.changes:
        subject = change.subject
        if subject not in created and not _lives(at, subject):
            context.note("gone", f"{change.track!r} of it is stated, but it is not there any more", subject)
        elif (
            tracks.is_parent(change.track)
            and change.value in news
            and subject not in created | olds
            and structure.parent(subject, tracks.item(change.track)) not in olds
        ):
            message = f"it is stated to go to {change.value!r}, but stands under no predecessor any more; it stays"
            context.note("moved-before", message, subject)
        else:
            left.append(change)
    return event if len(left) == len(event.changes) else evolve(event, changes=left)


def _lives(at: Point, subject: str) -> bool:
    """Whether a unit or cluster is there."""
    try:
        return at.structure.value(subject, tracks.LIFE) is not None
    except UnitError:
        return False


def _says_all(at: Point, event: Succession) -> bool:
    """Whether nothing is left to be worked out; looks at the predecessors only."""
    structure = at.structure
    if any(None in (unit.parent, unit.kind, unit.category, unit.name, unit.code) for unit in event.created):
        return False
    known = structure.track_names()
    if any(tracks.parent_track(hierarchy) in known for hierarchy in structure.hierarchies[1:]):
        return False
    if any(structure.matters_of(old) for old in event.olds):
        return False
    held = [t for t in known if tracks.family(t) not in _SELF_EVIDENT and not tracks.is_parent(t)]
    if any(structure.slots(old, track) for old in event.olds for track in held):
        return False
    moved = {change.subject for change in event.changes if tracks.is_parent(change.track)}
    ended = set(event.ended)
    if any(child not in moved and child not in ended for old in ended for child in structure.children(old)):
        return False
    return not any(structure.parent(new) in ended for new in event.survivors if new not in moved)


class _Completion(Transition):
    """The succession worked out from its links, under what it states."""

    def __init__(self, context: OperationContext, event: Succession) -> None:
        stated = {(c.subject, c.track, _slot(c)): c.value for c in event.changes}
        super().__init__(context, event.links, event.created, cross_kind=event.cross_kind, stated=stated)
        self.event_as_stated = event
        self.told = {(subject, track) for subject, track, _ in stated}
        self.agencies: dict[str, list[str]] = {}

    def result(self) -> Succession:
        """The event: places of what begins, what is stated, and then what follows."""
        units = tuple(self._unit(unit) for unit in self.created.values())
        self._entered()
        places, self.changes = self.changes, []
        self._follow()
        for new, agencies in self.agencies.items():
            message = f"agencies of its predecessors stay under it as they are ({quoted(agencies)}); merge counterparts"
            self.context.note("agencies-stay", message, new, *agencies)
        event = self.event_as_stated
        changes = (*self._unsaid(places), *event.changes, *self._unsaid(self.changes))
        return evolve(event, created=units, changes=changes, complete=True)

    def _unsaid(self, changes: Sequence[Change]) -> list[Change]:
        return [c for c in changes if (c.subject, c.track, _slot(c)) not in self.stated]

    # ---- children

    def _children(self) -> None:
        gone = set(self.ended)
        asked: dict[str, str] = {}
        for old in self.ended:
            homes = list(dict.fromkeys(link.new for link in self.out[old]))
            for hierarchy in self.structure.hierarchies:
                track = tracks.parent_track(hierarchy)
                for child in self.context.children(old, hierarchy):
                    if child in gone or (child, track) in self.told:
                        continue
                    home = homes[0] if len(homes) == 1 else self.context.answer("home", child)
                    if home in homes:
                        self._goes(child, track, str(home))
                    else:
                        asked.setdefault(child, old)
        for child, old in asked.items():
            homes = list(dict.fromkeys(link.new for link in self.out[old]))
            message = f"where does this child of {old!r} go?"
            self.context.ask("children", message, child, old, choice="home", options=homes)

    def _goes(self, child: str, track: str, home: str) -> None:
        if home == child:
            # A survivor that stood under the unit that ends in it: its place is worked out with the others'.
            return
        self.changes.append(Change(child, track, home))
        if tracks.item(track) == tracks.MAIN:
            self.moved.setdefault(home, []).append(child)
            if self.structure.schema.is_agency(self.structure.value(child, tracks.KIND)):
                self.agencies.setdefault(home, []).append(child)

    # ---- units that begin

    def _unit(self, unit: Unit) -> Unit:
        links = self.into.get(unit.id, [])
        olds = [self.context.unit(link.old) for link in links]
        whole = all(link.extent == "whole" for link in links)
        unit = evolve(
            unit,
            kind=unit.kind or _one(old.kind for old in olds),
            category=unit.category or _one(old.category for old in olds),
            name=unit.name or (self._named(unit, olds, tracks.NAME) if whole else None),
            code=unit.code or (self._named(unit, olds, tracks.CODE) if whole else None),
        )
        for hierarchy in self.structure.hierarchies:
            unit = self._in(unit, [old.id for old in olds], hierarchy)
        return unit

    def _named(self, unit: Unit, olds: Sequence[Unit], what: str) -> str | None:
        return None if (unit.id, what) in self.told else self._inherited(unit, olds, what)

    def _in(self, unit: Unit, olds: Sequence[str], hierarchy: str) -> Unit:
        """The unit with its place in a hierarchy, if it states none."""
        track, own = tracks.parent_track(hierarchy), unit.hierarchy == hierarchy
        if (own and unit.parent is not None) or (unit.id, track) in self.told:
            return unit
        place = self._place(unit, olds, hierarchy)
        if place is None or (place == ROOT and (own or not self._is_root(unit.id, hierarchy))):
            return unit
        if own:
            return evolve(unit, parent=place)
        self.changes.append(Change(unit.id, track, place))
        return unit

    # ---- clusters

    def _joined(self, clustering: Clustering, new: str, held: Mapping[str, tuple[str, ...]]) -> None:
        if (new, tracks.member_track(clustering.id)) not in self.told:
            super()._joined(clustering, new, held)


def _slot(change: Change) -> Any:
    """The slot of a change as it is kept: the figure of a unit itself need not be said to be its own."""
    return tracks.OWN if change.slot is None and tracks.is_measure(change.track) else change.slot


def _one(values: Any) -> str | None:
    """The value that all have, None if they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
