"""The comparison itself runs: its answers are right for us and for those that CI has at hand."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from national import MODULES, nice
from peers import data
from peers.peer import Clock, measure
from speed_page import write


@pytest.fixture(scope="module")
def asked() -> tuple[data.Arrays, data.Questions]:
    made = data.arrays(3_000)
    return made, data.questions(made, count=50)


@pytest.mark.parametrize("name", ["orgmodel", "sqlite", "polars", "networkx"])
def test_every_answer_is_that_of_plain_python(name: str, asked: Any, tmp_path: Path) -> None:
    """A wrong one raises; each task that is offered has a time."""
    module, cls = MODULES[name]
    lines: list[dict[str, Any]] = []
    peer = getattr(importlib.import_module(f"peers.{module}"), cls)(asked[0], tmp_path)
    measure(peer, asked[1], Clock(peer, limit=60, runs=1, out=lines.append))
    timed = {line["task"] for line in lines if line.get("seconds")}
    assert timed >= {"build", "parents", "parent", "path", "subtree", "totals", "diff", "successors", "branch", "merge"}


def test_a_wrong_answer_has_no_time(asked: Any, tmp_path: Path) -> None:
    """The clock refuses it."""
    from peers.sqlite import Sqlite

    class Wrong(Sqlite):
        def totals(self, day: int) -> Any:
            return {unit: (count + 1, members) for unit, (count, members) in super().totals(day).items()}

    peer = Wrong(asked[0], tmp_path)
    with pytest.raises(AssertionError, match="wrong answer to 'totals'"):
        measure(peer, asked[1], Clock(peer, limit=60, runs=1, out=lambda _: None))


def test_the_page_is_written_from_results(tmp_path: Path) -> None:
    """With ratios to ours, growth, and what was written by hand below the mark kept."""
    for units in (3_000, 30_000):
        for peer, factor in (("orgmodel", 1), ("polars", 3)):
            lines = [
                {"task": "version", "note": "1.0", "load": 0.5},
                {"task": "memory", "resident": units / 1_000, "peak": units / 500, "load": 0.5},
                *({"task": t, "seconds": factor * units * 1e-6, "load": 0.5} for t in ("build", "parents", "diff")),
            ]
            (tmp_path / f"{units}.{peer}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "machine.json").write_text(json.dumps({"processor": "p", "cores": "2", "system": "s", "python": "3"}))
    docs = tmp_path / "docs" / "explanation"
    docs.mkdir(parents=True)
    (tmp_path / "docs" / "_static").mkdir()
    write(tmp_path, docs)
    page = docs / "speed.md"
    page.write_text(page.read_text() + "by hand\n")
    write(tmp_path, docs)
    text = page.read_text()
    assert "| build from arrays | 30 ms | 90 ms (3.0x) |" in text
    assert "| build from arrays | 1.00, 1.00 | 1.00, 1.00 |" in text
    assert text.endswith("by hand\n")
    assert (tmp_path / "docs" / "_static" / "speed.svg").read_text().count("<circle") == 12


def test_times_are_written_with_two_digits() -> None:
    assert [nice(s) for s in (1.2e-7, 4.71e-5, 0.0471, 12.3)] == ["120 ns", "47 us", "47 ms", "12 s"]
