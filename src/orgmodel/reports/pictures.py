"""Pictures for reports, drawn as SVG without a browser: who became whom, whole names, nothing on top of another."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from attrs import frozen

__all__ = [
    "Became",
    "became_svg",
]

ROW: Final = 26
GAP: Final = 12
BETWEEN: Final = 110
LETTER: Final = 8.2
"""How wide a letter is at most on average at 14 pixels: names are given this much room, so that none is cut."""


@frozen
class Became:
    """One succession to draw.

    Attributes:
        olds: the names on the left.
        news: the names on the right.
        parts: pairs of places (left, right) of which only a part went there; they are dashed.
        links: pairs of places (left, right); all with all if none are given.

    >>> drawn = Became(["Hà Giang", "Tuyên Quang"], ["Tuyên Quang"])
    >>> became_svg([drawn]).count("Tuyên Quang")
    2
    """

    olds: Sequence[str]
    news: Sequence[str]
    parts: Collection[tuple[int, int]] = ()
    links: Sequence[tuple[int, int]] = ()

    @property
    def pairs(self) -> Sequence[tuple[int, int]]:
        """Which place goes to which."""
        return self.links or tuple((a, b) for a in range(len(self.olds)) for b in range(len(self.news)))

    @property
    def high(self) -> int:
        """How many rows it takes."""
        return max(len(self.olds), len(self.news), 1)


def became_svg(groups: Sequence[Became], heads: tuple[str, str] = ("", "")) -> str:
    """Successions one below the other, old units on the left and new ones on the right.

    Colours follow the surrounding text; parts are dashed and thinner, so that nothing depends on colour alone.

    Args:
        groups: the successions, from the top.
        heads: what stands above the old and the new units.

    >>> drawn = became_svg([Became(["Hà Giang", "Tuyên Quang"], ["Tuyên Quang"])])
    >>> drawn.count("<path"), "Hà Giang" in drawn
    (2, True)
    """
    # Without a browser nothing measures text: each side is as wide as its longest name is at most.
    left = _width([*chain.from_iterable(group.olds for group in groups), heads[0]])
    right = _width([*chain.from_iterable(group.news for group in groups), heads[1]])
    top = ROW if any(heads) else 0
    high = top + sum(group.high * ROW + GAP for group in groups)
    wide = left + BETWEEN + right
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img"'
            ' font-family="Noto Sans, DejaVu Sans, sans-serif" font-size="14" fill="currentColor">'
        )
    ]
    if top:
        out.append(_text(left - 8, 17, heads[0], "end", bold=True))
        out.append(_text(left + BETWEEN + 8, 17, heads[1], "start", bold=True))
    y = top
    for group in groups:
        out += _drawn(group, left, y + group.high * ROW / 2)
        # A succession takes as many rows as its longer side, so that no name stands beside one of the next.
        y += group.high * ROW + GAP
    return "\n".join([*out, "</svg>"])


def _drawn(group: Became, left: int, middle: float) -> Iterator[str]:
    """The lines and names of one succession, both sides centred on one height."""
    right, bend = left + BETWEEN, left + BETWEEN / 2
    olds, news = (_places(middle, len(names)) for names in (group.olds, group.news))
    for a, b in group.pairs:
        is_part = (a, b) in group.parts
        style = ' stroke-dasharray="5 4" stroke-width="1.5"' if is_part else ' stroke-width="2.5"'
        yield (
            f'<path d="M{left} {olds[a]:g} C{bend:g} {olds[a]:g} {bend:g} {news[b]:g} {right} {news[b]:g}"'
            f' fill="none" stroke="#3f7ab5"{style}/>'
        )
    for at, name in zip(olds, group.olds, strict=True):
        yield _text(left - 8, at + 5, name, "end")
    for at, name in zip(news, group.news, strict=True):
        yield _text(right + 8, at + 5, name, "start")


def _width(names: Iterable[str]) -> int:
    """The room that the longest of some names needs."""
    return round(max((len(name) for name in names), default=0) * LETTER) + 16


def _places(middle: float, count: int) -> list[float]:
    """The heights of some rows that are centred on one."""
    return [middle + (at - (count - 1) / 2) * ROW for at in range(count)]


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight}>{html.escape(text)}</text>'
