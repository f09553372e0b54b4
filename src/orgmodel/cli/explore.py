"""``orgmodel explore``: a page on which a history can be explored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, console, load, print_json
from orgmodel.cli.words import language, say
from orgmodel.reports.explorer.page import write_explorer

__all__ = [
    "command",
]


def command(
    file: File = None,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The page to write.")] = Path("explorer.html"),
    title: Annotated[str | None, Parameter(help="Its heading.")] = None,
    figure: Annotated[
        str | None, Parameter(help="A measure, such as members: its totals stand beside the units, with a colour.")
    ] = None,
    json: Json = False,
) -> None:
    """Write one page that shows a history on every day; it needs no network.

    Search, the tree of a day, what became of each unit and by which act, clusters before and after. It opens in the
    language of --lang and has a button for the other.

    Parameters
    ----------
    file
        A history as JSON Lines; the reform of 2025 in Viet Nam if none is given.
    """
    path = write_explorer(load(file), output, title=title, figure=figure, language=language())
    size = path.stat().st_size
    if json:
        print_json({"output": str(path), "bytes": size})
        return
    done = say("{path}: {size} MB; open it in a browser", path=path, size=round(size / 1e6, 2))
    console().print(Text(done), soft_wrap=True)
