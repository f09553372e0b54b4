"""``orgmodel check``: whether a file is a sound history."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from orgmodel.cli.common import Json, console, print_json
from orgmodel.errors import Finding, InvalidFile
from orgmodel.io import jsonl
from orgmodel.rules import invariants


def command(file: Path, /, *, json: Json = False) -> int:
    """Read a history and list everything that is wrong with it; exit status 1 if anything is.

    Parameters
    ----------
    file
        A history as JSON Lines.
    """
    faults: tuple[Finding, ...]
    try:
        history = jsonl.load(file)
    except InvalidFile as error:
        faults = error.findings
        told = ""
    else:
        faults = tuple(finding for day in history.days() for finding in invariants.check(history.at(day)))
        told = f"{len(history.acts):,} acts on {len(history.days()):,} days, {len(history.units_ever()):,} units"
    if json:
        print_json(
            {
                "file": str(file),
                "sound": not faults,
                "faults": [
                    {
                        "row": fault.row,
                        "act": fault.act,
                        "day": None if fault.day is None else str(fault.day),
                        "units": list(fault.units),
                        "rule": fault.rule,
                        "message": fault.message,
                    }
                    for fault in faults
                ],
            }
        )
    else:
        out = console()
        for fault in faults:
            out.print(Text(str(fault)), soft_wrap=True)
        head = (
            f"{file}: {len(faults):,} fault{'' if len(faults) == 1 else 's'}" if faults else f"{file} is sound: {told}"
        )
        out.print(Text(head, style="bold red" if faults else "bold green"), soft_wrap=True)
    return 1 if faults else 0
