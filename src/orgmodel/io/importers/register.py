"""Registers of records: each says what a unit is from one day to another, and by which event it begins and ends."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product, starmap
from typing import Final, Literal

import numpy as np
from attrs import define, evolve, field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Link
from orgmodel.engine.bulk import components
from orgmodel.history.parents_first import parents_first
from orgmodel.io.importers.building import Ids, as_root, founding, imported
from orgmodel.io.importers.occurrences import CATEGORY, CODE, KIND, NAME, PARENT, Occurrence, extents
from orgmodel.io.importers.reading import (
    SOURCE,
    Columns,
    Dated,
    Table,
    TableFindings,
    TableRow,
    as_source,
    checked_word,
    day_or_fault,
    read_rows,
    source_of,
    successors_in,
)
from orgmodel.io.importers.report import Imported
from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY, DayLike

__all__ = [
    "COLUMNS",
    "import_register",
]

DAY: Final = dt.timedelta(1)

Ends = Literal["inclusive", "exclusive"]
"""Whether the end of a record is the last day on which it holds, or the first on which it does not."""

EventDay = Literal["majority", "admission", "abolition", "refuse"]
"""Which day an event has whose records name several."""

Unsaid = Literal["not on record", "closed"]
"""The meaning of an end without a named successor: not on record, or closed."""

COLUMNS: Final = (
    "record", "unit", "code", "name", "kind", "category", "parent", "parent_code", "parent_kind", "start", "end",
    "admission", "admission_mode", "abolition", "abolition_mode", "successors", *SOURCE,
)  # fmt: skip
"""The columns of a register, by the names used here."""


@strict
def import_register(
    records: Table,
    columns: Columns | None = None,
    *,
    ends: Ends,
    goes_on: Collection[str] = (),
    ground: Collection[str] = (),
    first: Collection[str] = (),
    placeholders: Collection[str] = (),
    separator: str = ";",
    dated: Dated | None = None,
    event_day: EventDay = "majority",
    unsaid: Unsaid = "not on record",
    since: DayLike | None = None,
    root: Unit | str | None = "root",
    ids: str = "",
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: Source | str = Source.unknown,
) -> Imported:
    """The history of a register of records.

    A record states the name, code and parent of a unit from its start to its end. Where records name the event that
    begins them (``admission``) and the one that ends them (``abolition``), all records with one number are one event:
    those that it ends became those that it begins. Without numbers, the column ``successors`` tells it, and without that
    column, a record that begins on the day on which another one of its code ends continues it.

    Each event becomes one act of operations, with its own source; acts of a day stand in causal order.

    Args:
        records: the table: columns by name, a data frame, or rows.
        columns: the table's name of a column -> one of :data:`COLUMNS`. ``record`` is the id of the record,
            ``unit`` that of the unit where the register has one, ``parent`` the record, else the unit, that stands
            above, ``parent_code`` its code (of the kind ``parent_kind``), ``successors`` records or codes.
        ends: whether the end of a record is its last day or the first day without it; there is no default, as
            registers differ and a wrong guess moves every event by a day.
        goes_on: modes of admission and abolition by which a unit goes on: renamed, recoded, placed elsewhere, of
            other extent. Without modes, a unit goes on where an event ends and begins a record of its code.
        ground: those of these modes by which ground passes over; where all units of an event go on by them, each
            may have given a part to each. Without it, units that go on take part wherever others begin or end.
        first: modes of admission of a first record, whose unit is older than the register.
        placeholders: codes that many units bear, such as ``"0"``: they are left out.
        separator: the text between several successors.
        dated: reads a successor with a day of its own, on which a part went there while the unit goes on, such as
            ``"130108[2001]"``: text -> (code, day), None for one without a day.
        event_day: which day counts for an event whose records name several: the day of most records (in a draw, the day
            on which records begin), of the records that begin, of those that end; or none: refuse. It is always noted.
        unsaid: what an end without a successor means: not on record, or closed.
        since: the first day of the register: records without a start are known from it on.
        root: the unit above all that have no parent, or its id; None if the table has it.
        ids: the prefix to ids of units.
        schema: kinds and placements.
        measures: declared measures.
        source: where the register comes from.

    Raises:
        InvalidTable: with all that is wrong, each with its row.

    >>> rows = [
    ...     {"record": "1", "code": "10", "name": "Aa", "start": "2000-01-01", "end": "2004-12-31", "abolition": "77"},
    ...     {"record": "2", "code": "11", "name": "Bb", "start": "2000-01-01", "end": "2004-12-31", "abolition": "77"},
    ...     {"record": "3", "code": "12", "name": "Aabb", "start": "2005-01-01", "admission": "77"},
    ... ]
    >>> done = import_register(rows, ends="inclusive", source="a register")
    >>> [str(act) for act in done.history.acts]
    ['2000-01-01 a register: 3 events', '2005-01-01 a register 77: 1 operation']
    >>> done.history.lineage.successors("1"), done.act_of[3]
    (('3',), '77')
    """
    findings = TableFindings("a register")
    checked_word("ends", ends, ("inclusive", "exclusive"), findings)
    checked_word("event_day", event_day, ("majority", "admission", "abolition", "refuse"), findings)
    checked_word("unsaid", unsaid, ("not on record", "closed"), findings)
    rows = read_rows(records, columns, COLUMNS, (), findings, days=("start", "end"), name="records")
    begins = None if since is None else day_or_fault(since, "since=", findings)
    findings.stop()
    settings = _Settings(
        ends, goes_on, ground, first, placeholders, separator, dated, event_day, unsaid, begins, ids, as_source(source)
    )
    register = _Register(rows, settings, as_root(root), findings)
    occurrences = register.occurrences()
    act, later = register.founded(occurrences)
    unit_of = {record.number: record.unit for record in register.records}
    done = imported([*later, *occurrences], findings, first=act, schema=schema, measures=measures, unit_of=unit_of)
    begun = {
        record.number: act.id for record in register.founders if act is not None and record.number not in done.act_of
    }
    return evolve(done, act_of={**begun, **done.act_of})


@frozen
class _Settings:
    """How a register is read: see :func:`import_register`."""

    ends: Ends
    goes_on: Collection[str]
    ground: Collection[str]
    first: Collection[str]
    placeholders: Collection[str]
    separator: str
    dated: Dated | None
    event_day: EventDay
    unsaid: Unsaid
    since: dt.date | None
    ids: str
    source: Source


@define(eq=False)
class _Record:
    """A record with the unit and the events that were found for it."""

    row: TableRow
    kind: str | None
    code: str | None
    name: str | None
    start: dt.date
    end: dt.date | None
    begins_by: _Group | None = None
    unit: str = ""

    @property
    def number(self) -> int:
        return self.row.number

    def holds(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@define(eq=False)
class _Group:
    """The records that one event ends and begins."""

    name: str
    numbered: bool
    outs: list[_Record] = field(factory=list)
    ins: list[_Record] = field(factory=list)
    into: list[tuple[_Record, _Record]] = field(factory=list)
    """Stated successions: (record that ends, record of what it became); the latter may be an older one."""
    day: dt.date = dt.date.min
    goes_on: dict[int, _Record] = field(factory=dict)
    """Number of a record that ends -> the record by which its unit goes on."""
    id: str = ""

    @property
    def ended(self) -> list[_Record]:
        """The records whose units end."""
        return [old for old in self.outs if old.number not in self.goes_on]

    @property
    def continuing(self) -> set[int]:
        """The numbers of the records that begin and by which a unit goes on."""
        return {new.number for new in self.goes_on.values()}

    @property
    def begun(self) -> list[_Record]:
        """The records whose units begin."""
        continuing = self.continuing
        return [new for new in self.ins if new.number not in continuing]

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(sorted({record.number for record in (*self.outs, *self.ins, *(old for old, _ in self.into))}))


class _Register:
    """The records of a register, their events and their units."""

    def __init__(
        self, rows: Sequence[TableRow], settings: _Settings, root: Unit | None, findings: TableFindings
    ) -> None:
        self.settings, self.root, self.findings = settings, root, findings
        self.records: list[_Record] = []
        self.founders: list[_Record] = []
        self.groups: list[_Group] = []
        self.has: set[str] = set()
        """The columns that some row fills."""
        self.by_record: dict[str, list[_Record]] = {}
        self.by_code: dict[str, list[_Record]] = {}
        self.first = dt.date.max
        """The first day of the register."""
        self.taken_up: dict[int, list[_Record]] = {}
        """Number of a record -> records that ended before it began and name it as successor."""
        self.by_unit: dict[str, str] = {}
        """Id of a unit in the register -> its id here."""
        for row in rows:
            self._read(row)
        for name, records in self.by_record.items():
            if len({record.kind for record in records}) < len(records):
                message = f"the record id {name!r} stands in several rows of one kind"
                findings.add("id-once", message, rows=[record.number for record in records])
        findings.stop()
        self.first = min((record.start for record in self.records), default=dt.date.max)
        self._group()
        for group in self.groups:
            self._settle_day(group)
            self._pair(group)
        findings.stop()
        self._name_units()

    # ---- records

    def _read(self, row: TableRow) -> None:
        settings = self.settings
        self.has.update(row.cells)
        start, end = self._period(row)
        code = row.text("code")
        known_code = code if code and code not in settings.placeholders else None
        record = _Record(row, row.text("kind") or None, known_code, row.text("name") or None, start, end)
        self.records.append(record)
        if row.text("record"):
            self.by_record.setdefault(row.text("record"), []).append(record)
        if known_code is not None:
            self.by_code.setdefault(known_code, []).append(record)

    def _period(self, row: TableRow) -> tuple[dt.date, dt.date | None]:
        """The first day of a record, and the first day without it; None if it is still there."""
        start, end = row.day("start"), row.day("end")
        if end is not None and self.settings.ends == "inclusive":
            end += ONE_DAY
        if start is None and self.settings.since is None:
            message = "it has no start; say in since= from which day on the register knows its units"
            self.findings.add("start", message, rows=[row.number])
        start = start or self.settings.since or dt.date.min
        if end is not None and end < start:
            message = f"it ends before it starts: its first day is {start}, the first day without it {end}"
            self.findings.add("period", message, rows=[row.number])
        return start, end

    # ---- events

    def _group(self) -> None:
        """Group the records that one event ends and begins."""
        # Records without an event number share a group of no name, which is divided afterwards.
        named: defaultdict[str, _Group] = defaultdict(lambda: _Group("", numbered=True))
        for record in self.records:
            row = record.row
            admission, abolition = row.text("admission"), row.text("abolition")
            is_undated = row.day("start") is None and not admission
            if is_undated or row.text("admission_mode") in self.settings.first:
                self.founders.append(record)
            else:
                named[admission].ins.append(record)
            if record.end is not None:
                named[abolition].outs.append(record)
            elif abolition:
                message = f"it names the event {abolition!r} that ends it, and no day on which it ends"
                self.findings.add("end", message, rows=[record.number])
        unnumbered = named.pop("", _Group("", numbered=False))
        for name, group in named.items():
            group.name = name
            self.groups += _by_kind(group)
        self._group_unnumbered(unnumbered.outs, unnumbered.ins)
        taken = Ids()
        for group in self.groups:
            for record in group.ins:
                record.begins_by = group
            if group.numbered:
                group.id = taken.fresh(group.name)

    def _group_unnumbered(self, outs: Sequence[_Record], ins: Sequence[_Record]) -> None:
        """Group records without event numbers: by successions, where a connected component is one event."""
        into = self._successions(outs, ins)
        births = self._births(into, {record.number for record in ins})
        labels = self._labels(into, births)
        event: dict[tuple[str, int], tuple[str, int]] = {}
        for label, (old, new), birth in zip(labels, into, births, strict=True):
            event["out", old.number] = "event", label
            if birth:
                event["in", new.number] = "event", label
        groups: defaultdict[tuple[str, int], _Group] = defaultdict(lambda: _Group("", numbered=False))
        for old in outs:
            groups[event.get(("out", old.number), ("out", old.number))].outs.append(old)
        for new in ins:
            key = event.get(("in", new.number), ("in", new.number))
            if key[0] == "in" and new.start == self.first:
                # The register begins with it.
                self.founders.append(new)
            else:
                groups[key].ins.append(new)
        for label, pair in zip(labels, into, strict=True):
            groups["event", label].into.append(pair)
        for group in groups.values():
            oldest = min((*group.outs, *group.ins), key=lambda record: record.number)
            group.name = oldest.code or oldest.name or str(oldest.number)
        self.groups += groups.values()
        self._group_parts()

    def _successions(self, outs: Sequence[_Record], ins: Sequence[_Record]) -> list[tuple[_Record, _Record]]:
        """(old, new) for each record that became another one: by stated successors, else by codes on a day."""
        starts: defaultdict[tuple[dt.date | None, str | None, str | None], list[_Record]] = defaultdict(list)
        for record in ins:
            starts[record.start, record.kind, record.code].append(record)
        into: list[tuple[_Record, _Record]] = []
        for old in outs:
            named, _ = successors_in(old.row.text("successors"), self.settings.separator, self.settings.dated)
            if named:
                into += [(old, new) for text in named for new in self._successor(old, text)]
            elif old.code is not None and "successors" not in self.has:
                into += [(old, new) for new in _carrying_on(old, starts.get((old.end, old.kind, old.code), ()))]
        return [pair for pair in into if self._is_succession(*pair)]

    @staticmethod
    def _labels(into: Sequence[tuple[_Record, _Record]], births: Sequence[bool]) -> list[int]:
        """For each succession the number of its event."""
        if not into:
            return []
        # A unit that goes on may take over others on several days: each day is an event of its own.
        nodes: dict[tuple[int, dt.date | None, bool], int] = {}
        right = [
            nodes.setdefault((new.number, None if birth else old.end, birth), len(nodes))
            for (old, new), birth in zip(into, births, strict=True)
        ]
        left = [old.number for old, _ in into]
        labels: list[int] = components(np.array(left, np.int32), np.array(right, np.int32)).tolist()
        return labels

    def _group_parts(self) -> None:
        """Add the events by which a part of a unit that goes on went to another one, on a day of its own."""
        begun = {record.number: group for group in self.groups if not group.numbered for record in group.ins}
        for old in self.records:
            _, parts = successors_in(old.row.text("successors"), self.settings.separator, self.settings.dated)
            for text, day in parts:
                takers = self._bearers_on(text, day, old)
                if len(takers) != 1 or not old.holds(day):
                    message = f"a part of it went to {text!r} on {day}, when it or that one did not live"
                    message = f"{message}; it is left out"
                    self.findings.add("successor", message, rows=[old.number], day=day, severity="warning")
                    continue
                (taker,) = takers
                group = begun.get(taker.number) if taker.start == day else None
                if group is None:
                    group = _Group(old.code or old.name or str(old.number), numbered=False, day=day)
                    self.groups.append(group)
                group.into.append((old, taker))

    def _bearers_on(self, text: str, day: dt.date, besides: _Record) -> list[_Record]:
        """The records of an id or code that begin on a day, else those that hold on it."""
        bearers = (*self.by_record.get(text, ()), *self.by_code.get(text, ()))
        others = [record for record in bearers if record is not besides]
        return [new for new in others if new.start == day] or [new for new in others if new.holds(day)]

    def _births(self, into: Sequence[tuple[_Record, _Record]], begun: Collection[int]) -> list[bool]:
        """For each succession whether the new record begins by it; else it exists already.

        A record begins by the record of its own code, if that is among its predecessors; else by all of them, except by
        records of no day that came out of another predecessor: that is a second event of the day.
        """
        before: defaultdict[int, dict[int, _Record]] = defaultdict(dict)
        for old, new in into:
            if new.number in begun and self._begins_then(old, new):
                before[new.number][old.number] = old

        def ancestors(record: _Record) -> set[int]:
            above: set[int] = set()
            waiting = [record]
            while waiting:
                at = waiting.pop()
                if at.start == at.end:
                    earlier = before.get(at.number, {})
                    waiting += [old for number, old in earlier.items() if number not in above]
                    above.update(earlier)
            return above

        births: dict[int, set[int]] = {}
        for number, olds in before.items():
            same = {old for old, record in olds.items() if (record.kind, record.code) == self._kind_and_code(number)}
            births[number] = same or {
                old for old, record in olds.items() if not ancestors(record) & olds.keys() - {old}
            }
        return [old.number in births.get(new.number, ()) for old, new in into]

    def _kind_and_code(self, number: int) -> tuple[str | None, str | None]:
        record = self.records[number - 1]
        return record.kind, record.code or f"row {number}"

    def _successor(self, old: _Record, text: str) -> list[_Record]:
        """The record of a stated successor: with that id, or with that code when the other one ends; empty if unclear."""
        end = old.end
        assert end is not None
        fits = [new for new in self.by_record.get(text, ()) if new is not old]
        if not fits:
            fits = self._bearers_by_code(text, end, old)
        fits = [new for new in fits if new.kind == old.kind] or fits
        if len(fits) == 1:
            return fits
        message = "several records fit" if fits else "no record has that id, or bears that code on the day"
        message = f"it names the successor {text!r}, and {message}; it is left out"
        self.findings.add("successor", message, rows=[old.number], day=end, severity="warning")
        return []

    def _bearers_by_code(self, code: str, end: dt.date, old: _Record) -> list[_Record]:
        """The records that bear a code when another one ends: that begin then, else that hold then."""
        bearers = [new for new in self.by_code.get(code, ()) if new is not old]
        return (
            [new for new in bearers if new.start == end]
            or [new for new in bearers if new.holds(end)]
            # Registers that mix conventions differ by a day.
            or [new for new in bearers if self._begins_then(old, new)]
        )

    def _begins_then(self, old: _Record, new: _Record) -> bool:
        """Whether a record begins when another one ends.

        Registers that mix conventions differ by a day: an end that is the last day there, or the first without it.
        """
        end = old.end
        assert end is not None
        if self.settings.ends == "exclusive":
            return new.start in (end, end + ONE_DAY)
        return new.start == end or (new.start == end - ONE_DAY and new.start > self.first)

    def _is_succession(self, old: _Record, new: _Record) -> bool:
        """Whether one record can have become another; else a warning, and perhaps a later re-establishment."""
        end = old.end
        assert end is not None
        # A record that ends on this day may be continued by another one.
        if self._begins_then(old, new) or new.holds(end) or new.end == end:
            return True
        if new.start < end:
            message = f"its successor, row {new.number}, had ended on {new.end} already; it is left out"
            self.findings.add("successor", message, rows=[old.number], day=end, severity="warning")
        else:
            message = f"its successor, row {new.number}, begins only on {new.start}: it is taken up then"
            self.findings.add("gap", message, rows=[old.number], day=end, severity="warning")
            self.taken_up.setdefault(new.number, []).append(old)
        return False

    def _settle_day(self, group: _Group) -> None:
        """Set the one day of an event whose records may name several."""
        ended = [record.end for record in group.outs if record.end is not None]
        begun = [record.start for record in group.ins]
        votes = Counter([*begun, *ended])
        if not votes:
            return
        group.day = next(iter(votes))
        if len(votes) == 1:
            return
        days = ", ".join(f"{day} ({count})" for day, count in sorted(votes.items()))
        message = f"the records of event {group.name!r} name several days: {days}"
        if self.settings.event_day == "refuse":
            self.findings.add("event-day", message, rows=group.rows)
            return
        group.day = self._chosen_day(begun, ended, group.numbered)
        message = f"{message}; {group.day} is taken"
        self.findings.add("event-day", message, rows=group.rows, day=group.day, severity="warning")

    def _chosen_day(self, begun: Sequence[dt.date], ended: Sequence[dt.date], numbered: bool) -> dt.date:
        """The day of an event: one of the days on which its records begin and end."""
        days = [*begun, *ended]
        if self.settings.event_day == "majority" and not numbered and begun and max(days) - min(days) == DAY:
            # The ends mix two conventions, but the days on which records begin have only one.
            return max(begun)
        sides = {"admission": begun or ended, "abolition": ended or begun}
        votes = Counter(sides.get(self.settings.event_day, days))
        # In a tie a day on which records begin counts: it is stated, not computed from an end.
        return max(votes, key=lambda day: (votes[day], day in begun, -day.toordinal()))

    # ---- units that go on

    def _pair(self, group: _Group) -> None:
        """Find the records of an event by which units go on."""
        if "unit" in self.has:
            by_unit = {record.row.text("unit"): record for record in group.ins}
            by_unit.pop("", None)
            going_on = (old for old in group.outs if old.row.text("unit") in by_unit)
            group.goes_on |= {old.number: by_unit[old.row.text("unit")] for old in going_on}
        elif self.settings.goes_on and group.numbered:
            self._pair_by_mode(group)
        else:
            _pair_by(group, group.outs, group.ins, lambda record: record.code)
            if len(group.outs) == len(group.ins) == 1:
                _pair_by(group, group.outs, group.ins, lambda record: record.name)

    def _pair_by_mode(self, group: _Group) -> None:
        """Pair the records of an event whose mode says that their unit goes on."""
        outs = [old for old in group.outs if old.row.text("abolition_mode") in self.settings.goes_on]
        ins = [new for new in group.ins if new.row.text("admission_mode") in self.settings.goes_on]
        # Names before codes: units that exchange their codes in one event keep their names.
        _pair_by(group, outs, ins, lambda record: record.name)
        _pair_by(group, outs, ins, lambda record: record.code)
        left = [old for old in outs if old.number not in group.goes_on]
        free = [new for new in ins if new.number not in group.continuing]
        if len(left) == len(free) == 1 and left[0].kind == free[0].kind:
            group.goes_on[left[0].number] = free[0]
        elif left or free:
            message = f"by its mode it goes on in event {group.name!r}, and no one record of the event fits"
            rows = [record.number for record in (*left, *free)]
            self.findings.add("goes-on", message, rows=rows, day=group.day, severity="warning")

    def _name_units(self) -> None:
        """Give each record the id of its unit, which is the id of the unit's first record."""
        ids = Ids(self.settings.ids, () if self.root is None else [self.root.id])
        before = {
            new.number: old
            for group in self.groups
            for old in group.outs
            if (new := group.goes_on.get(old.number)) is not None and new is not old
        }
        for record in self.records:
            chain = [record]
            while not chain[-1].unit and (earlier := before.get(chain[-1].number)) is not None and earlier not in chain:
                chain.append(earlier)
            unit = chain[-1].unit or self._named(chain[-1], ids)
            for later in chain:
                later.unit = unit

    def _named(self, record: _Record, ids: Ids) -> str:
        own, name = record.row.text("unit"), record.row.text("record")
        if own:
            if own not in self.by_unit:
                self.by_unit[own] = ids.fresh(own)
                return self.by_unit[own]
            # The register used this id before, for a unit that ended or for several at once.
            return ids.fresh(own)
        if name:
            return ids.fresh(f"{record.kind}-{name}" if len(self.by_record[name]) > 1 else name)
        return ids.fresh(record.code or f"row-{record.number}")

    # ---- facts of units

    def _parent(self, record: _Record) -> str | None:
        """The unit above a record when it starts; the root if it names none."""
        named, code = record.row.text("parent"), record.row.text("parent_code")
        if not named and not code:
            return None if self.root is None else self.root.id
        if named and named not in self.by_record and named in self.by_unit:
            return self.by_unit[named]
        units = dict.fromkeys(parent.unit for parent in self._parent_records(record, named, code))
        if len(units) == 1:
            return next(iter(units))
        stated = f"its parent {named or code!r}"
        message = f"{stated} is no record or unit, or does not bear that code on {record.start}"
        if units:
            message = f"{len(units)} units fit {stated} on {record.start}; name the kind in parent_kind"
        self.findings.add("parent", message, rows=[record.number], units=[record.unit])
        return None

    def _parent_records(self, record: _Record, named: str, code: str) -> list[_Record]:
        """The records that may be the parent of a record: with the id that it names, or bearing the code then."""
        kind = record.row.text("parent_kind") or None
        if named in self.by_record:
            of_kind = [parent for parent in self.by_record[named] if kind in (None, parent.kind)]
            return of_kind if len(of_kind) == 1 else [parent for parent in of_kind if parent.kind != record.kind]
        bearers = [parent for parent in self.by_code.get(code, ()) if _may_be_above(parent, record, kind)]
        living = [parent for parent in bearers if parent.holds(record.start)]
        # A parent that lives on no whole day holds on none, but still begins on it.
        return living or [parent for parent in bearers if parent.start == record.start]

    def _unit(self, record: _Record) -> Unit:
        category = record.row.text("category") or None
        return Unit(record.unit, record.name, record.code, record.kind, category, self._parent(record))

    def _facts(self, record: _Record) -> dict[str, str | None]:
        """The facts that a record states of a unit that goes on, as far as the register has columns for them."""
        unit = self._unit(record)
        facts = {NAME: unit.name, CODE: unit.code, KIND: unit.kind, CATEGORY: unit.category, PARENT: unit.parent}
        columns = {NAME: "name", CODE: "code", KIND: "kind", CATEGORY: "category"}
        placed = {"parent", "parent_code"} & self.has
        return {
            track: value
            for track, value in facts.items()
            if (placed if track == PARENT else columns[track] in self.has)
        }

    # ---- occurrences

    def occurrences(self) -> list[Occurrence]:
        """The events of the register, by day and then by row."""
        taken = Ids("", [group.id for group in self.groups if group.id])
        for group in sorted(self.groups, key=lambda group: (group.day, group.rows)):
            group.id = group.id or taken.fresh(f"{group.day} {group.name}")
        listed = [self._occurrence(group) for group in self.groups]
        listed.sort(key=lambda occurrence: (occurrence.day, occurrence.rows))
        return listed

    def _occurrence(self, group: _Group) -> Occurrence:
        links = self._links(group)
        continuing = group.continuing
        states = {new.unit: self._facts(new) for new in group.ins if new.number in continuing}
        return Occurrence(
            group.id, group.day, group.rows, self._source(group), links, tuple(map(self._unit, group.begun)),
            self._without_successor(group, links), states, self._reestablished(group, links),
            last_known=self.settings.unsaid == "not on record", after=tuple(self._events_before(group)),
        )  # fmt: skip

    def _without_successor(self, group: _Group, links: Iterable[Link]) -> tuple[str, ...]:
        """The units that an event ends and that became nothing by it; a note if that is not on record."""
        linked = {link.old for link in links}
        records = [old for old in group.ended if old.unit not in linked]
        units = tuple(dict.fromkeys(old.unit for old in records))
        if units and self.settings.unsaid == "not on record":
            message, rows = "what became of it is not on record", [old.number for old in records]
            self.findings.add("no-successor", message, rows=rows, units=units, day=group.day, severity="note")
        return units

    def _reestablished(self, group: _Group, links: Iterable[Link]) -> dict[str, str]:
        """Unit that an event begins without a predecessor -> the ended unit that names it as successor."""
        linked = {link.new for link in links}
        unlinked = [new for new in group.begun if new.unit not in linked]
        return {new.unit: self.taken_up[new.number][0].unit for new in unlinked if new.number in self.taken_up}

    def _events_before(self, group: _Group) -> Iterator[str]:
        """Ids of the events by which the records that an event ends began; a fault where one is later."""
        for record in group.outs:
            other = record.begins_by
            if other is None or other is group:
                continue
            yield other.id
            if other.day > group.day:
                message = f"it begins by event {other.name!r} on {other.day} and ends by {group.name!r} on {group.day}"
                self.findings.add("event-order", message, rows=[record.number], units=[record.unit])

    def _source(self, group: _Group) -> Source:
        """The source of an event: as its rows state it, else the register with the number of the event."""
        register_source = self.settings.source
        if group.numbered:
            register_source = evolve(register_source, number=f"{register_source.number} {group.name}".strip(), note="")
        records = [*group.ins, *group.outs] or [old for old, _ in group.into]
        sources = dict.fromkeys(source_of(record.row, register_source) for record in records)
        if len(sources) > 1:
            message = f"the records of event {group.name!r} name several sources: {', '.join(map(str, sources))}"
            self.findings.add(
                "source", f"{message}; the first is taken", rows=group.rows, day=group.day, severity="note"
            )
        return next(iter(sources))

    def _links(self, group: _Group) -> tuple[Link, ...]:
        """The links of an event."""
        if group.into:
            return self._stated_links(group)
        olds = list(dict.fromkeys(old.unit for old in group.ended))
        news = list(dict.fromkeys(new.unit for new in group.begun))
        staying = self._staying_with_ground(group)
        if not olds and not news:
            return self._links_of_staying(group, staying)
        if not staying and not (olds and news):
            return ()
        # An ended unit may have gone into every unit that exists afterwards, and a unit that goes on may have given a
        # part to every unit that begins. With one unit on a side it is certain.
        is_certain = not olds or not news or (not staying and 1 in (len(olds), len(news)))
        link = partial(Link, evidence="" if is_certain else "inferred")
        from_ended, to_begun = starmap(link, product(olds, (*news, *staying))), starmap(link, product(staying, news))
        return extents([*from_ended, *(Link(unit, unit) for unit in staying), *to_begun])

    def _staying_with_ground(self, group: _Group) -> list[str]:
        """The units that go on in an event and may have given or taken ground."""
        ground = self.settings.ground
        staying = [old for old in group.outs if old.number in group.goes_on]
        return [old.unit for old in staying if not ground or old.row.text("abolition_mode") in ground]

    def _links_of_staying(self, group: _Group, staying: Sequence[str]) -> tuple[Link, ...]:
        """The links between units that all go on though ground passed between them: each may have given to each."""
        # Without modes of ground, nothing says that any passed.
        if not self.settings.ground or len(staying) < 2:
            return ()
        message = "ground passed between units that go on; who gave to whom is not on record"
        self.findings.add("ground", message, rows=group.rows, units=staying, day=group.day, severity="note")
        return extents(Link(old, new, evidence="inferred") for old in staying for new in staying)

    def _stated_links(self, group: _Group) -> tuple[Link, ...]:
        """The links of stated successors; a unit that goes on among them has a link to itself."""
        pairs = [(old.unit, new.unit) for old, new in group.into]
        if all(old == new for old, new in pairs):
            return ()
        ended = {old.unit for old in group.ended}
        begun = {new.unit for new in group.ins} - {new.unit for new in group.goes_on.values()}
        pairs += [(new, new) for _, new in pairs if new not in ended | begun]
        pairs += [(old, old) for old, _ in pairs if old not in ended]
        return extents(starmap(Link, dict.fromkeys(pairs)))

    def founded(self, occurrences: Iterable[Occurrence]) -> tuple[Act | None, list[Occurrence]]:
        """The act of the first units, and the occurrences by which others are first known later."""
        by_day: defaultdict[dt.date, list[_Record]] = defaultdict(list)
        for record in self.founders:
            by_day[record.start].append(record)
        first = min([*by_day, *(occurrence.day for occurrence in occurrences)], default=None)
        if first is None:
            return None, []
        source = self.settings.source
        units = [*([] if self.root is None else [self.root]), *parents_first(map(self._unit, by_day.pop(first, [])))]
        act = founding(f"{first} first known", first, units, source) if units else None
        later = [
            Occurrence(
                f"{day} first known", day, tuple(record.number for record in records), source, (),
                tuple(map(self._unit, records)), first_known=True,
            )
            for day, records in by_day.items()
        ]  # fmt: skip
        return act, later


def _may_be_above(parent: _Record, record: _Record, kind: str | None) -> bool:
    """Whether a record that bears the code of another one's parent may be it."""
    # Without a stated kind, a parent of the same code is of another kind than its child.
    return parent is not record and (parent.kind == kind if kind else parent.kind != record.kind)


def _carrying_on(old: _Record, begun: Sequence[_Record]) -> Sequence[_Record]:
    """The next record of a code; of several that begin on a day, records of no day come first, in order of rows."""
    in_order = sorted(begun, key=lambda record: (record.end != record.start, record.number))
    return in_order[in_order.index(old) + 1 :][:1] if old in in_order else in_order[:1]


def _by_kind(group: _Group) -> list[_Group]:
    """The event; or one for each kind, if the records of several kinds share a number but no day."""
    days: defaultdict[str | None, set[dt.date]] = defaultdict(set)
    parts: dict[str | None, _Group] = {}
    for record in (*group.outs, *group.ins):
        parts.setdefault(record.kind, _Group(f"{group.name} {record.kind or ''}".rstrip(), numbered=True))
    for record in group.outs:
        days[record.kind].add(record.end or dt.date.max)
        parts[record.kind].outs.append(record)
    for record in group.ins:
        days[record.kind].add(record.start)
        parts[record.kind].ins.append(record)
    return [group] if len(days) < 2 or set.intersection(*days.values()) else list(parts.values())


def _pair_by(
    group: _Group, outs: Sequence[_Record], ins: Sequence[_Record], same: Callable[[_Record], str | None]
) -> None:
    """Pair an ended and a begun record of the same key, where no other record has the key."""
    olds, news = _by_key(group.ended, outs, same), _by_key(group.begun, ins, same)
    for key, bearers in olds.items():
        if len(bearers) == len(news.get(key, ())) == 1:
            group.goes_on[bearers[0].number] = news[key][0]


def _by_key(
    records: Iterable[_Record], chosen: Iterable[_Record], key_of: Callable[[_Record], str | None]
) -> Mapping[tuple[str | None, str], Sequence[_Record]]:
    """(kind, key) -> the chosen records that have a key."""
    numbers = {record.number for record in chosen}
    by_key: dict[tuple[str | None, str], list[_Record]] = {}
    for record in records:
        key = key_of(record)
        if key is not None and record.number in numbers:
            by_key.setdefault((record.kind, key), []).append(record)
    return by_key
