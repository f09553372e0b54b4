"""Made-up countries that change, told plainly: what importers must find again in the registers written of them.

A :class:`World` shares nothing with the library. It has two levels, districts and communes, and keeps what was so
after each day, and of each event what ended, began and went on, and which unit became which.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any, NamedTuple

Facts = tuple[str, str, str | None, str | None]
"""Kind, name, code (None for a placeholder), id of the parent."""


class Event(NamedTuple):
    """One event as it happened."""

    day: dt.date
    type: str
    ended: dict[str, Facts]
    begun: dict[str, Facts]
    kept: dict[str, tuple[Facts, Facts]]
    """Unit that goes on -> its facts before and after."""
    links: frozenset[tuple[str, str]]
    """Pairs (old, new) of which ground passed, without those of a unit and itself."""


class World:
    """A country that changes at random.

    Args:
        seed: of the random numbers.
        size: how many events.
        types: which events happen.
        districts, communes: how many there are at the beginning.
    """

    def __init__(self, seed: int, size: int, types: tuple[str, ...], districts: int = 3, communes: int = 8) -> None:
        self.random, self.counter = Random(seed), 0
        self.live: dict[str, Facts] = {}
        self.events: list[Event] = []
        self.day = self.first = dt.date(2000, 1, 1)
        self.states: dict[dt.date, dict[str, Facts]] = {}
        self.free: list[str] = []
        """Codes of communes that nobody bears any more."""
        for _ in range(districts):
            self.live[self._id()] = ("district", self._name(), self._code("district"), None)
        for _ in range(communes):
            self.live[self._id()] = ("commune", self._name(), self._code(), self._any("district"))
        self.start = dict(self.live)
        self.states[self.day] = dict(self.live)
        for _ in range(size):
            today = sum(event.day == self.day for event in self.events)
            if not self.events or today > 2 or self.random.random() < 0.5:
                self.states[self.day] = dict(self.live)
                self.day += dt.timedelta(self.random.choice((1, 2, 40)))
            getattr(self, f"_{self.random.choice(types)}")()
        self.states[self.day] = dict(self.live)

    # ---- what there is

    def _id(self) -> str:
        self.counter += 1
        return f"u{self.counter}"

    def _name(self) -> str:
        self.counter += 1
        return f"Name {self.counter}"

    def _code(self, kind: str = "commune") -> str:
        if kind == "commune" and self.free and self.random.random() < 0.5:
            return self.free.pop(self.random.randrange(len(self.free)))
        self.counter += 1
        return f"{'9' if kind == 'district' else '1'}{self.counter:04}"

    def _units(self, kind: str) -> list[str]:
        return [unit for unit, facts in self.live.items() if facts[0] == kind]

    def _any(self, kind: str) -> str:
        return self.random.choice(self._units(kind))

    def _some(self, count: int) -> list[str] | None:
        communes = self._units("commune")
        return self.random.sample(communes, count) if len(communes) > count else None

    # ---- what happens

    def happen(self, type_: str, ended: list[str], begun: dict[str, Facts], kept: dict[str, Facts], links: Any) -> None:
        """Let an event happen."""
        self.events.append(
            Event(
                self.day, type_, {unit: self.live[unit] for unit in ended}, begun,
                {unit: (self.live[unit], facts) for unit, facts in kept.items()}, frozenset(links),
            )
        )  # fmt: skip
        for unit in ended:
            facts = self.live.pop(unit)
            if facts[0] == "commune" and facts[2] is not None:
                self.free.append(facts[2])
        self.live |= begun | kept
        borne = {facts[2] for facts in self.live.values()}
        self.free = [code for code in self.free if code not in borne]

    def _new(self, parent: str | None = None, code: str | None = None) -> tuple[str, Facts]:
        return self._id(), ("commune", self._name(), code or self._code(), parent or self._any("district"))

    def _rename(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            kind, _, code, parent = self.live[unit]
            self.happen("rename", [], {}, {unit: (kind, self._name(), code, parent)}, ())

    def _recode(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit and self.live[unit][2]:
            kind, name, code, parent = self.live[unit]
            new = self._code()
            self.free.append(str(code))
            self.happen("recode", [], {}, {unit: (kind, name, new, parent)}, ())

    def _exchange_codes(self) -> None:
        pair = self._some(2)
        if pair and all(self.live[unit][2] for unit in pair):
            a, b = (self.live[unit] for unit in pair)
            kept = {pair[0]: (a[0], a[1], b[2], a[3]), pair[1]: (b[0], b[1], a[2], b[3])}
            self.happen("exchange_codes", [], {}, kept, ())

    def _move(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            kind, name, code, parent = self.live[unit]
            home = self._any("district")
            if home != parent:
                self.happen("move", [], {}, {unit: (kind, name, code, home)}, ())

    def _merge(self) -> None:
        olds = self._some(self.random.choice((2, 3)))
        if olds:
            code = self.live[olds[0]][2] if self.random.random() < 0.3 else None
            new, facts = self._new(self.live[olds[0]][3], code)
            self.happen("merge", olds, {new: facts}, {}, {(old, new) for old in olds})

    def _take_over(self) -> None:
        olds = self._some(self.random.choice((2, 3)))
        if olds:
            keeper, *gone = olds
            kept = {keeper: self.live[keeper]}
            self.happen("take_over", gone, {}, kept, {(old, keeper) for old in gone})

    def _break_down(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            parent = self.live[unit][3]
            news = dict(self._new(parent) for _ in range(self.random.choice((2, 3))))
            self.happen("break_down", [unit], news, {}, {(unit, new) for new in news})

    def _split_off(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            news = dict([self._new()])
            self.happen("split_off", [], news, {unit: self.live[unit]}, {(unit, new) for new in news})

    def _divide_among(self) -> None:
        """A unit ends, and others that go on share its ground."""
        units = self._some(3)
        if units:
            gone, *takers = units
            kept = {taker: self.live[taker] for taker in takers}
            self.happen("divide_among", [gone], {}, kept, {(gone, taker) for taker in takers})

    def _reorganise(self) -> None:
        """Units become other units, several of several."""
        olds = self._some(2)
        if olds:
            news = dict(self._new(self.live[olds[0]][3]) for _ in range(2))
            self.happen("reorganise", olds, news, {}, {(old, new) for old in olds for new in news})

    def _replace(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            new, facts = self._new(self.live[unit][3])
            self.happen("replace", [unit], {new: facts}, {}, {(unit, new)})

    def _create(self) -> None:
        self.happen("create", [], dict([self._new()]), {}, ())

    def _create_without_code(self) -> None:
        new, (kind, name, _, parent) = self._new(code="-")
        self.happen("create", [], {new: (kind, name, None, parent)}, {}, ())

    def _close(self) -> None:
        (unit,) = self._some(1) or (None,)
        if unit:
            self.happen("close", [unit], {}, {}, ())

    def _rename_district(self) -> None:
        unit = self._any("district")
        kind, _, code, parent = self.live[unit]
        self.happen("rename", [], {}, {unit: (kind, self._name(), code, parent)}, ())

    def _replace_districts(self) -> None:
        """Districts become others, and each of their communes is told to stand under one of those, on the same day."""
        districts = self._units("district")
        olds = self.random.sample(districts, min(len(districts), self.random.choice((1, 2))))
        count = self.random.choice((1, 2))
        news = {self._id(): ("district", self._name(), self._code("district"), None) for _ in range(count)}
        below = [unit for unit, facts in self.live.items() if facts[3] in olds]
        links = {(old, new) for old in olds for new in news}
        self.happen("replace_districts", [], news, {}, links)  # The old ones end once their communes are away.
        for unit in below:
            kind, name, code, _ = self.live[unit]
            home = self.random.choice(list(news))
            self.happen("move", [], {}, {unit: (kind, name, code, home)}, ())
        event = self.events[-len(below) - 1]
        self.events[-len(below) - 1] = event._replace(ended={old: self.live.pop(old) for old in olds})

    def _short_lived(self) -> None:
        """A unit that begins and ends on one day."""
        units = self._some(2)
        if units:
            one, other = units
            new, facts = self._new(self.live[one][3])
            self.happen("replace", [one], {new: facts}, {}, {(one, new)})
            self.happen("take_over", [new], {}, {other: self.live[other]}, {(new, other)})

    def _three_on_a_day(self) -> None:
        """A unit is renamed, takes another one over, and is recoded, all on one day."""
        units = self._some(2)
        if units:
            one, other = units
            kind, _, code, parent = self.live[one]
            self.happen("rename", [], {}, {one: (kind, self._name(), code, parent)}, ())
            self.happen("take_over", [other], {}, {one: self.live[one]}, {(other, one)})
            if code is not None:
                kind, name, code, parent = self.live[one]
                new = self._code()
                self.free.append(str(code))
                self.happen("recode", [], {}, {one: (kind, name, new, parent)}, ())

    # ---- what must be found again

    def state(self, day: dt.date) -> Counter[tuple[Any, ...]]:
        """What is so on a day: of each unit kind, name, code, and the name of what stands above."""
        (held,) = [self.states[max(known for known in self.states if known <= day)]]
        return Counter(
            (kind, name, code, held[parent][1] if parent else None) for kind, name, code, parent in held.values()
        )

    @property
    def days(self) -> list[dt.date]:
        """The days on which something happens, and those before and after each."""
        days = {event.day + dt.timedelta(by) for event in self.events for by in (-1, 0, 1)} | {self.first}
        return sorted(day for day in days if day >= self.first)


def found(structure: Any, root: str = "root") -> Counter[tuple[Any, ...]]:
    """What a structure says of its units, as :meth:`World.state` does."""
    names = {unit.id: unit.name for unit in map(structure.unit, structure.descendants(root))}
    return Counter((unit.kind, unit.name, unit.code, names.get(unit.parent)) for unit in map(structure.unit, names))
