"""Mergers in batches: equal to the general path, for all mergers of the provinces and on made-up structures."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import times
from trials import organisation, provinces_63

import orgmodel as om
from orgmodel.scenario.batch import TWINS, UPDATES, Batch, try_mergers
from orgmodel.scenario.ensemble import MergeUnits, simulate_many

DAY = dt.date(2027, 1, 1)


def generally(history: om.History, mergers: list[tuple[str, ...]]) -> list[dict[str, Any]]:
    return simulate_many([MergeUnits(units, DAY) for units in mergers], history, on=DAY, metrics=TWINS.values())


def test_every_update_has_its_twin():
    """The metrics of batches are those that are compared here, by the same names."""
    assert set(UPDATES) == set(TWINS)
    assert all(metric.id == name for name, metric in TWINS.items())


@pytest.fixture(scope="module")
def provinces() -> om.History:
    return provinces_63()


def test_all_pairs_of_provinces(provinces: om.History):
    """All 1,953 mergers of two of the 63 provinces; every seventh is compared with the general way, number by number."""
    batch = Batch(provinces, DAY, "province")
    mergers = list(itertools.combinations(provinces.at(DAY).select("province"), 2))
    assert len(mergers) == 1953
    assert len(try_mergers(batch, mergers)) == 1953
    assert try_mergers(batch, mergers[::7]) == generally(provinces, mergers[::7])


def test_mergers_of_three_and_more(provinces: om.History):
    """A sample of mergers of three to eight provinces, and of all 63."""
    batch, rng = Batch(provinces, DAY, "province"), random.Random(8)
    units = provinces.at(DAY).select("province")
    mergers = [tuple(rng.sample(units, size)) for size in range(3, 9) for _ in range(10)]
    mergers.append(units)
    assert try_mergers(batch, mergers) == generally(provinces, mergers)


@st.composite
def organisations(draw: st.DrawFn) -> om.History:
    """A root; units of one kind below it with agencies, offices and parts, some with units deeper down; others beside."""
    agencies = [om.Kind("agency", agency=True), om.Kind("bureau", agency=True)]
    schema = om.Schema(
        (om.Kind("root"), om.Kind("p"), om.Kind("c"), *agencies),
        tuple(
            om.Placement(child, parent)
            for parent in ("root", "p", "c", "agency", "bureau")
            for child in ("p", "c", "agency", "bureau")
        )
        + (om.Placement("root", None),),
    )
    above = draw(st.sampled_from(["r", "q"]))
    rows: list[dict[str, Any]] = [{"id": "r", "kind": "root"}]
    if above == "q":
        rows.append({"id": "q", "kind": draw(st.sampled_from(["c", "agency"])), "parent": "r"})
    for i in range(draw(st.integers(2, 5))):
        rows.append({"id": f"p{i}", "kind": "p", "parent": above})
        for k in range(draw(st.integers(0, 4))):
            kind = draw(st.sampled_from(["c", "agency", "bureau"]))
            category = draw(st.sampled_from([None, "x", "y"]))
            rows.append({"id": f"p{i}-{k}", "kind": kind, "category": category, "parent": f"p{i}"})
            for deeper in range(draw(st.integers(0, 2))):
                below = {"kind": draw(st.sampled_from(["c", "agency"])), "category": draw(st.sampled_from([None, "x"]))}
                rows.append({"id": f"p{i}-{k}-{deeper}", "parent": f"p{i}-{k}", **below})
    for i in range(draw(st.integers(0, 2))):
        rows.append({"id": f"o{i}", "kind": "c", "parent": draw(st.sampled_from(["r", above]))})
    history = om.history_of(rows, day="2024-01-01", schema=schema)
    clustered = draw(st.lists(st.sampled_from([row["id"] for row in rows]), max_size=3, unique=True))
    with history.draft("2024-01-02") as act:
        act.form(om.Clustering("k"))
        for i, unit in enumerate(clustered):
            act.form(om.Cluster(f"k{i}", "k"), [unit])
    return history.enact(act)


@times(2)
@given(organisations(), st.data())
def test_any_merger_of_any_organisation(history: om.History, data: st.DataObject):
    """What the batch says is what the general path says, or the batch refuses the structure."""
    try:
        batch = Batch(history, DAY, "p")
    except om.Refused:
        return
    units = history.at(DAY).select("p")
    sizes = [merger for n in range(2, len(units) + 1) for merger in itertools.combinations(units, n)]
    mergers = data.draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=4, unique=True))
    assert try_mergers(batch, mergers) == generally(history, mergers)


def test_what_a_batch_cannot_do():
    """Units under several parents and unknown metrics are refused; what is no plain merger takes the general path."""
    rows = [
        {"id": "r", "kind": "root"},
        {"id": "a", "kind": "p", "parent": "r"},
        {"id": "b", "kind": "p", "parent": "a"},
        {"id": "c", "kind": "p", "parent": "r"},
    ]
    with pytest.raises(om.Refused, match="under 2 parents"):
        Batch(om.history_of(rows, day="2024-01-01"), DAY, "p")
    history = om.history_of([*rows[:2], rows[3]], day="2024-01-01")
    with pytest.raises(om.Refused, match="no update for beauty"):
        Batch(history, DAY, "p", ["units", "beauty"])
    batch = Batch(history, DAY, "p")
    mergers = [("a", "c"), ("a", "a"), ("a", "r"), ("a", "nobody"), ()]
    assert [batch.merged(units) is None for units in mergers] == [False, True, True, True, True]
    made = try_mergers(batch, mergers)
    assert made == generally(history, mergers)
    assert [row["failed"] is None for row in made] == [True, False, False, False, False]


def test_provinces_merge_the_fast_way(provinces: om.History):
    """All mergers of provinces are plain: none of them is left to the general path."""
    batch = Batch(provinces, DAY, "province")
    units = provinces.at(DAY).select("province")
    assert not batch.odd
    assert all(batch.merged(pair) is not None for pair in itertools.combinations(units, 2))
    assert sum(map(len, batch.agencies)) > 0


def test_agencies_in_clusters_take_the_general_path():
    """Whether two agencies may merge that are in different clusters, only the general path can say."""
    history = organisation()
    batch = Batch(history, DAY, "province")
    mergers = [units for size in (2, 3, 4) for units in itertools.combinations("abcd", size)]
    made = try_mergers(batch, mergers)
    assert made == generally(history, mergers)
    assert {row["plan"] for row in made if row["failed"] is None} == {"a + b", "c + d"}


AGENCIES = {
    "agencies of one function and kind": ([("p0", "agency", "x"), ("p1", "agency", "x"), ("p1", "agency", None)], True),
    "of one function and two kinds": ([("p0", "agency", "x"), ("p1", "bureau", "x")], False),
    "with units below": ([("p0", "agency", "x"), ("p1", "agency", "x"), ("p0-agency-x", "c", None)], False),
    "with agencies below": (
        [
            ("p0", "agency", "x"),
            ("p1", "agency", "x"),
            ("p0-agency-x", "bureau", "y"),
            ("p1-agency-x", "bureau", "y"),
        ],
        False,
    ),
    "two of one function": ([("p0", "agency", "x"), ("p0", "agency", "x"), ("p1", "agency", "x")], False),
}


@pytest.mark.parametrize("case", AGENCIES)
def test_which_mergers_are_plain(case: str):
    """What merges with the units decides; the rows are those of the general path either way."""
    agencies, is_plain = AGENCIES[case]
    schema = om.Schema(("root", "p", "c", om.Kind("agency", agency=True), om.Kind("bureau", agency=True)))
    rows: list[dict[str, Any]] = [{"id": "r", "kind": "root"}]
    rows += [{"id": f"p{i}", "kind": "p", "parent": "r"} for i in range(3)]
    for p, kind, category in agencies:
        unit = f"{p}-{kind}-{category}"
        taken = any(row["id"] == unit for row in rows)
        rows.append({"id": f"{unit}-2" if taken else unit, "kind": kind, "category": category, "parent": p})
    history = om.history_of(rows, day="2024-01-01", schema=schema)
    batch = Batch(history, DAY, "p")
    assert (batch.merged(["p0", "p1"]) is not None) == is_plain
    mergers = [("p0", "p1"), ("p0", "p2"), ("p1", "p2"), ("p0", "p1", "p2")]
    assert try_mergers(batch, mergers) == generally(history, mergers)
