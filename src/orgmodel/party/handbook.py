"""An organisation as of a day, as a history of its own without persons (sổ tay điện tử).

It holds the facts of a unit and of the units below it on a day, and their matters, with all sources, as acts of that
one day. Holders of offices, origins, ratings and discipline of persons are left out, and so are matters of kinds that
are about persons.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.matter import OTHER, Matter, names_person
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit
from orgmodel.party.ratings import RATED_UNDER
from orgmodel.party.tracks import RATED
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.matters import dossier
from orgmodel.structure.structure import Structure

__all__ = ["export"]

ABOUT_PERSONS: Final = ("discipline",)
"""Kinds of matters that are about persons."""

_OWN: Final = frozenset({tracks.LIFE, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE, tracks.LINK})


@strict
def export(history: History, unit: str, *, on: DayLike, below: bool = True) -> History:
    """A unit as of a day, with the units below it and the matters they take part in: a history of that day, no persons.

    Args:
        history: where it lives.
        unit: id of the unit, which becomes the root.
        on: the day.
        below: whether the units below it come with it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.io.jsonl import dumps, loads
    >>> from orgmodel.party.vietnam import reform_2025
    >>> handbook = export(reform_2025(), "vn-p-46", on="2025-12-09")
    >>> handbook.at("2025-12-09").count("commune"), loads(dumps(handbook)) == handbook
    (40, True)
    """
    day = as_day(on)
    structure = history.at(day)
    structure.unit(unit)
    units = [unit, *(structure.descendants(unit) if below else ())]
    ids = dict.fromkeys(matter for member in units for matter in structure.matters_of(member))
    matters = [matter for matter in map(structure.matter, ids) if matter.kind not in ABOUT_PERSONS]
    # The units begin by an act of the handbook's own; each fact comes with the act that says it.
    beginning = [*(_creation(structure, member, root=unit) for member in units), *map(Creation, matters)]
    events: dict[str, list[Event]] = {"export": [*beginning]}
    sources = {"export": history.acts[0].source}
    subjects = dict.fromkeys([*units, *(matter.id for matter in matters)])
    for subject in subjects:
        for change, act in _facts(history, structure, subject, subjects):
            events.setdefault(act.id, []).append(change)
            sources[act.id] = act.source
    acts = [Act(act_id, day, of_act, sources[act_id]) for act_id, of_act in events.items()]
    # As a root the unit stands where its kind may not stand, and what is above it is not there.
    schema = evolve(history.schema, placements=(), hierarchies=(tracks.MAIN,))
    return History(schema, tuple(history.measures.values())).enact(*acts)


def _creation(structure: Structure, unit: str, *, root: str) -> Creation:
    here = structure.unit(unit)
    parent = None if unit == root else here.parent
    return Creation(Unit(unit, here.name, here.code, here.kind, here.category, parent))


def _facts(
    history: History, structure: Structure, subject: str, inside: Container[str]
) -> Iterator[tuple[Change, Act]]:
    """The facts of a subject on the day that name no person, each with the act that says so."""
    day, is_matter = structure.day, isinstance(structure.value(subject, tracks.LIFE), Matter)
    hidden = _personal_slots(structure, subject) if is_matter else frozenset()
    for fact in history.biography(subject):
        is_hidden = fact.track in (tracks.PARTY, tracks.WITH) and fact.slot in hidden
        if day in Period(fact.start, fact.end) and not is_hidden and _is_shown(history.schema, fact, is_matter):
            value = _party_shown(structure, fact.value, inside) if fact.track == tracks.PARTY else fact.value
            yield Change(subject, fact.track, value, fact.slot), fact.act


def _party_shown(structure: Structure, party: Any, inside: Container[str]) -> Any:
    """A party as the handbook has it: one outside the handbook is no subject of it, so its name is shown instead."""
    if not isinstance(party, str) or party in inside:
        return party
    return OTHER, structure.called(party) if party in structure else party


def _is_shown(schema: Schema, fact: Fact, is_matter: bool) -> bool:
    """Whether a fact belongs in the handbook: it names no person, and no creation or matter states it already."""
    track = fact.track
    if track in _OWN or track == tracks.CORRESPONDS or tracks.is_parent(track) or tracks.is_member(track):
        return False
    if track in (tracks.PARTY, tracks.WITH):
        return is_matter and not names_person(fact.value)
    # Ratings of units and of persons share a track; the slot of a unit's own has no person.
    is_of_unit = track in (RATED, RATED_UNDER) and not fact.slot[1]
    return is_of_unit or not schema.track(track).personal


def _personal_slots(structure: Structure, matter: str) -> frozenset[tuple[str, int]]:
    """(role, number) of the parties of a matter that are persons in personal roles."""
    entry = dossier(structure, matter)
    roles = {role.id for role in entry.kind.roles if role.personal}
    return frozenset(
        (part.role, part.n) for part in entry.parties if part.role in roles and not isinstance(part.who, str)
    )
