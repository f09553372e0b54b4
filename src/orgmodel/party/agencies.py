"""Functions of agencies and their merging; founding organisations, ending bodies, moving what stood under them.

A function of a committee (propaganda, mass mobilisation, organisation) is done by agencies
under it: ``fact:function`` of the agency, slot the function, value ``lead`` or ``part``. Each
function has exactly one lead (rule C04 of the rulebook looks at the same facts).

:func:`merge_bodies` makes one agency of several, with the functions of all (Ban Tuyên giáo and
Ban Dân vận). :func:`replace_bodies` ends bodies (đảng đoàn, ban cán sự đảng, đảng ủy khối), founds
new organisations (Đảng bộ các cơ quan Đảng, Đảng bộ UBND) and gives each of these the organisations
that a selection chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Closure, Creation, Event
from orgmodel.errors import Ambiguous, Finding, InvalidAct, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.fact import fact_track
from orgmodel.model.unit import Unit
from orgmodel.party.kinds import AGENCY
from orgmodel.party.tracks import LEAD, PART
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

FUNCTION: Final = fact_track("function")
Share = Literal["lead", "part"]


# ---- functions


def assign(agency: str, functions: Mapping[str, Share] | Iterable[str]) -> tuple[Change, ...]:
    """The changes that give functions to an agency; it leads them unless ``part`` is said.

    >>> assign("btg", ["propaganda"])
    (Change(subject='btg', track='fact:function', value='lead', slot='propaganda', until=None),)
    """
    shares = functions if isinstance(functions, Mapping) else dict.fromkeys(functions, "lead")
    faults = [
        Finding("function", f"the share in {name!r} is {share!r}; it is {LEAD} or {PART}", (agency,))
        for name, share in shares.items()
        if share not in (LEAD, PART)
    ]
    if faults:
        raise InvalidAct(f"functions of {agency!r}", faults)
    return tuple(Change(agency, FUNCTION, share, name) for name, share in shares.items())


def functions(structure: Structure, agency: str) -> dict[str, str]:
    """Function -> ``lead`` or ``part``, of one agency on the day, by function.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: it does not live on the day.
    """
    return {name: share for name, share in sorted(structure.slots(agency, FUNCTION).items()) if share is not None}


def is_agency(structure: Structure, unit: str) -> bool:
    """Whether a unit is an agency: of a kind that the schema says is one, or of the kind ``agency``."""
    kind = structure.value(unit, tracks.KIND)
    return kind == AGENCY or structure.schema.is_agency(kind)


def agencies(structure: Structure, committee: str) -> tuple[str, ...]:
    """Ids of the agencies directly under an organisation, in order of creation.

    A steering committee is none: it is a fact of the organisation, not a unit.
    """
    return tuple(unit for unit in structure.children(committee) if is_agency(structure, unit))


def functions_under(structure: Structure, committee: str) -> dict[str, dict[str, str]]:
    """Function -> agency -> ``lead`` or ``part``, of all agencies directly under an organisation."""
    found: dict[str, dict[str, str]] = {}
    for agency in agencies(structure, committee):
        for name, share in functions(structure, agency).items():
            found.setdefault(name, {})[agency] = share
    return dict(sorted(found.items()))


def lead(structure: Structure, committee: str, function: str) -> str:
    """The id of the one agency that leads a function of an organisation.

    Raises:
        Ambiguous: no agency leads it, or several do.
    """
    doing = functions_under(structure, committee).get(function, {})
    leading = [agency for agency, share in doing.items() if share == LEAD]
    if len(leading) != 1:
        found = f"{len(leading)} agencies lead it: {', '.join(leading)}" if leading else "no agency leads it"
        raise Ambiguous(f"the lead of {function!r}", [Finding("C04", found, (committee, *leading), day=structure.day)])
    return leading[0]


def lead_findings(structure: Structure, committee: str, expected: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Functions of an organisation that have no lead, or more than one.

    Args:
        structure: the day.
        committee: id of the organisation.
        expected: functions that must be there, besides those that some agency has.
    """
    doing = functions_under(structure, committee)
    found: list[Finding] = []
    for name in dict.fromkeys((*doing, *expected)):
        leading = [agency for agency, share in doing.get(name, {}).items() if share == LEAD]
        if len(leading) != 1:
            said = f"{len(leading)} leads: {', '.join(leading)}" if leading else "no lead"
            found.append(Finding("C04", f"the function {name!r} has {said}", (committee, *leading), day=structure.day))
    return tuple(found)


def united(structure: Structure, bodies: Iterable[str]) -> dict[str, Share]:
    """Function -> share, of several agencies together: led if one of them leads it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: one does not live on the day.
    """
    union: dict[str, Share] = {}
    for unit in dict.fromkeys(bodies):
        for name, share in functions(structure, unit).items():
            union[name] = "lead" if LEAD in (share, union.get(name)) else "part"
    return dict(sorted(union.items()))


def merge_bodies(act: Draft, bodies: Sequence[str], *, into: Unit, **choices: Any) -> str:
    """The id of the one agency that several become in a draft, with the functions of all.

    It leads what one of them led; what all of them had only a part in stays a part.

    Args:
        act: the draft; the merger and the functions are added to it.
        bodies: ids of at least two agencies.
        into: what the new agency shall be.
        choices: the other choices of a merger, as :meth:`orgmodel.acts.draft.Draft.merge` takes them.

    Raises:
        InvalidAct, Ambiguous: as for any merger, with every fault.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "p", "kind": "province"}, *({"id": i, "kind": "agency", "parent": "p"} for i in ("btg", "bdv"))]
    >>> history = history_of(rows, day="2024-01-01")
    >>> with history.draft("2025-02-03") as act:
    ...     act.add(*assign("btg", ["propaganda"]), *assign("bdv", ["mass mobilisation"]))
    ...     new = merge_bodies(act, ["btg", "bdv"], into=Unit("btgdv", name="Ban Tuyên giáo và Dân vận"))
    >>> lead(history.enact(act).at("2025-02-03"), "p", "mass mobilisation")
    'btgdv'
    """
    union = united(act.structure, bodies)
    new = act.merge(bodies, into=into, **choices)
    act.add(*assign(new, union))
    return new


def _dead(structure: Structure, units: Iterable[str]) -> list[Finding]:
    faults: list[Finding] = []
    for unit in dict.fromkeys(units):
        try:
            structure.unit(unit)
        except UnitError as error:
            faults.append(Finding("live", str(error), (unit,), structure.day))
    return faults


# ---- ending bodies, founding organisations


@frozen
class Founding:
    """An organisation to be founded, and what it receives.

    Attributes:
        unit: the new organisation, with its id and parent.
        receives: which organisations of the bodies that end go to it.
    """

    unit: Unit
    receives: Selection


def replace_bodies(
    structure: Structure,
    ending: Iterable[str],
    foundings: Iterable[Founding],
    *,
    rest: str | None = None,
    founded_by: str | None = None,
) -> tuple[Event, ...]:
    """The events that found organisations, give them what stood under bodies, and end these bodies.

    Every unit directly under a body that ends goes to exactly one place. An organisation
    founded anew has no predecessor: founding is not merging, so no links are made. Units
    that a selection chooses and that stand elsewhere move too: a selection says what
    an organisation receives, not only from whom.

    Args:
        structure: the day before it.
        ending: ids of the bodies that end; agencies under them end with them if they
            have nothing below.
        foundings: the new organisations with what they receive.
        rest: id of a unit, live or founded, that takes what no selection chooses.
        founded_by: id of the organisation whose committee decides (rule A07: the one
            above); recorded as ``fact:founded_by`` and ``fact:dissolved_by``.

    Raises:
        InvalidAct: with every fault: a body that does not live, a new organisation without
            an id or parent, one that would receive itself or something above it.
        Ambiguous: with every unit that no selection chooses, or several do.

    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.structure.selection import select
    >>> rows = [{"id": "p"}, {"id": "k", "parent": "p"}, {"id": "x", "parent": "k"}, {"id": "y", "parent": "k"}]
    >>> events = replace_bodies(structure_of(rows, day="2025-02-01"), ["k"],
    ...     [Founding(Unit("new", parent="p"), select(ids=["x"]))], rest="p")
    >>> [event.type for event in events]
    ['creation', 'reassignment', 'reassignment', 'closure']
    """
    gone = tuple(dict.fromkeys(ending))
    new = tuple(foundings)
    what = "bodies that end and organisations that are founded"
    faults = _dead(structure, gone)
    ids = [founding.unit.id for founding in new]
    for founding in new:
        one = founding.unit
        if not one.id or one.id in structure or ids.count(one.id) > 1:
            faults.append(Finding("id", f"{one.label!r} needs an id of its own", (one.id,) if one.id else ()))
        if one.parent is None or (one.parent not in structure and one.parent not in ids):
            faults.append(Finding("live-parent", f"{one.label!r} needs a live unit above it, not {one.parent!r}"))
        elif one.parent in gone:
            faults.append(Finding("live-parent", f"{one.label!r} would stand under {one.parent!r}, which ends"))
    if rest is not None and (rest in gone or (rest not in structure and rest not in ids)):
        faults.append(Finding("live", f"{rest!r} does not go on and cannot take the rest", (rest,)))
    if founded_by is not None:
        faults += _dead(structure, [founded_by])
    if faults:
        raise InvalidAct(what, faults)
    ending_agencies = {unit for body in gone for unit in agencies(structure, body) if not structure.children(unit)}
    going = [u for body in gone for u in structure.children(body) if u not in gone and u not in ending_agencies]
    targets: dict[str, list[str]] = {unit: [] for unit in going}
    for founding in new:
        for unit in structure.select(founding.receives):
            if unit not in gone and unit not in ending_agencies:
                targets.setdefault(unit, []).append(founding.unit.id)
    unclear: list[Finding] = []
    for unit, found in targets.items():
        if len(found) > 1:
            unclear.append(
                Finding("one-place", f"{unit!r} is chosen for {', '.join(found)}; choose one", (unit,), structure.day)
            )
        elif not found and rest is None:
            unclear.append(
                Finding("one-place", f"no selection chooses {unit!r}; say where it goes", (unit,), structure.day)
            )
    if unclear:
        raise Ambiguous(what, unclear)
    places = {unit: found[0] if found else str(rest) for unit, found in targets.items()}
    above = {
        ancestor for one in new for ancestor in (one.unit.parent, *_ancestors(structure, one.unit.parent)) if ancestor
    }
    loops = [
        Finding("no-cycle", f"{unit!r} stands above {place!r} and cannot go under it", (unit,), structure.day)
        for unit, place in places.items()
        if place in ids and unit in above
    ]
    if loops:
        raise InvalidAct(what, loops)
    events: list[Event] = [Creation(founding.unit) for founding in new]
    if founded_by is not None:
        events += [Change(one, fact_track("founded_by"), founded_by) for one in ids]
    events += [Change(unit, tracks.PARENT, place) for unit, place in places.items() if structure.parent(unit) != place]
    closing = (*(a for a in structure if a in ending_agencies), *_lowest_first(structure, gone))
    if founded_by is not None:
        events += [Change(one, fact_track("dissolved_by"), founded_by) for one in closing]
    events += [Closure(one) for one in closing]
    return tuple(events)


def _ancestors(structure: Structure, unit: str | None) -> tuple[str, ...]:
    return structure.ancestors(unit) if unit is not None and unit in structure else ()


def _lowest_first(structure: Structure, units: Sequence[str]) -> list[str]:
    """Bodies under bodies end before them."""
    return sorted(units, key=lambda unit: -structure.depth(unit))


def one_of_each(
    structure: Structure, kind: str, categories: Iterable[str], *, rule: str = "B07"
) -> tuple[Finding, ...]:
    """Units of a kind that have not exactly one unit of each category directly under them.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "p", "kind": "province"}, {"id": "a", "parent": "p", "category": "đảng bộ UBND"}], day="2025-03-01")
    >>> one_of_each(s, "province", ["đảng bộ UBND"])
    ()
    """
    wanted = tuple(categories)
    found: list[Finding] = []
    for unit in structure.select(kind):
        under = [structure.value(child, tracks.CATEGORY) for child in structure.children(unit)]
        for category in wanted:
            if under.count(category) != 1:
                found.append(
                    Finding(rule, f"it has {under.count(category)} x {category!r}, not one", (unit,), structure.day)
                )
    return tuple(found)


def direct_organisations(structure: Structure, unit: str, besides: str | None = None) -> tuple[str, ...]:
    """Ids of the organisations directly under a unit: its children that are no agencies.

    Args:
        structure: the day.
        unit: id of the unit.
        besides: leave out those of this kind (``"commune"``).
    """
    return tuple(
        child
        for child in structure.children(unit)
        if not is_agency(structure, child) and (besides is None or structure.value(child, tracks.KIND) != besides)
    )
