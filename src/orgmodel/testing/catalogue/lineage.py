"""The laws of lineage (L): links, correspondences between days, and what they make of groups and clusters."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import networkx as nx

from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.operations import replace
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    agree,
    count_measures,
    inner_units,
    link_pairs,
    two_days,
)
from orgmodel.testing.law import SOURCE, Case, NotMet, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, make, pick
from orgmodel.testing.statements import statements

__all__ = ["law"]

law: Final = Family()


@law(
    "L1",
    "a link ends its old unit and finds its new one begun; dates never fall along a path, and there is no cycle",
    "history",
    "units that go on: they have a link to themselves",
)
def l1(case: Case) -> None:
    history, links = case.history, case.history.lineage.links()
    # Who goes on has a link to itself in the same act, and does not end by it.
    going_on = {(link.old, link.day, link.act.id) for link in links if link.old == link.new}
    for link in links:
        end, start = history.life(link.old).end, history.life(link.new).start
        goes_on = link.type == "re-establishment" or (link.old, link.day, link.act.id) in going_on
        if not goes_on and (end is None or end > link.day):
            broken(f"{link}: {link.old!r} lives on after {link.day}")
        if start is None or start > link.day:
            broken(f"{link}: {link.new!r} begins on {start}")
    places = [(link.day, link.seq) for link in links]
    same(places, sorted(places), "days and places of the links, in their order")
    graph = history.lineage.graph()
    same(nx.is_directed_acyclic_graph(graph), True, "whether the graph of unit stages has no cycle")
    words = ("day", "act", "event", "type", "extent")
    edges = Counter((old[0], new[0], *map(data.get, words)) for old, new, data in graph.edges(data=True))
    expected = Counter((k.old, k.new, k.day.isoformat(), k.act.id, k.event, k.type, k.extent) for k in links)
    same(edges, expected, "edges of the graph of unit stages")


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
            # Correspondences carry what each unit states of itself, not what is stated of all below it.
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
    links = statements(events).links
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
    direct_pairs, by_way_pairs = ({(row.old, row.new) for row in table} for table in (direct, by_way))
    if all(row.extent == "whole" for row in by_way):
        same(sorted(by_way_pairs), sorted(direct_pairs), f"{a} to {c} by way of {b}")
    elif not direct_pairs <= by_way_pairs:
        broken(f"{a} to {c} by way of {b} lacks {sorted(direct_pairs - by_way_pairs)}")
    whole_by_way, directly_whole = (
        {(r.old, r.new) for r in table if r.extent == "whole"} for table in (by_way, direct)
    )
    same(whole_by_way & direct_pairs - directly_whole, set(), f"what is whole by way of {b}, and not directly")


@law(
    "L5",
    "from a day to itself every unit is itself; so is a unit to which nothing happened",
    "history",
    "units above others that are older than their record or take up former ground: they have had a part of it",
)
def l5(case: Case) -> None:
    day, _ = two_days(case)
    table = case.history.correspondence(day, day)
    same([(row.old, row.new, row.extent) for row in table], [(u, u, "whole") for u in case.history.at(day)], "identity")
    a, b = two_days(case)
    linked = {end for pair in link_pairs(case.history) for end in pair}
    table = case.history.correspondence(a, b)
    untouched = set(case.history.at(a)) & set(case.history.at(b)) - linked - _above_reckoned_back(case)
    agree(
        untouched,
        lambda unit: [(row.new, row.extent) for row in table[unit]],
        lambda unit: [(unit, "whole")],
        f"{a} to {b}: units to which nothing happened",
    )


def _above_reckoned_back(case: Case) -> set[str]:
    """Units whose record begins or ends within their life, or that take up former ground, and all that ever stood above."""
    reached: list[str | None] = []
    for event in (event for act in case.acts for event in act.events):
        match event:
            case Creation() if event.first_known or event.reestablishes is not None:
                reached += [event.what.id, event.out_of]
            case Closure() if event.last_known:
                reached.append(event.subject)
    parents = defaultdict[str | None, set[str]](set)
    for on_day, line in itertools.product(map(case.on, case.days), case.history.schema.hierarchies):
        for unit in on_day.units:
            parents[unit].update(filter(None, [on_day.parent(unit, line)]))
    for lower in reached:
        reached += parents[lower].difference(reached)
    return set(filter(None, reached))


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
    # Any group will do: so one that no rule of the library would form.
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
        if any(act.id in answered or not all(_is_silent(item) for item, _ in act.steps) for act in acts):
            continue
        before, after = history.at(day - ONE_DAY), history.at(day)
        table = history.correspondence(day - ONE_DAY, day)
        partitions = {clustering.id for clustering in after.clusterings() if not clustering.cover}
        staying = [c.id for c in before.clusters() if c.clustering in partitions and c in after.clusters()]
        for cluster in staying:
            was, now = set(before.members(cluster)), set(after.members(cluster))
            image = {new for old in was for new in table.successors(old)}
            same(now - image, set(), f"{day}: units in {cluster!r} that came from nowhere in it")
            from_it_alone = {new for new in image if set(table.predecessors(new)) <= was}
            same(from_it_alone - now, set(), f"{day}: units that came from {cluster!r} alone and are not in it")


def _is_silent(item: Any) -> bool:
    return getattr(item, "name", "") in _SILENT and getattr(item, "cluster", None) is None


@law("L7", "a change report tells of every member before and after once; a diff backwards undoes the diff", "history")
def l7(case: Case) -> None:
    a, b = two_days(case)
    before, after = case.history.at(a), case.history.at(b)
    changes = {change.id: change for change in case.history.cluster_changes(a, b)}
    old_members, new_members = ({c.id: set(s.members(c.id)) for c in s.clusters()} for s in (before, after))
    same(changes.keys(), old_members.keys() | new_members.keys(), "clusters of which the report speaks")
    for cluster, change in changes.items():
        roles = before.roles(cluster) if cluster in old_members else {}
        ended = {(*seat, who) for seat, who in roles.items() if isinstance(who, str) and who not in after}
        lapsed = {(office.role, office.seat, office.unit) for office in change.lapsed}
        same(
            lapsed, {office for office in ended if office[0] in (LEADER, DEPUTY)}, f"offices in {cluster!r} that lapsed"
        )
        members = old_members.get(cluster, set()), new_members.get(cluster, set())
        same((set(change.members_before), set(change.members_after)), members, f"members of {cluster!r}")
        listed_before, listed_after = (
            {unit for entry in change.entries for unit in getattr(entry, side)} for side in ("before", "after")
        )
        unlisted = (members[0] - listed_before) | (members[1] - listed_after)
        same(unlisted, set(), f"{a} to {b}: members of {cluster!r} of which no entry speaks")
    forth, back = case.history.between(a, b).inverse, case.history.between(b, a)
    _deputy_ends(case)
    told_forth, told_back = (
        Counter((d.subject, d.track, str(d.slot), str(d.before), str(d.after)) for d in diff.differences)
        for diff in (forth, back)
    )
    same(told_back, told_forth, f"the diff from {b} to {a}, and the one from {a} turned round")


def _deputy_ends(case: Case) -> None:
    """Require that a report of the next day names a deputy that was replaced, and what it became."""
    inner, structure = set(inner_units(case.structure)), case.structure
    seats = [(c.id, unit) for c in structure.clusters() for unit in structure.members(c.id) if unit in inner]
    if not seats:
        return
    cluster, unit = pick(seats, case.number(5))
    seated = case.history.enact(case.act([Change(cluster, tracks.ROLE, unit, (DEPUTY, 9))], "seated"))
    next_day = case.day + ONE_DAY
    ended = happens(seated, case.act(replace(seated.at(next_day), unit, Unit("heir")), "ended", next_day))
    if ended is not None:
        lapsed = ended.cluster_changes(case.day, next_day).of(cluster).lapsed
        heirs = {office.successors for office in lapsed if (office.role, office.seat, office.unit) == (DEPUTY, 9, unit)}
        same(heirs, {("heir",)}, f"what became of the deputy {unit!r} of {cluster!r}")
