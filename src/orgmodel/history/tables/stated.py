"""Histories as tables whose rows name the event of the act that wrote them, and back, without any guess.

Each row is one part of an event, which its columns ``act`` and ``event`` name by the id of the act and the place of the
event in it. Its table says which part: a row of ``units`` is a unit that begins, a row of ``links`` is a link, rows of
``parents``, ``hierarchies`` and ``facts`` are changes, or, with an empty ``place``, the facts that a unit begins with.
In a succession ``place`` orders the changes. The event that ends a unit without a successor stands in the unit's row,
in ``end_act`` and ``end_event``.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession, with_settled_shares
from orgmodel.errors import Finding, InvalidTable, Refused, TableWarning
from orgmodel.history.history import History
from orgmodel.history.log import Entry
from orgmodel.history.tables.door import Door, TableColumn
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import DayLike, Period, as_day

__all__ = [
    "COLUMNS",
]

FIELDS: Final[Mapping[str, str]] = {
    "kind": tracks.KIND,
    "category": tracks.CATEGORY,
    "name": tracks.NAME,
    "code": tracks.CODE,
}
_WRITTEN: Final = ("start", "end", "act", "event")
_CHANGED: Final = ("unit", *_WRITTEN, "until", "place", "slot", "ceases")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "acts": (
        "id", "effective", "recorded", "number", "issuer", "title", "title_vi", "decided", "in_force", "certainty", "source_note",
        "note", "within_start", "within_end", "before", "after",
    ),
    "units": ("id", *_WRITTEN, "first_known", "out_of", "end_act", "end_event", "last_known"),
    "clusters": ("id", "clustering", "name", *_WRITTEN, "first_known", "out_of", "reestablishes", "end_act", "end_event", "last_known"),
    "clusterings": ("id", "name", "cover", *_WRITTEN, "first_known", "out_of", "reestablishes", "end_act", "end_event", "last_known"),
    "matters": ("id", "matter", "name", *_WRITTEN, "first_known", "out_of", "reestablishes", "end_act", "end_event", "last_known"),
    "parents": ("parent", *_CHANGED),
    "facts": ("value", *_CHANGED),
    "links": (
        "old", "new", "day", "act", "event", "extent", "shares", "dominant", "dominant_by", "evidence",
        "reestablishes", "cross_kind", "complete",
    ),
}  # fmt: skip
"""The columns of each table."""


# -- writing ---------------------------------------------------------------------------


class _Rows:
    """A table as it grows; each row has only the columns that it fills."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        self.rows: list[dict[str, Any]] = []

    def add(self, **row: Any) -> dict[str, Any]:
        """Add a row."""
        self.rows.append(row)
        return row

    def table(self, *always: str) -> dict[str, Any]:
        """Its columns: those named, and those that any row fills."""
        used = {name for row in self.rows for name, value in row.items() if value is not None and value is not False}
        return {name: self._column(name) for name in self.columns if name in always or name in used}

    def _column(self, name: str) -> Any:
        values = [row.get(name) for row in self.rows]
        if name in _DAYS:
            return np.array(values, "datetime64[D]")
        if name in _FLAGS:
            return np.array([bool(value) for value in values], bool)
        if name == "event":
            return np.array(values, np.int64)
        out = np.empty(len(values), object)
        out[:] = values
        return out


_OTHERS: Final = ("clusterings", "clusters", "matters")
"""The tables of subjects that are no units."""
_DAYS: Final = frozenset(
    {"start", "end", "until", "day", "effective", "recorded", "decided", "in_force", "within_start", "within_end"}
)
_IDS: Final = frozenset(
    {"parent", "act", "end_act", "out_of", "reestablishes", "before", "after", "clustering", "matter"}
)
"""In these columns an empty text is an empty cell."""
_FLAGS: Final = frozenset(
    {"first_known", "last_known", "dominant", "reestablishes", "cross_kind", "complete", "cover", "ceases"}
)


def put_track(tables: dict[str, Any], track: str, table: Any) -> None:
    """Put the table of a track where :func:`from_tables` takes it: among parents, hierarchies or facts."""
    if track == tracks.PARENT:
        tables["parents"] = table
    elif tracks.is_parent(track):
        tables["hierarchies"][tracks.item(track)] = table
    else:
        tables["facts"][track] = table


class TableWriter:
    """Writes events into tables."""

    def __init__(self) -> None:
        self.acts = _Rows(COLUMNS["acts"])
        self.lives = {table: _Rows(COLUMNS[table]) for table in ("units", *_OTHERS)}
        self.links = _Rows(COLUMNS["links"])
        self.tracks: dict[str, _Rows] = {}
        self.born: dict[str, dict[str, Any]] = {}
        """The row of each unit, cluster and clustering."""
        self.written: defaultdict[tuple[str, str, Any], list[dict[str, Any]]] = defaultdict(list)
        """The rows of each fact, in order."""

    def decision(self, act: Act, recorded: dt.date) -> None:
        """Write an act without its events; acts come in the order in which they were recorded."""
        source, within = act.source, act.within
        self.acts.add(
            id=act.id, effective=act.effective, recorded=recorded, number=source.number, issuer=source.issuer, title=source.title,
            title_vi=source.title_vi or None, decided=source.decided, in_force=source.in_force,
            certainty=source.certainty or None, source_note=source.note or None, note=act.note or None,
            within_start=None if within is None else within.start, within_end=None if within is None else within.end,
            before=act.before or None, after=act.after or None,
        )  # fmt: skip

    def act(self, act: Act) -> None:
        """Write the events of an act; acts come in effective order."""
        for number, event in enumerate(act.events):
            at = {"act": act.id, "event": number}
            match event:
                case Creation():
                    self.creation(event, act.effective, at)
                case Closure():
                    self.end(event.subject, act.effective)
                    row = self.born[event.subject]
                    row |= {"end_act": act.id, "end_event": number, "last_known": event.last_known}
                case Change():
                    self.change(event, act.effective, at)
                case Succession():
                    self.succession(event, act.effective, at)

    def creation(self, event: Creation, day: dt.date, at: dict[str, Any]) -> None:
        """Write a creation."""
        flags = {"first_known": event.first_known, "out_of": event.out_of}
        own: dict[str, Any]
        match event.what:
            case Unit() as unit:
                self.begin(unit, day, at, **flags)
                if event.reestablishes is not None:
                    link = {"old": event.reestablishes, "new": unit.id, "extent": "whole", "reestablishes": True}
                    self.links.add(day=day, **at, **link)
                return
            case Cluster() as subject:
                table, own = "clusters", {"clustering": subject.clustering}
            case Matter() as subject:
                table, own = "matters", {"matter": subject.kind}
            case Clustering() as subject:
                table, own = "clusterings", {"cover": subject.cover}
        own |= {"name": subject.name or None, "reestablishes": event.reestablishes}
        self.born[subject.id] = self.lives[table].add(id=subject.id, start=day, end=None, **at, **flags, **own)

    def begin(self, unit: Unit, day: dt.date, at: dict[str, Any], **flags: Any) -> None:
        """Write a unit, and the facts that it begins with."""
        self.born[unit.id] = self.lives["units"].add(id=unit.id, start=day, end=None, **at, **flags)
        track = tracks.parent_track(unit.hierarchy)
        self.write(track, unit.id, None, {"parent": unit.parent}, day, at)
        for field, track in FIELDS.items():
            value = getattr(unit, field)
            if value is not None:
                self.write(track, unit.id, None, {"value": value}, day, at)

    def change(self, change: Change, day: dt.date, at: dict[str, Any], place: int | None = 0) -> None:
        """Write a change."""
        track, value = change.track, change.value
        cells: dict[str, Any] = {"place": place, "until": change.until}
        if tracks.is_parent(track):
            cells |= {"parent": None if value == ROOT else value}
        else:
            cells["value"] = value
        if value is None:
            cells["ceases"] = True
        self.write(track, change.subject, change.slot, cells, day, at)

    def write(
        self, track: str, subject: str, slot: Any, cells: dict[str, Any], day: dt.date, at: dict[str, Any]
    ) -> None:
        """Write a row of a track; it ends the row before it."""
        if track not in self.tracks:
            self.tracks[track] = _Rows(COLUMNS["parents" if tracks.is_parent(track) else "facts"])
        row = self.tracks[track].add(unit=subject, start=day, end=None, **at, slot=slot, **cells)
        rows = self.written[track, subject, slot]
        if rows:
            # A row with a stated end may have been over before.
            last = rows[-1]
            last["end"] = day if last["end"] is None else min(last["end"], day)
        row["end"] = day if cells.get("ceases") else cells.get("until")
        rows.append(row)

    def succession(self, event: Succession, day: dt.date, at: dict[str, Any]) -> None:
        """Write links, with the units that begin and the facts that change by them."""
        for unit in event.created:
            self.begin(unit, day, at)
        for link in event.links:
            self.links.add(
                old=link.old, new=link.new, day=day, **at, extent=link.extent, shares=dict(link.shares) or None,
                dominant=link.dominant, dominant_by=link.dominant_by or None, evidence=link.evidence or None,
                cross_kind=event.cross_kind, complete=event.complete,
            )  # fmt: skip
        for place, change in enumerate(event.changes):
            self.change(change, day, at, place)
        for old in event.ended:
            self.end(old, day)

    def end(self, subject: str, day: dt.date) -> None:
        """Note the end of a subject."""
        if subject in self.born:
            self.born[subject]["end"] = day

    def tables(self) -> dict[str, Any]:
        """All tables, by the names of the arguments of :func:`from_tables`."""
        for (_, subject, _), rows in self.written.items():
            death = self.born[subject]["end"] if subject in self.born else None
            # Each other row was ended by the one after it.
            last = rows[-1]
            if death is not None:
                last["end"] = death if last["end"] is None else min(last["end"], death)
        out: dict[str, Any] = {
            "acts": self.acts.table("id", "effective", "number"),
            "units": self.lives["units"].table("id", *_WRITTEN),
            "parents": {},
            "hierarchies": {},
            "facts": {},
        }
        for track, grown in self.tracks.items():
            put_track(out, track, grown.table("unit", "parent" if tracks.is_parent(track) else "value", *_WRITTEN))
        for name in _OTHERS:
            if self.lives[name].rows:
                out[name] = self.lives[name].table("id", *_WRITTEN)
        if self.links.rows:
            out["links"] = self.links.table("old", "new", "day", "act", "event", "extent")
        return out


# -- reading ---------------------------------------------------------------------------


class _Row(NamedTuple):
    """A row, its table and its number."""

    table: str
    number: int
    cells: dict[str, Any]


class _Parts:
    """The rows of one event, sorted by their tables."""

    def __init__(self) -> None:
        self.begun: list[_Row] = []
        self.links: list[_Row] = []
        self.again: list[_Row] = []
        """The rows of links by which a unit takes up one that had ended."""
        self.changes: list[tuple[str, _Row]] = []
        self.own: dict[str, dict[str, Any]] = {}
        """The fields of units that begin, by unit."""
        self.closed: list[_Row] = []

    def rows(self) -> list[_Row]:
        """All rows."""
        return [*self.begun, *self.links, *self.again, *(row for _, row in self.changes), *self.closed]


def from_stated(
    units: Any,
    parents: Any,
    hierarchies: Mapping[str, Any],
    facts: Mapping[str, Any],
    links: Any,
    acts: Any,
    clusters: Any,
    clusterings: Any,
    matters: Any,
    schema: Schema,
    measures: Mapping[str, Measure],
    recorded: DayLike | None,
    tolerance: Any = 0,
) -> History:
    """The history of tables whose rows name their events.

    Raises:
        InvalidTable: with every faulty row.
    """
    reader = _Reader(tolerance)
    decided = reader.acts(acts)
    for table, frame in (("units", units), ("clusters", clusters), ("clusterings", clusterings), ("matters", matters)):
        if frame is not None:
            reader.begun(table, frame)
    placed = {tracks.PARENT: ("parents", parents)} if parents else {}
    placed |= {tracks.parent_track(name): (f"hierarchies[{name}]", frame) for name, frame in hierarchies.items()}
    placed |= {track: (f"facts[{track}]", frame) for track, frame in facts.items()}
    for track, (table, frame) in placed.items():
        reader.changes(track, table, frame)
    if links is not None:
        reader.linked(links)
    acts_read = reader.events(decided)
    reader.door.raise_if_any()
    last = max((act.effective for act in acts_read), default=dt.date.min)
    known = last if recorded is None else as_day(recorded)
    entries = [
        Entry(number, cells.get("recorded", known), act)
        for number, (act, cells) in enumerate(zip(acts_read, decided, strict=True), 1)
    ]
    try:
        history = History.from_log(entries, schema, measures)
    except Refused as refused:
        raise InvalidTable("tables of a history", map(reader.placed, refused.findings)) from refused
    reader.compare(history)
    reader.door.raise_if_any()
    return history


class _Reader:
    """Reads tables into events."""

    def __init__(self, tolerance: Any = 0) -> None:
        self.tolerance = tolerance
        self.door = Door()
        self.parts: defaultdict[tuple[str, int], _Parts] = defaultdict(_Parts)
        self.day_of: dict[str, dt.date] = {}
        self.row_of_act: dict[str, int] = {}
        self.rows: list[tuple[str, _Row]] = []
        """Each row that has an end, with its table or track."""

    def fault(self, row: _Row, rule: str, message: str, *units: str) -> None:
        """A fault of a row."""
        self.door.fault(row.table, row.number, rule, message, units)

    def listed(self, table: str, frame: Any, columns: Iterable[str], needed: Iterable[str]) -> Iterator[_Row]:
        """The rows of a table; empty cells are left out."""
        read: dict[str, TableColumn] = self.door.columns(table, frame, tuple(columns), tuple(needed))
        days = {name: self.door.days(column) for name, column in read.items() if name in _DAYS}
        for name in _IDS & read.keys():
            read[name] = read[name]._replace(values=[None if value == "" else value for value in read[name].values])
        values = {name: days.get(name) or column.values for name, column in read.items()}
        for number in range(len(next(iter(read.values())).values) if read else 0):
            cells = {name: column[number] for name, column in values.items()}
            yield _Row(table, number, {name: value for name, value in cells.items() if value is not None})

    def acts(self, frame: Any) -> list[dict[str, Any]]:
        """The cells of each act."""
        decided: list[dict[str, Any]] = []
        for row in self.listed("acts", frame, COLUMNS["acts"], ("id", "effective")):
            cells = row.cells
            if "id" not in cells or "effective" not in cells:
                self.fault(row, "act", "an act needs an id and an effective day")
                continue
            if cells["id"] in self.day_of:
                self.fault(row, "act-once", f"the act {cells['id']!r} stands in another row too")
                continue
            self.day_of[cells["id"]], self.row_of_act[cells["id"]] = cells["effective"], row.number
            decided.append(cells)
        return decided

    def place(self, row: _Row, day: str = "start", act: str = "act", event: str = "event") -> _Parts | None:
        """The event that a row belongs to; a fault if it names none."""
        name, number = row.cells.get(act), row.cells.get(event)
        if name not in self.day_of:
            self.fault(row, "act", f"{act}: there is no act {name!r} in the table of acts")
        elif isinstance(number, bool) or not isinstance(number, (int, np.integer)):
            self.fault(row, "event", f"{event}: {number!r} is no whole number")
        elif row.cells.get(day) != self.day_of[name]:
            message = f"{day} is {row.cells.get(day)}, and act {name!r} is effective on {self.day_of[name]}"
            self.fault(row, "day", message, *[row.cells[key] for key in ("id", "unit", "old") if key in row.cells])
        else:
            return self.parts[name, int(number)]
        return None

    def begun(self, table: str, frame: Any) -> None:
        """Read the rows of subjects that begin, and the events that end them."""
        for row in self.listed(table, frame, COLUMNS[table], ("id", *_WRITTEN[:1], "act", "event")):
            parts = self.place(row)
            if parts is None:
                continue
            parts.begun.append(row)
            self.rows.append((table, row))
            if "end_act" in row.cells:
                ending = self.place(row, "end", "end_act", "end_event")
                if ending is not None:
                    ending.closed.append(row)

    def changes(self, track: str, table: str, frame: Any) -> None:
        """Read the rows of a track: changes, or facts that units begin with."""
        value = "parent" if tracks.is_parent(track) else "value"
        columns = (value, *_CHANGED)
        for row in self.listed(table, frame, columns, ("unit", value, "start", "act", "event")):
            parts = self.place(row)
            if parts is None:
                continue
            self.rows.append((track, row))
            cells = row.cells
            if value == "parent" and not cells.get("ceases"):
                cells.setdefault("parent", ROOT)
            if "place" in cells:
                parts.changes.append((track, row))
                continue
            own = parts.own.setdefault(cells.get("unit", ""), {})
            if value == "parent":
                own["parent"] = None if cells["parent"] == ROOT else cells["parent"]
                own["hierarchy"] = tracks.item(track) or tracks.MAIN
            elif track in FIELDS:
                own[track] = cells.get("value")
            else:
                message = f"{track!r} is nothing that a unit has from its beginning; give the row a place in its event"
                self.fault(row, "place", message, cells.get("unit", ""))

    def linked(self, frame: Any) -> None:
        """Read the rows of links."""
        for row in self.listed("links", frame, COLUMNS["links"], ("old", "new", "day", "act", "event")):
            parts = self.place(row, "day")
            if parts is not None:
                (parts.again if row.cells.get("reestablishes") else parts.links).append(row)

    def events(self, decided: list[dict[str, Any]]) -> list[Act]:
        """The acts with their events."""
        of_act: defaultdict[str, list[Event]] = defaultdict(list)
        for (act, _), parts in sorted(self.parts.items(), key=lambda item: item[0][1]):
            try:
                event = self.event(parts)
            except (Refused, TypeError, ValueError) as error:
                findings = error.findings if isinstance(error, Refused) else [Finding("value", str(error))]
                for finding in findings:
                    self.fault(parts.rows()[0], finding.rule, finding.message, *finding.units)
                continue
            if event is not None:
                of_act[act].append(event)
        return [_act(cells, of_act[cells["id"]]) for cells in decided]

    def event(self, parts: _Parts) -> Event | None:
        """The event of some rows; None, and a fault, if they are no event together."""
        begun = {row.cells["id"] for row in parts.begun}
        for unit in parts.own.keys() - begun:
            message = "it has no place in its event, so it is what a unit has from its beginning; none begins here"
            alone = next(row for _, row in self.rows if row.cells.get("unit") == unit and "place" not in row.cells)
            self.fault(alone, "place", message, unit)
        # Which tables the rows are of says which event they are.
        match len(parts.links), len(parts.again), len(parts.begun), len(parts.changes), len(parts.closed):
            case _, 0, _, _, 0 if parts.links and all(row.table == "units" for row in parts.begun):
                return self.succession(parts)
            case 0, 0 | 1, 1, 0, 0:
                return _creation(parts)
            case 0, 0, 0, 1, 0:
                ((track, row),) = parts.changes
                return _change(track, row.cells)
            case 0, 0, 0, 0, 1:
                closed = parts.closed[0].cells
                return Closure(closed["id"], last_known=bool(closed.get("last_known")))
        listed = ", ".join(sorted({f"{row.table} {row.number + 1}" for row in parts.rows()}))
        message = f"rows of one event that are no event together: {listed}; give each event a number of its own"
        for row in parts.rows()[:1]:
            self.fault(row, "event", message)
        return None

    def succession(self, parts: _Parts) -> Succession:
        """The succession of rows of links, with the units that begin and the facts that change by it."""
        cells = [row.cells for row in parts.links]
        links: Iterable[Link] = map(_link, cells)
        if self.tolerance:
            links, notes = with_settled_shares(links, self.tolerance)
            for _, note in notes:
                warnings.warn(f"table 'links', row {parts.links[0].number + 1}: {note}", TableWarning, stacklevel=2)
        changes = sorted(parts.changes, key=lambda change: change[1].cells["place"])
        return Succession(
            links,
            tuple(Unit(row.cells["id"], **parts.own.get(row.cells["id"], {})) for row in parts.begun),
            tuple(_change(track, row.cells) for track, row in changes),
            any(link.get("cross_kind") for link in cells),
            complete=any(link.get("complete") for link in cells),
        )

    def placed(self, finding: Finding) -> Finding:
        """A finding of the history with the row of the table of acts, if it names one of them."""
        row = self.row_of_act.get(finding.act or "")
        return finding if row is None else evolve(finding, row=row + 1)

    def compare(self, history: History) -> None:
        """Compare the ends that the rows give with the ends that follow from their events."""
        writer = TableWriter()
        for act in history.acts:
            writer.act(act)
        writer.tables()
        follows: dict[tuple[Any, ...], Any] = {}
        for table, rows in (writer.tracks | writer.lives).items():
            follows |= {_which(table, row): row["end"] for row in rows.rows}
        for table, row in self.rows:
            stated_end = row.cells.get("end")
            end = follows.get(_which(table, row.cells), stated_end)
            if stated_end is not None and stated_end != end:
                message = f"the row ends on {stated_end}, and by its events it {'has no end' if end is None else f'ends on {end}'}"
                self.fault(row, "end", message, row.cells.get("id") or row.cells.get("unit", ""))


def _which(table: str, cells: Mapping[str, Any]) -> tuple[Any, ...]:
    """The key of a row."""
    return table, cells["act"], int(cells["event"]), cells.get("id") or cells.get("unit"), cells.get("place")


def _link(cells: Mapping[str, Any]) -> Link:
    return Link(
        cells["old"],
        cells["new"],
        cells.get("extent", "whole"),
        cells.get("shares", {}),
        bool(cells.get("dominant")),
        cells.get("dominant_by", ""),
        evidence=cells.get("evidence", ""),
    )


def _change(track: str, cells: Mapping[str, Any]) -> Change:
    value = cells.get("parent" if tracks.is_parent(track) else "value")
    return Change(cells["unit"], track, value, cells.get("slot"), cells.get("until"))


def _creation(parts: _Parts) -> Creation:
    (row,) = parts.begun
    cells = row.cells
    # A unit names the one that it takes up in the table of links; clusters and matters have a column for it.
    old = parts.again[0].cells["old"] if parts.again else cells.get("reestablishes")
    begun = _begun(row, parts.own.get(cells["id"], {}))
    return Creation(begun, bool(cells.get("first_known")), old, out_of=cells.get("out_of"))


def _begun(row: _Row, own: Mapping[str, Any]) -> Unit | Cluster | Clustering | Matter:
    cells = row.cells
    if row.table == "units":
        return Unit(cells["id"], **own)
    if row.table == "clusters":
        return Cluster(cells["id"], cells.get("clustering", ""), cells.get("name", ""))
    if row.table == "matters":
        return Matter(cells["id"], cells.get("matter", ""), cells.get("name", ""))
    return Clustering(cells["id"], cells.get("name", ""), bool(cells.get("cover")))


def _act(cells: Mapping[str, Any], events: list[Event]) -> Act:
    source = Source(
        cells.get("number", ""),
        cells.get("issuer", ""),
        cells.get("title", ""),
        cells.get("decided"),
        cells.get("in_force"),
        cells.get("source_note", ""),
        title_vi=cells.get("title_vi", ""),
        certainty=cells.get("certainty", ""),
    )
    dated = "within_start" in cells or "within_end" in cells
    return Act(
        cells["id"],
        cells["effective"],
        events,
        source,
        cells.get("note", ""),
        within=Period(cells.get("within_start"), cells.get("within_end")) if dated else None,
        before=cells.get("before", ""),
        after=cells.get("after", ""),
    )
