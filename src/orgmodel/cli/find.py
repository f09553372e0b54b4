"""``orgmodel find``: who ever bore a name or code, and what it is now."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, Limit, console, last_of, load, name_of, period_record, print_json, table

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
    found = history.find(text, kind=kind, above=above, by=by)
    shown = found.items[: limit or None]
    if json:
        print_json(
            {
                "text": text,
                "count": len(found),
                "found": [
                    {
                        "text": one.text,
                        "scheme": one.scheme,
                        "how": one.how,
                        "unit": one.unit,
                        "kind": one.kind,
                        "borne": period_record(one.period),
                        "life": period_record(one.life),
                        "now": [{"unit": unit, "name": name_of(history, unit)} for unit in one.now],
                    }
                    for one in shown
                ],
                "near": [{"unit": unit, "name": name_of(history, unit)} for unit in found.near],
            }
        )
        return 0 if found else 1
    out = console()
    if not found:
        out.print(Text(str(found)), soft_wrap=True)
        return 1
    rows = [
        (
            one.text,
            one.how,
            one.unit,
            one.kind,
            str(one.period.start),
            last_of(one.period.end),
            "itself" if one.now == (one.unit,) else "; ".join(f"{name_of(history, u)} ({u})" for u in one.now),
        )
        for one in shown
    ]
    footer = f"and {len(found) - len(shown):,} more; --limit 0 prints all" if len(found) > len(shown) else ""
    columns = ("bore", "how", "unit", "kind", "from", "to", "is now")
    out.print(table(f"Who ever bore {text!r}", columns, rows, footer=footer))
    return 0
