"""``orgmodel vintage``: which days a list of codes is from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    console,
    kind_text,
    load,
    more_of,
    period_record,
    period_text,
    print_json,
    table,
    term,
)
from orgmodel.cli.words import language, say
from orgmodel.history.history import History
from orgmodel.history.unit_directory import Bearing
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
    vintage = history.vintage(translation.read_column(source, column, delimiter=delimiter), kind=kind, by=by)
    shown = vintage.misfits[: limit or None]
    if json:
        print_json(
            {
                "by": vintage.by,
                "fits": [_fit(fit) for fit in vintage.fits],
                "runner_up": None if vintage.runner_up is None else _fit(vintage.runner_up),
                "mixed": None if vintage.mixed is None else _fit(vintage.mixed),
                "misfits": len(vintage.misfits),
                "entries": [
                    {"row": m.row, "entry": m.entry, "reason": m.reason, "bearings": [str(b) for b in m.bearings]}
                    for m in shown
                ],
            }
        )
        return
    out = console()
    for fit in vintage.fits:
        fit_text = _fit_text(history, fit)
        out.print(
            Text(
                say("fits equally well: {fit}", fit=fit_text) if vintage.tie else say("fits best: {fit}", fit=fit_text)
            ),
            soft_wrap=True,
        )
    if vintage.runner_up is not None:
        out.print(Text(say("next best: {fit}", fit=_fit_text(history, vintage.runner_up))), soft_wrap=True)
    if vintage.mixed is not None:
        mixed = say(
            "mixed vintages: of the {misfits} entries that do not fit, {matched} are of another time: {period}",
            misfits=len(vintage.misfits),
            matched=vintage.mixed.matched,
            period=period_text(vintage.mixed.period),
        )
        out.print(Text(mixed), soft_wrap=True)
    if shown:
        rows = [
            (m.row, m.entry, term("misfit", m.reason), "; ".join(_bearing(history, b) for b in m.bearings))
            for m in shown
        ]
        columns = (say("row"), say("entry"), say("reason"), say("borne by"))
        footer = more_of(len(shown), len(vintage.misfits))
        out.print(table(say("Entries that do not fit"), columns, rows, right=(0,), footer=footer))


def _bearing(history: History, bearing: Bearing) -> str:
    kind = f"{kind_text(history, bearing.kind)} " if bearing.kind else ""
    return f"{kind}{bearing.unit}, {period_text(bearing.period)}"


def _fit_text(history: History, fit: Fit) -> str:
    if language() == "en":
        return str(fit)
    return say(
        "{period}: {matched} of {listed} entries fit, of {live} {kind} ({share})",
        period=period_text(fit.period),
        matched=fit.matched,
        listed=fit.listed,
        live=fit.live,
        kind=kind_text(history, fit.kind) if fit.kind else say("units"),
        share=fit.jaccard,
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
