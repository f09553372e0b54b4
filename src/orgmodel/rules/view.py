"""What a rule sees: a structure as columns, each made once and shared by all rules of an audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping
from functools import cached_property
from typing import Any, Protocol, final

from attrs import evolve, field, frozen

from orgmodel.model.fact import fact_track
from orgmodel.model.measure import UNKNOWN, Quantity
from orgmodel.model.track import OWN
from orgmodel.period import FOREVER, Period
from orgmodel.rules.changes import Changes
from orgmodel.structure.day_columns import TOTAL, DayColumns
from orgmodel.structure.structure import Structure

__all__ = [
    "Asking",
    "Holidays",
    "RuleInForce",
    "View",
]

Holidays = Container[dt.date]
"""The public holidays: whatever can say ``day in holidays``, such as ``holidays.VN()`` of the python-holidays package."""


class RuleInForce(Protocol):
    """What a rule says during some days: a version of it."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Its numbers and words."""

    @property
    def period(self) -> Period:
        """The days on which it is in force."""

    @property
    def citation(self) -> str:
        """The act of law and where in it."""

    @property
    def certainty(self) -> str:
        """How sure the citation is."""


class Asking(Protocol):
    """The part of a rule that decides what it sees."""

    def on(self, day: dt.date, /) -> RuleInForce | None:
        """What it says on a day."""


@final
@frozen(slots=False)
class View:
    """What a rule sees.

    Attributes:
        after: the structure that is judged.
        before: the structure before the act; None where a day is judged, not an act.
        changes: what the act did, as a table; None where a day is judged.
        holidays: says which days are public holidays; None if nobody said.
        values: the numbers and words of the rule that are in force on the day.
        since: the day from which they are in force.
        in_force: what the rule said on another day, None where that is not on record; for what began before ``since``.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [dict(id="p", kind="province"), dict(id="c", parent="p", kind="cell", members=4)]
    >>> view = View(structure_of(rows, day="2025-07-01"))
    >>> view.units(kind="cell"), view.parent("c"), view.number("c", "members"), view.number("p", "members", "total")
    (('c',), 'p', Quantity(4), Quantity(4))
    """

    after: Structure
    before: Structure | None = None
    changes: Changes | None = None
    holidays: Holidays | None = None
    values: Mapping[str, Any] = field(factory=dict)
    since: dt.date | None = None
    in_force: Callable[[dt.date], RuleInForce | None] = field(default=lambda _: None, repr=False, eq=False)
    _columns: DayColumns | None = field(default=None, repr=False, eq=False, alias="columns")

    def asked_by(self, rule: Asking) -> View:
        """The same view with the values that a rule has in force on the day; columns are shared."""
        version = rule.on(self.day)
        values, since = ({}, None) if version is None else (version.values, version.period.start)
        return evolve(self, values=values, since=since, in_force=rule.on, columns=self.columns)

    @cached_property
    def columns(self) -> DayColumns:
        """The structure as columns, for rules that work on all units at once."""
        return self._columns or DayColumns(self.after)

    @property
    def day(self) -> dt.date:
        """The day that is judged."""
        return self.after.day

    @property
    def value(self) -> Any:
        """The rule's one value in force on the day."""
        return self.values["value"]

    def units(self, kind: str | Iterable[str] = (), category: str | Iterable[str] = ()) -> tuple[str, ...]:
        """Ids of the live units of a kind or kinds and a category or categories, in preorder."""
        places = self.columns.where(_words(kind), _words(category))
        ids = self.columns.ids
        return tuple([ids[i] for i in places.tolist()])

    def __contains__(self, unit: str) -> bool:
        return unit in self.columns.place

    def kind(self, unit: str) -> str | None:
        """The kind of a unit."""
        return self.columns.kinds[self.columns.place[unit]]

    def category(self, unit: str) -> str | None:
        """The category of a unit."""
        return self.columns.categories[self.columns.place[unit]]

    def code(self, unit: str) -> str | None:
        """The code of a unit."""
        return self.columns.column("code").get(unit)

    def label(self, unit: str) -> str:
        """The name of a unit, else its id."""
        return str(self.columns.column("name").get(unit) or unit)

    def name_vi(self, word: str) -> str:
        """What a measure or a kind is called in Vietnamese, if the structure declares that; else the word itself."""
        declared = self.after.measures.get(word) or self.after.schema.by_id.get(word)
        return (declared.name_vi if declared is not None else "") or word

    def parent(self, unit: str) -> str | None:
        """The unit above, None for the root."""
        place = int(self.columns.parents[self.columns.place[unit]])
        return None if place < 0 else self.columns.ids[place]

    def children(
        self, unit: str, kind: str | Iterable[str] = (), category: str | Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Ids of the units directly below, of some kinds and categories if named."""
        columns = self.columns
        places = columns.children.get(columns.place[unit])
        if not places:
            return ()
        kinds, categories = _words(kind), _words(category)
        return tuple(
            [
                columns.ids[i]
                for i in places
                if (not kinds or columns.kinds[i] in kinds) and (not categories or columns.categories[i] in categories)
            ]
        )

    def number(self, unit: str, measure: str, scope: str = OWN) -> Quantity:
        """A figure of a unit, unknown if nobody recorded it.

        Args:
            unit: its id.
            measure: which figure.
            scope: ``own``, ``subtree``, or ``total``: what is known of the sum, see ``Structure.total``.
        """
        if not self.after.states(measure):
            return UNKNOWN
        if scope != TOTAL:
            return self.after.measure(unit, measure, scope)
        return self.after.total(measure, under=unit)

    def bounds(self, unit: str, measure: str, scope: str = OWN) -> tuple[float, float]:
        """What a unit has at least and at most; infinite where nothing is known. Faster than :meth:`number`."""
        return self.columns.bounds(unit, measure, scope)

    def exact(self, unit: str, measure: str, scope: str = OWN) -> int | float | None:
        """The figure as a plain number, None unless it is known exactly."""
        low, high = self.columns.bounds(unit, measure, scope)
        if low != high:
            return None
        return int(low) if low.is_integer() else low

    def fact(self, unit: str, name: str, slot: Any = None) -> Any:
        """A recorded fact, None if nobody recorded it."""
        return self.columns.column(fact_track(name), slot).get(unit)

    def facts(self, name: str) -> Mapping[str, Any]:
        """Unit -> value of a fact, for the units that have it recorded; of one slot: ``mark/legal_person``."""
        fact, _, slot = name.partition("/")
        return self.columns.column(fact_track(fact), slot or None)

    def slots(self, track: str) -> Mapping[str, Mapping[Any, Any]]:
        """Unit -> slot -> value of a track with several slots."""
        return self.columns.slots(track)

    def merged_from(self, unit: str, since: dt.date | None = None) -> int | None:
        """Of how many units a unit was made; 1 if it was not merged, None if that is not known or hangs on parts.

        The recorded measure ``merged_from`` counts; else the mergers, takeovers and
        reorganisations into the unit since a day, as the structure's history has them.
        """
        return self.columns.merged_from(unit, since)

    def merged(self, unit: str, since: dt.date | None = None) -> bool | None:
        """Whether a unit was made of several, wholly or in part; None if that is not known."""
        low, high = (int(column[self.columns.place[unit]]) for column in self.columns.merged_ranges(since))
        return high > 1 if low > 1 or high < FOREVER else None


def _words(words: str | Iterable[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)
