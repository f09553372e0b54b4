"""The overlay of a track (what was written since the columns were made) as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.columns import NOBODY, Longs, TrackRow

__all__ = [
    "Few",
    "Flags",
    "Written",
]

Flags = npt.NDArray[np.bool_]


class Written:
    """The overlay of a track as arrays.

    Attributes:
        subjects: row numbers of the changed subjects.
        rows: all rows of these subjects.
        subject: the row number of the subject, by row.
        start: the first day, by row.
        end: the first day after, by row.
    """

    def __init__(self, changed: Iterable[tuple[int, tuple[TrackRow, ...]]]) -> None:
        pairs = list(changed)
        self.rows = [row for _, rows in pairs for row in rows]
        self.subjects: Longs = np.array([subject for subject, _ in pairs], np.int64)
        self.subject: Longs = self.subjects.repeat(np.array([len(rows) for _, rows in pairs], np.int64))
        self.start: Longs = np.array([row[0] for row in self.rows], np.int64)
        self.end: Longs = np.array([row[1] for row in self.rows], np.int64)

    @cached_property
    def numbers(self) -> Longs:
        """The row number that each row refers to, :data:`NOBODY` for none."""
        return np.array([NOBODY if row[2] is None else row[2] for row in self.rows], np.int64)

    def live(self, day: int) -> Longs:
        """Indices of the rows that hold on a day."""
        return np.flatnonzero((self.start <= day) & (day < self.end))

    @cached_property
    def touched(self) -> Few:
        """The changed subjects, as a sparse set."""
        return Few(self.subjects)


class Few:
    """A sparse set of row numbers: membership without a flag for every unit."""

    _BITS: Final = 4

    def __init__(self, numbers: Longs) -> None:
        self._order = np.argsort(numbers, kind="stable")
        self._sorted = numbers.take(self._order)
        # A Bloom filter with one hash, the low bits, and 16 to 32 flags per member. One look-up settles nearly all
        # numbers that are no members; only the others are searched for among the sorted members.
        self._mask = (1 << (len(numbers).bit_length() + self._BITS)) - 1
        self._table = np.zeros(self._mask + 1, bool)
        self._table[numbers & self._mask] = True

    def among(self, numbers: Longs) -> Flags:
        """For each number, whether it is in the set."""
        result = self._table.take(numbers & self._mask)
        unsure = np.flatnonzero(result)
        if len(unsure):
            asked = numbers.take(unsure)
            at = np.searchsorted(self._sorted, asked)
            result[unsure] = self._sorted.take(at, mode="clip") == asked
        return result

    def found_in(self, numbers: Longs) -> Longs:
        """Positions of the members found in ``numbers``."""
        asked = numbers.compress(self.among(numbers))
        low, high = np.searchsorted(self._sorted, asked), np.searchsorted(self._sorted, asked, side="right")
        return np.concatenate([self._order[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)] or [asked])
