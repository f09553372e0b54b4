"""The names of the units of one day, and of other days, for the matcher.

:mod:`orgmodel.structure.matcher` knows names and nothing of structures; here it gets them, those of the day before those that
units only had on other days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from orgmodel.engine.state import UNIT
from orgmodel.model import track as tracks
from orgmodel.model.schema import Schema
from orgmodel.structure.matcher import Bearer, Matcher, Names

__all__ = [
    "RecordedRows",
    "by_id_or_code",
    "matcher_ever",
    "matcher_on",
]


class RecordedRows(Protocol):
    """The questions that the matcher asks of a state."""

    def tracks(self) -> list[str]:
        """Names of all tracks that have rows."""
        ...

    def number(self, unit: str, /) -> int | None:
        """The row number of an id."""
        ...

    def name(self, number: int, /) -> str:
        """The id of a row number."""
        ...

    def value(self, track: str, subject: int, day: int, /) -> Any:
        """The value on a day in a track with one slot."""
        ...

    def rows(self, track: str, subject: int, /) -> Sequence[Any]:
        """All rows of a subject in a track."""
        ...

    def above(self, track: str, subject: int, day: int, /) -> list[int]:
        """The subjects above one on a day."""
        ...

    def spans(self, track: str, /) -> tuple[Any, Any, Any, Any, list[Any]]:
        """All rows of a track: subjects, starts, ends, codes, what the codes stand for."""
        ...


def _schemes(state: RecordedRows, family: str) -> list[str]:
    """The tracks of a family that have rows, its first scheme first."""
    result = [track for track in state.tracks() if tracks.family(track) == family]
    return sorted(result, key=lambda track: (track != family, track))


def _bearers(state: RecordedRows, track: str, takes: Callable[[int, int, int], bool]) -> dict[str, list[int]]:
    """Text -> units with the text in a row that ``takes`` accepts (unit, first day, end); each unit once."""
    subjects, starts, ends, codes, texts = state.spans(track)
    bearers: dict[str, dict[int, None]] = {}
    for subject, start, end, code in zip(
        subjects.tolist(), starts.tolist(), ends.tolist(), codes.tolist(), strict=True
    ):
        text = texts[code]
        if isinstance(text, str) and start < end and takes(subject, start, end):
            bearers.setdefault(text, {})[subject] = None
    return {text: list(units) for text, units in bearers.items()}


def matcher_on(state: RecordedRows, day: dt.date, schema: Schema, ever: Callable[[], Matcher]) -> Matcher:
    """The matcher for the units of a day: by their present names first, then by former ones.

    Args:
        state: the rows.
        day: the day.
        schema: the hierarchies, and the placeholder codes.
        ever: the matcher for units of other days.
    """
    at = day.toordinal()
    live: dict[int, bool] = {}

    def lives(subject: int, *_: int) -> bool:
        if subject not in live:
            live[subject] = state.value(tracks.LIFE, subject, at) == UNIT
        return live[subject]

    schemes = _schemes(state, tracks.NAME)
    layers = [
        Names(track, False, _bearers(state, track, lambda s, start, end: start <= at < end and lives(s)))
        for track in schemes
    ]
    layers += [
        Names(track, True, _bearers(state, track, lambda s, _, end: end <= at and lives(s))) for track in schemes
    ]
    codes = {
        track: _bearers(state, track, lambda s, start, end: start <= at < end and lives(s))
        for track in _schemes(state, tracks.CODE)
    }
    up = [tracks.parent_track(hierarchy) for hierarchy in schema.hierarchies]

    def above(unit: int) -> Iterable[int]:
        return [other for track in up for other in state.above(track, unit, at)]

    def bearer(unit: int) -> Bearer:
        return Bearer(state.value(tracks.KIND, unit, at), state.value(tracks.CATEGORY, unit, at))

    return Matcher(layers, bearer=bearer, above=above, exactly=by_id_or_code(state, codes, schema, lives),
                   id_of=state.name, ever=ever)  # fmt: skip


def matcher_ever(state: RecordedRows, schema: Schema) -> Matcher:
    """The matcher for all units that ever existed: by the last name of each first, then by earlier ones."""
    last: dict[tuple[str, int], int] = {}
    schemes = _schemes(state, tracks.NAME)
    for track in schemes:
        subjects, starts, ends, *_ = state.spans(track)
        for subject, start, end in zip(subjects.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if start < end:
                last[track, subject] = max(start, last.get((track, subject), start))

    def is_former(track: str, former: bool) -> Callable[[int, int, int], bool]:
        """Accepts the rows before the last one of each unit, or only the last."""
        return lambda subject, start, _: (start < last[track, subject]) == former

    layers = [
        Names(track, former, _bearers(state, track, is_former(track, former)))
        for former in (False, True)
        for track in schemes
    ]
    codes = {track: _bearers(state, track, lambda *_: True) for track in _schemes(state, tracks.CODE)}
    up = [tracks.parent_track(hierarchy) for hierarchy in schema.hierarchies]

    def above(unit: int) -> Iterable[int]:
        # All units that ever stood above it, so that an address of any day tells namesakes apart.
        result: set[int] = set()
        todo = [unit]
        while todo:
            current = todo.pop()
            more = {row[2] for track in up for row in state.rows(track, current) if row[2] is not None and row[2] >= 0}
            todo += more - result
            result |= more
        return result

    def bearer(unit: int) -> Bearer:
        return Bearer(_last(state, tracks.KIND, unit), _last(state, tracks.CATEGORY, unit))

    def lived(unit: int, *_: int) -> bool:
        return any(row[2] == UNIT for row in state.rows(tracks.LIFE, unit))

    return Matcher(layers, bearer=bearer, above=above, exactly=by_id_or_code(state, codes, schema, lived),
                   id_of=state.name)  # fmt: skip


def _last(state: RecordedRows, track: str, unit: int) -> Any:
    return next((row[2] for row in reversed(state.rows(track, unit)) if row[2] is not None), None)


def by_id_or_code(
    state: RecordedRows, codes: Mapping[str, Mapping[str, Sequence[int]]], schema: Schema, lives: Callable[[int], bool]
) -> Callable[[str, str], tuple[str, Sequence[int]]]:
    """A function (text, scheme) -> (scheme, units) for ids and codes; placeholder codes belong to no unit."""

    def exactly(text: str, scheme: str) -> tuple[str, Sequence[int]]:
        number = state.number(text)
        if number is not None and not scheme and lives(number):
            return "id", [number]
        if text not in schema.placeholder_codes:
            for track, bearers in codes.items():
                # "code" stands for any scheme of codes, the register's own first.
                if text in bearers and scheme in ("", tracks.CODE, track):
                    return track, bearers[text]
        return "", ()

    return exactly
