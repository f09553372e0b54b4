"""An act as the table that rules see."""

from __future__ import annotations

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Succession
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.unit import Unit
from orgmodel.rules.changes import Became, Changes, Write

__all__ = [
    "changes_of",
]


def changes_of(act: Act) -> Changes:
    """The effects of an act as a table: units that begin and end, links, facts that are set.

    Clusters that begin or end are left out.

    >>> from orgmodel.acts.events import Link
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c"),))
    >>> changes = changes_of(Act("a1", "2025-07-01", [merger]))
    >>> changes.created, changes.ended, [row.type for row in changes.became]
    (('c',), ('a', 'b'), ['merger', 'merger'])
    """
    created: list[str] = []
    ended: list[str] = []
    became: list[Became] = []
    writes: list[Write] = []
    others: set[str] = set()
    for event in act.events:
        match event:
            case Creation(what=Cluster() | Clustering() | Matter() as what):
                others.add(what.id)
            case Creation(what=Unit() as unit, first_known=first_known):
                # A unit that is older and only first seen is not founded by this act.
                if not first_known:
                    created.append(unit.id)
            case Closure(subject=subject):
                if subject not in others:
                    ended.append(subject)
            case Succession():
                created += [unit.id for unit in event.created]
                ended += event.ended
                became += [Became(link.old, link.new, link.extent, event.type) for link in event.links]
                writes += [Write(c.subject, c.track, c.slot, c.value) for c in event.changes]
            case Change():
                writes.append(Write(event.subject, event.track, event.slot, event.value))
    return Changes(act.id, act.effective, act.source, created, ended, became, writes)
