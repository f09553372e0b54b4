"""Offices: who holds what, vacancies, gaps over a merger, early ends, who decides, who is local."""

from __future__ import annotations

import datetime as dt

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event, Link, Succession
from orgmodel.errors import Refused, UnitEnded
from orgmodel.history.history import History, history_of
from orgmodel.io import jsonl
from orgmodel.model.office import EARLY, END_REASONS, Holding, Post, Vacancy
from orgmodel.model.unit import Unit
from orgmodel.party import vietnam
from orgmodel.party.law import rulebook
from orgmodel.party.offices import (
    COMMITTEE_CHAIR,
    DEPUTY_SECRETARY,
    FRONT_CHAIR,
    SECRETARY,
    STANDING_DEPUTY,
    Decision,
    appoint,
    check_double_office,
    deciding_level,
    double_offices,
    end_holding,
    ended_early,
    holder,
    holders,
    holdings,
    interruptions,
    is_local,
    managing_level,
    posts,
    posts_of,
    regulation_on,
    share_not_local,
    vacancies,
)
from orgmodel.period import ONE_DAY, Period, as_day
from orgmodel.rules.rule import Undecided


def two_provinces() -> History:
    """Two provinces that merge on 2025-07-01, each with a commune."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "a", "kind": "province", "parent": "vn"},
        {"id": "b", "kind": "province", "parent": "vn"},
        {"id": "ax", "kind": "commune", "parent": "a"},
        {"id": "bx", "kind": "commune", "parent": "b"},
    ]
    return history_of(rows, day="2024-01-01")


def merger(*more: Event, day: str = "2025-07-01") -> Act:
    """The merger of the two."""
    event = Succession(
        (Link("a", "n"), Link("b", "n")),
        created=(Unit("n", kind="province", parent="vn"),),
        changes=(Change("ax", "parent", "n"), Change("bx", "parent", "n")),
    )
    return Act("merger", day, [event, *more])


def at_work(unit: str, post: str, person: str, start: str, end: str | None = None, **more: object) -> Act:
    """An act that appoints a person."""
    holding = Holding(unit, post, person, Period(start, end), **more)  # type: ignore[arg-type]
    return Act(f"{unit} {post} {person} {start}", start, appoint(holding))


def test_a_holding_is_dated_and_its_holder_opaque() -> None:
    """The post is held from its first day to the day before its end."""
    history = two_provinces().enact(at_work("a", SECRETARY, "p1", "2024-03-01", "2025-01-01", origin="b"))
    days = ("2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01")
    assert [holder(history.at(day), "a", SECRETARY) for day in days] == [None, "p1", "p1", None]
    assert holdings(history) == (Holding("a", SECRETARY, "p1", Period("2024-03-01", "2025-01-01"), 1, "b"),)


def test_one_person_may_hold_two_posts() -> None:
    """Both queries of MECHANISMS 13 return two posts."""
    thanh_hoa = two_provinces().enact(
        at_work("a", DEPUTY_SECRETARY, "p1", "2024-03-01", seat=2), at_work("a", FRONT_CHAIR, "p1", "2024-04-01")
    )
    assert posts_of(thanh_hoa.at("2025-11-18"), "p1") == (("a", DEPUTY_SECRETARY, 2), ("a", FRONT_CHAIR, 1))
    s4 = (
        two_provinces()
        .enact(Act("o", "2025-02-01", [Creation(Unit("dc", kind="direct-organisation", parent="a"))]))
        .enact(at_work("a", STANDING_DEPUTY, "p1", "2025-03-01"), at_work("dc", SECRETARY, "p1", "2025-03-01"))
    )
    assert posts_of(s4.at("2026-01-12"), "p1") == (("a", STANDING_DEPUTY, 1), ("dc", SECRETARY, 1))
    assert double_offices(s4.at("2026-01-12"), "a", STANDING_DEPUTY, [("dc", SECRETARY)]) == (("p1", "dc", SECRETARY),)
    assert posts_of(s4.at("2026-01-12"), "nobody") == ()


@pytest.mark.parametrize("person", ["p1", "p2"])
@pytest.mark.parametrize("required", [True, False])
def test_double_offices_are_required_or_forbidden(person: str, required: bool) -> None:
    """A finding where they must coincide and do not, or must not and do."""
    history = two_provinces().enact(
        at_work("a", DEPUTY_SECRETARY, "p1", "2024-03-01"), at_work("a", FRONT_CHAIR, person, "2024-03-01")
    )
    found = check_double_office(history.at("2025-01-01"), "a", DEPUTY_SECRETARY, ("a", FRONT_CHAIR), required=required)
    assert bool(found) == ((person == "p1") != required)
    with pytest.raises(Refused, match="nobody is recorded as front_chair"):
        check_double_office(
            two_provinces().enact(at_work("a", SECRETARY, "p1", "2024-03-01")).at("2025-01-01"),
            "a",
            SECRETARY,
            ("a", FRONT_CHAIR),
            required=required,
        )


@pytest.mark.parametrize(("deputies", "violated"), [(3, 0), (2, 1)])
def test_a_deputy_who_chairs_the_front_needs_three_deputies(deputies: int, violated: int) -> None:
    """Allowed with three deputies, a finding of D11 with two (MECHANISMS 13)."""
    history = two_provinces().enact(
        at_work("a", DEPUTY_SECRETARY, "p1", "2024-03-01"),
        at_work("a", FRONT_CHAIR, "p1", "2024-03-01"),
        Act("n", "2024-03-01", [Change("a", "measure:deputy_secretaries", deputies, "own")]),
    )
    assert rulebook().select("D11").audit(history.at("2025-11-18")).counts["D11"].violated == violated


def test_a_vacancy_lasts_from_the_end_to_the_next_beginning() -> None:
    """Ended on 15 January 2026, the next from 1 February: 16 days (MECHANISMS 17)."""
    history = two_provinces().enact(at_work("a", COMMITTEE_CHAIR, "p1", "2024-01-01", origin="a"))
    # The last day in office is 15 January: the act that ends it is effective on the 16th.
    ending = Act("end", "2026-01-16", end_holding(history.at("2026-01-15"), "a", COMMITTEE_CHAIR, "resignation"))
    history = history.enact(ending, at_work("a", COMMITTEE_CHAIR, "p2", "2026-02-01", origin="b"))
    (gap,) = vacancies(history, "a", COMMITTEE_CHAIR)
    assert gap == Vacancy("a", COMMITTEE_CHAIR, 1, Period("2026-01-16", "2026-02-01"), "resignation")
    assert gap.days() == 16
    assert vacancies(history, "a", COMMITTEE_CHAIR, a="2026-01-20", b="2026-01-25")[0].days() == 5
    assert vacancies(history, "a", COMMITTEE_CHAIR, b="2026-01-16") == ()
    (first, second) = holdings(history)
    assert (first.reason, first.origin, second.reason) == ("resignation", "a", None)
    assert "resignation" in EARLY


def test_a_post_never_held_is_vacant_all_along_and_an_open_vacancy_has_no_end() -> None:
    """It is open until a day is given."""
    (gap,) = vacancies(two_provinces(), "a", SECRETARY)
    assert gap.period == Period("2024-01-01")
    assert (gap.days(), gap.days(as_day("2024-01-31"))) == (None, 30)


def test_ending_asks_for_a_holder_and_a_known_reason() -> None:
    """Each fault is told; a unit that has ended names its successor."""
    history = two_provinces().enact(at_work("a", SECRETARY, "p1", "2024-03-01"), merger())
    with pytest.raises(Refused, match="'boredom' is no reason"):
        end_holding(history.at("2025-01-01"), "a", SECRETARY, "boredom")
    with pytest.raises(Refused, match="nobody holds committee_chair"):
        end_holding(history.at("2025-01-01"), "a", COMMITTEE_CHAIR, "transfer")
    with pytest.raises(UnitEnded, match="went on in 'n'"):
        end_holding(history.at("2025-07-01"), "a", SECRETARY, "transfer")
    assert set(END_REASONS) >= EARLY


def test_offices_lapse_with_a_merger_and_leadership_may_go_on_without_a_gap() -> None:
    """No day without a holder: in each predecessor before, in the new unit from its day on."""
    history = two_provinces().enact(
        at_work("a", SECRETARY, "p1", "2024-01-01"), at_work("b", SECRETARY, "p2", "2024-01-01"), merger()
    )
    seamless = history.enact(at_work("n", SECRETARY, "p1", "2025-07-01"))
    assert interruptions(seamless, "n", SECRETARY, "2024-01-01", "2026-01-01") == ()
    assert {h.unit: h.reason for h in holdings(seamless)} == {"a": "merger", "b": "merger", "n": None}
    assert ended_early(seamless, "2024-01-01", "2026-01-01") == ()
    late = history.enact(at_work("n", SECRETARY, "p1", "2025-07-04"))
    (gap,) = interruptions(late, "n", SECRETARY, "2024-01-01", "2026-01-01")
    assert (gap.unit, gap.days()) == ("n", 3)
    early = two_provinces().enact(
        at_work("a", SECRETARY, "p1", "2024-01-01"),
        at_work("b", SECRETARY, "p2", "2024-01-01", "2025-06-01"),
        merger(),
        at_work("n", SECRETARY, "p1", "2025-07-01"),
    )
    (gap,) = interruptions(early, "n", SECRETARY, "2024-01-01", "2026-01-01")
    assert (gap.unit, gap.period) == ("b", Period("2025-06-01", "2025-07-01"))


def test_offices_survive_a_file() -> None:
    """Slots of a post and a seat come back as they were."""
    history = two_provinces().enact(
        at_work("a", DEPUTY_SECRETARY, "p1", "2024-03-01", seat=2, origin="bx"),
        at_work("a", DEPUTY_SECRETARY, "p2", "2024-03-01", seat=1),
    )
    again = jsonl.loads(jsonl.dumps(history))
    assert holdings(again) == holdings(history)
    assert holders(again.at("2025-01-01"), "a", DEPUTY_SECRETARY) == ("p2", "p1")


# ---- who decides


def test_the_highest_post_decides() -> None:
    """Commune and province give province; one more post managed by the centre gives centre (MECHANISMS 25)."""
    history = two_provinces().enact(
        at_work("ax", FRONT_CHAIR, "p1", "2024-03-01"),
        at_work("ax", SECRETARY, "p1", "2025-10-01"),
        at_work("a", SECRETARY, "p1", "2025-11-01"),
    )
    found = {day: deciding_level(history.at(day), "p1") for day in ("2025-09-30", "2025-10-08", "2025-11-01")}
    assert [d.level for d in found.values() if d] == ["commune", "province", "centre"]
    assert [d.regulation == "377-QĐ/TW" for d in found.values() if d] == [False, True, True]
    assert deciding_level(history.at("2024-01-01"), "p1") is None
    with pytest.raises(Refused, match="no table says who manages gardener"):
        deciding_level(two_provinces().enact(at_work("a", "gardener", "p2", "2024-03-01")).at("2025-01-01"), "p2")


def test_the_regulation_changes_on_8_october_2025() -> None:
    """Before, the earlier regulations are named."""
    assert "80-QĐ/TW (2022)" in regulation_on("2025-10-07")
    assert regulation_on("2025-10-08") == "377-QĐ/TW"


def test_what_held_before_2021_is_not_on_record() -> None:
    """It is not answered from later regulations."""
    assert isinstance(regulation_on("2020-12-31"), Undecided)
    history = two_provinces().enact(at_work("a", "secretary", "p2", "2024-03-01"))
    assert isinstance(deciding_level(history.at("2024-03-01"), "p2"), Decision)


def test_every_post_of_the_table_is_managed_by_a_known_level() -> None:
    """The data file is whole."""
    assert all(post.name and post.name_vi and post.kinds for post in posts().values())
    assert {managing_level(p.id, kind) for p in posts().values() for kind in p.kinds} <= {
        "grassroots",
        "commune",
        "province",
        "centre",
    }
    assert managing_level("secretary", "moon") is None
    with pytest.raises(Refused, match="0 seats"):
        Post("nothing", seats=0)


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
    divided = Succession(
        (Link("ax", "n1", "part"), Link("ax", "n2", "part")),
        created=(Unit("n1", kind="commune", parent="a"), Unit("n2", kind="commune", parent="b")),
    )
    structure = two_provinces().enact(Act("d", "2025-01-01", [divided])).at("2025-01-01")
    assert is_local(structure, None, "a") is None
    assert is_local(structure, "never", "a") is None
    assert is_local(structure, "a", "n1") is None
    assert is_local(structure, "ax", "a") is None
    assert is_local(structure, "n1", "a") is True
    assert is_local(structure, "bx", "a") is False


def _chairs() -> tuple[History, list[str]]:
    """The 34 provinces, each with a chair and a secretary on 2025-10-17; 17 chairs and all secretaries not local."""
    reform = vietnam.reform_2025()
    provinces = list(reform.at("2025-07-01").select("province"))
    events: list[Event] = []
    for n, unit in enumerate(provinces):
        away = provinces[(n + 1) % len(provinces)]
        for post, origin in ((SECRETARY, away), (COMMITTEE_CHAIR, away if n < 17 else unit)):
            events += appoint(Holding(unit, post, f"{post}-{n}", Period("2025-10-17"), origin=origin))
    return reform.enact(Act("posts", "2025-10-17", events)), provinces


def test_the_share_of_chairs_not_local_follows_their_replacement() -> None:
    """17, 20, 34 of 34 on the days of MECHANISMS 14; at least 17 holdings end early, each with a reason (17)."""
    history, provinces = _chairs()
    for day, places in (("2025-11-05", range(17, 20)), ("2025-11-24", range(20, 34))):
        events: list[Event] = []
        for n in places:
            unit, away = provinces[n], provinces[(n + 1) % len(provinces)]
            events += end_holding(history.at(as_day(day) - ONE_DAY), unit, COMMITTEE_CHAIR, "replacement")
            events += appoint(Holding(unit, COMMITTEE_CHAIR, f"new-{n}", Period(day), origin=away))
        history = history.enact(Act(f"replace {day}", day, events))

    def not_local(day: str, *which: str) -> str:
        return str(share_not_local(history.at(day), which, "province"))

    assert not_local("2025-10-17", SECRETARY) == "34 of 34 not local"
    assert [not_local(day, COMMITTEE_CHAIR) for day in ("2025-10-17", "2025-11-05", "2025-11-24")] == [
        "17 of 34 not local",
        "20 of 34 not local",
        "34 of 34 not local",
    ]
    assert not_local("2025-11-04", COMMITTEE_CHAIR) == "17 of 34 not local"
    assert not_local("2025-12-08", SECRETARY, COMMITTEE_CHAIR) == "68 of 68 not local"
    ended = ended_early(history, "2025-10-17", "2025-11-24")
    assert len(ended) == 17
    assert {h.reason for h in ended} == {"replacement"}
    assert all(h.period.end and h.period.end < dt.date(2026, 6, 1) for h in ended)
    assert all(vacancies(history, unit, COMMITTEE_CHAIR, a="2025-10-17") == () for unit in provinces)


def test_a_vacant_post_is_neither_local_nor_not() -> None:
    """It is counted apart, like an origin that nobody recorded."""
    history = two_provinces().enact(at_work("a", SECRETARY, "p1", "2024-03-01"))
    share = share_not_local(history.at("2025-01-01"), [SECRETARY], "province")
    assert (share.not_local, share.local, share.unknown, share.vacant, share.posts) == (0, 0, 1, 1, 2)
