"""The biography of a unit, cluster, matter or person: each fact about it with the act that states it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.engine.columns import TrackRow
from orgmodel.history.facts import carried_from
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.model.matter import Person, names_person
from orgmodel.model.schema import Schema
from orgmodel.period import from_ordinal
from orgmodel.structure.structure import Structure

__all__ = ["Fact"]


@frozen(repr=False)
class Fact:
    """One dated fact about a unit or cluster.

    Attributes:
        track: which fact.
        slot: which of several of the same fact.
        value: what it was.
        start: first day.
        end: first day on which it no longer held; None if it still does.
        act: the act that says so.
        ended_by: the act that ended it; None if it still holds, or was said to hold
            until its end from the beginning.
        carried_from: ids of the units from whose facts it follows, by the succession that the act decided; empty
            where the act states it.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.source import Source
    >>> history = history_of([{"id": "24", "name": "Bắc Giang"}], day="2024-01-01", source=Source("a register"))
    >>> for fact in history.biography("24"):
    ...     print(fact)
    2024-01-01: life = unit [a register]
    2024-01-01: name = Bắc Giang [a register]
    2024-01-01: parent = None [a register]
    """

    track: str
    slot: Any
    value: Any
    start: dt.date
    end: dt.date | None
    act: Act
    ended_by: Act | None = None
    carried_from: tuple[str, ...] = ()

    def __str__(self) -> str:
        slot = "" if self.slot is None else f" {self.slot}"
        until = "" if self.end is None else f" until {self.end}"
        carried = f", carried from {', '.join(self.carried_from)}" if self.carried_from else ""
        return f"{self.start}{until}: {self.track}{slot} = {self.value} [{self.act.source.cited}{carried}]"

    def __repr__(self) -> str:
        return f"<Fact {self}>"


_FIRST_TRACKS: Final = {tracks.LIFE: 0, tracks.KIND: 1, tracks.NAME: 2, tracks.CODE: 3}
"""The order of what comes first among the facts of one day; all other tracks follow."""


def is_personal(fact: Fact, schema: Schema) -> bool:
    """Whether a fact is about a person, so that pages and reports for many readers leave it out."""
    return schema.track(fact.track).personal or names_person(fact.value) or names_person(fact.slot)


def facts_of(history: Past, subject: str | Person) -> tuple[Fact, ...]:
    """The facts of a biography, in order: see :meth:`orgmodel.history.history.History.biography`."""
    parts = sorted(_parts(history, subject), key=lambda fact: (fact.start, fact.track, str(fact.value), str(fact.slot)))
    if isinstance(subject, Person):
        return tuple(parts)
    facts = [*_own_facts(history, subject), *parts]
    return tuple(
        sorted(facts, key=lambda fact: (fact.start, _FIRST_TRACKS.get(fact.track, 9), fact.track, str(fact.slot)))
    )


def _own_facts(history: Past, subject: str) -> Iterator[Fact]:
    """The facts that the tracks of a subject hold, links left out."""
    state, number = history._state, history._number(subject)
    shown = Structure(state, dt.date.min, history.schema)._shown
    last_life = state.rows(tracks.LIFE, number)[-1]
    for track in state.tracks():
        if track == tracks.LINK:
            continue
        rows = state.rows(track, number)
        for row, ender in zip(rows, _enders(rows), strict=True):
            _, end, raw, slot, by, _, step = row
            if raw is None:
                continue
            # A fact that ends with its subject has no row that ends it.
            if ender is None and last_life[2] is None and last_life[0] == end:
                ender = last_life[4]
            value = shown(track, raw)
            carried = carried_from(history._now(by), step, subject, track, slot, value)
            yield _fact(history, track, row, value, ender, carried)


def _parts(history: Past, who: str | Person) -> Iterator[Fact]:
    """The roles of a unit or person in matters, each with the matter as its value; of a person also the offices."""
    state = history._state
    party = who.party if isinstance(who, Person) else who
    sought = [(tracks.PARTY, number, party) for number in state.subjects_ever(tracks.PARTY, party)]
    if isinstance(who, Person):
        sought += [(tracks.OFFICE, n, who.id) for n, row in state.iter_rows(tracks.OFFICE) if row[2] == who.id]
    # A person may have held one office several times: its track is read once.
    for track, number, holder in dict.fromkeys(sought):
        rows = state.rows(track, number)
        for row, ender in zip(rows, _enders(rows), strict=True):
            if row[2] == holder:
                yield _fact(history, track, row, state.name(number), ender)


def _enders(rows: Sequence[TrackRow]) -> list[Act | None]:
    """For each row the act of the next row of its slot that begins where it ends; None if there is none."""
    if len(rows) == 1:
        return [None]  # Nearly all facts of a unit have one row.
    begun: dict[tuple[Any, int], Act] = {}
    enders: list[Act | None] = []
    # Backwards: the entry of a slot and day is then the nearest later row.
    for start, end, _, slot, by, *_ in reversed(rows):
        enders.append(begun.get((slot, end)))
        begun[slot, start] = by
    enders.reverse()
    return enders


def _fact(
    history: Past, track: str, row: TrackRow, value: Any, ender: Act | None, carried: tuple[str, ...] = ()
) -> Fact:
    start, end, _, slot, by, *_ = row
    ended_by = None if ender is None else history._now(ender)
    return Fact(track, slot, value, dt.date.fromordinal(start), from_ordinal(end), history._now(by), ended_by, carried)
