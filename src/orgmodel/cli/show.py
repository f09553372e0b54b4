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
        "day": structure.day,
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
                "start": fact.start,
                "end": fact.end,
                "act": act_record(fact.act),
            }
            for fact in facts
        ],
    }


def _print(history: History, structure: Structure, unit: str, facts: list[Fact], roles: Roles) -> None:
    out = console()
    out.print(_heading(history, structure, unit))
    life = say("id {unit}, {life}; shown on {day}", unit=unit, life=period_text(history.life(unit)), day=structure.day)
    out.print(Text(life, style="dim"))
    path = [structure.unit(above).label for above in structure.path(unit)]
    if len(path) > 1:
        out.print(Text(" > ".join(path)))
    # Counted from the top down, so that kinds come in the order of the levels.
    below = Counter(structure.unit(other).kind for other in structure.descendants(unit))
    if below:
        counts = ", ".join(f"{text_of(count)} {_kind(history, kind)}" for kind, count in below.items())
        out.print(Text(say("below it: {counts}", counts=counts)))
    for role in roles:
        out.print(Text(_role(structure, *role)))
    columns = (say("fact"), say("value"), say("since"), say("to"), say("source"))
    out.print(table(say("What is said of it"), columns, [_row(history, fact, structure.day) for fact in facts]))
    if structure.children(unit):
        out.print(Text(structure.tree(unit, depth=1, most=20, language=language())), soft_wrap=True)


def _heading(history: History, structure: Structure, unit: str) -> Text:
    """The name of a unit, its kind and its code."""
    it = structure.unit(unit)
    if language() == "vi":
        # The Vietnamese name of a kind lists what is of it, the category is which of them.
        words = [it.category or (it.kind and kind_text(history, it.kind))]
    else:
        words = [it.kind and kind_text(history, it.kind), it.category and f"({it.category})"]
    return Text.assemble((it.label, "bold"), f"  {' '.join(word for word in (*words, it.code) if word)}")


def _kind(history: History, kind: str | None) -> str:
    return kind_text(history, kind) if kind else say("without kind")


def _role(structure: Structure, cluster: str, role: str, seat: int) -> str:
    name = role if language() == "en" else term("role", role)
    # A cluster has one leader, so that only other seats are numbered.
    number = f" {seat}" if role != "leader" else ""
    return say("{role} of {cluster}", role=f"{name}{number}", cluster=structure.cluster(cluster).name or cluster)


def _row(history: History, fact: Fact, day: dt.date) -> tuple[object, ...]:
    name, value = fact_name(history, fact.track, fact.slot), _value(history, fact, day)
    return name, value, fact.start, last_of(fact.end), source_text(fact.act.source)


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
