"""What each operation read when it was worked out, so that a change of the past finds the decisions that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orgmodel.acts.act import Act
from orgmodel.acts.event_subjects import subjects_of
from orgmodel.acts.events import Event, Succession
from orgmodel.engine.reads import Key, Recording
from orgmodel.history.log import Order
from orgmodel.history.unsaid import says_all

__all__ = [
    "ReadIndex",
    "reads_of",
]


class ReadIndex:
    """An index of what each operation read, both ways; a history and its branches share it.

    It only grows, and may say too much: acts of other branches are in it too, and whoever asks passes them over.
    """

    def __init__(self) -> None:
        self._reads: dict[tuple[str, int], frozenset[Key]] = {}
        self._readers: dict[Key, dict[tuple[str, int], None]] = {}
        # The key is the identity of an act, so the acts must be kept alive: an id may be given again.
        self._acts: dict[int, Act] = {}
        self._complete_for: object = None
        """The acts (``Order.known``) of which none was missing here when last asked."""

    def add(self, act: Act, reads: Mapping[int, frozenset[Key]]) -> None:
        """Note the keys that steps of an act read; steps that are not named read nothing new."""
        self._acts[id(act)] = act
        for step, keys in reads.items():
            reader = act.id, step
            # On another branch the step may have read other things: what either read counts.
            known = self._reads.get(reader, frozenset())
            self._reads[reader] = known | keys
            for key in keys - known:
                self._readers.setdefault(key, {})[reader] = None

    def reads(self, act: str, step: int) -> frozenset[Key]:
        """The keys that a step of an act read."""
        return self._reads.get((act, step), frozenset())

    def unread(self, order: Order) -> list[Act]:
        """The acts that may read something and are not in the index yet."""
        if self._complete_for is order.known:
            return []
        self._complete_for = order.known
        return [act for _, act in order.known.values() if id(act) not in self._acts and not says_all(act)]

    def readers(self, key: Key) -> Iterable[tuple[str, int]]:
        """The readers of a key, as (id of an act, step)."""
        return self._readers.get(key, ())


def reads_of(recording: Recording, events: Iterable[Event]) -> frozenset[Key]:
    """The keys of what an operation read, and of what it would have read of the units that its events are about.

    A merger in a record without figures skips figures, and would read the first one that is learned late. Of a succession
    these are the units that it links, not the thousands that it moves.
    """
    units: dict[str, None] = {}
    for event in events:
        if isinstance(event, Succession):
            units |= dict.fromkeys(end for link in event.links for end in (link.old, link.new))
        else:
            units |= subjects_of((event,))
    return recording.keys.union([("facts", unit) for unit in units])
