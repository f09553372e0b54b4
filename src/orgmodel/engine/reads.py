"""What is read of a state: what an operation looked at, so that it is known when it must be worked out anew.

The grain decides what that costs. One note for each subject would name the root of a country in every operation, and
one for each fact would miss the first figure that is ever stated of a unit. So there are three sorts for a subject:
its facts (all tracks, also those that say nothing of it), what stands below it (children, members), and its being
there, with its kind and own parent, which is all that climbing to the root looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from orgmodel.engine.columns import Longs, Row
from orgmodel.model import track as names

if TYPE_CHECKING:
    from orgmodel.engine.state import Rows, State

Key = tuple[str, Any]
"""What was read: ``("facts", id)``, ``("below", id)``, ``("being", id)``, ``("value", (track, value))`` for who has a
value, or ``("all", track)``."""


class Recording:
    """A state that remembers what is asked of it; all else is as in the state.

    Args:
        state: the state.

    >>> from orgmodel.history.history import history_of
    >>> state = history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2024-01-01")._state
    >>> recording = Recording(state)
    >>> recording.subjects_with("parent", 0, 738886)
    [1]
    >>> sorted(recording.keys())
    [('below', 'a')]
    """

    __slots__ = ("_being", "_below", "_facts", "_ids", "_others", "_state")

    def __init__(self, state: State) -> None:
        self._state = state
        self._facts: set[int] = set()
        self._below: set[int] = set()
        self._being: set[int] = set()
        self._ids: set[str] = set()
        self._others: set[Key] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def keys(self) -> frozenset[Key]:
        """All that was read so far."""
        name = self._state.name
        found: set[Key] = set(self._others)
        # Whoever read the facts of a subject read that it is there as well.
        found.update([("facts", name(number)) for number in self._facts])
        found.update([("below", name(number)) for number in self._below])
        found.update([("being", name(number)) for number in self._being - self._facts])
        found.update([("being", subject) for subject in self._ids])
        return frozenset(found)

    # ---- subjects

    def number(self, subject: str) -> int | None:
        """As of the state."""
        self._ids.add(subject)
        return self._state.number(subject)

    def numbers(self, subjects: Sequence[str]) -> list[int | None]:
        """As of the state."""
        self._ids.update(subjects)
        return self._state.numbers(subjects)

    # ---- facts of a subject

    def rows(self, track: str, subject: int) -> Rows:
        """As of the state."""
        self._facts.add(subject)
        return self._state.rows(track, subject)

    def values(self, track: str, subjects: Sequence[int], day: int) -> list[Any]:
        """As of the state."""
        self._facts.update(subjects)
        return self._state.values(track, subjects, day)

    def value(self, track: str, subject: int, day: int) -> Any:
        """As of the state."""
        (self._being if track == names.LIFE else self._facts).add(subject)
        return self._state.value(track, subject, day)

    def slots(self, track: str, subject: int, day: int) -> dict[Any, Any]:
        """As of the state."""
        self._facts.add(subject)
        return self._state.slots(track, subject, day)

    def row_at(self, track: str, subject: int, day: int, slot: Any = None) -> Row | None:
        """As of the state."""
        self._facts.add(subject)
        return self._state.row_at(track, subject, day, slot)

    def links_from(self, subject: int) -> Rows:
        """As of the state."""
        self._facts.add(subject)
        return self._state.links_from(subject)

    def amounts_of(self, track: str, subjects: Longs, day: int, slot: Any) -> tuple[Longs, list[Any]]:
        """As of the state."""
        self._facts.update(subjects.tolist())
        return self._state.amounts_of(track, subjects, day, slot)

    # ---- being there

    def is_live(self, subject: int, day: int) -> bool:
        """As of the state."""
        self._being.add(subject)
        return self._state.is_live(subject, day)

    def was_live(self, subject: int) -> bool:
        """As of the state."""
        self._being.add(subject)
        return self._state.was_live(subject)

    def above(self, track: str, subject: int, day: int) -> list[int]:
        """As of the state."""
        found = self._state.above(track, subject, day)
        self._being.add(subject)
        self._being.update(found)
        return found

    # ---- what stands below, and who has a value

    def subjects_with(self, track: str, target: Any, day: int, known: Any = None) -> list[int]:
        """As of the state."""
        if names.refers_to_subject(track) and target >= 0:
            self._below.add(target)
        else:
            self._others.add(("value", (track, target)))
        return self._state.subjects_with(track, target, day, known)

    def links_to(self, subject: int) -> list[tuple[int, Row]]:
        """As of the state."""
        self._below.add(subject)
        return self._state.links_to(subject)

    def below(self, track: str, top: int, day: int) -> Longs:
        """As of the state."""
        found = self._state.below(track, top, day)
        self._below.add(top)
        self._below.update(found.tolist())
        return found

    def may_hold(self, track: str, value: Any) -> bool:
        """As of the state."""
        self._others.add(("value", (track, value)))
        return self._state.may_hold(track, value)

    def holding(self, track: str, value: Any, day: int) -> Longs:
        """As of the state."""
        self._others.add(("value", (track, value)))
        return self._state.holding(track, value, day)

    # ---- whole tracks

    def successors(self, start: int, day: int) -> list[int]:
        """As of the state."""
        self._others.add(("all", names.LINK))
        return self._state.successors(start, day)

    def _whole(self, track: str) -> None:
        self._others.add(("all", track))

    def iter_rows(self, track: str) -> Iterator[tuple[int, Row]]:
        """As of the state."""
        self._whole(track)
        return self._state.iter_rows(track)

    def live_rows(self, track: str, day: int) -> Iterator[tuple[int, Any, Any]]:
        """As of the state."""
        self._whole(track)
        return self._state.live_rows(track, day)

    def numbers_on(self, track: str, day: int) -> Any:
        """As of the state."""
        self._whole(track)
        return self._state.numbers_on(track, day)

    def held_on(self, track: str, day: int) -> Any:
        """As of the state."""
        self._whole(track)
        return self._state.held_on(track, day)

    def codes_on(self, track: str, day: int) -> Any:
        """As of the state."""
        self._whole(track)
        return self._state.codes_on(track, day)

    def spans(self, track: str) -> Any:
        """As of the state."""
        self._whole(track)
        return self._state.spans(track)

    def amounts_on(self, track: str, day: int, slot: Any) -> dict[str, Any]:
        """As of the state."""
        self._whole(track)
        return self._state.amounts_on(track, day, slot)


def keys_about(subjects: Iterable[str]) -> frozenset[Key]:
    """All that can be read of some subjects.

    >>> sorted(keys_about(["a"]))
    [('being', 'a'), ('below', 'a'), ('facts', 'a')]
    """
    return frozenset((sort, subject) for subject in subjects for sort in ("facts", "below", "being"))
