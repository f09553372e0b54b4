"""Patches: writes taken out of the past of a state and others put in, without a replay.

The rows of a subject hold everything that was ever written about it, so that their ends can be computed again. A patch
does so for the subjects that it touches; all others stay as they are, in the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from attrs import frozen

from orgmodel.engine.columns import Columns, Ints, Longs, TrackRow, offsets_of
from orgmodel.engine.index import Index
from orgmodel.engine.point import death_of, ended
from orgmodel.engine.state import Editor, State
from orgmodel.engine.state_reader import EMPTY_MAP, Base, StateReader, TrackRows
from orgmodel.model import track as names
from orgmodel.period import FOREVER

__all__ = [
    "Labels",
    "Pair",
    "Patch",
    "Place",
    "WriteById",
    "in_order",
    "links_in_order",
    "patched",
    "writes_of",
]

Place = Callable[[str], int]
"""The position of an act among all acts, by its id; it orders the rows of one day."""
Labels = Container[int] | None
"""Labels of some events of an act; None: all of them."""
Pair = tuple[str, int]
"""A track and the row number of a subject."""


class WriteById(NamedTuple):
    """A row with ids instead of row numbers, which a patch may change, and without its end.

    Attributes:
        track: the track.
        subject: id of the subject.
        start: the first day.
        value: the value; the id of a subject in tracks that refer to subjects.
        slot: the slot; in a link the id of the new unit.
        act: the act.
        until: the end with which it was written; in a link the number of its event.
        event: the label of the event within the act.
    """

    track: str
    subject: str
    start: int
    value: Any
    slot: Any
    act: Any
    until: int
    event: int


@frozen
class Patch:
    """The result of a patch.

    Attributes:
        state: the new state.
        changed: (track, row number of a subject) -> its rows before and after. Rows of other subjects are the same.
    """

    state: State
    changed: Mapping[Pair, tuple[TrackRows, TrackRows]]


def writes_of(
    state: StateReader, act: str, labels: Labels = None, *, touched: Mapping[str, Iterable[int]] | None = None
) -> list[WriteById]:
    """The writes of an act, or of some of its events.

    Args:
        state: a state, or one that was made at a point.
        act: the id of the act.
        labels: the labels of these events; None: all.
        touched: track -> the subjects to look at, such as those an editor wrote; None: all.
    """
    pairs = _pairs(touched) if touched is not None else _written_by(state, {act: labels})
    result: list[WriteById] = []
    for track, subject in pairs:
        refers, is_link = names.refers_to_subject(track), track == names.LINK
        for start, _, value, slot, by, until, event in state.rows(track, subject):
            if by.id == act and (labels is None or event in labels):
                if refers and value is not None and value >= 0:
                    value = state.name(value)
                slot = state.name(slot) if is_link else slot
                result.append(WriteById(track, state.name(subject), start, value, slot, by, until, event))
    return result


def patched(
    state: State,
    removed: Mapping[str, Labels],
    added: Iterable[WriteById],
    place: Place,
    *,
    touched: Mapping[str, Iterable[int]] | None = None,
    links: bool = True,
) -> Patch:
    """The state with some writes removed and others added, each at its place in the order of acts.

    Row numbers stay; new subjects come last, see :func:`in_order`.

    Args:
        state: the state.
        removed: id of an act -> the labels of the events whose writes are removed.
        added: the writes that are added.
        place: the position of an act among all acts.
        touched: track -> the subjects from which writes may be removed, if known; None: they are searched for.
        links: whether to number links in the order of their events. A caller that makes several patches calls
            :func:`links_in_order` once after the last.
    """
    editor = state.edit()
    # The rows to add, by (track, subject); an empty list where rows are only removed.
    new: dict[Pair, list[TrackRow]] = {}
    if removed:
        pairs = _pairs(touched) if touched is not None else _written_by(state, removed)
        new = {pair: [] for pair in pairs}
    for write in added:
        new.setdefault((write.track, editor.intern(write.subject)), []).append(_row(editor, write))
    changed: dict[Pair, tuple[TrackRows, TrackRows]] = {}

    def put(track: str, subject: int, more: Sequence[TrackRow], death: int) -> None:
        old = state.rows(track, subject)
        rows = [*(row for row in old if not _goes(row, removed)), *more] if removed else [*old, *more]
        # Rows that are only taken out leave the others in order.
        if more:
            rows.sort(key=lambda row: (row[0], place(row[4].id), row[6]))
        new_rows = tuple(rows) if track == names.LINK else ended(rows, death)
        if new_rows != old:
            changed[track, subject] = old, new_rows
            editor.replace(track, subject, new_rows)

    for track, subject in [pair for pair in new if pair[0] == names.LIFE]:
        # Lives first: if the end of a subject moves, so do the ends of its rows in all other tracks.
        put(track, subject, new.pop((track, subject)), FOREVER)
        if death_of(state.rows(track, subject)) != death_of(editor.rows(track, subject)):
            for other in {*state.base.columns, *state.maps}:
                if other not in (names.LIFE, names.LINK) and state.rows(other, subject):
                    new.setdefault((other, subject), [])
    for (track, subject), more in new.items():
        put(track, subject, more, death_of(editor.rows(names.LIFE, subject)))
    result = editor.done()
    if links and names.LINK in editor.touched:
        result = links_in_order(result, place)
        for track, subject in changed:
            if track == names.LINK:
                changed[track, subject] = changed[track, subject][0], result.rows(track, subject)
    return Patch(result, changed)


def _row(editor: Editor, write: WriteById) -> TrackRow:
    """A write as a row with row numbers; its end is computed later, together with the others."""
    value, slot = write.value, write.slot
    if type(value) is str and names.refers_to_subject(write.track):
        value = editor.intern(value)
    if write.track == names.LINK:
        slot = editor.intern(slot)
        editor.seq = max(editor.seq, write.until)
    return write.start, FOREVER, value, slot, write.act, write.until, write.event


def _goes(row: TrackRow, removed: Mapping[str, Labels]) -> bool:
    """Whether a row was written by one of the removed events."""
    act = row[4].id
    if act not in removed:
        return False
    labels = removed[act]
    return labels is None or row[6] in labels


def _pairs(touched: Mapping[str, Iterable[int]]) -> Iterator[Pair]:
    return ((track, subject) for track, subjects in touched.items() for subject in subjects)


def _written_by(state: StateReader, acts: Mapping[str, Labels]) -> list[Pair]:
    """The pairs that some acts wrote to, found by a scan of all rows."""
    result: dict[Pair, None] = {}
    codes = [code for code, act in enumerate(state.base.acts.objects) if act.id in acts]
    for track in state.tracks():
        columns, changed = state.base.columns.get(track), state.maps.get(track, EMPTY_MAP)
        if columns is not None and codes:
            rows = np.flatnonzero(columns.act == codes[0] if len(codes) == 1 else np.isin(columns.act, codes))
            result |= {(track, s): None for s in columns.subject.take(rows).tolist() if s not in changed}
        for subject, subject_rows in changed.items():
            if any(_goes(row, acts) for row in subject_rows):
                result[track, subject] = None
    return list(result)


# ---- the order of links


def links_in_order(state: State, place: Place) -> State:
    """The state with links numbered in the order of their events; lineage follows them in this order."""
    columns, changed = state.base.columns.get(names.LINK), state.maps.get(names.LINK, EMPTY_MAP)
    # Day, position of the act, label of the event, and the number so far: events of tables all have label 0.
    overlay_keys = [(row[0], place(row[4].id), row[6], row[5]) for rows in changed.values() for row in rows]
    keys: Any = np.array(overlay_keys, np.int64).reshape(-1, 4)
    unchanged_rows = np.zeros(0, np.int64)
    if columns is not None:
        unchanged_rows = np.flatnonzero(~np.isin(columns.subject, np.fromiter(changed, np.int64, len(changed))))
        keys = np.concatenate([_keys(columns, unchanged_rows, state, place), keys])
    order = np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0]))
    in_order_ = keys.take(order, axis=0)
    # Links of one event share a number; the numbers are right if they rise exactly where the next event begins.
    begins = (in_order_[1:] != in_order_[:-1]).any(axis=1)
    if bool(((in_order_[1:, 3] > in_order_[:-1, 3]) == begins).all()):
        return state
    rank = np.empty(len(order), np.int64)
    rank[order] = np.cumsum(np.append(True, begins))
    base, seq = state.base, max(state.seq, int(rank.max(initial=0)))
    if columns is not None:
        assert columns.until is not None
        until = columns.until.copy()
        until[unchanged_rows] = rank[: len(unchanged_rows)]
        base = Base(base.ids, {**base.columns, names.LINK: columns.numbered(until)}, base.acts)
    numbers = iter(rank[len(unchanged_rows) :].tolist())
    maps = dict(state.maps)
    if changed:
        rows = {s: tuple([(*row[:5], next(numbers), row[6]) for row in of]) for s, of in changed.items()}
        maps[names.LINK] = changed.update(rows)
    return State(base, maps, state.refs, state.new_ids, state.new_names, seq)


def _keys(columns: Columns, rows: Longs, state: State, place: Place) -> Any:
    """The sort keys of some links in columns: (day, position of the act, label of the event, number), shape (n, 4)."""
    assert columns.until is not None
    acts = state.base.acts.objects
    codes, which = np.unique(columns.act.take(rows), return_inverse=True)
    places = np.array([place(acts[code].id) for code in codes.tolist()], np.int64).take(which)
    events = np.zeros(len(rows), np.int32) if columns.event is None else columns.event.take(rows)
    return np.column_stack([columns.start.take(rows), places, events, columns.until.take(rows)]).astype(np.int64)


# ---- the order of subjects


def in_order(state: State, place: Place, day: int = 0, nth: Mapping[int, int] | None = None) -> State:
    """The state with subjects numbered in order of creation, including those that were recorded late.

    Lists of units are in order of their numbers. Unless the numbers are right already, all columns are renumbered,
    which costs about as much as folding.

    Args:
        state: the state.
        place: the position of an act among all acts.
        day: the first day, as an ordinal, on which a subject was added or removed. The numbers up to the last subject
            that began before it stay; behind it, numbers of subjects that never existed are given up.
        nth: the order among subjects that began by one operation, if it is not that of their numbers.
    """
    births = _births(state, place)
    stay = int(np.flatnonzero(births[:, 0] < day).max(initial=-1)) + 1
    movable = births[stay:]
    within_operation = np.zeros(len(births), np.int64)
    if nth:
        within_operation[list(nth)] = list(nth.values())
    keys = within_operation[stay:], movable[:, 2], movable[:, 1], movable[:, 0]
    order = np.append(np.arange(stay), stay + np.lexsort(keys))
    count = stay + int((movable[:, 0] < FOREVER).sum())
    if count == state.count and bool((order == np.arange(count)).all()):
        return state
    folded = state.folded() if state.maps or len(state.new_ids) else state
    order = order[:count]
    number = np.full(folded.count, -1, np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    ids = folded.base.ids.names()
    index = Index([ids[at] for at in order.tolist()])
    columns = {track: _renumbered(c, number, count) for track, c in folded.base.columns.items()}
    return State(Base(index, columns, folded.base.acts), seq=state.seq)


def _births(state: State, place: Place) -> Any:
    """Day, position of the act and label of the event by which each subject began, shape (n, 3); FOREVER for none."""
    result = np.full((state.count, 3), FOREVER, np.int64)
    life = state.base.columns.get(names.LIFE)
    if life is not None and len(life):
        first = np.flatnonzero(np.diff(life.subject, prepend=-1))
        subjects, acts = life.subject.take(first), state.base.acts.objects
        codes, which = np.unique(life.act.take(first), return_inverse=True)
        result[subjects, 0] = life.start.take(first)
        result[subjects, 1] = np.array([place(acts[code].id) for code in codes.tolist()], np.int64).take(which)
        result[subjects, 2] = 0 if life.event is None else life.event.take(first)
    for subject, rows in state.maps.get(names.LIFE, EMPTY_MAP).items():
        result[subject] = (rows[0][0], place(rows[0][4].id), rows[0][6]) if rows else FOREVER
    return result


def _renumbered(columns: Columns, number: Ints, count: int) -> Columns:
    """The columns with subjects renumbered."""
    subject = number.take(columns.subject)
    rows = np.argsort(subject, kind="stable")
    instead: dict[str, Any] = {"subject": subject.take(rows)}
    for name, refers in (("value", columns.refers), ("slot", columns.track == names.LINK)):
        if refers:
            old = getattr(columns, name).take(rows)
            instead[name] = np.where(old >= 0, number.take(np.maximum(old, 0)), old).astype(np.int32)
    return columns.taken(rows, offsets_of(subject, count), **instead)
