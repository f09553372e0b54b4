"""Faults planted in the library, each to be noticed and named by its law.

``python bench/planted_bugs.py`` plants each in turn and checks all laws, seed by seed:

    --examples 100 500   how many cases a run looks at
    --seeds 10           how many runs of each fault
    --by laws machine    what looks for them: laws.check, the default machine; "own": laws.check of the families alone
                         whose laws may name the fault, which is what is read where time is short: laws do not see each
                         other, so that what they name alone they name among all
    --clean 100          how many runs without any fault
    --only shares merge  only faults whose name contains one of these
    --results FILE       every run is written there as a line of JSON, and not made again if it is there, nor if another
                         process has made it meanwhile; a fault that the first five runs named is not sought further
                         A further file is only read
    --table              print what was named and the table from --results, run nothing
    --page FILE          with --table: write them into a page, below its heading "What the runs named"

Faults are sought seed by seed: first each once, so that what is missed shows early.

A fault is *subtle* if neither a check of the tree nor of the totals on one day notices it.
It is *caught* if a law is broken and its own law is the one, or among those that the same
case breaks as well.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import textwrap
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import planted_around  # noqa: F401  # its faults are entered when it is imported
import planted_elsewhere  # noqa: F401  # as above
from attrs import evolve
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis.stateful import get_state_machine_test
from planting import BUGS, BY, LAWS, MACHINE, OWN, Bug, Patch, bug

import orgmodel as om
from orgmodel.acts import completion, policies, replay, value_faults
from orgmodel.acts.events import derive_id
from orgmodel.acts.invariants import Invariants
from orgmodel.acts.operations import divisions, fates, mergers, transition, units
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.replay import Writer
from orgmodel.engine.state import Editor, State
from orgmodel.engine.tree import Sums
from orgmodel.history import (
    anew,
    correspondence,
    crosswalk,
    diff,
    enactment,
    ground,
    log,
    straight,
    trace,
    what_followed,
)
from orgmodel.history.biography import Fact
from orgmodel.history.clusters import _Derivation
from orgmodel.history.diff import Diff
from orgmodel.history.history import History
from orgmodel.history.lineage import Lineage
from orgmodel.history.over import Over
from orgmodel.io import jsonl, records
from orgmodel.model import arithmetic
from orgmodel.model import track as tracks
from orgmodel.scenario import compare as comparing
from orgmodel.scenario import metrics, scenario
from orgmodel.scenario.propose import mergers as proposing
from orgmodel.structure.structure import Structure
from orgmodel.testing import laws, machines
from orgmodel.testing.law import LawBroken

# ---- plain: the tree or the totals of a day show them


@bug("a sum of figures forgets the last one", "C1", "C4", "C5", "A2", "C8")
def _() -> list[Patch]:
    real = transition.added
    return [(transition, "added", lambda stated: real(list(stated)[:-1] or [om.Quantity(0)]))]


@bug("shares are cut to whole numbers and the rest is lost", "C4", "C5", "C8")
def _() -> list[Patch]:
    def cut(quantity: Any, shares: Any) -> list[Any]:
        return [om.Quantity(int(quantity.value * (share or 0))) if quantity.is_exact else quantity for share in shares]

    return [(transition, "divided", cut)]


@bug("a unit may end above live children", "E3", "S1")
def _() -> list[Patch]:
    return [(Invariants, "_leaves", lambda self, track, number, point, below, until: None)]


@bug("a unit may move below itself", "S3")
def _() -> list[Patch]:
    return [(Invariants, "_no_circle", lambda self, track, unit, span: None)]


@bug("an id may be used again", "S5", "E3")
def _() -> list[Patch]:
    return [(Invariants, "_begins_once", lambda self, subject, rows: None)]


@bug("a count may be negative", "S4")
def _() -> list[Patch]:
    return [(value_faults, "_figure_fault", lambda name, value, slot, measures: None)]


@bug("the schema is not asked at the end of a day", "S2")
def _() -> list[Patch]:
    return [(Invariants, "_misplaced", lambda self, *told: None)]


@bug("a total leaves out the last unit of a subtree", "C8", "T2", "M3")
def _() -> list[Patch]:
    real = Sums.within
    return [(Sums, "within", lambda self, subjects, amounts: real(self, subjects[:-1], amounts[:-1]))]


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


@bug("unknown figures count as zero in totals", "C4", "T2")
def _() -> list[Patch]:
    real = Structure.total

    def total(self: Structure, measure: str, under: str | None = None, hierarchy: str = "main") -> Any:
        answer = real(self, measure, under, hierarchy)
        return answer if answer.is_known or answer.low is None else om.Quantity(answer.low)

    return [(Structure, "total", total)]


# ---- subtle


@bug("the name of the first member is kept, whatever the others are called", "A1", "A2", "Q6", subtle=True)
def _() -> list[Patch]:
    return [(transition, "common_value", lambda values: next(iter(values), None))]


@bug("a new unit joins no cluster although its members were in one", "Q7", "L6", "E9", subtle=True)
def _() -> list[Patch]:
    return [(transition.Transition, "_memberships", lambda self: None)]


@bug("part of a unit is linked as the whole of it", "C4", "C5", "C6", "E2", subtle=True)
def _() -> list[Patch]:
    real = Writer._link
    return [
        (Writer, "_link", lambda self, old, new, link, type_: real(self, old, new, evolve(link, extent="whole"), type_))
    ]


@bug("links lose their shares", "E2", "C6", subtle=True)
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


@bug("a write wipes out what held before it", "S5", "T5", "S1", "T1", "T3", "E1", "E6", subtle=True)
def _() -> list[Patch]:
    def write(
        self: Editor, track: str, subject: int, day: int, value: Any, act: Any, slot: Any = None, until: int = 2**31 - 1
    ) -> None:
        remaining = tuple(row for row in self.rows(track, subject) if row[3] != slot)
        self.put(
            track, subject, (*remaining, (day, day if value is None else until, value, slot, act, until, self.event))
        )

    return [(Editor, "write", write)]


@bug("what holds until a day holds on that day too", "E1", "E6", subtle=True)
def _() -> list[Patch]:
    real = Editor.write

    def write(
        self: Editor, track: str, subject: int, day: int, value: Any, act: Any, slot: Any = None, until: int = 2**31 - 1
    ) -> None:
        real(self, track, subject, day, value, act, slot, until if until == 2**31 - 1 else until + 1)

    return [(Editor, "write", write)]


@bug(
    "acts of one day are replayed by their id, not in their order",
    "B1",
    "B2",
    "B4",
    "E1",
    "E3",
    "T5",
    "A8",
    subtle=True,
)
def _() -> list[Patch]:
    real = replay.replay

    def by_id(state: Any, acts: Any, *more: Any) -> Any:
        return real(state, sorted(acts, key=lambda act: (act.effective, act.id)), *more)

    from orgmodel.history import history

    return [(enactment, "replay", by_id), (history, "replay", by_id)]


@bug("an earlier state of knowledge forgets corrections and cancellations only", "B1", "B2", subtle=True)
def _() -> list[Patch]:
    real = History.as_recorded

    def as_recorded(self: History, until: Any) -> Any:
        answer = real(self, until)
        later = self.log[len(answer.log) :]
        return self if later and all(entry.amends for entry in later) else answer

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
        answer = real(self, *more, **named)
        if answer is not self:
            answer.__dict__["lineage"] = self.lineage
        return answer

    return [(History, "amend", amend)]


@bug("a file forgets until when something holds", "R1", "D6", subtle=True)
def _() -> list[Patch]:
    real = records._change
    return [(records, "_change", lambda change: real(evolve(change, until=None)))]


@bug("a file forgets which part of a unit was dominant", "R1", "D6", subtle=True)
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
        answer = real(history, a, b)
        last = max(a, b)
        return Diff(a, b, tuple(d for d in answer.differences if d.act is None or d.act.effective < last))

    return [(diff, "between", between)]


@bug("a diff turned round keeps the names as they are", "L7", subtle=True)
def _() -> list[Patch]:
    real = Diff.inverse

    def inverse(self: Diff) -> Diff:
        answer = real.fget(self)  # type: ignore[misc]
        return Diff(answer.a, answer.b, tuple(d for d in answer.differences if d.track != tracks.NAME))

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
        answer = real(self)
        return answer._replace(new=np.where(answer.linked, answer.new, answer.old))

    remaining = cached_property(still)
    remaining.__set_name__(trace.Trace, "_atoms")
    return [(trace.Trace, "_atoms", remaining)]


@bug("the share of one measure is taken for another", "G5", subtle=True)
def _() -> list[Patch]:
    class First(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return super().get(key, next(iter(self.values()), default))

    def pool(number: int, unit: str, bags: Any, ways: Any, shares: Any, *more: Any) -> Any:
        return real(number, unit, bags, ways, tuple(map(First, shares)), *more)

    real = ground.Pool
    return [(ground, "Pool", pool)]


@bug("a chain of successors is followed one step short", "G1", "G3", "L3", "L4", "E8", "E14", subtle=True)
def _() -> list[Patch]:
    real = straight._steps

    def short(plain: Any) -> Any:
        return {unit: step._replace(end=step.ways[0][0].new) for unit, step in real(plain).items()}

    return [(straight, "_steps", short)]


@bug("a correspondence forgets what happened on its last day", "E8", "L3", "L4", "L6", "L7", subtle=True)
def _() -> list[Patch]:
    real = correspondence.between

    def between(history: History, a: Any, b: Any, kind: str | None = None, **more: Any) -> Any:
        answer = real(history, a, b, kind, **more)
        table = {
            old: tuple(row for row in rows if not row.links or row.links[-1].day < answer.end)
            for old, rows in answer._table.items()
        }
        return correspondence.Correspondence(answer.before, answer.after, table, kind=kind, history=history)

    return [(correspondence, "between", between)]


@bug("a report of clusters leaves out who came from outside", "E14", "L7", subtle=True)
def _() -> list[Patch]:
    real = _Derivation._of_member

    def of_member(self: Any, *more: Any) -> Any:
        return [entry for entry in real(self, *more) if entry.what != "joined"]

    return [(_Derivation, "_of_member", of_member)]


@bug("a role passes to nobody when its seat is given again", "E1", "E3", "E4", subtle=True)
def _() -> list[Patch]:
    real = Writer._change

    def change(self: Any, written: Any) -> None:
        if written.track == tracks.ROLE and written.slot in self.editor.slots(
            tracks.ROLE, self.editor.intern(written.subject), self._day
        ):
            written = evolve(written, value=None)
        real(self, written)

    return [(Writer, "_change", change)]


@bug("codes of ended units stay taken", "E11", subtle=True)
def _() -> list[Patch]:
    real = Invariants._code

    def code(self: Any, unit: int, span: Any) -> None:
        real(self, unit, span)
        for other in self.reader.subjects_ever(tracks.CODE, span.value):
            if other != unit:
                self.fault(
                    span.start, span.act, "unique-code", f"{span.value!r} was borne before", self.reader.name(unit)
                )

    return [(Invariants, "_code", code)]


@bug("the survivor of a takeover keeps only its own figures", "A5", subtle=False)
def _() -> list[Patch]:
    real = transition.Transition._figures

    def of(self: Any) -> None:
        before = list(self.changes)
        real(self)
        self.changes[:] = before + [c for c in self.changes[len(before) :] if c.subject not in self.survivors]

    return [(transition.Transition, "_figures", of)]


@bug("what is recorded late is listed after its siblings", "T2", "T5", "E4", "D6", "M2", subtle=True)
def _() -> list[Patch]:
    return [(anew, "in_order", lambda state, place, day=0, nth=None: state)]


@bug("what was known earlier lists siblings in the order known since", "B1", "D6", subtle=True)
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


@bug("the flows between clusters leave out who ended", "E14", "V4", subtle=True)
def _() -> list[Patch]:
    real = _Derivation.flows

    def flows(self: Any, clustering: str) -> Any:
        return tuple(flow for flow in real(self, clustering) if flow.new is not None)

    return [(_Derivation, "flows", flows)]


@bug("nothing is told to be lost in part", "E8", "G3", subtle=True)
def _() -> list[Patch]:
    return [(crosswalk.Crosswalk, "is_partly_lost", lambda self, old: False)]


# ---- what is learned late


@bug("one act is skipped in working out anew", "K1", "K2", "K4", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._again

    def again(self: Any, act: Any, step: int) -> None:
        # The last of those that were decided.
        decided = [a for _, a in self.after.known.values() if not a.is_outcome and a.id not in self.fresh]
        if act.id != max(decided, key=lambda a: a.effective).id:
            real(self, act, step)

    return [(anew.Reckoning, "_again", again)]


@bug("acts are worked out anew the last one first", "B4", "K1", "K2", subtle=True)
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


@bug("a child or an agency is forgotten in working out anew", "K1", "K2", "K8", subtle=True)
def _() -> list[Patch]:
    return _unread(tracks.is_parent)


@bug(
    "what differs is taken from events, so that the end of a unit changes nothing but its life", "K1", "K2", subtle=True
)
def _() -> list[Patch]:
    real = anew.keys_touched

    def touched(state: Any, changed: Any) -> Any:
        written = {pair: rows for pair, rows in changed.items() if len(rows[0]) != len(rows[1])}
        return real(state, written)

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

    return [(enactment, "answers_after", answers_after), (log, "answers_after", answers_after)]


@bug("consequences of the second act that follows are not told", "K4", subtle=True)
def _() -> list[Patch]:
    real = what_followed._changed_steps

    def otherwise(before: Any, act: Any) -> Any:
        # Every second act by its id: a count of calls would differ from run to run of one case.
        return iter(()) if sum(map(ord, act.id)) % 2 == 0 else real(before, act)

    return [(what_followed, "_changed_steps", otherwise)]


@bug("a late act puts a unit that it does not touch on its own word", "K5", subtle=True)
def _() -> list[Patch]:
    real = anew.Reckoning._begin

    def begin(self: Any, act: Any) -> None:
        real(self, act)
        own = anew.written_by([event for events in self.outcomes[act.id].resolved for event in events])
        structure = Structure(self.state, act.effective, self.ground.schema, self.ground.measures)
        untouched = next((unit for unit in structure.units() if unit.id not in own and unit.name is not None), None)
        if untouched is not None:
            self._add(act, 0, (om.Change(untouched.id, tracks.NAME, untouched.name),))

    return [(anew.Reckoning, "_begin", begin)]


@bug("what was known takes over what follows from a late act", "K6", subtle=True)
def _() -> list[Patch]:
    real = History.as_recorded

    def as_recorded(self: History, until: Any) -> Any:
        answer = real(self, until)
        later = self.log[len(answer.log) :]
        return self if later and all(entry.remade for entry in later) else answer

    return [(History, "as_recorded", as_recorded)]


@bug("a rebased scenario keeps what its acts came to", "K3", subtle=True)
def _() -> list[Patch]:
    def rebase(self: Any, onto: Any, *, answers: Any = ()) -> Any:
        acts = [om.Act(act.id, act.effective, act.events, act.source) for act in self.history.acts[-len(self.acts) :]]
        return evolve(self, acts=acts, baseline=onto, answers=answers, before=self, after=None)

    return [(scenario.Scenario, "rebase", rebase)]


# ---- what merges with what, and what becomes of it


@bug("of equally many votes the first cluster wins", "Q5", subtle=True)
def _() -> list[Patch]:
    def majority(self: Any, structure: Any, clustering: Any, members: Any) -> Any:
        votes = Counter(c for m in members for c in structure.clusters_of(m, clustering.id)).most_common(1)
        return (votes[0][0],) if votes else None

    return [(policies.MajorityCluster, "__call__", majority)]


@bug("the smallest counts as the largest", "Q5", subtle=True)
def _() -> list[Patch]:
    def largest(self: Any, structure: Any, clustering: Any, members: Any) -> Any:
        sizes = sorted((structure.measure(m, self.measure).value or 0, m) for m in members)
        if any(structure.measure(m, self.measure).value is None for m in members) or sizes[0][0] == sizes[1][0]:
            return None
        return structure.clusters_of(sizes[0][1], clustering.id)

    return [(policies.ClusterOfLargest, "__call__", largest)]


@bug("what is divided by a measure looks only at the children's own figures", "Q5", subtle=True)
def _() -> list[Patch]:
    real = policies.ByMeasure._by_shares

    class Shallow:
        def __init__(self, structure: Any) -> None:
            self._structure = structure

        def total(self, measure: str, under: str) -> Any:
            return self._structure.measure(under, measure)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._structure, name)

    return [(policies.ByMeasure, "_by_shares", lambda self, structure, parts: real(self, Shallow(structure), parts))]


@bug("ratings that differ are kept, the first of them", "Q5", "Q6", subtle=True)
def _() -> list[Patch]:
    def first(self: Any, structure: Any, rated: Any, members: Any) -> Any:
        return next(iter(policies._grades(structure, rated, members)), None)

    return [(policies.KeepIfEqual, "__call__", first)]


@bug("the second holder of a post is dropped", "Q5", subtle=True)
def _() -> list[Patch]:
    real = policies.CarryOver.__call__

    def carried(self: Any, structure: Any, members: Any) -> Any:
        return {slot: holder for slot, holder in real(self, structure, members).items() if slot[1] == 1}

    return [(policies.CarryOver, "__call__", carried)]


def _fate(name: str, resolved: Callable[[Any], Any]) -> list[Patch]:
    """One fate of facts comes out otherwise."""
    real = fates.fate_of

    def fate_of(track: Any, event: str) -> Any:
        return resolved if getattr(track, event) == name else real(track, event)

    return [(fates, "fate_of", fate_of)]


@bug("of a union what differs is kept, the first of it", "Q6", subtle=True)
def _() -> list[Patch]:
    return _fate("union", lambda i: {slot: next(v for v in i.values(slot) if v is not None) for slot in i.slots})


@bug("numbers of facts that add up are not added, the largest stays", "Q6", subtle=True)
def _() -> list[Patch]:
    return _fate("add", lambda i: {slot: max(v for v in i.values(slot) if v is not None) for slot in i.slots})


@bug("a term does not begin anew", "Q6", subtle=True)
def _() -> list[Patch]:
    return _fate("restart", lambda i: {slot: next(v for v in i.values(slot) if v is not None) for slot in i.slots})


@bug("rates are averaged without weights", "Q6", "A2", subtle=True)
def _() -> list[Patch]:
    real = arithmetic.averaged
    return [(transition, "averaged", lambda pairs: real([(rate, om.Quantity(1)) for rate, _ in pairs]))]


@bug("a part of a unit has not the facts that each part has", "Q7", subtle=True)
def _() -> list[Patch]:
    return _fate("same", lambda inheritance: {})


@bug("a part of a unit stands beside its cluster", "Q7", "E9", subtle=True)
def _() -> list[Patch]:
    real = transition.Transition._joined

    def joined(self: Any, clustering: Any, new: str, values_held: Any) -> None:
        if all(link.extent == "whole" for link in self.into[new]):
            real(self, clustering, new, values_held)

    return [(transition.Transition, "_joined", joined)]


@bug("agencies of one function stay apart", "Q8", subtle=True)
def _() -> list[Patch]:
    return [(mergers, "_counterparts", lambda context, olds, choices: [])]


@bug("agencies without a function merge", "Q5", "Q8", subtle=True)
def _() -> list[Patch]:
    real = policies.ByCategory.__call__
    return [(policies.ByCategory, "__call__", lambda self, structure, agency: real(self, structure, agency) or "none")]


@bug("an office goes on although nobody said so", "F2", "Q6", "A1", subtle=True)
def _() -> list[Patch]:
    def lapse(self: Any, structure: Any, members: Any) -> Any:
        return policies.CarryOver()(structure, members)

    return [(policies.Lapse, "__call__", lapse)]


@bug("a merger renames its neighbour", "F1", "E10", subtle=True)
def _() -> list[Patch]:
    real = mergers.Merge.resolve

    def resolve(self: Any, at: Any) -> Any:
        events = real(self, at)
        ended_units = {old for event in events if isinstance(event, om.Succession) for old in event.ended}
        other = next((u for u in at.structure if u not in ended_units and at.structure.parent(u) is not None), None)
        more = () if other is None else (om.Change(other, tracks.CATEGORY, "neighbour"),)
        return type(events)((*events, *more), events.made, events.notes, events.text)

    return [(mergers.Merge, "resolve", resolve)]


@bug("what a merger joins lapses after a week", "F3", subtle=True)
def _() -> list[Patch]:
    import datetime as dt

    real = mergers.Merge.resolve

    def lapsing(change: Any, day: Any) -> Any:
        values_held = tracks.is_member(change.track) and change.value is not None
        return evolve(change, until=day + dt.timedelta(days=7)) if values_held else change

    def resolve(self: Any, at: Any) -> Any:
        events = real(self, at)
        resolved = [
            evolve(e, changes=tuple(lapsing(c, at.day) for c in e.changes)) if isinstance(e, om.Succession) else e
            for e in events
        ]
        return type(events)(resolved, events.made, events.notes, events.text)

    return [(mergers.Merge, "resolve", resolve)]


@bug("a rule refuses some members in one order only", "F4", "A1", subtle=True)
def _() -> list[Patch]:
    real = mergers.PolicyMerger.of

    def of(self: Any, members: Any) -> Any:
        listed = list(members)
        return real(self, listed[:1] if len(listed) > 2 and listed != sorted(listed) else members)

    return [(mergers.PolicyMerger, "of", of)]


@bug("moving a unit drops its code", "O1", subtle=True)
def _() -> list[Patch]:
    real = units.Reassign.resolve

    def resolve(self: Any, at: Any) -> Any:
        events = real(self, at)
        more = [om.Change(e.subject, tracks.CODE, None) for e in events if at.structure.value(e.subject, tracks.CODE)]
        return type(events)((*events, *more), events.made, events.notes, events.text)

    return [(units.Reassign, "resolve", resolve)]


@bug("a unit that is split off takes the name along", "Q7", subtle=True)
def _() -> list[Patch]:
    real = divisions._SplitOff.resolve

    def resolve(self: Any, at: Any) -> Any:
        events = real(self, at)
        more = [om.Change(self.unit, tracks.NAME, None)] if at.structure.value(self.unit, tracks.NAME) else []
        return type(events)((*events, *more), events.made, events.notes, events.text)

    return [(divisions._SplitOff, "resolve", resolve)]


# ---- what is read


@bug("a choice by category leaves out the last", "Q1", subtle=True)
def _() -> list[Patch]:
    real = Structure.select

    def select(self: Structure, selection: Any = None, **criteria: Any) -> Any:
        answer = real(self, selection, **criteria)
        return answer[:-1] if "category" in criteria else answer

    return [(Structure, "select", select)]


@bug("of several units of one name one is found", "Q1", subtle=True)
def _() -> list[Patch]:
    real = Structure.find

    def find(self: Structure, text: Any = None, **criteria: Any) -> Any:
        answer = real(self, text, **criteria)
        return answer[:1] if "name" in criteria else answer

    return [(Structure, "find", find)]


@bug("children are counted in the main hierarchy, whichever is asked for", "Q1", subtle=True)
def _() -> list[Patch]:
    real = Structure.child_counts
    return [(Structure, "child_counts", lambda self, hierarchy="main": real(self))]


@bug("a unit with nothing below it but agencies need not state a figure", "T2", "Q1", subtle=True)
def _() -> list[Patch]:
    from orgmodel.structure import structure

    return [(structure, "kinds_beside", lambda schema, measure: ())]


@bug("who was in a cluster and left was never in it", "Q2", subtle=True)
def _() -> list[Patch]:
    real = Over.ever_members

    def ever(self: Any, cluster: str) -> Any:
        last = self._history.at(self.period.last)
        return tuple(u for u in real(self, cluster) if u in last and cluster in last.clusters_of(u))

    return [(Over, "ever_members", ever)]


@bug("the day on which a unit moves counts for where it was", "Q2", subtle=True)
def _() -> list[Patch]:
    real = Over.days_under

    def under(self: Any, unit: str, kind: Any = None, hierarchy: str = "main") -> Any:
        answer = real(self, unit, kind, hierarchy)
        return {above: days + (i == 0 and len(answer) > 1) for i, (above, days) in enumerate(answer.items())}

    return [(Over, "days_under", under)]


@bug("a mean weighs every value alike", "Q2", subtle=True)
def _() -> list[Patch]:
    real = Over._spans

    def spans(self: Any, track: str, number: int, within: Any, slot: Any = None) -> Any:
        for start, end, value in real(self, track, number, within, slot):
            yield start, (start + 1 if tracks.is_measure(track) else end), value

    return [(Over, "_spans", spans)]


@bug("first predecessors stop after one step", "Q3", subtle=True)
def _() -> list[Patch]:
    real = Lineage.predecessors

    def predecessors(self: Lineage, unit: str, **how: Any) -> Any:
        return real(self, unit, direct=True) or real(self, unit, **how)

    return [(Lineage, "predecessors", predecessors)]


@bug("a correspondence turned round forgets all but the first predecessor", "G4", subtle=True)
def _() -> list[Patch]:
    real = crosswalk.Crosswalk.predecessors
    return [(crosswalk.Crosswalk, "predecessors", lambda self, new: real(self, new)[:1])]


@bug("figures that are carried forget who was divided", "L3", "G1", "G7", subtle=True)
def _() -> list[Patch]:
    real = correspondence.Correspondence.carry

    def carry(self: Any, values: Any, *more: Any, **how: Any) -> Any:
        remaining = {u: v for u, v in values.items() if len(self[u]) < 2}
        return real(self, remaining or values, *more, **how)

    return [(correspondence.Correspondence, "carry", carry)]


@bug("a fact is said by the first act of all", "E6", "Q9", subtle=True)
def _() -> list[Patch]:
    real = History.biography

    def biography(self: History, subject: str) -> Any:
        return tuple(evolve(fact, act=self.acts[0]) for fact in real(self, subject))

    return [(History, "biography", biography)]


@bug("a day that was asked for is kept over an act of the same day", "E1", "E3", "C1", "T1", "D4", "D7", subtle=True)
def _() -> list[Patch]:
    real = History.at
    remaining: dict[Any, Any] = {}

    def at(self: History, day: Any = None, *, after: Any = None) -> Any:
        answer = real(self, day, after=after)
        if after is not None or not self.log:
            return answer
        key = (id(self.schema), self.log[0].act and self.log[0].act.parts, answer.day)
        return remaining.setdefault(str(key), answer)

    return [(History, "at", at)]


@bug("a preview shows the day before the draft", "R2", subtle=True)
def _() -> list[Patch]:
    return [(History, "preview", lambda self, draft, on=None: self.at(draft.day if on is None else on))]


# ---- what is written, and what is answered


@bug("a file forgets when an amendment was recorded", "D6", subtle=True)
def _() -> list[Patch]:
    real = jsonl._made_entry

    def made(head: Any, group: Any) -> Any:
        entry = real(head, group)
        return entry if entry.act is None or entry.amends is None else evolve(entry, recorded=entry.act.effective)

    return [(jsonl, "_made_entry", made)]


@bug("a file forgets the note of a source", "D6", "R1", subtle=True)
def _() -> list[Patch]:
    real = records.source_record
    faulty = lambda source: {k: v for k, v in real(source).items() if k != "note"}  # noqa: E731
    from orgmodel.io import act_lines

    named = [module for module in (records, act_lines, jsonl) if "source_record" in vars(module)]
    return [(module, "source_record", faulty) for module in named]


@bug("an operation that is read again stands under no parent of its own", "R1", "R2", subtle=True)
def _() -> list[Patch]:
    from orgmodel.acts import forms

    real = forms.read_operation

    def read(record: Any) -> Any:
        return real({name: value for name, value in record.items() if name != "under"})

    return [(forms, "read_operation", read)]


@bug("an answer counts whether it is asked for or not", "K7", subtle=True)
def _() -> list[Patch]:
    real = transition.Transition._common_clusters

    def common(self: Any, clustering: Any, new: str, olds: Any, values_held: Any) -> Any:
        answer = self.context.answer("cluster", new)
        known = {cluster.id for cluster in self.structure.clusters(clustering.id)}
        return [answer] if answer in known else real(self, clustering, new, olds, values_held)

    return [(transition.Transition, "_common_clusters", common)]


@bug("an outcome drags back a unit that has left", "K8", subtle=True)
def _() -> list[Patch]:
    return [(completion, "_still_there", lambda at, context, event: event)]


# ---- what is simulated


@bug("a comparison shows the baseline twice", "Q9", subtle=True)
def _() -> list[Patch]:
    real = comparing.ComparisonRow

    def row(metric: str, item: str, name: str, a: Any, b: Any, difference: Any) -> Any:
        del b, difference
        return real(metric, item, name, a, a, 0)

    return [(comparing, "ComparisonRow", row)]


@bug("a metric counts a kind less", "Q9", subtle=True)
def _() -> list[Patch]:
    real = metrics.UnitsByKind.__call__

    def counts(self: Any, structure: Any, without: Any) -> Any:
        answer = dict(real(self, structure, without))
        return dict(list(answer.items())[:-1]) if len(answer) > 1 else answer

    return [(metrics.UnitsByKind, "__call__", counts)]


@bug("a proposal is called feasible below its floor", "M5", subtle=True)
def _() -> list[Patch]:
    from orgmodel.scenario.propose.constraints import AtLeast

    real = proposing.propose_mergers

    def propose(structure: Any, neighbours: Any = None, bounds: Any = (), *more: Any, **how: Any) -> Any:
        if isinstance(bounds, AtLeast):
            bounds = AtLeast(bounds.measure, max(0, int(bounds.number) - 5))
        return real(structure, neighbours, bounds, *more, **how)

    from orgmodel.testing.catalogue import metamorphic

    return [(metamorphic, "propose_mergers", propose)]


def run(examples: int, seed: int, by: str = LAWS, ids: Iterable[str] = ()) -> LawBroken | str | None:
    """The law that some cases, or runs of the machine, break; None if they break none, a word if the run ends otherwise."""
    try:
        if by != MACHINE:
            laws.check(*ids, max_examples=examples, seed=seed, shrink=False)
        else:
            machine = machines.restructuring()
            quick = settings(
                max_examples=examples,
                stateful_step_count=50,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            with_seed(seed)(get_state_machine_test(machine, settings=quick))()
    except LawBroken as error:
        return error.with_others(list(laws.LAWS.values())) if by == MACHINE else error
    except Exception as error:  # noqa: BLE001  # Untested, or Flaky: the fault is not named then
        return type(error).__name__
    return None


def caught(planted: Bug, examples: int, seed: int, by: str = LAWS) -> tuple[bool, list[str]]:
    """Whether the fault is noticed and named, and the laws that were broken."""
    families = {law.rstrip("0123456789") for law in planted.laws}
    ids = [name for name in laws.LAWS if name.rstrip("0123456789") in families] if by == OWN else []
    try:
        with planted.planted():
            error = run(examples, seed, by, ids)
    except (AttributeError, KeyError) as outdated:
        raise RuntimeError(f"{planted.name!r} does not fit the library any more: {outdated}") from outdated
    if isinstance(error, str):
        return False, [error]
    if error is not None and _is_outdated(error.__cause__):
        raise RuntimeError(f"{planted.name!r} does not fit the library any more") from error.__cause__
    broken = [] if error is None else [error.law.id, *(law.id for law in error.also)]
    return bool(planted.laws & set(broken)), broken


def _is_outdated(crash: BaseException | None) -> bool:
    """Whether a planted fault itself crashes, as it speaks of what the library has no more."""
    if not isinstance(crash, (AttributeError, NameError, TypeError)):
        return False
    last = traceback.extract_tb(crash.__traceback__)[-1]
    return Path(last.filename).name.startswith("planted_") or "<locals>" in str(crash)


def _looks(by: str, planted: Bug) -> bool:
    return (LAWS if by == OWN else by) in planted.by


CLEAN: Final = "no fault"
"""What stands for a fault in the results of clean runs."""

Key = tuple[str, str, int, int]
"""(fault, by what, examples, seed)."""

ENOUGH: Final = 5
"""A fault that was named in each of the first so many runs at the fewest examples is not sought further."""


class Results:
    """What came of runs: key -> the laws that were broken; kept in a file if there is one.

    Args:
        file: where runs are written.
        more: further files of runs, which are only read.
    """

    def __init__(self, file: Path | None, more: Iterable[Path] = ()) -> None:
        self.file, self.broken = file, dict[Key, list[str]]()
        self._read = 0
        for other in more:
            self._add(other.read_bytes().splitlines(keepends=True))
        self.look()

    def look(self) -> None:
        """Read what was written since the last look, by whom ever."""
        if self.file is not None and self.file.exists():
            with self.file.open("rb") as lines:
                lines.seek(self._read)
                self._read += self._add(lines)

    def _add(self, lines: Iterable[bytes]) -> int:
        """Add the runs of some lines; returns their length in bytes. A line that is still being written is left."""
        size = 0
        for line in lines:
            if not line.endswith(b"\n"):
                break
            size += len(line)
            row = json.loads(line)
            self.broken[row["fault"], row["by"], row["examples"], row["seed"]] = row["broken"]
        return size

    def make(self, key: Key, ask: Callable[[], list[str]]) -> list[str]:
        """The laws that a run breaks; it is made only if it is not known."""
        self.look()
        if key not in self.broken:
            start = time.process_time()
            self.broken[key] = ask()
            row: dict[str, Any] = dict(zip(("fault", "by", "examples", "seed"), key, strict=True))
            row |= {"broken": self.broken[key], "seconds": round(time.process_time() - start, 2)}
            if self.file is not None:
                # One write of one line at the end: processes that share the file do not tear each other's lines.
                with self.file.open("ab", buffering=0) as out:
                    out.write(json.dumps(row).encode() + b"\n")
        return self.broken[key]

    def _runs(self, planted: Bug, by: str, examples: int) -> list[list[str]]:
        wanted = planted.name, by, examples
        return [laws for (name, seeker, many, _), laws in self.broken.items() if (name, seeker, many) == wanted]

    def found(self, planted: Bug, by: str, examples: int) -> tuple[int, int]:
        """In how many of how many runs a fault was named."""
        runs = self._runs(planted, by, examples)
        return sum(bool(planted.laws & set(laws)) for laws in runs), len(runs)

    def first(self, planted: Bug, by: str, examples: int) -> str:
        """The laws that were broken first, with how often."""
        counted = Counter(laws[0] if laws else "nothing" for laws in self._runs(planted, by, examples))
        return ", ".join(f"{law} {times}" for law, times in counted.most_common())

    def alarms(self, by: str) -> tuple[int, int]:
        """In how many of how many clean runs a law was broken."""
        runs = [laws for (name, seeker, _, _), laws in self.broken.items() if (name, seeker) == (CLEAN, by)]
        return sum(map(bool, runs)), len(runs)

    def summary(self, by: Iterable[str], examples: Iterable[int]) -> list[str]:
        """Sentences: of how many faults that were run how many were named, which were not, and false alarms."""
        lines = []
        for seeker, many in itertools.product(by, examples):
            counts = {planted: self.found(planted, seeker, many) for planted in BUGS if _looks(seeker, planted)}
            run = {planted: count for planted, count in counts.items() if count[1]}
            missed = [f'"{planted.name}" ({times} of {runs})' for planted, (times, runs) in run.items() if times < runs]
            lines.append(
                f"By {seeker} at {many} examples {len(run)} of {len(counts)} faults were run, and "
                f"{len(run) - len(missed)} named in each run{'; not: ' + ', '.join(missed) if missed else ''}."
            )
        alarms = {seeker: self.alarms(seeker) for seeker in by}
        lines += [
            f"By {seeker}, {alarm} of {runs} clean runs broke a law."
            for seeker, (alarm, runs) in alarms.items()
            if runs
        ]
        return lines

    def table(self, by: Iterable[str], examples: Iterable[int]) -> str:
        """All faults as a table in Markdown."""
        columns = list(itertools.product(by, examples))
        heads = [f"{seeker}, at {many}" for seeker, many in columns]
        lines = [f"| fault | its laws | {' | '.join(heads)} | broken first |", "| --- " * (len(columns) + 3) + "|"]
        for planted in BUGS:
            counts = []
            for seeker, many in columns:
                times, runs = self.found(planted, seeker, many)
                counts.append(f"{times} of {runs}" if runs else "-" if _looks(seeker, planted) else "")
            subtle = " (subtle)" if planted.subtle else ""
            first = self.first(planted, *columns[0])
            lines.append(
                f"| {planted.name}{subtle} | {', '.join(sorted(planted.laws))} | {' | '.join(counts)} | {first} |"
            )
        return "\n".join(lines)


_HEADING: Final = "### What the runs named"


def write_page(page: Path, lines: Iterable[str]) -> None:
    """Write lines into a page, below their heading and up to the next one."""
    before, _, following = page.read_text(encoding="utf-8").partition(f"{_HEADING}\n")
    after = following[following.index("\n## ") :]
    page.write_text(f"{before}{_HEADING}\n\n" + "\n".join(lines) + "\n" + after, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Plant each fault, and none, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, nargs="+", default=[100])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--by", nargs="+", choices=(*BY, OWN), default=[LAWS])
    parser.add_argument("--clean", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--results", type=Path, nargs="+", default=[None])
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--page", type=Path)
    chosen = parser.parse_args(arguments)
    results = Results(chosen.results[0], chosen.results[1:])
    if chosen.table:
        summary = [textwrap.fill(line, 118) for line in results.summary(chosen.by, chosen.examples)]
        lines = ["\n".join(summary), "", results.table(chosen.by, chosen.examples)]
        write_page(chosen.page, lines) if chosen.page else print("\n".join(lines))
        return 0
    print(f"{len(BUGS)} planted faults, {sum(planted.subtle for planted in BUGS)} of them subtle", flush=True)
    sought = [b for b in BUGS if not chosen.only or any(word in b.name for word in chosen.only)]
    for examples, seed in ((examples, seed) for examples in chosen.examples for seed in range(chosen.seeds)):
        for by, planted in ((by, planted) for by in chosen.by for planted in sought if _looks(by, planted)):
            if results.found(planted, by, min(chosen.examples)) != (ENOUGH, ENOUGH):
                key = planted.name, by, examples, seed
                try:
                    results.make(key, lambda key=key, planted=planted: caught(planted, key[2], key[3], key[1])[1])  # type: ignore[misc]
                except RuntimeError as error:
                    print(error, flush=True)
    missed = 0
    for by, examples in ((by, examples) for by in chosen.by for examples in chosen.examples):
        for planted in (b for b in sought if _looks(by, b)):
            times, runs = results.found(planted, by, examples)
            need = runs if examples >= 500 or runs <= ENOUGH else runs - runs // 10
            missed += times < need
            print(
                f"{'ok  ' if times >= need else 'MISS'} {times:>3} of {runs} by {by} at {examples}: {planted.name} "
                f"[{'/'.join(sorted(planted.laws))}] first: {results.first(planted, by, examples)}",
                flush=True,
            )
    alarms = 0
    for by in chosen.by:
        for seed in range(1_000, 1_000 + chosen.clean):

            def clean(seed: int = seed, by: str = by) -> list[str]:
                error = run(100, seed, by)
                if error is None:
                    return []
                print(f"false alarm at seed {seed}: {error}", flush=True)
                if isinstance(error, str):
                    return [error]
                return [error.law.id, *(law.id for law in error.also)]

            results.make((CLEAN, by, 100, seed), clean)
        if chosen.clean:
            print("{} false alarms in {} clean runs".format(*results.alarms(by)))
        alarms += results.alarms(by)[0]
    return 1 if missed or alarms else 0


if __name__ == "__main__":
    sys.exit(main())
