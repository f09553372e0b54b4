"""``orgmodel vintage``: which days a list of codes is from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, Limit, console, load, period_record, print_json, table
from orgmodel.history.vintage import Fit
from orgmodel.io import translation

__all__ = [
    "command",
]


def command(
    source: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    column: Annotated[str | None, Parameter(help="The column; code, or the only one there is, if none.")] = None,
    kind: Annotated[str | None, Parameter(help="The kind of units that are listed; found out if none.")] = None,
    by: Annotated[
        str | None, Parameter(help="What is listed: code, name, id or another such as code:gso; found out if none.")
    ] = None,
    delimiter: Annotated[
        str | None, Parameter(help="What stands between the cells of CSV; found out if none is given.")
    ] = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 15,
) -> None:
    """Tell which days a list of codes or names is from, how well it fits, and what does not fit.

    Parameters
    ----------
    source
        The list: .csv (UTF-8, with a header), .parquet, or .txt with one entry on a line.
    """
    history = load(file)
    found = history.vintage(translation.read_column(source, column, delimiter=delimiter), kind=kind, by=by)
    shown = found.misfits[: limit or None]
    if json:
        print_json(
            {
                "by": found.by,
                "fits": [_fit(fit) for fit in found.fits],
                "runner_up": None if found.runner_up is None else _fit(found.runner_up),
                "mixed": None if found.mixed is None else _fit(found.mixed),
                "misfits": len(found.misfits),
                "entries": [
                    {"row": m.row, "entry": m.entry, "reason": m.reason, "bearings": [str(b) for b in m.bearings]}
                    for m in shown
                ],
            }
        )
        return
    out = console()
    for fit in found.fits:
        out.print(Text(f"{'fits equally well' if found.tie else 'fits best'}: {fit}"), soft_wrap=True)
    if found.runner_up is not None:
        out.print(Text(f"next best: {found.runner_up}"), soft_wrap=True)
    if found.mixed is not None:
        out.print(
            Text(
                f"mixed vintages: of the {len(found.misfits):,} entries that do not fit, {found.mixed.matched:,} are "
                f"of another time: {found.mixed.period}"
            ),
            soft_wrap=True,
        )
    if shown:
        left = len(found.misfits) - len(shown)
        footer = f"and {left:,} more; --limit 0 prints all" if left else ""
        rows = [(m.row, m.entry, m.reason, "; ".join(map(str, m.bearings))) for m in shown]
        out.print(
            table("Entries that do not fit", ("row", "entry", "reason", "borne by"), rows, right=(0,), footer=footer)
        )


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        **period_record(fit.period),
        "kind": fit.kind,
        "listed": fit.listed,
        "matched": fit.matched,
        "live": fit.live,
        "coverage": float(fit.coverage),
        "precision": float(fit.precision),
        "jaccard": float(fit.jaccard),
    }
