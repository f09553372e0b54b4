"""A register in a store: opened, appended to, asked.

Measure:  pytest --benchmark-only bench/bench_store.py     (pages and bytes: python bench/store_costs.py)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import Made
from pytest_benchmark.fixture import BenchmarkFixture as Benchmark

import orgmodel as om

DAY = "2030-01-01"
ACTS = 200
"""So many acts go in: making a store goes through them one by one."""


@pytest.fixture(scope="module")
def register(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "register.db"
    om.Store.create(path, made.history.as_recorded(ACTS)).close()
    return path


@pytest.fixture
def store(register: Path) -> Iterator[om.Store]:
    with om.Store(register) as opened:
        # Who appends for the first time reads the acts of the log.
        opened.enact(om.Act("begun", DAY, [om.Change("centre", "name", "C")]))
        yield opened


def test_open(register: Path, benchmark: Benchmark) -> None:
    """A store opened from its columns."""

    def opened() -> int:
        with om.Store(register) as store:
            return store.number

    assert benchmark(opened) >= ACTS


def test_append(store: om.Store, benchmark: Benchmark) -> None:
    """One act of one change, on the disk."""
    names = (f"name {n}" for n in itertools.count(store.number))

    def append() -> str:
        name = next(names)
        store.enact(om.Act(name, DAY, [om.Change("centre", "name", name)]))
        return name

    name = benchmark.pedantic(append, rounds=10)
    assert store.history.at(DAY).unit("centre").name == name


def test_read_what_came_since(register: Path, store: om.Store, benchmark: Benchmark) -> None:
    """A reader looks again after an act of somebody else."""
    with om.Store(register) as reader:
        names = (f"since {n}" for n in itertools.count(store.number))

        def append() -> None:
            name = next(names)
            store.enact(om.Act(name, DAY, [om.Change("centre", "code", name)]))

        history = benchmark.pedantic(reader.refresh, setup=append, rounds=10)
        assert history == store.history
