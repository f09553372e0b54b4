"""raphtory: a PersistentGraph, edges added and deleted by day, members as a property of nodes."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import raphtory
from raphtory import PersistentGraph, algorithms

from peers.data import FAR, PROVINCE
from peers.graphs import Links, climb
from peers.peer import Peer, size_of
from peers.sqlite import edges


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without its progress bars, which go to the terminal."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Raphtory(Peer):
    name = "raphtory"
    version = raphtory.version()
    notes: ClassVar[dict[str, str]] = {
        "build": "nodes never end: their lives are read off the edges",
        "parents": "a list of pairs",
        "totals": "exported in bulk, added up in Python",
        "diff": "two days compared in Python",
        "successors": "a dict of our own beside the graph",
        "branch": "a full copy",
        "merge": "on the copy; nothing is checked",
    }

    def build(self) -> None:
        d = self.data
        long, number = (lambda a: a.astype(np.int64)), (lambda a: a.astype(np.uint64))
        child, parent, start, end = edges(d)
        over = end < FAR
        self.graph = graph = PersistentGraph()
        nodes = {"t": long(d["unit_start"]), "id": number(np.arange(len(d["unit_kind"]))), "kind": long(d["unit_kind"])}
        added = {"t": long(start), "src": number(child), "dst": number(parent)}
        gone = {"t": long(end[over]), "src": number(child[over]), "dst": number(parent[over])}
        heads = {"t": long(d["head_start"]), "id": number(d["head_unit"]), "head": long(d["head_value"])}
        names = {"t": long(d["name_start"]), "id": number(d["name_unit"]), "name": long(d["name_value"])}
        with quiet():
            graph.load_nodes(pa.table(nodes), time="t", id="id", metadata=["kind"])
            graph.load_edges(pa.table(added), time="t", src="src", dst="dst")
            graph.load_edge_deletions(pa.table(gone), time="t", src="src", dst="dst")
            graph.load_nodes(pa.table(heads), time="t", id="id", properties=["head"])
            graph.load_nodes(pa.table(names), time="t", id="id", properties=["name"])
        self.links = Links(d)

    def parents(self, day: int) -> Any:
        return self.graph.at(day).edges.id.collect()

    @staticmethod
    def _parent(view: Any, unit: int) -> int:
        found = view.node(unit).out_neighbours.id.collect()
        return int(found[0]) if found else -1

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        return [self._parent(self.graph.at(day), unit) for unit in units]

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        return [climb(lambda u: self._parent(self.graph.at(day), u), unit) for unit in units]

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        view = self.graph.at(day)
        below = list(algorithms.in_component(view.node(top)).nodes())
        return len(below), sum(node.properties.get("head") or 0 for node in below)

    def totals(self, day: int) -> Any:
        view = self.graph.at(day)
        parent, ids = dict(view.edges.id.collect()), view.nodes.id.collect()
        heads = dict(zip(ids, view.nodes.properties.get("head").collect(), strict=True))
        kinds = view.nodes.metadata.get("kind").collect()
        top = {unit: unit for unit, kind in zip(ids, kinds, strict=True) if kind == PROVINCE and unit in parent}
        out = {unit: [0, 0] for unit in top}
        for unit in parent:
            at, path = unit, []
            while at not in top and at in parent:
                path.append(at)
                at = parent[at]
            if (above := top.get(at)) is None:
                continue
            top.update((passed, above) for passed in path)
            out[above][0] += above != unit
            out[above][1] += heads.get(unit) or 0
        return out

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        old, new = dict(self.parents(a)), dict(self.parents(b))
        moved = sum(unit in old and old[unit] != parent for unit, parent in new.items())
        return len(new.keys() - old.keys()), len(old.keys() - new.keys()), moved

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        return self.links.final(units)

    def branch(self) -> Any:
        with quiet():
            return self.graph.materialize()

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        for child in branch.at(day).node(gone).in_neighbours.id.collect():
            branch.delete_edge(day, child, gone)
            branch.add_edge(day, child, into)
        for parent in branch.at(day).node(gone).out_neighbours.id.collect():
            branch.delete_edge(day, gone, parent)
        return branch

    def children(self, branch: Any, unit: int, day: int) -> int:
        graph = self.graph if branch is None else branch
        return len(graph.at(day).node(unit).in_neighbours.id.collect())

    def save(self) -> float:
        path = self.folder / "raphtory"
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        self.graph.save_to_file(str(path))
        return size_of(path)

    def load(self) -> Any:
        return PersistentGraph.load_from_file(str(self.folder / "raphtory"))
