"""The laws of readers (Q): answers about days, periods and clusters agree with the facts of the days.

The expected answers come from loops over ``facts()`` of the days; the laws E compare those facts with the twin.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attrs import frozen

from orgmodel.acts import operations, policies
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.acts.policies import Part
from orgmodel.errors import Refused
from orgmodel.history.flows import balances
from orgmodel.history.history import structure_of
from orgmodel.history.over import Over
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent, Cluster, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY, Period
from orgmodel.scenario.compare import compare
from orgmodel.scenario.metrics import UnitsByKind
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.selection import select
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    agree,
    case_of,
    count_measures,
    enacted,
    kinds_of,
    link_pairs,
    plain_merger,
    reckoned_back,
)
from orgmodel.testing.decisions import bare
from orgmodel.testing.law import SOURCE, Case, NotMet, broken, happens, same
from orgmodel.testing.moves import GRADES, pick, slot_of, value_of
from orgmodel.testing.twin import PlainDay

__all__ = ["law"]

law: Final = Family()


def _plain(case: Case, day: dt.date) -> PlainDay:
    """What holds on a day, its units in order of creation."""
    return PlainDay(case.facts(day), case.twin(day).units())


@law("Q1", "what is chosen, found and counted on a day is what a loop over that day's facts gives", "history")
def q1(case: Case) -> None:
    day = pick(case.days[1:], case.number(0))
    # A fresh copy of the history has nothing cached for the day yet.
    structure, plain = case.history.as_recorded(len(case.history.log)).at(day), _plain(case, day)
    met(plain.units)
    unit = pick(plain.units, case.number(1))
    for word in (tracks.KIND, tracks.CATEGORY, tracks.CODE, tracks.NAME):
        value = plain.value(unit, word)
        expected = [] if value is None else plain.where(word, value)
        if value is not None:
            same(sorted(structure.select(**{word: value})), sorted(expected), f"units of the {word} {value!r} on {day}")
            if word != tracks.KIND:
                matches = structure.find(**{word: value})
                same(sorted(u.id for u in matches), sorted(expected), f"units found by {word}={value!r}")
        same(structure.values(plain.units, word), [plain.value(u, word) for u in plain.units], f"every {word} on {day}")
    # Given backwards and one of them twice.
    same(list(structure.in_order([*reversed(plain.units), unit])), plain.units, "the order of creation")
    same(structure.parents_of(plain.units), [plain.parent(u) for u in plain.units], "parents of all units at once")
    same(structure.counts(), dict(Counter(plain.kind(u) or "" for u in plain.units)), "numbers of each kind")
    ever = [u for u in case.history.units_ever() if u in structure]
    same(ever, plain.units, "the order of creation, of all units ever")
    kind = plain.kind(unit)
    if kind is not None:
        _kind_read(structure, plain, unit, kind)
    for line in structure.hierarchies:
        _hierarchy_read(structure, plain, unit, line)
    _figures_read(structure, plain, kind)
    _clusters_read(structure, plain)


def _kind_read(structure: Structure, plain: PlainDay, unit: str, kind: str) -> None:
    """What is asked about the units of a kind, and of those below a unit."""
    of_kind = plain.where(tracks.KIND, kind)
    same(list(structure.of_kind(kind)), of_kind, f"units of the kind {kind!r}")
    same(structure.count(kind), len(of_kind), f"number of the kind {kind!r}")
    same(structure.may_have(kind), True, f"whether there may be a {kind!r}")
    of, under, chosen, below = select(kind=kind), select(under=unit), set(of_kind), set(plain.below(unit)[1:])
    same(set(structure.select(of & under)), chosen & below, f"units of the kind {kind!r} below {unit!r}")
    same(set(structure.select(of | under)), chosen | below, f"units of the kind {kind!r} or below {unit!r}")
    same(set(structure.select(of & ~under)), chosen - below, f"units of the kind {kind!r} not below {unit!r}")
    for line in structure.hierarchies:
        above_each = structure.parents_of_kind(kind, line)
        same(above_each, {u: plain.parent(u, line) for u in of_kind}, f"parents of every {kind!r} in {line}")
        sizes = {u: len(plain.below(u, line)) - 1 for u in of_kind}
        same(structure.counts_below(kind, line), sizes, f"units below every {kind!r} in {line}")
        children = [u for u in plain.children(unit, line) if plain.kind(u) == kind]
        same(list(structure.children(unit, line, kind)), children, f"children of {unit!r} of its kind in {line}")


def _hierarchy_read(structure: Structure, plain: PlainDay, unit: str, line: str) -> None:
    """What is asked about a whole hierarchy, and about the place of a unit in it."""
    inside = plain.where_stated(tracks.parent_track(line))
    depths = Counter(len(plain.above(u, line)) for u in inside)
    same(structure.depth_counts(line), [depths[i] for i in range(len(depths))], f"units by depth in {line}")
    below = {u: len(children) for u in plain.units if (children := plain.children(u, line))}
    same(structure.child_counts(line), below, f"numbers of children in {line}")
    if unit in inside:
        path = [*reversed(plain.above(unit, line)), unit]
        same(
            (structure.depth(unit, line), [*structure.path(unit, line)]), (len(path) - 1, path), f"the path to {unit!r}"
        )
    if inside:
        edges = {(above, u) for u in inside if (above := plain.parent(u, line)) is not None}
        graph = structure.to_networkx(line)
        same((set(graph.nodes), set(graph.edges)), (set(inside), edges), f"the graph of {line}")
        drawn = structure.tree(hierarchy=line, most=len(structure)).splitlines()
        same(len(drawn), len(inside), f"lines of the tree of {line}")


def _figures_read(structure: Structure, plain: PlainDay, kind: str | None) -> None:
    for measure in structure.measures.values():
        figures = {u: v for u in plain.units if (v := plain.value(u, measure.track, tracks.OWN)) is not None}
        same(structure.coverage(measure.id), (len(figures), len(plain.units)), f"how many state {measure.id}")
        if measure.type != "category":
            stated = {unit: Quantity.of(value) for unit, value in figures.items()}
            same(structure.stated(measure.id), stated, f"{measure.id} of all units")
        if measure.type == "count":
            _most_read(structure, measure.id, stated)
            if kind is not None:
                totals = {u: structure.total(measure.id, under=u) for u in plain.where(tracks.KIND, kind)}
                same(
                    dict(structure.totals(measure.id, kind)), totals, f"totals of {measure.id}, at once and one by one"
                )


def _most_read(structure: Structure, measure: str, stated: Mapping[str, Quantity]) -> None:
    """Who has the most of a measure, of those who state it exactly."""
    exact: dict[str, Any] = {unit: figure.value for unit, figure in stated.items() if figure.is_exact}
    limit = max(exact.values(), default=0)
    chosen = set(structure.select(measure=(measure, ">=", limit))) & exact.keys()
    same(chosen, {unit for unit, figure in exact.items() if figure >= limit}, f"units with the most {measure}")


def _clusters_read(structure: Structure, plain: PlainDay) -> None:
    clusters = plain.living(Cluster)
    # Facts have no order; E4 checks the order of clusters.
    same({cluster.id: cluster.clustering for cluster in structure.clusters()},
         {cluster: life.clustering for cluster, life in clusters.items()}, "clusters")  # fmt: skip
    lapsed_roles = {(where, slot, unit) for where, slot, unit, _ in structure.lapsed_roles()}
    for cluster in clusters:
        roles = plain.slots(cluster, tracks.ROLE)
        same(structure.leader(cluster), roles.get((LEADER, 1), Absent.UNKNOWN), f"the leader of {cluster!r}")
        deputies = [who for slot, who in sorted(roles.items(), key=str) if slot[0] == DEPUTY and isinstance(who, str)]
        same(list(structure.deputies(cluster)), deputies, f"the deputies of {cluster!r}")
        same(sorted(structure.select(cluster=cluster)), sorted(plain.members(cluster)), f"units in {cluster!r}")
        lapsed = {
            (cluster, slot, who) for slot, who in roles.items() if isinstance(who, str) and who not in plain.facts
        }
        same({role for role in lapsed_roles if role[0] == cluster}, lapsed, f"lapsed roles of {cluster!r}")


@law(
    "Q2",
    "answers about a period agree with its days, one by one: how long a unit was where, who ever was, and means",
    "history",
    "days between two acts, which say what the day before says",
)
def q2(case: Case) -> None:
    first, last = case.days[1], case.day + 3 * ONE_DAY
    # Each day is read by itself: of more it would take long.
    met((last - first).days <= 60)
    plains = [case.on(first + i * ONE_DAY) for i in range((last - first).days)]
    over, unit = case.history.over(first, last), pick(case.history.units_ever(), case.number(0))
    lived = [plain for plain in plains if unit in plain.facts]
    same(over.days(unit), len(lived), f"days of {unit!r}")
    for line in case.history.schema.hierarchies:
        under = Counter(above for plain in lived if (above := plain.parent(unit, line)) is not None)
        same(over.days_under(unit, hierarchy=line), dict(under), f"days of {unit!r} under others in {line}")
        for level in {plain.kind(plain.above(unit, line)[-1]) for plain in lived[:1] if plain.above(unit, line)}:
            near = Counter(above for plain in lived if (above := _nearest(plain, unit, level, line)) is not None)
            same(over.days_under(unit, level, line), dict(near), f"days of {unit!r} under a {level} in {line}")
        below = {u for plain in plains for u in plain.units if unit in plain.above(u, line)}
        same(set(over.ever_under(unit, hierarchy=line)), below, f"who ever was below {unit!r} in {line}")
    _clusters_over(over, plains, unit)
    _means_over(case, over, lived, unit)
    _endings_over(over, plains, {kind for plain in lived if (kind := plain.kind(unit)) is not None})


def _nearest(plain: PlainDay, unit: str, kind: Any, line: str) -> str | None:
    return next((above for above in plain.above(unit, line) if plain.kind(above) == kind), None)


def _clusters_over(over: Over, plains: Sequence[PlainDay], unit: str) -> None:
    """How long a unit was in each cluster, and who ever was in one."""
    for clustering in {clustering for plain in plains for clustering in plain.living(Clustering)}:
        of_unit = [plain.clusters(unit) for plain in plains if unit in plain.facts]
        inside = Counter(cluster for clusters in of_unit for cluster, of in clusters.items() if of == clustering)
        same(over.days_in_clusters(unit, clustering), dict(inside), f"days of {unit!r} in clusters of {clustering!r}")
    for cluster in plains[-1].living(Cluster):
        ever = {member for plain in plains for member in plain.members(cluster)}
        same(set(over.ever_members(cluster)), ever, f"who ever was in {cluster!r}")


def _means_over(case: Case, over: Over, lived: Sequence[PlainDay], unit: str) -> None:
    """The mean of each measure that a unit states exactly on each of its days."""
    for measure in case.history.measures.values():
        figures = [plain.value(unit, measure.track, tracks.OWN) for plain in lived]
        if measure.type != "category" and lived and all(isinstance(figure, (int, Fraction)) for figure in figures):
            mean = Fraction(sum(map(Fraction, figures)), len(lived))
            same(over.mean(measure.id, unit), Quantity(mean), f"the mean of {measure.id} of {unit!r}")


def _endings_over(over: Over, plains: Sequence[PlainDay], kinds: Iterable[str]) -> None:
    """Who ended is told; units that began and ended on one day may be told besides."""
    ended = {
        unit for today, next_day in itertools.pairwise(plains) for unit in today.units if unit not in next_day.facts
    }
    for kind in kinds:
        endings = over.ended(kind, kind)
        within = itertools.chain.from_iterable(endings.within.values())
        untold = {unit for unit in ended if any(plain.kind(unit) == kind for plain in plains)}
        untold -= {*within, *endings.divided, *endings.nowhere}
        if untold:
            broken(f"{sorted(untold)} of the kind {kind!r} ended, and the answer leaves them out")


@law("Q3", "lineage backwards is lineage forwards, read from the other end", "history")
def q3(case: Case) -> None:
    lineage, links, units = case.history.lineage, case.history.lineage.links(), case.history.units_ever()
    pairs = link_pairs(case.history)
    steps = {(old, new) for old, new in pairs if old != new}

    def listed(**ends: str) -> list[str]:
        return [str(link) for link in links if all(getattr(link, end) == unit for end, unit in ends.items())]

    agree(
        units,
        lambda unit: (set(lineage.successors(unit, direct=True)), set(lineage.predecessors(unit, direct=True))),
        lambda unit: ({new for old, new in steps if old == unit}, {old for old, new in steps if new == unit}),
        "direct successors and predecessors",
    )
    for day in {link.day for link in links}:
        by_then = {(link.old, link.new) for link in links if link.day <= day} & steps
        agree(
            {old for old, _ in steps},
            lambda unit, day=day: set(lineage.successors(unit, direct=True, on=day)),  # type: ignore[misc]
            lambda unit, by_then=by_then: {new for old, new in by_then if old == unit},  # type: ignore[misc]
            f"direct successors on {day}",
        )
        whole = {(link.old, link.new) for link in links if link.day <= day and link.extent == "whole"} & steps
        went_in = {unit: _reached(unit, whole) for _, unit in steps}
        origins_of = case.history.at(day).origins
        agree(went_in, lambda unit, of=origins_of: set(of(unit)), went_in.get, f"what units consist of on {day}")  # type: ignore[misc]
    agree(units, lambda unit: [*map(str, lineage.links(unit))], lambda unit: listed(old=unit), "links out of units")
    agree(units, lambda unit: [*map(str, lineage.links(new=unit))], lambda unit: listed(new=unit), "links into units")
    agree(
        pairs,
        lambda ends: [*map(str, lineage.links(*ends))],
        lambda ends: listed(old=ends[0], new=ends[1]),
        "links between units",
    )
    derived = {new for _, new in steps}
    for unit in units:
        origins = set(lineage.predecessors(unit)) - {unit}
        same(origins & derived, set(), f"first predecessors of {unit!r} that came of others themselves")
        start, end = case.history.life(unit).start, case.history.life(unit).end
        heirs = set(lineage.successors(unit)) - {unit} if start != end else set[str]()
        came_of_it = {heir for heir in heirs if unit in lineage.predecessors(heir, on=start or case.day)}
        same(came_of_it, heirs, f"final successors of {unit!r}, read backwards")


def _reached(unit: str, links: Iterable[tuple[str, str]]) -> set[str]:
    """The other units from which links lead to a unit, over any number of steps."""
    reached = [unit]
    for new in reached:
        reached += [old for old, later in links if later == new and old not in reached]
    return {*reached[1:]}


@law(
    "R3",
    "the order of rows and of what is named does not matter where a form has none, and is kept where it has",
    "history",
)
def r3(case: Case) -> None:
    structure = case.structure
    met(len(structure))
    fields = ("id", "name", "code", "kind", "category", "parent")
    placed = [u for u in structure.units() if u.parent is not None or u.id == structure.root()]
    rows = [{field: getattr(unit, field) for field in fields} for unit in placed]
    plain, backwards, turned = (
        structure_of(order, day=case.day, schema=structure.schema)
        for order in (rows, rows[::-1], [dict(reversed(row.items())) for row in rows])
    )
    same(backwards.facts(), plain.facts(), "the same rows in another order")
    same(turned.facts(), plain.facts(), "the same rows with their columns in another order")
    same(list(turned), list(plain), "the order of units, of the same rows")
    inner = [unit for unit in structure if structure.parent(unit) is not None]
    met(inner)
    unit = pick(inner, case.number(0))
    homes = {child: pick(["p", "q"], i) for i, child in enumerate(structure.children(unit))}
    shares = {"p": {"members": "1/3"}, "q": {"members": "2/3"}}
    first, second = (
        operations.BreakDown(unit, [Unit("p"), Unit("q")], children=dict(order(homes)), shares=dict(order(shares)))
        for order in (Mapping.items, lambda mapping: reversed(mapping.items()))
    )
    same(first, second, "a division whose children and shares are named in another order")


# ---- policies, and what becomes of facts


def _decide(expected: Iterable[tuple[Any, Any]], *asked: Any) -> None:
    """Require that policies decide as expected."""
    for policy, decision in expected:
        same(policy(*asked), decision, f"what {policy!r} decides of {asked[1:]}")


@law("Q5", "a ready-made policy decides as one reads it", "library")
def q5(case: Case) -> None:
    members = case.members
    if case.number(5) % 2 and "members" in case.structure.measures:
        # Of some members none is the largest: they are alike.
        sizes = [
            Change(m, tracks.measure_track("members"), case.number(at) % 2, tracks.OWN) for at, m in enumerate(members)
        ]
        case = case_of(happens(case.history, case.act(sizes, "sizes")) or case.history, case)
    structure = case.structure
    for clustering in structure.clusterings():
        _decide(_cluster_decisions(structure, clustering.id, members), structure, clustering, members)
    for measure in structure.measures.values():
        if measure.type == "category":
            grades = [structure.value(m, measure.track, tracks.OWN) for m in members]
            lowest = min(grades) if all(grade in GRADES for grade in grades) else None
            policies_of_ratings = [
                (policies.KeepIfEqual(), _agreed(grades)),
                (policies.LowestGrade(GRADES), lowest),
                (policies.InheritNothing(), None),
            ]
            _decide(policies_of_ratings, structure, measure, members)
    holders = {(post, who) for m in members for (post, _), who in structure.slots(m, tracks.OFFICE).items()}
    carried = policies.CarryOver()(structure, members)
    same({(post, who) for (post, _), who in carried.items()}, holders, "holders that are carried over")
    functions = (
        (policies.ByCategory(), tracks.CATEGORY),
        (policies.ByCode(), tracks.CODE),
        (policies.ByName(), tracks.NAME),
    )
    for agency in structure.children(members[0]):
        _decide([(policy, structure.value(agency, word)) for policy, word in functions], structure, agency)
    _decide(*_allocations(case))


def _cluster_decisions(structure: Structure, clustering: str, members: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Policies for clusters, each with the clusters that the unit which members become joins; None: it is asked."""
    votes = Counter(cluster for m in members for cluster in structure.clusters_of(m, clustering)).most_common(2)
    is_won = len({count for _, count in votes}) == len(votes) > 0
    yield policies.MajorityCluster(), (votes[0][0],) if is_won else None
    yield policies.LeaveAll(), ()
    yield policies.ClusterOf(members[0]), structure.clusters_of(members[0], clustering)
    sizes: list[Any] = [structure.measure(m, "members").value for m in members]
    if None not in sizes:
        largest = [m for m, size in zip(members, sizes, strict=True) if size == max(sizes)]
        of_largest = structure.clusters_of(largest[0], clustering) if len(largest) == 1 else None
        yield policies.ClusterOfLargest("members"), of_largest


def _allocations(case: Case) -> tuple[Any, ...]:
    """Policies that divide a measure of a unit, each with the shares of two parts; and what they are asked about."""
    measure = needed(case.structure.measures.get("members"))
    # The unit with the most below it, as shares in proportion to a measure add up whole subtrees.
    unit = max(case.structure, key=lambda top: len(case.structure.descendants(top)))
    below = case.structure.descendants(unit)
    stated = [Change(u, measure.track, case.number(at), tracks.OWN) for at, u in enumerate(below)]
    structure = (happens(case.history, case.act(stated)) or case.history).at(case.day)
    children = structure.children(unit)
    parts = [Part("p", children[::2], dominant=case.number(0) % 2 == 0), Part("q", children[1::2])]
    half, third = Fraction(1, 2), Fraction(1, 3)
    decisions: list[tuple[Any, Any]] = [
        (policies.Equal(), [half, half]),
        (policies.Bounds(), None),
        (policies.Dominant("q"), [0, 1]),
        (policies.GivenShares({"p": {"members": third}}), [third, 1 - third]),
    ]
    totals = [[structure.total("members", under=child) for child in part.children] for part in parts]
    sums = [sum(Fraction(total.value or 0) for total in of_part) for of_part in totals]
    if sum(sums) and all(total.is_exact for of_part in totals for total in of_part):
        decisions.append((policies.ByMeasure("members"), [Fraction(number, sum(sums)) for number in sums]))
    return decisions, structure, unit, measure, parts


def _agreed(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else None


@law(
    "Q6",
    "the unit that units become has of every fact what its declaration says: what all have, what each has, the sum, "
    "or nothing; rates are weighted, and names, codes and categories kept where all agree",
    "library",
    "facts whose fate is a function; figures that a member does not state",
)
def q6(case: Case) -> None:
    if case.number(9) % 2:
        case = _with_facts(case)
    facts = enacted(case, plain_merger(case)).at(case.day).facts()["whole"]
    before = [case.facts(case.day)[member] for member in case.members]
    agree(
        (tracks.NAME, tracks.CODE, tracks.CATEGORY),
        lambda word: facts.get((word, None)),
        lambda word: _agreed([member_facts.get((word, None)) for member_facts in before]),
        "the new unit",
    )
    _fates_read(case, before, facts)
    _averages_read(case, before, facts)
    same([slot for track, slot in facts if track == tracks.OFFICE], [], "offices that go on, and nobody said so")
    _survivor(case)


_Stated = Mapping[tuple[str, Any], Any]
"""The facts of one unit."""


def _fates_read(case: Case, before: Sequence[_Stated], facts: _Stated) -> None:
    """What becomes of each declared fact of some members in their new unit."""
    for track in case.history.schema.tracks:
        keys = {key for member_facts in before for key in member_facts if key[0] == track.id and not track.rated}
        expected = {key: _fate(track.merged, [member_facts.get(key) for member_facts in before]) for key in keys}
        agree(keys, facts.get, expected.get, f"facts of the new unit ({track.merged})")


def _averages_read(case: Case, before: Sequence[_Stated], facts: _Stated) -> None:
    """What becomes of the rates and categories of the members in their new unit."""
    for measure in case.structure.measures.values():
        key = (measure.track, tracks.OWN)
        figures = [member_facts.get(key) for member_facts in before]
        if measure.type == "category":
            same(facts.get(key), _agreed(figures), f"{measure.id}, kept if equal")
        elif measure.type == "rate" and all(isinstance(figure, (int, Fraction)) for figure in figures):
            weights = [case.structure.measure(member, str(measure.weight)) for member in case.members]
            if all(weight.is_exact for weight in weights) and any(weight.value for weight in weights):
                mean = _mean(figures, [Fraction(weight.value or 0) for weight in weights])
                same(Quantity.of(facts.get(key)), Quantity(mean), f"{measure.id}, weighted")


def _mean(numbers: Iterable[Any], weights: Sequence[Fraction]) -> Fraction:
    pairs = zip(numbers, weights, strict=True)
    return sum((Fraction(number) * weight for number, weight in pairs), Fraction(0)) / sum(weights)


def _with_facts(case: Case) -> Case:
    """The case in which each member states every declared fact, in the same slot, some alike and some not."""
    declared = [track for track in case.history.schema.tracks if track.subject == "unit" and not track.unique]
    facts = [
        Change(member, track.id, value_of(track.values, case.number(at + nth) % 3, case.structure), slot_of(track, 0))
        for nth, track in enumerate(declared)
        for at, member in enumerate(case.members)
    ]
    longer = case_of(happens(case.history, case.act(facts, "facts")) or case.history, case)
    longer.named = case.members
    return longer


def _fate(word: str, values: Sequence[Any]) -> Any:
    """The value of a new unit in one slot of a track, by how the track declares that mergers treat it."""
    stated = [value for value in values if value is not None]
    if word == "union":
        return stated[0] if len(set(stated)) == 1 else None
    if word in ("keep", "ask"):
        return _agreed(values)
    if word == "add":
        return sum(stated) if stated else None
    return None


def _survivor(case: Case) -> None:
    """A unit that takes another over keeps its own name, code, category, kind, place, clusters, roles and offices."""
    keeper, other, *_ = case.members
    try:
        events = operations.take_over(case.structure, keeper, [other], counterparts=False)
    except Refused:
        return
    was, now = case.facts(case.day)[keeper], enacted(case, events).at(case.day).facts()[keeper]
    own = {tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND, tracks.OFFICE}
    own |= {track.id for track in case.history.schema.tracks if track.taken_over == "survivor"}
    keys = {key for key in (*was, *now) if key[0] in own or (tracks.is_member(key[0]) and key[1] is None)}
    agree(keys, now.get, was.get, f"facts of {keeper!r}, which goes on")


@law(
    "Q7",
    "a part of a divided unit has its kind and category, its place and its clusters, and of declared facts what is "
    "said to be the same in each part; what goes on keeps the rest",
    "library",
)
def q7(case: Case) -> None:
    structure = case.structure
    inner = [unit for unit in structure if structure.parent(unit) is not None]
    met(inner)
    unit = pick(inner, case.number(0))
    try:
        events = operations.split_off(structure, unit, Unit("part"))
    except Refused:
        raise NotMet from None
    was, facts = case.facts(case.day)[unit], enacted(case, events).at(case.day).facts()
    alike = {tracks.KIND, tracks.CATEGORY, *(t.id for t in case.history.schema.tracks if t.divided == "same")}
    keys = [(word, None) for word in alike]
    keys += [key for key in was if key[0] == tracks.PARENT or tracks.is_member(key[0])]
    agree(keys, facts["part"].get, was.get, "the part")
    counts = {measure.track for measure in structure.measures.values()}
    keys = [key for key in was.keys() | facts[unit].keys() if key[0] not in counts]
    agree(keys, facts[unit].get, was.get, "the unit that goes on")


@law(
    "Q8",
    "agencies of one function become one, with their parents, and the others move as they are",
    "library",
    "functions that a policy tells",
)
def q8(case: Case) -> None:
    structure = case.structure
    history = enacted(case, plain_merger(case, counterparts=True))
    functions: dict[str | None, list[str]] = {}
    for member in case.members:
        for child in structure.children(member):
            if structure.schema.is_agency(structure.value(child, tracks.KIND)):
                functions.setdefault(structure.value(child, tracks.CATEGORY), []).append(child)
    met(functions)
    heir_of = {link.old: link.new for link in history.lineage.links() if link.day == case.day and link.act.id == "law"}
    for function, agencies in functions.items():
        owners = Counter(structure.parent(agency) for agency in agencies)
        if function is None or owners.total() == 1:
            vanished = [agency for agency in agencies if agency not in history.at(case.day)]
            same(vanished, [], f"agencies of the function {function!r} without a counterpart, which are gone")
        elif max(owners.values()) == 1:
            heirs = {heir_of.get(agency) for agency in agencies}
            if len(heirs) != 1 or None in heirs:
                broken(f"{agencies}, all {function!r} of different members, became {sorted(map(str, heirs))}")


@frozen
class _Unknown:
    """A metric of which nobody knows anything."""

    id: str = "unknown"

    def __call__(self, structure: Structure, baseline: Structure) -> Mapping[str, None]:  # noqa: ARG002  # as every metric
        """One number, which is not known."""
        return {"all": None}


def _compared(case: Case) -> None:
    """A comparison with a scenario of one more move gives the number of units of each kind in both structures."""
    act = case.act(case.move(4).events, "trial")
    structures = case.structure, needed(happens(case.history, act)).at(case.day)
    for structure in structures:
        counts = {kind or "": count for kind, count in structure.counts().items()}
        same(dict(UnitsByKind()(structure, structure)), counts, "units of each kind, as a metric")
    scenario = Scenario("trial", case.history, [act])
    comparison = compare(case.history, scenario, on=case.day, metrics=[UnitsByKind(), _Unknown()])
    differing = [row for row in comparison.rows if row.difference is None or row.baseline != row.value]
    same(list(comparison.differences), differing, "rows that differ, or may differ")
    rows = {row.item: (row.baseline, row.value) for row in comparison.rows}
    numbers = [structure.counts() for structure in structures]
    kinds = {*numbers[0], *numbers[1]}
    agree(kinds, rows.get, lambda kind: tuple(n.get(kind, 0) for n in numbers), "units of each kind, compared")
    for row in (row for row in comparison.differences if row.difference is not None):
        steps = [int(r.after or 0) - int(r.before or 0) for r in comparison.explain(row.metric, row.item)]
        same(sum(steps), row.difference, f"the steps that explain the difference of {row.item!r}")


@law("Q9", "consequences, trace and sources name acts that are there, and every fact has one that says it", "history")
def q9(case: Case) -> None:
    sources = {act.id: act.source for act in case.history.acts}
    for unit in case.history.units_ever():
        for fact in case.history.biography(unit):
            if sources.get(fact.act.id) != fact.act.source:
                broken(f"{fact} is said by {fact.act.id!r}, which is not among the acts, or has another source")
            if fact.end is not None and fact.end < fact.start:
                broken(f"{fact} ends before it begins")
    _compared(case)
    differences = case.history.between(case.days[1], case.day).differences
    unknown = {diff.act.id for diff in differences if diff.act is not None} - sources.keys()
    same(unknown, set(), "acts that a diff names and that are not there")


@law(
    "Q10",
    "a text finds the units that bear it as their id, code or name on a day, and the codes of a day fit that day",
    "history",
    "names that differ in marks alone",
)
def q10(case: Case) -> None:
    day = pick(case.days[1:], case.number(0))
    structure, plain = case.history.at(day), _plain(case, day)
    names = sorted({name for unit in plain.units if (name := plain.value(unit, tracks.NAME)) is not None})
    by_name = {match.text: sorted(match.units) for match in structure.match(names, by="name")}
    agree(names, by_name.get, lambda name: sorted(plain.where(tracks.NAME, name)), "units that a name means")
    loud = {match.text: sorted(match.units) for match in structure.match([f" {n.upper()} " for n in names], by="name")}
    lower = {name.lower(): [other for other in names if other.lower() == name.lower()] for name in names}
    agree(
        names,
        lambda name: loud.get(f" {name.upper()} "),
        lambda name: sorted(unit for other in lower[name.lower()] for unit in plain.where(tracks.NAME, other)),
        "units that a name in capitals means",
    )
    by_id = {match.text: match.units for match in structure.match(plain.units)}
    agree(plain.units, by_id.get, lambda unit: (unit,), "units that an id means")
    ever = {unit for other in case.days for unit in case.facts(other)}
    codes = {plain.value(unit, tracks.CODE) for unit in plain.units[:3]} - {None, *ever}
    agree(
        codes,
        lambda code: sorted(structure.match([code])[0].units),
        lambda code: sorted(plain.where(tracks.CODE, code)),
        "units that a code means",
    )
    met(plain.units)
    # Ids of one day may fit other days too: but they must fit this one.
    fits = case.history.vintage(plain.units, by="id").fits
    if not any(day in fit.period for fit in fits if (fit.matched, fit.live) == (fit.listed, fit.listed)):
        broken(f"the ids of {day} do not fit that day: {fits}")


@law(
    "Q11",
    "a series has for a unit to which nothing happened the figures of each day, with their growth and their rank",
    "history",
    "units that are established again or are older than their record: figures of others are not known then",
)
def q11(case: Case) -> None:
    _days_recorded(case)
    first, last = case.days[1], case.day
    # Figures are unknown for a unit that takes up former ground or is older than its record.
    met(not reckoned_back(case.acts))
    linked = {unit for link in case.history.lineage.links() for unit in (link.old, link.new)}
    structures = [case.history.at(day) for day in (first, last)]
    met(first < last and all(len(structure) for structure in structures))
    stated = {
        structure.day: {unit: case.number(at + turn) for at, unit in enumerate(structure)}
        for turn, structure in enumerate(structures)
    }
    series = case.history.series("members", on=last, figures=stated, policy="bounds", unmapped="drop")
    untouched = set(stated[first]) & set(stated[last]) - linked
    met(untouched)
    for day, figures in stated.items():
        points = series.at(day)
        known = [point.value.value for point in points if point.value.value is not None]
        for point in (point for point in points if point.unit in untouched):
            figure, about = figures[point.unit], f"{point.unit!r} on {day}"
            same(point.value, Quantity(figure), f"the figure of {about}")
            same(point.rank, 1 + sum(value > figure for value in known), f"the rank of {about}")
            growth = None if day == first else Quantity(figure - stated[first][point.unit])
            same(point.growth, growth, f"the growth of {about}")


def _days_recorded(case: Case) -> None:
    """A series has by default the days on which a figure of its own was recorded of a unit of the kind."""
    history, day = bare(case.structure), case.day
    measure = needed(next(iter(count_measures(case.structure)), None))
    units = list(history.at(day))
    unit, kinds = pick(units, case.number(0)), {u: history.at(day).unit(u).kind for u in units}
    others = [other for other in units if kinds[other] != kinds[unit]]
    reports = {1: (unit, tracks.OWN), 2: (unit, tracks.SUBTREE), 4: (unit, tracks.OWN)}
    reports |= {5: (others[0], tracks.OWN)} if others else {}
    for later, (about, scope) in reports.items():
        report = operations.Record(about, measure, later, scope=scope)
        history = history.enact(case.act([report], f"report {later}", day + later * ONE_DAY))
    for kind in {kinds[unit], None}:
        series = history.series(measure, on=day + 6 * ONE_DAY, kind=kind)
        days = [1, 4, 5] if kind is None and others else [1, 4]
        same([(on - day).days for on in series.days], days, f"days on which {measure} of a {kind} was recorded")


@law(
    "Q13",
    "a balance has the stock of each unit or of those that became it, what ended closes with none, and its gap is what the "
    "flows do not explain",
    "library",
)
def q13(case: Case) -> None:
    measure = needed(next(iter(count_measures(case.structure)), None))
    track = tracks.measure_track(measure)
    stocks = {unit: 10 + case.number(at) for at, unit in enumerate(case.structure)}
    stated = [Change(unit, track, stock, tracks.OWN) for unit, stock in stocks.items()]
    case = case_of(enacted(case, stated, "stocks"), case)
    merged = enacted(case, plain_merger(case), "merger", case.day + ONE_DAY)
    came, went = case.number(5), case.number(6) % 9
    opening = sum(stocks.pop(member) for member in case.members)
    gap = case.number(7) % 3 - 1
    report = Change("whole", track, opening + came - went + gap, tracks.OWN)
    last = case.day + 2 * ONE_DAY
    history = needed(happens(merged, case.act([report], "report", last)))
    expected = {unit: (Quantity(stock), Quantity(stock), Quantity(0)) for unit, stock in stocks.items()}
    expected["whole"] = Quantity(opening), Quantity(opening + came - went + gap), Quantity(gap)
    for leaf in [unit for unit in history.at(last) if unit in stocks][::-1]:
        closed = happens(history, case.act([operations.Close(leaf)], "closure", last))
        if closed is not None:
            history = closed
            expected[leaf] = Quantity(stocks[leaf]), Quantity(0), Quantity(-stocks[leaf])
            break
    flows = {"came": {"whole": came}, "went": {"whole": went}}
    listed = balances(history, case.day, last, measure, flows=flows, signs={"came": 1, "went": -1})
    same({b.unit: (b.opening, b.closing, b.gap) for b in listed}, expected, f"balances of {measure}")
    verdicts = {unit: "gap" if gap != Quantity(0) else "explained" for unit, (_, _, gap) in expected.items()}
    same({b.unit: b.verdict for b in listed}, verdicts, "what balances explain")


@law(
    "Q12",
    "an as-of join has of each unit what its day says, a text was borne by those of whom some day says it, and what an act "
    "writes whose day lies within a period is not certain on these days",
    "history",
    needs="polars",
)
def q12(case: Case) -> None:
    import polars as pl

    units = case.history.units_ever()
    pairs = [(unit, day) for day in (case.days[0], case.days[1], pick(case.days, case.number(0))) for unit in units]
    # Units of a history may have no kinds; a kind that nobody knows is refused.
    kinds = kinds_of(case.structure)
    levels = [pick(kinds, case.number(1))] if kinds else []
    frame = pl.DataFrame({"unit": [unit for unit, _ in pairs], "day": [day for _, day in pairs]})
    joined = case.history.as_of(frame, _JOINED, above=levels, suffix="?").rows()
    for row, (unit, day) in zip(joined, pairs, strict=True):
        same(row[2:], _joined(case, unit, day, levels), f"{unit!r} on {day}, joined")
    _names_borne(case)
    _uncertain(case)


_JOINED: Final = (tracks.NAME, tracks.CODE, tracks.KIND, tracks.PARENT)


def _joined(case: Case, unit: str, day: dt.date, levels: Sequence[str]) -> tuple[str | None, ...]:
    """What an as-of join has of a unit: its columns, the units of some levels above it, and how it stands on record."""
    on_day = case.on(day)
    if unit not in on_day.units:
        word = "not on record" if day < case.days[1] else "no such unit on the day"
        return (None,) * (len(_JOINED) + len(levels)) + (word,)
    line = (unit, *on_day.above(unit))
    uppers = [next((above for above in line if on_day.kind(above) == level), None) for level in levels]
    return (*(on_day.value(unit, word) for word in _JOINED[:3]), on_day.parent(unit), *uppers, "on record")


def _names_borne(case: Case) -> None:
    """Require that a text was borne as a name by those of whom some day says it, on these days."""
    names = {on_day.called(unit) for on_day in map(case.on, case.days) for unit in on_day.units}
    for name in names.difference(case.history.units_ever()):
        borne = [item for item in case.history.find(name, by="name") if item.text == name]
        for day in case.days:
            bearers = sorted(item.unit for item in borne if day in item.period)
            same(bearers, sorted(case.on(day).where(tracks.NAME, name)), f"who bore {name!r} on {day}")


def _uncertain(case: Case) -> None:
    first, last = case.day + ONE_DAY, case.day + 4 * ONE_DAY
    act = Act("within", last, case.move(4).events, SOURCE, within=Period(first, last + ONE_DAY))
    history = needed(happens(case.history, act))
    day = first + case.number(5) % 3 * ONE_DAY
    # What runs out by itself in these days is certain.
    met(case.history.at(last).facts() == case.history.at(day).facts())
    was, now = history.at(day).facts(), history.at(last).facts()
    staying = was.keys() & now.keys()
    changed = {
        (subject, *key): (was[subject].get(key), now[subject].get(key))
        for subject in staying
        for key in was[subject].keys() | now[subject].keys()
        if was[subject].get(key) != now[subject].get(key)
    }
    uncertain = {(f.subject, f.track, f.slot): (f.before, f.after) for f in history.uncertain(day)}
    lives = {subject for subject, track, _ in uncertain if track == tracks.LIFE}
    same(lives, was.keys() ^ now.keys(), f"whose life is not certain on {day}")
    of_staying = {key: values for key, values in uncertain.items() if key[0] in staying}
    same(of_staying, changed, f"what is not certain on {day} of who stays")
    same(history.uncertain(last), (), f"what is not certain on {last}, by when the act has taken effect")
