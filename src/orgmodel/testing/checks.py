"""Whether an object of yours keeps its contract, in one call.

============================= ================================================================================
:func:`check_merger_rule`     pure, deterministic, reads members as a set; all laws of rules
:func:`check_rule`            pure, deterministic, total, cites its source, finds what it must
:func:`check_policy`          pure, deterministic, gives only what its Protocol allows
:func:`check_cluster_policy`  the same; in mergers, files and plans, and when something is learned late
:func:`check_metric`          pure, deterministic, equal structures give equal numbers
:func:`check_operation`       pure, the same through every door, and what is learned late flows through it
:func:`check_plan`            does the same each time, and all laws of histories hold of it
============================= ================================================================================
"""

from __future__ import annotations

import contextlib
import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Final, Unpack

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Flaky, InvalidArgument

from orgmodel.acts.act import Act
from orgmodel.acts.changes import changes_of
from orgmodel.acts.event_subjects import written_by
from orgmodel.acts.events import Creation, Event
from orgmodel.acts.forms import operation_record, read_operation
from orgmodel.acts.operation import Operation, Point
from orgmodel.acts.operations import Merge, PolicyMerger
from orgmodel.acts.policies import ClusterPolicy, MergerRule, Part, name_of
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.rules.rule import CitedRule
from orgmodel.rules.view import View
from orgmodel.scenario.metrics import Metric
from orgmodel.scenario.plan import POLICIES, Plan, PlanStep, Policies, Stage
from orgmodel.structure.structure import Structure
from orgmodel.testing import laws, schemas
from orgmodel.testing.catalogue.family import needed
from orgmodel.testing.catalogue.frame import MONTH, words_given
from orgmodel.testing.decisions import LATE, Decider
from orgmodel.testing.law import SOURCE, Case, Choosing, Kit, NotMet, PolicySort, difference, happens
from orgmodel.testing.laws import Checking, Drawing, Report, Running, identifier, laws_settings
from orgmodel.testing.moves import pick
from orgmodel.testing.reproduce import script
from orgmodel.testing.strategies import drawn_act, mergeable, stories
from orgmodel.testing.verb_arguments import OperationsFor, operations_for

__all__ = [
    "ContractBroken",
    "check_cluster_policy",
    "check_merger_rule",
    "check_metric",
    "check_operation",
    "check_plan",
    "check_policy",
    "check_rule",
]


class ContractBroken(AssertionError):
    """An object does not keep its contract; the message shows the smallest case that was found.

    Attributes:
        tested: the object.
        why: what it does wrong.
        history: where; None if it is wrong everywhere.
    """

    def __init__(self, tested: object, why: str, history: History | None = None) -> None:
        self.tested, self.why, self.history = tested, why, history
        lines = [f"{_name(tested)} {why}"]
        if history is not None and history.last_day is not None:
            structure = history.at(history.last_day)
            lines += [
                "",
                f"the structure on {structure.day}:",
                *("  " + line for line in structure.tree().splitlines()),
            ]
            last = ["", f"structure = history.at({structure.day.isoformat()!r})"]
            lines += ["", "to make it again:", "", script(history, last)]
        super().__init__("\n".join(lines))


_FLAKY: Final = "is not deterministic: what it did wrong once it does not do again"


def _name(tested: object) -> str:
    if isinstance(tested, CitedRule):
        return f"the rule {tested.id!r}"
    if isinstance(tested, Plan):
        return f"the plan {tested.name!r}"
    return getattr(tested, "__qualname__", None) or repr(tested)


def _on_histories(
    tested: object,
    test: Callable[..., None],
    *more: st.SearchStrategy[Any],
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    measures: Iterable[Measure | str] = schemas.MEASURES,
    max_examples: int | None = None,
    seed: int | None = None,
) -> None:
    """Run a test on many histories, each with a few numbers, and with what else it takes."""
    from hypothesis import seed as with_seed

    if histories is not None:
        drawn = st.tuples(histories, st.binary(min_size=8, max_size=8))
    else:
        # As for merger rules: what is asked about is one day, and how it became known matters little.
        with_numbers = stories([schema or schemas.AGENCIES], measures, 8, moves=4, amendments=0)
        drawn = with_numbers.map(lambda pair: (pair[0].history(), bytes(pair[1])))

    def on_one(drawn_case: tuple[Any, ...]) -> None:
        with collector_paused():
            test(*drawn_case[0], *drawn_case[1:])

    on_one.__name__ = identifier(f"on histories {_name(tested)}")
    run = given(st.tuples(drawn, *more))(on_one)
    if seed is not None:
        run = with_seed(seed)(run)
    try:
        laws_settings(max_examples, seeded=seed is not None)(run)()
    except Flaky as error:
        raise ContractBroken(tested, _FLAKY) from error


def _answer(tested: object, call: Callable[[], Any], history: History) -> Any:
    """What a call gives; the refusal, if it refuses.

    Raises:
        ContractBroken: it fails otherwise.
    """
    try:
        return call()
    except Refused as error:
        return error.with_traceback(None)  # as in Case._ask
    except Exception as error:
        raise ContractBroken(tested, f"fails with {type(error).__name__}: {error}", history) from error


def _twice(
    tested: object,
    call: Callable[[], Any],
    structure: Structure,
    history: History,
    again: Callable[[], Any] | None = None,
) -> Any:
    """What a call gives, if it gives it twice and leaves the structure as it was; the refusal, if it refuses.

    Args:
        tested: whose contract it is.
        call: the call.
        structure: what it reads.
        history: what the structure is of.
        again: the second call, where it is another one.
    """
    before = structure.facts()
    first, second = _answer(tested, call, history), _answer(tested, again or call, history)
    refused = isinstance(first, Refused), isinstance(second, Refused)
    # Numbers that are none (NaN) differ from themselves; in writing they do not.
    differ = first != second and not (isinstance(first, dict) and repr(first) == repr(second))
    if refused[0] != refused[1] or (not refused[0] and differ):
        raise ContractBroken(tested, f"is not deterministic: {first!r}, and asked again {second!r}", history)
    if structure.facts() != before:
        raise ContractBroken(tested, "is not pure: it changes the structure", history)
    return first


def check_merger_rule(rule: MergerRule, *, skip: Mapping[str, str] | None = None, **how: Unpack[Checking]) -> Report:
    """Check that a merger rule is pure and deterministic, and that the laws of rules hold of it.

    Arguments and errors as in :func:`orgmodel.testing.laws.check`.

    Raises:
        ContractBroken: it is not.
        LawBroken: a law does not hold.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> check_merger_rule(PolicyMerger(), max_examples=15)["C2"].met > 0
    True
    """

    def pure(case: Case) -> None:
        with contextlib.suppress(NotMet):
            members = case.members
            again = partial(_called, rule, case.structure, members)
            # What it answers first is what the laws judge.
            _twice(rule, lambda: case.asked(members), case.structure, case.history, again)

    try:
        return laws.check(rule=rule, skip=skip, first=pure, **how)
    except Flaky as error:
        raise ContractBroken(rule, _FLAKY) from error


def _called(rule: MergerRule, structure: Structure, members: Sequence[str]) -> tuple[Event, ...]:
    return tuple(rule(structure, members, structure.day, SOURCE))


def check_rule(
    rule: CitedRule,
    *,
    breaks: Iterable[Structure | tuple[History, Act]] = (),
    keeps: Iterable[Structure | tuple[History, Act]] = (),
    **how: Unpack[Drawing],
) -> None:
    """Check that a rule is pure, deterministic, total, blind to order, and cites its source.

    A rule about structures is asked about the last day of each history; a rule about acts
    (``about="act"``) about an act on the day after. What a rule reads of the past
    (``view.merged_from``) is there in both.

    Args:
        rule: made by ``orgmodel.rules.rule.rule``.
        breaks: what it must find something in, its promise: structures, or for a rule about
            acts pairs of a history and an act that follows.
        keeps: what it must find nothing in.
        how: on which histories, see :class:`~orgmodel.testing.laws.Drawing`.

    Raises:
        ContractBroken: it is not.
        InvalidArgument: ``breaks`` or ``keeps`` have what the rule is not about.

    >>> from orgmodel.errors import Finding
    >>> from orgmodel.rules.rule import rule
    >>> @rule("named", citation="house rule 1")
    ... def named(view):
    ...     for unit in view.units():
    ...         if not view.after.unit(unit).name:
    ...             yield Finding("", "it has no name", units=(unit,))
    >>> check_rule(named, max_examples=10)
    >>> @rule("few-mergers", citation="house rule 2", about="act")
    ... def few_mergers(view):
    ...     for new, olds in view.changes.mergers():
    ...         if len(olds) > 3:
    ...             yield Finding("", "too many at once", units=(new,))
    >>> check_rule(few_mergers, max_examples=10)
    """
    of_acts = rule.about == "act"
    promises = [(example, True) for example in breaks] + [(example, False) for example in keeps]
    for example, _ in promises:
        if isinstance(example, Structure) == of_acts:
            wanted = "pairs of a history and an act" if of_acts else "structures"
            raise InvalidArgument(f"the rule is about {rule.about}s: breaks= and keeps= are {wanted}, not {example!r}")
    if not rule.versions or not all(version.citation for version in rule.versions):
        raise ContractBroken(rule, "cites no source")
    for example, broken in promises:
        _keep_promise(rule, View(example) if isinstance(example, Structure) else _view_of(*example), broken=broken)

    def contract(history: History, dice: bytes) -> None:
        act = _next_act(history, dice) if of_acts else None
        if of_acts and act is None:
            return
        shown = history if act is None else history.enact(act)
        structure = _view_of(history, act).after
        verdicts = _twice(rule, lambda: _verdicts(rule, _view_of(history, act)), structure, shown)
        other = reordered(history, dice)
        if other is None or (act is not None and happens(other, act) is None):
            return
        again = _verdicts(rule, _view_of(other, act))
        if verdicts != again:
            differ = sorted((verdicts - again) + (again - verdicts))
            raise ContractBroken(rule, f"depends on the order in which units were created: {differ[:3]}", shown)

    _on_histories(rule, contract, **how)


def _view_of(history: History, act: Act | None) -> View:
    """What a rule sees of an act, or of the last day of a history if there is none."""
    if act is None:
        return View(history.at(history.last_day))
    return View(history.enact(act).at(act.effective), history.at(act.effective), changes_of(act))


def _verdicts(rule: CitedRule, view: View) -> Counter[str]:
    return Counter(map(str, rule(view)))


def _keep_promise(rule: CitedRule, view: View, *, broken: bool) -> None:
    """Require that a rule finds something in what breaks it, and nothing in what keeps it.

    Raises:
        ContractBroken: it does not.
    """
    example = f"{'an act' if rule.about == 'act' else 'a structure'} that"
    findings = [verdict for verdict in rule(view) if isinstance(verdict, Finding)]
    if broken and not findings:
        raise ContractBroken(rule, f"finds nothing in {example} breaks it:\n{view.after.tree()}")
    if findings and not broken:
        raise ContractBroken(rule, f"finds {findings[0]} in {example} keeps it:\n{view.after.tree()}")


def _next_act(history: History, dice: Sequence[int]) -> Act | None:
    """An act on the day after the last one; None where the numbers say nothing new, such as a name that a unit has."""
    assert history.last_day is not None
    return drawn_act(history, history.last_day + ONE_DAY, "the next act", [dice, dice[3:]], source=SOURCE)


def reordered(history: History, dice: Sequence[int]) -> History | None:
    """The same history, with the units of its first act created in another order; None if there is no other."""
    first, *later = history.acts
    creations = [event for event in first.events if isinstance(event, Creation) and isinstance(event.what, Unit)]
    parent_of = {event.what.id: getattr(event.what, "parent", None) for event in creations}

    def depth(unit: str | None) -> int:
        return 0 if unit not in parent_of else 1 + depth(parent_of[unit])

    # Parents stay in front of their children; the others come as numbers say.
    number_of = {unit: pick(dice, 7 * at) for at, unit in enumerate(parent_of)}
    turned = sorted(creations, key=lambda event: (depth(event.what.id), number_of[event.what.id]))
    if turned == creations:
        return None
    # In the places of the creations, so that what the act says between them stays where it is.
    in_turn = iter(turned)
    created = {id(event) for event in creations}
    events = [next(in_turn) if id(event) in created else event for event in first.events]
    other = Act(first.id, first.effective, events, first.source, first.note)
    return happens(History(history.schema, history.measures), other, *later)


@frozen
class Asked:
    """How often a policy was asked, and about what.

    Attributes:
        times: how often it was asked.
        of: of how many cases.
        about: what there was to decide on -> how often: holders of an office, a rating, a cluster.
        refused: how often it refused.
    """

    times: int
    of: int
    about: Mapping[str, int]
    refused: int = 0

    def __str__(self) -> str:
        about = ", ".join(f"{name} {times}" for name, times in self.about.items()) or "nothing to decide on"
        refused = f", refused {self.refused}" if self.refused else ""
        return f"asked {self.times} times in {self.of} cases{refused}: {about}"


def check_policy(
    policy: Any,
    sort: PolicySort,
    **how: Unpack[Drawing],
) -> Asked:
    """Check that a policy is pure and deterministic, and gives only what its Protocol allows.

    Args:
        policy: see ``orgmodel.acts.policies``.
        sort: of which Protocol it is: ``cluster``, ``allocation``, ``counterpart``, ``office`` or ``rating``.
        how: on which histories, see :class:`~orgmodel.testing.laws.Drawing`.

    Returns:
        How often it was asked, and about what.

    Raises:
        ContractBroken: it does not.
        Untested: it was asked about nothing in any of many cases: no holder, no category, no cluster.

    >>> from orgmodel.acts.policies import Equal, MajorityCluster
    >>> check_policy(MajorityCluster(), "cluster", max_examples=20).about["different clusters"] > 0
    True
    >>> check_policy(Equal(), "allocation", max_examples=8).times
    8
    """
    calls: dict[str, Callable[..., Iterator[str]]] = {
        "cluster": _cluster_policy,
        "allocation": _allocation,
        "counterpart": _counterpart,
        "office": _office,
        "rating": _rating,
    }
    if sort not in calls:
        raise InvalidArgument(f"sort={sort!r}; it is one of {', '.join(calls)}")
    features, cases = Counter[str](), 0

    def contract(history: History, dice: bytes) -> None:
        nonlocal cases
        assert history.last_day is not None
        cases += 1
        features.update(calls[sort](policy, history.at(history.last_day), history, dice))

    _on_histories(policy, contract, **how)
    about = {name: times for name, times in features.most_common() if name not in (_ASKED, _REFUSED)}
    asked = Asked(features[_ASKED], cases, about, features[_REFUSED])
    if not about and asked.of >= 30:
        raise laws.Untested(f"the policy was {asked}; try another schema=, measures= or histories=")
    return asked


_ASKED, _REFUSED = "asked", "refused"


def _group(structure: Structure, dice: bytes) -> tuple[str, ...]:
    pools = mergeable(structure)
    if not pools:
        return ()
    pool = pick(pools, dice[0])
    return tuple(sorted({pick(pool, dice[1] + i) for i in range(2 + dice[2] % 3)}))


def _cluster_policy(policy: Any, structure: Structure, history: History, dice: bytes) -> Iterator[str]:
    members = _group(structure, dice)
    for clustering in structure.clusterings() if members else ():
        ask = partial(policy, structure, clustering, members)
        clusters = _twice(policy, lambda ask=ask: _tuple(ask()), structure, history)  # type: ignore[misc]
        yield _ASKED
        clusters_of_members = {structure.clusters_of(member, clustering.id) for member in members}
        if clusters_of_members != {()}:
            yield "different clusters" if len(clusters_of_members) > 1 else "one cluster"
            yield "a cover" if clustering.cover else "a partition"
        if isinstance(clusters, Refused):
            yield _REFUSED
        elif clusters is not None and (fault := _misjoined(structure, clustering, clusters)):
            raise ContractBroken(policy, fault, history)


def _misjoined(structure: Structure, clustering: Clustering, clusters: tuple[str, ...]) -> str:
    """What is wrong with the clusters of a clustering that a policy gives; empty if nothing is."""
    strange = set(clusters) - {cluster.id for cluster in structure.clusters(clustering.id)}
    if strange:
        return f"gives {sorted(strange)}, no cluster of {clustering.id!r}"
    if len(set(clusters)) > 1 and not clustering.cover:
        return f"gives {list(clusters)} for the partition {clustering.id!r}: at most one"
    return ""


def _tuple(items: Iterable[Any] | None) -> tuple[Any, ...] | None:
    return None if items is None else tuple(items)


def _allocation(policy: Any, structure: Structure, history: History, dice: bytes) -> Iterator[str]:
    units = [unit for unit in structure if structure.parent(unit) is not None]
    if not units:
        return
    unit = pick(units, dice[0])
    parts, measure = _parts(structure, unit, dice), _count(structure, dice[3])

    def call() -> Any:
        shares = policy(structure, unit, measure, parts)
        return shares if isinstance(shares, str) else _tuple(shares)

    shares = _twice(policy, call, structure, history)
    yield _ASKED
    yield "children" if structure.children(unit) else "no children"
    if structure.slots(unit, measure.track):
        yield "a figure"
    if isinstance(shares, Refused):
        yield _REFUSED
    elif isinstance(shares, tuple) and not _add_up(shares, len(parts)):
        why = f"gives the shares {', '.join(map(str, shares))} for {len(parts)} parts; they must add up to 1"
        raise ContractBroken(policy, why, history)


def _add_up(shares: tuple[Any, ...], parts: int) -> bool:
    """Whether there is a share for each part, none is negative and all make 1."""
    fractions = [Fraction(share) for share in shares]
    return len(fractions) == parts and sum(fractions) == 1 and min(fractions) >= 0


def _parts(structure: Structure, unit: str, dice: bytes) -> list[Part]:
    """Two or three parts of a unit, its children dealt out in turn."""
    names = ["p1", "p2", "p3"][: 2 + dice[1] % 2]
    first, count = -dice[2] % len(names), len(names)
    return [Part(name, structure.children(unit)[(first + at) % count :: count]) for at, name in enumerate(names)]


def _count(structure: Structure, number: int) -> Measure:
    """A measure of the structure that is a count."""
    counts = [measure for measure in structure.measures.values() if measure.type == "count"]
    chosen: Measure = pick(counts or [Measure("members")], number)
    return chosen


def _counterpart(policy: Any, structure: Structure, history: History, dice: bytes) -> Iterator[str]:
    agencies = [u for u in structure if structure.schema.is_agency(structure.value(u, tracks.KIND))]
    agency = pick(agencies or list(structure), dice[0])
    function = _twice(policy, lambda: policy(structure, agency), structure, history)
    yield _ASKED
    if agencies:
        yield "an agency"
    if function is not None:
        yield _REFUSED if isinstance(function, Refused) else "a function"
    if not isinstance(function, Hashable):
        raise ContractBroken(policy, f"gives {function!r}, which cannot be a key", history)


def _office(policy: Any, structure: Structure, history: History, dice: bytes) -> Iterator[str]:
    members = _group(structure, dice)
    if not members:
        return
    holders = _twice(policy, lambda: dict(policy(structure, members)), structure, history)
    seats = Counter(holder for member in members for holder in structure.slots(member, tracks.OFFICE).values())
    yield _ASKED
    if seats:
        yield "a holder"
    if isinstance(holders, Refused):
        yield _REFUSED
        return
    for slot, holder in holders.items():
        if not _is_seat(slot):
            raise ContractBroken(policy, f"gives the seat {slot!r}; a seat is (post, number)", history)
        if not seats[holder]:
            raise ContractBroken(policy, f"seats {holder!r}, who holds nothing in {list(members)}", history)
    for holder in Counter(holders.values()) - seats:
        raise ContractBroken(policy, f"gives {holder!r} more seats than {list(members)} gave", history)


def _is_seat(slot: object) -> bool:
    return isinstance(slot, tuple) and len(slot) == 2 and isinstance(slot[0], str) and isinstance(slot[1], int)


def _rating(policy: Any, structure: Structure, history: History, dice: bytes) -> Iterator[str]:
    members = _group(structure, dice)
    measure = next((measure for measure in structure.measures.values() if measure.type == "category"), None)
    if not members or measure is None:
        return
    # Asked for the members in one order and in the other, each twice.
    grade, grade_reversed = (
        _twice(policy, partial(policy, structure, measure, units), structure, history)
        for units in (members, members[::-1])
    )
    yield _ASKED
    grades = {structure.slots(member, measure.track).get(measure.slot) for member in members}
    if grades - {None}:
        yield "different ratings" if len(grades - {None}) > 1 else "a rating"
    if isinstance(grade, Refused):
        yield _REFUSED
        return
    if grade != grade_reversed:
        raise ContractBroken(policy, f"depends on the order of the members: {grade!r} and {grade_reversed!r}", history)
    if grade not in {None, *grades, *words_given(policy)}:
        raise ContractBroken(policy, f"gives {grade!r}, which no member has and the policy was not given", history)


def check_metric(
    metric: Metric,
    **how: Unpack[Drawing],
) -> None:
    """Check that a metric is pure and deterministic, and that equal structures give equal numbers.

    Args:
        metric: see ``orgmodel.scenario.metrics``.
        how: on which histories, see :class:`~orgmodel.testing.laws.Drawing`.

    Raises:
        ContractBroken: it is not.

    >>> from orgmodel.scenario.metrics import UnitsByKind
    >>> check_metric(UnitsByKind(), max_examples=10)
    """
    if not metric.id:
        raise ContractBroken(metric, "has no id")

    def contract(history: History, dice: bytes) -> None:
        assert history.last_day is not None
        assert history.first_day is not None
        structure, without = history.at(history.last_day), history.at(history.first_day)
        numbers = _twice(metric, lambda: dict(metric(structure, without)), structure, history)
        if isinstance(numbers, Refused):
            return
        for item, number in numbers.items():
            if not isinstance(item, str):
                raise ContractBroken(metric, f"names a number by {item!r}, no text", history)
            if number is not None and (isinstance(number, bool) or not isinstance(number, (int, float, Fraction))):
                raise ContractBroken(metric, f"gives {number!r} for {item!r}, no number", history)
            if isinstance(number, float) and not math.isfinite(number):
                raise ContractBroken(metric, f"gives {number} for {item!r}; what is not known is None", history)
        other = reordered(history, dice)
        if other is None:
            return
        again = dict(metric(other.at(history.last_day), other.at(history.first_day)))
        if again != numbers:
            raise ContractBroken(metric, f"gives {numbers} and {again} for two equal structures", history)

    _on_histories(metric, contract, **how)


def check_plan(
    plan: Plan,
    history: History,
    *,
    known: Policies = POLICIES,
    skip: Mapping[str, str] | None = None,
    **run: Unpack[Running],
) -> Report:
    """Check that a plan does what it does on a history each time, and nothing else.

    It is carried out again, on the history with its units created in another order, and
    on the history with one more unit that it does not touch: what it makes must be the
    same, and the history as it was. What it makes is then put under all laws of histories.

    Args:
        plan: see ``orgmodel.scenario.plan``.
        history: what it departs from.
        known: policies that it may name.
        skip: law -> why it is left out.
        run: how many cases, see :class:`~orgmodel.testing.laws.Running`.

    Raises:
        ContractBroken: it is not.
        LawBroken: a law does not hold of what it makes.
        InvalidFile: it cannot be carried out; all its faults, with their lines.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.scenario.plan import parse_plan
    >>> plan = parse_plan('''
    ... name = "one"
    ... day = "2026-01-01"
    ... [[stage]]
    ... name = "s"
    ... [[stage.do]]
    ... op = "merge"
    ... units = ["a", "b"]
    ... ''')
    >>> rows = [dict(id="top"), dict(id="a", parent="top"), dict(id="b", parent="top")]
    >>> check_plan(plan, history_of(rows, day="2025-07-01"), max_examples=5)["D4"].met > 0
    True
    """
    text = jsonl.dumps(history)
    acts, after = plan.carry_out(history, known=known)
    again = plan.carry_out(history, known=known)[0]
    # By what they came to: a policy without a name is another function each time that it is made.
    if [(act.id, act.effective, act.source, act.resolved) for act in again] != [
        (act.id, act.effective, act.source, act.resolved) for act in acts
    ]:
        raise ContractBroken(plan, "is not deterministic: carried out again, its acts are others", history)
    last = after.last_day
    if not acts or last is None:
        raise ContractBroken(plan, "does nothing", history)
    facts = after.at(last).facts()

    def contract(_: History, dice: bytes) -> None:
        if jsonl.dumps(history) != text:
            raise ContractBroken(plan, "is not pure: it changes the history that it departs from", history)
        other = reordered(history, dice)
        if other is not None and plan.carry_out(other, known=known)[1].at(last).facts() != facts:
            raise ContractBroken(plan, "depends on the order in which units were created", other)
        case = Case(history, tuple(dice), Kit())
        move = case.move(0, ["create"], prefix="bystander-")
        wider = happens(history, case.act(move.events, "bystander"))
        if move.name != "create" or wider is None:
            return
        acts_beside, after_beside = plan.carry_out(wider, known=known)
        bystanders = {event.what.id for event in move.events if isinstance(event, Creation)}
        if any(bystanders & changes_of(act).touched() for act in acts_beside):
            return
        facts_beside = {unit: of for unit, of in after_beside.at(last).facts().items() if unit not in bystanders}
        if facts_beside != facts:
            changed = difference(facts_beside, facts)
            raise ContractBroken(plan, f"does otherwise where a unit that it does not touch is there: {changed}", wider)

    _on_histories(plan, contract, histories=st.just(history), **run)
    names = [law.id for law in laws.LAWS.values() if law.about == "history"]
    return laws.check(*names, skip=skip, histories=st.just(after), all_met=False, **run)


_LAWS_OF_DECISIONS: Final = ("K1", "K2", "K4", "K5", "K6", "R1")


def check_operation(
    operations: OperationsFor | type[Operation[Any]],
    *,
    skip: Mapping[str, str] | None = None,
    **how: Unpack[Drawing],
) -> Counter[str]:
    """Check a verb of yours: pure, the same through every door, and right when something is learned late.

    An operation is drawn and carried out twice; read from its record, as files hold it, and from a plan, it comes to
    the same; units that it neither names nor changes keep what they have; and what is learned late flows through it
    (laws K1, K2, K4 to K6 and R1, with the operation among the decisions).

    Args:
        operations: your class of operations, drawn by what its arguments are declared to be; or what draws one about
            a structure, such as ``lambda structure: st.builds(MyVerb, unit=...)``.
        skip: law -> why it is left out.
        how: on which histories, see :class:`~orgmodel.testing.laws.Drawing`.

    Returns:
        How often the operation was ``accepted`` and ``refused``, and what became of late acts: ``stands``, ``asks``,
        ``refused late``.

    Raises:
        ContractBroken: it does not keep its contract.
        LawBroken: a law does not hold of it.
        Untested: it was refused in every case.

    >>> from hypothesis import strategies as st
    >>> from orgmodel.acts.operations import Rename
    >>> met = check_operation(lambda s: st.builds(Rename, st.sampled_from(list(s)), st.just("New")), max_examples=8)
    >>> met["accepted"], met["refused"]
    (8, 0)
    """
    judged, passed = laws.chosen(_LAWS_OF_DECISIONS, skip, rule=False)
    del passed
    met: Counter[str] = Counter()
    drawn = operations_for(operations)

    def contract(history: History, dice: bytes, data: st.DataObject) -> None:
        assert history.last_day is not None
        day = history.last_day + ONE_DAY
        structure = history.at(day)
        operation = data.draw(drawn(structure))
        point = Point(structure, "of the user", 0, SOURCE)
        resolved = _twice(operation, lambda: tuple(operation.resolve(point)), structure, history)
        act = Act("of the user", day, [operation], SOURCE)
        after = None if isinstance(resolved, Refused) else happens(history, act)
        met["refused" if after is None else "accepted"] += 1
        if after is None:
            return
        _same_through_doors(operation, history, after)
        _bystanders_keep(operation, history, after)
        late = Decider(random.Random(dice), "late-").act(history, history.last_day, "late", LATE)
        if late is None:
            return
        case = Case(after, tuple(dice), Kit())
        case.late = late
        word = needed(case.learned).enacted.word
        met["refused late" if word == "refused" else word] += 1
        for law in judged:
            law.judge(case)

    _on_histories(operations, contract, st.data(), **how)
    if met["refused"] and not met["accepted"]:
        raise laws.Untested(f"the operation was refused in all of {met['refused']} cases")
    return met


def _same_through_doors(operation: Operation[Any], history: History, after: History) -> None:
    """The operation read from its record, and in a plan, comes to the same."""
    if not operation.name:
        raise ContractBroken(operation, "has no name, so that no plan and no file can say it", history)
    try:
        record = operation_record(operation)
    except Refused as error:
        raise ContractBroken(operation, f"cannot be written: {error}", history) from error
    read = read_operation(record)
    if read != operation:
        raise ContractBroken(operation, f"is another one when it is read again: {read!r}", history)
    day = after.act("of the user").effective
    step = PlanStep(record["op"], {name: value for name, value in record.items() if name != "op"})
    plan = Plan("of the user", (Stage("of the user", day, (step,), source=SOURCE),))
    try:
        planned = plan.simulate(history).history
    except OrgmodelError as error:
        raise ContractBroken(operation, f"is refused in a plan: {error}", history) from error
    # Ids that are derived depend on the act, which a plan calls otherwise.
    counts = [len(h.at(day)) for h in (planned, after)]
    if counts[0] != counts[1]:
        raise ContractBroken(operation, f"in a plan leaves {counts[0]} units, enacted {counts[1]}", history)


def _bystanders_keep(operation: Operation[Any], history: History, after: History) -> None:
    """Who the operation neither changes nor links keeps what he has, on its day and a month later."""
    act = after.act("of the user")
    touched = set(written_by(act.events))
    for day in (act.effective, act.effective + MONTH):
        before, then = history.at(day).facts(), after.at(day).facts()
        for subject, facts_before in before.items():
            if subject not in touched and then.get(subject) != facts_before:
                changed = difference(then.get(subject, {}), facts_before)
                raise ContractBroken(
                    operation, f"says nothing of {subject!r}, which changes on {day}: {changed}", after
                )


def check_cluster_policy(
    policy: ClusterPolicy,
    *,
    skip: Mapping[str, str] | None = None,
    **how: Unpack[Drawing],
) -> Report:
    """Check a cluster policy of yours by itself, in mergers, and in what is learned late.

    It is asked twice about the same (:func:`check_policy`); mergers that follow it keep the laws of what a merger
    leaves alone (F1 to F4), and neither the order of members nor ids matter (A1, E10). A policy with a name (see
    ``orgmodel.acts.policies.register``) also comes back from files and plans, and decides again when something is
    learned late (:func:`check_operation`); of one without, the report says that this is left out.

    Args:
        policy: the policy.
        skip: law -> why it is left out.
        how: on which histories, see :class:`~orgmodel.testing.laws.Drawing`.

    Raises:
        ContractBroken: it does not keep its contract.
        LawBroken: a law does not hold of mergers that follow it.

    >>> from orgmodel.acts.policies import MajorityCluster
    >>> report = check_cluster_policy(MajorityCluster(), max_examples=10, seed=1)
    >>> [outcome.law.id for outcome in report.outcomes if outcome.met]
    ['A1', 'E7', 'E10', 'F1', 'F2', 'F3', 'F4']
    """
    check_policy(policy, "cluster", **how)
    rule = Choosing(PolicyMerger(cluster=policy))
    report = laws.check("A1", "E7", "E10", "F1", "F2", "F3", "F4", rule=rule, skip=skip, **how)
    if name_of(policy) is None:
        reason = "left out: the policy has no name, so that no file can say it; give it one with @register"
        unnamed = tuple(laws.Outcome(laws.LAWS[law], passed_over=reason) for law in _LAWS_OF_DECISIONS)
        return Report((*report.outcomes, *unnamed))

    def mergers(structure: Structure) -> st.SearchStrategy[Operation[Any]]:
        groups = [pool[:3] for pool in mergeable(structure)] or [tuple(structure)[:1]]
        return st.builds(Merge, st.sampled_from(groups), cluster=st.just(policy))

    check_operation(mergers, skip={k: v for k, v in (skip or {}).items() if k in _LAWS_OF_DECISIONS}, **how)
    return report
