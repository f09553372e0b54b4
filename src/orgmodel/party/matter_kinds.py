"""The kinds of matters of the Party's work, as data: ``orgmodel/party/data/matters.toml``.

Years of work, awards, documents, meetings, congresses, elections, inspections, discipline, transfers, activities,
targets, steering committees. A user's own are further :class:`orgmodel.model.matter.MatterKind` of a schema.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from orgmodel.model.matter import MatterKind, MatterRole, Said, Step

__all__ = [
    "MATTERS",
]


def _kind(id: str, data: Mapping[str, Any]) -> MatterKind:  # noqa: A002  # as the attribute
    steps = [
        Step(step, name_vi, rank, closes="." in "".join(flags), repeats="*" in "".join(flags))
        for step, (name_vi, rank, *flags) in data["steps"].items()
    ]
    roles = []
    for role, (name_vi, ended, *flags) in data["roles"].items():
        marks, _, until = "".join(flags).partition(">")
        roles.append(MatterRole(role, name_vi, ended, until, "1" in marks, "p" in marks))
    fields = [Said(name, name_vi, values, bool(flags)) for name, (name_vi, values, *flags) in data["fields"].items()]
    key, findings = data.get("key", ()), data.get("findings", ())
    return MatterKind(id, data["name"], data["name_vi"], steps, roles, fields, key, findings)


def _read() -> Mapping[str, Mapping[str, Any]]:
    with (files("orgmodel.party") / "data" / "matters.toml").open("rb") as file:
        return tomllib.load(file)


MATTERS: Final = tuple(_kind(kind, data) for kind, data in _read().items())
"""The kinds of matters, as :data:`orgmodel.party.kinds.SCHEMA` carries them.

>>> [kind.id for kind in MATTERS][:4]
['work-year', 'award', 'document', 'meeting']
"""
