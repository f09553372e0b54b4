"""New clusters after a merger, proposed as data for a decision.

Mergers leave clusters of unequal size. :func:`propose` divides units into a number of groups
and measures each proposal: how equal the groups are, how many units that were companions
in a cluster stay together, how many given neighbours are in one group. :class:`Weights` says
what these are worth against each other; several weightings give several proposals, side by
side. :func:`options` shows what moving one unit would change.

Two methods, and each proposal says by which it was found:

* ``search``: the search of :mod:`orgmodel.scenario.propose`, with exchanges of two units among its
  moves. The same input gives the same proposal. Nothing proves that no better one exists.
* ``exact``: an integer program, solved by HiGHS (``pip install 'orgmodel[propose]'``). It is the
  best there is if ``proven`` says so; otherwise the time limit came first. It is built for
  some dozens of units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations
from typing import Any, Final, Literal, get_args

from attrs import asdict, field, frozen

from orgmodel.acts.operation import Operation
from orgmodel.acts.operations import Dissolve, Form, Join
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.cluster import Cluster
from orgmodel.model.door import one_of, refuse, strict
from orgmodel.party.membership import preimage
from orgmodel.party.targets import exact
from orgmodel.period import DayLike
from orgmodel.scenario.propose.constraints import UNITS, Apart, AtLeast, AtMost, Count, Near, Pairs, Together
from orgmodel.scenario.propose.mergers import propose_mergers
from orgmodel.structure.structure import Structure

__all__ = [
    "CHOICES",
    "Proposal",
    "Weights",
    "companions_before",
    "formation",
    "options",
    "propose",
    "task",
]

Pair = tuple[str, str]
Method = Literal["search", "exact"]


@frozen
class Weights:
    """What the measures of a proposal are worth against each other.

    Attributes:
        companions: for each pair of earlier companions that stays together.
        neighbours: for each pair of neighbours in one group.
        balance: lost for each unit by which the sizes of the groups differ from the mean.

    >>> job = task("abcd", 2, companions=["ab", "cd"], neighbours=["bc", "ad"])
    >>> for proposal in propose(job, {"kin": Weights(companions=10), "map": Weights(neighbours=10)}, starts=1):
    ...     print(proposal.name, proposal.groups)
    kin (('a', 'b'), ('c', 'd'))
    map (('a', 'd'), ('b', 'c'))
    """

    companions: Fraction = field(default=Fraction(1), converter=exact)
    neighbours: Fraction = field(default=Fraction(1), converter=exact)
    balance: Fraction = field(default=Fraction(1), converter=exact)

    def __attrs_post_init__(self) -> None:
        faults = [
            Finding("weight", f"the weight of {name} is {weight}, below zero")
            for name, weight in asdict(self).items()
            if weight < 0
        ]
        if faults:
            raise Refused("weights", faults)


CHOICES: Final[Mapping[str, Weights]] = {
    "companions first": Weights(companions=10, neighbours=1, balance=1),
    "neighbours first": Weights(companions=1, neighbours=10, balance=1),
    "all alike": Weights(),
}
"""Three weightings that show what there is to choose between."""


@frozen
class Measured:
    """What a division into groups is worth, each measure by itself.

    Attributes:
        sizes: the sizes of the groups.
        companions: pairs of earlier companions that are in one group.
        companions_of: pairs of earlier companions in all.
        neighbours: pairs of neighbours that are in one group.
        neighbours_of: pairs of neighbours in all.
    """

    sizes: tuple[int, ...]
    companions: int
    companions_of: int
    neighbours: int
    neighbours_of: int

    @property
    def spread(self) -> int:
        """The largest size less the smallest."""
        return max(self.sizes) - min(self.sizes)

    @property
    def imbalance(self) -> Fraction:
        """By how many units the sizes differ from the mean, added up."""
        mean = Fraction(sum(self.sizes), len(self.sizes))
        return sum((abs(size - mean) for size in self.sizes), Fraction(0))

    def score(self, weights: Weights) -> Fraction:
        """All measures as one number, by weights: the larger, the better."""
        return (
            weights.companions * self.companions
            + weights.neighbours * self.neighbours
            - weights.balance * self.imbalance
        )

    def __str__(self) -> str:
        return (
            f"sizes {'/'.join(map(str, self.sizes))}, companions together {self.companions} of {self.companions_of}, "
            f"neighbours together {self.neighbours} of {self.neighbours_of}"
        )


@frozen
class Proposal:
    """A division of units into groups.

    Attributes:
        name: what the choice of weights is called.
        groups: ids of the units of each group, in order of the units given.
        measured: what it is worth.
        weights: the weights it was sought by.
        method: how it was found.
        proven: whether no division has a higher score by these weights.

    >>> proposal, = propose(task("abcd", 2, companions=["ab", "cd"]), {"kin": Weights()}, starts=1)
    >>> proposal.groups, proposal.measured.companions, proposal.measured.sizes, int(proposal.score)
    ((('a', 'b'), ('c', 'd')), 2, (2, 2), 2)
    """

    name: str
    groups: tuple[tuple[str, ...], ...]
    measured: Measured
    weights: Weights
    method: Method
    proven: bool = False

    @property
    def score(self) -> Fraction:
        """Its score by its own weights."""
        return self.measured.score(self.weights)

    def group_of(self, unit: str) -> int:
        """The number of the group a unit is in, 0 for the first.

        Raises:
            KeyError: it is in none.
        """
        for number, group in enumerate(self.groups):
            if unit in group:
                return number
        raise KeyError(unit)

    def __str__(self) -> str:
        how = "proven best" if self.proven else f"best found by {self.method}"
        return f"{self.name}: {self.measured} ({how})"


@frozen
class Task:
    """Units to divide into groups, with what counts; :func:`task` makes it and checks it.

    Attributes:
        units: ids of the units, in order.
        groups: how many groups.
        companions: pairs that were in one cluster.
        neighbours: pairs that are neighbours.
        fixed: unit -> number of the group it must be in.
        slack: by how many units a group may be smaller or larger than equal sizes allow.
    """

    units: tuple[str, ...]
    groups: int
    companions: frozenset[Pair] = frozenset()
    neighbours: frozenset[Pair] = frozenset()
    fixed: Mapping[str, int] = field(factory=dict, hash=False)
    slack: int = 0

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the largest size of a group."""
        low, left_over = divmod(len(self.units), self.groups)
        # No group may be empty, however large the slack.
        return max(1, low - self.slack), low + bool(left_over) + self.slack

    def measure(self, groups: Iterable[Iterable[str]]) -> Measured:
        """What a division is worth."""
        listed = [tuple(group) for group in groups]
        place = {unit: number for number, group in enumerate(listed) for unit in group}

        def together(pairs: frozenset[Pair]) -> int:
            return sum(place[a] == place[b] for a, b in pairs)

        return Measured(
            tuple(map(len, listed)),
            together(self.companions),
            len(self.companions),
            together(self.neighbours),
            len(self.neighbours),
        )


@strict
def task(
    units: Iterable[str] | str,
    groups: int,
    *,
    companions: Iterable[Iterable[str] | str] = (),
    neighbours: Iterable[Pair | str] = (),
    fixed: Mapping[str, int] | None = None,
    slack: int = 0,
) -> Task:
    """The checked task of dividing units into groups.

    Args:
        units: ids of the units; here and in groups and pairs a text is read letter by letter.
        groups: how many groups.
        companions: groups of units that were together; a unit may be in several.
        neighbours: pairs of units; the order in a pair does not matter, and pairs with a
            unit that is not to be divided are passed over.
        fixed: unit -> number of the group it must be in, 0 for the first.
        slack: by how many units a group may be smaller or larger than equal sizes allow.

    Raises:
        Refused: with every fault.

    >>> task("abcde", 2, companions=["abc", "de"], neighbours=[("c", "d")]).bounds
    (2, 3)
    """
    listed, pairs, places = tuple(units), list(map(tuple, neighbours)), dict(fixed or {})
    if misshapen := [pair for pair in pairs if len(pair) != 2]:
        refuse("a division into groups", f"neighbours are pairs of units, not {misshapen[0]!r}")
    faults = [*_size_faults(listed, groups, slack), *_place_faults(listed, groups, places)]
    faults += [Finding("neighbours", f"{a!r} is no neighbour of itself", (a,)) for a, b in pairs if a == b]
    if faults:
        raise Refused("a division into groups", faults)
    together = [pair for companion_group in companions for pair in combinations(dict.fromkeys(companion_group), 2)]
    division = Task(listed, groups, _pairs_among(listed, together), _pairs_among(listed, pairs), places, slack)
    _check_sizes(division)
    return division


def _pairs_among(units: Iterable[str], pairs: Iterable[Sequence[str]]) -> frozenset[Pair]:
    """The pairs of which both are to be divided, each in one order so that none counts twice."""
    known = set(units)
    return frozenset((min(pair), max(pair)) for pair in pairs if known.issuperset(pair))


def _size_faults(units: Sequence[str], groups: int, slack: int) -> Iterator[Finding]:
    """What is wrong with the units, the number of groups and the slack."""
    for unit, times in Counter(units).items():
        if times > 1:
            yield Finding("unit-once", f"it is to be divided {times} times", (unit,))
    if not units:
        yield Finding("groups", "there are no units to divide")
    if not 1 <= groups <= max(len(units), 1):
        yield Finding("groups", f"{len(units)} units cannot make {groups} groups")
    if slack < 0:
        yield Finding("slack", f"the slack is {slack}, below zero")


def _place_faults(units: Sequence[str], groups: int, fixed: Mapping[str, int]) -> Iterator[Finding]:
    """What is wrong with the places of fixed units."""
    for unit, group in fixed.items():
        if unit not in units:
            yield Finding("fixed", "it is fixed and not to be divided", (unit,))
        if not 0 <= group < groups:
            yield Finding("fixed", f"there is no group {group}; they are 0 to {groups - 1}", (unit,))


def _check_sizes(division: Task) -> None:
    """Refuse fixed places that leave no division within the sizes."""
    low, high = division.bounds
    numbers = Counter(division.fixed.values())
    faults = [
        Finding("fixed", f"{number} units are fixed in group {group}; {high} fit")
        for group, number in sorted(numbers.items())
        if number > high
    ]
    needed = sum(max(numbers[group], low) for group in range(division.groups))
    if not faults and needed > len(division.units):
        faults.append(Finding("fixed", f"with these fixed places not every group can have {low} units"))
    if faults:
        raise Refused("a division into groups", faults)


@strict
def companions_before(
    history: History, units: Iterable[str], clustering: str, before: DayLike
) -> tuple[tuple[str, ...], ...]:
    """Which units come from one cluster of an earlier day: a group for each cluster of that day.

    A unit that came from members of several clusters is in several groups.

    Args:
        history: the history.
        units: ids of units of a later day.
        clustering: id of the clustering of the earlier day.
        before: the earlier day.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> history = reform_2025()
    >>> units = history.at("2025-07-01").select(kind="agency")
    >>> [len(group) for group in companions_before(history, units, "emulation", "2025-06-30")]
    [9, 9]
    """
    structure = history.at(before)
    predecessors = {unit: preimage(history, [unit], before) for unit in units}
    members = [set(structure.members(cluster.id)) for cluster in structure.clusters(clustering)]
    return tuple(
        tuple(unit for unit, olds in predecessors.items() if not of_cluster.isdisjoint(olds)) for of_cluster in members
    )


@strict
def propose(
    what: Task,
    choices: Mapping[str, Weights] | None = None,
    *,
    method: Method = "search",
    starts: int = 24,
    seconds: float = 30.0,
) -> tuple[Proposal, ...]:
    """One proposal for each choice of weights, in their order.

    Args:
        what: what is to be divided.
        choices: name -> weights; :data:`CHOICES` if None.
        method: ``search`` or ``exact``.
        starts: how many starts the search makes.
        seconds: how long the exact method may take for each choice.

    Raises:
        Refused: there is no such method, or no division meets the fixed places and sizes.
        ModuleNotFoundError: the exact method without the extra ``propose``.

    >>> print(propose(task("abcdef", 2, companions=["abc", "def"]), {"only one": Weights()})[0])
    only one: sizes 3/3, companions together 6 of 6, neighbours together 0 of 0 (best found by search)
    """
    one_of(method, get_args(Method), "a method")
    if starts < 1:
        raise Refused("a proposal", [Finding("starts", f"{starts} starts; make at least one")])
    proposals: list[Proposal] = []
    # Each weighting is a search of its own: a compromise between them would hide what there is to choose.
    for name, weights in (CHOICES if choices is None else choices).items():
        problem = _problem(what, weights)
        if method == "exact":
            (best,) = propose_mergers(None, **problem, method="exact", time_limit=seconds)
        else:
            best = propose_mergers(None, **problem, starts=starts, steps=_STEPS)[0]
        groups = _numbered(what, best.divided)
        proposals.append(Proposal(name, groups, what.measure(groups), weights, method, best.proven))
    return tuple(proposals)


_STEPS: Final = 300
"""Steps from each start; the exchanges at the end of each find the best of small tasks without more."""


def _problem(division: Task, weights: Weights) -> dict[str, Any]:
    """The task as arguments of the search for groups of units: one without borders."""
    low, high = division.bounds
    fixed_in: dict[int, list[str]] = {}
    for unit, group in division.fixed.items():
        fixed_in.setdefault(group, []).append(unit)
    return {
        "units": division.units,
        "constraints": [
            Count(division.groups),
            AtLeast(UNITS, low),
            AtMost(UNITS, high),
            *(Together(units) for units in fixed_in.values() if len(units) > 1),
            # One of each group is enough: the others are together with it.
            *([Apart([units[0] for units in fixed_in.values()])] if len(fixed_in) > 1 else []),
        ],
        "objective": [
            Pairs(division.companions, weights.companions, "companions"),
            Pairs(division.neighbours, weights.neighbours, "neighbours"),
            Near(UNITS, Fraction(len(division.units), division.groups), weights.balance),
        ],
    }


def _numbered(division: Task, divided: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """The groups by their numbers: one with fixed units has theirs, the others follow in the order of their units."""
    place = {unit: i for i, unit in enumerate(division.units)}
    groups = sorted((tuple(sorted(group, key=place.__getitem__)) for group in divided), key=lambda g: place[g[0]])
    numbered: dict[int, tuple[str, ...]] = {}
    others: list[tuple[str, ...]] = []
    for group in groups:
        # The constraints put units that are fixed together into one group, and no others into it.
        number = next((division.fixed[unit] for unit in group if unit in division.fixed), None)
        if number is None:
            others.append(group)
        else:
            numbered[number] = group
    free = (number for number in range(division.groups) if number not in numbered)
    numbered |= dict(zip(free, others, strict=True))
    return tuple(numbered[number] for number in range(division.groups))


@frozen
class Option:
    """What moving one unit into another group would change.

    Attributes:
        unit: its id.
        group: the number of the other group.
        measured: what the division would be worth.
        gain: the change of the score by the proposal's weights; negative is worse.
        allowed: whether sizes and fixed places allow it.
    """

    unit: str
    group: int
    measured: Measured
    gain: Fraction
    allowed: bool


@strict
def options(what: Task, proposal: Proposal, unit: str) -> tuple[Option, ...]:
    """What moving a unit into each of the other groups would change, in order of the groups.

    Args:
        what: the task.
        proposal: a proposal for it.
        unit: id of the unit that would move.

    Raises:
        Refused: the unit is not in the proposal.

    >>> job = task("abcd", 2, companions=["ab", "cd"])
    >>> (proposal,) = propose(job, {"x": Weights()})
    >>> [(option.group, int(option.gain), option.allowed) for option in options(job, proposal, "a")]
    [(1, -3, False)]
    """
    if unit not in what.units:
        raise Refused("an option", [Finding("unit", "it is not to be divided", (unit,))])
    at = proposal.group_of(unit)
    low, high = what.bounds
    listed: list[Option] = []
    for number in range(what.groups):
        if number == at:
            continue
        moved = [
            [other for other in group if other != unit] + ([unit] if g == number else [])
            for g, group in enumerate(proposal.groups)
        ]
        measured = what.measure(moved)
        fits = low <= len(moved[at]) and len(moved[number]) <= high and unit not in what.fixed
        listed.append(Option(unit, number, measured, measured.score(proposal.weights) - proposal.score, fits))
    return tuple(listed)


@strict
def formation(structure: Structure, proposal: Proposal, clusters: Sequence[Cluster]) -> tuple[Operation[Any], ...]:
    """The operations that put a proposal into effect: an act does them once it is decided.

    An existing cluster goes on with the new members; a new one is founded. Members move out of
    other clusters of the partition, and a cluster that is left without members is closed.

    Args:
        structure: the day of the decision.
        proposal: what was decided.
        clusters: one cluster for each group, of one clustering.

    Raises:
        Refused: with every fault: another number of clusters, several clusterings, one that
            does not exist or is no partition, a unit that does not live.

    >>> import orgmodel as om
    >>> proposal, = propose(task("abcd", 2, companions=["ab", "cd"]), {"kin": Weights()}, starts=1)
    >>> history = om.history_of([{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "abcd")], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     clusters = [om.Cluster("c1", "emulation"), om.Cluster("c2", "emulation")]
    ...     for operation in formation(act.structure, proposal, clusters):
    ...         _ = act.do(operation)
    >>> act.structure.members("c1"), act.structure.members("c2")
    (('a', 'b'), ('c', 'd'))
    """
    clustering = _clustering_of(structure, proposal, clusters)
    # Members before the proposal; a cluster that is not among these is to be founded.
    members = {cluster.id: structure.members(cluster.id) for cluster in structure.clusters(clustering)}
    operations: list[Operation[Any]] = []
    for cluster, group in zip(clusters, proposal.groups, strict=True):
        moving = [unit for unit in group if unit not in members.get(cluster.id, ())]
        if cluster.id not in members:
            operations.append(Form(cluster, moving))
        elif moving:
            operations.append(Join(moving, cluster.id))
    used, placed = {cluster.id for cluster in clusters}, set(chain.from_iterable(proposal.groups))
    emptied = [old for old, units in members.items() if old not in used and placed.issuperset(units)]
    return (*operations, *map(Dissolve, emptied))


def _clustering_of(structure: Structure, proposal: Proposal, clusters: Sequence[Cluster]) -> str:
    """The one clustering of the clusters; refused with every fault of what is to be put into effect."""
    clusterings = dict.fromkeys(cluster.clustering for cluster in clusters)
    faults: list[Finding] = []
    if len(clusters) != len(proposal.groups):
        faults.append(Finding("clusters", f"{len(proposal.groups)} groups need as many clusters, not {len(clusters)}"))
    if len(clusterings) > 1:
        faults.append(Finding("clusters", f"the clusters are of several clusterings: {', '.join(clusterings)}"))
    faults += _clustering_faults(structure, clusterings)
    ended = [unit for unit in chain.from_iterable(proposal.groups) if unit not in structure]
    faults += [Finding("live", "it does not live on the day", (unit,), structure.day) for unit in ended]
    if faults:
        raise Refused("a proposal put into effect", faults)
    (only,) = clusterings
    return only


def _clustering_faults(structure: Structure, clusterings: Iterable[str]) -> Iterator[Finding]:
    """A finding for each clustering that does not exist or is no partition."""
    known = {clustering.id: clustering for clustering in structure.clusterings()}
    for clustering in clusterings:
        if clustering not in known:
            yield Finding("clustering", f"there is no clustering {clustering!r}", day=structure.day)
        elif known[clustering].cover:
            yield Finding("clustering", f"{clustering!r} is a cover; a proposal divides", day=structure.day)
