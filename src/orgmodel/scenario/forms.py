"""What a plan file may hold: its operations, the form of each argument, and the JSON Schema made of both.

Editors that know TOML check a plan as it is typed if its first line is
``#:schema plan.schema.json``; the file lies beside this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import frozen

CRITERIA: Final = ("kind", "category", "code", "name", "under", "cluster", "measure", "ids", "hierarchy")
"""By what a plan chooses units; as in ``om.select``."""

UNIT_FIELDS: Final = ("id", "name", "code", "kind", "category", "parent", "hierarchy")
OFFSETS: Final = ("years", "months", "weeks", "days", "year", "month", "day")
"""Parts of a relative day: the plural ones add, the singular ones set."""

SOURCE_FIELDS: Final = ("number", "issuer", "title", "decided", "in_force", "note")

_REF: Final = "#/$defs/"
_WORDS: Final = {"type": "array", "items": {"type": "string"}}
_WORD_OR_WORDS: Final = {"anyOf": [{"type": "string", "minLength": 1}, _WORDS]}


@frozen
class Form:
    """What a value in a plan may look like.

    Attributes:
        told: what it is, for messages.
        fits: whether a value read from TOML has the form.
        schema: the same as JSON Schema.

    >>> TEXT.fits("a"), TEXT.fits(3), TEXT.told
    (True, False, 'a text')
    """

    told: str
    fits: Callable[[Any], bool]
    schema: Mapping[str, Any]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are(item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(item, value))


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(_criterion(key, item) for key, item in value.items())


def _criterion(name: str, value: Any) -> bool:
    if name == "under":
        return _is_unit(value) or _are(_is_text)(value)
    if name == "measure":
        return isinstance(value, list) and len(value) == 3 and all(map(_is_text, value[:2])) and not _is_table(value[2])
    if name == "hierarchy":
        return _is_text(value)
    return name in CRITERIA and (_is_text(value) or _are(_is_text)(value))


def _is_unit(value: Any) -> bool:
    return _is_text(value) or _is_choice(value)


def _is_units(value: Any) -> bool:
    return _is_unit(value) or _are(_is_unit)(value)


def _is_new(value: Any) -> bool:
    return isinstance(value, dict) and all(key in UNIT_FIELDS and _is_text(item) for key, item in value.items())


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_policy(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, dict) and _is_text(value.get("policy")))


def _is_fraction(value: Any) -> bool:
    if isinstance(value, str):
        above, _, below = value.partition("/")
        return above.isdecimal() and (not below or (below.isdecimal() and int(below) > 0)) and not value.endswith("/")
    return _is_number(value) and value >= 0


def _is_shares(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(share, dict) and all(map(_is_fraction, share.values())) for share in value.values()
    )


def _is_home(value: Any) -> bool:
    return _is_unit(value) or _is_whole(value)


def _are_homes(value: Any) -> bool:
    return _is_table(value) and all(map(_is_home, value.values()))


def _is_day(value: Any) -> bool:
    return (isinstance(value, dt.date) and not isinstance(value, dt.datetime)) or _is_text(value)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"{_REF}{name}"}


TEXT: Final = Form("a text", _is_text, {"type": "string", "minLength": 1})
BOOL: Final = Form("true or false", lambda value: isinstance(value, bool), {"type": "boolean"})
WHOLE: Final = Form("a whole number, 1 or more", lambda v: _is_whole(v) and v > 0, {"type": "integer", "minimum": 1})
WORDS: Final = Form("a list of texts", _are(_is_text), _WORDS)
UNIT: Final = Form("a unit: an id, a label with $, or a table of criteria", _is_unit, _ref("unit"))
UNITS: Final = Form("units: ids, labels with $, tables of criteria, or a list of these", _is_units, _ref("units"))
NEW: Final = Form(f"a table of {', '.join(UNIT_FIELDS)}, all texts", _is_new, _ref("new"))
NEWS: Final = Form("a list of tables, one for each new unit", _are(_is_new), {"type": "array", "items": _ref("new")})
NEW_OR_NEWS: Final = Form(
    "a table for the new unit, or a list of them",
    lambda value: _is_new(value) or _are(_is_new)(value),
    {"anyOf": [_ref("new"), {"type": "array", "items": _ref("new")}]},
)
POLICY: Final = Form("the name of a policy, or a table with policy and its settings", _is_policy, _ref("policy"))
HOMES: Final = Form("a table unit -> new home", _are_homes, {"type": "object", "additionalProperties": _ref("home")})
HOMES_OR_UNITS: Final = Form(
    "units, or a table unit -> new home",
    lambda value: _is_units(value) or _are_homes(value),
    {"anyOf": [_ref("units"), {"type": "object", "additionalProperties": _ref("home")}]},
)
HOMES_OR_UNIT: Final = Form(
    "one unit, or a table unit -> new parent",
    lambda value: _is_unit(value) or (_is_table(value) and all(map(_is_unit, value.values()))),
    {"anyOf": [_ref("unit"), {"type": "object", "additionalProperties": _ref("unit")}]},
)
SHARES: Final = Form(
    'a table part -> measure -> share, such as 0.4 or "2/5"',
    _is_shares,
    {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _ref("share")}},
)
PART: Final = Form(
    "a part: its id, name or index",
    lambda value: _is_text(value) or _is_whole(value),
    {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]},
)
COUNTERPARTS: Final = Form(
    "true, false, a kind or a list of kinds",
    lambda value: isinstance(value, bool) or _is_text(value) or _are(_is_text)(value),
    {"anyOf": [{"type": "boolean"}, *_WORD_OR_WORDS["anyOf"]]},
)
FIGURE: Final = Form(
    "a number or a text",
    lambda value: _is_number(value) or _is_text(value),
    {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1}]},
)
FIGURES: Final = Form(
    "a table measure -> number",
    lambda value: _is_table(value) and all(map(_is_number, value.values())),
    {"type": "object", "additionalProperties": {"type": "number"}},
)
DAY: Final = Form("a day such as 2027-01-01", _is_day, {"type": "string", "format": "date"})

_BECOMING: Final = {"cluster": POLICY, "offices": POLICY, "ratings": POLICY, "cross_kind": BOOL}
_MERGING: Final = {"counterparts": COUNTERPARTS, "function_of": POLICY, **_BECOMING}
_DIVIDING: Final = {"shares": SHARES, "allocation": POLICY, "cross_kind": BOOL}

OPERATIONS: Final[Mapping[str, tuple[Mapping[str, Form], Mapping[str, Form]]]] = {
    "merge": ({"units": UNITS}, {"into": NEW, "under": UNIT, **_MERGING}),
    "take_over": ({"survivor": UNIT, "units": UNITS}, _MERGING),
    "replace": ({"unit": UNIT, "into": NEW}, {"under": UNIT, **_BECOMING}),
    "break_down": (
        {"unit": UNIT, "into": NEWS},
        {"children": HOMES, "under": UNIT, "cluster": POLICY, "dominant": PART, "dominant_by": TEXT, **_DIVIDING},
    ),
    "split_off": (
        {"unit": UNIT, "into": NEW_OR_NEWS},
        {"children": HOMES_OR_UNITS, "under": UNIT, "cluster": POLICY, **_DIVIDING},
    ),
    "transfer": ({"giver": UNIT, "taker": UNIT}, {"children": UNITS, **_DIVIDING}),
    "create": ({"unit": NEW}, {"under": UNIT, "measures": FIGURES}),
    "close": ({"units": UNITS}, {"children_to": HOMES_OR_UNIT, "close_agencies": BOOL}),
    "abolish_level": ({"kind": TEXT}, {"mapping": HOMES_OR_UNIT, "close_agencies": BOOL}),
    "reassign": ({"units": UNITS, "to": UNIT}, {"hierarchy": TEXT}),
    "rename": ({"unit": UNIT, "name": TEXT}, {}),
    "recode": ({"unit": UNIT, "code": TEXT}, {}),
    "reclassify": ({"units": UNITS}, {"kind": TEXT, "category": TEXT}),
    "record": ({"unit": UNIT, "measure": TEXT, "value": FIGURE}, {"scope": TEXT}),
    "join": ({"units": UNITS, "cluster": TEXT}, {}),
    "leave": ({"units": UNITS, "cluster": TEXT}, {}),
    "designate": ({"cluster": TEXT, "role": TEXT, "unit": UNIT}, {"seat": WHOLE, "until": DAY, "instead": BOOL}),
    "succeed_role": ({"cluster": TEXT}, {"role": TEXT, "seat": WHOLE, "by": UNIT, "until": DAY}),
    "succeed": ({"links": TEXT, "created": TEXT}, {"goes_on": WORDS, "allocation": POLICY, "cluster": POLICY}),
}
"""Operation -> (arguments it needs, arguments it may have); ``as`` labels what it makes."""


def misfits(op: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """What is wrong with the arguments of an operation: (the argument, or None if it is missing; why).

    >>> list(misfits("rename", {"unit": "a", "nome": "b"}))
    [(None, "rename needs 'name'"), ('nome', "rename has no argument 'nome'; it has unit, name")]
    """
    needs, may = OPERATIONS[op]
    forms = {**needs, **may}
    for name in needs:
        if name not in arguments:
            yield None, f"{op} needs {name!r}"
    for name, value in arguments.items():
        if name not in forms:
            yield name, f"{op} has no argument {name!r}; it has {', '.join(forms)}"
        elif not forms[name].fits(value):
            yield name, f"{name} of {op} is {forms[name].told}, not {value!r}"


def plan_schema() -> dict[str, Any]:
    """The form of a plan file as JSON Schema (2020-12), made from :data:`OPERATIONS`.

    It says what keys and values there may be; what the operations can do with the units of
    a history, only :meth:`~orgmodel.scenario.plan.Plan.simulate` can say.

    >>> sorted(plan_schema()["properties"])
    ['day', 'name', 'note', 'source', 'stage']
    """
    day = {
        "anyOf": [
            {"type": "string", "format": "date"},
            {
                "type": "object",
                "description": "An offset from the latest of the stages before, else from the plan's day.",
                "properties": {
                    "from": {"type": "string", "format": "date"},
                    **{key: {"type": "integer"} for key in OFFSETS},
                },
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    }
    source = {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {key: {"type": "string"} for key in SOURCE_FIELDS},
                "additionalProperties": False,
            },
        ]
    }
    stage = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "day": _ref("day"),
            "source": _ref("source"),
            "after": {"description": "Stages that come before it.", **_WORD_OR_WORDS},
            "takes": {"description": "Days to prepare it, for the critical path.", "type": "integer", "minimum": 0},
            "note": {"type": "string"},
            "do": {"type": "array", "minItems": 1, "items": _ref("operation")},
        },
        "required": ["do"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan of orgmodel: a restructuring in stages",
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "day": _ref("day"),
            "source": _ref("source"),
            "note": {"type": "string"},
            "stage": {"type": "array", "minItems": 1, "items": stage},
        },
        "required": ["name", "stage"],
        "additionalProperties": False,
        "$defs": {
            "operation": {"oneOf": [_operation(op) for op in OPERATIONS]},
            "day": day,
            "source": source,
            "unit": {
                "description": "An id, a label that begins with $, or criteria that one unit meets.",
                "anyOf": [{"type": "string", "minLength": 1}, _ref("criteria")],
            },
            "units": {"anyOf": [_ref("unit"), {"type": "array", "items": _ref("unit")}]},
            "home": {"anyOf": [_ref("unit"), {"type": "integer"}]},
            "share": {
                "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\d+(/0*[1-9]\\d*)?$"}]
            },
            "criteria": {
                "type": "object",
                "properties": {
                    **dict.fromkeys(CRITERIA, _WORD_OR_WORDS),
                    "under": {"anyOf": [_ref("unit"), _WORDS]},
                    "hierarchy": {"type": "string", "minLength": 1},
                    "measure": {
                        "description": '["members", "<", 3]',
                        "type": "array",
                        "prefixItems": [{"type": "string"}, {"type": "string"}, {"not": {"type": "object"}}],
                        "minItems": 3,
                        "maxItems": 3,
                    },
                },
                "additionalProperties": False,
                "minProperties": 1,
            },
            "new": {
                "type": "object",
                "properties": {key: {"type": "string", "minLength": 1} for key in UNIT_FIELDS},
                "additionalProperties": False,
            },
            "policy": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "object", "properties": {"policy": {"type": "string"}}, "required": ["policy"]},
                ]
            },
        },
    }


def _operation(op: str) -> dict[str, Any]:
    needs, may = OPERATIONS[op]
    arguments = {name: dict(form.schema) for name, form in {**needs, **may}.items()}
    return {
        "type": "object",
        "properties": {
            "op": {"const": op},
            "as": {"description": "What to call the unit that it makes: $LABEL.", "type": "string", "minLength": 1},
            **arguments,
        },
        "required": ["op", *needs],
        "additionalProperties": False,
    }
