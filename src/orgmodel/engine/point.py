"""The state at a point inside a day: just before an event of an act.

Operations that are worked out anew ask what held just before them. Replaying the day up to that point would cost as
much as the day; here nothing is replayed. A :class:`PointState` uses the same columns and overlay, and drops later rows
of a subject when it is asked about the subject: :class:`RowsBefore` stands in for a map of the overlay,
:class:`BackwardBefore` for a reverse look-up. Only questions about a whole day look at all subjects written later.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from attrs import field, frozen

from orgmodel.engine.columns import Columns, Longs, TrackRow, distinct, reverse_of
from orgmodel.engine.state import State
from orgmodel.engine.state_reader import EMPTY_MAP, Base, Chain, TrackRows
from orgmodel.engine.written import Flags
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "BackwardBefore",
    "Before",
    "PointState",
    "RowsBefore",
    "before_point",
    "death_of",
    "ended",
]


@frozen
class Before:
    """A point inside a day: rows that were written before it count.

    Attributes:
        day: the day, as an ordinal.
        earlier: ids of the acts of that day that come before ``act``.
        act: the id of the act.
        label: the label of the event of ``act`` before which the point lies.

    >>> before = Before(9, {"a"}, "b", 2)
    >>> class Act:
    ...     id = "b"
    >>> [before.holds((9, 10, "x", None, Act, 10, label)) for label in (1, 2)]
    [True, False]
    """

    day: int
    earlier: Container[str] = field(factory=frozenset)
    act: str = ""
    label: int = 0

    def holds(self, row: TrackRow) -> bool:
        """Whether a row was written before the point."""
        if row[0] != self.day:
            return row[0] < self.day
        act: str = row[4].id
        return row[6] < self.label if act == self.act else act in self.earlier


def ended(rows: Sequence[TrackRow], death: int, since: int = 0) -> TrackRows:
    """The rows of one subject, in order of writing, with their ends computed.

    A row ends on the day with which it was written, when the next row of its slot starts, or with its subject,
    whichever comes first. A row without a value is empty.

    Args:
        rows: the rows.
        death: the first day without the subject.
        since: ends before this day are right already.
    """
    result: list[TrackRow] = []
    for at, row in enumerate(rows):
        if row[1] >= since:
            start, value, slot = row[0], row[2], row[3]
            if value is None:
                end = start
            else:
                end = min(row[5], death)
                for later in rows[at + 1 :]:
                    if later[3] == slot:
                        end = min(end, later[0])
                        break
            if end != row[1]:
                row = (start, end, *row[2:])
        result.append(row)
    return tuple(result)


def death_of(life: Sequence[TrackRow]) -> int:
    """The first day without a subject, from its rows in the track of lives; :data:`FOREVER` if it goes on."""
    return int(life[-1][0]) if life and life[-1][2] is None else FOREVER


class RowsBefore:
    """Subject -> its rows before a point, for the subjects of a track whose rows in the columns differ.

    It stands in for a map of the overlay, also for an editor that writes to it.
    """

    __slots__ = ("_changed", "_columns", "_cut", "_lives", "_objects", "_point", "_subjects", "_track", "_written")

    def __init__(self, track: str, base: Base, changed: Any, lives: RowsBefore | None, point: Before) -> None:
        self._track, self._changed, self._point = track, changed, point
        self._columns: Columns | None = base.columns.get(track)
        self._objects = base.acts
        self._lives = self if lives is None else lives
        self._cut: dict[int, TrackRows | None] = {}
        self._written: dict[int, TrackRows] = {}
        self._subjects: list[int] | None = None

    def get(self, subject: int, default: Any = None) -> Any:
        """The rows of a subject; None if those in the columns are right."""
        rows = self._written.get(subject)
        if rows is None:
            rows = self._cut[subject] if subject in self._cut else self._before(subject)
        return default if rows is None else rows

    def _before(self, subject: int) -> TrackRows | None:
        """As :meth:`get`, without what an editor wrote at the point."""
        if subject in self._cut:
            return self._cut[subject]
        rows: TrackRows | None = self._changed.get(subject)
        if rows is None and self._columns is not None and self._columns.is_late(subject, self._point.day):
            rows = self._columns.rows(subject, self._objects.objects)
        if rows is not None:
            rows = self._without_later(subject, rows)
        self._cut[subject] = rows
        return rows

    def _without_later(self, subject: int, rows: TrackRows) -> TrackRows:
        earlier_rows = tuple(filter(self._point.holds, rows))
        if self._track == names.LINK:
            return earlier_rows
        return ended(earlier_rows, FOREVER if self._lives is self else self._lives.death(subject), self._point.day)

    def death(self, subject: int) -> int:
        """The first day without a subject, as far as was known at the point."""
        rows = self._before(subject)
        # Without rows of its own here the subject ended before the day, if at all: no row of it reaches the day.
        return FOREVER if rows is None else death_of(rows)

    def changed(self) -> Iterator[tuple[int, TrackRows]]:
        """Pairs (subject, rows) of the overlay and of what was written at the point, rows after it included."""
        yield from self._changed.items()
        yield from self._written.items()

    def any(self) -> bool:
        """Whether any subject has a row before the point; stops at the first one."""
        if any(self._written.values()) or any(self.get(subject) for subject in self._changed):
            return True
        return self._columns is not None and self._any_of_the_day(self._columns)

    def _any_of_the_day(self, columns: Columns) -> bool:
        """Whether the columns hold a row that was written on the day, before the point."""
        point = self._point
        rows = np.flatnonzero(columns.start == point.day)
        codes = columns.act.take(rows)
        for code in distinct(codes).tolist():
            act = self._objects.objects[code].id
            if act in point.earlier:
                return True
            if act == point.act:
                labels = 0 if columns.event is None else columns.event.take(rows.compress(codes == code))
                if np.less(labels, point.label).any():
                    return True
        return False

    def __contains__(self, subject: int) -> bool:
        # Not by `get`, which would compute the rows.
        if subject in self._cut:
            return self._cut[subject] is not None or subject in self._written
        if subject in self._written or subject in self._changed:
            return True
        return self._columns is not None and self._columns.is_late(subject, self._point.day)

    def __getitem__(self, subject: int) -> TrackRows:
        rows: TrackRows | None = self.get(subject)
        if rows is None:
            if self._columns is None:
                raise KeyError(subject)
            rows = self._columns.rows(subject, self._objects.objects)
        return rows

    def __setitem__(self, subject: int, rows: TrackRows) -> None:
        if self._subjects is not None and subject not in self:
            self._subjects = None
        self._written[subject] = rows

    def _all(self) -> list[int]:
        if self._subjects is None:
            late: Iterable[int] = () if self._columns is None else self._columns.late(self._point.day).tolist()
            self._subjects = list({**dict.fromkeys(late), **dict.fromkeys(self._changed), **self._written})
        return self._subjects

    def __iter__(self) -> Iterator[int]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        # True although it may be empty: telling would take a look at all subjects, and callers only save work by it.
        return True

    def items(self) -> Iterator[tuple[int, TrackRows]]:
        """Pairs (subject, rows)."""
        return ((subject, self[subject]) for subject in self._all())

    def values(self) -> Iterator[TrackRows]:
        """The rows of each subject."""
        return map(self.__getitem__, self._all())

    def mutate(self) -> Self:
        """A copy to write to."""
        copied = type(self).__new__(type(self))
        for name in RowsBefore.__slots__:
            setattr(copied, name, getattr(self, name))
        # The map of lives reads itself; its copy must not go on reading the original.
        if copied._lives is self:
            copied._lives = copied
        copied._written = self._written.copy()
        return copied

    def finish(self) -> Self:
        """Itself: an editor calls this when it is done."""
        return self


class BackwardBefore:
    """Target -> chain of subjects that may have it at a point, as far as :class:`RowsBefore` has them."""

    __slots__ = ("_chains", "_columns", "_known", "_rows")

    def __init__(self, columns: Columns | None, known: Any, rows: RowsBefore) -> None:
        self._columns, self._known, self._rows = columns, known, rows
        self._chains: dict[Any, Chain] = {}

    def get(self, target: Any, default: Any = None) -> Any:
        """The chain of a target."""
        del default
        if target in self._chains:
            return self._chains[target]
        chain: Chain = self._known.get(target)
        if self._columns is not None:
            for subject in filter(self._rows.__contains__, dict.fromkeys(self._columns.ever_to(target))):
                chain = subject, chain
        self._chains[target] = chain
        return chain

    def __setitem__(self, target: Any, chain: Chain) -> None:
        self._chains[target] = chain

    def mutate(self) -> BackwardBefore:
        """A copy to write to."""
        copied = BackwardBefore(self._columns, self._known, self._rows)
        copied._chains = self._chains.copy()
        return copied

    def finish(self) -> BackwardBefore:
        """Itself: an editor calls this when it is done."""
        return self


class PointState(State):
    """The state before a point, with the writes that an editor made at the point.

    Row numbers are those of the original state. A subject that does not exist yet at the point has none.
    """

    __slots__ = ("_point", "_tracks")

    suggests = False

    def __init__(
        self,
        point: Before,
        base: Base,
        maps: dict[str, Any],
        refs: dict[str, Any],
        new_ids: Any,
        new_names: Any,
        seq: int,
    ) -> None:
        super().__init__(base, maps, refs, new_ids, new_names, seq)
        self._point = point
        self._tracks: list[str] | None = None

    def number(self, subject: str) -> int | None:
        """The row number of an id, None if no subject had it before the point."""
        number = super().number(subject)
        return None if number is None or not self.was_live(number) else number

    def numbers(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of many ids."""
        was_live = self.was_live
        return [None if number is None or not was_live(number) else number for number in super().numbers(subjects)]

    def tracks(self) -> list[str]:
        """Names of all tracks that have rows, sorted."""
        if self._tracks is None:
            self._tracks = [track for track in super().tracks() if self.has_rows(track)]
        return self._tracks

    def changed_rows(self, track: str) -> Iterable[tuple[int, TrackRows]]:
        """The overlay of a track: pairs (subject, all its rows), rows after the point included."""
        rows = self.maps.get(track)
        return rows.changed() if isinstance(rows, RowsBefore) else super().changed_rows(track)

    def has_rows(self, track: str) -> bool:
        """Whether anything was written to a track before the point."""
        columns = self.base.columns.get(track)
        # Answers for nearly all tracks, and looks at one number.
        if columns is not None and columns.first_day() < self._point.day:
            return True
        rows = self.maps.get(track)
        if isinstance(rows, RowsBefore):
            return rows.any()
        return rows is not None and any(rows.values())

    def below(self, track: str, top: int, day: int) -> Longs:
        """Row numbers of all descendants of a subject on a day, level by level."""
        # A loop: arrays of the overlay would be made of all subjects that were written later, for one question.
        result: list[int] = []
        level = [top]
        while level:
            level = [child for number in level for child in self.subjects_with(track, number, day)]
            result += level
        return np.array(result, np.int64)

    def _among_written(self, track: str, subjects: Longs) -> Flags | None:
        changed = self.maps.get(track)
        if changed is None:
            return None
        return np.fromiter((subject in changed for subject in subjects.tolist()), bool, len(subjects))

    def settled(self, at: int = 0) -> State:
        """Itself: a point is asked a few questions and forgotten, so folding would never pay."""
        del at
        return self

    def _next(self, maps: dict[str, Any], refs: dict[str, Any], new_ids: Any, new_names: Any, seq: int) -> PointState:
        return PointState(self._point, self.base, maps, refs, new_ids, new_names, seq)


def before_point(state: State, day: int, earlier: Container[str] = frozenset(), act: str = "", label: int = 0) -> State:
    """The state with only the rows that were written before a point inside a day.

    Nothing is copied, and nothing is computed before it is asked for. An editor can write at the point.

    Args:
        state: the state.
        day: the day, as an ordinal.
        earlier: ids of the acts of that day that come before ``act``.
        act: the id of the act.
        label: the label of the event of ``act`` before which the point lies.
    """
    point, base = Before(day, earlier, act, label), state.base
    # Lives first: where the rows of all other tracks end depends on them.
    lives = RowsBefore(names.LIFE, base, state.maps.get(names.LIFE, EMPTY_MAP), None, point)
    maps: dict[str, Any] = {names.LIFE: lives}
    refs: dict[str, Any] = {}
    for track in {*base.columns, *state.maps}:
        if track != names.LIFE:
            rows = maps[track] = RowsBefore(track, base, state.maps.get(track, EMPTY_MAP), lives, point)
            if reverse_of(track) is not None:
                refs[track] = BackwardBefore(base.columns.get(track), state.refs.get(track, EMPTY_MAP), rows)
    return PointState(point, base, maps, refs, state.new_ids, state.new_names, state.seq)
