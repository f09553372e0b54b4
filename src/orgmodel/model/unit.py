"""The unit of an organisation, as it is on one day."""

from __future__ import annotations

import unicodedata
from typing import Any

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import kind_of
from orgmodel.model.plain import plain_text

__all__ = [
    "ROOT",
    "Unit",
]

_FIELDS = ("id", "name", "code", "kind", "category", "parent", "hierarchy")

ROOT = "/"
"""Stands for the parent of the root of a hierarchy where a parent must be written."""


def composed(text: str | None, noun: str, unit: str = "") -> str | None:
    """The text, if it is composed Unicode (NFC).

    Raises:
        Refused: the text is decomposed. It looks the same but is not equal, so searches and joins would silently miss
            it.
    """
    if text is not None and not unicodedata.is_normalized("NFC", text):
        raise Refused(
            f"a {noun} in decomposed Unicode",
            [
                Finding(
                    "composed-unicode",
                    f"{noun} {text!r} is not composed (NFC); pass unicodedata.normalize('NFC', text)",
                    units=(unit,) if unit else (),
                )
            ],
        )
    return text


@frozen
class Unit:
    """A unit as it is on one day, or as it will be created.

    Attributes:
        id: opaque, never reused. Empty in a unit to be created: the act then derives it.
        name: its name, composed Unicode.
        code: the register's code; may pass to another unit.
        kind: the level in the schema (``"province"``).
        category: its category inside the kind (``"phường"``).
        parent: id of the unit above it in ``hierarchy``; None for the root, and in a unit to be created if the operation
            decides.
        hierarchy: the hierarchy of ``parent``.

    >>> Unit("24", name="Bắc Ninh", code="24", kind="province", parent="vn")
    Unit(id='24', name='Bắc Ninh', code='24', kind='province', category=None, parent='vn')
    """

    id: str = ""
    name: str | None = None
    code: str | None = None
    kind: str | None = None
    category: str | None = None
    parent: str | None = None
    hierarchy: str = field(default="main", repr=False)

    def __attrs_post_init__(self) -> None:
        values = (self.id, self.name, self.code, self.kind, self.category, self.parent, self.hierarchy)
        for place, value in enumerate(values):
            if value is not None and not (type(value) is str and value.isascii()):
                self._check(_FIELDS[place], value)
        if self.id == ROOT:
            raise Refused("a unit id", [Finding("unit-id", f"{ROOT!r} stands for 'above the root' and names no unit")])
        composed(self.name, "name", self.id)
        composed(self.code, "code", self.id)

    def _check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            zeros = "; read codes as text, or 01 becomes 1" if isinstance(value, (int, float)) else ""
            units = () if name == "id" else (self.id,)
            raise Refused("a unit", [Finding("text", f"{name} is a text, not {kind_of(value)}{zeros}", units)])
        plain_text(value, "a unit")

    def evolve(self, **changes: str | None) -> Unit:
        """The same unit with some fields changed.

        >>> Unit("24", name="Bắc Giang").evolve(name="Bắc Ninh").name
        'Bắc Ninh'
        """
        fields: dict[str, Any] = changes
        return evolve(self, **fields)

    @property
    def label(self) -> str:
        """The name, else the code, else the id.

        >>> Unit("24").label
        '24'
        """
        return self.name or self.code or self.id
