"""networkx: a DiGraph for each year end and each day that is asked about. Other days cannot be asked."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

import networkx as nx
import numpy as np

from peers.data import ACROSS, LATER, PROVINCE, SNAPSHOT, alive, held, ordinal
from peers.graphs import Links, climb
from peers.peer import Peer, size_of

DAYS = sorted({*(ordinal(f"{year}-12-31") for year in range(2011, 2025)), SNAPSHOT, LATER, *ACROSS})


class NetworkxYearly(Peer):
    name = "networkx, a graph per year"
    version = nx.__version__
    notes: ClassVar[dict[str, str]] = {
        "build": f"{len(DAYS)} graphs; only their days can be asked about",
        "parents": "a list of pairs",
        "successors": "a dict of our own beside the graphs",
        "branch": "a copy of one day's graph",
        "merge": "on one day's graph; nothing is checked",
        "save": "pickle",
    }

    def build(self) -> None:
        self.graphs = {day: self._graph(day) for day in DAYS}
        self.links = Links(self.data)

    def _graph(self, day: int) -> Any:
        d = self.data
        graph: Any = nx.DiGraph()
        live = np.flatnonzero(alive(d, day))
        heads, parents = held(d, "head", day, 0).take(live).tolist(), held(d, "edge", day, -1).take(live).tolist()
        kinds, units = d["unit_kind"].take(live).tolist(), live.tolist()
        graph.add_nodes_from((u, {"kind": k, "head": h}) for u, k, h in zip(units, kinds, heads, strict=True))
        graph.add_edges_from((u, p) for u, p in zip(units, parents, strict=True) if p >= 0)
        return graph

    def parents(self, day: int) -> Any:
        return list(self.graphs[day].edges())

    def count(self, kind: int, day: int) -> int:
        return sum(found == kind for _, found in self.graphs[day].nodes(data="kind"))

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        graph = self.graphs[day]
        return [next(graph.successors(unit), -1) for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        graph = self.graphs[day]
        return [climb(lambda u: next(graph.successors(u), -1), unit) for unit in units]

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        graph = self.graphs[day]
        below = nx.ancestors(graph, top)
        head = graph.nodes
        return len(below), sum(head[unit]["head"] for unit in below) + head[top]["head"]

    def totals(self, day: int) -> Any:
        nodes = self.graphs[day].nodes(data="kind")
        return {unit: self.subtree(unit, day) for unit, kind in nodes if kind == PROVINCE}

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        one, two = self.graphs[a], self.graphs[b]
        old, new = dict(list(one.edges())), dict(list(two.edges()))
        moved = [unit for unit, parent in new.items() if unit in old and old[unit] != parent]
        return len(set(two) - set(one)), len(set(one) - set(two)), len(moved)

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        return self.links.final(units)

    def branch(self) -> Any:
        return self.graphs[LATER].copy()

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        for child in list(branch.predecessors(gone)):
            branch.remove_edge(child, gone)
            branch.add_edge(child, into)
        branch.remove_node(gone)
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        return int((branch or self.graphs[LATER]).in_degree(unit))

    def save(self) -> float:
        file = self.folder / "networkx.pickle"
        with file.open("wb") as out:
            pickle.dump(self.graphs, out, 5)
        return size_of(file)

    def load(self) -> Any:
        with (self.folder / "networkx.pickle").open("rb") as file:
            return pickle.load(file)
