"""Rows know the event that wrote them; the state at a point inside a day; rows put in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

import orgmodel as om
from orgmodel.acts.events import Change, Closure, Creation, Event, Succession
from orgmodel.engine.file import read_arrays, write_arrays
from orgmodel.engine.state import State
from orgmodel.model import track as tracks
from orgmodel.testing.strategies import histories

SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def about(event: Event) -> set[str]:
    """The subjects of which an event may write rows."""
    match event:
        case Creation():
            return {event.what.id, *([event.reestablishes] if event.reestablishes else [])}
        case Closure():
            return {event.subject}
        case Change():
            return {event.subject}
        case Succession():
            return (
                {u.id for u in event.created} | {link.old for link in event.links} | {c.subject for c in event.changes}
            )


def named_rows(state: State) -> dict[str, list[Any]]:
    """All rows of a state with ids instead of row numbers and acts, in order of subjects."""

    def name(number: Any) -> Any:
        return state.name(number) if isinstance(number, int) and number >= 0 else number

    found: dict[str, list[Any]] = {}
    for track in state.tracks():
        refers = tracks.refers_to_subject(track)
        rows = [
            (state.name(s), r[0], r[1], name(r[2]) if refers else r[2], name(r[3]) if track == tracks.LINK else r[3],
             r[4].id, r[5], r[6])
            for s, r in state.iter_rows(track)
        ]  # fmt: skip
        if rows:
            found[track] = sorted(rows, key=lambda row: row[0])
    return found


# ---- rows know their event


@SLOW
@given(histories())
def test_every_row_bears_the_label_of_an_event_about_its_subject(history: om.History) -> None:
    """So rows of one day can be put in the order in which they were written."""
    state = history._state
    for track in state.tracks():
        for number, row in state.iter_rows(track):
            events = dict(zip(row[4].event_labels, row[4].events, strict=True))
            assert state.name(number) in about(events[row[6]])


@SLOW
@given(histories())
def test_labels_are_kept_in_columns_and_files(tmp_path: Path, history: om.History) -> None:
    """Folded, saved and opened, rows are what they were."""
    rows = named_rows(history._state)
    assert rows == named_rows(history._state.folded())
    om.save(history, tmp_path / "h.orgm")
    assert rows == named_rows(om.open_history(tmp_path / "h.orgm")._state)


def test_a_file_without_labels_opens(tmp_path: Path) -> None:
    """Files written before rows bore labels: every label is 0."""
    history = om.history_of([{"id": "p"}, {"id": "a", "parent": "p"}], day="2025-01-01")
    with history.draft("2025-07-01", om.Source("x")) as act:
        act.rename("a", "A")
        act.rename("p", "P")
    history = history.enact(act)
    om.save(history, tmp_path / "new.orgm")
    header, arrays = read_arrays(tmp_path / "new.orgm")
    assert any(name.endswith(".event") for name in arrays)
    write_arrays(tmp_path / "old.orgm", header, {n: a for n, a in arrays.items() if not n.endswith(".event")})
    opened = om.open_history(tmp_path / "old.orgm")
    assert opened == history
    assert {row[6] for track in tracks_of(opened) for _, row in opened._state.iter_rows(track)} == {0}


def tracks_of(history: om.History) -> list[str]:
    return history._state.tracks()
