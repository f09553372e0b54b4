"""Values of the model as JSON, and back, with all faults of a line: what all files of histories are made of.

Writers turn a value into what JSON can say, leaving out what equals its default. Readers
take the JSON value, the name of its place, and a list to which they add what is wrong;
they return :data:`BAD` then. Nothing that is read is ever run.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NoReturn

import numpy as np
from attrs import asdict

from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.errors import CHOICES, Answer, BadDay, Finding, InvalidFile, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import Matter, MatterKind, MatterRole, Said, Step
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.plain import plain_decimal, plain_fraction, plain_number
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.source import Source
from orgmodel.model.track import Track
from orgmodel.model.unit import Unit, composed
from orgmodel.period import Period, as_day

__all__ = [
    "ANSWER",
    "BAD",
    "MEASURE",
    "PERIOD",
    "SCHEMA",
    "SOURCE",
    "WHAT",
    "Reader",
    "Record",
    "answer_record",
    "event_record",
    "from_json",
    "iso",
    "kept",
    "list_of",
    "made",
    "measure_record",
    "one_of",
    "period_record",
    "read_count",
    "read_day",
    "read_event",
    "read_flag",
    "read_fraction",
    "read_id",
    "read_text",
    "read_value",
    "record_of",
    "schema_record",
    "shown",
    "source_record",
    "to_json",
    "track_record",
    "value_record",
    "what_record",
]

Record = dict[str, Any]


# -- writing ---------------------------------------------------------------------------

to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def kept(**fields: Any) -> Record:
    """The fields without those that are None, False or empty."""
    return {
        key: value
        for key, value in fields.items()
        if value is not None and value is not False and value != "" and value != [] and value != {}
    }


def iso(day: dt.date | None) -> str | None:
    """An ISO day; None stays None."""
    return None if day is None else day.isoformat()


def period_record(period: Period) -> Record:
    """A period for JSON."""
    return kept(start=iso(period.start), end=iso(period.end))


def schema_record(schema: Schema) -> Record:
    """A schema for JSON."""
    return kept(
        kinds=[_kind(kind) for kind in schema.kinds],
        placements=[kept(child=p.child, parent=p.parent, **period_record(p.period)) for p in schema.placements],
        hierarchies=list(schema.hierarchies) if schema.hierarchies != (tracks.MAIN,) else None,
        codes_may_repeat=not schema.unique_codes,
        tracks=[track_record(track) for track in schema.tracks],
        placeholder_codes=sorted(schema.placeholder_codes),
        matters=[_matter_kind(kind) for kind in schema.matters],
    )


def _matter_kind(kind: MatterKind) -> Record:
    return kept(
        id=kind.id,
        name=kind.name,
        name_vi=kind.name_vi,
        **{name: [kept(**asdict(item)) for item in getattr(kind, name)] for name in ("steps", "roles", "fields")},
        key=list(kind.key),
        findings=list(kind.findings),
    )


def _kind(kind: Kind) -> Record:
    record = kept(id=kind.id, name=kind.name, name_vi=kind.name_vi, agency=kind.agency)
    # An empty tuple says that a kind has no ground; None, that its ground is not stated.
    return record if kind.ground is None else record | {"ground": list(kind.ground)}


def track_record(track: Track) -> Record:
    """The declaration of a track for JSON; what is as for any undeclared fact is left out.

    >>> track_record(Track("fact:term", "term", slots=("body",), merged="restart"))
    {'id': 'fact:term', 'name': 'term', 'slots': ['body'], 'merged': 'restart'}
    """
    plain = Track(track.id)
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(track, recurse=False).items()
        if name == "id" or value != getattr(plain, name)
    }


def measure_record(measure: Measure) -> Record:
    """A measure for JSON."""
    return kept(
        id=measure.id,
        type=measure.type if measure.type != "count" else None,
        weight=measure.weight,
        unit=measure.unit,
        name_vi=measure.name_vi,
        decimal=measure.decimal,
        of=list(measure.of),
        fate=measure.fate,
    )


def source_record(source: Source) -> Record:
    """A source for JSON."""
    return kept(
        number=source.number,
        issuer=source.issuer,
        title=source.title,
        decided=iso(source.decided),
        in_force=iso(source.in_force),
        note=source.note,
        title_vi=source.title_vi,
        certainty=source.certainty,
    )


def answer_record(answer: Answer) -> Record:
    """An answer for JSON; its field ``answer`` says which act asks."""
    choice, chosen = answer.choice
    return {"answer": answer.act, "about": answer.about, choice: chosen}


def event_record(event: Event) -> Record:
    """An event for JSON; its field ``event`` says which."""
    match event:
        case Creation(what=what):
            return {
                "event": "creation",
                **what_record(what),
                **kept(first_known=event.first_known, reestablishes=event.reestablishes, out_of=event.out_of),
            }
        case Closure():
            return {"event": "closure", "subject": event.subject, **kept(last_known=event.last_known)}
        case Change():
            return {"event": "change", **_change(event)}
        case Succession():
            return {
                "event": "succession",
                "links": [_link(link) for link in event.links],
                **kept(
                    created=[_unit(unit) for unit in event.created],
                    changes=[_change(change) for change in event.changes],
                    cross_kind=event.cross_kind,
                    complete=event.complete,
                ),
            }


def what_record(subject: Unit | Cluster | Clustering | Matter) -> Record:
    """A unit, cluster, clustering or matter for JSON; the name of its one field tells which it is."""
    match subject:
        case Unit():
            return {"unit": _unit(subject)}
        case Cluster():
            return {"cluster": {"id": subject.id, "clustering": subject.clustering, **kept(name=subject.name)}}
        case Clustering():
            return {"clustering": {"id": subject.id, **kept(name=subject.name, cover=subject.cover)}}
        case Matter():
            return {"matter": {"id": subject.id, "kind": subject.kind, **kept(name=subject.name)}}


def _unit(unit: Unit) -> Record:
    record = {
        "id": unit.id,
        "name": unit.name,
        "code": unit.code,
        "kind": unit.kind,
        "category": unit.category,
        "parent": unit.parent,
        "hierarchy": unit.hierarchy if unit.hierarchy != tracks.MAIN else None,
    }
    # An empty name differs from no name, so only None is left out.
    return {key: value for key, value in record.items() if value is not None}


def _change(change: Change) -> Record:
    record = {"subject": change.subject, "track": change.track, "value": value_record(change.value)}
    if change.slot is not None:
        record["slot"] = value_record(change.slot)
    if change.until is not None:
        record["until"] = change.until.isoformat()
    return record


def _link(link: Link) -> Record:
    return {
        "old": link.old,
        "new": link.new,
        **kept(
            extent=link.extent if link.extent != "whole" else None,
            shares={measure: str(share) for measure, share in link.shares},
            dominant=link.dominant,
            dominant_by=link.dominant_by,
            evidence=link.evidence,
        ),
    }


def _number(number: Any) -> Any:
    """A number of a quantity: there a text can only be a fraction, so a fraction is plain text."""
    return str(number) if isinstance(number, Fraction) else value_record(number)


def value_record(value: Any) -> Any:
    """A value in JSON; a type that JSON lacks is an object of one field that names it."""
    match value:
        case None | bool() | str():
            return value
        case Absent():
            return {"absent": value.value}
        case int():
            return int(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is no number that can be written")
            return float(value)
        case Fraction():
            return {"fraction": str(value)}
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is no number that can be written")
            return {"decimal": str(value)}
        case np.generic():
            return value_record(value.item())
        case Quantity():
            return _quantity(value)
        case dt.datetime():
            raise TypeError(f"a point in time ({value}) has no form in the file; use a day")
        case dt.date():
            return {"day": value.isoformat()}
        case tuple():
            return [value_record(item) for item in value]
    raise TypeError(f"a value of type {type(value).__name__} has no form in the file: {value!r}")


def _quantity(quantity: Quantity) -> Any:
    if quantity.is_exact:
        # Equal values must give equal text, and Quantity(5) == 5.
        return value_record(quantity.value)
    numbers = {"value": quantity.value, "low": quantity.low, "high": quantity.high}
    # A bound that follows from the value and its qualifier is not written.
    numbers.pop(_IMPLIED.get(quantity.qualifier, ""), None)
    written = {name: _number(number) for name, number in numbers.items() if number is not None}
    return {"quantity": kept(qualifier=quantity.qualifier) | written}


_IMPLIED: Final[Mapping[str, str]] = {"more than": "low", "at least": "low", "at most": "high"}
"""Qualifier -> the bound that the value gives."""


# -- reading ---------------------------------------------------------------------------

BAD: Final = object()
"""The result of a reader that noted a fault."""

Reader = Callable[[Any, str, list[str]], Any]
"""Reads one JSON value; takes the value, its place in the line and the list of faults so far."""


def _unique(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return record


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


from_json = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def shown(value: Any) -> str:
    """A short form of what stands in the file."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


# -- what each record may hold: a reader for each field ------------------------------------


def read_text(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads a text."""
    if isinstance(raw, str):
        return raw
    faults.append(f"{at} must be text, not {shown(raw)}")
    return BAD


def read_id(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads an id: a text that is not empty."""
    if isinstance(raw, str) and raw:
        return raw
    faults.append(f"{at} must be an id, a text that is not empty, not {shown(raw)}")
    return BAD


def read_flag(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads true or false."""
    if isinstance(raw, bool):
        return raw
    faults.append(f"{at} must be true or false, not {shown(raw)}")
    return BAD


def read_count(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads a whole number that is not negative."""
    if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0:
        return raw
    faults.append(f"{at} must be a whole number from 1, not {shown(raw)}")
    return BAD


def read_day(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads an ISO day."""
    try:
        day = dt.date.fromisoformat(raw)
    except (TypeError, ValueError):
        day = None
    if day is not None and day.isoformat() == raw:
        return day
    if not isinstance(raw, str):
        faults.append(f'{at} must be a day such as "2025-07-01", not {shown(raw)}')
        return BAD
    try:
        # A week date is a day too, but one day must have one form.
        faults.append(f"{at} must be written {as_day(raw).isoformat()!r}, not {raw!r}")
    except BadDay as error:
        faults.append(f"{at}: {error}")
    return BAD


def read_fraction(raw: Any, at: str, faults: list[str]) -> Any:
    """Reads a fraction written as text."""
    if isinstance(raw, str) and _FRACTION.fullmatch(raw):
        try:
            return plain_fraction(raw)
        except ValueError:
            pass
    faults.append(f'{at} must be a fraction as text, such as "1/3", not {shown(raw)}')
    return BAD


_FRACTION: Final = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)


def _decimal(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, str):
        try:
            number = plain_decimal(raw)
        except ValueError:
            number = None
        # One number has one form: no blanks, no underscores, no plus sign, no leading zeros.
        if number is not None and str(number) == raw:
            return number
    faults.append(f'{at} must be a decimal as text, such as "12.50", not {shown(raw)}')
    return BAD


def _number_of(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return read_value(raw, at, faults)
    if isinstance(raw, dict) and raw.keys() == {"decimal"}:
        return _decimal(raw["decimal"], f"{at}.decimal", faults)
    if isinstance(raw, str):
        return read_fraction(raw, at, faults)
    faults.append(f'{at} must be a number, or a fraction as text such as "1/3", not {shown(raw)}')
    return BAD


def one_of(*words: str) -> Reader:
    """A reader of one of some words."""

    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if isinstance(raw, str) and raw in words:
            return raw
        faults.append(f"{at} must be {' or '.join(map(repr, words))}, not {shown(raw)}")
        return BAD

    return read


def list_of(reader: Reader) -> Reader:
    """A reader of lists of what another reads."""

    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, list):
            faults.append(f"{at} must be a list, not {shown(raw)}")
            return BAD
        items_read = tuple([reader(item, f"{at}[{number}]", faults) for number, item in enumerate(raw)])
        return BAD if any(item is BAD for item in items_read) else items_read

    return read


def _map_of(reader: Reader) -> Reader:
    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, dict):
            faults.append(f"{at} must be an object, not {shown(raw)}")
            return BAD
        items_read = {key: reader(item, f"{at}.{key}", faults) for key, item in raw.items()}
        return BAD if any(item is BAD for item in items_read.values()) else items_read

    return read


def record_of(build: Callable[..., Any], needs: Mapping[str, Reader], may: Mapping[str, Reader]) -> Reader:
    """A reader of an object with just these fields, which builds a value of them."""
    readers = {**needs, **may}
    required = frozenset(needs)

    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, dict):
            faults.append(f"{at} must be an object, not {shown(raw)}")
            return BAD
        before = len(faults)
        fields = {}
        for key, item in raw.items():
            reader = readers.get(key)
            if reader is None:
                faults.append(f"{at} has the unknown field {key!r}; it may have {', '.join(sorted(readers))}")
            else:
                fields[key] = reader(item, f"{at}.{key}", faults)
        if not required <= raw.keys():
            faults.extend(f"{at} lacks the field {key!r}" for key in needs if key not in raw)
        if len(faults) > before:
            return BAD
        try:
            return build(**fields)
        except Refused as refused:
            faults.extend(f"{at}: {finding.message}" for finding in refused.findings)
            return BAD

    return read


def read_value(raw: Any, at: str, faults: list[str]) -> Any:
    """A value as :func:`value_record` writes it."""
    if isinstance(raw, list):
        return list_of(read_value)(raw, at, faults)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        try:
            return plain_number(raw)
        except ValueError as error:
            faults.append(f"{at}: {error}")
            return BAD
    if not isinstance(raw, dict):
        return raw
    if len(raw) == 1:
        [(word, inner)] = raw.items()
        if word in _TAGGED:
            return _TAGGED[word](inner, f"{at}.{word}", faults)
    faults.append(
        f"{at} must be a plain value or an object with one field of {', '.join(sorted(_TAGGED))}, not {shown(raw)}"
    )
    return BAD


def _absent(raw: Any, at: str, faults: list[str]) -> Any:
    word = one_of(*(reason.value for reason in Absent))(raw, at, faults)
    return word if word is BAD else Absent(word)


_TAGGED: Final[Mapping[str, Reader]] = {
    "absent": _absent,
    "day": read_day,
    "decimal": _decimal,
    "fraction": read_fraction,
    "quantity": record_of(
        Quantity,
        {"qualifier": one_of("about", "more than", "at least", "at most", "unknown")},
        {"value": _number_of, "low": _number_of, "high": _number_of},
    ),
}


def _placement(child: str, parent: str | None = None, start: Any = None, end: Any = None) -> Placement:
    return Placement(child, parent, Period(start, end))


def _make_schema(codes_may_repeat: bool = False, **fields: Any) -> Schema:
    return Schema(unique_codes=not codes_may_repeat, **fields)


def _make_change(track: str, value: Any, **fields: Any) -> Change:
    if tracks.family(track) in _TEXT_TRACKS and value is not None and not isinstance(value, str):
        raise Refused("", [Finding("form", f"the {track} must be text, not {shown(value_record(value))}")])
    if tracks.family(track) in (tracks.NAME, tracks.CODE):
        composed(value, track, fields["subject"])
    return Change(track=track, value=value, **fields)


_TEXT_TRACKS: Final = frozenset({tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY})

_UNIT: Final = record_of(
    Unit,
    {"id": read_id},
    {
        "name": read_text,
        "code": read_text,
        "kind": read_text,
        "category": read_text,
        "parent": read_id,
        "hierarchy": read_id,
    },
)
_CLUSTER: Final = record_of(Cluster, {"id": read_id, "clustering": read_id}, {"name": read_text})
_CLUSTERING: Final = record_of(Clustering, {"id": read_id}, {"name": read_text, "cover": read_flag})

_MATTER: Final = record_of(Matter, {"id": read_id, "kind": read_id}, {"name": read_text})


def _only_subject(**fields: Any) -> Any:
    if len(fields) != 1:
        raise Refused("", [Finding("form", "it must have one of the fields unit, cluster, clustering and matter")])
    return next(iter(fields.values()))


_LINK: Final = record_of(
    Link,
    {"old": read_id, "new": read_id},
    {
        "extent": one_of("whole", "part"),
        "shares": _map_of(read_fraction),
        "dominant": read_flag,
        "dominant_by": read_text,
        "evidence": read_text,
    },
)
_CHANGE_FIELDS: Final[Mapping[str, Reader]] = {"subject": read_id, "track": read_id, "value": read_value}
_CHANGE_MAY: Final[Mapping[str, Reader]] = {"slot": read_value, "until": read_day}
_CHANGE: Final = record_of(_make_change, _CHANGE_FIELDS, _CHANGE_MAY)
SOURCE: Final = record_of(
    Source,
    {},
    {
        "number": read_text,
        "issuer": read_text,
        "title": read_text,
        "decided": read_day,
        "in_force": read_day,
        "note": read_text,
        "title_vi": read_text,
        "certainty": read_text,
    },
)
_TRACK: Final = record_of(
    Track,
    {"id": read_id},
    {
        "slots": list_of(read_id),
        **dict.fromkeys(("name", "name_vi", "values", "subject"), read_text),
        **dict.fromkeys(("merged", "taken_over", "divided", "ended", "goes_with"), read_text),
        **dict.fromkeys(("rated", "unique", "personal"), read_flag),
    },
)
_WORDS: Final[dict[str, Reader]] = {"name_vi": read_text}
_MATTER_KIND: Final = record_of(
    MatterKind,
    {"id": read_id},
    {
        "name": read_text,
        **_WORDS,
        "steps": list_of(
            record_of(Step, {"id": read_id}, {**_WORDS, "rank": read_count, "closes": read_flag, "repeats": read_flag})
        ),
        "roles": list_of(
            record_of(
                MatterRole,
                {"id": read_id},
                {**_WORDS, "ended": read_text, "until": read_id, "one": read_flag, "personal": read_flag},
            )
        ),
        "fields": list_of(record_of(Said, {"id": read_id}, {**_WORDS, "values": read_text, "needed": read_flag})),
        "key": list_of(read_id),
        "findings": list_of(read_id),
    },
)
SCHEMA: Final = record_of(
    _make_schema,
    {},
    {
        "kinds": list_of(
            record_of(
                Kind,
                {"id": read_id},
                {"name": read_text, "name_vi": read_text, "agency": read_flag, "ground": list_of(read_id)},
            )
        ),
        "placements": list_of(
            record_of(_placement, {"child": read_id}, {"parent": read_id, "start": read_day, "end": read_day}),
        ),
        "hierarchies": list_of(read_id),
        "codes_may_repeat": read_flag,
        "placeholder_codes": list_of(read_text),
        "tracks": list_of(_TRACK),
        "matters": list_of(_MATTER_KIND),
    },
)
MEASURE: Final = record_of(
    Measure,
    {"id": read_id},
    {
        "type": one_of("count", "rate", "category"),
        "weight": read_id,
        "unit": read_text,
        "name_vi": read_text,
        "decimal": read_flag,
        "of": list_of(read_id),
        "fate": read_id,
    },
)


def _creation(
    *,
    event: str,
    first_known: bool = False,
    reestablishes: str | None = None,
    out_of: str | None = None,
    **subject: Any,
) -> Creation:
    del event  # the event chose this reader
    return Creation(_only_subject(**subject), first_known, reestablishes, out_of=out_of)


def _without_tag(build: Callable[..., Any]) -> Callable[..., Any]:
    def build_untagged(**fields: Any) -> Any:
        del fields["event"]  # the event chose this reader
        return build(**fields)

    return build_untagged


_EVENTS: Final[Mapping[str, Reader]] = {
    "creation": record_of(
        _creation,
        {"event": read_text},
        {
            "unit": _UNIT,
            "cluster": _CLUSTER,
            "clustering": _CLUSTERING,
            "matter": _MATTER,
            "first_known": read_flag,
            "reestablishes": read_id,
            "out_of": read_id,
        },
    ),
    "closure": record_of(_without_tag(Closure), {"event": read_text, "subject": read_id}, {"last_known": read_flag}),
    "change": record_of(_without_tag(_make_change), {"event": read_text, **_CHANGE_FIELDS}, _CHANGE_MAY),
    "succession": record_of(
        _without_tag(Succession),
        {"event": read_text, "links": list_of(_LINK)},
        {"created": list_of(_UNIT), "changes": list_of(_CHANGE), "cross_kind": read_flag, "complete": read_flag},
    ),
}


PERIOD: Final = record_of(Period, {}, {"start": read_day, "end": read_day})
"""Reads a period as :func:`period_record` writes it."""

ANSWER: Final = record_of(
    lambda *, answer, **chosen: Answer(answer, **chosen),
    {"answer": read_id, "about": read_id},
    dict.fromkeys(CHOICES, read_text),
)
"""Reads an answer as :func:`answer_record` writes it."""

WHAT: Final = record_of(
    _only_subject, {}, {"unit": _UNIT, "cluster": _CLUSTER, "clustering": _CLUSTERING, "matter": _MATTER}
)
"""Reads a unit, cluster, clustering or matter as :func:`what_record` writes it."""


def read_event(record: Record, faults: list[str]) -> Any:
    """Reads an event as :func:`event_record` writes it."""
    word = record["event"]
    reader = _EVENTS.get(word) if isinstance(word, str) else None
    if reader is None:
        faults.append(f"the event is {shown(word)}; it must be one of {', '.join(sorted(_EVENTS))}")
        return BAD
    return reader(record, word, faults)


def made(reader: Reader, raw: Any, name: str) -> Any:
    """The value that a reader makes of JSON.

    Args:
        reader: one of this module.
        raw: the value.
        name: what to call it in a message.

    Raises:
        InvalidFile: with everything that is wrong with it.

    >>> made(SOURCE, {"number": "202/2025/QH15"}, "the source").label
    '202/2025/QH15'
    """
    faults: list[str] = []
    value = reader(raw, name, faults)
    if faults:
        raise InvalidFile(f"{name} cannot be read", [Finding("form", fault) for fault in faults])
    return value
