"""The command ``orgmodel``: each of its commands is a module beside this one."""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from orgmodel.cli.words import LANGUAGE_VARIABLE, say, speaking
from orgmodel.errors import InvalidFile, OrgmodelError, Refused
from orgmodel.model.extras import extra
from orgmodel.model.words import Language

__all__ = [
    "COMMANDS",
    "TRACEBACK",
    "UNFORESEEN",
    "app",
    "in_language",
    "main",
    "one_line",
    "run",
    "unforeseen",
]

UNFORESEEN: Final = 70
"""The exit status of an error that nobody foresaw; sysexits.h calls it EX_SOFTWARE."""
TRACEBACK: Final = "ORGMODEL_TRACEBACK"
"""A variable of the environment: if it is set, such an error is shown as Python shows it."""

COMMANDS: Final = {
    "reform": "Replay the reform of 2025, tell what it did and check it; exit status 1 if a check fails.",
    "show": "Show a unit as it is on a day: where it stands, what is said of it, and by which act.",
    "list": "List the units of a day: code, name, where each stands.",
    "find": "Tell who ever bore a name, code or id, on whatever day, and what it is now; exit status 1 if nobody did.",
    "tree": "Print the hierarchy of a day as a tree.",
    "lineage": "Tell what a unit came from and what became of it, step by step, with the acts.",
    "diff": "Tell what is different on one day from another, each difference with the act that made it.",
    "clusters": "Tell what became of the clusters (cụm thi đua) and why: who was merged, joined, left.",
    "correspond": "Translate a column of old codes in a CSV or Parquet file, of any size.",
    "carry": "Carry a table of figures by old units to new ones; each figure says how sure it is.",
    "vintage": "Tell which days a list of codes or names is from, how well it fits, and what does not fit.",
    "simulate": "Try a plan (a TOML file): its stages, its critical path, and what it changes in numbers.",
    "propose": "Propose mergers that satisfy constraints: which units, why, and what it costs.",
    "compare": "Compare plans with what there is, and with each other.",
    "check": "Read a history and list everything that is wrong with it; exit status 1 if anything is.",
    "audit": "Ask the rulebook about an organisation on a day; exit status 1 if there are errors.",
    "explore": "Write one page that shows a history on every day; it needs no network.",
    "report": "Write a report: of a reform (--after), a unit (--unit) or a cluster (--cluster, --after).",
    "chart": "Draw a picture: a tree or boxes of a day, a flow or a cluster between two days, or a timeline.",
    "export": "Write a history, or a day of it, to a file; its ending says in which form.",
    "party": "The Party's work: a report of a unit and a period, or one part of it.",
    "init": "Make a new register: a file of SQLite, or tables in a database of PostgreSQL.",
    "append": "Append the acts of a plan, or those by which another history goes on, to a register; all of them or none.",
    "log": "Print the log of a history, the newest entry last, and its head.",
    "convert": "Write a history in another form; nothing of it is lost, and it keeps its head.",
}
"""Command -> the first sentence of its help, in the order in which a newcomer needs them.

Each is a module of this package. The sentences stand here as well as in the modules, so that ``--help`` imports none of
them; a test compares the two."""

app = App(
    name="orgmodel",
    help="Organisations whose structure changes: what they were on a day, what became of what, and by which act.",
    help_format="plaintext",
    result_action="return_value",
)
for _name, _summary in COMMANDS.items():
    _module = {"list": "listing"}.get(_name, _name)
    _object = "app" if _name == "party" else "command"
    app.command(f"orgmodel.cli.{_module}:{_object}", name=_name, help=_summary)
app.register_install_completion_command()


@app.meta.default
def in_language(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    lang: Annotated[
        Language, Parameter(env_var=LANGUAGE_VARIABLE, help="The language of what is printed: English or Vietnamese.")
    ] = "en",
) -> object:
    """Carries out a command in a language; every command has this option."""
    with speaking(lang):
        # As a path an empty text would be the current folder; as anything else it says nothing.
        if any(token == "" or re.fullmatch(r"--[\w-]+=", token) for token in tokens):
            raise OrgmodelError(say("an argument is empty; write it, or leave it out"))
        command, bound, _ = app.parse_args(tokens, exit_on_error=False, print_error=False)
        if not gc.isenabled():
            # The process has just started, see __main__: what is imported by now is never garbage.
            gc.freeze()
            gc.enable()
        return command(*bound.args, **bound.kwargs)


def run(tokens: Sequence[str] | None = None) -> int:
    """Carries out a command line and returns its exit status.

    0: done. 1: done, and something that was checked does not hold. 2: it could not be
    done; a line on standard error says why, with one more for each of several faults. 70: an error that nobody foresaw, and where to report it.
    """
    try:
        # Whatever command needs a library of an extra that is missing: one line names it.
        with extra():
            status = app.meta(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except (CycloptsError, OrgmodelError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has seen enough. Python would complain again when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"orgmodel: {error_text(error)}", file=sys.stderr)
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
    details = " ".join(str(error).split())[:200]
    message = f"an error that nobody foresaw: {type(error).__name__}{where}{f': {details}' if details else ''}"
    return f"{message}. Please report it to {_maintainers()}; {TRACEBACK}=1 shows all of it"


def _maintainers() -> str:
    """Where the distribution says that errors are reported."""
    # Only here: it takes a tenth of the time in which help comes.
    from importlib import metadata

    try:
        package = metadata.metadata("orgmodel")
    except metadata.PackageNotFoundError:
        return "the developers of orgmodel"
    links = [link.partition(", ") for link in package.get_all("Project-URL") or ()]
    pages = [page for label, _, page in links if label.lower() in ("issues", "bug tracker", "tracker")]
    return pages[0] if pages else f"the developers of orgmodel {package['Version']}"


def error_text(error: Exception) -> str:
    """What an error says: one line, and one more for each fault where there are several.

    The faults of a history file are left to ``orgmodel check``, which has no limit.
    """
    if not isinstance(error, Refused) or isinstance(error, InvalidFile) or len(error.findings) < 2:
        return one_line(error)
    lines = [say("{what}: faults: {count}", what=error.what, count=len(error.findings))]
    lines += [f"  {' '.join(str(finding).split())}" for finding in error.findings[:_MOST_FAULTS]]
    more = len(error.findings) - _MOST_FAULTS
    if more > 0:
        lines.append(f"  {say('and {count} more', count=more)}")
    return "\n".join(lines)


_MOST_FAULTS: Final = 50
"""Of so many faults each has its line: a screen or two, whatever became of a table."""


def one_line(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, Refused):
        count = len(error.findings)
        where = "; 'orgmodel check FILE' lists all" if isinstance(error, InvalidFile) else ""
        more = "" if count < 2 else f" (the first of {count} faults{where})"
        first = f": {error.findings[0]}" if error.findings else ""
        return f"{error.what}{first}{more}"
    if isinstance(error, CycloptsError):
        hint = "; a name of several words goes in quotes" if isinstance(error, UnusedCliTokensError) else ""
        command = " ".join(("orgmodel", *(error.command_chain or ())))
        # The help names all commands; here their list would be cut off.
        message = " ".join(str(error).split()).partition(" Available commands:")[0]
        return f"{message.rstrip('.')}{hint}; see '{command} --help'"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def main() -> None:
    """Runs the command line of this process."""
    # A process that was started without one (`>&-`) has None there.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a Vietnamese letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))
