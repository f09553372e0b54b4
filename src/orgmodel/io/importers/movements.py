"""Registers of movements: rows that say what a unit was and what it became, on a day, by a kind of event."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import filterfalse
from typing import Any, Final, TypeVar

from attrs import define, evolve, field, frozen

from orgmodel.acts.events import Link
from orgmodel.engine.collector import collector_paused
from orgmodel.history.history import History
from orgmodel.io.importers.building import Ids, as_root, founding, imported
from orgmodel.io.importers.occurrences import CODE, KIND, NAME, PARENT, Occurrence, extents
from orgmodel.io.importers.reading import (
    SOURCE,
    Columns,
    Table,
    TableFindings,
    TableRow,
    as_source,
    day_or_fault,
    read_rows,
    source_of,
)
from orgmodel.io.importers.report import Imported
from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike
from orgmodel.structure.structure import Structure

__all__ = [
    "COLUMNS",
    "LIST_COLUMNS",
    "import_movements",
]

COLUMNS: Final = (
    "day", "mode", "event", "old_type", "old_code", "old_name", "old_parent", "new_type", "new_code", "new_name",
    "new_parent", *SOURCE,
)  # fmt: skip
"""The columns of a table of movements, by the names used here."""

LIST_COLUMNS: Final = ("type", "code", "name", "parent")
"""The columns of a list of units on a day; ``parent`` is a code."""

_TRIES: Final = 1_000
"""After this many branches the search for an order by names is given up, and the order is chosen step by step."""
_DEEP: Final = 60
"""Groups of more events are not searched: each event is a level of recursion, and the branches multiply."""

Key = tuple[str, str]
"""The key of a unit in a register: its type and its code."""


@strict
def import_movements(
    rows: Table,
    columns: Columns | None = None,
    *,
    status: Collection[str] = (),
    recodings: Collection[str] = (),
    reestablishments: Collection[str] = (),
    mergers: Collection[str] = (),
    kinds: Mapping[str, str] | None = None,
    parent: Callable[[str], str | None] | None = None,
    parents: Mapping[str, str] | None = None,
    parent_kind: str | None = None,
    since: DayLike | None = None,
    start: Table | None = None,
    checks: Mapping[Any, Table] | None = None,
    list_columns: Columns | None = None,
    root: Unit | str | None = "root",
    ids: str = "",
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: Source | str = Source.unknown,
) -> Imported:
    """The history that follows from a table of movements.

    A row says that the unit with a type, a code and a name before is the one with another type, code or name
    afterwards. Rows of one day and mode that hang together are one event, rows of one number in ``event`` as well. A
    row from a unit to itself says that it goes on; what else it goes to has ground of it. In which order the events of
    a day came is found out from what each needs: the names before and after, a code that must be free, a unit that
    another one is taken from. Codes may be used again, and be exchanged.

    The first state is reckoned back: units that are mentioned first as what was before, and those of ``checks`` that
    no movement made, are first known on the first day.

    Args:
        rows: the table: columns by name, a data frame, or rows.
        columns: the table's name of a column -> one of :data:`COLUMNS`. A row without anything before is an entry,
            one without anything afterwards an exit.
        status: types of units that have no ground of their own and stand under the unit that theirs went to, such as
            the former commune that lives on as a part of another.
        recodings: modes by which a unit goes on under another code.
        reestablishments: modes by which units that ended are taken up again.
        mergers: modes by which units go over as wholes: rows of a unit to itself and to another one are two events
            then, where by other modes the unit goes on and gives a part of its ground.
        kinds: type -> kind; the type if None.
        parent: code -> the code of what stands above, for units that are no status units and whose row names none.
        parents: code -> name of what stands above.
        parent_kind: the kind of what stands above.
        since: the first day; the day of the first movement if None.
        start: the list of the first day, instead of a state reckoned back.
        checks: day -> list of that day, held against the history; differences are findings.
        list_columns: the name of a column of a list -> one of :data:`LIST_COLUMNS`.
        root: the unit above all, or its id.
        ids: goes before ids of units.
        schema: kinds and placements.
        measures: declared measures.
        source: where the table comes from.

    Raises:
        InvalidTable: with all that is wrong, each with its row.

    >>> rows = [
    ...     {"day": "2019-01-01", "mode": "fusion", "old_code": "2", "old_name": "B", "new_code": "1", "new_name": "Ab"},
    ...     {"day": "2019-01-01", "mode": "fusion", "old_code": "1", "old_name": "A", "new_code": "1", "new_name": "Ab"},
    ... ]
    >>> done = import_movements(rows, since="2018-01-01", source="movements")
    >>> print(done.history.at("2018-12-31").tree())
    root
    ├─ B [2]
    └─ A [1]
    >>> print(done.history.at("2019-01-01").tree())
    root
    └─ Ab [1]
    >>> [str(act) for act in done.history.acts]
    ['2018-01-01 movements: 3 events', '2019-01-01 movements: 2 operations']
    """
    with collector_paused():
        return _movements_read(
            rows, columns, list_columns, start, checks or {}, since, as_root(root) or Unit("root"), ids, schema, measures,
            _Settings(
                frozenset(status), frozenset(recodings), frozenset(reestablishments), frozenset(mergers), kinds or {},
                parent, parents or {}, parent_kind, as_source(source),
            ),
        )  # fmt: skip


def _movements_read(
    rows: Table,
    columns: Columns | None,
    list_columns: Columns | None,
    start: Table | None,
    checks: Mapping[Any, Table],
    since: DayLike | None,
    root: Unit,
    ids: str,
    schema: Schema,
    measures: Iterable[Measure],
    settings: _Settings,
) -> Imported:
    """The body of :func:`import_movements`."""
    findings = TableFindings("a table of movements")
    read = read_rows(rows, columns, COLUMNS, ("day",), findings, days=("day",), name="movements")
    lists = _Lists(list_columns, findings)
    first = None if start is None else lists.read(start, "start")
    lists_read = {}
    for titles, table in checks.items():
        day = day_or_fault(titles, "checks=", findings)
        if day is not None:
            lists_read[day] = lists.read(table, f"checks[{titles}]")
    begins = None if since is None else day_or_fault(since, "since=", findings)
    findings.stop()
    register = _Movements(read, settings, root, Ids(ids), findings)
    occurrences = register.occurrences(begins, first, lists_read)
    done = imported(
        occurrences, findings, first=register.founded(), schema=schema, measures=measures, unit_of=register.unit_of
    )
    for day in sorted(lists_read):
        register.check(done.history, day, lists_read[day])
    return evolve(done, findings=tuple(findings.listed))


@frozen
class _Settings:
    """How movements are read: see :func:`import_movements`."""

    status: frozenset[str]
    recodings: frozenset[str]
    reestablishments: frozenset[str]
    mergers: frozenset[str]
    kinds: Mapping[str, str]
    parent: Callable[[str], str | None] | None
    parents: Mapping[str, str]
    parent_kind: str | None
    source: Source


@frozen
class _Listed:
    """A unit of a list."""

    key: Key
    name: str
    parent: str


@frozen
class _Lists:
    """Reads lists of units."""

    columns: Columns | None
    findings: TableFindings

    def read(self, table: Table, name: str) -> dict[Key, _Listed]:
        rows = read_rows(table, self.columns, LIST_COLUMNS, ("code",), self.findings, name=name)
        by_key: dict[Key, _Listed] = {}
        for row in rows:
            key = row.text("type"), row.text("code")
            if key in by_key:
                self.findings.add("code", f"table {name!r}: {_shown(key)} stands there twice", rows=[row.number])
            by_key[key] = _Listed(key, row.text("name"), row.text("parent"))
        return by_key


@frozen
class _Move:
    """A row: what was before and what is afterwards."""

    row: TableRow
    old: Key | None
    new: Key | None

    @property
    def number(self) -> int:
        return self.row.number

    @property
    def stays(self) -> bool:
        return self.old == self.new

    @property
    def old_name(self) -> str:
        return self.row.text("old_name")


def _successors(moves: Iterable[_Move]) -> dict[Key, dict[Key, _Move]]:
    """Old key -> new key -> the move from one to the other."""
    into: dict[Key, dict[Key, _Move]] = {}
    for move in moves:
        if move.old is not None and move.new is not None:
            into.setdefault(move.old, {})[move.new] = move
    return into


@define(eq=False)
class _Event:
    """Rows that are one event.

    Attributes:
        before: key -> name of what was.
        after: key -> name of what is.
    """

    day: dt.date
    mode: str
    moves: list[_Move]
    before: dict[Key, str] = field(factory=dict)
    after: dict[Key, str] = field(factory=dict)
    is_recoding: bool = False

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(sorted(move.number for move in self.moves))


@define
class _Bearer:
    """The unit that bears a key now."""

    unit: str
    name: str


class _Movements:
    """The state of an import of movements: who bears which key, day by day."""

    def __init__(
        self, rows: Sequence[TableRow], settings: _Settings, root: Unit, ids: Ids, findings: TableFindings
    ) -> None:
        self.settings, self.root, self.ids, self.findings = settings, root, ids, findings
        ids.taken.add(root.id)
        self.unit_of: dict[int, str] = {}
        self.bearers: dict[Key, _Bearer] = {}
        self.ended: dict[Key, str] = {}
        """Key -> the ended unit that bore it last."""
        self.home_of: dict[str, str] = {}
        """Unit -> the unit that it was put under last."""
        self.became: dict[str, str] = {}
        """Ended unit -> the first unit that it became."""
        self.types: dict[str, None] = {}
        """The types of units with ground."""
        self.above: dict[str, str] = {}
        """Code -> the unit above that bears it."""
        self.founders: list[Unit] = []
        self.first = dt.date.min
        self.acts = Ids()
        moves = [move for row in rows if (move := self._move(row)) is not None]
        findings.stop()
        by_day: defaultdict[dt.date, list[_Move]] = defaultdict(list)
        for move in moves:
            by_day[move.row.cells["day"]].append(move)
        self.by_day = {day: by_day[day] for day in sorted(by_day)}

    def _move(self, row: TableRow) -> _Move | None:
        """The movement of a row; None, and a fault, where it lacks its day or both units."""
        old, new = self._key(row, "old"), self._key(row, "new")
        if row.day("day") is None:
            self.findings.add("day", "it has no day", rows=[row.number])
        if old is None and new is None:
            self.findings.add("movement", "it says neither what was before nor what is afterwards", rows=[row.number])
        return None if row.day("day") is None or old is new is None else _Move(row, old, new)

    def _key(self, row: TableRow, side: str) -> Key | None:
        """The key of one side of a row; None if it names no unit."""
        key = row.text(f"{side}_type"), row.text(f"{side}_code")
        if not key[1]:
            return None
        if not self._is_status(key):
            self.types.setdefault(key[0])
        return key

    # ---- events

    def _events(self, day: dt.date, moves: Sequence[_Move], live: Container[Key] | None) -> Iterator[_Event]:
        """The events of a day: rows of one mode (and number) that hang together.

        Args:
            day: the day.
            moves: its rows.
            live: the keys that are borne before; None where that is not known yet.
        """
        groups: defaultdict[tuple[str, str], list[_Move]] = defaultdict(list)
        for move in moves:
            groups[move.row.text("mode"), move.row.text("event")].append(move)
        events: list[_Event] = []
        for (mode, number), listed in groups.items():
            if number:
                parts = [listed]
            elif mode in self.settings.mergers:
                parts = self._by_result(listed, live)
            else:
                parts = _hanging_together(listed, live)
            events += [self._event(day, mode, part) for part in parts]
        yield from sorted(events, key=lambda event: event.rows)

    def _by_result(self, moves: Sequence[_Move], live: Container[Key] | None) -> list[list[_Move]]:
        """Rows of a mode by which units go over as wholes: all that became one unit is one event."""
        parts: dict[tuple[Key, str], list[_Move]] = {}
        went: dict[tuple[Key | None, str], tuple[Key, str]] = {}
        without_ground: list[_Move] = []
        begun = {move.new for move in moves if not move.stays}
        for move in moves:
            if move.new is None or self._is_status(move.new):
                without_ground.append(move)
                continue
            result = move.new, move.row.text("new_name")
            if _made_on_the_day(move, begun, live) or _another_of_its_code(move, parts.get(result, ())):
                result = move.new, f"row {move.number}"
            parts.setdefault(result, []).append(move)
            # That a unit stays says less than where else its ground went.
            if not move.stays or (move.old, move.old_name) not in went:
                went[move.old, move.old_name] = result
        for move in without_ground:
            # A status unit begins with the event by which the ground of its unit went over.
            alone = move.new or move.old or ("", ""), f"row {move.number}"
            taken_by = alone if move.old is None else went.get((move.old, move.old_name), alone)
            parts.setdefault(taken_by, []).append(move)
        return list(parts.values())

    def _event(self, day: dt.date, mode: str, moves: list[_Move]) -> _Event:
        event = _Event(day, mode, moves, is_recoding=mode in self.settings.recodings)
        for move in moves:
            if move.old is not None:
                self._name(event.before, move.old, move.row.text("old_name"), move)
            if move.new is not None:
                self._name(event.after, move.new, move.row.text("new_name"), move)
        return event

    def _name(self, names: dict[Key, str], key: Key, name: str, move: _Move) -> None:
        first = names.setdefault(key, name)
        if name and first and first != name:
            message = f"{_shown(key)} is called {first!r} and {name!r} in one event; the first is taken"
            self.findings.add("name", message, rows=[move.number], severity="warning")
        names[key] = first or name

    def _is_status(self, key: Key) -> bool:
        return key[0] in self.settings.status

    # ---- the first state

    def occurrences(
        self,
        since: dt.date | None,
        start: Mapping[Key, _Listed] | None,
        checks: Mapping[dt.date, Mapping[Key, _Listed]],
    ) -> list[Occurrence]:
        """All events, those of a day in order of cause, from the first state on."""
        self.first = since or min(self.by_day, default=min(checks, default=dt.date.min))
        early = [move for day, moves in self.by_day.items() if day < self.first for move in moves]
        if early:
            message = f"it is earlier than the first day, {self.first}"
            rows = [move.number for move in early]
            self.findings.add("day", message, rows=rows, day=early[0].row.cells["day"])
        self.findings.stop()
        self._begin(self._reckoned_back(checks) if start is None else dict(start))
        return [occurrence for day in self.by_day for occurrence in self._occurrences_on(day)]

    def _occurrences_on(self, day: dt.date) -> Iterator[Occurrence]:
        """The events of a day, each after the one before it where they share keys."""
        for ordered in self._ordered(day):
            before: tuple[str, ...] = ()
            for events in ordered:
                occurrence = _Happening(self, events, before).occurrence()
                if occurrence is not None:
                    yield occurrence
                    before = (occurrence.id,)

    def _reckoned_back(self, checks: Mapping[dt.date, Mapping[Key, _Listed]]) -> dict[Key, _Listed]:
        """The units that must have been there before the first movement."""
        first: dict[Key, _Listed] = {}
        mentioned: dict[Key, dt.date] = {}
        for day, moves in self.by_day.items():
            # Keys count as mentioned from the end of their first day on: its events may name one in any order.
            named = self._first_mentions(list(self._events(day, moves, None)), mentioned)
            mentioned.update(dict.fromkeys(named, day))
            first.update((key, _Listed(key, name, "")) for key, name in named.items() if name is not None)
        # What no movement makes, or mentions only later, was there if all lists until then have it.
        days = sorted(checks)
        for key, listed in checks[days[0]].items() if days else ():
            until = mentioned.get(key, dt.date.max)
            if days[0] < until and all(key in checks[day] for day in days if day < until):
                first.setdefault(key, listed)
            if key in first and not first[key].parent and self._is_status(key):
                first[key] = evolve(first[key], parent=listed.parent)
        return first

    def _first_mentions(self, events: Sequence[_Event], mentioned: Collection[Key]) -> dict[Key, str | None]:
        """Key that a day mentions first -> the name that it must have had before; None if it begins on the day."""
        consumed: defaultdict[Key, dict[str, None]] = defaultdict(dict)
        produced: defaultdict[Key, set[str]] = defaultdict(set)
        born: set[Key] = set()
        targets: dict[Key, str] = {}
        for event in events:
            for key, name in event.before.items():
                consumed[key][name] = None
            for key, name in event.after.items():
                produced[key].add(name)
                if key in event.before:
                    continue
                if self._is_target(event, key):
                    targets[key] = name
                else:
                    born.add(key)
        names: dict[Key, str | None] = {}
        for key in filterfalse(mentioned.__contains__, dict.fromkeys([*consumed, *produced])):
            before = consumed.get(key, {})
            # A name that no event of the day made existed before; otherwise a name that all of them pass on.
            unmade: list[str | None] = [name for name in before if name not in produced[key]]
            passed_on: list[str | None] = [*before] or [targets.get(key)]
            names[key] = next(iter(unmade if key in born else [*unmade, *passed_on]), None)
        return names

    def _is_target(self, event: _Event, key: Key) -> bool:
        """Whether something that is only mentioned afterwards was there before: what status units end in, say."""
        if self._is_status(key) or event.mode in self.settings.reestablishments or event.is_recoding:
            return False
        into = [move.old for move in event.moves if move.new == key]
        return bool(into) and all(old is not None and self._is_status(old) for old in into)

    def _begin(self, listed: Mapping[Key, _Listed]) -> None:
        """The units of the first day, those with ground first."""
        parents: dict[str, Unit] = {}
        self.types |= {key[0]: None for key in listed if not self._is_status(key)}
        for key, listing in sorted(listed.items(), key=lambda item: self._is_status(item[0])):
            status = self._is_status(key)
            above = self._home_of_status(key, listing.parent) if status else self._parent(key, listing.parent, parents)
            unit = Unit(self._fresh(key), listing.name or None, key[1], self._kind(key), None, above)
            self.founders.append(unit)
            self.home_of[unit.id] = above
            self.bearers[key] = _Bearer(unit.id, listing.name)
        self.founders[:0] = [self.root, *parents.values()]

    def founded(self) -> Any:
        """The act of the first state."""
        source = self.settings.source
        return founding(f"{self.first} first known", self.first, self.founders, source)

    def _home_of_status(self, key: Key, stated: str) -> str:
        """Where a status unit of the first state stands: under a unit of the stated code, else of its own."""
        for code in (stated, key[1]):
            home = self.bearer_with_ground(code)
            if home is not None:
                return home
        message = f"nothing says under which unit {_shown(key)} stands at first"
        self.findings.add("parent", message, units=[self.ids.prefix + key[1]], day=self.first, severity="warning")
        return self.root.id

    def _parent(self, key: Key, stated: str, parents: dict[str, Unit]) -> str:
        """The unit above; a unit that is needed for the first time is created."""
        code = stated or (self.settings.parent(key[1]) if self.settings.parent is not None else None)
        if not code:
            return self.root.id
        if code not in self.above:
            unit = self.ids.fresh(f"{self.settings.parent_kind or 'above'}-{code}")
            self.above[code] = unit
            name = self.settings.parents.get(code)
            parents[code] = Unit(unit, name, code, self.settings.parent_kind, None, self.root.id)
        return self.above[code]

    def bearer_with_ground(self, code: str) -> str | None:
        """The unit with ground that bears a code."""
        for type_ in self.types:
            bearer = self.bearers.get((type_, code))
            if bearer is not None:
                return bearer.unit
        return None

    def standing_under(self, unit: str) -> str | None:
        """The unit that a status unit stands under now."""
        home = self.home_of.get(unit)
        while home in self.became:
            home = self.became[home]
        return home

    def _fresh(self, key: Key) -> str:
        return self.ids.fresh(f"{key[0]}-{key[1]}" if self._is_status(key) else key[1])

    def _kind(self, key: Key) -> str | None:
        return self.settings.kinds.get(key[0], key[0]) or None

    # ---- order of a day

    def _ordered(self, day: dt.date) -> Iterator[Iterable[list[_Event]]]:
        """The events of a day that share keys, each group in causal order; events that happen at once stand together."""

        def keys(move: _Move) -> Iterator[Hashable]:
            yield from filter(None, (move.old, move.new))
            if move.row.text("event"):
                yield "event", move.row.text("event")

        for moves in _joined(self.by_day[day], keys):
            # Where a row of a unit to itself can be part of the event of other rows, it is.
            for live in (None, self.bearers):
                order = _Order(self, list(self._events(day, moves, live)))
                exact = order.exact()
                if exact is not None:
                    yield exact
                    break
            else:
                yield order.closest()

    # ---- checking

    def check(self, history: History, day: dt.date, listed: Mapping[Key, _Listed]) -> None:
        """Hold a list against the history; differences are findings."""
        if day < self.first:
            message = f"it is earlier than the first day, {self.first}, and is not held against anything"
            self.findings.add("snapshot", f"the list of {day}: {message}", day=day, severity="warning")
            return
        made = self._made(history.at(day))
        wanted = {(self._kind(key), key[1]): listing for key, listing in listed.items()}
        for place, listing in wanted.items():
            if place in made:
                self._check_unit(day, listing, *made[place])
            else:
                self._differs(day, f"it has {_shown(listing.key)} {listing.name!r}, which the movements do not make")
        types = {kind for kind, _ in wanted}
        for (kind, code), (unit, name, _) in made.items():
            if (kind, code) not in wanted and kind in types:
                self._differs(day, f"it does not have {kind or ''} {code} {name!r}", unit)

    def _made(self, structure: Structure) -> dict[tuple[str | None, str | None], tuple[str, str | None, str | None]]:
        """(kind, code) -> (unit, name, code of its parent) of the units that the movements make, those above left out."""
        above = {unit: code for code, unit in self.above.items()}
        units = [unit for unit in structure.descendants(self.root.id) if unit not in above]
        kinds, codes, names = (structure.values(units, track) for track in (KIND, CODE, NAME))
        code_of = dict(zip(units, codes, strict=True)) | above
        parents = map(code_of.get, structure.parents_of(units))
        return dict(zip(zip(kinds, codes, strict=True), zip(units, names, parents, strict=True), strict=True))

    def _check_unit(self, day: dt.date, listing: _Listed, unit: str, name: str | None, parent: str | None) -> None:
        """Hold the name and the parent of a unit against those of a list, which may state neither."""
        if listing.name and name != listing.name:
            self._differs(day, f"it calls {_shown(listing.key)} {listing.name!r}, the movements {name!r}", unit)
        if listing.parent and parent != listing.parent:
            message = f"it has {_shown(listing.key)} under {listing.parent!r}, the movements under {parent!r}"
            self._differs(day, message, unit)

    def _differs(self, day: dt.date, message: str, *units: str) -> None:
        self.findings.add("snapshot", f"the list of {day}: {message}", units=units, day=day, severity="warning")


class _Order:
    """The events of a day that share keys, put in order.

    An event is ready when what it needs is there under the name that it gives, and nothing else that is still to come
    needs what it takes away.
    """

    def __init__(self, movements: _Movements, events: Sequence[_Event]) -> None:
        self.movements, self.left = movements, list(events)
        self.now: dict[Key, str | None] = {}
        """Key -> the name of the unit that bears it, None if no unit does."""
        for event in events:
            for key in (*event.before, *event.after):
                bearer = movements.bearers.get(key)
                self.now[key] = None if bearer is None else bearer.name

    def closest(self) -> Iterator[list[_Event]]:
        """The events in an order that disregards as little as can be of what they say."""
        while self.left:
            chosen = self._next()
            self._happen(chosen)
            yield chosen

    def exact(self) -> list[list[_Event]] | None:
        """An order in which each event finds what it needs under the names that it gives; None if the search finds none."""
        start, left = dict(self.now), list(self.left)
        tries = _TRIES

        def after(path: list[list[_Event]]) -> list[list[_Event]] | None:
            nonlocal tries
            if not self.left:
                return path
            # Depth-first with undo: the state is small, so it is copied and put back.
            now, remaining = dict(self.now), list(self.left)
            for chosen in self._ready():
                if not tries:
                    return None
                tries -= 1
                self._happen(chosen)
                order = after([*path, chosen])
                if order is not None:
                    return order
                self.now, self.left = dict(now), list(remaining)
            return None

        order = after([]) if len(left) <= _DEEP else None
        self.now, self.left = start, left
        return order

    def _ready(self) -> list[list[_Event]]:
        """The events that can be next by all names, in the given order."""
        ready = [[event] for event in self.left if self._is_ready(event, True) and not self._takes_away(event, True)]
        return [*ready, *self._exchanges(True)]

    def _happen(self, chosen: Sequence[_Event]) -> None:
        """Update who bears which key after events that happen at once."""
        for event in chosen:
            self.left.remove(event)
        for event in chosen:
            for key in event.before.keys() - event.after.keys():
                if not _only_status(self.movements, event, key):
                    self.now[key] = None
        for event in chosen:
            self.now.update({key: name or self.now.get(key) or "" for key, name in event.after.items()})

    def _next(self) -> list[_Event]:
        """The next event where names do not settle it: the event that contradicts the fewest rows."""
        for by_name, heeding in ((True, True), (False, True), (True, False), (False, False)):
            for event in self.left:
                if self._is_ready(event, by_name) and not (heeding and self._takes_away(event, by_name)):
                    return [event]
            for exchange in self._exchanges(by_name):
                return exchange
        return self.left[:1]

    def _is_borne(self, key: Key, name: str, by_name: bool) -> bool:
        """Whether a unit bears a key, and the name as well where names count and both are known."""
        bearer = self.now[key]
        if bearer is None:
            return False
        return not by_name or not name or not bearer or bearer == name

    def _is_ready(self, event: _Event, by_name: bool) -> bool:
        if not all(self._is_borne(key, name, by_name) for key, name in event.before.items()):
            return False
        begun = {key: name for key, name in event.after.items() if key not in event.before}
        if event.is_recoding:
            return all(self.now[key] is None for key in begun)
        # What comes back under a code that is still borne waits until the code is free.
        return not by_name or all(
            self.now[key] in (None, "", name) or not name or self._renames(event, key) for key, name in begun.items()
        )

    def _renames(self, event: _Event, key: Key) -> bool:
        """Whether a key that is only mentioned afterwards may be a unit that goes on under a new name."""
        return not any(key in other.before and key not in other.after for other in self.left if other is not event)

    def _takes_away(self, event: _Event, by_name: bool) -> bool:
        """Whether another event still needs what this one ends or renames."""
        others = [other for other in self.left if other is not event]
        for key, name in event.before.items():
            ends = key not in event.after
            if not ends and (not name or event.after[key] == name):
                continue
            # The first event that needs the unit decides: it may rename it as well.
            needs = next((other for other in others if self._needs(other, key, name, ends, by_name)), None)
            if needs is None:
                continue
            renames = not ends and key in needs.before and needs.after.get(key, name) != needs.before[key]
            return not renames
        return False

    def _needs(self, event: _Event, key: Key, name: str, ends: bool, by_name: bool) -> bool:
        """Whether an event still needs the unit of a key, which another one ends, or else renames."""
        needed = event.before.get(key)
        if needed is None:
            # For it the unit goes on under its present name.
            return key in event.after and self._goes_into(event, key)
        if not self._is_borne(key, needed, by_name) and self.now[key] is not None:
            return False  # It needs what comes later under this key.
        if ends:
            # If both end it, they do so as parts of one event.
            return key in event.after
        return needed == name

    def _goes_into(self, event: _Event, key: Key) -> bool:
        """Whether the unit of a key lives and goes on in an event, though the event names it only afterwards."""
        name = event.after[key]
        return self.now[key] is not None and (not name or name == self.now[key])

    def _exchanges(self, by_name: bool) -> list[list[_Event]]:
        """Recodings of which each waits for the code of the next: codes that are exchanged."""
        frees: dict[Key, _Event] = {}
        for event in self.left:
            if event.is_recoding and len(event.before) == len(event.after) == 1:
                ((key, name),) = event.before.items()
                if self._is_borne(key, name, by_name):
                    frees.setdefault(key, event)
        exchanges: dict[frozenset[int], list[_Event]] = {}
        for event in frees.values():
            path = [event]
            while (following := frees.get(next(iter(path[-1].after)))) is not None and following not in path:
                path.append(following)
            if following is not None:
                circle = path[path.index(following) :]
                exchanges.setdefault(frozenset(map(id, circle)), circle)
        return list(exchanges.values())


def _only_status(movements: _Movements, event: _Event, key: Key) -> bool:
    """Whether all rows of a unit with ground lead to status units: then it goes on."""
    if movements._is_status(key):
        return False
    return all(move.new is not None and movements._is_status(move.new) for move in event.moves if move.old == key)


class _Happening:
    """Events that happen at once, as one occurrence; what bears which key is followed."""

    def __init__(self, movements: _Movements, events: Sequence[_Event], after: tuple[str, ...]) -> None:
        self.movements, self.events, self.after = movements, events, after
        self.moves = [move for event in events for move in event.moves]
        self.rows = tuple(sorted(move.number for move in self.moves))
        self.day, self.mode = events[0].day, events[0].mode
        self.is_recoding = all(event.is_recoding for event in events)
        self.names = {key: name for event in events for key, name in event.after.items()}
        self.old: dict[Key, _Bearer] = {}
        self.new: dict[Key, str] = {}
        """Key afterwards -> unit."""
        self.begins: dict[str, Unit] = {}
        self.parents: dict[str, Unit] = {}
        self.states: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        self.again: dict[str, str] = {}
        self.out_of: dict[str, str] = {}
        self.links: list[Link] = []

    def occurrence(self) -> Occurrence | None:
        """The occurrence; None, and a fault, if a unit that it needs does not live."""
        if not self._live():
            return None
        ended = self._follow([move for move in self.moves if not self._has_status(move)])
        self._take_up()
        ended |= self._status([move for move in self.moves if self._has_status(move)], ended)
        self._remember(ended)
        linked = {link.old for link in self.links}
        ends = [bearer.unit for bearer in ended.values() if bearer.unit not in linked]
        return Occurrence(
            self._act_id(), self.day, self.rows, source_of(self.moves[0].row, self.movements.settings.source),
            extents(self.links), (*self.parents.values(), *self.begins.values()), tuple(ends), dict(self.states),
            self.again, self.out_of, after=self.after, last_known=self._leaves(ends),
        )  # fmt: skip

    def _remember(self, ended: Mapping[Key, _Bearer]) -> None:
        """Who bears which key from now on, for the events that come after."""
        movements = self.movements
        going_on = {link.old for link in self.links if link.old == link.new}
        for link in self.links:
            if link.old not in going_on:
                movements.became.setdefault(link.old, link.new)
        for key, bearer in ended.items():
            movements.ended[key] = bearer.unit
            del movements.bearers[key]
        for key, unit in self.new.items():
            name = self.names[key] or (self.old[key].name if key in self.old else "")
            movements.bearers[key] = _Bearer(unit, name)
        for move in self.moves:
            named = move.new or move.old
            assert named is not None
            movements.unit_of[move.number] = self.new.get(named) or self.old[named].unit

    def _act_id(self) -> str:
        """An id of day, mode and the number of the event, or its first key where it has none."""
        first = min(key for move in self.moves for key in (move.old, move.new) if key is not None)
        number = self.moves[0].row.text("event")
        wanted = f"{self.day} {self.mode} {number or ' '.join(filter(None, first))}"
        return self.movements.acts.fresh(wanted.replace("  ", " "))

    def _leaves(self, ends: Collection[str]) -> bool:
        """Whether a unit leaves the register: what became of it is not on record there."""
        left = {self.old[move.old].unit for move in self.moves if move.new is None and move.old is not None}
        return bool(left & set(ends))

    def _has_status(self, move: _Move) -> bool:
        return any(key is not None and self.movements._is_status(key) for key in (move.old, move.new))

    def _live(self) -> bool:
        """Whether all that was before lives; a fault if not, a warning if it has another name."""
        movements = self.movements
        missing: list[Key] = []
        for event in self.events:
            for key, name in event.before.items():
                bearer = movements.bearers.get(key)
                if bearer is None:
                    missing.append(key)
                    continue
                self.old[key] = bearer
                if name and bearer.name and bearer.name != name:
                    message = f"{_shown(key)} is called {name!r} here, and {bearer.name!r} by what came before"
                    movements.findings.add(
                        "name", message, rows=self.rows, units=[bearer.unit], day=self.day, severity="warning"
                    )
        if missing:
            message = f"it is about {', '.join(map(_shown, missing))}, which does not live on the day"
            movements.findings.add("live-unit", message, rows=self.rows, day=self.day)
        return not missing

    # ---- units with ground

    def _follow(self, main: Sequence[_Move]) -> dict[Key, _Bearer]:
        """Follow units with ground; those that end are returned."""
        into = _successors(main)
        recoded = self._recoded(into)
        ended = {old: self.old[old] for old in self._leaving(main, recoded)}
        # A unit goes on under its new code, else under its own; without either it ends.
        for old in sorted(into, key=lambda old: old not in recoded):
            key = recoded.get(old, old)
            if key in into[old]:
                self._goes_on(self.old[old].unit, key, into[old][key])
            else:
                ended[old] = self.old[old]
        # A code that another unit of the event takes over stays in use; a code that nobody takes is free.
        for old in recoded.keys() - self.new.keys():
            del self.movements.bearers[old]
        for move in main:
            if move.new is not None and move.new not in self.new:
                self._arrives(move, ended)
        self._link({old: news for old, news in into.items() if old not in recoded or len(news) > 1})
        return {key: bearer for key, bearer in ended.items() if self.new.get(key) != bearer.unit}

    def _leaving(self, main: Sequence[_Move], recoded: Container[Key]) -> list[Key]:
        """The units that leave the register; a fault for each that goes on under another code as well."""
        leaving = [move.old for move in main if move.old is not None and move.new is None]
        for old in dict.fromkeys(filter(recoded.__contains__, leaving)):
            message = f"{_shown(old)} gets another code and leaves the register by one event; leave one of them out"
            self.movements.findings.add("movement", message, rows=self.rows, day=self.day)
        return [*filterfalse(recoded.__contains__, leaving)]

    def _recoded(self, into: Mapping[Key, Mapping[Key, _Move]]) -> dict[Key, Key]:
        """Units that only change their code: old code -> new code."""
        recoded: dict[Key, Key] = {}
        if self.is_recoding:
            recoded = {old: next(iter(news)) for old, news in into.items() if len(news) == 1 and old not in news}
        if self.mode in self.movements.settings.reestablishments:
            recoded |= self._moved_names(into)
        return recoded

    def _link(self, into: Mapping[Key, Mapping[Key, _Move]]) -> None:
        """Link units to what they went to, and to themselves where they go on and gave or took ground."""
        if any(len(news) > 1 or old not in news for old, news in into.items()):
            self.links += [Link(self.old[old].unit, self.new[new]) for old, news in into.items() for new in news]
        between = [link for link in self.links if link.old != link.new]
        took = {link.new for link in between}
        concerned = took.union(link.old for link in between)
        # Rows from a unit to itself, beside other rows, say only that it goes on.
        self.links = [link for link in self.links if link.old != link.new or link.old in concerned]
        own = {link.old for link in self.links}
        self.links += [Link(unit, unit) for unit in sorted(took - own - self.begins.keys())]

    def _moved_names(self, into: Mapping[Key, Mapping[Key, _Move]]) -> dict[Key, Key]:
        """Units that go on under another code with their name, as a former unit takes its code back."""
        moved: dict[Key, Key] = {}
        for old, news in into.items():
            name = self.old[old].name
            same = [new for new in news if self.names[new] == name]
            if old in news and len(same) == 1 and same[0] not in self.movements.bearers:
                moved[old] = same[0]
        return moved

    def _goes_on(self, unit: str, key: Key, move: _Move) -> None:
        self.new[key] = unit
        facts = self.states[unit]
        if self.names[key]:
            facts[NAME] = self.names[key]
        facts[CODE] = key[1]
        if not self.movements._is_status(key):
            stated = move.row.text("new_parent")
            if stated or self.movements.settings.parent is not None:
                above = self.movements._parent(key, stated, self.parents)
                facts[PARENT] = self.movements.home_of[unit] = above

    def _arrives(self, move: _Move, ended: Mapping[Key, _Bearer]) -> None:
        """A unit that is only mentioned afterwards: it lives already, or it begins."""
        key, movements = move.new, self.movements
        assert key is not None
        bearer = movements.bearers.get(key)
        if bearer is not None and key not in ended:
            self._goes_on(bearer.unit, key, move)
            return
        stated = move.row.text("new_parent")
        if move.old is not None and not stated and movements.settings.parent is None:
            above = movements.home_of[self.old[move.old].unit]
        else:
            above = movements._parent(key, stated, self.parents)
        self._begins(key, above)

    def _begins(self, key: Key, above: str) -> None:
        """A unit begins under another one."""
        movements = self.movements
        unit = Unit(movements._fresh(key), self.names[key] or None, key[1], movements._kind(key), None, above)
        self.new[key] = unit.id
        self.begins[unit.id] = unit
        movements.home_of[unit.id] = above

    def _take_up(self) -> None:
        """Re-establish units that had ended, out of the unit that has their ground."""
        movements = self.movements
        if self.mode not in movements.settings.reestablishments:
            return
        for key, unit in self.new.items():
            if unit in self.begins and key in movements.ended:
                self._re_establish(unit, movements.ended[key])
        # Links of units to themselves alone say nothing any more.
        if all(link.old == link.new for link in self.links):
            self.links = []

    def _re_establish(self, unit: str, old: str) -> None:
        """Take a unit up again, if it comes out of one unit that goes on."""
        givers = [link.old for link in self.links if link.new == unit]
        if len(givers) == 1 and any(link.old == link.new == givers[0] for link in self.links):
            self.links = [link for link in self.links if link.new != unit]
            self.out_of[unit] = givers[0]
            self.again[unit] = old

    # ---- status units

    def _status(self, moves: Sequence[_Move], ended_before: Mapping[Key, _Bearer]) -> dict[Key, _Bearer]:
        """Follow units without ground; those that end are returned.

        Args:
            moves: the rows with a status unit.
            ended_before: the units with ground that end by the event.
        """
        movements, ended = self.movements, {}
        into = _successors(moves)
        homes = {link.old: link.new for link in self.links if link.old != link.new}
        for move in moves:
            if move.new is None or move.new in self.new:
                continue
            if movements._is_status(move.new):
                self._status_begins(move, into, homes)
            else:
                self._ground_of_status(move, ended_before)
        for move in moves:
            old = move.old
            if old is not None and movements._is_status(old) and self.new.get(old) != self.old[old].unit:
                unit = self.old[old].unit
                if unit not in self.new.values():
                    ended[old] = self.old[old]
                elif old in movements.bearers:
                    del movements.bearers[old]
        return ended

    def _status_begins(self, move: _Move, into: Mapping[Key, Collection[Key]], homes: Mapping[str, str]) -> None:
        """A status unit that begins, or goes on as another one."""
        old, new, movements = move.old, move.new, self.movements
        assert new is not None
        if old is not None and movements._is_status(old):
            alone = set(into[old]) == {new}
            if old == new or (alone and (old[1] == new[1] or self.is_recoding)):
                self._goes_on(self.old[old].unit, new, move)
                if old[0] != new[0]:
                    self.states[self.old[old].unit][KIND] = movements._kind(new)
                return
        bearer = movements.bearers.get(new)
        home = self._home(move, homes)
        if bearer is not None:
            self._goes_on(bearer.unit, new, move)
            if home is not None:
                self.states[bearer.unit][PARENT] = movements.home_of[bearer.unit] = home
            return
        if home is None:
            message = f"nothing says under which unit {_shown(new)} stands"
            movements.findings.add("parent", message, rows=[move.number], day=self.day, severity="warning")
            home = movements.root.id
        self._begins(new, home)

    def _home(self, move: _Move, homes: Mapping[str, str]) -> str | None:
        """Under which unit a status unit stands: where the ground of the one before went."""
        movements, old = self.movements, move.old
        stated = move.row.text("new_parent")
        if stated:
            here = [unit for key, unit in self.new.items() if key[1] == stated and not movements._is_status(key)]
            home = here[0] if here else movements.bearer_with_ground(stated)
            if home is not None:
                return home
        if old is None:
            return None
        unit = self.old[old].unit
        if movements._is_status(old):
            return movements.standing_under(unit)
        return homes.get(unit, unit)

    def _ground_of_status(self, move: _Move, ended_before: Mapping[Key, _Bearer]) -> None:
        """A unit with ground that only status units went to: it lives, or is taken from the one above them."""
        old, new, movements = move.old, move.new, self.movements
        assert new is not None
        self._arrives(move, ended_before)
        unit = self.new[new]
        if unit in self.begins and old is not None:
            giver = movements.standing_under(self.old[old].unit)
            if giver is not None:
                self.links += [Link(giver, giver), Link(giver, unit)]


def _made_on_the_day(move: _Move, begun: Container[Key | None], live: Container[Key] | None) -> bool:
    """Whether a unit that goes on was made by another event of the day, as it was not there at first."""
    return move.stays and move.new in begun and live is not None and move.new not in live


def _another_of_its_code(move: _Move, others: Iterable[_Move]) -> bool:
    """Whether some moves are about another unit of the same code, at another time of the day."""
    return any(other.old == move.old and other.old_name != move.old_name for other in others)


def _hanging_together(moves: Sequence[_Move], live: Container[Key] | None) -> list[list[_Move]]:
    """The rows of one mode as connected components: rows that share an old or a new unit, its name included."""
    begun = {move.new for move in moves if not move.stays}
    staying = {move.old for move in moves if move.stays}

    def keys(move: _Move) -> Iterator[Hashable]:
        if move.old is not None:
            # What goes on and leaves the register on one day does so by two events.
            leaves = move.new is None and move.old in staying
            yield "exit" if leaves else "old", move.old, move.old_name
        if move.new is not None:
            later = _made_on_the_day(move, begun, live)
            yield "later" if later else "new", move.new, move.row.text("new_name")

    return _joined(moves, keys)


T = TypeVar("T")


def _joined(items: Sequence[T], keys_of: Callable[[T], Iterable[Hashable]]) -> list[list[T]]:
    """The connected components of items that share keys, in order of the first item of each."""
    above = list(range(len(items)))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place

    first: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        for key in keys_of(item):
            a, b = top(place), top(first.setdefault(key, place))
            above[max(a, b)] = min(a, b)
    groups: dict[int, list[T]] = {}
    for place, item in enumerate(items):
        groups.setdefault(top(place), []).append(item)
    return list(groups.values())


def _shown(key: Key) -> str:
    return " ".join(filter(None, key))
