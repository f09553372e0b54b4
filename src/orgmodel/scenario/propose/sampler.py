"""Many divisions that keep to the constraints, by cutting neighbouring groups anew again and again.

Internal. Recombination along spanning trees, as DeFord, Duchin and Solomon (2021) use it for electoral districts, with
one difference: two groups may become one, two or three, so the number of groups is free within its bounds. The draw is
not uniform over all divisions; it favours compact groups, of which there are more spanning trees.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from orgmodel.scenario.propose.board import Board, Instance
from orgmodel.scenario.propose.search import carved, grown, improve, recut

__all__ = [
    "begin",
    "chain",
    "generator",
]


def generator(seed: int, number: int) -> random.Random:
    """The one place where chance comes in: a generator for a seed and the number of a chain, alike on all machines."""
    digest = hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest, "little"))


def begin(instance: Instance, rng: random.Random, tries: int = 8) -> Board | None:
    """A division that keeps to the constraints, to begin a chain with; None if none was found."""
    board: Board | None = None
    for turn in range(tries):
        board = (grown if turn % 2 else carved)(instance, rng)
        if board.allowed:
            return board
    assert board is not None
    board = improve(board, rng, 200 + 20 * len(instance))
    return board if board.allowed else None


def chain(board: Board, rng: random.Random) -> Iterator[Board]:
    """The board after each step, for ever; it is one board that changes. A step that cannot be taken leaves it."""
    instance = board.instance
    free = [node for node, near in enumerate(instance.near) if near]
    while True:
        if free:
            _step(board, free, rng)
        yield board


def _step(board: Board, free: list[int], rng: random.Random) -> None:
    instance = board.instance
    node = free[rng.randrange(len(free))]
    near = instance.near[node]
    a, b = board.places[node], board.places[near[rng.randrange(len(near))]]
    old = [a] if a == b else [a, b]
    nodes = sorted(node for place in old for node in board.groups[place])
    rest = len(board.groups) - len(old)
    low, high = max(1, instance.fewest - rest), min(3, instance.most - rest, len(nodes))
    if low > high:
        return
    parts = recut(instance, nodes, rng.randint(low, high), rng)
    if parts is None:
        return
    made = board.exchanged(old, parts)
    # Every division of a chain is allowed, so the next is if these groups have no more trouble than those before had.
    before = sum(instance.trouble(board.totals[place]) for place in old)
    if sum(map(instance.trouble, made[1])) <= before:
        board.exchange(old, parts, made)
