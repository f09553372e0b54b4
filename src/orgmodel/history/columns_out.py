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
_LIBRARY_SORTS: Final[Sequence[tuple[Sort, str, tuple[str, ...]]]] = (
    ("polars series", "polars", ("to_list",)),
    ("polars", "polars", ("get_column",)),
    ("pandas", "pandas", ("columns",)),
    ("pandas series", "pandas", ("index", "tolist", "dtype")),
)
"""(sort, its library, the methods that tell it apart)."""
_BOUNDS: Final = ("qualifier", "low", "high")
"""The columns that say within which bounds a figure is."""


@frozen
class Figures:
    """Figures as they came in, row by row.

    Attributes:
        sort: the sort of data that they came in.
        units: the name of each row's unit.
        values: the value of each row, None where it is missing.
        whole: whether the values came as whole numbers.
        inexact: the rows, from 0, that a column ``exact`` marks as inexact.
    """

    sort: Sort
    units: tuple[str, ...]
    values: tuple[Any, ...]
    whole: bool = True
    inexact: frozenset[int] = frozenset()


@frozen
class TakenRows:
    """A column whose values are those of some rows of the old frame; None for null."""

    rows: Sequence[int | None]


def sort_of(data: Any) -> Sort:
    """The sort of data: a mapping, an array, or a series or frame of polars or pandas.

    Raises:
        Refused: none of them.

    >>> sort_of({"a": 1}), sort_of(np.array([1]))
    ('mapping', 'array')
    """
    if isinstance(data, Mapping):
        return "mapping"
    if isinstance(data, np.ndarray):
        return "array"
    # By module and methods, so that neither library need be loaded.
    module = type(data).__module__.partition(".")[0]
    for sort, library, methods in _LIBRARY_SORTS:
        if module == library and all(hasattr(data, method) for method in methods):
            return sort
    message = (
        f"{type(data).__name__} is no mapping, numpy array, or series or frame of polars or pandas; "
        "collect a lazy frame first"
    )
    raise Refused("figures", [Finding("figures", message)])


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
        values = tuple(data.values())
        # Nearly all mappings hold whole numbers only, none of them missing.
        if not set(map(type, values)) <= {int}:
            values = tuple(map(missing_to_none, values))
        return Figures(sort, tuple(data), values)
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
    all_whole = data.dtype.is_integer() if series else data.dtype.kind in "iu"
    return Figures(
        sort, tuple(units), tuple(map(missing_to_none, data.to_list() if series else data.tolist())), all_whole
    )


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
    values = [missing_to_none(cell) for cell in values_of(sort, data, value)]
    all_whole = _all_whole(values) and not (sort == "polars" and data.get_column(value).dtype.is_float())
    bounds = [f"{prefix}{name}" for name in _BOUNDS]
    if set(bounds).issubset(columns):
        cells = [map(missing_to_none, values_of(sort, data, name)) for name in bounds]
        values = list(map(_with_bounds, values, *cells))
    exact = f"{prefix}exact"
    inexact: frozenset[int] = frozenset()
    if exact in columns:
        inexact = frozenset(row for row, cell in enumerate(values_of(sort, data, exact)) if cell is False)
    return Figures(sort, names, tuple(values), all_whole, inexact)


def _all_whole(values: Iterable[Any]) -> bool:
    return all(isinstance(v, Integral) for v in values if v is not None)


def _with_bounds(value: Any, qualifier: Any, low: Any, high: Any) -> Any:
    """The figure of a row with its qualifier and bounds."""
    if value is None:
        return None if low is None and high is None else Quantity.unknown(number(low), number(high))
    plain_number = number(value)
    if plain_number is None or qualifier == "exact" or qualifier not in get_args(Qualifier):
        return value
    return Quantity(plain_number, qualifier, number(low), number(high))


def _texts(names: Sequence[Any], table: str) -> tuple[str, ...]:
    """The names of units in a table; names that are no text are refused, as their leading zeros are lost."""
    faults = [
        Finding("unit", f"the unit is {name!r}, not a text; read codes as text, or 01 becomes 1", row=row)
        for row, name in enumerate(names, 1)
        if not isinstance(name, str) or not name
    ]
    if faults:
        raise InvalidTable(table, faults)
    return tuple(names)


def values_of(sort: Sort, frame: Any, column: str) -> list[Any]:
    """The values of a column of a frame."""
    values: list[Any] = frame.get_column(column).to_list() if sort == "polars" else frame[column].tolist()
    return values


def missing_to_none(value: Any) -> Any:
    """The value of a cell; None for any of the ways in which tables mark a missing value.

    >>> missing_to_none(float("nan")), missing_to_none(0)
    (None, 0)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    # The missing values of pandas are recognised by the name of their type, so that pandas need not be installed.
    return None if type(value).__name__ in ("NAType", "NaTType") else value


def number(value: Any) -> Number | None:
    """A plain number from any sort of number; None if it is none, or not finite.

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


def build(sort: Sort, columns: Mapping[str, Column | TakenRows], frame: Any = None) -> Any:
    """A polars or pandas frame.

    Args:
        sort: which of them.
        columns: name -> column, in order.
        frame: the frame whose rows are taken.

    >>> build("pandas", {"unit": Column(["a"], "text"), "members": Column([None], "whole")})["members"].dtype
    Int64Dtype()
    """
    series: dict[str, Any] = {}
    if sort == "polars":
        with extra():
            import polars as pl
        for name, column in columns.items():
            if isinstance(column, TakenRows):
                series[name] = frame.get_column(name).gather(pl.Series(column.rows, dtype=pl.UInt32))
            else:
                series[name] = polars_series(name, column)
        return pl.DataFrame(series)
    with extra():
        import pandas as pd
    for name, column in columns.items():
        if isinstance(column, TakenRows):
            wanted = [-1 if row is None else row for row in column.rows]
            series[name] = frame[name].reset_index(drop=True).reindex(wanted).reset_index(drop=True)
        else:
            series[name] = pandas_series(column)
    return pd.DataFrame(series)
