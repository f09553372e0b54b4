"""The command line: what it prints, and the one line that helps when something was typed wrong."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import Call
from rich.console import Console

import orgmodel as om
from orgmodel.cli.app import app, run
from orgmodel.cli.common import table
from orgmodel.engine.file import read_arrays, write_arrays
from orgmodel.io.jsonl import head_of
from orgmodel.party import vietnam
from orgmodel.rules import invariants

BEFORE, AFTER = "2025-06-30", "2025-07-01"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small history: two communes of one name, a merger, clusters, a renaming."""
    start = om.Act(
        "start",
        "2024-01-01",
        [
            om.Creation(om.Unit("vn", name="Việt Nam", kind="centre")),
            *(om.Creation(om.Unit(p, name=f"Tỉnh {p}", code=p, kind="province", parent="vn")) for p in ("01", "02")),
            om.Creation(om.Unit("c1", name="Xã Hòa Bình", kind="commune", parent="01")),
            om.Creation(om.Unit("c2", name="Xã Hòa Bình", kind="commune", parent="02")),
            om.Creation(om.Unit("c3", name="Xã [bold]Ba[/bold]", kind="commune", parent="02")),
            om.Creation(om.Clustering("emulation")),
            om.Creation(om.Cluster("e1", "emulation", "Cụm 1")),
            *(om.Change(unit, "member:emulation", "e1") for unit in ("c1", "c2")),
            om.Change("e1", "role", "c1", ("leader", 1)),
        ],
        om.Source("1/QĐ"),
    )
    merger = om.Succession(
        [om.Link("c1", "c9"), om.Link("c2", "c9")],
        [om.Unit("c9", name="Xã Hòa Bình", kind="commune", parent="01")],
        [om.Change("c9", "member:emulation", "e1")],
    )
    history = om.History().enact(
        start,
        om.Act("merge", "2025-07-01", [merger], om.Source("2/NQ")),
        om.Act("rename", "2025-08-01", [om.Change("01", "name", "Tỉnh Một")], om.Source("3/NQ")),
    )
    target = tmp_path_factory.mktemp("cli") / "small.jsonl"
    om.dump(history, target)
    return str(target)


def of(call: Call, *tokens: str) -> Any:
    """What a command prints as JSON."""
    status, out, err = call(*tokens, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


# ---- reform


def test_reform(call: Call) -> None:
    """The main job prints what the reform did, with reasons, and all its checks hold."""
    status, out, err = call("reform")
    assert status == 0
    assert "FAILS" not in out
    assert "23 mergers of provinces" in out
    for line in (
        "Bắc Giang + Bắc Ninh Bắc Ninh 24 202/2025/QH15",
        "63 34 -29",
        "10,035 3,321 -6,714",
        "Cụm thi đua số 1: 14 -> 9 members",
        "Cụm thi đua số 2: 14 -> 9 members",
        "Ban Tổ chức Tỉnh ủy Hà Giang + Ban Tổ chức Tỉnh ủy Tuyên Quang Ban Tổ chức Tỉnh ủy Tuyên Quang 202/2025/QH15",
        "696 = 691 + 5",
        "10,040 = 9,598 + 442",
        "3,321 of 3,321, by 10,573 links",
    ):
        assert line in " ".join(out.split())
    assert "\x1b" not in out
    assert err == ""


def test_reform_for_programs_from_a_file(call: Call, tmp_path: Path) -> None:
    """From a file the reform is the same, and JSON tells it with acts."""
    target = tmp_path / "reform.jsonl"
    om.dump(vietnam.reform_2025(), target)
    told = of(call, "reform", "--file", str(target))
    counts = {row["kind"]: (row["before"], row["after"]) for row in told["kinds"] if row["category"] is None}
    assert counts["province"] == (63, 34)
    assert counts["district"] == (696, 0)
    assert counts["commune"] == (10_035, 3_321)
    after = {row["category"]: row["after"] for row in told["kinds"] if row["kind"] == "commune" and row["after"]}
    assert after == {None: 3_321, "xã": 2_621, "phường": 687, "đặc khu": 13}
    sizes = [len(merger["merged"]) for merger in told["mergers"]]
    assert (len(sizes), sizes.count(2), sizes.count(3)) == (23, 17, 6)
    assert {merger["act"]["source"] for merger in told["mergers"]} == {"202/2025/QH15"}
    assert all(check["holds"] for check in told["checks"])
    assert [(c["size_before"], c["size_after"]) for c in told["clusters"]] == [(14, 9), (14, 9)]


def test_reform_fails_where_a_check_fails(call: Call, tmp_path: Path) -> None:
    """A history in which a commune is lost has status 1 and says which check fails."""
    acts = [
        om.Act("s", "2024-01-01", [
            om.Creation(om.Unit("vn", kind="centre")),
            om.Creation(om.Unit("p", kind="province", parent="vn")),
            om.Creation(om.Unit("c", kind="commune", parent="p")),
        ]),
        om.Act("lost", "2025-07-01", [om.Closure("c")]),
    ]  # fmt: skip
    target = tmp_path / "lost.jsonl"
    om.dump(om.History().enact(*acts), target)
    status, out, _ = call("reform", "--file", str(target))
    assert status == 1
    failed = [line for line in out.splitlines() if "FAILS" in line]
    assert len(failed) == 1
    assert "none is lost" in failed[0]


def test_reform_needs_a_reform(call: Call, file: str, tmp_path: Path) -> None:
    """A history without an act on the day is no reform."""
    target = tmp_path / "one.jsonl"
    om.dump(om.history_of([{"id": "a"}], day="2024-01-01"), target)
    status, out, err = call("reform", "--file", str(target))
    assert (status, out) == (2, "")
    assert err == "orgmodel: this history has no act of 2025-07-01, the day of the reform\n"


# ---- show


def test_show_embedded(call: Call) -> None:
    """A province of the embedded data is found by its name without marks and shown with its sources."""
    status, out, _ = call("show", "bac giang", "--on", BEFORE)
    assert status == 0
    assert "Bắc Giang  province (tỉnh) 24" in out
    assert "1 agency, 10 district, 192 commune" in out
    told = of(call, "show", "24", "--on", AFTER)
    assert (told["name"], told["kind"], told["below"]) == ("Bắc Ninh", "province", {"agency": 1, "commune": 99})
    assert {fact["act"]["source"] for fact in told["facts"] if fact["track"] == "name"} == {"202/2025/QH15"}


@pytest.mark.parametrize("unit", ["01", "Tỉnh 01", "tinh 01"])
def test_show_by_id_code_and_name(call: Call, file: str, unit: str) -> None:
    """A unit is named by id, code or name, with or without marks."""
    assert of(call, "show", unit, "--on", "2025-07-31", "--file", file)["id"] == "01"


def test_show_without_a_day_is_the_last_one_told_of(call: Call, file: str) -> None:
    """Without --on the last effective day is shown, and said."""
    status, out, _ = call("show", "01", "-f", file)
    assert status == 0
    assert "Tỉnh Một" in out
    assert "shown on 2025-08-01" in out


def test_show_tells_roles(call: Call, file: str) -> None:
    """What a unit leads is part of what it is."""
    assert of(call, "show", "c1", "--on", BEFORE, "-f", file)["roles"] == [
        {"cluster": "e1", "role": "leader", "seat": 1}
    ]
    assert "leader of Cụm 1" in call("show", "c1", "--on", BEFORE, "-f", file)[1]


def test_names_are_never_markup(call: Call, file: str) -> None:
    """A name with brackets is printed as it is."""
    assert "Xã [bold]Ba[/bold]" in call("show", "c3", "-f", file)[1]
    assert (
        "Xã [bold]Ba[/bold]"
        in call("diff", "2024-01-01", "2025-08-01", "-f", file)[1] + call("show", "c3", "-f", file)[1]
    )


# ---- lineage, diff, clusters


def test_lineage(call: Call, file: str) -> None:
    """Where a unit came from and where it went, with acts."""
    told = of(call, "lineage", "c1", "-f", file)
    assert told["final_successors"] == ["c9"]
    assert [(link["old"], link["new"], link["type"]) for link in told["became"]] == [("c1", "c9", "merger")]
    assert [link["old"] for link in of(call, "lineage", "c9", "-f", file)["came_from"]] == ["c1", "c2"]
    status, out, _ = call("lineage", "c9", "-f", file)
    assert status == 0
    assert "Came from (links: 2)" in out
    assert "It goes on." in out


def test_lineage_of_hai_phong(call: Call) -> None:
    """A name that several units bore in turn is settled by a day."""
    status, _, err = call("lineage", "Hải Phòng")
    assert status == 2
    assert "'Hải Phòng' means 2 units in all" in err
    told = of(call, "lineage", "Hải Phòng", "--on", AFTER)
    assert len(told["came_from"]) == 2


def test_lineage_can_be_cut(call: Call) -> None:
    """Long lists are cut, and say how to see all."""
    new = vietnam.reform_2025().at(AFTER).one("Phường Ba Đình").id
    assert "--limit 0 prints all" in call("lineage", new, "--limit", "2")[1]
    assert "--limit 0 prints all" not in call("lineage", new, "--limit", "0")[1]


def test_diff(call: Call, file: str) -> None:
    """What began, ended and changed, with acts; also only below a unit."""
    told = of(call, "diff", BEFORE, "2025-08-01", "-f", file)
    assert {sort: n for sort, n in told["counts"].items() if n} == {"created": 1, "ended": 2, "renamed": 1}
    assert [d["subject"] for d in told["ended"]] == ["c1", "c2"]
    assert told["renamed"][0]["act"]["source"] == "3/NQ"
    below = of(call, "diff", BEFORE, "2025-08-01", "--under", "02", "-f", file)
    assert [d["subject"] for d in below["ended"]] == ["c2"]
    status, out, _ = call("diff", BEFORE, "2025-08-01", "-f", file)
    assert status == 0
    assert "1 created, 2 ended, 1 renamed" in out
    assert "Tỉnh 01" in out
    assert "nothing is different" in call("diff", "2025-07-02", "2025-07-31", "-f", file)[1]


def test_clusters(call: Call, file: str) -> None:
    """What became of a cluster, with the lapsed leader and the flow."""
    told = of(call, "clusters", BEFORE, AFTER, "-f", file)
    (cluster,) = told["clusters"]
    assert (cluster["size_before"], cluster["size_after"]) == (2, 1)
    assert [(e["what"], e["before"], e["after"]) for e in cluster["entries"]] == [
        ("merged within", ["c1", "c2"], ["c9"])
    ]
    assert cluster["lapsed"] == [{"role": "leader", "seat": 1, "unit": "c1", "successors": ["c9"]}]
    assert told["flows"] == {"emulation": [{"old": "e1", "new": "e1", "before": 2, "after": 1}]}
    status, out, _ = call("clusters", BEFORE, AFTER, "--cluster", "Cụm 1", "-f", file)
    assert status == 0
    assert "leader Xã Hòa Bình has ended; it became Xã Hòa Bình" in out


# ---- check, export


def test_check(call: Call, file: str, tmp_path: Path) -> None:
    """A sound file is called sound; of another every fault is listed."""
    status, out, _ = call("check", file)
    head = head_of(om.load(file))
    assert (status, out.splitlines()[-1]) == (0, f"{file} is sound: 3 acts on 3 days, 7 units, head {head}")
    bad = tmp_path / "bad.jsonl"
    text = Path(file).read_text(encoding="utf-8").replace('"kind":"commune"', '"kind":5')
    bad.write_text(text, encoding="utf-8")
    status, out, _ = call("check", str(bad))
    assert status == 1
    assert out.count("unit.kind must be text") == 3
    status, out, _ = call("check", str(bad), "--json")
    assert status == 1
    assert [fault["row"] for fault in json.loads(out)["faults"]] == [6, 7, 8, 15]


def test_check_compares_the_head(call: Call, file: str, tmp_path: Path) -> None:
    """A history whose past was rewritten is sound, and it is another one: whoever kept the head is told."""
    history = om.load(file)
    head = head_of(history)
    assert call("check", file, "--head", head)[0] == 0
    assert call("check", file, "--head", head.upper())[0] == 0
    rewritten = [om.Act(act.id, act.effective, act.events, om.Source("another")) for act in history.acts]
    om.dump(om.History(history.schema, history.measures).enact(*rewritten), tmp_path / "h.jsonl")
    assert call("check", str(tmp_path / "h.jsonl"))[0] == 0
    status, out, _ = call("check", str(tmp_path / "h.jsonl"), "--head", head)
    assert status == 1
    assert f"not {head}: it is another history, or its past was rewritten" in out
    assert json.loads(call("check", file, "--json")[1])["head"] == head


def test_every_command_reads_both_formats(call: Call, file: str, tmp_path: Path) -> None:
    """By the first bytes, whatever the name is; columns give the same answers as text."""
    om.save(om.load(file), tmp_path / "columns.jsonl")
    (tmp_path / "text.om").write_bytes(Path(file).read_bytes())
    columns, text = str(tmp_path / "columns.jsonl"), str(tmp_path / "text.om")
    for command in (
        ("show", "c9"),
        ("lineage", "c1"),
        ("diff", BEFORE, AFTER),
        ("clusters", BEFORE, AFTER),
        ("vintage", str(tmp_path / "codes.txt")),
        ("log",),
    ):
        (tmp_path / "codes.txt").write_text("01\n02\n")
        told = [call(*command, "--file", each) for each in (file, columns, text)]
        assert told[0] == told[1] == told[2], command
        assert told[0][2] == ""
    for each in (columns, text):
        assert call("check", each)[0] == 0


def test_check_compares_columns_with_the_log(call: Call, file: str, tmp_path: Path) -> None:
    """A file whose checksums are right and whose rows say something else than its log."""
    om.save(om.load(file), tmp_path / "h.om")
    arrays = read_arrays(tmp_path / "h.om")
    changed = dict(arrays)
    number = arrays.header["tracks"]["member:emulation"]
    value = changed[f"{number}.end"].copy()
    value[0] += 1
    changed[f"{number}.end"] = value
    write_arrays(tmp_path / "bad.om", arrays.header, changed)
    assert call("show", "c9", "--file", str(tmp_path / "bad.om"))[0] == 0
    status, out, _ = call("check", str(tmp_path / "bad.om"))
    assert status == 1
    assert "c1: member of: the columns say" in out
    assert "until 2025-07-02 by 'start', and the log" in out


def test_an_error_that_nobody_foresaw_has_a_status_of_its_own(
    call: Call, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not that of a check that does not hold; the one line says what to do with it."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(invariants, "check", fail)
    status, out, err = call("check", file)
    assert (status, out) == (70, "")
    assert err.count("\n") == 1
    assert err.startswith("orgmodel: an error that nobody foresaw: ZeroDivisionError in check.py, line ")
    assert ": division by zero. Please report it to " in err
    monkeypatch.setenv("ORGMODEL_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run(["check", file])


@pytest.mark.parametrize("ending", ["jsonl", "csv", "gexf", "graphml", "json", "jsonld"])
def test_export(call: Call, file: str, tmp_path: Path, ending: str) -> None:
    """Each form is written, and tells of all units."""
    target = tmp_path / f"out.{ending}"
    base = ["--base", "https://example.org/unit/"] if ending == "jsonld" else []
    status, out, err = call("export", str(target), "-f", file, *base)
    assert (status, out, err) == (0, "", f"wrote {target}\n")
    text = target.read_text(encoding="utf-8")
    assert "Xã Hòa Bình" in text
    if ending == "jsonl":
        assert text == Path(file).read_text(encoding="utf-8")


# ---- what was typed wrong


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["show", "x", "--on", "2025-02-30"], "'2025-02-30' is not a day (day is out of range for month)"),
        (["show", "x", "--on", "2025"], "'2025' is not a day (not a whole day); write an ISO day"),
        (["show", "01", "--on", "1999-01-01"], "nothing is on record of 1999-01-01: the history begins on 2024-01-01"),
        (["show", "c1", "--on", "2025-07-01"], "unit 'c1' ended on 2025-07-01"),
        (["show", "c1"], "it went on in 'c9'"),
        (["show", "c9", "--on", "2025-06-30"], "unit 'c9' starts on 2025-07-01, after 2025-06-30"),
        (["show", "Tỉnh 02x"], "unit"),
        (["show", "Xã Hòa Bình", "--on", "2025-06-30"], "means 2 units on 2025-06-30: c1 (Xã Hòa Bình, commune, under"),
        (["show", "Hòa Bính", "--on", "2025-07-01"], "did you mean Xã Hòa Bình (c9)?"),
        (["show", "nowhere"], "no unit has the id, code or name 'nowhere' on 2025-08-01"),
        (["lineage", "hoa bin"], "no unit has the id, code or name 'hoa bin'; did you mean Xã Hòa Bình (c1)"),
        (["lineage", "xa hoa binh"], "means 3 units in all: c1 (Xã Hòa Bình, commune, 2024-01-01 to 2025-06-30); "),
        (["lineage", "Tỉnh 03", "--on", "2025-08-01"], "Tỉnh"),
        (["diff", "2025-06-30", "x"], "'x' is not a day"),
        (["diff", "2025-06-30", "2025-07-01", "--under", "zz"], "--under: no unit has the id, code or name 'zz'"),
        (["clusters", "2025-07-01", "2025-06-30"], "2025-06-30 is before 2025-07-01: give the earlier day first"),
        (["clusters", "2025-06-30", "2025-07-01", "--cluster", "z"], "there is no cluster 'z' on 2025-06-30 or"),
        (["export", "out.xls"], "the ending '.xls' is not known; use .jsonl, .csv, .xlsx, .parquet, .gexf"),
        (["export", "out.jsonld"], "needs the IRI of the units: --base https://example.org/unit/"),
        (["export", "out.jsonl", "--on", "2025-07-01"], "--on says nothing to .jsonl; leave it out"),
        (["export", "out.csv", "--unit", "vn"], "--unit says nothing to .csv; leave it out"),
        (["export", "out.xlsx", "--spreadsheet"], "--spreadsheet says nothing to .xlsx"),
        (["export", "out.dot", "--base", "https://example.org/"], "--base says nothing to .dot"),
        (["export", "-", "--depth", "2", "--unit", "vn"], "--unit, --depth says nothing to -"),
        (["chart", "timeline", "out.html", "--depth", "2"], "--depth says nothing to timeline"),
        (["chart", "tree", "out.html", "--cluster", "cluster-1"], "--cluster says nothing to tree"),
        (["chart", "boxes", "out.html", "--kind", "commune", "--most", "3"], "--kind, --most says nothing to boxes"),
        (["export", "/no/such/folder/out.jsonl"], "No such file or directory"),
    ],
)  # fmt: skip
def test_one_line_that_helps(call: Call, file: str, tokens: list[str], told: str) -> None:
    """A wrong unit or day gets one line on standard error and status 2."""
    status, out, err = call(*tokens, "--file", file)
    assert (status, out) == (2, "")
    assert err.startswith("orgmodel: ")
    assert err.count("\n") == 1
    assert told in err


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["bogus"], 'Unknown command "bogus"'),
        (["show"], "UNIT requires an argument"),
        (["show", "Ba", "Đình"], "a name of several words goes in quotes"),
        (["diff", "2025-07-01"], "requires an argument"),
        (["reform", "--bogus"], "Unknown option: "),
        (["reform", "--changes-2026", "maybe"], "maybe"),
        (["lineage", "x", "--limit", "many"], "many"),
    ],
)
def test_a_wrong_command_line_gets_one_line(call: Call, tokens: list[str], told: str) -> None:
    """So does a wrong command, option or number."""
    status, out, err = call(*tokens)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err
    # The help that is named is that of the command, if there is one.
    command = "" if tokens[0] == "bogus" else f" {tokens[0]}"
    assert err.endswith(f"see 'orgmodel{command} --help'\n")


@pytest.mark.parametrize(
    "tokens", [["export", ""], ["chart", "tree", ""], ["show", ""], ["explore", "--output="], ["list", "--on", ""]]
)
def test_an_empty_argument_is_refused(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokens: list[str]
) -> None:
    """An empty path is not the current folder, and an empty name no unit."""
    monkeypatch.chdir(tmp_path)
    assert call(*tokens) == (2, "", "orgmodel: an argument is empty; write it, or leave it out\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file or directory"),
        (b"", "the file is empty"),
        (b"id,name\n", "this is no history file: the header is not JSON"),
        ("x".encode("utf-16"), "this is no UTF-8 text"),
        (b'{"format":"orgmodel history","schema":{},"version":9}\n', "a newer orgmodel wrote it"),
        (b'{"format":"orgmodel history","schema":{},"version":1}\n{}\n{}\n', "(the first of 3 faults; 'orgmodel check FILE'"),
        (b'{"format":"orgmodel history","schema":{},"version":1}\n{"end":true}\n', "the history is empty"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["show", "a"], ["diff", BEFORE, AFTER], ["clusters", BEFORE, AFTER]])
def test_wrong_files(call: Call, tmp_path: Path, content: bytes | None, told: str, command: list[str]) -> None:
    """A missing, wrong or empty file gets one line that names it."""
    target = tmp_path / "f.jsonl"
    if content is not None:
        target.write_bytes(content)
    status, out, err = call(*command, "--file", str(target))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err


# ---- as a process


def process(*tokens: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orgmodel", *tokens],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_as_a_module(file: str) -> None:
    """``python -m orgmodel`` prints, and a mistake leaves no traceback."""
    done = process("show", "c9", "--file", file)
    assert done.returncode == 0
    assert "Xã Hòa Bình" in done.stdout
    assert "\x1b" not in done.stdout
    failed = process("show", "c1", "--file", file)
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert failed.stderr.count("\n") == 1


def test_a_terminal_without_vietnamese_letters(file: str) -> None:
    """Where output cannot show a letter it shows a question mark."""
    done = process("show", "c9", "--file", file, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "X? H?a B?nh" in done.stdout


def test_colours_only_in_a_terminal(file: str) -> None:
    """Colour comes where it is asked for, and nowhere else."""
    assert "\x1b[" in process("show", "c9", "--file", file, FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[" not in process("show", "c9", "--file", file, TERM="xterm").stdout


def test_a_reader_that_stops_early(file: str) -> None:
    """A pipe that is closed, as by ``head``, is no error."""
    code = f"{sys.executable} -m orgmodel diff 2024-01-01 2025-08-01 --json --file {file} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{", "0"]
    assert done.stderr == ""


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command is listed with a sentence, and --help tells of its options."""
    run(["--help"])
    listed = capsys.readouterr().out
    for name in ("reform", "show", "lineage", "diff", "clusters", "check", "export"):
        assert name in listed
        assert name in app
        assert run([name, "--help"]) == 0
        assert f"orgmodel {name}" in capsys.readouterr().out


def test_tables_hold_plain_text() -> None:
    """Numbers are grouped, nothing is printed for None, and brackets are no markup."""
    out = Console(width=60, record=True, file=io.StringIO())
    out.print(table("T", ("a", "b", "c"), [(12345, None, "[red]x")], right=(0,)))
    assert "12,345" in (text := out.export_text())
    assert "[red]x" in text


@pytest.mark.parametrize("line", ["show 02 --on 2025-06-30", "export -", "find Hà", "show zz"])
def test_a_process_without_standard_output_ends_as_with_one(line: str) -> None:
    """``>&-`` in a shell, or a service that was started without: nothing is printed, and nothing fails of it."""
    # Untraced: a traced process makes the reform in half a minute, for lines that other tests reach.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
    with_one, without = (
        subprocess.run(
            ["bash", "-c", f"{sys.executable} -m orgmodel {line} {out}"], capture_output=True, text=True, env=plain
        )
        for out in (">/dev/null", ">&-")
    )
    assert (without.returncode, without.stderr) == (with_one.returncode, with_one.stderr)


def test_all_faults_of_a_table_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody mends a table of thousands of rows by one fault in each run."""
    table = tmp_path / "table.csv"
    table.write_text("code,members\n" + "".join(f"X{row},1\n" for row in range(60)), encoding="utf-8")
    options = ["--figure", "members", "--from", "2025-06-30", "--to", "2025-07-01"]
    assert run(["carry", str(table), str(tmp_path / "new.csv"), *options]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("faults: 60")
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == [f"row {row}" for row in range(1, 51)]
    assert lines[-1].strip() == "and 10 more"
