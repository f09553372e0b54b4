"""``orgmodel list``: the units of a day."""

from __future__ import annotations

from collections.abc import Iterable
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
    listing,
    load,
    print_json,
    unit_on,
)
from orgmodel.cli.words import say
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

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
    structure.check_on_record(kind)
    criteria = {"kind": kind, "category": category, "under": under and unit_on(history, under, day)}
    units = structure.units(**{name: value for name, value in criteria.items() if value is not None})
    if json:
        records = [_record(structure, unit) for unit in units[: limit or None]]
        print_json({"day": day, "count": len(units), "units": records})
        return

    def row(unit: Unit) -> Iterable[object]:
        record = _record(structure, unit)
        return (record | {"kind": unit.kind and kind_text(history, unit.kind)}).values()

    columns = (say("code"), say("name"), say("kind"), say("category"), say("stands under"), "id")
    title = say("{count} units on {day}", count=len(units), day=day)
    console().print(listing(title, columns, units, row, limit))


def _record(structure: Structure, unit: Unit) -> dict[str, str | None]:
    return {
        "code": unit.code,
        "name": unit.label,
        "kind": unit.kind,
        "category": unit.category,
        "parent": unit.parent and structure.called(unit.parent),
        "id": unit.id,
    }
