"""Terms, congresses, committees and deadlines."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from fractions import Fraction
from importlib.resources import files

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change
from orgmodel.errors import BadDay, Refused
from orgmodel.history.history import History, history_of, structure_of
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds, law, vietnam
from orgmodel.party.congresses import (
    check_upward,
    congress_windows,
    due,
    next_congress,
    overdue,
    roman,
    seats_by_members,
)
from orgmodel.party.deadlines import Proceeding, add_working_days, is_working_day, working_days
from orgmodel.party.decisions import next_number, seats_by_head
from orgmodel.party.law import in_force, rulebook
from orgmodel.party.terms import TERM_TRACK, Term
from orgmodel.period import Period, as_day
from orgmodel.rules.rule import Undecided

VIETNAM = holidays.country_holidays("VN", years=range(2024, 2031))


def party() -> History:
    """A centre, a province, a commune, a grassroots organisation, a cell."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "p", "kind": "province", "parent": "vn"},
        {"id": "x", "kind": "commune", "parent": "p"},
        {"id": "g", "kind": "grassroots-organisation", "parent": "x"},
        {"id": "c", "kind": "cell", "parent": "g"},
    ]
    return history_of(rows, day="2020-01-01", schema=Schema(matters=kinds.SCHEMA.matters))


# ---- terms and calendars


def test_terms_are_years_by_the_calendar() -> None:
    """Five years and thirty months, also from a leap day; the end is the first day of the next."""
    assert Term.of("p", "2025-10-15", 60).period == Period("2025-10-15", "2030-10-15")
    assert Term.of("c", "2025-08-31", months=30).end == dt.date(2028, 2, 29)
    assert Term.of("p", "2024-02-29", 60).end == dt.date(2029, 2, 28)
    assert Term.of("p", "2025-10-15", 60).years == "2025-2030"
    assert Term.of("p", "2025-10-15", 60).lasts(60)
    assert not Term.of("p", "2025-10-15", 60).lasts(59)


def test_congresses_are_due_and_overdue_by_the_end_of_the_term() -> None:
    """Due on the first day of the next term: until then due within, after it overdue, the longest first."""
    history = party().enact(
        Act("1", "2020-10-15", [Change("p", TERM_TRACK, "2020-10-15/2025-10-15", "committee")]),
        Act("2", "2022-06-01", [Change("c", TERM_TRACK, "2022-06-01/2024-12-01", "committee")]),
    )
    assert [(d.unit, d.days) for d in due(history, days=10, on="2025-10-05")] == [("p", 10)]
    assert due(history, days=9, on="2025-10-05") == ()
    assert [(d.unit, d.days) for d in due(history, days=0, on="2025-10-15")] == [("p", 0)]
    assert [(d.unit, d.kind, d.days) for d in overdue(history, on="2025-10-16")] == [
        ("c", "cell", -319),
        ("p", "province", -1),
    ]
    assert [d.unit for d in overdue(history, on="2025-10-15")] == ["c"]
    assert overdue(history, "g", on="2025-10-15")[0].unit == "c"
    assert due(history, "g", days=9999, on="2020-10-15") == ()


def test_a_calendar_runs_upward_without_gap_or_overlap() -> None:
    """From cells to the province, each window ending where the next begins."""
    slots = congress_windows(party().at("2025-01-01"), "2025-10-31", weeks={"province": 4, "cell": 6, "commune": 8})
    assert [slot.kind for slot in slots] == ["cell", "commune", "province"]
    assert [a.period.end == b.period.start for a, b in itertools.pairwise(slots)] == [True, True]
    assert slots[-1].period.last == dt.date(2025, 10, 31)
    with pytest.raises(Refused) as caught:
        congress_windows(party().at("2025-01-01"), "2025-10-31", weeks={"moon": 1, "district": 2, "cell": 0})
    assert len(caught.value.findings) == 3


def test_congresses_are_held_from_the_bottom_to_the_top() -> None:
    """One above that comes first is found, also over a level without a day; the same day is no fault."""
    structure = party().at("2025-01-01")
    assert check_upward(structure, {"c": "2025-02-01", "g": "2025-03-01", "p": "2025-10-01"}) == ()
    assert check_upward(structure, {"c": "2025-02-01", "p": "2025-02-01"}) == ()
    (finding,) = check_upward(structure, {"c": "2025-02-02", "p": "2025-02-01"})
    assert finding.units == ("p", "c")


def test_numbering_restarts_after_a_merger() -> None:
    """I in a merged unit, one more otherwise; numerals as they are written (MECHANISMS 10)."""
    assert [next_number(False, 16), next_number(True, 16), next_number(False, None)] == [17, 1, None]
    assert [roman(n) for n in (1, 4, 9, 14, 16, 17, 18, 20, 40, 1999)] == [
        "I", "IV", "IX", "XIV", "XVI", "XVII", "XVIII", "XX", "XL", "MCMXCIX",
    ]  # fmt: skip
    with pytest.raises(Refused):
        roman(0)


def test_all_congresses_of_the_table_are_within_their_caps() -> None:
    """The 15 of party_units_2025.csv; 451 delegates in Tuyên Quang would be a finding (MECHANISMS 10)."""
    text = (files("orgmodel.party") / "data" / "vietnam" / "party_units_2025.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["delegates"]]
    units = [{"id": "vn", "kind": "centre"}]
    units += [
        {
            "id": f"p{row['province_code']}",
            "kind": "province",
            "code": row["province_code"],
            "parent": "vn",
            "merged_from": int(row["n_merged"]),
            "congress_delegates": int(row["delegates"]),
        }
        for row in rows
    ]
    book = rulebook().select("E07")
    assert book.audit(structure_of(units, day="2025-10-15")).counts["E07"].satisfied == len(rows) == 15
    limits = book["E07"].versions[0].values
    for row in rows:
        made = limits["by_code"].get(row["province_code"]) or limits["by_merged"].get(row["n_merged"], limits["value"])
        assert made == int(row["delegate_cap_rule_E07"])
    over = [{**unit, "congress_delegates": 451} if unit["id"] == "p08" else unit for unit in units]
    (finding,) = book.audit(structure_of(over, day="2025-10-15"))
    assert finding.units == ("p08",)


# ---- delegates


def test_seats_by_head_of_the_national_congress() -> None:
    """13, 24, 35; Hà Nội 23, TP. Hồ Chí Minh 45; 761 of the 34 provinces, 781 with the two bonuses (MECHANISMS 11)."""
    reform = vietnam.reform_2025()
    before, after = reform.at("2025-06-30"), reform.at("2025-07-01")
    made_of: dict[str, int] = dict.fromkeys(after.select("province"), 0)
    for old in before.select("province"):
        for new in reform.lineage.successors(old, on="2025-07-01"):
            made_of[new] += 1
    values = in_force("E10", "2025-11-01").values
    assert sorted({seats_by_head(values, n, None, None) for n in made_of.values()}) == [13, 24, 35]
    assert sum(seats_by_head(values, n, None, None) for n in made_of.values()) == 761
    day = reform.at("2025-11-01")
    seats = {unit: law.seats_by_head(day, unit) for unit in made_of}
    assert sum(seats.values()) == 781
    assert [seats[after.one(code=code, kind="province").id] for code in ("01", "79")] == [23, 45]
    assert (
        str(law.seats_by_head(before, before.select("province")[0]))
        == "what held before 2025-07-23 is not on record [E10]"
    )
    assert 165 + 353 + 1070 == 1588
    with pytest.raises(Refused):
        seats_by_head(values, 0, None, None)


def test_seats_by_members_keep_their_total_and_say_what_is_missing() -> None:
    """Largest remainders share out exactly the total; a divisor rounds halves down."""
    assert seats_by_members({"a": 750, "b": 751}, divisor=500) == {"a": 1, "b": 2}
    with pytest.raises(Refused) as caught:
        seats_by_members({"a": -1}, divisor=0, total=5)
    assert len(caught.value.findings) >= 3


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 500), min_size=1), st.integers(0, 60))
def test_largest_remainders_stay_within_one_seat_of_the_quota(members: dict[str, int], total: int) -> None:
    """The total is kept and no one is a seat or more from the exact quota."""
    whole = sum(members.values())
    if not whole:
        return
    seats = seats_by_members(members, total=total)
    assert sum(seats.values()) == total
    assert all(abs(seats[u] - Fraction(total * n, whole)) < 1 for u, n in members.items())


def test_one_seat_more_may_take_a_seat_away() -> None:
    """Largest remainders are not monotone: a counterexample exists (anti-law N2)."""
    few, more = (seats_by_members({"a": 1, "b": 3, "c": 3}, total=n) for n in (3, 4))
    assert more["a"] < few["a"]


# ---- bodies of the State


# ---- committees


def test_the_seats_of_hue_meet_the_rule_and_those_of_ha_noi_are_disputed() -> None:
    """Huế 52, 15, 3, 11; Hà Nội 75, 17, 4, 12 gives one finding marked so (MECHANISMS 12)."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {
            "id": "hue", "code": "46", "kind": "province", "parent": "vn", "merged_from": 1, "executive_committee": 52,
            "standing_committee": 15, "deputy_secretaries": 3, "inspection_committee": 11,
        },
        {
            "id": "hanoi", "code": "01", "kind": "province", "parent": "vn", "merged_from": 1,
            "executive_committee": 75, "standing_committee": 17, "deputy_secretaries": 4, "inspection_committee": 12,
        },
    ]  # fmt: skip
    audit = rulebook().audit(structure_of(rows, day="2025-10-15"))
    (finding,) = audit.findings
    assert (finding.rule, finding.units, finding.certainty) == ("D14", ("hanoi",), "disputed source")


def test_a_cell_has_no_inspection_committee_and_a_merged_unit_gets_its_by_appointment() -> None:
    """C07 and C08 of MECHANISMS 23; once the congress was held, an elected one is in order."""
    book = rulebook()
    cell = party().enact(Act("1", "2025-06-01", [Change("c", "measure:inspection_committee", 3, "own")]))
    assert [f.units for f in book.select("C07").audit(cell.at("2025-06-01")).of("C07")] == [("c",)]
    merged = Change("p", "measure:merged_from", 2, "own"), Change("p", "fact:formed", "elected", "inspection")
    history = party().enact(Act("1", "2025-07-01", merged))
    assert [f.units for f in book.select("C08").audit(history.at("2025-07-01"))] == [("p",)]
    with history.draft("2025-10-01", act_id="2") as act:
        act.hold_congress("p", 1)
    assert len(book.select("C08").audit(history.enact(act).at("2025-10-01"))) == 0


# ---- deadlines


def test_working_days_leave_out_weekends_and_public_holidays() -> None:
    """The day of the decision does not count; day 60 is in time."""
    assert not is_working_day("2025-07-05")
    assert working_days("2025-07-04", "2025-07-07") == 1
    assert working_days("2025-07-04", "2025-07-04") == 0
    plain, real = (add_working_days("2025-07-01", 60, known) for known in ((), VIETNAM))
    assert (plain, real) == (dt.date(2025, 9, 23), dt.date(2025, 9, 25))
    assert add_working_days("2025-07-01", 0) == dt.date(2025, 7, 1)
    with pytest.raises(Refused):
        add_working_days("2025-07-01", -1)


@given(st.dates(dt.date(2024, 1, 1), dt.date(2029, 1, 1)), st.integers(1, 90))
def test_adding_and_counting_working_days_agree(start: dt.date, days: int) -> None:
    """The day that is number n is n working days away, and a working day itself."""
    end = add_working_days(start, days, VIETNAM)
    assert working_days(start, end, VIETNAM) == days
    assert is_working_day(end, VIETNAM)
    assert working_days(start, end - dt.timedelta(1), VIETNAM) == days - 1


def test_a_case_takes_its_days_so_far_while_it_is_open() -> None:
    """Done later than the day asked about, it is still open on that day."""
    open_case, late = Proceeding.parse("2025-07-01/"), Proceeding.parse("2025-07-01/2025-09-24")
    assert open_case.days_taken(as_day("2025-07-08")) == late.days_taken(as_day("2025-07-08")) == 5
    assert late.days_taken(as_day("2026-01-01")) == 61
    with pytest.raises(BadDay):
        Proceeding.parse("soon/")


def test_the_next_number_asks_the_rule_which_mergers_count() -> None:
    """One made of two in 2008 goes on, one made of two in 2025 begins anew, as does who took another one over then."""
    rows = [
        {"id": "vn", "kind": "centre"},
        *({"id": f"{one}{n}", "kind": "province", "parent": "vn"} for one in "opq" for n in (1, 2)),
    ]
    history = history_of(rows, day="2005-01-01", schema=kinds.SCHEMA)
    for day, verb, units in (
        ("2008-08-01", "merge", "o"),
        ("2025-07-01", "merge", "p"),
        ("2025-07-02", "take_over", "q"),
    ):
        with history.draft(day) as act:
            if verb == "merge":
                act.merge([f"{units}1", f"{units}2"], into=Unit(units, name=units, kind="province", parent="vn"))
            else:
                act.take_over("q1", ["q2"])
        history = history.enact(act)
    found = {unit: next_congress(history, unit, on="2025-09-01") for unit in ("o", "p", "q1", "vn")}
    assert (found["p"], found["q1"]) == (1, 1)
    assert isinstance(found["o"], Undecided)
    assert isinstance(found["vn"], Undecided)
    with history.draft("2025-10-01", source=Source("congress")) as act:
        act.hold_congress("p")
        act.hold_congress("o", 18)
    later = history.enact(act)
    assert [next_congress(later, unit, on="2025-12-01") for unit in ("o", "p")] == [19, 2]
