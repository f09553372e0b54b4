"""Matters: their beginning, steps and parties, and what becomes of open ones when their parties become other units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.argument_values import frozen_value
from orgmodel.acts.events import Change, Closure, Creation, Link, derive_id
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.errors import UnitError
from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter, MatterKind, Other, Party, Person, Step, When
from orgmodel.structure.matters import Dossier, PartyEntry, dossier, duties, key_of

__all__ = [
    "AmendMatter",
    "Begin",
    "Desk",
    "StrikeMatter",
    "TakePart",
    "TakeStep",
    "amend_matter",
    "begin",
    "left_over",
    "passed_on",
    "step",
    "strike_matter",
    "take_part",
]


class Desk:
    """The matters that an operation writes, checked against their kinds.

    Args:
        context: where faults and events go.
    """

    def __init__(self, context: OperationContext) -> None:
        self.context, self.structure = context, context.structure
        self.begun: dict[str, Dossier] = {}

    # ---- reading

    def kind(self, kind: str) -> MatterKind:
        """A kind of matter; a fault if the schema has none."""
        known = self.structure.schema.matter_kinds
        if kind not in known:
            message = ", ".join(known) or "none"
            self.context.fault("matter-kind", f"the schema knows no kind of matter {kind!r} (it knows {message})")
        return known.get(kind) or MatterKind(kind)

    def read(self, matter: str) -> Dossier | None:
        """The record of a matter; a fault if there is none."""
        if matter in self.begun:
            return self.begun[matter]
        try:
            return dossier(self.structure, matter)
        except UnitError as error:
            message = "; it is a unit or a cluster" if self.structure.was_used(matter) else f": {error}"
            self.context.fault("matter", f"there is no matter {matter!r} on {self.structure.day}{message}", matter)
            return None

    def twin_of(self, kind: str, parties: Iterable[tuple[str, Party]], fields: Mapping[str, Any]) -> str | None:
        """The id of the matter with the same kind and natural key; None if there is none."""
        declared = self.structure.schema.matter_kinds.get(kind) or MatterKind(kind)
        listed = list(parties)
        key = key_of(declared, listed, fields)
        if not key:
            return None
        # Each party that is part of the key takes part in the matter: without that, all matters would have to be read.
        of_parties = [
            set(self.structure.matters_of(who))
            for role, who in listed
            if role in declared.keys and not isinstance(who, Other)
        ]
        if of_parties:
            shared = sorted(set.intersection(*of_parties))
            candidates = [matter for matter in shared if self.structure.matter(matter).kind == kind]
        else:
            candidates = [matter.id for matter in self.structure.matters(kind)]
        return next((matter for matter in candidates if dossier(self.structure, matter).key == key), None)

    # ---- writing

    def begin(
        self,
        kind: str,
        *,
        matter: str = "",
        name: str = "",
        parties: Iterable[tuple[Any, ...]] = (),
        said: Iterable[tuple[str, Any]] = (),
        role: str = "",
    ) -> str:
        """Write the beginning of a matter; returns its id, which is derived unless stated.

        Args:
            kind: id of its kind.
            matter: its id.
            name: what people call it.
            parties: tuples (role, party) or (role, party, value).
            said: pairs (field, value).
            role: a word that tells it apart from other matters that the operation begins.
        """
        context, declared = self.context, self.kind(kind)
        listed, fields = list(parties), dict(said)
        if matter:
            context.fresh(matter, "matter")
        elif context.at.act:
            matter = derive_id("m", context.at.act, context.at.key, role)
        else:
            matter = derive_id("m", self.structure.day, kind, role, [repr(item) for item in (*listed, *fields.items())])
        key = [(part[0], part[1]) for part in listed]
        if not context.faults and (twin := self.twin_of(kind, key, fields)) is not None:
            message = ", ".join(
                f"{field_id} {value}"
                for field_id, value in zip(declared.keys, key_of(declared, key, fields), strict=True)
            )
            context.fault("matter-once", f"{declared.label} {twin!r} has the same {message}; add to that one", twin)
        for needed in declared.fields:
            if needed.needed and fields.get(needed.id) is None:
                context.fault("matter-field", f"a {declared.label} says its {needed.id}; it is missing", matter)
        context.events.append(Creation(Matter(matter, kind, name)))
        self.begun[matter] = Dossier(Matter(matter, kind, name), declared, (), (), {})
        self.say(matter, fields)
        self.take_part(matter, listed)
        self._persons_shown(matter, listed)
        return matter

    def _persons_shown(self, matter: str, parties: Sequence[tuple[Any, ...]]) -> None:
        if any(isinstance(part[1], Person) for part in parties) and not any(isinstance(p[1], str) for p in parties):
            message = "a person takes part and no unit or cluster; name the unit within which that is"
            self.context.fault("within", message, matter)

    def say(self, matter: str, fields: Mapping[str, Any]) -> None:
        """Write fields of a matter; None takes a value away."""
        on_record = self.read(matter)
        if on_record is None:
            return
        for name, value in fields.items():
            declared = on_record.kind.said(name)
            if declared is None:
                known = ", ".join(field.id for field in on_record.kind.fields) or "none"
                message = f"a {on_record.kind.label} says nothing of {name!r} (its fields are {known})"
                self.context.fault("matter-field", message, matter)
            elif declared.needed and value is None:
                message = f"a {on_record.kind.label} says its {name}; it may be another one, but not taken away"
                self.context.fault("matter-field", message, matter)
            elif not on_record.kind.fits(name, value):
                message = f"the {name} of a {on_record.kind.label} is of the sort {declared.values!r}, not {value!r}"
                self.context.fault("matter-field", message, matter)
            elif value != on_record.said.get(name):
                self.context.events.append(Change(matter, tracks.SAID, value, name))

    def take_part(self, matter: str, parties: Iterable[tuple[Any, ...]]) -> None:
        """Write parties of a matter."""
        on_record = self.read(matter)
        if on_record is None:
            return
        holders: dict[str, dict[Party, int]] = {}
        for part in on_record.parties:
            holders.setdefault(part.role, {})[part.who] = part.n
        for role, who, *extra in parties:
            if self._may_have(on_record, role, who, holders.get(role, {})):
                in_role = holders.setdefault(role, {})
                n = in_role.setdefault(who, max(in_role.values(), default=0) + 1)
                value = who if isinstance(who, str) else who.party
                if not any(part.who == who and part.role == role for part in on_record.parties):
                    self.context.events.append(Change(matter, tracks.PARTY, value, (role, n)))
                if extra and extra[0] is not None:
                    self.context.events.append(Change(matter, tracks.WITH, extra[0], (role, n)))

    def _may_have(self, on_record: Dossier, role: str, who: Any, holders: Mapping[Party, int]) -> bool:
        declared, context, matter = on_record.kind.role(role), self.context, on_record.id
        faults = len(context.faults)
        if declared is None:
            known = ", ".join(known_role.id for known_role in on_record.kind.roles) or "none"
            context.fault(
                "matter-role", f"a {on_record.kind.label} has no role {role!r} (its roles are {known})", matter
            )
        elif declared.one and holders and who not in holders:
            context.fault("matter-role", f"one party is {role} of a {on_record.kind.label}, and there is one", matter)
        if isinstance(who, str):
            if who not in self.begun and not self.structure.was_used(who):
                known_later = " by then" if self.structure.is_known(who) else ""
                message = f"no unit, cluster or matter {who!r} is known{known_later}; use Person or Other for others"
                context.fault("live-unit", message, who)
        elif not isinstance(who, (Person, Other)) or not who.party[1]:
            context.fault("party", f"a party is an id, a Person or an Other, not {who!r}", matter)
        return len(context.faults) == faults

    def step(self, matter: str, step: str, when: When | None = None, *, ordered: bool = True) -> None:
        """Write a step of a matter.

        Args:
            matter: its id.
            step: the step.
            when: its time; None: the day of the act.
            ordered: whether steps out of order are a fault.
        """
        on_record, day = self.read(matter), self.structure.day
        if on_record is None:
            return
        declared, context = on_record.kind.step(step), self.context
        was = When(day, day) if when is None else when
        if declared is None:
            known = ", ".join(earlier.id for earlier in on_record.kind.steps) or "none"
            context.fault(
                "matter-step", f"a {on_record.kind.label} has no step {step!r} (its steps are {known})", matter
            )
            return
        if was.first is not None and was.first > day:
            message = f"the step {step!r} is said to have been on {was}, after the day of the act"
            context.fault("when", message, matter)
        taken = [earlier for earlier in on_record.steps if earlier.step == step]
        if taken and not declared.repeats:
            context.fault("matter-step", f"{step!r} was taken already ({taken[-1].when}); correct that act", matter)
        for earlier in on_record.steps if ordered else ():
            self._in_order(on_record, declared, was, earlier.step, earlier.when)
        context.events.append(Change(matter, tracks.STEP, str(was), (step, len(taken) + 1)))

    def _in_order(self, on_record: Dossier, declared: Step, was: When, other: str, when: When) -> None:
        """Check two steps: a later one is not taken before an earlier one, and only one step closes a matter."""
        known = on_record.kind.step(other)
        if known is None or other == declared.id:
            return
        message = ""
        if known.rank == declared.rank and known.closes and declared.closes:
            message = f"it is {other} already; withdraw or correct that first"
        elif known.rank < declared.rank and _surely_before(was, when):
            message = f"it would be {declared.id} on {was}, before it was {other} on {when}"
        elif known.rank > declared.rank and _surely_before(when, was):
            message = f"it would be {declared.id} on {was}, after it was {other} on {when}"
        if message:
            self.context.fault("matter-step", message, on_record.id)

    def done(self, title: str, text: str, *begun: str) -> Events:
        """The events; raises if there are faults."""
        return self.context.done(title, text, begun)


def _surely_before(earlier: When, later: When) -> bool:
    """Whether a time lies before another one, whichever of the days that each leaves open they were."""
    return earlier.last is not None and later.first is not None and earlier.last < later.first


# ---- the verbs


@frozen
class Begin(Operation[str]):
    """The beginning of a matter: an award is proposed, a document assigned, a congress prepared.

    Attributes:
        kind: id of a kind of matter in the schema.
        id: its id; empty: derived.
        called: what people call it.
        parties: role -> party or parties, or tuples (role, party, number or word).
        said: field -> value.
        step: the first known step; empty: none.
        when: the time of that step; None: the day of the act.

    Raises:
        InvalidAct: with every fault: no such kind, role, field or step, a matter with the same natural key.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.matter import MatterKind, MatterRole, Said, Step
    >>> from orgmodel.model.schema import Schema
    >>> award = MatterKind("award", steps=[Step("proposed")], roles=[MatterRole("recipient")], fields=[Said("form")])
    >>> history = history_of([{"id": "a"}], day="2025-01-01", schema=Schema(matters=[award]))
    >>> with history.draft("2025-11-18") as act:
    ...     flag = act.begin("award", parties={"recipient": "a"}, said={"form": "flag"}, step="proposed")
    >>> dossier(history.enact(act).at("2025-11-18"), flag).state
    'proposed'
    """

    name = "begin"
    kind: str
    id: str = field(default="", kw_only=True)
    called: str = field(default="", kw_only=True)
    parties: arg.Parties = field(default=(), converter=arg.parties, kw_only=True)
    said: arg.Says = field(default=(), converter=arg.says, kw_only=True)
    step: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The creation, then the fields, parties and first step of the matter."""
        desk = Desk(OperationContext(at))
        matter = desk.begin(self.kind, matter=self.id, name=self.called, parties=self.parties, said=self.said)
        if self.step:
            desk.step(matter, self.step, self.when)
        return desk.done(f"the beginning of a {self.kind} on {at.day}", f"begin the {self.kind} {matter}", matter)

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


@frozen
class TakeStep(Operation[None]):
    """A step of a matter: an award is granted, a document comes into force, a meeting is held.

    Attributes:
        matter: its id.
        step: a step of its kind.
        when: its time; None: the day of the act; an empty text: unknown.

    Raises:
        InvalidAct: no such matter or step, a step that was taken already, or steps out of order.

    >>> import orgmodel as om
    >>> award = om.MatterKind("award", steps=[om.Step("proposed", rank=1), om.Step("granted", rank=2)])
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01", schema=om.Schema(matters=[award]))
    >>> with history.draft("2025-12-01") as act:
    ...     flag = act.begin("award", step="proposed", when="2025-11-18")
    ...     act.step(flag, "granted")
    >>> record = om.dossier(history.enact(act).at("2025-12-01"), flag)
    >>> [(taken.step, str(taken.when)) for taken in record.steps]
    [('proposed', '2025-11-18'), ('granted', '2025-12-01')]
    """

    name = "step"
    matter: str
    step: str
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        desk = Desk(OperationContext(at))
        desk.step(self.matter, self.step, self.when)
        return desk.done(f"a step of {self.matter!r} on {at.day}", f"{self.matter}: {self.step}")


def _anew(statements: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, frozen_value(value)) for name, value in dict(statements).items()))


@frozen
class AmendMatter(Operation[None]):
    """Other values of a matter's fields from the day on.

    Attributes:
        matter: its id.
        said: field -> value; None takes a value away.

    Raises:
        InvalidAct: no such matter or field, or a value of another sort.

    >>> import orgmodel as om
    >>> award = om.MatterKind("award", fields=[om.Said("form")])
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01", schema=om.Schema(matters=[award]))
    >>> with history.draft("2025-12-01") as act:
    ...     flag = act.begin("award", said={"form": "flag"})
    ...     act.amend_matter(flag, {"form": "certificate"})
    >>> om.dossier(act.structure, flag).said
    {'form': 'certificate'}
    """

    name = "amend_matter"
    matter: str
    said: arg.Says = field(converter=_anew)

    def resolve(self, at: Point) -> Events:
        """The changes."""
        desk = Desk(OperationContext(at))
        desk.say(self.matter, dict(self.said))
        names = ", ".join(name for name, _ in self.said)
        return desk.done(f"what is said of {self.matter!r} on {at.day}", f"{self.matter}: {names}")


@frozen
class TakePart(Operation[None]):
    """A party joins or leaves a matter, or gets another value in it.

    Attributes:
        matter: its id.
        role: a role of its kind.
        who: a unit, cluster or matter by its id, a Person or an Other.
        value: a number of the party, or a word about it.
        leaves: whether it leaves the matter instead.

    Raises:
        InvalidAct: no such matter, role or party.

    >>> import orgmodel as om
    >>> meeting = om.MatterKind("meeting", roles=[om.MatterRole("attends")])
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01", schema=om.Schema(matters=[meeting]))
    >>> with history.draft("2025-12-01") as act:
    ...     held = act.begin("meeting", parties={"attends": "a"})
    ...     act.take_part(held, "attends", who=om.Other("the local newspaper"), value=2)
    >>> [(part.who, part.value) for part in om.dossier(act.structure, held).parties]
    [('a', None), (Other(name='the local newspaper'), 2)]
    """

    name = "take_part"
    matter: str
    role: str
    who: arg.Who = field(converter=arg.who, kw_only=True)
    value: arg.Value = field(default=None, kw_only=True)
    leaves: bool = field(default=False, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The changes."""
        context = OperationContext(at)
        desk = Desk(context)
        on_record = desk.read(self.matter)
        if self.leaves and on_record is not None:
            slots = [part.n for part in on_record.parties if (part.role, part.who) == (self.role, self.who)]
            if not slots:
                context.fault("party", f"{self.who!r} is not {self.role} of it", self.matter)
            for n in slots:
                context.events.append(Change(self.matter, tracks.PARTY, None, (self.role, n)))
        else:
            desk.take_part(self.matter, [(self.role, self.who, self.value)])
        verb = "leaves" if self.leaves else "takes part in"
        return desk.done(f"the parties of {self.matter!r} on {at.day}", f"{self.who} {verb} {self.matter}")


@frozen
class StrikeMatter(Operation[None]):
    """A matter that was entered by mistake is taken off the record from the day on, without cancelling an act.

    Attributes:
        matter: its id.

    >>> import orgmodel as om
    >>> schema = om.Schema(matters=[om.MatterKind("award")])
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01", schema=schema)
    >>> with history.draft("2025-12-01") as act:
    ...     flag = act.begin("award")
    ...     act.strike_matter(flag)
    >>> act.structure.matters("award")
    ()
    """

    name = "strike_matter"
    matter: str

    def resolve(self, at: Point) -> Events:
        """The closure."""
        desk = Desk(OperationContext(at))
        if desk.read(self.matter) is not None:
            desk.context.events.append(Closure(self.matter))
        return desk.done(f"the end of {self.matter!r} on {at.day}", f"strike {self.matter}")


# ---- successions


def passed_on(context: OperationContext, links: Sequence[Link]) -> list[Change]:
    """The changes of open duties of units that become other units, each with a note.

    A role that follows passes to the only successor, or to the dominant one. With several successors, and for roles that
    ask, it ends and must be recorded anew.
    """
    links_of: dict[str, list[Link]] = {}
    for link in links:
        links_of.setdefault(link.old, []).append(link)
    changes: list[Change] = []
    passed: set[tuple[str, str, str]] = set()
    for old, news in links_of.items():
        heirs = [link.new for link in news]
        if old in heirs:
            continue
        # Read for each unit even if there are no matters: recorded reads show later whether a new matter changes this.
        for matter, part in duties(context.structure, old):
            follower = _only_heir(news) if _fate(matter, part) == "follows" else None
            # Two predecessors with one role in a matter leave their successor one part in it.
            repeated = (matter.id, part.role, follower) in passed or follower in matter.of(part.role)
            changes.append(Change(matter.id, tracks.PARTY, None if repeated else follower, (part.role, part.n)))
            if follower is not None:
                passed.add((matter.id, part.role, follower))
            _note_duty(context, matter, part, old, heirs, follower)
    return changes


def _only_heir(links: Sequence[Link]) -> str | None:
    """The only successor of a unit, or the dominant one; None if neither is there."""
    if len(links) == 1:
        return links[0].new
    return next((link.new for link in links if link.dominant), None)


def _fate(matter: Dossier, part: PartyEntry) -> str:
    """What becomes of a part in a matter when the unit that has it ends."""
    declared = matter.kind.role(part.role)
    assert declared is not None
    return declared.ended


def _note_duty(
    context: OperationContext, matter: Dossier, part: PartyEntry, old: str, heirs: Sequence[str], follower: str | None
) -> None:
    """Note what becomes of an open duty of a unit that becomes others."""
    duty = f"its part as {part.role} of the {matter.kind.label} {matter.id!r}"
    if follower is not None:
        context.note("matter-follows", f"{duty} passes to {follower!r}", old, follower)
    elif _fate(matter, part) == "lapses":
        context.note("matter-lapses", f"{duty} lapses", old)
    else:
        message = f"{duty} is open: record which of {quoted(heirs)} has it, or that none has"
        context.note("matter-open", message, old, *heirs, severity="warning")


def left_over(context: OperationContext, unit: str) -> None:
    """Write the ends of the open duties of a unit that ends without a successor, with notes."""
    for matter, part in duties(context.structure, unit):
        context.events.append(Change(matter.id, tracks.PARTY, None, (part.role, part.n)))
        role_text = f"its part as {part.role} of the {matter.kind.label} {matter.id!r}"
        context.note("matter-lapses", f"{role_text} ends with it; nobody takes it up", unit, severity="warning")


begin = function(Begin)
step = function(TakeStep)
amend_matter = function(AmendMatter)
take_part = function(TakePart)
strike_matter = function(StrikeMatter)
