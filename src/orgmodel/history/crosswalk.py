"""The rows between the structures of two days: which unit became which, and which are unmapped.

:mod:`orgmodel.history.correspondence` makes them from a history. They stand below it so that the modules that carry
figures along rows need not know where rows come from.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import filterfalse
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation
from orgmodel.history.ground import Walk, WalkContext, Way
from orgmodel.history.level import Level
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.history.trace import Trace
from orgmodel.model.door import strictly

if TYPE_CHECKING:
    from orgmodel.history.past import Past
    from orgmodel.model.measure import Measure
    from orgmodel.structure.structure import Structure

__all__ = ["Crosswalk"]


@frozen
class Unmapped:
    """Units that have nothing on the other day.

    Attributes:
        old: units of the first day without a successor on the second.
        new: units of the second day without a predecessor on the first.
        last_known: units of the first day whose successor is not on record.
        first_known: units of the second day that are older than the record of them.
        bare: units that live on both days, but with no ground of the other day: what was below them passed to
            others or ended, and they go on without. Nothing of their figures is in them.
    """

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    last_known: tuple[str, ...] = ()
    first_known: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.old or self.new or self.last_known or self.first_known or self.bare)


@strictly()
class Crosswalk:
    """Rows from the units of one day to those of another; iterating gives them in order of the old structure.

    What users hold is a :class:`~orgmodel.history.correspondence.Correspondence`, which also says what its
    attributes are.

    >>> from orgmodel.history.history import history_of
    >>> day = history_of([{"id": "vn"}, {"id": "a", "parent": "vn"}], day="2024-01-01").at("2024-01-01")
    >>> print(*Crosswalk(day, day, {}), sep="; ")
    vn -> vn; a -> a
    """

    def __init__(
        self,
        before: Structure,
        after: Structure,
        table: Mapping[str, tuple[CorrespondenceRow, ...]],
        *,
        partly_lost: Iterable[str] = (),
        partly_new: Iterable[str] = (),
        last_known: Iterable[str] = (),
        first_known: Iterable[str] = (),
        bare: Iterable[str] = (),
        kind: str | None = None,
        to: str | None = None,
        inverted: bool = False,
        scope: Scope | None = None,
        history: Past | None = None,
        trace: Callable[[], Trace] | None = None,
    ) -> None:
        self.before, self.after, self.kind, self.inverted = before, after, kind, inverted
        self.to = kind if to is None else to
        self._table = table
        self._partly_lost, self._partly_new = frozenset(partly_lost), frozenset(partly_new)
        self._last_known, self._first_known = frozenset(last_known), frozenset(first_known)
        self._bare = frozenset(bare)
        self._scope = scope
        self._level_before: Side | None = None if scope is None else scope[0]
        self._level_after: Side | None = None if scope is None else scope[1]
        self._history = history
        self._make_trace = trace

    @property
    def start(self) -> dt.date:
        """The first day."""
        return self.before.day

    @property
    def end(self) -> dt.date:
        """The second day; earlier than the first if it runs against time."""
        return self.after.day

    @property
    def measures(self) -> Mapping[str, Measure]:
        """The measures that the history declares, by id."""
        return self.before.measures

    @cached_property
    def olds(self) -> tuple[str, ...]:
        """Ids of the units of the first day, in its order: those of the kind and what flows together with them."""
        return tuple(self.before) if self._level_before is None else self._level_before.units

    @cached_property
    def news(self) -> tuple[str, ...]:
        """Ids of the units of the second day, in its order."""
        return tuple(self.after) if self._level_after is None else self._level_after.units

    def __getitem__(self, old: str) -> tuple[CorrespondenceRow, ...]:
        """The rows of an old unit, none if it has no successor.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: it is no unit of the first day.
            KeyError: it is one, but not of the kind.
        """
        rows = self._table.get(old)
        if rows is not None:
            return rows
        # A unit to which nothing happened has no stored row: nearly all of a country's units are such.
        _check(old, self.before, self.kind, self._level_before)
        return (CorrespondenceRow(old, old),) if old in self.after else ()

    def __iter__(self) -> Iterator[CorrespondenceRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def rows(self) -> tuple[CorrespondenceRow, ...]:
        """All rows, in order of the old structure."""
        # Not tuple(self): it would ask for the length, which counts these rows.
        return tuple([row for old in self.olds for row in self[old]])

    @cached_property
    def _by_new(self) -> Mapping[str, tuple[CorrespondenceRow, ...]]:
        by_new: dict[str, list[CorrespondenceRow]] = {}
        for rows in self._table.values():
            for row in rows:
                by_new.setdefault(row.new, []).append(row)
        for new in self._going_on:
            by_new[new].insert(0, CorrespondenceRow(new, new))
        return {new: tuple(rows) for new, rows in by_new.items()}

    @cached_property
    def _arrivals(self) -> Mapping[str, int]:
        """New unit -> how many rows lead to it, of the units to which any stored row leads."""
        arrivals = Counter([row.new for rows in self._table.values() for row in rows])
        arrivals.update(self._going_on)
        return arrivals

    @cached_property
    def _going_on(self) -> tuple[str, ...]:
        """The units to which others lead, and that go on themselves without a stored row.

        Such a unit had no ground of its own, as all of it was in units below: what it took over stands beside it.
        """
        news = dict.fromkeys(row.new for rows in self._table.values() for row in rows)
        there_before = [new for new in news if new not in self._table and new in self.before]
        # Nearly always there is none: then the ids of the level, of which there are many, are not needed.
        return tuple(new for new in there_before if self._level_before is None or new in self._level_before.ids)

    def into(self, new: str) -> tuple[CorrespondenceRow, ...]:
        """The rows that lead to a new unit, none if it has no predecessor.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: it is no unit of the second day.
            KeyError: it is one, but not of the kind.
        """
        rows = self._by_new.get(new)
        if rows is not None:
            return rows
        _check(new, self.after, self.to, self._level_after)
        # With rows of its own but none to itself, it went on to others, and what has its id now came from elsewhere.
        return (CorrespondenceRow(new, new),) if new in self.before and new not in self._table else ()

    def successors(self, old: str) -> tuple[str, ...]:
        """Ids of all units that the old one, or a part of it, became."""
        return tuple(row.new for row in self[old])

    def predecessors(self, new: str) -> tuple[str, ...]:
        """Ids of all units that the new one, or a part of it, was."""
        return tuple(row.old for row in self.into(new))

    def dominant(self, old: str) -> str | None:
        """The one successor to take where only one can be; None where none is named, or there is none."""
        return next((row.new for row in self[old] if row.dominant), None)

    def share(self, old: str, new: str, measure: str) -> Fraction | None:
        """The part of the old unit's count that is in the new one: 0 if nothing, None if not known."""
        return next((row.share(measure) for row in self[old] if row.new == new), Fraction(0))

    @cached_property
    def unmapped(self) -> Unmapped:
        """The units without anything on the other day."""
        old = tuple(unit for unit in self.olds if not self[unit])
        new = tuple(unit for unit in self.news if not self.into(unit))
        return Unmapped(
            tuple(filterfalse((self._last_known | self._bare).__contains__, old)),
            tuple(filterfalse((self._first_known | self._bare).__contains__, new)),
            tuple(filter(self._last_known.__contains__, old)),
            tuple(filter(self._first_known.__contains__, new)),
            tuple(filter(self._bare.__contains__, self.olds)),
        )

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Ids of the old units that went to one new unit entirely."""
        return tuple(old for old in self.olds if any(row.extent == "whole" for row in self[old]))

    @cached_property
    def divided(self) -> tuple[str, ...]:
        """Ids of the old units that were divided, or of which only a part went on."""
        return tuple(old for old in self.olds if any(row.extent == "part" for row in self[old]))

    @cached_property
    def exact(self) -> bool:
        """Whether every row is certain, and no successor is missing from the record: see the head of this module."""
        last_known = self._last_known if self._level_before is None else self._last_known & self._level_before.ids
        return not last_known and all(row.exact for row in self)

    def is_partly_lost(self, old: str) -> bool:
        """Whether a part of the old unit is known to have gone nowhere."""
        return old in self._partly_lost

    def is_partly_new(self, new: str) -> bool:
        """Whether the new unit also holds, or may hold, ground that came from nowhere on record."""
        return new in self._partly_new

    def is_last_known(self, old: str) -> bool:
        """Whether it is not on record what became of the old unit, or of a part of it."""
        return old in self._last_known

    @cached_property
    def _trace(self) -> Trace:
        """The ground behind the rows; rows of a table are taken as one step."""
        if self._make_trace is not None:
            return self._make_trace()
        return traced_tables([self._step()], self.before, self.after)

    def act_of(self, unit: str) -> Act | None:
        """The act that closed an unmapped old unit, or created an unmapped new one; None if not known."""
        return self._begun_or_closed.get(unit)

    @cached_property
    def _begun_or_closed(self) -> Mapping[str, Act]:
        acts: dict[str, Act] = {}
        if self._history is not None:
            low, high = sorted((self.start, self.end))
            for act in self._history._record.order.between(low, high):
                for event in act.events:
                    if isinstance(event, Closure):
                        acts[event.subject] = act
                    elif isinstance(event, Creation):
                        acts[event.what.id] = act
        return acts

    def _step(self) -> TableStep:
        return TableStep(self._table, self._partly_lost, self._partly_new)


def _check(unit: str, structure: Structure, kind: str | None, side: Side | None) -> None:
    """Raise if a unit does not live on a day, or is not among the units of the side."""
    if unit not in structure:
        structure.unit(unit)
    if side is not None and unit not in side.ids:
        raise KeyError(f"{unit!r} is not of the kind {kind!r} on {structure.day}")


@frozen
class TableStep:
    """A whole table taken as one event: all its rows count at once."""

    table: Mapping[str, Sequence[CorrespondenceRow]]
    partly_lost: frozenset[str]
    partly_new: frozenset[str]


def traced_tables(steps: Sequence[TableStep], before: Structure, after: Structure) -> Trace:
    """The ground after tables, one after the other."""
    first, last = Level(before, None, None), Level(after, None, None)
    named = WalkContext(
        first.is_atom, first.is_ground, first.kind_of, lambda *_: None, lambda *_: False, lambda *_: False
    )
    walk = Walk(named, tuple, before.day)
    for at, step in enumerate(steps):
        ways = [
            Way(
                row.old,
                row.new,
                row.extent == "whole" and len(rows) == 1,
                row.shares,
                row.dominant,
                row.dominant_by,
                row.links,
                row.exact,
            )
            for rows in step.table.values()
            for row in rows
        ]
        ends = [old for old, rows in step.table.items() if not rows]
        walk.end(ends)
        walk.succeed(at, ways, losing=step.partly_lost)
        walk.add_new_ground(step.partly_new)
    return Trace(walk, first, last)


class Side:
    """The units of a day that a correspondence is about: those of a kind, and more."""

    def __init__(self, structure: Structure, kind: str | None, more: frozenset[str]) -> None:
        self.structure, self.kind, self.more = structure, kind, more

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Their ids, in the order of the structure."""
        structure = self.structure
        codes, kinds = structure._kinds
        # Units without a kind have the code -1, which takes the last entry.
        mask = np.array([*(self.kind is not None and kind == self.kind for kind in kinds), False]).take(codes)
        mask[[n for n in structure._state.numbers(list(self.more)) if n is not None]] = True
        order = structure._units
        return structure._names(order.compress(mask.take(order)).tolist())

    @cached_property
    def ids(self) -> frozenset[str]:
        """The same, to look up."""
        return frozenset(self.units)


Scope = tuple[Side, Side]
"""The units of a level on either day."""
