"""Named arrays in one file that is mapped into memory when it is opened.

Layout: eight bytes of magic, the format version and the length of the header (both 8
bytes, little-endian), the header as JSON, padding to 64 bytes, then the arrays, each
at a multiple of 64 bytes. The header names every array with its type, place, length
and checksum (CRC-32), its own checksum stands behind the length.

Opening checks the magic, the version, the header and that the file is as long as it
should be; reading the arrays is left to the pages that are used. ``verify`` reads all.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.errors import Finding, InvalidFile
from orgmodel.writing import write_file

MAGIC: Final = b"orgmodel"
VERSION: Final = 2
READ: Final = (1, 2)
"""The versions that are read: the layout is the same, what a history puts into it has grown."""
_HEAD: Final = struct.Struct("<8sQQQ")
_ALIGN: Final = 64
_TYPES: Final = {"<i4", "<i8", "<u8", "|u1"}

_LARGE: Final = 2**22
"""From this many bytes on, checksums are made by several threads: they are no work of the interpreter."""
_AT_ONCE: Final = 4

Array = npt.NDArray[Any]


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN


def _bytes_of(array: Array) -> memoryview:
    """The bytes of an array as they lie in memory."""
    return array.view(np.uint8).data if array.size else memoryview(b"")


def packed(header: Mapping[str, Any], arrays: Mapping[str, Array | Sequence[Array]]) -> list[bytes | memoryview]:
    """The bytes of a header and arrays, piece by piece, in the format of this module.

    Args:
        header: anything that JSON can say.
        arrays: name -> array of a fixed type, written as it lies in memory; or pieces of one.
    """
    flat = [
        [_flat(piece) for piece in ([given] if isinstance(given, np.ndarray) else given)] for given in arrays.values()
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
    text = json.dumps({"header": header, "arrays": table, "size": offset}, ensure_ascii=False, sort_keys=True).encode()
    head = [_HEAD.pack(MAGIC, VERSION, len(text), zlib.crc32(text)), text]
    return [*head, bytes(_aligned(_HEAD.size + len(text)) - _HEAD.size - len(text)), *body]


def _checksums(arrays: Sequence[Sequence[memoryview]]) -> list[int]:
    """The checksum of each array, of which the pieces are given."""
    if sum(len(piece) for pieces in arrays for piece in pieces) < _LARGE:
        return list(map(_checksum, arrays))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_checksum, arrays))


def _checksum(pieces: Sequence[memoryview]) -> int:
    checksum = 0
    for raw in pieces:
        checksum = zlib.crc32(raw, checksum)
    return checksum


def _flat(array: Array) -> Array:
    """An array that lies in memory as it is written."""
    flat = np.ascontiguousarray(array)
    return flat if flat.dtype.newbyteorder("<").str in _TYPES else flat.astype("<i8")


def write_arrays(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, Array | Sequence[Array]]
) -> None:
    """Write a header and arrays to a file, which takes the place of an older one as a whole."""
    write_file(path, packed(header, arrays))


def _refused(name: str | os.PathLike[str], rule: str, message: str) -> InvalidFile:
    return InvalidFile(f"{os.fspath(name)} cannot be opened", [Finding(rule, message)])


def read_arrays(path: str | os.PathLike[str], *, verify: bool = False) -> tuple[Any, dict[str, Array]]:
    """The header and the arrays of a file; the arrays are mapped and read-only.

    Args:
        path: the file.
        verify: whether to read all of it and compare every array with its checksum.

    Raises:
        InvalidFile: it is no such file, of a version that is not known, cut off, or its
            header was altered; with ``verify``, the arrays that were altered.
    """
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < _HEAD.size:
            raise _refused(path, "magic", "the file is too short to be a history")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return unpacked(mapped, os.fspath(path), verify=verify)


def unpacked(raw: mmap.mmap | bytes, name: str = "the bytes", *, verify: bool = False) -> tuple[Any, dict[str, Array]]:
    """The header and the arrays in bytes that :func:`packed` made; ``name`` is for messages.

    Raises:
        InvalidFile: as :func:`read_arrays`.
    """
    said, start = _header(raw, name)
    if len(raw) != start + said["size"]:
        whole = start + said["size"]
        raise _refused(name, "whole", f"it has {len(raw):,} bytes and should have {whole:,}; it is cut off or too long")
    table, arrays = said["arrays"], {}
    for label, place in table.items():
        if place["type"] not in _TYPES:
            raise _refused(name, "header", f"the array {label!r} is of the type {place['type']!r}")
        arrays[label] = np.frombuffer(raw, np.dtype(place["type"]), place["length"], start + place["at"])
    if verify:
        found = zip(arrays, _checksums([[_bytes_of(array)] for array in arrays.values()]), strict=True)
        altered = [label for label, checksum in found if checksum != table[label]["crc"]]
        if altered:
            told = [Finding("checksum", f"the array {label!r} was altered") for label in altered]
            raise InvalidFile(f"{name} was altered", told)
    return said["header"], arrays


def _header(raw: mmap.mmap | bytes, name: str) -> tuple[Any, int]:
    """The header, and where the arrays begin."""
    magic, version, length, crc = _HEAD.unpack_from(raw)
    if magic != MAGIC:
        raise _refused(name, "magic", "this is no file of a history; om.load reads histories as JSON Lines")
    if version not in READ:
        told = f"it is of format version {version}; this program reads {' and '.join(map(str, READ))}"
        raise _refused(name, "version", told)
    text = raw[_HEAD.size : _HEAD.size + length]
    if len(text) < length:
        raise _refused(name, "whole", "the file is cut off inside its header")
    if zlib.crc32(text) != crc:
        raise _refused(name, "header", "the header was altered")
    return json.loads(text), _aligned(_HEAD.size + length)


def pack_texts(texts: Sequence[str]) -> dict[str, Array]:
    """Texts as two arrays: their bytes, and where each begins (one more than there are)."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    raw = "".join(texts).encode()
    if len(raw) != int(lengths.sum()):
        lengths = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    ends = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return {"bytes": np.frombuffer(raw, np.uint8), "ends": ends}


def unpack_texts(raw: Array, ends: Array) -> list[str]:
    """The texts that :func:`pack_texts` packed."""
    whole = raw.tobytes()
    at = ends.tolist()
    if whole.isascii():
        text = whole.decode()
        return [text[a:b] for a, b in pairwise(at)]
    return [whole[a:b].decode() for a, b in pairwise(at)]
