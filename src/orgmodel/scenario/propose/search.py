"""The fast search: random starts, moves across borders, and neighbouring groups divided anew.

Internal. A start is made in one of three ways by turns: *gathered*, groups that miss a floor joined to a neighbour until
none does; *grown*, region after region from random units; or *carved* from a random tree. From there on

* a unit at a border moves to a group beyond it, or becomes a group of its own,
* two neighbouring groups are put together and cut anew along a random spanning tree, into one, two or three,

and a change stays if it is worse by no more than a random threshold that falls to nothing (threshold accepting, Dueck
and Scheuer 1990). It needs no logarithm, so that every machine decides alike. At the end single moves, and where borders do not matter exchanges of two units, are made until
none helps.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final

from orgmodel.scenario.propose.board import ONE, Board, Instance, Totals

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
]

_WARM: Final = (0.1, 0.03, 0.3, 1.0)
"""How much worse a change may be at the beginning, in what a random move changes on average. No one number suits both
dozens of provinces, where 1 finds most, and 700 communes, where it destroys what was gathered: starts take them in turn."""

_BROKEN: Final = 300
"""What a constraint that is broken altogether counts as meanwhile, in the same measure: less leads through more divisions
that are not allowed, and from 8 to 300 the results on 700 communes got better by a tenth."""

_RECUT: Final = 0.15
"""Share of steps that divide two groups anew; each costs about as much as 10 moves."""

_MIX: Final = 0.25
"""Share of random choices among the ways to grow a region; else the one of least cost."""

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
    """Groups that miss a floor joined to the neighbour that suits best, then as many more as there are too many."""
    board = singles(instance) if board is None else board
    _join_torn(board)
    _mend(board, rng)
    _thin(board, rng)
    _divide(board, rng)
    return board


def grown(instance: Instance, rng: Random) -> Board:
    """Regions grown from random nodes until each reaches its floors; what is left over joins a neighbour."""
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
    """Pieces of a random tree, each as soon as it reaches its floors."""
    return gathered(instance, rng, Board(instance, carve(instance, rng)))


def carve(instance: Instance, rng: Random) -> list[int]:
    """Node -> number of its group: a random spanning tree, cut from its leaves on wherever the floors are reached.

    The quickest way to a division: floors are kept to by construction, caps and ties are not looked at.
    """
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
    whole = _cuts(instance, parent, order)
    places = [-1] * count
    for node in order:
        places[node] = node if whole[node] or parent[node] == node else places[parent[node]]
    for root in order:
        if parent[root] == root and not whole[root]:
            # What is left at the root joins a group beside it.
            rest = [node for node in order if places[node] == root]
            beside = [places[other] for node in rest for other in near[node] if places[other] != root]
            if beside:
                to = beside[int(draw() * len(beside))]
                for node in rest:
                    places[node] = to
    return places


def _cuts(instance: Instance, parent: Sequence[int], order: Sequence[int]) -> list[bool]:
    """Above which nodes to cut: where what hangs below and is not cut off yet reaches every floor."""
    floors = [(bound.amount, bound.low) for bound in instance.bounds if bound.low is not None]
    if len(floors) != 1:
        sums = [[totals[amount] for totals in instance.totals] for amount, _ in floors]
        lows = [low for _, low in floors]
        whole = [False] * len(parent)
        for node in reversed(order):
            if all(mine[node] >= low for mine, low in zip(sums, lows, strict=True)):
                whole[node] = True
            elif parent[node] != node:
                for mine in sums:
                    mine[parent[node]] += mine[node]
        return whole
    # One floor is what most ask for, and this loop is most of the time.
    ((amount, low),) = floors
    total = [totals[amount] for totals in instance.totals]
    whole = [False] * len(parent)
    for node in reversed(order):
        if total[node] >= low:
            whole[node] = True
        elif parent[node] != node:
            total[parent[node]] += total[node]
    return whole


def _grow(instance: Instance, rng: Random, seed: int, places: list[int], number: int) -> bool:
    """Grow one region; whether it reached its floors. If not, its nodes are left free."""
    region, totals = [seed], instance.totals[seed]
    frontier = [other for other in instance.near[seed] if places[other] < 0]
    seen = {seed, *frontier}
    least = not instance.costs.changed
    while not instance.fits(totals) or totals[2] > 0:
        if not frontier or (totals[2] > 0):
            return False
        if rng.random() < _MIX or not least:
            at = rng.randrange(len(frontier))
        else:
            # The node with most neighbours inside keeps the region round and leaves no pockets behind.
            inside = set(region)
            at = max(range(len(frontier)), key=lambda i: (sum(o in inside for o in instance.near[frontier[i]]), -i))
        node = frontier.pop(at)
        joined = _joined(instance, totals, region, node)
        if not instance.under_caps(joined) or joined[2] > 0:
            continue
        region.append(node)
        totals = joined
        for other in instance.near[node]:
            if other not in seen and places[other] < 0:
                seen.add(other)
                frontier.append(other)
    for node in region:
        places[node] = number
    return True


def _joined(instance: Instance, totals: Totals, region: Iterable[int], node: int) -> Totals:
    own, inside = instance.totals[node], set(region)
    worth = sum(w for other, w in instance.worth[node].items() if other in inside)
    tie = sum(w for other, w in instance.ties[node].items() if other in inside)
    return (totals[0] + own[0], totals[1] + own[1] + worth, totals[2] + own[2] + tie) + tuple(
        [a + b for a, b in zip(totals[3:], own[3:], strict=True)]
    )


def _merge(board: Board, a: int, b: int) -> tuple[int, list[Totals]]:
    """The key if two groups were one, from their totals and the pairs between them."""
    instance = board.instance
    small, large = (a, b) if len(board.groups[a]) <= len(board.groups[b]) else (b, a)
    inside = board.groups[large]
    worth = tie = 0
    for node in board.groups[small]:
        worth += sum(w for other, w in instance.worth[node].items() if other in inside)
        tie += sum(w for other, w in instance.ties[node].items() if other in inside)
    x, y = board.totals[a], board.totals[b]
    totals = (x[0] + y[0], x[1] + y[1] + worth, x[2] + y[2] + tie) + tuple(
        [p + q for p, q in zip(x[3:], y[3:], strict=True)]
    )
    now = len(board.groups)
    key = board.key - instance.key(x) - instance.key(y) + instance.key(totals)
    return key + instance.crowd(now - 1) - instance.crowd(now), [totals]


def _put_together(board: Board, a: int, b: int, made: tuple[int, list[Totals]]) -> int:
    """Two groups as one, under the number of the larger, so that joining many costs as much as the small ones."""
    small, large = (a, b) if len(board.groups[a]) <= len(board.groups[b]) else (b, a)
    nodes = board.groups.pop(small)
    del board.totals[small]
    board.groups[large] |= nodes
    for node in nodes:
        board.places[node] = large
    board.totals[large], board.key = made[1][0], made[0]
    return large


def _join_torn(board: Board) -> None:
    """Units that must be together and do not touch are joined along a shortest way between them."""
    instance = board.instance
    for node in range(len(instance)):
        for other, tie in instance.ties[node].items():
            if tie < 0 and node < other and board.places[node] != board.places[other]:
                for step in _way(instance, node, other):
                    a, b = board.places[node], board.places[step]
                    if a != b:
                        _put_together(board, a, b, _merge(board, a, b))


def _way(instance: Instance, start: int, end: int) -> list[int]:
    before, queue = {start: start}, deque([start])
    while queue and end not in before:
        node = queue.popleft()
        for other in instance.near[node]:
            if other not in before:
                before[other] = node
                queue.append(other)
    way = []
    while end in before and end != start:
        way.append(end)
        end = before[end]
    return way[::-1]


def _mend(board: Board, rng: Random) -> None:
    """Groups below a floor, in random order, each join the neighbour that leaves least trouble and cost."""
    instance = board.instance
    waiting = [place for place in sorted(board.groups) if instance.short(board.totals[place])]
    rng.shuffle(waiting)
    queue = deque(waiting)
    while queue:
        place = queue.popleft()
        if place not in board.groups or not instance.short(board.totals[place]):
            continue
        found = [(*_merge(board, place, other), other) for other in board.neighbours(place)]
        found = [way for way in found if way[0] < board.key or instance.fits(way[1][0])]
        if not found:
            continue
        key, totals, other = min(found, key=lambda way: (way[0], rng.random()))
        queue.append(_put_together(board, place, other, (key, totals)))


def _thin(board: Board, rng: Random) -> None:
    """While there are too many groups, or merging pays, the pair of neighbours whose merger costs least is merged."""
    instance = board.instance
    heap: list[tuple[int, float, int, int, int]] = []
    stamp = dict.fromkeys(board.groups, 0)

    def look(place: int) -> None:
        for other in board.neighbours(place):
            gain = _merge(board, place, other)[0] - board.key
            # The part that follows from the number of groups is the same for all; it is looked at below.
            heapq.heappush(heap, (gain, rng.random(), place, other, stamp[place] + stamp[other]))

    if len(board.groups) <= instance.most and not _merging_pays(instance):
        return
    for place in sorted(board.groups):
        look(place)
    while heap and len(board.groups) > instance.fewest:
        _, _, a, b, seen = heapq.heappop(heap)
        if a not in board.groups or b not in board.groups or stamp[a] + stamp[b] != seen:
            continue
        made = _merge(board, a, b)
        if made[0] >= board.key:
            break
        place = _put_together(board, a, b, made)
        stamp[place] += len(stamp) + 1
        look(place)


def _merging_pays(instance: Instance) -> bool:
    costs = instance.costs
    return costs.group > 0 or bool(costs.away) or any(instance.worth)


def _divide(board: Board, rng: Random) -> None:
    """While there are too few groups, a random one of those that can be is cut in two."""
    instance = board.instance
    tried = 0
    while len(board.groups) < instance.fewest and tried < 40:
        large = [place for place in sorted(board.groups) if len(board.groups[place]) > 1]
        if not large:
            return
        place = max(large, key=lambda p: (board.totals[p][0] * rng.random(), p))
        parts = recut(instance, sorted(board.groups[place]), 2, rng)
        made = None if parts is None else board.exchanged([place], parts)
        if parts is None or made is None or made[0] >= board.key:
            tried += 1
            continue
        board.exchange([place], parts, made)


# ---- cutting anew


def recut(instance: Instance, nodes: Sequence[int], parts: int, rng: Random) -> list[list[int]] | None:
    """Connected nodes cut along a random spanning tree into parts that keep to floors and caps; None if none was found.

    Args:
        instance: the problem.
        nodes: nodes that hang together.
        parts: how many parts.
        rng: where chance comes from.
    """
    if parts == 1:
        return [list(nodes)]
    order, parent = _tree(instance, nodes, rng)
    below = {node: list(instance.totals[node]) for node in order}
    for node in reversed(order[1:]):
        up = below[parent[node]]
        for i, amount in enumerate(below[node]):
            up[i] += amount
    whole = below[order[0]]
    cuts = []
    for node in order[1:]:
        part = tuple(below[node])
        if instance.fits(part):
            left = tuple([a - b for a, b in zip(whole, part, strict=True)])
            if instance.fits(left) if parts == 2 else _can_hold(instance, left, parts - 1):
                cuts.append(node)
    while cuts:
        at = rng.randrange(len(cuts))
        top = cuts.pop(at)
        inside = {top}
        for node in order:
            if node != order[0] and parent[node] in inside:
                inside.add(node)
        rest_nodes = [node for node in nodes if node not in inside]
        rest = recut(instance, rest_nodes, parts - 1, rng)
        if rest is not None:
            return [sorted(inside), *rest]
    return None


def _can_hold(instance: Instance, totals: Totals, parts: int) -> bool:
    """Whether the totals reach the floors of so many parts."""
    return all(bound.low is None or totals[bound.amount] >= parts * bound.low for bound in instance.bounds)


def _tree(instance: Instance, nodes: Sequence[int], rng: Random) -> tuple[list[int], dict[int, int]]:
    """A random spanning tree: its nodes from the root outwards, and the parent of each.

    It grows from a random node by random edges that leave it. Not all trees are equally likely; those of a uniform
    draw (Wilson 1996) take longer walks, and cut no better.
    """
    chosen = set(nodes)
    root = nodes[rng.randrange(len(nodes))]
    order: list[int] = []
    parent = {root: root}
    edges = [(root, root)]
    near, draw = instance.near, rng.random
    seen: set[int] = set()
    while edges:
        at = int(draw() * len(edges))
        edges[at], edges[-1] = edges[-1], edges[at]
        up, node = edges.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        parent[node] = up
        edges += [(node, other) for other in near[node] if other in chosen and other not in seen]
    return order, parent


# ---- steps


Taken = Callable[[int], bool]
"""Whether a change is taken, from the key that it leads to."""


def _recut_step(board: Board, rng: Random, taken: Taken) -> bool:
    """Divide a random group and a neighbour anew; whether the result was taken."""
    instance = board.instance
    node = rng.randrange(len(board.places))
    near = instance.near[node]
    if not near:
        return False
    a, b = board.places[node], board.places[near[rng.randrange(len(near))]]
    old = [a] if a == b else [a, b]
    nodes = sorted(node for place in old for node in board.groups[place])
    low, high = (1, 2) if a == b else (1, 3)
    now = len(board.groups) - len(old)
    low, high = max(low, instance.fewest - now), min(high, instance.most - now, len(nodes))
    if low > high:
        low = high = len(old)
    parts = recut(instance, nodes, rng.randint(low, high), rng)
    if parts is None:
        return False
    made = board.exchanged(old, parts)
    if not taken(made[0]):
        return False
    board.exchange(old, parts, made)
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
    made = board.moved(node, to, board.pulls(node))
    if not taken(made[0]) or not board.can_leave(node):
        return False
    board.move(node, to, made)
    return True


def improve(board: Board, rng: Random, steps: int, stop: Stop = never, warmth: float = _WARM[0]) -> Board:
    """The best division met in a number of steps, with no single move left that makes it better."""
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
    """By how much a random move changes the cost, on average."""
    found: list[int] = []

    def look(key: int) -> bool:
        cost = board.instance.parted(key - board.key)[1]
        if cost:
            found.append(abs(cost))
        return False

    for _ in range(200):
        _move_step(board, rng, look)
    return sum(found) / len(found) if found else 1.0


def climb(board: Board, rng: Random) -> None:
    """Make moves that help, in random order, until none is left; then exchanges of two nodes, and so on."""
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
    places, near = board.places, board.instance.near[node]
    place = places[node]
    ways = {places[other] for other in near}
    ways.discard(place)
    if near and len(board.groups[place]) > 1:
        ways.add(board.next)
    if not ways:
        return False
    pulls = board.pulls(node)
    found = [(board.moved(node, to, pulls), to) for to in sorted(ways)]
    made, to = min(found, key=lambda way: way[0][0])
    if made[0] >= board.key or not board.can_leave(node):
        return False
    board.move(node, to, made)
    return True


_EXCHANGE: Final = 64
"""Up to this many nodes pairs are tried for an exchange: a pass takes some 20 ms there."""


def _exchanges(board: Board) -> bool:
    """Exchange two nodes of neighbouring groups wherever that helps; whether any was exchanged."""
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
            made = board.exchanged([x, y], new)
            if made[0] < board.key and all(instance.hangs_together(nodes) for nodes in new):
                board.exchange([x, y], new, made)
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
    """The best division that the search meets from one start.

    Args:
        instance: the problem.
        rng: where chance comes from.
        number: the number of the start: by turns they are gathered, grown and carved.
        steps: how many steps.
        stop: whether time is up.
        first: the division that the first start begins with; each node by itself if None.
    """
    if number % 3:
        board = (grown if number % 3 == 1 else carved)(instance, rng)
    else:
        board = gathered(instance, rng, None if first is None or number else Board(instance, first))
    return improve(board, rng, steps, stop, _WARM[number // 3 % len(_WARM)])
