"""The laws of verbs (O): what an operation on single units or clusters does is what its name says, and nothing else.

The expected facts come from a few lines for each verb, which change plain dictionaries.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts import operations as verbs
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Link, Succession
from orgmodel.acts.policies import CarryOver
from orgmodel.errors import Answer
from orgmodel.history.history import History, history_of
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.scenario.tables import Succeed
from orgmodel.testing.catalogue.family import Family, met, needed
from orgmodel.testing.catalogue.shared import enacted, inner_units
from orgmodel.testing.decisions import Verdict, answered, verdict
from orgmodel.testing.hierarchies import UnitRow
from orgmodel.testing.law import SOURCE, Case, Choosing, NotMet, happens, same
from orgmodel.testing.moves import pick
from orgmodel.testing.twin import UNIT, PlainDay

__all__ = ["law"]

law: Final = Family()


class _Expected(PlainDay):
    """The facts of a day, changed by verbs as their plain words say."""

    def __init__(self, history: History, day: dt.date) -> None:
        self.structure = history.at(day)
        super().__init__(copy.deepcopy(self.structure.facts()), list(self.structure))
        self._heirs = history.lineage.successors

    def chosen(self, units: Iterable[Any]) -> list[str]:
        """The ids among which a verb chooses, with those that a selection chooses."""
        ids = ([unit] if isinstance(unit, str) else self.structure.select(unit) for unit in units)
        return list(dict.fromkeys(itertools.chain.from_iterable(ids)))

    def put(self, subject: str, track: str, value: Any, slot: Any = None) -> None:
        self._children.clear()
        self.facts.setdefault(subject, {}).pop((track, slot), None)
        if value is not None:
            self.facts[subject][track, slot] = value

    def join(self, unit: str, cluster: str) -> None:
        """A unit joins a cluster; in a partition it leaves any other."""
        clustering = self.value(cluster, tracks.LIFE).clustering
        cover = self.value(clustering, tracks.LIFE).cover
        self.put(unit, tracks.member_track(clustering), cluster, cluster if cover else None)

    def leave(self, unit: str, cluster: str) -> None:
        for key in [key for key, value in self.facts[unit].items() if tracks.is_member(key[0]) and value == cluster]:
            del self.facts[unit][key]

    def end(self, subjects: Iterable[str]) -> None:
        for subject in subjects:
            del self.facts[subject]

    def close(self, units: list[str], home: Callable[[str, str, str], str | None], *, agencies: bool) -> None:
        """Units end, the agencies below them too if asked for; other children go home: (child, unit, hierarchy)."""
        for upper in units if agencies else ():
            for line in self.structure.hierarchies:
                units += [
                    child
                    for child in self.children(upper, line)
                    if child not in units and self.structure.schema.is_agency(self.kind(child))
                ]
        for line in self.structure.hierarchies:
            for unit in units:
                for child in self.children(unit, line):
                    if child not in units:
                        self.put(child, tracks.parent_track(line), home(child, unit, line))
        self.end(units)

    def begin(self, unit: Unit, under: Mapping[str, str], figures: Iterable[tuple[str, Any]] = ()) -> None:
        self.put(unit.id, tracks.LIFE, UNIT)
        for word in (tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY):
            self.put(unit.id, word, getattr(unit, word))
        for line, parent in {unit.hierarchy: unit.parent, **under}.items():
            if parent is not None:
                self.put(unit.id, tracks.parent_track(line), parent)
        for measure, value in figures:
            self.put(unit.id, tracks.measure_track(measure), value, tracks.OWN)

    def take_off(self, operation: verbs.Reestablish) -> None:
        """Exact counts that a unit takes up again leave the one unit that had its ground, if that has as many."""
        # Successors of all ways, and the unit itself where it became nothing.
        holders = [unit for unit in self._heirs(operation.old) if unit in self.structure]
        holder = operation.out_of if operation.out_of in holders else holders[0] if len(holders) == 1 else None
        if holder is None:
            return
        for measure, number in operation.measures:
            had = self.value(holder, tracks.measure_track(measure), tracks.OWN)
            if isinstance(had, int) and had >= number:
                self.put(holder, tracks.measure_track(measure), had - number, tracks.OWN)


def _do(day: _Expected, operation: Any) -> None:
    """Change the facts as an operation says; the law does not speak of verbs that make units of units."""
    match operation:
        case verbs.Rename():
            day.put(operation.unit, tracks.NAME, operation.to)
        case verbs.Recode():
            day.put(operation.unit, tracks.CODE, operation.code)
        case verbs.Reclassify():
            for unit in day.chosen(operation.units):
                for track, word in ((tracks.KIND, operation.kind), (tracks.CATEGORY, operation.category)):
                    day.put(unit, track, word or day.value(unit, track))
        case verbs.Record():
            day.put(operation.unit, tracks.measure_track(operation.measure), operation.value, operation.scope)
        case verbs.Adjust():
            track = tracks.measure_track(operation.measure)
            before = day.value(operation.unit, track, operation.scope)
            met(isinstance(before, int))  # C4 and T2 check sums that are not known.
            day.put(operation.unit, track, before + operation.by, operation.scope)
        case verbs.ChangeFact():
            day.put(operation.subject, operation.track, operation.value, operation.slot)
        case verbs.Create():
            met(operation.unit.id)
            day.begin(operation.unit, dict(operation.under), operation.measures)
        case verbs.Reestablish():
            day.take_off(operation)
            day.begin(operation.unit, dict(operation.under), operation.measures)
        case verbs.Reassign():
            for unit in day.chosen(operation.units):
                day.put(unit, tracks.parent_track(operation.hierarchy), operation.to)
        case verbs.Close():
            homes: dict[str, str] = dict(operation.children_to or ())  # type: ignore[arg-type]  # moves name each child
            day.close(
                day.chosen(operation.units), lambda child, *_: homes.get(child), agencies=operation.close_agencies
            )
        case verbs.AbolishLevel():
            ending = day.where(tracks.KIND, operation.kind)

            def nearest(_: str, unit: str, line: str) -> str | None:
                return next((u for u in day.above(unit, line) if day.kind(u) != operation.kind), None)

            day.close([*ending], nearest, agencies=operation.close_agencies)
        case _:
            _of_clusters(day, operation)


def _of_clusters(day: _Expected, operation: Any) -> None:
    match operation:
        case verbs.Form():
            day.put(operation.what.id, tracks.LIFE, operation.what)
            day.put(operation.what.id, tracks.NAME, operation.what.name or None)
            for unit in day.chosen(operation.members or ()):
                day.join(unit, operation.what.id)
        case verbs.Join():
            for unit in day.chosen(operation.units):
                day.join(unit, operation.cluster)
        case verbs.Leave():
            for unit in day.chosen(operation.units):
                day.leave(unit, operation.cluster)
        case verbs.Dissolve():
            for unit in day.members(operation.what):
                day.leave(unit, operation.what)
                if operation.members_to is not None:
                    day.join(unit, operation.members_to)
            day.end([operation.what])
        case verbs.Designate():
            day.put(operation.cluster, tracks.ROLE, operation.unit, (operation.role, operation.seat))
        case _:
            met(False)


_VERBS: Final = (
    *("rename", "record", "adjust", "recode", "reclassify", "appoint", "state a fact", "create", "create an agency"),
    *("close", "close a leaf", "re-establish", "reassign", "reassign selected", "attach", "abolish level", "form"),
    *("join", "leave", "dissolve", "dissolve", "designate"),
)


def _said(case: Case) -> Iterator[Sequence[Any]]:
    """Operations that fit the case: as moves draw them, and those that they draw seldom."""
    for at in range(0, 12, 2):
        with contextlib.suppress(NotMet):
            yield case.move(at, _VERBS).steps
    structure = case.structure
    yield [verbs.Record(pick(list(structure), case.number(0)), "members", case.number(1), scope=tracks.SUBTREE)]
    yield [
        verbs.Reclassify(pick(list(structure), case.number(2)), kind=pick(structure.schema.kinds, case.number(3)).id)
    ]
    for clustering in structure.clusterings():
        members = [(unit, c.id) for c in structure.clusters(clustering.id) for unit in structure.members(c.id)]
        if members:
            yield [verbs.Leave(*pick(members, case.number(2)))]


@law(
    "O1", "a verb on units or clusters, none of which becomes another, changes what it says and nothing else", "library"
)
def o1(case: Case) -> None:
    for steps in _said(case):
        with contextlib.suppress(NotMet):
            _done(case.history, case.day, steps)
    # Levels that end above others, whatever the schema of the case: each child goes to the one above its parent.
    parents = {"p": "top", "q": "top", "pd": "p", "qd": "q"}
    parents |= {f"c{at}": pick(["pd", "qd"], case.number(at)) for at in (3, 4)}
    kinds = {"p": "province", "q": "province", "pd": "district", "qd": "district"}
    rows: list[UnitRow] = [{"id": "top", "kind": "centre"}]
    rows += [{"id": unit, "kind": kinds.get(unit, "commune"), "parent": parent} for unit, parent in parents.items()]
    abolished = verbs.AbolishLevel(pick(["district", "province"], case.number(5)))
    _done(history_of(rows, day=case.day), case.day, [abolished])


def _done(history: History, day: dt.date, steps: Sequence[Any]) -> None:
    """Compare the facts after some operations with those that their words give; nothing where they are refused."""
    expected = _Expected(history, day)
    for operation in steps:
        _do(expected, operation)
    longer = needed(happens(history, Act("law", day, steps, SOURCE)))
    same(longer.at(day).facts(), expected.facts, f"after {', '.join(map(str, steps))}")
    for operation in steps:
        until = getattr(operation, "until", None)
        if until is not None:
            key = _key(operation)
            last, since = (PlainDay(longer.at(on).facts()).value(*key) for on in (until - ONE_DAY, until))
            same((last, since), (expected.value(*key), None), f"before {until} and since then, after {operation}")


def _key(operation: Any) -> tuple[str, str, Any]:
    """The subject, track and slot of the fact that a verb with an end states."""
    if isinstance(operation, verbs.Designate):
        return operation.cluster, tracks.ROLE, (operation.role, operation.seat)
    return operation.subject, operation.track, operation.slot


@law(
    "O2",
    "a role whose holder has ended stays on record with it, and passes to its successor where that is said",
    "library",
)
def o2(case: Case) -> None:
    inner = set(inner_units(case.structure))
    holders = {
        c.id: [unit for unit in case.structure.members(c.id) if unit in inner] for c in case.structure.clusters()
    }
    clusters = [cluster for cluster, units in holders.items() if units]
    met(clusters)
    cluster = pick(clusters, case.number(0))
    unit = pick(holders[cluster], case.number(1))
    # A unit has one seat in a cluster: what it has is what is passed on.
    (role, seat), *_ = [s for s, u in case.structure.roles(cluster).items() if u == unit] or [("leader", 1)]
    steps = [verbs.Designate(cluster, role, unit, seat=seat, instead=True), verbs.Replace(unit, Unit("heir"))]
    _role_lapses(case, cluster, unit)
    lapsed = enacted(case, steps, "ended")
    passed = needed(happens(lapsed, Act("passed", case.day, [verbs.SucceedRole(cluster, role, seat=seat)], SOURCE)))
    before, after = lapsed.at(case.day).facts(), passed.at(case.day).facts()
    same(before[cluster].get((tracks.ROLE, (role, seat))), unit, f"the {role} of {cluster!r}, who has ended")
    same(after, {**before, cluster: {**before[cluster], (tracks.ROLE, (role, seat)): "heir"}}, "after the succession")


@law(
    "O3",
    "a merger, takeover or replacement of which a source states only the links comes to what the verb comes to",
    "library",
    "agencies that merge with their counterparts",
)
def o3(case: Case) -> None:
    members, new = case.members, Unit("whole")
    verb, olds, heir = pick(
        [
            (verbs.Merge(members, into=new, counterparts=False), members, new.id),
            (verbs.TakeOver(members[0], members[1:], counterparts=False), members, members[0]),
            (verbs.Replace(members[0], new), members[:1], new.id),
        ],
        case.number(4),
    )
    stated = Succession([Link(old, heir) for old in olds], [new] if heir == new.id else [])
    _same_outcome(case.history, case, stated, [verb])


def _role_lapses(case: Case, cluster: str, unit: str) -> None:
    """Require that a warning names who has a role in a cluster and leaves it, and nobody else."""
    with case.history.draft(case.day, SOURCE, act_id="leaving") as draft:
        draft.leave(unit, cluster)
    lapsing = [note.units for note in draft.notes if note.rule == "role-lapses"]
    same(
        lapsing,
        [(unit,) for who in case.structure.roles(cluster).values() if who == unit],
        f"roles in {cluster!r} that lapse",
    )


def _same_outcome(history: History, case: Case, stated: Any, plain: Sequence[Any]) -> None:
    """Require that what is stated comes to what some verbs come to, with the same questions answered alike."""

    def enacted(steps: Sequence[Any], answers: Iterable[Answer] = ()) -> Verdict:
        return verdict(lambda: history.enact(Act("law", case.day, steps, SOURCE), answers=answers))

    outcome, expected = enacted([stated]), enacted(plain)
    answers = answered(expected.questions, case.number(5))
    if answers:
        outcome, expected = enacted([stated], answers), enacted(plain, answers)
    same(outcome.word, expected.word, f"{stated}, beside {plain} ({outcome.error or expected.error})")
    shown = [needed(each.history).at(case.day).facts() for each in (outcome, expected)]
    same(shown[0], shown[1], f"by {stated}, and by {plain}")


@law(
    "O4",
    "a figure, an office and a fact that go on after a merger end when they would have ended without it, a sum with the last "
    "of its parts",
    "library",
)
def o4(case: Case) -> None:
    measure = needed(case.history.measures.get("members"))
    members, days = case.members, [case.day + i * ONE_DAY for i in range(4)]
    # Few days, so that some members end together and some do not.
    ends = [pick([None, *days[1:3]], case.number(at)) for at, _ in enumerate(members)]
    # Facts that go on where all members have the same.
    alike = [t.id for t in case.history.schema.tracks if t.merged == "keep" and not t.slots and t.values == "text"]
    facts = []
    for member, end in zip(members, ends, strict=True):
        facts += [Change(member, measure.track, 5, tracks.OWN, end)]
        facts += [Change(member, tracks.OFFICE, f"holder {member}", ("head", 1), end)]
        facts += [Change(member, track, "alike", None, end) for track in alike]
    stated = enacted(case, facts, "stated")
    rule = Choosing(verbs.PolicyMerger(into=Unit("whole"), counterparts=False, offices=CarryOver()))
    after = needed(happens(stated, case.act(rule(stated.at(case.day), members, case.day, SOURCE))))
    for day in days:
        holding = {member for member, end in zip(members, ends, strict=True) if end is None or day < end}
        expected: dict[str, Any] = dict.fromkeys(alike, "alike" if holding else None)
        expected["members"] = 5 * len(members) if holding else None
        expected["holders"] = {f"holder {member}" for member in holding}
        merged = PlainDay(after.at(day).facts())
        answers = {track: merged.value("whole", track) for track in alike}
        answers["members"] = merged.value("whole", measure.track, tracks.OWN)
        answers["holders"] = {w for w in merged.slots("whole", tracks.OFFICE).values() if w.startswith("holder ")}
        same(answers, expected, f"the new unit on {day}")


@law(
    "O5",
    "tables of links and of new units come to what the verb comes to that they describe",
    "library",
    "agencies that merge with their counterparts",
)
def o5(case: Case) -> None:
    structure, members = case.structure, case.members
    kind, home = structure.value(members[0], tracks.KIND), structure.parent(members[0])
    met(kind and all(structure.parent(member) == home for member in members))
    # Tables name units by their codes, and few units of a case have any.
    coded = [verbs.Recode(unit, f"O5-{at}") for at, unit in enumerate((str(home), *members))]
    history = needed(happens(case.history, Act("coded", case.day, coded, SOURCE)))
    place = {"parent_kind": structure.value(str(home), tracks.KIND) or "", "parent_code": "O5-0"}
    links = [{"old_kind": kind, "old_code": f"O5-{at}", "new_code": "O5"} for at, _ in enumerate(members, 1)]
    new = {"id": "whole", "code": "O5", "name": "Whole", "kind": kind, "category": "rural", **place}
    unit = Unit("whole", "Whole", code="O5", category="rural")
    _same_outcome(
        history, case, Succeed(links=links, created=[new]), [verbs.Merge(members, into=unit, counterparts=False)]
    )
    member, goes_on = members[0], {**new, "id": "", "code": "O5-1"}
    same_code = [{"old_kind": kind, "old_code": "O5-1", "new_code": "O5-1"}]
    changed = [verbs.Rename(member, "Whole"), verbs.Reclassify(member, category="rural")]
    _same_outcome(history, case, Succeed(links=same_code, created=[goes_on], goes_on=["code"]), changed)
