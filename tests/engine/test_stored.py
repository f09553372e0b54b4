"""Files of columns: read when they are used, looked at before, told when they change under a reader."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import orgmodel as om
from orgmodel.engine import file, stored
from orgmodel.engine.file import identity_of_file, read_arrays, write_arrays
from orgmodel.engine.stored import StoredColumns
from orgmodel.testing.strategies import histories


def organisation(name: str = "b", units: int = 40) -> om.History:
    rows: list[dict[str, Any]] = [{"id": "vn"}]
    rows += [{"id": f"{name}{i}", "name": f"Xã {i}", "parent": "vn", "members": i} for i in range(units)]
    made = om.history_of(rows, day="2024-01-01", measures=[om.Measure("members")])
    with made.draft("2025-07-01", source=om.Source("NQ 1")) as act:
        act.merge([f"{name}1", f"{name}2"], into=om.Unit(f"{name}n", name="Xã mới"))
    return made.enact(act).enact(om.Act("late", "2024-06-01", [om.Change(f"{name}1", "measure:members", 9, "own")]))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as a large one."""
    monkeypatch.setattr(file, "SMALL", 0)


def answers(history: om.History) -> list[Any]:
    days = ("2024-01-01", "2024-06-01", "2025-07-01")
    return [*((history.at(day).facts(), history.at(day).total("members")) for day in days), history.lineage.links()]


@given(histories(max_moves=8, max_amendments=2))
def test_what_was_enacted_is_never_called_a_contradiction(history: om.History) -> None:
    """Every history passes the full look at its file, opened in each way."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "h.om")
        om.save(history, path)
        for verify in (True, False, None, "full"):
            for mapped in (True, False):
                assert om.open_history(path, verify=verify, mapped=mapped) == history  # type: ignore[arg-type]


def test_an_unknown_way_to_verify_is_refused(tmp_path: Path) -> None:
    """A typo does not verify less."""
    om.save(organisation(), tmp_path / "h.om")
    with pytest.raises(om.Refused, match="did you mean 'full'"):
        om.open_history(tmp_path / "h.om", verify="ful")  # type: ignore[arg-type]


@pytest.mark.usefixtures("large")
class TestLargeFiles:
    def test_columns_are_read_when_they_are_used(self, tmp_path: Path) -> None:
        """A question about one track reads no other."""
        om.save(organisation(), tmp_path / "h.om")
        history = om.open_history(tmp_path / "h.om")
        columns: dict[str, Any] = history._state.base.columns  # type: ignore[assignment]

        def read() -> set[str]:
            return {track for track, c in columns.items() if isinstance(c, StoredColumns) and c._load is None}

        assert read() == set()
        assert history.at("2024-01-01").unit("b5").name == "Xã 5"
        assert "name" in read()
        assert "measure:members" not in read()
        assert answers(history) == answers(organisation())

    @pytest.mark.parametrize("how", ["shortened", "emptied", "overwritten", "one byte"])
    def test_a_change_in_place_is_told(self, tmp_path: Path, how: str) -> None:
        """By one of our errors, in the process that reads; nothing ends it, and no answer is of the other file."""
        path = tmp_path / "h.om"
        om.save(organisation(), path)
        om.save(organisation("c", 300), tmp_path / "other.om")
        history = om.open_history(path)
        if how == "overwritten":
            shutil.copyfile(tmp_path / "other.om", path)
        else:
            with open(path, "r+b") as opened:
                if how == "one byte":
                    array = read_arrays(path)._table[f"{read_arrays(path).header['tracks']['name']}.start"]
                    opened.seek(read_arrays(path)._start + array["at"])
                    byte = opened.read(1)
                    opened.seek(-1, 1)
                    opened.write(bytes([byte[0] ^ 1]))
                else:
                    opened.truncate(0 if how == "emptied" else 4096)
        with pytest.raises(om.InvalidFile, match=r"altered|cut off|cannot be read"):
            answers(history)

    def test_a_process_outlives_the_file(self, tmp_path: Path) -> None:
        """A reader of a file that is mapped would be killed by a signal here."""
        om.save(organisation(units=4000), tmp_path / "h.om")
        code = f"""
import orgmodel as om
from orgmodel.engine import file
file.SMALL = 0
history = om.open_history({str(tmp_path / "h.om")!r})
open({str(tmp_path / "h.om")!r}, "r+b").truncate(4096)
try:
    history.at("2024-01-01").total("members")
except om.InvalidFile:
    print("told")
"""
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "told\n")

    def test_what_was_read_as_a_whole_needs_no_file(self, tmp_path: Path) -> None:
        """``mapped=False``: whoever changes or removes the file changes no answer."""
        om.save(organisation(), tmp_path / "h.om")
        history = om.open_history(tmp_path / "h.om", mapped=False)
        (tmp_path / "h.om").write_bytes(b"")
        assert answers(history) == answers(organisation())

    def test_a_file_that_is_replaced_goes_on_for_its_readers(self, tmp_path: Path) -> None:
        """As ``save`` publishes: a new file in the old one's place."""
        path = tmp_path / "h.om"
        om.save(organisation(), path)
        history = om.open_history(path)
        om.save(organisation("c"), path)
        assert answers(history) == answers(organisation())
        assert om.open_history(path) == organisation("c")


class TestIdentity:
    def test_it_is_that_of_the_content(self, tmp_path: Path) -> None:
        """Copies have it, whatever their names and times are; another history has another one."""
        om.save(organisation(), tmp_path / "a.om")
        shutil.copyfile(tmp_path / "a.om", tmp_path / "b.om")
        os.utime(tmp_path / "b.om", (1, 1))
        om.save(organisation(units=41), tmp_path / "c.om")
        a, b, c = (identity_of_file(tmp_path / f"{name}.om") for name in "abc")
        assert a == b != c

    def test_pickles_rest_on_it(self, tmp_path: Path) -> None:
        """A copy of the same bytes in the place of the file is the same file; another content is refused."""
        path = tmp_path / "h.om"
        om.save(organisation(), path)
        raw = pickle.dumps(om.open_history(path))
        assert len(raw) < 1_000
        shutil.copyfile(path, tmp_path / "copy.om")
        os.replace(tmp_path / "copy.om", path)
        os.utime(path, (1, 1))
        assert pickle.loads(raw) == organisation()
        with open(path, "ab") as opened:
            opened.write(b"x")
        assert pickle.loads(raw) == organisation(), "it is in the memory of the process"
        om.save(organisation("c"), path)
        code = f"import pickle, orgmodel as om\ntry:\n    pickle.loads({raw!r})\nexcept om.InvalidFile as error:\n    print(error)"
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
        assert "the file was changed since the history was pickled" in done.stdout

    def test_a_history_whose_file_is_another_travels_with_all_it_has(self, tmp_path: Path) -> None:
        """It no longer pickles as a path."""
        path = tmp_path / "h.om"
        om.save(organisation(), path)
        history = om.open_history(path)
        om.save(organisation("c"), path)
        assert pickle.loads(pickle.dumps(history)) == organisation()


def changed(tmp_path: Path, name: str, change: Any, track: str = "") -> Path:
    """A file with right checksums, in which an array is another one."""
    om.save(organisation(), tmp_path / "right.om")
    arrays = read_arrays(tmp_path / "right.om")
    label = f"{arrays.header['tracks'][track]}.{name}" if track else name
    found = dict(arrays)
    found[label] = change(found[label].copy())
    write_arrays(tmp_path / "crafted.om", arrays.header, found)
    return tmp_path / "crafted.om"


def put(place: int, value: int) -> Any:
    def change(array: Any) -> Any:
        array[place] = value
        return array

    return change


@pytest.mark.parametrize(
    ("track", "name", "change", "told"),
    [
        ("parent", "subject", put(3, 7), "do not stand where their subjects have them"),
        ("parent", "off", put(3, 99), "its offsets are none"),
        ("parent", "off", put(0, 1), "its offsets are none"),
        ("parent", "start", put(3, 0), "starts on no day"),
        ("parent", "end", put(3, 1), "ends on no day, or before it starts"),
        ("parent", "end", put(3, 2**30), "ends on no day, or before it starts"),
        ("parent", "act", put(3, 99), "names an act that is not there"),
        ("parent", "act", put(3, -1), "names an act that is not there"),
        ("parent", "value", put(3, 9999), "says something that is not there"),
        ("parent", "value", put(3, -3), "says something that is not there"),
        ("parent", "value", put(3, 3), "stands above itself"),
        ("parent", "value", put(0, 5), "stands above itself"),
        ("name", "value", put(3, 9999), "says something that is not there"),
        ("measure:members", "value", put(3, -9), "says something that is not there"),
        ("measure:members", "slot", put(3, 9), "is about something that is not there"),
        ("link", "slot", put(0, -1), "is about something that is not there"),
        ("life", "event", put(3, -1), "was written by no event"),
        ("name", "start", lambda array: array[:-1], "entries, and there are"),
        ("name", "start", lambda array: array.astype(np.int64), "is of the type"),
    ],
)
def test_columns_that_are_none_are_told(tmp_path: Path, track: str, name: str, change: Any, told: str) -> None:
    """With the track and what is wrong: when the file is opened, or when the track is used."""
    path = changed(tmp_path, name, change, track)
    for verify in (None, True, "full"):
        with pytest.raises(om.InvalidFile, match=rf"the track '{track}'.*{told}"):
            om.open_history(path, verify=verify)  # type: ignore[arg-type]
    with pytest.raises(om.InvalidFile, match=told):
        answers(om.open_history(path, verify=False))


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("ids.order", put(3, 4), "they are not in order"),
        ("ids.digests", put(3, 4), "they are not found where they should be"),
        ("ids.bytes", put(3, 0xFF), "they are not UTF-8"),
        ("ids.ends", put(3, 1), "there are not"),
        ("ids.ends", lambda array: array[:-1], "the header is of no known form|there are not"),
    ],
)
def test_ids_that_are_none_are_told(tmp_path: Path, name: str, change: Any, told: str) -> None:
    """Before anything is looked up by them."""
    with pytest.raises(om.InvalidFile, match=told):
        om.open_history(changed(tmp_path, name, change))


def test_a_row_that_the_log_does_not_give_is_told(tmp_path: Path) -> None:
    """By the full look, with the unit, the day, and both sides."""
    path = changed(tmp_path, "value", put(5, 77), "measure:members")
    assert om.open_history(path).at("2024-01-01").total("members").value != organisation().at("2024-01-01").total(
        "members"
    )
    with pytest.raises(
        om.InvalidFile, match=r"b\d+: figure: the columns say 77 \(own\) from 2024-01-01 .* and the log \d+"
    ):
        om.open_history(path, verify="full")


def test_units_may_have_stood_above_one_another_by_turns(tmp_path: Path) -> None:
    """What is no circle on any day is none."""
    history = om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}, {"id": "b", "parent": "a"}], day="2020-01-01")
    for year, (upper, lower) in enumerate([("b", "a"), ("a", "b")] * 3, 2021):
        with history.draft(f"{year}-01-01") as act:
            act.reassign(upper, "r")
            act.reassign(lower, upper)
        history = history.enact(act)
    om.save(history, tmp_path / "h.om")
    assert om.open_history(tmp_path / "h.om") == history


def test_turns_without_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made such a file gets an error and not all the time that there is."""
    monkeypatch.setattr(stored, "_STEPS", 2)
    with pytest.raises(om.InvalidFile, match="too often"):
        test_units_may_have_stood_above_one_another_by_turns(tmp_path)


@pytest.mark.parametrize("special", ["/dev/zero", "pipe"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, special: str) -> None:
    """Whatever reads it: columns, text, tables, plans, rulebooks."""
    from orgmodel.io.tables import read_units_csv
    from orgmodel.rules.file import read_rulebook

    path = Path(special) if special.startswith("/") else tmp_path / special
    if special == "pipe":
        os.mkfifo(path)
    for read in (om.open_history, om.load, om.read_plan, read_rulebook, lambda p: read_units_csv(p, day="2024-01-01")):
        with pytest.raises(om.OrgmodelError, match="no regular file"):
            read(path)


def test_numbers_that_name_no_table_are_told(tmp_path: Path) -> None:
    """A header that somebody made up."""
    om.save(organisation(), tmp_path / "h.om")
    arrays = read_arrays(tmp_path / "h.om")
    for header in (
        {},
        {**arrays.header, "count": 10**12},
        {**arrays.header, "count": -1},
        {**arrays.header, "rows": "x"},
        {**arrays.header, "last": 10**9},
        {**arrays.header, "tracks": {"life": 99}},
        {**arrays.header, "measures": [{"id": 5}]},
    ):
        write_arrays(tmp_path / "crafted.om", header, arrays)
        with pytest.raises(om.InvalidFile):
            answers(om.open_history(tmp_path / "crafted.om"))
