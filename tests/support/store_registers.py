"""Small registers that the tests of stores keep, and what makes two of them alike."""

from __future__ import annotations

from typing import Any

import orgmodel as om
from orgmodel.engine.columns import TrackRow
from orgmodel.history.history import History
from orgmodel.model.source import Source


def small() -> History:
    """A country of three units, of which two merge, and something that is learned of them late."""
    units = [{"id": "vn", "name": "V"}, {"id": "a", "parent": "vn", "members": 3}, {"id": "b", "parent": "vn"}]
    history = om.history_of(units, day="1960-01-01", source=Source("a register"))
    with history.draft("1965-07-01", Source("12/NQ", issuer="the centre")) as act:
        act.merge(["a", "b"], into=om.Unit("ab", name="AB"))
    history = history.enact(act, recorded="2019-05-05")
    late = om.Act("found", "1962-06-01", [om.Change("b", "measure:members", 4, "own")], Source("an archive"))
    return history.enact(late, recorded="2023-02-01")


def named(name: str, day: str = "2025-01-01", act: str | None = None) -> om.Act:
    return om.Act(act or f"named {name}", day, [om.Change("vn", "name", name)])


def rows_of(history: History) -> dict[tuple[str, str], list[Any]]:
    """All rows of a history by the ids of subjects, but for the numbers of successions."""
    state = history._state
    rows: dict[tuple[str, str], list[Any]] = {}
    for track in state.tracks():
        for number, row in state.iter_rows(track):
            rows.setdefault((state.name(number), track), []).append(plain_row(history, track, row))
    return rows


def plain_row(history: History, track: str, row: TrackRow) -> tuple[Any, ...]:
    state = history._state
    start, end, value, slot, act, until, event = row
    if track == "link":
        return start, end, value, state.name(slot), act.id, event
    refers = track.startswith("parent") or track == "corresponds_to"
    return (
        start,
        end,
        state.name(value) if refers and value is not None and value >= 0 else value,
        slot,
        act.id,
        until,
        event,
    )


def alike(one: History, other: History) -> None:
    """Two histories are the same in all that can be asked of them, and in the order of their answers."""
    assert one == other
    assert one.unit_ids() == other.unit_ids()
    assert rows_of(one) == rows_of(other)
    # What counts when something more is learned late.
    assert set(one._record.answers) == set(other._record.answers)
    assert one._record.cancelled == other._record.cancelled
    last = one.last_day
    if last is not None:
        assert one.at(last).facts() == other.at(last).facts()
        for unit in one.units_ever():
            assert one.lineage.successors(unit, on=last) == other.lineage.successors(unit, on=last)
