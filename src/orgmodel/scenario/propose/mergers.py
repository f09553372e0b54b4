"""Which mergers would satisfy the constraints: proposals, and ensembles of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any, Literal

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import strict
from orgmodel.scenario.propose import exact, sampler, search, verify
from orgmodel.scenario.propose.board import Board, Instance
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.feasible import Infeasible, impossible
from orgmodel.scenario.propose.problem import Problem, problem_of
from orgmodel.scenario.propose.proposal import Method, Proposal, Proposals, made
from orgmodel.scenario.propose.request import Measures, Request, request
from orgmodel.structure.selection import Selection
from orgmodel.structure.structure import Structure

__all__ = [
    "Division",
    "Result",
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
    """Mergers that satisfy constraints: groups of neighbours, each with the reasons for it.

    The units are read as a set: their order does not matter, and ids only part units that nothing else tells apart.
    The same arguments give the same proposals on every machine, unless the time limit is reached; then a note says so.

    Args:
        structure: the organisation before; None to divide names of which all is said by the other arguments.
        neighbours: who borders on whom: pairs, pairs with lengths, a networkx graph, or
            :class:`~orgmodel.scenario.propose.neighbours.Neighbours`; None if any units may be put together.
        constraints: what must hold of every group; see :mod:`orgmodel.scenario.propose.constraints`.
        objective: what is better, weighted and added up; as many units as can be and short borders if None, or with
            the number of units given, even sizes and short borders.
        n: how many different proposals.
        seed: seed of the search.
        time_limit: after how many seconds to stop with what there is; the exact method tells the gap that is left.
        method: ``search``, or ``exact`` for small problems, with a proof; it needs the extra ``propose``.
        units: the units that may be put together: ids or a selection; those that have neighbours if None.
        measures: measure -> unit -> value, for what the structure does not state.
        begin: groups to begin with and to mend, instead of the units as they are.
        starts: from how many starts to search; twelve and at least twice ``n`` if None.
        steps: how many steps from each start; 6,000 and 40 for each unit if None, but no more than 60,000.
        islands: whether units without a neighbour must meet floors too (``bound``), or stay as they are (``alone``).
        unknown: what to do with units of which a measure is not known: ``refuse`` and name them, or leave them ``alone``.
        executor: any executor of ``concurrent.futures``, dask's included, for the starts; None works here.

    Raises:
        Refused: with every fault of what is asked for.
        Infeasible: no such division was found; the findings say which units stand in the way and by how much, and
            ``proven`` whether there is none.
        ModuleNotFoundError: the exact method without the extra.

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
        # Long searches end at the same division again and again; short ones stop at others near it.
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
    """Groups to begin with, made whole: each unit in one group, groups that no border connects in their pieces."""
    groups = [tuple(group) for group in begin]
    named = [unit for group in groups for unit in group]
    faults = [Finding("begin", "it is none of the units", (u,)) for u in dict.fromkeys(named) if u not in asked.units]
    faults += [Finding("begin", "it is in several groups", (u,)) for u in dict.fromkeys(named) if named.count(u) > 1]
    if faults:
        raise Refused("groups to begin with", faults)
    return groups + [(unit,) for unit in asked.units if unit not in set(named)]


def _proposal(problem: Problem, division: Division, method: Method, **details: Any) -> Proposal:
    """A proposal, after the independent check has passed it."""
    groups = problem.groups(division)
    faults = verify.faults(problem.request, groups)
    if faults:
        raise AssertionError(f"the search gave a division that breaks the constraints: {faults[:3]}")
    return made(problem.request, groups, method, **details)


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
    # Counted from here: a clock of another process is another clock.
    until = None if seconds is None else time.monotonic() + seconds
    stop = search.never if until is None else lambda: time.monotonic() >= until
    begin = _connected(instance, first)
    board = search.from_start(instance, sampler.generator(seed, number), number, steps, stop, begin)
    return board.division(), board.cost(), board.allowed


def _connected(instance: Instance, places: Sequence[int] | None) -> list[int] | None:
    """Groups that no border connects, in pieces: the search only ever has groups that hang together."""
    if places is None:
        return None
    pieces = [-1] * len(places)
    count = 0
    for start in range(len(places)):
        if pieces[start] < 0:
            stack = [start]
            pieces[start] = count
            while stack:
                node = stack.pop()
                for other in instance.near[node]:
                    if pieces[other] < 0 and places[other] == places[start]:
                        pieces[other] = count
                        stack.append(other)
            count += 1
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
    """What each start came to, in order of their numbers, and whether time ran out."""
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
    """Where the search found nothing: what the exact method says, or the nearest division with what it breaks."""
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
    """The bound as a cost of the request, and the gap that is left."""
    if solved.division is None or solved.bound is None:
        return {"bound": None, "gap": None}
    instance = problem.instance
    own = sum(instance.costs.of(instance.totals_of(group)) for group in solved.division)
    cost = verify.total_cost(problem.request, problem.groups(solved.division))
    # The search leaves out what is the same for every division; the difference of both costs tells what.
    bound = float(cost) - (own - solved.bound) / problem.scale
    return {
        "bound": bound,
        "gap": 0.0 if solved.proven else max(0.0, float(cost) - bound) / max(1e-9, abs(float(cost))),
    }


class _TooLarge(Refused, exact.TooLarge):
    """Refused, and known to the caller inside."""


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
    """An ensemble of divisions that satisfy the constraints, whatever they cost: what is possible, not what is best.

    Chains begin at different divisions; each step cuts two neighbouring groups anew along a random spanning tree, into
    one, two or three. The draw favours compact groups and is not uniform over all divisions.

    Args:
        structure: as in :func:`propose_mergers`, like all arguments that are not named here.
        neighbours: who borders on whom.
        constraints: what must hold.
        objective: what is measured of each.
        n: how many divisions; the same one can come several times.
        seed: seed of all chains; each has a generator of its own, so the result is the same on any executor.
        every: after how many steps of a chain a division is taken.
        chains: how many chains.
        units: the units.
        measures: values that the structure does not state.
        islands: about units without a neighbour.
        unknown: about units of which a measure is not known.
        executor: any executor for the chains, such as ``dask.distributed.Client(...).get_executor()``.

    Raises:
        Refused, Infeasible: as in :func:`propose_mergers`; also if no chain found a division to begin with.

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
        # What stands in the way is for the search to say.
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
