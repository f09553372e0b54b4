"""The order in which units can begin: each after the one that it stands under."""

from __future__ import annotations

from collections.abc import Iterable

from orgmodel.model.unit import Unit

__all__ = [
    "parents_first",
]


def parents_first(units: Iterable[Unit]) -> list[Unit]:
    """Units with every parent before its children, and else as near to the given order as can be.

    Of units that stand above each other in a circle none can come first: they keep their places, so that the judge
    refuses them by name.

    Args:
        units: each once; parents need not be among them.

    >>> [unit.id for unit in parents_first([Unit("c", parent="b"), Unit("b", parent="a"), Unit("a"), Unit("x")])]
    ['a', 'b', 'c', 'x']
    """
    by_id = {unit.id: unit for unit in units}
    ordered: dict[str, Unit] = {}
    for unit in by_id.values():
        # Upwards to what is placed already, then down again: each unit is walked once, however deep the tree.
        path: dict[str, Unit] = {}
        above: Unit | None = unit
        while above is not None and above.id not in ordered and above.id not in path:
            path[above.id] = above
            above = by_id.get(above.parent or "")
        ordered.update(reversed(path.items()))
    return list(ordered.values())
