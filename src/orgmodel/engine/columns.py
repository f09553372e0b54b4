"""The frozen past of one track: numpy columns sorted by subject and start.

A row is the tuple ``(start, end, value, slot, act, until, event)``. Days are ordinals, intervals half-open:
``[start, end)``.

- An empty row without a value says which act ended the row before it. So the rows of a track are everything that was
  ever written to it, with the act of each write.
- ``event`` is the label of the event within its act (see ``Act.event_labels``). Rows of one day are in order of acts,
  those of one act in order of labels. Rows made in bulk from tables all have label 0.
- ``until`` is the end with which the row was written, ``end`` the one it has. They differ once a later write, or the
  end of the subject, has cut the row short. A row keeps both so that a late act can be taken out again.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "ABOVE_ROOT",
    "NOBODY",
    "NO_FIGURES",
    "UNSURE",
    "Acts",
    "Columns",
    "Field",
    "Figures",
    "Ints",
    "Longs",
    "Pieces",
    "Places",
    "Table",
    "TrackRow",
    "WriteLog",
    "are_texts",
    "distinct",
    "empty",
    "encoded",
    "event_key",
    "grown",
    "indices",
    "offsets_of",
    "packed",
    "replaced",
    "reverse_of",
    "spans",
]

# A plain tuple, read by index: a named tuple takes several times as long to make, and rows are made by the million.
TrackRow = tuple[int, int, Any, Any, Any, int, int]
"""(start, end, value, slot, act, until, event)."""
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

ABOVE_ROOT: Final = -1
"""The parent of a root, as a row number."""
NOBODY: Final = -2
"""No value, in an array of row numbers."""
UNSURE: Final = -3
"""The holder of a seat when it is not known who holds it."""

_FIELDS: Final = ("subject", "start", "end", "value", "act", "slot", "until", "event")
"""The columns with one entry per row; the last three may be left out."""


@cache
def event_key(row: TrackRow) -> tuple[str, int]:
    """What tells the events of a day apart in their rows: the id of the act, and the label in it.

    By id, not by identity: an act that was worked out anew is another object, and only some of its rows are.
    """
    return ("" if row[4] is None else row[4].id), row[6]


def reverse_of(track: str) -> str | None:
    """The field of a track's rows that has a reverse look-up: ``value``, ``slot``, or None."""
    if names.refers_to_subject(track) or track in (names.CODE, names.PARTY):
        return "value"
    return "slot" if track == names.LINK else None


def _key(item: Any) -> Any:
    """The dictionary key of an object: texts as they are, anything else with its type, because 1 == True."""
    return item if type(item) is str else (type(item), item)


_MAKING: Final = threading.RLock()


class Table:
    """The objects that codes in columns stand for: each once, in order of arrival.

    A function may be passed instead; it makes the objects when they are first needed.
    """

    __slots__ = ("_codes", "_make", "_objects", "_shared")

    def __init__(self, objects: Iterable[Any] | Callable[[], Iterable[Any]] = ()) -> None:
        self._make = objects if callable(objects) else None
        self._objects: list[Any] | None = None if callable(objects) else list(objects)
        self._codes: dict[Any, int] | None = None
        self._shared = False
        """Whether a copy shares the dictionary of codes; adding an object then copies it first."""

    @property
    def objects(self) -> list[Any]:
        """The objects, by code."""
        if self._objects is None:
            # Acts are compared by identity: two threads must not make two sets of objects.
            with _MAKING:
                if self._objects is None:
                    assert self._make is not None
                    self._objects = list(self._make())
        return self._objects

    def code(self, item: Any) -> int:
        """The code of an object, a new one if it is new. Equal objects of two types have two codes."""
        key = _key(item)
        code = (self._codes or self._by_key()).get(key)
        return self._added(key, item) if code is None else code

    def _by_key(self) -> dict[Any, int]:
        """The code of each object by its key; made once."""
        if self._codes is None:
            self._codes = {_key(o): code for code, o in enumerate(self.objects)}
        return self._codes

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
        """The code of an object; None if the table does not have it."""
        return self._by_key().get(_key(item))

    def copy(self) -> Self:
        """A table with the same objects that can be extended on its own."""
        copied = type(self)(self.objects)
        copied._codes = self._codes
        self._shared = copied._shared = self._codes is not None
        return copied


class Acts(Table):
    """The acts that rows point to, by identity: a corrected act keeps its id."""

    __slots__ = ()

    def code(self, item: Any) -> int:
        """The code of an act, a new one if it is new."""
        code = (self._codes or self._by_key()).get(id(item))
        return self._added(id(item), item) if code is None else code

    def _by_key(self) -> dict[Any, int]:
        """The code of each act by its identity; made once."""
        if self._codes is None:
            self._codes = {id(act): code for code, act in enumerate(self.objects)}
        return self._codes

    def instead(self, old: Any, new: Any) -> Acts:
        """A table in which one act is replaced by another, with the same code."""
        return Acts(new if item is old else item for item in self.objects)

    def codes(self, items: Sequence[Any]) -> Longs:
        """The codes of many items, most of them the same few acts."""
        # By identity first: thousands of rows name a few dozen acts.
        known = {id(item): self.code(item) for item in {id(item): item for item in items}.values()}
        return np.fromiter(map(known.__getitem__, map(id, items)), np.int64, len(items))


_LARGE: Final = 2**31
"""Smaller whole numbers are added up as 64-bit integers: even two thousand million of them do not overflow."""


class Figures(NamedTuple):
    """The figures of units in one slot of a measure on a day.

    Attributes:
        subjects: row numbers of the units whose figure is a small whole number; nearly all are.
        amounts: these figures.
        others: row number -> figure, for all others.
    """

    subjects: Longs
    amounts: Longs
    others: dict[int, Any]

    @property
    def any(self) -> bool:
        """Whether there are any figures."""
        return bool(len(self.subjects) or self.others)

    def plus(self, rows: Iterable[tuple[int, TrackRow]], slot: Any) -> Figures:
        """These figures and those of more rows, as far as they are in the slot."""
        words: list[tuple[int, int]] = []
        others = dict(self.others)
        for subject, row in rows:
            if row[3] == slot:
                value = row[2]
                if type(value) is int and 0 <= value < _LARGE:
                    words.append((subject, value))
                else:
                    others[subject] = value
        subjects, amounts = np.array(words, np.int64).reshape(-1, 2).T
        return Figures(np.concatenate([self.subjects, subjects]), np.concatenate([self.amounts, amounts]), others)


NO_FIGURES: Final = Figures(np.zeros(0, np.int64), np.zeros(0, np.int64), {})


class Columns:
    """All rows of one track, frozen.

    ``value`` holds row numbers in tracks that refer to subjects; in measures whole numbers as they are and others as
    ``-1 - code``; elsewhere codes of ``values``. The rows of subject ``s`` are those from ``off[s]`` to ``off[s + 1]``.

    Questions about one subject read memoryviews (``_mv``): an element of one is a Python integer, while an element of a
    numpy array is first made an object of numpy, which takes several times as long.
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
        self._events: Any = None if event is None else event.data
        self._mv: tuple[Any, ...] = tuple(a.data for a in (off, start, end, value, act))

    def __len__(self) -> int:
        return len(self.subject)

    def decode(self, code: int) -> Any:
        """The value that an entry of the ``value`` column stands for."""
        if self.refers:
            return None if code == NOBODY else code
        if names.is_measure(self.track):
            return code if code >= 0 else self.values.objects[-1 - code]
        return self.values.objects[code]

    def slot_of(self, code: int) -> Any:
        """The slot that an entry of the ``slot`` column stands for."""
        if self.track == names.LINK:
            return code
        return None if code < 0 else self.slots.objects[code]

    def has_rows(self, subject: int) -> bool:
        """Whether a subject has any rows."""
        off = self._mv[0]
        return bool(off[subject] < off[subject + 1])

    def with_rows(self, subjects: Iterable[int], numbers: Longs | None = None) -> list[int]:
        """Those of some subjects that have any rows; ``numbers``, the same as an array, is faster for many."""
        if numbers is None:
            off = self._mv[0]
            last = len(off) - 1
            return [subject for subject in subjects if subject < last and off[subject] < off[subject + 1]]
        inside = numbers.compress(numbers < len(self.off) - 1)
        result: list[int] = inside.compress(self.off.take(inside + 1) > self.off.take(inside)).tolist()
        return result

    def code_at(self, subject: int, day: int) -> int | None:
        """The undecoded value of a subject on a day, in a track with one slot; None if there is none."""
        off, start, end, value, _ = self._mv
        if subject + 1 >= len(off):
            return None
        first = off[subject]
        i = bisect_right(start, day, first, off[subject + 1]) - 1
        return value[i] if i >= first and day < end[i] else None

    def value_at(self, subject: int, day: int) -> Any:
        """The value of a subject on a day, in a track with one slot; None if there is none."""
        off, start, end, value, _ = self._mv
        if subject + 1 >= len(off):
            return None
        first, at = off[subject], off[subject + 1] - 1
        # Most questions are about the present, which is the last row: look there before searching.
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
        # Most subjects have one row, and most tracks no such columns: written out, that takes two thirds of the time.
        if b - a == 1 and slot is None and until is None:
            label = 0 if event is None else event[a]
            return ((start[a], end[a], decode(value[a]), None, acts[act[a]], FOREVER, label),)
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
        """The rows of several subjects, each with ``new`` behind them; their current row ends on ``day``.

        For a track with one slot that refers to subjects. None if a subject refers to no other on that day.
        """
        off, start, end, value, act = self._mv
        event, last = self._events, len(off) - 1
        # As `rows` for each subject, with its last row cut short, but without a call for each: a merger moves all children of
        # its members.
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

    def codes_of(self, subjects: Iterable[int], day: int) -> list[int | None]:
        """The undecoded values of many subjects on a day, in a track with one slot; None for those without one."""
        # As `code_at`, without a call for each subject.
        off, start, end, value, _ = self._mv
        last = len(off) - 1
        result: list[int | None] = []
        for subject in subjects:
            if subject < last:
                a, i = off[subject], off[subject + 1] - 1
                if i >= a and start[i] > day:
                    i = bisect_right(start, day, a, i) - 1
                if i >= a and day < end[i]:
                    result.append(value[i])
                    continue
            result.append(None)
        return result

    def values_of(self, subjects: Iterable[int], day: int) -> list[Any]:
        """The values of many subjects on a day, in a track with one slot; None for those without one."""
        codes, decode = self.codes_of(subjects, day), self.decode
        if self._coded:
            objects = self.values.objects
            return [None if code is None else objects[code] for code in codes]
        return [None if code is None else decode(code) for code in codes]

    def _targets(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The inverted index: subjects, starts and ends of all rows sorted by target, and the offset of each target."""
        # Made at the first question about children: a file that is only asked about parents never needs it.
        if self._by_target is None:
            column = self.slot if self.track == names.LINK else self.value
            assert column is not None
            # Sorted by target, a question is a slice. Targets begin at UNSURE, which is negative; offsets begin at 0.
            key = np.sort(packed(column - UNSURE, np.arange(len(column))))
            top = max(int(column.max(initial=0)) + 1, len(self.off) - 1) - UNSURE
            off = np.searchsorted(key >> 32, np.arange(top + 1)).astype(np.int32)
            rows = key & 0xFFFFFFFF
            self._by_target = self.subject.take(rows), self.start.take(rows), self.end.take(rows), off
        return self._by_target

    def subjects_to(self, target: Any, day: int) -> list[int]:
        """Subjects whose value (in links: slot) is ``target`` on a day."""
        subject, start, end, _ = self._targets_mv()
        return [subject[i] for i in self._rows_to(target) if start[i] <= day < end[i]]

    def ever_to(self, target: Any) -> list[int]:
        """Subjects whose value (in links: slot) was ever ``target``, once for each row."""
        rows = self._rows_to(target)
        result: list[int] = self._targets_mv()[0][rows.start : rows.stop].tolist() if rows else []
        return result

    def _targets_mv(self) -> tuple[Any, ...]:
        if self._by_target_mv is None:
            self._by_target_mv = tuple(a.data for a in self._targets())
        return self._by_target_mv

    def _rows_to(self, target: Any) -> range:
        """Where the rows of a target stand in the inverted index."""
        code = target if self.refers or self.track == names.LINK else self.values.find(target)
        off = self._targets_mv()[3]
        if code is None or not 0 <= code - UNSURE < len(off) - 1:
            return range(0)
        return range(off[code - UNSURE], off[code - UNSURE + 1])

    def children(self, targets: Longs, day: int) -> Longs:
        """Subjects whose value is one of ``targets`` on a day, in order of the targets."""
        subject, start, end, off = self._targets()
        places = spans(off, targets - UNSURE)
        holds = start.take(places) <= day
        holds &= day < end.take(places)
        return subject.take(places.take(np.flatnonzero(holds))).astype(np.int64)

    def reached(self, start: int, day: int, changed: Any) -> list[int]:
        """The units that a unit has become by a day, itself first; for the track of links.

        A link is followed only if its event comes after the one by which its old unit was reached: a unit that took in
        another one later does not pass on what it gave away before.

        Args:
            start: the unit.
            day: links up to this day count.
            changed: the overlay of the track, whose rows replace those of the columns; None if there is none.
        """
        best = {start: -1}
        waiting = [start]
        for at in waiting:
            after = best[at]
            for target, event in self._links_from(at, day, changed):
                if event >= after and target != at and (target not in best or best[target] > event):
                    best[target] = event
                    waiting.append(target)
        return list(best)

    def _links_from(self, old: int, day: int, changed: Any) -> Iterable[tuple[int, int]]:
        """Pairs (new unit, number of the event) of the links out of a unit up to a day."""
        if changed is not None and old in changed:
            return [(row[3], row[5]) for row in changed[old] if row[0] <= day]
        off, begin = self._mv[0], self._mv[1]
        if old + 1 >= len(off) or off[old] == off[old + 1]:
            return ()
        if self._links is None:
            assert self.slot is not None
            assert self.until is not None
            self._links = self.slot.data, self.until.data
        slot, until = self._links
        return [(slot[row], until[row]) for row in range(off[old], off[old + 1]) if begin[row] <= day]

    def holding(self, subjects: Iterable[int], day: int, changed: Any) -> list[int]:
        """The given subjects that have a value on a day, in a track with one slot."""
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
        """The writes of this track by day, for a track with one slot; made once."""
        if self._log is None:
            self._log = WriteLog(self)
        return self._log

    def first_day(self) -> int:
        """The first day of all rows; computed once."""
        if self._first is None:
            self._first = int(self.start.min(initial=FOREVER))
        return self._first

    def is_late(self, subject: int, day: int) -> bool:
        """Whether something about a subject was written on or after a day: :meth:`late` for one subject."""
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
            # With one slot only the last row can end after the last row starts.
            return bool(day <= end[b - 1] != FOREVER)
        if self.track == names.LINK:
            return False
        return any(end[i] >= day and end[i] != (FOREVER if until is None else until[i]) for i in range(a, b))

    def late(self, day: int) -> Longs:
        """Subjects about which something was written on or after a day: a row starts or was cut short there."""
        # A late act asks about one day, for many subjects one after the other: one answer is enough to remember.
        if self._late is None or self._late[0] != day:
            self._late = day, self._late_on(day)
        return self._late[1]

    def _late_on(self, day: int) -> Longs:
        late = self.start >= day
        if self.track != names.LINK:
            ended = self.end >= day
            ended &= self.end != (FOREVER if self.until is None else self.until)
            late |= ended
        # Subjects stand in order, so that each is where the number changes.
        result = self.subject.take(np.flatnonzero(late))
        return result.take(np.flatnonzero(np.diff(result, prepend=-1))).astype(np.int64)

    def first(self, count: int) -> Columns:
        """The rows of the first ``count`` subjects, in the same memory."""
        # Rows are sorted by subject: those of the first subjects are the first rows, and slices copy nothing.
        end = int(self.off[count])
        cut = {name: column[:end] for name, column in self.fields().items()}
        return Columns(self.track, **cut, off=self.off[: count + 1], values=self.values, slots=self.slots)

    def fields(self) -> dict[str, Any]:
        """The columns that are present, by name; each has one entry per row."""
        return {name: column for name in _FIELDS if (column := getattr(self, name)) is not None}

    def taken(self, rows: Places, off: Ints, **instead: Any) -> Columns:
        """Some of the rows, with their offsets; columns given by name replace the present ones."""
        fields = {name: column.take(rows) for name, column in self.fields().items() if name not in instead}
        return Columns(self.track, **fields, **instead, off=off, values=self.values, slots=self.slots)

    def numbered(self, until: Ints) -> Columns:
        """The same links with other numbers of their events; the inverted index stays valid."""
        fields = {**self.fields(), "until": until}
        renumbered = Columns(self.track, **fields, off=self.off, values=self.values, slots=self.slots)
        renumbered._by_target, renumbered._by_target_mv = self._by_target, self._by_target_mv
        return renumbered

    def has_slot(self, slot: Any) -> bool:
        """Whether any row may be in a slot."""
        return self.slot is not None and self.slots.find(slot) is not None

    def of_slot(self, rows: Longs, slot: Any) -> Longs:
        """Those of the given rows that are in a slot."""
        code = self.slots.find(slot)
        if code is None or self.slot is None:
            return rows[:0]
        # Nearly all measures have figures of the units themselves only, which is code 0: then no row need be looked at.
        if self._one_slot is None:
            self._one_slot = not self.slot.any()
        return rows if self._one_slot and code == 0 else rows.compress(self.slot.take(rows) == code)

    def figures(self, rows: Longs, slot: Any) -> Figures:
        """The figures that some rows of a measure state in a slot."""
        rows = self.of_slot(rows, slot)
        subjects, amounts = self.subject.take(rows).astype(np.int64), self.value.take(rows).astype(np.int64, copy=False)
        # Nearly always all are: the least and the largest are found in a quarter of the time that a mask takes.
        if not len(rows) or (amounts.min() >= 0 and amounts.max() < _LARGE):
            return Figures(subjects, amounts, {})
        are_words = (amounts >= 0) & (amounts < _LARGE)
        at = np.flatnonzero(~are_words)
        codes = zip(subjects.take(at).tolist(), amounts.take(at).tolist(), strict=True)
        others = {subject: self.decode(code) for subject, code in codes}
        return Figures(subjects.compress(are_words), amounts.compress(are_words), others)

    def live_of(self, subjects: Longs, day: int) -> Longs:
        """Indices of the rows of some subjects that hold on a day."""
        rows = spans(self.off, subjects)
        return rows.compress((self.start.take(rows) <= day) & (day < self.end.take(rows)))

    def live(self, day: int, without: Longs | None = None) -> Longs:
        """Indices of the rows that hold on a day, except those of the subjects ``without``."""
        holds = self.start <= day
        holds &= day < self.end
        if without is not None:
            holds[spans(self.off, without.compress(without < len(self.off) - 1))] = False
        return np.flatnonzero(holds)


def indices(numbers: Ints | Longs) -> Places:
    """Row numbers as indices of an assignment: of the machine's own width, by which numpy assigns three times as fast.

    >>> indices(np.array([2, 0], np.int32)).dtype == np.intp
    True
    """
    return numbers.astype(np.intp, copy=False)


def packed(high: Any, low: Any) -> Longs:
    """Pairs of numbers as one integer each, ``high << 32 | low``; ``low`` is not negative.

    Such keys are sorted, compared and counted as pairs, in a fifth to a twentieth of the time of ``lexsort`` and
    ``unique`` over two columns. With the row number below, a sort is stable and its order is read back from the keys.

    >>> packed(np.array([2, 1]), np.array([0, 7])) >> 32
    array([2, 1])
    """
    keys: Longs = high.astype(np.int64) << 32 | low
    return keys


def distinct(numbers: Ints | Longs) -> Any:
    """The different numbers, sorted: as ``np.unique``, which hashes them, five times as slowly, and loads ``numpy.ma``.

    >>> distinct(np.array([7, 2, 7]))
    array([2, 7])
    """
    in_order = np.sort(numbers)
    is_first = np.ones(len(in_order), bool)
    np.not_equal(in_order[1:], in_order[:-1], out=is_first[1:])
    return in_order.compress(is_first)


def spans(off: Ints, keys: Longs) -> Longs:
    """Indices of the entries of several keys in an offset table, in order of the keys.

    As ``np.concatenate([np.arange(off[k], off[k + 1]) for k in keys])``, without a loop.
    """
    first = off.take(keys).astype(np.int64)
    width = off.take(keys + 1) - first
    ends = np.cumsum(width)
    places: Longs = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - width), width)
    return places


def offsets_of(subject: Ints | Longs, count: int) -> Ints:
    """Where the rows of each subject begin, from the subject of each row; shape (count + 1,)."""
    off = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(subject, minlength=count), out=off[1:])
    return off


def empty(track: str) -> Columns:
    """Columns without rows."""
    none = np.zeros(0, np.int32)
    value: Any = none.astype(np.int64) if names.is_measure(track) else none
    # Links have the new unit in their slot and the number of their event in `until`, always.
    link = none if track == names.LINK else None
    return Columns(track, none, none, none, value, none, np.zeros(1, np.int32), values=Table(), slot=link, until=link)


def grown(columns: Columns, count: int) -> Columns:
    """The same columns with offsets for ``count`` subjects."""
    missing = count + 1 - len(columns.off)
    if not missing:
        return columns
    off = np.concatenate([columns.off, np.full(missing, columns.off[-1], np.int32)])
    return Columns(columns.track, **columns.fields(), off=off, values=columns.values, slots=columns.slots)


class WriteLog:
    """The writes of a track with one slot in order of their days, with checkpoints.

    The values of a day are a copy of the nearest checkpoint before it, and the few writes since.
    """

    __slots__ = ("_days", "_every", "_states", "_subjects", "_until", "_values")

    EVERY: Final = 32_768
    """Least number of writes between two checkpoints; in large tracks it is half the number of subjects.

    So all checkpoints together take no more memory than the writes do. Of 300,000 subjects a day costs 0.2 ms at most
    for the writes since its checkpoint, and all checkpoints take 6 MiB; a quarter would halve the one and double the other.
    """

    def __init__(self, c: Columns) -> None:
        count = len(c.off) - 1
        self._every = max(self.EVERY, count // 2)
        lasting = np.flatnonzero(c.start < c.end)
        subject, start, end = c.subject.take(lasting), c.start.take(lasting), c.end.take(lasting)
        follows = np.zeros(len(lasting), bool)
        follows[:-1] = (subject[1:] == subject[:-1]) & (start[1:] == end[:-1])
        last_rows = np.flatnonzero(~follows & (end < FOREVER))
        # On one day the end of a value must come before the next value. Ends are first in the array, and the sort is
        # stable because the index is part of the key.
        day = np.concatenate([end.take(last_rows), start])
        order = np.sort(packed(day, np.arange(len(day)))) & 0xFFFFFFFF
        day = day.take(order)
        first = np.flatnonzero(np.diff(day, prepend=-1))
        self._days, self._until = day.take(first), np.append(first, len(day))
        self._subjects = np.concatenate([subject.take(last_rows), subject]).take(order)
        no_value = np.full(len(last_rows), NOBODY, np.int32)
        self._values = np.concatenate([no_value, c.value.take(lasting).astype(np.int32)]).take(order)
        # Each checkpoint is the one before with the writes since; of two writes to one subject numpy keeps the last.
        values = np.full(count, NOBODY, np.int32)
        self._states: list[Ints] = []
        for at in range(0, len(order) + 1, self._every):
            self._states.append(values.copy())
            values[indices(self._subjects[at : at + self._every])] = self._values[at : at + self._every]

    def on(self, day: int) -> Ints:
        """The value of each subject on a day, :data:`NOBODY` where there is none; a new array."""
        until = int(self._until[np.searchsorted(self._days, day, side="right")])
        state = until // self._every
        # At most _every writes since the checkpoint. Of two writes to one subject numpy keeps the last.
        values = self._states[state].copy()
        since = slice(state * self._every, until)
        values[indices(self._subjects[since])] = self._values[since]
        return values


def are_texts(column: Iterable[Any]) -> bool:
    """Whether all values are texts: ``str.join`` refuses anything else, and no loop is as fast."""
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def encoded(track: str, values: Table, column: Sequence[Any]) -> Longs:
    """The entries that stand for values in the ``value`` column of a track; new values join the table ``values``."""
    if names.refers_to_subject(track):
        return np.array([NOBODY if v is None else v for v in column], np.int64)
    code = values.code
    if names.is_measure(track):
        numbers = [v if type(v) is int and 0 <= v < 2**62 else -1 - code(v) for v in column]
        return np.array(numbers, np.int64)
    if are_texts(column):
        # Texts repeat: one call of `code` for each different text, then a look-up in C for each row.
        known = {text: code(text) for text in dict.fromkeys(column)}
        return np.fromiter(map(known.__getitem__, column), np.int64, len(column))
    return np.array([code(v) for v in column], np.int64)


Field = list[npt.NDArray[Any]]
"""A column as consecutive pieces."""


class Pieces:
    """The columns of a track in pieces, so that a file can be written without joining them.

    Attributes:
        fields: name of a column of :class:`Columns` -> its pieces.
        values: the objects that codes stand for.
        slots: the objects that codes of slots stand for.
    """

    __slots__ = ("fields", "slots", "track", "values")

    def __init__(self, track: str, fields: dict[str, Field], values: Table, slots: Table) -> None:
        self.track, self.fields, self.values, self.slots = track, fields, values, slots

    @classmethod
    def of(cls, c: Columns) -> Pieces:
        """Columns as one piece each."""
        fields = {name: [column] for name, column in (*c.fields().items(), ("off", c.off))}
        return cls(c.track, fields, c.values, c.slots)

    def joined(self) -> Columns:
        """The columns, joined."""
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
        track: name of the track.
        count: number of subjects.
        old: the columns so far, whose codes of acts stay valid in ``acts``.
        changed: pairs (subject, all its rows).
        acts: the table of acts, extended here.
    """
    old = empty(track) if old is None else old
    old = grown(old, count)
    values, slots = old.values.copy(), old.slots.copy()
    subjects: list[int] = []
    lengths: list[int] = []
    flat: list[TrackRow] = []
    # In order of subjects, so that old and new rows can be interleaved in one pass.
    for subject, rows in sorted(changed, key=itemgetter(0)):
        subjects.append(subject)
        lengths.append(len(rows))
        flat += rows
    start, end, value, slot, act, until, event = zip(*flat, strict=True) if flat else ((),) * 7
    new: dict[str, Any] = {
        "subject": np.repeat(np.array(subjects, np.int32), lengths),
        "start": np.array(start, np.int32),
        "end": np.array(end, np.int32),
        "value": encoded(track, values, value).astype(np.int64 if names.is_measure(track) else np.int32),
        "act": acts.codes(act).astype(np.int32),
    }
    is_link = track == names.LINK
    slot_codes = slot if is_link else [-1 if s is None else slots.code(s) for s in slot]
    if is_link or slots.objects:
        new["slot"] = np.array(slot_codes, np.int32)
    if old.until is not None or any(day != FOREVER for day in until):
        new["until"] = np.array(until, np.int32)
    if old.event is not None or any(event):
        new["event"] = np.array(event, np.int32)
    at = np.array(subjects, np.int64)
    fields = _interleaved(old, new, at, lengths)
    # Offsets behind a changed subject move by as many rows as it and the changed ones before it gained.
    gained = lengths - np.diff(old.off).take(at)
    shift = np.cumsum(np.concatenate([[0], gained]), dtype=np.int64)
    off = old.off.copy()
    off[1:] += np.repeat(shift, np.diff(at, prepend=0, append=count)).astype(np.int32)
    return Pieces(track, {**fields, "off": [off]}, values, slots)


_MISSING: Final = {"slot": -1, "until": FOREVER, "event": 0}
"""What stands in a column that was left out."""


def _interleaved(old: Columns, new: Mapping[str, Any], subjects: Longs, lengths: Sequence[int]) -> dict[str, Field]:
    """Each column in pieces: by turns old rows between two of the changed subjects, and the new rows of a subject."""
    first, last = old.off.take(subjects), old.off.take(subjects + 1)
    gaps = list(zip([0, *last.tolist()], [*first.tolist(), len(old)], strict=True))
    parts = list(pairwise([0, *np.cumsum(lengths, dtype=np.int64).tolist()]))
    fields: dict[str, Field] = {}
    for name, column in new.items():
        old_column: Any = getattr(old, name)
        if old_column is None:
            old_column = np.full(len(old), _MISSING[name], np.int32)
        pieces = fields[name] = [old_column[slice(*gaps[0])]]
        for part, gap in zip(parts, gaps[1:], strict=True):
            pieces += column[slice(*part)], old_column[slice(*gap)]
    return fields
