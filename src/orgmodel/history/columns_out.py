"""Figures in and out of mappings, numpy arrays, polars and pandas frames.

Without a frame its library is not loaded: libraries are imported where a frame is
met or asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, Final, Literal, get_args

import numpy as np
from attrs import frozen

from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.model.extras import extra
from orgmodel.model.frames import Column, pandas_series, polars_series
from orgmodel.model.measure import Number, Qualifier, Quantity

__all__ = [
    "HOW",
    "Figures",
    "Sort",
    "TakenRows",
    "build",
    "missing_to_none",
    "number",
    "plain",
    "read",
    "sort_of",
    "values_of",
]

Sort = Literal["mapping", "array", "polars", "pandas", "polars series", "pandas series"]
HOW: Final = ("qualifier", "low", "high", "exact", "basis")
"""The columns that say how sure a figure is."""


@frozen
class Figures:
    """Figures as they were given, row by row.

    Attributes:
        sort: what they came in.
        units: the name of each row's unit.
        values: the value of each row, None where it is missing.
        whole: whether the values came as whole numbers.
        inexact: the rows, from 0, of which a column ``exact`` says that they are not.
    """

    sort: Sort
    units: tuple[str, ...]
    values: tuple[Any, ...]
    whole: bool = True
    inexact: frozenset[int] = frozenset()


@frozen
class TakenRows:
    """A column whose values are those of some rows of the frame that was given; None for null."""

    rows: Sequence[int | None]


def sort_of(data: Any) -> Sort:
    """Which of the known sorts of data something is.

    Raises:
        Refused: none of them.

    >>> sort_of({"a": 1}), sort_of(np.array([1]))
    ('mapping', 'array')
    """
    if isinstance(data, Mapping):
        return "mapping"
    if isinstance(data, np.ndarray):
        return "array"
    module = type(data).__module__.partition(".")[0]
    if module == "polars" and hasattr(data, "to_list"):
        return "polars series"
    if module == "pandas" and hasattr(data, "columns"):
        return "pandas"
    if module == "pandas" and hasattr(data, "index") and hasattr(data, "tolist") and hasattr(data, "dtype"):
        return "pandas series"
    if module == "polars" and hasattr(data, "get_column"):
        return "polars"
    raise Refused(
        "figures",
        [
            Finding(
                "figures",
                f"{type(data).__name__} is no mapping, numpy array, or series or frame of polars or pandas; "
                "collect a lazy frame first",
            )
        ],
    )


def read(data: Any, units: Sequence[str], unit: str, value: str, prefix: str = "") -> Figures:
    """The rows of figures in any of the known sorts.

    Args:
        data: the figures.
        units: the units of an array or a polars series, in its order.
        unit: name of the unit's column; a pandas series has its units in the index.
        value: name of the value's column.
        prefix: stands before ``qualifier``, ``low``, ``high`` and ``exact``: a frame that has these is read with them.

    Raises:
        Refused, InvalidTable: an array of another length, a missing column, a row
            without a unit.

    >>> read({"a": 1, "b": None}, (), "unit", "members").values
    (1, None)
    """
    sort = sort_of(data)
    if sort == "mapping":
        given = tuple(data.values())
        # Whole numbers are nearly all that comes; of them none is missing.
        plain = set(map(type, given)) <= {int}
        return Figures(sort, tuple(data), given if plain else tuple(map(missing_to_none, given)))
    if sort in ("array", "polars series"):
        return _in_order(sort, data, units)
    if sort == "pandas series":
        labels = _texts(data.index.tolist(), "a series of figures")
        values = tuple(map(missing_to_none, data.tolist()))
        return Figures(sort, labels, values, _all_whole(values))
    return _of_frame(sort, data, unit, value, prefix)


def _in_order(sort: Sort, data: Any, units: Sequence[str]) -> Figures:
    """Figures without names, in order of the units."""
    series = sort == "polars series"
    if data.shape != (len(units),):
        has = f"it has {len(data)} values" if series else f"its shape is {data.shape}"
        raise Refused(
            "a series of figures" if series else "an array of figures",
            [Finding("length", f"{has}; there are {len(units)} units, in order of .olds")],
        )
    whole = data.dtype.is_integer() if series else data.dtype.kind in "iu"
    return Figures(sort, tuple(units), tuple(map(missing_to_none, data.to_list() if series else data.tolist())), whole)


def _of_frame(sort: Sort, data: Any, unit: str, value: str, prefix: str) -> Figures:
    """Figures in a column of a frame, with the columns that say how sure they are."""
    columns = list(data.columns)
    absent = [name for name in (unit, value) if name not in columns]
    if absent:
        raise InvalidTable(
            "a frame of figures",
            [Finding("column", f"there is no column {n!r} (there are {', '.join(map(str, columns))})") for n in absent],
        )
    names = _texts(values_of(sort, data, unit), "a frame of figures")
    listed = [missing_to_none(v) for v in values_of(sort, data, value)]
    whole = _all_whole(listed) and not (sort == "polars" and data.get_column(value).dtype.is_float())
    how = [f"{prefix}{name}" for name in HOW[:3]]
    if all(name in columns for name in how):
        rows = zip(listed, *(map(missing_to_none, values_of(sort, data, name)) for name in how), strict=True)
        listed = [_with_bounds(v, qualifier, low, high) for v, qualifier, low, high in rows]
    inexact: frozenset[int] = frozenset()
    if f"{prefix}{HOW[3]}" in columns:
        inexact = frozenset(i for i, v in enumerate(values_of(sort, data, f"{prefix}{HOW[3]}")) if v is False)
    return Figures(sort, names, tuple(listed), whole, inexact)


def _all_whole(values: Iterable[Any]) -> bool:
    return all(isinstance(v, Integral) for v in values if v is not None)


def _with_bounds(value: Any, qualifier: Any, low: Any, high: Any) -> Any:
    """The figure of a row that also says how sure it is."""
    if value is None:
        return None if low is None and high is None else Quantity.unknown(number(low), number(high))
    plain_ = number(value)
    known = get_args(Qualifier)
    if plain_ is None or qualifier is None or qualifier == "exact" or qualifier not in known:
        return value
    return Quantity(plain_, qualifier, number(low), number(high))


def _texts(names: Sequence[Any], what: str) -> tuple[str, ...]:
    faults = [
        Finding("unit", f"the unit is {name!r}, not a text; read codes as text, or 01 becomes 1", row=row)
        for row, name in enumerate(names, 1)
        if not isinstance(name, str) or not name
    ]
    if faults:
        raise InvalidTable(what, faults)
    return tuple(names)


def values_of(sort: Sort, frame: Any, column: str) -> list[Any]:
    """The values of a column of a frame."""
    values: list[Any] = frame.get_column(column).to_list() if sort == "polars" else frame[column].tolist()
    return values


def missing_to_none(value: Any) -> Any:
    """The value; None for the many ways in which tables say that there is none.

    >>> missing_to_none(float("nan")), missing_to_none(0)
    (None, 0)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    # pandas has a value of its own for it, recognised by the name of its type, so that pandas need not be installed.
    return None if type(value).__name__ in ("NAType", "NaTType") else value


def number(value: Any) -> Number | None:
    """A plain number from any sort of number, whole ones as int; None if it is none.

    >>> number(np.int64(3)), number(4.0), number("x")
    (3, 4.0, None)
    """
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, Real):
        plain_float = float(value)
        return plain_float if math.isfinite(plain_float) else None
    return None


def plain(value: Number | None) -> Number | None:
    """A fraction that is whole as an int, any other number as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def build(sort: Sort, columns: Mapping[str, Column | TakenRows], given: Any = None) -> Any:
    """A polars or pandas frame.

    Args:
        sort: which of them.
        columns: name -> column, in order.
        given: the frame whose rows are taken.

    >>> build("pandas", {"unit": Column(["a"], "text"), "members": Column([None], "whole")})["members"].dtype
    Int64Dtype()
    """
    made: dict[str, Any] = {}
    if sort == "polars":
        with extra():
            import polars as pl
        for name, column in columns.items():
            if isinstance(column, TakenRows):
                made[name] = given.get_column(name).gather(pl.Series(column.rows, dtype=pl.UInt32))
            else:
                made[name] = polars_series(name, column)
        return pl.DataFrame(made)
    with extra():
        import pandas as pd
    for name, column in columns.items():
        if isinstance(column, TakenRows):
            wanted = [-1 if row is None else row for row in column.rows]
            made[name] = given[name].reset_index(drop=True).reindex(wanted).reset_index(drop=True)
        else:
            made[name] = pandas_series(column)
    return pd.DataFrame(made)
