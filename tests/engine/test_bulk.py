"""What is worked out for many rows at once is what plain loops say."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from profiles import times

from orgmodel.engine.bulk import on_cycles
from orgmodel.engine.columns import ABOVE_ROOT, UNSURE, distinct
from orgmodel.engine.stored import _stand_at_offsets
from orgmodel.engine.written import Numbers

UNITS = 8
PAIRS = st.lists(st.tuples(st.integers(0, UNITS - 1), st.integers(UNSURE, UNITS - 1)), max_size=16)


def ints(numbers: list[int]) -> np.ndarray:
    return np.array(numbers, np.int32)


@given(PAIRS)
def test_units_on_a_cycle_or_between_two_are_found(pairs: list[tuple[int, int]]) -> None:
    """Those that can be walked to from a cycle, and from which one can be walked to."""
    graph = nx.DiGraph((child, parent) for child, parent in pairs if parent >= 0)
    cyclic = {unit for unit in graph if any(unit in (over, *nx.descendants(graph, over)) for over in graph[unit])}
    above = cyclic.union(*(nx.descendants(graph, unit) for unit in cyclic))
    below = cyclic.union(*(nx.ancestors(graph, unit) for unit in cyclic))
    found = on_cycles(ints([child for child, _ in pairs]), ints([parent for _, parent in pairs]), UNITS)
    assert np.flatnonzero(found).tolist() == sorted(above & below)
    # Pairs without a parent are none, also where there are fewer units than numbers that say so.
    assert not on_cycles(ints([0]), ints([UNSURE]), 1).any()
    # The last unit is no parent of one without a parent, although numpy reads -1 as the last.
    assert not on_cycles(ints([1, 0]), ints([ABOVE_ROOT, 1]), 2).any()


@times(2)
@given(st.lists(st.integers(-1, 4), max_size=8), st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_rows_stand_at_the_offsets_of_their_subjects_or_are_refused(subjects: list[int], widths: list[int]) -> None:
    """A column is accepted exactly if it is the one that the offsets spell out."""
    off = ints([0, *np.cumsum(widths).tolist()])
    spelled = [subject for subject, width in enumerate(widths) for _ in range(width)]
    assert _stand_at_offsets(ints(spelled), off)
    if len(subjects) == len(spelled):
        assert _stand_at_offsets(ints(subjects), off) == (subjects == spelled)
    for place in range(len(spelled)):
        for other in (-1, 0, len(widths) - 1, len(widths)):
            changed = [*spelled[:place], other, *spelled[place + 1 :]]
            assert _stand_at_offsets(ints(changed), off) == (changed == spelled)


@given(st.lists(st.integers(-5, 5), max_size=12))
def test_different_numbers_are_those_of_a_set(numbers: list[int]) -> None:
    """Each once, sorted."""
    assert distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=3), st.lists(st.lists(st.integers(0, 9)), max_size=3))),
    st.integers(0, 9),
)
def test_written_numbers_are_those_of_all_batches_each_once(batches: list, number: int) -> None:
    """Singly written ones and arrays; a copy grows on its own."""
    numbers = Numbers()
    written: set[int] = set()
    for single, arrays in batches:
        numbers.add(Numbers(dict.fromkeys(single), [np.array(array, np.int64) for array in arrays]))
        written.update(single, *arrays)
    copy = numbers.copy()
    copy.add(Numbers({10: None}))
    assert numbers.at_most >= len(written) == len(numbers)
    assert sorted(numbers) == sorted(written)
    assert (number in numbers) == (number in written)
    assert {*copy} == {*written, 10}
