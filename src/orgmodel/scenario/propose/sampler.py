"""Samples of divisions that meet the constraints, by repeatedly cutting neighbouring groups anew.

Internal. Recombination along spanning trees, which DeFord, Duchin and Solomon (2021) use for electoral districts, with
one difference: two groups may become one, two or three, so the number of groups can change within its bounds. The draw
is not uniform over all divisions; it favours compact groups, because they have more spanning trees.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from orgmodel.scenario.propose.board import Board, Instance
from orgmodel.scenario.propose.search import carved, grown, improve, recut, two_neighbours

__all__ = [
    "begin",
    "chain",
    "generator",
]


def generator(seed: int, number: int) -> random.Random:
    """The random generator for a seed and the number of a chain or start; the same on all machines."""
    digest = hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest, "little"))


def begin(instance: Instance, rng: random.Random, tries: int = 8) -> Board | None:
    """A division that meets the constraints, as the start of a chain; None if none was found."""
    board: Board | None = None
    for turn in range(tries):
        board = (grown if turn % 2 else carved)(instance, rng)
        if board.allowed:
            return board
    assert board is not None
    board = improve(board, rng, 200 + 20 * len(instance))
    return board if board.allowed else None


def chain(board: Board, rng: random.Random) -> Iterator[Board]:
    """The board after each step, without end. It is always the same board; an impossible step leaves it unchanged."""
    instance = board.instance
    free = [node for node, near in enumerate(instance.near) if near]
    while True:
        if free:
            _step(board, free, rng)
        yield board


def _step(board: Board, free: list[int], rng: random.Random) -> None:
    """Divide a random group and a neighbour anew, if the constraints are still met."""
    instance = board.instance
    old, nodes = two_neighbours(board, free[rng.randrange(len(free))], rng)
    others = len(board.groups) - len(old)
    low, high = max(1, instance.fewest - others), min(3, instance.most - others, len(nodes))
    if low > high:
        return
    parts = recut(instance, nodes, rng.randint(low, high), rng)
    if parts is None:
        return
    change = board.exchanged(old, parts)
    # The division was allowed before. It still is if the new groups together have no more trouble than the old ones.
    before = sum(instance.trouble(board.totals[place]) for place in old)
    if sum(map(instance.trouble, change[1])) <= before:
        board.exchange(old, parts, change)
