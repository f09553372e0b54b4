"""The check of a store: whether its log is whole, and whether the derived tables follow from it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Table, create_engine, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from orgmodel.acts.act import Act
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.io.store import reading, tables
from orgmodel.io.store.reading import Register
from orgmodel.io.store.steps import groups
from orgmodel.io.store.writing import Waiting, derive, write_lines

__all__ = [
    "COMPARED",
    "SHOWN",
    "check",
]

SHOWN: Final = 20
"""At most so many superfluous or missing rows of a table are reported."""


COMPARED: Final = (tables.entries, *tables.LINES, tables.acts, tables.facts, tables.facts_before)


def check(connection: Connection, register: Register, name: str) -> Iterator[Finding]:
    """All that is wrong with a store.

    The log is read and its hashes compared; then all tables are made once more from it, in memory, and compared row by
    row.

    Args:
        connection: a transaction that reads.
        register: what the store says of itself.
        name: of the store, for messages.
    """
    try:
        history = reading.from_log(connection, register, name)
    except Refused as error:
        yield from error.findings
        return
    if history._record.number != register.place.number:
        message = (
            f"the register says that it has {register.place.number:,} entries, and there are {history._record.number:,}"
        )
        yield Finding("whole", message)
    with _in_memory() as anew:
        start = History(history.schema, history.measures)
        known: dict[str, Act] = {}
        waiting = Waiting(anew)
        head = jsonl.hash_of([register.header])
        for group in groups(start, history._record.entries, reading.together(connection)):
            head = write_lines(waiting, group, known, head)
            derive(waiting, group)
        waiting.flush()
        for table in COMPARED:
            yield from _compared(connection, anew, table)
    rows = connection.execute(select(func.count()).select_from(tables.columns_cache)).scalar_one()
    cached_history = reading.cached(connection, register.header)
    if rows and cached_history is None:
        message = "the columns are not whole; the log is read instead, and rebuild makes them anew"
        yield Finding("columns", message, severity="warning")
    elif cached_history is not None:
        read = reading.advanced(connection, cached_history[1], cached_history[0], register, name).history
        if read != history or not read.same_facts(history):
            yield Finding("columns", "the columns say otherwise than the log; rebuild makes them anew")


@contextlib.contextmanager
def _in_memory() -> Iterator[Connection]:
    """Empty tables of a store, in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            tables.create(connection)
            yield connection
    finally:
        engine.dispose()


def _compared(connection: Connection, anew: Connection, table: Table) -> Iterator[Finding]:
    """The rows of a table that do not follow from the log."""
    # There may be millions of rows, so only their hashes are kept in memory.
    left: dict[int, int] = {}
    for where, sign in ((anew, 1), (connection, -1)):
        for row in _rows(where, table):
            key = hash(row)
            left[key] = left.get(key, 0) + sign
            if not left[key]:
                del left[key]
    if not left:
        return
    for where, sign, word in ((connection, -1, "should not be there"), (anew, 1, "is missing")):
        rows = [row for row in _rows(where, table) if left.get(hash(row), 0) * sign > 0]
        for row in rows[:SHOWN]:
            cells = ", ".join(
                f"{name} {value}" for name, value in zip(_names(table), row, strict=True) if value is not None
            )
            message = f"a row of the table {table.name} {word}: {cells}; rebuild makes it anew from the log"
            yield Finding("derived", message)
        if len(rows) > SHOWN:
            yield Finding("derived", f"and {len(rows) - SHOWN:,} more rows of the table {table.name} ({word})")


def _names(table: Table) -> list[str]:
    # Places among others may have been counted when there were others: only the order that they give matters.
    return [name for name in table.c.keys() if name not in ("nth", "position")]  # noqa: SIM118


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    for row in connection.execute(select(*(table.c[name] for name in _names(table)))):
        yield tuple(row)
