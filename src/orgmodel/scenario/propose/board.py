"""A problem as the search sees it: numbered nodes, integers, and groups with running totals.

Internal. All numbers are integers, so sums are exact and do not depend on the order. The value of a group follows from
its totals alone, so a move takes the same time whatever the size of the groups:

* *trouble*: how far the group is from meeting the constraints; 0 if it meets them. See :data:`ONE`.
* *cost*: the objective; smaller is better.
* *key*: both in one number, in which no gain in cost outweighs any trouble.
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
    "combined",
    "components",
]

ONE: Final = 1_000_000
"""The trouble of a constraint that is not met at all; a total that is half of a floor has half of this trouble."""

Totals = tuple[int, ...]
"""The totals of a group: its number of units, the worth of its pairs, their trouble, then the sum of each measure."""


def combined(a: Totals, b: Totals, worth: int, trouble: int) -> Totals:
    """The totals of two groups as one, given the worth and trouble of the pairs between them."""
    return (a[0] + b[0], a[1] + b[1] + worth, a[2] + b[2] + trouble) + tuple(
        [x + y for x, y in zip(a[3:], b[3:], strict=True)]
    )


@frozen
class Bound:
    """A floor or a cap on a total.

    Attributes:
        amount: index of the total in :data:`Totals`.
        low: the least total, or None.
        high: the largest total, or None.
        unless_alone: whether a unit that stays alone is exempt.
    """

    amount: int
    low: int | None = None
    high: int | None = None
    unless_alone: bool = False

    def missed(self, total: int) -> int:
        """The trouble of a total: how far it is off, as a share of the bound in :data:`ONE`; 0 if it meets the bound."""
        if self.low is not None and total < self.low:
            return -(-ONE * (self.low - total) // max(1, abs(self.low)))
        if self.high is not None and total > self.high:
            return -(-ONE * (total - self.high) // max(1, abs(self.high)))
        return 0


@frozen
class Costs:
    """The parts of a group's cost, as integers.

    Attributes:
        group: cost of each group.
        changed: cost of each unit in a group of two or more.
        squares: (amount, factor): factor times the square of the total.
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
    """A problem in numbers. Neighbouring units that must be together are one node.

    Attributes:
        near: node -> nodes that it borders on; the nodes of a group must be connected by borders.
        totals: node -> its totals, as if it were a group.
        worth: node -> other node -> worth of the pair if it is in one group.
        ties: node -> other node -> trouble of the pair if it is in one group; negative if it must be together.
        broken: the trouble of all pairs that must be together, if all are apart.
        bounds: floors and caps.
        costs: the parts of a group's cost.
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
    """The weight of one unit of trouble in a key: more than twice any difference in cost, as :meth:`parted` needs."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "heavy", 2 * (1 + self._widest()))

    def _widest(self) -> int:
        """An upper bound on the difference in cost between any two divisions."""
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
        """The trouble of a group with these totals."""
        trouble = totals[2]
        alone = totals[0] == 1
        for bound in self.bounds:
            if not (alone and bound.unless_alone):
                trouble += bound.missed(totals[bound.amount])
        return trouble

    def short(self, totals: Totals) -> int:
        """The trouble of a group from its floors alone."""
        alone = totals[0] == 1
        return sum(
            bound.missed(totals[bound.amount])
            for bound in self.bounds
            if bound.low is not None and not (alone and bound.unless_alone)
        )

    def fits(self, totals: Totals) -> bool:
        """Whether a group meets all floors and caps."""
        alone = totals[0] == 1
        for bound in self.bounds:
            if alone and bound.unless_alone:
                continue
            total = totals[bound.amount]
            if (bound.low is not None and total < bound.low) or (bound.high is not None and total > bound.high):
                return False
        return True

    def under_caps(self, totals: Totals) -> bool:
        """Whether a group meets all caps."""
        return all(bound.high is None or totals[bound.amount] <= bound.high for bound in self.bounds)

    def key(self, totals: Totals) -> int:
        """Trouble and cost of a group as one number."""
        return self.trouble(totals) * self.heavy + self.costs.of(totals)

    def parted(self, difference: int) -> tuple[int, int]:
        """A difference of keys, split into the difference in trouble and the difference in cost."""
        trouble = (difference + self.heavy // 2) // self.heavy
        return trouble, difference - trouble * self.heavy

    def crowd(self, groups: int) -> int:
        """The part of the key that depends on the number of groups."""
        off = self.fewest - groups if groups < self.fewest else max(0, groups - self.most)
        return off * ONE * self.heavy

    def totals_of(self, nodes: Iterable[int]) -> Totals:
        """The totals of a group, computed from its nodes."""
        chosen = set(nodes)
        sums = [0] * (len(self.totals[0]))
        for node in chosen:
            for i, amount in enumerate(self.totals[node]):
                sums[i] += amount
            sums[1] += sum(w for other, w in self.worth[node].items() if other > node and other in chosen)
            sums[2] += sum(w for other, w in self.ties[node].items() if other > node and other in chosen)
        return tuple(sums)

    def hangs_together(self, nodes: Sequence[int]) -> bool:
        """Whether the nodes are connected by borders between them."""
        chosen, reached, stack = set(nodes), {nodes[0]}, [nodes[0]]
        while stack:
            for other in self.near[stack.pop()]:
                if other in chosen and other not in reached:
                    reached.add(other)
                    stack.append(other)
        return len(reached) == len(chosen)


class Board:
    """A division into groups that can be changed; its totals and its key are kept up to date."""

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
        """The key, computed from the totals of all groups."""
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
        """The cost of the division."""
        return sum(map(self.instance.costs.of, self.totals.values()))

    def division(self) -> tuple[tuple[int, ...], ...]:
        """The groups in order of their first node, so that equal divisions compare equal."""
        return tuple(sorted(tuple(sorted(nodes)) for nodes in self.groups.values()))

    # ---- one node from a group to another

    def pulls(self, node: int) -> dict[int, tuple[int, int]]:
        """Group -> worth and trouble of the node's pairs with it; groups without such pairs are left out."""
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
        """Whether the node's group is still connected without it; also if the node is its only one."""
        place = self.places[node]
        places, near = self.places, self.instance.near
        # The group stays connected if and only if the node's neighbours in it can reach each other without the node.
        beside = [other for other in near[node] if places[other] == place]
        if len(beside) < 2:
            return bool(beside) or len(self.groups[place]) == 1
        wanted = set(beside)
        wanted.discard(beside[0])
        reached, stack = {node, beside[0]}, [beside[0]]
        while stack:
            for other in near[stack.pop()]:
                if other not in reached and places[other] == place:
                    wanted.discard(other)
                    if not wanted:
                        return True
                    reached.add(other)
                    stack.append(other)
        return False

    def moved(self, node: int, to: int, pulls: dict[int, tuple[int, int]]) -> tuple[int, Totals, Totals]:
        """The key after a move, and the totals of both groups; ``to`` may be the number of a new group."""
        instance, place = self.instance, self.places[node]
        own = instance.totals[node]
        before, after = self.totals[place], self.totals.get(to)
        w, v = pulls.get(place, (0, 0))
        left = (before[0] - own[0], before[1] - own[1] - w, before[2] - own[2] - v) + tuple(
            [a - b for a, b in zip(before[3:], own[3:], strict=True)]
        )
        key = self.key - instance.key(before)
        groups = len(self.groups)
        now = groups
        if left[0]:
            key += instance.key(left)
        else:
            now -= 1
        if after is None:
            grown = own
            now += 1
        else:
            w, v = pulls.get(to, (0, 0))
            key -= instance.key(after)
            grown = combined(after, own, w, v)
        if now != groups:
            key += instance.crowd(now) - instance.crowd(groups)
        return key + instance.key(grown), left, grown

    def move(self, node: int, to: int, change: tuple[int, Totals, Totals]) -> None:
        """Carry out a move, given the result of :meth:`moved`."""
        place = self.places[node]
        self.key, left, grown = change
        self.groups[place].discard(node)
        if left[0]:
            self.totals[place] = left
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
        beside = {places[other] for node in self.groups[place] for other in near[node]}
        beside.discard(place)
        return sorted(beside)

    def exchanged(self, old: Sequence[int], new: Sequence[Sequence[int]]) -> tuple[int, list[Totals]]:
        """The key after dividing the nodes of some groups anew, and the totals of the new groups."""
        instance = self.instance
        totals = [instance.totals_of(nodes) for nodes in new]
        key = self.key - sum(instance.key(self.totals[place]) for place in old) + sum(map(instance.key, totals))
        now = len(self.groups)
        if len(old) != len(new):
            key += instance.crowd(now - len(old) + len(new)) - instance.crowd(now)
        return key, totals

    def exchange(self, old: Sequence[int], new: Sequence[Sequence[int]], change: tuple[int, list[Totals]]) -> list[int]:
        """Replace groups by new ones, given the result of :meth:`exchanged`; the numbers of the new groups."""
        self.key = change[0]
        for place in old:
            del self.groups[place], self.totals[place]
        numbers = []
        for nodes, totals in zip(new, change[1], strict=True):
            place = self.next
            self.next += 1
            self.groups[place], self.totals[place] = set(nodes), totals
            for node in nodes:
                self.places[node] = place
            numbers.append(place)
        return numbers


def components(count: int, near: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """The connected components, each sorted, in order of their first node.

    >>> components(4, [(2,), (), (0,), ()].__getitem__)
    [[0, 2], [1], [3]]
    """
    reached: set[int] = set()
    parts = []
    for start in range(count):
        if start in reached:
            continue
        part, stack = [], [start]
        reached.add(start)
        while stack:
            node = stack.pop()
            part.append(node)
            new = [other for other in near(node) if other not in reached]
            reached.update(new)
            stack += new
        parts.append(sorted(part))
    return parts
