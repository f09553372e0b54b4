"""The laws of readers (Q): answers about days, periods and clusters agree with the facts of the days.

The expected answers come from loops over ``facts()`` of the days; the laws E compare those facts with the twin.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts import operations, policies
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.acts.policies import Part
from orgmodel.errors import Refused
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
from orgmodel.testing.catalogue.shared import reckoned_back
from orgmodel.testing.law import SOURCE, Case, Choosing, broken, happens, same
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
    inside = [u for u in plain.units if plain.value(u, tracks.parent_track(line)) is not None]
    depths = Counter(len(plain.above(u, line)) for u in inside)
    same(structure.depth_counts(line), [depths[i] for i in range(len(depths))], f"units by depth in {line}")
    below = {u: len(children) for u in plain.units if (children := plain.children(u, line))}
    same(structure.child_counts(line), below, f"numbers of children in {line}")
    if unit in inside:
        same(structure.depth(unit, line), len(plain.above(unit, line)), f"the depth of {unit!r} in {line}")
        same(list(structure.path(unit, line)), [*reversed(plain.above(unit, line)), unit], f"the path to {unit!r}")
    if inside:
        edges = {(above, u) for u in inside if (above := plain.parent(u, line)) is not None}
        graph = structure.to_networkx(line)
        same((set(graph.nodes), set(graph.edges)), (set(inside), edges), f"the graph of {line}")
        same(
            len(structure.tree(hierarchy=line, most=len(structure)).splitlines()),
            len(inside),
            f"lines of the tree of {line}",
        )


def _figures_read(structure: Structure, plain: PlainDay, kind: str | None) -> None:
    for measure in structure.measures.values():
        figures = {u: v for u in plain.units if (v := plain.value(u, measure.track, tracks.OWN)) is not None}
        same(structure.coverage(measure.id), (len(figures), len(plain.units)), f"how many state {measure.id}")
        if measure.type == "category":
            continue
        stated = {unit: Quantity.of(value) for unit, value in figures.items()}
        same(structure.stated(measure.id), stated, f"{measure.id} of all units")
        if measure.type != "count":
            continue
        exact: dict[str, Any] = {u: figure.value for u, figure in stated.items() if figure.is_exact}
        limit = max(exact.values(), default=0)
        chosen = set(structure.select(measure=(measure.id, ">=", limit))) & exact.keys()
        same(chosen, {u for u, figure in exact.items() if figure >= limit}, f"units with the most {measure.id}")
        if kind is not None:
            totals = structure.totals(measure.id, kind)
            alone = {u: structure.total(measure.id, under=u) for u in plain.where(tracks.KIND, kind)}
            shown = [{u: (t.low, t.high, t.missing) for u, t in by_unit.items()} for by_unit in (totals, alone)]
            same(shown[0], shown[1], f"totals of {measure.id} at once, and one by one")


def _clusters_read(structure: Structure, plain: PlainDay) -> None:
    lives = {s: own_facts[tracks.LIFE, None] for s, own_facts in plain.facts.items()}
    for cluster in structure.clusters():
        same(lives[cluster.id].clustering, cluster.clustering, f"the clustering of {cluster.id!r}")
        roles = plain.slots(cluster.id, tracks.ROLE)
        same(structure.leader(cluster.id), roles.get((LEADER, 1), Absent.UNKNOWN), f"the leader of {cluster.id!r}")
        deputies = [h for slot, h in sorted(roles.items(), key=str) if slot[0] == DEPUTY and isinstance(h, str)]
        same(list(structure.deputies(cluster.id)), deputies, f"the deputies of {cluster.id!r}")
        members = [
            u for u in plain.units if cluster.id in plain.slots(u, tracks.member_track(cluster.clustering)).values()
        ]
        same(sorted(structure.select(cluster=cluster.id)), sorted(members), f"units in {cluster.id!r}")
        lapsed = {(slot, h) for slot, h in roles.items() if isinstance(h, str) and h not in plain.facts}
        listed = {(slot, unit) for where, slot, unit, _ in structure.lapsed_roles() if where == cluster.id}
        same(listed, lapsed, f"lapsed roles of {cluster.id!r}")
    # Facts have no order; E4 checks the order of clusters.
    same({c.id for c in structure.clusters()}, {s for s in plain.facts if isinstance(lives[s], Cluster)}, "clusters")


@law(
    "Q2",
    "what is told of a period is what its days say one by one: how long a unit was where, who ever was, and means",
    "history",
    "days between two acts, which say what the day before says",
)
def q2(case: Case) -> None:
    first, last = case.days[1], case.day + 3 * ONE_DAY
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
            broken(f"{sorted(untold)} of the kind {kind!r} ended, and is not told")


@law("Q3", "lineage backwards is lineage forwards, read from the other end", "history")
def q3(case: Case) -> None:
    lineage = case.history.lineage
    steps = {(link.old, link.new) for link in lineage.links() if link.old != link.new}
    for unit in case.history.units_ever():
        same(
            set(lineage.successors(unit, direct=True)), {new for old, new in steps if old == unit}, f"next of {unit!r}"
        )
        same(set(lineage.predecessors(unit, direct=True)), {o for o, n in steps if n == unit}, f"those before {unit!r}")
        links = [str(link) for link in lineage.links() if link.new == unit]
        same([str(link) for link in lineage.links(new=unit)], links, f"links into {unit!r}")
        out_of = [link for link in lineage.links() if link.old == unit]
        same(list(map(str, lineage.links(unit))), list(map(str, out_of)), f"links out of {unit!r}")
        for heir in dict.fromkeys(link.new for link in out_of):
            between = [str(link) for link in out_of if link.new == heir]
            same([str(link) for link in lineage.links(unit, heir)], between, f"links from {unit!r} to {heir!r}")
        first = set(lineage.predecessors(unit))
        for origin in first:
            if origin != unit and any(True for old, new in steps if new == origin):
                broken(f"{origin!r}, from which {unit!r} came first, came from others")
        for heir in lineage.successors(unit):
            live = set(lineage.predecessors(heir, on=case.history.life(unit).start or case.day))
            start, end = case.history.life(unit).start, case.history.life(unit).end
            if heir != unit and start != end and unit not in live:
                broken(f"{heir!r} came of {unit!r}, and not the other way round")


@law(
    "R3",
    "the order of rows and of what is named does not matter where a form has none, and is kept where it has",
    "history",
)
def r3(case: Case) -> None:
    structure = case.structure
    met(len(structure))
    rows = [{"id": u.id, "name": u.name, "code": u.code, "kind": u.kind, "category": u.category, "parent": u.parent}
            for u in structure.units() if u.parent is not None or u.id == structure.root()]  # fmt: skip
    structures = [
        structure_of(order, day=case.day, schema=structure.schema)
        for order in (rows, rows[::-1], [dict(reversed(row.items())) for row in rows])
    ]
    for other in structures[1:]:
        same(other.facts(), structures[0].facts(), "the same rows in another order")
    same(list(structures[2]), list(structures[0]), "the order of units, of the same rows")
    inner = [unit for unit in structure if structure.parent(unit) is not None]
    met(inner)
    unit = pick(inner, case.number(0))
    homes = {child: pick(["p", "q"], i) for i, child in enumerate(structure.children(unit))}
    shares = {"p": {"members": "1/3"}, "q": {"members": "2/3"}}
    arguments: list[dict[str, Any]] = [
        {"children": homes, "shares": shares},
        {"children": dict(reversed(homes.items())), "shares": dict(reversed(shares.items()))},
    ]
    divided = [operations.BreakDown(unit, [Unit("p"), Unit("q")], **how) for how in arguments]
    same(divided[0], divided[1], "a division whose children and shares are named in another order")


# ---- policies, and what becomes of facts


def _votes(structure: Structure, clustering: str, members: Sequence[str]) -> Counter[str]:
    return Counter(cluster for m in members for cluster in structure.clusters_of(m, clustering))


@law("Q5", "a ready-made policy decides as one reads it", "library")
def q5(case: Case) -> None:
    structure, members = case.structure, case.members
    for clustering in structure.clusterings():
        of = clustering.id

        def ask(policy: Any, clustering: Any = clustering) -> Any:
            return policy(structure, clustering, members)

        top = _votes(structure, of, members).most_common(2)
        won = top and (len(top) == 1 or top[0][1] > top[1][1])
        same(ask(policies.MajorityCluster()), (top[0][0],) if won else None, f"the majority in {of!r}")
        same(tuple(ask(policies.LeaveAll())), (), f"leaving all of {of!r}")
        same(tuple(ask(policies.ClusterOf(members[0]))), structure.clusters_of(members[0], of), "the cluster of one")
        sizes = [structure.measure(m, "members") for m in members]
        values: list[Any] = [size.value for size in sizes]
        if None not in values:
            best = [m for m, value in zip(members, values, strict=True) if value == max(values)]
            expected = structure.clusters_of(best[0], of) if len(best) == 1 else None
            same(ask(policies.ClusterOfLargest("members")), expected, f"the cluster of the largest in {of!r}")
    measures = [m for m in structure.measures.values() if m.type == "category"]
    for measure in measures:
        grades = [structure.slots(m, measure.track).get(tracks.OWN) for m in members]
        common = grades[0] if len(set(grades)) == 1 else None
        same(policies.KeepIfEqual()(structure, measure, members), common, f"{measure.id} kept if equal")
        known = all(grade in "ABC" for grade in grades if grade is not None) and None not in grades
        lowest = min(grades) if known else None  # type: ignore[type-var]
        same(policies.LowestGrade(GRADES)(structure, measure, members), lowest, f"the lowest {measure.id}")
        same(policies.InheritNothing()(structure, measure, members), None, f"{measure.id} not inherited")
    holders = [(post, h) for m in members for (post, _), h in structure.slots(m, tracks.OFFICE).items()]
    carried = policies.CarryOver()(structure, members)
    same({(post, h) for (post, _), h in carried.items()}, set(holders), "holders that are carried over")
    unit = members[0]
    for agency in structure.children(unit):
        for policy, word in (
            (policies.ByCategory(), tracks.CATEGORY),
            (policies.ByCode(), tracks.CODE),
            (policies.ByName(), tracks.NAME),
        ):
            same(policy(structure, agency), structure.value(agency, word), f"the function of {agency!r} by {word}")
    _allocations(case)


def _allocations(case: Case) -> None:
    measure = needed(case.structure.measures.get("members"))
    # The unit with the most below it, as shares in proportion to a measure add up whole subtrees.
    unit = max(case.structure, key=lambda top: len(case.structure.descendants(top)))
    below = case.structure.descendants(unit)
    stated = [Change(u, measure.track, case.number(at), tracks.OWN) for at, u in enumerate(below)]
    structure = (happens(case.history, case.act(stated)) or case.history).at(case.day)
    children = structure.children(unit)
    parts = [Part("p", children[::2], dominant=case.number(0) % 2 == 0), Part("q", children[1::2])]
    half, third = Fraction(1, 2), Fraction(1, 3)
    same(policies.Equal()(structure, unit, measure, parts), [half, half], "equal shares")
    same(policies.Bounds()(structure, unit, measure, parts), None, "bounds only")
    same(policies.Dominant("q")(structure, unit, measure, parts), [0, 1], "all to one")
    same(
        policies.GivenShares({"p": {"members": third}})(structure, unit, measure, parts), [third, 1 - third], "the rest"
    )
    totals = [[structure.total("members", under=c) for c in part.children] for part in parts]
    sums = [sum(Fraction(total.value or 0) for total in of) for of in totals]
    if sum(sums) and all(total.is_exact for of in totals for total in of):
        expected = [Fraction(part, sum(sums)) for part in sums]
        same(policies.ByMeasure("members")(structure, unit, measure, parts), expected, "in proportion to members")


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
    members, structure = case.members, case.structure
    into = Unit("whole")
    rule = Choosing(operations.PolicyMerger(into=into, counterparts=False))
    try:
        events = rule(structure, members, case.day, SOURCE)
    except Refused:
        met(False)
    after = needed(happens(case.history, case.act(events)))
    facts = after.at(case.day).facts()["whole"]
    before = [structure.facts()[member] for member in members]
    for word in (tracks.NAME, tracks.CODE, tracks.CATEGORY):
        same(
            facts.get((word, None)),
            _agreed([member_facts.get((word, None)) for member_facts in before]),
            f"the {word} of the new unit",
        )
    _fates_read(case, before, facts)
    _averages_read(case, before, facts)
    if any(track == tracks.OFFICE for track, _ in facts):
        broken("an office goes on in the new unit, and nobody said so")
    _survivor(case)


_Stated = Mapping[tuple[str, Any], Any]
"""The facts of one unit."""


def _fates_read(case: Case, before: Sequence[_Stated], facts: _Stated) -> None:
    """What becomes of each declared fact of some members in their new unit."""
    for track in case.history.schema.tracks:
        slots = {slot for member_facts in before for name, slot in member_facts if name == track.id}
        for slot in slots:
            expected = _fate(track.merged, [member_facts.get((track.id, slot)) for member_facts in before])
            if track.rated:
                continue
            same(facts.get((track.id, slot)), expected, f"{track.id} {slot or ''} of the new unit ({track.merged})")


def _averages_read(case: Case, before: Sequence[_Stated], facts: _Stated) -> None:
    """What becomes of the rates and categories of the members in their new unit."""
    members, structure = case.members, case.structure
    for measure in structure.measures.values():
        figures = [member_facts.get((measure.track, tracks.OWN)) for member_facts in before]
        if measure.type == "rate" and all(isinstance(f, (int, Fraction)) for f in figures):
            weights = [structure.measure(member, str(measure.weight)) for member in members]
            if all(w.is_exact for w in weights) and any(w.value for w in weights):
                by = [Fraction(w.value or 0) for w in weights]
                rates: list[Any] = figures
                mean = sum((Fraction(f) * w for f, w in zip(rates, by, strict=True)), Fraction(0)) / sum(by)
                same(Quantity.of(facts.get((measure.track, tracks.OWN))), Quantity(mean), f"{measure.id}, weighted")
        elif measure.type == "category":
            same(facts.get((measure.track, tracks.OWN)), _agreed(figures), f"{measure.id}, kept if equal")


def _with_facts(case: Case) -> Case:
    """The case in which each member states every declared fact, in the same slot, some alike and some not."""
    declared = [track for track in case.history.schema.tracks if track.subject == "unit" and not track.unique]
    facts = [
        Change(member, track.id, value_of(track.values, case.number(at + nth) % 3, case.structure), slot_of(track, 0))
        for nth, track in enumerate(declared)
        for at, member in enumerate(case.members)
    ]
    stated = Case(happens(case.history, case.act(facts, "facts")) or case.history, case.dice, case.kit)
    stated.named = case.members
    return stated


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
    after = needed(happens(case.history, case.act(events)))
    was, now = case.structure.facts()[keeper], after.at(case.day).facts()[keeper]
    kept_tracks = (tracks.NAME, tracks.CODE, tracks.CATEGORY, tracks.KIND, tracks.OFFICE)
    for key in {key for key in (*was, *now) if key[0] in kept_tracks or (tracks.is_member(key[0]) and key[1] is None)}:
        same(now.get(key), was.get(key), f"{key[0]} of the unit that goes on")
    single = [t.id for t in case.history.schema.tracks if t.taken_over == "survivor"]
    for key in {key for key in (*was, *now) if key[0] in single}:
        same(now.get(key), was.get(key), f"{key[0]} of the unit that goes on")


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
    events = _tried(lambda: operations.split_off(structure, unit, Unit("part")))
    after = needed(happens(case.history, case.act(events)))
    was, facts_after = structure.facts()[unit], after.at(case.day).facts()
    for word in (tracks.KIND, tracks.CATEGORY, *(t.id for t in case.history.schema.tracks if t.divided == "same")):
        same(facts_after["part"].get((word, None)), was.get((word, None)), f"{word} of the part")
    for key in was:
        if key[0] == tracks.PARENT or tracks.is_member(key[0]):
            same(facts_after["part"].get(key), was[key], f"{key[0]} of the part")
    counts = {m.track for m in structure.measures.values()}
    for key in was.keys() | facts_after[unit].keys():
        if key[0] not in counts:
            same(facts_after[unit].get(key), was.get(key), f"{key[0]} of the unit that goes on")


def _tried(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Refused:
        met(False)


@law(
    "Q8",
    "agencies of one function become one, with their parents, and the others move as they are",
    "library",
    "functions that a policy tells",
)
def q8(case: Case) -> None:
    structure, members = case.structure, case.members
    try:
        events = Choosing(operations.PolicyMerger(into=Unit("whole")))(structure, members, case.day, SOURCE)
    except Refused:
        met(False)
    after = needed(happens(case.history, case.act(events)))
    functions: dict[str | None, list[str]] = {}
    for member in members:
        for child in structure.children(member):
            if structure.schema.is_agency(structure.value(child, tracks.KIND)):
                functions.setdefault(structure.value(child, tracks.CATEGORY), []).append(child)
    met(functions)
    links = {link.old: link.new for link in after.lineage.links() if link.day == case.day and link.act.id == "law"}
    for function, agencies in functions.items():
        owners = Counter(structure.parent(agency) for agency in agencies)
        if function is not None and len(owners) > 1 and max(owners.values()) == 1:
            heirs = {links.get(agency) for agency in agencies}
            if len(heirs) != 1 or None in heirs:
                broken(
                    f"the agencies {agencies}, all {function!r} of different members, became {sorted(map(str, heirs))}"
                )
        elif function is None or len(owners) == 1:
            stay = [agency for agency in agencies if agency not in after.at(case.day)]
            if stay and (function is None or max(owners.values()) == 1):
                broken(f"{stay} have no counterpart, and are gone")


def _compared(case: Case) -> None:
    """A comparison with a scenario of one more move gives the number of units of each kind in both structures."""
    move = case.move(4)
    trial = needed(happens(case.history, case.act(move.events, "trial")))
    numbers = [structure.counts() for structure in (case.structure, trial.at(case.day))]
    for structure, counts in zip((case.structure, trial.at(case.day)), numbers, strict=True):
        metric = UnitsByKind()(structure, structure)
        same(dict(metric), {kind or "": count for kind, count in counts.items()}, "units of each kind, as a metric")
    scenario = Scenario("trial", case.history, [case.act(move.events, "trial")])
    comparison = compare(case.history, scenario, on=case.day, metrics=[UnitsByKind()])
    numbers_by_kind = {row.item: (row.baseline, row.value) for row in comparison.rows}
    for kind in {*numbers[0], *numbers[1]}:
        same(numbers_by_kind.get(kind), tuple(n.get(kind, 0) for n in numbers), f"units of the kind {kind!r}, compared")
    for row in comparison.differences:
        steps = [int(r.after or 0) - int(r.before or 0) for r in comparison.explain(row.metric, row.item)]
        same(sum(steps), row.difference, f"the steps that explain the difference of {row.item!r}")


@law("Q9", "consequences, trace and sources name acts that are there, and every fact has one that says it", "history")
def q9(case: Case) -> None:
    known: Mapping[str, Any] = {act.id: act for act in case.history.acts}
    for unit in case.history.units_ever():
        for fact in case.history.biography(unit):
            if fact.act.id not in known or fact.act.source != known[fact.act.id].source:
                broken(f"{fact} is said by {fact.act.id!r}, which is not among the acts, or has another source")
            if fact.end is not None and fact.end < fact.start:
                broken(f"{fact} ends before it begins")
    _compared(case)
    for diff in case.history.between(case.days[0] + ONE_DAY, case.day).differences:
        if diff.act is not None and diff.act.id not in known:
            broken(f"{diff} is said by {diff.act.id!r}, which is not among the acts")


@law(
    "Q10",
    "a text finds the units that bear it as their id, code or name on a day, and the codes of a day fit that day",
    "history",
    "names that differ in marks alone",
)
def q10(case: Case) -> None:
    day = pick(case.days[1:], case.number(0))
    structure, plain = case.history.at(day), _plain(case, day)
    names = {name for unit in plain.units if (name := plain.value(unit, tracks.NAME)) is not None}
    for match in structure.match(sorted(names), by="name"):
        same(sorted(match.units), sorted(plain.where(tracks.NAME, match.text)), f"units that {match.text!r} means")
    for match in structure.match(plain.units):
        same(match.units, (match.text,), f"units that the id {match.text!r} means")
    ever = {unit for other in case.days for unit in case.facts(other)}
    for unit in plain.units[:3]:
        code = plain.value(unit, tracks.CODE)
        if code is not None and code not in ever:
            bearers = structure.match([code])[0].units
            same(sorted(bearers), sorted(plain.where(tracks.CODE, code)), f"units that the code {code!r} means")
    met(plain.units)
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
    kinds = [kind for kind in case.structure.counts() if kind]
    levels = [pick(kinds, case.number(1))] if kinds else []
    frame = pl.DataFrame({"unit": [unit for unit, _ in pairs], "day": [day for _, day in pairs]})
    columns = ("name", "code", "kind", "parent")
    joined = case.history.as_of(frame, columns, above=levels, suffix="?").rows()
    for row, (unit, day) in zip(joined, pairs, strict=True):
        on_day = case.on(day)
        if unit not in on_day.units:
            word = "not on record" if day < case.days[1] else "no such unit on the day"
            same(row[2:], (None,) * (len(columns) + len(levels)) + (word,), f"{unit!r} on {day}, joined")
            continue
        line = (unit, *on_day.above(unit))
        uppers = [next((above for above in line if on_day.kind(above) == level), None) for level in levels]
        expected = (*(on_day.value(unit, word) for word in columns[:3]), on_day.parent(unit), *uppers, "on record")
        same(row[2:], expected, f"{unit!r} on {day}, joined")
    for name in {on_day.called(unit) for on_day in map(case.on, case.days) for unit in on_day.units} - set(units):
        borne = [item for item in case.history.find(name, by="name") if item.text == name]
        for day in case.days:
            bearers = sorted(item.unit for item in borne if day in item.period)
            same(bearers, sorted(case.on(day).where(tracks.NAME, name)), f"who bore {name!r} on {day}")
    _uncertain(case)


def _uncertain(case: Case) -> None:
    first, last = case.day + ONE_DAY, case.day + 4 * ONE_DAY
    move = case.move(4)
    act = Act("within", last, move.events, SOURCE, within=Period(first, last + ONE_DAY))
    history = needed(happens(case.history, act))
    asked = first + case.number(5) % 3 * ONE_DAY
    # What runs out by itself in these days is certain.
    met(case.history.at(last).facts() == case.history.at(asked).facts())
    was, now = history.at(asked).facts(), history.at(last).facts()
    changed = {
        (subject, *key): (was.get(subject, {}).get(key), now.get(subject, {}).get(key))
        for subject in was.keys() & now.keys()
        for key in was[subject].keys() | now[subject].keys()
        if was[subject].get(key) != now[subject].get(key)
    }
    open_facts = {(f.subject, f.track, f.slot): (f.before, f.after) for f in history.uncertain(asked)}
    lives = {subject for subject, track, _ in open_facts if track == tracks.LIFE}
    same(lives, was.keys() ^ now.keys(), f"whose life is not certain on {asked}")
    same(
        {key: f for key, f in open_facts.items() if key[0] in was.keys() & now.keys()}, changed, f"uncertain on {asked}"
    )
    same(history.uncertain(last), (), f"what is not certain on {last}, by when the act has taken effect")
