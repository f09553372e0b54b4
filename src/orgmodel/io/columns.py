"""Histories as one compact file of columns that opens in milliseconds.

Where JSON Lines (:mod:`orgmodel.io.jsonl`) is for reading, comparing and keeping under
version control, this is for working: the columns are mapped into memory, so that
several processes share them and only what is asked for is read. Events that were
given one by one are kept as they are; those of acts that came from tables are read
back from the rows. Safe with files from strangers: nothing in it is run.
"""

from __future__ import annotations

import copyreg
import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from attrs import evolve

from orgmodel.acts.act import Act, Resolved
from orgmodel.acts.events import Event, Linked
from orgmodel.engine.columns import Acts, Columns, Pieces, Table
from orgmodel.engine.file import (
    Array,
    pack_texts,
    packed,
    read_arrays,
    unpack_texts,
    unpacked,
    write_arrays,
)
from orgmodel.engine.index import Index, NumberIndex, StoredIndex
from orgmodel.engine.state import Base, State
from orgmodel.errors import Finding, InvalidFile
from orgmodel.history.history import History
from orgmodel.history.log import Entry, LateRecord
from orgmodel.history.tables.late import FromRows, LateEvents
from orgmodel.io import records
from orgmodel.io.act_lines import ActLines, act_records, read_remade, remade_records
from orgmodel.io.records import made
from orgmodel.model.door import strict
from orgmodel.model.source import Source
from orgmodel.period import Period

PathLike = str | os.PathLike[str]
Written = Array | Sequence[Array]
"""What goes into a file under one name: an array, or the pieces of one."""


@strict
def save(history: History, path: PathLike) -> None:
    """Write a history to a compact file; :func:`open_history` opens it.

    Everything is kept: the log with its corrections and cancellations, sources, clusters,
    the order of acts within a day. An older file at the path is replaced as a whole.

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
    """The header and the arrays that say all of a history."""
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
    """Objects as packed texts: plain texts as they are behind a blank, others as JSON behind a sign."""
    texts = [f" {o}" if type(o) is str else records.to_json(_plain(o)) for o in objects]
    return {f"{name}.{part}": array for part, array in pack_texts(texts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Linked):
        shares = [[measure, str(share)] for measure, share in value.shares]
        return {"link": [value.extent, shares, value.dominant, value.dominant_by, value.type, value.evidence]}
    if hasattr(value, "clustering") or hasattr(value, "cover"):
        return {"what": records.what_record(value)}
    return {"value": records.value_record(value)}


def _object(text: str) -> Any:
    if text.startswith(" "):
        return text[1:]
    record = json.loads(text)
    if "link" in record:
        # Files of version 1 say nothing of evidence.
        extent, shares, *rest = record["link"]
        return Linked(extent, tuple((m, Fraction(s)) for m, s in shares), *rest)
    if "what" in record:
        return made(records.WHAT, record["what"], "a cluster")
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


def _write_log(history: History, ids: Index, acts: Acts, header: dict[str, Any], arrays: dict[str, Written]) -> None:
    """The acts that rows point to, and the entries of the log, each act once."""
    listed: list[Act] = list(acts.objects)
    places = {id(act): place for place, act in enumerate(listed)}

    def place_of(act: Act) -> int:
        place = places.setdefault(id(act), len(listed))
        if place == len(listed):
            listed.append(act)
        return place

    entries: list[list[Any]] = []
    known: dict[str, Act] = {}
    bases: dict[int, Act] = {}
    for entry in history._record.entries:
        place = None
        if entry.act is not None:
            place = place_of(entry.act)
            known[entry.act.id] = entry.act
        row: list[Any] = [entry.recorded.toordinal(), place, entry.amends, entry.reason]
        for act in entry.remade:
            bases[place_of(act)] = known[act.id]
            known[act.id] = act
        if entry.remade or entry.answers:
            row += [list(map(place_of, entry.remade)), list(map(records.answer_record, entry.answers))]
        entries.append(row)
    sources: dict[Source, int] = {}
    # Most acts share their source, which is then not compared anew.
    shared = {id(act.source): act.source for act in listed}
    numbers = {key: sources.setdefault(source, len(sources)) for key, source in shared.items()}
    rows: list[list[Any]] = []
    for place, act in enumerate(listed):
        more = records.kept(
            within=None if act.within is None else records.period_record(act.within) or True,
            before=act.before,
            after=act.after,
        )
        if place in bases:
            more["base"] = place_of(bases[place])
        rows.append([act.id, act.effective.toordinal(), numbers[id(act.source)], act.note, *([more] if more else [])])
    state_known = history._record.known
    # What was corrected or cancelled has left no rows from which its events could be read back, and an act that was
    # taken from another history has left its rows in that one's order.
    lates = {act._events.late for act in listed if isinstance(act._events, FromRows)}
    own = {one for one in lates if one.numbers_alike(ids)}
    forms = np.full(len(listed), _STATED, np.uint8)
    steps, events = [""] * len(listed), [""] * len(listed)
    for place, act in enumerate(listed):
        if place in bases:
            forms[place] = _REMADE
            events[place] = _text(remade_records(bases[place], act))
        elif isinstance(act._events, FromRows) and act._resolved is None:
            if act._events.late in own and act.id in state_known and state_known[act.id][1] is act:
                forms[place] = _IN_ROWS
                continue
            events[place] = _text(act_records(act))
        elif act.is_outcome and act._resolved is None and act.keys is None:
            events[place] = _text(act_records(act))
        else:
            forms[place] = _DECIDED
            lines = list(act_records(act))
            steps[place] = _text(line for line in lines if "of" not in line)
            events[place] = _text(line for line in lines if "of" in line)
    header["rows"] = len(acts.objects)
    arrays |= _json("log.acts", rows)
    arrays |= _json("log.sources", [records.source_record(source) for source in sources])
    arrays |= _json("log.entries", entries)
    arrays["log.late"] = forms
    arrays |= {f"log.events.{part}": array for part, array in pack_texts(events).items()}
    arrays |= {f"log.steps.{part}": array for part, array in pack_texts(steps).items()}


# What stands in the arrays of the log for an act: the events it states; nothing, its events are in the rows;
# its steps and what they came to; what steps of an older form of it came to when it was worked out anew.
_STATED, _IN_ROWS, _DECIDED, _REMADE = range(4)


def _text(lines: Iterable[records.Record]) -> str:
    return "\n".join(map(records.to_json, lines))


def _json(name: str, value: Any) -> dict[str, Array]:
    return {name: np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), np.uint8)}


@strict
def open_history(path: PathLike, *, verify: bool = False) -> History:
    """The history in a compact file; its columns are mapped and read as they are used.

    A history opened from a file pickles as the path and what was enacted since, so that worker
    processes map the same file.

    Args:
        path: what :func:`save` wrote.
        verify: whether to read the whole file first and compare it with its checksums.

    Raises:
        InvalidFile: it is no such file, of an unknown version, cut off, or (the header
            always, the rest with ``verify``) altered.

    >>> import tempfile
    >>> from orgmodel.history.history import history_of
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(history_of([{"id": "p"}], day="2025-07-01"), f"{folder}/p.orgm")
    ...     open_history(f"{folder}/p.orgm").at("2025-07-01").root()
    'p'
    """
    history = _history(*read_arrays(path, verify=verify))
    history._origin = os.path.abspath(path), _stamp(path)
    return history


def _history(header: Any, arrays: dict[str, Array]) -> History:
    schema = made(records.SCHEMA, header["schema"], "the schema")
    measures = [made(records.MEASURE, record, "a measure") for record in header["measures"]]
    index: Index = NumberIndex(header["count"])
    if header["ids"] == "texts":
        index = StoredIndex(*(arrays[f"ids.{part}"] for part in ("bytes", "ends", "digests", "order")))
    columns: dict[str, Columns] = {}
    for track, number in header["tracks"].items():
        a = {name: arrays[f"{number}.{name}"] for name in ("subject", "start", "end", "value", "act", "off")}
        columns[track] = Columns(
            track,
            **a,
            slot=arrays.get(f"{number}.slot"),
            until=arrays.get(f"{number}.until"),
            event=arrays.get(f"{number}.event"),
            values=_table(arrays, f"{number}.values"),
            slots=_table(arrays, f"{number}.slots"),
        )
    log = _Log(arrays, header["rows"])
    state = State(Base(index, columns, Acts(log.row_acts)), seq=header["seq"])
    log.late = LateEvents(state)
    history = History(schema, measures)
    if header["last"] is None:
        return history
    return history._with(state, LateRecord(dt.date.fromordinal(header["last"]), log.entries))


def _table(arrays: dict[str, Array], name: str) -> Table:
    raw, ends = arrays[f"{name}.bytes"], arrays[f"{name}.ends"]
    make: Callable[[], list[Any]] = lambda: [_object(text) for text in unpack_texts(raw, ends)]  # noqa: E731
    return Table(make)


def _read_event(raw: Any, name: str, faults: list[str]) -> Any:
    del name  # the event names itself
    return records.read_event(raw, faults)


def _refuse(faults: Iterable[str], what: str) -> None:
    """Raises InvalidFile if there are faults."""
    findings = [Finding("form", fault) for fault in faults]
    if findings:
        raise InvalidFile(f"{what} cannot be read", findings)


class _Log:
    """The acts and entries of a file, made when they are asked for."""

    late: LateEvents

    def __init__(self, arrays: dict[str, Array], rows: int) -> None:
        self._arrays, self._rows = arrays, rows
        self._acts: dict[int, Act] = {}

    def _json(self, name: str) -> Any:
        return json.loads(self._arrays[name].tobytes())

    @cached_property
    def _said(self) -> tuple[list[Any], list[Source]]:
        """What the file says of each act beside its events, and the sources."""
        return self._json("log.acts"), [made(records.SOURCE, raw, "a source") for raw in self._json("log.sources")]

    def act(self, place: int) -> Act:
        """The act at a place."""
        if place not in self._acts:
            self._acts[place] = self._made(place)
        return self._acts[place]

    def _made(self, place: int) -> Act:
        acts, sources = self._said
        name, day, source, note, *rest = acts[place]
        more = rest[0] if rest else {}
        form = self._arrays["log.late"][place]
        if form == _REMADE:
            base = self.act(more["base"])
            return evolve(base, resolved=lambda: self._remade(place, base))
        fields: dict[str, Any] = {
            "id": name,
            "effective": dt.date.fromordinal(day),
            "source": sources[source],
            "note": note,
            **{key: more[key] for key in ("before", "after") if key in more},
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
        else:
            object.__setattr__(act, "_events", lambda: self._events(place))
        return act

    def _lines(self, array: str, place: int) -> list[Any]:
        ends = self._arrays[f"log.{array}.ends"]
        text = self._arrays[f"log.{array}.bytes"][int(ends[place]) : int(ends[place + 1])].tobytes().decode()
        return [json.loads(line) for line in text.split("\n")] if text else []

    def _events(self, place: int) -> list[Event]:
        return [made(_read_event, record, "an event") for record in self._lines("events", place)]

    def _came_to(self, place: int) -> dict[int, list[Event]]:
        found: dict[int, list[Event]] = {}
        for record in self._lines("events", place):
            found.setdefault(record.pop("of"), []).append(made(_read_event, record, "an event"))
        return found

    def _remade(self, place: int, base: Act) -> Resolved:
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
        found: list[Entry] = []
        for number, (day, place, amends, reason, *rest) in enumerate(self._json("log.entries"), 1):
            act = None if place is None else self.act(place)
            remade, answers = rest or ((), ())
            found.append(
                Entry(
                    number,
                    dt.date.fromordinal(day),
                    act,
                    amends,
                    reason,
                    tuple(map(self.act, remade)),
                    tuple(made(records.ANSWER, answer, "an answer") for answer in answers),
                )
            )
        return found


# ---- pickling: a history travels as its file, or as the bytes of one


def _stamp(path: PathLike) -> tuple[int, int]:
    """What tells a file from another one at the same path: size and time of change."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def _reduce(history: History) -> tuple[Any, ...]:
    origin = history._origin
    if origin is not None:
        path, stamp = origin
        if os.path.exists(path) and _stamp(path) == stamp:
            more = [] if isinstance(history._record, LateRecord) else _since(history, path, stamp)
            return _from_file, (path, stamp, more)
    return _from_bytes, (b"".join(packed(*_parts(history))),)


def _since(history: History, path: str, stamp: tuple[int, int]) -> list[Entry]:
    """The entries of a history that are not in its file."""
    return history._record.entries[_opened(path, stamp)._record.number :]


def _from_bytes(raw: bytes) -> History:
    return _history(*unpacked(raw))


@lru_cache(maxsize=4)
def _opened(path: str, stamp: tuple[int, int]) -> History:
    """The history in a file, opened once per process."""
    del stamp  # another stamp is another file
    return open_history(path)


def _from_file(path: str, stamp: tuple[int, int], more: Sequence[Entry]) -> History:
    if _stamp(path) != stamp:
        raise InvalidFile(
            f"{path} cannot be opened", [Finding("same-file", "the file was changed since the history was pickled")]
        )
    history = _opened(path, stamp)
    for entry in more:
        if entry.amends is not None:
            history = history.amend({entry.amends: entry.act}, reason=entry.reason, recorded=entry.recorded)
        elif entry.act is not None:
            history = history.enact(entry.act, recorded=entry.recorded)
    return history


copyreg.pickle(History, _reduce)
