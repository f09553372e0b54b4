"""The command ``orgmodel``: each of its commands is a module beside this one."""

from __future__ import annotations

import ast
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from cyclopts import App, CycloptsError, UnusedCliTokensError

from orgmodel.errors import OrgmodelError, Refused
from orgmodel.model.extras import extra

__all__ = [
    "COMMANDS",
    "TRACEBACK",
    "UNFORESEEN",
    "app",
    "main",
    "one_line",
    "run",
    "unforeseen",
]

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

COMMANDS: Final = (
    "reform", "show", "list", "find", "tree", "lineage", "diff", "clusters", "correspond", "carry", "vintage",
    "simulate", "propose", "compare", "check", "audit", "explore", "report", "chart", "export", "party", "init",
    "append", "log", "convert",
)  # fmt: skip
"""The commands, in the order in which a newcomer needs them; each is a module of this package."""


def _told(module: str) -> str:
    """What the module of a command says of it, read without importing it: help must come at once."""
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "command"]
    # The docstring of a module begins with the command's name.
    told = (ast.get_docstring(functions[0]) if functions else (ast.get_docstring(tree) or "").partition(": ")[2]) or ""
    first = " ".join(told.partition("\n\n")[0].split())
    return first[:1].upper() + first[1:]


for _name in COMMANDS:
    _module = {"list": "listing"}.get(_name, _name)
    _object = "app" if _name == "party" else "command"
    app.command(f"orgmodel.cli.{_module}:{_object}", name=_name, help=_told(_module))
app.register_install_completion_command()


def run(tokens: Sequence[str] | None = None) -> int:
    """Carries out a command line and returns its exit status.

    0: done. 1: done, and something that was checked does not hold. 2: it could not be
    done; one line on standard error says why. 70: an error that nobody foresaw, and where to report it.
    """
    try:
        # Whatever command needs a library of an extra that is missing: one line names it.
        with extra():
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
