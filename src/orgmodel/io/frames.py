"""The frames of a history as Parquet files, for duckdb, dask, polars, R and other programs."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.model.extras import extra
from orgmodel.writing import write_file

__all__ = [
    "write_parquet",
]


@strict
def write_parquet(history: History, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Writes each frame of a history as ``NAME.parquet`` into a folder, which is made if it is not there.

    Args:
        history: the history; see :meth:`~orgmodel.history.history.History.frames`.
        folder: where the files go; older ones of these names are replaced.

    Returns:
        the files. Frames without rows are written too, with their columns.

    Raises:
        MissingExtra: pyarrow is not installed.
        OSError: a file cannot be written.

    >>> import tempfile
    >>> from orgmodel.history.history import history_of
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_parquet(history_of([{"id": "p"}], day="2025-07-01"), folder)
    ...     [file.name for file in files][:3]
    ['units.parquet', 'parents.parquet', 'facts.parquet']
    """
    if not os.fspath(folder):
        # As a path, an empty text would be the current folder.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "")
    with extra():
        import pyarrow.parquet as pq
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, frame in history.frames().items():
        data = io.BytesIO()
        pq.write_table(frame.to_arrow(), data)
        write_file(target / f"{name}.parquet", data.getvalue())
        written.append(target / f"{name}.parquet")
    return tuple(written)
