"""``orgmodel tree``: the hierarchy of a day."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, Limit, On, console, day_of, load, print_json, unit_on
from orgmodel.cli.words import language
from orgmodel.structure.structure import Structure

__all__ = [
    "command",
]


def command(
    unit: Annotated[str | None, Parameter(name="--under")] = None,
    *,
    depth: Annotated[int, Parameter(help="How many levels below it.")] = 2,
    on: On = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 40,
) -> None:
    """Print the hierarchy of a day as a tree.

    Parameters
    ----------
    unit
        Where to begin: an id, code or name; the top if none is given.
    """
    history = load(file)
    day = day_of(on, history)
    structure = history.at(day)
    top = structure.root() if unit is None else unit_on(history, unit, day)
    if json:
        print_json({"day": day, "depth": depth, "tree": _record(structure, top, depth)})
        return
    drawn = structure.tree(top, depth=depth, most=limit or len(structure), language=language())
    console().print(Text(drawn), soft_wrap=True)


def _record(structure: Structure, top: str, depth: int) -> dict[str, Any]:
    """A unit with what is below it, for JSON; no child is left out."""
    records: dict[str, dict[str, Any]] = {}
    level = [top]
    for _ in range(depth + 1):
        for unit in level:
            it = structure.unit(unit)
            children = structure.children(unit)
            record: dict[str, Any] = {
                "id": unit,
                "name": it.name,
                "kind": it.kind,
                "code": it.code,
                "below": len(children),
                "children": [],
            }
            records[unit] = record
            if unit != top and it.parent is not None:
                records[it.parent]["children"].append(record)
        level = [child for unit in level for child in structure.children(unit)]
    return records[top]
