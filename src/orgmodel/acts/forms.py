"""Operations as records: their form in the file of a history and in a plan.

A record is an object with the verb as ``op`` and the arguments that differ from their defaults::

    {"op": "merge", "units": ["a", "b"], "into": {"name": "AB"}, "cluster": "majority"}

No verb has code of its own here: names come from the fields of its class, forms from their types
(:mod:`orgmodel.acts.argument_values`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from attrs import NOTHING, field, fields, frozen

import orgmodel.acts.operations  # noqa: F401  # the verbs of this package join when they are defined
from orgmodel.acts.argument_forms import UNIT_FIELDS, WORD_OR_WORDS
from orgmodel.acts.argument_values import COMBINED, CRITERIA, Form, Unwritable, forms_of, write_fields
from orgmodel.acts.operation import VERBS, Events, Operation, Point, Together
from orgmodel.errors import Finding, InvalidAct, Refused

__all__ = [
    "UnknownOperation",
    "operation_record",
    "operation_schema",
    "read_operation",
]


def _frozen_record(record: Mapping[str, Any] | str) -> str:
    """A record as canonical text: a dictionary could change, and operations are compared."""
    if isinstance(record, str):
        return record
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


@frozen
class UnknownOperation(Operation[None]):
    """An operation whose verb or policy is not registered here: stored as it was read, and never carried out.

    Attributes:
        verb: the verb that the record names.
        told: what is unknown, for messages.
        text: the record, as canonical JSON text.

    >>> operation = read_operation({"op": "promote", "unit": "a"})
    >>> operation.verb, operation.told, operation_record(operation)
    ('promote', "no verb 'promote'", {'op': 'promote', 'unit': 'a'})
    """

    verb: str
    told: str = field(eq=False)
    text: str = field(converter=_frozen_record)

    @property
    def record(self) -> dict[str, Any]:
        """The record, as it was read."""
        result: dict[str, Any] = json.loads(self.text)
        return result

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Empty: the record is written as it was read."""
        return ()

    def resolve(self, at: Point) -> Events:
        """Always refused.

        Raises:
            InvalidAct: names the unknown verb or policy.
        """
        message = f"{self.told} is registered here; import the module that defines it, then read the file again"
        raise InvalidAct(
            f"the operation {self.verb!r} on {at.day}",
            [Finding("unknown-verb", message, day=at.day, act=at.act or None)],
        )


def arguments_of(verb: type[Operation[Any]]) -> tuple[dict[str, Form], dict[str, Form]]:
    """The forms of the required arguments of a verb, and of the optional ones.

    >>> needs, may = arguments_of(VERBS["rename"])
    >>> list(needs), list(may)
    (['unit', 'name'], [])
    """
    forms = forms_of(verb)
    needs = {a.alias: forms[a.alias] for a in fields(cast(Any, verb)) if a.init and a.default is NOTHING}
    return needs, {name: form for name, form in forms.items() if name not in needs}


def misfits(op: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """The faults of an operation's arguments: pairs (argument, or None if it is missing; message).

    >>> list(misfits("rename", {"unit": "a", "nome": "b"}))
    [(None, "rename needs 'name'"), ('nome', "rename has no argument 'nome'; it has unit, name")]
    """
    needs, may = arguments_of(VERBS[op])
    forms = {**needs, **may}
    for name in needs:
        if name not in arguments:
            yield None, f"{op} needs {name!r}"
    for name, value in arguments.items():
        if name not in forms:
            yield name, f"{op} has no argument {name!r}; it has {', '.join(forms)}"
        elif not forms[name].fits(value):
            yield name, f"{name} of {op} is {forms[name].told}, not {value!r}"


# ---- writing and reading


def operation_record(operation: Operation[Any]) -> dict[str, Any]:
    """The record of an operation, without the arguments that have their defaults.

    Raises:
        Refused: an argument is a function without a name, see :attr:`~orgmodel.acts.operation.Operation.unnamed`.

    >>> from orgmodel.acts.operations import Merge
    >>> operation_record(Merge(["a", "b"], cluster="k1"))
    {'op': 'merge', 'units': ['a', 'b'], 'cluster': {'policy': 'join', 'cluster': 'k1'}}
    """
    if isinstance(operation, UnknownOperation):
        return operation.record
    try:
        return {"op": operation.name, **write_fields(operation)}
    except Unwritable:
        faults = [
            Finding(
                "unnamed",
                f"{name} of {operation.name} holds a function without a name, which no file can say; "
                "give a policy, or name the function with orgmodel.acts.policies.register",
            )
            for name in operation.unnamed
        ]
        raise Refused(f"to write the operation {operation.name!r}", faults) from None


def read_operation(record: Mapping[str, Any]) -> Operation[Any]:
    """The operation of a record; an :class:`UnknownOperation` if its verb or policy is not registered.

    Raises:
        Refused: arguments do not have their forms; names all of them.

    >>> read_operation({"op": "rename", "unit": "a", "name": "A"})
    Rename(unit='a', to='A')
    """
    op = record.get("op")
    verb = VERBS.get(op) if isinstance(op, str) else None
    if verb is None:
        return UnknownOperation(str(op), f"no verb {op!r}", dict(record))
    arguments = {name: value for name, value in record.items() if name != "op"}
    faults = [Finding("argument", why) for _, why in misfits(str(op), arguments)]
    if faults:
        raise Refused(f"the operation {op!r}", faults)
    forms = forms_of(verb)
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        try:
            values[name] = forms[name].read(value)
        except LookupError as error:
            # Kept as it was written, like a verb that is not here: what it came to is on record.
            return UnknownOperation(str(op), f"no policy {error.args[0]!r}", dict(record))
        except (TypeError, ValueError, ZeroDivisionError) as error:
            faults.append(Finding("argument", f"{name} of {op}: {error}"))
    if faults:
        raise Refused(f"the operation {op!r}", faults)
    return verb(**values)


def decided_record(item: Operation[Any] | Together) -> dict[str, Any]:
    """The record of an operation, or of a block of them.

    >>> from orgmodel.acts.operations import Rename
    >>> decided_record(Together([Rename("a", "A")]))
    {'together': [{'op': 'rename', 'unit': 'a', 'name': 'A'}]}
    """
    if isinstance(item, Together):
        return {"together": [operation_record(operation) for operation in item.operations]}
    return operation_record(item)


def read_decided(record: Mapping[str, Any]) -> Operation[Any] | Together:
    """The inverse of :func:`decided_record`."""
    if set(record) == {"together"}:
        return Together([read_operation(operation) for operation in record["together"]])
    return read_operation(record)


# ---- JSON Schema

_REF: Final = "#/$defs/"


def operation_schema(op: str) -> dict[str, Any]:
    """The JSON Schema of an operation in a plan; ``as`` labels the unit that it makes.

    >>> operation_schema("rename")["required"]
    ['op', 'unit', 'name']
    """
    needs, may = arguments_of(VERBS[op])
    arguments = {name: dict(form.schema) for name, form in {**needs, **may}.items()}
    return {
        "type": "object",
        "description": (VERBS[op].__doc__ or "").strip().partition("\n")[0],
        "properties": {
            "op": {"const": op},
            "as": {"description": "What to call the unit that it makes: $LABEL.", "type": "string", "minLength": 1},
            **arguments,
        },
        "required": ["op", *needs],
        "additionalProperties": False,
    }


def schema_definitions() -> dict[str, Any]:
    """The ``$defs`` that schemas of operations refer to."""
    unit, words = {"$ref": f"{_REF}unit"}, {"type": "array", "items": {"type": "string"}}
    criteria = {"$ref": f"{_REF}criteria"}
    decimal = {
        "type": "object",
        "properties": {"decimal": {"type": "string"}},
        "required": ["decimal"],
        "additionalProperties": False,
    }
    number = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?\\d+/\\d+$"}, decimal]}
    return {
        "unit": {
            "description": "An id, a label that begins with $, or criteria that one unit meets.",
            "anyOf": [{"type": "string", "minLength": 1}, criteria],
        },
        "units": {"anyOf": [unit, {"type": "array", "items": unit}]},
        "home": {"anyOf": [unit, {"type": "integer"}]},
        "share": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\d+(/0*[1-9]\\d*)?$"}]},
        "criteria": {
            "type": "object",
            "properties": {
                **dict.fromkeys(CRITERIA, WORD_OR_WORDS),
                "under": {"anyOf": [unit, words]},
                "hierarchy": {"type": "string", "minLength": 1},
                "measure": {
                    "description": '["members", "<", 3], or with a scope behind it',
                    "type": "array",
                    "prefixItems": [
                        {"type": "string"},
                        {"type": "string"},
                        {"anyOf": [{"not": {"type": "object"}}, decimal]},
                    ],
                    "minItems": 3,
                    "maxItems": 4,
                },
                **{key: {"type": "array", "items": criteria} for key in COMBINED[:2]},
                COMBINED[2]: criteria,
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
        "value": {
            "anyOf": [
                {"type": ["number", "string", "boolean", "null"]},
                {"type": "array", "items": {"$ref": f"{_REF}value"}},
                {
                    "description": "A figure that is not exact.",
                    "type": "object",
                    "properties": {
                        **dict.fromkeys(("value", "low", "high"), number),
                        "qualifier": {"enum": ["exact", "about", "more than", "at least", "at most", "unknown"]},
                    },
                    "additionalProperties": False,
                },
                {"type": "object", "minProperties": 1, "maxProperties": 1},
            ]
        },
    }
