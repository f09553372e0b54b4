"""The one way in which the library writes a file: as a whole, durably, or not at all.

What is written goes to a new file in the folder of the target, is flushed to the disk, takes the target's place by a
rename, and the folder is flushed. So a reader sees the old file or the new one; after a power failure there is the
old one or the new one, and the new one once the call has returned.

Where the system can (Linux), the new file has no name until it is whole, so that a process that is killed leaves
nothing behind. Elsewhere, and in the moment between the naming and the rename, it is called ``.orgmodel-….tmp``; the
next file that is written into the folder clears away what a killed process left. A lock tells such a file from one
that is being written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import BinaryIO, Final, TextIO, cast

__all__ = [
    "PathLike",
    "replacing",
    "replacing_text",
    "text_of",
    "write_file",
]

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

PathLike = str | os.PathLike[str]

_BESIDE: Final = re.compile(r"\.orgmodel-[0-9a-f]{16}\.tmp")
"""Names of files that are being written. They are short, so that a target may have as long a name as the system
allows."""
_ACCESS_LIST: Final = "system.posix_acl_access"
_STREAM: Final = re.compile(r"/dev/(?:(stdout)|(stderr)|fd/(\d+))|/proc/self/fd/(\d+)")
"""What is open in this process already."""
_IN_FOLDER: Final = os.link in os.supports_dir_fd
"""Whether names can be looked up in an open folder."""
_CANNOT: Final = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}
"""The errors of file systems that cannot flush folders or reserve space."""


@contextlib.contextmanager
def replacing(path: PathLike, *, size: int = 0) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the place of ``path`` as a whole when the block ends without an error.

    * An error inside of the block, a full disk or a kill leave the old file as it was, and nothing beside it.
    * Through a link the file that it points to is replaced, not the link.
    * The permissions, the owner and the access list of an older file are kept. Where the owner or the list cannot be
      kept, the permissions become narrower and never wider. A new file has those that the process gives new files.
    * Only regular files are replaced. Pipes and terminals are written to; a pipe that nobody reads is refused and
      not waited for.

    Args:
        path: the file, which need not exist. Its folder must.
        size: how many bytes it will have at least. A file whose place is asked for at once is not scattered over the
            disk, and a disk that is too full fails at once.

    Raises:
        OSError: it cannot be written: no such folder, a folder, a file that may not be written to, no space left.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "names.txt")
    ...     with replacing(target) as out:
    ...         _ = out.write(b"Ha Giang")
    ...     target.read_text(), len(list(pathlib.Path(folder).iterdir()))
    ('Ha Giang', 1)
    """
    if not os.fspath(path):
        # Resolved, an empty path would be the current folder.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "")
    try:
        before = os.stat(path)
    except FileNotFoundError:
        before = None
    if match := _STREAM.fullmatch(os.path.abspath(path)):
        out, err, *numbers = match.groups()
        number = 1 if out else 2 if err else int(numbers[0] or numbers[1])
        # Opening it anew would begin at the beginning of a file to which something was written already.
        with os.fdopen(os.dup(number), "wb") as stream:
            yield stream
        return
    if before is not None and not stat.S_ISREG(before.st_mode):
        with _special(path, before.st_mode) as stream:
            yield stream
        return
    folder, name = os.path.split(os.path.realpath(path))
    if before is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    with _Folder(folder) as opened:
        opened.clear()
        with opened.new(private=before is not None) as new:
            if size:
                new.reserve(size)
            yield new.file
            new.finish(name, before, os.path.join(folder, name))


@contextlib.contextmanager
def replacing_text(path: PathLike) -> Iterator[TextIO]:
    """As :func:`replacing`, a file of UTF-8 text, with the line ends that are written.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing_text(pathlib.Path(folder, "names.txt")) as out:
    ...         _ = out.write("Hà Giang")
    ...     pathlib.Path(folder, "names.txt").read_text(encoding="utf-8")
    'Hà Giang'
    """
    with replacing(path) as raw, text_of(raw) as out:
        yield out


@contextlib.contextmanager
def text_of(raw: BinaryIO) -> Iterator[TextIO]:
    """A file of bytes as one of UTF-8 text with the line ends that are written, as long as the block lasts."""
    out = TextIOWrapper(raw, encoding="utf-8", newline="")
    try:
        yield out
        out.flush()
    finally:
        # The file below is closed by the one who opened it, and not by this one being thrown away.
        with contextlib.suppress(OSError, ValueError):
            out.detach()


def write_file(path: PathLike, content: str | bytes | Iterable[bytes | memoryview]) -> None:
    """Writes a file as :func:`replacing` does, of text, bytes or pieces of bytes.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(pathlib.Path(folder, "names.txt"), "Hà Giang")
    ...     pathlib.Path(folder, "names.txt").read_text(encoding="utf-8")
    'Hà Giang'
    """
    if isinstance(content, str):
        # Text that is no UTF-8 is refused before anything is touched.
        content = content.encode()
    pieces = [content] if isinstance(content, bytes) else list(content)
    with replacing(path, size=sum(map(len, pieces))) as out:
        out.writelines(pieces)


@contextlib.contextmanager
def _special(path: PathLike, mode: int) -> Iterator[BinaryIO]:
    """What is no file that could be replaced, opened to be written to."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if stat.S_ISBLK(mode):
        raise OSError(errno.EINVAL, "this is a disk and no file", os.fspath(path))
    # A pipe that nobody reads would be waited for, for ever; so it is an error (ENXIO).
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    if hasattr(os, "set_blocking"):
        os.set_blocking(descriptor, True)
    with open(descriptor, "wb") as out:
        yield out


class _Folder:
    """A folder that a file is written into."""

    def __init__(self, path: str) -> None:
        self.path = path or "."
        self.descriptor = -1
        """Names are looked up in the open folder, so that it may be moved meanwhile; -1 where systems cannot do that."""

    def __enter__(self) -> _Folder:
        if _IN_FOLDER:
            try:
                self.descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            except PermissionError:
                # Whoever may write into a folder need not be able to read it.
                if not hasattr(os, "O_PATH"):
                    raise
                self.descriptor = os.open(self.path, os.O_PATH | os.O_DIRECTORY)
        return self

    def __exit__(self, *_: object) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def at(self, name: str) -> tuple[str, dict[str, int]]:
        """How the system is told a name in the folder."""
        if self.descriptor >= 0:
            return name, {"dir_fd": self.descriptor}
        return os.path.join(self.path, name), {}

    def clear(self) -> None:
        """Takes away what processes left that were killed while they wrote."""
        try:
            left = [name for name in os.listdir(self.path) if _BESIDE.fullmatch(name)]
        except PermissionError:
            return
        for name in left:
            path, where = self.at(name)
            with contextlib.suppress(OSError):
                if fcntl is not None:
                    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, **where)
                    try:
                        # Refused if somebody is writing it.
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        os.unlink(path, **where)
                    finally:
                        os.close(descriptor)
                else:  # pragma: no cover - Windows, which refuses to take away an open file
                    os.unlink(path)

    @contextlib.contextmanager
    def new(self, *, private: bool) -> Iterator[_New]:
        """A new file, without a name where that can be; what is left of it goes at the end."""
        mode = 0o600 if private else 0o666
        new = self.nameless(mode) or self.named(mode)
        try:
            yield new
        finally:
            try:
                new.file.close()
            finally:
                if new.name is not None:
                    path, where = self.at(new.name)
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(path, **where)

    def nameless(self, mode: int) -> _New | None:
        """A new file without a name; None where there is no such thing, or no way to give it one later."""
        if self.descriptor < 0 or not hasattr(os, "O_TMPFILE"):
            return None
        try:
            descriptor = os.open(".", os.O_RDWR | os.O_TMPFILE, mode, dir_fd=self.descriptor)
        except OSError:
            return None
        new = _New(self, _file(descriptor), None)
        if not os.path.exists(new.link):
            new.file.close()
            return None
        new.lock()
        return new

    def named(self, mode: int) -> _New:
        """A new file with a name of its own."""
        while True:
            name = _name()
            path, where = self.at(name)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            new = _New(self, _file(os.open(path, flags, mode, **where)), name)
            new.lock()
            if os.name == "nt" or os.fstat(new.file.fileno()).st_nlink:
                return new
            # Somebody cleared the folder between the making of the file and its lock.
            new.file.close()

    def flush(self) -> None:
        """Returns when the names in the folder are on the disk."""
        if self.descriptor >= 0:
            try:
                _flush(self.descriptor)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                # Slower, since all that anybody wrote goes to the disk.
                os.sync()


def _file(descriptor: int) -> BinaryIO:
    return cast("BinaryIO", os.fdopen(descriptor, "w+b"))


def _name() -> str:
    return f".orgmodel-{secrets.token_hex(8)}.tmp"


class _New:
    """A file that is being written."""

    def __init__(self, folder: _Folder, file: BinaryIO, name: str | None) -> None:
        self.folder, self.file, self.name = folder, file, name

    @property
    def link(self) -> str:
        """What a file without a name is called by the system."""
        return f"/proc/self/fd/{self.file.fileno()}"

    def lock(self) -> None:
        """Tells others that it is being written; file systems without locks go without.

        Only :meth:`_Folder.clear` may hold the lock, for the time that it takes to unlink a name.
        """
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(self.file.fileno(), fcntl.LOCK_EX)

    def reserve(self, size: int) -> None:
        """Asks for the place of so many bytes."""
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(self.file.fileno(), 0, size)
            except OSError as error:
                # Not every file system can say so beforehand.
                if error.errno not in _CANNOT:
                    raise

    def finish(self, target: str, before: os.stat_result | None, path: str) -> None:
        """Flushes it and gives it the target's place."""
        self.file.flush()
        descriptor = self.file.fileno()
        if before is not None and os.name != "nt":
            _keep(descriptor, before, path)
        _flush(descriptor)
        if os.name == "nt":  # pragma: no cover - an open file has no second name there
            self.file.close()
        where = self.folder.descriptor
        if self.name is None:
            if before is None:
                try:
                    os.link(self.link, target, dst_dir_fd=where, follow_symlinks=True)
                    self.folder.flush()
                    return
                except FileExistsError:
                    # Somebody made one meanwhile: the later one stands, as ever.
                    pass
            name = _name()
            os.link(self.link, name, dst_dir_fd=where, follow_symlinks=True)
            self.name = name
        if where >= 0:
            # Where names are looked up in folders, a rename takes the place of what is there.
            os.rename(self.name, target, src_dir_fd=where, dst_dir_fd=where)
        else:
            os.replace(os.path.join(self.folder.path, self.name), os.path.join(self.folder.path, target))
        self.name = None
        self.folder.flush()


def _flush(descriptor: int) -> None:
    """Returns when what was written is on the disk and no longer in a cache of the disk."""
    if hasattr(fcntl, "F_FULLFSYNC"):  # pragma: no cover - macOS, where fsync leaves it in the cache
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def _keep(descriptor: int, before: os.stat_result, path: str) -> None:
    """Gives a file the owner, the access list and the permissions of the one that it replaces, or narrower ones."""
    mode = stat.S_IMODE(before.st_mode) & 0o777
    now = os.fstat(descriptor)
    if now.st_uid != before.st_uid:
        # Another's file: whoever may write it may not give files away, unless they are root.
        with contextlib.suppress(OSError):
            os.fchown(descriptor, before.st_uid, -1)
    if now.st_gid != before.st_gid:
        try:
            os.fchown(descriptor, -1, before.st_gid)
        except OSError:
            # Another group than the one that was meant: it may do what everybody may.
            mode &= 0o707 | (mode & 0o007) << 3
    os.fchmod(descriptor, mode)
    if hasattr(os, "listxattr"):
        # The group's permissions of a file with an access list are the widest that the list gives to anybody.
        try:
            names = os.listxattr(path)
        except OSError:
            names = []
        for name in names:
            try:
                os.setxattr(descriptor, name, os.getxattr(path, name))
            except OSError:
                if name == _ACCESS_LIST:
                    os.fchmod(descriptor, mode & 0o707)
