"""The colours of kinds: the same in every picture, page and report, and safe for colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from orgmodel.model.schema import Schema

__all__ = [
    "PALETTE",
    "colours",
    "ink_on",
    "kind_colours",
]

PALETTE: Final = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#997700", "#994455", "#004488", "#999933",
    "#332288", "#44aa99", "#117733", "#ddcc77", "#882255", "#cc6677", "#88ccee", "#aa4499",
)  # fmt: skip
"""Colours that the colour-blind can tell apart (Paul Tol's bright, contrast and muted schemes)."""


def colours(words: Iterable[str | None]) -> Mapping[str | None, str]:
    """Word -> colour, in order of first appearance.

    >>> colours(["province", "commune", "province"])["commune"]
    '#ee6677'
    """
    return {word: PALETTE[place % len(PALETTE)] for place, word in enumerate(dict.fromkeys(words))}


def kind_colours(schema: Schema, kinds: Iterable[str | None] = ()) -> Mapping[str | None, str]:
    """Kind -> colour by its place in the schema, so that a kind has one colour on every day and in every picture.

    Args:
        schema: whose kinds come first.
        kinds: further kinds, which the schema does not know.

    >>> from orgmodel.model.schema import Schema
    >>> kind_colours(Schema.levels("province", "commune"), ["commune", "hamlet"])["commune"]
    '#ee6677'
    """
    return colours([*(kind.id for kind in schema.kinds), *kinds])


def ink_on(colour: str) -> str:
    """Black or white: which of the two is read on a colour.

    >>> ink_on("#004488"), ink_on("#ccbb44")
    ('#ffffff', '#000000')
    """
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # The contrast of white is better below this luminance (WCAG 2.2, relative luminance).
    return "#ffffff" if luminance < 0.179 else "#000000"
