"""``orgmodel simulate`` and ``orgmodel compare``: a plan file tried, its faults all listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Call
from trials import DAY, TWO_BY_TWO, organisation

import orgmodel as om
from orgmodel.scenario.plan import parse_plan

BAD = """name = "bad"
day = "2027-01-01"
[[stage]]
name = "one"
[[stage.do]]
op = "merge"
units = ["a", "b"]
[[stage.do]]
op = "rename"
unit = "a"
name = "too late"
[[stage.do]]
op = "marge"
"""

ONE = """name = "one"
day = "2027-01-01"
[[stage]]
[[stage.do]]
op = "merge"
units = ["c", "d"]
cluster = "leave-all"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    om.dump(organisation(), tmp_path / "history.jsonl")
    for name, text in (("two", TWO_BY_TWO), ("bad", BAD), ("one", ONE)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def call(call: Call, folder: Path) -> Call:
    """The same with the files of the folder."""

    def called(command: str, *tokens: str) -> tuple[int, str, str]:
        paths = [str(folder / token) if token.endswith((".toml", ".jsonl")) else token for token in tokens]
        return call(command, *paths, "--file", folder / "history.jsonl")

    return called


def test_simulate_prints_stages_path_and_differences(call: Call):
    """Stages in order with the units of their day, the critical path, and the numbers that differ."""
    status, out, err = call("simulate", "two.toml")
    assert (status, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "2026-12-16 names 35 days 1 17" in lines
    assert "2027-01-01 provinces 30 days 3 16" in lines
    assert "2027-01-01 communes provinces 10 days 2 16" in lines
    assert "critical path: provinces -> communes (40 days)" in lines
    assert "On 2027-01-01" in lines
    assert "units: province 4 3 (-1)" in lines
    assert "superior of commune changes: units 0 5 (+5)" in lines
    assert not any(line.startswith("units: centre") for line in lines)
    _, everything, _ = call("simulate", "two.toml", "--all")
    assert "units: centre 1 1" in [" ".join(line.split()) for line in everything.splitlines()]
    _, early, _ = call("simulate", "two.toml", "--on", "2026-12-31")
    assert "units: province" not in early


def test_simulate_prints_json_and_writes_the_history(call: Call, folder: Path):
    """The file that is written holds the very scenario; the JSON says the same as the text."""
    status, out, _ = call("simulate", "two.toml", "--json", "--out", "tried.jsonl")
    told = json.loads(out)
    assert status == 0
    assert [(s["stage"], s["day"], s["units"]["province"]) for s in told["stages"]] == [
        ("names", "2026-12-16", 4),
        ("provinces", DAY, 3),
        ("communes", DAY, 3),
    ]
    assert told["critical_path"] == {"stages": ["provinces", "communes"], "days": 40}
    (row,) = [r for r in told["rows"] if (r["metric"], r["item"]) == ("units", "province")]
    assert (row["baseline"], row["value"], row["difference"]) == (4, 3, -1)
    tried = om.load(folder / "tried.jsonl")
    assert tried.at(DAY) == parse_plan(TWO_BY_TWO).simulate(organisation()).at(DAY)


@pytest.mark.parametrize("command", [("simulate", "bad.toml"), ("compare", "one.toml", "bad.toml", "--on", DAY)])
def test_all_faults_of_a_plan_are_listed_with_lines(call: Call, command: tuple[str, ...]):
    """Exit status 2, nothing printed but the faults, each in a line of its own."""
    status, out, err = call(*command)
    assert (status, out) == (2, "")
    first, *lines = err.splitlines()
    assert first.startswith("orgmodel: ")
    assert first.endswith("bad.toml: faults: 2")
    assert [line.split(":")[0] for line in lines] == ["  line 8", "  line 13"]
    assert "'a' ended by the operation of line 5" in lines[0]
    assert "there is no operation 'marge'" in lines[1]


def test_compare_puts_plans_beside_each_other(call: Call):
    """A column for each plan, and each difference traced to its events."""
    status, out, err = call("compare", "one.toml", "two.toml", "--on", DAY)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert "baseline one two by two" in lines
    assert "units: agency 4 3 (-1) 3 (-1)" in lines
    assert "units: commune 8 8 9 (+1)" in lines
    status, out, _ = call("compare", "one.toml", "two.toml", "--on", DAY, "--explain", "units", "province")
    lines = out.splitlines()
    assert (status, len(lines)) == (0, 4)
    assert lines[0] == "one: units: province 4 -> 3"
    assert "4 -> 3  merger of c, d" in lines[1]
    assert lines[2] == "two by two: units: province 4 -> 3"
    _, out, _ = call("compare", "one.toml", "--on", DAY, "--explain", "units", "province", "--json")
    told = json.loads(out)
    (reason,) = told["explain"]["one"]
    assert (reason["before"], reason["after"], reason["event"]) == (4, 3, 0)
    assert {row["scenario"] for row in told["rows"]} == {"one"}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("simulate", "none.toml"), "No such file"),
        (("simulate", "two.toml", "--on", "2027-02-30"), "2027-02-30"),
        (("simulate", "two.toml", "--on", "2020-01-01"), "the history begins on 2024-01-01"),
        (("compare", "--on", DAY), "at least one plan"),
        (("compare", "one.toml", "one.toml", "--on", DAY), "two scenarios are called 'one'"),
        (("compare", "one.toml", "--on", DAY, "--explain", "beauty", "all"), "no metric 'beauty'"),
        (("compare", "one.toml", "--on", DAY, "--explain", "units", "canton"), "has no 'canton'"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(call: Call, command: tuple[str, ...], why: str):
    """One line on standard error, and exit status 2."""
    status, out, err = call(*command)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert why in err
