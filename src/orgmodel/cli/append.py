"""``orgmodel append``: acts of a plan, or of a history that goes on, put into a register."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import Json, Unclear, console, print_json
from orgmodel.cli.plans import print_faults, simulated
from orgmodel.cli.words import say
from orgmodel.errors import InvalidFile
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.io.opening import form_of, open_history, save
from orgmodel.io.store.steps import going_on
from orgmodel.io.store.store import Store

__all__ = [
    "command",
]


def command(
    register: str,
    given: str,
    /,
    *,
    expect: Annotated[
        str | None, Parameter(help="The head that the register must have; it is refused if it has another.")
    ] = None,
    retry: Annotated[
        int, Parameter(help="How often to try again where somebody else was faster, on what is there then.")
    ] = 0,
    recorded: Annotated[str | None, Parameter(help="The day on which the acts become known.")] = None,
    json: Json = False,
) -> int:
    """Append the acts of a plan, or those by which another history goes on, to a register; all of them or none.

    When it returns, they are on the disk.

    Parameters
    ----------
    register
        A store, or a file of either format, which is then written anew.
    given
        A plan (a TOML file), or a history that goes on from the register, such as simulate --out writes.
    """

    def goes_on(history: History) -> History:
        if Path(given).suffix.lower() == ".toml":
            _, scenario = simulated(Path(given), history)
            return history.enact(*scenario.acts, recorded=recorded)
        if recorded is not None:
            raise Unclear(say("a history says itself when its entries were recorded: leave out --recorded"))
        return _taken(history, open_history(given))

    try:
        # A store appends in a transaction; a file is written anew, which two writers must not do at once.
        if form_of(register) == "store":
            with Store(register) as store:
                store.change(goes_on, expect=expect, retry=retry)
                number, head = store.number, store.head
        else:
            number, head = _in_file(register, goes_on, expect)
    except InvalidFile as error:
        print_faults(error)
        return 2
    if json:
        print_json({"register": register, "entries": number, "head": head})
        return 0
    done = say("{register}: {count} entries, head {head}", register=register, count=number, head=head)
    console(to_stderr=True).print(Text(done), soft_wrap=True)
    return 0


def _in_file(register: str, goes_on: Callable[[History], History], expect: str | None) -> tuple[int, str]:
    """Writes a file anew with what comes; nobody else must write it meanwhile."""
    history = open_history(register)
    if expect is not None and jsonl.head_of(history) != expect:
        head = jsonl.head_of(history)
        raise Unclear(
            say("{register} has the head {head}, and not {expect}", register=register, head=head, expect=expect)
        )
    after = goes_on(history)
    save(after, register, form=form_of(register))
    return len(after.log), jsonl.head_of(after)


def _taken(history: History, other: History) -> History:
    """The history with the entries by which another one goes on."""
    mine, others = history.log, other.log
    if others[: len(mine)] != mine:
        at = next((n for n, (a, b) in enumerate(zip(mine, others, strict=False)) if a != b), len(others))
        raise Unclear(
            say(
                "the history does not go on from the register: entry {number} is another one, or is not there",
                number=at + 1,
            )
        )
    return going_on(history, others[len(mine) :])
