"""The compact file: equal to what was saved, mapped, refused when cut off, small when pickled."""

from __future__ import annotations

import os
import pickle
import threading
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.engine import file
from orgmodel.engine.index import Index, StoredIndex
from orgmodel.model.matter import Matter
from orgmodel.party import vietnam

DAYS = ("2024-06-30", "2025-06-30", "2025-07-01")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real reform, corrected once, in a file."""
    path = tmp_path_factory.mktemp("columns") / "reform.orgmodel"
    om.save(reform(), path)
    return path


@cache
def reform() -> om.History:
    history = vietnam.reform_2025()
    unit = history.at("2025-07-01").select("commune")[0]
    act = om.Act("x", "2025-08-01", [om.Change(unit, "name", "Một")], om.Source("a trial"))
    return history.enact(act).correct("x", om.Act("x", "2025-09-01", act.events, act.source), reason="a slip")


def test_a_history_of_which_no_act_counts(tmp_path: Path):
    """The log comes back where all of its acts were cancelled."""
    history = om.history_of([{"id": "vn"}], day="2024-01-01")
    history = history.cancel(history.acts[0].id, reason="a trial")
    om.save(history, tmp_path / "none.om")
    opened = om.open_history(tmp_path / "none.om", verify="full")
    assert opened == history
    assert len(opened.log) == 2
    assert pickle.loads(pickle.dumps(opened)) == history


def test_a_file_gives_back_all_of_a_history(saved: Path):
    """Log, facts, lineage and clusters come back; the file can be verified."""
    opened, history = om.open_history(saved, verify=True), reform()
    for day in DAYS:
        assert opened.at(day).facts() == history.at(day).facts()
    assert opened.log == history.log
    assert opened == history
    assert opened.lineage.links() == history.lineage.links()
    assert opened.as_recorded(len(history.log) - 1) == history.as_recorded(len(history.log) - 1)
    assert om.open_history(saved).enact(om.Act("y", "2026-02-01", [])).acts[-1].id == "y"


def test_matters_come_back(tmp_path: Path):
    """Their lives stand among those of units, and are read when a day is asked for."""
    duty = om.Creation(Matter("d", "duty", "A duty"))
    history = om.history_of([{"id": "a"}], day="2024-01-01").enact(om.Act("m", "2024-02-01", [duty]))
    om.save(history, tmp_path / "duties.orgm")
    opened = om.open_history(tmp_path / "duties.orgm")
    assert history.at("2024-03-01").matters() == opened.at("2024-03-01").matters() != ()
    assert history == om.open_history(tmp_path / "duties.orgm", verify="full")


def test_what_is_cut_off_or_altered_is_refused(saved: Path, tmp_path: Path):
    """A truncated file is refused when it is opened, an altered one when it is verified."""
    raw = saved.read_bytes()
    bad = tmp_path / "bad"
    for length in (0, 10, 100, len(raw) // 2, len(raw) - 1):
        bad.write_bytes(raw[:length])
        # An empty file could have been any form; it is read as text.
        with pytest.raises(om.InvalidFile, match="cannot be opened" if length else "the file is empty"):
            om.open_history(bad)
    bad.write_bytes(raw[:-100] + bytes([raw[-100] ^ 1]) + raw[-99:])
    om.open_history(bad, verify=False)
    for verify in (None, True, "full"):
        with pytest.raises(om.InvalidFile, match="was altered"):
            om.open_history(bad, verify=verify)  # type: ignore[arg-type]
    bad.write_bytes(raw[:40] + bytes([raw[40] ^ 1]) + raw[41:])
    with pytest.raises(om.InvalidFile, match="header was altered"):
        om.open_history(bad)
    bad.write_bytes(raw[:8] + b"\x09" + raw[9:])
    with pytest.raises(om.InvalidFile, match="format version 9"):
        om.open_history(bad)
    bad.write_text("an,other,file\n" * 10)
    with pytest.raises(om.InvalidFile, match="no history file"):
        om.open_history(bad)


def test_checksums_of_large_files_are_those_of_small_ones(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Several threads make them; the bytes are the same, and what was altered is found."""
    om.save(om.open_history(saved), tmp_path / "small")
    monkeypatch.setattr(file, "_LARGE", 0)
    om.save(om.open_history(saved, verify=True), tmp_path / "again")
    raw = (tmp_path / "again").read_bytes()
    assert raw == (tmp_path / "small").read_bytes()
    (tmp_path / "again").write_bytes(raw[:-100] + bytes([raw[-100] ^ 1]) + raw[-99:])
    with pytest.raises(om.InvalidFile, match="was altered"):
        om.open_history(tmp_path / "again", verify=True)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing is half written."""
    path = tmp_path / "h"
    om.save(om.history_of([{"id": "a"}], day="2025-01-01"), path)
    old = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(OSError, match="Input/output"):
        om.save(om.history_of([{"id": "b"}], day="2025-01-01"), path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_pickles_are_small_when_there_is_a_file(saved: Path, tmp_path: Path):
    """A history from a file travels as its path and what was enacted since; another as bytes."""
    opened = om.open_history(saved)
    branch = opened.enact(om.Act("y", "2026-02-01", [om.Change(opened.at("2026-01-01").root(), "name", "X")]))
    for history in (opened, branch):
        there = pickle.dumps(history)
        assert len(there) < 5_000
        back = pickle.loads(there)
        assert back.at("2026-02-01").facts() == history.at("2026-02-01").facts()
        assert back.log == history.log
    alone = om.history_of([{"id": "a", "members": 3}], day="2025-01-01")
    assert pickle.loads(pickle.dumps(alone)) == alone
    earlier = opened.as_recorded(1)
    assert pickle.loads(pickle.dumps(earlier)) == earlier
    path = tmp_path / "h"
    om.save(alone, path)
    there = pickle.dumps(om.open_history(path))
    om.save(alone.enact(om.Act("z", "2025-02-01", [])), path)
    with pytest.raises(om.InvalidFile, match="was changed"):
        pickle.loads(there)


def test_threads_may_read_one_history(saved: Path):
    """Many threads that ask one history at once get what one alone gets."""
    expected = {day: reform().at(day).counts() for day in DAYS}
    unit = reform().at("2025-07-01").select("commune")[5]
    path = reform().at("2025-07-01").path(unit)
    for _ in range(3):
        shared = om.open_history(saved)
        wrong: list[object] = []
        gate = threading.Barrier(8)

        def ask(shared: om.History = shared, wrong: list[object] = wrong, gate: threading.Barrier = gate) -> None:
            gate.wait()
            for day in DAYS:
                if shared.at(day).counts() != expected[day]:
                    wrong.append(day)
            if shared.at("2025-07-01").path(unit) != path or len(shared.acts) < 40 or not shared.lineage.links():
                wrong.append(unit)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


@given(st.lists(st.text(max_size=20), unique=True, max_size=40), st.text(max_size=20))
def test_stored_ids_are_found_as_in_a_dict(names: list[str], other: str):
    """The index in the file answers as a dict of the same ids does."""
    names = [name.encode("utf-8", "replace").decode() for name in names]
    plain = Index(names)
    stored = StoredIndex(*plain.packed().values())
    for name in [*names, other, other + "x"]:
        if names.count(name) < 2:
            assert stored.number(name) == plain.number(name)
    assert list(stored.names()) == names
    assert [stored.name(n) for n in range(len(stored))] == names
    assert {name: array.tolist() for name, array in stored.packed().items()} == {
        name: array.tolist() for name, array in plain.packed().items()
    }


def test_acts_from_tables_stay_late(tmp_path: Path):
    """A history from tables, with an act added and another cancelled, comes back with its log."""
    day = "2025-01-01"
    history = om.from_tables(
        {"id": ["r", "a", "b"], "start": [day, day, "2025-02-01"], "end": [None, "2025-03-01", None]},
        parents={"unit": ["r", "a", "b"], "parent": [None, "r", "r"], "start": [day, day, "2025-02-01"]},
        links={"old": ["a"], "new": ["b"], "day": ["2025-03-01"]},
    )
    changed = history.enact(om.Act("n", "2025-04-01", [om.Change("b", "name", "B")]))
    changed = changed.cancel(history.acts[2].id, reason="it lives on")
    om.save(changed, tmp_path / "h")
    opened = om.open_history(tmp_path / "h")
    assert opened == changed
    assert "a" in opened.at("2025-05-01")
    assert opened.as_recorded(4).at("2025-05-01") == history.enact(changed.acts[-1]).at("2025-05-01")


def test_acts_of_another_history_keep_their_events(tmp_path: Path):
    """Enacted where its units have other numbers, an act from tables has rows in another order than its events."""
    day, later = "2025-01-01", "2025-02-01"
    facts = {"name": {"unit": ["a", "b"], "value": ["A", "B"], "start": [later, later]}}
    parents = {"unit": ["z", "a", "b"], "parent": [None, "z", "z"], "start": [day] * 3}
    _, named = om.from_tables({"id": ["z", "a", "b"], "start": [day] * 3}, parents=parents, facts=facts).acts
    other = om.history_of([{"id": "z"}, {"id": "b", "parent": "z"}, {"id": "a", "parent": "z"}], day=day).enact(named)
    om.save(other, tmp_path / "other")
    opened = om.open_history(tmp_path / "other")
    assert [event.subject for event in opened.acts[-1].events] == ["a", "b"]
    assert opened == other
