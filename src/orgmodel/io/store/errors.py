"""The errors of a store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.errors import Conflict, Finding, InvalidFile, OrgmodelError, Refused
from orgmodel.history.log import Entry

__all__ = [
    "StaleHead",
    "StoreFailed",
]


class StoreFailed(Refused):
    """A store that cannot be opened, read or written to; nothing was changed.

    Where a connection broke in the moment in which an act was made durable, it is not known whether it was: enact it
    again, since an act that is there is passed over.
    """


def failed(name: str, message: str) -> StoreFailed:
    """The error that a store failed."""
    return StoreFailed(f"the store {name}", [Finding("store", message)])


@contextlib.contextmanager
def of_a_stranger(name: str) -> Iterator[None]:
    """Anything in a store in another form than this package writes is refused as such.

    SQLite takes a text where a number should be, so that anything may be anywhere.
    """
    try:
        yield
    except OrgmodelError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        message = f"what stands in it is of no known form: {' '.join(str(error).split())}"
        raise InvalidFile(f"{name} cannot be read", [Finding("damaged", message)]) from error


class StaleHead(Conflict):
    """Another writer recorded something since the history was read that an act was enacted on.

    Attributes:
        expected: the head that the register should have had.
        head: the head that it has.
        entries: what was recorded between, in order.
    """

    def __init__(self, name: str, expected: str, head: str, entries: Iterable[Entry]) -> None:
        self.name, self.expected, self.head, self.entries = name, expected, head, tuple(entries)
        lines = [
            Finding("stale-head", f"recorded since: {entry.type}", row=entry.number, act=entry.about)
            for entry in self.entries
        ]
        if not lines:
            message = f"no entry has the head {expected} (any more), and the register has {head}; look at it again"
            lines = [Finding("stale-head", message)]
        super().__init__(f"{name} has gone on; look at what came between and enact again, or give retry=", lines)

    @property
    def between(self) -> tuple[Act, ...]:
        """The acts that were recorded in between, new or corrected, in order of recording."""
        return tuple(entry.act for entry in self.entries if entry.act is not None)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.name, self.expected, self.head, self.entries)
