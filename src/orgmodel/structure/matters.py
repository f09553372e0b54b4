"""What is on record of a matter on one day: its steps, its parties and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter, MatterKind, Party, Person, When, party_of

if TYPE_CHECKING:
    from orgmodel.structure.structure import Structure

__all__ = [
    "Dossier",
    "PartyEntry",
    "StepTaken",
    "dossier",
    "duties",
    "key_of",
    "persons",
]


@frozen
class StepTaken:
    """A step that was taken.

    Attributes:
        step: which.
        when: when it was; the row of the fact says since when that is known.
        n: which of several times, from 1.
    """

    step: str
    when: When
    n: int = 1


@frozen
class PartyEntry:
    """A party of a matter.

    Attributes:
        role: its role.
        who: who it is.
        n: which of several of the role, from 1.
        value: a number of it, or its own word; None if nothing is said.
    """

    role: str
    who: Party
    n: int = 1
    value: Any = None


@frozen(slots=False)
class Dossier:
    """A matter as it is on record on a day.

    Attributes:
        matter: what it is.
        kind: the declaration of its kind; one without steps and roles if the schema has none.
        steps: the steps that were taken, in the order of the kind.
        parties: the parties, by role and number.
        said: field -> value.
        through: id of the predecessor by which it was found; empty if it was found by itself.

    A field of its kind reads as an attribute: ``year.theme``; what is not said is None. See :func:`dossier`.

    >>> from orgmodel.model.matter import Said
    >>> kind = MatterKind("plan", fields=[Said("title"), Said("theme")])
    >>> plan = Dossier(Matter("m", "plan"), kind, (), (), {"title": "T"})
    >>> plan.title, plan.theme, plan.state
    ('T', None, None)
    """

    matter: Matter
    kind: MatterKind = field(repr=False)
    steps: tuple[StepTaken, ...]
    parties: tuple[PartyEntry, ...]
    said: Mapping[str, Any]
    through: str = ""

    @property
    def id(self) -> str:
        """Its id."""
        return self.matter.id

    @cached_property
    def state(self) -> str | None:
        """The furthest step that was taken; None if none is on record."""
        return self.kind.furthest(taken.step for taken in self.steps)

    @property
    def is_open(self) -> bool:
        """Whether nothing has closed it yet."""
        return self.kind.is_open(taken.step for taken in self.steps)

    def has(self, step: str) -> bool:
        """Whether a step was taken."""
        return any(taken.step == step for taken in self.steps)

    def when(self, step: str) -> When | None:
        """When a step was taken last; None if it was not."""
        return next((taken.when for taken in reversed(self.steps) if taken.step == step), None)

    def of(self, role: str) -> tuple[Party, ...]:
        """Who has a role."""
        return tuple(part.who for part in self.parties if part.role == role)

    def one(self, role: str) -> Party | None:
        """Who has a role, the first if there are several; None if nobody is on record."""
        return next(iter(self.of(role)), None)

    def values(self, role: str) -> dict[Party, Any]:
        """Who has a role -> the number or word that is said of it."""
        return {part.who: part.value for part in self.parties if part.role == role}

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from others of its kind; no two may have the same."""
        return key_of(self.kind, [(part.role, part.who) for part in self.parties], self.said)

    def __getattr__(self, name: str) -> Any:
        # A field of the kind reads as an attribute: ``year.theme``. What is not said is None.
        if not name.startswith("_") and self.kind.said(name) is not None:
            return self.said.get(name)
        message = ", ".join(said.id for said in self.kind.fields)
        raise AttributeError(f"a {self.matter.kind} has no {name!r}; its fields are {message or 'none'}")


def key_of(kind: MatterKind, parties: Iterable[tuple[str, Party]], said: Mapping[str, Any]) -> tuple[Any, ...]:
    """The natural key of a matter with some parties and fields: empty if its kind has none, or nothing of it is said."""
    listed = list(parties)
    found = tuple(
        tuple(sorted(map(_told, (who for role, who in listed if role == one))))
        if kind.role(one) is not None
        else said.get(one)
        for one in kind.keys
    )
    missing = any(one.endswith("!") and value in ((), None) for one, value in zip(kind.key, found, strict=True))
    return found if any(item not in ((), None) for item in found) and not missing else ()


def _told(who: Party) -> str:
    return who if isinstance(who, str) else repr(who)


def dossier(structure: Structure, matter: str) -> Dossier:
    """What is on record of a matter on the day of a structure.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such matter on the day.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.matter import MatterRole, Said, Step
    >>> from orgmodel.model.schema import Schema
    >>> plan = MatterKind("plan", steps=[Step("issued")], roles=[MatterRole("issuer")], fields=[Said("title")])
    >>> history = history_of([{"id": "a"}], day="2025-01-01", schema=Schema(matters=[plan]))
    >>> with history.draft("2025-02-01") as act:
    ...     made = act.begin("plan", parties={"issuer": "a"}, said={"title": "T"}, step="issued", when="2025-01")
    >>> found = dossier(history.enact(act).at("2025-02-01"), made)
    >>> found.state, found.one("issuer"), found.title, str(found.when("issued"))
    ('issued', 'a', 'T', '2025-01-01/2025-01-31')
    """
    what = structure.matter(matter)
    kind = structure.schema.matter_kinds.get(what.kind) or MatterKind(what.kind)
    ranks = {step.id: step.rank for step in kind.steps}
    taken = [StepTaken(step, When.of(when), n) for (step, n), when in structure.slots(matter, tracks.STEP).items()]
    taken.sort(key=lambda one: (ranks.get(one.step, 0), one.n, one.step))
    values = structure.slots(matter, tracks.WITH)
    parties = sorted(structure.slots(matter, tracks.PARTY).items(), key=lambda item: (item[0][0], item[0][1]))
    return Dossier(
        what,
        kind,
        tuple(taken),
        tuple(PartyEntry(role, party_of(who), n, values.get((role, n))) for (role, n), who in parties),
        dict(sorted(structure.slots(matter, tracks.SAID).items())),
    )


def duties(structure: Structure, unit: str) -> Iterator[tuple[Dossier, PartyEntry]]:
    """The parts of a unit, or of a person, in matters in which something is to be done when the unit becomes another."""
    for matter in structure.matters_of(unit):
        found = dossier(structure, matter)
        taken = [one.step for one in found.steps]
        for part in found.parties:
            if part.who == unit and found.kind.is_duty(part.role, taken):
                yield found, part


def persons(found: Dossier) -> tuple[Person, ...]:
    """The persons who take part in a matter."""
    return tuple(part.who for part in found.parties if isinstance(part.who, Person))
