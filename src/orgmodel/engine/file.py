"""A file of named arrays, read one by one when they are used.

Layout: eight bytes of magic; the format version, the length of the header and its checksum (8 bytes each,
little-endian); the header as JSON; padding to 64 bytes; then the arrays, each at a multiple of 64 bytes. The header
names every array with its type, offset, length and checksum (CRC-32).

The hash of the header is the identity of the file. It covers all arrays by their checksums, and copies of a file have
the same identity whatever their names and times.

Opening checks the magic, the version, the header, and that the arrays fill the file. An array is compared with its
checksum when it is read. A small file is read at once; a large one stays open, and each array is read when it is first
used. Nothing is mapped into memory: whoever shortens a mapped file kills every process that reads it.
"""

from __future__ import annotations

import json
import os
import struct
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import frozen

from orgmodel.errors import Finding, InvalidFile
from orgmodel.reading import open_file
from orgmodel.writing import write_file

__all__ = [
    "MAGIC",
    "READ",
    "SMALL",
    "VERSION",
    "Array",
    "Arrays",
    "are_offsets",
    "identity_of_file",
    "pack_texts",
    "packed",
    "read_arrays",
    "unpack_texts",
    "unpacked",
    "write_arrays",
]

MAGIC: Final = b"orgmodel"
VERSION: Final = 2
READ: Final = (1, 2)
"""The versions that are read. Their layout is the same; version 2 has more arrays of a history."""
_HEAD: Final = struct.Struct("<8sQQQ")
_ALIGN: Final = 64
_TYPES: Final = {"<i4", "<i8", "<u8", "|u1"}

_LARGE: Final = 2**22
"""From this many bytes on, several threads make the checksums: zlib releases the interpreter's lock."""
_THREADS: Final = 4

_READ_AT_MOST: Final = 2**30
"""Bytes read by one call: some systems refuse 2 GiB or more."""
SMALL: Final = 2**26
"""Files of fewer bytes are read completely when they are opened, and verified unless the caller says otherwise."""

Array = npt.NDArray[Any]


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN


def _bytes_of(array: Array) -> memoryview:
    """The bytes of an array as they lie in memory."""
    return array.view(np.uint8).data if array.size else memoryview(b"")


def packed(header: Mapping[str, Any], arrays: Mapping[str, Array | Sequence[Array]]) -> list[bytes | memoryview]:
    """The bytes of a header and arrays, piece by piece, in the format of this module.

    Args:
        header: any value that JSON has.
        arrays: name -> array of a fixed type, written as it lies in memory; or the pieces of one array.
    """
    flat = [
        [_flat(piece) for piece in ([array] if isinstance(array, np.ndarray) else array)] for array in arrays.values()
    ]
    raws = [list(map(_bytes_of, pieces)) for pieces in flat]
    sizes = [sum(map(len, pieces)) for pieces in raws]
    table: dict[str, dict[str, Any]] = {}
    body: list[bytes | memoryview] = []
    offset = 0
    for name, pieces, raw, size, checksum in zip(arrays, flat, raws, sizes, _checksums(raws), strict=True):
        body.append(bytes(_aligned(offset) - offset))
        offset = _aligned(offset)
        count = sum(map(len, pieces))
        table[name] = {"type": pieces[0].dtype.str, "at": offset, "length": count, "crc": checksum}
        body += raw
        offset += size
    # Sorted keys: the same history gives the same bytes, and its identity is their hash.
    text = json.dumps({"header": header, "arrays": table, "size": offset}, ensure_ascii=False, sort_keys=True).encode()
    head = [_HEAD.pack(MAGIC, VERSION, len(text), zlib.crc32(text)), text]
    return [*head, bytes(_aligned(_HEAD.size + len(text)) - _HEAD.size - len(text)), *body]


def _checksums(arrays: Sequence[Sequence[memoryview]]) -> list[int]:
    """The checksum of each array, from its pieces."""
    if len(arrays) < 2 or sum(len(piece) for pieces in arrays for piece in pieces) < _LARGE:
        return list(map(_checksum, arrays))
    # zlib lets go of the interpreter's lock while it sums, so threads really share the work.
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(_checksum, arrays))


def _checksum(pieces: Sequence[memoryview]) -> int:
    checksum = 0
    for raw in pieces:
        checksum = zlib.crc32(raw, checksum)
    return checksum


def _flat(array: Array) -> Array:
    """The array with its memory laid out as the file has it."""
    flat = np.ascontiguousarray(array)
    return flat if flat.dtype.newbyteorder("<").str in _TYPES else flat.astype("<i8")


def write_arrays(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, Array | Sequence[Array]]
) -> None:
    """Write a header and arrays to a file; an older file is replaced completely or not at all."""
    write_file(path, packed(header, arrays))


def _refused(name: str | os.PathLike[str], rule: str, message: str) -> InvalidFile:
    return InvalidFile(f"{os.fspath(name)} cannot be opened", [Finding(rule, message)])


class Arrays(Mapping[str, Array]):
    """The arrays of a file by their names; each is read and checked when it is first used.

    Attributes:
        header: the header that was written with them.
        identity: the hash of the header, which identifies the content of the file.
        name: the file's name for messages.
    """

    def __init__(self, name: str, head: _Head, source: bytes | int) -> None:
        self.name, self.header, self.identity = name, head.header, head.identity
        self._table, self._start, self._size = head.table, head.start, head.size
        self._source = source
        """The bytes of the file, or an open file."""
        self._read: dict[str, Array] = {}
        if isinstance(source, int):
            # No method closes it: histories share arrays, and the last one to go closes the file.
            weakref.finalize(self, os.close, source)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __getitem__(self, name: str) -> Array:
        """An array, read-only.

        Raises:
            KeyError: there is no such array.
            InvalidFile: it does not agree with its checksum.
        """
        if name not in self._read:
            self.read([name])
        return self._read[name]

    def length(self, name: str) -> int:
        """The number of entries of an array, taken from the header; 0 if there is no such array."""
        return int(self._table[name]["length"]) if name in self._table else 0

    @property
    def is_verified(self) -> bool:
        """Whether every array was read and agrees with its checksum."""
        return len(self._read) == len(self._table)

    def read(self, names: Iterable[str]) -> None:
        """Read arrays, if they are not read yet, and compare each with its checksum.

        Raises:
            KeyError: there is no such array.
            InvalidFile: names all arrays that do not agree.
        """
        unread = [name for name in names if name not in self._read]
        arrays = list(map(self._unchecked, unread))
        checksums = zip(unread, _checksums([[_bytes_of(array)] for array in arrays]), strict=True)
        altered = [name for name, checksum in checksums if checksum != self._table[name]["crc"]]
        if altered:
            raise self._altered(altered)
        # Only now, so that an array that does not agree is never handed out by a later call.
        self._read.update(zip(unread, arrays, strict=True))

    def _unchecked(self, name: str) -> Array:
        place = self._table[name]
        kind = np.dtype(place["type"])
        at, count = self._start + place["at"], place["length"]
        if not isinstance(self._source, int):
            return np.frombuffer(self._source, kind, count, at)
        raw = _read_at(self._source, count * kind.itemsize, at)
        if len(raw) != count * kind.itemsize:
            raise _refused(self.name, "whole", "it was cut off after it was opened")
        return np.frombuffer(raw, kind)

    def _altered(self, names: Sequence[str]) -> InvalidFile:
        return InvalidFile(
            f"{self.name} was altered", [Finding("checksum", f"the array {name!r} was altered") for name in names]
        )


def _read_at(descriptor: int, size: int, at: int) -> bytes:
    """``size`` bytes at an offset of an open file; fewer at its end."""
    parts: list[bytes] = []
    while size and (part := os.pread(descriptor, min(size, _READ_AT_MOST), at)):
        parts.append(part)
        size, at = size - len(part), at + len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@frozen
class _Head:
    """The fixed part and the header of a file.

    Attributes:
        header: the caller's header.
        table: name of an array -> its type, offset, length and checksum.
        start: offset of the first array.
        size: bytes from there to the end of the last array.
        identity: the hash of the header.
    """

    header: Any
    table: Mapping[str, Any]
    start: int
    size: int
    identity: str


def read_arrays(path: str | os.PathLike[str], *, at_once: bool = False, verify: bool | None = None) -> Arrays:
    """The arrays of a file.

    Args:
        path: the file.
        at_once: whether to read it completely and close it; small files always are.
        verify: whether to compare all arrays with their checksums now; None: only those of small files.

    Raises:
        InvalidFile: it is no such file, has an unknown version, is cut off, or its header was altered; with ``verify``
            also if an array was altered.
        OSError: it cannot be opened.
    """
    name = os.fspath(path)
    with open_file(path) as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        if size < SMALL or at_once or not hasattr(os, "pread"):
            arrays = unpacked(file.read(), name)
        else:
            head = _head(lambda count, at: _read_at(descriptor, count, at), size, name)
            # A descriptor of their own: the file is closed here, and arrays are read long after.
            arrays = Arrays(name, head, os.dup(descriptor))
    if verify or (verify is None and size < SMALL):
        arrays.read(arrays)
    return arrays


def identity_of_file(path: str | os.PathLike[str]) -> str:
    """The identity of a file; only its header is read.

    Raises:
        InvalidFile, OSError: as :func:`read_arrays`.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size

        def read(count: int, at: int) -> bytes:
            file.seek(at)
            return file.read(count)

        return _head(read, size, os.fspath(path)).identity


def unpacked(raw: bytes, name: str = "the bytes", *, verify: bool = False) -> Arrays:
    """The arrays in bytes that :func:`packed` made.

    Args:
        raw: the bytes.
        name: what messages call them.
        verify: whether to compare all arrays with their checksums now.

    Raises:
        InvalidFile: as :func:`read_arrays`.
    """
    arrays = Arrays(name, _head(lambda count, at: raw[at : at + count], len(raw), name), raw)
    if verify:
        arrays.read(arrays)
    return arrays


def _head(read: Callable[[int, int], bytes], file_size: int, name: str) -> _Head:
    """The checked head of a file of ``file_size`` bytes; ``read(count, at)`` reads some of them."""
    first = read(_HEAD.size, 0)
    if len(first) < _HEAD.size:
        raise _refused(name, "magic", "the file is too short to be a history")
    magic, version, length, crc = _HEAD.unpack(first)
    if magic != MAGIC:
        raise _refused(name, "magic", "this is no file of a history; om.load reads histories as JSON Lines")
    if version not in READ:
        message = f"it is of format version {version}; this program reads {' and '.join(map(str, READ))}"
        raise _refused(name, "version", message)
    if _HEAD.size + length > file_size:
        raise _refused(name, "whole", "the file is cut off inside its header")
    text = read(length, _HEAD.size)
    if zlib.crc32(text) != crc:
        raise _refused(name, "header", "the header was altered")
    start = _aligned(_HEAD.size + length)
    identity = blake2b(text, digest_size=16).hexdigest()
    try:
        fields = json.loads(text)
        head = _Head(fields["header"], fields["arrays"], start, fields["size"], identity)
        fits = _fills(head)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _refused(name, "header", "the header is of no known form") from None
    if type(head.size) is int and file_size != start + head.size:
        message = f"it has {file_size:,} bytes and should have {start + head.size:,}; it is cut off or too long"
        raise _refused(name, "whole", message)
    if not fits:
        raise _refused(name, "header", "the arrays that it names are not those that follow")
    return head


def _fills(head: _Head) -> bool:
    """Whether the arrays follow each other and fill the file: none overlaps another, nothing lies between them."""
    end = 0
    # By length as well: an empty array stands where the next one begins.
    for place in sorted(head.table.values(), key=lambda place: (place["at"], place["length"])):
        at, length, kind, crc = (place[key] for key in ("at", "length", "type", "crc"))
        # Not by isinstance: JSON has true and false, which are ints to Python.
        are_counts = all(type(number) is int and number >= 0 for number in (at, length, crc))
        if kind not in _TYPES or not are_counts or at != _aligned(end):
            return False
        end = at + length * np.dtype(kind).itemsize
    return type(head.size) is int and head.size == end


def pack_texts(texts: Sequence[str]) -> dict[str, Array]:
    """Texts as two arrays: their bytes, and the offsets between them (one more than there are texts)."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    raw = "".join(texts).encode()
    # Only texts outside of ASCII have other lengths in bytes than in characters.
    if len(raw) != int(lengths.sum()):
        lengths = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    ends = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return {"bytes": np.frombuffer(raw, np.uint8), "ends": ends}


def unpack_texts(raw: Array, ends: Array) -> list[str]:
    """The texts that :func:`pack_texts` packed.

    Raises:
        ValueError: they are no packed texts, or not UTF-8.
    """
    if ends.dtype != np.int64 or raw.dtype != np.uint8 or not are_offsets(ends, len(raw)):
        raise ValueError("no packed texts")
    data = raw.tobytes()
    at = ends.tolist()
    if data.isascii():
        text = data.decode()
        return [text[a:b] for a, b in pairwise(at)]
    return [data[a:b].decode() for a, b in pairwise(at)]


def are_offsets(ends: Array, length: int) -> bool:
    """Whether numbers are offsets of consecutive parts of ``length`` entries: from 0 up to it, never falling."""
    return bool(len(ends) and ends[0] == 0 and ends[-1] == length and (ends[1:] >= ends[:-1]).all())
