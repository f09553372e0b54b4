"""Recorded reads of a state, and which of them differ between two states.

An operation is worked out anew only if something that it read is different. So its reads are recorded as keys:

- of one subject: its facts in all tracks at once, so that the first figure of a measure counts as well; its past, which
  is all that it ever had; whether it exists, with its kind and parent, which is all that climbing up the tree reads; who
  refers to it; its links;
- of a track: a value that was looked up, or the whole track.

Which tracks have rows is not noted. Operations ask it to skip the others; so the facts of the units that they are about
count as read in any case, see :func:`orgmodel.history.read_index.reads_of`.

Keys have ids of subjects, as row numbers may change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from orgmodel.engine.columns import Figures, Ints, Longs, TrackRow, event_key, reverse_of
from orgmodel.engine.patch import Pair
from orgmodel.engine.point import Before, death_of, ended
from orgmodel.engine.state import UNIT, Editor, State
from orgmodel.engine.state_reader import TrackRows
from orgmodel.model import track as names

__all__ = [
    "EVERYTHING",
    "Key",
    "Recording",
    "differs_at",
    "key_of",
    "keys_about",
    "subjects_in",
    "touched",
]

Key = tuple[Any, ...]
"""("facts", id), ("past", id), ("being", id), ("below", id), ("links", id), ("value", track, value), or ("all", track)."""

EVERYTHING: Final[Key] = "all", "*"
"""The key of a read that may have looked at anything: every difference counts."""

_OF_SUBJECT: Final = frozenset({"facts", "past", "being", "below", "links"})
"""The sorts of keys that have the id of a subject."""
_WHOLLY_COMPARED: Final = frozenset({names.LIFE, names.LINK})
"""Tracks of which a structure of a day reads rows of any earlier day, so that their past is no read of its own."""
_SORTS: Final[Key] = "value", names.LIFE, "no unit"
"""The key of a search for clusters and clusterings."""


def key_of(track: str, subject: str) -> Key:
    """The key of a read of one subject in a track.

    >>> key_of("name", "a"), key_of("parent", "a")
    (('facts', 'a'), ('being', 'a'))
    """
    if track == names.LINK:
        return "links", subject
    return ("being" if track in (names.LIFE, names.KIND) or names.is_parent(track) else "facts"), subject


class Recording(State):
    """A state that records its reads and otherwise answers as the state that it wraps.

    Attributes:
        reads: the keys of all reads so far.
    """

    __slots__ = ("_stands_for", "reads")

    suggests = False

    def __init__(self, state: State) -> None:
        self._stands_for = state
        self.reads: set[Key] = set()

    @property
    def keys(self) -> frozenset[Key]:
        """The keys of all reads so far, as a set that does not grow."""
        return frozenset(self.reads)

    # ---- whoever reads the arrays themselves may have looked at anything

    def __getattr__(self, name: str) -> Any:
        """The columns, the overlay or the number of the last event of the state that it wraps."""
        # Python calls this only for attributes without a value. Those of a state are never given one here.
        if name in ("base", "maps"):
            self.reads.add(EVERYTHING)
        elif name != "seq":
            raise AttributeError(name)
        return getattr(self._stands_for, name)

    def edit(self) -> Editor:
        """An editor that starts from the state; its reads are not recorded."""
        return self._stands_for.edit()

    # ---- subjects

    @property
    def count(self) -> int:
        """How many subjects there ever were."""
        return self._stands_for.count

    def name(self, number: int) -> str:
        """The id of a row number."""
        return self._stands_for.name(number)

    def some_names(self, numbers: Sequence[int]) -> list[str]:
        """:meth:`name` of several row numbers."""
        return self._stands_for.some_names(numbers)

    def all_ids(self) -> list[str]:
        """Every id by row number."""
        self.reads.add(("all", names.LIFE))
        return self._stands_for.all_ids()

    def number(self, subject: str) -> int | None:
        """The row number of an id."""
        self.reads.add(("being", subject))
        return self._stands_for.number(subject)

    def numbers(self, subjects: Sequence[str]) -> list[int | None]:
        """:meth:`number` of many ids."""
        self.reads.update([("being", subject) for subject in subjects])
        return self._stands_for.numbers(subjects)

    def _being(self, numbers: Iterable[int]) -> None:
        name = self._stands_for.name
        self.reads.update([("being", name(number)) for number in numbers])

    def _of(self, track: str, subject: int) -> None:
        self.reads.add(key_of(track, self._stands_for.name(subject)))

    def _of_many(self, track: str, subjects: Iterable[int]) -> None:
        name = self._stands_for.name
        # -1 stands for a subject that does not exist.
        self.reads.update([key_of(track, name(subject)) for subject in subjects if subject >= 0])

    # ---- rows

    def tracks(self) -> list[str]:
        """Names of all tracks that have rows; not recorded."""
        return self._stands_for.tracks()

    def rows(self, track: str, subject: int) -> TrackRows:
        """All rows of a subject in a track."""
        self._of(track, subject)
        if track not in _WHOLLY_COMPARED:
            self.reads.add(("past", self._stands_for.name(subject)))
        return self._stands_for.rows(track, subject)

    def values(self, track: str, subjects: Sequence[int], day: int) -> list[Any]:
        """The values of many subjects on a day."""
        self._of_many(track, subjects)
        return self._stands_for.values(track, subjects, day)

    def alike(self, track: str, subjects: Sequence[int], day: int) -> list[tuple[Any, list[int]]]:
        """The values that several of some subjects have on a day."""
        self._of_many(track, subjects)
        return self._stands_for.alike(track, subjects, day)

    def value(self, track: str, subject: int, day: int) -> Any:
        """The value on a day."""
        self._of(track, subject)
        return self._stands_for.value(track, subject, day)

    def above(self, track: str, subject: int, day: int) -> list[int]:
        """The subjects above one on a day."""
        result = self._stands_for.above(track, subject, day)
        name = self._stands_for.name
        self.reads.update([key_of(track, name(number)) for number in (subject, *result)])
        return result

    def slots(self, track: str, subject: int, day: int) -> dict[Any, Any]:
        """Slot -> value on a day."""
        self._of(track, subject)
        return self._stands_for.slots(track, subject, day)

    def row_at(self, track: str, subject: int, day: int, slot: Any = None) -> TrackRow | None:
        """The row that holds on a day."""
        self._of(track, subject)
        return self._stands_for.row_at(track, subject, day, slot)

    def is_live(self, subject: int, day: int) -> bool:
        """Whether the subject exists on a day."""
        self._being([subject])
        return self._stands_for.is_live(subject, day)

    def was_live(self, subject: int) -> bool:
        """Whether the subject ever existed."""
        self._being([subject])
        return self._stands_for.was_live(subject)

    def subjects_with(self, track: str, target: Any, day: int, known: Mapping[int, Any] | None = None) -> list[int]:
        """Subjects whose value is ``target`` on a day."""
        self.reads.add(_looked_up(self._stands_for, track, target))
        return self._stands_for.subjects_with(track, target, day, known)

    def links_from(self, subject: int) -> TrackRows:
        """Links out of a unit."""
        self._of(names.LINK, subject)
        return self._stands_for.links_from(subject)

    def links_to(self, subject: int) -> list[tuple[int, TrackRow]]:
        """Links into a unit."""
        self.reads.add(_looked_up(self._stands_for, names.LINK, subject))
        return self._stands_for.links_to(subject)

    def successors(self, start: int, day: int) -> list[int]:
        """What a unit has become by a day."""
        self.reads.update([("all", names.LINK), ("all", names.LIFE)])
        return self._stands_for.successors(start, day)

    def below(self, track: str, top: int, day: int) -> Longs:
        """All subjects below one on a day."""
        subjects, name = self._stands_for.below(track, top, day), self._stands_for.name
        self.reads.update([("below", name(number)) for number in (top, *subjects.tolist())])
        return subjects

    def amounts_of(self, track: str, subjects: Longs, day: int, slot: Any) -> Figures:
        """The figures of some subjects in a slot of a measure on a day."""
        name = self._stands_for.name
        self.reads.update([key_of(track, name(number)) for number in subjects.tolist()])
        return self._stands_for.amounts_of(track, subjects, day, slot)

    def may_hold(self, track: str, value: Any) -> bool:
        """Whether any row of a track may have a value."""
        self.reads.add(("value", track, value))
        return self._stands_for.may_hold(track, value)

    def holding(self, track: str, value: Any, day: int) -> Longs:
        """Subjects with a value on a day."""
        self.reads.add(("value", track, value))
        return self._stands_for.holding(track, value, day)

    def of_sort(self, sort: type) -> list[int]:
        """Subjects of a sort other than units."""
        self.reads.add(_SORTS)
        return self._stands_for.of_sort(sort)

    def plain(self) -> State:
        """The state that it wraps, whose reads are not recorded."""
        return self._stands_for

    # ---- whole days

    def _all(self, track: str) -> State:
        self.reads.add(("all", track))
        return self._stands_for

    def iter_rows(self, track: str) -> Iterator[tuple[int, TrackRow]]:
        """All rows of a track."""
        return self._all(track).iter_rows(track)

    def slot_rows(self, track: str, slot: Any) -> Iterator[tuple[int, TrackRow]]:
        """All rows of one slot of a track.

        Who follows rows through time may depend on any earlier day, which comparing facts at a point would miss.
        """
        self.reads.add(EVERYTHING)
        return self._stands_for.slot_rows(track, slot)

    def live_rows(self, track: str, day: int) -> Iterator[tuple[int, Any, Any]]:
        """The rows of a track that hold on a day."""
        return self._all(track).live_rows(track, day)

    def numbers_on(self, track: str, day: int) -> Ints:
        """The value of each subject on a day in a track that refers to subjects."""
        return self._all(track).numbers_on(track, day)

    def held_on(self, track: str, day: int) -> Ints:
        """As :meth:`numbers_on`, for a single question."""
        return self._all(track).held_on(track, day)

    def codes_on(self, track: str, day: int) -> tuple[Ints, list[Any]]:
        """The code of each subject's value on a day."""
        return self._all(track).codes_on(track, day)

    def first_days(self) -> Longs:
        """The first day of each subject."""
        return self._all(names.LIFE).first_days()

    def spans(self, track: str) -> tuple[Ints, Ints, Ints, Ints, list[Any]]:
        """All rows of a track as arrays."""
        return self._all(track).spans(track)

    def amounts_on(self, track: str, day: int, slot: Any) -> Figures:
        """The figures in a slot of a measure on a day."""
        return self._all(track).amounts_on(track, day, slot)


def _looked_up(state: State, track: str, target: Any) -> Key:
    """The key of a reverse look-up."""
    if (names.refers_to_subject(track) or track == names.LINK) and target >= 0:
        return "below", state.name(target)
    return "value", track, target


# ---- what differs


def _facts(track: str, rows: Sequence[TrackRow], day: int) -> frozenset[tuple[Any, ...]]:
    """What a structure of the day can read from rows: pairs (slot, value), for links and lives with more."""
    if track == names.LINK:
        return frozenset((row[3], row[2], row[0], at) for at, row in enumerate(rows))
    if track == names.LIFE:
        return frozenset((None, row[2], row[0], row[1]) for row in rows)
    return frozenset((row[3], row[2]) for row in rows if row[0] <= day < row[1])


def _past(rows: Sequence[TrackRow]) -> list[tuple[Any, ...]]:
    """What rows say of any day, in the order of their events."""
    return [(*row[:4], *event_key(row)) for row in rows]


def _keys(state: State, track: str, subject: int, facts: Iterable[tuple[Any, ...]]) -> Iterator[Key]:
    """The keys of the reads that differ when a track loses or gains facts about a subject."""
    yield key_of(track, state.name(subject))
    if track not in _WHOLLY_COMPARED:
        yield "past", state.name(subject)
    yield "all", track
    yield EVERYTHING
    field = reverse_of(track)
    for slot, value, *_ in facts:
        if track == names.LIFE and value not in (None, UNIT):
            yield _SORTS
        if value is not None and (field is not None or track == names.KIND):
            yield _looked_up(state, track, slot if field == "slot" else value)


def differs_at(
    track: str,
    old: tuple[TrackRows, TrackRows, Before],
    new: tuple[TrackRows, TrackRows, Before],
    *,
    past: bool = False,
) -> bool:
    """Whether the facts about a subject in a track differ between two histories at one point.

    Args:
        track: the track.
        old: the rows of the subject in the track and in that of lives, and the point, in one history.
        new: the same in the other, where the acts of the day may be in another order.
        past: whether facts that ended before the point count as well.
    """

    def facts(rows: TrackRows, life: TrackRows, point: Before) -> Collection[tuple[Any, ...]]:
        earlier_rows = _rows_before(track, rows, life, point)
        return _past(earlier_rows) if past else _facts(track, earlier_rows, point.day)

    return facts(*old) != facts(*new)


def keys_about(subjects: Iterable[str]) -> frozenset[Key]:
    """The keys of all reads about the given subjects.

    >>> sorted(keys_about(["a"]))
    [('being', 'a'), ('below', 'a'), ('facts', 'a'), ('links', 'a'), ('past', 'a')]
    """
    return frozenset((sort, subject) for subject in subjects for sort in _OF_SUBJECT)


def subjects_in(keys: Iterable[Key]) -> set[str]:
    """Ids of the subjects that some keys are about.

    >>> subjects_in([("facts", "a"), ("being", "a"), ("value", "code", "7")])
    {'a'}
    """
    return {key[1] for key in keys if key[0] in _OF_SUBJECT}


def _rows_before(track: str, rows: TrackRows, life: TrackRows, before: Before) -> TrackRows:
    earlier_rows = tuple(filter(before.holds, rows))
    if track == names.LINK:
        return earlier_rows
    death = death_of(tuple(filter(before.holds, life)))
    return ended(earlier_rows, death, before.day)


def touched(new: State, changed: Mapping[Pair, tuple[TrackRows, TrackRows]]) -> set[Key]:
    """The keys of all reads that a patch changes at any point; an operation with none of them is not affected.

    Args:
        new: the state after the patch.
        changed: the changed rows of the patch.
    """
    result: set[Key] = set()
    for (track, subject), (was, now) in changed.items():
        facts = {(row[3], row[2]) for row in (*was, *now)}
        result.update(_keys(new, track, subject, facts))
    return result
