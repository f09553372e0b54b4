"""Results as tables: the export of all of them to polars, pandas and Arrow."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from orgmodel.model.extras import extra
from orgmodel.model.measure import Number

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = [
    "Column",
    "ColumnSort",
    "Tabular",
    "cell_of",
    "columns_of",
    "columns_of_frame",
    "is_frame",
    "numbers",
    "pandas_series",
    "polars_series",
    "records_of",
]

ColumnSort = Literal["text", "texts", "boolean", "whole", "number", "day"]
"""The type of a column; ``texts`` has a list in each row."""


@frozen
class Column:
    """A column to be written.

    Attributes:
        values: its values, None for null.
        sort: their type.
    """

    values: Sequence[Any]
    sort: ColumnSort = "text"

    @property
    def plain(self) -> list[Any]:
        """The values as the libraries of frames take them."""
        if self.sort in ("whole", "number"):
            return numbers(self.values, self.sort == "whole")
        return [None if value is None else list(value) for value in self.values] if self.sort == "texts" else [
            *self.values
        ]  # fmt: skip


def numbers(values: Iterable[Number | None], integers: bool) -> list[Any]:
    """The values as int or float; None stays None."""
    return [None if v is None else int(v) if integers else float(v) for v in values]


def polars_series(name: str, column: Column) -> pl.Series:
    """A column as a polars series."""
    with extra():
        import polars as pl
    types: dict[ColumnSort, Any] = {
        "text": pl.String, "texts": pl.List(pl.String), "boolean": pl.Boolean, "whole": pl.Int64, "number": pl.Float64,
        "day": pl.Date,
    }  # fmt: skip
    return pl.Series(name, column.plain, dtype=types[column.sort])


_PANDAS: Final[Mapping[ColumnSort, str]] = {"whole": "Int64", "number": "Float64", "boolean": "boolean"}


def pandas_series(column: Column) -> pd.Series[Any]:
    """A column as a pandas series; days as ``datetime64[s]``, for computations."""
    with extra():
        import numpy as np
        import pandas as pd
    if column.sort == "day":
        return pd.Series(np.array(column.plain, "datetime64[s]"))
    if column.sort == "boolean" and None not in column.values:
        return pd.Series(column.plain, dtype="bool")
    return pd.Series(column.plain, dtype=_PANDAS.get(column.sort, "object" if not column.values else None))


class Tabular(ABC):
    """A result that can be exported as a table, with one row for each item."""

    __slots__ = ()

    @abstractmethod
    def _columns(self) -> Mapping[str, Column]:
        """Name -> column, in order."""

    def to_polars(self) -> pl.DataFrame:
        """The rows as a polars frame."""
        with extra():
            import polars as pl
        return pl.DataFrame([polars_series(name, column) for name, column in self._columns().items()])

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame."""
        with extra():
            import pandas as pd
        return pd.DataFrame({name: pandas_series(column) for name, column in self._columns().items()})

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        with extra():
            import pyarrow as pa
        types = {
            "text": pa.string(), "texts": pa.list_(pa.string()), "boolean": pa.bool_(), "whole": pa.int64(),
            "number": pa.float64(), "day": pa.date32(),
        }  # fmt: skip
        return pa.table({n: pa.array(c.plain, types[c.sort]) for n, c in self._columns().items()})

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for any library that reads Arrow streams: ``pyarrow.table(result)``, duckdb, and others."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


def columns_of(rows: Sequence[Mapping[str, Any]], sorts: Mapping[str, ColumnSort]) -> dict[str, Column]:
    """The columns of rows that are mappings: names without a sort are left out, missing values are null.

    >>> columns_of([{"unit": "a", "members": 3}], {"unit": "text", "members": "whole"})["members"].values
    [3]
    """
    return {name: Column([_of_sort(row.get(name), sort) for row in rows], sort) for name, sort in sorts.items()}


def _of_sort(value: Any, sort: ColumnSort) -> Any:
    if value is None or sort in ("boolean", "whole", "number"):
        return value
    if sort == "day":
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    return [str(item) for item in value] if sort == "texts" else str(value)


# ---- in


def is_frame(data: object) -> bool:
    """Whether an object is a table in memory: a frame of polars or pandas, or any object with Arrow data.

    >>> import polars as pl
    >>> is_frame(pl.DataFrame({"id": ["a"]})), is_frame([{"id": "a"}])
    (True, False)
    """
    if hasattr(data, "to_frame") and not hasattr(data, "columns"):
        return False  # A series has one column only.
    return hasattr(data, "__arrow_c_stream__") or (hasattr(data, "columns") and hasattr(data, "dtypes"))


def is_missing(value: Any) -> bool:
    """Whether a value is what frames have in an empty cell: None, NaN, or the NA and NaT of pandas.

    >>> is_missing(float("nan")), is_missing(None), is_missing(0), is_missing("")
    (True, True, False, False)
    """
    is_nan = isinstance(value, float) and value != value
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def cell_of(value: Any) -> Any:
    """The value of a cell of a workbook or frame: days as ISO texts, empty cells as empty texts."""
    if is_missing(value):
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if not isinstance(value, str) or value.strip() else ""


def columns_of_frame(data: Any) -> dict[str, list[Any]]:
    """Name -> values of the columns of a frame of polars or pandas, or of Arrow data.

    >>> import polars as pl
    >>> columns_of_frame(pl.DataFrame({"id": ["a", "b"]}))
    {'id': ['a', 'b']}
    """
    if hasattr(data, "dtypes") and hasattr(data, "iloc"):
        return {str(name): data[name].tolist() for name in data.columns}
    if hasattr(data, "get_columns"):
        return {str(column.name): column.to_list() for column in data.get_columns()}
    with extra():
        import pyarrow as pa
    table = data if isinstance(data, pa.Table) else pa.table(data)
    return {str(name): column.to_pylist() for name, column in zip(table.column_names, table.columns, strict=True)}


def records_of(data: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a frame as mappings; missing values are None."""
    columns = columns_of_frame(data)
    for row in zip(*columns.values(), strict=True):
        yield {name: None if (cell := cell_of(value)) == "" else cell for name, value in zip(columns, row, strict=True)}
