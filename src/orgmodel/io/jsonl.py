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

import json
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Final

from attrs import evolve

from orgmodel.acts.events import Act, Event
from orgmodel.errors import Finding, InvalidFile, Refused
from orgmodel.history.history import History
from orgmodel.history.log import Entry, log_faults
from orgmodel.io.files import FileLike, name_of, read_lines, write_text
from orgmodel.io.records import (
    BAD,
    MEASURE,
    SCHEMA,
    SOURCE,
    Reader,
    event_record,
    from_json,
    kept,
    list_of,
    measure_record,
    read_count,
    read_day,
    read_event,
    read_id,
    read_text,
    read_value,
    record_of,
    schema_record,
    shown,
    source_record,
    to_json,
)
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source

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


def _lines(history: History) -> Iterator[str]:
    yield to_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "schema": schema_record(history.schema),
            **kept(measures=[measure_record(history.measures[name]) for name in sorted(history.measures)]),
        }
    )
    for entry in history.log:
        yield to_json(_entry(entry))
        for number, event in enumerate(entry.act.events if entry.act is not None else ()):
            try:
                yield to_json(event_record(event))
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


def _entry(entry: Entry) -> Record:
    act = entry.act
    record = {
        entry.type: entry.amends if act is None else act.id,
        "number": entry.number,
        "recorded": entry.recorded.isoformat(),
        **kept(reason=entry.reason),
    }
    if act is not None:
        record |= {"effective": act.effective.isoformat(), **kept(note=act.note)}
        if act.source != Source.unknown:
            record["source"] = source_record(act.source)
    return record


# -- reading ---------------------------------------------------------------------------


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
        """The JSON object of a line, :data:`BAD` after noting why it is none."""
        if line in self.bad_lines:
            return BAD
        try:
            value = from_json(text)
        except RecursionError:
            self.fault(line, "json", "nested too deep")
            return BAD
        except ValueError as error:
            if not text.strip():
                self.fault(line, "json", "an empty line")
            else:
                where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
                reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                head = "this is no history file: the header is " if line == 1 else ""
                self.fault(line, "json", f"{head}not JSON{where}: {reason}; the line begins {text[:30]!r}")
            return BAD
        if not isinstance(value, dict):
            self.fault(line, "json", f"a JSON object was expected, not {shown(value)}")
            return BAD
        if "\\u" in text:
            # Only an escape can bring half a character into a text that was UTF-8.
            try:
                repr(value).encode()
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                self.fault(line, "utf-8", "a text with half of a surrogate pair, which is no character")
                return BAD
        return value

    def header(self, record: Any) -> bool:
        if record is BAD:
            # What is wrong with the line is told already; what follows it cannot be judged.
            return False
        if record.get("format") != FORMAT:
            said = shown(record.get("format"))
            self.fault(1, "form", f"this is no history file: the header's format is {said}, not {FORMAT!r}")
            return False
        version = record.get("version")
        if version != VERSION or isinstance(version, bool):
            hint = (
                "; a newer orgmodel wrote it"
                if isinstance(version, int) and not isinstance(version, bool) and version > VERSION
                else ""
            )
            self.fault(1, "version", f"format version {shown(version)}, and this orgmodel reads {VERSION}{hint}")
            return False
        faults: list[str] = []
        read = _HEADER(record, "header", faults)
        for fault in faults:
            self.fault(1, "form", fault)
        if read is not BAD:
            self.schema, self.measures = read
        return True

    def body(self, rows: Iterable[tuple[int, Any]], last: int) -> None:
        """The lines after the header."""
        heads: list[tuple[int, Record, list[Event]]] = []
        whole = not self.findings
        events: list[Event] | None = None
        ended = False
        for line, record in rows:
            if record is BAD:
                # It may have been the head of an entry, so what follows cannot be placed.
                whole, events = False, []
                continue
            if ended:
                self.fault(line, "whole", 'a line after the last one, {"end":true}')
                continue
            faults: list[str] = []
            kind = next((word for word in _LINES if word in record), None)
            if kind == "event":
                event = read_event(record, faults)
                if events is None:
                    faults.append("an event that follows no act and no correction")
                elif event is not BAD:
                    events.append(event)
            elif kind == "end":
                ended = True
                if record["end"] is not True or len(record) > 1:
                    faults.append(f'the last line must be {{"end":true}}, not {shown(record)}')
            elif kind is not None:
                head = _LINES[kind](record, kind, faults)
                own: list[Event] = []
                events = None if kind == "cancellation" else own
                if head is BAD:
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


def _make_header(schema: Schema, measures: tuple[Measure, ...] = (), **_: Any) -> tuple[Schema, tuple[Measure, ...]]:
    return schema, measures


_HEADER: Final = record_of(
    _make_header,
    {"format": read_text, "version": read_count, "schema": SCHEMA},
    {"measures": list_of(MEASURE)},
)
_RECORDED: Final[Mapping[str, Reader]] = {"number": read_count, "recorded": read_day}
_ACT: Final[Mapping[str, Reader]] = {"source": SOURCE, "note": read_text}
_LINES: Final[Mapping[str, Reader]] = {
    "event": read_value,
    "act": record_of(dict, {"act": read_id, "effective": read_day, **_RECORDED}, _ACT),
    "correction": record_of(
        dict, {"correction": read_id, "effective": read_day, "reason": read_text, **_RECORDED}, _ACT
    ),
    "cancellation": record_of(dict, {"cancellation": read_id, "reason": read_text, **_RECORDED}, {}),
    "end": read_value,
}
"""The sorts of lines, each known by a field, and how the heads of entries are read."""


def _made_entry(head: Record, events: Iterable[Any]) -> Entry:
    amends = head.get("correction", head.get("cancellation"))
    act = None
    if "cancellation" not in head:
        source, note = head.get("source", Source.unknown), head.get("note", "")
        act = Act(amends or head["act"], head["effective"], tuple(events), source, note)
    return Entry(head["number"], head["recorded"], act, amends, head.get("reason", ""))
