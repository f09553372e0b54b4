"""``orgmodel vintage``: which days a list of codes is from."""

from __future__ import annotations

from functools import partial
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
    listing,
    load,
    period_record,
    period_text,
    print_json,
    term,
)
from orgmodel.cli.words import language, say
from orgmodel.history.history import History
from orgmodel.history.unit_directory import Bearing
from orgmodel.history.vintage import Fit, Misfit, Vintage
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
    if json:
        print_json(_record(vintage, limit))
    else:
        _print(history, vintage, limit)


def _record(vintage: Vintage, limit: int) -> dict[str, Any]:
    return {
        "by": vintage.by,
        "fits": [_fit(fit) for fit in vintage.fits],
        "runner_up": _fit(vintage.runner_up),
        "mixed": _fit(vintage.mixed),
        "misfits": len(vintage.misfits),
        "entries": [
            {"row": m.row, "entry": m.entry, "reason": m.reason, "bearings": [str(b) for b in m.bearings]}
            for m in vintage.misfits[: limit or None]
        ],
    }


def _print(history: History, vintage: Vintage, limit: int) -> None:
    out = console()
    for fit in vintage.fits:
        fit_text = _fit_text(history, fit)
        line = say("fits equally well: {fit}", fit=fit_text) if vintage.tie else say("fits best: {fit}", fit=fit_text)
        out.print(Text(line), soft_wrap=True)
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
    if vintage.misfits:
        columns = (say("row"), say("entry"), say("reason"), say("borne by"))
        title, row = say("Entries that do not fit"), partial(_row, history)
        out.print(listing(title, columns, vintage.misfits, row, limit, right=(0,)))


def _row(history: History, misfit: Misfit) -> tuple[object, ...]:
    bearings = "; ".join(_bearing(history, bearing) for bearing in misfit.bearings)
    return misfit.row, misfit.entry, term("misfit", misfit.reason), bearings


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


def _fit(fit: Fit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
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
