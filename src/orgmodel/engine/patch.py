"""Rows put in place: writes taken out of the past of a state, and others put in, with nothing replayed.

All that was ever written of a subject in a track lies in its rows, so that their ends can be worked out again. A patch
does so for the subjects it touches; what it did not touch stays as it is, in the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from attrs import frozen

from orgmodel.engine.columns import Columns, Ints, Longs, TrackRow
from orgmodel.engine.index import Index
from orgmodel.engine.point import death_of, ended
from orgmodel.engine.state import EMPTY_MAP, Base, State, StateReader, TrackRows
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
"""The place of an act among all acts, by its id: what orders the rows of one day."""
Labels = Container[int] | None
"""Labels of events of an act; None: all."""
Pair = tuple[str, int]
"""A track and the row number of a subject."""


class WriteById(NamedTuple):
    """A row with ids instead of row numbers, which may change, and without its end.

    Attributes:
        track: which.
        subject: the id.
        start: its first day.
        value: what it says; the id of a subject in a track that refers to one.
        slot: its slot; in a link the id of the unit that became.
        act: the act.
        until: the end that it was written with; in a link the number of its event.
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
    """What a patch has made.

    Attributes:
        state: the new state.
        changed: (track, row number of a subject) -> its rows before, and after. Rows of other subjects are the same.
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
        labels: of which events.
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
    """The state with some writes removed and others added, each in its place in the order of acts.

    Numbers of subjects stay; subjects that are new come last: see :func:`in_order`.

    Args:
        state: the state.
        removed: id of an act -> the labels of the events whose writes go.
        added: writes that come.
        place: the place of an act among all acts.
        touched: track -> the subjects of which writes may go, if they are known; None: they are looked for.
        links: whether links are numbered in the order of their events; who makes several patches calls
            :func:`links_in_order` at their end.
    """
    editor = state.edit()
    new: dict[Pair, list[TrackRow]] = {}
    if removed:
        pairs = _pairs(touched) if touched is not None else _written_by(state, removed)
        new = {pair: [] for pair in pairs}
    for write in added:
        track, value, slot = write.track, write.value, write.slot
        if type(value) is str and names.refers_to_subject(track):
            value = editor.intern(value)
        if track == names.LINK:
            slot = editor.intern(slot)
            editor.seq = max(editor.seq, write.until)
        row = write.start, FOREVER, value, slot, write.act, write.until, write.event
        new.setdefault((track, editor.intern(write.subject)), []).append(row)
    changed: dict[Pair, tuple[TrackRows, TrackRows]] = {}

    def put(track: str, subject: int, more: Sequence[TrackRow], death: int) -> None:
        old = state.rows(track, subject)
        rows = [*(row for row in old if not _goes(row, removed)), *more] if removed else [*old, *more]
        if more:
            rows.sort(key=lambda row: (row[0], place(row[4].id), row[6]))
        made = tuple(rows) if track == names.LINK else ended(rows, death)
        if made != old:
            changed[track, subject] = old, made
            editor.replace(track, subject, made)

    for track, subject in [pair for pair in new if pair[0] == names.LIFE]:
        # Whoever ends on another day, or does not, has other ends in all tracks.
        put(track, subject, new.pop((track, subject)), FOREVER)
        if death_of(state.rows(track, subject)) != death_of(editor.rows(track, subject)):
            for other in {*state.base.columns, *state.maps}:
                if other not in (names.LIFE, names.LINK) and state.rows(other, subject):
                    new.setdefault((other, subject), [])
    for (track, subject), more in new.items():
        put(track, subject, more, death_of(editor.rows(names.LIFE, subject)))
    made = editor.done()
    if links and names.LINK in editor.touched:
        made = links_in_order(made, place)
        for track, subject in changed:
            if track == names.LINK:
                changed[track, subject] = changed[track, subject][0], made.rows(track, subject)
    return Patch(made, changed)


def _goes(row: TrackRow, removed: Mapping[str, Labels]) -> bool:
    act = row[4].id
    if act not in removed:
        return False
    labels = removed[act]
    return labels is None or row[6] in labels


def _pairs(touched: Mapping[str, Iterable[int]]) -> Iterator[Pair]:
    return ((track, subject) for track, subjects in touched.items() for subject in subjects)


def _written_by(state: StateReader, acts: Mapping[str, Labels]) -> list[Pair]:
    """The subjects that the given acts wrote to, found by a scan of all rows."""
    result: dict[Pair, None] = {}
    codes = [code for code, act in enumerate(state.base.acts.objects) if act.id in acts]
    for track in state.tracks():
        columns, changed = state.base.columns.get(track), state.maps.get(track, EMPTY_MAP)
        if columns is not None and codes:
            rows = np.flatnonzero(columns.act == codes[0] if len(codes) == 1 else np.isin(columns.act, codes))
            result |= {(track, s): None for s in columns.subject.take(rows).tolist() if s not in changed}
        for subject, rows_of in changed.items():
            if any(_goes(row, acts) for row in rows_of):
                result[track, subject] = None
    return list(result)


# ---- the order of links


def links_in_order(state: State, place: Place) -> State:
    """The state with links numbered in the order of their events, which lineage follows."""
    columns, changed = state.base.columns.get(names.LINK), state.maps.get(names.LINK, EMPTY_MAP)
    written = [(subject, row) for subject, rows in changed.items() for row in rows]
    # Days, places of acts, labels of events, and the numbers so far, which tell events of tables apart.
    keys: Any = np.array([(row[0], place(row[4].id), row[6], row[5]) for _, row in written], np.int64).reshape(-1, 4)
    kept = np.zeros(0, np.int64)
    if columns is not None:
        kept = np.flatnonzero(~np.isin(columns.subject, np.fromiter(changed, np.int64, len(changed))))
        keys = np.concatenate([_keys(columns, kept, state, place), keys])
    order = np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0]))
    inorder = keys.take(order, axis=0)
    begins = (inorder[1:] != inorder[:-1]).any(axis=1)
    if bool(((inorder[1:, 3] > inorder[:-1, 3]) == begins).all()):
        return state
    rank = np.empty(len(order), np.int64)
    rank[order] = np.cumsum(np.append(True, begins))
    base, seq = state.base, max(state.seq, int(rank.max(initial=0)))
    if columns is not None:
        assert columns.until is not None
        until = columns.until.copy()
        until[kept] = rank[: len(kept)]
        base = Base(base.ids, {**base.columns, names.LINK: columns.numbered(until)}, base.acts)
    numbers = iter(rank[len(kept) :].tolist())
    maps = dict(state.maps)
    if changed:
        rows = {s: tuple([(*row[:5], next(numbers), row[6]) for row in of]) for s, of in changed.items()}
        maps[names.LINK] = changed.update(rows)
    return State(base, maps, state.refs, state.new_ids, state.new_names, seq)


def _keys(columns: Columns, rows: Longs, state: State, place: Place) -> Any:
    """What orders some links in columns, (day, place of the act, label of the event, number), shape (n, 4)."""
    assert columns.until is not None
    acts = state.base.acts.objects
    codes, which = np.unique(columns.act.take(rows), return_inverse=True)
    places = np.array([place(acts[code].id) for code in codes.tolist()], np.int64).take(which)
    events = np.zeros(len(rows), np.int32) if columns.event is None else columns.event.take(rows)
    return np.column_stack([columns.start.take(rows), places, events, columns.until.take(rows)]).astype(np.int64)


# ---- the order of subjects


def in_order(state: State, place: Place, day: int = 0, nth: Mapping[int, int] | None = None) -> State:
    """The state with subjects numbered in order of creation, also those that were recorded late.

    Lists of units are in order of their numbers. All columns are made anew unless the numbers are right: about what
    folding them costs.

    Args:
        state: the state.
        place: the place of an act among all acts.
        day: the first day, as an ordinal, on which somebody was put in or taken out. The numbers up to that of the
            last one who began before it stay; those behind whose subjects never lived are given up.
        nth: the order among those that began by one operation, where it is not that of their numbers.
    """
    births = _births(state, place)
    stay = int(np.flatnonzero(births[:, 0] < day).max(initial=-1)) + 1
    rest = births[stay:]
    among = np.zeros(len(births), np.int64)
    if nth:
        among[list(nth)] = list(nth.values())
    order = np.append(np.arange(stay), stay + np.lexsort((among[stay:], rest[:, 2], rest[:, 1], rest[:, 0])))
    count = stay + int((rest[:, 0] < FOREVER).sum())
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
    """Day, place of the act and label of the event by which each subject began, shape (n, 3); FOREVER if none did."""
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
    off = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(subject, minlength=count), out=off[1:])
    instead: dict[str, Any] = {"subject": subject.take(rows)}
    for name, refers in (("value", columns.refers), ("slot", columns.track == names.LINK)):
        if refers:
            old = getattr(columns, name).take(rows)
            instead[name] = np.where(old >= 0, number.take(np.maximum(old, 0)), old).astype(np.int32)
    return columns.taken(rows, off, **instead)
