"""Histories from tables: a million dated rows, checked with arrays.

A table is anything with columns by name: a dict of arrays or lists, a polars or pandas
data frame, an Arrow table. Days are ``datetime64``, dates or ISO texts; an empty end is
"no end known". Ids are texts, or whole numbers 0 to n - 1 in any order.

All faults are reported together, each with its table and row (1 is the first).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.engine.bulk import columns_of
from orgmodel.engine.collector import collector_paused
from orgmodel.engine.columns import Acts, Ints, Table, indices
from orgmodel.engine.state import UNIT, State
from orgmodel.engine.state_reader import Base
from orgmodel.errors import Finding, InvalidTable
from orgmodel.history.history import History
from orgmodel.history.log import Entry, LateRecord
from orgmodel.history.tables.checking import Places, judged
from orgmodel.history.tables.door import with_table_errors
from orgmodel.history.tables.late import Flagged, LateEvents
from orgmodel.history.tables.links import LinkRows, in_causal_order, link_columns, read_links
from orgmodel.history.tables.reading import Frame, TableReader, TrackRows, coded, is_empty, maybe_column
from orgmodel.history.tables.stated import from_stated
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.period import FOREVER, DayLike, as_day

__all__ = [
    "from_tables",
]


@strict
@with_table_errors
def from_tables(
    units: Frame,
    *,
    parents: Frame,
    hierarchies: Mapping[str, Frame] | None = None,
    facts: Mapping[str, Frame] | None = None,
    links: Frame | None = None,
    acts: Frame | None = None,
    clusters: Frame | None = None,
    clusterings: Frame | None = None,
    matters: Frame | None = None,
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    sources: Mapping[Any, Source] | None = None,
    source: Source = Source.unknown,
    recorded: DayLike | None = None,
    tolerance: float | Fraction | str = 0,
) -> History:
    """A history from tables of dated rows, all checked, all faults reported together.

    Rows of one day make one act. Ends are the first day on which a row no longer holds;
    a row without an end holds until the next of its unit, or until the unit ends.

    With a table of acts, rows name the act and the event that wrote them, as those of :func:`~orgmodel.history.tables.writing.to_tables` do: then
    several acts of one day, each with its source, and the order of their events come back exactly, and so do
    clusters, roles and what is only known from a day on. :data:`~orgmodel.history.tables.stated.COLUMNS` lists
    the columns of each table.

    Args:
        units: columns ``id``, ``start``, perhaps ``end``, ``kind``, ``category``, ``name``, ``code``, these four for
            the unit's whole life, ``first_known`` (true where it is older than its start, the first day on record) and
            ``last_known`` (true where it may live on after its end, but is not seen any more).
        parents: columns ``unit``, ``parent`` (empty, or -1 for whole-number ids, for
            the root), ``start``, perhaps ``end``: the main hierarchy. Every unit has a
            parent, or is the root, on each of its days.
        hierarchies: name -> table like ``parents``, for other hierarchies.
        facts: track -> table with ``unit``, ``value``, ``start``, perhaps ``end`` and
            ``slot``: ``name``, ``code``, ``kind``, ``category``, ``measure:members`` ...
        links: columns ``old``, ``new``, ``day``, perhaps ``extent`` (whole or part),
            ``dominant``, ``dominant_by``, ``shares`` (measure -> fraction), ``reestablishes``
            (true where the new unit takes up one that had ended) and ``event``. Links of a
            day with the same ``event`` are one event, and the events of a day come in its order;
            without that column, connected links of a day are one event.
        acts: columns ``id``, ``effective``, perhaps ``recorded``, those of a source (``number``, ``issuer``, ``title``
            ...) and ``note``; its rows stand in the order of recording, which orders the acts of one day.
        clusters: columns ``id``, ``clustering``, ``name``, ``start`` ...; only with ``acts``. Members are the facts
            ``member:CLUSTERING``, leaders and deputies the facts ``role``.
        clusterings: columns ``id``, ``name``, ``cover``, ``start`` ...; only with ``acts``.
        matters: columns ``id``, ``matter`` (its kind), ``name``, ``start`` ...; only with ``acts``. Its steps, parties
            and statements are the facts ``step``, ``party``, ``with`` and ``said``.
        schema: kinds and placements.
        measures: declared measures.
        sources: the source of each day's act, by day.
        source: the source of the days that ``sources`` does not name.
        recorded: the day on which all acts became known; the last effective day if None.
        tolerance: by how much the rounded shares of a measure of one unit may miss 1: the difference goes to the
            largest of them, with a warning.

    Raises:
        InvalidTable: with every faulty row.

    >>> history = from_tables(
    ...     {"id": ["vn", "p"], "start": ["2024-01-01", "2024-01-01"]},
    ...     parents={"unit": ["vn", "p"], "parent": [None, "vn"], "start": ["2024-01-01", "2024-01-01"]},
    ... )
    >>> print(history.at("2024-01-01").tree())
    vn
    └─ p
    """
    declared = {measure.id: measure for measure in measures}
    if acts is not None:
        return from_stated(
            units,
            parents,
            hierarchies or {},
            facts or {},
            links,
            acts,
            clusters,
            clusterings,
            matters,
            schema,
            declared,
            recorded,
            tolerance,
        )
    if clusters is not None or clusterings is not None or matters is not None:
        message = "clusters and matters need a table of acts, and rows that name their act and event"
        raise InvalidTable("tables of a history", [Finding("acts", message)])
    tables: dict[str, tuple[str, Frame]] = {tracks.PARENT: ("parents", parents)}
    for name, frame in (hierarchies or {}).items():
        tables[tracks.parent_track(name)] = (f"hierarchies[{name}]", frame)
    for track, frame in (facts or {}).items():
        tables[track] = (f"facts[{track}]", frame)
    days = _Days(TableReader(schema, declared, tolerance), sources or {}, source, recorded)
    with collector_paused():
        return days.history(units, tables, links)


class _Days:
    """Reads tables whose rows of one day are one act.

    Args:
        run: reads the columns.
        sources: the source of each day's act.
        source: that of the days that ``sources`` does not name.
        recorded: the day on which all acts became known.
    """

    def __init__(
        self, run: TableReader, sources: Mapping[Any, Source], source: Source, recorded: DayLike | None
    ) -> None:
        self.run, self.sources, self.source, self.recorded = run, sources, source, recorded

    def history(self, units: Frame, tables: Mapping[str, tuple[str, Frame]], links: Frame | None) -> History:
        """The history; track -> (name of its table, table)."""
        run = self.run
        if not run.units(units):
            run.faults.raise_if_any()
        read = self._of_units(units, tables)
        for track, (table, frame) in tables.items():
            rows = run.track(track, table, frame)
            if rows is not None:
                read[track] = rows
        linked = None if links is None else read_links(run, links)
        if linked is not None:
            run.days_seen.append(linked.day)
        effective, act_on = _calendar(run.days_seen)
        self._columns(read, linked, act_on)
        bare = Acts(lambda: [_late(day, self.sources, self.source) for day in effective])
        table_of = {track: tables[track][0] if track in tables else "units" for track in read}
        self._judge(bare, effective, {track: (table_of[track], rows) for track, rows in read.items()}, linked)
        if linked is not None:
            # After the judge: rows that contradict each other have no order.
            ordered = in_causal_order(run, linked)
            if ordered is not linked:
                linked, run.columns[tracks.LINK] = ordered, link_columns(run, ordered, act_on)
        run.faults.raise_if_any()
        history = History(run.schema, run.measures)
        if not effective:
            return history
        seq = 0 if linked is None or not len(linked.day) else int(linked.event.max()) + 1
        return self._with_acts(history, bare, effective, seq)

    def _judge(
        self,
        acts: Acts,
        effective: Sequence[dt.date],
        read: Mapping[str, tuple[str, TrackRows]],
        linked: LinkRows | None,
    ) -> None:
        """Add what breaks an invariant to the faults.

        Args:
            acts: the act of each day.
            effective: the days.
            read: track -> the name of its table and its rows.
            linked: the links.
        """
        run, faults = self.run, self.run.faults
        if any(fault.rule in ("id", "id-once") for fault in faults.listed):
            # Where ids name several units, or none, the judge would find faults that are none.
            faults.listed = _without_consequences(faults.listed)
            return
        state = State(Base(run.index, run.columns, acts))
        findings = judged(state, effective, Places(run, read, linked), run.schema, run.measures)
        faults.listed += [f for f in findings if f.rule != "placed" or not run.doubtful.issuperset(f.units)]

    def _of_units(self, units: Frame, tables: Mapping[str, Any]) -> dict[str, TrackRows]:
        """Track -> its rows from the table of units, each for the whole life of a unit."""
        run = self.run
        read: dict[str, TrackRows] = {}
        for track in (tracks.KIND, tracks.CATEGORY, tracks.NAME, tracks.CODE):
            raw = None if track in tables else maybe_column(units, track, "units", run.faults)
            if raw is None:
                continue
            values, codes = coded(raw)
            blank = [code for code, value in enumerate(values.objects) if is_empty(value)]
            value = np.empty(run.count, np.int32)
            value[indices(run.number)] = codes
            columns: list[Any] = [np.arange(run.count, dtype=np.int32), run.life_start, run.life_end, value, run.row_of]
            if blank:
                filled = np.flatnonzero(~np.isin(value, blank))
                columns = [column.take(filled) for column in columns]
            subject, start, end, value, rows = columns
            read[track] = TrackRows(subject, start, end, value, None, Table(), values, rows, has_ends=False)
        return read

    def _columns(self, read: Mapping[str, TrackRows], linked: LinkRows | None, act_on: Callable[[Ints], Ints]) -> None:
        """Put all rows into columns of a state."""
        run = self.run
        subject = np.arange(run.count, dtype=np.int32)
        run.columns[tracks.LIFE] = columns_of(
            tracks.LIFE, run.count, subject, run.life_start, run.life_end, np.zeros(run.count, np.int32),
            act_on(run.life_start), values=Table([UNIT]), life_end=run.life_end, act_on=act_on,
        )  # fmt: skip
        for track, (subject, start, end, value, slot, slots, values, _, has_ends) in read.items():
            run.columns[track] = columns_of(
                track, run.count, subject, start, end, value, act_on(start),
                values=values, slot=slot, slots=slots, life_end=run.life_end if has_ends else None, act_on=act_on,
            )  # fmt: skip
        if linked is not None:
            run.columns[tracks.LINK] = link_columns(run, linked, act_on)

    def _with_acts(self, history: History, bare: Acts, effective: Sequence[dt.date], seq: int) -> History:
        """The history with acts that build their events from the rows on demand.

        A million rows cost no event object until one is asked for: nearly all questions need the state only.
        """
        run = self.run
        late: LateEvents
        flagged = _by_day(run, run.first_known, run.life_start), _by_day(run, run.last_known, run.life_end)

        def bound_acts() -> list[Act]:
            for code, act in enumerate(bare.objects):
                late.bind(code, act)
                first, last = (frozenset(of.get(act.effective.toordinal(), ())) for of in flagged)
                if first or last:
                    object.__setattr__(act, "_events", Flagged(act._events, first, last))
            return bare.objects

        acts = Acts(bound_acts)
        late = LateEvents(State(Base(run.index, run.columns, acts), seq=seq))
        day = effective[-1] if self.recorded is None else as_day(self.recorded)

        def entries() -> list[Entry]:
            return [Entry(number, day, act) for number, act in enumerate(acts.objects, 1)]

        return history._with(late.state, LateRecord(effective[-1], entries))


def _without_consequences(faults: Sequence[Finding]) -> list[Finding]:
    """The faults without those that follow from missing and repeated ids.

    Rows of other tables about a unit without an id name none; of one whose id stands twice, they are there twice.
    """
    dropped = {"live"} if any(fault.rule == "id" for fault in faults) else set()
    twice = {unit for fault in faults if fault.rule == "id-once" for unit in fault.units}
    return [f for f in faults if f.rule not in dropped and (f.rule != "overlap" or not twice.issuperset(f.units))]


def _by_day(run: TableReader, units: Any, days: Ints) -> dict[int, list[str]]:
    """Day -> the ids of some units, where ``days`` holds a day for each unit."""
    by_day: dict[int, list[str]] = {}
    for unit, day in zip(units.tolist(), days.take(units).tolist(), strict=True):
        by_day.setdefault(day, []).append(run.index.name(unit))
    return by_day


def _calendar(days: Iterable[Ints]) -> tuple[list[dt.date], Callable[[Ints], Ints]]:
    """The distinct days, and the function from days to their places among them."""
    finite = [column.compress(column < FOREVER) for column in days]
    finite = [column for column in finite if len(column)]
    if not finite:
        return [], lambda column: np.zeros(len(column), np.int32)
    low, high = min(int(column.min()) for column in finite), max(int(column.max()) for column in finite)
    # A mask over the whole range of days, instead of sorting millions of them; one more place for open ends.
    is_used = np.zeros(high - low + 2, bool)
    for column in finite:
        is_used[indices(column - low)] = True
    place = (np.cumsum(is_used) - 1).astype(np.int32)
    effective = list(map(dt.date.fromordinal, (np.flatnonzero(is_used) + low).tolist()))
    # Open ends are clipped to that place.
    return effective, lambda column: place.take(column - low, mode="clip")


def _late(day: dt.date, sources: Mapping[Any, Source], source: Source) -> Act:
    own = sources.get(day) or sources.get(day.isoformat()) or source
    return Act(f"{day} {own.label}", day, (), own)
