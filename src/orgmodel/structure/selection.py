"""Composable choices of units: every district of a province, cells under three members.

>>> few = select(kind="cell", measure=("members", "<", 3))
>>> print(few & ~select(under="c7"))
kind = cell and members < 3 and not under c7
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, Protocol

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.door import a_text, kind_of, refuse, strict, texts
from orgmodel.model.measure import Quantity
from orgmodel.model.plain import plain_number
from orgmodel.structure.matcher import spelled_alike

__all__ = [
    "Selection",
    "select",
]

COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Choosable(Protocol):
    """The part of a :class:`~orgmodel.structure.structure.Structure` that a selection reads."""

    def value(self, subject: str, track: str, /) -> Any:
        """The value of a fact of a unit."""
        ...

    def ancestors(self, unit: str, hierarchy: str, /) -> tuple[str, ...]:
        """The units above a unit."""
        ...

    def clusters_of(self, unit: str, /) -> tuple[str, ...]:
        """The clusters that a unit is a member of."""
        ...

    def measure(self, unit: str, measure: str, scope: str, /) -> Quantity:
        """A figure of a unit."""
        ...


class Selection(ABC):
    """A choice of units; combine with ``&``, ``|`` and ``~``.

    >>> print(select(kind="district") | select(kind="commune") & ~select(under="p24"))
    kind = district or kind = commune and not under p24
    """

    __slots__ = ()

    @abstractmethod
    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether the unit, live in the structure, is chosen."""

    def __bool__(self) -> bool:  # noqa: PLE0304  # it never has one
        refuse("a selection", "it has no truth of its own; combine selections with &, | and ~, not with and, or, not")

    def __and__(self, other: Selection) -> Selection:
        return Both((self, _selection(other)))

    def __or__(self, other: Selection) -> Selection:
        return Either((self, _selection(other)))

    def __invert__(self) -> Selection:
        return Without(self)


def _selection(value: Any) -> Selection:
    return value if isinstance(value, Selection) else refuse("a selection", f"it is one, not {kind_of(value)}")


@frozen(repr=False)
class Is(Selection):
    """Units whose text fact has one of the given values."""

    track: str
    values: tuple[str, ...]

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether the fact has one of the values."""
        fact = structure.value(unit, self.track)
        if self.track == tracks.NAME:
            return fact is not None and any(spelled_alike(value, fact) for value in self.values)
        return fact in self.values

    def __str__(self) -> str:
        return f"{self.track} = {' or '.join(self.values)}"

    __repr__ = __str__


@frozen(repr=False)
class Under(Selection):
    """Units below any of the given units, at any depth, without these."""

    units: tuple[str, ...]
    hierarchy: str = tracks.MAIN

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether one of the units is an ancestor."""
        return any(ancestor in self.units for ancestor in structure.ancestors(unit, self.hierarchy))

    def __str__(self) -> str:
        return f"under {' or '.join(self.units)}"

    __repr__ = __str__


@frozen(repr=False)
class Member(Selection):
    """Units in any of the given clusters."""

    clusters: tuple[str, ...]

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether the unit is a member."""
        return any(cluster in self.clusters for cluster in structure.clusters_of(unit))

    def __str__(self) -> str:
        return f"in {' or '.join(self.clusters)}"

    __repr__ = __str__


@frozen(repr=False)
class Compared(Selection):
    """Units of which a measure compares with a number; unknown compares with nothing."""

    measure: str
    comparison: str
    number: Any
    scope: str = tracks.OWN

    def __attrs_post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            raise Refused(
                "a selection",
                [Finding("comparison", f"{self.comparison!r} is no comparison; use one of {' '.join(COMPARISONS)}")],
            )
        try:
            object.__setattr__(self, "number", plain_number(self.number))
        except ValueError as error:
            raise Refused(
                "a selection", [Finding("comparison", f"a measure is compared with a number: {error}")]
            ) from None

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether the comparison holds for the unit's value."""
        value, number = structure.measure(unit, self.measure, self.scope).value, self.number
        if isinstance(value, Decimal) and isinstance(number, float):
            # 0.2 is a fifth here, not the binary fraction next to it, which is a little more.
            number = Decimal(repr(number))
        return value is not None and COMPARISONS[self.comparison](value, number)

    def __str__(self) -> str:
        return f"{self.measure} {self.comparison} {self.number}"

    __repr__ = __str__


def _ids(units: Iterable[str]) -> frozenset[str]:
    return frozenset(units)


@frozen(repr=False)
class Among(Selection):
    """Units named by id."""

    units: frozenset[str] = field(converter=_ids)

    def matches(self, structure: Choosable, unit: str) -> bool:  # noqa: ARG002  # the day does not matter
        """Whether the unit is named."""
        return unit in self.units

    def __str__(self) -> str:
        return f"one of {len(self.units)} units"

    __repr__ = __str__


@frozen(repr=False)
class Where(Selection):
    """Units for which a function of (structure, unit id) says so."""

    test: Callable[[Any, str], bool]

    def matches(self, structure: Choosable, unit: str) -> bool:
        """What the function says."""
        return self.test(structure, unit)

    def __str__(self) -> str:
        return f"where {getattr(self.test, '__name__', repr(self.test))}"

    __repr__ = __str__


@frozen(repr=False)
class Both(Selection):
    """Units that all parts choose."""

    parts: tuple[Selection, ...]

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether all parts choose it."""
        return all(part.matches(structure, unit) for part in self.parts)

    def __str__(self) -> str:
        # `and` binds closer than `or`, in English as in Python.
        return (
            " and ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts) or "all units"
        )

    __repr__ = __str__


@frozen(repr=False)
class Either(Selection):
    """Units that at least one part selects."""

    parts: tuple[Selection, ...]

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether at least one part selects it."""
        return any(part.matches(structure, unit) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts)) or "no unit"

    __repr__ = __str__


@frozen(repr=False)
class Without(Selection):
    """Units that a part does not choose."""

    part: Selection

    def matches(self, structure: Choosable, unit: str) -> bool:
        """Whether the part does not choose it."""
        return not self.part.matches(structure, unit)

    def __str__(self) -> str:
        return f"not {self.part}" if not isinstance(self.part, (Both, Either)) else f"not ({self.part})"

    __repr__ = __str__


def _measured(value: Any) -> Compared:
    """The comparison of a tuple such as ``("members", "<", 3)``."""
    if not isinstance(value, (tuple, list)) or not 3 <= len(value) <= 4:
        refuse("a selection", f'measure= is ("members", "<", 3), not {kind_of(value)}')
    return Compared(*value)


@strict
def select(
    *,
    kind: str | Iterable[str] | None = None,
    category: str | Iterable[str] | None = None,
    code: str | Iterable[str] | None = None,
    name: str | Iterable[str] | None = None,
    under: str | Iterable[str] | None = None,
    cluster: str | Iterable[str] | None = None,
    measure: tuple[str, str, Any] | None = None,
    ids: Iterable[str] | None = None,
    where: Callable[[Any, str], bool] | None = None,
    hierarchy: str = tracks.MAIN,
) -> Selection:
    """The units that meet all the criteria; several values of one criterion are alternatives.

    Args:
        kind: id of the kind.
        category: what it is called inside its kind.
        code: the code on the day.
        name: the name, with its marks or, typed without any, regardless of marks.
        under: ids of units above it, at any depth in ``hierarchy``.
        cluster: ids of clusters it is a member of.
        measure: ``("members", "<", 3)``, on the unit's own value; unknown never matches.
        ids: the unit is one of these.
        where: a function of (structure, unit id).
        hierarchy: which hierarchy ``under`` means.

    >>> print(select(kind="district", under="p24"))
    kind = district and under p24
    """
    parts: list[Selection] = []
    for track, values in ((tracks.KIND, kind), (tracks.CATEGORY, category), (tracks.CODE, code), (tracks.NAME, name)):
        if values is not None:
            parts.append(Is(track, texts(values, f"{track}=")))
    if measure is not None:
        parts.append(_measured(measure))
    if under is not None:
        parts.append(Under(texts(under, "under="), a_text(hierarchy, "hierarchy=")))
    if cluster is not None:
        parts.append(Member(texts(cluster, "cluster=")))
    if ids is not None:
        parts.append(Among(texts(ids, "ids=")))
    if where is not None:
        if not callable(where):
            refuse("a selection", f"where= is a function of (structure, unit id), not {kind_of(where)}")
        parts.append(Where(where))
    return parts[0] if len(parts) == 1 else Both(tuple(parts))
