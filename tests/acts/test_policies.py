"""The ready-made policies, each by what it promises."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.operations.figures import divided
from orgmodel.acts.policies import (
    Bounds,
    ByCategory,
    ByCode,
    ByMeasure,
    ByName,
    ByNamePrefix,
    CarryOver,
    ClusterOf,
    ClusterOfLargest,
    Dominant,
    Equal,
    GivenShares,
    InheritNothing,
    JoinCluster,
    KeepIfEqual,
    Lapse,
    LeaveAll,
    LowestGrade,
    MajorityCluster,
    Part,
    apportion,
)
from orgmodel.model.arithmetic import added, averaged
from orgmodel.structure.structure import Structure

MEMBERS = om.Measure("members")
GRADE = om.Measure("grade", "category")
EMULATION = om.Clustering("emulation")


@pytest.fixture(scope="module")
def structure() -> Structure:
    """Four units of different sizes and clusters below a root; the last one states nothing."""
    history = om.history_of(
        [
            {"id": "vn", "name": "Việt Nam"},
            {"id": "a", "parent": "vn", "name": "Ban Tổ chức Việt Nam", "code": "1", "category": "tc", "members": 5},
            {"id": "b", "parent": "vn", "name": "Ban Kiểm tra", "code": "2", "category": "kt", "members": 9},
            {"id": "c", "parent": "vn", "members": 9},
            {"id": "d", "parent": "vn"},
            {"id": "e", "parent": "d", "members": 2},
            {"id": "f", "parent": "d"},
        ],
        day="2025-01-01",
        measures=[MEMBERS, GRADE],
    )
    with history.draft("2025-01-02") as act:
        act.form(EMULATION)
        act.form(om.Cluster("k1", "emulation"), ["a", "b"])
        act.form(om.Cluster("k2", "emulation"), ["c"])
        act.form(om.Clustering("other"))
        act.record("a", "grade", "good")
        act.record("b", "grade", "poor")
        act.add(
            om.Change("a", "office", "person-1", ("secretary", 1)),
            om.Change("a", "office", "person-3", ("deputy", 2)),
            om.Change("b", "office", "person-2", ("secretary", 1)),
            om.Change("b", "office", "person-3", ("deputy", 1)),
        )
    return act.structure


def chosen(found: Any) -> Any:
    return None if found is None else tuple(found)


@pytest.mark.parametrize(
    ("policy", "members", "expected"),
    [
        (JoinCluster("k2"), ["a", "b"], ("k2",)),
        (LeaveAll(), ["a", "b"], ()),
        (MajorityCluster(), ["a", "b", "c"], ("k1",)),
        (MajorityCluster(), ["a", "c"], None),
        (MajorityCluster(), ["d", "e"], None),
        (MajorityCluster(), ["c", "d", "e"], ("k2",)),
        (ClusterOf("c"), ["a", "c"], ("k2",)),
        (ClusterOf("d"), ["a", "d"], ()),
        (ClusterOf("c"), ["a", "b"], None),
        (ClusterOfLargest("members"), ["a", "b"], ("k1",)),
        (ClusterOfLargest("members"), ["a", "c"], ("k2",)),
        (ClusterOfLargest("members"), ["b", "c"], None),
        (ClusterOfLargest("members"), ["a", "d"], None),
    ],
)
def test_cluster_policies(structure: Structure, policy: Any, members: list[str], expected: Any) -> None:
    """Each says one cluster, none, or nothing; a tie and an unknown size are no answer."""
    assert expected == chosen(policy(structure, EMULATION, members))


def test_join_cluster_says_nothing_of_other_clusterings(structure: Structure) -> None:
    """A cluster of one clustering is no answer for another."""
    assert JoinCluster("k1")(structure, om.Clustering("other"), ["a"]) is None


def test_cluster_policies_read_members_as_a_set(structure: Structure) -> None:
    """The order of the members does not matter."""
    for policy in (MajorityCluster(), ClusterOfLargest("members"), JoinCluster("k1"), LeaveAll()):
        assert policy(structure, EMULATION, ["a", "c", "b"]) == policy(structure, EMULATION, ["c", "b", "a"])


PARTS = [Part("x", ("a",)), Part("y", ("b",)), Part("z", ("d",))]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Equal(), [Fraction(1, 3)] * 3),
        (Dominant("y"), [0, 1, 0]),
        (Dominant("nobody"), "'nobody' is none of its parts"),
        (Bounds(), None),
        (ByMeasure("members"), "what goes to z has no known total of 'members'"),
        (ByMeasure("grade"), "no share of 'grade' is stated towards x, y either"),
        (ByMeasure("area", {"x": 1, ("vn", "y"): 2, "z": 1}), [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]),
        (
            GivenShares({"x": {"members": "1/4"}, "y": {"members": 0.5}}),
            [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)],
        ),
        (GivenShares({"x": {"members": "1/4"}}), None),
        (GivenShares({"x": {"population": "1/4"}, "y": {"population": 0}}), None),
    ],
)
def test_allocations(structure: Structure, policy: Any, expected: Any) -> None:
    """Shares in the order of the parts that add up to 1, or none."""
    if policy == ByMeasure("grade"):
        parts = [Part("x", ()), Part("y", ())]
        assert expected == policy(structure, "vn", MEMBERS, parts)
    else:
        assert expected == policy(structure, "vn", MEMBERS, PARTS)


def test_by_measure_is_unknown_where_a_total_is_not_exact() -> None:
    """An uncertain total gives no shares; a child that states nothing adds nothing."""
    rows = [{"id": "r"}, *({"id": c, "parent": "r"} for c in "xyz")]
    history = om.history_of(rows, day="2025-01-01", measures=[MEMBERS])
    parts = [Part("p", ("x", "z")), Part("q", ("y",))]
    with history.draft("2025-01-02") as act:
        act.record("x", "members", 1)
        act.record("y", "members", 3)
        assert ByMeasure("members")(act.structure, "r", MEMBERS, parts) == [Fraction(1, 4), Fraction(3, 4)]
        act.record("y", "members", om.Quantity(3, "about"))
        told = ByMeasure("members")(act.structure, "r", MEMBERS, parts)
        assert told == "what goes to q has no known total of 'members'"


@st.composite
def fractions_of_one(draw: st.DrawFn) -> list[Fraction]:
    weights = draw(st.lists(st.integers(0, 20), min_size=1, max_size=6).filter(any))
    return [Fraction(weight, sum(weights)) for weight in weights]


@given(st.integers(0, 10_000), fractions_of_one())
@example(3, [Fraction(1, 7), Fraction(3, 7), Fraction(3, 7)])
def test_apportioning_is_exact_and_near(total: int, shares: list[Fraction]) -> None:
    """Whole numbers that add up exactly, each less than one away from its due."""
    parts = apportion(total, shares)
    assert total == sum(parts)
    assert all(abs(part - total * share) < 1 for part, share in zip(parts, shares, strict=True))
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


def test_n2_largest_remainders_are_not_monotone_nor_additive() -> None:
    """N2: the Alabama paradox (total 3 to 4, weights 1:3:3), and 1 + 1 by 1:1."""
    shares = [Fraction(1, 7), Fraction(3, 7), Fraction(3, 7)]
    assert (apportion(3, shares), apportion(4, shares)) == ([1, 1, 1], [0, 2, 2])
    half = [Fraction(1, 2)] * 2
    assert apportion(2, half) != [2 * part for part in apportion(1, half)]


def test_apportioning_refuses_what_is_no_whole() -> None:
    """Shares that do not add up to 1, or are negative."""
    for shares in ([Fraction(1, 2)], [Fraction(3, 2), Fraction(-1, 2)]):
        with pytest.raises(om.Refused, match="add up to 1"):
            apportion(5, shares)


def quantities() -> st.SearchStrategy[om.Quantity]:
    exact = st.integers(0, 50).map(om.Quantity)
    rough = st.builds(om.Quantity, st.integers(0, 50), st.sampled_from(["about", "more than", "at most"]))
    bounds = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda b: om.Quantity.unknown(b[0], b[0] + b[1]))
    return exact | rough | bounds | st.just(om.Quantity.unknown())


@given(quantities(), fractions_of_one())
def test_divided_quantities_add_up_to_the_whole(quantity: om.Quantity, shares: list[Fraction]) -> None:
    """The parts' values add up exactly, and bounds of the whole lie within the sums of the parts' bounds."""
    parts = divided(quantity, shares)
    # Of "at most" and "more than" no part is a point.
    if quantity.qualifier in ("exact", "about"):
        assert quantity.value == sum(part.value or 0 for part in parts)
    if quantity.is_exact:
        assert all(part.is_exact for part in parts)
    elif quantity.low is not None and quantity.high is not None:
        lows = [part.low for part in parts if part.low is not None]
        highs = [part.high for part in parts if part.high is not None]
        assert sum(lows) <= quantity.high
        assert len(highs) < len(parts) or quantity.low <= sum(highs)


def test_fractions_and_negative_numbers_divide_exactly() -> None:
    """What is no whole number is not apportioned."""
    half = [Fraction(1, 2)] * 2
    assert divided(om.Quantity(1.5), half) == [0.75, 0.75]
    assert divided(om.Quantity(-3), half) == [Fraction(-3, 2)] * 2
    thirds = divided(om.Quantity(Decimal("0.10")), [Fraction(1, 3)] * 3)
    assert [part.value for part in thirds] == [Decimal("0.04"), Decimal("0.03"), Decimal("0.03")]


@given(st.lists(st.tuples(quantities(), quantities()), min_size=1, max_size=4))
def test_a_rate_lies_between_the_rates(pairs: list[tuple[om.Quantity, om.Quantity]]) -> None:
    """A mean is never outside what it is a mean of."""
    mean = averaged(pairs)
    values = [rate.value for rate, _ in pairs]
    if mean.value is not None:
        known = [value for value in values if value is not None]
        assert min(known) <= mean.value <= max(known)
    elif mean.low is not None and mean.high is not None:
        assert mean.low <= mean.high


@st.composite
def known_of(draw: st.DrawFn, most: int = 20) -> tuple[int, om.Quantity]:
    """A number, and something true that may be known of it."""
    number, off = draw(st.integers(0, most)), draw(st.integers(0, 3))
    return number, draw(
        st.sampled_from(
            [
                om.Quantity(number),
                om.Quantity(number + off, "at most"),
                om.Quantity(number - off, "at least"),
                om.Quantity(number - off - 1, "more than"),
                om.Quantity.unknown(),
                om.Quantity.unknown(number - off),
                om.Quantity.unknown(0, number + off),
            ]
        )
    )


def holds(quantity: om.Quantity, number: Any) -> bool:
    """Whether a quantity is true of a number."""
    return not (
        (quantity.is_exact and quantity.value != number)
        or (quantity.low is not None and number < quantity.low)
        or (quantity.high is not None and number > quantity.high)
        or (quantity.qualifier == "more than" and not number > (quantity.value or 0))
        or (quantity.qualifier == "at least" and number < (quantity.value or 0))
        or (quantity.qualifier == "at most" and number > (quantity.value or 0))
    )


@given(st.lists(known_of(), min_size=1, max_size=4))
def test_what_is_known_of_a_sum_is_true(counts: list[tuple[int, om.Quantity]]) -> None:
    """Whatever is known of each number, the sum is one of which that is true which is said of it."""
    total = sum(number for number, _ in counts)
    assert holds(added(quantity for _, quantity in counts), total)
    assert holds(sum((quantity for _, quantity in counts), om.Quantity(0)), total)
    least = sum(max(0, quantity.low or 0) for _, quantity in counts)
    summed = added(quantity for _, quantity in counts)
    assert summed.is_known or summed.low == least


@given(st.lists(st.tuples(known_of(), known_of(5)), min_size=1, max_size=4))
def test_what_is_known_of_a_mean_is_true(pairs: list[tuple[tuple[int, om.Quantity], tuple[int, om.Quantity]]]) -> None:
    """The same of the mean of rates, by counts of which not all is known either."""
    weights = sum(weight for _, (weight, _) in pairs)
    assume(weights)
    mean = Fraction(sum(rate * weight for (rate, _), (weight, _) in pairs), weights)
    assert holds(averaged((rate, weight) for (_, rate), (_, weight) in pairs), mean)


def test_a_mean_of_floats_is_that_of_their_digits() -> None:
    """Binary fractions next to them would give 0.30000000000000004."""
    one = om.Quantity(1)
    assert om.Quantity(0.3) == averaged([(om.Quantity(0.2), one), (om.Quantity(0.4), one)])


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (om.Quantity(10, "at least"), om.Quantity(5, "at most"), "unknown, 10 to ?"),
        (om.Quantity(10, "about"), om.Quantity(5, "at least"), "unknown, 5 to ?"),
        (om.Quantity(10, "about"), om.Quantity(5, "at most"), "unknown, 0 to ?"),
        (om.Quantity(10, "more than"), om.Quantity(5, "at least"), "more than 15"),
        (om.Quantity(10, "about"), om.Quantity(5), "about 15"),
    ],
)
def test_sums_of_unlike_figures(first: om.Quantity, second: om.Quantity, told: str) -> None:
    """A lower bound and an upper one, or something that is about so, have no sum that is about so."""
    assert told == str(added([first, second]))


def test_counterpart_policies(structure: Structure) -> None:
    """What tells the function of an agency, None where there is nothing to tell it."""
    found = {
        repr(policy): [policy(structure, unit) for unit in ("a", "b", "c")]
        for policy in (ByCategory(), ByCode(), ByName(), ByNamePrefix())
    }
    assert found == {
        "ByCategory()": ["tc", "kt", None],
        "ByCode()": ["1", "2", None],
        "ByName()": ["Ban Tổ chức Việt Nam", "Ban Kiểm tra", None],
        "ByNamePrefix()": ["Ban Tổ chức", None, None],
    }
    assert ByNamePrefix()(structure, "vn") is None


def test_office_policies(structure: Structure) -> None:
    """Seats are numbered anew, a person has one seat of a post; posts and predecessors may be chosen."""
    assert Lapse()(structure, ["a", "b"]) == {}
    assert CarryOver()(structure, ["a", "b"]) == {
        ("deputy", 1): "person-3",
        ("secretary", 1): "person-1",
        ("secretary", 2): "person-2",
    }
    assert CarryOver(posts=["secretary"])(structure, ["b", "a"]) == {
        ("secretary", 1): "person-2",
        ("secretary", 2): "person-1",
    }
    assert CarryOver(posts=["secretary"], of=["b"])(structure, ["a", "b"]) == {("secretary", 1): "person-2"}


def test_rating_policies(structure: Structure) -> None:
    """Equal or nothing, nothing, or the lowest."""
    grades = ("poor", "good")
    assert KeepIfEqual()(structure, GRADE, ["a", "b"]) is None
    assert KeepIfEqual()(structure, GRADE, ["a"]) == "good"
    assert InheritNothing()(structure, GRADE, ["a"]) is None
    assert LowestGrade(grades)(structure, GRADE, ["a", "b"]) == "poor"
    assert LowestGrade(grades)(structure, GRADE, ["a", "d"]) is None
    assert LowestGrade(grades).lowest([]) is None
    assert LowestGrade(grades).lowest(["unheard of"]) is None


@pytest.mark.parametrize(
    "policy",
    [
        JoinCluster("k"),
        LeaveAll(),
        MajorityCluster(),
        ClusterOf("a"),
        ClusterOfLargest("m"),
        GivenShares({"x": {"m": "1/3"}}),
        Equal(),
        ByMeasure("m"),
        Dominant("x"),
        Bounds(),
        ByCategory(),
        ByCode(),
        ByName(),
        ByNamePrefix(),
        Lapse(),
        CarryOver(),
        KeepIfEqual(),
        InheritNothing(),
        LowestGrade(["a", "b"]),
    ],
    ids=repr,
)
def test_policies_are_values(policy: Any) -> None:
    """Hashable, equal to a copy, with a repr that names them, and fit to be sent to a worker process."""
    again = pickle.loads(pickle.dumps(policy))
    assert policy == again
    assert hash(policy) == hash(again)
    assert repr(policy).startswith(type(policy).__name__)
