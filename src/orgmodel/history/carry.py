"""Figures of old units as figures of new ones.

A count is divided by shares and adds up; a rate is weighted by its count; a category holds where all parts agree.
A share that nobody stated is refused unless the caller names a policy, and whatever a policy decides is not exact.

Whole numbers stay whole: each old unit's number is divided by largest remainder, ties going to the link that comes
first, so that the parts of every unit add up to its number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from orgmodel.acts.policies import Allocation, Bounds, Collect, Dominant, Equal
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, Refused
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.model.arithmetic import ONE
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import ColumnSort, Tabular
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.words import Language

if TYPE_CHECKING:
    from orgmodel.history.crosswalk import Crosswalk

__all__ = [
    "Carried",
    "Contribution",
    "Explanation",
]

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


BOUNDS: Final = str(Bounds())
_NO_ASSUMPTION: Final = frozenset({WHOLE, "part", STATED, REST, FIGURES, GROUND, NOTHING, NOT_GIVEN, BOUNDS})
"""The values of ``Contribution.how`` that rest on no assumption; ``part`` is the extent of a category's row."""


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


# ---- measures and policies by name


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


_NAMED: Final[Mapping[str, type[Allocation]]] = {
    "equal": Equal,
    "dominant": Dominant,
    "bounds": Bounds,
    "collect": Collect,
}
"""The policies that need nothing but their name, the same as in plans and files."""


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
