"""What can go wrong with a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.errors import Conflict, Finding, Refused
from orgmodel.history.log import Entry


class StoreFailed(Refused):
    """A store that cannot be opened, read or written to; nothing was changed."""


def failed(name: str, message: str) -> StoreFailed:
    """The error that a store failed."""
    return StoreFailed(f"the store {name}", [Finding("store", message)])


class StaleHead(Conflict):
    """Somebody else recorded something since the history was read that an act was enacted on.

    Attributes:
        expected: the head that the register should have had.
        head: the head that it has.
        entries: what was recorded between, in order.
    """

    def __init__(self, name: str, expected: str, head: str, entries: Iterable[Entry]) -> None:
        self.name, self.expected, self.head, self.entries = name, expected, head, tuple(entries)
        told = [
            Finding("stale-head", f"recorded since: {entry.type}", row=entry.number, act=entry.about)
            for entry in self.entries
        ]
        if not told:
            gone = f"no entry has the head {expected} (any more), and the register has {head}; look at it again"
            told = [Finding("stale-head", gone)]
        super().__init__(f"{name} has gone on; look at what came between and enact again, or give retry=", told)

    @property
    def between(self) -> tuple[Act, ...]:
        """The acts that came between, new or corrected, in the order in which they were recorded."""
        return tuple(entry.act for entry in self.entries if entry.act is not None)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.name, self.expected, self.head, self.entries)
