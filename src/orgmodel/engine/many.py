"""A long immutable sequence of rows to which one more can be added without copying all of them.

A subject nearly always has a few rows, which a tuple holds best. One with thousands, such as a root that links lead to, would
cost the square of their number if each write copied them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final, overload

__all__ = [
    "BLOCK",
    "Many",
]

BLOCK: Final = 1_024
"""Length at which the tail joins the rest: each new row copies the tail, one in 1,024 copies everything."""


class Many(Sequence[Any]):
    """A tuple in two pieces, immutable: it equals the tuple and is read like it.

    >>> Many((1, 2), (3,)).ended(4, 5) == (1, 2, 4, 5)
    True
    """

    __slots__ = ("_first", "_last")

    def __init__(self, first: tuple[Any, ...], last: tuple[Any, ...]) -> None:
        self._first, self._last = first, last

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Many:
        """The same rows in two pieces."""
        return rows if isinstance(rows, cls) else cls(tuple(rows), ())

    def ended(self, last: Any, new: Any) -> Many:
        """The rows with the last one replaced by ``last``, and ``new`` behind it."""
        if not self._last:
            return Many(self._first[:-1], (last, new))
        tail = (*self._last[:-1], last, new)
        return Many(self._first, tail) if len(tail) < BLOCK else Many((*self._first, *tail), ())

    def __len__(self) -> int:
        return len(self._first) + len(self._last)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return (*self._first, *self._last)[place]
        if place < 0:
            return self._last[place] if -place <= len(self._last) else self._first[place + len(self._last)]
        return self._first[place] if place < len(self._first) else self._last[place - len(self._first)]

    def __iter__(self) -> Iterator[Any]:
        return chain(self._first, self._last)

    def __reversed__(self) -> Iterator[Any]:
        return chain(reversed(self._last), reversed(self._first))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (tuple, Many)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash((*self._first, *self._last))

    def __add__(self, other: Any) -> tuple[Any, ...]:
        return (*self, *other)

    def __radd__(self, other: Any) -> tuple[Any, ...]:
        return (*other, *self)
