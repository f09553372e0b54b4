"""The search's own picture of a problem: numbered units, whole numbers, and groups with running totals.

Internal. All arithmetic is in whole numbers, so that it is exact and no order of adding matters. What a group is
worth follows from its totals alone, so a move costs the same however large the groups are:

* *trouble*: how far the constraints are from being met, 0 if they are. One unit of it is :data:`ONE`.
* *cost*: the objective, the smaller the better.
* *key*: both as one number, in which no gain in cost outweighs any trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import field, frozen

__all__ = [
    "ONE",
    "Board",
    "Bound",
    "Costs",
    "Instance",
    "Totals",
    "components",
]

ONE: Final = 1_000_000
"""The trouble of a constraint that is broken altogether; what misses a floor by a half is half of it."""

Totals = tuple[int, ...]
"""Of a group: number of units, worth of its pairs, broken pairs, then the total of each amount."""


@frozen
class Bound:
    """A floor or a cap of an amount.

    Attributes:
        amount: index of the amount.
        low: the least total, or None.
        high: the largest total, or None.
        unless_alone: whether a unit that stays as it is may break it.
    """

    amount: int
    low: int | None = None
    high: int | None = None
    unless_alone: bool = False

    def missed(self, total: int) -> int:
        """How far the total is off, in :data:`ONE` of the bound; 0 if it keeps to it."""
        if self.low is not None and total < self.low:
            return -(-ONE * (self.low - total) // max(1, abs(self.low)))
        if self.high is not None and total > self.high:
            return -(-ONE * (total - self.high) // max(1, abs(self.high)))
        return 0


@frozen
class Costs:
    """What a group costs, as whole numbers.

    Attributes:
        group: for each group.
        changed: for each unit of a group of two or more.
        squares: amount -> factor of the square of its total.
        away: (amount, factor, target): factor times the distance of the total from the target.
    """

    group: int = 0
    changed: int = 0
    squares: tuple[tuple[int, int], ...] = ()
    away: tuple[tuple[int, int, int], ...] = ()

    def of(self, totals: Totals) -> int:
        """The cost of a group with these totals."""
        cost = self.group - totals[1]
        if self.changed and totals[0] > 1:
            cost += self.changed * totals[0]
        for amount, factor in self.squares:
            cost += factor * totals[amount] * totals[amount]
        for amount, factor, target in self.away:
            cost += factor * abs(totals[amount] - target)
        return cost


@frozen(eq=False)
class Instance:
    """A problem in numbers. Units that must stay together and touch are one node.

    Attributes:
        near: node -> nodes that it borders on; a group must hang together by them.
        totals: node -> its totals, as if it were a group.
        worth: node -> other node -> what the pair is worth in one group.
        ties: node -> other node -> trouble of the pair in one group; less than 0 for one that must be together.
        broken: the trouble of all pairs that must be together, if all are apart.
        bounds: floors and caps; their amounts are places in :data:`Totals`.
        costs: what groups cost.
        fewest: the least number of groups.
        most: the largest number of groups.
    """

    near: tuple[tuple[int, ...], ...]
    totals: tuple[Totals, ...]
    worth: tuple[dict[int, int], ...]
    ties: tuple[dict[int, int], ...]
    broken: int
    bounds: tuple[Bound, ...]
    costs: Costs
    fewest: int
    most: int
    heavy: int = field(init=False)
    """What one unit of trouble weighs in a key: more than twice any difference in cost, so that :meth:`parted` can tell both."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "heavy", 2 * (1 + self._widest()))

    def _widest(self) -> int:
        """No two divisions differ in cost by more."""
        count = len(self.near)
        sums = [sum(abs(t[i]) for t in self.totals) for i in range(len(self.totals[0]))] if count else [0, 0, 0]
        costs = self.costs
        widest = abs(costs.group) * count + abs(costs.changed) * sums[0]
        widest += sum(abs(w) for mine in self.worth for w in mine.values()) + 2 * sums[1]
        widest += sum(abs(factor) * sums[amount] ** 2 for amount, factor in costs.squares)
        return widest + sum(abs(factor) * (sums[amount] + abs(target) * count) for amount, factor, target in costs.away)

    def __len__(self) -> int:
        return len(self.near)

    def trouble(self, totals: Totals) -> int:
        """How far a group is from what it must be."""
        found = totals[2]
        alone = totals[0] == 1
        for bound in self.bounds:
            if not (alone and bound.unless_alone):
                found += bound.missed(totals[bound.amount])
        return found

    def short(self, totals: Totals) -> int:
        """How far a group is below its floors, apart from everything else."""
        alone = totals[0] == 1
        return sum(
            bound.missed(totals[bound.amount])
            for bound in self.bounds
            if bound.low is not None and not (alone and bound.unless_alone)
        )

    def fits(self, totals: Totals) -> bool:
        """Whether a group keeps to all floors and caps."""
        alone = totals[0] == 1
        for bound in self.bounds:
            if alone and bound.unless_alone:
                continue
            total = totals[bound.amount]
            if (bound.low is not None and total < bound.low) or (bound.high is not None and total > bound.high):
                return False
        return True

    def under_caps(self, totals: Totals) -> bool:
        """Whether a group keeps to all caps."""
        return all(bound.high is None or totals[bound.amount] <= bound.high for bound in self.bounds)

    def key(self, totals: Totals) -> int:
        """Trouble and cost of a group as one number."""
        return self.trouble(totals) * self.heavy + self.costs.of(totals)

    def parted(self, difference: int) -> tuple[int, int]:
        """The difference in trouble and the one in cost that make up a difference of keys."""
        trouble = (difference + self.heavy // 2) // self.heavy
        return trouble, difference - trouble * self.heavy

    def crowd(self, groups: int) -> int:
        """The part of the key that follows from the number of groups."""
        off = self.fewest - groups if groups < self.fewest else max(0, groups - self.most)
        return off * ONE * self.heavy

    def totals_of(self, nodes: Iterable[int]) -> Totals:
        """The totals of a group, counted anew."""
        chosen = set(nodes)
        sums = [0] * (len(self.totals[0]))
        for node in chosen:
            for i, amount in enumerate(self.totals[node]):
                sums[i] += amount
            sums[1] += sum(w for other, w in self.worth[node].items() if other > node and other in chosen)
            sums[2] += sum(w for other, w in self.ties[node].items() if other > node and other in chosen)
        return tuple(sums)

    def hangs_together(self, nodes: Sequence[int]) -> bool:
        """Whether nodes are connected by borders among themselves."""
        chosen, seen, stack = set(nodes), {nodes[0]}, [nodes[0]]
        while stack:
            for other in self.near[stack.pop()]:
                if other in chosen and other not in seen:
                    seen.add(other)
                    stack.append(other)
        return len(seen) == len(chosen)


class Board:
    """A division into groups that changes, with all totals kept."""

    def __init__(self, instance: Instance, places: Sequence[int]) -> None:
        self.instance = instance
        self.places = list(places)
        self.groups: dict[int, set[int]] = {}
        for node, place in enumerate(self.places):
            self.groups.setdefault(place, set()).add(node)
        self.totals = {place: instance.totals_of(nodes) for place, nodes in self.groups.items()}
        self.next = max(self.groups, default=-1) + 1
        self.key = self.counted()

    def counted(self) -> int:
        """The key, counted anew."""
        instance = self.instance
        keys = sum(map(instance.key, self.totals.values()))
        return keys + instance.crowd(len(self.groups)) + instance.broken * instance.heavy

    @property
    def allowed(self) -> bool:
        """Whether every constraint is met."""
        instance = self.instance
        trouble = instance.broken + sum(map(instance.trouble, self.totals.values()))
        return trouble == 0 and instance.crowd(len(self.groups)) == 0

    def cost(self) -> int:
        """What the division costs."""
        return sum(map(self.instance.costs.of, self.totals.values()))

    def division(self) -> tuple[tuple[int, ...], ...]:
        """The groups in order of their first node: equal divisions are equal."""
        return tuple(sorted(tuple(sorted(nodes)) for nodes in self.groups.values()))

    # ---- one node from a group to another

    def pulls(self, node: int) -> dict[int, tuple[int, int]]:
        """Group -> worth and trouble of the pairs that the node makes with it; groups without any are left out."""
        instance, places = self.instance, self.places
        result: dict[int, tuple[int, int]] = {}
        for other, worth in instance.worth[node].items():
            w, v = result.get(places[other], (0, 0))
            result[places[other]] = (w + worth, v)
        for other, tie in instance.ties[node].items():
            w, v = result.get(places[other], (0, 0))
            result[places[other]] = (w, v + tie)
        return result

    def can_leave(self, node: int) -> bool:
        """Whether the node's group hangs together without it; also if it is alone there."""
        place = self.places[node]
        places, near = self.places, self.instance.near
        left = [other for other in near[node] if places[other] == place]
        if len(left) < 2:
            return bool(left) or len(self.groups[place]) == 1
        wanted = set(left)
        wanted.discard(left[0])
        seen, stack = {node, left[0]}, [left[0]]
        while stack:
            for other in near[stack.pop()]:
                if other not in seen and places[other] == place:
                    wanted.discard(other)
                    if not wanted:
                        return True
                    seen.add(other)
                    stack.append(other)
        return False

    def moved(self, node: int, to: int, pulls: dict[int, tuple[int, int]]) -> tuple[int, Totals, Totals]:
        """The key after a move, and the totals of both groups; ``to`` may be a group that does not exist yet."""
        instance, place = self.instance, self.places[node]
        own = instance.totals[node]
        before, after = self.totals[place], self.totals.get(to)
        w, v = pulls.get(place, (0, 0))
        rest = (before[0] - own[0], before[1] - own[1] - w, before[2] - own[2] - v) + tuple(
            [a - b for a, b in zip(before[3:], own[3:], strict=True)]
        )
        key = self.key - instance.key(before)
        groups = len(self.groups)
        now = groups
        if rest[0]:
            key += instance.key(rest)
        else:
            now -= 1
        if after is None:
            grown = own
            now += 1
        else:
            w, v = pulls.get(to, (0, 0))
            key -= instance.key(after)
            grown = (after[0] + own[0], after[1] + own[1] + w, after[2] + own[2] + v) + tuple(
                [a + b for a, b in zip(after[3:], own[3:], strict=True)]
            )
        if now != groups:
            key += instance.crowd(now) - instance.crowd(groups)
        return key + instance.key(grown), rest, grown

    def move(self, node: int, to: int, made: tuple[int, Totals, Totals]) -> None:
        """Carry out a move that :meth:`moved` looked at."""
        place = self.places[node]
        self.key, rest, grown = made
        self.groups[place].discard(node)
        if rest[0]:
            self.totals[place] = rest
        else:
            del self.groups[place], self.totals[place]
        self.groups.setdefault(to, set()).add(node)
        self.totals[to] = grown
        self.places[node] = to
        self.next = max(self.next, to + 1)

    # ---- whole groups

    def neighbours(self, place: int) -> list[int]:
        """Groups that border on a group, in order of their numbers."""
        near, places = self.instance.near, self.places
        found = {places[other] for node in self.groups[place] for other in near[node]}
        found.discard(place)
        return sorted(found)

    def exchanged(self, old: Sequence[int], new: Sequence[Sequence[int]]) -> tuple[int, list[Totals]]:
        """The key if these groups were others of the same nodes, and the totals of those."""
        instance = self.instance
        totals = [instance.totals_of(nodes) for nodes in new]
        key = self.key - sum(instance.key(self.totals[place]) for place in old) + sum(map(instance.key, totals))
        now = len(self.groups)
        if len(old) != len(new):
            key += instance.crowd(now - len(old) + len(new)) - instance.crowd(now)
        return key, totals

    def exchange(self, old: Sequence[int], new: Sequence[Sequence[int]], made: tuple[int, list[Totals]]) -> list[int]:
        """Carry out what :meth:`exchanged` looked at; the numbers of the new groups."""
        self.key = made[0]
        for place in old:
            del self.groups[place], self.totals[place]
        numbers = []
        for nodes, totals in zip(new, made[1], strict=True):
            place = self.next
            self.next += 1
            self.groups[place], self.totals[place] = set(nodes), totals
            for node in nodes:
                self.places[node] = place
            numbers.append(place)
        return numbers


def components(count: int, near: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """Nodes that are connected, each list sorted, in order of their first.

    >>> components(4, [(2,), (), (0,), ()].__getitem__)
    [[0, 2], [1], [3]]
    """
    seen: set[int] = set()
    parts = []
    for start in range(count):
        if start in seen:
            continue
        part, stack = [], [start]
        seen.add(start)
        while stack:
            node = stack.pop()
            part.append(node)
            new = [other for other in near(node) if other not in seen]
            seen.update(new)
            stack += new
        parts.append(sorted(part))
    return parts
