"""duckdb: interval tables in a file, recursive common table expressions, answers as numpy arrays."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any, ClassVar

import duckdb
import numpy as np
import pyarrow as pa

from peers.data import PROVINCE
from peers.peer import Peer, size_of
from peers.sqlite import edges

PARENT = 'select parent from edge where child = $1 and start <= $2 and "end" > $2'
PATH = """
with recursive up(unit, depth) as (
  select $1::int, 0 union all
  select edge.parent, up.depth + 1 from up join edge on edge.child = up.unit and edge.start <= $2 and edge."end" > $2
) select unit from up where depth > 0 order by depth"""
SUBTREE = """
with recursive down(unit) as (
  select $1::int union all
  select edge.child from down join edge on edge.parent = down.unit and edge.start <= $2 and edge."end" > $2
) select count(*) - 1, sum(coalesce(head.value, 0))::bigint
  from down left join head on head.unit = down.unit and head.start <= $2 and head."end" > $2"""
TOTALS = """
with recursive down(top, unit) as (
  select id, id from unit where kind = $2 and start <= $1 and "end" > $1 union all
  select down.top, edge.child from down join edge on edge.parent = down.unit and edge.start <= $1 and edge."end" > $1
) select down.top, count(*) - 1, sum(coalesce(head.value, 0))::bigint
  from down left join head on head.unit = down.unit and head.start <= $1 and head."end" > $1 group by down.top"""
MOVED = """
select a.child from edge b join edge a on a.child = b.child and a.start <= $1 and a."end" > $1
where b.start <= $2 and b."end" > $2 and a.parent <> b.parent"""
FINAL = """
with recursive forth(unit) as (
  select $1::int union select link.new from forth join link on link.old = forth.unit
) select unit from forth join unit on id = unit where "end" = 2147483647"""


class Duckdb(Peer):
    name = "duckdb"
    version = duckdb.__version__
    notes: ClassVar[dict[str, str]] = {
        "parents": "two numpy arrays",
        "branch": "a copy of the file",
        "merge": "on the copy; nothing is checked",
        "save": "export to parquet",
        "load": "open the database file and one question",
    }

    def build(self) -> None:
        d, self.file = self.data, self.folder / "duck.db"
        if hasattr(self, "db"):
            self.db.close()
        for end in ("", ".wal"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        self.db = duckdb.connect(str(self.file))
        child, parent, start, end_ = edges(d)
        tables = {
            "unit": {
                "id": np.arange(len(d["unit_kind"]), dtype=np.int32),
                **self._part("unit", "kind", "start", "end"),
            },
            "edge": {"child": child, "parent": parent, "start": start, "end": end_},
            "head": self._part("head", "unit", "value", "start", "end"),
            "name": self._part("name", "unit", "value", "start", "end"),
            "link": self._part("link", "old", "new", "day"),
        }
        for name, columns in tables.items():
            self.db.register("given", pa.table(columns))
            self.db.execute(f"create table {name} as select * from given")
            self.db.unregister("given")
        self.db.execute("create index edge_child on edge(child)")
        self.db.execute("create index link_old on link(old)")
        self.db.execute("checkpoint")

    def _part(self, table: str, *columns: str) -> dict[str, Any]:
        return {column: self.data[f"{table}_{column}"] for column in columns}

    def parents(self, day: int) -> Any:
        found = self.db.execute('select child, parent from edge where start <= $1 and "end" > $1', [day]).fetchnumpy()
        return found["child"], found["parent"]

    def count(self, kind: int, day: int) -> int:
        asked = 'select count(*) from unit where kind = $1 and start <= $2 and "end" > $2'
        return int(self.db.execute(asked, [kind, day]).fetchone()[0])

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        ask = self.db.execute
        return [ask(PARENT, [unit, day]).fetchone()[0] for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        return [[row[0] for row in self.db.execute(PATH, [unit, day]).fetchall()] for unit in units]

    def subtree(self, top: int, day: int) -> Any:
        return self.db.execute(SUBTREE, [top, day]).fetchone()

    def totals(self, day: int) -> Any:
        return {row[0]: row[1:] for row in self.db.execute(TOTALS, [day, PROVINCE]).fetchall()}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        ask = self.db.execute
        born = ask('select id from unit where start > $1 and start <= $2 and "end" > $2', [a, b]).fetchnumpy()["id"]
        gone = ask('select id from unit where start <= $1 and "end" > $1 and "end" <= $2', [a, b]).fetchnumpy()["id"]
        return len(born), len(gone), len(ask(MOVED, [a, b]).fetchnumpy()["child"])

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        return [{row[0] for row in self.db.execute(FINAL, [unit]).fetchall()} for unit in units]

    def branch(self) -> Any:
        if hasattr(self, "copy"):
            self.copy.close()
        self.db.execute("checkpoint")
        file = self.folder / "duck-branch.db"
        file.with_name(file.name + ".wal").unlink(missing_ok=True)
        shutil.copyfile(self.file, file)
        self.copy = duckdb.connect(str(file))
        return self.copy

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        live = 'where parent = $1 and start <= $2 and "end" > $2'
        branch.execute("begin")
        branch.execute(f'insert into edge select child, {into}, $2, "end" from edge {live}', [gone, day])
        branch.execute(f'update edge set "end" = $2 {live}', [gone, day])
        branch.execute('update edge set "end" = $2 where child = $1 and "end" > $2', [gone, day])
        branch.execute('update unit set "end" = $2 where id = $1', [gone, day])
        branch.execute("insert into link values($1, $2, $3)", [gone, into, day])
        branch.execute("commit")
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        ask = 'select count(*) from edge where parent = $1 and start <= $2 and "end" > $2'
        return int((branch or self.db).execute(ask, [unit, day]).fetchone()[0])

    def save(self) -> float:
        folder = self.folder / "duck-parquet"
        shutil.rmtree(folder, ignore_errors=True)
        self.db.execute(f"export database '{folder}' (format parquet)")
        return size_of(folder)

    def load(self) -> Any:
        self.db.close()
        self.db = duckdb.connect(str(self.file))
        return self.db.execute(PARENT, [5, 737_000]).fetchone()
