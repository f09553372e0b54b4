"""The arguments of operations: what callers may pass, what operations store, and how files hold it.

Each kind of argument is declared once, as a type with its :class:`Form`. The form describes the value in a plan or in
the file of a history, reads and writes it, and has its JSON Schema. Converters turn what callers pass into one canonical
value: a unit into its id, a mapping into sorted pairs, a day into a date. What they cannot read they return unchanged;
the operation then refuses it together with its other faults.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, Factory, fields, frozen

from orgmodel.acts import policies
from orgmodel.acts.events import Link
from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model import door
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.door import an_id, kind_of, refuse
from orgmodel.model.matter import Matter, Other, Person, When
from orgmodel.model.measure import Number, Quantity
from orgmodel.model.plain import plain_decimal, plain_fraction
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure import selection as selections
from orgmodel.structure.selection import Selection, select
from orgmodel.structure.structure import Structure

__all__ = [
    "Day",
    "Figure",
    "Figures",
    "New",
    "News",
    "One",
    "Parents",
    "Places",
    "Units",
    "Value",
    "chosen",
    "new",
    "one",
    "places",
]

# ---- what callers may pass

Chosen = str | Unit | Selection | Iterable["str | Unit | Selection"]
"""Units as callers name them: an id, a unit, a selection, or several of them."""

Under = str | Unit | Mapping[str, str] | Iterable[tuple[str, str]] | None
"""A parent in the main hierarchy, or hierarchy -> parent; None: the operation finds it."""

PartRef = str | int | Unit
"""A part as callers name it: its id or name, its index, or the unit that they passed."""

SharesGiven = Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None
"""part -> measure -> fraction, as a source states them."""

CounterpartsGiven = bool | str | Iterable[str] | None
"""Which children merge with their counterparts: True for the agencies of the schema, kinds by name, or none."""


class Unwritable(Exception):
    """A value that no file can hold, such as a choice by a function without a name."""


# ---- values in files

_AS_THEY_ARE: Final = frozenset({type(None), bool, int, float, str})
"""Types of values that files hold as they are."""


def plain(value: Any) -> Any:
    """A value in the types of JSON and TOML.

    Raises:
        Unwritable: it has no form in a file.

    >>> plain(("leader", 1)), plain(Fraction(1, 3)), plain(Unit("a", name="A")), plain(policies.JoinCluster("k"))
    (['leader', 1], '1/3', {'id': 'a', 'name': 'A'}, {'policy': 'join', 'cluster': 'k'})
    """
    if type(value) in _AS_THEY_ARE:
        # Nearly all values of a large draft.
        return value
    for sorts, write in _WRITERS:
        if isinstance(value, sorts):
            return write(value)
    name = policies.name_of(value)
    if name is None:
        raise Unwritable(repr(value))
    settings = write_fields(value) if hasattr(type(value), "__attrs_attrs__") else {}
    return {"policy": name, **settings} if settings else name


_WRITERS: Final[tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...]] = (
    ((bool, int, float, str), lambda value: value),
    ((tuple, list), lambda value: [plain(item) for item in value]),
    (dt.date, lambda value: value.isoformat()),
    ((Fraction, When), str),
    (Decimal, lambda value: {"decimal": str(value)}),
    (Quantity, lambda value: _quantity(value)),
    (Absent, lambda value: {"absent": value.value}),
    ((Unit, Cluster, Clustering, Matter, Link), lambda value: _fields(value)),
    (Person, lambda value: {"person": value.id}),
    (Other, lambda value: {"other": value.name}),
    (Selection, lambda value: criteria_of(value)),
    (frozenset, lambda value: sorted(plain(item) for item in value)),
    (Mapping, lambda value: {str(key): plain(item) for key, item in value.items()}),
)
"""How values of each type are written; a policy, which may be of any type, only if it is none of these."""


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a value that differ from their defaults."""
    return {name: _pairs(of_field) if name == "shares" else plain(of_field) for name, of_field in _set_fields(value)}


def _set_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """The arguments that differ from their defaults: (name, value) of each."""
    for name, alias, default in _defaults(cast("Hashable", type(value))):
        of_field = getattr(value, name)
        if of_field is not default and of_field != default:
            yield alias, of_field


@cache
def _defaults(cls: Hashable) -> tuple[tuple[str, str, Any], ...]:
    """(name of the field, name of the argument, converted default or ``NOTHING``) of all arguments of a class.

    Cached, because to convert all defaults for each operation of a large draft takes longer than to write its fields.
    """
    result: list[tuple[str, str, Any]] = []
    for attribute in fields(cast("type[Any]", cls)):
        # Any: to type checkers attrs declares Factory as a function, and a converter as one of several shapes.
        default: Any = attribute.default
        factory: Any = Factory
        convert: Any = attribute.converter
        if isinstance(default, factory):
            default = default.factory()
        if default is not NOTHING and convert is not None:
            default = convert(default)
        if attribute.init:
            result.append((attribute.name, cast("str", attribute.alias), default))
    return tuple(result)


def _pairs(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Pairs as an object, or as a list of pairs if a key is no text."""
    listed = list(pairs)
    if all(isinstance(key, str) for key, _ in listed):
        return {key: plain(item) for key, item in listed}
    return [[plain(key), plain(item)] for key, item in listed]


def _quantity(quantity: Quantity) -> dict[str, Any]:
    """A quantity, without the bounds that follow from its value and qualifier."""
    result: dict[str, Any] = {"qualifier": quantity.qualifier}
    if quantity.value is not None:
        result["value"] = plain(quantity.value)
    implied = Quantity(quantity.value, quantity.qualifier)
    for bound in ("low", "high"):
        limit = getattr(quantity, bound)
        if limit is not None and limit != getattr(implied, bound):
            result[bound] = plain(limit)
    return result


def frozen_value(value: Any) -> Any:
    """A value from a file with its lists as tuples.

    >>> frozen_value([1, [2, "a"]])
    (1, (2, 'a'))
    """
    return tuple(map(frozen_value, value)) if isinstance(value, (list, tuple)) else value


def _number(value: Any) -> Any:
    if _is_decimal(value):
        return plain_decimal(str(value["decimal"]))
    return plain_fraction(value) if isinstance(value, str) and "/" in value else value


def read_value(value: Any) -> Any:
    """The value of a fact from a file: a number, a text, a quantity, an absence, a day, or a tuple of these."""
    if isinstance(value, Mapping):
        if set(value) == {"absent"}:
            # Absent "none" says that a fact no longer holds: TOML has no null.
            return None if value["absent"] == "none" else Absent(value["absent"])
        if set(value) == {"fraction"}:
            return plain_fraction(str(value["fraction"]))
        if _is_decimal(value):
            return _number(value)
        if set(value) == {"day"}:
            return as_day(value["day"])
        if "qualifier" in value or "value" in value:
            number = _number(value.get("value"))
            qualifier = value.get("qualifier", "unknown" if number is None else "exact")
            return Quantity(number, qualifier, _number(value.get("low")), _number(value.get("high")))
        raise Refused("a value", [Finding("value", f"{dict(value)!r} is no value of a fact")])
    return tuple(map(read_value, value)) if isinstance(value, (list, tuple)) else value


def write_value(value: Any) -> Any:
    """The value of a fact for a file; the inverse of :func:`read_value`.

    >>> write_value(Quantity(30, "about")), write_value((Fraction(1, 3), Decimal("0.5"))), write_value(dt.date(2025, 7, 1))
    ({'qualifier': 'about', 'value': 30}, [{'fraction': '1/3'}, {'decimal': '0.5'}], {'day': '2025-07-01'})
    """
    match value:
        case Fraction():
            return {"fraction": str(value)}
        case dt.date():
            return {"day": value.isoformat()}
        case None | bool() | int() | float() | str() | Decimal() | Quantity() | Absent():
            return plain(value)
        case tuple():
            return [write_value(item) for item in value]
    raise Unwritable(repr(value))


# ---- selections

CRITERIA: Final = ("kind", "category", "code", "name", "under", "cluster", "measure", "ids", "hierarchy")
"""The criteria by which a plan selects units, as in ``om.select``."""

COMBINED: Final = ("all", "any", "not")
"""How criteria are combined."""


def criteria_of(selection: Selection) -> dict[str, Any]:
    """A selection as a table of criteria.

    >>> criteria_of(select(kind="cell", under="p24"))
    {'kind': 'cell', 'under': 'p24'}
    >>> criteria_of(select(kind="a") | ~select(code=["1", "2"]))
    {'any': [{'kind': 'a'}, {'not': {'code': ['1', '2']}}]}
    """
    match selection:
        case selections.Is(track, values) if track in CRITERIA:
            return {track: _word_or_words(values)}
        case selections.Under(units, hierarchy):
            main = hierarchy == tracks.MAIN
            return {"under": _word_or_words(units), **({} if main else {"hierarchy": hierarchy})}
        case selections.Member(clusters):
            return {"cluster": _word_or_words(clusters)}
        case selections.Compared(measure, comparison, number, scope):
            own = scope == tracks.OWN
            return {"measure": [measure, comparison, plain(number), *([] if own else [scope])]}
        case selections.Among(units):
            return {"ids": sorted(units)}
        case selections.Both(parts):
            listed = [criteria_of(part) for part in parts]
            merged = {key: item for part in listed for key, item in part.items()}
            if merged and set(merged) <= set(CRITERIA) and read_criteria(merged) == selection:
                return merged
            return {"all": listed}
        case selections.Either(parts):
            return {"any": [criteria_of(part) for part in parts]}
        case selections.Without(part):
            return {"not": criteria_of(part)}
    raise Unwritable(repr(selection))


def _word_or_words(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def read_criteria(table: Mapping[str, Any]) -> Selection:
    """The selection that a table of criteria describes.

    Raises:
        Refused: a comparison is malformed, or keys do not go together.

    >>> print(read_criteria({"any": [{"kind": "a"}, {"not": {"code": ["1", "2"]}}]}))
    kind = a or not code = 1 or 2
    """
    if set(table) == {"all"}:
        return selections.Both(tuple(read_criteria(part) for part in table["all"]))
    if set(table) == {"any"}:
        return selections.Either(tuple(read_criteria(part) for part in table["any"]))
    if set(table) == {"not"}:
        return selections.Without(read_criteria(table["not"]))
    criteria = dict(table)
    if isinstance(criteria.get("measure"), (list, tuple)):
        measure, comparison, number, *scope = criteria["measure"]
        criteria["measure"] = (measure, comparison, _number(number), *scope)
    if isinstance(criteria.get("ids"), str):
        criteria["ids"] = [criteria["ids"]]
    return select(**criteria)


# ---- forms


@frozen(eq=False)
class Form:
    """The form of an argument in a plan or a file.

    Attributes:
        told: a description for messages.
        fits: whether a value read from TOML or JSON has the form.
        schema: the same as JSON Schema.
        read: converts such a value to what the operation takes.
        write: converts what the operation stores to the value in a file.
        role: which parts of it may be a label or a table of criteria in a plan; empty: none.

    >>> TEXT.fits("a"), TEXT.fits(3), TEXT.told
    (True, False, 'a text')
    """

    told: str
    fits: Callable[[Any], bool]
    schema: Mapping[str, Any]
    read: Callable[[Any], Any] = frozen_value
    write: Callable[[Any], Any] = plain
    role: str = ""


def or_none(form: Form) -> Form:
    """The form of an argument that may also be None: ``false`` in a plan, because TOML has no null.

    >>> or_none(TEXT).fits(False), or_none(TEXT).read(None)
    (True, None)
    """
    return Form(
        f"{form.told}, or false for none",
        lambda value: value is None or value is False or form.fits(value),
        {"anyOf": [form.schema, {"const": False}, {"type": "null"}]},
        lambda value: None if value is None or value is False else form.read(value),
        lambda value: None if value is None else form.write(value),
        form.role,
    )


UNIT_FIELDS: Final = ("id", "name", "code", "kind", "category", "parent", "hierarchy")
_REF: Final = "#/$defs/"
_WORDS: Final = {"type": "array", "items": {"type": "string"}}
WORD_OR_WORDS: Final = {"anyOf": [{"type": "string", "minLength": 1}, _WORDS]}


def is_text(value: Any) -> bool:
    """Whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Fraction)) and not isinstance(value, bool)


def _is_decimal(value: Any) -> bool:
    """Whether a value from a file is a decimal, which neither JSON nor TOML can say as a number."""
    return isinstance(value, Mapping) and set(value) == {"decimal"}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


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
        return scoped and all(map(is_text, value[:2])) and (_is_decimal(value[2]) or not _is_table(value[2]))
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
    return is_text(value) or _is_whole(value)


def _is_home(value: Any) -> bool:
    return _is_unit(value) or _is_whole(value)


_are_homes: Final = _is_mapping(is_text, _is_home)
_are_fractions: Final = _is_mapping(is_text, _is_fraction)
_are_shares: Final = _is_mapping(_is_part, _are_fractions)


def _is_day(value: Any) -> bool:
    return (isinstance(value, dt.date) and not isinstance(value, dt.datetime)) or is_text(value)


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
    return value[0][1] if len(value) == 1 and value[0][0] == tracks.MAIN else _pairs(value)


def _write_mapping(value: Any) -> Any:
    """The new homes of children: pairs, one unit, or units; a function must have a name."""
    if isinstance(value, tuple):
        if all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return _pairs(value)
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
    nested = [(key, _pairs(of) if isinstance(of, tuple) else plain(of)) for key, of in value]
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


def read_policy(value: Any, known: Mapping[str, Callable[..., Any]] = policies.REGISTRY) -> Any:
    """The policy of a name, or of a table with its name and settings.

    Raises:
        LookupError: there is no policy of that name.
        TypeError, ValueError: the policy does not take these settings.

    >>> read_policy({"policy": "join", "cluster": "k1"})
    JoinCluster(cluster='k1')
    """
    word, settings = value, {}
    if isinstance(value, Mapping):
        word = value.get("policy")
        settings = {key: item for key, item in value.items() if key != "policy"}
    if word not in known:
        raise LookupError(str(word))
    make = known[word]
    if isinstance(make, type) and hasattr(make, "__attrs_attrs__"):
        forms = forms_of(make)
        return make(**{key: forms[key].read(item) if key in forms else item for key, item in settings.items()})
    return make(**{key: frozen_value(item) for key, item in settings.items()})


TEXT: Final = Form("a text", is_text, {"type": "string", "minLength": 1})
BOOL: Final = Form("true or false", lambda value: isinstance(value, bool), {"type": "boolean"})
WHOLE: Final = Form("a whole number, 1 or more", lambda v: _is_whole(v) and v > 0, {"type": "integer", "minimum": 1})
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
    _pairs,
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
DAY: Final = Form("a day such as 2027-01-01", _is_day, {"type": "string", "format": "date"}, as_day)
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
ANY: Final = Form("a value", lambda _: True, {})

# ---- types of the fields of operations

One = Annotated[str, UNIT]
Units = Annotated[tuple[str | Selection, ...], UNITS]
Places = Annotated[tuple[tuple[str, str], ...], PLACES]
New = Annotated[Unit, NEW]
News = Annotated[tuple[Unit, ...], NEWS]
NewOrNews = Annotated[tuple[Unit, ...], NEW_OR_NEWS]
Agencies = Annotated[tuple[tuple[str, Unit], ...], AGENCIES]
Clusters = Annotated[policies.ClusterPolicy | None, CLUSTER]
Dividing = Annotated[policies.Allocation | None, POLICY]
Functions = Annotated[policies.CounterpartPolicy | None, POLICY]
Offices = Annotated[policies.OfficePolicy | None, POLICY]
Ratings = Annotated[policies.RatingPolicy | None, POLICY]
Rule = Annotated[policies.MergerRule, POLICY]
Homes = Annotated[tuple[tuple[str, PartRef], ...] | Callable[[Structure, str], PartRef | None] | None, HOMES]
HomesOrUnits = Annotated[
    tuple[tuple[str, PartRef], ...] | tuple[str | Selection, ...] | Callable[[Structure, str], PartRef | None] | None,
    HOMES_OR_UNITS,
]
Parents = Annotated[str | tuple[tuple[str, str], ...] | Callable[[Structure, str], str | None] | None, PARENTS]
Shares = Annotated[tuple[tuple[Any, Any], ...], SHARES]
PartShares = Annotated[tuple[tuple[Any, Any], ...], PART_SHARES]
Tolerance = Annotated[Any, TOLERANCE]
Part = Annotated[PartRef | None, PART]
Counterparts = Annotated[bool | tuple[str, ...], COUNTERPARTS]
Figure = Annotated[Any, or_none(FIGURE)]
Figures = Annotated[tuple[tuple[str, Any], ...], FIGURES]
Day = Annotated[dt.date | str | None, DAY]
Holder = Annotated[str | Absent | None, HOLDER]
Links = Annotated[tuple[Link | tuple[Any, ...], ...], LINKS]
What = Annotated[Cluster | Clustering, WHAT]
Value = Annotated[Any, VALUE]
Who = Annotated[str | Person | Other, PARTY]
Several = Annotated[tuple[str | Person | Other, ...], SEVERAL]
Counted = Annotated[tuple[Any, ...], COUNTED]
Parties = Annotated[tuple[tuple[Any, ...], ...], PARTIES]
Says = Annotated[tuple[tuple[str, Any], ...], SAYS]
On = Annotated[When | None, WHEN]

_BY_TYPE: Final[Mapping[Any, Form]] = {str: TEXT, bool: BOOL, int: WHOLE, dt.date: DAY}


def forms_of(cls: type[Any]) -> dict[str, Form]:
    """The form of each argument of an attrs class.

    >>> from orgmodel.model.cluster import Cluster
    >>> forms_of(Cluster)["clustering"] is TEXT
    True
    """
    result = _FORMS.get(cls)
    if result is None:
        try:
            hints = get_type_hints(cls, include_extras=True)
        except NameError:
            # A class defined inside a function may name types that only the function knows.
            hints = {}
        result = _FORMS[cls] = {
            attribute.alias: _form(hints.get(attribute.name, Any), attribute.default is not None)
            for attribute in fields(cls)
            if attribute.init
        }
    return result


_FORMS: Final[dict[type[Any], dict[str, Form]]] = {}
"""A class -> the forms of its arguments by name."""


def _form(hint: Any, may_be_none: bool) -> Form:
    """The form for an annotation; None needs a form of its own unless it is the default, which is never written."""
    form = _annotated(hint)
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if form is None:
        form = next((_BY_TYPE[member] for member in members if member in _BY_TYPE), ANY)
    return or_none(form) if may_be_none and type(None) in members and form is not ANY else form


def _annotated(hint: Any) -> Form | None:
    if get_origin(hint) is Annotated:
        return next((item for item in get_args(hint)[1:] if isinstance(item, Form)), None)
    if get_origin(hint) in (Union, types.UnionType):
        return next((form for member in get_args(hint) if (form := _annotated(member)) is not None), None)
    return None


def write_fields(value: Any) -> dict[str, Any]:
    """The arguments of an operation or policy for a file, without those that have their defaults.

    Raises:
        Unwritable: an argument is a function without a name.
    """
    forms = forms_of(type(value))
    return {name: forms[name].write(of_field) for name, of_field in _set_fields(value)}


def unwritable_fields(value: Any) -> tuple[str, ...]:
    """The arguments of an operation or policy that no file can hold: those for which :func:`write_fields` raises.

    >>> from orgmodel.acts.operations import Close
    >>> unwritable_fields(Close("d", children_to=lambda structure, child: "p"))
    ('children_to',)
    """
    forms = forms_of(type(value))
    result: list[str] = []
    for name, of_field in _set_fields(value):
        try:
            forms[name].write(of_field)
        except Unwritable:
            result.append(name)
    return tuple(result)


def unreadable_fields(value: Any) -> Iterator[tuple[str, str]]:
    """(argument, what is wrong with it) of an operation: what a file would hold and refuse when it is read.

    >>> from orgmodel.acts.operations import Rename
    >>> list(unreadable_fields(Rename("a", "")))
    [('name', "name of rename is a text, not ''")]
    """
    forms = forms_of(type(value))
    for name, of_field in _set_fields(value):
        form = forms[name]
        try:
            written = form.write(of_field)
        except Unwritable:
            continue  # No file will hold it; its outcome is kept instead.
        if not form.fits(written):
            yield name, f"{name} of {value.name} is {form.told}, not {written!r}"


# ---- converters: from what callers pass to what operations store


def one(unit: str | Unit) -> str:
    """The id of a unit.

    >>> one(Unit("a")), one("a")
    ('a', 'a')
    """
    return unit if isinstance(unit, str) else an_id(unit)


def maybe_one(unit: str | Unit | None) -> str | None:
    """The id of a unit, or None."""
    return None if unit is None else one(unit)


def holder(value: str | Unit | Absent | None) -> str | Absent | None:
    """The holder of a seat."""
    return value.id if isinstance(value, Unit) else value


def chosen(value: Chosen) -> tuple[str | Selection, ...]:
    """Units as a flat tuple of ids and selections.

    >>> chosen("a"), chosen(["a", [Unit("b")]])
    (('a',), ('a', 'b'))
    """
    if isinstance(value, Unit):
        return (value.id,)
    if isinstance(value, (list, tuple)) and {*map(type, value)} == {str}:
        # Nearly always a list of ids.
        return tuple(value)
    if isinstance(value, (str, Selection)) or not isinstance(value, Iterable):
        return (value,)
    # The order of a set differs from process to process.
    listed: Iterable[Any] = sorted(value, key=str) if isinstance(value, Set) else value
    return tuple(unit for item in listed for unit in chosen(item))


def maybe_chosen(value: Chosen | None) -> tuple[str | Selection, ...] | None:
    """Units, or None."""
    return None if value is None else chosen(value)


def _sorted(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple(sorted(pairs, key=lambda pair: (type(pair[0]).__name__, str(pair[0]))))


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    pairs = door.items(value, "pairs")
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            door.refuse("pairs", f"each is a pair, not {door.kind_of(pair)}")
    return pairs


def places(value: Under) -> tuple[tuple[str, str], ...]:
    """Pairs of hierarchy and parent.

    >>> places("p"), places(None), places({"system": "s"})
    ((('main', 'p'),), (), (('system', 's'),))
    """
    if value is None:
        return ()
    if isinstance(value, (Mapping, tuple, list)):
        return _sorted((hierarchy, one(parent)) for hierarchy, parent in _items(value))
    # `one` refuses anything else, such as a generator.
    return ((tracks.MAIN, one(cast("str | Unit", value))),)


def cluster(value: policies.ClusterPolicy | str | None) -> policies.ClusterPolicy | None:
    """A policy; the id of a cluster stands for :class:`~orgmodel.acts.policies.JoinCluster`.

    >>> cluster("cluster-1")
    JoinCluster(cluster='cluster-1')
    """
    return policies.JoinCluster(value) if isinstance(value, str) else value


def is_policy(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Refuse a policy that is none: one that is not needed today would be passed over in silence.

    >>> from orgmodel.acts.operations.mergers import Merge
    >>> Merge(["a", "b"], ratings="lowest")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: ratings=: 1 fault
      - it is a policy, see om.policies, not the str 'lowest' [type]
    """
    if value is not None and not callable(value):
        refuse(f"{attribute.name}=", f"it is a policy, see om.policies, not {kind_of(value)}")


def kinds(value: CounterpartsGiven) -> bool | tuple[str, ...]:
    """The kinds of children that merge with their counterparts; True and False: all and none.

    >>> kinds(None), kinds("agency"), kinds(True)
    (False, ('agency',), True)
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    return (value,) if isinstance(value, str) else tuple(sorted(value))


def agencies(value: Mapping[str, Unit] | Iterable[tuple[str, Unit]]) -> tuple[tuple[str, Unit], ...]:
    """Pairs of a function and the agency that takes it up."""
    return _sorted(_items(value))


def texts(value: Iterable[str]) -> tuple[str, ...]:
    """Texts; a single one stands for a list of one."""
    return door.texts(value, "texts")


def new(value: Unit | str | None) -> Unit:
    """A unit to be created: a text is its name, None leaves everything open.

    >>> new("Bắc Ninh").name
    'Bắc Ninh'
    """
    if value is None:
        return Unit()
    if isinstance(value, Unit):
        return value
    return Unit(name=door.a_text(value, "a unit to be created"))


def units(value: Iterable[Unit | str]) -> tuple[Unit, ...]:
    """Units to be created; texts are their names."""
    return tuple(map(new, door.items(value, "units to be created")))


def unit_or_units(value: Unit | str | Iterable[Unit | str]) -> tuple[Unit, ...]:
    """Units to be created, one or several."""
    return (new(value),) if isinstance(value, (Unit, str)) else units(value)


def homes(
    value: Mapping[str, PartRef] | Iterable[tuple[str, PartRef]] | Callable[[Structure, str], PartRef | None] | None,
) -> tuple[tuple[str, PartRef], ...] | Callable[[Structure, str], PartRef | None] | None:
    """Where children go: pairs of child and part, or a function."""
    if value is None or callable(value):
        return value
    return _sorted((one(child), part) for child, part in _items(value) if part is not None)


def homes_or_units(
    value: Mapping[str, PartRef]
    | Callable[[Structure, str], PartRef | None]
    | str
    | Unit
    | Selection
    | Iterable[Any]
    | None,
) -> tuple[tuple[str, PartRef], ...] | tuple[str | Selection, ...] | Callable[[Structure, str], PartRef | None] | None:
    """Which children go: pairs of child and part, a function, or units."""
    if value is None or isinstance(value, Mapping) or callable(value):
        return homes(value)
    if isinstance(value, tuple) and value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return homes(value)
    return chosen(value)


def parents(
    value: str | Unit | Mapping[str, str] | Iterable[tuple[str, str]] | Callable[[Structure, str], str | None] | None,
) -> str | tuple[tuple[str, str], ...] | Callable[[Structure, str], str | None] | None:
    """Where children of units that close go: one parent, pairs of unit and parent, or a function."""
    if value is None or isinstance(value, (str, Unit)):
        return maybe_one(value)
    if callable(value):
        return value
    return _sorted((one(child), one(home)) for child, home in _items(value) if home is not None)


def fraction(value: Any) -> Any:
    """A fraction; anything else unchanged, for the operation to refuse."""
    try:
        # Numbers are read by their text: 0.4 is two fifths, not the nearest binary fraction.
        return plain_fraction(value)
    except ValueError:
        return value


def shares(value: SharesGiven) -> tuple[tuple[Any, Any], ...]:
    """Pairs of part and its shares, or of measure and share.

    >>> shares({"n": {"members": "1/3"}}), shares({"members": 0.4})
    ((('n', (('members', Fraction(1, 3)),)),), (('members', Fraction(2, 5)),))
    """
    if value is None:
        return ()
    return _sorted(
        (
            part,
            _sorted((m, fraction(s)) for m, s in _items(of))
            if isinstance(of, (Mapping, tuple, list))
            else fraction(of),
        )
        for part, of in _items(value)
    )


def figures(
    value: Mapping[str, Quantity | Number | None] | Iterable[tuple[str, Quantity | Number | None]] | None,
) -> tuple[tuple[str, Quantity | Number | None], ...]:
    """Pairs of measure and value."""
    return () if value is None else _sorted(_items(value))


def day(value: DayLike | None) -> dt.date | str | None:
    """A day; anything else as text, for the operation to refuse."""
    try:
        return None if value is None else as_day(value)
    except BadDay:
        return str(value)


def links(value: Iterable[Link | tuple[Any, ...]]) -> tuple[Link | tuple[Any, ...], ...]:
    """Links, with ids for units."""
    return tuple(link if isinstance(link, Link) else (one(link[0]), *link[1:]) for link in value)


def who(value: str | Unit | Person | Other) -> str | Person | Other:
    """A party; a unit by its id."""
    return value.id if isinstance(value, Unit) else value


def several(value: Any) -> tuple[str | Person | Other, ...]:
    """Parties: one, several or none.

    >>> several("a"), several(["a", Person("p")]), several(None)
    (('a',), ('a', Person(id='p')), ())
    """
    if isinstance(value, (str, Unit, Person, Other)):
        return (who(value),)
    return tuple(who(party) for party in door.items(() if value is None else value, "parties"))


def counted(value: Any) -> tuple[Any, ...]:
    """Parties, or pairs of a party or kind and a number.

    >>> counted({"commune": 3}), counted(["a", Person("p")])
    ((('commune', 3),), ('a', Person(id='p')))
    """
    if isinstance(value, Mapping):
        return tuple((who(key), number) for key, number in value.items())
    if isinstance(value, (str, Unit, Person, Other)):
        return (who(value),)
    entries = door.items(() if value is None else value, "parties")
    return tuple((who(entry[0]), entry[1]) if isinstance(entry, (tuple, list)) else who(entry) for entry in entries)


def parties(value: Mapping[str, Any] | Iterable[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Tuples (role, party) or (role, party, value), from such tuples or a table role -> party or parties.

    >>> parties({"signatory": ["a", "b"], "document": None})
    (('signatory', 'a'), ('signatory', 'b'))
    >>> parties([("sender", "a", 12)])
    (('sender', 'a', 12),)
    """
    if not isinstance(value, Mapping):
        return tuple((role, who(party), *values) for role, party, *values in value)
    result: list[tuple[Any, ...]] = []
    for role, several in value.items():
        if isinstance(several, Mapping):
            result += [(role, who(party), number) for party, number in several.items()]
        elif isinstance(several, (str, Unit, Person, Other)):
            result.append((role, who(several)))
        else:
            result += [(role, who(party)) for party in several or ()]
    return tuple(result)


def says(statements: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """Pairs of field and value, sorted; fields with None are left out.

    >>> says({"year": 2025, "form": "flag", "title": None, "groups": ["a", "b"]})
    (('form', 'flag'), ('groups', ('a', 'b')), ('year', 2025))
    """
    return tuple(sorted((name, frozen_value(value)) for name, value in _items(statements) if value is not None))


def on(value: Any) -> When | None:
    """The time of a step; None: the day of the act.

    Raises:
        Refused: it is no day, month, year or span.
    """
    return None if value is None else When.of(value)


def refer(part: Any, into: Sequence[Unit]) -> Any:
    """A reference to a part that a file can hold: a unit among ``into`` by its id, or by its index if it has none.

    >>> north, south = Unit(name="N"), Unit("s")
    >>> refer(north, [north, south]), refer(south, [north, south]), refer("N", [north, south])
    (0, 's', 'N')
    """
    if not isinstance(part, Unit):
        return part
    same = [index for index, unit in enumerate(into) if unit is part]
    same = same or [index for index, unit in enumerate(into) if unit == part]
    if len(same) == 1:
        return into[same[0]].id or same[0]
    return part.id or part.label
