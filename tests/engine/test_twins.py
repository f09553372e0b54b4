"""The engine and slow twins of its functions agree on random histories with corrections.

A twin is a few lines over plain dictionaries. It is given the acts and nothing else, and
never asks the engine. Every history is asked three times: as it was made, with its changes
lying over the columns; read back from a file, all in columns; and made again from tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.engine import state, thresholds
from orgmodel.engine.final_successors import EVER
from orgmodel.engine.written import Few
from orgmodel.history.tables import from_tables, to_tables
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT
from orgmodel.structure.totals import Total
from orgmodel.testing.strategies import histories
from orgmodel.testing.twin import PlainDay, Twin

MEMBERS = "members"
AGREE = times(0.5, suppress_health_check=[HealthCheck.function_scoped_fixture])


def twin_on(history: om.History, day: dt.date) -> PlainDay:
    """What the acts up to a day say, read one after the other."""
    twin = Twin(history.schema, history.measures)
    for act in history.acts:
        if act.effective <= day:
            twin.act(act)
    twin.day = day
    return PlainDay(twin.facts(), twin.units())


def days_of(history: om.History) -> list[dt.date]:
    """The eve of the first act, every day of an act, and a day after all."""
    days = history.days()
    return [days[0] - dt.timedelta(1), *days, days[-1] + dt.timedelta(400)]


def slow_parents(twin: PlainDay) -> dict[str, str | None]:
    held = {unit: twin.value(unit, tracks.PARENT) for unit in twin.units}
    return {unit: None if parent == ROOT else parent for unit, parent in held.items() if parent is not None}


def said(total: Total) -> tuple[object, ...]:
    """What is known of a sum: at least, at most, and how many say nothing; a count is at least 0."""
    return total.low or 0, total.high, total.missing


def is_part(twin: PlainDay, unit: str) -> bool:
    """Whether the figure of a unit is an unknown part of a divided one."""
    own = Quantity.of(twin.value(unit, tracks.measure_track(MEMBERS), tracks.OWN))
    return not own.is_known and own.high is not None


def slow_total(twin: PlainDay, top: str, measure: str) -> tuple[object, ...]:
    """What units say of themselves, added up; a lowest unit that says nothing leaves it open."""
    stated = {unit: twin.value(unit, tracks.measure_track(measure), tracks.OWN) for unit in twin.below(top)}
    numbers = [Quantity.of(value) for value in stated.values() if value is not None]
    missing = sum(value is None and not twin.children(unit) for unit, value in stated.items())
    highs = [number.high for number in numbers if number.high is not None]
    is_open = missing or len(highs) < len(numbers) or not numbers
    # A number that is only about right has no bounds, and a whole sum with it has none.
    known = not missing and all(number.is_known for number in numbers)
    vague = known and any(number.low is None for number in numbers)
    return 0 if vague else sum(number.low or 0 for number in numbers), None if is_open else sum(highs), missing


def slow_counts(twin: PlainDay) -> dict[str, int]:
    kinds = [twin.value(unit, tracks.KIND) or "" for unit in twin.units]
    return {kind: kinds.count(kind) for kind in set(kinds)}


def slow_diff(history: om.History, a: dt.date, b: dt.date) -> dict[str, int]:
    """How many units are new, gone, moved and renamed."""
    one, two = twin_on(history, a), twin_on(history, b)
    old, new = set(one.units), set(two.units)

    def differ(track: str) -> int:
        return sum(one.value(unit, track) != two.value(unit, track) for unit in old & new)

    return {
        "created": len(new - old),
        "ended": len(old - new),
        "moved": sum(differ(tracks.parent_track(hierarchy)) for hierarchy in history.schema.hierarchies),
    }


def ways(history: om.History, folder: Path) -> Iterator[om.History]:
    """The same history as it is, from a file, and, if it has no clusters, from tables."""
    yield history
    om.save(history, folder / "history.om")
    yield om.open_history(folder / "history.om")
    if history.days() and not any(track.startswith("member:") for track in history._state.tracks()):
        tables = to_tables(history)
        if tables["parents"]:
            yield from_tables(tables.pop("units"), **tables)


def check_alike(told: om.History, twin: PlainDay, day: dt.date) -> None:
    """Which units have the same name or kind, and which children of a unit bear one name."""
    state = told._state
    numbers = [number for number in state.numbers(twin.units) if number is not None]
    for track in (tracks.NAME, tracks.KIND):
        bearers: dict[object, set[str]] = {}
        for unit in twin.units:
            bearers.setdefault(twin.value(unit, track), set()).add(unit)
        shared = {value: of for value, of in bearers.items() if len(of) > 1 and value is not None}
        alike = state.alike(track, numbers, day.toordinal())
        assert {value: set(state.some_names(of)) for value, of in alike} == shared
    for unit in twin.units:
        children = {child: twin.value(child, tracks.NAME) for child in twin.children(unit)}
        names = [name for name in children.values() if name is not None]
        expected = {(name, child) for child, name in children.items() if names.count(name) > 1}
        found = told.at(day)._namesakes_below([unit])
        assert {(name, child) for name, of in found for child in of} == expected


def check_day(told: om.History, history: om.History, day: dt.date) -> None:
    """All that can be asked of one day."""
    twin, structure = twin_on(history, day), told.at(day)
    units = twin.units
    parents = slow_parents(twin)
    # Figures of whole subtrees bound the sums above and beside them, and parts of a divided unit are known together: both
    # have laws of their own.
    track = tracks.measure_track(MEMBERS)
    is_bounded = any(twin.value(unit, track, tracks.SUBTREE) is not None or is_part(twin, unit) for unit in units)
    assert set(structure) == set(units)
    assert len(structure) == len(units)
    assert {kind: n for kind, n in structure.counts().items() if n} == slow_counts(twin)
    assert {unit: structure.parent(unit) for unit in parents} == parents
    listed = sorted(parents)
    assert structure.parents_of(listed) == [parents[unit] for unit in listed]
    ids, numbers = told.unit_ids(), structure.parent_numbers()
    assert {ids[n]: None if p < 0 else ids[p] for n, p in enumerate(numbers.tolist()) if p != -2} == parents
    for unit in units:
        above, below = twin.above(unit), set(twin.below(unit)[1:])
        assert structure.ancestors(unit) == tuple(above)
        assert structure.children(unit) == tuple(sorted(twin.children(unit), key=told._state.number))
        assert structure.count(under=unit) == len(below)
        assert is_bounded or said(structure.total(MEMBERS, unit)) == slow_total(twin, unit, MEMBERS)
        assert set(structure.descendants(unit)) == below
        for track in (tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY):
            assert structure.value(unit, track) == twin.value(unit, track)
    check_alike(told, twin, day)
    if units:
        # The same day without the tree that the questions above left behind.
        cold = told.enact(om.Act("nothing", told.last_day, [], om.Source("a test"))).at(day)
        root = next(unit for unit, parent in parents.items() if parent is None)
        assert is_bounded or said(structure.total(MEMBERS)) == slow_total(twin, root, MEMBERS)
        for kind in slow_counts(twin):
            of_kind = [unit for unit in parents if twin.value(unit, tracks.KIND) == kind]
            wanted = {unit: slow_total(twin, unit, MEMBERS) for unit in of_kind}
            alone = {unit: cold.total(MEMBERS, unit) for unit in of_kind}
            for totals in (alone, cold.totals(MEMBERS, kind), structure.totals(MEMBERS, kind)):
                assert is_bounded or {unit: said(total) for unit, total in totals.items()} == wanted
            assert structure.counts_below(kind) == {unit: len(twin.below(unit)) - 1 for unit in of_kind}


@pytest.fixture(params=[thresholds.FOLD_FROM, 1], ids=["over the columns", "in columns"])
def _kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written lies over the columns, as in small histories, or makes new columns, as much of it does."""
    monkeypatch.setattr(thresholds, "FOLD_FROM", request.param)


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize("few", [0, thresholds.ARRAYS_FROM], ids=["by arrays", "one by one"])
@AGREE
@given(history=histories(max_clusters=0))
def test_a_day_is_what_the_acts_say(tmp_path: Path, few: int, history: om.History) -> None:
    """Parents, paths, subtrees, totals, counts and values of every day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thresholds, "ARRAYS_FROM", few)
        for told in ways(history, tmp_path):
            eve, *days = days_of(history)
            with pytest.raises(om.NotOnRecord):
                told.at(eve).counts()
            for day in days:
                check_day(told, history, day)


@times(3)
@given(
    links=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), max_size=14),
    ended=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=6),
    folded=st.integers(0, 14),
)
def test_final_successors_looked_up_are_those_walked_to(
    links: list[tuple[int, int, bool]], ended: list[tuple[int, bool]], folded: int
) -> None:
    """In the same order, whatever links there are, whether what was written last lies over the columns or in them."""
    made = state.State()

    def linked(made: state.State, some: list[tuple[int, int, bool]], late: bool) -> state.State:
        editor = made.edit()
        for old, new, together in some:
            if not together:
                editor.next_seq()
            editor.link(old, new, 10, "said", "act")
        for unit, when in ended:
            if when == late:
                editor.end(unit, 10, "act")
        return editor.done()

    editor = made.edit()
    for unit in range(7):
        editor.start(tracks.LIFE, editor.intern(str(unit)), 1, state.UNIT, "act")
    columns = linked(editor.done(), links[:folded], False).folded()
    whole = linked(columns, links[folded:], True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thresholds, "LINKS_PER_WALK", 2**40)
        for asked in (columns, whole, whole.folded()):
            walked = [asked.successors(unit, EVER - 1) for unit in range(7)]
            assert [asked.successors(unit, EVER) for unit in range(7)] == walked


@AGREE
@given(history=histories(max_clusters=0))
def test_diffs_are_what_two_days_differ_by(tmp_path: Path, history: om.History) -> None:
    """In both directions, between all pairs of days."""
    before, *days = days_of(history)
    for told in ways(history, tmp_path):
        with pytest.raises(om.NotOnRecord):
            told.between(before, days[0])
        for a in days:
            for b in days:
                wanted = slow_diff(history, a, b)
                counts = told.between(a, b).counts()
                assert {sort: counts[sort] for sort in wanted} == wanted
                assert told.between(a, b).counts("moved", "ended") == {s: wanted[s] for s in ("moved", "ended")}


@pytest.mark.parametrize("ask", [list, lambda ids: np.array(ids, object)])
def test_parents_of_many_are_those_of_each(ask: Callable[[list[str]], Any]) -> None:
    """Of more units than are looked up one by one, the root among them; an unknown one is told by its id."""
    rows = [{"id": "top"}, *({"id": f"u{n}", "parent": "top" if n < 9 else f"u{n % 9}"} for n in range(700))]
    structure = om.structure_of(rows, day="2025-07-01")
    ids = ["top", *(f"u{n}" for n in range(699, -1, -1))]
    assert list(structure.parents_of(ask(ids))) == [structure.parent(unit) for unit in ids]
    with pytest.raises(om.UnknownUnit, match="nobody"):
        structure.parents_of(ask([*ids, "nobody"]))


@times(2)
@given(
    before=st.lists(st.tuples(st.integers(1, 2), st.integers(5, 8), st.integers(1, 9)), max_size=12),
    ended=st.sets(st.integers(1, 4), max_size=1),
    since=st.lists(st.tuples(st.integers(1, 4), st.integers(5, 8)), max_size=3),
    target=st.integers(5, 8),
)
def test_units_that_move_together_move_as_one_by_one(
    before: list[tuple[int, int, int]], ended: set[int], since: list[tuple[int, int]], target: int
) -> None:
    """Whatever their past, in columns or over them; and none moves if one of them stands nowhere."""
    editor = state.State().edit()
    for unit in range(9):
        editor.start(tracks.LIFE, editor.intern(str(unit)), 1, state.UNIT, "act")
        editor.start(tracks.PARENT, unit, 1, 0 if unit else -1, "act")
    for unit, parent, day in sorted(before, key=lambda move: move[2]):
        editor.write(tracks.PARENT, unit, day, parent, f"act {day}")
    columns = editor.done().folded()
    editor = columns.edit()
    for unit, parent in since:
        editor.write(tracks.PARENT, unit, 9, parent, "since")
    for unit in ended:
        editor.end(unit, 9, "since")
    over = editor.done()
    units = [1, 2, 3, 4]
    one, other = over.edit(), over.edit()
    moved = one.move(tracks.PARENT, units, 10, target, "last")
    assert moved == (not ended)
    for unit in units if moved else ():
        other.write(tracks.PARENT, unit, 10, target, "last")
    one_by_one, together = other.done(), one.done()
    for told in (together, together.folded()):
        assert [told.rows(tracks.PARENT, unit) for unit in range(9)] == [
            one_by_one.rows(tracks.PARENT, unit) for unit in range(9)
        ]
        for parent in range(9):
            assert told.subjects_with(tracks.PARENT, parent, 10) == one_by_one.subjects_with(tracks.PARENT, parent, 10)


def test_the_array_of_parents_is_kept_and_cannot_be_written_to() -> None:
    """Asked again, it is the same array."""
    structure = om.structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01")
    numbers = structure.parent_numbers()
    assert structure.parent_numbers() is numbers
    with pytest.raises(ValueError, match="read-only"):
        numbers[0] = 5


@given(some=st.lists(st.integers(0, 300), max_size=40), asked=st.lists(st.integers(0, 5_000), max_size=60))
def test_few_numbers_are_found_among_many(some: list[int], asked: list[int]) -> None:
    """What is told from others by remainders first is told as by a set, with the place of each."""
    few, numbers = Few(np.array(some, np.int64)), np.array(list(dict.fromkeys(asked)), np.int64)
    assert few.among(numbers).tolist() == [number in some for number in numbers.tolist()]
    found = few.found_in(numbers).tolist()
    assert sorted(found) == [place for place, number in enumerate(some) if number in set(asked)]
