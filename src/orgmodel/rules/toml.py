"""TOML files with the lines of their tables, for messages."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Any, Final

from orgmodel.errors import Finding, InvalidFile
from orgmodel.reading import read_file

__all__ = [
    "Lines",
    "parse_toml",
    "read_toml",
]

_LARGEST: Final = 2**24
"""Files that people write have fewer bytes."""


def read_toml(path: str | os.PathLike[str]) -> str:
    """The text of a TOML file, without a byte-order mark.

    Raises:
        InvalidFile: it is not UTF-8, no regular file, or too large.
    """
    data = read_file(path, _LARGEST)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidFile(str(path), [Finding("utf-8", "the file is not UTF-8; save it as UTF-8", row=line)]) from None


def parse_toml(text: str, name: str) -> tuple[dict[str, Any], Lines]:
    r"""The tables of a TOML text, and their lines.

    Raises:
        InvalidFile: it is no TOML; with the line of the fault.

    >>> table, lines = parse_toml("[[rule]]\nid = 1\n[[rule]]\nid = 2", "a text")
    >>> table["rule"][1], lines.of("rule", 1, "id")
    ({'id': 2}, 4)
    """
    try:
        return tomllib.loads(text), Lines(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        raise InvalidFile(name, [Finding("toml", f"it is no TOML: {error}", row=line)]) from None
    except RecursionError:
        raise InvalidFile(name, [Finding("toml", "it is nested too deep")]) from None
    except ValueError:
        # Python refuses very long integers without naming the line: it must be the longest number.
        longest = max(re.finditer(r"[0-9_]+", text), key=lambda match: len(match[0]), default=None)
        row = 1 if longest is None else text.count("\n", 0, longest.start()) + 1
        raise InvalidFile(name, [Finding("toml", "a number has too many digits", row=row)]) from None


class Lines:
    """The lines of the tables and keys of a TOML text: ``[[rule]]`` 3, key ``id`` -> line.

    ``tomllib`` has no lines. This finds headers and keys at the beginnings of lines outside of multi-line texts and
    arrays, the only places where they can stand.
    """

    def __init__(self, text: str) -> None:
        self._at: dict[tuple[Any, ...], int] = {}
        counts: dict[str, int] = {}
        path: tuple[Any, ...] = ()
        quote = ""
        depth = 0
        for number, line in enumerate(text.splitlines(), 1):
            if not quote and not depth:
                header = re.match(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?", line)
                key = re.match(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*[.=]", line)
                if header:
                    path = self._path(header[2].replace('"', "").split("."), header[1] == "[[", counts)
                    self._at[path] = number
                    continue
                if key:
                    self._at[(*path, key[1].strip('"'))] = number
            quote, depth = _scan(line, quote, depth)

    def _path(self, names: list[str], repeated: bool, counts: dict[str, int]) -> tuple[Any, ...]:
        path: tuple[Any, ...] = ()
        for i, name in enumerate(names):
            path = (*path, name)
            key = repr(path)
            if i == len(names) - 1 and repeated:
                counts[key] = counts.get(key, -1) + 1
            # A table inside a repeated one belongs to the last of those, as TOML says.
            if key in counts:
                path = (*path, counts[key])
        return path

    def of(self, *path: Any) -> int | None:
        """The line of a table or key, else of the nearest table around it."""
        while path:
            if path in self._at:
                return self._at[path]
            path = path[:-1]
        return None


def _scan(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The open multi-line quote and the depth of open arrays after a line."""
    i = 0
    while i < len(line):
        if quote:
            if quote == '"""' and line[i] == "\\":
                i += 2
            elif line.startswith(quote, i):
                i, quote = i + 3, ""
            else:
                i += 1
        elif line.startswith(('"""', "'''"), i):
            # Three quotes first: one of them would look like an empty text and the beginning of another.
            quote, i = line[i : i + 3], i + 3
        elif line[i] in "\"'":
            mark, i = line[i], i + 1
            while i < len(line) and line[i] != mark:
                i += 2 if mark == '"' and line[i] == "\\" else 1
            i += 1
        elif line[i] == "#":
            break
        else:
            depth += (line[i] in "[{") - (line[i] in "]}")
            i += 1
    # A bracket too many is for the parser to report; it must not hide the headers that follow.
    return quote, max(depth, 0)
