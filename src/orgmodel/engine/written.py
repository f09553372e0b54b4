"""The overlay of a track (what was written since the columns were made) as arrays.

Questions about all units of a day are answered by arrays from the columns; these arrays correct the answer for the subjects
that the overlay has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.columns import NOBODY, Longs, TrackRow

__all__ = [
    "Few",
    "Flags",
    "Numbers",
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


class Numbers(Collection[int]):
    """Row numbers of written subjects, each once.

    Batches come as arrays. Mostly nobody looks at each of their numbers, and only then are they made integers of Python.

    Args:
        numbers: row numbers, as keys.
        arrays: more row numbers.

    >>> numbers = Numbers({7: None}, [np.array([3, 7])])
    >>> 3 in numbers, list(numbers)
    (True, [3, 7])
    """

    __slots__ = ("_arrays", "_numbers")

    def __init__(self, numbers: Mapping[int, None] | None = None, arrays: Iterable[Longs] = ()) -> None:
        self._numbers: Mapping[int, None] = {} if numbers is None else numbers
        self._arrays = list(arrays)

    def __len__(self) -> int:
        return len(self._each())

    def __iter__(self) -> Iterator[int]:
        return iter(self._each())

    def __contains__(self, number: object) -> bool:
        return number in self._each()

    def _each(self) -> Mapping[int, None]:
        if self._arrays:
            self._numbers = dict.fromkeys(np.concatenate(self._arrays).tolist()) | dict(self._numbers)
            self._arrays = []
        return self._numbers

    @property
    def at_most(self) -> int:
        """As many as there are at most: a subject that was written several times counts several times."""
        return len(self._numbers) + sum(map(len, self._arrays))

    def copy(self) -> Numbers:
        """A copy that grows on its own."""
        return Numbers(dict(self._numbers), self._arrays)

    def add(self, other: Numbers) -> None:
        """Add the numbers of another collection; only to one that was made empty, or is a copy."""
        assert isinstance(self._numbers, dict)
        self._numbers.update(other._numbers)
        self._arrays += other._arrays
