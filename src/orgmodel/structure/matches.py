"""The matches of many texts, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from attrs import field, frozen

from orgmodel.model.frames import Column, Tabular
from orgmodel.structure.matcher import Match

__all__ = [
    "Matches",
]


@frozen(repr=False, slots=False)
class Matches(Tabular, Sequence[Match]):
    """The matches of many texts: a sequence, and a table of text, unit, name, how, ...

    Attributes:
        items: a match for each text, in order.

    >>> from orgmodel.history.history import structure_of
    >>> found = structure_of([{"id": "p", "name": "Hà Nội"}], day="2025-07-01").match(["ha noi", "Huế"])
    >>> print(found)
    2 texts: 1 found, 0 ambiguous, 1 unknown
    >>> found.to_polars().select("text", "unit", "name", "how").rows()
    [('ha noi', 'p', 'Hà Nội', 'folded'), ('Huế', None, None, None)]
    """

    items: tuple[Match, ...]
    _called: Callable[[str], str] = field(eq=False)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Match]: ...
    def __getitem__(self, at: int | slice) -> Match | Sequence[Match]:
        return self.items[at]

    def __iter__(self) -> Iterator[Match]:
        return iter(self.items)

    @property
    def counts(self) -> Mapping[str, int]:
        """Status -> number of texts."""
        by_status = Counter(match.status for match in self.items)
        return {status: by_status[status] for status in ("found", "ambiguous", "unknown")}

    @property
    def open(self) -> tuple[Match, ...]:
        """The matches without a unit: unknown and ambiguous texts."""
        return tuple(match for match in self.items if match.unit is None)

    def _columns(self) -> dict[str, Column]:
        called = self._called
        return {
            "text": Column([match.text for match in self.items]),
            "unit": Column([match.unit for match in self.items]),
            "name": Column([None if match.unit is None else called(match.unit) for match in self.items]),
            "status": Column([match.status for match in self.items]),
            "how": Column([match.how or None for match in self.items]),
            "scheme": Column([match.scheme or None for match in self.items]),
            "candidates": Column([match.units if len(match.units) > 1 else () for match in self.items], "texts"),
            "near": Column([match.near or match.elsewhere for match in self.items], "texts"),
            "near_names": Column([[*map(called, match.near or match.elsewhere)] for match in self.items], "texts"),
        }

    def __str__(self) -> str:
        message = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        return f"{len(self.items):,} text{'s' * (len(self.items) != 1)}: {message}"

    def __repr__(self) -> str:
        return f"<Matches of {self}>"
