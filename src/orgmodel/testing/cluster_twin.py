"""Changes of clusters, the slow way: from events alone, with plain dicts.

It knows nothing of the engine, of correspondences or of cluster changes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Succession
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster
from orgmodel.testing import succession_twin
from orgmodel.testing.statements import statements
from orgmodel.testing.twin import PlainDay, replayed

__all__ = ["ClusterTwin"]


class ClusterTwin:
    """What became of the members of clusters between two days.

    Args:
        history: whose schema and measures count; nothing else of it is read.
        acts: those that count, in effective order.
        a: the first day.
        b: the second day, not before the first.

    Attributes:
        before: what holds on the first day.
        after: what holds on the second day.
    """

    def __init__(self, history: History, acts: Sequence[Act], a: dt.date, b: dt.date) -> None:
        self.before, self.after = (
            PlainDay(replayed(acts, history.schema, history.measures, day).facts(day)) for day in (a, b)
        )
        self._tokens = succession_twin.follow(acts, a, b)
        self._between = [act for act in acts if a < act.effective <= b]
        self._became, self._came_of = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for old, new in self._tokens.rows:
            self._became[old].append(new)
            self._came_of[new].append(old)

    def entries(self) -> Iterator[dict[str, Any]]:
        """The rows of ``ClusterChanges.table``, in any order, with sets for lists of units."""
        for cluster, begun in {**self.before.living(Cluster), **self.after.living(Cluster)}.items():
            olds, news = set(self.before.members(cluster)), set(self.after.members(cluster))
            for new in news:
                yield from self._of_new(begun, new, olds, news)
            for old in olds:
                yield from self._of_old(begun, old, news)

    def flows(self, clustering: str) -> dict[tuple[str | None, str | None], tuple[int, int]]:
        """(old cluster, new cluster) -> (units before, units after); None stands for no cluster."""
        pairs: list[tuple[str | None, str | None]] = [*self._tokens.rows]
        pairs += [(old, None) for old in self.before.units if not self._became[old]]
        pairs += [(None, new) for new in self.after.units if not self._came_of[new]]
        units_of = defaultdict[tuple[str | None, str | None], tuple[set[str], set[str]]](lambda: (set(), set()))
        for old, new in pairs:
            sources = _clusters(self.before, old, clustering) or {None}
            targets = _clusters(self.after, new, clustering) or {None}
            if sources | targets != {None}:
                for flow in ((source, target) for source in sources for target in targets):
                    units_of[flow][0].update([old] if old else [])
                    units_of[flow][1].update([new] if new else [])
        return {flow: (len(before), len(after)) for flow, (before, after) in units_of.items()}

    def _of_new(self, cluster: Cluster, new: str, olds: set[str], news: set[str]) -> Iterator[dict[str, Any]]:
        """What led to a member of the second day."""
        sources = self._came_of[new]
        inside, outside = ([old for old in sources if (old in olds) == is_member] for is_member in (True, False))
        elsewhere = {c for old in outside for c in _clusters(self.before, old, cluster.clustering)} - {cluster.id}
        if not inside:
            yield self._row(cluster, "joined", sources, [new], self._written(cluster, sources, new), elsewhere)
            return
        if len(inside) > 1:
            yield self._row(cluster, "merged within", inside, [new])
        elif sum(successor in news for successor in self._became[inside[0]]) == 1:
            yield self._row(cluster, "retained", inside, [new])
        if outside:
            yield self._row(cluster, "absorbed from outside", outside, [new], clusters=elsewhere)

    def _of_old(self, cluster: Cluster, old: str, news: set[str]) -> Iterator[dict[str, Any]]:
        """What became of a member of the first day, besides what :meth:`_of_new` tells."""
        successors = self._became[old]
        inside = [new for new in successors if new in news]
        if len(inside) > 1:
            yield self._row(cluster, "divided within", [old], inside)
        if not successors:
            yield self._row(cluster, "ended", [old], [], self._ends(old))
        for new in (new for new in successors if new not in news):
            was = _clusters(self.before, old, cluster.clustering)
            joined = _clusters(self.after, new, cluster.clustering) - was
            sort = "moved to another cluster" if joined else "left"
            yield self._row(cluster, sort, [old], [new], self._written(cluster, [old], new), joined)

    def _row(
        self,
        cluster: Cluster,
        sort: str,
        before: Sequence[str],
        after: Sequence[str],
        acts: Sequence[str] = (),
        clusters: Iterable[str | None] = (),
    ) -> dict[str, Any]:
        """One row; without acts those that led from the units before to the units after."""
        pairs = [(old, new) for old in before for new in after]
        led = {act for pair in pairs for act in self._tokens.acts(*pair)}
        return {
            "clustering": cluster.clustering,
            "cluster": cluster.id,
            "what": sort,
            "before": set(before),
            "after": set(after),
            "extent": "whole" if all(self._tokens.whole(*pair) for pair in pairs) else "part",
            "clusters": sorted(filter(None, clusters)),
            "acts": list(acts) or [act.id for act in self._between if act.id in led],
        }

    def _written(self, cluster: Cluster, olds: Sequence[str], new: str) -> list[str]:
        """The acts that wrote who is in the clustering, of a unit and of all that it came from on the way."""
        steps = {step for old in olds for token in self._tokens.rows[old, new] for step in token.steps}
        units = {new, *olds} | {unit for _, *ends in steps for unit in ends}
        track = tracks.member_track(cluster.clustering)
        return [
            act.id
            for act in self._between
            if any(change.track == track and change.subject in units for change in statements(act.events).changes)
        ]

    def _ends(self, unit: str) -> list[str]:
        """The acts by which a unit, and all that it became, ended."""
        reached, ending = {unit}, []
        for act in self._between:
            for event in act.events:
                if isinstance(event, Succession) and reached & set(event.olds):
                    reached |= {link.new for link in event.links if link.old in reached}
                    ending.append(act.id)
                elif isinstance(event, Closure) and event.subject in reached:
                    ending.append(act.id)
        return list(dict.fromkeys(ending))


def _clusters(day: PlainDay, unit: str | None, clustering: str) -> set[str | None]:
    """The clusters of a clustering that a unit is in."""
    return set() if unit is None else {cluster for cluster, of in day.clusters(unit).items() if of == clustering}
