"""Faults planted in the library, each to be noticed and named by its law.

``python bench/planted_bugs.py`` plants each in turn and checks all laws, seed by seed:

    --examples 100 500   how many cases a run looks at
    --seeds 10           how many runs of each fault
    --clean 100          how many runs without any fault
    --only shares merge  only faults whose name contains one of these
    --results FILE       every run is written there as a line of JSON, and not made again if it is there
    --table              print the table of docs/reference/laws.md from --results, run nothing

A fault is *subtle* if neither a check of the tree nor of the totals on one day notices it.
It is *caught* if a law is broken and its own law is the one, or among those that the same
case breaks as well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen

import orgmodel as om
from orgmodel.acts import judge, replay
from orgmodel.acts.events import derive_id
from orgmodel.acts.judge import _Judge
from orgmodel.acts.operations import figures, transition
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.replay import Writer
from orgmodel.engine.state import Editor, State
from orgmodel.engine.tree import Sums
from orgmodel.history import anew, correspondence, diff, ground, log, straight, trace, what_followed
from orgmodel.history.clusters import _Derivation
from orgmodel.history.diff import Diff
from orgmodel.history.history import Fact, History
from orgmodel.history.lineage import Lineage
from orgmodel.io import records
from orgmodel.model import track as tracks
from orgmodel.scenario import scenario
from orgmodel.structure.structure import Structure
from orgmodel.testing import laws
from orgmodel.testing.law import LawBroken

Patch = tuple[Any, str, Any]


@frozen
class Bug:
    """A fault.

    Attributes:
        name: what is wrong.
        laws: which laws may name it.
        plant: gives (owner, attribute, what stands there instead), several if needed.
        subtle: whether neither the tree nor the totals of a day show it.
    """

    name: str
    laws: frozenset[str]
    plant: Callable[[], list[Patch]]
    subtle: bool

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The library with the fault."""
        patches = self.plant()
        before = [(owner, name, owner.__dict__[name]) for owner, name, _ in patches]
        for owner, name, new in patches:
            setattr(owner, name, new)
        try:
            yield
        finally:
            for owner, name, old in before:
                setattr(owner, name, old)


BUGS: list[Bug] = []


def bug(name: str, *its_laws: str, subtle: bool = False) -> Callable[[Callable[[], list[Patch]]], None]:
    def enter(plant: Callable[[], list[Patch]]) -> None:
        BUGS.append(Bug(name, frozenset(its_laws), plant, subtle))

    return enter


# ---- plain: the tree or the totals of a day show them


@bug("a sum of figures forgets the last one", "C1", "A6", "C4", "C5", "A2")
def _() -> list[Patch]:
    real = figures.added
    return [(transition, "added", lambda given: real(list(given)[:-1] or [om.Quantity(0)]))]


@bug("shares are cut to whole numbers and the rest is lost", "C4", "C5")
def _() -> list[Patch]:
    def cut(quantity: Any, shares: Any) -> list[Any]:
        return [om.Quantity(int(quantity.value * share)) if quantity.is_exact else quantity for share in shares]

    return [(transition, "divided", cut)]


@bug("a unit may end above live children", "E3", "S1")
def _() -> list[Patch]:
    return [(_Judge, "_leaves", lambda self, track, number, point, below, until: None)]


@bug("a unit may move below itself", "S3")
def _() -> list[Patch]:
    return [(_Judge, "_no_circle", lambda self, track, unit, span: None)]


@bug("an id may be used again", "S5")
def _() -> list[Patch]:
    return [(_Judge, "_begins_once", lambda self, subject, rows: None)]


@bug("a count may be negative", "S4")
def _() -> list[Patch]:
    return [(judge, "_figure_fault", lambda name, value, slot, measures: None)]


@bug("the schema is not asked at the end of a day", "S2")
def _() -> list[Patch]:
    return [(_Judge, "_misplaced", lambda self, *told: None)]


@bug("a total leaves out the last unit of a subtree", "C7", "T2", "M3")
def _() -> list[Patch]:
    real = Sums.totals
    return [(Sums, "totals", lambda self, subjects, amounts: real(self, subjects[:-1], amounts[:-1]))]


@bug("the child of a member that comes first stays outside", "C1", "C2", "C4", "A5", "E7")
def _() -> list[Patch]:
    real = transition.Transition._children

    def children(self: Any) -> None:
        real(self)
        homes = [c for c in self.changes if tracks.is_parent(c.track)]
        places = {self.structure.parent(old) for old in self.out}
        if homes and len(places) == 1:
            self.changes[self.changes.index(homes[0])] = evolve(homes[0], value=places.pop())

    return [(transition.Transition, "_children", children)]


@bug("unknown figures count as zero in totals", "T2", "C7", "E12")
def _() -> list[Patch]:
    real = Structure.total

    def total(self: Structure, measure: str, under: str | None = None, hierarchy: str = "main") -> Any:
        found = real(self, measure, under, hierarchy)
        return found if found.is_known or found.low is None else om.Quantity(found.low)

    return [(Structure, "total", total)]


# ---- subtle


@bug("the name of the first member is kept, whatever the others are called", "E10", "A2", subtle=True)
def _() -> list[Patch]:
    return [(transition, "_common", lambda values: next(iter(values), None))]


@bug("a new unit joins no cluster although its members were in one", "E9", subtle=True)
def _() -> list[Patch]:
    return [(transition.Transition, "_memberships", lambda self: None)]


@bug("part of a unit is linked as the whole of it", "E2", "E13", subtle=True)
def _() -> list[Patch]:
    real = Writer._link
    return [
        (Writer, "_link", lambda self, old, new, link, type_: real(self, old, new, evolve(link, extent="whole"), type_))
    ]


@bug("links lose their shares", "E2", "E13", subtle=True)
def _() -> list[Patch]:
    real = Writer._link
    return [(Writer, "_link", lambda self, old, new, link, type_: real(self, old, new, evolve(link, shares=()), type_))]


@bug("the dominant successor is forgotten", "E2", subtle=True)
def _() -> list[Patch]:
    real = Writer._link
    return [
        (Writer, "_link", lambda self, old, new, link, type_: real(self, old, new, evolve(link, dominant=False), type_))
    ]


@bug("final successors stop after one step", "E2", subtle=True)
def _() -> list[Patch]:
    real = Lineage.successors

    def successors(self: Lineage, unit: str, **how: Any) -> tuple[str, ...]:
        near = {unit, *real(self, unit, direct=True)}
        return tuple(heir for heir in real(self, unit, **how) if heir in near)

    return [(Lineage, "successors", successors)]


@bug("a write wipes out what held before it", "S1", "T1", "T3", "E1", "E6", subtle=True)
def _() -> list[Patch]:
    def write(
        self: Editor, track: str, subject: int, day: int, value: Any, act: Any, slot: Any = None, until: int = 2**31 - 1
    ) -> None:
        kept = tuple(row for row in self.rows(track, subject) if row[3] != slot)
        self.put(track, subject, (*kept, (day, day if value is None else until, value, slot, act, until, self.event)))

    return [(Editor, "write", write)]


@bug("what holds until a day holds on that day too", "E1", "T7", "E6", subtle=True)
def _() -> list[Patch]:
    real = Editor.write

    def write(
        self: Editor, track: str, subject: int, day: int, value: Any, act: Any, slot: Any = None, until: int = 2**31 - 1
    ) -> None:
        real(self, track, subject, day, value, act, slot, until if until == 2**31 - 1 else until + 1)

    return [(Editor, "write", write)]


@bug("acts of one day are replayed by their id, not in their order", "B2", "B4", "E1", "E3", "T5", "D5", subtle=True)
def _() -> list[Patch]:
    real = replay.replay

    def by_id(state: Any, acts: Any, *more: Any) -> Any:
        return real(state, sorted(acts, key=lambda act: (act.effective, act.id)), *more)

    from orgmodel.history import history

    return [(history, "replay", by_id)]


@bug("an earlier state of knowledge forgets corrections and cancellations only", "B1", "B2", subtle=True)
def _() -> list[Patch]:
    real = History.as_recorded

    def as_recorded(self: History, until: Any) -> Any:
        found = real(self, until)
        later = self.log[len(found.log) :]
        return self if later and all(entry.amends for entry in later) else found

    return [(History, "as_recorded", as_recorded)]


@bug("branches share the structures they have shown", "D4", "T1", "A4", subtle=True)
def _() -> list[Patch]:
    real = History._with

    def made(self: History, *more: Any) -> Any:
        new = real(self, *more)
        new._structures = self._structures
        return new

    return [(History, "_with", made)]


@bug("enacting an act again records it again", "A4", subtle=True)
def _() -> list[Patch]:
    real = History.enact

    def enact(self: History, *acts: Any, **more: Any) -> Any:
        again = real(self, *acts, **more)
        if again is self and acts:
            return real(self, *[evolve(act, id=act.id + " again", events=()) for act in acts], **more)
        return again

    return [(History, "enact", enact)]


@bug("cancelling leaves the links of the act in lineage", "A10", "E2", "B2", "B3", subtle=True)
def _() -> list[Patch]:
    real = History.amend

    def amend(self: History, *more: Any, **named: Any) -> Any:
        found = real(self, *more, **named)
        if found is not self:
            found.__dict__["lineage"] = self.lineage
        return found

    return [(History, "amend", amend)]


@bug("a file forgets until when something holds", "D6", subtle=True)
def _() -> list[Patch]:
    real = records._change
    return [(records, "_change", lambda change: real(evolve(change, until=None)))]


@bug("a file forgets which part of a unit was dominant", "D6", subtle=True)
def _() -> list[Patch]:
    real = records._link
    return [(records, "_link", lambda link: {k: v for k, v in real(link).items() if "dominant" not in k})]


@bug("a diff tells nothing of figures", "D1", "D2", subtle=True)
def _() -> list[Patch]:
    real = Diff.differences.func  # type: ignore[attr-defined]

    def differences(self: Diff) -> Any:
        return tuple(d for d in real(self) if not d.track.startswith("measure:"))

    return [(Diff, "differences", property(differences))]


@bug("a diff does not see what changed on its last day", "D1", "D2", "T2", subtle=True)
def _() -> list[Patch]:
    real = diff.between

    def between(history: History, a: Any, b: Any) -> Diff:
        found = real(history, a, b)
        last = max(a, b)
        return Diff(a, b, tuple(d for d in found.differences if d.act is None or d.act.effective < last))

    return [(diff, "between", between)]


@bug("a diff turned round keeps the names as they are", "L7", subtle=True)
def _() -> list[Patch]:
    real = Diff.inverse

    def inverse(self: Diff) -> Diff:
        found = real.fget(self)  # type: ignore[misc]
        return Diff(found.a, found.b, tuple(d for d in found.differences if d.track != tracks.NAME))

    return [(Diff, "inverse", property(inverse))]


@bug("a biography dates facts by the day they end", "E6", subtle=True)
def _() -> list[Patch]:
    real = History.biography

    def biography(self: History, subject: str) -> tuple[Fact, ...]:
        return tuple(evolve(f, start=f.end) if f.end is not None else f for f in real(self, subject))

    return [(History, "biography", biography)]


@bug("a child that moved is forgotten on the levels above", "G1", "G3", subtle=True)
def _() -> list[Patch]:
    real = trace.Trace.__dict__["_atoms"].func

    def still(self: Any) -> Any:
        found = real(self)
        return found._replace(new=np.where(found.linked, found.new, found.old))

    kept = cached_property(still)
    kept.__set_name__(trace.Trace, "_atoms")
    return [(trace.Trace, "_atoms", kept)]


@bug("the share of one measure is taken for another", "G5", subtle=True)
def _() -> list[Patch]:
    class First(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return super().get(key, next(iter(self.values()), default))

    def pool(number: int, unit: str, bags: Any, ways: Any, shares: Any, *more: Any) -> Any:
        return real(number, unit, bags, ways, tuple(map(First, shares)), *more)

    real = ground.Pool
    return [(ground, "Pool", pool)]


@bug("a chain of successors is followed one step short", "G1", "G3", "L3", "L4", "E8", subtle=True)
def _() -> list[Patch]:
    real = straight._steps

    def short(plain: Any) -> Any:
        return {unit: step._replace(end=step.ways[0][0].new) for unit, step in real(plain).items()}

    return [(straight, "_steps", short)]


@bug("a correspondence forgets what happened on its last day", "E8", "L3", "L4", "L6", "L7", subtle=True)
def _() -> list[Patch]:
    real = correspondence.between

    def between(history: History, a: Any, b: Any, kind: str | None = None) -> Any:
        found = real(history, a, b, kind)
        table = {
            old: tuple(row for row in rows if not row.links or row.links[-1].day < found.end)
            for old, rows in found._table.items()
        }
        return correspondence.Correspondence(found.before, found.after, table, kind=kind, history=history)

    return [(correspondence, "between", between)]


@bug("a report of clusters leaves out who came from outside", "L7", subtle=True)
def _() -> list[Patch]:
    real = _Derivation._of_members

    def of_members(self: Any, *more: Any) -> Any:
        return [entry for entry in real(self, *more) if entry.what != "joined"]

    return [(_Derivation, "_of_members", of_members)]


@bug("a role passes to nobody when its seat is given again", "E1", "E4", subtle=True)
def _() -> list[Patch]:
    real = Writer._change

    def change(self: Any, said: Any) -> None:
        if said.track == tracks.ROLE and said.slot in self.editor.slots(
            tracks.ROLE, self.editor.intern(said.subject), self._day
        ):
            said = evolve(said, value=None)
        real(self, said)

    return [(Writer, "_change", change)]


@bug("codes of ended units stay taken", "E11", subtle=True)
def _() -> list[Patch]:
    real = _Judge._code

    def code(self: Any, unit: int, span: Any) -> None:
        real(self, unit, span)
        for other in self.reader.subjects_ever(tracks.CODE, span.value):
            if other != unit:
                self.fault(
                    span.start, span.act, "unique-code", f"{span.value!r} was borne before", self.reader.name(unit)
                )

    return [(_Judge, "_code", code)]


@bug("the survivor of a takeover keeps only its own figures", "A5", subtle=False)
def _() -> list[Patch]:
    real = transition.Transition._figures

    def of(self: Any) -> None:
        before = list(self.changes)
        real(self)
        self.changes[:] = before + [c for c in self.changes[len(before) :] if c.subject not in self.survivors]

    return [(transition.Transition, "_figures", of)]


@bug("siblings are listed as they were first recorded", "T2", "T5", "E4", "D6", "M2", subtle=True)
def _() -> list[Patch]:
    return [(State, "unnumbered", lambda self: self)]


@bug("a total in another hierarchy is that of the main one", "T2", subtle=True)
def _() -> list[Patch]:
    real = Structure.total
    return [(Structure, "total", lambda self, measure, under=None, hierarchy="main": real(self, measure, under))]


@bug("a report of clusters names only the last act of a chain", "E14", subtle=True)
def _() -> list[Patch]:
    real = _Derivation._causes
    return [(_Derivation, "_causes", lambda self, rows: real(self, rows)[-1:])]


@bug("who moved to another cluster is told to have left", "E14", subtle=True)
def _() -> list[Patch]:
    real = _Derivation._of_leavers

    def of_leavers(self: Any, *more: Any) -> Any:
        return [evolve(e, what="left") if e.what.startswith("moved") else e for e in real(self, *more)]

    return [(_Derivation, "_of_leavers", of_leavers)]


@bug("the flows between clusters leave out who ended", "E14", subtle=True)
def _() -> list[Patch]:
    real = _Derivation.flows

    def flows(self: Any, clustering: str, clusters: Any) -> Any:
        return tuple(flow for flow in real(self, clustering, clusters) if flow.new is not None)

    return [(_Derivation, "flows", flows)]


@bug("nothing is told to be lost in part", "E8", subtle=True)
def _() -> list[Patch]:
    return [(correspondence.Correspondence, "is_partly_lost", lambda self, old: False)]


# ---- what is learned late


@bug("one act is skipped in working out anew", "K1", "K2", "K4", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._again

    def again(self: Any, act: Any, step: int) -> None:
        # The last of those that were decided.
        decided = [a for a in self.after if not a.is_outcome and a.id not in self.fresh]
        if act is not decided[-1]:
            real(self, act, step)

    return [(anew.Reckoning, "_again", again)]


@bug("acts are worked out anew the last one first", "K1", "K2", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._queue
    return [(anew.Reckoning, "_queue", lambda self, place, step: real(self, place, step)), *_last_first()]


def _last_first() -> list[Patch]:
    class Backwards:
        heappush = staticmethod(lambda heap, item: (heap.append(item), heap.sort(key=lambda pair: pair[0]))[0])
        heappop = staticmethod(lambda heap: heap.pop())

    return [(anew, "heapq", Backwards)]


def _unread(named: Callable[[str], bool]) -> list[Patch]:
    """Differences in some tracks are not seen."""
    real = anew.Reckoning._differs

    def differs(self: Any, act: Any, step: int, track: str, number: int) -> bool:
        return not named(track) and bool(real(self, act, step, track, number))

    return [(anew.Reckoning, "_differs", differs)]


@bug("a cluster is forgotten in working out anew", "K1", "K2", subtle=True)
def _() -> list[Patch]:
    return _unread(tracks.is_member)


@bug("a figure is forgotten in working out anew", "K1", "K2", "C8", subtle=True)
def _() -> list[Patch]:
    return _unread(tracks.is_measure)


@bug("a child or an agency is forgotten in working out anew", "K1", "K2", subtle=True)
def _() -> list[Patch]:
    return _unread(tracks.is_parent)


@bug(
    "what differs is taken from events, so that the end of a unit changes nothing but its life", "K1", "K2", subtle=True
)
def _() -> list[Patch]:
    real = anew.keys_touched

    def touched(state: Any, changed: Any) -> Any:
        said = {pair: rows for pair, rows in changed.items() if len(rows[0]) != len(rows[1])}
        return real(state, said)

    return [(anew, "keys_touched", touched)]


@bug("the first figure of a measure is not seen as read", "K1", "K2", "C8", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._differs

    def differs(self: Any, act: Any, step: int, track: str, number: int) -> bool:
        first = tracks.is_measure(track) and not self.pairs[track, number].before
        return not first and bool(real(self, act, step, track, number))

    return [(anew.Reckoning, "_differs", differs)]


@bug("only who is named counts as read, not who is below", "K1", "K2", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._concerned

    def concerned(self: Any, act: Any, step: int, reads: Any) -> bool:
        named = anew.subjects_of(act.resolved[step])
        near = frozenset(key for key in reads if len(key) < 2 or key[1] in named)
        return bool(real(self, act, step, near))

    return [(anew.Reckoning, "_concerned", concerned)]


@bug("the id of a new unit is derived from the members", "K5", subtle=True)
def _() -> list[Patch]:
    def derive(self: Any, role: str, *which: Any, among: Any = ()) -> str:
        return derive_id("u", self.at.act, self.at.key, role, *which, sorted(among))

    return [(OperationContext, "derive", derive)]


@bug("a decision that changed nothing is forgotten", "K1", "K2", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._again

    def again(self: Any, act: Any, step: int) -> None:
        if self.resolved.get(act.id, act.resolved)[step]:
            real(self, act, step)

    return [(anew.Reckoning, "_again", again)]


@bug("a cancelled entry leaves its answers", "K2", subtle=True)
def _() -> list[Patch]:
    def answers_after(entries: Any) -> Any:
        return tuple((e.amends or (e.act.id if e.act else ""), answer) for e in entries for answer in e.answers)

    from orgmodel.history import history

    return [(history, "answers_after", answers_after), (log, "answers_after", answers_after)]


@bug("consequences of the second act that follows are not told", "K4", subtle=True)
def _() -> list[Patch]:
    real = what_followed._otherwise
    seen: list[str] = []

    def otherwise(before: Any, act: Any) -> Any:
        seen.append(act.id)
        return iter(()) if len(seen) % 2 == 0 else real(before, act)

    return [(what_followed, "_otherwise", otherwise)]


@bug("a late act puts every unit it does not touch on its own word", "K5", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._write

    def write(self: Any, act: Any, step: int, events: Any, instead: Any = ()) -> None:
        real(self, act, step, events, instead)
        if step or act.id not in self.fresh:
            return
        own = anew.written_by(events)
        for unit in Structure(self.state, act.effective, self.ground.schema, self.ground.measures).units():
            if unit.id not in own and unit.name is not None:
                real(self, act, 0, (om.Change(unit.id, tracks.NAME, unit.name),))
                return

    return [(anew.Reckoning, "_write", write)]


@bug("what was known takes over what follows from a late act", "K6", subtle=True)
def _() -> list[Patch]:
    real = History.as_recorded

    def as_recorded(self: History, until: Any) -> Any:
        found = real(self, until)
        later = self.log[len(found.log) :]
        return self if later and all(entry.remade for entry in later) else found

    return [(History, "as_recorded", as_recorded)]


@bug("a rebased scenario keeps what its acts came to", "K3", subtle=True)
def _() -> list[Patch]:
    def rebase(self: Any, onto: Any, *, answers: Any = ()) -> Any:
        acts = [om.Act(act.id, act.effective, act.events, act.source) for act in self.history.acts[-len(self.acts) :]]
        return evolve(self, acts=acts, baseline=onto, answers=answers, before=self, after=None)

    return [(scenario.Scenario, "rebase", rebase)]


def run(examples: int, seed: int) -> LawBroken | None:
    """The law that some cases break, None if they break none."""
    try:
        laws.check(max_examples=examples, seed=seed, shrink=False)
    except LawBroken as error:
        return error
    return None


def caught(planted: Bug, examples: int, seed: int) -> tuple[bool, list[str]]:
    """Whether the fault is noticed and named, and the laws that were broken."""
    with planted.planted():
        error = run(examples, seed)
    if error is not None and isinstance(error.__cause__, TypeError) and "<locals>" in str(error.__cause__):
        raise RuntimeError(f"{planted.name!r} does not fit the library any more") from error.__cause__
    broken = [] if error is None else [error.law.id, *(law.id for law in error.also)]
    return bool(planted.laws & set(broken)), broken


CLEAN: Final = "no fault"
"""What stands for a fault in the results of clean runs."""

Key = tuple[str, int, int]


class Results:
    """What came of runs: (fault, examples, seed) -> the laws that were broken; kept in a file if there is one."""

    def __init__(self, file: Path | None) -> None:
        self.file, self.broken = file, dict[Key, list[str]]()
        lines = file.read_text(encoding="utf-8").splitlines() if file is not None and file.exists() else []
        for row in map(json.loads, lines):
            self.broken[row["fault"], row["examples"], row["seed"]] = row["broken"]

    def make(self, key: Key, ask: Callable[[], list[str]]) -> list[str]:
        """The laws that a run breaks; it is made only if it is not known."""
        if key not in self.broken:
            start = time.process_time()
            self.broken[key] = ask()
            row = dict(zip(("fault", "examples", "seed"), key, strict=True), broken=self.broken[key])
            row["seconds"] = round(time.process_time() - start, 2)
            if self.file is not None:
                with self.file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(row) + "\n")
        return self.broken[key]

    def found(self, planted: Bug, examples: int) -> tuple[int, int]:
        """In how many of how many runs a fault was named."""
        runs = [laws for (name, many, _), laws in self.broken.items() if (name, many) == (planted.name, examples)]
        return sum(bool(planted.laws & set(laws)) for laws in runs), len(runs)

    def first(self, planted: Bug, examples: int) -> str:
        """The laws that were broken first, with how often."""
        runs = [laws for (name, many, _), laws in self.broken.items() if (name, many) == (planted.name, examples)]
        counted = Counter(laws[0] if laws else "nothing" for laws in runs)
        return ", ".join(f"{law} {times}" for law, times in counted.most_common())

    def alarms(self) -> tuple[int, int]:
        """In how many of how many clean runs a law was broken."""
        runs = [laws for (name, _, _), laws in self.broken.items() if name == CLEAN]
        return sum(map(bool, runs)), len(runs)

    def table(self, examples: Iterable[int]) -> str:
        """All faults as a table in Markdown."""
        columns = list(examples)
        lines = [
            "| fault | its laws | " + " | ".join(f"at {many}" for many in columns) + " | broken first |",
            "| --- | --- | " + "--- | " * len(columns) + "--- |",
        ]
        for planted in BUGS:
            counts = ["{} of {}".format(*self.found(planted, many)) for many in columns]
            subtle = " (subtle)" if planted.subtle else ""
            its = ", ".join(sorted(planted.laws))
            lines.append(
                f"| {planted.name}{subtle} | {its} | {' | '.join(counts)} | {self.first(planted, columns[-1])} |"
            )
        alarms, runs = self.alarms()
        return "\n".join([*lines, "", f"{alarms} false alarms in {runs} clean runs"])


def main(arguments: list[str] | None = None) -> int:
    """Plant each fault, and none, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, nargs="+", default=[100])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--clean", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--results", type=Path)
    parser.add_argument("--table", action="store_true")
    chosen = parser.parse_args(arguments)
    results = Results(chosen.results)
    if chosen.table:
        print(results.table(chosen.examples))
        return 0
    missed = 0
    print(f"{len(BUGS)} planted faults, {sum(planted.subtle for planted in BUGS)} of them subtle")
    for examples in chosen.examples:
        need = chosen.seeds if examples >= 500 else chosen.seeds - chosen.seeds // 10
        for planted in BUGS:
            if chosen.only and not any(word in planted.name for word in chosen.only):
                continue
            for seed in range(chosen.seeds):
                results.make(
                    (planted.name, examples, seed),
                    lambda planted=planted, examples=examples, seed=seed: caught(planted, examples, seed)[1],  # type: ignore[misc]
                )
            found, runs = results.found(planted, examples)
            missed += found < need
            print(
                f"{'ok  ' if found >= need else 'MISS'} {found:>3} of {runs} at {examples}: {planted.name} "
                f"[{'/'.join(sorted(planted.laws))}] first: {results.first(planted, examples)}",
                flush=True,
            )
    for seed in range(1_000, 1_000 + chosen.clean):

        def clean(seed: int = seed) -> list[str]:
            error = run(100, seed)
            if error is None:
                return []
            print(f"false alarm at seed {seed}: {error}", flush=True)
            return [error.law.id, *(law.id for law in error.also)]

        results.make((CLEAN, 100, seed), clean)
    alarms, runs = results.alarms()
    if chosen.clean:
        print(f"{alarms} false alarms in {runs} clean runs")
    return 1 if missed or alarms else 0


if __name__ == "__main__":
    sys.exit(main())
