"""Proposals of mergers: laws against a search over all divisions, an independent check, and the real communes."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import networkx as nx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from profiles import times

from orgmodel.errors import Refused
from orgmodel.history.history import history_of, structure_of
from orgmodel.scenario.plan import parse_plan
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
from orgmodel.scenario.propose.enact import draft, plan_text
from orgmodel.scenario.propose.feasible import Infeasible
from orgmodel.scenario.propose.mergers import propose_mergers, sample_mergers
from orgmodel.scenario.propose.neighbours import from_points, neighbours_of
from orgmodel.scenario.propose.problem import problem_of
from orgmodel.scenario.propose.request import Request, request
from orgmodel.scenario.propose.search import carved, gathered, grown, improve

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.

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
    @times(0.5)
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
    @times(0.5)
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
    @times(0.5)
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
    @times(0.5)
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
    @times(0.5)
    def test_running_totals_are_those_counted_anew(self, instance: dict[str, Any], seed: int) -> None:
        """Whatever moves were made, the board's key is that of its groups, which hang together."""
        problem = problem_of(asked_of(instance))
        rng = random.Random(seed)
        for start in (gathered, grown, carved):
            board = start(problem.instance, rng)
            assert board.key == board.counted()
            board = improve(board, rng, 200)
            assert board.key == board.counted()
            again = Board(problem.instance, board.places)
            assert (again.key, again.division()) == (board.key, board.division())
            assert all(problem.instance.hangs_together(group) for group in board.division())

    @given(st.lists(st.integers(1, 12), min_size=36, max_size=36), st.integers(15, 30), st.integers(0, 9))
    @times(0.5)
    def test_on_a_grid_no_group_is_ever_torn(self, values: list[int], floor: int, seed: int) -> None:
        """Where groups are long and moves many, each still hangs together, and the totals are right."""
        measures = {"n": {f"{i // 6}{i % 6}": value for i, value in enumerate(values)}}
        bounds = [AtLeast("n", floor), AtMost("n", 2 * floor)]
        problem = problem_of(request(None, GRID, bounds, [Even("n"), Compact()], measures=measures))
        rng = random.Random(seed)
        for start in (gathered, grown, carved):
            board = improve(start(problem.instance, rng), rng, 400)
            assert board.key == board.counted()
            assert all(problem.instance.hangs_together(group) for group in board.division())


GRID = [(f"{x}{y}", f"{x + 1}{y}") for x in range(5) for y in range(6)]
GRID += [(f"{x}{y}", f"{x}{y + 1}") for x in range(6) for y in range(5)]


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


# ---- single cases


ROW = {"a": 200, "b": 90, "c": 250, "d": 300}
CHAIN = [("a", "b"), ("b", "c"), ("c", "d")]


def organisation(members: dict[str, int] | None = None) -> list[dict[str, Any]]:
    return [
        {"id": "vn"},
        *({"id": x, "parent": "vn", "name": x.upper(), "members": n} for x, n in (members or ROW).items()),
    ]


class TestEffect:
    def test_a_proposal_is_an_act_that_keeps_to_what_was_asked(self) -> None:
        """M5 on the enacted organisation: what units became is read from lineage, figures from the successors."""
        history = history_of(organisation(), day="2025-01-01")
        found = propose_mergers(history.at("2025-01-01"), CHAIN, AtLeast("members", 200), n=2)
        for proposal in found:
            done = history.enact(draft(proposal, history, "2026-01-01"))
            assert verify.faults_after(found.request, done, "2026-01-01", measured=["members"]) == []

    def test_the_check_afterwards_sees_another_act(self) -> None:
        """What was decided otherwise is told: the check reads the organisation, not the proposal."""
        history = history_of(organisation(), day="2025-01-01")
        asked = request(history.at("2025-01-01"), CHAIN, AtLeast("members", 200))
        with history.draft("2026-01-01") as act:
            act.merge(["a", "c"])
        rules = {fault.rule for fault in verify.faults_after(asked, history.enact(act), "2026-01-01")}
        assert rules == {"connected", "at-least"}

    def test_the_plan_file_does_the_same_as_the_draft(self) -> None:
        history = history_of(organisation(), day="2025-01-01")
        structure = history.at("2025-01-01")
        proposal = propose_mergers(structure, CHAIN, AtLeast("members", 290))[0]
        text = plan_text(proposal, structure, "2026-01-01", "mergers", choices={"counterparts": True})
        planned = parse_plan(text).simulate(history).at("2026-01-01")
        drafted = history.enact(draft(proposal, history, "2026-01-01")).at("2026-01-01")
        assert [(u.name, planned.measure(u.id, "members")) for u in planned.units()] == [
            (u.name, drafted.measure(u.id, "members")) for u in drafted.units()
        ]

    def test_a_group_from_two_parents_needs_one(self) -> None:
        rows = [{"id": "vn"}, {"id": "p", "parent": "vn"}, {"id": "q", "parent": "vn"}]
        rows += [{"id": "a", "parent": "p", "kind": "c", "n": 1}, {"id": "b", "parent": "q", "kind": "c", "n": 1}]
        history = history_of(rows, day="2025-01-01")
        proposal = propose_mergers(history.at("2025-01-01"), [("a", "b")], AtLeast(UNITS, 2))[0]
        with pytest.raises(Refused, match="parent"):
            draft(proposal, history, "2026-01-01")
        done = history.enact(draft(proposal, history, "2026-01-01", under=lambda *_: "q"))
        assert len(done.at("2026-01-01").children("q")) == 1


class TestAnswers:
    def test_why_each_group_was_formed(self) -> None:
        (found,) = propose_mergers(structure_of(organisation(), day="2025-01-01"), CHAIN, AtLeast("members", 200))
        merged = next(group for group in found.groups if group.merges)
        assert [str(reason) for reason in merged.reasons] == ["B has 90 members, 110 below the floor of 200"]
        assert "because B has 90 members" in found.report()

    @pytest.mark.parametrize(
        ("bounds", "units", "told"),
        [
            ([AtMost("n", 60)], ("c",), "it has 70 n, 10 above the cap of 60"),
            ([AtLeast("n", 25)], ("i",), "it has no neighbour and 20 n, 5 below the floor of 25"),
            ([AtLeast("n", 10), Locked(["b"])], ("b",), "it can join no other unit and 5 n, 5 below the floor of 10"),
            ([Together(["a", "i"])], ("a", "i"), "no chain of borders that a group may cross connects them"),
            ([Together(["a", "b"]), Locked(["b"])], ("a", "b"), "together, and b must stay as it is"),
            ([Together(["a", "b"]), Apart(["b", "a"])], ("b", "a"), "together by other constraints"),
            ([Together(["a", "b"]), AtMost("n", 70)], ("a", "b"), "together they have 95 n, 25 above the cap of 70"),
            ([Count(1)], ("i",), "there are 2 pieces that no border connects, 1 more than the 1 units"),
            ([Count(4), AtLeast("n", 20)], (), "the floors leave room for 3 units, 1 fewer than the 4"),
        ],
    )
    def test_what_cannot_be_met_says_who_and_by_how_much(
        self, bounds: list[Constraint], units: tuple[str, ...], told: str
    ) -> None:
        values = (
            {"a": 90, "b": 5, "c": 70, "i": 20}
            if "above the cap of 60" not in told
            else {"a": 9, "b": 5, "c": 70, "i": 2}
        )
        if "room for" in told:
            values = {"a": 5, "b": 5, "c": 35, "i": 20}
        with pytest.raises(Infeasible) as refused:
            propose_mergers(None, CHAIN[:2], bounds, units=list("abci"), measures={"n": values})
        assert refused.value.proven
        (finding,) = [f for f in refused.value.findings if told in f.message]
        assert set(finding.units) == set(units)
        again = pickle.loads(pickle.dumps(refused.value))
        assert (again.findings, again.proven) == (refused.value.findings, True)

    def test_what_no_single_unit_proves_is_proved_by_the_program(self) -> None:
        """Three of 2 in a row cannot make groups from 3 to 4: each unit fits, and so does their total."""
        pytest.importorskip("highspy")
        bounds = [AtLeast("n", 3), AtMost("n", 4)]
        with pytest.raises(Infeasible) as refused:
            propose_mergers(None, CHAIN[:2], bounds, measures={"n": dict.fromkeys("abc", 2)})
        assert refused.value.proven
        assert {finding.rule for finding in refused.value.findings} <= {"at-least", "at-most"}

    def test_islands_are_named_and_can_be_left_alone(self) -> None:
        asked: dict[str, Any] = {"units": list("abcx"), "measures": {"n": {"a": 5, "b": 1, "c": 5, "x": 1}}}
        with pytest.raises(Infeasible, match="x: it has no neighbour"):
            propose_mergers(None, CHAIN[:2], AtLeast("n", 3), **asked)
        found = propose_mergers(None, CHAIN[:2], AtLeast("n", 3), **asked, islands="alone")
        assert found.islands == ("x",)
        assert ("x",) in found[0].divided
        assert "they have no neighbour" in found.report()

    def test_unknown_figures_are_named_or_left_alone(self) -> None:
        asked: dict[str, Any] = {"measures": {"n": {"a": 5, "b": 1, "c": 5, "d": None}}}
        with pytest.raises(Refused, match="d: its n is not known"):
            propose_mergers(None, CHAIN, AtLeast("n", 3), **asked)
        found = propose_mergers(None, CHAIN, AtLeast("n", 3), **asked, unknown="alone")
        assert ("d",) in found[0].divided

    def test_a_bound_may_be_met_exactly(self) -> None:
        """At least 5 and at most 5 is 5."""
        asked: dict[str, Any] = {"measures": {"n": {"a": 2, "b": 3}}}
        for bounds in ([AtLeast("n", 5)], [AtMost("n", 5), Count(1)], [AtLeast("n", 5), AtMost("n", 5)]):
            assert propose_mergers(None, CHAIN[:1], bounds, **asked)[0].divided == (("a", "b"),)

    def test_sizes_are_whole_where_bounds_are_not(self) -> None:
        """At least two and a half units are three, at most two and a half are two."""
        (least,) = propose_mergers(None, CHAIN, AtLeast(UNITS, Fraction(5, 2)))
        (most,) = propose_mergers(None, CHAIN, AtMost(UNITS, Fraction(5, 2)), Compact())
        assert min(map(len, least.divided)) >= 3
        assert max(map(len, most.divided)) == 2

    def test_nothing_but_islands(self) -> None:
        """Where all stay out of it there is one proposal: everything as it is."""
        found = propose_mergers(None, [], AtLeast(UNITS, 2), units=list("ab"), islands="alone")
        assert found[0].divided == (("a",), ("b",))
        assert sample_mergers(None, [], AtLeast(UNITS, 2), units=list("ab"), islands="alone", n=1)[0].mergers == ()
        pytest.importorskip("highspy")
        assert propose_mergers(None, [], AtLeast(UNITS, 2), units=list("ab"), islands="alone", method="exact")[0].proven

    def test_terms_of_one_name_are_refused(self) -> None:
        with pytest.raises(Refused, match="two terms are called 'pairs apart'"):
            propose_mergers(None, CHAIN, [], [Pairs(CHAIN[:1]), Pairs(CHAIN[1:])])

    def test_no_worse_than_now(self) -> None:
        """A unit that breaks a cap already may stay as it is; no group may become like it."""
        values = {"a": 1, "b": 2, "c": 90, "d": 4}
        asked: dict[str, Any] = {"measures": {"n": values}}
        with pytest.raises(Infeasible, match="60 above the cap of 30"):
            propose_mergers(None, CHAIN, [AtMost("n", 30), AtLeast("n", 2)], **asked)
        found = propose_mergers(None, CHAIN, [AtMost("n", 30, or_now=True), AtLeast("n", 2)], **asked)
        assert found[0].divided == (("a", "b"), ("c",), ("d",))
        with pytest.raises(Infeasible):
            # Two groups of a chain would put one with the largest.
            propose_mergers(None, CHAIN, [AtMost("n", "now"), Count(2)], [Compact()], **asked)

    def test_a_broken_start_is_mended(self) -> None:
        """Groups to begin with that no border connects and that miss the floor: what comes out keeps to both."""
        asked: dict[str, Any] = {"measures": {"n": ROW}}
        found = propose_mergers(None, CHAIN, AtLeast("n", 200), begin=[("a", "c"), ("b", "d")], **asked)
        assert verify.faults(found.request, found[0].divided) == []
        with pytest.raises(Refused, match="none of the units"):
            propose_mergers(None, CHAIN, AtLeast("n", 200), begin=[("a", "z")], **asked)

    def test_all_faults_of_a_request_together(self) -> None:
        with pytest.raises(Refused) as refused:
            propose_mergers(
                structure_of(organisation(), day="2025-01-01"),
                [*CHAIN, ("d", "z")],
                [AtLeast("people", 3), Together(["a", "y"]), Within("province")],
            )
        assert {finding.rule for finding in refused.value.findings} == {"live", "unknown", "units", "within"}


class TestDeterminism:
    def test_the_same_seed_gives_the_same_bytes_on_any_executor(self) -> None:
        asked: dict[str, Any] = {"measures": {"n": {f"{x}{y}": x * 7 % 5 + y for x in range(6) for y in range(6)}}}
        once = propose_mergers(None, GRID, AtLeast("n", 9), n=3, starts=4, steps=500, **asked)
        again = propose_mergers(None, nx.Graph(GRID[::-1]), AtLeast("n", 9), n=3, starts=4, steps=500, **asked)
        assert once.to_json() == again.to_json()
        drawn = sample_mergers(None, GRID, AtLeast("n", 9), n=8, **asked)
        with ThreadPoolExecutor(2) as executor:
            shared = propose_mergers(None, GRID, AtLeast("n", 9), n=3, starts=4, steps=500, executor=executor, **asked)
            spread = sample_mergers(None, GRID, AtLeast("n", 9), n=8, executor=executor, **asked)
        assert shared.to_json() == once.to_json()
        # What goes to another process comes back the same.
        sent = problem_of(once.request).instance
        back = pickle.loads(pickle.dumps(sent))
        assert (back.near, back.totals, back.heavy) == (sent.near, sent.totals, sent.heavy)
        assert [p.divided for p in spread] == [p.divided for p in drawn]
        assert len({p.divided for p in drawn}) > 4

    def test_without_a_proof_the_gap_is_told(self) -> None:
        """Time for the relaxation but not for the proof, or for neither: the best known division and what is certain."""
        pytest.importorskip("highspy")
        asked: dict[str, Any] = {"measures": {"n": {f"{x}{y}": x * 7 % 5 + y for x in range(6) for y in range(6)}}}
        bounds = [AtLeast("n", 9), AtMost(UNITS, 4)]
        found = propose_mergers(None, GRID, bounds, method="exact", time_limit=0.0001, **asked)[0]
        assert verify.faults(found.request, found.divided) == []
        assert not found.proven
        assert found.gap is None or (found.bound is not None and found.bound <= found.cost)
        proved = propose_mergers(None, GRID, bounds, method="exact", **asked)[0]
        assert proved.proven
        assert proved.cost <= found.cost
        assert found.bound is None or found.bound <= float(proved.cost) + 1e-6

    def test_time_that_runs_out_is_told(self) -> None:
        near = [(f"{i:03}", f"{i + 1:03}") for i in range(200)]
        found = propose_mergers(None, near, AtLeast(UNITS, 3), time_limit=0.01, starts=500)
        assert any(note.rule == "time" for note in found.notes)
        assert verify.faults(found.request, found[0].divided) == []

    def test_the_front_keeps_what_no_other_beats(self) -> None:
        near = [(f"{x}{y}", f"{x + 1}{y}") for x in range(4) for y in range(5)]
        near += [(f"{x}{y}", f"{x}{y + 1}") for x in range(5) for y in range(4)]
        found = sample_mergers(None, near, Count(6), [Even(UNITS), Compact()], n=60)
        front = found.front()
        assert 0 < len(front) < len(found)
        for proposal in front:
            mine = list(proposal.costs.values())
            others = [list(other.costs.values()) for other in found]
            assert not any(o != mine and all(a <= b for a, b in zip(o, mine, strict=True)) for o in others)


class TestNeighbours:
    def test_a_graph_pairs_and_lengths_say_the_same(self) -> None:
        graph = nx.Graph()
        graph.add_edge("b", "a", border=2.5)
        assert neighbours_of(graph).pairs == neighbours_of({("a", "b"): 2.5}).pairs == {("a", "b"): Fraction(5, 2)}
        assert neighbours_of(neighbours_of(graph)).pairs == neighbours_of(graph).pairs
        with pytest.raises(Refused, match="no neighbour of itself"):
            neighbours_of([("a", "a")])

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12, unique=True))
    def test_points_are_all_connected(self, points: list[tuple[int, int]]) -> None:
        """A triangulation connects all points, those on one line as well."""
        pytest.importorskip("scipy")
        named = {f"u{i}": (float(x), float(y)) for i, (x, y) in enumerate(points)}
        assert nx.is_connected(from_points(named).graph())
