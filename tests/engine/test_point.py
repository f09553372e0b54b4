"""Rows know the event that wrote them; the state at a point inside a day; rows put in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.acts.events import Change, Closure, Creation, Event, Succession
from orgmodel.acts.replay import Running
from orgmodel.engine.file import read_arrays, write_arrays
from orgmodel.engine.final_successors import EVER
from orgmodel.engine.patch import in_order, patched, writes_of
from orgmodel.engine.point import before_point
from orgmodel.engine.state import State
from orgmodel.errors import Conflict
from orgmodel.model import track as tracks
from orgmodel.structure.structure import Structure
from orgmodel.testing.strategies import histories

# Each history is asked about at all of its points, and most tests do it for both ways of keeping rows.
SLOW = times(0.25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcomes() -> st.SearchStrategy[om.History]:
    """Histories whose acts tell what they came to: each event is a step with a label of its own, or an act of its own."""
    return histories().map(as_outcomes) | histories().map(an_act_each)


def as_outcomes(history: om.History) -> om.History:
    acts = [om.Act(act.id, act.effective, act.events, act.source) for act in history.acts]
    return om.History(history.schema, history.measures).enact(*acts)


def an_act_each(history: om.History) -> om.History:
    """The same with one event in each act, so that all labels are 0."""
    acts = [
        om.Act(f"{act.id}: {at}", act.effective, [event], act.source)
        for act in history.acts
        for at, event in enumerate(act.events)
    ]
    return om.History(history.schema, history.measures).enact(*acts)


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
@given(outcomes())
def test_every_row_bears_the_label_of_an_event_about_its_subject(history: om.History) -> None:
    """So rows of one day can be put in the order in which they were written."""
    state = history._state
    for track in state.tracks():
        for number, row in state.iter_rows(track):
            events = dict(zip(row[4].event_labels, row[4].events, strict=True))
            assert state.name(number) in about(events[row[6]])


@SLOW
@given(outcomes())
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
    arrays = read_arrays(tmp_path / "new.orgm")
    assert any(name.endswith(".event") for name in arrays)
    write_arrays(tmp_path / "old.orgm", arrays.header, {n: a for n, a in arrays.items() if not n.endswith(".event")})
    opened = om.open_history(tmp_path / "old.orgm")
    assert opened == history
    assert {row[6] for track in tracks_of(opened) for _, row in opened._state.iter_rows(track)} == {0}


def tracks_of(history: om.History) -> list[str]:
    return history._state.tracks()


# ---- points inside a day


def asked(state: State, day: int) -> dict[Any, Any]:
    """The answers to every question about a day that a structure can put to its state, by row numbers."""
    found: dict[Any, Any] = {}
    everybody = [n for n in range(state.count) if state.was_live(n)]
    found["was live"] = everybody
    found["numbers"] = state.numbers([state.name(n) for n in everybody])
    assert state.numbers(state.all_ids()) == [state.number(name) for name in state.all_ids()]
    used = [track for track in state.tracks() if any(True for _ in state.iter_rows(track))]
    found["tracks"] = used
    codes = {row[2] for _, row in state.iter_rows(tracks.CODE) if row[2] is not None} if tracks.CODE in used else ()
    for n in everybody:
        found["live", n] = state.is_live(n, day)
        found["heirs", n] = [state.successors(n, on) for on in (day - 1, day, EVER)]
        found["into", n] = [(old, row[3], row[0]) for old, row in state.links_to(n)]
    for track in used:
        one_slot, refers = tracks.has_one_slot(track), tracks.refers_to_subject(track)
        for n in everybody:
            found[track, n] = [row[:4] + (row[4].id, row[6]) for row in state.rows(track, n)]
            found["slots", track, n] = state.slots(track, n, day)
            if one_slot:
                found["value", track, n] = [state.value(track, n, on) for on in (day - 1, day, day + 40)]
                found["row", track, n] = (state.row_at(track, n, day) or ())[:4]
            if tracks.is_parent(track):
                found["above", track, n] = state.above(track, n, day)
                found["below", track, n] = sorted(state.below(track, n, day).tolist())
            if refers:
                found["with", track, n] = [state.subjects_with(track, n, on) for on in (day - 1, day)]
        if one_slot:
            found["values", track] = state.values(track, everybody, day)
            codes_on, objects = state.codes_on(track, day)
            if track not in (tracks.PARENT, tracks.CORRESPONDS) and not tracks.is_parent(track):
                found["codes", track] = [None if c < 0 else objects[c] for c in codes_on.tolist()][: max(everybody) + 1]
                for value in {v for v in found["codes", track] if v is not None and track != tracks.LIFE}:
                    assert state.may_hold(track, value)
                    found["holding", track, value] = state.holding(track, value, day).tolist()
        if tracks.is_parent(track):
            found["roots", track] = state.subjects_with(track, -1, day)
            found["on", track] = state.numbers_on(track, day).tolist()[: max(everybody) + 1]
            assert state.held_on(track, day).tolist() == state.numbers_on(track, day).tolist()
        if track.startswith("measure:"):
            for slot in (tracks.OWN, tracks.SUBTREE):
                amounts = state.amounts_on(track, day, slot)
                pairs = zip(amounts.subjects.tolist(), amounts.amounts.tolist(), strict=True)
                found["amounts", track, slot] = sorted(pairs), amounts.others
                of_some = state.amounts_of(track, np.array(everybody, np.int64), day, slot)
                found["amounts of", track, slot] = sorted(of_some.amounts.tolist()), of_some.others
        found["live rows", track] = sorted(state.live_rows(track, day), key=repr)
        found["spans", track] = sorted(zip(*map(list, state.spans(track)[:3]), strict=True)) if one_slot else ()
    for code in codes:
        found["code", code] = state.subjects_with(tracks.CODE, code, day)
    return found


def points(history: om.History) -> Iterator[tuple[int, set[str], om.Act, int, State]]:
    """Every point inside a day: (day, earlier acts, act, label), and the state of a replay up to there."""
    for day, group in groupby(history.acts, key=lambda act: act.effective):
        of_day, earlier = list(group), set[str]()
        run = Running(history._state.before(day.toordinal()), history.schema, history.measures, day)
        for act in of_day:
            for label, event in zip(act.event_labels, act.events, strict=True):
                yield day.toordinal(), set(earlier), act, label, run.state
                run.apply([event], act, [label])
            earlier.add(act.id)


@pytest.fixture(params=["over columns", "in columns"])
def kept(request: pytest.FixtureRequest) -> Any:
    """How the state of a history is kept: its changes in maps over the columns, or folded into them."""
    return (lambda state: state) if request.param == "over columns" else State.folded


@SLOW
@given(outcomes())
def test_a_point_is_what_a_replay_comes_to(kept: Any, history: om.History) -> None:
    """Whatever is asked, nothing tells the state at a point from one that was made up to there."""
    state = kept(history._state)
    for day, earlier, act, label, made in points(history):
        at = before_point(state, day, earlier, act.id, label)
        assert asked(at, day) == asked(made, day)
        date = dt.date.fromordinal(day)
        assert (
            Structure(before_point(state, day, earlier, act.id, label), date).facts() == Structure(made, date).facts()
        )


@SLOW
@given(outcomes())
def test_events_applied_at_a_point_write_what_they_wrote(kept: Any, history: om.History) -> None:
    """So an event that is worked out anew and is the same changes no row, and the point goes on behind it."""
    state = kept(history._state)
    for day, earlier, act, label, _ in points(history):
        index = list(act.event_labels).index(label)
        run = Running(before_point(state, day, earlier, act.id, label), history.schema, history.measures, act.effective)
        run.apply([act.events[index]], act, [label])
        behind = before_point(state, day, earlier, act.id, label + 1)
        assert asked(run.state, day) == asked(behind, day)


# ---- rows put in place


def place_in(history: om.History) -> Any:
    """The place of an act among those of a history."""
    return {act.id: at for at, act in enumerate(history.acts)}.__getitem__


def in_places(state: State) -> dict[str, list[Any]]:
    """All rows by ids, with links numbered without gaps, in order of ids."""
    found = named_rows(state)
    numbers = {seq: at for at, seq in enumerate(sorted({row[6] for row in found.get(tracks.LINK, ())}))}
    if numbers:
        found[tracks.LINK] = [(*row[:6], numbers[row[6]], row[7]) for row in found[tracks.LINK]]
    return {track: sorted(rows, key=lambda row: row[0]) for track, rows in found.items()}


def cancelled(history: om.History) -> Iterator[tuple[om.Act, om.History]]:
    """Each act that can be cancelled with nothing else changed, and the history without it."""
    for act in history.acts:
        try:
            without = history.cancel(act.id, reason="a test")
        except Conflict:
            continue
        yield act, without


@SLOW
@given(outcomes())
def test_writes_taken_out_leave_what_a_replay_without_them_makes(kept: Any, history: om.History) -> None:
    """Ends, links and backward look-ups are those of a history that never had the act."""
    state = kept(history._state)
    for act, without in cancelled(history):
        patch = patched(state, {act.id: None}, (), place_in(history))
        assert in_places(patch.state) == in_places(without._state)
        made = in_order(patch.state, place_in(history), act.effective.toordinal())
        assert made.all_ids() == without._state.unnumbered().all_ids()
        for day in without.days():
            assert asked(made, day.toordinal()) == asked(without._state.unnumbered(), day.toordinal())


@SLOW
@given(outcomes())
def test_writes_put_in_make_what_a_replay_with_them_makes(kept: Any, history: om.History) -> None:
    """A late act's writes, worked out at its point, come to the history in which it was early."""
    for act, without in cancelled(history):
        state, day, place = kept(without._state), act.effective.toordinal(), place_in(history)
        earlier = {other.id for other in history.acts if place(other.id) < place(act.id)}
        point = before_point(state, day, earlier, act.id, 0)
        run = Running(point, history.schema, history.measures, act.effective)
        run.apply(act.events, act, act.event_labels)
        writes = writes_of(run.state, act.id)
        patch = patched(state, {}, writes, place)
        assert in_places(patch.state) == in_places(history._state)
        whole = in_order(history._state, place)
        made = in_order(patch.state, place, day)
        assert made.all_ids() == whole.all_ids()
        for on in history.days():
            assert asked(made, on.toordinal()) == asked(whole, on.toordinal())
        again = patched(patch.state, {act.id: None}, writes, place)
        assert in_places(again.state) == in_places(history._state)


@SLOW
@given(outcomes())
def test_what_a_patch_tells_as_changed_is_all_that_changed(kept: Any, history: om.History) -> None:
    """Every other subject has the rows it had, and those told have the rows that are told."""
    state = kept(history._state)
    for act in history.acts:
        patch = patched(state, {act.id: set(act.event_labels[::2])}, (), place_in(history))
        for track in state.tracks():
            for subject in range(state.count):
                was, now = state.rows(track, subject), patch.state.rows(track, subject)
                if (track, subject) in patch.changed:
                    assert patch.changed[track, subject] == (was, now)
                elif track == tracks.LINK:
                    assert [(*row[:5], row[6]) for row in was] == [(*row[:5], row[6]) for row in now]
                else:
                    assert was == now
