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
    links_told,
    load,
    name_of,
    period_record,
    print_json,
    table,
    unit_ever,
    unit_on,
)
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
    found = unit_ever(history, unit) if on is None else unit_on(history, unit, day_of(on, history))
    past, future = _chain(history, found, forward=False), _chain(history, found, forward=True)
    lineage = history.lineage
    first, last = lineage.predecessors(found), lineage.successors(found)
    if json:
        print_json(
            {
                "id": found,
                "name": name_of(history, found),
                "life": period_record(history.life(found)),
                "came_from": [_record(link) for link in past],
                "became": [_record(link) for link in future],
                "first_predecessors": list(first),
                "final_successors": list(last),
            }
        )
        return
    out = console()
    out.print(Text.assemble((name_of(history, found), "bold"), f"  {found}, {history.life(found)}"))
    if past:
        out.print(_steps(history, f"Came from ({links_told(len(past))})", past, limit))
    else:
        out.print(Text("Nothing is told of what it came from."))
    if future:
        out.print(_steps(history, f"Became ({links_told(len(future))})", future, limit))
    end = history.life(found).end
    if not future:
        out.print(Text("It goes on." if end is None else f"It ended on {end} without a successor."))
    elif last:
        names = ", ".join(f"{name_of(history, other)} ({other})" for other in last[:10])
        more = f" and {len(last) - 10} more" if len(last) > 10 else ""
        out.print(Text(f"In the end: {names}{more}"))


def _chain(history: History, unit: str, *, forward: bool) -> list[DatedLink]:
    """The links that lead on from a unit (or to it), each in the order of events."""
    lineage = history.lineage
    links: dict[tuple[str, str, int], DatedLink] = {}
    # A unit is passed on with the place in the order of events up to which it counts.
    todo = [(unit, -1 if forward else 2**63)]
    seen: dict[str, int] = {}
    while todo:
        at, limit = todo.pop()
        if at in seen and (seen[at] <= limit if forward else seen[at] >= limit):
            continue
        seen[at] = limit
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
    shown = links if limit <= 0 else links[:limit]
    rows = [
        (
            str(link.day),
            name_of(history, link.old, history.life(link.old).start if link.old == link.new else link.day),
            link.old,
            "->" if link.extent == "whole" else "-part->",
            name_of(history, link.new, link.day),
            link.new,
            link.type + (", main successor" if link.dominant and link.extent == "part" else ""),
            link.act.source.cited,
        )
        for link in shown
    ]
    rest = f"... and {len(links) - len(shown):,} more; --limit 0 prints all" if len(shown) < len(links) else ""
    return table(title, ("day", "unit", "id", "", "became", "id", "by", "source"), rows, footer=rest)
