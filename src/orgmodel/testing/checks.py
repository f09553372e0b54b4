"""Whether an object of yours keeps its contract, in one call.

========================== ===============================================================
:func:`check_merger_rule`  pure, deterministic, reads members as a set; all laws of rules
:func:`check_rule`         pure, deterministic, total, cites its source, finds what it must
:func:`check_policy`       pure, deterministic, gives only what its Protocol allows
:func:`check_metric`       pure, deterministic, equal structures give equal numbers
========================== ===============================================================
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts.events import Act, Creation
from orgmodel.acts.policies import MergerRule, Part
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.rules.rule import CitedRule
from orgmodel.rules.rulebook import Rulebook
from orgmodel.scenario.metrics import Metric
from orgmodel.structure.structure import Structure
from orgmodel.testing import laws
from orgmodel.testing.law import SOURCE, Case, Kit
from orgmodel.testing.laws import Report, laws_settings
from orgmodel.testing.moves import pick
from orgmodel.testing.reproduce import script
from orgmodel.testing.strategies import histories as _histories
from orgmodel.testing.strategies import mergeable

__all__ = ["ContractBroken", "check_merger_rule", "check_metric", "check_policy", "check_rule"]


class ContractBroken(AssertionError):
    """An object does not keep its contract; the message shows the smallest case that was found."""

    def __init__(self, what: object, why: str, history: History | None = None) -> None:
        self.what, self.why, self.history = what, why, history
        lines = [f"{_name(what)} {why}"]
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


def _name(what: object) -> str:
    return getattr(what, "__qualname__", None) or repr(what)


def _on_histories(
    test: Callable[[History, bytes], None],
    histories: st.SearchStrategy[History] | None,
    schema: Schema | None,
    max_examples: int | None,
    seed: int | None,
) -> None:
    """Run a test on many histories, each with a few numbers."""
    from hypothesis import seed as with_seed

    if histories is None:
        histories = _histories(min_units=3, max_units=12, schema=schema or laws.AGENCIES, max_moves=4, max_amendments=0)
    run = given(histories, st.binary(min_size=8, max_size=8))(test)
    if seed is not None:
        run = with_seed(seed)(run)
    laws_settings(max_examples, derandomize=None if seed is None else False)(run)()


def _twice(what: object, call: Callable[[], Any], structure: Structure, history: History) -> Any:
    """What a call gives, if it gives it twice and leaves the structure as it was; the refusal, if it refuses."""
    before = structure.facts()
    given_: list[Any] = []
    for _ in range(2):
        try:
            given_.append(call())
        except Refused as error:
            given_.append(error)
        except Exception as error:
            raise ContractBroken(what, f"fails with {type(error).__name__}: {error}", history) from error
    one, other = given_
    refused = isinstance(one, Refused), isinstance(other, Refused)
    if refused[0] != refused[1] or (not refused[0] and one != other):
        raise ContractBroken(what, f"is not deterministic: {one!r}, and asked again {other!r}", history)
    if structure.facts() != before:
        raise ContractBroken(what, "is not pure: it changes the structure", history)
    return one


def check_merger_rule(
    rule: MergerRule,
    *,
    skip: Mapping[str, str] | None = None,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    siblings: bool = True,
    kind: str | None = None,
    sizes: tuple[int, int] = (2, 4),
    max_examples: int | None = None,
    seed: int | None = None,
) -> Report:
    """Check that a merger rule is pure and deterministic, and that the laws of rules hold of it.

    Arguments and errors as in :func:`orgmodel.testing.laws.check`.

    Raises:
        ContractBroken: it is not.
        LawBroken: a law does not hold.

    >>> from orgmodel.acts.operations import PolicyMerger
    >>> print(check_merger_rule(PolicyMerger(), max_examples=40)["C1"])
    C1   holds
    """

    def pure(history: History, dice: bytes) -> None:
        case = Case(history, tuple(dice), Kit(rule, siblings, kind, sizes))
        pools = mergeable(case.structure, kind=kind, siblings=siblings, least=sizes[0])
        if pools:
            members = case.members
            call = lambda: tuple(rule(case.structure, members, case.day, SOURCE))  # noqa: E731
            _twice(rule, call, case.structure, history)

    _on_histories(pure, histories, schema, max_examples, seed)
    return laws.check(
        rule=rule,
        skip=skip,
        histories=histories,
        schema=schema,
        siblings=siblings,
        kind=kind,
        sizes=sizes,
        max_examples=max_examples,
        seed=seed,
    )


def check_rule(
    rule: CitedRule,
    *,
    breaks: Iterable[Structure] = (),
    keeps: Iterable[Structure] = (),
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
) -> None:
    """Check that a rule about structures is pure, deterministic, total, blind to order, and cites its source.

    Args:
        rule: made by ``orgmodel.rules.rule.rule``.
        breaks: structures in which it must find something: its promise.
        keeps: structures in which it must find nothing.
        histories: strategy of the histories; the last day of each is looked at.
        schema: kinds and placements of the default histories.
        max_examples: how many.
        seed: for the same ones each time.

    Raises:
        ContractBroken: it is not.

    >>> from orgmodel.errors import Finding
    >>> from orgmodel.rules.rule import rule
    >>> @rule("named", citation="house rule 1")
    ... def named(view):
    ...     for unit in view.units():
    ...         if not view.after.unit(unit).name:
    ...             yield Finding("", "it has no name", units=(unit,))
    >>> check_rule(named, max_examples=20)
    """
    book = Rulebook((rule,))
    breaks, keeps = list(breaks), list(keeps)

    def audit(structure: Structure) -> Counter[str]:
        found = book.audit(structure)
        return Counter(map(str, (*found.findings, *found.undecided)))

    for structure in breaks:
        if not book.audit(structure).findings:
            raise ContractBroken(rule, f"finds nothing in a structure that breaks it:\n{structure.tree()}")
    for structure in keeps:
        if found := book.audit(structure).findings:
            raise ContractBroken(rule, f"finds {found[0]} in a structure that keeps it:\n{structure.tree()}")
    if not rule.versions or not all(version.citation for version in rule.versions):
        raise ContractBroken(rule, "cites no source")

    def contract(history: History, dice: bytes) -> None:
        assert history.last_day is not None
        structure = history.at(history.last_day)
        found = _twice(rule, lambda: audit(structure), structure, history)
        other = _shuffled(structure, dice)
        again = audit(other)
        if found != again:
            told = sorted((found - again) + (again - found))
            raise ContractBroken(rule, f"depends on the order in which units were created: {told[:3]}", history)

    _on_histories(contract, histories, schema, max_examples, seed)


def _shuffled(structure: Structure, dice: Sequence[int]) -> Structure:
    """A structure that says the same of the same units, created in another order."""
    facts = structure.facts()
    units = [unit for unit in structure if facts[unit].get((tracks.LIFE, None)) == "unit"]
    order = sorted(units, key=lambda unit: (structure.depth(unit), pick(dice, len(unit) + sum(map(ord, unit)))))
    first: list[Any] = [Creation(structure.unit(unit)) for unit in order]
    lives = [held[tracks.LIFE, None] for held in facts.values() if held.get((tracks.LIFE, None)) != "unit"]
    first += [Creation(life) for life in sorted(lives, key=lambda life: hasattr(life, "clustering"))]
    from orgmodel.acts.events import Change

    done = {tracks.LIFE, tracks.PARENT, tracks.KIND, tracks.NAME, tracks.CODE, tracks.CATEGORY}
    for subject, held in facts.items():
        for (track, slot), value in held.items():
            if (
                track not in done
                and value is not None
                and (track != tracks.ROLE or value in facts or not isinstance(value, str))
            ):
                first.append(Change(subject, track, value, slot))
    return History(structure.schema, structure.measures).enact(Act("shuffled", structure.day, first)).at(structure.day)


PolicySort = Literal["cluster", "allocation", "counterpart", "office", "rating"]


def check_policy(
    policy: Any,
    sort: PolicySort,
    *,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
) -> None:
    """Check that a policy is pure and deterministic, and gives only what its Protocol allows.

    Args:
        policy: see ``orgmodel.acts.policies``.
        sort: of which Protocol it is: ``cluster``, ``allocation``, ``counterpart``, ``office`` or ``rating``.
        histories: as in :func:`check_rule`.
        schema: as in :func:`check_rule`.
        max_examples: how many.
        seed: for the same ones each time.

    Raises:
        ContractBroken: it does not.

    >>> from orgmodel.acts.policies import Equal, MajorityCluster
    >>> check_policy(MajorityCluster(), "cluster", max_examples=20)
    >>> check_policy(Equal(), "allocation", max_examples=20)
    """
    calls = {
        "cluster": _cluster_policy,
        "allocation": _allocation,
        "counterpart": _counterpart,
        "office": _office,
        "rating": _rating,
    }
    if sort not in calls:
        raise InvalidArgument(f"sort={sort!r}; it is one of {', '.join(calls)}")

    def contract(history: History, dice: bytes) -> None:
        assert history.last_day is not None
        calls[sort](policy, history.at(history.last_day), history, dice)

    _on_histories(contract, histories, schema, max_examples, seed)


def _group(structure: Structure, dice: bytes) -> tuple[str, ...]:
    pools = mergeable(structure)
    if not pools:
        return ()
    pool = pick(pools, dice[0])
    return tuple(sorted({pick(pool, dice[1] + i) for i in range(2 + dice[2] % 3)}))


def _cluster_policy(policy: Any, structure: Structure, history: History, dice: bytes) -> None:
    members = _group(structure, dice)
    for clustering in structure.clusterings() if members else ():
        ask = partial(policy, structure, clustering, members)
        given_ = _twice(policy, lambda ask=ask: _tuple(ask()), structure, history)  # type: ignore[misc]
        if given_ is None or isinstance(given_, Refused):
            continue
        known = {cluster.id for cluster in structure.clusters(clustering.id)}
        if set(given_) - known:
            raise ContractBroken(
                policy, f"gives {sorted(set(given_) - known)}, no cluster of {clustering.id!r}", history
            )
        if len(set(given_)) > 1 and not clustering.cover:
            raise ContractBroken(
                policy, f"gives {list(given_)} for the partition {clustering.id!r}: at most one", history
            )


def _tuple(given_: Iterable[Any] | None) -> tuple[Any, ...] | None:
    return None if given_ is None else tuple(given_)


def _allocation(policy: Any, structure: Structure, history: History, dice: bytes) -> None:
    units = [unit for unit in structure if structure.parent(unit) is not None]
    if not units:
        return
    unit = pick(units, dice[0])
    names = ["p1", "p2", "p3"][: 2 + dice[1] % 2]
    children = structure.children(unit)
    parts = [
        Part(name, tuple(c for j, c in enumerate(children) if (j + dice[2]) % len(names) == i))
        for i, name in enumerate(names)
    ]
    measure = Measure("members")
    given_ = _twice(policy, lambda: _tuple(policy(structure, unit, measure, parts)), structure, history)
    if given_ is None or isinstance(given_, Refused):
        return
    fractions = [Fraction(share) for share in given_]
    if len(fractions) != len(parts) or sum(fractions) != 1 or any(share < 0 for share in fractions):
        told = ", ".join(map(str, given_))
        raise ContractBroken(policy, f"gives the shares {told} for {len(parts)} parts; they must add up to 1", history)


def _counterpart(policy: Any, structure: Structure, history: History, dice: bytes) -> None:
    agencies = [u for u in structure if structure.schema.is_agency(structure.value(u, tracks.KIND))] or list(structure)
    agency = pick(agencies, dice[0])
    given_ = _twice(policy, lambda: policy(structure, agency), structure, history)
    if not isinstance(given_, Hashable):
        raise ContractBroken(policy, f"gives {given_!r}, which cannot be a key", history)


def _office(policy: Any, structure: Structure, history: History, dice: bytes) -> None:
    members = _group(structure, dice)
    if not members:
        return
    given_ = _twice(policy, lambda: dict(policy(structure, members)), structure, history)
    if isinstance(given_, Refused):
        return
    held = {holder for member in members for holder in structure.slots(member, tracks.OFFICE).values()}
    for slot, holder in given_.items():
        if not (isinstance(slot, tuple) and len(slot) == 2 and isinstance(slot[0], str) and isinstance(slot[1], int)):
            raise ContractBroken(policy, f"gives the seat {slot!r}; a seat is (post, number)", history)
        if holder not in held:
            raise ContractBroken(policy, f"seats {holder!r}, who holds nothing in {list(members)}", history)


def _rating(policy: Any, structure: Structure, history: History, dice: bytes) -> None:
    members = _group(structure, dice)
    if not members:
        return
    measure = Measure("members", "category")
    one = _twice(policy, lambda: policy(structure, measure, members), structure, history)
    other = _twice(policy, lambda: policy(structure, measure, members[::-1]), structure, history)
    if not isinstance(one, Refused) and one != other:
        raise ContractBroken(policy, f"depends on the order of the members: {one!r} and {other!r}", history)


def check_metric(
    metric: Metric,
    *,
    histories: st.SearchStrategy[History] | None = None,
    schema: Schema | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
) -> None:
    """Check that a metric is pure and deterministic, and that equal structures give equal numbers.

    Args:
        metric: see ``orgmodel.scenario.metrics``.
        histories: as in :func:`check_rule`.
        schema: as in :func:`check_rule`.
        max_examples: how many.
        seed: for the same ones each time.

    Raises:
        ContractBroken: it is not.

    >>> from orgmodel.scenario.metrics import UnitsByKind
    >>> check_metric(UnitsByKind(), max_examples=20)
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
        again = dict(metric(_shuffled(structure, dice), without))
        if again != numbers:
            raise ContractBroken(metric, f"gives {numbers} and {again} for two equal structures", history)

    _on_histories(contract, histories, schema, max_examples, seed)
