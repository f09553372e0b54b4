"""Made-up countries as a register of records writes them, and how it is read."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from worlds import World

from orgmodel.io.importers import import_register

ANY = (
    "rename", "recode", "exchange_codes", "move", "merge", "take_over", "break_down", "split_off", "divide_among",
    "reorganise", "replace", "create", "create_without_code", "close", "rename_district", "replace_districts",
    "short_lived", "three_on_a_day",
)  # fmt: skip
MODES = {"rename": "22", "move": "23", "recode": "26", "exchange_codes": "26"}
"""Type of an event -> how units go on by it; in all others with another extent."""
GROUND = "24"


def records_of(world: World, random: Random, *, inclusive: bool = True) -> tuple[list[dict[str, Any]], list[str]]:
    """A world as a register of numbered events writes it, and of each record the unit that it is of."""
    rows: list[dict[str, Any]] = []
    of: list[str] = []
    current: dict[str, int] = {}

    def begin(unit: str, facts: Any, day: dt.date, number: str, mode: str) -> None:
        kind, name, code, parent = facts
        above = "" if parent is None else rows[current[parent]]["record"]
        current[unit] = len(rows)
        of.append(unit)
        rows.append(
            {
                "record": str(1000 + len(rows)), "level": kind, "no": code or "0", "label": name, "above": above,
                "from": day, "to": None, "in": number, "how in": mode, "out": None, "how out": None,
            }
        )  # fmt: skip

    def end(unit: str, day: dt.date, number: str, mode: str) -> None:
        row = rows[current[unit]]
        row |= {"to": day - dt.timedelta(inclusive), "out": number, "how out": mode}

    for unit, facts in world.start.items():
        begin(unit, facts, world.first, "", "20")
    for number, event in enumerate(world.events, 1):
        key, mode = str(number), MODES.get(event.type, GROUND)
        for unit in event.ended:
            end(unit, event.day, key, "29")
        for unit in event.kept:
            end(unit, event.day, key, mode)
        for unit, facts in event.begun.items():
            begin(unit, facts, event.day, key, "21")
        for unit, (_, facts) in event.kept.items():
            begin(unit, facts, event.day, key, mode)
    order = list(range(len(rows)))
    random.shuffle(order)
    return [rows[place] for place in order], [of[place] for place in order]


COLUMNS = {
    "record": "record", "level": "kind", "no": "code", "label": "name", "above": "parent", "from": "start",
    "to": "end", "in": "admission", "how in": "admission_mode", "out": "abolition", "how out": "abolition_mode",
}  # fmt: skip


def read(rows: Any, **options: Any) -> Any:
    settings = {
        "ends": "inclusive", "goes_on": {"22", "23", "24", "26"}, "ground": {"24"}, "first": {"20"},
        "placeholders": {"0"}, "source": "the register",
    }  # fmt: skip
    return import_register(rows, COLUMNS, **settings | options)
