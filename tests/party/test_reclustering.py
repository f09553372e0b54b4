"""Proposals of new clusters: against a plain search over all divisions, and put into effect."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import times

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.model.cluster import Cluster
from orgmodel.party import emulation, vietnam
from orgmodel.party.reclustering import (
    CHOICES,
    Task,
    Weights,
    companions_before,
    formation,
    options,
    propose,
    task,
)

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def divisions(what: Task) -> Iterator[list[list[str]]]:
    """Every division that sizes and fixed places allow: the slow twin."""
    low, high = what.bounds
    for places in product(range(what.groups), repeat=len(what.units)):
        groups = [[u for u, at in zip(what.units, places, strict=True) if at == g] for g in range(what.groups)]
        fixed = all(unit in groups[g] for unit, g in what.fixed.items())
        if fixed and all(low <= len(group) <= high for group in groups):
            yield groups


def best_score(what: Task, weights: Weights) -> Fraction:
    return max(what.measure(groups).score(weights) for groups in divisions(what))


UNITS = "abcdefg"
pairs = st.tuples(st.sampled_from(UNITS), st.sampled_from(UNITS)).filter(lambda pair: pair[0] != pair[1])
numbers = st.sampled_from([0, 1, 3, Fraction(1, 3)])


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Task, Weights]:
    units = UNITS[: draw(st.integers(3, 7))]
    groups = draw(st.integers(1, 3))
    made = task(
        units,
        groups,
        companions=draw(st.lists(st.lists(st.sampled_from(units), min_size=2, max_size=4), max_size=3)),
        neighbours=draw(st.lists(pairs, max_size=6)),
        slack=draw(st.integers(0, 1)),
    )
    return made, Weights(*(draw(numbers) for _ in range(3)))


class TestSearch:
    @given(tasks())
    @times(0.5)
    def test_allowed_deterministic_and_never_better_than_the_best(self, given_: tuple[Task, Weights]) -> None:
        """A proposal divides all units within the sizes; no move or exchange of two units makes it better."""
        made, weights = given_
        (found,) = propose(made, {"x": weights})
        assert sorted(unit for group in found.groups for unit in group) == sorted(made.units)
        low, high = made.bounds
        assert all(low <= size <= high for size in found.measured.sizes)
        assert found.measured == made.measure(found.groups)
        assert propose(made, {"x": weights}) == (found,)
        assert found.score <= best_score(made, weights)
        for unit in made.units:
            assert all(option.gain <= 0 for option in options(made, found, unit) if option.allowed)

    def test_it_finds_the_best_of_small_tasks(self) -> None:
        """Of some tasks where the best is known by the slow twin, the search finds it."""
        for n in range(6):
            units = UNITS
            near = [(units[i], units[(i * (n + 2) + n) % 7]) for i in range(7)]
            made = task(
                units,
                2 + n % 2,
                companions=[units[: 3 + n % 3], units[3 + n % 3 :]],
                neighbours=[(a, b) for a, b in near if a != b],
                slack=n % 2,
            )
            for weights in CHOICES.values():
                (found,) = propose(made, {"x": weights})
                assert found.score == best_score(made, weights)

    def test_weights_decide(self) -> None:
        """Two companion pairs against two pairs of neighbours: whichever is worth more stays together."""
        made = task("abcd", 2, companions=["ab", "cd"], neighbours=[("a", "c"), ("b", "d")])
        companions, neighbours, _ = propose(made)
        assert companions.groups == (("a", "b"), ("c", "d"))
        assert neighbours.groups == (("a", "c"), ("b", "d"))
        assert (companions.measured.companions, companions.measured.neighbours) == (2, 0)
        assert (neighbours.measured.companions, neighbours.measured.neighbours) == (0, 2)
        assert str(companions) == (
            "companions first: sizes 2/2, companions together 2 of 2, neighbours together 0 of 2 (best found by search)"
        )

    def test_slack_lets_sizes_differ_at_a_price(self) -> None:
        """Five companions and one other: equal sizes part them; with slack and a low price they stay."""
        for slack, balance, sizes in ((0, 0, [3, 3]), (2, 0, [5, 1]), (2, 100, [3, 3])):
            made = task("abcdef", 2, companions=["abcde"], slack=slack)
            (found,) = propose(made, {"x": Weights(companions=1, balance=balance)})
            assert sorted(found.measured.sizes, reverse=True) == sizes
            assert (found.measured.spread, found.measured.imbalance) == (sizes[0] - sizes[1], sizes[0] - sizes[1])

    def test_fixed_places_hold(self) -> None:
        made = task("abcdef", 2, companions=["abc", "def"], fixed={"a": 1, "d": 1, "b": 0})
        (found,) = propose(made, {"x": Weights()})
        assert (found.group_of("a"), found.group_of("d"), found.group_of("b")) == (1, 1, 0)
        assert found.score == best_score(made, Weights())
        assert not any(option.allowed for option in options(made, found, "a"))
        with pytest.raises(KeyError):
            found.group_of("z")


class TestExact:
    @given(tasks())
    @times(0.25)
    def test_equals_the_slow_twin(self, given_: tuple[Task, Weights]) -> None:
        """The integer program is proven best, and the plain search over all divisions agrees."""
        pytest.importorskip("highspy")
        made, weights = given_
        (found,) = propose(made, {"x": weights}, method="exact")
        assert found.proven
        assert found.method == "exact"
        assert found.score == best_score(made, weights)

    def test_with_fixed_places(self) -> None:
        pytest.importorskip("highspy")
        made = task("abcdefg", 3, companions=["abcd", "efg"], fixed={"a": 2, "b": 0, "e": 2})
        (found,) = propose(made, {"x": Weights()}, method="exact")
        assert (found.group_of("a"), found.group_of("b"), found.group_of("e")) == (2, 0, 2)
        assert found.score == best_score(made, Weights())

    def test_without_the_extra_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "highspy", None)
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'orgmodel\[propose\]'"):
            propose(task("abcd", 2), method="exact")


class TestInput:
    def test_all_faults_together(self) -> None:
        with pytest.raises(Refused) as refused:
            task("aab", 9, neighbours=[("a", "a")], fixed={"z": 0, "a": 11}, slack=-1)
        found = [fault.rule for fault in refused.value.findings]
        assert found == ["unit-once", "groups", "slack", "fixed", "fixed", "neighbours"]

    def test_no_units(self) -> None:
        with pytest.raises(Refused, match="no units"):
            task([], 1)

    @pytest.mark.parametrize(
        ("fixed", "slack"),
        [({"a": 0, "b": 0, "c": 0}, 0), ({"a": 0, "b": 0, "c": 0, "d": 0, "e": 0}, 2), (dict.fromkeys("abcdef", 0), 2)],
    )
    def test_crowded_fixed_places(self, fixed: dict[str, int], slack: int) -> None:
        """Too many in one group, or so many that the others cannot be filled."""
        with pytest.raises(Refused) as refused:
            task("abcdef", 3, fixed=fixed, slack=slack)
        assert {fault.rule for fault in refused.value.findings} == {"fixed"}

    def test_fixed_places_that_starve_a_group(self) -> None:
        """Each group could hold its own, but the last one would be left without its least number."""
        with pytest.raises(Refused, match="with these fixed places not every group can have 1 units"):
            task("abcdef", 3, fixed={**dict.fromkeys("abc", 0), **dict.fromkeys("def", 1)}, slack=1)

    @pytest.mark.parametrize("fixed", [dict.fromkeys("abcd", 0), {**dict.fromkeys("abcd", 0), "e": 1, "f": 1}])
    def test_what_can_be_filled_is_filled(self, fixed: dict[str, int]) -> None:
        made = task("abcdefghi", 3, fixed=fixed, slack=1)
        (found,) = propose(made, {"x": Weights()})
        low, high = made.bounds
        assert all(low <= size <= high for size in found.measured.sizes)
        assert all(found.group_of(unit) == group for unit, group in fixed.items())

    def test_methods_and_starts(self) -> None:
        for options_ in ({"method": "guess"}, {"starts": 0}):
            with pytest.raises(Refused):
                propose(task("ab", 1), **options_)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="below zero"):
            Weights(companions=-1)
        with pytest.raises(Refused, match="not to be divided"):
            options(task("ab", 1), propose(task("ab", 1))[0], "z")

    def test_neighbours_outside_are_passed_over(self) -> None:
        assert task("ab", 1, neighbours=[("a", "z"), ("b", "a")]).neighbours == {("a", "b")}


class TestTheReform:
    def test_18_commissions_in_three_clusters(self, history: History) -> None:
        """Of the two clusters' 18 members three clusters of six: companions are those of one cluster of 2024."""
        after = history.at(AFTER)
        units = [u for cluster in after.clusters() for u in after.members(cluster.id)]
        earlier = companions_before(history, units, "emulation", BEFORE)
        assert [len(group) for group in earlier] == [9, 9]
        made = task(units, 3, companions=earlier)
        assert len(made.companions) == 2 * 36
        found = propose(made)[0]
        # Three groups of six out of two nines: two groups of one cluster each, the third of both halves.
        assert found.measured.sizes == (6, 6, 6)
        assert found.measured.companions == 15 + 15 + 3 + 3

    def test_it_is_put_into_effect(self, history: History) -> None:
        """Decided on 2026-01-02: cluster 1 goes on with other members, two are founded, cluster 2 is closed."""
        day = "2026-01-02"
        now = history.at(day)
        units = [u for cluster in now.clusters() for u in now.members(cluster.id)]
        found = propose(task(units, 3, companions=companions_before(history, units, "emulation", BEFORE)))[0]
        clusters = [Cluster("cluster-1", "emulation"), *(Cluster(f"new-{n}", "emulation", f"Cụm {n}") for n in (2, 3))]
        decided = formation(now, found, clusters)
        assert [one.name for one in decided] == ["join", "form", "form", "dissolve"]
        done = history.enact(Act("decision", day, decided))
        assert done.act("decision").operations == decided
        then = done.at(day)
        assert [set(then.members(cluster.id)) for cluster in clusters] == [set(group) for group in found.groups]
        assert [cluster.id for cluster in then.clusters("emulation")] == ["cluster-1", "new-2", "new-3"]
        # Only memberships that change are written.
        stay = [unit for unit in found.groups[0] if now.cluster_of(unit, "emulation") == "cluster-1"]
        assert stay
        written = {event.subject for event in done.act("decision").events if isinstance(event, Change)}
        assert written == set(units) - set(stay)

    def test_what_cannot_be_put_into_effect(self, history: History) -> None:
        before, after = history.at(BEFORE), history.at(AFTER)
        found = propose(task(after.members("cluster-1"), 2))[0]
        with pytest.raises(Refused) as refused:
            formation(before, found, [Cluster("x", "emulation"), Cluster("y", "other"), Cluster("z", "other")])
        rules = [fault.rule for fault in refused.value.findings]
        assert rules[:3] == ["clusters", "clusters", "clustering"]
        assert set(rules[3:]) == {"live"}


def test_a_cluster_has_as_many_deputies_as_one_is_known_to_have_had() -> None:
    """The number is data, with the source of the table of clusters that shows it."""
    rows = [row for row in vietnam.table("clusters") if row["role"] == "deputy" and row["year"] == "2024"]
    with (files("orgmodel.party") / "data" / "emulation.toml").open("rb") as file:
        deputies = tomllib.load(file)["deputies"]
    assert deputies["most"] == emulation.MOST_DEPUTIES == len(rows)
    assert {deputies["source"]} == {row["evidence"] for row in rows}
