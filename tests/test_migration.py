"""The page that says what moved from 0.1 to 0.2 names what exists."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "move-to-0-2.md"


def now() -> list[str]:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return sorted({name for row in rows for name in re.findall(r"`(orgmodel\.[\w.]+)`", row[2])})


def test_the_page_has_its_tables() -> None:
    assert len(now()) > 60


@pytest.mark.parametrize("name", now())
def test_what_the_page_names_can_be_imported(name: str) -> None:
    module, rest = name, []
    while True:
        try:
            thing = importlib.import_module(module)
            break
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            assert module, f"{name} is nowhere"
            rest.insert(0, last)
    for part in rest:
        thing = getattr(thing, part)
