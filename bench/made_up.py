"""A made-up organisation for the benchmarks: six levels, dated changes, the same in every run.

30,000 units have about 100,000 dated changes, and other sizes in proportion. CI takes few,
to see that the benchmarks run and that their answers are right.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.history.history import History
from orgmodel.model.measure import Measure
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit

START = dt.date(2010, 1, 1)
DAYS = 5_000
SHARES = [("province", 0.002), ("district", 0.02), ("commune", 0.15), ("grassroots", 0.3), ("cell", 1.0)]


class Made(NamedTuple):
    """The history, and plain Python's own account of it."""

    history: History
    parents: dict[str, list[tuple[dt.date, str]]]
    members: dict[str, list[tuple[dt.date, int]]]
    provinces: list[str]

    def parent_on(self, unit: str, day: dt.date) -> str:
        return next(parent for since, parent in reversed(self.parents[unit]) if since <= day)

    def members_on(self, unit: str, day: dt.date) -> int:
        return next(number for since, number in reversed(self.members[unit]) if since <= day)


def make(units: int) -> Made:
    rng = random.Random(20250701)
    levels: list[list[str]] = [["centre"]]
    events: list[Event] = [Creation(Unit("centre", kind="centre"))]
    parents: dict[str, list[tuple[dt.date, str]]] = {}
    members: dict[str, list[tuple[dt.date, int]]] = {}
    made = 1
    for kind, share in SHARES:
        count = max(2, int(units * share)) - (made if share == 1.0 else 0)
        level = [f"{kind}-{i}" for i in range(count)]
        for i, unit in enumerate(level):
            parent = levels[-1][i % len(levels[-1])]
            events.append(Creation(Unit(unit, name=unit, kind=kind, parent=parent)))
            parents[unit] = [(START, parent)]
        levels.append(level)
        made += count
    for cell in levels[-1]:
        number = rng.randint(3, 80)
        events.append(Change(cell, "measure:members", number, "own"))
        members[cell] = [(START, number)]
    history = History(measures=[Measure("members")]).enact(Act("start", START, events, Source("made up")))
    changes = 100_000 * units // 30_000
    per_day: dict[dt.date, list[Event]] = {}
    days = sorted(START + dt.timedelta(rng.randint(1, DAYS)) for _ in range(changes))
    for day in days:
        todo = per_day.setdefault(day, [])
        cell = rng.choice(levels[-1])
        if rng.random() < 0.3:
            parent = rng.choice(levels[-2])
            if parents[cell][-1][1] != parent and parents[cell][-1][0] != day:
                todo.append(Change(cell, "parent", parent))
                parents[cell].append((day, parent))
        elif members[cell][-1][0] != day:
            number = rng.randint(3, 80)
            todo.append(Change(cell, "measure:members", number, "own"))
            members[cell].append((day, number))
    acts = [Act(f"a{i}", day, todo, Source("made up")) for i, (day, todo) in enumerate(sorted(per_day.items())) if todo]
    return Made(history.enact(*acts), parents, members, levels[1])
