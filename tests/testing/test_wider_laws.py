"""Laws of the Party's questions, of pictures and pages, of rules, of what is written, of plans: they see what is wrong."""

from __future__ import annotations

import random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from orgmodel.history import series
from orgmodel.io import dynamic_graphs, jsonld, tables
from orgmodel.party import cadre_moves, congresses, emulation, members, offices, ratings, surpluses
from orgmodel.reports.explorer import data as explorer_data
from orgmodel.reports.writers import page as page_writer
from orgmodel.rules import checks
from orgmodel.rules.changes import Changes
from orgmodel.scenario import ensemble
from orgmodel.structure.matcher import Matcher
from orgmodel.structure.matters import Dossier
from orgmodel.testing import laws, party_cases
from orgmodel.testing.law import LawBroken
from orgmodel.testing.reproduce import script
from orgmodel.view import chart
from orgmodel.view import map as view_map

FEW = {"max_examples": 60, "seed": 1, "shrink": False}


@given(numbers=st.binary(min_size=8, max_size=100))
def test_any_numbers_tell_a_history_that_its_script_tells_again(numbers):
    """A case of the Party is founded whatever the numbers are, and its script makes the same days and links."""
    history = party_cases.party_history(numbers)
    made: dict[str, Any] = {}
    exec(script(history, []), made)
    assert made["history"].same_facts(history)


def test_small_numbers_decide_nothing():
    """What shrinks has fewer decisions."""
    assert len(party_cases.party_history(bytes(100)).acts) == 1
    drawn = random.Random(1).randbytes(8 + 20 * 8)
    assert len(party_cases.party_history(drawn).acts) > 5


def test_each_law_of_the_party_speaks_of_many_cases():
    """None of them is there for show."""
    report = laws.check(*[name for name, law in laws.LAWS.items() if law.cases == "party"], max_examples=40, seed=1)
    assert {outcome.law.id: outcome.met for outcome in report.outcomes if outcome.met < 3} == {}


FAULTS = {
    "P1": (offices, "candidates", lambda real: lambda h, unit, post, **how: ()),
    "P2": (offices, "vacancies", lambda real: lambda *args, **how: ()),
    "P3": (cadre_moves, "_nominated", lambda real: lambda history, asked: ()),
    "P4": (members._Ledger, "stock", lambda real: lambda self, unit, *numbers: None),
    "P5": (Dossier, "is_open", lambda real: property(lambda self: True)),
    "P7": (ratings, "grade", lambda real: lambda h, unit, year, **how: real(h, unit, year - 1, **how)),
    "V1": (chart, "_leaves", lambda real: lambda units: {unit.id: 1 for unit in units}),
    "J1": (checks, "interval", lambda real: lambda compare, limit: real("==", limit)),
    "J2": (Changes, "mergers", lambda real: lambda self: iter(())),
    "W3": (tables, "_cell", lambda real: lambda value, unit: "0"),
    "W4": (dynamic_graphs, "_span", lambda real: lambda row: {k: v for k, v in real(row).items() if k != "end"}),
    "Q10": (Matcher, "find", lambda real: lambda self, text, **how: ((), *real(self, text, **how)[1:])),
    "Q11": (series, "_points", lambda real: lambda *args: (evolve(point, growth=None) for point in real(*args))),
    "V6": (view_map, "_rings", lambda real: lambda geometry: list(real(geometry))[:1]),
    "V7": (explorer_data, "_value_text", lambda real: lambda fact: real(fact).lower()),
    "V8": (page_writer, "fragment", lambda real: lambda content: real(evolve(content, blocks=content.blocks[:-1]))),
    "P11": (congresses, "check_upward", lambda real: lambda structure, held: real(structure, held)[:1]),
    "P12": (emulation, "_places", lambda real: lambda merit: list(real(merit))[:-1]),
    "P13": (surpluses, "_above_quota", lambda real: lambda view, inside: iter(())),
    "X2": (ensemble, "try_one", lambda real: lambda *args: {**real(*args), "failed": None}),
}


@pytest.mark.parametrize("law", FAULTS)
def test_a_fault_is_named_by_the_law_about_it(law, monkeypatch):
    """A part of the library that does otherwise breaks the law that says what it does."""
    owner, name, fault = FAULTS[law]
    monkeypatch.setattr(owner, name, fault(owner.__dict__[name]))
    with pytest.raises(LawBroken) as caught:
        laws.check(law, **FEW)
    assert caught.value.law.id == law


def test_organisations_in_json_have_parents(monkeypatch):
    """The other half of W4."""
    monkeypatch.setattr(jsonld, "_above", lambda unit: None)
    with pytest.raises(LawBroken, match="parent and end of the units that live, in JSON"):
        laws.check("W4", **FEW)


def test_a_law_whose_package_is_missing_is_passed_over(monkeypatch):
    """The report says which package it is; nothing else is left out."""
    missing = evolve(laws.LAWS["V1"], needs="a_package_that_nobody_has")
    monkeypatch.setattr(laws, "LAWS", {**laws.LAWS, "V1": missing})
    report = laws.check("V1", "J2", max_examples=5, seed=1)
    assert str(report["V1"]) == "V1   a_package_that_nobody_has is not installed"
    assert report["J2"].met == 5


def test_a_failure_on_a_part_of_a_case_fails_again_by_itself():
    """The script names the members of the merger that went wrong, where the numbers would choose others."""
    report = laws.check("C2", max_examples=20, seed=1)
    assert report["C2"].met
    history = party_cases.party_history(bytes(40))
    commune = history.at(party_cases.FOUNDED).of_kind("commune")[:2]
    assert laws.again("C2", history, dice="00", members=list(commune)) in ("holds", "says nothing")
