"""Arguments of several verbs, declared once and inherited by the operations that take them."""

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
    """The fields of a class with its own before the inherited ones: the subject of the verb comes first."""
    return sorted(fields, key=attrgetter("inherited"))


@frozen
class Placing(Operation[R_co]):
    """The arguments of every verb of succession: the places of the successors.

    Attributes:
        under: the parent, or hierarchy -> parent; None: the predecessors'.
        cluster: the cluster that they join, or a policy; None: the predecessors'.
        cross_kind: whether a successor may be of another kind.
    """

    under: arg.Places = field(default=None, converter=arg.places, kw_only=True)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster, kw_only=True, validator=arg.is_policy)
    cross_kind: bool = field(default=False, kw_only=True)


@frozen
class Combining(Placing[R_co]):
    """The arguments of verbs by which several units become one.

    Attributes:
        offices: the policy for offices.
        ratings: the policy for measures that do not combine.
    """

    offices: arg.Offices = field(default=None, kw_only=True, validator=arg.is_policy)
    ratings: arg.Ratings = field(default=None, kw_only=True, validator=arg.is_policy)


@frozen
class Dividing(Placing[R_co]):
    """The arguments of verbs that divide a unit.

    Attributes:
        allocation: the policy for counts without stated shares.
        tolerance: by how much stated shares may miss 1.
    """

    allocation: arg.Dividing = field(default=None, kw_only=True, validator=arg.is_policy)
    tolerance: arg.Tolerance = field(default=Fraction(0), converter=arg.fraction, kw_only=True)
