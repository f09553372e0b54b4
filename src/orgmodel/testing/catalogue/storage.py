"""The laws of diffs, branches and storage (D)."""

from __future__ import annotations

import datetime as dt
import pickle
from typing import Final

from orgmodel.acts.events import Change
from orgmodel.history.diff import SORTS
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.period import ONE_DAY
from orgmodel.testing.catalogue.engine import flat_stretch
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import (
    case_of,
    nameless,
    renamed_facts,
    same_days,
    same_history,
    two_days,
    two_small_acts,
)
from orgmodel.testing.law import Case, broken, happens, imagined, same
from orgmodel.testing.moves import pick

__all__ = ["law"]

law: Final = Family()


@law("D1", "a diff applied to the first day gives the second; from a day to itself nothing differs", "history")
def d1(case: Case) -> None:
    # Backwards too: what began then ends, and what ended is there again.
    a, b = two_days(case)
    _compared(case, a, b)
    _compared(case, b, a)
    same(len(case.history.between(a, a)), 0, "differences of a day from itself")
    move = case.move(4, ["reassign"])
    if move.name == "reassign":
        # Few units do two things between two days of a case.
        unit, next_day = move.events[0].subject, case.day + ONE_DAY  # type: ignore[union-attr]
        more = [Change(unit, tracks.NAME, "Moved and renamed"), Change(unit, tracks.CODE, "D1")]
        history = happens(case.history, case.act([*move.events, *more], day=next_day))
        if history is not None:
            _compared(case_of(history, case), case.day, next_day)


def _compared(case: Case, start: dt.date, end: dt.date) -> None:
    """Require that a diff leads from one day to the other, and says who moved and who is called otherwise."""
    diff = case.history.between(start, end)
    same(diff.apply(case.history.at(start)), case.facts(end), f"{start} to {end}")
    listed = {sort: len(getattr(diff, sort)) for sort in SORTS}
    same(dict(diff.counts()), listed, f"numbers of differences, {start} to {end}")
    was, now = case.on(start), case.on(end)
    stay = set(was.units) & set(now.units)
    for sort, track in (("moved", tracks.PARENT), ("renamed", tracks.NAME), ("recoded", tracks.CODE)):
        expected = {unit for unit in stay if was.value(unit, track) != now.value(unit, track)}
        subjects = {d.subject for d in getattr(diff, sort) if d.track == track} & stay
        same(subjects, expected, f"who was {sort}, {start} to {end}")


@law(
    "D2",
    "two diffs one after the other make what the diff over both makes",
    "history",
    "the form: a fact may change and change back",
)
def d2(case: Case) -> None:
    a, c = two_days(case)
    b = pick([day for day in case.days if a <= day <= c], case.number(2))
    first, second, both = (case.history.between(*span) for span in ((a, b), (b, c), (a, c)))
    known = {(d.subject, d.track, str(d.slot)) for d in (*first.differences, *second.differences)}
    more = [d for d in both.differences if (d.subject, d.track, str(d.slot)) not in known]
    if more:
        broken(f"{a} to {c} tells of {more[0]}, neither part does")
    same(second.apply(case.history.at(b)), both.apply(case.history.at(a)), f"by way of {b}")


@law("D4", "whatever is done on a branch leaves its origin and its siblings as they were", "history")
def d4(case: Case) -> None:
    text = jsonl.dumps(case.history)
    facts = {day: case.history.at(day).facts() for day in case.days}
    links = [str(link) for link in case.history.lineage.links()]
    acts = two_small_acts(case)
    branches = [needed(happens(case.history, act)) for act in acts]
    texts = [jsonl.dumps(branch) for branch in branches]
    branches[0].enact(case.act([Change(pick(list(branches[0].at(case.day)), 0), tracks.NAME, "Branch")], "more"))
    # A fresh copy of the origin has no cached days.
    for origin in (case.history, case.history.as_recorded(len(case.history.log))):
        same({day: origin.at(day).facts() for day in case.days}, facts, "the origin, day by day")
    same([str(link) for link in case.history.lineage.links()], links, "the lineage of the origin")
    same(jsonl.dumps(case.history), text, "the origin, written")
    same([jsonl.dumps(branch) for branch in branches], texts, "the branches, written")
    for branch, act in zip(branches, acts, strict=True):
        twin = case.twin()
        met(imagined(twin, act.events))
        same(branch.at(case.day).facts(), twin.facts(), "a branch")


@law(
    "D6",
    "a history that was written and read again, as a text or as arrays, answers alike and is written alike",
    "history",
    "that it is equal, where a function without a name made a choice",
)
def d6(case: Case) -> None:
    history, text = case.history, jsonl.dumps(case.history)
    number = 1 + case.number(0) % len(history.log)
    known_then = history.as_recorded(number)
    odd = history.enact(case.act([Change(case.structure.root(), tracks.NAME, _ODD)], "odd"))
    same(jsonl.loads(jsonl.dumps(odd)).acts[-1].events, odd.acts[-1].events, "a name with odd signs, read again")
    for form, read in (("a text", jsonl.loads(text)), ("arrays", pickle.loads(pickle.dumps(history)))):
        same(jsonl.dumps(read), text, f"written again after {form}")
        if read != history and not nameless(history):
            broken(f"after {form} the history is not equal")
        same_history(read, case, f"after {form}")
        read_then = read.as_recorded(number)
        for day in {pick(case.days, case.number(at)) for at in (1, 2, 3)}:
            same(read_then.at(day), known_then.at(day), f"after {form}, as known at entry {number}, on {day}")


_ODD: Final = "\u2028 a \x0b'b'\t\"=c\" \x85 \ufeff"
"""A text with signs that some readers take for the end of a line, or of a cell."""


@law("D7", "what is refused changes nothing", "history")
def d7(case: Case) -> None:
    text, move = jsonl.dumps(case.history), case.move(4)
    case.facts(case.day)  # read before the refusals
    impossible = Change("nobody", tracks.NAME, "x")
    for events in ([*move.events, impossible], [impossible, *move.events]):
        if happens(case.history, case.act(events)) is not None:
            broken("a change of a unit that never was is accepted")
    fresh = case.history.as_recorded(len(case.history.log))
    same_days(case.history, case, "after a refusal", [case.day])
    same_days(fresh, case, "after a refusal, read anew", [case.day])
    same(jsonl.dumps(case.history), text, "written, after a refusal")
    act = case.act(move.events)
    same(case.history.enact(act).at(case.day), fresh.enact(act).at(case.day), "enacted after a refusal")


@law(
    "D8",
    "a history that is grafted on another keeps its facts below one of its units, under other ids, and the other keeps its own",
    "history",
    "schemas in which a root may not stand under another unit",
)
def d8(case: Case) -> None:
    # What is grafted has kinds; a schema that allows any kind cannot be joined with its own.
    met(bool(case.history.schema.kinds) and case.history.schema.allows("group", "group", case.day))
    # It has clusters of both sorts, chains of acts and links, on days of its own.
    other, *_ = flat_stretch(case)
    top, days = case.structure.root(), sorted({*case.days[1:], *other.days()})
    both = case.history.graft(other, under=top, ids="g-")
    names = {subject: f"g-{subject}" for day in other.days() for subject in other.at(day).facts()}
    for day in days:
        facts, below = both.at(day).facts(), renamed_facts(other.at(day).facts(), names)
        if below:
            below["g-top"][tracks.PARENT, None] = top
        stays = {subject: own for subject, own in facts.items() if subject not in below}
        same(stays, case.history.at(day).facts(), f"{day}, of the history that stays")
        same({subject: facts[subject] for subject in below}, below, f"{day}, of the history that is grafted")
