"""Results as tables: one way out to polars, pandas and Arrow for all of them."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from orgmodel.model.extras import extra
from orgmodel.model.measure import Number

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

ColumnSort = Literal["text", "texts", "boolean", "whole", "number", "day"]
"""What a column holds; ``texts`` are several in each row."""


@frozen
class Column:
    """A column to be written.

    Attributes:
        values: its values, None for null.
        sort: what they are.
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


def numbers(values: Iterable[Number | None], whole: bool) -> list[Any]:
    """The values as int or float, None kept."""
    return [None if v is None else int(v) if whole else float(v) for v in values]


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
    """A column as a pandas series; days as ``datetime64[s]``, so that they can be computed with."""
    with extra():
        import numpy as np
        import pandas as pd
    if column.sort == "day":
        return pd.Series(np.array(column.plain, "datetime64[s]"))
    if column.sort == "boolean" and None not in column.values:
        return pd.Series(column.plain, dtype="bool")
    return pd.Series(column.plain, dtype=_PANDAS.get(column.sort, "object" if not column.values else None))


class Tabular(ABC):
    """A result that goes out as a table, one row for each of its items."""

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
        """The rows for any library that reads Arrow: ``pl.DataFrame(result)``, ``pyarrow.table(result)``, duckdb."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


def columns_of(rows: Sequence[Mapping[str, Any]], sorts: Mapping[str, ColumnSort]) -> dict[str, Column]:
    """Columns of rows, each a mapping: what is none of the sorts is left out, what a row has not is null.

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
