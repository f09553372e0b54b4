"""A history as a text file: JSON Lines, one line for each act and one for each event.

The first line is the header (format, version, schema, measures). Then come the entries of
the log in the order in which they were recorded: a line for the act, the correction or the
cancellation, followed by a line for each of its events. The last line says that the file is
whole. So a file that was cut off is known, a message can name a line, and a version control
system shows a changed event as a changed line.

The text is canonical: sorted keys, no spaces, nothing that equals its default, UTF-8 as it
is, line feeds. Equal histories give equal bytes, in every process.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from io import StringIO
from typing import Any, Final, NoReturn

from attrs import evolve

from orgmodel.acts.events import Act, Change, Closure, Creation, Event, Link, Succession
from orgmodel.errors import BadDay, Finding, InvalidFile, Refused
from orgmodel.history.history import History
from orgmodel.history.log import Entry, log_faults
from orgmodel.io.files import FileLike, name_of, read_lines, write_text
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit, composed
from orgmodel.period import Period, as_day

FORMAT: Final = "orgmodel history"
VERSION: Final = 1

Record = dict[str, Any]


# -- writing ---------------------------------------------------------------------------


def dump(history: History, file: FileLike) -> None:
    """Writes a history to a file; :func:`load` reads it back.

    Args:
        history: all of its log is written, with what was corrected and cancelled.
        file: a path, or a file open for text. At a path the file is replaced as a whole:
            when something fails, the file that was there stays.

    Raises:
        Refused: the history holds a value that the format has no form for.

    >>> import io
    >>> out = io.StringIO()
    >>> dump(History(), out)
    >>> out.getvalue().splitlines()[-1]
    '{"end":true}'
    """
    write_text(file, dumps(history))


def dumps(history: History) -> str:
    r"""The text that :func:`dump` writes.

    >>> print(dumps(History()), end="")
    {"format":"orgmodel history","schema":{},"version":1}
    {"end":true}
    """
    return "".join(f"{line}\n" for line in _lines(history))


_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def _lines(history: History) -> Iterator[str]:
    yield _to_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "schema": _schema(history.schema),
            **_kept(measures=[_measure(history.measures[name]) for name in sorted(history.measures)]),
        }
    )
    for entry in history.log:
        yield _to_json(_entry(entry))
        for number, event in enumerate(entry.act.events if entry.act is not None else ()):
            try:
                yield _to_json(_event(event))
            except (TypeError, ValueError) as error:
                raise Refused(
                    "a history that cannot be written",
                    [
                        Finding(
                            "writable",
                            f"event {number + 1}, a {type(event).__name__}: {error}",
                            act=entry.act.id if entry.act is not None else None,
                        )
                    ],
                ) from error
    yield '{"end":true}'


def _kept(**fields: Any) -> Record:
    """The fields that say something: None, False and what is empty are left out."""
    return {
        key: value
        for key, value in fields.items()
        if value is not None and value is not False and value != "" and value != [] and value != {}
    }


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _period(period: Period) -> Record:
    return _kept(start=_iso(period.start), end=_iso(period.end))


def _schema(schema: Schema) -> Record:
    return _kept(
        kinds=[_kept(id=k.id, name=k.name, name_vi=k.name_vi, agency=k.agency) for k in schema.kinds],
        placements=[_kept(child=p.child, parent=p.parent, **_period(p.period)) for p in schema.placements],
        hierarchies=list(schema.hierarchies) if schema.hierarchies != (tracks.MAIN,) else None,
        codes_may_repeat=not schema.unique_codes,
    )


def _measure(measure: Measure) -> Record:
    return _kept(
        id=measure.id,
        type=measure.type if measure.type != "count" else None,
        weight=measure.weight,
        unit=measure.unit,
        name_vi=measure.name_vi,
    )


def _entry(entry: Entry) -> Record:
    act = entry.act
    record = {
        entry.type: entry.amends if act is None else act.id,
        "number": entry.number,
        "recorded": entry.recorded.isoformat(),
        **_kept(reason=entry.reason),
    }
    if act is not None:
        record |= {"effective": act.effective.isoformat(), **_kept(note=act.note)}
        if act.source != Source.unknown:
            record["source"] = _source(act.source)
    return record


def _source(source: Source) -> Record:
    return _kept(
        number=source.number,
        issuer=source.issuer,
        title=source.title,
        decided=_iso(source.decided),
        in_force=_iso(source.in_force),
        note=source.note,
    )


def _event(event: Event) -> Record:
    match event:
        case Creation(what=what):
            return {
                "event": "creation",
                **_what(what),
                **_kept(first_known=event.first_known, reestablishes=event.reestablishes),
            }
        case Closure():
            return {"event": "closure", "subject": event.subject}
        case Change():
            return {"event": "change", **_change(event)}
        case Succession():
            return {
                "event": "succession",
                "links": [_link(link) for link in event.links],
                **_kept(
                    created=[_unit(unit) for unit in event.created],
                    changes=[_change(change) for change in event.changes],
                    cross_kind=event.cross_kind,
                ),
            }


def _what(what: Unit | Cluster | Clustering) -> Record:
    match what:
        case Unit():
            return {"unit": _unit(what)}
        case Cluster():
            return {"cluster": {"id": what.id, "clustering": what.clustering, **_kept(name=what.name)}}
        case Clustering():
            return {"clustering": {"id": what.id, **_kept(name=what.name, cover=what.cover)}}


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
    # An empty name is not the same as no name, so only None is left out.
    return {key: value for key, value in record.items() if value is not None}


def _change(change: Change) -> Record:
    record = {"subject": change.subject, "track": change.track, "value": _value(change.value)}
    if change.slot is not None:
        record["slot"] = _value(change.slot)
    if change.until is not None:
        record["until"] = change.until.isoformat()
    return record


def _link(link: Link) -> Record:
    return {
        "old": link.old,
        "new": link.new,
        **_kept(
            extent=link.extent if link.extent != "whole" else None,
            shares={measure: str(share) for measure, share in link.shares},
            dominant=link.dominant,
            dominant_by=link.dominant_by,
        ),
    }


def _number(number: Any) -> Any:
    """A number of a quantity: a fraction is text there, where nothing else can be."""
    return str(number) if isinstance(number, Fraction) else number


def _value(value: Any) -> Any:
    """A value in JSON; what JSON has no word for is an object of one field that names its type."""
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
        case Quantity():
            if value.is_exact:
                # Equal values must give equal text, and Quantity(5) == 5.
                return _value(value.value)
            return {
                "quantity": _kept(qualifier=value.qualifier)
                | {
                    key: _number(number)
                    for key, number in (("value", value.value), ("low", value.low), ("high", value.high))
                    if number is not None and not (key != "value" and _implied(value, key))
                }
            }
        case dt.datetime():
            raise TypeError(f"a point in time ({value}) has no form in the file; use a day")
        case dt.date():
            return {"day": value.isoformat()}
        case tuple():
            return [_value(item) for item in value]
    raise TypeError(f"a value of type {type(value).__name__} has no form in the file: {value!r}")


def _implied(quantity: Quantity, bound: str) -> bool:
    """Whether the bound follows from the value and its qualifier."""
    return (bound == "low" and quantity.qualifier == "more than") or (
        bound == "high" and quantity.qualifier == "at most"
    )


# -- reading ---------------------------------------------------------------------------

_BAD: Final = object()
"""What a reader gives back after it noted a fault."""

_Reader = Callable[[Any, str, list[str]], Any]
"""Reads one JSON value; takes the value, its place in the line and the list of faults so far."""


def load(file: FileLike) -> History:
    """The history that :func:`dump` wrote to a file.

    Reading never runs code from the file, and it checks the acts as :meth:`History.enact`
    does: what is loaded is a history that could have been made step by step.

    Args:
        file: a path, or a file open for reading. A byte-order mark and Windows line ends
            do no harm.

    Raises:
        InvalidFile: with all faults of the file, each with its line. Faults of meaning
            (a merger of units that do not exist) are told when the form has none.
        OSError: the file cannot be opened.

    >>> import io
    >>> load(io.StringIO(dumps(History())))
    <History: empty>
    """
    lines, findings = read_lines(file)
    return _load(lines, findings, name_of(file))


def loads(text: str) -> History:
    """The history in a text that :func:`dumps` made.

    >>> loads(dumps(History())) == History()
    True
    >>> loads('{"format":"orgmodel history","schema":{},"version":1}')
    Traceback (most recent call last):
        ...
    orgmodel.errors.InvalidFile: the text cannot be read: 1 fault
      - row 1: the last line, {"end":true}, is missing: the file was cut off here [whole]
    """
    lines, findings = read_lines(StringIO(text))
    return _load(lines, findings, "the text")


def _load(lines: list[str], findings: list[Finding], name: str) -> History:
    parsed = _Log(lines, findings)
    if parsed.findings:
        raise InvalidFile(f"{name} cannot be read", sorted(parsed.findings, key=lambda f: f.row or 0))
    try:
        return parsed.history()
    except Refused as refused:
        raise InvalidFile(f"{name} cannot be read", refused.findings) from refused


class _Log:
    """The lines of a file, read into a schema, measures and entries."""

    def __init__(self, lines: list[str], findings: list[Finding]) -> None:
        self.findings = findings
        self.bad_lines = {finding.row for finding in findings}
        self.schema = Schema()
        self.measures: tuple[Measure, ...] = ()
        self.entries: list[Entry] = []
        self.lines: list[int] = []
        rows = ((number, self.json(number, line)) for number, line in enumerate(lines, 1))
        if not lines:
            self.fault(1, "form", f"the file is empty; its first line must be a header with the format {FORMAT!r}")
            return
        if not self.header(next(rows)[1]):
            return
        self.body(rows, len(lines))

    def fault(self, line: int, rule: str, message: str) -> None:
        self.findings.append(Finding(rule, message, row=line))

    def json(self, line: int, text: str) -> Any:
        """The JSON object of a line, :data:`_BAD` after noting why it is none."""
        if line in self.bad_lines:
            return _BAD
        try:
            value = _from_json(text)
        except RecursionError:
            self.fault(line, "json", "nested too deep")
            return _BAD
        except ValueError as error:
            if not text.strip():
                self.fault(line, "json", "an empty line")
            else:
                where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
                reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                head = "this is no history file: the header is " if line == 1 else ""
                self.fault(line, "json", f"{head}not JSON{where}: {reason}; the line begins {text[:30]!r}")
            return _BAD
        if not isinstance(value, dict):
            self.fault(line, "json", f"a JSON object was expected, not {_said(value)}")
            return _BAD
        if "\\u" in text:
            # Only an escape can bring half a character into a text that was UTF-8.
            try:
                repr(value).encode()
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                self.fault(line, "utf-8", "a text with half of a surrogate pair, which is no character")
                return _BAD
        return value

    def header(self, record: Any) -> bool:
        if record is _BAD:
            # What is wrong with the line is told already; what follows it cannot be judged.
            return False
        if record.get("format") != FORMAT:
            said = _said(record.get("format"))
            self.fault(1, "form", f"this is no history file: the header's format is {said}, not {FORMAT!r}")
            return False
        version = record.get("version")
        if version != VERSION or isinstance(version, bool):
            hint = (
                "; a newer orgmodel wrote it"
                if isinstance(version, int) and not isinstance(version, bool) and version > VERSION
                else ""
            )
            self.fault(1, "version", f"format version {_said(version)}, and this orgmodel reads {VERSION}{hint}")
            return False
        faults: list[str] = []
        read = _HEADER(record, "header", faults)
        for fault in faults:
            self.fault(1, "form", fault)
        if read is not _BAD:
            self.schema, self.measures = read
        return True

    def body(self, rows: Iterable[tuple[int, Any]], last: int) -> None:
        """The lines after the header."""
        heads: list[tuple[int, Record, list[Event]]] = []
        whole = not self.findings
        events: list[Event] | None = None
        ended = False
        for line, record in rows:
            if record is _BAD:
                # It may have been the head of an entry, so what follows cannot be placed.
                whole, events = False, []
                continue
            if ended:
                self.fault(line, "whole", 'a line after the last one, {"end":true}')
                continue
            faults: list[str] = []
            kind = next((word for word in _LINES if word in record), None)
            if kind == "event":
                event = _read_event(record, faults)
                if events is None:
                    faults.append("an event that follows no act and no correction")
                elif event is not _BAD:
                    events.append(event)
            elif kind == "end":
                ended = True
                if record["end"] is not True or len(record) > 1:
                    faults.append(f'the last line must be {{"end":true}}, not {_said(record)}')
            elif kind is not None:
                head = _LINES[kind](record, kind, faults)
                own: list[Event] = []
                events = None if kind == "cancellation" else own
                if head is _BAD:
                    whole = False
                else:
                    heads.append((line, head, own))
            else:
                has = ", ".join(map(repr, sorted(record))) or "no fields"
                faults.append(f"the line is of no known sort: it has none of {', '.join(_LINES)} (it has {has})")
            for fault in faults:
                self.fault(line, "form", fault)
        if not ended:
            self.fault(last, "whole", 'the last line, {"end":true}, is missing: the file was cut off here')
        self.lines = [line for line, _, _ in heads]
        self.entries = [_made_entry(head, events) for _, head, events in heads]
        if whole:
            self.findings += [evolve(f, row=self.lines[(f.row or 1) - 1]) for f in log_faults(self.entries)]

    def history(self) -> History:
        """The history of the log.

        Raises:
            Refused: with lines for the places of the findings.
        """
        try:
            return History.from_log(self.entries, self.schema, self.measures)
        except Refused as refused:
            line_of = {entry.act.id: line for entry, line in zip(self.entries, self.lines, strict=True) if entry.act}
            raise Refused(
                refused.what, [evolve(f, row=line_of.get(f.act) if f.act else None) for f in refused.findings]
            ) from refused


def _unique(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return record


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_from_json = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def _said(value: Any) -> str:
    """A short form of what stands in the file."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


# -- what each record may hold: a reader for each field ------------------------------------


def _text(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, str):
        return raw
    faults.append(f"{at} must be text, not {_said(raw)}")
    return _BAD


def _id(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, str) and raw:
        return raw
    faults.append(f"{at} must be an id, a text that is not empty, not {_said(raw)}")
    return _BAD


def _flag(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, bool):
        return raw
    faults.append(f"{at} must be true or false, not {_said(raw)}")
    return _BAD


def _count(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0:
        return raw
    faults.append(f"{at} must be a whole number from 1, not {_said(raw)}")
    return _BAD


def _day(raw: Any, at: str, faults: list[str]) -> Any:
    try:
        day = dt.date.fromisoformat(raw)
    except (TypeError, ValueError):
        day = None
    if day is not None and day.isoformat() == raw:
        return day
    if not isinstance(raw, str):
        faults.append(f'{at} must be a day such as "2025-07-01", not {_said(raw)}')
        return _BAD
    try:
        # A week date is a day too, but one day must have one form.
        faults.append(f"{at} must be written {as_day(raw).isoformat()!r}, not {raw!r}")
    except BadDay as error:
        faults.append(f"{at}: {error}")
    return _BAD


def _fraction(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, str) and _FRACTION.fullmatch(raw):
        try:
            return Fraction(raw)
        except (ZeroDivisionError, ValueError):
            pass
    faults.append(f'{at} must be a fraction as text, such as "1/3", not {_said(raw)}')
    return _BAD


_FRACTION: Final = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)


def _number_of(raw: Any, at: str, faults: list[str]) -> Any:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return _fraction(raw, at, faults)
    faults.append(f'{at} must be a number, or a fraction as text such as "1/3", not {_said(raw)}')
    return _BAD


def _one_of(*words: str) -> _Reader:
    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if isinstance(raw, str) and raw in words:
            return raw
        faults.append(f"{at} must be {' or '.join(map(repr, words))}, not {_said(raw)}")
        return _BAD

    return read


def _list_of(reader: _Reader) -> _Reader:
    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, list):
            faults.append(f"{at} must be a list, not {_said(raw)}")
            return _BAD
        made = tuple([reader(item, f"{at}[{number}]", faults) for number, item in enumerate(raw)])
        return _BAD if any(item is _BAD for item in made) else made

    return read


def _map_of(reader: _Reader) -> _Reader:
    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, dict):
            faults.append(f"{at} must be an object, not {_said(raw)}")
            return _BAD
        made = {key: reader(item, f"{at}.{key}", faults) for key, item in raw.items()}
        return _BAD if any(item is _BAD for item in made.values()) else made

    return read


def _record(build: Callable[..., Any], needs: Mapping[str, _Reader], may: Mapping[str, _Reader]) -> _Reader:
    """A reader of an object with just these fields, which builds a value of them."""
    readers = {**needs, **may}
    required = frozenset(needs)

    def read(raw: Any, at: str, faults: list[str]) -> Any:
        if not isinstance(raw, dict):
            faults.append(f"{at} must be an object, not {_said(raw)}")
            return _BAD
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
            return _BAD
        try:
            return build(**fields)
        except Refused as refused:
            faults.extend(f"{at}: {finding.message}" for finding in refused.findings)
            return _BAD

    return read


def _any_value(raw: Any, at: str, faults: list[str]) -> Any:
    """A value as :func:`_value` writes it."""
    if isinstance(raw, list):
        return _list_of(_any_value)(raw, at, faults)
    if not isinstance(raw, dict):
        return raw
    if len(raw) == 1:
        [(word, inner)] = raw.items()
        if word in _TAGGED:
            return _TAGGED[word](inner, f"{at}.{word}", faults)
    faults.append(
        f"{at} must be a plain value or an object with one field of {', '.join(sorted(_TAGGED))}, not {_said(raw)}"
    )
    return _BAD


def _absent(raw: Any, at: str, faults: list[str]) -> Any:
    word = _one_of(*(reason.value for reason in Absent))(raw, at, faults)
    return word if word is _BAD else Absent(word)


_TAGGED: Final[Mapping[str, _Reader]] = {
    "absent": _absent,
    "day": _day,
    "fraction": _fraction,
    "quantity": _record(
        Quantity,
        {"qualifier": _one_of("about", "more than", "at most", "unknown")},
        {"value": _number_of, "low": _number_of, "high": _number_of},
    ),
}


def _placement(child: str, parent: str | None = None, start: Any = None, end: Any = None) -> Placement:
    return Placement(child, parent, Period(start, end))


def _make_schema(codes_may_repeat: bool = False, **fields: Any) -> Schema:
    return Schema(unique_codes=not codes_may_repeat, **fields)


def _make_change(track: str, value: Any, **fields: Any) -> Change:
    if track in _TEXT_TRACKS and value is not None and not isinstance(value, str):
        raise Refused("", [Finding("form", f"the {track} must be text, not {_said(_value(value))}")])
    if track in (tracks.NAME, tracks.CODE):
        composed(value, track, fields["subject"])
    return Change(track=track, value=value, **fields)


_TEXT_TRACKS: Final = frozenset({tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY})

_UNIT: Final = _record(
    Unit,
    {"id": _id},
    {"name": _text, "code": _text, "kind": _text, "category": _text, "parent": _id, "hierarchy": _id},
)
_CLUSTER: Final = _record(Cluster, {"id": _id, "clustering": _id}, {"name": _text})
_CLUSTERING: Final = _record(Clustering, {"id": _id}, {"name": _text, "cover": _flag})
_LINK: Final = _record(
    Link,
    {"old": _id, "new": _id},
    {
        "extent": _one_of("whole", "part"),
        "shares": _map_of(_fraction),
        "dominant": _flag,
        "dominant_by": _text,
    },
)
_CHANGE_FIELDS: Final[Mapping[str, _Reader]] = {"subject": _id, "track": _id, "value": _any_value}
_CHANGE_MAY: Final[Mapping[str, _Reader]] = {"slot": _any_value, "until": _day}
_CHANGE: Final = _record(_make_change, _CHANGE_FIELDS, _CHANGE_MAY)
_SOURCE: Final = _record(
    Source,
    {},
    {"number": _text, "issuer": _text, "title": _text, "decided": _day, "in_force": _day, "note": _text},
)
_SCHEMA: Final = _record(
    _make_schema,
    {},
    {
        "kinds": _list_of(_record(Kind, {"id": _id}, {"name": _text, "name_vi": _text, "agency": _flag})),
        "placements": _list_of(
            _record(_placement, {"child": _id}, {"parent": _id, "start": _day, "end": _day}),
        ),
        "hierarchies": _list_of(_id),
        "codes_may_repeat": _flag,
    },
)
_MEASURE: Final = _record(
    Measure,
    {"id": _id},
    {"type": _one_of("count", "rate", "category"), "weight": _id, "unit": _text, "name_vi": _text},
)


def _creation(*, event: str, first_known: bool = False, reestablishes: str | None = None, **what: Any) -> Creation:
    del event  # it chose this reader
    if len(what) != 1:
        raise Refused("", [Finding("form", "it must have one of the fields unit, cluster and clustering")])
    return Creation(next(iter(what.values())), first_known, reestablishes)


def _without_tag(build: Callable[..., Any]) -> Callable[..., Any]:
    def made(**fields: Any) -> Any:
        del fields["event"]  # it chose this reader
        return build(**fields)

    return made


_EVENTS: Final[Mapping[str, _Reader]] = {
    "creation": _record(
        _creation,
        {"event": _text},
        {
            "unit": _UNIT,
            "cluster": _CLUSTER,
            "clustering": _CLUSTERING,
            "first_known": _flag,
            "reestablishes": _id,
        },
    ),
    "closure": _record(_without_tag(Closure), {"event": _text, "subject": _id}, {}),
    "change": _record(_without_tag(_make_change), {"event": _text, **_CHANGE_FIELDS}, _CHANGE_MAY),
    "succession": _record(
        _without_tag(Succession),
        {"event": _text, "links": _list_of(_LINK)},
        {"created": _list_of(_UNIT), "changes": _list_of(_CHANGE), "cross_kind": _flag},
    ),
}


def _read_event(record: Record, faults: list[str]) -> Any:
    word = record["event"]
    reader = _EVENTS.get(word) if isinstance(word, str) else None
    if reader is None:
        faults.append(f"the event is {_said(word)}; it must be one of {', '.join(sorted(_EVENTS))}")
        return _BAD
    return reader(record, word, faults)


def _make_header(schema: Schema, measures: tuple[Measure, ...] = (), **_: Any) -> tuple[Schema, tuple[Measure, ...]]:
    return schema, measures


_HEADER: Final = _record(
    _make_header,
    {"format": _text, "version": _count, "schema": _SCHEMA},
    {"measures": _list_of(_MEASURE)},
)
_RECORDED: Final[Mapping[str, _Reader]] = {"number": _count, "recorded": _day}
_ACT: Final[Mapping[str, _Reader]] = {"source": _SOURCE, "note": _text}
_LINES: Final[Mapping[str, _Reader]] = {
    "event": _any_value,
    "act": _record(dict, {"act": _id, "effective": _day, **_RECORDED}, _ACT),
    "correction": _record(dict, {"correction": _id, "effective": _day, "reason": _text, **_RECORDED}, _ACT),
    "cancellation": _record(dict, {"cancellation": _id, "reason": _text, **_RECORDED}, {}),
    "end": _any_value,
}
"""The sorts of lines, each known by a field, and how the heads of entries are read."""


def _made_entry(head: Record, events: Iterable[Any]) -> Entry:
    amends = head.get("correction", head.get("cancellation"))
    act = None
    if "cancellation" not in head:
        source, note = head.get("source", Source.unknown), head.get("note", "")
        act = Act(amends or head["act"], head["effective"], tuple(events), source, note)
    return Entry(head["number"], head["recorded"], act, amends, head.get("reason", ""))
