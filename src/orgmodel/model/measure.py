"""Measures and quantities: the numbers of units, and how certain they are."""

from __future__ import annotations

import copyreg
import math
from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction
from numbers import Integral
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import a_text, made_strictly
from orgmodel.model.plain import check_texts, plain_number, plain_text
from orgmodel.model.track import FATES, OWN, measure_track

__all__ = [
    "UNKNOWN",
    "Measure",
    "Quantity",
    "as_figure",
    "figure_fault",
]


def _read_only(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(items)


def _pickled(proxy: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    return _read_only, (dict(proxy),)


# Frozen values here hold read-only mappings, which Python cannot pickle by itself.
copyreg.pickle(MappingProxyType, _pickled)

Number = int | float | Fraction | Decimal
Qualifier = Literal["exact", "about", "more than", "at least", "at most", "unknown"]


_QUALIFIERS: Final = get_args(Qualifier)
_COMMON: Final = 2**62
_WIDE: Final = Context(prec=1_000)
"""More digits than any figure has: sums are never rounded."""


def _kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(kinds)


@made_strictly
@frozen
class Measure:
    """A measure: a number that units have.

    Attributes:
        id: the word used everywhere, ``"members"``.
        type: ``count`` adds up, ``rate`` is averaged by ``weight``, ``category`` does not combine.
        weight: the count that weighs a rate.
        unit: the unit of measurement, ``"members"``.
        name_vi: for people, Vietnamese.
        decimal: whether values are decimals that add up exactly (an area, money), not whole numbers.
        of: kinds whose units state it; empty: all kinds but agencies.
        fate: its fate in a new unit, if not that of its type: ``restart`` for the number of a congress, or another word
            of :data:`orgmodel.model.track.FATES`.

    >>> Measure("female", type="rate", weight="members").weight
    'members'
    """

    id: str
    type: Literal["count", "rate", "category"] = "count"
    weight: str | None = None
    unit: str = ""
    name_vi: str = ""
    decimal: bool = field(default=False, kw_only=True)
    of: tuple[str, ...] = field(default=(), converter=_kinds, kw_only=True)
    fate: str = field(default="", kw_only=True)

    @property
    def track(self) -> str:
        """The track of its values."""
        return measure_track(self.id)

    @property
    def slot(self) -> str:
        """The slot of a unit's own value."""
        return OWN

    def __attrs_post_init__(self) -> None:
        plain_text(self.id, "the id of a measure", empty=False)
        check_texts("a measure", unit=self.unit, name_vi=self.name_vi, fate=self.fate)
        check_texts("a measure", optional=True, weight=self.weight)
        for kind in self.of:
            plain_text(kind, "a kind of a measure", empty=False)
        if self.type not in ("count", "rate", "category"):
            message = f"measure {self.id!r}: type={self.type!r} is none; use count, rate or category"
            raise Refused("a measure", [Finding("measure", message)])
        if (self.type == "rate") != (self.weight is not None):
            raise Refused(
                "a measure",
                [Finding("measure", f"measure {self.id!r}: a rate, and only a rate, names the count that weighs it")],
            )
        if self.fate and self.fate not in FATES and "." not in self.fate:
            message = (
                f"measure {self.id!r}: fate={self.fate!r} is no fate; use {', '.join(FATES)}, or a registered name"
            )
            raise Refused("a measure", [Finding("fate", message)])


def as_figure(value: Any, measure: Measure | None) -> Any:
    """A figure in the form in which a measure keeps it; what is no number stays as it is, to be refused later.

    A whole float of a count is an integer. A float of a measure of decimals is the decimal of its digits, since floats
    do not add up exactly.

    >>> as_figure(12.0, Measure("members")), as_figure(0.1, Measure("area", decimal=True)), as_figure(0.5, None)
    (12, Decimal('0.1'), 0.5)
    """
    if isinstance(value, Quantity):
        return evolve(value, value=as_figure(value.value, measure)) if value.value is not None else value
    if isinstance(value, Integral) and not isinstance(value, bool):
        # Integers of other libraries, such as numpy's.
        return int(value)
    if measure is None or measure.type != "count" or not isinstance(value, float) or not math.isfinite(value):
        return value
    if value.is_integer():
        return int(value)
    return Decimal(repr(float(value))) if measure.decimal else value


def figure_fault(name: str, value: Any, measure: Measure | None) -> tuple[str, str] | None:
    """The (rule, message) of what a measure does not allow of a figure; None if it is right.

    >>> figure_fault("members", 2.5, Measure("members"))
    ('count', "'members' counts, and 2.5 is negative or a fraction")
    >>> figure_fault("area", Decimal("2.5"), Measure("area", decimal=True))
    """
    number = value.value if isinstance(value, Quantity) else value
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, Number):
        return "measure", f"{name!r} is a number, not {value!r}"
    if isinstance(number, float) and not math.isfinite(number):
        return "measure", f"{name!r} is a finite number, not {value!r}"
    return _count_fault(name, number, measure) if measure is not None and measure.type == "count" else None


def _count_fault(name: str, number: Number, measure: Measure) -> tuple[str, str] | None:
    """The (rule, message) of what a count does not allow of a number; None if it is right."""
    if not measure.decimal and (number < 0 or number != int(number)):
        return "count", f"{name!r} counts, and {number} is negative or a fraction"
    if number < 0:
        return "count", f"{name!r} adds up, and {number} is negative"
    if measure.decimal and isinstance(number, float):
        return "count", f"{name!r} is of decimals; write Decimal('{number}'), as floats do not add up exactly"
    return None


def sum_of(a: Number | None, b: Number | None) -> Number | None:
    """The sum, exact unless one is a float; None if one is unknown.

    >>> sum_of(Decimal("0.1"), Decimal("0.2")), sum_of(Decimal("0.5"), Fraction(1, 3))
    (Decimal('0.3'), Fraction(5, 6))
    """
    if a is None or b is None:
        return None
    if isinstance(a, float) or isinstance(b, float):
        return float(a) + float(b)
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return _decimal_sum(a, b)
    return a + b


def _decimal_sum(a: int | Fraction | Decimal, b: int | Fraction | Decimal) -> Number:
    """The exact sum; a fraction if one of them is a fraction. The sum of decimals would round to the context's digits."""
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return Fraction(a) + Fraction(b)
    first, second = Decimal(a), Decimal(b)
    places = max(0, *(-int(d.as_tuple().exponent) for d in (first, second)))
    scaled = int(first.scaleb(places, _WIDE)) + int(second.scaleb(places, _WIDE))
    return Decimal(scaled).scaleb(-places, _WIDE)


def _is_common(number: Any) -> bool:
    """Whether a number is an ordinary whole number, as most are, which needs no further check."""
    return type(number) is int and -_COMMON < number < _COMMON


def _no_quantity(message: str) -> Refused:
    return Refused("a quantity", [Finding("quantity", message)])


@frozen(order=False, eq=False)
class Quantity:
    """A value with its certainty.

    Unknown is not zero: ``unknown + 5`` is unknown, with the bounds that are still known.

    Attributes:
        value: the number, None if unknown.
        qualifier: exact, about, more than, at least, at most, unknown.
        low: the lower bound; None if unknown.
        high: the upper bound; None if unknown.

    >>> Quantity(1500) + Quantity(300, "about")
    Quantity(about 1800)
    >>> Quantity.unknown(low=0, high=40) + 5
    Quantity(unknown, 5 to 45)
    >>> Quantity(10, "at least") + Quantity(5, "at most")
    Quantity(unknown)
    >>> Quantity(5) == 5
    True
    """

    value: Number | None = None
    qualifier: Qualifier = "exact"
    low: Number | None = None
    high: Number | None = None

    def __attrs_post_init__(self) -> None:
        # Nearly all figures are plain whole numbers, of which nothing need be checked.
        is_plain = _is_common(self.value) and self.low is self.high is None
        if not (is_plain and type(self.qualifier) is str and self.qualifier == "exact"):
            self._check()
        if self.qualifier in ("exact", "more than", "at least"):
            object.__setattr__(self, "low", self.value)
        if self.qualifier in ("exact", "at most"):
            object.__setattr__(self, "high", self.value)
        if self._bounds_contradict():
            raise _no_quantity(f"at least {self.low} and at most {self.high} do not go together")

    def _check(self) -> None:
        """Refuse what is no quantity, and make its numbers plain."""
        if a_text(self.qualifier, "the qualifier of a quantity") not in _QUALIFIERS:
            raise _no_quantity(f"{self.qualifier!r} is no qualifier; use one of {', '.join(_QUALIFIERS)}")
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is not None and not _is_common(number):
                try:
                    object.__setattr__(self, name, plain_number(number))
                except ValueError as error:
                    raise _no_quantity(f"{name}: {error}") from None
        if (self.value is None) != (self.qualifier == "unknown"):
            raise _no_quantity(f"{self.qualifier!r} and the value {self.value!r} do not go together")

    def _bounds_contradict(self) -> bool:
        """Whether the lower bound is above the upper one, by more than the rounding of floats."""
        low, high = self.low, self.high
        if low is None or high is None or low <= high:
            return False
        is_rounded = isinstance(low, float) or isinstance(high, float)
        return not (is_rounded and math.isclose(float(low), float(high), rel_tol=1e-9, abs_tol=1e-9))

    @classmethod
    def unknown(cls, low: Number | None = None, high: Number | None = None) -> Quantity:
        """An unknown value, within bounds if there are any."""
        return cls(None, "unknown", low, high)

    @classmethod
    def of(cls, value: Quantity | Number | None) -> Quantity:
        """``value`` as a quantity; None is unknown."""
        if isinstance(value, Quantity):
            return value
        return UNKNOWN if value is None else cls(value)

    @property
    def is_exact(self) -> bool:
        """Whether the value is exact."""
        return self.qualifier == "exact"

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def plain(self) -> Quantity | Number:
        """The plain number where it is exact, else the quantity itself; so it is written in changes and tables.

        >>> Quantity(5).plain, Quantity(5, "about").plain
        (5, Quantity(about 5))
        """
        return self if self.value is None or not self.is_exact else self.value

    def _combine(self, other: Quantity) -> Quantity:
        low, high = sum_of(self.low, other.low), sum_of(self.high, other.high)
        total = sum_of(self.value, other.value)
        if total is None:
            return Quantity(None, "unknown", low, high)
        kinds = {self.qualifier, other.qualifier} - {"exact"}
        if kinds == {"more than", "at least"}:
            return Quantity(total, "more than", low, high)
        if len(kinds) > 1:
            # At least 10 plus at most 5 may be 10 or a thousand: nothing but bounds is known.
            return Quantity(None, "unknown", low, high)
        return Quantity(total, kinds.pop() if kinds else "exact", low, high)

    def __add__(self, other: Quantity | Number) -> Quantity:
        return self._combine(Quantity.of(other))

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Quantity):
            return (self.value, self.qualifier, self.low, self.high) == (
                other.value,
                other.qualifier,
                other.low,
                other.high,
            )
        return self.is_exact and self.value == other

    def __hash__(self) -> int:
        return hash(self.value) if self.is_exact else hash((self.value, self.qualifier, self.low, self.high))

    def __bool__(self) -> bool:
        raise TypeError("a Quantity may be unknown: ask .is_known, .value or compare it")

    def __int__(self) -> int:
        if self.value is None:
            raise ValueError(f"{self!r} has no value")
        return int(self.value)

    def __float__(self) -> float:
        if self.value is None:
            raise ValueError(f"{self!r} has no value")
        return float(self.value)

    def __str__(self) -> str:
        if self.value is not None:
            if self.qualifier == "at least":
                return f"{self.value} or more"
            return f"{self.value}" if self.is_exact else f"{self.qualifier} {self.value}"
        if self.low is None and self.high is None:
            return "unknown"
        return f"unknown, {self.low if self.low is not None else '?'} to {self.high if self.high is not None else '?'}"

    def __repr__(self) -> str:
        return f"Quantity({self})"


UNKNOWN: Final = Quantity(None, "unknown")
"""An unknown value without bounds."""
