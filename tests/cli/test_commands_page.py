"""The page of the commands: its examples run, and ``--json`` prints the keys that it describes, no fewer and no more."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from orgmodel.cli.app import COMMANDS, run

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
ANCHOR = re.compile(r"\]\(#([a-z-]+)\)")


@frozen
class Example:
    """A command on the page, what the page says that it prints, and what it printed."""

    command: str
    shown: str
    status: int
    printed: str


def sections(level: int) -> Iterator[tuple[str, str]]:
    """The headings of a level, and what stands below each."""
    mark = "#" * level
    parts = re.split(rf"^{mark} (.+)$", PAGE, flags=re.MULTILINE)[1:]
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        yield heading.removeprefix("orgmodel "), re.split(rf"^#{{2,{level}}} ", text, flags=re.MULTILINE)[0]


def described(text: str) -> dict[str, str]:
    """The keys of a section's table, each with its description."""
    rows = re.findall(r"^\| (`.+?) \| (.*) \|$", text, re.MULTILINE)
    return {key: meaning for keys, meaning in rows for key in re.findall(r"`([^`]+)`", keys)}


COMMAND_SECTIONS = {name: text for name, text in sections(2) if name in COMMANDS}
SHARED = {name.lower().replace(" ", "-"): described(text) for name, text in sections(3)}


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Example]:
    """All examples of the page, run in their order in one folder."""
    folder = tmp_path_factory.mktemp("commands")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", PAGE.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    code, old, borders, plan = (text for _, text in blocks)
    for name, text in (("old.csv", old), ("borders.csv", borders), ("plan.toml", plan)):
        (folder / name).write_text(text, encoding="utf-8")
    ran = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(code, {})
        for name, section in COMMAND_SECTIONS.items():
            (block,) = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
            line, _, shown = block.partition("\n")
            ran[name] = Example(line.removeprefix("$ orgmodel "), shown, *_run(line))
    return ran


def _run(line: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = run(shlex.split(line)[2:])
    return status, out.getvalue()


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The paths to all values of a JSON form that are no objects or lists; an empty one is a value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from paths(inner, f"{at}[]")
    else:
        yield at


def unexplained(value: Any, keys: Mapping[str, str], *, seen: set[str]) -> list[str]:
    """The paths of a form that its table does not describe; those that it does are added to ``seen``."""
    left = []
    patterns = {key: re.compile(re.sub(r"\\\{\w+\\\}", r"[^.[]+", re.escape(key))) for key in keys}
    for path in paths(value):
        for key, pattern in patterns.items():
            anchor = ANCHOR.search(keys[key])
            match = pattern.match(path)
            if match is None:
                continue
            rest = path[match.end() :]
            # An empty list or nothing where there could be something, a list of plain values, or a shared form.
            whole = rest in ("", "[]") or (anchor is not None and rest.lstrip(".") in SHARED[anchor[1]])
            if (
                whole
                or (anchor and not unexplained_path(rest.lstrip("."), SHARED[anchor[1]]))
                or "same form" in keys[key]
            ):
                seen.add(key)
                break
        else:
            # An empty list of objects is described by what its objects would hold.
            inner = {key for key in keys if key.startswith((f"{path}.", f"{path}[]"))}
            seen |= inner
            if not inner:
                left.append(path)
    return left


def unexplained_path(path: str, keys: Mapping[str, str]) -> bool:
    """Whether a path inside of a shared form is not described there."""
    for key, meaning in keys.items():
        match = re.match(re.sub(r"\\\{\w+\\\}", r"[^.[]+", re.escape(key)), path)
        if match is None:
            continue
        rest, anchor = path[match.end() :], ANCHOR.search(meaning)
        if rest in ("", "[]", ".absent") or (anchor and not unexplained_path(rest.lstrip("."), SHARED[anchor[1]])):
            return False
    return not any(key.startswith((f"{path}.", f"{path}[]")) for key in keys)


def test_the_page_has_a_section_for_every_command() -> None:
    assert list(COMMAND_SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_prints_what_the_page_says(name: str, examples: Mapping[str, Example]) -> None:
    example = examples[name]
    assert example.status == 0
    assert OutputChecker().check_output(example.shown, example.printed, ELLIPSIS), example.printed


@pytest.mark.parametrize("name", COMMANDS)
def test_json_has_the_keys_that_the_page_describes(name: str, examples: Mapping[str, Example]) -> None:
    keys = described(COMMAND_SECTIONS[name])
    seen: set[str] = set()
    assert unexplained(json.loads(examples[name].printed), keys, seen=seen) == []
    optional = {key for key, meaning in keys.items() if "(if any)" in meaning}
    assert set(keys) - optional - seen == set(), "described, and not printed"


def test_a_key_that_is_not_described_is_found() -> None:
    """The comparison above can fail: a key more, a key of a shared form, and a key that is missing."""
    seen: set[str] = set()
    keys = {"day": "the day", "act": "an [act](#an-act)", "count": "how many"}
    form = {"day": "2025-07-01", "act": {"id": "a", "colour": "red"}, "extra": {"x": 1}}
    assert unexplained(form, keys, seen=seen) == ["act.colour", "extra.x"]
    assert seen == {"day", "act"}
