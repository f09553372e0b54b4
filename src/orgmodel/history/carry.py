"""Figures of old units as figures of new ones.

Three sorts of measure, three ways: a count is divided by shares and adds up; a rate is
weighted by its count; a category holds where all agree. What is not stated is refused
unless the caller names a policy, and whatever a policy decided is marked as not exact.

Whole numbers stay whole: each old unit's number is divided by largest remainder, ties
going to the link that comes first, so that every unit's total is kept to the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import evolve, frozen

from orgmodel.acts.policies import Allocation, Bounds, ByMeasure, Collect, Dominant, Equal, Part, Shares, Weight
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, Refused
from orgmodel.history import columns_out
from orgmodel.history.ground import NEW, NOWHERE, OFF_RECORD, Bag, Pool
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.history.trace import finals
from orgmodel.history.unit_directory import By, register_of
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import ONE, divide, step_of
from orgmodel.model.door import kind_of, one_of
from orgmodel.model.extras import extra
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import ColumnSort, Tabular
from orgmodel.model.measure import UNKNOWN, Measure, Number, Quantity
from orgmodel.model.words import Language
from orgmodel.structure.finding import meaning, scheme_of

if TYPE_CHECKING:
    import scipy.sparse as sp

    from orgmodel.history.crosswalk import Crosswalk
    from orgmodel.structure.structure import Structure

__all__ = [
    "FIGURES",
    "GROUND",
    "NOTHING",
    "NOT_GIVEN",
    "REST",
    "ROUNDED",
    "STATED",
    "WHOLE",
    "Basis",
    "Carried",
    "CarryRun",
    "Contribution",
    "Explanation",
    "OfUnmapped",
    "resolve_measure",
    "resolve_policy",
    "to_sparse",
]

OfUnmapped = Literal["refuse", "drop"]
WHOLE: Final = "whole"
STATED: Final = "share stated"
REST: Final = "the rest"
FIGURES: Final = "figures of the act"
GROUND: Final = "ground"
NOTHING: Final = "nothing to divide"
NOT_GIVEN: Final = "not given"
ROUNDED: Final = ", rounded"
"""Words of how a part of a figure is known; any other is that of a policy, or ``like its ground``."""

Basis = Literal["exact", "assumed", "rounded", "bounds", "stated"]


_BOUNDS: Final = str(Bounds())
_NAMED: Final[Mapping[str, type[Allocation]]] = {
    "equal": Equal,
    "dominant": Dominant,
    "bounds": Bounds,
    "collect": Collect,
}
"""The policies that need nothing but their name, the same as in plans and files."""


@frozen
class Contribution:
    """The part of a carried figure that one old unit brought to one new unit.

    Attributes:
        row: the row of the correspondence, with its links and acts.
        given: the old unit's figure; None of a category that is not known.
        share: the part of it that was taken; None where only bounds or a category are taken.
        how: ``whole``, ``share stated``, ``the rest``, or the policy in words.
        amount: what it added.
        exact: whether all of that is a fact.
    """

    row: CorrespondenceRow
    given: Any
    share: Fraction | None
    how: str
    amount: Any
    exact: bool

    def __str__(self) -> str:
        part = "" if self.share in (None, ONE) else f"{self.share} of "
        return f"{self.amount} = {part}{self.given} of {self.row.old} ({self.how})"


@frozen
class Explanation:
    """Where a carried figure comes from: each contribution, with the links and acts behind it.

    Attributes:
        unit: id of the new unit.
        measure: id of the measure.
        figure: the carried figure.
        exact: whether it is a fact.
        parts: the contributions.
    """

    unit: str
    measure: str
    figure: Any
    exact: bool
    parts: tuple[Contribution, ...]

    @property
    def acts(self) -> tuple[Any, ...]:
        """The acts it rests on, each once."""
        return tuple({act.id: act for part in self.parts for act in part.row.acts}.values())

    def __str__(self) -> str:
        lines = [f"{self.unit}: {self.measure} {self.figure} ({'exact' if self.exact else 'not exact'})"]
        for part in self.parts:
            lines.append(f"  {part}")
            lines += [f"    {link}" for link in part.row.links if link.old != link.new or link.extent == "part"]
        return "\n".join(lines)


class Carried(Tabular, dict[str, Any], Shown):
    """Figures of the new units, as a dict that can explain itself.

    Values are plain numbers where they are known to be just that, else a ``Quantity``
    (about, more than, unknown with bounds); of categories, the category or None.

    Attributes:
        correspondence: along which they were carried.
        measure: what was carried.
        policy: what decided where nothing was stated; None if nothing had to.
        exact: new unit -> whether its figure is a fact: stated exactly, carried along
            exact rows, not rounded, no policy.
        dropped: old unit without successor -> what was left out, with ``unmapped="drop"``.
        total_before: of counts, the sum of what was given.
        total_after: of counts, the sum of what came out.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        correspondence: Crosswalk,
        measure: Measure,
        policy: Allocation | None,
        exact: Mapping[str, bool],
        parts: Mapping[str, tuple[Contribution, ...]] | Callable[[str], tuple[Contribution, ...]],
        dropped: Mapping[str, Any],
        total_before: Quantity | None,
        names: Mapping[str, str],
    ) -> None:
        super().__init__(values)
        self.correspondence, self.measure, self.policy = correspondence, measure, policy
        self.exact, self.dropped, self.total_before = exact, dropped, total_before
        self._parts, self._names = parts, names

    def _made_of(self, unit: str) -> tuple[Contribution, ...]:
        return self._parts(self._names[unit]) if callable(self._parts) else self._parts[unit]

    @property
    def total_after(self) -> Quantity | None:
        """Of counts, the sum of what came out."""
        return None if self.total_before is None else _sum(Quantity.of(v) for v in self.values())

    def __repr__(self) -> str:
        if len(text := super().__repr__()) <= 200:
            return text
        exact = sum(self.exact.values())
        return f"<Carried {self.measure.id} to {self.correspondence.end}: {len(self)} units, {exact} exact>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        columns = [
            Column(say("unit", language)),
            Column(self.measure.id, "number", self.measure.unit),
            Column(say("basis", language)),
        ]
        called = self.correspondence.after.called
        rows = [
            [
                called(self._names[unit]),
                Quantity.of(value) if self.total_before is not None else value,
                self.basis(unit),
            ]
            for unit, value in self.items()
        ]
        title = f"{self.measure.id}: {self.correspondence.start} -> {self.correspondence.end}"
        return Content(title, [table_of("", columns, rows, most)], language=language)

    def basis(self, unit: str) -> Basis:
        """The basis of the figure of a new unit.

        ``exact``: all of it is a fact. ``assumed``: a policy, or even mixing, decided about a part. ``rounded``: a
        whole number had to be divided. ``bounds``: only bounds are certain. ``stated``: it is as sure as what was given.

        Raises:
            KeyError: no figure was carried to it.
        """
        if self.exact[unit]:
            return "exact"
        parts = [part for part in self._made_of(unit) if not part.exact]
        known = (WHOLE, STATED, REST, FIGURES, GROUND, NOTHING, NOT_GIVEN, _BOUNDS)
        hows = [part.how.removesuffix(ROUNDED) for part in parts]
        if any(how not in known and how not in ("whole", "part") for how in hows):
            return "assumed"
        value = self[unit]
        if isinstance(value, Quantity) and not value.is_known:
            return "bounds"
        return "rounded" if any(part.how.endswith(ROUNDED) for part in parts) else "stated"

    @property
    def all_exact(self) -> bool:
        """Whether every figure is a fact."""
        return all(self.exact.values())

    def explain(self, unit: str) -> Explanation:
        """Where the figure of a new unit comes from, with the links and acts.

        Raises:
            KeyError: no figure was carried to it.
        """
        return Explanation(self._names[unit], self.measure.id, self[unit], self.exact[unit], self._made_of(unit))

    @property
    def names(self) -> Mapping[str, str]:
        """Name of each new unit as it is used here (id, code or name) -> id."""
        return self._names

    def columns(self, names: Sequence[str], whole: bool | None = None) -> list[FrameColumn]:
        """The value and, of numbers, qualifier, low and high; then exact and basis: a column of each.

        Args:
            names: the units, in the order of the rows; one without a figure has null.
            whole: whether numbers are written as whole ones; None: if all are.
        """
        last = [
            FrameColumn([self.exact.get(name, False) for name in names], "boolean"),
            FrameColumn([self.basis(name) if name in self else None for name in names], "text"),
        ]
        if self.measure.type == "category":
            categories = [self.get(name) for name in names]
            return [
                FrameColumn(
                    [v if v is None or isinstance(v, str) else "; ".join(map(str, v)) for v in categories], "text"
                ),
                *last,
            ]
        quantities = [Quantity.of(self.get(name)) for name in names]
        every = all(isinstance(v, int) for q in quantities for v in _numbers(q))
        # A fraction came of whole numbers: it is not cut off.
        sort: ColumnSort = "whole" if every and whole is not False else "number"
        return [
            FrameColumn([q.value for q in quantities], sort),
            FrameColumn([q.qualifier for q in quantities], "text"),
            FrameColumn([q.low for q in quantities], sort),
            FrameColumn([q.high for q in quantities], sort),
            *last,
        ]

    def _columns(self) -> dict[str, FrameColumn]:
        """unit, name, the measure, qualifier, low, high, exact, basis."""
        names = list(self)
        value, *rest = self.columns(names)
        how = columns_out.HOW if len(rest) > 2 else columns_out.HOW[-2:]
        called = self.correspondence.after.called
        return {
            "unit": FrameColumn(names),
            "name": FrameColumn([called(self._names[name]) for name in names]),
            self.measure.id: value,
            **dict(zip(how, rest, strict=True)),
        }


def _numbers(quantity: Quantity) -> Iterator[Number]:
    return (v for v in (quantity.value, quantity.low, quantity.high) if v is not None)


def _sum(quantities: Iterable[Quantity]) -> Quantity:
    total = Quantity(0)
    for quantity in quantities:
        total = total + quantity
    return total


# ---- the way in


def resolve_measure(measures: Mapping[str, Measure], measure: Measure | str) -> Measure:
    """The measure itself; an id that the history does not declare is a count, if it declares none at all.

    Raises:
        Refused: there are declared measures, and it is none of them.
    """
    if isinstance(measure, Measure):
        return measure
    if measure in measures:
        return measures[measure]
    if not measures:
        return Measure(measure)
    known = ", ".join(measures)
    raise Refused(
        "a measure", [Finding("measure", f"there is no measure {measure!r} (there are {known}); pass a Measure")]
    )


def resolve_policy(policy: Allocation | str | None) -> Allocation | None:
    """The policy that a name stands for.

    Raises:
        Refused: no policy has the name.

    >>> resolve_policy("equal")
    Equal()
    """
    if policy is None or not isinstance(policy, str):
        return policy
    if policy not in _NAMED:
        known = ", ".join(_NAMED)
        raise Refused(
            "a policy", [Finding("policy", f"there is no policy {policy!r} (there are {known}, and ByMeasure)")]
        )
    return _NAMED[policy]()


_Way = tuple["CorrespondenceRow", Fraction | None, str, bool]
"""A row, the part to take (None: bounds), how it is known, and whether it is a fact."""


class CarryRun:
    """One carrying: what it knows, and the faults it found so far."""

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
        """The unit of rounding: 1, or the last decimal place that was given."""
        self.rows: dict[str, int] = {}
        """Old unit -> the row in which its figure was given, from 0."""
        self.faults: list[Finding] = []
        one_of(unmapped, ("refuse", "drop"), "unmapped=")
        if isinstance(self.policy, ByMeasure) and self.policy.weights is not None and by != "id":
            self.policy = self._by_ids(self.policy, self.policy.weights)

    def _by_ids(self, policy: ByMeasure, weights: Iterable[Weight]) -> ByMeasure:
        """The policy with its weights by id; they are given by code or name, as the figures are."""
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
        """The figures as they were given; ``prefix`` stands before the names of columns that say how sure they are."""
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
        read: dict[str, Fraction] = {}
        for row, (id_, given) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            plain = given.value if isinstance(given, Quantity) else given
            weight = None if plain is None else columns_out.number(plain)
            if id_ is None or plain is None:
                continue
            if weight is None or weight < 0:
                self.fault("weights", f"the weight {given!r} is no number of 0 or more", id_, row)
            else:
                read[id_] = Fraction(weight)
        return read

    def ids(self, figures: columns_out.Figures) -> list[str | None]:
        """The id of each row's unit; None, and a fault, where it names none of the first day."""
        if figures.sort in ("array", "polars series"):
            return list(figures.units)
        if self.by == "id" and figures.sort == "mapping" and self._olds.issuperset(figures.units):
            return list(figures.units)
        named = self._named
        ids: list[str | None] = []
        seen: dict[str, int] = {}
        for row, name in enumerate(figures.units, 1):
            units = named(name)
            if len(units) != 1:
                self.fault("unit", self._why_not(name, units), name, row)
                ids.append(None)
            elif units[0] in seen:
                self.fault("unit-once", f"{name!r} is in row {seen[units[0]]} already", name, row)
                ids.append(None)
            else:
                seen[units[0]] = row
                ids.append(units[0])
        return ids

    @cached_property
    def _olds(self) -> frozenset[str]:
        return frozenset(self.map.olds)

    @property
    def _named(self) -> Callable[[str], Sequence[str]]:
        olds = self.map.olds
        if self.by == "id":
            known = self._olds
            return lambda name: (name,) if name in known else ()
        return self._names_of(self.map.before, olds)

    def _names_of(self, structure: Structure, units: Iterable[str]) -> Callable[[str], Sequence[str]]:
        """A function that finds which of the units a code or name means; a name may be spelt otherwise."""
        listed = list(units)
        if tracks.family(self.by) == tracks.NAME:
            numbers = frozenset(map(structure._state.number, listed))
            asked = meaning(structure, self.by, among=numbers.__contains__)
            return lambda name: asked(name, ()).units
        table: dict[str, list[str]] = {}
        for id_ in listed:
            key = id_ if self.by == "id" else structure.value(id_, self.by)
            if key is not None:
                table.setdefault(key, []).append(id_)
        return lambda name: table.get(name, ())

    def _why_not(self, name: str, units: Sequence[str]) -> str:
        if units:
            return f"{len(units)} units bear the {self.by} {name!r}: {', '.join(units[:5])}; give ids, or a kind"
        history = self.map._history
        kind = f" of kind {self.map.kind!r}" if self.map.kind else ""
        elsewhere = "" if history is None else register_of(history).tell(name, self.by, self.map.start, self.map.kind)
        return elsewhere or f"no unit{kind} has the {self.by} {name!r} on {self.map.start}"

    def given(self, figures: columns_out.Figures) -> dict[str, Any]:
        """Old unit -> its figure, checked."""
        read: dict[str, Any] = {}
        for row, (id_, value) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            if id_ is None:
                continue
            self.rows[id_] = row - 1
            if self.measure.type == "category":
                read[id_] = value
            else:
                read[id_] = self.quantity(value, id_, row)
        return read

    def quantity(self, value: Any, unit: str, row: int) -> Quantity:
        """A figure as a quantity; unknown, and a fault, where it is none."""
        count = self.measure.type == "count"
        if value is None:
            return Quantity.unknown(0) if count else UNKNOWN
        given = value if isinstance(value, Quantity) else None
        parts: list[Number | None] = []
        for part in (value,) if given is None else (given.value, given.low, given.high):
            plain = None if part is None else columns_out.number(part)
            if part is not None and plain is None:
                self.fault("number", f"{value!r} is not a number", unit, row)
                return UNKNOWN
            if count and plain is not None:
                fraction = plain != int(plain) and not self.measure.decimal
                if plain < 0 or fraction:
                    wrong = "negative" if plain < 0 else "a fraction; a measure of decimals is declared decimal=True"
                    self.fault("count", f"{self.measure.id!r} counts, and {value} is {wrong}", unit, row)
                    return UNKNOWN
                # A float is read as it is written: 0.1 km2 is a tenth.
                plain = int(plain) if plain == int(plain) else Decimal(str(plain))
            parts.append(plain)
        if given is None:
            return Quantity(parts[0])
        low = 0 if count and parts[1] is None else parts[1]
        return Quantity(parts[0], given.qualifier, low, parts[2])

    # ---- carrying

    def account(self, figures: columns_out.Figures, weights: dict[str, Fraction] | None, total: Any) -> Carried:
        """The carried figures.

        Raises:
            Refused: with everything that is wrong.
        """
        undivided = self.undivided(figures, total)
        if undivided is not None:
            return undivided
        given = self.given(figures)
        count = self.measure.type == "count"
        if count:
            self.step = step_of((q.value for q in given.values()), self.measure.decimal)
        before = _sum(given.values()) if count else None
        self._check_total(before, total)
        self.dropped: dict[str, Any] = {}
        parts: dict[str, list[Contribution]] = {}
        if count:
            self.counts(given, parts)
        else:
            self.others(given, parts)
        self._add_not_given(given, parts)
        if figures.inexact:
            self._mark_inexact({old for old, row in self.rows.items() if row in figures.inexact}, parts)
        if count:
            for unit in self.map._bare & given.keys():
                parts.setdefault(unit, [])  # It goes on, and nothing of what was given is in it.
        order = [new for new in self.map.news if new in parts]
        values, exact = {}, {}
        for new in order:
            values[new], exact[new] = self._figure(new, parts[new], weights or {})
        names = self.out_names(order)
        if self.faults:
            raise Refused(f"carrying {self.measure.id!r} from {self.map.start} to {self.map.end}", self.faults)
        return Carried(
            {names[new]: values[new] for new in order},
            self.map,
            self.measure,
            self.policy,
            {names[new]: exact[new] for new in order},
            {names[new]: tuple(parts[new]) for new in order},
            self.dropped,
            before,
            {names[new]: new for new in order},
        )

    def _check_total(self, before: Quantity | None, total: Any) -> None:
        """A fault if the figures do not add up to what they are said to."""
        if total is None:
            return
        if before is None:
            self.fault("total", f"{self.measure.id!r} is a {self.measure.type} and has no total")
        elif not isinstance(total, Quantity) and columns_out.number(total) is None:
            self.fault("total", f"it is a number, not {kind_of(total)}")
        elif not self.faults and before != Quantity.of(total):
            self.fault("total", f"the figures add up to {before}, not to {Quantity.of(total)} as stated")

    def _add_not_given(self, given: Mapping[str, Any], parts: dict[str, list[Contribution]]) -> None:
        """Add what flows in from units without a given figure: it is not zero but unknown."""
        nothing = Quantity.unknown(0) if self.measure.type == "count" else None
        for new in dict.fromkeys(row.new for old in given for row in self.map[old]):
            for row in self.map.into(new):
                if row.old not in given:
                    parts.setdefault(new, []).append(Contribution(row, nothing, None, NOT_GIVEN, nothing, False))

    def _mark_inexact(self, unsure: set[str], parts: dict[str, list[Contribution]]) -> None:
        """Mark as inexact what came from inexact figures."""
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
        """Whole numbers of units that each went one way, all of them known: nearly all tables, so they are just added.

        What each figure is made of is worked out on demand. None where anything is otherwise, or wrong.
        """
        if self.measure.type != "count" or self.faults or figures.inexact or total is not None:
            return None
        values = figures.values
        # Types and the smallest value are found in C; a Python loop over a million figures would take as long as all else.
        if not set(map(type, values)) <= {int} or (values and min(values) < 0):
            return None
        ids = self.ids(figures)
        if self.faults:
            # They are found again, with all others.
            self.faults.clear()
            return None
        given = dict(zip(ids, values, strict=True))
        table, arrivals = self.map._table, self.map._arrivals
        met: dict[str, int] = {}
        sums: dict[str | None, int] = {}
        touched = given.keys() & table.keys()
        for old in touched:
            rows = table[old or ""]
            # The first division ends the short cut: pooled figures need the order of events.
            if len(rows) != 1 or rows[0].extent != "whole":
                return None
            new = rows[0].new
            sums[new] = sums.get(new, 0) + given[old]
            met[new] = met.get(new, 0) + 1
        still = {old: value for old, value in given.items() if old not in touched} if touched else given
        if not still.keys() <= frozenset(self.map.news) or not still.keys().isdisjoint(arrivals):
            return None
        # Whatever also receives units that were not given has an unknown part.
        if any(arrivals[new] != count for new, count in met.items()):
            return None
        for unit in self.map._bare & given.keys():
            sums.setdefault(unit, 0)
        return self._added_up(sums | still, figures, ids)

    def _added_up(
        self, sums: Mapping[str | None, int], figures: columns_out.Figures, ids: Sequence[str | None]
    ) -> Carried | None:
        order = [new for new in self.map.news if new in sums]
        names = self.out_names(order)
        if self.faults:
            return None

        @cache
        def row_of() -> Mapping[str | None, int]:
            return dict(zip(ids, range(len(ids)), strict=True))

        def made_of(new: str) -> tuple[Contribution, ...]:
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
            made_of,
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
        """The policy's shares of rows whose share is not known, and its name; None, and a fault, if it cannot say.

        Zero and unknown figures need no policy.

        Args:
            old: the divided unit.
            rows: a row for each part of which no share is known.
            quantity: what is divided; None if only shares are asked for.
        """
        if quantity is not None and (not quantity.is_known or quantity == 0):
            return dict.fromkeys([row.new for row in rows]), NOTHING
        name = (self.measure.weight if self.measure.type == "rate" else self.measure.id) or ""
        if self.policy is None:
            answer: Shares = "give a policy: equal, dominant, bounds or ByMeasure"
        else:
            parts = [Part(row.new, dominant=row.dominant, share=row.share) for row in rows]
            counted = self.measure if name == self.measure.id else self.map.measures.get(name, Measure(name))
            answer = self.policy(self.map.before, old, counted, parts)
        if answer is None:
            return dict.fromkeys([row.new for row in rows]), _BOUNDS
        if isinstance(answer, str):
            heirs = ", ".join(row.new for row in rows)
            self.fault("share", f"no share of {name!r} is stated towards {heirs}; {answer}", old)
            return None
        shares = [Fraction(share) for share in answer]
        if len(shares) != len(rows) or sum(shares) != 1 or min(shares) < 0:
            listed = ", ".join(map(str, shares))
            self.fault(
                "policy", f"{self.policy!r} gave {listed} for {len(rows)} parts, not parts that add up to 1", old
            )
            return None
        return {row.new: share for row, share in zip(rows, shares, strict=True)}, str(self.policy)

    def ways(self, old: str, rows: Sequence[CorrespondenceRow], measure: str) -> list[_Way] | None:
        """How much of a unit goes along each row; None, and a fault, if neither a source nor the policy says."""
        known = {row.new: row.share(measure) for row in rows}
        blank = [row for row in rows if known[row.new] is None]
        rest = ONE - sum((share for share in known.values() if share is not None), Fraction(0))
        parts: Mapping[str, Fraction | None] = {}
        how = ""
        if len(blank) == 1 and not self.map.is_partly_lost(old):
            parts, how = {blank[0].new: ONE}, REST
        elif blank:
            asked = self.asked(old, blank, None)
            if asked is None:
                return None
            parts, how = asked
        ways: list[_Way] = []
        for row in rows:
            share = known[row.new]
            if share is not None:
                ways.append((row, share, "whole" if row.extent == "whole" else STATED, row.exact))
            else:
                part = parts[row.new]
                ways.append((row, None if part is None else part * rest, how, row.exact and how == REST))
        return ways

    def counts(self, given: Mapping[str, Quantity], parts: dict[str, list[Contribution]]) -> None:
        """Add to the parts what each old unit brings of a count."""
        divided = False
        for old, quantity in given.items():
            rows = self.map[old]
            if len(rows) == 1 and rows[0].extent == "whole":
                # Nearly all units: nothing is divided, and nothing need be computed.
                (row,) = rows
                exact = quantity.is_exact
                parts.setdefault(row.new, []).append(Contribution(row, _shown(quantity), ONE, "whole", quantity, exact))
            elif rows:
                divided = True
            else:
                self.lose(old, quantity)
        if divided:
            _Pooling(self, given).into(parts)
            place = {old: at for at, old in enumerate(given)}
            for contributions in parts.values():
                contributions.sort(key=lambda part: place.get(part.row.old, len(place)))

    def lose(self, old: str, amount: Quantity, part: Fraction = ONE) -> None:
        """A unit, or a stated part of it, has no successor: what it brings is refused or dropped."""
        if amount == 0:
            return
        if self.unmapped == "drop":
            self.dropped[old] = _shown(Quantity.of(self.dropped.get(old, 0)) + amount)
            return
        act = self.map.act_of(old)
        why = f" (closed by {act.source.cited})" if act is not None else ""
        what = "it has no successor" if part == ONE else f"{part} of it has no successor"
        if old in self.map.before and self.map.is_last_known(old):
            what = "its successor is not on record"
        elif old in self.map._bare:
            what, why = "what it consisted of ended, and it goes on without", ""
        self.fault(
            "unmapped", f"{what} on {self.map.end}{why}, and its {amount} would be lost; unmapped='drop' lets it", old
        )

    def others(self, given: Mapping[str, Any], parts: dict[str, list[Contribution]]) -> None:
        """Rates and categories: every successor gets the old unit's value, with the part that weighs it."""
        rate = self.measure.type == "rate"
        for old, value in given.items():
            rows = self.map[old]
            if not rows:
                if self.unmapped == "drop":
                    self.dropped[old] = value
                else:
                    self.fault("unmapped", f"it has no successor on {self.map.end}; unmapped='drop' leaves it out", old)
                continue
            ways: list[_Way] | None = [(row, None, row.extent, row.exact) for row in rows]
            if rate:
                ways = self.ways(old, rows, self.measure.weight or "")
            for row, share, how, sure in ways or ():
                if rate and share == 0:
                    continue
                # A part need not be like the whole it came from.
                exact = sure and row.extent == "whole" and (not rate or value.is_exact)
                parts.setdefault(row.new, []).append(Contribution(row, value, share, how, value, exact))

    def added(self, parts: Sequence[Contribution]) -> tuple[Any, bool]:
        """The sum of a count, and whether it is a fact."""
        total = _sum(part.amount for part in parts)
        return _shown(total), all(part.exact for part in parts)

    def weighed(self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]) -> tuple[Any, bool]:
        """The weighed mean of a rate, and whether it is a fact."""
        exact = all(part.exact for part in parts)
        if any(part.given is None or not part.given.is_known for part in parts):
            return UNKNOWN, False
        rates = [part.given for part in parts]
        if any(part.share is None for part in parts):
            return Quantity.unknown(min(r.value for r in rates), max(r.value for r in rates)), False
        missing = [part.row.old for part in parts if part.row.old not in weights]
        if missing and len(parts) > 1:
            self.fault("weights", f"there is no weight {self.measure.weight!r} for {', '.join(missing)}", new)
            return UNKNOWN, False
        if len(parts) == 1:
            return _shown(rates[0]), exact
        weighed = [weights[part.row.old] * (part.share or 0) for part in parts]
        total = sum(weighed, Fraction(0))
        if total == 0:
            olds = ", ".join(part.row.old for part in parts)
            self.fault("weights", f"the weights {self.measure.weight!r} of {olds} add up to 0: no rate follows", new)
            return UNKNOWN, False
        mean = sum((Fraction(r.value) * w for r, w in zip(rates, weighed, strict=True)), Fraction(0)) / total
        floats = any(isinstance(r.value, float) for r in rates)
        value = float(mean) if floats else columns_out.plain(mean)
        sure = all(r.is_exact for r in rates)
        return (value if sure else Quantity(value, "about")), exact and sure

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


def _shown(quantity: Quantity) -> Any:
    """A plain number where it is known to be just that."""
    return quantity.value if quantity.is_exact else quantity


_Key = str | int
"""Where part of a unit's ground is: a place, or the number of the pool in which it was divided."""


@frozen
class _Amount:
    """A figure on its way: what it comes to, whether it is a fact, and what share of its one origin it is."""

    amount: Quantity
    exact: bool
    share: Fraction | None = ONE
    how: str = "whole"


class _Pooling:
    """Figures carried through divisions in the order of events, each on what was pooled there."""

    def __init__(self, run: CarryRun, given: Mapping[str, Quantity]) -> None:
        self.run, self.given = run, given
        self.trace = run.map._trace
        self.finals = finals(self.trace.places, self.trace.pools)
        self.pools = self._wanted()
        self.groups = self._grouped()
        self.roots: dict[str, dict[_Key, _Amount]] = {}
        self.divided: dict[int, list[_Amount]] = {}

    def _wanted(self) -> list[Pool]:
        """The pools in which something of the given units was divided, in order."""
        pools: dict[int, Pool] = {}

        def add(pool: Pool) -> None:
            if pool.number not in pools:
                pools[pool.number] = pool
                for bag in pool.bags:
                    if bag.pool is not None:
                        add(bag.pool)

        for old in self.given:
            if len(self.run.map[old]) == 1 and self.run.map[old][0].extent == "whole":
                continue
            for cell in self.trace.cells.get(old, {}).values():
                for bag in cell.bags:
                    if bag.pool is not None:
                        add(bag.pool)
        return [pools[number] for number in sorted(pools)]

    def _grouped(self) -> dict[str, dict[_Key, list[str]]]:
        """Old unit -> where its ground is -> the atoms there; of given units that were divided or moved apart."""
        trace = self.trace
        groups_of: dict[str, dict[_Key, list[str]]] = {}
        for pool in self.pools:
            for bag in pool.bags:
                if bag.pool is None and bag.atom not in OFF_RECORD:
                    groups_of.setdefault(trace.unit_of(bag), {}).setdefault(pool.number, []).append(bag.atom)
        for old in self.given:
            rows = self.run.map[old]
            if not rows or rows[0].extent == "whole":
                continue
            groups = groups_of.setdefault(old, {})
            for place, cell in trace.cells.get(old, {}).items():
                atoms = [*(trace.staying(old) if cell.stays else ()), *trace.going(old, place)]
                atoms += [bag.atom for bag in cell.bags if bag.pool is None]
                if atoms:
                    groups.setdefault(place, []).extend(atoms)
        return groups_of

    def run_roots(self, old: str) -> dict[_Key, _Amount]:
        """The parts of an old unit's figure by place, before anything is divided by links."""
        roots = self.roots.get(old)
        if roots is None:
            roots = self.roots[old] = self._apart(old)
        return roots

    def _apart(self, old: str) -> dict[_Key, _Amount]:
        groups = self.groups[old]
        quantity = self.given.get(old)
        if quantity is None:
            return {key: _Amount(Quantity.unknown(0), False, None, NOT_GIVEN) for key in groups}
        if len(groups) == 1:
            return {key: _Amount(quantity, quantity.is_exact) for key in groups}
        known = {key: self._weight(atoms) for key, atoms in groups.items()}
        weights = [weight for weight in known.values() if weight is not None]
        total = sum(weights, Fraction(0))
        shares: list[Fraction | None]
        if len(weights) == len(known) and total:
            shares, how = [weight / total for weight in weights], GROUND
            sure = quantity.is_exact and total == Fraction(quantity.value or 0)
            if not sure:
                how = "like its ground"
        else:
            rows = [
                CorrespondenceRow(old, self._label(key), "part", self._said(old, key), *self._named(old, key))
                for key in groups
            ]
            asked = self.run.asked(old, rows, quantity)
            if asked is None:
                return {}
            (parts, how), sure = asked, False
            shares = [parts[row.new] for row in rows]
        # By largest remainder, in steps of the last decimal place that was given: the parts add up to the whole.
        amounts = divide(quantity, shares, self.run.step)
        return {
            key: _Amount(part.amount, sure, share, how)
            for key, part, share in zip(groups, amounts, shares, strict=False)
        }

    def _weight(self, atoms: Iterable[str]) -> Fraction | None:
        total = Fraction(0)
        for atom in atoms:
            figure = self.trace.before.figure(atom, self.run.measure.id)
            if figure is None or not figure.is_exact:
                return None
            total += Fraction(figure.value or 0)
        return total

    def _label(self, key: _Key) -> str:
        if isinstance(key, str):
            return key
        pool = self.trace.pools[key]
        ends = set().union(*(self.finals.get((key, part), set()) for part in range(pool.size)))
        return next(iter(ends)) if len(ends) == 1 else pool.unit

    def _named(self, old: str, key: _Key) -> tuple[bool, str]:
        row = next((row for row in self.run.map[old] if row.new == self._label(key)), None)
        return (False, "") if row is None else (row.dominant, row.dominant_by)

    def _said(self, old: str, key: _Key) -> tuple[tuple[str, Fraction], ...]:
        row = next((row for row in self.run.map[old] if row.new == self._label(key)), None)
        return () if row is None else row.shares

    # ---- pools

    def held(self, bag: Bag) -> _Amount:
        """The part of the given figures that is in a bag of a pool."""
        if bag.pool is not None:
            return self.divided[bag.pool.number][bag.part]
        if bag.atom in OFF_RECORD:
            # What came from nowhere has none of the given figures, but takes its part of them when it is divided.
            return _Amount(Quantity(0) if bag.atom == NEW else Quantity.unknown(0), False, None)
        return _Amount(Quantity(0), True)

    def total(self, pool: Pool) -> _Amount:
        """The part of the given figures that a pool divided."""
        olds = {self.trace.unit_of(b): None for b in pool.bags if b.pool is None and b.atom not in OFF_RECORD}
        amounts = [self.run_roots(old).get(pool.number, _Amount(Quantity(0), False)) for old in olds]
        amounts += [self.held(bag) for bag in pool.bags if bag.pool is not None or bag.atom in OFF_RECORD]
        share = amounts[0].share if len(amounts) == 1 else None
        return _Amount(_sum(a.amount for a in amounts), all(a.exact for a in amounts), share, amounts[0].how)

    def divide(self, pool: Pool) -> list[_Amount]:
        """The parts of what was pooled."""
        measure, whole = self.run.measure.id, self.total(pool)
        shares = [part.get(measure) for part in pool.shares]
        stated = FIGURES if measure in pool.from_act else STATED
        hows = [REST if measure in rests else stated for rests in pool.rests]
        sure = [True] * pool.size
        rest = ONE - sum((share for share in shares if share is not None), Fraction(0))
        blank = [k for k, share in enumerate(shares) if share is None and k < len(pool.ways)]
        lossy = pool.size > len(pool.ways)
        if lossy and shares[-1] is None and not blank:
            shares[-1] = rest
        by_key: dict[str, list[int]] = {}
        for k in blank:
            by_key.setdefault(self._end(pool, k), []).append(k)
        if len(by_key) == 1 and not lossy:
            # Whatever was left went to one unit in the end.
            for k in blank:
                shares[k], hows[k] = Fraction(0), REST
            shares[blank[0]] = rest
        elif blank:
            rows = [
                CorrespondenceRow(pool.unit, key, "part", tuple(pool.shares[ks[0]].items()), *self._dominant(pool, ks))
                for key, ks in by_key.items()
            ]
            asked = self.run.asked(pool.unit, rows, whole.amount)
            if asked is None:
                return [_Amount(Quantity(0), False, None, "")] * pool.size
            parts, how = asked
            for key, ks in by_key.items():
                for n, k in enumerate(ks):
                    part = parts[key]
                    shares[k] = None if part is None else part * rest if n == 0 else Fraction(0)
                    hows[k], sure[k] = how, how == NOTHING
            if lossy and shares[-1] is None and None not in parts.values():
                shares[-1] = Fraction(0)
        amounts = divide(whole.amount, shares, self.run.step)
        divided = []
        for k, share in enumerate(shares):
            amount, basis = amounts[k].amount, amounts[k].basis
            how = hows[k] + ROUNDED if basis == "rounded" else hows[k]
            exact = whole.exact and sure[k] and (amount == 0 or (basis == "exact" and amount.is_exact))
            mine = None if share is None or whole.share is None else share * whole.share
            divided.append(_Amount(amount, exact, mine, how))
        return divided

    def _end(self, pool: Pool, part: int) -> str:
        ends = self.finals.get((pool.number, part), set())
        return next(iter(ends)) if len(ends) == 1 else pool.ways[part].new

    def _dominant(self, pool: Pool, parts: Sequence[int]) -> tuple[bool, str]:
        ways = [pool.ways[part] for part in parts]
        return any(way.dominant for way in ways), next((way.dominant_by for way in ways if way.dominant_by), "")

    # ---- out

    def into(self, parts: dict[str, list[Contribution]]) -> None:
        """Add what comes to each new unit; what comes to none is refused or dropped."""
        for pool in self.pools:
            self.divided[pool.number] = self.divide(pool)
        for old in self.given:
            row_of = {row.new: row for row in self.run.map[old]}
            if not row_of or next(iter(row_of.values())).extent == "whole":
                continue
            for key, part in self.run_roots(old).items():
                if key in NOWHERE:
                    self.run.lose(old, part.amount, part.share or ONE)
                elif isinstance(key, str):
                    self._add(parts, row_of[key], self.given[old], part)
        wanted = {pool.number for pool in self.pools}
        for place, bags in self.trace.places.items():
            for bag in bags:
                if bag.pool is not None and bag.pool.number in wanted:
                    self._arrived(parts, place, bag)

    def _arrived(self, parts: dict[str, list[Contribution]], place: str, bag: Bag) -> None:
        pool = bag.pool
        assert pool is not None
        part = self.divided[pool.number][bag.part]
        olds = [unit for unit in self.trace.origins(bag) if unit not in OFF_RECORD]
        alone = olds[0] if len(olds) == 1 and len(self.trace.origins(bag)) == 1 else None
        if place in NOWHERE:
            if part.amount.is_known or part.how == NOT_GIVEN:
                self.run.lose(alone or pool.unit, part.amount, part.share or ONE)
            return
        if alone is not None and alone in self.given:
            row = next(row for row in self.run.map[alone] if row.new == place)
            self._add(parts, row, self.given[alone], part)
            return
        if not any(old in self.given for old in olds):
            return
        # Pooled figures have no single origin: they count as a part of the divided unit.
        share = pool.shares[bag.part].get(self.run.measure.id)
        row = CorrespondenceRow(
            pool.unit, place, "part", tuple(pool.shares[bag.part].items()), exact=False, links=bag.links
        )
        self._add(parts, row, self.total(pool).amount, _Amount(part.amount, part.exact, share, part.how))

    def _add(
        self, parts: dict[str, list[Contribution]], row: CorrespondenceRow, given: Quantity, part: _Amount
    ) -> None:
        exact = part.exact and part.amount.is_exact
        parts.setdefault(row.new, []).append(Contribution(row, _shown(given), part.share, part.how, part.amount, exact))


def to_sparse(
    correspondence: Crosswalk, measure: Measure | str, policy: Allocation | str | None = None
) -> sp.csr_array:
    """The shares as a scipy matrix: see ``Correspondence.to_sparse``."""
    with extra():
        import scipy.sparse as sp

    run = CarryRun(correspondence, measure, policy)
    name = run.measure.weight if run.measure.type == "rate" else run.measure.id
    columns = {new: i for i, new in enumerate(correspondence.news)}
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
