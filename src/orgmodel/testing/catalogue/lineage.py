"""The laws of lineage (L): links, correspondences between days, and what they make of groups and clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import networkx as nx

from orgmodel.acts.events import Change, Succession
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import count_measures, reckoned_back, two_days
from orgmodel.testing.law import SOURCE, Case, NotMet, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, make, pick

__all__ = ["law"]

law: Final = Family()


@law(
    "L1",
    "a link ends its old unit and finds its new one begun; dates never fall along a path, and there is no cycle",
    "history",
    "units that go on: they have a link to themselves",
)
def l1(case: Case) -> None:
    lineage = case.history.lineage
    last: tuple[Any, ...] = ()
    survivors = {(link.old, link.day, link.act.id) for link in lineage.links() if link.old == link.new}
    for link in lineage.links():
        old, new = case.history.life(link.old), case.history.life(link.new)
        if (
            link.type != "re-establishment"
            and link.old != link.new
            and (link.old, link.day, link.act.id) not in survivors
        ) and (old.end is None or old.end > link.day):
            broken(f"{link}: {link.old!r} lives on after {link.day}")
        if new.start is None or new.start > link.day:
            broken(f"{link}: {link.new!r} begins on {new.start}")
        if last and (link.day, link.seq) < last:
            broken(f"{link} comes after a link of {last[0]}")
        last = (link.day, link.seq)
    graph = lineage.graph()
    if not nx.is_directed_acyclic_graph(graph):
        broken("the graph of unit stages has a cycle")
    words = ("day", "act", "event", "type", "extent")
    edges = Counter((old[0], new[0], *map(data.get, words)) for old, new, data in graph.edges(data=True))
    links = Counter((k.old, k.new, k.day.isoformat(), k.act.id, k.event, k.type, k.extent) for k in lineage.links())
    same(edges, links, "edges of the graph of unit stages")


@law(
    "L3",
    "figures carried by a correspondence are the figures of the second day, where only restructuring lies between",
    "history",
    "growth in between; figures or shares that are not known",
)
def l3(case: Case) -> None:
    history, events, before, after = _restructured(case)
    table = history.correspondence(before.day, after.day)
    for measure in count_measures(before):
        values = {u: before.measure(u, measure).value for u in before}
        met(all(after.measure(u, measure).is_exact for u in after))
        met(_conserves(events, before, after, measure))
        try:
            carried = table.carry(values, measure)
        except Refused:
            raise NotMet from None
        for unit in after:
            figure = carried.get(unit, 0)
            same(Quantity.of(figure), after.measure(unit, measure), f"{measure} of {unit!r}")


def _restructured(case: Case) -> tuple[History, Sequence[Any], Structure, Structure]:
    """The history after every unit states its figures restructured a day later.

    Returns:
        the history, the events of the restructuring, and the structures of the day before and of its day.
    """
    structure, day = case.structure, case.day + ONE_DAY
    stated: list[Change] = []
    for at, unit in enumerate(structure):
        for measure in count_measures(structure):
            track = tracks.measure_track(measure)
            if not structure.measure(unit, measure).is_exact:
                stated.append(Change(unit, track, case.number(at), tracks.OWN))
            if tracks.SUBTREE in structure.slots(unit, track):
                stated.append(Change(unit, track, None, tracks.SUBTREE))
    history = case.history.enact(case.act(stated, "stated")) if stated else case.history
    with history.draft(day, SOURCE, act_id="restructured") as draft:
        move = make(draft, case.numbers(4), RESTRUCTURING)
    met(move.name in RESTRUCTURING)
    after = needed(happens(history, case.act(move.events, "restructured", day)))
    return after, move.events, history.at(case.day), after.at(day)


def _conserves(events: Iterable[Any], before: Structure, after: Structure, measure: str) -> bool:
    """Whether the event moves figures only by known shares: no transfer that leaves its shares open."""
    links = [link for event in events if isinstance(event, Succession) for link in event.links]
    return all(link.share(measure) is not None for link in links) and before.total(measure) == after.total(measure)


@law(
    "L4",
    "correspondences compose: by way of a day in between, an event's day too, is the direct way",
    "history",
    "divided units, of which the direct way may know more",
)
def l4(case: Case) -> None:
    a, c = two_days(case)
    b = pick([day for day in case.days if a <= day <= c], case.number(2))
    direct = case.history.correspondence(a, c)
    by_way = case.history.correspondence(a, b).compose(case.history.correspondence(b, c))
    direct_pairs = {(row.old, row.new) for row in direct}
    by_way_pairs = {(row.old, row.new) for row in by_way}
    if all(row.extent == "whole" for row in by_way):
        same(sorted(by_way_pairs), sorted(direct_pairs), f"{a} to {c} by way of {b}")
    elif not direct_pairs <= by_way_pairs:
        broken(f"{a} to {c} by way of {b} lacks {sorted(direct_pairs - by_way_pairs)}")
    for row in by_way:
        if row.extent == "whole" and (row.old, row.new) in direct_pairs:
            met_rows = [r for r in direct[row.old] if r.new == row.new]
            if met_rows[0].extent != "whole":
                broken(f"{row} by way of {b} is whole, directly it is {met_rows[0]}")


@law(
    "L5",
    "from a day to itself every unit is itself; so is a unit to which nothing happened",
    "history",
    "units below which others become known that are older than their record: they have had a part of its ground",
)
def l5(case: Case) -> None:
    day, _ = two_days(case)
    table = case.history.correspondence(day, day)
    same([(row.old, row.new, row.extent) for row in table], [(u, u, "whole") for u in case.history.at(day)], "identity")
    if reckoned_back(case.acts):
        return
    a, b = two_days(case)
    touched = {unit for link in case.history.lineage.links() for unit in (link.old, link.new)}
    for unit in set(case.history.at(a)) & set(case.history.at(b)) - touched:
        same([(r.new, r.extent) for r in case.history.correspondence(a, b)[unit]], [(unit, "whole")], f"{unit!r}")


@law(
    "L6",
    "the image of a group of units is the union of its members' images; so is a cluster over a restructuring: who is "
    "in it came from it, and who came from nowhere else is in it",
    "history",
    "intersections: see N7; acts that say something of clusters themselves",
)
def l6(case: Case) -> None:
    a, b = two_days(case)
    table = case.history.correspondence(a, b)
    olds = list(table.olds)
    half = {old for i, old in enumerate(olds) if case.number(i) % 2}
    images = {old: set(table.successors(old)) for old in olds}
    union = set().union(*(images[old] for old in half))
    back = {new for new in table.news if half & set(table.predecessors(new))}
    same(sorted(back), sorted(union), f"image of {sorted(half)}")
    learning = case.learned
    if learning is not None and learning.settled.history is not None:
        _clusters_imaged(learning.settled.history, {answer.act for answer in learning.answers})


_SILENT: Final = {
    *("merge", "take_over", "replace", "break_down", "split_off"),
    *("record", "adjust", "rename", "recode", "reassign"),
}
"""Verbs that say nothing of clusters where they are given no policy."""


def _clusters_imaged(history: History, answered: set[str]) -> None:
    """Clusters of partitions, over each day on which all acts are restructurings without a policy for clusters."""
    for day in history.days()[1:]:
        acts = [act for act in history.acts if act.effective == day]
        if not all(act.id not in answered and all(_is_silent(item) for item, _ in act.steps) for act in acts):
            continue
        before, after = history.at(day - ONE_DAY), history.at(day)
        table = history.correspondence(day - ONE_DAY, day)
        parted = {clustering.id for clustering in after.clusterings() if not clustering.cover}
        for cluster in before.clusters():
            if cluster.clustering not in parted or cluster not in after.clusters():
                continue
            was, now = set(before.members(cluster.id)), set(after.members(cluster.id))
            image = {new for old in was for new in table.successors(old)}
            if now - image:
                broken(f"{day}: {sorted(now - image)} are in {cluster.id!r}, and came from nowhere in it")
            from_it_alone = {new for new in image if set(table.predecessors(new)) <= was}
            if from_it_alone - now:
                broken(f"{day}: {sorted(from_it_alone - now)} came from {cluster.id!r} alone, and are not in it")


def _is_silent(item: Any) -> bool:
    return getattr(item, "name", "") in _SILENT and getattr(item, "cluster", None) is None


@law("L7", "a change report tells of every member before and after once; a diff backwards undoes the diff", "history")
def l7(case: Case) -> None:
    a, b = two_days(case)
    before, after = case.history.at(a), case.history.at(b)
    changes = {change.id: change for change in case.history.cluster_changes(a, b)}
    known = {c.id for s in (before, after) for c in s.clusters()}
    same(sorted(changes), sorted(known), "clusters told of")
    for cluster, change in changes.items():
        members = [
            set(s.members(cluster)) if cluster in {c.id for c in s.clusters()} else set() for s in (before, after)
        ]
        same([set(change.members_before), set(change.members_after)], members, f"members of {cluster!r}")
        listed_before = {unit for entry in change.entries for unit in entry.before}
        listed_after = {unit for entry in change.entries for unit in entry.after}
        untold = sorted((members[0] - listed_before) | (members[1] - listed_after))
        if untold:
            broken(f"{a} to {b}: nothing is told of the members {untold} of {cluster!r}")
    _one_joins(case)
    forth, back = case.history.between(a, b), case.history.between(b, a)
    pairs = Counter((d.subject, d.track, str(d.slot), str(d.before), str(d.after)) for d in forth.inverse.differences)
    same(
        Counter((d.subject, d.track, str(d.slot), str(d.before), str(d.after)) for d in back.differences),
        pairs,
        "backwards",
    )


def _one_joins(case: Case) -> None:
    """The root joins a cluster of a clustering it is not in, the day after: the change report lists it as joined."""
    structure = case.structure
    clusters = [c for c in structure.clusters() if not structure.clusters_of(case.structure.root(), c.clustering)]
    if not clusters:
        return
    cluster, unit = pick(clusters, case.number(4)), structure.root()
    join = Change(unit, tracks.member_track(cluster.clustering), cluster.id)
    history = case.history.enact(case.act([join], day=case.day + ONE_DAY))
    change = history.cluster_changes(case.day, case.day + ONE_DAY).of(cluster.id)
    same([entry.after for entry in change.entries if entry.what == "joined"], [(unit,)], f"who joined {cluster.id!r}")
    same(set(change.members_after) - set(change.members_before), {unit}, f"new members of {cluster.id!r}")
