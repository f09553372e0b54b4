"""``orgmodel audit``: a readable report with citations, JSON, exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation
from orgmodel.cli.app import run
from orgmodel.history.history import history_of
from orgmodel.io import jsonl
from orgmodel.model.unit import Unit
from orgmodel.party import kinds


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A commune with a cell of two members, and later one of one."""
    rows = [
        {"id": "vn", "name": "Trung ương", "kind": "centre"},
        {"id": "p", "name": "Huế", "kind": "province", "parent": "vn", "code": "46", "inspection_committee": 9},
        {"id": "x", "name": "Phú Xuân", "kind": "commune", "category": "phường", "parent": "p"},
        {"id": "g", "name": "Đảng bộ A", "kind": "grassroots-organisation", "category": "đảng bộ cơ sở", "parent": "x"},
        {"id": "c", "name": "Chi bộ 1", "kind": "cell", "parent": "g", "members_official": 2, "members": 2},
    ]
    history = history_of(rows, day="2025-07-01", schema=kinds.SCHEMA).enact(
        Act(
            "new",
            "2025-09-01",
            [
                Creation(Unit("c2", name="Chi bộ 2", kind="cell", parent="g")),
                Change("c2", "measure:members_official", 1, "own"),
                Change("g", "fact:decided", "x", "exception:A05"),
            ],
        )
    )
    path = tmp_path / "history.jsonl"
    jsonl.dump(history, path)
    return str(path)


def test_findings_are_told_with_their_law_and_the_status_is_1(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule, statement, citation, severity and message; 1 as there are errors."""
    assert run(["audit", file, "--on", "2025-07-15"]) == 1
    out = capsys.readouterr().out
    assert "A01  A party organisation needs at least 3 official (full) members" in out
    assert "Điều lệ Đảng (2011), Đ.21 k.2; Đ.24 k.1" in out
    assert "error   Chi bộ 1: members official is 2, must be at least 3" in out
    assert "(partly memory: check it against the act)" in out
    assert "Quy định 296-QĐ/TW; Hướng dẫn 17-HD/UBKTTW (06/6/2025), Đ.8 (number uncertain)" in out
    assert "11 rules of the book are not modelled" in out


def test_the_status_is_0_without_errors(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings and what cannot be decided are no errors."""
    assert run(["audit", file, "--rule", "A03", "--rule", "A09"]) == 0
    assert "errors: 0; warnings and notes: 2" in capsys.readouterr().out


def test_json_has_rules_findings_and_what_is_undecided(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: counts per rule, findings in both languages, missing facts with their units."""
    assert run(["audit", file, "--on", "2025-07-15", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["day"] == "2025-07-15"
    found = {finding["rule"]: finding for finding in told["findings"]}
    assert set(found) == {"A01", "A03", "A05", "D14"}
    assert told["errors"] == 4
    assert found["D14"]["units"] == ["p"]
    assert found["D14"]["message_vi"].startswith("Huế: ")
    counts = {row["rule"]: (row["satisfied"], row["violated"], row["undecided"]) for row in told["rules"]}
    assert counts["A01"] == (0, 2, 0)
    assert {"rule": "A11", "missing": "basis", "count": 1, "units": ["c"]} in told["undecided"]


def test_since_tells_what_arose_and_by_which_act(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The small cell was there; the new one was founded too small by an act."""
    assert run(["audit", file, "--since", "2025-07-15", "--rule", "A01", "--rule", "A02", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(f["rule"], f["units"], f["act"], f["day"]) for f in told["findings"]] == [
        ("A02", ["c2"], "new", "2025-09-01"),
        ("A01", ["c2"], "new", "2025-09-01"),
    ]


def test_lists_are_cut_and_undecided_cases_shown_on_request(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--limit says how many lines; --undecided lists what is missing."""
    run(["audit", file, "--rule", "A01", "--limit", "1"])
    assert "and 1 more; --limit 0 prints all" in capsys.readouterr().out
    run(["audit", file, "--rule", "A01", "--limit", "0", "--rule", "E04", "--undecided"])
    out = capsys.readouterr().out
    assert out.count("must be at least 3") == 2
    assert "meetings" in out


def test_a_rulebook_of_ones_own_is_read(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed number, in a file, with no code."""
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rule]]\nid = "mine"\nstatement = "two are enough"\ncheck = "measure"\non = ["cell"]\n'
        'measure = "members_official"\ncompare = ">="\n[[rule.version]]\nfrom = "2025"\nvalue = 2\n'
        'document = "house rule"\ncertainty = "seen"\n',
        encoding="utf-8",
    )
    assert run(["audit", file, "--on", "2025-07-15", "--rulebook", str(path)]) == 0
    assert run(["audit", file, "--on", "2025-09-01", "--rulebook", str(path)]) == 1
    path.write_text('[[rule]]\nid = "mine"\n', encoding="utf-8")
    assert run(["audit", file, "--rulebook", str(path)]) == 2
    assert "row 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["--on", "2025-02-30"], "is not a day"),
        (["--on", "1900-01-01"], "nothing is on record of 1900-01-01"),
        (["--since", "2026-01-01"], "is not before"),
        (["--rule", "Z99"], "there is no rule 'Z99'"),
        (["--rule", "B09"], "rule B09 is not modelled: It permits something"),
        (["--limit", "-1"], "give 0 or more"),
    ],
)
def test_what_cannot_be_asked_gets_one_line_and_status_2(
    file: str, tokens: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, one line that helps."""
    assert run(["audit", file, *tokens]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_missing_file_gets_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It is named."""
    assert run(["audit", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_the_reform_itself_has_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """The embedded history meets what it can decide; the rest is undecided, not satisfied."""
    assert run(["audit", "--on", "2025-07-01", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == []
    counts = {row["rule"]: row for row in told["rules"]}
    assert counts["B02"]["satisfied"] == 3
    assert counts["E07"] == {**counts["E07"], "satisfied": 0, "undecided": 34}


def test_the_audit_of_a_period_has_status_1_where_the_unit_has_errors(file: str, tmp_path: Path) -> None:
    """Errors of the unit and of all below it count, on the last day of the period; those of other units do not."""
    apart = jsonl.load(file).enact(
        Act("apart", "2025-07-01", [Creation(Unit("q", name="Hà Nội", kind="province", parent="vn", code="01"))])
    )
    other = str(tmp_path / "other.jsonl")
    jsonl.dump(apart, other)
    for unit, status in (("p", 1), ("g", 1), ("q", 0)):
        assert run(["party", "audit", "2025-08", "--unit", unit, "--file", other]) == status, unit
