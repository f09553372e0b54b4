"""Posts: who holds what and how, vacancies, gaps over a merger, early ends, moves of candidates, who decides, who is local."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import Any

import pytest

import orgmodel as om
from orgmodel.errors import InvalidAct, Refused, UnitEnded
from orgmodel.history.history import History, history_of
from orgmodel.io import jsonl
from orgmodel.model.office import Vacancy
from orgmodel.party import kinds, vietnam
from orgmodel.party.law import rulebook
from orgmodel.party.offices import (
    COMMITTEE_CHAIR,
    DEPUTY_SECRETARY,
    EARLY,
    FRONT_CHAIR,
    REASONS,
    SECRETARY,
    STANDING_DEPUTY,
    candidates,
    deciding_level,
    double_offices,
    ended_early,
    holder,
    holders,
    holdings,
    interruptions,
    is_local,
    local,
    posts,
    posts_of,
    share_not_local,
    stages,
    tenure_of,
    vacancies,
)
from orgmodel.party.posts import Left, Taken, read_posts
from orgmodel.period import Period, as_day
from orgmodel.rules.rule import Undecided

SOURCE = om.Source("a decision")


def two_provinces() -> History:
    """Two provinces that can merge, each with a commune, and a direct organisation."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "a", "kind": "province", "parent": "vn"},
        {"id": "b", "kind": "province", "parent": "vn"},
        {"id": "dc", "kind": "direct-organisation", "parent": "a"},
        {"id": "ad", "kind": "district", "parent": "a"},
        {"id": "bd", "kind": "district", "parent": "b"},
        {"id": "ax", "kind": "commune", "parent": "ad"},
        {"id": "bx", "kind": "commune", "parent": "bd"},
    ]
    return history_of(rows, day="2024-01-01", schema=kinds.SCHEMA)


def on(history: History, day: str, *verbs: tuple[Any, ...]) -> History:
    """The history with an act of a day: (verb, arguments ..., options)."""
    with history.draft(day, source=SOURCE, act_id=f"{day} {len(history.acts)}") as act:
        for verb, *args, options in verbs:
            getattr(act, verb)(*args, **options)
    return history.enact(act)


def merged(history: History, day: str = "2025-06-01") -> History:
    """The merger of the two."""
    return on(history, day, ("merge", ["a", "b"], {"into": om.Unit("n", name="N")}))


def test_a_holding_is_dated_and_its_holder_opaque() -> None:
    """The post is held from its first day to the day before its end; how it is held stands beside it."""
    given = {"person": "p1", "until": "2025-01-01", "origin": "b", "how": "assigned"}
    history = on(two_provinces(), "2024-03-01", ("appoint", "a", SECRETARY, given))
    days = ("2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01")
    assert [holder(history, "a", SECRETARY, on=day) for day in days] == [None, "p1", "p1", None]
    (held,) = holdings(history)
    assert (held.person, held.period, held.seat) == ("p1", Period("2024-03-01", "2025-01-01"), 1)
    assert held.taken == Taken("assigned", as_day("2025-01-01"), origin="b")
    assert tenure_of(Left("term").value) == Left("term")


def test_a_reappointment_is_another_holding_of_the_same_holder() -> None:
    """It keeps the seat; who does not hold the post cannot be re-appointed."""
    history = on(two_provinces(), "2024-03-01", ("appoint", "a", SECRETARY, {"person": "p1"}))
    history = on(history, "2025-03-01", ("appoint", "a", SECRETARY, {"person": "p1", "how": "re-appointed"}))
    assert [(one.taken.how, one.seat) for one in holdings(history, "a") if one.taken] == [
        ("appointed", 1),
        ("re-appointed", 1),
    ]
    assert vacancies(history, "a", SECRETARY, period=Period("2024-03-01", "2026-01-01")) == ()
    with pytest.raises(InvalidAct, match="is not held by this person"):
        on(history, "2025-04-01", ("appoint", "b", SECRETARY, {"person": "p1", "how": "re-appointed"}))


def test_all_that_is_wrong_with_an_appointment_is_told() -> None:
    """Post, kind, words, units, seats."""
    history = on(two_provinces(), "2024-03-01", ("appoint", "vn", "general_secretary", {"person": "p1"}))
    with history.draft("2024-04-01") as act:
        with pytest.raises(InvalidAct) as error:
            act.appoint("ax", "general_secretary", person="p", how="by chance", managed_by="moon", origin="nowhere")
        rules = {finding.rule for finding in error.value.findings}
        assert rules == {"post-kind", "how", "level", "live-unit"}
        with pytest.raises(InvalidAct, match="no post 'gardener' is declared"):
            act.appoint("a", "gardener", person="p")
        with pytest.raises(InvalidAct, match="live-unit"):
            act.appoint("nowhere", SECRETARY, person="p")
        for n in range(5):
            act.appoint("a", DEPUTY_SECRETARY, person=f"d{n}")
        with pytest.raises(InvalidAct, match="has 5 seats, all held"):
            act.appoint("a", DEPUTY_SECRETARY, person="d6")
        with pytest.raises(InvalidAct, match="has seat 1 of deputy secretary"):
            act.appoint("a", DEPUTY_SECRETARY, person="d0", seat=3)
        with pytest.raises(AttributeError, match="no verb 'apoint'; did you mean 'appoint'"):
            act.apoint("a", SECRETARY)


def test_seats_of_a_committee_are_offices() -> None:
    """As many as there are; alternates too (ủy viên dự khuyết)."""
    seats = [("appoint", "vn", "alternate_member", {"person": f"p{n}"}) for n in range(3)]
    history = on(two_provinces(), "2024-03-01", *seats, ("appoint", "vn", "executive_member", {"person": "p9"}))
    assert holders(history, "vn", "alternate_member") == ("p0", "p1", "p2")
    history = on(history, "2024-05-01", ("relieve", "vn", "alternate_member", {"reason": "term", "person": "p1"}))
    assert holders(history, "vn", "alternate_member") == ("p0", "p2")
    with pytest.raises(InvalidAct, match="2 persons hold it; name"):
        on(history, "2024-06-01", ("relieve", "vn", "alternate_member", {"reason": "term"}))


def test_one_person_may_hold_two_posts() -> None:
    """Both queries of MECHANISMS 13 return two posts."""
    history = on(
        two_provinces(),
        "2024-03-01",
        ("appoint", "a", DEPUTY_SECRETARY, {"person": "p1", "seat": 2}),
        ("appoint", "a", FRONT_CHAIR, {"person": "p1"}),
        ("appoint", "a", STANDING_DEPUTY, {"person": "p2"}),
        ("appoint", "dc", SECRETARY, {"person": "p2"}),
    )
    assert posts_of(history, "p1", on="2025-01-18") == (("a", DEPUTY_SECRETARY, 2), ("a", FRONT_CHAIR, 1))
    assert posts_of(history, om.Person("p2")) == (("a", STANDING_DEPUTY, 1), ("dc", SECRETARY, 1))
    assert double_offices(history, "a", STANDING_DEPUTY, [("dc", SECRETARY)]) == (("p2", "dc", SECRETARY),)
    assert posts_of(history, "nobody") == ()


@pytest.mark.parametrize(("deputies", "violated"), [(3, 0), (2, 1)])
def test_a_deputy_who_chairs_the_front_needs_three_deputies(deputies: int, violated: int) -> None:
    """Allowed with three deputies, a finding of D11 with two (MECHANISMS 13)."""
    history = on(
        two_provinces(),
        "2024-03-01",
        ("appoint", "a", DEPUTY_SECRETARY, {"person": "p1"}),
        ("appoint", "a", FRONT_CHAIR, {"person": "p1"}),
        ("record", "a", "deputy_secretaries", deputies, {}),
    )
    assert rulebook().select("D11").audit(history.at("2025-05-18")).counts["D11"].violated == violated


def test_a_vacancy_lasts_from_the_end_to_the_next_beginning() -> None:
    """Ended on 15 January 2026, the next from 1 February: 16 days (MECHANISMS 17)."""
    history = on(two_provinces(), "2024-01-01", ("appoint", "a", COMMITTEE_CHAIR, {"person": "p1", "origin": "a"}))
    # The last day in office is 15 January: the act that ends it is effective on the 16th.
    history = on(history, "2025-01-16", ("relieve", "a", COMMITTEE_CHAIR, {"reason": "resignation"}))
    history = on(history, "2025-02-01", ("appoint", "a", COMMITTEE_CHAIR, {"person": "p2", "origin": "b"}))
    (gap,) = vacancies(history, "a", COMMITTEE_CHAIR)
    assert gap == Vacancy("a", COMMITTEE_CHAIR, 1, Period("2025-01-16", "2025-02-01"), "resignation")
    assert gap.days() == 16
    assert vacancies(history, "a", COMMITTEE_CHAIR, period=Period("2025-01-20", "2025-01-25"))[0].days() == 5
    assert vacancies(history, "a", COMMITTEE_CHAIR, period=Period(None, "2025-01-16")) == ()
    first, second = holdings(history)
    assert (first.reason, first.taken, second.reason) == ("resignation", Taken(origin="a"), None)
    cancelled = history.cancel(history.acts[-2].id, reason="a mistake")
    assert vacancies(cancelled, "a", COMMITTEE_CHAIR) == ()


def test_a_post_never_held_is_vacant_all_along_and_an_open_vacancy_has_no_end() -> None:
    """It is open until a day is given."""
    (gap,) = vacancies(two_provinces(), "a", SECRETARY)
    assert gap.period == Period("2024-01-01")
    assert (gap.days(), gap.days(as_day("2024-01-31"))) == (None, 30)


def test_ending_asks_for_a_holder_and_a_known_reason() -> None:
    """Each fault is told; a unit that has ended names its successor."""
    history = merged(on(two_provinces(), "2024-03-01", ("appoint", "a", SECRETARY, {"person": "p1"})))
    with history.draft("2025-06-01", act_id="x") as act, pytest.raises(InvalidAct) as error:
        act.relieve("a", SECRETARY, reason="boredom")
    told = " ".join(finding.message for finding in error.value.findings)
    assert "'boredom' is none of" in told
    assert "went on in 'n'" in told
    with history.draft("2025-06-02", act_id="y") as act, pytest.raises(InvalidAct, match="nobody holds it"):
        act.relieve("n", COMMITTEE_CHAIR, reason="transfer")
    assert set(REASONS) >= EARLY
    with pytest.raises(UnitEnded):
        holder(history, "a", SECRETARY)


def test_offices_lapse_with_a_merger_and_leadership_may_go_on_without_a_gap() -> None:
    """No day without a holder: in each predecessor before, in the new unit from its day on."""
    before = on(
        two_provinces(),
        "2024-01-01",
        ("appoint", "a", SECRETARY, {"person": "p1"}),
        ("appoint", "b", SECRETARY, {"person": "p2"}),
    )
    whole = Period("2024-01-01", "2026-01-01")
    seamless = on(merged(before), "2025-06-01", ("appoint", "n", SECRETARY, {"person": "p1"}))
    assert interruptions(seamless, "n", SECRETARY, period=whole) == ()
    assert {one.unit: one.reason for one in holdings(seamless)} == {"a": "merger", "b": "merger", "n": None}
    assert ended_early(seamless, "province", [SECRETARY], period=whole) == ()
    late = on(merged(before), "2025-06-04", ("appoint", "n", SECRETARY, {"person": "p1"}))
    (gap,) = interruptions(late, "n", SECRETARY, period=whole)
    assert (gap.unit, gap.days()) == ("n", 3)


def test_a_carried_office_is_no_appointment() -> None:
    """It goes on by a policy, with how it is held, and says so."""
    before = on(two_provinces(), "2024-01-01", ("appoint", "a", SECRETARY, {"person": "p1", "how": "elected"}))
    policy = om.policies.CarryOver(posts=[SECRETARY], of=["a"])
    history = on(before, "2025-06-01", ("merge", ["a", "b"], {"into": om.Unit("n", name="N"), "offices": policy}))
    (held,) = holdings(history, "n")
    assert (held.person, held.carried, held.taken) == ("p1", True, Taken("elected"))


def test_offices_survive_a_file() -> None:
    """Slots of a post and a seat come back as they were."""
    history = on(
        two_provinces(),
        "2024-03-01",
        ("appoint", "a", DEPUTY_SECRETARY, {"person": "p1", "seat": 2, "origin": "bx"}),
        ("appoint", "a", DEPUTY_SECRETARY, {"person": "p2", "seat": 1}),
    )
    again = jsonl.loads(jsonl.dumps(history))
    assert again == history
    assert holdings(again) == holdings(history)
    assert holders(again, "a", DEPUTY_SECRETARY) == ("p2", "p1")


def test_candidates_come_through_stages_in_order() -> None:
    """Planned, nominated, elected; none goes back (MECHANISMS 16)."""
    history = on(
        two_provinces(),
        "2024-03-01",
        ("stage", "a", SECRETARY, {"person": "p1", "to": "planned"}),
        ("stage", "a", SECRETARY, {"person": "p2", "to": "planned"}),
        ("stage", "a", COMMITTEE_CHAIR, {"person": "p2", "to": "nominated"}),
    )
    history = on(history, "2024-05-01", ("stage", "a", SECRETARY, {"person": "p2", "to": "nominated"}))
    assert candidates(history, "a", SECRETARY, stage="planned") == ("p1",)
    assert stages(history, "a", SECRETARY) == {"planned": 1, "nominated": 1}
    with pytest.raises(InvalidAct, match="is nominated already; planned does not come after it"):
        on(history, "2024-06-01", ("stage", "a", SECRETARY, {"person": "p2", "to": "planned"}))
    with pytest.raises(InvalidAct, match="'fired' is none of"):
        on(history, "2024-06-01", ("stage", "a", SECRETARY, {"person": "p2", "to": "fired"}))
    own = {"person": "p3", "to": "second", "stages": ["first", "second"]}
    assert stages(on(history, "2024-06-01", ("stage", "b", SECRETARY, own)), "b", SECRETARY) == {"second": 1}


# ---- who decides


def test_the_highest_post_decides() -> None:
    """Commune and province give province; one more post managed by the centre gives centre (MECHANISMS 25)."""
    history = on(two_provinces(), "2024-03-01", ("appoint", "ax", FRONT_CHAIR, {"person": "p1"}))
    history = on(history, "2024-10-01", ("appoint", "ax", SECRETARY, {"person": "p1"}))
    history = on(history, "2024-11-01", ("appoint", "a", SECRETARY, {"person": "p1"}))
    days = ("2024-09-30", "2024-10-08", "2024-11-01")
    found = [deciding_level(history, "p1", on=day) for day in days]
    assert [one.level for one in found if not isinstance(one, Undecided)] == ["commune", "province", "centre"]
    missing = deciding_level(history, "p2")
    assert isinstance(missing, Undecided)
    assert missing.rule == "G11"
    stated = {"person": "p3", "managed_by": "grassroots"}
    history = on(history, "2024-12-01", ("appoint", "ax", COMMITTEE_CHAIR, stated))
    lowest = deciding_level(history, "p3")
    assert not isinstance(lowest, Undecided)
    assert lowest.level == "grassroots"


def test_the_regulation_changes_on_8_october_2025() -> None:
    """Before, the earlier regulations are named."""
    assert "80-QĐ/TW (2022)" in str(posts().regulation("2025-10-07"))
    assert posts().regulation("2025-10-08") == "377-QĐ/TW"


def test_a_jurist_changes_who_manages_a_post_from_a_day_on() -> None:
    """The answer follows the file on the right day; the number of the regulation too."""
    text = (files("orgmodel.party") / "data" / "offices.toml").read_text(encoding="utf-8")
    old = 'managed = { province = "province", district = "province", commune = "commune", front = "province" }'
    given = 'managed = { centre = "centre", province = "province", district = "province", commune = "commune", front = "province" }'
    assert given in text
    new = 'managed = [{ kinds = { commune = "commune" } }, { from = 2024-07-01, kinds = { commune = "province" } }]'
    table = read_posts(text.replace(given, new).replace("377-QĐ/TW", "400-QĐ/TW"))
    assert old not in text
    history = on(two_provinces(), "2024-03-01", ("appoint", "ax", FRONT_CHAIR, {"person": "p1"}))
    levels = [deciding_level(history, "p1", on=day, table=table) for day in ("2024-06-30", "2024-07-01")]
    assert [one.level for one in levels if not isinstance(one, Undecided)] == ["commune", "province"]
    assert table.regulation("2025-10-08") == "400-QĐ/TW"


def test_every_post_of_the_table_is_managed_by_a_known_level() -> None:
    """The data file is whole."""
    known = posts()
    assert all(post.name and post.name_vi and post.kinds and post.rank and post.body for post in known.values())
    levels = {known[post].level(kind, "2026-01-01") for post in known for kind in known[post].kinds}
    assert levels == {"grassroots", "commune", "province", "centre"}
    assert known["secretary"].level("moon", "2026-01-01") is None
    assert {kind for post in known.values() for kind in post.kinds} <= {kind.id for kind in kinds.KINDS}


# ---- local origin


def test_a_merger_changes_who_is_local() -> None:
    """Someone from old Bắc Giang is not local in old Bắc Ninh and is local in the new one (MECHANISMS 14)."""
    reform = vietnam.reform_2025()
    before, after = reform.at("2025-06-30"), reform.at("2025-07-01")
    giang = before.one(code="24", kind="province").id
    old, new = before.one(code="27", kind="province").id, after.one(code="24", kind="province").id
    assert giang != new
    assert is_local(before, giang, old) is False
    assert is_local(after, giang, new) is True
    assert is_local(after, old, new) is True
    elsewhere = after.one(code="46", kind="province").id
    assert is_local(after, giang, elsewhere) is False


def test_local_origin_is_left_open_where_it_cannot_be_told() -> None:
    """No record, an origin larger than the unit, a divided origin of which a part is inside."""
    into = [om.Unit("n1", name="N1", parent="ad"), om.Unit("n2", name="N2", parent="bd")]
    structure = on(two_provinces(), "2025-01-01", ("break_down", "ax", into, {})).at("2025-01-01")
    undecided = [is_local(structure, *pair) for pair in ((None, "a"), ("never", "a"), ("a", "n1"), ("ax", "a"))]
    assert all(isinstance(one, Undecided) for one in undecided)
    assert is_local(structure, "n1", "a") is True
    assert is_local(structure, "bx", "a") is False
    assert isinstance(local(structure, "a", SECRETARY), Undecided)


def test_the_share_of_chairs_not_local_follows_their_replacement() -> None:
    """17, 20, 34 of 34 on the days of MECHANISMS 14; at least 17 holdings end early, each with a reason (17)."""
    history = vietnam.reform_2025()
    provinces = list(history.at("2025-07-01").select("province"))
    away = {unit: provinces[(n + 1) % len(provinces)] for n, unit in enumerate(provinces)}
    history = on(
        history,
        "2025-10-17",
        *(("appoint", u, SECRETARY, {"person": f"s-{u}", "origin": away[u]}) for u in provinces),
        *(
            ("appoint", u, COMMITTEE_CHAIR, {"person": f"c-{u}", "origin": away[u] if n < 17 else u})
            for n, u in enumerate(provinces)
        ),
    )
    for day, places in (("2025-11-05", range(17, 20)), ("2025-11-24", range(20, 34))):
        chosen = [provinces[n] for n in places]
        history = on(
            history,
            day,
            *(("relieve", u, COMMITTEE_CHAIR, {"reason": "replacement"}) for u in chosen),
            *(("appoint", u, COMMITTEE_CHAIR, {"person": f"n-{u}", "origin": away[u]}) for u in chosen),
        )

    def not_local(day: str, *which: str) -> str:
        return str(share_not_local(history, "province", which, on=day))

    assert not_local("2025-10-17", SECRETARY) == "34 of 34 not local"
    assert [not_local(day, COMMITTEE_CHAIR) for day in ("2025-10-17", "2025-11-05", "2025-11-24")] == [
        "17 of 34 not local",
        "20 of 34 not local",
        "34 of 34 not local",
    ]
    assert not_local("2025-11-04", COMMITTEE_CHAIR) == "17 of 34 not local"
    assert not_local("2025-12-08", SECRETARY, COMMITTEE_CHAIR) == "68 of 68 not local"
    assert str(share_not_local(history, "province", [SECRETARY], under="vn-p-46")) == "0 of 0 not local"
    ended = ended_early(history, "province", [COMMITTEE_CHAIR], period=Period("2025-10-17", "2025-11-25"))
    assert len(ended) == 17
    assert {one.reason for one in ended} == {"replacement"}
    assert all(one.period.end and one.period.end < dt.date(2026, 6, 1) for one in ended)
    since = Period("2025-10-17", "2026-01-01")
    assert all(vacancies(history, unit, COMMITTEE_CHAIR, period=since) == () for unit in provinces)


def test_a_vacant_post_is_neither_local_nor_not() -> None:
    """It is counted apart, like an origin that nobody recorded."""
    history = on(two_provinces(), "2024-03-01", ("appoint", "a", SECRETARY, {"person": "p1"}))
    share = share_not_local(history, "province", [SECRETARY], on="2025-01-01")
    assert (share.not_local, share.local, share.unknown, share.vacant, share.posts) == (0, 0, 1, 1, 2)
    with pytest.raises(Refused, match="the structure is that of 2025-01-01"):
        share_not_local(history.at("2025-01-01"), "province", [SECRETARY], on="2025-01-02")


def test_a_misspelt_kind_is_told_when_it_is_asked_who_left_early() -> None:
    """An empty answer would say that nobody did."""
    history = history_of([{"id": "vn", "kind": "centre"}], day="2025-01-01", schema=kinds.SCHEMA)
    with pytest.raises(Refused, match=r"did you mean 'province'"):
        ended_early(history, "provnce", ["secretary"], period=om.Period("2025-01-01", "2026-01-01"))
