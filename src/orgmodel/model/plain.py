"""Texts and numbers as every file can hold them: checked, and made plain, where a value is made.

So what was accepted can be written. A text must be one that UTF-8 can say; a number is finite and has no more digits
than any figure has. Scalars of numpy, and subclasses of Python's own types, become those types.
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
"""No number has more: files, sums and messages stay bounded."""
_TOO_LARGE: Final = 10**DIGITS
_EXPONENT: Final = re.compile(r"[eE]([-+]?[0-9_]+)\s*\Z")


def plain_text(value: Any, what: str, *, empty: bool = True) -> str:
    r"""A text as it is.

    Args:
        value: the text.
        what: what it is, for the message: ``"the name of a unit"``.
        empty: whether it may be empty.

    Raises:
        Refused: it is no text, half of a character is in it, or it is empty and may not be.

    >>> plain_text("Hà Giang", "a name")
    'Hà Giang'
    >>> plain_text("\ud800", "a name")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: a name: 1 fault
      - '\ud800' holds half of a surrogate pair, which is no character [text]
    """
    if not isinstance(value, str):
        raise Refused(what, [Finding("text", f"it is a text, not {value!r}")])
    if not empty and not value:
        raise Refused(what, [Finding("text", "it may not be empty")])
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            message = f"{value!r} holds half of a surrogate pair, which is no character"
            raise Refused(what, [Finding("text", message)]) from None
    return value if type(value) is str else str.__str__(value)


def check_texts(what: str, *, optional: bool = False, **texts: Any) -> None:
    """Check several texts; all that are wrong are reported.

    Args:
        what: the thing that they are of: ``"a source"``.
        optional: whether one may be None.
        texts: what each is called -> the text.

    Raises:
        Refused: as :func:`plain_text`.
    """
    findings: list[Finding] = []
    for name, value in texts.items():
        if not (type(value) is str and value.isascii()) and not (value is None and optional):
            try:
                plain_text(value, what)
            except Refused as refused:
                findings += [Finding("text", f"{name}: {finding.message}") for finding in refused.findings]
    if findings:
        raise Refused(what, findings)


def plain_number(value: Any) -> int | float | Fraction | Decimal:
    """A number as one of Python's own.

    Raises:
        ValueError: it is none, not finite, or has too many digits.

    >>> import numpy as np
    >>> plain_number(np.int32(5)), plain_number(Decimal("0.10"))
    (5, Decimal('0.10'))
    """
    if type(value) is int:
        _check_digits(value)
        return value
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise ValueError(f"{value!r} is no number")
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not finite")
        if (
            value.adjusted() > DIGITS
            or int(value.as_tuple().exponent) < -DIGITS
            or len(value.as_tuple().digits) > DIGITS
        ):
            raise ValueError(f"a number of more than {DIGITS:,} digits")
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
        number_ = float(value)
        if not math.isfinite(number_):
            raise ValueError(f"{value} is not finite")
        return number_
    raise ValueError(f"{value!r} is no number")


def _check_digits(number: int) -> None:
    if not -_TOO_LARGE < number < _TOO_LARGE:
        raise ValueError(f"a number of more than {DIGITS:,} digits")


def plain_fraction(value: Any) -> Fraction:
    """A number, or a text of one, as a fraction; of a float the digits that Python shows count.

    Unlike ``Fraction`` it takes no time over ``"1e999999999"``.

    Raises:
        ValueError: it is no number, not finite, or has too many digits.

    >>> plain_fraction("1/3"), plain_fraction("0.333"), plain_fraction(0.1)
    (Fraction(1, 3), Fraction(333, 1000), Fraction(1, 10))
    """
    if not isinstance(value, str):
        number = plain_number(value)
        # 0.1 is a tenth, not the binary number next to it.
        return Fraction(str(number) if isinstance(number, float) else number)
    exponent = _EXPONENT.search(value)
    if len(value) > 3 * DIGITS or (exponent and len(exponent[1]) > 6) or (exponent and abs(int(exponent[1])) > DIGITS):
        raise ValueError(f"a number of more than {DIGITS:,} digits")
    try:
        made = Fraction(value)
    except ZeroDivisionError:
        raise ValueError(f"{value!r} divides by nothing") from None
    except ValueError:
        raise ValueError(f"{value!r} is no number") from None
    return Fraction(plain_number(made))


def plain_decimal(value: str) -> Decimal:
    """A text as a decimal.

    Raises:
        ValueError: as :func:`plain_fraction`.
    """
    try:
        made = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    result = plain_number(made)
    assert isinstance(result, Decimal)
    return result
