"""The scripts of examples/ run, are short, and the notebook says the same."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from scripts import script

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))

SAID = {
    "a_company": ["44 people, as before: 44", "1 rules, 2 satisfied, 1 violated"],
    "my_province": [],
    "carry_figures": ["132000", "151000", "no share of 'members' is stated"],
    "replay_and_report": ["reform.html", "explorer.html"],
    "try_a_merger": ["provinces: 34 -> 33", "9 -> 8 members", "no unit has the id 'vn-p-99'"],
}


def test_they_are_all_run_and_have_under_sixty_lines() -> None:
    assert {path.stem for path in SCRIPTS} == {*SAID, "test_my_merger_rule"}
    assert [path.name for path in SCRIPTS if len(path.read_text(encoding="utf-8").splitlines()) >= 60] == []


@pytest.mark.parametrize("name", SAID)
def test_a_script_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    out = capsys.readouterr().out
    for text in SAID[name]:
        assert text in out


def test_the_test_file_passes(unshrunk: None) -> None:
    """Each of its three tests, in this process."""
    names = runpy.run_path(str(EXAMPLES / "test_my_merger_rule.py"))
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()


def test_the_notebook_is_that_of_the_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = (EXAMPLES / "tour.ipynb").read_text(encoding="utf-8")
    assert kept == script("notebook").notebook(), "run: python tools/notebook.py"
    # Each of its cells is whole; those of the shortest script are run one after the other.
    cells: list[dict[str, Any]] = json.loads(kept)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for cell in code:
        compile(cell["source"], cell["id"], "exec")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in code:
        if cell["id"].startswith("a_company"):
            exec(cell["source"], names)
    assert names["history"].at("2026-07-01").count("team") == 3
