"""A history as a text file: JSON Lines, an entry of the log after the other.

The first line is the header (format, version, schema, measures). Then come the entries of
the log in the order in which they were recorded: a line for the act, the correction or the
cancellation, followed by the lines of :mod:`orgmodel.io.act_lines`: one for each operation, each
event, each step of an older act that the entry worked out anew, each answer. So a message can
name a line, and a version control system shows a changed event as a changed line.

The line of an entry says how many lines the entry has (``lines``, its own counted) and which hash the
lines before it have (``previous``): the entry before, or the header for the first entry. The
last line says how many lines the file has and which hash the last entry has (``head``). A hash is BLAKE2b
of 16 bytes, in hexadecimal digits, of the lines as they stand, each with its line feed. As each entry holds
the hash of the one before it, the head stands for all of the history: if a line is lost, doubled, moved or
altered, it is another one.

The text is canonical: sorted keys, no spaces, nothing that equals its default, UTF-8 as it
is, line feeds. Equal histories give equal bytes, in every process.

Files of version 1 (no operations, no hashes) are read as they always were. Within a version unknown fields are
refused, because a reader that passes over them would answer as if they were not there; a later release that adds a
field raises the version and still reads the older ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from hashlib import blake2b
from io import StringIO
from typing import Any, Final

from attrs import Factory, define, evolve

from orgmodel.acts.act import Act
from orgmodel.errors import Answer, Finding, InvalidFile, Refused
from orgmodel.history.history import History
from orgmodel.history.log import Entry, log_faults
from orgmodel.io.act_lines import ActLines, act_records, read_remade, remade_records
from orgmodel.io.files import FileLike, name_of, read_lines, write_text
from orgmodel.io.records import (
    ANSWER,
    BAD,
    MEASURE,
    PERIOD,
    SCHEMA,
    SOURCE,
    Reader,
    answer_record,
    from_json,
    kept,
    list_of,
    measure_record,
    period_record,
    read_count,
    read_day,
    read_id,
    read_text,
    read_value,
    record_of,
    schema_record,
    shown,
    source_record,
    to_json,
)
from orgmodel.model.door import strict
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source

__all__ = [
    "dump",
    "dumps",
    "head_of",
    "load",
    "loads",
]

FORMAT: Final = "orgmodel history"
VERSION: Final = 2
_READ: Final = (1, 2)
"""The versions that are read."""

Record = dict[str, Any]


# -- writing ---------------------------------------------------------------------------


@strict
def dump(history: History, file: FileLike) -> None:
    """Writes a history to a file; :func:`load` reads it back.

    Args:
        history: its whole log is written, with corrections and cancellations.
        file: a path, or a file open for text. At a path the file is replaced as a whole:
            when something fails, the file that was there stays.

    Raises:
        Refused: the history holds a value that the format has no form for.

    >>> import io
    >>> out = io.StringIO()
    >>> dump(History(), out)
    >>> out.getvalue().splitlines()[-1]
    '{"end":true,"head":"de15a30c43473675f2dd9fb4d5a2ada1","lines":2}'
    """
    write_text(file, dumps(history))


@strict
def dumps(history: History) -> str:
    r"""The text that :func:`dump` writes.

    >>> print(dumps(History()), end="")
    {"format":"orgmodel history","schema":{},"version":2}
    {"end":true,"head":"de15a30c43473675f2dd9fb4d5a2ada1","lines":2}
    """
    return "".join(f"{line}\n" for line in _lines(history))


@strict
def head_of(history: History) -> str:
    """The hash of a whole history, as the last line of its file has it.

    Two histories with the same head have the same schema, measures and log; a history whose past is rewritten gets
    another head.

    >>> head_of(History()) == head_of(History())
    True
    """
    *_, last = _lines(history)
    head: str = json.loads(last)["head"]
    return head


def hash_of(lines: Iterable[str]) -> str:
    """The hash of lines as they stand in a file."""
    return blake2b("".join(f"{line}\n" for line in lines).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _lines(history: History) -> Iterator[str]:
    header = header_line(history.schema, history.measures)
    yield header
    head, count = hash_of([header]), 2
    known: dict[str, Act] = {}
    for entry in history.log:
        lines = [to_json(record) for record in entry_records(entry, known, head)]
        yield from lines
        head, count = hash_of(lines), count + len(lines)
    yield end_line(count, head)


def header_line(schema: Schema, measures: Mapping[str, Measure]) -> str:
    """The first line of a file."""
    return to_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "schema": schema_record(schema),
            **kept(measures=[measure_record(measures[name]) for name in sorted(measures)]),
        }
    )


def end_line(lines: int, head: str) -> str:
    """The last line of a file of ``lines`` lines, itself counted."""
    return to_json({"end": True, "lines": lines, "head": head})


def entry_records(entry: Entry, known: MutableMapping[str, Act], previous: str) -> list[Record]:
    """The lines of an entry, its first line first.

    Args:
        entry: the entry.
        known: the acts that count before it, by id; becomes those that count after it.
        previous: the hash of the entry before.
    """
    body = list(_body(entry, known))
    return [_entry(entry) | {"lines": len(body) + 1, "previous": previous}, *body]


def _body(entry: Entry, known: MutableMapping[str, Act]) -> Iterator[Record]:
    """The lines of an entry after its first; ``known`` is brought up to the acts that count after it."""
    if entry.act is not None:
        yield from act_records(entry.act)
        known[entry.act.id] = entry.act
    for act in entry.remade:
        yield from remade_records(known[act.id], act)
        known[act.id] = act
    yield from map(answer_record, entry.answers)


def _entry(entry: Entry) -> Record:
    act = entry.act
    record = {
        entry.type: entry.amends if act is None else act.id,
        "number": entry.number,
        "recorded": entry.recorded.isoformat(),
        **kept(reason=entry.reason),
    }
    if act is not None:
        within = None if act.within is None else period_record(act.within)
        record |= {
            "effective": act.effective.isoformat(),
            **kept(note=act.note, before=act.before, after=act.after),
            **({} if within is None else {"within": within}),
        }
        if act.source != Source.unknown:
            record["source"] = source_record(act.source)
    return record


# -- reading ---------------------------------------------------------------------------


@strict
def load(file: FileLike, *, verify: bool = True) -> History:
    """The history that :func:`dump` wrote to a file.

    Reading never runs code from the file, and it checks the acts as :meth:`~orgmodel.history.history.History.enact`
    does: the history could have been enacted step by step.

    Args:
        file: a path, or a file open for reading. A byte-order mark and Windows line ends
            do no harm.
        verify: whether the counts of lines and the hashes must be right. Without it a file can be read
            that was edited by hand on purpose; :func:`dump` then writes it with counts and hashes anew.

    Raises:
        InvalidFile: with all faults of the file, each with its line. Faults of meaning
            (a merger of units that do not exist) are reported once its form has none.
        OSError: the file cannot be opened.

    >>> import io
    >>> load(io.StringIO(dumps(History())))
    <History: empty>
    """
    lines, findings = read_lines(file)
    return _load(lines, findings, name_of(file), verify)


@strict
def loads(text: str, *, verify: bool = True, name: str = "the text") -> History:
    """The history in a text that :func:`dumps` made; takes the arguments of :func:`load`.

    Args:
        text: the text.
        verify: as for :func:`load`.
        name: what to call the text in messages.

    >>> loads(dumps(History())) == History()
    True
    >>> loads('{"format":"orgmodel history","schema":{},"version":2}')
    Traceback (most recent call last):
        ...
    orgmodel.errors.InvalidFile: the text cannot be read: 1 fault
      - row 1: the last line, with "end", is missing: the file was cut off here [whole]
    """
    lines, findings = read_lines(StringIO(text))
    return _load(lines, findings, name, verify)


def read_entries(lines: list[str], known: Mapping[str, Act], name: str) -> list[Entry]:
    """The entries in lines that go on from a log.

    Args:
        lines: those of whole entries, without a header and without a last line.
        known: the acts that count before them, by id.
        name: what holds the lines, for messages.

    Raises:
        InvalidFile: with all faults, each with its line among these.
    """
    parsed = _ParsedLog(lines, [], verify=True, known=known)
    if parsed.findings:
        raise InvalidFile(f"{name} cannot be read", sorted(parsed.findings, key=lambda f: f.row or 0))
    return parsed.entries


def _load(lines: list[str], findings: list[Finding], name: str, verify: bool) -> History:
    parsed = _ParsedLog(lines, findings, verify)
    if parsed.findings:
        raise InvalidFile(f"{name} cannot be read", sorted(parsed.findings, key=lambda f: f.row or 0))
    try:
        return parsed.history()
    except Refused as refused:
        raise InvalidFile(f"{name} cannot be read", refused.findings) from refused


@define
class _Group:
    """The lines of one entry: its head and those that follow it."""

    line: int
    head: Any
    """The head of the entry, :data:`BAD` if it could not be read."""
    last: int
    own: ActLines = Factory(ActLines)
    remade: dict[str, Act] = Factory(dict)
    answers: list[Answer] = Factory(list)
    bad: bool = False
    """Whether a line of it could not be read, so that the entry as a whole cannot be judged."""

    def __str__(self) -> str:
        return f"line {self.line}" if self.line == self.last else f"lines {self.line} to {self.last}"


class _ParsedLog:
    """The lines of a file, read into a schema, measures and entries."""

    def __init__(
        self, lines: list[str], findings: list[Finding], verify: bool, known: Mapping[str, Act] | None = None
    ) -> None:
        self.findings = findings
        self.bad_lines = {finding.row for finding in findings}
        self.texts = lines
        self.verify = verify
        self.version = VERSION
        self.schema = Schema()
        self.measures: tuple[Measure, ...] = ()
        self.entries: list[Entry] = []
        self.lines: list[int] = []
        self.known: dict[str, Act] = dict(known or {})
        self.before: _Group | None = None
        self.complete = True
        """Whether every entry could be read, so that the log as a whole can be judged."""
        self.goes_on = known is not None
        """Whether the lines continue a log, so that they have no header and no last line of a file."""
        rows = ((number, self.json(number, line)) for number, line in enumerate(lines, 1))
        if self.goes_on:
            self.body(rows, len(lines))
            return
        if not lines:
            self.fault(1, "form", f"the file is empty; its first line must be a header with the format {FORMAT!r}")
            return
        if not self.header(next(rows)[1]):
            return
        self.body(rows, len(lines))

    def fault(self, line: int, rule: str, message: str) -> None:
        self.findings.append(Finding(rule, message, row=line))

    def json(self, line: int, text: str) -> Any:
        """The JSON object of a line; :data:`BAD`, and a fault, if the line has no object."""
        if line in self.bad_lines:
            return BAD
        try:
            value = from_json(text)
        except RecursionError:
            self.fault(line, "json", "nested too deep")
            return BAD
        except ValueError as error:
            self.fault(line, "json", _no_json(error, text, is_header=line == 1))
            return BAD
        if not isinstance(value, dict):
            self.fault(line, "json", f"a JSON object was expected, not {shown(value)}")
            return BAD
        if "\\u" in text:
            # The file is UTF-8, so only an escape such as \ud800 can bring half a surrogate pair into a text.
            try:
                repr(value).encode()
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                self.fault(line, "utf-8", "a text with half of a surrogate pair, which is no character")
                return BAD
        return value

    def header(self, record: Any) -> bool:
        if record is BAD:
            # The line was reported already; what follows it cannot be judged.
            return False
        if record.get("format") != FORMAT:
            format_named = shown(record.get("format"))
            self.fault(1, "form", f"this is no history file: the header's format is {format_named}, not {FORMAT!r}")
            return False
        version = record.get("version")
        if version not in _READ or isinstance(version, (bool, float)):
            newer = isinstance(version, int) and not isinstance(version, bool) and version > VERSION
            hint = "; a newer orgmodel wrote it" if newer else ""
            read = " and ".join(map(str, _READ))
            self.fault(1, "version", f"format version {shown(version)}, and this orgmodel reads {read}{hint}")
            return False
        self.version = version
        faults: list[str] = []
        read = _HEADER(record, "header", faults)
        for fault in faults:
            self.fault(1, "form", fault)
        if read is not BAD:
            self.schema, self.measures = read
        return True

    def body(self, rows: Iterable[tuple[int, Any]], last: int) -> None:
        """Read the lines after the header; ``last`` is the number of the last line of the file."""
        self.complete = not self.findings
        group: _Group | None = None
        ended = False
        for line, record in rows:
            if ended:
                self.fault(line, "whole", "a line after the last one")
                continue
            kind = None if record is BAD else next((word for word in _LINES[self.version] if word in record), None)
            ended = kind == "end"
            group = self.next_line(group, line, kind, record)
        if not ended:
            self.complete &= self.close(group)
            if not self.goes_on:
                self.fault(last, "whole", 'the last line, with "end", is missing: the file was cut off here')
        if self.complete and not self.goes_on:
            self.findings += [evolve(f, row=self.lines[(f.row or 1) - 1]) for f in log_faults(self.entries)]

    def next_line(self, group: _Group | None, line: int, kind: str | None, record: Any) -> _Group | None:
        """The entry that is open after a line, where ``group`` was open before it."""
        faults: list[str] = []
        if record is BAD:
            # It may have been the head of an entry, so the lines that follow cannot be placed.
            self.complete = False
            group = _Group(line, BAD, line) if group is None else group
            group.bad = True
        elif kind is not None and (kind in _HEADS or kind == "end"):
            self.complete &= self.close(group)
            head = self.head_line(line, kind, record, faults)
            group = None if kind == "end" else _Group(line, head, line)
            self.complete &= head is not BAD
        else:
            self.inner_line(group, kind, record, faults)
        if group is not None:
            group.last = line
            group.bad |= bool(faults)
        for fault in faults:
            self.fault(line, "form", fault)
        return group

    def head_line(self, line: int, kind: str, record: Record, faults: list[str]) -> Any:
        """The first line of an entry, or the last one of the file; :data:`BAD` if it cannot be read."""
        head = _LINES[self.version][kind](record, kind, faults)
        if head is not BAD and self.version > 1 and self.verify:
            self.linked(line, head.get("previous", head.get("head")), head if kind == "end" else None)
        return head

    def inner_line(self, group: _Group | None, kind: str | None, record: Record, faults: list[str]) -> None:
        """A line that belongs to the entry above it."""
        if kind is None:
            has = ", ".join(map(repr, sorted(record))) or "no fields"
            sorts = ", ".join(_LINES[self.version])
            faults.append(f"the line is of no known sort: it has none of {sorts} (it has {has})")
        elif group is None:
            faults.append(f"{_A[kind]} that follows no act, no correction and no cancellation")
        else:
            self.line(group, kind, record, faults)

    def line(self, group: _Group, kind: str, record: Record, faults: list[str]) -> None:
        """A line of an entry that is not its first."""
        if kind == "remade":
            read_remade(record, self.known, group.remade, faults)
        elif kind == "answer":
            answer = ANSWER(record, kind, faults)
            if answer is not BAD:
                group.answers.append(answer)
        elif group.head is not BAD and "cancellation" in group.head:
            faults.append(f"{_A[kind]} that follows no act and no correction")
        elif self.version == 1:
            group.own.stated(record, faults)
        else:
            group.own.read(record, faults)

    def linked(self, line: int, previous: str, end: Record | None) -> None:
        """Note if a line has not the hash of the entry before it, or the last one not the count of lines."""
        if self.before is None and self.goes_on:
            return
        if self.before is None:
            first, last, before = 1, 1, "line 1, the header"
        elif self.before.bad:
            return
        else:
            first, last, before = self.before.line, self.before.last, f"{self.before}"
        if hash_of(self.texts[first - 1 : last]) != previous:
            message = (
                f"what stands in {before} is not what stood before line {line} when that was written: it was altered or "
                "moved, or something between them is missing; read it with verify=False if it was edited on purpose"
            )
            self.fault(first, "hash", message)
        elif end is not None and end["lines"] != line:
            self.fault(line, "whole", f"the file has {line} lines, and this one says that it had {end['lines']}")

    def close(self, group: _Group | None) -> bool:
        """Read the entry of a group; False if it could not be read."""
        if group is None:
            return True
        self.before = group
        head = group.head
        if head is BAD or group.bad:
            group.bad = True
            return False
        if self.version > 1 and self.verify and head["lines"] != group.last - group.line + 1:
            self.lost(group)
            return False
        self.lines.append(group.line)
        try:
            entry = _made_entry(head, group)
        except Refused as refused:
            for finding in refused.findings:
                self.fault(group.line, finding.rule, finding.message)
            return False
        self.entries.append(entry)
        self.known.update({act.id: act for act in (entry.act, *entry.remade) if act is not None})
        if entry.act is None:
            self.known.pop(entry.amends or "", None)
        return True

    def lost(self, group: _Group) -> None:
        """Note that an entry has too few or too many lines."""
        stated = group.head["lines"]
        group.bad = True
        own = self.texts[group.line - 1 : group.last]
        too_many = len(own) > stated
        twice = next((at for at in range(1, len(own)) if own[at] in own[:at]), None) if too_many else None
        if twice is not None:
            message = f"the same line stands above it; the entry that begins in line {group.line} has {stated} lines"
            self.fault(group.line + twice, "whole", message)
        else:
            reason = "a line too many" if too_many else "a line is lost"
            self.fault(group.line, "whole", f"{group} stand for an entry of {stated} lines: {reason}")

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


def _no_json(error: ValueError, text: str, *, is_header: bool) -> str:
    """Why a line is no JSON."""
    if not text.strip():
        return "an empty line"
    where, reason = "", str(error)
    if isinstance(error, json.JSONDecodeError):
        where, reason = f" at character {error.pos + 1}", error.msg
    head = "this is no history file: the header is " if is_header else ""
    return f"{head}not JSON{where}: {reason}; the line begins {text[:30]!r}"


def _make_header(schema: Schema, measures: tuple[Measure, ...] = (), **_: Any) -> tuple[Schema, tuple[Measure, ...]]:
    return schema, measures


_HEADER: Final = record_of(
    _make_header,
    {"format": read_text, "version": read_count, "schema": SCHEMA},
    {"measures": list_of(MEASURE)},
)
_RECORDED: Final[Mapping[str, Reader]] = {"number": read_count, "recorded": read_day}
_CHAINED: Final[Mapping[str, Reader]] = {**_RECORDED, "lines": read_count, "previous": read_text}
_ACT: Final[Mapping[str, Reader]] = {"source": SOURCE, "note": read_text}
_PLACED: Final[Mapping[str, Reader]] = {**_ACT, "within": PERIOD, "before": read_id, "after": read_id}


def _heads(recorded: Mapping[str, Reader], act: Mapping[str, Reader]) -> dict[str, Reader]:
    """How the first lines of entries are read."""
    return {
        "act": record_of(dict, {"act": read_id, "effective": read_day, **recorded}, act),
        "correction": record_of(
            dict, {"correction": read_id, "effective": read_day, "reason": read_text, **recorded}, act
        ),
        "cancellation": record_of(dict, {"cancellation": read_id, "reason": read_text, **recorded}, {}),
    }


def _true(raw: Any, at: str, faults: list[str]) -> Any:
    if raw is not True:
        faults.append(f"{at} must be true, not {shown(raw)}")
    return raw


_LINES: Final[Mapping[int, Mapping[str, Reader]]] = {
    1: {"event": read_value, **_heads(_RECORDED, _ACT), "end": record_of(dict, {"end": _true}, {})},
    2: {
        # Those of an entry before its head: an answer names an act too, in a field of another name.
        **dict.fromkeys(("operation", "remade", "answer", "event"), read_value),
        **_heads(_CHAINED, _PLACED),
        "end": record_of(dict, {"end": _true, "lines": read_count, "head": read_text}, {}),
    },
}
"""Version -> field that marks a sort of line -> the reader of lines that begin or end something."""

_HEADS: Final = frozenset({"act", "correction", "cancellation"})
_A: Final = {"event": "an event", "operation": "an operation", "remade": "a remade step", "answer": "an answer"}


def _made_entry(head: Record, group: _Group) -> Entry:
    amends = head.get("correction", head.get("cancellation"))
    act = None
    if "cancellation" not in head:
        act = group.own.act(
            id=amends or head["act"],
            effective=head["effective"],
            source=head.get("source", Source.unknown),
            **{name: head[name] for name in ("note", "within", "before", "after") if name in head},
        )
    remade, answers = tuple(group.remade.values()), tuple(group.answers)
    return Entry(head["number"], head["recorded"], act, amends, head.get("reason", ""), remade, answers)
