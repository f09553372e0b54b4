"""Findings about matters: each is planted once, and found."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

import orgmodel as om
from orgmodel import party
from orgmodel.errors import Refused
from orgmodel.history.history import History, history_of
from orgmodel.party import auditing, facts, kinds, matter_kinds, work


def _do(history: History, day: str, *verbs: tuple[Any, ...]) -> History:
    with history.draft(day, source=om.Source(f"act of {day}"), act_id=f"act {len(history.acts)}") as act:
        for verb, *args, options in verbs:
            getattr(act, verb)(*args, **options)
    return history.enact(act)


@pytest.fixture(scope="module")
def sound() -> History:
    """A cluster of three agencies and its year, all of it in order."""
    rows = [{"id": "vn", "kind": "centre"}]
    for one in "abc":
        rows.append({"id": one, "kind": "province", "parent": "vn"})
        rows.append({"id": f"{one}-btc", "kind": "agency", "parent": one, "category": "Ban Tổ chức"})
    h = history_of(rows, day="2025-01-01", schema=kinds.SCHEMA, measures=facts.MEASURES)
    h = _do(
        h,
        "2025-01-02",
        ("form", om.Clustering("emulation", "cụm thi đua"), {}),
        ("form", om.Cluster("k", "emulation", "Cụm"), ["a-btc", "b-btc", "c-btc"], {}),
        ("elect", "k", "leader", {"units": "a-btc", "year": 2025}),
    )
    return _do(
        h,
        "2025-02-01",
        ("plan", "k", 2025, {"quota": [(work.FLAG, "collective", 1)]}),
        ("launch", "k", 2025, {"by": "a-btc"}),
        ("sign", "k", 2025, {}),
        ("propose", "a-btc", work.FLAG, {"year": 2025, "by": "k"}),
        ("meet", "a-btc", "giao ban", {"attendees": ["b-btc"], "points": {"province": 3}, "of": "k"}),
        ("issue", "a", "1-QC", {"form": "quy chế", "keeper": "a-btc", "step": "in_force"}),
        ("set_up", "a", "đại hội", {"latest": "2030-12-31"}),
        ("appoint", "a", "secretary", {"person": "p"}),
    )


def test_what_is_in_order_is_not_found(sound: History) -> None:
    """Nothing is found in it, on any day."""
    assert party.audit(sound) == ()


YEAR = "the year 2025 of k"

PLANTED: dict[str, list[tuple[Any, ...]]] = {
    "pact": [
        ("launch", "k", 2026, {"by": "b-btc"}),
        ("2026-01-02", "elect", "k", "leader", {"units": "c-btc", "year": 2026}),
    ],
    "part": [
        ("sum_up", "k", 2025, {"when": "2025-11-20"}),
        ("plan", "a-btc", 2025, {"part_of": YEAR, "when": "2025-01"}),
        ("sum_up", "a-btc", 2025, {"when": "2025-11-21"}),
    ],
    "award": [("award", "a", work.CERTIFICATE, {"year": 2019, "granter": "vn"})],
    "quota": [("propose", "b-btc", work.FLAG, {"year": 2025, "by": "k"})],
    "attendance": [("meet", "a", "họp", {"attendees": "b", "when": "2020-05-01"})],
    "keeper": [("issue", "b", "1-QC", {"form": "quy chế", "step": "in_force"})],
    "target": [("set_target", "a", ("reduction", "province", "2025-06-30"), 1, {"period": "2025-07/2025-08"})],
    "steering": [("set_up", "b", "sơ kết", {"latest": "2025-11-01"})],
    "dismissed": [("discipline", "a", om.Person("p"), {"form": "cách chức", "within": "a"})],
}


@pytest.mark.parametrize("rule", auditing.RULES)
def test_what_is_planted_is_found(sound: History, rule: str) -> None:
    """One fault, one finding, of its rule; with the act taken back there is none."""
    h = sound
    for given in PLANTED[rule]:
        day = str(given[0]) if str(given[0])[:2] == "20" else "2025-12-01"
        verb = given[str(given[0]) == day :]
        year = party.find(h, "work-year", scope="k", year=2025)
        assert year is not None
        options = {name: year.id if value == YEAR else value for name, value in verb[-1].items()}
        h = _do(h, day, (*verb[:-1], options))
    found = party.audit(h)
    assert [one.rule for one in found] == [rule], [str(one) for one in found]
    assert found[0].severity == "warning"
    assert party.audit(h, rules=[one for one in auditing.RULES if one != rule]) == ()


def test_a_flag_for_a_person(sound: History) -> None:
    """A flag is for collectives; the message names no person."""
    h = _do(sound, "2025-12-01", ("award", om.Person("p"), work.FLAG, {"year": 2025, "granter": "vn", "within": "a"}))
    (found,) = party.audit(h, "a", rules=["award"])
    assert "p " not in found.message.split(":")[-1].replace("person", "")


def test_a_rule_that_is_none(sound: History) -> None:
    """It is refused with the most similar one, or with all."""
    with pytest.raises(Refused, match="did you mean 'pact'"):
        party.audit(sound, rules=["pakt"])
    with pytest.raises(Refused, match=r"no rule 'weather' \(there are pact, part"):
        party.audit(sound, rules=["weather"])


def test_each_rule_is_asked_of_a_kind_of_matter() -> None:
    """What ``matters.toml`` names as findings are the rules, and no other."""
    assert {rule for kind in matter_kinds.MATTERS for rule in kind.findings} == set(auditing.RULES)


def test_a_kind_of_ones_own_names_its_rules() -> None:
    """A rule is asked of what names it, and a file keeps that."""
    order = om.MatterKind(
        "order",
        steps=[om.Step("in_force")],
        roles=[om.MatterRole("issuer"), om.MatterRole("keeper")],
        findings=["keeper"],
    )
    history = om.history_of(
        [{"id": "vn"}], day="2025-01-01", schema=om.Schema(matters=[order, evolve(order, id="note", findings=())])
    )
    with history.draft("2025-02-01", "1") as act:
        made = [act.begin(kind, parties={"issuer": "vn"}, step="in_force") for kind in ("order", "note")]
    history = om.loads(om.dumps(history.enact(act)))
    assert [(finding.rule, finding.units[0]) for finding in party.audit(history)] == [("keeper", made[0])]


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        ([(work.FLAG, 1)], "is no row"),
        ([work.FLAG], "is no row"),
        ([(work.FLAG, "colective", 1)], "'colective' is no sort of recipient"),
        ([(work.FLAG, None, -1)], "there are -1; write a number"),
        ([(work.FLAG, None, "many")], "there are 'many'; write a number"),
    ],
)
def test_a_quota_that_cannot_be_read_is_refused_and_audited(sound: History, quota: list[Any], told: str) -> None:
    """The verb refuses it; written as a field of a matter of any kind it is a finding, and no error of the audit."""
    with pytest.raises(om.InvalidAct, match=told):
        _do(sound, "2025-12-01", ("plan", "k", 2027, {"quota": quota}))
    year = party.find(sound, "work-year", scope="k", year=2025)
    assert year is not None
    h = _do(sound, "2025-12-01", ("amend_matter", year.id, {"said": {"quota": tuple(quota)}}))
    (found,) = party.audit(h, rules=["quota"])
    assert told in found.message


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ([("tasks", 70), ("tasks", 30)], "'tasks' is there twice"),
        ([("tasks", "many")], "has a number that is none"),
        ([("tasks", 70, -1)], "is below 0"),
        ([(5, 70)], "is no row"),
        ([("tasks", 70, 1, 9)], "is no row"),
    ],
)
def test_criteria_that_cannot_be_read_are_refused(sound: History, criteria: list[Any], told: str) -> None:
    """Where they are issued; and where points are given by a document that some table has put on record."""
    with pytest.raises(om.InvalidAct, match=told):
        _do(sound, "2025-12-01", ("issue", "vn", "9-HD", {"form": "bộ tiêu chí", "criteria": criteria}))
    h = _do(sound, "2025-12-01", ("issue", "vn", "9-HD", {"form": "bộ tiêu chí", "criteria": ["tasks"], "id": "crit"}))
    h = _do(h, "2025-12-02", ("amend_matter", "crit", {"said": {"criteria": tuple(criteria)}}))
    with pytest.raises(Refused, match=told):
        _do(h, "2025-12-03", ("score", "a", {"tasks": 5}, {"criteria": "crit", "year": 2025}))


@pytest.mark.parametrize("stated", [2.5, Fraction(1, 3), -1, 10**30, om.Quantity(3, "about"), om.Quantity.unknown()])
@pytest.mark.parametrize(
    ("kind", "field", "roles"),
    [
        ("congress", "number", {"of": "a"}),
        ("congress", "present", {"of": "a"}),
        ("inspection", "year", {"inspector": "vn"}),
        ("activity", "year", {"organiser": "vn"}),
        ("award", "year", {"recipient": "a"}),
    ],
)
def test_any_number_may_be_on_record(sound: History, kind: str, field: str, roles: dict[str, str], stated: Any) -> None:
    """Tables and the verbs of all matters know fields, not what a year is: questions and reports go on without it."""
    said = {"form": "x", **({"year": 2025} if kind == "award" else {}), field: stated}
    said = said if kind != "congress" else {field: stated}
    step = {"congress": "held", "award": "granted"}.get(kind, "planned")
    h = _do(sound, "2025-12-01", ("begin", kind, {"parties": roles, "said": said, "step": step}))
    party.audit(h)
    party.matters(h, year=2025)
    party.count(h, by="year")
    party.next_congress(h, "a")
    party.report(h, "vn", "2025")


@pytest.mark.parametrize("stated", [dt.date(2025, 1, 1), True, "15", (1, 2), om.Absent.VACANT])
def test_what_is_no_number_is_no_field_of_numbers(sound: History, stated: Any) -> None:
    with pytest.raises(Refused):
        _do(
            sound,
            "2025-12-01",
            ("begin", "congress", {"parties": {"of": "a"}, "said": {"number": stated}, "step": "held"}),
        )
