"""Values are told apart by their content, in every process."""

from __future__ import annotations

import datetime as dt
import functools
import os
import subprocess
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from trials import SomeMerger, mixed, organisation

import orgmodel as om
from orgmodel.scenario.content import content_hash

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=12,
)


def typed(value: Any) -> Any:
    """A value in which 1, 1.0 and True differ, as well as 0.0 and -0.0."""
    if isinstance(value, (list, tuple)):
        return (type(value), [typed(item) for item in value])
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return (type(value), repr(value))


@given(PLAIN, PLAIN)
def test_plain_values_have_one_hash_exactly_if_they_are_alike(a: Any, b: Any) -> None:
    """By value and type, whatever is shared and in which order keys were given."""
    assert (content_hash(a) == content_hash(b)) == (typed(a) == typed(b))
    assert content_hash([a, a]) == content_hash([a, eval(repr(a), {"datetime": dt})])
    if isinstance(a, dict):
        assert content_hash(a) == content_hash(dict(reversed(a.items())))


@frozen
class Held:
    value: Any


def outer(inner: Any) -> Any:
    return lambda: inner


DIFFERENT: list[Any] = [
    Held(1),
    Held(2),
    Held(Held(1)),
    Decimal(1),
    Decimal("1.0"),
    Fraction(1, 3),
    outer(1),
    outer(2),
    outer,
    outer(outer),
    functools.partial(outer, 1),
    functools.partial(outer, 2),
    Held,
    Held(1).__eq__,
    len,
    int,
    om.Source("a"),
    om.Source("b"),
    om.History(),
    organisation(),
    SomeMerger(("a", "b")),
    SomeMerger(("a", "c")),
    mixed(),
    mixed()[1:],
    {1, 2},
    {1, 3},
    threading.local,
]


def test_objects_of_other_content_have_other_hashes() -> None:
    """Attributes, code, what is closed over, the acts of a history."""
    hashes = [content_hash(value) for value in DIFFERENT]
    assert len(set(hashes)) == len(hashes)


def test_the_hash_is_the_same_in_every_process() -> None:
    """Whatever the seed of Python's own hashes is."""
    code = "import test_content as t; print([t.content_hash(v) for v in t.DIFFERENT if v is not t.threading.local])"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    told = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert len(eval(told.pop())) == len(DIFFERENT) - 1


def test_a_history_is_the_same_however_it_came(tmp_path: Path) -> None:
    """Made, read from text, opened from a file of columns."""
    om.save(organisation(), tmp_path / "o.om")
    ways = [organisation(), om.loads(om.dumps(organisation())), om.open_history(tmp_path / "o.om")]
    assert len({content_hash(history) for history in ways}) == 1


def test_values_that_hold_themselves_come_to_an_end() -> None:
    """Lists in lists, functions that call themselves."""
    one: list[Any] = [1]
    one.append(one)
    two: list[Any] = [2]
    two.append(two)

    def again(n: int) -> int:
        return again(n - 1)

    def another(n: int) -> int:
        return another(n - 2)

    assert len({content_hash(value) for value in (one, two, again, another)}) == 4


def test_the_code_of_a_class_is_part_of_its_content() -> None:
    """A sampler that was edited is another one, under the same name."""

    def made(step: int) -> Any:
        space: dict[str, Any] = {"__name__": "mine"}
        exec(f"class S:\n    def __call__(self, n, rng):\n        return {step}", space)
        return space["S"]()

    assert content_hash(made(1)) == content_hash(made(1)) != content_hash(made(2))


def test_what_has_no_content_is_refused() -> None:
    """A lock, an open file: nobody can say later whether it is the same."""
    with pytest.raises(om.Refused, match="told from another"):
        content_hash(Held(threading.Lock()))
