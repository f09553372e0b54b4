"""Databases: what an address means, how one is opened, and how its errors are translated."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from orgmodel.errors import Finding, InvalidFile
from orgmodel.io.store.errors import StoreFailed, failed, of_a_stranger
from orgmodel.model.extras import extra

__all__ = [
    "SQLITE",
    "Database",
]

SQLITE: Final = b"SQLite format 3\0"
"""The first bytes of a file of SQLite."""

_POSTGRESQL: Final = re.compile(r"postgres(ql)?(\+psycopg)?$")


class Database:
    """A database, opened when it is first used.

    Attributes:
        name: for messages; without a password.
        path: the file of SQLite; None of another database.
    """

    def __init__(self, address: str | os.PathLike[str], *, wait: float) -> None:
        self._address = os.fspath(address)
        self._wait = wait
        self.path: Path | None = None
        self._url: URL | None = None
        text = self._address
        if not text:
            # As a path, an empty text would be the current folder.
            raise failed("''", "the address is empty; give the path of a file, or postgresql://...")
        if "://" not in text:
            self.path = Path(text)
            self.name = text
        else:
            try:
                url = make_url(text)
            except (ArgumentError, ValueError) as error:
                raise failed(text, f"this is no address: {error}") from error
            if url.drivername == "sqlite":
                if not url.database or url.database == ":memory:":
                    raise failed(text, "a store is a file: sqlite:///PATH")
                self.path, self.name = Path(url.database), url.database
            elif _POSTGRESQL.match(url.drivername):
                self._url, self.name = url.set(drivername="postgresql+psycopg"), url.render_as_string()
            else:
                message = f"there is no store in {url.drivername!r}; give the path of a file, or postgresql://..."
                raise failed(url.render_as_string(), message)
        self._engine: Engine | None = None
        self._process = os.getpid()
        self._file: tuple[int, int] | None = None
        """Device and number of the file to which the connections are open."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.path is not None

    @property
    def engine(self) -> Engine:
        """The engine of this process; after a fork the child gets one of its own."""
        if self._engine is not None and self._process != os.getpid():
            # Connections of another process must be neither used nor closed here.
            self._engine.dispose(close=False)
            self._engine = None
        if self._engine is None:
            self._process = os.getpid()
            self._file = self._file_now()
            self._engine = self._new_engine()
            # A store that is never closed gives its connections back when it is collected.
            weakref.finalize(self, _dispose, self._engine, self._process).atexit = False
        return self._engine

    def _file_now(self) -> tuple[int, int] | None:
        """Device and number of the file at the path; None if there is none, or if it is another database."""
        if self.path is None:
            return None
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _check_same_file(self) -> None:
        """Refuse to go on with a file that was replaced or removed: what is written to it would be lost.

        Raises:
            StoreFailed: another file is at the path than the connections are open to, or none.
        """
        if self._engine is not None and self._file != self._file_now():
            message = "its file was replaced or removed since it was opened; close the store and open it again"
            raise failed(self.name, message)

    def _new_engine(self) -> Engine:
        if self.path is None:
            assert self._url is not None
            with extra():
                import psycopg  # noqa: F401 - the driver that the address asks for
            return create_engine(self._url, connect_args={"connect_timeout": max(2, int(self._wait))})
        path = Path(os.path.abspath(self.path)).as_uri()

        def connect() -> sqlite3.Connection:
            # rw: SQLite must not create a missing file in passing.
            return sqlite3.connect(
                f"{path}?mode=rw",
                uri=True,
                timeout=self._wait,
                isolation_level=None,
                check_same_thread=False,
            )

        engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        return engine

    def check_there(self) -> None:
        """Refuse what is no file of SQLite.

        Raises:
            FileNotFoundError: there is none.
            InvalidFile: it is something else.
        """
        if self.path is None:
            return
        if not stat.S_ISREG(os.stat(self.path).st_mode):
            raise InvalidFile(f"{self.name} cannot be opened", [Finding("magic", "this is no file")])
        with open(self.path, "rb") as file:
            begin = file.read(len(SQLITE))
        if begin and begin != SQLITE:
            raise InvalidFile(f"{self.name} cannot be opened", [Finding("magic", "this is no file of SQLite")])

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot of the database, whatever is written meanwhile."""
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._check_same_file()
        with (
            self._errors(),
            of_a_stranger(self.name),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when it ends; other writers wait for it."""
        self._check_same_file()
        with (
            self._errors(),
            self.engine.connect().execution_options(orgmodel_writes=True) as connection,
            connection.begin(),
        ):
            if not self.is_sqlite:
                # Whatever the server's default: a recorded act must survive a power failure.
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            yield connection

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of the database into errors of the library."""
        try:
            yield
        except DBAPIError as error:
            message = " ".join(str(error.orig).split()) or type(error.orig).__name__
            if isinstance(error.orig, sqlite3.DatabaseError) and (
                "malformed" in message or "not a database" in message
            ):
                raise InvalidFile(f"{self.name} cannot be read", [Finding("damaged", message)]) from error
            raise failed(self.name, message) from error
        except SQLAlchemyError as error:
            raise failed(self.name, " ".join(str(error).split())) from error
        except UnicodeError as error:
            raise failed(self.name, f"a text that cannot be stored: {error}") from error

    def wipe(self, tables: Iterable[str]) -> list[str]:
        """Rewrite tables, so that deleted content is gone from the file; returns what may be left of it."""
        sqlite_statements = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
        statements = sqlite_statements if self.is_sqlite else (f"VACUUM FULL {', '.join(tables)}",)
        try:
            with self._errors():
                connection = self.engine.raw_connection()
                try:
                    if not self.is_sqlite:
                        driver = connection.driver_connection
                        assert driver is not None
                        driver.autocommit = True
                    busy = False
                    for command in statements:
                        cursor = connection.cursor()
                        cursor.execute(command)
                        # (whether another connection blocked it, pages in the log, pages written back)
                        busy = command.startswith("PRAGMA") and bool((cursor.fetchone() or (False,))[0])
                        cursor.close()
                finally:
                    connection.invalidate()
        except StoreFailed as error:
            return [f"the files of the database: {error.findings[0].message}"]
        return ["the write-ahead log beside the file, as somebody reads: wipe it when nobody does"] if busy else []

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None and self._process == os.getpid():
            self._engine.dispose()
        self._engine = None


def _dispose(engine: Engine, process: int) -> None:
    """Close connections in the process that opened them: after a fork they belong to the parent."""
    engine.dispose(close=process == os.getpid())


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # WAL: readers see whole acts while a writer writes. FULL: an act is on the disk when the call returns.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("orgmodel_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
