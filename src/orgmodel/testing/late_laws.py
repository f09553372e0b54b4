"""The laws of what is learned late (K), of doors (R) and of what a merger leaves alone (F).

The laws K are judged on a history that goes on by decisions, verbs as values, drawn from the numbers of the case: see
:mod:`orgmodel.testing.decisions`. What K1 compares with is plain: the decisions taken in order of time.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.acts.forms import decided_record, read_decided
from orgmodel.acts.operation import Operation, Together
from orgmodel.errors import Answer, OrgmodelError, Refused
from orgmodel.history.anew import keyed
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY
from orgmodel.scenario.scenario import Scenario
from orgmodel.testing.catalogue import LAWS, law, met, nameless
from orgmodel.testing.decisions import (
    DECIDED,
    LATE,
    SOURCE,
    Decider,
    Learned,
    Verdict,
    early,
    grown,
    verdict,
)
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.reproduce import code
from orgmodel.testing.twin import Facts, renamed

__all__ = ["LAWS"]

MONTH: Final = dt.timedelta(days=31)


def _learned(case: Case) -> Learned:
    """What is learned late in a case.

    Raises:
        NotMet: nothing was found.
    """
    found = case.learned
    met(found is not None)
    assert found is not None
    return found


def _stands(found: Learned) -> History:
    """The history with what was learned late.

    Raises:
        NotMet: it was refused.
    """
    met(found.settled.history is not None)
    assert found.settled.history is not None
    return found.settled.history


def said(found: Learned) -> str:
    """The decisions of a history and what is learned late, as a reader can follow them."""
    decided = [act for act in found.history.acts if not act.is_outcome]
    lines = ["decided:", *(f"  {line}" for act in decided for line in _act_lines(act))]
    lines += ["learned late:", *(f"  {line}" for line in _act_lines(found.late))]
    lines += ["answered:", *(f"  {answer}" for answer in found.answers)] if found.answers else []
    return "\n".join(lines)


def _act_lines(act: Act) -> Iterator[str]:
    yield f"{act.id} on {act.effective}:"
    yield from (f"    {code(item)}" for item, _ in act.steps)


def _alike(one: History, other: History, what: str, found: Learned) -> None:
    """Two histories say the same on all days."""
    days = sorted({*one.days(), *other.days()})
    days += [day + ONE_DAY for day in days]
    for day in sorted(days):
        here, there = one.at(day).facts(), other.at(day).facts()
        if here != there:
            same(here, there, f"{what}, on {day} ({said(found)})")
    if not one.same_facts(other):
        broken(f"{what}: the days between or the links differ ({said(found)})")


@law(
    "K1",
    "what is learned late gives what knowing it early would have given: it is refused or asks where that would, and "
    "with all questions answered gives the same",
    "history",
    "several late acts of one day: their order is data",
)
def _k1(case: Case) -> None:
    found = _learned(case)
    _early(found.history, found.late, (), found.told, found)
    if found.answers:
        _early(found.history, found.late, found.answers, found.settled, found)


def _early(history: History, late: Act, answers: Any, told: Verdict, found: Learned) -> None:
    expected = early(history, late, answers)
    if (told.history is None) != (expected.history is None):
        why = told.error or expected.error
        broken(f"late it {told.word}, early it {expected.word}: {why} ({said(found)})")
    if told.history is not None and expected.history is not None:
        _alike(told.history, expected.history, "learned late, and known early", found)


@law(
    "K2",
    "cancelling what was learned late gives back every day, every act and every question as before, and the log keeps "
    "both; correcting it gives what the corrected act would have given",
    "history",
)
def _k2(case: Case) -> None:
    found = _learned(case)
    after, before = _stands(found), found.history
    back = after.cancel(found.late.id, reason="withdrawn")
    _alike(back, before, "cancelled, and never learned", found)
    same([act.events for act in back.acts], [act.events for act in before.acts], "what the acts came to")
    same(len(back.log), len(before.log) + 2, "entries of the log")
    again = _renamed(found.late)
    same(
        verdict(lambda: back.enact(again)).word,
        verdict(lambda: before.enact(again)).word,
        f"learned again after it was cancelled ({said(found)})",
    )
    other = _decider(case, "other-").act(before, found.late.effective, found.late.id, LATE)
    if other is not None and not other.decides_as(found.late):
        told = verdict(lambda: after.correct(found.late.id, other, reason="a slip"))
        # Answers belong to the entry that gave them, which still counts. Ids that are derived follow the keys of the
        # operations, and a corrected act gives those that are new the next free ones.
        _early(before, keyed(other, found.late), found.answers, told, evolve(found, late=other))


def _renamed(act: Act) -> Act:
    return Act(f"{act.id} again", act.effective, act.operations, act.source)


def _decider(case: Case, prefix: str) -> Decider:
    return Decider(random.Random(bytes(case.dice[::-1])), prefix)


@law("K3", "a scenario put on another baseline is what drafting it there gives", "history")
def _k3(case: Case) -> None:
    base, decider = case.history, _decider(case, "onto-")
    trial = grown(base, random.Random(bytes(case.dice)), 2)
    there = {act.id for act in base.acts}
    acts = [act for act in trial.acts if act.id not in there]
    met(acts)
    late = decider.act(base, case.day, "onto", LATE)
    met(late is not None)
    assert late is not None
    onto = happens(base, late)
    met(onto is not None)
    assert onto is not None
    moved = verdict(lambda: Scenario("trial", base, acts).rebase(onto).history)
    drafted = verdict(lambda: drafted_on(onto, acts))
    found = Learned(trial, late, moved, (), moved)
    if (moved.history is None) != (drafted.history is None):
        why = moved.error or drafted.error
        broken(f"rebased it {moved.word}, drafted there it {drafted.word}: {why} ({said(found)})")
    met(moved.history is not None)
    assert moved.history is not None
    assert drafted.history is not None
    _alike(moved.history, drafted.history, "rebased, and drafted there", found)


def drafted_on(history: History, acts: Iterable[Act]) -> History:
    """A history that goes on by acts drafted anew on it, operation by operation."""
    for act in acts:
        with history.draft(act.effective, act.source, act_id=act.id) as draft:
            for item, _ in act.steps:
                draft.do(item) if isinstance(item, Operation) else draft.add(item)
        history = history.enact(draft)
    return history


# ---- consequences


def _keys(events: Iterable[Event]) -> Iterator[tuple[str, str, Any, Any]]:
    """(subject, track, slot, value) of all that events say of a subject; the end of a subject as None of its life."""
    for event in events:
        match event:
            case Creation(what=what):
                for name in ("kind", "name", "code", "category", "parent"):
                    yield what.id, name, None, getattr(what, name, None)
                yield what.id, tracks.LIFE, None, what
                if getattr(what, "hierarchy", tracks.MAIN) != tracks.MAIN:
                    yield what.id, tracks.parent_track(what.hierarchy), None, what.parent  # type: ignore[union-attr]
            case Closure(subject=subject):
                yield subject, tracks.LIFE, None, None
            case Change():
                yield event.subject, event.track, event.slot, event.value
            case Succession():
                yield from _keys([*map(Creation, event.created), *event.changes])
                yield from ((old, tracks.LIFE, None, None) for old in event.ended)


def _differences(before: Facts, after: Facts) -> Iterator[tuple[str, tuple[str, Any], Any, Any]]:
    for subject in before.keys() | after.keys():
        was, now = before.get(subject, {}), after.get(subject, {})
        for key in was.keys() | now.keys():
            if was.get(key) != now.get(key):
                yield subject, key, was.get(key), now.get(key)


@law(
    "K4",
    "every value that is another since something was learned late, besides what that says itself, is told among the "
    "consequences, with the act that it follows from; and nothing else is",
    "history",
    "the facts of a unit that the late act began or ended, which end or begin with it",
)
def _k4(case: Case) -> None:
    found = _learned(case)
    after, before = _stands(found), found.history
    entry = after.log[-1]
    told = entry.consequences()
    own = {(s, t) for s, t, _, _ in _keys(after.act(found.late.id).events)}
    begun = {s for s, t in own if t == tracks.LIFE}
    known = {act.id for act in (*after.acts, *before.acts)} - {found.late.id}
    days = sorted({*after.days(), *(day + ONE_DAY for day in after.days())})
    for day in days:
        rows = {(c.subject, c.track, c.slot): c for c in told if c.start <= day and (c.end is None or day < c.end)}
        was, now = before.at(day).facts(), after.at(day).facts()
        for subject, key, old, new in _differences(was, now):
            row = rows.pop((subject, *key), None)
            if row is not None:
                if (_shown(row.before), _shown(row.after)) != (_shown(old), _shown(new)):
                    broken(f"{row}: on {day} it was {old!r} and is {new!r} ({said(found)})")
                if row.act not in known:
                    broken(f"{row}: there is no act {row.act!r} ({said(found)})")
            elif (subject, key[0]) not in own and subject not in begun:
                broken(f"{day}: {key[0]} of {subject!r} was {old!r}, is {new!r}, and nobody is told ({said(found)})")
        for row in rows.values():
            broken(f"{row}: on {day} it is what it was ({said(found)})")


def _shown(value: Any) -> Any:
    return None if value == ROOT else value


@law(
    "K5",
    "whoever is not touched by what is learned late, or by a decision that comes out otherwise, keeps every fact with "
    "its days and its act; what a decision made before keeps its id",
    "history",
)
def _k5(case: Case) -> None:
    found = _learned(case)
    after, before = _stands(found), found.history
    touched = {subject for subject, *_ in _keys(after.act(found.late.id).events)}
    for act in after.log[-1].remade:
        for now, then in zip(act.resolved, before.act(act.id).resolved, strict=True):
            made, was = (
                sorted(s for s, t, _, v in _keys(e) if t == tracks.LIFE and v is not None) for e in (now, then)
            )
            if len(made) == len(was):
                same(made, was, f"what a step of {act.id!r} made ({said(found)})")
        for events in (act.events, before.act(act.id).events):
            touched |= {subject for subject, *_ in _keys(events)}
    for unit in before.units_ever():
        if unit in touched:
            continue
        rows = [_row(fact) for fact in before.biography(unit)]
        same([_row(fact) for fact in after.biography(unit)], rows, f"the biography of {unit!r} ({said(found)})")


def _row(fact: Any) -> tuple[Any, ...]:
    return fact.track, fact.slot, fact.value, fact.start, fact.end, fact.act.id


@law("K6", "what was known before something was learned late stays known as it was, byte for byte", "history")
def _k6(case: Case) -> None:
    found = _learned(case)
    after, before = _stands(found), found.history
    then = after.as_recorded(len(before.log))
    if then != before:
        broken(f"the history as it was recorded is another ({said(found)})")
    same(jsonl.dumps(then), jsonl.dumps(before), "the file of what was known")
    _alike(then, before, "as it was recorded, and before", found)


@law(
    "K7",
    "an answer counts only where the decision, without it, would ask: one that is not needed changes nothing",
    "history",
)
def _k7(case: Case) -> None:
    act = _decider(case, "asked-").act(case.history, case.day, "asked", DECIDED, most=1)
    met(act is not None)
    assert act is not None
    plain = happens(case.history, act)
    met(plain is not None)
    assert plain is not None
    structure = plain.at(case.day)
    begun = [unit for unit in structure if not case.structure.was_used(unit)]
    met(begun)
    clusters = [cluster.id for cluster in structure.clusters()]
    told = [Answer("asked", about=unit, parent=structure.root()) for unit in begun]
    told += [
        Answer("asked", about=unit, cluster=clusters[case.number(1) % len(clusters)]) for unit in begun if clusters
    ]
    told += [Answer("asked", about=c, home=begun[0]) for unit in act.operations for c in _children_of(case, unit)]
    answered = verdict(lambda: case.history.enact(act, answers=told[case.number(2) % len(told) :]))
    met(answered.history is not None)
    assert answered.history is not None
    _same_days(answered.history, plain, f"with answers that {[code(o) for o in act.operations]} does not need")


def _children_of(case: Case, operation: Any) -> tuple[str, ...]:
    unit = getattr(operation, "unit", None)
    return case.structure.children(unit) if isinstance(unit, str) and unit in case.structure else ()


def _same_days(one: History, other: History, what: str) -> None:
    for day in sorted({*one.days(), *other.days()}):
        same(one.at(day).facts(), other.at(day).facts(), f"{what}, on {day}")


@law(
    "K8",
    "a move that an outcome states counts only for a unit that still stands under a predecessor; what has left it before "
    "stays where it went",
    "history",
)
def _k8(case: Case) -> None:
    structure, day = case.structure, case.day
    pairs = [
        (unit, child) for unit in structure for child in structure.children(unit) if structure.parent(unit) is not None
    ]
    met(pairs)
    unit, child = pick(pairs, case.number(0))
    others = [
        place
        for place in structure
        if place not in (unit, child, *structure.descendants(child), *structure.descendants(unit))
        and structure.schema.allows(structure.value(child, tracks.KIND), structure.value(place, tracks.KIND), day)
    ]
    met(others)
    home = pick(others, case.number(1))
    whole = structure.unit(unit)
    new = Unit("heir", kind=whole.kind, parent=whole.parent)
    outcome = Succession([Link(unit, "heir")], [new], [Change(child, tracks.PARENT, "heir")])
    history = happens(case.history, Act("outcome", day + 2 * ONE_DAY, [outcome], SOURCE))
    met(history is not None)
    assert history is not None
    late = verdict(lambda: history.enact(Act("moved", day + ONE_DAY, [Change(child, tracks.PARENT, home)], SOURCE)))
    met(late.history is not None)
    assert late.history is not None
    same(late.history.at(day + 2 * ONE_DAY).parent(child), home, f"where {child!r} stands after the outcome")


# ---- doors


@law(
    "R1",
    "what was decided and learned is the same after a file, and after the records of its operations",
    "history",
)
def _r1(case: Case) -> None:
    found = _learned(case)
    history = found.settled.history or found.history
    met(not nameless(history))
    loaded = jsonl.loads(jsonl.dumps(history))
    if loaded != history:
        broken(f"loaded, it is another history ({said(found)})")
    _alike(loaded, history, "loaded, and before", found)
    same([act.source for act in loaded.acts], [act.source for act in history.acts], "sources, in order")
    for act in history.acts:
        for item in act.operations:
            if isinstance(item, Operation):
                same(read_decided(decided_record(item)), item, f"an operation of {act.id!r} read from its record")
    again = verdict(lambda: History.taken(_read_again(history), history.schema, history.measures, found.answers))
    plain = verdict(lambda: History.taken(_undone(history), history.schema, history.measures, found.answers))
    same(again.word, plain.word, "taken from the records of its operations")
    if again.history is not None and plain.history is not None:
        _alike(again.history, plain.history, "taken from records, and from values", found)


def _undone(history: History) -> list[Act]:
    return [evolve(act, resolved=None, on=None) for act in history.acts]


def _read(item: Any) -> Any:
    return read_decided(decided_record(item)) if isinstance(item, (Operation, Together)) else item


def _read_again(history: History) -> list[Act]:
    return [
        act if act.is_outcome else Act(act.id, act.effective, [_read(o) for o in act.operations], act.source)
        for act in _undone(history)
    ]


@law(
    "R2", "one operation is accepted by all doors or refused by all, by the same rules about the same units", "history"
)
def _r2(case: Case) -> None:
    # Drawn on an earlier day, so that its units may have ended since.
    decider = _decider(case, "door-")
    history = grown(case.history, random.Random(bytes(case.dice)), 1 + case.number(2) % 2)
    last = history.last_day
    assert last is not None
    old = decider.act(case.history, case.day, "door", DECIDED, most=1)
    met(old is not None)
    assert old is not None
    operation = old.operations[0]
    assert isinstance(operation, Operation)
    act = Act("door", last, [operation], SOURCE)
    read = Act("door", last, [read_decided(decided_record(operation))], SOURCE)

    def drafted() -> History:
        with history.draft(last, SOURCE, act_id="door") as draft:
            draft.do(operation)
        return history.enact(draft)

    doors = {
        "enact": verdict(lambda: history.enact(act)),
        "the record": verdict(lambda: history.enact(read)),
        "a draft": verdict(drafted),
        "a scenario": verdict(lambda: Scenario("s", history).add(act).history),
    }
    if doors["a draft"].history is not None:
        with history.draft(last, SOURCE, act_id="door") as draft:
            draft.do(operation)
        shown, then = history.preview(draft).facts(), doors["a draft"].history.at(last).facts()
        same(shown, then, f"a preview of {code(operation)}")
    expected = doors["enact"]
    for name, told in doors.items():
        if told.word != expected.word or _rules(told.error) != _rules(expected.error):
            broken(
                f"{code(operation)}: enacted it {expected.word} ({expected.error}), by {name} it {told.word} ({told.error})"
            )
        if told.history is not None and expected.history is not None and not told.history.same_facts(expected.history):
            broken(f"{code(operation)}: by {name} it comes to something else than enacted")


def _rules(error: Refused | OrgmodelError | None) -> set[tuple[str, tuple[str, ...]]]:
    return {(finding.rule, finding.units) for finding in getattr(error, "findings", ())}


# ---- frame: what a merger leaves alone


@law(
    "F1",
    "who takes no part in a merger keeps every fact; children of members keep all but their parent",
    "rule",
    "agencies that merge with their counterparts; roles and memberships of those that end",
)
def _f1(case: Case) -> None:
    made = case.merger
    before, after = made.before.facts(), made.after.facts()
    part = {*made.members, *made.news}
    for event in made.act.events:
        if isinstance(event, Succession):
            part |= {unit for link in event.links for unit in (link.old, link.new)}
    below = {
        c
        for unit in part
        if unit in made.before
        for h in made.before.hierarchies
        for c in made.before.children(unit, h)
    }
    for subject, held in before.items():
        if subject in part:
            continue
        now = after.get(subject)
        if now is None:
            broken(f"{subject!r} takes no part in the merger of {list(made.members)}, and is gone")
        for key in held.keys() | now.keys():
            old, new = held.get(key), now.get(key)
            if old == new or (tracks.is_parent(key[0]) and subject in below):
                continue
            # Only what refers to somebody who took part may change with him.
            if tracks.refers_to_subject(key[0]) and {old, new} & part:
                continue
            broken(f"{key[0]} of {subject!r}, which takes no part, was {old!r} and is {new!r}")


@law(
    "F2",
    "the links of a merger are whole and come from its members; the new unit has of clusters, offices and figures only "
    "what a member had",
    "rule",
    "names and codes, which the rule may give",
)
def _f2(case: Case) -> None:
    made = case.merger
    new = made.new
    links = [link for event in made.act.events if isinstance(event, Succession) for link in event.links]
    for link in links:
        if link.new == new and (link.old not in {*made.members, new} or link.extent != "whole"):
            broken(f"the link {link} is no whole one from a member of {list(made.members)}")
    had = [made.before.facts()[member] for member in made.members]
    for (track, slot), value in made.after.facts()[new].items():
        held = [facts[track, slot] for facts in had if (track, slot) in facts]
        any_slot = [v for facts in had for (t, _), v in facts.items() if t == track]
        if tracks.is_member(track) and value not in any_slot:
            broken(f"{new!r} is in the cluster {value!r}, in which no member was")
        if track == tracks.OFFICE and value not in any_slot:
            broken(f"{value!r} holds an office in {new!r} and held none in a member")
        # That it is not known may be said of what nobody stated.
        if tracks.is_measure(track) and not held and not (isinstance(value, Quantity) and not value.is_known):
            broken(f"{new!r} states {track} {slot}: {value!r}, and no member stated any")


@law("F3", "what holds on the day of a merger holds a month later, if no act says otherwise", "rule")
def _f3(case: Case) -> None:
    made = case.merger
    day = made.act.effective
    ends = {change.until for act in made.history.acts for change in _changes(act.events) if change.until is not None}
    later = day + MONTH
    met(not any(day < end <= later for end in ends))
    same(made.history.at(later).facts(), made.after.facts(), f"a month after the merger of {list(made.members)}")
    for act in made.history.acts:
        if act.effective > day:
            broken(f"the merger of {list(made.members)} left the act {act} behind it")


@law(
    "F4",
    "a rule that refuses some members refuses them in every order and under other names, and nothing else is refused",
    "rule",
    "rules that break ties by id",
)
def _f4(case: Case) -> None:
    members = case.members
    units = sorted(case.history.units_ever())
    names = {unit: f"z{len(units) - i:03}" for i, unit in enumerate(units)}
    acts = [Act(a.id, a.effective, [renamed(e, names) for e in a.events], a.source) for a in case.acts]
    other = History(case.history.schema, case.history.measures).enact(*acts)
    expected = _is_refused(case, case.history, members)
    for turned in (members[::-1], (*members[1:], members[0])):
        if _is_refused(case, case.history, turned) != expected:
            broken(f"{list(members)} is {_word(expected)}, {list(turned)} is not")
    if _is_refused(case, other, tuple(names[member] for member in members)) != expected:
        broken(f"{list(members)} is {_word(expected)}, with other ids it is not")


def _is_refused(case: Case, history: History, members: tuple[str, ...]) -> bool:
    try:
        tuple(case.kit.rule(history.at(case.day), members, case.day, SOURCE))
    except Refused:
        return True
    return False


def _word(refused: bool) -> str:
    return "refused" if refused else "accepted"


def _changes(events: Iterable[Event]) -> Iterator[Change]:
    for event in events:
        if isinstance(event, Change):
            yield event
        elif isinstance(event, Succession):
            yield from event.changes
