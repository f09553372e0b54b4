"""Made-up countries as a register of movements writes them, and how it is read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any

from worlds import Facts, World

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
