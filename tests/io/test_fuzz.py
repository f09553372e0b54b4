"""Files of strangers: a short run of every reader; `tools/fuzz` runs them for an hour each."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path

import pytest
from fuzzing.run import Told, limited, made, run
from fuzzing.targets import TARGETS, Target

import orgmodel as om

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.

COUNTS = {"commands": 12, "tables": 60, "open_history": 60, "loads": 60, "stores": 40}
"""How many inputs of a target, where it is not as many as of the others."""


@pytest.mark.parametrize("name", TARGETS)
def test_only_answers_and_our_own_errors(name: str) -> None:
    """No foreign error, no hang, no contradiction; each input can be made again from its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = run(name, count=COUNTS.get(name, 120), seed=int(os.environ.get("ORGMODEL_FUZZ_SEED", "1")))
    assert told.strange == {}, f"{name}: {told}; tools/fuzz {name} --seed 1 --input N makes one of them again"
    assert told.counts["answered"], "no input was right enough to be answered"


def test_samples_are_answered() -> None:
    """What nobody changed is read: else the inputs would test nothing but the first line."""
    # What is done to a table is drawn from the input itself.
    for name, target in (
        (name, target) for name, target in TARGETS.items() if target.samples()[0] not in (b"units", b"lists")
    ):
        told = run_unchanged(name, target)
        assert told.counts["answered"] == 1, f"{name}: {told}"


def run_unchanged(name: str, target: Target) -> Told:
    told = Told()
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            target.read(target.samples()[0], Path(folder))
            told.counts["answered"] += 1
        except om.OrgmodelError as error:
            told.strange["refused", name] = [1, 0, str(error)[:300]]
    return told


def test_a_strange_error_is_told_with_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it came from, and the shortest input is kept."""

    def fail(raw: bytes, folder: Path) -> None:
        if len(raw) % 2:
            raise ZeroDivisionError("a fault")

    monkeypatch.setitem(TARGETS, "csv", Target(TARGETS["csv"].samples, TARGETS["csv"].mutation, fail))  # type: ignore[arg-type]
    told = run("csv", count=20, out=tmp_path)
    assert told.counts["answered"] + told.counts["strange"] == 20
    ((kind, _),) = told.strange
    count, number, said = told.strange[kind, next(iter(told.strange))[1]]
    assert (kind, said, count) == ("ZeroDivisionError", "a fault", told.counts["strange"])
    assert len(made("csv", number)) % 2
    (kept,) = tmp_path.iterdir()
    assert len(kept.read_bytes()) <= len(made("csv", number))
    assert "first by input" in str(told)


def test_a_hang_is_told() -> None:
    """An input that takes too long is stopped, whatever the reader catches."""
    from fuzzing.run import Hang

    with pytest.raises(Hang), limited(1):
        forever()


def forever() -> None:
    """A reader that catches whatever it can."""
    while True:
        with contextlib.suppress(Exception):
            sum(range(1000))
