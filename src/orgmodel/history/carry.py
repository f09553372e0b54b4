"""Figures of old units as figures of new ones.

Three sorts of measure, three ways: a count is divided by shares and adds up; a rate is
weighed by its count; a category holds where all agree. What nobody stated is refused
unless the caller names a policy, and whatever a policy decided is marked as not exact.

Whole numbers stay whole: each old unit's number is divided by largest remainder, ties
going to the link that comes first, so that every unit's total is kept to the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy as np
from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.history import columns_out as frames
from orgmodel.history.unit_directory import register_of
from orgmodel.model.measure import UNKNOWN, Measure, Number, Quantity

if TYPE_CHECKING:
    import scipy.sparse as sp

    from orgmodel.history.correspondence import Correspondence, Row

By = Literal["id", "code", "name"]
OfUnmapped = Literal["refuse", "drop"]
ONE: Final = Fraction(1)


class Division(Protocol):
    """How what is not stated of a divided unit is to be divided.

    Called with the old unit, its rows whose share is not known, and the measure. It
    returns the part for each new unit, adding up to 1, or a text that says why it
    cannot tell.
    """

    def __call__(self, old: str, rows: Sequence[Row], measure: str, /) -> Mapping[str, Fraction] | str:
        """The part for each new unit, or why there is none."""
        ...


@frozen
class Equal:
    """Every successor gets the same.

    >>> equal("a", [], "members")
    {}
    """

    def __call__(self, _old: str, rows: Sequence[Row], _measure: str, /) -> Mapping[str, Fraction] | str:
        """The same part for each."""
        return {row.new: Fraction(1, len(rows)) for row in rows}

    def __str__(self) -> str:
        return "equal parts"


@frozen
class Dominant:
    """The dominant successor gets all; refused where nobody named one."""

    def __call__(self, _old: str, rows: Sequence[Row], _measure: str, /) -> Mapping[str, Fraction] | str:
        """All for the dominant one."""
        if not any(row.dominant for row in rows):
            return "no source names the dominant one"
        return {row.new: Fraction(row.dominant) for row in rows}

    def __str__(self) -> str:
        return "all to the dominant successor"


def _weights(weights: Mapping[Any, Any] | None) -> dict[Any, Fraction] | None:
    return None if weights is None else {key: Fraction(value) for key, value in weights.items()}


@frozen
class ByMeasure:
    """Divided like another measure.

    Attributes:
        measure: id of that measure; its shares on the links are used.
        weights: where it is given: new unit, or (old, new), -> a number to divide by,
            instead of shares on the links.

    >>> by_measure("area", {"x": 3, "y": 1})
    by_measure('area', 2 weights)
    """

    measure: str
    weights: Mapping[Any, Fraction] | None = field(default=None, converter=_weights)

    def __call__(self, old: str, rows: Sequence[Row], _measure: str, /) -> Mapping[str, Fraction] | str:
        """Parts in proportion to the other measure."""
        if self.weights is None:
            known = {row.new: row.share(self.measure) for row in rows}
            blank = [new for new, share in known.items() if share is None]
            if blank:
                return f"no share of {self.measure!r} is stated towards {', '.join(blank)} either"
            parts = {new: share for new, share in known.items() if share is not None}
        else:
            found = {row.new: self.weights.get((old, row.new), self.weights.get(row.new)) for row in rows}
            blank = [new for new, weight in found.items() if weight is None]
            if blank:
                return f"there is no weight {self.measure!r} for {', '.join(blank)}"
            parts = {new: weight for new, weight in found.items() if weight is not None}
            if any(weight < 0 for weight in parts.values()):
                return f"a weight {self.measure!r} is negative"
        total = sum(parts.values(), Fraction(0))
        if total == 0:
            return f"the weights {self.measure!r} of its successors add up to 0, so nothing says how to divide"
        return {new: part / total for new, part in parts.items()}

    def __str__(self) -> str:
        return f"in proportion to {self.measure}"

    def __repr__(self) -> str:
        weights = "" if self.weights is None else f", {len(self.weights)} weights"
        return f"by_measure({self.measure!r}{weights})"


@frozen
class Bounds:
    """Nothing is divided: each successor has an unknown number, with the bounds that are certain."""

    def __str__(self) -> str:
        return "bounds only"


@frozen
class Collect:
    """Categories that differ are all kept, as a sorted tuple. Only for categories."""

    def __str__(self) -> str:
        return "all categories kept"


Policy = Division | Bounds | Collect
"""What decides where nothing is stated."""

equal: Final = Equal()
dominant: Final = Dominant()
bounds: Final = Bounds()
collect: Final = Collect()
POLICIES: Final[Mapping[str, Policy]] = {
    "equal": equal,
    "dominant": dominant,
    "bounds": bounds,
    "collect": collect,
}
"""The policies that need nothing but their name."""


def by_measure(measure: str, weights: Mapping[Any, Any] | None = None) -> ByMeasure:
    """The policy that divides like another measure, or by weights of the new units."""
    return ByMeasure(measure, weights)


@frozen
class Contribution:
    """What one old unit brought to one new unit.

    Attributes:
        row: the row of the correspondence, with its links and acts.
        given: the old unit's figure; None of a category that is not known.
        share: the part of it that was taken; None where only bounds or a category are taken.
        how: ``whole``, ``share stated``, ``the rest``, or the policy in words.
        amount: what it added.
        exact: whether all of that is a fact.
    """

    row: Row
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


class Carried(dict[str, Any]):
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
        correspondence: Correspondence,
        measure: Measure,
        policy: Policy | None,
        exact: Mapping[str, bool],
        parts: Mapping[str, tuple[Contribution, ...]],
        dropped: Mapping[str, Any],
        total_before: Quantity | None,
        names: Mapping[str, str],
    ) -> None:
        super().__init__(values)
        self.correspondence, self.measure, self.policy = correspondence, measure, policy
        self.exact, self.dropped, self.total_before = exact, dropped, total_before
        self._parts, self._names = parts, names

    @property
    def total_after(self) -> Quantity | None:
        """Of counts, the sum of what came out."""
        return None if self.total_before is None else _sum(Quantity.of(v) for v in self.values())

    @property
    def all_exact(self) -> bool:
        """Whether every figure is a fact."""
        return all(self.exact.values())

    def explain(self, unit: str) -> Explanation:
        """Where the figure of a new unit comes from, with the links and acts.

        Raises:
            KeyError: no figure was carried to it.
        """
        return Explanation(self._names[unit], self.measure.id, self[unit], self.exact[unit], self._parts[unit])

    def to_polars(self) -> Any:
        """A polars frame: unit, the measure, qualifier, low, high, exact."""
        return self._frame("polars")

    def to_pandas(self) -> Any:
        """A pandas frame: unit, the measure, qualifier, low, high, exact."""
        return self._frame("pandas")

    def _frame(self, sort: frames.Sort, unit: str = "unit", value: str | None = None, whole: bool | None = None) -> Any:
        numeric = self.measure.type != "category"
        if whole is None:
            whole = numeric and all(isinstance(v, int) for q in self.values() for v in _numbers(Quantity.of(q)))
        rows = ((name, v, self.exact[name]) for name, v in self.items())
        return frames.write(sort, unit, value or self.measure.id, rows, numeric=numeric, whole=whole)


def _numbers(quantity: Quantity) -> Iterator[Number]:
    return (v for v in (quantity.value, quantity.low, quantity.high) if v is not None)


def _sum(quantities: Iterable[Quantity]) -> Quantity:
    total = Quantity(0)
    for quantity in quantities:
        total = total + quantity
    return total


# ---- the way in and out


def carry(
    correspondence: Correspondence,
    values: Any,
    measure: Measure | str,
    policy: Policy | str | None = None,
    weights: Any = None,
    total: Any = None,
    unit: str = "unit",
    value: str | None = None,
    by: By = "id",
    unmapped: OfUnmapped = "refuse",
) -> Any:
    """Carried figures in the type that was given: see ``Correspondence.carry``."""
    run = _Carrying(correspondence, measure, policy, by, unmapped)
    figures = run.read(values, unit, value or run.measure.id)
    carried = run.account(figures, run.read_weights(weights, unit), total)
    if figures.sort == "mapping":
        return carried
    if figures.sort == "array":
        return _array(carried, correspondence.news, figures)
    whole = figures.whole and run.measure.type == "count"
    return carried._frame(figures.sort, unit, value or run.measure.id, whole)


def account(
    correspondence: Correspondence,
    values: Any,
    measure: Measure | str,
    policy: Policy | str | None = None,
    weights: Any = None,
    total: Any = None,
    unit: str = "unit",
    value: str | None = None,
    by: By = "id",
    unmapped: OfUnmapped = "refuse",
) -> Carried:
    """Carried figures as a mapping that can explain them: see ``Correspondence.account``."""
    run = _Carrying(correspondence, measure, policy, by, unmapped)
    figures = run.read(values, unit, value or run.measure.id)
    return run.account(figures, run.read_weights(weights, unit), total)


def _array(carried: Carried, news: Sequence[str], figures: frames.Figures) -> Any:
    if carried.measure.type == "category":
        return np.array([carried.get(new) for new in news], dtype=object)
    nothing = Quantity(0) if carried.measure.type == "count" else UNKNOWN
    found = [Quantity.of(carried.get(new, nothing)).value for new in news]
    if figures.whole and all(isinstance(v, int) for v in found):
        return np.array(found, dtype=np.int64)
    return np.array([np.nan if v is None else float(v) for v in found])


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


def resolve_policy(policy: Policy | str | None) -> Policy | None:
    """The policy that a name stands for.

    Raises:
        Refused: no policy has the name.

    >>> resolve_policy("equal")
    Equal()
    """
    if policy is None or not isinstance(policy, str):
        return policy
    if policy not in POLICIES:
        known = ", ".join(POLICIES)
        raise Refused(
            "a policy", [Finding("policy", f"there is no policy {policy!r} (there are {known}, and by_measure)")]
        )
    return POLICIES[policy]


_Way = tuple["Row", Fraction | None, str, bool]
"""A row, the part to take (None: bounds), how it is known, and whether it is a fact."""


class _Carrying:
    """One carrying: what it knows, and the faults it found so far."""

    def __init__(
        self,
        correspondence: Correspondence,
        measure: Measure | str,
        policy: Policy | str | None,
        by: By = "id",
        unmapped: OfUnmapped = "refuse",
    ) -> None:
        self.map = correspondence
        self.measure = resolve_measure(correspondence.measures, measure)
        self.policy = resolve_policy(policy)
        self.by, self.unmapped = by, unmapped
        self.faults: list[Finding] = []
        if unmapped not in ("refuse", "drop"):
            self.faults.append(Finding("unmapped", f"unmapped is 'refuse' or 'drop', not {unmapped!r}"))
        if by not in ("id", "code", "name"):
            raise Refused("figures", [Finding("by", f"units are named by id, code or name, not by {by!r}")])

    def fault(self, rule: str, message: str, unit: str | None = None, row: int | None = None) -> None:
        units = () if unit is None else (unit,)
        self.faults.append(Finding(rule, message, units, day=self.map.start, row=row))

    # ---- reading

    def read(self, values: Any, unit: str, value: str) -> frames.Figures:
        return frames.read(values, self.map.olds, unit, value)

    def read_weights(self, weights: Any, unit: str) -> dict[str, Fraction] | None:
        if self.measure.type != "rate":
            if weights is not None:
                self.fault("weights", f"{self.measure.id!r} is a {self.measure.type}; only a rate is weighed")
            return None
        if weights is None:
            self.fault("weights", f"{self.measure.id!r} is a rate; give weights= of {self.measure.weight!r}")
            return {}
        figures = frames.read(weights, self.map.olds, unit, self.measure.weight or "")
        found: dict[str, Fraction] = {}
        for row, (id_, given) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            plain = given.value if isinstance(given, Quantity) else given
            weight = None if plain is None else frames.number(plain)
            if id_ is None or plain is None:
                continue
            if weight is None or weight < 0:
                self.fault("weights", f"the weight {given!r} is no number of 0 or more", id_, row)
            else:
                found[id_] = Fraction(weight)
        return found

    def ids(self, figures: frames.Figures) -> list[str | None]:
        """The id of each row's unit; None, and a fault, where it names none of the first day."""
        if figures.sort == "array":
            return list(figures.units)
        named = self._named
        found: list[str | None] = []
        seen: dict[str, int] = {}
        for row, name in enumerate(figures.units, 1):
            units = named(name)
            if len(units) != 1:
                self.fault("unit", self._why_not(name, units), name, row)
                found.append(None)
            elif units[0] in seen:
                self.fault("unit-once", f"{name!r} is in row {seen[units[0]]} already", name, row)
                found.append(None)
            else:
                seen[units[0]] = row
                found.append(units[0])
        return found

    @property
    def _named(self) -> Callable[[str], Sequence[str]]:
        olds = self.map.olds
        if self.by == "id":
            known = frozenset(olds)
            return lambda name: (name,) if name in known else ()
        table: dict[str, list[str]] = {}
        for old in olds:
            unit = self.map.before.unit(old)
            key = unit.code if self.by == "code" else unit.name
            if key is not None:
                table.setdefault(key, []).append(old)
        return lambda name: table.get(name, ())

    def _why_not(self, name: str, units: Sequence[str]) -> str:
        if units:
            return f"{len(units)} units bear the {self.by} {name!r}: {', '.join(units[:5])}; give ids, or a kind"
        history = self.map._history
        kind = f" of kind {self.map.kind!r}" if self.map.kind else ""
        told = "" if history is None else register_of(history).tell(name, self.by, self.map.start, self.map.kind)
        return told or f"no unit{kind} has the {self.by} {name!r} on {self.map.start}"

    def given(self, figures: frames.Figures) -> dict[str, Any]:
        """Old unit -> its figure, checked."""
        found: dict[str, Any] = {}
        for row, (id_, value) in enumerate(zip(self.ids(figures), figures.values, strict=True), 1):
            if id_ is None:
                continue
            if self.measure.type == "category":
                found[id_] = value
            else:
                found[id_] = self.quantity(value, id_, row)
        return found

    def quantity(self, value: Any, unit: str, row: int) -> Quantity:
        count = self.measure.type == "count"
        if value is None:
            return Quantity.unknown(0) if count else UNKNOWN
        given = value if isinstance(value, Quantity) else None
        parts: list[Number | None] = []
        for part in (value,) if given is None else (given.value, given.low, given.high):
            plain = None if part is None else frames.number(part)
            if part is not None and plain is None:
                self.fault("number", f"{value!r} is not a number", unit, row)
                return UNKNOWN
            if count and plain is not None:
                if plain < 0 or plain != int(plain):
                    wrong = "negative" if plain < 0 else "a fraction"
                    self.fault("count", f"{self.measure.id!r} counts, and {value} is {wrong}", unit, row)
                    return UNKNOWN
                plain = int(plain)
            parts.append(plain)
        if given is None:
            return Quantity(parts[0])
        low = 0 if count and parts[1] is None else parts[1]
        return Quantity(parts[0], given.qualifier, low, parts[2])

    # ---- carrying

    def account(self, figures: frames.Figures, weights: dict[str, Fraction] | None, total: Any) -> Carried:
        given = self.given(figures)
        before = None
        if self.measure.type == "count":
            before = _sum(given.values())
            if total is not None and not self.faults and before != Quantity.of(total):
                self.fault("total", f"the figures add up to {before}, not to {Quantity.of(total)} as stated")
        elif total is not None:
            self.fault("total", f"{self.measure.id!r} is a {self.measure.type} and has no total")
        self.dropped: dict[str, Any] = {}
        parts: dict[str, list[Contribution]] = {}
        reached = dict.fromkeys(row.new for old in given for row in self.map[old])
        if self.measure.type == "count":
            self.counts(given, parts)
        else:
            self.others(given, parts)
        for new in reached:
            # What flows in from units that were not given is not zero but unknown.
            for row in self.map.into(new):
                if row.old not in given:
                    nothing = Quantity.unknown(0) if self.measure.type == "count" else None
                    parts.setdefault(new, []).append(Contribution(row, nothing, None, "not given", nothing, False))
        order = [new for new in self.map.news if new in parts]
        values, exact = {}, {}
        for new in order:
            if self.measure.type == "count":
                values[new], exact[new] = self.added(parts[new])
            elif self.measure.type == "rate":
                values[new], exact[new] = self.weighed(new, parts[new], weights or {})
            else:
                values[new], exact[new] = self.agreed(new, parts[new])
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

    def out_names(self, news: Sequence[str]) -> dict[str, str]:
        if self.by == "id":
            return {new: new for new in news}
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

    def ways(self, old: str, rows: Sequence[Row], measure: str, *, divisible: bool = True) -> list[_Way] | None:
        """How much goes along each row; None, and a fault, if nobody says.

        Nobody has to say how to divide 0, or what is not known.
        """
        known = {row.new: row.share(measure) for row in rows}
        blank = [row for row in rows if known[row.new] is None]
        ways: list[_Way] = []
        rest = ONE - sum((share for share in known.values() if share is not None), Fraction(0))
        parts: Mapping[str, Fraction | None] = {}
        how = ""
        if len(blank) == 1 and not self.map.is_partly_lost(old):
            parts, how = {blank[0].new: ONE}, "the rest"
        elif blank and (not divisible or isinstance(self.policy, Bounds)):
            parts, how = {row.new: None for row in blank}, str(bounds) if divisible else "nothing to divide"
        elif blank:
            said: Mapping[str, Fraction] | str = ""
            if isinstance(self.policy, Collect):
                said = "'collect' is for categories and does not say how to divide a number"
            elif self.policy is not None and not isinstance(self.policy, Bounds):
                said = self.policy(old, blank, measure)
            if isinstance(said, str):
                heirs = ", ".join(row.new for row in blank)
                why = said or "give a policy: equal, dominant, bounds or by_measure"
                self.fault("share", f"no share of {measure!r} is stated towards {heirs}; {why}", old)
                return None
            if sum(said.values()) != 1 or set(said) != {row.new for row in blank} or min(said.values()) < 0:
                self.fault("policy", f"{self.policy!r} gave {dict(said)!r}, not parts that add up to 1", old)
                return None
            parts, how = said, str(self.policy)
        for row in rows:
            share = known[row.new]
            if share is not None:
                ways.append((row, share, "whole" if row.extent == "whole" else "share stated", row.exact))
            else:
                part = parts[row.new]
                ways.append(
                    (
                        row,
                        None if part is None else part * rest,
                        how,
                        row.exact and how in ("the rest", "nothing to divide"),
                    )
                )
        return ways

    def counts(self, given: Mapping[str, Quantity], parts: dict[str, list[Contribution]]) -> None:
        for old, quantity in given.items():
            rows = self.map[old]
            if not rows:
                self.lose(old, quantity)
                continue
            if len(rows) == 1 and rows[0].extent == "whole":
                # Nearly all units: nothing is divided, and nothing need be computed.
                (row,) = rows
                exact = quantity.is_exact
                parts.setdefault(row.new, []).append(Contribution(row, _shown(quantity), ONE, "whole", quantity, exact))
                continue
            ways = self.ways(old, rows, self.measure.id, divisible=quantity.is_known and quantity != 0)
            if ways is None:
                continue
            shares = [share for _, share, _, _ in ways]
            rest = ONE - sum((share for share in shares if share is not None), Fraction(0))
            *amounts, left = _divided(quantity, shares, rest)
            if rest > 0 and None not in shares:
                self.lose(old, left[0], rest)
            for (row, share, how, sure), (amount, rounded) in zip(ways, amounts, strict=True):
                exact = sure and not rounded and quantity.is_exact
                note = f"{how}, rounded" if rounded else how
                parts.setdefault(row.new, []).append(Contribution(row, _shown(quantity), share, note, amount, exact))

    def lose(self, old: str, amount: Quantity, part: Fraction = ONE) -> None:
        """A unit, or a stated part of it, has no successor: what it brings is refused or dropped."""
        if amount == 0:
            return
        if self.unmapped == "drop":
            self.dropped[old] = _shown(amount)
            return
        act = self.map.act_of(old)
        why = f" (closed by {act.source.cited})" if act is not None else ""
        what = "it has no successor" if part == ONE else f"{part} of it has no successor"
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
        total = _sum(part.amount for part in parts)
        return _shown(total), all(part.exact for part in parts)

    def weighed(self, new: str, parts: Sequence[Contribution], weights: Mapping[str, Fraction]) -> tuple[Any, bool]:
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
        value = float(mean) if floats else frames.plain(mean)
        sure = all(r.is_exact for r in rates)
        return (value if sure else Quantity(value, "about")), exact and sure

    def agreed(self, new: str, parts: Sequence[Contribution]) -> tuple[Any, bool]:
        found = {part.given for part in parts}
        exact = all(part.exact for part in parts) and None not in found
        if len(found) == 1:
            return next(iter(found)), exact
        if isinstance(self.policy, Collect):
            return tuple(sorted(str(value) for value in found if value is not None)), False
        if None in found and len(found) == 2:
            return None, False
        told = ", ".join(f"{part.row.old} is {part.given!r}" for part in parts)
        self.fault("category", f"{self.measure.id!r} does not combine: {told}; policy='collect' keeps all", new)
        return None, False


def _shown(quantity: Quantity) -> Any:
    """A plain number where it is known to be just that."""
    return quantity.value if quantity.is_exact else quantity


def _divided(quantity: Quantity, shares: Sequence[Fraction | None], rest: Fraction) -> list[tuple[Quantity, bool]]:
    """The quantity along each way, and whether it had to be rounded; last what is left over.

    Args:
        quantity: a count.
        shares: the part along each way; None takes bounds of what the others leave.
        rest: what the stated shares leave.
    """
    parts: list[tuple[Quantity, bool]] = []
    whole = _largest_remainder(quantity.value, [*(s or Fraction(0) for s in shares), rest])
    for share, value in zip([*shares, rest], whole, strict=True):
        if share is None:
            # Of an exact number, what the stated shares leave once they are rounded.
            high = whole[-1] if quantity.is_exact else quantity.high and ceil(Fraction(quantity.high) * rest)
            parts.append((Quantity.unknown(0, high) if high != 0 else Quantity(0), False))
        elif share == ONE:
            parts.append((quantity, False))
        else:
            low = None if quantity.low is None else floor(Fraction(quantity.low) * share)
            high = None if quantity.high is None else ceil(Fraction(quantity.high) * share)
            rounded = value is not None and Fraction(quantity.value or 0) * share != value
            parts.append((Quantity(value, quantity.qualifier, low, high), rounded))
    return parts


def _largest_remainder(value: Number | None, shares: Sequence[Fraction]) -> list[int | None]:
    """A whole number divided into whole numbers in proportion; a tie goes to the first.

    >>> _largest_remainder(10, [Fraction(1, 3)] * 3)
    [4, 3, 3]
    """
    if value is None:
        return [None] * len(shares)
    ideal = [Fraction(value) * share for share in shares]
    found = [floor(part) for part in ideal]
    order = sorted(range(len(shares)), key=lambda i: (found[i] - ideal[i], i))
    for i in order[: int(value) - sum(found)]:
        found[i] += 1
    return list(found)


def to_sparse(
    correspondence: Correspondence, measure: Measure | str, policy: Policy | str | None = None
) -> sp.csr_array:
    """The shares as a scipy matrix: see ``Correspondence.to_sparse``."""
    import scipy.sparse as sp

    run = _Carrying(correspondence, measure, policy)
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
