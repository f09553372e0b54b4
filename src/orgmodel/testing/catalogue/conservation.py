"""The laws of conservation (C): what is merged, moved or divided is neither lost nor made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts import operations
from orgmodel.acts.events import Succession
from orgmodel.acts.policies import GivenShares, Part
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.structure.divided import together
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.shared import (
    broken_down,
    children_in_all,
    count_measures,
    divisible_unit,
    exact_figures,
    inner_units,
    last_days,
    parts_below,
    plain_merger,
    states_itself,
    within,
)
from orgmodel.testing.law import Case, broken, same
from orgmodel.testing.twin import Twin

__all__ = ["law"]

law: Final = Family()


@law(
    "C1",
    "merging keeps every count: the new unit has the sum of its members', known only where theirs are, each or together",
    "rule",
    "rates and categories",
)
def c1(case: Case) -> None:
    merger = case.merger
    for measure in count_measures(merger.before):
        figures = [merger.before.measure(member, measure) for member in merger.members]
        total = sum(figures[1:], figures[0])
        sum_now = merger.after.measure(merger.new, measure)
        if total.is_exact:
            same(sum_now, total, f"{measure} of {merger.new!r}")
        elif (
            sum_now.is_exact
            and any(figure.is_known for figure in figures)
            # Parts of one divided unit are known together, though none of them is known alone.
            and sum_now != together(merger.before, measure, merger.members)
        ):
            broken(f"{measure} of {merger.new!r} is {sum_now}, though a member's is not known: {figures}")
    ended = {link.old for event in merger.act.events if isinstance(event, Succession) for link in event.links}
    lost = sorted(set(merger.before) - set(merger.after) - ended)
    if lost:
        broken(f"{lost} are gone, and nothing says what they became")


@law(
    "C2",
    "the children of the members are the children of the new unit, no more and no less",
    "rule",
    "rules that dissolve children; counterparts merge with their parents",
)
def c2(case: Case) -> None:
    merger = case.merger
    new = merger.new
    heirs_of: dict[str, list[str]] = {}
    for event in merger.act.events:
        for link in event.links if isinstance(event, Succession) else ():
            heirs_of.setdefault(link.old, []).append(link.new)
    for hierarchy in merger.before.hierarchies:
        expected: set[str] = set()
        for member in merger.members:
            for child in merger.before.children(member, hierarchy):
                if child in merger.members:
                    continue
                # By this act alone: a child that gave a part away before has other successors too.
                heirs = [child] if child in merger.after else heirs_of.get(child, [])
                if not heirs:
                    broken(f"{child!r}, a child of {member!r}, has no home")
                expected.update(heirs)
        children_now = set(merger.after.children(new, hierarchy))
        if children_now != expected - {new}:
            broken(f"the children of {new!r} are {sorted(children_now)}, those of its members {sorted(expected)}")


def _shared(case: Case, unit: str, measure: str, parts: Sequence[str]) -> bool:
    """Whether the allocation says what each part gets."""
    dealt = [Part(name, tuple(children_in_all(case.structure, unit)[i :: len(parts)])) for i, name in enumerate(parts)]
    shares = case.kit.allocation(case.structure, unit, case.structure.measures[measure], dealt)
    return shares is not None and not isinstance(shares, str)


@law(
    "C4",
    "the counts of the parts of a divided unit add up to its own, in whole numbers",
    "library",
    "figures divided without shares: they are unknown, between 0 and all",
)
def c4(case: Case) -> None:
    unit = divisible_unit(case)
    parts, after, _ = broken_down(case, unit, case.kit.allocation)
    for measure in count_measures(case.structure):
        undivided = exact_figures(case.structure, [unit], measure)
        if undivided is not None and _shared(case, unit, measure, parts):
            figures = exact_figures(after, parts, measure)
            if figures is None or sum(figures) != undivided[0] or any(f != int(f) for f in figures):
                broken(f"{measure} of {unit!r} is {undivided[0]}, of its parts {figures}")
    moved = [child for part in parts for child in after.children(part)]
    same(sorted(moved), sorted(case.structure.children(unit)), "children of the parts")


@law(
    "C5",
    "dividing a unit and merging the parts gives its counts, children and parent back",
    "library",
    "its id, which ended",
)
def c5(case: Case) -> None:
    unit = divisible_unit(case)
    parts, middle, history = broken_down(case, unit, case.kit.allocation)
    # Agencies of one function that stood side by side in the unit are no counterparts of each other.
    events = operations.merge(middle, parts, into=Unit("whole"), counterparts=False)
    after = history.enact(case.act(events, "back")).at(case.day)
    same(after.parent("whole"), case.structure.parent(unit), "the parent")
    same(sorted(after.children("whole")), sorted(case.structure.children(unit)), "the children")
    for measure in count_measures(case.structure):
        undivided = exact_figures(case.structure, [unit], measure)
        if undivided is not None and _shared(case, unit, measure, parts):
            same(after.measure("whole", measure), Quantity(undivided[0]), measure)


@law(
    "C6",
    "merging units and dividing the result by their old counts gives these counts back",
    "library",
    "which child goes to which part; ids",
)
def c6(case: Case) -> None:
    members = case.members
    counted = [
        (m, f) for m in count_measures(case.structure) if (f := exact_figures(case.structure, members, m)) and sum(f)
    ]
    met(counted)
    history = case.history.enact(case.act(plain_merger(case), "one"))
    names = [f"part-{i}" for i in range(len(members))]
    shares = {
        name: {measure: Fraction(figures[i], sum(figures)) for measure, figures in counted}
        for i, name in enumerate(names)
    }
    middle = history.at(case.day)
    met("whole" in inner_units(middle))
    children = dict.fromkeys(children_in_all(middle, "whole"), names[0])
    events = operations.break_down(
        middle, "whole", [Unit(n) for n in names], children=children, allocation=GivenShares(shares)
    )
    after = history.enact(case.act(events, "two")).at(case.day)
    for measure, figures in counted:
        same(exact_figures(after, names, measure), figures, f"{measure} of the parts")


@law(
    "C7",
    "the totals of the units directly below a unit, and its own, add up to its total; what is known together only, as parts "
    "of one unit are, lies within the sum",
    "history",
    "figures nobody states, which are told apart by coverage",
)
def c7(case: Case) -> None:
    for measure in count_measures(case.structure):
        for unit in case.structure:
            children = case.structure.children(unit)
            parts = [case.structure.total(measure, under=c) for c in children if _states(case.structure, c, measure)]
            own = case.structure.measure(unit, measure)
            sums: list[Quantity] = [*parts, own] if states_itself(case.structure, unit, measure) else [*parts]
            bounded = any(states_itself(case.structure, u, measure, tracks.SUBTREE) for u in case.structure)
            silent = case.structure.total(measure, under=unit).missing - sum(part.missing for part in parts)
            about = any(quantity.qualifier == "about" for quantity in sums)  # which has no bounds
            if sums and not bounded and not silent and not about:
                total = case.structure.total(measure, under=unit)
                where, (low, high) = f"bounds of total {measure} of {unit!r}", _added(sums)
                if parts_below(case.structure, unit, measure):
                    within(total, low, high, where)
                else:
                    same((total.low or 0, total.high), (low, high), where)


def _states(structure: Structure, top: str, measure: str) -> bool:
    return any(states_itself(structure, unit, measure) for unit in (top, *structure.descendants(top)))


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
def c8(case: Case) -> None:
    spoke = _ledger(case.history, outcomes=_in_order_of_time(case.history))
    learning = case.learned
    if learning is not None and learning.settled.history is not None:
        # What is learned late may lie before outcomes of the case.
        early = learning.late.effective >= case.day and _in_order_of_time(case.history)
        spoke = _ledger(learning.settled.history, outcomes=early) or spoke
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
    if last_days(history.acts, "measure:"):
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
    if any(states_itself(structure, unit, measure, tracks.SUBTREE) for unit in structure):
        return False  # What is stated of a subtree bounds its sum.
    total = structure.total(measure)
    same(_value(total if total.is_known else None), declared, f"total {measure}")
    return True


def _value(total: Quantity | None) -> int:
    return 0 if total is None else int(total)
