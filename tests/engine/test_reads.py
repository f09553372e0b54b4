"""A read that matters is never missed: what read nothing that differs comes to the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.acts import operations
from orgmodel.acts.events import Change
from orgmodel.acts.policies import ByMeasure, MajorityCluster
from orgmodel.engine.patch import Patch, WriteById, patched
from orgmodel.engine.point import Before, before_point
from orgmodel.engine.reads import EVERYTHING, Key, Recording, differs_at, touched
from orgmodel.engine.state import State
from orgmodel.errors import Conflict, OrgmodelError
from orgmodel.history.read_index import reads_of
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit
from orgmodel.period import FOREVER
from orgmodel.structure.structure import Structure
from orgmodel.testing.strategies import histories

SLOW = times(0.5)


def both_ways(history: om.History) -> Iterator[tuple[State, Patch, om.Act]]:
    """A state without an act and one with it, each made of the other by a patch, for each act that can be cancelled."""
    place = {act.id: at for at, act in enumerate(history.acts)}.__getitem__
    for act in history.acts:
        try:
            history.cancel(act.id, reason="a test")
        except Conflict:
            continue
        away = patched(history._state, {act.id: None}, (), place)
        yield history._state, away, act
        back = {pair: (now, was) for pair, (was, now) in away.changed.items()}
        yield away.state, Patch(history._state, back), act


def points(history: om.History, since: om.Act) -> list[Before]:
    """Before every act from one on, and after all."""
    acts = list(history.acts)
    found = []
    for at in range(acts.index(since), len(acts)):
        same_day = {act.id for act in acts[:at] if act.effective == acts[at].effective}
        found.append(Before(acts[at].effective.toordinal(), same_day, acts[at].id, 0))
    return [*found, Before(acts[-1].effective.toordinal() + 1)]


def at(state: State, point: Before) -> State:
    return before_point(state, point.day, point.earlier, point.act, point.label)


def differing(patch: Patch, point: Before) -> set[Key]:
    """The keys of what differs at a point, found as a history finds them: pair by pair."""
    found = {}
    for (track, subject), (was, now) in patch.changed.items():
        same = patch.state.rows(tracks.LIFE, subject)
        lived, live = patch.changed.get((tracks.LIFE, subject), (same, same))
        if differs_at(track, (was, lived, point), (now, live, point)):
            found[track, subject] = was, now
    return touched(patch.state, found)


def questions(state: State, day: int) -> Iterator[Callable[[State], Any]]:
    """Every question about a day that a structure can put, one by one."""
    names = state.all_ids()
    everybody = list(range(state.count))
    for name in names:
        yield lambda s, name=name: s.was_live(n) if (n := s.number(name)) is not None else None
    for n in everybody:
        yield lambda s, n=n: s.is_live(n, day)
        yield lambda s, n=n: [(r[3], r[2], r[0]) for r in s.links_from(n)]
        yield lambda s, n=n: [(old, r[0], r[2]) for old, r in s.links_to(n)]
        yield lambda s, n=n: s.successors(n, day)
        yield lambda s, n=n: [row[:3] for row in s.rows(tracks.LIFE, n)]
    for track in state.tracks():
        one_slot, refers = tracks.has_one_slot(track), tracks.refers_to_subject(track)
        for n in everybody:
            yield lambda s, n=n, track=track: s.slots(track, n, day)
            if one_slot:
                yield lambda s, n=n, track=track: s.value(track, n, day)
            if tracks.is_parent(track):
                yield lambda s, n=n, track=track: s.above(track, n, day)
                yield lambda s, n=n, track=track: sorted(s.below(track, n, day).tolist())
            if refers:
                yield lambda s, n=n, track=track: s.subjects_with(track, n, day)
        if one_slot:
            yield lambda s, track=track: s.values(track, everybody, day)
        if track in (tracks.NAME, tracks.KIND):
            yield lambda s, track=track: s.alike(track, everybody, day)
        if tracks.is_parent(track):
            yield lambda s, track=track: s.subjects_with(track, -1, day)
            yield lambda s, track=track: s.numbers_on(track, day).tolist()
        if track in (tracks.KIND, tracks.CODE):
            for value in {row[2] for _, row in state.iter_rows(track)} - {None}:
                yield lambda s, track=track, value=value: s.holding(track, value, day).tolist()
        if track == tracks.CODE:
            for value in {row[2] for _, row in state.iter_rows(track)} - {None}:
                yield lambda s, track=track, value=value: s.subjects_with(track, value, day)
        if track.startswith("measure:"):
            yield lambda s, track=track: s.amounts_of(track, np.array(everybody), day, tracks.OWN).amounts.tolist()
            yield lambda s, track=track: [part.tolist() for part in s.amounts_on(track, day, tracks.OWN)[:2]]
        yield lambda s, track=track: sorted(s.live_rows(track, day), key=repr)


@SLOW
@given(histories())
def test_an_answer_that_differs_was_noted_as_read(history: om.History) -> None:
    """Question by question: with no key in common, two states give the same answer."""
    for old, patch, act in both_ways(history):
        for point in points(history, act):
            before, after = at(old, point), at(patch.state, point)
            keys = differing(patch, point)
            for ask in questions(old, point.day):
                recording = Recording(before)
                answer = ask(recording)
                if recording.keys.isdisjoint(keys):
                    assert answer == ask(after)


def tried(operation: Callable[[Structure], Any], state: State, day: dt.date, history: om.History) -> Any:
    """The events of an operation, or how it was refused."""
    try:
        return tuple(operation(Structure(state, day, history.schema, history.measures)))
    except OrgmodelError as error:
        return str(error)


def some_operations(a: str, b: str, c: str) -> Iterator[Callable[[Structure], Any]]:
    """Operations of every family about three units."""
    yield lambda s: operations.rename(s, a, "Renamed")
    yield lambda s: operations.close(s, [a], children_to=b)
    yield lambda s: operations.reassign(s, [a], b)
    yield lambda s: operations.create(s, Unit("brand-new", kind="centre", parent=a))
    yield lambda s: operations.merge(s, [a, b], into=Unit(name="Merged"), cluster=MajorityCluster())
    yield lambda s: operations.take_over(s, a, [b])
    yield lambda s: operations.transfer(s, a, b, children=[c], allocation=ByMeasure("members"))
    yield lambda s: operations.break_down(s, a, [Unit(name="One"), Unit(name="Two")], allocation=ByMeasure("members"))
    yield lambda s: operations.abolish_level(s, "centre")
    yield lambda s: [*s.select(kind="centre"), s.total("members", a)]


@SLOW
@given(histories(), st.data())
def test_an_operation_that_read_nothing_that_differs_comes_to_the_same(
    history: om.History, data: st.DataObject
) -> None:
    """So it need not be worked out anew."""
    ids = history._state.all_ids()
    chosen = [data.draw(st.sampled_from(ids)) for _ in range(3)]
    for old, patch, act in both_ways(history):
        for point in points(history, act):
            day = dt.date.fromordinal(point.day)
            for operation in some_operations(*chosen):
                recording = Recording(at(old, point))
                outcome = tried(operation, recording, day, history)
                reads = reads_of(recording, () if isinstance(outcome, str) else outcome)
                if reads.isdisjoint(differing(patch, point)):
                    assert outcome == tried(operation, at(patch.state, point), day, history)


def made(*acts: tuple[str, str, str]) -> om.History:
    """A tree of four with figures and some facts more: (day, what, of whom)."""
    rows = [{"id": "p"}, *({"id": i, "parent": "p", "name": i.upper()} for i in "abc")]
    history = om.history_of(rows, day="2025-01-01")
    for day, subject, name in acts:
        history = history.enact(om.Act(day, day, [Change(subject, tracks.NAME, name)]))
    return history


def with_figure(history: om.History, subject: str, day: str, value: int) -> Patch:
    """A number learned late."""
    ordinal = dt.date.fromisoformat(day).toordinal()
    act = om.Act("late", day, [], om.Source("late"))
    place = {a.id: at for at, a in enumerate(history.acts)}
    write = WriteById("measure:members", subject, ordinal, value, tracks.OWN, act, FOREVER, 0)
    return patched(history._state, {}, [write], lambda name: place.get(name, 99))


def test_the_first_figure_of_a_measure_differs_for_whoever_read_a_fact_of_the_unit() -> None:
    """Of a unit all tracks are one read, those included of which nothing was said yet."""
    history = made()
    patch = with_figure(history, "a", "2025-02-01", 7)
    point = Before(dt.date(2025, 3, 1).toordinal())
    recording = Recording(at(history._state, point))
    Structure(recording, dt.date(2025, 3, 1)).value("a", tracks.NAME)
    assert ("facts", "a") in recording.keys & differing(patch, point)


def test_the_place_of_a_unit_is_not_read_as_its_facts() -> None:
    """Thousands of operations climb to the root, and a figure of it concerns none of them."""
    history = made()
    patch = with_figure(history, "p", "2025-02-01", 7)
    point = Before(dt.date(2025, 3, 1).toordinal())
    recording = Recording(at(history._state, point))
    structure = Structure(recording, dt.date(2025, 3, 1))
    assert structure.path("a") == ("p", "a")
    assert recording.keys == {("being", "a"), ("being", "p")}
    assert recording.keys.isdisjoint(differing(patch, point))


def test_a_write_behind_the_point_does_not_differ() -> None:
    """Only what is before an operation can be read by it."""
    history = made()
    patch = with_figure(history, "a", "2025-02-01", 7)
    assert not differing(patch, Before(dt.date(2025, 2, 1).toordinal()))
    assert touched(patch.state, patch.changed) >= {("facts", "a"), EVERYTHING}


def test_the_same_value_by_another_act_does_not_differ() -> None:
    """What differs is told by value."""
    history = made(("2025-02-01", "a", "New"), ("2025-03-01", "a", "New"))
    place = {act.id: at for at, act in enumerate(history.acts)}.__getitem__
    patch = patched(history._state, {history.acts[1].id: None}, (), place)
    on = [dt.date(2025, 2, 15), dt.date(2025, 3, 15)]
    told = [differing(patch, Before(day.toordinal())) for day in on]
    assert [("facts", "a") in keys for keys in told] == [True, False]
