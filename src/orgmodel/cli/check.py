"""``orgmodel check``: whether a file is a sound history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.acts.forms import UnknownOperation
from orgmodel.cli.common import Json, console, print_json
from orgmodel.cli.words import say
from orgmodel.errors import Finding, InvalidFile
from orgmodel.history.history import History
from orgmodel.io import jsonl
from orgmodel.io.opening import form_of, open_history
from orgmodel.io.store.store import Store
from orgmodel.rules import invariants

__all__ = [
    "command",
]


def command(
    file: str,
    /,
    *,
    head: Annotated[
        str | None, Parameter(help="The head that the history must have: as 'orgmodel log' and the last line say it.")
    ] = None,
    again: bool = False,
    json: Json = False,
) -> int:
    """Read a history and list everything that is wrong with it; exit status 1 if anything is.

    Of a file of columns every row is compared with the log and judged as if it were enacted now.
    Verbs that are not known here are named; their acts count with what they came to.

    Parameters
    ----------
    file
        A history as JSON Lines or columns, recognised by the first bytes, or the address of a store.
    again
        Carry every operation out again where it was decided, and list those that would come to something else now.
    """
    notes: list[Finding] = []
    actual, size = None, ""
    try:
        history = open_history(file, verify="full")
        faults = _faults(file, history)
        actual = jsonl.head_of(history)
    except InvalidFile as error:
        faults = list(error.findings)
    else:
        notes = [*_unknown(history), *(history.drift() if again else ())]
        size = say(
            "{acts} acts on {days} days, {units} units, head {head}",
            acts=len(history.acts),
            days=len(history.days()),
            units=len(history.units_ever()),
            head=actual,
        )
    if head is not None and actual not in (None, head.lower()):
        wrong = say(
            "its head is {actual}, not {head}: it is another history, or its past was rewritten",
            actual=actual,
            head=head,
        )
        faults.append(Finding("head", wrong))
    if json:
        listed = {"faults": [_record(fault) for fault in faults], "notes": [_note_record(note) for note in notes]}
        print_json({"file": file, "sound": not faults, "head": actual, **listed})
    else:
        _print(file, faults, notes, size)
    return 1 if faults else 0


def _print(file: str, faults: list[Finding], notes: list[Finding], size: str) -> None:
    out = console()
    for finding in (*faults, *notes):
        out.print(Text(str(finding)), soft_wrap=True)
    if faults:
        verdict = say("{file}: faults: {count}", file=file, count=len(faults))
    else:
        verdict = say("{file} is sound: {size}", file=file, size=size)
    out.print(Text(verdict, style="bold red" if faults else "bold green"), soft_wrap=True)


def _record(fault: Finding) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("row", "act", "day", "units", "rule", "message")}


def _note_record(note: Finding) -> dict[str, Any]:
    return {"act": note.act, "rule": note.rule, "message": note.message}


def _faults(file: str, history: History) -> list[Finding]:
    """The faults of a store itself, and the breaches of invariants on each day."""
    faults: list[Finding] = []
    if form_of(file) == "store":
        with Store(file) as store:
            faults += store.check()
    return faults + [finding for day in history.days() for finding in invariants.check(history.at(day))]


def _unknown(history: History) -> Iterator[Finding]:
    """The operations of a history whose verb is not registered."""
    for act in history.acts:
        for step, _ in act.steps if not act.is_outcome else ():
            if isinstance(step, UnknownOperation):
                unknown = say("the verb {verb} is not known here; what it came to counts", verb=repr(step.verb))
                yield Finding("verb", unknown, day=act.effective, severity="warning", act=act.id)
