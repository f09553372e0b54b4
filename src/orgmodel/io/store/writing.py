"""Entries of a log written into the tables of a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from orgmodel.acts.act import Act
from orgmodel.history.history import History
from orgmodel.history.log import Entry, Record
from orgmodel.io.jsonl import entry_records, hash_of
from orgmodel.io.records import to_json
from orgmodel.io.store import tables
from orgmodel.io.store.facts import Difference, Key, Successions, differences, touched_by
from orgmodel.io.store.record import is_late
from orgmodel.period import Period

Line = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]
"""Name of a table -> its new rows."""

AT_ONCE: Final = 20_000
"""So many rows go to the database at once."""


class Known(dict[str, Act]):
    """The acts that count after a record, by id, looked up when they are asked for."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def __missing__(self, act: str) -> Act:
        return self._record.known[act][1]


@frozen
class Group:
    """Entries that were recorded together, all or none, and the histories before and after them."""

    before: History
    after: History
    entries: tuple[Entry, ...]

    @property
    def last(self) -> int:
        """The number of the last of them."""
        return self.entries[-1].number

    def differences(self) -> Iterator[Difference]:
        """What facts differ by them."""
        known = self.before._record.known
        new = [entry.act for entry in self.entries if entry.act is not None]
        remade = [act for entry in self.entries for act in entry.remade]
        old = [known[name][1] for name in {*self.numbers, *(act.id for act in remade)} if name in known]
        amended = frozenset(entry.amends for entry in self.entries if entry.amends is not None)
        steps = {(act.id, step) for act in new for step in range(len(act.steps))}
        for act in remade:
            before = known[act.id][1].resolved if act.id in known else ()
            # What stayed as it was is the same in both, so that this is no comparison of all events.
            steps |= {(act.id, n) for n, events in enumerate(act.resolved) if n >= len(before) or before[n] != events}
        successions = Successions((*new, *remade), steps)
        touched = touched_by((*old, *new, *remade))
        return differences(self.before._state, self.after._state, touched, amended, successions)

    @property
    def numbers(self) -> dict[str, int]:
        """Id of the act of each entry -> the number of the entry."""
        return {e.amends or (e.act.id if e.act is not None else ""): e.number for e in self.entries}


# ---- lines


def line_rows(entry: Entry, records: Sequence[Line], head: str, *, late: bool, together: int) -> tuple[Rows, str]:
    """The rows of the log for an entry, and its hash.

    Args:
        entry: the entry.
        records: what its lines say.
        head: the hash of the entry before.
        late: whether it changed what was known of the past.
        together: the number of the last entry that was recorded with it.
    """
    texts = [to_json(record) for record in records]
    hashed = hash_of(texts)
    act = entry.amends or (entry.act.id if entry.act is not None else "")
    rows: Rows = {table.name: [] for table in tables.LINES}
    rows["entries"] = [
        {
            "number": entry.number,
            "recorded": entry.recorded,
            "type": entry.type,
            "act": act,
            "reason": entry.reason,
            "late": late,
            "recorded_with": together,
            "lines": len(texts),
            "previous": head,
            "hash": hashed,
            "record": texts[0],
        }
    ]
    step = -1
    for number, (record, text) in enumerate(zip(records[1:], texts[1:], strict=True), 2):
        row: dict[str, Any] = {"entry": entry.number, "line": number, "act": act, "record": text}
        if "remade" in record:
            rows["remade"].append(row | {"act": record["remade"], "step": record.get("step")})
        elif "answer" in record:
            rows["answers"].append(row | {"act": record["answer"], "about": record["about"]})
        else:
            step += "of" not in record
            row["step"] = record.get("of", step)
            if "operation" in record:
                rows["operations"].append(row | {"operation": str(record["operation"].get("op", ""))})
            else:
                rows["events"].append(row | {"event": record["event"], "subject": _subject(record)})
    return rows, hashed


def _subject(record: Line) -> str | None:
    for name in ("unit", "cluster", "clustering"):
        if isinstance(record.get(name), dict):
            return str(record[name]["id"])
    return record.get("subject")


def act_row(entry: Entry) -> dict[str, Any] | None:
    """What the act of an entry says, for the table of acts; None for a cancellation."""
    act = entry.act
    if act is None:
        return None
    source, within = act.source, act.within or Period()
    return {
        "act": act.id,
        "known": entry.number,
        "superseded": None,
        "effective": act.effective,
        "within_from": within.start,
        "within_until": within.end,
        "placed_before": act.before or None,
        "placed_after": act.after or None,
        "source": source.label,
        "issuer": source.issuer or None,
        "title": source.title or None,
        "decided": source.decided,
        "in_force": source.in_force,
        "note": act.note or None,
    }


def insert_rows(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Puts rows into a table, many at once."""
    waiting: list[Mapping[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) >= AT_ONCE:
            connection.execute(insert(table), waiting)
            waiting = []
    if waiting:
        connection.execute(insert(table), waiting)


def write_lines(
    connection: Connection, group: Group, known: MutableMapping[str, Act], head: str
) -> str:
    """Puts the lines of entries into the log, and gives the hash of the last one."""
    for entry in group.entries:
        records = entry_records(entry, known, head)
        late = is_late(entry, group.before.last_day)
        rows, head = line_rows(entry, records, head, late=late, together=group.last)
        for name, listed in rows.items():
            insert_rows(connection, tables.metadata.tables[name], listed)
    return head


# ---- what is made of them


def write_acts(connection: Connection, entries: Iterable[Entry]) -> None:
    """Says in the table of acts what entries say, and ends what they amend."""
    table = tables.acts
    for entry in entries:
        if entry.amends is not None:
            old = (table.c.act == entry.amends) & table.c.superseded.is_(None)
            connection.execute(update(table).where(old).values(superseded=entry.number))
        row = act_row(entry)
        if row is not None:
            connection.execute(insert(table), [row])


def write_facts(connection: Connection, group: Group) -> None:
    """Puts what is known after a group of entries in the place of what was known before."""
    new: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    empty, said = not group.before._state.count, group.numbers
    for difference in group.differences():
        nth: dict[int, int] = {}
        for fact in difference.new:
            known = said.get(fact.act, group.last)
            nth[known] = nth.get(known, -1) + 1
            key = Key(difference.subject, difference.track, known, nth[known])
            new.append(key._asdict() | fact._asdict())
            if empty and len(new) >= AT_ONCE:
                connection.execute(insert(tables.facts), new)
                new = []
        gone += _gone(connection, difference, group.last)
    if gone:
        table = tables.facts
        same = [column == bindparam(f"the_{column.name}") for column in table.primary_key.columns]
        keys = [{f"the_{name}": row[name] for name in Key._fields} for row in gone]
        connection.execute(delete(table).where(*same), keys)
        insert_rows(connection, tables.facts_before, gone)
    insert_rows(connection, tables.facts, new)


def _gone(connection: Connection, difference: Difference, number: int) -> list[dict[str, Any]]:
    """The rows of the facts that go, as rows of what was known before."""
    if not difference.gone:
        return []
    table = tables.facts
    found = connection.execute(
        select(table).where(table.c.subject == difference.subject, table.c.track == difference.track)
    )
    # The facts of one event go together, so that they are found by it.
    tied = {fact.tied for fact in difference.gone}
    return [
        dict(row) | {"superseded": number}
        for row in found.mappings()
        if (row["from_day"], row["act"], row["event"]) in tied
    ]


def append(connection: Connection, group: Group, head: str) -> str:
    """Puts entries into a store whose last entry has the hash ``head``, and gives the hash of the last one now."""
    new = write_lines(connection, group, Known(group.before._record), head)
    write_acts(connection, group.entries)
    write_facts(connection, group)
    connection.execute(update(tables.register).values(number=group.last, head=new))
    return new

