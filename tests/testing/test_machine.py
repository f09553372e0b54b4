"""The state machine: the library under it, and what it catches."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import run_state_machine_as_test

import orgmodel as om
from orgmodel.acts import operations
from orgmodel.acts.arguments import One
from orgmodel.acts.operation import Operation
from orgmodel.acts.policies import ByCategory, CarryOver, KeepIfEqual, MajorityCluster
from orgmodel.engine.state import Editor
from orgmodel.history.history import History
from orgmodel.testing import machines
from orgmodel.testing.catalogue.whole import LAWS
from orgmodel.testing.law import LawBroken
from orgmodel.testing.laws import laws_settings

# What a machine does comes up in some of its runs only.
pytestmark = pytest.mark.traced(10)

TestLibrary = machines.restructuring().TestCase
NOT_OF_MAJORITIES = {"E9": "the majority decides", "A2": "a majority of majorities is not that of all"}
# Which policy mergers follow matters to the laws of mergers.
OF_MERGERS = [law.id for law in LAWS.values() if law.about == "rule" and law.id not in NOT_OF_MAJORITIES]
TestWithPolicy = machines.restructuring(policy=MajorityCluster(), skip=NOT_OF_MAJORITIES, laws=OF_MERGERS).TestCase
TestStored = machines.restructuring(stored=True, judged_at_end=False).TestCase
# All laws are judged at the end of each run: a few runs are many cases.
for _case, _runs in ((TestLibrary, 8), (TestWithPolicy, 4), (TestStored, 4)):
    _case.settings = settings(_case.settings, max_examples=max(1, _case.settings.max_examples * _runs // 40))
# A name of a test case that is left in the module is a test case more.
del _case


def run(machine: type[machines.Restructuring], examples: int = 200) -> None:
    """Run a machine without looking for the smallest run."""
    quick = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)


def childless(structure, members, day, source):
    """Put the children of the members where these stood, not into the new unit."""
    events = list(operations.merge(structure, members, counterparts=False))
    for i, event in enumerate(events):
        if isinstance(event, om.Succession):
            # Of all members: a rule that reads ids breaks E10 as well.
            lost = {child for member in members for child in structure.children(member)}
            place = structure.parent(min(members))
            changes = [
                om.Change(c.subject, c.track, place) if c.subject in lost and c.track == "parent" else c
                for c in event.changes
            ]
            events[i] = om.Succession(event.links, event.created, changes)
    return events


def test_a_bad_rule_is_caught_and_named():
    """Children that do not come along break C2, or the schema says that they cannot stand there."""
    loose = om.Schema(kinds=("group",), placements=(om.Placement("group", None), om.Placement("group", "group")))
    with pytest.raises(LawBroken) as caught:
        run(machines.restructuring(rule=childless, schema=loose))
    assert caught.value.law.id == "C2"
    assert "laws.again('C2', history" in str(caught.value)


def test_a_law_left_out_is_not_asked(capsys):
    """What the rule is allowed to do is not held against it, and the reason is printed."""
    loose = om.Schema(kinds=("group",), placements=(om.Placement("group", None), om.Placement("group", "group")))
    skip = {"C2": "children stay where the members stood", "A2": "so they do not associate", "E10": "the first by id"}
    run(machines.restructuring(rule=childless, schema=loose, skip=skip, laws=["C1", *skip, "S1"]), examples=5)
    assert "left out C2: children stay where the members stood\n" in capsys.readouterr().out
    with pytest.raises(InvalidArgument, match="say why"):
        machines.restructuring(skip={"C2": ""})


def lossy(structure, unit, measure, parts):
    """Half is divided, the rest is lost: shares that add up to less than 1."""
    return [Fraction(1, 2 * len(parts))] * len(parts)


def dearest(structure, unit, measure, parts):
    return [Fraction(1), *[Fraction(0)] * (len(parts) - 1)]


def test_policies_of_all_sorts_are_put_into_the_machine():
    """What mergers and divisions follow is the user's; a bad one breaks a law, and the script names it."""
    good = {"cluster": MajorityCluster(), "counterpart": ByCategory(), "office": CarryOver(), "rating": KeepIfEqual()}
    measures = ["members", om.Measure("rating", "category")]
    skip = {"E9": "the majority decides", "A2": "and does so each time"}
    followed = {**good, "allocation": dearest}
    run(machines.restructuring(policy=followed, skip=skip, measures=measures, laws=["C4", *OF_MERGERS]), examples=4)
    with pytest.raises(LawBroken) as caught:
        run(machines.restructuring(policy={"allocation": lossy}))
    assert caught.value.law.id == "C4"
    assert " import lossy" in str(caught.value)
    assert "allocation=lossy" in str(caught.value)
    with pytest.raises(InvalidArgument, match="the sorts are cluster"):
        machines.restructuring(policy={"colour": dearest})
    with pytest.raises(InvalidArgument, match="give one of them"):
        machines.restructuring(rule=childless, policy=MajorityCluster())


def forgetful_write(self, track, subject, day, value, act, slot=None, until=2**31 - 1):
    kept = tuple(row for row in self.rows(track, subject) if row[3] != slot)
    self.put(track, subject, (*kept, (day, day if value is None else until, value, slot, act, until, self.event)))


def shared(real):
    def made(self, *more):
        new = real(self, *more)
        new._structures = self._structures
        return new

    return made


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [(Editor, "write", lambda real: forgetful_write), (History, "_with", shared)],
    ids=["the past is overwritten", "branches share what they showed"],
)
def test_planted_faults_of_the_library_are_caught(monkeypatch, owner, name, fault):
    """A fault that neither the tree nor the totals of a day show breaks a law within some runs."""
    monkeypatch.setattr(owner, name, fault(owner.__dict__[name]))
    with pytest.raises(LawBroken):
        run(machines.restructuring())


def test_laws_invariants_and_moves_of_ones_own():
    """A machine takes them; an invariant that fails is told with its sentence, and a class made of it keeps settings."""
    seen = []

    def few_units(history):
        """There are fewer than three units."""
        seen.append(len(history.acts))
        assert len(history.at(history.last_day)) < 3

    def renames(structure):
        return st.builds(operations.Rename, st.sampled_from(list(structure)), st.just("Mine"))

    machine = machines.restructuring(
        laws=["S1"], invariants=[few_units], moves=["rename", renames], judged_at_end=False
    )

    class Longer(machine):
        pass

    assert Longer.TestCase.settings == machine.TestCase.settings
    assert [law.id for law in machine.laws] == ["S1"]
    with pytest.raises(LawBroken, match="few_units is broken: There are fewer than three units"):
        run(Longer, examples=20)
    assert seen
    with pytest.raises(InvalidArgument, match="there is no 'fly'"):
        machines.restructuring(moves=["fly"])


def test_runs_do_all_that_a_user_does():
    """Half of the runs span several days; each sort of step is taken, and each sort of late act comes."""
    steps, days = Counter(), []

    class Counted(machines.restructuring(judged_at_end=False)):
        def teardown(self):
            days.append(len(self.history.days()))
            super().teardown()

    def counting(step):
        def taken(self, **drawn):
            steps[step.__name__] += 1
            return step(self, **drawn)

        return taken

    # Rules are frozen, and those of all machines.
    rules = [(one, one.function) for one in Counted.setup_state().rules]
    for one, step in rules:
        object.__setattr__(one, "function", counting(step))
    try:
        run(Counted, examples=25)
    finally:
        for one, step in rules:
            object.__setattr__(one, "function", step)
    assert sum(many > 1 for many in days) * 2 >= len(days)
    assert set(steps) == STEPS
    assert {word for word in ("late", "stands", "K3", "R2", "X1") if not Counted.met[word]} == set()


STEPS = {
    *("something_happens", "something_else_happens", "something_is_tried_first", "units_merge", "a_unit_is_divided"),
    *("something_old_is_tried", "something_is_amended", "something_is_learned_late"),
    *("a_branch_is_taken", "it_is_looked_at", "it_is_saved_and_loaded", "a_law_is_judged"),
}


@frozen
class Praise(Operation[None]):
    """A verb of one's own: a motto that a unit is given."""

    unit: One
    words: str

    def resolve(self, point):
        """One change."""
        return [om.Change(self.unit, "fact:motto", self.words)]


def test_a_verb_of_ones_own_is_drawn_by_its_arguments():
    """A class of operations is enough: the machine carries it out, and judges what it leaves."""
    praised = []

    def seen(history):
        """Praise is among what was decided."""
        praised.extend(item for act in history.acts for item in act.operations if isinstance(item, Praise))

    run(
        machines.restructuring(laws=["E1"], invariants=[seen], moves=["rename", Praise], judged_at_end=False),
        examples=5,
    )
    assert {type(one.words) for one in praised} == {str}
    with pytest.raises(InvalidArgument, match="Reorganise needs 'links', a list of links"):
        machines.restructuring(moves=[operations.Reorganise])


def test_the_profile_is_honoured():
    """Its database, phases and blob are those of the machine and of the checks; the phase that explains is left out."""
    database = InMemoryExampleDatabase()
    given = settings(database=database, phases=[Phase.reuse, Phase.generate, Phase.explain], print_blob=True)
    settings.register_profile("of a user", given)
    before = settings.get_current_profile_name()
    settings.load_profile("of a user")
    try:
        for made in (machines.restructuring().TestCase.settings, laws_settings(7)):
            assert made.database is database
            assert set(made.phases) == {Phase.reuse, Phase.generate}
            assert made.print_blob
        assert laws_settings(7).max_examples == 7
        assert laws_settings(7, seeded=True).database is None
    finally:
        settings.load_profile(before)
