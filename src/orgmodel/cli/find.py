"""``orgmodel find``: who ever bore a name or code, and what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    console,
    kind_text,
    last_of,
    listing,
    load,
    name_of,
    named,
    period_record,
    print_json,
    term,
)
from orgmodel.cli.words import say
from orgmodel.history.find import Borne
from orgmodel.history.history import History

__all__ = [
    "command",
]


def command(
    text: str,
    /,
    *,
    kind: Annotated[str | None, Parameter(help="The kind of the units, in either language.")] = None,
    above: Annotated[
        tuple[str, ...], Parameter(help="What stands above it, such as the province; may be repeated.", negative="")
    ] = (),
    by: Annotated[
        str | None, Parameter(help="Only as id, code, name, or as another such as code:gso or name:short.")
    ] = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 20,
) -> int:
    """Tell who ever bore a name, code or id, on whatever day, and what it is now; exit status 1 if nobody did.

    Parameters
    ----------
    text
        A name in any spelling, with or without marks and words such as Tỉnh, TP. or Xã, and with what stands above it
        if that is written behind; or a code or an id.
    """
    history = load(file)
    matches = history.find(text, kind=kind, above=above, by=by)
    if json:
        shown = matches.items[: limit or None]
        print_json(
            {
                "text": text,
                "count": len(matches),
                "found": [_record(history, match) for match in shown],
                "near": [_name_record(history, unit) for unit in matches.near],
            }
        )
    elif matches:
        columns = (say("bore"), say("how"), say("unit"), say("kind"), say("from"), say("to"), say("is now"))
        title = say("Who ever bore {text}", text=repr(text))
        console().print(listing(title, columns, matches.items, partial(_row, history), limit))
    else:
        near = "; ".join(named(history, unit) for unit in matches.near)
        nobody = say("Nobody ever bore {text}.", text=repr(text))
        console().print(Text(f"{nobody} {say('Similar: {names}', names=near)}" if near else nobody), soft_wrap=True)
    return 0 if matches else 1


def _row(history: History, match: Borne) -> tuple[object, ...]:
    goes_on = match.now == (match.unit,)
    return (
        match.text,
        term("match", match.how),
        match.unit,
        match.kind and kind_text(history, match.kind),
        match.period.start,
        last_of(match.period.end),
        say("itself") if goes_on else "; ".join(named(history, unit) for unit in match.now),
    )


def _record(history: History, match: Borne) -> Mapping[str, Any]:
    return {
        "text": match.text,
        "scheme": match.scheme,
        "how": match.how,
        "unit": match.unit,
        "kind": match.kind,
        "borne": period_record(match.period),
        "life": period_record(match.life),
        "now": [_name_record(history, unit) for unit in match.now],
    }


def _name_record(history: History, unit: str) -> Mapping[str, str]:
    return {"unit": unit, "name": name_of(history, unit)}
