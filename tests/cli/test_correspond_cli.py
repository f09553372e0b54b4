"""``orgmodel correspond`` and ``orgmodel vintage``: lists of codes, by file, never a guess, nothing written half."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Call

import orgmodel as om
from orgmodel.cli.app import run
from orgmodel.io import translation

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def commune(unit: str, code: str) -> om.Unit:
    return om.Unit(unit, name=f"Xã {unit}", code=code, kind="commune", parent="vn")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> str:
    """01 and 02 merge into a new 02; 03 is divided into 30 (dominant) and 31; 04 is closed; 05 goes on.

    A district of before bears the code 05 as well, another bears 06 and becomes a commune, and 09 is a commune of 2026.
    """
    start = om.Act(
        "start",
        "2024-01-01",
        [
            om.Creation(om.Unit("vn", kind="centre")),
            *(om.Creation(commune(f"c{i}", f"0{i}")) for i in range(1, 7)),
            om.Creation(om.Unit("d5", code="05", kind="district", parent="vn")),
            om.Creation(om.Unit("d6", code="06", kind="district", parent="vn")),
            om.Creation(om.Unit("none", kind="commune", parent="vn")),
        ],
    )
    zone = om.Succession([om.Link("d6", "z6")], [commune("z6", "61")], cross_kind=True)
    merger = om.Succession([om.Link("c1", "n2"), om.Link("c2", "n2")], [commune("n2", "02")])
    division = om.Succession(
        [om.Link("c3", "n30", "part", dominant=True, dominant_by="the gazette"), om.Link("c3", "n31", "part")],
        [commune("n30", "30"), commune("n31", "31")],
    )
    again = om.Succession(
        [om.Link("n31", "n32", "part"), om.Link("n31", "n33", "part")], [commune("n32", "32"), commune("n33", "33")]
    )
    acts = [
        om.Act("merger", AFTER, [merger], om.Source("1656/NQ")),
        om.Act(
            "division", AFTER, [division, om.Closure("c4"), om.Change("c6", "code", "60"), zone], om.Source("1657/NQ")
        ),
        om.Act("again", "2026-01-01", [again]),
        om.Act("later", "2026-01-01", [om.Creation(commune("c9", "09"))]),
    ]
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    om.dump(om.History().enact(start, *acts), path)
    return str(path)


@pytest.fixture
def call(call: Call, history: str) -> Call:
    """The same with the history's file."""
    return lambda *tokens: call(*tokens, "--file", history)


def write(folder: Path, *codes: str, name: str = "old.csv", header: str = "id,code") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *(f"{i},{code}" for i, code in enumerate(codes, 1)), ""]), encoding="utf-8")
    return path


def translated(
    call: Call, folder: Path, *codes: str, options: str = ""
) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    target = folder / "new.csv"
    days = "" if "--to" in options else f"--to {AFTER}"
    line = f"--from {BEFORE} {days} {'' if '--kind' in options else '--kind commune'} {options} --json".split()
    status, out, err = call("correspond", write(folder, *codes), target, *line)
    assert not err
    with open(target, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return status, [(row["new_code"], row["status"]) for row in rows], json.loads(out)


class TestTranslating:
    def test_codes_that_are_certain(self, call: Call, tmp_path: Path) -> None:
        """A merged, a recoded and an untouched unit have one new code each; all rows done is status 0.

        A district of the same code is in the table of the communes, as it became one, and is not meant.
        """
        status, rows, told = translated(call, tmp_path, "01", "02", "05", "06")
        assert (0, [("02", "whole"), ("02", "whole"), ("05", "same"), ("60", "whole")]) == (status, rows)
        assert (0, 0, [], None) == (told["open"], told["inexact"], told["codes"], told["mixed"])

    def test_every_code_without_one_is_told_with_its_rows(self, call: Call, tmp_path: Path) -> None:
        """Divided, closed, never borne, of other days, empty: left open, told with reason and rows; status 1."""
        status, rows, told = translated(call, tmp_path, "03", "04", "77", "09", "", "03", "1")
        assert 1 == status
        assert ["ambiguous", "unmapped", "unknown", "other days", "empty", "ambiguous", "unknown"] == [
            s for _, s in rows
        ]
        assert {""} == {new for new, _ in rows}
        assert (7, 7, 0) == (told["rows"], told["open"], told["inexact"])
        why = {entry["code"]: (entry["rows"], entry["first_row"], entry["why"]) for entry in told["codes"]}
        assert (2, 1, "divided; choose with a policy") == why["03"]
        assert (1, 2, "it has no successor on 2025-07-01, closed by 1657/NQ") == why["04"]
        assert "no unit ever bore the code '77'" == why["77"][2]
        assert "no unit bears the code '09' on 2025-06-30: commune c9 bore it from 2026-01-01" == why["09"][2]
        assert "'01' does: was it read as a number?" in why["1"][2]
        assert (
            "1 codes name no unit of 2025-06-30 but one of from 2026-01-01: a list of mixed vintages?" == told["mixed"]
        )

    def test_a_policy_chooses_and_is_told(self, call: Call, tmp_path: Path) -> None:
        """The dominant part, or a row for each: never without being asked, always in the status column."""
        status, rows, told = translated(call, tmp_path, "03", "01", options="--policy dominant")
        assert (0, [("30", "dominant"), ("02", "whole")]) == (status, rows)
        assert "divided; the dominant part, says the gazette" == told["codes"][0]["why"]
        status, rows, told = translated(call, tmp_path, "01", "03", "05", options="--policy all")
        assert (0, [("02", "whole"), ("30", "part"), ("31", "part"), ("05", "same")]) == (status, rows)
        assert (3, 4) == (told["rows"], told["written"])

    def test_no_dominant_part_is_left_open(self, call: Call, tmp_path: Path) -> None:
        """Where no source names it, the policy does not invent it."""
        status, rows, _ = translated(call, tmp_path, "03", options="--policy dominant --to 2026-06-01")
        assert (0, [("30", "dominant")]) == (status, rows)
        line = f"--from {AFTER} --to 2026-06-01 --policy dominant --kind commune --json".split()
        status, out, _ = call("correspond", write(tmp_path, "31"), tmp_path / "n.csv", *line)
        assert (1, "divided, and no source names the dominant part") == (status, json.loads(out)["codes"][0]["why"])

    def test_a_part_of_a_part_is_certain(self, call: Call, tmp_path: Path) -> None:
        """A part of a part is certain: all of it is of one origin."""
        _, rows, told = translated(call, tmp_path, "03", options="--policy all --to 2026-06-01")
        assert [("30", "part"), ("32", "part"), ("33", "part")] == rows
        assert 0 == told["inexact"]

    def test_a_code_that_two_units_bear_on_one_day(self, call: Call, tmp_path: Path) -> None:
        """Without a kind, 05 names a commune and a district: told, not guessed."""
        status, rows, _ = translated(call, tmp_path, "05", options="--kind commune")
        assert (0, [("05", "same")]) == (status, rows)
        line = f"--from {BEFORE} --to {AFTER} --json".split()
        status, out, _ = call("correspond", write(tmp_path, "05"), tmp_path / "n.csv", *line)
        (entry,) = json.loads(out)["codes"]
        assert (1, "several", "2 units bear it on 2025-06-30: c5, d5") == (status, entry["status"], entry["why"])

    def test_a_code_that_two_units_bear_on_different_days(self, call: Call, tmp_path: Path) -> None:
        """02 is one commune before and another after: the day of the list decides."""
        assert [("02", "whole")] == translated(call, tmp_path, "02")[1]
        line = f"--from {AFTER} --to 2026-06-01 --kind commune --json".split()
        assert 0 == call("correspond", write(tmp_path, "02"), tmp_path / "new.csv", *line)[0]
        assert "1,02,02,same" in (tmp_path / "new.csv").read_text()

    def test_by_name_and_id(self, call: Call, tmp_path: Path) -> None:
        """The column may hold names or ids; the new column then does too."""
        assert [("Xã n2", "whole")] == translated(call, tmp_path, "Xã c1", options="--by name")[1]
        assert [("n2", "whole"), ("none", "same")] == translated(call, tmp_path, "c1", "none", options="--by id")[1]

    def test_other_columns_are_kept(self, call: Call, tmp_path: Path) -> None:
        """Quotes, line breaks in cells, a byte-order mark and Windows line ends do no harm."""
        source = tmp_path / "old.csv"
        source.write_bytes('\ufeffcode;note\r\n01;"a;b\nc"\r\n\r\n05;""""\r\n'.encode())
        line = f"--from {BEFORE} --to {AFTER} --kind commune --delimiter ; --new-column to --status-column how".split()
        status, out, _ = call("correspond", source, tmp_path / "new.csv", *line)
        assert 0 == status
        assert "2 rows read" in out
        assert 'code;note;to;how\n01;"a;b\nc";02;whole\n05;"""";05;same\n' == (tmp_path / "new.csv").read_text("utf-8")

    def test_many_chunks(self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rows are counted over chunks, with the first row of each code, whatever their size."""
        monkeypatch.setattr(translation, "CHUNK", 3)
        codes = ["01", "05"] * 5 + ["77", "02", "77"]
        _, rows, told = translated(call, tmp_path, *codes)
        assert [made for _, made in rows] == ["whole", "same"] * 5 + ["unknown", "whole", "unknown"]
        assert [("77", 2, 11)] == [(e["code"], e["rows"], e["first_row"]) for e in told["codes"]]
        assert {"whole": 6, "same": 5, "unknown": 2} == told["counts"]

    def test_report_file_and_text(self, call: Call, tmp_path: Path) -> None:
        """The codes to look at go to a file of their own; the text names it when it shows fewer."""
        line = f"--from {BEFORE} --to {AFTER} --kind commune --report {tmp_path / 'report.csv'} --limit 1".split()
        status, out, _ = call("correspond", write(tmp_path, "03", "04", "01"), tmp_path / "new.csv", *line)
        assert 1 == status
        assert "divided, left open" in out
        assert "and 1 more; --report FILE writes all" in out
        with open(tmp_path / "report.csv", newline="", encoding="utf-8") as stream:
            rows = {row["code"]: row for row in csv.DictReader(stream)}
        assert ("ambiguous", "30|31", "1") == tuple(rows["03"][k] for k in ("status", "candidates", "first_row"))
        assert {"03", "04"} == set(rows)


class TestParquet:
    def recoded(
        self, call: Call, folder: Path, table: pa.Table, *options: str
    ) -> tuple[int, str, str, pa.Table | None]:
        pq.write_table(table, folder / "old.parquet", row_group_size=2)
        target = folder / "new.parquet"
        days = f"--from {BEFORE} --to {AFTER} --kind commune".split()
        status, out, err = call("correspond", folder / "old.parquet", target, *days, *options)
        return status, out, err, pq.read_table(target) if target.exists() else None

    def test_same_answers_as_csv(self, call: Call, tmp_path: Path) -> None:
        """Codes as text or as a dictionary, nulls, other columns of any type."""
        codes = ["01", "03", None, "05"]
        for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
            table = pa.table({"n": [1, 2, 3, 4], "code": pa.array(codes).cast(kind)})
            status, _, _, made = self.recoded(call, tmp_path, table)
            assert made is not None
            assert 1 == status
            assert [1, 2, 3, 4] == made["n"].to_pylist()
            assert codes == made["code"].to_pylist()
            assert ["02", None, None, "05"] == made["new_code"].to_pylist()
            assert ["whole", "ambiguous", "empty", "same"] == made["status"].to_pylist()

    def test_a_row_for_each_part(self, call: Call, tmp_path: Path) -> None:
        """With the policy all the other columns are repeated."""
        table = pa.table({"n": [1, 2, 3], "code": ["01", "03", "77"]})
        _, _, _, made = self.recoded(call, tmp_path, table, "--policy", "all")
        assert made is not None
        assert [(1, "02"), (2, "30"), (2, "31"), (3, None)] == list(
            zip(made["n"].to_pylist(), made["new_code"].to_pylist(), strict=True)
        )

    def test_codes_that_are_numbers_are_refused(self, call: Call, tmp_path: Path) -> None:
        """A column of integers has lost its zeros; nothing is written."""
        status, _, err, made = self.recoded(call, tmp_path, pa.table({"code": [1, 2]}))
        assert (2, None) == (status, made)
        assert "'code' holds int64, not text; read codes as text, or 01 becomes 1" in err


class TestBadFiles:
    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"id,kode\n1,01\n", "there is no column 'code' (there are id, kode)"),
            (b"code,code\n01,02\n", "there are 2 columns 'code'"),
            (b"code,new_code\n01,02\n", "there is a column 'new_code' already"),
            (b"", "the file has no header"),
            (
                b"id,code\n1,01\n2,02,03\n3,03\n",
                "row 2: it has 3 cells and the header has 2 [width]",
            ),
            (b"id,code\n1,01\n2,\xff\xfe\n", "line 3, byte 3 (0xff) is not UTF-8"),
            (b'id,code\n1,"01\n', "unexpected end of data"),
        ],
    )
    def test_nothing_is_written_half(self, call: Call, tmp_path: Path, data: bytes, told: str) -> None:
        """A file that cannot be read gets one line; the target stays as it was, nothing lies beside it."""
        source, target = tmp_path / "old.csv", tmp_path / "new.csv"
        source.write_bytes(data)
        target.write_text("as it was")
        status, out, err = call("correspond", source, target, "--from", BEFORE)
        assert (2, "") == (status, out)
        assert told in err
        assert 1 == err.count("\n")
        assert "as it was" == target.read_text()
        assert {"old.csv", "new.csv"} == {path.name for path in tmp_path.iterdir()}

    def test_a_fault_in_a_later_chunk_takes_all_back(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rows that were translated already are not left in a file."""
        monkeypatch.setattr(translation, "CHUNK", 2)
        source = tmp_path / "old.csv"
        source.write_text("code\n01\n01\n01\n01\n01,02\n01\n01,03\n")
        status, _, err = call("correspond", source, tmp_path / "new.csv", "--from", BEFORE)
        assert 2 == status
        assert (
            f"orgmodel: {source} cannot be translated, nothing was written: faults: 2\n"
            "row 5: it has 2 cells and the header has 1 [width]\n"
            "row 7: it has 2 cells and the header has 1 [width]\n"
        ) == err
        _, _, err = call("correspond", source, tmp_path / "new.csv", "--from", BEFORE, "--limit", "1")
        assert "and 1 more; --limit 0 prints all" in err
        assert ["old.csv"] == [path.name for path in tmp_path.iterdir()]

    def test_files_and_days_that_do_not_fit(self, call: Call, tmp_path: Path) -> None:
        """The source as target, another form, no such file, a wrong day or kind: one line each."""
        source = write(tmp_path, "01")
        (tmp_path / "bad.parquet").write_bytes(b"no parquet")
        for tokens, told in [
            ((source, source, "--from", BEFORE), "is the source; write to another file"),
            ((source, tmp_path / "new.parquet", "--from", BEFORE), "are of different forms"),
            ((tmp_path / "nothing.csv", tmp_path / "new.csv", "--from", BEFORE), "No such file"),
            ((tmp_path / "bad.parquet", tmp_path / "new.parquet", "--from", BEFORE), "it is no Parquet file"),
            ((source, tmp_path / "new.csv", "--from", "2025-02-30"), "'2025-02-30' is not a day"),
            ((source, tmp_path / "new.csv", "--from", "2020-01-01"), "the history begins on 2024-01-01"),
            ((source, tmp_path / "new.csv", "--from", BEFORE, "--kind", "county"), "no kind 'county'"),
            ((source, tmp_path / "new.csv"), "--from"),
        ]:
            status, out, err = call("correspond", *tokens)
            assert (2, "") == (status, out)
            assert told in err
            assert 1 == err.count("\n")

    def test_the_target_keeps_its_permissions(self, call: Call, tmp_path: Path) -> None:
        """A target that is replaced stays as readable as it was."""
        target = tmp_path / "new.csv"
        target.touch(mode=0o640)
        call("correspond", write(tmp_path, "01"), target, "--from", BEFORE, "--kind", "commune")
        assert 0o640 == target.stat().st_mode & 0o777


class TestVintage:
    def test_which_days_and_what_does_not_fit(self, call: Call, tmp_path: Path) -> None:
        """The period, how well, and each entry that does not fit, from CSV, Parquet or lines of text."""
        codes = ["01", "02", "03", "04", "05", "06", "09"]
        pl.DataFrame({"code": codes}).write_parquet(tmp_path / "list.parquet")
        (tmp_path / "list.txt").write_text("\n".join(codes))
        for source in (write(tmp_path, *codes), tmp_path / "list.parquet", tmp_path / "list.txt"):
            status, out, _ = call("vintage", source, "--json")
            told = json.loads(out)
            assert (0, "2024-01-01", AFTER, 6, 6) == (
                status,
                *(told["fits"][0][name] for name in ("start", "end", "matched", "live")),
            )
            assert [(7, "09", "other days")] == [(e["row"], e["entry"], e["reason"]) for e in told["entries"]]
        _, out, _ = call("vintage", tmp_path / "list.txt")
        assert "fits best: 2024-01-01 to 2025-06-30: 6 of 7 entries fit, of 6 communes (85.7%)" in out
        assert "mixed vintages: of the 1 entries that do not fit, 1 are of another time: from 2026-01-01" in out
        assert "commune c9, from 2026-01-01" in out

    def test_a_tie_is_told(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """A list that fits two periods alike names both."""
        acts = [
            om.Act("a", "2024-01-01", [om.Creation(om.Unit("vn")), om.Creation(commune("c1", "01"))]),
            om.Act("b", "2025-01-01", [om.Creation(commune("c2", "02"))]),
            om.Act("c", "2026-01-01", [om.Closure("c2")]),
        ]
        om.dump(om.History().enact(*acts), tmp_path / "history.jsonl")
        assert 0 == run(["vintage", str(write(tmp_path, "01")), "--file", str(tmp_path / "history.jsonl")])
        assert (
            "fits equally well: 2024-01-01 to 2024-12-31: 1 of 1 entries fit, of 1 communes (100.0%)\n"
            "fits equally well: from 2026-01-01: 1 of 1 entries fit, of 1 communes (100.0%)\n"
            "next best: 2025-01-01 to 2025-12-31: 1 of 1 entries fit, of 2 communes (50.0%)\n"
        ) == capsys.readouterr().out

    def test_lists_that_cannot_be_read(self, call: Call, tmp_path: Path) -> None:
        """No such column, ragged rows, nothing known: one line that helps."""
        for codes, header, told in [
            (["01"], "id,kode", "no column 'code' (there are id, kode); name one with --column"),
            (["01", "02,x"], "id,code", "row 2: 3 cells, and the header has 2"),
            (["zz"], "id,code", "none of its 1 entries was ever a code"),
            ([], "id,code", "the list is empty"),
        ]:
            status, out, err = call("vintage", write(tmp_path, *codes, header=header))
            assert (2, "") == (status, out)
            assert told in err


def test_codes_of_another_kind(call: Call, tmp_path: Path) -> None:
    """A district's code is translated to that of the commune that it became."""
    status, rows, told = translated(call, tmp_path, "06", options="--kind district --to-kind commune")
    assert (0, [("61", "whole")]) == (status, rows), told["codes"]
