"""The JSON Schema of a plan file.

Editors that know TOML check a plan as it is typed if its first line is
``#:schema plan.schema.json``; the file lies beside this module. To write it anew::

    python -m orgmodel.scenario.plan_schema > src/orgmodel/scenario/plan.schema.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, Final

import orgmodel.scenario.tables  # noqa: F401  # the verb succeed
from orgmodel.acts.argument_forms import WORD_OR_WORDS
from orgmodel.acts.forms import operation_schema, schema_definitions
from orgmodel.acts.operation import VERBS

__all__ = [
    "OFFSETS",
    "SOURCE_FIELDS",
    "plan_schema",
]

OFFSETS: Final = ("years", "months", "weeks", "days", "year", "month", "day")
"""Parts of a relative day: the plural ones add, the singular ones set."""

SOURCE_FIELDS: Final = ("number", "issuer", "title", "decided", "in_force", "note")


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def plan_schema(verbs: Iterable[str] | None = None) -> dict[str, Any]:
    """The form of a plan file as JSON Schema (2020-12), built from the registered verbs.

    The schema describes the keys and values. Whether the operations are possible on the
    units of a history is checked by :meth:`~orgmodel.scenario.plan.Plan.simulate`.

    Args:
        verbs: names of verbs; None for all registered ones, including those that other packages add.

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
            "after": {"description": "Stages that come before it.", **WORD_OR_WORDS},
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
            "operation": {"oneOf": [operation_schema(op) for op in sorted(VERBS if verbs is None else verbs)]},
            "day": day,
            "source": source,
            **schema_definitions(),
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n")
