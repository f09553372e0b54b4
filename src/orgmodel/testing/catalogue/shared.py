"""What several families of laws need."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from orgmodel.acts import operations
from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation
from orgmodel.acts.operation import Operation
from orgmodel.errors import Refused, UnknownUnit
from orgmodel.history.history import History
from orgmodel.history.log import Entry
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import met, needed
from orgmodel.testing.law import SOURCE, Case, Choosing, NotMet, broken, footprint, happens, same
from orgmodel.testing.moves import MOVES, RESTRUCTURING, pick
from orgmodel.testing.statements import stated_in
from orgmodel.testing.twin import Facts, renamed

__all__ = [
    "agree",
    "broken_down",
    "case_of",
    "children_in_all",
    "count_measures",
    "dated_links",
    "divisible_unit",
    "enacted",
    "exact_figures",
    "holds_on",
    "inner_units",
    "kinds_of",
    "last_days",
    "link_pairs",
    "nameless",
    "parts_below",
    "plain_merger",
    "reckoned_back",
    "renamed_facts",
    "same_days",
    "same_history",
    "two_acts_apart",
    "two_days",
    "two_small_acts",
    "within",
]

Thing = TypeVar("Thing")


# ---- comparing


def agree(
    things: Iterable[Thing], answer: Callable[[Thing], object], expected: Callable[[Thing], object], what: str
) -> None:
    """Require the expected answer about each of some things; the message lists those about which it is another."""
    listed = list(things)
    same({thing: answer(thing) for thing in listed}, {thing: expected(thing) for thing in listed}, what)


def same_days(history: History, case: Case, where: str, days: Iterable[dt.date] | None = None) -> None:
    """Require that a history has the facts of the case on some days, on all days of the case if None."""
    for day in case.days if days is None else days:
        same(history.at(day).facts(), case.facts(day), f"on {day}, {where}")


def holds_on(day: dt.date, start: dt.date, end: dt.date | None) -> bool:
    """Whether what is said of a stretch holds on a day; the last day is the one before ``end``."""
    return start <= day and (end is None or day < end)


# ---- going on


def enacted(case: Case, steps: Iterable[Any], name: str = "law", day: dt.date | None = None) -> History:
    """The history after one more act, on the last day if None.

    Raises:
        NotMet: the act is refused.
    """
    return needed(happens(case.history, case.act(steps, name, day)))


def case_of(history: History, case: Case) -> Case:
    """Another history as a case, with the numbers and the kit of this one."""
    return Case(history, case.dice, case.kit)


def link_pairs(history: History) -> Counter[tuple[str, str]]:
    """(old, new) of each link of a history, with how many links lead that way."""
    return Counter((link.old, link.new) for link in history.lineage.links())


# ---- looking


def exact_figures(structure: Structure, units: Iterable[str], measure: str) -> list[Any] | None:
    """Own figures of units, None if one is not stated exactly."""
    figures = [structure.measure(unit, measure) for unit in units]
    return [figure.value for figure in figures] if all(figure.is_exact for figure in figures) else None


def count_measures(structure: Structure) -> list[str]:
    """The measures that are counts."""
    return [measure.id for measure in structure.measures.values() if measure.type == "count"]


def kinds_of(structure: Structure) -> list[str]:
    """The kinds of which there are units, in order of their ids; units without a kind have none."""
    return sorted(kind for kind in structure.counts() if kind)


def inner_units(structure: Structure) -> list[str]:
    """Units with a parent, in every hierarchy that they are in."""
    # Whoever stands at the top of a hierarchy needs a successor there, which divisions and splits do not name.
    roots: set[str] = set()
    for line in structure.hierarchies[1:]:
        with contextlib.suppress(UnknownUnit):
            roots.add(structure.root(line))
    return [unit for unit in structure if structure.parent(unit) is not None and unit not in roots]


def children_in_all(structure: Structure, unit: str) -> list[str]:
    """The children of a unit in any hierarchy, each once."""
    return list(dict.fromkeys(c for line in structure.hierarchies for c in structure.children(unit, line)))


def divisible_unit(case: Case) -> str:
    """A unit that can be divided without saying which part stands at the top."""
    units = inner_units(case.structure)
    met(units)
    return str(pick(units, case.number(4)))


def broken_down(case: Case, unit: str, allocation: Any) -> tuple[list[str], Structure, History]:
    """A unit broken down into two or three, its children dealt out in turn."""
    # Dealt in turn, so that each part has children where there are enough.
    names = ["half-1", "half-2", "half-3"][: 2 + case.number(5) % 2]
    children = {child: pick(names, i + case.number(6)) for i, child in enumerate(children_in_all(case.structure, unit))}
    events = operations.break_down(
        case.structure, unit, [Unit(name) for name in names], children=children, allocation=allocation
    )
    after = case.history.enact(case.act(events, "cut"))
    return names, after.at(case.day), after


def plain_merger(case: Case, *, counterparts: bool = False) -> Iterable[Any]:
    """The events of the library's own merger of the members into ``whole``, with all choices made.

    Raises:
        NotMet: the members cannot merge.
    """
    rule = Choosing(operations.PolicyMerger(into=Unit("whole"), counterparts=counterparts))
    try:
        return rule(case.structure, case.members, case.day, SOURCE)
    except Refused:
        raise NotMet from None


_SMALL: Final = tuple(name for name in MOVES if name not in RESTRUCTURING)
"""The moves that change no more than one or two units."""


def two_small_acts(case: Case) -> tuple[Act, Act]:
    """Two acts of the last day, the second no restructuring."""
    first, second = case.move(0, prefix="x"), case.move(5, _SMALL, prefix="y")
    return case.act(first.events, "one"), case.act(second.events, "other")


def two_acts_apart(case: Case) -> tuple[Act, Act]:
    """Two acts of the last day that touch nothing in common.

    Raises:
        NotMet: none was found.
    """
    first = case.act(case.move(0, prefix="x").events, "one")
    touched = footprint(first.events, case.structure)
    # Two acts drawn alone seldom stand apart: most touch the root, or a neighbour.
    for at in range(5, 11):
        events = case.move(at, _SMALL, prefix="y").events
        if not touched & footprint(events, case.structure):
            return first, case.act(events, "other")
    raise NotMet


def last_days(acts: Iterable[Act], track: str = "") -> set[dt.date]:
    """The days until which changes hold by their own statement, in tracks whose names begin with ``track``."""
    changes = stated_in(acts).changes
    return {change.until for change in changes if change.until is not None and change.track.startswith(track)}


def reckoned_back(acts: Iterable[Act], *words: str) -> bool:
    """Whether an event says of a unit that ground of earlier days is its own: it is older than its record, say.

    Args:
        acts: of a history.
        words: which fields of events say so; all of them if none is named.
    """
    fields = words or ("reestablishes", "first_known", "last_known")
    return any(getattr(event, word, None) for act in acts for event in act.events for word in fields)


def two_days(case: Case, at: int = 0) -> tuple[dt.date, dt.date]:
    """Two days of the history, in order; the numbers from ``at`` on choose them."""
    first, second = sorted(pick(case.days[1:], case.number(at + i)) for i in range(2))
    return first, second


def nameless(history: History) -> bool:
    """Whether a choice of its decisions was made by a function without a name: files keep what it came to."""
    return any(isinstance(item, Operation) and item.unnamed for act in history.acts for item, _ in act.steps)


def same_history(copy: History, case: Case, where: str) -> None:
    """Require that a copy of the history of a case has its log, and its facts, order of units and links."""
    # The log first: a copy that lacks an entry differs in all that follows.
    same(len(copy.log), len(case.history.log), f"entries {where}")
    for entry, original in zip(copy.log, case.history.log, strict=True):
        same(_entered(entry), _entered(original), f"entry {original.number} {where}")
    same_days(copy, case, where)
    for day in case.days:
        same(list(copy.at(day)), list(case.history.at(day)), f"the order of units on {day} {where}")
    same(dated_links(copy), dated_links(case.history), f"links {where}")
    # Which act states a fact, that of a few units: of all of them it takes long.
    for unit in {pick(case.history.units_ever(), case.number(at)) for at in range(4)}:
        biographies = [list(map(str, history.biography(unit))) for history in (copy, case.history)]
        same(biographies[0], biographies[1], f"the biography of {unit!r} {where}")


def _entered(entry: Entry) -> tuple[Any, ...]:
    """What an entry of the log says besides the events of its act."""
    act = entry.act
    return entry.recorded, entry.amends, entry.reason, None if act is None else (act.id, act.source, act.note)


def dated_links(history: History) -> Counter[tuple[Any, ...]]:
    """All links; those of one event have no order among each other."""
    links = history.lineage.links()
    return Counter((k.day, k.old, k.new, k.type, k.extent, k.shares, k.dominant, k.dominant_by) for k in links)


def renamed_facts(facts: Facts, names: dict[str, str]) -> Facts:
    """The facts with the ids of subjects replaced wherever they occur."""

    def new(value: Any) -> Any:
        # A cluster names its clustering, so that what its life says changes with that.
        if isinstance(value, (Cluster, Clustering)):
            value = renamed(Creation(value), names).what  # type: ignore[union-attr]
        return names.get(value, value) if isinstance(value, str) else value

    out: Facts = {}
    for subject, own_facts in facts.items():
        new_facts: dict[tuple[str, Any], Any] = {}
        for (track, slot), value in own_facts.items():
            sort, _, name = track.partition(":")
            member = sort == "member"
            key = (f"{sort}:{new(name)}" if member else track, new(slot) if member else slot)
            refers = tracks.refers_to_subject(track) or track in (tracks.LIFE, tracks.OFFICE)
            new_facts[key] = new(value) if refers else value
        out[new(subject)] = new_facts
    return out


def parts_below(structure: Structure, top: str, measure: str, hierarchy: str = "main") -> bool:
    """Whether several figures of a subtree are only bounds: as parts of one unit they may be known better together."""
    figures = [structure.measure(unit, measure) for unit in (top, *structure.descendants(top, hierarchy))]
    return sum(not figure.is_known and figure.high is not None for figure in figures) > 1


def within(total: Quantity, low: Any, high: Any, where: str) -> None:
    """Require that a total lies within bounds."""
    if (total.low or 0) < low or (high is not None and (total.high is None or total.high > high)):
        broken(f"{where}: {total} is not between {low} and {high}")
