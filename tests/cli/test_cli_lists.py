"""The commands that list, draw and carry; and that help comes at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import orgmodel as om
from orgmodel.cli.app import COMMANDS, app, run


@pytest.fixture
def file(tmp_path: Path) -> str:
    rows = [
        {"id": "vn", "name": "Top", "kind": "centre"},
        {"id": "a", "name": "Xã A", "kind": "commune", "code": "01", "parent": "vn"},
        {"id": "b", "name": "Xã B", "kind": "commune", "code": "02", "parent": "vn"},
    ]
    history = om.history_of(rows, day="2024-01-01", source=om.Source("a register"))
    with history.draft("2025-07-01", source=om.Source("12/NQ")) as act:
        act.merge(["a", "b"], into=om.Unit("ab", name="Xã AB", code="03", kind="commune"))
    path = tmp_path / "small.jsonl"
    om.dump(history.enact(act), path)
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *tokens: str, status: int = 0) -> str:
    assert run(tokens) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


def test_list(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "list", "commune", "--on", "2024-06-01", "--file", file)
    assert "2 units on 2024-06-01" in told
    assert "Xã A" in told
    found = json.loads(said(capsys, "list", "--under", "top", "--on", "2025-07-01", "--file", file, "--json"))
    assert [(unit["id"], unit["code"], unit["parent"]) for unit in found["units"]] == [("ab", "03", "Top")]
    assert "and 2 more" in said(capsys, "list", "--on", "2024-06-01", "--limit", "1", "--file", file)
    assert "communes" in said(capsys, "list", "communes", "--file", file, status=2)
    assert "no number of lines" in said(capsys, "list", "--limit=-1", "--file", file, status=2)


def test_tree(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "tree", "--file", file).splitlines() == [
        "Top [centre] (vn)",
        "└─ Xã AB [commune 03] (ab)",
    ]
    assert said(capsys, "tree", "xa a", "--on", "2024-06-01", "--file", file).splitlines() == ["Xã A [commune 01] (a)"]
    assert " more" in said(capsys, "tree", "--on", "2024-06-01", "--limit", "1", "--file", file)
    assert "depth is -1" in said(capsys, "tree", "--depth=-1", "--file", file, status=2)


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (["tree"], "Top, 2025-07-01"),
        (["boxes", "--under", "vn"], "Top, 2025-07-01"),
        (["flow", "--kind", "commune"], "commune: 2 on 2025-06-30 → 1 on 2025-07-01"),
        (["timeline", "--kind", "commune"], "commune, 2024-01-01 to 2025-07-01"),
    ],
)
def test_chart(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], title: str) -> None:
    sort, *more = asked
    out = tmp_path / "chart.html"
    assert title in said(capsys, "chart", sort, str(out), *more, "--file", file)
    assert out.stat().st_size > 100_000


def test_a_chart_of_no_cluster_asks_for_one(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--cluster" in said(capsys, "chart", "cluster", str(tmp_path / "x.html"), "--file", file, status=2)
    assert not (tmp_path / "x.html").exists()


def test_carry(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "old.csv", tmp_path / "new.csv"
    source.write_text("code;members\n01;210\n02;340\n", encoding="utf-8")
    asked = ["--figure", "members", "--from", "2025-06-30", "--kind", "commune", "--file", file]
    assert "1 units on 2025-07-01, from 2 rows" in said(capsys, "carry", str(source), str(target), *asked)
    made = pl.read_csv(target, infer_schema=False)
    assert made.select("code", "members", "basis").rows() == [("03", "550", "exact")]
    parquet = tmp_path / "old.parquet"
    pl.DataFrame({"code": ["01"], "members": [210]}).write_parquet(parquet)
    said(capsys, "carry", str(parquet), str(tmp_path / "new.parquet"), *asked)
    # Nothing is said of the other commune, so that the sum is no number, and at least this.
    assert pl.read_parquet(tmp_path / "new.parquet").select("members", "low").rows() == [(None, 210)]


def test_a_missing_extra_is_one_line(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    (tmp_path / "old.csv").write_text("code,members\n01,210\n", encoding="utf-8")
    asked = ["carry", str(tmp_path / "old.csv"), str(tmp_path / "new.csv"), "--figure", "members"]
    told = said(capsys, *asked, "--from", "2025-06-30", "--file", file, status=2)
    assert told == "orgmodel: this needs polars; install it with: pip install 'orgmodel[tables]'\n"


def test_wrong_tables_are_told(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "old.csv", str(tmp_path / "new.csv")
    asked = ["--from", "2025-06-30", "--kind", "commune", "--file", file]
    source.write_text("code,members\n01,210\n02,many\n", encoding="utf-8")
    told = said(capsys, "carry", str(source), target, "--figure", "members", *asked, status=2)
    assert "row 2: members is 'many'" in told
    assert "no column area" in said(capsys, "carry", str(source), target, "--figure", "area", *asked, status=2)
    assert not Path(target).exists()


def test_find(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "find", "xa a", "--file", file)
    assert "Who ever bore 'xa a'" in told
    assert "Xã AB (ab)" in told
    found = json.loads(said(capsys, "find", "01", "--by", "code", "--file", file, "--json"))
    assert [(one["unit"], one["how"], [now["unit"] for now in one["now"]]) for one in found["found"]] == [
        ("a", "code", ["ab"])
    ]
    assert "itself" in said(capsys, "find", "Xã AB", "--file", file)
    assert run(["find", "Nowhere", "--file", file]) == 1
    assert "Nowhere" in capsys.readouterr().out
    assert run(["find", "Xã AC", "--file", file, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["count"] == 0


def test_explore(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert "hãy mở bằng trình duyệt" in said(
        capsys, "explore", file, "-o", str(out), "--lang", "vi", "--title", "Hai xã"
    )
    assert "<title>Hai xã</title>" in out.read_text(encoding="utf-8")
    assert "give one file, not 2" in said(capsys, "explore", file, "--file", file, status=2)
    assert "no measure" in said(capsys, "explore", file, "-o", str(out), "--figure", "nothing", status=2)


def test_help_imports_no_command() -> None:
    code = (
        "import sys; sys.argv = ['orgmodel', '--help']\n"
        "from orgmodel.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith(('orgmodel.history', 'numpy'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == ""
    for name in COMMANDS:
        assert f"│ {name} " in done.stdout


def test_the_collector_is_off_only_until_a_command_begins(file: str) -> None:
    """Imports go without it; a command that may work for long has it."""
    code = (
        "import gc, sys\n"
        "from orgmodel.__main__ import main\n"
        "from orgmodel.cli import app, common\n"
        "before = common.load\n"
        "common.load = lambda file: print('in the command', gc.isenabled()) or before(file)\n"
        "sys.argv = ['orgmodel', 'list', '--file', sys.argv[1]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("in the command True\n")


def test_every_command_says_what_it_does() -> None:
    for name in COMMANDS:
        assert app[name].help, name


@pytest.mark.parametrize(
    ("short", "long"), [(["list", "commune"], ["list", "--kind", "commune"]), (["tree", "a"], ["tree", "--under", "a"])]
)
def test_a_kind_and_a_unit_may_be_given_by_their_options_too(
    short: list[str], long: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``list --kind`` and ``tree --under``, as other commands say it."""
    plain, named = (said(capsys, *line, "--on", "2024-06-01", "--file", file) for line in (short, long))
    assert plain == named
    assert "Xã A" in named


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("ragged.csv", b"code,members\n01,1,5\n", "row 1: 3 cells, and the header has 2"),
        ("open.csv", b'code,members\n"01,5\n', "is not CSV"),
        ("utf16.csv", "code,members".encode("utf-16"), "UTF-16"),
        ("bad.parquet", b"x", "it is no Parquet file"),
        ("bad.xlsx", b"x", "it is no workbook"),
        ("words.csv", b"code,members\n01,five\n02,six\n", "faults: 2\n  row 1: members is 'five'; write a whole number [number]\n  row 2: members is 'six'"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_no_failure_of_ours(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, told: str
) -> None:
    """It is told with its row, and ends with the status of what could not be done."""
    (tmp_path / name).write_bytes(content)
    asked = ["--figure", "members", "--from", "2025-06-30", "--file", file]
    assert told in said(capsys, "carry", str(tmp_path / name), str(tmp_path / "new.csv"), *asked, status=2)
    assert "write .csv or .parquet" in said(
        capsys, "carry", str(tmp_path / name), str(tmp_path / "new.xlsx"), *asked, status=2
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("report", "{out}", "--unit", "Bắc Ninh", "--on", "2025-07-01"), "Bắc Ninh"),
        (("party", "congress", "2025-Q3", "--unit", "Bắc Ninh"), "2025-07-01 to 2025-09-30"),
        (("party", "congress", "2025-06", "--unit", "Bắc Ninh"), "2025-06-01 to 2025-06-30"),
    ],
)
def test_a_name_that_passed_on_means_who_bears_it_on_the_day(
    line: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two provinces were called Bắc Ninh; the day or period that is reported says which."""
    rows = [
        {"id": "vn"},
        {"id": "p", "parent": "vn", "name": "Bắc Giang"},
        {"id": "q", "parent": "vn", "name": "Bắc Ninh"},
    ]
    history = om.history_of(rows, day="2025-01-01")
    with history.draft("2025-07-01") as act:
        act.merge(["p", "q"], into=om.Unit("n", name="Bắc Ninh"))
    om.dump(history.enact(act), tmp_path / "h.jsonl")
    tokens = [token.format(out=tmp_path / "report.html") for token in line]
    assert told in said(capsys, *tokens, "--file", str(tmp_path / "h.jsonl"))
