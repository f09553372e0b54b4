"""Persons who live in lowest units: the truth behind a record that knows only what its acts say."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.history.history import History, history_of
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit

START = dt.date(2000, 1, 1)
ROOT, PROVINCE, COMMUNE = "root", "province", "commune"
KINDS = ("move", "merge", "take over", "break down", "split off", "transfer", "merge provinces", "found", "close")
ALL = (*KINDS, "create", "again")

Snapshot = tuple[dict[int, str], dict[str, str | None], dict[str, str]]
"""Person -> unit, unit -> parent, unit -> kind."""


class World:
    """A record and what it does not tell: who lives where.

    Args:
        communes: for each commune the number of its province and how many live in it.
        bare: for each province without communes how many live in it.
        seed: decides who moves where in a division.
    """

    def __init__(self, communes: list[tuple[int, int]], bare: list[int], seed: int) -> None:
        self.day = 0
        self.lives: dict[int, str] = {}
        self.parent: dict[str, str | None] = {}
        self.kind: dict[str, str] = {}
        self.acts: list[Act] = []
        self.told: list[tuple[int, str, str]] = []
        """Day, sort of act, and its details."""
        self.days: dict[int, Snapshot] = {}
        self.fresh = 0
        self.dissolved: dict[str, tuple[int, ...]] = {}
        """Ended commune -> who lived in it at its end."""
        self.taken_up: set[str] = set()
        self.random = random.Random(seed)
        self._place("r", ROOT, None)
        for number in range(max((p for p, _ in communes), default=0) + 1):
            self._place(f"P{number}", PROVINCE, "r")
        for number, (province, persons) in enumerate(communes):
            self._place(f"c{number}", COMMUNE, f"P{province}")
            self._settle(f"c{number}", persons)
        for number, persons in enumerate(bare):
            self._place(f"B{number}", PROVINCE, "r")
            self._settle(f"B{number}", persons)
        rows = [{"id": u, "kind": k, "parent": self.parent[u]} for u, k in self.kind.items()]
        self.history: History = history_of(
            rows, day=START, schema=Schema.levels(ROOT, PROVINCE, COMMUNE), measures=[Measure("persons")]
        )
        stated = [Change(u, "measure:persons", n, "own") for u, n in sorted(self.counts().items())]
        self.history = self.history.enact(Act("census", START, stated))
        self._keep()

    # ---- what is true

    def _place(self, unit: str, kind: str, parent: str | None) -> None:
        self.kind[unit], self.parent[unit] = kind, parent

    def _settle(self, unit: str, persons: int) -> None:
        for _ in range(persons):
            self.lives[len(self.lives) + 1_000 * self.fresh] = unit

    def counts(self) -> Counter[str]:
        """Unit -> how many live in it."""
        return Counter(self.lives.values())

    def _keep(self) -> None:
        self.days[self.day] = dict(self.lives), dict(self.parent), dict(self.kind)

    @staticmethod
    def date(day: int) -> dt.date:
        """The calendar day."""
        return START + dt.timedelta(day)

    def _live(self, kind: str) -> list[str]:
        return sorted(u for u in self.parent if self.kind[u] == kind)

    def _children(self, unit: str) -> list[str]:
        return [u for u, above in self.parent.items() if above == unit]

    def _in(self, unit: str) -> list[int]:
        return [person for person, where in self.lives.items() if where == unit]

    def _new(self, kind: str, parent: str) -> str:
        self.fresh += 1
        unit = f"{kind[0]}n{self.fresh}"
        self._place(unit, kind, parent)
        return unit

    def _end(self, unit: str, *, dissolves: bool = True) -> None:
        if dissolves:
            self.dissolved[unit] = tuple(self._in(unit))
        del self.parent[unit]

    def _go(self, persons: Iterable[int], to: str) -> None:
        for person in persons:
            self.lives[person] = to

    def _enact(self, sort: str, details: str, events: list[Any]) -> bool:
        act = Act(f"{len(self.acts)}", self.date(self.day), events)
        self.history = self.history.enact(act)
        self.acts.append(act)
        self.told.append((self.day, sort, details))
        self._keep()
        return True

    def _unit(self, unit: str) -> Unit:
        return Unit(unit, kind=self.kind[unit], parent=self.parent[unit])

    # ---- what happens; each is false where it cannot be

    def happen(self, sort: str, i: int, j: int, k: int) -> bool:
        """Let something happen; false, and nothing happens, where it cannot."""
        did: Callable[[int, int, int], bool] = getattr(self, "_" + sort.replace(" ", "_"))
        return did(i, j, k)

    def _covered(self) -> list[str]:
        return [p for p in self._live(PROVINCE) if self._children(p)]

    def _move(self, i: int, j: int, _k: int) -> bool:
        communes = self._live(COMMUNE)
        if not communes:
            return False
        unit = communes[i % len(communes)]
        targets = [p for p in self._covered() if p != self.parent[unit]]
        if not targets:
            return False
        target = targets[j % len(targets)]
        self.parent[unit] = target
        return self._enact("move", f"{unit} to {target}", [Change(unit, "parent", target)])

    def _merge(self, i: int, j: int, k: int) -> bool:
        communes = self._live(COMMUNE)
        if len(communes) < 2:
            return False
        a = communes.pop(i % len(communes))
        b = communes[j % len(communes)]
        parent = [self.parent[a], self.parent[b]][k % 2]
        assert parent is not None
        new = self._new(COMMUNE, parent)
        for old in (a, b):
            self._end(old)
            self._go(self._in(old), new)
        return self._enact("merge", f"{a} + {b} = {new}", [Succession([Link(a, new), Link(b, new)], [self._unit(new)])])

    def _take_over(self, i: int, j: int, _k: int) -> bool:
        communes = self._live(COMMUNE)
        if len(communes) < 2:
            return False
        a = communes.pop(i % len(communes))
        b = communes[j % len(communes)]
        self._end(a)
        self._go(self._in(a), b)
        return self._enact("take over", f"{b} takes {a}", [Succession([Link(a, b), Link(b, b)])])

    def _break_down(self, i: int, j: int, k: int) -> bool:
        return self._divide("break down", i, j, k)

    def _split_off(self, i: int, j: int, k: int) -> bool:
        return self._divide("split off", i, j, k)

    def _transfer(self, i: int, j: int, k: int) -> bool:
        return self._divide("transfer", i, j, k)

    def _divide(self, sort: str, i: int, j: int, k: int) -> bool:
        bare = [p for p in self._live(PROVINCE) if not self._children(p)]
        pool = self._live(COMMUNE) if k % 3 or not bare else bare
        pool = [unit for unit in pool if len(self._in(unit)) >= 2]
        if not pool:
            return False
        old = pool[i % len(pool)]
        kind, above = self.kind[old], self.parent[old]
        assert above is not None
        persons = self._in(old)
        self.random.shuffle(persons)
        groups = [set(p) for p in self.dissolved.values() if p and set(p) < set(persons)]
        cut = 1 + j % (len(persons) - 1)
        if groups and i % 2:  # The persons of a former unit stay together.
            group = groups[j % len(groups)]
            persons.sort(key=lambda person: person in group)
            if j % 3:
                cut = max(1, len(persons) - len(group))
        here, there = persons[:cut], persons[cut:]
        created = []
        if sort == "transfer":
            others = [u for u in (self._live(COMMUNE) if kind == COMMUNE else bare) if u != old]
            if not others:
                return False
            first, second = old, others[k % len(others)]
        else:
            covered = self._covered() or self._live(PROVINCE)
            elsewhere = covered[(k + 1) % len(covered)] if kind == COMMUNE and k % 2 else above
            first = old if sort == "split off" else self._new(kind, above)
            second = self._new(kind, elsewhere)
            created = [self._unit(u) for u in (first, second) if u != old]
        if sort == "break down":
            self._end(old, dissolves=kind == COMMUNE)
        shares = [Fraction(len(part), len(persons)) for part in (here, there)]
        said = [[shares[0], shares[1]], [None, shares[1]], [None, None]][(i + j + k) % 3]
        links = [
            Link(old, unit, "part", {} if share is None else {"persons": share})
            for unit, share in zip((first, second), said, strict=True)
        ]
        if sort == "transfer":
            links.append(Link(second, second))
        self._go(here, first)
        self._go(there, second)
        how = ["all shares", "the rest", "no shares"][(i + j + k) % 3]
        return self._enact(sort, f"{old} -> {first}, {second}: {how}", [Succession(links, created)])

    def _merge_provinces(self, i: int, j: int, k: int) -> bool:
        provinces = self._live(PROVINCE)
        if len(provinces) < 3:
            return False
        a = provinces.pop(i % len(provinces))
        b = provinces[j % len(provinces)]
        if bool(self._children(a)) != bool(self._children(b)):
            return False
        children = [(old, child) for old in (a, b) for child in self._children(old)]
        others = [p for p in self._covered() if p not in (a, b)]
        new = self._new(PROVINCE, "r")
        moves = []
        for at, (old, child) in enumerate(children):
            odd = at == 0 and k % 4 == 0 and others and sum(o == old for o, _ in children) > 1
            self.parent[child] = others[0] if odd else new
            moves.append(Change(child, "parent", self.parent[child]))
        for old in (a, b):
            self._end(old, dissolves=False)
            self._go(self._in(old), new)
        event = Succession([Link(a, new), Link(b, new)], [self._unit(new)], moves)
        return self._enact("merge provinces", f"{a} + {b} = {new}", [event])

    def _found(self, i: int, _j: int, _k: int) -> bool:
        communes = [u for u in self._live(COMMUNE) if (sum(map(ord, u)) + i) % 3 == 0]
        if not communes:
            return False
        new = self._new(PROVINCE, "r")
        for unit in communes:
            self.parent[unit] = new
        moves = [Change(unit, "parent", new) for unit in communes]
        return self._enact("found", f"{new} of {communes}", [Creation(self._unit(new)), *moves])

    def _close(self, i: int, _j: int, _k: int) -> bool:
        communes = self._live(COMMUNE)
        if len(communes) < 3:
            return False
        unit = communes[i % len(communes)]
        for person in self._in(unit):
            del self.lives[person]
        self._end(unit, dissolves=False)
        return self._enact("close", unit, [Closure(unit)])

    def _create(self, i: int, j: int, _k: int) -> bool:
        covered = self._covered()
        if not covered:
            return False
        new = self._new(COMMUNE, covered[i % len(covered)])
        self._settle(new, 1 + j % 3)
        return self._enact("create", new, [Creation(self._unit(new))])

    def _again(self, i: int, j: int, k: int) -> bool:
        found = []
        for old, persons in self.dissolved.items():
            places = {self.lives.get(person) for person in persons}
            if persons and old not in self.taken_up and len(places) == 1:
                (place,) = places
                if place is not None and self.kind[place] == COMMUNE and set(self._in(place)) - set(persons):
                    found.append((old, persons, place))
        covered = self._covered()
        if not found or not covered:
            return False
        old, persons, place = found[i % len(found)]
        new = self._new(COMMUNE, covered[j % len(covered)])
        self.taken_up.add(old)
        share = Fraction(len(persons), len(self._in(place)))
        self._go(persons, new)
        events: list[Any] = [Creation(self._unit(new), reestablishes=old, out_of=place)]
        if k % 2:
            stated = k % 4 == 1
            events.append(
                Succession(
                    [
                        Link(place, place, "part", {"persons": 1 - share} if stated else {}),
                        Link(place, new, "part", {"persons": share} if stated else {}),
                    ]
                )
            )
        return self._enact("again", f"{new} takes up {old} out of {place}", events)

    # ---- the truth about two days

    def holder(self, day: int, unit: str, kind: str) -> str:
        """The unit of a kind that a unit is in on a day; itself where it is in none."""
        _, parents, kinds = self.days[day]
        at: str | None = unit
        while at is not None:
            if kinds[at] == kind:
                return at
            at = parents.get(at)
        return unit
