"""Verbs about single units: their beginning and end, place, name, code, kind and figures."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.argument_values import is_text
from orgmodel.acts.events import Change, Closure, Creation, Event
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations import fates
from orgmodel.acts.operations.context import OperationContext, plural, quoted
from orgmodel.acts.operations.figures import NOTHING_STATED
from orgmodel.acts.operations.matters import left_over
from orgmodel.acts.operations.references import end_references
from orgmodel.errors import UnitEnded, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.measure import UNKNOWN, Number, Quantity, as_figure, figure_fault, sum_of
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "AbolishLevel",
    "Adjust",
    "ChangeFact",
    "Close",
    "Create",
    "Reassign",
    "Reclassify",
    "Recode",
    "Record",
    "Reestablish",
    "Rename",
    "abolish_level",
    "adjust",
    "change",
    "close",
    "create",
    "reassign",
    "reclassify",
    "recode",
    "record",
    "reestablish",
    "rename",
]

# ---- beginning


@frozen
class Create(Operation[str]):
    """A creation (thành lập): a unit begins.

    Attributes:
        unit: the unit; a missing id is derived.
        under: its parent, or hierarchy -> parent, unless the unit states it. A unit without a parent is the root of its
            hierarchy.
        first_known: whether it is older and only first seen on this day.
        measures: measure -> own figure; None: unknown.

    Raises:
        InvalidAct: a used id, a parent that does not exist, a second root, an unknown kind ...

    >>> from orgmodel.history.history import structure_of
    >>> events = create(structure_of([{"id": "vn"}], day="2025-01-01"), Unit("p", name="Land"), under="vn")
    >>> events[0].what.parent, events.text
    ('vn', 'create Land')
    """

    name = "create"
    unit: arg.New
    under: arg.Places = field(default=None, converter=arg.places, kw_only=True)
    first_known: bool = field(default=False, kw_only=True)
    measures: arg.Figures = field(default=None, converter=arg.figures, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The creation, then the figures of the unit."""
        context = OperationContext(at)
        unit = _begin(context, self.unit, self.under, first_known=self.first_known)
        _figures(context, unit.id, self.measures)
        return context.done(f"the creation of {unit.label!r} on {at.day}", f"create {unit.label}", [unit.id])

    def gives(self, events: Events) -> str:
        """The id of the unit."""
        return events.made[0]


@frozen
class Reestablish(Operation[str]):
    """A re-establishment (tái lập): a new unit takes up one that has ended; lineage links them.

    The new unit has an id of its own, because ids are never used again. It inherits nothing from the old unit. An exact
    count of it that is given here is taken off the exact one of the unit that had its territory since.

    Attributes:
        old: id of the unit that has ended.
        unit: the new unit; a missing id is derived.
        under: its parent, or hierarchy -> parent, unless the unit states it.
        out_of: the existing unit that has held its territory since; needed where several units did.
        measures: measure -> own figure.

    Raises:
        InvalidAct: the old unit has not ended or never existed, or its territory is not in ``out_of``; as :class:`~orgmodel.acts.operations.Create`.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, {"id": "a", "parent": "top", "name": "A"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     act.close("a")
    >>> history = history.enact(act)
    >>> with history.draft("2026-01-01") as act:
    ...     new = act.reestablish("a", om.Unit("a-2026", name="A"), under="top")
    >>> history.enact(act).lineage.predecessors("a-2026")
    ('a',)
    """

    name = "reestablish"
    old: arg.One = field(converter=arg.one)
    unit: arg.New
    under: arg.Places = field(default=None, converter=arg.places, kw_only=True)
    out_of: arg.One | None = field(default=None, converter=arg.maybe_one, kw_only=True)
    measures: arg.Figures = field(default=None, converter=arg.figures, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The creation, then the figures of the unit."""
        context, old, unit = OperationContext(at), self.old, self.unit
        if old in at.structure:
            context.fault(
                "re-established", "it lives and cannot be re-established; split_off or rename may be meant", old
            )
        else:
            try:
                at.structure.unit(old)
            except UnitEnded:
                pass
            except UnitError as error:
                context.fault("re-established", f"{error}; only a unit that has ended can be re-established", old)
        holder = None
        if self.out_of is None or context.live(self.out_of, "unit that it comes out of"):
            holder = self._holder(context)
        if unit.id and unit.id == old:
            context.fault("id-once", "the re-established unit needs an id of its own; an id is never used again", old)
            unit = evolve(unit, id="")
        unit = _begin(context, unit, self.under, reestablishes=old, out_of=self.out_of)
        _figures(context, unit.id, self.measures)
        if holder is not None and not context.faults:
            self._take_off(context, holder, unit.id)
        return context.done(
            f"the re-establishment of {old!r} on {at.day}", f"re-establish {unit.label} ({old})", [unit.id]
        )

    def _holder(self, context: OperationContext) -> str | None:
        """The unit that has had the ground since; None if that is not one, and a fault or note says why."""
        holders = _holders(context.structure, self.old)
        if self.out_of is not None and holders and self.out_of not in holders:
            message = f"what it consisted of is in {quoted(holders)}, not in {self.out_of!r}; name that unit in out_of="
            context.mend("out-of", message, self.old, self.out_of)
        elif self.out_of is None and len(holders) > 1:
            message = f"what it consisted of is in {quoted(holders)}; without out_of= its figures stay there"
            context.note("out-of", message, self.old, *holders, severity="warning")
        elif holders:
            return self.out_of or holders[0]
        return None

    def _take_off(self, context: OperationContext, holder: str, unit: str) -> None:
        """Take the counts that go back off those of the unit that had them, and note which of these still have them."""
        going = {
            event.track: event.value for event in context.events if isinstance(event, Change) and event.subject == unit
        }
        kept: list[str] = []
        for measure in context.survey.counted:
            has, track = context.structure.measure(holder, measure.id), tracks.measure_track(measure.id)
            if measure.type != "count" or not has.is_known:
                continue
            goes = Quantity.of(going.get(track))
            left = sum_of(has.value, -goes.value) if goes.value is not None and goes.is_exact and has.is_exact else None
            if left is None or left < 0:
                kept.append(measure.id)
            else:
                context.events.append(Change(holder, track, left, tracks.OWN))
        if kept:
            message = f"figures of it still count what goes back ({', '.join(kept)}); record them anew"
            context.note("divided", message, holder, self.old, severity="warning")

    def gives(self, events: Events) -> str:
        """The id of the new unit."""
        return events.made[0]


def _holders(structure: Structure, ended: str) -> list[str]:
    """The live units in which a unit that has ended went on, by its links."""
    holders: list[str] = []
    waiting = {ended: None}
    for unit in (queue := [ended]):
        if unit in structure:
            holders.append(unit)
            continue
        try:
            structure.unit(unit)
        except UnitEnded as error:
            # Each successor once: ways that part may come together again.
            news = dict.fromkeys(new for new in error.successors if new not in waiting)
            waiting |= news
            queue += news
        except UnitError:
            continue
    return holders


def _begin(
    context: OperationContext,
    unit: Unit,
    under: arg.Places,
    *,
    first_known: bool = False,
    reestablishes: str | None = None,
    out_of: str | None = None,
) -> Unit:
    """Add the creation of a unit, and its places in further hierarchies; returns the unit with id and parent."""
    if unit.id:
        context.fresh(unit.id)
    else:
        among = [text or "" for text in (reestablishes, unit.name, unit.code, unit.kind)]
        unit = evolve(unit, id=context.derive("into", among=among))
    context.known_kind(unit.kind, unit.id)
    context.hierarchy(unit.hierarchy)
    faults = len(context.faults)
    places = context.under(under)
    if unit.parent is not None:
        context.live(unit.parent, "parent")
        if places.setdefault(unit.hierarchy, unit.parent) != unit.parent:
            message = f"its parent is stated as {unit.parent!r} and as {places[unit.hierarchy]!r}"
            context.fault("parent", message, unit.id)
    # The creation states one place; those in further hierarchies follow as changes.
    first = unit.hierarchy if unit.hierarchy in places or not places else next(iter(places))
    parent = places.pop(first, None)
    root = context.root(first) if first in context.structure.hierarchies else None
    if parent is None and root is not None and len(context.faults) == faults:
        context.fault("one-root", f"{first!r} has a root already, {root!r}; state the parent in under=", unit.id)
    for hierarchy, above in ((first, parent), *places.items()):
        if above in context.structure and hierarchy in context.structure.hierarchies:
            _in_hierarchy(context, str(above), hierarchy)
    unit = evolve(unit, parent=parent, hierarchy=first)
    context.events.append(Creation(unit, first_known, reestablishes, out_of=out_of))
    context.events.extend(Change(unit.id, tracks.parent_track(h), above) for h, above in places.items())
    return unit


def _in_hierarchy(context: OperationContext, parent: str, hierarchy: str) -> bool:
    if context.place(parent, hierarchy) is not None:
        return True
    context.fault("live-parent", f"the parent {parent!r} is not in the hierarchy {hierarchy!r}", parent)
    return False


# ---- end


@frozen
class Close(Operation[None]):
    """A closure (giải thể, kết thúc hoạt động): units end without a successor.

    Attributes:
        units: the units that end. A unit and all below it may be closed together.
        children_to: the new parents of children: one parent, child -> parent, or a function of (structure, child).
        close_agencies: whether agencies of the schema end with their units.
        last_known: whether they are only last seen before this day: what became of them is not on record.

    Raises:
        InvalidAct: a unit that does not exist, a new parent that ends too ...
        Ambiguous: children are left; each is listed.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "d", "parent": "vn"}, {"id": "c", "parent": "d"}], day="2025-01-01")
    >>> close(s, "d", children_to="vn")[0]
    Change(subject='c', track='parent', value='vn', slot=None, until=None)
    """

    name = "close"
    units: arg.Units = field(converter=arg.chosen)
    children_to: arg.Parents = field(default=None, converter=arg.parents, kw_only=True)
    close_agencies: bool = field(default=False, kw_only=True)
    last_known: bool = field(default=False, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The moves of the children, then the closures, the lowest first."""
        context = OperationContext(at)
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        _close(context, units, self.children_to, self.close_agencies, None, self.last_known)
        return context.done(
            f"a closure of {plural(len(units), 'unit')} on {at.day}", f"close {context.labels(units, ', ')}"
        )


@frozen
class AbolishLevel(Operation[None]):
    """The end of a level (bỏ cấp): each unit of a kind closes, its children move up.

    A child goes to its nearest remaining ancestor unless ``mapping`` has another parent for it.

    Attributes:
        kind: the kind that ends.
        mapping: one parent for all, child -> parent, closing unit -> parent of its children, or a function of
            (structure, child); without an entry, or with None, the nearest remaining ancestor.
        close_agencies: whether agencies of the schema end with their units.

    Raises:
        InvalidAct: no unit of the kind, a new parent that ends too, a child without a remaining ancestor ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "d", "kind": "district", "parent": "vn"}, {"id": "c", "parent": "d"}]
    >>> events = abolish_level(structure_of(rows, day="2025-01-01"), "district")
    >>> [event.type for event in events], events.text
    (['reassignment', 'closure'], 'abolish the level district: 1 unit')
    """

    name = "abolish_level"
    kind: str
    mapping: arg.Parents = field(default=None, converter=arg.parents)
    close_agencies: bool = field(default=False, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The moves of the children, then the closures, the lowest first."""
        context, structure, kind = OperationContext(at), at.structure, self.kind
        units = list(structure.of_kind(kind)) if structure.may_have(kind) else []
        if not units:
            known = ", ".join(name for name in structure.counts() if name) or "none"
            context.mend("nothing-chosen", f"there is no unit of kind {kind!r} on {at.day} (there are {known})")
        ending = set(units)
        above: dict[tuple[str, str], str | None] = {}

        def nearest(unit: str, hierarchy: str) -> str | None:
            if (unit, hierarchy) not in above:
                remaining = (a for a in structure.ancestors(unit, hierarchy) if a not in ending)
                above[unit, hierarchy] = next(remaining, None)
            return above[unit, hierarchy]

        _close(context, units, self.mapping, self.close_agencies, nearest)
        return context.done(
            f"the end of the level {kind!r} on {at.day}", f"abolish the level {kind}: {plural(len(units), 'unit')}"
        )


def _close(
    context: OperationContext,
    chosen: list[str],
    children_to: arg.Parents,
    close_agencies: bool,
    otherwise: Callable[[str, str], str | None] | None,
    last_known: bool = False,
) -> None:
    """Add the moves of the children, then the closures, the lowest first.

    Args:
        context: the context of the operation.
        chosen: the units that close.
        children_to: the new parents of children.
        close_agencies: whether agencies close with their units.
        otherwise: (unit, hierarchy) -> the new parent of children for which the caller has none.
        last_known: whether the units are only last seen before the day.
    """
    structure = context.structure
    if close_agencies:
        chosen = [*chosen, *_agencies_below(structure, chosen)]
    ending = dict.fromkeys(chosen)
    new_parents = _NewParents(context, children_to, ending, otherwise)
    moves: list[Event] = []
    children: set[str] = set()
    for unit in ending:
        for hierarchy in structure.hierarchies:
            listed = structure.children(unit, hierarchy)
            children.update(listed)
            for child in listed:
                home = None if child in ending else new_parents.checked(child, unit, hierarchy)
                if home is not None:
                    moves.append(Change(child, tracks.parent_track(hierarchy), home))
    new_parents.check_names(children)
    context.events.extend(moves)
    for unit in ending:
        _reports(context, unit)
    # The lowest first, so that no closing unit has a child. The lowest in one hierarchy may be the highest in another:
    # units that close together first leave the hierarchies other than the main one.
    for hierarchy in structure.hierarchies[1:]:
        below = [unit for unit in ending if structure.parent(unit, hierarchy) in ending]
        below.sort(key=lambda unit: -structure.depth(unit, hierarchy))
        context.events.extend(Change(unit, tracks.parent_track(hierarchy), None) for unit in below)
    context.events.extend(
        Closure(unit, last_known=last_known) for unit in sorted(ending, key=lambda unit: -structure.depth(unit))
    )


def _agencies_below(structure: Structure, units: Iterable[str]) -> list[str]:
    """Ids of the agencies below units, in any hierarchy, and of the agencies below these."""
    result: list[str] = []
    stack = list(units)
    visited = set(stack)
    while stack:
        unit = stack.pop()
        for child in dict.fromkeys(c for h in structure.hierarchies for c in structure.children(unit, h)):
            if child not in visited and structure.schema.is_agency(structure.value(child, tracks.KIND)):
                visited.add(child)
                result.append(child)
                stack.append(child)
    return result


class _NewParents:
    """The new parents of the children of closing units, as the caller states them or as they follow."""

    def __init__(
        self,
        context: OperationContext,
        stated: arg.Parents,
        ending: Collection[str],
        otherwise: Callable[[str, str], str | None] | None,
    ) -> None:
        self.context, self.ending, self._otherwise = context, ending, otherwise
        self._stated: Mapping[str, str] | Callable[[Structure, str], str | None] | str | None
        self._stated = dict(stated) if isinstance(stated, tuple) else stated
        if isinstance(self._stated, str) and not context.live(self._stated, "new parent"):
            self._stated = None
        # (new parent, hierarchy) -> it and all above it: many children go to one parent, which is checked once.
        self._fit: dict[tuple[str, str], frozenset[str]] = {}

    def checked(self, child: str, unit: str, hierarchy: str) -> str | None:
        """The new parent of a child of a closing unit; None, with a fault or a question, if there is none."""
        home = self._of(child, unit, hierarchy) or self.context.answer("home", child)
        if home is None:
            message = f"say where this child of {unit!r} goes (children_to=, mapping=)"
            self.context.ask("children", message, child, unit, choice="home")
            return None
        above = self._fit.get((home, hierarchy))
        # A child that is above its new parent is checked by itself: it is at fault, not the parent.
        if above is None or child in above:
            if not _stands(self.context, home, child, hierarchy, self.ending):
                return None
            self._fit[home, hierarchy] = frozenset((home, *self.context.structure.ancestors(home, hierarchy)))
        return home

    def _of(self, child: str, unit: str, hierarchy: str) -> str | None:
        stated = self._stated
        if callable(stated):
            stated = stated(self.context.structure, child)
        elif isinstance(stated, Mapping):
            stated = stated.get(child) or stated.get(unit)
        return stated or (None if self._otherwise is None else self._otherwise(unit, hierarchy))

    def check_names(self, children: Collection[str]) -> None:
        """Faults for stated units that neither close nor are children of closing units."""
        for key in self._stated if isinstance(self._stated, Mapping) else ():
            if key not in children and key not in self.ending:
                self.context.mend("children", "it neither closes nor is a child of a unit that does", key)


def _stands(context: OperationContext, home: str, child: str, hierarchy: str, ending: Collection[str]) -> bool:
    """Whether a child can stand under a new parent; faults if it cannot."""
    if home not in context.structure:
        return context.live(home, "new parent")
    if home in ending:
        context.fault(
            "live-parent", f"the new parent {home!r} of {child!r} closes as well; name one that remains", child
        )
        return False
    return _above_itself(context, child, home, hierarchy) and _in_hierarchy(context, home, hierarchy)


def _reports(context: OperationContext, unit: str) -> None:
    """Note what ends with a unit without a successor."""
    structure = context.structure
    for measure in context.survey.counted:
        stated = structure.slots(unit, measure.track).get(tracks.OWN)
        if measure.type == "count" and stated is not None and Quantity.of(stated) != 0:
            context.note("count-ends", f"its {measure.id!r} ({stated}) end with it", unit, severity="warning")
    for (post, seat), holder in sorted(structure.slots(unit, tracks.OFFICE).items()):
        context.note("office-lapses", f"the office {post!r} (seat {seat}) of {holder!r} lapses", unit)
    for cluster in structure.clusters_of(unit):
        context.note("membership-ends", f"it leaves cluster {cluster!r}", unit)
        for (role, seat), holder in structure.roles(cluster).items():
            if holder == unit:
                context.note("role-lapses", f"it is {role} (seat {seat}) of cluster {cluster!r} and ends", unit)
    fates.ends(context, unit)
    left_over(context, unit)
    end_references(context, unit)


# ---- place


@frozen
class Reassign(Operation[None]):
    """A reassignment (chuyển trực thuộc): units get another parent, with everything below them.

    A unit that stands there already is left out, with a note.

    Attributes:
        units: the units that move: ids or a selection.
        to: the new parent. None takes the units out of a hierarchy other than the main one.
        hierarchy: the hierarchy; a unit that is not in it enters it.

    Raises:
        InvalidAct: a unit that does not exist, a move under or below itself ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}, {"id": "c", "parent": "a"}]
    >>> reassign(structure_of(rows, day="2025-01-01"), "c", "b")
    (Change(subject='c', track='parent', value='b', slot=None, until=None),)
    """

    name = "reassign"
    units: arg.Units = field(converter=arg.chosen)
    to: arg.One | None = field(converter=arg.maybe_one)
    hierarchy: str = field(default=tracks.MAIN, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The new places."""
        context, parent, hierarchy = OperationContext(at), self.to, self.hierarchy
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        known = context.hierarchy(hierarchy)
        if parent is None:
            _leave_hierarchy(context, units, hierarchy)
            return context.done(f"a reassignment on {at.day}", f"take {context.labels(units, ', ')} out of {hierarchy}")
        text = ""
        if context.live(parent, "new parent") and known and _in_hierarchy(context, parent, hierarchy):
            for unit in units:
                if at.structure.parent(unit, hierarchy) == parent:
                    context.note("no-change", f"it stands under {parent!r} already", unit)
                elif _above_itself(context, unit, parent, hierarchy):
                    context.events.append(Change(unit, tracks.parent_track(hierarchy), parent))
            _note_nested(context, units, hierarchy)
            text = f"reassign {context.labels(units, ', ')} to {context.label(parent)}"
        return context.done(f"a reassignment of {plural(len(units), 'unit')} on {at.day}", text)


def _note_nested(context: OperationContext, units: list[str], hierarchy: str) -> None:
    """Note units that would have moved with one above them and now move by themselves."""
    moving = set(units)
    for unit in units if len(units) > 1 else ():
        above = next((a for a in context.structure.ancestors(unit, hierarchy) if a in moving), None)
        if above is not None:
            context.note("nested", f"it stands below {above!r}, which moves as well, and moves by itself", unit, above)


def _above_itself(context: OperationContext, unit: str, parent: str, hierarchy: str) -> bool:
    """Whether a unit may stand under a parent; a fault if it would be its own ancestor."""
    if unit == parent:
        context.fault("no-cycle", "a unit cannot stand under itself; name another parent", unit)
        return False
    if unit in context.structure.ancestors(parent, hierarchy):
        way = " under ".join([parent, *_up_to(context.structure.ancestors(parent, hierarchy), unit)])
        context.fault("no-cycle", f"it cannot move below itself ({way}); move {parent!r} away first", unit, parent)
        return False
    return True


def _up_to(units: Iterable[str], last: str) -> list[str]:
    result: list[str] = []
    for unit in units:
        result.append(unit)
        if unit == last:
            break
    return result


def _leave_hierarchy(context: OperationContext, units: Iterable[str], hierarchy: str) -> None:
    if hierarchy == tracks.MAIN:
        context.fault("one-root", "a unit needs a parent in the main hierarchy; name one, or close it")
        return
    leaving = set(units)
    for unit in units:
        left = [child for child in context.structure.children(unit, hierarchy) if child not in leaving]
        if left:
            context.fault("live-parent", f"it would leave {hierarchy!r} with children ({quoted(left)})", unit)
    order = sorted(leaving, key=lambda unit: (-context.structure.depth(unit, hierarchy), unit))
    context.events.extend(Change(unit, tracks.parent_track(hierarchy), None) for unit in order)


# ---- name, code, kind, any fact


@frozen
class Rename(Operation[None]):
    """A renaming (đổi tên): the unit goes on under another name.

    Attributes:
        unit: the unit, or the id of a cluster.
        to: the name, composed Unicode.

    Raises:
        InvalidAct: the unit does not exist; the name is empty or not composed.

    >>> from orgmodel.history.history import structure_of
    >>> rename(structure_of([{"id": "vn"}], day="2025-01-01"), "vn", "Việt Nam")
    (Change(subject='vn', track='name', value='Việt Nam', slot=None, until=None),)
    """

    name = "rename"
    unit: arg.One = field(converter=arg.one)
    to: str = field(alias="name")

    def resolve(self, at: Point) -> Events:
        """The change; none if nothing changes."""
        context, subject = OperationContext(at), self.unit
        try:
            at.structure.value(subject, tracks.LIFE)
        except UnitError:
            context.live(subject)
        if not self.to:
            context.fault("text", "a name is a text that is not empty", subject)
        text = _text(context, subject, tracks.NAME, self.to, "rename")
        return context.done(f"a renaming of {subject!r} on {at.day}", text)


@frozen
class Recode(Operation[None]):
    """A recoding (đổi mã): the unit goes on with another code, or with None without a code.

    Codes are checked for uniqueness at the end of the day, so that units may exchange codes in one act.

    Attributes:
        unit: the unit.
        code: composed Unicode.

    Raises:
        InvalidAct: the unit does not exist; the code is empty or not composed.

    >>> from orgmodel.history.history import structure_of
    >>> recode(structure_of([{"id": "p"}], day="2025-01-01"), "p", "24")
    (Change(subject='p', track='code', value='24', slot=None, until=None),)
    """

    name = "recode"
    unit: arg.One = field(converter=arg.one)
    code: str | None

    def resolve(self, at: Point) -> Events:
        """The change; none if nothing changes."""
        context, subject = OperationContext(at), self.unit
        context.live(subject)
        if self.code == "":
            context.fault("text", "a code is a text that is not empty; None takes the code away", subject)
        text = _text(context, subject, tracks.CODE, self.code, "recode")
        return context.done(f"a recoding of {subject!r} on {at.day}", text)


@frozen
class Reclassify(Operation[None]):
    """A reclassification (chuyển loại): units go on with another kind or category.

    Attributes:
        units: ids or a selection.
        kind: the new kind; None: as before.
        category: the new category; None: as before.

    Raises:
        InvalidAct: a unit does not exist, the schema does not know the kind, neither is stated.

    >>> from orgmodel.history.history import structure_of
    >>> reclassify(structure_of([{"id": "c"}], day="2025-01-01"), "c", category="phường")
    (Change(subject='c', track='category', value='phường', slot=None, until=None),)
    """

    name = "reclassify"
    units: arg.Units = field(converter=arg.chosen)
    kind: str | None = field(default=None, kw_only=True)
    category: str | None = field(default=None, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes."""
        context, kind, category = OperationContext(at), self.kind, self.category
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        if kind is None and category is None:
            context.fault("reclassify", "neither a kind nor a category is stated", *units)
        for unit in units:
            if kind is not None and context.known_kind(kind, unit):
                _text(context, unit, tracks.KIND, kind, "reclassify")
            if category is not None:
                _text(context, unit, tracks.CATEGORY, category, "reclassify")
        words = " ".join(word for word in (kind, category) if word)
        return context.done(
            f"a reclassification of {plural(len(units), 'unit')} on {at.day}",
            f"reclassify {context.labels(units, ', ')} as {words}",
        )


@frozen
class ChangeFact(Operation[None]):
    """A change (thay đổi): from the day on, any dated fact of a unit or cluster has another value.

    For facts without a verb of their own. The operation only checks that the subject exists.

    Attributes:
        subject: id of the unit or cluster.
        track: the fact.
        value: the new value; None if the fact no longer holds.
        slot: which of several values of the same fact.
        until: first day on which it no longer holds; None for an open end.

    Raises:
        InvalidAct: the subject does not exist, or ``until`` is no day after that of the act.

    >>> from orgmodel.history.history import structure_of
    >>> change(structure_of([{"id": "c"}], day="2025-01-01"), "c", "fact:seat", "Bắc Giang")
    (Change(subject='c', track='fact:seat', value='Bắc Giang', slot=None, until=None),)
    """

    name = "change"
    subject: arg.One = field(converter=arg.one)
    track: str
    value: arg.Value
    slot: arg.Value = None
    until: arg.Day = field(default=None, converter=arg.day)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context, subject = OperationContext(at), self.subject
        try:
            at.structure.value(subject, tracks.LIFE)
        except UnitError:
            context.live(subject)
        if not is_text(self.track):
            context.fault("track", f"a fact is named by a text, not {self.track!r}", subject)
        until = context.until(self.until, "a fact", subject)
        context.events.append(Change(subject, self.track, self.value, self.slot, until))
        shown = "nothing" if self.value is None else self.value
        return context.done(
            f"a change of {subject!r} on {at.day}", f"{self.track} of {context.label(subject)}: {shown}"
        )


def _text(context: OperationContext, subject: str, track: str, value: str | None, verb: str) -> str:
    """Add the change of a text, unless the value is the same already; returns the operation in words."""
    if value is not None and not isinstance(value, str):
        context.fault("text", f"a {track} is a text, not {value!r}", subject)
        return ""
    if value is not None and not unicodedata.is_normalized("NFC", value):
        context.fault(
            "composed-unicode",
            f"the {track} {value!r} is not composed (NFC); pass unicodedata.normalize('NFC', text)",
            subject,
        )
        return ""
    if context.faults:
        return ""
    before = context.structure.value(subject, track)
    if before == value:
        context.note("no-change", f"its {track} is {value!r} already", subject)
    else:
        context.events.append(Change(subject, track, value))
    return f"{verb} {context.label(subject)} {'without' if value is None else 'as'} {value or track}"


# ---- figures


@frozen
class Record(Operation[None]):
    """A measurement (số liệu): from the day on, a figure of the unit has another value.

    Attributes:
        unit: the unit.
        measure: id of the measure.
        value: a number or a Quantity; None: unknown. A measure of type category takes any value.
        scope: ``own`` for the unit itself, ``subtree`` for a figure of the unit and all below it (totals add own figures
            only).

    Raises:
        InvalidAct: the unit does not exist, an unknown measure or scope, a negative or fractional count, no number.

    >>> from orgmodel.history.history import structure_of
    >>> record(structure_of([{"id": "c"}], day="2025-01-01"), "c", "members", Quantity(30, "about"))
    (Change(subject='c', track='measure:members', value=Quantity(about 30), slot='own', until=None),)
    """

    name = "record"
    unit: arg.One = field(converter=arg.one)
    measure: str
    value: arg.Figure
    scope: str = field(default=tracks.OWN, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change; none if nothing changes."""
        context, subject, measure = OperationContext(at), self.unit, self.measure
        context.live(subject)
        change = _figure(context, subject, measure, self.value, self.scope)
        if change is not None and not context.faults:
            before = at.structure.slots(subject, change.track).get(self.scope)
            # The same number of a subtree is a statement of its own: it is about the units that are below on this day.
            if before is not None and before == change.value and self.scope == tracks.OWN:
                context.note("no-change", f"its {measure!r} is {self.value} already", subject)
            else:
                context.events.append(change)
        shown = "unknown" if self.value is None else self.value
        text = "" if context.faults else f"record {measure} of {context.label(subject)}: {shown}"
        return context.done(f"a measurement of {subject!r} on {at.day}", text)


@frozen
class Adjust(Operation[None]):
    """A relative change (tăng, giảm) of a number: three members admitted, five left.

    It reads the known figure and writes the sum, so a figure of an earlier day that becomes known later changes the sum
    as well. Unknown plus 3 stays unknown, with its bounds moved; more than 40 plus 3 is more than 43.

    Attributes:
        unit: the unit.
        measure: id of a measure that is a number.
        by: the number to add; negative to subtract.
        scope: ``own`` or ``subtree``.

    Raises:
        InvalidAct: the unit does not exist, no such measure, no number, or a count would be negative.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "c", "members": 30}], day="2025-01-01")
    >>> adjust(s, "c", "members", 3)
    (Change(subject='c', track='measure:members', value=33, slot='own', until=None),)
    """

    name = "adjust"
    unit: arg.One = field(converter=arg.one)
    measure: str
    by: arg.Figure
    scope: str = field(default=tracks.OWN, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change; none if nothing changes."""
        context, subject, measure = OperationContext(at), self.unit, self.measure
        number = self.by.value if isinstance(self.by, Quantity) else self.by
        if isinstance(number, bool) or not isinstance(number, Number):
            context.fault("measure", f"{measure!r} is changed by a number, not by {self.by!r}", subject)
        declared = at.structure.measures.get(measure)
        if declared is not None and declared.type == "category":
            message = f"{measure!r} is no number and cannot grow or shrink; record its new value"
            context.fault("measure", message, subject)
        if context.live(subject) and not context.faults:
            # Measures without a declaration count, here as in successions.
            self._add_change(context, counts=declared is None or declared.type == "count")
        text = "" if context.faults else f"adjust {measure} of {context.label(subject)} by {self.by}"
        return context.done(f"a change of {measure!r} of {subject!r} on {at.day}", text)

    def _add_change(self, context: OperationContext, *, counts: bool) -> None:
        """Add the change of the figure; a note if it stays the same, a fault if it cannot be."""
        subject, measure = self.unit, self.measure
        before = context.structure.slots(subject, tracks.measure_track(measure)).get(self.scope)
        if before is None:
            now = NOTHING_STATED if counts else UNKNOWN
        else:
            # Not the row itself: a figure of a subtree says something else once units have left or come.
            now = context.structure.measure(subject, measure, self.scope)
        after = _not_negative(now + self.by) if counts else now + self.by
        change = _figure(context, subject, measure, after, self.scope)
        if change is None:
            return
        if counts and isinstance(change.value, Number) and change.value < 0:
            context.fault("count", f"{measure!r} counts; {change.value!r} is negative", subject)
        elif before is not None and before == change.value:
            context.note("no-change", f"its {measure!r} stay as they are", subject)
        elif before is None and change.value == UNKNOWN:
            context.note("no-change", f"its {measure!r} are not known and stay so", subject)
        else:
            context.events.append(change)


def _not_negative(count: Quantity) -> Quantity:
    """A count; of an unknown one the lower bound is at least 0."""
    if count.value is not None or count.low is None or count.low >= 0:
        return count
    return Quantity.unknown(low=0, high=count.high)


def _figures(context: OperationContext, unit: str, measures: Iterable[tuple[str, Any]]) -> None:
    """Add the own figures of a unit that begins."""
    for measure, value in measures:
        change = _figure(context, unit, measure, value, tracks.OWN)
        if change is not None:
            context.events.append(change)


def _figure(context: OperationContext, unit: str, measure: str, value: Any, scope: str) -> Change | None:
    """The change of a figure; None and faults if the measure cannot have it."""
    faults = len(context.faults)
    declared = context.structure.measures.get(measure)
    if context.structure.measures and declared is None:
        message = f"there is no measure {measure!r} (there are {', '.join(context.structure.measures)})"
        context.fault("measure", message, unit)
    if scope not in (tracks.OWN, tracks.SUBTREE):
        context.fault("measure", f"the scope is own or subtree, not {scope!r}", unit)
    value = UNKNOWN if value is None else value
    value = as_figure(value, declared)
    if declared is None or declared.type != "category":
        fault = figure_fault(measure, value, declared)
        if fault is not None:
            context.fault(*fault, unit)
    if len(context.faults) > faults:
        return None
    return Change(unit, tracks.measure_track(measure), value.plain if isinstance(value, Quantity) else value, scope)


create = function(Create)
reestablish = function(Reestablish)
close = function(Close)
abolish_level = function(AbolishLevel)
reassign = function(Reassign)
rename = function(Rename)
recode = function(Recode)
reclassify = function(Reclassify)
change = function(ChangeFact)
record = function(Record)
adjust = function(Adjust)
