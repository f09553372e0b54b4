"""Questions about a period rather than a day, and about many (unit, day) pairs at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.changes import changes_of
from orgmodel.acts.events import Creation
from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.history import columns_out
from orgmodel.history.past import Past
from orgmodel.history.unit_directory import By
from orgmodel.model import track as tracks
from orgmodel.model.door import strictly
from orgmodel.model.frames import Column, ColumnSort
from orgmodel.model.measure import UNKNOWN, Quantity
from orgmodel.model.unit import ROOT
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.finding import known_kind, meaning, scheme_of
from orgmodel.structure.subtree_figures import spans_of_subtrees

if TYPE_CHECKING:
    from orgmodel.history.correspondence import Correspondence
    from orgmodel.structure.structure import Structure

__all__ = ["Over"]

Span = tuple[int, int]
"""First day, and the first day after, as ordinals."""


@frozen
class Ended:
    """Units that ended in a period, counted in the successors of the units above them.

    Attributes:
        within: unit of the level at the end of the period -> the ended units whose last parent became it.
        divided: ended unit -> the units among which its last parent was divided, where none of them is dominant.
        nowhere: ended units whose last parent has no successor, or that had none on the level.
    """

    within: Mapping[str, tuple[str, ...]]
    divided: Mapping[str, tuple[str, ...]]
    nowhere: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Unit of the level -> how many ended in it."""
        return {unit: len(ended) for unit, ended in self.within.items()}


@strictly()
@frozen
class Over:
    """Questions to a history about a period: see :meth:`orgmodel.history.history.History.over`.

    Attributes:
        period: the period; both ends are known.

    >>> from orgmodel.acts.events import Change
    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}, {"id": "x", "parent": "a"}]
    >>> history = history_of(rows, day="2024-01-01").enact(Act("m", "2024-01-31", [Change("x", "parent", "b")]))
    >>> january = history.over("2024-01-01", "2024-02-01")
    >>> january.days_under("x"), january.ever_under("a"), january.ever_under("b")
    ({'a': 30, 'b': 1}, ('x',), ('x',))
    """

    period: Period
    _history: Past = field(repr=False, eq=False)

    @property
    def _ends(self) -> Span:
        assert self.period.start is not None
        assert self.period.end is not None
        return self.period.start.toordinal(), self.period.end.toordinal()

    @property
    def _last_day(self) -> Structure:
        """The structure on the last day: it knows the kinds, measures and clusterings that there ever were."""
        assert self.period.last is not None
        return self._history.at(self.period.last)

    def _spans(self, track: str, number: int, within: Span, slot: Any = None) -> Iterator[tuple[int, int, Any]]:
        """The rows of a fact that hold on days of a span, cut to it."""
        low, high = within
        for row in self._history._state.rows(track, number):
            start, end = max(row[0], low), min(row[1], high)
            if row[3] == slot and start < end and row[2] is not None:
                yield start, end, row[2]

    # ---- where it was

    def days(self, unit: str) -> int:
        """The number of days of the period on which a unit lived.

        Raises:
            UnknownUnit: there never was one.
        """
        return sum(end - start for start, end, _ in self._spans(tracks.LIFE, self._history._number(unit), self._ends))

    def days_under(self, unit: str, kind: str | None = None, hierarchy: str = tracks.MAIN) -> dict[str, int]:
        """Other unit -> the number of days on which a unit was in it, in order of time.

        Args:
            unit: id of the unit.
            kind: a level: the nearest unit of that kind above it counts; None: the one directly above.
            hierarchy: which hierarchy.

        Raises:
            UnknownUnit: there never was such a unit.
        """
        kind = None if kind is None else known_kind(self._last_day, kind)
        days: dict[str, int] = {}
        name = self._history._state.name
        for start, end, above in self._above(self._history._number(unit), self._ends, kind, hierarchy):
            days[name(above)] = days.get(name(above), 0) + end - start
        return days

    def _above(self, number: int, within: Span, kind: str | None, hierarchy: str) -> Iterator[tuple[int, int, int]]:
        """(first day, first day after, number of the unit above) within a span; the parent, or the nearest of a kind."""
        for start, end, parent in self._spans(tracks.parent_track(hierarchy), number, within):
            if parent < 0:
                continue  # It was a root.
            if kind is None:
                yield start, end, parent
                continue
            # The parent may have been of the kind on some of the days only; on the others the search goes on above it.
            day = start
            for first, last, parent_kind in [*self._spans(tracks.KIND, parent, (start, end)), (end, end, None)]:
                if day < first:
                    yield from self._above(parent, (day, first), kind, hierarchy)
                if parent_kind == kind:
                    yield first, last, parent
                elif first < last:
                    yield from self._above(parent, (first, last), kind, hierarchy)
                day = last

    def days_in_clusters(self, unit: str, clustering: str) -> dict[str, int]:
        """Cluster of a clustering -> the number of days on which a unit was a member of it.

        Raises:
            UnknownUnit: there never was such a unit.
        """
        number = self._history._number(unit)
        track = tracks.member_track(self._last_day._clustering(clustering))
        days: dict[str, int] = {}
        for slot in {row[3] for row in self._history._state.rows(track, number)}:
            for start, end, cluster in sorted(self._spans(track, number, self._ends, slot)):
                name = self._history._state.name(cluster) if isinstance(cluster, int) else cluster
                days[name] = days.get(name, 0) + end - start
        return days

    # ---- who ever was in it

    def ever_under(self, unit: str, kind: str | None = None, hierarchy: str = tracks.MAIN) -> tuple[str, ...]:
        """Ids of the units that were anywhere below a unit on some day, in order of creation.

        Args:
            unit: id of the unit.
            kind: only those that were of this kind while they were below it; None: all.
            hierarchy: which hierarchy.

        Raises:
            UnknownUnit: there never was such a unit.
        """
        kind = None if kind is None else known_kind(self._last_day, kind)
        state, track = self._history._state, tracks.parent_track(hierarchy)
        below: set[int] = set()
        todo = [(self._history._number(unit), self._ends)]
        # Downwards, with ever shorter spans: a child counts only on the days on which its own parent was below.
        while todo:
            above, within = todo.pop()
            for number in state.subjects_ever(track, above):
                spans = [(start, end) for start, end, parent in self._spans(track, number, within) if parent == above]
                todo += [(number, span) for span in spans]
                kinds = (k for span in spans for *_, k in self._spans(tracks.KIND, number, span))
                if spans and (kind is None or kind in kinds):
                    below.add(number)
        return tuple(map(state.name, sorted(below)))

    def ever_members(self, cluster: str) -> tuple[str, ...]:
        """Ids of the units that were members of a cluster on some day, in order of creation.

        Raises:
            UnknownUnit: there never was such a cluster.
        """
        state, number = self._history._state, self._history._number(cluster)
        members: set[int] = set()
        for track in filter(tracks.is_member, state.tracks()):
            for subject in state.subjects_ever(track, number):
                rows = [row for row in state.rows(track, subject) if row[2] == number]
                if any(max(row[0], self._ends[0]) < min(row[1], self._ends[1]) for row in rows):
                    members.add(subject)
        return tuple(map(state.name, sorted(members)))

    # ---- figures

    def mean(self, measure: str, unit: str, scope: Literal["own", "subtree"] = "own") -> Quantity:
        """The mean of the stated figures of a unit, each weighted by the days on which it held.

        Days on which the unit did not live do not count. A day without a figure makes the mean unknown, within the
        bounds of all days.

        Args:
            measure: id of the measure.
            unit: id of the unit.
            scope: ``own`` or ``subtree``.

        Raises:
            UnknownUnit: there never was such a unit.
            Refused: the measure is a category.

        >>> from orgmodel.acts.events import Change
        >>> from orgmodel.history.history import history_of
        >>> from orgmodel.model.measure import Measure
        >>> rows = [{"id": "a", "members": 10}]
        >>> history = history_of(rows, day="2024-01-01", measures=[Measure("members")])
        >>> history = history.enact(Act("m", "2024-01-31", [Change("a", "measure:members", 41, "own")]))
        >>> history.over("2024-01-01", "2024-02-01").mean("members", "a")
        Quantity(11)
        """
        measure = self._last_day._measured(measure)
        declared = self._history.measures.get(measure)
        if declared is not None and declared.type == "category":
            message = f"{measure!r} is a category; only numbers have a mean"
            raise Refused("a mean", [Finding("measure", message, (unit,))])
        lived = self.days(unit)
        spans = self._figures(measure, self._history._number(unit), scope)
        weighted = [(end - start, Quantity.of(value)) for start, end, value in spans]
        if not weighted or not lived:
            return UNKNOWN
        without_figure = lived - sum(days for days, _ in weighted)
        if without_figure:
            count = declared is None or declared.type == "count"
            weighted.append((without_figure, Quantity.unknown(0 if count else None)))
        value, low, high = (
            _weighted_mean([(days, getattr(figure, part)) for days, figure in weighted])
            for part in ("value", "low", "high")
        )
        if value is None:
            return Quantity.unknown(low, high)
        return Quantity(value) if all(q.is_exact for _, q in weighted) else Quantity(value, "about", low, high)

    def _figures(self, measure: str, number: int, scope: str) -> Iterator[tuple[int, int, Any]]:
        """The figures of a unit on days of the period: first day, day after the last one, figure."""
        if scope != tracks.SUBTREE:
            yield from self._spans(tracks.measure_track(measure), number, self._ends, scope)
            return
        # A row of a subtree keeps its value, but says something else once units have left or come.
        state, hierarchies = self._history._state, self._history.schema.hierarchies
        hierarchy = next((h for h in hierarchies if state.rows(tracks.parent_track(h), number)), hierarchies[0])
        low, high = self._ends
        for span in spans_of_subtrees(self._last_day, measure, hierarchy).get(number, ()):
            start, end = max(span.start, low), min(span.end, high)
            if start < end:
                yield start, end, span.figure

    # ---- what ended

    def ended(self, kind: str, within: str, *, closed: bool = False) -> Ended:
        """The units of a kind that ended in the period, each in the successor of the unit that it was last in.

        Args:
            kind: the kind of the ended units.
            within: the level in which they are counted, on the last day of the period.
            closed: only those that were closed, without a successor.

        >>> from orgmodel.acts.events import Closure, Link, Succession
        >>> from orgmodel.history.history import history_of
        >>> from orgmodel.model.unit import ROOT, Unit
        >>> rows = [{"id": "vn"}, *({"id": p, "parent": "vn", "kind": "province"} for p in "ab"),
        ...         {"id": "x", "parent": "a", "kind": "cell"}]
        >>> history = history_of(rows, day="2024-01-01").enact(
        ...     Act("c", "2024-03-01", [Closure("x")]),
        ...     Act("m", "2024-07-01", [Succession([Link("a", "n"), Link("b", "n")],
        ...         [Unit("n", kind="province", parent="vn")])]))
        >>> history.over("2024-01-01", "2025-01-01").ended("cell", within="province").within
        {'n': ('x',)}
        """
        state, last_day = self._history._state, self._last_day
        kind, within, last = known_kind(last_day, kind), known_kind(last_day, within), last_day.day
        ended_in: dict[str, list[str]] = {}
        divided: dict[str, tuple[str, ...]] = {}
        nowhere: list[str] = []
        for day, units in sorted(self._ending(kind, closed).items()):
            successors = cache(partial(self._successors, dt.date.fromordinal(day - 1), last))
            for number in units:
                unit = state.name(number)
                above = next((above for _, _, above in self._above(number, (day - 1, day), within, tracks.MAIN)), None)
                rows = () if above is None else successors()[state.name(above)]
                successor = next((row.new for row in rows if len(rows) == 1 or row.dominant), None)
                if successor is not None:
                    ended_in.setdefault(successor, []).append(unit)
                elif rows:
                    divided[unit] = tuple(row.new for row in rows)
                else:
                    nowhere.append(unit)
        return Ended({new: tuple(units) for new, units in ended_in.items()}, divided, tuple(nowhere))

    def _successors(self, first: dt.date, last: dt.date) -> Correspondence:
        from orgmodel.history.correspondence import of_level

        # By links alone: a closed unit is no ground of the successor any more.
        return of_level(self._history, first, last, None)

    def _ending(self, kind: str, closed: bool) -> dict[int, list[int]]:
        """Day -> the numbers of the units of a kind that ended on it."""
        low, high = self._ends
        state = self._history._state
        by_day: dict[int, list[int]] = {}
        subjects, starts, ends, _, _ = state.spans(tracks.LIFE)
        # A unit that lived no whole day was in no other one.
        rows = ((low <= ends) & (ends < high) & (starts < ends)).nonzero()[0]
        for number, end in sorted(zip(subjects.take(rows).tolist(), ends.take(rows).tolist(), strict=True)):
            if state.value(tracks.KIND, number, end - 1) != kind or state.is_live(number, end):
                continue
            if not closed or not any(row[0] == end for row in state.links_from(number)):
                by_day.setdefault(end, []).append(number)
        return by_day


# ---- many days at once

ON_RECORD: Final = "on record"
NOT_ON_RECORD: Final = "not on record"
NOT_THERE: Final = "no such unit on the day"


def as_of(
    history: Past,
    frame: Any,
    columns: Sequence[str] = ("id", "name", "code", "kind", "parent"),
    *,
    above: Sequence[str] = (),
    unit: str = "unit",
    day: str = "day",
    by: By = "id",
    kind: str | None = None,
    suffix: str = "",
) -> Any:
    """The rows of a frame with the facts of each unit on its day: see ``History.as_of``."""
    sort = columns_out.sort_of(frame)
    if sort not in ("polars", "pandas"):
        message = "give a frame of polars or pandas, with a unit and a day a row"
        raise Refused("an as-of join", [Finding("frame", message)])
    names = list(map(str, frame.columns))
    new = [f"{name}{suffix}" for name in (*columns, *above, "basis")]
    messages = [
        *(f"there is no column {name!r}" for name in (unit, day) if name not in names),
        *(f"there is a column {name!r} already; give a suffix=" for name in new if name in names),
    ]
    if messages:
        raise InvalidTable("an as-of join", [Finding("column", message) for message in messages])
    rows = list(zip(columns_out.values_of(sort, frame, unit), columns_out.values_of(sort, frame, day), strict=True))
    joined = _Joined(history, columns, above, by, kind).of(rows)
    joined_columns: dict[str, Column | columns_out.TakenRows] = {
        name: columns_out.TakenRows(range(len(rows))) for name in names
    }
    for place, name in enumerate(new):
        values = [row[place] for row in joined]
        joined_columns[name] = Column(values, _sort_of(values))
    return columns_out.build(sort, joined_columns, frame)


def _sort_of(values: Sequence[Any]) -> ColumnSort:
    known = [value for value in values if value is not None]
    if not known or any(isinstance(value, str) for value in known):
        return "text"
    return "whole" if all(isinstance(value, int) for value in known) else "number"


class _Joined:
    """An as-of join: the facts of units on the day of each row, looked up day by day."""

    def __init__(self, history: Past, columns: Sequence[str], above: Sequence[str], by: By, kind: str | None) -> None:
        self.history, self.columns, self.by, self.kind = history, columns, scheme_of(by), kind
        last = history.acts[-1].effective if history.acts else None
        self.above = above if last is None else [known_kind(history.at(last), level) for level in above]
        self.faults: list[Finding] = []

    def of(self, rows: Sequence[tuple[Any, Any]]) -> list[tuple[Any, ...]]:
        """A tuple for each (unit, day): the columns, the units above, and whether they are on record."""
        by_day: dict[dt.date, dict[int, str]] = {}
        for place, (name, day) in enumerate(rows):
            if columns_out.missing_to_none(day) is None or not isinstance(name, str):
                self.faults.append(Finding("row", f"{name!r} on {day!r}: a text and a day are needed", row=place + 1))
            else:
                by_day.setdefault(as_day(day), {})[place] = name
        joined: dict[int, tuple[Any, ...]] = {}
        nothing = (None,) * (len(self.columns) + len(self.above))
        first = self.history.first_day
        for day, names in sorted(by_day.items()):
            on_record = first is not None and day >= first
            joined.update(dict.fromkeys(names, (*nothing, NOT_THERE if on_record else NOT_ON_RECORD)))
            if on_record:
                structure = self.history.at(day)
                units = self._units(structure, names)
                facts = self._facts(structure, list(units.values()))
                joined.update((place, (*values, ON_RECORD)) for place, values in zip(units, facts, strict=True))
        if self.faults:
            raise InvalidTable("an as-of join", self.faults)
        return [joined[place] for place in range(len(rows))]

    def _units(self, structure: Structure, names: Mapping[int, str]) -> dict[int, str]:
        """Row -> the unit of the day that its name means; a fault where it means several."""
        find = meaning(structure, self.by, None if self.by == "id" else self.kind)
        units: dict[int, str] = {}
        for place, name in names.items():
            ids = find(name, ()).units
            if len(ids) == 1:
                units[place] = ids[0]
            elif ids:
                message = f"{len(ids)} units bear the {self.by} {name!r}: {', '.join(ids[:5])}; give ids, or kind="
                self.faults.append(Finding("unit", message, ids[:5], day=structure.day, row=place + 1))
        return units

    def _facts(self, structure: Structure, units: Sequence[str]) -> list[tuple[Any, ...]]:
        """The columns and the units above, for each unit."""
        lists = [self._column(structure, units, column) for column in self.columns]
        lists += [[self._nearest(structure, unit, kind) for unit in units] for kind in self.above]
        return list(zip(*lists, strict=True)) if lists else [()] * len(units)

    @staticmethod
    def _column(structure: Structure, units: Sequence[str], column: str) -> Sequence[Any]:
        if column == "id":
            return units
        if column in structure.measures:
            track = tracks.measure_track(column)
            if structure.measures[column].type == "category":
                return [structure.value(unit, track, tracks.OWN) for unit in units]
            return [structure.measure(unit, column).value for unit in units]
        if column == "parent":
            return [structure.parent(unit) for unit in units]
        return structure.values(units, column)

    def _nearest(self, structure: Structure, unit: str, kind: str) -> str | None:
        """The nearest unit of a kind at or above a unit."""
        chain = (unit, *structure.ancestors(unit))
        return next((id_ for id_ in chain if structure.value(id_, tracks.KIND) == kind), None)


# ---- days that are not known


@frozen
class Uncertain:
    """A fact that may or may not already have held on a day.

    Attributes:
        subject: id of the unit or cluster.
        track: which fact.
        slot: which of several.
        before: the value if the act had not yet taken effect.
        after: the value if it had.
        act: the act whose day is only known to lie in a period.
    """

    subject: str
    track: str
    slot: Any
    before: Any
    after: Any
    act: Act

    def __str__(self) -> str:
        within = self.act.within
        return f"{self.subject}: {self.track} {self.before} or {self.after} [{self.act.source.cited}, {within}]"


def uncertain(history: Past, day: DayLike) -> tuple[Uncertain, ...]:
    """The facts that are uncertain on a day: see ``History.uncertain``."""
    day = as_day(day)
    history.check_on_record(day)
    now = history.at(day)
    # On its own day, the last of its period, an act has surely taken effect.
    open_acts = [act for act in history.acts if act.effective > day and act.within is not None and day in act.within]
    facts: list[Uncertain] = []
    for effective, acts in groupby(open_acts, key=lambda act: act.effective):
        times = Counter(key for act in history._record.order.of_day(effective) for key in _touched(act))
        end_of_day = history.at(effective)
        for act in acts:
            keys = _touched(act)
            # A fact that no other act of the day touches is at its end as this act left it.
            alone = all(times[key] == 1 for key in keys)
            after = end_of_day if alone else history.at(after=(act.id, len(act.events) - 1))
            for key in keys:
                before_value, after_value = _value(now, *key), _value(after, *key)
                if before_value != after_value:
                    facts.append(Uncertain(*key, before_value, after_value, act))
    return tuple(facts)


def _weighted_mean(weighted: Sequence[tuple[int, Any]]) -> Any:
    """The mean of numbers by their weights, whole if it is; None if one is not known."""
    if any(number is None for _, number in weighted):
        return None
    total = sum((Fraction(number) * weight for weight, number in weighted), Fraction(0))
    return columns_out.plain(total / sum(weight for weight, _ in weighted))


def _touched(act: Act) -> dict[tuple[str, str, Any], None]:
    """The facts that an act writes; a unit, cluster or matter that begins, or is first known, counts with its life."""
    changes = changes_of(act)
    begun = [event.what.id for event in act.events if isinstance(event, Creation)]
    return dict.fromkeys(
        [
            *((subject, tracks.LIFE, None) for subject in (*changes.created, *begun, *changes.ended)),
            *((write.subject, write.track, write.slot) for write in changes.writes),
        ]
    )


def _value(structure: Structure, subject: str, track: str, slot: Any) -> Any:
    number = structure._state.number(subject)
    if number is None or structure._state.value(tracks.LIFE, number, structure._at) is None:
        return None
    slots = structure.slots(subject, track)
    # A root has no unit above it; a unit outside the hierarchy has nothing there.
    return ROOT if tracks.is_parent(track) and slots.get(slot, "") is None else slots.get(slot)
