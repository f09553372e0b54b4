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
        Step(one, vi, rank, "." in "".join(flags), "*" in "".join(flags))
        for one, (vi, rank, *flags) in data["steps"].items()
    ]
    roles = []
    for one, (vi, ended, *flags) in data["roles"].items():
        marks, _, until = "".join(flags).partition(">")
        roles.append(MatterRole(one, vi, ended, until, "1" in marks, "p" in marks))
    fields = [Said(one, vi, values, bool(flags)) for one, (vi, values, *flags) in data["fields"].items()]
    return MatterKind(id, data["name"], data["name_vi"], steps, roles, fields, data.get("key", ()))


def _read() -> tuple[MatterKind, ...]:
    with (files("orgmodel.party") / "data" / "matters.toml").open("rb") as file:
        return tuple(_kind(one, data) for one, data in tomllib.load(file).items())


MATTERS: Final = _read()
"""The kinds of matters, as :data:`orgmodel.party.kinds.SCHEMA` carries them.

>>> [kind.id for kind in MATTERS][:4]
['work-year', 'award', 'document', 'meeting']
"""
