"""``orgmodel lineage``: what a unit came from and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.table import Table
from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    On,
    act_record,
    console,
    day_of,
    listing,
    load,
    name_of,
    named,
    period_record,
    period_text,
    print_json,
    source_text,
    term,
    unit_ever,
    unit_on,
)
from orgmodel.cli.words import say
from orgmodel.history.history import History
from orgmodel.history.lineage import DatedLink

__all__ = [
    "command",
]


def command(unit: str, /, *, on: On = None, file: File = None, json: Json = False, limit: Limit = 40) -> None:
    """Tell what a unit came from and what became of it, step by step, with the acts.

    Parameters
    ----------
    unit
        Its id, code or name.
    on
        A day on which it bore that code or name; needed where several units did in turn.
    """
    history = load(file)
    subject = unit_ever(history, unit) if on is None else unit_on(history, unit, day_of(on, history))
    past, future = _chain(history, subject, forward=False), _chain(history, subject, forward=True)
    if json:
        print_json(
            {
                "id": subject,
                "name": name_of(history, subject),
                "life": period_record(history.life(subject)),
                "came_from": [_record(link) for link in past],
                "became": [_record(link) for link in future],
                "first_predecessors": history.lineage.predecessors(subject),
                "final_successors": history.lineage.successors(subject),
            }
        )
    else:
        _print(history, subject, past, future, limit)


def _print(history: History, subject: str, past: list[DatedLink], future: list[DatedLink], limit: int) -> None:
    out = console()
    life = history.life(subject)
    out.print(Text.assemble((name_of(history, subject), "bold"), f"  {subject}, {period_text(life)}"))
    if past:
        out.print(_steps(history, say("Came from (links: {count})", count=len(past)), past, limit))
    else:
        out.print(say("What it came from is not on record."))
    if future:
        out.print(_steps(history, say("Became (links: {count})", count=len(future)), future, limit))
    elif life.end is None:
        out.print(say("It goes on."))
    else:
        out.print(say("It ended on {day} without a successor.", day=life.end))
    last = history.lineage.successors(subject) if future else ()
    if last:
        names = ", ".join(named(history, other) for other in last[:10])
        more = " " + say("and {count} more", count=len(last) - 10) if len(last) > 10 else ""
        out.print(Text(say("In the end: {names}", names=names) + more))


def _chain(history: History, unit: str, *, forward: bool) -> list[DatedLink]:
    """The links that lead on from a unit (or to it), each in the order of events."""
    lineage = history.lineage
    # Numbers of events are counted backwards where the chain leads back: then "later" means the same both ways.
    sign = 1 if forward else -1
    links: dict[tuple[str, str, int], DatedLink] = {}
    # A unit is passed on with the place in the order of events up to which it counts.
    waiting: list[tuple[str, float]] = [(unit, -math.inf)]
    visited: dict[str, float] = {}
    while waiting:
        at, reached = waiting.pop()
        if visited.get(at, math.inf) <= reached:
            continue
        visited[at] = reached
        for link in lineage.links(old=at) if forward else lineage.links(new=at):
            if sign * link.seq > reached:
                links[link.old, link.new, link.seq] = link
                waiting.append((link.new if forward else link.old, sign * link.seq))
    return sorted(links.values(), key=lambda link: link.seq)


def _record(link: DatedLink) -> dict[str, Any]:
    return {
        "old": link.old,
        "new": link.new,
        "day": link.day,
        "type": link.type,
        "extent": link.extent,
        "shares": {measure: str(share) for measure, share in link.shares},
        "dominant": link.dominant,
        "dominant_by": link.dominant_by,
        "act": act_record(link.act),
    }


def _steps(history: History, title: str, links: Sequence[DatedLink], limit: int) -> Table:
    columns = (say("day"), say("unit"), "id", "", say("became"), "id", say("by"), say("source"))
    return listing(title, columns, links, partial(_row, history), limit)


def _row(history: History, link: DatedLink) -> tuple[object, ...]:
    # A unit that goes on is named as it was before, by its first name.
    known_on = history.life(link.old).start if link.old == link.new else link.day
    main = say(", main successor") if link.dominant and link.extent == "part" else ""
    return (
        link.day,
        name_of(history, link.old, known_on),
        link.old,
        "->" if link.extent == "whole" else say("-part->"),
        name_of(history, link.new, link.day),
        link.new,
        term("event", link.type) + main,
        source_text(link.act.source),
    )
