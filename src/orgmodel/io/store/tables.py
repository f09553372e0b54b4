"""The tables of a store, and the views over them, in plain names: a query by hand or by another tool reads them.

The log, which is what counts (all else can be made anew from it):

* ``register``: one row; the version of the tables, the header of the log, the number and the hash of the last entry;
* ``entries``: the log. Each has the hash of the one before it (``previous``) and its own (``hash``), which are those
  of the file that :func:`orgmodel.io.jsonl.dump` writes. ``record`` is its first line there;
* ``operations``, ``events``, ``remade``, ``answers``: the other lines of an entry, in the order of ``line``: what was
  decided, what was stated or what operations came to, what older acts came to anew, choices that were made for them.

Made from it:

* ``acts``: what each act says and since which entry; ``superseded`` is the entry that corrected or cancelled it;
* ``facts``: all that is known now, in half-open days ``[from_day, until_day)``, each fact with its act and with the
  number of the entry by which it became known;
* ``facts_before``: facts as they were known from one entry (``known``) until another (``superseded``);
* ``columns_cache``: the columns file of the history up to an entry, in parts, so that opening need not read the log.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UnicodeText,
)
from sqlalchemy.engine import Connection

__all__ = [
    "LINES",
    "VERSION",
    "VIEWS",
    "acts",
    "answers",
    "columns_cache",
    "create",
    "entries",
    "events",
    "facts",
    "facts_before",
    "metadata",
    "operations",
    "register",
    "remade",
]

VERSION: Final = 1
"""The version of the tables."""

metadata: Final = MetaData()

register: Final = Table(
    "register",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("header", UnicodeText, nullable=False),
    Column("number", Integer, nullable=False),
    Column("head", String, nullable=False),
)

entries: Final = Table(
    "entries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recorded", Date, nullable=False),
    Column("type", String, nullable=False),
    Column("act", String, nullable=False),
    Column("reason", UnicodeText, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("recorded_with", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("record", UnicodeText, nullable=False),
)
"""``late``: it changed what was known of days before the last one; ``recorded_with``: the last of the entries that
were recorded with it, all or none."""

_LINE: Final = (
    lambda: Column("entry", Integer, primary_key=True, autoincrement=False),
    lambda: Column("line", Integer, primary_key=True, autoincrement=False),
    lambda: Column("act", String, nullable=False),
    lambda: Column("record", UnicodeText, nullable=False),
)
"""The columns that the tables of lines have in common."""


def _lines(name: str, *columns: Column[str] | Column[int]) -> Table:
    return Table(name, metadata, *(column() for column in _LINE), *columns, sqlite_with_rowid=False)


operations: Final = _lines(
    "operations", Column("step", Integer, nullable=False), Column("operation", String, nullable=False)
)
events: Final = _lines(
    "events",
    Column("step", Integer, nullable=False),
    Column("event", String, nullable=False),
    Column("subject", String),
)
remade: Final = _lines("remade", Column("step", Integer))
answers: Final = _lines("answers", Column("about", String, nullable=False))
LINES: Final = (operations, events, remade, answers)

acts: Final = Table(
    "acts",
    metadata,
    Column("act", String, primary_key=True),
    Column("known", Integer, primary_key=True, autoincrement=False),
    Column("superseded", Integer),
    Column("effective", Date, nullable=False),
    Column("within_from", Date),
    Column("within_until", Date),
    Column("placed_before", String),
    Column("placed_after", String),
    Column("source", UnicodeText, nullable=False),
    Column("issuer", UnicodeText),
    Column("title", UnicodeText),
    Column("decided", Date),
    Column("in_force", Date),
    Column("note", UnicodeText),
    sqlite_with_rowid=False,
)


def _fact_columns() -> list[Column[object]]:
    """The columns that the tables of facts have in common: the key of a fact, and what it says."""
    return [
        Column("subject", String, primary_key=True),
        Column("track", String, primary_key=True),
        Column("known", Integer, primary_key=True, autoincrement=False),
        Column("nth", Integer, primary_key=True, autoincrement=False),
        Column("slot", UnicodeText),
        Column("from_day", Date, nullable=False),
        Column("until_day", Date),
        Column("value", UnicodeText),
        Column("form", String, nullable=False),
        Column("act", String, nullable=False),
        Column("event", Integer, nullable=False),
        Column("said_until", Date),
        Column("sequence", Integer),
        Column("position", Integer, nullable=False),
    ]


facts: Final = Table(
    "facts",
    metadata,
    *_fact_columns(),
    sqlite_with_rowid=False,
)
Index("facts_known", facts.c.known)
"""``form`` says how ``value`` is written: ``text``, ``number``, ``unit`` (the id of one), ``root`` (below nothing),
``json``, or ``none`` where the act says that nothing holds any more. ``said_until`` is the end that the fact was stated
with, ``until_day`` the one it has. ``sequence`` orders successions, ``position`` facts of one event."""

facts_before: Final = Table(
    "facts_before",
    metadata,
    Column("superseded", Integer, primary_key=True, autoincrement=False),
    *_fact_columns(),
    sqlite_with_rowid=False,
)

columns_cache: Final = Table(
    "columns_cache",
    metadata,
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("head", String, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

_FACT: Final = "subject, track, slot, from_day, until_day, value, form, act, known"

VIEWS: Final = {
    "said": f"""
        SELECT f.subject, f.track, f.slot, f.from_day, f.until_day, f.value, f.act,
               a.source, a.issuer, k.recorded, s.recorded AS superseded
        FROM (SELECT {_FACT}, NULL AS superseded FROM facts WHERE form <> 'none'
              UNION ALL
              SELECT {_FACT}, superseded FROM facts_before WHERE form <> 'none') AS f
        JOIN entries AS k ON k.number = f.known
        LEFT JOIN entries AS s ON s.number = f.superseded
        JOIN acts AS a ON a.act = f.act AND a.known = (
            SELECT max(b.known) FROM acts AS b WHERE b.act = f.act AND b.known <= f.known)
    """,
    "corrected": """
        SELECT e.number, e.recorded, e.late, e.type, e.act, e.reason, n.source, n.issuer, n.effective,
               w.source AS was_source, w.issuer AS was_issuer, w.effective AS was_effective
        FROM entries AS e
        LEFT JOIN acts AS n ON n.act = e.act AND n.known = e.number
        LEFT JOIN acts AS w ON w.act = e.act AND w.superseded = e.number
    """,
    "corrected_facts": f"""
        SELECT e.number, e.recorded, e.late, e.type, e.act AS corrected_by, e.reason, f.word,
               f.subject, f.track, f.slot, f.from_day, f.until_day, f.value, f.act
        FROM entries AS e
        JOIN (SELECT 'was' AS word, {_FACT}, superseded AS entry FROM facts_before WHERE form <> 'none'
              UNION ALL
              SELECT 'is', {_FACT}, known FROM facts WHERE form <> 'none'
              UNION ALL
              SELECT 'is', {_FACT}, known FROM facts_before WHERE form <> 'none') AS f ON f.entry = e.number
    """,
}
"""Name of a view -> its query, which SQLite and PostgreSQL read alike.

``said``: each fact with the days on which it was recorded and superseded, so that one asks what the register said on a
day about another. ``corrected``: the entries, with who said so and why. Those with a day of recording behind one day,
and ``late`` or effective by that day, are what was corrected since. ``corrected_facts``: what each of them changed, as
it was (``was``) and as it is (``is``).
"""


def create(connection: Connection) -> None:
    """Makes the tables and views."""
    metadata.create_all(connection, checkfirst=False)
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
