"""Figures of units that become other units.

Counts add up; rates are averaged, weighted by their count; categories follow a policy. A missing figure is not zero: if
one predecessor states a count and another does not, the sum is unknown, with the known part as its lower bound. A part
has a stated share of a count, else something between nothing and everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.model import arithmetic
from orgmodel.model.measure import Number, Quantity

__all__ = [
    "NOTHING_STATED",
    "added",
    "averaged",
    "divided",
    "stored",
    "within",
]

NOTHING_STATED: Final = Quantity.unknown(low=0)
"""The count of a unit that states none: unknown, but not negative."""

_ZERO: Final = Quantity(0)


def added(quantities: Iterable[Quantity]) -> Quantity:
    """The sum of counts.

    >>> added([Quantity(5), Quantity(7)]), added([Quantity(5), NOTHING_STATED])
    (Quantity(12), Quantity(unknown, 5 to ?))
    """
    total = _ZERO
    for quantity in quantities:
        total = total + quantity
    return total


def within(quantity: Quantity) -> Quantity:
    """The range of an unknown part of a count: between 0 and all of it.

    >>> within(Quantity(40))
    Quantity(unknown, 0 to 40)
    """
    return Quantity.unknown(low=0, high=quantity.high)


def divided(quantity: Quantity, shares: Sequence[Fraction]) -> list[Quantity]:
    """A count in parts by shares that add up to 1: see :func:`orgmodel.model.arithmetic.divide`.

    >>> divided(Quantity(100), [Fraction(1, 3), Fraction(2, 3)])
    [Quantity(33), Quantity(67)]
    >>> divided(Quantity.unknown(0, 9), [Fraction(1, 2), Fraction(1, 2)])
    [Quantity(unknown, 0 to 5), Quantity(unknown, 0 to 5)]
    """
    step = arithmetic.step_of([quantity.value], isinstance(quantity.value, Decimal))
    return [part.amount for part in arithmetic.divide(quantity, shares, step)[:-1]]


def averaged(pairs: Sequence[tuple[Quantity, Quantity]]) -> Quantity:
    """The rate of several units together, from pairs (rate, count that weighs it).

    Computed exactly: int if whole, float if any input was a float. If a rate or a weight is unknown, the result lies
    between the lowest and the highest rate; if all rates are equal, it is that rate.

    >>> averaged([(Quantity(10), Quantity(1)), (Quantity(20), Quantity(3))])
    Quantity(35/2)
    >>> averaged([(Quantity(10), Quantity.unknown()), (Quantity(20), Quantity(3))])
    Quantity(unknown, 10 to 20)
    """
    rates = [rate for rate, _ in pairs]
    if all(rate == rates[0] and rate.is_known for rate in rates):
        return rates[0]
    values = [(r.value, w.value) for r, w in pairs if r.value is not None and w.value is not None]
    weights = sum((Fraction(weight) for _, weight in values), Fraction(0))
    if len(values) == len(pairs) and weights:
        total = sum((Fraction(rate) * Fraction(weight) for rate, weight in values), Fraction(0))
        exact = all(rate.is_exact and weight.is_exact for rate, weight in pairs)
        like = next((rate for rate, _ in values if isinstance(rate, float)), None)
        return Quantity(arithmetic.plain(total / weights, like), "exact" if exact else "about")
    # One rate without a bound leaves the average without it.
    return Quantity.unknown(_extreme(min, [rate.low for rate in rates]), _extreme(max, [rate.high for rate in rates]))


def _extreme(pick: Callable[[Sequence[Number]], Number], bounds: Sequence[Number | None]) -> Number | None:
    """The smallest or largest bound; None if one is missing."""
    known = [bound for bound in bounds if bound is not None]
    return pick(known) if len(known) == len(bounds) else None


def stored(quantity: Quantity) -> Any:
    """The value of a change for a quantity: a plain number if it is exact."""
    return quantity.value if quantity.is_exact else quantity
