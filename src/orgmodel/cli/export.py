"""``orgmodel export``: a history or a day of it as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, On, Unclear, console, day_of, load, print_json, refuse_idle, unit_on
from orgmodel.cli.words import say
from orgmodel.history.history import History
from orgmodel.io import dynamic_graphs, frames, graphs, jsonl, jsonld, tables
from orgmodel.writing import write_file

__all__ = [
    "command",
]

_OUTPUT: Final = "-"
"""Standard output, for a table as CSV."""
_FOLDER: Final = "folder"
"""A folder, for the frames of a history as Parquet files."""

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    ".jsonl": (),
    ".csv": ("--on", "--spreadsheet"),
    _OUTPUT: ("--on", "--spreadsheet"),
    ".xlsx": ("--on",),
    ".parquet": ("--on",),
    _FOLDER: (),
    ".mmd": ("--on", "--unit", "--depth"),
    ".dot": ("--on", "--unit", "--depth"),
    ".gexf": ("--on",),
    ".graphml": ("--on",),
    ".jsonld": ("--on", "--base"),
    ".json": ("--on",),
}
"""Form of what is written -> the options that it has."""


def command(
    target: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    on: On = None,
    unit: Annotated[
        str | None, Parameter(help="For .mmd and .dot: the top of what is drawn; the root if none.")
    ] = None,
    depth: Annotated[int | None, Parameter(help="For .mmd and .dot: how many levels; all if none.")] = None,
    base: Annotated[str | None, Parameter(help="For .jsonld: the IRI that ids are put behind.")] = None,
    spreadsheet: Annotated[
        bool, Parameter(negative="", help="For .csv: write what a spreadsheet would take for a formula as text.")
    ] = False,
    file: File = None,
    json: Json = False,
) -> None:
    """Write a history, or a day of it, to a file; its ending says in which form.

    .jsonl: the whole history, which --file reads. .csv, .xlsx, .parquet: a table of its units through time,
    or with --on those of one day; - writes it as CSV on standard output. .gexf: the history with its times, for Gephi,
    or with --on the hierarchy of one day. .graphml: the hierarchy of one day. .mmd, .dot: the same as text for Mermaid
    and Graphviz, of --unit and what is below it. A folder: all that the history says, as Parquet files.
    .jsonld: units and changes until a day in the terms of the Organization Ontology of W3C, with --base.
    .json: units until a day as organizations of Popolo.

    Parameters
    ----------
    target
        The file to write.
    """
    form = _form(target)
    if form not in _OPTIONS:
        raise Unclear(
            say(
                "the ending {ending} is not known; use .jsonl, .csv, .xlsx, .parquet, .gexf, .graphml, .mmd, .dot, .jsonld "
                "or .json, or a folder",
                ending=repr(form),
            )
        )
    options = {"--on": on, "--unit": unit, "--depth": depth, "--base": base, "--spreadsheet": spreadsheet}
    refuse_idle(options, _OPTIONS[form], say("a folder") if form == _FOLDER else form)
    if form == _OUTPUT and json:
        raise Unclear(say("--json says what was written to a file; - writes CSV on standard output"))
    history = load(file)
    files = [target]
    match form:
        case ".jsonl":
            jsonl.dump(history, target)
        case ".csv" | ".xlsx" | ".parquet" | "-":
            _table(history, str(target), on, spreadsheet)
        case "folder":
            files = list(frames.write_parquet(history, target))
        case ".mmd" | ".dot":
            _diagram(history, target, day_of(on, history), unit, depth)
        case ".gexf" if on is None:
            dynamic_graphs.write_dynamic_gexf(history, target)
        case _:
            _day(history, target, form, day_of(on, history), base)
    if json:
        print_json({"output": str(target), "files": list(map(str, files))})
    elif form == _FOLDER:
        _tell(say("wrote {count} files into {target}", count=len(files), target=target))
    elif form != _OUTPUT:
        _tell(say("wrote {target}", target=target))


def _form(target: Path) -> str:
    """The form that a target asks for: the ending of its name, or one of the other keys of ``_OPTIONS``."""
    if str(target) == _OUTPUT:
        return _OUTPUT
    ending = target.suffix.lower()
    return _FOLDER if not ending and target.is_dir() else ending


def _tell(done: str) -> None:
    """Say what was done, beside the output of the command."""
    console(to_stderr=True).print(Text(done), soft_wrap=True)


def _diagram(history: History, target: Path, day: dt.date, unit: str | None, depth: int | None) -> None:
    """Write the hierarchy of a day, or of a unit on it, as text for Mermaid or Graphviz."""
    top = None if unit is None else unit_on(history, unit, day)
    draw = dynamic_graphs.to_mermaid if target.suffix.lower() == ".mmd" else dynamic_graphs.to_dot
    write_file(target, f"{draw(history.at(day), top, depth=depth)}\n")


def _day(history: History, target: Path, ending: str, day: dt.date, base: str | None) -> None:
    """Write one day of a history, in the form of an ending."""
    match ending:
        case ".gexf":
            graphs.write_gexf(history.at(day), target)
        case ".graphml":
            graphs.write_graphml(history.at(day), target)
        case ".jsonld":
            if base is None:
                raise Unclear(say("a .jsonld file needs the IRI of the units: --base https://example.org/unit/"))
            jsonld.write_org(history, target, on=day, base=base)
        case _:
            jsonld.write_popolo(history, target, on=day)


def _table(history: History, target: str, on: str | None, spreadsheet: bool) -> None:
    """Write a table of all units of a history, or of the units of one day."""
    if on is None:
        tables.write_history_csv(history, target, spreadsheet=spreadsheet)
    else:
        tables.write_units_csv(history.at(day_of(on, history)), target, spreadsheet=spreadsheet)
