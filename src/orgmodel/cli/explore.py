"""``orgmodel explore``: a page on which a history can be explored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, console, load
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
    lang: Annotated[Literal["en", "vi"], Parameter(help="The language in which it opens.")] = "en",
) -> None:
    """Write one page that shows a history on every day; it needs no network.

    Search, the tree of a day, what became of each unit and by which act, clusters before and after.

    Parameters
    ----------
    file
        A history as JSON Lines; the reform of 2025 in Viet Nam if none is given.
    """
    path = write_explorer(load(file), output, title=title, figure=figure, language=lang)
    console().print(Text(f"{path}: {path.stat().st_size / 1e6:.2f} MB; open it in a browser"))
