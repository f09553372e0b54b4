"""The algebra of mergers (A): which order, grouping and repetition make a difference, and which do not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts import operations
from orgmodel.acts.act import Act
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.conservation import c1, c2
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.frame import f1, f2
from orgmodel.testing.catalogue.shared import count_measures, enacted, plain_merger, same_days, two_acts_apart
from orgmodel.testing.law import Case, Merged, broken, canonical, happens, same, stated
from orgmodel.testing.moves import pick
from orgmodel.testing.twin import Facts

__all__ = ["PLAIN", "law"]

law: Final = Family()


@law("A1", "the order of the members does not matter", "rule", "takeovers that name a survivor")
def a1(case: Case) -> None:
    _alike(case, case.turned, f"members {list(case.members)} and {list(case.turned)}")


def _alike(case: Case, turned: Sequence[str], label: str) -> None:
    """Require that the members of the case, named otherwise, become the same."""
    merger = case.merger
    if stated(case.asked(turned)) != stated(case.asked(merger.members)):
        other = case.merged(turned)
        same(canonical(other.facts_after, other.roots), canonical(merger.facts_after, merger.roots), label)


@law(
    "A2",
    "merging some members first and the rest afterwards gives the same",
    "rule",
    "rules that take a parent, a cluster or a name from the largest member; the depth of lineage; figures that are not "
    "exact, of which two steps may know less",
)
def a2(case: Case) -> None:
    members = case.some(3)
    # Where members have several parents, the rule chooses one; F1 and C2 check that.
    met(case.kit.siblings is not None or _side_by_side(case.structure, members))
    at_once = case.merged(members)
    met(not _has_choice_of_place(at_once))
    first = case.merged(members[:2], name="first")
    second = case.merged((first.new, *members[2:]), first.history, name="second")
    origins = first.roots | {
        new: tuple(sorted({origin for old in olds for origin in first.roots.get(old, (old,))}))
        for new, olds in second.roots.items()
    }
    # In a union, a slot in which two members differ lapses, and then the value of the third is kept.
    left_out = {track.id for track in case.history.schema.tracks if track.merged == "union"}
    together = _compared(at_once, at_once.roots, left_out)
    in_steps = _settled(_compared(second, origins, left_out), together)
    if in_steps != together:
        # Faults of a single merger are reported under the laws about single mergers, not under A2.
        for merged, history in ((at_once, case.history), (first, case.history), (second, first.history)):
            for plainer in PLAIN:
                plainer.judge(case.of_merger(merged, history))
    same(in_steps, together, f"merging {list(members[:2])} first, then {list(members[2:])}")


def _has_choice_of_place(merger: Merged) -> bool:
    """Whether agencies of the members become one and stand under several units that remain.

    The rule chooses one of these parents by what comes first, which is another one once some members have merged.
    """
    ended = set().union(*merger.roots.values())
    return any(
        len({merger.before.parent(old, line) for old in olds} - ended - {None}) > 1
        for olds in merger.roots.values()
        if not set(merger.members) & set(olds)
        for line in merger.before.hierarchies
    )


def _side_by_side(structure: Structure, units: Sequence[str]) -> bool:
    """Whether some units have one parent in each hierarchy."""
    return all(len({structure.parent(unit, line) for unit in units}) == 1 for line in structure.hierarchies)


def _compared(merged: Merged, origins: Mapping[str, tuple[str, ...]], left_out: Collection[str]) -> Facts:
    """The facts after a merger but for some tracks, with each live unit called by what it came from."""
    facts = {
        subject: {key: value for key, value in own_facts.items() if key[0] not in left_out}
        for subject, own_facts in merged.facts_after.items()
    }
    return canonical(facts, {new: olds for new, olds in origins.items() if new in merged.after})


def _settled(facts: Facts, others: Facts) -> Facts:
    """The facts, with the other figures in place of those that are not exact and whose bounds meet theirs."""

    def settled(key: tuple[str, Any], figure: Any, other: Any) -> Any:
        if not tracks.is_measure(key[0]) or isinstance(figure, str) or isinstance(other, str):
            return figure
        first, second = Quantity.of(figure), Quantity.of(other)
        is_exact = first.is_exact and second.is_exact
        return figure if is_exact or _is_below(first, second) or _is_below(second, first) else other

    return {
        subject: {key: settled(key, figure, others.get(subject, {}).get(key)) for key, figure in own_facts.items()}
        for subject, own_facts in facts.items()
    }


def _is_below(first: Quantity, second: Quantity) -> bool:
    """Whether the bounds of one figure lie below those of another; what is about so many has none."""
    return first.high is not None and second.low is not None and first.high < second.low


@law("A3", "a member that is named twice counts once, and one member alone is refused", "rule")
def a3(case: Case) -> None:
    members = case.members
    _alike(case, (*members, members[0]), f"{members[0]!r} named twice")
    # Named twice, one member must not pass for two.
    for few in ((members[0],), (members[0], members[0])):
        events = case.asked(few)
        if not isinstance(events, Refused):
            broken(f"a merger of {list(few)} is not refused, it gives {len(events)} events")


@law(
    "A4",
    "enacting the same act twice is enacting it once; another act of the same id is refused",
    "history",
    "two acts of equal content and different ids",
)
def a4(case: Case) -> None:
    move = case.move(4)
    act = case.act(move.events)
    history = case.history.enact(act)
    same(len(history.enact(act).log), len(history.log), "entries of the log")
    same(case.history.enact(act, act).at(case.day), history.at(case.day), "twice in one call")
    for known in (act, pick(case.acts, case.number(0))):
        other = Act(known.id, known.effective, [*known.events, *move.events], known.source)
        if happens(history, other) is not None:
            broken(f"another act with the id {known.id!r} is accepted")


@law(
    "A5",
    "taking over gives the children and counts that merging gives",
    "library",
    "name, code, clusters and lineage, which the survivor keeps",
)
def a5(case: Case) -> None:
    members = case.members
    survivor, *others = members
    met(_side_by_side(case.structure, members))
    merged = case.history.enact(case.act(plain_merger(case))).at(case.day)
    take_over = operations.take_over(case.structure, survivor, others, counterparts=False)
    taken = case.history.enact(case.act(take_over)).at(case.day)
    same(sorted(taken.children(survivor)), sorted(merged.children("whole")), "children")
    same(taken.parent(survivor), merged.parent("whole"), "the parent")
    for measure in count_measures(case.structure):
        same(taken.measure(survivor, measure), merged.measure("whole", measure), measure)
    same([unit for unit in others if unit in taken], [], "who lives on after being taken over")


@law(
    "A8",
    "two acts that touch nothing in common may come in either order, and may be recorded in either, on one day or two",
    "history",
    "acts that touch a common unit, parent or child; rules that look at everything",
)
def a8(case: Case) -> None:
    first, second = two_acts_apart(case)
    # An act that is drawn may be refused: who closes a unit may send a child to where its kind may not stand.
    met(all(happens(case.history, act) is not None for act in (first, second)))
    # On one day the acts share its order, on two each day is built on the other.
    for later in (second, Act(second.id, case.day + ONE_DAY, second.events, second.source)):
        alone = happens(case.history, later)
        forth, back = happens(case.history, first, later), None if alone is None else happens(alone, first)
        if later is not second and alone is None:
            continue  # A term may have run out by then.
        if forth is None or back is None:
            broken(f"{list(first.events)} and {list(later.events)} stand apart, and one order is refused")
        for day in (*case.days, case.day + ONE_DAY):
            same(forth.at(day), back.at(day), f"the two orders, on {day}")


@law(
    "A10",
    "enacting an act and cancelling it leaves every day as it was; the log grows",
    "history",
    "acts on which later ones rest: cancelling them is refused",
)
def a10(case: Case) -> None:
    history = enacted(case, case.move(4).events).cancel("law", reason="undone")
    same_days(history, case, "after the cancellation")
    same(len(history.log), len(case.history.log) + 2, "entries of the log")
    same(sorted(map(str, history.lineage.links())), sorted(map(str, case.history.lineage.links())), "lineage")


PLAIN: Final = (c1, c2, f1, f2)
"""The laws that say what one merger leaves out or touches, whatever order or grouping shows it."""
