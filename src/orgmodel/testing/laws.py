"""Laws of organisations that change, and how to put a merger rule, or the library, under them.

A law has an id, a statement, and a caveat that says where it must not be asserted. Laws
are about a merger rule, about any history, or about the library's other operations.

>>> print(LAWS["C2"])
C2: the children of the members are the children of the new unit, no more and no less
>>> report = check("C2", "A1", max_examples=20)
>>> [(outcome.law.id, outcome.met > 5, outcome.passed_over) for outcome in report.outcomes]
[('C2', True, ''), ('A1', True, '')]
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final, TypedDict, Unpack

from attrs import evolve, frozen
from hypothesis import HealthCheck, Verbosity, event, given, settings, target
from hypothesis import Phase as _Phase
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.policies import Allocation, Equal, MergerRule
from orgmodel.engine.collector import collector_paused
from orgmodel.history.history import History
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.testing.catalogue.mergers import PLAIN
from orgmodel.testing.catalogue.whole import LAWS
from orgmodel.testing.hierarchies import bounds
from orgmodel.testing.law import FEATURES, OF_HISTORIES, SOUGHT, Case, Choosing, Kit, Law, LawBroken, Untested
from orgmodel.testing.party_cases import party_histories
from orgmodel.testing.schemas import AGENCIES, LINES, LOOSE, MEASURES
from orgmodel.testing.smallest import Patience
from orgmodel.testing.strategies import stories

__all__ = [
    "LAWS",
    "Case",
    "Drawing",
    "Drawn",
    "Law",
    "LawBroken",
    "Report",
    "Running",
    "UnderTest",
    "Untested",
    "cases",
    "check",
    "table",
]

DICE = 12
"""How many numbers a case has."""


@frozen
class Outcome:
    """The result for one law.

    Attributes:
        law: the law.
        met: to how many cases it applied.
        of: the number of all cases.
        features: feature -> how many of the cases to which it applied had it; see
            :data:`orgmodel.testing.law.FEATURES`.
        untested: feature that too few cases had to count as tested -> how many had it.
        refused: in how many cases the rule under test was asked, and refused.
        passed_over: why the law was not checked; empty if it was.
    """

    law: Law
    met: int = 0
    of: int = 0
    features: Mapping[str, int] = {}
    untested: Mapping[str, int] = {}
    refused: int = 0
    passed_over: str = ""

    def __str__(self) -> str:
        if self.passed_over:
            return f"{self.law.id:<4} {self.passed_over}"
        if not self.met:
            return f"{self.law.id:<4} spoke of none of {self.of} cases"
        special = sorted(self.features.items(), key=lambda pair: -pair[1])
        parts = [f"met {self.met} of {self.of}", *([f"refused {self.refused}"] if self.refused else [])]
        parts[-1] += ": " if special else ""
        parts[-1] += ", ".join(f"{name} {times}" for name, times in special)
        few = ", ".join(f"{name} {times}" for name, times in self.untested.items())
        return f"{self.law.id:<4} holds ({'; '.join(parts)})" + (f"; untested: {few}" if few else "")


@frozen
class Report:
    """What was checked, what was not and why.

    Attributes:
        outcomes: one for each law, in the order of the catalogue.

    >>> report = check("C2", "A1", max_examples=5, seed=1, skip={"A1": "names come from the first member"})
    >>> report["C2"].met > 0, report["A1"].passed_over
    (True, 'left out: names come from the first member')
    """

    outcomes: tuple[Outcome, ...]

    def __getitem__(self, law: str) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.law.id == law)

    def __str__(self) -> str:
        return "\n".join(map(str, self.outcomes))


class UnderTest(TypedDict, total=False):
    """What is put under the laws, as keywords.

    Attributes:
        rule: a merger rule; the library's own, with all choices made, if None.
        siblings: whether units that merge stand under one parent; either comes if None.
        kind: of which kind they are; any if None.
        sizes: fewest and most of them, 2 and 4 if not given.
        allocation: how counts are divided among the parts of a unit; equally if None.

    >>> from orgmodel.acts.policies import Equal
    >>> tested: UnderTest = {"allocation": Equal(), "sizes": (2, 3)}
    >>> check("C2", max_examples=5, seed=1, **tested)["C2"].met > 0
    True
    """

    rule: MergerRule | None
    siblings: bool | None
    kind: str | None
    sizes: tuple[int, int]
    allocation: Allocation | None


class Drawn(TypedDict, total=False):
    """Which histories are drawn, as keywords.

    Attributes:
        histories: strategy of the histories; some of up to 13 units and 7 moves if None.
        schema: kinds, placements and hierarchies of these; of the kit (:mod:`orgmodel.testing.schemas`) if None.
        measures: what units of these may state; one measure of each type if not given.

    >>> drawn: Drawn = {"measures": ["members", "staff"]}
    >>> check("C2", max_examples=5, seed=1, **drawn)["C2"].met > 0
    True
    """

    histories: st.SearchStrategy[History] | None
    schema: Schema | None
    measures: Iterable[Measure | str]


class Running(TypedDict, total=False):
    """How a check runs, as keywords.

    Attributes:
        max_examples: how many cases; None: the number in the hypothesis profile.
        seed: a number, for the same cases each time.

    >>> run: Running = {"max_examples": 5, "seed": 1}
    >>> check("C2", **run)["C2"].met > 0
    True
    """

    max_examples: int | None
    seed: int | None


class Drawing(Drawn, Running, total=False):
    """Which histories are drawn, and how many.

    >>> how: Drawing = {"measures": ["members"], "max_examples": 5, "seed": 1}
    >>> check("C2", **how)["C2"].met > 0
    True
    """


class Examples(UnderTest, Drawn, total=False):
    """What :func:`cases` takes: what is put under the laws, and on which histories."""


class Checking(Drawing, total=False):
    """What a check of a merger rule takes.

    Attributes:
        siblings: as in :class:`UnderTest`.
        kind: as in :class:`UnderTest`.
        sizes: as in :class:`UnderTest`.
        floors: as in :func:`check`.
    """

    siblings: bool | None
    kind: str | None
    sizes: tuple[int, int]
    floors: Mapping[str, int] | None


def _kit(
    rule: MergerRule | None = None,
    siblings: bool | None = None,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    allocation: Allocation | None = None,
) -> Kit:
    bounds(sizes[0], sizes[1], ("sizes[0]", "sizes[1]"), 0)
    if sizes[0] < 2:
        raise InvalidArgument(f"sizes={sizes}: a merger is of at least two")
    return Kit(Choosing() if rule is None else rule, siblings, kind, sizes, allocation or Equal())


def cases(
    *,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    measures: Iterable[Measure | str] = MEASURES,
    **tested: Unpack[UnderTest],
) -> st.SearchStrategy[Case]:
    """Examples for laws: a history and a few numbers that choose in it.

    Shrinks to what :func:`~orgmodel.testing.strategies.histories` shrinks to, then to small numbers.

    Args:
        histories: as in :class:`Drawn`.
        schema: as in :class:`Drawn`. If None: ``AGENCIES`` or ``LOOSE`` of :mod:`orgmodel.testing.schemas`, and ``LINES`` where no rule is
            given.
        measures: as in :class:`Drawn`.
        tested: what is put under the laws.

    >>> from orgmodel.testing.strategies import smallest
    >>> smallest(cases()).history
    <History: 1 act, 2025-07-01 to 2025-07-01; at the end <Structure on 2025-07-01: 1 centre, 2 province>>
    """
    kit, rule = _kit(**tested), tested.get("rule")
    if histories is not None:
        return _with_dice(histories, kit)
    # A rule of one's own need not know of other hierarchies unless its schema has them.
    frames = [schema] if schema is not None else [AGENCIES, LOOSE] if rule is not None else [AGENCIES, LOOSE, LINES]
    # What a rule is asked about is one day: little of what led to it matters, and nothing of how it became known.
    moves, amendments = (7, 2) if rule is None else (4, 0)
    return stories(frames, measures, DICE, moves=moves, amendments=amendments).map(lambda drawn: Case(*drawn, kit))


def chosen(ids: Sequence[str], skip: Mapping[str, str] | None, *, rule: bool) -> tuple[list[Law], dict[str, str]]:
    """The laws to check, and law -> reason for those passed over.

    Raises:
        InvalidArgument: an id is none, or a law is left out without a reason.
    """
    reasons = dict(skip or {})
    _check_names(ids, reasons)
    by_default = [law for law in LAWS.values() if not rule or law.about == "rule"]
    wanted = [LAWS[name] for name in LAWS if name in ids] or by_default
    passed = {law.id: why for law in wanted if (why := _passed_over(law, reasons))}
    # Of several laws that a case breaks the plainest tells it.
    wanted.sort(key=lambda law: law not in PLAIN)
    return [law for law in wanted if law.id not in passed], passed


def _check_names(ids: Iterable[str], reasons: Mapping[str, str]) -> None:
    """Require that the laws which are named exist, and that each one left out has its reason.

    Raises:
        InvalidArgument: one does not, or has none.
    """
    for name in (*ids, *reasons):
        if name not in LAWS:
            raise InvalidArgument(f"there is no law {name!r} (there are {', '.join(LAWS)})")
    for name, reason in reasons.items():
        if not reason.strip():
            raise InvalidArgument(f"say why {name!r} is left out: skip={{{name!r}: 'the rule ...'}}")


def _passed_over(law: Law, reasons: Mapping[str, str]) -> str:
    """Why a law is not checked; empty if it is."""
    if law.id in reasons:
        return f"left out: {reasons[law.id]}"
    return f"{law.needs} is not installed" if law.needs and find_spec(law.needs) is None else ""


def check(
    *ids: str,
    skip: Mapping[str, str] | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
    shrink: bool = True,
    all_met: bool = True,
    floors: Mapping[str, int] | None = None,
    first: Callable[[Case], object] | None = None,
    **how: Unpack[Examples],
) -> Report:
    """Check laws on many cases; the report says what was checked, and why what was not.

    Args:
        ids: of the laws. If none is given: with a rule all laws about rules, without one all laws.
        skip: law -> why it is left out. The reason is needed and stands in the report.
        max_examples: how many cases; None: the number in the hypothesis profile.
        seed: a number, for the same cases each time.
        shrink: whether to look for the smallest case that fails.
        all_met: whether it is a failure if a law applies to none of many cases.
        floors: feature of a case (see :data:`orgmodel.testing.law.FEATURES`) -> in how many cases a law must have
            met it; below that it is a failure. A feature without a floor is reported as untested if fewer
            than a fiftieth of the cases had it.
        first: called with each case before the laws.
        how: what is put under the laws, and on which histories: see :class:`UnderTest` and :class:`Drawn`.

    Raises:
        LawBroken: a law does not hold. The message has the law, what is wrong, the
            structure as a tree and a script that shows it again.
        Untested: a law applied to no case, for example because the rule refused them all.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> report = check("C2", rule=PolicyMerger(), max_examples=5, seed=1)
    >>> report["C2"].met > 0
    True
    """
    __tracebackhide__ = True
    rule, floors = how.get("rule"), floors or {}
    if unknown := floors.keys() - FEATURES:
        raise InvalidArgument(f"floors=: there is no feature {min(unknown)!r} (there are {', '.join(FEATURES)})")
    laws, passed = chosen(ids, skip, rule=rule is not None)
    # Whoever gives histories wants all laws judged on these.
    own_histories = how.get("histories") is not None or how.get("schema") is not None
    of_party = [] if own_histories else [law for law in laws if law.cases == "party"]
    others = [law for law in laws if law not in of_party]
    name = identifier(f"laws of {getattr(rule, '__name__', type(rule).__name__)}")
    settings_ = laws_settings(max_examples, shrink=shrink, seeded=seed is not None)
    outcomes = {law: Outcome(LAWS[law], passed_over=reason) for law, reason in passed.items()}
    for judged, examples in ((others, cases(**how)), (of_party, party_cases())):
        if not judged:
            continue
        tally = _Tally(rule is not None, floors)
        _judge(judged, examples, tally, name, settings_, seed, first)
        # A handful of cases may miss a law by chance; many may not.
        if tally.ran >= 30 and all_met:
            tally.refuse_unmet(judged)
        outcomes |= {law.id: tally.outcome(law) for law in judged}
    return Report(tuple(outcomes[law] for law in LAWS if law in outcomes))


def _judge(
    laws: Sequence[Law],
    examples: st.SearchStrategy[Case],
    tally: _Tally,
    name: str,
    how: settings,
    seed: int | None,
    first: Callable[[Case], object] | None,
) -> None:
    """Judge some laws on some examples."""
    __tracebackhide__ = True
    patience = Patience()

    def every(case: Case) -> None:
        __tracebackhide__ = True
        patience.spend()
        with collector_paused():
            judged(case)

    def judged(case: Case) -> None:
        __tracebackhide__ = True
        if first is not None and patience.asked in (None, ""):
            try:
                first(case)
            except Exception:
                patience.failed()
                raise
        spoke = []
        for law in laws:
            # After a failure the law that was asked is judged on every smaller case.
            if patience.passes_over(law.id) or (patience.asked is None and not case.comes(law)):
                continue
            try:
                spoke += [law] * law.judge(case)
            except LawBroken:
                # The one that was asked: what it tells by another law may show on a part of the case only.
                patience.failed(law.id)
                raise
        tally.count(case, spoke)

    every.__name__ = name
    test = given(examples)(every)
    if seed is not None:
        test = with_seed(seed)(test)
    try:
        how(test)()
    except LawBroken as error:
        raise error.with_others(laws) from error.__cause__


def party_cases() -> st.SearchStrategy[Case]:
    """Examples for the laws of the Party's questions: a history of a Party organisation, and a few numbers."""
    return _with_dice(party_histories(), Kit())


def _with_dice(histories: st.SearchStrategy[History], kit: Kit) -> st.SearchStrategy[Case]:
    dice = st.binary(min_size=DICE, max_size=DICE)
    return st.tuples(histories, dice).map(lambda drawn: Case(drawn[0], drawn[1], kit))


def identifier(text: str) -> str:
    """A text as a name: hypothesis stores failed examples under the name of the test."""
    return re.sub(r"\W+", "_", text)


_MOSTLY: Final = 10
"""A rule that refuses all but one of so many cases is not tested."""


_TARGETED: Final = 40
"""Of so many units at most are the cases whose neighbours are looked for."""


class _Tally:
    """Counts of the cases so far, and of those to which each law applied."""

    def __init__(self, rule: bool, floors: Mapping[str, int]) -> None:
        self.rule, self.floors = rule, floors
        self.ran, self.asked, self.refused = 0, 0, 0
        self.met = Counter[str]()
        self.features = defaultdict[str, Counter[str]](Counter)

    def count(self, case: Case, applied: Iterable[Law]) -> None:
        """Count a case, and the laws that applied to it."""
        self.ran += 1
        self.asked += case.refused is not None
        self.refused += bool(case.refused)
        features = case.features
        for feature in features:
            event(feature)
        # Cases with more about them are worth more: hypothesis looks for them where its profile has the phase. Not so
        # among wide ones: they have most, and near copies of one would take the time of all others.
        if len(case.structure) <= _TARGETED:
            target(float(len(features)), label="what a case has")
        for law in applied:
            self.met[law.id] += 1
            self.features[law.id].update(features)

    def outcome(self, law: Law) -> Outcome:
        """The result for a law."""
        features = self.features[law.id]
        spoken_of = FEATURES if law.about == "rule" else OF_HISTORIES
        sought = {*self.floors, *SOUGHT} if law.about == "rule" else {*self.floors}
        least = max(1, self.ran // 50)
        met_features = {name: features[name] for name in FEATURES if features[name] and name in spoken_of}
        few = {n: features[n] for n in FEATURES if n in sought and features[n] < self.floors.get(n, least)}
        refused = self.refused if law.about == "rule" and self.rule else 0
        return Outcome(law, self.met[law.id], self.ran, met_features, few, refused)

    def refuse_unmet(self, laws: Sequence[Law]) -> None:
        """Raise an error that says what was not tested, if anything.

        Raises:
            Untested: a law applied to too few cases, or the rule refused nearly everything.
        """
        if self.rule and self.asked >= _MOSTLY and self.refused > self.asked * (1 - 1 / _MOSTLY):
            raise Untested(
                f"the rule refused {self.refused} of the {self.asked} mergers that it was asked for, so that hardly "
                "anything is known of it; try another kind, siblings=, sizes= or histories="
            )
        unmet = [law.id for law in laws if not self.met[law.id]]
        if unmet:
            raise Untested(
                f"{', '.join(unmet)}: none of {self.ran} cases had what the law speaks of; "
                "does the rule refuse them all? Try another kind, siblings=, sizes= or histories="
            )
        for law in laws:
            features = self.features[law.id]
            few = [
                f"{name} {features[name]} of {least}" for name, least in self.floors.items() if features[name] < least
            ]
            if few and law.about == "rule":
                raise Untested(f"{law.id}: too few cases had what floors= asks for: {', '.join(few)}")


def honoured(*, shrink: bool = True) -> settings:
    """The settings of the profile, without the phase that explains: it traces every line of the library for minutes."""
    left_out = {_Phase.explain} if shrink else {_Phase.explain, _Phase.shrink}
    return settings(phases=[phase for phase in settings().phases if phase not in left_out])


def laws_settings(max_examples: int | None, *, shrink: bool = True, seeded: bool = False) -> settings:
    """The settings of the profile for a run over laws: no deadline, one failure at a time.

    Args:
        max_examples: how many cases; None: the number in the profile.
        shrink: whether to look for the smallest case that fails.
        seeded: whether the run has a seed; it then does not repeat examples that failed before.
    """
    options: dict[str, Any] = {"max_examples": max_examples} if max_examples is not None else {}
    if seeded:
        options |= {"derandomize": False, "database": None}
    return settings(
        honoured(shrink=shrink),
        **options,
        deadline=None,
        report_multiple_bugs=False,
        # LawBroken says it better than the arguments of the test would.
        verbosity=Verbosity.quiet,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


def again(
    law: str,
    history: History,
    *,
    dice: str,
    members: Iterable[str] = (),
    late: Act | Draft | None = None,
    **tested: Unpack[UnderTest],
) -> str:
    """Check one law on one case: the last line of the script that a failure prints.

    Args:
        law: its id.
        history: the history.
        dice: the numbers, as hexadecimal text.
        members: ids of the members of the merger; the numbers choose them if there are none.
        late: an act that is learned late; the numbers draw it, and the decisions before it, if there is none.
        tested: what is put under the law.

    Returns:
        ``"holds"``, or ``"says nothing"`` if the law does not apply to the case.

    Raises:
        LawBroken: it does not hold.
    """
    case = Case(history, tuple(bytes.fromhex(dice)), _kit(**tested))
    case.named = tuple(members)
    case.late = evolve(late.act, resolved=None, on=None) if isinstance(late, Draft) else late
    return "holds" if LAWS[law].judge(case) else "says nothing"


def table() -> str:
    """All laws as text: id, about whom, statement, caveat.

    >>> print(table().splitlines()[0])
    S1   history  every unit but the root has exactly one parent, live on the same day, in each hierarchy it is in
    """
    lines = []
    for law in LAWS.values():
        lines.append(f"{law.id:<4} {law.about:<8} {law.statement}")
        lines += [f"{'':14}not asserted: {law.caveat}"] if law.caveat else []
    return "\n".join(lines)
