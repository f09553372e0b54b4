"""The command ``orgmodel``: each of its commands is a module beside this one."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from cyclopts import App, CycloptsError, UnusedCliTokensError

from orgmodel.cli import (
    append,
    audit,
    check,
    clusters,
    compare,
    convert,
    correspond,
    diff,
    explore,
    export,
    find,
    init,
    lineage,
    log,
    party,
    propose,
    reform,
    report,
    show,
    simulate,
    vintage,
)
from orgmodel.errors import OrgmodelError, Refused

UNFORESEEN: Final = 70
"""The exit status of an error that nobody foresaw; sysexits.h calls it EX_SOFTWARE."""
TRACEBACK: Final = "ORGMODEL_TRACEBACK"
"""A variable of the environment: if it is set, such an error is shown as Python shows it."""

app = App(
    name="orgmodel",
    help="Organisations whose structure changes: what they were on a day, what became of what, and by which act.",
    help_format="plaintext",
    result_action="return_value",
)

for _module in (
    reform,
    show,
    find,
    lineage,
    diff,
    clusters,
    correspond,
    vintage,
    simulate,
    propose,
    compare,
    check,
    audit,
    explore,
    report,
    export,
    init,
    append,
    log,
    convert,
):
    app.command(_module.command, name=_module.__name__.rpartition(".")[2])
app.command(party.app)


def run(tokens: Sequence[str] | None = None) -> int:
    """Carries out a command line and returns its exit status.

    0: done. 1: done, and something that was checked does not hold. 2: it could not be
    done; one line on standard error says why. 70: an error that nobody foresaw, and where to report it.
    """
    try:
        status = app(tokens, exit_on_error=False, print_error=False)
    except (CycloptsError, OrgmodelError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has seen enough. Python would complain again when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"orgmodel: {one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("orgmodel: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        print(f"orgmodel: {unforeseen(error)}", file=sys.stderr)
        return UNFORESEEN
    return status if isinstance(status, int) else 0


def unforeseen(error: Exception) -> str:
    """One line about an error that nobody foresaw: what, where in the code, and to whom to tell it."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "orgmodel" in frame.filename), None)
    where = "" if last is None else f" in {Path(last.filename).name}, line {last.lineno}"
    said = " ".join(str(error).split())[:200]
    told = f"an error that nobody foresaw: {type(error).__name__}{where}{f': {said}' if said else ''}"
    return f"{told}. Please report it to {_maintainers()}; {TRACEBACK}=1 shows all of it"


def _maintainers() -> str:
    """Where the distribution says that errors are reported."""
    try:
        told = metadata.metadata("orgmodel")
    except metadata.PackageNotFoundError:
        return "the developers of orgmodel"
    links = [link.partition(", ") for link in told.get_all("Project-URL") or ()]
    pages = [page for label, _, page in links if label.lower() in ("issues", "bug tracker", "tracker")]
    return pages[0] if pages else f"the developers of orgmodel {told['Version']}"


def one_line(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, Refused):
        count = len(error.findings)
        more = "" if count < 2 else f" (the first of {count} faults; 'orgmodel check FILE' lists all)"
        first = f": {error.findings[0]}" if error.findings else ""
        return f"{error.what}{first}{more}"
    if isinstance(error, CycloptsError):
        hint = "; a name of several words goes in quotes" if isinstance(error, UnusedCliTokensError) else ""
        return f"{' '.join(str(error).split()).rstrip('.')}{hint}; see 'orgmodel --help'"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def main() -> None:
    """Runs the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a Vietnamese letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run())
