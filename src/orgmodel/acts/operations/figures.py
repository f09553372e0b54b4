"""Figures of units that become other units.

Counts add up; rates are averaged, weighted by their count (:func:`orgmodel.model.arithmetic.averaged`); categories follow a
policy. A missing figure is not zero: if one predecessor states a count and another does not, the sum is unknown, with the
known part as its lower bound. A part has a stated share of a count, else something between nothing and everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from orgmodel.model import arithmetic
from orgmodel.model.measure import Quantity

__all__ = [
    "NOTHING_STATED",
    "divided",
    "within",
]

NOTHING_STATED: Final = Quantity.unknown(low=0)
"""The count of a unit that states none: unknown, but not negative."""


def within(quantity: Quantity) -> Quantity:
    """The range of an unknown part of a count: between 0 and all of it.

    >>> within(Quantity(40))
    Quantity(unknown, 0 to 40)
    """
    return Quantity.unknown(low=0, high=quantity.high)


def divided(quantity: Quantity, shares: Sequence[Fraction | None]) -> list[Quantity]:
    """A count in parts by shares that add up to 1 or are not known: see :func:`orgmodel.model.arithmetic.divide`.

    >>> divided(Quantity(100), [Fraction(1, 3), Fraction(2, 3)])
    [Quantity(33), Quantity(67)]
    >>> divided(Quantity.unknown(0, 9), [Fraction(1, 2), Fraction(1, 2)])
    [Quantity(unknown, 0 to 5), Quantity(unknown, 0 to 5)]
    """
    step = arithmetic.step_of([quantity.value], isinstance(quantity.value, Decimal))
    return [part.amount for part in arithmetic.divide(quantity, shares, step)[:-1]]
