"""The effects of an act as a table, so that a rule reads an act at once and not event by event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import field, frozen

from orgmodel.model.source import Source

__all__ = [
    "Became",
    "Changes",
    "Write",
]


@frozen
class Became:
    """One row: an old unit and a unit that it became.

    Attributes:
        old: id of the old unit.
        new: id of the new unit.
        extent: ``whole`` or ``part``.
        type: the GSIM term for the event, ``"merger"``.
    """

    old: str
    new: str
    extent: str = "whole"
    type: str = "merger"


@frozen
class Write:
    """One row: a fact that got another value."""

    subject: str
    track: str
    slot: Any
    value: Any


def _ids(units: Iterable[str]) -> tuple[str, ...]:
    return tuple(units)


def _became(rows: Iterable[Became]) -> tuple[Became, ...]:
    return tuple(rows)


def _writes(rows: Iterable[Write]) -> tuple[Write, ...]:
    return tuple(rows)


@frozen(slots=False)
class Changes:
    """Everything that one act (or the acts of one day) changed.

    Attributes:
        act: id of the act.
        day: its effective day.
        source: its source.
        created: ids of the units that began, in order.
        ended: ids of the units that ended, in order.
        became: the links from old to new units.
        writes: the facts that were set, in order.

    >>> changes = Changes("a1", dt.date(2025, 7, 1), created=("c",), writes=(Write("c", "name", None, "C"),))
    >>> changes.value("c", "name"), changes.value("c", "code")
    ('C', None)
    """

    act: str
    day: dt.date
    source: Source = Source.unknown
    created: tuple[str, ...] = field(default=(), converter=_ids)
    ended: tuple[str, ...] = field(default=(), converter=_ids)
    became: tuple[Became, ...] = field(default=(), converter=_became)
    writes: tuple[Write, ...] = field(default=(), converter=_writes)

    def value(self, subject: str, track: str, slot: Any = None) -> Any:
        """The last value that the act gives a fact, None if it sets none."""
        for write in reversed(self.writes):
            if (write.subject, write.track, write.slot) == (subject, track, slot):
                return write.value
        return None

    def mergers(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Pairs (new unit, old units) for each unit that two or more units became.

        >>> rows = [Became("a", "c"), Became("b", "c"), Became("d", "e")]
        >>> list(Changes("a1", dt.date(2025, 7, 1), became=rows).mergers())
        [('c', ('a', 'b'))]
        """
        into: dict[str, list[str]] = {}
        for row in self.became:
            olds = into.setdefault(row.new, [])
            if row.old not in olds:
                olds.append(row.old)
        for new, olds in into.items():
            if len(olds) > 1:
                yield new, tuple(olds)

    def touched(self) -> frozenset[str]:
        """Ids of all units in its rows."""
        return frozenset(
            [*self.created, *self.ended]
            + [u for row in self.became for u in (row.old, row.new)]
            + [write.subject for write in self.writes]
        )
