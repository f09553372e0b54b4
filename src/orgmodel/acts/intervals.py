"""Rows as intervals between points of the history.

A row of a track holds over ``[start, end)`` between two *points*: a day, an act of that day, an event of that act. A row
itself knows only days. Which event ended it follows from the rows behind it and from the life of its subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from orgmodel.acts.act import Act
from orgmodel.model import track as tracks
from orgmodel.period import FOREVER

__all__ = [
    "EVENING",
    "GONE",
    "NEVER",
    "Intervals",
    "KindFrom",
    "Life",
    "Moment",
    "RowReader",
    "Stretch",
    "joined",
    "kind_on",
]

Moment = tuple[int, int, int]
"""A point in the history: a day, the position of an act among all acts, the label of an event of the act."""

NEVER: Final[Moment] = (FOREVER, 0, 0)
_MORNING: Final = -1
"""Position before all acts of a day: a row that was written to hold until that day ends there."""
GONE: Final = -2
"""Position of an act that no longer counts; rows of an earlier state may belong to one."""
EVENING: Final = FOREVER
"""Position after all acts of a day."""

KindFrom = tuple[int, str | None, Act | None]
"""A day, the kind that a unit has from that day on, and the act that says so."""


class RowReader(Protocol):
    """The questions that the judge asks of a state.

    Subjects are row numbers; a row is ``(start, end, value, slot, act, until, event)``.
    """

    def rows(self, track: str, subject: int, /) -> Sequence[Any]:
        """All rows of a subject in a track, in order of their points."""

    def values(self, track: str, subjects: Sequence[int], day: int, /) -> Sequence[Any]:
        """The values of subjects on a day, in a track with one slot."""

    def subjects_ever(self, track: str, target: Any, /) -> Iterable[int]:
        """Subjects with the target in any row: as value, in ``link`` as slot."""

    def subjects_with(self, track: str, target: Any, day: int, /) -> Iterable[int]:
        """Subjects with the target on a day."""

    def places_on(self, track: str, day: int, /) -> Iterable[tuple[str | None, str | None, Sequence[int]]]:
        """The units of a hierarchy on a day by kinds: (kind, kind of the parent or None for roots, units)."""

    def tracks(self) -> Iterable[str]:
        """Names of all tracks that have rows."""

    def iter_rows(self, track: str, /) -> Iterable[tuple[int, Any]]:
        """All rows of a track, each with its subject."""

    def all_ids(self) -> Sequence[str]:
        """Every id."""

    def number(self, subject: str, /) -> int | None:
        """The number of an id."""

    def name(self, number: int, /) -> str:
        """The id of a number."""


class Stretch(NamedTuple):
    """A row with a value, as an interval between two points."""

    start: Moment
    end: Moment
    value: Any
    slot: Any
    until: int
    act: Act

    @property
    def is_moment(self) -> bool:
        """Whether one event wrote and replaced it."""
        return self.start == self.end


class Life(NamedTuple):
    """The life of a subject: its beginning, its end, its sort, and the act that ended it."""

    birth: Moment
    death: Moment
    what: Any
    ended_by: Act | None


class Intervals:
    """The rows of an organisation as intervals; what was worked out once is cached.

    Args:
        reader: the organisation.
        places: id of an act -> its position in the order of all acts.
    """

    def __init__(self, reader: RowReader, places: Mapping[str, int]) -> None:
        self.reader, self.places = reader, places
        self._rows: dict[tuple[str, int], Sequence[Any]] = {}
        self._lives: dict[int, Life | None] = {}
        self._spans: dict[tuple[str, int], list[Stretch]] = {}
        self._covers: dict[tuple[str, int], list[tuple[Moment, Moment]]] = {}

    def rows(self, track: str, subject: int) -> Sequence[Any]:
        """All rows of a subject in a track, cached."""
        key = track, subject
        result = self._rows.get(key)
        if result is None:
            result = self._rows[key] = self.reader.rows(track, subject)
        return result

    def point(self, row: Any) -> Moment:
        """The point at which a row was written."""
        return row[0], self.places.get(row[4].id, GONE), row[6]

    def life(self, number: int) -> Life | None:
        """The life of a subject; None if it never began."""
        try:
            # Not by get(): that a subject never began is an answer too, and is cached as None.
            return self._lives[number]
        except KeyError:
            result = self._lives[number] = self._life(self.rows(tracks.LIFE, number))
            return result

    def life_of(self, number: int) -> Life:
        """The life of a subject that is known to have begun."""
        life = self.life(number)
        assert life is not None
        return life

    def _life(self, rows: Sequence[Any]) -> Life | None:
        # Nearly every subject: it began, and lives.
        if len(rows) == 1 and rows[0][2] is not None:
            return Life(self.point(rows[0]), NEVER, rows[0][2], None)
        first = next((at for at, row in enumerate(rows) if row[2] is not None), None)
        if first is None:
            return None
        close = next((row for row in rows[first + 1 :] if row[2] is None), None)
        death, by = (NEVER, None) if close is None else (self.point(close), close[4])
        return Life(self.point(rows[first]), death, rows[first][2], by)

    def spans(self, track: str, number: int) -> list[Stretch]:
        """The rows of a subject with values, as intervals; cached."""
        result = self._spans.get((track, number))
        if result is None:
            rows = self.rows(track, number)
            death = NEVER
            if any(row[1] < FOREVER for row in rows) and (life := self.life(number)) is not None:
                death = life.death
            result = self._spans[track, number] = self._spans_of(rows, death)
        return result

    def _spans_of(self, rows: Sequence[Any], death: Moment) -> list[Stretch]:
        result: list[Stretch] = []
        for at, row in enumerate(rows):
            day, value, slot, until = row[1], row[2], row[3], row[5]
            if value is None:
                continue
            end = NEVER
            if day < FOREVER:
                # A row knows only the day of its end. The point follows from what ended it: its own term, the next row
                # of its slot, or the end of the subject.
                after = next((other for other in rows[at + 1 :] if other[3] == slot), None)
                if until == day:
                    end = day, _MORNING, 0
                elif after is not None and after[0] == day:
                    end = self.point(after)
                else:
                    end = death if death[0] == day else (day, _MORNING, 0)
            result.append(Stretch(self.point(row), end, value, slot, until, row[4]))
        return result

    def cover(self, track: str, number: int) -> list[tuple[Moment, Moment]]:
        """The intervals in which a subject has any value in a track; cached."""
        result = self._covers.get((track, number))
        if result is None:
            result = self._covers[track, number] = joined(self.spans(track, number))
        return result

    def kind_at(self, number: int, point: Moment) -> str | None:
        """The kind of a unit at an event; of one that the event ends, the kind before."""
        kind: str | None = None
        for row in self.rows(tracks.KIND, number):
            if self.point(row) > point:
                break
            kind = row[2] if point[0] < row[5] else None
        return kind

    def kinds(self, unit: int, low: int, high: int) -> list[KindFrom]:
        """The kinds of a unit at the ends of the days from ``low`` to ``high``, each with its first day and act."""
        result: list[KindFrom] = []
        for row in self.rows(tracks.KIND, unit):
            if row[0] < row[1] and row[0] < high and row[1] > low:
                result.append((max(row[0], low), row[2], row[4]))
                if row[5] == row[1] < high:
                    result.append((row[1], None, row[4]))
            elif row[2] is None and low <= row[0] < high:
                # An empty row that takes the kind away: no kind from then on.
                result.append((row[0], None, row[4]))
        return result


def joined(spans: Iterable[Stretch]) -> list[tuple[Moment, Moment]]:
    """The intervals of rows, joined where they meet.

    A row that ended in the morning meets one that begins on that day: between them lies no event.
    """
    result: list[tuple[Moment, Moment]] = []
    for span in spans:
        last = result[-1] if result else None
        if last is not None and (span.start <= last[1] or (last[1][1] == _MORNING and span.start[0] == last[1][0])):
            result[-1] = last[0], max(last[1], span.end)
        else:
            result.append((span.start, span.end))
    return result


def kind_on(kinds: Sequence[KindFrom], day: int) -> KindFrom:
    """The last entry that begins on or before a day."""
    return max((entry for entry in kinds if entry[0] <= day), key=lambda entry: entry[0], default=(0, None, None))
