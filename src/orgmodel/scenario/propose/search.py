"""The fast search: random starts, moves across borders, and neighbouring groups divided anew.

Internal. The starts are formed in one of three ways, in turn: *gathered*, where groups below a floor join a neighbour
until none is left; *grown*, region by region from random units; or *carved* from a random tree. Then the search repeats
these steps:

* a unit at a border moves to the group beyond it, or becomes a group of its own;
* two neighbouring groups are merged and cut anew along a random spanning tree, into one, two or three groups.

A change is kept if it is worse by no more than a random threshold, which falls to zero (threshold accepting, Dueck and
Scheuer 1990). Unlike simulated annealing it needs no logarithm, so the decisions are the same on every machine. At the
end, single moves and (in small problems) exchanges of two units are made until none improves the division.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Final

from orgmodel.scenario.propose.board import ONE, Board, Instance, Totals, combined

__all__ = [
    "Stop",
    "Taken",
    "carve",
    "carved",
    "climb",
    "from_start",
    "gathered",
    "grown",
    "improve",
    "never",
    "recut",
    "singles",
    "two_neighbours",
]

_WARM: Final = (0.1, 0.03, 0.3, 1.0)
"""How much worse a change may be at the beginning, relative to the average change by a random move. No single value
suits all problems: 1 is best for dozens of provinces, but with 700 communes it destroys the groups of the start. So the
starts use the values in turn."""

_BROKEN: Final = 300
"""The weight of an unmet constraint during the search, also relative to the average change. With a smaller weight the
search spends more time among divisions that are not allowed; going from 8 to 300 improved the results on 700 communes
by a tenth."""

_RECUT: Final = 0.15
"""Share of the steps that divide two groups anew; one takes about as long as 10 moves."""

_MIX: Final = 0.25
"""Share of the steps of growing a region that take a random node; the others take the best one."""

Stop = Callable[[], bool]
"""Whether time is up."""


def never() -> bool:
    """No time limit."""
    return False


# ---- starts


def singles(instance: Instance) -> Board:
    """Each node a group of its own."""
    return Board(instance, range(len(instance)))


def gathered(instance: Instance, rng: Random, board: Board | None = None) -> Board:
    """Groups below a floor merged with the best neighbour, then merged or divided until their number is right."""
    board = singles(instance) if board is None else board
    _join_torn(board)
    _mend(board, rng)
    _thin(board, rng)
    _divide(board, rng)
    return board


def grown(instance: Instance, rng: Random) -> Board:
    """Regions grown from random nodes until each reaches its floors; leftover nodes then join a neighbour."""
    order = list(range(len(instance)))
    rng.shuffle(order)
    places = [-1] * len(order)
    count = 0
    for seed in order:
        if places[seed] < 0 and _grow(instance, rng, seed, places, count):
            count += 1
    for node in range(len(order)):
        if places[node] < 0:
            places[node] = count
            count += 1
    return gathered(instance, rng, Board(instance, places))


def carved(instance: Instance, rng: Random) -> Board:
    """Pieces of a random tree, each cut off as soon as it reaches its floors."""
    return gathered(instance, rng, Board(instance, carve(instance, rng)))


def carve(instance: Instance, rng: Random) -> list[int]:
    """Node -> number of its group: a random spanning tree, cut from the leaves upwards wherever the floors are reached.

    The fastest way to a division. It takes care of floors, but ignores caps and ties.
    """
    near, draw, count = instance.near, rng.random, len(instance)
    parent, order = _forest(instance, rng)
    cut = _cuts(instance, parent, order)
    places = [-1] * count
    for node in order:
        places[node] = node if cut[node] or parent[node] == node else places[parent[node]]
    for root in order:
        if parent[root] == root and not cut[root]:
            # The piece that is left at the root is below a floor; it joins a neighbouring group.
            leftover = [node for node in order if places[node] == root]
            beside = [places[other] for node in leftover for other in near[node] if places[other] != root]
            if beside:
                to = beside[int(draw() * len(beside))]
                for node in leftover:
                    places[node] = to
    return places


def _forest(instance: Instance, rng: Random) -> tuple[list[int], list[int]]:
    """Random spanning trees of all components: the parent of each node, and the nodes with parents first."""
    near, draw, count = instance.near, rng.random, len(instance)
    parent, order = [-1] * count, list[int]()
    for root in rng.sample(range(count), count):
        if parent[root] >= 0:
            continue
        parent[root] = root
        ahead = [root]
        while ahead:
            at = int(draw() * len(ahead))
            node, ahead[at] = ahead[at], ahead[-1]
            ahead.pop()
            order.append(node)
            for other in near[node]:
                if parent[other] < 0:
                    parent[other] = node
                    ahead.append(other)
    return parent, order


def _cuts(instance: Instance, parent: Sequence[int], order: Sequence[int]) -> list[bool]:
    """Node -> whether to cut above it: whether the part below it that is not yet cut off reaches every floor."""
    floors = [(bound.amount, bound.low) for bound in instance.bounds if bound.low is not None]
    if len(floors) != 1:
        sums = [[totals[amount] for totals in instance.totals] for amount, _ in floors]
        lows = [low for _, low in floors]
        cut = [False] * len(parent)
        for node in reversed(order):
            if all(mine[node] >= low for mine, low in zip(sums, lows, strict=True)):
                cut[node] = True
            elif parent[node] != node:
                for mine in sums:
                    mine[parent[node]] += mine[node]
        return cut
    # Most problems have one floor, and most of the time is spent here: this loop is the one above for a single floor.
    ((amount, low),) = floors
    total = [totals[amount] for totals in instance.totals]
    cut = [False] * len(parent)
    for node in reversed(order):
        if total[node] >= low:
            cut[node] = True
        elif parent[node] != node:
            total[parent[node]] += total[node]
    return cut


def _grow(instance: Instance, rng: Random, seed: int, places: list[int], number: int) -> bool:
    """Grow one region; whether it reached its floors. If not, its nodes stay free."""
    region, totals = [seed], instance.totals[seed]
    frontier = [other for other in instance.near[seed] if places[other] < 0]
    reached = {seed, *frontier}
    least = not instance.costs.changed
    while not instance.fits(totals) or totals[2] > 0:
        if not frontier or totals[2] > 0:
            return False
        if rng.random() < _MIX or not least:
            at = rng.randrange(len(frontier))
        else:
            # Taking the node with the most neighbours inside keeps the region compact and leaves few gaps.
            inside = set(region)
            at = max(range(len(frontier)), key=lambda i: (sum(o in inside for o in instance.near[frontier[i]]), -i))
        node = frontier.pop(at)
        joined = _joined(instance, totals, region, node)
        if not instance.under_caps(joined) or joined[2] > 0:
            continue
        region.append(node)
        totals = joined
        for other in instance.near[node]:
            if other not in reached and places[other] < 0:
                reached.add(other)
                frontier.append(other)
    for node in region:
        places[node] = number
    return True


def _joined(instance: Instance, totals: Totals, region: Iterable[int], node: int) -> Totals:
    """The totals of a region with one node more."""
    inside = set(region)
    worth = sum(w for other, w in instance.worth[node].items() if other in inside)
    tie = sum(w for other, w in instance.ties[node].items() if other in inside)
    return combined(totals, instance.totals[node], worth, tie)


def _merge(board: Board, a: int, b: int) -> tuple[int, list[Totals]]:
    """The key after merging two groups, and the totals of the merged group."""
    instance = board.instance
    small, large = (a, b) if len(board.groups[a]) <= len(board.groups[b]) else (b, a)
    inside = board.groups[large]
    worth = tie = 0
    for node in board.groups[small]:
        worth += sum(w for other, w in instance.worth[node].items() if other in inside)
        tie += sum(w for other, w in instance.ties[node].items() if other in inside)
    x, y = board.totals[a], board.totals[b]
    totals = combined(x, y, worth, tie)
    now = len(board.groups)
    key = board.key - instance.key(x) - instance.key(y) + instance.key(totals)
    return key + instance.crowd(now - 1) - instance.crowd(now), [totals]


def _put_together(board: Board, a: int, b: int, change: tuple[int, list[Totals]]) -> int:
    """Merge two groups; the merged group keeps the number of the larger one.

    Only the nodes of the smaller one are touched, so merging many small groups into a large one stays fast.
    """
    small, large = (a, b) if len(board.groups[a]) <= len(board.groups[b]) else (b, a)
    nodes = board.groups.pop(small)
    del board.totals[small]
    board.groups[large] |= nodes
    for node in nodes:
        board.places[node] = large
    board.totals[large], board.key = change[1][0], change[0]
    return large


def _join_torn(board: Board) -> None:
    """Join nodes that must be together but are no neighbours, along a shortest path between them."""
    instance = board.instance
    for node in range(len(instance)):
        for other, tie in instance.ties[node].items():
            if tie < 0 and node < other and board.places[node] != board.places[other]:
                for step in _path(instance, node, other):
                    a, b = board.places[node], board.places[step]
                    if a != b:
                        _put_together(board, a, b, _merge(board, a, b))


def _path(instance: Instance, start: int, end: int) -> list[int]:
    """A shortest path without its start; empty if there is none."""
    before, queue = {start: start}, deque([start])
    while queue and end not in before:
        node = queue.popleft()
        for other in instance.near[node]:
            if other not in before:
                before[other] = node
                queue.append(other)
    path = []
    while end in before and end != start:
        path.append(end)
        end = before[end]
    return path[::-1]


def _mend(board: Board, rng: Random) -> None:
    """Merge each group below a floor, in random order, with the neighbour for which the key is smallest."""
    instance = board.instance
    waiting = [place for place in sorted(board.groups) if instance.short(board.totals[place])]
    rng.shuffle(waiting)
    queue = deque(waiting)
    while queue:
        place = queue.popleft()
        if place not in board.groups or not instance.short(board.totals[place]):
            continue
        options = [(*_merge(board, place, other), other) for other in board.neighbours(place)]
        options = [way for way in options if way[0] < board.key or instance.fits(way[1][0])]
        if not options:
            continue
        key, totals, other = min(options, key=lambda way: (way[0], rng.random()))
        queue.append(_put_together(board, place, other, (key, totals)))


def _thin(board: Board, rng: Random) -> None:
    """Merge the pair of neighbours with the smallest key, while there are too many groups or merging improves the key."""
    instance = board.instance
    heap: list[tuple[int, float, int, int, int]] = []
    stamp = dict.fromkeys(board.groups, 0)

    def look(place: int) -> None:
        for other in board.neighbours(place):
            gain = _merge(board, place, other)[0] - board.key
            # The part of the gain that depends on the number of groups is the same for all pairs at this moment. It may
            # change before the pair is taken out; then the key is computed again.
            heapq.heappush(heap, (gain, rng.random(), place, other, stamp[place] + stamp[other]))

    if len(board.groups) <= instance.most and not _merging_pays(instance):
        return
    for place in sorted(board.groups):
        look(place)
    while heap and len(board.groups) > instance.fewest:
        _, _, a, b, stamped = heapq.heappop(heap)
        # A changed stamp means that one of the groups has been merged with another since.
        if a not in board.groups or b not in board.groups or stamp[a] + stamp[b] != stamped:
            continue
        change = _merge(board, a, b)
        if change[0] >= board.key:
            break
        place = _put_together(board, a, b, change)
        stamp[place] += len(stamp) + 1
        look(place)


def _merging_pays(instance: Instance) -> bool:
    costs = instance.costs
    return costs.group > 0 or bool(costs.away) or any(instance.worth)


def _divide(board: Board, rng: Random) -> None:
    """Cut random groups in two, larger ones more often, while there are too few groups."""
    instance = board.instance
    tried = 0
    while len(board.groups) < instance.fewest and tried < 40:
        large = [place for place in sorted(board.groups) if len(board.groups[place]) > 1]
        if not large:
            return
        place = max(large, key=lambda p: (board.totals[p][0] * rng.random(), p))
        parts = recut(instance, sorted(board.groups[place]), 2, rng)
        if parts is not None:
            change = board.exchanged([place], parts)
            if change[0] < board.key:
                board.exchange([place], parts, change)
                continue
        tried += 1


# ---- cutting anew


def recut(instance: Instance, nodes: Sequence[int], parts: int, rng: Random) -> list[list[int]] | None:
    """Connected nodes, cut along a random spanning tree into parts within floors and caps; None if that failed.

    Args:
        instance: the problem.
        nodes: connected nodes.
        parts: how many parts.
        rng: the random generator.
    """
    if parts == 1:
        return [list(nodes)]
    order, parent = _tree(instance, nodes, rng)
    cuts = _possible_cuts(instance, order, parent, parts)
    while cuts:
        top = cuts.pop(rng.randrange(len(cuts)))
        inside = {top}
        for node in order:
            if node != order[0] and parent[node] in inside:
                inside.add(node)
        rest_nodes = [node for node in nodes if node not in inside]
        others = recut(instance, rest_nodes, parts - 1, rng)
        if others is not None:
            return [sorted(inside), *others]
    return None


def _possible_cuts(instance: Instance, order: Sequence[int], parent: Mapping[int, int], parts: int) -> list[int]:
    """Nodes of a tree above which it can be cut: the part below is within its bounds, and the rest can be divided."""
    below = {node: list(instance.totals[node]) for node in order}
    for node in reversed(order[1:]):
        up = below[parent[node]]
        for i, amount in enumerate(below[node]):
            up[i] += amount
    total = below[order[0]]
    cuts = []
    for node in order[1:]:
        part = tuple(below[node])
        if instance.fits(part):
            left = tuple([a - b for a, b in zip(total, part, strict=True)])
            if instance.fits(left) if parts == 2 else _can_hold(instance, left, parts - 1):
                cuts.append(node)
    return cuts


def _can_hold(instance: Instance, totals: Totals, parts: int) -> bool:
    """Whether the totals are enough for the floors of so many parts."""
    return all(bound.low is None or totals[bound.amount] >= parts * bound.low for bound in instance.bounds)


def _tree(instance: Instance, nodes: Sequence[int], rng: Random) -> tuple[list[int], dict[int, int]]:
    """A random spanning tree: its nodes from the root outwards, and the parent of each.

    It grows from a random node along random edges. Not all trees are equally likely; a uniform draw (Wilson 1996) takes
    longer and gave no better cuts.
    """
    chosen = set(nodes)
    root = nodes[rng.randrange(len(nodes))]
    order: list[int] = []
    parent = {root: root}
    edges = [(root, root)]
    near, draw = instance.near, rng.random
    reached: set[int] = set()
    while edges:
        at = int(draw() * len(edges))
        edges[at], edges[-1] = edges[-1], edges[at]
        up, node = edges.pop()
        if node in reached:
            continue
        reached.add(node)
        order.append(node)
        parent[node] = up
        edges += [(node, other) for other in near[node] if other in chosen and other not in reached]
    return order, parent


# ---- steps


Taken = Callable[[int], bool]
"""Decides whether to make a change, given the key after it."""


def two_neighbours(board: Board, node: int, rng: Random) -> tuple[list[int], list[int]]:
    """The group of a node and a random one that it borders on, which may be the same; and the nodes of both, sorted."""
    near = board.instance.near[node]
    a, b = board.places[node], board.places[near[rng.randrange(len(near))]]
    groups = [a] if a == b else [a, b]
    return groups, sorted(node for place in groups for node in board.groups[place])


def _recut_step(board: Board, rng: Random, taken: Taken) -> bool:
    """Divide a random group and a neighbour anew; whether the result was taken."""
    instance = board.instance
    node = rng.randrange(len(board.places))
    if not instance.near[node]:
        return False
    old, nodes = two_neighbours(board, node, rng)
    now = len(board.groups) - len(old)
    low, high = max(1, instance.fewest - now), min(len(old) + 1, instance.most - now, len(nodes))
    if low > high:
        low = high = len(old)
    parts = recut(instance, nodes, rng.randint(low, high), rng)
    if parts is None:
        return False
    change = board.exchanged(old, parts)
    if not taken(change[0]):
        return False
    board.exchange(old, parts, change)
    return True


def _move_step(board: Board, rng: Random, taken: Taken) -> bool:
    """Move a random node across a random border; whether the result was taken."""
    node = rng.randrange(len(board.places))
    near = board.instance.near[node]
    if not near:
        return False
    pick = rng.randrange(len(near) + 1)
    place = board.places[node]
    to = board.next if pick == len(near) else board.places[near[pick]]
    if to == place or (to == board.next and len(board.groups[place]) == 1):
        return False
    change = board.moved(node, to, board.pulls(node))
    if not taken(change[0]) or not board.can_leave(node):
        return False
    board.move(node, to, change)
    return True


def improve(board: Board, rng: Random, steps: int, stop: Stop = never, warmth: float = _WARM[0]) -> Board:
    """The best division found in a number of steps, improved until no single move makes it better."""
    if not board.places:
        return board
    climb(board, rng)
    best_key, best = board.key, board.places[:]
    scale = _usual(board, rng) if steps else 0
    worst = float(ONE) / _BROKEN
    for step in range(steps):
        if step % 256 == 0 and stop():
            break
        warm = warmth * scale * ((steps - step) / steps) ** 2

        def taken(key: int, warm: float = warm) -> bool:
            trouble, cost = board.instance.parted(key - board.key)
            return cost + trouble / worst * scale <= warm * rng.random()

        if rng.random() < _RECUT:
            _recut_step(board, rng, taken)
        else:
            _move_step(board, rng, taken)
        if board.key < best_key:
            best_key, best = board.key, board.places[:]
    result = Board(board.instance, best)
    climb(result, rng)
    return result


def _usual(board: Board, rng: Random) -> float:
    """The average change of cost by a random move."""
    changes: list[int] = []

    def look(key: int) -> bool:
        cost = board.instance.parted(key - board.key)[1]
        if cost:
            changes.append(abs(cost))
        return False

    for _ in range(200):
        _move_step(board, rng, look)
    return sum(changes) / len(changes) if changes else 1.0


def climb(board: Board, rng: Random) -> None:
    """Make improving moves in random order until there are none, then exchanges of two nodes; repeat until none helps."""
    while True:
        order = list(range(len(board.places)))
        rng.shuffle(order)
        queue, waiting = deque(order), set(order)
        while queue:
            node = queue.popleft()
            waiting.discard(node)
            if _best_move(board, node):
                for other in (node, *board.instance.near[node]):
                    if other not in waiting:
                        waiting.add(other)
                        queue.append(other)
        if not _exchanges(board):
            return


def _best_move(board: Board, node: int) -> bool:
    """Make the best move of a node if it improves the division; whether it was made."""
    places, near = board.places, board.instance.near[node]
    place = places[node]
    ways = {places[other] for other in near}
    ways.discard(place)
    if near and len(board.groups[place]) > 1:
        ways.add(board.next)
    if not ways:
        return False
    pulls = board.pulls(node)
    moves = [(board.moved(node, to, pulls), to) for to in sorted(ways)]
    change, to = min(moves, key=lambda way: way[0][0])
    if change[0] >= board.key or not board.can_leave(node):
        return False
    board.move(node, to, change)
    return True


_EXCHANGE: Final = 64
"""The largest number of nodes for which exchanges of pairs are tried; one pass then takes about 20 ms."""


def _exchanges(board: Board) -> bool:
    """Exchange nodes of neighbouring groups wherever that improves the division; whether any were exchanged."""
    instance, places = board.instance, board.places
    count = len(places)
    if count > _EXCHANGE:
        return False
    helped = False
    for a in range(count):
        near = instance.near[a]
        for b in range(a + 1, count):
            x, y = places[a], places[b]
            if x == y or not any(places[other] == y for other in near):
                continue
            new = [sorted((board.groups[x] - {a}) | {b}), sorted((board.groups[y] - {b}) | {a})]
            change = board.exchanged([x, y], new)
            if change[0] < board.key and all(instance.hangs_together(nodes) for nodes in new):
                board.exchange([x, y], new, change)
                helped = True
    return helped


# ---- all together


def from_start(
    instance: Instance,
    rng: Random,
    number: int,
    steps: int,
    stop: Stop = never,
    first: Sequence[int] | None = None,
) -> Board:
    """The best division that the search finds from one start.

    Args:
        instance: the problem.
        rng: the random generator.
        number: the number of the start; it decides whether it is gathered, grown or carved.
        steps: how many steps.
        stop: whether time is up.
        first: the division from which the first start is gathered; by default each node is a group.
    """
    if number % 3:
        board = (grown if number % 3 == 1 else carved)(instance, rng)
    else:
        board = gathered(instance, rng, None if first is None or number else Board(instance, first))
    return improve(board, rng, steps, stop, _WARM[number // 3 % len(_WARM)])
