"""Documents and meetings of a unit, and its export as of a day (sổ tay điện tử, hồ sơ điện tử).

:class:`Handbook` is a register of documents and meetings. :func:`export` gives a unit as of a day:
what holds of it with its sources, the units below it, its documents and meetings. The
export is written as JSON by :func:`to_json`; :func:`from_json` gives an equal one back.

There is no field for personal data, and none gets in: who holds an office, who sits on a
committee and where a person comes from is left out, and a file with other fields is refused.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final

import cattrs
from attrs import field, frozen
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from orgmodel.errors import Finding, InvalidFile, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.fact import fact_track
from orgmodel.model.measure import Quantity
from orgmodel.model.plain import plain_decimal, plain_fraction
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party.records import faults_of, record_converter
from orgmodel.period import DayLike, Period, as_day

FORMAT: Final = "orgmodel unit"
VERSION: Final = 1

CADRE_RECORDS: Final = "cadre records"
MEMBER_HANDBOOK: Final = "member handbook"
TASK_TRACKING: Final = "task tracking"
SYSTEMS: Final[Mapping[str, str]] = {
    CADRE_RECORDS: "hồ sơ cán bộ điện tử",
    MEMBER_HANDBOOK: "sổ tay đảng viên điện tử",
    TASK_TRACKING: "theo dõi nhiệm vụ",
}
"""Tags of documents for the three systems in use, with their Vietnamese names."""

PERSONAL: Final = frozenset({tracks.OFFICE, fact_track("origin"), fact_track("committee")})
"""Tracks that speak of persons, if only by opaque ids: an export leaves them out."""


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@frozen
class Document:
    """A document of a unit.

    Attributes:
        id: opaque, unique in the handbook.
        unit: id of the unit it belongs to.
        kind: what it is (``"kế hoạch"``).
        day: its day.
        number: how it is cited.
        title: what it is called.
        tags: words to find it by, such as the system it is kept in.
        source: where it was printed, if it is known from elsewhere.
    """

    id: str
    unit: str
    kind: str
    day: dt.date = field(converter=as_day)
    number: str = ""
    title: str = ""
    tags: tuple[str, ...] = field(default=(), converter=_texts)
    source: Source = Source.unknown


@frozen
class Meeting:
    """A meeting of a unit, without the names of those present.

    Attributes:
        id: opaque, unique in the handbook.
        unit: id of the unit.
        kind: what it was (``"sinh hoạt chi bộ"``, ``"hội nghị tổng kết"``).
        day: its day.
        summoned: how many were summoned; None if not known.
        present: how many came.
        documents: ids of the documents it dealt with or made.
        tags: words to find it by.
    """

    id: str
    unit: str
    kind: str
    day: dt.date = field(converter=as_day)
    summoned: int | None = None
    present: int | None = None
    documents: tuple[str, ...] = field(default=(), converter=_texts)
    tags: tuple[str, ...] = field(default=(), converter=_texts)


def _documents(documents: Iterable[Document]) -> tuple[Document, ...]:
    return tuple(documents)


def _meetings(meetings: Iterable[Meeting]) -> tuple[Meeting, ...]:
    return tuple(meetings)


@frozen
class Handbook:
    """A register of documents and meetings; immutable.

    >>> book = Handbook([Document("d1", "u1", "kế hoạch", "2024-01-30")], [Meeting("m1", "u1", "sơ kết", "2024-07-01", 14, 15)])
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: a handbook: 1 fault
      - row 1: 2024-07-01: u1: 15 present of 14 summoned [present]
    """

    documents: tuple[Document, ...] = field(default=(), converter=_documents)
    meetings: tuple[Meeting, ...] = field(default=(), converter=_meetings)

    def __attrs_post_init__(self) -> None:
        faults: list[Finding] = []
        for rows in self._rows:
            seen: dict[str, int] = {}
            for row, one in enumerate(rows, 1):
                what = type(one).__name__.lower()
                if not one.id:
                    faults.append(Finding("id", f"a {what} needs an id", (one.unit,), row=row))
                elif one.id in seen:
                    faults.append(
                        Finding(
                            "id-once", f"the {what} {one.id!r} is in row {seen[one.id]} as well", (one.unit,), row=row
                        )
                    )
                seen.setdefault(one.id, row)
        known = {document.id for document in self.documents}
        for row, meeting in enumerate(self.meetings, 1):
            where = {"units": (meeting.unit,), "day": meeting.day, "row": row}
            for document in meeting.documents:
                if document not in known:
                    faults.append(Finding("document", f"there is no document {document!r}", **where))  # type: ignore[arg-type]
            for name in ("summoned", "present"):
                number = getattr(meeting, name)
                if number is not None and number < 0:
                    faults.append(Finding(name, f"{number} {name}", **where))  # type: ignore[arg-type]
            if meeting.present is not None and meeting.summoned is not None and meeting.present > meeting.summoned:
                message = f"{meeting.present} present of {meeting.summoned} summoned"
                faults.append(Finding("present", message, **where))  # type: ignore[arg-type]
        if faults:
            raise Refused("a handbook", faults)

    @property
    def _rows(self) -> tuple[tuple[Document | Meeting, ...], ...]:
        return self.documents, self.meetings

    def adding(self, documents: Iterable[Document] = (), meetings: Iterable[Meeting] = ()) -> Handbook:
        """The handbook with more in it."""
        return Handbook((*self.documents, *documents), (*self.meetings, *meetings))

    def of(
        self,
        units: str | Iterable[str] | None = None,
        *,
        period: Period | None = None,
        kind: str | None = None,
        tag: str | None = None,
    ) -> Handbook:
        """What belongs to some units, lies in a period, is of a kind, bears a tag; documents of kept meetings stay."""
        wanted = None if units is None else {units} if isinstance(units, str) else set(units)

        def keep(one: Document | Meeting) -> bool:
            return (
                (wanted is None or one.unit in wanted)
                and (period is None or one.day in period)
                and (kind is None or one.kind == kind)
                and (tag is None or tag in one.tags)
            )

        meetings = tuple(one for one in self.meetings if keep(one))
        needed = {document for meeting in meetings for document in meeting.documents}
        return Handbook((one for one in self.documents if keep(one) or one.id in needed), meetings)

    def count_documents(self, period: Period | None = None, units: Iterable[str] | None = None) -> dict[str, int]:
        """Kind -> how many documents, in order of the kinds' first document."""
        wanted = None if units is None else set(units)
        found = Counter(
            one.kind
            for one in self.documents
            if (period is None or one.day in period) and (wanted is None or one.unit in wanted)
        )
        return dict(found)

    def findings(self, history: History) -> tuple[Finding, ...]:
        """Documents and meetings of units that do not live on their day; their successors are named."""
        faults: list[Finding] = []
        for rows in self._rows:
            for row, one in enumerate(rows, 1):
                try:
                    history.at(one.day).unit(one.unit)
                except UnitError as error:
                    what = type(one).__name__.lower()
                    faults.append(Finding("live", f"{what} {one.id!r}: {error}", (one.unit,), one.day, row=row))
        return tuple(faults)


# ---- export


@frozen
class Line:
    """One thing that holds of the unit on the day.

    Attributes:
        track: which fact.
        value: its value.
        since: from when on it holds.
        source: the act that says so.
        slot: which of several of the same fact.
    """

    track: str
    value: Any
    since: dt.date
    source: Source = Source.unknown
    slot: Any = None


def _units(units: Iterable[Unit]) -> tuple[Unit, ...]:
    return tuple(units)


def _lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(lines)


@frozen
class UnitExport:
    """A unit as of a day. Made by :func:`export`.

    Attributes:
        unit: what it is.
        day: the day.
        path: ids from the root to the unit.
        facts: what holds of it, persons left out: by track, then slot.
        units: the units below it, in preorder.
        handbook: its documents and meetings up to the day, the day included.
    """

    unit: Unit
    day: dt.date
    path: tuple[str, ...] = field(converter=_texts)
    facts: tuple[Line, ...] = field(default=(), converter=_lines)
    units: tuple[Unit, ...] = field(default=(), converter=_units)
    handbook: Handbook = field(factory=Handbook)

    def count(self, kind: str) -> int:
        """How many units of a kind are below it."""
        return sum(unit.kind == kind for unit in self.units)

    def value(self, track: str, slot: Any = None) -> Any:
        """The value of a fact; None if nothing is said. A measure is a track ``measure:NAME``."""
        return next((line.value for line in self.facts if (line.track, line.slot) == (track, slot)), None)

    def measure(self, measure: str, scope: str = tracks.OWN) -> Quantity:
        """A figure of the unit; unknown if nothing is said."""
        return Quantity.of(self.value(tracks.measure_track(measure), scope))


def export(
    history: History,
    unit: str,
    on: DayLike,
    handbook: Handbook | None = None,
    *,
    below: bool = True,
    with_units: bool = False,
) -> UnitExport:
    """A unit as of a day, with the sources of what is said of it, its units, documents and meetings.

    Args:
        history: where it lives.
        unit: its id.
        on: the day.
        handbook: documents and meetings; those of the unit up to the day are taken.
        below: whether to list the units below it.
        with_units: whether to take the documents and meetings of the units below too.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> made = export(reform_2025(), "vn-p-46", "2025-12-09")
    >>> made.unit.name, made.count("commune"), from_json(to_json(made)) == made
    ('Huế', 40, True)
    """
    day = as_day(on)
    structure = history.at(day)
    found = structure.unit(unit)
    lines = [
        Line(fact.track, fact.value, fact.start, fact.act.source, fact.slot)
        for fact in history.biography(unit)
        if fact.track not in PERSONAL and fact.start <= day and (fact.end is None or day < fact.end)
    ]
    lines.sort(key=lambda line: (line.track, str(line.slot)))
    under = structure.descendants(unit)
    book = handbook or Handbook()
    return UnitExport(
        found,
        day,
        structure.path(unit),
        lines,
        (structure.unit(one) for one in under) if below else (),
        book.of({unit, *under} if with_units else unit, period=Period.inclusive(None, day)),
    )


# ---- JSON


def _say(value: Any) -> Any:
    """A value of a fact in JSON; what JSON has no word for is an object of one field."""
    match value:
        case None | bool() | str() | int() | float():
            return value
        case Absent():
            return {"absent": value.value}
        case Fraction():
            return {"fraction": str(value)}
        case Decimal():
            return {"decimal": str(value)}
        case Quantity():
            numbers = {"value": value.value, "low": value.low, "high": value.high}
            return {"quantity": {"qualifier": value.qualifier, **{k: _say(v) for k, v in numbers.items()}}}
        case dt.date():
            return {"day": value.isoformat()}
        case tuple():
            return [_say(item) for item in value]
    raise TypeError(f"a value of type {type(value).__name__} has no form in an export: {value!r}")


def _hear(value: Any) -> Any:
    match value:
        case None | bool() | str() | int() | float():
            return value
        case list():
            return tuple(_hear(item) for item in value)
        case {"absent": str(text)} if len(value) == 1:
            return Absent(text)
        case {"fraction": str(text)} if len(value) == 1:
            return plain_fraction(text)
        case {"decimal": str(text)} if len(value) == 1:
            return plain_decimal(text)
        case {"day": str(text)} if len(value) == 1:
            return as_day(text)
        case {"quantity": {"qualifier": qualifier, "value": number, "low": low, "high": high}} if len(value) == 1:
            return Quantity(_hear(number), qualifier, _hear(low), _hear(high))
    raise ValueError(f"no value of a fact: {value!r}")


@cache
def _converter() -> cattrs.Converter:
    converter = record_converter(Line, UnitExport)

    def line(cls: Any) -> Callable[..., Any]:
        return make_dict_structure_fn(
            cls,
            converter,
            value=cattrs.gen.override(struct_hook=lambda value, _: _hear(value)),
            slot=cattrs.gen.override(struct_hook=lambda value, _: _hear(value)),
        )

    def said(cls: Any) -> Callable[..., Any]:
        return make_dict_unstructure_fn(
            cls,
            converter,
            _cattrs_omit_if_default=True,
            value=cattrs.gen.override(unstruct_hook=_say, omit_if_default=False),
            slot=cattrs.gen.override(unstruct_hook=_say),
        )

    converter.register_structure_hook(Line, line(Line))
    converter.register_unstructure_hook(Line, said(Line))
    return converter


def to_json(made: UnitExport) -> str:
    """The export as JSON text: sorted keys, two spaces, defaults left out; equal exports give equal text.

    Raises:
        Refused: it holds a value that has no form in JSON.
    """
    try:
        data = {"format": FORMAT, "version": VERSION, **_converter().unstructure(made)}
        return json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise Refused("an export", [Finding("writable", str(error), (made.unit.id,), made.day)]) from error


def from_json(text: str) -> UnitExport:
    """The export that :func:`to_json` wrote.

    Raises:
        InvalidFile: with every fault: not JSON, another format, a field that is missing,
            unknown or of another type, a register that contradicts itself.

    >>> from_json('{"format": "orgmodel unit", "version": 1, "name": "x"}')
    Traceback (most recent call last):
        ...
    orgmodel.errors.InvalidFile: an export cannot be read: 4 faults
      - extra fields found (name) @ $ [form]
      - required field missing @ $.unit [form]
      - required field missing @ $.day [form]
      - required field missing @ $.path [form]
    """
    what = "an export cannot be read"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidFile(what, [Finding("json", f"not JSON: {error}")]) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise InvalidFile(what, [Finding("form", f"its format is not {FORMAT!r}, version {VERSION}")])
    body = {key: value for key, value in data.items() if key not in ("format", "version")}
    converter = _converter()
    try:
        return converter.structure(body, UnitExport)
    except cattrs.BaseValidationError as error:
        raise InvalidFile(what, faults_of(error)) from error
