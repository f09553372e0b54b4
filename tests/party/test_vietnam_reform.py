"""The reform of 2025 and the provinces since 1976, replayed: the published results come out of general code.

What is expected is written here, or counted from the tables by plain loops that share
nothing with the loader.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.errors import Refused, UnitEnded
from orgmodel.history.history import History
from orgmodel.model.cluster import Absent
from orgmodel.party import kinds, vietnam, vietnam_acts
from orgmodel.structure.structure import Structure

BEFORE, AFTER = "2025-06-30", "2025-07-01"
PROVINCES = "202/2025/QH15"
DISTRICTS = "203/2025/QH15"

CLUSTER_1 = {
    "before": "Hà Nội|Vĩnh Phúc|Phú Thọ|Hòa Bình|Yên Bái|Lào Cai|Lai Châu|Sơn La|Điện Biên|Tuyên Quang|Hà Giang|Cao Bằng"
    "|Bắc Kạn|Thái Nguyên",
    "after": "Hà Nội|Thái Nguyên|Tuyên Quang|Cao Bằng|Sơn La|Điện Biên|Lai Châu|Lào Cai|Phú Thọ",
}
CLUSTER_2 = {
    "before": "Lạng Sơn|Quảng Ninh|Bắc Giang|Bắc Ninh|Hải Dương|Hải Phòng|Hưng Yên|Thái Bình|Hà Nam|Nam Định|Ninh Bình"
    "|Thanh Hóa|Nghệ An|Hà Tĩnh",
    "after": "Lạng Sơn|Quảng Ninh|Hải Phòng|Hưng Yên|Bắc Ninh|Ninh Bình|Thanh Hóa|Nghệ An|Hà Tĩnh",
}


@pytest.fixture(scope="module")
def provinces() -> History:
    return vietnam.province_history()


def province_of(structure: Structure, agency: str) -> str:
    """Name of the province whose commission it is."""
    parent = structure.parent(agency)
    assert parent is not None
    name = structure.unit(parent).name
    assert name is not None
    return name


def successions(act: Act) -> list[Succession]:
    return [event for event in act.events if isinstance(event, Succession)]


class TestCounts:
    def test_units_by_kind(self, before: Structure, after: Structure) -> None:
        """63 -> 34 provinces, 696 -> 0 districts, 10,035 -> 3,321 communes, a commission for each province."""
        assert before.counts() == {"centre": 1, "province": 63, "district": 696, "commune": 10_035, "agency": 63}
        assert after.counts() == {"centre": 1, "province": 34, "commune": 3_321, "agency": 34}

    def test_categories_of_communes(self, before: Structure, after: Structure) -> None:
        words = "xã", "phường", "thị trấn", "đặc khu"
        assert [before.count(kind="commune", category=word) for word in words] == [7_692, 1_726, 617, 0]
        assert [after.count(kind="commune", category=word) for word in words] == [2_621, 687, 0, 13]

    def test_categories_of_provinces(self, before: Structure, after: Structure) -> None:
        city = "thành phố trực thuộc trung ương"
        assert [s.count(kind="province", category=city) for s in (before, after)] == [6, 6]
        assert [s.count(kind="province", category="tỉnh") for s in (before, after)] == [57, 28]

    def test_communes_of_each_province(self, before: Structure, after: Structure) -> None:
        """Every province has the communes that the tables count for it; Hà Nội 526 -> 126 is the largest cut."""
        for structure, table in ((before, "provinces_2024"), (after, "provinces_2025")):
            for row in vietnam.table(table):
                province = structure.one(code=row["code"], kind="province")
                assert structure.count(kind="commune", under=province.id) == int(row["n_communes"])
        became = {row["old_name"]: row["new_name"] for row in vietnam.table("province_succession")}
        old = {row["name"]: int(row["n_communes"]) for row in vietnam.table("provinces_2024")}
        lost = Counter({new: sum(n for name, n in old.items() if became[name] == new) for new in became.values()})
        lost.subtract({row["name"]: int(row["n_communes"]) for row in vietnam.table("provinces_2025")})
        assert lost.most_common(1) == [("Thành phố Hà Nội", 400)]
        assert before.count(kind="commune", under=before.one("Hà Nội", kind="province").id) == 526
        assert after.count(kind="commune", under=after.one("Hà Nội", kind="province").id) == 126

    def test_first_days(self, history: History) -> None:
        """Districts and communes are known from 2025-03-01 on, which is not the day they were founded."""
        assert history.first_day == dt.date(2024, 1, 1)
        assert history.at("2025-02-28").counts() == {"centre": 1, "province": 63, "agency": 63}
        assert history.at("2025-03-01").count("commune") == 10_035
        baseline = history.act("vn-2025-03-01")
        assert len(baseline.events) == 696 + 10_035
        assert all(isinstance(event, Creation) and event.first_known for event in baseline.events)
        assert "first known, not founded" in baseline.source.note

    def test_communes_stand_right_under_their_provinces(self, before: Structure, after: Structure) -> None:
        """Four levels on 2025-06-30, three on 2025-07-01."""
        for structure, above in ((before, "district"), (after, "province")):
            parents = {structure.unit(structure.unit(c).parent or "").kind for c in structure.select(kind="commune")}
            assert parents == {above}


class TestActs:
    def test_the_acts_of_the_day_and_their_own_days(self, history: History) -> None:
        """The provinces, 34 resolutions on communes, the end of the districts; each with the days of its source."""
        acts = [act for act in history.acts if act.effective == dt.date(2025, 7, 1)]
        resolutions = [f"{number}/NQ-UBTVQH15" for number in range(1_654, 1_688)]
        assert [act.source.number for act in acts] == [PROVINCES, *resolutions, DISTRICTS]
        assert {(a.source.decided, a.source.in_force) for a in acts[:1]} == {
            (dt.date(2025, 6, 12), dt.date(2025, 6, 12))
        }
        assert {(a.source.decided, a.source.in_force) for a in acts[1:]} == {
            (dt.date(2025, 6, 16), dt.date(2025, 6, 16))
        }
        assert all(act.source.issuer and act.source.title and act.source.certainty for act in acts)

    def test_every_other_act_says_where_it_is_from(self, history: History) -> None:
        assert [act.id for act in history.acts if not (act.source.title or act.source.number)] == []

    def test_23_mergers_each_with_its_commissions(self, history: History) -> None:
        """17 of two and 6 of three provinces; the organisation commissions merge as counterparts in the same act."""
        events = successions(history.act(PROVINCES))
        assert {event.type for event in events} == {"merger"}
        merged = [event for event in events if event.created[0].kind == "province"]
        commissions = [event for event in events if event.created[0].kind == "agency"]
        assert Counter(len(event.olds) for event in merged) == {2: 17, 3: 6}
        assert Counter(len(event.olds) for event in commissions) == {2: 17, 3: 6}
        assert [event.created[0].parent for event in commissions] == [event.created[0].id for event in merged]

    def test_order_within_the_day(self, history: History) -> None:
        """After the provinces have merged their districts stand under the new ones, and communes still under districts."""
        last = len(history.act(PROVINCES).events) - 1
        between = history.at(after=(PROVINCES, last))
        assert between.counts() == {"centre": 1, "province": 34, "district": 696, "commune": 10_035, "agency": 34}
        assert between.parent("vn-d-213") == "vn-p-24-2025"
        (resolution,) = (row["commune_resolution"] for row in vietnam.table("provinces_2025") if row["code"] == "96")
        last = len(history.act(resolution).events) - 1
        assert history.at(after=(resolution, last)).count("district") == 696

    def test_the_end_of_the_district_level_closes_what_has_no_successor(self, history: History) -> None:
        """691 districts end without a successor; the five islands became communes."""
        closed = [event.subject for event in history.act(DISTRICTS).events if isinstance(event, Closure)]
        assert len(closed) == len(history.act(DISTRICTS).events) == 691
        assert not history.lineage.successors("vn-d-001")

    def test_one_event_per_connected_group(self, history: History) -> None:
        """Counted over the table by a plain walk; the largest is 283 -> 75, inside Hà Nội."""
        near: dict[str, set[str]] = defaultdict(set)
        for row in vietnam.table("commune_succession"):
            near["old " + row["old_code"]].add("new " + row["new_code"])
            near["new " + row["new_code"]].add("old " + row["old_code"])
        seen: set[str] = set()
        sizes: Counter[tuple[int, int]] = Counter()
        for node in near:
            if node in seen:
                continue
            group, waiting = {node}, [node]
            while waiting:
                for other in near[waiting.pop()] - group:
                    group.add(other)
                    waiting.append(other)
            seen |= group
            olds = sum(name.startswith("old") for name in group)
            sizes[olds, len(group) - olds] += 1
        sizes[1, 1] -= 132  # these go on: nothing became anything
        found: Counter[tuple[int, int]] = Counter()
        for number in range(1_654, 1_688):
            for event in successions(history.act(f"{number}/NQ-UBTVQH15")):
                found[len(event.olds), len(event.news)] += 1
        assert found == +sizes
        largest = max(successions(history.act("1656/NQ-UBTVQH15")), key=lambda event: len(event.olds))
        assert (len(largest.olds), len(largest.news), largest.type) == (283, 75, "reorganisation")
        assert max(found) == (283, 75)

    def test_a_district_becomes_a_commune_only_where_it_was_asked_for(self, history: History) -> None:
        acts = [history.act(f"{number}/NQ-UBTVQH15") for number in range(1_654, 1_688)]
        crossing = [event for act in acts for event in successions(act) if event.cross_kind]
        assert {(event.type, *event.olds) for event in crossing} == {
            ("replacement", f"vn-d-{code}") for code in ("318", "471", "498", "536", "755")
        }
        assert {event.created[0].category for event in crossing} == {"đặc khu"}


class TestIdentity:
    def test_11_provinces_go_on(self, history: History, before: Structure, after: Structure) -> None:
        went_on = set(before.select(kind="province")) & set(after.select(kind="province"))
        assert {after.unit(unit).name for unit in went_on} == {
            *("Hà Nội", "Huế", "Cao Bằng", "Điện Biên", "Lai Châu", "Sơn La"),
            *("Lạng Sơn", "Quảng Ninh", "Thanh Hóa", "Nghệ An", "Hà Tĩnh"),
        }
        for unit in went_on:
            assert not history.lineage.links(old=unit)
            assert before.unit(unit) == after.unit(unit)

    def test_a_new_province_is_new_even_under_an_old_name_and_code(self, before: Structure, after: Structure) -> None:
        old, new = (s.one("Bắc Ninh", kind="province") for s in (before, after))
        assert (old.id, old.code) == ("vn-p-27", "27")
        assert (new.id, new.code) == ("vn-p-24-2025", "24")
        assert before.one(code="24", kind="province").name == "Bắc Giang"

    def test_an_giang_bears_the_code_of_kien_giang(self, before: Structure, after: Structure) -> None:
        assert (before.one("An Giang", kind="province").code, after.one("An Giang", kind="province").code) == (
            "89",
            "91",
        )

    def test_132_communes_go_on(self, history: History, before: Structure, after: Structure) -> None:
        """One-to-one with the code kept; 121 of them under the same name."""
        went_on = set(before.select(kind="commune")) & set(after.select(kind="commune"))
        assert len(went_on) == 132
        assert all(before.unit(unit).code == after.unit(unit).code for unit in went_on)
        assert sum(before.unit(unit).name == after.unit(unit).name for unit in went_on) == 121
        assert not [unit for unit in went_on if history.lineage.links(old=unit) or history.lineage.links(new=unit)]

    def test_a_commune_that_goes_on_tells_what_changed(self, history: History) -> None:
        """Thổ Châu, a xã, is a đặc khu afterwards: the same unit, called otherwise."""
        facts = [
            (fact.track, fact.value, fact.start.isoformat(), fact.act.source.label)
            for fact in history.biography("vn-c-31105")
            if fact.start == dt.date(2025, 7, 1)
        ]
        assert facts == [
            ("name", "Đặc khu Thổ Châu", AFTER, "1654/NQ-UBTVQH15"),
            ("category", "đặc khu", AFTER, "1654/NQ-UBTVQH15"),
            ("parent", "vn-p-91-2025", AFTER, "1654/NQ-UBTVQH15"),
        ]

    def test_the_ended_name_their_successors(self, after: Structure) -> None:
        with pytest.raises(UnitEnded, match="vn-p-24-2025"):
            after.unit("vn-p-27")

    def test_no_id_is_used_twice(self, history: History) -> None:
        made = [event.what.id for act in history.acts for event in act.events if isinstance(event, Creation)] + [
            unit.id for act in history.acts for event in successions(act) for unit in event.created
        ]
        assert len(set(made)) == len(made)

    def test_the_two_histories_agree_on_ids(self, history: History, provinces: History) -> None:
        for day in ("2024-01-01", BEFORE, AFTER):
            assert {u.id: u for u in provinces.at(day).units(kind="province")} == {
                u.id: u for u in history.at(day).units(kind="province")
            }


class TestSuccession:
    def test_links_are_those_of_the_table(self, history: History) -> None:
        """Every pair of the table is a link with its extent, or the unit goes on; no other link is there."""
        table = {}
        dominant = {}
        for row in vietnam.table("commune_succession"):
            table[row["old_code"], row["new_code"]] = row["extent"]
            if row["extent"] == "part" and row["dominant"] == "1":
                dominant[row["old_code"]] = row["new_code"]
        links = [link for link in history.lineage.links() if link.new.startswith("vn-c-")]
        found = {(link.old.split("-")[2], link.new.split("-")[2]): link for link in links}
        assert len(found) == len(links) == 10_573 - 132
        alone = {pair for pair in table if pair not in found}
        assert all(old == new for old, new in alone)
        assert {pair: link.extent for pair, link in found.items()} == {p: e for p, e in table.items() if p not in alone}
        assert {link.old.split("-")[2]: link.new.split("-")[2] for link in links if link.dominant} == dominant
        assert all(bool(link.dominant_by) == link.dominant for link in links)
        assert {link.shares for link in links} == {()}

    def test_whole_and_divided(self, history: History) -> None:
        """10,040 old units: 9,598 whole, of which 132 go on, and 442 divided into 975 parts."""
        parts: Counter[str] = Counter()
        whole = set()
        for link in history.lineage.links():
            if link.new.startswith("vn-c-"):
                if link.extent == "whole":
                    whole.add(link.old)
                else:
                    parts[link.old] += 1
        assert (len(whole) + 132, len(parts), sum(parts.values())) == (9_598, 442, 975)

    def test_who_says_which_part_is_dominant(self, history: History) -> None:
        said = {link.dominant_by for link in history.lineage.links() if link.dominant}
        assert "vietnamadminunits 1.0.4, vn-address-converter 0.1.3" in said
        assert all(
            name.split()[0] in {r["distribution"] for r in vietnam.table("sources")}
            for by in said
            for name in by.split(", ")
        )

    def test_no_new_commune_from_two_old_provinces(self, history: History, before: Structure, after: Structure) -> None:
        for commune in after.select(kind="commune"):
            olds = history.lineage.predecessors(commune, direct=True)
            assert len({before.path(old)[1] for old in olds}) <= 1

    def test_every_old_commune_has_a_successor_that_lives(
        self, history: History, before: Structure, after: Structure
    ) -> None:
        communes = set(after.select(kind="commune"))
        for old in before.select(kind="commune"):
            successors = history.lineage.successors(old, on=AFTER)
            assert set(successors) <= communes
            assert successors or old in communes


class TestClusters:
    @pytest.mark.parametrize(("cluster", "names"), [("cluster-1", CLUSTER_1), ("cluster-2", CLUSTER_2)])
    def test_members(
        self, history: History, before: Structure, after: Structure, cluster: str, names: Mapping[str, str]
    ) -> None:
        """14 -> 9 each; the nine of after are not read from the data but follow from the mergers."""
        for structure, key, size in (
            (history.at("2024-01-01"), "before", 14),
            (before, "before", 14),
            (after, "after", 9),
        ):
            members = structure.members(cluster)
            assert {province_of(structure, unit) for unit in members} == set(names[key].split("|"))
            assert len(members) == size

    @pytest.mark.parametrize("cluster", ["cluster-1", "cluster-2"])
    def test_the_derived_members_are_the_listed_ones(self, after: Structure, cluster: str) -> None:
        """The table lists the nine of 2025 from newspapers; the history derives them."""
        listed = {
            vietnam_acts.commission_of(row)
            for row in vietnam.table("clusters")
            if (vietnam_acts.cluster_id(row), row["role"], row["code_list"]) == (cluster, "member", "2025")
        }
        assert set(after.members(cluster)) == listed

    def test_they_leave_16_provinces_outside(self, before: Structure, after: Structure) -> None:
        for structure, inside, outside in ((before, 28, 35), (after, 18, 16)):
            of = [structure.cluster_of(unit, "emulation") for unit in structure.select(kind="agency")]
            assert (sum(c is not None for c in of), of.count(None)) == (inside, outside)

    def test_leaders_and_deputies_of_cluster_1(self, history: History) -> None:
        """2024: Hà Nội leads, Sơn La, Phú Thọ and Hà Giang are deputies. In 2025 Phú Thọ, from the day it was seen."""
        for day in ("2024-01-01", "2024-12-31"):
            structure = history.at(day)
            leader = structure.leader("cluster-1")
            assert isinstance(leader, str)
            assert province_of(structure, leader) == "Hà Nội"
            assert [province_of(structure, unit) for unit in structure.deputies("cluster-1")] == [
                "Sơn La",
                "Phú Thọ",
                "Hà Giang",
            ]
        for day in ("2025-01-01", BEFORE, AFTER, "2025-12-04", "2026-01-01"):
            assert (history.at(day).leader("cluster-1"), history.at(day).deputies("cluster-1")) == (Absent.UNKNOWN, ())
        for day in ("2025-12-05", "2025-12-31"):
            assert history.at(day).leader("cluster-1") == "vn-p-25-2025-btc"

    def test_leaders_of_cluster_2(self, history: History) -> None:
        """Thanh Hóa in 2025, Hưng Yên in 2026; before and after it is unknown, which is not vacant."""
        seen = {day: history.at(day).leader("cluster-2") for day in ("2024-12-31", "2025-01-01", "2025-12-31")}
        seen |= {day: history.at(day).leader("cluster-2") for day in ("2026-01-01", "2026-12-31", "2027-01-01")}
        assert list(seen.values()) == [
            Absent.UNKNOWN,
            "vn-p-38-btc",
            "vn-p-38-btc",
            "vn-p-33-2025-btc",
            "vn-p-33-2025-btc",
            Absent.UNKNOWN,
        ]
        assert history.at("2026-01-01").unit("vn-p-33-2025-btc").name == "Ban Tổ chức Tỉnh ủy Hưng Yên"

    def test_ha_giang_a_deputy_of_2024_is_tuyen_quang_after(self, history: History, after: Structure) -> None:
        (successor,) = history.lineage.successors("vn-p-02-btc", on=AFTER)
        assert after.unit(successor).name == "Ban Tổ chức Tỉnh ủy Tuyên Quang"
        assert successor in after.members("cluster-1")

    def test_cluster_changes(self, history: History) -> None:
        """Of the 14 of each cluster five go on and nine merge into four."""
        changes = history.cluster_changes(BEFORE, AFTER)
        for cluster, retained, merged in (("cluster-1", 5, 4), ("cluster-2", 5, 4)):
            change = changes.of(cluster)
            assert (change.size_before, change.size_after) == (14, 9)
            assert [len(change.of(what)) for what in ("retained", "merged within")] == [retained, merged]
            assert len(change.entries) == 9
            assert {act.id for entry in change.of("merged within") for act in entry.acts} == {PROVINCES}
            assert not change.lapsed  # no role of cluster 1 is known on the day, and cluster 2's leader goes on

    def test_roles_of_2024_that_lapsed(self, history: History) -> None:
        """Two of the three deputies of cluster 1 in 2024 were merged away; each is told with its successor."""
        change = history.cluster_changes("2024-12-31", AFTER).of("cluster-1")
        assert {(office.role, office.unit, office.successors) for office in change.lapsed} == {
            ("deputy", "vn-p-02-btc", ("vn-p-08-2025-btc",)),
            ("deputy", "vn-p-25-btc", ("vn-p-25-2025-btc",)),
        }


class TestSameByOperations:
    """What the data build as events is what the library's own operations make of the same decision."""

    def test_the_mergers_of_provinces(self, history: History) -> None:
        """The same parents, members and lineage; only the ids and names of the new commissions are the operation's."""
        eve = History(history.schema, history.measures).enact(
            *(act for act in history.acts if act.effective < dt.date(2025, 7, 1))
        )
        draft = eve.draft(AFTER)
        made = [event for event in successions(history.act(PROVINCES)) if event.created[0].kind == "province"]
        commission = {}
        for event in made:
            (new,) = event.created
            draft.merge(event.olds, into=new)
            ((commission[f"{new.id}-btc"],)) = draft.structure.children(new.id, kind="agency")
        by_operations = draft.structure
        by_data = history.at(after=(PROVINCES, len(history.act(PROVINCES).events) - 1))
        assert by_operations.counts() == by_data.counts()
        for unit in by_data:
            parent = by_data.parent(unit)
            assert by_operations.parent(commission.get(unit, unit)) == parent
        for cluster in ("cluster-1", "cluster-2"):
            assert set(by_operations.members(cluster)) == {commission.get(u, u) for u in by_data.members(cluster)}

    def test_the_end_of_the_district_level(self, history: History) -> None:
        """Abolishing the level after the communes closes the same 691 districts and moves nobody."""
        resolution = "1687/NQ-UBTVQH15"
        eve = History(history.schema, history.measures).enact(
            *(act for act in history.acts if act.effective < dt.date(2025, 7, 1))
        )
        draft = eve.draft(AFTER)
        for act in history.acts:
            if act.effective == dt.date(2025, 7, 1) and act.id != DISTRICTS:
                draft.add(*act.events)
        there = history.at(after=(resolution, len(history.act(resolution).events) - 1))
        assert draft.structure.counts() == there.counts()
        draft.abolish_level("district")
        closed = [event for event in draft.act.events if isinstance(event, Closure)]
        assert {event.subject for event in closed} == {
            event.subject for event in history.act(DISTRICTS).events if isinstance(event, Closure)
        }
        assert draft.structure.facts() == history.at(AFTER).facts()


class TestCorrespondence:
    def test_of_the_communes(self, history: History) -> None:
        """10,040 old units, 9,598 whole and 442 divided, 3,321 new ones, 10,573 rows, all of them facts."""
        found = history.correspondence(BEFORE, AFTER, kind="commune")
        assert (len(found.olds), len(found.news), len(found)) == (10_040, 3_321, 10_573)
        assert (len(found.whole), len(found.divided), found.exact) == (9_598, 442, True)
        assert not found.unmapped
        named = {r["old_code"]: r["new_code"] for r in vietnam.table("commune_succession") if r["dominant"] == "1"}
        dominant = {old.split("-")[2]: found.dominant(old) for old in found.olds}
        assert {old: (new or "").split("-")[2] for old, new in dominant.items()} == named

    def test_of_the_provinces(self, history: History) -> None:
        found = history.correspondence("2024-12-31", AFTER, kind="province")
        assert {(row.old.split("-")[2], row.new.split("-")[2]) for row in found} == {
            (row["old_code"], row["new_code"]) for row in vietnam.table("province_succession")
        }


class TestCityOf2025:
    def test_a_province_becomes_a_city_and_its_commission_follows(self, history: History) -> None:
        """Thừa Thiên Huế until 2024-12-31, Huế from 2025-01-01 on: the same unit under the same code."""
        old, new = history.at("2024-12-31").unit("vn-p-46"), history.at("2025-01-01").unit("vn-p-46")
        assert (old.name, old.category, old.code) == ("Thừa Thiên Huế", "tỉnh", "46")
        assert (new.name, new.category, new.code) == ("Huế", "thành phố trực thuộc trung ương", "46")
        names = [history.at(day).unit("vn-p-46-btc").name for day in ("2024-12-31", "2025-01-01")]
        assert names == ["Ban Tổ chức Tỉnh ủy Thừa Thiên Huế", "Ban Tổ chức Thành ủy Huế"]
        assert history.act("175/2024/QH15").source.certainty == "partly memory"


class TestChangesOf2026:
    def test_they_are_left_out_unless_asked_for(self, history: History) -> None:
        assert history.last_day == dt.date(2026, 1, 1)
        assert history.at("2026-12-31").count(kind="province", category="tỉnh") == 28

    def test_they_count_from_the_day_of_the_decision(self) -> None:
        """3 provinces become cities, 22 xã become phường; the source says that the day is assumed."""
        history = vietnam.reform_2025("decided_day")
        start, end = history.at("2026-01-01"), history.at("2026-12-31")
        assert [s.count(kind="province", category="tỉnh") for s in (start, end)] == [28, 25]
        assert [s.count(kind="commune", category="phường") for s in (start, end)] == [687, 709]
        assert [s.count(kind="commune", category="xã") for s in (start, end)] == [2_621, 2_599]
        assert end.unit("vn-c-07294-2025").name == "Phường Bố Hạ"
        assert history.at("2026-08-03").unit("vn-c-07294-2025").name == "Xã Bố Hạ"
        assert end.unit("vn-p-24-2025-btc").name == "Ban Tổ chức Thành ủy Bắc Ninh"
        later = [act for act in history.acts if act.effective > dt.date(2026, 1, 1)]
        assert [(act.id, act.effective.isoformat()) for act in later] == [
            ("237/NQ-UBTVQH16", "2026-04-14"),
            ("30/2026/QH16", "2026-04-24"),
            ("388/NQ-UBTVQH16", "2026-08-04"),
            ("36/2026/QH16", "2026-08-24"),
            ("39/2026/QH16", "2026-08-24"),
        ]
        assert all("assumed" in act.source.note and act.source.decided == act.effective for act in later)
        assert {act.source.issuer for act in later} == {"Quốc hội", "Ủy ban Thường vụ Quốc hội"}

    @pytest.mark.parametrize("make", [vietnam.reform_2025, vietnam.province_history])
    def test_another_word_is_refused(self, make: object) -> None:
        with pytest.raises(Refused, match="'yes' is none of 'omit', 'decided_day'"):
            make("yes")  # type: ignore[operator]


class TestProvincesSince1976:
    def test_the_chain_of_counts(self, provinces: History) -> None:
        """After every event as many provinces as the table says; 38 at the start, 34 in the end."""
        rows = [row for row in vietnam.table("province_events_1976_2024") if row["type"] != "pre-merge"]
        for row in rows:
            act = f"vn-{row['id'].lower()}"
            last = len(provinces.act(act).events) - 1
            assert (row["id"], provinces.at(after=(act, last)).count("province")) == (
                row["id"],
                int(row["count_after"]),
            )
        chain = [provinces.at(day).count("province") for day in provinces.days()]
        assert chain == [38, 39, 40, 44, 49, 53, 61, 64, 63, 63, 63, 34]

    def test_the_days_of_the_chain(self, provinces: History) -> None:
        """A year without a day counts from its first day, and the source says that this is assumed."""
        assert [day.isoformat() for day in provinces.days()] == [
            *("1976-07-02", "1978-12-29", "1979-05-30", "1989-07-01", "1991-08-12", "1992-01-01", "1997-01-01"),
            *("2004-01-01", "2008-08-01", "2024-01-01", "2025-01-01", "2025-07-01"),
        ]
        notes = [provinces.act(f"vn-h{n}").source.note for n in (28, 29, 30, 31)]
        assert all("effective 1992: its first day, 1992-01-01, is assumed" in note for note in notes)
        assert not [act.id for act in provinces.acts if "assumed" in act.source.note and act.effective.year != 1992]

    def test_every_name_on_a_day_is_that_of_a_plain_walk(self, provinces: History) -> None:
        """The names after each day, counted with sets of names alone."""
        rows = [row for row in vietnam.table("province_events_1976_2024") if row["type"] != "pre-merge"]
        names: set[str] = set()
        for at, row in enumerate(rows):
            old, new = ({name for name in row[key].split("|") if name} for key in ("from", "to"))
            if row["type"] in ("split", "merge", "rename", "upgrade"):
                names -= old
            if row["type"] != "transfer":
                names |= new
            if at + 1 == len(rows) or rows[at + 1]["effective"] != row["effective"]:
                day = f"{row['effective']}-01-01"[:10]
                found = sorted(str(unit.name) for unit in provinces.at(day).units(kind="province"))
                assert found == sorted(name.removesuffix(" (1976)") for name in names)

    def test_types_of_changes(self, provinces: History) -> None:
        """Đắk Lắk was split off from and goes on, Hà Nội took over Hà Tây, Hà Bắc was broken down, land was moved."""
        kind_of = {act.id: event.type for act in provinces.acts for event in successions(act)}
        assert [kind_of[f"vn-h{n}"] for n in (14, 15, 17, 27, 33, 40, 43, 44)] == [
            "breakdown",
            "transfer",
            "reorganisation",
            "transfer",
            "breakdown",
            "split-off",
            "takeover",
            "transfer",
        ]
        assert provinces.at("1976-07-02").one("Hà Nội").id == provinces.at(AFTER).one("Hà Nội").id == "vn-p-01"
        assert provinces.at("2003-12-31").one("Đắk Lắk").id == provinces.at("2004-01-01").one("Đắk Lắk").id

    def test_land_that_went_there_and_back(self, provinces: History) -> None:
        """Hà Nội took land of Vĩnh Phú in 1978 and gave some back in 1991: part links, both go on, no cycle."""
        links = [*provinces.lineage.links(old="vn-p-vinh-phu-1976"), *provinces.lineage.links(new="vn-p-vinh-phu-1976")]
        between = {
            (link.day.year, link.old, link.new, link.extent) for link in links if "vn-p-01" in (link.old, link.new)
        }
        assert between == {
            (1978, "vn-p-vinh-phu-1976", "vn-p-01", "part"),
            (1991, "vn-p-01", "vn-p-vinh-phu-1976", "part"),
        }
        assert set(provinces.lineage.successors("vn-p-vinh-phu-1976", on="2007-01-01")) >= {"vn-p-25", "vn-p-26"}

    def test_two_provinces_of_one_name(self, provinces: History) -> None:
        """Hậu Giang of 1976 and Hậu Giang of 2004 are two units."""
        first, second = (provinces.at(day).one("Hậu Giang").id for day in ("1990-01-01", "2010-01-01"))
        assert (first, second) == ("vn-p-hau-giang-1976", "vn-p-93")
        # Cần Thơ, Sóc Trăng, the second Hậu Giang, and Bà Rịa - Vũng Tàu, which got Côn Đảo.
        assert set(provinces.lineage.successors(first, on="2010-01-01")) == {"vn-p-77", "vn-p-92", "vn-p-93", "vn-p-94"}

    def test_types_of_provinces(self, provinces: History) -> None:
        """Three cities in 1976, a special zone from 1979 to 1991, Đà Nẵng, Cần Thơ and Huế as cities later."""
        city = "thành phố trực thuộc trung ương"
        counts = {
            day: (provinces.at(day).count(kind="province", category=city), provinces.at(day).count(category="đặc khu"))
            for day in ("1976-07-02", "1979-05-30", "1991-08-12", "1997-01-01", "2004-01-01", "2025-01-01", AFTER)
        }
        assert list(counts.values()) == [(3, 0), (3, 1), (3, 0), (4, 0), (5, 0), (6, 0), (6, 0)]

    def test_codes_are_known_from_the_list_of_2024(self, provinces: History) -> None:
        assert {u.code for u in provinces.at("2023-12-31").units(kind="province")} == {None}
        assert len({u.code for u in provinces.at("2024-01-01").units(kind="province")}) == 63
        assert [provinces.at(day).one("An Giang").code for day in (BEFORE, AFTER)] == ["89", "91"]

    def test_the_changes_of_2026_are_there_when_asked_for(self) -> None:
        later = vietnam.province_history("decided_day")
        names = {
            u.name for u in later.at("2026-12-31").units(kind="province", category="thành phố trực thuộc trung ương")
        }
        assert names == {
            "Hà Nội",
            "Hải Phòng",
            "Huế",
            "Đà Nẵng",
            "Hồ Chí Minh",
            "Cần Thơ",
            "Quảng Ninh",
            "Bắc Ninh",
            "Đồng Nai",
        }


class TestGeneralCode:
    def test_no_module_names_a_province(self) -> None:
        """What happens to a province is in the data; no code knows one by its name."""
        names = {row["short_name"] for table in ("provinces_2024", "provinces_2025") for row in vietnam.table(table)}
        for path in Path(vietnam.__file__).parents[1].rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            documentation = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            texts = [
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
            ]
            assert not [(path.name, text) for text in texts if text in names]

    def test_a_history_is_made_once(self) -> None:
        assert vietnam.reform_2025() is vietnam.reform_2025()

    def test_commissions_of_two_clusters_are_not_guessed_together(self, history: History) -> None:
        """Were two merging commissions in different clusters, the reform would not choose: it asks."""
        with history.draft("2024-06-01") as act:
            act.join("vn-p-24-btc", "cluster-1")
        (question,) = history.ask(act)
        assert (question.act, question.about, question.choice) == ("202/2025/QH15", "vn-p-24-2025-btc", "cluster")
        told = history.enact(act, answers=[question.answer("cluster-1")])
        assert "vn-p-24-2025-btc" in told.at("2025-07-01").members("cluster-1")

    def test_the_schema_is_that_of_the_party(self, history: History) -> None:
        assert history.schema is kinds.SCHEMA
        assert set(history.measures) == {measure.id for measure in kinds.MEASURES}

    def test_a_commune_cannot_go_back_under_a_district(self, history: History) -> None:
        """The schema of the three levels holds for every later act."""
        act = Act("x", "2027-01-01", [Change("vn-p-04", "kind", "district")])
        with pytest.raises(Refused):
            history.enact(act)
