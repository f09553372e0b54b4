"""The best division of small problems, with a proof, by integer programs that HiGHS solves.

Internal. There are two programs for two kinds of problem:

* *by groups*: every possible group is listed, and each unit must be in exactly one chosen group. The list grows fast
  with the number of units. With up to some hundred thousand groups the program is fast, and its relaxation is so tight
  that often no branching is needed.
* *by places*: each unit is assigned to one of a fixed number of places. This is for problems without borders, whose
  possible groups are too many to list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, Final

from attrs import frozen

from orgmodel.model.extras import extra
from orgmodel.scenario.propose.board import Board, Instance, Totals, combined, components
from orgmodel.scenario.propose.sampler import generator
from orgmodel.scenario.propose.search import from_start

__all__ = [
    "LISTED",
    "Division",
    "Solved",
    "TooLarge",
    "possible",
    "solve",
]

LISTED: Final = 400_000
"""The largest number of groups to list; it takes about a minute to solve."""


class TooLarge(Exception):
    """There are more possible groups than can be listed."""


@frozen
class Solved:
    """The result of the solver.

    Attributes:
        division: the groups; None if no division is possible or none was found in time.
        bound: a lower bound on the cost of all divisions, in the numbers of the instance; None if there is none.
        proven: whether it is proved that the division is the best, or that there is none.
    """

    division: tuple[tuple[int, ...], ...] | None
    bound: float | None
    proven: bool


def solve(instance: Instance, seconds: float | None = None) -> Solved:
    """The best division.

    Args:
        instance: the problem.
        seconds: the time limit of the solver; None for no limit.

    Raises:
        TooLarge: there are too many groups to list, and the problem is not one of places.
        ModuleNotFoundError: without the extra ``propose``.
    """
    if not len(instance):
        return Solved((), 0.0, True)
    board = _searched(instance)
    if _is_of_places(instance):
        return _by_places(instance, board, seconds)
    counted = instance.fewest > 1 or instance.most < len(instance)
    parts = [list(range(len(instance)))] if counted else components(len(instance), partial(_tied, instance))
    listed = [list(possible(instance, part)) for part in parts]
    if not all(listed):
        return Solved(None, None, True)
    solved = [
        _by_groups(instance, part, groups, _within(board, part), seconds)
        for part, groups in zip(parts, listed, strict=True)
    ]
    return _together(solved)


def _is_of_places(instance: Instance) -> bool:
    """Whether the program by places can be used: the number of groups is fixed, and there are no borders or squares."""
    costs, plain = instance.costs, not any(bound.unless_alone for bound in instance.bounds)
    fixed = instance.fewest == instance.most and len(instance) > _FEW
    return fixed and plain and not costs.squares and not costs.changed and _everywhere(instance)


_FEW: Final = 14
"""Up to this many units, listing all 16,000 groups of any units is faster than the program by places."""

Division = tuple[tuple[int, ...], ...]


def _searched(instance: Instance) -> Board | None:
    """A division found by the search, or None."""
    boards = [from_start(instance, generator(0, i), i, 200 + 60 * len(instance)) for i in range(4)]
    return min((board for board in boards if board.allowed), key=lambda board: board.key, default=None)


def _within(board: Board | None, part: Sequence[int]) -> Division | None:
    """The groups of a division within one part of the problem."""
    if board is None:
        return None
    inside = {board.places[node] for node in part}
    return tuple(sorted(tuple(sorted(board.groups[place])) for place in inside))


def _cost(instance: Instance, division: Division) -> int:
    return sum(instance.costs.of(instance.totals_of(group)) for group in division)


def _together(solved: Sequence[Solved]) -> Solved:
    """The results for the parts of a problem as one result."""
    missing = [piece for piece in solved if piece.division is None]
    if missing:
        return Solved(None, None, any(piece.proven for piece in missing))
    division = tuple(sorted(group for piece in solved for group in piece.division or ()))
    bounds = [piece.bound for piece in solved if piece.bound is not None]
    bound = sum(bounds) if len(bounds) == len(solved) else None
    return Solved(division, bound, all(piece.proven for piece in solved))


def _better(instance: Instance, solved: Division | None, known: Division | None) -> Division | None:
    """The cheaper of the solver's division and the search's."""
    if solved is None or known is None:
        return known if solved is None else solved
    return min(solved, known, key=lambda division: _cost(instance, division))


def _everywhere(instance: Instance) -> bool:
    return all(len(near) == len(instance) - 1 for near in instance.near)


def _tied(instance: Instance, node: int) -> Iterator[int]:
    """Nodes that must be solved together with a node, because of a border or a tie."""
    yield from instance.near[node]
    yield from (other for other, tie in instance.ties[node].items() if tie < 0)


def _highspy() -> Any:
    """The solver's module; the error, if it is missing, names the extra to install."""
    with extra():
        import highspy
    return highspy


# ---- by groups


def possible(instance: Instance, nodes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Totals]]:
    """Every connected group of these nodes that meets all constraints, once, with its totals.

    Raises:
        TooLarge: there are too many to try.
    """
    place = {node: i for i, node in enumerate(nodes)}
    masks = [sum(1 << place[other] for other in instance.near[node] if other in place) for node in nodes]
    hopeless = _hopeless(instance, nodes)
    tied = any(instance.ties[node] for node in nodes)
    tried = 0
    # Each entry: nodes inside, nodes that may be added next, nodes that were added or left out before, and the totals.
    stack: list[tuple[int, int, int, Totals]] = []
    for first, node in enumerate(nodes):
        below = (1 << first + 1) - 1
        stack.append((1 << first, masks[first] & ~below, below | masks[first], instance.totals[node]))
    while stack:
        inside, ahead, closed, totals = stack.pop()
        tried += 1
        if tried > LISTED:
            raise TooLarge
        if instance.fits(totals) and not (tied and _breaks_tie(instance, nodes, place, inside)):
            yield tuple(nodes[i] for i in range(len(nodes)) if inside >> i & 1), totals
        if hopeless(totals):
            continue
        # Each group once: the lowest node is added by one entry, and what is taken off here is closed to all that follow.
        while ahead:
            bit = ahead & -ahead
            ahead ^= bit
            i = bit.bit_length() - 1
            grown = _with(instance, totals, nodes[i], place, inside)
            stack.append((inside | bit, ahead | (masks[i] & ~closed), closed | masks[i], grown))


def _hopeless(instance: Instance, nodes: Sequence[int]) -> Callable[[Totals], bool]:
    """A function that tells whether no group with these totals can meet the constraints by growing."""
    # Growing does not help a group above a cap, unless values can be negative, nor one with two units to be apart, unless
    # ties of other units can offset their trouble.
    capped = all(amount >= 0 for node in nodes for amount in instance.totals[node][3:])
    torn = all(tie > 0 for node in nodes for tie in instance.ties[node].values())
    exempt_alone = any(bound.unless_alone for bound in instance.bounds)

    def hopeless(totals: Totals) -> bool:
        if capped and not instance.under_caps(totals) and not (exempt_alone and totals[0] == 1):
            return True
        return torn and totals[2] > 0

    return hopeless


def _breaks_tie(instance: Instance, nodes: Sequence[int], place: Mapping[int, int], inside: int) -> bool:
    """Whether a group has nodes that must be apart, or has one without the other of nodes that must be together."""
    return any(
        (tie < 0) == (inside >> place[other] & 1 == 0)
        for i, node in enumerate(nodes)
        if inside >> i & 1
        for other, tie in instance.ties[node].items()
        if other in place
    )


def _with(instance: Instance, totals: Totals, node: int, place: Mapping[int, int], inside: int) -> Totals:
    """The totals with one node more; ``inside`` has a bit for each node by its place."""
    worth = sum(w for other, w in instance.worth[node].items() if other in place and inside >> place[other] & 1)
    tie = sum(w for other, w in instance.ties[node].items() if other in place and inside >> place[other] & 1)
    return combined(totals, instance.totals[node], worth, tie)


def _by_groups(
    instance: Instance,
    nodes: Sequence[int],
    groups: Sequence[tuple[tuple[int, ...], Totals]],
    known: Division | None,
    seconds: float | None,
) -> Solved:
    """The best division into the listed groups.

    The relaxation gives for each group a lower bound on the cost of all divisions with it. If a division is known, the
    groups whose bound is above its cost can be left out; of tens of thousands, some hundreds remain.
    """
    import numpy as np

    costs = [instance.costs.of(totals) for _, totals in groups]
    # HiGHS computes in floats with absolute tolerances, so costs are scaled to at most 1.
    scale = max(1, *map(abs, costs))
    solver = _solver(seconds)
    solver.passModel(_program(instance, nodes, [group for group, _ in groups], [c / scale for c in costs]))
    solver.run()
    solved = _outcome(solver)[0]
    if not solved or not _has_division(solver):
        # Either time is up, or there is no division even with fractions of groups.
        return Solved(known, None, solved and known is None)
    bound = float(solver.getInfo().objective_function_value)
    remaining = list(range(len(groups)))
    if known is not None:
        above = np.asarray(solver.getSolution().col_dual)
        remaining = np.flatnonzero(above <= _cost(instance, known) / scale - bound + _SURE).tolist()
    remaining_costs = [costs[i] / scale for i in remaining]
    solver = _solver(seconds)
    solver.passModel(_program(instance, nodes, [groups[i][0] for i in remaining], remaining_costs, integral=True))
    solver.run()
    proven, reached = _outcome(solver)
    division: Division | None = None
    if _has_division(solver):
        values = solver.getSolution().col_value
        division = tuple(sorted(groups[i][0] for i, x in zip(remaining, values, strict=True) if x > 0.5))
    return _solved(instance, division, known, max(bound, reached) * scale, proven=proven)


def _solved(
    instance: Instance, division: Division | None, known: Division | None, bound: float | None, *, proven: bool
) -> Solved:
    """The result, from the solver's division, the search's and the solver's bound."""
    best = _better(instance, division, known)
    if proven:
        bound = None if best is None else float(_cost(instance, best))
    return Solved(best, bound, proven)


_SURE: Final = 1e-6
"""More than the solver's tolerance, so that no group of a best division is left out because of rounding."""


def _program(
    instance: Instance,
    nodes: Sequence[int],
    groups: Sequence[tuple[int, ...]],
    costs: Sequence[float],
    *,
    integral: bool = False,
) -> Any:
    """A program with a column for each group, a row for each node, and a row for the number of groups if it is bound."""
    highspy = _highspy()
    import numpy as np

    place = {node: i for i, node in enumerate(nodes)}
    counted = instance.fewest > 1 or instance.most < len(instance)
    entries = [[*(place[node] for node in group), *([len(nodes)] if counted else [])] for group in groups]
    ones = [1.0] * len(nodes)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(groups), len(nodes) + counted
    lp.col_cost_ = np.array(costs)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(groups)), np.ones(len(groups))
    lp.row_lower_ = np.array([*ones, *([instance.fewest] if counted else [])])
    lp.row_upper_ = np.array([*ones, *([instance.most] if counted else [])])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.cumsum([0, *map(len, entries)])
    lp.a_matrix_.index_ = np.array([row for column in entries for row in column])
    lp.a_matrix_.value_ = np.ones(sum(map(len, entries)))
    if integral:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(groups)
    return lp


def _solver(seconds: float | None) -> Any:
    highspy = _highspy()

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("random_seed", 0)
    # With several threads the solver would not be deterministic.
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    if seconds is not None:
        solver.setOptionValue("time_limit", float(seconds))
    return solver


def _outcome(solver: Any) -> tuple[bool, float]:
    """Whether the result is proved, and the lower bound."""
    highspy = _highspy()

    proved = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible
    info = solver.getInfo()
    return solver.getModelStatus() in proved, float(info.mip_dual_bound)


def _has_division(solver: Any) -> bool:
    return bool(solver.getInfo().primal_solution_status == 2)


# ---- by places


class _PlacesProgram:
    """The program by places: a variable for each node and group says whether the node is in the group."""

    def __init__(self, instance: Instance, seconds: float | None) -> None:
        self.instance, self.solver = instance, _solver(seconds)
        self.groups, self.count = range(instance.most), len(instance)
        self.inside = {(u, g): self.solver.addBinary() for u in range(self.count) for g in self.groups}
        weights = [abs(w) for mine in instance.worth for w in mine.values()]
        self.scale = float(max(1, *weights, *(factor for _, factor, _ in instance.costs.away), 1))
        self.terms: list[Any] = []
        """The terms of the cost, divided by the scale."""
        for u in range(self.count):
            self._place(u)
        for g in self.groups:
            self._group(g)
        for u in range(self.count):
            self._pairs(u)

    def _place(self, u: int) -> None:
        """A node is in one group."""
        self.solver.addConstr(sum(self.inside[u, g] for g in self.groups) == 1)
        # Any numbering of the groups would do. To exclude equal solutions, node u must be in one of the groups 0 to u.
        for g in self.groups:
            if g > u:
                self.solver.addConstr(self.inside[u, g] == 0)

    def _group(self, g: int) -> None:
        """A group is not empty, is within floors and caps, and costs its distance from targets."""
        instance, solver = self.instance, self.solver
        members = [self.inside[u, g] for u in range(self.count)]

        def total(amount: int) -> Any:
            return sum(totals[amount] * member for totals, member in zip(instance.totals, members, strict=True))

        solver.addConstr(sum(members) >= 1)
        for bound in instance.bounds:
            if bound.low is not None:
                solver.addConstr(total(bound.amount) >= bound.low)
            if bound.high is not None:
                solver.addConstr(total(bound.amount) <= bound.high)
        for amount, factor, target in instance.costs.away:
            off = solver.addVariable(0.0)
            solver.addConstr(off >= total(amount) - target)
            solver.addConstr(off >= target - total(amount))
            self.terms.append(factor / self.scale * off)

    def _pairs(self, u: int) -> None:
        """The worth and the ties of a node's pairs with later nodes."""
        for v, worth in self.instance.worth[u].items():
            if u < v and worth:
                self.terms += [-worth / self.scale * self._both(u, v, g) for g in self.groups]
        for v, tie in self.instance.ties[u].items():
            if u < v:
                for g in self.groups:
                    a, b = self.inside[u, g], self.inside[v, g]
                    self.solver.addConstr(a == b if tie < 0 else a + b <= 1)

    def _both(self, u: int, v: int, g: int) -> Any:
        """A variable that can be 1 only if both nodes are in the group."""
        both = self.solver.addVariable(0.0, 1.0)
        self.solver.addConstr(both <= self.inside[u, g])
        self.solver.addConstr(both <= self.inside[v, g])
        return both

    def solve(self) -> Division | None:
        """The solver's division, or None if it found none."""
        if self.terms:
            self.solver.minimize(sum(self.terms))
        else:
            self.solver.run()
        if not _has_division(self.solver):
            return None
        values = {key: self.solver.val(variable) for key, variable in self.inside.items()}
        places = [next(g for g in self.groups if values[u, g] > 0.5) for u in range(self.count)]
        return Board(self.instance, places).division()


def _by_places(instance: Instance, known: Board | None, seconds: float | None) -> Solved:
    """The best division into a fixed number of groups of any units."""
    program = _PlacesProgram(instance, seconds)
    division = program.solve()
    proven, reached = _outcome(program.solver)
    # The program leaves out the part of the cost that all divisions share: the worth of pairs inside nodes, and the cost
    # of the groups.
    shared = instance.costs.group * instance.most - sum(t[1] for t in instance.totals)
    bound = reached * program.scale + shared if isfinite(reached) else None
    return _solved(instance, division, None if known is None else known.division(), bound, proven=proven)
