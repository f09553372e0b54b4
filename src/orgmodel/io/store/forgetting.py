"""Forgetting a person: the id is erased from a store, everywhere and for ever."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator
from typing import Any, Final

from attrs import define, frozen
from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from orgmodel.acts.act import Act
from orgmodel.errors import Finding, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.io.records import to_json
from orgmodel.io.store import creating, facts, reading, tables
from orgmodel.io.store.connecting import Database
from orgmodel.io.store.errors import of_a_stranger
from orgmodel.io.store.steps import StepGroup
from orgmodel.io.store.writing import append
from orgmodel.model.source import Source

__all__ = [
    "FORGETTING",
    "TOMBSTONE",
    "Forgotten",
    "forget",
]

TOMBSTONE: Final = "forgotten:"
"""The prefix of the tombstone that replaces a forgotten id."""
FORGETTING: Final = "forgetting-"
"""The prefix of the ids of the acts that record it."""


@frozen
class Forgotten:
    """The report of forgetting a person.

    Attributes:
        tombstone: what stands in the place of the id now.
        entries: the numbers of the entries that had it.
        places: in how many places it stood.
        head_before: the head of the register before.
        head: the head that it has now.
        act: id of the act at the end of the log that says so.
        left: where the id may still be: longer texts that have it, which are never changed, and what the database
            could not wipe.
    """

    tombstone: str
    entries: tuple[int, ...]
    places: int
    head_before: str
    head: str
    act: str
    left: tuple[str, ...] = ()


def forget(database: Database, person: str, recorded: dt.date | None, source: Source) -> Forgotten:
    """Forgets a person: see :meth:`orgmodel.io.store.store.Store.forget`."""
    with database.writing() as connection:
        register = creating.said(connection, database.name, to_write=True)
        tombstone = TOMBSTONE + secrets.token_hex(8)
        with of_a_stranger(database.name):
            history = reading.read(connection, register, database.name).history
            _check(connection, history, person)
            done = _rewritten(connection, register, person, tombstone)
        written = reading.Register(register.version, register.header, done.place)
        creating.derive_all(connection, written, database.name)
        before = reading.read(connection, written, database.name).history
        act = _anchor(before, done, register.place.head, source)
        after = before.enact(act, recorded=recorded)
        group = StepGroup(before, after, after._record.since(done.place.number))
        head = append(connection, group, done.place.head)
        reading.keep_columns(connection, reading.StoredPlace(group.last, head), after)
    left = (*done.inside, *database.wipe(tables.metadata.tables))
    return Forgotten(tombstone, tuple(done.entries), done.places, register.place.head, head, act.id, left)


def _check(connection: Connection, history: History, person: str) -> None:
    """Refuse an id that is not a person's, or also stands for something else."""
    findings: list[Finding] = []
    try:
        history.life(person)
        findings.append(Finding("person", "it is the id of a unit or cluster", (person,)))
    except UnitError:
        pass
    if any(person == entry.about for entry in history._record.entries):
        findings.append(Finding("person", "it is the id of an act", act=person))
    is_person = False
    for subject, track, names in _mentions(connection, history, person):
        is_person |= "person" in names
        findings += [
            Finding("person", f"it is the {name} of the track {track!r} too", (subject,))
            for name in names
            if name != "person"
        ]
    if not is_person and not findings:
        message = f"no fact about persons has the id {person!r}; look it up in the tables facts and facts_before"
        findings.append(Finding("person", message))
    if findings:
        raise Refused("a person to forget", list(dict.fromkeys(findings)))


def _mentions(connection: Connection, history: History, person: str) -> Iterator[tuple[str, str, list[str]]]:
    """(subject, track, what an id stands for) for each fact, of today or before, that has the id."""
    for table in (tables.facts, tables.facts_before):
        columns = select(table.c.subject, table.c.track, table.c.slot, table.c.value, table.c.form)
        has_id = table.c.slot.contains(person, autoescape=True) | (table.c.value == person)
        for subject, track, slot, value, form in connection.execute(columns.where(has_id)):
            declared = history.schema.track(track)
            parts = facts.slot_of(slot)
            elements = list(parts) if isinstance(parts, (tuple, list)) else [parts]
            names = [name for name, part in zip(declared.slots, elements, strict=False) if part == person]
            if form == "text" and value == person:
                names.append(declared.values)
            yield subject, track, names


@define
class _Done:
    """The progress of rewriting a log.

    Attributes:
        place: where the log ends now.
        entries: the numbers of the entries that had the id.
        places: in how many places it stood.
        inside: longer texts that the id stands in, which stay.
    """

    place: reading.StoredPlace
    entries: list[int]
    places: int
    inside: list[str]


def _rewritten(connection: Connection, register: reading.Register, person: str, tombstone: str) -> _Done:
    """Rewrite the log with a tombstone in place of an id, and with new hashes from there on."""
    done = _Done(reading.StoredPlace(0, jsonl.hash_of([register.header])), [], 0, [])
    same = True
    for number, lines in enumerate(reading.lines_after(connection, 0), 1):
        new = [_replaced(line, person, tombstone, f"entry {number}", done) for line in lines]
        if new != lines:
            done.entries.append(number)
        if not same:
            new[0] = to_json(json.loads(new[0]) | {"previous": done.place.head})
        if new != lines:
            same = False
            _write(connection, number, lines, new, done.place.head)
        done.place = reading.StoredPlace(number, jsonl.hash_of(new))
    connection.execute(update(tables.register).values(number=done.place.number, head=done.place.head))
    return done


def _replaced(line: str, person: str, tombstone: str, where: str, done: _Done) -> str:
    if to_json(person)[1:-1] not in line:
        return line

    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walked(inner) for inner in value]
        if value == person and isinstance(value, str):
            done.places += 1
            return tombstone
        if isinstance(value, str) and person in value:
            done.inside.append(f"{where}: {value}")
        return value

    return to_json(walked(json.loads(line)))


def _write(connection: Connection, number: int, old: list[str], new: list[str], previous: str) -> None:
    """Replace the lines of an entry."""
    e = tables.entries
    reason = json.loads(new[0]).get("reason", "")
    values = {"record": new[0], "previous": previous, "hash": jsonl.hash_of(new), "reason": reason}
    connection.execute(update(e).where(e.c.number == number).values(values))
    for table in tables.LINES:
        for at, (was, now) in enumerate(zip(old, new, strict=True), 1):
            if at > 1 and was != now:
                connection.execute(update(table).where(table.c.entry == number, table.c.line == at).values(record=now))


def _anchor(history: History, done: _Done, head: str, source: Source) -> Act:
    """The act at the end of the log that records the rewriting."""
    first = min(done.entries)
    many = f"{len(done.entries)} entries" if len(done.entries) > 1 else "an entry"
    note = (
        f"A person was forgotten: {many} from number {first} on stand with a tombstone in the place of an id. "
        f"The head before was {head}."
    )
    day = history.last_day
    assert day is not None
    count = 1 + sum(entry.act is not None and entry.act.id.startswith(FORGETTING) for entry in history._record.entries)
    return Act(f"{FORGETTING}{count}", day, (), source, note)
