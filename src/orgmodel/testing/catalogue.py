"""The laws themselves: each a function that ends quietly, or says what is broken.

Law numbers are those of the catalogue in ``docs/reference/laws.md``. A law ends with
``NotMet`` where the case is none that it speaks of. Family E is this library's own: the
engine agrees with its slow twin.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import networkx as nx
from attrs import evolve

from orgmodel.acts import operations
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.acts.operation import Operation
from orgmodel.acts.policies import GivenShares, Part
from orgmodel.errors import Refused, UnknownUnit
from orgmodel.history.anew import says_all
from orgmodel.history.history import History, history_of, structure_of
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.rules.invariants import check
from orgmodel.scenario.propose.constraints import AtLeast
from orgmodel.scenario.propose.enact import draft
from orgmodel.scenario.propose.feasible import Infeasible
from orgmodel.scenario.propose.mergers import propose_mergers
from orgmodel.structure.structure import Structure
from orgmodel.testing import cluster_twin, succession_twin
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import (
    SOURCE,
    About,
    Case,
    Choosing,
    Law,
    Merged,
    NotMet,
    broken,
    canonical,
    footprint,
    happens,
    imagined,
    same,
)
from orgmodel.testing.moves import MOVES, RESTRUCTURING, make, pick
from orgmodel.testing.schemas import LOOSE, MEASURES
from orgmodel.testing.strategies import Founder, amendment, drawn_act
from orgmodel.testing.twin import UNIT, Facts, Impossible, Twin, days, in_order, renamed, replayed

__all__ = [
    "LAWS",
    "RULES_OF",
    "Stretch",
    "absent",
    "law",
    "met",
    "nameless",
]

LAWS: dict[str, Law] = {}


def law(number: str, statement: str, about: About, caveat: str = "") -> Callable[[Callable[[Case], None]], Law]:
    """Enter a function in the catalogue."""

    def enter(holds: Callable[[Case], None]) -> Law:
        LAWS[number] = Law(number, statement, about, caveat, holds)
        return LAWS[number]

    return enter


def absent(number: str, statement: str, reason: str, caveat: str = "") -> None:
    """Enter a law about something that the library does not offer."""
    LAWS[number] = Law(number, statement, "library", caveat, None, reason)


def met(condition: object) -> None:
    """Go on only if the law speaks of the case."""
    if not condition:
        raise NotMet


# ---- S: structure

_RULES: Final = {
    "S1": ("live-parent", "one-root", "placed", "live", "cluster", "role"),
    "S2": ("schema", "kind", "unique-code"),
    "S3": ("no-cycle",),
    "S4": ("count",),
}


RULES_OF: Final = {rule: number for number, rules in _RULES.items() for rule in rules}
"""Rule of the invariants -> the law that it belongs to."""


def _sound(number: str, case: Case, *, inside: bool = False) -> None:
    """No finding of the rules of a law, on any day and, if ``inside``, after the last events of an act."""
    for finding in case.findings + (case.findings_inside if inside else ()):
        if finding.rule in _RULES[number]:
            broken(str(finding))


@law(
    "S1", "every unit but the root has exactly one parent, live on the same day, in each hierarchy it is in", "history"
)
def _s1(case: Case) -> None:
    _sound("S1", case, inside=True)
    lines = case.structure.hierarchies
    above = [unit for unit in case.structure if any(case.structure.children(unit, line) for line in lines)]
    if above:
        unit = pick(above, case.number(0))
        if happens(case.history, case.act([Closure(unit)])) is not None:
            broken(f"{unit!r} could end above its live children")


@law("S2", "the schema allows every unit's kind under its parent's", "history", "between two events of one day")
def _s2(case: Case) -> None:
    _sound("S2", case)
    structure, schema = case.structure, case.history.schema
    unit = pick(list(structure), case.number(0))
    kind, below = structure.value(unit, tracks.KIND), {unit, *structure.descendants(unit)}
    places = [
        place
        for place in structure
        if place not in below and not schema.allows(kind, structure.value(place, tracks.KIND), case.day)
    ]
    if places and structure.parent(unit) is not None:
        bad = Change(unit, tracks.PARENT, pick(places, case.number(1)))
        if happens(case.history, case.act([bad])) is not None:
            broken(f"{unit!r}, a {kind}, could move to {bad.value!r}, a {structure.value(bad.value, tracks.KIND)}")


@law("S3", "every unit reaches the root without meeting itself", "history")
def _s3(case: Case) -> None:
    _sound("S3", case, inside=True)
    structure = case.structure
    unit = pick(list(structure), case.number(0))
    lower = pick([unit, *structure.descendants(unit)], case.number(1))
    if happens(case.history, case.act([Change(unit, tracks.PARENT, lower)])) is not None:
        broken(f"{unit!r} could move under {lower!r}, itself or below itself")


@law("S4", "no count is negative or a fraction", "history", "measures that are no counts")
def _s4(case: Case) -> None:
    _sound("S4", case)
    unit = pick(list(case.structure), case.number(0))
    for measure in _counts(case.structure):
        for figure in (-1 - case.number(1), Fraction(1 + 2 * case.number(1), 2)):
            bad = Change(unit, tracks.measure_track(measure), figure, tracks.OWN)
            if happens(case.history, case.act([bad])) is not None:
                broken(f"{unit!r} could state {figure} {measure}")


@law("S5", "an id lives in one interval and is never used again", "history", "codes, which may pass to another unit")
def _s5(case: Case) -> None:
    for unit in case.history.units_ever():
        lives = [fact for fact in case.history.biography(unit) if fact.track == tracks.LIFE]
        if len(lives) != 1:
            broken(f"{unit!r} lives in {len(lives)} intervals")
    day = case.day + ONE_DAY
    used, structure, schema = case.history.units_ever(), case.structure, case.history.schema
    again, parent = pick(used, case.number(0)), pick(list(structure), case.number(1))
    kinds = [k.id for k in schema.kinds if schema.allows(k.id, structure.value(parent, tracks.KIND), day)] or [
        structure.value(parent, tracks.KIND)
    ]
    under = Unit(again, kind=pick(kinds, case.number(2)), parent=parent)
    if happens(case.history, case.act([Creation(under)], day=day)) is not None:
        broken(f"the id {again!r} could be used again")


@law(
    "S6",
    "facts of one unit do not overlap and have no gap in its kind or parent; what held on no day shows on none",
    "history",
)
def _s6(case: Case) -> None:
    for unit in case.history.units_ever():
        life = case.history.life(unit)
        end = life.end or dt.date.max
        rows: dict[tuple[str, Any], list[tuple[dt.date, dt.date]]] = {}
        for fact in case.history.biography(unit):
            rows.setdefault((fact.track, fact.slot), []).append((fact.start, fact.end or dt.date.max))
        for (track, slot), spans in rows.items():
            whole = sorted(span for span in spans if span[0] < span[1])
            for (_, one_end), (start, _) in itertools.pairwise(whole):
                if start < one_end:
                    broken(f"{unit!r} has two values of {track} {slot or ''} on {start}")
            if whole and (whole[0][0] < (life.start or dt.date.min) or whole[-1][1] > end):
                broken(f"{track} of {unit!r} holds outside its life")
            if track == tracks.PARENT and life.start != end:
                joined = all(a[1] == b[0] for a, b in itertools.pairwise(whole))
                if not joined or not whole or whole[0][0] != life.start or whole[-1][1] != end:
                    broken(f"{unit!r} is without a parent on some day of its life: {whole}")
        if life.start == life.end and any(unit in case.history.at(day) for day in case.days):
            broken(f"{unit!r} lived for no whole day and is seen on one")


# ---- C: conservation


def _exact(structure: Structure, units: Iterable[str], measure: str) -> list[Any] | None:
    """Own figures of units, None if one is not stated exactly."""
    figures = [structure.measure(unit, measure) for unit in units]
    return [figure.value for figure in figures] if all(figure.is_exact for figure in figures) else None


def _counts(structure: Structure) -> list[str]:
    return [measure.id for measure in structure.measures.values() if measure.type == "count"]


@law(
    "C1",
    "merging keeps every count and the units that take no part",
    "rule",
    "rates and categories; figures that a member does not state exactly",
)
def _c1(case: Case) -> None:
    made = case.merger
    before, after = made.before, made.after
    new = made.new
    for measure in _counts(before):
        figures = _exact(before, made.members, measure)
        if figures is not None:
            same(after.measure(new, measure), Quantity(sum(figures)), f"{measure} of {new!r}")
            agencies = {old for link in made.history.lineage.links() for old in (link.old,) if link.day == after.day}
            for unit in set(before) & set(after) - {new} - agencies:
                same(after.measure(unit, measure), before.measure(unit, measure), f"{measure} of {unit!r}")
    ended = {link.old for event in made.act.events if isinstance(event, Succession) for link in event.links}
    lost = sorted(set(before) - set(after) - ended)
    if lost:
        broken(f"{lost} are gone, and nothing says what they became")


@law(
    "C2",
    "the children of the members are the children of the new unit, no more and no less",
    "rule",
    "rules that dissolve children; counterparts merge with their parents",
)
def _c2(case: Case) -> None:
    made = case.merger
    new = made.new
    for hierarchy in made.before.hierarchies:
        expected: set[str] = set()
        for member in made.members:
            for child in made.before.children(member, hierarchy):
                if child in made.members:
                    continue
                heirs = [child] if child in made.after else list(made.history.lineage.successors(child))
                if not heirs:
                    broken(f"{child!r}, a child of {member!r}, has no home")
                expected.update(heirs)
        found = set(made.after.children(new, hierarchy))
        if found != expected - {new}:
            broken(f"the children of {new!r} are {sorted(found)}, those of its members {sorted(expected)}")


@law("C3", "moving a unit changes its parent and nothing else", "library")
def _c3(case: Case) -> None:
    made = case.move(4, ["reassign"])
    met(made.name == "reassign")
    parent, unit = made.events[0].value, made.events[0].subject  # type: ignore[union-attr]
    events = operations.reassign(case.structure, unit, parent)
    after = _after(case, events)
    expected = case.structure.facts()
    expected[unit][tracks.PARENT, None] = parent
    same(after.facts(), expected, "after the move")


def _after(case: Case, events: Iterable[Any], name: str = "law") -> Structure:
    act = Act(name, case.day, events, SOURCE)
    try:
        return case.history.enact(act).at(case.day)
    except Refused as error:
        broken(f"the events of an operation are refused: {error}")


def _inner(structure: Structure) -> list[str]:
    """Units with a parent, in every hierarchy that they are in."""
    roots: set[str] = set()
    for line in structure.hierarchies[1:]:
        with contextlib.suppress(UnknownUnit):
            roots.add(structure.root(line))
    return [unit for unit in structure if structure.parent(unit) is not None and unit not in roots]


def _below(structure: Structure, unit: str) -> list[str]:
    """The children of a unit in any hierarchy, each once."""
    return list(dict.fromkeys(c for line in structure.hierarchies for c in structure.children(unit, line)))


def _divisible(case: Case) -> str:
    """A unit that can be divided without saying which part stands at the top."""
    units = _inner(case.structure)
    met(units)
    return str(pick(units, case.number(4)))


def _halves(case: Case, unit: str, allocation: Any) -> tuple[list[str], Structure, History]:
    """A unit broken down into two or three, its children dealt out in turn."""
    names = ["half-1", "half-2", "half-3"][: 2 + case.number(5) % 2]
    children = {child: pick(names, i + case.number(6)) for i, child in enumerate(_below(case.structure, unit))}
    events = operations.break_down(
        case.structure, unit, [Unit(name) for name in names], children=children, allocation=allocation
    )
    after = case.history.enact(case.act(events, "cut"))
    return names, after.at(case.day), after


def _shared(case: Case, unit: str, measure: str, parts: Sequence[str]) -> bool:
    """Whether the allocation says what each part gets."""
    dealt = [Part(name, tuple(_below(case.structure, unit)[i :: len(parts)])) for i, name in enumerate(parts)]
    said = case.kit.allocation(case.structure, unit, case.structure.measures[measure], dealt)
    return said is not None and not isinstance(said, str)


@law(
    "C4",
    "the counts of the parts of a divided unit add up to its own, in whole numbers",
    "library",
    "figures divided without shares: they are unknown, between 0 and all",
)
def _c4(case: Case) -> None:
    unit = _divisible(case)
    parts, after, _ = _halves(case, unit, case.kit.allocation)
    for measure in _counts(case.structure):
        whole = _exact(case.structure, [unit], measure)
        if whole is not None and _shared(case, unit, measure, parts):
            figures = _exact(after, parts, measure)
            if figures is None or sum(figures) != whole[0] or any(f != int(f) for f in figures):
                broken(f"{measure} of {unit!r} is {whole[0]}, of its parts {figures}")
    moved = [child for part in parts for child in after.children(part)]
    same(sorted(moved), sorted(case.structure.children(unit)), "children of the parts")


@law(
    "C5",
    "dividing a unit and merging the parts gives its counts, children and parent back",
    "library",
    "its id, which ended",
)
def _c5(case: Case) -> None:
    unit = _divisible(case)
    parts, middle, history = _halves(case, unit, case.kit.allocation)
    # Agencies of one function that stood side by side in the unit are no counterparts of each other.
    events = operations.merge(middle, parts, into=Unit("whole"), counterparts=False)
    after = history.enact(case.act(events, "back")).at(case.day)
    same(after.parent("whole"), case.structure.parent(unit), "the parent")
    same(sorted(after.children("whole")), sorted(case.structure.children(unit)), "the children")
    for measure in _counts(case.structure):
        whole = _exact(case.structure, [unit], measure)
        if whole is not None and _shared(case, unit, measure, parts):
            same(after.measure("whole", measure), Quantity(whole[0]), measure)


def _whole(case: Case) -> Iterable[Any]:
    """The events of the library's own merger of the members, with all choices made."""
    rule = Choosing(operations.PolicyMerger(into=Unit("whole"), counterparts=False))
    try:
        return rule(case.structure, case.members, case.day, SOURCE)
    except Refused:
        raise NotMet from None


@law(
    "C6",
    "merging units and dividing the result by their old counts gives these counts back",
    "library",
    "which child goes to which part; ids",
)
def _c6(case: Case) -> None:
    members = case.members
    counted = [(m, f) for m in _counts(case.structure) if (f := _exact(case.structure, members, m)) and sum(f)]
    met(counted)
    history = case.history.enact(case.act(_whole(case), "one"))
    names = [f"part-{i}" for i in range(len(members))]
    shares = {
        name: {measure: Fraction(figures[i], sum(figures)) for measure, figures in counted}
        for i, name in enumerate(names)
    }
    middle = history.at(case.day)
    met("whole" in _inner(middle))
    children = dict.fromkeys(_below(middle, "whole"), names[0])
    events = operations.break_down(
        middle, "whole", [Unit(n) for n in names], children=children, allocation=GivenShares(shares)
    )
    after = history.enact(case.act(events, "two")).at(case.day)
    for measure, figures in counted:
        same(_exact(after, names, measure), figures, f"{measure} of the parts")


@law(
    "C7",
    "the totals of the units directly below a unit, and its own, add up to its total",
    "history",
    "figures nobody states, which are told apart by coverage",
)
def _c7(case: Case) -> None:
    for measure in _counts(case.structure):
        for unit in case.structure:
            children = case.structure.children(unit)
            parts = [case.structure.total(measure, under=c) for c in children if _states(case.structure, c, measure)]
            own = case.structure.measure(unit, measure)
            sums: list[Quantity] = [*parts, own] if _states_itself(case.structure, unit, measure) else [*parts]
            bounded = any(_states_itself(case.structure, u, measure, tracks.SUBTREE) for u in case.structure)
            silent = case.structure.total(measure, under=unit).missing - sum(part.missing for part in parts)
            about = any(quantity.qualifier == "about" for quantity in sums)  # which has no bounds
            if sums and not bounded and not silent and not about:
                total = case.structure.total(measure, under=unit)
                same((total.low or 0, total.high), _added(sums), f"bounds of total {measure} of {unit!r}")
    by_kind = Counter(case.structure.value(unit, tracks.KIND) or "" for unit in case.structure)
    same(case.structure.counts(), dict(by_kind), "units of each kind")


def _states(structure: Structure, top: str, measure: str) -> bool:
    return any(_states_itself(structure, unit, measure) for unit in (top, *structure.descendants(top)))


def _states_itself(structure: Structure, unit: str, measure: str, scope: str = tracks.OWN) -> bool:
    return scope in structure.slots(unit, tracks.measure_track(measure))


def _added(quantities: Iterable[Quantity]) -> tuple[Any, Any]:
    lows, highs = zip(*((q.low, q.high) for q in quantities), strict=True)
    # A count is at least 0.
    return sum(low or 0 for low in lows), None if None in highs else sum(highs)


@law(
    "C8",
    "a total changes by what was declared to grow or shrink, and by no restructuring, whenever things became known",
    "history",
    "figures that a division left unknown, or that hold until some day; outcomes that were stated before something "
    "earlier became known, whose figures stand",
)
def _c8(case: Case) -> None:
    spoke = _ledger(case.history, outcomes=_in_order_of_time(case.history))
    found = case.learned
    if found is not None and found.settled.history is not None:
        # What is learned late may lie before outcomes of the case.
        early = found.late.effective >= case.day and _in_order_of_time(case.history)
        spoke = _ledger(found.settled.history, outcomes=early) or spoke
    met(spoke)


def _in_order_of_time(history: History) -> bool:
    """Whether everything became known on its day, or at least in order."""
    days = [entry.act.effective for entry in history.log if entry.act is not None and entry.amends is None]
    return days == sorted(days) and all(entry.amends is None for entry in history.log)


def _ledger(history: History, *, outcomes: bool) -> bool:
    """Whether totals were compared with what was declared: restructurings leave them as they are.

    Args:
        history: what happened.
        outcomes: whether successions that are stated as outcomes are held to it too.
    """
    if _ends(history.acts, "measure:"):
        return False
    spoke = False
    for measure in (m.id for m in history.measures.values() if m.type == "count"):
        spoke = _total_kept(history, measure, outcomes=outcomes) or spoke
    return spoke


def _total_kept(history: History, measure: str, *, outcomes: bool) -> bool:
    declared, day = 0, history.last_day
    twin = Twin(history.schema, history.measures)
    for act in history.acts:
        twin.day = act.effective
        for event in act.events:
            before = twin.total(measure)
            twin.one(event)
            after = twin.total(measure)
            if not all(total is None or total.is_exact for total in (before, after)):
                return False
            change = _value(after) - _value(before)
            if not isinstance(event, Succession):
                declared += change
            elif change and (outcomes or not act.is_outcome):
                broken(f"{act.id} on {act.effective} restructures, and total {measure} changes by {change}")
            elif change:
                return False
    assert day is not None
    structure = history.at(day)
    if any(_states_itself(structure, unit, measure, tracks.SUBTREE) for unit in structure):
        return False  # What is stated of a subtree bounds its sum.
    total = structure.total(measure)
    same(_value(total if total.is_known else None), declared, f"total {measure}")
    return True


def _value(total: Quantity | None) -> int:
    return 0 if total is None else int(total)


# ---- A: algebra of mergers


@law("A1", "the order of the members does not matter", "rule", "takeovers that name a survivor")
def _a1(case: Case) -> None:
    members = case.members
    turned = (*members[1:], members[0]) if case.number(7) % 2 else tuple(reversed(members))
    _alike(case.merged(members), case.merged(turned), f"members {list(members)} and {list(turned)}")


def _alike(one: Merged, other: Merged, what: str) -> None:
    same(canonical(other.after.facts(), other.roots), canonical(one.after.facts(), one.roots), what)


@law(
    "A2",
    "merging some members first and the rest afterwards gives the same",
    "rule",
    "rules that take a parent, a cluster or a name from the largest member; the depth of lineage",
)
def _a2(case: Case) -> None:
    members = case.some(3)
    # Which parent of several is for a rule to say: F1 and C2 hold it there.
    lines = case.structure.hierarchies if case.kit.siblings is None else ()
    met(all(len({case.structure.parent(member, line) for member in members}) == 1 for line in lines))
    at_once = case.merged(members)
    first = case.merged(members[:2], name="first")
    second = case.merged((first.new, *members[2:]), first.history, name="second")
    for history, chosen in ((case.history, members), (first.history, second.members)):
        _plainly_right(case, history, chosen)
    origins = dict(first.roots)
    for new, olds in second.roots.items():
        origins[new] = tuple(sorted({o for old in olds for o in first.roots.get(old, (old,))}))
    live = {new: olds for new, olds in origins.items() if new in second.after}
    # Of a union each slot lapses where two differ, and the third one's goes on.
    united = {track.id for track in case.history.schema.tracks if track.merged == "union"}
    same(
        canonical(_without(second.after.facts(), united), live),
        canonical(
            _without(at_once.after.facts(), united), {n: o for n, o in at_once.roots.items() if n in at_once.after}
        ),
        f"merging {list(members[:2])} first, then {list(members[2:])}",
    )


def _plainly_right(case: Case, history: History, members: tuple[str, ...]) -> None:
    """What one merger leaves out or touches is told by the law that says it, not by A2."""
    one = Case(history, case.dice, case.kit)
    one.members = members
    for plainer in ("C1", "C2", "A6", "F1", "F2"):
        LAWS[plainer].judge(one)


def _without(facts: Facts, left_out: Collection[str]) -> Facts:
    return {s: {key: v for key, v in held.items() if key[0] not in left_out} for s, held in facts.items()}


@law("A3", "a member that is named twice counts once, and one member alone is refused", "rule")
def _a3(case: Case) -> None:
    members = case.members
    _alike(case.merged(members), case.merged((*members, members[0])), f"{members[0]!r} named twice")
    for few in ((members[0],), (members[0], members[0])):
        try:
            events = tuple(case.kit.rule(case.structure, few, case.day, SOURCE))
        except Refused:
            continue
        broken(f"a merger of {list(few)} is not refused, it gives {len(events)} events")


@law(
    "A4",
    "enacting the same act twice is enacting it once; another act of the same id is refused",
    "history",
    "two acts of equal content and different ids",
)
def _a4(case: Case) -> None:
    made = case.move(4)
    act = case.act(made.events)
    history = case.history.enact(act)
    same(len(history.enact(act).log), len(history.log), "entries of the log")
    same(case.history.enact(act, act).at(case.day), history.at(case.day), "twice in one call")
    for known in (act, pick(case.acts, case.number(0))):
        other = Act(known.id, known.effective, [*known.events, *made.events], known.source)
        if happens(history, other) is not None:
            broken(f"another act with the id {known.id!r} is accepted")


@law(
    "A5",
    "taking over gives the children and counts that merging gives",
    "library",
    "name, code, clusters and lineage, which the survivor keeps",
)
def _a5(case: Case) -> None:
    members = case.members
    survivor, *rest = members
    lines = case.structure.hierarchies
    met(all(len({case.structure.parent(member, line) for member in members}) == 1 for line in lines))
    merged = _after(case, _whole(case))
    taken = _after(case, operations.take_over(case.structure, survivor, rest, counterparts=False))
    same(sorted(taken.children(survivor)), sorted(merged.children("whole")), "children")
    same(taken.parent(survivor), merged.parent("whole"), "the parent")
    for measure in _counts(case.structure):
        same(taken.measure(survivor, measure), merged.measure("whole", measure), measure)
    gone = [unit for unit in rest if unit in taken]
    if gone:
        broken(f"{gone} live on after they were taken over")


@law(
    "A6",
    "the count of the new unit is the sum of the members' counts, whatever they state",
    "rule",
    "rates and categories",
)
def _a6(case: Case) -> None:
    made = case.merger
    for measure in _counts(made.before):
        figures = [made.before.measure(member, measure) for member in made.members]
        total = sum(figures[1:], figures[0])
        found = made.after.measure(made.new, measure)
        if total.is_exact:
            same(found, total, f"{measure} of {made.new!r}")
        elif found.is_exact and any(figure.is_known for figure in figures):
            broken(f"{measure} of {made.new!r} is {found}, though a member's is not known: {figures}")


@law(
    "A7",
    "of two moves of one unit on one day the last one counts",
    "library",
    "the log, which keeps both; the point between them",
)
def _a7(case: Case) -> None:
    first, second = case.move(0, ["reassign"]), None
    met(first.name == "reassign")
    unit = first.events[0].subject  # type: ignore[union-attr]
    structure = case.structure
    kind, below = structure.value(unit, tracks.KIND), set(structure.descendants(unit))
    places = [
        p
        for p in structure
        if p != unit
        and p not in below
        and structure.schema.allows(kind, structure.value(p, tracks.KIND), case.day)
        and (structure.parent(p) is not None or p == structure.root())
    ]
    met(places)
    second = Change(unit, tracks.PARENT, pick(places, case.number(3)))
    both = _after(case, [first.events[0], second])
    same(both, _after(case, [second]), f"{unit!r} moved twice")


def _two(case: Case) -> tuple[Act, Act]:
    small = [name for name in MOVES if name not in RESTRUCTURING]
    one, other = case.move(0, prefix="x"), case.move(5, small, prefix="y")
    return case.act(one.events, "one"), case.act(other.events, "other")


@law(
    "A8",
    "two acts of one day that touch nothing in common may come in either order",
    "history",
    "acts that touch a common unit, parent or child; rules that look at everything",
)
def _a8(case: Case) -> None:
    one, other = _two(case)
    met(not footprint(one.events, case.structure) & footprint(other.events, case.structure))
    there, back = happens(case.history, one, other), happens(case.history, other, one)
    if there is None or back is None:
        broken(f"{list(one.events)} and {list(other.events)} stand apart, and one order is refused")
    same(there.at(case.day), back.at(case.day), "the two orders")


@law(
    "A9",
    "where two acts end a common unit, both orders are refused",
    "history",
    "an act that needs what the other ends: only one order is",
)
def _a9(case: Case) -> None:
    one, other = case.move(0, _ENDING, prefix="x"), case.move(5, _ENDING, prefix="y")
    common = _ended(one.events) & _ended(other.events)
    met(common)
    acts = case.act(one.events, "one"), case.act(other.events, "other")
    for pair in (acts, acts[::-1]):
        if happens(case.history, *pair) is not None:
            broken(f"{sorted(common)} could end twice")


_ENDING = ("merge", "close", "break down", "take over", "reorganise")


def _ended(events: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for event in events:
        if isinstance(event, Closure):
            found.add(event.subject)
        elif isinstance(event, Succession):
            found.update(event.ended)
    return found


@law(
    "A10",
    "enacting an act and cancelling it leaves every day as it was; the log grows",
    "history",
    "acts on which later ones rest: cancelling them is refused",
)
def _a10(case: Case) -> None:
    act = case.act(case.move(4).events)
    history = case.history.enact(act).cancel(act.id, reason="undone")
    for day in case.days:
        same(history.at(day).facts(), case.facts(day), f"on {day}")
    same(len(history.log), len(case.history.log) + 2, "entries of the log")
    same(sorted(map(str, history.lineage.links())), sorted(map(str, case.history.lineage.links())), "lineage")


# ---- T: time


@law("T1", "an act leaves every day before its own as it was", "history")
def _t1(case: Case) -> None:
    _earlier_days_stay(case, case.day + ONE_DAY, RESTRUCTURING)
    _earlier_days_stay(case, pick(case.days[1:], case.number(0)))


def _earlier_days_stay(case: Case, day: dt.date, only: Sequence[str] = ()) -> None:
    if not len(case.history.at(day)):
        return
    act = case.act(case.move(4, only, day=day).events, day=day)
    history = happens(case.history, act)
    # Later acts may stand against it.
    for earlier in case.days if history is not None else ():
        if history is not None and earlier < day:
            same(history.at(earlier).facts(), case.facts(earlier), f"on {earlier}, before the act of {day}")


@law(
    "T2",
    "what is counted, added up, chosen and compared on a day is what that day's facts say",
    "history",
    "questions about time itself",
)
def _t2(case: Case) -> None:
    twin = Twin(case.history.schema, case.history.measures)
    facts: dict[dt.date, Facts] = {}
    for day in days(twin, case.acts):
        facts[day] = twin.facts()
        structure = case.history.at(day)
        units = twin.units()
        same(set(structure), set(units), f"units on {day}")
        same(len(structure), len(units), f"number of units on {day}")
        kinds = Counter(twin.value(unit, tracks.KIND) or "" for unit in units)
        same(structure.counts(), dict(kinds), f"units of each kind on {day}")
        for kind in kinds:
            chosen = structure.select(kind=kind) if kind else ()
            of_kind = [u for u in units if twin.value(u, tracks.KIND) == kind] if kind else []
            same(sorted(chosen), sorted(of_kind), f"choice of {kind} on {day}")
        top = pick(units, case.number(1)) if units else None
        for line in structure.hierarchies:
            for unit in units:
                # Siblings come in order of creation, which is that of the days, not of recording.
                same(list(structure.children(unit, line)), twin.children(unit, line), f"children of {unit!r} on {day}")
                same(list(structure.ancestors(unit, line)), twin.above(unit, line), f"ancestors of {unit!r} on {day}")
            if top is not None:
                below = set(structure.descendants(top, line))
                same(below, twin.below(top, line), f"descendants of {top!r} on {day}")
                same(structure.count(under=top), len(twin.below(top)), f"units under {top!r} on {day}")
        for measure in _counts(structure):
            for line in structure.hierarchies if top is not None else ():
                total = structure.total(measure, top, line)
                if total.qualifier != "about":
                    bounds = total.low or 0, total.high
                    expected = twin.bounds(measure, str(top), line)
                    unsaid = not total.is_known and total.low is None and total.high is None
                    same(bounds[0], expected[0], f"total {measure} of {top!r} in {line} on {day}, at least")
                    same(bounds[1], None if unsaid else expected[1], "the same, at most")
    first, last = min(facts), max(facts)
    diff = case.history.between(first, last)
    same(
        sorted(d.subject for d in diff.created),
        sorted(s for s, held in facts[last].items() if held.get((tracks.LIFE, None)) == UNIT and s not in facts[first]),
        "units created",
    )


@law(
    "T3",
    "saying again what holds already changes no answer",
    "history",
    "the log and biographies, which tell that it was said",
)
def _t3(case: Case) -> None:
    day = pick([day for day in case.days if day <= case.day][1:], case.number(0))
    held = [(s, key, v) for s, facts in case.facts(day).items() for key, v in facts.items()]
    told = [(s, k, v) for s, k, v in held if k[0] in (tracks.NAME, tracks.PARENT, tracks.CODE) and v != "/"]
    met(told)
    subject, (track, slot), value = pick(told, case.number(1))
    later = [act for act in case.acts if act.effective >= day and act.effective != day]
    met(not later or day == case.day or not _written(later, subject))
    history = happens(case.history, case.act([Change(subject, track, value, slot)], day=day))
    met(history is not None)
    assert history is not None
    for other in case.days:
        same(history.at(other).facts(), case.facts(other), f"on {other}")


def _written(acts: Iterable[Act], subject: str) -> bool:
    return any(subject in str(event) for act in acts for event in act.events)


@law(
    "T4",
    "on the day of a merger its new unit is there and its members are not; the day before it is the other way",
    "rule",
    "members that began on that day",
)
def _t4(case: Case) -> None:
    made = case.merged(case.members, later=1)
    day_before, on_day = made.history.at(case.day), made.history.at(case.day + ONE_DAY)
    for member in made.members:
        if member not in day_before:
            broken(f"{member!r} is not there on the day before")
        if member in on_day and member not in made.news:
            broken(f"{member!r} is still there on the day")
    for new in made.news:
        if new not in on_day:
            broken(f"{new!r} is not there on the day")
        if new in day_before and new not in made.members:
            broken(f"{new!r} is there already on the day before")


@law(
    "T5",
    "the same log gives the same history, byte for byte, in every order of recording that keeps each day's",
    "history",
)
def _t5(case: Case) -> None:
    text = jsonl.dumps(case.history)
    again = History.from_log(case.history.log, case.history.schema, case.history.measures)
    same(jsonl.dumps(again), text, "written again")
    at_once = History(case.history.schema, case.history.measures).enact(*case.outcomes)
    for day in case.days:
        same(again.at(day).facts(), case.facts(day), f"replayed, on {day}")
        same(at_once.at(day).facts(), case.facts(day), f"enacted at once, on {day}")
    today, later = case.move(4, ["create"], prefix="x"), case.move(4, ["create"], prefix="y")
    acts = case.act(today.events, "today"), case.act(later.events, "later", case.day + ONE_DAY)
    one, other = happens(case.history, *acts), happens(case.history, acts[1])
    if one is not None and other is not None:
        late = other.enact(acts[0]).at(case.day + ONE_DAY)
        same(list(late), list(one.at(case.day + ONE_DAY)), "order of units, the first of two recorded last")


@law("T6", "saving and loading keeps the order of acts within a day", "history")
def _t6(case: Case) -> None:
    loaded = jsonl.loads(jsonl.dumps(case.history))
    same([act.id for act in loaded.acts], [act.id for act in case.acts], "order of acts")
    same([len(act.events) for act in loaded.acts], [len(act.events) for act in case.acts], "events of acts")


@law("T7", "nothing changes between two days on which nothing happens", "history")
def _t7(case: Case) -> None:
    changing = {act.effective for act in case.acts} | _ends(case.acts)
    for one, other in itertools.pairwise(case.days):
        if not any(one < day <= other for day in changing):
            same(case.facts(other), case.facts(one), f"from {one} to {other}")


def _ends(acts: Iterable[Act], track: str = "") -> set[dt.date]:
    """The days until which acts say that something holds, in tracks that begin so."""
    found: set[dt.date] = set()
    for act in acts:
        for event in act.events:
            changes = event.changes if isinstance(event, Succession) else (event,)
            said = [c for c in changes if isinstance(c, Change) and c.track.startswith(track)]
            found |= {change.until for change in said if change.until is not None}
    return found


# ---- B: both time axes


@law("B1", "what was known at a time never changes, whatever is recorded later", "history")
def _b1(case: Case) -> None:
    known = len(case.history.log)
    later = case.history.enact(case.act(case.move(4).events))
    same(later.as_recorded(known), case.history, "the log as it was known")
    number = 1 + case.number(0) % known
    once = later.as_recorded(number)
    replay = History.from_log(case.history.log[:number], case.history.schema, case.history.measures)
    then = later.as_recorded(known)
    for day in case.days:
        same(then.at(day).facts(), case.facts(day), f"as known then, on {day}")
        same(once.at(day), replay.at(day), f"as known after entry {number}, on {day}")


@law("B2", "a correction changes nothing before its days, and nothing that was known before it", "history")
def _b2(case: Case) -> None:
    act, instead, amended = _corrected(case)
    first = min([act.effective, *([instead.effective] if instead is not None else [])])
    known = amended.as_recorded(len(case.history.log))
    for day in case.days:
        if day < first:
            same(amended.at(day).facts(), case.facts(day), f"on {day}, before the corrected act")
        same(known.at(day).facts(), case.facts(day), f"as known before, on {day}")
    acts = [instead if a.id == act.id else a for a in _by_number(case.history)]
    expected = replayed(in_order([a for a in acts if a is not None]), case.history.schema, case.history.measures)
    # Past everything that is said to hold until some day.
    expected.day = max([case.day, amended.last_day or case.day, *_ends(case.acts)]) + ONE_DAY
    same(amended.at(expected.day).facts(), expected.facts(), "after the correction")


def _by_number(history: History) -> list[Act]:
    """The acts that count, in the order in which each was first recorded."""
    known: dict[str, Act] = {}
    for entry in history.log:
        if entry.act is None:
            known.pop(entry.amends or "", None)
        else:
            known[entry.act.id] = entry.act
    return list(known.values())


def _corrected(case: Case) -> tuple[Act, Act | None, History]:
    """An act of the history, what it says instead, and the history that says so."""
    # What decisions come to on changed ground is for K2 to say; here a twin does.
    met(all(map(says_all, case.acts)))
    numbers = [case.number(0), case.number(1) % 4, case.number(2)]
    found = amendment(case.history, numbers)
    met(found is not None)
    assert found is not None
    old = case.history.act(found[0])
    met(found[1] != old)
    if found[1] is None:
        return old, None, case.history.cancel(found[0], reason="a law")
    return old, found[1], case.history.correct(found[0], found[1], reason="a law")


@law(
    "B3",
    "taking an act back and enacting the same again changes no day as known last",
    "history",
    "what was known in between; acts that others of the day follow",
)
def _b3(case: Case) -> None:
    act = case.acts[-1]
    met(len(case.acts) > 1)
    again = Act("again", act.effective, act.events, act.source)
    history = case.history.amend({act.id: None}, again, reason="taken back")
    for day in case.days:
        same(history.at(day).facts(), case.facts(day), f"on {day}")


@law(
    "B4",
    "correcting the last act of a day and adding an act to that day give the same",
    "history",
    "days on which later acts no longer stand: both are refused",
)
def _b4(case: Case) -> None:
    act = pick(
        [a for a, b in zip(case.acts, [*case.acts[1:], None], strict=True) if b is None or b.effective != a.effective],
        case.number(0),
    )
    made = case.move(4, day=act.effective)
    wider = Act(act.id, act.effective, [*act.events, *made.events], act.source)
    try:
        corrected = case.history.correct(act.id, wider, reason="more")
    except Refused:
        corrected = None
    added = happens(case.history, case.act(made.events, day=act.effective))
    if (corrected is None) != (added is None):
        broken(f"{list(made.events)} on {act.effective}: one of correcting and adding is refused, the other not")
    met(corrected is not None and added is not None)
    assert corrected is not None
    assert added is not None
    for day in case.days:
        same(corrected.at(day), added.at(day), f"on {day}")


# ---- L: lineage, correspondences, clusters


@law(
    "L1",
    "a link ends its old unit and finds its new one begun; dates never fall along a path, and there is no cycle",
    "history",
    "units that go on: they have a link to themselves",
)
def _l1(case: Case) -> None:
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


def _span(case: Case) -> tuple[dt.date, dt.date]:
    one, other = pick(case.days[1:], case.number(0)), pick(case.days[1:], case.number(1))
    return min(one, other), max(one, other)


@law(
    "L2",
    "the shares of an old unit add up to 1, in exact fractions",
    "history",
    "units that were closed in part, and divisions without shares",
)
def _l2(case: Case) -> None:
    a, b = _span(case)
    table = case.history.correspondence(a, b)
    for old in table.olds:
        rows = table[old]
        if not rows or table.is_partly_lost(old):
            continue
        for measure in _counts(case.structure):
            shares = [row.share(measure) for row in rows]
            known = [share for share in shares if share is not None]
            total = sum(known, Fraction(0))
            if (len(known) == len(shares) and total != 1) or total > 1:
                broken(f"{a} to {b}: the shares of {old!r} in {measure} are {shares}")


@law(
    "L3",
    "figures carried by a correspondence are the figures of the second day, where only restructuring lies between",
    "history",
    "growth in between; figures or shares that are not known",
)
def _l3(case: Case) -> None:
    history, events, before, after = _restructured(case)
    table = history.correspondence(before.day, after.day)
    for measure in _counts(before):
        values = {u: before.measure(u, measure).value for u in before}
        met(all(after.measure(u, measure).is_exact for u in after))
        met(_conserved(events, before, after, measure))
        try:
            carried = table.carry(values, measure)
        except Refused:
            raise NotMet from None
        for unit in after:
            figure = carried.get(unit, 0)
            same(Quantity.of(figure), after.measure(unit, measure), f"{measure} of {unit!r}")


def _restructured(case: Case, *, agencies: bool = True) -> tuple[History, Sequence[Any], Structure, Structure]:
    """The history with every figure stated, and restructured a day later; the events, and both days."""
    structure, day = case.structure, case.day + ONE_DAY
    stated: list[Change] = []
    for at, unit in enumerate(structure):
        counts = agencies or not structure.schema.is_agency(structure.value(unit, tracks.KIND))
        for measure in _counts(structure):
            track = tracks.measure_track(measure)
            if counts and not structure.measure(unit, measure).is_exact:
                stated.append(Change(unit, track, case.number(at), tracks.OWN))
            gone = [slot for slot in structure.slots(unit, track) if slot == tracks.SUBTREE or not counts]
            stated += [Change(unit, track, None, slot) for slot in gone]
    history = case.history.enact(case.act(stated, "stated")) if stated else case.history
    with history.draft(day, SOURCE, act_id="restructured") as draft:
        made = make(draft, case.numbers(4), RESTRUCTURING)
    met(made.name in RESTRUCTURING)
    after = happens(history, case.act(made.events, "restructured", day))
    met(after is not None)
    assert after is not None
    return after, made.events, history.at(case.day), after.at(day)


def _conserved(events: Iterable[Any], before: Structure, after: Structure, measure: str) -> bool:
    """Whether the event moves figures only by known shares: no transfer that leaves its shares open."""
    links = [link for event in events if isinstance(event, Succession) for link in event.links]
    return all(link.share(measure) is not None for link in links) and before.total(measure) == after.total(measure)


@law(
    "L4",
    "correspondences compose: by way of a day in between, an event's day too, is the direct way",
    "history",
    "divided units, of which the direct way may know more",
)
def _l4(case: Case) -> None:
    a, c = _span(case)
    b = pick([day for day in case.days if a <= day <= c], case.number(2))
    direct = case.history.correspondence(a, c)
    by_way = case.history.correspondence(a, b).compose(case.history.correspondence(b, c))
    one = {(row.old, row.new) for row in direct}
    other = {(row.old, row.new) for row in by_way}
    if all(row.extent == "whole" for row in by_way):
        same(sorted(other), sorted(one), f"{a} to {c} by way of {b}")
    elif not one <= other:
        broken(f"{a} to {c} by way of {b} lacks {sorted(one - other)}")
    for row in by_way:
        if row.extent == "whole" and (row.old, row.new) in one:
            met_rows = [r for r in direct[row.old] if r.new == row.new]
            if met_rows[0].extent != "whole":
                broken(f"{row} by way of {b} is whole, directly it is {met_rows[0]}")


@law("L5", "from a day to itself every unit is itself; so is a unit to which nothing happened", "history")
def _l5(case: Case) -> None:
    day, _ = _span(case)
    table = case.history.correspondence(day, day)
    same([(row.old, row.new, row.extent) for row in table], [(u, u, "whole") for u in case.history.at(day)], "identity")
    a, b = _span(case)
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
def _l6(case: Case) -> None:
    a, b = _span(case)
    table = case.history.correspondence(a, b)
    olds = list(table.olds)
    half = {old for i, old in enumerate(olds) if case.number(i) % 2}
    images = {old: set(table.successors(old)) for old in olds}
    union = set().union(*(images[old] for old in half))
    back = {new for new in table.news if half & set(table.predecessors(new))}
    same(sorted(back), sorted(union), f"image of {sorted(half)}")
    for change in case.history.cluster_changes(a, b):
        entries = [entry for entry in change.entries if entry.what not in ("joined", "absorbed from outside")]
        told = {unit for entry in entries for unit in entry.before}
        lost = set(change.members_before) - told
        lost -= {unit for entry in change.entries for unit in entry.before}
        if lost:
            broken(f"{a} to {b}: nothing is told of the members {sorted(lost)} of {change.id!r}")
    found = case.learned
    if found is not None and found.settled.history is not None:
        _clusters_imaged(found.settled.history, {answer.act for answer in found.answers})


_SILENT: Final = {
    *("merge", "take_over", "replace", "break_down", "split_off"),
    *("record", "adjust", "rename", "recode", "reassign"),
}
"""Verbs that say nothing of clusters where they are given no policy."""


def _clusters_imaged(history: History, answered: set[str]) -> None:
    """A cluster of a partition over each day of restructurings that say nothing of clusters."""
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
            whole = {new for new in image if set(table.predecessors(new)) <= was}
            if whole - now:
                broken(f"{day}: {sorted(whole - now)} came from {cluster.id!r} alone, and are not in it")


def _is_silent(item: Any) -> bool:
    return getattr(item, "name", "") in _SILENT and getattr(item, "cluster", None) is None


@law("L7", "a change report tells of every member before and after once; a diff backwards undoes the diff", "history")
def _l7(case: Case) -> None:
    a, b = _span(case)
    before, after = case.history.at(a), case.history.at(b)
    changes = {change.id: change for change in case.history.cluster_changes(a, b)}
    known = {c.id for s in (before, after) for c in s.clusters()}
    same(sorted(changes), sorted(known), "clusters told of")
    for cluster, change in changes.items():
        members = [
            set(s.members(cluster)) if cluster in {c.id for c in s.clusters()} else set() for s in (before, after)
        ]
        same([set(change.members_before), set(change.members_after)], members, f"members of {cluster!r}")
        told = {unit for entry in change.entries for unit in entry.after if unit in members[1]}
        if members[1] - told:
            broken(f"{a} to {b}: nothing is told of the members {sorted(members[1] - told)} of {cluster!r}")
    _one_joins(case)
    forth, back = case.history.between(a, b), case.history.between(b, a)
    pairs = Counter((d.subject, d.track, str(d.slot), str(d.before), str(d.after)) for d in forth.inverse.differences)
    same(
        Counter((d.subject, d.track, str(d.slot), str(d.before), str(d.after)) for d in back.differences),
        pairs,
        "backwards",
    )


def _one_joins(case: Case) -> None:
    """A unit that nobody succeeds to joins a cluster the day after: the report says so."""
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


# ---- D: diff, branch, storage


@law("D1", "a diff applied to the first day gives the second; from a day to itself nothing differs", "history")
def _d1(case: Case) -> None:
    a, b = _span(case)
    for one, other in ((a, b), (b, a)):
        diff = case.history.between(one, other)
        same(diff.apply(case.history.at(one)), case.facts(other), f"{one} to {other}")
    same(len(case.history.between(a, a)), 0, "differences of a day from itself")


@law(
    "D2",
    "two diffs one after the other make what the diff over both makes",
    "history",
    "the form: a fact may change and change back",
)
def _d2(case: Case) -> None:
    a, c = _span(case)
    b = pick([day for day in case.days if a <= day <= c], case.number(2))
    one, two, both = (case.history.between(*span) for span in ((a, b), (b, c), (a, c)))
    known = {(d.subject, d.track, str(d.slot)) for d in (*one.differences, *two.differences)}
    more = [d for d in both.differences if (d.subject, d.track, str(d.slot)) not in known]
    if more:
        broken(f"{a} to {c} tells of {more[0]}, neither part does")
    same(two.apply(case.history.at(b)), both.apply(case.history.at(a)), f"by way of {b}")


absent(
    "D3",
    "put(get(S), S) = S and get(put(v, S)) = v for views that can be edited",
    "the library has no views that can be edited: every change is an act",
)


@law("D4", "whatever is done on a branch leaves its origin and its siblings as they were", "history")
def _d4(case: Case) -> None:
    text = jsonl.dumps(case.history)
    facts = {day: case.history.at(day).facts() for day in case.days}
    links = [str(link) for link in case.history.lineage.links()]
    one, other = _two(case)
    met(all(happens(case.history, act) is not None for act in (one, other)))
    branches = [case.history.enact(act) for act in (one, other)]
    texts = [jsonl.dumps(branch) for branch in branches]
    branches[0].enact(case.act([Change(pick(list(branches[0].at(case.day)), 0), tracks.NAME, "Branch")], "more"))
    # The origin is read anew, without what it keeps of days already asked for.
    fresh = case.history.as_recorded(len(case.history.log))
    for day in case.days:
        same(case.history.at(day).facts(), facts[day], f"the origin on {day}")
        same(fresh.at(day).facts(), facts[day], f"the origin, read anew, on {day}")
    same([str(link) for link in case.history.lineage.links()], links, "the lineage of the origin")
    same(jsonl.dumps(case.history), text, "the origin, written")
    same([jsonl.dumps(branch) for branch in branches], texts, "the branches, written")
    for branch, act in zip(branches, (one, other), strict=True):
        twin = case.twin()
        met(imagined(twin, act.events))
        same(branch.at(case.day).facts(), twin.facts(), "a branch")


@law("D5", "acts that touch nothing in common may be enacted on the trunk before or after those of a branch", "history")
def _d5(case: Case) -> None:
    one, other = _two(case)
    met(not footprint(one.events, case.structure) & footprint(other.events, case.structure))
    later = Act(other.id, case.day + ONE_DAY, other.events, other.source)
    trunk, branch = happens(case.history, one, later), happens(case.history, later)
    met(branch is not None)  # a term may have run out by then
    assert branch is not None
    rebased = happens(branch, one)
    if trunk is None or rebased is None:
        broken(f"{list(one.events)} and {list(other.events)} stand apart, and one order is refused")
    for day in (*case.days, case.day + ONE_DAY):
        same(rebased.at(day), trunk.at(day), f"on {day}")


def nameless(history: History) -> bool:
    """Whether a choice of its decisions was made by a function without a name: files keep what it came to."""
    return any(isinstance(item, Operation) and item.unnamed for act in history.acts for item, _ in act.steps)


@law(
    "D6",
    "a history that was saved and loaded answers alike, and saves alike",
    "history",
    "that it is equal, where a function without a name made a choice",
)
def _d6(case: Case) -> None:
    text = jsonl.dumps(case.history)
    loaded = jsonl.loads(text)
    same(jsonl.dumps(loaded), text, "written again")
    if loaded != case.history and not nameless(case.history):
        broken("the loaded history is not equal")
    number = 1 + case.number(0) % len(case.history.log)
    one, other = loaded.as_recorded(number), case.history.as_recorded(number)
    for day in case.days:
        same(loaded.at(day).facts(), case.facts(day), f"on {day}")
        same(list(loaded.at(day)), list(case.history.at(day)), f"order of units on {day}")
        same(one.at(day), other.at(day), f"as known at entry {number}, on {day}")
    # The links of one event have no order among each other.
    same(sorted(map(str, loaded.lineage.links())), sorted(map(str, case.history.lineage.links())), "lineage")


@law("D7", "what is refused changes nothing", "history")
def _d7(case: Case) -> None:
    text, facts = jsonl.dumps(case.history), case.structure.facts()
    made = case.move(4)
    impossible = Change("nobody", tracks.NAME, "x")
    for events in ([*made.events, impossible], [impossible, *made.events]):
        if happens(case.history, case.act(events)) is not None:
            broken("a change of a unit that never was is accepted")
    same(case.history.at(case.day).facts(), facts, "after a refusal")
    same(case.history.as_recorded(len(case.history.log)).at(case.day).facts(), facts, "after a refusal, read anew")
    same(jsonl.dumps(case.history), text, "written, after a refusal")
    same(case.history.enact(case.act(made.events)).at(case.day), _after(case, made.events), "enacted after a refusal")


# ---- M: metamorphic


@law(
    "M1",
    "with other ids and all days shifted alike, all answers are shifted and renamed alike",
    "history",
    "ids that are read, such as those a rule derives",
)
def _m1(case: Case) -> None:
    shift = dt.timedelta(days=1 + case.number(0))
    names: dict[str, str] = {}
    for act in case.acts:
        for event in act.events:
            for made in [event.what] if isinstance(event, Creation) else getattr(event, "created", ()):
                names.setdefault(made.id, f"z{len(names)}-{made.id}")
    acts = [
        Act(a.id, a.effective + shift, [_later(renamed(e, names), shift) for e in a.events], a.source)
        for a in case.acts
    ]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    for day in case.days:
        expected = _renamed_facts(case.facts(day), names)
        same(other.at(day + shift).facts(), expected, f"{shift.days} days after {day}")
    links = [(names[k.old], names[k.new], k.extent, k.day + shift, k.type) for k in case.history.lineage.links()]
    same(Counter((k.old, k.new, k.extent, k.day, k.type) for k in other.lineage.links()), Counter(links), "lineage")


def _later(event: Any, shift: dt.timedelta) -> Any:
    if isinstance(event, Change):
        return evolve(event, until=None if event.until is None else event.until + shift)
    if isinstance(event, Succession):
        return evolve(event, changes=tuple(_later(change, shift) for change in event.changes))
    return event


def _renamed_facts(facts: Facts, names: dict[str, str]) -> Facts:
    def new(value: Any) -> Any:
        if isinstance(value, (Cluster, Clustering)):
            value = renamed(Creation(value), names).what  # type: ignore[union-attr]
        return names.get(value, value) if isinstance(value, str) else value

    out: Facts = {}
    for subject, held in facts.items():
        made: dict[tuple[str, Any], Any] = {}
        for (track, slot), value in held.items():
            sort, _, name = track.partition(":")
            member = sort == "member"
            key = (f"{sort}:{new(name)}" if member else track, new(slot) if member else slot)
            refers = tracks.refers_to_subject(track) or track == tracks.LIFE
            made[key] = new(value) if refers else value
        out[new(subject)] = made
    return out


@law("M2", "a unit that no act touches changes nothing in what is told of the others", "history")
def _m2(case: Case) -> None:
    first, *later = case.outcomes
    met(all(not isinstance(event, Closure) for event in first.events))
    root = next(event.what for event in first.events if isinstance(event, Creation) and isinstance(event.what, Unit))
    kinds = case.history.schema.kinds_on(first.effective)
    kind = next((k for k in kinds if case.history.schema.allows(k, root.kind, first.effective)), root.kind)
    met(not case.history.schema.placements or case.history.schema.allows(kind, root.kind, first.effective))
    # In front of whatever comes later, so that order of creation is not what hides a fault.
    at = next(i for i, event in enumerate(first.events) if isinstance(event, Creation)) + 1
    more = Creation(Unit("bystander", kind=kind, parent=root.id))
    acts = [
        Act(first.id, first.effective, [*first.events[:at], more, *first.events[at:]], first.source),
        *later,
    ]
    met(_possible(acts, case))
    other = History(case.history.schema, case.history.measures).enact(*acts)
    for day in case.days:
        found = other.at(day).facts()
        found.pop("bystander", None)
        same(found, case.facts(day), f"with a bystander, on {day}")
    a, b = _span(case)
    rows = [str(row) for row in other.correspondence(a, b) if row.old != "bystander"]
    same(rows, [str(row) for row in case.history.correspondence(a, b)], f"correspondence from {a} to {b}")
    same(str(other.cluster_changes(a, b)), str(case.history.cluster_changes(a, b)), f"cluster changes from {a} to {b}")


def _possible(acts: Iterable[Act], case: Case) -> bool:
    try:
        replayed(acts, case.history.schema, case.history.measures)
    except Impossible:
        return False
    return True


@law(
    "M3", "with all figures k times as large, all totals are k times as large", "history", "divisions of whole numbers"
)
def _m3(case: Case) -> None:
    factor = 2 + case.number(0) % 3
    acts = [Act(a.id, a.effective, [_scaled(event, factor) for event in a.events], a.source) for a in case.acts]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    for day in case.days[1:]:
        for measure in _counts(case.structure):
            for unit in case.history.at(day):
                one = case.history.at(day).total(measure, under=unit)
                two = other.at(day).total(measure, under=unit)
                expected = None if one.value is None else one.value * factor
                if two.value != expected:
                    broken(f"total {measure} of {unit!r} on {day}: {two}, not {factor} times {one}")


def _scaled(event: Any, factor: int) -> Any:
    if isinstance(event, Succession):
        return evolve(event, changes=tuple(_scaled(change, factor) for change in event.changes))
    if not isinstance(event, Change) or not event.track.startswith("measure:") or event.value is None:
        return event
    figure = event.value
    if isinstance(figure, Quantity):

        def larger(number: Any) -> Any:
            return None if number is None else number * factor

        low, high = larger(figure.low), larger(figure.high)
        return evolve(event, value=Quantity(larger(figure.value), figure.qualifier, low, high))
    return event if isinstance(figure, str) else evolve(event, value=figure * factor)


def _proposed(case: Case, floor: int) -> tuple[Structure, Any]:
    """Siblings with figures of their own, and the best proposal to put them together; None if there is none."""
    units = [f"p{i}" for i in range(3 + case.number(0) % 3)]
    rows: list[UnitRow] = [
        {"id": "top"},
        *({"id": u, "parent": "top", "members": case.number(2 + i) % 40} for i, u in enumerate(units)),
    ]
    structure = structure_of(rows, day=case.day, measures=[Measure("members")])
    neighbours = list(itertools.pairwise(units))
    try:
        found = propose_mergers(structure, neighbours, AtLeast("members", floor), starts=2, steps=60)
    except Infeasible:
        return structure, None
    return structure, found[0]


@law(
    "M4",
    "a tighter constraint never enlarges the set of feasible proposals, and no better one is found under it",
    "library",
    "searches that stop early: a unit more is let pass",
)
def _m4(case: Case) -> None:
    floor = 1 + case.number(1) % 30
    (_, loose), (_, tight) = _proposed(case, floor), _proposed(case, floor + 1 + case.number(8) % 20)
    if tight is not None:
        if loose is None:
            broken(f"with at least {floor} members there is no proposal, and with more there is")
        if len(tight.groups) > len(loose.groups) + 1:
            broken(f"{len(tight.groups)} units are left where more is asked for, {len(loose.groups)} where less is")


@law("M5", "a proposal that is executed keeps its constraints, counted in what comes of it", "library")
def _m5(case: Case) -> None:
    floor = 1 + case.number(1) % 30
    structure, found = _proposed(case, floor)
    met(found is not None)
    units = [unit for unit in structure if unit != "top"]
    same(sorted(u for group in found.groups for u in group.units), sorted(units), "units of all groups")
    rows: list[UnitRow] = [
        {"id": "top"},
        *({"id": u, "parent": "top", "members": structure.measure(u, "members").value} for u in units),
    ]
    history = history_of(rows, day=case.day, measures=[Measure("members")])
    after = history.enact(draft(found, history, case.day + ONE_DAY)).at(case.day + ONE_DAY)
    for unit in after.children("top"):
        figure = after.measure(unit, "members")
        if not figure.is_exact or (figure.value or 0) < floor:
            broken(f"{unit!r} has {figure} members, and at least {floor} were asked for")
    same(after.total("members"), structure.total("members"), "all members")


# ---- E: the engine and its twin


@law("E1", "every day says what its events say, read one by one into dictionaries", "history")
def _e1(case: Case) -> None:
    twin = Twin(case.history.schema, case.history.measures)
    done = iter(days(twin, case.acts))
    day = next(done, None)
    facts: Facts = {}
    twin_facts: dict[dt.date, Facts] = {}
    while day is not None:
        twin_facts[day] = twin.facts()
        facts = case.facts(day)
        same(facts, twin_facts[day], f"on {day}")
        gap = [d for d in case.days if d > day]
        if gap:
            twin.day = gap[0]
            following = twin.facts(gap[0])
            act_days = {act.effective for act in case.acts}
            if gap[0] not in act_days:
                same(case.history.at(gap[0]).facts(), following, f"on {gap[0]}")
        day = next(done, None)
    twin = case.twin()
    until = case.day + (1 + case.number(1) % 2) * ONE_DAY
    measures = _counts(case.structure) or ["members"]
    figure = tracks.measure_track(pick(measures, case.number(3)))
    stated = Change(pick(twin.units(), case.number(2)), figure, case.number(1), tracks.OWN, until)
    if imagined(twin, [stated]):
        history = case.history.enact(case.act([stated]))
        for later in (case.day, until - ONE_DAY, until, until + ONE_DAY):
            same(history.at(later).facts(), twin.facts(later), f"{figure} stated until {until}, on {later}")


@law(
    "E2",
    "the links of lineage are those of the events, and final successors are what a walk along them finds",
    "history",
)
def _e2(case: Case) -> None:
    _linked(case.history, case.twin())
    longer = _longer(case)
    if longer is not None:
        history, acts = longer
        _linked(history, replayed(acts, history.schema, history.measures))


def _linked(history: History, twin: Twin) -> None:
    said = Counter(
        (t.link.old, t.link.new, t.link.extent, t.link.shares, t.link.dominant, t.day, t.act, t.type)
        for t in twin.links
    )
    links = history.lineage.links()
    found = Counter((k.old, k.new, k.extent, k.shares, k.dominant, k.day, k.act.id, k.type) for k in links)
    same(found, said, "links")
    for unit in history.units_ever():
        same(set(history.lineage.successors(unit)), _followed(twin, unit), f"final successors of {unit!r}")


def _followed(twin: Twin, unit: str) -> set[str]:
    """Live units at the end of all ways along links in the order of the events."""
    reached = {unit}
    for link in twin.links:
        if link.link.old in reached and link.link.old != link.link.new:
            reached.add(link.link.new)
    return {other for other in reached if other in twin.held}


@law("E3", "an act is accepted exactly where the twin can do it", "history")
def _e3(case: Case) -> None:
    # Made on an earlier day, so that its units may have ended or moved since.
    day = pick([day for day in case.days if case.acts[0].effective <= day <= case.day], case.number(0))
    made = case.move(4, day=day)
    twin = case.twin()
    expected = imagined(twin, made.events)
    history = happens(case.history, case.act(made.events))
    if (history is not None) != expected:
        broken(f"{list(made.events)} on {case.day} is {'refused' if expected else 'accepted'}, the twin says otherwise")
    if history is not None:
        same(history.at(case.day).facts(), twin.facts(), "after the act")


@law("E4", "the members and roles of clusters are those that the events say", "history")
def _e4(case: Case) -> None:
    twin = case.twin()
    structure = case.structure
    same([c.id for c in structure.clusters()], [c.id for c in twin.living(Cluster)], "clusters")
    for cluster in twin.living(Cluster):
        members = twin.with_value(tracks.member_track(cluster.clustering), cluster.id)
        same(list(structure.members(cluster.id)), members, f"members of {cluster.id!r}")
        roles = {key[1]: twin.value(cluster.id, *key) for key in twin.held[cluster.id] if key[0] == tracks.ROLE}
        same(structure.roles(cluster.id), {s: h for s, h in roles.items() if h is not None}, f"roles in {cluster.id!r}")
    for unit in twin.units():
        clusters = {twin.value(unit, *key) for key in twin.held[unit] if key[0].startswith("member:")}
        same(set(structure.clusters_of(unit)), clusters - {None}, f"clusters of {unit!r}")
    groups, units = twin.living(Cluster), twin.units()
    if groups:
        cluster, seat = pick(groups, case.number(0)).id, ("leader", 1)
        first, second = (
            case.act([Change(cluster, tracks.ROLE, pick(units, case.number(i)), seat)], f"seat {i}") for i in (1, 2)
        )
        seated = case.history.enact(first, second).at(case.day)
        same(
            seated.leader(cluster), pick(units, case.number(2)), f"leader of {cluster!r} after the seat was given twice"
        )


@law("E5", "each event leaves what the twin has after it, also between two events of one day", "history")
def _e5(case: Case) -> None:
    # An operation that changes nothing is a decision all the same, and has no event.
    eventful = [act for act in case.acts if act.events]
    if not eventful:
        return
    act = pick(eventful, case.number(0))
    index = case.number(1) % len(act.events)
    before = [a for a in case.acts if (a.effective, case.acts.index(a)) < (act.effective, case.acts.index(act))]
    twin = (
        replayed(before, case.history.schema, case.history.measures)
        if before
        else Twin(case.history.schema, case.history.measures)
    )
    twin.day = act.effective
    for event in act.events[: index + 1]:
        twin.one(event)
    same(case.history.at(after=(act.id, index)).facts(), twin.facts(), f"after event {index} of {act.id!r}")


@law(
    "E6",
    "a biography tells, day by day, what the structures of those days tell, and names an act that says so",
    "history",
)
def _e6(case: Case) -> None:
    for unit in case.history.units_ever():
        facts = case.history.biography(unit)
        for day in case.days:
            held = {(f.track, f.slot): f.value for f in facts if f.start <= day and (f.end is None or day < f.end)}
            expected = case.facts(day).get(unit, {})
            held = {key: "/" if tracks.is_parent(key[0]) and v is None else v for key, v in held.items()}
            same(held, expected, f"{unit!r} on {day}")
        for fact in facts:
            if fact.start != fact.act.effective:
                broken(f"{fact} is said to begin on {fact.start} by an act of {fact.act.effective}")


@law("E7", "what the rule gives can be enacted", "rule", "members that the rule refuses")
def _e7(case: Case) -> None:
    made = case.merger
    for finding in check(made.after):
        broken(str(finding))


@law(
    "E8",
    "between two days a unit became what its pieces did that a walk along the events moves one by one: whole or "
    "part, by which acts, and what went nowhere",
    "history",
    "units that take up the former ground of ended ones, or are older than the record of them",
)
def _e8(case: Case) -> None:
    for history, acts, a, b in _stretches(case):
        told = [event for act in acts for event in act.events]
        met(not any(getattr(event, "reestablishes", None) or getattr(event, "first_known", False) for event in told))
        table, twin = history.correspondence(a, b), succession_twin.follow(acts, a, b)
        said = {pair: ("whole" if twin.whole(*pair) else "part", twin.acts(*pair)) for pair in twin.rows}
        found = {(row.old, row.new): (row.extent, sorted(act.id for act in row.acts)) for row in table}
        same(found, said, f"{a} to {b}: (old, new): extent and acts")
        for old in table.olds:
            lost = old in twin.lost and bool(table[old])
            same(table.is_partly_lost(old), lost, f"{a} to {b}: whether a part of {old!r} went nowhere")


Stretch = tuple[History, list[Act], dt.date, dt.date]


def _stretches(case: Case) -> Iterator[Stretch]:
    """Histories with their acts and two days: a stretch of the case, all of it, and one in which one thing follows another."""
    yield (case.history, case.acts, *_span(case))
    yield case.history, case.acts, case.days[1], case.day
    longer = _longer(case)
    if longer is not None:
        history, acts = longer
        yield history, acts, case.day, acts[-1].effective


def _longer(case: Case) -> tuple[History, list[Act]] | None:
    """The history with one thing that follows another, each on its day; None if a term that ran out stands against it."""
    made = case.move(4, ["break down", "merge", "split off"])
    first = case.act(made.events, "link 0", case.day + ONE_DAY)
    history = happens(case.history, first)
    if history is None:
        return None
    created = [unit.id for event in made.events if isinstance(event, Succession) for unit in event.created]
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
    if how % 3 == 0 and not _below(structure, unit):
        return [Closure(unit)]
    if how % 3 == 1 and clusters:
        return operations.join(structure, unit, pick(clusters, case.number(10)).id)
    return operations.replace(structure, unit, Unit("heir"))


@law(
    "E9",
    "where all members are in one cluster of a partition, their new unit is in it",
    "rule",
    "rules and policies that say otherwise",
)
def _e9(case: Case) -> None:
    made, spoke = case.merger, False
    for clustering in made.before.clusterings():
        clusters = {made.before.clusters_of(member, clustering.id) for member in made.members}
        if len(clusters) == 1 and not clustering.cover:
            spoke = True
            same(made.after.clusters_of(made.new, clustering.id), clusters.pop(), f"clusters of {made.new!r}")
    met(spoke)


@law(
    "E10",
    "the rule does not read ids: with other ids its result is the same, renamed",
    "rule",
    "rules that break ties by id",
)
def _e10(case: Case) -> None:
    made = case.merger
    units = sorted(case.history.units_ever())
    # The order of the ids is turned round.
    names = {unit: f"z{len(units) - i:03}" for i, unit in enumerate(units)}
    acts = [Act(a.id, a.effective, [renamed(e, names) for e in a.events], a.source) for a in case.acts]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    members = tuple(sorted(names[member] for member in made.members))
    turned = case.merged(members, other)
    back = {new: old for old, new in names.items()}
    roots = {new: tuple(back.get(old, old) for old in olds) for new, olds in turned.roots.items()}
    found = _renamed_facts(turned.after.facts(), back)
    same(canonical(found, roots), canonical(made.after.facts(), made.roots), f"the merger of {list(made.members)}")


@law("E11", "a code is borne by one unit of a kind at a time, and is free again when that unit has ended", "history")
def _e11(case: Case) -> None:
    structure = case.structure
    inner = [unit for unit in structure if structure.parent(unit) is not None]
    leaves = [unit for unit in inner if not any(structure.children(unit, line) for line in structure.hierarchies)]
    kinds = Counter(structure.value(unit, tracks.KIND) for unit in leaves)
    pairs = [unit for unit in leaves if kinds[structure.value(unit, tracks.KIND)] > 1]
    met(pairs)
    one = pick(pairs, case.number(0))
    other = next(u for u in pairs if u != one and structure.value(u, tracks.KIND) == structure.value(one, tracks.KIND))
    first = case.act([Change(one, tracks.CODE, "E11")], "first")
    taken = happens(case.history, first, case.act([Change(other, tracks.CODE, "E11")], "both"))
    if case.history.schema.unique_codes and taken is not None:
        broken(f"{one!r} and {other!r}, of one kind, could bear one code")
    free = happens(case.history, first, case.act([Closure(one), Change(other, tracks.CODE, "E11")], "passes"))
    if free is None:
        broken(f"the code of {one!r}, which ended, could not pass to {other!r}")
    same([unit.id for unit in free.at(case.day).find(code="E11")], [other], "units with the code")


@law("E12", "a total of which a part is not known is not known, within the bounds of its parts", "library")
def _e12(case: Case) -> None:
    unit = _divisible(case)
    parts, after, _ = _halves(case, unit, None)
    stated = [(m, f[0]) for m in _counts(case.structure) if (f := _exact(case.structure, [unit], m)) and f[0] > 0]
    met(stated)
    for measure, figure in stated:
        for part in parts:
            same(after.measure(part, measure), Quantity.unknown(0, figure), f"{measure} of {part!r}")
        total = after.total(measure)
        if total.is_exact:
            broken(f"total {measure} is {total}, though that of {parts} is not known")


@law("E13", "shares that a source gives stand on the links of the division", "library")
def _e13(case: Case) -> None:
    unit, count = _divisible(case), 2 + case.number(5) % 2
    share = Fraction(1, count)
    given = GivenShares({f"half-{i + 1}": {"members": share} for i in range(count)})
    parts, _, history = _halves(case, unit, given)
    for link in history.lineage.links(old=unit):
        if link.new in parts:
            same((link.extent, link.share("members")), ("part", share), f"{link}")


@law(
    "E14",
    "what is told of clusters between two days, each member with its acts, is what the events say, read one by one",
    "history",
    "links of units with others below them, and what moves or ends below a member: ground decides there",
)
def _e14(case: Case) -> None:
    for stretch in (*_stretches(case), _flat(case)):
        if _moves_ground(stretch[1]):
            continue
        _clusters_told(*stretch)


def _flat(case: Case) -> Stretch:
    """A stretch of a history whose units all stand below the root, so that ground decides nothing."""
    rows = [{"id": "top", "kind": "group"}, *({"id": unit, "kind": "group", "parent": "top"} for unit in "abcde")]
    founder = Founder(LOOSE, MEASURES)
    marks = bytes(case.number(i) for i in range(len(rows) * founder.width))
    history = History(LOOSE, MEASURES).enact(founder.act(rows, marks))
    first = day = founder.day
    for at in range(4):
        day += case.number(at) % 2 * ONE_DAY if at else ONE_DAY
        act = drawn_act(history, day, f"flat {at}", [case.numbers(3 * at)], _REGROUPING, decided=bool(at % 2))
        history = (happens(history, act) if act is not None else None) or history
    return history, list(history.acts), first, day


_REGROUPING: Final = (
    *("merge", "take over", "break down", "split off", "replace", "reorganise", "close a leaf"),
    *("join", "leave", "form", "dissolve", "rename a cluster"),
)


def _moves_ground(acts: Iterable[Act]) -> bool:
    """Whether a unit that ever had others below it has a link, or one below a member moves or ends."""
    parents: dict[str, set[Any]] = {}
    members, linked, gone = set[str](), set[str](), set[str]()
    for event in (event for act in acts for event in act.events):
        created = [event.what] if isinstance(event, Creation) else getattr(event, "created", ())
        changes = [event] if isinstance(event, Change) else getattr(event, "changes", ())
        for unit in created:
            if isinstance(unit, Unit):
                parents.setdefault(unit.id, set()).add(unit.parent)
        for change in changes:
            if change.track == tracks.PARENT:
                parents.setdefault(change.subject, set()).add(change.value)
                if isinstance(event, Change):
                    gone.add(change.subject)
            elif tracks.is_member(change.track):
                members.add(change.subject)
        if isinstance(event, Succession):
            linked.update(event.olds, event.news)
            gone.update(event.olds)
        elif isinstance(event, Closure):
            gone.add(event.subject)
    above = set[Any]().union(*parents.values())
    reached, todo = set[Any](), list(gone)
    while todo:
        new = parents.get(todo.pop(), set()) - reached
        reached |= new
        todo += new
    return bool(above & linked or reached & members)


def _clusters_told(history: History, acts: list[Act], a: dt.date, b: dt.date) -> None:
    changes = history.cluster_changes(a, b)
    span = f"{a} to {b}"

    def row(told: Mapping[str, Any]) -> str:
        both = {side: sorted(told[side]) for side in ("before", "after")}
        return str({**told, **both, "acts": list(told["acts"])})

    found, said = Counter(map(row, changes.table())), Counter(map(row, cluster_twin.entries(acts, a, b)))
    if found != said:
        broken(f"{span}: told, and not so: {sorted(found - said)}; so, and not told: {sorted(said - found)}")
    for clustering in {change.clustering for change in changes}:
        flows = {(flow.old, flow.new): (flow.before, flow.after) for flow in changes.flows(clustering)}
        same(flows, cluster_twin.flows(acts, a, b, clustering), f"{span}: flows in {clustering!r}")
    was, now = ({c for ids in cluster_twin.memberships(acts, day)[0].values() for c in ids} for day in (a, b))
    formed = {change.id for change in changes if change.formed is not None}
    dissolved = {change.id for change in changes if change.dissolved is not None}
    same((formed, dissolved), (now - was, was - now), f"{span}: clusters formed and dissolved")


@law(
    "E15",
    "figures of a level that are carried and called exact are its totals on the second day",
    "history",
    "figures that are not known, growth in between, agencies with figures, levels that stand below themselves",
)
def _e15(case: Case) -> None:
    history, events, before, after = _restructured(case, agencies=False)
    kinds = [kind for kind in before.counts() if kind and kind in after.counts() and not before.schema.is_agency(kind)]
    spoke = False
    for measure in _counts(before):
        if not _conserved(events, before, after, measure):
            continue
        for kind in kinds:
            units = list(before.select(kind=kind))
            if any(before.value(above, tracks.KIND) == kind for unit in units for above in before.ancestors(unit)):
                continue
            totals = {unit: before.total(measure, under=unit) for unit in units}
            if not all(total.is_exact for total in totals.values()):
                continue
            values = {unit: total.value for unit, total in totals.items()}
            carried = history.correspondence(before.day, after.day, kind=kind).carry(
                values, measure, "bounds", unmapped="drop"
            )
            for unit, exact in carried.exact.items():
                total = after.total(measure, under=unit)
                if exact and total.is_exact and after.value(unit, tracks.KIND) == kind:
                    spoke = True
                    same(carried[unit], total.value, f"{measure} of the {kind} {unit!r}")
    met(spoke)
