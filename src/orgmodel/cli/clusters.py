"""``orgmodel clusters``: what became of clusters between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from orgmodel.cli.common import (
    File,
    Json,
    Unclear,
    act_record,
    console,
    day_of,
    holder_text,
    load,
    name_of,
    print_json,
    source_text,
    table,
    term,
)
from orgmodel.cli.words import language, say
from orgmodel.history.clusters import ClusterChange, ClusterChanges, ClusterEntry
from orgmodel.history.clusters import changes as cluster_changes
from orgmodel.history.history import History

__all__ = [
    "command",
    "print_change",
    "record",
]


def command(
    a: str,
    b: str,
    /,
    *,
    cluster: Annotated[str | None, Parameter(help="Only this cluster, by its id or name.")] = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Tell what became of the clusters (cụm thi đua) and why: who was merged, joined, left.

    Parameters
    ----------
    a
        The first day.
    b
        The second day, not before the first.
    """
    history = load(file)
    first, second = day_of(a, history), day_of(b, history)
    # Members merge forwards only: the way back would name units that did not exist yet.
    if second < first:
        raise Unclear(say("{second} is before {first}: give the earlier day first", second=second, first=first))
    changes = cluster_changes(history, first, second)
    chosen = list(changes) if cluster is None else _named(changes, cluster, first, second)
    if json:
        flows = {change.clustering: _flows(changes, change.clustering) for change in chosen}
        print_json({"from": first, "to": second, "clusters": [record(change) for change in chosen], "flows": flows})
        return
    out = console()
    if not chosen:
        out.print(say("There are no clusters on {first} or {second}.", first=first, second=second))
    for change in chosen:
        print_change(out, history, change, first, second)


def _named(changes: ClusterChanges, cluster: str, first: dt.date, second: dt.date) -> list[ClusterChange]:
    """The changes of the clusters with an id or name.

    Raises:
        Unclear: there is none.
    """
    chosen = [change for change in changes if cluster in (change.id, change.name)]
    if not chosen:
        raise Unclear(
            say(
                "there is no cluster {cluster} on {first} or {second}; there are {known}",
                cluster=repr(cluster),
                first=first,
                second=second,
                known=", ".join(change.id for change in changes) or say("none at all"),
            )
        )
    return chosen


def _flows(changes: ClusterChanges, clustering: str) -> list[dict[str, Any]]:
    flows = changes.flows(clustering)
    return [{"old": flow.old, "new": flow.new, "before": flow.before, "after": flow.after} for flow in flows]


def record(change: ClusterChange) -> dict[str, Any]:
    """The change of a cluster for JSON."""
    return {
        "id": change.id,
        "clustering": change.clustering,
        "name": change.name,
        "size_before": change.size_before,
        "size_after": change.size_after,
        "members_before": list(change.members_before),
        "members_after": list(change.members_after),
        "leader_before": change.leader_before,
        "leader_after": change.leader_after,
        "deputies_before": list(change.deputies_before),
        "deputies_after": list(change.deputies_after),
        "lapsed": [
            {"role": office.role, "seat": office.seat, "unit": office.unit, "successors": list(office.successors)}
            for office in change.lapsed
        ],
        "entries": [
            {
                "what": entry.what,
                "before": list(entry.before),
                "after": list(entry.after),
                "extent": entry.extent,
                "clusters": list(entry.clusters),
                "acts": [act_record(act) for act in entry.acts],
            }
            for entry in change.entries
        ],
        "formed": act_record(change.formed),
        "dissolved": act_record(change.dissolved),
    }


def print_change(out: Console, history: History, change: ClusterChange, first: dt.date, second: dt.date) -> None:
    """Print the change of one cluster."""
    rows = [
        (term("change in a cluster", entry.what), *_sides(history, entry, first, second), _why(entry))
        for entry in change.entries
    ]
    title = say(
        "{name}: {before} -> {after} members",
        name=change.name or change.id,
        before=change.size_before,
        after=change.size_after,
    )
    out.print(table(title, (say("what"), say("before"), say("after"), say("by")), rows))
    leaders = [holder_text(history, change.leader_before, first), holder_text(history, change.leader_after, second)]
    none = say("none recorded")
    deputies = [
        _names(history, change.deputies_before, first, ", ") or none,
        _names(history, change.deputies_after, second, ", ") or none,
    ]
    for heading, (before, after) in ((say("leader"), leaders), (say("deputies"), deputies)):
        out.print(Text(f"  {heading}: {before}" if before == after else f"  {heading}: {before} -> {after}"))
    for office in change.lapsed:
        lapsed = say(
            "{role} {unit} has ended; it became {heirs}",
            role=term("role", office.role) if language() == "vi" else office.role,
            unit=name_of(history, office.unit, first),
            heirs=_names(history, office.successors, second) or say("nobody"),
        )
        out.print(Text(f"  {lapsed}", style="yellow"))
    out.print()


def _names(history: History, units: Iterable[str], day: dt.date, between: str = " + ") -> str:
    return between.join(name_of(history, unit, day) for unit in units)


def _sides(history: History, entry: ClusterEntry, first: dt.date, second: dt.date) -> tuple[str, str]:
    before, after = _names(history, entry.before, first), _names(history, entry.after, second)
    if entry.extent == "part":
        before = say("part of {units}", units=before)
    return before, say("the same") if entry.before == entry.after else after


def _why(entry: ClusterEntry) -> str:
    acts = ", ".join(dict.fromkeys(source_text(act.source) for act in entry.acts))
    if not entry.clusters:
        return acts
    clusters = ", ".join(entry.clusters)
    if entry.what == "moved to another cluster":
        return say("to {clusters}; ", clusters=clusters) + acts
    return say("from {clusters}; ", clusters=clusters) + acts
