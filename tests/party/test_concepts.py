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
    """No answer is the name of an error, and nothing is answered by nothing."""
    silent = {"", "[]", "()", "{}", "None"}
    assert [row for row in tool.answers() if row[-1] in silent or row[-1].endswith("Error")] == []


def test_the_act_is_what_answers(tool: ModuleType) -> None:
    """Without the act that states a noun, its question is answered in another way."""
    assert tool.unmoved("example") == []
