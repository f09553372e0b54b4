"""The values of arguments as files and plans hold them, and the :class:`Form` that each argument has there.

A form describes a value in a plan or in the file of a history, reads and writes it, and has its JSON Schema. An argument
that has no form of its own has that of its Python type. :mod:`orgmodel.acts.argument_forms` has the other forms.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, Factory, fields, frozen

from orgmodel.acts import policies
from orgmodel.acts.events import Link
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import Matter, Other, Person, When
from orgmodel.model.measure import Quantity
from orgmodel.model.plain import plain_decimal, plain_fraction
from orgmodel.model.unit import Unit
from orgmodel.period import as_day
from orgmodel.structure import selection as selections
from orgmodel.structure.selection import Selection, select

__all__ = [
    "ANY",
    "BOOL",
    "COMBINED",
    "CRITERIA",
    "DAY",
    "TEXT",
    "WHOLE",
    "Form",
    "Unwritable",
    "criteria_of",
    "forms_of",
    "frozen_value",
    "is_decimal",
    "is_text",
    "is_whole",
    "or_none",
    "plain",
    "read_criteria",
    "read_policy",
    "read_value",
    "unreadable_fields",
    "unwritable_fields",
    "write_fields",
    "write_pairs",
    "write_value",
]


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
    return {
        name: write_pairs(of_field) if name == "shares" else plain(of_field) for name, of_field in _set_fields(value)
    }


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


def write_pairs(pairs: Iterable[tuple[Any, Any]]) -> Any:
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
    if is_decimal(value):
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
        if is_decimal(value):
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


def is_text(value: Any) -> bool:
    """Whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; true and false are none, though Python says so."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_decimal(value: Any) -> bool:
    """Whether a value from a file is a decimal, which neither JSON nor TOML can say as a number."""
    return isinstance(value, Mapping) and set(value) == {"decimal"}


def _is_day(value: Any) -> bool:
    return (isinstance(value, dt.date) and not isinstance(value, dt.datetime)) or is_text(value)


TEXT: Final = Form("a text", is_text, {"type": "string", "minLength": 1})
BOOL: Final = Form("true or false", lambda value: isinstance(value, bool), {"type": "boolean"})
WHOLE: Final = Form("a whole number, 1 or more", lambda v: is_whole(v) and v > 0, {"type": "integer", "minimum": 1})
DAY: Final = Form("a day such as 2027-01-01", _is_day, {"type": "string", "format": "date"}, as_day)
ANY: Final = Form("a value", lambda _: True, {})

# ---- the forms of the fields of a class

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
