"""What becomes of numbers when units become units.

Counts add up; rates are combined, weighted by their count; categories follow a policy.
A unit of which nothing is stated is not a unit with zero: where one predecessor states
a count and another does not, the sum is unknown, and keeps what is known as a bound.
A part has a share of a count where one is given, else something between 0 and all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.model import arithmetic
from orgmodel.model.measure import Quantity

__all__ = [
    "NOTHING_STATED",
    "added",
    "averaged",
    "divided",
    "stored",
    "within",
]

NOTHING_STATED: Final = Quantity.unknown(low=0)
"""What a unit adds to a count of which it states nothing: at least none."""

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
    """What an unknown part of a count may be: between 0 and all of it.

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

    Computed exactly; floats only come out where floats went in. If a rate or a weight is
    not known, the result lies between the lowest and the highest rate, and where all
    rates are equal it is that rate.

    >>> averaged([(Quantity(10), Quantity(1)), (Quantity(20), Quantity(3))])
    Quantity(35/2)
    >>> averaged([(Quantity(10), Quantity.unknown()), (Quantity(20), Quantity(3))])
    Quantity(unknown, 10 to 20)
    """
    rates = [rate for rate, _ in pairs]
    if all(rate == rates[0] and rate.is_known for rate in rates):
        return rates[0]
    values = [(rate.value, weight.value) for rate, weight in pairs]
    if all(rate is not None and weight is not None for rate, weight in values):
        whole = sum((Fraction(weight or 0) for _, weight in values), Fraction(0))
        if whole:
            total = sum((Fraction(rate or 0) * Fraction(weight or 0) for rate, weight in values), Fraction(0))
            exact = all(rate.is_exact and weight.is_exact for rate, weight in pairs)
            return Quantity(
                arithmetic.plain(total / whole, next((r for r, _ in values if isinstance(r, float)), None)),
                "exact" if exact else "about",
            )
    lows, highs = [r.low for r in rates], [r.high for r in rates]
    return Quantity.unknown(
        None if any(low is None for low in lows) else min(low for low in lows if low is not None),
        None if any(high is None for high in highs) else max(high for high in highs if high is not None),
    )


def stored(quantity: Quantity) -> Any:
    """A quantity as a change bears it: a plain number where it is exact."""
    return quantity.value if quantity.is_exact else quantity
