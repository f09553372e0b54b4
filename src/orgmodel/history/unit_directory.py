"""Which unit bore which code or name, from when to when: the register of a history.

It knows the codes of all days, where a structure knows those of one day: codes that were never used, that were used on
other days, or that two units bore one after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from attrs import frozen

from orgmodel.engine.state import UNIT
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.period import Period, from_ordinal, to_ordinal
from orgmodel.structure.day_names import matcher_ever
from orgmodel.structure.matcher import Matcher

__all__ = [
    "Bearing",
    "By",
    "Numbers",
    "Timeline",
    "UnitDirectory",
    "register_of",
]

By = str
"""What units are named by: ``id``, ``code``, ``name``, or another code or name such as ``code:gso``."""
Numbers = npt.NDArray[np.integer[Any]]
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


_NAMED_BY: Final[tuple[By, ...]] = ("id", "code", "name")


class UnitDirectory:
    """The register of one history; made once, on demand, by :func:`register_of`.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Change, Creation
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> history = History().enact(
    ...     Act("a", "2024-01-01", [Creation(Unit("bg", code="24", kind="province"))]),
    ...     Act("b", "2025-07-01", [Change("bg", "code", "27")]))
    >>> for bearing in register_of(history).bearings("24", "code"):
    ...     print(bearing)
    province bg bore it 2024-01-01 to 2025-06-30
    """

    def __init__(self, history: Past) -> None:
        self._state = history._state
        self._schema = history.schema
        self._placeholders = history.schema.placeholder_codes
        self._tables: dict[By, _Table] = {}
        self._timelines: dict[tuple[By, str | None], Timeline] = {}

    @cached_property
    def matcher(self) -> Matcher:
        """The names and codes of all days."""
        return matcher_ever(self._state, self._schema)

    def _table(self, by: By) -> _Table:
        table = self._tables.get(by)
        if table is None:
            table = self._tables[by] = self._read(by)
        return table

    @cached_property
    def _lives(self) -> tuple[Numbers, Numbers, Numbers]:
        """The units, and when they lived."""
        subject, start, end, code, objects = self._state.spans(tracks.LIFE)
        of_units = np.isin(code, [number for number, life in enumerate(objects) if life == UNIT])
        return subject[of_units], start[of_units], end[of_units]

    def _read(self, by: By) -> _Table:
        """Rows (text, unit, kind, start, end); a row is cut where the kind of its unit changes."""
        units, born, ended = self._lives
        subject: Numbers
        code: Numbers
        if by == "id":
            subject, start, end, code = units, born, ended, np.arange(len(units))
            objects = [self._state.name(number) for number in units.tolist()]
        else:
            spans = self._state.spans(by)
            of_units = np.isin(spans[0], units)
            subject, start, end, code = (column[of_units] for column in spans[:4])
            objects = spans[4]
        kinds, rows = self._with_kinds(code, subject, start, end)
        texts = {text: number for number, text in enumerate(objects)}
        if tracks.family(by) == tracks.CODE:
            # A placeholder code names no unit, however many bear it.
            texts = {text: number for text, number in texts.items() if text not in self._placeholders}
        return _Table(texts, kinds, rows[rows[:, 3] < rows[:, 4]])

    def _with_kinds(
        self, code: Numbers, subject: Numbers, start: Numbers, end: Numbers
    ) -> tuple[dict[str | None, int], Numbers]:
        """Kind -> its number, and the rows (text, unit, kind, start, end), cut where the kind of a unit changes."""
        subjects, starts, ends, kind_codes, objects = self._state.spans(tracks.KIND)
        kinds: dict[str | None, int] = {kind: number for number, kind in enumerate(objects)}
        none = kinds.setdefault(None, len(kinds))
        size = self._state.count
        many = np.bincount(subjects, minlength=size)
        # The row of each unit's kind; of units with several the last one, which are set apart below.
        at = np.zeros(size, np.int64)
        at[subjects] = np.arange(len(subjects))
        alone = many.take(subject) == 1
        row = at.take(subject)
        if len(subjects):
            alone &= (starts.take(row) <= start) & (end <= ends.take(row))
            kind = np.where(alone, kind_codes.take(row), none)
        else:
            kind = np.full(len(subject), none)
        plain = alone | (many.take(subject) == 0)
        rows = np.stack([code, subject, kind, start, end], axis=1).astype(np.int64)
        if plain.all():
            return kinds, rows
        # Few units change their kind, or begin without one: only their rows are cut one by one, in Python.
        spans_of: dict[int, list[_KindSpan]] = {}
        for unit, *span in zip(subjects.tolist(), starts.tolist(), ends.tolist(), kind_codes.tolist(), strict=True):
            spans_of.setdefault(unit, []).append(_KindSpan(*span))
        cut = [
            (text, unit, span.kind, span.start, span.end)
            for text, unit, _, begin, finish in rows[~plain].tolist()
            for span in _spans_within(sorted(spans_of[unit]), begin, finish, none)
        ]
        return kinds, np.concatenate([rows[plain], np.array(cut, np.int64).reshape(-1, 5)])

    def bearings(self, text: str, by: By = "code") -> tuple[Bearing, ...]:
        """The bearers of a code, name or id, from when to when, in order of time."""
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
        """The bearers of a code, name or id on a day, or those of one kind."""
        return tuple(b for b in self.bearings(text, by) if day in b.period and (kind is None or b.kind == kind))

    def tell(self, text: str, by: By, day: dt.date, kind: str | None = None) -> str:
        """Why a code, name or id names no unit on a day, in words; empty if it names one.

        >>> from orgmodel.acts.act import Act
        >>> from orgmodel.acts.events import Creation
        >>> from orgmodel.history.history import History
        >>> from orgmodel.model.unit import Unit
        >>> register = register_of(History().enact(Act("a", "2024-01-01", [Creation(Unit("hn", code="01"))])))
        >>> register.tell("1", "code", dt.date(2024, 1, 1))
        "no unit ever bore the code '1'; '01' does: was it read as a number?"
        >>> register.tell("01", "id", dt.date(2024, 1, 1))
        "no unit ever bore the id '01'; it is a code: read it with by='code'"
        """
        bearings = self.bearings(text, by)
        if not bearings:
            padded = self._padded(text, by, kind) if text.isdigit() else None
            hint = "" if padded is None else f"; {padded!r} does: was it read as a number?"
            # People name units by codes and names where ids are read: what it is, is known.
            other = next((other for other in _NAMED_BY if other != by and self.bearings(text, other)), None)
            hint = hint if other is None else f"; it is a {other}: read it with by={other!r}"
            return f"no unit ever bore the {by} {text!r}{hint}"
        live = [b for b in bearings if day in b.period]
        if not live:
            other_days = " and ".join(dict.fromkeys(map(str, bearings)))
            return f"no unit bears the {by} {text!r} on {day}: {other_days}"
        if kind is not None and all(b.kind != kind for b in live):
            other_kinds = ", ".join(f"{b.kind or 'unit'} {b.unit}" for b in live)
            return f"no {kind} bears the {by} {text!r} on {day}: it names {other_kinds}"
        return ""

    def _padded(self, text: str, by: By, kind: str | None) -> str | None:
        """A code with leading zeros that a unit, or one of a kind, ever bore; codes have 2, 3 or 5 digits."""
        for padded in (text.zfill(digits) for digits in (2, 3, 5)):
            kinds = {bearing.kind for bearing in self.bearings(padded, by)}
            if padded != text and kinds and (kind is None or kind in kinds):
                return padded
        return None

    def timeline(self, by: By, kind: str | None = None) -> Timeline:
        """How many units bore each code, name or id, day by day."""
        key = by, kind
        timeline = self._timelines.get(key)
        if timeline is None:
            timeline = self._timelines[key] = Timeline.of(self._table(by), kind)
        return timeline

    def texts(self, by: By) -> Mapping[str, int]:
        """Every code, name or id that was ever borne, with its number."""
        return self._table(by).texts

    def keys(self, by: By, listed: Sequence[str]) -> Numbers:
        """The number of each entry of a list, -1 for what was never borne; a name may be spelt otherwise."""
        texts = self.texts(by)
        if tracks.family(by) != tracks.NAME:
            return np.fromiter((texts.get(text, -1) for text in listed), np.int64, count=len(listed))
        spelt: dict[str, int] = {}
        for text in listed:
            if text not in spelt:
                meant = [text] if text in texts else self.matcher.names_like(text, by)
                spelt[text] = texts.get(meant[0], -1) if len(meant) == 1 else -1
        return np.fromiter((spelt[text] for text in listed), np.int64, count=len(listed))

    def kinds(self, by: By) -> tuple[str | None, ...]:
        """The kinds of which a unit ever bore a code, name or id."""
        table = self._table(by)
        borne = set(table.rows[:, 2].tolist())
        return tuple(kind for kind, number in table.kinds.items() if number in borne)


class _KindSpan(NamedTuple):
    """The days on which a unit is of a kind."""

    start: int
    end: int
    kind: int


def _spans_within(spans: Iterable[_KindSpan], begin: int, finish: int, none: int) -> Iterator[_KindSpan]:
    """The spans of a unit, in order, cut to some days; the days between them are of the kind ``none``."""
    day = begin
    for start, end, kind in spans:
        first, last = max(start, day), min(end, finish)
        if first < last:
            if day < first:
                yield _KindSpan(day, first, none)
            yield _KindSpan(first, last, kind)
            day = last
    if day < finish:
        yield _KindSpan(day, finish, none)


class _Table:
    """Rows (text, unit, kind, start, end) as numbers."""

    def __init__(self, texts: Mapping[str, int], kinds: Mapping[str | None, int], rows: Numbers) -> None:
        self.texts, self.kinds, self.rows = texts, kinds, rows

    @cached_property
    def _order(self) -> tuple[Numbers, Numbers]:
        order = np.argsort(self.rows[:, 0], kind="stable")
        starts = np.searchsorted(self.rows[order, 0], np.arange(len(self.texts) + 1))
        return order, starts

    def rows_of(self, key: int) -> list[list[int]]:
        order, starts = self._order
        numbers: list[list[int]] = self.rows[order[starts[key] : starts[key + 1]]].tolist()
        return numbers


@frozen(eq=False)
class Timeline:
    """The number of units that bear each text, as steps in time.

    Attributes:
        texts: text -> number.
        days: the days on which anything changes, as ordinals, sorted.
        key: the text of each step, sorted; within a text by day.
        day: the index in ``days`` of each step.
        before: the number of units that bore the text before the step.
        after: the number of units that bear it from the step on.
        live: the number of units from each day on.
    """

    texts: Mapping[str, int]
    days: Numbers
    key: Numbers
    day: Numbers
    before: Numbers
    after: Numbers
    live: Numbers

    @classmethod
    def of(cls, table: _Table, kind: str | None) -> Timeline:
        """The timeline of a table: for units of one kind, or of all."""
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
        # A running sum over all texts; less what stood before the first step of a text, it is a sum within the text.
        running = np.cumsum(delta)
        first = np.searchsorted(key, key)
        offset = np.where(first > 0, running[np.maximum(first - 1, 0)], 0) if len(key) else running
        after = running - offset
        live = np.cumsum(np.bincount(day, delta, minlength=len(days)).astype(np.int64))
        return cls(table.texts, days, key, day, after - delta, after, live)

    def matched(self, counts: Numbers) -> Numbers:
        """By day the number of entries of a list that find a unit of their own from it on.

        Args:
            counts: by the number of a text, how often it stands in the list.
        """
        wanted = counts[self.key]
        # An entry finds a unit of its own as long as there are as many bearers as entries: each step changes that by
        # the difference of two minima, and the sum over the steps is the number on each day.
        gained = np.minimum(wanted, self.after) - np.minimum(wanted, self.before)
        matches: Numbers = np.cumsum(np.bincount(self.day, gained, minlength=len(self.days)).astype(np.int64))
        return matches

    def bearers(self, keys: Numbers, day: int) -> Numbers:
        """The number of units that bear each of the texts on a day."""
        size = max(len(self.days), 1)
        index = int(np.searchsorted(self.days, day, side="right")) - 1
        # The last step of each text on or before the day, found by one binary search over packed (text, day) keys.
        packed = self.key * size + self.day
        at = np.searchsorted(packed, keys * size + index, side="right") - 1
        right = (at >= 0) & (self.key[np.maximum(at, 0)] == keys) if len(packed) else np.zeros(len(keys), bool)
        counts: Numbers = np.where(right, self.after[np.maximum(at, 0)], 0) if len(packed) else keys * 0
        return counts


def register_of(history: Past) -> UnitDirectory:
    """The register of a history, made on the first call and kept with it."""
    cache: dict[str, Any] = history.__dict__
    directory = cache.get(_CACHE)
    if not isinstance(directory, UnitDirectory):
        directory = cache[_CACHE] = UnitDirectory(history)
    return directory
