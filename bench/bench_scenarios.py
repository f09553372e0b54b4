"""Ensembles of plans on the 63 provinces before the reform of 2025, with three metrics.

Time is that of the processor (``time.process_time``) but for the last one, as other work may share the machine.

Measure:  pytest --benchmark-only bench/bench_scenarios.py
Try only: pytest --benchmark-disable bench/bench_scenarios.py
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from slow_plans import Slow

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.party import vietnam
from orgmodel.scenario import metrics
from orgmodel.scenario.batch import Batch, try_mergers
from orgmodel.scenario.ensemble import MergeUnits, simulate_many
from orgmodel.scenario.plan import parse_plan

DAY = dt.date(2025, 6, 1)
THREE = (metrics.UnitsByKind(), metrics.Span(), metrics.Depth())
Benchmark = Callable[..., Any]


@pytest.fixture(scope="module")
def provinces() -> om.History:
    """The centre and 63 provinces, by code and name."""
    eve = vietnam.reform_2025().at("2025-06-30")
    rows = [
        {"id": unit.id, "parent": unit.parent, "kind": unit.kind, "code": unit.code, "name": unit.name}
        for unit in (eve.unit(eve.root()), *eve.units("province"))
    ]
    assert len(rows) == 64
    return om.history_of(rows, day="2025-01-01", schema=eve.schema)


@pytest.fixture(scope="module")
def pairs(provinces: om.History) -> list[tuple[str, ...]]:
    return list(itertools.combinations(provinces.at(DAY).select("province"), 2))


@pytest.mark.benchmark(timer=time.process_time, min_rounds=5)
def test_one_merger_plans(provinces: om.History, pairs: list[tuple[str, ...]], benchmark: Benchmark) -> None:
    """The general path, 500 plans: at least 2,000 a second, so at most 250 ms."""
    plans = [MergeUnits(units, DAY) for units in random.Random(0).sample(pairs, 500)]
    rows = benchmark(lambda: simulate_many(plans, provinces, on=DAY, metrics=THREE))
    assert all(row["units: province"] == 62 for row in rows)


@pytest.mark.benchmark(timer=time.process_time, min_rounds=5)
def test_one_merger_plan_files(provinces: om.History, pairs: list[tuple[str, ...]], benchmark: Benchmark) -> None:
    """The same as plans of a file, 200 of them: what reading criteria and several stages cost besides."""
    texts = [
        f'name = "{a} + {b}"\nday = "{DAY}"\n[[stage]]\ndo = [{{ op = "merge", units = ["{a}", "{b}"] }}]'
        for a, b in random.Random(0).sample(pairs, 200)
    ]
    plans = [parse_plan(text) for text in texts]
    rows = benchmark(lambda: simulate_many(plans, provinces, on=DAY, metrics=THREE))
    assert all(row["units: province"] == 62 for row in rows)


@pytest.mark.benchmark(timer=time.process_time, min_rounds=5)
def test_mergers_in_a_batch(provinces: om.History, pairs: list[tuple[str, ...]], benchmark: Benchmark) -> None:
    """The batch path, all 1,953 pairs: at least 20,000 a second, so at most 98 ms."""
    batch = Batch(provinces, DAY, "province")
    rows = benchmark(lambda: try_mergers(batch, pairs))
    assert len(rows) == 1953


@frozen
class Nothing:
    """A trial of no act: what is left is what an ensemble costs by itself."""

    number: int

    def __call__(self, history: om.History, /) -> Iterable[Act | Draft]:
        return ()


class Here(Executor):
    """An executor that works at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        import pickle
        from concurrent.futures import Future

        future: Future[Any] = Future()
        called, given = pickle.loads(pickle.dumps((fn, args)))
        future.set_result(pickle.loads(pickle.dumps(called(*given))))
        return future


@pytest.mark.benchmark(timer=time.process_time, min_rounds=5)
def test_overhead(provinces: om.History, tmp_path: Path, benchmark: Benchmark) -> None:
    """1,000 empty plans, sent to a worker and back, rows written to Parquet: at most 0.2 ms each, so 200 ms."""
    om.save(provinces, tmp_path / "provinces.orgmodel")
    baseline = om.open_history(tmp_path / "provinces.orgmodel")
    baseline.at(DAY)
    plans = [Nothing(number) for number in range(1000)]
    names = (tmp_path / f"{k}.parquet" for k in itertools.count())
    rows = benchmark(lambda: simulate_many(plans, baseline, on=DAY, metrics=(), executor=Here(), out=next(names)))
    assert len(rows) == 1000


def test_two_workers(provinces: om.History, tmp_path: Path, benchmark: Benchmark) -> None:
    """80 plans of 50 ms in two processes: 2 s if all went well, so at most 2.22 s for 90 %.

    The plans sleep, so that it tells what the ensemble loses also where other work keeps
    the processors busy.
    """
    om.save(provinces, tmp_path / "provinces.orgmodel")
    baseline = om.open_history(tmp_path / "provinces.orgmodel")
    plans = [Slow(number) for number in range(80)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:

        def run() -> list[dict[str, Any]]:
            return simulate_many(plans, baseline, on=DAY, metrics=THREE, executor=executor, piece=1)

        rows = benchmark.pedantic(run, rounds=3, warmup_rounds=1)  # type: ignore[attr-defined]
    assert len(rows) == 80
