"""``orgmodel lineage``: what a unit came from and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    On,
    act_record,
    console,
    day_of,
    load,
    more_of,
    name_of,
    named,
    period_record,
    period_text,
    print_json,
    source_text,
    table,
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
    lineage = history.lineage
    first, last = lineage.predecessors(subject), lineage.successors(subject)
    if json:
        print_json(
            {
                "id": subject,
                "name": name_of(history, subject),
                "life": period_record(history.life(subject)),
                "came_from": [_record(link) for link in past],
                "became": [_record(link) for link in future],
                "first_predecessors": list(first),
                "final_successors": list(last),
            }
        )
        return
    out = console()
    life = history.life(subject)
    out.print(Text.assemble((name_of(history, subject), "bold"), f"  {subject}, {period_text(life)}"))
    if past:
        out.print(_steps(history, say("Came from (links: {count})", count=len(past)), past, limit))
    else:
        out.print(say("What it came from is not on record."))
    if future:
        out.print(_steps(history, say("Became (links: {count})", count=len(future)), future, limit))
    if not future:
        out.print(
            say("It goes on.") if life.end is None else say("It ended on {day} without a successor.", day=life.end)
        )
    elif last:
        names = ", ".join(named(history, other) for other in last[:10])
        more = " " + say("and {count} more", count=len(last) - 10) if len(last) > 10 else ""
        out.print(Text(say("In the end: {names}", names=names) + more))


def _chain(history: History, unit: str, *, forward: bool) -> list[DatedLink]:
    """The links that lead on from a unit (or to it), each in the order of events."""
    lineage = history.lineage
    links: dict[tuple[str, str, int], DatedLink] = {}
    # A unit is passed on with the place in the order of events up to which it counts.
    todo = [(unit, -1 if forward else 2**63)]
    visited: dict[str, int] = {}
    while todo:
        at, limit = todo.pop()
        if at in visited and (visited[at] <= limit if forward else visited[at] >= limit):
            continue
        visited[at] = limit
        for link in lineage.links(old=at) if forward else lineage.links(new=at):
            if (link.seq > limit) if forward else (link.seq < limit):
                links[link.old, link.new, link.seq] = link
                other = link.new if forward else link.old
                if other != at:
                    todo.append((other, link.seq))
    return sorted(links.values(), key=lambda link: link.seq)


def _record(link: DatedLink) -> dict[str, Any]:
    return {
        "old": link.old,
        "new": link.new,
        "day": str(link.day),
        "type": link.type,
        "extent": link.extent,
        "shares": {measure: str(share) for measure, share in link.shares},
        "dominant": link.dominant,
        "dominant_by": link.dominant_by,
        "act": act_record(link.act),
    }


def _steps(history: History, title: str, links: Iterable[DatedLink], limit: int) -> Any:
    links = list(links)
    shown = links[: limit or None]
    rows = [
        (
            link.day,
            name_of(history, link.old, history.life(link.old).start if link.old == link.new else link.day),
            link.old,
            "->" if link.extent == "whole" else say("-part->"),
            name_of(history, link.new, link.day),
            link.new,
            term("event", link.type) + (say(", main successor") if link.dominant and link.extent == "part" else ""),
            source_text(link.act.source),
        )
        for link in shown
    ]
    columns = (say("day"), say("unit"), "id", "", say("became"), "id", say("by"), say("source"))
    return table(title, columns, rows, footer=more_of(len(shown), len(links)))
