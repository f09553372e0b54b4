"""``orgmodel diff``: what is different between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    Unclear,
    act_record,
    console,
    day_of,
    fact_name,
    holder_text,
    listing,
    load,
    name_of,
    print_json,
    source_text,
    term,
    text_of,
    unit_on,
)
from orgmodel.cli.words import say
from orgmodel.errors import OrgmodelError
from orgmodel.history.diff import SORTS, Difference
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.unit import ROOT

__all__ = [
    "command",
]

Sorts = Mapping[str, Sequence[Difference]]
"""Sort of difference -> the differences."""


def command(
    a: str,
    b: str,
    /,
    *,
    under: Annotated[str | None, Parameter(help="Only this unit and what is or was below it.")] = None,
    file: File = None,
    json: Json = False,
    limit: Limit = 15,
) -> None:
    """Tell what is different on one day from another, each difference with the act that made it.

    Parameters
    ----------
    a
        The first day.
    b
        The second day. Before the first, it tells the way back.
    """
    history = load(file)
    first, second = day_of(a, history), day_of(b, history)
    difference = history.between(first, second)
    if under is not None:
        top = _either(history, under, first, second)
        difference = difference.under(top, history.at(first), history.at(second))
    sorts: Sorts = {sort: getattr(difference, sort) for sort in SORTS}
    if json:
        counts = {sort: len(items) for sort, items in sorts.items()}
        records = {sort: [_record(item) for item in items] for sort, items in sorts.items()}
        print_json({"from": first, "to": second, "counts": counts, **records})
    else:
        _print(history, sorts, first, second, limit)


def _print(history: History, sorts: Sorts, first: dt.date, second: dt.date, limit: int) -> None:
    out = console()
    counts = ", ".join(f"{text_of(len(items))} {_sort(sort)}" for sort, items in sorts.items() if items)
    days = say("{start} to {end}", start=first, end=second)
    out.print(Text.assemble((days, "bold"), f": {counts or say('nothing is different')}"))
    for sort, items in sorts.items():
        if items:
            # A unit that began or ended has no value before or after.
            plain = sort in ("created", "ended")
            facts = () if plain else (say("fact"), say("before"), say("after"))
            columns = (say("unit"), "id", *facts, say("act"))
            row = partial(_row, history, first, second, plain=plain)
            out.print(listing(f"{_sort(sort)} ({text_of(len(items))})", columns, items, row, limit))


def _sort(sort: str) -> str:
    return term("difference", sort)


def _either(history: History, text: str, first: dt.date, second: dt.date) -> str:
    """The unit that is meant on the second day, else on the first."""
    try:
        return unit_on(history, text, second)
    except OrgmodelError as error:
        try:
            return unit_on(history, text, first)
        except OrgmodelError:
            raise Unclear(f"--under: {error}") from None


def _row(history: History, first: dt.date, second: dt.date, item: Difference, *, plain: bool) -> tuple[object, ...]:
    # A unit that has ended is named as on the earlier day, whichever way the difference is asked for.
    late = max(first, second) if item.after is not None else min(first, second)
    name = name_of(history, item.subject, late)
    source = "" if item.act is None else f"{source_text(item.act.source)}, {text_of(item.act.effective)}"
    if plain:
        return name, item.subject, source
    fact = fact_name(history, item.track, item.slot)
    before, after = (_value(history, item, value, day) for value, day in ((item.before, first), (item.after, second)))
    return name, item.subject, fact, before, after, source


def _value(history: History, item: Difference, value: Any, day: dt.date) -> str:
    if value is None:
        return "-"
    if isinstance(value, str) and tracks.refers_to_subject(item.track):
        return say("(the root)") if value == ROOT else name_of(history, value, day)
    return holder_text(history, value, day) if isinstance(value, Absent) else text_of(value)


def _record(item: Difference) -> dict[str, Any]:
    return {
        "subject": item.subject,
        "track": item.track,
        "slot": item.slot,
        "before": item.before,
        "after": item.after,
        "act": act_record(item.act),
    }
