"""Sources: the laws, decisions and pages from which facts come."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Final

from attrs import field, fields, frozen

from orgmodel.model.door import a_text, made_strictly
from orgmodel.model.plain import check_texts
from orgmodel.period import DayLike, as_day

__all__ = [
    "Source",
]

SEEN: Final = "seen"
"""The certainty of a source whose text was read."""


def _day(value: DayLike | None) -> dt.date | None:
    return None if value is None else as_day(value)


@made_strictly
@frozen(repr=False)
class Source:
    """The source of a fact.

    Its days are its own: Resolution 202/2025/QH15 was decided and in force on 2025-06-12, while the provinces that it
    founds began work on 2025-07-01. Only the ``effective`` day of an act changes a structure.

    Attributes:
        number: the citation, ``"202/2025/QH15"``; any short text will do.
        issuer: the body that decided it.
        title: its title.
        decided: the day of the decision.
        in_force: the day from which it is in force.
        note: a note for readers, such as ``"day assumed"``.
        title_vi: its title in Vietnamese.
        certainty: how certain it is that the source says so: ``seen``, ``partly memory``, ``memory``, ``disputed``,
            ``from lists``; empty if unknown.

    >>> Source("202/2025/QH15", issuer="Quốc hội", decided="2025-06-12").label
    '202/2025/QH15'
    >>> Source.unknown.label
    'source unknown'
    """

    number: str = ""
    issuer: str = ""
    title: str = ""
    decided: dt.date | None = field(default=None, converter=_day)
    in_force: dt.date | None = field(default=None, converter=_day)
    note: str = ""
    title_vi: str = field(default="", kw_only=True)
    certainty: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        texts = ("number", "issuer", "title", "note", "title_vi", "certainty")
        check_texts("a source", **{name: getattr(self, name) for name in texts})

    unknown: ClassVar[Source]
    """The source of a fact without a stated origin; explicit, so that a missing source is no mistake."""

    @property
    def label(self) -> str:
        """The number, else the title."""
        return self.number or self.title or "source unknown"

    @property
    def cited(self) -> str:
        """The label for readers, with the certainty unless the source was seen.

        >>> Source("12/NQ", certainty="partly memory").cited, Source("12/NQ", certainty="seen").cited
        ('12/NQ (partly memory)', '12/NQ')
        """
        return self.label if self.certainty in ("", SEEN) else f"{self.label} ({self.certainty})"

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        stated = [f"{a.name}={getattr(self, a.name)!r}" for a in fields(Source) if getattr(self, a.name) != a.default]
        return f"Source({', '.join(stated)})"


def as_source(value: Source | str) -> Source:
    """A source; a text is its number.

    Raises:
        Refused: it is neither.

    >>> as_source("12/NQ")
    Source(number='12/NQ')
    """
    return value if isinstance(value, Source) else Source(a_text(value, "a source"))


SourceLike = Source | str
"""A source, or its citation."""

Source.unknown = Source(note="no source was given")
