"""The commands that keep a register, and ``--file`` with a store wherever it takes a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Call
from databases import Place
from store_registers import named, small

import orgmodel as om
from orgmodel.io import jsonl
from orgmodel.io.opening import form_of, open_history, save

PLAN = """
name = "a province"
day = "2026-01-01"
[[stage]]
name = "found it"
do = [{ op = "create", unit = { id = "p", name = "P" }, under = "vn" }]
"""


def test_a_register_on_the_command_line(call: Call, place: Place, tmp_path: Path) -> None:
    """A register is begun, grows by a plan and by a history that goes on, is read and checked."""
    register, history = place(), small()
    jsonl.dump(history, tmp_path / "begin.jsonl")
    assert call("init", register, "--from", str(tmp_path / "begin.jsonl"))[0] == 0
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    status, _, err = call("append", register, str(tmp_path / "plan.toml"), "--recorded", "2026-02-01")
    assert (status, "4 entries" in err) == (0, True)
    with om.Store(register) as store:
        now, head = store.history, store.head
    assert str(now.log[-1].recorded) == "2026-02-01"
    jsonl.dump(now.enact(named("W", "2026-03-01")).cancel("found", reason="a forgery"), tmp_path / "more.jsonl")
    assert call("append", register, str(tmp_path / "more.jsonl"), "--expect", head)[0] == 0
    # The same again is refused: the register has another head by now.
    status, _, err = call("append", register, str(tmp_path / "more.jsonl"), "--expect", head)
    assert status == 2
    assert "has gone on" in err
    # Without a head nothing is new in it.
    assert call("append", register, str(tmp_path / "more.jsonl"))[0] == 0
    status, out, _ = call("log", "--file", register, "--json")
    told = json.loads(out)
    assert [entry["about"] for entry in told["entries"]][-2:] == ["named W", "found"]
    assert told["head"] == jsonl.head_of(open_history(register))
    status, out, _ = call("log", "--file", register, "--late", "--consequences")
    assert status == 0
    assert "a forgery" in out
    assert "named W" not in out
    assert call("check", register)[0] == 0
    status, out, _ = call("show", "p", "--file", register)
    assert (status, "P" in out) == (0, True)


def test_what_cannot_be_appended(call: Call, tmp_path: Path) -> None:
    """A history that does not go on from the register, a plan with faults, a missing register: each is told."""
    register = str(tmp_path / "r.db")
    om.Store.create(register, small()).close()
    jsonl.dump(om.history_of([{"id": "vn"}], day="2024-01-01"), tmp_path / "other.jsonl")
    status, _, err = call("append", register, str(tmp_path / "other.jsonl"))
    assert (status, "does not go on" in err) == (2, True)
    (tmp_path / "bad.toml").write_text(PLAN.replace('under = "vn"', 'under = "nowhere"'), encoding="utf-8")
    status, _, err = call("append", register, str(tmp_path / "bad.toml"))
    assert (status, "nowhere" in err) == (2, True)
    status, _, err = call("append", register, str(tmp_path / "other.jsonl"), "--recorded", "2026-01-01")
    assert (status, "--recorded" in err) == (2, True)
    assert call("append", str(tmp_path / "missing.db"), str(tmp_path / "other.jsonl"))[0] == 2
    assert call("init", register)[0] == 2
    with om.Store(register) as store:
        assert store.history == small()


@pytest.mark.parametrize("register", ["r.jsonl", "r.om"])
def test_files_grow_too(call: Call, tmp_path: Path, register: str) -> None:
    """``append`` takes a file of either format as a register, and writes it anew."""
    path = str(tmp_path / register)
    save(small(), path)
    form = form_of(path)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    assert call("append", path, str(tmp_path / "plan.toml"))[0] == 0
    assert open_history(path).at("2026-01-01").unit("p").name == "P"
    assert form_of(path) == form
    status, _, err = call("append", path, str(tmp_path / "plan.toml"), "--expect", "0" * 32)
    assert (status, "has the head" in err) == (2, True)


def test_convert_between_all_forms(call: Call, place: Place, tmp_path: Path) -> None:
    """From every form into every other one, nothing is lost, and the head stays."""
    history = small()
    start = str(tmp_path / "0.jsonl")
    jsonl.dump(history, start)
    targets = [str(tmp_path / "1.om"), place(), str(tmp_path / "2.jsonl"), place(), str(tmp_path / "3.om")]
    source = start
    for target in targets:
        status, _, err = call("convert", source, target)
        assert (status, jsonl.head_of(history) in err) == (0, True)
        assert open_history(target) == history
        source = target
    assert (tmp_path / "2.jsonl").read_bytes() == Path(start).read_bytes()
    status, _, err = call("convert", start, str(tmp_path / "x.docx"))
    assert (status, "says no form" in err) == (2, True)
    # A store is not written over.
    assert call("convert", start, targets[1])[0] == 2


def test_a_damaged_store_is_told(call: Call, tmp_path: Path) -> None:
    """``check`` lists what is wrong with a store, with exit status 1."""
    from sqlalchemy import update

    from orgmodel.io.store import tables

    register = str(tmp_path / "r.db")
    with om.Store.create(register, small()) as store, store._database.writing() as connection:
        connection.execute(update(tables.facts).where(tables.facts.c.value == "AB").values(value="AC"))
    status, out, _ = call("check", register)
    assert (status, "AC" in out) == (1, True)


def test_an_empty_register_of_the_party(call: Call, tmp_path: Path) -> None:
    """``init --party`` begins with the kinds and measures of the Party."""
    register = str(tmp_path / "r.db")
    assert call("init", register, "--party")[0] == 0
    with om.Store(register) as store:
        assert store.number == 0
        assert "members" in store.history.measures
