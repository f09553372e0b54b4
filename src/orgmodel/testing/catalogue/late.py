"""The laws of what is learned late (K) and of doors (R).

The laws K are judged on a history that goes on by decisions, verbs as values, drawn from the numbers of the case: see
:mod:`orgmodel.testing.decisions`. What K1 compares with is plain: the decisions taken in order of time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.acts.forms import arguments_of, decided_record, operation_record, read_decided, read_operation
from orgmodel.acts.operation import Operation, Together
from orgmodel.acts.operations import BreakDown, Close, Create, Merge
from orgmodel.errors import Answer, OrgmodelError, Refused
from orgmodel.history.history import History, history_of
from orgmodel.history.operation_keys import keyed
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.selection import select
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import case_of, enacted, holds_on, nameless, same_days
from orgmodel.testing.decisions import (
    DECIDED,
    FACTS,
    LATE,
    Decider,
    Learned,
    Verdict,
    bare,
    early,
    grown,
    learned,
    undecided,
    verdict,
)
from orgmodel.testing.law import SOURCE, Case, broken, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.reproduce import code
from orgmodel.testing.twin import Facts

__all__ = ["drafted_on", "law"]

law: Final = Family()


def _learned(case: Case) -> Learned:
    """What is learned late in a case.

    Raises:
        NotMet: nothing was found.
    """
    return needed(case.learned)


def _stands(learning: Learned) -> History:
    """The history with what was learned late.

    Raises:
        NotMet: it was refused.
    """
    return needed(learning.settled.history)


def said(learning: Learned) -> str:
    """The decisions of a history and what is learned late, as a reader can follow them."""
    decided = [act for act in learning.history.acts if not act.is_outcome]
    lines = ["decided:", *(f"  {line}" for act in decided for line in _act_lines(act))]
    lines += ["learned late:", *(f"  {line}" for line in _act_lines(learning.late))]
    lines += ["answered:", *(f"  {answer}" for answer in learning.answers)] if learning.answers else []
    return "\n".join(lines)


def _act_lines(act: Act) -> Iterator[str]:
    yield f"{act.id} on {act.effective}:"
    yield from (f"    {code(item)}" for item, _ in act.steps)


def _alike(first: History, second: History, label: str, learning: Learned) -> None:
    """Two histories have the same facts on all days, and the same links."""
    days = sorted({*first.days(), *second.days()})
    days += [day + ONE_DAY for day in days]
    for day in sorted(days):
        first_facts, second_facts = first.at(day).facts(), second.at(day).facts()
        if first_facts != second_facts:
            same(first_facts, second_facts, f"{label}, on {day} ({said(learning)})")
    if not first.same_facts(second):
        broken(f"{label}: the days between or the links differ ({said(learning)})")


@law(
    "K1",
    "what is learned late gives what knowing it early would have given: it is refused or asks where that would, and "
    "with all questions answered gives the same",
    "history",
    "several late acts of one day: their order is data",
)
def k1(case: Case) -> None:
    _late_as_early(_learned(case))
    _asked_at_once(case)
    # Operations skip what no unit has, so that the first fact of its sort is read by none.
    draw, number = random.Random(bytes(case.dice)), case.number(4)
    first = learned(bare(case.structure), draw, 1 + number % 2, 8 * (number // 8), "first ", FACTS)
    if first is not None:
        _late_as_early(first)


def _late_as_early(learning: Learned) -> None:
    """Require of what is learned late that it comes to what it would have come to, and that it asks the same."""
    _early(learning.history, learning.late, (), learning.enacted, learning)
    if learning.enacted.word != "refused":
        same(learning.history.ask(learning.late), learning.enacted.questions, "what it would ask, without being made")
    if learning.answers:
        _early(learning.history, learning.late, learning.answers, learning.settled, learning)


def _asked_at_once(case: Case) -> None:
    """Several children that begin late under a unit that was divided since are asked about, each by itself."""
    # Few cases have several children that begin late under one divided unit.
    history = history_of([{"id": "top"}, {"id": "a", "parent": "top"}], day=case.day)
    divided = Act("divided", case.day + 2 * ONE_DAY, [BreakDown("a", [Unit("n"), Unit("s")])], SOURCE)
    children = ["b", "c", "d"][: 2 + case.number(2) % 2]
    late = Act("late", case.day + ONE_DAY, [Create(Unit(child), under="a") for child in children], SOURCE)
    history = history.enact(divided)
    asked = history.ask(late)
    same([question.about for question in asked], children, "children that a late act begins, asked about")
    same(asked, verdict(lambda: history.enact(late)).questions, "what it would ask, without being made")


def _early(history: History, late: Act, answers: Any, outcome: Verdict, learning: Learned) -> None:
    """Require that what is learned late comes to what it would have come to, had it been known early."""
    _same_verdict(outcome, early(history, late, answers), ("learned late", "known early"), learning)


def _same_verdict(first: Verdict, second: Verdict, labels: tuple[str, str], learning: Learned) -> None:
    """Require that two ways stand or fail together, and come to the same."""
    if (first.history is None) != (second.history is None):
        why = first.error or second.error
        broken(f"{labels[0]} it {first.word}, {labels[1]} it {second.word}: {why} ({said(learning)})")
    if first.history is not None and second.history is not None:
        _alike(first.history, second.history, ", and ".join(labels), learning)


@law(
    "K2",
    "cancelling what was learned late gives back every day, every act and every question as before, and the log keeps "
    "both; correcting it gives what the corrected act would have given",
    "history",
    "the order of what follows from one event, and of what one decision changes or closes: of units that began late it "
    "is that of recording",
)
def k2(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
    back = after.cancel(learning.late.id, reason="withdrawn")
    _alike(back, before, "cancelled, and never learned", learning)
    # The order in which an event lists what follows is one of recording, and means nothing.
    outcomes, expected = ([_unordered(act.events) for act in history.acts] for history in (back, before))
    same(outcomes, expected, "outcomes of acts")
    same(len(back.log), len(before.log) + 2, "entries of the log")
    again = Act(f"{learning.late.id} again", learning.late.effective, learning.late.operations, learning.late.source)
    _same_word(back, before, again, f"learned again after it was cancelled ({said(learning)})")
    if learning.answers:
        # An entry of its own that has answers too, which stay when those of the other are withdrawn.
        top, last = before.at(before.last_day).root(), needed(before.last_day)
        more = Act("answered too", last, [Change(top, tracks.NAME, "Answered")], SOURCE)
        both = after.enact(more, answers=[Answer(more.id, about=top, parent=top)])
        back = both.cancel(learning.late.id, reason="withdrawn")
        label = f"learned again, when the answers to it were withdrawn ({said(learning)})"
        _same_word(back, before.enact(more), again, label)
    other = _decider(case, "other-").act(before, learning.late.effective, learning.late.id, LATE)
    if other is not None and not other.decides_as(learning.late):
        corrected = verdict(lambda: after.correct(learning.late.id, other, reason="a slip"))
        # The answers stay valid, as they belong to the entry that gave them. Derived ids follow the keys of operations,
        # and in a corrected act each new operation gets the next free key.
        _early(before, keyed(other, learning.late), learning.answers, corrected, evolve(learning, late=other))


def _same_word(history: History, other: History, act: Act, label: str) -> None:
    """Require that an act stands, asks or is refused on both of two histories."""
    same(verdict(lambda: history.enact(act)).word, verdict(lambda: other.enact(act)).word, label)


def _unordered(events: Iterable[Event]) -> list[Event]:
    """The events, with the changes of a succession, and changes or closures that follow each other, in one order."""
    ordered: list[Event] = []
    for kind, run in groupby(events, type):
        if kind is Change or kind is Closure:
            # Stable: what changes the same thing twice keeps its order.
            ordered += sorted(run, key=_subject)
        else:
            ordered += [evolve(e, changes=sorted(e.changes, key=repr)) if isinstance(e, Succession) else e for e in run]
    return ordered


def _subject(event: Event) -> tuple[str, str]:
    """What a change or closure is about."""
    match event:
        case Change():
            return event.subject, event.track
        case Closure():
            return event.subject, ""
    return "", ""


def _decider(case: Case, prefix: str) -> Decider:
    return Decider(random.Random(bytes(case.dice[::-1])), prefix)


@law("K3", "a scenario put on another baseline is what drafting it there gives", "history")
def k3(case: Case) -> None:
    base, decider = case.history, _decider(case, "onto-")
    trial = grown(base, random.Random(bytes(case.dice)), 2)
    base_ids = {act.id for act in base.acts}
    acts = [act for act in trial.acts if act.id not in base_ids]
    met(acts)
    late = needed(decider.act(base, case.day, "onto", LATE))
    onto = needed(happens(base, late))
    moved = verdict(lambda: Scenario("trial", base, acts).rebase(onto).history)
    drafted = verdict(lambda: drafted_on(onto, acts))
    _same_verdict(moved, drafted, ("rebased", "drafted there"), Learned(trial, late, moved, (), moved))
    met(moved.history is not None)


def drafted_on(history: History, acts: Iterable[Act]) -> History:
    """A history that goes on by acts drafted anew on it, operation by operation."""
    for act in acts:
        with history.draft(act.effective, act.source, act_id=act.id) as draft:
            for item, _ in act.steps:
                draft.do(item) if isinstance(item, Operation) else draft.add(item)
        history = history.enact(draft)
    return history


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
    "every value that is another since something was learned late, besides what that says itself, is listed among the "
    "consequences, with the act that it follows from; and nothing else is",
    "history",
    "the facts of a unit that the late act began or ended, which end or begin with it",
)
def k4(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
    consequences = after.log[-1].consequences()
    acts = {act.id for act in (*after.acts, *before.acts)} - {learning.late.id}
    unknown = [str(c) for c in consequences if c.act not in acts]
    same(unknown, [], f"consequences that name no act ({said(learning)})")
    own = {(subject, track) for subject, track, _, _ in _keys(after.act(learning.late.id).events)}
    begun = {subject for subject, track in own if track == tracks.LIFE}
    for day in sorted({*after.days(), *(day + ONE_DAY for day in after.days())}):
        rows = {
            (c.subject, c.track, c.slot): (_shown(c.before), _shown(c.after))
            for c in consequences
            if holds_on(day, c.start, c.end)
        }
        differing = {
            (subject, *key): (_shown(old), _shown(new))
            for subject, key, old, new in _differences(before.at(day).facts(), after.at(day).facts())
        }
        # What the late act says itself may be listed or not.
        expected = {
            key: values
            for key, values in differing.items()
            if key in rows or (key[:2] not in own and key[0] not in begun)
        }
        if rows != expected:
            same(rows, expected, f"consequences on {day} ({said(learning)})")


def _shown(value: Any) -> Any:
    return None if value == ROOT else value


@law(
    "K5",
    "whoever is not touched by what is learned late, or by a decision that comes out otherwise, keeps every fact with "
    "its days and its act; what a decision made before keeps its id",
    "history",
)
def k5(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
    touched = {subject for subject, *_ in _keys(after.act(learning.late.id).events)}
    for act in after.log[-1].remade:
        was = before.act(act.id)
        touched |= {subject for subject, *_ in _keys([*act.events, *was.events])}
        for now, then in zip(act.resolved, was.resolved, strict=True):
            begun_now, begun_then = (
                sorted(s for s, track, _, value in _keys(events) if track == tracks.LIFE and value is not None)
                for events in (now, then)
            )
            if len(begun_now) == len(begun_then):
                same(begun_now, begun_then, f"what a step of {act.id!r} made ({said(learning)})")
    for unit in set(before.units_ever()) - touched:
        rows, expected = ([_row(fact) for fact in history.biography(unit)] for history in (after, before))
        same(rows, expected, f"the biography of {unit!r} ({said(learning)})")
    _derived_ids_stay(case)


def _derived_ids_stay(case: Case) -> None:
    """Require that mergers of selected units keep the ids that they derived, when other units are selected since."""
    # Few drawn cases learn late who is selected: it takes some hundreds to meet one.
    rows = [{"id": "top"}, *({"id": unit, "parent": "top", "kind": unit[0]} for unit in ("p1", "p2", "p3", "q1", "q2"))]
    mergers = [Merge([select(kind=kind)]) for kind in "pq"]
    before = history_of(rows, day=case.day).enact(Act("mergers", case.day + 2 * ONE_DAY, mergers, SOURCE))
    learned_late = pick([Create(Unit("p4", kind="p"), under="top"), Close("p3")], case.number(3))
    after = before.enact(Act("late", case.day + ONE_DAY, [learned_late], SOURCE))
    living, living_before = (list(history.at(history.last_day)) for history in (after, before))
    same(living, living_before, f"units after the mergers {code(mergers)}, since {code(learned_late)} was learned late")


def _row(fact: Any) -> tuple[Any, ...]:
    return fact.track, fact.slot, fact.value, fact.start, fact.end, fact.act.id


@law("K6", "what was known before something was learned late stays known as it was, byte for byte", "history")
def k6(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
    # By its entries: the clock of a test does not tell them apart.
    then = after.as_recorded(len(before.log))
    if then != before:
        broken(f"the history as it was recorded is another ({said(learning)})")
    same(jsonl.dumps(then), jsonl.dumps(before), "the file of what was known")
    _alike(then, before, "as it was recorded, and before", learning)


@law(
    "K7",
    "an answer counts only where the decision, without it, would ask: one that is not needed changes nothing",
    "history",
)
def k7(case: Case) -> None:
    act = needed(_decider(case, "asked-").act(case.history, case.day, "asked", DECIDED, most=1))
    plain = needed(happens(case.history, act))
    structure = plain.at(case.day)
    begun = [unit for unit in structure if not case.structure.was_used(unit)]
    met(begun)
    clusters = [cluster.id for cluster in structure.clusters()]
    answers = [Answer("asked", about=unit, parent=structure.root()) for unit in begun]
    answers += [Answer("asked", about=unit, cluster=pick(clusters, case.number(1))) for unit in begun if clusters]
    named = [unit for operation in act.operations if isinstance(unit := getattr(operation, "unit", None), str)]
    children = [child for unit in named if unit in case.structure for child in case.structure.children(unit)]
    answers += [Answer("asked", about=child, home=begun[0]) for child in children]
    answered = verdict(lambda: case.history.enact(act, answers=answers[case.number(2) % len(answers) :]))
    longer = needed(answered.history)
    label = f"with answers that {[code(operation) for operation in act.operations]} does not need"
    same_days(longer, case_of(plain, case), label, {*plain.days(), *longer.days()})


@law(
    "K8",
    "a move that an outcome states counts only for a unit that still stands under a predecessor; what has left it before "
    "stays where it went",
    "history",
)
def k8(case: Case) -> None:
    structure, schema, day = case.structure, case.structure.schema, case.day
    inner = [unit for unit in structure if structure.parent(unit) is not None]
    pairs = [(unit, child) for unit in inner for child in structure.children(unit)]
    met(pairs)
    unit, child = pick(pairs, case.number(0))
    below = {unit, *structure.descendants(unit)}
    kind = structure.value(child, tracks.KIND)
    others = [u for u in structure if u not in below and schema.allows(kind, structure.value(u, tracks.KIND), day)]
    met(others)
    home, predecessor = pick(others, case.number(1)), structure.unit(unit)
    new = Unit("heir", kind=predecessor.kind, parent=predecessor.parent)
    outcome = Succession([Link(unit, "heir")], [new], [Change(child, tracks.PARENT, "heir")])
    history = enacted(case, [outcome], "outcome", day + 2 * ONE_DAY)
    late = happens(history, Act("moved", day + ONE_DAY, [Change(child, tracks.PARENT, home)], SOURCE))
    same(needed(late).at(day + 2 * ONE_DAY).parent(child), home, f"where {child!r} stands after the outcome")


@law(
    "R1",
    "what was decided and learned is the same after a file, and after the records of its operations",
    "history",
)
def r1(case: Case) -> None:
    learning = _learned(case)
    history = learning.settled.history or learning.history
    met(not nameless(history))
    loaded = jsonl.loads(jsonl.dumps(history))
    if loaded != history:
        broken(f"loaded, it is another history ({said(learning)})")
    _alike(loaded, history, "loaded, and before", learning)
    same([act.source for act in loaded.acts], [act.source for act in history.acts], "sources, in order")
    items = [item for act in history.acts for item in act.operations if isinstance(item, Operation)]
    same([_read(item) for item in items], items, "operations, read from their records")
    for item in {type(item): item for item in items}.values():
        _refuses_misfits(item)
    decided = undecided(history)
    read = [
        act if act.is_outcome else Act(act.id, act.effective, map(_read, act.operations), act.source) for act in decided
    ]
    again, plain = (
        verdict(lambda acts=acts: History.taken(acts, history.schema, history.measures, learning.answers))  # type: ignore[misc]
        for acts in (read, decided)
    )
    _same_verdict(again, plain, ("taken from records", "from values"), learning)


def _read(item: Any) -> Any:
    return read_decided(decided_record(item)) if isinstance(item, (Operation, Together)) else item


def _refuses_misfits(operation: Operation[Any]) -> None:
    """Require that the record of an operation is refused without an argument that it needs, and with one it has not."""
    record = operation_record(operation)
    lacking = [
        {key: value for key, value in record.items() if key != name} for name in arguments_of(type(operation))[0]
    ]
    for misfit in (*lacking, {**record, "misspelt": 1}):
        try:
            read_operation(misfit)
        except Refused:
            continue
        broken(f"{misfit} is read, and {record} is what it should be")


@law(
    "R2", "one operation is accepted by all doors or refused by all, by the same rules about the same units", "history"
)
def r2(case: Case) -> None:
    # Drawn for an earlier day, so that some of its units may have ended since.
    decider = _decider(case, "door-")
    history = grown(case.history, random.Random(bytes(case.dice)), 1 + case.number(2) % 2)
    last = needed(history.last_day)
    operation = needed(decider.act(case.history, case.day, "door", DECIDED, most=1)).operations[0]
    assert isinstance(operation, Operation)
    act = Act("door", last, [operation], SOURCE)
    with_record = Act("door", last, [_read(operation)], SOURCE)

    def drafted() -> Draft:
        with history.draft(last, SOURCE, act_id="door") as draft:
            draft.do(operation)
        return draft

    doors = {
        "the record": verdict(lambda: history.enact(with_record)),
        "a draft": verdict(lambda: history.enact(drafted())),
        "a scenario": verdict(lambda: Scenario("s", history).add(act).history),
    }
    shown = doors["a draft"].history
    if shown is not None:
        same(history.preview(drafted()).facts(), shown.at(last).facts(), f"a preview of {code(operation)}")
    expected = verdict(lambda: history.enact(act))
    for name, outcome in doors.items():
        if outcome.word != expected.word or _rules(outcome.error) != _rules(expected.error):
            broken(
                f"{code(operation)}: enacted it {expected.word} ({expected.error}), "
                f"by {name} it {outcome.word} ({outcome.error})"
            )
        longer = outcome.history
        if longer is not None and expected.history is not None and not longer.same_facts(expected.history):
            broken(f"{code(operation)}: by {name} it comes to something else than enacted")


def _rules(error: Refused | OrgmodelError | None) -> set[tuple[str, tuple[str, ...]]]:
    return {(finding.rule, finding.units) for finding in getattr(error, "findings", ())}
