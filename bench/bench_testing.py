"""The test kit: how fast its strategies and its machine are, how small its examples get.

``python bench/bench_testing.py`` prints the figures, and those of peers that are installed
(hypothesis-networkx, xarray, pandas, zarr). As a test it checks the answers with few
examples, and that some planted faults are caught: bench/planted_bugs.py has the full run.
Speeds are of processor time, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parent))

Rows = list[dict[str, Any]]


def rate(strategy: st.SearchStrategy[Any], examples: int, *, checks: bool = False) -> float:
    """Examples a second of processor time, the health checks on or off."""
    count = 0

    @seed(1)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[] if checks else list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        nonlocal count
        count += 1

    start = time.process_time()
    draw()
    return count / (time.process_time() - start)


# ---- how small examples get: planted faults with a known smallest example


def depths(rows: Rows) -> dict[str, int]:
    depth_of: dict[str, int] = {}
    for row in rows:
        depth_of[row["id"]] = 0 if "parent" not in row else depth_of[row["parent"]] + 1
    return depth_of


def below(rows: Rows) -> dict[str, list[str]]:
    children_of: dict[str, list[str]] = {row["id"]: [] for row in rows}
    for row in rows[1:]:
        children_of[row["parent"]].append(row["id"])
    return children_of


def cousins(rows: Rows) -> bool:
    deep = depths(rows)
    middle = {row["parent"] for row in rows if deep[row["id"]] == 2}
    return len({row["parent"] for row in rows if deep[row["id"]] == 3}) >= 2 and len(middle) >= 2


def uneven(rows: Rows) -> bool:
    sizes = [len(below(rows)[unit]) for unit in below(rows)["u0"]]
    return bool(sizes) and max(sizes) - min(sizes) >= 3


PLANTED: dict[str, tuple[Callable[[Rows], bool], int]] = {
    "three levels below the root": (lambda rows: max(depths(rows).values()) >= 3, 4),
    "four children of one unit": (lambda rows: max(map(len, below(rows).values())) >= 4, 5),
    "two siblings with two children each": (
        lambda rows: sum(len(below(rows)[unit]) >= 2 for unit in below(rows)["u0"]) >= 2,
        7,
    ),
    "ten leaves": (lambda rows: sum(not kids for kids in below(rows).values()) >= 10, 11),
    "cousins of the third level under two provinces": (cousins, 7),
    "one province with three communes more than another": (uneven, 6),
    "seventeen units": (lambda rows: len(rows) >= 17, 17),
}


def shrunk(strategy: st.SearchStrategy[Rows], fault: Callable[[Rows], bool], number: int) -> tuple[int, float]:
    """How many units the smallest example has, and how long it took to find from the first one."""
    size, first = 0, 0.0

    @seed(number)
    @settings(
        max_examples=5_000,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def fails(rows: Rows) -> None:
        nonlocal size, first
        if fault(rows):
            first = first or time.process_time()
            size = len(rows)
            raise ValueError

    with contextlib.suppress(ValueError):
        fails()
    return size, time.process_time() - first


def shrink_quality(seeds: int) -> Iterator[tuple[str, int, list[int], float]]:
    """Fault, smallest possible size, sizes found, longest time."""
    from orgmodel.testing.hierarchies import hierarchies

    for name, (fault, size) in PLANTED.items():
        runs = [shrunk(hierarchies(max_units=60), fault, number) for number in range(seeds)]
        yield name, size, [units for units, _ in runs], max(seconds for _, seconds in runs)


# ---- the machine


def machine_rate(*, stored: bool, runs: int, steps: int = 50) -> tuple[int, float]:
    """Steps taken, and steps a second of processor time."""
    from orgmodel.testing import machines

    counted = Counter[str]()

    class Counted(machines.restructuring(stored=stored)):  # type: ignore[misc]
        def check_invariants(self, *more: Any, **named: Any) -> Any:
            counted["steps"] += 1
            return super().check_invariants(*more, **named)

    start = time.process_time()
    run_machine(Counted, runs, steps)
    return counted["steps"], counted["steps"] / (time.process_time() - start)


def run_machine(machine: type[RuleBasedStateMachine], runs: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def generation(examples: int) -> tuple[float, float]:
    """Stories of cases a second, and lists of dictionaries of as many numbers a second."""
    from orgmodel.testing.laws import DICE
    from orgmodel.testing.schemas import AGENCIES, MEASURES
    from orgmodel.testing.strategies import Founder, stories

    fields = Founder(AGENCIES, MEASURES).width + 1
    number = st.integers(0, 255)
    row = st.fixed_dictionaries({f"field {i}": number for i in range(fields)})
    rows = st.lists(row, min_size=13, max_size=13)
    return rate(stories([AGENCIES], MEASURES, DICE), examples), rate(rows, examples)


def merger_rule_rate(examples: int) -> float:
    """Cases a second of ``check_merger_rule``, all laws of rules judged."""
    from orgmodel.acts.operations import PolicyMerger
    from orgmodel.testing.checks import check_merger_rule

    start = time.process_time()
    check_merger_rule(PolicyMerger(), max_examples=examples, seed=1)
    return examples / (time.process_time() - start)


def end_ratio(runs: int) -> float:
    """How many times as long a run of the machine takes by the laws that are judged at its end.

    Measured in the same runs: a machine with other settings draws others, which differ by more than this.
    """
    from orgmodel.testing import machines

    machine = machines.restructuring()
    at_end = 0.0

    class Timed(machine):  # type: ignore[misc,valid-type]
        def teardown(self) -> None:
            nonlocal at_end
            start = time.process_time()
            super().teardown()
            at_end += time.process_time() - start

    start = time.process_time()
    run_machine(Timed, runs, 50)
    spent = time.process_time() - start
    return spent / (spent - at_end)


# ---- as tests


def test_strategies_give_what_is_asked_at_speed() -> None:
    """A tenth of the speed that is aimed at, on any machine: more would test the machine."""
    from orgmodel.testing.strategies import hierarchies, large_hierarchies

    assert rate(hierarchies(min_units=50, max_units=50), 100) > 30
    assert rate(hierarchies(), 100) > 100
    assert rate(large_hierarchies(min_units=1_600, max_units=1_600), 50, checks=True) > 40


def test_cases_are_drawn_and_judged_at_speed() -> None:
    """A few of each, so that the figures that the command prints are of something that works."""
    ours, lists = generation(30)
    assert ours > lists / 4
    assert merger_rule_rate(30) > 5


def test_planted_faults_shrink_to_the_smallest_example() -> None:
    """One seed of each fault, never more than five units above the smallest."""
    for name, size, sizes, _ in shrink_quality(1):
        assert size <= sizes[0] <= size + 5, name


def test_the_machine_takes_steps() -> None:
    """It runs; how fast is printed by the command."""
    steps, _ = machine_rate(stored=False, runs=3)
    assert steps > 10


SHORT = ("used again", "cut to whole", "negative", "forgets until", "shares", "records it again")


def test_every_planted_fault_fits_the_library() -> None:
    """What a fault changes is there: else a renamed function would only show in the long profile."""
    import planted_bugs

    for planted in planted_bugs.BUGS:
        with planted.planted():
            pass


@pytest.mark.parametrize("word", SHORT)
def test_planted_faults_are_caught(word: str) -> None:
    """The short profile: some faults, one seed, named by their law."""
    import planted_bugs

    (planted,) = [item for item in planted_bugs.BUGS if word in item.name and "branches" not in item.name][:1]
    named, broken = planted_bugs.caught(planted, 100, 0)
    assert named, broken


# ---- peers


def peers() -> Iterator[tuple[str, float]]:
    """Name and examples a second of the peers that are installed."""
    if importlib.util.find_spec("hypothesis_networkx"):
        import networkx as nx
        from hypothesis_networkx import graph_builder

        graphs = graph_builder(graph_type=nx.Graph, min_nodes=50, max_nodes=50, connected=True)
        yield "hypothesis-networkx: connected graphs of 50 nodes", rate(graphs, 100)
        yield "hypothesis-networkx: graphs at defaults", rate(graph_builder(), 200)
    if importlib.util.find_spec("xarray"):
        from xarray.testing.strategies import variables

        yield "xarray: variables at defaults", rate(variables(), 100)
    if importlib.util.find_spec("pandas"):
        from hypothesis.extra.pandas import column, data_frames, range_indexes

        columns = [column("id", dtype=int), column("parent", dtype=int)]
        frames = data_frames(columns, index=range_indexes(min_size=50, max_size=50))
        yield "pandas: frames of 50 rows and 2 columns", rate(frames, 200)
    if importlib.util.find_spec("zarr"):
        from zarr.storage import MemoryStore
        from zarr.testing.stateful import ZarrHierarchyStateMachine

        counted = Counter[str]()

        class Counted(ZarrHierarchyStateMachine):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(MemoryStore())

            def check_invariants(self, *more: Any, **named: Any) -> Any:
                counted["steps"] += 1
                return super().check_invariants(*more, **named)

        start = time.process_time()
        run_machine(Counted, 10, 50)
        yield "zarr: steps of its state machine, memory store", counted["steps"] / (time.process_time() - start)


def main() -> None:
    """Print all figures."""
    for name, speed in peers():
        print(f"{speed:>8.0f} a second  {name}", flush=True)
    if importlib.util.find_spec("orgmodel") is None:
        return
    from orgmodel.testing.strategies import hierarchies, histories, large_hierarchies, structures

    figures: list[tuple[str, float]] = [
        ("hierarchies of exactly 50 units (goal 300)", rate(hierarchies(min_units=50, max_units=50), 1_000)),
        ("hierarchies at defaults (goal 1000)", rate(hierarchies(), 1_000)),
        (
            "large hierarchies of 1,600 units, health checks on (goal 400)",
            rate(large_hierarchies(min_units=1_600, max_units=1_600), 500, checks=True),
        ),
        ("structures at defaults", rate(structures(), 300)),
        ("histories at defaults", rate(histories(), 300)),
    ]
    for name, speed in figures:
        print(f"{speed:>8.0f} a second  {name}", flush=True)
    ours, lists = generation(400)
    print(
        f"{lists / ours:>8.2f} times lists of dictionaries of as many numbers: stories of cases (goal 1.5)", flush=True
    )
    print(f"{merger_rule_rate(400):>8.0f} a second  cases of check_merger_rule (goal 100)", flush=True)
    print(f"{end_ratio(30):>8.2f} times a run of the machine: with all laws judged at its end (goal 2.5)", flush=True)
    for stored, goal in ((False, 500), (True, 100)):
        steps, speed = machine_rate(stored=stored, runs=40)
        where = "saved and loaded after each" if stored else "in memory"
        print(f"{speed:>8.0f} a second  machine steps, {where} (goal {goal}; {steps} steps)", flush=True)
    smallest = runs = worst = 0
    slowest = 0.0
    for name, size, sizes, seconds in shrink_quality(10):
        smallest += sum(units == size for units in sizes)
        runs += len(sizes)
        worst = max(worst, max(sizes) - size)
        slowest = max(slowest, seconds)
        print(f"{size:>4} units: {name}: found {dict(Counter(sizes))}, at most {seconds:.2f} s", flush=True)
    print(f"{smallest} of {runs} at the smallest, worst {worst} above, slowest {slowest:.2f} s (goal 68 of 70, 5, 1 s)")


if __name__ == "__main__":
    main()
