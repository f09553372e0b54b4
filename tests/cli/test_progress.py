"""The bars of long work: drawn in a terminal as it goes on, and nowhere else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from trials import DAY, TWO_BY_TWO, mixed, organisation, simulated

import orgmodel as om
from orgmodel.cli import correspond, plans, reform
from orgmodel.cli.app import run
from orgmodel.io import translation
from orgmodel.party import vietnam


@pytest.fixture(params=[True, False], ids=["in a terminal", "in a file"])
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, bool]:
    """What the commands write to standard error, and whether that is a terminal."""
    shown, terminal = io.StringIO(), bool(request.param)

    def console(*, to_stderr: bool = False) -> Console:
        return Console(file=shown if to_stderr else io.StringIO(), force_terminal=to_stderr and terminal, width=120)

    for module in (plans, reform, correspond):
        monkeypatch.setattr(module, "console", console)
    return shown, terminal


def check(screen: tuple[io.StringIO, bool], *texts: str) -> None:
    """All texts were drawn, in this order, and wiped away; nothing at all where there is no terminal."""
    shown, terminal = screen
    drawn = shown.getvalue()
    if not terminal:
        assert drawn == ""
        return
    at = 0
    for text in texts:
        assert text in drawn[at:], f"{text!r} is not in {drawn[at:]!r}"
        at = drawn.index(text, at)
    # The line is wiped at the end.
    assert drawn.endswith("\x1b[2K")


def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw at every step, not ten times a second."""
    from rich.progress import Progress

    def seen(self: Any, *args: Any, _update: Any = Progress.update, **options: Any) -> None:
        _update(self, *args, **options, refresh=True)

    monkeypatch.setattr(Progress, "update", seen)
    monkeypatch.setattr(Progress, "advance", lambda self, task, advance=1: self.update(task, advance=advance))


def test_an_ensemble(screen: tuple[io.StringIO, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Piece by piece, to the end; what an earlier run has done counts."""
    every_step(monkeypatch)
    with plans.bar("trying plans") as progress:
        rows = simulated(mixed(), organisation(), piece=4, progress=progress)
    assert len(rows) == 11
    check(screen, "trying plans", "4 of 11", "8 of 11", "11 of 11")


def test_an_ensemble_that_goes_on(tmp_path: Path) -> None:
    """The steps are told with what was there already, and all of it."""
    steps: list[tuple[int, int | None]] = []
    target = tmp_path / "rows.parquet"

    def cut(done: int, total: int | None) -> None:
        steps.append((done, total))
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulated(mixed(), organisation(), out=target, piece=4, progress=cut)
    simulated(mixed(), organisation(), out=target, piece=4, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(4, 11), (8, 11), (8, 11), (11, 11)]


def test_a_plan(screen: tuple[io.StringIO, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stage by stage."""
    every_step(monkeypatch)
    om.dump(organisation(), tmp_path / "history.jsonl")
    (tmp_path / "two.toml").write_text(TWO_BY_TWO, encoding="utf-8")
    assert run(["simulate", str(tmp_path / "two.toml"), "--file", str(tmp_path / "history.jsonl"), "--on", DAY]) == 0
    check(screen, "simulating two by two", "0 of 3", "1 of 3", "2 of 3", "3 of 3")


@pytest.mark.parametrize("screen", [True], ids=["in a terminal"], indirect=True)
def test_the_reform(screen: tuple[io.StringIO, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Day by day, then what is worked out from it. Elsewhere than in a terminal: test_cli.test_reform."""
    every_step(monkeypatch)
    assert run(["reform"]) == 0
    total = sum(len(act.steps) for act in vietnam.reform_acts())
    check(screen, "reading the acts", f"0/{total}", "2025-07-01: ", f"{total}/{total}", "cluster changes", "checks")


def test_codes(screen: tuple[io.StringIO, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the bytes of the file, to the last one."""
    every_step(monkeypatch)
    monkeypatch.setattr(translation, "CHUNK", 2)
    om.dump(organisation(), tmp_path / "history.jsonl")
    (tmp_path / "old.csv").write_text("code\n" + "A\n" * 20, encoding="utf-8")
    given = [str(tmp_path / name) for name in ("old.csv", "new.csv")]
    days = ["--from", "2026-06-01", "--to", "2026-06-01"]
    assert run(["correspond", *given, *days, "--kind", "province", "--file", str(tmp_path / "history.jsonl")]) == 0
    check(screen, "translating", "100%")
