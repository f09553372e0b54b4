"""Operations as records of a file, and back."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import field, frozen

from orgmodel.acts.operation import VERBS, Events, Operation, Point
from orgmodel.errors import Finding, InvalidAct, Refused

Record = dict[str, Any]


@frozen
class UnknownOperation(Operation[Any]):
    """An operation of a verb that is not registered here: it keeps its record and can be written again.

    Attributes:
        verb: the verb.
        record: all of the record.
    """

    verb: str
    record: Record = field(hash=False)

    def resolve(self, at: Point) -> Events:
        """Refused: nobody here knows the verb."""
        told = f"the verb {self.verb!r} is not registered; import the module that defines it"
        raise InvalidAct("an operation", [Finding("verb", told, day=at.day, act=at.act)])


def operation_record(operation: Operation[Any]) -> Record:
    """An operation for JSON."""
    if isinstance(operation, UnknownOperation):
        return operation.record
    given = attrs.asdict(operation, recurse=False)  # type: ignore[arg-type]
    return {"verb": operation.name, **{key: list(v) if isinstance(v, tuple) else v for key, v in given.items()}}


def read_operation(record: Record) -> Operation[Any]:
    """The operation of a record."""
    verb = record.get("verb")
    if not isinstance(verb, str):
        raise Refused("an operation", [Finding("form", "it has no verb")])
    if verb not in VERBS:
        return UnknownOperation(verb, record)
    try:
        return VERBS[verb](**{key: value for key, value in record.items() if key != "verb"})
    except TypeError as error:
        raise Refused("an operation", [Finding("form", str(error))]) from error
