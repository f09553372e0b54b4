"""Writes docs/reference/concepts.md: the nouns of the field, each with a question and what it answers.

    python tools/concepts.py            # writes the page
    python tools/concepts.py --check    # exit status 1 if the page is not what would be written

The nouns were collected from five public reports of the field (S0 to S4). Each is stated by an act, of the embedded
country or of a worked example that is made up, and answered by a public call. That it is the act that answers is tried
for each: with the act corrected the answer is another one, with the act cancelled it goes. Three nouns stay out, two of
them for privacy.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import attrs

import orgmodel as om
from orgmodel import party
from orgmodel.acts.events import Creation
from orgmodel.history.history import History, history_of
from orgmodel.party import facts, kinds, vietnam, work

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "concepts.md"

HEAD = """# The field's own nouns

<!-- Written by tools/concepts.py; change the questions there. -->

Nouns, numbers and events named in five public reports of Party organisation work: the year-end conference of an
emulation cluster (S0, 2025), a mid-year review of another one (S1, 2024), a national conference (S2, 2025), a
province (S3, 2025) and the Party agencies of a province (S4, 2026). Each is stated by an act with its source and
answered by a public call. The last two columns are the answers when the act is corrected, and when it is cancelled along
with what cannot stand without it; `tests/party/test_concepts.py` holds that both are others. An act that the law of the
day asks for cannot be cancelled: `refused`. Where the history is `country`, it is `orgmodel.party.vietnam.country()`,
from public sources; `example` is made up (`tools/concepts.py`). `h` is the history, `s` its last day.

"""

# ---- the worked example


def _do(history: History, day: str, name: str, *verbs: tuple[Any, ...]) -> History:
    with history.draft(day, source=om.Source(f"made up: {name}"), act_id=name) as act:
        for verb, *args, options in verbs:
            getattr(act, verb)(*args, **options)
    return history.enact(act)


@cache
def example() -> History:
    """A small country: two provinces that merge, Huế, a central commission, the Front, and what the reports tell of."""
    P = om.Person  # noqa: N806  # as short as it is used often
    rows: list[dict[str, Any]] = [
        {"id": "vn", "kind": "centre"},
        {"id": "btc", "kind": "agency", "parent": "vn", "category": "Ban Tổ chức"},
    ]
    for one in ("bg", "bn", "hue"):
        rows.append({"id": one, "kind": "province", "parent": "vn", "name": one.upper()})
        rows.append({"id": f"{one}-btc", "kind": "agency", "parent": one, "category": "Ban Tổ chức"})
        rows.append({"id": f"{one}-d", "kind": "district", "parent": one})
        rows.append({"id": f"{one}-c", "kind": "commune", "parent": f"{one}-d", "members": 900})
    rows += [
        {"id": f"hue-{n}", "kind": "direct-organisation", "parent": "hue", "category": c}
        for n, c in (("cq", "Đảng bộ các cơ quan Đảng"), ("ub", "Đảng bộ UBND"))
    ]
    rows += [
        {"id": "g", "kind": "grassroots-organisation", "parent": "hue-cq", "members": 60, "category": "đảng bộ cơ sở"}
    ]
    rows += [{"id": f"k{n}", "kind": "cell", "parent": "g", "members": 20} for n in range(3)]
    rows += [{"id": f"hue-{n}", "kind": "agency", "parent": "hue", "category": n} for n in ("btg", "bdv")]
    h = history_of(rows, day="2024-01-01", schema=kinds.SCHEMA, measures=facts.MEASURES)
    h = _do(
        h,
        "2024-01-02",
        "system",
        ("create", om.Unit("sys", kind="system", name="Hệ thống chính trị", hierarchy="system"), {}),
        ("create", om.Unit("t-hue", kind="state-province", parent="sys", hierarchy="system"), {}),
        ("create", om.Unit("ub-hue", kind="state-body", parent="t-hue", hierarchy="system", category="UBND"), {}),
        ("create", om.Unit("mt-hue", kind="front", parent="t-hue", hierarchy="system", category="MTTQ"), {}),
        ("create", om.Unit("dtn-hue", kind="mass-organisation", parent="mt-hue", hierarchy="system"), {}),
        ("correspond", "hue-ub", "ub-hue", {}),
    )
    h = _do(
        h,
        "2024-01-03",
        "departments",
        *(
            ("create", om.Unit(f"btc-{n}", kind="department", parent="btc", category=c), {})
            for n, c in (("vp", "Văn phòng"), ("v1", "Vụ"))
        ),
    )
    h = _do(
        h,
        "2024-01-04",
        "clusters",
        ("form", om.Clustering("emulation", "cụm thi đua"), {}),
        ("form", om.Cluster("k-1", "emulation", "Cụm 1"), ["bg-btc", "bn-btc"], {}),
        ("form", om.Cluster("k-2", "emulation", "Cụm 2"), ["hue-btc"], {}),
    )
    h = _do(
        h,
        "2024-01-05",
        "roles",
        ("elect", "k-1", "leader", {"units": "bg-btc", "year": 2024}),
        ("elect", "k-1", "deputy", {"units": "bn-btc", "year": 2024}),
    )
    h = _do(
        h,
        "2024-01-11",
        "conclusion",
        ("issue", "btc", "09-KL/BTCTW", {"form": "kết luận", "id": "kl"}),
        ("issue", "vn", "21-KL/TW", {"form": "kết luận", "id": "kl21", "groups": [f"nhóm {n}" for n in range(1, 6)]}),
    )
    h = _do(
        h,
        "2024-01-30",
        "plan",
        ("issue", "bg-btc", "01-KH/CTĐ", {"form": "kế hoạch", "id": "kh"}),
        ("plan", "k-1", 2024, {"document": "kh"}),
        ("launch", "k-1", 2024, {"theme": "Đổi mới, hiệu quả", "by": "bg-btc"}),
        ("sign", "k-1", 2024, {"groups": [f"nhóm {n}" for n in range(1, 9)]}),
    )
    h = _do(
        h,
        "2024-06-30",
        "half",
        *(
            ("report", "k-1", f"documents.{w}", {"value": n, "period": "2024-01/2024-06"})
            for w, n in (("đề án", 15), ("nghị quyết", 3), ("quy định", 49), ("kế hoạch", 45))
        ),
        *(
            ("report", "k-1", f"moves.{w}", {"value": n, "period": "2024-01/2024-06"})
            for w, n in (("appointed", 166), ("nominated", 147), ("transferred", 40))
        ),
        *(("meet", "bg", "lấy ý kiến", {"of": "k-1"}) for _ in range(7)),
        ("sum_up", "k-1", 2024, {"step": "reviewed", "when": ""}),
        ("meet", "btc", "giao ban", {"attendees": ["bg", "bn"], "id": "gb"}),
        (
            "issue",
            "btc",
            None,
            {"form": "báo cáo", "title": "tổng kết 15 năm thi hành Điều lệ", "step": "submitted", "id": "tk"},
        ),
    )
    h = _do(
        h,
        "2024-07-01",
        "cadres",
        ("appoint", "bg", "secretary", {"person": "p1", "how": "elected"}),
        ("appoint", "bg-c", "deputy_secretary", {"person": "p2"}),
        ("stage", "vn", "executive_member", {"person": "p1", "to": "planned"}),
        ("stage", "hue", "committee_chair", {"person": "p3", "to": "nominated"}),
    )
    h = _do(
        h,
        "2024-08-01",
        "cadres again",
        ("appoint", "bg-c", "secretary", {"person": "p2", "how": "rotated", "origin": "bn"}),
        ("appoint", "bg", "secretary", {"person": "p1", "how": "re-appointed"}),
    )
    h = _do(
        h,
        "2024-09-01",
        "activities",
        ("run", "vn", "contest", {"topic": "Giải Búa liềm vàng", "number": 9, "participants": ["bg"], "id": "gblv"}),
        ("award", "bg", "giải Búa liềm vàng", {"year": 2024, "granter": "vn", "occasion": "gblv"}),
        ("run", "bn", "contest", {"topic": "lãnh đạo cấp phòng giỏi"}),
        ("run", "vn", "training", {"topic": "cập nhật kiến thức", "participants": {"bg": 12}}),
        ("run", "g", "campaign", {"topic": "học tập và làm theo Bác"}),
        ("report", "bn", "admitted", {"value": 214, "period": 2024, "group": "students"}),
        ("report", "bn", "admitted", {"value": 260, "period": 2024}),
        ("report", "hue", "vettings", {"value": 31, "period": 2024}),
    )
    h = _do(
        h,
        "2024-10-01",
        "organisations",
        ("mark", "g", "host", "outside state", {}),
        ("mark", "k0", "host", "abroad", {}),
        ("record", "bn", "staff", 120, {}),
        ("record", "bn", "staff_quota", 110, {}),
        ("set_target", "bn", ("flow", "admitted"), 200, {"period": 2024, "by": "vn", "post": "secretary", "id": "ct"}),
        ("set_up", "hue", "chuẩn bị đại hội", {"form": "tiểu ban", "latest": "2025-12-31"}),
        ("report", "g", "meetings", {"value": 12, "period": 2024}),
        ("record", "hue", "executive_women", 9, {}),
    )
    h = _do(
        h, "2024-11-01", "abroad", ("transfer_members", "k1", "k0", {"official": 1, "form": "abroad", "received": True})
    )
    h = _do(
        h,
        "2024-12-01",
        "discipline",
        ("issue", "hue", "3-CTr", {"form": "chương trình kiểm tra, giám sát", "planned": 4, "id": "ctkt"}),
        ("inspect", "hue", ["g"], {"form": "giám sát", "programme": "ctkt", "id": "kt"}),
        ("discipline", "bg", P("p2"), {"form": "cảnh cáo", "within": "bg-c"}),
        ("inspect", "hue", ["g"], {"form": "bảo vệ chính trị nội bộ"}),
    )
    h = _do(h, "2024-12-15", "after discipline", ("relieve", "bg-c", "secretary", {"reason": "relief"}))
    h = _do(
        h,
        "2024-12-20",
        "functions",
        ("give_function", "hue-btg", "propaganda", {}),
        ("give_function", "hue-bdv", "mass mobilisation", {}),
        ("give_function", "hue-btc", "internal-protection", {}),
        ("give_function", "btc", "cadres of provinces", {}),
    )
    h = _do(
        h,
        "2025-02-03",
        "commissions",
        ("merge", ["hue-btg", "hue-bdv"], {"into": om.Unit("hue-btgdv", name="Ban Tuyên giáo và Dân vận")}),
    )
    h = _do(
        h,
        "2025-03-01",
        "decentralised",
        ("give_function", "hue-btc", "cadres of provinces", {}),
        ("give_function", "btc", "cadres of provinces", {"part": None}),
    )
    h = _do(h, "2025-07-01", "level", ("abolish_level", "district", {}))
    h = _do(
        h,
        "2025-07-01",
        "reform",
        ("merge", ["bg", "bn"], {"into": om.Unit("n", name="BẮC NINH")}),
    )
    h = _do(h, "2025-07-01", "state reform", ("rename", "t-hue", "Huế", {}))
    h = _do(
        h,
        "2025-07-02",
        "rules",
        (
            "issue",
            "n",
            "1-QC",
            {"form": "quy chế làm việc", "working_rules_of": "n", "keeper": "n", "step": "in_force", "id": "qc"},
        ),
        ("form_body", "n", "executive", {"how": "provisional"}),
        ("form_body", "n", "inspection", {"how": "appointed"}),
    )
    h = _do(
        h,
        "2025-10-01",
        "congresses",
        ("hold_congress", "hue", 17, {"ex_officio": 46, "elected": 18, "appointed": 336}),
        ("hold_congress", "n", {}),
    )
    h = _do(
        h,
        "2025-10-02",
        "posts",
        ("appoint", "hue", "standing_member", {"person": "q1"}),
        ("appoint", "hue", "deputy_secretary", {"person": "q2"}),
        ("appoint", "hue", "front_chair", {"person": "q2"}),
        ("appoint", "hue", "standing_deputy_secretary", {"person": "q3"}),
        ("appoint", "hue-cq", "secretary", {"person": "q3"}),
        ("appoint", "hue-cq", "inspection_member", {"person": "q4"}),
        ("appoint", "hue", "council_standing_deputy", {"person": "q5"}),
        ("appoint", "btc", "head", {"person": "q6"}),
        ("appoint", "btc", "deputy_head", {"person": "q7"}),
        ("appoint", "hue", "committee_chair", {"person": "q8", "origin": "n"}),
        ("appoint", "hue", "secretary", {"person": "q9", "origin": "n"}),
    )
    h = _do(
        h,
        "2025-11-18",
        "year",
        ("sign", "k-1", 2026, {}),
        ("launch", "k-1", 2026, {"theme": "Kỷ cương", "motto": "Đoàn kết, dân chủ"}),
        ("issue", "btc", "12-HD", {"form": "bộ tiêu chí", "criteria": [("tasks", 100)], "id": "tc"}),
        ("plan", "k-2", 2025, {"criteria": "tc", "when": "2025-01"}),
        ("score", "hue-btc", {"tasks": 91}, {"criteria": "tc", "year": 2025}),
        ("propose", "hue-btc", work.FLAG, {"year": 2025, "by": "k-2"}),
        *(("propose", P(f"x{n}"), work.MERIT, {"year": 2025, "by": "k-2"}) for n in range(9)),
        *(("propose", om.Other(f"tập thể {n}"), work.MERIT, {"year": 2025, "by": "k-2"}) for n in range(3)),
        ("meet", "hue-btc", "hội nghị tổng kết", {"of": "k-2", "place": "phường Hạc Thành", "id": "hntk"}),
        ("set_up", "vn", "tổng kết Nghị quyết 18-NQ/TW", {"latest": "2030-12-31"}),
        ("set_target", "n", ("reduction", "district", "2025-06-30"), 1, {"period": "2025-07/2030-12", "id": "nq18"}),
    )
    h = _do(
        h,
        "2025-12-01",
        "election",
        ("call_election", "vn", {"level": "national", "term": "XVI", "id": "qh"}),
        ("step", "qh", "consulted_1", {}),
        ("begin_term", "hue", "council", {"until": "2031-07-01"}),
    )
    h = _do(
        h,
        "2025-12-08",
        "national",
        ("meet", "btc", "hội nghị toàn quốc", {"points": {"province": 2, "commune": 2}, "id": "hntq"}),
        ("launch", "btc", 2026, {"theme": "Chủ động, đột phá"}),
        ("report", "btc", "documents.đề án", {"value": 143, "period": 2025}),
        ("report", "btc", "documents.văn bản", {"value": 224, "period": 2025}),
        *(("award", om.Other(f"{n}"), work.FLAG, {"year": 2025, "granter": "btc"}) for n in range(5)),
        *(("award", om.Other(f"{n}"), work.MERIT, {"year": 2025, "granter": "btc"}) for n in range(13)),
    )
    h = _do(
        h,
        "2025-12-09",
        "hue",
        ("report", "hue", "admitted", {"value": 1770, "period": 2025}),
        ("record", "hue", "members", om.Quantity(58000, "more than"), {}),
        ("appoint", "vn", "politburo_member", {"person": "b1"}),
        ("appoint", "vn", "alternate_member", {"person": "b2"}),
        ("appoint", "vn", "standing_secretary", {"person": "b3"}),
        ("appoint", "vn", "general_secretary", {"person": "b4"}),
        ("issue", "hue", "5-NQ", {"form": "resolution", "title": "quân sự, quốc phòng", "id": "nqqs"}),
        ("remove_members", "g", {"official": 2, "group": "reviewed"}),
        ("record", "hue", "direct_organisations", 44, {}),
    )
    h = _do(
        h,
        "2026-01-05",
        "down",
        ("relieve", "hue", "standing_deputy_secretary", {"reason": "replacement"}),
        ("appoint", "hue", "executive_member", {"person": "q3"}),
    )
    return _do(
        h,
        "2026-01-12",
        "party agencies",
        *(("issue", "hue-cq", f"{n}-KH", {"form": "kế hoạch", "tags": ["chuyển đổi số"]}) for n in range(2)),
        ("set_up", "hue-cq", "bảo vệ nền tảng tư tưởng (35)", {"latest": "2030-12-31"}),
        ("rate", "g", "excellent", {"year": 2025}),
        *(("rate", "g", "excellent", {"year": y, "person": f"d{n}"}) for n in range(13) for y in range(2021, 2026)),
        ("award", "g", work.CERTIFICATE, {"year": 2025, "granter": "hue-cq"}),
        *(
            (
                "award",
                sort(f"đh {n}"),
                work.CERTIFICATE,
                {"year": 2026, "granter": "hue-cq", "title": "phục vụ đại hội"},
            )
            for sort in (om.Other, P)
            for n in range(12)
        ),
        *(
            (
                "check_four_good",
                f"k{n}",
                dict.fromkeys(
                    ("political tasks", "quality of meetings", "unity and discipline", "cadres and members"), True
                ),
                {"year": 2025},
            )
            for n in range(3)
        ),
    )


# ---- the questions

OUT = {
    ("S1", "thẩm tra, xác minh tiêu chuẩn chính trị"): "files on the politics of persons; how many cases is a flow",
    ("S3", "hồ sơ cán bộ điện tử"): "a person's file; persons are opaque ids",
    ("S3", "phần mềm theo dõi nhiệm vụ"): "a product; its tasks are targets",
}
"""Nouns that stay out, and why."""

# source | noun | history | the act that states it | how it is corrected | question
#
# A correction is ``OLD -> NEW``, values that stand in the act, or ``- WORDS``, what is decided with all of these words
# left out. Those of one act are one correction.
ROWS = [
    row.split(" | ")
    for row in """
S0 | Cụm thi đua số 2, 14 -> 9 members | country | vn-2024-01-01 | - member:emulation vn-p-20-btc | [len(h.at(day).members("cluster-2")) for day in ("2024-06-30", "2025-11-18")]
S0 | commissions of the cluster by name | country | vn-2024-01-01 | 'Ban Tổ chức Tỉnh ủy Thanh Hóa' -> 'Ban Tổ chức Tỉnh ủy X' | [s.unit(u).name for u in s.members("cluster-2") if u == "vn-p-38-btc"]
S0 | Cụm trưởng by year | country | vn-cluster-2-2025 | 'vn-p-38-btc' -> 'vn-p-33-btc' | h.at("2025-06-30").leader("cluster-2")
S1 | Cụm phó | country | vn-cluster-1-2024 | 'vn-p-14-btc' -> 'vn-p-10-btc' | h.at("2024-06-30").deputies("cluster-1")
S0 | other clusters of the sector, kept through the reform | example | clusters | 'hue-btc' -> 'btc' | s.members("k-1"), s.members("k-2")
S0 | suy tôn, bầu leading units at the conference | example | roles | - deputy | [one.role for one in party.role_holdings(h, "k-1", period=2024)]
S0 | hội nghị tổng kết thi đua | country | vn-cluster-2-2025-11-18 | 'phường Hạc Thành' -> 'phường X' | [one.place for one in party.matters(h, "cluster-2", "meeting")]
S0 | chấm điểm, bình xét | example | year | 91 -> 92 | str(party.rank(h, "k-2", 2025))
S0 | đề nghị Cờ thi đua | country | vn-cluster-2-2025-11-18 | - vn-award-flag-24 | [one.form for one in party.matters(h, "vn-p-24-2025-btc", "award", step="proposed")]
S0 | Bằng khen 3 tập thể, 9 cá nhân | country | vn-cluster-2-2025-11-18 | - vn-award-merit-p9 | party.count(h, "cluster-2", "award", form="bằng khen", by="recipient")
S0 | giao ước thi đua 2026 | country | vn-cluster-2-2025-11-18 | - Sign | len(party.parties(h, party.find(h, "work-year", scope="cluster-2", year=2026).id, "signatory"))
S0 | phát động thi đua | country | vn-cluster-2-2025-11-18 | 'vn-p-33-2025-btc' -> 'vn-p-38-btc' | party.parties(h, party.find(h, "work-year", scope="cluster-2", year=2026).id, "launcher")
S0 | phương châm | example | year | 'Đoàn kết, dân chủ' -> 'Đoàn kết' | party.find(h, "work-year", scope="k-1", year=2026).motto
S0 | Ban Tổ chức Trung ương | country | vn-centre-2024 | 'Ban Tổ chức Trung ương' -> 'Ban Tổ chức TW' | s.unit("vn-btc").name
S0 | Vụ và Văn phòng of the commission | country | vn-btc-departments | - vn-btc-dp3 | s.children("vn-btc")
S0 | Trưởng Ban, Phó Trưởng Ban | example | posts | 'q7' -> 'q6b' | party.holder(h, "btc", "head"), party.holders(h, "btc", "deputy_head")
S0 | Ủy viên Ban Thường vụ | example | posts | 'q1' -> 'q1b' | party.holders(h, "hue", "standing_member")
S0 | Phó Bí thư kiêm Chủ tịch MTTQ | country | vn-p-38-front | 'vn-person-1' -> 'vn-person-2' | party.posts_of(h, "vn-person-1")
S0 | Ủy ban MTTQ tỉnh | country | vn-p-38-front | 'Ủy ban MTTQ tỉnh Thanh Hóa' -> 'Ủy ban MTTQ' | [s.unit(u).name for u in s.of_kind("front") if u == "vn-s-p-38-mt"]
S0 | Nghị quyết 18-NQ/TW, targets for 2030 | example | year | 1 -> 101 | party.outcome(h, "nq18").state
S0 | Ban Chỉ đạo tổng kết NQ 18 | country | vn-conference-2025 | 'tổng kết Nghị quyết 18-NQ/TW' -> 'tổng kết Nghị quyết 18' | [one.task for one in party.active(h, "vn")]
S0 | hợp nhất cơ quan Đảng | country | vn-centre-2025 | 'vn-btgdv' -> 'vn-btgdv-b' | h.lineage.successors("vn-btg", direct=True)
S0 | sắp xếp chính quyền, đoàn thể | example | state reform | 'Huế' -> 'thành phố Huế' | [d.after for d in h.between("2025-06-30", "2025-07-01").renamed if d.subject == "t-hue"]
S0 | chính quyền địa phương 2 cấp | example | level | 'made up: level' -> 'made up: 2 levels' | [x.ended_by.source.number for x in h.biography("bg-d") if x.track == "life"], s.count("district")
S0 | không gián đoạn lãnh đạo | example | posts | - q9 | len(party.interruptions(h, "hue", "secretary", period=om.Period("2025-10-02", "2026-01-01")))
S0 | đại hội đảng bộ các cấp 2025-2030 | country | vn-figures-25 | - HoldCongress | [(term.body, term.years) for term in party.terms(h, "vn-p-25-2025")]
S0 | Đại hội XIV | country | vn-341-QD-TW | 14 -> 15 | party.matters(h, "vn", "congress")[0].number
S0 | Quy định 377-QĐ/TW, phân cấp | example | posts | 'standing_deputy_secretary' -> 'executive_member' | party.deciding_level(h, "q3", on="2025-10-08").level
S0 | bồi dưỡng, cập nhật kiến thức | example | activities | 'cập nhật kiến thức' -> 'bồi dưỡng' | party.count(h, "vn", "activity", form="training", by="topic")
S0 | bầu cử Quốc hội khóa XVI | country | vn-conference-2025 | 'Quốc hội khóa XVI, Hội đồng nhân dân các cấp' -> 'Quốc hội khóa XVI' | [str(one.one("body")) for one in party.matters(h, kind="election")]
S0 | HĐND các cấp 2026-2031 | country | vn-conference-2025 | '2026-2031' -> '2026-2030' | [one.term for one in party.matters(h, kind="election")]
S0 | kiểm tra, giám sát (programme) | example | discipline | - bảo vệ chính trị nội bộ Inspect | party.count(h, "hue", "inspection", by="state")
S0 | bảo vệ chính trị nội bộ | example | functions | 'internal-protection' -> 'protection' | party.lead(h, "hue", "internal-protection")
S0 | vi phạm kỷ luật đảng | example | discipline | - Discipline | party.count(h, "bg-c", "discipline", period=om.Period("2024-01-01", "2025-01-01"))
S0 | quy chế làm việc của cấp ủy | example | rules | 'quy chế làm việc' -> 'quy định' | [one.form for one in party.matters(h, "n", "document", role="keeper")]
S1 | giao ban, Vụ Địa phương | country | vn-review-cluster-1-2024 | 'giao ban, sơ kết' -> 'giao ban' | [one.form for one in party.matters(h, "vn-btc-dp1", "meeting")]
S1 | Kết luận 09-KL/BTCTW | country | vn-09-KL-BTCTW | '09-KL/BTCTW' -> '9-KL/BTCTW' | [one.number for one in party.matters(h, "vn-btc", "document", form="kết luận")][:1]
S1 | Kế hoạch 01-KH/CTĐ | country | vn-01-KH-CTD | '01-KH/CTĐ' -> '1-KH/CTĐ' | [(one.number, one.state) for one in party.matters(h, "cluster-1", "document", form="kế hoạch")]
S1 | 15 đề án, 3 nghị quyết, 49 quy định, 45 kế hoạch | country | vn-review-cluster-1-2024 | 49 -> 50 | [str(party.flow(h, "cluster-1", f"documents.{w}", period="2024-01/2024-06")) for w in ("scheme", "resolution", "regulation", "plan")]
S1 | bổ nhiệm 166, giới thiệu ứng cử 147, điều động, luân chuyển 40 | country | vn-review-cluster-1-2024 | 166 -> 167 | party.moves(h, "cluster-1", period="2024-01/2024-06").count()
S1 | cán bộ diện ban thường vụ tỉnh ủy quản lý | example | cadres again | 'secretary' -> 'deputy_secretary' | party.moves(h, period=2024, managed_by="province").count()
S1 | đề bạt, bổ nhiệm lại | example | cadres again | 're-appointed' -> 'transferred' | party.moves(h, period=2024).count(by=("kind", "direction"))
S1 | quy hoạch | example | cadres | 'p1' -> 'p1b' | party.candidates(h, "vn", "executive_member", stage="planned")
S1 | Tiểu ban chuẩn bị đại hội | example | organisations | 'tiểu ban' -> 'ban chỉ đạo' | [one.form for one in party.active(h, "hue", on="2025-01-01")]
S1 | tổng kết 15 năm thi hành Điều lệ | example | half | 'submitted' -> 'drafted' | party.state(h, "tk")
S1 | 7 hội nghị lấy ý kiến | country | vn-review-cluster-1-2024 | 7 -> 8 | str(party.flow(h, "cluster-1", "opinion_meetings", period="2024-01/2024-06"))
S1 | Giải Búa liềm vàng lần IX | example | activities | 'giải Búa liềm vàng' -> 'giải B' | [one.form for one in party.matters(h, "gblv", "award")]
S1 | bí thư cấp huyện không là người địa phương | example | posts | 'n' -> 'hue-cq' | str(party.share_not_local(h, "province", ["secretary"]))
S1 | hội thi lãnh đạo cấp phòng giỏi | example | activities | 'lãnh đạo cấp phòng giỏi' -> 'bí thư giỏi' | [one.topic for one in party.matters(h, "bn", "activity")]
S1 | sổ tay đảng viên điện tử | example | hue | 'quân sự, quốc phòng' -> 'quốc phòng' | [one.title for one in party.matters(party.export(h, "hue", on="2026-01-12"), "hue", "document", form="resolution")]
S1 | phát triển đảng trong học sinh, sinh viên | example | activities | 214 -> 215 | str(party.flow(h, "bn", "admitted", period=2024, group="students"))
S1 | giao chỉ tiêu cho người đứng đầu | example | organisations | 200 -> 300 | party.outcome(h, "ct", on="2025-01-01").state
S1 | sinh hoạt chi bộ trong doanh nghiệp ngoài nhà nước | example | organisations | 12 -> 11 | str(party.flow(h, "g", "meetings", period=2024)), s.value("g", "fact:host")
S1 | các loại hình tổ chức cơ sở đảng | example | organisations | 'outside state' -> 'school' | party.by_host(h)
S1 | chuyển đảng khi du học | example | abroad | 'abroad' -> 'formal' | len(party.matters(h, "k1", "transfer", form="abroad"))
S1 | sắp xếp cán bộ sau kỷ luật | example | after discipline | - Relieve | party.moves(h, period=2024, after="discipline").count()
S1 | giao biên chế | example | organisations | 110 -> 111 | str(h.at("2025-01-01").measure("bn", "staff")), str(h.at("2025-01-01").measure("bn", "staff_quota"))
S1 | cơ cấu trẻ, nữ, dân tộc thiểu số | country | vn-P026 | 21 -> 22 | str(s.measure("vn", "executive_women"))
S1 | 4 đơn vị lãnh đạo cụm | country | vn-cluster-1-2024 | - vn-p-14-btc | len(party.role_holdings(h, "cluster-1", period=2024))
S1 | 8 nhóm nội dung giao ước | country | vn-review-cluster-1-2024 | 'nhóm 8' -> 'nhóm 7' | len(set(party.find(h, "work-year", scope="cluster-1", year=2024).groups))
S1 | chủ đề phát động 2024 | example | plan | 'Đổi mới, hiệu quả' -> 'Đổi mới' | party.find(h, "work-year", scope="k-1", year=2024).theme
S1 | hội nghị sơ kết 6 tháng, undated | country | vn-review-cluster-1-2024 | - reviewed | [str(one.when("reviewed")) for one in party.matters(h, "cluster-1", "work-year")]
S1 | Kết luận 21-KL/TW, 5 nhóm nhiệm vụ | example | conclusion | 'nhóm 5' -> 'nhóm 4' | len(set(party.matters(h, "vn", "document", form="kết luận")[0].groups))
S2 | hội nghị toàn quốc | country | vn-conference-2025 | 'tổng kết' -> 'tổng kết năm' | [one.form for one in party.matters(h, "vn-btc", "meeting", year=2025)]
S2 | 40 điểm cầu tỉnh, đảng ủy | country | vn-centre-2025 | - vn-o-mt | len(party.central_points(h))
S2 | 2.085 điểm cầu xã | country | vn-conference-2025 | 2085 -> 2086 | str(party.attendance(h, "vn-meeting-national-2025", "commune"))
S2 | Bộ Chính trị, Ban Bí thư | example | hue | 'b1' -> 'b1b' | party.holders(h, "vn", "politburo_member")
S2 | Ủy viên dự khuyết | example | hue | 'b2' -> 'b2b' | party.holders(h, "vn", "alternate_member")
S2 | Thường trực Ban Bí thư, Tổng Bí thư | example | hue | 'b4' -> 'b4b' | party.holder(h, "vn", "standing_secretary"), party.holder(h, "vn", "general_secretary")
S2 | 143 đề án, 224 văn bản | country | vn-conference-2025 | 143 -> 144 | str(party.flow(h, "vn-btc", "schemes", period=2025)), str(party.flow(h, "vn-btc", "documents", period=2025))
S2 | bí thư, chủ tịch không là người địa phương | country | vn-P041 | 34 -> 33 | str(s.measure("vn", "chairs_not_local"))
S2 | thay thế, từ chức, miễn nhiệm không chờ hết nhiệm kỳ | example | down | 'replacement' -> 'resignation' | [one.reason for one in party.ended_early(h, "province", ["standing_deputy_secretary"], period=om.Period("2026-01-01", "2027-01-01"))]
S2 | có lên có xuống | example | down | - executive_member | [move.person for move in party.moves(h, kind="down", period=2026).moves]
S2 | đánh giá cán bộ | example | party agencies | - d0 2025 | party.grade(h, "g", 2025, person="d0")
S2 | Cờ thi đua 5, Bằng khen 13 | country | vn-conference-2025 | - vn-award-2025-merit-13 | party.count(h, "vn-btc", "award", role="granter", by="form")
S2 | phân cấp, phân quyền trung ương, địa phương | example | decentralised | 'hue-btc' -> 'bg-btc' | [(move.agency, move.what) for move in party.function_moves(h, period=2025)]
S2 | tổ chức bên trong cơ quan (phòng, vụ) | example | departments | - btc-v1 | s.count("department")
S2 | kết nạp, quản lý đảng viên | example | hue | 2 -> 3 | str(party.flow(h, "g", "removed", period=2025))
S2 | chủ đề thi đua 2026 | example | national | 'Chủ động, đột phá' -> 'Chủ động' | party.find(h, "work-year", scope="btc", year=2026).theme
S3 | Huế kết nạp 1.770, hơn 58.000 đảng viên | country | vn-p-46-conference-2025 | 1770 -> 1771 | str(party.flow(h, "vn-p-46", "admitted", period=2025)), str(s.measure("vn-p-46", "members", "subtree"))
S3 | Đại hội XVII, 2025-2030 | country | vn-figures-46 | 17 -> 18 | [one.number for one in party.matters(h, "vn-p-46", "congress")]
S3 | hợp nhất Ban Tuyên giáo và Ban Dân vận | example | commissions | 'hue-btgdv' -> 'hue-tgdv' | party.lead(h, "hue", "mass mobilisation")
S3 | Đảng bộ UBND, Đảng bộ các cơ quan Đảng | country | vn-p-46-direct | 'Đảng bộ UBND' -> 'Đảng bộ Ủy ban nhân dân' | [(s.unit(u).category, s.value(u, "corresponds_to")) for u in s.children("vn-p-46") if u.endswith(("-ub", "-cqd"))]
S3 | cấp xã kiện toàn sau sáp nhập | example | rules | 'appointed' -> 'elected' | s.value("n", "fact:formed", "inspection")
S3 | chi bộ bốn tốt, đảng bộ cơ sở bốn tốt | example | party agencies | - k0 CheckFourGood | party.four_good(h, "g", 2025, share="0.8").four_good
S3 | sáu khâu công tác cán bộ | example | cadres | 'nominated' -> 'planned' | party.stages(h, "hue", "committee_chair")
S3 | rà soát, sàng lọc đảng viên | example | hue | 2 -> 3 | str(party.flow(h, "g", "removed", period=2025, group="reviewed"))
S3 | nghị quyết quân sự, quốc phòng | example | hue | 'quân sự, quốc phòng' -> 'quốc phòng' | [one.title for one in party.matters(h, "hue", "document", form="resolution")]
S3 | hiệp thương | example | election | 'consulted_1' -> 'listed' | party.state(h, "qh")
S4 | Đảng ủy các cơ quan Đảng and its committees | example | posts | 'q4' -> 'q4b' | party.holders(h, "hue-cq", "inspection_member")
S4 | Bí thư Đảng ủy kiêm Phó Bí thư Thường trực | example | posts | - hue-cq secretary | len(party.posts_of(h, "q3", on="2025-10-03"))
S4 | Ủy viên Ủy ban Kiểm tra Đảng ủy | example | posts | 'q4' -> 'q4b' | party.posts_of(h, "q4")
S4 | Đảng ủy cơ sở, chi bộ cơ sở | example | party agencies | - Rate person='' | party.grade(h, "g", 2025), s.unit("g").category
S4 | Phó Chủ tịch Thường trực HĐND | example | posts | 'q5' -> 'q5b' | party.posts_of(h, "q5")
S4 | Ban Chỉ đạo 35 | example | party agencies | 'bảo vệ nền tảng tư tưởng (35)' -> 'bảo vệ nền tảng tư tưởng' | [one.task for one in party.active(h, "hue-cq")]
S4 | 2 kế hoạch chuyển đổi số | example | party agencies | - 1-KH | party.count(h, "hue-cq", "document", by="tag")
S4 | chương trình kiểm tra, giám sát, thi hành kỷ luật | example | discipline | 4 -> 5 | party.count(h, "hue", "inspection", role="inspector"), [one.planned for one in party.matters(h, "kt", "document")] or party.find(h, "document", issuer="hue", number="3-CTr").planned
S4 | đoàn thể | example | system | 'dtn-hue' -> 'dtn-hue-b' | s.of_kind("mass-organisation")
S4 | Giấy khen for organisations that are excellent | example | party agencies | 'giấy khen' -> 'bằng khen' | [one.form for one in party.matters(h, "g", "award")], party.grade(h, "g", 2025)
S4 | 13 đảng viên xuất sắc 5 năm liền | example | party agencies | - d0 2025 | len(party.runs(h, "g", "excellent", least=5))
S4 | 12 tập thể, 12 cá nhân | example | party agencies | - Other(name='đh 11') | party.count(h, "hue-cq", "award", role="granter", year=2026, by="recipient")
S4 | sinh hoạt chi bộ, chất lượng | example | party agencies | - k0 CheckFourGood | len(party.four_good(h, "g", 2025, share="0.8").good)
S4 | học tập và làm theo Bác | example | activities | 'học tập và làm theo Bác' -> 'học tập' | [one.topic for one in party.matters(h, "g", "activity")]
""".strip().splitlines()
]


@cache
def histories() -> dict[str, History]:
    """The histories that are asked."""
    return {"country": vietnam.country(), "example": example()}


def asked(history: History | None, question: str) -> str:
    """What a question answers; of one that cannot be asked any more, the name of the error."""
    if history is None:
        return "refused"
    names = {"h": history, "s": history.at(max(history.days()[-1].isoformat(), "2026-01-12")), "party": party, "om": om}
    try:
        return str(eval(question, names))  # the questions of this file
    except Exception as error:  # noqa: BLE001  # whatever it is, it is not the answer
        return f"{type(error).__name__} raised"


def _replaced(value: Any, swaps: Mapping[Any, Any]) -> Any:
    """A value with others in the place of some that it holds, at any depth."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value in swaps:
        return swaps[value]
    if isinstance(value, dict):
        return {key: _replaced(one, swaps) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_replaced(one, swaps) for one in value)
    if attrs.has(type(value)):
        held = {one.alias: getattr(value, one.name) for one in attrs.fields(type(value)) if one.init and one.alias}
        found = {name: made for name, one in held.items() if (made := _replaced(one, swaps)) != one}
        return attrs.evolve(value, **found) if found else value
    return value


def _corrected(act: om.Act, corrections: Iterable[str]) -> om.Act:
    """The act as it reads with some corrections."""
    given = dict.fromkeys(corrections)
    swaps = dict(tuple(map(ast.literal_eval, one.split(" -> "))) for one in given if not one.startswith("- "))
    left_out = [one.split()[1:] for one in given if one.startswith("- ")]
    steps = [
        _replaced(step, swaps)
        for step in act.operations
        if not any(all(word in repr(step) for word in words) for words in left_out)
    ]
    return om.Act(act.id, act.effective, steps, _replaced(act.source, swaps))


_MANY = 60
"""Acts of so many steps or more are not searched for the units that they name."""


def _amended(history: History, act: str, made: om.Act | None) -> History | None:
    """The history with an act corrected, or cancelled with later ones that cannot stand without it.

    None if acts of before it cannot stand without it: then it is the law that would not be kept.
    """
    places = {one.id: place for place, one in enumerate(history.acts)}
    changes: dict[str, om.Act | None] = {act: made}
    if made is None:
        # What names a unit that the act made cannot stand without it; said at once, as each refusal is worked out anew.
        begun = [repr(step.what.id) for step in history.act(act).events if isinstance(step, Creation)]
        for one in history.acts[places[act] + 1 :]:
            if begun and len(one.operations) < _MANY:
                text = repr(one.operations)
                if any(unit in text for unit in begun):
                    changes[one.id] = None
    while True:
        try:
            return history.amend(changes, reason="a trial", recorded="2026-06-01")
        except om.Conflict as conflict:
            more = {one.act: None for one in conflict.findings if one.act and one.act not in changes}
            if not more or any(places[one] < places[act] for one in more):
                return None
            changes |= more


class Answered(NamedTuple):
    """A noun and what its question answers: as things stand, with the act corrected, with the act cancelled."""

    source: str
    noun: str
    history: str
    act: str
    correction: str
    question: str
    answer: str
    corrected: str
    cancelled: str


@cache
def answers() -> tuple[Answered, ...]:
    """The rows with their answers."""
    of: dict[tuple[str, str], tuple[History | None, ...]] = {}
    for _, _, name, act, _, _ in ROWS:
        if (name, act) not in of:
            history = histories()[name]
            corrections = [row[4] for row in ROWS if (row[2], row[3]) == (name, act)]
            made = _corrected(history.act(act), corrections)
            of[name, act] = history, _amended(history, act, made), _amended(history, act, None)
    return tuple(Answered(*row, *(asked(history, row[5]) for history in of[row[2], row[3]])) for row in ROWS)


def page() -> str:
    """The page."""
    in_country = sum(row.history == "country" for row in answers())
    lines = [
        HEAD,
        f"{len(ROWS)} of {len(ROWS) + len(OUT)} are answered, {in_country} of them by the country.\n\n",
    ]
    for source in ("S0", "S1", "S2", "S3", "S4"):
        lines.append(f"## {source}\n\n")
        lines.append(
            "| noun | in | question | answer | with the act corrected | and cancelled |\n|---|---|---|---|---|---|\n"
        )
        for row in answers():
            if row.source == source:
                cells = row.noun, row.history, f"`{row.question}`", row.answer, row.corrected, row.cancelled
                lines.append(f"| {' | '.join(map(_cell, cells))} |\n")
        lines += [f"| {noun} | out | | {why} | | |\n" for (of, noun), why in OUT.items() if of == source]
        lines.append("\n")
    return "".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    """A cell of a table; what is asked is never cut."""
    text = text.replace("|", "/")
    return text if len(text) <= 100 or text.startswith("`") else f"{text[:97]}..."


def main() -> int:
    """Write the page, or compare it."""
    made = page()
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != made)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
