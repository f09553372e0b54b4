"""Names as people type them: with or without Vietnamese marks, in any case."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_BARRED = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """The text without marks and case, for comparing.

    >>> plain("Đặc khu Phú Quốc")
    'dac khu phu quoc'
    """
    split = unicodedata.normalize("NFD", text.translate(_BARRED))
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).casefold().split())


def same_text(query: str, name: str) -> bool:
    """Whether a query means a name: equal with its marks, or, if it bears none, without them.

    >>> same_text("ha noi", "Hà Nội"), same_text("hà nội", "Hà Nội"), same_text("hạ nội", "Hà Nội")
    (True, True, False)
    """
    query = " ".join(unicodedata.normalize("NFC", query).casefold().split())
    if query == name.casefold():
        return True
    return query == plain(query) and query == plain(name)
