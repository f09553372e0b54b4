"""A state machine that restructures an organisation step by step, under all laws that apply.

It picks units by their place among the live ones, keeps days close together (chains of
one day, units that live for no whole day, late acts), corrects, branches, saves and
loads, and compares every step with a twin that reads nothing but events. Each run takes
only some of the moves, drawn at its start: what hides when all are mixed shows when few are.
At the end of a run every law is judged on what became of it.
"""

from __future__ import annotations

import itertools
import pickle
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, get_args

from attrs import evolve
from hypothesis import Verbosity, event, note, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, UnsatisfiedAssumption
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orgmodel.acts.act import Act
from orgmodel.acts.operation import Operation
from orgmodel.acts.operations import PolicyMerger
from orgmodel.acts.policies import ClusterPolicy, Equal, MergerRule
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.history.unsaid import says_all
from orgmodel.io import jsonl
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import ONE_DAY
from orgmodel.rules.invariants import check
from orgmodel.testing.catalogue.mergers import PLAIN
from orgmodel.testing.catalogue.structure import RULES_OF
from orgmodel.testing.catalogue.whole import LAWS
from orgmodel.testing.decisions import learned
from orgmodel.testing.law import (
    SOURCE,
    UNANSWERED,
    Broken,
    Case,
    Choosing,
    Kit,
    Law,
    LawBroken,
    NotMet,
    PolicySort,
    difference,
    error_of,
)
from orgmodel.testing.laws import chosen, honoured
from orgmodel.testing.moves import OFTEN, WIDTH, pick
from orgmodel.testing.reproduce import code, draft_code, enact_code
from orgmodel.testing.schemas import AGENCIES, LOOSE, MEASURES
from orgmodel.testing.smallest import Patience
from orgmodel.testing.strategies import (
    Founder,
    amended,
    amendment,
    decides,
    drawn_act,
    framed,
    known_moves,
    measures_of,
    reading_otherwise,
)
from orgmodel.testing.twin import Facts, Impossible, Twin, in_order, replayed, standing
from orgmodel.testing.verb_arguments import OperationsFor, operations_for

__all__ = [
    "Restructuring",
    "restructuring",
]

NUMBERS: Final = st.binary(min_size=2 * WIDTH, max_size=2 * WIDTH)
"""What every step is told by: of one size, so that hypothesis can try the numbers of one step in another."""
FEW_UNITS, MOST_BRANCHES = 11, 4
LEARNING = ("K1", "K2", "K4", "K5", "K6", "R1")
"""The laws that are judged on each late act of a run."""


class Restructuring(RuleBasedStateMachine):
    """One run: a history, the twin beside it, and branches left behind. Made by :func:`restructuring`.

    >>> machine = restructuring(laws=["S1"], moves=["rename", "merge"])
    >>> issubclass(machine, Restructuring), machine.moves
    (True, ('rename', 'merge'))
    """

    kit: ClassVar[Kit] = Kit()
    measures: ClassVar[tuple[Measure, ...]] = MEASURES
    laws: ClassVar[tuple[Law, ...]] = ()
    own_invariants: ClassVar[tuple[Law, ...]] = ()
    moves: ClassVar[tuple[str, ...]] = OFTEN
    own_moves: ClassVar[tuple[OperationsFor, ...]] = ()
    skipped: ClassVar[Mapping[str, str]] = {}
    stored: ClassVar[bool] = False
    judged_at_end: ClassVar[bool] = True
    met: ClassVar[Counter[str]] = Counter()
    """What all runs of the machine met: how often each law was judged, late acts drawn, and so on."""

    patience: ClassVar[Patience] = Patience()

    history: History
    twin: Twin

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # A class of one's own has the settings of the one it is made of.
        above = next((base for base in cls.__mro__[1:] if issubclass(base, Restructuring)), Restructuring)
        plain = above is Restructuring
        cls.TestCase.settings = machine_settings() if plain else above.TestCase.settings

    # ---- the beginning

    def begin(self, schema: Schema, founding: Act, swarm: Sequence[int]) -> None:
        """The founding act, and which moves this run takes."""
        few = [name for at, name in enumerate(self.moves) if swarm[at % len(swarm)] >> at // len(swarm) & 1]
        self.moves_now = tuple(few) or self.moves
        # In a third of the runs nothing is decided, so that the twin can tell what amendments come to.
        self.decides = swarm[-1] % 3 != 2
        self.history = History(schema, self.measures).enact(founding)
        self.twin = Twin(schema, self.history.measures)
        self.twin.act(founding)
        self.count = 0
        self.branches: list[tuple[History, Twin, Facts, int]] = []
        self.known: list[tuple[Any, Facts]] = []
        self.numbers: Sequence[int] = swarm
        self.spoken, self.judged = Counter[str](), Counter[str]()
        self.ends: dict[int, Case] = {}
        self.trail: list[Callable[[], Iterable[str]]] = []
        self.did(lambda: enact_code(founding))
        self.compare(founding, [0])

    def did(self, lines: Callable[[], Iterable[str]]) -> None:
        """Keep what was done, for the script of a failure that the log alone does not show."""
        self.trail.append(lines)

    # ---- what is broken

    def case(self, numbers: Sequence[int], history: History | None = None) -> Case:
        """The history as it is, for a law."""
        case = Case(self.history if history is None else history, tuple(numbers), self.kit)
        case.steps = tuple(self.trail)
        return case

    def last_case(self, turn: int) -> Case:
        """The history at the end of the run, with numbers that follow from those of the last step; made once."""
        if turn not in self.ends:
            # Mixed: hypothesis draws many steps with one number over and over, and laws choose by each of them.
            self.ends[turn] = self.case(random.Random(bytes([*self.numbers, turn])).randbytes(2 * WIDTH))
        return self.ends[turn]

    def judge(self, law: Law, case: Case) -> None:
        """Judge a law, and count whether it applied; a plainer law that the case breaks too is reported instead."""
        if self.patience.passes_over(law.id):
            return
        try:
            spoke = law.judge(case)
        except LawBroken:
            self.patience.failed(law.id)
            for plainer in itertools.takewhile(lambda other: other is not law, self.laws):
                try:
                    plainer.judge(case)
                except LawBroken as other:
                    # That it could not be answered is no plainer word than what another law says.
                    if not other.found[1].startswith(UNANSWERED):
                        raise
            raise
        self.spoken[law.id] += spoke
        self.met[law.id] += spoke

    def judge_named(self, names: Iterable[str], case: Case) -> None:
        """Judge laws that a step itself is about, except those left out."""
        for name in names:
            if name not in self.skipped:
                self.judge(LAWS[name], case)

    def breaks(
        self,
        law: str,
        why: str,
        numbers: Sequence[int] = (0,),
        history: History | None = None,
        acts: Iterable[Act] = (),
    ) -> None:
        """Fail by a law, unless it is left out; the script ends with the acts, if there are any."""
        # A step that fails names its own law, whichever laws are judged besides.
        if law not in self.skipped:
            self.patience.failed()
            case = self.case(numbers, history)
            for act in acts:
                case.ending = [*case.ending, *enact_code(act)]
            raise error_of(law)(LAWS[law], case, why)

    def compare(self, act: Act | None, numbers: Sequence[int]) -> None:
        """What must hold after each step."""
        self.numbers = numbers
        day = self.twin.day
        structure = self.history.at(day)
        facts = self.twin.facts()
        shown = structure.facts()
        if shown != facts:
            self.breaks("E1", f"on {day}: {difference(shown, facts)}", numbers)
        for finding in check(structure):
            self.breaks(RULES_OF.get(finding.rule, "S1"), str(finding), numbers)
        if act is not None:
            same = self.history.enact(act)
            if len(same.log) != len(self.history.log):
                self.breaks("A4", f"enacting {act.id!r} twice makes two entries", numbers)
        if self.known:
            earlier, before = pick(self.known, numbers[0])
            if earlier < day and self.history.at(earlier).facts() != before:
                self.breaks("T1", f"{earlier} reads otherwise after an act of {day}", numbers)
        for law in self.own_invariants:
            self.judge(law, self.case(numbers))
        if self.stored:
            self.load(numbers)

    def load(self, numbers: Sequence[int]) -> None:
        """Go on from what was written: a text, or the arrays that processes hand each other."""
        history = self.history
        if numbers[0] % 2:
            read = partial(pickle.loads, pickle.dumps(history))
            self.did(lambda: ["history = pickle.loads(pickle.dumps(history))"])
        else:
            text = jsonl.dumps(history)
            read = partial(jsonl.loads, text)
            self.did(lambda: ["history = jsonl.loads(jsonl.dumps(history))"])
            if jsonl.dumps(read()) != text:
                self.breaks("D6", "loaded, it is written otherwise", numbers)
        try:
            loaded = read()
            alike = len(loaded.log) == len(history.log) and loaded.same_facts(history)
        except OrgmodelError as error:
            self.breaks("D6", f"what was written cannot be read: {error}", numbers)
            return
        if not alike or loaded.at(self.twin.day).facts() != self.twin.facts():
            self.breaks("D6", f"loaded, it reads otherwise on {self.twin.day}", numbers)
        # Read once more: arrays whose log nobody has looked at are read in parts, and the run goes on from these.
        self.history = read()

    def enact(self, acts: Sequence[Act], numbers: Sequence[int]) -> bool:
        """Enact acts of the last day or later, if the twin can do them; the library must agree."""
        twin, reason = self.twin.copy(), ""
        # What is left open is worked out, and the twin follows what it came to.
        open_ = not all(map(says_all, acts))
        if not open_:
            reason = _possible(twin, acts)
        try:
            history = self.history.enact(*acts)
        except Refused as error:
            if not open_ and not reason:
                self.breaks("E3", f"refused, though the twin can do it: {error}", numbers, acts=acts)
            return False
        if open_:
            reason = _possible(twin, [history.act(act.id) for act in acts])
        if reason:
            self.breaks("E3", f"accepted, though {reason}", numbers, acts=acts)
            return False
        if self.twin.day < acts[0].effective:
            self.known.append((self.twin.day, self.twin.facts()))
        for act in acts:
            self.did(lambda act=act: enact_code(act))  # type: ignore[misc]
        self.history, self.twin = history, twin
        self.compare(acts[-1], numbers)
        return True

    def drawn(self, history: History, numbers: Sequence[int], later: int, *, decided: bool) -> Act | None:
        """An act of one or two moves on what a history has, some days after the twin's."""
        self.count += 1
        parts = [numbers[:WIDTH], numbers[WIDTH:]][: 1 + numbers[1] % 2]
        day = max(self.twin.day, history.last_day or self.twin.day) + later * ONE_DAY
        return drawn_act(
            history,
            day,
            f"act {self.count}",
            parts,
            self.moves_now,
            source=SOURCE,
            decided=decided,
            prefix=f"m{self.count}-",
        )

    # ---- steps

    @rule(numbers=NUMBERS)
    def something_happens(self, numbers: bytes) -> None:
        """Moves, on the same day or up to three days later: as decisions, or as what they came to."""
        act = self.drawn(
            self.history, numbers, max(0, numbers[2] % 8 - 4), decided=self.decides and numbers[0] % 2 == 0
        )
        if act is not None:
            self.enact([act], numbers)

    @rule(numbers=NUMBERS)
    def something_else_happens(self, numbers: bytes) -> None:
        """The same once more: most of what a run does is that something happens."""
        self.something_happens(numbers)

    @rule(numbers=NUMBERS)
    def something_is_tried_first(self, numbers: bytes) -> None:
        """A draft, a plan or a scenario, also on another baseline: what it shows is what enacting shows."""
        self.judge_named([pick(("R2", "K3", "X1", "X4"), numbers[0])], self.case(numbers))

    @precondition(lambda self: bool(self.own_moves))
    @rule(numbers=NUMBERS, data=st.data())
    def something_of_ones_own_happens(self, numbers: bytes, data: st.DataObject) -> None:
        """An operation of the user, on the same day or the next."""
        self.count += 1
        day = self.twin.day + numbers[0] % 2 * ONE_DAY
        operation = data.draw(pick(self.own_moves, numbers[1])(self.history.at(day)))
        self.enact([Act(f"act {self.count}", day, [operation], SOURCE)], numbers)

    @rule(numbers=NUMBERS)
    def units_merge(self, numbers: bytes) -> None:
        """A merger by the rule under test."""
        case = self.case(numbers)
        try:
            members = case.merger.members
        except NotMet:
            return
        except Broken as error:
            self.breaks("E7", str(error), numbers)
            return
        self.judge_named([law.id for law in PLAIN], case)
        day = self.twin.day + (numbers[3] % 2) * ONE_DAY
        self.count += 1
        try:
            events = tuple(self.kit.rule(self.history.at(day), members, day, SOURCE))
        except Refused:
            return
        self.enact([Act(f"act {self.count}", day, events, SOURCE)], numbers)

    @rule(numbers=NUMBERS)
    def a_unit_is_divided(self, numbers: bytes) -> None:
        """A division by the allocation under test, and the parts merged again."""
        self.judge_named(["C4", "C5"], self.case(numbers))

    @precondition(lambda self: len(self.branches) > 0)
    @rule(numbers=NUMBERS)
    def something_old_is_tried(self, numbers: bytes) -> None:
        """An act made for an earlier state: the library accepts it exactly where the twin can do it."""
        old, *_ = pick(self.branches, numbers[0])
        act = self.drawn(old, numbers, 0, decided=False)
        if act is not None:
            self.enact([Act(act.id, self.twin.day, act.events, act.source)], numbers)

    @precondition(lambda self: len(self.history.acts) > 1)
    @rule(numbers=NUMBERS)
    def something_is_amended(self, numbers: bytes) -> None:
        """A correction, a cancellation, or an act recorded late."""
        self.count += 1
        change = amendment(self.history, numbers, f"late {self.count}")
        if change is None:
            return
        name, act = change
        before, acts = self.history, standing(self.history.log)
        late = act is not None and all(name != known.id for known in acts)
        try:
            history = amended(before, name, act)
        except Refused as error:
            # What was decided on it may not stand any more.
            if not decides(acts):
                self.breaks("E3", f"the amendment of {name!r} is refused, though the twin can do it: {error}", numbers)
            return
        if late and act is not None:
            self.did(lambda: enact_code(act))
        else:
            self.did(lambda: [f"history = history.amend({{{name!r}: {code(act)}}}, reason='amended')"])
        self.follow(history, numbers, None if decides(acts) else in_order(reading_otherwise(acts, name, act)))
        try:
            known_before = history.as_recorded(len(before.log))
        except OrgmodelError as error:
            self.breaks("B1", f"what was known before the amendment of {name!r} cannot be read: {error}", numbers)
            return
        if known_before != before:
            self.breaks("B1", f"what was known before the amendment of {name!r} is another", numbers)

    # ---- what is learned late

    @precondition(lambda self: self.decides and self.history.first_day != self.history.last_day)
    @rule(numbers=NUMBERS)
    def something_is_learned_late(self, numbers: bytes) -> None:
        """Operations on an earlier day, with answers to what they make later decisions ask; now and then cancelled."""
        self.count += 1
        tries = 0 if numbers[4] % 2 else 3
        learning = learned(self.history, random.Random(numbers), tries, numbers[1], f"l{self.count}-")
        if learning is None:
            return
        known = {act.id for act in self.history.acts}
        for act in learning.history.acts:
            if act.id not in known:
                self.did(lambda act=act: enact_code(evolve(act, resolved=None, on=None)))  # type: ignore[misc]
        self.follow(learning.history, numbers)
        self.met["late"] += 1
        self.met[learning.enacted.word] += 1
        self.met["answered"] += bool(learning.answers) and learning.settled.history is not None
        case = self.case(numbers)
        case.late, case.learned = learning.late, learning
        self.judge_named(LEARNING, case)
        if learning.settled.history is None:
            return
        answers = f", answers={code(list(learning.answers))}" if learning.answers else ""
        self.did(lambda: [*draft_code(learning.late), f"history = history.enact(act{answers})"])
        self.follow(learning.settled.history, numbers)
        if numbers[2] % 4 == 0:
            self.did(lambda: [f"history = history.cancel({learning.late.id!r}, reason='withdrawn')"])
            self.follow(self.history.cancel(learning.late.id, reason="withdrawn"), numbers)

    def follow(self, history: History, numbers: Sequence[int], acts: Iterable[Act] | None = None) -> None:
        """Go on from a history whose past may have changed; the twin follows what its acts came to."""
        listed = list(history.acts if acts is None else acts)
        try:
            twin = replayed(listed, history.schema, history.measures)
        except Impossible as error:
            self.breaks("E3", f"accepted, though {error}", numbers, history)
            return
        twin.day = max(self.twin.day, listed[-1].effective)
        self.history, self.twin = history, twin
        self.known.clear()
        self.compare(None, numbers)

    @rule(numbers=NUMBERS)
    def a_branch_is_taken(self, numbers: bytes) -> None:
        """This history is left as it is, to come back to, or one left before goes on."""
        if len(self.branches) < MOST_BRANCHES:
            number = len(self.branches)
            self.did(lambda: [f"branch_{number} = history"])
            self.branches.append((self.history, self.twin.copy(), self.twin.facts(), number))
        else:
            at = numbers[0] % MOST_BRANCHES
            here = (self.history, self.twin.copy(), self.twin.facts(), at)
            self.history, self.twin, *_ = self.branches[at]
            self.twin = self.twin.copy()
            self.known.clear()
            self.branches[at] = here
            self.did(lambda: [f"history, branch_{at} = branch_{at}, history"])

    @rule(numbers=NUMBERS)
    def it_is_looked_at(self, numbers: bytes) -> None:
        """Days are asked for in any order, also inside one; what is kept of them must not show later."""
        day = pick(self.history.days(), numbers[0])
        self.did(lambda: [f"history.at({day.isoformat()!r}).facts()"])
        self.history.at(day).facts()
        self.compare(None, numbers)

    @rule(numbers=NUMBERS)
    def it_is_saved_and_loaded(self, numbers: bytes) -> None:
        """The history goes on from what was written."""
        self.load(numbers)
        self.compare(None, numbers)

    @precondition(lambda self: bool(self.laws))
    @rule(numbers=NUMBERS)
    def a_law_is_judged(self, numbers: bytes) -> None:
        """A law on the history as it is: one of those that this run asked least."""
        rare = sorted(self.laws, key=lambda law: self.judged[law.id])
        law = pick(rare, numbers[0] % max(1, len(rare) // 3))
        # Not by whether it spoke: a run that is tried again after a failure judges one law, and must pick alike.
        self.judged[law.id] += 1
        self.judge(law, self.case(numbers))

    # ---- the end

    def teardown(self) -> None:
        """The branches left behind are as they were, and every law holds of what became of the run."""
        raised = sys.exc_info()[0]
        if raised is not None and issubclass(raised, Exception) and not issubclass(raised, UnsatisfiedAssumption):
            self.patience.failed()
        if raised is not None or not hasattr(self, "history"):
            return
        for name, reason in self.skipped.items():
            note(f"left out {name}: {reason}")
        event("several days" if len(self.history.days()) > 1 else "one day")
        if self.judged_at_end:
            with collector_paused():
                for law in self.laws:
                    self.judge_at_end(law)
        # After the laws, which say more plainly what is wrong where both do.
        for history, twin, facts, _ in self.branches:
            fresh = history.as_recorded(len(history.log))
            if history.at(twin.day).facts() != facts or fresh.at(twin.day).facts() != facts:
                self.breaks("D4", f"a branch left on {twin.day} reads otherwise now", history=history)

    def judge_at_end(self, law: Law) -> None:
        """Judge a law on what became of the run; where it does not speak of one choice of numbers, on others."""
        # What is learned late costs as much as all else together, so the run's own late acts count. K1 and K2, by
        # which most of its faults show, are asked about one more.
        if law.id in LEARNING and law.id not in ("K1", "K2") and self.spoken[law.id]:
            return
        if self.patience.asked is None and not self.last_case(0).comes(law):
            return
        self.judge(law, self.last_case(0))
        for turn in range(1, 1 if law.id in _LEARN_MORE or law.seldom > 1 else _TURNS):
            if not self.spoken[law.id]:
                self.judge(law, self.last_case(turn))


_TURNS: Final = 3
"""How many choices of numbers a law is asked about at the end, until it spoke of one."""

_LEARN_MORE: Final = (*LEARNING, "C8", "K7", "K8", "L7")
"""The laws that need something learned late, which is drawn anew for each choice of numbers: they are asked about one."""


def _possible(twin: Twin, acts: Iterable[Act]) -> str:
    """Carry acts out on a twin; why it cannot, or an empty text."""
    try:
        for act in acts:
            twin.act(act)
            twin.check_day()
    except Impossible as error:
        return str(error)
    return ""


def machine_settings() -> settings:
    """The settings of the profile, without a list of steps: LawBroken says it all, with a script."""
    return settings(honoured(), deadline=None, report_multiple_bugs=False, verbosity=Verbosity.quiet)


def _law_of(invariant: Callable[[History], object]) -> Law:
    """A function of the user that fails where a history is not as it should be, as a law."""
    name = getattr(invariant, "__name__", type(invariant).__name__)

    def holds(case: Case) -> None:
        try:
            verdict_of_user = invariant(case.history)
        except AssertionError as error:
            raise Broken(str(error) or "it does not hold") from error
        if verdict_of_user is False:
            raise Broken("it says False")

    return Law(name, (invariant.__doc__ or name).strip().partition("\n")[0], "history", holds=holds)


def _judged(laws: Iterable[str | Law], skip: Mapping[str, str] | None, *, own_schema: bool) -> tuple[Law, ...]:
    """The laws that a machine judges: those that are named or given; all of the catalogue if there are none."""
    own, ids = list[Law](), list[str]()
    for law in laws:
        own.append(law) if isinstance(law, Law) else ids.append(law)
    if own and not ids:
        return tuple(own)
    judged, _ = chosen(ids, skip, rule=False)
    # The machine's own organisations have nothing of what the Party declares.
    of_cases = judged if ids or own_schema else [law for law in judged if law.cases == "any"]
    return (*of_cases, *own)


def _frames(schema: Schema | None, more_hierarchies: Sequence[str] | None, *, own_rule: bool) -> tuple[Schema, ...]:
    """The schemas of the organisations that a machine founds."""
    if schema is not None:
        return (framed(schema, None, more_hierarchies),)
    if more_hierarchies is None and not own_rule:
        more_hierarchies = ["line"]
    # Only groups within groups can be moved below themselves.
    return tuple(framed(frame, None, more_hierarchies) for frame in (AGENCIES, LOOSE))


def _by_sort(policy: ClusterPolicy | Mapping[PolicySort, Any] | None, rule: MergerRule | None) -> dict[PolicySort, Any]:
    """The policies under test by their sort.

    Raises:
        InvalidArgument: a sort that there is not, or a policy of mergers beside a rule.
    """
    if policy is None:
        return {}
    policies: dict[Any, Any] = dict(policy) if isinstance(policy, Mapping) else {"cluster": policy}
    unknown = [sort for sort in policies if sort not in get_args(PolicySort)]
    if unknown:
        raise InvalidArgument(f"policy={{{unknown[0]!r}: ...}}; the sorts are {', '.join(get_args(PolicySort))}")
    if rule is not None and set(policies) - {"allocation"}:
        raise InvalidArgument("rule= and policy= of mergers: the rule follows its own policies, so give one of them")
    return policies


def restructuring(
    *,
    rule: MergerRule | None = None,
    policy: ClusterPolicy | Mapping[PolicySort, Any] | None = None,
    skip: Mapping[str, str] | None = None,
    schema: Schema | None = None,
    more_hierarchies: Sequence[str] | None = None,
    measures: Iterable[Measure | str] = MEASURES,
    siblings: bool | None = None,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    stored: bool = False,
    laws: Iterable[str | Law] = (),
    invariants: Iterable[Callable[[History], object]] = (),
    moves: Iterable[str | OperationsFor | type[Operation[Any]]] = (),
    judged_at_end: bool = True,
) -> type[Restructuring]:
    """A state machine class; its ``TestCase`` is what a test module names for pytest to run.

    A class made of it has its settings, which are those of the hypothesis profile.

    Args:
        rule: the merger rule under test; the library's own, with all choices made, if None.
        policy: instead of a rule, what the library's own operations follow: the policy that
            says which cluster a merged unit joins, or several by their sort: ``cluster``,
            ``counterpart``, ``office`` and ``rating`` of mergers, ``allocation`` of divisions.
        skip: law -> why it is left out; the reasons are printed.
        schema: kinds, placements and hierarchies; :data:`orgmodel.testing.schemas.AGENCIES` or ``LOOSE`` if None.
        more_hierarchies: names of hierarchies beside the main one in which units also
            stand; if None those of the schema, and where neither a rule nor a schema is
            given one, ``"line"``.
        measures: what units may state; one measure of each type if not given.
        siblings: whether units that merge stand under one parent; either if None.
        kind: of which kind they are; any if None.
        sizes: fewest and most of them.
        stored: whether to save and load after every step.
        laws: ids of the laws to judge, and laws of one's own; all of the catalogue if empty.
        invariants: functions of a history that fail where it is not as it should be, asked after every step.
        moves: names of :data:`orgmodel.testing.moves.MOVES` to choose from, all if none is named; and classes of
            operations of one's own, or what draws one about a structure.
        judged_at_end: whether all laws are judged at the end of each run.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> machine = restructuring(rule=PolicyMerger(), skip={"A2": "names come from the first member"})
    left out A2: names come from the first member
    >>> TestMine = machine.TestCase
    """
    passed_over, judged = dict(skip or {}), _judged(laws, skip, own_schema=schema is not None)
    for name, reason in passed_over.items():
        sys.stdout.write(f"left out {name}: {reason}\n")
    frames = _frames(schema, more_hierarchies, own_rule=rule is not None)
    moves, policies, declared = list(moves), _by_sort(policy, rule), measures_of(measures)

    class Machine(_founded([Founder(frame, declared) for frame in frames])):  # type: ignore[misc]
        """A class of its own for each call, which counts what its runs meet."""

    Machine.kit = Kit(rule or _merger(policies), siblings, kind, sizes, policies.get("allocation") or Equal())
    Machine.measures = declared
    Machine.laws = judged
    Machine.own_invariants = tuple(map(_law_of, invariants))
    Machine.moves = known_moves([move for move in moves if isinstance(move, str)]) or OFTEN
    Machine.own_moves = tuple(operations_for(move) for move in moves if not isinstance(move, str))
    Machine.skipped, Machine.stored, Machine.judged_at_end = passed_over, stored, judged_at_end
    Machine.met, Machine.patience = Counter(), Patience()
    Machine.__name__ = Machine.__qualname__ = "RestructuringMachine"
    return Machine


def _founded(founders: Sequence[Founder]) -> type[Restructuring]:
    """A machine whose runs begin with what one of some founders makes."""
    size = max(founder.size(FEW_UNITS) for founder in founders)
    # A text, not bytes: hypothesis tries what it drew for one draw in others of its sort, and none is as long.
    founding = st.text(st.characters(min_codepoint=48, max_codepoint=303), min_size=size, max_size=size)

    class Founded(Restructuring):
        @initialize(founding=founding, swarm=NUMBERS)
        def it_is_founded(self, founding: str, swarm: bytes) -> None:
            self.patience.spend()
            founder = pick(founders, swarm[1])
            self.begin(founder.schema, founder.wide(bytes(ord(char) - 48 for char in founding), 1, FEW_UNITS), swarm)

    return Founded


def _merger(policies: Mapping[PolicySort, Any]) -> MergerRule:
    """The library's own merger, which follows some policies."""
    return Choosing(
        PolicyMerger(
            cluster=policies.get("cluster"),
            function_of=policies.get("counterpart"),
            offices=policies.get("office"),
            ratings=policies.get("rating"),
        )
    )
