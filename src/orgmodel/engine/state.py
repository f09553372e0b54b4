"""All tracks together: a persistent state, and the editor that makes the next one.

A :class:`State` never changes. Its past lies in frozen columns
(:class:`~orgmodel.engine.state_reader.Base`), which branches share. What was written since lies over them as an overlay of
persistent maps: track -> subject -> all rows of the subject. An :class:`Editor` writes to copies of these maps and ends as a
new state. When the overlay grows large it is folded into new columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np

from orgmodel.engine import thresholds
from orgmodel.engine.columns import (
    Acts,
    Columns,
    Pieces,
    Table,
    TrackRow,
    grown,
    offsets_of,
    replaced,
    reverse_of,
)
from orgmodel.engine.index import Index
from orgmodel.engine.many import BLOCK, Many
from orgmodel.engine.state_reader import EMPTY_BASE, EMPTY_MAP, Base, StateReader, TrackRows
from orgmodel.engine.written import Written
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "CLUSTER",
    "CLUSTERING",
    "UNIT",
    "Editor",
    "State",
]

UNIT: Final = "unit"
CLUSTER: Final = "cluster"
CLUSTERING: Final = "clustering"

_Opened = tuple[Any, Any, dict[int, None], int]
"""A track open for writing: rows by subject, reverse look-up, written subjects, index of the field looked up."""


def _moved(rows: TrackRows, day: int, new: TrackRow) -> TrackRows | None:
    """The rows of a subject with ``new`` behind the last, which ends on ``day``; None if it refers to nobody then."""
    if not rows:  # all of them were taken out again
        return None
    last = rows[-1]
    if not last[0] <= day < last[1] or last[2] is None or last[2] < 0:
        return None
    return (*rows[:-1], (last[0], day, *last[2:]), new)


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
        lives = self.base.lives
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
