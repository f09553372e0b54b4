"""Views: a structure as rules see it, in columns that all rules of an audit share."""

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
    "View",
]

_WORDS_VI = {"kind": "cấp, loại hình", "category": "loại tổ chức"}
"""What the ready-made checks may find missing besides measures and kinds."""

Holidays = Container[dt.date]
"""The public holidays: anything with ``day in holidays``, such as ``holidays.VN()`` of the python-holidays package."""


class RuleInForce(Protocol):
    """A version of a rule."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Its numbers and words."""

    @property
    def period(self) -> Period:
        """The days on which it is in force."""

    @property
    def citation(self) -> str:
        """The act of law and the place in it."""

    @property
    def certainty(self) -> str:
        """How certain the citation is."""


class Asking(Protocol):
    """The part of a rule that a view reads."""

    def on(self, day: dt.date, /) -> RuleInForce | None:
        """The version in force on a day."""


@final
@frozen(slots=False)
class View:
    """A structure, and for rules about acts its changes, as a rule sees it.

    Attributes:
        after: the structure to check.
        before: the structure before the act; None if a day is checked, not an act.
        changes: the effects of the act as a table; None if a day is checked.
        holidays: the public holidays; None if they are not known.
        values: the numbers and words of the rule in force on the day.
        since: the day from which they are in force.
        in_force: a day -> the version of the rule on that day, None if it is not on record; for what began before
            ``since``.

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
        """The view with the values of a rule in force on the day; columns are shared."""
        version = rule.on(self.day)
        values, since = ({}, None) if version is None else (version.values, version.period.start)
        return evolve(self, values=values, since=since, in_force=rule.on, columns=self.columns)

    @cached_property
    def columns(self) -> DayColumns:
        """The structure as columns, for rules that work on all units at once."""
        return self._columns or DayColumns(self.after)

    @property
    def day(self) -> dt.date:
        """The day of the structure."""
        return self.after.day

    @property
    def value(self) -> Any:
        """The rule's only value in force on the day."""
        return self.values["value"]

    def units(self, kind: str | Iterable[str] = (), category: str | Iterable[str] = ()) -> tuple[str, ...]:
        """Ids of the units of some kinds and categories, in preorder; empty: of all."""
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
        return (declared.name_vi if declared is not None else "") or _WORDS_VI.get(word, word)

    def parent(self, unit: str) -> str | None:
        """The parent, None for the root."""
        place = int(self.columns.parents[self.columns.place[unit]])
        return None if place < 0 else self.columns.ids[place]

    def children(
        self, unit: str, kind: str | Iterable[str] = (), category: str | Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Ids of the children of some kinds and categories; empty: of all."""
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
        """A figure of a unit, unknown if it is not recorded.

        Args:
            unit: its id.
            measure: id of the measure.
            scope: ``own``, ``subtree``, or ``total`` for the sum over the subtree, see ``Structure.total``.
        """
        if not self.after.states(measure):
            return UNKNOWN
        if scope != TOTAL:
            return self.after.measure(unit, measure, scope)
        return self.after.total(measure, under=unit)

    def bounds(self, unit: str, measure: str, scope: str = OWN) -> tuple[float, float]:
        """The lower and upper bound of a figure; infinite if unknown. Faster than :meth:`number`."""
        return self.columns.bounds(unit, measure, scope)

    def exact(self, unit: str, measure: str, scope: str = OWN) -> int | float | None:
        """The figure as a plain number; None unless it is exact."""
        low, high = self.columns.bounds(unit, measure, scope)
        if low != high:
            return None
        return int(low) if low.is_integer() else low

    def fact(self, unit: str, name: str, slot: Any = None) -> Any:
        """A fact, None if it is not recorded."""
        return self.columns.column(fact_track(name), slot).get(unit)

    def facts(self, name: str) -> Mapping[str, Any]:
        """Unit -> value of a fact, for the units that have it; one slot of a fact is written ``mark/legal_person``."""
        fact, _, slot = name.partition("/")
        return self.columns.column(fact_track(fact), slot or None)

    def slots(self, track: str) -> Mapping[str, Mapping[Any, Any]]:
        """Unit -> slot -> value of a track with several slots."""
        return self.columns.slots(track)

    def merged_from(self, unit: str, since: dt.date | None = None) -> int | None:
        """The number of units from which a unit was made: 1 if it was not merged, None if unknown or if parts matter.

        The recorded measure ``merged_from`` counts; else the mergers, takeovers and reorganisations into the unit since
        a day.
        """
        return self.columns.merged_from(unit, since)

    def merged(self, unit: str, since: dt.date | None = None) -> bool | None:
        """Whether a unit was made of several, wholly or in part; None if that is unknown."""
        low, high = (int(column[self.columns.place[unit]]) for column in self.columns.merged_ranges(since))
        return high > 1 if low > 1 or high < FOREVER else None


def _words(words: str | Iterable[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)
