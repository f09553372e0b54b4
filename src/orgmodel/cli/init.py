"""``orgmodel init``: a new register in a store."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import Json, console, print_json
from orgmodel.cli.words import say
from orgmodel.history.history import History
from orgmodel.io.opening import open_history
from orgmodel.io.store.store import Store
from orgmodel.party import kinds

__all__ = [
    "command",
]


def command(
    register: str,
    /,
    *,
    begin: Annotated[
        str | None, Parameter(name="--from", help="A history that it begins with: a file of either format, or a store.")
    ] = None,
    party: Annotated[
        bool, Parameter(negative="", help="Begin with the kinds and measures of the Party, and no act.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a new register: a file of SQLite, or tables in a database of PostgreSQL.

    Parameters
    ----------
    register
        The file, which must not be there yet, or an address such as postgresql://USER@HOST/DATABASE.
    """
    if begin is not None:
        history = open_history(begin)
    else:
        history = History(kinds.SCHEMA, kinds.MEASURES) if party else History()
    with Store.create(register, history) as store:
        if json:
            print_json({"register": store.name, "entries": store.number, "head": store.head})
            return
        done = say(
            "made {register}: {count} entries, head {head}", register=store.name, count=store.number, head=store.head
        )
        console(to_stderr=True).print(Text(done), soft_wrap=True)
