"""Ids to row numbers and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Index:
    """The ids of all subjects, each with its row number; frozen."""

    __slots__ = ("_names", "_numbers")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = list(names)
        self._numbers: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self._names)

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if it is not there."""
        numbers = self._numbers
        if numbers is None:
            numbers = self._numbers = {name: number for number, name in enumerate(self._names)}
        return numbers.get(subject)

    def name(self, number: int) -> str:
        """The id of a row number."""
        return self._names[number]

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        return self._names

    def extended(self, more: Iterable[str]) -> Index:
        """An index with more ids after these."""
        more = list(more)
        return Index([*self._names, *more]) if more else self


class NumberIndex(Index):
    """Ids that are the row numbers themselves, written in decimals: nothing to look up."""

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

    def name(self, number: int) -> str:
        """The number in decimals."""
        return str(number)

    def names(self) -> Sequence[str]:
        """All ids by row number."""
        return [str(n) for n in range(self._count)]

    def extended(self, more: Iterable[str]) -> Index:
        """An index with more ids, of any form, after these."""
        more = list(more)
        return Index([*self.names(), *more]) if more else self
