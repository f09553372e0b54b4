"""A question of the Party's room refuses a word or an id that was misspelt; it never answers that there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orgmodel import party
from orgmodel.errors import Refused, UnitEnded, UnknownUnit
from orgmodel.history.history import History, history_of
from orgmodel.party import kinds
from orgmodel.party.kinds import SCHEMA


@pytest.fixture(scope="module")
def history() -> History:
    rows = [{"id": "vn", "kind": kinds.CENTRE}, *({"id": p, "kind": kinds.PROVINCE, "parent": "vn"} for p in "pq")]
    founded = history_of(rows, day="2025-01-01", schema=SCHEMA)
    with founded.draft("2025-02-01") as act:
        act.begin_term("p", months=60)
        act.set_up("p", "the review", latest="2026-12-31")
        act.plan("p", 2025)
        act.close("q")
    return founded.enact(act)


BY_UNIT: dict[str, Callable[[History, str], Any]] = {
    "terms": lambda history, unit: party.terms(history, unit),
    "active": lambda history, unit: party.active(history, unit),
    "due": lambda history, unit: party.due(history, unit, days=30),
    "overdue": lambda history, unit: party.overdue(history, unit),
    "holder": lambda history, unit: party.holder(history, unit, "secretary"),
    "functions": lambda history, unit: party.functions(history, unit),
}


@pytest.mark.parametrize("question", BY_UNIT)
def test_a_unit_that_never_was_or_has_ended_is_refused(history: History, question: str) -> None:
    ask = BY_UNIT[question]
    ask(history, "p")
    with pytest.raises(UnknownUnit):
        ask(history, "pp")
    with pytest.raises(UnitEnded):
        ask(history, "q")


def test_moves_of_functions_are_asked_of_units_that_were(history: History) -> None:
    assert party.function_moves(history, "q", period=2025) == ()
    with pytest.raises(UnknownUnit):
        party.function_moves(history, "qq", period=2025)


def test_a_body_without_terms_is_refused_with_what_there_is(history: History) -> None:
    assert [term.unit for term in party.terms(history, body="committee")] == ["p"]
    with pytest.raises(Refused, match="did you mean 'committee'"):
        party.terms(history, body="comittee")


def test_a_part_of_a_key_that_the_kind_has_not_is_refused_with_what_it_has(history: History) -> None:
    assert party.find(history, "work-year", scope="p", year=2025) is not None
    with pytest.raises(Refused, match=r"no key 'scopes'; did you mean 'scope'") as refused:
        party.find(history, "work-year", scopes="p", years=2025)
    assert len(refused.value.findings) == 2
