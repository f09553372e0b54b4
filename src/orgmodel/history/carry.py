"""Figures of old units as figures of new ones.

A count is divided by shares and adds up; a rate is weighted by its count; a category holds where all parts agree.
A share that nobody stated is refused unless the caller names a policy, and whatever a policy decides is not exact.

Whole numbers stay whole: each old unit's number is divided by largest remainder, ties going to the link that comes
first, so that the parts of every unit add up to its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from orgmodel.model.arithmetic import ONE, averaged, divide, step_of
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
    "Basis",
    "Carried",
    "Contribution",
    "Explanation",
    "OfUnmapped",
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
"""How a part of a figure is known (``Contribution.how``); any other text is a policy, or ``like its ground``."""

Basis = Literal["exact", "assumed", "rounded", "bounds", "stated"]


_BOUNDS: Final = str(Bounds())
_NO_ASSUMPTION: Final = frozenset({WHOLE, "part", STATED, REST, FIGURES, GROUND, NOTHING, NOT_GIVEN, _BOUNDS})
"""The values of ``Contribution.how`` that rest on no assumption; ``part`` is the extent of a category's row."""

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
        given: the old unit's figure; None for an unknown category.
        share: the part of the figure that was taken; None where only bounds or a category are taken.
        how: ``whole``, ``share stated``, ``the rest``, or the policy in words.
        amount: the amount that it added.
        exact: whether figure and share are facts.

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.break_down("a", [om.Unit("n"), om.Unit("s")], shares={"n": {"members": "1/3"}})
    >>> carried = history.enact(act).correspondence("2025-01-01", "2025-07-01").carry({"a": 90}, "members")
    >>> part, = carried.explain("s").parts
    >>> part.given, part.share, part.how, part.amount
    (90, Fraction(2, 3), 'share stated', Quantity(60))
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

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01", om.Source("202/2025/QH15")) as act:
    ...     _ = act.break_down("a", [om.Unit("n"), om.Unit("s")], shares={"n": {"members": "1/3"}})
    >>> carried = history.enact(act).correspondence("2025-01-01", "2025-07-01").carry({"a": 90}, "members")
    >>> explanation = carried.explain("n")
    >>> explanation.figure, explanation.exact, [act.source.number for act in explanation.acts]
    (30, True, ['202/2025/QH15'])
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

    Values are plain numbers where they are exact, else a ``Quantity`` (about, more than, unknown with bounds); of
    categories, the category or None.

    Attributes:
        correspondence: the correspondence along which they were carried.
        measure: the measure.
        policy: the policy that decided where nothing was stated; None if there was none.
        exact: new unit -> whether its figure is a fact: stated exactly, carried along
            exact rows, not rounded, no policy.
        dropped: old unit without successor -> its figure, left out with ``unmapped="drop"``.
        total_before: for counts, the sum of the old figures.
        total_after: for counts, the sum of the carried figures.

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01", om.Source("202/2025/QH15")) as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("c"))
    >>> carried = history.enact(act).correspondence("2025-01-01", "2025-07-01").carry({"a": 10, "b": 20}, "members")
    >>> carried["c"], carried.exact["c"], carried.total_before == carried.total_after
    (30, True, True)
    >>> print(carried.explain("c"))
    c: members 30 (exact)
      10 = 10 of a (whole)
        2025-07-01 a -> c: merger [202/2025/QH15]
      20 = 20 of b (whole)
        2025-07-01 b -> c: merger [202/2025/QH15]
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

    def _parts_of(self, unit: str) -> tuple[Contribution, ...]:
        return self._parts(self._names[unit]) if callable(self._parts) else self._parts[unit]

    @property
    def total_after(self) -> Quantity | None:
        """For counts, the sum of the carried figures."""
        return None if self.total_before is None else sum(map(Quantity.of, self.values()), Quantity(0))

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

        ``exact``: it is a fact. ``assumed``: a policy, or even mixing, decided about a part. ``rounded``: a whole number
        had to be divided. ``bounds``: only bounds are certain. ``stated``: it is as sure as the old figures were.

        Raises:
            KeyError: no figure was carried to it.
        """
        if self.exact[unit]:
            return "exact"
        parts = [part for part in self._parts_of(unit) if not part.exact]
        if not _NO_ASSUMPTION.issuperset(part.how.removesuffix(ROUNDED) for part in parts):
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
        return Explanation(self._names[unit], self.measure.id, self[unit], self.exact[unit], self._parts_of(unit))

    @property
    def names(self) -> Mapping[str, str]:
        """The name under which each new unit stands here (its id, code or name) -> its id."""
        return self._names

    def columns(self, names: Sequence[str], as_whole: bool | None = None) -> tuple[FrameColumn, dict[str, FrameColumn]]:
        """The column of the values, and by name the columns that say how sure they are.

        These are ``qualifier``, ``low`` and ``high`` (of numbers only), ``exact`` and ``basis``.

        Args:
            names: the units, in the order of the rows; one without a figure has null.
            as_whole: False writes numbers as decimals even where all are whole.
        """
        certainty = {
            "exact": FrameColumn([self.exact.get(name, False) for name in names], "boolean"),
            "basis": FrameColumn([self.basis(name) if name in self else None for name in names], "text"),
        }
        if self.measure.type == "category":
            return FrameColumn([category_text(self.get(name)) for name in names], "text"), certainty
        quantities = [Quantity.of(self.get(name)) for name in names]
        all_whole = all(isinstance(v, int) for q in quantities for v in (q.value, q.low, q.high) if v is not None)
        # Whole numbers may be carried as fractions, which a column of whole numbers would cut off.
        sort: ColumnSort = "whole" if all_whole and as_whole is not False else "number"
        return FrameColumn([q.value for q in quantities], sort), {
            "qualifier": FrameColumn([q.qualifier for q in quantities], "text"),
            "low": FrameColumn([q.low for q in quantities], sort),
            "high": FrameColumn([q.high for q in quantities], sort),
            **certainty,
        }

    def _columns(self) -> dict[str, FrameColumn]:
        """unit, name, the measure, qualifier, low, high, exact, basis."""
        names = list(self)
        values, certainty = self.columns(names)
        called = self.correspondence.after.called
        return {
            "unit": FrameColumn(names),
            "name": FrameColumn([called(self._names[name]) for name in names]),
            self.measure.id: values,
            **certainty,
        }


def category_text(category: Any) -> str | None:
    """A carried category as the text of a cell; several that a policy collected are joined."""
    return category if category is None or isinstance(category, str) else "; ".join(map(str, category))


# ---- measures and policies


def resolve_measure(measures: Mapping[str, Measure], measure: Measure | str) -> Measure:
    """The measure of an id; where no measures are declared, any id is a count.

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
                parts.setdefault(unit, [])  # It goes on, but without anything of its old figure.
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
        """The carried figures where whole numbers of units that each went one way are just added; None anywhere else.

        Nearly all tables are so. Contributions are worked out on demand.
        """
        if self.measure.type != "count" or self.faults or figures.inexact or total is not None:
            return None
        values = figures.values
        # Types and the smallest value are found in C; a Python loop over a million figures would take as long as all else.
        if not set(map(type, values)) <= {int} or (values and min(values) < 0):
            return None
        ids = self.ids(figures)
        if self.faults:
            # The long way finds them again, together with all others.
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
        """The carried figures of plain sums; None where new units cannot be named, which the long way says."""
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

        Zero needs no policy, and of an unknown figure no policy is needed; one that is named divides its bounds.

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
            return dict.fromkeys(news), _BOUNDS
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
        """What the policy says to a division: shares, None for bounds only, or in words why it has none."""
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
                parts.setdefault(row.new, []).append(Contribution(row, _shown(quantity), ONE, WHOLE, quantity, exact))
            elif rows:
                divided = True
            else:
                self.lose(old, quantity)
        if divided:
            _Pooling(self, by_unit).into(parts)
            place = {old: at for at, old in enumerate(by_unit)}
            for contributions in parts.values():
                contributions.sort(key=lambda part: place.get(part.row.old, len(place)))

    def lose(self, old: str, amount: Quantity, part: Fraction = ONE) -> None:
        """Refuse or drop the amount of a unit, or of a stated part of it, that has no successor."""
        if amount == 0:
            return
        if self.unmapped == "drop":
            self.dropped[old] = _shown(Quantity.of(self.dropped.get(old, 0)) + amount)
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
        return _shown(total), all(part.exact for part in parts)

    def weighed(self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]) -> tuple[Any, bool]:
        """The weighed mean of a rate, and whether it is a fact."""
        rates = [Quantity.of(part.given) for part in parts]
        mean = averaged(zip(rates, self._counts_of(new, parts, weights), strict=True))
        return _shown(mean), mean.is_exact and all(part.exact for part in parts)

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


def _shown(quantity: Quantity) -> Any:
    """A plain number where it is exact, else the quantity."""
    return quantity.value if quantity.is_exact else quantity


class _NotAllowed(ValueError):
    """A figure is no number that its measure allows."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


_Place = str | int
"""Where part of a unit's ground is: the id of a new unit, or the number of the pool in which it was divided."""


@frozen
class _Amount:
    """A part of a figure.

    Attributes:
        amount: the part.
        exact: whether it is a fact.
        share: its share of the figure of its one origin; None if it has several, or the share is not known.
        how: how the share is known.
    """

    amount: Quantity
    exact: bool
    share: Fraction | None = ONE
    how: str = WHOLE


class _Pooling:
    """Figures carried through divisions in the order of events: each division divides what was pooled there."""

    def __init__(self, run: CarryRun, by_unit: Mapping[str, Quantity]) -> None:
        self.run, self.by_unit = run, by_unit
        self.trace = run.map._trace
        self.finals = finals(self.trace.places, self.trace.pools)
        self.pools = self._needed_pools()
        self.groups = self._grouped()
        self.roots: dict[str, dict[_Place, _Amount]] = {}
        self.divided: dict[int, list[_Amount]] = {}

    def _is_divided(self, old: str) -> bool:
        """Whether an old unit went on, and not whole to one new unit."""
        rows = self.run.map[old]
        return bool(rows) and rows[0].extent != "whole"

    def _needed_pools(self) -> list[Pool]:
        """The pools in which something of the units with figures was divided, in order."""
        pools: dict[int, Pool] = {}

        def add(pool: Pool) -> None:
            if pool.number not in pools:
                pools[pool.number] = pool
                for bag in pool.bags:
                    if bag.pool is not None:
                        add(bag.pool)

        for old in self.by_unit:
            if not (len(self.run.map[old]) == 1 and self.run.map[old][0].extent == "whole"):
                for cell in self.trace.cells.get(old, {}).values():
                    for bag in cell.bags:
                        if bag.pool is not None:
                            add(bag.pool)
        return [pools[number] for number in sorted(pools)]

    def _grouped(self) -> dict[str, dict[_Place, list[str]]]:
        """Old unit -> where its ground is -> the atoms there; of the units that were divided or moved apart."""
        trace = self.trace
        groups_of: dict[str, dict[_Place, list[str]]] = {}
        for pool in self.pools:
            for bag in pool.bags:
                if bag.pool is None and bag.atom not in OFF_RECORD:
                    groups_of.setdefault(trace.unit_of(bag), {}).setdefault(pool.number, []).append(bag.atom)
        for old in filter(self._is_divided, self.by_unit):
            groups = groups_of.setdefault(old, {})
            for place, cell in trace.cells.get(old, {}).items():
                atoms = [*(trace.staying(old) if cell.stays else ()), *trace.going(old, place)]
                atoms += [bag.atom for bag in cell.bags if bag.pool is None]
                if atoms:
                    groups.setdefault(place, []).extend(atoms)
        return groups_of

    def parts_by_place(self, old: str) -> dict[_Place, _Amount]:
        """The parts of an old unit's figure by place, before anything is divided by links."""
        parts = self.roots.get(old)
        if parts is None:
            parts = self.roots[old] = self._apart(old)
        return parts

    def _apart(self, old: str) -> dict[_Place, _Amount]:
        groups = self.groups[old]
        quantity = self.by_unit.get(old)
        if quantity is None:
            return {place: _Amount(Quantity.unknown(0), False, None, NOT_GIVEN) for place in groups}
        if len(groups) == 1:
            return {place: _Amount(quantity, quantity.is_exact) for place in groups}
        shares_and_how = self._shares_of_ground(quantity, groups.values()) or self._shares_by_policy(
            old, quantity, groups
        )
        if shares_and_how is None:
            return {}
        shares, how = shares_and_how
        # By largest remainder, in steps of the last decimal place of the figures: the parts add up to the figure.
        amounts = divide(quantity, shares, self.run.step)
        return {
            place: _Amount(part.amount, how == GROUND, share, how)
            for place, part, share in zip(groups, amounts, shares, strict=False)
        }

    def _shares_of_ground(
        self, quantity: Quantity, groups: Iterable[Sequence[str]]
    ) -> tuple[Sequence[Fraction | None], str] | None:
        """The shares by the figures of the ground, and how sure they are; None if one of these is not known."""
        weights = [self._weight(atoms) for atoms in groups]
        known = [weight for weight in weights if weight is not None]
        total = sum(known, Fraction(0))
        if len(known) < len(weights) or not total:
            return None
        # Weights that do not add up to the figure are of another count of the same ground.
        is_same = quantity.is_exact and total == Fraction(quantity.value or 0)
        return [weight / total for weight in known], GROUND if is_same else "like its ground"

    def _shares_by_policy(
        self, old: str, quantity: Quantity, places: Iterable[_Place]
    ) -> tuple[Sequence[Fraction | None], str] | None:
        """The shares that the policy gives, and its name; None, and a fault, if it gives none."""
        rows = [self._row_to(old, place) for place in places]
        by_policy = self.run.asked(old, rows, quantity)
        return None if by_policy is None else ([by_policy[0][row.new] for row in rows], by_policy[1])

    def _row_to(self, old: str, place: _Place) -> CorrespondenceRow:
        """A row from an old unit to a place, for a policy: as the table has it, or without shares."""
        label = self._label(place)
        row = next((row for row in self.run.map[old] if row.new == label), None)
        if row is None:
            return CorrespondenceRow(old, label, "part", dominant=False)
        return CorrespondenceRow(old, label, "part", row.shares, row.dominant, row.dominant_by)

    def _weight(self, atoms: Iterable[str]) -> Fraction | None:
        """The sum of the figures of atoms on the first day; None if one is not exact."""
        total = Fraction(0)
        for atom in atoms:
            figure = self.trace.before.figure(atom, self.run.measure.id)
            if figure is None or not figure.is_exact:
                return None
            total += Fraction(figure.value or 0)
        return total

    def _label(self, place: _Place) -> str:
        """The new unit in which all of a place ends; else the unit that was divided there."""
        if isinstance(place, str):
            return place
        pool = self.trace.pools[place]
        ends = set().union(*(self.finals.get((place, part), set()) for part in range(pool.size)))
        return next(iter(ends)) if len(ends) == 1 else pool.unit

    # ---- pools

    def in_bag(self, bag: Bag) -> _Amount:
        """The part of the figures that is in a bag of a pool."""
        if bag.pool is not None:
            return self.divided[bag.pool.number][bag.part]
        if bag.atom in OFF_RECORD:
            # Ground from nowhere brings no figure, but takes its part when the pool is divided.
            return _Amount(Quantity(0) if bag.atom == NEW else Quantity.unknown(0), False, None)
        return _Amount(Quantity(0), True)

    def total(self, pool: Pool) -> _Amount:
        """The part of the figures that a pool divided."""
        olds = {self.trace.unit_of(b): None for b in pool.bags if b.pool is None and b.atom not in OFF_RECORD}
        amounts = [self.parts_by_place(old).get(pool.number, _Amount(Quantity(0), False)) for old in olds]
        amounts += [self.in_bag(bag) for bag in pool.bags if bag.pool is not None or bag.atom in OFF_RECORD]
        share = amounts[0].share if len(amounts) == 1 else None
        return _Amount(
            sum((a.amount for a in amounts), Quantity(0)), all(a.exact for a in amounts), share, amounts[0].how
        )

    def divide(self, pool: Pool) -> list[_Amount]:
        """The parts into which a pool divided the figures."""
        total = self.total(pool)
        shares = self._shares(pool, total.amount)
        if shares is None:
            return [_Amount(Quantity(0), False, None, "")] * pool.size
        divided = []
        for (share, how, sure), part in zip(
            shares, divide(total.amount, [share for share, _, _ in shares], self.run.step), strict=False
        ):
            exact = total.exact and sure and (part.amount == 0 or (part.basis == "exact" and part.amount.is_exact))
            of_origin = None if share is None or total.share is None else share * total.share
            divided.append(_Amount(part.amount, exact, of_origin, how + ROUNDED if part.basis == "rounded" else how))
        return divided

    def _shares(self, pool: Pool, amount: Quantity) -> list[tuple[Fraction | None, str, bool]] | None:
        """(share, how it is known, whether it is a fact) of each part; None, and a fault, if the policy gives none."""
        measure = self.run.measure.id
        stated = FIGURES if measure in pool.from_act else STATED
        shares: list[tuple[Fraction | None, str, bool]] = [
            (part.get(measure), REST if measure in rests else stated, True)
            for part, rests in zip(pool.shares, pool.rests, strict=True)
        ]
        remainder = ONE - sum((share for share, _, _ in shares if share is not None), Fraction(0))
        by_end: dict[str, list[int]] = {}
        for part in range(len(pool.ways)):
            if shares[part][0] is None:
                by_end.setdefault(self._end(pool, part), []).append(part)
        # Behind the parts of the links there may be one more, which is lost.
        lossy = pool.size > len(pool.ways)
        of_ends, how = self._shares_of_ends(pool, by_end, amount, lossy)
        if by_end and not how:
            return None
        for end, (first, *others) in by_end.items():
            share, sure = of_ends[end], how in (REST, NOTHING)
            # The first part of an end takes all that goes there.
            shares[first] = None if share is None else share * remainder, how, sure
            for part in others:
                shares[part] = None if share is None else Fraction(0), how, sure
        if lossy and shares[-1][0] is None and None not in of_ends.values():
            # What is lost is what no part takes: all that is left, or nothing.
            shares[-1] = (Fraction(0) if by_end else remainder, *shares[-1][1:])
        return shares

    def _shares_of_ends(
        self, pool: Pool, by_end: Mapping[str, list[int]], amount: Quantity, lossy: bool
    ) -> tuple[Mapping[str, Fraction | None], str]:
        """The shares of the ends of parts without a stated share, and how they are known; no words if they are not."""
        if not by_end:
            return {}, ""
        if len(by_end) == 1 and not lossy:
            # All parts without a share went to one unit in the end, so how they differ does not matter.
            return dict.fromkeys(by_end, ONE), REST
        rows = [self._row_of_parts(pool, end, parts) for end, parts in by_end.items()]
        return self.run.asked(pool.unit, rows, amount) or ({}, "")

    def _end(self, pool: Pool, part: int) -> str:
        """The new unit in which all of a part ends; else the unit that it went to first."""
        ends = self.finals.get((pool.number, part), set())
        return next(iter(ends)) if len(ends) == 1 else pool.ways[part].new

    def _row_of_parts(self, pool: Pool, end: str, parts: Sequence[int]) -> CorrespondenceRow:
        """A row from a divided unit to where some of its parts end, for a policy."""
        ways = [pool.ways[part] for part in parts]
        dominant_by = next((way.dominant_by for way in ways if way.dominant_by), "")
        shares = tuple(pool.shares[parts[0]].items())
        return CorrespondenceRow(pool.unit, end, "part", shares, any(way.dominant for way in ways), dominant_by)

    # ---- contributions

    def into(self, parts: dict[str, list[Contribution]]) -> None:
        """Add the contributions to each new unit; an amount without a successor is refused or dropped."""
        # In the order of events, so that a pool finds the parts of the pools before it.
        for pool in self.pools:
            self.divided[pool.number] = self.divide(pool)
        for old in filter(self._is_divided, self.by_unit):
            row_of = {row.new: row for row in self.run.map[old]}
            for place, part in self.parts_by_place(old).items():
                if place in NOWHERE:
                    self.run.lose(old, part.amount, part.share or ONE)
                elif isinstance(place, str):
                    self._add(parts, row_of[place], self.by_unit[old], part)
        needed = {pool.number for pool in self.pools}
        for new, bags in self.trace.places.items():
            for bag in bags:
                if bag.pool is not None and bag.pool.number in needed:
                    self._add_bag(parts, new, bag, bag.pool)

    def _add_bag(self, parts: dict[str, list[Contribution]], new: str, bag: Bag, pool: Pool) -> None:
        """Add the contribution of a bag that is in a new unit, or nowhere, at last."""
        part = self.divided[pool.number][bag.part]
        origins = self.trace.origins(bag)
        only = next(iter(origins)) if len(origins) == 1 and OFF_RECORD.isdisjoint(origins) else None
        if new in NOWHERE:
            if part.amount.is_known or part.how == NOT_GIVEN:
                self.run.lose(only or pool.unit, part.amount, part.share or ONE)
        elif only is not None and only in self.by_unit:
            row = next(row for row in self.run.map[only] if row.new == new)
            self._add(parts, row, self.by_unit[only], part)
        elif not self.by_unit.keys().isdisjoint(origins):
            # Pooled figures have no single origin: they count as a part of the divided unit.
            shares = pool.shares[bag.part]
            row = CorrespondenceRow(pool.unit, new, "part", tuple(shares.items()), exact=False, links=bag.links)
            of_pool = evolve(part, share=shares.get(self.run.measure.id))
            self._add(parts, row, self.total(pool).amount, of_pool)

    @staticmethod
    def _add(parts: dict[str, list[Contribution]], row: CorrespondenceRow, figure: Quantity, part: _Amount) -> None:
        exact = part.exact and part.amount.is_exact
        contribution = Contribution(row, _shown(figure), part.share, part.how, part.amount, exact)
        parts.setdefault(row.new, []).append(contribution)


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
