"""The page of the rulebook: what its tool writes, counted over the whole country with planted faults."""

from __future__ import annotations

from types import ModuleType

import pytest
from scripts import script


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The tool as a module."""
    return script("rulebook_reference")


def test_the_page_is_what_the_tool_writes(tool: ModuleType) -> None:
    """Every rule finds just the faults that were planted for it, and the page says so."""
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()


def test_a_fault_that_no_rule_finds_stops_the_page(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is not written if the counts are not what was planted."""
    counted = tool.asked

    def miscounted() -> object:
        found, seconds, sizes, wrong = counted()
        return found, seconds, sizes, [*wrong, "2025-11-15 A01: 0 found, 1 planted"]

    monkeypatch.setattr(tool, "DAYS", ("2024-12-15",))
    monkeypatch.setattr(tool, "asked", miscounted)
    with pytest.raises(SystemExit, match="A01: 0 found, 1 planted"):
        tool.page()
