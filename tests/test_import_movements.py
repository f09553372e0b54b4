"""Registers of movements: what a country's movements tell is found again, on every day."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from worlds import Facts, World, found

import orgmodel as om
from orgmodel.io.importers import import_movements

ANY = (
    "rename", "recode", "exchange_codes", "move", "merge", "take_over", "break_down", "split_off", "divide_among",
    "replace", "create", "close", "short_lived", "three_on_a_day",
)  # fmt: skip
MODES = {
    "recode": "41", "exchange_codes": "50", "rename": "10", "split_off": "20", "break_down": "25", "divide_among": "30",
    "move": "15",
}  # fmt: skip
KINDS = {"": "commune", "S": "part"}


class Movements:
    """A world as a register of movements writes it, with former communes that live on as parts of others."""

    def __init__(self, world: World, random: Random, *, parts: bool) -> None:
        self.world, self.random, self.parts = world, random, parts
        self.rows: list[dict[str, Any]] = []
        self.held: dict[str, tuple[str, str]] = {}
        """Code of a part -> its name, and the commune it belongs to."""
        self.states: dict[dt.date, dict[str, tuple[str, str]]] = {world.first: {}}
        codes = {unit: facts[2] for unit, facts in world.start.items()}
        self.districts = {unit: str(code) for unit, code in codes.items() if world.start[unit][0] == "district"}
        for event in world.events:
            self._write(event)
            self.states[event.day] = dict(self.held)
        random.shuffle(self.rows)

    def row(
        self, event: Any, mode: str, old: Facts | None, new: Facts | None, types: tuple[str, str] = ("", "")
    ) -> None:
        """One row of a movement."""
        self.rows.append(
            {
                "day": event.day, "mode": mode, "old_type": types[0] if old else "", "new_type": types[1] if new else "",
                "old_code": old and old[2], "old_name": old and old[1],
                "new_code": new and new[2], "new_name": new and new[1],
                "new_parent": self.districts[new[3]] if new and new[3] and (not old or old[3] != new[3]) else None,
            }
        )  # fmt: skip

    def _write(self, event: Any) -> None:
        mode = MODES.get(event.type, "31")
        before = event.ended | {unit: facts[0] for unit, facts in event.kept.items()}
        after = event.begun | {unit: facts[1] for unit, facts in event.kept.items()}
        for unit in event.kept:
            self.row(event, mode, before[unit], after[unit])
        for old, new in sorted(event.links):
            self.row(event, mode, before[old], after[new])
        if not event.links:
            for facts in event.ended.values():
                self.row(event, "30", facts, None)
            for facts in event.begun.values():
                self.row(event, "20", None, facts)
        self._parts(event, mode, before, after)

    def _parts(self, event: Any, mode: str, before: dict[str, Facts], after: dict[str, Facts]) -> None:
        into: dict[str, list[str]] = {}
        for old, new in sorted(event.links):
            into.setdefault(old, []).append(new)
        for code, (name, home) in list(self.held.items()):
            part: Facts = ("part", name, code, None)
            if home not in event.ended:
                continue
            if len(into.get(home, ())) == 1:
                self.held[code] = name, into[home][0]
            elif home in into:
                self.row(event, mode, part, after[into[home][0]], ("S", ""))
                del self.held[code]
            else:
                self.row(event, "30", part, None, ("S", ""))
                del self.held[code]
        if self.parts and event.type == "take_over" and self.random.random() < 0.6:
            ((keeper, _),) = event.kept.items()
            for facts in event.ended.values():
                code = str(facts[2])
                if code not in self.held:
                    self.row(event, mode, facts, ("part", facts[1], code, None), ("", "S"))
                    self.held[code] = facts[1], keeper

    def state(self, day: dt.date) -> Counter[tuple[Any, ...]]:
        """What is so on a day."""
        held = self.states[max(known for known in self.states if known <= day)]
        units = self.world.states[max(known for known in self.world.states if known <= day)]
        return self.world.state(day) + Counter(
            ("part", name, code, units[home][1]) for code, (name, home) in held.items()
        )


def read(movements: Movements, **options: Any) -> Any:
    world = movements.world
    names = {str(facts[2]): facts[1] for facts in world.start.values() if facts[0] == "district"}
    listed = [
        {"type": "", "code": facts[2], "name": facts[1], "parent": movements.districts[str(facts[3])]}
        for facts in world.start.values()
        if facts[0] == "commune"
    ]
    last = max(world.states)
    end = [
        {"type": {"commune": "", "part": "S"}[kind], "code": code, "name": name}
        for kind, name, code, _ in movements.state(last)
        if kind != "district"
    ]
    settings: dict[str, Any] = {
        "status": {"S"}, "recodings": {"41", "50"}, "mergers": {"31"}, "kinds": KINDS, "parents": names, "parent_kind": "district",
        "since": world.first, "start": listed, "checks": {last: end},
    }  # fmt: skip
    return import_movements(movements.rows, **settings | options)


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


def test_movements_without_lists_say_what_they_can() -> None:
    """The first state is reckoned back from what is mentioned first as what was before, or as what takes part."""
    rows = [
        {"day": "1973-01-01", "mode": "33", "old_type": "COM", "old_code": "2", "old_name": "B", "new_type": "COM",
         "new_code": "1", "new_name": "A"},
        {"day": "1973-01-01", "mode": "33", "old_type": "COM", "old_code": "2", "old_name": "B", "new_type": "PART",
         "new_code": "2", "new_name": "B"},
        {"day": "1973-01-01", "mode": "33", "old_type": "COM", "old_code": "1", "old_name": "A", "new_type": "COM",
         "new_code": "1", "new_name": "A"},
        {"day": "1980-01-01", "mode": "34", "old_type": "PART", "old_code": "9", "old_name": "Z", "new_type": "COM",
         "new_code": "8", "new_name": "Y"},
        {"day": "1983-01-01", "mode": "21", "old_type": "COM", "old_code": "1", "old_name": "A", "new_type": "COM",
         "new_code": "1", "new_name": "A"},
        {"day": "1983-01-01", "mode": "21", "old_type": "COM", "old_code": "1", "old_name": "A", "new_type": "COM",
         "new_code": "2", "new_name": "B"},
        {"day": "1983-01-01", "mode": "21", "old_type": "PART", "old_code": "2", "old_name": "B", "new_type": "COM",
         "new_code": "2", "new_name": "B"},
    ]  # fmt: skip
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
import test_import_movements as movements, test_import_register as register
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
    script = SCRIPT.format(tests=str(Path(__file__).parent))
    found = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
