"""What events state, one by one, with nothing that follows from it: what twins and laws start from."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.matter import Matter
from orgmodel.model.unit import Unit

__all__ = ["Statements", "stated_in", "statements"]


@frozen
class Statements:
    """What events state, one by one, with nothing that follows from it.

    Attributes:
        begun: units, clusters and matters that begin.
        ended: ids of what ends.
        changes: changes of facts, those within successions too.
        links: which unit became which.
    """

    begun: tuple[Unit | Cluster | Clustering | Matter, ...]
    ended: tuple[str, ...]
    changes: tuple[Change, ...]
    links: tuple[Link, ...]

    @property
    def linked(self) -> set[str]:
        """The units at either end of a link."""
        return {end for link in self.links for end in (link.old, link.new)}


def statements(events: Iterable[Event]) -> Statements:
    """What some events state, in their order."""
    begun, ended, changes, links = [], [], [], []  # type: ignore[var-annotated]  # as in the class
    for event in events:
        match event:
            case Creation():
                begun.append(event.what)
            case Closure():
                ended.append(event.subject)
            case Change():
                changes.append(event)
            case Succession():
                begun += event.created
                ended += event.ended
                changes += event.changes
                links += event.links
    return Statements(tuple(begun), tuple(ended), tuple(changes), tuple(links))


def stated_in(acts: Iterable[Act]) -> Statements:
    """What the events of some acts state."""
    return statements(event for act in acts for event in act.events)
