"""Titles: the words for the sort of unit in a name: ``Tỉnh``, ``TP.``, ``P.``; ``District 1``, ``Hue City``.

Registers and people write them or leave them out. A title that is written must be that of the unit: Xã Mường Tè is not
Thị trấn Mường Tè.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from attrs import frozen

from orgmodel.structure.spelling import Spelling, spelling, tidy

__all__ = [
    "TITLES",
    "Reading",
    "readings",
    "sorts_of",
    "split_above",
]

TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "tỉnh": ("tỉnh", "t", "province"),
    "thành phố": ("thành phố trực thuộc trung ương", "thành phố", "thủ đô", "tp", "t.p", "city"),
    "quận": ("quận", "q", "district", "urban district"),
    "huyện": ("huyện", "h", "district", "rural district"),
    "thị xã": ("thị xã", "tx", "t.x", "town"),
    "thị trấn": ("thị trấn", "tt", "t.t", "town", "township"),
    "phường": ("phường", "p", "ward"),
    "xã": ("xã", "x", "commune"),
    "đặc khu": ("đặc khu", "đk", "special zone"),
}
"""Sort of unit -> its titles, which stand before a name, in English behind it."""

ENGLISH: Final = frozenset(
    {"province", "city", "district", "urban district", "rural district", "town", "township", "ward", "commune"}
) | {"special zone"}
"""Titles that stand behind a name."""
FULL: Final = frozenset(TITLES) | {"thành phố trực thuộc trung ương", "thủ đô"}
"""Titles that are written out and can be nothing else."""
_LONGEST: Final = max(len(text.split()) for texts in TITLES.values() for text in texts)
# "TP.Hồ Chí Minh", "P.4", "Q1": an abbreviation is a word of its own, whatever follows it.
_GLUED: Final = re.compile(r"^(t\.?p|t\.?x|t\.?t|đk|dk|[ptqhx])(?:\.\s*|(?=\d))")


def _by_letters() -> dict[str, dict[str, tuple[Spelling, frozenset[str]]]]:
    """Letters -> text -> its spelling and the sorts that it may stand for."""
    result: dict[str, dict[str, tuple[Spelling, frozenset[str]]]] = {}
    for sort, texts in TITLES.items():
        for text in texts:
            its = spelling(text)
            same = result.setdefault(its.letters, {})
            known = same[text][1] if text in same else frozenset[str]()
            same[text] = its, known | {sort}
    return result


_BY_LETTERS: Final = _by_letters()


@frozen
class Reading:
    """One way to read a text: as a name, or as a word for the sort of unit and a name.

    Attributes:
        name: the name.
        sorts: the sorts of unit that the title may mean; empty without a title.
        full: whether it certainly is a title: written out in Vietnamese, or with a point.
    """

    name: Spelling
    sorts: frozenset[str] = frozenset()
    full: bool = False


def _title(words: str) -> tuple[frozenset[str], bool]:
    """The sorts that words mean (none if they are no title), and whether the title is written out."""
    written = spelling(words)
    sorts: frozenset[str] = frozenset()
    full = False
    for text, (title, of) in _BY_LETTERS.get(written.letters, {}).items():
        # Letters alone are not enough: Xà Bang is a name, and no commune called Bang.
        if written == title or written.is_unmarked or written.leaves_out_marks_of(title):
            sorts |= of
            full = full or text in FULL
    return sorts, full


@lru_cache(maxsize=65_536)
def readings(text: str) -> tuple[Reading, ...]:
    """All readings of a text; the whole text as a name comes first.

    >>> [(reading.name.words, sorted(reading.sorts)) for reading in readings("TP. Hồ Chí Minh")]
    [('tp ho chi minh', []), ('ho chi minh', ['thành phố'])]
    >>> [(reading.name.words, sorted(reading.sorts)) for reading in readings("Xà Bang")]
    [('xa bang', [])]
    """
    spelled = spelling(text)
    result = [Reading(spelled)] if spelled.letters else []
    tidied = tidy(text)
    words = _GLUED.sub(r"\1 ", tidied).split()
    # "TP. Huế" is as clear as "Thành phố Huế"; the first letter of "T Nưng" may be part of a name.
    clear = bool(_GLUED.match(tidied)) or words[:1] in (["tp"], ["tx"], ["tt"], ["đk"])
    for count in range(1, min(_LONGEST, len(words) - 1) + 1):
        sorts, full = _title(" ".join(words[:count]))
        if sorts:
            result.append(
                Reading(spelling(" ".join(words[count:]).removeprefix("số ")), sorts, full or (count == 1 and clear))
            )
        behind = " ".join(words[-count:])
        if behind in ENGLISH:
            result.append(Reading(spelling(" ".join(words[:-count])), _title(behind)[0]))
    return tuple(result)


@lru_cache(maxsize=4096)
def sorts_of(text: str | None) -> frozenset[str]:
    """The sorts of unit that a category or kind means; none if the word is not known here.

    >>> sorted(sorts_of("thành phố trực thuộc trung ương")), sorted(sorts_of("district")), sorted(sorts_of("cell"))
    (['thành phố'], ['huyện', 'quận'], [])
    """
    return frozenset() if not text else _title(text)[0]


_APART: Final = re.compile(r"\s*(?:[,;()\[\]\n]|\bthuộc\b)\s*", re.IGNORECASE)
_DASHED: Final = re.compile(r"\s+[-\u2010-\u2015/]\s+")
# Units above, without any sign before them: "Xã Tân Lập huyện Vũ Thư tỉnh Thái Bình".
_RUN_ON: Final = re.compile(
    r"\s+(?=(?:huyện|huyen|quận|quan|tỉnh|tinh|thành phố|thanh pho|thị xã|thi xa|tp\.?|tx\.?|[hqt]\.)\s)", re.IGNORECASE
)

# Lists made after a reform mark the units of before, "Tỉnh Hà Giang (cũ)", "xã Tân Lập trước đây", and those of now,
# "Bắc Ninh (mới)". Without brackets "mới" belongs to a name: Xã Đông Mới.
_OLD_OR_NEW: Final = re.compile(
    r"\s*(?:[(\[]\s*(?:cũ|mới|trước đây|hiện nay|former|old|new)\s*[)\]]|\b(?:cũ|trước đây))(?=\s*(?:,|$))",
    re.IGNORECASE,
)


def split_above(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """All readings of a text as a name and the names of units above; the whole text as a name comes first.

    >>> list(split_above("Phường 3 (thành phố Tây Ninh)"))[1:]
    [('Phường 3', ('thành phố Tây Ninh',))]
    >>> list(split_above("Bà Rịa - Vũng Tàu"))
    [('Bà Rịa - Vũng Tàu', ())]
    >>> list(split_above("Tỉnh Hà Giang (cũ)"))
    [('Tỉnh Hà Giang (cũ)', ()), ('Tỉnh Hà Giang', ())]
    """
    yield text, ()
    bare = _OLD_OR_NEW.sub("", text)
    # Xã Cũ is a name: a title alone names nothing.
    if bare and bare != text and not sorts_of(bare):
        yield from split_above(bare)
        return
    yielded: set[tuple[str, ...]] = {(text,)}
    for pattern in (_APART, _DASHED, _RUN_ON):
        parts = tuple(part for part in pattern.split(text) if part)
        if any(sorts_of(part) for part in parts):
            # Huyện Quan Hóa is one name: no part may be a title alone.
            continue
        # Names have dashes as well: a dash separates units only if a title follows it.
        titled = pattern is not _DASHED or all(len(readings(part)) > 1 for part in parts[1:])
        if len(parts) > 1 and titled and parts not in yielded:
            yielded.add(parts)
            yield parts[0], parts[1:]
