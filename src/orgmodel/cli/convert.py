"""``orgmodel convert``: a history from one form into another."""

from __future__ import annotations

from rich.text import Text

from orgmodel.cli.common import Json, Unclear, console, print_json
from orgmodel.cli.words import say
from orgmodel.io import jsonl
from orgmodel.io.opening import form_to_make, open_history, save

__all__ = [
    "command",
]


def command(source: str, target: str, /, *, json: Json = False) -> None:
    """Write a history in another form; nothing of it is lost, and it keeps its head.

    .jsonl: lines of text. .om: columns, which open in milliseconds. .db, .sqlite, postgresql://...: a store.

    Parameters
    ----------
    source
        A file of either format, or a store; its first bytes say which.
    target
        The file, whose ending says the form, or the address of a store that is not there yet.
    """
    if form_to_make(target) is None:
        raise Unclear(
            say(
                "the ending of {target} says no form; use .jsonl, .om, .db, .sqlite or postgresql://...",
                target=repr(target),
            )
        )
    history = open_history(source)
    save(history, target)
    head = jsonl.head_of(history)
    if json:
        print_json({"output": target, "entries": len(history.log), "head": head})
        return
    done = say("wrote {target}: head {head}", target=target, head=head)
    console(to_stderr=True).print(Text(done), soft_wrap=True)
