"""Constraints that groups must meet, and the terms of objectives that make one division better than another.

A constraint is met or not; the terms of an objective are weighted against each other. All are frozen values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, Literal

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.measure import Number
from orgmodel.model.plain import plain_fraction

__all__ = [
    "UNITS",
    "Apart",
    "AtLeast",
    "AtMost",
    "Compact",
    "Constraint",
    "Count",
    "Even",
    "FewestChanges",
    "Locked",
    "MostUnits",
    "Near",
    "Now",
    "Pairs",
    "Term",
    "Together",
    "Within",
]

UNITS: Final = "units"
"""The measure that is 1 for each unit; bounds on it are bounds on the size of a group."""

Now = Literal["now"]


def exact(value: Number | str) -> Fraction:
    """A number as a fraction; a decimal keeps its decimal value, which a float only approximates.

    >>> exact(0.1), exact("1/3"), exact(2)
    (Fraction(1, 10), Fraction(1, 3), Fraction(2, 1))
    """
    return plain_fraction(value)


def _bound(value: Number | str) -> Fraction | Now:
    return "now" if value == "now" else exact(value)


def _ids(units: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(units))


def _pairs(pairs: Iterable[Iterable[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((min(pair), max(pair)) for pair in map(tuple, pairs))


def _weight(value: Number | str) -> Fraction:
    result = exact(value)
    if result < 0:
        raise Refused("an objective", [Finding("weight", f"a weight is 0 or more, not {value}")])
    return result


# ---- constraints


@frozen
class AtLeast:
    """A floor: the total of a measure in every group is at least a number.

    Attributes:
        measure: id of the measure; :data:`UNITS` counts the units of a group.
        number: the floor; ``"now"`` stands for the value of the smallest unit before.
        or_now: whether a unit that stays alone may be below the floor, as it is now.

    >>> print(AtLeast("members", 300))
    members at least 300
    """

    measure: str
    number: Fraction | Now = field(converter=_bound)
    or_now: bool = field(default=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.measure} at least {self.number}{', or as now' if self.or_now else ''}"


@frozen
class AtMost:
    """A cap: the total of a measure in every group is at most a number.

    Attributes:
        measure: id of the measure; :data:`UNITS` counts the units of a group.
        number: the cap; ``"now"`` stands for the value of the largest unit before.
        or_now: whether a unit that stays alone may be above the cap, as it is now.

    >>> print(AtMost("area", "now"))
    area at most now
    """

    measure: str
    number: Fraction | Now = field(converter=_bound)
    or_now: bool = field(default=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.measure} at most {self.number}{', or as now' if self.or_now else ''}"


@frozen(init=False)
class Count:
    """The number of groups afterwards, including units that stay alone.

    Attributes:
        at_least: the least number; ``Count(34)`` sets both to 34.
        at_most: the largest number.

    >>> print(Count(34)), print(Count(at_most=40))
    34 units
    at most 40 units
    (None, None)
    """

    at_least: int | None = None
    at_most: int | None = None

    def __init__(self, number: int | None = None, *, at_least: int | None = None, at_most: int | None = None) -> None:
        if number is not None and (at_least is not None or at_most is not None):
            raise Refused("a count", [Finding("count", "give a number, or at_least and at_most, not both")])
        low, high = (number, number) if number is not None else (at_least, at_most)
        if (low is not None and low < 0) or (high is not None and high < (low or 1)):
            raise Refused("a count", [Finding("count", f"no division has from {low} to {high} groups")])
        self.__attrs_init__(low, high)

    def __str__(self) -> str:
        if self.at_least == self.at_most:
            return f"{self.at_least} units"
        parts = [
            f"at {which} {number}"
            for which, number in (("least", self.at_least), ("most", self.at_most))
            if number is not None
        ]
        return f"{' and '.join(parts) or 'any number of'} units"


@frozen
class Within:
    """No group crosses a border.

    Attributes:
        border: a kind (with ``"province"``, all units of a group must be under one province), or a mapping from
            unit to region.

    >>> print(Within("province"))
    within one province
    """

    border: str | Mapping[str, str] = field(hash=False)

    def __str__(self) -> str:
        return f"within one {self.border if isinstance(self.border, str) else 'region'}"


@frozen
class Together:
    """Units that must be in one group.

    Attributes:
        units: their ids.

    >>> print(Together(["a", "b"]))
    a, b together
    """

    units: tuple[str, ...] = field(converter=_ids)

    def __str__(self) -> str:
        return f"{', '.join(self.units)} together"


@frozen
class Apart:
    """Units of which no two may be in one group.

    Attributes:
        units: their ids.

    >>> print(Apart(["a", "b"]))
    a, b apart
    """

    units: tuple[str, ...] = field(converter=_ids)

    def __str__(self) -> str:
        return f"{', '.join(self.units)} apart"


@frozen
class Locked:
    """Units that must stay as they are.

    Attributes:
        units: their ids.

    >>> print(Locked(["a"]))
    a locked
    """

    units: tuple[str, ...] = field(converter=_ids)

    def __str__(self) -> str:
        return f"{', '.join(self.units)} locked"


Constraint = AtLeast | AtMost | Count | Within | Together | Apart | Locked


# ---- objectives: each term is a cost; smaller is better


@frozen
class FewestChanges:
    """Few units change: the cost is the number of units in groups of two or more.

    If all units must merge, one large merger costs no more than many small ones; add :class:`MostUnits` then.

    Attributes:
        weight: how much the cost counts in the objective, 0 or more.

    >>> import orgmodel as om
    >>> chain = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    >>> best = om.propose_mergers(None, chain, Count(4), FewestChanges(), steps=200)[0]
    >>> len(best.divided), best.costs
    (4, {'units that change': Fraction(2, 1)})
    """

    weight: Fraction = field(default=Fraction(1), converter=_weight)
    name = "units that change"


@frozen
class MostUnits:
    """Many units remain: the cost is by how many units their number falls.

    Attributes:
        weight: how much the cost counts in the objective, 0 or more.

    >>> import orgmodel as om
    >>> sizes = {"n": {"a": 1, "b": 1, "c": 2}}
    >>> borders = [("a", "b"), ("b", "c")]
    >>> best = om.propose_mergers(None, borders, AtLeast("n", 2), MostUnits(), measures=sizes, steps=200)[0]
    >>> best.divided, best.costs
    ((('a', 'b'), ('c',)), {'units fewer': Fraction(1, 1)})
    """

    weight: Fraction = field(default=Fraction(1), converter=_weight)
    name = "units fewer"


@frozen
class Even:
    """Groups are even in a measure: the cost is the Herfindahl index of their totals, times the number of units.

    With k equal groups of n units it is n/k; uneven groups cost more. For :data:`UNITS` it is the average size of the
    group that a unit is in.

    Attributes:
        measure: id of the measure.
        weight: how much the cost counts in the objective, 0 or more.

    >>> import orgmodel as om
    >>> sizes = {"n": {"a": 1, "b": 2, "c": 2, "d": 3}}
    >>> ring = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    >>> om.propose_mergers(None, ring, Count(2), Even("n"), measures=sizes, steps=200)[0].divided
    (('a', 'd'), ('b', 'c'))
    """

    measure: str
    weight: Fraction = field(default=Fraction(1), converter=_weight)

    @property
    def name(self) -> str:
        """Its name in tables and reports."""
        return f"unevenness of {self.measure}"


@frozen
class Compact:
    """Short borders between groups: the cost is the share, by length, of the borders that remain between groups.

    Attributes:
        weight: how much the cost counts in the objective, 0 or more.

    >>> import orgmodel as om
    >>> borders = {("a", "b"): 9, ("b", "c"): 1, ("c", "d"): 9, ("d", "a"): 1}
    >>> best = om.propose_mergers(None, borders, Count(2), Compact(), steps=200)[0]
    >>> best.divided, best.costs
    ((('a', 'b'), ('c', 'd')), {'borders that remain': Fraction(1, 10)})
    """

    weight: Fraction = field(default=Fraction(1), converter=_weight)
    name = "borders that remain"


@frozen
class Pairs:
    """Pairs of units that should be in one group: the cost is the number of pairs that are not.

    Attributes:
        pairs: the pairs, in any order.
        weight: the weight of each pair.
        label: the name of the pairs in reports.

    >>> import orgmodel as om
    >>> ring = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    >>> kin = Pairs([("a", "d"), ("b", "c")], label="of one cluster")
    >>> best = om.propose_mergers(None, ring, Count(2), kin, steps=200)[0]
    >>> best.divided, best.costs
    ((('a', 'd'), ('b', 'c')), {'of one cluster apart': Fraction(0, 1)})
    """

    pairs: frozenset[tuple[str, str]] = field(converter=_pairs)
    weight: Fraction = field(default=Fraction(1), converter=_weight)
    label: str = "pairs"

    @property
    def name(self) -> str:
        """Its name in tables and reports."""
        return f"{self.label} apart"


@frozen
class Near:
    """Groups are near a target: the cost is the sum of the distances of the groups' totals from it.

    Attributes:
        measure: id of the measure.
        target: the total that a group should have.
        weight: how much the cost counts in the objective, 0 or more.

    >>> import orgmodel as om
    >>> sizes = {"n": {"a": 1, "b": 2, "c": 3, "d": 6}}
    >>> chain = [("a", "b"), ("b", "c"), ("c", "d")]
    >>> best = om.propose_mergers(None, chain, objective=Near("n", 6), measures=sizes, steps=200)[0]
    >>> best.divided, best.costs
    ((('a', 'b', 'c'), ('d',)), {'n off 6': Fraction(0, 1)})
    """

    measure: str
    target: Fraction = field(converter=exact)
    weight: Fraction = field(default=Fraction(1), converter=_weight)

    @property
    def name(self) -> str:
        """Its name in tables and reports."""
        return f"{self.measure} off {self.target}"


Term = FewestChanges | MostUnits | Even | Compact | Pairs | Near
