"""The laws of the engine (E): it says what its slow twin says, which reads nothing but events."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts import operations
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Succession
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY
from orgmodel.rules.invariants import check
from orgmodel.structure.structure import Structure
from orgmodel.testing import succession_twin
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.shared import (
    agree,
    children_in_all,
    count_measures,
    enacted,
    holds_on,
    inner_units,
    reckoned_back,
    renamed_facts,
    two_days,
)
from orgmodel.testing.cluster_twin import ClusterTwin
from orgmodel.testing.law import E7, SOURCE, Case, Choosing, broken, canonical, happens, imagined, same, stated
from orgmodel.testing.moves import pick
from orgmodel.testing.schemas import LOOSE
from orgmodel.testing.statements import stated_in
from orgmodel.testing.twin import PlainDay, Twin, days, replayed

__all__ = ["flat_stretch", "law"]

law: Final = Family()


@law("E1", "every day says what its events say, read one by one into dictionaries", "history")
def e1(case: Case) -> None:
    twin = Twin(case.history.schema, case.history.measures)
    act_days = sorted({act.effective for act in case.acts})
    for day, following in zip(days(twin, case.acts), [*act_days[1:], dt.date.max], strict=True):
        # Between two days with acts only what was said to hold until some day may end.
        for other in (other for other in case.days if day <= other < following):
            same(case.facts(other), twin.facts(other), f"on {other}")
    twin = case.twin()
    until = case.day + (1 + case.number(1) % 2) * ONE_DAY
    measures = count_measures(case.structure) or ["members"]
    figure = tracks.measure_track(pick(measures, case.number(3)))
    stated = Change(pick(twin.units(), case.number(2)), figure, case.number(1), tracks.OWN, until)
    if imagined(twin, [stated]):
        history = case.history.enact(case.act([stated]))
        # On both sides of the end, which is the first day on which the figure holds no more.
        for later in (case.day, until - ONE_DAY, until, until + ONE_DAY):
            same(history.at(later).facts(), twin.facts(later), f"{figure} stated until {until}, on {later}")


@law(
    "E2",
    "the links of lineage are those of the events, and final successors are what a walk along them finds",
    "history",
)
def e2(case: Case) -> None:
    _linked(case.history, case.twin())
    longer = _longer(case)
    if longer is not None:
        history, acts = longer
        _linked(history, replayed(acts, history.schema, history.measures))


def _linked(history: History, twin: Twin) -> None:
    # Links of one event have no order among each other.
    links = Counter(
        (k.old, k.new, k.extent, k.shares, k.dominant, k.day, k.act.id, k.type) for k in history.lineage.links()
    )
    expected = Counter(
        (t.link.old, t.link.new, t.link.extent, t.link.shares, t.link.dominant, t.day, t.act, t.type)
        for t in twin.links
    )
    same(links, expected, "links")

    def live_heirs(unit: str) -> set[str]:
        """Live units at the end of all ways along links in the order of the events."""
        reached = {unit}
        for link in twin.links:
            if link.link.old in reached:
                reached.add(link.link.new)
        return reached & twin.held.keys()

    agree(
        history.units_ever(),
        lambda unit: set(history.lineage.successors(unit)),
        live_heirs,
        "final successors of units",
    )


@law("E3", "an act is accepted exactly where the twin can do it", "history")
def e3(case: Case) -> None:
    # Made on an earlier day, so that its units may have ended or moved since.
    day = pick([day for day in case.days if case.acts[0].effective <= day <= case.day], case.number(0))
    move = case.move(4, day=day)
    twin = case.twin()
    expected = imagined(twin, move.events)
    history = happens(case.history, case.act(move.events))
    if (history is not None) != expected:
        broken(f"{list(move.events)} on {case.day} is {'refused' if expected else 'accepted'}, the twin says otherwise")
    if history is not None:
        same(history.at(case.day).facts(), twin.facts(), "after the act")


@law("E4", "the members and roles of clusters are those that the events say", "history")
def e4(case: Case) -> None:
    twin, structure = case.twin(), case.structure
    day, clusters = PlainDay(twin.facts()), twin.living(Cluster)
    same([c.id for c in structure.clusters()], [c.id for c in clusters], "clusters")
    for cluster in clusters:
        # The twin lists them in order of creation.
        members = twin.with_value(tracks.member_track(cluster.clustering), cluster.id)
        same(list(structure.members(cluster.id)), members, f"members of {cluster.id!r}")
        same(structure.roles(cluster.id), day.slots(cluster.id, tracks.ROLE), f"roles in {cluster.id!r}")
    agree(
        day.units,
        lambda unit: set(structure.clusters_of(unit)),
        lambda unit: {*day.clusters(unit)},
        "clusters of units",
    )
    if clusters:
        # Of two acts of one day about one seat the one that comes last counts.
        cluster_id, seat = pick(clusters, case.number(0)).id, ("leader", 1)
        first, second = (pick(twin.units(), case.number(at)) for at in (1, 2))
        acts = [
            case.act([Change(cluster_id, tracks.ROLE, who, seat)], f"seat {turn}")
            for turn, who in enumerate((first, second))
        ]
        leader = case.history.enact(*acts).at(case.day).leader(cluster_id)
        same(leader, second, f"leader of {cluster_id!r} after the seat was given twice")


@law("E5", "each event leaves what the twin has after it, also between two events of one day", "history")
def e5(case: Case) -> None:
    # An operation that changes nothing is a decision all the same, and has no event.
    eventful = [act for act in case.acts if act.events]
    met(eventful)
    act = pick(eventful, case.number(0))
    index = case.number(1) % len(act.events)
    twin = replayed(case.acts[: case.acts.index(act)], case.history.schema, case.history.measures)
    twin.day = act.effective
    for event in act.events[: index + 1]:
        twin.one(event)
    same(case.history.at(after=(act.id, index)).facts(), twin.facts(), f"after event {index} of {act.id!r}")


@law(
    "E6",
    "a biography has of each day what the structure of that day has, each fact once, and names an act that says so",
    "history",
)
def e6(case: Case) -> None:
    for unit in case.history.units_ever():
        facts = case.history.biography(unit)
        for day in case.days:
            holding = [fact for fact in facts if holds_on(day, fact.start, fact.end)]
            # A biography has no unit above a root, where the facts of a day have the mark of roots.
            values = {
                (f.track, f.slot): ROOT if tracks.is_parent(f.track) and f.value is None else f.value for f in holding
            }
            same(values, case.facts(day).get(unit, {}), f"{unit!r} on {day}")
            same(len(holding), len(values), f"facts of {unit!r} on {day}, of each track and slot one")
        undated = [str(fact) for fact in facts if fact.start != fact.act.effective]
        same(undated, [], "facts that begin on no day of their act")


@law("E7", E7.statement, "rule", E7.caveat)
def e7(case: Case) -> None:
    same(list(map(str, check(case.merger.after))), [], "what the checker of invariants finds after the merger")


@law(
    "E8",
    "between two days a unit became what its pieces did that a walk along the events moves one by one: whole or "
    "part, by which acts, and what went nowhere",
    "history",
    "units that take up the former ground of ended ones, are older than the record of them, or outlive it",
)
def e8(case: Case) -> None:
    for history, acts, a, b in _stretches(case):
        met(not reckoned_back(acts))
        table, twin = history.correspondence(a, b), succession_twin.follow(acts, a, b)
        expected = {pair: ("whole" if twin.whole(*pair) else "part", twin.acts(*pair)) for pair in twin.rows}
        rows = {(row.old, row.new): (row.extent, sorted(act.id for act in row.acts)) for row in table}
        same(rows, expected, f"{a} to {b}: (old, new): extent and acts")
        partly_lost = {old for old in table.olds if table.is_partly_lost(old)}
        same(partly_lost, {old for old in twin.lost if table[old]}, f"{a} to {b}: units of which a part went nowhere")


Stretch = tuple[History, list[Act], dt.date, dt.date]


def _stretches(case: Case) -> Iterator[Stretch]:
    """Histories with their acts and two days: a stretch of the case, all of it, and one in which one thing follows another."""
    yield (case.history, case.acts, *two_days(case))
    yield case.history, case.acts, case.days[1], case.day
    longer = _longer(case)
    if longer is not None:
        history, acts = longer
        yield history, acts, case.day, acts[-1].effective


def _longer(case: Case) -> tuple[History, list[Act]] | None:
    """The history with one thing that follows another, each on its day; None if a term that ran out stands against it."""
    move = case.move(4, ["break down", "merge", "split off"])
    first = case.act(move.events, "link 0", case.day + ONE_DAY)
    history = happens(case.history, first)
    if history is None:
        return None
    created = [unit.id for event in move.events if isinstance(event, Succession) for unit in event.created]
    if not created:
        return history, [*case.acts, first]
    day = case.day + 2 * ONE_DAY
    then = case.act(_next_link(case, history.at(day), created), "link 1", day)
    longer = happens(history, then)
    return None if longer is None else (longer, [*case.acts, first, then])


def _next_link(case: Case, structure: Structure, created: Sequence[str]) -> Iterable[Any]:
    """What becomes of a unit that a succession made the day before: it ends, is replaced, or changes cluster."""
    how = case.number(9)
    unit = pick(created, how // 3)
    mine = {structure.cluster(cluster).clustering for cluster in structure.clusters_of(unit)}
    clusters = [c for c in structure.clusters() if c.id not in structure.clusters_of(unit)]
    # One of a grouping in which it is already: so it moves.
    clusters = [c for c in clusters if c.clustering in mine] or clusters
    if how % 3 == 0 and not children_in_all(structure, unit):
        return [Closure(unit)]
    if how % 3 == 1 and clusters:
        return operations.join(structure, unit, pick(clusters, case.number(10)).id)
    return operations.replace(structure, unit, Unit("heir"))


@law(
    "E9",
    "where all members are in one cluster of a partition, their new unit is in it; of a cover it is in each cluster of a member",
    "rule",
    "rules and policies that say otherwise",
)
def e9(case: Case) -> None:
    merger = case.merger
    clusters = {
        clustering: {merger.before.clusters_of(member, clustering.id) for member in merger.members}
        for clustering in merger.before.clusterings()
    }
    inherited = {of.id: set().union(*each) for of, each in clusters.items() if of.cover or len(each) == 1}
    met(inherited)
    agree(
        inherited,
        lambda clustering: set(merger.after.clusters_of(merger.new, clustering)),
        inherited.get,
        f"clusters that {merger.new!r} is in",
    )


@law(
    "E10",
    "the rule does not read ids: with other ids of units, clusters and persons its result is the same, renamed",
    "rule",
    "rules that break ties by id, or name a cluster or a person",
)
def e10(case: Case) -> None:
    merger = case.merger
    other, names = case.renamed
    members = [names[member] for member in merger.members]
    # What the events state is compared first: enacting them and reading all facts takes many times as long.
    if stated(other.asked(members)) == stated(case.asked(merger.members), names):
        return
    turned = other.merged(members)
    back = {new: old for old, new in names.items()}
    roots = {new: tuple(back.get(old, old) for old in olds) for new, olds in turned.roots.items()}
    facts_back = renamed_facts(turned.facts_after, back)
    same(
        canonical(facts_back, roots),
        canonical(merger.facts_after, merger.roots),
        f"the merger of {list(merger.members)}",
    )


@law("E11", "a code is borne by one unit of a kind at a time, and is free again when that unit has ended", "history")
def e11(case: Case) -> None:
    by_kind: dict[Any, list[str]] = {}
    for unit in inner_units(case.structure):
        if not children_in_all(case.structure, unit):
            by_kind.setdefault(case.structure.value(unit, tracks.KIND), []).append(unit)
    pairs = [units for units in by_kind.values() if len(units) > 1]
    met(pairs)
    units = pick(pairs, case.number(0))
    bearer, heir = (pick(units, case.number(1) + turn) for turn in (0, 1))
    # Of one kind: units of different kinds may share a code.
    coded = enacted(case, [Change(bearer, tracks.CODE, "E11")], "first")
    passes = Change(heir, tracks.CODE, "E11")
    if case.history.schema.unique_codes and happens(coded, case.act([passes])) is not None:
        broken(f"{bearer!r} and {heir!r}, of one kind, could bear one code")
    passed = happens(coded, case.act([Closure(bearer), passes]))
    if passed is None:
        broken(f"the code of {bearer!r}, which ended, could not pass to {heir!r}")
    same([unit.id for unit in passed.at(case.day).find(code="E11")], [heir], "units with the code")


@law(
    "E14",
    "a report of clusters between two days, each member with its acts, says what the events say, read one by one",
    "history",
    "links of units with others below them, what moves or ends below a member, and units that are established again, are "
    "older than the record of them or outlive it: ground decides there",
)
def e14(case: Case) -> None:
    for stretch in itertools.chain([flat_stretch(case)], _stretches(case)):
        if not _moves_ground(stretch[1]) and not reckoned_back(stretch[1]):
            _clusters_told(*stretch)


def flat_stretch(case: Case) -> Stretch:
    """A stretch of a history whose units all stand below the root, so that ground decides nothing.

    Most steps concern the unit that began last, so that chains of acts and moves between clusters come often.
    """
    units = [Unit("top", kind="group"), *(Unit(name, kind="group", parent="top") for name in "abcde")]
    groups = [Cluster(f"{kind} {name}", kind) for kind in ("part", "cover") for name in "pq"]
    begun: Sequence[Unit | Clustering | Cluster] = (
        *units,
        Clustering("part"),
        Clustering("cover", cover=True),
        *groups,
    )
    founding: list[Event] = [Creation(subject) for subject in begun]
    founding += [_entry(unit.id, pick(groups, case.number(at))) for at, unit in enumerate(units[1:])]
    history = History(LOOSE).enact(Act("flat", case.day, founding, SOURCE))
    day = case.day
    for step in range(4):
        day += case.number(step) % 2 * ONE_DAY if step else ONE_DAY
        act = Act(f"flat {step}", day, _next_step(history.at(day), case.numbers(3 * step), f"new {step}"), SOURCE)
        history = happens(history, act) or history
    return history, list(history.acts), case.day, day


def _entry(unit: str, cluster: Cluster) -> Change:
    """A unit joins a cluster, of the cover or of the partition."""
    slot = cluster.id if cluster.clustering == "cover" else None
    return Change(unit, tracks.member_track(cluster.clustering), cluster.id, slot)


def _next_step(structure: Structure, numbers: Sequence[int], name: str) -> Iterable[Any]:
    """What becomes of one of the units below the root, and of another where two are needed."""
    units = structure.children("top")
    unit = units[-1] if numbers[1] % 3 else pick(units, numbers[2])
    other = pick([u for u in units if u != unit] or units, numbers[2])
    cluster = pick(structure.clusters(), numbers[3])
    steps: list[Callable[[], Iterable[Any]]] = [
        lambda: operations.join(structure, unit, cluster.id),
        lambda: Choosing()(structure, (unit, other), structure.day, SOURCE),
        lambda: operations.replace(structure, unit, Unit(name)),
        lambda: operations.break_down(structure, unit, [Unit(name), Unit(f"{name}, too")]),
        lambda: operations.take_over(structure, other, [unit]),
        lambda: [Closure(unit)],
    ]
    try:
        return list(pick(steps, numbers[0])())
    except Refused:
        return []


def _moves_ground(acts: Iterable[Act]) -> bool:
    """Whether a unit that ever had others below it has a link, or one below a member moves or ends."""
    acts = list(acts)
    stated = stated_in(acts)
    uppers: dict[str, set[Any]] = defaultdict(set)
    for unit in stated.begun:
        if isinstance(unit, Unit):
            uppers[unit.id].add(unit.parent)
    for change in stated.changes:
        if change.track == tracks.PARENT:
            uppers[change.subject].add(change.value)
    # Children that a succession moves go with a parent that has a link.
    moves = (event for act in acts for event in act.events if isinstance(event, Change))
    todo = [change.subject for change in moves if change.track == tracks.PARENT]
    todo += [*stated.ended, *(link.old for link in stated.links)]
    reached = set[Any]()
    while todo:
        new = uppers[todo.pop()] - reached
        reached |= new
        todo += new
    members = {change.subject for change in stated.changes if tracks.is_member(change.track)}
    return bool(set().union(*uppers.values()) & stated.linked or reached & members)


def _clusters_told(history: History, acts: list[Act], a: dt.date, b: dt.date) -> None:
    changes, twin = history.cluster_changes(a, b), ClusterTwin(history, acts, a, b)
    span = f"{a} to {b}"

    def row(entry: Mapping[str, Any]) -> str:
        both = {side: sorted(entry[side]) for side in ("before", "after")}
        return str({**entry, **both, "acts": list(entry["acts"])})

    rows, expected = Counter(map(row, changes.table())), Counter(map(row, twin.entries()))
    same((sorted(rows - expected), sorted(expected - rows)), ([], []), f"{span}: entries that are wrong, and that lack")
    for clustering in {change.clustering for change in changes}:
        flows = {(flow.old, flow.new): (flow.before, flow.after) for flow in changes.flows(clustering)}
        same(flows, twin.flows(clustering), f"{span}: flows in {clustering!r}")
    was, now = (set(day.living(Cluster)) for day in (twin.before, twin.after))
    formed = {change.id for change in changes if change.formed is not None}
    dissolved = {change.id for change in changes if change.dissolved is not None}
    same((formed, dissolved), (now - was, was - now), f"{span}: clusters formed and dissolved")
