"""Proposals of mergers: laws against a search over all divisions, an independent check, and the real communes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orgmodel.scenario.propose import verify
from orgmodel.scenario.propose.board import Board
from orgmodel.scenario.propose.constraints import (
    UNITS,
    Apart,
    AtLeast,
    AtMost,
    Compact,
    Constraint,
    Count,
    Even,
    FewestChanges,
    Locked,
    MostUnits,
    Near,
    Pairs,
    Together,
    Within,
)
from orgmodel.scenario.propose.feasible import Infeasible
from orgmodel.scenario.propose.mergers import propose_mergers, sample_mergers
from orgmodel.scenario.propose.problem import problem_of
from orgmodel.scenario.propose.request import Request, request
from orgmodel.scenario.propose.search import gathered, grown, improve

Groups = tuple[tuple[str, ...], ...]


def partitions(units: list[str]) -> Iterator[list[list[str]]]:
    """Every division of a few units: the slow twin of all searches."""
    if not units:
        yield []
        return
    first, *rest = units
    for smaller in partitions(rest):
        yield [[first], *smaller]
        for i, group in enumerate(smaller):
            yield [*smaller[:i], [first, *group], *smaller[i + 1 :]]


def best(asked: Request) -> Fraction | None:
    """The least cost of all divisions that the independent check passes; None if there is none."""
    costs = [
        verify.total_cost(asked, groups) for groups in partitions(list(asked.units)) if not verify.faults(asked, groups)
    ]
    return min(costs, default=None)


@st.composite
def instances(draw: st.DrawFn, most: int = 7, distinct: bool = False) -> dict[str, Any]:
    """What :func:`propose_mergers` takes, for a few units in a random graph; it shrinks to two units and no constraint."""
    count = draw(st.integers(2, most))
    names = [f"u{i}" for i in range(count)]
    pairs = list(combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    # A path through most of them, so that much is possible.
    edges += [(a, b) for a, b in pairwise(names) if draw(st.integers(0, 9))]
    lengths = {pair: draw(st.integers(1, 9)) for pair in dict.fromkeys(edges)}
    values = draw(st.lists(st.integers(0, 60), min_size=count, max_size=count, unique=distinct))
    constraints: list[Constraint] = draw(
        st.lists(
            st.one_of(
                st.builds(AtLeast, st.just("n"), st.integers(1, 70), or_now=st.booleans()),
                st.builds(AtMost, st.just("n"), st.integers(30, 150), or_now=st.booleans()),
                st.builds(AtMost, st.just(UNITS), st.integers(2, 4)),
                st.builds(Count, at_least=st.integers(1, 3), at_most=st.integers(3, 6)),
                st.builds(Together, st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True)),
                st.builds(Apart, st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True)),
                st.builds(Locked, st.lists(st.sampled_from(names), min_size=1, max_size=1)),
                st.builds(Within, st.fixed_dictionaries({name: st.sampled_from("xxxy") for name in names})),
            ),
            max_size=3,
        )
    )
    weight = st.sampled_from([Fraction(1), Fraction(3), Fraction(1, 3)])
    objective = draw(
        st.lists(
            st.one_of(
                st.builds(FewestChanges, weight),
                st.builds(MostUnits, weight),
                st.builds(Even, st.sampled_from(["n", UNITS]), weight),
                st.builds(Compact, weight),
                st.builds(Pairs, st.lists(st.sampled_from(pairs), min_size=1, max_size=4), weight),
                st.builds(Near, st.sampled_from(["n", UNITS]), st.sampled_from([Fraction(5, 2), Fraction(40)]), weight),
            ),
            min_size=1,
            max_size=2,
        )
    )
    assume(len({term.name for term in objective}) == len(objective))
    return {
        "neighbours": lengths if draw(st.integers(0, 9)) else None,
        "constraints": constraints,
        "objective": objective,
        "units": names,
        "measures": {"n": dict(zip(names, values, strict=True))},
    }


def asked_of(instance: dict[str, Any]) -> Request:
    return request(None, **instance)


class TestLaws:
    @given(instances())
    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    def test_the_exact_answer_is_the_best_of_all_divisions(self, instance: dict[str, Any]) -> None:
        """The integer program agrees with a look at every division: the same cost, or the proof that there is none."""
        pytest.importorskip("highspy")
        least = best(asked_of(instance))
        if least is None:
            with pytest.raises(Infeasible) as raised:
                propose_mergers(None, **instance, method="exact")
            assert raised.value.proven
            assert raised.value.findings
        else:
            (found,) = propose_mergers(None, **instance, method="exact")
            assert found.proven
            assert found.cost == least
            assert found.gap == 0

    @given(instances(), st.integers(0, 3))
    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    def test_proposals_keep_to_what_is_asked_and_refusals_are_right(self, instance: dict[str, Any], seed: int) -> None:
        """M5: each proposal passes the independent check. What is refused cannot be; what can be is found."""
        asked = asked_of(instance)
        least = best(asked)
        try:
            found = propose_mergers(None, **instance, n=3, seed=seed, starts=6, steps=300)
        except Infeasible:
            assert least is None
            return
        assert least is not None
        assert len({proposal.divided for proposal in found}) == len(found)
        for proposal in found:
            assert verify.faults(asked, proposal.divided) == []
            assert proposal.cost == verify.total_cost(asked, proposal.divided)
            assert proposal.cost >= least
        assert [p.cost for p in found] == sorted(p.cost for p in found)

    @given(instances(distinct=True), st.randoms(use_true_random=False))
    @settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    def test_renaming_units_renames_the_groups(self, instance: dict[str, Any], shuffle: random.Random) -> None:
        """Order and ids do not matter: with distinct figures the same groups come out under other names."""
        instance["measures"]["n"] = {unit: value + 1 for unit, value in instance["measures"]["n"].items()}
        instance["objective"] = [*instance["objective"], Near("n", 0, 0)]  # so that the figures are read
        assume(len({term.name for term in instance["objective"]}) == len(instance["objective"]))
        new = [f"v{i}" for i in range(len(instance["units"]))]
        shuffle.shuffle(new)
        name = dict(zip(instance["units"], new, strict=True))
        try:
            (found,) = propose_mergers(None, **instance, starts=4, steps=200)
        except Infeasible:
            assume(False)
        (other,) = propose_mergers(None, **_renamed(instance, name, shuffle), starts=4, steps=200)
        assert {frozenset(name[unit] for unit in group) for group in found.divided} == set(
            map(frozenset, other.divided)
        )

    @given(instances(), st.randoms(use_true_random=False))
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    def test_renaming_never_changes_the_best_cost(self, instance: dict[str, Any], shuffle: random.Random) -> None:
        pytest.importorskip("highspy")
        new = [f"v{i}" for i in range(len(instance["units"]))]
        shuffle.shuffle(new)
        name = dict(zip(instance["units"], new, strict=True))
        try:
            (found,) = propose_mergers(None, **instance, method="exact")
        except Infeasible:
            assume(False)
        (other,) = propose_mergers(None, **_renamed(instance, name, shuffle), method="exact")
        assert other.cost == found.cost

    @given(instances(most=6), st.integers(1, 60))
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    def test_a_tighter_constraint_never_makes_more_possible(self, instance: dict[str, Any], floor: int) -> None:
        """M4: with a constraint more there are no more divisions, and the best is no better."""
        pytest.importorskip("highspy")
        tighter = {**instance, "constraints": [*instance["constraints"], AtLeast("n", floor)]}
        loose, tight = asked_of(instance), asked_of(tighter)
        for groups in partitions(list(loose.units)):
            assert verify.faults(tight, groups) or not verify.faults(loose, groups)
        try:
            (found,) = propose_mergers(None, **tighter, method="exact")
        except Infeasible:
            return
        assert propose_mergers(None, **instance, method="exact")[0].cost <= found.cost

    @given(instances())
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    def test_samples_keep_to_what_is_asked(self, instance: dict[str, Any]) -> None:
        asked = asked_of(instance)
        try:
            found = sample_mergers(None, **instance, n=6, every=3, chains=2)
        except Infeasible:
            assert best(asked) is None
            return
        assert len(found) == 6
        assert all(not verify.faults(asked, proposal.divided) for proposal in found)

    @given(instances(), st.integers(0, 9))
    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
    def test_running_totals_are_those_counted_anew(self, instance: dict[str, Any], seed: int) -> None:
        """Whatever moves were made, the board's key is that of its groups, which hang together."""
        problem = problem_of(asked_of(instance))
        rng = random.Random(seed)
        for start in (gathered, grown):
            board = start(problem.instance, rng)
            assert board.key == board.counted()
            board = improve(board, rng, 200)
            assert board.key == board.counted()
            again = Board(problem.instance, board.places)
            assert (again.key, again.division()) == (board.key, board.division())
            assert all(problem.instance.hangs_together(group) for group in board.division())


def _renamed(instance: dict[str, Any], name: dict[str, str], shuffle: random.Random) -> dict[str, Any]:
    def one(bound: Constraint) -> Constraint:
        if isinstance(bound, (Together, Apart, Locked)):
            units = [name[unit] for unit in bound.units]
            shuffle.shuffle(units)
            return type(bound)(units)
        if isinstance(bound, Within) and not isinstance(bound.border, str):
            return Within({name[unit]: region for unit, region in bound.border.items()})
        return bound

    def term(what: Any) -> Any:
        return Pairs([(name[a], name[b]) for a, b in what.pairs], what.weight) if isinstance(what, Pairs) else what

    near = instance["neighbours"]
    if near is not None:
        listed = [((name[a], name[b]), length) for (a, b), length in near.items()]
        shuffle.shuffle(listed)
        near = dict(listed)
    units = list(name.values())
    shuffle.shuffle(units)
    return {
        "neighbours": near,
        "constraints": [one(bound) for bound in instance["constraints"]],
        "objective": [term(what) for what in instance["objective"]],
        "units": units,
        "measures": {"n": {name[unit]: value for unit, value in instance["measures"]["n"].items()}},
    }
