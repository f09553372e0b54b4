"""An organisation as of a day, as a history of its own without persons (sổ tay điện tử).

What holds of a unit and of those below it on a day, and the matters they take part in, with the sources of all of it:
as acts of that one day, in a history that is written, read and asked like any other. Who holds an office, where
somebody comes from, who was rated or disciplined is left out, and so are matters of kinds that are about persons.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter, names_person
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit
from orgmodel.party.ratings import RATED_UNDER
from orgmodel.party.tracks import RATED
from orgmodel.period import DayLike, as_day
from orgmodel.structure.matters import dossier
from orgmodel.structure.structure import Structure

__all__ = [
    "ABOUT_PERSONS",
    "export",
]

ABOUT_PERSONS: Final = ("discipline",)
"""Kinds of matters that are about persons."""

_OWN: Final = frozenset({tracks.LIFE, tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE, tracks.LINK})


def export(history: History, unit: str, *, on: DayLike, below: bool = True) -> History:
    """A unit as of a day, with the units below it and the matters they take part in: a history of that day, no persons.

    Args:
        history: where it lives.
        unit: id of the unit; it is the root of what is given.
        on: the day.
        below: whether the units below it come with it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.io.jsonl import dumps, loads
    >>> from orgmodel.party.vietnam import reform_2025
    >>> made = export(reform_2025(), "vn-p-46", on="2025-12-09")
    >>> made.at("2025-12-09").count("commune"), loads(dumps(made)) == made
    (40, True)
    """
    day = as_day(on)
    structure = history.at(day)
    structure.unit(unit)
    units = [unit, *(structure.descendants(unit) if below else ())]
    known = set(units)
    made: dict[str, list[Event]] = {}
    sources: dict[str, Any] = {}
    begun = Act("export", day, (), history.acts[0].source)
    made[begun.id], sources[begun.id] = [], begun.source
    for one in units:
        found = structure.unit(one)
        parent = None if one == unit else found.parent
        made[begun.id].append(Creation(Unit(one, found.name, found.code, found.kind, found.category, parent)))
    listed = [matter for matter in _matters(structure, units) if structure.matter(matter).kind not in ABOUT_PERSONS]
    made[begun.id] += [Creation(structure.matter(matter)) for matter in listed]
    for subject in (*units, *listed):
        for change, act in _facts(history, structure, subject, known | set(listed)):
            made.setdefault(act.id, []).append(change)
            sources[act.id] = act.source
    acts = [Act(name, day, events, sources[name]) for name, events in made.items() if events or name == begun.id]
    schema = evolve(history.schema, placements=(), hierarchies=(tracks.MAIN,))
    return History(schema, tuple(history.measures.values())).enact(*acts)


def _matters(structure: Structure, units: list[str]) -> list[str]:
    return list(dict.fromkeys(matter for one in units for matter in structure.matters_of(one)))


def _facts(history: History, structure: Structure, subject: str, known: set[str]) -> Iterator[tuple[Change, Act]]:
    """What holds of a subject on the day and names no person, each with the act that says so."""
    schema: Schema = history.schema
    day = structure.day
    hidden: set[Any] = set()
    if isinstance(structure.value(subject, tracks.LIFE), Matter):
        found = dossier(structure, subject)
        personal = {role.id for role in found.kind.roles if role.personal}
        hidden = {
            (part.role, part.n) for part in found.parties if part.role in personal and not isinstance(part.who, str)
        }
    for fact in history.biography(subject):
        track = schema.track(fact.track)
        holds = fact.start <= day and (fact.end is None or day < fact.end)
        about = structure.value(subject, tracks.LIFE)
        if not holds or fact.track in _OWN or tracks.is_parent(fact.track):
            continue
        of_a_unit = fact.track in (RATED, RATED_UNDER) and not fact.slot[1]
        if track.personal and not of_a_unit:
            continue
        if fact.track == tracks.PARTY and not isinstance(about, Matter):
            # The part that a unit has is told of by the matter.
            continue
        if fact.track in (tracks.PARTY, tracks.WITH) and (fact.slot in hidden or names_person(fact.value)):
            continue
        if fact.track == tracks.PARTY and isinstance(fact.value, str) and fact.value not in known:
            yield (
                Change(
                    subject,
                    fact.track,
                    ("other", history.at(day).called(fact.value) if fact.value in structure else fact.value),
                    fact.slot,
                ),
                fact.act,
            )
            continue
        if tracks.is_member(fact.track) or fact.track == tracks.CORRESPONDS:
            continue
        yield Change(subject, fact.track, fact.value, fact.slot, None), fact.act
