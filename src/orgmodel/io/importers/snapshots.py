"""Lists only: who was there on some days, and nothing of what happened in between."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal

import numpy as np
from attrs import field, frozen

from orgmodel.acts.events import Link
from orgmodel.engine.bulk import components
from orgmodel.errors import Severity, UnknownUnit
from orgmodel.history.parents_first import parents_first
from orgmodel.history.tables.door import names_of
from orgmodel.io.importers.building import Ids, as_root, founding, imported
from orgmodel.io.importers.occurrences import CATEGORY, NAME, PARENT, Occurrence, extents
from orgmodel.io.importers.reading import (
    Columns,
    Dated,
    Table,
    TableFindings,
    TableRow,
    as_source,
    check_zeros_between,
    checked_word,
    day_or_fault,
    lists_by_day,
    read_rows,
    sources_by_day,
    successors_in,
    table_of,
)
from orgmodel.io.importers.report import Imported
from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY, DayLike, Period, as_day

__all__ = [
    "COLUMNS",
    "SUCCESSOR_COLUMNS",
    "ImportedLists",
    "import_snapshots",
]

COLUMNS: Final = ("kind", "code", "name", "category", "parent", "parent_kind")
"""The columns of a list, by the names used here; ``parent`` is a code."""

SUCCESSOR_COLUMNS: Final = ("kind", "code", "name", "end", "successors")
"""The columns of a table of successors; ``end`` is the first day without the unit."""

OtherName = Literal["renamed", "replaced"]
"""How a code with another name in the next list is taken."""

Gaps = Literal["ended", "omitted"]
"""How a gap in the lists is taken: the unit ended and another one began later, or it was left out of those lists."""

Seen = Literal["there", "not there", "not known between", "not known after"]
"""The answer of lists about a unit on a day."""

Key = tuple[str, str]
"""Kind and code."""


@frozen
class ImportedLists(Imported):
    """A history made of lists, and what was found in them.

    Attributes:
        days: the days of the lists.
        listed: unit -> the numbers of the lists that have it, from 0.

    >>> lists = {
    ...     "2020-01-01": [{"code": "1", "name": "A"}, {"code": "2", "name": "B"}],
    ...     "2021-01-01": [{"code": "1", "name": "A"}],
    ... }
    >>> imported = import_snapshots(lists)
    >>> [str(day) for day in imported.days], imported.seen("2", "2020-06-01"), imported.seen("2", "2021-01-01")
    (['2020-01-01', '2021-01-01'], 'not known between', 'not there')
    """

    days: tuple[dt.date, ...] = ()
    listed: Mapping[str, tuple[int, ...]] = field(factory=dict, repr=False)

    def seen(self, unit: str, day: DayLike, *, steady: bool = True) -> Seen:
        """Whether a unit was there on a day, as far as lists can say.

        Args:
            unit: its id.
            day: the day.
            steady: whether a unit that two lists in a row both have, or both lack, was as they say in between; else
                nothing is known of a day without a list.

        Raises:
            UnknownUnit: no list has it.
        """
        if unit not in self.listed:
            raise UnknownUnit(unit)
        at = as_day(day)
        after = bisect_left(self.days, at)
        lists = self.listed[unit]
        if after < len(self.days) and self.days[after] == at:
            return "there" if after in lists else "not there"
        if after == len(self.days):
            return "not known after"
        before, then = after - 1 in lists, after in lists
        if after == 0 or before != then or not steady:
            return "not known between"
        return "there" if then else "not there"


@strict
def import_snapshots(
    lists: Mapping[Any, Table] | Table,
    columns: Columns | None = None,
    *,
    presence: Mapping[str, Any] | None = None,
    same_name: Callable[[str, str], bool] | None = None,
    other_name: OtherName = "renamed",
    gaps: Gaps | Callable[[str, str], Gaps] = "ended",
    successors: Table | None = None,
    successor_columns: Columns | None = None,
    separator: str = ";",
    dated: Dated | None = None,
    sources: Mapping[Any, Source | str] | None = None,
    root: Unit | str | None = "root",
    ids: str | Callable[[str, str], str] = "",
    schema: Schema = OPEN,
    measures: Iterable[Measure] = (),
    source: Source | str = Source.unknown,
) -> ImportedLists:
    """The history that follows from lists of some days, without inventions.

    A unit is known by its kind and code as long as lists in a row have them. What comes is first known on the day of
    its list, what goes is last known, and what became of it is not on record, unless ``successors`` say so. As it
    happened some time since the list before, each act says so (``within``), and
    :meth:`~orgmodel.history.history.History.uncertain` says for the days in between what is not known.

    Args:
        lists: day -> list, or with ``presence`` one table of all of them.
        columns: the table's name of a column -> one of :data:`COLUMNS`.
        presence: of one table for all days: name of a column -> its day; it has 1 where the unit is listed.
        same_name: whether two spellings are one name; the first spelling then stays.
        other_name: whether a code that has another name in the next list is one unit that was renamed, or another.
            It is noted each time.
        gaps: whether a unit that some lists lack, and that is back later under its code and name, has ended and
            another one begun, or was left out of those lists, which is noted; or a function (kind, code) that says it.
        successors: a table that says what became of units: ``code``, perhaps ``kind``, ``name`` and ``end`` (the
            first day without it), and ``successors``, codes.
        successor_columns: the name of a column of that table -> one of :data:`SUCCESSOR_COLUMNS`.
        separator: what stands between several successors.
        dated: reads a successor that has a day of its own, at which a part went there while the unit goes on, such as
            ``"130108[2001]"``: text -> (code, day), None for a text without a day.
        sources: day -> the source of its list.
        root: the unit above all that have no parent, or its id; None if the lists have it.
        ids: goes before ids of units, or a function (kind, code) -> id.
        schema: kinds and placements.
        measures: declared measures.
        source: of the lists that ``sources`` does not name.

    Raises:
        InvalidTable: with all that is wrong, each with its row.

    >>> lists = {"2020-01-01": [{"code": "1", "name": "A"}, {"code": "2", "name": "B"}], "2021-01-01": [{"code": "1", "name": "A"}]}
    >>> done = import_snapshots(lists)
    >>> [done.seen("2", day) for day in ("2020-01-01", "2020-06-01", "2021-01-01")]
    ['there', 'not known between', 'not there']
    >>> [str(fact) for fact in done.history.uncertain("2020-06-01") if fact.track == "life"]
    ['2: life unit or None [source unknown, 2020-01-02 to 2021-01-01]']
    """
    findings = TableFindings("lists of units")
    checked_word("other_name", other_name, ("renamed", "replaced"), findings)
    checked_word("gaps", "ended" if callable(gaps) else gaps, ("ended", "omitted"), findings)
    read = _read(lists, columns, presence, findings)
    stated = [] if successors is None else read_rows(
        successors, successor_columns, SUCCESSOR_COLUMNS, ("code", "successors"), findings, days=("end",),
        name="successors",
    )  # fmt: skip
    source_of = sources_by_day(sources, findings)
    findings.stop()
    alike = same_name or (lambda a, b: a == b)
    _fill(read, alike, gaps if callable(gaps) else lambda _kind, _code: gaps, findings)
    walk = _Walk(read, alike, other_name, _Successors(stated, separator, dated), as_root(root), ids, findings)
    walk.sources, walk.source = source_of, as_source(source)
    occurrences = walk.occurrences()
    walk.successors.note_unused(read, findings)
    days = tuple(read)
    act = founding(f"{days[0]} list", days[0], walk.founders, walk.source_of(days[0])) if days else None
    done = imported(occurrences, findings, first=act, schema=schema, measures=measures, unit_of=walk.unit_of)
    listed = {unit: tuple(places) for unit, places in walk.listed.items()}
    return ImportedLists(done.history, done.findings, done.act_of, done.unit_of, days, listed)


@frozen
class _Listing:
    """A unit of a list."""

    key: Key
    name: str
    category: str | None
    parent: str
    parent_kind: str
    row: int


def _read(
    lists: Mapping[Any, Table] | Table,
    columns: Columns | None,
    presence: Mapping[str, Any] | None,
    findings: TableFindings,
) -> dict[dt.date, dict[Key, _Listing]]:
    """The lists by day; rows are numbered through where there are several tables."""
    if presence is not None:
        by_day = _rows_by_presence(lists, columns, presence, findings)
    elif isinstance(lists, Mapping):
        by_day = lists_by_day(lists, columns, COLUMNS, ("code",), findings)
    else:
        findings.add("table", "lists are given as day -> list, or as one table with presence=")
        by_day = {}
    read = {day: _list(rows, str(day), findings) for day, rows in by_day.items()}
    rows_of_codes = {day: {key: listing.row for key, listing in listed.items()} for day, listed in read.items()}
    check_zeros_between(rows_of_codes, findings)
    return read


def _rows_by_presence(
    table: Table, columns: Columns | None, presence: Mapping[str, Any], findings: TableFindings
) -> dict[dt.date, list[TableRow]]:
    """Day -> the rows of one table that are marked in the column of the day, days in order."""
    days = {column: day_or_fault(day, "presence=", findings) for column, day in presence.items()}
    for day, number in Counter(days.values()).items():
        if day is not None and number > 1:
            findings.add("day", f"presence= names {number} columns of {day}; give each its own day", day=day)
    own_names: dict[str, str | None] = {name: name for name in COLUMNS if name in names_of(table_of(table))}
    named: dict[str, str | None] = {**(columns or own_names), **{column: column for column in presence}}
    rows = read_rows(table, named, (*COLUMNS, *presence), ("code",), findings, name="lists")
    in_order = sorted(((day, column) for column, day in days.items() if day is not None), key=itemgetter(0))
    return {day: [row for row in rows if row.text(column) not in _ABSENT] for day, column in in_order}


_ABSENT: Final = ("", "0", "False", "false")
"""The marks of a unit that a list does not have."""


def _list(rows: Iterable[TableRow], name: str, findings: TableFindings) -> dict[Key, _Listing]:
    by_key: dict[Key, _Listing] = {}
    for row in rows:
        key = row.text("kind"), row.text("code")
        if not key[1]:
            findings.add("code", f"list {name}: it has no code", rows=[row.number])
        elif key in by_key:
            message = f"list {name}: {' '.join(filter(None, key))} stands there twice"
            findings.add("code", message, rows=[by_key[key].row, row.number])
        else:
            category = row.text("category") or None
            by_key[key] = _Listing(
                key, row.text("name"), category, row.text("parent"), row.text("parent_kind"), row.number
            )
    return by_key


def _fill(
    lists: Mapping[dt.date, dict[Key, _Listing]],
    alike: Callable[[str, str], bool],
    gaps: Callable[[str, str], Gaps],
    findings: TableFindings,
) -> None:
    """Put units into the lists that lack them, or tell that they ended, where lists before and after have them."""
    days = list(lists)
    last: dict[Key, int] = {}
    for place, day in enumerate(days):
        for key, listing in list(lists[day].items()):
            before = last.get(key, place)
            if place - before > 1 and alike(lists[days[before]][key].name, listing.name):
                missing = days[before + 1 : place]
                message = f"the lists of {', '.join(map(str, missing))} do not have it, those before and after do"
                is_omitted = gaps(*key) == "omitted"
                taken = "left out" if is_omitted else "another unit since; gaps='omitted' takes it for left out"
                severity: Severity = "warning" if is_omitted else "note"
                findings.add(
                    "gap", f"{message}: taken for {taken}", rows=[listing.row], day=missing[0], severity=severity
                )
                if is_omitted:
                    for lacking in missing:
                        lists[lacking][key] = lists[days[before]][key]
            last[key] = place


class _Successors:
    """A table of successors, by code."""

    def __init__(self, rows: Sequence[TableRow], separator: str, dated: Dated | None) -> None:
        self.by_code: defaultdict[str, list[tuple[TableRow, tuple[str, ...]]]] = defaultdict(list)
        self.parts_of_code: defaultdict[str, list[tuple[TableRow, str, dt.date]]] = defaultdict(list)
        self.rows, self._used = rows, set[int]()
        for row in rows:
            named, parts = successors_in(row.text("successors"), separator, dated)
            if named:
                self.by_code[row.text("code")].append((row, named))
            self.parts_of_code[row.text("code")] += [(row, code, day) for code, day in parts]

    def parts(self, key: Key, name: str, after: dt.date, until: dt.date) -> tuple[str, ...]:
        """The codes to which parts of a unit went between two lists."""
        codes: dict[str, None] = {}
        for row, code, day in self.parts_of_code.get(key[1], ()):
            if after < day <= until and _is_about(row, key, name):
                self._used.add(row.number)
                codes[code] = None
        return tuple(codes)

    def of(self, key: Key, name: str, after: dt.date, until: dt.date, *, on_a_day: bool = False) -> tuple[str, ...]:
        """The codes that a unit became between two lists: (after, until]; of a row with a day only, if that is asked."""
        codes: dict[str, None] = {}
        for row, named in self.by_code.get(key[1], ()):
            end = row.day("end")
            fits = (end is None and not on_a_day) or (end is not None and after < end <= until)
            if fits and _is_about(row, key, name):
                self._used.add(row.number)
                codes |= dict.fromkeys(named)
        return tuple(codes)

    def through(self, code: str, after: dt.date, until: dt.date) -> tuple[str, ...]:
        """The codes that a unit which no list has became, in turn, between two lists."""
        codes: dict[str, None] = {}
        for row, named in self.by_code.get(code, ()):
            end = row.day("end")
            if end is not None and after < end <= until:
                self._used.add(row.number)
                codes |= dict.fromkeys(named)
        return tuple(codes)

    def note_unused(self, lists: Mapping[dt.date, Mapping[Key, _Listing]], findings: TableFindings) -> None:
        """A finding for each row that says nothing of what happened between two lists: nothing is dropped in silence.

        A note where the row is about days of which the lists say nothing, else a warning.
        """
        days_of: defaultdict[str, list[dt.date]] = defaultdict(list)
        for day, listed in lists.items():
            for key, listing in listed.items():
                days_of[key[1]].append(day)
                days_of[f"{key[1]} {listing.name}"].append(day)
        first, last = min(lists, default=dt.date.max), max(lists, default=dt.date.min)
        for row in self.rows:
            if row.number in self._used or not row.text("successors"):
                continue
            code, end = row.text("code"), row.day("end")
            left = days_of[code] and days_of[code][-1] < last
            is_outside = end is not None and (end <= first or (end > last and not left))
            if not days_of[code]:
                why = f"no list has {code!r}"
            elif row.text("name") and not days_of[f"{code} {row.text('name')}"]:
                why = f"no list calls {code!r} {row.text('name')!r}"
            else:
                why = f"{code!r} is in the lists until {days_of[code][-1]}" + (f", and its end is {end}" if end else "")
            message = f"table 'successors': the row has no effect: {why}"
            findings.add("unused", message, rows=[row.number], severity="note" if is_outside else "warning")


def _is_about(row: TableRow, key: Key, name: str) -> bool:
    """Whether a row of successors is about the unit of a key and name, as far as it states its kind and name."""
    return row.text("kind") in ("", key[0]) and row.text("name") in ("", name)


def _wanted(kind: str, code: str) -> str:
    """The id of a unit where the caller has no say."""
    return f"{kind}-{code}" if kind else code


class _Walk:
    """From list to list."""

    def __init__(
        self,
        lists: Mapping[dt.date, Mapping[Key, _Listing]],
        alike: Callable[[str, str], bool],
        other_name: OtherName,
        successors: _Successors,
        root: Unit | None,
        ids: str | Callable[[str, str], str],
        findings: TableFindings,
    ) -> None:
        self.lists, self.alike, self.other_name, self.successors = lists, alike, other_name, successors
        self.root, self.findings = root, findings
        self.ids = Ids(ids if isinstance(ids, str) else "", () if root is None else (root.id,))
        self.wanted = _wanted if isinstance(ids, str) else ids
        self.bearers: dict[Key, str] = {}
        self.names: dict[str, str] = {}
        """Unit -> its name, of several spellings the first."""
        self.facts: dict[str, dict[str, str | None]] = {}
        """Unit -> its facts in the last list that can change while it goes on."""
        self.founders: list[Unit] = []
        self.unit_of: dict[int, str] = {}
        self.listed: defaultdict[str, list[int]] = defaultdict(list)
        self.acts = Ids()
        self.sources: Mapping[dt.date, Source] = {}
        self.source = Source.unknown

    def source_of(self, day: dt.date) -> Source:
        return self.sources.get(day, self.source)

    def occurrences(self) -> list[Occurrence]:
        """The occurrences from each list to the next."""
        listed_: list[Occurrence] = []
        before: dt.date | None = None
        for number, (day, listed) in enumerate(self.lists.items()):
            unlisted, units = self._bearers(before, day, listed)
            by_code = _by_code(listed)
            parents = {key: self._parent(listing, by_code, units, day) for key, listing in listed.items()}
            if before is None:
                self.founders = self._parents_first(listed, units, parents)
            else:
                listed_ += self._between(before, day, listed, unlisted, units, parents)
            self.bearers = units
            for key, unit in units.items():
                self.listed[unit].append(number)
                self.unit_of.setdefault(listed[key].row, unit)
                self.facts[unit] = {PARENT: parents[key], CATEGORY: listed[key].category}
            before = day
        return listed_

    def _bearers(
        self, before: dt.date | None, day: dt.date, listed: Mapping[Key, _Listing]
    ) -> tuple[dict[Key, str], dict[Key, str]]:
        """The units that are not listed any more, and those that are."""
        units: dict[Key, str] = {}
        for key, listing in listed.items():
            unit = self.bearers.get(key)
            if unit is not None and not self._goes_on(unit, listing, before, day):
                unit = None
            if unit is None:
                unit = self.ids.fresh(self.wanted(*key))
                self.names[unit] = listing.name
            units[key] = unit
        ended = {key: unit for key, unit in self.bearers.items() if units.get(key) != unit}
        return ended, units

    def _goes_on(self, unit: str, listing: _Listing, before: dt.date | None, day: dt.date) -> bool:
        """Whether the bearer of a code is the one of the list before."""
        name = self.names[unit]
        if self.alike(name, listing.name) or not listing.name or not name:
            return True
        assert before is not None
        stated = self.successors.of(listing.key, name, before, day)
        goes_on = listing.key[1] in stated if stated else self.other_name == "renamed"
        if not stated:
            message = f"it was called {name!r}, and {listing.name!r} since: taken for {'a renaming' if goes_on else 'another unit'}"
            self.findings.add("other-name", message, rows=[listing.row], units=[unit], day=day, severity="note")
        return goes_on

    def _parent(
        self, listing: _Listing, by_code: Mapping[str, Sequence[Key]], units: Mapping[Key, str], day: dt.date
    ) -> str | None:
        above = None if self.root is None else self.root.id
        if not listing.parent:
            return above
        fits = [
            key for key in by_code.get(listing.parent, ()) if key != listing.key and listing.parent_kind in ("", key[0])
        ]
        fits = [key for key in fits if key[0] != listing.key[0]] or fits
        if len(fits) == 1:
            return units[fits[0]]
        why = "several units of the list bear that code; name the kind" if fits else "the list does not have it"
        message = f"its parent is {listing.parent!r}, and {why}"
        self.findings.add("parent", message, rows=[listing.row], units=[units[listing.key]], day=day)
        return above

    def _unit(self, listing: _Listing, unit: str, parent: str | None) -> Unit:
        return Unit(unit, listing.name or None, listing.key[1], listing.key[0] or None, listing.category, parent)

    def _parents_first(
        self, listed: Mapping[Key, _Listing], units: Mapping[Key, str], parents: Mapping[Key, str | None]
    ) -> list[Unit]:
        placed = {} if self.root is None else {self.root.id: self.root}
        for key, listing in listed.items():
            placed.setdefault(units[key], self._unit(listing, units[key], parents[key]))
        return parents_first(placed.values())

    # ---- between two lists

    def _between(
        self,
        before: dt.date,
        day: dt.date,
        listed: Mapping[Key, _Listing],
        ended_units: Mapping[Key, str],
        units: Mapping[Key, str],
        parents: Mapping[Key, str | None],
    ) -> Iterator[Occurrence]:
        """What happened between two lists: units became others, ended, began, or changed facts; in this order."""
        going_on = {key for key, unit in units.items() if self.bearers.get(key) == unit}
        begun = {
            unit: self._unit(listed[key], unit, parents[key]) for key, unit in units.items() if key not in going_on
        }
        ended = set(ended_units.values())
        within = Period(before + ONE_DAY, day + ONE_DAY) if (day - before).days > 1 else None
        row_of = {units[key]: listing.row for key, listing in listed.items()}
        make = _Maker(self, day, within, row_of)
        became: set[str] = set()
        for group in _groups(self._stated_pairs(before, day, ended_units, units)):
            olds, news = {old for old, _ in group}, {new for _, new in group}
            links = [Link(old, new) for old, new in group]
            # Those that go on have a link to themselves.
            links += [Link(unit, unit) for unit in sorted((news - begun.keys()) | (olds - ended))]
            yield make.one(links=extents(links), begins=tuple(begun.pop(new) for new in sorted(news & begun.keys())))
            became |= olds
        for key, unit in ended_units.items():
            if unit not in became:
                yield make.one(ends=(unit,), name=key[1])
        for new_unit in begun.values():
            yield make.one(begins=(new_unit,), first=True)
        for key in filter(going_on.__contains__, units):
            if facts := self._restated(units[key], listed[key], parents[key]):
                yield make.one(states={units[key]: facts})

    def _stated_pairs(
        self, before: dt.date, day: dt.date, ended: Mapping[Key, str], units: Mapping[Key, str]
    ) -> list[tuple[str, str]]:
        """(old unit, new unit) that the table of successors states between two lists, each once."""
        by_code = _by_code(units)
        pairs: dict[tuple[str, str], None] = {}

        def state(unit: str, codes: Iterable[str]) -> None:
            for code in codes:
                pairs.update(((unit, new), None) for new in self._resolved(unit, code, by_code, units, before, day))

        for key, unit in ended.items():
            state(unit, self.successors.of(key, self.names[unit], before, day))
        for key, unit in self.bearers.items():
            state(unit, self.successors.parts(key, self.names[unit], before, day))
            if units.get(key) == unit:
                # It goes on under its code, and what else it became has a part of it.
                stated = self.successors.of(key, self.names[unit], before, day, on_a_day=True)
                state(unit, (code for code in stated if code != key[1]))
        return list(pairs)

    def _restated(self, unit: str, listing: _Listing, parent: str | None) -> dict[str, Any]:
        """The changed facts of a unit that goes on under its code."""
        now = {PARENT: parent, CATEGORY: listing.category}
        facts: dict[str, Any] = {track: value for track, value in now.items() if self.facts[unit][track] != value}
        if listing.name and not self.alike(self.names[unit], listing.name):
            self.names[unit] = facts[NAME] = listing.name
        return facts

    def _resolved(
        self,
        unit: str,
        code: str,
        by_code: Mapping[str, Sequence[Key]],
        units: Mapping[Key, str],
        before: dt.date,
        day: dt.date,
    ) -> list[str]:
        """The units of a list that bear a successor's code; for a code that no list has, the units that it became in turn."""
        visited, waiting, units_now = {code}, [code], []
        while waiting:
            at = waiting.pop(0)
            fits = [units[key] for key in by_code.get(at, ()) if units[key] != unit]
            if fits:
                units_now += fits[:1]
                continue
            further = [next_ for next_ in self.successors.through(at, before, day) if next_ not in visited]
            visited.update(further)
            waiting += further
        if not units_now:
            message = f"it became {code!r}, which the list of {day} does not have, nor what that became"
            self.findings.add("successor", message, units=[unit], day=day, severity="warning")
        return units_now


class _Maker:
    """Makes the occurrences of one list."""

    def __init__(self, walk: _Walk, day: dt.date, within: Period | None, row_of: Mapping[str, int]) -> None:
        self.walk, self.day, self.within, self.row_of = walk, day, within, row_of

    def one(
        self,
        links: tuple[Link, ...] = (),
        begins: tuple[Unit, ...] = (),
        ends: tuple[str, ...] = (),
        *,
        first: bool = False,
        name: str = "",
        states: Mapping[str, Mapping[str, str | None]] | None = None,
    ) -> Occurrence:
        units = [*(unit.id for unit in begins), *(link.new for link in links), *(states or ()), *ends]
        rows = sorted({self.row_of[unit] for unit in units if unit in self.row_of})
        return Occurrence(
            self.walk.acts.fresh(f"{self.day} {name or units[0]}"), self.day, tuple(rows),
            self.walk.source_of(self.day), links, begins, ends, states or {}, first_known=first, last_known=True,
            within=self.within,
        )  # fmt: skip


def _by_code(keys: Iterable[Key]) -> dict[str, list[Key]]:
    by_code: dict[str, list[Key]] = {}
    for key in keys:
        by_code.setdefault(key[1], []).append(key)
    return by_code


def _groups(pairs: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The successions in groups that hang together: each is an event."""
    if not pairs:
        return []
    number: dict[str, int] = {}
    a = np.array([number.setdefault(old, len(number)) for old, _ in pairs], np.int32)
    b = np.array([number.setdefault(new, len(number)) for _, new in pairs], np.int32)
    groups: dict[int, list[tuple[str, str]]] = {}
    for label, pair in zip(components(a, b).tolist(), pairs, strict=True):
        groups.setdefault(label, []).append(pair)
    return list(groups.values())
