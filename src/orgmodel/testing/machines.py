"""A state machine that restructures an organisation step by step, under all laws that apply.

It picks units by their place among the live ones, keeps days close together (chains of
one day, units that live for no whole day, late acts), corrects, branches, saves and
loads, and compares every step with a twin that reads nothing but events. Each run takes
only some of the moves, drawn at its start: what hides when all are mixed shows when few are.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, get_args

from hypothesis import Phase, Verbosity, note, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orgmodel.acts.act import Act
from orgmodel.acts.operations import PolicyMerger
from orgmodel.acts.policies import ClusterPolicy, Equal, MergerRule
from orgmodel.errors import Refused
from orgmodel.history.anew import says_all
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import ONE_DAY
from orgmodel.rules.invariants import check
from orgmodel.scenario.scenario import Scenario
from orgmodel.testing.catalogue import RULES_OF
from orgmodel.testing.decisions import DECIDED, LATE, Decider, concerned, told_late, verdict
from orgmodel.testing.ground_laws import LAWS
from orgmodel.testing.late_laws import drafted_on
from orgmodel.testing.law import SOURCE, Broken, Case, Kit, Law, NotMet, PolicySort, error_of
from orgmodel.testing.laws import chosen
from orgmodel.testing.moves import MOVES, WIDTH, Maker, pick
from orgmodel.testing.reproduce import broken, code, draft_code
from orgmodel.testing.schemas import AGENCIES
from orgmodel.testing.strategies import DAY, MEMBERS, amendment, foundings, framed
from orgmodel.testing.twin import Facts, Impossible, Twin, in_order, replayed, standing

NUMBERS = st.binary(min_size=WIDTH + 1, max_size=WIDTH + 1)
DICE = st.binary(min_size=WIDTH * 2, max_size=WIDTH * 2)
FEW_UNITS, MOST_BRANCHES = 9, 4
LEARNING = ("K1", "K2", "K4", "K5", "K6", "R1")
"""The laws that are judged on each late act of a run."""


class Restructuring(RuleBasedStateMachine):
    """One run: a history, the twin beside it, and branches left behind. Made by :func:`restructuring`."""

    kit: ClassVar[Kit] = Kit()
    schema: ClassVar[Schema] = AGENCIES
    measures: ClassVar[tuple[Measure, ...]] = (MEMBERS,)
    laws: ClassVar[tuple[Law, ...]] = ()
    names: ClassVar[frozenset[str]] = frozenset()
    skipped: ClassVar[Mapping[str, str]] = {}
    stored: ClassVar[bool] = False
    met: ClassVar[Counter[str]] = Counter()
    """What all runs of the machine met: late acts drawn, of these those that stand, ask or are refused, and so on."""

    history: History
    twin: Twin

    # ---- the beginning

    def begin(self, founding: Act, swarm: int) -> None:
        """The founding act, and which moves this run takes."""
        self.moves = [name for i, name in enumerate(MOVES) if swarm >> i & 1] or list(MOVES)
        self.history = History(self.schema, self.measures).enact(founding)
        self.twin = Twin(self.schema, self.history.measures)
        self.twin.act(founding)
        self.count = 0
        self.branches: list[tuple[History, Twin, Facts]] = []
        self.known: list[tuple[int, Any, Facts]] = []
        self.compare(founding, [0])

    # ---- what is broken

    def breaks(
        self,
        law: str,
        why: str,
        dice: Sequence[int] = (0,),
        history: History | None = None,
        acts: Iterable[Act] = (),
    ) -> None:
        """Fail by a law, unless it is left out; the script ends with the acts, if there are any."""
        if law in self.names:
            case = Case(self.history if history is None else history, tuple(dice), self.kit)
            for act in acts:
                ending = [broken(f"history = history.enact({code(act)})")]
                case.ending = [*case.ending, *(ending if act.is_outcome else [*draft_code(act), "history.enact(act)"])]
            raise error_of(law)(LAWS[law], case, why)

    def compare(self, act: Act | None, numbers: Sequence[int]) -> None:
        """What must hold after each step."""
        day = self.twin.day
        structure = self.history.at(day)
        facts = self.twin.facts()
        found = structure.facts()
        if found != facts:
            from orgmodel.testing.law import difference

            self.breaks("E1", f"on {day}: {difference(found, facts)}", numbers)
        for finding in check(structure):
            self.breaks(RULES_OF.get(finding.rule, "S1"), str(finding), numbers)
        if act is not None:
            same = self.history.enact(act)
            if len(same.log) != len(self.history.log):
                self.breaks("A4", f"enacting {act.id!r} twice makes two entries", numbers)
        if self.known:
            number, earlier, before = pick(self.known, numbers[0])
            if earlier < day and self.history.at(earlier).facts() != before:
                self.breaks("T1", f"{earlier} reads otherwise after an act of {day}", numbers)
            del number
        if self.stored:
            text = jsonl.dumps(self.history)
            loaded = jsonl.loads(text)
            if jsonl.dumps(loaded) != text or loaded.at(day).facts() != facts:
                self.breaks("D6", f"loaded, it reads otherwise on {day}", numbers)
            self.history = loaded

    def enact(self, acts: Iterable[Act], numbers: Sequence[int]) -> bool:
        """Enact acts of the last day or later, if the twin can do them; the library must agree."""
        acts = tuple(acts)
        if not all(map(says_all, acts)):
            return self.enact_open(acts, numbers)
        twin = self.twin.copy()
        reason = ""
        try:
            for act in acts:
                twin.act(act)
                twin.check_day()
        except Impossible as error:
            reason = str(error)
        try:
            history = self.history.enact(*acts)
        except Refused as error:
            if not reason:
                self.breaks("E3", f"refused, though the twin can do it: {error}", numbers, acts=acts)
            return False
        if reason:
            self.breaks("E3", f"accepted, though {reason}", numbers, acts=acts)
            return False
        if self.twin.day < acts[0].effective:
            self.known.append((len(self.known), self.twin.day, self.twin.facts()))
        self.history, self.twin = history, twin
        self.compare(acts[-1], numbers)
        return True

    def enact_open(self, acts: Sequence[Act], numbers: Sequence[int]) -> bool:
        """Enact acts that leave something to be worked out; the twin follows what they came to."""
        try:
            history = self.history.enact(*acts)
        except Refused:
            return False
        twin = self.twin.copy()
        try:
            for act in acts:
                twin.act(history.act(act.id))
                twin.check_day()
        except Impossible as error:
            self.breaks("E3", f"accepted, though {error}", numbers, acts=acts)
            return False
        if self.twin.day < acts[0].effective:
            self.known.append((len(self.known), self.twin.day, self.twin.facts()))
        self.history, self.twin = history, twin
        self.compare(acts[-1], numbers)
        return True

    def made(self, numbers: Sequence[int], twin: Twin, only: Sequence[str], later: int = 0) -> Act:
        """An act of one move on a twin, some days later."""
        self.count += 1
        twin.day = twin.day + later * ONE_DAY
        maker = Maker(twin, f"m{self.count}-", [measure.id for measure in self.measures])
        return Act(f"act {self.count}", twin.day, maker.make(numbers, only).events, SOURCE)

    # ---- steps

    @rule(numbers=NUMBERS)
    def something_happens(self, numbers: bytes) -> None:
        """A move, on the same day or up to three days later."""
        when, *how = numbers
        twin = self.twin.copy()
        act = self.made(how, twin, self.moves, max(0, when % 8 - 4))
        if not self.enact([act], how):
            self.breaks("E3", "a move that the twin made is impossible", how, acts=[act])

    @rule(numbers=NUMBERS)
    def units_merge(self, numbers: bytes) -> None:
        """A merger by the rule under test."""
        case = Case(self.history, tuple(numbers), self.kit)
        try:
            members = case.merger.members
        except NotMet:
            return
        except Broken as error:
            self.breaks("E7", str(error), numbers)
            return
        for name in ("C1", "C2", "A6"):
            if name in self.names:
                LAWS[name].judge(case)
        day = self.twin.day + (numbers[3] % 2) * ONE_DAY
        self.count += 1
        try:
            events = tuple(self.kit.rule(self.history.at(day), members, day, SOURCE))
        except Refused:
            return
        self.enact([Act(f"act {self.count}", day, events, SOURCE)], numbers)

    @rule(dice=st.binary(min_size=12, max_size=12))
    def a_unit_is_divided(self, dice: bytes) -> None:
        """A division by the allocation under test, and the parts merged again."""
        for name in ("C4", "C5"):
            if name in self.names:
                LAWS[name].judge(Case(self.history, tuple(dice), self.kit))

    @rule(numbers=NUMBERS)
    def something_old_is_tried(self, numbers: bytes) -> None:
        """An act made for an earlier state: the library accepts it exactly where the twin can do it."""
        if not self.branches:
            return
        _, old, _ = pick(self.branches, numbers[0])
        act = self.made(numbers[1:], old.copy(), self.moves)
        self.enact([Act(act.id, self.twin.day, act.events, act.source)], numbers)

    @precondition(lambda self: len(self.history.acts) > 1)
    @rule(numbers=NUMBERS)
    def something_is_amended(self, numbers: bytes) -> None:
        """A correction, a cancellation, or an act recorded late."""
        measures = dict(self.history.measures)
        acts = standing(self.history.log)
        # Where there are decisions, the twin does not know what they come to on changed ground.
        follows = all(map(says_all, acts))
        self.count += 1
        change = amendment(acts, numbers, self.schema, measures, f"late {self.count}")
        if change is None:
            return
        name, act = change
        before, size = self.history, len(self.history.log)
        try:
            late = act is not None and name not in {a.id for a in acts}
            history = before.enact(act) if late and act else before.amend({name: act}, reason="amended")
        except Refused as error:
            if not follows:
                # What was decided on it may not stand any more.
                return
            self.breaks("E3", f"the amendment of {name!r} is refused, though the twin can do it: {error}", numbers)
            return
        if not follows:
            self.follow(history, numbers)
            return
        kept = [a if a.id != name else act for a in acts] if not late else [*acts, act]
        listed = in_order([a for a in kept if a is not None])
        day = max(self.twin.day, max(a.effective for a in listed))
        self.history, self.twin = history, replayed(listed, self.schema, measures)
        self.twin.day = day
        self.known.clear()
        self.compare(None, numbers)
        if history.as_recorded(size) != before:
            self.breaks("B1", f"what was known before the amendment of {name!r} is another", numbers)

    # ---- decisions, and what is learned late

    @rule(dice=DICE)
    def something_is_decided(self, dice: bytes) -> None:
        """Operations that read what is there, on the same day or some days later."""
        self.count += 1
        decider = Decider(random.Random(dice), f"d{self.count}-")
        day = self.twin.day + dice[0] % 3 * ONE_DAY
        act = decider.act(self.history, day, f"act {self.count}", DECIDED)
        if act is not None:
            self.enact_open([act], dice)

    @precondition(lambda self: self.history.first_day != self.history.last_day)
    @rule(dice=DICE)
    def something_is_learned_late(self, dice: bytes) -> None:
        """Operations on an earlier day, with answers to what they make later decisions ask; now and then cancelled."""
        self.count += 1
        days = self.history.days()[:-1]
        decider = Decider(random.Random(dice), f"l{self.count}-")
        day = pick(days, dice[0])
        decider.focus = concerned(self.history, day)
        late = decider.act(self.history, day, f"late {self.count}", LATE)
        if late is None:
            return
        self.met["late"] += 1
        found = told_late(self.history, late, dice[1])
        self.met[found.told.word] += 1
        self.met["answered"] += bool(found.answers) and found.settled.history is not None
        case = Case(self.history, tuple(dice), self.kit)
        case.learned = found
        answers = f", answers={code(list(found.answers))}" if found.answers else ""
        case.ending = [*draft_code(late), f"history = history.enact(act{answers})"]
        for name in LEARNING:
            if name in self.names:
                LAWS[name].judge(case)
        if found.settled.history is None:
            return
        self.follow(found.settled.history, dice)
        if dice[2] % 4 == 0:
            self.follow(self.history.cancel(late.id, reason="withdrawn"), dice)

    @precondition(lambda self: any(not act.is_outcome for act in self.history.acts))
    @rule(dice=DICE)
    def a_decision_is_amended(self, dice: bytes) -> None:
        """A decision is cancelled, or decided otherwise; what follows from it follows anew, or it is refused."""
        self.count += 1
        old = pick([act for act in self.history.acts if not act.is_outcome], dice[0])
        act = None
        if dice[1] % 2:
            decider = Decider(random.Random(dice), f"c{self.count}-")
            act = decider.act(self.history, old.effective, old.id, DECIDED)
        size, before = len(self.history.log), self.history
        told = verdict(lambda: before.amend({old.id: act}, reason="a slip"))
        self.met["amended" if told.history is not None else "not amended"] += 1
        if told.history is None:
            return
        self.follow(told.history, dice)
        if told.history.as_recorded(size) != before:
            self.breaks("K6", f"what was known before the amendment of {old.id!r} is another", dice)

    @precondition(lambda self: len(self.branches) > 0)
    @rule(dice=DICE)
    def a_scenario_is_rebased(self, dice: bytes) -> None:
        """Decisions drafted on a branch are put on the history as it is: law K3."""
        self.count += 1
        base, _, _ = pick(self.branches, dice[0])
        day = max(base.last_day or self.twin.day, self.twin.day)
        act = Decider(random.Random(dice), f"s{self.count}-").act(base, day, f"act {self.count}", DECIDED)
        if act is None:
            return
        moved = verdict(lambda: Scenario("a branch", base, [act]).rebase(self.history).history)
        drafted = verdict(lambda: drafted_on(self.history, [act]))
        if moved.word != drafted.word:
            self.breaks("K3", f"rebased it {moved.word}, drafted there it {drafted.word}", dice, acts=[act])
        if moved.history is not None and drafted.history is not None:
            self.met["rebased"] += 1
            if not moved.history.same_facts(drafted.history):
                self.breaks("K3", "rebased it says otherwise than drafted there", dice, acts=[act])
            self.follow(moved.history, dice)

    def follow(self, history: History, numbers: Sequence[int]) -> None:
        """Go on from a history whose past may have changed; the twin follows what its acts came to."""
        acts = history.acts
        try:
            twin = replayed(acts, self.schema, history.measures)
        except Impossible as error:
            self.breaks("E3", f"accepted, though {error}", numbers, history)
            return
        twin.day = max(self.twin.day, acts[-1].effective)
        self.history, self.twin = history, twin
        self.known.clear()
        self.compare(None, numbers)

    @rule(number=st.integers(0, 255))
    def a_branch_is_taken(self, number: int) -> None:
        """This history is left as it is, to come back to, or one left before goes on."""
        here = (self.history, self.twin.copy(), self.twin.facts())
        if len(self.branches) < MOST_BRANCHES:
            self.branches.append(here)
        else:
            at = number % MOST_BRANCHES
            self.history, self.twin, _ = self.branches[at]
            self.twin = self.twin.copy()
            self.known.clear()
            self.branches[at] = here

    @rule()
    def it_is_saved_and_loaded(self) -> None:
        """The history goes on from what was written."""
        text = jsonl.dumps(self.history)
        loaded = jsonl.loads(text)
        if loaded != self.history or jsonl.dumps(loaded) != text:
            self.breaks("D6", "loaded, it is another history")
        self.history = loaded
        self.compare(None, [0])

    @rule(number=st.integers(0, 255), dice=st.binary(min_size=12, max_size=12))
    def a_law_is_judged(self, number: int, dice: bytes) -> None:
        """Any one law, on the history as it is."""
        if self.laws:
            pick(self.laws, number).judge(Case(self.history, tuple(dice), self.kit))

    # ---- the end

    def teardown(self) -> None:
        """The branches left behind are as they were."""
        for name, reason in self.skipped.items():
            note(f"left out {name}: {reason}")
        for history, twin, facts in getattr(self, "branches", ()):
            fresh = history.as_recorded(len(history.log))
            if history.at(twin.day).facts() != facts or fresh.at(twin.day).facts() != facts:
                self.breaks("D4", f"a branch left on {twin.day} reads otherwise now", history=history)


def restructuring(
    *,
    rule: MergerRule | None = None,
    policy: ClusterPolicy | Mapping[PolicySort, Any] | None = None,
    skip: Mapping[str, str] | None = None,
    schema: Schema | None = None,
    more_hierarchies: Sequence[str] | None = None,
    measures: Iterable[Measure | str] = (MEMBERS,),
    siblings: bool = True,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    stored: bool = False,
) -> type[Restructuring]:
    """A state machine class; its ``TestCase`` is what a test module names for pytest to run.

    Args:
        rule: the merger rule under test; ``operations.PolicyMerger`` if None.
        policy: instead of a rule, what the library's own operations follow: the policy that
            says which cluster a merged unit joins, or several by their sort: ``cluster``,
            ``counterpart``, ``office`` and ``rating`` of mergers, ``allocation`` of divisions.
        skip: law -> why it is left out; the reasons are printed.
        schema: kinds, placements and hierarchies; :data:`orgmodel.testing.schemas.AGENCIES` if None.
        more_hierarchies: names of hierarchies beside the main one in which units also
            stand; if None those of the schema, and where neither a rule nor a schema is
            given one, ``"line"``.
        measures: counts that units may state.
        siblings: whether units that merge stand under one parent.
        kind: of which kind they are; any if None.
        sizes: fewest and most of them.
        stored: whether to save and load after every step.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> machine = restructuring(rule=PolicyMerger(), skip={"A2": "names come from the first member"})
    left out A2: names come from the first member
    >>> TestMine = machine.TestCase
    """
    laws, passed = chosen((), skip, rule=False)
    for name, reason in (skip or {}).items():
        sys.stdout.write(f"left out {name}: {reason}\n")
    declared = tuple(Measure(m) if isinstance(m, str) else m for m in measures)
    if more_hierarchies is None and rule is None and schema is None:
        more_hierarchies = ["line"]
    frame = framed(AGENCIES if schema is None else schema, None, more_hierarchies)
    given: dict[Any, Any] = dict(policy) if isinstance(policy, Mapping) else {"cluster": policy}
    unknown = [sort for sort in given if sort not in get_args(PolicySort)]
    if unknown:
        raise InvalidArgument(f"policy={{{unknown[0]!r}: ...}}; the sorts are {', '.join(get_args(PolicySort))}")
    if rule is not None and set(given) - {"allocation"} and policy is not None:
        raise InvalidArgument("rule= and policy= of mergers: the rule follows its own policies, so give one of them")
    tested = rule
    if tested is None:
        tested = PolicyMerger(
            cluster=given.get("cluster"),
            function_of=given.get("counterpart"),
            offices=given.get("office"),
            ratings=given.get("rating"),
        )
    founding = foundings(1, FEW_UNITS, None, frame, None, DAY, declared, 3)

    class Machine(Restructuring):
        @initialize(founding=founding, swarm=st.integers(0, 2 ** len(MOVES) - 1))
        def it_is_founded(self, founding: Act, swarm: int) -> None:
            self.begin(founding, swarm)

    Machine.kit = Kit(tested, siblings, kind, sizes, given.get("allocation") or Equal())
    Machine.schema, Machine.measures = frame, declared
    Machine.laws, Machine.names = tuple(laws), frozenset(law.id for law in laws)
    Machine.met = Counter()
    Machine.skipped, Machine.stored = dict(skip or {}), stored
    Machine.__name__ = Machine.__qualname__ = "RestructuringMachine"
    # LawBroken says it all, with a script: neither a list of steps nor a second failure makes it plainer,
    # and the phase that explains traces every line of the library for minutes.
    Machine.TestCase.settings = settings(
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=[phase for phase in Phase if phase is not Phase.explain],
    )
    del passed
    return Machine
