"""What an append to a register on disk costs, whatever the register's size.

    python bench/store_costs.py 3000 30000 300000
    python bench/store_costs.py 300000 --acts 200        # half a minute to make instead of some minutes

Pages are counted in the write-ahead log, which holds every page that a transaction wrote, once; the text of an act is
its lines in the log. A write of 4 kB with a flush, timed beside, says how fast the disk is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from made_up import make

import orgmodel as om
from orgmodel.io.store.store import Store

PAGE = 4096


def timed(do: Callable[[], object]) -> tuple[float, object]:
    clock = time.perf_counter()
    done = do()
    return time.perf_counter() - clock, done


def flush(folder: Path) -> float:
    """A write of 4 kB with a flush."""
    found = []
    with open(folder / "flush", "wb") as out:
        for _ in range(20):
            clock = time.perf_counter()
            out.write(bytes(PAGE))
            out.flush()
            os.fsync(out.fileno())
            found.append(time.perf_counter() - clock)
    return statistics.median(found)


def log_size(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def text_of(store: Store) -> int:
    """How many bytes the last entry has in the log."""
    from orgmodel.io.store import reading

    with store._database.reading() as connection:
        (lines,) = reading.lines_after(connection, store.number - 1)
    return sum(len(line.encode()) + 1 for line in lines)


def measure(units: int, acts_at_most: int) -> None:
    history = make(units).history.as_recorded(acts_at_most)
    last = history.last_day
    assert last is not None
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent.parent / "build") as name:
        folder = Path(name)
        path = folder / "register.db"
        took, _ = timed(lambda: Store.create(path, history).close())
        print(f"{units:>7,} units: made in {took:.1f} s, {path.stat().st_size / 2**20:,.0f} MiB")
        om.dump(history, folder / "log.jsonl")
        reading, _ = timed(lambda: om.load(folder / "log.jsonl"))
        opening, store = timed(lambda: Store(path))
        assert isinstance(store, Store)
        first, _ = timed(lambda: store.enact(om.Act("first", last, [om.Change("centre", "name", "C")])))
        print(
            f"        opened in {opening * 1e3:.0f} ms, the log read in {reading:.1f} s, first act {first * 1e3:.0f} ms"
        )
        print(f"        4 kB with a flush: {flush(folder) * 1e3:.1f} ms")
        day = last + (last - history.days()[-2])
        cell = f"cell-{units // 7}"
        acts: dict[str, Callable[[int], om.Act]] = {
            "a name": lambda n: om.Act(f"name {n}", day, [om.Change(cell, "name", f"N{n}")]),
            "a figure": lambda n: om.Act(f"figure {n}", day, [om.Change(cell, "measure:members", n, "own")]),
            "a late figure": lambda n: om.Act(
                f"late {n}", history.days()[2 + n], [om.Change(cell, "measure:members", 100 + n, "own")]
            ),
            "a merger": lambda n: merger(store, n),
        }
        for what, act in acts.items():
            times, pages, texts = [], [], []
            for n in range(5):
                new = act(n)
                before = log_size(path)
                took, _ = timed(lambda new=new: store.enact(new))  # type: ignore[misc]
                times.append(took)
                pages.append((log_size(path) - before) // (PAGE + 24))
                texts.append(text_of(store))
            print(
                f"        {what}: {statistics.median(times) * 1e3:.1f} ms, {max(pages)} pages,"
                f" {statistics.median(texts):,.0f} bytes of text"
            )
        store.close()


def merger(store: Store, n: int) -> om.Act:
    history = store.history
    day = history.last_day
    assert day is not None
    communes = [f"commune-{2 * n}", f"commune-{2 * n + 1}"]
    with history.draft(day, act_id=f"merger {n}") as act:
        act.merge(communes, into=om.Unit(f"merged-{n}", name=f"M{n}"), under="district-0")
    return act.act


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", type=int, nargs="+")
    parser.add_argument("--acts", type=int, default=10_000, help="how many acts there are at most, each of a day")
    given = parser.parse_args()
    for size in given.units:
        measure(size, given.acts)
