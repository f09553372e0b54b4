"""How people write the names of units: transformations of register names that know nothing of the matcher.

Each takes a name with the word for its sort before it, as a register writes it, and a source of chance, and gives what
somebody typed, a scan read, or another system stored. They were written from lists in circulation, not from the code.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import orgmodel as om

Spell = Callable[[str, random.Random], str]

SHORT: Mapping[str, tuple[str, ...]] = {
    "Tỉnh": ("T.", "tỉnh", "TỈNH", ""),
    "Thành phố": ("TP.", "TP", "Tp.", "tp", "T.P.", "Thành Phố", ""),
    "Quận": ("Q.", "Q", "q.", "quận"),
    "Huyện": ("H.", "H", "h.", "huyện", ""),
    "Thị xã": ("TX.", "TX", "Tx.", "thị xã", "T.X.", ""),
    "Thị trấn": ("TT.", "TT", "Tt.", "thị trấn", ""),
    "Phường": ("P.", "P", "p.", "phường"),
    "Xã": ("X.", "xã", "XÃ", ""),
    "Đặc khu": ("ĐK.", "đặc khu", ""),
}


def parted(name: str) -> tuple[str, str]:
    """The word for the sort, and the name behind it."""
    word = next((word for word in SHORT if name.startswith(f"{word} ")), "")
    return word, name[len(word) :].strip()


def without_marks(name: str, _: random.Random) -> str:
    """Typed without Vietnamese keys."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")
    return bare.replace("đ", "d").replace("Đ", "D")


def capitals(name: str, _: random.Random) -> str:
    """As in the head of a form."""
    return name.upper()


def small(name: str, _: random.Random) -> str:
    """As in a search box."""
    return name.lower()


def decomposed(name: str, _: random.Random) -> str:
    """As some systems store file names."""
    return unicodedata.normalize("NFD", name)


def shortened(name: str, chance: random.Random) -> str:
    """With an abbreviated word for the sort, or none."""
    word, rest = parted(name)
    if not word:
        return name
    short = chance.choice(SHORT[word])
    if not short and rest.isdigit():
        short = word
    glued = short.endswith(".") and chance.random() < 0.3
    return f"{short}{rest}" if glued else f"{short} {rest}".strip()


# The two ways to place a tone in oa, oe, uy at the end of a syllable.
PLACES = [("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa"), ("oè", "òe"), ("oé", "óe"),
          ("oẻ", "ỏe"), ("oẹ", "ọe"), ("uỳ", "ùy"), ("uý", "úy"), ("uỷ", "ủy"), ("uỹ", "ũy"), ("uỵ", "ụy")]  # fmt: skip


def other_place_of_tone(name: str, _: random.Random) -> str:
    """Hoà for Hòa, Thuỷ for Thủy; and the other way round."""
    for one, other in PLACES:
        for a, b in ((one, other), (other, one)):
            # After q the u is no vowel: the mark of Quý has one place.
            changed = re.sub(rf"(?<![qQ]){a}(?!\w)", b, name)
            if changed != name:
                return changed
    return name


def i_for_y(name: str, _: random.Random) -> str:
    """Mỹ Quí for Mỹ Quý, Lí Nhân for Lý Nhân."""
    table = {"y": "i", "ý": "í", "ỳ": "ì", "ỷ": "ỉ", "ỹ": "ĩ", "ỵ": "ị"}
    return re.sub(r"(?<=[hklmstvHKLMSTVqQ])(u?)([yýỳỷỹỵ])(?!\w)",
                  lambda m: m[0] if m[1] and m.string[m.start() - 1] not in "qQ" else m[1] + table[m[2]], name)  # fmt: skip


def spaces(name: str, chance: random.Random) -> str:
    """With spaces that a copy left: two for one, unbreakable ones, at the ends."""
    return chance.choice((name.replace(" ", "  "), name.replace(" ", "\u00a0"), f" {name}", f"{name} "))


def dashes(name: str, chance: random.Random) -> str:
    """With another dash, or none."""
    return re.sub(r"\s*[-–]\s*", chance.choice((" – ", "-", " ", " - ", "–")), name)


def apostrophes(name: str, chance: random.Random) -> str:
    """With another apostrophe, or none."""
    return re.sub("['’]", chance.choice(("’", "'", "ʼ", "`", "")), name)


def joined(name: str, _: random.Random) -> str:
    """Names of the highlands in one word: Atiêng for A Tiêng."""
    word, rest = parted(name)
    parts = rest.split()
    if len(parts) == 2 and len(parts[0]) <= 2 and not rest[-1].isdigit():
        rest = parts[0] + parts[1].lower()
    return f"{word} {rest}".strip()


def numbered(name: str, chance: random.Random) -> str:
    """Wards with numbers: 04, IV, số 4."""
    word, rest = parted(name)
    if not rest.isdigit():
        return name
    roman = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"]
    forms = [rest.zfill(2), f"số {rest}", *([roman[int(rest)]] if int(rest) < len(roman) else [])]
    return f"{word} {chance.choice(forms)}"


def fewer_marks(name: str, chance: random.Random) -> str:
    """With a mark left out on a letter: Đăk Lăk for Đắk Lắk."""
    places = [i for i, c in enumerate(name) if c in "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữự"]
    if not places:
        return name
    at = chance.choice(places)
    split = unicodedata.normalize("NFD", name[at])
    return name[:at] + unicodedata.normalize("NFC", split[0] + split[1 + chance.randrange(2) :][:1]) + name[at + 1 :]


WAYS: tuple[Spell, ...] = (
    without_marks, capitals, small, decomposed, shortened, other_place_of_tone, i_for_y, spaces, dashes, apostrophes,
    joined, numbered, fewer_marks,
)  # fmt: skip


class Written(NamedTuple):
    """A name as somebody wrote it."""

    text: str
    above: tuple[str, ...]
    unit: str
    kind: str
    how: str


def written(structure: om.Structure, count: int, seed: int) -> Iterator[Written]:
    """Names of a day's provinces, districts and communes, spelt in one or two ways, with what stands above."""
    chance = random.Random(seed)
    units = [unit for unit in structure.units() if unit.kind in ("province", "district", "commune")]
    made = 0
    while made < count:
        unit = chance.choice(units)
        text = full_name(unit)
        ways = chance.sample(WAYS, chance.choice((1, 1, 1, 2, 2, 3)))
        # Marks go last: what else is done looks at them.
        ways.sort(key=lambda way: way in (without_marks, decomposed, capitals))
        said = text
        for way in ways:
            said = way(said, chance)
        if said == text:
            continue
        above = []
        for other in structure.ancestors(unit.id)[:-1]:
            top = full_name(structure.unit(other))
            spelt = chance.choice((shortened, small, without_marks, other_place_of_tone, decomposed))(top, chance)
            above.append(without_marks(spelt, chance) if without_marks in ways else spelt)
        made += 1
        yield Written(said, tuple(above), unit.id, str(unit.kind), "+".join(way.__name__ for way in ways))


def full_name(unit: om.Unit) -> str:
    """The name with the word for its sort, as in an address."""
    name, category = unit.name or "", unit.category or ""
    word = "Thành phố" if category.startswith("thành phố") else category.capitalize()
    return name if parted(name)[0] or not word else f"{word} {name}"
