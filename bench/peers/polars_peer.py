"""polars: interval data frames, filters and joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import polars as pl

from peers.data import FAR, PROVINCE
from peers.peer import Peer, size_of
from peers.sqlite import edges

START, END = pl.col("start"), pl.col("end")


def at(frame: pl.DataFrame, day: int) -> pl.DataFrame:
    return frame.filter((day >= START) & (day < END))


def whole(values: Any) -> pl.Series:
    return pl.Series(values, dtype=pl.Int32)


class Polars(Peer):
    name = "polars"
    version = pl.__version__
    cheap_branches = True
    notes: ClassVar[dict[str, str]] = {
        "build": "nothing is checked",
        "parents": "a data frame",
        "parent": "a scan for each",
        "path": "a scan for each step",
        "branch": "a dict of the shared frames",
        "merge": "rewrites the end columns; nothing is checked",
        "save": "parquet",
    }

    def build(self) -> None:
        d = self.data
        child, parent, start, end = edges(d)
        self.frames = {
            "unit": pl.DataFrame({"id": np.arange(len(d["unit_kind"]), dtype=np.int32), **self._part("unit", "kind", "start", "end")}),
            "edge": pl.DataFrame({"child": child, "parent": parent, "start": start, "end": end}),
            "head": pl.DataFrame(self._part("head", "unit", "value", "start", "end")),
            "name": pl.DataFrame(self._part("name", "unit", "value", "start", "end")),
            "link": pl.DataFrame(self._part("link", "old", "new", "day")),
        }  # fmt: skip

    def _part(self, table: str, *columns: str) -> dict[str, Any]:
        return {column: self.data[f"{table}_{column}"] for column in columns}

    def parents(self, day: int) -> Any:
        return at(self.frames["edge"], day).select("child", "parent")

    def count(self, kind: int, day: int) -> int:
        return at(self.frames["unit"].filter(pl.col("kind") == kind), day).height

    def edges_of(self, answer: Any) -> tuple[int, int]:
        return super().edges_of((answer["child"].to_numpy(), answer["parent"].to_numpy()))

    def _parent(self, unit: int, day: int) -> int:
        found = self.frames["edge"].filter((pl.col("child") == unit) & (day >= START) & (day < END))["parent"]
        return int(found[0]) if len(found) else -1

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        return [self._parent(unit, day) for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        out = []
        for unit in units:
            path: list[int] = []
            while (unit := self._parent(unit, day)) >= 0:
                path.append(unit)
            out.append(path)
        return out

    def _sums(self, tops: pl.Series, day: int) -> pl.DataFrame:
        live = self.parents(day)
        level = pl.DataFrame({"top": tops, "unit": tops})
        levels = [level]
        while len(level):
            level = level.join(live, left_on="unit", right_on="parent").select("top", unit="child")
            levels.append(level)
        heads = at(self.frames["head"], day).select("unit", "value")
        found = pl.concat(levels).join(heads, on="unit", how="left")
        return found.group_by("top").agg(n=pl.len() - 1, members=pl.col("value").fill_null(0).sum())

    def subtree(self, top: int, day: int) -> Any:
        return self._sums(whole([top]), day).row(0)[1:]

    def totals(self, day: int) -> Any:
        provinces = at(self.frames["unit"].filter(pl.col("kind") == PROVINCE), day)["id"]
        return {row[0]: row[1:] for row in self._sums(provinces, day).rows()}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        unit = self.frames["unit"]
        born = unit.filter((a < START) & (b >= START) & (b < END))
        gone = unit.filter((a >= START) & (a < END) & (b >= END))
        both = self.parents(a).join(self.parents(b), on="child", suffix="_b")
        return len(born), len(gone), len(both.filter(pl.col("parent") != pl.col("parent_b")))

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        link = self.frames["link"]
        living = self.frames["unit"].filter(END == FAR)["id"]
        out = []
        for unit in units:
            level, found = whole([unit]), {unit}
            while len(level):
                level = link.filter(pl.col("old").is_in(level.implode()))["new"].unique()
                level = level.filter(~level.is_in(whole(list(found)).implode()))
                found |= set(level.to_list())
            mine = whole(list(found))
            out.append(set(mine.filter(mine.is_in(living.implode())).to_list()))
        return out

    def branch(self) -> Any:
        return dict(self.frames)

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        edge, unit, link = branch["edge"], branch["unit"], branch["link"]
        live = (pl.col("parent") == gone) & (day >= START) & (day < END)
        moved = edge.filter(live).with_columns(parent=pl.lit(into, pl.Int32), start=pl.lit(day, pl.Int32))
        over = live | ((pl.col("child") == gone) & (day < END))
        edge = edge.with_columns(end=pl.when(over).then(pl.lit(day, pl.Int32)).otherwise(END))
        branch["edge"] = pl.concat([edge, moved])
        branch["unit"] = unit.with_columns(end=pl.when(pl.col("id") == gone).then(pl.lit(day, pl.Int32)).otherwise(END))
        row = pl.DataFrame({"old": [gone], "new": [into], "day": [day]}, schema=link.schema)
        branch["link"] = pl.concat([link, row])
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        return len(at((branch or self.frames)["edge"].filter(pl.col("parent") == unit), day))

    def save(self) -> float:
        folder = self.folder / "polars"
        folder.mkdir(exist_ok=True)
        for name, frame in self.frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
        return size_of(folder)

    def load(self) -> Any:
        return {name: pl.read_parquet(self.folder / "polars" / f"{name}.parquet") for name in self.frames}
