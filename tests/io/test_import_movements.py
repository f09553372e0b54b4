"""Registers of movements: what a country's movements tell is found again, on every day."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from places import SUPPORT
from register_movements import ANY, Movements, read
from worlds import World, found

import orgmodel as om
from orgmodel.io.importers import import_movements

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.


def used(state: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """Without districts, which the movements do not tell of."""
    return Counter({item: count for item, count in state.items() if item[0] != "district"})


def is_ambiguous(world: World) -> bool:
    """Whether a day has two events of a mode of which nothing tells the order."""
    for number, event in enumerate(world.events):
        for other in world.events[:number]:
            same = event.day == other.day and event.type == other.type and event.type in ("divide_among", "move")
            if same and {*event.ended, *event.kept} & {*other.ended, *other.kept}:
                return True
    return False


def is_crowded(world: World) -> bool:
    """Whether so much happens on a day that names and codes need not tell in which order."""
    return max(Counter(event.day for event in world.events).values(), default=0) > 4


@given(st.integers(0, 10**6), st.integers(1, 10), st.booleans())
def test_movements_tell_what_was_so_on_every_day(seed: int, size: int, parts: bool) -> None:
    """Rows in any order give units, names, codes and places back, and hold against the list of the last day."""
    world = World(seed, size, ANY)
    assume(not is_ambiguous(world) and not is_crowded(world))
    movements = Movements(world, Random(seed), parts=parts)
    done = read(movements)
    assert done.about("snapshot") == ()
    for day in world.days:
        assert used(movements.state(day)) == used(found(done.history.at(day))), day
    assert all(act.operations and not act.is_outcome for act in done.history.acts[1:])


def movement(day: str, mode: str, *sides: str) -> dict[str, str]:
    """A row of a movement, of each side its type, code and name."""
    row = {"day": day, "mode": mode}
    for side, text in zip(("old", "new"), sides, strict=True):
        row |= dict(zip((f"{side}_type", f"{side}_code", f"{side}_name"), text.split(), strict=True))
    return row


def test_movements_without_lists_say_what_they_can() -> None:
    """The first state is reckoned back from what is mentioned first as what was before, or as what takes part."""
    rows = [
        movement("1973-01-01", "33", "COM 2 B", "COM 1 A"),
        movement("1973-01-01", "33", "COM 2 B", "PART 2 B"),
        movement("1973-01-01", "33", "COM 1 A", "COM 1 A"),
        movement("1980-01-01", "34", "PART 9 Z", "COM 8 Y"),
        movement("1983-01-01", "21", "COM 1 A", "COM 1 A"),
        movement("1983-01-01", "21", "COM 1 A", "COM 2 B"),
        movement("1983-01-01", "21", "PART 2 B", "COM 2 B"),
    ]
    done = import_movements(rows, status={"PART"}, reestablishments={"21"}, since="1943-01-01", source="a table")
    history = done.history
    assert [event.what.id for event in history.acts[0].events] == ["root", "2", "1", "8", "PART-9"]
    assert history.at("1972-12-31").counts() == {"COM": 3, "PART": 1, "": 1}
    assert history.at("1973-01-01").parent("PART-2") == "1"
    assert history.at("1980-01-01").counts() == {"COM": 2, "PART": 1, "": 1}
    assert history.at("1983-01-01").counts() == {"COM": 3, "": 1}
    assert history.lineage.successors("2", on="1984-01-01") == ("1", "2~2")
    assert [finding.units for finding in done.about("parent")] == [("PART-9",)] or done.about("parent")
    ground = history.correspondence("1972-12-31", "1984-01-01", kind="COM")
    assert {(row.old, row.new, row.extent) for row in ground} == {
        ("1", "1", "whole"), ("2", "2~2", "whole"), ("8", "8", "whole"),
    }  # fmt: skip


def test_differences_from_a_list_are_findings() -> None:
    """A list that has more, less or other names is held against the history unit by unit."""
    rows = [{"day": "2001-01-01", "mode": "10", "old_code": "1", "old_name": "A", "new_code": "1", "new_name": "B"}]
    lists = {"2000-06-01": [{"code": "1", "name": "A"}], "2001-06-01": [{"code": "1", "name": "Bb"}, {"code": "2"}]}
    done = import_movements(rows, since="2000-01-01", checks=lists)
    assert [finding.message for finding in done.about("snapshot")] == [
        "the list of 2001-06-01: it calls 1 'Bb', the movements 'B'",
        "the list of 2001-06-01: it has 2 '', which the movements do not make",
    ]


ROW = {"day": "2001-01-01", "mode": "31", "old_code": "1", "old_name": "A", "new_code": "2", "new_name": "B"}


@pytest.mark.parametrize(
    ("rows", "rule", "at"),
    [
        ([ROW | {"day": "1999-01-01"}], "day", 1),
        ([ROW | {"day": None}], "day", 1),
        ([ROW | {"old_code": None, "new_code": None}], "movement", 1),
        ([ROW, ROW | {"day": "2002-01-01"}], "live-unit", 2),
        ([ROW | {"mod": "31"}], "column", None),
    ],
)
def test_a_faulty_movement_is_refused_with_its_row(rows: list[dict[str, Any]], rule: str, at: int | None) -> None:
    """Each fault has its rule and row."""
    with pytest.raises(om.InvalidTable) as caught:
        import_movements(rows, since="2000-01-01")
    assert (rule, at) in {(finding.rule, finding.row) for finding in caught.value.findings}


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from random import Random
from hashlib import sha256
import orgmodel as om
from worlds import World
import register_movements as movements, register_records as register
texts = []
for seed in range(3):
    world = World(seed, 6, movements.ANY)
    texts.append(om.dumps(movements.read(movements.Movements(world, Random(seed), parts=True), start=None).history))
    world = World(seed, 6, register.ANY)
    texts.append(om.dumps(register.read(register.records_of(world, Random(seed))[0]).history))
print(sha256("".join(texts).encode()).hexdigest())
"""


def test_the_same_tables_give_the_same_bytes_in_every_process() -> None:
    """Nothing depends on the order of sets, which differs between processes."""
    script = SCRIPT.format(tests=str(SUPPORT))
    found = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_a_unit_does_not_get_another_code_and_leave_by_one_event() -> None:
    """The rows contradict each other; which one holds, nobody can tell."""
    rows = [
        {"day": "2019-01-01", "mode": "recode", "old_type": "C", "old_code": "1", "new_type": "C", "new_code": "4"},
        {"day": "2019-01-01", "mode": "recode", "old_type": "C", "old_code": "1"},
    ]
    with pytest.raises(om.InvalidTable, match="C 1 gets another code and leaves the register by one event"):
        import_movements(rows, since="2018-01-01", recodings=["recode"])


def test_a_code_that_an_event_frees_may_be_given_again_by_it() -> None:
    """The unit that bore it went into another one; the ground of a status unit is a unit of that code afterwards."""
    rows = [
        {"day": "2019-01-01", "mode": "part", "event": "x", "old_type": "C", "old_code": "4", "new_type": "C", "new_code": "1"},
        {"day": "2019-01-01", "mode": "part", "event": "x", "old_type": "S", "old_code": "1", "new_type": "C", "new_code": "4"},
    ]  # fmt: skip
    history = import_movements(rows, since="2018-01-01", status=["S"]).history
    before, after = (history.at(day).one("4").id for day in ("2018-12-31", "2019-01-01"))
    assert before != after
    assert str(history.life(before).end) == "2019-01-01"
