"""Creating, copying and migrating a store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, delete, insert, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import StaticPool

from orgmodel.acts.act import Act
from orgmodel.errors import Finding, InvalidFile, Refused
from orgmodel.history.history import History
from orgmodel.history.log import is_late
from orgmodel.io import jsonl
from orgmodel.io.store import reading, tables
from orgmodel.io.store.connecting import Database
from orgmodel.io.store.errors import failed, of_a_stranger
from orgmodel.io.store.steps import groups
from orgmodel.io.store.writing import AT_ONCE, Waiting, derive, write_lines, write_texts
from orgmodel.writing import write_file

__all__ = [
    "DERIVED",
    "MIGRATIONS",
    "backup",
    "create",
    "derive_all",
    "migrate",
    "rebuild",
    "said",
]

MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {}
"""Version of the tables -> its migration to the next version. All run in one transaction."""

DERIVED: Final = (tables.acts, tables.facts, tables.facts_before, tables.columns_cache)
"""The tables that are derived from the log."""


def said(connection: Connection, name: str, *, to_write: bool = False) -> reading.Register:
    """What a store says of itself.

    Raises:
        InvalidFile: it is no store, or of another version.
    """
    try:
        register = reading.register(connection, to_write=to_write)
    except (OperationalError, ProgrammingError):
        if inspect(connection.engine).has_table(tables.register.name):
            raise
        hint = "make one with orgmodel init, or Store.create"
        raise InvalidFile(f"{name} cannot be opened", [Finding("store", f"there is no store in it; {hint}")]) from None
    if register is None:
        raise InvalidFile(f"{name} cannot be opened", [Finding("store", "its table register has no row")])
    if type(register.version) is not int:
        raise InvalidFile(f"{name} cannot be opened", [Finding("version", "its version is no number")])
    if register.version != tables.VERSION:
        newer = register.version > tables.VERSION
        hint = "a newer orgmodel made it" if newer else "bring it up to date with Store.migrate, after a backup"
        message = f"its tables are of version {register.version}, and this orgmodel has {tables.VERSION}; {hint}"
        raise InvalidFile(f"{name} cannot be opened", [Finding("version", message)])
    return register


def migrate(database: Database) -> tuple[int, int]:
    """Brings the tables of a store up to date, all or nothing.

    Returns:
        The version before and after.
    """
    with database.writing() as connection:
        if not inspect(connection).has_table(tables.register.name):
            raise InvalidFile(f"{database.name} cannot be opened", [Finding("store", "there is no store in it")])
        version = before = connection.execute(select(tables.register.c.version).with_for_update()).scalar_one()
        while version < tables.VERSION:
            if version not in MIGRATIONS:
                message = f"nothing brings tables of version {version} up to date"
                raise InvalidFile(f"{database.name} cannot be migrated", [Finding("version", message)])
            MIGRATIONS[version](connection)
            version += 1
            connection.execute(tables.register.update().values(version=version))
    return before, max(before, version)


def create(database: Database, history: History) -> None:
    """Makes a store that begins with the log of a history.

    Raises:
        FileExistsError: there is a file that is not empty.
        StoreFailed: there is a store already.
    """
    is_new = False
    if database.path is not None:
        try:
            os.close(os.open(database.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            is_new = True
        except FileExistsError:
            if not database.path.is_file() or not _is_empty(database):
                raise
    created = False
    try:
        with database.writing() as connection:
            if inspect(connection).has_table(tables.register.name):
                raise failed(database.name, "there is a store already")
            tables.create(connection)
            _fill(connection, history)
        created = True
    finally:
        database.close()
        if is_new and not created:
            for path in _files(database):
                path.unlink(missing_ok=True)


def _is_empty(database: Database) -> bool:
    """Whether a file of SQLite is empty: just made, or interrupted while it was made."""
    database.check_there()
    with database.reading() as connection:
        return not inspect(connection).get_table_names()


def _files(database: Database) -> Iterator[Path]:
    """The file of a database, and the journals that SQLite keeps beside it."""
    if database.path is not None:
        yield from (database.path.with_name(database.path.name + more) for more in ("", "-wal", "-shm", "-journal"))


def _fill(connection: Connection, history: History) -> None:
    """Write a whole history into empty tables."""
    header = jsonl.header_line(history.schema, history.measures)
    head, number = jsonl.hash_of([header]), 0
    row = {"id": 1, "version": tables.VERSION, "header": header, "number": number, "head": head}
    connection.execute(insert(tables.register), [row])
    known: dict[str, Act] = {}
    last = start = History(history.schema, history.measures)
    waiting = Waiting(connection)
    for group in groups(start, history._record.entries):
        head = write_lines(waiting, group, known, head)
        derive(waiting, group)
        last, number = group.after, group.last
    waiting.flush()
    connection.execute(tables.register.update().values(number=number, head=head))
    reading.keep_columns(connection, reading.StoredPlace(number, head), last)


def rebuild(database: Database) -> None:
    """Makes all anew that is made from the log.

    Raises:
        InvalidFile: the log is damaged.
    """
    with database.writing() as connection:
        derive_all(connection, said(connection, database.name, to_write=True), database.name)


def derive_all(connection: Connection, register: reading.Register, name: str) -> None:
    """Derive all tables from the lines of the log, within a transaction."""
    with of_a_stranger(name):
        history = reading.from_log(connection, register, name)
        lines = list(reading.lines_after(connection, 0))
        together = reading.together(connection)
    for table in (*DERIVED, *tables.LINES, tables.entries):
        connection.execute(delete(table))
    last = start = History(history.schema, history.measures)
    waiting = Waiting(connection)
    for group in groups(start, history._record.entries, together):
        for entry in group.entries:
            late = is_late(entry, group.before.last_day)
            write_texts(waiting, lines[entry.number - 1], late=late, together=group.last)
        derive(waiting, group)
        last = group.after
    waiting.flush()
    place = reading.StoredPlace(last._record.number, register.place.head)
    connection.execute(tables.register.update().values(number=place.number))
    reading.keep_columns(connection, place, last)


def backup(database: Database, path: str | os.PathLike[str]) -> None:
    """Write a snapshot of a store to a file of SQLite, while others go on writing."""
    if database.path is not None and os.path.exists(path) and os.path.samefile(path, database.path):
        # Whoever has the store open would go on writing to the file that was replaced.
        raise Refused("a backup", [Finding("backup", f"{os.fspath(path)} is the store itself; name another file")])
    with database.reading() as connection:
        register = said(connection, database.name)
        raw: object = connection.connection.dbapi_connection
        # Built in memory: a killed process leaves no half file, and the file is put in place as a whole.
        content = raw.serialize() if isinstance(raw, sqlite3.Connection) else _copied(connection, register)
    write_file(path, content)


def _copied(connection: Connection, register: reading.Register) -> bytes:
    """A store of another database as the bytes of a file of SQLite."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as copy:
        tables.create(copy)
        for table in tables.metadata.sorted_tables:
            rows = connection.execute(select(table)).mappings()
            while part := rows.fetchmany(AT_ONCE):
                copy.execute(insert(table), [dict(row) for row in part])
        assert reading.register(copy) == register
    raw = engine.raw_connection()
    try:
        assert raw.driver_connection is not None
        content: bytes = raw.driver_connection.serialize()
    finally:
        raw.close()
        engine.dispose()
    return content
