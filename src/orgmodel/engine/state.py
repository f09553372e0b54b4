"""All tracks together: a persistent state, and the editor that makes the next one.

A :class:`State` never changes. Its past lies in frozen columns (:class:`Base`), which
branches share; what was written since lies in persistent maps over them. An
:class:`Editor` writes into copies of those maps and, when it is done, is a new state.
When the maps grow large they are folded into new columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

import numpy as np
from immutables import Map

from orgmodel.engine import thresholds
from orgmodel.engine.columns import (
    NOBODY,
    Acts,
    Columns,
    Ints,
    Longs,
    Pieces,
    Table,
    TrackRow,
    empty,
    grown,
    replaced,
    reverse_of,
    spans,
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
    "LARGE",
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

LARGE: Final = 2**31
"""Smaller numbers are added up as machine words: even two thousand million of them do not wrap round."""

TrackRows = tuple[TrackRow, ...]
Chain = tuple[int, Any] | None
"""A persistent list: (first, rest)."""

_Opened = tuple[Any, Any, dict[int, None], int]

EMPTY_MAP: Map[Any, Any] = Map()
_NOTHING: Final = empty(names.LIFE), empty(names.LINK)


class Base:
    """Frozen columns of every track, with the index of ids and the acts they point to."""

    __slots__ = ("_final", "_walked", "acts", "columns", "count", "ids")

    def __init__(self, ids: Index, columns: Mapping[str, Columns], acts: Acts) -> None:
        self.ids, self.columns, self.acts = ids, columns, acts
        self.count = len(ids)
        self._final: FinalSuccessors | None = None
        self._walked = 0

    def final_successors(self) -> FinalSuccessors | None:
        """The final successors of all units; None until enough walks were made that the table pays."""
        if self._final is None:
            links = self.columns.get(names.LINK, _NOTHING[1])
            self._walked += 1
            if self._walked * thresholds.LINKS_PER_WALK <= len(links):
                return None
            self._final = FinalSuccessors(links, self.columns.get(names.LIFE, _NOTHING[0]))
        return self._final


EMPTY_BASE: Final = Base(Index(), {}, Acts())


def _on(rows: TrackRows, day: int) -> Any:
    """The value on a day of a subject in a track of one slot."""
    for row in reversed(rows):
        if row[0] <= day:
            return row[2] if day < row[1] else None
    return None


class StateReader:
    """What can be asked of a state and of an editor alike. Subjects are row numbers, days ordinals."""

    __slots__ = ("base", "maps", "new_ids", "new_names", "refs")

    suggests: ClassVar[bool] = True
    """Whether who asks for a unit that is not there is told what may have been meant.

    Nobody misspells in what is worked out anew, and to search the names of all units at each point takes seconds.
    """
    base: Base
    maps: dict[str, Any]
    """track -> subject -> all rows of the subject, for those changed since the base."""
    refs: dict[str, Any]
    """track -> value (links: slot) -> chain of changed subjects that have it, and had it not in the columns."""
    new_ids: Any
    new_names: Any

    # ---- subjects

    @property
    def count(self) -> int:
        """How many subjects there ever were; numbers run below it."""
        return self.base.count + len(self.new_ids)

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if no subject ever had it."""
        try:
            found = self.new_ids.get(subject)
            return self.base.ids.number(subject) if found is None else found
        except TypeError:
            # Something that cannot be an id, such as a list of them: who asked says so.
            return None

    def numbers(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of many ids."""
        found, new = self.base.ids.each(subjects), self.new_ids
        if new and None in found:
            return [new.get(s) if n is None else n for s, n in zip(subjects, found, strict=True)]
        return found

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
        """All rows of a subject in a track, if anything was written of it since the columns were made."""
        changed = self.maps.get(track)
        result: TrackRows | None = None if changed is None else changed.get(subject)
        return result

    def any_rows(self, track: str, subjects: Longs) -> bool:
        """Whether any of the given subjects ever had a row in a track."""
        columns, changed = self.base.columns.get(track), self.maps.get(track, EMPTY_MAP)
        if changed and any(changed.get(subject) for subject in subjects.tolist()):
            return True
        if columns is None:
            return False
        inside = subjects.compress(subjects < len(columns.off) - 1)
        there = inside.compress(columns.off.take(inside + 1) > columns.off.take(inside))
        return any(subject not in changed for subject in there.tolist())

    def values(self, track: str, subjects: Sequence[int], day: int) -> list[Any]:
        """:meth:`value` of many subjects."""
        columns, changed = self.base.columns.get(track), self.maps.get(track)
        rest = subjects if changed is None else [subject for subject in subjects if subject not in changed]
        values = [None] * len(rest) if columns is None else columns.values_of(rest, day)
        if changed is None or len(rest) == len(subjects):
            return values
        of_rest = iter(values)
        return [_on(changed[subject], day) if subject in changed else next(of_rest) for subject in subjects]

    def value(self, track: str, subject: int, day: int) -> Any:
        """The value on a day in a track of one slot, None if there is none."""
        changed = self.maps.get(track)
        if changed is not None:
            rows: TrackRows | None = changed.get(subject)
            if rows is not None:
                for row in reversed(rows):
                    if row[0] <= day:
                        return row[2] if day < row[1] else None
                return None
        columns = self.base.columns.get(track)
        if columns is None:
            return None
        return columns.value_at(subject, day)

    def above(self, track: str, subject: int, day: int) -> list[int]:
        """What a referring track of one slot says of a subject on a day, of what that says, and so on."""
        changed = self.maps.get(track)
        columns = self.base.columns.get(track)
        code_at = None if columns is None else columns.code_at
        result: list[int] = []
        at: int | None = subject
        while True:
            rows: TrackRows | None = None if changed is None else changed.get(at)
            if rows is not None:
                at = next((row[2] for row in reversed(rows) if row[0] <= day < row[1]), None)
            else:
                at = None if code_at is None or at is None else code_at(at, day)
            if at is None or at < 0:
                return result
            result.append(at)

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
        """Subjects that ever lived and are of a sort other than units: clusters, clusterings; in order of numbers."""
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
        """The rows of the subjects of a track that changed since the columns were made."""
        changed: Iterable[tuple[int, TrackRows]] = self.maps.get(track, EMPTY_MAP).items()
        return changed

    def is_live(self, subject: int, day: int) -> bool:
        """Whether the subject exists on a day."""
        changed = self.maps.get(names.LIFE)
        if changed is not None and changed.get(subject) is not None:
            return self.value(names.LIFE, subject, day) is not None
        columns = self.base.columns.get(names.LIFE)
        return columns is not None and columns.code_at(subject, day) is not None

    def was_live(self, subject: int) -> bool:
        """Whether the subject ever existed, even for no whole day."""
        changed = self.maps.get(names.LIFE)
        rows = None if changed is None else changed.get(subject)
        if rows is not None:
            return bool(rows)
        columns = self.base.columns.get(names.LIFE)
        return columns is not None and subject + 1 < len(columns.off) and columns.has_rows(subject)

    def subjects_with(self, track: str, target: Any, day: int, known: Mapping[int, Any] | None = None) -> list[int]:
        """Subjects whose value is ``target`` on a day, in order of their numbers.

        Only for tracks that are looked up backwards: see :func:`reverse_of`.
        ``known`` may say of some subjects what their values are, if the caller has written them.
        """
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        found = [] if columns is None else columns.subjects_to(target, day)
        if known:
            found = [s for s in found if known.get(s, target) == target]
        chain: Chain = self.refs.get(track, EMPTY_MAP).get(target)
        # Rows that the columns hold and that were only cut short since need not be in the chain.
        open_ = [s for s in found if s in changed] if changed else []
        if open_:
            found = [s for s in found if s not in changed]
        while chain is not None:
            s, chain = chain
            open_.append(s)
        if names.has_one_slot(track):
            # The last row that begins by the day tells.
            found += [s for s in dict.fromkeys(open_) if _on(changed[s], day) == target]
        else:
            for s in dict.fromkeys(open_):
                if any(row[2] == target and row[0] <= day < row[1] for row in changed[s]):
                    found.append(s)
        found.sort()
        return found

    def subjects_ever(self, track: str, target: Any) -> list[int]:
        """Subjects that have ``target`` in any row, each once; for tracks as in :meth:`subjects_with`, and links."""
        columns = self.base.columns.get(track)
        result: dict[int, None] = {} if columns is None else dict.fromkeys(columns.ever_to(target))
        chain: Chain = self.refs.get(track, EMPTY_MAP).get(target)
        while chain is not None:
            s, chain = chain
            result[s] = None
        return list(result)

    def places_on(self, track: str, day: int) -> Iterator[tuple[Any, Any, list[int]]]:
        """(kind, kind of what is above or None for a root, units) of all units in a hierarchy on a day, by kinds."""
        kinds, names_of = self.codes_on(names.KIND, day)
        parents = self.held_on(track, day)
        units = np.flatnonzero(parents != NOBODY)
        above = parents.take(units)
        # Pairs of codes from -1, which stands for no kind and for the place of the root.
        many = len(names_of) + 1
        pairs = (kinds.take(units) + 1) * many + np.where(above >= 0, kinds.take(np.maximum(above, 0)), -1) + 1
        of_kind = [None, *names_of]
        for pair in np.flatnonzero(np.bincount(pairs)).tolist():
            yield of_kind[pair // many], of_kind[pair % many], units[pairs == pair].tolist()

    def links_from(self, subject: int) -> TrackRows:
        """Rows of links out of a unit; the slot is the new unit."""
        return self.rows(names.LINK, subject)

    def links_to(self, subject: int) -> list[tuple[int, TrackRow]]:
        """Pairs (old unit, row) of the links into a unit, in order of their sequence."""
        found: dict[int, None] = {}
        changed = self.maps.get(names.LINK, EMPTY_MAP)
        columns = self.base.columns.get(names.LINK)
        if columns is not None:
            found = dict.fromkeys(columns.ever_to(subject))
        chain: Chain = self.refs.get(names.LINK, EMPTY_MAP).get(subject)
        while chain is not None:
            s, chain = chain
            found[s] = None
        pairs = [(s, row) for s in found for row in (changed.get(s) or self.rows(names.LINK, s)) if row[3] == subject]
        return sorted(pairs, key=lambda pair: (pair[1][5], pair[0]))

    # ---- whole days

    def iter_rows(self, track: str) -> Iterator[tuple[int, TrackRow]]:
        """All rows of a track, by subject."""
        changed = self.maps.get(track, EMPTY_MAP)
        columns = self.base.columns.get(track)
        if columns is not None and len(columns):
            acts = self.base.acts.objects
            for s in np.unique(columns.subject).tolist():
                if s not in changed:
                    for row in columns.rows(s, acts):
                        yield s, row
        for s, rows in sorted(changed.items()):
            for row in rows:
                yield s, row

    def live_rows(self, track: str, day: int) -> Iterator[tuple[int, Any, Any]]:
        """(subject, slot, value) of what a track holds on a day, by subject from the columns, then from the maps."""
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
        """Row numbers that a referring track holds on a day, by subject; :data:`NOBODY` where none."""
        columns = self.base.columns.get(track)
        if columns is None:
            out = np.full(self.count, NOBODY, np.int32)
        else:
            out = columns.log().on(day)
            if len(out) < self.count:
                out = np.concatenate([out, np.full(self.count - len(out), NOBODY, np.int32)])
        return self._with_written(out, track, day)

    def held_on(self, track: str, day: int) -> Ints:
        """What :meth:`numbers_on` gives, for one question: without the log of writes that makes the next one cheap."""
        out = np.full(self.count, NOBODY, np.int32)
        columns = self.base.columns.get(track)
        if columns is not None:
            rows = columns.live(day)
            out[columns.subject.take(rows)] = columns.value.take(rows)
        return self._with_written(out, track, day)

    def _with_written(self, out: Ints, track: str, day: int) -> Ints:
        changed = self.maps.get(track, EMPTY_MAP)
        if len(changed) < thresholds.ARRAYS_FROM:
            for s, rows in changed.items():
                found = _on(rows, day)
                out[s] = NOBODY if found is None else found
            return out
        written = self._written(track)
        if written is not None:
            out[written.subjects] = NOBODY
            live = written.live(day)
            out[written.subject.take(live)] = written.numbers.take(live)
        return out

    def _written(self, track: str) -> Written | None:
        """What was written to a track since the columns were made; None if nothing was."""
        changed = self.maps.get(track)
        return Written(changed.items()) if changed else None

    def _among_written(self, track: str, subjects: Longs) -> Flags | None:
        """Which of some subjects a track's map holds; None if it holds none."""
        written = self._written(track)
        return None if written is None else written.touched.among(subjects)

    def below(self, track: str, top: int, day: int) -> Longs:
        """Row numbers of all subjects below one on a day, level by level, itself left out."""
        if len(self.maps.get(track, EMPTY_MAP)) > thresholds.ARRAYS_FROM and not self.subjects_with(track, top, day):
            # What was written need not be made arrays of to find that nobody is there.
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

    def amounts_of(self, track: str, subjects: Longs, day: int, slot: Any) -> tuple[Longs, list[Any]]:
        """What some subjects have in a measure track on a day: whole numbers, and what is not a whole number."""
        columns = self.base.columns.get(track)
        touched = self._among_written(track, subjects)
        whole: Longs = np.zeros(0, np.int64)
        other: list[Any] = []
        if columns is not None and columns.slot is not None:
            kept = subjects if touched is None else subjects.compress(~touched)
            if self.count > self.base.count:
                kept = kept.compress(kept < self.base.count)
            rows = spans(columns.off, kept)
            rows = rows.compress((columns.start.take(rows) <= day) & (day < columns.end.take(rows)))
            rows = columns.of_slot(rows, slot)
            values = columns.value.take(rows).astype(np.int64)
            common = (values >= 0) & (values < LARGE)
            whole = values.compress(common)
            other = [columns.decode(v) for v in values.compress(~common).tolist()]
        if touched is not None and touched.any():
            rows_of = self.maps[track]
            more = [
                row[2]
                for s in subjects.compress(touched).tolist()
                for row in rows_of[s]
                if row[3] == slot and row[0] <= day < row[1]
            ]
            plain = [v for v in more if type(v) is int and 0 <= v < LARGE]
            whole = np.concatenate([whole, np.array(plain, np.int64)])
            other += [v for v in more if not (type(v) is int and 0 <= v < LARGE)]
        return whole, other

    def may_hold(self, track: str, value: Any) -> bool:
        """Whether a coded track may ever have said a value of anybody; said without looking at more than a few rows."""
        columns, changed = self.base.columns.get(track), self.maps.get(track, EMPTY_MAP)
        if columns is not None and columns.values.find(value) is not None:
            return True
        return len(changed) > thresholds.ARRAYS_FROM or any(
            row[2] == value for rows in changed.values() for row in rows
        )

    def holding(self, track: str, value: Any, day: int) -> Longs:
        """Subjects that hold a value on a day in a track of one slot, in order of their numbers."""
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
        """Subjects that a unit has become by a day and that live on it, in order of the links."""
        links, lives = self.maps.get(names.LINK), self.maps.get(names.LIFE)
        if day >= EVER and (final := self.base.final_successors()) is not None:
            result = final.of(start, links, lives)
            if result is not None:
                return result
        columns = self.base.columns
        reached = columns.get(names.LINK, _NOTHING[1]).reached(start, day, links)
        return columns.get(names.LIFE, _NOTHING[0]).holding(reached, day, lives)

    def codes_on(self, track: str, day: int) -> tuple[Ints, list[Any]]:
        """Codes that a track of one slot holds on a day, by subject (-1: none), and what they stand for."""
        out = np.full(self.count, -1, np.int32)
        columns, changed = self.base.columns.get(track), self.maps.get(track, EMPTY_MAP)
        written = self._written(track) if len(changed) >= thresholds.ARRAYS_FROM else None
        objects: list[Any] = []
        if columns is not None:
            rows = columns.live(day, None if written is None else written.subjects)
            out[columns.subject.take(rows)] = columns.value.take(rows)
            objects = list(columns.values.objects)
        if len(changed) < thresholds.ARRAYS_FROM:
            for s, held in changed.items():
                found = _on(held, day)
                if found is not None and found not in objects:
                    objects.append(found)
                out[s] = -1 if found is None else objects.index(found)
        if written is not None:
            codes = {o: c for c, o in enumerate(objects)}
            live = written.live(day).tolist()
            for s, row in zip(written.subject.take(live).tolist(), map(written.rows.__getitem__, live), strict=True):
                code = codes.get(row[2])
                if code is None:
                    code = codes[row[2]] = len(objects)
                    objects.append(row[2])
                out[s] = code
        return out, objects

    def spans(self, track: str) -> tuple[Ints, Ints, Ints, Ints, list[Any]]:
        """All rows of a track of one slot: subjects, starts, ends, codes, and what the codes stand for."""
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
        found = [np.concatenate([part[keep], rows]) for part, rows in zip(parts, more, strict=True)]
        return found[0], found[1], found[2], found[3], list(codes)

    def amounts_on(self, track: str, day: int, slot: Any) -> dict[str, Any]:
        """What a measure track holds on a day in a slot: subjects and whole numbers, and what is not a whole number."""
        written = self._written(track)
        columns = self.base.columns.get(track)
        other: dict[int, Any] = {}
        more: list[tuple[int, int]] = []
        if written is not None:
            live = written.live(day).tolist()
            for s, row in zip(written.subject.take(live).tolist(), map(written.rows.__getitem__, live), strict=True):
                if row[3] != slot:
                    continue
                if type(row[2]) is int and 0 <= row[2] < LARGE:
                    more.append((s, row[2]))
                else:
                    other[s] = row[2]
        rows = np.zeros(0, np.intp)
        if columns is not None:
            rows = columns.of_slot(columns.live(day, None if written is None else written.subjects), slot)
        n = len(rows)
        subjects, amounts = np.empty(n + len(more), np.intp), np.empty(n + len(more), np.int64)
        subjects[n:], amounts[n:] = [m[0] for m in more], [m[1] for m in more]
        if columns is not None and n:
            subjects[:n] = columns.subject.take(rows)
            columns.value.take(rows, out=amounts[:n], mode="clip")
            if int(amounts.min()) < 0 or int(amounts.max()) >= LARGE:
                common = (amounts >= 0) & (amounts < LARGE)
                for at in np.flatnonzero(~common).tolist():
                    other[int(subjects[at])] = columns.decode(int(amounts[at]))
                whole = np.flatnonzero(common)
                subjects, amounts = subjects.take(whole), amounts.take(whole)
        # Those from the columns are in order of their subjects; those that were written since stand behind them.
        return {"subjects": subjects, "amounts": amounts, "other": other, "sorted": len(subjects) - len(more)}


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
        """The state itself; that which is looked at, if this one only remembers what was asked."""
        return self

    def edit(self) -> Editor:
        """An editor that starts from this state."""
        return Editor(self)

    def _next(self, maps: dict[str, Any], refs: dict[str, Any], new_ids: Any, new_names: Any, seq: int) -> State:
        """The state that an editor of this one has made."""
        return State(self.base, maps, refs, new_ids, new_names, seq)

    def __reduce__(self) -> tuple[Any, ...]:
        """What it consists of, for another process."""
        ids, tracks, acts = self.parts()
        columns = {track: part if isinstance(part, Columns) else part.joined() for track, part in tracks.items()}
        parts = {
            track: (c.fields() | {"off": c.off}, c.values.objects, c.slots.objects) for track, c in columns.items()
        }
        return _unpickled, ([*ids.names()], parts, acts.objects, self.seq)

    def changed_pairs(self) -> int:
        """How many (track, subject) pairs lie in the maps."""
        return sum(len(m) for m in self.maps.values())

    def settled(self, at: int = 0) -> State:
        """The same state, folded if its maps have grown large: what is to be kept and asked about.

        Args:
            at: the least number of changed pairs to fold, if that is more than usual.
        """
        return self.folded() if self.changed_pairs() >= max(at, thresholds.FOLD_FROM) else self

    def folded(self) -> State:
        """The same state with its maps folded into columns."""
        ids, tracks, acts = self.parts()
        columns = {track: part if isinstance(part, Columns) else part.joined() for track, part in tracks.items()}
        return State(Base(ids, columns, acts), seq=self.seq)

    def with_act(self, old: Any, new: Any) -> State:
        """The same state, folded, in which rows point to another act instead of one."""
        folded = self.folded() if self.maps or len(self.new_ids) else self
        base = folded.base
        return State(Base(base.ids, base.columns, base.acts.instead(old, new)), seq=self.seq)

    def parts(self) -> tuple[Index, dict[str, Columns | Pieces], Acts]:
        """What the folded state consists of, with nothing copied yet."""
        acts = self.base.acts.copy()
        ids = self.base.ids.extended(self.new_names[n] for n in range(self.base.count, self.count))
        tracks: dict[str, Columns | Pieces] = {t: grown(c, len(ids)) for t, c in self.base.columns.items()}
        for track, changed in self.maps.items():
            tracks[track] = replaced(track, len(ids), self.base.columns.get(track), changed.items(), acts)
        return ids, tracks, acts

    def before(self, day: int) -> State:
        """The state without anything that was written on or after a day."""
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
        """Rows laid over columns, with some of the new subjects."""
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
            kept = np.flatnonzero(c.start < day)
            until = np.full(len(c), FOREVER, np.int32) if c.until is None else c.until
            end = c.end if track == names.LINK else np.where(c.end >= day, until, c.end).astype(np.int32)
            off = np.zeros(base.count + 1, np.int32)
            subject = c.subject.take(kept)
            np.cumsum(np.bincount(subject, minlength=base.count), out=off[1:])
            columns[track] = c.taken(kept, off, subject=subject, end=end.take(kept))
        return State(Base(base.ids, columns, base.acts), seq=self.seq)

    def unnumbered(self) -> State:
        """The state without the numbers at the end whose subjects never lived.

        What is replayed on it numbers them again: numbers stay in order of creation,
        whatever was recorded first.
        """
        lives = self.base.columns.get(names.LIFE)
        changed = self.maps.get(names.LIFE, EMPTY_MAP)
        count = max((s + 1 for s, rows in changed.items() if rows), default=0)
        at = 0 if lives is None else len(lives)
        while at and lives is not None and int(lives.subject[at - 1]) >= count:
            last = int(lives.subject[at - 1])
            if last not in changed:
                count = last + 1
            at = int(lives.off[last])
        if count == self.count:
            return self
        base = self.base
        if count < base.count:
            columns = {track: c.first(count) for track, c in base.columns.items()}
            base = Base(base.ids.first(count), columns, base.acts)
        rows = {track: {s: r for s, r in held.items() if s < count} for track, held in self.maps.items()}
        return self._over(base, range(self.base.count, count), rows)


def _unpickled(ids: list[str], parts: Mapping[str, Any], acts: list[Any], seq: int) -> State:
    columns = {
        track: Columns(track, **fields, values=Table(values), slots=Table(slots))
        for track, (fields, values, slots) in parts.items()
    }
    return State(Base(Index(ids), columns, Acts(acts)), seq=seq)


def _before(track: str, rows: TrackRows, day: int) -> TrackRows:
    """The rows of a subject without what was written on or after a day."""
    kept = [row for row in rows if row[0] < day]
    if track == names.LINK:
        return tuple(kept)
    return tuple([(row[0], row[5], *row[2:]) if row[1] >= day else row for row in kept])


class Editor(StateReader):
    """Writes that become the next state. Not shared between threads; the state it came from is untouched.

    Writes must come in order of their days: an editor never opens the past.
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
        """The label of the event that is being applied: every row written bears it."""
        self._opened: dict[str, _Opened] = {}
        self.touched: dict[str, dict[int, None]] = {}
        """track -> subjects written by this editor, in order."""

    def intern(self, subject: str) -> int:
        """The row number of an id, a new one if it is new."""
        number = self.number(subject)
        if number is None:
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
        """A track to write to: its rows, its backward look-up, what was touched, and the field looked up."""
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
            # Mostly the last row is the one that goes on until now; those before it need not be looked at.
            last = rows[-1]
            last = (last[0], day, *last[2:]) if day < last[1] else last
            if len(rows) > BLOCK:
                self.put(track, subject, cast("TrackRows", Many.of(rows).ended(last, new)))
            else:
                self.put(track, subject, (*rows[:-1], last, new))
            return
        kept = tuple(
            (row[0], day, *row[2:]) if row[3] == slot and row[0] <= day < row[1] else row
            for row in rows
            if not (row[3] == slot and row[0] > day)
        )
        self.put(track, subject, (*kept, new))

    def move(self, track: str, subjects: Sequence[int], day: int, target: int, act: Any) -> bool:
        """As :meth:`write`, for several subjects that get the same target, in a track of one slot.

        Args:
            track: which.
            subjects: whom, each once.
            day: since when.
            target: the new value of all.
            act: by which act.

        Returns:
            False, and nothing was written, if one of them does not refer to another subject on the day.
        """
        new = (day, FOREVER, target, None, act, FOREVER, self.event)
        known, columns = self.maps.get(track, EMPTY_MAP), self.base.columns.get(track)
        written = [subject for subject in subjects if subject in known]
        rest = [subject for subject in subjects if subject not in known] if written else subjects
        found: list[TrackRows] = []
        if rest:
            followed = None if columns is None else columns.followed(rest, day, new, self.base.acts.objects)
            if followed is None:
                return False
            found = followed
        for subject in written:
            held = known[subject]
            if not held:  # what was written of it was taken back
                return False
            last = held[-1]
            if not last[0] <= day < last[1] or last[2] is None or last[2] < 0:
                return False
            found.append((*held[:-1], (last[0], day, *last[2:]), new))
        changed, refs, touched, _ = self._opened.get(track) or self._open(track)
        chain = refs.get(target)
        for subject, rows in zip((*rest, *written), found, strict=True):
            changed[subject] = rows
            chain = subject, chain
        refs[target] = chain
        touched.update(dict.fromkeys(subjects))
        return True

    def start(self, track: str, subject: int, day: int, value: Any, act: Any) -> None:
        """The first row of a subject that has none in this track."""
        changed, refs, touched, _ = self._opened.get(track) or self._open(track)
        touched[subject] = None
        if refs is not None:
            refs[value] = (subject, refs.get(value))
        changed[subject] = ((day, FOREVER, value, None, act, FOREVER, self.event),)

    def end(self, subject: int, day: int, act: Any) -> None:
        """End a subject and all facts about it on ``day``, the first day without it. Links stay."""
        for track in {*self.base.columns, *self.maps}:
            if track == names.LINK or track == names.LIFE:
                continue
            ended = self._ended(track, subject, day)
            if ended is None:
                continue
            # Backward look-ups stay: they find the subject, whose rows then say since when it is over.
            changed, _, touched, _ = self._opened.get(track) or self._open(track)
            if subject in changed:
                touched[subject] = None
                changed[subject] = ended
            else:
                self.put(track, subject, ended)
        lived = self._ended(names.LIFE, subject, day) or self.rows(names.LIFE, subject)
        self.put(names.LIFE, subject, (*lived, (day, day, None, None, act, FOREVER, self.event)))

    def _ended(self, track: str, subject: int, day: int) -> TrackRows | None:
        """The rows of a subject cut short on a day; None if none of them holds until then."""
        rows = self.rows(track, subject)
        if len(rows) == 1 and rows[0][1] > day:
            return ((rows[0][0], day, *rows[0][2:]),)
        if any(row[1] > day for row in rows):
            return tuple([(row[0], day, *row[2:]) if row[1] > day else row for row in rows])
        return None

    def link(self, old: int, new: int, day: int, value: Any, act: Any) -> None:
        """A succession link: a row that starts on its day and never ends; ``until`` holds its sequence number."""
        row = (day, FOREVER, value, new, act, self.seq, self.event)
        self.put(names.LINK, old, (*self.rows(names.LINK, old), row))

    def iter_rows(self, track: str) -> Iterator[tuple[int, TrackRow]]:
        """All rows of a track, those written here included."""
        # A map that is being written to cannot be iterated; what was written is known by subject.
        written = self.touched.get(track, {})
        for subject, row in self._state.iter_rows(track):
            if subject not in written:
                yield subject, row
        for subject in sorted(written):
            for row in self.rows(track, subject):
                yield subject, row

    def next_seq(self) -> int:
        """A number that grows with every event."""
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
