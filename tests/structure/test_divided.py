"""Parts of a unit that was divided without shares are known together, although none of them is known alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import orgmodel as om
from orgmodel.history.history import History, history_of
from orgmodel.model.measure import Measure
from orgmodel.model.unit import Unit


def decided(history: History, day: str, *decide: Callable[[Any], Any]) -> History:
    with history.draft(day) as act:
        for each in decide:
            each(act)
    return history.enact(act)


def record() -> History:
    rows = [{"id": "r"}, {"id": "a", "parent": "r", "m": 100}, {"id": "x", "parent": "r", "m": 7}]
    return history_of(rows, day="2020-01-01", measures=[Measure("m")])


def merge(*units: str, into: str) -> Callable[[Any], Any]:
    return lambda act: act.merge(units, into=Unit(into))


def break_down(unit: str, *into: str) -> Callable[[Any], Any]:
    return lambda act: act.break_down(unit, [Unit(new) for new in into])


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([break_down("a", "b", "c", "d"), merge("b", "c", "d", into="n")], "100"),
        ([break_down("a", "b", "c", "d"), merge("b", "c", into="n")], "unknown, 0 to 100"),
        ([break_down("a", "b", "c", "d"), merge("b", "c", into="bc"), merge("bc", "d", into="n")], "100"),
        ([break_down("a", "b", "c"), merge("b", "x", into="bx"), merge("bx", "c", into="n")], "107"),
        ([break_down("a", "b", "c"), break_down("b", "d", "e"), merge("d", "c", "e", into="n")], "100"),
        ([break_down("a", "b", "c"), break_down("b", "d", "e"), merge("d", "e", into="n")], "unknown, 0 to 100"),
        ([lambda act: act.split_off("a", Unit("b")), merge("a", "b", into="n")], "100"),
        # What is stated in between is no longer the part that it was.
        (
            [
                lambda act: act.split_off("a", Unit("b")),
                lambda act: act.record("a", "m", 60),
                merge("a", "b", into="n"),
            ],
            "unknown, 60 to 160",
        ),
    ],
)
def test_parts_that_merge_again(steps: list[Callable[[Any], Any]], expected: str) -> None:
    """All parts of a division are the whole again, some of them no more than it; day by day or on one day."""
    history = record()
    for month, step in enumerate(steps, 1):
        history = decided(history, f"2021-{month:02}-01", step)
    assert expected == str(history.at("2022-01-01").measure("n", "m"))
    assert expected == str(decided(record(), "2021-01-01", *steps).at("2022-01-01").measure("n", "m"))


def test_a_late_figure_of_the_whole_reaches_the_parts_together() -> None:
    """A figure that is learned after the parts merged again is that of the merged unit, from lines as well."""
    history = decided(record(), "2021-01-01", break_down("a", "b", "c"))
    history = decided(history, "2022-01-01", merge("b", "c", into="n"))
    late = decided(history, "2020-06-01", lambda act: act.record("a", "m", 120))
    for told in (late, om.loads(om.dumps(late))):
        assert "120" == str(told.at("2022-01-01").measure("n", "m"))


def test_a_single_part_is_not_the_whole() -> None:
    """What did not go along the one link went nowhere on record: two such parts are no two wholes."""
    parts = [
        om.Succession([om.Link(old, new, "part")], created=[Unit(new, parent="r")])
        for old, new in (("a", "b"), ("x", "y"))
    ]
    history = record().enact(om.Act("parts", "2021-01-01", parts))
    merged = decided(history, "2022-01-01", merge("b", "y", into="n"))
    assert "unknown, 0 to 107" == str(merged.at("2022-01-01").measure("n", "m"))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ["107", "107", "0"]),
        ([lambda act: act.reassign("d", to="q")], ["107", "7 to 107", "0 to 100"]),
        ([lambda act: act.reassign(["b", "c", "d"], to="q")], ["107", "7", "100"]),
        ([lambda act: act.close("d")], ["7 to 107", "7 to 107", "0"]),
        ([lambda act: act.record("d", "m", 30)], ["37 to 137", "37 to 137", "0"]),
        ([lambda act: act.record("x", "m", None)], ["100 or more", "100 or more", "0"]),
        ([lambda act: act.record("p", "m", 60, scope="subtree"), merge("b", "x", into="n")], ["107", "107", "0"]),
        ([break_down("d", "e", "f"), lambda act: act.reassign("e", to="q")], ["107", "7 to 107", "0 to 100"]),
        ([break_down("x", "y", "z")], ["107", "107", "0"]),
        # In contradiction to what is stated for the subtree the sum is kept, here and above.
        ([lambda act: act.record("p", "m", 150, scope="subtree")], ["107", "107", "0"]),
    ],
)
def test_totals_know_parts_together(steps: list[Callable[[Any], Any]], expected: list[str]) -> None:
    """A total over all parts of a unit is the unit's number, as if nobody had divided it."""
    rows = [{"id": "r"}, *({"id": unit, "parent": "r", "m": 0} for unit in "pq")]
    units = [{"id": "a", "parent": "p", "m": 100}, {"id": "x", "parent": "p", "m": 7}]
    history = history_of([*rows, *units], day="2020-01-01", measures=[Measure("m")])
    history = decided(history, "2021-01-01", break_down("a", "b", "c", "d"))
    for month, step in enumerate(steps, 1):
        history = decided(history, f"2022-{month:02}-01", step)
    structure = history.at("2023-01-01")
    assert expected == [str(structure.total("m", under=unit)).partition(" (")[0] for unit in "rpq"]


@pytest.mark.parametrize("days", [("2021-01-01", "2021-01-01"), ("2021-01-01", "2021-02-01")])
@pytest.mark.parametrize(
    ("moved", "expected"), [("x1", "0 to 100"), ("x2", "0 to 100"), ("a", "0 to 100"), ("", "100")]
)
def test_a_unit_that_gives_parts_away_twice(days: tuple[str, str], moved: str, expected: str) -> None:
    """The second division leaves its number as unknown as it was, but what it and the first part have is not all."""
    history = history_of(
        [{"id": "r"}, *({"id": unit, "parent": "r", "m": 0} for unit in "pq"), {"id": "a", "parent": "p", "m": 100}],
        day="2020-01-01",
        measures=[Measure("m")],
    )
    for number, day in enumerate(days, 1):
        with history.draft(day, act_id=f"act {number}") as act:
            act.split_off("a", Unit(f"x{number}"))
        history = history.enact(act)
    if moved:
        history = decided(history, "2022-01-01", lambda act: act.reassign(moved, to="q"))
    structure = history.at("2022-01-01")
    assert (expected, "100") == (str(structure.total("m", under="p")), str(structure.total("m")))
    together = decided(history, "2023-01-01", lambda act: act.merge(["a", "x1", "x2"], into=Unit("n", parent="r")))
    assert "100" == str(together.at("2023-01-01").measure("n", "m"))
    two = decided(history, "2023-01-01", lambda act: act.merge(["a", "x1"], into=Unit("n", parent="r")))
    assert "unknown, 0 to 100" == str(two.at("2023-01-01").measure("n", "m"))
