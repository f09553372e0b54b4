"""Text files: read with all faults reported, written whole or not at all."""

from __future__ import annotations

import os
import re
from typing import IO, Any, Final, cast

from orgmodel.errors import Finding, InvalidFile, Refused
from orgmodel.reading import read_file
from orgmodel.writing import write_file

__all__ = [
    "FileLike",
    "for_spreadsheet",
    "name_of",
    "read_lines",
    "write_text",
]

FileLike = str | os.PathLike[str] | IO[Any]
"""A path, or an open file of text (one of bytes may be read too)."""


def name_of(file: FileLike) -> str:
    """The name of a file in messages.

    >>> name_of("units.csv")
    'units.csv'
    """
    if isinstance(file, (str, os.PathLike)):
        return os.fspath(file)
    return str(getattr(file, "name", "the file"))


def read_lines(file: FileLike) -> tuple[list[str], list[Finding]]:
    """The lines of a UTF-8 file, and a finding for each line that is not UTF-8.

    A byte-order mark and Windows line ends are taken away. Lines end at a line feed only:
    other separators of Unicode may stand inside a text. A last line without a line feed is
    a line. A line that is not UTF-8 is returned with replacement characters, so that what
    else is wrong with the file can still be reported.

    Raises:
        InvalidFile: the file is not text of 8-bit units at all (UTF-16, or zero bytes).
    """
    raw: bytes | str
    if isinstance(file, (str, os.PathLike)):
        raw = read_file(file)
    else:
        raw = file.read()
    if isinstance(raw, str):
        return _split(raw.removeprefix("\ufeff")), []
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in raw[:4096]:
        raise InvalidFile(
            f"{name_of(file)} cannot be read",
            [Finding("utf-8", "this is no UTF-8 text (it looks like UTF-16 or a binary file); save it as UTF-8")],
        )
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return _split(raw.decode()), []
    except UnicodeDecodeError:
        pass
    lines, findings = [], []
    for number, part in enumerate(raw.split(b"\n"), 1):
        try:
            lines.append(part.decode().removesuffix("\r"))
        except UnicodeDecodeError as error:
            lines.append(part.decode(errors="replace").removesuffix("\r"))
            findings.append(
                Finding(
                    "utf-8",
                    f"byte {error.start + 1} of line {number} (0x{part[error.start]:02x}) is not UTF-8, after "
                    f"{part[: error.start].decode()[-20:]!r}; save the file as UTF-8",
                    row=number,
                )
            )
    return lines[:-1] if lines[-1] == "" else lines, findings


def _split(text: str) -> list[str]:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


_FORMULA: Final = re.compile(r"[=+\-@\t\r|%]")
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9.,/%]*", re.ASCII)


def for_spreadsheet(cell: str) -> str:
    r"""A cell of a table that a spreadsheet will open: what it would take for a formula is text there.

    >>> for_spreadsheet('=HYPERLINK("http://a")'), for_spreadsheet("-5"), for_spreadsheet("Hà Giang")
    ('\'=HYPERLINK("http://a")', '-5', 'Hà Giang')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def write_text(file: FileLike, text: str) -> None:
    """Writes UTF-8 text with the line ends it has; a path as :func:`orgmodel.writing.write_file` does.

    Whatever fails before leaves a file at the path as it was.

    Raises:
        Refused: the open file takes bytes, not text.
    """
    if isinstance(file, (str, os.PathLike)):
        write_file(file, text)
        return
    try:
        cast("IO[str]", file).write(text)
    except TypeError:
        message = f"{name_of(file)} takes bytes: open it for text, with mode 'w' and encoding='utf-8'"
        raise Refused("a file to write to", [Finding("file", message)]) from None
