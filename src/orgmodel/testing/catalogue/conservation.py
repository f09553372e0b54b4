"""The laws of conservation (C): what is merged, moved or divided is neither lost nor made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts import operations
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Event, Succession
from orgmodel.acts.policies import GivenShares, Part
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.divided import together
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    broken_down,
    children_in_all,
    count_measures,
    divisible_unit,
    enacted,
    exact_figures,
    inner_units,
    last_days,
    plain_merger,
)
from orgmodel.testing.law import SOURCE, Case, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, make
from orgmodel.testing.statements import statements
from orgmodel.testing.twin import PlainDay, Twin

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
    linked = {link.old for link in statements(merger.act.events).links}
    same(
        set(merger.before) - set(merger.after) - linked, set(), "units that are gone, and nothing says what they became"
    )


@law(
    "C2",
    "the children of the members are the children of the new unit, no more and no less",
    "rule",
    "rules that dissolve children; counterparts merge with their parents",
)
def c2(case: Case) -> None:
    merger = case.merger
    # By this act alone: a child that gave a part away before has other successors too.
    links = statements(merger.act.events).links
    for line in merger.before.hierarchies:
        # A member below another member is no child of the new unit: it is part of it.
        children = {c for member in merger.members for c in merger.before.children(member, line)} - {*merger.members}
        homeless = children - {*merger.after, *(link.old for link in links)}
        same(homeless, set(), f"children of the members without a home in {line}")
        expected = {link.new for link in links if link.old in children} | children & {*merger.after}
        same(set(merger.after.children(merger.new, line)), expected - {merger.new}, f"children in {line}")


def _exact_counts(structure: Structure, unit: str) -> dict[str, Any]:
    """Measure -> what a unit states of it, of the counts that it states exactly."""
    figures = {measure: structure.measure(unit, measure) for measure in count_measures(structure)}
    return {measure: figure.value for measure, figure in figures.items() if figure.is_exact}


def _shared_counts(case: Case, unit: str, parts: Sequence[str]) -> dict[str, Any]:
    """The exact counts of a unit of which the allocation says what each part gets."""
    # As broken_down deals them: an allocation may look at the children of each part.
    dealt = [Part(name, tuple(children_in_all(case.structure, unit)[i :: len(parts)])) for i, name in enumerate(parts)]

    def shares(measure: str) -> Any:
        return case.kit.allocation(case.structure, unit, case.structure.measures[measure], dealt)

    counts = _exact_counts(case.structure, unit)
    return {measure: n for measure, n in counts.items() if not isinstance(shares(measure), (str, type(None)))}


@law(
    "C4",
    "the counts of the parts of a divided unit add up to its own, in whole numbers; without shares each is not known, "
    "between 0 and all, and the total stays as it was",
    "library",
    "the total beside figures of subtrees, which need only lie between its bounds",
)
def c4(case: Case) -> None:
    structure, unit = case.structure, divisible_unit(case)
    parts, divided, _ = broken_down(case, unit, case.kit.allocation)
    for measure, count in _shared_counts(case, unit, parts).items():
        figures = exact_figures(divided, parts, measure)
        if figures is None or sum(figures) != count or any(figure != int(figure) for figure in figures):
            broken(f"{measure} of {unit!r} is {count}, of its parts {figures}")
    moved = [child for part in parts for child in divided.children(part)]
    same(sorted(moved), sorted(structure.children(unit)), "children of the parts")
    unshared = broken_down(case, unit, None)[1]
    for measure, count in _exact_counts(structure, unit).items():
        if count > 0:
            figures = [unshared.measure(part, measure) for part in parts]
            same(figures, [Quantity.unknown(0, count)] * len(parts), f"{measure} of {parts}, divided without shares")
            total = structure.total(measure)
            track = structure.measures[measure].track
            if total.is_exact and not any(tracks.SUBTREE in structure.slots(other, track) for other in structure):
                same(unshared.total(measure), total, f"total {measure} after {unit!r} was divided without shares")


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
    merged = history.enact(case.act(events, "back")).at(case.day)
    same(merged.parent("whole"), case.structure.parent(unit), "the parent")
    same(sorted(merged.children("whole")), sorted(case.structure.children(unit)), "the children")
    for measure, count in _shared_counts(case, unit, parts).items():
        same(merged.measure("whole", measure), Quantity(count), measure)


@law(
    "C6",
    "merging units and dividing the result by their old counts gives these counts back, by links with these shares",
    "library",
    "which child goes to which part; ids",
)
def c6(case: Case) -> None:
    members = case.members
    figures = {measure: exact_figures(case.structure, members, measure) for measure in count_measures(case.structure)}
    counts = {measure: numbers for measure, numbers in figures.items() if numbers and sum(numbers)}
    met(counts)
    history = case.history.enact(case.act(plain_merger(case), "one"))
    middle = history.at(case.day)
    met("whole" in inner_units(middle))
    names = [f"part-{i}" for i in range(len(members))]
    shares = {
        name: {measure: Fraction(numbers[i], sum(numbers)) for measure, numbers in counts.items()}
        for i, name in enumerate(names)
    }
    children = dict.fromkeys(children_in_all(middle, "whole"), names[0])
    parts = [Unit(name) for name in names]
    events = operations.break_down(middle, "whole", parts, children=children, allocation=GivenShares(shares))
    divided = history.enact(case.act(events, "two"))
    for link in divided.lineage.links(old="whole"):
        same(link.extent, "part", f"the extent of {link}")
        same({measure: link.share(measure) for measure in counts}, shares[link.new], f"the shares of {link}")
    for measure, numbers in counts.items():
        same(exact_figures(divided.at(case.day), names, measure), numbers, f"{measure} of the parts")


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
    counts = [measure.id for measure in history.measures.values() if measure.type == "count"]
    # All of them, whether one was compared before or not.
    return sum(_total_kept(history, measure, outcomes=outcomes) for measure in counts) > 0


def _total_kept(history: History, measure: str, *, outcomes: bool) -> bool:
    declared = 0
    for act, event, change in _changes_of_total(history, measure):
        if change is None:
            return False
        if not isinstance(event, Succession):
            declared += change
        elif change and act.is_outcome and not outcomes:
            return False
        elif change:
            broken(f"{act.id} on {act.effective} restructures, and total {measure} changes by {change}")
    structure = history.at(history.last_day)
    # What is stated of a subtree bounds its sum.
    if any(tracks.SUBTREE in structure.slots(unit, tracks.measure_track(measure)) for unit in structure):
        return False
    # The total is of the main hierarchy; a unit that stands in another one alone counts with its own figure.
    root = structure.root()
    beside = [unit for unit in structure if unit != root and structure.parent(unit) is None]
    figures = [structure.total(measure), *(structure.measure(unit, measure) for unit in beside)]
    same(sum(int(figure) for figure in figures if figure.is_known), declared, f"total {measure}")
    return True


def _changes_of_total(history: History, measure: str) -> Iterator[tuple[Act, Event, int | None]]:
    """By how much each event changes the sum of a measure; None where that is not known."""
    # Event by event: a growth and a loss within one act would hide each other.
    twin, before = Twin(history.schema, history.measures), Quantity(0)
    for act in history.acts:
        twin.day = act.effective
        for event in act.events:
            twin.one(event)
            stated = twin.total(measure)
            total = Quantity(0) if stated is None else stated
            yield act, event, int(total) - int(before) if total.is_exact and before.is_exact else None
            before = total


@law(
    "C9",
    "a figure of a subtree that is right when it is stated stays right, whoever leaves or enters the subtree, merges in it "
    "or is divided: it is the sum of the own figures below, as far as both are known",
    "history",
)
def c9(case: Case) -> None:
    structure = case.structure
    measure = needed(next(iter(count_measures(structure)), None))
    track, plain = tracks.measure_track(measure), case.on(case.day)
    top = structure.root()
    figures = {unit: 1 + case.number(at) for at, unit in enumerate(plain.below(top))}
    stated: list[Event] = [Change(unit, track, figure, tracks.OWN) for unit, figure in figures.items()]
    for unit in figures:
        below = plain.below(unit)
        stated.append(
            Change(unit, track, sum(map(figures.__getitem__, below)) if len(below) > 1 else None, tracks.SUBTREE)
        )
    history = enacted(case, stated, "stated")
    for turn in range(1, 4):
        day = case.day + turn * ONE_DAY
        with history.draft(day, SOURCE, act_id=f"turn {turn}") as draft:
            make(
                draft, case.numbers(3 * turn), (*RESTRUCTURING, *("transfer",) * 3, "close a leaf"), prefix=f"t{turn}-"
            )
        history = happens(history, draft.act) or history
        _subtrees_add_up(history.at(day), measure)


def _subtrees_add_up(structure: Structure, measure: str) -> None:
    """Require of each figure of a subtree that it fits the figures of the units in it."""
    plain, track = PlainDay(structure.facts()), tracks.measure_track(measure)
    for unit in plain.below(structure.root()):
        owns = [plain.value(below, track, tracks.OWN) for below in plain.below(unit)]
        if plain.value(unit, track, tracks.SUBTREE) is None or None in owns:
            continue
        figure, total = structure.measure(unit, measure, tracks.SUBTREE), sum(map(Quantity.of, owns), Quantity(0))
        where = f"{measure} of the subtree of {unit!r} on {structure.day}"
        if total.is_exact and figure.is_exact:
            same(figure, total, where)
        elif (figure.high is not None and figure.high < (total.low or 0)) or (
            total.high is not None and total.high < (figure.low or 0)
        ):
            broken(f"{where} is {figure}, and what is stated in it comes to {total}")
