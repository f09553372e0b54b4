"""networkx-temporal: a list of snapshots, which are networkx graphs; days as in ``networkx_yearly``."""

from __future__ import annotations

import importlib.metadata
from typing import Any, ClassVar

import networkx_temporal as tx

from peers.data import LATER
from peers.networkx_yearly import DAYS, NetworkxYearly
from peers.peer import NotOffered, size_of


class NetworkxTemporal(NetworkxYearly):
    name = "networkx-temporal"
    version = importlib.metadata.version("networkx-temporal")
    notes: ClassVar[dict[str, str]] = NetworkxYearly.notes | {
        "branch": "a copy of all snapshots",
        "save": "graphml in a zip",
    }

    def build(self) -> None:
        super().build()
        self.temporal = tx.from_snapshots([self.graphs[day] for day in DAYS])
        self.graphs = dict(zip(DAYS, self.temporal, strict=True))

    def each_successors(self, units: Any) -> Any:
        raise NotOffered

    def branch(self) -> Any:
        return self.temporal.copy()[DAYS.index(LATER)]

    def save(self) -> float:
        file = self.folder / "temporal.graphml.zip"
        tx.write_graph(self.temporal, str(file), allowZip64=True)
        return size_of(file)

    def load(self) -> Any:
        return tx.read_graph(str(self.folder / "temporal.graphml.zip"))
