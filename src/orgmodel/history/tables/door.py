"""Tables as they come in: their columns and lengths, missing cells, and days that mean an open end."""

from __future__ import annotations

import datetime as dt
import difflib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import signature
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from orgmodel.errors import Finding, InvalidTable, OrgmodelError, TableWarning
from orgmodel.model.door import kind_of
from orgmodel.period import as_day

__all__ = [
    "OPEN_END",
    "Door",
    "Faults",
    "TableColumn",
    "array_of",
    "names_of",
    "warn_of_open_ends",
    "with_table_errors",
]

OPEN_END: Final = dt.date(9999, 12, 31)
"""Registers write this day, or a later one, where there is no end."""


class TableColumn(NamedTuple):
    """A column of a table, as Python values; None for a missing cell."""

    table: str
    name: str
    values: list[Any]


def names_of(frame: Any) -> list[str]:
    """The names of the columns of a table: a mapping, a data frame or an Arrow table.

    >>> names_of({"id": ["a"], "start": ["2024-01-01"]})
    ['id', 'start']
    """
    names = getattr(frame, "column_names", None)
    if names is None and not isinstance(frame, Mapping) and not hasattr(frame, "columns"):
        message = f"a mapping of columns, a frame or an Arrow table is wanted, not {kind_of(frame)}"
        raise InvalidTable("tables of a history", [Finding("type", message)])
    if names is None:
        names = frame.keys() if isinstance(frame, Mapping) else frame.columns
    return [str(name) for name in names]


def array_of(values: Any) -> npt.NDArray[Any]:
    """A column as an array; in an array of objects, missing cells are None, whatever their library calls them.

    >>> array_of(["a", None]).tolist()
    ['a', None]
    """
    missing = values.isna() if hasattr(values, "isna") else None
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if not isinstance(values, np.ndarray):
        if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
            message = f"a column is a sequence of cells, not {values!r}"
            raise InvalidTable("tables of a history", [Finding("column", message)])
        values = _listed(values)
    if values.ndim != 1:
        message = f"a column has one dimension, not {values.ndim}"
        raise InvalidTable("tables of a history", [Finding("column", message)])
    if missing is not None and values.dtype.kind == "O":
        # The missing values of pandas cannot even be compared.
        values = np.where(np.asarray(missing, bool), None, values)
    array: npt.NDArray[Any] = values
    return array


def _listed(values: Iterable[Any]) -> npt.NDArray[Any]:
    """Values of one type of number or day as an array of that type; all others as an array of objects."""
    values = list(values)
    types = {type(value) for value in values}
    if len(types) == 1 and (types <= {int, float, bool} or issubclass(next(iter(types)), np.generic)):
        return np.array(values)
    # Filled, because np.array would make two dimensions of pairs.
    out = np.empty(len(values), object)
    out[:] = values
    return out


_P = ParamSpec("_P")
_R = TypeVar("_R")


def with_table_errors(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function that takes tables, with each Python error that their cells cause as an error of the library.

    Readers report common faults with table and row. But cells may be of any type, and some of their faults only show as
    a Python error somewhere below.
    """
    expected = signature(function)

    @wraps(function)
    def checked(*args: _P.args, **named: _P.kwargs) -> _R:
        try:
            return function(*args, **named)
        except OrgmodelError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration) as error:
            try:
                expected.bind(*args, **named)
            except TypeError:
                # It is not about cells: an argument is unknown or missing, and is reported as at every other door.
                raise error from None
            message = f"a cell or a column is of no form that can be read ({type(error).__name__}: {error})"
            raise InvalidTable("tables of a history", [Finding("form", message)]) from error

    return checked


class Faults:
    """The faults of all tables, in order; they are raised together."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []

    def fault(
        self,
        table: str,
        row: int | None,
        rule: str,
        message: str,
        units: Iterable[str] = (),
        day: dt.date | None = None,
    ) -> None:
        """Note a fault of a table, or of a row of it (from 0)."""
        number = None if row is None else row + 1
        units = dict.fromkeys(filter(None, units))
        self.listed.append(Finding(rule, f"table {table!r}: {message}", units, day, row=number))

    def rows(self, rule: str, table: str, rows: Iterable[int], message: Callable[[int], str] | str) -> None:
        """Note one fault for each row number (from 0)."""
        for row in rows:
            self.fault(table, int(row), rule, message if isinstance(message, str) else message(row))

    def raise_if_any(self, subject: str = "tables of a history") -> None:
        """Raise InvalidTable with all faults, if there are any."""
        if self.listed:
            raise InvalidTable(subject, self.listed)


class Door(Faults):
    """Reads columns of tables as Python values, and collects their faults."""

    def known(self, table: str, frame: Any, columns: Sequence[str]) -> None:
        """Note the columns of a table that are not among ``columns``."""
        for name in names_of(frame):
            if name not in columns:
                near = difflib.get_close_matches(name, columns, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; it may have {', '.join(columns)}"
                self.fault(table, None, "column", f"it has the unknown column {name!r}{hint}")

    def columns(self, table: str, frame: Any, columns: Sequence[str], needed: Sequence[str]) -> dict[str, TableColumn]:
        """The columns of a table, all of one length."""
        self.known(table, frame, columns)
        names = names_of(frame)
        for name in needed:
            if name not in names:
                self.fault(table, None, "column", f"it has no column {name!r}")
        read = {name: TableColumn(table, name, _plain(array_of(frame[name]))) for name in names if name in columns}
        self.even(table, {name: len(column.values) for name, column in read.items()})
        return read if len({len(column.values) for column in read.values()}) == 1 else {}

    def even(self, table: str, lengths: Mapping[str, int]) -> bool:
        """Whether columns are of one length."""
        if len(set(lengths.values())) <= 1:
            return True
        lengths_listed = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        self.fault(table, None, "rows", f"its columns are not of one length: {lengths_listed}")
        return False

    def days(self, column: TableColumn) -> list[dt.date | None]:
        """The days of a column."""
        days: list[dt.date | None] = []
        open_ends = 0
        for row, value in enumerate(column.values):
            try:
                day = None if value is None or value == "" else as_day(value)
                if day is not None and day >= OPEN_END and column.name in ("end", "until", "within_end"):
                    open_ends, day = open_ends + 1, None
                days.append(day)
            except ValueError as error:
                self.fault(column.table, row, "day", f"{column.name}: {error}")
                days.append(None)
        if open_ends:
            warn_of_open_ends(column.table, column.name, open_ends)
        return days


def warn_of_open_ends(table: str, column: str, count: int) -> None:
    """Warn that far days were read as open ends."""
    message = f"table {table!r}: {column} is {OPEN_END} or later in {count:,} rows, which is read as no end known"
    warnings.warn(message, TableWarning, stacklevel=2)


def _plain(values: npt.NDArray[Any]) -> list[Any]:
    """Python values; days are dates, NaN and NaT are None."""
    if values.dtype.kind == "M":
        days = values.astype("datetime64[D]")
        listed: list[Any] = days.tolist()
        return listed
    listed = values.tolist()
    if values.dtype.kind in "fO":
        # NaN is the only float that is unequal to itself.
        return [None if isinstance(value, float) and value != value else value for value in listed]
    return listed
