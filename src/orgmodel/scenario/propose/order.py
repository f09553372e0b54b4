"""An order of units that follows from their figures and neighbours, not from their ids.

Internal. If the search went through units in the order of their ids, it would find different groups after a renaming.
Here they are sorted by their figures and by their place among their neighbours (colour refinement, Weisfeiler and Leman
1968); ids decide only between units that are alike in everything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

__all__ = [
    "canonical",
]

_SMALL: Final = 500
"""Up to this many units, ties are broken one at a time, because each choice may decide others; above, all at once."""


def canonical(ids: Sequence[str], marks: Sequence[Hashable], links: Sequence[Mapping[int, Hashable]]) -> list[int]:
    """The indexes of units in an order in which ids are the last criterion.

    Args:
        ids: their ids.
        marks: for each unit its own properties, as a sortable value.
        links: for each unit: other unit -> the properties of the pair, as a sortable value.

    >>> canonical(["x", "b", "a"], [2, 1, 1], [{1: 0}, {0: 0}, {}])
    [2, 1, 0]
    >>> canonical(["a", "c", "b"], [2, 1, 1], [{1: 0}, {0: 0}, {}])
    [2, 1, 0]
    """
    count = len(ids)
    colours = _ranked([(mark, _reach(links, i) if count <= _SMALL else len(links[i])) for i, mark in enumerate(marks)])
    by_id = sorted(range(count), key=lambda i: ids[i])
    while True:
        colours = _refined(colours, links)
        if len(set(colours)) == count:
            break
        if count > _SMALL:
            colours = _ranked(list(zip(colours, _ranked(list(ids)), strict=True)))
            break
        first = min(colour for colour, units in Counter(colours).items() if units > 1)
        chosen = next(i for i in by_id if colours[i] == first)
        colours = [2 * c + (c == first and i != chosen) for i, c in enumerate(colours)]
    return sorted(range(count), key=colours.__getitem__)


def _reach(links: Sequence[Mapping[int, Hashable]], start: int) -> tuple[int, ...]:
    """The number of units at each distance from a unit."""
    reached, ring, sizes = {start}, [start], []
    while ring:
        sizes.append(len(ring))
        following = []
        for i in ring:
            for other in links[i]:
                if other not in reached:
                    reached.add(other)
                    following.append(other)
        ring = following
    return tuple(sizes)


def _refined(colours: list[int], links: Sequence[Mapping[int, Hashable]]) -> list[int]:
    """The colours, refined by the colours of neighbours until nothing changes."""
    kinds = len(set(colours))
    while kinds < len(colours):
        marks = [
            (colour, tuple(sorted((colours[other], link) for other, link in links[i].items())))
            for i, colour in enumerate(colours)
        ]
        colours = _ranked(marks)
        now = len(set(colours))
        if now == kinds:
            break
        kinds = now
    return colours


def _ranked(values: Sequence[Any]) -> list[int]:
    """The rank of each value among the different values."""
    rank = {value: i for i, value in enumerate(sorted(set(values)))}
    return [rank[value] for value in values]
