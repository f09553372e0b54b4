"""``orgmodel list``: the units of a day."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    On,
    console,
    day_of,
    kind_text,
    load,
    more_of,
    print_json,
    table,
    unit_on,
)
from orgmodel.cli.words import say

__all__ = [
    "command",
]


def command(
    kind: str | None = None,
    *,
    under: Annotated[str | None, Parameter(help="Only units below this one: its id, code or name.")] = None,
    category: Annotated[str | None, Parameter(help="Only units of this category, such as phường.")] = None,
    on: On = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 100,
) -> None:
    """List the units of a day: code, name, where each stands.

    Parameters
    ----------
    kind
        Only units of this kind, such as province.
    """
    history = load(file)
    day = day_of(on, history)
    structure = history.at(day)
    criteria = {
        "kind": kind,
        "category": category,
        "under": None if under is None else unit_on(history, under, day),
    }
    structure.check_on_record(kind)
    units = structure.units(**{name: value for name, value in criteria.items() if value is not None})
    shown = units[: limit or None]
    rows = [
        (
            unit.code,
            unit.label,
            unit.kind,
            unit.category,
            None if unit.parent is None else structure.called(unit.parent),
            unit.id,
        )
        for unit in shown
    ]
    if json:
        names = ("code", "name", "kind", "category", "parent", "id")
        print_json(
            {
                "day": str(day),
                "count": len(units),
                "units": [dict(zip(names, row, strict=True)) for row in rows],
            }
        )
        return
    cells = [(code, name, kind and kind_text(history, kind), *others) for code, name, kind, *others in rows]
    columns = (say("code"), say("name"), say("kind"), say("category"), say("stands under"), "id")
    title = say("{count} units on {day}", count=len(units), day=day)
    console().print(table(title, columns, cells, footer=more_of(len(shown), len(units))))
