"""What is learned late, in the kit: which planted faults its laws name, and verbs of users."""

from __future__ import annotations

from typing import ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.operation import VERBS, Events, Operation, Point
from orgmodel.acts.operations import Merge
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import StrikeMatter
from orgmodel.history import anew, what_followed
from orgmodel.history import history as histories
from orgmodel.model import track as tracks
from orgmodel.testing import laws, verb_arguments
from orgmodel.testing.checks import ContractBroken, check_operation
from orgmodel.testing.hierarchies import smallest
from orgmodel.testing.law import Kit, LawBroken
from orgmodel.testing.reproduce import script


def skipping(real):
    def again(self, act, step):
        acts = (other for _, other in self.after.known.values())
        decided = [other for other in acts if not other.is_outcome and other.id not in self.fresh]
        if act.id != max(decided, key=lambda other: other.effective).id:
            real(self, act, step)

    return again


def unread(named):
    return lambda real: lambda self, act, step, track, number: not named(track) and real(self, act, step, track, number)


def by_members(real):
    def derive(self, role, *which, among=()):
        return real(self, role, *which, *sorted(among))

    return derive


@pytest.mark.parametrize(
    ("owner", "name", "fault", "its"),
    [
        (anew.Reckoning, "_again", skipping, {"K1"}),
        (anew.Reckoning, "_differs", unread(tracks.is_measure), {"K1", "K2"}),
        (anew.Reckoning, "_differs", unread(tracks.is_member), {"K1", "K2"}),
        (OperationContext, "derive", by_members, {"K5"}),
        (what_followed, "_changed_steps", lambda real: lambda before, act: iter(()), {"K4"}),
        (histories.History, "as_recorded", lambda real: lambda self, until: self, {"K6"}),
    ],
    ids=["an act is skipped", "figures", "clusters", "ids from members", "consequences", "what was known"],
)
def test_planted_faults_are_named(monkeypatch, owner, name, fault, its):
    """A fault in working out anew breaks the law that says it."""
    monkeypatch.setattr(owner, name, fault(vars(owner)[name]))
    with pytest.raises(LawBroken) as caught:
        laws.check(*sorted(its), max_examples=1_000, seed=2, shrink=False)
    assert caught.value.law.id in its


def test_scripts_draft_decisions_with_the_verbs():
    """A history of operations is printed as drafts, and the script makes it again."""
    history = om.history_of(
        [{"id": "vn"}, *({"id": u, "parent": "vn", "kind": "p", "members": 2} for u in "ab")], day="2024-01-01"
    )
    with history.draft("2026-01-01", act_id="m") as act:
        act.merge(om.select(kind="p"), into=om.Unit("ab"))
    history = history.enact(act)
    with history.draft("2025-01-01", act_id="late") as late:
        late.record("a", "members", 9)
    history = history.enact(late)
    text = script(history, [])
    assert "act.merge([om.select(kind='p')], into=om.Unit('ab'))" in text
    made: dict[str, om.History] = {}
    exec(text, made)  # the printed script, run
    assert made["history"].same_facts(history)


def test_a_failure_of_what_is_learned_late_ends_in_the_plain_call(monkeypatch):
    """The script drafts the late act, and judges the law on it: it fails again."""
    rows = [{"id": "vn"}, *({"id": u, "parent": "vn", "kind": "p", "members": 2} for u in "ab")]
    history = om.history_of(rows, day="2024-01-01")
    with history.draft("2026-01-01", act_id="m") as act:
        act.merge(om.select(kind="p"), into=om.Unit("ab"))
    history = history.enact(act)
    with history.draft("2025-01-01", act_id="late") as late:
        late.record("a", "members", 9)
    monkeypatch.setattr(what_followed, "_changed_steps", lambda before, act: iter(()))
    case = laws.Case(history, (0,), Kit())
    case.late = late.act
    with pytest.raises(LawBroken) as caught:
        laws.LAWS["K4"].judge(case)
    told = str(caught.value)
    assert told.endswith("laws.again('K4', history, dice='00', late=act)")  # and does not say that it does not fail


# ---- verbs of users


@pytest.fixture
def verbs():
    """The verbs, as they were before a test declares its own."""
    before = dict(VERBS)
    yield
    VERBS.clear()
    VERBS.update(before)


def operations_of(verb):
    return lambda structure: st.builds(verb, st.sampled_from(list(structure)))


def test_a_good_verb_passes():
    """The library's merger of siblings keeps what a verb must keep."""

    def mergers(structure):
        groups = [structure.children(unit)[:2] for unit in structure if len(structure.children(unit)) > 1]
        return st.builds(Merge, st.sampled_from(groups or [tuple(structure)[:1]]))

    met = check_operation(mergers, max_examples=30, seed=1)
    assert met["accepted"]
    assert met["stands"]


def test_a_verb_about_matters_is_drawn_with_their_ids():
    """What a verb names by a text may be a matter that there is."""
    schema = om.Schema(matters=[om.MatterKind("award")])
    history = om.history_of([{"id": "a"}], day="2025-01-01", schema=schema)
    with history.draft("2025-02-01") as act:
        act.begin("award", id="flag")
    structure = history.enact(act).at("2025-02-01")
    assert smallest(verb_arguments.operations_of(StrikeMatter)(structure), lambda drawn: drawn.matter == "flag")


def test_a_verb_that_remembers_is_told(verbs, unshrunk):
    """A verb that keeps count of its calls is not deterministic; one that asks the world outside is not K1."""
    calls: list[int] = []

    @frozen
    class Number(Operation[None]):
        """Give a unit the next number."""

        name: ClassVar[str] = "number"
        unit: str

        def resolve(self, at: Point) -> Events:
            calls.append(1)
            return Events([om.Change(self.unit, "name", f"No. {len(calls)}")])

    with pytest.raises(ContractBroken, match="not deterministic"):
        check_operation(operations_of(Number), max_examples=20, seed=1)


def test_a_verb_that_reads_behind_the_point_is_told(verbs, unshrunk):
    """What a verb remembers from when it was drawn does not follow what is learned late: law K1 or K2."""
    seen: dict[str, int] = {}

    @frozen
    class Count(Operation[None]):
        """Write down how many children a unit has."""

        name: ClassVar[str] = "count_children"
        unit: str

        def resolve(self, at: Point) -> Events:
            number = seen.setdefault(f"{self.unit} {at.act} {at.anew}", len(at.structure.children(self.unit)))
            return Events([om.Change(self.unit, "fact:children", number)])

    def counts(structure):
        seen.clear()
        return operations_of(Count)(structure)

    with pytest.raises((LawBroken, ContractBroken)):
        check_operation(counts, max_examples=300, seed=1)


def test_evolved_acts_are_decisions():
    """An act without what it came to is the same decision."""
    act = om.Act("a", "2025-01-01", [Merge(["a", "b"])])
    assert evolve(act, resolved=None, on=None).decides_as(act)
