"""The differences between two days, each with the act that made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.content.blocks import Block, Cell, Content, Table
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints, Longs
from orgmodel.engine.state import UNIT, State
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.model.door import one_of, strictly
from orgmodel.model.frames import Column, Tabular
from orgmodel.model.matter import names_person
from orgmodel.model.unit import ROOT
from orgmodel.model.words import Language
from orgmodel.structure.structure import Structure

__all__ = [
    "Diff",
    "Difference",
]

Facts = dict[str, dict[tuple[str, Any], Any]]

SORTS: Final = ("created", "ended", "moved", "renamed", "recoded", "reclassified", "measured", "others")
"""The sorts of differences, each a property of :class:`Diff`."""

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
            ended on a day that was stated when it began.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, {"id": "a", "parent": "top", "name": "A"}], day="2025-01-01")
    >>> with history.draft("2025-07-01", om.Source("a decision")) as act:
    ...     act.rename("a", "Alpha")
    >>> difference, = history.enact(act).between("2025-01-01", "2025-07-01").renamed
    >>> difference.subject, difference.before, difference.after, difference.act.source.number
    ('a', 'A', 'Alpha', 'a decision')
    """

    subject: str
    track: str
    slot: Any
    before: Any
    after: Any
    act: Act | None

    def __str__(self) -> str:
        slot = "" if self.slot is None else f" {self.slot}"
        source = "" if self.act is None else f" [{self.act.source.cited}]"
        return f"{self.subject} {self.track}{slot}: {self.before} -> {self.after}{source}"


class _Changed:
    """The differences in one track, read from its rows.

    Attributes:
        subjects: numbers of the subjects that differ in the columns, once for each slot.
        old: the row that holds on the first day, -1 for none.
        new: the row that holds on the second day, -1 for none.
        columns: the columns of these rows; None if there are none.
        more: (subject, slot, old value, new value) of facts written since the columns were built.
    """

    def __init__(
        self, subjects: Any, old: Any, new: Any, columns: Columns | None, more: Sequence[tuple[int, Any, Any, Any]]
    ) -> None:
        self.subjects, self.old, self.new, self.columns, self.more = subjects, old, new, columns, more

    def __len__(self) -> int:
        return len(self.subjects) + len(self.more)

    def __iter__(self) -> Iterator[tuple[int, Any, Any, Any]]:
        """(subject, slot, old, new) for each difference, decoded."""
        c = self.columns
        if c is not None:
            for subject, old, new in zip(self.subjects.tolist(), self.old.tolist(), self.new.tolist(), strict=True):
                slot = None if c.slot is None else c.slot_of(int(c.slot[max(old, new)]))
                before = None if old < 0 else c.decode(int(c.value[old]))
                yield subject, slot, before, None if new < 0 else c.decode(int(c.value[new]))
        yield from self.more

    def flags(self, count: int) -> Any:
        """A mask of the subjects that differ, among ``count`` subjects."""
        flagged = np.zeros(count, bool)
        flagged[self.subjects] = True
        flagged[[m[0] for m in self.more]] = True
        return flagged

    def outside(self, flags: Any) -> int:
        """The number of differences about subjects that are not in a mask."""
        inside = int(np.count_nonzero(flags.take(self.subjects)))
        return len(self) - inside - sum(bool(flags[m[0]]) for m in self.more)

    def holding(self, value: Any) -> tuple[int, int]:
        """The number of old values, and of new ones, that equal a value."""
        counts = [sum(m[side] == value for m in self.more) for side in (2, 3)]
        c = self.columns
        if c is not None:
            code = c.values.find(value)
            for side, rows in enumerate((self.old, self.new)):
                counts[side] += int(np.count_nonzero(c.value.take(rows.compress(rows >= 0)) == code))
        return counts[0], counts[1]


class _Moved:
    """The differences in a hierarchy: the parents of both days side by side."""

    def __init__(self, old: Ints, new: Ints) -> None:
        self.old, self.new = old, new
        self._differ = old != new

    def __iter__(self) -> Iterator[tuple[int, Any, Any, Any]]:
        """(subject, no slot, old, new) for each difference."""
        subjects = np.flatnonzero(self._differ)
        sides = self.old.take(subjects).tolist(), self.new.take(subjects).tolist()
        for subject, old, new in zip(subjects.tolist(), *sides, strict=True):
            yield subject, None, None if old == NOBODY else old, None if new == NOBODY else new

    def outside(self, flags: Any) -> int:
        """The number of units that are not in a mask and have another parent."""
        return int(np.count_nonzero(self._differ & ~flags))


def _within(days: Ints, low: int, high: int) -> Longs:
    """Places of the days in (low, high]."""
    # low < day <= high would be two comparisons and their conjunction. Shifted by low + 1 and read as unsigned, earlier
    # days wrap around to large numbers, and one comparison decides.
    return np.flatnonzero((days - np.int32(low + 1)).view(np.uint32) < high - low)


class _Rows:
    """The rows that begin or end between two days, compared by arrays; row numbers stay in here."""

    def __init__(self, state: State, low: int, high: int) -> None:
        self.state, self.low, self.high = state, low, high
        self._found: dict[str, _Changed] = {}
        self._moved: dict[str, _Moved] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # What was compared holds views of the columns, which do not travel; it is compared again where it is asked for.
        return type(self), (self.state, self.low, self.high)

    def changed(self, track: str) -> _Changed | _Moved:
        """The differences in a track."""
        if not tracks.is_parent(track):
            return self.of_rows(track)
        if track not in self._moved:
            # The parents of a day are kept as an array, so that no rows need be looked at.
            self._moved[track] = _Moved(*(self.state.numbers_on(track, day) for day in (self.low, self.high)))
        return self._moved[track]

    def of_rows(self, track: str) -> _Changed:
        """The differences in a track that is no hierarchy."""
        if track not in self._found:
            self._found[track] = self._of_rows(track)
        return self._found[track]

    def _of_rows(self, track: str) -> _Changed:
        """The differences from the rows that end and the rows that begin in between."""
        maps = self.state.maps.get(track) or {}
        more = self._from_maps(maps)
        columns = self.state.base.columns.get(track)
        if columns is None:
            none = np.zeros(0, np.int64)
            return _Changed(none, none, none, None, more)
        low, high = self.low, self.high
        ending, beginning = _within(columns.end, low, high), _within(columns.start, low, high)
        # A row that began and ended in between was on neither day.
        ending = ending.compress(columns.start.take(ending) <= low)
        beginning = beginning.compress(columns.end.take(beginning) > high)
        old_keys, new_keys = self._keys(columns, ending), self._keys(columns, beginning)
        # Old and new rows of a fact are joined by its key; each side fills its column, -1 where it has none.
        keys = np.sort(np.concatenate([old_keys, new_keys]))
        keys = keys.take(np.flatnonzero(np.diff(keys, prepend=-1)))
        old, new = np.full(len(keys), -1, np.int64), np.full(len(keys), -1, np.int64)
        old[np.searchsorted(keys, old_keys)] = ending
        new[np.searchsorted(keys, new_keys)] = beginning
        differ = (old < 0) | (new < 0) | (columns.value.take(old) != columns.value.take(new))
        subjects = keys if columns.slot is None else keys >> 32
        if len(maps):
            # Subjects with rows in the overlay are compared there: their rows in the base no longer count.
            written = np.zeros(self.state.count, bool)
            written[[s for s, _ in maps.items()]] = True
            differ &= ~written.take(subjects)
        differing = np.flatnonzero(differ)
        return _Changed(subjects.take(differing), old.take(differing), new.take(differing), columns, more)

    @staticmethod
    def _keys(c: Columns, rows: Longs) -> Longs:
        """The key of a fact: the subject, and where there are slots the slot."""
        subject = c.subject.take(rows).astype(np.int64)
        return subject if c.slot is None else subject << 32 | (c.slot.take(rows).astype(np.int64) & 0xFFFFFFFF)

    def _from_maps(self, maps: Any) -> list[tuple[int, Any, Any, Any]]:
        low, high = self.low, self.high
        pairs = []
        for subject, rows in maps.items():
            if not any(low < row[0] <= high or low < row[1] <= high for row in rows):
                continue
            first = {row[3]: row[2] for row in rows if row[0] <= low < row[1]}
            last = {row[3]: row[2] for row in rows if row[0] <= high < row[1]}
            for slot in dict.fromkeys([*first, *last]):
                old, new = first.get(slot), last.get(slot)
                if old != new:
                    pairs.append((subject, slot, old, new))
        return pairs


@strictly()
class Diff(Tabular, Shown):
    """The differences from day ``a`` to day ``b``; facts of units that begin or end are included.

    A backward diff (``b`` before ``a``) undoes the forward one. Nothing is computed
    before it is asked for; :meth:`counts` needs no objects.

    Attributes:
        a: the first day.
        b: the second day.
    """

    def __init__(
        self,
        a: dt.date,
        b: dt.date,
        differences: Iterable[Difference] | None = None,
        rows: _Rows | None = None,
        personal: frozenset[str] = frozenset(),
        called: Callable[[str], str] | None = None,
    ) -> None:
        self.a, self.b = a, b
        self._personal, self._called = personal, called
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
        differing: list[tuple[int, int, str, Difference]] = []
        for track in names:
            for subject, slot, old, new in rows.changed(track):
                if without is not None and without[subject]:
                    continue
                values = [_value(shown, track, value) for value in ((old, new) if forward else (new, old))]
                act = _maker(state, subject, track, slot, rows.low, rows.high)
                item = Difference(state.name(subject), track, slot, values[0], values[1], act)
                differing.append((subject, track != tracks.LIFE, f"{track} {slot}", item))
        differing.sort(key=lambda entry: entry[:3])
        return tuple(entry[3] for entry in differing)

    def _of(self, sort: str) -> tuple[Difference, ...]:
        if self._given is not None or self._rows is None:
            fleeting = {d.subject for d in self.differences if d.track == tracks.LIFE}
            names = _TRACKS_OF[sort]
            return tuple(d for d in self.differences if tracks.family(d.track) in names and d.subject not in fleeting)
        return self._of_tracks(self._names(sort), self._fleeting)

    def _names(self, sort: str) -> list[str]:
        assert self._rows is not None
        return [t for t in self._rows.state.tracks() if tracks.family(t) in _TRACKS_OF[sort]]

    @cached_property
    def _fleeting(self) -> Any:
        """A mask: the row numbers that live on one of the days only."""
        assert self._rows is not None
        return self._rows.of_rows(tracks.LIFE).flags(self._rows.state.count)

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
            if d.track != tracks.LIFE and tracks.family(d.track) not in _SORTED and d.subject not in fleeting
        )

    def _other_tracks(self) -> list[str]:
        assert self._rows is not None
        return [
            t
            for t in self._rows.state.tracks()
            if t not in (tracks.LIFE, tracks.LINK) and tracks.family(t) not in _SORTED
        ]

    def _columns(self) -> dict[str, Column]:
        def name_of(value: Any) -> str | None:
            return (
                self._called(value) if self._called is not None and isinstance(value, str) and value != ROOT else None
            )

        def text(value: Any) -> str | None:
            return None if value is None else str(value)

        rows = self.differences
        # Only values of these rows are ids, which have names.
        refers = [tracks.refers_to_subject(d.track) for d in rows]
        return {
            "subject": Column([d.subject for d in rows]),
            "name": Column([name_of(d.subject) for d in rows]),
            "track": Column([d.track for d in rows]),
            "slot": Column([text(d.slot) for d in rows]),
            "before": Column([text(d.before) for d in rows]),
            "before_name": Column(
                [name_of(d.before if is_id else None) for d, is_id in zip(rows, refers, strict=True)]
            ),
            "after": Column([text(d.after) for d in rows]),
            "after_name": Column([name_of(d.after if is_id else None) for d, is_id in zip(rows, refers, strict=True)]),
            "act": Column([d.act and d.act.id for d in rows]),
        }

    def counts(self, *sorts: str) -> Mapping[str, int]:
        """The number of differences of each sort, or of the sorts that are named.

        Raises:
            ValueError: there is no such sort.

        >>> from orgmodel.history.history import history_of
        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Creation
        >>> from orgmodel.model.unit import Unit
        >>> act = Act("a", "2025-07-01", [Creation(Unit("p", parent="vn"))])
        >>> history = history_of([{"id": "vn"}], day="2024-01-01").enact(act)
        >>> history.between("2025-06-30", "2025-07-01").counts("created", "moved")
        {'created': 1, 'moved': 0}
        """
        for sort in sorts:
            one_of(sort, SORTS, "a sort of differences")
        return {sort: self._count(sort) for sort in sorts or SORTS}

    def _count(self, sort: str) -> int:
        rows = self._rows
        if self._given is not None or rows is None:
            return len(getattr(self, sort))
        lives = rows.of_rows(tracks.LIFE)
        ended, begun = lives.holding(UNIT)
        if self.a > self.b:
            begun, ended = ended, begun
        if sort in ("created", "ended"):
            return begun if sort == "created" else ended
        count = sum(
            rows.changed(track).outside(self._fleeting)
            for track in (self._names(sort) if sort in _TRACKS_OF else self._other_tracks())
        )
        return count + len(lives) - begun - ended if sort == "others" else count

    def apply(self, structure: Structure) -> Facts:
        """The facts of a structure (see ``Structure.facts``) after the differences.

        Raises:
            ValueError: a fact of the structure is not the value that the diff starts from.
        """
        facts = {subject: dict(of_subject) for subject, of_subject in structure.facts().items()}
        for d in self.differences:
            of_subject = facts.setdefault(d.subject, {})
            key = d.track, d.slot
            if of_subject.get(key) != d.before:
                raise ValueError(
                    f"{d.subject} {d.track}: {of_subject.get(key)!r} is not {d.before!r}, the diff's beginning"
                )
            if d.after is not None:
                of_subject[key] = d.after
            else:
                of_subject.pop(key, None)
            if not of_subject:
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
        """The differences about a unit and the units that are or were below it."""
        inside = {unit}
        for structure in (before, after):
            if unit in structure:
                inside.update(structure.descendants(unit))
        return Diff(
            self.a,
            self.b,
            (d for d in self.differences if d.subject in inside),
            personal=self._personal,
            called=self._called,
        )

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

    def _shown(self, each: Difference, value: Any) -> Any:
        """A value as people read it: a unit or cluster by its name."""
        refers = isinstance(value, str) and value != ROOT and tracks.refers_to_subject(each.track)
        return self._called(value) if refers and self._called is not None else value

    def _names_person(self, each: Difference) -> bool:
        """Whether it is about a person; notebooks and reports leave such differences out, iteration does not."""
        return each.track in self._personal or any(map(names_person, (each.before, each.after, each.slot)))

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        blocks: list[Block] = []
        for sort in SORTS:
            differences: Sequence[Difference] = getattr(self, sort)
            if sort == "others":
                differences = [each for each in differences if not self._names_person(each)]
            rows = [
                [
                    each.subject if self._called is None else self._called(each.subject),
                    each.track,
                    self._shown(each, each.before),
                    Cell(self._shown(each, each.after), () if each.act is None else (each.act.source.cited,)),
                ]
                for each in (differences[:most] if most else differences)
            ]
            if rows:
                columns = [say(key, language) for key in ("unit", "fact", "before", "after")]
                blocks.append(
                    Table(
                        columns,
                        rows,
                        say("ended units" if sort == "ended" else sort, language),
                        left_out=len(differences) - len(rows),
                    )
                )
        return Content(say("between", language, a=self.a, b=self.b), blocks, language=language)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n:,} {sort}" for sort, n in self.counts().items() if n)
        return f"<Diff {self.a} to {self.b}: {counts or 'nothing differs'}>"


def between(history: Past, a: dt.date, b: dt.date) -> Diff:
    """The differences between two days, read from the rows that begin or end between them."""
    low, high = sorted((a.toordinal(), b.toordinal()))
    # Names are those of the later day, in either direction.
    after = history.at(max(a, b))
    schema = after.schema
    personal = frozenset(track for track in history._state.tracks() if schema.track(track).personal)
    return Diff(a, b, rows=_Rows(history._state, low, high), personal=personal, called=after.called)


def _value(shown: Any, track: str, value: Any) -> Any:
    if tracks.is_parent(track) and value == ABOVE_ROOT:
        return ROOT
    return shown(track, value)


def _maker(state: State, subject: int, track: str, slot: Any, low: int, high: int) -> Act | None:
    """The act that last wrote the fact, or ended its subject, in (low, high]; None if it ran out on a stated day."""
    rows = [row for row in state.rows(track, subject) if row[3] == slot and low < row[0] <= high]
    rows += [row for row in state.rows(tracks.LIFE, subject) if row[2] is None and low < row[0] <= high]
    act: Act | None = rows[-1][4] if rows else None
    return act
