"""Changes of clusters, the slow way: from events alone, with plain dicts.

It knows nothing of the engine, of correspondences or of cluster changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.testing import succession_twin

__all__ = [
    "entries",
    "flows",
    "memberships",
]


def memberships(acts: Iterable[Act], day: dt.date) -> tuple[dict[str, list[str]], dict[str, dict[str, set[str]]]]:
    """(clustering -> its clusters, clustering -> unit -> its clusters) after all acts up to a day."""
    clusters: dict[str, list[str]] = {}
    covers: set[str] = set()
    member: dict[str, dict[str, set[str]]] = {}

    def write(change: Change) -> None:
        track, _, clustering = change.track.partition(":")
        if track != "member":
            return
        mine = member.setdefault(clustering, {}).setdefault(change.subject, set())
        if clustering not in covers:
            mine.clear()
        if change.value is None:
            mine.discard(change.slot)
        else:
            mine.add(change.value)

    for act in acts:
        if act.effective > day:
            break
        for event in act.events:
            if isinstance(event, Creation) and isinstance(event.what, Clustering):
                clusters[event.what.id] = []
                if event.what.cover:
                    covers.add(event.what.id)
            elif isinstance(event, Creation) and isinstance(event.what, Cluster):
                clusters[event.what.clustering].append(event.what.id)
            elif isinstance(event, Change):
                write(event)
            elif isinstance(event, Succession):
                for change in event.changes:
                    write(change)
                for units in member.values():
                    for old in event.ended:
                        units.pop(old, None)
            elif isinstance(event, Closure):
                for units in member.values():
                    units.pop(event.subject, None)
                for ids in clusters.values():
                    if event.subject in ids:
                        ids.remove(event.subject)
    return clusters, member


def entries(acts: list[Act], a: dt.date, b: dt.date) -> list[dict[str, Any]]:
    """The rows of ``ClusterChanges.table``, in any order, with tuples for lists."""
    first_clusters, was = memberships(acts, a)
    last_clusters, now = memberships(acts, b)
    token_flow = succession_twin.follow(acts, a, b)
    between = [act for act in acts if a < act.effective <= b]
    order = {act.id: n for n, act in enumerate(between)}
    out: list[dict[str, Any]] = []

    def rows_of(old: str) -> list[str]:
        return [new for o, new in token_flow.rows if o == old]

    def rows_into(new: str) -> list[str]:
        return [old for old, n in token_flow.rows if n == new]

    def causes(pairs: Iterable[tuple[str, str]]) -> list[str]:
        return sorted({act for pair in pairs for act in token_flow.acts(*pair)}, key=order.__getitem__)

    def member_acts(clustering: str, pairs: list[tuple[str, str]], new: str) -> list[str]:
        units = {new} | {old for old, _ in pairs}
        units |= {u for pair in pairs for token in token_flow.rows[pair] for _, o, n in token.steps for u in (o, n)}
        act_ids = []
        for act in between:
            for event in act.events:
                written = [event] if isinstance(event, Change) else getattr(event, "changes", ())
                if any(c.track == f"member:{clustering}" and c.subject in units for c in written):
                    act_ids.append(act.id)
        return list(dict.fromkeys(act_ids))

    def closing(unit: str) -> list[str]:
        reached, act_ids = {unit}, []
        for act in between:
            for event in act.events:
                if isinstance(event, Succession) and reached & set(event.olds):
                    reached |= {link.new for link in event.links if link.old in reached}
                    act_ids.append(act.id)
                elif isinstance(event, Closure) and event.subject in reached:
                    act_ids.append(act.id)
        return list(dict.fromkeys(act_ids))

    def add_row(clustering: str, cluster: str, sort: str, before: Any, after: Any, **more: Any) -> None:
        row = {"clustering": clustering, "cluster": cluster, "what": sort, "before": set(before), "after": set(after)}
        pairs = more.pop("pairs", [])
        row["extent"] = "whole" if all(token_flow.whole(*pair) for pair in pairs) else "part"
        row["clusters"] = sorted(more.pop("clusters", ()))
        row["acts"] = more.pop("acts")
        out.append(row)

    for clustering in {**first_clusters, **last_clusters}:
        old_clusters, new_clusters = was.get(clustering, {}), now.get(clustering, {})
        for cluster in {
            **dict.fromkeys(first_clusters.get(clustering, [])),
            **dict.fromkeys(last_clusters.get(clustering, [])),
        }:
            olds = {unit for unit, cs in old_clusters.items() if cluster in cs}
            news = {unit for unit, cs in new_clusters.items() if cluster in cs}
            for new in news:
                sources = rows_into(new)
                inside = [old for old in sources if old in olds]
                outside = [old for old in sources if old not in olds]
                from_ = {c for old in outside for c in old_clusters.get(old, ())} - {cluster}
                if not inside:
                    pairs = [(old, new) for old in sources]
                    because = member_acts(clustering, pairs, new) or causes(pairs)
                    add_row(clustering, cluster, "joined", sources, [new], pairs=pairs, clusters=from_, acts=because)
                    continue
                pairs = [(old, new) for old in inside]
                if len(inside) > 1:
                    add_row(clustering, cluster, "merged within", inside, [new], pairs=pairs, acts=causes(pairs))
                elif sum(n in news for n in rows_of(inside[0])) == 1:
                    add_row(clustering, cluster, "retained", inside, [new], pairs=pairs, acts=causes(pairs))
                if outside:
                    pairs = [(old, new) for old in outside]
                    add_row(
                        clustering, cluster, "absorbed from outside", outside, [new],
                        pairs=pairs, clusters=from_, acts=causes(pairs),
                    )  # fmt: skip
            for old in olds:
                retained = [new for new in rows_of(old) if new in news]
                if len(retained) > 1:
                    pairs = [(old, new) for new in retained]
                    add_row(clustering, cluster, "divided within", [old], retained, pairs=pairs, acts=causes(pairs))
                if not rows_of(old):
                    add_row(clustering, cluster, "ended", [old], [], acts=closing(old))
                for new in rows_of(old):
                    if new in news:
                        continue
                    joined = set(new_clusters.get(new, ())) - set(old_clusters.get(old, ()))
                    sort = "moved to another cluster" if joined else "left"
                    because = member_acts(clustering, [(old, new)], new) or causes([(old, new)])
                    add_row(clustering, cluster, sort, [old], [new], pairs=[(old, new)], clusters=joined, acts=because)
    return out


def flows(
    acts: list[Act], a: dt.date, b: dt.date, clustering: str
) -> dict[tuple[str | None, str | None], tuple[int, int]]:
    """(old cluster, new cluster) -> (units before, units after)."""
    _, was = memberships(acts, a)
    _, now = memberships(acts, b)
    token_flow = succession_twin.follow(acts, a, b)
    old_clusters = {u: cs for u, cs in was.get(clustering, {}).items() if cs}
    new_clusters = {u: cs for u, cs in now.get(clustering, {}).items() if cs}
    units_of: dict[tuple[str | None, str | None], tuple[set[str], set[str]]] = {}

    def count(source: str | None, target: str | None, old: str | None, new: str | None) -> None:
        before, after = units_of.setdefault((source, target), (set(), set()))
        before.update([old] if old else [])
        after.update([new] if new else [])

    for old, new in token_flow.rows:
        if old in old_clusters or new in new_clusters:
            for source in old_clusters.get(old, {None}):
                for target in new_clusters.get(new, {None}):
                    count(source, target, old, new)
    for old, sources in old_clusters.items():
        if not any(o == old for o, _ in token_flow.rows):
            for source in sources:
                count(source, None, old, None)
    for new, targets in new_clusters.items():
        if not any(n == new for _, n in token_flow.rows):
            for target in targets:
                count(None, target, None, new)
    return {key: (len(before), len(after)) for key, (before, after) in units_of.items()}
