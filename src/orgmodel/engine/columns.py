"""The frozen past of one track: numpy columns sorted by subject and start.

A row is ``(start, end, value, slot, act, until, event)``; days are ordinals, ``[start, end)``.
A row without a value, of no length, says which act ended the row before it: so the rows
of a track are all that was ever written to it, and by which act.
``event`` is the label of the event within its act (see ``Act.event_labels``): rows of one day stand
in order of acts, those of one act in order of labels. Rows made in bulk from tables all bear 0.
``until`` is the end that the row was written with, ``end`` the one it has: they differ
once a later write or the end of the subject has cut the row short.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise, repeat
from operator import itemgetter
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "ABOVE_ROOT",
    "NOBODY",
    "UNSURE",
    "Acts",
    "Columns",
    "Field",
    "Ints",
    "Longs",
    "Pieces",
    "Places",
    "Table",
    "TrackRow",
    "WriteLog",
    "are_texts",
    "empty",
    "encoded",
    "grown",
    "replaced",
    "reverse_of",
    "spans",
]

TrackRow = tuple[int, int, Any, Any, Any, int, int]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

ABOVE_ROOT: Final = -1
"""The parent of a root, as a row number."""
NOBODY: Final = -2
"""No value, in an array of row numbers."""
UNSURE: Final = -3
"""The holder of a seat of which nobody knows who holds it."""

_FIELDS: Final = ("subject", "start", "end", "value", "act", "slot", "until", "event")
"""The columns of one entry a row; the last three may be left out."""


@cache
def reverse_of(track: str) -> str | None:
    """Which field of a track's rows is looked up backwards: its value, its slot, or none."""
    if names.refers_to_subject(track) or track in (names.CODE, names.PARTY):
        return "value"
    return "slot" if track == names.LINK else None


def _key(item: Any) -> Any:
    """The dictionary key of an object: a text itself, anything else with its type, because 1 == True."""
    return item if type(item) is str else (type(item), item)


_MAKING: Final = threading.RLock()


class Table:
    """Objects that columns hold as numbers: each once, in order of arrival.

    They may be given as a function that makes them when they are first asked for.
    """

    __slots__ = ("_codes", "_make", "_objects", "_shared")

    def __init__(self, objects: Iterable[Any] | Callable[[], Iterable[Any]] = ()) -> None:
        self._make = objects if callable(objects) else None
        self._objects: list[Any] | None = None if callable(objects) else list(objects)
        self._codes: dict[Any, int] | None = None
        self._shared = False
        """Whether a copy looks its codes up in the same dictionary: who adds one takes a dictionary of their own."""

    @property
    def objects(self) -> list[Any]:
        """What the numbers stand for."""
        if self._objects is None:
            # Two threads must not make two sets of objects, which are told apart by identity.
            with _MAKING:
                if self._objects is None:
                    assert self._make is not None
                    self._objects = list(self._make())
        return self._objects

    def code(self, item: Any) -> int:
        """The number of an object, a new one if it is new. Equal objects of two types differ."""
        codes = self._codes
        if codes is None:
            codes = self._codes = {_key(o): code for code, o in enumerate(self.objects)}
        key = item if type(item) is str else (type(item), item)
        code = codes.get(key)
        return self._added(key, item) if code is None else code

    def _added(self, key: Any, item: Any) -> int:
        codes = self._codes
        assert codes is not None
        if self._shared:
            codes = self._codes = codes.copy()
            self._shared = False
        code = codes[key] = len(codes)
        self.objects.append(item)
        return code

    def find(self, item: Any) -> int | None:
        """The number of an object that the table has."""
        if self._codes is None:
            self._codes = {_key(o): code for code, o in enumerate(self.objects)}
        return self._codes.get(_key(item))

    def copy(self) -> Self:
        """A table with the same objects, to be extended."""
        made = type(self)(self.objects)
        made._codes = self._codes
        self._shared = made._shared = self._codes is not None
        return made


class Acts(Table):
    """The acts that rows point to, by identity: a corrected act keeps its id."""

    __slots__ = ()

    def code(self, item: Any) -> int:
        """The number of an act."""
        codes = self._codes
        if codes is None:
            codes = self._codes = {id(o): code for code, o in enumerate(self.objects)}
        code = codes.get(id(item))
        return self._added(id(item), item) if code is None else code

    def instead(self, old: Any, new: Any) -> Acts:
        """A table in which one act is replaced by another, under the same number."""
        return Acts(new if item is old else item for item in self.objects)

    def codes(self, items: Sequence[Any]) -> Longs:
        """The numbers of many acts, of which most are the same few."""
        known = {id(item): self.code(item) for item in {id(item): item for item in items}.values()}
        return np.fromiter(map(known.__getitem__, map(id, items)), np.int64, len(items))


class Columns:
    """All rows of one track, frozen.

    ``value`` holds row numbers in tracks that refer to subjects, whole numbers as they
    are in measures (others as ``-1 - code``), and codes of ``values`` elsewhere.
    """

    __slots__ = (
        "_by_target",
        "_by_target_mv",
        "_coded",
        "_events",
        "_first",
        "_late",
        "_links",
        "_log",
        "_mv",
        "_one_slot",
        "_subject_mv",
        "act",
        "end",
        "event",
        "off",
        "refers",
        "slot",
        "slots",
        "start",
        "subject",
        "track",
        "until",
        "value",
        "values",
    )

    def __init__(
        self,
        track: str,
        subject: Ints,
        start: Ints,
        end: Ints,
        value: Ints | Longs,
        act: Ints,
        off: Ints,
        *,
        values: Table,
        slot: Ints | None = None,
        slots: Table | None = None,
        until: Ints | None = None,
        event: Ints | None = None,
    ) -> None:
        self.track = track
        self.refers = names.refers_to_subject(track)
        self._coded = not self.refers and not names.is_measure(track)
        self.subject, self.start, self.end, self.value, self.act, self.off = subject, start, end, value, act, off
        self.slot, self.until, self.event = slot, until, event
        self.values, self.slots = values, slots or Table()
        self._by_target: tuple[Ints, Ints, Ints, Ints] | None = None
        self._by_target_mv: tuple[Any, ...] | None = None
        self._log: WriteLog | None = None
        self._links: tuple[Any, Any] | None = None
        self._one_slot: bool | None = None
        self._late: tuple[int, Longs] | None = None
        self._first: int | None = None
        self._subject_mv: Any = subject.data
        self._events: Any = None if event is None else event.data
        self._mv: tuple[Any, ...] = tuple(a.data for a in (off, start, end, value, act))

    def __len__(self) -> int:
        return len(self.subject)

    def decode(self, code: int) -> Any:
        """The value that a number in the ``value`` column stands for."""
        if self.refers:
            return None if code == NOBODY else code
        if names.is_measure(self.track):
            return code if code >= 0 else self.values.objects[-1 - code]
        return self.values.objects[code]

    def slot_of(self, code: int) -> Any:
        """The slot that a number in the ``slot`` column stands for."""
        if self.track == names.LINK:
            return code
        return None if code < 0 else self.slots.objects[code]

    def has_rows(self, subject: int) -> bool:
        """Whether anything was ever written of a subject."""
        off = self._mv[0]
        return bool(off[subject] < off[subject + 1])

    def code_at(self, subject: int, day: int) -> int | None:
        """The undecoded value of a subject on a day, in a track of one slot; None if there is none."""
        off, start, end, value, _ = self._mv
        if subject + 1 >= len(off):
            return None
        first = off[subject]
        i = bisect_right(start, day, first, off[subject + 1]) - 1
        return value[i] if i >= first and day < end[i] else None

    def value_at(self, subject: int, day: int) -> Any:
        """The value of a subject on a day, in a track of one slot; None if there is none."""
        off, start, end, value, _ = self._mv
        if subject + 1 >= len(off):
            return None
        first, at = off[subject], off[subject + 1] - 1
        # Most questions are about the last row.
        if at >= first and start[at] > day:
            at = bisect_right(start, day, first, at) - 1
        if at < first or day >= end[at]:
            return None
        code = value[at]
        if self._coded:
            return self.values.objects[code]
        return code if self.refers else self.decode(code)

    def rows(self, subject: int, acts: Sequence[Any]) -> tuple[TrackRow, ...]:
        """The rows of a subject, decoded, by start."""
        off, start, end, value, act = self._mv
        if subject + 1 >= len(off):
            return ()
        a, b = off[subject], off[subject + 1]
        if a == b:
            return ()
        slot, until, decode, event = self.slot, self.until, self.decode, self._events
        if slot is None and until is None:
            if b - a == 1:
                label = 0 if event is None else event[a]
                return ((start[a], end[a], decode(value[a]), None, acts[act[a]], FOREVER, label),)
            labels = repeat(0, b - a) if event is None else event[a:b]
            fields = zip(start[a:b], end[a:b], value[a:b], act[a:b], labels, strict=True)
            return tuple([(s, e, decode(v), None, acts[k], FOREVER, n) for s, e, v, k, n in fields])
        return tuple(
            [
                (
                    start[i],
                    end[i],
                    decode(value[i]),
                    None if slot is None else self.slot_of(int(slot[i])),
                    acts[act[i]],
                    FOREVER if until is None else int(until[i]),
                    0 if event is None else event[i],
                )
                for i in range(a, b)
            ]
        )

    def followed(
        self, subjects: Iterable[int], day: int, new: TrackRow, acts: Sequence[Any]
    ) -> list[tuple[TrackRow, ...]] | None:
        """The rows of subjects that each refer to another one on a day, with a new row from that day on.

        In a track of one slot that refers to subjects; None if one of them refers to none on the day.
        """
        off, start, end, value, act = self._mv
        event, last = self._events, len(off) - 1
        result: list[tuple[TrackRow, ...]] = []
        for subject in subjects:
            if subject >= last:
                return None
            a, i = off[subject], off[subject + 1] - 1
            if i < a or not start[i] <= day < end[i] or value[i] < 0:
                return None
            rows: list[TrackRow] = []
            for k in range(a, i):
                code = value[k]
                label = 0 if event is None else event[k]
                rows.append((start[k], end[k], None if code == NOBODY else code, None, acts[act[k]], FOREVER, label))
            label = 0 if event is None else event[i]
            result.append((*rows, (start[i], day, value[i], None, acts[act[i]], FOREVER, label), new))
        return result

    def values_of(self, subjects: Iterable[int], day: int) -> list[Any]:
        """The values of many subjects on a day, in a track of one slot; None where there is none."""
        off, start, end, value, _ = self._mv
        last = len(off) - 1
        objects = self.values.objects if self._coded else None
        result: list[Any] = []
        for subject in subjects:
            if subject < last:
                a, i = off[subject], off[subject + 1] - 1
                if i >= a and start[i] > day:
                    i = bisect_right(start, day, a, i) - 1
                if i >= a and day < end[i]:
                    code = value[i]
                    result.append(objects[code] if objects is not None else code if self.refers else self.decode(code))
                    continue
            result.append(None)
        return result

    def _targets(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Subjects, starts and ends of the rows by target, and where those of each target begin."""
        if self._by_target is None:
            column = self.slot if self.track == names.LINK else self.value
            assert column is not None
            # An inverted index: rows sorted by target, packed as in bulk.by_subject, and where those of each target begin.
            # One question is then a slice. Targets begin at UNSURE; the keys begin at 0.
            key = np.sort((column.astype(np.int64) - UNSURE) << 32 | np.arange(len(column)))
            top = max(int(column.max(initial=0)) + 1, len(self.off) - 1) - UNSURE
            off = np.searchsorted(key >> 32, np.arange(top + 1)).astype(np.int32)
            rows = key & 0xFFFFFFFF
            self._by_target = self.subject.take(rows), self.start.take(rows), self.end.take(rows), off
        return self._by_target

    def subjects_to(self, target: Any, day: int) -> list[int]:
        """Subjects whose value (in links: slot) is ``target`` on a day."""
        code = target if self.refers or self.track == names.LINK else self.values.find(target)
        if code is None:
            return []
        # By memoryviews: reading a scalar of a numpy array makes an object of numpy, which takes several times as long.
        if self._by_target_mv is None:
            self._by_target_mv = tuple(a.data for a in self._targets())
        subject, start, end, off = self._by_target_mv
        at = code - UNSURE
        if not 0 <= at < len(off) - 1:
            return []
        return [subject[i] for i in range(off[at], off[at + 1]) if start[i] <= day < end[i]]

    def ever_to(self, target: Any) -> list[int]:
        """Subjects whose value (in links: slot) was ever ``target``, once for each row."""
        code = target if self.refers or self.track == names.LINK else self.values.find(target)
        if code is None:
            return []
        subject, _, _, off = self._targets()
        at = code - UNSURE
        result: list[int] = subject[off[at] : off[at + 1]].tolist() if 0 <= at < len(off) - 1 else []
        return result

    def children(self, targets: Longs, day: int) -> Longs:
        """Subjects whose value is one of the targets on a day, one target after the other."""
        subject, start, end, off = self._targets()
        places = spans(off, targets - UNSURE)
        held = start.take(places) <= day
        held &= day < end.take(places)
        return subject.take(places.take(np.flatnonzero(held))).astype(np.int64)

    def reached(self, start: int, day: int, changed: Any) -> list[int]:
        """The units that a unit has become by a day, itself first; for the track of links.

        Links are followed in order of their sequence: what is linked are stages of units.
        ``changed`` holds the rows of units that were written since, as a map.
        """
        off, begin = self._mv[0], self._mv[1]
        if self._links is None:
            assert self.slot is not None
            assert self.until is not None
            self._links = self.slot.data, self.until.data
        slot, until = self._links
        last = len(off) - 1
        best = {start: -1}
        waiting = [start]
        for at in waiting:
            after = best[at]
            links: Iterable[tuple[int, int]] = ()
            if changed is not None and at in changed:
                links = [(row[3], row[5]) for row in changed[at] if row[0] <= day]
            elif at < last:
                # Most have one link or none, for which a list costs more than all else.
                for i in range(off[at], off[at + 1]):
                    target, seq = slot[i], until[i]
                    if target != at and seq >= after and begin[i] <= day and (target not in best or best[target] > seq):
                        best[target] = seq
                        waiting.append(target)
            for target, seq in links:
                if target != at and seq >= after and (target not in best or best[target] > seq):
                    best[target] = seq
                    waiting.append(target)
        return list(best)

    def holding(self, subjects: Iterable[int], day: int, changed: Any) -> list[int]:
        """The given subjects that have a value on a day, in a track of one slot."""
        off, start, end = self._mv[0], self._mv[1], self._mv[2]
        last = len(off) - 1
        result: list[int] = []
        for subject in subjects:
            if changed is not None and subject in changed:
                if any(row[0] <= day < row[1] for row in changed[subject]):
                    result.append(subject)
            elif subject < last:
                at = off[subject + 1] - 1
                if start[at] > day:
                    at = bisect_right(start, day, off[subject], at) - 1
                if day < end[at] and at >= off[subject]:
                    result.append(subject)
        return result

    def log(self) -> WriteLog:
        """The writes of this track, which has one slot, by day; made once."""
        if self._log is None:
            self._log = WriteLog(self)
        return self._log

    def first_day(self) -> int:
        """The day on which the first of all rows starts; looked for once."""
        if self._first is None:
            self._first = int(self.start.min(initial=FOREVER))
        return self._first

    def is_late(self, subject: int, day: int) -> bool:
        """Whether a subject was written to on or after a day: :meth:`late` for one subject."""
        off, start, end = self._mv[0], self._mv[1], self._mv[2]
        if subject + 1 >= len(off):
            return False
        a, b = off[subject], off[subject + 1]
        if a == b:
            return False
        if start[b - 1] >= day:
            return True
        until = self.until
        if until is None and self.slot is None:
            # Only the last row can end later than the last one starts.
            return bool(day <= end[b - 1] != FOREVER)
        if self.track == names.LINK:
            return False
        return any(end[i] >= day and end[i] != (FOREVER if until is None else until[i]) for i in range(a, b))

    def late(self, day: int) -> Longs:
        """Subjects that were written to on or after a day: a row starts there, or was cut short there."""
        if self._late is None or self._late[0] != day:
            self._late = day, self._late_on(day)
        return self._late[1]

    def _late_on(self, day: int) -> Longs:
        late = self.start >= day
        if self.track != names.LINK:
            ended = self.end >= day
            ended &= self.end != (FOREVER if self.until is None else self.until)
            late |= ended
        result = self.subject.take(np.flatnonzero(late))
        return result.take(np.flatnonzero(np.diff(result, prepend=-1))).astype(np.int64)

    def first(self, count: int) -> Columns:
        """The rows of the first subjects, in the same memory."""
        end = int(self.off[count])
        cut = {name: column[:end] for name, column in self.fields().items()}
        return Columns(self.track, **cut, off=self.off[: count + 1], values=self.values, slots=self.slots)

    def fields(self) -> dict[str, Any]:
        """The columns that are present, by name; each has one entry for a row."""
        return {name: column for name in _FIELDS if (column := getattr(self, name)) is not None}

    def taken(self, rows: Places, off: Ints, **instead: Any) -> Columns:
        """A selection of the rows, with its offsets; columns given by name replace the present ones."""
        fields = {name: column.take(rows) for name, column in self.fields().items() if name not in instead}
        return Columns(self.track, **fields, **instead, off=off, values=self.values, slots=self.slots)

    def numbered(self, until: Ints) -> Columns:
        """The same links with other numbers of their events."""
        fields = {**self.fields(), "until": until}
        made = Columns(self.track, **fields, off=self.off, values=self.values, slots=self.slots)
        made._by_target, made._by_target_mv = self._by_target, self._by_target_mv
        return made

    def of_slot(self, rows: Longs, slot: Any) -> Longs:
        """The given rows that are in a slot."""
        code = self.slots.find(slot)
        if code is None or self.slot is None:
            return rows[:0]
        if self._one_slot is None:
            self._one_slot = not self.slot.any()
        return rows if self._one_slot and code == 0 else rows.compress(self.slot.take(rows) == code)

    def live(self, day: int, without: Longs | None = None) -> Longs:
        """Indices of the rows that hold on a day, without the rows of the given subjects."""
        held = self.start <= day
        held &= day < self.end
        if without is not None:
            held[spans(self.off, without.compress(without < len(self.off) - 1))] = False
        return np.flatnonzero(held)


def spans(off: Ints, keys: Longs) -> Longs:
    """Indices of the entries of several keys in an offset table, key by key."""
    first = off.take(keys).astype(np.int64)
    width = off.take(keys + 1) - first
    ends = np.cumsum(width)
    places: Longs = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - width), width)
    return places


def empty(track: str, *, slotted: bool = False) -> Columns:
    """Columns without rows."""
    none, is_link = np.zeros(0, np.int32), track == names.LINK
    value: Any = none.astype(np.int64) if names.is_measure(track) else none
    slot, until = none if slotted or is_link else None, none if is_link else None
    return Columns(track, none, none, none, value, none, np.zeros(1, np.int32), values=Table(), slot=slot, until=until)


def grown(columns: Columns, count: int) -> Columns:
    """The same columns with offsets for ``count`` subjects."""
    missing = count + 1 - len(columns.off)
    if not missing:
        return columns
    off = np.concatenate([columns.off, np.full(missing, columns.off[-1], np.int32)])
    return Columns(columns.track, **columns.fields(), off=off, values=columns.values, slots=columns.slots)


class WriteLog:
    """The writes of a track of one slot in order of their days, with checkpoints.

    So the values of a day are a copy of the nearest earlier state, and the few writes since.
    """

    __slots__ = ("_days", "_every", "_states", "_subjects", "_until", "_values")

    EVERY: Final = 32_768
    """After how many writes the state is kept, at least; in large tracks it is a quarter of its length."""

    def __init__(self, c: Columns) -> None:
        count = len(c.off) - 1
        self._every = max(self.EVERY, count // 4)
        seen = np.flatnonzero(c.start < c.end)
        subject, start, end = c.subject.take(seen), c.start.take(seen), c.end.take(seen)
        follows = np.zeros(len(seen), bool)
        follows[:-1] = (subject[1:] == subject[:-1]) & (start[1:] == end[:-1])
        over = np.flatnonzero(~follows & (end < FOREVER))
        # On one day the end of a value comes before the next one: ends are first in the array, and the sort is stable, as
        # the place is in the key.
        day = np.concatenate([end.take(over), start])
        order = np.sort(day.astype(np.int64) << 32 | np.arange(len(day))) & 0xFFFFFFFF
        day = day.take(order)
        first = np.flatnonzero(np.diff(day, prepend=-1))
        self._days, self._until = day.take(first), np.append(first, len(day))
        self._subjects = np.concatenate([subject.take(over), subject]).take(order)
        gone = np.full(len(over), NOBODY, np.int32)
        self._values = np.concatenate([gone, c.value.take(seen).astype(np.int32)]).take(order)
        values = np.full(count, NOBODY, np.int32)
        self._states: list[Ints] = []
        for at in range(0, len(order) + 1, self._every):
            self._states.append(values.copy())
            values[self._subjects[at : at + self._every]] = self._values[at : at + self._every]

    def on(self, day: int) -> Ints:
        """The value of each subject on a day, :data:`NOBODY` where there is none; a new array."""
        until = int(self._until[np.searchsorted(self._days, day, side="right")])
        state = until // self._every
        # At most _every writes since the checkpoint; where a subject was written twice, numpy keeps the last one.
        values = self._states[state].copy()
        since = slice(state * self._every, until)
        values[self._subjects[since]] = self._values[since]
        return values


def are_texts(column: Iterable[Any]) -> bool:
    """Whether all values are texts: ``str.join`` takes nothing else, and no loop is as fast."""
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def encoded(track: str, values: Table, column: Sequence[Any]) -> Longs:
    """The numbers that stand for values in the column of ``track``; new values join ``values``."""
    if names.refers_to_subject(track):
        return np.array([NOBODY if v is None else v for v in column], np.int64)
    code = values.code
    if names.is_measure(track):
        whole = [v if type(v) is int and 0 <= v < 2**62 else -1 - code(v) for v in column]
        return np.array(whole, np.int64)
    if are_texts(column):
        # Texts repeat, and equal texts are one: a look-up in C instead of a call for each row.
        known = {text: code(text) for text in dict.fromkeys(column)}
        return np.fromiter(map(known.__getitem__, column), np.int64, len(column))
    return np.array([code(v) for v in column], np.int64)


Field = list[npt.NDArray[Any]]
"""A column in pieces that stand one after the other."""


class Pieces:
    """The columns of a track in pieces, concatenated only when they are asked for.

    Attributes:
        fields: name of a column of :class:`Columns` -> its pieces.
        values: what codes stand for.
        slots: what codes of slots stand for.
    """

    __slots__ = ("fields", "slots", "track", "values")

    def __init__(self, track: str, fields: dict[str, Field], values: Table, slots: Table) -> None:
        self.track, self.fields, self.values, self.slots = track, fields, values, slots

    @classmethod
    def of(cls, c: Columns) -> Pieces:
        """Columns as they are."""
        fields = {name: [column] for name, column in (*c.fields().items(), ("off", c.off))}
        return cls(c.track, fields, c.values, c.slots)

    def joined(self) -> Columns:
        """The columns."""
        fields: dict[str, Any] = {name: np.concatenate(field) for name, field in self.fields.items()}
        return Columns(self.track, **fields, values=self.values, slots=self.slots)


def replaced(
    track: str,
    count: int,
    old: Columns | None,
    changed: Iterable[tuple[int, tuple[TrackRow, ...]]],
    acts: Acts,
) -> Pieces:
    """The columns of ``old`` with the rows of the changed subjects replaced.

    Args:
        track: its name.
        count: how many subjects there are.
        old: the columns so far, whose acts are numbered by a beginning of ``acts``.
        changed: pairs (subject, all its rows).
        acts: the table of acts, extended here.
    """
    values = old.values.copy() if old is not None else Table()
    slots = old.slots.copy() if old is not None else Table()
    is_link = track == names.LINK
    touched: list[int] = []
    lengths: list[int] = []
    flat: list[TrackRow] = []
    for subject, rows in sorted(changed, key=itemgetter(0)):
        touched.append(subject)
        lengths.append(len(rows))
        flat += rows
    start, end, value, slot, act, until, event = zip(*flat, strict=True) if flat else ((),) * 7
    slot_codes = slot if is_link else [-1 if s is None else slots.code(s) for s in slot]
    new: dict[str, Any] = {
        "subject": np.repeat(np.array(touched, np.int32), lengths),
        "start": np.array(start, np.int32),
        "end": np.array(end, np.int32),
        "value": encoded(track, values, value).astype(np.int64 if names.is_measure(track) else np.int32),
        "act": acts.codes(act).astype(np.int32),
    }
    if is_link or slots.objects:
        new["slot"] = np.array(slot_codes, np.int32)
    if is_link or (old is not None and old.until is not None) or any(day != FOREVER for day in until):
        new["until"] = np.array(until, np.int32)
    if (old is not None and old.event is not None) or any(event):
        new["event"] = np.array(event, np.int32)
    at = np.array(touched, np.int64)
    off = np.zeros(count + 1, np.int32)
    before = np.zeros(len(at), np.int64)
    fields = {name: [column] for name, column in new.items()}
    if old is not None:
        known = len(old.off) - 1
        off[: known + 1], off[known + 1 :] = old.off, old.off[-1]
        ends = off.take(at + 1)
        before = ends - off.take(at)
        # What stands between two changed subjects stays as it is.
        gaps = list(zip([0, *ends.tolist()], [*off.take(at).tolist(), len(old)], strict=True))
        parts = list(pairwise([0, *np.cumsum(lengths, dtype=np.int64).tolist()]))
        missing = {"slot": -1, "until": FOREVER, "event": 0}
        for name, column in new.items():
            whole: Any = getattr(old, name)
            if whole is None:
                whole = np.full(len(old), missing[name], np.int32)
            pieces = fields[name] = [whole[slice(*gaps[0])]]
            for part, gap in zip(parts, gaps[1:], strict=True):
                pieces += column[slice(*part)], whole[slice(*gap)]
    shift = np.cumsum(np.concatenate([[0], lengths - before]), dtype=np.int64)
    off[1:] += np.repeat(shift, np.diff(at, prepend=0, append=count)).astype(np.int32)
    return Pieces(track, {**fields, "off": [off]}, values, slots)
