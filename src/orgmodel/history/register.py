"""Which unit bore which code or name, from when to when: the register of a history.

It answers for lists of codes what a structure answers for one day: a code that never
was, that lived on other days, or that two units bore one after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from attrs import frozen

from orgmodel.model import track as tracks
from orgmodel.period import Period, from_ordinal, to_ordinal

if TYPE_CHECKING:
    from orgmodel.history.history import History

By = Literal["code", "name", "id"]
_CACHE: Final = "_register"


@frozen
class Bearing:
    """A unit bore a code, name or id for a time.

    Attributes:
        text: the code, name or id.
        unit: id of the unit.
        kind: its kind in that time.
        period: from when to when.
    """

    text: str
    unit: str
    kind: str | None
    period: Period

    def __str__(self) -> str:
        return f"{self.kind or 'unit'} {self.unit} bore it {self.period}"


class Register:
    """The register of one history; made once, on demand, by :func:`register_of`.

    >>> from orgmodel.acts.events import Act, Change, Creation
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> history = History().enact(
    ...     Act("a", "2024-01-01", [Creation(Unit("bg", code="24", kind="province"))]),
    ...     Act("b", "2025-07-01", [Change("bg", "code", "27")]))
    >>> for bearing in register_of(history).bearings("24", "code"):
    ...     print(bearing)
    province bg bore it 2024-01-01 to 2025-06-30
    """

    def __init__(self, history: History) -> None:
        self._state = history._state
        self._tables: dict[By, _Table] = {}
        self._timelines: dict[tuple[By, str | None], Timeline] = {}

    @cached_property
    def _kinds(self) -> dict[int, list[tuple[int, int, str]]]:
        found: dict[int, list[tuple[int, int, str]]] = {}
        for number, row in self._state.iter_rows(tracks.KIND):
            found.setdefault(number, []).append((row[0], row[1], row[2]))
        return found

    def _table(self, by: By) -> _Table:
        table = self._tables.get(by)
        if table is None:
            table = self._tables[by] = self._read(by)
        return table

    def _read(self, by: By) -> _Table:
        """Rows (text, unit, kind, start, end), with the time of each text cut where the kind changes."""
        track = {"code": tracks.CODE, "name": tracks.NAME, "id": tracks.LIFE}[by]
        kinds_of = self._kinds
        texts: dict[str, int] = {}
        kinds: dict[str | None, int] = {}
        rows: list[tuple[int, int, int, int, int]] = []
        is_unit = {number for number, row in self._state.iter_rows(tracks.LIFE) if row[2] == "unit"}
        for number, row in self._state.iter_rows(track):
            if number not in is_unit:
                continue
            text = self._state.name(number) if by == "id" else row[2]
            if text is None:
                continue
            key = texts.setdefault(text, len(texts))
            start, end = row[0], row[1]
            mine = kinds_of.get(number)
            if mine is None:
                rows.append((key, number, kinds.setdefault(None, len(kinds)), start, end))
                continue
            if len(mine) == 1 and mine[0][0] <= start and end <= mine[0][1]:
                rows.append((key, number, kinds.setdefault(mine[0][2], len(kinds)), start, end))
                continue
            at = start
            for first, last, kind in mine:
                if first > at:
                    rows.append((key, number, kinds.setdefault(None, len(kinds)), at, min(first, end)))
                    at = first
                if max(first, at) < min(last, end):
                    rows.append((key, number, kinds.setdefault(kind, len(kinds)), max(first, at), min(last, end)))
                    at = min(last, end)
            if at < end:
                rows.append((key, number, kinds.setdefault(None, len(kinds)), at, end))
        columns = np.array([r for r in rows if r[3] < r[4]], dtype=np.int64).reshape(-1, 5)
        return _Table(texts, kinds, columns)

    def bearings(self, text: str, by: By = "code") -> tuple[Bearing, ...]:
        """Who bore a code, name or id, from when to when, in order of time."""
        table = self._table(by)
        key = table.texts.get(text)
        if key is None:
            return ()
        kinds = list(table.kinds)
        rows = sorted(table.rows_of(key), key=lambda row: (row[3], row[1]))
        return tuple(
            Bearing(text, self._state.name(unit), kinds[kind], Period(from_ordinal(start), from_ordinal(end)))
            for _, unit, kind, start, end in rows
        )

    def on(self, text: str, by: By, day: dt.date, kind: str | None = None) -> tuple[Bearing, ...]:
        """Who bore a code, name or id on a day, of one kind if it is given."""
        return tuple(b for b in self.bearings(text, by) if day in b.period and (kind is None or b.kind == kind))

    def tell(self, text: str, by: By, day: dt.date, kind: str | None = None) -> str:
        """Why a code, name or id names no unit on a day, in words; empty if it does.

        >>> from orgmodel.acts.events import Act, Creation
        >>> from orgmodel.history.history import History
        >>> from orgmodel.model.unit import Unit
        >>> register = register_of(History().enact(Act("a", "2024-01-01", [Creation(Unit("hn", code="01"))])))
        >>> register.tell("1", "code", dt.date(2024, 1, 1))
        "no unit ever bore the code '1'; '01' does: was it read as a number?"
        """
        found = self.bearings(text, by)
        if not found:
            padded = [text.zfill(n) for n in (2, 3, 5)]
            near = next((p for p in padded if p != text and p in self._table(by).texts), None)
            hint = f"; {near!r} does: was it read as a number?" if near is not None and text.isdigit() else ""
            return f"no unit ever bore the {by} {text!r}{hint}"
        live = [b for b in found if day in b.period]
        if not live:
            told = " and ".join(dict.fromkeys(map(str, found)))
            return f"no unit bears the {by} {text!r} on {day}: {told}"
        if kind is not None and all(b.kind != kind for b in live):
            told = ", ".join(f"{b.kind or 'unit'} {b.unit}" for b in live)
            return f"no {kind} bears the {by} {text!r} on {day}: it names {told}"
        return ""

    def timeline(self, by: By, kind: str | None = None) -> Timeline:
        """How many units bore each code, name or id, day by day."""
        key = by, kind
        found = self._timelines.get(key)
        if found is None:
            found = self._timelines[key] = Timeline.of(self._table(by), kind)
        return found

    def kinds(self, by: By) -> tuple[str | None, ...]:
        """The kinds of which a unit ever bore a code, name or id."""
        return tuple(self._table(by).kinds)


class _Table:
    """Rows (text, unit, kind, start, end) as numbers."""

    def __init__(self, texts: Mapping[str, int], kinds: Mapping[str | None, int], rows: npt.NDArray[np.int64]) -> None:
        self.texts, self.kinds, self.rows = texts, kinds, rows

    @cached_property
    def _order(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        order = np.argsort(self.rows[:, 0], kind="stable")
        starts = np.searchsorted(self.rows[order, 0], np.arange(len(self.texts) + 1))
        return order, starts

    def rows_of(self, key: int) -> list[list[int]]:
        order, starts = self._order
        found: list[list[int]] = self.rows[order[starts[key] : starts[key + 1]]].tolist()
        return found


@frozen(eq=False)
class Timeline:
    """For each text, how many units bear it, as steps in time.

    Attributes:
        texts: text -> number.
        days: the days on which anything changes, as ordinals, sorted.
        key: the text of each step, sorted; within a text by day.
        day: the index in ``days`` of each step.
        before: how many units bore the text before the step.
        after: how many bear it from the step on.
        live: how many units there are from each day on.
    """

    texts: Mapping[str, int]
    days: npt.NDArray[np.int64]
    key: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    live: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: _Table, kind: str | None) -> Timeline:
        """The steps of a table, of one kind or of all."""
        rows = table.rows
        if kind is not None:
            rows = rows[rows[:, 2] == table.kinds.get(kind, -1)]
        forever = to_ordinal(None)
        ends = rows[rows[:, 4] < forever]
        keys = np.concatenate([rows[:, 0], ends[:, 0]])
        when = np.concatenate([rows[:, 3], ends[:, 4]])
        change = np.concatenate([np.ones(len(rows), np.int64), -np.ones(len(ends), np.int64)])
        days, at = np.unique(when, return_inverse=True)
        # One step for each text and day: packed keys sort faster than two columns.
        packed, inverse = np.unique(keys * max(len(days), 1) + at, return_inverse=True)
        delta = np.bincount(inverse, change, minlength=len(packed)).astype(np.int64)
        key, day = np.divmod(packed, max(len(days), 1))
        running = np.cumsum(delta)
        first = np.searchsorted(key, key)
        offset = np.where(first > 0, running[np.maximum(first - 1, 0)], 0) if len(key) else running
        after = running - offset
        live = np.cumsum(np.bincount(day, delta, minlength=len(days)).astype(np.int64))
        return cls(table.texts, days, key, day, after - delta, after, live)

    def matched(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many entries of a list find a unit of their own from each day on.

        Args:
            counts: how often each text is in the list, by its number.
        """
        wanted = counts[self.key]
        gained = np.minimum(wanted, self.after) - np.minimum(wanted, self.before)
        found: npt.NDArray[np.int64] = np.cumsum(
            np.bincount(self.day, gained, minlength=len(self.days)).astype(np.int64)
        )
        return found

    def bearers(self, keys: npt.NDArray[np.int64], day: int) -> npt.NDArray[np.int64]:
        """How many units bear each of the texts on a day."""
        size = max(len(self.days), 1)
        index = int(np.searchsorted(self.days, day, side="right")) - 1
        packed = self.key * size + self.day
        at = np.searchsorted(packed, keys * size + index, side="right") - 1
        right = (at >= 0) & (self.key[np.maximum(at, 0)] == keys) if len(packed) else np.zeros(len(keys), bool)
        found: npt.NDArray[np.int64] = np.where(right, self.after[np.maximum(at, 0)], 0) if len(packed) else keys * 0
        return found


def register_of(history: History) -> Register:
    """The register of a history, made on the first call and kept with it."""
    kept: dict[str, Any] = history.__dict__
    found = kept.get(_CACHE)
    if not isinstance(found, Register):
        found = kept[_CACHE] = Register(history)
    return found
