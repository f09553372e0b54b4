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
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.acts.forms import decided_record, read_decided
from orgmodel.acts.operation import Operation, Together
from orgmodel.acts.operations import BreakDown, Create
from orgmodel.errors import Answer, OrgmodelError, Refused
from orgmodel.history.anew import keyed
from orgmodel.history.history import History, history_of
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY
from orgmodel.scenario.scenario import Scenario
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import nameless
from orgmodel.testing.decisions import DECIDED, LATE, Decider, Learned, Verdict, early, grown, verdict
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
    learning = _learned(case)
    _early(learning.history, learning.late, (), learning.told, learning)
    if learning.told.word != "refused":
        same(learning.history.ask(learning.late), learning.told.questions, "what it would ask, without being made")
    if learning.answers:
        _early(learning.history, learning.late, learning.answers, learning.settled, learning)
    _asked_at_once(case)


def _asked_at_once(case: Case) -> None:
    """Several children that begin late under a unit that was divided since are asked about, each by itself."""
    history = history_of([{"id": "top"}, {"id": "a", "parent": "top"}], day=case.day)
    divided = Act("divided", case.day + 2 * ONE_DAY, [BreakDown("a", [Unit("n"), Unit("s")])], SOURCE)
    children = ["b", "c", "d"][: 2 + case.number(2) % 2]
    late = Act("late", case.day + ONE_DAY, [Create(Unit(child), under="a") for child in children], SOURCE)
    history = history.enact(divided)
    asked = history.ask(late)
    same([question.about for question in asked], children, "children that a late act begins, asked about")
    same(asked, verdict(lambda: history.enact(late)).questions, "what it would ask, without being made")


def _early(history: History, late: Act, answers: Any, outcome: Verdict, learning: Learned) -> None:
    expected = early(history, late, answers)
    if (outcome.history is None) != (expected.history is None):
        why = outcome.error or expected.error
        broken(f"late it {outcome.word}, early it {expected.word}: {why} ({said(learning)})")
    if outcome.history is not None and expected.history is not None:
        _alike(outcome.history, expected.history, "learned late, and known early", learning)


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
    same(
        [_unordered(act.events) for act in back.acts],
        [_unordered(act.events) for act in before.acts],
        "outcomes of acts",
    )
    same(len(back.log), len(before.log) + 2, "entries of the log")
    again = _renamed(learning.late)
    same(
        verdict(lambda: back.enact(again)).word,
        verdict(lambda: before.enact(again)).word,
        f"learned again after it was cancelled ({said(learning)})",
    )
    if learning.answers:
        # An entry of its own that has answers too, which stay when those of the other are withdrawn.
        top, last = before.at(before.last_day).root(), needed(before.last_day)
        more = Act("answered too", last, [Change(top, tracks.NAME, "Answered")], SOURCE)
        both = after.enact(more, answers=[Answer(more.id, about=top, parent=top)])
        back = both.cancel(learning.late.id, reason="withdrawn")
        same(
            verdict(lambda: back.enact(again)).word,
            verdict(lambda: before.enact(more).enact(again)).word,
            f"learned again, when the answers to it were withdrawn ({said(learning)})",
        )
    other = _decider(case, "other-").act(before, learning.late.effective, learning.late.id, LATE)
    if other is not None and not other.decides_as(learning.late):
        corrected = verdict(lambda: after.correct(learning.late.id, other, reason="a slip"))
        # The answers stay valid, as they belong to the entry that gave them. Derived ids follow the keys of operations,
        # and in a corrected act each new operation gets the next free key.
        _early(before, keyed(other, learning.late), learning.answers, corrected, evolve(learning, late=other))


def _unordered(events: Iterable[Event]) -> list[Event]:
    """The events, with the changes of a succession, and changes or closures that follow each other, in one order."""
    ordered: list[Event] = []
    for kind, run in groupby(events, type):
        if kind is Change or kind is Closure:
            # Stable: what changes the same thing twice keeps its order.
            ordered += sorted(run, key=_subject)
        else:
            ordered += [
                evolve(event, changes=sorted(event.changes, key=repr)) if isinstance(event, Succession) else event
                for event in run
            ]
    return ordered


def _subject(event: Event) -> tuple[str, str]:
    """What a change or closure is about."""
    match event:
        case Change():
            return event.subject, event.track
        case Closure():
            return event.subject, ""
    return "", ""


def _renamed(act: Act) -> Act:
    return Act(f"{act.id} again", act.effective, act.operations, act.source)


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
    learning = Learned(trial, late, moved, (), moved)
    if (moved.history is None) != (drafted.history is None):
        why = moved.error or drafted.error
        broken(f"rebased it {moved.word}, drafted there it {drafted.word}: {why} ({said(learning)})")
    _alike(needed(moved.history), needed(drafted.history), "rebased, and drafted there", learning)


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
    "every value that is another since something was learned late, besides what that says itself, is told among the "
    "consequences, with the act that it follows from; and nothing else is",
    "history",
    "the facts of a unit that the late act began or ended, which end or begin with it",
)
def k4(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
    entry = after.log[-1]
    consequences = entry.consequences()
    own = {(s, t) for s, t, _, _ in _keys(after.act(learning.late.id).events)}
    begun = {s for s, t in own if t == tracks.LIFE}
    known = {act.id for act in (*after.acts, *before.acts)} - {learning.late.id}
    days = sorted({*after.days(), *(day + ONE_DAY for day in after.days())})
    for day in days:
        rows = {
            (c.subject, c.track, c.slot): c for c in consequences if c.start <= day and (c.end is None or day < c.end)
        }
        was, now = before.at(day).facts(), after.at(day).facts()
        for subject, key, old, new in _differences(was, now):
            row = rows.pop((subject, *key), None)
            if row is not None:
                if (_shown(row.before), _shown(row.after)) != (_shown(old), _shown(new)):
                    broken(f"{row}: on {day} it was {old!r} and is {new!r} ({said(learning)})")
                if row.act not in known:
                    broken(f"{row}: there is no act {row.act!r} ({said(learning)})")
            elif (subject, key[0]) not in own and subject not in begun:
                broken(f"{day}: {key[0]} of {subject!r} was {old!r}, is {new!r}, and nobody is told ({said(learning)})")
        for row in rows.values():
            broken(f"{row}: on {day} it is what it was ({said(learning)})")


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
        for now, then in zip(act.resolved, before.act(act.id).resolved, strict=True):
            begun_now, begun_before = (
                sorted(s for s, t, _, v in _keys(e) if t == tracks.LIFE and v is not None) for e in (now, then)
            )
            if len(begun_now) == len(begun_before):
                same(begun_now, begun_before, f"what a step of {act.id!r} made ({said(learning)})")
        for events in (act.events, before.act(act.id).events):
            touched |= {subject for subject, *_ in _keys(events)}
    for unit in before.units_ever():
        if unit in touched:
            continue
        rows = [_row(fact) for fact in before.biography(unit)]
        same([_row(fact) for fact in after.biography(unit)], rows, f"the biography of {unit!r} ({said(learning)})")


def _row(fact: Any) -> tuple[Any, ...]:
    return fact.track, fact.slot, fact.value, fact.start, fact.end, fact.act.id


@law("K6", "what was known before something was learned late stays known as it was, byte for byte", "history")
def k6(case: Case) -> None:
    learning = _learned(case)
    after, before = _stands(learning), learning.history
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
    answers += [
        Answer("asked", about=unit, cluster=clusters[case.number(1) % len(clusters)]) for unit in begun if clusters
    ]
    answers += [Answer("asked", about=c, home=begun[0]) for unit in act.operations for c in _children_of(case, unit)]
    answered = verdict(lambda: case.history.enact(act, answers=answers[case.number(2) % len(answers) :]))
    _same_days(needed(answered.history), plain, f"with answers that {[code(o) for o in act.operations]} does not need")


def _children_of(case: Case, operation: Any) -> tuple[str, ...]:
    unit = getattr(operation, "unit", None)
    return case.structure.children(unit) if isinstance(unit, str) and unit in case.structure else ()


def _same_days(first: History, second: History, label: str) -> None:
    for day in sorted({*first.days(), *second.days()}):
        same(first.at(day).facts(), second.at(day).facts(), f"{label}, on {day}")


@law(
    "K8",
    "a move that an outcome states counts only for a unit that still stands under a predecessor; what has left it before "
    "stays where it went",
    "history",
)
def k8(case: Case) -> None:
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
    predecessor = structure.unit(unit)
    new = Unit("heir", kind=predecessor.kind, parent=predecessor.parent)
    outcome = Succession([Link(unit, "heir")], [new], [Change(child, tracks.PARENT, "heir")])
    history = needed(happens(case.history, Act("outcome", day + 2 * ONE_DAY, [outcome], SOURCE)))
    late = verdict(lambda: history.enact(Act("moved", day + ONE_DAY, [Change(child, tracks.PARENT, home)], SOURCE)))
    same(needed(late.history).at(day + 2 * ONE_DAY).parent(child), home, f"where {child!r} stands after the outcome")


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
    for act in history.acts:
        for item in act.operations:
            if isinstance(item, Operation):
                same(read_decided(decided_record(item)), item, f"an operation of {act.id!r} read from its record")
    again = verdict(lambda: History.taken(_read_again(history), history.schema, history.measures, learning.answers))
    plain = verdict(lambda: History.taken(_undone(history), history.schema, history.measures, learning.answers))
    same(again.word, plain.word, "taken from the records of its operations")
    if again.history is not None and plain.history is not None:
        _alike(again.history, plain.history, "taken from records, and from values", learning)


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
def r2(case: Case) -> None:
    # Drawn for an earlier day, so that some of its units may have ended since.
    decider = _decider(case, "door-")
    history = grown(case.history, random.Random(bytes(case.dice)), 1 + case.number(2) % 2)
    last = history.last_day
    assert last is not None
    old = needed(decider.act(case.history, case.day, "door", DECIDED, most=1))
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
    for name, outcome in doors.items():
        if outcome.word != expected.word or _rules(outcome.error) != _rules(expected.error):
            broken(
                f"{code(operation)}: enacted it {expected.word} ({expected.error}), "
                f"by {name} it {outcome.word} ({outcome.error})"
            )
        if (
            outcome.history is not None
            and expected.history is not None
            and not outcome.history.same_facts(expected.history)
        ):
            broken(f"{code(operation)}: by {name} it comes to something else than enacted")


def _rules(error: Refused | OrgmodelError | None) -> set[tuple[str, tuple[str, ...]]]:
    return {(finding.rule, finding.units) for finding in getattr(error, "findings", ())}
