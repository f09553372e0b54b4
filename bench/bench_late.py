"""What is learned late: how long it takes to carry it through what was decided after it.

Measure:  pytest --benchmark-only bench/bench_late.py
"""

from __future__ import annotations

from typing import Any

import pytest
from made_up import Made
from pytest_benchmark.fixture import BenchmarkFixture as Benchmark

import orgmodel as om
from orgmodel.party import vietnam


@pytest.fixture(scope="module")
def country() -> om.History:
    """The embedded country, of which every operation has told what it read."""
    return vietnam.reform_2025()


def test_reform(benchmark: Benchmark) -> None:
    """The whole reform, from its data."""
    history = benchmark.pedantic(vietnam.reform_2025.__wrapped__, rounds=3)  # type: ignore[attr-defined]
    assert history.at("2025-07-01").count("commune") == 3321


def test_figure_of_one_commune(country: om.History, benchmark: Benchmark) -> None:
    """A backdated figure of one commune goes through the resolution that merged it."""
    # One of a merger of several, as most are; that of the largest group, of 283 units, takes as long as its size.
    (new,) = country.lineage.successors(commune := "vn-c-30289", on="2025-07-01")
    with country.draft("2025-04-01") as act:
        act.record(commune, "members", 120)
    late = act.act
    told = benchmark(country.enact, late)
    assert told.at("2025-07-01").measure(new, "members").low == 120


def test_members_of_63_provinces(country: om.History, benchmark: Benchmark) -> None:
    """The members of every province go through 23 mergers."""
    provinces = country.at("2025-06-30").select(kind="province")
    with country.draft("2025-01-02") as act:
        for number, province in enumerate(provinces):
            act.record(province, "members", 1000 + number)
    told = benchmark(country.enact, act.act)
    assert told.at("2025-07-01").total("members") == told.at("2025-06-30").total("members")


def test_two_commissions_in_each_of_63_provinces(country: om.History, benchmark: Benchmark) -> None:
    """126 agencies of before merge with their counterparts."""
    provinces = country.at("2025-06-30").select(kind="province")
    with country.draft("2025-01-02") as act:
        for province in provinces:
            for name in ("Ban Tuyên giáo", "Ban Dân vận"):
                act.create(om.Unit(f"{province}-{name}", name=name, kind="agency", category=name), under=province)
    told = benchmark(country.enact, act.act)
    after = told.at("2025-07-01")
    assert len([u for u in after.select(kind="agency") if after.unit(u).category == "Ban Dân vận"]) == 34


def test_a_third_cluster(country: om.History, benchmark: Benchmark) -> None:
    """A cluster of five commissions of before."""
    south = [
        f"{country.at('2025-06-30').one(name, kind='province').id}-btc"
        for name in ("Long An", "Tây Ninh", "Tiền Giang", "Bến Tre", "Cà Mau")
    ]
    with country.draft("2024-02-01") as act:
        act.form(om.Cluster("cluster-3", "emulation", "Cụm 3"), south)
    asked = country.ask(act.act)
    answers = [question.answer(question.options[0]) for question in asked]
    benchmark(country.enact, act.act, answers=answers)


def test_renaming(made: Made, benchmark: Benchmark) -> None:
    """A renaming on the last day: what the next one is measured by."""
    history = made.history
    act = om.Act("renaming", history.last_day, [om.Change(made.provinces[0], "name", "Another")])
    told = benchmark(history.enact, act)
    assert told.at(history.last_day).unit(made.provinces[0]).name == "Another"


def test_backdated_renaming(made: Made, benchmark: Benchmark) -> None:
    """The same on the first day."""
    history = made.history
    first: Any = history.first_day
    act = om.Act("renaming", first, [om.Change(made.provinces[0], "name", "Another")])
    told = benchmark(history.enact, act)
    assert told.at(first).unit(made.provinces[0]).name == "Another"


@pytest.mark.parametrize("changes", [250, 500, 1000])
def test_one_unit_changed_by_many_acts(changes: int, benchmark: Benchmark) -> None:
    """One unit of which each of k acts says another figure, one after the other: the time is linear in k."""
    start = om.history_of([{"id": "vn", "members": 0}], day="2000-01-01")
    day = start.first_day
    assert day is not None
    import datetime as dt

    acts = [
        om.Act(f"a{n}", day + dt.timedelta(days=n), [om.Change("vn", "measure:members", n, "own")])
        for n in range(1, changes + 1)
    ]

    def all_of_them() -> om.History:
        history = start
        for act in acts:
            history = history.enact(act)
        return history

    assert benchmark.pedantic(all_of_them, rounds=3).at("2030-01-01").measure("vn", "members") == changes  # type: ignore[attr-defined]
