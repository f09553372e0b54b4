"""The agreement of two divisions of the same units, such as a proposal and a decision, or two proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from attrs import frozen

from orgmodel.errors import Finding, Refused

__all__ = [
    "Agreement",
    "agreement",
]


@frozen
class Agreement:
    """The agreement of two divisions, in numbers.

    Attributes:
        pairs: number of pairs of units that are together in the first.
        other: number of pairs that are together in the second.
        both: number of pairs that are together in both.
        groups: number of groups of two units or more that are the same in both.
        adjusted_rand: the adjusted Rand index (Hubert and Arabie 1985): 1 for the same division, about 0 for chance.
    """

    pairs: int
    other: int
    both: int
    groups: int
    adjusted_rand: Fraction

    def __str__(self) -> str:
        return (
            f"{self.both} of {self.other} pairs, {self.groups} groups the same, "
            f"adjusted Rand index {float(self.adjusted_rand):.3f}"
        )


def agreement(first: Iterable[Iterable[str]], second: Iterable[Iterable[str]]) -> Agreement:
    """The agreement of two divisions of the same units.

    Raises:
        Refused: they are not divisions of the same units.

    >>> print(agreement([("a", "b"), ("c", "d")], [("a", "b"), ("c",), ("d",)]))
    1 of 1 pairs, 1 groups the same, adjusted Rand index 0.571
    """
    first_groups, second_groups = [frozenset(group) for group in first], [frozenset(group) for group in second]
    place = {unit: i for i, group in enumerate(first_groups) for unit in group}
    other = {unit: i for i, group in enumerate(second_groups) for unit in group}
    odd = sorted(place.keys() ^ other.keys())
    if odd or sum(map(len, first_groups)) != len(place) or sum(map(len, second_groups)) != len(other):
        raise Refused("an agreement", [Finding("units", "the divisions are not of the same units", odd)])
    both = _pairs(Counter((place[unit], other[unit]) for unit in place).values())
    pairs, others = _pairs(map(len, first_groups)), _pairs(map(len, second_groups))
    every = _pairs([len(place)])
    # The expected number of common pairs of two random divisions with groups of these sizes, and the largest possible
    # number in the index's normalisation.
    chance = Fraction(pairs * others, every) if every else Fraction(0)
    most = Fraction(pairs + others, 2)
    index = Fraction(1) if most == chance else (both - chance) / (most - chance)
    same = sum(len(group) > 1 for group in set(first_groups) & set(second_groups))
    return Agreement(pairs, others, both, same, index)


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
