"""Many plans tried on one baseline, if wanted in several processes.

Each plan gives one row: its number, its name, and the numbers of the metrics or the reason
why it failed. The rows are the same for any number of workers and any hash seed. A history
that was opened from a file is pickled as its path, so that each worker reads the file itself
(see :mod:`orgmodel.history.history`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import pickle
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, as_completed, wait
from numbers import Integral
from pathlib import Path
from typing import Any, Protocol

from attrs import evolve, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, OrgmodelError, Refused
from orgmodel.history.history import History
from orgmodel.history.identity import identity_of
from orgmodel.model.door import strict
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.content import content_hash
from orgmodel.scenario.metrics import DEFAULT, Metric
from orgmodel.scenario.plan import Plan
from orgmodel.scenario.run_state import RunRow, RunState
from orgmodel.structure.structure import Structure

__all__ = [
    "MergeUnits",
    "Sampler",
    "Trial",
    "renamed",
    "simulate_many",
]


class Trial(Protocol):
    """A function from a history to the acts to try on it; it must be picklable if processes are used.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> def without_c(history):
    ...     with history.draft("2027-01-01") as act:
    ...         act.close("c")
    ...     return [act]
    >>> trial: Trial = without_c
    >>> row, = simulate_many([trial], history, on="2027-01-01")
    >>> row["units: province"]
    2
    """

    def __call__(self, history: History, /) -> Iterable[Act | Draft]:
        """The acts to try on the history."""


class Sampler(Protocol):
    """Draws the trial of a number; it must take its randomness only from the generator that it is given.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abcd")]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> def any_two(number, rng):
    ...     return MergeUnits(tuple(sorted(rng.sample("abcd", 2))), dt.date(2027, 1, 1))
    >>> sampler: Sampler = any_two
    >>> [row["units: province"] for row in simulate_many(sampler, history, on="2027-01-01", count=3, seed=1)]
    [3, 3, 3]
    """

    def __call__(self, number: int, rng: random.Random, /) -> Plan | Trial:
        """The trial of this number."""


@frozen
class MergeUnits:
    """A trial of one merger.

    Attributes:
        units: ids of the units to merge.
        day: the effective day.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> row, = simulate_many([MergeUnits(("a", "b"), dt.date(2027, 1, 1))], history, on="2027-01-01")
    >>> row["plan"], row["units: province"]
    ('a + b', 2)
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
        """Its name in a row."""
        return " + ".join(self.units)


def plain(value: Any) -> Any:
    """A number for a table: an int if it is whole, otherwise a float."""
    if isinstance(value, (int, float)) or value is None:
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def try_one(
    number: int, plan: Plan | Trial, baseline: History, without: Structure, metrics: Sequence[Metric]
) -> RunRow:
    """The row of one plan: its numbers, or the reason why it failed."""
    name = getattr(plan, "name", None) or f"plan {number}"
    try:
        if isinstance(plan, Plan):
            structure = plan.carry_out(baseline)[1].at(without.day)
        else:
            acts = list(plan(baseline))
            # A draft was checked as it was made, and a preview does not replay it a second time.
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
    except Exception as error:  # noqa: BLE001 - a fault in one trial must not end thousands of others
        reason = f"{type(error).__name__}: {error}"
        return {"number": number, "plan": str(name), "failed": reason}
    return {"number": number, "plan": str(name), "failed": None, **values}


class _Work:
    """Everything that a worker needs besides the plans; it is sent along with each piece."""

    def __init__(self, baseline: History, day: dt.date, metrics: Sequence[Metric], seed: int, sampler: Sampler | None):
        self.baseline, self.day, self.metrics, self.seed, self.sampler = baseline, day, tuple(metrics), seed, sampler

    def __call__(self, piece: Sequence[tuple[int, Plan | Trial | None]]) -> list[RunRow]:
        without = self.baseline.at(self.day)
        rows = []
        # On a small baseline a trial leaves little garbage, and repeated collections would take longer than the trials.
        with collector_paused(when=len(without) < 1_000):
            for number, plan in piece:
                chosen = plan if plan is not None else self.sampled(number)
                rows.append(try_one(number, chosen, self.baseline, without, self.metrics))
        return rows

    def sampled(self, number: int) -> Plan | Trial:
        assert self.sampler is not None
        # Each number has its own generator, so that the order and the number of workers make no difference.
        digest = hashlib.blake2b(f"{self.seed}:{number}".encode(), digest_size=8).digest()
        return self.sampler(number, random.Random(int.from_bytes(digest, "little")))


def _run(work: bytes, piece: Sequence[tuple[int, Plan | Trial | None]]) -> list[RunRow]:
    """The rows of a piece, in a worker process; the last unpickled work is reused."""
    if _unpickled.get("raw") != work:
        _unpickled["raw"], _unpickled["work"] = work, pickle.loads(work)
    rows: list[RunRow] = _unpickled["work"](piece)
    return rows


# Of one run only: a worker that serves another run drops the baseline of the one before.
_unpickled: dict[str, Any] = {}


@strict
def simulate_many(
    plans: Iterator[Plan | Trial] | Iterable[Plan | Trial] | Sampler,
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
) -> list[RunRow]:
    """Try many plans; a row for each, in order of their numbers.

    Args:
        plans: plans or trials; or a sampler, from which ``count`` trials are drawn.
        baseline: the history that they are tried on. With an executor that uses processes, open it
            from a file (``om.open_history``), so that only its path is sent to the workers.
        on: the day on which the metrics are measured.
        metrics: what to measure.
        count: how many trials to draw from a sampler.
        seed: seed of the sampler.
        executor: any ``concurrent.futures`` executor, or the one of a dask client
            (``client.get_executor()``); None runs everything in this process.
        workers: the number of workers; twice as many pieces are submitted at once.
        piece: how many plans are sent to a worker together.
        out: a Parquet file for the rows. If an earlier call with this file was interrupted, its rows are
            kept and only the rest is run. The baseline, the plans or sampler, the metrics, the day and
            the seed must then be the same in content.
        progress: called with (rows done, rows in all if known) after each piece.

    Returns:
        the rows, including those of an earlier, interrupted call. The row of a plan that failed
        has the reason in ``failed``, whatever the error was.

    Raises:
        Refused: a sampler has no count, or ``out`` belongs to a different run.
        InvalidFile: the files of an interrupted call cannot be read.

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
    state = None if out is None else RunState(Path(out), _key(baseline, day, listed, plans, seed, total))
    done = {} if state is None else state.rows()
    contents: dict[int, str] = {}
    if state is not None and _one_by_one(plans):
        numbered = _watched(numbered, contents, state.contents() if done else {}, state)
    report = progress or (lambda _done, _total: None)
    if done:
        report(len(done), total)
    rows = dict(done)
    remaining = ((number, plan) for number, plan in numbered if number not in done)
    for results in _results(work, _pieces(remaining, piece), executor, max(2, workers) * 2):
        rows |= {row["number"]: row for row in results}
        if state is not None:
            state.add(results, contents)
        report(len(rows), total)
    if state is not None:
        state.finish()
    return [rows[number] for number in sorted(rows)]


def _watched(
    numbered: Iterable[tuple[int, Any]], contents: dict[int, str], before: Mapping[int, str | None], state: RunState
) -> Iterator[tuple[int, Any]]:
    """The same plans, after checking that each has the content of the plan that an earlier run tried in its place.

    The hashes of the plans are added to ``contents``.
    """
    for number, plan in numbered:
        contents[number] = content_hash(plan)
        if before.get(number, contents[number]) != contents[number]:
            raise state.other(f"trial {number}")
        yield number, plan


def _numbered(
    plans: Iterable[Plan | Trial] | Sampler, count: int | None
) -> tuple[Iterable[tuple[int, Plan | Trial | None]], int | None]:
    """Numbers with their plans (None: the sampler draws it in the worker), and how many there are if that is known."""
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
) -> Iterator[list[RunRow]]:
    """The rows of each piece, as they are finished; at most ``under_way`` pieces are submitted at once."""
    if executor is None:
        yield from map(work, pieces)
        return
    # Pickled once: the executor would pickle the baseline anew for each piece.
    raw = pickle.dumps(work)
    waiting: set[Future[list[RunRow]]] = set()
    for piece in pieces:
        waiting.add(executor.submit(_run, raw, piece))
        while len(waiting) >= under_way:
            # Waiting for any piece, not for the oldest: one slow piece must not leave the other workers idle.
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    yield from (future.result() for future in as_completed(waiting))


def _key(
    baseline: History, day: dt.date, metrics: Sequence[Metric], plans: Any, seed: int, total: int | None
) -> dict[str, str | int | None]:
    """Everything that must be the same for an interrupted run to be continued, mostly as hashes of content."""
    return {
        "baseline": identity_of(baseline),
        "day": str(day),
        "metrics": content_hash(metrics),
        # The plans of an iterator are compared one by one, see _watched.
        "sampler" if callable(plans) else "plans": None if _one_by_one(plans) else content_hash(plans),
        "seed": seed if callable(plans) else None,
        "count": total,
    }


def _one_by_one(plans: Any) -> bool:
    return not callable(plans) and not isinstance(plans, Sequence)


def renamed(plan: Plan, name: str) -> Plan:
    """A plan with another name, for samplers that vary one plan.

    Args:
        plan: the plan.
        name: its new name.

    >>> renamed(Plan("a", ()), "b").name
    'b'
    """
    return evolve(plan, name=name)
