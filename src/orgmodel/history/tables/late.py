"""Events of acts that were read from tables: built from the rows, on demand.

A history of a million rows is asked about days and figures, hardly ever about events. So its acts hold no events: they are
made when somebody asks an act for them, as when it is written to a file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from attrs import evolve

from orgmodel.acts.act import Act, RowsOfAct
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Linked, Succession
from orgmodel.engine import thresholds
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Columns, Ints, packed
from orgmodel.engine.index import Index
from orgmodel.engine.state import State
from orgmodel.history.tables.order import DayStep, causal
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import FOREVER

__all__ = [
    "Flagged",
    "FromRows",
    "LateEvents",
    "step_of",
]


def _listed(rows: npt.NDArray[Any]) -> list[int]:
    listed: list[int] = rows.tolist()
    return listed


def step_of(pairs: Sequence[tuple[int, int]]) -> DayStep:
    """The step of an event with some links (old, new): an old unit without a link to itself ends."""
    olds, stay = frozenset(old for old, _ in pairs), {old for old, new in pairs if old == new}
    return DayStep(olds, frozenset(new for _, new in pairs), olds - stay)


class FromRows(RowsOfAct):
    """A function that builds the events of one act from the rows that bear its number."""

    __slots__ = ("_act", "_code", "_late")

    def __init__(self, late: LateEvents, code: int, act: Act) -> None:
        self._late, self._code, self._act = late, code, act

    @property
    def late(self) -> LateEvents:
        """The rows."""
        return self._late

    def __call__(self) -> list[Event]:
        """The events."""
        return self._late.events(self._code, self._act)


class Flagged(RowsOfAct):
    """A function that builds events as :class:`FromRows` does, and marks units as first or last known by them.

    Rows have no room for these marks, so an act with one of them has this in place of its rows.
    """

    __slots__ = ("_first", "_last", "_rows")

    def __init__(self, rows: FromRows, first: frozenset[str], last: frozenset[str]) -> None:
        self._rows, self._first, self._last = rows, first, last

    def __call__(self) -> list[Event]:
        """The events."""
        return list(map(self._flagged, self._rows()))

    def _flagged(self, event: Event) -> Event:
        match event:
            case Creation(what=what) if what.id in self._first:
                return evolve(event, first_known=True)
            case Closure(subject=subject) if subject in self._last:
                return evolve(event, last_known=True)
        return event


_UNIT_FIELDS: Final[Mapping[str, str]] = {
    tracks.PARENT: "parent",
    tracks.NAME: "name",
    tracks.CODE: "code",
    tracks.KIND: "kind",
    tracks.CATEGORY: "category",
}
"""Track -> the field of a unit with its first value."""


class _Links(NamedTuple):
    """The links of one act.

    Attributes:
        by_event: number of an event -> its links.
        pairs: number of an event -> the same links, as numbers of units.
        again: unit that begins -> the ended unit that it takes up.
    """

    by_event: dict[int, list[Link]]
    pairs: dict[int, list[tuple[int, int]]]
    again: dict[int, int]


class LateEvents:
    """Builds the events of an act from the rows that bear its number, on demand.

    Their order is one in which every event can happen: units begin, parents first; facts change; units pass into their
    successors or close, the lowest first.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self._asked = 0
        self._rows: dict[str, tuple[Ints, Ints]] | None = None

    def numbers_alike(self, ids: Index) -> bool:
        """Whether another index gives the ids the same numbers: then its rows give the events in the same order."""
        own = self.state.base.ids
        return own is ids or (len(own) <= len(ids) and list(own.names()) == list(ids.names()[: len(own)]))

    def bind(self, code: int, act: Act) -> None:
        """Let an act, number ``code`` in the state, build its events from here."""
        # Acts are frozen for users, who cannot see where an act takes its events from.
        object.__setattr__(act, "_events", FromRows(self, code, act))

    def rows(self, track: str, code: int) -> list[int]:
        """The rows of a track that an act wrote."""
        columns = self.state.base.columns
        # A pass over a column finds the rows of one act; once many acts were asked for, an index of all is
        # cheaper.
        if self._asked <= thresholds.ROW_INDEX_AFTER:
            return _listed(np.flatnonzero(columns[track].act == code))
        if self._rows is None:
            self._rows = {}
            count = len(self.state.base.acts.objects)
            for name, c in columns.items():
                # Act and row in one number: a sort of plain numbers is many times faster than a
                # stable argsort, and keeps the rows of an act in order.
                key = np.sort(packed(c.act, np.arange(len(c))))
                off = np.searchsorted(key >> 32, np.arange(count + 1)).astype(np.int32)
                self._rows[name] = (key & 0xFFFFFFFF).astype(np.int32), off
        order, off = self._rows[track]
        return _listed(order[off[code] : off[code + 1]])

    def events(self, code: int, act: Act) -> list[Event]:
        """The events of an act."""
        self._asked += 1
        name = self.state.base.ids.name
        day = act.effective.toordinal()
        born, ended = self._lives(code)
        changes = self._changes(code, day, born)
        links = self._links(code)
        # A unit that takes up one that ends on the same day begins after that.
        later = self._after({new for new, old in links.again.items() if old in ended}, born)
        events: list[Event] = []
        begun_units: set[int] = set()
        for subject in born:
            if subject not in later:
                self._create(subject, born, begun_units, events, links.again)
        # What is said of such a unit, or points to it, must wait for it as well.
        late_names = {name(subject) for subject in later}

        def waits(change: Change) -> bool:
            """Whether a change is about a unit that begins late, or points to one."""
            return change.subject in late_names or (
                tracks.refers_to_subject(change.track) and change.value in late_names
            )

        events += [change for change in changes if not waits(change)]
        ends = self._endings(links, ended, day)
        for subject in later:
            begun: list[Event] = []
            self._create(subject, born, begun_units, begun, links.again)
            ends += [(self._beginning(creation, born, links.again), creation) for creation in begun]
        order, _ = causal([step for step, _ in ends], self._above, born.__contains__)
        events += [ends[place][1] for place in order]
        return events + [change for change in changes if waits(change)]

    def _lives(self, code: int) -> tuple[dict[int, dict[str, Any]], list[int]]:
        """The units that begin by an act, each with empty fields, and those that end."""
        life = self.state.base.columns[tracks.LIFE]
        born: dict[int, dict[str, Any]] = {}
        ended: list[int] = []
        for row in self.rows(tracks.LIFE, code):
            subject = int(life.subject[row])
            if life.decode(int(life.value[row])) is None:
                ended.append(subject)
            else:
                born[subject] = {}
        return born, ended

    def _changes(self, code: int, day: int, born: dict[int, dict[str, Any]]) -> list[Change]:
        """The changes of an act; the first facts of a unit that begins are put into ``born`` instead."""
        changes: list[Change] = []
        for track, columns in self.state.base.columns.items():
            if track in (tracks.LIFE, tracks.LINK):
                continue
            of_track: list[Change] = []
            field = _UNIT_FIELDS.get(track)
            for row in self.rows(track, code):
                subject, value = int(columns.subject[row]), self._row_value(columns, track, row)
                # The first row is what the unit begins with; a second one of the same day is a change
                # after that.
                if field is not None and subject in born and field not in born[subject]:
                    born[subject][field] = None if value == ROOT else value
                else:
                    of_track.append(self._change(columns, track, row, value, day))
            changes += self._from_above(of_track, track, day) if tracks.is_parent(track) else of_track
        return changes

    def _row_value(self, columns: Columns, track: str, row: int) -> Any:
        """The value of a row, references as ids."""
        value = columns.decode(int(columns.value[row]))
        if not tracks.refers_to_subject(track) or value is None:
            return value
        if value == ABOVE_ROOT:
            return ROOT
        return None if value == NOBODY else self.state.base.ids.name(value)

    def _change(self, columns: Columns, track: str, row: int, value: Any, day: int) -> Change:
        """A row as a change; its end is only stated where nothing else ends it."""
        slot = None if columns.slot is None else columns.slot_of(int(columns.slot[row]))
        end = int(columns.end[row])
        stated = day < end < FOREVER and value is not None and not self._followed(columns, row)
        subject = self.state.base.ids.name(int(columns.subject[row]))
        return Change(subject, track, value, slot, dt.date.fromordinal(end) if stated else None)

    def _links(self, code: int) -> _Links:
        """The links of an act, by the number of their event."""
        links = _Links({}, {}, {})
        link = self.state.base.columns.get(tracks.LINK)
        if link is None:
            return links
        assert link.slot is not None
        assert link.until is not None
        name = self.state.base.ids.name
        for row in self.rows(tracks.LINK, code):
            old, new, event = int(link.subject[row]), int(link.slot[row]), int(link.until[row])
            value: Linked = link.decode(int(link.value[row]))
            if value.type == "re-establishment":
                links.again[new] = old
                continue
            links.by_event.setdefault(event, []).append(
                Link(
                    name(old), name(new), value.extent, dict(value.shares), value.dominant, value.dominant_by,
                    evidence=value.evidence,
                )
            )  # fmt: skip
            links.pairs.setdefault(event, []).append((old, new))
        return links

    def _endings(self, links: _Links, ended: Iterable[int], day: int) -> list[tuple[DayStep, Event]]:
        """The successions and closures of an act, each with what it needs and ends."""
        kinds_differ = tracks.KIND in self.state.base.columns
        ends: list[tuple[DayStep, Event]] = []
        passed: set[int] = set()
        for event, listed in sorted(links.by_event.items()):
            step = step_of(links.pairs[event])
            passed |= step.ends
            crosses = kinds_differ and self._crosses(listed, day)
            # A table states every fact of each day, so nothing follows from its links.
            ends.append((step, Succession(tuple(listed), cross_kind=crosses, complete=True)))
        for subject in ended:
            if subject not in passed:
                alone = frozenset({subject})
                ends.append((DayStep(alone, ends=alone), Closure(self.state.base.ids.name(subject))))
        return ends

    def _beginning(self, creation: Event, born: Mapping[int, dict[str, Any]], again: Mapping[int, int]) -> DayStep:
        """The step of a creation that has to wait for an ending."""
        assert isinstance(creation, Creation)
        number = self.state.number(creation.what.id)
        assert number is not None
        parent = self.state.number(born[number].get("parent") or "")
        needs = frozenset() if parent is None else frozenset({parent})
        return DayStep(needs, begins=number, after=again.get(number, -1))

    def _from_above(self, moves: list[Change], track: str, day: int) -> list[Change]:
        """Moves in an order in which no unit comes to stand below itself: the upper units move first."""
        of_unit: dict[str, list[Change]] = {}
        for move in moves:
            of_unit.setdefault(move.subject, []).append(move)
        order: dict[str, None] = {}
        for unit in of_unit:
            path, at = [unit], self.state.number(unit)
            while at is not None:
                own = of_unit.get(self.state.name(at))
                at = self.state.value(track, at, day) if own is None else self.state.number(own[-1].value or "")
                at = None if at is None or at < 0 else at
                if at is not None and (upper := self.state.name(at)) in of_unit:
                    if upper in order:
                        break
                    path.append(upper)
            order |= dict.fromkeys(reversed(path))
        return [move for unit in order for move in of_unit[unit]]

    def _after(self, first: set[int], born: dict[int, dict[str, Any]]) -> list[int]:
        """The units of ``first`` and those that begin below them, those above first."""
        waiting = [subject for subject in born if subject in first]
        for subject in waiting:
            own = self.state.base.ids.name(subject)
            waiting += [n for n, fields in born.items() if fields.get("parent") == own and n not in waiting]
        return waiting

    def _above(self, subject: int) -> list[int]:
        """The units that a unit stands under when it ends, in any hierarchy."""
        parents: list[int] = []
        for track, c in self.state.base.columns.items():
            if tracks.is_parent(track):
                first, last = int(c.off[subject]), int(c.off[subject + 1])
                if first < last and int(c.value[last - 1]) >= 0:
                    parents.append(int(c.value[last - 1]))
        return parents

    def _followed(self, columns: Columns, row: int) -> bool:
        """Whether a row's end follows from another row or from the end of its unit."""
        subject, end = int(columns.subject[row]), int(columns.end[row])
        later = slice(row + 1, int(columns.off[subject + 1]))
        starts = columns.start[later] == end
        if columns.slot is not None:
            starts &= columns.slot[later] == columns.slot[row]
        return bool(starts.any()) or bool(self.state.rows(tracks.LIFE, subject)[-1][1] == end)

    def _create(
        self,
        subject: int,
        born: dict[int, dict[str, Any]],
        begun_units: set[int],
        events: list[Event],
        again: dict[int, int],
    ) -> None:
        if subject in begun_units:
            return
        begun_units.add(subject)
        fields = born[subject]
        parent = fields.get("parent")
        if parent is not None:
            above = self.state.number(parent)
            if above in born:
                self._create(above, born, begun_units, events, again)
        name = self.state.base.ids.name
        old = name(again[subject]) if subject in again else None
        events.append(Creation(Unit(name(subject), **fields), reestablishes=old))

    def _crosses(self, links: Iterable[Link], day: int) -> bool:
        def kind(unit: str, on: int) -> Any:
            number = self.state.number(unit)
            return None if number is None else self.state.value(tracks.KIND, number, on)

        return any(kind(link.old, day - 1) != kind(link.new, day) for link in links)
