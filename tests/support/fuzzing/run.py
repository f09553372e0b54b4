"""Runs a target: what comes of so many inputs, each made from the seed and its number, so that any comes again."""

from __future__ import annotations

import contextlib
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import Factory, define

from fuzzing.targets import TARGETS
from orgmodel.errors import OrgmodelError

SECONDS = 10
"""No input may take longer."""


class Hang(BaseException):
    """An input took too long; no reader catches it."""


@define
class Told:
    """What came of the inputs of a target.

    Attributes:
        counts: how many were answered, how many refused by one of our errors.
        strange: where another error came from -> (how often, number of the input, what it said).
    """

    counts: Counter[str] = Factory(Counter)
    strange: dict[tuple[str, str], list[Any]] = Factory(dict)

    def __str__(self) -> str:
        lines = [", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))]
        lines += [
            f"  {count} x {kind} in {place}, first by input {number}: {said}"
            for (kind, place), (count, number, said) in sorted(self.strange.items())
        ]
        return "\n".join(lines)


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raises :class:`Hang` if the block takes longer; only where there are alarms, in the main thread."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def made(name: str, number: int, seed: int = 0) -> bytes:
    """The input of a number."""
    target = TARGETS[name]
    rng = random.Random(f"{seed}:{name}:{number}")
    samples = target.samples()
    return target.mutation(rng, rng.choice(samples))


def run(
    name: str,
    *,
    count: int | None = None,
    seconds: float | None = None,
    first: int = 0,
    seed: int = 0,
    out: Path | None = None,
) -> Told:
    """What comes of inputs of a target.

    Args:
        name: which target.
        count: of so many inputs; None: until the time is over.
        seconds: how long to go on.
        first: the number of the first input.
        seed: of all inputs.
        out: a folder in which the shortest input of each strange error is kept.
    """
    target, told = TARGETS[name], Told()
    samples = target.samples()
    end = time.monotonic() + (seconds or 1e9)
    number = first
    while (count is None or number < first + count) and time.monotonic() < end:
        rng = random.Random(f"{seed}:{name}:{number}")
        raw = target.mutation(rng, rng.choice(samples))
        try:
            with tempfile.TemporaryDirectory() as folder, limited(SECONDS):
                target.read(raw, Path(folder))
            told.counts["answered"] += 1
        except OrgmodelError:
            told.counts["refused"] += 1
        except (Exception, Hang) as error:  # noqa: BLE001 - whatever came is told
            told.counts["strange"] += 1
            key = type(error).__name__, _place(error)
            found = told.strange.setdefault(key, [0, number, " ".join(str(error).split())[:120]])
            found[0] += 1
            if out is not None:
                path = out / f"{name}-{key[0]}-{key[1].replace('/', '.').replace(':', '-')}"
                if not path.exists() or len(path.read_bytes()) > len(raw):
                    out.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(raw)
        number += 1
    return told


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/orgmodel/" in frame.filename] or list(frames)
    return f"{own[-1].filename.rpartition('/orgmodel/')[2]}:{own[-1].lineno} {own[-1].name}"
