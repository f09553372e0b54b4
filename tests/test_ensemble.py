"""Many plans: the same rows however they are worked, nothing lost when a run is cut off."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from attrs import frozen
from trials import DAY, MEASURED, ON, SomeMerger, mixed, organisation, provinces_63, told

import orgmodel as om
from orgmodel.scenario.ensemble import MergeUnits, simulate_many
from orgmodel.scenario.plan import Plan


@contextmanager
def dask_executor() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


def spawned() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


EXECUTORS = {"threads": lambda: ThreadPoolExecutor(3), "processes": spawned, "dask": dask_executor}


@pytest.fixture
def saved(tmp_path: Path) -> om.History:
    """The organisation, opened from a file."""
    path = tmp_path / "baseline.orgmodel"
    om.save(organisation(), path)
    return om.open_history(path)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("kind", EXECUTORS)
def test_rows_are_the_same_for_any_executor(kind: str, saved: om.History):
    """Threads, processes and dask give the rows that one loop gives, in its order, failures included."""
    alone = told(mixed(), organisation())
    with EXECUTORS[kind]() as executor:
        assert told(mixed(), saved, executor=executor, piece=3) == alone
        sampler = SomeMerger(("a", "b", "c", "d"))
        drawn = told(sampler, saved, count=20, seed=7, executor=executor, workers=4, piece=2)
    assert drawn == told(sampler, organisation(), count=20, seed=7)
    assert drawn != told(sampler, organisation(), count=20, seed=8)
    assert len({row["plan"] for row in drawn}) > 5


@pytest.mark.parametrize("piece", [1, 2, 64])
def test_rows_do_not_depend_on_how_plans_are_bundled(piece: int, saved: om.History):
    """The size of a piece changes nothing, and a sampler gives each number its own luck."""
    sampler = SomeMerger(("a", "b", "c", "d"))
    whole = told(sampler, saved, count=12)
    assert told(sampler, saved, count=12, piece=piece) == whole
    assert told(sampler, saved, count=5, piece=piece) == whole[:5]


def test_rows_are_the_same_for_any_hash_seed():
    """Sets and dicts of another order in another process leave no trace in the rows."""
    code = """
import json, sys
import trials as t
print(json.dumps([t.told(t.mixed(), t.organisation()), t.told(t.SomeMerger(tuple("abcd")), t.organisation(), count=9)]))
"""
    printed = set()
    for seed in ("0", "1", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    (only,) = printed
    assert len(json.loads(only)[0]) == len(mixed())


def test_a_failed_plan_is_a_row_with_its_reason():
    """The others are tried all the same; the reason names what stands against it."""
    rows = told(mixed(), organisation())
    assert [row["number"] for row in rows] == list(range(len(mixed())))
    failed = {row["plan"]: row["failed"] for row in rows if row["failed"] is not None}
    assert set(failed) == {"a + a1", "x", "a + c", "a + d", "b + c", "b + d"}
    assert "cluster" in failed["a + c"]
    assert "[same-kind]" in failed["a + a1"]
    assert "needs two units" in failed["x"] or "'x'" in failed["x"]
    assert all(set(row) == {"number", "plan", "failed"} for row in rows if row["failed"] is not None)
    by_name = {row["plan"]: row for row in rows}
    assert by_name["a + b"]["units: province"] == 3
    assert by_name["again"] == by_name["two by two"] | {"plan": "again", "number": by_name["again"]["number"]}


def test_rows_are_what_scenarios_measure():
    """A row holds the numbers of compare(): what the fast way gives is what the slow way gives."""
    history = organisation()
    for row, plan in zip(told(mixed(), history), mixed(), strict=True):
        if row["failed"] is None:
            scenario = (
                plan.simulate(history) if isinstance(plan, Plan) else om.Scenario("s", history, tuple(plan(history)))
            )
            slow = om.compare(history, scenario, on=DAY, metrics=MEASURED)
            numbers = {f"{r['metric']}: {r['item']}": r["value"] for r in slow.to_dicts()}
            assert {k: v for k, v in row.items() if k in numbers} == {k: numbers[k] for k in row if k in numbers}
            missing = {k: v for k, v in numbers.items() if k not in row}
            assert all(value == 0 for value in missing.values())


class Counting(Executor):
    """An executor that works at once, and weighs what travels."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sizes.append(len(pickle.dumps((fn, args, kwargs))))
        future: Future[Any] = Future()
        future.set_result(pickle.loads(pickle.dumps(fn))(*pickle.loads(pickle.dumps(args))))
        return future


def test_the_baseline_travels_as_a_path(tmp_path: Path):
    """What is sent per piece does not grow with the baseline, when that was opened from a file."""
    large = provinces_63()
    om.save(large, tmp_path / "large.orgmodel")
    opened = om.open_history(tmp_path / "large.orgmodel")
    units = opened.at(DAY).select("province")
    pairs = [MergeUnits(pair, ON) for pair in itertools.islice(itertools.combinations(units, 2), 12)]
    counting, heavy = Counting(), Counting()
    rows = simulate_many(pairs, opened, on=DAY, executor=counting, piece=4)
    assert rows == simulate_many(pairs, large, on=DAY, executor=heavy, piece=4)
    assert len(counting.sizes) == 3
    assert max(counting.sizes) < 4_000
    assert min(heavy.sizes) > 10 * max(counting.sizes)


def test_a_worker_unpacks_the_baseline_once(saved: om.History, monkeypatch: pytest.MonkeyPatch):
    """Pieces of one run are worked on the baseline that the first of them brought."""
    from orgmodel.scenario import ensemble

    loaded: list[int] = []

    def loads(raw: bytes) -> Any:
        loaded.append(len(raw))
        return pickle.loads(raw)

    monkeypatch.setattr(ensemble, "_kept", {})
    monkeypatch.setattr(ensemble, "pickle", type("Pickle", (), {"loads": staticmethod(loads), "dumps": pickle.dumps}))
    with ThreadPoolExecutor(1) as executor:
        told(mixed(), saved, executor=executor, piece=2)
        assert len(loaded) == 1
        simulate_many(mixed(), saved, on="2027-02-01", executor=executor, piece=2)
    assert len(loaded) == 2


# ---- files


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if v is not None or k == "failed"} for row in pq.read_table(path).to_pylist()]


class Stop(Exception):
    """What cuts a run off."""


def test_rows_stream_to_parquet_and_a_cut_run_goes_on(tmp_path: Path):
    """What was done before the cut is not done again; in the end the file is as if nothing had happened."""
    history, plans = organisation(), mixed()
    whole = tmp_path / "whole.parquet"
    rows = told(plans, history, out=whole, piece=2)
    assert rows == told(plans, history)
    assert rows_of(whole) == rows
    target = tmp_path / "rows.parquet"
    seen: list[tuple[int, int | None]] = []

    def cut(done: int, total: int | None) -> None:
        seen.append((done, total))
        if done >= 4:
            raise Stop

    with pytest.raises(Stop):
        told(plans, history, out=target, piece=2, progress=cut)
    assert seen == [(2, len(plans)), (4, len(plans))]
    assert not target.exists()
    parts = tmp_path / "rows.parquet.parts"
    assert len(list(parts.glob("*.parquet"))) == 2
    tried: list[str] = []

    @frozen
    class Watched:
        name: str
        inner: Any

        def __call__(self, history: om.History, /) -> Iterable[Any]:
            tried.append(self.name)
            made: Iterable[Any] = self.inner(history)
            return made

    watched = [plan if isinstance(plan, Plan) else Watched(plan.name, plan) for plan in plans]  # type: ignore[attr-defined]
    went_on: list[tuple[int, int | None]] = []
    again = told(watched, history, out=target, piece=2, progress=lambda *step: went_on.append(step))
    assert again == rows
    assert went_on[0] == (4, len(plans))
    assert went_on[-1] == (len(plans), len(plans))
    assert tried == [row["plan"] for row in rows[4:] if row["plan"] not in ("two by two", "again")]
    assert pq.read_table(target).equals(pq.read_table(whole))
    assert not parts.exists()


def test_a_killed_process_leaves_whole_parts(tmp_path: Path):
    """A process that dies in the middle of a run leaves nothing that the next one would stumble over."""
    target = tmp_path / "rows.parquet"
    code = f"""
import os
import trials as t
def die(done, total):
    if done >= 6:
        os._exit(9)
t.told(t.mixed(), t.organisation(), out={str(target)!r}, piece=3, progress=die)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=env).returncode == 9
    (tmp_path / "rows.parquet.parts" / "000000000006.tmp").write_bytes(b"half a part")
    steps: list[int] = []
    rows = told(mixed(), organisation(), out=target, piece=3, progress=lambda done, _: steps.append(done))
    assert steps[0] == 6
    assert rows == told(mixed(), organisation()) == rows_of(target)
    assert list(tmp_path.iterdir()) == [target]


def test_another_run_does_not_go_on_with_the_rows_of_this_one(tmp_path: Path):
    """Rows of another day, other metrics or another seed are not taken for those that are left."""
    target = tmp_path / "rows.parquet"
    sampler = SomeMerger(("a", "b", "c"))

    def cut(done: int, total: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        told(sampler, organisation(), count=6, seed=1, out=target, piece=2, progress=cut)
    with pytest.raises(om.Refused, match="another run began"):
        told(sampler, organisation(), count=6, seed=2, out=target)
    assert len(told(sampler, organisation(), count=6, seed=1, out=target)) == 6


def test_what_is_asked_must_be_clear(tmp_path: Path):
    """A sampler needs a count; a generator needs none, and is not read further than asked."""
    with pytest.raises(om.Refused, match="count="):
        told(SomeMerger(("a", "b")), organisation())
    plans = iter(mixed())
    rows = told(plans, organisation(), count=3)
    assert [row["number"] for row in rows] == [0, 1, 2]
    assert next(plans) == mixed()[3]
    assert told([], organisation(), out=tmp_path / "none.parquet") == []
