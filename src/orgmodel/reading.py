"""How the library opens every file that it reads: regular files only, as others may never end."""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO, Final, cast

from orgmodel.errors import Finding, InvalidFile

__all__ = [
    "LARGEST",
    "PathLike",
    "open_file",
    "read_file",
]

PathLike = str | os.PathLike[str]

LARGEST: Final = 2**32
"""A limit in bytes; no text file that is read into memory as a whole is larger."""


def open_file(path: PathLike) -> BinaryIO:
    """A file, open for reading.

    Anything but a regular file is refused at once: a pipe may never end, a device has no end.

    Raises:
        InvalidFile: it is a pipe, a device or a socket.
        OSError: it cannot be opened, or is a folder.

    >>> with open_file(__file__) as file:
    ...     file.read(3)
    b'\"\"\"'
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _special(path) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return cast("BinaryIO", os.fdopen(descriptor, "rb"))
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise _special(path)


def _special(path: PathLike) -> InvalidFile:
    message = "this is no regular file but a pipe, a device or a socket; copy what comes from it to a file first"
    return InvalidFile(f"{os.fspath(path)} cannot be read", [Finding("file", message)])


def read_file(path: PathLike, most: int = LARGEST) -> bytes:
    """The content of a file.

    Args:
        path: its path.
        most: how many bytes it may have.

    Raises:
        InvalidFile: it is no regular file, or larger.
        OSError: it cannot be read.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= most:
            # One byte more, as it may have grown since.
            raw = file.read(most + 1) if most < LARGEST else file.read()
            if len(raw) <= most:
                return raw
        message = f"it has {max(size, most + 1):,} bytes; no more than {most:,} are read"
        raise InvalidFile(f"{os.fspath(path)} cannot be read", [Finding("size", message)])
