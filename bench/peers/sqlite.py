"""sqlite: interval tables with the indexes a user would make, recursive common table expressions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, ClassVar

from peers.data import PROVINCE, Arrays
from peers.peer import Peer, size_of

SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
create table unit(id integer primary key, kind int, start int, "end" int);
create table edge(child int, parent int, start int, "end" int);
create table head(unit int, value int, start int, "end" int);
create table name(unit int, value int, start int, "end" int);
create table link(old int, new int, day int);
"""
INDEXES = """
create index edge_child on edge(child, start, "end", parent);
create index edge_parent on edge(parent, start, "end", child);
create index edge_start on edge(start, "end");
create index head_unit on head(unit, start, "end", value);
create index name_unit on name(unit, start, "end");
create index link_old on link(old, new);
create index unit_kind on unit(kind);
create index unit_start on unit(start, "end");
create index unit_end on unit("end", start);
analyze;
"""
PARENT = 'select parent from edge where child = ? and start <= ? and "end" > ?'
# A join, as one would write first, makes the planner build a Bloom filter over the whole table for each question.
PATH = """
with recursive up(unit) as (
  select ?1 union all
  select (select parent from edge where child = up.unit and start <= ?2 and "end" > ?2) from up where up.unit is not null
) select unit from up where unit is not null"""
SUBTREE = """
with recursive down(unit) as (
  select ?1 union all
  select edge.child from down cross join edge on edge.parent = down.unit and edge.start <= ?2 and edge."end" > ?2
) select count(*) - 1, sum(coalesce(head.value, 0))
  from down left join head on head.unit = down.unit and head.start <= ?2 and head."end" > ?2"""
TOTALS = """
with recursive down(top, unit) as (
  select id, id from unit where kind = ?2 and start <= ?1 and "end" > ?1 union all
  select down.top, edge.child
  from down cross join edge on edge.parent = down.unit and edge.start <= ?1 and edge."end" > ?1
) select down.top, count(*) - 1, sum(coalesce(head.value, 0))
  from down left join head on head.unit = down.unit and head.start <= ?1 and head."end" > ?1 group by down.top"""
MOVED = """
select a.child, a.parent, b.parent
from edge b cross join edge a on a.child = b.child and a.start <= ?1 and a."end" > ?1
where b.start > ?1 and b.start <= ?2 and b."end" > ?2 and a.parent <> b.parent"""
FINAL = """
with recursive forth(unit) as (
  select ? union select link.new from forth cross join link on link.old = forth.unit
) select unit from forth join unit on id = unit where "end" = 2147483647"""


def rows(d: Arrays, *columns: str) -> Any:
    return zip(*(d[column].tolist() for column in columns), strict=True)


def edges(d: Arrays) -> Any:
    """(child, parent, start, end), without the root's."""
    keep = d["edge_value"] >= 0
    return (d[f"edge_{column}"][keep] for column in ("unit", "value", "start", "end"))


class Sqlite(Peer):
    name = "sqlite"
    version = sqlite3.sqlite_version
    notes: ClassVar[dict[str, str]] = {
        "parents": "a list of pairs",
        "branch": "a copy of the file",
        "merge": "on the copy; nothing is checked",
        "save": "vacuum into",
        "load": "open and one question",
    }

    def build(self) -> None:
        d, file = self.data, self.folder / "sqlite.db"
        file.unlink(missing_ok=True)
        self.db = db = sqlite3.connect(file)
        db.executescript(SCHEMA)
        units = zip(
            range(len(d["unit_kind"])), *(d[f"unit_{c}"].tolist() for c in ("kind", "start", "end")), strict=True
        )
        db.executemany("insert into unit values(?, ?, ?, ?)", units)
        db.executemany("insert into edge values(?, ?, ?, ?)", zip(*(c.tolist() for c in edges(d)), strict=True))
        for table in ("head", "name"):
            columns = [f"{table}_{c}" for c in ("unit", "value", "start", "end")]
            db.executemany(f"insert into {table} values(?, ?, ?, ?)", rows(d, *columns))
        db.executemany("insert into link values(?, ?, ?)", rows(d, "link_old", "link_new", "link_day"))
        db.executescript(INDEXES)
        db.commit()

    def parents(self, day: int) -> Any:
        return self.db.execute('select child, parent from edge where start <= ? and "end" > ?', (day, day)).fetchall()

    def count(self, kind: int, day: int) -> int:
        asked = 'select count(*) from unit where kind = ? and start <= ? and "end" > ?'
        return int(self.db.execute(asked, (kind, day, day)).fetchone()[0])

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        ask = self.db.execute
        return [ask(PARENT, (unit, day, day)).fetchone()[0] for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        return [[row[0] for row in self.db.execute(PATH, (unit, day))][1:] for unit in units]

    def subtree(self, top: int, day: int) -> Any:
        return self.db.execute(SUBTREE, (top, day)).fetchone()

    def totals(self, day: int) -> Any:
        return {row[0]: row[1:] for row in self.db.execute(TOTALS, (day, PROVINCE))}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        ask = self.db.execute
        born = ask('select id from unit where start > ?1 and start <= ?2 and "end" > ?2', (a, b)).fetchall()
        gone = ask('select id from unit where start <= ?1 and "end" > ?1 and "end" <= ?2', (a, b)).fetchall()
        return len(born), len(gone), len(ask(MOVED, (a, b)).fetchall())

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        return [{row[0] for row in self.db.execute(FINAL, (unit,))} for unit in units]

    def branch(self) -> Any:
        file = self.folder / "sqlite-branch.db"
        file.unlink(missing_ok=True)
        copy = sqlite3.connect(file)
        self.db.backup(copy)
        return copy

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        live = 'where parent = ?1 and start <= ?2 and "end" > ?2'
        branch.execute(f'insert into edge select child, {into}, ?2, "end" from edge {live}', (gone, day))
        branch.execute(f'update edge set "end" = ?2 {live}', (gone, day))
        branch.execute('update edge set "end" = ?2 where child = ?1 and "end" > ?2', (gone, day))
        branch.execute('update unit set "end" = ?2 where id = ?1', (gone, day))
        branch.execute("insert into link values(?, ?, ?)", (gone, into, day))
        branch.commit()
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        ask = 'select count(*) from edge where parent = ? and start <= ? and "end" > ?'
        return int((branch or self.db).execute(ask, (unit, day, day)).fetchone()[0])

    def save(self) -> float:
        file = self.folder / "sqlite-saved.db"
        file.unlink(missing_ok=True)
        self.db.execute("vacuum into ?", (str(file),))
        return size_of(file)

    def load(self) -> Any:
        db = sqlite3.connect(self.folder / "sqlite-saved.db")
        return db.execute(PARENT, (5, 737_000, 737_000)).fetchone()
