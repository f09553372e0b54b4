"""The record of a matter on one day: its steps, parties and fields."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.matter import Matter, MatterKind, Party, Person, When, party_of

if TYPE_CHECKING:
    from orgmodel.structure.structure import Structure

__all__ = [
    "Dossier",
    "dossier",
]


@frozen
class StepTaken:
    """A step that was taken.

    Attributes:
        step: id of the step.
        when: its time; the row of the fact has the day since which that is known.
        n: the how many-th time it was taken, from 1.
    """

    step: str
    when: When
    n: int = 1


@frozen
class PartyEntry:
    """A party of a matter.

    Attributes:
        role: its role.
        who: the party.
        n: its number among the parties with this role, from 1.
        value: a number of the party, or a word about it; None if there is none.
    """

    role: str
    who: Party
    n: int = 1
    value: Any = None


@frozen(slots=False)
class Dossier:
    """The record of a matter on a day.

    Attributes:
        matter: the matter.
        kind: the declaration of its kind; without steps and roles if the schema has none.
        steps: the steps that were taken, in the order of the kind.
        parties: the parties, by role and number.
        said: field -> value.
        through: id of the predecessor through which it was found; empty if it was found directly.

    Fields of its kind are attributes as well: ``year.theme``; without a value they are None. See :func:`dossier`.

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
        """The last step in the order of the kind that was taken; None if there is none."""
        return self.kind.furthest(taken.step for taken in self.steps)

    @property
    def is_open(self) -> bool:
        """Whether no step has closed it."""
        return self.kind.is_open(taken.step for taken in self.steps)

    def has(self, step: str) -> bool:
        """Whether a step was taken."""
        return any(taken.step == step for taken in self.steps)

    def when(self, step: str) -> When | None:
        """The time of a step, the last one if it was taken several times; None if it was not taken."""
        return next((taken.when for taken in reversed(self.steps) if taken.step == step), None)

    def of(self, role: str) -> tuple[Party, ...]:
        """The parties with a role."""
        return tuple(part.who for part in self.parties if part.role == role)

    def one(self, role: str) -> Party | None:
        """The first party with a role; None if there is none."""
        return next(iter(self.of(role)), None)

    def values(self, role: str) -> dict[Party, Any]:
        """Party with a role -> its number or word."""
        return {part.who: part.value for part in self.parties if part.role == role}

    @property
    def key(self) -> tuple[Any, ...]:
        """Its natural key; no two matters of one kind may have the same."""
        return key_of(self.kind, [(part.role, part.who) for part in self.parties], self.said)

    def __getattr__(self, name: str) -> Any:
        # Fields of the kind are attributes; without a value they are None.
        if not name.startswith("_") and self.kind.said(name) is not None:
            return self.said.get(name)
        message = ", ".join(declared.id for declared in self.kind.fields)
        raise AttributeError(f"a {self.matter.kind} has no {name!r}; its fields are {message or 'none'}")


def key_of(kind: MatterKind, parties: Iterable[tuple[str, Party]], said: Mapping[str, Any]) -> tuple[Any, ...]:
    """The natural key of a matter with some parties and fields; empty if its kind has none, or a needed part is missing."""
    listed = list(parties)
    key = tuple(
        tuple(sorted(_sort_key(who) for role, who in listed if role == part))
        if kind.role(part) is not None
        else said.get(part)
        for part in kind.keys
    )
    blank = [value in ((), None) for value in key]
    # A "!" marks a part without which there is no key.
    needed = [part.endswith("!") for part in kind.key]
    return () if all(blank) or any(map(operator.and_, blank, needed)) else key


def _sort_key(who: Party) -> str:
    return who if isinstance(who, str) else repr(who)


@strict
def dossier(structure: Structure, matter: str) -> Dossier:
    """The record of a matter on the day of a structure.

    Args:
        structure: the day.
        matter: id of the matter.

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
    entity = structure.matter(matter)
    kind = structure.schema.matter_kinds.get(entity.kind) or MatterKind(entity.kind)
    ranks = {step.id: step.rank for step in kind.steps}
    taken = [StepTaken(step, When.of(when), n) for (step, n), when in structure.slots(matter, tracks.STEP).items()]
    taken.sort(key=lambda taken_step: (ranks.get(taken_step.step, 0), taken_step.n, taken_step.step))
    values = structure.slots(matter, tracks.WITH)
    parties = sorted(structure.slots(matter, tracks.PARTY).items(), key=lambda item: (item[0][0], item[0][1]))
    return Dossier(
        entity,
        kind,
        tuple(taken),
        tuple(PartyEntry(role, party_of(who), n, values.get((role, n))) for (role, n), who in parties),
        dict(sorted(structure.slots(matter, tracks.SAID).items())),
    )


def duties(structure: Structure, unit: str) -> Iterator[tuple[Dossier, PartyEntry]]:
    """The parts of a unit in open matters that must be settled when the unit becomes another one."""
    for matter in structure.matters_of(unit):
        record = dossier(structure, matter)
        taken = [earlier.step for earlier in record.steps]
        for part in record.parties:
            if part.who == unit and record.kind.is_duty(part.role, taken):
                yield record, part


def persons(record: Dossier) -> tuple[Person, ...]:
    """The persons who take part in a matter."""
    return tuple(part.who for part in record.parties if isinstance(part.who, Person))
