"""``orgmodel export``: a history or a day of it as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, On, Unclear, console, day_of, load
from orgmodel.io import graphs, jsonl, jsonld, tables


def command(
    target: Path,
    /,
    *,
    on: On = None,
    base: Annotated[str | None, Parameter(help="For .jsonld: the IRI that ids are put behind.")] = None,
    spreadsheet: Annotated[
        bool, Parameter(negative="", help="For .csv: write what a spreadsheet would take for a formula as text.")
    ] = False,
    file: File = None,
) -> None:
    """Write a history, or a day of it, to a file; its ending says in which form.

    .jsonl: the whole history, which --file reads. .csv: a table of its units through time,
    or with --on those of one day. .gexf, .graphml: the hierarchy of one day, for programs that draw graphs.
    .jsonld: units and changes until a day in the terms of the Organization Ontology of W3C, with --base.
    .json: units until a day as organizations of Popolo.

    Parameters
    ----------
    target
        The file to write.
    """
    history = load(file)
    match target.suffix.lower():
        case ".jsonl":
            if on is not None:
                raise Unclear("a .jsonl file holds the whole history: leave out --on, or write .csv or .gexf")
            jsonl.dump(history, target)
        case ".csv" if on is None:
            tables.write_history_csv(history, target, spreadsheet=spreadsheet)
        case ".csv":
            tables.write_units_csv(history.at(day_of(on, history)), target, spreadsheet=spreadsheet)
        case ".gexf":
            graphs.write_gexf(history.at(day_of(on, history)), target)
        case ".graphml":
            graphs.write_graphml(history.at(day_of(on, history)), target)
        case ".jsonld":
            if base is None:
                raise Unclear("a .jsonld file needs the IRI of the units: --base https://example.org/unit/")
            jsonld.write_org(history, target, on=day_of(on, history), base=base)
        case ".json":
            jsonld.write_popolo(history, target, on=day_of(on, history))
        case ending:
            raise Unclear(f"the ending {ending!r} is not known; use .jsonl, .csv, .gexf, .graphml, .jsonld or .json")
    console(to_stderr=True).print(Text(f"wrote {target}"), soft_wrap=True)
