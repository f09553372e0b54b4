"""Histories for programs that know other models: Popolo, and the Organization Ontology of W3C.

Both are ways out only: neither says who became whom in a merger of several into several,
nor when a unit moved under another. The way back is :func:`orgmodel.io.jsonl.load`.

References: The Popolo Project, Popolo data specification (organization, identifier, other
name); W3C, The Organization Ontology, Recommendation of 2014-01-16 (sections 4 and 7).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import starmap
from typing import Any
from urllib.parse import quote

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation, Succession
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.io.files import FileLike, write_text
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day

__all__ = [
    "write_org",
    "write_popolo",
]

CONTEXT = {
    "org": "http://www.w3.org/ns/org#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "day": {"@id": "dcterms:date", "@type": "xsd:date"},
    "founded": {"@id": "schema:foundingDate", "@type": "xsd:date"},
    "dissolved": {"@id": "schema:dissolutionDate", "@type": "xsd:date"},
    "name": "skos:prefLabel",
    "formerName": "skos:altLabel",
    "code": "org:identifier",
    "kind": {"@id": "org:classification", "@type": "@id"},
    "label": "skos:notation",
    "under": {"@id": "org:subOrganizationOf", "@type": "@id"},
    "original": {"@id": "org:originalOrganization", "@type": "@id"},
    "resulting": {"@id": "org:resultingOrganization", "@type": "@id"},
    "source": "dcterms:source",
    "type": "dcterms:type",
}
"""The names that :func:`write_org` uses, and what they stand for."""


@frozen
class _Seen:
    """A unit as it is on the day, or was on its last one."""

    id: str
    facts: tuple[Fact, ...]
    day: dt.date
    founded: dt.date | None
    ended: dt.date | None
    source: Source

    def on_day(self, track: str) -> Any:
        """The value that held on the day, None if none did."""
        facts = [f for f in self._of(track) if f.start <= self.day and (f.end is None or self.day < f.end)]
        return facts[-1].value if facts else None

    def former(self, track: str) -> Iterator[Fact]:
        """The earlier values that differ from the one of the day, oldest first."""
        now = self.on_day(track)
        return (f for f in self._of(track) if f.end is not None and f.end <= self.day and f.value != now)

    def _of(self, track: str) -> Iterator[Fact]:
        return (fact for fact in self.facts if fact.track == track)


@strict
def write_popolo(history: History, file: FileLike, *, on: DayLike) -> None:
    """Writes the units of a history as organizations of Popolo, in JSON.

    A unit that has ended by the day is described as it was on its last day, one that has not
    begun is left out, and so is one that lived no whole day.

    Args:
        history: its units; clusters are left out.
        file: a path, or an open file of text.
        on: the day. ``end_date`` and ``dissolution_date`` are the last day on which it was so, as
            Popolo has it. There is no ``founding_date`` where the unit is older than the record.

    >>> import io
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, {"id": "24", "parent": "vn", "name": "Bắc Giang"}], day="2024-01-01")
    >>> out = io.StringIO()
    >>> write_popolo(history, out, on="2025-06-30")
    >>> json.loads(out.getvalue())["organizations"][1]["name"]
    'Bắc Giang'
    """
    organizations = []
    for unit in _begun_units(history, as_day(on)):
        code = unit.on_day(tracks.CODE)
        organizations.append(
            _without_empty(
                id=unit.id,
                name=unit.on_day(tracks.NAME) or unit.id,
                classification=unit.on_day(tracks.KIND),
                parent_id=_above(unit),
                founding_date=_iso(unit.founded),
                dissolution_date=_iso(unit.ended and unit.ended - dt.timedelta(days=1)),
                identifiers=[{"identifier": code}] if code else [],
                other_names=[
                    {"name": fact.value, "start_date": _iso(fact.start), "end_date": _iso(fact.end, last=True)}
                    for fact in unit.former(tracks.NAME)
                ],
                sources=[{"note": unit.source.label}] if unit.source != Source.unknown else [],
            )
        )
    _write(file, {"organizations": organizations})


@strict
def write_org(history: History, file: FileLike, *, on: DayLike, base: str, language: str | None = None) -> None:
    """Writes a history in the terms of the Organization Ontology, as JSON-LD.

    Each unit is an ``org:Organization``, as it is on the day or was on its last one; each
    succession until the day is an ``org:ChangeEvent``. One that has not begun is left out,
    and so is one that lived no whole day.

    Args:
        history: its units; clusters are left out.
        file: a path, or an open file of text.
        on: the day. ``schema:dissolutionDate`` is the first day on which a unit no longer is.
        base: the IRI that ids are put behind, such as ``https://example.org/unit/``.
        language: the tag of the names' language, such as ``vi``.

    >>> import io
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn"}, {"id": "24", "parent": "vn", "name": "Bắc Giang"}], day="2024-01-01")
    >>> out = io.StringIO()
    >>> write_org(history, out, on="2025-06-30", base="https://example.org/unit/", language="vi")
    >>> json.loads(out.getvalue())["@graph"][1]["under"]
    'https://example.org/unit/vn'
    """
    day = as_day(on)

    def iri(*path: str) -> str:
        return base + "/".join(quote(part, safe="") for part in path)

    def text(value: str) -> Any:
        return value if language is None else {"@value": value, "@language": language}

    def organisation(unit: _Seen) -> dict[str, Any]:
        kind, above, name = unit.on_day(tracks.KIND), _above(unit), unit.on_day(tracks.NAME)
        return {
            "@id": iri(unit.id),
            "@type": "org:Organization",
            **_without_empty(
                name=name and text(name),
                formerName=[text(former) for former in dict.fromkeys(fact.value for fact in unit.former(tracks.NAME))],
                code=unit.on_day(tracks.CODE),
                kind=kind and iri("kind", kind),
                under=above and iri(above),
                founded=_iso(unit.founded),
                dissolved=_iso(unit.ended),
            ),
        }

    def change_event(act: Act, index: int, event: Succession) -> dict[str, Any]:
        return {
            "@id": iri("event", act.id, str(index)),
            "@type": "org:ChangeEvent",
            "day": act.effective.isoformat(),
            "type": event.type,
            **_without_empty(
                original=[iri(old) for old in dict.fromkeys(link.old for link in event.links) if old in known],
                resulting=[iri(new) for new in dict.fromkeys(link.new for link in event.links) if new in known],
                source=None if act.source == Source.unknown else act.source.label,
            ),
        }

    units = list(_begun_units(history, day))
    known = {unit.id for unit in units}
    kinds = {unit.on_day(tracks.KIND) for unit in units} - {None, ""}
    graph = [
        *map(organisation, units),
        *({"@id": iri("kind", kind), "@type": "skos:Concept", "label": kind} for kind in sorted(kinds)),
        *starmap(change_event, _successions(history, day)),
    ]
    _write(file, {"@context": CONTEXT, "@graph": graph})


def _successions(history: History, day: dt.date) -> Iterator[tuple[Act, int, Succession]]:
    for act in history.acts:
        if act.effective <= day:
            for index, event in enumerate(act.events):
                if isinstance(event, Succession):
                    yield act, index, event


def _begun_units(history: History, day: dt.date) -> Iterator[_Seen]:
    """The units that had begun by the day, in order of creation."""
    older = {
        event.what.id
        for act in history.acts
        for event in act.events
        if isinstance(event, Creation) and event.first_known and isinstance(event.what, Unit)
    }
    for unit in history.units_ever():
        facts = history.biography(unit)
        lives = [f for f in facts if f.track == tracks.LIFE and f.start <= day and f.start != f.end]
        if not lives:
            continue
        life = lives[-1]
        ended = life.end if life.end is not None and life.end <= day else None
        yield _Seen(
            unit,
            facts,
            day if ended is None else ended - dt.timedelta(days=1),
            None if unit in older else lives[0].start,
            ended,
            life.act.source,
        )


def _above(unit: _Seen) -> str | None:
    above: str | None = unit.on_day(tracks.PARENT)
    return above


def _iso(day: dt.date | None, *, last: bool = False) -> str | None:
    return None if day is None else (day - dt.timedelta(days=last)).isoformat()


def _without_empty(**fields: Any) -> dict[str, Any]:
    """The fields that are not empty."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _write(file: FileLike, content: dict[str, Any]) -> None:
    write_text(file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
