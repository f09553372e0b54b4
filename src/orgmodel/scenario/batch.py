"""Tens of thousands of plans with one merger each: metrics are updated, not measured anew.

Each update in this module gives the same numbers as a general metric of
:mod:`orgmodel.scenario.metrics`; a property test checks this. The updates apply to plain
mergers: of units of one kind, under one parent and in no cluster, whose agencies of the same
category are of one kind and have no children. Other mergers are simulated one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.measure import Number
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.ensemble import MergeUnits, plain, try_one
from orgmodel.scenario.metrics import Depth, Metric, Span, UnitsByKind
from orgmodel.scenario.run_state import RunRow
from orgmodel.structure.structure import Structure

__all__ = [
    "UPDATES",
    "Batch",
    "try_mergers",
]

Update = Callable[["Batch", Sequence[int]], dict[str, Number | None]]
"""Gives the values of a metric after a merger; the units are given by their places in the batch."""


class Batch:
    """The units of one kind on a day, with the sums that metrics are updated from.

    Args:
        baseline: the history on which the mergers are tried.
        on: the effective day of the mergers, on which they are also measured.
        kind: the kind of the units that merge.
        metrics: names from :data:`UPDATES`.

    Raises:
        Refused: a metric has no update, or the units of the kind have several parents.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> batch = Batch(history_of(rows, day="2025-07-01"), "2027-01-01", "province")
    >>> batch.merged(["a", "b"])["units: province"], batch.merged(["a", "vn"])
    (2, None)
    """

    def __init__(
        self, baseline: History, on: DayLike, kind: str, metrics: Iterable[str] = ("units", "span", "depth")
    ) -> None:
        self.baseline, self.day, self.kind = baseline, as_day(on), kind
        structure = self.structure = baseline.at(self.day)
        self.metrics = tuple(metrics)
        unknown = [name for name in self.metrics if name not in UPDATES]
        if unknown:
            known = ", ".join(UPDATES)
            raise Refused("a batch", [Finding("metric", f"no update for {', '.join(unknown)}; there are {known}")])
        units = structure.select(kind)
        self.place = {unit: i for i, unit in enumerate(units)}
        parents = {structure.parent(unit) for unit in units}
        if len(parents) > 1:
            raise Refused(
                "a batch", [Finding("one-parent", f"the units of kind {kind!r} stand under {len(parents)} parents")]
            )
        self.parent = next(iter(parents), None)
        self.counts = structure.counts()
        child_counts = structure.child_counts()
        self._agencies(structure, units, child_counts)
        self._spans(structure, units, child_counts)
        self._depths(structure)

    def _agencies(self, structure: Structure, units: Sequence[str], child_counts: Mapping[str, int]) -> None:
        is_agency = structure.schema.is_agency
        self.agencies: list[dict[str, str]] = []
        """For each unit: function (category) -> kind of its agency."""
        self.odd: set[int] = set()
        """Places of the units whose mergers are never plain."""
        # A schema may declare a further hierarchy that no unit is placed in; that one makes no difference.
        several_hierarchies = any((structure.parent_numbers(other) > -2).any() for other in structure.hierarchies[1:])
        for place, unit in enumerate(units):
            agencies: dict[str, str] = {}
            odd = several_hierarchies or bool(structure.clusters_of(unit))
            for child_id in structure.children(unit):
                child = structure.unit(child_id)
                if is_agency(child.kind) and child.category:
                    odd |= child.category in agencies
                    odd |= bool(child_counts.get(child_id)) or bool(structure.clusters_of(child_id))
                    agencies[child.category] = child.kind or ""
            self.agencies.append(agencies)
            if odd:
                self.odd.add(place)

    def _spans(self, structure: Structure, units: Sequence[str], child_counts: Mapping[str, int]) -> None:
        self.children = [child_counts.get(unit, 0) for unit in units]
        self.sorted_children = sorted(((n, i) for i, n in enumerate(self.children) if n), reverse=True)
        self.children_sum = sum(self.children)
        self.with_children = len(self.sorted_children)
        kinds = {u: k for k in self.counts if k for u in structure.select(k)}
        self.kind_order = list(dict.fromkeys(kinds.values()))
        spans: dict[str, list[int]] = {}
        for unit, kind in kinds.items():
            if child_counts.get(unit) and kind != self.kind:
                spans.setdefault(kind, []).append(child_counts[unit])
        self.span_sums = {kind: (sum(v), len(v), max(v)) for kind, v in spans.items()}
        """Kind -> sum, number and largest of the spans of its units; without the kind of the batch."""
        self.parent_kind = None if self.parent is None else structure.unit(self.parent).kind
        self.parent_children = child_counts.get(self.parent or "", 0)
        others = list(spans.get(self.parent_kind or "", ()))
        if self.parent_children in others:
            others.remove(self.parent_children)
        self.others_of_parent = (sum(others), len(others), max(others, default=0))
        """The same of the parent's kind, without the parent."""

    def _depths(self, structure: Structure) -> None:
        depths = structure.depths()
        self.depth_sum, self.depth_count = sum(depths), len(depths)
        # A plain merger ends units but at least one of each depth is left, so the largest depth stays.
        self.depth_most = max(depths)
        self.own_depth = 0 if self.parent is None else structure.depth(self.parent) + 1

    def merged(self, units: Iterable[str]) -> dict[str, Number | None] | None:
        """``METRIC: ITEM`` -> number after the units merge into one; None if the merger is not a plain one."""
        places = sorted({self.place.get(unit, -1) for unit in units})
        if len(places) < 2 or places[0] < 0 or not self.odd.isdisjoint(places):
            return None
        kinds: dict[str, str] = {}
        for place in places:
            for function, kind in self.agencies[place].items():
                if kinds.setdefault(function, kind) != kind:
                    return None
        out: dict[str, Number | None] = {}
        for name in self.metrics:
            for item, value in UPDATES[name](self, places).items():
                out[f"{name}: {item}"] = value
        return out

    def agencies_lost(self, places: Sequence[int]) -> Counter[str]:
        """Kind -> by how many agencies a merger reduces it: the agencies of one category become one."""
        lost: Counter[str] = Counter()
        functions: set[str] = set()
        for place in places:
            for function, kind in self.agencies[place].items():
                if function in functions:
                    lost[kind] += 1
                functions.add(function)
        return lost


def _units(batch: Batch, places: Sequence[int]) -> dict[str, Number | None]:
    counts: dict[str, Number | None] = dict(batch.counts)
    counts[batch.kind] = batch.counts[batch.kind] - len(places) + 1
    for kind, number in batch.agencies_lost(places).items():
        counts[kind] = batch.counts[kind] - number
    return counts


def _span(batch: Batch, places: Sequence[int]) -> dict[str, Number | None]:
    out: dict[str, Number | None] = {}
    lost = sum(batch.agencies_lost(places).values())
    mine = sum(batch.children[place] for place in places)
    chosen = set(places)
    for kind in batch.kind_order:
        if kind == batch.kind:
            total, number = batch.children_sum - lost, batch.with_children
            number += (mine > 0) - sum(batch.children[place] > 0 for place in places)
            most = max(next((n for n, i in batch.sorted_children if i not in chosen), 0), mine - lost)
        elif kind == batch.parent_kind:
            total, number, most = batch.others_of_parent
            left = batch.parent_children - len(places) + 1
            total, number, most = total + left, number + 1, max(most, left)
        elif kind in batch.span_sums:
            total, number, most = batch.span_sums[kind]
        else:
            continue
        if number:
            out[f"{kind} mean"] = Fraction(total, number)
            out[f"{kind} most"] = most
    return out


def _depth(batch: Batch, places: Sequence[int]) -> dict[str, Number | None]:
    lost = sum(batch.agencies_lost(places).values())
    lost_units = len(places) - 1
    total = batch.depth_sum - lost_units * batch.own_depth - lost * (batch.own_depth + 1)
    number = batch.depth_count - lost_units - lost
    return {"most": batch.depth_most, "mean": Fraction(total, number)}


UPDATES: Final[dict[str, Update]] = {"units": _units, "span": _span, "depth": _depth}
"""Metric -> its update after a merger."""


TWINS: Final[dict[str, Metric]] = {"units": UnitsByKind(), "span": Span(), "depth": Depth()}
"""Metric -> the general metric that gives the same numbers."""


def try_mergers(batch: Batch, mergers: Iterable[Sequence[str]]) -> list[RunRow]:
    """A row for each merger, as :func:`~orgmodel.scenario.ensemble.simulate_many` gives them.

    The row of an impossible merger holds the reason.

    Args:
        batch: the units and sums of a day.
        mergers: ids of the units of each merger.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> batch = Batch(history_of(rows, day="2025-07-01"), "2027-01-01", "province", ["units"])
    >>> [(row["plan"], row.get("units: province")) for row in try_mergers(batch, [("a", "b"), "abc", ("a", "x")])]
    [('a + b', 2), ('a + b + c', 1), ('a + x', None)]
    """
    rows: list[RunRow] = []
    general = [TWINS[name] for name in batch.metrics]
    for number, units in enumerate(mergers):
        numbers = batch.merged(units)
        if numbers is None:
            trial = MergeUnits(tuple(units), batch.day)
            rows.append(try_one(number, trial, batch.baseline, batch.structure, general))
        else:
            row: dict[str, Any] = {"number": number, "plan": " + ".join(units), "failed": None}
            rows.append(row | {key: plain(value) for key, value in numbers.items()})
    return rows
