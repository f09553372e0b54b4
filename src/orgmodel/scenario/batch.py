"""One-merger plans by the tens of thousands: metrics updated, not measured anew.

Each metric of this module has a general twin in :mod:`orgmodel.scenario.metrics`, to
which it is equal: a property in the tests says so for every merger. Only mergers of
units of one kind under one parent are done here, without their agencies' counterparts
being looked at (they merge by category as the general path does by default); whatever
is not so is refused, and goes through :func:`orgmodel.scenario.ensemble.simulate_many`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

from orgmodel.errors import Finding, Refused
from orgmodel.model.measure import Number
from orgmodel.structure.structure import Structure

Update = Callable[["Batch", Sequence[int]], dict[str, Number | None]]
"""What a metric is after units, by their places, merge."""


class Batch:
    """The units of one kind of a structure, ready for mergers to be tried by the thousands.

    Args:
        structure: the baseline on a day.
        kind: the kind whose units merge.
        metrics: names of :data:`UPDATES`.

    Raises:
        Refused: a metric that has no update, or units of the kind under several parents.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> batch = Batch(structure_of(rows, day="2025-07-01"), "province", ["units", "span", "depth"])
    >>> batch.merged(["a", "b"])["units: province"]
    2
    """

    def __init__(self, structure: Structure, kind: str, metrics: Iterable[str] = ("units", "span", "depth")) -> None:
        self.kind = kind
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
        self.agencies: list[Counter[tuple[str, str]]] = []
        for unit in units:
            found: Counter[tuple[str, str]] = Counter()
            for child in structure.children(unit):
                one = structure.unit(child)
                if agency(one.kind):
                    found[one.kind or "", one.category or ""] += 1
            self.agencies.append(found)
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

    def merged(self, units: Iterable[str]) -> dict[str, Number | None]:
        """``METRIC: ITEM`` -> number after the units merge into one.

        Raises:
            Refused: fewer than two units, or one that is not of the kind.
        """
        places = sorted({self.place.get(unit, -1) for unit in units})
        if len(places) < 2 or places[0] < 0:
            raise Refused("a merger", [Finding("merge-two", f"name two units or more of kind {self.kind!r}")])
        out: dict[str, Number | None] = {}
        for name in self.metrics:
            for item, value in UPDATES[name](self, places).items():
                out[f"{name}: {item}"] = value
        return out

    def agencies_lost(self, places: Sequence[int]) -> Counter[str]:
        """Kind -> how many agencies fewer there are: those of one category become one."""
        lost: Counter[str] = Counter()
        shared: dict[tuple[str, str], int] = {}
        for place in places:
            for key, number in self.agencies[place].items():
                shared[key] = shared.get(key, 0) + number
        for (kind, category), number in shared.items():
            if category and number > 1:
                lost[kind] += number - 1
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


def try_mergers(batch: Batch, mergers: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """A row for each merger, as ``simulate_many`` gives them: numbered, with floats for fractions.

    A merger that cannot be is a row with its reason.
    """
    rows: list[dict[str, Any]] = []
    for number, units in enumerate(mergers):
        row: dict[str, Any] = {"number": number, "plan": " + ".join(units), "failed": None}
        try:
            for key, value in batch.merged(units).items():
                row[key] = float(value) if isinstance(value, Fraction) else value
        except Refused as error:
            row["failed"] = str(error.findings[0])
        rows.append(row)
    return rows
