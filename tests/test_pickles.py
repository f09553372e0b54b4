"""Every value travels between processes: what histories answer, and what is said to them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fuzzing import samples
from hypothesis import given

import orgmodel as om
from orgmodel.acts import policies
from orgmodel.scenario.plan import parse_plan
from orgmodel.testing.strategies import histories

DAY, LATER = "2025-07-01", "2026-06-01"

ANSWERS: dict[str, Callable[[om.History], Any]] = {
    "the history": lambda h: h,
    "as recorded": lambda h: h.as_recorded(3),
    "a structure": lambda h: h.at(DAY),
    "a structure inside a day": lambda h: h.at(after=(h.acts[1].id, 0)),
    "units": lambda h: h.at(DAY).units(),
    "facts": lambda h: h.at(DAY).facts(),
    "a total": lambda h: h.at(DAY).total("members"),
    "a selection": lambda h: om.select(kind="commune", under="p3", measure=("members", "<", 20)),
    "the log": lambda h: h.log,
    "the acts": lambda h: h.acts,
    "an act": lambda h: h.acts[2],
    "events": lambda h: [act.events for act in h.acts],
    "a biography": lambda h: h.biography("c2"),
    "the schema": lambda h: h.schema,
    "measures": lambda h: dict(h.measures),
    "what followed": lambda h: h.log[-4].consequences(),
    "differences": lambda h: list(h.between("2024-01-01", LATER).counts().items()),
    "links": lambda h: h.lineage.links(),
    "cluster changes": lambda h: [str(change) for change in h.cluster_changes("2026-03-01", "2026-04-01")],
    "a correspondence": lambda h: list(h.correspondence("2024-01-01", LATER, kind="commune")),
    "a composed one": lambda h: list(
        h.correspondence("2024-01-01", DAY, kind="province").compose(h.correspondence(DAY, LATER, kind="province"))
    ),
    "uncertain facts": lambda h: h.uncertain(DAY),
}
WHOLE: dict[str, Callable[[om.History], tuple[Any, Callable[[Any], Any]]]] = {
    "differences": lambda h: (h.between("2024-01-01", LATER), lambda found: found.counts()),
    "a lineage": lambda h: (h.lineage, lambda found: found.links()),
    "cluster changes": lambda h: (h.cluster_changes("2026-03-01", "2026-04-01"), lambda found: list(map(str, found))),
    "a correspondence": lambda h: (
        h.correspondence("2024-01-01", LATER, kind="commune"),
        lambda found: [(row, row.shares, row.links, row.acts, row.share_bounds("members")) for row in found],
    ),
    "an inverse": lambda h: (h.correspondence(LATER, "2024-01-01", kind="commune"), list),
    "a period": lambda h: (h.over("2024-01-01", LATER), lambda found: type(found)),
    "a vintage": lambda h: (h.vintage(["00", "02"]), str),
    "a scenario": lambda h: (om.Scenario("s", h, []), lambda found: found.history),
    "a comparison": lambda h: (om.compare(h, om.Scenario("s", h, []), on=LATER), str),
    "a draft": lambda h: (h.draft("2027-01-01"), lambda found: found.day),
    "a preview": lambda h: (h.preview(h.draft("2027-01-01")), lambda found: found.units()),
    "a plan": lambda h: (parse_plan(samples.PLAN, strict=False), lambda found: found.stages),
}


@pytest.fixture(params=["made", "opened", "read"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> om.History:
    """The same history, however it came."""
    made = samples.history()
    if request.param == "opened":
        om.save(made, tmp_path / "h.om")
        return om.open_history(tmp_path / "h.om")
    return om.loads(om.dumps(made)) if request.param == "read" else made


@pytest.mark.parametrize("name", ANSWERS)
def test_values_come_back_equal(history: om.History, name: str) -> None:
    """With all that they say."""
    value = ANSWERS[name](history)
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("name", WHOLE)
def test_answers_answer_as_before(history: om.History, name: str) -> None:
    """What is asked of the one that came back."""
    value, ask = WHOLE[name](history)
    answer = ask(pickle.loads(pickle.dumps(value)))
    assert answer == ask(value)
    # What was worked out for an answer is kept, and must not hinder a copy.
    repr(value), [*value] if isinstance(value, Iterable) else None
    assert ask(pickle.loads(pickle.dumps(value))) == ask(copy.deepcopy(value)) == ask(copy.copy(value)) == answer


@given(histories(max_moves=5, max_amendments=1))
def test_any_history_travels(history: om.History) -> None:
    """Its structures and acts as well, on every day."""
    assert pickle.loads(pickle.dumps(history)) == history
    for day in history.days():
        structure = history.at(day)
        again = pickle.loads(pickle.dumps(structure))
        assert again == structure
        assert again.facts() == structure.facts()
    assert pickle.loads(pickle.dumps(history.acts)) == history.acts


def test_an_error_comes_back_with_its_findings(history: om.History) -> None:
    """As a worker tells it to whoever sent it to work."""
    with pytest.raises(om.InvalidAct) as told:
        history.enact(om.Act("q", "2030-01-01", [om.Closure("nobody")]))
    again = pickle.loads(pickle.dumps(told.value))
    assert (type(again), str(again), again.findings) == (om.InvalidAct, str(told.value), told.value.findings)


def test_policies_travel() -> None:
    """Each that has a name."""
    for name, make in policies.REGISTRY.items():
        try:
            policy = make()
        except TypeError:
            continue
        assert pickle.loads(pickle.dumps(policy)) == policy, name


def test_another_process_reads_them(history: om.History, tmp_path: Path) -> None:
    """One that has asked nothing yet: acts of a file are made of what travels, not of the file."""
    (tmp_path / "p").write_bytes(pickle.dumps((history.acts, history.at(DAY))))
    code = f"""
import pickle
with open({str(tmp_path / "p")!r}, "rb") as file:
    acts, structure = pickle.load(file)
print(len(acts), sum(len(act.events) for act in acts), structure.count("province"))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    expected = (len(history.acts), sum(len(act.events) for act in history.acts), history.at(DAY).count("province"))
    assert done.stdout.split() == list(map(str, expected))
