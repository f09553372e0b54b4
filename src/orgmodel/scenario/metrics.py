"""Metrics: numbers that measure a restructuring.

A metric is called with the structure in a scenario and the structure without it, both on one
day, and returns named numbers. Metrics of a single structure ignore the second one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from attrs import field, frozen

from orgmodel.model.measure import Number
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    from orgmodel.rules.rulebook import Rulebook

__all__ = [
    "DEFAULT",
    "Agencies",
    "ClusterSizes",
    "Depth",
    "Findings",
    "LeadingPosts",
    "MembersPerUnit",
    "Metric",
    "Ratio",
    "Reached",
    "Span",
    "SuperiorChanges",
    "UnitsByKind",
    "Values",
]

Values = Mapping[str, Number | None]
"""Item -> number; None where it is unknown."""


@runtime_checkable
class Metric(Protocol):
    """Numbers about a structure, or about its difference from another one.

    A metric must be pure and deterministic: equal structures give equal numbers.
    ``orgmodel.testing.check_metric`` checks this.

    >>> import orgmodel as om
    >>> class Roots:
    ...     id = "roots"
    ...
    ...     def __call__(self, structure, without, /):
    ...         return {"all": len(structure.children(structure.root()))}
    >>> metric: Metric = Roots()
    >>> now = om.structure_of([{"id": "vn"}, {"id": "a", "parent": "vn"}], day="2025-01-01")
    >>> metric.id, metric(now, now)
    ('roots', {'all': 1})
    """

    @property
    def id(self) -> str:
        """Its name in tables, ``"span"``."""

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """The numbers.

        Args:
            structure: the structure in the scenario.
            without: the structure on the same day without the scenario. To measure the baseline
                itself, it is passed for both.
        """


@frozen
class UnitsByKind:
    """How many units of each kind there are.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "ab")]
    >>> now = om.structure_of(rows, day="2025-01-01")
    >>> UnitsByKind()(now, now)
    {'centre': 1, 'province': 2}
    """

    id: str = "units"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """Kind -> number."""
        del without
        return dict(structure.counts())


@frozen
class Span:
    """How many units a unit has directly below it, by kind: the mean and the most.

    Attributes:
        kinds: kinds of the units above; if empty, all kinds with units below.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, {"id": "a", "parent": "vn", "kind": "province"},
    ...         *({"id": x, "parent": "a", "kind": "commune"} for x in "xyz")]
    >>> now = om.structure_of(rows, day="2025-01-01")
    >>> Span(("province",))(now, now)
    {'province mean': Fraction(3, 1), 'province most': 3}
    """

    kinds: tuple[str, ...] = ()
    id: str = "span"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``KIND mean`` (over units that have any below) and ``KIND most``."""
        del without
        out: dict[str, Number | None] = {}
        for kind, counts in structure.child_counts_by_kind().items():
            if self.kinds and kind not in self.kinds:
                continue
            out[f"{kind} mean"] = Fraction(sum(counts), len(counts))
            out[f"{kind} most"] = max(counts)
        return out


@frozen
class Depth:
    """How many steps there are below the root: the most, and the mean over units.

    >>> import orgmodel as om
    >>> now = om.structure_of([{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "x", "parent": "a"}], day="2025-01-01")
    >>> Depth()(now, now)
    {'most': 2, 'mean': Fraction(1, 1)}
    """

    id: str = "depth"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``most`` and ``mean``."""
        del without
        counts = structure.depth_counts()
        if not counts:
            return {}
        steps = sum(depth * number for depth, number in enumerate(counts))
        return {"most": len(counts) - 1, "mean": Fraction(steps, sum(counts))}


@frozen
class Ratio:
    """How many units of one kind there are per unit of another, such as cells per organisation.

    Attributes:
        of: the kind that is counted.
        per: the kind that it is divided by.
        id: its name in tables; derived from the kinds if empty.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "province"}, *({"id": x, "parent": "vn", "kind": "cell"} for x in "abc")]
    >>> now = om.structure_of(rows, day="2025-01-01")
    >>> Ratio("cell", "province")(now, now), Ratio("cell", "district")(now, now)
    ({'ratio': Fraction(3, 1)}, {'ratio': None})
    """

    of: str
    per: str
    id: str = ""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "id", self.id or f"{self.of} per {self.per}")

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``ratio``; unknown if there is no unit of the second kind."""
        del without
        counts = structure.counts()
        per = counts.get(self.per, 0)
        return {"ratio": Fraction(counts.get(self.of, 0), per) if per else None}


@frozen
class MembersPerUnit:
    """How many members the units of a kind have, over the units with an exact number: mean, least and most.

    Attributes:
        measure: id of the measure.
        kind: the kind of the units.
        id: its name in tables.

    >>> import orgmodel as om
    >>> rows = [{"id": "o"}, *({"id": f"c{n}", "parent": "o", "kind": "cell", "members": n} for n in (5, 9))]
    >>> now = om.structure_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> MembersPerUnit()(now, now)
    {'stated': 2, 'mean': Fraction(7, 1), 'least': 5, 'most': 9}
    """

    measure: str = "members"
    kind: str = "cell"
    id: str = "members per unit"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``mean``, ``least``, ``most``; and ``stated``, the number of units with an exact number."""
        del without
        units = set(structure.select(self.kind))
        known = [q.value for unit, q in structure.stated(self.measure).items() if unit in units and q.is_exact]
        numbers = [value for value in known if value is not None]
        if not numbers:
            return {"stated": 0}
        return {
            "stated": len(numbers),
            "mean": sum((Fraction(n) for n in numbers), Fraction()) / len(numbers),
            "least": min(numbers),
            "most": max(numbers),
        }


def _own_copy(posts: Mapping[str, int]) -> Mapping[str, int]:
    return dict(posts)


@frozen
class LeadingPosts:
    """Leading posts: how many are to be filled in new units, and how many are given up in units that end.

    Attributes:
        posts: kind -> how many leading posts a unit of it has.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "ab")]
    >>> history = om.history_of(rows, day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> LeadingPosts({"province": 3})(act.structure, history.at("2025-07-01"))
    {'in all': 3, 'to fill': 3, 'to give up': 6}
    """

    posts: Mapping[str, int] = field(converter=_own_copy)
    id: str = "leading posts"

    def __hash__(self) -> int:
        return hash((self.id, tuple(sorted(self.posts.items()))))

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``in all``, ``to fill`` and ``to give up``."""
        after = {unit for kind in self.posts for unit in structure.select(kind)}
        before = {unit for kind in self.posts for unit in without.select(kind)}

        def posts(units: set[str], where: Structure) -> int:
            return sum(self.posts.get(where.unit(unit).kind or "", 0) for unit in units)

        total = sum(number * structure.count(kind) for kind, number in self.posts.items())
        return {
            "in all": total,
            "to fill": posts(after - before, structure),
            "to give up": posts(before - after, without),
        }


@frozen
class Agencies:
    """How many agencies there are.

    >>> import orgmodel as om
    >>> schema = om.Schema(["province", om.Kind("office", agency=True)])
    >>> rows = [{"id": "p", "kind": "province"}, {"id": "a", "parent": "p", "kind": "office"}]
    >>> now = om.structure_of(rows, day="2025-01-01", schema=schema)
    >>> Agencies()(now, now)
    {'all': 1}
    """

    id: str = "agencies"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``all``."""
        del without
        return {"all": sum(n for kind, n in structure.counts().items() if structure.schema.is_agency(kind))}


@frozen
class ClusterSizes:
    """The sizes of the clusters, and the difference between the largest and the smallest.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, *({"id": x, "parent": "vn"} for x in "abc")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["c"])
    >>> ClusterSizes()(act.structure, act.structure)
    {'c1': 2, 'c2': 1, 'emulation spread': 1}
    """

    id: str = "clusters"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """The number of members of each cluster, and ``CLUSTERING spread``."""
        del without
        out: dict[str, Number | None] = {}
        for clustering in structure.clusterings():
            sizes = {c.id: len(structure.members(c.id)) for c in structure.clusters(clustering.id)}
            out |= sizes
            if sizes:
                out[f"{clustering.id} spread"] = max(sizes.values()) - min(sizes.values())
        return out


@frozen
class SuperiorChanges:
    """How many units of a kind continue under another superior, and how many members they have.

    Attributes:
        kind: the kind of the units.
        measure: id of the measure that is summed over them.
        id: its name in tables; derived from the kind if empty.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"},
    ...         {"id": "x", "parent": "a", "kind": "cell", "members": 8}]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01") as act:
    ...     act.reassign("x", "b")
    >>> SuperiorChanges()(act.structure, history.at("2025-07-01"))
    {'units': 1, 'members': 8}
    """

    kind: str = "cell"
    measure: str = "members"
    id: str = ""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "id", self.id or f"superior of {self.kind} changes")

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``units`` and ``members``; the latter is unknown if no such unit has a number of members."""
        old = without.parents_of_kind(self.kind)
        new = structure.parents_of_kind(self.kind)
        # A unit whose superior became another one has another superior, even if nobody moved it.
        moved = [unit for unit, parent in new.items() if unit in old and old[unit] != parent]
        stated = structure.stated(self.measure) if moved else {}
        known = [stated[unit].value for unit in moved if unit in stated]
        numbers = [value for value in known if value is not None]
        return {"units": len(moved), "members": sum(numbers) if numbers or not moved else None}


@frozen
class Findings:
    """The findings of a rulebook: how many in all, and how many are gained and lost.

    >>> import orgmodel as om
    >>> from orgmodel.rules.rule import rule
    >>> @rule("coded", citation="house rule 1")
    ... def coded(view):
    ...     '''A unit has a code.'''
    ...     for unit in view.units():
    ...         if not view.code(unit):
    ...             yield om.Finding("", "it has no code", units=(unit,))
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     act.recode("a", "A1")
    >>> Findings(om.Rulebook([coded]))(act.structure, history.at("2025-07-01"))
    {'coded': 1, 'coded lost': 1}
    """

    rulebook: Rulebook
    id: str = "findings"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """For each rule ``RULE``, ``RULE gained`` and ``RULE lost``, where there are any."""
        # Counted, as a rule may find several faults of the same units.
        after = Counter((f.rule, f.units) for f in structure.audit(self.rulebook).findings)
        before = (
            after if structure is without else Counter((f.rule, f.units) for f in without.audit(self.rulebook).findings)
        )
        out: Counter[str] = Counter()
        for (rule, _), times in after.items():
            out[rule] += times
        for (rule, _), times in (after - before).items():
            out[f"{rule} gained"] += times
        for (rule, _), times in (before - after).items():
            out[f"{rule} lost"] += times
        return dict(sorted(out.items()))


@frozen
class Reached:
    """Whether a number of another metric reaches a target: 1 or 0, or unknown if the number is.

    Attributes:
        metric: the metric.
        item: which of its numbers.
        target: the number to reach.
        at_most: whether the number must be at most the target; otherwise at least.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> now = om.structure_of(rows, day="2025-01-01")
    >>> Reached(UnitsByKind(), "province", 2, at_most=True)(now, now)
    {'units province <= 2': 0}
    """

    metric: Metric
    item: str
    target: Number
    at_most: bool = False
    id: str = "targets"

    def __call__(self, structure: Structure, without: Structure, /) -> Values:
        """``METRIC ITEM >= TARGET`` (or ``<=``) -> 1 or 0."""
        value = self.metric(structure, without).get(self.item)
        sign = "<=" if self.at_most else ">="
        met = None if value is None else int(value <= self.target if self.at_most else value >= self.target)
        return {f"{self.metric.id} {self.item} {sign} {self.target}": met}


DEFAULT: Final[tuple[Metric, ...]] = (
    UnitsByKind(),
    Span(),
    Depth(),
    Agencies(),
    ClusterSizes(),
)
"""The metrics of a comparison by default."""
