"""A total says what is known of a sum: as much as every possible world has in common, and no more."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.history.history import history_of
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Kind, Schema
from orgmodel.structure.structure import Structure

Bounds = tuple[float, float]
MOST = 5
"""How much a unit has at most in the worlds that are tried."""


def structure(
    parents: Mapping[str, str | None], own: Mapping[str, Any], subtree: Mapping[str, Any], *, of: Sequence[str] = ()
) -> Structure:
    rows = [{"id": unit, "parent": parent} for unit, parent in parents.items()]
    history = history_of(rows, day="2025-01-01", measures=[Measure("m", of=of)])
    changes = [Change(unit, "measure:m", value, "own") for unit, value in own.items()]
    changes += [Change(unit, "measure:m", value, "subtree") for unit, value in subtree.items()]
    return (history.enact(Act("figures", "2025-01-01", changes)) if changes else history).at("2025-01-01")


def figure(low: float, high: float) -> Any:
    if low == high:
        return low
    return Quantity(low, "at least") if high == inf else Quantity.unknown(low, high)


@st.composite
def records(draw: st.DrawFn) -> tuple[dict[str, str | None], dict[str, Bounds], dict[str, Bounds]]:
    units = [str(number) for number in range(draw(st.integers(2, 5)))]
    parents: dict[str, str | None] = {"0": None}
    for number, unit in enumerate(units[1:], 1):
        parents[unit] = units[draw(st.integers(0, number - 1))]
    small = st.integers(0, 2)
    exact = small.map(lambda n: (n, n))
    within = st.tuples(small, small).map(lambda pair: (pair[0], pair[0] + pair[1]))
    above = st.tuples(st.integers(0, 5), st.sampled_from([0, 0, 2, inf])).map(lambda p: (p[0], p[0] + p[1]))
    own = draw(st.dictionaries(st.sampled_from(units), exact | within))
    return parents, own, draw(st.dictionaries(st.sampled_from(units), above, max_size=2))


def worlds(
    parents: Mapping[str, str | None], own: Mapping[str, Bounds], subtree: Mapping[str, Bounds]
) -> dict[str, set[int]]:
    """Unit -> the sums of its subtree in all worlds that the record allows."""
    units = list(parents)
    inner = set(parents.values())

    def below(unit: str) -> list[str]:
        return [unit, *(other for child in units if parents[child] == unit for other in below(child))]

    inside = {unit: below(unit) for unit in units}
    silent = {unit: (0, 0) if unit in inner else (0, MOST) for unit in units}
    ranges = [range(low, int(min(high, MOST)) + 1) for low, high in (own.get(u, silent[u]) for u in units)]
    found: dict[str, set[int]] = {unit: set() for unit in units}
    for numbers in itertools.product(*ranges):
        world = dict(zip(units, numbers, strict=True))
        sums = {unit: sum(world[other] for other in inside[unit]) for unit in units}
        if all(low <= sums[unit] <= high for unit, (low, high) in subtree.items()):
            for unit, total in sums.items():
                found[unit].add(total)
    return found


@given(records())
def test_tight_against_every_possible_world(
    record: tuple[dict[str, str | None], dict[str, Bounds], dict[str, Bounds]],
) -> None:
    """The bounds of every total are those of all worlds that the record allows, from below and from above."""
    parents, own, subtree = record
    possible = worlds(parents, own, subtree)
    assume(possible["0"])
    told = structure(parents, {u: figure(*b) for u, b in own.items()}, {u: figure(*b) for u, b in subtree.items()})
    for unit, sums in possible.items():
        total = told.total("m", under=unit)
        assert min(sums) == (total.low or 0)
        if total.high is None:
            assert max(sums) >= MOST
        elif total.high <= MOST:
            assert max(sums) == total.high


PLACES = {"p": None, "a": "p", "b": "p"}


@pytest.mark.parametrize(
    ("own", "subtree", "whole", "silent"),
    [
        ({"a": 10}, {}, "10 or more (1 unit states nothing)", "unknown (1 unit states nothing)"),
        ({"a": 10}, {"p": 100}, "100", "90"),
        (
            {"a": 10},
            {"p": Quantity(40, "at most")},
            "10 to 40 (1 unit states nothing)",
            "0 to 30 (1 unit states nothing)",
        ),
        ({}, {}, "unknown (2 units state nothing)", "unknown (1 unit states nothing)"),
        ({"a": 60, "b": 50}, {"p": 100}, "110", "50"),
        ({"a": Quantity(10, "about"), "b": 5}, {}, "about 15", "5"),
        ({"a": Quantity(10, "more than"), "b": 5}, {}, "more than 15", "5"),
    ],
)
def test_in_words(own: dict[str, Any], subtree: dict[str, Any], whole: str, silent: str) -> None:
    """What is known, and how many state nothing; in contradiction the sum is kept."""
    told = structure(PLACES, own, subtree)
    assert (whole, silent) == (str(told.total("m")), str(told.total("m", under="b")))


def test_agencies_and_kinds_that_a_measure_is_not_of_are_not_missing() -> None:
    """An advisory body states no members; a measure of communes is stated by communes."""
    schema = Schema([Kind("province"), Kind("commune"), Kind("cell"), Kind("agency", agency=True)])
    rows = [
        {"id": "p", "kind": "province"},
        {"id": "office", "kind": "agency", "parent": "p"},
        {"id": "c", "kind": "commune", "parent": "p", "m": 7},
        {"id": "x", "kind": "cell", "parent": "c"},
    ]
    told = history_of(rows, day="2025-01-01", schema=schema, measures=[Measure("m")]).at("2025-01-01")
    assert "7 or more (1 unit states nothing)" == str(told.total("m"))
    narrow = history_of(rows, day="2025-01-01", schema=schema, measures=[Measure("m", of=["commune"])])
    assert "7" == str(narrow.at("2025-01-01").total("m"))


def test_a_unit_with_only_agencies_below_it_is_not_passed_over():
    """It should state its own number, and does not: the total of one subtree is open, asked alone or after others."""
    schema = Schema(kinds=("group", Kind("agency", agency=True)))
    rows = [{"id": "a", "kind": "group"}, {"id": "b", "kind": "group", "parent": "a", "members": 2}]
    rows += [{"id": "c", "kind": "group", "parent": "b"}, {"id": "d", "kind": "agency", "parent": "c", "members": 4}]
    structure = history_of(rows, day="2025-07-01", schema=schema, measures=[Measure("members")]).at("2025-07-01")
    alone = structure.total("members", under="b")
    assert (alone.low, alone.high, alone.missing) == (6, None, 1)
    assert structure.totals("members", "group")["b"] == alone
