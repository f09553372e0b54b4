"""A hierarchy as indented text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from orgmodel.model.unit import Unit
from orgmodel.model.words import Language

__all__ = [
    "describe",
    "drawn_tree",
]


class _Words(NamedTuple):
    """The words of a drawn tree in one language."""

    below: str
    more: str
    level: str


_WORDS: Final[Mapping[Language, _Words]] = {
    "en": _Words(" ({} below)", "... and {} more", "[level {}] "),
    "vi": _Words(" (dưới có {})", "... và {} đơn vị nữa", "[cấp {}] "),
}

_INDENTED: Final = 100
"""After this many levels a drawn tree begins at the left margin again, or its indentation would outgrow its text."""


def drawn_tree(
    top: int,
    children: Callable[[int], Sequence[int]],
    line: Callable[[int], str],
    *,
    depth: int | None,
    most: int,
    language: Language,
) -> str:
    """A unit and what is below it, one line each.

    Args:
        top: the unit.
        children: the children of a unit, in order.
        line: what to write of a unit.
        depth: number of levels below the top; None: all.
        most: number of children to show of one unit; the others are counted.
        language: that of the counts.

    >>> below = {0: [1, 2, 3], 1: [], 2: [], 3: []}
    >>> print(drawn_tree(0, below.__getitem__, str, depth=1, most=2, language="en"))
    0
    ├─ 1
    └─ ... and 2 more
    """
    words = _WORDS[language]
    lines: list[str] = []
    # A stack instead of recursion: hierarchies may be thousands of levels deep. An entry is a unit with its level, the
    # text before it and the text before its children; or a finished line.
    waiting: list[tuple[int, int, str, str] | str] = [(top, 0, "", "")]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            lines.append(entry)
            continue
        unit, level, lead, below = entry
        kids = children(unit)
        if depth is not None and level >= depth:
            lines.append(lead + line(unit) + (words.below.format(len(kids)) if kids else ""))
            continue
        lines.append(lead + line(unit))
        if level and not level % _INDENTED:
            below = words.level.format(level)
        shown = kids if len(kids) <= most else kids[: most - 1]
        if len(kids) > len(shown):
            waiting.append(f"{below}└─ {words.more.format(len(kids) - len(shown))}")
        # Backwards, as the last entry of the stack is written first.
        for kid in reversed(shown):
            branch, under = ("└─ ", "   ") if kid == kids[-1] else ("├─ ", "│  ")
            waiting.append((kid, level + 1, below + branch, below + under))
    return "\n".join(lines)


def describe(unit: Unit, kind: str | None = None) -> str:
    """A unit in one line, for trees and messages; ``kind`` is the name of its kind, if not the id.

    >>> describe(Unit("24", name="Bắc Ninh", code="24", kind="province"))
    'Bắc Ninh [province 24]'
    """
    more = " ".join(dict.fromkeys(t for t in (kind or unit.kind, unit.code) if t))
    where = f" [{more}]" if more else ""
    tail = "" if unit.label == unit.id or unit.id == unit.code else f" ({unit.id})"
    return f"{unit.label}{where}{tail}"
