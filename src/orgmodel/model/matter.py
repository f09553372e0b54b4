"""Matters: processes with steps and parties that are no units: an award, a year's work, a document, a congress.

A matter is a subject of the history like a unit or a cluster. Its facts lie in four tracks, dated and sourced like all
others:

=============== ======================== ====================================================================
track           slot                     value
=============== ======================== ====================================================================
``step``        (step, n)                its time, as :class:`When` writes it; the act has the day since which it is known
``party``       (role, n)                id of a unit, cluster or matter; (``person``, id); (``other``, name)
``with``        (role, n)                a number of that party (its delegates), or a word about it
``said``        field                    a field of the kind: a form, a year, a title
=============== ======================== ====================================================================

A :class:`MatterKind` declares the steps, roles and fields; schemas have the kinds. A role also declares what becomes of
it when a unit that has it ends or becomes another one; that counts only while the matter is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, get_args

from attrs import field, frozen

from orgmodel.errors import BadDay, Finding, Refused
from orgmodel.model.door import an_id, made_strictly
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY, DayLike, Period, as_day

__all__ = [
    "Matter",
    "MatterKind",
    "MatterRole",
    "Other",
    "Party",
    "Person",
    "Said",
    "Step",
    "When",
]

Ended = Literal["stays", "follows", "lapses", "asks"]
"""What becomes of a party that becomes another unit: it stays on record; its duty passes on; it ends, with a note; or it
ends and its successor must be recorded."""

PERSON: Final = "person"
OTHER: Final = "other"


@frozen
class Person:
    """A person, by an opaque id: a value or a slot of a fact, never its subject.

    >>> Person("p-17").party
    ('person', 'p-17')
    """

    id: str

    def __attrs_post_init__(self) -> None:
        if not an_id(self.id, "a person"):
            raise Refused("a person", [Finding("person", "the opaque id is empty; give None for a person not known")])

    @property
    def party(self) -> tuple[str, str]:
        """Its value in the track of parties."""
        return PERSON, self.id


def names_person(value: Any) -> bool:
    """Whether a value or slot of a fact is or contains a person: such facts are shown on request only.

    >>> names_person(("recipient", Person("p-17"))), names_person(Person("p-17").party), names_person(("leader", 1))
    (True, True, False)
    """
    if isinstance(value, Person):
        return True
    return isinstance(value, tuple) and bool(value) and (value[0] == PERSON or any(map(names_person, value)))


@frozen
class Other:
    """A party that the history does not know as a unit, by its name.

    >>> Other("a collective of a province").party
    ('other', 'a collective of a province')
    """

    name: str

    @property
    def party(self) -> tuple[str, str]:
        """Its value in the track of parties."""
        return OTHER, self.name


Party = str | Person | Other
"""A party: a unit, cluster or matter by its id, a person, or any other by its name."""


def party_of(value: Any) -> Party:
    """The party of a value of the track.

    >>> party_of("vn-p-24"), party_of(["person", "p-17"])
    ('vn-p-24', Person(id='p-17'))
    """
    if isinstance(value, str):
        return value
    sort, name = value
    return Person(name) if sort == PERSON else Other(name)


@frozen
class When:
    """The time of a step: a day, a span of days with both ends included, or open ends as far as it is unknown.

    Attributes:
        first: the first possible day; None if unknown.
        last: the last possible day; None if unknown.

    >>> str(When.of("2025-11-18")), str(When.of("2024-07")), str(When.of("2025")), str(When.of(""))
    ('2025-11-18', '2024-07-01/2024-07-31', '2025-01-01/2025-12-31', '/')
    >>> When.of("2024-01/2024-06").is_day, When.of("/2024-06-30").first
    (False, None)
    """

    first: dt.date | None = None
    last: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise Refused("when it was", [Finding("when", f"{self.last} comes before {self.first}", day=self.first)])

    @classmethod
    def of(cls, value: When | Period | DayLike) -> When:
        """The time that a text, day or period names: ``2025-11-18``, ``2025-11``, ``2025``, ``FIRST/LAST``; empty: unknown.

        Raises:
            Refused: it names no day.
        """
        if isinstance(value, When):
            return value
        if isinstance(value, Period):
            return cls(value.start, None if value.end is None else value.end - ONE_DAY)
        if not isinstance(value, str):
            return cls(as_day(value), as_day(value))
        first, slash, last = value.partition("/")
        try:
            return cls(_edge(first, 0), _edge(last if slash else first, 1))
        except (BadDay, ValueError) as error:
            message = f"{value!r} is no day, month, year or span: write 2025-11-18, 2025-11, 2025 or FIRST/LAST"
            raise Refused("when it was", [Finding("when", message)]) from error

    @property
    def is_day(self) -> bool:
        """Whether it is one day."""
        return self.first is not None and self.first == self.last

    def meets(self, period: Period) -> bool | None:
        """Whether it was in a period; None if that cannot be told.

        >>> half = Period("2024-01-01", "2024-07-01")
        >>> [When.of(text).meets(half) for text in ("2024-03", "2024", "2025", "")]
        [True, None, False, None]
        """
        if self.first is not None and self.last is not None and self.first in period and self.last in period:
            return True
        # An open edge of the time or of the period leaves that side undecided, which is not False.
        ended_before = self.last is not None and period.start is not None and self.last < period.start
        began_after = self.first is not None and period.end is not None and self.first >= period.end
        return False if ended_before or began_after else None

    def __str__(self) -> str:
        if self.is_day:
            return str(self.first)
        return f"{self.first or ''}/{self.last or ''}"


def _edge(text: str, last: int) -> dt.date | None:
    """The first or last day of a day, a month or a year."""
    if not text:
        return None
    parts = [int(part) for part in text.split("-")] if text.replace("-", "").isdecimal() else []
    if len(parts) == 1 and len(text) == 4:
        return dt.date(parts[0], 12, 31) if last else dt.date(parts[0], 1, 1)
    if len(parts) == 2 and len(text) == 7:
        year, month = parts
        return dt.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY if last else dt.date(year, month, 1)
    return as_day(text)


@frozen
class Step:
    """A step of a kind of matter.

    Attributes:
        id: the word used everywhere.
        name_vi: for people, Vietnamese.
        rank: its position; steps of one rank come in any order.
        closes: whether the matter is closed after it.
        repeats: whether it may be taken several times.

    >>> Step("granted", "tặng", rank=2, closes=True).rank
    2
    """

    id: str
    name_vi: str = ""
    rank: int = 1
    closes: bool = False
    repeats: bool = False


@frozen
class MatterRole:
    """A role of the parties of a kind of matter.

    Attributes:
        id: the word used everywhere.
        name_vi: for people, Vietnamese.
        ended: what becomes of it when its party ends or becomes another unit while the matter is open.
        until: a step after which the role counts as in a closed matter.
        one: whether only one party may have it.
        personal: whether its parties are persons, who are shown on request only.

    >>> MatterRole("keeper", "theo dõi", ended="follows").ended
    'follows'
    """

    id: str
    name_vi: str = ""
    ended: Ended = "stays"
    until: str = ""
    one: bool = False
    personal: bool = False


@frozen
class Said:
    """A field of a kind of matter.

    Attributes:
        id: the word used everywhere.
        name_vi: for people, Vietnamese.
        values: ``text``, ``number``, ``flag``, ``words``, ``period`` or ``any``.
        needed: whether each matter must have it.

    >>> Said("year", "năm", values="number").values
    'number'
    """

    id: str
    name_vi: str = ""
    values: str = "text"
    needed: bool = False


_FITS: Final[Mapping[str, Any]] = {
    "text": lambda value: isinstance(value, str) and bool(value),
    "number": lambda value: (
        isinstance(value, (int, float, Fraction, Decimal, Quantity)) and not isinstance(value, bool)
    ),
    "flag": lambda value: isinstance(value, bool),
    "words": lambda value: isinstance(value, tuple) and all(isinstance(item, (str, int, tuple)) for item in value),
    "period": lambda value: isinstance(value, str) and value.count("/") == 1,
    "any": lambda _: True,
}


def _steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(steps)


def _roles(roles: Iterable[MatterRole]) -> tuple[MatterRole, ...]:
    return tuple(roles)


def _fields(fields: Iterable[Said]) -> tuple[Said, ...]:
    return tuple(fields)


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(words)


@made_strictly
@frozen(slots=False)
class MatterKind:
    """A kind of matter: its steps in order, the roles of its parties, its fields, and its natural key.

    Attributes:
        id: the word used everywhere.
        name: for people, English.
        name_vi: for people, Vietnamese.
        steps: the steps, from the first.
        roles: the roles.
        fields: the fields.
        key: roles and fields of the natural key, which no two matters share. Without a value for one that ends with an
            exclamation mark there is no key: two documents without a number are not the same document.
        findings: ids of the rules that an audit of matters asks of it, such as those of :mod:`orgmodel.party.auditing`.

    >>> award = MatterKind("award", steps=[Step("proposed", rank=1), Step("granted", rank=2, closes=True)],
    ...     roles=[MatterRole("recipient")], fields=[Said("form", needed=True)], key=["recipient", "form"])
    >>> award.furthest(["granted", "proposed"]), award.is_open(["proposed"])
    ('granted', True)
    """

    id: str
    name: str = ""
    name_vi: str = ""
    steps: tuple[Step, ...] = field(default=(), converter=_steps)
    roles: tuple[MatterRole, ...] = field(default=(), converter=_roles)
    fields: tuple[Said, ...] = field(default=(), converter=_fields)
    key: tuple[str, ...] = field(default=(), converter=_words)
    findings: tuple[str, ...] = field(default=(), converter=_words)

    def __attrs_post_init__(self) -> None:
        faults = [
            Finding("matter-kind", f"{noun} {item!r} of {self.id!r} is there twice; leave one out")
            for noun, ids in (
                ("step", [step.id for step in self.steps]),
                ("role", [role.id for role in self.roles]),
                ("field", [declared.id for declared in self.fields]),
            )
            for item in _twice(ids)
        ]
        known = {role.id for role in self.roles} | {declared.id for declared in self.fields}
        faults += [
            Finding("matter-kind", f"the key of {self.id!r} names {item!r}, which is no role and no field of it")
            for item in self.keys
            if item not in known
        ]
        faults += [
            Finding("matter-kind", f"{role.ended!r} of {role.id!r} is none of {', '.join(get_args(Ended))}")
            for role in self.roles
            if role.ended not in get_args(Ended)
        ]
        faults += [
            Finding("matter-kind", f"the values of {declared.id!r} are {declared.values!r}, none of {', '.join(_FITS)}")
            for declared in self.fields
            if declared.values not in _FITS
        ]
        if faults:
            raise Refused(f"the kind of matter {self.id!r}", faults)

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id

    @property
    def keys(self) -> tuple[str, ...]:
        """The roles and fields of the key."""
        return tuple(part.removesuffix("!") for part in self.key)

    def step(self, step: str) -> Step | None:
        """The declaration of a step."""
        return next((declared for declared in self.steps if declared.id == step), None)

    def role(self, role: str) -> MatterRole | None:
        """The declaration of a role."""
        return next((declared for declared in self.roles if declared.id == role), None)

    def said(self, name: str) -> Said | None:
        """The declaration of a field."""
        return next((declared for declared in self.fields if declared.id == name), None)

    def furthest(self, taken: Iterable[str]) -> str | None:
        """The step with the highest rank; of several the last in ``taken``."""
        known = {step.id: step.rank for step in self.steps}
        best: str | None = None
        for step in taken:
            if step in known and (best is None or known[step] >= known[best]):
                best = step
        return best

    def is_open(self, taken: Iterable[str]) -> bool:
        """Whether none of the steps closes it."""
        closing = {step.id for step in self.steps if step.closes}
        return closing.isdisjoint(taken)

    def is_duty(self, role: str, taken: Iterable[str]) -> bool:
        """Whether the role must be settled when its party becomes another unit."""
        declared = self.role(role)
        listed = tuple(taken)
        if declared is None or declared.ended == "stays":
            return False
        return declared.until not in listed and self.is_open(listed)

    def fits(self, name: str, value: Any) -> bool:
        """Whether a field can have a value."""
        declared = self.said(name)
        return declared is not None and (value is None or bool(_FITS[declared.values](value)))


def _twice(ids: Iterable[str]) -> list[str]:
    listed = list(ids)
    # Quadratic, but a kind has a handful of steps, roles and fields.
    return sorted({name for name in listed if listed.count(name) > 1})


@frozen
class Matter:
    """A matter: its id, its kind, and what people call it.

    Attributes:
        id: opaque, never reused, distinct from all ids of units and clusters.
        kind: id of its :class:`MatterKind`.
        name: for people.

    >>> Matter("award-1", "award").kind
    'award'
    """

    id: str
    kind: str
    name: str = ""
