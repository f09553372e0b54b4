"""Whether the rows of a history say what its log says.

A history that was enacted cannot contradict itself. One that was opened from a file of columns is what the file says:
its rows answer questions, its log says how they came about, and a writer may have put different things into
each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.engine.state import State
from orgmodel.errors import Finding, Refused
from orgmodel.history.facts import shown
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.track import LINK
from orgmodel.period import from_ordinal

__all__ = [
    "Said",
    "contradictions",
]

_MOST: Final = 20
"""At most so many contradictions are reported; there is one mistake behind thousands."""

Said = dict[tuple[str, str], list[tuple[Any, ...]]]
"""(track, subject) -> what its rows say."""


def contradictions(history: History) -> list[Finding]:
    """What is wrong with a history: its acts, which are enacted anew, or rows that these do not give.

    >>> contradictions(History())
    []
    """
    entries = history._record.entries
    try:
        again = History.from_log(entries, history.schema, history.measures)
    except Refused as refused:
        return list(refused.findings)
    used: dict[int, Act] = {}
    faults = _faults(_values(history._state, used), _values(again._state, {}))
    last = again.last_day
    if history.last_day != last:
        return [Finding("log", f"the last day is said to be {history.last_day}, and in the log it is {last}")]
    known = {act.id: act for act in again.acts}
    # The outcome of an act may have changed since; rows that did not change still have the older form.
    strange = [act for act in used.values() if act.id in known and not known[act.id].decides_as(act)]
    return [
        *islice(faults, _MOST),
        *(Finding("log", f"rows rest on act {act.id!r}, which the log knows otherwise", act=act.id) for act in strange),
    ]


def _values(state: State, used: dict[int, Act]) -> Said:
    """The values of all rows; their acts are added to ``used``."""
    values_by_key: Said = {}
    for track in state.tracks():
        for number, (start, end, value, slot, act, until, label) in state.iter_rows(track):
            if track == LINK:
                # The engine numbers links through: their order counts, their numbers do not.
                slot, until = state.name(slot), 0
            used.setdefault(id(act), act)
            row = (start, end, shown(state, track, value), slot, act.id, until, label)
            values_by_key.setdefault((track, state.name(number)), []).append(row)
    return values_by_key


def _faults(rows: Said, log: Said) -> Iterator[Finding]:
    for track, subject in sorted(rows.keys() | log.keys()):
        rows_here, rows_log = rows.get((track, subject), []), log.get((track, subject), [])
        if rows_here == rows_log and list(map(_types, rows_here)) == list(map(_types, rows_log)):
            continue
        for mine, theirs in zip_longest(rows_here, rows_log):
            if mine != theirs or _types(mine) != _types(theirs):
                day = from_ordinal((mine or theirs)[0])
                message = f"{tracks.declared(track).label}: the columns say {_row_text(mine)}, and the log {_row_text(theirs)}"
                yield Finding("log", message, day=day, units=(subject,))
                break


def _types(row: tuple[Any, ...] | None) -> tuple[type, ...]:
    """1 is not True, and 1.0 is not 1."""
    return () if row is None else tuple(map(type, row))


def _row_text(row: tuple[Any, ...] | None) -> str:
    if row is None:
        return "nothing more"
    start, end, value, slot, act, *_ = row
    until = from_ordinal(end)
    where = "" if slot is None else f" ({slot})"
    return f"{value!r}{where} from {from_ordinal(start)}{'' if until is None else f' until {until}'} by {act!r}"
