"""Records of a register as text: pacts, launches, awards, milestones, moves, ratings of persons, cases.

What belongs to a unit through time is a fact of the history and is written with it. The frozen
records beside it are kept by :func:`dumps` as JSON Lines: a header with the type, then one record in
a line, sorted keys, defaults left out. :func:`loads` gives equal records back, and refuses a
file with other fields: so nothing personal can be smuggled in.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final, TypeVar

import cattrs
from attrs import has
from cattrs.gen import make_dict_unstructure_fn

from orgmodel.errors import Finding, InvalidFile, OrgmodelError, Refused
from orgmodel.model.plain import plain_fraction
from orgmodel.period import as_day

FORMAT: Final = "orgmodel records"
VERSION: Final = 1

T = TypeVar("T")

_NAMES: Final[dict[type, str]] = {str: "text", int: "whole number", bool: "true or false"}


def record_converter(*without: type) -> cattrs.Converter:
    """A converter for frozen records: days as ISO text, fractions as text, defaults left out, other fields refused.

    Args:
        without: types that the caller registers itself.

    >>> record_converter().unstructure(Fraction(1, 3))
    '1/3'
    """
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(dt.date, lambda day: day.isoformat())
    converter.register_structure_hook(dt.date, lambda text, _: as_day(_strict(text, str)))
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda text, _: plain_fraction(_strict(text, str)))
    for plain in (str, int, bool):
        converter.register_structure_hook(plain, _strict)
    converter.register_structure_hook_func(
        lambda wanted: wanted == tuple[str, ...],
        lambda items, _: tuple(_strict(item, str) for item in _listed(items)),
    )
    converter.register_unstructure_hook_factory(
        lambda cls: has(cls) and cls not in without,
        lambda cls: make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True),
    )
    return converter


def _strict(value: Any, wanted: type) -> Any:
    """Text stays text and numbers numbers: what cattrs would turn into the other is refused."""
    if not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
        raise ValueError(f"{value!r} is no {_NAMES[wanted]}")
    return value


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, not {value!r}")
    return value


def faults_of(error: cattrs.BaseValidationError, row: int | None = None) -> list[Finding]:
    """Every fault in what a converter raised, each with its place; fields too many come first."""
    found = [Finding("form", text, row=row) for text in cattrs.transform_error(error, format_exception=_told)]
    return sorted(found, key=lambda fault: not fault.message.startswith("extra"))


def _told(error: BaseException, _type: type | None) -> str:
    if isinstance(error, Refused):
        return "; ".join(finding.message for finding in error.findings)
    if isinstance(error, OrgmodelError):
        return str(error)
    if isinstance(error, KeyError):
        return "required field missing"
    if isinstance(error, cattrs.errors.ForbiddenExtraKeysError):
        return f"extra fields found ({', '.join(sorted(error.extra_fields))})"
    return str(error)


def dumps(records: Iterable[Any]) -> str:
    """Records of one type as JSON Lines.

    Raises:
        Refused: records of several types, or of a type that has no form in JSON.

    >>> from orgmodel.party.emulation import FLAG, Award
    >>> text = dumps([Award("u1", FLAG, 2025, proposed="2025-11-18")])
    >>> print(text, end="")
    {"format":"orgmodel records","type":"Award","version":1}
    {"kind":"cờ thi đua","proposed":"2025-11-18","recipient":"u1","year":2025}
    >>> loads(text, Award)[0].recipient
    'u1'
    """
    listed = tuple(records)
    types = dict.fromkeys(type(record) for record in listed)
    if len(types) > 1:
        names = ", ".join(one.__name__ for one in types)
        raise Refused("records", [Finding("one-type", f"they are of several types: {names}; write each by itself")])
    name = next(iter(types)).__name__ if types else ""
    converter = record_converter()
    head = {"format": FORMAT, "type": name, "version": VERSION}
    lines = [head, *(converter.unstructure(record) for record in listed)]
    try:
        return "".join(
            f"{json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(',', ':'), allow_nan=False)}\n"
            for line in lines
        )
    except (TypeError, ValueError) as error:
        raise Refused("records", [Finding("writable", f"a {name} has no form in JSON: {error}")]) from error


def loads(text: str, wanted: type[T]) -> tuple[T, ...]:
    """The records that :func:`dumps` wrote.

    Args:
        text: JSON Lines.
        wanted: the type they are of.

    Raises:
        InvalidFile: with every fault, each with its line: not JSON, another type, a field
            that is missing, unknown or of another type.
    """
    what = f"records of type {wanted.__name__} cannot be read"
    # A line ends at a line feed only: other separators of Unicode may stand inside a text.
    lines = text.removesuffix("\n").split("\n")
    faults: list[Finding] = []
    data: list[tuple[int, Any]] = []
    for row, line in enumerate(lines, 1):
        try:
            data.append((row, json.loads(line)))
        except (ValueError, RecursionError) as error:
            faults.append(Finding("json", f"not JSON: {error}", row=row))
    head = data[0][1] if data and data[0][0] == 1 else None
    expected = {"format": FORMAT, "type": wanted.__name__, "version": VERSION}
    empty = {**expected, "type": ""}
    if head not in (expected, empty) and not (faults and faults[0].row == 1):
        faults.insert(0, Finding("form", f"the first line is not {json.dumps(expected)}", row=1))
    converter = record_converter()
    found: list[T] = []
    for row, record in data:
        if row == 1:
            continue
        if not isinstance(record, dict):
            faults.append(Finding("form", f"a record is an object, not {record!r}", row=row))
            continue
        try:
            found.append(converter.structure(record, wanted))
        except cattrs.BaseValidationError as error:
            faults += faults_of(error, row)
    if faults:
        raise InvalidFile(what, sorted(faults, key=lambda fault: fault.row or 0))
    return tuple(found)
