"""Carried figures in the type in which they came: mappings, arrays, series, and frames of several columns.

A frame keeps the order of its columns. Each figure column is carried by its own measure. Any other column is kept
where all rows that flow into a new unit agree on it, and is null elsewhere. Columns of declared counts and rates that
are not to be carried are left out. The columns ``qualifier``, ``low``, ``high``, ``exact`` and ``basis`` follow and
say how sure each figure is; with several figures the figure's name stands before them. A frame that has such columns
already is read with them: unknown stays within its bounds, and an inexact figure does not become exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from orgmodel.acts.policies import Allocation
from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.history import columns_out
from orgmodel.history.carry import Carried, category_text
from orgmodel.history.carry_run import CarryRun, OfUnmapped
from orgmodel.history.unit_directory import By
from orgmodel.model.extras import extra
from orgmodel.model.frames import Column, numbers
from orgmodel.model.measure import UNKNOWN, Measure, Quantity

if TYPE_CHECKING:
    from orgmodel.history.crosswalk import Crosswalk

__all__ = [
    "Measures",
    "Policies",
    "carry",
]

Measures = Measure | str | Sequence[Measure | str] | Mapping[str, Measure | str]
"""One measure; several, each in the column of its id; or column -> measure."""
Policies = Allocation | str | None | Mapping[str, Allocation | str | None]
"""One policy for all columns, or column -> policy."""


def carry(
    correspondence: Crosswalk,
    values: Any,
    measure: Measures,
    policy: Policies = None,
    weights: Any = None,
    total: Any = None,
    unit: str = "unit",
    value: str | None = None,
    by: By = "id",
    unmapped: OfUnmapped = "refuse",
) -> Any:
    """Carried figures in the type of ``values``: see ``Correspondence.carry``."""
    sort = columns_out.sort_of(values)
    if sort in ("polars", "pandas"):
        table = _Table(correspondence, values, sort, unit, by)
        return table.carried(measure, policy, weights, total, value, unmapped)
    if isinstance(policy, Mapping) or not isinstance(measure, Measure | str):
        raise Refused("figures", [Finding("measure", "several measures, or policies by column, are for a frame")])
    run = CarryRun(correspondence, measure, policy, by, unmapped)
    figures = run.read(values, unit, value or run.measure.id)
    carried = run.account(figures, run.read_weights(weights, unit), total)
    if sort == "mapping":
        return carried
    if sort == "pandas series":
        return _labelled(carried, values, figures)
    ordered = _array(carried, correspondence.news, figures)
    if sort == "array":
        return ordered
    with extra():
        import polars as pl

    if ordered.dtype == object:
        return pl.Series(values.name, list(ordered), dtype=pl.String)
    return pl.Series(values.name, ordered, nan_to_null=True)


def _array(carried: Carried, news: Sequence[str], figures: columns_out.Figures) -> Any:
    if carried.measure.type == "category":
        return np.array([category_text(carried.get(new)) for new in news], dtype=object)
    nothing = Quantity(0) if carried.measure.type == "count" else UNKNOWN
    numbers_out = [Quantity.of(carried.get(new, nothing)).value for new in news]
    if figures.whole and all(isinstance(v, int) for v in numbers_out):
        return np.array(numbers_out, dtype=np.int64)
    return np.array([np.nan if v is None else float(v) for v in numbers_out])


def _labelled(carried: Carried, values: Any, figures: columns_out.Figures) -> Any:
    """A pandas series of the new units."""
    with extra():
        import pandas as pd

    index = pd.Index(list(carried), name=values.index.name)
    if carried.measure.type == "category":
        return pd.Series([category_text(v) for v in carried.values()], index=index, name=values.name, dtype=object)
    numbers_out = [Quantity.of(v).value for v in carried.values()]
    as_whole = figures.whole and all(isinstance(v, int) for v in numbers_out if v is not None)
    dtype = "float64" if not as_whole else "Int64" if None in numbers_out else "int64"
    return pd.Series(numbers(numbers_out, as_whole), index=index, name=values.name, dtype=dtype)


class _Table:
    """A frame of figures on its way to the new units."""

    def __init__(self, correspondence: Crosswalk, frame: Any, sort: columns_out.Sort, unit: str, by: By) -> None:
        self.map, self.frame, self.sort, self.unit, self.by = correspondence, frame, sort, unit, by
        self.columns = [str(name) for name in frame.columns]

    def carried(
        self, measure: Measures, policy: Policies, weights: Any, total: Any, value: str | None, unmapped: OfUnmapped
    ) -> Any:
        """The frame of the new units; the faults of all columns are raised together."""
        measures = self._measures(measure, value)
        alone = len(measures) == 1
        faults: list[Finding] = []
        done: dict[str, tuple[Carried, bool]] = {}
        rows: Mapping[str, int] = {}
        for name, declared in measures.items():
            run = CarryRun(self.map, declared, _of_column(policy, name), self.by, unmapped)
            figures = run.read(self.frame, self.unit, name, "" if alone else f"{name}_")
            # The count that weighs a rate is mostly a column beside it.
            beside = run.measure.type == "rate" and run.measure.weight in self.columns
            weighing = self.frame if weights is None and beside else weights
            try:
                carried = run.account(figures, run.read_weights(weighing, self.unit), _of_column(total, name))
            except Refused as error:
                faults += error.findings
                continue
            rows = run.rows
            done[name] = carried, figures.whole and run.measure.type == "count"
        if faults:
            task = f"carrying {', '.join(measures)} from {self.map.start} to {self.map.end}"
            raise Refused(task, list(dict.fromkeys(faults)))
        return self._written(done, rows, alone)

    def _measures(self, measure: Measures, value: str | None) -> dict[str, Measure | str]:
        if isinstance(measure, Measure | str):
            return {value or (measure if isinstance(measure, str) else measure.id): measure}
        if isinstance(measure, Mapping):
            by_column = dict(measure)
        else:
            by_column = {(measure_ if isinstance(measure_, str) else measure_.id): measure_ for measure_ in measure}
        if value is not None or not by_column:
            raise InvalidTable(
                "a frame of figures",
                [Finding("column", "value= is for one measure; give column -> measure, at least one, for several")],
            )
        return by_column

    def _written(self, done: Mapping[str, tuple[Carried, bool]], rows: Mapping[str, int], alone: bool) -> Any:
        """The frame of the new units.

        Args:
            done: column -> its carried figures, and whether they are written as whole numbers.
            rows: old unit -> its row in the frame.
            alone: whether there is one figure column only.
        """
        place = {new: at for at, new in enumerate(self.map.news)}
        ids: dict[str, str] = {}
        for carried, _ in done.values():
            ids.update(carried.names)
        names = sorted(ids, key=lambda name: place[ids[name]])
        certainty: dict[str, Column] = {}
        columns: dict[str, Column | columns_out.TakenRows] = {self.unit: Column(names, "text")}
        for name, (carried, as_whole) in done.items():
            columns[name], of_figure = carried.columns(names, as_whole)
            certainty.update((label if alone else f"{name}_{label}", column) for label, column in of_figure.items())
        # A count that is not carried would be that of old units beside new ones.
        other = {id_ for id_, measure in self.map.measures.items() if measure.type != "category"}
        plain = [column for column in self.columns if column not in {*columns, *certainty, *other}]
        columns.update(self._agreeing(plain, [ids[name] for name in names], rows))
        in_order = {column: columns[column] for column in self.columns if column in columns}
        return columns_out.build(self.sort, {**in_order, **certainty}, self.frame)

    def _agreeing(
        self, columns: Sequence[str], news: Sequence[str], rows: Mapping[str, int]
    ) -> dict[str, columns_out.TakenRows]:
        """For each column and new unit the row whose value it takes; None where the rows that flow in do not agree."""
        of_news = [[rows.get(row.old) for row in self.map.into(new)] for new in news]
        agreeing = {}
        for column in columns:
            listed = columns_out.values_of(self.sort, self.frame, column)
            taken: list[int | None] = []
            for olds in of_news:
                values = {None if row is None else columns_out.missing_to_none(listed[row]) for row in olds}
                taken.append(olds[0] if len(values) == 1 else None)
            agreeing[column] = columns_out.TakenRows(taken)
        return agreeing


def _of_column(setting: Any, column: str) -> Any:
    """A setting for a column, where it is stated for all columns or column by column."""
    return setting.get(column) if isinstance(setting, Mapping) else setting
