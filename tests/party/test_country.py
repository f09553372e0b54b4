"""The embedded country: what is public of the Party's organisation, each act with its source, the rest unknown."""

from __future__ import annotations

import pytest

from orgmodel.acts.act import Act
from orgmodel.history.history import History
from orgmodel.io.jsonl import dumps, loads
from orgmodel.model.matter import Other, Person
from orgmodel.model.measure import Quantity
from orgmodel.party import vietnam
from orgmodel.party.law import rulebook
from orgmodel.party.members import flow
from orgmodel.party.questions import count, matters, parties, state
from orgmodel.party.reporting import report
from orgmodel.rules.rulebook import Audit

DAYS = ("2025-06-30", "2025-07-01", "2026-01-12")


@pytest.fixture(scope="module")
def country() -> History:
    """The country."""
    return vietnam.country()


@pytest.fixture(scope="module")
def audits(country: History) -> dict[str, Audit]:
    """What the rulebook says of it on three days."""
    return {day: rulebook().audit(country.at(day)) for day in DAYS}


def test_every_act_tells_where_it_comes_from_and_how_sure_that_is(country: History) -> None:
    """No act without a source; those of the file and of public figures say their certainty."""
    from_file = {one.id for one in vietnam.embedded.acts()}
    for act in country.acts:
        assert act.source.label != "source unknown" or act.id == "vn-P004", act.id
        if act.id in from_file:
            assert act.source.certainty in ("seen", "partly memory", "memory"), act.id
            assert act.source.note or act.source.number, act.id


def test_forty_organisations_are_directly_under_the_centre(country: History) -> None:
    """63 + 4 before 2025, 34 + 6 from 2025-07-01; the commission has departments."""
    direct = {
        day: [country.at(day).count(kind) for kind in ("province", "central-organisation")]
        for day in ("2024-06-30", "2025-06-30", "2025-07-01")
    }
    assert list(direct.values()) == [[63, 4], [63, 6], [34, 6]]
    assert len(country.at("2025-07-01").children("vn-btc")) == 4


def test_the_party_corresponds_to_the_state(country: History) -> None:
    """Of all provinces, on both sides of the reform, and of the organisations that are named; other levels are undecided."""
    asked = {day: rulebook().select("B01").audit(country.at(day)) for day in ("2024-01-01", *DAYS)}
    satisfied = {day: audit.counts["B01"].satisfied for day, audit in asked.items()}
    assert satisfied == {"2024-01-01": 2 * 63, "2025-06-30": 2 * 63, "2025-07-01": 2 * 34, "2026-01-12": 2 * 34}
    assert [finding for audit in asked.values() for finding in audit] == []
    assert asked["2026-01-12"].counts["B01"].undecided == 3321
    before, now = country.at("2025-06-30"), country.at("2026-01-12")
    assert [before.value(unit, "corresponds_to") for unit in ("vn-p-24", "vn-p-46")] == ["vn-s-p-24", "vn-s-p-46"]
    assert [now.value(unit, "corresponds_to") for unit in ("vn-p-24-2025", "vn-p-46")] == [
        "vn-s-p-24-2025",
        "vn-s-p-46",
    ]
    assert now.parent("vn-s-p-87-ub", "system") == "vn-s-p-82-2025"
    assert now.value("vn-o-cp", "corresponds_to") == "vn-s-cp"


def test_a_province_that_corresponds_to_what_has_ended_is_a_finding(country: History) -> None:
    """On a branch on which the State's resolution names no unit for Bắc Ninh, it is told from both sides."""
    act = country.act("202/2025/QH15 (provinces of the State)")
    steps = [step for step in act.operations if getattr(step, "subject", None) != "vn-p-24-2025"]
    branch = country.correct(
        act.id, Act(act.id, act.effective, steps, act.source), reason="a trial", recorded="2026-06-01"
    )
    found = rulebook().select("B01").audit(branch.at("2025-07-01"))
    assert sorted(finding.units for finding in found) == [("vn-p-24-2025",), ("vn-s-p-24-2025",)]


def test_congresses_are_matters_and_terms(country: History) -> None:
    """15 provincial ones with their numbers, and the fourteenth of the whole Party."""
    held = matters(country, kind="congress", step="held")
    assert len(held) == 16
    (hue,) = matters(country, "vn-p-46", "congress")
    assert (hue.number, hue.appointed, hue.state) == (17, 336, "held")
    assert country.at("2025-10-02").value("vn-p-46", "fact:term", "committee") == "2025-10-02/2030-10-02"
    assert {one.said["number"] for one in held if one.id.startswith("vn-congress-25")} == {1}
    assert country.at("2026-01-22").measure("vn", "executive_committee") == Quantity(200)


def test_the_years_of_work_of_both_clusters(country: History) -> None:
    """14 signed in cluster 1 in 2024 in 8 groups, 9 in cluster 2 for 2026; the mid-year review is undated."""
    day = "2026-01-12"
    assert len(parties(country, "vn-year-cluster-1-2024", "signatory", on=day)) == 14
    (year,) = matters(country, "cluster-1", "work-year", year=2024)
    assert (len(year.groups), year.theme) == (8, None)
    assert any(one.id == "vn-year-cluster-1-2024" for one in matters(country, kind="work-year", undated=True))
    assert sorted(parties(country, "vn-year-cluster-2-2026", "signatory", on=day)) == sorted(
        country.at("2025-11-18").members("cluster-2")
    )
    assert state(country, "vn-year-cluster-2-2025", on=day) == "summed_up"


def test_awards_are_proposed_and_granted(country: History) -> None:
    """13 records proposed by cluster 2, a flag for the merged Bắc Ninh; 5 + 13 granted by the central commission."""
    proposed = matters(country, "cluster-2", "award", role="proposer", step="proposed")
    assert len(proposed) == 13
    assert sum(isinstance(one.one("recipient"), Person) for one in proposed) == 9
    (flag,) = matters(country, "vn-p-24-2025-btc", "award")
    assert (flag.form, flag.year, flag.state) == ("cờ thi đua", 2025, "proposed")
    granted = count(country, "vn-btc", "award", role="granter", by="form")
    assert {form: int(n.value or 0) for form, n in granted.items()} == {"cờ thi đua": 5, "bằng khen": 13}
    assert all(isinstance(one.one("recipient"), Other) for one in matters(country, "vn-btc", "award", role="granter"))


def test_flows_of_a_period(country: History) -> None:
    """166, 147 and 40 moves in the first half of 2024; 1,770 admitted in Huế; an open list is at least."""
    half = "2024-01/2024-06"
    moves = [
        flow(country, "cluster-1", f"moves.{how}", period=half).value
        for how in ("appointed", "nominated", "transferred")
    ]
    assert moves == [Quantity(166), Quantity(147), Quantity(40)]
    assert flow(country, "vn-p-46", "admitted", period=2025).value == Quantity(1770)
    assert flow(country, "cluster-1", "documents.plan", period=half).value == Quantity(45, "at least")
    assert not flow(country, "vn-p-46", "admitted", period=2024).value.is_known


def test_heads_not_local_by_day(country: History) -> None:
    """17 of 34 on 2025-10-17, 20 on 2025-11-05, 34 on 2025-11-24."""
    days = ("2025-10-16", "2025-10-17", "2025-11-05", "2025-11-24")
    told = [country.at(day).measure("vn", "chairs_not_local").value for day in days]
    assert told == [None, 17, 20, 34]


def test_what_is_not_public_is_unknown_and_never_zero(country: History, audits: dict[str, Audit]) -> None:
    """No member of a province without a published figure, no leader of cluster 1 in 2026; most cases are undecided."""
    now = country.at("2026-01-12")
    assert not now.measure("vn-p-04", "members", "subtree").is_known
    assert not isinstance(now.leader("cluster-1"), str)
    for audit in audits.values():
        assert sum(c.undecided for c in audit.counts.values()) > 70_000
    assert isinstance(state(country, "vn-steering-18", on="2026-01-12"), str)


def test_its_audits_say_what_is_true(audits: dict[str, Audit]) -> None:
    """No finding before the reform and on its day; afterwards one, disputed by its sources, with its law."""
    assert [len(audits[day]) for day in DAYS] == [0, 0, 1]
    (finding,) = audits["2026-01-12"].findings
    assert (finding.rule, finding.units, finding.severity, finding.certainty) == (
        "D14",
        ("vn-p-01",),
        "warning",
        "disputed source",
    )
    assert finding.citation.startswith("Quy định 296-QĐ/TW")
    after = audits["2026-01-12"].counts
    assert {rule: after[rule].satisfied for rule in ("B06", "B07", "C06", "E07", "E12")} == {
        "B06": 1, "B07": 8, "C06": 1, "E07": 15, "E12": 10,
    }  # fmt: skip
    assert [one.rule for one in audits["2025-06-30"].not_on_record][:3] == ["B04", "B05", "B06"]


def test_it_comes_back_from_its_file(country: History) -> None:
    """Matters, flows and all."""
    again = loads(dumps(country))
    assert again == country
    assert again.same_facts(country)
    assert len(matters(again, kind="award")) == len(matters(country, kind="award")) == 31


def test_a_cancelled_act_takes_what_it_said_along(country: History) -> None:
    """Without the conference of 2025-12-08 nothing was granted, and what others said of its year is refused."""
    less = country.cancel("vn-p-46-conference-2025", recorded="2026-02-01", reason="a trial")
    assert not flow(less, "vn-p-46", "admitted", period=2025).value.is_known
    assert flow(country, "vn-p-46", "admitted", period=2025).value.is_known
    assert not matters(less, "vn-p-46-btc", "work-year")


def test_no_person_is_named(country: History) -> None:
    """Persons are opaque ids, in offices and in matters."""
    last = country.at("2026-03-01")
    for one in matters(last):
        assert all(who.id.startswith("vn-person-") for part in one.parties if isinstance(who := part.who, Person))
    held = [who for unit in ("vn-p-38",) for who in last.slots(unit, "office").values()]
    assert held == ["vn-person-1", "vn-person-1"]


def test_the_report_of_a_year_counts_predecessors_and_says_what_is_unknown(country: History) -> None:
    """Phú Thọ in the third quarter of 2025: 3 provinces and 479 communes become 1 and 148, by two resolutions."""
    content = report(country, "vn-p-25-2025", "2025-Q3", sections=["organisation", "members"])
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in content.tables[0].rows}
    assert rows["province"] == [3, 1, 0, 3, 0, 1]
    assert rows["commune"] == [479, 146, 0, 477, 0, 148]
    for was, begun, came, ended, left, now in rows.values():
        assert was + begun + came - ended - left == now
    assert "1676/NQ-UBTVQH15 (partly memory)" in content.tables[0].sources(list(rows).index("commune"))
    assert "The period before is that of Hòa Bình, Phú Thọ, Vĩnh Phúc." in content.text()
    assert "states no members" in content.text() or "state no members" in content.text()


def test_the_changes_of_2026_may_be_left_out() -> None:
    """The disputed day of one of them is told."""
    words = {act.id: act.source for act in vietnam.reform_acts("decided_day")}
    assert words["30/2026/QH16"].certainty == "disputed"
    assert "2026-04-30" in words["30/2026/QH16"].note
