"""A subject with a great many rows: they are read, changed, saved and travel as a few are."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.engine import many, state
from orgmodel.engine.many import Many
from orgmodel.testing.strategies import histories

SMALL = 3


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if three rows were a great many."""
    monkeypatch.setattr(many, "BLOCK", SMALL)
    monkeypatch.setattr(state, "BLOCK", SMALL)


@given(st.lists(st.integers(), min_size=1, max_size=9), st.lists(st.tuples(st.integers(), st.integers()), max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("small")
def test_two_pieces_are_one_tuple(first: list[int], more: list[tuple[int, int]]) -> None:
    whole, rows = tuple(first), Many.of(tuple(first))
    for last, new in more:
        whole, rows = (*whole[:-1], last, new), rows.ended(last, new)
        assert (rows, len(rows), list(rows), list(reversed(rows))) == (whole, len(whole), [*whole], [*reversed(whole)])
        assert [rows[at] for at in range(-len(whole), len(whole))] == [
            whole[at] for at in range(-len(whole), len(whole))
        ]
        assert (rows[1:], rows[-2:], rows + (1,), (1,) + rows) == (whole[1:], whole[-2:], (*whole, 1), (1, *whole))
        assert hash(rows) == hash(whole)
        assert rows != (*whole, 0)
        assert Many.of(rows) is rows
    with pytest.raises(IndexError):
        rows[len(whole)]


@given(histories(max_units=5, min_moves=6, max_moves=16))
@times(0.5, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("small")
def test_a_history_of_many_rows_is_what_it_is_with_few(tmp_path: Path, history: om.History) -> None:
    """The same acts, once more, entry by entry, with rows in two pieces."""
    told = om.History.from_log(history.log, history.schema, history.measures.values())
    assert told == history
    for day in history.days():
        assert told.at(day).facts() == history.at(day).facts()
    om.save(told, tmp_path / "many.om")
    assert om.open_history(tmp_path / "many.om") == history == pickle.loads(pickle.dumps(told))


def test_a_unit_with_thousands_of_changes() -> None:
    """More rows than a block: each name on its day, and a late one among them."""
    history = om.history_of([{"id": "u", "name": "0"}], day="2000-01-01", source="a register")
    first = history.first_day
    assert first is not None
    days = [first.replace(year=2000 + at // 360, month=at // 30 % 12 + 1, day=at % 28 + 1) for at in range(1, 2_500)]
    days = sorted(set(days) - {first})
    for at, day in enumerate(days):
        history = history.enact(om.Act(f"a{at}", day, [om.Change("u", "name", str(at))], om.Source("x")))
    assert len(days) > many.BLOCK + 100
    assert [history.at(day).unit("u").name for day in days[::97]] == [str(at) for at in range(len(days))][::97]
    late = om.Act("late", days[40], [om.Change("u", "name", "late")], om.Source("x"))
    after = history.enact(late)
    assert [after.at(days[at]).unit("u").name for at in (39, 40, 41)] == ["39", "late", "41"]
    assert after.cancel("late", reason="a slip").same_facts(history)
