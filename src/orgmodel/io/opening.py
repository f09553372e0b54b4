"""A history written to a file of either format or to a store, and opened from whatever holds it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from orgmodel.engine.file import MAGIC
from orgmodel.history.history import History
from orgmodel.io import columns, jsonl
from orgmodel.io.store.store import Store, history_at
from orgmodel.model.door import strict
from orgmodel.reading import open_file

__all__ = ["open_history", "save"]

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
        begin = file.read(len(_SQLITE))
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
def open_history(address: Address, *, verify: bool | Literal["full"] | None = None, mapped: bool = True) -> History:
    """The history in a file of either format, or in a store; its first bytes say which it is, and never its name.

    Any file is safe to open: what is read is checked before it is used, and a fault is an error of the library. JSON
    Lines and stores are read and verified as a whole. Of a file of columns, the columns of a large one are read as they
    are used, and only ``verify="full"`` checks that its rows agree with its log.

    A history opened from a file of columns pickles as the path, the identity of its content and the entries since, so
    that worker processes open the same file.

    Args:
        address: a path, or the address of a store.
        verify: of a file of columns. True reads the whole file first, compares it with its checksums and checks all
            columns. ``"full"`` also enacts the log anew, with all checks, and compares the result with the columns,
            which is as slow as :func:`~orgmodel.io.jsonl.load`. False leaves each column until it is used. None
            verifies files of less than 64 MiB.
        mapped: whether a large file of columns may stay open, so that columns are read when they are used. If it is
            changed in place meanwhile, questions that need the changed columns fail; :func:`save` never does that, it
            puts a new file in its place. False reads all of it now.

    Raises:
        InvalidFile: it holds no history, or one of an unknown version, cut off, or (of columns the header always, the
            rest with ``verify`` or when it is used) altered.
        Refused: ``verify`` is none of these.
        OSError: it cannot be opened.

    >>> import tempfile
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}], day="2025-07-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a.jsonl", "a.om", "a.db"):
    ...         save(history, f"{folder}/{name}")
    ...     [open_history(f"{folder}/{name}") == history for name in ("a.jsonl", "a.om", "a.db")]
    [True, True, True]
    """
    match form_of(address):
        case "store":
            return history_at(address)
        case "columns":
            return columns.open_history(address, verify=verify, mapped=mapped)
        case "lines":
            return jsonl.load(address)


@strict
def save(history: History, address: Address, *, form: Form | None = None) -> None:
    """Write a history to a file, or to a store that is not there yet; :func:`open_history` opens it.

    Everything is kept: the log with its corrections and cancellations, sources, clusters, the order of acts within a
    day. An older file at the path is replaced as a whole.

    Args:
        history: the history.
        address: where.
        form: ``lines`` (JSON Lines), ``columns`` (opened in a millisecond) or ``store``. None: by the ending of the
            name, ``.jsonl``, or ``.db``, ``.sqlite``, ``.sqlite3`` or an address for a store; columns for any other.

    Raises:
        FileExistsError: there is a store already.
        OSError: the file cannot be written; what was there stays.

    >>> import pathlib, tempfile
    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn", "members": 3}], day="2025-07-01")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "history.om"
    >>> om.save(history, path)
    >>> om.open_history(path) == history
    True
    """
    match form or form_to_make(address) or "columns":
        case "store":
            Store.create(address, history).close()
        case "columns":
            columns.save(history, address)
        case "lines":
            jsonl.dump(history, address)
