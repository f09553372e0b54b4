"""What every library is asked to do, and the clock."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from peers.data import ACROSS, CELL, LATER, SNAPSHOT, Arrays, Questions, alive


class NotOffered(Exception):
    """The library has no way to do it."""


class TooSlow(Exception):
    """One run took longer than the limit."""


class Peer:
    """One library. Methods raise :class:`NotOffered` unless it can do the task.

    Attributes:
        name: as in the table.
        notes: task -> what a reader must know about how it was done.
    """

    name: ClassVar[str]
    notes: ClassVar[dict[str, str]] = {}
    version = ""

    def __init__(self, data: Arrays, folder: Path) -> None:
        self.data, self.folder = data, folder

    def ready(self) -> None:
        """Untimed, and not counted as its memory: the arrays in the form in which it takes them."""

    def called(self, units: Sequence[int]) -> Sequence[Any]:
        """Untimed: what the library calls some units, as its user holds it."""
        return units

    def plain(self, answers: Sequence[Any]) -> list[Any]:
        """Untimed: its answers about units, in numbers."""
        return list(answers)

    def build(self) -> None:
        """All tables from arrays."""
        raise NotOffered

    def parents(self, day: int) -> Any:
        """Who stands under whom on a day, all units."""
        raise NotOffered

    def edges_of(self, answer: Any) -> tuple[int, int]:
        """Number and checksum of an answer of :meth:`parents`: pairs or two arrays."""
        if isinstance(answer, tuple):
            child, parent = (np.asarray(a).astype(np.int64) for a in answer)
            return len(child), int((7 * child + parent).sum())
        return len(answer), sum(7 * child + parent for child, parent in answer)

    def count(self, kind: int, day: int) -> int:
        """How many units of a kind there are on a day."""
        raise NotOffered

    def prepare(self, day: int) -> None:
        """Untimed, before point questions about a day."""

    def each_parent(self, units: Sequence[int], day: int) -> list[int]:
        """The parent of each unit, asked one by one."""
        raise NotOffered

    def each_path(self, units: Sequence[int], day: int) -> list[list[int]]:
        """All that stands above each unit, nearest first, asked one by one."""
        raise NotOffered

    def subtree(self, top: int, day: int) -> tuple[int, int]:
        """How many units stand below one and how many members they and it have."""
        raise NotOffered

    def totals(self, day: int) -> dict[int, tuple[int, int]]:
        """The same of every province."""
        raise NotOffered

    def diff(self, a: int, b: int) -> tuple[int, int, int]:
        """How many units are new, gone and moved on day b."""
        raise NotOffered

    def each_successors(self, units: Sequence[int]) -> list[set[int]]:
        """The units that each ended unit has become at last, asked one by one."""
        raise NotOffered

    def branch(self) -> Any:
        """Something that can be changed without changing this."""
        raise NotOffered

    def merge(self, branch: Any, gone: int, into: int, day: int) -> Any:
        """One unit is taken over by another with all that stands below it; the changed branch."""
        raise NotOffered

    def children(self, branch: Any, unit: int, day: int) -> int:
        """How many units stand directly below one, on a branch or (None) without it."""
        raise NotOffered

    def save(self) -> float:
        """Write all; how many MiB."""
        raise NotOffered

    def load(self) -> Any:
        """Read it, ready for questions."""
        raise NotOffered

    def more(self, clock: Clock, q: Questions) -> None:
        """Tasks that only this library has."""


def resident() -> float:
    """MiB of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def forget_peak() -> None:
    """Let the peak begin anew; where the system does not allow it, the peak is that of the whole run."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The most MiB of memory in use since the peak was forgotten."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def size_of(*paths: Path) -> float:
    """MiB of files and folders."""
    files = [f for p in paths for f in (p.rglob("*") if p.is_dir() else [p])]
    return sum(f.stat().st_size for f in files if f.is_file()) / 2**20


class Clock:
    """Times tasks; a time counts only if the answer is right."""

    def __init__(self, peer: Peer, limit: float, runs: int, out: Callable[[dict[str, Any]], None]) -> None:
        self.peer, self.limit, self.runs, self.out = peer, limit, runs, out

    def say(self, task: str, **found: Any) -> None:
        self.out({"peer": self.peer.name, "task": task, **found})

    def __call__(
        self,
        task: str,
        run: Callable[..., Any],
        right: Callable[[Any], bool] = lambda _: True,
        *,
        per: int = 1,
        setup: Callable[[], Any] | None = None,
        note: str = "",
    ) -> Any:
        """The best of some runs, in seconds for one of ``per`` questions; the last answer, None if there is none.

        The best, because other programs on the machine can only add to a run.
        """
        note = note or self.peer.notes.get(task, "")

        def stop(*_: Any) -> None:
            raise TooSlow

        times: list[float] = []
        answer = None
        before = signal.signal(signal.SIGALRM, stop)
        try:
            gc.collect()
            while len(times) < self.runs or (self.runs > 1 and sum(times) < 0.3 and len(times) < 50):
                given = () if setup is None else (setup(),)
                signal.setitimer(signal.ITIMER_REAL, self.limit)
                begin = time.perf_counter()
                answer = run(*given)
                times.append(time.perf_counter() - begin)
                signal.setitimer(signal.ITIMER_REAL, 0)
                if sum(times) > self.limit / 4:
                    break
        except NotOffered:
            self.say(task, note="not offered")
            return None
        except TooSlow:
            self.say(task, note=f"stopped after {self.limit:.0f} s")
            return None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if not right(answer):
            raise AssertionError(f"{self.peer.name}: wrong answer to {task!r}")
        self.say(task, seconds=min(times) / per, runs=len(times), note=note)
        return answer


def once_each(peer: Peer, q: Questions) -> None:
    """One question of each sort, untimed: what is kept to answer the next ones counts as memory."""
    for ask in (
        lambda: peer.parents(SNAPSHOT),
        lambda: peer.prepare(SNAPSHOT),
        lambda: peer.each_parent(peer.called(q.points[:10]), SNAPSHOT),
        lambda: peer.each_path(peer.called(q.points[:10]), SNAPSHOT),
        lambda: peer.subtree(q.province, SNAPSHOT),
        lambda: peer.totals(SNAPSHOT),
        lambda: peer.diff(*ACROSS),
        lambda: peer.each_successors(peer.called(q.old_units[:10])),
    ):
        with contextlib.suppress(NotOffered):
            ask()


def measure(peer: Peer, q: Questions, clock: Clock) -> None:
    """All tasks of one library."""
    peer.ready()
    gc.collect()
    forget_peak()
    base = resident()
    clock.say("version", note=peer.version)
    # Of one build: what the timed ones leave behind in the allocator is not the library's.
    peer.build()
    gc.collect()
    clock.say("memory", resident=resident() - base, peak=peak() - base)
    once_each(peer, q)
    gc.collect()
    clock.say("memory asked", resident=resident() - base, peak=peak() - base)
    clock("build", peer.build)
    clock("parents", lambda: peer.parents(SNAPSHOT), lambda got: peer.edges_of(got) == q.edges)
    cells = int((alive(peer.data, SNAPSHOT) & (peer.data["unit_kind"] == CELL)).sum())
    clock("count", lambda: peer.count(CELL, SNAPSHOT), lambda got: got == cells)
    with contextlib.suppress(NotOffered):
        peer.prepare(SNAPSHOT)

    def few(task: str, ask: Callable[[Sequence[int]], list[Any]], units: Sequence[int], answers: Iterable[Any]) -> None:
        """As many of the questions as two seconds allow, by the pace of the first ten."""
        given = peer.called(units)
        try:
            begin = time.perf_counter()
            ask(given[:10])
            pace = (time.perf_counter() - begin) / 10
        except NotOffered:
            clock.say(task, note="not offered")
            return
        count = max(10, min(len(units), int(2 / pace)))
        expected = list(answers)[:count]
        asked = given[:count]
        clock(task, lambda: ask(asked), lambda got: peer.plain(got) == expected, per=count)

    few("parent", lambda units: peer.each_parent(units, SNAPSHOT), q.points, q.parents)
    few("path", lambda units: peer.each_path(units, SNAPSHOT), q.points, q.paths)
    clock("subtree", lambda: peer.subtree(q.province, SNAPSHOT), lambda got: tuple(got) == q.subtree)
    clock("totals", lambda: peer.totals(SNAPSHOT), lambda got: {k: tuple(v) for k, v in got.items()} == q.totals)
    clock("diff", lambda: peer.diff(*ACROSS), lambda got: tuple(got) == q.diff)
    few("successors", peer.each_successors, q.old_units, q.successors)
    clock("branch", lambda: [peer.branch() for _ in range(peer_branches(peer))], per=peer_branches(peer))
    clock(
        "merge",
        lambda branch: peer.merge(branch, q.merged, q.into, LATER),
        lambda got: (peer.children(got, q.into, LATER), peer.children(None, q.into, LATER)) == q.children,
        setup=peer.branch,
    )
    saved = clock("save", peer.save)
    if saved is not None:
        clock.say("file", mib=saved)
    clock("load", peer.load)
    peer.more(clock, q)


def peer_branches(peer: Peer) -> int:
    """How many branches one run makes: many where one is nearly nothing."""
    return 1_000 if getattr(peer, "cheap_branches", False) else 1


def to_line(found: dict[str, Any]) -> str:
    """A result as one line of JSON."""
    return json.dumps(found | {"load": os.getloadavg()[0]})
