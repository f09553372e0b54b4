"""Metamorphic laws (M): what becomes of the answers when all ids, days or figures are changed alike."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections import Counter
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.history.history import History, history_of
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.scenario.propose.constraints import AtLeast
from orgmodel.scenario.propose.enact import draft
from orgmodel.scenario.propose.feasible import Infeasible
from orgmodel.scenario.propose.mergers import propose_mergers
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    count_measures,
    renamed_facts,
    two_days,
)
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import Case, NotMet, broken, same
from orgmodel.testing.moves import pick
from orgmodel.testing.statements import stated_in
from orgmodel.testing.twin import Impossible, renamed, replayed

__all__ = ["law"]

law: Final = Family()


@law(
    "M1",
    "with other ids and all days shifted alike, all answers are shifted and renamed alike",
    "history",
    "ids that are read, such as those a rule derives",
)
def m1(case: Case) -> None:
    shift = dt.timedelta(days=1 + case.number(0))
    begun = dict.fromkeys(subject.id for subject in stated_in(case.acts).begun)
    # With the place of creation in front, so that ids are in another order than before.
    names = {subject: f"z{at}-{subject}" for at, subject in enumerate(begun)}
    acts = [
        Act(a.id, a.effective + shift, [_later(renamed(e, names), shift) for e in a.events], a.source)
        for a in case.acts
    ]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    for day in case.days:
        expected = renamed_facts(case.facts(day), names)
        same(other.at(day + shift).facts(), expected, f"{shift.days} days after {day}")
    links = [(names[k.old], names[k.new], k.extent, k.day + shift, k.type) for k in case.history.lineage.links()]
    same(Counter((k.old, k.new, k.extent, k.day, k.type) for k in other.lineage.links()), Counter(links), "lineage")


def _later(event: Any, shift: dt.timedelta) -> Any:
    if isinstance(event, Change):
        return evolve(event, until=None if event.until is None else event.until + shift)
    if isinstance(event, Succession):
        return evolve(event, changes=tuple(_later(change, shift) for change in event.changes))
    return event


@law("M2", "a unit that no act touches changes no answer about the others", "history")
def m2(case: Case) -> None:
    schema, measures = case.history.schema, case.history.measures
    first, *later = case.outcomes
    met(all(not isinstance(event, Closure) for event in first.events))
    at, root = next(
        (at, event.what)
        for at, event in enumerate(first.events)
        if isinstance(event, Creation) and isinstance(event.what, Unit)
    )
    kinds = (*schema.kinds_on(first.effective), root.kind)
    kind = next((kind for kind in kinds if schema.allows(kind, root.kind, first.effective)), root.kind)
    # Created before all later units, so that the order of creation hides no fault.
    events = [*first.events]
    events.insert(at + 1, Creation(Unit("bystander", kind=kind, parent=root.id)))
    acts = [Act(first.id, first.effective, events, first.source), *later]
    try:
        replayed(acts, schema, measures)
    except Impossible:
        raise NotMet from None
    other = History(schema, measures).enact(*acts)
    for day in case.days:
        facts = other.at(day).facts()
        facts.pop("bystander", None)
        same(facts, case.facts(day), f"with a bystander, on {day}")
    a, b = two_days(case)
    # As text: the acts behind the rows are values of another history.
    rows = [str(row) for row in other.correspondence(a, b) if row.old != "bystander"]
    # Both histories consist of outcomes, as the figures of a decision may come from a policy instead of shares.
    plain = History(schema, measures).enact(*case.outcomes)
    same(rows, [str(row) for row in plain.correspondence(a, b)], f"correspondence from {a} to {b}")
    same(str(other.cluster_changes(a, b)), str(plain.cluster_changes(a, b)), f"cluster changes from {a} to {b}")


@law(
    "M3", "with all figures k times as large, all totals are k times as large", "history", "divisions of whole numbers"
)
def m3(case: Case) -> None:
    factor = 2 + case.number(0) % 3
    acts = [Act(a.id, a.effective, [_scaled(event, factor) for event in a.events], a.source) for a in case.acts]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    for day in case.days[1:]:
        units = list(case.history.at(day))
        for measure in count_measures(case.structure):
            # The first unit, whose total covers all, and three others: of all of them it takes long.
            for unit in {*units[:1], *(pick(units, case.number(at)) for at in (1, 2, 3) if units)}:
                total, scaled_total = (history.at(day).total(measure, under=unit) for history in (case.history, other))
                expected = None if total.value is None else total.value * factor
                same(scaled_total.value, expected, f"total {measure} of {unit!r} on {day}, {factor} times as large")


def _scaled(event: Any, factor: int) -> Any:
    if isinstance(event, Succession):
        return evolve(event, changes=tuple(_scaled(change, factor) for change in event.changes))
    if not isinstance(event, Change) or not event.track.startswith("measure:") or event.value is None:
        return event
    figure = event.value
    if isinstance(figure, Quantity):
        numbers = [None if n is None else n * factor for n in (figure.value, figure.low, figure.high)]
        return evolve(event, value=Quantity(numbers[0], figure.qualifier, *numbers[1:]))
    return event if isinstance(figure, str) else evolve(event, value=figure * factor)


def _siblings(case: Case) -> History:
    """Three to five units below one, with figures of their own."""
    rows: list[UnitRow] = [{"id": "top"}]
    for at in range(3 + case.number(0) % 3):
        rows.append({"id": f"p{at}", "parent": "top", "members": case.number(2 + at) % 40})
    return history_of(rows, day=case.day, measures=[Measure("members")])


def _proposed(history: History, floor: int) -> Any:
    """The best proposal to put siblings together, of which those are neighbours that follow each other; None if none."""
    structure = history.at(history.last_day)
    neighbours = list(itertools.pairwise(structure.children("top")))
    with contextlib.suppress(Infeasible):
        return propose_mergers(structure, neighbours, AtLeast("members", floor), starts=2, steps=60)[0]
    return None


@law(
    "M4",
    "a tighter constraint never enlarges the set of feasible proposals, and no better one is found under it",
    "library",
    "searches that stop early: a unit more is let pass",
)
def m4(case: Case) -> None:
    floor = 1 + case.number(1) % 30
    history = _siblings(case)
    # Both searches begin alike, and stop early: so one more group is let pass.
    loose, tight = (_proposed(history, least) for least in (floor, floor + 1 + case.number(8) % 20))
    if tight is not None and loose is None:
        broken(f"with at least {floor} members there is no proposal, and with more there is")
    if tight is not None and len(tight.groups) > len(loose.groups) + 1:
        broken(f"{len(tight.groups)} units are left where more is asked for, {len(loose.groups)} where less is")


@law("M5", "a proposal that is executed keeps its constraints, counted in what comes of it", "library")
def m5(case: Case) -> None:
    floor = 1 + case.number(1) % 30
    history, day = _siblings(case), case.day + ONE_DAY
    proposal, structure = needed(_proposed(history, floor)), history.at(case.day)
    units = structure.children("top")
    same(sorted(u for group in proposal.groups for u in group.units), sorted(units), "units of all groups")
    for group in proposal.groups:
        places = sorted(map(units.index, group.units))
        same(places, list(range(places[0], places[-1] + 1)), f"places of {group.units}, which are to be neighbours")
    merged = history.enact(draft(proposal, history, day)).at(day)
    figures = {unit: merged.measure(unit, "members") for unit in merged.children("top")}
    too_small = {unit: n for unit, n in figures.items() if not n.is_exact or int(n) < floor}
    same(too_small, {}, f"units with fewer members than {floor}, which were asked for")
    same(merged.total("members"), structure.total("members"), "all members")
