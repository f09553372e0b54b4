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
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from attrs import frozen
from places import SUPPORT
from trials import DAY, MEASURED, ON, SomeMerger, mixed, organisation, provinces_63, simulated

import orgmodel as om
from orgmodel.scenario import metrics
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
    alone = simulated(mixed(), organisation())
    with EXECUTORS[kind]() as executor:
        assert simulated(mixed(), saved, executor=executor, piece=3) == alone
        sampler = SomeMerger(("a", "b", "c", "d"))
        drawn = simulated(sampler, saved, count=20, seed=7, executor=executor, workers=4, piece=2)
    assert drawn == simulated(sampler, organisation(), count=20, seed=7)
    assert drawn != simulated(sampler, organisation(), count=20, seed=8)
    assert len({row["plan"] for row in drawn}) > 5


@pytest.mark.parametrize("piece", [1, 2, 64])
def test_rows_do_not_depend_on_how_plans_are_bundled(piece: int, saved: om.History):
    """The size of a piece changes nothing, and a sampler gives each number its own luck."""
    sampler = SomeMerger(("a", "b", "c", "d"))
    whole = simulated(sampler, saved, count=12)
    assert simulated(sampler, saved, count=12, piece=piece) == whole
    assert simulated(sampler, saved, count=5, piece=piece) == whole[:5]


def test_rows_are_the_same_for_any_hash_seed():
    """Sets and dicts of another order in another process leave no trace in the rows."""
    code = """
import json, sys
import trials as t
print(json.dumps([t.simulated(t.mixed(), t.organisation()), t.simulated(t.SomeMerger(tuple("abcd")), t.organisation(), count=9)]))
"""
    printed = set()
    for seed in ("0", "1", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SUPPORT)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    (only,) = printed
    assert len(json.loads(only)[0]) == len(mixed())


def test_a_failed_plan_is_a_row_with_its_reason():
    """The others are tried all the same; the reason names what stands against it."""
    rows = simulated(mixed(), organisation())
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
    for row, plan in zip(simulated(mixed(), history), mixed(), strict=True):
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

    monkeypatch.setattr(ensemble, "_unpickled", {})
    monkeypatch.setattr(ensemble, "pickle", type("Pickle", (), {"loads": staticmethod(loads), "dumps": pickle.dumps}))
    with ThreadPoolExecutor(1) as executor:
        simulated(mixed(), saved, executor=executor, piece=2)
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
    rows = simulated(plans, history, out=whole, piece=2)
    assert rows == simulated(plans, history)
    assert rows_of(whole) == rows
    target = tmp_path / "rows.parquet"
    seen: list[tuple[int, int | None]] = []
    tried: list[str] = []
    watched = [plan if isinstance(plan, Plan) else Watched(plan.name, plan) for plan in plans]  # type: ignore[attr-defined]

    def cut(done: int, total: int | None) -> None:
        seen.append((done, total))
        if done >= 4:
            raise Stop

    with watching(tried), pytest.raises(Stop):
        simulated(watched, history, out=target, piece=2, progress=cut)
    assert seen == [(2, len(plans)), (4, len(plans))]
    assert not target.exists()
    parts = tmp_path / "rows.parquet.parts"
    assert len(list(parts.glob("*.parquet"))) == 2
    tried.clear()
    went_on: list[tuple[int, int | None]] = []
    with watching(tried):
        again = simulated(watched, history, out=target, piece=2, progress=lambda *step: went_on.append(step))
    assert again == rows
    assert went_on[0] == (4, len(plans))
    assert went_on[-1] == (len(plans), len(plans))
    assert tried == [row["plan"] for row in rows[4:] if row["plan"] not in ("two by two", "again")]
    assert pq.read_table(target).equals(pq.read_table(whole))
    assert not parts.exists()


_watcher: list[list[str]] = []


@contextmanager
def watching(tried: list[str]) -> Iterator[None]:
    """Watched trials put their names into a list, which is no part of what they are."""
    _watcher.append(tried)
    try:
        yield
    finally:
        _watcher.pop()


@frozen
class Watched:
    name: str
    inner: Any

    def __call__(self, history: om.History, /) -> Iterable[Any]:
        _watcher[-1].append(self.name)
        made: Iterable[Any] = self.inner(history)
        return made


def test_a_killed_process_leaves_whole_parts(tmp_path: Path):
    """A process that dies in the middle of a run leaves nothing that the next one would stumble over."""
    target = tmp_path / "rows.parquet"
    code = f"""
import os
import trials as t
def die(done, total):
    if done >= 6:
        os._exit(9)
t.simulated(t.mixed(), t.organisation(), out={str(target)!r}, piece=3, progress=die)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=env).returncode == 9
    (tmp_path / "rows.parquet.parts" / ".orgmodel-0123456789abcdef.tmp").write_bytes(b"half a part")
    steps: list[int] = []
    rows = simulated(mixed(), organisation(), out=target, piece=3, progress=lambda done, _: steps.append(done))
    assert steps[0] == 6
    assert rows == simulated(mixed(), organisation()) == rows_of(target)
    assert list(tmp_path.iterdir()) == [target]


def cut_off(target: Path, plans: Any, baseline: om.History, **more: Any) -> None:
    """A run that ends after two trials."""

    def cut(done: int, total: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        simulate_many(plans, baseline, piece=2, out=target, progress=cut, **more)


def other_organisation() -> om.History:
    return organisation().enact(om.Act("x", "2025-01-01", [om.Change("a", "name", "Another")]))


RUN: dict[str, Any] = {"plans": SomeMerger(("a", "b", "c")), "baseline": organisation, "on": DAY, "count": 6, "seed": 1}


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"seed": 2}, "the seed"),
        ({"count": 5}, "the count"),
        ({"on": "2030-01-01"}, "the day"),
        ({"baseline": other_organisation}, "the baseline"),
        ({"plans": SomeMerger(("a", "b"))}, "the sampler"),
        ({"metrics": [metrics.UnitsByKind("u")]}, "the metrics"),
        ({"metrics": [metrics.UnitsByKind("u")], "seed": 3}, "the metrics and the seed"),
    ],
)
def test_another_run_does_not_go_on_with_the_rows_of_this_one(tmp_path: Path, other: dict[str, Any], named: str):
    """Whatever is different in what the rows depend on, by its content; what is the same goes on."""
    target = tmp_path / "rows.parquet"

    def made(**more: Any) -> dict[str, Any]:
        given = RUN | more
        return given | {"baseline": given["baseline"]()}

    cut_off(target, **made())
    with pytest.raises(om.Refused, match=rf"another run began .*: it differs in {named}; remove"):
        simulate_many(**made(**other), out=target)
    rows = simulate_many(**made(), out=target)
    assert rows == simulate_many(**made())
    assert len(rows) == 6


def mergers(*pairs: str) -> list[MergeUnits]:
    return [MergeUnits(tuple(pair), ON) for pair in pairs]


@pytest.mark.parametrize("kind", [list, iter])
def test_other_plans_do_not_go_on_with_the_rows_of_these(tmp_path: Path, kind: Any):
    """As many plans of the same names are other plans; those that come one by one are compared one by one."""
    target, history = tmp_path / "rows.parquet", organisation()
    cut_off(target, kind(mergers("ab", "bc", "ac")), history, on=DAY)
    with pytest.raises(om.Refused, match=r"it differs in the (plans|trial 1)"):
        simulate_many(kind(mergers("ab", "ac", "ac")), history, on=DAY, out=target)
    rows = simulate_many(kind(mergers("ab", "bc", "ac")), history, on=DAY, out=target)
    assert rows == simulate_many(mergers("ab", "bc", "ac"), history, on=DAY)


def test_rows_of_a_run_that_went_on_are_those_of_one_that_did_not(tmp_path: Path):
    """With the types of their numbers, unknown ones, and the columns of trials that failed."""
    target, history = tmp_path / "rows.parquet", organisation()

    @frozen
    class Odd:
        id: str = "odd"

        def __call__(self, structure: Any, without: Any) -> Any:
            del without
            return {"whole": len(structure), "half": 0.5, "third": Fraction(1, 3), "unknown": None, "np": np.int64(7)}

    plans, measured = mergers("ab", "ax", "bc", "ac"), [Odd()]
    fresh = simulate_many(plans, history, on=DAY, metrics=measured)
    cut_off(target, plans, history, on=DAY, metrics=measured)
    again = simulate_many(plans, history, on=DAY, metrics=measured, out=target)
    assert [[(key, value, type(value)) for key, value in row.items()] for row in fresh] == [
        [(key, value, type(value)) for key, value in row.items()] for row in again
    ]
    assert fresh[0]["odd: unknown"] is None
    assert "odd: half" not in fresh[1]


def test_any_error_in_a_trial_is_a_row(tmp_path: Path):
    """A fault in one trial, or in a metric of it, ends no other."""

    def faulty(history: om.History) -> Any:
        raise ZeroDivisionError("division by zero")

    def idle(history: om.History) -> Any:
        return []

    @frozen
    class Faulty:
        id: str = "faulty"

        def __call__(self, structure: Any, without: Any) -> Any:
            if "b" not in structure:
                raise KeyError("b")
            return {"n": 1}

    rows = simulate_many([idle, *mergers("ab"), faulty], organisation(), on=DAY, metrics=[Faulty()])
    assert [row["failed"] for row in rows] == [None, "KeyError: 'b'", "ZeroDivisionError: division by zero"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", b"x"),
        ("run.json", b"[1]"),
        ("run.json", b"\xff"),
        ("run.json", b"[" * 99999),
        ("000000000000.parquet", b"PAR1"),
        ("000000000000.parquet", b""),
        ("000000000000.parquet", b"\xff" * 200),
    ],
)
def test_a_state_that_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes):
    """With the file, and what to do."""
    target, history = tmp_path / "rows.parquet", organisation()
    cut_off(target, mergers("ab", "bc", "ac"), history, on=DAY)
    (tmp_path / "rows.parquet.parts" / name).write_bytes(content)
    with pytest.raises(om.InvalidFile, match=rf"{name} cannot be read[^~]*remove the folder") as caught:
        simulate_many(mergers("ab", "bc", "ac"), history, on=DAY, out=target)
    assert [finding.rule for finding in caught.value.findings] == ["resume"]


def test_what_is_asked_must_be_clear(tmp_path: Path):
    """A sampler needs a count; a generator needs none, and is not read further than asked."""
    with pytest.raises(om.Refused, match="count="):
        simulated(SomeMerger(("a", "b")), organisation())
    plans = iter(mixed())
    rows = simulated(plans, organisation(), count=3)
    assert [row["number"] for row in rows] == [0, 1, 2]
    assert next(plans) == mixed()[3]
    assert simulated([], organisation(), out=tmp_path / "none.parquet") == []
