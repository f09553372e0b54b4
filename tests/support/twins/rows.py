"""Rows as plain dictionaries: events are written as they come, and nothing is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Linked, Succession
from orgmodel.engine.columns import ABOVE_ROOT, UNSURE
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import FOREVER

Row = tuple[int, int, Any, Any, Act, int, int]


class PlainRows:
    """What the judge asks of a state, over dictionaries.

    Attributes:
        held: track -> subject -> rows in the order of writing.
    """

    def __init__(self) -> None:
        self.held: dict[str, dict[int, tuple[Row, ...]]] = {}
        self.ids: list[str] = []
        self.numbers: dict[str, int] = {}

    def copy(self) -> PlainRows:
        """The same, to go on with by itself."""
        other = PlainRows()
        other.held = {track: dict(rows) for track, rows in self.held.items()}
        other.ids, other.numbers = list(self.ids), dict(self.numbers)
        return other

    # ---- what the judge asks

    def rows(self, track: str, subject: int) -> Sequence[Row]:
        """All rows of a subject in a track."""
        return self.held.get(track, {}).get(subject, ())

    def values(self, track: str, subjects: Sequence[int], day: int) -> list[Any]:
        """The values of subjects on a day."""
        return [next((row[2] for row in self.rows(track, s) if row[0] <= day < row[1]), None) for s in subjects]

    def subjects_ever(self, track: str, target: Any) -> list[int]:
        """Subjects that have the target in any row."""
        field = 3 if track == tracks.LINK else 2
        return [s for s, rows in self.held.get(track, {}).items() if any(row[field] == target for row in rows)]

    def subjects_with(self, track: str, target: Any, day: int) -> list[int]:
        """Subjects that have the target on a day."""
        held = self.held.get(track, {})
        return [s for s, rows in held.items() if any(r[2] == target and r[0] <= day < r[1] for r in rows)]

    def places_on(self, track: str, day: int) -> Iterator[tuple[Any, Any, list[int]]]:
        """(kind, kind of what is above, units) of each unit on a day."""

        def kind(unit: int) -> Any:
            return next((r[2] for r in self.rows(tracks.KIND, unit) if r[0] <= day < r[1]), None)

        for unit, row in self.iter_rows(track):
            if row[2] is not None and row[0] <= day < row[1]:
                yield kind(unit), None if row[2] < 0 else kind(row[2]), [unit]

    def tracks(self) -> list[str]:
        """Names of the tracks."""
        return sorted(self.held)

    def iter_rows(self, track: str) -> Iterator[tuple[int, Row]]:
        """All rows, each with its subject."""
        return ((s, row) for s, rows in self.held.get(track, {}).items() for row in rows)

    def all_ids(self) -> list[str]:
        """Every id."""
        return self.ids

    def number(self, subject: str) -> int | None:
        """The number of an id."""
        return self.numbers.get(subject)

    def name(self, number: int) -> str:
        """The id of a number."""
        return self.ids[number]

    def touched(self, after: PlainRows) -> dict[tuple[str, int], tuple[Sequence[Row], Sequence[Row]]]:
        """The rows of each (track, subject) that are others afterwards."""
        keys = {(track, s): None for rows in (self, after) for track, held in rows.held.items() for s in held}
        pairs = {key: (self.rows(*key), after.rows(*key)) for key in keys}
        return {key: (before, now) for key, (before, now) in pairs.items() if before != now}

    def renumbered(self, other: PlainRows) -> PlainRows:
        """The same rows with the numbers that another one gives to ids, which must know the ids of all."""
        same = PlainRows()
        same.ids, same.numbers = list(other.ids), dict(other.numbers)

        def number(old: Any) -> Any:
            return same.intern(self.ids[old]) if old >= 0 else old

        for track, held in self.held.items():
            field = 3 if track == tracks.LINK else 2 if tracks.refers_to_subject(track) else None

            def moved(row: Row, field: int | None = field) -> Row:
                if field is None or row[field] is None:
                    return row
                return (*row[:field], number(row[field]), *row[field + 1 :])

            same.held[track] = {number(s): tuple(map(moved, rows)) for s, rows in held.items()}
        other.ids, other.numbers = same.ids, same.numbers
        return same

    # ---- writing

    def intern(self, subject: str) -> int:
        """The number of an id, a new one if it is new."""
        if subject not in self.numbers:
            self.numbers[subject] = len(self.ids)
            self.ids.append(subject)
        return self.numbers[subject]

    def act(self, act: Act) -> None:
        """All events of an act."""
        for label, event in zip(act.event_labels, act.events, strict=True):
            self.event(event, act, label)

    def event(self, event: Event, act: Act, label: int) -> None:
        """One event."""
        for track, subject, value, slot, until in self._writes(event):
            number = self.intern(subject)
            rows = self.rows(track, number)
            day = act.effective.toordinal()
            if track != tracks.LINK:
                # What begins holds until the next of its slot.
                rows = tuple(
                    (r[0], min(r[1], day), *r[2:])
                    if r[3] == slot and r[0] <= day < r[1] and track != tracks.LIFE
                    else r
                    for r in rows
                )
            ended = self._death(number) if track not in (tracks.LINK, tracks.LIFE) else FOREVER
            end = day if value is None else min(until, max(ended, day))
            row = day, FOREVER if track == tracks.LINK else end, value, slot, act, until, label
            self.held.setdefault(track, {})[number] = (*rows, row)
            if track == tracks.LIFE and value is None:
                self._end(number, day)

    def _death(self, number: int) -> int:
        rows = self.rows(tracks.LIFE, number)
        begun = [at for at, row in enumerate(rows) if row[2] is not None]
        return next((row[0] for row in rows[begun[0] :] if row[2] is None), FOREVER) if begun else FOREVER

    def _end(self, number: int, day: int) -> None:
        for track, held in self.held.items():
            if track != tracks.LINK and number in held:
                held[number] = tuple((r[0], min(r[1], max(day, r[0])), *r[2:]) for r in held[number])

    def _writes(self, event: Event) -> Iterable[tuple[str, str, Any, Any, int]]:
        match event:
            case Creation(what=Unit() as unit):
                yield from self._begin(unit)
                if event.reestablishes is not None:
                    link = Link(event.reestablishes, unit.id)
                    yield self._link(link, "re-establishment")
            case Creation(what=what):
                yield tracks.LIFE, what.id, what, None, FOREVER
                if what.name:
                    yield tracks.NAME, what.id, what.name, None, FOREVER
            case Closure(subject=subject):
                yield tracks.LIFE, subject, None, None, FOREVER
            case Succession():
                for unit in event.created:
                    yield from self._begin(unit)
                for change in event.changes:
                    yield self._change(change)
                for link in event.links:
                    yield self._link(link, event.type)
                for old in event.ended:
                    yield tracks.LIFE, old, None, None, FOREVER
            case Change():
                yield self._change(event)

    def _begin(self, unit: Unit) -> Iterable[tuple[str, str, Any, Any, int]]:
        self.intern(unit.id)
        yield tracks.LIFE, unit.id, "unit", None, FOREVER
        for track in (tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE):
            value = getattr(unit, track)
            if value is not None:
                yield track, unit.id, value, None, FOREVER
        above = ABOVE_ROOT if unit.parent is None else self.intern(unit.parent)
        yield tracks.parent_track(unit.hierarchy), unit.id, above, None, FOREVER

    def _link(self, link: Link, type_: str) -> tuple[str, str, Any, Any, int]:
        said = Linked(link.extent, link.shares, link.dominant, link.dominant_by, type_)
        return tracks.LINK, link.old, said, self.intern(link.new), FOREVER

    def _change(self, change: Change) -> tuple[str, str, Any, Any, int]:
        track, value, slot = change.track, change.value, change.slot
        if track.startswith("member:"):
            frame = self.number(track.partition(":")[2])
            lives = () if frame is None else self.rows(tracks.LIFE, frame)
            cover = any(isinstance(row[2], Clustering) and row[2].cover for row in lives)
            slot = (slot if value is None else value) if cover else None
        if track.startswith("measure:"):
            value = value.value if isinstance(value, Quantity) and value.is_exact else value
            slot = slot or tracks.OWN
        if tracks.refers_to_subject(track) and value is not None:
            absent = (
                {ROOT: ABOVE_ROOT} if tracks.is_parent(track) else {Absent.VACANT: ABOVE_ROOT, Absent.UNKNOWN: UNSURE}
            )
            value = absent[value] if value in absent else self.intern(value)
        until = FOREVER if change.until is None else change.until.toordinal()
        return track, change.subject, value, slot, until
