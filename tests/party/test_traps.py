"""Where a model of the Party's work goes wrong unseen: persons, mergers in a year, what is counted twice or not known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orgmodel import party
from orgmodel.acts.draft import Draft
from orgmodel.errors import Conflict, InvalidAct
from orgmodel.history.history import History, history_of
from orgmodel.io.jsonl import dumps
from orgmodel.model.matter import Person
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import facts, kinds, work
from orgmodel.party.reporting import report


def then(history: History, day: str, what: Callable[[Draft], object], name: str = "") -> History:
    """The history with one more act."""
    with history.draft(day, source=Source(name or day), act_id=name or day) as act:
        what(act)
    return history.enact(act)


@pytest.fixture
def two() -> History:
    """Two provinces, each with a commission and a commune; they merge on 2025-07-01 where a test says so."""
    rows = [
        {"id": "vn", "kind": "centre"},
        *({"id": p, "kind": "province", "parent": "vn", "members": 100} for p in "ab"),
        *({"id": f"{p}-btc", "kind": "agency", "category": "Ban Tổ chức", "parent": p} for p in "ab"),
    ]
    return history_of(rows, day="2025-01-01", schema=kinds.SCHEMA, measures=facts.MEASURES)


def merge(history: History) -> History:
    """The two become one in the middle of the year."""
    new = Unit("n", name="N", kind="province")
    return then(history, "2025-07-01", lambda act: act.merge(["a", "b"], into=new), "merger")


def test_no_export_and_no_report_names_a_person(two: History) -> None:
    """One id in an office, a rating, a discipline, an award and as a candidate: it is in neither."""

    def said(act: Draft) -> None:
        act.appoint("a", "secretary", person="PLANTED")
        act.stage("a", "secretary", person="PLANTED", to="planned")
        act.rate("a", "excellent", year=2024, person="PLANTED")
        act.award(Person("PLANTED"), work.MERIT, year=2024, within="a", granter="vn")
        act.discipline("a", Person("PLANTED"), form="khiển trách")

    history = then(two, "2025-02-01", said)
    assert "PLANTED" in dumps(history)
    assert "PLANTED" not in dumps(party.export(history, "a", on="2025-03-01"))
    for language in ("en", "vi"):
        assert "PLANTED" not in report(history, "a", "2025-02", language=language).text()


def test_what_is_open_follows_a_merger_and_what_is_done_stays(two: History) -> None:
    """An inspection that is decided passes on; an award that was granted stays with whom it was granted to."""

    def begun(act: Draft) -> None:
        act.inspect("a-btc", "a", form="kiểm tra", id="open")
        act.award("a", work.MERIT, year=2024, granter="vn", id="done")

    merged = merge(then(two, "2025-02-01", begun))
    commission = merged.lineage.successors("a-btc", on="2025-07-01")
    assert party.parties(merged, "open", "inspector") == commission
    assert party.parties(merged, "open", "inspected") == ("n",)
    assert party.parties(merged, "done", "recipient") == ("a",)
    assert [one.through for one in party.matters(merged, "n", "award")] == ["a"]


def test_the_year_of_the_successor_has_the_flows_of_both_and_its_own(two: History) -> None:
    """3 and 4 to June, 5 from July: 12 in the year; a transfer between the two closes when it is received and moves nobody."""

    def before(act: Draft) -> None:
        act.report("a", "admitted", value=3, period="2025-01/2025-06")
        act.report("b", "admitted", value=4, period="2025-01/2025-06")
        act.transfer_members("a", "b", official=2)

    history = merge(then(two, "2025-06-30", before))
    history = then(history, "2025-12-31", lambda act: act.report("n", "admitted", value=5, period="2025-07/2025-12"))
    assert party.flow(history, "n", "admitted", period=2025).value == Quantity(12)
    (case,) = party.matters(history, "n", "transfer")
    history = then(history, "2025-12-31", lambda act: act.receive_members(case.id), "received")
    assert party.state(history, case.id) == "closed"
    assert party.flow(history, "n", "transferred_in", period=2025).value.value in (None, 0)
    assert history.at("2025-12-31").measure("n", "members") == Quantity(200)


def test_an_award_may_be_granted_after_its_recipient_ended(two: History) -> None:
    """For a year in which it lived, it counts once for the successor; for a later year it is found. The merger may go."""

    def granted(act: Draft) -> None:
        act.award("a", work.MERIT, year=2025, granter="vn", id="good")
        act.award("b", work.MERIT, year=2026, granter="vn", id="wrong")

    history = then(merge(two), "2025-12-20", granted)
    assert [one.units[0] for one in party.audit(history, rules=["award"])] == ["wrong"]
    assert party.count(history, "n", "award", year=2025) == Quantity(1, "at least")
    apart = history.cancel("merger", recorded="2026-01-10", reason="annulled")
    assert party.parties(apart, "good", "recipient") == ("a",)
    assert party.count(apart, "a", "award", year=2025) == Quantity(1, "at least")


def test_documents_are_told_apart_by_issuer_number_and_year(two: History) -> None:
    """The old and the new commission each issue 01-KH in one year; the new one not twice. Advising one is no second."""
    issue = {"form": "kế hoạch", "year": 2025}
    history = merge(then(two, "2025-02-01", lambda act: act.issue("a-btc", "01-KH", **issue)))
    (new,) = history.lineage.successors("a-btc", on="2025-07-01")
    history = then(history, "2025-08-01", lambda act: act.issue(new, "01-KH", **issue, advisers=[new]))
    assert party.count(history, new, "document") == Quantity(2, "at least")
    with pytest.raises(InvalidAct, match="the same"):
        then(history, "2025-09-01", lambda act: act.issue(new, "01-KH", **issue))


def test_a_late_stock_flows_through_admissions(two: History) -> None:
    """100, two admissions of 3, then 110 is learned of the month before: 116; the first cancelled: 113."""
    history = then(two, "2025-03-01", lambda act: act.admit("a", 3), "first")
    history = then(history, "2025-04-01", lambda act: act.admit("a", 3), "second")
    late = then(history, "2025-02-01", lambda act: act.record("a", "members", 110), "late")
    assert [str(one.at("2025-05-01").measure("a", "members")) for one in (history, late)] == ["106", "116"]
    fewer = late.cancel("first", recorded="2025-06-01", reason="an error")
    assert str(fewer.at("2025-05-01").measure("a", "members")) == "113"


def test_a_step_that_is_undated_is_counted_apart(two: History) -> None:
    """In the report of the month in which it became known it stands in a note and in no row."""
    history = then(two, "2025-05-01", lambda act: act.issue("a", "1", form="kết luận", when="", year=2025))
    content = report(history, "a", "2025-05", sections=["documents"])
    assert content.tables == ()
    assert "1 steps are on days that are not known well enough" in content.text()


def test_counterparts_merge_in_the_second_hierarchy() -> None:
    """Two Fronts of one category under two provinces of the State become one where these merge."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "s", "kind": "system", "hierarchy": "system"},
        *({"id": p, "kind": "state-province", "parent": "s", "hierarchy": "system"} for p in "ab"),
        *({"id": f"{p}-mt", "kind": "front", "category": "MTTQ", "parent": p, "hierarchy": "system"} for p in "ab"),
    ]
    history = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA)
    merged = merge_state(history).at("2025-07-01")
    assert len([unit for unit in merged if merged.unit(unit).kind == "front"]) == 1


def merge_state(history: History) -> History:
    """The two provinces of the State become one."""
    new = Unit("n", name="N", kind="state-province")
    return then(history, "2025-07-01", lambda act: act.merge(["a", "b"], into=new), "merger")


def test_who_cancels_an_act_is_told_of_that_act() -> None:
    """Without the end of the districts the schema refuses what older acts wrote: the cancelled act is to blame."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "p", "kind": "province", "parent": "vn"},
        {"id": "d", "kind": "district", "parent": "p"},
        {"id": "c", "kind": "commune", "parent": "d"},
    ]
    history = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA)
    history = then(history, "2025-07-01", lambda act: act.abolish_level("district"), "level")
    history = then(history, "2025-07-01", lambda act: act.rename("p", "P"), "renamed")
    with pytest.raises(Conflict, match="can no longer stand without act level") as refused:
        history.cancel("level", reason="a trial")
    assert {finding.act for finding in refused.value.findings} == {"level"}


def test_a_unit_of_the_state_has_one_that_corresponds_to_it(two: History) -> None:
    """A second one is refused and named with the first; once the first lets go it may."""
    history = then(two, "2025-02-01", lambda act: act.correspond("a", to="vn"), "first")
    with pytest.raises(InvalidAct, match="'a' corresponds to 'vn' already"):
        then(history, "2025-03-01", lambda act: act.correspond("b", to="vn"))
    again = then(history, "2025-03-01", lambda act: act.correspond("a", to="vn"), "again")
    free = then(again, "2025-04-01", lambda act: act.correspond("a", to=None), "free")
    assert (
        then(free, "2025-05-01", lambda act: act.correspond("b", to="vn")).at("2025-05-01").value("b", "corresponds_to")
        == "vn"
    )
