"""One unit at a time: its beginning and end, its place, what is said of it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral
from typing import Any

from attrs import evolve

from orgmodel.acts.events import Change, Closure, Creation, Event
from orgmodel.acts.operation import Events
from orgmodel.acts.operations import fates
from orgmodel.acts.operations.desk import Chosen, Desk, Under, plural, quoted
from orgmodel.errors import UnitEnded, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.measure import UNKNOWN, Number, Quantity
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

NewParents = str | Unit | Mapping[str, str] | Callable[[Structure, str], str | None] | None
"""Where children of a unit that closes go: one parent for all, child (or closing unit) -> parent, or a function."""


# ---- beginning


def create(
    structure: Structure,
    unit: Unit,
    *,
    under: Under = None,
    first_known: bool = False,
    measures: Mapping[str, Quantity | Number | None] | None = None,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A creation (thành lập): a unit begins.

    Args:
        structure: the structure before.
        unit: what it shall be; an id that is left out is derived.
        under: its parent, or hierarchy -> parent, unless the unit states it. A unit
            without a parent is the root of its hierarchy.
        first_known: True if it is older and only first seen on this day.
        measures: measure -> own value; None says that it is not known.
        act_id: id of the act, from which ids are derived.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a used id, a parent that does not live, a second root, an unknown kind ...

    >>> from orgmodel.history.history import structure_of
    >>> events = create(structure_of([{"id": "vn"}], day="2025-01-01"), Unit("p", name="Land"), under="vn")
    >>> events[0].what.parent, events.text
    ('vn', 'create Land')
    """
    desk = Desk(structure, act_id, position)
    unit = _begin(desk, unit, under, first_known=first_known)
    for measure, value in (measures or {}).items():
        change = _figure(desk, unit.id, measure, value, tracks.OWN)
        if change is not None:
            desk.events.append(change)
    return desk.done(f"the creation of {unit.label!r} on {structure.day}", f"create {unit.label}", [unit.id])


def reestablish(
    structure: Structure,
    old: str,
    unit: Unit,
    *,
    under: Under = None,
    measures: Mapping[str, Quantity | Number | None] | None = None,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A re-establishment (tái lập): a new unit takes up one that has ended; lineage links them.

    The new unit has an id of its own, as an id is never used again. What it shall be is
    stated in full: nothing is taken over from the old one.

    Args:
        structure: the structure before.
        old: id of the unit that has ended.
        unit: what the new one shall be; an id that is left out is derived.
        under: its parent, or hierarchy -> parent, unless the unit states it.
        measures: measure -> own value.
        act_id: id of the act, from which ids are derived.
        position: index in the act of the first event.

    Raises:
        InvalidAct: the old unit lives or never did; as :func:`create`.
    """
    desk = Desk(structure, act_id, position)
    if old in structure:
        desk.fault("re-established", "it lives and cannot be re-established; split_off or rename may be meant", old)
    else:
        try:
            structure.unit(old)
        except UnitEnded:
            pass
        except UnitError as error:
            desk.fault("re-established", f"{error}; only a unit that has ended can be re-established", old)
    if unit.id and unit.id == old:
        desk.fault("id-once", "the re-established unit needs an id of its own; an id is never used again", old)
        unit = evolve(unit, id="")
    unit = _begin(desk, unit, under, reestablishes=old)
    for measure, value in (measures or {}).items():
        change = _figure(desk, unit.id, measure, value, tracks.OWN)
        if change is not None:
            desk.events.append(change)
    return desk.done(
        f"the re-establishment of {old!r} on {structure.day}", f"re-establish {unit.label} ({old})", [unit.id]
    )


def _begin(
    desk: Desk, unit: Unit, under: Under, *, first_known: bool = False, reestablishes: str | None = None
) -> Unit:
    """Put the creation on the desk, with the places in further hierarchies."""
    if unit.id:
        desk.fresh(unit.id)
    else:
        unit = evolve(unit, id=desk.derive([reestablishes or "", unit.name or "", unit.code or "", unit.kind or ""]))
    desk.known_kind(unit.kind, unit.id)
    desk.hierarchy(unit.hierarchy)
    faults = len(desk.faults)
    places = desk.under(under)
    if unit.parent is not None:
        desk.live(unit.parent, "parent")
        if places.setdefault(unit.hierarchy, unit.parent) != unit.parent:
            desk.fault("parent", f"its parent is stated as {unit.parent!r} and as {places[unit.hierarchy]!r}", unit.id)
    first = unit.hierarchy if unit.hierarchy in places or not places else next(iter(places))
    parent = places.pop(first, None)
    root = desk.root(first) if first in desk.structure.hierarchies else None
    if parent is None and root is not None and len(desk.faults) == faults:
        desk.fault("one-root", f"{first!r} has a root already, {root!r}; state the parent in under=", unit.id)
    for hierarchy, above in ((first, parent), *places.items()):
        if above in desk.structure and hierarchy in desk.structure.hierarchies:
            _in_hierarchy(desk, str(above), hierarchy)
    unit = evolve(unit, parent=parent, hierarchy=first)
    desk.events.append(Creation(unit, first_known, reestablishes))
    desk.events.extend(Change(unit.id, tracks.parent_track(h), above) for h, above in places.items())
    return unit


def _in_hierarchy(desk: Desk, parent: str, hierarchy: str) -> bool:
    if desk.place(parent, hierarchy) is not None:
        return True
    desk.fault("live-parent", f"the parent {parent!r} is not in the hierarchy {hierarchy!r}", parent)
    return False


# ---- end


def close(
    structure: Structure,
    units: Chosen,
    *,
    children_to: NewParents = None,
    close_agencies: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A closure (giải thể, kết thúc hoạt động): units end without a successor.

    Args:
        structure: the structure before.
        units: units that end. A unit and all below it may be closed together.
        children_to: where live children go: one parent, child -> parent, or a function of
            (structure, child).
        close_agencies: whether agencies of the schema end with their units.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a unit that does not live, a new parent that ends too ...
        Ambiguous: children are left; each is listed.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "d", "parent": "vn"}, {"id": "c", "parent": "d"}], day="2025-01-01")
    >>> close(s, "d", children_to="vn")
    (Change(subject='c', track='parent', value='vn', slot=None, until=None), Closure(subject='d'))
    """
    desk = Desk(structure, act_id, position)
    chosen = [unit for unit in desk.ids(units) if desk.live(unit)]
    _close(desk, chosen, children_to, close_agencies, None)
    return desk.done(
        f"a closure of {plural(len(chosen), 'unit')} on {structure.day}", f"close {desk.labels(chosen, ', ')}"
    )


def abolish_level(
    structure: Structure,
    kind: str,
    *,
    mapping: NewParents = None,
    close_agencies: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """The end of a level (bỏ cấp): each unit of a kind closes, its children move up.

    A child goes to the nearest ancestor that remains, or where ``mapping`` says.

    Args:
        structure: the structure before.
        kind: the kind that ends.
        mapping: one parent for all, child -> parent, closing unit -> parent of its
            children, or a function of (structure, child); where it says nothing (None or
            no entry), the nearest remaining ancestor.
        close_agencies: whether agencies of the schema end with their units.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: there is no unit of the kind, a new parent that ends too, a child
            with no ancestor that remains ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "d", "kind": "district", "parent": "vn"}, {"id": "c", "parent": "d"}]
    >>> events = abolish_level(structure_of(rows, day="2025-01-01"), "district")
    >>> [event.type for event in events], events.text
    (['reassignment', 'closure'], 'abolish the level district: 1 unit')
    """
    desk = Desk(structure, act_id, position)
    chosen = list(structure.select(kind=kind))
    if not chosen:
        known = ", ".join(name for name in structure.counts() if name)
        desk.fault("nothing-chosen", f"there is no unit of kind {kind!r} on {structure.day} (there are {known})")
    ending = set(chosen)
    above: dict[tuple[str, str], str | None] = {}

    def nearest(unit: str, hierarchy: str) -> str | None:
        if (unit, hierarchy) not in above:
            remaining = (a for a in structure.ancestors(unit, hierarchy) if a not in ending)
            above[unit, hierarchy] = next(remaining, None)
        return above[unit, hierarchy]

    _close(desk, chosen, mapping, close_agencies, nearest)
    return desk.done(
        f"the end of the level {kind!r} on {structure.day}",
        f"abolish the level {kind}: {plural(len(chosen), 'unit')}",
    )


def _close(
    desk: Desk,
    chosen: list[str],
    children_to: NewParents,
    close_agencies: bool,
    otherwise: Callable[[str, str], str | None] | None,
) -> None:
    """Put the moves of the children and then the closures on the desk, the lowest first."""
    structure = desk.structure
    if close_agencies:
        chosen = [*chosen, *_agencies_below(structure, chosen)]
    ending = dict.fromkeys(chosen)
    said = _NewParents(desk, children_to, ending)
    moves: list[Event] = []
    children: set[str] = set()
    # What stands above a new parent that is fit to be one: many children go to the same.
    fit: dict[tuple[str, str], frozenset[str]] = {}
    for unit in ending:
        for hierarchy in structure.hierarchies:
            track = tracks.parent_track(hierarchy)
            for child in structure.children(unit, hierarchy):
                children.add(child)
                if child in ending:
                    continue
                home = said.of(child, unit) or (otherwise(unit, hierarchy) if otherwise is not None else None)
                if home is None:
                    desk.ask("children", f"say where this child of {unit!r} goes (children_to=, mapping=)", child, unit)
                    continue
                above = fit.get((home, hierarchy))
                if above is None or child in above:
                    if not _stands(desk, home, child, hierarchy, ending):
                        continue
                    fit[home, hierarchy] = frozenset((home, *structure.ancestors(home, hierarchy)))
                moves.append(Change(child, track, home))
    said.check(children)
    desk.events.extend(moves)
    for unit in ending:
        _reports(desk, unit)
    # The lowest first: a unit that closes has no live child then. What is lowest in one hierarchy may be highest in
    # another, so that those that close together first leave the others.
    for hierarchy in structure.hierarchies[1:]:
        below = [unit for unit in ending if structure.parent(unit, hierarchy) in ending]
        below.sort(key=lambda unit: -structure.depth(unit, hierarchy))
        desk.events.extend(Change(unit, tracks.parent_track(hierarchy), None) for unit in below)
    desk.events.extend(Closure(unit) for unit in sorted(ending, key=lambda unit: -structure.depth(unit)))


def _agencies_below(structure: Structure, units: Iterable[str]) -> list[str]:
    found: list[str] = []
    stack = list(units)
    while stack:
        for child in structure.children(stack.pop()):
            if structure.schema.is_agency(structure.value(child, tracks.KIND)):
                found.append(child)
                stack.append(child)
    return found


class _NewParents:
    """What the caller says about where children go, and whether all of it was of use."""

    def __init__(self, desk: Desk, said: NewParents, ending: Collection[str]) -> None:
        self.desk, self.ending = desk, ending
        self.said: Mapping[str, str] | Callable[[Structure, str], str | None] | str | None
        self.said = said.id if isinstance(said, Unit) else said
        if isinstance(self.said, str) and not desk.live(self.said, "new parent"):
            self.said = None

    def of(self, child: str, unit: str) -> str | None:
        said = self.said
        if said is None or isinstance(said, str):
            return said
        if callable(said):
            return said(self.desk.structure, child)
        return said.get(child) or said.get(unit)

    def check(self, children: Collection[str]) -> None:
        if isinstance(self.said, Mapping):
            for key in self.said:
                if key not in children and key not in self.ending:
                    self.desk.fault("children", "it neither closes nor is a child of a unit that does", key)


def _stands(desk: Desk, home: str, child: str, hierarchy: str, ending: Collection[str]) -> bool:
    """Whether a child can stand under a new parent; faults if it cannot."""
    if home not in desk.structure:
        return desk.live(home, "new parent")
    if home in ending:
        desk.fault("live-parent", f"the new parent {home!r} of {child!r} closes as well; name one that remains", child)
        return False
    return _above_itself(desk, child, home, hierarchy) and _in_hierarchy(desk, home, hierarchy)


def _reports(desk: Desk, unit: str) -> None:
    """Notes on what ends with a unit that has no successor."""
    structure = desk.structure
    for measure in desk.counted:
        stated = structure.slots(unit, measure.track).get(tracks.OWN)
        if measure.type == "count" and stated is not None and Quantity.of(stated) != 0:
            desk.note("count-ends", f"its {measure.id!r} ({stated}) end with it", unit, severity="warning")
    for (post, seat), holder in sorted(structure.slots(unit, tracks.OFFICE).items()):
        desk.note("office-lapses", f"the office {post!r} (seat {seat}) of {holder!r} lapses", unit)
    for cluster in structure.clusters_of(unit):
        desk.note("membership-ends", f"it leaves cluster {cluster!r}", unit)
        for (role, seat), holder in structure.roles(cluster).items():
            if holder == unit:
                desk.note("role-lapses", f"it is {role} (seat {seat}) of cluster {cluster!r} and ends", unit)
    fates.ends(desk, unit)


# ---- place


def reassign(
    structure: Structure,
    units: Chosen,
    to: str | Unit | None,
    *,
    hierarchy: str = tracks.MAIN,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A reassignment (chuyển trực thuộc): units get another parent, with all that is below them.

    A unit that stands there already is passed over, with a note.

    Args:
        structure: the structure before.
        units: the units that move: ids or a selection.
        to: the new parent. None takes the units out of a hierarchy other than the main one.
        hierarchy: in which hierarchy; a unit that is not in it enters it.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a unit that does not live, a move under itself or below itself ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}, {"id": "c", "parent": "a"}]
    >>> reassign(structure_of(rows, day="2025-01-01"), "c", "b")
    (Change(subject='c', track='parent', value='b', slot=None, until=None),)
    """
    desk = Desk(structure, act_id, position)
    chosen = [unit for unit in desk.ids(units) if desk.live(unit)]
    parent = to.id if isinstance(to, Unit) else to
    known = desk.hierarchy(hierarchy)
    if parent is None:
        _leave_hierarchy(desk, chosen, hierarchy)
        return desk.done(f"a reassignment on {structure.day}", f"take {desk.labels(chosen, ', ')} out of {hierarchy}")
    text = ""
    if desk.live(parent, "new parent") and known and _in_hierarchy(desk, parent, hierarchy):
        for unit in chosen:
            if structure.parent(unit, hierarchy) == parent:
                desk.note("no-change", f"it stands under {parent!r} already", unit)
            elif _above_itself(desk, unit, parent, hierarchy):
                desk.events.append(Change(unit, tracks.parent_track(hierarchy), parent))
        _note_nested(desk, chosen, hierarchy)
        text = f"reassign {desk.labels(chosen, ', ')} to {desk.label(parent)}"
    return desk.done(f"a reassignment of {plural(len(chosen), 'unit')} on {structure.day}", text)


def _note_nested(desk: Desk, units: list[str], hierarchy: str) -> None:
    """Tell of units that would have come along with one above them and now move by themselves."""
    moving = set(units)
    for unit in units if len(units) > 1 else ():
        above = next((a for a in desk.structure.ancestors(unit, hierarchy) if a in moving), None)
        if above is not None:
            desk.note("nested", f"it stands below {above!r}, which moves as well, and moves by itself", unit, above)


def _above_itself(desk: Desk, unit: str, parent: str, hierarchy: str) -> bool:
    """Whether a unit may stand under a parent; a fault if it would stand above itself."""
    if unit == parent:
        desk.fault("no-cycle", "a unit cannot stand under itself; name another parent", unit)
        return False
    if unit in desk.structure.ancestors(parent, hierarchy):
        way = " under ".join([parent, *_up_to(desk.structure.ancestors(parent, hierarchy), unit)])
        desk.fault("no-cycle", f"it cannot move below itself ({way}); move {parent!r} away first", unit, parent)
        return False
    return True


def _up_to(units: Iterable[str], last: str) -> list[str]:
    found: list[str] = []
    for unit in units:
        found.append(unit)
        if unit == last:
            break
    return found


def _leave_hierarchy(desk: Desk, units: Iterable[str], hierarchy: str) -> None:
    if hierarchy == tracks.MAIN:
        desk.fault("one-root", "a unit needs a parent in the main hierarchy; name one, or close it")
        return
    leaving = set(units)
    for unit in units:
        left = [child for child in desk.structure.children(unit, hierarchy) if child not in leaving]
        if left:
            desk.fault("live-parent", f"it would leave {hierarchy!r} with children ({quoted(left)})", unit)
    order = sorted(leaving, key=lambda unit: (-desk.structure.depth(unit, hierarchy), unit))
    desk.events.extend(Change(unit, tracks.parent_track(hierarchy), None) for unit in order)


# ---- what is said of it


def rename(structure: Structure, unit: str | Unit, name: str, *, act_id: str = "", position: int = 0) -> Events:
    """A renaming (đổi tên): the unit goes on under another name.

    Args:
        structure: the structure before.
        unit: the unit, or the id of a cluster.
        name: composed Unicode.
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: the unit does not live; the name is empty or not composed.

    >>> from orgmodel.history.history import structure_of
    >>> rename(structure_of([{"id": "vn"}], day="2025-01-01"), "vn", "Việt Nam")
    (Change(subject='vn', track='name', value='Việt Nam', slot=None, until=None),)
    """
    desk = Desk(structure, act_id, position)
    subject = unit.id if isinstance(unit, Unit) else unit
    try:
        structure.value(subject, tracks.LIFE)
    except UnitError:
        desk.live(subject)
    if not name:
        desk.fault("text", "a name is a text that is not empty", subject)
    text = _text(desk, subject, tracks.NAME, name, "rename")
    return desk.done(f"a renaming of {subject!r} on {structure.day}", text)


def recode(structure: Structure, unit: str | Unit, code: str | None, *, act_id: str = "", position: int = 0) -> Events:
    """A recoding (đổi mã): the unit goes on under another code, or with None under none.

    That codes are unique is checked at the end of the day, so that units may exchange
    codes in one act.

    Args:
        structure: the structure before.
        unit: the unit.
        code: composed Unicode.
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: the unit does not live; the code is empty or not composed.

    >>> from orgmodel.history.history import structure_of
    >>> recode(structure_of([{"id": "p"}], day="2025-01-01"), "p", "24")
    (Change(subject='p', track='code', value='24', slot=None, until=None),)
    """
    desk = Desk(structure, act_id, position)
    subject = unit.id if isinstance(unit, Unit) else unit
    desk.live(subject)
    if code == "":
        desk.fault("text", "a code is a text that is not empty; None takes the code away", subject)
    text = _text(desk, subject, tracks.CODE, code, "recode")
    return desk.done(f"a recoding of {subject!r} on {structure.day}", text)


def reclassify(
    structure: Structure,
    units: Chosen,
    *,
    kind: str | None = None,
    category: str | None = None,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A reclassification (chuyển loại): units go on as another kind or category.

    Args:
        structure: the structure before.
        units: ids or a selection.
        kind: the new kind, as it is if None.
        category: the new category, as it is if None.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a unit does not live, the schema does not know the kind, nothing is stated.

    >>> from orgmodel.history.history import structure_of
    >>> reclassify(structure_of([{"id": "c"}], day="2025-01-01"), "c", category="phường")
    (Change(subject='c', track='category', value='phường', slot=None, until=None),)
    """
    desk = Desk(structure, act_id, position)
    chosen = [unit for unit in desk.ids(units) if desk.live(unit)]
    if kind is None and category is None:
        desk.fault("reclassify", "neither a kind nor a category is stated", *chosen)
    for unit in chosen:
        if kind is not None and desk.known_kind(kind, unit):
            _text(desk, unit, tracks.KIND, kind, "reclassify")
        if category is not None:
            _text(desk, unit, tracks.CATEGORY, category, "reclassify")
    what = " ".join(word for word in (kind, category) if word)
    return desk.done(
        f"a reclassification of {plural(len(chosen), 'unit')} on {structure.day}",
        f"reclassify {desk.labels(chosen, ', ')} as {what}",
    )


def _text(desk: Desk, subject: str, track: str, value: str | None, verb: str) -> str:
    """Put the change of a text on the desk, unless it is one no more; the operation in words."""
    if value is not None and not isinstance(value, str):
        desk.fault("text", f"a {track} is a text, not {value!r}", subject)
        return ""
    if value is not None and not unicodedata.is_normalized("NFC", value):
        desk.fault(
            "composed-unicode",
            f"the {track} {value!r} is not composed (NFC); pass unicodedata.normalize('NFC', text)",
            subject,
        )
        return ""
    if desk.faults:
        return ""
    before = desk.structure.value(subject, track)
    if before == value:
        desk.note("no-change", f"its {track} is {value!r} already", subject)
    else:
        desk.events.append(Change(subject, track, value))
    return f"{verb} {desk.label(subject)} {'without' if value is None else 'as'} {value or track}"


# ---- figures


def record(
    structure: Structure,
    unit: str | Unit,
    measure: str,
    value: Any,
    *,
    scope: str = tracks.OWN,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A measurement: from the day on, a number of the unit has another value.

    Args:
        structure: the structure before.
        unit: the unit.
        measure: id of the measure.
        value: a number or a Quantity; None says that it is not known. A measure of type
            category takes any value.
        scope: ``own`` for the unit itself, ``subtree`` for a number stated for it and all
            below it (totals add own numbers only).
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: the unit does not live, an unknown measure or scope, a count that is
            negative or a fraction, something that is no number.

    >>> from orgmodel.history.history import structure_of
    >>> record(structure_of([{"id": "c"}], day="2025-01-01"), "c", "members", Quantity(30, "about"))
    (Change(subject='c', track='measure:members', value=Quantity(about 30), slot='own', until=None),)
    """
    desk = Desk(structure, act_id, position)
    subject = unit.id if isinstance(unit, Unit) else unit
    desk.live(subject)
    change = _figure(desk, subject, measure, value, scope)
    if change is not None and not desk.faults:
        before = structure.slots(subject, change.track).get(scope)
        if before is not None and before == change.value:
            desk.note("no-change", f"its {measure!r} is {value} already", subject)
        else:
            desk.events.append(change)
    shown = "unknown" if value is None else value
    text = "" if desk.faults else f"record {measure} of {desk.label(subject)}: {shown}"
    return desk.done(f"a measurement of {subject!r} on {structure.day}", text)


def _figure(desk: Desk, unit: str, measure: str, value: Any, scope: str) -> Change | None:
    """The change that a measurement is; None and faults if it cannot be."""
    faults = len(desk.faults)
    declared = desk.structure.measures.get(measure)
    if desk.structure.measures and declared is None:
        desk.fault("measure", f"there is no measure {measure!r} (there are {', '.join(desk.structure.measures)})", unit)
    if scope not in (tracks.OWN, tracks.SUBTREE):
        desk.fault("measure", f"the scope is own or subtree, not {scope!r}", unit)
    if value is None:
        value = UNKNOWN
    if declared is None or declared.type != "category":
        if isinstance(value, Integral) and not isinstance(value, bool):
            value = int(value)
        number = value.value if isinstance(value, Quantity) else value
        if isinstance(number, bool) or not (number is None or isinstance(number, Number)):
            desk.fault("measure", f"{measure!r} is a number, not {value!r}", unit)
        elif isinstance(number, float) and not math.isfinite(number):
            desk.fault("measure", f"{measure!r} is a finite number, not {value!r}", unit)
        elif declared is not None and declared.type == "count" and number is not None:
            if number < 0 or number != int(number):
                desk.fault("count", f"{measure!r} counts; {number!r} is negative or a fraction", unit)
            elif isinstance(number, float) and isinstance(value, float):
                value = int(number)
    if len(desk.faults) > faults:
        return None
    if isinstance(value, Quantity) and value.is_exact:
        value = value.value
    return Change(unit, tracks.measure_track(measure), value, scope)
