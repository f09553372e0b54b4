"""rustworkx: a PyDiGraph of all time, intervals on its edges."""

from __future__ import annotations

import pickle
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, ClassVar

import rustworkx as rx

from peers.data import PROVINCE
from peers.graphs import Links, climb, walk
from peers.peer import Peer, size_of
from peers.sqlite import edges, rows


class Rustworkx(Peer):
    name = "rustworkx"
    version = rx.__version__
    notes: ClassVar[dict[str, str]] = {
        "parents": "a list of pairs",
        "successors": "a dict of our own beside the graph",
        "branch": "a copy that shares the payloads",
        "merge": "on the copy; nothing is checked",
        "save": "pickle",
    }

    def build(self) -> None:
        d = self.data
        self.graph: Any = rx.PyDiGraph()
        # kind, start, end, days of members, members
        self.graph.add_nodes_from([(*row, [], []) for row in rows(d, "unit_kind", "unit_start", "unit_end")])
        columns = [column.tolist() for column in edges(d)]
        self.graph.add_edges_from([(c, p, (s, e)) for c, p, s, e in zip(*columns, strict=True)])
        nodes = self.graph.nodes()
        for unit, value, start in rows(d, "head_unit", "head_value", "head_start"):
            nodes[unit][3].append(start)
            nodes[unit][4].append(value)
        self.nodes = nodes
        self.links = Links(d)

    def parents(self, day: int) -> Any:
        return [(u, v) for u, v, (s, e) in self.graph.weighted_edge_list() if s <= day < e]

    def _parent(self, unit: int, day: int) -> int:
        for _, parent, (start, end) in self.graph.out_edges(unit):
            if start <= day < end:
                return int(parent)
        return -1

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        return [self._parent(unit, day) for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        return [climb(lambda u: self._parent(u, day), unit) for unit in units]

    def _children(self, graph: Any, unit: int, day: int) -> list[int]:
        return [child for child, _, (s, e) in graph.in_edges(unit) if s <= day < e]

    def _head(self, unit: int, day: int) -> int:
        _, _, _, days, members = self.nodes[unit]
        at = bisect_right(days, day)
        return int(members[at - 1]) if at else 0

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        return walk(lambda u: self._children(self.graph, u, day), lambda u: self._head(u, day), top)

    def totals(self, day: int) -> Any:
        live = [u for u, (k, s, e, *_) in enumerate(self.nodes) if k == PROVINCE and s <= day < e]
        return {unit: self.subtree(unit, day) for unit in live}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        one, two = ({u for u, (_, s, e, *_) in enumerate(self.nodes) if s <= day < e} for day in (a, b))
        old, new = dict(self.parents(a)), dict(self.parents(b))
        return len(two - one), len(one - two), sum(unit in old and old[unit] != parent for unit, parent in new.items())

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        return self.links.final(units)

    def branch(self) -> Any:
        return self.graph.copy()

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        def cut(unit: int) -> int:
            """End the edge of a day; the end it had."""
            for at in branch.out_edge_indices(unit):
                start, end = branch.get_edge_data_by_index(at)
                if start <= day < end:
                    branch.update_edge_by_index(at, (start, day))
                    return int(end)
            raise KeyError(unit)

        for child in self._children(branch, gone, day):
            branch.add_edge(child, into, (day, cut(child)))
        cut(gone)
        kind, start, _, *members = branch[gone]
        branch[gone] = kind, start, day, *members
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        return len(self._children(branch or self.graph, unit, day))

    def save(self) -> float:
        file = self.folder / "rustworkx.pickle"
        with file.open("wb") as out:
            pickle.dump(self.graph, out, 5)
        return size_of(file)

    def load(self) -> Any:
        with (self.folder / "rustworkx.pickle").open("rb") as file:
            return pickle.load(file)
