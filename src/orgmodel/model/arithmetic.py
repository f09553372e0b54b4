"""The arithmetic of figures: shares that add up to 1, and numbers divided by them.

Drafts, decisions worked out anew and carried figures all divide here, so that a figure divided by the same shares is the
same number everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final, Literal

from attrs import frozen

from orgmodel.model.measure import Number, Qualifier, Quantity, sum_of
from orgmodel.model.plain import plain_fraction

__all__ = [
    "NONE",
    "ONE",
    "Basis",
    "DividedPart",
    "added",
    "averaged",
    "divide",
    "largest_remainder",
    "plain",
    "resolve",
    "step_of",
]

ONE: Final = Fraction(1)
NONE: Final = Fraction(0)

Basis = Literal["exact", "rounded", "bounds"]
"""How a part follows from the divided figure: exactly; rounded to whole steps; or only within bounds."""


@frozen
class DividedPart:
    """One part of a divided figure.

    Attributes:
        amount: its amount.
        basis: how it follows from the divided figure.
    """

    amount: Quantity
    basis: Basis


def largest_remainder(total: Number, shares: Sequence[Fraction], step: Fraction = ONE) -> list[Fraction]:
    """A number divided in whole steps in proportion to shares that add up to 1; a tie goes to the first.

    >>> [int(part) for part in largest_remainder(10, [Fraction(1, 3)] * 3)]
    [4, 3, 3]
    """
    due = [Fraction(total) / step * share for share in shares]
    parts = [floor(part) for part in due]
    # Those that lost most by rounding down come first; in fractions, so that no tie hangs on the last bit of a
    # float.
    order = sorted(range(len(due)), key=lambda i: (parts[i] - due[i], i))
    for i in order[: int(Fraction(total) / step) - sum(parts)]:
        parts[i] += 1
    return [part * step for part in parts]


def resolve(shares: Sequence[Fraction | None], tolerance: Fraction = NONE) -> tuple[list[Fraction | None], str]:
    """Shares that add up to 1, from stated ones, and a note about what was changed.

    A single missing share is the rest. Shares that miss 1 by no more than the tolerance are accepted, and the difference
    goes to the largest of them.

    Args:
        shares: the share of each part, None if it is not stated.
        tolerance: by how much stated shares may miss 1 because their source rounded them.

    Raises:
        ValueError: a share is negative, or they do not add up.

    >>> resolve([Fraction(1, 4), None])
    ([Fraction(1, 4), Fraction(3, 4)], 'the rest')
    >>> resolve([Fraction("0.333"), Fraction("0.666")], Fraction("0.01"))[1]
    '1/1000 given to the largest'
    """
    known = [share for share in shares if share is not None]
    total = sum(known, NONE)
    if any(share < 0 for share in known) or total > 1 + tolerance:
        raise ValueError(f"shares add up to {total}, not to 1")
    blank = len(shares) - len(known)
    if blank == 1:
        # Rounded shares may add up to a little more than 1: then nothing is left.
        return [max(NONE, 1 - total) if share is None else share for share in shares], "the rest"
    if blank or total == 1:
        return list(shares), ""
    if abs(1 - total) > tolerance:
        raise ValueError(f"shares add up to {total}, not to 1")
    largest = max(range(len(known)), key=lambda i: (known[i], -i))
    return [s + 1 - total if i == largest else s for i, s in enumerate(known)], f"{1 - total} given to the largest"


def averaged(pairs: Iterable[tuple[Quantity, Quantity]]) -> Quantity:
    """The rate of several units together, from pairs (rate, count that weighs it).

    Computed exactly: int if whole, float if any rate was a float. A rate of nothing, with a count of 0, does not count.
    What is not known leaves bounds: those of the rates, weighed if the counts are exact, else the lowest and the highest.

    >>> averaged([(Quantity(10), Quantity(1)), (Quantity(20), Quantity(3))])
    Quantity(35/2)
    >>> averaged([(Quantity(10), Quantity.unknown()), (Quantity(20), Quantity(3))])
    Quantity(unknown, 10 to 20)
    >>> averaged([(Quantity(10, "at least"), Quantity(1)), (Quantity(20), Quantity(3))])
    Quantity(unknown, 35/2 to ?)
    >>> averaged([(Quantity.unknown(), Quantity(0)), (Quantity(20), Quantity(3))])
    Quantity(20)
    """
    listed = list(pairs)
    weighing = [(rate, weight) for rate, weight in listed if weight != 0] or listed
    rates, weights = [rate for rate, _ in weighing], [weight for _, weight in weighing]
    # Equal rates have that rate together, whatever they weigh, so that no weight needs to be known.
    if rates[0].is_known and len(set(rates)) == 1:
        return rates[0]
    qualifiers = {quantity.qualifier for quantity in (*rates, *weights)}
    mean = _weighed([rate.value for rate in rates], weights) if qualifiers <= {"exact", "about"} else None
    if mean is not None:
        return Quantity(mean, "about" if "about" in qualifiers else "exact")
    lows, highs = [rate.low for rate in rates], [rate.high for rate in rates]
    if {weight.qualifier for weight in weights} == {"exact"} and set(weights) != {0}:
        return Quantity.unknown(_weighed(lows, weights), _weighed(highs, weights))
    return Quantity.unknown(_extreme(min, lows), _extreme(max, highs))


def _weighed(numbers: Sequence[Number | None], weights: Sequence[Quantity]) -> Number | None:
    """The mean of numbers by weights that have values; None if a number is missing or nothing weighs."""
    known = [number for number in numbers if number is not None]
    factors = [Fraction(weight.value or 0) for weight in weights]
    total = sum(factors, NONE)
    if len(known) < len(numbers) or not total:
        return None
    floating = next((number for number in known if isinstance(number, float)), None)
    # By the digits that are shown: 0.2 and 0.4 weighed alike are 0.3, not 0.30000000000000004.
    products = (plain_fraction(number) * factor for number, factor in zip(known, factors, strict=True))
    return plain(sum(products, NONE) / total, floating)


def _extreme(pick: Callable[[Sequence[Number]], Number], bounds: Sequence[Number | None]) -> Number | None:
    """The smallest or largest bound; None if one is missing."""
    known = [bound for bound in bounds if bound is not None]
    return pick(known) if len(known) == len(bounds) else None


def plain(value: Fraction | Number, like: Number | None = None) -> Number:
    """A fraction as int if it is whole, else as the type of ``like``: float, Decimal or Fraction."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return exact.numerator
    if isinstance(like, Decimal):
        return Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(exact) if isinstance(like, float) else exact


def step_of(values: Iterable[Number | None], decimal: bool = False) -> Fraction:
    """The step in which figures of one measure are divided: 1, or the last decimal place of any of them.

    >>> step_of([Decimal("12.50"), 3], decimal=True)
    Fraction(1, 100)
    """
    if not decimal:
        return ONE
    places = 0
    for value in values:
        if isinstance(value, Decimal):
            exponent = value.as_tuple().exponent
            places = max(places, -exponent if isinstance(exponent, int) else 0)
    return Fraction(1, 10**places)


def added(quantities: Iterable[Quantity]) -> Quantity:
    """The sum of counts.

    >>> added([Quantity(5), Quantity(7)]), added([Quantity(5), Quantity.unknown(low=0)])
    (Quantity(12), Quantity(unknown, 5 to ?))
    >>> added([Quantity(10, "at least"), Quantity(5, "at most")])
    Quantity(unknown, 10 to ?)
    """
    counts = list(quantities)
    total = sum(counts, Quantity(0))
    if total.is_known:
        return total
    # No count is negative, so that one without a lower bound leaves those of the others.
    low: Number | None = 0
    for count in counts:
        low = sum_of(low, max(0, count.low or 0))
    return Quantity.unknown(low, total.high)


def divide(quantity: Quantity, shares: Sequence[Fraction | None], step: Fraction | None = ONE) -> list[DividedPart]:
    """The parts of a count, by shares that add up to no more than 1.

    An exact number is divided by largest remainder, so that the parts add up to it. Others keep the bounds that are
    certain. Parts of "at most" and "more than" are no points: a seventh of at most 4 is not at most 0.

    Args:
        quantity: the figure to divide.
        shares: the share of each part; None if unknown, which is between 0 and what the others leave.
        step: parts are multiples of this, if the number is one itself; None does not round.

    Returns:
        The parts in order of the shares, and last what the known shares leave over.

    >>> [str(part.amount) for part in divide(Quantity(10), [Fraction(1, 3), Fraction(2, 3)])]
    ['3', '7', '0']
    >>> [str(part.amount) for part in divide(Quantity(100, "more than"), [Fraction(1, 3), Fraction(2, 3)])]
    ['33 or more', '67 or more', '0']
    >>> [str(part.amount) for part in divide(Quantity(9), [Fraction(1, 2), None, None])]
    ['5', 'unknown, 0 to 4', 'unknown, 0 to 4', '4']
    """
    full = [*shares, 1 - sum((share for share in shares if share is not None), NONE)]
    value = quantity.value
    if value is not None and step is not None and (value < 0 or Fraction(value) % step):
        step = None  # Multiples of the step cannot add up to a number that is none.
    points = _points(quantity, full, step)
    low, high = _least(quantity, step), quantity.high

    def down(number: Fraction) -> Number:
        return plain(number if step is None else floor(number / step) * step, value)

    def up(number: Fraction) -> Number:
        return plain(number if step is None else ceil(number / step) * step, value)

    def of_unknown_share() -> DividedPart:
        if high is None:
            bound = None
        elif quantity.is_exact:
            bound = plain(points[-1] or NONE, value)  # What the rounded known parts leave over.
        else:
            bound = up(Fraction(high) * (full[-1] or NONE))
        return DividedPart(Quantity(0) if bound == 0 else Quantity.unknown(0, bound), "bounds")

    def of_point(share: Fraction, point: Fraction) -> DividedPart:
        basis: Basis = "exact" if point == Fraction(value or 0) * share else "rounded"
        if quantity.is_exact:
            return DividedPart(Quantity(plain(point, value)), basis)
        lower = None if quantity.low is None else down(Fraction(quantity.low) * share)
        upper = None if high is None else up(Fraction(high) * share)
        return DividedPart(Quantity(plain(point, value), quantity.qualifier, lower, upper), basis)

    def of(share: Fraction | None, point: Fraction | None) -> DividedPart:
        if share is None:
            return of_unknown_share()
        if share in (0, 1):
            return DividedPart(quantity if share else Quantity(0), "exact")
        if point is not None:
            return of_point(share, point)
        most = None if high is None else up(Fraction(high) * share)
        return DividedPart(_bounded(down(Fraction(low) * share), most), "bounds")

    return [of(share, point) for share, point in zip(full, points, strict=True)]


def _points(quantity: Quantity, shares: Sequence[Fraction | None], step: Fraction | None) -> Sequence[Fraction | None]:
    """The amount of each part; None if it has only bounds."""
    if quantity.value is None or quantity.qualifier not in ("exact", "about"):
        return [None] * len(shares)
    if step is None:
        return [Fraction(quantity.value) * (share or 0) for share in shares]
    return largest_remainder(quantity.value, [share or NONE for share in shares], step)


def _least(quantity: Quantity, step: Fraction | None) -> Number:
    """The lower bound of a count; more than 100 is at least 101 if it is a whole number."""
    if quantity.low is None:
        return 0
    in_steps = step is not None and quantity.qualifier == "more than"
    return plain(Fraction(quantity.low) + (step or 0)) if in_steps else quantity.low


def _bounded(low: Number, high: Number | None) -> Quantity:
    """A figure with bounds only, with the simplest qualifier."""
    if high is not None:
        return Quantity(low) if low == high else Quantity.unknown(low, high)
    qualifier: Qualifier = "at least"
    return Quantity(low, qualifier) if low else Quantity.unknown(0)
