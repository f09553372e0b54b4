"""Entries of a log written into the tables of a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from orgmodel.acts.act import Act
from orgmodel.history.log import ActRecord, Entry, is_late
from orgmodel.io.jsonl import entry_records, hash_of
from orgmodel.io.records import from_json, to_json
from orgmodel.io.store import tables
from orgmodel.io.store.facts import Key
from orgmodel.io.store.steps import StepGroup
from orgmodel.period import Period

__all__ = [
    "AT_ONCE",
    "Known",
    "Line",
    "Rows",
    "Waiting",
    "act_row",
    "append",
    "batched",
    "derive",
    "line_rows",
    "write_acts",
    "write_facts",
    "write_lines",
    "write_texts",
]

Line = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]
"""Name of a table -> its new rows."""

AT_ONCE: Final = 20_000
"""Rows go to the database in batches of this size."""


class Known(dict[str, Act]):
    """The acts that count after a record, by id, looked up when they are asked for."""

    def __init__(self, record: ActRecord) -> None:
        super().__init__()
        self._record = record

    def __missing__(self, act: str) -> Act:
        return self._record.known[act][1]


# ---- lines


def line_rows(texts: Sequence[str], *, late: bool, together: int) -> tuple[Rows, str]:
    """The rows of the log for an entry, and its hash.

    Args:
        texts: its lines.
        late: whether it says something of days before the last one.
        together: the number of the last entry that was recorded with it.
    """
    first, *body = map(from_json, texts)
    kind = next(word for word in ("act", "correction", "cancellation") if word in first)
    act, hashed = first[kind], hash_of(texts)
    rows: Rows = {table.name: [] for table in tables.LINES}
    rows["entries"] = [
        {
            "number": first["number"],
            "recorded": dt.date.fromisoformat(first["recorded"]),
            "type": kind,
            "act": act,
            "reason": first.get("reason", ""),
            "late": late,
            "recorded_with": together,
            "lines": len(texts),
            "previous": first["previous"],
            "hash": hashed,
            "record": texts[0],
        }
    ]
    step = -1
    for number, (record, text) in enumerate(zip(body, texts[1:], strict=True), 2):
        row: dict[str, Any] = {"entry": first["number"], "line": number, "act": act, "record": text}
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
    """The row of the table of acts for an entry; None for a cancellation."""
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


class Waiting:
    """Rows that wait to be put into their tables, many at once.

    Args:
        connection: where they go.
        most: so many wait at most.
    """

    def __init__(self, connection: Connection, most: int = AT_ONCE) -> None:
        self.connection = connection
        self._most = most
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows to the batch of a table."""
        waiting = self._rows.setdefault(table, [])
        waiting += rows
        if len(waiting) >= self._most:
            self.flush(table)

    def flush(self, *names: str) -> None:
        """Write the batches of the named tables, or of all."""
        for name in names or tuple(self._rows):
            for rows in batched(self._rows.pop(name, ())):
                self.connection.execute(_INSERT[name], rows)


def batched(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Rows in batches."""
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))


_INSERT: Final = {name: insert(table) for name, table in tables.metadata.tables.items()}


def write_lines(waiting: Waiting, group: StepGroup, known: MutableMapping[str, Act], head: str) -> str:
    """Append the lines of entries to the log; returns the hash of the last one."""
    for entry in group.entries:
        texts = [to_json(record) for record in entry_records(entry, known, head)]
        head = write_texts(waiting, texts, late=is_late(entry, group.before.last_day), together=group.last)
    return head


def write_texts(waiting: Waiting, texts: Sequence[str], *, late: bool, together: int) -> str:
    """Append the lines of an entry to the log; returns its hash: see :func:`line_rows`."""
    rows, head = line_rows(texts, late=late, together=together)
    for name, listed in rows.items():
        waiting.add(name, listed)
    return head


# ---- what is made of them

_END_ACT: Final = (
    update(tables.acts)
    .where(tables.acts.c.act == bindparam("amends"), tables.acts.c.superseded.is_(None))
    .values(superseded=bindparam("number"))
)


def write_acts(waiting: Waiting, entries: Iterable[Entry]) -> None:
    """Write the acts of entries into the table of acts, and supersede the acts that they amend."""
    for entry in entries:
        if entry.amends is not None:
            waiting.flush("acts")
            waiting.connection.execute(_END_ACT, {"amends": entry.amends, "number": entry.number})
        row = act_row(entry)
        if row is not None:
            waiting.add("acts", [row])


_STEP: Final = ("subject", "track", "from_day", "act", "event")
_OF_STEP: Final = [tables.facts.c[name] == bindparam(f"the_{name}") for name in _STEP]
"""The key of facts that are superseded together: those that one step of an act wrote of a subject and track."""
_DELETE_FACTS: Final = delete(tables.facts).where(*_OF_STEP)
_KEPT: Final = [column.name for column in tables.facts_before.columns if column.name != "superseded"]
_KEEP_FACTS: Final = insert(tables.facts_before).from_select(
    ["superseded", *_KEPT],
    select(bindparam("number", type_=Integer()), *(tables.facts.c[name] for name in _KEPT)).where(*_OF_STEP),
)


def write_facts(waiting: Waiting, group: StepGroup) -> None:
    """Supersede the facts known before a group of entries by those known after it."""
    entries_numbers = group.numbers
    removed: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for difference in group.differences():
        subject, track = difference.subject, difference.track
        for tied in dict.fromkeys(fact.tied for fact in difference.gone):
            of_step = (subject, track, *tied)
            removed.append({f"the_{name}": value for name, value in zip(_STEP, of_step, strict=True)})
        nth: dict[int, int] = {}
        for fact in difference.new:
            known = entries_numbers.get(fact.act, group.last)
            nth[known] = nth.get(known, -1) + 1
            new.append(Key(subject, track, known, nth[known])._asdict() | fact._asdict())
        if len(new) >= AT_ONCE and not removed:
            waiting.add("facts", new)
            new = []
    if removed:
        waiting.flush("facts")
        for rows in batched(removed):
            waiting.connection.execute(_KEEP_FACTS, [row | {"number": group.last} for row in rows])
            waiting.connection.execute(_DELETE_FACTS, rows)
    waiting.add("facts", new)


def append(connection: Connection, group: StepGroup, head: str) -> str:
    """Append entries to a store whose last entry has the hash ``head``; returns the hash of the last one now."""
    waiting = Waiting(connection)
    new = write_lines(waiting, group, Known(group.before._record), head)
    derive(waiting, group)
    waiting.flush()
    connection.execute(update(tables.register).values(number=group.last, head=new))
    return new


def derive(waiting: Waiting, group: StepGroup) -> None:
    """Write the derived tables of entries."""
    write_acts(waiting, group.entries)
    write_facts(waiting, group)
