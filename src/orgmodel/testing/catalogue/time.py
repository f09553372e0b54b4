"""The laws of time (T) and of both time axes (B): when something holds, and when it was known."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Event, Succession
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.history.unsaid import says_all
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.schema import Schema
from orgmodel.model.unit import ROOT
from orgmodel.period import ONE_DAY
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    case_of,
    count_measures,
    enacted,
    last_days,
    parts_below,
    same_days,
    within,
)
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import RESTRUCTURING, pick
from orgmodel.testing.strategies import amendment
from orgmodel.testing.twin import Facts, PlainDay, Twin, days, in_order, replayed, standing

__all__ = ["law"]

law: Final = Family()


@law("T1", "an act leaves every day before its own as it was", "history")
def t1(case: Case) -> None:
    # A restructuring of a new day, and any move on a day to which later acts must still fit.
    _earlier_days_stay(case, case.day + ONE_DAY, RESTRUCTURING)
    _earlier_days_stay(case, pick(case.days[1:], case.number(0)))


def _earlier_days_stay(case: Case, day: dt.date, only: Sequence[str] = ()) -> None:
    if not len(case.history.at(day)):
        return
    history = happens(case.history, case.act(case.move(4, only, day=day).events, day=day))
    # Later acts may stand against it.
    if history is not None:
        same_days(history, case, f"before the act of {day}", [earlier for earlier in case.days if earlier < day])


@law(
    "T2",
    "what is counted, added up, chosen and compared on a day is what that day's facts say",
    "history",
    "questions about time itself; totals of a measure of which a figure of a subtree is older than a change below it",
)
def t2(case: Case) -> None:
    twin = Twin(case.history.schema, case.history.measures)
    facts: dict[dt.date, Facts] = {}
    for day in days(twin, case.acts):
        facts[day] = twin.facts()
        on_day, structure = PlainDay(facts[day]), case.history.at(day)
        stale = {track for _, track in twin.stale}
        _tree_read(structure, on_day)
        if on_day.units:
            # The unit created first is mostly the root, whose total covers all units. Whether figures below are not
            # known shows only where nothing else is: in a unit that has agencies alone below it.
            over_agencies = [unit for unit in on_day.units if _has_agencies_alone(on_day, unit, structure.schema)]
            tops = {on_day.units[0], pick(on_day.units, case.number(1)), *over_agencies[:1]}
            _totals_read(structure, on_day, tops, stale)
    first, last = (PlainDay(facts[end(facts)]).units for end in (min, max))
    created = [difference.subject for difference in case.history.between(min(facts), max(facts)).created]
    same(sorted(created), sorted(set(last) - set(first)), "units created")


def _has_agencies_alone(day: PlainDay, unit: str, schema: Schema) -> bool:
    children = day.children(unit)
    return bool(children) and all(schema.is_agency(day.kind(child)) for child in children)


def _tree_read(structure: Structure, day: PlainDay) -> None:
    same(set(structure), set(day.units), f"units on {structure.day}")
    same(
        structure.counts(),
        dict(Counter(day.kind(u) or "" for u in day.units)),
        f"units of each kind on {structure.day}",
    )
    for line, unit in itertools.product(structure.hierarchies, day.units):
        # Siblings come in order of creation, which is that of the days, not of recording.
        same(list(structure.children(unit, line)), day.children(unit, line), f"children of {unit!r} on {structure.day}")
        same(list(structure.ancestors(unit, line)), day.above(unit, line), f"ancestors of {unit!r} on {structure.day}")


def _totals_read(structure: Structure, day: PlainDay, tops: Iterable[str], stale: set[str]) -> None:
    for top, line in itertools.product(tops, structure.hierarchies):
        where = f"{top!r} in {line} on {structure.day}"
        same({top, *structure.descendants(top, line)}, set(day.below(top, line)), f"descendants of {where}")
        same(structure.count(under=top), len(day.below(top)) - 1, f"units under {where}")
        for measure in count_measures(structure):
            if tracks.measure_track(measure) in stale:
                continue
            total = structure.total(measure, top, line)
            if total.qualifier == "about":
                continue
            low, high = day.bounds(structure.measures[measure], structure.schema, top, line)
            if parts_below(structure, top, measure, line):
                within(total, low, high, f"total {measure} of {where}")
                continue
            unsaid = not total.is_known and total.low is None and total.high is None
            same(total.low or 0, low, f"total {measure} of {where}, at least")
            same(total.high, None if unsaid else high, f"total {measure} of {where}, at most")


@law(
    "T3",
    "saying again what holds already changes no answer",
    "history",
    "the log and biographies, which tell that it was said",
)
def t3(case: Case) -> None:
    day = pick([day for day in case.days if day <= case.day][1:], case.number(0))
    repeatable = [
        (subject, *key, value)
        for subject, facts in case.facts(day).items()
        for key, value in facts.items()
        if key[0] in (tracks.NAME, tracks.PARENT, tracks.CODE) and value != ROOT
    ]
    met(repeatable)
    subject, track, slot, value = pick(repeatable, case.number(1))
    # What a later act says of it would come after.
    met(not any(subject in str(event) for act in case.acts if act.effective > day for event in act.events))
    same_days(enacted(case, [Change(subject, track, value, slot)], day=day), case, "after it was said again")


@law(
    "T4",
    "on the day of a merger its new unit is there and its members are not; the day before it is the other way",
    "rule",
    "members that began on that day",
)
def t4(case: Case) -> None:
    members, eve = case.members, case.history.at(case.day - ONE_DAY)
    # A merger of the last day does, where the members did not begin on it.
    merger = case.merger if all(member in eve for member in members) else case.merged(members, later=1)
    on_day = merger.after
    day_before = merger.history.at(on_day.day - ONE_DAY)
    units = {*merger.members, *merger.news}
    same(units & {*day_before}, {*merger.members}, "members and new units that are there on the day before")
    same(units & {*on_day}, {*merger.news}, "members and new units that are there on the day")


@law(
    "T5",
    "the same log gives the same history, byte for byte, in every order of recording that keeps each day's",
    "history",
)
def t5(case: Case) -> None:
    text = jsonl.dumps(case.history)
    again = History.from_log(case.history.log, case.history.schema, case.history.measures)
    same(jsonl.dumps(again), text, "written again")
    at_once = History(case.history.schema, case.history.measures).enact(*case.outcomes)
    same_days(again, case, "replayed")
    same_days(at_once, case, "enacted at once")
    today, later = _two_creations(case)
    both, later_only = happens(case.history, today, later), happens(case.history, later)
    if both is not None and later_only is not None:
        late = later_only.enact(today).at(later.effective)
        same(list(late), list(both.at(later.effective)), "order of units, the first of two recorded last")


def _two_creations(case: Case) -> tuple[Act, Act]:
    """An act of the last day that creates a unit, and one of the next day that creates another."""
    first, second = case.move(4, ["create"], prefix="x"), case.move(4, ["create"], prefix="y")
    return case.act(first.events, "today"), case.act(second.events, "later", case.day + ONE_DAY)


@law("T8", "an act that names its place among the acts of its day takes it", "history")
def t8(case: Case) -> None:
    first, second, third = (case.act(case.move(at, prefix=p).events, p) for at, p in ((0, "x"), (4, "y"), (7, "z")))
    pair = needed(happens(case.history, first, second))
    # What the two leave each other is settled where the third is recorded last.
    between = happens(case.history, first, third, second)
    for place in (evolve(third, after=first.id), evolve(third, before=second.id)):
        placed = happens(pair, place)
        if (placed is None) != (between is None):
            broken(f"{place!r} in its place is {'refused' if placed is None else 'accepted'}, in order it is not")
        if placed is not None and between is not None:
            same(placed.at(case.day), between.at(case.day), f"{case.day}, with {place!r} in its place")
            same([act.id for act in placed.acts], [act.id for act in between.acts], "the order of the acts")


@law("B1", "what was known at a time never changes, whatever is recorded later", "history")
def b1(case: Case) -> None:
    known = len(case.history.log)
    later = case.history.enact(case.act(case.move(4).events))
    same(later.as_recorded(known), case.history, "the log as it was known")
    number = 1 + case.number(0) % known
    once = later.as_recorded(number)
    replay = History.from_log(case.history.log[:number], case.history.schema, case.history.measures)
    then = later.as_recorded(known)
    recorded = pick(case.history.log, case.number(2)).recorded
    known_by = [entry.number for entry in later.log if entry.recorded <= recorded]
    same([entry.number for entry in later.as_recorded(recorded).log], known_by, f"entries known by {recorded}")
    same_days(then, case, "as known then")
    for day in case.days:
        same(once.at(day), replay.at(day), f"as known after entry {number}, on {day}")
    # Siblings stand in order of creation, which a correction of its day must not change for what was known.
    first, second = _two_creations(case)
    both = happens(case.history, first, second)
    if both is not None:
        moved = evolve(first, effective=second.effective + ONE_DAY)
        known_once = both.correct(first.id, moved, reason="it was later").as_recorded(len(both.log))
        same(list(known_once.at(second.effective)), list(both.at(second.effective)), "order of units as known then")


@law("B2", "a correction changes nothing before its days, and nothing that was known before it", "history")
def b2(case: Case) -> None:
    # K2 checks decisions and open successions, whose outcome depends on the rest; here a twin replays plain events.
    if not all(map(says_all, standing(case.history.log))):
        case = _spelt_out(case)
    act, instead, amended = _corrected(case)
    first = min([act.effective, *([instead.effective] if instead is not None else [])])
    known = amended.as_recorded(len(case.history.log))
    same_days(amended, case, "before the corrected act", [day for day in case.days if day < first])
    same_days(known, case, "as known before")
    # The library completes an outcome where it is enacted; the twin takes it as it was completed.
    corrected = [] if instead is None else [amended.act(act.id)]
    acts = [a for old in standing(case.history.log) for a in (corrected if old.id == act.id else [old])]
    expected = replayed(in_order(acts), case.history.schema, case.history.measures)
    # A day after every day until which something is stated to hold.
    expected.day = max([case.day, amended.last_day or case.day, *last_days(case.acts)]) + ONE_DAY
    same(amended.at(expected.day).facts(), expected.facts(), "after the correction")
    edition = History(case.history.schema, case.history.measures).enact(*amended.acts)
    newer = case.history.amend_to(edition, reason="a newer edition")
    for day in case.days:
        same(newer.at(day).facts(), amended.at(day).facts(), f"amended to what a newer edition says, on {day}")
    same(newer.as_recorded(len(case.history.log)), case.history, "the edition before, as it was known")


def _spelt_out(case: Case) -> Case:
    """The case in which every act states all that it came to, so that nothing is worked out when another one changes."""
    acts = [Act(act.id, act.effective, [_complete(event) for event in act.events], act.source) for act in case.acts]
    return case_of(History(case.history.schema, case.history.measures).enact(*acts), case)


def _complete(event: Event) -> Event:
    return evolve(event, complete=True) if isinstance(event, Succession) else event


def _corrected(case: Case) -> tuple[Act, Act | None, History]:
    """An act of the history, the act that replaces it (None if it is cancelled), and the amended history."""
    name, instead = needed(amendment(case.history, [case.number(0), case.number(1) % 4, case.number(2)]))
    old = case.history.act(name)
    met(instead != old)
    if instead is None:
        return old, None, case.history.cancel(name, reason="a law")
    return old, instead, case.history.correct(name, instead, reason="a law")


@law(
    "B3",
    "taking an act back and enacting the same again changes no day as known last",
    "history",
    "what was known in between; acts that others of the day follow",
)
def b3(case: Case) -> None:
    act = case.acts[-1]
    met(len(case.acts) > 1)
    again = Act("again", act.effective, act.events, act.source)
    same_days(case.history.amend({act.id: None}, again, reason="taken back"), case, "enacted again")


@law(
    "B4",
    "correcting the last act of a day and adding an act to that day give the same",
    "history",
    "days on which later acts no longer stand: both are refused",
)
def b4(case: Case) -> None:
    last_of_day = {act.effective: act for act in case.acts}
    act = pick([*last_of_day.values()], case.number(0))
    move = case.move(4, day=act.effective)
    wider = Act(act.id, act.effective, [*act.events, *move.events], act.source)
    try:
        corrected = case.history.correct(act.id, wider, reason="more")
    except Refused:
        corrected = None
    added = happens(case.history, case.act(move.events, day=act.effective))
    if (corrected is None) != (added is None):
        broken(f"{list(move.events)} on {act.effective}: one of correcting and adding is refused, the other not")
    for day in case.days:
        same(needed(corrected).at(day), needed(added).at(day), f"on {day}")
