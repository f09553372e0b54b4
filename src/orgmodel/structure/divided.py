"""Sums over parts of divided units, with tighter bounds than the parts have one by one.

A unit of 100 members that is divided without shares leaves parts of 0 to 100 members each. Two such parts are not 0 to 200
members together: if they are all parts, they are the 100 again, and if not, they are 100 at most. So a sum is taken over
*origins*: each unknown figure is traced back through successions to the division that made it unknown.

Totals (:mod:`orgmodel.structure.totals`) and the figures of mergers are added up by this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Any, Final, NamedTuple

from orgmodel.engine.columns import TrackRow, event_key
from orgmodel.engine.state import State
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import added
from orgmodel.model.measure import Quantity
from orgmodel.structure.day_reader import DayReader

__all__ = ["Origins", "together"]


def together(structure: DayReader, measure: str, units: Iterable[str]) -> Quantity:
    """The sum of the units' own figures; units that state none are left out.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.unit import Unit
    >>> history = history_of([{"id": "r"}, {"id": "a", "parent": "r", "members": 100}], day="2024-01-01")
    >>> with history.draft("2025-01-01") as act:
    ...     _ = act.break_down("a", [Unit("b"), Unit("c")])
    >>> structure = history.enact(act).at("2025-01-01")
    >>> structure.measure("b", "members"), together(structure, "members", ["b", "c"])
    (Quantity(unknown, 0 to 100), Quantity(100))
    """
    state = structure._state
    numbers = [number for unit in units if (number := state.number(unit)) is not None]
    return Origins(state, measure, structure._at).together(numbers)


class _Part(NamedTuple):
    """The part of a divided figure that one unit received, its size unknown.

    Attributes:
        row: the row of the divided figure.
        of: the divided unit.
        event: the division.
        unit: the unit that received the part.
        figure: the bounds of this part alone.
        place: the position of the division among all successions.
    """

    row: TrackRow
    of: int
    event: tuple[str, int]
    unit: int
    figure: Quantity
    place: int


_LAST: Final = 2**62
"""A position after all successions."""

_Terms = tuple[list[Quantity], list[_Part]]
"""A figure as a sum: terms that are known by themselves, and parts of divisions."""
_Division = tuple[int, tuple[str, int]]
"""The divided unit, and the event."""


class Origins:
    """The origins of the own figures in a count: from which divisions the unknown ones come.

    Args:
        state: the state.
        measure: the count.
        at: the day.
    """

    def __init__(self, state: State, measure: str, at: int) -> None:
        self._state, self._measure, self._at = state, measure, at
        self._track = tracks.measure_track(measure)
        self._known: dict[tuple[Any, ...], _Terms] = {}

    def together(self, units: Iterable[int]) -> Quantity:
        """The sum of the units' own figures; units that state none are left out."""
        figures: list[Quantity] = []
        parts: list[_Part] = []
        for unit in units:
            row = self._state.row_at(self._track, unit, self._at, tracks.OWN)
            if row is not None:
                constants, of_unit = self._terms(unit, row)
                figures += constants
                parts += of_unit
        joined = added([*figures, *self._joined(parts)])
        # Both are upper bounds, and neither is always the lower one: joined parts may be known exactly, while parts of
        # parts that are not complete share the bound of the first whole.
        highs = [added([*figures, self._at_most(parts)]).high, joined.high]
        high = min((high for high in highs if high is not None), default=None)
        return joined if joined.is_known or high is None else Quantity.unknown(joined.low, high)

    def _joined(self, parts: Iterable[_Part]) -> list[Quantity]:
        """One figure for the parts of each division, exact where all parts of it are there."""
        figures: list[Quantity] = []
        divisions = _by_division(parts)
        todo = list(divisions)
        while todo:
            division = todo.pop()
            siblings = divisions.get(division)
            if siblings is not None and self._is_whole(siblings):
                # All parts of a division are the whole again, which may itself be a part of something.
                constants, of_whole = self._terms_of_whole(siblings[0])
                figures += constants
                del divisions[division]
                # The whole may complete a division that was looked at before.
                todo += _add_parts(divisions, of_whole)
        for siblings in divisions.values():
            alone, whole = added(part.figure for part in siblings), Quantity.of(siblings[0].row[2])
            highs = [high for high in (alone.high, whole.high) if high is not None]
            figures.append(alone if alone.is_known else Quantity.unknown(alone.low, min(highs, default=None)))
        return figures

    def _at_most(self, parts: Iterable[_Part]) -> Quantity:
        """An upper bound of the parts together.

        A part of a part is replaced by that part, so that it shares one bound with the other parts of the first whole.
        """
        figures: list[Quantity] = []
        divisions = _by_division(parts)
        # The latest first, so that what is a part of a part has come before its whole is looked at.
        todo = [(-siblings[0].place, division) for division, siblings in divisions.items()]
        heapify(todo)
        while todo:
            _, division = heappop(todo)
            siblings = divisions.get(division, [])
            constants, of_whole = self._terms_of_whole(siblings[0]) if siblings else ([], [])
            if of_whole:
                figures += constants
                del divisions[division]
                for other in _add_parts(divisions, of_whole):
                    heappush(todo, (-divisions[other][0].place, other))
        return added([*figures, *(Quantity.of(siblings[0].row[2]) for siblings in divisions.values())])

    def _is_whole(self, parts: Sequence[_Part]) -> bool:
        """Whether these are all parts of their division."""
        links = [row for row in self._state.links_from(parts[0].of) if event_key(row) == parts[0].event]
        shares = [self._share(row[2]) for row in links]
        # A single part leaves an unknown rest, and shares below 1 a known one.
        is_complete = len(links) > 1 and (None in shares or sum(filter(None, shares)) == 1)
        return is_complete and {row[3] for row in links} == {part.unit for part in parts}

    def _share(self, link: Any) -> Fraction | None:
        share: Fraction | None = dict(link.shares).get(self._measure)
        return share

    def _terms_of_whole(self, part: _Part) -> _Terms:
        """The terms of the divided figure just before its division."""
        return self._terms(part.of, part.row, part.place)

    def _terms(self, unit: int, row: TrackRow, before: int = _LAST) -> _Terms:
        """The terms of a figure at some point in the order of successions.

        Args:
            unit: the unit that states it.
            row: its row.
            before: the position of the succession just before which the figure is read.
        """
        since = self._divided_since(unit, row, before)
        # Many parts lead back to the same figure: it is traced once.
        key = unit, row[0], event_key(row), None if since is None else event_key(since)
        if key not in self._known:
            figure = Quantity.of(row[2])
            if since is not None and not figure.is_known:
                # Giving a part away wrote nothing: bounds from nothing to everything hold for what is left as well.
                self._known[key] = [], [_Part(row, unit, event_key(since), unit, figure, since[5])]
            else:
                self._known[key] = self._of_sources(unit, row, before) or ([figure], [])
        return self._known[key]

    def _divided_since(self, unit: int, row: TrackRow, before: int) -> TrackRow | None:
        """The link of the last division of a unit after a row was written, and before another succession."""
        # By the order of events where a succession wrote the row: a division may follow on the same day.
        written = max(
            (link[5] for _, link in self._state.links_to(unit) if event_key(link) == event_key(row)), default=None
        )
        later = [
            link
            for link in self._state.links_from(unit)
            if link[2].extent == "part"
            and link[0] <= self._at
            and link[5] < before
            and (link[0] > row[0] if written is None else link[5] > written)
        ]
        return max(later, key=lambda link: link[5], default=None)

    def _of_sources(self, unit: int, row: TrackRow, before_place: int) -> _Terms | None:
        """The terms of a figure that a succession carried; None if the figure is known, or no succession wrote it."""
        figure = Quantity.of(row[2])
        if figure.is_known:
            return None
        event = event_key(row)
        arriving = [(old, link) for old, link in self._state.links_to(unit) if event_key(link) == event]
        links = [(old, link) for old, link in arriving if link[5] < before_place]
        constants: list[Quantity] = []
        parts: list[_Part] = []
        for old, link in links:
            before = self._row_before(old, event, row[0])
            if before is None:
                return None
            if link[2].extent == "part":
                if len(links) > 1 and self._share(link[2]) is not None:
                    return None  # The part is only known together with what the others brought.
                alone = figure if len(links) == 1 else Quantity.unknown(0, Quantity.of(before[2]).high)
                parts.append(_Part(before, old, event, unit, alone, link[5]))
            else:
                more_constants, more_parts = self._terms(old, before, link[5])
                constants += more_constants
                parts += more_parts
        return (constants, parts) if links else None

    def _row_before(self, unit: int, event: tuple[str, int], day: int) -> TrackRow | None:
        """The figure of a unit just before an event; None if it stated none."""
        rows = [row for row in self._state.rows(self._track, unit) if row[3] == tracks.OWN and row[0] <= day <= row[1]]
        for place, row in enumerate(rows):
            if event_key(row) == event:
                return rows[place - 1] if place else None
        return rows[-1] if rows else None


def _by_division(parts: Iterable[_Part]) -> dict[_Division, list[_Part]]:
    """The parts of each division."""
    divisions: dict[_Division, list[_Part]] = {}
    _add_parts(divisions, parts)
    return divisions


def _add_parts(divisions: dict[_Division, list[_Part]], parts: Iterable[_Part]) -> list[_Division]:
    """Add parts that are not there yet; returns the divisions that grew."""
    grown: dict[_Division, None] = {}
    for part in parts:
        of_division = divisions.setdefault((part.of, part.event), [])
        if part not in of_division:
            of_division.append(part)
            grown[part.of, part.event] = None
    return list(grown)
