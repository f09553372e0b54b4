"""Carries figures along a correspondence: reads them, asks the policy where no share is stated, adds up what arrives.

One run carries one measure. It collects every fault, so that a table with ten wrong rows is refused once. What users see of it
is :meth:`orgmodel.history.correspondence.Correspondence.carry` and :class:`~orgmodel.history.carry.Carried`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve

from orgmodel.acts.policies import Allocation, ByMeasure, Collect, Part, Shares, Weight
from orgmodel.errors import Finding, Refused
from orgmodel.history import columns_out
from orgmodel.history.carry import (
    BOUNDS,
    NOT_GIVEN,
    NOTHING,
    REST,
    STATED,
    WHOLE,
    Carried,
    Contribution,
    resolve_measure,
    resolve_policy,
)
from orgmodel.history.pooling import Pooling
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.history.unit_directory import By, register_of
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import ONE, averaged, step_of
from orgmodel.model.door import kind_of, one_of
from orgmodel.model.extras import extra
from orgmodel.model.measure import UNKNOWN, Measure, Number, Quantity
from orgmodel.structure.finding import meaning, scheme_of

if TYPE_CHECKING:
    import scipy.sparse as sp

    from orgmodel.history.crosswalk import Crosswalk
    from orgmodel.structure.structure import Structure

__all__ = ["CarryRun", "OfUnmapped", "to_sparse"]

OfUnmapped = Literal["refuse", "drop"]

_Way = tuple["CorrespondenceRow", Fraction | None, str, bool]
"""A row, the share to take (None for bounds only), how the share is known, and whether it is a fact."""


class CarryRun:
    """One measure carried along one correspondence; faults are collected and raised together."""

    def __init__(
        self,
        correspondence: Crosswalk,
        measure: Measure | str,
        policy: Allocation | str | None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> None:
        self.map = correspondence
        self.measure = resolve_measure(correspondence.measures, measure)
        self.policy = resolve_policy(policy)
        self.by, self.unmapped = scheme_of(by), unmapped
        self.step = ONE
        """The unit of rounding: 1, or the last decimal place of the figures."""
        self.rows: dict[str, int] = {}
        """Old unit -> the row in which its figure was given, from 0."""
        self.faults: list[Finding] = []
        one_of(unmapped, ("refuse", "drop"), "unmapped=")
        if isinstance(self.policy, ByMeasure) and self.policy.weights is not None and by != "id":
            self.policy = self._by_ids(self.policy, self.policy.weights)

    def _by_ids(self, policy: ByMeasure, weights: Iterable[Weight]) -> ByMeasure:
        """The policy with its weights by id; like the figures, they name units by code or name."""
        olds, news = self._names_of(self.map.before, self.map.olds), self._names_of(self.map.after, self.map.news)
        by_ids: dict[Any, Fraction] = {}
        for key, weight in weights:
            pair = key if isinstance(key, tuple) else (None, key)
            old = [None] if pair[0] is None else olds(pair[0])
            new = news(pair[1])
            if len(old) != 1 or len(new) != 1:
                self.fault("weights", f"the weight of {key!r} is of no one unit that bears such a {self.by}")
            else:
                by_ids[new[0] if old[0] is None else (old[0], new[0])] = weight
        return evolve(policy, weights=by_ids)

    def fault(self, rule: str, message: str, unit: str | None = None, row: int | None = None) -> None:
        """Note a fault; all of them are raised together."""
        units = () if unit is None else (unit,)
        self.faults.append(Finding(rule, message, units, day=self.map.start, row=row))

    # ---- reading

    def read(self, values: Any, unit: str, value: str, prefix: str = "") -> columns_out.Figures:
        """The figures row by row; ``prefix`` stands before the names of columns that say how sure they are."""
        return columns_out.read(values, self.map.olds, unit, value, prefix)

    def read_weights(self, weights: Any, unit: str) -> dict[str, Fraction] | None:
        """Old unit -> its weight; None where nothing is weighed."""
        if self.measure.type != "rate":
            if weights is not None:
                self.fault("weights", f"{self.measure.id!r} is a {self.measure.type}; only a rate is weighed")
            return None
        if weights is None:
            self.fault("weights", f"{self.measure.id!r} is a rate; give weights= of {self.measure.weight!r}")
            return {}
        figures = columns_out.read(weights, self.map.olds, unit, self.measure.weight or "")
        weight_of: dict[str, Fraction] = {}
        for row, (id_, cell) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            plain = cell.value if isinstance(cell, Quantity) else cell
            if id_ is None or plain is None:
                continue
            weight = columns_out.number(plain)
            if weight is None or weight < 0:
                self.fault("weights", f"the weight {cell!r} is no number of 0 or more", id_, row)
            else:
                weight_of[id_] = Fraction(weight)
        return weight_of

    def ids(self, figures: columns_out.Figures) -> list[str | None]:
        """The id of each row's unit; None, and a fault, where it names none of the first day."""
        if figures.sort in ("array", "polars series"):
            return list(figures.units)
        # The keys of a mapping are there once, so ids that are all known need no further check.
        if self.by == "id" and figures.sort == "mapping" and self._olds.issuperset(figures.units):
            return list(figures.units)
        units_named = self._units_named
        ids: list[str | None] = []
        row_of: dict[str, int] = {}
        for row, name in enumerate(figures.units, 1):
            units = units_named(name)
            if len(units) != 1:
                self.fault("unit", self._why_not(name, units), name, row)
                ids.append(None)
            elif units[0] in row_of:
                self.fault("unit-once", f"{name!r} is in row {row_of[units[0]]} already", name, row)
                ids.append(None)
            else:
                row_of[units[0]] = row
                ids.append(units[0])
        return ids

    @cached_property
    def _olds(self) -> frozenset[str]:
        return frozenset(self.map.olds)

    @property
    def _units_named(self) -> Callable[[str], Sequence[str]]:
        """A function from a name, as the figures use it, to the old units that it means."""
        if self.by == "id":
            known = self._olds
            return lambda name: (name,) if name in known else ()
        return self._names_of(self.map.before, self.map.olds)

    def _names_of(self, structure: Structure, units: Iterable[str]) -> Callable[[str], Sequence[str]]:
        """A function from a code or name to the units that it means; a name may be spelt otherwise."""
        listed = list(units)
        if tracks.family(self.by) == tracks.NAME:
            numbers = frozenset(map(structure._state.number, listed))
            find = meaning(structure, self.by, among=numbers.__contains__)
            return lambda name: find(name, ()).units
        units_of: dict[str, list[str]] = {}
        for id_ in listed:
            code = id_ if self.by == "id" else structure.value(id_, self.by)
            if code is not None:
                units_of.setdefault(code, []).append(id_)
        return lambda name: units_of.get(name, ())

    def _why_not(self, name: str, units: Sequence[str]) -> str:
        """Why a name means no single old unit."""
        if units:
            return f"{len(units)} units bear the {self.by} {name!r}: {', '.join(units[:5])}; give ids, or a kind"
        history = self.map._history
        kind = f" of kind {self.map.kind!r}" if self.map.kind else ""
        elsewhere = "" if history is None else register_of(history).tell(name, self.by, self.map.start, self.map.kind)
        return elsewhere or f"no unit{kind} has the {self.by} {name!r} on {self.map.start}"

    def figures_by_unit(self, figures: columns_out.Figures) -> dict[str, Any]:
        """Old unit -> its figure, checked."""
        by_unit: dict[str, Any] = {}
        for row, (id_, value) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            if id_ is not None:
                self.rows[id_] = row - 1
                by_unit[id_] = value if self.measure.type == "category" else self.quantity(value, id_, row)
        return by_unit

    def quantity(self, value: Any, unit: str, row: int) -> Quantity:
        """A figure as a quantity; unknown, and a fault, where it is none."""
        count = self.measure.type == "count"
        if value is None:
            return Quantity.unknown(0) if count else UNKNOWN
        try:
            if not isinstance(value, Quantity):
                return Quantity(self._number(value, value))
            number, low, high = (
                None if part is None else self._number(part, value) for part in (value.value, value.low, value.high)
            )
        except _NotAllowed as error:
            self.fault(error.rule, str(error), unit, row)
            return UNKNOWN
        return Quantity(number, value.qualifier, 0 if count and low is None else low, high)

    def _number(self, part: Any, figure: Any) -> Number:
        """The number of a figure, or of a part of it, as the measure allows it.

        Raises:
            _NotAllowed: it is no number, or none that a count can have.
        """
        number = columns_out.number(part)
        if number is None:
            raise _NotAllowed("number", f"{figure!r} is not a number")
        if self.measure.type != "count":
            return number
        if number < 0:
            raise _NotAllowed("count", f"{self.measure.id!r} counts, and {figure} is negative")
        if number == int(number):
            return int(number)
        if not self.measure.decimal:
            hint = "a measure of decimals is declared decimal=True"
            raise _NotAllowed("count", f"{self.measure.id!r} counts, and {figure} is a fraction; {hint}")
        # A float is read as it is written: 0.1 km2 is a tenth.
        return Decimal(str(number))

    # ---- carrying

    def account(self, figures: columns_out.Figures, weights: dict[str, Fraction] | None, total: Any) -> Carried:
        """The carried figures.

        Raises:
            Refused: with all faults.
        """
        undivided = self.undivided(figures, total)
        if undivided is not None:
            return undivided
        by_unit = self.figures_by_unit(figures)
        self.dropped: dict[str, Any] = {}
        before = sum(by_unit.values(), Quantity(0)) if self.measure.type == "count" else None
        self._check_total(before, total)
        parts = self._contributions(by_unit)
        if figures.inexact:
            self._mark_inexact({old for old, row in self.rows.items() if row in figures.inexact}, parts)
        order = [new for new in self.map.news if new in parts]
        carried = {new: self._figure(new, parts[new], weights or {}) for new in order}
        names = self.out_names(order)
        if self.faults:
            raise Refused(f"carrying {self.measure.id!r} from {self.map.start} to {self.map.end}", self.faults)
        return Carried(
            {names[new]: value for new, (value, _) in carried.items()},
            self.map,
            self.measure,
            self.policy,
            {names[new]: exact for new, (_, exact) in carried.items()},
            {names[new]: tuple(parts[new]) for new in order},
            self.dropped,
            before,
            {names[new]: new for new in order},
        )

    def _contributions(self, by_unit: Mapping[str, Any]) -> dict[str, list[Contribution]]:
        """New unit -> what comes to it, known or not."""
        parts: dict[str, list[Contribution]] = {}
        if self.measure.type == "count":
            self.step = step_of((q.value for q in by_unit.values()), self.measure.decimal)
            self.counts(by_unit, parts)
            for unit in self.map._bare & by_unit.keys():
                parts.setdefault(unit, [])  # The unit goes on, but nothing of its old figure stays with it.
        else:
            self.others(by_unit, parts)
        self._add_not_given(by_unit, parts)
        return parts

    def _check_total(self, before: Quantity | None, total: Any) -> None:
        """A fault if the figures do not add up to a stated total."""
        if total is None:
            return
        if before is None:
            self.fault("total", f"{self.measure.id!r} is a {self.measure.type} and has no total")
        elif not isinstance(total, Quantity) and columns_out.number(total) is None:
            self.fault("total", f"it is a number, not {kind_of(total)}")
        # With figures refused, the sum is not that of the table, and a second fault would only follow from
        # the first.
        elif not self.faults and before != Quantity.of(total):
            self.fault("total", f"the figures add up to {before}, not to {Quantity.of(total)} as stated")

    def _add_not_given(self, by_unit: Mapping[str, Any], parts: dict[str, list[Contribution]]) -> None:
        """Add a contribution for each old unit without a figure that flows in: it is not zero but unknown."""
        unknown = Quantity.unknown(0) if self.measure.type == "count" else None
        for new in dict.fromkeys(row.new for old in by_unit for row in self.map[old]):
            for row in self.map.into(new):
                if row.old not in by_unit:
                    parts.setdefault(new, []).append(Contribution(row, unknown, None, NOT_GIVEN, unknown, False))

    def _mark_inexact(self, unsure: set[str], parts: dict[str, list[Contribution]]) -> None:
        """Mark the contributions of some old units as inexact."""
        for new in {row.new for old in unsure for row in self.map[old]} & set(parts):
            # Pooled figures have no single origin, so they may be of these units too.
            parts[new] = [
                evolve(part, exact=False) if part.row.old in unsure or not part.row.exact else part
                for part in parts[new]
            ]

    def _figure(self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]) -> tuple[Any, bool]:
        """The figure of a new unit, and whether it is a fact."""
        if self.measure.type == "count":
            return self.added(parts)
        if self.measure.type == "rate":
            return self.weighed(new, parts, weights)
        return self.agreed(new, parts)

    def undivided(self, figures: columns_out.Figures, total: Any) -> Carried | None:
        """The carried figures where they only need adding: whole numbers, no unit divided; None otherwise.

        Nearly all tables are of this sort. Contributions are worked out on demand.
        """
        if self.measure.type != "count" or self.faults or figures.inexact or total is not None:
            return None
        values = figures.values
        # Types and the smallest value are found in C; a Python loop over a million figures would take as long as all else.
        if not set(map(type, values)) <= {int} or (values and min(values) < 0):
            return None
        ids = self.ids(figures)
        if self.faults:
            # The general way finds these faults again, with all others.
            self.faults.clear()
            return None
        sums = self._sums_of_wholes(dict(zip(ids, values, strict=True)))
        return None if sums is None else self._added_up(sums, figures, ids)

    def _sums_of_wholes(self, by_unit: Mapping[str | None, int]) -> Mapping[str | None, int] | None:
        """New unit -> the sum of the figures of the units that went there whole; None if anything was divided or lost."""
        table, arrivals = self.map._table, self.map._arrivals
        arrived: dict[str, int] = {}
        sums: dict[str | None, int] = {}
        touched = by_unit.keys() & table.keys()
        for old in touched:
            rows = table[old or ""]
            # The first division ends the short cut: pooled figures need the order of events.
            if len(rows) != 1 or rows[0].extent != "whole":
                return None
            new = rows[0].new
            sums[new] = sums.get(new, 0) + by_unit[old]
            arrived[new] = arrived.get(new, 0) + 1
        unchanged = {old: value for old, value in by_unit.items() if old not in touched} if touched else by_unit
        if not unchanged.keys() <= frozenset(self.map.news) or not unchanged.keys().isdisjoint(arrivals):
            return None
        # A new unit that also receives units without a figure has an unknown part.
        if any(arrivals[new] != count for new, count in arrived.items()):
            return None
        for unit in self.map._bare & by_unit.keys():
            sums.setdefault(unit, 0)
        return {**sums, **unchanged} if sums else unchanged

    def _added_up(
        self, sums: Mapping[str | None, int], figures: columns_out.Figures, ids: Sequence[str | None]
    ) -> Carried | None:
        """The carried figures of plain sums; None where new units cannot be named: the general way reports those."""
        order = [new for new in self.map.news if new in sums]
        names = self.out_names(order)
        if self.faults:
            return None

        @cache
        def row_of() -> Mapping[str | None, int]:
            return dict(zip(ids, range(len(ids)), strict=True))

        def contributions(new: str) -> tuple[Contribution, ...]:
            olds = [(row, figures.values[row_of()[row.old]]) for row in self.map.into(new)]
            return tuple(Contribution(row, value, ONE, WHOLE, Quantity(value), True) for row, value in olds)

        if figures.sort != "mapping":
            self.rows = {old: row for old, row in row_of().items() if old is not None}
        by_id = self.by == "id"
        return Carried(
            dict(zip(order, map(sums.__getitem__, order), strict=True))
            if by_id
            else {names[new]: sums[new] for new in order},
            self.map,
            self.measure,
            self.policy,
            dict.fromkeys(order if by_id else names.values(), True),
            contributions,
            {},
            Quantity(sum(figures.values)),
            names if by_id else {name: new for new, name in names.items()},
        )

    def out_names(self, news: Sequence[str]) -> dict[str, str]:
        """New unit -> its id, code or name."""
        if self.by == "id":
            return dict(zip(news, news, strict=True))
        out: dict[str, str] = {}
        taken: dict[str, str] = {}
        for new in news:
            unit = self.map.after.unit(new)
            name = unit.code if self.by == "code" else unit.name
            if name is None:
                self.fault("unit", f"the new unit has no {self.by}; carry by id", new)
            elif name in taken:
                self.fault("unit", f"it and {taken[name]!r} bear the {self.by} {name!r}; carry by id", new)
            else:
                out[new] = name
                taken[name] = new
        return out

    def asked(
        self, old: str, rows: Sequence[CorrespondenceRow], quantity: Quantity | None
    ) -> tuple[Mapping[str, Fraction | None], str] | None:
        """The policy's shares for rows whose share is not known, and its name; None, and a fault, if it gives none.

        Zero needs no policy. Neither does an unknown figure, but a policy that is named divides its bounds.

        Args:
            old: the divided unit.
            rows: the rows without a known share.
            quantity: the figure to divide; None if only shares are asked for.
        """
        news = [row.new for row in rows]
        if quantity is not None and (quantity == 0 or (self.policy is None and not quantity.is_known)):
            return dict.fromkeys(news), NOTHING
        answer = self._answer(old, rows)
        if answer is None:
            return dict.fromkeys(news), BOUNDS
        if isinstance(answer, str):
            message = f"no share of {self._counted.id!r} is stated towards {', '.join(news)}; {answer}"
            self.fault("share", message, old)
            return None
        shares = [Fraction(share) for share in answer]
        if len(shares) != len(rows) or sum(shares) != 1 or min(shares) < 0:
            listed = ", ".join(map(str, shares))
            message = f"{self.policy!r} gave {listed} for {len(rows)} parts, not parts that add up to 1"
            self.fault("policy", message, old)
            return None
        return dict(zip(news, shares, strict=True)), str(self.policy)

    @cached_property
    def _counted(self) -> Measure:
        """The count that is divided: the measure itself, or the weight of a rate."""
        if self.measure.type != "rate":
            return self.measure
        weight = self.measure.weight or ""
        return self.map.measures.get(weight, Measure(weight))

    def _answer(self, old: str, rows: Sequence[CorrespondenceRow]) -> Shares:
        """The policy's answer to a division: shares, None for bounds only, or a text that says why it has none."""
        if self.policy is None:
            return "give a policy: equal, dominant, bounds or ByMeasure"
        parts = [Part(row.new, dominant=row.dominant, share=row.share) for row in rows]
        return self.policy(self.map.before, old, self._counted, parts)

    def ways(self, old: str, rows: Sequence[CorrespondenceRow], measure: str) -> list[_Way] | None:
        """The share of a unit along each row; None, and a fault, if neither a source nor the policy gives one."""
        known = {row.new: row.share(measure) for row in rows}
        blank = [row for row in rows if known[row.new] is None]
        remainder = ONE - sum((share for share in known.values() if share is not None), Fraction(0))
        parts: Mapping[str, Fraction | None] = {}
        how = ""
        # Where a part of the unit is lost, nobody knows how much of the rest that takes.
        if len(blank) == 1 and not self.map.is_partly_lost(old):
            parts, how = {blank[0].new: ONE}, REST
        elif blank:
            by_policy = self.asked(old, blank, None)
            if by_policy is None:
                return None
            parts, how = by_policy
        ways: list[_Way] = []
        for row in rows:
            share = known[row.new]
            if share is not None:
                ways.append((row, share, WHOLE if row.extent == "whole" else STATED, row.exact))
            else:
                part = parts[row.new]
                ways.append((row, None if part is None else part * remainder, how, row.exact and how == REST))
        return ways

    def counts(self, by_unit: Mapping[str, Quantity], parts: dict[str, list[Contribution]]) -> None:
        """Add to the parts the contribution of each old unit to a count."""
        divided = False
        for old, quantity in by_unit.items():
            rows = self.map[old]
            if len(rows) == 1 and rows[0].extent == "whole":
                # Nearly all units: nothing is divided.
                (row,) = rows
                exact = quantity.is_exact
                parts.setdefault(row.new, []).append(Contribution(row, quantity.plain, ONE, WHOLE, quantity, exact))
            elif rows:
                divided = True
            else:
                self.lose(old, quantity)
        if divided:
            Pooling(self, by_unit).into(parts)
            place = {old: at for at, old in enumerate(by_unit)}
            for contributions in parts.values():
                contributions.sort(key=lambda part: place.get(part.row.old, len(place)))

    def lose(self, old: str, amount: Quantity, part: Fraction = ONE) -> None:
        """Refuse or drop the amount of a unit, or of a stated part of it, that has no successor."""
        if amount == 0:
            return
        if self.unmapped == "drop":
            self.dropped[old] = (Quantity.of(self.dropped.get(old, 0)) + amount).plain
            return
        act = self.map.act_of(old)
        by_act = f" (closed by {act.source.cited})" if act is not None else ""
        loss = "it has no successor" if part == ONE else f"{part} of it has no successor"
        if old in self.map.before and self.map.is_last_known(old):
            loss = "its successor is not on record"
        elif old in self.map._bare:
            loss, by_act = "what it consisted of ended, and it goes on without", ""
        message = f"{loss} on {self.map.end}{by_act}, and its {amount} would be lost; unmapped='drop' lets it"
        self.fault("unmapped", message, old)

    def others(self, by_unit: Mapping[str, Any], parts: dict[str, list[Contribution]]) -> None:
        """Add to the parts a rate or category: each successor gets the old value, a rate with the share to weigh it."""
        is_rate = self.measure.type == "rate"
        for old, value in by_unit.items():
            rows = self.map[old]
            if rows and is_rate:
                ways = self.ways(old, rows, self._counted.id) or []
            else:
                ways = [(row, None, row.extent, row.exact) for row in rows]
            for row, share, how, sure in ways:
                if share != 0:
                    # A part need not be like the whole it came from.
                    exact = sure and row.extent == "whole" and (not is_rate or value.is_exact)
                    parts.setdefault(row.new, []).append(Contribution(row, value, share, how, value, exact))
            if not rows and self.unmapped == "drop":
                self.dropped[old] = value
            elif not rows:
                self.fault("unmapped", f"it has no successor on {self.map.end}; unmapped='drop' leaves it out", old)

    def added(self, parts: Sequence[Contribution]) -> tuple[Any, bool]:
        """The sum of a count, and whether it is a fact."""
        total = sum((part.amount for part in parts), Quantity(0))
        return total.plain, all(part.exact for part in parts)

    def weighed(self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]) -> tuple[Any, bool]:
        """The weighed mean of a rate, and whether it is a fact."""
        rates = [Quantity.of(part.given) for part in parts]
        mean = averaged(zip(rates, self._counts_of(new, parts, weights), strict=True))
        return mean.plain, mean.is_exact and all(part.exact for part in parts)

    def _counts_of(
        self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]
    ) -> Sequence[Quantity]:
        """The counts that weigh the parts of a rate, unknown if one is; a fault if a known mean lacks nothing else."""
        unknown = [UNKNOWN] * len(parts)
        if len(parts) == 1 or any(part.share is None for part in parts):
            return unknown
        missing = [part.row.old for part in parts if part.row.old not in weights]
        if missing:
            if all(Quantity.of(part.given).is_known for part in parts):
                self.fault("weights", f"there is no weight {self.measure.weight!r} for {', '.join(missing)}", new)
            return unknown
        counts = [Quantity(weights[part.row.old] * (part.share or 0)) for part in parts]
        if not any(count.value for count in counts):
            named = f"the weights {self.measure.weight!r} of {', '.join(part.row.old for part in parts)}"
            self.fault("weights", f"{named} add up to 0: no rate follows", new)
        return counts

    def agreed(self, new: str, parts: Sequence[Contribution]) -> tuple[Any, bool]:
        """The category on which all agree, and whether it is a fact."""
        categories = {part.given for part in parts}
        exact = all(part.exact for part in parts) and None not in categories
        if len(categories) == 1:
            return next(iter(categories)), exact
        if isinstance(self.policy, Collect):
            return tuple(sorted(str(value) for value in categories if value is not None)), False
        if None in categories and len(categories) == 2:
            return None, False
        listed = ", ".join(f"{part.row.old} is {part.given!r}" for part in parts)
        self.fault("category", f"{self.measure.id!r} does not combine: {listed}; policy='collect' keeps all", new)
        return None, False


class _NotAllowed(ValueError):
    """A figure is no number that its measure allows."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def to_sparse(
    correspondence: Crosswalk, measure: Measure | str, policy: Allocation | str | None = None
) -> sp.csr_array:
    """The shares as a scipy matrix: see ``Correspondence.to_sparse``."""
    with extra():
        import scipy.sparse as sp

    run = CarryRun(correspondence, measure, policy)
    name = run.measure.weight if run.measure.type == "rate" else run.measure.id
    columns = {new: i for i, new in enumerate(correspondence.news)}
    # In compressed rows: the values, the column of each, and where each row begins.
    data: list[float] = []
    indices: list[int] = []
    starts = [0]
    for old in correspondence.olds:
        for row, share, _, _ in run.ways(old, correspondence[old], name or "") or ():
            if share is None:
                run.fault("share", "bounds are no shares; take another policy", old)
            elif share:
                data.append(float(share))
                indices.append(columns[row.new])
        starts.append(len(data))
    if run.faults:
        raise Refused(f"the shares of {name!r} from {correspondence.start} to {correspondence.end}", run.faults)
    shape = (len(correspondence.olds), len(columns))
    return sp.csr_array((np.array(data, dtype=float), indices, starts), shape=shape)
