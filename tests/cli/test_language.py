"""``--lang``: every command has it, and in Vietnamese no English text of the commands is left."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import orgmodel as om
from orgmodel.cli import app as cli
from orgmodel.cli import correspond
from orgmodel.cli.app import COMMANDS, run
from orgmodel.cli.words import LANGUAGE_VARIABLE, language, say, speaking, vietnamese
from orgmodel.model.words import WORDS
from orgmodel.party import kinds

CLI = Path(cli.__file__).parent
DAYS = ("2025-06-30", "2025-07-01")
PLAN = """name = "kh"
day = "2027-01-01"
[[stage]]
name = "b1"
takes = 30
[[stage.do]]
op = "merge"
units = ["p3", "p4"]
"""

# ---- the table of texts


def said() -> set[str]:
    """The texts that the modules of the commands pass to ``say``."""
    texts = set(correspond._MEANINGS.values())
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                (text,) = node.args
                if isinstance(text, ast.Constant):
                    texts.add(text.value)
                else:
                    assert path.name == "correspond.py", ast.unparse(node)
    return texts


def test_every_text_has_a_translation_and_every_translation_is_used() -> None:
    assert said() - set(vietnamese()) == set()
    assert set(vietnamese()) - said() == set()


def test_a_translation_has_the_values_of_its_text() -> None:
    for english, translated in vietnamese().items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, translated)]
        assert fields[0] == fields[1], english


def test_a_text_without_a_translation_stays_english() -> None:
    with speaking("vi"):
        assert say("a text of tomorrow, {count}", count=1200) == "a text of tomorrow, 1.200"
    assert language() == "en"


def test_no_command_prints_a_text_that_is_not_said() -> None:
    """What is printed is a value or passes through ``say``: no literal with two English words is given to a console."""
    left = []
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "print",
                "table",
                "Unclear",
                "Text",
            ):
                literals = [part for argument in node.args for part in _literals(argument)]
                left += [(path.name, text) for text in literals if re.search(r"[a-z]{2,} [a-z]{2,}", text)]
    assert left == []


def _literals(node: ast.AST) -> list[str]:
    """The texts in an expression that are not passed to ``say``."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
        return []
    if isinstance(node, ast.keyword) and node.arg == "style":
        return []
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for child in ast.iter_child_nodes(node) for text in _literals(child)]


# ---- the commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with provinces, a cluster with a leader and a figure; a plan, a table and borders."""
    folder = tmp_path_factory.mktemp("lang")
    start = om.Act(
        "a1",
        "2025-01-01",
        [
            om.Creation(om.Unit("vn", name="Việt Nam", kind="centre")),
            *(om.Creation(om.Unit(f"p{n}", name=f"Tỉnh {n}", code=f"0{n}", kind="province", parent="vn")) for n in (1, 2, 3)),
            om.Creation(om.Unit("c1", name="Ban Tổ chức", kind="agency", parent="p3")),
            om.Creation(om.Unit("c2", name="Ban Tổ chức", kind="agency", parent="p3")),
            om.Creation(om.Clustering("td")),
            om.Creation(om.Cluster("k1", "td", "Cụm số 1")),
            *(om.Change(unit, "member:td", "k1") for unit in ("p1", "p2", "p3")),
            om.Change("k1", "role", "p1", ("leader", 1)),
            om.Change("p1", "measure:members", 1200),
        ],
        om.Source("1/QĐ", certainty="memory"),
    )  # fmt: skip
    history = om.History(kinds.SCHEMA, kinds.MEASURES).enact(start)
    with history.draft(DAYS[1], source=om.Source("2/NQ")) as act:
        act.merge(["p1", "p2"], into=om.Unit("p4", name="Tỉnh 4", code="04", kind="province"))
    om.dump(history.enact(act), folder / "h.jsonl")
    (folder / "h.toml").write_text(PLAN, encoding="utf-8")
    (folder / "ma.csv").write_text("code,members\n01,1200\n02,80\n09,50\n", encoding="utf-8")
    (folder / "du.csv").write_text("code,members\n01,1200\n02,80\n", encoding="utf-8")
    (folder / "bien.csv").write_text("a,b\np3,p4\n", encoding="utf-8")
    return folder


EACH: dict[str, list[str]] = {
    "reform": ["reform", "-f", "h.jsonl"],
    "show": ["show", "p3", "-f", "h.jsonl"],
    "list": ["list", "-f", "h.jsonl", "--limit", "2"],
    "find": ["find", "Tỉnh 1", "-f", "h.jsonl"],
    "tree": ["tree", "-f", "h.jsonl", "--limit", "2"],
    "lineage": ["lineage", "p1", "-f", "h.jsonl"],
    "diff": ["diff", *DAYS, "-f", "h.jsonl"],
    "clusters": ["clusters", *DAYS, "-f", "h.jsonl"],
    "correspond": ["correspond", "ma.csv", "moi.csv", "--from", DAYS[0], "--kind", "province", "-f", "h.jsonl"],
    "carry": ["carry", "du.csv", "x.csv", "--figure", "members", "--from", DAYS[0], "--kind", "province", "-f", "h.jsonl"],
    "vintage": ["vintage", "ma.csv", "-f", "h.jsonl"],
    "simulate": ["simulate", "h.toml", "-f", "h.jsonl", "--out", "thu.jsonl"],
    "propose": ["propose", "--kind", "province", "--count", "1", "--neighbours", "bien.csv", "-f", "h.jsonl"],
    "compare": ["compare", "h.toml", "--on", "2027-01-01", "--all", "-f", "h.jsonl"],
    "check": ["check", "h.jsonl"],
    "audit": ["audit", "h.jsonl", "--on", DAYS[1], "--rule", "B02"],
    "explore": ["explore", "h.jsonl", "-o", "x.html"],
    "report": ["report", "x.html", "--after", DAYS[1], "-f", "h.jsonl"],
    "chart": ["chart", "tree", "x.html", "-f", "h.jsonl"],
    "export": ["export", "x.csv", "-f", "h.jsonl"],
    "party": ["party", "report", "2025-07", "--unit", "p4", "--section", "organisation", "-f", "h.jsonl"],
    "init": ["init", "{n}.db", "--from", "h.jsonl"],
    "append": ["append", "h2.jsonl", "h.toml"],
    "log": ["log", "-f", "h.jsonl", "--limit", "1"],
    "convert": ["convert", "h.jsonl", "{n}.om"],
}  # fmt: skip
DATA = {
    # File names, options and the ids of kinds, measures and methods are alike in both languages; so are the Vietnamese names
    # of kinds, which English shows beside its own.
    *[
        "moi",
        "thu",
        "jsonl",
        "csv",
        "html",
        "toml",
        "limit",
        "all",
        "report",
        "file",
        "province",
        "members",
        "sources",
        "search",
        "units",
    ],
    *(word for kind in kinds.SCHEMA.kinds for word in re.findall(r"[a-z]{3,}", kind.name_vi)),
}


def printed(capsys: pytest.CaptureFixture[str], *tokens: str) -> str:
    assert run(tokens) in (0, 1)
    out, err = capsys.readouterr()
    return out + err


@pytest.mark.parametrize("command", COMMANDS)
def test_no_english_word_is_left(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that a command prints in both languages is one of the data."""
    monkeypatch.chdir(folder)
    texts = {}
    for lang in ("en", "vi"):
        (folder / "h2.jsonl").write_bytes((folder / "h.jsonl").read_bytes())
        tokens = [token.format(n=f"so-{lang}") for token in EACH[command]]
        texts[lang] = printed(capsys, *tokens, "--lang", lang)
    assert texts["en"] != texts["vi"] or command == "chart"
    words = {lang: set(re.findall(r"(?<![\w.-])[a-z]{3,}(?![\w-])", text)) for lang, text in texts.items()}
    assert words["en"] & words["vi"] - DATA == set(), texts["vi"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_options_that_all_have(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = [command, "report"] if command == "party" else [command]
    told = printed(capsys, *tokens, "--help")
    assert "--lang" in told
    assert "--json" in told


def test_a_fault_is_told_in_vietnamese(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = str(folder / "h.jsonl")
    for tokens, told in (
        (["show", "nowhere"], "không có đơn vị nào có định danh, mã hoặc tên 'nowhere'"),
        (["show", "Ban Tổ chức"], "'Ban Tổ chức' chỉ 2 đơn vị vào ngày 01/07/2025"),
        (["show", "p3", "--on", "2020-01-01"], "không có ghi nhận về ngày 01/01/2020: lịch sử bắt đầu từ 01/01/2025"),
    ):
        assert run([*tokens, "-f", history, "--lang", "vi"]) == 2
        assert told in capsys.readouterr().err


def test_the_language_can_be_set_for_a_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable counts where the option is not given, wherever the option stands."""
    history = str(folder / "h.jsonl")
    monkeypatch.setenv(LANGUAGE_VARIABLE, "vi")
    assert "đơn vị vào ngày" in printed(capsys, "list", "-f", history)
    assert "units on" in printed(capsys, "--lang", "en", "list", "-f", history)
    assert "units on" in printed(capsys, "list", "-f", history, "--lang", "en")
    assert run(["list", "--lang", "fr"]) == 2
    assert "'orgmodel --help'" in capsys.readouterr().err


def test_numbers_and_days_are_written_as_people_of_the_language_write_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = str(folder / "h.jsonl")
    tokens = ["show", "p1", "--on", DAYS[0], "-f", history]
    assert "1,200" in printed(capsys, *tokens)
    told = printed(capsys, *tokens, "--lang", "vi")
    assert "1.200" in told
    assert "01/01/2025" in told
    assert "1/QĐ (theo trí nhớ)" in told


def test_words_for_values_have_both_languages() -> None:
    assert all(len(words) == 2 and all(words) for values in WORDS.values() for words in values.values())


def test_help_says_what_the_modules_say() -> None:
    """The first sentences stand in one table, so that help imports no command; they are those of the docstrings."""
    for name, summary in COMMANDS.items():
        module = ast.parse((CLI / f"{'listing' if name == 'list' else name}.py").read_text(encoding="utf-8"))
        command = next((n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == "command"), None)
        if command is not None:
            first = (ast.get_docstring(command) or "").partition("\n\n")[0]
            assert " ".join(first.split()) == summary, name
