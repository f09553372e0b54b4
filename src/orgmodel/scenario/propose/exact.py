"""The proved best division of small problems, by integer programs that HiGHS solves.

Internal. Two programs for two shapes of problem:

* *by groups*: every group that could be is listed, and each unit is to be in exactly one chosen group. The listing grows
  fast with the number of units; where borders, floors and caps leave some hundred thousand groups, it is quick, and its
  relaxation is so tight that there is often nothing left to branch on.
* *by places*: each unit is given one of a fixed number of places. For groups of any units, without borders, which are
  too many to list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, Final

from attrs import frozen

from orgmodel.model.extras import extra
from orgmodel.scenario.propose.board import Board, Instance, Totals, components
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
"""How many groups are listed at most; memory and time grow with them, to about a minute."""


class TooLarge(Exception):
    """More groups are possible than can be listed."""


@frozen
class Solved:
    """What the solver found.

    Attributes:
        division: the groups; None if there is none, or none was found in time.
        bound: no division costs less, in the instance's own numbers; None if nothing is known.
        proven: whether the division is proved the best, or, without one, that there is none.
    """

    division: tuple[tuple[int, ...], ...] | None
    bound: float | None
    proven: bool


def solve(instance: Instance, seconds: float | None = None) -> Solved:
    """The best division.

    Args:
        instance: the problem.
        seconds: how long the solver may take; without limit if None.

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
    """Whether the problem is one of giving units any of a fixed number of places, with costs that the program can say."""
    costs, plain = instance.costs, not any(bound.unless_alone for bound in instance.bounds)
    fixed = instance.fewest == instance.most and len(instance) > _FEW
    return fixed and plain and not costs.squares and not costs.changed and _everywhere(instance)


_FEW: Final = 14
"""Up to this many units all groups of any of them are listed: 16,000, which is faster than a program of places."""

Division = tuple[tuple[int, ...], ...]


def _searched(instance: Instance) -> Board | None:
    """A division that the search found; None if it found none."""
    boards = [from_start(instance, generator(0, i), i, 200 + 60 * len(instance)) for i in range(4)]
    return min((board for board in boards if board.allowed), key=lambda board: board.key, default=None)


def _within(board: Board | None, part: Sequence[int]) -> Division | None:
    """The groups of a division in one piece."""
    if board is None:
        return None
    inside = {board.places[node] for node in part}
    return tuple(sorted(tuple(sorted(board.groups[place])) for place in inside))


def _cost(instance: Instance, division: Division) -> int:
    return sum(instance.costs.of(instance.totals_of(group)) for group in division)


def _together(solved: Sequence[Solved]) -> Solved:
    """The answers for all pieces as one."""
    missing = [one for one in solved if one.division is None]
    if missing:
        return Solved(None, None, any(one.proven for one in missing))
    division = tuple(sorted(group for one in solved for group in one.division or ()))
    bounds = [one.bound for one in solved if one.bound is not None]
    bound = sum(bounds) if len(bounds) == len(solved) else None
    return Solved(division, bound, all(one.proven for one in solved))


def _better(instance: Instance, found: Division | None, known: Division | None) -> Division | None:
    """Of what the solver found and what the search knew, what costs less."""
    if found is None or known is None:
        return known if found is None else found
    return min(found, known, key=lambda division: _cost(instance, division))


def _everywhere(instance: Instance) -> bool:
    return all(len(near) == len(instance) - 1 for near in instance.near)


def _tied(instance: Instance, node: int) -> Iterator[int]:
    """Nodes that a border or a tie connects with one: they are solved together."""
    yield from instance.near[node]
    yield from (other for other, tie in instance.ties[node].items() if tie < 0)


def _highspy() -> Any:
    """The solver's module, or an error that says how to get it."""
    with extra():
        import highspy
    return highspy


# ---- by groups


def possible(instance: Instance, nodes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Totals]]:
    """Every group of these nodes that keeps to all constraints, once, with its totals.

    Raises:
        TooLarge: there are too many to look at.
    """
    place = {node: i for i, node in enumerate(nodes)}
    masks = [sum(1 << place[other] for other in instance.near[node] if other in place) for node in nodes]
    # A group over a cap cannot be mended by more units, unless a measure can be negative; likewise for units to be apart.
    capped = all(amount >= 0 for node in nodes for amount in instance.totals[node][3:])
    torn = all(tie > 0 for node in nodes for tie in instance.ties[node].values())
    alone = any(bound.unless_alone for bound in instance.bounds)
    looked = 0

    tied = any(instance.ties[node] for node in nodes)

    def wanted(totals: Totals, inside: int) -> bool:
        if not tied:
            return instance.fits(totals)
        apart = sum(
            1
            for i, node in enumerate(nodes)
            if inside >> i & 1
            for other, tie in instance.ties[node].items()
            if other in place and (tie < 0) == (inside >> place[other] & 1 == 0)
        )
        return instance.fits(totals) and not apart

    # Each entry: nodes inside, nodes that may be added next, nodes never to be added, and the totals.
    stack: list[tuple[int, int, int, Totals]] = []
    for first, node in enumerate(nodes):
        below = (1 << first + 1) - 1
        stack.append((1 << first, masks[first] & ~below, below | masks[first], instance.totals[node]))
    while stack:
        inside, ahead, seen, totals = stack.pop()
        looked += 1
        if looked > LISTED:
            raise TooLarge
        single = totals[0] == 1
        if wanted(totals, inside):
            yield tuple(nodes[i] for i in range(len(nodes)) if inside >> i & 1), totals
        if capped and not instance.under_caps(totals) and not (alone and single):
            continue
        if torn and totals[2] > 0:
            continue
        while ahead:
            bit = ahead & -ahead
            ahead ^= bit
            i = bit.bit_length() - 1
            grown = _with(instance, totals, nodes[i], place, inside)
            stack.append((inside | bit, ahead | (masks[i] & ~seen), seen | masks[i], grown))


def _with(instance: Instance, totals: Totals, node: int, place: dict[int, int], inside: int) -> Totals:
    """The totals with one node more; ``inside`` has a bit for each node by its place."""
    own = instance.totals[node]
    worth = sum(w for other, w in instance.worth[node].items() if other in place and inside >> place[other] & 1)
    tie = sum(w for other, w in instance.ties[node].items() if other in place and inside >> place[other] & 1)
    return (totals[0] + own[0], totals[1] + own[1] + worth, totals[2] + own[2] + tie) + tuple(
        [a + b for a, b in zip(totals[3:], own[3:], strict=True)]
    )


def _by_groups(
    instance: Instance,
    nodes: Sequence[int],
    groups: Sequence[tuple[tuple[int, ...], Totals]],
    known: Division | None,
    seconds: float | None,
) -> Solved:
    """Each node in one chosen group.

    The relaxation says of each group by how much at least a division with it is above the bound. Where a division is
    known, those that are further above than it can be left out; of tens of thousands some hundreds remain.
    """
    import numpy as np

    costs = [instance.costs.of(totals) for _, totals in groups]
    # HiGHS counts in floats: so costs are scaled by the largest one.
    scale = max(1, *map(abs, costs))
    solver = _solver(seconds)
    solver.passModel(_program(instance, nodes, [group for group, _ in groups], [c / scale for c in costs]))
    solver.run()
    solved = _outcome(solver)[0]
    if not solved or not _has_division(solver):
        # Time is up, or not even shares of groups add up to a division.
        return Solved(known, None, solved and known is None)
    bound = float(solver.getInfo().objective_function_value)
    kept = list(range(len(groups)))
    if known is not None:
        above = np.asarray(solver.getSolution().col_dual)
        kept = np.flatnonzero(above <= _cost(instance, known) / scale - bound + _SURE).tolist()
    kept_costs = [costs[i] / scale for i in kept]
    solver = _solver(seconds)
    solver.passModel(_program(instance, nodes, [groups[i][0] for i in kept], kept_costs, whole=True))
    solver.run()
    proven, reached = _outcome(solver)
    found: Division | None = None
    if _has_division(solver):
        values = solver.getSolution().col_value
        found = tuple(sorted(groups[i][0] for i, x in zip(kept, values, strict=True) if x > 0.5))
    best = _better(instance, found, known)
    if proven:
        return Solved(best, None if best is None else float(_cost(instance, best)), True)
    return Solved(best, max(bound, reached) * scale, False)


_SURE: Final = 1e-6
"""More than the solver's own tolerance: a group is left out only if it is certain to do harm."""


def _program(
    instance: Instance,
    nodes: Sequence[int],
    groups: Sequence[tuple[int, ...]],
    costs: Sequence[float],
    *,
    whole: bool = False,
) -> Any:
    """A column for each group, a row for each node, and one for the number of groups where that is bound."""
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
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(groups)
    return lp


def _solver(seconds: float | None) -> Any:
    highspy = _highspy()

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("random_seed", 0)
    # One thread: with several the solver takes another way each time.
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    if seconds is not None:
        solver.setOptionValue("time_limit", float(seconds))
    return solver


def _outcome(solver: Any) -> tuple[bool, float]:
    """Whether the answer is proved, and the bound."""
    highspy = _highspy()

    proved = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible
    info = solver.getInfo()
    return solver.getModelStatus() in proved, float(info.mip_dual_bound)


def _has_division(solver: Any) -> bool:
    return bool(solver.getInfo().primal_solution_status == 2)


# ---- by places


def _keep_bounds(solver: Any, instance: Instance, members: Sequence[Any]) -> None:
    """A group keeps to the floors and caps; one variable for each unit says whether it is a member."""
    for bound in instance.bounds:
        total = sum(amounts[bound.amount] * member for amounts, member in zip(instance.totals, members, strict=True))
        if bound.low is not None:
            solver.addConstr(total >= bound.low)
        if bound.high is not None:
            solver.addConstr(total <= bound.high)


def _both(solver: Any, inside: Mapping[tuple[int, int], Any], u: int, v: int, groups: range) -> Iterator[Any]:
    """Variables, one for each group, that can be 1 only where both units are in it."""
    for g in groups:
        both = solver.addVariable(0.0, 1.0)
        solver.addConstr(both <= inside[u, g])
        solver.addConstr(both <= inside[v, g])
        yield both


def _tie(solver: Any, inside: Mapping[tuple[int, int], Any], u: int, v: int, groups: range, *, together: bool) -> None:
    """Two units are in one group, or are not."""
    for g in groups:
        if together:
            solver.addConstr(inside[u, g] == inside[v, g])
        else:
            solver.addConstr(inside[u, g] + inside[v, g] <= 1)


def _by_places(instance: Instance, known: Board | None, seconds: float | None) -> Solved:
    """Units on places, pairs in one group as variables of their own."""
    solver = _solver(seconds)
    groups, count = range(instance.most), len(instance)
    inside = {(u, g): solver.addBinary() for u in range(count) for g in groups}
    for u in range(count):
        solver.addConstr(sum(inside[u, g] for g in groups) == 1)
        # Groups are numbered by their first unit: unit u cannot be in a group after number u.
        for g in groups:
            if g > u:
                solver.addConstr(inside[u, g] == 0)
    terms: list[Any] = []
    scale = float(
        max(1, *(abs(w) for mine in instance.worth for w in mine.values()), *(f for _, f, _ in instance.costs.away), 1)
    )
    for g in groups:
        solver.addConstr(sum(inside[u, g] for u in range(count)) >= 1)
        _keep_bounds(solver, instance, [inside[u, g] for u in range(count)])
        for amount, factor, target in instance.costs.away:
            off = solver.addVariable(0.0)
            total = sum(instance.totals[u][amount] * inside[u, g] for u in range(count))
            solver.addConstr(off >= total - target)
            solver.addConstr(off >= target - total)
            terms.append(factor / scale * off)
    for u in range(count):
        for v, worth in instance.worth[u].items():
            if u < v and worth:
                terms += [-worth / scale * both for both in _both(solver, inside, u, v, groups)]
        for v, tie in instance.ties[u].items():
            if u < v:
                _tie(solver, inside, u, v, groups, together=tie < 0)
    if terms:
        solver.minimize(sum(terms))
    else:
        solver.run()
    proven, reached = _outcome(solver)
    found: Division | None = None
    if _has_division(solver):
        values = {key: solver.val(variable) for key, variable in inside.items()}
        places = [next(g for g in groups if values[u, g] > 0.5) for u in range(count)]
        found = Board(instance, places).division()
    best = _better(instance, found, None if known is None else known.division())
    if proven:
        return Solved(best, None if best is None else float(_cost(instance, best)), True)
    # The program leaves out what is the same for every division: what pairs inside one node are worth, and each group.
    same = instance.costs.group * instance.most - sum(t[1] for t in instance.totals)
    return Solved(best, reached * scale + same if isfinite(reached) else None, False)
