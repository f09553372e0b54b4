"""Histories as one compact file of columns that opens in milliseconds.

Where JSON Lines (:mod:`orgmodel.io.jsonl`) is for reading, comparing and keeping under
version control, this is for working: of a large file only the columns are read that
are asked for. Events that were
given one by one are kept as they are; those of acts that came from tables are read
back from the rows. Safe with files from strangers: nothing in it is run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import numpy as np
from attrs import evolve

from orgmodel.acts.act import Act, Resolved
from orgmodel.acts.events import Event, Linked
from orgmodel.engine.columns import Acts, Columns, Pieces, Table
from orgmodel.engine.file import (
    Array,
    Arrays,
    identity_of_file,
    pack_texts,
    packed,
    read_arrays,
    unpack_texts,
    unpacked,
    write_arrays,
)
from orgmodel.engine.index import Index, NumberIndex
from orgmodel.engine.state import UNIT, State
from orgmodel.engine.state_reader import Base
from orgmodel.engine.stored import LateIndex, StoredColumns, unreadable
from orgmodel.errors import Finding, InvalidFile, OrgmodelError
from orgmodel.history.history import History
from orgmodel.history.log import Entry, LateRecord, log_faults
from orgmodel.history.tables.late import FromRows, LateEvents
from orgmodel.io import records
from orgmodel.io.act_lines import ActLines, act_records, read_remade, remade_records
from orgmodel.io.checking import contradictions
from orgmodel.io.records import made
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.door import strict
from orgmodel.model.matter import Matter
from orgmodel.model.plain import plain_fraction
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.period import Period

__all__ = [
    "open_history",
    "save",
]

PathLike = str | os.PathLike[str]
Written = Array | Sequence[Array]
"""The content of a file under one name: an array, or the pieces of one."""


@strict
def save(history: History, path: PathLike) -> None:
    """Write a history to a compact file; :func:`open_history` opens it.

    Everything is kept: the log with its corrections and cancellations, sources, clusters,
    the order of acts within a day. An older file at the path is replaced as a whole.

    Args:
        history: the history.
        path: the file.

    Raises:
        OSError: the file cannot be written; what was there stays.

    >>> import pathlib, tempfile
    >>> from orgmodel.history.history import history_of
    >>> history = history_of([{"id": "vn", "members": 3}], day="2025-07-01")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "history.orgmodel"
    >>> save(history, path)
    >>> open_history(path) == history
    True
    """
    write_arrays(path, *_parts(history))


def _parts(history: History) -> tuple[dict[str, Any], dict[str, Written]]:
    """The header and the arrays that hold all of a history."""
    state = history._state
    ids, tracks, acts = state.parts()
    arrays: dict[str, Written] = {}
    header: dict[str, Any] = {
        "schema": records.schema_record(history.schema),
        "measures": [records.measure_record(measure) for measure in history.measures.values()],
        "seq": state.seq,
        "count": len(ids),
        "last": None if history.last_day is None else history.last_day.toordinal(),
        "tracks": {},
    }
    if isinstance(ids, NumberIndex):
        # Ids 0 to n - 1 are not written at all.
        header["ids"] = "numbers"
    else:
        header["ids"] = "texts"
        arrays |= {f"ids.{name}": array for name, array in ids.packed().items()}
    for number, (track, part) in enumerate(tracks.items()):
        header["tracks"][track] = number
        pieces = Pieces.of(part) if isinstance(part, Columns) else part
        arrays |= {f"{number}.{name}": field for name, field in pieces.fields.items()}
        arrays |= _objects(f"{number}.values", part.values.objects)
        arrays |= _objects(f"{number}.slots", part.slots.objects)
    _write_log(history, ids, acts, header, arrays)
    return header, arrays


def _objects(name: str, objects: Sequence[Any]) -> dict[str, Array]:
    """Objects as packed texts: a plain text after a blank, anything else as JSON after another sign."""
    # The first sign says which it is, so plain texts, nearly all of them, need no quotes and no parser.
    texts = [f" {o}" if type(o) is str else records.to_json(_plain(o)) for o in objects]
    return {f"{name}.{part}": array for part, array in pack_texts(texts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Linked):
        shares = [[measure, str(share)] for measure, share in value.shares]
        return {"link": [value.extent, shares, value.dominant, value.dominant_by, value.type, value.evidence]}
    if isinstance(value, (Cluster, Clustering, Matter)):
        return {"what": records.what_record(value)}
    return {"value": records.value_record(value)}


def _object(text: str) -> Any:
    if text.startswith(" "):
        return text[1:]
    record = json.loads(text)
    if "link" in record:
        # Files of version 1 say nothing of evidence.
        extent, shares, *others = record["link"]
        return Linked(extent, tuple((m, plain_fraction(s)) for m, s in shares), *others)
    if "what" in record:
        return made(records.WHAT, record["what"], "what begins")
    return made(records.read_value, record["value"], "a value")


def object_text(value: Any) -> str:
    """A value of a track, a slot or what lives as text: :func:`text_object` reads it."""
    return records.to_json(_plain(value))


def text_object(text: str) -> Any:
    """What :func:`object_text` wrote.

    >>> text_object(object_text(("chair", 1)))
    ('chair', 1)
    """
    return _object(text)


# The form of an act in the arrays of the log: the events that it states; nothing, as its events are in the rows; its
# steps and their outcomes; the steps whose outcome differs from an older form of the act, which was worked out anew.
_STATED, _IN_ROWS, _DECIDED, _REMADE = range(4)


def _write_log(history: History, ids: Index, acts: Acts, header: dict[str, Any], arrays: dict[str, Written]) -> None:
    """Write the acts that rows point to, and the entries of the log, each act once."""
    listed = _ListedActs(acts.objects)
    # First: listing the log adds the acts to which no row points.
    entries = listed.of_log(history)
    in_rows = _acts_in_rows(history, ids, listed.acts)
    bodies = [_body_of(act, listed.bases.get(place), id(act) in in_rows) for place, act in enumerate(listed.acts)]
    # Most acts share their source: looked up by identity, each is compared, and hashed, once.
    sources: dict[Source, int] = {}
    shared = {id(act.source): act.source for act in listed.acts}
    numbers = {key: sources.setdefault(source, len(sources)) for key, source in shared.items()}
    heads = [
        [act.id, act.effective.toordinal(), numbers[id(act.source)], act.note, *filter(None, [listed.optional(place)])]
        for place, act in enumerate(listed.acts)
    ]
    header["rows"] = len(acts.objects)
    arrays |= _json("log.acts", heads)
    arrays |= _json("log.sources", [records.source_record(source) for source in sources])
    arrays |= _json("log.entries", entries)
    arrays["log.late"] = np.array([form for form, _, _ in bodies], np.uint8)
    for part, texts in (("steps", [steps for _, steps, _ in bodies]), ("events", [events for _, _, events in bodies])):
        arrays |= {f"log.{part}.{name}": array for name, array in pack_texts(texts).items()}


def _body_of(act: Act, base: Act | None, in_rows: bool) -> tuple[int, str, str]:
    """(form, lines of steps, lines of events) of an act; ``base`` is its older form, if it was worked out anew."""
    if base is not None:
        return _REMADE, "", _text(remade_records(base, act))
    if in_rows:
        return _IN_ROWS, "", ""
    if act._resolved is None and (isinstance(act._events, FromRows) or (act.is_outcome and act.keys is None)):
        return _STATED, "", _text(act_records(act))
    lines = list(act_records(act))
    return _DECIDED, _text(line for line in lines if "of" not in line), _text(line for line in lines if "of" in line)


class _ListedActs:
    """The acts of a file: first the acts that rows point to, then the other acts of the log.

    Attributes:
        acts: in the order in which they are written.
        bases: place of an act that was worked out anew -> its form before.
    """

    def __init__(self, acts: Iterable[Act]) -> None:
        self.acts = list(acts)
        self.bases: dict[int, Act] = {}
        # By identity: forms of one act are different acts here, and comparing acts would compare all their events.
        self._places = {id(act): place for place, act in enumerate(self.acts)}

    def place_of(self, act: Act) -> int:
        """The place of an act, which is listed if it was not."""
        place = self._places.setdefault(id(act), len(self.acts))
        if place == len(self.acts):
            self.acts.append(act)
        return place

    def optional(self, place: int) -> records.Record:
        """The parts of the head of an act that only few acts have."""
        act, base = self.acts[place], self.bases.get(place)
        # A period without ends has an empty record, and is still one.
        within = None if act.within is None else records.period_record(act.within) or True
        optional = records.kept(within=within, before=act.before, after=act.after)
        return optional if base is None else {**optional, "base": self.place_of(base)}

    def of_log(self, history: History) -> list[list[Any]]:
        """The entries of the log as JSON, with places for acts."""
        entries: list[list[Any]] = []
        known: dict[str, Act] = {}
        for entry in history._record.entries:
            place = None
            if entry.act is not None:
                place = self.place_of(entry.act)
                known[entry.act.id] = entry.act
            row: list[Any] = [entry.recorded.toordinal(), place, entry.amends, entry.reason]
            for act in entry.remade:
                self.bases[self.place_of(act)] = known[act.id]
                known[act.id] = act
            if entry.remade or entry.answers:
                row += [list(map(self.place_of, entry.remade)), list(map(records.answer_record, entry.answers))]
            entries.append(row)
        return entries


def _acts_in_rows(history: History, ids: Index, acts: Iterable[Act]) -> set[int]:
    """The identities of the acts whose events need not be written, as they can be read back from the rows.

    A corrected or cancelled act has no rows any more, and the rows of an act taken from another history are in the
    order of that history.
    """
    known = history._record.known
    from_rows = [(act, act._events.late) for act in acts if isinstance(act._events, FromRows) and act._resolved is None]
    alike = {late for late in {late for _, late in from_rows} if late.numbers_alike(ids)}
    return {id(act) for act, late in from_rows if late in alike and act.id in known and known[act.id][1] is act}


def _text(lines: Iterable[records.Record]) -> str:
    return "\n".join(map(records.to_json, lines))


def _json(name: str, value: Any) -> dict[str, Array]:
    return {name: np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), np.uint8)}


@strict
def open_history(path: PathLike, *, verify: bool | Literal["full"] | None = None, mapped: bool = True) -> History:
    """The history in a compact file; the columns of a large file are read as they are used.

    Any file is safe to open: its parts are checked before they are used, and a fault is an error of the library. Only
    ``verify="full"`` checks that its rows agree with its log.

    A history opened from a file pickles as the path, the identity of its content and the entries since, so that worker
    processes open the same file.

    Args:
        path: a file that :func:`save` wrote.
        verify: True reads the whole file first, compares it with its checksums and checks all columns. ``"full"``
            also enacts the log anew, with all checks, and compares the result with the columns, which is as slow as
            :func:`~orgmodel.io.jsonl.load`. False leaves each column until it is used. None verifies files of less
            than 64 MiB.
        mapped: whether a large file may stay open, so that columns are read when they are used. If it is changed in
            place meanwhile, questions that need the changed columns fail; :func:`save` never does that, it puts a new
            file in its place. False reads all of it now.

    Raises:
        InvalidFile: it is no such file, of an unknown version, cut off, or (the header
            always, the rest with ``verify`` or when it is used) altered.
        Refused: ``verify`` is none of these.

    >>> import tempfile
    >>> from orgmodel.history.history import history_of
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(history_of([{"id": "p"}], day="2025-07-01"), f"{folder}/p.orgm")
    ...     open_history(f"{folder}/p.orgm", verify="full").at("2025-07-01").root()
    'p'
    """
    arrays = read_arrays(path, at_once=not mapped, verify=True if verify == "full" else verify)
    history = _history(arrays, looked_at=verify if isinstance(verify, bool) else verify == "full" or arrays.is_verified)
    if verify == "full":
        findings = contradictions(history)
        if findings:
            raise InvalidFile(f"{os.fspath(path)} contradicts itself", findings)
    history._origin = os.path.abspath(path), arrays.identity
    return history


@contextlib.contextmanager
def _of_a_stranger(name: str, part: str) -> Iterator[None]:
    """Refuse a part of a file that has another form than this module writes."""
    try:
        yield
    except OrgmodelError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise unreadable(name, f"{part} is of no known form") from error


def _history(arrays: Arrays, *, looked_at: bool = False) -> History:
    """The history in arrays; ``looked_at``: whether all columns are read and checked now."""
    header = arrays.header
    with _of_a_stranger(arrays.name, "the header"):
        schema = _schema(records.to_json(header["schema"]))
        measures = [made(records.MEASURE, record, "a measure") for record in header["measures"]]
        count, rows, seq = (_count(header[name]) for name in ("count", "rows", "seq"))
        numbers = {track: _count(number) for track, number in header["tracks"].items()}
        # Every subject has a row of its life, so these count the subjects.
        if count != max(0, arrays.length(f"{numbers.get(tracks.LIFE, -1)}.off") - 1):
            raise ValueError
        index: Index = LateIndex(arrays, count) if header["ids"] == "texts" else NumberIndex(count)
        last = None if header["last"] is None else dt.date.fromordinal(header["last"])
    columns: dict[str, Columns] = {}
    for track, number in numbers.items():
        columns[track] = StoredColumns(
            track,
            arrays,
            str(number),
            values=_table(arrays, track, f"{number}.values", "value"),
            slots=_table(arrays, track, f"{number}.slots", "slot"),
            count=count,
            acts=rows,
        )
    log = _ColumnLog(arrays, rows)
    state = State(Base(index, columns, Acts(log.row_acts)), seq=seq)
    log.late = LateEvents(state)
    if looked_at:
        # Columns are read and checked when they are first asked for; here all are, so that faults show at once.
        for stored in columns.values():
            len(stored)
        index.some(range(min(count, 1)))
    # Without a last day no act counts; there may be entries all the same, of acts that were all cancelled.
    return History(schema, measures)._with(state, LateRecord(last, log.entries))


@lru_cache(maxsize=8)
def _schema(text: str) -> Schema:
    """The schema that a JSON text says."""
    # The files of one organisation have the same schema. To read its hundred parts, each checked, takes longer than all
    # else that opening a small file does.
    schema: Schema = made(records.SCHEMA, records.from_json(text), "the schema")
    return schema


def _count(raw: Any) -> int:
    if type(raw) is not int or raw < 0:
        raise ValueError
    return int(raw)


def _table(arrays: Arrays, track: str, name: str, sort: Literal["value", "slot"]) -> Table:
    """The values that the codes of a track stand for."""

    def make() -> list[Any]:
        with _of_a_stranger(arrays.name, f"the {sort}s of the track {track!r}"):
            texts = unpack_texts(arrays[f"{name}.bytes"], arrays[f"{name}.ends"])
            objects = [_object(text) for text in texts]
            fault = next(filter(None, (_sort_fault(track, sort, item) for item in objects)), None)
        if fault is not None:
            raise unreadable(arrays.name, f"the track {track!r}: {fault}")
        return objects

    return Table(make)


def _sort_fault(track: str, sort: Literal["value", "slot"], item: Any) -> str | None:
    """Why an object is no value, or no slot, of a track; None if it may be one, as in any undeclared track."""
    fits = item is None or (_may_be_slot(track, item) if sort == "slot" else _may_be_value(track, item))
    return None if fits else f"{item!r} is no {sort} of it"


_BEGINS: Final = (Cluster, Clustering, Matter)
"""The classes of what begins and is no unit."""


def _may_be_value(track: str, item: Any) -> bool:
    if track == tracks.LINK:
        return isinstance(item, Linked)
    if track == tracks.LIFE:
        return isinstance(item, _BEGINS) or item == UNIT
    if track in (tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY):
        return isinstance(item, str)
    return not isinstance(item, (Linked, *_BEGINS))


def _may_be_slot(track: str, item: Any) -> bool:
    if track in (tracks.LINK, tracks.LIFE) or isinstance(item, (Linked, *_BEGINS)):
        return False
    if tracks.is_measure(track):
        return item in (tracks.OWN, tracks.SUBTREE)
    if track in (tracks.ROLE, tracks.OFFICE):
        return isinstance(item, tuple) and len(item) == 2
    return isinstance(item, str) or not tracks.is_member(track)


def _read_event(raw: Any, name: str, faults: list[str]) -> Any:
    del name  # the event names itself
    return records.read_event(raw, faults)


def _refuse(faults: Iterable[str], subject: str) -> None:
    """Raise InvalidFile if there are faults."""
    findings = [Finding("form", fault) for fault in faults]
    if findings:
        raise InvalidFile(f"{subject} cannot be read", findings)


class _ColumnLog:
    """The acts and entries of a file, read on demand."""

    late: LateEvents

    def __init__(self, arrays: Arrays, rows: int) -> None:
        self._arrays, self._rows = arrays, rows
        self._acts: dict[int, Act] = {}
        self._bases: dict[int, int] = {}
        """Position of an act that was resolved again -> the position of its previous form."""

    def _reading(self) -> contextlib.AbstractContextManager[None]:
        return _of_a_stranger(self._arrays.name, "the log")

    def _json(self, name: str) -> Any:
        return records.from_json(self._arrays[name].tobytes().decode())

    @cached_property
    def _heads(self) -> tuple[list[Any], list[Source]]:
        """The head of each act, without its events, and the sources."""
        return self._json("log.acts"), [made(records.SOURCE, raw, "a source") for raw in self._json("log.sources")]

    def act(self, place: int) -> Act:
        """The act at a place."""
        with self._reading():
            # An act that was worked out anew several times is read from its older forms, the oldest first.
            waiting = [place]
            while waiting[-1] not in self._acts:
                base = self._base(waiting[-1])
                if base is None or base in self._acts:
                    break
                if base in waiting:
                    raise ValueError
                waiting.append(base)
            for at in reversed(waiting):
                if at not in self._acts:
                    self._acts[at] = self._read(at)
            return self._acts[place]

    def _base(self, place: int) -> int | None:
        """The place of the form of an act from which it was worked out anew."""
        if place < 0 or self._arrays["log.late"][place] != _REMADE:
            return None
        return self._bases.setdefault(place, _count(self._heads[0][place][4]["base"]))

    def _read(self, place: int) -> Act:
        acts, sources = self._heads
        name, day, source, note, *optional = acts[_count(place)]
        more = optional[0] if optional else {}
        form = self._arrays["log.late"][place]
        if form == _REMADE:
            base = self._acts[self._bases[place]]
            return evolve(base, resolved=lambda: self._remade(place))
        fields: dict[str, Any] = {
            "id": made(records.read_id, name, "the id of an act"),
            "effective": dt.date.fromordinal(day),
            "source": sources[_count(source)],
            "note": made(records.read_text, note, "the note of an act"),
            **{key: made(records.read_id, more[key], key) for key in ("before", "after") if key in more},
        }
        if "within" in more:
            fields["within"] = (
                made(records.PERIOD, more["within"], "a period") if more["within"] is not True else Period()
            )
        if form == _DECIDED:
            own, faults = ActLines(), list[str]()
            for record in self._lines("steps", place):
                own.read(record, faults)
            _refuse(faults, "an act")
            return own.act(later=lambda: self._came_to(place), **fields)
        act = Act(events=(), **fields)
        if form == _IN_ROWS:
            self.late.bind(place, act)
        elif form == _STATED:
            object.__setattr__(act, "_events", lambda: self._events(place))
        else:
            raise ValueError
        return act

    def _lines(self, array: str, place: int) -> list[Any]:
        ends, raw = self._arrays[f"log.{array}.ends"], self._arrays[f"log.{array}.bytes"]
        first, last = int(ends[place]), int(ends[place + 1])
        if not 0 <= first <= last <= len(raw):
            raise ValueError
        text = raw[first:last].tobytes().decode()
        return [records.from_json(line) for line in text.split("\n")] if text else []

    def _events(self, place: int) -> list[Event]:
        with self._reading():
            return [made(_read_event, record, "an event") for record in self._lines("events", place)]

    def _came_to(self, place: int) -> dict[int, list[Event]]:
        by_step: dict[int, list[Event]] = {}
        with self._reading():
            for record in self._lines("events", place):
                by_step.setdefault(record.pop("of"), []).append(made(_read_event, record, "an event"))
        return by_step

    def _remade(self, place: int) -> Resolved:
        """The outcome of an act that was worked out anew; the file keeps only the steps that differ from the form before."""
        with self._reading():
            chain = [self._bases[place]]
            while chain[-1] in self._bases:
                chain.append(self._bases[chain[-1]])
            for at in reversed(chain):
                # Each form needs the one before it, so the chain is followed in a loop: it may be longer than the stack is deep.
                base = self._acts[at]
                _ = base.resolved
            faults: list[str] = []
            remade = {base.id: base}
            for record in self._lines("events", place):
                read_remade(record, {}, remade, faults)
            _refuse(faults, "an act")
            return remade[base.id].resolved

    def row_acts(self) -> list[Act]:
        """The acts that rows point to, by their numbers."""
        return [self.act(place) for place in range(self._rows)]

    def entries(self) -> list[Entry]:
        """The log."""
        entries: list[Entry] = []
        with self._reading():
            for number, (day, place, amends, reason, *optional) in enumerate(self._json("log.entries"), 1):
                act = None if place is None else self.act(place)
                remade, answers = optional or ((), ())
                entries.append(
                    Entry(
                        number,
                        dt.date.fromordinal(day),
                        act,
                        None if amends is None else made(records.read_id, amends, "what is amended"),
                        made(records.read_text, reason, "a reason"),
                        tuple(map(self.act, remade)),
                        tuple(made(records.ANSWER, answer, "an answer") for answer in answers),
                    )
                )
        if faults := log_faults(entries):
            raise InvalidFile(f"{self._arrays.name} cannot be read", faults)
        return entries


# ---- pickling: a history travels as its file, or as the bytes of one


def reduced(history: History) -> tuple[Any, ...]:
    """A history for pickling: as its file, if that still has its content, else as the bytes of one."""
    origin = history._origin
    if origin is not None and _is_still(*origin):
        path, identity = origin
        more = [] if isinstance(history._record, LateRecord) else _since(history, path, identity)
        return _from_file, (path, identity, more)
    return _from_bytes, (b"".join(packed(*_parts(history))),)


def _is_still(path: str, identity: str) -> bool:
    """Whether there is a file of a content at a path."""
    try:
        return identity_of_file(path) == identity
    except (OSError, InvalidFile):
        return False


def _since(history: History, path: str, identity: str) -> list[Entry]:
    """The entries of a history that are not in its file."""
    return history._record.entries[_opened(path, identity)._record.number :]


def _from_bytes(raw: bytes) -> History:
    return _history(unpacked(raw))


@lru_cache(maxsize=4)
def _opened(path: str, identity: str) -> History:
    """The history in a file, opened once per process."""
    history = open_history(path)
    if history._origin != (path, identity):
        message = "the file was changed since the history was pickled"
        raise InvalidFile(f"{path} cannot be opened", [Finding("same-file", message)])
    return history


def _from_file(path: str, identity: str, more: Sequence[Entry]) -> History:
    history = _opened(path, identity)
    for entry in more:
        if entry.amends is not None:
            history = history.amend({entry.amends: entry.act}, reason=entry.reason, recorded=entry.recorded)
        elif entry.act is not None:
            history = history.enact(entry.act, recorded=entry.recorded)
    return history
