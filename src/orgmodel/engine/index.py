"""Indexes of ids: from an id to its row number and back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise, repeat
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.file import pack_texts

__all__ = [
    "FirstIndex",
    "Index",
    "NumberIndex",
    "StoredIndex",
    "digests",
]


class Index:
    """The ids of all subjects, each with its row number; frozen.

    A subclass says where its ids lie: ``number``, ``numbers``, ``name``, ``some``, ``names`` and its length.
    """

    __slots__ = ("_names", "_numbers")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = list(names)
        self._numbers: dict[str, int] | None = None
        """Made by the first look-up; subclasses never make it."""

    def __len__(self) -> int:
        return len(self._names)

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if no subject has it."""
        # Not made with the index: a register of which only arrays are asked never looks up an id.
        numbers = self._numbers
        if numbers is None:
            numbers = self._numbers = dict(zip(self._names, range(len(self._names)), strict=True))
        return numbers.get(subject)

    def each(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of several ids."""
        if self._numbers is None:
            return list(map(self.number, subjects))
        return list(map(self._numbers.get, subjects))

    def numbers(self, subjects: Sequence[Any]) -> npt.NDArray[np.int64]:
        """The row numbers of many ids, -2 for those that are not there."""
        if self._numbers is None:
            self.number("")
        known = self._numbers
        assert known is not None
        if len(subjects) > 1:
            # One call for all ids takes two thirds of the time of one call for each; it fails if an id is missing.
            with suppress(KeyError):
                return np.array(itemgetter(*subjects)(known), np.int64)
        return np.fromiter(map(known.get, subjects, repeat(-2)), np.int64, len(subjects))

    def name(self, number: int) -> str:
        """The id of a row number."""
        return self._names[number]

    def some(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        return list(map(self._names.__getitem__, numbers))

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        return self._names

    def extended(self, more: Iterable[str]) -> Index:
        """An index with more ids after these."""
        more = list(more)
        if not more:
            return self
        index = Index([*self.names(), *more])
        if self._numbers is not None:
            # Copying a dictionary is far cheaper than hashing all ids again.
            index._numbers = self._numbers.copy()
            index._numbers.update(zip(more, range(len(self), len(index)), strict=True))
        return index

    def packed(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays of a :class:`StoredIndex` of the ids: texts, their sorted digests, and the row number of each."""
        texts = pack_texts(self.names())
        text_digests = digests(texts["bytes"], texts["ends"])
        order = np.argsort(text_digests, kind="stable")
        return {**texts, "digests": text_digests.take(order), "order": order.astype(np.int32)}

    def first(self, count: int) -> Index:
        """An index of the first ``count`` ids; it shares the dictionary of this one."""
        return self if count >= len(self) else FirstIndex(self, count)


class FirstIndex(Index):
    """The first ids of another index."""

    __slots__ = ("_all", "_count")

    def __init__(self, index: Index, count: int) -> None:
        super().__init__()
        self._all, self._count = index, count

    def __len__(self) -> int:
        return self._count

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if it is not there."""
        number = self._all.number(subject)
        return number if number is not None and number < self._count else None

    def numbers(self, subjects: Sequence[Any]) -> npt.NDArray[np.int64]:
        """The row numbers of many ids, -2 for those that are not there."""
        result = self._all.numbers(subjects)
        return np.where(result < self._count, result, -2)

    def name(self, number: int) -> str:
        """The id of a row number."""
        return self._all.name(number)

    def some(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        return self._all.some(numbers)

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        return self._all.names()[: self._count]

    def first(self, count: int) -> Index:
        """An index of the first ``count`` ids."""
        return self if count >= self._count else FirstIndex(self._all, count)


class NumberIndex(Index):
    """Ids that spell their row numbers in decimals, so that nothing is looked up."""

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        return self._count

    def number(self, subject: str) -> int | None:
        """The number that the id spells, None if it spells none of these."""
        try:
            number = int(subject)
        except ValueError:
            return None
        return number if 0 <= number < self._count and str(number) == subject else None

    def numbers(self, subjects: Sequence[Any]) -> npt.NDArray[np.int64]:
        """The numbers that many ids spell, -2 for those that spell none of these."""
        spelled = (self.number(subject) for subject in subjects)
        return np.fromiter((-2 if n is None else n for n in spelled), np.int64, len(subjects))

    def each(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of several ids."""
        try:
            numbers = list(map(int, subjects))
        except ValueError:
            numbers = []
        if numbers and min(numbers) >= 0 and max(numbers) < self._count and list(map(str, numbers)) == list(subjects):
            return [*numbers]
        return super().each(subjects)

    def name(self, number: int) -> str:
        """The number in decimals."""
        return str(number)

    def some(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        return list(map(str, numbers))

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        return [str(n) for n in range(self._count)]


# 2**64 divided by the golden ratio, the factor of Fibonacci hashing: ids that differ in one digit end far apart.
_MIX: Final = 0x9E3779B97F4A7C15
_MASK: Final = 2**64 - 1


def _digest(text: str) -> int:
    """A 64-bit digest of a text, the same that :func:`digests` makes for many."""
    raw = text.encode()
    value = len(raw)
    for at in range(0, len(raw), 8):
        word = int.from_bytes(raw[at : at + 8], "little")
        value = ((value ^ word) * _MIX) & _MASK
        value ^= value >> 29
    return value


def digests(raw: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """The digests of packed texts, eight bytes of all texts at a time.

    They lie in files: Python's own ``hash`` of a text differs from process to process.
    """
    lengths = np.diff(ends)
    longest = int(lengths.max(initial=0))
    padded = np.concatenate([raw, np.zeros(longest + 8, np.uint8)])
    value = lengths.astype(np.uint64)
    left = np.arange(len(lengths))
    for at in range(0, longest, 8):
        left = left.compress(lengths.take(left) > at)
        places = ends[:-1].take(left)[:, None] + np.arange(at, at + 8)
        # Bytes behind the end of a text belong to the next one: they count as 0.
        inside = places < ends[1:].take(left)[:, None]
        block = np.where(inside, padded.take(places), 0).astype(np.uint8)
        word = np.ascontiguousarray(block).view("<u8").reshape(-1)
        mixed = (value.take(left) ^ word) * np.uint64(_MIX)
        value[left] = mixed ^ (mixed >> np.uint64(29))
    return value


class StoredIndex(Index):
    """Ids as packed bytes with their sorted digests, so that opening a file builds no dictionary.

    A look-up finds the digest by bisection and then compares the text, so that two texts with one digest are told apart.
    """

    __slots__ = ("_digests", "_ends", "_order", "_raw", "_texts")

    def __init__(
        self,
        raw: npt.NDArray[np.uint8],
        ends: npt.NDArray[np.int64],
        sorted_digests: npt.NDArray[np.uint64],
        order: npt.NDArray[np.int32],
    ) -> None:
        super().__init__()
        # Memoryviews: an item of one is a plain Python number, where numpy would wrap each in an object of
        # its own.
        self._raw: Any = raw.data
        self._ends: Any = ends.data
        self._digests: Any = sorted_digests.data
        self._order: Any = order.data
        self._texts: list[str] | None = None

    def packed(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays that it was made from."""
        arrays = {"bytes": self._raw, "ends": self._ends, "digests": self._digests, "order": self._order}
        return {name: np.asarray(array) for name, array in arrays.items()}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if it is not there."""
        digest = _digest(subject)
        at = bisect_left(self._digests, digest)
        while at < len(self._digests) and self._digests[at] == digest:
            number: int = self._order[at]
            if self.name(number) == subject:
                return number
            at += 1
        return None

    numbers = NumberIndex.numbers

    def name(self, number: int) -> str:
        """The id of a row number."""
        if self._texts is not None:
            return self._texts[number]
        return str(self._raw[self._ends[number] : self._ends[number + 1]], "utf-8")

    def some(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        return list(map(self.name, numbers))

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        if self._texts is None:
            self._texts = [str(self._raw[a:b], "utf-8") for a, b in pairwise(self._ends)]
        return self._texts
