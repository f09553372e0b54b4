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
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self._names)}
        return self._numbers.get(subject)

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
