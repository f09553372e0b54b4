"""The intermediate files of a run of many trials, from which an interrupted run can continue.

During the run there is a folder next to the output file. It holds ``run.json``, which identifies the run by its
content, and a file of rows for each finished piece. The files are written atomically (see :mod:`orgmodel.writing`)
and keep the exact values, so that a continued run gives the same rows as an uninterrupted one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from orgmodel.errors import Finding, InvalidFile, Refused
from orgmodel.model.extras import extra
from orgmodel.writing import replacing, write_file

__all__ = [
    "RunRow",
    "RunState",
]

RunRow = dict[str, Any]

_VERSION: Final = 1
_FIRST: Final = ("number", "plan", "failed")
"""The first columns, which hold no figures."""


class RunState:
    """The rows of a run whose output file is not yet written.

    Args:
        target: the Parquet file to write at the end.
        key: identifies the run: a name and a hash for each thing that must be the same.

    Raises:
        Refused: the folder belongs to a different run.
        InvalidFile: the file that identifies the run cannot be read.
    """

    def __init__(self, target: Path, key: Mapping[str, str | int | None]) -> None:
        self._target, self._parts = target, target.with_name(f"{target.name}.parts")
        self._parts.mkdir(parents=True, exist_ok=True)
        note, identity = self._parts / "run.json", {"version": _VERSION, **key}
        if not note.exists() or (not self._files() and not note.stat().st_size):
            write_file(note, json.dumps(identity, sort_keys=True, indent=1))
            return
        before = _read(note)
        if not isinstance(before, dict) or before.keys() != identity.keys():
            raise _unreadable(note, "it does not say which run this is")
        if other := [name for name in key if before[name] != identity[name]]:
            raise self.other(*other)

    def other(self, *names: str) -> Refused:
        """The error for a folder of another run, which differs in the things that are named."""
        message = f"another run began {os.fspath(self._parts)}: it differs in {_and(names)}; remove the folder first"
        return Refused(f"the file {os.fspath(self._target)}", [Finding("resume", message)])

    def rows(self) -> dict[int, RunRow]:
        """The rows of an earlier run, by their numbers."""
        return {row["number"]: row for row, _ in self._listed()}

    def contents(self) -> dict[int, str | None]:
        """Number -> hash of what an earlier run tried; None if the plans are part of the key instead."""
        return {row["number"]: content for row, content in self._listed()}

    def add(self, rows: Sequence[RunRow], contents: Mapping[int, str]) -> None:
        """Write the rows of a piece, with the hashes of what was tried if the plans are not part of the key."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        numbers = [row["number"] for row in rows]
        # A Parquet table of figures would make them all floats and add missing ones to each row; JSON keeps them.
        texts = [json.dumps(row, ensure_ascii=False) for row in rows]
        table = pa.table({"row": texts, "content": pa.array(map(contents.get, numbers), pa.string())})
        with replacing(self._parts / f"{numbers[0]:012d}.parquet") as out:
            pq.write_table(table, out)

    def finish(self) -> None:
        """Write all rows as one file and delete the intermediate ones."""
        with extra():
            import pyarrow as pa
            import pyarrow.parquet as pq

        rows = self.rows()
        if rows:
            with replacing(self._target) as out:
                pq.write_table(pa.Table.from_pylist(_filled([rows[number] for number in sorted(rows)])), out)
        for path in self._files():
            path.unlink()
        (self._parts / "run.json").unlink()
        self._parts.rmdir()

    def _files(self) -> list[Path]:
        return sorted(self._parts.glob("*.parquet"))

    def _listed(self) -> Iterator[tuple[RunRow, str | None]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for path in self._files():
            try:
                for record in pq.read_table(path).to_pylist():
                    row, content = json.loads(record["row"]), record["content"]
                    if not (isinstance(row, dict) and {*_FIRST} <= row.keys() and isinstance(row["number"], int)):
                        raise ValueError
                    yield row, content
            except (pa.ArrowException, OSError, LookupError, TypeError, ValueError, RecursionError) as error:
                raise _unreadable(path, "it holds no rows of a run") from error


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _unreadable(path, "it is not JSON") from None


def _unreadable(path: Path, why: str) -> InvalidFile:
    message = f"{why}; remove the folder {os.fspath(path.parent)} to begin anew"
    return InvalidFile(f"{os.fspath(path)} cannot be read", [Finding("resume", message)])


def _and(words: Sequence[str]) -> str:
    *first, last = (f"the {word}" for word in words)
    return f"{', '.join(first)} and {last}" if first else last


def _filled(rows: Sequence[RunRow]) -> list[RunRow]:
    """The rows, all with the same keys; figures are floats, so that each column has one type."""
    keys = dict.fromkeys([*_FIRST, *(key for row in rows for key in row)])

    def cell(key: str, value: Any) -> Any:
        return value if key in _FIRST or value is None else float(value)

    return [{key: cell(key, row.get(key)) for key in keys} for row in rows]
