"""The tree of a day as arrays: preorder, subtree sizes, depths; and sums over subtrees.

Preorder makes every subtree a slice. Totals need no order: see :class:`Sums`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from orgmodel.engine import thresholds
from orgmodel.engine.columns import ABOVE_ROOT, NOBODY, Ints, Longs, Places, offsets_of, packed

__all__ = [
    "Children",
    "Sums",
    "Tree",
    "tree_of",
]

_SHIFT: Final = -NOBODY
"""Added to a parent, gives an index: NOBODY (-2) and ABOVE_ROOT (-1) take the first two places."""


class Tree:
    """A forest in preorder; siblings stand in order of their row numbers.

    Attributes:
        order: row numbers in preorder, shape (m,).
        position: index in ``order`` by row number, -1 outside the tree, shape (n,).
        size: number of units in the subtree, its top included, by position, shape (m,).
        depth: steps from the root, by position, shape (m,).
    """

    __slots__ = ("depth", "order", "position", "size")

    def __init__(self, order: Ints, position: Ints, size: Ints, depth: Ints) -> None:
        self.order, self.position, self.size, self.depth = order, position, size, depth

    def slice_of(self, number: int) -> slice:
        """The slice of ``order`` with the subtree of a row number, its top first; empty outside the tree."""
        at = int(self.position[number])
        if at < 0:
            return slice(0, 0)
        return slice(at, at + int(self.size[at]))


class Children:
    """The children of every row number of a parent array, in order of their numbers.

    >>> Children(np.array([ABOVE_ROOT, 0, NOBODY, 0], np.int32)).of(0)
    [1, 3]
    """

    __slots__ = ("_children", "_offsets")

    def __init__(self, parents: Ints) -> None:
        placed = np.flatnonzero(parents >= 0)
        above = parents.take(placed)
        self._children: Longs = np.sort(packed(above, placed)) & 0xFFFFFFFF
        # A memoryview: reading a scalar from it takes a third of the time that numpy takes.
        self._offsets = offsets_of(above, len(parents)).data

    def of(self, number: int) -> list[int]:
        """The children of a row number."""
        children: list[int] = self._children[self._offsets[number] : self._offsets[number + 1]].tolist()
        return children


class Sums:
    """Sums over the subtrees of a parent array, without building a tree.

    Leaves only give their amount to their parent, in one pass. Inner nodes, about one of eight, are then summed level
    by level from the lowest up.

    Attributes:
        sizes: number of descendants of each row number, shape (n,).
    """

    __slots__ = ("_inner", "_levels", "_over", "sizes")

    def __init__(self, parents: Ints) -> None:
        n = len(parents)
        # As indices of `bincount` and `add.at`, so that those above no unit fall into two places of their own, and none
        # need be left out first.
        self._over = parents.astype(np.intp)
        self._over += _SHIFT
        children = np.bincount(self._over, minlength=n + _SHIFT)[_SHIFT:]
        self._inner = inner = np.flatnonzero(children > 0)
        count = len(inner)
        place = np.empty(n, np.intp)
        place[inner] = np.arange(count)
        # Index ``count``, one behind the last inner node, stands for what is above a root.
        over = parents.take(inner)
        above = np.full(count + 1, count)
        above[:-1] = np.where(over >= 0, place.take(np.maximum(over, 0)), count)
        depth = _depths(above)
        # The nodes of each depth, lowest first: when a level is added to its parents, all sums below it are complete.
        order = np.argsort(depth, kind="stable")
        turns = np.flatnonzero(np.diff(depth.take(order), prepend=-1))
        levels = np.split(order, turns[1:])
        self._levels: list[tuple[Longs, Longs]] = [(nodes, above.take(nodes)) for nodes in reversed(levels[1:])]
        self.sizes = np.zeros(n, np.int64)
        self.sizes[inner] = self._below(children)

    def _below(self, direct: Longs) -> Longs:
        """Sums over all descendants of each inner node, from the sums over the children of each row number."""
        sums = direct.take(self._inner)
        for nodes, above in self._levels:
            # Not sums[above] += ...: that adds once where several nodes have one parent.
            np.add.at(sums, above, sums.take(nodes))
        return sums

    def within(self, subjects: Places, amounts: Longs) -> Longs:
        """Sums of ``amounts`` over the subtree of each row number, its own amount included; shape (n,).

        Each of ``subjects`` must be there once.
        """
        direct = np.zeros(len(self._over) + _SHIFT, np.int64)
        np.add.at(direct, self._over.take(subjects), amounts)
        out = np.zeros(len(self._over), np.int64)
        out[subjects] = amounts
        out[self._inner] += self._below(direct[_SHIFT:])
        return out


def _depths(above: Places) -> Ints:
    """The depth of each node; ``above`` holds the index of its parent, its last entry is the top."""
    count = len(above) - 1
    depth = np.zeros(count, np.int32)
    at = above[:-1]
    for _ in range(thresholds.LEVELS):
        below = at < count
        if not below.any():
            return depth
        depth += below
        at = above.take(at)
    # Each level above costs a pass over all nodes. A chain of units would make that quadratic, so walk node by node.
    up = above.tolist()
    known = [-1] * count + [-1]
    for node in range(count):
        way: list[int] = []
        while node < count and known[node] < 0:
            way.append(node)
            node = up[node]
        steps = known[node]
        for visited in reversed(way):
            steps += 1
            known[visited] = steps
    return np.array(known[:-1], np.int32)


def tree_of(parents: Ints) -> Tree:
    """The tree of a parent array (-1: a root, -2: not in it), shape (n,); it must be free of cycles."""
    n = len(parents)
    # A dozen array calls for each level: the loop stays faster for longer than elsewhere.
    if n < 2 * thresholds.ARRAYS_FROM:
        return _small_tree(parents.tolist())
    children = np.flatnonzero(parents >= 0)
    # The children of p are then kids[first[p]:first[p] + counts[p]], in order of their numbers.
    key = np.sort(packed(parents.take(children), children))
    kids = key & 0xFFFFFFFF
    counts = np.bincount(key >> 32, minlength=n)
    first = np.cumsum(counts) - counts
    roots = np.flatnonzero(parents == ABOVE_ROOT)
    levels: list[Longs] = [roots]
    above: list[Longs] = []
    while True:
        if len(levels) > thresholds.LEVELS:
            return _small_tree(parents.tolist())
        # The whole next level at once: the children of each unit of this level, in its order.
        level = levels[-1]
        width = counts.take(level)
        total = int(width.sum())
        if not total:
            break
        parent_at = np.repeat(np.arange(len(level)), width)
        offset = np.arange(total) - np.repeat(np.cumsum(width) - width, width)
        levels.append(kids.take(np.repeat(first.take(level), width) + offset))
        above.append(parent_at)
    # Subtree sizes from the lowest level up, then positions from the top down: in preorder a unit stands behind its
    # parent and the subtrees of its earlier siblings.
    sizes = [np.ones(len(level), np.int64) for level in levels]
    for depth in range(len(levels) - 1, 0, -1):
        sizes[depth - 1] += np.bincount(
            above[depth - 1], weights=sizes[depth], minlength=len(levels[depth - 1])
        ).astype(np.int64)
    m = sum(len(level) for level in levels)
    order = np.empty(m, np.int32)
    size = np.empty(m, np.int32)
    depths = np.empty(m, np.int32)
    position = np.full(n, -1, np.int32)
    at = np.cumsum(sizes[0]) - sizes[0]
    for depth, level in enumerate(levels):
        if depth:
            before = np.cumsum(sizes[depth]) - sizes[depth]
            up = above[depth - 1]
            starts = np.flatnonzero(np.diff(up, prepend=-1))
            base = np.zeros(len(levels[depth - 1]), np.int64)
            base[up[starts]] = before[starts]
            at = at.take(up) + 1 + before - base.take(up)
        order[at] = level
        size[at] = sizes[depth]
        depths[at] = depth
        position[level] = at
    return Tree(order, position, size, depths)


def _small_tree(parents: list[int]) -> Tree:
    """As :func:`tree_of`, by a loop."""
    below: dict[int, list[int]] = {}
    for number, parent in enumerate(parents):
        if parent >= -1:
            below.setdefault(parent, []).append(number)
    order: list[int] = []
    depth: list[int] = []
    stack = [(number, 0) for number in reversed(below.get(-1, ()))]
    while stack:
        at, steps = stack.pop()
        order.append(at)
        depth.append(steps)
        if at in below:
            steps += 1
            stack += [(number, steps) for number in reversed(below[at])]
    position = [-1] * len(parents)
    for place, number in enumerate(order):
        position[number] = place
    size = [1] * len(order)
    for place in range(len(order) - 1, -1, -1):
        parent = parents[order[place]]
        if parent >= 0:
            size[position[parent]] += size[place]
    return Tree(
        np.array(order, np.int32), np.array(position, np.int32), np.array(size, np.int32), np.array(depth, np.int32)
    )
