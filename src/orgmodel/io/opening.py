"""A history opened from whatever holds it: a file of either format, or a store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from orgmodel.engine.file import MAGIC
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.io import columns, jsonl
from orgmodel.io.store.store import Store, history_at
from orgmodel.model.door import strict
from orgmodel.reading import open_file

__all__ = [
    "open_any",
    "write_any",
]

Address = str | os.PathLike[str]
"""A path, or the address of a store, such as ``postgresql://USER@HOST/DATABASE``."""

Form = Literal["lines", "columns", "store"]

_SQLITE: Final = b"SQLite format 3\0"
_ENDINGS: Final[dict[str, Form]] = {
    ".jsonl": "lines",
    ".om": "columns",
    ".orgm": "columns",
    ".db": "store",
    ".sqlite": "store",
    ".sqlite3": "store",
}
"""The form of a file that is to be made, by the ending of its name."""


def is_address(address: Address) -> bool:
    """Whether it is the address of a database, and no path.

    >>> is_address("postgresql://reader@host/registers"), is_address("register.db")
    (True, False)
    """
    return "://" in os.fspath(address)


def form_of(address: Address) -> Form:
    """In which form a history is kept somewhere, recognised by the first bytes of a file and never by its name.

    Raises:
        InvalidFile: it is a pipe, a device or a socket, which are not waited for.
        OSError: the file cannot be opened.

    >>> form_of("postgresql://reader@host/registers")
    'store'
    """
    if is_address(address):
        return "store"
    with open_file(address) as file:
        begin = file.read(max(len(MAGIC), len(_SQLITE)))
    if begin == _SQLITE:
        return "store"
    return "columns" if begin.startswith(MAGIC) else "lines"


def form_to_make(address: Address) -> Form | None:
    """The form that the ending of a name asks for; None if it asks for none.

    >>> form_to_make("register.db"), form_to_make("history.jsonl"), form_to_make("history.txt")
    ('store', 'lines', None)
    """
    return "store" if is_address(address) else _ENDINGS.get(Path(address).suffix.lower())


@strict
def open_any(address: Address, *, verify: bool | Literal["full"] | None = None) -> History:
    """The history in a file of either format, or in a store.

    Args:
        address: a path, or the address of a store.
        verify: of a file of columns, see :func:`~orgmodel.io.columns.open_history`; whatever else there is is
            verified as a whole in any case.

    Raises:
        InvalidFile: it holds no history, or a damaged one.
        OSError: it cannot be opened.

    >>> import tempfile
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}], day="2025-07-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a.jsonl", "a.om", "a.db"):
    ...         write_any(history, f"{folder}/{name}")
    ...     [open_any(f"{folder}/{name}") == history for name in ("a.jsonl", "a.om", "a.db")]
    [True, True, True]
    """
    match form_of(address):
        case "store":
            return history_at(address)
        case "columns":
            return columns.open_history(Path(address), verify=verify)
        case "lines":
            return jsonl.load(Path(address))


@strict
def write_any(history: History, address: Address, *, form: Form | None = None) -> None:
    """Writes a history in the form that the ending of a name asks for.

    A file of either format is replaced; a store must not be there yet.

    Args:
        history: all of its log is written.
        address: where.
        form: the form, whatever the ending says.

    Raises:
        Refused: the ending says nothing.
        FileExistsError: there is a store already.

    >>> import tempfile
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_any(history, Path(folder, "history.jsonl"))
    ...     open_any(Path(folder, "history.jsonl")) == history
    True
    """
    match form or form_to_make(address):
        case "store":
            Store.create(address, history).close()
        case "columns":
            columns.save(history, Path(address))
        case "lines":
            jsonl.dump(history, Path(address))
        case None:
            known = ", ".join(_ENDINGS)
            message = f"{os.fspath(address)}: the ending says no form; use {known}, or postgresql://..."
            raise Refused("a file to make", [Finding("form", message)])
