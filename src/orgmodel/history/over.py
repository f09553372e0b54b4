"""Questions about a period rather than a day, and about many (unit, day) pairs at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
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
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, Period, as_day
from orgmodel.structure.finding import meaning, scheme_of

if TYPE_CHECKING:
    from orgmodel.structure.structure import Structure

__all__ = [
    "NOT_ON_RECORD",
    "NOT_THERE",
    "ON_RECORD",
    "Ended",
    "Over",
    "Span",
    "Uncertain",
    "as_of",
    "uncertain",
]

Span = tuple[int, int]
"""First day, and the first day after, as ordinals."""


@frozen
class Ended:
    """Units that ended in a period, counted where what they were in is now.

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
    """What a history says of a period: see :meth:`orgmodel.history.history.History.over`.

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

    def _spans(self, track: str, number: int, within: Span, slot: Any = None) -> Iterator[tuple[int, int, Any]]:
        """The rows of a fact that hold on days of a span, cut to it."""
        low, high = within
        for row in self._history._state.rows(track, number):
            start, end = max(row[0], low), min(row[1], high)
            if row[3] == slot and start < end and row[2] is not None:
                yield start, end, row[2]

    # ---- where it was

    def days(self, unit: str) -> int:
        """On how many days of the period there was such a unit.

        Raises:
            UnknownUnit: there never was one.
        """
        return sum(end - start for start, end, _ in self._spans(tracks.LIFE, self._history._number(unit), self._ends))

    def days_under(self, unit: str, kind: str | None = None, hierarchy: str = tracks.MAIN) -> dict[str, int]:
        """On how many days a unit was in each other one, in order of time.

        Args:
            unit: id of the unit.
            kind: a level: the nearest unit of that kind above it counts; None: the one directly above.
            hierarchy: which hierarchy.

        Raises:
            UnknownUnit: there never was such a unit.
        """
        days: dict[str, int] = {}
        name = self._history._state.name
        for start, end, above in self._above(self._history._number(unit), self._ends, kind, hierarchy):
            days[name(above)] = days.get(name(above), 0) + end - start
        return days

    def _above(self, number: int, within: Span, kind: str | None, hierarchy: str) -> Iterator[tuple[int, int, int]]:
        for start, end, above in self._spans(tracks.parent_track(hierarchy), number, within):
            if above < 0:
                continue  # It was a root.
            if kind is None:
                yield start, end, above
                continue
            at = start
            for first, last, own_kind in self._spans(tracks.KIND, above, (start, end)):
                if at < first:
                    yield from self._above(above, (at, first), kind, hierarchy)
                if own_kind == kind:
                    yield first, last, above
                else:
                    yield from self._above(above, (first, last), kind, hierarchy)
                at = last
            if at < end:
                yield from self._above(above, (at, end), kind, hierarchy)

    def days_in_clusters(self, unit: str, clustering: str) -> dict[str, int]:
        """On how many days a unit was a member of each cluster of a clustering.

        Raises:
            UnknownUnit: there never was such a unit.
        """
        number = self._history._number(unit)
        track = tracks.member_track(clustering)
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
        state, track = self._history._state, tracks.parent_track(hierarchy)
        below: set[int] = set()
        todo = [(self._history._number(unit), self._ends)]
        # Downwards with the days that are left: a child counts only on the days on which its own parent was below.
        while todo:
            above, within = todo.pop()
            for number in state.subjects_ever(track, above):
                for start, end, parent in self._spans(track, number, within):
                    if parent != above:
                        continue
                    todo.append((number, (start, end)))
                    if kind is None or any(k == kind for *_, k in self._spans(tracks.KIND, number, (start, end))):
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
        """The mean of what is stated of a unit, each value weighed by the days on which it held.

        Days on which there was no such unit do not count. A day without a value makes the mean unknown, within the
        bounds that all days have.

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
        declared = self._history.measures.get(measure)
        if declared is not None and declared.type == "category":
            raise Refused(
                "a mean", [Finding("measure", f"{measure!r} is a category; only numbers have a mean", (unit,))]
            )
        number = self._history._number(unit)
        lived = self.days(unit)
        spans = [*self._spans(tracks.measure_track(measure), number, self._ends, scope)]
        weighted = [(end - start, Quantity.of(value)) for start, end, value in spans]
        silent = lived - sum(days for days, _ in weighted)
        if not weighted or not lived:
            return UNKNOWN
        if silent:
            count = declared is None or declared.type == "count"
            weighted.append((silent, Quantity.unknown(0 if count else None)))

        def weighed(numbers: list[Any]) -> Any:
            if None in numbers:
                return None
            pairs = zip((days for days, _ in weighted), numbers, strict=True)
            return columns_out.plain(sum((Fraction(n) * days for days, n in pairs), Fraction(0)) / lived)

        low, high = weighed([q.low for _, q in weighted]), weighed([q.high for _, q in weighted])
        value = weighed([q.value for _, q in weighted])
        if value is None:
            return Quantity.unknown(low, high)
        return Quantity(value) if all(q.is_exact for _, q in weighted) else Quantity(value, "about", low, high)

    # ---- what ended

    def ended(self, kind: str, within: str, *, closed: bool = False) -> Ended:
        """The units of a kind that ended in the period, each in what became of the unit it was last in.

        Args:
            kind: the kind of the ended units.
            within: the level in which they are counted, on the last day of the period.
            closed: only those that were closed, without a successor.

        >>> from orgmodel.acts.events import Closure, Link, Succession
        >>> from orgmodel.history.history import history_of
        >>> from orgmodel.model.unit import Unit
        >>> rows = [{"id": "vn"}, *({"id": p, "parent": "vn", "kind": "province"} for p in "ab"),
        ...         {"id": "x", "parent": "a", "kind": "cell"}]
        >>> history = history_of(rows, day="2024-01-01").enact(
        ...     Act("c", "2024-03-01", [Closure("x")]),
        ...     Act("m", "2024-07-01", [Succession([Link("a", "n"), Link("b", "n")],
        ...         [Unit("n", kind="province", parent="vn")])]))
        >>> history.over("2024-01-01", "2025-01-01").ended("cell", within="province").within
        {'n': ('x',)}
        """
        state = self._history._state
        assert self.period.last is not None
        last = self.period.last
        ended_in: dict[str, list[str]] = {}
        divided: dict[str, tuple[str, ...]] = {}
        nowhere: list[str] = []
        for day, units in sorted(self._ending(kind, closed).items()):
            before = dt.date.fromordinal(day - 1)
            table = None
            for number in units:
                unit = state.name(number)
                above = next((above for _, _, above in self._above(number, (day - 1, day), within, tracks.MAIN)), None)
                if above is None:
                    nowhere.append(unit)
                    continue
                if table is None:
                    from orgmodel.history.correspondence import of_level

                    # By links alone: what was closed is no ground of the successor any more.
                    table = of_level(self._history, before, last, None)
                rows = table[state.name(above)]
                to = next((row.new for row in rows if len(rows) == 1 or row.dominant), None)
                if to is not None:
                    ended_in.setdefault(to, []).append(unit)
                elif rows:
                    divided[unit] = tuple(row.new for row in rows)
                else:
                    nowhere.append(unit)
        return Ended({new: tuple(units) for new, units in ended_in.items()}, divided, tuple(nowhere))

    def _ending(self, kind: str, closed: bool) -> dict[int, list[int]]:
        """Day -> the numbers of the units of a kind that ended on it."""
        low, high = self._ends
        state = self._history._state
        by_day: dict[int, list[int]] = {}
        subjects, starts, ends, _, _ = state.spans(tracks.LIFE)
        # A unit that was on no day was in nothing.
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
    """The rows of a frame with what was so of each unit on its day: see ``History.as_of``."""
    sort = columns_out.sort_of(frame)
    if sort not in ("polars", "pandas"):
        raise Refused(
            "an as-of join", [Finding("frame", "give a frame of polars or pandas, with a unit and a day a row")]
        )
    names = list(map(str, frame.columns))
    faults = [Finding("column", f"there is no column {name!r}") for name in (unit, day) if name not in names]
    new = [f"{name}{suffix}" for name in (*columns, *above, "basis")]
    faults += [
        Finding("column", f"there is a column {name!r} already; give a suffix=") for name in new if name in names
    ]
    if faults:
        raise InvalidTable("an as-of join", faults)
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
        self.history, self.columns, self.above, self.by, self.kind = history, columns, above, scheme_of(by), kind
        self.faults: list[Finding] = []

    def of(self, rows: Sequence[tuple[Any, Any]]) -> list[tuple[Any, ...]]:
        """A tuple for each (unit, day): the columns, the units above, and what they rest on."""
        by_day: dict[dt.date, list[int]] = {}
        for place, (name, day) in enumerate(rows):
            if columns_out.missing_to_none(day) is None or not isinstance(name, str):
                self.faults.append(Finding("row", f"{name!r} on {day!r}: a text and a day are needed", row=place + 1))
            else:
                by_day.setdefault(as_day(day), []).append(place)
        out: dict[int, tuple[Any, ...]] = {}
        nothing = (None,) * (len(self.columns) + len(self.above))
        first = self.history.first_day
        for day, places in sorted(by_day.items()):
            if first is None or day < first:
                out.update((place, (*nothing, NOT_ON_RECORD)) for place in places)
                continue
            structure = self.history.at(day)
            ids = self._ids(structure, [(place, rows[place][0]) for place in places])
            there = {place: id_ for place, id_ in zip(places, ids, strict=True) if id_ is not None}
            out.update((place, (*nothing, NOT_THERE)) for place in places if place not in there)
            rows_of = self._told(structure, list(there.values()))
            out.update((place, (*values, ON_RECORD)) for place, values in zip(there, rows_of, strict=True))
        if self.faults:
            raise InvalidTable("an as-of join", self.faults)
        return [out[place] for place in range(len(rows))]

    def _ids(self, structure: Structure, names: Sequence[tuple[int, str]]) -> list[str | None]:
        asked = meaning(structure, self.by, None if self.by == "id" else self.kind)
        units: list[str | None] = []
        for place, name in names:
            ids = asked(name, ()).units
            if len(ids) > 1:
                message = f"{len(ids)} units bear the {self.by} {name!r}: {', '.join(ids[:5])}; give ids, or kind="
                self.faults.append(Finding("unit", message, ids[:5], day=structure.day, row=place + 1))
            units.append(ids[0] if len(ids) == 1 else None)
        return units

    def _told(self, structure: Structure, units: Sequence[str]) -> list[tuple[Any, ...]]:
        lists: list[Sequence[Any]] = []
        for column in self.columns:
            if column == "id":
                lists.append(units)
            elif column in structure.measures and structure.measures[column].type != "category":
                lists.append([structure.measure(unit, column).value for unit in units])
            elif column == "parent":
                lists.append([structure.parent(unit) for unit in units])
            else:
                lists.append(structure.values(units, column))
        lists += [[self._nearest(structure, unit, kind) for unit in units] for kind in self.above]
        return list(zip(*lists, strict=True)) if lists else [()] * len(units)

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
    facts: list[Uncertain] = []
    now = history.at(day)
    by_day: dict[dt.date, list[Act]] = {}
    for act in history.acts:
        by_day.setdefault(act.effective, []).append(act)
    for effective, acts in by_day.items():
        # On its own day, the last of its period, an act has surely taken effect.
        if effective <= day or not any(act.within is not None and day in act.within for act in acts):
            continue
        touched = [_touched(act) for act in acts]
        times = Counter(key for keys in touched for key in keys)
        end_of_day = history.at(effective)
        for act, keys in zip(acts, touched, strict=True):
            if act.within is None or day not in act.within:
                continue
            # What no other act of the day touches is at its end as this one left it.
            alone = all(times[key] == 1 for key in keys)
            after = end_of_day if alone else history.at(after=(act.id, len(act.events) - 1))
            for subject, track, slot in keys:
                was, is_ = _value(now, subject, track, slot), _value(after, subject, track, slot)
                if was != is_:
                    facts.append(Uncertain(subject, track, slot, was, is_, act))
    return tuple(facts)


def _touched(act: Act) -> dict[tuple[str, str, Any], None]:
    """The facts that an act writes; what begins is one of them, be it new or only known from then on."""
    changes = changes_of(act)
    begun = [event for event in act.events if isinstance(event, Creation) and isinstance(event.what, Unit)]
    known = [event.what.id for event in begun if event.first_known]
    return dict.fromkeys(
        [
            *((unit, tracks.LIFE, None) for unit in (*changes.created, *known, *changes.ended)),
            *((write.subject, write.track, write.slot) for write in changes.writes),
        ]
    )


def _value(structure: Structure, subject: str, track: str, slot: Any) -> Any:
    number = structure._state.number(subject)
    if number is None or structure._state.value(tracks.LIFE, number, structure._at) is None:
        return None
    return structure.slots(subject, track).get(slot)
