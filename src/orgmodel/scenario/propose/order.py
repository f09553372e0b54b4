"""An order of units that follows from what they are, not from what they are called.

Internal. A search that meets units in the order of their ids would find other groups after a renaming. Here they are
sorted by their figures and by their place among their neighbours (colour refinement, Weisfeiler and Leman 1968); ids
only part units that nothing else tells apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

__all__ = [
    "canonical",
]

_SMALL: Final = 500
"""Up to this many units ties are broken one by one, each choice telling others apart; above, all at once."""


def canonical(ids: Sequence[str], marks: Sequence[Hashable], links: Sequence[Mapping[int, Hashable]]) -> list[int]:
    """Indexes of units in an order in which ids count last.

    Args:
        ids: their ids.
        marks: what each is by itself; comparable with the others.
        links: unit -> other unit -> what is between them; comparable too.

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
        seen: set[int] = set()
        twins = {c for c in colours if c in seen or seen.add(c)}  # type: ignore[func-returns-value]
        first = min(twins)
        chosen = next(i for i in by_id if colours[i] == first)
        colours = [2 * c + (c == first and i != chosen) for i, c in enumerate(colours)]
    return sorted(range(count), key=colours.__getitem__)


def _reach(links: Sequence[Mapping[int, Hashable]], start: int) -> tuple[int, ...]:
    """How many units there are at each distance."""
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
    """Colours refined by the colours of the neighbours, until nothing changes."""
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
    rank = {value: i for i, value in enumerate(sorted(set(values)))}
    return [rank[value] for value in values]
