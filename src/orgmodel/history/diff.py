"""What is different between two days, each difference with the act that made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from orgmodel.acts.events import Act
from orgmodel.engine.columns import ABOVE_ROOT, Columns
from orgmodel.engine.state import UNIT, State
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    from orgmodel.history.history import History

Facts = dict[str, dict[tuple[str, Any], Any]]

SORTS: Final = ("created", "ended", "moved", "renamed", "recoded", "reclassified", "measured", "others")
"""The sorts of differences, as the properties of a :class:`Diff` are named."""

_TRACKS_OF: Final = {
    "moved": (tracks.PARENT,),
    "renamed": (tracks.NAME,),
    "recoded": (tracks.CODE,),
    "reclassified": (tracks.KIND, tracks.CATEGORY),
    "measured": ("measure",),
}

_SORTED: Final = {name for names in _TRACKS_OF.values() for name in names}


@frozen
class Difference:
    """One fact that differs between two days.

    Attributes:
        subject: id of the unit or cluster.
        track: which fact; ``life`` for a beginning or an end.
        slot: which of several of the same fact.
        before: its value on the first day, None if there was none.
        after: its value on the second day, None if there is none.
        act: the act that made it so, the last if there were several; None if the fact
            ran out on a day that was said when it began.
    """

    subject: str
    track: str
    slot: Any
    before: Any
    after: Any
    act: Act | None

    def __str__(self) -> str:
        slot = "" if self.slot is None else f" {self.slot}"
        source = "" if self.act is None else f" [{self.act.source.label}]"
        return f"{self.subject} {self.track}{slot}: {self.before} -> {self.after}{source}"


class _Rows:
    """The rows that begin or end between two days, compared by arrays; row numbers stay in here."""

    def __init__(self, state: State, low: int, high: int) -> None:
        self.state, self.low, self.high = state, low, high
        self._found: dict[str, list[Any]] = {}

    def changed(self, track: str) -> tuple[Any, list[tuple[int, Any, Any, Any]]]:
        """What differs in a track.

        Returns:
            Numbers of subjects from the columns with their (old row, new row), -1 where
            there is none, shape (m, 3); and from the maps (subject, slot, old, new).
        """
        if track not in self._found:
            base = self.state.base.columns.get(track)
            maps = self.state.maps.get(track) or {}
            rows = np.zeros((0, 3), np.int64) if base is None else self._from_columns(base, maps)
            self._found[track] = [rows, self._from_maps(maps)]
        found = self._found[track]
        return found[0], found[1]

    def _from_columns(self, c: Columns, maps: Any) -> Any:
        low, high = self.low, self.high
        gone = np.flatnonzero((c.end > low) & (c.end <= high) & (c.start <= low))
        come = np.flatnonzero((c.start > low) & (c.start <= high) & (c.end > high))
        if c.slot is None:
            rows = np.full((2, self.state.count), -1, np.int64)
            rows[0, c.subject.take(gone)] = gone
            rows[1, c.subject.take(come)] = come
            touched = np.flatnonzero(rows.max(axis=0) >= 0)
            out = np.stack([touched, rows[0].take(touched), rows[1].take(touched)], axis=1)
        else:
            old_keys, new_keys = (
                c.subject.take(r).astype(np.int64) << 32 | (c.slot.take(r).astype(np.int64) & 0xFFFFFFFF)
                for r in (gone, come)
            )
            keys = np.union1d(old_keys, new_keys)
            out = np.full((len(keys), 3), -1, np.int64)
            out[:, 0] = keys >> 32
            out[np.searchsorted(keys, old_keys), 1] = gone
            out[np.searchsorted(keys, new_keys), 2] = come
        both = (out[:, 1] >= 0) & (out[:, 2] >= 0)
        same = both & (c.value.take(out[:, 1]) == c.value.take(out[:, 2]))
        if len(maps):
            moved = np.zeros(self.state.count, bool)
            moved[[s for s, _ in maps.items()]] = True
            same |= moved.take(out[:, 0])
        return out.compress(~same, axis=0)

    def _from_maps(self, maps: Any) -> list[tuple[int, Any, Any, Any]]:
        low, high = self.low, self.high
        found = []
        for subject, rows in maps.items():
            if not any(low < row[0] <= high or low < row[1] <= high for row in rows):
                continue
            first = {row[3]: row[2] for row in rows if row[0] <= low < row[1]}
            last = {row[3]: row[2] for row in rows if row[0] <= high < row[1]}
            for slot in dict.fromkeys([*first, *last]):
                old, new = first.get(slot), last.get(slot)
                if old != new:
                    found.append((subject, slot, old, new))
        return found

    def subjects(self, track: str) -> Any:
        """Row numbers of the subjects that differ in a track."""
        rows, more = self.changed(track)
        return np.concatenate([rows[:, 0], np.array([m[0] for m in more], np.int64)])

    def values(self, track: str) -> Iterable[tuple[int, Any, Any, Any]]:
        """(subject, slot, old, new) for each difference in a track, decoded."""
        rows, more = self.changed(track)
        c = self.state.base.columns.get(track)
        if c is not None:
            value, slots = c.value, c.slot
            for subject, old, new in rows.tolist():
                slot = None if slots is None else c.slot_of(int(slots[max(old, new)]))
                before = None if old < 0 else c.decode(int(value[old]))
                yield subject, slot, before, None if new < 0 else c.decode(int(value[new]))
        yield from more


class Diff:
    """What is different on day ``b`` from day ``a``; facts of units that begin or end are included.

    A backward diff (``b`` before ``a``) undoes the forward one. Nothing is computed
    before it is asked for; :meth:`counts` needs no objects.

    Attributes:
        a: the first day.
        b: the second day.
    """

    def __init__(
        self, a: dt.date, b: dt.date, differences: Iterable[Difference] | None = None, rows: _Rows | None = None
    ) -> None:
        self.a, self.b = a, b
        self._given = None if differences is None else tuple(differences)
        self._rows = rows

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """All of them, by subject in order of its beginning, ``life`` first, then by track.

        References are ids; the parent of a root is :data:`orgmodel.model.unit.ROOT`.
        """
        if self._given is not None or self._rows is None:
            return self._given or ()
        names = [track for track in self._rows.state.tracks() if track != tracks.LINK]
        return self._of_tracks(names)

    def _of_tracks(self, names: Iterable[str], without: Any = None) -> tuple[Difference, ...]:
        rows = self._rows
        assert rows is not None
        state, forward = rows.state, self.a <= self.b
        shown = Structure(state, self.b)._shown
        found: list[tuple[int, int, str, Difference]] = []
        for track in names:
            for subject, slot, old, new in rows.values(track):
                if without is not None and without[subject]:
                    continue
                values = [_value(shown, track, value) for value in ((old, new) if forward else (new, old))]
                act = _maker(state, subject, track, slot, rows.low, rows.high)
                item = Difference(state.name(subject), track, slot, values[0], values[1], act)
                found.append((subject, track != tracks.LIFE, f"{track} {slot}", item))
        found.sort(key=lambda entry: entry[:3])
        return tuple(entry[3] for entry in found)

    def _of(self, sort: str) -> tuple[Difference, ...]:
        if self._given is not None or self._rows is None:
            fleeting = {d.subject for d in self.differences if d.track == tracks.LIFE}
            names = _TRACKS_OF[sort]
            return tuple(
                d for d in self.differences if d.track.partition(":")[0] in names and d.subject not in fleeting
            )
        return self._of_tracks(self._names(sort), self._fleeting)

    def _names(self, sort: str) -> list[str]:
        assert self._rows is not None
        return [t for t in self._rows.state.tracks() if t.partition(":")[0] in _TRACKS_OF[sort]]

    @cached_property
    def _fleeting(self) -> Any:
        """Which row numbers live on one of the days only."""
        assert self._rows is not None
        flags = np.zeros(self._rows.state.count, bool)
        flags[self._rows.subjects(tracks.LIFE)] = True
        return flags

    def _lives(self) -> tuple[Difference, ...]:
        if self._given is not None or self._rows is None:
            return tuple(d for d in self.differences if d.track == tracks.LIFE)
        return self._of_tracks([tracks.LIFE])

    @cached_property
    def created(self) -> tuple[Difference, ...]:
        """Units that live on ``b`` and not on ``a``."""
        return tuple(d for d in self._lives() if d.after == UNIT)

    @cached_property
    def ended(self) -> tuple[Difference, ...]:
        """Units that live on ``a`` and not on ``b``."""
        return tuple(d for d in self._lives() if d.before == UNIT)

    @cached_property
    def moved(self) -> tuple[Difference, ...]:
        """Units with another parent."""
        return self._of("moved")

    @cached_property
    def renamed(self) -> tuple[Difference, ...]:
        """Units and clusters with another name."""
        return self._of("renamed")

    @cached_property
    def recoded(self) -> tuple[Difference, ...]:
        """Units with another code."""
        return self._of("recoded")

    @cached_property
    def reclassified(self) -> tuple[Difference, ...]:
        """Units of another kind or category."""
        return self._of("reclassified")

    @cached_property
    def measured(self) -> tuple[Difference, ...]:
        """Units with another figure."""
        return self._of("measured")

    @cached_property
    def others(self) -> tuple[Difference, ...]:
        """Other differences: clusters that begin or end; memberships, roles, offices of what lives on both days."""
        clusters = tuple(d for d in self._lives() if UNIT not in (d.before, d.after))
        if self._given is None and self._rows is not None:
            return clusters + self._of_tracks(self._other_tracks(), self._fleeting)
        fleeting = {d.subject for d in self.differences if d.track == tracks.LIFE}
        return clusters + tuple(
            d
            for d in self.differences
            if d.track != tracks.LIFE and d.track.partition(":")[0] not in _SORTED and d.subject not in fleeting
        )

    def _other_tracks(self) -> list[str]:
        assert self._rows is not None
        return [
            t
            for t in self._rows.state.tracks()
            if t not in (tracks.LIFE, tracks.LINK) and t.partition(":")[0] not in _SORTED
        ]

    def counts(self) -> Mapping[str, int]:
        """How many differences of each sort there are."""
        rows = self._rows
        if self._given is not None or rows is None:
            return {sort: len(getattr(self, sort)) for sort in SORTS}
        rest = {
            sort: sum(int((~self._fleeting[rows.subjects(track)]).sum()) for track in self._names(sort))
            for sort in _TRACKS_OF
        }
        come, gone = _births(rows)
        if self.a > self.b:
            come, gone = gone, come
        others = sum(int((~self._fleeting[rows.subjects(track)]).sum()) for track in self._other_tracks())
        others += len(rows.subjects(tracks.LIFE)) - come - gone
        return {"created": come, "ended": gone, **rest, "others": others}

    def apply(self, structure: Structure) -> Facts:
        """The facts of a structure (see ``Structure.facts``) with the differences made.

        Raises:
            ValueError: the structure does not say what the diff starts from.
        """
        facts = {subject: dict(held) for subject, held in structure.facts().items()}
        for d in self.differences:
            held = facts.setdefault(d.subject, {})
            key = d.track, d.slot
            if held.get(key) != d.before:
                raise ValueError(f"{d.subject} {d.track}: {held.get(key)!r} is not {d.before!r}, the diff's beginning")
            if d.after is not None:
                held[key] = d.after
            else:
                held.pop(key, None)
            if not held:
                del facts[d.subject]
        return facts

    @property
    def inverse(self) -> Diff:
        """The diff from ``b`` to ``a``."""
        return Diff(
            self.b,
            self.a,
            (Difference(d.subject, d.track, d.slot, d.after, d.before, d.act) for d in self.differences),
        )

    def under(self, unit: str, before: Structure, after: Structure) -> Diff:
        """Only what concerns a unit and what is or was below it."""
        inside = {unit}
        for structure in (before, after):
            if unit in structure:
                inside.update(structure.descendants(unit))
        return Diff(self.a, self.b, (d for d in self.differences if d.subject in inside))

    def __len__(self) -> int:
        return len(self.differences)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Diff):
            return NotImplemented
        return (self.a, self.b, self.differences) == (other.a, other.b, other.differences)

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    def __repr__(self) -> str:
        counts = ", ".join(f"{n:,} {sort}" for sort, n in self.counts().items() if n)
        return f"<Diff {self.a} to {self.b}: {counts or 'nothing differs'}>"


def _births(rows: _Rows) -> tuple[int, int]:
    """How many units begin and how many end between the days."""
    changed, more = rows.changed(tracks.LIFE)
    come = sum(new == UNIT for _, _, _, new in more)
    gone = sum(old == UNIT for _, _, old, _ in more)
    c = rows.state.base.columns.get(tracks.LIFE)
    if c is not None and len(changed):
        unit = c.values.find(UNIT)
        gone += _borne(c, changed[:, 1], unit)
        come += _borne(c, changed[:, 2], unit)
    return come, gone


def _borne(columns: Columns, rows: Any, code: int | None) -> int:
    """How many of the rows (-1: none) hold a value."""
    return int((columns.value.take(rows.compress(rows >= 0)) == code).sum())


def between(history: History, a: dt.date, b: dt.date) -> Diff:
    """The differences between two days, read from the rows that begin or end between them."""
    low, high = sorted((a.toordinal(), b.toordinal()))
    return Diff(a, b, rows=_Rows(history._state, low, high))


def _value(shown: Any, track: str, value: Any) -> Any:
    if tracks.is_parent(track) and value == ABOVE_ROOT:
        return ROOT
    return shown(track, value)


def _maker(state: State, subject: int, track: str, slot: Any, low: int, high: int) -> Act | None:
    """The act that last wrote the fact, or ended its subject, in (low, high]; None if it ran out as was said."""
    rows = [row for row in state.rows(track, subject) if row[3] == slot and low < row[0] <= high]
    rows += [row for row in state.rows(tracks.LIFE, subject) if row[2] is None and low < row[0] <= high]
    act: Act | None = rows[-1][4] if rows else None
    return act
