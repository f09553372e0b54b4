"""The forms of the arguments of the library's verbs in plans and in the file of a history.

For each form: the test whether a value from TOML or JSON has it, its JSON Schema, how it is read and how it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from attrs import fields

from orgmodel.acts.argument_values import (
    CRITERIA,
    Form,
    is_decimal,
    is_text,
    is_whole,
    plain,
    read_criteria,
    read_policy,
    read_value,
    write_pairs,
    write_value,
)
from orgmodel.acts.events import Link
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import Other, Person, When
from orgmodel.model.unit import Unit

__all__ = [
    "AGENCIES",
    "CLUSTER",
    "COUNTED",
    "COUNTERPARTS",
    "FIGURE",
    "FIGURES",
    "HOLDER",
    "HOMES",
    "HOMES_OR_UNITS",
    "LINKS",
    "NEW",
    "NEWS",
    "NEW_OR_NEWS",
    "PARENTS",
    "PART",
    "PARTIES",
    "PARTY",
    "PART_SHARES",
    "PLACES",
    "POLICY",
    "SAYS",
    "SEVERAL",
    "SHARES",
    "TOLERANCE",
    "UNIT",
    "UNITS",
    "UNIT_FIELDS",
    "VALUE",
    "WHAT",
    "WHEN",
    "WORDS",
    "WORD_OR_WORDS",
    "is_choice",
]

UNIT_FIELDS: Final = ("id", "name", "code", "kind", "category", "parent", "hierarchy")
_REF: Final = "#/$defs/"
_WORDS: Final = {"type": "array", "items": {"type": "string"}}
WORD_OR_WORDS: Final = {"anyOf": [{"type": "string", "minLength": 1}, _WORDS]}

# ---- tests


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Fraction)) and not isinstance(value, bool)


def _are(item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (list, tuple)) and all(map(item, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def is_choice(value: Any) -> bool:
    """Whether a value is a table of criteria."""
    if not isinstance(value, Mapping) or not value:
        return False
    if len(value) == 1:
        ((key, item),) = value.items()
        if key == "not":
            return is_choice(item)
        if key in ("all", "any"):
            return isinstance(item, (list, tuple)) and all(map(is_choice, item))
    return all(_criterion(key, item) for key, item in value.items())


def _criterion(name: str, value: Any) -> bool:
    if name == "under":
        return _is_unit(value) or _are(is_text)(value)
    if name == "measure":
        scoped = isinstance(value, (list, tuple)) and (len(value) == 3 or (len(value) == 4 and is_text(value[3])))
        return scoped and all(map(is_text, value[:2])) and (is_decimal(value[2]) or not _is_table(value[2]))
    if name == "hierarchy":
        return is_text(value)
    return name in CRITERIA and (is_text(value) or _are(is_text)(value))


def _is_unit(value: Any) -> bool:
    return is_text(value) or is_choice(value)


def _is_units(value: Any) -> bool:
    return _is_unit(value) or _are(_is_unit)(value)


def _is_new(value: Any) -> bool:
    return isinstance(value, Mapping) and all(key in UNIT_FIELDS and is_text(item) for key, item in value.items())


def _is_policy(value: Any) -> bool:
    return is_text(value) or (isinstance(value, Mapping) and is_text(value.get("policy")))


def _is_fraction(value: Any) -> bool:
    if isinstance(value, str):
        above, _, below = value.partition("/")
        return above.isdecimal() and (not below or (below.isdecimal() and int(below) > 0)) and not value.endswith("/")
    return _is_number(value) and value >= 0


def _is_mapping(key: Callable[[Any], bool], item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test whether a value is a table, or a list of pairs, with such keys and items."""

    def fits(value: Any) -> bool:
        if isinstance(value, Mapping):
            return all(map(item, value.values()))
        return _are(lambda pair: isinstance(pair, (list, tuple)) and len(pair) == 2)(value) and all(
            key(k) and item(i) for k, i in value
        )

    return fits


def _is_part(value: Any) -> bool:
    return is_text(value) or is_whole(value)


def _is_home(value: Any) -> bool:
    return _is_unit(value) or is_whole(value)


_are_homes: Final = _is_mapping(is_text, _is_home)
_are_fractions: Final = _is_mapping(is_text, _is_fraction)
_are_shares: Final = _is_mapping(_is_part, _are_fractions)


def _is_value(value: Any) -> bool:
    if isinstance(value, Mapping):
        is_tagged = len(value) == 1 and not value.keys().isdisjoint(("absent", "decimal", "fraction", "day"))
        return is_tagged or set(value) <= {"value", "qualifier", "low", "high"}
    return value is None or isinstance(value, (bool, int, float, str)) or _are(_is_value)(value)


def _is_link(value: Any) -> bool:
    if isinstance(value, Mapping):
        known = {attribute.name for attribute in fields(Link)}
        return {"old", "new"} <= set(value) <= known and _is_unit(value["old"]) and _is_home(value["new"])
    return isinstance(value, (list, tuple)) and len(value) in (2, 3) and _is_unit(value[0]) and _is_home(value[1])


def _is_cluster(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    texts = all(isinstance(value.get(key, ""), str) for key in ("id", "clustering", "name"))
    if "clustering" in value:
        return texts and set(value) <= {"id", "clustering", "name"}
    return texts and set(value) <= {"id", "name", "cover"} and isinstance(value.get("cover", False), bool)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"{_REF}{name}"}


def _table_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "object", "additionalProperties": dict(items)}, _PAIRS]}


_PAIRS: Final = {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}}


def _read_units(value: Any) -> Any:
    if isinstance(value, Mapping):
        return read_criteria(value)
    if isinstance(value, (list, tuple)):
        return tuple(_read_units(item) for item in value)
    return value


def _read_new(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_read_new(item) for item in value)
    return Unit(**value)


def _write_units(value: Any) -> Any:
    listed = plain(value)
    return listed[0] if isinstance(listed, list) and len(listed) == 1 else listed


def _write_places(value: tuple[tuple[str, str], ...]) -> Any:
    return value[0][1] if len(value) == 1 and value[0][0] == tracks.MAIN else write_pairs(value)


def _write_mapping(value: Any) -> Any:
    """The new homes of children: pairs, one unit, or units; a function must have a name."""
    if isinstance(value, tuple):
        if all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return write_pairs(value)
        return [plain(item) for item in value]
    return plain(value)


def _read_mapping(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "policy" in value:
            return read_policy(value)
        return read_criteria(value) if is_choice(value) else dict(value)
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, (list, tuple)) for item in value):
            return dict(map(tuple, value))
        return _read_units(value)
    return value


def _write_shares(value: tuple[tuple[Any, Any], ...]) -> Any:
    nested = [(key, write_pairs(of) if isinstance(of, tuple) else plain(of)) for key, of in value]
    if all(isinstance(key, str) for key, _ in nested):
        return dict(nested)
    return [[key, of] for key, of in nested]


def _read_pairs(value: Any) -> Any:
    return dict(map(tuple, value)) if isinstance(value, (list, tuple)) else value


def _write_figures(value: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {measure: write_value(figure) for measure, figure in value}


def _read_figures(value: Mapping[str, Any]) -> dict[str, Any]:
    return {measure: read_value(figure) for measure, figure in value.items()}


def _read_links(value: Any) -> Any:
    return tuple(
        Link(**{k: _read_pairs(v) if k == "shares" else v for k, v in link.items()})
        if isinstance(link, Mapping)
        else tuple(link)
        for link in value
    )


def _read_party(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Person(value["person"]) if "person" in value else Other(value["other"])
    return value


def _is_party(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) in ({"person"}, {"other"}) and all(map(is_text, value.values()))
    return _is_unit(value)


def _is_member_of_role(value: Any) -> bool:
    pair = isinstance(value, (list, tuple)) and len(value) in (2, 3)
    return pair and is_text(value[0]) and _is_party(value[1])


def _read_what(value: Mapping[str, Any]) -> Cluster | Clustering:
    if "clustering" in value:
        return Cluster(**{"id": "", **value})
    return Clustering(**{"id": "", **value})


def _read_news_by_name(value: Mapping[str, Any]) -> dict[str, Unit]:
    return {name: Unit(**unit) for name, unit in value.items()}


# ---- the forms

WORDS: Final = Form("a list of texts", _are(is_text), _WORDS)
UNIT: Final = Form("a unit: an id, a label with $, or a table of criteria", _is_unit, _ref("unit"), role="unit")
UNITS: Final = Form(
    "units: ids, labels with $, tables of criteria, or a list of these",
    _is_units,
    _ref("units"),
    _read_units,
    _write_units,
    "units",
)
PLACES: Final = Form(
    "a unit: an id, a label with $, or a table of criteria; or a table hierarchy -> unit",
    lambda value: _is_unit(value) or _is_mapping(is_text, _is_unit)(value),
    {"anyOf": [_ref("unit"), {"type": "object", "additionalProperties": _ref("unit")}]},
    _read_pairs,
    _write_places,
    "places",
)
NEW: Final = Form(f"a table of {', '.join(UNIT_FIELDS)}, all texts", _is_new, _ref("new"), _read_new, plain, "new")
NEWS: Final = Form(
    "a list of tables, one for each new unit",
    _are(_is_new),
    {"type": "array", "items": _ref("new")},
    _read_new,
    plain,
    "new",
)
NEW_OR_NEWS: Final = Form(
    "a table for the new unit, or a list of them",
    lambda value: _is_new(value) or _are(_is_new)(value),
    {"anyOf": [_ref("new"), {"type": "array", "items": _ref("new")}]},
    _read_new,
    _write_units,
    "new",
)
AGENCIES: Final = Form(
    "a table function -> new agency",
    lambda value: isinstance(value, Mapping) and all(map(_is_new, value.values())),
    {"type": "object", "additionalProperties": _ref("new")},
    _read_news_by_name,
    write_pairs,
    "agencies",
)
POLICY: Final = Form(
    "the name of a policy, or a table with policy and its settings",
    _is_policy,
    _ref("policy"),
    read_policy,
    plain,
    "policy",
)
CLUSTER: Final = Form(POLICY.told, _is_policy, POLICY.schema, read_policy, plain, "cluster")
HOMES: Final = Form(
    "a table unit -> new home, or the name of a policy",
    lambda value: _are_homes(value) or is_text(value) or _is_policy(value),
    {"anyOf": [_table_of(_ref("home")), _ref("policy")]},
    lambda value: read_policy(value) if isinstance(value, str) else _read_mapping(value),
    _write_mapping,
    "homes",
)
HOMES_OR_UNITS: Final = Form(
    "units, or a table unit -> new home",
    lambda value: _is_units(value) or _are_homes(value) or _is_policy(value),
    {"anyOf": [_ref("units"), _table_of(_ref("home")), _ref("policy")]},
    _read_mapping,
    _write_mapping,
    "homes or units",
)
PARENTS: Final = Form(
    "one unit, or a table unit -> new parent",
    lambda value: _is_unit(value) or _is_mapping(is_text, _is_unit)(value) or _is_policy(value),
    {"anyOf": [_ref("unit"), {"type": "object", "additionalProperties": _ref("unit")}, _ref("policy")]},
    _read_mapping,
    _write_mapping,
    "parents",
)
SHARES: Final = Form(
    'a table part -> measure -> share, such as 0.4 or "2/5"',
    _are_shares,
    _table_of(_table_of(_ref("share"))),
    _read_pairs,
    _write_shares,
)
PART_SHARES: Final = Form(
    'a table measure -> share, such as 0.4 or "2/5"; for several parts a table part -> measure -> share',
    lambda value: _are_shares(value) or _are_fractions(value),
    {"anyOf": [_table_of(_ref("share")), SHARES.schema]},
    _read_pairs,
    _write_shares,
)
TOLERANCE: Final = Form('a number of 0 or more, such as 0.001 or "1/1000"', _is_fraction, _ref("share"), write=str)
PART: Final = Form(
    "a part: its id, name or index", _is_part, {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
)
COUNTERPARTS: Final = Form(
    "true, false, a kind or a list of kinds",
    lambda value: isinstance(value, bool) or is_text(value) or _are(is_text)(value),
    {"anyOf": [{"type": "boolean"}, *WORD_OR_WORDS["anyOf"]]},
)
FIGURE: Final = Form(
    "a number, a text, or a table of value and qualifier", _is_value, _ref("value"), read_value, write_value
)
FIGURES: Final = Form(
    "a table measure -> number",
    lambda value: _is_table(value) and all(map(_is_value, value.values())),
    {"type": "object", "additionalProperties": _ref("value")},
    _read_figures,
    _write_figures,
)
HOLDER: Final = Form(
    'a unit, or a table absent = "vacant" or "unknown"',
    lambda value: _is_unit(value) or (_is_table(value) and value.get("absent") in ("vacant", "unknown")),
    {
        "anyOf": [
            _ref("unit"),
            {
                "type": "object",
                "properties": {"absent": {"enum": ["vacant", "unknown"]}},
                "required": ["absent"],
                "additionalProperties": False,
            },
        ]
    },
    lambda value: Absent(value["absent"]) if isinstance(value, Mapping) else value,
    role="holder",
)
LINKS: Final = Form(
    "a list of links: [old, new], [old, new, extent], or tables of old, new, extent, shares ...",
    _are(_is_link),
    {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "array", "prefixItems": [_ref("unit"), _ref("home")], "minItems": 2, "maxItems": 3},
                {"type": "object", "required": ["old", "new"]},
            ]
        },
    },
    _read_links,
    plain,
    "links",
)
WHAT: Final = Form(
    "a table of id, clustering, name for a cluster, or of id, name, cover for a clustering",
    _is_cluster,
    {
        "type": "object",
        "properties": {
            **{key: {"type": "string"} for key in ("id", "clustering", "name")},
            "cover": {"type": "boolean"},
        },
        "additionalProperties": False,
    },
    _read_what,
)
PARTY: Final = Form(
    'a unit, cluster or matter by its id, or a table person = "ID" or other = "NAME"',
    _is_party,
    {"anyOf": [_ref("unit"), {"type": "object", "minProperties": 1, "maxProperties": 1}]},
    _read_party,
    plain,
    "unit",
)
SEVERAL: Final = Form(
    "a list of parties: ids, or tables person or other",
    _are(_is_party),
    {"type": "array"},
    lambda value: tuple(map(_read_party, value)),
    lambda value: [plain(who) for who in value],
)
COUNTED: Final = Form(
    "a list of parties or kinds, or of [party or kind, number]",
    _are(lambda one: _is_party(one) or (isinstance(one, (list, tuple)) and len(one) == 2 and _is_party(one[0]))),
    {"type": "array"},
    lambda value: tuple(
        (_read_party(one[0]), read_value(one[1])) if isinstance(one, (list, tuple)) else _read_party(one)
        for one in value
    ),
    lambda value: [[plain(one[0]), write_value(one[1])] if isinstance(one, tuple) else plain(one) for one in value],
)
PARTIES: Final = Form(
    "a list of [role, party] or [role, party, number or word]",
    _are(_is_member_of_role),
    {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 3}},
    lambda value: tuple((role, _read_party(who), *map(read_value, rest)) for role, who, *rest in value),
    lambda value: [[role, plain(who), *map(write_value, rest)] for role, who, *rest in value],
)
SAYS: Final = Form(
    "a table field -> value",
    _is_table,
    {"type": "object", "additionalProperties": _ref("value")},
    lambda value: tuple(sorted((name, read_value(item)) for name, item in value.items())),
    lambda value: {name: write_value(item) for name, item in value},
)
WHEN: Final = Form(
    "a day, a month, a year or FIRST/LAST; an empty text where it is not known",
    lambda value: isinstance(value, (str, dt.date)),
    {"type": "string"},
    lambda value: When.of(value),
)
VALUE: Final = Form("a value", lambda _: True, {}, read_value, write_value)
