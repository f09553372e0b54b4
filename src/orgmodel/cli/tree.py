"""``orgmodel tree``: the hierarchy of a day."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Limit, On, console, day_of, load, unit_on

__all__ = [
    "command",
]


def command(
    unit: str | None = None,
    /,
    *,
    depth: Annotated[int, Parameter(help="How many levels below it.")] = 2,
    on: On = None,
    file: File = None,
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
    drawn = structure.tree(top, depth=depth, most=limit or len(structure))
    console().print(Text(drawn), soft_wrap=True)
