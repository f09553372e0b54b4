"""Policies: the choices that an operation leaves to its caller, as small callables.

Each choice is a Protocol with one call, so that a plain function will do. The ready-made policies are frozen values with
a readable repr. A policy reads the structure before the operation and decides one case; if it cannot decide it returns
None, and the operation asks the caller instead of guessing.

=========================== ========================================= =============================
choice                      Protocol                                  ready-made
=========================== ========================================= =============================
cluster of a successor      :class:`ClusterPolicy`                    :class:`JoinCluster`,
                                                                      :class:`MajorityCluster`,
                                                                      :class:`ClusterOfLargest`,
                                                                      :class:`ClusterOf`,
                                                                      :class:`LeaveAll`
figures of a divided unit   :class:`Allocation`                       :class:`GivenShares`,
                                                                      :class:`Equal`,
                                                                      :class:`ByMeasure`,
                                                                      :class:`Dominant`,
                                                                      :class:`Bounds`; for categories
                                                                      that are carried
                                                                      :class:`Collect`
which agencies are one      :class:`CounterpartPolicy`                :class:`ByCategory`,
                                                                      :class:`ByCode`,
                                                                      :class:`ByName`,
                                                                      :class:`ByNamePrefix`
offices                     :class:`OfficePolicy`                     :class:`Lapse`,
                                                                      :class:`CarryOver`
categories and ratings      :class:`RatingPolicy`                     :class:`KeepIfEqual`,
                                                                      :class:`InheritNothing`,
                                                                      :class:`LowestGrade`
a whole merger              :class:`MergerRule`                       ``operations.PolicyMerger``
=========================== ========================================= =============================
"""

# ruff: noqa: ARG002  # a policy takes all arguments of its Protocol, even those that it does not need

from __future__ import annotations

import datetime as dt
import inspect
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Protocol, TypeVar

from attrs import field, frozen

from orgmodel.acts.events import Event
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.plain import plain_fraction
from orgmodel.model.source import Source
from orgmodel.structure.structure import Structure

__all__ = [
    "Allocation",
    "Bounds",
    "ByCategory",
    "ByCode",
    "ByMeasure",
    "ByName",
    "ByNamePrefix",
    "CarryOver",
    "ClusterOf",
    "ClusterOfLargest",
    "ClusterPolicy",
    "Collect",
    "CounterpartPolicy",
    "Dominant",
    "Equal",
    "GivenShares",
    "Graded",
    "InheritNothing",
    "JoinCluster",
    "KeepIfEqual",
    "Lapse",
    "LeaveAll",
    "LowestGrade",
    "MajorityCluster",
    "MergerRule",
    "OfficePolicy",
    "Rated",
    "RatingPolicy",
    "Shares",
    "Weight",
    "register",
]

# ---- names in plans and files

P = TypeVar("P", bound=Callable[..., Any])

REGISTRY: Final[dict[str, Callable[..., Any]]] = {}
"""Name of a policy in plans and files -> the class or function that makes it from its settings."""

_NAMES: Final[dict[Any, str]] = {}
_NAMED: Final[dict[str, Any]] = {}


def register(name: str) -> Callable[[P], P]:
    """A decorator that registers a policy under a name for plans and files.

    Args:
        name: the name; it must be free.

    Returns:
        The decorator, for a class of policies (frozen, with its settings as fields) or for one function.

    Raises:
        Refused: the name belongs to another policy.

    >>> @register("docs-none")
    ... def none(structure, clustering, members):
    ...     return ()
    >>> name_of(none), name_of(LeaveAll()), name_of(lambda *_: ())
    ('docs-none', 'leave-all', None)
    """

    def named(policy: P) -> P:
        # A module that is loaded again defines the same policy again.
        if name in REGISTRY and _place(_NAMED[name]) != _place(policy):
            message = f"{name!r} stands for {_NAMED[name]!r} already; take another name"
            raise Refused("a policy", [Finding("policy", message)])
        REGISTRY[name] = policy if isinstance(policy, type) else lambda: policy
        _NAMES[policy], _NAMED[name] = name, policy
        return policy

    return named


def _place(policy: Any) -> tuple[str, str]:
    """The module and name where a policy is defined."""
    return policy.__module__, policy.__qualname__


def name_of(policy: Any) -> str | None:
    """The name of a policy in plans and files; None if it has none."""
    if type(policy) in _NAMES:
        return _NAMES[type(policy)]
    # Only functions are looked up by themselves: other values may have settings that cannot be hashed.
    return _NAMES.get(policy) if inspect.isroutine(policy) else None


# ---- clusters


class ClusterPolicy(Protocol):
    """A policy for the clusters that a successor joins.

    >>> import orgmodel as om
    >>> def alphabetical(structure, clustering, members):
    ...     return sorted(cluster for unit in members for cluster in structure.clusters_of(unit, clustering.id))[:1]
    >>> policy: ClusterPolicy = alphabetical
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["b"])
    ...     new = act.merge(["a", "b"], into=om.Unit("ab"), cluster=policy)
    >>> act.structure.clusters_of("ab")
    ('c1',)
    """

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str], /) -> Iterable[str] | None:
        """Ids of the clusters of ``clustering`` that the successor joins.

        Args:
            structure: the structure before the operation.
            clustering: the partition or cover.
            members: ids of the predecessors, sorted.

        Returns:
            At most one cluster for a partition, any number for a cover, none to join no cluster. None leaves it open:
            the successor then joins the one cluster of all predecessors, and without such a cluster the caller is asked.
        """
        ...


@register("join")
@frozen
class JoinCluster:
    """The successor joins the cluster with this id; other clusterings are left open.

    Attributes:
        cluster: id of the cluster.

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["b"])
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"), cluster=JoinCluster("c2"))
    >>> act.structure.members("c2")
    ('ab',)
    """

    cluster: str

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str]) -> Iterable[str] | None:
        """The cluster if it belongs to the clustering, else None."""
        return (self.cluster,) if structure.cluster(self.cluster).clustering == clustering.id else None


@register("leave-all")
@frozen
class LeaveAll:
    """The successor joins no cluster.

    >>> LeaveAll()(None, Clustering("emulation"), ["a", "b"])
    ()
    """

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str]) -> Iterable[str]:
        """No cluster."""
        return ()


@register("majority")
@frozen
class MajorityCluster:
    """The successor joins the cluster of most predecessors; a tie is left open.

    Predecessors in no cluster have no vote.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, *({"id": i, "parent": "a"} for i in "bc")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["c"])
    >>> majority = MajorityCluster()
    >>> majority(act.structure, Clustering("emulation"), "abc"), majority(act.structure, Clustering("emulation"), "bc")
    (('c1',), None)
    """

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str]) -> Iterable[str] | None:
        """The cluster with the most votes, None for a tie and if there is no vote."""
        votes = Counter(c for m in members for c in structure.clusters_of(m, clustering.id)).most_common(2)
        if not votes or (len(votes) == 2 and votes[0][1] == votes[1][1]):
            return None
        return (votes[0][0],)


@register("cluster-of")
@frozen
class ClusterOf:
    """The successor joins the clusters of one predecessor.

    Attributes:
        member: id of the predecessor.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["b"])
    >>> ClusterOf("b")(act.structure, Clustering("emulation"), ["a", "b"])
    ('c1',)
    """

    member: str

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str]) -> Iterable[str] | None:
        """The clusters of the predecessor; None if it is not among ``members``."""
        return structure.clusters_of(self.member, clustering.id) if self.member in members else None


@register("cluster-of-largest")
@frozen
class ClusterOfLargest:
    """The successor joins the clusters of the predecessor with the largest figure of a measure.

    Left open if the figure of a predecessor is unknown or two have the largest.

    Attributes:
        measure: id of the measure.

    >>> import orgmodel as om
    >>> rows = [{"id": "a", "members": 5}, {"id": "b", "parent": "a", "members": 7}]
    >>> with om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")]).draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a"])
    ...     _ = act.form(om.Cluster("c2", "emulation"), ["b"])
    >>> ClusterOfLargest("members")(act.structure, Clustering("emulation"), ["a", "b"])
    ('c2',)
    """

    measure: str

    def __call__(self, structure: Structure, clustering: Clustering, members: Sequence[str]) -> Iterable[str] | None:
        """The clusters of the largest predecessor."""
        sizes = {m: structure.measure(m, self.measure).value for m in members}
        known = sorted((size, m) for m, size in sizes.items() if size is not None)
        if len(known) < len(members) or (len(known) > 1 and known[-1][0] == known[-2][0]):
            return None
        return structure.clusters_of(known[-1][1], clustering.id)


# ---- figures of a unit that is divided


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


def _no_share(_measure: str) -> Fraction | None:
    return None


@frozen
class Part:
    """One of the units among which a unit is divided.

    Attributes:
        id: its id; the divided unit's own if it goes on with a part.
        children: ids of the children of the divided unit that go to it (or stay).
        dominant: whether a source names it as the successor to take if only one can be.
        share: measure -> its known share; None if it is unknown.

    >>> Part("north", ("c1", "c2")).children
    ('c1', 'c2')
    """

    id: str
    children: tuple[str, ...] = field(default=(), converter=_texts)
    dominant: bool = field(default=False, kw_only=True)
    share: Callable[[str], Fraction | None] = field(default=_no_share, kw_only=True, eq=False, repr=False)


Shares = Sequence[Fraction] | str | None
"""Shares of parts, in their order, that add up to 1; None to leave them unknown; or a text why there are none."""


class Allocation(Protocol):
    """A policy that divides a figure of a divided unit among its parts, in a draft and when figures are carried.

    >>> import orgmodel as om
    >>> def all_to_first(structure, unit, measure, parts):
    ...     return [Fraction(number == 0) for number, _ in enumerate(parts)]
    >>> policy: Allocation = all_to_first
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top", "members": 90}]
    >>> with om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")]).draft("2025-07-01") as act:
    ...     _ = act.break_down("a", [om.Unit("a1"), om.Unit("a2")], allocation=policy)
    >>> act.structure.measure("a1", "members"), act.structure.measure("a2", "members")
    (Quantity(90), Quantity(0))
    """

    def __call__(self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part], /) -> Shares:
        """Shares of the parts, in their order, that add up to 1.

        None leaves them unknown. A text says why there are none: a draft then leaves them unknown, ``carry`` refuses.

        Args:
            structure: the structure before the operation, or of the first day.
            unit: id of the divided unit.
            measure: the count; for a rate that is carried, the count that weighs it.
            parts: the parts without a stated share.
        """
        ...


def _fractions(shares: Any) -> tuple[tuple[str, tuple[tuple[str, Fraction], ...]], ...]:
    pairs = shares.items() if isinstance(shares, Mapping) else shares
    return tuple(
        (part, tuple(sorted((m, plain_fraction(s)) for m, s in (of.items() if isinstance(of, Mapping) else of))))
        for part, of in pairs
    )


@register("given-shares")
@frozen
class GivenShares:
    """The shares that a source states; the links of the succession have them as well.

    If the shares of all parts but one are stated, that one gets the remainder.

    Attributes:
        shares: part id -> measure -> fraction (``"1/3"`` and ``Fraction(1, 3)`` alike).

    >>> GivenShares({"north": {"members": "1/3"}, "south": {"members": "2/3"}}).of("south", "members")
    Fraction(2, 3)
    """

    shares: tuple[tuple[str, tuple[tuple[str, Fraction], ...]], ...] = field(converter=_fractions)

    def of(self, part: str, measure: str) -> Fraction | None:
        """The share of a part, None if it is not stated."""
        return next((s for p, of in self.shares if p == part for m, s in of if m == measure), None)

    def __call__(
        self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]
    ) -> Sequence[Fraction] | None:
        """The stated shares, a missing one filled up to 1; None if more than one is missing."""
        shares = [self.of(part.id, measure.id) for part in parts]
        known = [share for share in shares if share is not None]
        if len(known) < len(shares) - 1 or not known:
            return None
        remainder = 1 - sum(known, Fraction(0))
        return [remainder if share is None else share for share in shares]


@register("equal")
@frozen
class Equal:
    """Every part gets the same share.

    >>> Equal()(None, "u", None, [Part("a"), Part("b")])
    [Fraction(1, 2), Fraction(1, 2)]
    """

    def __call__(
        self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]
    ) -> Sequence[Fraction] | None:
        """Equal shares."""
        return [Fraction(1, len(parts))] * len(parts)

    def __str__(self) -> str:
        return "equal parts"


Weight = tuple[str | tuple[str, str], Fraction]


def _weights(weights: Any) -> tuple[Weight, ...] | None:
    if weights is None:
        return None
    pairs = weights.items() if isinstance(weights, Mapping) else weights
    return tuple((tuple(key) if isinstance(key, list) else key, plain_fraction(weight)) for key, weight in pairs)


@register("by-measure")
@frozen
class ByMeasure:
    """Division in proportion to another measure.

    By ``weights`` if there are any; else by the shares of the measure that links or territories state; else by the
    totals of the measure over the subtrees of the children that go to each part. Children without any stated figure in
    their subtree add nothing. There are no shares if a child's total is not exact or all totals are zero.

    Attributes:
        measure: id of the other measure.
        weights: part, or (divided unit, part) -> its weight.

    >>> ByMeasure("members")(None, "u", None, [Part("a", share={"members": Fraction(1)}.get), Part("b")])
    "no share of 'members' is stated towards b either"
    >>> ByMeasure("area", {"a": 3, ("u", "b"): 1})(None, "u", None, [Part("a"), Part("b")])
    [Fraction(3, 4), Fraction(1, 4)]
    """

    measure: str
    weights: tuple[Weight, ...] | None = field(default=None, converter=_weights)

    def __call__(self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]) -> Shares:
        """Shares in proportion to the other measure."""
        weights = self._by_weights(unit, parts) if self.weights is not None else self._by_shares(structure, parts)
        if isinstance(weights, str):
            return weights
        total = sum(weights, Fraction(0))
        if total:
            return [weight / total for weight in weights]
        return f"the weights {self.measure!r} of its successors add up to 0, so nothing says how to divide"

    def _by_weights(self, unit: str, parts: Sequence[Part]) -> list[Fraction] | str:
        weights = dict(self.weights or ())
        by_part = [weights.get((unit, part.id), weights.get(part.id)) for part in parts]
        blank = [part.id for part, weight in zip(parts, by_part, strict=True) if weight is None]
        if blank:
            return f"there is no weight {self.measure!r} for {', '.join(blank)}"
        listed = [weight for weight in by_part if weight is not None]
        return f"a weight {self.measure!r} is negative" if min(listed) < 0 else listed

    def _by_shares(self, structure: Structure, parts: Sequence[Part]) -> list[Fraction] | str:
        shares = [part.share(self.measure) for part in parts]
        blank = [part.id for part, share in zip(parts, shares, strict=True) if share is None]
        if not blank:
            return [share for share in shares if share is not None]
        if not any(part.children for part in parts):
            return f"no share of {self.measure!r} is stated towards {', '.join(blank)} either"
        weights: list[Fraction] = []
        for part in parts:
            totals = [
                structure.total(self.measure, under=child) for child in part.children if self._stated(structure, child)
            ]
            if not all(total.is_exact for total in totals):
                return f"what goes to {part.id} has no known total of {self.measure!r}"
            weights.append(sum((Fraction(total.value or 0) for total in totals), Fraction(0)))
        return weights

    def _stated(self, structure: Structure, child: str) -> bool:
        track = tracks.measure_track(self.measure)
        return any(structure.slots(unit, track) for unit in (child, *structure.descendants(child)))

    def __str__(self) -> str:
        return f"in proportion to {self.measure}"


@register("dominant")
@frozen
class Dominant:
    """One part gets everything.

    Attributes:
        part: its id; empty: the part that a source names as dominant.

    >>> Dominant("a")(None, "u", None, [Part("a"), Part("b")])
    [Fraction(1, 1), Fraction(0, 1)]
    >>> Dominant()(None, "u", None, [Part("a"), Part("b")])
    'no source names the dominant one'
    """

    part: str = ""

    def __call__(self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]) -> Shares:
        """1 for the part, 0 for the others."""
        shares = [Fraction(part.id == self.part if self.part else part.dominant) for part in parts]
        if any(shares):
            return shares
        return f"{self.part!r} is none of its parts" if self.part else "no source names the dominant one"

    def __str__(self) -> str:
        return "all to the dominant successor"


@register("bounds")
@frozen
class Bounds:
    """Shares stay unknown: each part has between nothing and everything. The default of a draft.

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top", "members": 90}]
    >>> with om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")]).draft("2025-07-01") as act:
    ...     _ = act.break_down("a", [om.Unit("a1"), om.Unit("a2")], allocation=Bounds())
    >>> act.structure.measure("a1", "members")
    Quantity(unknown, 0 to 90)
    """

    def __call__(
        self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]
    ) -> Sequence[Fraction] | None:
        """None: no shares."""
        return None

    def __str__(self) -> str:
        return "bounds only"


@register("collect")
@frozen
class Collect:
    """All different categories are kept, as a sorted tuple. Only for categories that are carried.

    >>> import orgmodel as om
    >>> zones = {"a": "rural", "b": "urban"}
    >>> rows = [{"id": "top"}, *({"id": unit, "parent": "top", "zone": zone} for unit, zone in zones.items())]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("zone", "category")])
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> mapping = history.enact(act).correspondence("2025-01-01", "2025-07-01")
    >>> mapping.carry(zones, "zone", policy=Collect())["ab"]
    ('rural', 'urban')
    """

    def __call__(self, structure: Structure, unit: str, measure: Measure, parts: Sequence[Part]) -> str:
        """A text: categories are not divided."""
        return "'collect' is for categories and does not say how to divide a number"

    def __str__(self) -> str:
        return "all categories kept"


def apportion(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole numbers in proportion to ``shares`` that add up to ``total`` exactly.

    By the method of largest remainders (Hamilton): each part gets its due rounded down, and what is left goes one by one
    to the largest remainders, of equal ones to the earlier. The method is not monotone in the total (the Alabama
    paradox) and not additive over groups.

    Args:
        total: the number to divide; not negative.
        shares: fractions that add up to 1.

    >>> apportion(100, [Fraction(1, 3)] * 3)
    [34, 33, 33]
    """
    if sum(shares, Fraction(0)) != 1 or any(share < 0 for share in shares):
        message = ", ".join(map(str, shares))
        raise Refused(
            "an apportionment", [Finding("shares", f"shares add up to 1 and are not negative, not {message}")]
        )
    dues = [total * share for share in shares]
    floors = [int(due) for due in dues]
    order = sorted(range(len(dues)), key=lambda i: (floors[i] - dues[i], i))
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors


# ---- agencies


class CounterpartPolicy(Protocol):
    """A policy that finds the agencies of merging units with the same function.

    >>> import orgmodel as om
    >>> def by_first_word(structure, agency):
    ...     return structure.unit(agency).name.split()[0]
    >>> policy: CounterpartPolicy = by_first_word
    >>> schema = om.Schema(["centre", "province", om.Kind("office", agency=True)])
    >>> rows = [{"id": "vn", "kind": "centre"}]
    >>> for unit, office in [("a", "Finance of A"), ("b", "Finance of B")]:
    ...     rows += [{"id": unit, "kind": "province", "parent": "vn"},
    ...              {"id": f"{unit}-office", "kind": "office", "parent": unit, "name": office}]
    >>> with om.history_of(rows, day="2025-01-01", schema=schema).draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"), function_of=policy)
    >>> len(act.structure.children("ab"))
    1
    """

    def __call__(self, structure: Structure, agency: str, /) -> Hashable | None:
        """A key that is equal for agencies with the same function; None for an agency without a counterpart."""
        ...


@register("by-category")
@frozen
class ByCategory:
    """Agencies of one category (``"Ban Tổ chức"``) have the same function. The default.

    >>> import orgmodel as om
    >>> structure = om.structure_of([{"id": "a", "category": "Ban Tổ chức"}], day="2025-01-01")
    >>> ByCategory()(structure, "a")
    'Ban Tổ chức'
    """

    def __call__(self, structure: Structure, agency: str) -> Hashable | None:
        """The category."""
        result: str | None = structure.value(agency, tracks.CATEGORY)
        return result


@register("by-code")
@frozen
class ByCode:
    """Agencies with one code have the same function.

    >>> import orgmodel as om
    >>> ByCode()(om.structure_of([{"id": "a", "code": "B01"}], day="2025-01-01"), "a")
    'B01'
    """

    def __call__(self, structure: Structure, agency: str) -> Hashable | None:
        """The code."""
        result: str | None = structure.value(agency, tracks.CODE)
        return result


@register("by-name")
@frozen
class ByName:
    """Agencies with one name have the same function.

    >>> import orgmodel as om
    >>> ByName()(om.structure_of([{"id": "a", "name": "Finance"}], day="2025-01-01"), "a")
    'Finance'
    """

    def __call__(self, structure: Structure, agency: str) -> Hashable | None:
        """The name."""
        result: str | None = structure.value(agency, tracks.NAME)
        return result


@register("by-name-prefix")
@frozen
class ByNamePrefix:
    """The part of a name before the parent's name is the function: ``Ban Tổ chức Tỉnh ủy | Bắc Giang``.

    >>> import orgmodel as om
    >>> rows = [{"id": "p", "name": "Bắc Giang"}, {"id": "a", "name": "Ban Tổ chức Tỉnh ủy Bắc Giang", "parent": "p"}]
    >>> ByNamePrefix()(om.structure_of(rows, day="2025-01-01"), "a")
    'Ban Tổ chức Tỉnh ủy'
    """

    def __call__(self, structure: Structure, agency: str) -> Hashable | None:
        """The name without the parent's name at its end; None if it does not end so."""
        parent = structure.parent(agency)
        own = structure.value(agency, tracks.NAME)
        above = None if parent is None else structure.value(parent, tracks.NAME)
        return prefix_of(own, above)


def prefix_of(name: str | None, parent: str | None) -> str | None:
    """The part of a name before the parent's name; None if the name does not end with it.

    >>> prefix_of("Ban Tổ chức Tỉnh ủy Bắc Giang", "Bắc Giang")
    'Ban Tổ chức Tỉnh ủy'
    """
    if not name or not parent or name == parent or not name.endswith(f" {parent}"):
        return None
    return name.removesuffix(parent).rstrip()


# ---- offices


class OfficePolicy(Protocol):
    """A policy for the offices of units that end: which holders go on in the successor.

    >>> def only_first_seats(structure, members):
    ...     return {(post, seat): holder for unit in members
    ...             for (post, seat), holder in structure.slots(unit, "office").items() if seat == 1}
    >>> policy: OfficePolicy = only_first_seats
    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "top"}]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-02-01") as act:
    ...     act.change("a", "office", "P-17", ("secretary", 1))
    ...     act.change("a", "office", "P-18", ("secretary", 2))
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"), offices=policy)
    >>> act.structure.slots("ab", "office")
    {('secretary', 1): 'P-17'}
    """

    def __call__(self, structure: Structure, members: Sequence[str], /) -> Mapping[tuple[str, int], str]:
        """(post, seat) -> holder in the successor.

        Args:
            structure: the structure before the operation.
            members: ids of the predecessors that end, sorted.
        """
        ...


@register("lapse")
@frozen
class Lapse:
    """No office goes on; the operation notes each of them. The default.

    >>> Lapse()(None, ["a", "b"])
    {}
    """

    def __call__(self, structure: Structure, members: Sequence[str]) -> Mapping[tuple[str, int], str]:
        """No holder."""
        return {}


@register("carry-over")
@frozen
class CarryOver:
    """Holders go on in the successor; the seats of a post are numbered anew from 1.

    Attributes:
        posts: only these posts; empty: all.
        of: only offices in these predecessors; empty: in all.

    >>> import orgmodel as om
    >>> with om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01").draft("2025-02-01") as act:
    ...     act.change("a", "office", "P-17", ("deputy", 1))
    ...     act.change("b", "office", "P-18", ("deputy", 1))
    ...     act.change("b", "office", "P-19", ("secretary", 1))
    >>> CarryOver(posts=["deputy"])(act.structure, ["a", "b"])
    {('deputy', 1): 'P-17', ('deputy', 2): 'P-18'}
    """

    posts: tuple[str, ...] = field(default=(), converter=_texts)
    of: tuple[str, ...] = field(default=(), converter=_texts)

    def __call__(self, structure: Structure, members: Sequence[str]) -> Mapping[tuple[str, int], str]:
        """The holders, predecessor by predecessor, each person once per post."""
        holdings: dict[tuple[str, str], None] = {}
        for member in members:
            if not self.of or member in self.of:
                for (post, _), holder in sorted(structure.slots(member, tracks.OFFICE).items()):
                    if not self.posts or post in self.posts:
                        holdings[post, holder] = None
        seats: Counter[str] = Counter()
        carried: dict[tuple[str, int], str] = {}
        for post, holder in holdings:
            seats[post] += 1
            carried[post, seats[post]] = holder
        return carried


# ---- categories and ratings


class Rated(Protocol):
    """The subject of a rating policy: a measure of type ``category``, or a fact in one slot.

    >>> def latest_only(structure, rated, members):
    ...     return structure.slots(members[0], rated.track).get(rated.slot) if rated.slot == 2025 else None
    >>> subject: Rated = Graded("fact:rated", 2024)
    >>> print(latest_only(None, subject, ["a"]))
    None
    """

    @property
    def track(self) -> str:
        """The track of the values."""
        ...

    @property
    def slot(self) -> Any:
        """The slot of the value."""
        ...


@frozen
class Graded:
    """A fact in one slot, such as the grade of a year.

    Attributes:
        track: id of the track.
        slot: which of several of the fact; None: the only one.

    >>> Graded("fact:rated", 2025).slot
    2025
    """

    track: str
    slot: Any = None


class RatingPolicy(Protocol):
    """A policy for facts that do not combine, such as ratings: what the successor gets.

    >>> import orgmodel as om
    >>> def best(structure, rated, members):
    ...     return min(structure.slots(unit, rated.track).get(rated.slot, "C") for unit in members)
    >>> policy: RatingPolicy = best
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top", "grade": "B"}, {"id": "b", "parent": "top", "grade": "A"}]
    >>> history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("grade", "category")])
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"), ratings=policy)
    >>> act.structure.value("ab", "measure:grade", "own")
    'A'
    """

    def __call__(self, structure: Structure, rated: Rated, members: Sequence[str], /) -> Any | None:
        """The successor's value, None for none.

        Args:
            structure: the structure before the operation.
            rated: a measure of type ``category``, or a fact whose track is declared as rated, in one slot.
            members: ids of the predecessors, sorted.
        """
        ...


def _grades(structure: Structure, rated: Rated, members: Sequence[str]) -> list[Any]:
    return [structure.slots(member, rated.track).get(rated.slot) for member in members]


@register("keep-if-equal")
@frozen
class KeepIfEqual:
    """The common value of all predecessors; none if they differ. The default.

    >>> import orgmodel as om
    >>> rows = [{"id": "a", "grade": "A"}, {"id": "b", "parent": "a", "grade": "A"}, {"id": "c", "parent": "a"}]
    >>> grade = om.Measure("grade", "category")
    >>> structure = om.structure_of(rows, day="2025-01-01", measures=[grade])
    >>> subject = Graded("measure:grade", "own")
    >>> KeepIfEqual()(structure, subject, ["a", "b"]), KeepIfEqual()(structure, subject, ["a", "c"])
    ('A', None)
    """

    def __call__(self, structure: Structure, rated: Rated, members: Sequence[str]) -> Any | None:
        """The common value."""
        values = _grades(structure, rated, members)
        return values[0] if all(value == values[0] for value in values) else None


@register("inherit-nothing")
@frozen
class InheritNothing:
    """A successor begins without ratings.

    >>> InheritNothing()(None, Graded("fact:rated", 2025), ["a", "b"]) is None
    True
    """

    def __call__(self, structure: Structure, rated: Rated, members: Sequence[str]) -> Any | None:
        """None."""
        return None


def _given(grades: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(grades)


@register("lowest-grade")
@frozen
class LowestGrade:
    """The successor inherits the lowest grade of its predecessors; none if a predecessor has none.

    Attributes:
        grades: from the lowest to the highest.

    >>> LowestGrade(("not completed", "completed", "good", "excellent")).lowest(["excellent", "completed"])
    'completed'
    """

    grades: tuple[Any, ...] = field(converter=_given)

    def lowest(self, given: Sequence[Any]) -> Any | None:
        """The lowest of some grades; None if there are none or one is unknown."""
        if not given or not all(grade in self.grades for grade in given):
            return None
        return min(given, key=self.grades.index)

    def __call__(self, structure: Structure, rated: Rated, members: Sequence[str]) -> Any | None:
        """The lowest grade."""
        return self.lowest(_grades(structure, rated, members))


# ---- a whole merger


class MergerRule(Protocol):
    """A rule for mergers, written by users and tested with properties.

    A rule is a pure function of the structure and the set of its members: their order does not matter.
    ``orgmodel.acts.operations.PolicyMerger`` makes a rule from policies.

    >>> import orgmodel as om
    >>> from orgmodel.acts import operations
    >>> def under_the_root(structure, members, day, source):
    ...     return operations.merge(structure, members, into=om.Unit("+".join(sorted(members))), under=structure.root())
    >>> rule: MergerRule = under_the_root
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top"}, {"id": "b", "parent": "a"}, {"id": "c", "parent": "a"}]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-07-01") as act:
    ...     new = act.merge_by(rule, ["b", "c"])
    >>> new, act.structure.parent(new)
    ('b+c', 'top')
    """

    def __call__(
        self, structure: Structure, members: Sequence[str], day: dt.date, source: Source, /
    ) -> Iterable[Event]:
        """The events of the merger.

        Args:
            structure: the structure before it.
            members: ids of at least two units.
            day: the effective day.
            source: where the act comes from.
        """
        ...
