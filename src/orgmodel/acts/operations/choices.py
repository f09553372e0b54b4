"""Arguments that several verbs have: declared once, and inherited by the operations that take them."""

from __future__ import annotations

from fractions import Fraction
from operator import attrgetter
from typing import Any

from attrs import Attribute, field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.operation import Operation, R_co

__all__ = [
    "Combining",
    "Dividing",
    "Placing",
    "own_first",
]


def own_first(_cls: type[Any], fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """The fields of a class, its own before the inherited ones, as a caller reads them: first what it is about."""
    return sorted(fields, key=attrgetter("inherited"))


@frozen
class Placing(Operation[R_co]):
    """What every verb asks by which units become units: where the successors stand.

    Attributes:
        under: the parent, or hierarchy -> parent; the predecessors' if nothing is given.
        cluster: the cluster that they join, or a policy; the predecessors' if None.
        cross_kind: whether a successor may be of another kind.
    """

    under: arg.Places = field(default=None, converter=arg.places, kw_only=True)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster, kw_only=True)
    cross_kind: bool = field(default=False, kw_only=True)


@frozen
class Combining(Placing[R_co]):
    """What a verb asks by which several units become one.

    Attributes:
        offices: which offices go on.
        ratings: what becomes of measures that do not combine.
    """

    offices: arg.Offices = field(default=None, kw_only=True)
    ratings: arg.Ratings = field(default=None, kw_only=True)


@frozen
class Dividing(Placing[R_co]):
    """What a verb asks by which a unit is divided.

    Attributes:
        allocation: how counts divide where no shares are given.
        tolerance: by how much stated shares may miss 1.
    """

    allocation: arg.Dividing = field(default=None, kw_only=True)
    tolerance: arg.Tolerance = field(default=Fraction(0), converter=arg.fraction, kw_only=True)
