"""One-merger plans by the tens of thousands: metrics updated, not measured anew.

Each metric of this module has a general twin in :mod:`orgmodel.scenario.metrics`, to
which it is equal: a property in the tests says so for every merger. Plain mergers are
those of units of one kind under one parent that are in no cluster, whose agencies have
counterparts of their own kind with nothing below them. All others go through the general
path, one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
    "TWINS",
    "UPDATES",
    "Batch",
    "Update",
    "try_mergers",
]

Update = Callable[["Batch", Sequence[int]], dict[str, Number | None]]
"""What a metric is after units, by their places, merge."""


class Batch:
    """The units of one kind on a day, ready for mergers to be tried by the thousands.

    Args:
        baseline: the history that the mergers are tried on.
        on: the day on which they are effective, and measured.
        kind: the kind whose units merge.
        metrics: names of :data:`UPDATES`.

    Raises:
        Refused: a metric that has no update, or units of the kind under several parents.

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
        self._kinds(structure, units)
        self._depths(structure)

    def _kinds(self, structure: Structure, units: Sequence[str]) -> None:
        agency = structure.schema.is_agency
        below = structure.child_counts()
        self.children = [below.get(unit, 0) for unit in units]
        self.agencies: list[dict[str, str]] = []
        """For each unit: function (category) -> kind of its agency."""
        self.odd: set[int] = set()
        """Places of units whose mergers are not plain, whatever they merge with."""
        # A further hierarchy matters where units stand in it: a schema may declare one that nobody uses.
        many = any((structure.parent_numbers(other) > -2).any() for other in structure.hierarchies[1:])
        for place, unit in enumerate(units):
            found: dict[str, str] = {}
            odd = many or bool(structure.clusters_of(unit))
            for child in structure.children(unit):
                one = structure.unit(child)
                if agency(one.kind) and one.category:
                    odd |= one.category in found or bool(below.get(child)) or bool(structure.clusters_of(child))
                    found[one.category] = one.kind or ""
            self.agencies.append(found)
            if odd:
                self.odd.add(place)
        kinds = {u: k for k in self.counts if k for u in structure.select(k)}
        self.spans: dict[str, list[int]] = {}
        for unit, kind in kinds.items():
            if below.get(unit) and kind != self.kind:
                self.spans.setdefault(kind, []).append(below[unit])
        self.parent_kind = None if self.parent is None else structure.unit(self.parent).kind
        self.parent_children = below.get(self.parent or "", 0)
        self.span_sums = {kind: (sum(v), len(v), max(v)) for kind, v in self.spans.items()}
        others = list(self.spans.get(self.parent_kind or "", ()))
        if self.parent_children in others:
            others.remove(self.parent_children)
        self.others_of_parent = (sum(others), len(others), max(others, default=0))
        self.kind_order = list(dict.fromkeys(kinds.values()))
        self.sorted_children = sorted(((n, i) for i, n in enumerate(self.children) if n), reverse=True)
        self.children_sum = sum(self.children)
        self.with_children = len(self.sorted_children)

    def _depths(self, structure: Structure) -> None:
        depths = structure.depths()
        self.depth_sum, self.depth_count = sum(depths), len(depths)
        self.depth_most = max(depths)
        # Merging units of one depth under one parent takes depths away and leaves the rest.
        self.depth_counts = Counter(depths)
        self.own_depth = 0 if self.parent is None else structure.depth(self.parent) + 1

    def merged(self, units: Iterable[str]) -> dict[str, Number | None] | None:
        """``METRIC: ITEM`` -> number after the units merge into one; None if their merger is not a plain one."""
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
        """Kind -> how many agencies fewer there are: those of one category become one."""
        lost: Counter[str] = Counter()
        seen: set[str] = set()
        for place in places:
            for function, kind in self.agencies[place].items():
                if function in seen:
                    lost[kind] += 1
                seen.add(function)
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
    gone = len(places) - 1
    total = batch.depth_sum - gone * batch.own_depth - lost * (batch.own_depth + 1)
    number = batch.depth_count - gone - lost
    return {"most": batch.depth_most, "mean": Fraction(total, number)}


UPDATES: Final[dict[str, Update]] = {"units": _units, "span": _span, "depth": _depth}
"""Metric -> its update after a merger."""


TWINS: Final[dict[str, Metric]] = {"units": UnitsByKind(), "span": Span(), "depth": Depth()}
"""Metric -> the general one that it is equal to."""


def try_mergers(batch: Batch, mergers: Iterable[Sequence[str]]) -> list[RunRow]:
    """A row for each merger, as :func:`~orgmodel.scenario.ensemble.simulate_many` gives them.

    A merger that cannot be is a row with its reason.

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
