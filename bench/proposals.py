"""Proposals side by side with GerryChain (ReCom) and spopt (Max-P, random regions): the same graphs, one run.

    python bench/proposals.py                 # orgmodel alone
    python bench/proposals.py --peers         # with gerrychain and spopt, which are in no extra: pip install them beside

The graph is that of the communes of some provinces, about 700 areas, measured by their area; the floor is three mean
areas, which gives about 233 parts. Whatever comes out is checked by plain code here, for everybody alike.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import networkx as nx

from orgmodel.party import vietnam
from orgmodel.scenario.propose import exact as exactly
from orgmodel.scenario.propose import sampler, search
from orgmodel.scenario.propose.constraints import UNITS, AtLeast, AtMost, Compact, Count, Even, FewestChanges, MostUnits
from orgmodel.scenario.propose.mergers import _one_start, propose_mergers
from orgmodel.scenario.propose.neighbours import Neighbours, from_points
from orgmodel.scenario.propose.problem import Problem, problem_of
from orgmodel.scenario.propose.request import request

AREAS = 700


def areas() -> tuple[Neighbours, dict[str, Fraction]]:
    """About 700 connected communes of neighbouring provinces, with their areas."""
    near, sizes = vietnam.neighbours(), vietnam.commune_areas()
    graph = near.graph().subgraph(sizes)
    piece: nx.Graph[str] = graph.subgraph(max(nx.connected_components(graph), key=len))
    parent = {u.id: u.parent for u in vietnam.reform_2025().at("2025-07-01").units(kind="commune")}
    chosen: list[str] = []
    start = min(piece)
    for unit in nx.bfs_tree(piece, start):
        if unit not in chosen and len(chosen) < AREAS:
            chosen += [other for other in piece if parent[other] == parent[unit] and other not in chosen]
    kept = piece.subgraph(chosen)
    kept = kept.subgraph(max(nx.connected_components(kept), key=len))
    units = set(kept)
    pairs = {pair: length for pair, length in near.pairs.items() if set(pair) <= units}
    return Neighbours(pairs, {u: near.points[u] for u in units}), {u: sizes[u] for u in sorted(units)}


def valid(near: Neighbours, sizes: dict[str, Fraction], floor: Fraction, groups: Iterable[Iterable[str]]) -> bool:
    """Whether every group hangs together and reaches the floor, and all units are in one."""
    listed = [list(group) for group in groups]
    graph = near.graph()
    return sorted(u for group in listed for u in group) == sorted(sizes) and all(
        sum(sizes[u] for u in group) >= floor and nx.is_connected(graph.subgraph(group)) for group in listed
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


def told(what: str, who: str, value: str) -> None:
    print(f"{what:44} {who:12} {value}", flush=True)


def _frame(units: list[str], sizes: dict[str, Fraction]) -> Any:
    import pandas as pd

    return pd.DataFrame({"area": [float(sizes[u]) for u in units]}, index=units)


def _weights(near: Neighbours, units: list[str]) -> Any:
    """Neighbours by place: Max-P takes no other ids."""
    import libpysal

    graph, place = near.graph(), {unit: i for i, unit in enumerate(units)}
    return libpysal.weights.W({place[u]: [place[v] for v in graph[u]] for u in units}, silence_warnings=True)


def max_p(near: Neighbours, sizes: dict[str, Fraction], floor: Fraction, peers: bool) -> None:
    what = f"most regions of {float(floor):.0f} km2 or more"
    seconds = None
    if peers:
        from spopt.region import MaxPHeuristic

        units = sorted(sizes)
        frame = _frame(units, sizes)
        weights = _weights(near, units)
        model = MaxPHeuristic(frame, weights, ["area"], "area", float(floor))
        _, seconds = timed(model.solve)
        groups = [[u for u, label in zip(units, model.labels_, strict=True) if label == g] for g in set(model.labels_)]
        told(what, "spopt", f"{len(groups)} in {seconds:.2f} s, valid {valid(near, sizes, floor, groups)}")
    problem = problem_of(
        request(None, near, AtLeast("area", floor), [MostUnits(), Compact(Fraction(1, 1000))], measures={"area": sizes})
    )
    begun = time.perf_counter()
    best: tuple[int, Any] = (0, ())
    limit = 1.0 if seconds is None else seconds / 100
    number = 0
    while time.perf_counter() - begun < limit or not number:
        left = begun + limit
        rng = sampler.generator(0, number)
        board = search.grown(problem.instance, rng)
        if board.allowed and len(board.groups) > best[0]:
            best = len(board.groups), board.division()
        if time.perf_counter() < left:
            board = search.improve(board, rng, 20_000, lambda end=left: time.perf_counter() >= end, 0.1)
            if board.allowed and len(board.groups) > best[0]:
                best = len(board.groups), board.division()
        number += 1
    spent = time.perf_counter() - begun
    told(what, "orgmodel", f"{best[0]} in {spent:.2f} s, valid {valid(near, sizes, floor, problem.groups(best[1]))}")
    (division, _, _), spent = timed(lambda: _one_start(problem.instance, 0, 1, 60_000, None, None))
    told(
        what,
        "orgmodel",
        f"{len(division)} in {spent:.2f} s, valid {valid(near, sizes, floor, problem.groups(division))}",
    )


def steps(near: Neighbours, sizes: dict[str, Fraction], peers: bool) -> None:
    """Here every commune counts as one, for a floor of areas that differ so much leaves ReCom without a balanced cut."""
    units = sorted(sizes)
    bounds = [AtLeast(UNITS, 2), AtMost(UNITS, 6)]
    problem = problem_of(request(None, near, bounds, Compact(), units=units))
    counted = problem_of(request(None, near, [*bounds, Count(233)], Compact(), units=units))
    rng = random.Random(1)
    board = search.Board(problem.instance, search.from_start(counted.instance, rng, 0, 5_000).places)
    parts = len(board.groups)
    what = f"steps a second at {parts} parts"
    if peers:
        from functools import partial

        from gerrychain import MarkovChain, Partition, updaters
        from gerrychain.proposals import recom

        graph = near.graph()
        for unit in graph:
            graph.nodes[unit]["one"] = 1
        assignment = {u: i for i, group in enumerate(problem.groups(board.division())) for u in group}
        first = Partition(graph, assignment, updaters={"one": updaters.Tally("one")})
        proposal = partial(recom, pop_col="one", pop_target=len(units) / parts, epsilon=0.8)
        chain = MarkovChain(proposal, initial_partition=first, total_steps=100, rng=1)
        done, seconds = timed(lambda: sum(1 for _ in chain))
        told(what, "gerrychain", f"{done / seconds:,.0f} (ReCom)")
    chain_ = sampler.chain(board, rng)
    _, seconds = timed(lambda: [next(chain_) for _ in range(3_000)])
    told(what, "orgmodel", f"{3_000 / seconds:,.0f} (recombination, one to three parts)")
    board = search.grown(problem.instance, rng)
    _, seconds = timed(lambda: search.improve(board, rng, 20_000))
    told(what, "orgmodel", f"{20_000 / seconds:,.0f} (steps of the search)")


def plans(near: Neighbours, sizes: dict[str, Fraction], floor: Fraction, peers: bool) -> None:
    what = "independent plans a second"
    if peers:
        import libpysal
        from spopt.region import RandomRegion

        units = sorted(sizes)
        weights = libpysal.weights.W({u: list(near.graph()[u]) for u in units}, id_order=units, silence_warnings=True)
        count = 3
        found, seconds = timed(lambda: [RandomRegion(units, num_regions=233, contiguity=weights) for _ in range(count)])
        feasible = sum(1 for model in found if model.feasible)
        frame, floor_only = _frame(units, sizes), 10
        from spopt.region import MaxPHeuristic

        grown_ = MaxPHeuristic(
            frame,
            _weights(near, units),
            ["area"],
            "area",
            float(floor),
            max_iterations_construction=floor_only,
            max_iterations_sa=0,
        )
        _, construction = timed(grown_.solve)
        told(what, "spopt", f"{floor_only / construction:.2f} (growth of Max-P, with the floor)")
        told(what, "spopt", f"{count / seconds:.2f} ({feasible} of {count} feasible, no floor)")
    problem = problem_of(request(None, near, AtLeast("area", floor), Even("area"), measures={"area": sizes}))
    for name, make in (("carved", search.carve), ("grown", lambda i, rng: search.grown(i, rng).places)):
        made, seconds = timed(lambda m=make: [m(problem.instance, sampler.generator(0, i)) for i in range(50)])
        right = sum(search.Board(problem.instance, places).allowed for places in made)
        told(what, "orgmodel", f"{50 / seconds:.1f} ({name}; {right} of 50 valid, with the floor)")


def blocks(near: Neighbours, sizes: dict[str, Fraction], count: int) -> None:
    graph, rng = near.graph(), random.Random(7)
    same = tried = 0
    spent = proof = 0.0
    while tried < count:
        units: list[str] = []
        wanted = rng.randint(8, 17)
        for unit in nx.bfs_tree(graph, rng.choice(sorted(sizes))):
            units += [unit] if len(units) < wanted else []
        floor = sum(sizes[u] for u in units) / rng.randint(3, 6)
        terms = rng.choice([[MostUnits(), Compact()], [FewestChanges(), Compact()], [Even("area"), Compact()]])
        asked: dict[str, Any] = {"units": units, "measures": {"area": sizes}}
        problem: Problem = problem_of(request(None, near, AtLeast("area", floor), terms, **asked))
        solved, seconds = timed(lambda p=problem: exactly.solve(p.instance))
        if solved.division is None:
            continue
        proof += seconds
        best = sum(problem.instance.costs.of(problem.instance.totals_of(group)) for group in solved.division)
        found, seconds = timed(
            lambda a=asked, f=floor, t=terms: propose_mergers(None, near, AtLeast("area", f), t, **a)
        )
        spent += seconds
        division = problem.places(found[0].divided)
        same += search.Board(problem.instance, division).cost() == best
        tried += 1
    told("proved optimum found, blocks of 8 to 17", "orgmodel", f"{same} of {tried}")
    told("  mean time of a search / of a proof", "orgmodel", f"{spent / tried:.2f} s / {proof / tried:.2f} s")


def growth() -> None:
    rng = random.Random(3)
    for count in (1_000, 3_000, 10_000):
        points = {f"u{i}": (rng.random(), rng.random()) for i in range(count)}
        near = from_points(points)
        values = {unit: rng.randint(1, 100) for unit in points}
        problem, read = timed(
            lambda n=near, v=values: problem_of(
                request(None, n, AtLeast("n", 150), [MostUnits(), Compact()], measures={"n": v})
            )
        )
        board, grew = timed(lambda p=problem: search.grown(p.instance, random.Random(1)))
        _, climbed = timed(lambda b=board: search.improve(b, random.Random(1), 10_000))
        told(f"{count:,} units", "orgmodel", f"read {read:.2f} s, grown {grew:.2f} s, 10,000 steps {climbed:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="measure gerrychain and spopt beside")
    parser.add_argument("--blocks", type=int, default=60, help="how many blocks are proved")
    given = parser.parse_args()
    near, sizes = areas()
    floor = sum(sizes.values()) / len(sizes) * 3
    print(f"{len(sizes)} communes, {len(near.pairs)} borders, floor {float(floor):.0f} km2")
    plans(near, sizes, floor, given.peers)
    steps(near, sizes, given.peers)
    blocks(near, sizes, given.blocks)
    growth()
    max_p(near, sizes, floor, given.peers)


if __name__ == "__main__":
    main()
