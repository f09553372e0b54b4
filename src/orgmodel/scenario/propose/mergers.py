"""Proposals of mergers that meet constraints, and samples of such divisions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any, Literal

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import strict
from orgmodel.scenario.propose import exact, sampler, search, verify
from orgmodel.scenario.propose.board import Board, Instance, components
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.feasible import Infeasible, impossible
from orgmodel.scenario.propose.problem import Problem, problem_of
from orgmodel.scenario.propose.proposal import Method, Proposal, Proposals, proposal_of
from orgmodel.scenario.propose.request import Measures, Request, request
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "propose_mergers",
    "sample_mergers",
]

Division = tuple[tuple[int, ...], ...]


@strict
def propose_mergers(
    structure: Structure | None,
    neighbours: Any = None,
    constraints: Constraint | Iterable[Constraint] = (),
    objective: Term | Iterable[Term] | None = None,
    *,
    n: int = 1,
    seed: int = 0,
    time_limit: float | None = None,
    method: Literal["search", "exact"] = "search",
    units: Selection | Iterable[str] | None = None,
    measures: Measures | None = None,
    begin: Iterable[Iterable[str]] | None = None,
    starts: int | None = None,
    steps: int | None = None,
    islands: Literal["bound", "alone"] = "bound",
    unknown: Literal["refuse", "alone"] = "refuse",
    executor: Executor | None = None,
) -> Proposals:
    """Propose mergers that meet constraints: groups of neighbours, each with the reasons for it.

    The order of the units does not matter, and ids decide only between units that are alike in everything else. The
    same arguments give the same proposals on every machine, unless the time limit is reached; a note then says so.

    Args:
        structure: the organisation before; None to divide names, if the other arguments give all figures.
        neighbours: which units border on each other: pairs, pairs with lengths, a networkx graph, or
            :class:`~orgmodel.scenario.propose.neighbours.Neighbours`; None if any units may be merged.
        constraints: the constraints on groups; see :mod:`orgmodel.scenario.propose.constraints`.
        objective: one or more weighted terms; by default many units and short borders or, if the number of units is
            given, even sizes and short borders.
        n: how many different proposals.
        seed: seed of the search.
        time_limit: stop after this many seconds with the best result so far; the exact method then reports the gap.
        method: ``search``, or ``exact`` for small problems, with a proof; it needs the extra ``propose``.
        units: the units that may be merged: ids or a selection; by default those that have neighbours.
        measures: measure -> unit -> value; they take precedence over the values of the structure.
        begin: groups to start from instead of the single units.
        starts: the number of starts of the search; by default twelve, but at least twice ``n``.
        steps: the number of steps from each start; by default 6,000 plus 40 for each unit, but at most 60,000.
        islands: whether units without a neighbour must meet floors too (``bound``) or stay as they are (``alone``).
        unknown: units with an unknown value are refused (``refuse``) or stay as they are (``alone``).
        executor: an executor of ``concurrent.futures`` or dask for the starts; None runs them in this process.

    Raises:
        Refused: the request has faults.
        Infeasible: no division was found; the findings name the units that prevent it and by how much, and ``proven``
            tells whether it is proved that there is none.
        ModuleNotFoundError: the exact method is used without the extra.

    >>> from orgmodel.history.history import structure_of
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "members": n} for x, n in zip("abcd", (200, 90, 250, 300)))]
    >>> now = structure_of(rows, day="2025-01-01")
    >>> found = propose_mergers(now, {("a", "b"): 3, ("b", "c"): 5, ("c", "d"): 4}, AtLeast("members", 200))
    >>> print(found[0])
    4 units become 3 in 1 mergers (found by search)
      units fewer: 1
      borders that remain: 0.583
    b + c (members 340)
        because b has 90 members, 110 below the floor of 200
    """
    _positive("n", n)
    asked = request(
        structure, neighbours, constraints, objective, units=units, measures=measures, islands=islands, unknown=unknown
    )
    problem = _possible(asked)
    if method == "exact":
        return _exact(problem, time_limit)
    if method != "search":
        raise Refused("a proposal", [Finding("method", f"there is no method {method!r}; say search or exact")])
    instance = problem.instance
    count = max(12, 2 * n) if starts is None else starts
    _positive("starts", count)
    each = min(60_000, 6_000 + 40 * len(instance)) if steps is None else steps
    first = None if begin is None else problem.places(_starting_groups(asked, begin))
    boards, stopped = _searched(instance, seed, range(count), each, first, time_limit, executor)
    best = {division: cost for division, cost, allowed in boards if allowed}
    if not best:
        return _last_resort(problem, boards, time_limit)
    if len(best) < n and not stopped:
        # Long searches often end at the same division; short ones end at different divisions near it.
        more, stopped = _searched(instance, seed, range(count, count + 4 * n), each // 50, first, time_limit, executor)
        best |= {division: cost for division, cost, allowed in more if allowed}
    ranked = sorted(best, key=lambda division: (best[division], division))[:n]
    notes = list(_notes(asked))
    if stopped:
        notes.append(Finding("time", f"time was up after {len(boards)} of {count} starts", severity="note"))
    if len(ranked) < n:
        notes.append(Finding("fewer", f"{len(ranked)} different proposals were found, not {n}", severity="note"))
    return Proposals(asked, [_proposal(problem, division, "search") for division in ranked], notes)


def _positive(name: str, number: int) -> None:
    if number < 1:
        raise Refused("a proposal", [Finding(name, f"{name} is {number}; it is at least 1")])


def _possible(asked: Request) -> Problem:
    problem = problem_of(asked)
    findings = impossible(problem)
    if findings:
        raise Infeasible(_title(asked), findings)
    return problem


def _title(asked: Request) -> str:
    return f"a proposal for {len(asked.units)} units"


def _starting_groups(asked: Request, begin: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
    """The groups to start from, and each unit that is in none of them as a group of its own."""
    groups = [tuple(group) for group in begin]
    named = [unit for group in groups for unit in group]
    faults = [Finding("begin", "it is none of the units", (u,)) for u in dict.fromkeys(named) if u not in asked.units]
    faults += [Finding("begin", "it is in several groups", (u,)) for u in dict.fromkeys(named) if named.count(u) > 1]
    if faults:
        raise Refused("groups to begin with", faults)
    return groups + [(unit,) for unit in asked.units if unit not in set(named)]


def _proposal(problem: Problem, division: Division, method: Method, **details: Any) -> Proposal:
    """A proposal, after an independent check of the division."""
    groups = problem.groups(division)
    faults = verify.faults(problem.request, groups)
    if faults:
        raise AssertionError(f"the search gave a division that breaks the constraints: {faults[:3]}")
    return proposal_of(problem.request, groups, method, **details)


def _notes(asked: Request) -> Iterator[Finding]:
    yield from asked.notes
    if asked.islands:
        yield Finding("island", "they have no neighbour", asked.islands, severity="note")
    reasons: dict[str, list[str]] = {}
    for unit, why in asked.exempt.items():
        reasons.setdefault(why, []).append(unit)
    for why, units in reasons.items():
        yield Finding("exempt", f"they stay as they are: {why}", units, severity="note")


# ---- the search


Result = tuple[Division, int, bool]


def _one_start(
    instance: Instance, seed: int, number: int, steps: int, first: Sequence[int] | None, seconds: float | None
) -> Result:
    # The time left is passed in seconds, because the clocks of different processes cannot be compared.
    until = None if seconds is None else time.monotonic() + seconds
    stop = search.never if until is None else lambda: time.monotonic() >= until
    begin = _connected(instance, first)
    board = search.from_start(instance, sampler.generator(seed, number), number, steps, stop, begin)
    return board.division(), board.cost(), board.allowed


def _connected(instance: Instance, places: Sequence[int] | None) -> list[int] | None:
    """The groups in connected pieces, as the search needs them."""
    if places is None:
        return None

    def beside(node: int) -> Iterator[int]:
        return (other for other in instance.near[node] if places[other] == places[node])

    pieces = [-1] * len(places)
    for number, nodes in enumerate(components(len(places), beside)):
        for node in nodes:
            pieces[node] = number
    return pieces


def _searched(
    instance: Instance,
    seed: int,
    numbers: Sequence[int],
    steps: int,
    first: Sequence[int] | None,
    time_limit: float | None,
    executor: Executor | None,
) -> tuple[list[Result], bool]:
    """The results of the starts, in order of their numbers, and whether the time limit was reached."""
    began = time.monotonic()
    results: list[Result] = []
    if executor is not None:
        waiting = [executor.submit(_one_start, instance, seed, i, steps, first, time_limit) for i in numbers]
        results = [future.result() for future in waiting]
    else:
        for number in numbers:
            left = None if time_limit is None else began + time_limit - time.monotonic()
            if results and left is not None and left <= 0:
                break
            results.append(_one_start(instance, seed, number, steps, first, left))
    return results, time_limit is not None and time.monotonic() >= began + time_limit


def _last_resort(problem: Problem, boards: Sequence[Result], time_limit: float | None) -> Proposals:
    """After a search without success: the result of the exact method, or an error with the nearest division."""
    asked = problem.request
    try:
        return _exact(problem, time_limit)
    except (exact.TooLarge, ModuleNotFoundError):
        pass
    except Infeasible as error:
        if error.proven:
            raise Infeasible(error.what, _faults(problem, boards), True) from None
    raise Infeasible(_title(asked), _faults(problem, boards), False, problem.groups(_nearest(problem, boards)))


def _nearest(problem: Problem, boards: Sequence[Result]) -> Division:
    def trouble(division: Division) -> int:
        instance = problem.instance
        return sum(instance.trouble(instance.totals_of(group)) for group in division) + instance.crowd(len(division))

    return min((division for division, _, _ in boards), key=trouble)


def _faults(problem: Problem, boards: Sequence[Result]) -> list[Finding]:
    return verify.faults(problem.request, problem.groups(_nearest(problem, boards)))


# ---- exact


def _exact(problem: Problem, time_limit: float | None) -> Proposals:
    asked = problem.request
    try:
        solved = exact.solve(problem.instance, time_limit)
    except exact.TooLarge:
        message = f"there are more than {exact.LISTED:,} groups to choose from; narrow them by caps, or use the search"
        raise _TooLarge(_title(asked), [Finding("exact", message)]) from None
    if solved.division is None:
        message = "no division meets all constraints" if solved.proven else "none was found in time"
        raise Infeasible(_title(asked), [Finding("exact", message)], solved.proven)
    proposal = _proposal(problem, solved.division, "exact", proven=solved.proven, **_bounded(problem, solved))
    notes = [*_notes(asked)]
    if not solved.proven:
        notes.append(Finding("time", "time was up before the proof", severity="note"))
    return Proposals(asked, [proposal], notes)


def _bounded(problem: Problem, solved: exact.Solved) -> dict[str, float | None]:
    """The lower bound in terms of the request's objective, and the gap to it."""
    if solved.division is None or solved.bound is None:
        return {"bound": None, "gap": None}
    instance = problem.instance
    own = sum(instance.costs.of(instance.totals_of(group)) for group in solved.division)
    cost = verify.total_cost(problem.request, problem.groups(solved.division))
    # The instance leaves out constant parts of the cost; they are the difference between the two costs.
    bound = float(cost) - (own - solved.bound) / problem.scale
    return {
        "bound": bound,
        "gap": 0.0 if solved.proven else max(0.0, float(cost) - bound) / max(1e-9, abs(float(cost))),
    }


class _TooLarge(Refused, exact.TooLarge):
    """A refusal that can still be recognised as :class:`exact.TooLarge` by :func:`_last_resort`."""


# ---- ensembles


def sample_mergers(
    structure: Structure | None,
    neighbours: Any = None,
    constraints: Constraint | Iterable[Constraint] = (),
    objective: Term | Iterable[Term] | None = None,
    *,
    n: int = 100,
    seed: int = 0,
    every: int = 20,
    chains: int = 4,
    units: Selection | Iterable[str] | None = None,
    measures: Measures | None = None,
    islands: Literal["bound", "alone"] = "bound",
    unknown: Literal["refuse", "alone"] = "refuse",
    executor: Executor | None = None,
) -> Proposals:
    """Draw a sample of the divisions that meet the constraints, whatever their cost.

    Chains start from different divisions; each step cuts two neighbouring groups anew along a random spanning tree, into
    one, two or three groups. The draw favours compact groups; it is not uniform over all divisions.

    Args:
        structure: as for :func:`propose_mergers`, like all arguments that are not described here.
        neighbours: which units border on each other.
        constraints: the constraints on groups.
        objective: the terms to measure.
        n: how many divisions; the same one can occur several times.
        seed: seed of all chains; each has its own generator, so the result does not depend on the executor.
        every: a division is taken after this many steps of a chain.
        chains: how many chains.
        units: the units.
        measures: values of measures.
        islands: how to treat units without a neighbour.
        unknown: how to treat units with an unknown value.
        executor: any executor for the chains, such as ``dask.distributed.Client(...).get_executor()``.

    Raises:
        Refused, Infeasible: as for :func:`propose_mergers`; also if no chain found a division to start from.

    >>> from orgmodel.scenario.propose.constraints import Count
    >>> square = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    >>> sorted({proposal.divided for proposal in sample_mergers(None, square, Count(2), n=40)})[:2]
    [(('a',), ('b', 'c', 'd')), (('a', 'b'), ('c', 'd'))]
    """
    for name, number in (("n", n), ("every", every), ("chains", chains)):
        _positive(name, number)
    asked = request(
        structure, neighbours, constraints, objective, units=units, measures=measures, islands=islands, unknown=unknown
    )
    problem = _possible(asked)
    shares = [len(range(i, n, chains)) for i in range(chains)]
    jobs = [(problem.instance, seed, i, share, every) for i, share in enumerate(shares) if share]
    if executor is None:
        draws = [_one_chain(*job) for job in jobs]
    else:
        draws = [future.result() for future in [executor.submit(_one_chain, *job) for job in jobs]]
    if any(divisions is None for divisions in draws):
        # The search is better at finding a division to start from; if it fails, its error explains why.
        searched = propose_mergers(
            structure,
            neighbours,
            constraints,
            objective,
            seed=seed,
            units=units,
            measures=measures,
            islands=islands,
            unknown=unknown,
        )
        first = problem.places(searched[0].divided)
        draws = [
            _one_chain(*job, first) if divisions is None else divisions
            for job, divisions in zip(jobs, draws, strict=True)
        ]
    proposals = [_proposal(problem, division, "sample") for divisions in draws for division in divisions or ()]
    return Proposals(asked, proposals, _notes(asked))


def _one_chain(
    instance: Instance, seed: int, number: int, count: int, every: int, first: Sequence[int] | None = None
) -> list[Division] | None:
    rng = sampler.generator(seed, number)
    board = sampler.begin(instance, rng) if first is None else Board(instance, first)
    if board is None:
        return None
    result: list[Division] = []
    for step, now in enumerate(sampler.chain(board, rng), 1):
        if step % every == 0:
            result.append(now.division())
            if len(result) == count:
                break
    return result
