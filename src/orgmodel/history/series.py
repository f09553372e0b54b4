"""Figures of many days on the ground of one: comparable, with growth and ranking.

A province of 2024 and one of 2025 are not the same ground. A series takes the figures of each day, carries them along
the succession into the structure of one day, and only then compares. Figures that cannot be carried are refused, those
of all days at once.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Succession
from orgmodel.acts.policies import Allocation
from orgmodel.content.blocks import Cell, Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, Refused
from orgmodel.history.carry import Carried, Explanation, resolve_measure
from orgmodel.history.carry_run import OfUnmapped
from orgmodel.history.flows import negative
from orgmodel.model import track as tracks
from orgmodel.model.door import strictly
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import ColumnSort, Tabular
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.words import Language
from orgmodel.period import DayLike, as_day
from orgmodel.structure.finding import known_kind

if TYPE_CHECKING:
    from orgmodel.history.mapped import Mapped
    from orgmodel.structure.structure import Structure

__all__ = [
    "Series",
    "SeriesPoint",
]

Scope = Literal["own", "subtree", "total"]


@frozen
class SeriesPoint:
    """The figure of one unit for one day, on the ground of another.

    Attributes:
        day: the day the figure is of.
        unit: id of a unit of the day that the series is on.
        value: the figure.
        exact: whether it is a fact: see :class:`orgmodel.history.carry.Carried`.
        growth: the value less that of the day before in the series; unknown if either is,
            None for the first day.
        rate: growth in part of the earlier value; None where that is not known or 0.
        rank: 1 for the largest known value of the day; equal values share a rank. None
            if the value is not known.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, {"id": "a", "parent": "top"}], day="2024-01-01")
    >>> figures = {"2024-12-31": {"a": 40}, "2025-12-31": {"a": 36}}
    >>> first, second = history.series("members", on="2025-12-31", figures=figures)
    >>> second.value, second.growth, second.rate, first.growth
    (Quantity(36), Quantity(-4), Fraction(-1, 10), None)
    """

    day: dt.date
    unit: str
    value: Quantity
    exact: bool
    growth: Quantity | None = None
    rate: Fraction | None = None
    rank: int | None = None


@strictly()
@frozen
class Series(Tabular, Shown):
    """Figures of several days, all on the ground of one.

    Attributes:
        measure: the measure of the figures.
        on: the structure of the day whose units they are figures of.
        kind: the kind of these units; None for all that have figures.
        points: by day, within a day in order of the structure.
        carried: day -> the carried figures, which can explain themselves.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")], day="2024-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("c"))
    >>> series = history.enact(act).series("members", on="2025-12-31",
    ...                                    figures={"2024-12-31": {"a": 10, "b": 20}, "2025-12-31": {"c": 36}})
    >>> [(str(point.day), point.unit, point.value, point.rate) for point in series]
    [('2024-12-31', 'c', Quantity(30), None), ('2025-12-31', 'c', Quantity(36), Fraction(1, 5))]
    """

    measure: Measure
    on: Structure
    kind: str | None
    points: tuple[SeriesPoint, ...] = field(repr=lambda points: f"<{len(points)} points>")
    carried: Mapping[dt.date, Carried] = field(factory=dict, repr=False)

    def __iter__(self) -> Iterator[SeriesPoint]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def days(self) -> tuple[dt.date, ...]:
        """The days of the figures, in order."""
        return tuple(dict.fromkeys(point.day for point in self.points))

    def of(self, unit: str) -> tuple[SeriesPoint, ...]:
        """The points of a unit.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: it is no unit of the day the series is on.
        """
        points = tuple(point for point in self.points if point.unit == unit)
        if not points:
            self.on.unit(unit)
        return points

    def at(self, day: DayLike) -> tuple[SeriesPoint, ...]:
        """The points of a day."""
        day = as_day(day)
        return tuple(point for point in self.points if point.day == day)

    def ranking(self, day: DayLike) -> tuple[SeriesPoint, ...]:
        """The known points of a day, the largest first; equal ones in order of the structure."""
        return tuple(sorted((p for p in self.at(day) if p.rank is not None), key=lambda point: point.rank or 0))

    def explain(self, day: DayLike, unit: str) -> Explanation:
        """Where a figure comes from, with the links and acts.

        Raises:
            KeyError: there is no figure of the unit for the day.
        """
        return self.carried[as_day(day)].explain(unit)

    @property
    def _is_integral(self) -> bool:
        numbers = (v for p in self.points for v in (p.value.value, p.value.low, p.value.high) if v is not None)
        return all(isinstance(v, int) for v in numbers)

    def _columns(self) -> dict[str, FrameColumn]:
        points = self.points
        number: ColumnSort = "whole" if self._is_integral else "number"
        return {
            "day": FrameColumn([p.day for p in points], "day"),
            "unit": FrameColumn([p.unit for p in points]),
            "name": FrameColumn([self.on.unit(p.unit).label for p in points]),
            "value": FrameColumn([p.value.value for p in points], number),
            "qualifier": FrameColumn([p.value.qualifier for p in points]),
            "low": FrameColumn([p.value.low for p in points], number),
            "high": FrameColumn([p.value.high for p in points], number),
            "exact": FrameColumn([p.exact for p in points], "boolean"),
            "growth": FrameColumn([None if p.growth is None else p.growth.value for p in points], number),
            "growth_rate": FrameColumn([p.rate for p in points], "number"),
            "rank": FrameColumn([p.rank for p in points], "whole"),
        }

    def __repr__(self) -> str:
        of = f" of each {self.kind}" if self.kind else ""
        return f"<Series {self.measure.id}{of}: {len(self.days)} days, {len(self.points)} points, on {self.on.day}>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        """A row for each unit, a column for each day."""
        units = list(dict.fromkeys(point.unit for point in self.points))
        shown = {
            (point.unit, point.day): Cell(point.value, (), "" if point.exact else say("inexact cell", language))
            for point in self.points
        }
        columns = [Column(say("unit", language)), *(Column(str(day), "number") for day in self.days)]
        rows = [[self.on.called(unit), *(shown.get((unit, day), Cell()) for day in self.days)] for unit in units]
        return Content(str(self).splitlines()[0], [table_of("", columns, rows, most)], language=language)

    def __str__(self) -> str:
        lines = [f"{self.measure.id}{f' of each {self.kind}' if self.kind else ''} in the structure of {self.on.day}"]
        for day in self.days:
            known = [p for p in self.at(day) if p.value.is_known]
            lines.append(f"  {day}: {len(known)} of {len(self.at(day))} known, {sum(p.exact for p in known)} exact")
        return "\n".join(lines)


def of(
    history: Mapped,
    measure: Measure | str,
    kind: str | None = None,
    *,
    on: DayLike,
    days: Iterable[DayLike] | None = None,
    figures: Mapping[Any, Mapping[str, Any]] | None = None,
    weights: Mapping[Any, Mapping[str, Any]] | None = None,
    scope: Scope = "own",
    policy: Allocation | str | None = None,
    unmapped: OfUnmapped = "refuse",
) -> Series:
    """Each period's figures in the structure of one day, with growth and ranking.

    Args:
        history: where figures and succession are recorded.
        measure: a count or a rate; its id if the history declares it.
        kind: the kind of units, on their days; needed unless ``figures`` are given.
        on: the day in whose structure the figures are given. It may lie before the figures:
            what was merged is then divided, which needs a policy.
        days: the days whose figures are taken; None takes every day on which the
            measure of a unit of the kind was recorded.
        figures: day -> unit -> value, in place of what the history records.
        weights: for a rate, day -> unit -> count, in place of what the history records.
        scope: ``own`` and ``subtree`` take what is stated of the unit in that scope,
            ``total`` adds up the own values below it.
        policy: what to do where a share is not known, as in ``Correspondence.carry``.
        unmapped: what to do with units without a successor, as there.

    Raises:
        Refused: figures of some day cannot be carried, or there are none; every fault of
            every day is listed.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [Creation(Unit("vn")), *(Creation(Unit(u, parent="vn")) for u in "abd")])
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", parent="vn"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger]))
    >>> figures = {"2024-12-31": {"a": 10, "b": 20, "d": 40}, "2025-12-31": {"c": 36, "d": 36}}
    >>> for point in of(history, "members", on="2025-07-01", figures=figures):
    ...     print(point.day, point.unit, point.value, point.growth, point.rate, point.rank)
    2024-12-31 d 40 None None 1
    2024-12-31 c 30 None None 2
    2025-12-31 d 36 -4 -1/10 1
    2025-12-31 c 36 6 1/5 1
    """
    declared = resolve_measure(history.measures, measure)
    ground = as_day(on)
    kind = None if kind is None else known_kind(history.at(ground), kind)
    if declared.type == "category":
        raise Refused("a series", [Finding("series", f"{declared.id!r} is a category; only numbers grow and rank")])
    by_day = _figures_by_day(history, declared.id, kind, scope, days, figures)
    weights_by_day = _by_day(weights or {}, "weights")
    faults = _missing(by_day, declared, kind)
    history.check_on_record(ground, *by_day)
    carried: dict[dt.date, Carried] = {}
    for day, of_day in by_day.items():
        if not of_day:
            continue
        weighing: Mapping[str, Any] | None = None
        if declared.weight is not None:
            weighing = weights_by_day.get(day) or _figures(history.at(day), declared.weight, kind, scope)
        try:
            carried[day] = history.correspondence(day, ground, kind=kind).account(
                of_day, declared, policy, weights=weighing, unmapped=unmapped
            )
        except Refused as error:
            faults += error.findings
    if faults:
        raise Refused(f"a series of {declared.id!r} on {ground}", faults)
    structure = history.at(ground)
    with_figures = {unit for values in carried.values() for unit in values}
    # Without a kind the ground has units of all levels, of which only those with figures belong to the series.
    units = list(structure.select(kind=kind)) if kind is not None else [u for u in structure if u in with_figures]
    return Series(declared, structure, kind, tuple(_points(carried, units)), carried)


def _missing(by_day: Mapping[dt.date, Mapping[str, Any]], measure: Measure, kind: str | None) -> list[Finding]:
    """A fault for each day without figures, or for all of them."""
    if not by_day:
        of_kind = f" for any {kind}" if kind else ""
        return [Finding("series", f"nothing of {measure.id!r} is recorded{of_kind}")]
    message = f"there are no figures of {measure.id!r} for the day"
    return [Finding("series", message, day=day) for day, of_day in by_day.items() if not of_day]


def _by_day(of_days: Mapping[Any, Mapping[str, Any]], name: str) -> dict[dt.date, Mapping[str, Any]]:
    """Day -> figures; of two keys that are one day, one would be lost."""
    by_day = [(as_day(day), of_day) for day, of_day in of_days.items()]
    twice = sorted(day for day, number in Counter(day for day, _ in by_day).items() if number > 1)
    if twice:
        message = f"{name}= names the day twice; put its figures into one"
        raise Refused("a series", [Finding("day", message, day=day) for day in twice])
    return dict(by_day)


def _figures_by_day(
    history: Mapped,
    measure: str,
    kind: str | None,
    scope: Scope,
    days: Iterable[DayLike] | None,
    figures: Mapping[Any, Mapping[str, Any]] | None,
) -> dict[dt.date, Mapping[str, Any]]:
    """Day -> unit -> figure, in order of time: stated figures, or those that the history records."""
    stated = None if figures is None else _by_day(figures, "figures")
    if days is None:
        days = _recorded_days(history, measure, kind, scope) if stated is None else stated
    in_order = sorted({as_day(day) for day in days})
    if stated is not None:
        return {day: stated.get(day, {}) for day in in_order}
    return {day: _figures(history.at(day), measure, kind, scope) for day in in_order}


def _points(carried: Mapping[dt.date, Carried], units: list[str]) -> Iterator[SeriesPoint]:
    """The points of each day, with growth since the day before and rank within the day."""
    # Growth is over the figures on one ground: carried values of both days, never what each day's own units had.
    before: dict[str, Quantity] = {}
    for day, values in carried.items():
        figures = {unit: Quantity.of(values.get(unit)) for unit in units}
        known = sorted((q.value for q in figures.values() if q.value is not None), reverse=True)
        # Equal values share the rank of the first of them.
        ranks: dict[Any, int] = {}
        for place, value in enumerate(known, 1):
            ranks.setdefault(value, place)
        for unit, figure in figures.items():
            growth = figure + negative(before[unit]) if before else None
            rank = None if figure.value is None else ranks[figure.value]
            rate = None if growth is None else _rate(growth, before[unit])
            yield SeriesPoint(day, unit, figure, values.exact.get(unit, False), growth, rate, rank)
        before = figures


def _rate(growth: Quantity, base: Quantity) -> Fraction | None:
    """Growth in part of the value before; None if either is not known, or that value is 0."""
    if growth.value is None or not base.value:
        return None
    return Fraction(growth.value) / Fraction(base.value)


def _figures(structure: Structure, measure: str, kind: str | None, scope: Scope) -> dict[str, Quantity]:
    """Unit -> its figure on a day; of units of a kind, if one is named."""
    if scope == "total":
        if kind is None:
            raise Refused("a series", [Finding("series", "totals are those of a kind; give kind=")])
        return {unit: q for unit, q in structure.totals(measure, kind).items() if q != UNKNOWN}
    stated = structure.stated(measure, scope)
    if kind is None:
        return stated
    of_kind = set(structure.select(kind=kind))
    return {unit: quantity for unit, quantity in stated.items() if unit in of_kind}


def _stated(act: Act) -> Iterator[Change]:
    """The changes that an act states; figures that a succession carries were not recorded on its day."""
    for (decided, _), events in zip(act.steps, act.resolved, strict=True):
        if isinstance(decided, Succession):
            yield from decided.changes
        else:
            yield from (event for event in events if isinstance(event, Change))


def _recorded_days(history: Mapped, measure: str, kind: str | None, scope: Scope) -> list[dt.date]:
    """The days on which the measure of a unit of the kind was recorded."""
    track = tracks.measure_track(measure)
    slots = (None, tracks.OWN) if scope != "subtree" else (tracks.SUBTREE,)
    days: set[dt.date] = set()
    for act in history.acts:
        if act.effective in days:
            continue
        units = {c.subject for c in _stated(act) if c.track == track and c.slot in slots and c.value is not None}
        # Totals of a kind are of figures below it, whatever kind these are of.
        if units and (kind is None or scope == "total" or _any_of_kind(history.at(act.effective), units, kind)):
            days.add(act.effective)
    return sorted(days)


def _any_of_kind(structure: Structure, units: Iterable[str], kind: str) -> bool:
    return any(unit in structure and structure.unit(unit).kind == kind for unit in units)
