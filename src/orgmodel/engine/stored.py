"""Columns and ids in a file: read when they are first used, and checked before.

The file may have been written by another program. So everything the engine relies on is checked when it is read:
offsets rise, codes stand for something, days are days, rows are in order, no unit is its own ancestor. Whatever a file
holds, the caller gets an answer or one of our errors, in bounded time. Whether the rows agree with the log is checked
by :mod:`orgmodel.io.checking`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orgmodel.engine.bulk import on_cycles
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, UNSURE, Columns, Table, distinct
from orgmodel.engine.file import Array, Arrays, are_offsets
from orgmodel.engine.index import StoredIndex, digests
from orgmodel.errors import Finding, InvalidFile
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "LateIndex",
    "StoredColumns",
    "unreadable",
]

_ROWS: Final = ("subject", "start", "end", "value", "act")
_MORE: Final = ("slot", "until", "event")
_LAST_DAY: Final = dt.date.max.toordinal()
_STEPS: Final = 5_000_000
"""Limit of steps in the search for circles, which a made-up file could otherwise make endless."""

_LOADING: Final = threading.RLock()


def unreadable(name: str, *faults: str) -> InvalidFile:
    """The error for a file whose arrays are not what they should be."""
    return InvalidFile(f"{name} cannot be read", [Finding("columns", fault) for fault in faults])


class _Late:
    """Mixin: all attributes are read from the file when one of them is first used."""

    __slots__ = ()

    _load: Callable[[], None] | None
    """Sets all attributes, and itself to None; a subclass has the slot for it."""

    def __getattr__(self, name: str) -> Any:
        # Python calls this only for attributes without a value; loading gives values to all of them.
        with _LOADING:
            if name == "_load" or self._load is None:
                raise AttributeError(name)
            self._load()
        return getattr(self, name)


class StoredColumns(_Late, Columns):
    """The columns of a track in a file, read and checked on first use.

    Args:
        track: name of the track.
        arrays: the arrays of the file.
        prefix: prefix of the names of its arrays.
        values: the objects that codes stand for.
        slots: the objects that codes of slots stand for.
        count: number of subjects.
        acts: number of acts.
    """

    __slots__ = ("_load",)

    def __init__(
        self, track: str, arrays: Arrays, prefix: str, *, values: Table, slots: Table, count: int, acts: int
    ) -> None:
        self.track, self.values, self.slots = track, values, slots
        self.refers = names.refers_to_subject(track)

        def load() -> None:
            # All at once, so that several threads compare them with their checksums.
            arrays.read(name for field in (*_ROWS, "off", *_MORE) if (name := f"{prefix}.{field}") in arrays)
            fields: dict[str, Any] = {name: arrays.get(f"{prefix}.{name}") for name in (*_ROWS, "off", *_MORE)}
            sizes = {name: arrays.length(f"{prefix}.{name}.ends") - 1 for name in ("values", "slots")}
            fault = next(_faults(track, fields, count, acts, sizes["values"], sizes["slots"]), None)
            if fault is not None:
                raise unreadable(arrays.name, f"the track {track!r}: {fault}")
            Columns.__init__(self, track, **fields, values=values, slots=slots)
            self._load = None

        self._load = load


def _faults(track: str, fields: Mapping[str, Any], count: int, acts: int, values: int, slots: int) -> Iterator[str]:
    """Why arrays from a file cannot be the columns of a track.

    Each check relies on those before it: only the first fault is certain.
    """
    missing = [name for name in (*_ROWS, "off") if fields[name] is None]
    if missing:
        yield f"there is no array {missing[0]!r}"
        return
    subject, start, end, value, act, off = (fields[name] for name in (*_ROWS, "off"))
    n = len(subject)
    present = {name: array for name, array in fields.items() if array is not None}
    yield from _shapes(track, present, n)
    if not are_offsets(off, n) or len(off) > count + 1:
        yield "its offsets are none"
        return
    if not _stand_at_offsets(subject, off):
        yield "its rows do not stand where their subjects have them"
        return
    if n:
        yield from _days(track, subject, start, end)
        if int(act.min()) < 0 or int(act.max()) >= acts:
            yield "a row names an act that is not there"
        yield from _codes(track, present, count, values, slots)
        if names.is_parent(track) and _has_circle(subject, start, end, value, len(off) - 1):
            yield "a unit stands above itself"


def _shapes(track: str, present: Mapping[str, Array], rows: int) -> Iterator[str]:
    """Why the types and lengths of arrays cannot be right."""
    wide = "<i8" if names.is_measure(track) else "<i4"
    for name, array in present.items():
        if array.dtype.str != (wide if name == "value" else "<i4"):
            yield f"the array {name!r} is of the type {array.dtype.str!r}"
        elif name != "off" and len(array) != rows:
            yield f"the array {name!r} has {len(array)} entries, and there are {rows} rows"


def _stand_at_offsets(subject: Array, off: Array) -> bool:
    """Whether the rows of each subject are those between its offsets."""
    if not len(subject):
        return True
    if bool((subject[1:] < subject[:-1]).any()) or subject[0] < 0 or subject[-1] >= len(off) - 1:
        return False
    # In order, and as many of each as its offsets say: two passes without a branch. Writing down the column that should
    # be there, or finding where subjects change, waits for mispredicted branches, up to five times as long.
    return np.array_equal(np.bincount(subject, minlength=len(off) - 1), np.diff(off))


def _days(track: str, subject: Array, start: Array, end: Array) -> Iterator[str]:
    """Why the days of rows cannot be right."""
    if int(start.min()) < 1 or int(start.max()) > _LAST_DAY:
        yield "a row starts on no day"
    if bool((end < start).any()) or bool(((end > _LAST_DAY) & (end != FOREVER)).any()):
        yield "a row ends on no day, or before it starts"
    # Masks are combined, never used as an index: that copies the chosen rows, thirty times as slowly as combining.
    follows = subject[1:] == subject[:-1]
    if bool((follows & (start[1:] < start[:-1])).any()):
        yield "its rows are not in the order of their days"
    one_slot = names.has_one_slot(track) and track != names.LINK
    if one_slot and bool((follows & (end[:-1] > start[1:])).any()):
        yield "two rows of one subject hold on one day"


def _codes(track: str, present: Mapping[str, Array], count: int, values: int, slots: int) -> Iterator[str]:
    """Why a code in the rows stands for nothing."""
    is_link = track == names.LINK
    if not _within(present["value"], *_range_of_values(track, count, values)):
        yield "a row says something that is not there"
    # The slot of a link is its new unit; elsewhere -1 stands for no slot.
    if "slot" in present and not _within(present["slot"], *((0, count) if is_link else (-1, slots))):
        yield "a row is about something that is not there"
    if is_link and "slot" not in present:
        yield "its rows name no successors"
    if is_link and "until" not in present:
        yield "its rows are not numbered"
    if "event" in present and int(present["event"].min()) < 0:
        yield "a row was written by no event"


def _range_of_values(track: str, count: int, values: int) -> tuple[int, int]:
    """The smallest entry that the ``value`` column of a track may have, and one more than the largest."""
    if names.refers_to_subject(track):
        return (UNSURE if track == names.ROLE else NOBODY), count
    return (-values, 2**62) if names.is_measure(track) else (0, values)


def _within(column: Array, least: int, end: int) -> bool:
    """Whether all numbers are at least ``least`` and less than ``end``."""
    return least <= int(column.min()) and int(column.max()) < end


def _has_circle(subject: Array, start: Array, end: Array, value: Array, count: int) -> bool:
    """Whether a unit is its own ancestor at the end of a day.

    Raises:
        InvalidFile: the search took too many steps.
    """
    # Rows of no whole day are pairs here too: they can only send a sound file to the replay, which leaves them out.
    left = on_cycles(subject, value, max(count, int(value.max(initial=0)) + 1))
    if not left.any():
        return False
    # Over all days together there is a circle: two units may have stood above one another by turns, as in real
    # organisations. Only a replay of the days tells, slowly.
    rows = np.flatnonzero(left.take(subject) & (value >= 0) & (start < end))
    days = distinct(np.concatenate([start.take(rows), end.take(rows)])).tolist()
    changes: dict[int, list[tuple[int, int]]] = {day: [] for day in days}
    for row in rows.tolist():
        changes[int(end[row])].append((int(subject[row]), ABOVE_ROOT))
    for row in rows.tolist():
        changes[int(start[row])].append((int(subject[row]), int(value[row])))
    over: dict[int, int] = {}
    steps = 0
    for day in days:
        # Where a row ends and another begins on one day, the beginning counts: so it is applied last.
        today = sorted(changes[day], key=lambda change: change[1] >= 0)
        over.update(today)
        for unit, parent in today:
            at = parent
            while at >= 0:
                if at == unit:
                    return True
                at = over.get(at, ABOVE_ROOT)
                steps += 1
                if steps > _STEPS:
                    raise unreadable("the hierarchy", "its units stood above one another by turns too often")
    return False


class LateIndex(_Late, StoredIndex):
    """The ids in a file, read and checked on first use."""

    __slots__ = ("_count", "_load")

    def __init__(self, arrays: Arrays, count: int) -> None:
        self._count = count

        def load() -> None:
            parts = {name: arrays.get(f"ids.{name}") for name in ("bytes", "ends", "digests", "order")}
            fault = _ids_fault(parts, count)
            if fault:
                raise unreadable(arrays.name, f"the ids: {fault}")
            StoredIndex.__init__(self, *(part for part in parts.values() if part is not None))
            self._load = None

        self._load = load

    def __len__(self) -> int:
        return self._count


def _ids_fault(parts: Mapping[str, npt.NDArray[Any] | None], count: int) -> str:
    """Why arrays from a file are not an index of ``count`` ids; empty if they are."""
    raw, ends, digest, order = parts.values()
    # Each check relies on those before it.
    if raw is None or ends is None or digest is None or order is None:
        return "an array is missing"
    if [array.dtype.str for array in (raw, ends, digest, order)] != ["|u1", "<i8", "<u8", "<i4"]:
        return "an array is of another type"
    if len(ends) != count + 1 or len(digest) != count or len(order) != count or not are_offsets(ends, len(raw)):
        return f"there are not {count:,}"
    if not np.array_equal(np.sort(order), np.arange(count)):
        return "they are not in order"
    fault = _texts_fault(raw, ends)
    if fault:
        return fault
    text_digests = digests(raw, ends).take(order)
    if not np.array_equal(text_digests, digest) or bool((digest[1:] < digest[:-1]).any()):
        return "they are not found where they should be"
    # Equal texts have equal digests, which stand side by side; different texts hardly ever do.
    for at in np.flatnonzero(digest[1:] == digest[:-1]).tolist():
        text, beside = (raw[ends[row] : ends[row + 1]].tobytes() for row in order[at : at + 2].tolist())
        if text == beside:
            return f"{text.decode()!r} stands twice"
    return ""


def _texts_fault(raw: Array, ends: Array) -> str:
    """Why bytes and their offsets are not the packed texts of ids; empty if they are."""
    try:
        raw.tobytes().decode()
    except UnicodeDecodeError:
        return "they are not UTF-8"
    if bool((ends[1:] == ends[:-1]).any()):
        return "one is empty"
    # In UTF-8 a byte 10xxxxxx goes on with a character that began before it.
    return "one ends inside of a character" if bool((raw.take(ends[:-1]) & 0xC0 == 0x80).any()) else ""
