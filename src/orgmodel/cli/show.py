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
    fact_name,
    holder_text,
    kind_text,
    last_of,
    load,
    named,
    period_record,
    period_text,
    print_json,
    source_text,
    table,
    term,
    text_of,
    unit_on,
)
from orgmodel.cli.words import language, say
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
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
    shown = unit_on(history, unit, day)
    structure = history.at(day)
    facts = [
        fact
        for fact in history.biography(shown)
        if fact.track != tracks.LIFE and fact.start <= day and (fact.end is None or day < fact.end)
    ]
    roles = [
        (cluster.id, role, seat)
        for cluster in structure.clusters()
        for (role, seat), holder in sorted(structure.roles(cluster.id).items())
        if holder == shown
    ]
    if json:
        print_json(_record(history, structure, shown, facts, roles))
    else:
        _print(history, structure, shown, facts, roles)


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
    kind = (language() == "vi" and it.category) or (it.kind and kind_text(history, it.kind))
    # The Vietnamese name of a kind lists what is of it, the category is which of them.
    category = f"({it.category})" if it.category and language() == "en" else ""
    out.print(Text.assemble((it.label, "bold"), f"  {' '.join(text for text in (kind, category, it.code) if text)}"))
    life = say("id {unit}, {life}; shown on {day}", unit=unit, life=period_text(history.life(unit)), day=structure.day)
    out.print(Text(life, style="dim"))
    path = [structure.unit(above).label for above in structure.path(unit)]
    if len(path) > 1:
        out.print(Text(" > ".join(path)))
    below = Counter(structure.unit(other).kind for other in structure.descendants(unit))
    if below:
        counts = ", ".join(
            f"{text_of(count)} {kind_text(history, kind) if kind else say('without kind')}"
            for kind, count in below.items()
        )
        out.print(Text(say("below it: {counts}", counts=counts)))
    for cluster, role, seat in roles:
        name = role if language() == "en" else term("role", role)
        number = f" {seat}" if role != "leader" else ""
        of = structure.cluster(cluster).name or cluster
        out.print(Text(say("{role} of {cluster}", role=f"{name}{number}", cluster=of)))
    rows = [
        (
            fact_name(history, fact.track, fact.slot),
            _value(history, fact, structure.day),
            fact.start,
            last_of(fact.end),
            source_text(fact.act.source),
        )
        for fact in facts
    ]
    columns = (say("fact"), say("value"), say("since"), say("to"), say("source"))
    out.print(table(say("What is said of it"), columns, rows))
    children = structure.children(unit)
    if children:
        out.print(Text(structure.tree(unit, depth=1, most=20, language=language())), soft_wrap=True)


def _value(history: History, fact: Fact, day: dt.date) -> str:
    if isinstance(fact.value, Absent):
        return holder_text(history, fact.value, day)
    if tracks.refers_to_subject(fact.track):
        if fact.value is None or fact.value == ROOT:
            return say("none: it is the root")
        return named(history, fact.value, day)
    if fact.track == tracks.KIND:
        return kind_text(history, str(fact.value))
    return text_of(fact.value)
