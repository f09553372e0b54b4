"""tskit, the store of population genetics: position on the genome is the day, an edge's span its interval.

Members and lives of units have no place in it: they stay in numpy arrays beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import tskit

from peers.data import LATER, PROVINCE, alive, held
from peers.peer import Peer, size_of
from peers.sqlite import edges


class Tskit(Peer):
    name = "tskit"
    version = tskit.__version__
    notes: ClassVar[dict[str, str]] = {
        "build": "parents only; refuses two parents on a day",
        "parent": "on the tree of the day, made before",
        "path": "on the tree of the day, made before",
        "subtree": "members from arrays of our own",
        "totals": "members from arrays of our own",
        "branch": "a copy of the tables",
        "merge": "sorts and indexes all edges again; the tree is checked",
        "save": "parents only",
    }

    def build(self) -> None:
        d = self.data
        child, parent, start, end = edges(d)
        self.first = int(d["unit_start"].min())
        length = LATER - self.first + 2
        tables = tskit.TableCollection(length)
        depth = np.array([0, 1, 2, 2, 3, 4, 5, 6])
        height = (6 - depth).take(d["unit_kind"]).astype(float)
        tables.nodes.set_columns(flags=(d["unit_kind"] == 7).astype(np.uint32), time=height)
        right = np.minimum(end.astype(np.int64) - self.first, length).astype(float)
        left = (start - self.first).astype(float)
        tables.edges.set_columns(left=left, right=right, parent=parent, child=child)
        tables.sort()
        self.trees = tables.tree_sequence()

    def _array(self, day: int) -> Any:
        return self.trees.at(day - self.first).parent_array[:-1]

    def parents(self, day: int) -> Any:
        parent = self._array(day)
        child = np.flatnonzero(parent >= 0)
        return child, parent[child]

    def prepare(self, day: int) -> None:
        self.tree = self.trees.at(day - self.first)

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        parent = self.tree.parent
        return [parent(unit) for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        return [list(self.tree.ancestors(unit)) for unit in units]

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        below = self.trees.at(day - self.first).preorder(top)
        return len(below) - 1, int(held(self.data, "head", day, 0)[below].sum())

    def totals(self, day: int) -> Any:
        tree, heads = self.trees.at(day - self.first), held(self.data, "head", day, 0)
        tops = np.flatnonzero((self.data["unit_kind"] == PROVINCE) & alive(self.data, day)).tolist()
        parts = {top: tree.preorder(top) for top in tops}
        return {top: (len(part) - 1, int(heads[part].sum())) for top, part in parts.items()}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        one, two = alive(self.data, a), alive(self.data, b)
        moved = one & two & (self._array(a) != self._array(b))
        return int((two & ~one).sum()), int((one & ~two).sum()), int(moved.sum())

    def branch(self) -> Any:
        return self.trees.dump_tables()

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        day -= self.first
        old = branch.edges
        left, right, parent, child = old.left, old.right, old.parent, old.child
        moved = np.flatnonzero((parent == gone) & (left <= day) & (right > day))
        added = np.full(len(moved), float(day)), right[moved], np.full(len(moved), into, np.int32), child[moved]
        right[moved] = day
        right[(child == gone) & (right > day)] = day
        kept = left < right
        columns = [np.concatenate([a[kept], b]) for a, b in zip((left, right, parent, child), added, strict=True)]
        branch.edges.set_columns(**dict(zip(("left", "right", "parent", "child"), columns, strict=True)))
        branch.sort()
        return branch.tree_sequence()

    def children(self, branch: Any, unit: int, day: int) -> int:
        return int((branch or self.trees).at(day - self.first).num_children(unit))

    def save(self) -> float:
        file = self.folder / "tskit.trees"
        self.trees.dump(file)
        return size_of(file)

    def load(self) -> Any:
        return tskit.load(self.folder / "tskit.trees")
