"""How long questions and acts take. Each benchmark also checks its answer against plain Python's account.

Measure:  pytest --benchmark-only bench
Try only: pytest --benchmark-disable --units 2000 bench
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from made_up import DAYS, START, Made

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Link, Succession
from orgmodel.history.history import History
from orgmodel.model.unit import Unit

Benchmark = Callable[..., Any]
DAY = START + dt.timedelta(DAYS * 3 // 5)
AFTER = START + dt.timedelta(DAYS + 100)


def fresh(history: History) -> History:
    """The same history with nothing remembered of what was asked before."""
    return history.enact(Act("nothing", AFTER, []))


def test_a_day_cold(made: Made, benchmark: Benchmark) -> None:
    """A structure of a day nobody asked about yet, and one parent in it."""
    days = iter(range(1, 1_000_000))

    def ask() -> tuple[dt.date, str | None]:
        day = START + dt.timedelta(next(days) % DAYS)
        return day, made.history.at(day).parent("cell-5")

    day, parent = benchmark(ask)
    assert parent == made.parent_on("cell-5", day)


def test_the_tree_of_a_day_cold(made: Made, benchmark: Benchmark) -> None:
    """All that is below a province on a day nobody asked about yet: this makes the tree of the day."""
    days = iter(range(1, 1_000_000))
    province = made.provinces[0]

    def ask() -> tuple[dt.date, int]:
        day = START + dt.timedelta(next(days) % DAYS)
        return day, len(made.history.at(day).descendants(province))

    day, count = benchmark.pedantic(ask, rounds=20, iterations=1)  # type: ignore[attr-defined]
    above = {unit: made.parent_on(unit, day) for unit in made.parents}

    def root(unit: str) -> str:
        while above[unit] != "centre":
            unit = above[unit]
        return unit

    assert count == sum(root(unit) == province for unit in above) - 1


def test_total_under_a_province_again(made: Made, benchmark: Benchmark) -> None:
    """A total on a day that was asked about before."""
    structure = made.history.at(DAY)
    total = benchmark(structure.total, "members", made.provinces[0])
    below = {*structure.descendants(made.provinces[0])}
    assert total.value == sum(made.members_on(cell, DAY) for cell in made.members if cell in below)


def test_path(made: Made, benchmark: Benchmark) -> None:
    """From a cell up to the centre."""
    structure = made.history.at(DAY)
    path = benchmark(structure.path, "cell-7")
    assert path[0] == "centre"
    assert path[-2:] == (made.parent_on("cell-7", DAY), "cell-7")


def test_one_act(made: Made, benchmark: Benchmark) -> None:
    """An act that gives one cell another parent, with all checks, on a branch of its own."""
    target = "grassroots-1" if made.parents["cell-5"][-1][1] != "grassroots-1" else "grassroots-2"
    act = Act("move", AFTER, [Change("cell-5", "parent", target)])
    branch = benchmark(made.history.enact, act)
    assert branch.at(AFTER).parent("cell-5") == target
    assert made.history.at(AFTER).parent("cell-5") != target


def test_one_merger(made: Made, benchmark: Benchmark) -> None:
    """Two communes become one, their children move along, with all checks, on a branch of its own."""
    last = made.history.at(AFTER)
    olds = last.select(kind="commune")[:2]
    children = [child for old in olds for child in last.children(old)]
    merger = Succession(
        links=[Link(old, "new") for old in olds],
        created=[Unit("new", kind="commune", parent=last.parent(olds[0]))],
        changes=[Change(child, "parent", "new") for child in children],
    )
    branch = benchmark(made.history.enact, Act("merger", AFTER, [merger]))
    assert set(branch.at(AFTER).children("new")) == set(children)


def test_difference(made: Made, benchmark: Benchmark) -> None:
    """What changed in a year."""
    a, b = DAY, DAY + dt.timedelta(365)
    moved = benchmark(lambda: made.history.between(a, b).moved)
    expected = {unit for unit in made.parents if made.parent_on(unit, a) != made.parent_on(unit, b)}
    assert {change.subject for change in moved} == expected


def test_backdated_act(made: Made, benchmark: Benchmark) -> None:
    """An act in the past: all that is effective later is checked again."""
    cell = next(c for c in made.parents if c.startswith("cell") and made.parents[c][-1][0] < DAY)
    target = "grassroots-1" if made.parents[cell][-1][1] != "grassroots-1" else "grassroots-2"
    day = START + dt.timedelta(DAYS - 100)
    act = Act("late", day, [Change(cell, "parent", target)])
    branch = benchmark.pedantic(made.history.enact, (act,), rounds=3)  # type: ignore[attr-defined]
    assert branch.at(AFTER).parent(cell) == target
    assert made.history.at(AFTER).parent(cell) == made.parents[cell][-1][1]


def test_branch(made: Made, benchmark: Benchmark) -> None:
    """A branch is a reference: an empty act on top of the history."""
    branch = benchmark(fresh, made.history)
    assert branch.at(DAY).parent("cell-5") == made.history.at(DAY).parent("cell-5")
