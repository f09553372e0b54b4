"""Many plans tried on one baseline, in as many processes as there are.

Each plan gives one row: its number, its name, the metrics' numbers, or why it failed. The
rows are the same for any number of workers and any hash seed. The baseline travels once to
each worker, as a compact file (see :mod:`orgmodel.history.history`: a history from a file
pickles as its path).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import pickle
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, as_completed, wait
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.model.measure import Number
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.metrics import DEFAULT, Metric
from orgmodel.scenario.plan import Plan
from orgmodel.structure.structure import Structure

Row = dict[str, Any]


class Trial(Protocol):
    """What can be tried besides a plan: a function of a history that gives the acts; it must pickle for processes."""

    def __call__(self, history: History, /) -> Iterable[Act | Draft]:
        """The acts to try on the history."""


class Sampler(Protocol):
    """Makes the trial of a number, with randomness that depends on nothing else."""

    def __call__(self, number: int, rng: random.Random, /) -> Plan | Trial:
        """The trial of this number."""


@frozen
class MergeUnits:
    """A trial of one merger.

    Attributes:
        units: ids of the units to merge.
        day: the effective day.
    """

    units: tuple[str, ...]
    day: dt.date

    def __call__(self, history: History, /) -> Iterable[Draft]:
        """The merger as a draft."""
        with history.draft(self.day, act_id=f"merge {'+'.join(self.units)}") as act:
            act.merge(self.units)
        return [act]

    @property
    def name(self) -> str:
        """What to call it in a row."""
        return " + ".join(self.units)


def plain(value: Number | None) -> Any:
    """A number as tables hold it: fractions as floats."""
    return float(value) if isinstance(value, Fraction) else value


def try_one(number: int, plan: Plan | Trial, baseline: History, without: Structure, metrics: Sequence[Metric]) -> Row:
    """The row of one plan: its numbers, or the reason why it failed."""
    name = getattr(plan, "name", None) or f"plan {number}"
    try:
        if isinstance(plan, Plan):
            structure = plan.carry_out(baseline)[1].at(without.day)
        else:
            acts = list(plan(baseline))
            if len(acts) == 1 and isinstance(acts[0], Draft):
                structure = baseline.preview(acts[0], without.day)
            else:
                structure = baseline.enact(*acts).at(without.day)
        values = {
            f"{metric.id}: {item}": plain(value)
            for metric in metrics
            for item, value in metric(structure, without).items()
        }
    except OrgmodelError as error:
        reason = str(error.findings[0]) if isinstance(error, Refused) and error.findings else str(error)
        return {"number": number, "plan": str(name), "failed": reason}
    return {"number": number, "plan": str(name), "failed": None, **values}


class _Work:
    """What a worker needs for a piece of work; pickled once per piece, the baseline as a path."""

    def __init__(self, baseline: History, day: dt.date, metrics: Sequence[Metric], seed: int, sampler: Sampler | None):
        self.baseline, self.day, self.metrics, self.seed, self.sampler = baseline, day, tuple(metrics), seed, sampler

    def __call__(self, piece: Sequence[tuple[int, Plan | Trial | None]]) -> list[Row]:
        without = self.baseline.at(self.day)
        rows = []
        # A small plan leaves little behind; looking for cycles in the whole baseline again and again takes longer.
        with collector_paused(when=len(without) < 1_000):
            for number, plan in piece:
                chosen = plan if plan is not None else self.sampled(number)
                rows.append(try_one(number, chosen, self.baseline, without, self.metrics))
        return rows

    def sampled(self, number: int) -> Plan | Trial:
        assert self.sampler is not None
        # A generator of its own for each number: the same for any order and number of workers.
        digest = hashlib.blake2b(f"{self.seed}:{number}".encode(), digest_size=8).digest()
        return self.sampler(number, random.Random(int.from_bytes(digest, "little")))


def _run(work: bytes, piece: Sequence[tuple[int, Plan | Trial | None]]) -> list[Row]:
    """A piece of work in a worker, which keeps the last work that it unpacked."""
    if _kept.get("raw") != work:
        _kept["raw"], _kept["work"] = work, pickle.loads(work)
    rows: list[Row] = _kept["work"](piece)
    return rows


_kept: dict[str, Any] = {}


def simulate_many(
    plans: Iterable[Plan | Trial] | Sampler,
    baseline: History,
    *,
    on: DayLike,
    metrics: Iterable[Metric] = DEFAULT,
    count: int | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    workers: int = 2,
    piece: int = 64,
    out: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int | None], object] | None = None,
) -> list[Row]:
    """Try many plans; a row for each, in order of their numbers.

    Args:
        plans: plans or trials; or a sampler, of which ``count`` are drawn.
        baseline: the history that they are tried on; open it from a file (``om.open_history``)
            when an executor with processes is given, so that it travels as a path.
        on: the day on which they are measured.
        metrics: what is measured.
        count: how many to draw of a sampler.
        seed: seed of the sampler.
        executor: any ``concurrent.futures`` executor, or the one of a dask client
            (``client.get_executor()``); None works here.
        workers: how many pieces to have under way at once, per two workers.
        piece: how many plans travel together.
        out: a Parquet file to which the rows stream. If it was begun by an earlier call
            that was interrupted, what is there is kept and the rest is done.
        progress: called with (rows done, rows in all if known) after each piece.

    Returns:
        the rows; those of an earlier, interrupted call included. A plan that fails is a
        row with the reason in ``failed``.

    Raises:
        Refused: a sampler without a count, or an ``out`` that other plans, metrics or
            another seed began.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = history_of(rows, day="2024-01-01")
    >>> day = dt.date(2027, 1, 1)
    >>> trials = [MergeUnits(("a", "b"), day), MergeUnits(("a", "x"), day)]
    >>> [(row["plan"], row["failed"] is None, row.get("units: province")) for row in simulate_many(trials, history, on=day)]
    [('a + b', True, 2), ('a + x', False, None)]
    """
    day, listed = as_day(on), tuple(metrics)
    numbered, total = _numbered(plans, count)
    sampler: Sampler | None = plans if callable(plans) else None
    work = _Work(baseline, day, listed, seed, sampler)
    store = None if out is None else _Store(Path(out), _key(day, listed, seed, total, sampler is not None))
    done = {} if store is None else store.rows()
    left = ((number, plan) for number, plan in numbered if number not in done)
    finished = len(done)
    if progress is not None and finished:
        progress(finished, total)
    rows = dict(done)
    try:
        for made in _results(work, _pieces(left, piece), executor, max(2, workers) * 2):
            rows |= {row["number"]: row for row in made}
            if store is not None:
                store.add(made)
            finished += len(made)
            if progress is not None:
                progress(finished, total)
        if store is not None:
            store.finish()
    finally:
        if store is not None:
            store.close()
    return [rows[number] for number in sorted(rows)]


def _numbered(
    plans: Iterable[Plan | Trial] | Sampler, count: int | None
) -> tuple[Iterable[tuple[int, Plan | Trial | None]], int | None]:
    if callable(plans):
        if count is None:
            raise Refused("many simulations", [Finding("count", "say with count= how many plans to draw")])
        return ((number, None) for number in range(count)), count
    listed = plans if isinstance(plans, Sequence) else itertools.islice(plans, count)
    if isinstance(listed, Sequence) and count is not None:
        listed = listed[:count]
    return enumerate(listed), len(listed) if isinstance(listed, Sequence) else None


def _pieces(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    items = iter(items)
    while piece := list(itertools.islice(items, size)):
        yield piece


def _results(
    work: _Work, pieces: Iterator[list[Any]], executor: Executor | None, under_way: int
) -> Iterator[list[Row]]:
    """The rows of each piece, as they come; only a few pieces are under way at once."""
    if executor is None:
        yield from map(work, pieces)
        return
    raw = pickle.dumps(work)
    waiting: set[Future[list[Row]]] = set()
    for piece in pieces:
        waiting.add(executor.submit(_run, raw, piece))
        while len(waiting) >= under_way:
            # A piece that takes long keeps no worker from the next one.
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    yield from (future.result() for future in as_completed(waiting))


def _key(day: dt.date, metrics: Sequence[Metric], seed: int, total: int | None, sampled: bool) -> Mapping[str, Any]:
    """What must be the same for an interrupted run to go on."""
    return {"on": str(day), "metrics": [repr(m) for m in metrics], "seed": seed if sampled else None, "count": total}


class _Store:
    """Rows on their way to a Parquet file: a part file for each piece, one file at the end.

    The parts lie in a folder beside the target until all rows are there, so that a run that
    is cut off leaves whole parts and no half file.
    """

    def __init__(self, target: Path, key: Mapping[str, Any]) -> None:
        self._target, self._parts = target, target.with_name(f"{target.name}.parts")
        self._parts.mkdir(parents=True, exist_ok=True)
        note, text = self._parts / "run.json", json.dumps(key, sort_keys=True)
        if note.exists() and note.read_text(encoding="utf-8") != text:
            raise Refused(
                f"the file {os.fspath(target)}",
                [
                    Finding(
                        "resume",
                        f"another run began {self._parts}: {note.read_text(encoding='utf-8')}; remove it first",
                    )
                ],
            )
        note.write_text(text, encoding="utf-8")

    def rows(self) -> dict[int, Row]:
        """The rows of an earlier run."""
        import pyarrow.parquet as pq

        found: dict[int, Row] = {}
        for path in sorted(self._parts.glob("*.parquet")):
            for row in pq.read_table(path).to_pylist():
                found[row["number"]] = {
                    k: v for k, v in row.items() if v is not None or k in ("number", "plan", "failed")
                }
        return found

    def add(self, rows: Sequence[Row]) -> None:
        """Write a part; it is there as a whole or not at all."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._parts / f"{rows[0]['number']:012d}.parquet"
        beside = path.with_suffix(".tmp")
        pq.write_table(pa.Table.from_pylist(_filled(rows)), beside)
        os.replace(beside, path)

    def finish(self) -> None:
        """All parts as one file; the parts go."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        paths = sorted(self._parts.glob("*.parquet"))
        tables = [pq.read_table(path) for path in paths]
        if tables:
            whole = pa.concat_tables(tables, promote_options="permissive")
            beside = self._target.with_name(f".{self._target.name}.tmp")
            pq.write_table(whole.sort_by("number"), beside)
            os.replace(beside, self._target)
        for path in paths:
            path.unlink()
        (self._parts / "run.json").unlink()
        self._parts.rmdir()

    def close(self) -> None:
        """Nothing is held open between pieces."""


def _filled(rows: Sequence[Row]) -> list[Row]:
    """Rows that all have the same keys; numbers as floats, so that parts fit together."""
    keys = dict.fromkeys(key for row in rows for key in row)

    def cell(key: str, value: Any) -> Any:
        return value if key in ("number", "plan", "failed") or value is None else float(value)

    return [{key: cell(key, row.get(key)) for key in keys} for row in rows]


def renamed(plan: Plan, name: str) -> Plan:
    """A plan under another name, for samplers that vary one.

    >>> renamed(Plan("a", ()), "b").name
    'b'
    """
    return evolve(plan, name=name)
