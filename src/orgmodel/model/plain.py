"""Texts and numbers that every file can hold: checked and converted when a value is made.

So everything that was accepted can be written. A text must be valid UTF-8; a number is finite and has a limited number
of digits. Scalars of numpy, and subclasses of Python's own types, become those types.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, Final

from orgmodel.errors import Finding, Refused

__all__ = [
    "DIGITS",
    "check_texts",
    "plain_decimal",
    "plain_fraction",
    "plain_number",
    "plain_text",
]

DIGITS: Final = 1_000
"""Limit of digits of a number, so that files, sums and messages stay bounded."""
_TOO_LARGE: Final = 10**DIGITS
_EXPONENT: Final = re.compile(r"[eE]([-+]?[0-9_]+)\s*\Z")


def plain_text(value: Any, noun: str, *, empty: bool = True) -> str:
    r"""The text, checked.

    Args:
        value: the text.
        noun: its description in messages: ``"the name of a unit"``.
        empty: whether it may be empty.

    Raises:
        Refused: it is no text, contains half of a surrogate pair, or is empty and may not be.

    >>> plain_text("Hà Giang", "a name")
    'Hà Giang'
    >>> plain_text("\ud800", "a name")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: a name: 1 fault
      - '\ud800' holds half of a surrogate pair, which is no character [text]
    """
    if not isinstance(value, str):
        raise Refused(noun, [Finding("text", f"it is a text, not {value!r}")])
    if not empty and not value:
        raise Refused(noun, [Finding("text", "it may not be empty")])
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            message = f"{value!r} holds half of a surrogate pair, which is no character"
            raise Refused(noun, [Finding("text", message)]) from None
    return value if type(value) is str else str.__str__(value)


def check_texts(noun: str, *, optional: bool = False, **texts: Any) -> None:
    """Check several texts and report all faults.

    Args:
        noun: their owner in messages: ``"a source"``.
        optional: whether they may be None.
        texts: name -> text.

    Raises:
        Refused: as :func:`plain_text`.
    """
    findings: list[Finding] = []
    for name, value in texts.items():
        if not (type(value) is str and value.isascii()) and not (value is None and optional):
            try:
                plain_text(value, noun)
            except Refused as refused:
                findings += [Finding("text", f"{name}: {finding.message}") for finding in refused.findings]
    if findings:
        raise Refused(noun, findings)


def plain_number(value: Any) -> int | float | Fraction | Decimal:
    """A number as one of Python's own types.

    Raises:
        ValueError: it is no number, not finite, or has too many digits.

    >>> import numpy as np
    >>> plain_number(np.int32(5)), plain_number(Decimal("0.10"))
    (5, Decimal('0.10'))
    """
    if type(value) is int:
        _check_digits(value)
        return value
    # A flag counts as a number to Python, and True would be written as 1.
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise ValueError(f"{value!r} is no number")
    if isinstance(value, Decimal):
        _check_decimal(value)
        return value if type(value) is Decimal else Decimal(value)
    if isinstance(value, Integral):
        _check_digits(int(value))
        return int(value)
    if isinstance(value, Rational):
        number = value if type(value) is Fraction else Fraction(int(value.numerator), int(value.denominator))
        _check_digits(number.denominator)
        _check_digits(number.numerator)
        return number
    if isinstance(value, Real):
        real = float(value)
        if not math.isfinite(real):
            raise ValueError(f"{value} is not finite")
        return real
    raise ValueError(f"{value!r} is no number")


def _check_decimal(value: Decimal) -> None:
    if not value.is_finite():
        raise ValueError(f"{value} is not finite")
    # Not by its digits alone: 1e999999999 has one.
    _, digits, exponent = value.as_tuple()
    if value.adjusted() > DIGITS or int(exponent) < -DIGITS or len(digits) > DIGITS:
        raise ValueError(f"a number of more than {DIGITS:,} digits")


def _check_digits(number: int) -> None:
    if not -_TOO_LARGE < number < _TOO_LARGE:
        raise ValueError(f"a number of more than {DIGITS:,} digits")


def plain_fraction(value: Any) -> Fraction:
    """A number, or a text of one, as a fraction; a float is read by the digits that Python shows.

    Unlike ``Fraction`` it does not compute ``"1e999999999"``.

    Raises:
        ValueError: it is no number, not finite, or has too many digits.

    >>> plain_fraction("1/3"), plain_fraction("0.333"), plain_fraction(0.1)
    (Fraction(1, 3), Fraction(333, 1000), Fraction(1, 10))
    """
    if not isinstance(value, str):
        number = plain_number(value)
        # 0.1 is a tenth, not the nearest binary fraction.
        return Fraction(str(number) if isinstance(number, float) else number)
    exponent = _EXPONENT.search(value)
    if len(value) > 3 * DIGITS or (exponent and len(exponent[1]) > 6) or (exponent and abs(int(exponent[1])) > DIGITS):
        raise ValueError(f"a number of more than {DIGITS:,} digits")
    try:
        fraction = Fraction(value)
    except ZeroDivisionError:
        raise ValueError(f"{value!r} divides by nothing") from None
    except ValueError:
        raise ValueError(f"{value!r} is no number") from None
    return Fraction(plain_number(fraction))


def plain_decimal(value: str) -> Decimal:
    """A text as a decimal.

    Raises:
        ValueError: as :func:`plain_fraction`.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    result = plain_number(number)
    assert isinstance(result, Decimal)
    return result
