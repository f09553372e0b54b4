"""Laws of organisations that change, and how to put a merger rule, or the library, under them.

A law has an id, a statement, and a caveat that says where it must not be asserted. Laws
are about a merger rule, about any history, or about the library's other operations.

>>> print(LAWS["C2"])
C2: the children of the members are the children of the new unit, no more and no less
>>> print(check("C2", "A1", max_examples=20))
C2   holds
A1   holds
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from hypothesis import HealthCheck, Verbosity, given, settings
from hypothesis import Phase as _Phase
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts.operations import PolicyMerger
from orgmodel.acts.policies import Allocation, Equal, MergerRule
from orgmodel.history.history import History
from orgmodel.model.schema import Schema
from orgmodel.testing.ground_laws import LAWS
from orgmodel.testing.hierarchies import bounds
from orgmodel.testing.law import Case, Kit, Law, LawBroken, Untested
from orgmodel.testing.schemas import AGENCIES, LINES, LOOSE
from orgmodel.testing.strategies import Story, stories

__all__ = [
    "AGENCIES",
    "LAWS",
    "LINES",
    "LOOSE",
    "Case",
    "Law",
    "LawBroken",
    "Report",
    "Untested",
    "again",
    "cases",
    "check",
    "table",
]

DICE = 12
"""How many numbers a case has."""


@frozen
class Outcome:
    """What became of one law.

    Attributes:
        law: the law.
        met: of how many examples it spoke.
        passed_over: why it was not checked; empty if it was.
    """

    law: Law
    met: int = 0
    passed_over: str = ""

    def __str__(self) -> str:
        return f"{self.law.id:<4} {self.passed_over or ('holds' if self.met else 'spoke of no case')}"


@frozen
class Report:
    """What was checked, what was not and why.

    Attributes:
        outcomes: one for each law, in the order of the catalogue.
    """

    outcomes: tuple[Outcome, ...]

    def __getitem__(self, law: str) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.law.id == law)

    def __str__(self) -> str:
        return "\n".join(map(str, self.outcomes))


def cases(
    *,
    rule: MergerRule | None = None,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    siblings: bool = True,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    allocation: Allocation | None = None,
) -> st.SearchStrategy[Case]:
    """Examples for laws: a history and a few numbers that choose in it.

    Shrinks to what :func:`~orgmodel.testing.strategies.histories` shrinks to, then to small numbers.

    Args:
        rule: the merger rule under test; ``operations.PolicyMerger()`` if None.
        histories: strategy of the histories; some of up to 14 units and 8 moves if None.
        schema: kinds, placements and hierarchies of these. If None: :data:`AGENCIES` or
            :data:`LOOSE`, and :data:`LINES` where no rule is given.
        siblings: whether units that merge stand under one parent.
        kind: of which kind they are; any if None.
        sizes: fewest and most of them.
        allocation: how counts are divided among the parts of a unit; equally if None.
    """
    bounds(sizes[0], sizes[1], ("sizes[0]", "sizes[1]"), 0)
    if sizes[0] < 2:
        raise InvalidArgument(f"sizes={sizes}: a merger is of at least two")
    kit = Kit(PolicyMerger() if rule is None else rule, siblings, kind, sizes, allocation or Equal())
    told: st.SearchStrategy[History | Story]
    if histories is not None:
        told = histories
    elif schema is not None:
        told = stories(min_units=3, max_units=14, schema=schema, max_moves=8)
    else:
        # A rule of one's own need not know of other hierarchies unless its schema has them.
        frames = [AGENCIES, LOOSE] if rule is not None else [AGENCIES, LOOSE, LINES]
        told = st.sampled_from(frames).flatmap(
            lambda frame: stories(min_units=3, max_units=14, schema=frame, max_moves=8)
        )
    dice = st.binary(min_size=DICE, max_size=DICE)
    return st.tuples(told, dice).map(lambda drawn: Case(drawn[0], tuple(drawn[1]), kit))


def chosen(ids: Sequence[str], skip: Mapping[str, str] | None, *, rule: bool) -> tuple[list[Law], dict[str, str]]:
    """The laws to check, and law -> reason for those passed over.

    Raises:
        InvalidArgument: an id is none, or a law is left out without a reason.
    """
    skip = dict(skip or {})
    unknown = [name for name in (*ids, *skip) if name not in LAWS]
    if unknown:
        raise InvalidArgument(f"there is no law {unknown[0]!r} (there are {', '.join(LAWS)})")
    silent = [name for name, reason in skip.items() if not reason.strip()]
    if silent:
        raise InvalidArgument(f"say why {silent[0]!r} is left out: skip={{{silent[0]!r}: 'the rule ...'}}")
    wanted = ids or tuple(name for name, law in LAWS.items() if not rule or law.about == "rule")
    laws = [LAWS[name] for name in LAWS if name in wanted]
    passed = {law.id: f"not applicable: {law.not_applicable}" for law in laws if law.not_applicable}
    passed |= {law.id: f"left out: {skip[law.id]}" for law in laws if law.id in skip}
    return [law for law in laws if law.id not in passed], passed


def check(
    *ids: str,
    rule: MergerRule | None = None,
    skip: Mapping[str, str] | None = None,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    siblings: bool = True,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    allocation: Allocation | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
    shrink: bool = True,
    all_met: bool = True,
) -> Report:
    """Check laws on many cases; the report says what was checked, and why what was not.

    Args:
        ids: of the laws. If none is given: with a rule all laws about rules, without one all laws.
        rule: a merger rule, see ``orgmodel.acts.policies.MergerRule``.
        skip: law -> why it is left out. The reason is needed and stands in the report.
        histories: as in :func:`cases`.
        schema: as in :func:`cases`.
        siblings: as in :func:`cases`.
        kind: as in :func:`cases`.
        sizes: as in :func:`cases`.
        allocation: as in :func:`cases`.
        max_examples: how many cases; what the hypothesis profile says if None.
        seed: for the same cases each time.
        shrink: whether to look for the smallest case that fails.
        all_met: whether a law that speaks of none of many cases is a failure.

    Raises:
        LawBroken: a law does not hold. The message has the law, what is wrong, the
            structure as a tree and a script that shows it again.
        Untested: a law spoke of no case, for example as the rule refused them all.
    """
    __tracebackhide__ = True
    laws, passed = chosen(ids, skip, rule=rule is not None)
    met: Counter[str] = Counter()
    ran = 0
    failing: list[Law] = []
    examples = cases(
        rule=rule,
        histories=histories,
        schema=schema,
        siblings=siblings,
        kind=kind,
        sizes=sizes,
        allocation=allocation,
    )

    def every(case: Case) -> None:
        __tracebackhide__ = True
        nonlocal ran
        ran += 1
        # Once a law is broken, only that one is looked at: the search for the smallest case is quick then.
        for law in failing or laws:
            try:
                met[law.id] += law.judge(case)
            except LawBroken:
                failing[:] = [law]
                raise

    if laws:
        test = given(examples)(every)
        if seed is not None:
            test = with_seed(seed)(test)
        test = laws_settings(max_examples, shrink=shrink, derandomize=None if seed is None else False)(test)
        try:
            test()
        except LawBroken as error:
            raise error.with_others(laws) from error.__cause__
        unmet = [law.id for law in laws if not met[law.id]]
        # A handful of cases may miss a law by chance; many may not.
        if unmet and ran >= 30 and all_met:
            raise Untested(
                f"{', '.join(unmet)}: none of {ran} cases had what the law speaks of; "
                "does the rule refuse them all? Try another kind, siblings=, sizes= or histories="
            )
    outcomes = [
        Outcome(law, met[law.id], passed.get(law.id, "")) for law in LAWS.values() if law.id in passed or law in laws
    ]
    return Report(tuple(outcomes))


def laws_settings(max_examples: int | None, *, shrink: bool = True, derandomize: bool | None = None) -> settings:
    """Settings of a run over laws: no deadline, one failure at a time."""
    phases = [_Phase.explicit, _Phase.reuse, _Phase.generate]
    given_: dict[str, Any] = {"max_examples": max_examples, "derandomize": derandomize}
    return settings(
        **{name: value for name, value in given_.items() if value is not None},
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        # LawBroken says it better than the arguments of the test would.
        verbosity=Verbosity.quiet,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        phases=[*phases, _Phase.shrink] if shrink else phases,
    )


def again(
    law: str,
    history: History,
    *,
    dice: str,
    rule: MergerRule | None = None,
    siblings: bool = True,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    allocation: Allocation | None = None,
) -> str:
    """Check one law on one case: the last line of the script that a failure prints.

    Args:
        law: its id.
        history: the history.
        dice: the numbers, as hexadecimal text.
        rule: the merger rule; ``operations.PolicyMerger()`` if None.
        siblings: as in :func:`cases`.
        kind: as in :func:`cases`.
        sizes: as in :func:`cases`.
        allocation: as in :func:`cases`.

    Returns:
        ``"holds"``, or ``"says nothing"`` if the law does not speak of the case.

    Raises:
        LawBroken: it does not hold.
    """
    kit = Kit(PolicyMerger() if rule is None else rule, siblings, kind, sizes, allocation or Equal())
    return "holds" if LAWS[law].judge(Case(history, tuple(bytes.fromhex(dice)), kit)) else "says nothing"


def table() -> str:
    """All laws as text: id, about whom, statement, caveat, or why a law does not apply.

    >>> print(table().splitlines()[0])
    S1   history  every unit but the root has exactly one parent, live on the same day, in each hierarchy it is in
    """
    lines = []
    for law in LAWS.values():
        lines.append(f"{law.id:<4} {law.about:<8} {law.statement}")
        lines += [f"{'':14}not asserted: {law.caveat}"] if law.caveat else []
        lines += [f"{'':14}not applicable: {law.not_applicable}"] if law.not_applicable else []
    return "\n".join(lines)
