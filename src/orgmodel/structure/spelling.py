"""Spellings of Vietnamese names: when two texts are one name, and when they are two.

Names are compared in three layers: the letters; the marks that turn one letter into another (``ă``, ``ơ``, ``đ``); and
the tones, one per syllable. So it does not matter on which letter a tone mark stands (``hoà``, ``hòa``), whether the
text is composed, or which dash or apostrophe it has. Missing marks differ from other marks: ``Dak Lak`` may be Đắk Lắk,
``hạ nội`` is not Hà Nội.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from attrs import frozen

__all__ = [
    "Spelling",
    "number_of",
    "plain",
    "same_sound",
    "spelling",
    "tidy",
]

_TONES: Final = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
"""The tone marks, with the letters of the Telex typing method for them."""
_BARRED: Final = str.maketrans({"đ": "d\u0335", "ð": "d\u0335"})
_DASHES: Final = re.compile(r"[-\u2010-\u2015\u2212_/·]+")
# The signs that registers use as an apostrophe in names of the highlands: M'nông, Ch’ơm, Trʼhy.
_APOSTROPHES: Final = re.compile("['\u2018\u2019\u201b\u02bc\u02b9\u0060\u00b4\u2032]+")
_ROMAN: Final = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_UNSEEN: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


@frozen
class Spelling:
    """The parts of a text.

    Attributes:
        letters: the letters without marks, case, spaces, dashes and apostrophes.
        marks: the mark of each letter, ``-`` for none.
        tones: the tones in order, one for each syllable that has one.
        words: the letters with spaces between words.

    >>> spelling("Thừa Thiên – Huế") == spelling("thưà thiên-huế"), spelling("Hoà") == spelling("HO\u0300A")
    (True, True)
    """

    letters: str
    marks: str
    tones: str
    words: str

    @property
    def is_unmarked(self) -> bool:
        """Whether it has no marks at all: then it may be any name with these letters.

        >>> spelling("Ha Noi").is_unmarked, spelling("Hà Noi").is_unmarked
        (True, False)
        """
        return not self.tones and not self.marks.strip("-")

    def leaves_out_marks_of(self, name: Spelling) -> bool:
        """Whether all its marks agree with those of a name with the same letters; the name may have more.

        >>> name = spelling("Đắk Lắk")
        >>> [spelling(text).leaves_out_marks_of(name) for text in ("Đăk Lăk", "Dak Lak", "Đặk Lắk")]
        [True, True, False]
        """
        if len(self.marks) != len(name.marks):
            return False
        if any(mine not in ("-", theirs) for mine, theirs in zip(self.marks, name.marks, strict=True)):
            return False
        # `in` consumes the iterator: the tones must be a subsequence.
        tones = iter(name.tones)
        return all(tone in tones for tone in self.tones)


@lru_cache(maxsize=16_384)
def _word(word: str) -> tuple[str, str, str]:
    """Letters, marks and tone of a word without spaces."""
    letters: list[str] = []
    marks: list[str] = []
    tone = ""
    for sign in unicodedata.normalize("NFD", word.translate(_BARRED)):
        if sign in _TONES:
            tone += _TONES[sign]
        elif unicodedata.combining(sign):
            if marks:
                marks[-1] = sign if marks[-1] == "-" else marks[-1] + sign
        else:
            letters.append(sign)
            marks.append("-")
    # No Vietnamese letter has two marks; if one has, they become one sign, so that marks and letters stay in step.
    return "".join(letters), "".join(m if len(m) == 1 else chr(0xE000 + sum(map(ord, m)) % 4096) for m in marks), tone


def tidy(text: str) -> str:
    """The text in lower case, composed, with single spaces, without dashes and apostrophes.

    >>> tidy("  Thừa Thiên –  HUẾ "), tidy("Cư Dliê M’nông")
    ('thừa thiên huế', 'cư dliê mnông')
    """
    # Lower case, not case folding: the search in exported pages runs in JavaScript, which has no folding.
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).lower()
    return " ".join(_DASHES.sub(" ", _APOSTROPHES.sub("", text)).split())


@lru_cache(maxsize=65_536)
def spelling(text: str) -> Spelling:
    """The letters, marks and tones of a text."""
    words, marks, tones = [], [], []
    for word in tidy(text).split():
        letters, signs, tone = _word(word.strip(".,:"))
        if letters:
            words.append(letters)
            marks.append(signs)
            tones.append(tone)
    return Spelling("".join(words), "".join(marks), "".join(tones), " ".join(words))


_SAME_SOUND: Final = (
    # Kan, Can; Đắk, Đắc. But not the h of Khánh, which is another letter than that of Chánh.
    (re.compile(r"k(?!h)"), "c"),
    # Quý, Quí; Lý, Lí. But not after another vowel: Thúy is not Thúi, Hay is not Hai.
    (re.compile(r"(?<![aeiou])y|(?<=qu)y"), "i"),
)


@lru_cache(maxsize=65_536)
def same_sound(letters: str) -> str:
    """The letters with one spelling for letters that are written either way: i and y, c and k.

    >>> same_sound("quy"), same_sound("dac") == same_sound("dak"), same_sound("khanh") == same_sound("chanh")
    ('qui', True, False)
    """
    for either, same in _SAME_SOUND:
        letters = either.sub(same, letters)
    return letters


def number_of(letters: str) -> str | None:
    """The decimal digits of a name that is a number, also a Roman one or one with leading zeros; else None.

    >>> number_of("iv"), number_of("04"), number_of("14"), number_of("vinh")
    ('4', '4', '14', None)
    """
    if letters.isascii() and letters.isdigit():
        return letters.lstrip("0") or "0"
    roman = _ROMAN.fullmatch(letters)
    if not letters or roman is None:
        return None
    tens, units = roman.groups()
    value = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}[units]
    return str(10 * len(tens) + value)


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """The text without marks and case, for comparing.

    >>> plain("Đặc khu Phú Quốc")
    'dac khu phu quoc'
    """
    split = unicodedata.normalize("NFD", text.casefold().translate(_BARRED))
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())
