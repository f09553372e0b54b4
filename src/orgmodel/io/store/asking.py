"""Corrections of the past: what was said otherwise, by which source and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, CompoundSelect, Select, Table, select, union_all
from sqlalchemy.engine import Connection

from orgmodel.acts.act import Act
from orgmodel.history.history import History
from orgmodel.history.log import is_late
from orgmodel.io.store import tables
from orgmodel.model.source import Source
from orgmodel.period import DayLike, as_day

__all__ = [
    "Correction",
    "SaidFact",
    "corrected",
]


@frozen
class SaidFact:
    """A fact as it stands in the tables, which name all things in plain text.

    Attributes:
        subject: id of the unit or cluster.
        track: which fact.
        slot: which of several of the same fact.
        start: its first day.
        end: the first day on which it no longer holds; None if it still does.
        value: what it says, as text: a name, a number, the id of a unit, JSON of anything else; None for a root's
            parent.
        act: id of the act that says so.
    """

    subject: str
    track: str
    slot: str | None
    start: dt.date
    end: dt.date | None
    value: str | None
    act: str

    def holds(self, day: dt.date) -> bool:
        """Whether it is about a day."""
        return self.start <= day and (self.end is None or day < self.end)


@frozen
class Correction:
    """An entry that changed what the register says about the past: a correction, a cancellation, a late act.

    Attributes:
        number: of the entry.
        recorded: its day.
        type: ``act`` for a late act, ``correction`` or ``cancellation``.
        act: id of the act.
        source: who said so: the source of the act as it reads since; of a cancelled one, as it read.
        reason: why, where it amends.
        was: what the act said before; None for a new one.
        now: what it says since; None if it was cancelled.
        before: the facts that were known until then and are known otherwise since.
        after: the facts that are known since.
    """

    number: int
    recorded: dt.date
    type: str
    act: str
    source: Source
    reason: str
    was: Act | None
    now: Act | None
    before: tuple[SaidFact, ...]
    after: tuple[SaidFact, ...]

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.recorded} {self.type} of {self.act}{why} [{self.source.cited}]"


def corrected(
    connection: Connection, history: History, since: DayLike | int, about: dt.date | None
) -> tuple[Correction, ...]:
    """The entries after a day, or a number, that changed what the register says about days until then.

    Args:
        connection: a transaction that sees the history.
        history: the history.
        since: the day or the number.
        about: only entries that changed what it says about this day.
    """
    entries = history._record.entries
    if isinstance(since, int):
        known = [entry for entry in entries if entry.number <= since]
        day = known[-1].recorded if known else None
    else:
        day = as_day(since)
        known = [entry for entry in entries if entry.recorded <= day]
    acts_by_id: dict[str, Act] = {}
    corrections: list[Correction] = []
    last: dt.date | None = None
    # Numbers and days of the log only grow, so what was known is its beginning.
    for place, entry in enumerate(entries):
        was, now = acts_by_id.get(entry.about), entry.act
        # A new act about days after the one asked about says nothing else of the past.
        is_of_past = is_late(entry, last) or (now is not None and day is not None and now.effective <= day)
        if place >= len(known) and is_of_past:
            cited = now or was
            assert cited is not None
            before, after = _changed(connection, entry.number)
            # Rows may be replaced by rows that say the same of the day.
            if about is None or _on(before, about) != _on(after, about):
                corrections.append(
                    Correction(
                        entry.number, entry.recorded, entry.type, entry.about, cited.source, entry.reason,
                        was, now, before, after,
                    )
                )  # fmt: skip
        if now is not None:
            acts_by_id[entry.about] = now
            last = now.effective if last is None else max(last, now.effective)
    return tuple(corrections)


def _on(facts: Iterable[SaidFact], day: dt.date) -> set[tuple[Any, ...]]:
    """The facts that hold on a day."""
    return {(fact.subject, fact.track, fact.slot, fact.value) for fact in facts if fact.holds(day)}


def _changed(connection: Connection, number: int) -> tuple[tuple[SaidFact, ...], tuple[SaidFact, ...]]:
    """The facts that an entry superseded, and those that it added."""
    old, new = tables.facts_before, tables.facts
    brought = union_all(_asked(new, new.c.known == number), _asked(old, old.c.known == number))
    was = tuple(_read(connection, _asked(old, old.c.superseded == number)))
    now = tuple(_read(connection, brought))
    # A fact that was superseded and added again unchanged, with others of its step, did not change.
    return tuple(fact for fact in was if fact not in now), tuple(fact for fact in now if fact not in was)


def _asked(table: Table, where: ColumnElement[bool]) -> Select[Any]:
    names = ("subject", "track", "slot", "from_day", "until_day", "value", "act")
    return select(*(table.c[name] for name in names)).where(where, table.c.form != "none")


def _read(connection: Connection, asked: Select[Any] | CompoundSelect[Any]) -> Iterator[SaidFact]:
    return (
        SaidFact(*row)
        for row in sorted(connection.execute(asked), key=lambda row: (row[0], row[1], row[3], str(row[2])))
    )
