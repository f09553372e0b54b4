"""Figures in and out of mappings, numpy arrays, polars and pandas frames.

Nobody who does not use a frame pays for its library: they are imported where one is
met or asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from attrs import frozen

from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.model.measure import Number, Quantity

Sort = Literal["mapping", "array", "polars", "pandas"]


@frozen
class Figures:
    """Figures as they were given, row by row.

    Attributes:
        sort: what they came in.
        units: the name of each row's unit.
        values: the value of each row, None where it is missing.
        whole: whether the values came as whole numbers.
    """

    sort: Sort
    units: tuple[str, ...]
    values: tuple[Any, ...]
    whole: bool = True


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
    if module == "polars" and hasattr(data, "get_column"):
        return "polars"
    if module == "pandas" and hasattr(data, "columns"):
        return "pandas"
    raise Refused(
        "figures",
        [
            Finding(
                "figures",
                f"{type(data).__name__} is no mapping, numpy array, polars frame or pandas frame; collect a lazy frame "
                "first, and give a series as a mapping",
            )
        ],
    )


def read(data: Any, units: Sequence[str], unit: str, value: str) -> Figures:
    """The rows of figures in any of the known sorts.

    Args:
        data: the figures.
        units: the units of an array, in its order.
        unit: name of the unit's column.
        value: name of the value's column.

    Raises:
        Refused, InvalidTable: an array of another length, a missing column, a row
            without a unit.

    >>> read({"a": 1, "b": None}, (), "unit", "members").values
    (1, None)
    """
    sort = sort_of(data)
    if sort == "mapping":
        return Figures(sort, tuple(data), tuple(missing_to_none(v) for v in data.values()))
    if sort == "array":
        if data.shape != (len(units),):
            raise Refused(
                "an array of figures",
                [Finding("length", f"its shape is {data.shape}; there are {len(units)} units, in order of .olds")],
            )
        return Figures(sort, tuple(units), tuple(missing_to_none(v) for v in data.tolist()), data.dtype.kind in "iu")
    columns = list(data.columns)
    absent = [name for name in (unit, value) if name not in columns]
    if absent:
        raise InvalidTable(
            "a frame of figures",
            [Finding("column", f"there is no column {n!r} (there are {', '.join(map(str, columns))})") for n in absent],
        )
    if sort == "polars":
        names, values = data.get_column(unit).to_list(), data.get_column(value).to_list()
        whole = data.get_column(value).dtype.is_integer()
    else:
        names, values = data[unit].tolist(), data[value].tolist()
        whole = all(isinstance(v, Integral) for v in values if missing_to_none(v) is not None)
    faults = [
        Finding("unit", f"the unit is {name!r}, not a text; read codes as text, or 01 becomes 1", row=row)
        for row, name in enumerate(names, 1)
        if not isinstance(name, str) or not name
    ]
    if faults:
        raise InvalidTable("a frame of figures", faults)
    return Figures(sort, tuple(names), tuple(missing_to_none(v) for v in values), whole)


def missing_to_none(value: Any) -> Any:
    """The value; None for the many ways in which tables say that there is none.

    >>> missing_to_none(float("nan")), missing_to_none(0)
    (None, 0)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    # pandas has a value of its own for it; its type is told by name, so that pandas need not be there.
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
    if isinstance(value, Real):
        found = float(value)
        return found if math.isfinite(found) else None
    return None


def plain(value: Number | None) -> Number | None:
    """A fraction that is whole as an int, any other number as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def write(
    sort: Sort, unit: str, value: str, rows: Iterable[tuple[str, Any, bool]], *, numeric: bool, whole: bool
) -> Any:
    """A frame of rows (unit, value, exact), in the given sort.

    Its columns: the unit, the value (null if unknown), and for numbers ``qualifier``, ``low`` and ``high``;
    then ``exact``.
    """
    listed = list(rows)
    out: dict[str, list[Any]] = {unit: [name for name, _, _ in listed]}
    if numeric:
        quantities = [Quantity.of(v) for _, v, _ in listed]
        out[value] = column([q.value for q in quantities], whole)
        out["qualifier"] = [q.qualifier for q in quantities]
        out["low"] = column([q.low for q in quantities], whole)
        out["high"] = column([q.high for q in quantities], whole)
    else:
        out[value] = [v if v is None or isinstance(v, str) else "; ".join(map(str, v)) for _, v, _ in listed]
    out["exact"] = [exact for _, _, exact in listed]
    numbers = (value, "low", "high") if numeric else ()
    if sort == "polars":
        import polars as pl

        number_type = pl.Int64 if whole else pl.Float64
        text = dict.fromkeys((unit, value, "qualifier"), pl.String)
        types = {name: number_type if name in numbers else text.get(name, pl.Boolean) for name in out}
        return pl.DataFrame(out, schema=types)
    import pandas as pd

    frame = pd.DataFrame(out)
    for name in numbers:
        frame[name] = frame[name].astype("Int64" if whole else "Float64")
    return frame


def column(values: Iterable[Number | None], whole: bool) -> list[Any]:
    """The values as int or float, None kept."""
    return [None if v is None else int(v) if whole else float(v) for v in values]
