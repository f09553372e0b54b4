"""What becomes of numbers when units become units.

Counts add up; rates are combined, weighted by their count; categories follow a policy.
A unit of which nothing is stated is not a unit with zero: where one predecessor states
a count and another does not, the sum is unknown, and keeps what is known as a bound.
A part has a share of a count where one is given, else something between 0 and all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts.policies import apportion
from orgmodel.model.measure import Number, Quantity

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
    """A count in parts by shares that add up to 1; whole numbers stay whole and add up exactly.

    Whole numbers are apportioned by largest remainder. A part of a number that is not
    exact keeps its qualifier where it needed no rounding and is ``about`` where it did.

    >>> divided(Quantity(100), [Fraction(1, 3), Fraction(2, 3)])
    [Quantity(33), Quantity(67)]
    >>> divided(Quantity.unknown(0, 9), [Fraction(1, 2), Fraction(1, 2)])
    [Quantity(unknown, 0 to 5), Quantity(unknown, 0 to 5)]
    """
    value = quantity.value
    if value is None:
        return [_bounded(quantity, share) for share in shares]
    if value < 0 or value != int(value):
        return [Quantity(_plain(Fraction(value) * s, [value]), quantity.qualifier) for s in shares]
    parts = apportion(int(value), shares)
    if quantity.is_exact:
        return [Quantity(part) for part in parts]
    return [
        Quantity(part, quantity.qualifier if part == value * share else "about")
        for part, share in zip(parts, shares, strict=True)
    ]


def _bounded(quantity: Quantity, share: Fraction) -> Quantity:
    if share == 0:
        return _ZERO
    low = None if quantity.low is None else math.floor(quantity.low * share)
    high = None if quantity.high is None else math.ceil(quantity.high * share)
    return Quantity.unknown(low, high)


def _plain(value: Fraction, like: Iterable[Number]) -> Number:
    """A fraction as whole number where it is one, as float where one of those it came from was."""
    if value.denominator == 1:
        return int(value)
    return float(value) if any(isinstance(number, float) for number in like) else value


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
                _plain(total / whole, [r for r, _ in values if r is not None]), "exact" if exact else "about"
            )
    lows, highs = [r.low for r in rates], [r.high for r in rates]
    return Quantity.unknown(
        None if any(low is None for low in lows) else min(low for low in lows if low is not None),
        None if any(high is None for high in highs) else max(high for high in highs if high is not None),
    )


def stored(quantity: Quantity) -> Any:
    """A quantity as a change bears it: a plain number where it is exact."""
    return quantity.value if quantity.is_exact else quantity
