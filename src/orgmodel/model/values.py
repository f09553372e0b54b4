"""The values of facts that every file can hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import Quantity
from orgmodel.model.plain import plain_number, plain_text
from orgmodel.period import as_day

__all__ = [
    "plain_value",
]

_DEEP: Final = 20
"""Limit of nesting of tuples."""


def plain_value(value: Any, depth: int = 0) -> Any:
    """A value of a fact in a form that every file can hold: text, number, flag, day, quantity, absence, or a tuple.

    Scalars of numpy become Python's own.

    Raises:
        Refused: it has no form in a file: a point in time, a number that is not finite, any other object.

    >>> import numpy as np
    >>> plain_value(np.int64(3)), plain_value(np.datetime64("2025-07-01")), plain_value(("a", np.int8(1)))
    (3, datetime.date(2025, 7, 1), ('a', 1))
    """
    if isinstance(value, str):
        # Most texts are ASCII, which is its own normal form.
        return value if type(value) is str and value.isascii() else plain_text(value, "a value")
    if isinstance(value, tuple):
        if depth == _DEEP:
            raise _refused(f"it holds rows in rows, more than {_DEEP} deep")
        return tuple([plain_value(item, depth + 1) for item in value])
    # A list is no value of a fact, but reported later, with the other faults of its act.
    if value is None or isinstance(value, (bool, Quantity, Absent, list)):
        return value
    if isinstance(value, dt.datetime):
        raise _refused(f"a point in time ({value}) has no form in the file; use a day")
    kind = type(value)
    try:
        scalar = _plain_scalar(value, kind)
    except BadDay as error:
        raise _refused(str(error)) from None
    except ValueError as error:
        raise _refused(f"{error}; it has no form in the file") from None
    if scalar is None:
        raise _refused(f"a value of type {kind.__name__} has no form in the file: {value!r}")
    return scalar


def _plain_scalar(value: Any, kind: type) -> Any:
    """A day, flag or number, of Python or of numpy, as Python's own; None if it is none."""
    if isinstance(value, dt.date) or kind.__name__ == "datetime64":
        return as_day(value)
    if kind.__module__ == "numpy" and kind.__name__ in ("bool_", "bool"):
        return bool(value)
    if isinstance(value, (int, float, Fraction, Decimal)) or hasattr(value, "dtype"):
        return plain_number(value)
    return None


def _refused(message: str) -> Refused:
    return Refused("a value", [Finding("value", message)])
