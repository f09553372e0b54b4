"""What events are about: the units and clusters that they begin, write and refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orgmodel.acts.events import Change, Closure, Creation, Event, Succession
from orgmodel.model import track as tracks

__all__ = [
    "begun_by",
    "subjects_of",
    "written_by",
]


def begun_by(events: Iterable[Event]) -> Iterator[str]:
    """Ids of the units and clusters that begin by events, in order."""
    for event in events:
        if isinstance(event, Creation):
            yield event.what.id
        elif isinstance(event, Succession):
            yield from (unit.id for unit in event.created)


def written_by(events: Iterable[Event]) -> dict[str, None]:
    """Ids of the subjects that events begin, end, change or link, in order."""
    written: dict[str, None] = {}
    for event in events:
        match event:
            case Creation(what=what):
                written[what.id] = None
                if event.reestablishes is not None:
                    written[event.reestablishes] = None
            case Closure(subject=subject) | Change(subject=subject):
                written[subject] = None
            case Succession():
                for link in event.links:
                    written |= {link.old: None, link.new: None}
                written |= dict.fromkeys(unit.id for unit in event.created)
                written |= dict.fromkeys(change.subject for change in event.changes)
    return written


def subjects_of(events: Iterable[Event]) -> dict[str, None]:
    """Ids of the subjects that events write, and of those that these refer to; in order."""
    listed = list(events)
    subjects = written_by(listed)
    for event in listed:
        match event:
            case Creation(what=what):
                subjects |= dict.fromkeys(filter(None, (getattr(what, "parent", None), event.out_of)))
            case Change(track=track, value=value):
                if isinstance(value, str) and tracks.refers_to_subject(track):
                    subjects[value] = None
            case Succession():
                subjects |= subjects_of((*map(Creation, event.created), *event.changes))
            case Closure():
                pass
    return subjects
