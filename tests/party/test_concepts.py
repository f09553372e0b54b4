"""The page of the field's nouns: what its tool writes, and that the acts named are what answers."""

from __future__ import annotations

from types import ModuleType

import pytest
from scripts import script


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The tool as a module."""
    return script("concepts")


def test_the_page_is_what_the_tool_writes(tool: ModuleType) -> None:
    """Each question is still answered as the page says."""
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()


def test_every_noun_is_answered(tool: ModuleType) -> None:
    """At least 100 of the 106; no answer is the name of an error, and nothing is answered by nothing."""
    silent = {"", "[]", "()", "{}", "None"}
    assert [row for row in tool.answers() if row.answer in silent or row.answer.endswith(" raised")] == []
    assert len(tool.answers()) == 103


def test_the_answer_changes_when_its_act_is_corrected(tool: ModuleType) -> None:
    """Each correction is of something that the noun's own question asks for, and is answered too."""
    same = [row.noun for row in tool.answers() if row.corrected in (row.answer, "refused")]
    assert same == []
    assert [row for row in tool.answers() if row.corrected.endswith(" raised")] == []


def test_the_answer_goes_when_its_act_is_cancelled(tool: ModuleType) -> None:
    """Only what the law asks for cannot be taken back: no district may stand after the level has ended."""
    assert [row.noun for row in tool.answers() if row.cancelled == row.answer] == []
    assert [row.act for row in tool.answers() if row.cancelled == "refused"] == ["level"]


def test_each_act_is_asked_of_the_country_where_it_is_public(tool: ModuleType) -> None:
    """The country answers what its sources tell; the example is made up."""
    assert sum(row.history == "country" for row in tool.answers()) >= 38
    country = tool.histories()["country"]
    assert all(country.act(row.act).source.label for row in tool.answers() if row.history == "country")
