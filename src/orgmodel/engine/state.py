"""All tracks together: a persistent state, and the editor that makes the next one.

A :class:`State` never changes. Its past lies in frozen columns (:class:`Base`), which branches share. What was written
since lies over them as an overlay of persistent maps: track -> subject -> all rows of the subject. An :class:`Editor`
writes to copies of these maps and ends as a new state. When the overlay grows large it is folded into new columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import filterfalse
from typing import Any, ClassVar, Final, cast

import numpy as np
from immutables import Map

from orgmodel.engine import thresholds
from orgmodel.engine.columns import (
    NO_FIGURES,
    NOBODY,
    Acts,
    Columns,
    Figures,
    Ints,
    Longs,
    Pieces,
    Table,
    TrackRow,
    distinct,
    empty,
    grown,
    indices,
    offsets_of,
    replaced,
    reverse_of,
)
from orgmodel.engine.final_successors import EVER, FinalSuccessors
from orgmodel.engine.index import Index
from orgmodel.engine.many import BLOCK, Many
from orgmodel.engine.written import Few, Flags, Written
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "CLUSTER",
    "CLUSTERING",
    "EMPTY_BASE",
    "EMPTY_MAP",
    "UNIT",
    "Base",
    "Chain",
    "Editor",
    "State",
    "StateReader",
    "TrackRows",
]

UNIT: Final = "unit"
CLUSTER: Final = "cluster"
CLUSTERING: Final = "clustering"

TrackRows = tuple[TrackRow, ...]
Chain = tuple[int, Any] | None
"""A persistent list: (first, rest)."""

_Opened = tuple[Any, Any, dict[int, None], int]
"""A track open for writing: rows by subject, reverse look-up, written subjects, index of the field looked up."""

EMPTY_MAP: Map[Any, Any] = Map()
_NOTHING: Final = empty(names.LIFE), empty(names.LINK)


class Base:
    """Frozen columns of every track, the index of ids, and the acts that rows point to."""

    __slots__ = ("_final", "_walked", "acts", "columns", "count", "ids")

    def __init__(self, ids: Index, columns: Mapping[str, Columns], acts: Acts) -> None:
        self.ids, self.columns, self.acts = ids, columns, acts
        self.count = len(ids)
        self._final: FinalSuccessors | None = None
        self._walked = 0

    def final_successors(self) -> FinalSuccessors | None:
        """The final successors of all units; None until so many were asked for that the table pays."""
        if self._final is None:
            links = self.columns.get(names.LINK, _NOTHING[1])
            self._walked += 1
            if self._walked * thresholds.LINKS_PER_WALK <= len(links):
                return None
            self._final = FinalSuccessors(links, self.columns.get(names.LIFE, _NOTHING[0]))
        return self._final


EMPTY_BASE: Final = Base(Index(), {}, Acts())


def _on(rows: TrackRows, day: int) -> Any:
    """The value on a day, by the rows of a subject in a track with one slot."""
    # With one slot, rows do not overlap: the last row that begins by the day decides.
    for row in reversed(rows):
        if row[0] <= day:
            return row[2] if day < row[1] else None
    return None


def _says(rows: TrackRows, value: Any, day: int) -> bool:
    """Whether a row has a value on a day, in any slot."""
    # With few rows a loop takes a third of the time of `any` with a generator, and each child of a unit is asked.
    for row in rows:  # noqa: SIM110
        if row[2] == value and row[0] <= day < row[1]:
            return True
    return False


def _moved(rows: TrackRows, day: int, new: TrackRow) -> TrackRows | None:
    """The rows of a subject with ``new`` behind the last, which ends on ``day``; None if it refers to nobody then."""
    if not rows:  # all of them were taken out again
        return None
    last = rows[-1]
    if not last[0] <= day < last[1] or last[2] is None or last[2] < 0:
        return None
    return (*rows[:-1], (last[0], day, *last[2:]), new)


def _subjects_in(chain: Chain) -> Iterator[int]:
    """The subjects in a persistent list, the latest first."""
    while chain is not None:
        subject, chain = chain
        yield subject


class StateReader:
    """The questions that states and editors answer. Subjects are row numbers, days ordinals."""

    __slots__ = ("__weakref__", "base", "maps", "new_ids", "new_names", "refs")

    suggests: ClassVar[bool] = True
    """Whether errors about unknown units suggest similar names.

    Off where acts are worked out anew: nobody misspells there, and searching all names at each point takes seconds.
    """
    base: Base
    maps: dict[str, Any]
    """The overlay: track -> subject -> all rows of the subject, for subjects changed since the base."""
    refs: dict[str, Any]
    """Reverse look-up of the overlay: track -> value (links: slot) -> chain of the changed subjects that have it.

    A subject that has the value in the columns may be missing: the columns' own look-up finds it.
    """
    new_ids: Any
    """Id -> row number of the subjects that are new since the base."""
    new_names: Any
    """Row number -> id of the same."""

    # ---- subjects

    @property
    def count(self) -> int:
        """How many subjects there ever were; numbers run below it."""
        return self.base.count + len(self.new_ids)

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if no subject ever had it."""
        try:
            new_number = self.new_ids.get(subject)
            return self.base.ids.number(subject) if new_number is None else new_number
        except TypeError:
            # Something that cannot be hashed, such as a list of ids: the caller says what is wrong.
            return None

    def numbers(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of many ids."""
        numbers, new = self.base.ids.each(subjects), self.new_ids
        if new and None in numbers:
            return [new.get(s) if n is None else n for s, n in zip(subjects, numbers, strict=True)]
        return numbers

    def name(self, number: int) -> str:
        """The id of a row number."""
        return self.base.ids.name(number) if number < self.base.count else self.new_names[number]

    def some_names(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        if self.new_ids and numbers and max(numbers) >= self.base.count:
            return list(map(self.name, numbers))
        return self.base.ids.some(numbers)

    def all_ids(self) -> list[str]:
        """Every id by row number."""
        return [*self.base.ids.names(), *(self.new_names[n] for n in range(self.base.count, self.count))]

    # ---- rows

    def tracks(self) -> list[str]:
        """Names of all tracks that have rows, sorted."""
        return sorted({*self.base.columns, *self.maps})

    def rows(self, track: str, subject: int) -> TrackRows:
        """All rows of a subject in a track, by start."""
        changed = self.maps.get(track)
        if changed is not None:
            rows: TrackRows | None = changed.get(subject)
            if rows is not None:
                return rows
        columns = self.base.columns.get(track)
        return () if columns is None else columns.rows(subject, self.base.acts.objects)

    def written(self, track: str, subject: int | None) -> TrackRows | None:
        """All rows of a subject in a track if the overlay has them, else None."""
        changed = self.maps.get(track)
        result: TrackRows | None = None if changed is None else changed.get(subject)
        return result

    def any_rows(self, tracks: Iterable[str], subjects: Sequence[int]) -> bool:
        """Whether any of the given subjects ever had a row in one of some tracks."""
        numbers = None if len(subjects) < thresholds.ARRAYS_FROM else np.array(subjects, np.int64)
        for track in tracks:
            columns, changed = self.base.columns.get(track), self.maps.get(track, EMPTY_MAP)
            if changed and any(map(changed.get, subjects)):
                return True
            if columns is not None and any(s not in changed for s in columns.with_rows(subjects, numbers)):
                return True
        return False

    def values(self, track: str, subjects: Sequence[int], day: int) -> list[Any]:
        """:meth:`value` of many subjects."""
        columns, changed = self.base.columns.get(track), self.maps.get(track)
        values: list[Any] = [None] * len(subjects) if columns is None else columns.values_of(subjects, day)
        if changed:
            for at, rows in enumerate(map(changed.get, subjects)):
                if rows is not None:
                    values[at] = _on(rows, day)
        return values

    def alike(self, track: str, subjects: Sequence[int], day: int) -> list[tuple[Any, list[int]]]:
        """The values that several of some subjects have on a day, each with these subjects.

        For a track with one slot whose values are coded. Much quicker than to compare :meth:`values`: of the columns
        only the codes are compared, so that no text is looked at that nobody shares.
        """
        columns, changed = self.base.columns.get(track), self.maps.get(track)
        keys: list[Any] = [None] * len(subjects) if columns is None else columns.codes_of(subjects, day)
        if changed:
            table = Table() if columns is None else columns.values
            for at, rows in enumerate(map(changed.get, subjects)):
                if rows is not None:
                    value = _on(rows, day)
                    code = table.find(value)
                    # A pair is no code, so that a value without a code is like itself only.
                    keys[at] = (type(value), value) if code is None and value is not None else code
        sharing: dict[Any, list[int]] = {key: [] for key, count in Counter(keys).items() if count > 1}
        sharing.pop(None, None)
        for subject, key in zip(subjects, keys, strict=True) if sharing else ():
            if key in sharing:
                sharing[key].append(subject)
        return [(self.value(track, alike[0], day), alike) for alike in sharing.values()]

    def value(self, track: str, subject: int, day: int) -> Any:
        """The value on a day in a track with one slot, None if there is none."""
        changed = self.maps.get(track)
        if changed is not None:
            rows: TrackRows | None = changed.get(subject)
            if rows is not None:
                # As `_on`, whose call would cost a third of this, the most frequent of all questions.
                for row in reversed(rows):
                    if row[0] <= day:
                        return row[2] if day < row[1] else None
                return None
        columns = self.base.columns.get(track)
        return None if columns is None else columns.value_at(subject, day)

    def above(self, track: str, subject: int, day: int) -> list[int]:
        """The subjects above one on a day, nearest first, in a track with one slot that refers to subjects."""
        changed = self.maps.get(track)
        columns = self.base.columns.get(track)
        code_at = None if columns is None else columns.code_at
        result: list[int] = []
        at = subject
        while True:
            rows: TrackRows | None = None if changed is None else changed.get(at)
            if rows is not None:
                above = _on(rows, day)
            else:
                above = None if code_at is None else code_at(at, day)
            # Negative codes stand for the place above a root, and for no value.
            if above is None or above < 0:
                return result
            result.append(above)
            at = above

    def slots(self, track: str, subject: int, day: int) -> dict[Any, Any]:
        """Slot -> value on a day."""
        return {row[3]: row[2] for row in self.rows(track, subject) if row[0] <= day < row[1]}

    def row_at(self, track: str, subject: int, day: int, slot: Any = None) -> TrackRow | None:
        """The row that holds on a day."""
        for row in reversed(self.rows(track, subject)):
            if row[0] <= day < row[1] and row[3] == slot:
                return row
        return None

    def of_sort(self, sort: type) -> list[int]:
        """Subjects of a sort other than units (clusters, clusterings) that ever existed, in order of numbers."""
        columns = self.base.columns.get(names.LIFE)
        result: dict[int, None] = {}
        if columns is not None:
            wanted = [code for code, life in enumerate(columns.values.objects) if isinstance(life, sort)]
            if wanted:
                result = dict.fromkeys(columns.subject.take(np.flatnonzero(np.isin(columns.value, wanted))).tolist())
        for subject, rows in self.changed_rows(names.LIFE):
            if any(isinstance(row[2], sort) for row in rows):
                result[subject] = None
        return sorted(result)

    def changed_rows(self, track: str) -> Iterable[tuple[int, TrackRows]]:
        """The overlay of a track: pairs (subject, all its rows)."""
        changed: Iterable[tuple[int, TrackRows]] = self.maps.get(track, EMPTY_MAP).items()
        return changed

    def is_live(self, subject: int, day: int) -> bool:
        """Whether the subject exists on a day."""
        changed = self.maps.get(names.LIFE)
        if changed is not None and changed.get(subject) is not None:
            return self.value(names.LIFE, subject, day) is not None
        columns = self.base.columns.get(names.LIFE)
        return columns is not None and columns.code_at(subject, day) is not None

    def first_days(self) -> Longs:
        """The first day of each subject as an ordinal, :data:`FOREVER` if it never began; shape (count,)."""
        out = np.full(self.count, FOREVER, np.int64)
        columns = self.base.columns.get(names.LIFE)
        if columns is not None:
            # Rows are in order of subject and start: written backwards, the first row of a subject is written last.
            out[indices(columns.subject[::-1])] = columns.start[::-1]
        for subject, rows in self.maps.get(names.LIFE, EMPTY_MAP).items():
            out[subject] = rows[0][0] if rows else FOREVER
        return out

    def was_live(self, subject: int) -> bool:
        """Whether the subject ever existed, even for less than a day."""
        changed = self.maps.get(names.LIFE)
        rows = None if changed is None else changed.get(subject)
        if rows is not None:
            return bool(rows)
        columns = self.base.columns.get(names.LIFE)
        return columns is not None and subject + 1 < len(columns.off) and columns.has_rows(subject)

    def subjects_with(self, track: str, target: Any, day: int, known: Mapping[int, Any] | None = None) -> list[int]:
        """Subjects whose value is ``target`` on a day, in order of their numbers.

        Args:
            track: a track with a reverse look-up, see :func:`reverse_of`.
            target: the value; a row number in tracks that refer to subjects.
            day: the day.
            known: values of some subjects that the caller has and that count instead of those in the columns.
        """
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        if columns is None and not changed:
            return []
        subjects = [] if columns is None else columns.subjects_to(target, day)
        if known:
            subjects = [s for s in subjects if known.get(s, target) == target]
        if not changed:
            return subjects
        candidates = set(_subjects_in(self.refs.get(track, EMPTY_MAP).get(target)))
        # A row of the columns that was only cut short since need not be in the chain.
        candidates.update(filter(changed.__contains__, subjects))
        subjects = [*filterfalse(changed.__contains__, subjects)]
        subjects += [s for s in candidates if _says(changed[s], target, day)]
        subjects.sort()
        return subjects

    def subjects_ever(self, track: str, target: Any) -> list[int]:
        """Subjects that have ``target`` in any row, each once; for tracks as in :meth:`subjects_with`, and links."""
        columns = self.base.columns.get(track)
        subjects = [] if columns is None else columns.ever_to(target)
        chain: Chain = self.refs.get(track, EMPTY_MAP).get(target)
        if chain is not None:
            subjects += _subjects_in(chain)
        return list(dict.fromkeys(subjects)) if len(subjects) > 1 else subjects

    def places_on(self, track: str, day: int) -> Iterator[tuple[Any, Any, list[int]]]:
        """The units of a hierarchy on a day by kinds: (kind, kind of the parent or None for roots, units)."""
        kinds, names_of = self.codes_on(names.KIND, day)
        parents = self.held_on(track, day)
        units = np.flatnonzero(parents != NOBODY)
        above = parents.take(units)
        # Both kinds packed into one integer. Codes begin at -1: no kind, and the place above a root.
        many = len(names_of) + 1
        pairs = (kinds.take(units) + 1) * many + np.where(above >= 0, kinds.take(np.maximum(above, 0)), -1) + 1
        of_kind = [None, *names_of]
        for pair in np.flatnonzero(np.bincount(pairs)).tolist():
            yield of_kind[pair // many], of_kind[pair % many], units[pairs == pair].tolist()

    def links_from(self, subject: int) -> TrackRows:
        """The rows of the links out of a unit; their slot is the new unit."""
        return self.rows(names.LINK, subject)

    def links_to(self, subject: int) -> list[tuple[int, TrackRow]]:
        """Pairs (old unit, row) of the links into a unit, in order of their events."""
        old_units = self.subjects_ever(names.LINK, subject)
        pairs = [(s, row) for s in old_units for row in self.rows(names.LINK, s) if row[3] == subject]
        return sorted(pairs, key=lambda pair: (pair[1][5], pair[0]))

    # ---- whole days

    def iter_rows(self, track: str) -> Iterator[tuple[int, TrackRow]]:
        """All rows of a track, by subject."""
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        if columns is not None and len(columns):
            acts = self.base.acts.objects
            for s in distinct(columns.subject).tolist():
                if s not in changed:
                    for row in columns.rows(s, acts):
                        yield s, row
        for s, rows in sorted(changed.items()):
            for row in rows:
                yield s, row

    def slot_rows(self, track: str, slot: Any) -> Iterator[tuple[int, TrackRow]]:
        """All rows of one slot of a track, by subject; quick where few subjects have any."""
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        subjects: set[int] = set(changed)
        if columns is not None and columns.slot is not None:
            rows = columns.of_slot(np.arange(len(columns)), slot)
            subjects.update(columns.subject.take(rows).tolist())
        for subject in sorted(subjects):
            for row in self.rows(track, subject):
                if row[3] == slot:
                    yield subject, row

    def live_rows(self, track: str, day: int) -> Iterator[tuple[int, Any, Any]]:
        """(subject, slot, value) of the rows that hold on a day, first those of the columns, then the overlay."""
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        if columns is not None:
            rows = columns.live(day)
            decode = columns.decode
            slots = (
                [None] * len(rows) if columns.slot is None else map(columns.slot_of, columns.slot.take(rows).tolist())
            )
            fields = zip(columns.subject.take(rows).tolist(), slots, columns.value.take(rows).tolist(), strict=True)
            for s, slot, value in fields:
                if s not in changed:
                    yield s, slot, decode(value)
        for s, rows_of in sorted(changed.items()):
            for row in rows_of:
                if row[0] <= day < row[1]:
                    yield s, row[3], row[2]

    def numbers_on(self, track: str, day: int) -> Ints:
        """The value of each subject on a day in a track that refers to subjects; :data:`NOBODY` for none."""
        columns = self.base.columns.get(track)
        if columns is None:
            out = np.full(self.count, NOBODY, np.int32)
        else:
            out = columns.log().on(day)
            if len(out) < self.count:
                out = np.concatenate([out, np.full(self.count - len(out), NOBODY, np.int32)])
        return self._with_written(out, track, day)

    def held_on(self, track: str, day: int) -> Ints:
        """As :meth:`numbers_on`, but without the log of writes, which pays only from the second question on."""
        out = np.full(self.count, NOBODY, np.int32)
        columns = self.base.columns.get(track)
        if columns is not None:
            rows = columns.live(day)
            out[indices(columns.subject.take(rows))] = columns.value.take(rows)
        return self._with_written(out, track, day)

    def _with_written(self, out: Ints, track: str, day: int) -> Ints:
        """The values of the columns on a day with those of the overlay put in their place."""
        changed = self.maps.get(track, EMPTY_MAP)
        if len(changed) < thresholds.ARRAYS_FROM:
            for s, rows in changed.items():
                value = _on(rows, day)
                out[s] = NOBODY if value is None else value
            return out
        written = self._written(track)
        if written is not None:
            out[written.subjects] = NOBODY
            live = written.live(day)
            out[written.subject.take(live)] = written.numbers.take(live)
        return out

    def _written(self, track: str) -> Written | None:
        """The overlay of a track as arrays; None if it is empty."""
        changed = self.maps.get(track)
        return Written(changed.items()) if changed else None

    def _among_written(self, track: str, subjects: Longs) -> Flags | None:
        """For each of some subjects, whether the overlay of a track has it; None if it is empty."""
        written = self._written(track)
        return None if written is None else written.touched.among(subjects)

    def below(self, track: str, top: int, day: int) -> Longs:
        """Row numbers of all descendants of a subject on a day, level by level."""
        if len(self.maps.get(track, EMPTY_MAP)) > thresholds.ARRAYS_FROM and not self.subjects_with(track, top, day):
            # Most units are leaves: one look-up spares making arrays of the overlay.
            return np.zeros(0, np.int64)
        columns = self.base.columns.get(track)
        written = self._written(track)
        over, moved = Few(np.zeros(0, np.int64)), np.zeros(0, np.int64)
        if written is not None:
            live = written.live(day)
            live = live.compress(written.numbers.take(live) >= 0)
            over, moved = Few(written.numbers.take(live)), written.subject.take(live)
        level = np.array([top], np.int64)
        levels: list[Longs] = []
        while len(level):
            parts: list[Longs] = []
            if columns is not None:
                old = level if self.count == self.base.count else level.compress(level < self.base.count)
                below = columns.children(old, day)
                parts.append(below if written is None else below.compress(~written.touched.among(below)))
            if len(moved):
                parts.append(moved.take(over.found_in(level)))
            level = np.concatenate(parts) if parts else level[:0]
            levels.append(level)
        return np.concatenate(levels)

    def amounts_of(self, track: str, subjects: Longs, day: int, slot: Any) -> Figures:
        """The figures of some subjects in a slot of a measure on a day."""
        columns = self.base.columns.get(track)
        touched = self._among_written(track, subjects)
        figures = NO_FIGURES
        # In most tracks nobody states figures for whole subtrees: without the slot no row is looked at.
        if columns is not None and columns.has_slot(slot):
            untouched = subjects if touched is None else subjects.compress(~touched)
            figures = columns.figures(columns.live_of(untouched.compress(untouched < self.base.count), day), slot)
        if touched is None or not touched.any():
            return figures
        changed = self.maps[track]
        rows = ((s, row) for s in subjects.compress(touched).tolist() for row in changed[s])
        return figures.plus(((s, row) for s, row in rows if row[0] <= day < row[1]), slot)

    def may_hold(self, track: str, value: Any) -> bool:
        """Whether any row of a coded track may have a value; decided without looking at more than a few rows."""
        columns, changed = self.base.columns.get(track), self.maps.get(track, EMPTY_MAP)
        if columns is not None and columns.values.find(value) is not None:
            return True
        return len(changed) > thresholds.ARRAYS_FROM or any(
            row[2] == value for rows in changed.values() for row in rows
        )

    def holding(self, track: str, value: Any, day: int) -> Longs:
        """Subjects with a value on a day in a track with one slot, in order of their numbers."""
        columns = self.base.columns.get(track)
        written = self._written(track)
        result = np.zeros(0, np.int64)
        code = None if columns is None else columns.values.find(value)
        if columns is not None and code is not None:
            rows = np.flatnonzero(columns.value == code)
            rows = rows.compress((columns.start.take(rows) <= day) & (day < columns.end.take(rows)))
            result = columns.subject.take(rows).astype(np.int64)
            if written is not None:
                result = result.compress(~written.touched.among(result))
        if written is None:
            return result
        live = written.live(day).tolist()
        more = [int(written.subject[at]) for at in live if written.rows[at][2] == value]
        return np.sort(np.concatenate([result, np.array(more, np.int64)]))

    def successors(self, start: int, day: int) -> list[int]:
        """The subjects that a unit has become by a day and that exist on it, in order of the links."""
        links, lives = self.maps.get(names.LINK), self.maps.get(names.LIFE)
        if day >= EVER and (final := self.base.final_successors()) is not None:
            result = final.of(start, links, lives)
            if result is not None:
                return result
        columns = self.base.columns
        reached = columns.get(names.LINK, _NOTHING[1]).reached(start, day, links)
        return columns.get(names.LIFE, _NOTHING[0]).holding(reached, day, lives)

    def codes_on(self, track: str, day: int) -> tuple[Ints, list[Any]]:
        """The code of each subject's value on a day in a track with one slot (-1: none), and the values by code."""
        out = np.full(self.count, -1, np.int32)
        columns = self.base.columns.get(track)
        objects: list[Any] = []
        if columns is not None:
            rows = columns.live(day)
            out[indices(columns.subject.take(rows))] = columns.value.take(rows)
            objects = list(columns.values.objects)
        changed = self.maps.get(track, EMPTY_MAP)
        if not changed:
            return out, objects
        codes = {value: code for code, value in enumerate(objects)}
        for subject, subject_rows in changed.items():
            value = _on(subject_rows, day)
            if value is not None and value not in codes:
                codes[value] = len(objects)
                objects.append(value)
            out[subject] = -1 if value is None else codes[value]
        return out, objects

    def spans(self, track: str) -> tuple[Ints, Ints, Ints, Ints, list[Any]]:
        """All rows of a track with one slot: subjects, starts, ends, codes, and the values by code."""
        columns = self.base.columns.get(track)
        changed = self.maps.get(track, EMPTY_MAP)
        none = np.zeros(0, np.int32)
        parts = [none] * 4
        objects: list[Any] = []
        if columns is not None:
            parts = [columns.subject, columns.start, columns.end, columns.value.astype(np.int32)]
            objects = list(columns.values.objects)
        if not changed:
            return parts[0], parts[1], parts[2], parts[3], objects
        keep = ~np.isin(parts[0], np.fromiter(changed, np.int32, count=len(changed)))
        codes = {o: c for c, o in enumerate(objects)}
        new = [(s, row[0], row[1], codes.setdefault(row[2], len(codes))) for s, rows in changed.items() for row in rows]
        more = np.array(new, np.int32).reshape(-1, 4).T
        joined = [np.concatenate([part[keep], rows]) for part, rows in zip(parts, more, strict=True)]
        return joined[0], joined[1], joined[2], joined[3], list(codes)

    def amounts_on(self, track: str, day: int, slot: Any) -> Figures:
        """All figures in a slot of a measure on a day."""
        written = self._written(track)
        columns = self.base.columns.get(track)
        figures = NO_FIGURES
        if columns is not None and columns.has_slot(slot):
            figures = columns.figures(columns.live(day, None if written is None else written.subjects), slot)
        if written is None:
            return figures
        live = written.live(day).tolist()
        rows = zip(written.subject.take(live).tolist(), map(written.rows.__getitem__, live), strict=True)
        return figures.plus(rows, slot)


class State(StateReader):
    """All tracks at one moment of recording; immutable."""

    __slots__ = ("_arrays", "seq")

    def __init__(
        self,
        base: Base = EMPTY_BASE,
        maps: dict[str, Any] | None = None,
        refs: dict[str, Any] | None = None,
        new_ids: Any = EMPTY_MAP,
        new_names: Any = EMPTY_MAP,
        seq: int = 0,
    ) -> None:
        self.base = base
        self.maps = maps or {}
        self.refs = refs or {}
        self.new_ids, self.new_names = new_ids, new_names
        self.seq = seq
        self._arrays: dict[str, Written] = {}

    def _written(self, track: str) -> Written | None:
        result = self._arrays.get(track)
        if result is None:
            result = super()._written(track)
            if result is not None:
                self._arrays[track] = result
        return result

    def plain(self) -> State:
        """The state itself; of a state that records its reads, the one that it wraps."""
        return self

    def edit(self) -> Editor:
        """An editor that starts from this state."""
        return Editor(self)

    def _next(self, maps: dict[str, Any], refs: dict[str, Any], new_ids: Any, new_names: Any, seq: int) -> State:
        """The state that an editor of this one makes."""
        return State(self.base, maps, refs, new_ids, new_names, seq)

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle stores: columns, ids and acts, so that another process folds nothing."""
        ids, tracks, acts = self.parts()
        columns = {track: part if isinstance(part, Columns) else part.joined() for track, part in tracks.items()}
        parts = {
            track: (c.fields() | {"off": c.off}, c.values.objects, c.slots.objects) for track, c in columns.items()
        }
        return _unpickled, ([*ids.names()], parts, acts.objects, self.seq)

    def changed_pairs(self) -> int:
        """The number of pairs (track, subject) in the overlay."""
        return sum(len(m) for m in self.maps.values())

    def settled(self, at: int = 0) -> State:
        """The same state, folded if its overlay has grown large; for a state that is kept and asked about.

        Args:
            at: the least number of changed pairs to fold, if more than :data:`thresholds.FOLD_FROM`.
        """
        return self.folded() if self.changed_pairs() >= max(at, thresholds.FOLD_FROM) else self

    def folded(self) -> State:
        """The same state with its overlay folded into columns."""
        ids, tracks, acts = self.parts()
        columns = {track: part if isinstance(part, Columns) else part.joined() for track, part in tracks.items()}
        return State(Base(ids, columns, acts), seq=self.seq)

    def with_act(self, old: Any, new: Any) -> State:
        """The same state, folded, with one act replaced by another in all rows."""
        # Rows of an overlay hold acts themselves; only in columns are they codes, of which one can be given another act.
        folded = self.folded() if self.maps or len(self.new_ids) else self
        base = folded.base
        return State(Base(base.ids, base.columns, base.acts.instead(old, new)), seq=self.seq)

    def parts(self) -> tuple[Index, dict[str, Columns | Pieces], Acts]:
        """The ids, columns and acts of the folded state; columns of changed tracks in pieces, not copied yet."""
        acts = self.base.acts.copy()
        ids = self.base.ids.extended(self.new_names[n] for n in range(self.base.count, self.count))
        tracks: dict[str, Columns | Pieces] = {t: grown(c, len(ids)) for t, c in self.base.columns.items()}
        for track, changed in self.maps.items():
            tracks[track] = replaced(track, len(ids), self.base.columns.get(track), changed.items(), acts)
        return ids, tracks, acts

    def before(self, day: int) -> State:
        """The state without anything that was written on or after a day."""
        # A few late rows go into an overlay, which costs as much as they are; many are cut off in the columns, which costs
        # a pass over all rows.
        late = {track: subjects for track, c in self.base.columns.items() if len(subjects := c.late(day))}
        if sum(map(len, late.values())) + self.changed_pairs() >= thresholds.FOLD_FROM:
            return self._cut(day)
        rows: dict[str, dict[int, TrackRows]] = {track: dict(changed.items()) for track, changed in self.maps.items()}
        for track, subjects in late.items():
            known = rows.setdefault(track, {})
            known.update({s: self.rows(track, s) for s in subjects.tolist() if s not in known})
        cut = {track: {s: _before(track, r, day) for s, r in changed.items()} for track, changed in rows.items()}
        return self._over(self.base, range(self.base.count, self.count), cut)

    def _over(self, base: Base, new: Iterable[int], rows: Mapping[str, Mapping[int, TrackRows]]) -> State:
        """A state with ``rows`` as the overlay of ``base``, and the given new subjects."""
        editor = Editor(State(base, seq=self.seq))
        for number in new:
            editor.intern(self.new_names[number])
        for track, changed in rows.items():
            for subject, r in changed.items():
                editor.put(track, subject, r)
        return editor.done()

    def _cut(self, day: int) -> State:
        """As :meth:`before`, with new columns."""
        folded = self.folded() if self.maps else self
        base = folded.base
        columns: dict[str, Columns] = {}
        for track, c in base.columns.items():
            if not len(c.late(day)):
                columns[track] = c
                continue
            earlier = np.flatnonzero(c.start < day)
            until = np.full(len(c), FOREVER, np.int32) if c.until is None else c.until
            end = c.end if track == names.LINK else np.where(c.end >= day, until, c.end).astype(np.int32)
            subject = c.subject.take(earlier)
            off = offsets_of(subject, base.count)
            columns[track] = c.taken(earlier, off, subject=subject, end=end.take(earlier))
        return State(Base(base.ids, columns, base.acts), seq=self.seq)

    def unnumbered(self) -> State:
        """The state without the last row numbers whose subjects do not exist (any more, after a cut).

        A replay from here numbers their subjects again, so that numbers stay in order of creation whatever was recorded
        first.
        """
        count = self._last_with_life() + 1
        if count == self.count:
            return self
        base = self.base
        if count < base.count:
            columns = {track: c.first(count) for track, c in base.columns.items()}
            base = Base(base.ids.first(count), columns, base.acts)
        rows = {
            track: {s: r for s, r in changed_rows.items() if s < count} for track, changed_rows in self.maps.items()
        }
        return self._over(base, range(self.base.count, count), rows)

    def _last_with_life(self) -> int:
        """The last row number whose subject ever began; -1 if none did."""
        lives = self.base.columns.get(names.LIFE, _NOTHING[0])
        changed = self.maps.get(names.LIFE, EMPTY_MAP)
        last = max((s for s, rows in changed.items() if rows), default=-1)
        # From the last row of the columns backwards: the first subject that the overlay has not changed counts as it stands.
        at = len(lives)
        while at and (subject := int(lives.subject[at - 1])) > last:
            if subject not in changed:
                return subject
            at = int(lives.off[subject])
        return last


def _unpickled(ids: list[str], parts: Mapping[str, Any], acts: list[Any], seq: int) -> State:
    columns = {
        track: Columns(track, **fields, values=Table(values), slots=Table(slots))
        for track, (fields, values, slots) in parts.items()
    }
    return State(Base(Index(ids), columns, Acts(acts)), seq=seq)


def _before(track: str, rows: TrackRows, day: int) -> TrackRows:
    """The rows of a subject without what was written on or after a day, their ends as they were before it."""
    earlier_rows = [row for row in rows if row[0] < day]
    if track == names.LINK:
        return tuple(earlier_rows)
    return tuple([(row[0], row[5], *row[2:]) if row[1] >= day else row for row in earlier_rows])


class Editor(StateReader):
    """Writes that become the next state; the state that they start from does not change.

    Writes must come in order of their days: an editor never changes the past. Not for use by several threads.
    """

    __slots__ = ("_naming", "_opened", "_state", "event", "seq", "touched")

    def __init__(self, state: State) -> None:
        self._state = state
        self.base = state.base
        self.maps = dict(state.maps)
        self.refs = dict(state.refs)
        self.new_ids, self.new_names = state.new_ids, state.new_names
        self._naming = False
        self.seq = state.seq
        self.event = 0
        """The label of the event that is being applied; every written row has it."""
        self._opened: dict[str, _Opened] = {}
        self.touched: dict[str, dict[int, None]] = {}
        """track -> subjects that this editor wrote, in order."""

    def intern(self, subject: str) -> int:
        """The row number of an id, a new one if it is new."""
        number = self.number(subject)
        if number is None:
            # Maps become mutable at the first new id: most acts make none, and need not copy their roots.
            if not self._naming:
                self.new_ids, self.new_names, self._naming = self.new_ids.mutate(), self.new_names.mutate(), True
            number = self.base.count + len(self.new_ids)
            self.new_ids[subject] = number
            self.new_names[number] = subject
        return number

    def _named(self) -> tuple[Any, Any]:
        """The ids and names so far, as maps that no longer change."""
        if self._naming:
            self.new_ids, self.new_names, self._naming = self.new_ids.finish(), self.new_names.finish(), False
        return self.new_ids, self.new_names

    def _open(self, track: str) -> _Opened:
        """Make the maps of a track mutable, at its first write."""
        # Mutable maps are written in place, a third of the time of making a new map for each write; `done` freezes them.
        touched = self.touched[track] = {}
        changed = self.maps[track] = self.maps.get(track, EMPTY_MAP).mutate()
        field, refs = reverse_of(track), None
        if field is not None:
            refs = self.refs[track] = self.refs.get(track, EMPTY_MAP).mutate()
        opened = self._opened[track] = changed, refs, touched, 3 if field == "slot" else 2
        return opened

    def put(self, track: str, subject: int, rows: TrackRows) -> None:
        """Replace all rows of a subject by ``rows``, of which at most the last is new."""
        changed, refs, touched, field = self._opened.get(track) or self._open(track)
        touched[subject] = None
        if refs is not None:
            known = changed.get(subject)
            if known is None:
                targets = {row[field] for row in rows}
            else:
                # At most the last row is new, and what the others refer to is in the chains already.
                last = rows[-1][field] if rows else None
                targets = set() if any(row[field] == last for row in known) else {last}
            for target in targets:
                if target is not None:
                    refs[target] = (subject, refs.get(target))
        changed[subject] = rows

    def replace(self, track: str, subject: int, rows: TrackRows) -> None:
        """Replace all rows of a subject by ``rows``, of which any may be new or hold longer than before."""
        changed, refs, touched, field = self._opened.get(track) or self._open(track)
        touched[subject] = None
        if refs is not None:
            for target in {row[field] for row in rows}:
                chain = refs.get(target)
                if target is not None and (chain is None or chain[0] != subject):
                    refs[target] = (subject, chain)
        changed[subject] = rows

    def write(
        self, track: str, subject: int, day: int, value: Any, act: Any, slot: Any = None, until: int = FOREVER
    ) -> None:
        """From ``day`` on, the subject has ``value`` in ``slot``; None: no value."""
        rows = self.rows(track, subject)
        new = (day, day if value is None else until, value, slot, act, until, self.event)
        if rows and rows[-1][3] == slot and rows[-1][0] <= day:
            # The usual case: the last row is the one that holds, and no other row changes.
            last = rows[-1]
            last = (last[0], day, *last[2:]) if day < last[1] else last
            if len(rows) > BLOCK:
                self.put(track, subject, cast("TrackRows", Many.of(rows).ended(last, new)))
            else:
                self.put(track, subject, (*rows[:-1], last, new))
            return
        other_rows = tuple(
            (row[0], day, *row[2:]) if row[3] == slot and row[0] <= day < row[1] else row
            for row in rows
            if not (row[3] == slot and row[0] > day)
        )
        self.put(track, subject, (*other_rows, new))

    def move(self, track: str, subjects: Sequence[int], day: int, target: int, act: Any) -> bool:
        """As :meth:`write`, for several subjects that get the same target in a track with one slot.

        Args:
            track: the track.
            subjects: the subjects, each once.
            day: the first day of the new value.
            target: the new value.
            act: the act that says so.

        Returns:
            False, with nothing written, if one of the subjects does not refer to another one on the day.
        """
        new = (day, FOREVER, target, None, act, FOREVER, self.event)
        known, columns = self.maps.get(track, EMPTY_MAP), self.base.columns.get(track)
        written = [subject for subject in subjects if subject in known]
        unwritten = [subject for subject in subjects if subject not in known] if written else subjects
        new_rows: list[TrackRows] | None = []
        if unwritten:
            new_rows = None if columns is None else columns.followed(unwritten, day, new, self.base.acts.objects)
        if new_rows is None:
            return False
        for subject in written:
            moved = _moved(known[subject], day, new)
            if moved is None:
                return False
            new_rows.append(moved)
        changed, refs, touched, _ = self._opened.get(track) or self._open(track)
        chain = refs.get(target)
        for subject, rows in zip((*unwritten, *written), new_rows, strict=True):
            changed[subject] = rows
            chain = subject, chain
        refs[target] = chain
        touched.update(dict.fromkeys(subjects))
        return True

    def start(self, track: str, subject: int, day: int, value: Any, act: Any) -> None:
        """Write the first row of a subject that has none in this track."""
        changed, refs, touched, _ = self._opened.get(track) or self._open(track)
        touched[subject] = None
        if refs is not None:
            refs[value] = (subject, refs.get(value))
        changed[subject] = ((day, FOREVER, value, None, act, FOREVER, self.event),)

    def end(self, subject: int, day: int, act: Any) -> None:
        """End a subject and all its facts on ``day``, the first day without it. Links stay."""
        for track in {*self.base.columns, *self.maps}:
            if track == names.LINK or track == names.LIFE:
                continue
            ended = self._ended(track, subject, day)
            if ended is None:
                continue
            # Reverse look-ups stay: they find the subject, and its rows tell that they no longer hold.
            changed, _, touched, _ = self._opened.get(track) or self._open(track)
            if subject in changed:
                touched[subject] = None
                changed[subject] = ended
            else:
                self.put(track, subject, ended)
        lived = self._ended(names.LIFE, subject, day) or self.rows(names.LIFE, subject)
        self.put(names.LIFE, subject, (*lived, (day, day, None, None, act, FOREVER, self.event)))

    def _ended(self, track: str, subject: int, day: int) -> TrackRows | None:
        """The rows of a subject cut short on a day; None if no row reaches that far."""
        rows = self.rows(track, subject)
        if len(rows) == 1 and rows[0][1] > day:
            return ((rows[0][0], day, *rows[0][2:]),)
        if any(row[1] > day for row in rows):
            return tuple([(row[0], day, *row[2:]) if row[1] > day else row for row in rows])
        return None

    def link(self, old: int, new: int, day: int, value: Any, act: Any) -> None:
        """Write a succession link: a row that never ends, whose ``until`` is the number of its event."""
        row = (day, FOREVER, value, new, act, self.seq, self.event)
        self.put(names.LINK, old, (*self.rows(names.LINK, old), row))

    def iter_rows(self, track: str) -> Iterator[tuple[int, TrackRow]]:
        """All rows of a track, those written by this editor included."""
        # A map that is open for writing cannot be iterated, but the editor knows which subjects it wrote.
        written = self.touched.get(track, {})
        for subject, row in self._state.iter_rows(track):
            if subject not in written:
                yield subject, row
        for subject in sorted(written):
            for row in self.rows(track, subject):
                yield subject, row

    def next_seq(self) -> int:
        """The number of the next event."""
        self.seq += 1
        return self.seq

    def done(self) -> State:
        """The state with these writes; the editor must not be used afterwards."""
        for track in self.touched:
            self.maps[track] = self.maps[track].finish()
            if track in self.refs:
                self.refs[track] = self.refs[track].finish()
        state = self._state._next(self.maps, self.refs, *self._named(), self.seq)
        state._arrays = {track: w for track, w in list(self._state._arrays.items()) if track not in self.touched}
        return state
