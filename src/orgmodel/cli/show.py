"""``orgmodel show``: a unit on a day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    On,
    act_record,
    console,
    day_of,
    last_of,
    load,
    name_of,
    period_record,
    print_json,
    table,
    unit_on,
)
from orgmodel.history.history import Fact, History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.unit import ROOT
from orgmodel.structure.structure import Structure

__all__ = [
    "Roles",
    "command",
]


def command(unit: str, /, *, on: On = None, file: File = None, json: Json = False) -> None:
    """Show a unit as it is on a day: where it stands, what is said of it, and by which act.

    Parameters
    ----------
    unit
        Its id, code or name; a name may be typed without Vietnamese marks.
    """
    history = load(file)
    day = day_of(on, history)
    found = unit_on(history, unit, day)
    structure = history.at(day)
    facts = [
        fact
        for fact in history.biography(found)
        if fact.track != tracks.LIFE and fact.start <= day and (fact.end is None or day < fact.end)
    ]
    roles = [
        (cluster.id, role, seat)
        for cluster in structure.clusters()
        for (role, seat), holder in sorted(structure.roles(cluster.id).items())
        if holder == found
    ]
    if json:
        print_json(_record(history, structure, found, facts, roles))
    else:
        _print(history, structure, found, facts, roles)


Roles = list[tuple[str, str, int]]


def _record(history: History, structure: Structure, unit: str, facts: list[Fact], roles: Roles) -> dict[str, Any]:
    it = structure.unit(unit)
    below = structure.descendants(unit)
    return {
        "day": str(structure.day),
        "id": unit,
        "name": it.name,
        "code": it.code,
        "kind": it.kind,
        "category": it.category,
        "life": period_record(history.life(unit)),
        "path": list(structure.path(unit)),
        "children": list(structure.children(unit)),
        "below": dict(Counter(structure.unit(other).kind or "" for other in below)),
        "roles": [{"cluster": cluster, "role": role, "seat": seat} for cluster, role, seat in roles],
        "facts": [
            {
                "track": fact.track,
                "slot": fact.slot,
                "value": fact.value,
                "start": str(fact.start),
                "end": None if fact.end is None else str(fact.end),
                "act": act_record(fact.act),
            }
            for fact in facts
        ],
    }


def _print(history: History, structure: Structure, unit: str, facts: list[Fact], roles: Roles) -> None:
    out = console()
    it = structure.unit(unit)
    said = " ".join(text for text in (it.kind, it.category and f"({it.category})", it.code) if text)
    out.print(Text.assemble((it.label, "bold"), f"  {said}", style=""))
    out.print(Text(f"id {unit}, {history.life(unit)}; shown on {structure.day}", style="dim"))
    path = [structure.unit(above).label for above in structure.path(unit)]
    if len(path) > 1:
        out.print(Text(" > ".join(path)))
    below = Counter(structure.unit(other).kind or "without kind" for other in structure.descendants(unit))
    if below:
        out.print(Text("below it: " + ", ".join(f"{count:,} {kind}" for kind, count in below.items())))
    for cluster, role, seat in roles:
        number = f" {seat}" if role != "leader" else ""
        out.print(Text(f"{role}{number} of {structure.cluster(cluster).name or cluster}"))
    rows = [
        (
            _fact_name(fact),
            _value(history, fact, structure.day),
            str(fact.start),
            last_of(fact.end),
            fact.act.source.cited,
        )
        for fact in facts
    ]
    out.print(table("What is said of it", ("fact", "value", "since", "to", "source"), rows))
    children = structure.children(unit)
    if children:
        out.print(Text(structure.tree(unit, depth=1, most=20)))


def _fact_name(fact: Fact) -> str:
    name = tracks.item(fact.track) if tracks.is_measure(fact.track) else fact.track
    return name if fact.slot in (None, tracks.OWN) else f"{name} ({fact.slot})"


def _value(history: History, fact: Fact, day: dt.date) -> str:
    if isinstance(fact.value, Absent):
        return str(fact.value)
    if tracks.refers_to_subject(fact.track):
        if fact.value is None or fact.value == ROOT:
            return "none: it is the root"
        return f"{name_of(history, fact.value, day)} ({fact.value})"
    return str(fact.value)
