"""What can be asked of a state: the rows, values and links of subjects, through the overlay and the columns below it.

A subject's rows lie in the overlay as soon as one of them was written since the columns were made, else in the columns. So
each question is answered twice here, in a few lines each: by arrays for the columns, row by row for the overlay, which is
small. States, editors, and views of a state at a point inside a day are readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import filterfalse
from typing import Any, ClassVar, Final

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
    Table,
    TrackRow,
    distinct,
    empty,
    indices,
)
from orgmodel.engine.final_successors import EVER, FinalSuccessors
from orgmodel.engine.index import Index
from orgmodel.engine.written import Few, Flags, Written
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "EMPTY_BASE",
    "EMPTY_MAP",
    "Base",
    "Chain",
    "StateReader",
    "TrackRows",
]

TrackRows = tuple[TrackRow, ...]
Chain = tuple[int, Any] | None
"""A persistent list: (first, rest)."""

EMPTY_MAP: Map[Any, Any] = Map()
_NO_LIVES: Final = empty(names.LIFE)
_NO_LINKS: Final = empty(names.LINK)


class Base:
    """Frozen columns of every track, the index of ids, and the acts that rows point to."""

    __slots__ = ("_final", "_walked", "acts", "columns", "count", "ids")

    def __init__(self, ids: Index, columns: Mapping[str, Columns], acts: Acts) -> None:
        self.ids, self.columns, self.acts = ids, columns, acts
        self.count = len(ids)
        self._final: FinalSuccessors | None = None
        self._walked = 0

    @property
    def lives(self) -> Columns:
        """The lives of all subjects; empty columns if nothing ever began."""
        return self.columns.get(names.LIFE, _NO_LIVES)

    @property
    def links(self) -> Columns:
        """The succession links of all subjects; empty columns if there are none."""
        return self.columns.get(names.LINK, _NO_LINKS)

    def final_successors(self) -> FinalSuccessors | None:
        """The final successors of all units; None until so many were asked for that the table pays."""
        if self._final is None:
            self._walked += 1
            if self._walked * thresholds.LINKS_PER_WALK <= len(self.links):
                return None
            self._final = FinalSuccessors(self.links, self.lives)
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
        reached = self.base.links.reached(start, day, links)
        return self.base.lives.holding(reached, day, lives)

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
