"""Trees of units as rows: built, never filtered.

A tree is drawn as numbers, one a unit, in preorder: each says how deep its unit stands,
counted from the root and cut to one below the unit before it. So every list of numbers is
a tree, and a list with a number left out is one too: that is what a shrinker needs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from attrs import frozen
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.model.schema import Schema
from orgmodel.period import DayLike, as_day

__all__ = [
    "DAY",
    "LEVELS",
    "MOST_DEPTH",
    "SILENT",
    "Plan",
    "UnitRow",
    "Value",
    "bounds",
    "hierarchies",
    "large_hierarchies",
    "smallest",
    "whole",
]

Value = TypeVar("Value")

UnitRow = dict[str, Any]
"""One unit: ``id``, ``parent`` unless it is the root, ``kind``, and what else was asked for."""

LEVELS: Final = Schema.levels("centre", "province", "commune", "cell")
"""The schema of the strategies where none is given: four levels, each under the one before."""

DAY: Final = dt.date(2025, 7, 1)
"""The day of a generated structure where none is given."""

SILENT: Final = 64
"""Bytes below this say nothing, where there are always as many bytes."""

MOST_DEPTH: Final = 5
"""How deep a tree may be where the schema sets no limit."""


def bounds(least: int, most: int | None, names: tuple[str, str], extra: int) -> tuple[int, int]:
    """Both bounds, the upper one ``extra`` above the lower if it was not given.

    Raises:
        InvalidArgument: a bound that no size can meet, named.
    """
    for name, value in zip(names, (least, most), strict=True):
        if value is not None:
            whole(value, name)
    if most is None:
        most = least + extra
    if least > most:
        raise InvalidArgument(f"{names[0]}={least} is above {names[1]}={most}")
    return least, most


def whole(value: Any, name: str) -> int:
    """``value``, which must be a whole number, not negative.

    Raises:
        InvalidArgument: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidArgument(f"{name}={value!r} is not a whole number from 0 on")
    return value


def strategy_of(value: Any, name: str) -> st.SearchStrategy[Any]:
    """``value``, which must be a strategy.

    Raises:
        InvalidArgument: it is a plain value; the message says to wrap it.
    """
    if not isinstance(value, st.SearchStrategy):
        raise InvalidArgument(f"{name}={value!r} is not a strategy; for one fixed value use st.just({value!r})")
    return value


def smallest(strategy: st.SearchStrategy[Value], where: Callable[[Value], bool] = lambda _: True) -> Value:
    """The smallest value of a strategy for which something holds, as far as hypothesis finds it.

    As ``hypothesis.find``, without the phase that explains a failure by tracing each line.

    Args:
        strategy: the strategy.
        where: what must hold of the value.

    Raises:
        NoSuchExample: no value was found of which it holds.

    >>> smallest(st.integers(), lambda n: n > 10)
    11
    """
    plain = settings(phases=[Phase.generate, Phase.shrink], database=None, max_examples=2_000, deadline=None)
    return find(strategy, where, settings=plain)


@frozen
class Plan:
    """Which kinds may stand where, worked out once for a strategy.

    Attributes:
        roots: kinds that may be the root.
        below: kind -> kinds that may stand under it.
        span: the deepest level, counted from the root.
        width: the most kinds that may stand under one kind.
    """

    roots: tuple[str | None, ...]
    below: Mapping[str | None, tuple[str | None, ...]]
    span: int
    width: int

    @classmethod
    def of(
        cls, schema: Schema | None, kinds: Sequence[str] | None, day: DayLike, max_depth: int | None, min_units: int
    ) -> Plan:
        """The plan of a schema on a day.

        Raises:
            InvalidArgument: the schema lets no such tree stand.
        """
        schema, chosen = _schema_and_kinds(schema, kinds)
        roots, below = _places(schema, chosen, as_day(day))
        if min_units > 1:
            roots = tuple(kind for kind in roots if below[kind])
            if not roots:
                raise InvalidArgument(f"min_units={min_units}, but nothing may stand under a root on {as_day(day)}")
        most_levels = max(MOST_DEPTH, len(chosen) - 1) if max_depth is None else whole(max_depth, "max_depth")
        span = min(_deepest(roots, below), most_levels)
        if span == 0 and min_units > 1:
            raise InvalidArgument(f"min_units={min_units} and max_depth={max_depth}: only the root fits")
        width = max((len(options) for options in below.values()), default=1) or 1
        return cls(roots, below, span, width)

    @property
    def numbers(self) -> int:
        """How many different things one number can say."""
        return max(self.span * self.width, 1)

    def rows(self, root: int, numbers: Sequence[int]) -> list[UnitRow]:
        """The tree that numbers say: depth in the low part, kind in the high part."""
        ids = identifiers(len(numbers) + 1)
        first: UnitRow = {"id": ids[0]}
        kind = self.roots[root % len(self.roots)]
        if kind is not None:
            first["kind"] = kind
        out, path, kinds = [first], [ids[0]], [kind]
        span, below = self.span, self.below
        for i, number in enumerate(numbers, 1):
            high, depth = divmod(number, span)
            depth = min(depth + 1, len(path))
            options = below[kinds[depth - 1]]
            while not options:
                depth -= 1
                options = below[kinds[depth - 1]]
            kind = options[high % len(options)]
            del path[depth:], kinds[depth:]
            row: UnitRow = {"id": ids[i], "parent": path[-1]}
            if kind is not None:
                row["kind"] = kind
            out.append(row)
            path.append(ids[i])
            kinds.append(kind)
        return out

    def wide(self, drawn: Sequence[int], least: int, most: int) -> tuple[list[UnitRow], list[int]]:
        """A tree that as many bytes as it may have units say, and the byte of each unit; mostly with many siblings.

        A small byte says no unit, so that most trees are large, and any unit can be left out; what else is drawn of a
        unit goes by its byte, and stays with it then. The first byte says the root and the level of the siblings.
        """
        first, *others = drawn
        numbers = [(number - SILENT, at) for at, number in enumerate(others, 1) if number >= SILENT]
        numbers += [(0, at) for at in range(len(others), len(others) - (least - 1 - len(numbers)), -1)]
        if self.span > 1 and first % 4:
            level, listed = 1 + first // 4 % (self.span - 1), list[tuple[int, int]]()
            for number, at in numbers:
                how, kind = number % 4, number // 4
                # A sibling, mostly of the first kind; one with a child, or with one of the last kind; one more child.
                child = self.width - 1 if how == 2 else kind // 4
                if how != 3:
                    listed.append(((kind % 4 == 3) * self.span + level - 1, at))
                if how:
                    # A child that comes with its parent shares the bytes of another unit.
                    listed.append((child * self.span + level, at if how == 3 else (at + len(others) // 2) % len(drawn)))
            numbers = listed
        numbers = numbers[: most - 1] if self.span else []
        return self.rows(first, [number for number, _ in numbers]), [0, *(at for _, at in numbers)]


def _schema_and_kinds(schema: Schema | None, kinds: Sequence[str] | None) -> tuple[Schema, list[str | None]]:
    """The schema, and the kinds of it that are drawn; the kind None where it declares none.

    Raises:
        InvalidArgument: a kind that the schema does not know.
    """
    if isinstance(kinds, str):
        raise InvalidArgument(f"kinds={kinds!r} is one text; give a sequence of kinds")
    if schema is None:
        schema = LEVELS if kinds is None else Schema.levels(*kinds)
    unknown = [kind for kind in kinds or () if not schema.knows(kind)]
    if unknown:
        raise InvalidArgument(f"kinds={kinds!r}: the schema knows no {', '.join(map(repr, unknown))}")
    chosen: list[str | None] = [kind.id for kind in schema.kinds] if kinds is None else list(kinds)
    return schema, chosen or [None]


def _places(
    schema: Schema, chosen: list[str | None], day: dt.date
) -> tuple[tuple[str | None, ...], dict[str | None, tuple[str | None, ...]]]:
    """The kinds that may be the root, and kind -> kinds that may stand under it.

    Raises:
        InvalidArgument: none may be the root.
    """
    if not schema.placements and schema.kinds:
        # Any kind may stand under any: take them as levels, the last one below itself.
        return (chosen[0],), {
            kind: (next_kind,) for kind, next_kind in zip(chosen, [*chosen[1:], chosen[-1]], strict=True)
        }
    roots = tuple(kind for kind in chosen if schema.allows(kind, None, day))
    if not roots:
        raise InvalidArgument(f"no kind of {chosen} may be a root on {day}")
    return roots, {above: tuple(kind for kind in chosen if schema.allows(kind, above, day)) for above in chosen}


def _deepest(roots: Sequence[str | None], below: Mapping[str | None, tuple[str | None, ...]]) -> int:
    depth, level = 0, set(roots)
    while depth < MOST_DEPTH + len(below):
        level = {kind for above in level for kind in below[above]}
        if not level:
            break
        depth += 1
    return depth


_ids: list[str] = []


def identifiers(count: int) -> list[str]:
    """The ids ``u0`` to ``u<count - 1>``, made once for all trees."""
    while len(_ids) < count:
        _ids.append(f"u{len(_ids)}")
    return _ids if len(_ids) == count else _ids[:count]


def hierarchies(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    max_depth: int | None = None,
    schema: Schema | None = None,
    kinds: Sequence[str] | None = None,
    day: DayLike = DAY,
    measures: Mapping[str, st.SearchStrategy[Any]] | None = None,
    names: st.SearchStrategy[str | None] | None = None,
    codes: st.SearchStrategy[str | None] | None = None,
) -> st.SearchStrategy[list[UnitRow]]:
    """Trees of units as rows in preorder, ready for ``om.structure_of`` and ``om.history_of``.

    Every tree is valid under the schema on the day: it is built, nothing is thrown away.
    Shrinks towards fewer units, then towards units directly under the root, of the
    first kind that may stand there, with the simplest names, codes and figures.

    Args:
        min_units: fewest units, the root counted.
        max_units: most units; ``min_units + 19`` if None.
        max_depth: most levels below the root; what the schema allows, if None, and five
            where it sets no limit.
        schema: which kind may stand under which; :data:`LEVELS` if None.
        kinds: only these kinds of the schema; without a schema, the levels from the top.
        day: the day on which the schema is asked.
        measures: measure -> strategy of the unit's own figure; None as a figure: not stated.
        names: strategy of names; no names if None.
        codes: strategy of codes; no codes if None. Codes that must differ are best left
            out, or made of something that differs.

    Raises:
        InvalidArgument: no tree can be so.

    >>> smallest(hierarchies(), lambda rows: len(rows) > 2)
    [{'id': 'u0', 'kind': 'centre'}, {'id': 'u1', 'parent': 'u0', 'kind': 'province'}, {'id': 'u2', 'parent': 'u0', 'kind': 'province'}]
    """
    least, most = bounds(min_units, max_units, ("min_units", "max_units"), 19)
    if least < 1:
        raise InvalidArgument(f"min_units={min_units}: a tree has a root")
    plan = Plan.of(schema, kinds, day, max_depth, least)
    if plan.span == 0:
        most = 1
    extras = {name: strategy_of(s, f"measures[{name!r}]") for name, s in (measures or {}).items()}
    for field, strategy in (("name", names), ("code", codes)):
        if strategy is not None:
            extras[field] = strategy_of(strategy, f"{field}s")
    root = st.integers(0, len(plan.roots) - 1)
    number = st.integers(0, plan.numbers - 1)
    if not extras:
        # One draw of bytes finds smaller examples, sooner, than a list of whole numbers: bench/test_testing.py.
        numbers: st.SearchStrategy[Sequence[int]] = (
            st.binary(min_size=least - 1, max_size=most - 1)
            if plan.numbers <= 256 and most <= _MOST_BYTES
            else st.lists(number, min_size=least - 1, max_size=most - 1)
        )
        if len(plan.roots) == 1:
            return numbers.map(lambda drawn: plan.rows(0, drawn))
        return st.tuples(root, numbers).map(lambda drawn: plan.rows(*drawn))
    keys = tuple(extras)
    figures = st.tuples(*extras.values())
    each = st.lists(st.tuples(number, figures), min_size=least - 1, max_size=most - 1)

    def build(drawn: tuple[int, tuple[Any, ...], list[tuple[int, tuple[Any, ...]]]]) -> list[UnitRow]:
        first, own, others = drawn
        rows = plan.rows(first, [number for number, _ in others])
        for row, values in zip(rows, [own, *(values for _, values in others)], strict=True):
            row.update((key, value) for key, value in zip(keys, values, strict=True) if value is not None)
        return rows

    return st.tuples(root, figures, each).map(build)


def large_hierarchies(
    *,
    min_units: int = 200,
    max_units: int | None = None,
    max_depth: int | None = None,
    schema: Schema | None = None,
    kinds: Sequence[str] | None = None,
    day: DayLike = DAY,
    measures: Sequence[str] = (),
) -> st.SearchStrategy[list[UnitRow]]:
    """Trees of many units as rows in preorder, each tree from one draw of bytes.

    For speed, scale and what only shows in width: with thousands of units the other
    strategies would draw thousands of times. A byte says one unit, or two or four where
    the schema leaves so little to say; one more byte is the unit's figure in each measure
    (0 to 255). Shrinks as :func:`hierarchies` does, up to four units at a time: towards
    fewer units, directly under the root, with figures of 0.

    Args:
        min_units: fewest units, the root counted.
        max_units: most units, at most 4,000; ``min_units + 1400``, or 4,000 if that is less, if None.
        max_depth: as in :func:`hierarchies`.
        schema: as in :func:`hierarchies`.
        kinds: as in :func:`hierarchies`.
        day: as in :func:`hierarchies`.
        measures: ids of the measures of which every unit states a figure.

    Raises:
        InvalidArgument: no tree can be so, or its bytes are more than hypothesis draws.

    >>> len(smallest(large_hierarchies(), lambda rows: True))
    200
    """
    least, most = bounds(min_units, max_units, ("min_units", "max_units"), 1400)
    if max_units is None:
        most = max(least, min(most, _MOST_BYTES))
    if least < 1:
        raise InvalidArgument(f"min_units={min_units}: a tree has a root")
    if isinstance(measures, (str, Mapping)):
        raise InvalidArgument(f"measures={measures!r}: give the ids of measures, such as ['members']")
    if most * (1 + len(measures)) > _MOST_BYTES:
        raise InvalidArgument(
            f"max_units={most} with {len(measures)} measures needs {most * (1 + len(measures))} bytes; "
            f"a draw has room for {_MOST_BYTES}"
        )
    plan = Plan.of(schema, kinds, day, max_depth, least)
    if plan.numbers > 256:
        raise InvalidArgument(
            f"{plan.span} levels of up to {plan.width} kinds do not fit a byte; give max_depth or kinds"
        )
    if plan.span == 0:
        most = 1
    # hypothesis spends about a microsecond on each byte, so a byte says as many units as fit.
    each = 4 if plan.numbers <= 4 else 2 if plan.numbers <= 16 else 1
    fewest, at_most = -(-(least - 1) // each), -(-(most - 1) // each)
    tree = st.binary(min_size=fewest, max_size=at_most)

    def unpacked(drawn: bytes) -> bytes:
        if each == 1:
            return drawn
        octets, bits = np.frombuffer(drawn, np.uint8), 8 // each
        parts = [octets >> shift & (1 << bits) - 1 for shift in range(0, 8, bits)]
        # The fewest bytes are the fewest units, whether or not these fill the last byte.
        limit = least - 1 if len(drawn) == fewest else most - 1
        return np.stack(parts, 1).tobytes()[:limit]

    if not measures:
        return tree.map(lambda drawn: plan.rows(0, unpacked(drawn)))
    figures = [st.binary(min_size=0, max_size=most) for _ in measures]

    def build(drawn: tuple[bytes, ...]) -> list[UnitRow]:
        rows = plan.rows(0, unpacked(drawn[0]))
        for measure, values in zip(measures, drawn[1:], strict=True):
            padded = values[: len(rows)] + bytes(max(0, len(rows) - len(values)))
            for row, value in zip(rows, padded, strict=True):
                row[measure] = value
        return rows

    return st.tuples(tree, *figures).map(build)


_MOST_BYTES: Final = 4_000
"""Half of what one example may draw: above that hypothesis calls the smallest example too large."""
