"""The verbs of the Party's work on matters: years of work, awards, documents, meetings, congresses and the others.

Each begins a matter of one of the kinds of ``matters.toml``, or takes it a step further. What is common to all,
``step``, ``amend_matter``, ``take_part``, is in :mod:`orgmodel.acts.operations.matters`. A day that is not the act's is
given as ``when=``: a day, a month, a year, ``FIRST/LAST``, or an empty text where it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import Desk
from orgmodel.model.matter import Other, Person

FLAG: Final = "cờ thi đua"
"""The emulation flag, for the best unit of a cluster."""
MERIT: Final = "bằng khen"
"""The certificate of merit, granted by central and provincial bodies."""
CERTIFICATE: Final = "giấy khen"
"""The certificate granted by bodies below them."""

# Arguments of several parties or words, as callers give them.
_Parties = tuple[str | Person | Other, ...]


def _several(given: Any) -> tuple[Any, ...]:
    if isinstance(given, (str, Person, Other)) or hasattr(given, "label"):
        return (arg.who(given),)
    return tuple(arg.who(one) for one in given or ())


def _ids(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _maybe(given: Any) -> Any:
    return None if given is None else arg.who(given)


def _words(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(arg.frozen_value(list(given)))


def _parties(**roles: Any) -> list[tuple[Any, ...]]:
    """(role, party) of roles, whose parties may be several, one or none."""
    return [(role, who) for role, several in roles.items() for who in _several(several)]


# ---- the year of work


class _Year:
    """The year of work of a cluster or unit, begun by whatever step of it is known first."""

    def __init__(self, at: Point, scope: str, year: int, title: str) -> None:
        self.desk = Desk(OperationContext(at))
        self.context, self.scope, self.year = self.desk.context, scope, year
        said = {"year": year, "title": title or None}
        found = self.desk.found("work-year", [("scope", scope)], said) if at.structure.was_used(scope) else None
        fields = arg.says(said)
        self.matter = found or self.desk.begin("work-year", parties=[("scope", scope)], said=fields)

    def done(self, step: str) -> Events:
        text = f"{self.scope} {self.year}: {step}"
        return self.desk.done(
            f"the year of work {self.year} of {self.scope!r} on {self.context.at.day}", text, self.matter
        )


@frozen
class _OfYear(Operation[str]):
    """A step of a year of work."""

    scope: str = field(converter=arg.one)
    year: int

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


@frozen
class Plan(_OfYear):
    """The work of a year of a cluster or unit is planned (kế hoạch năm).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        title: what tells it from other plans of the year, if there are several.
        part_of: id of the year of work that it is a part of.
        criteria: the set of criteria that will be scored.
        quota: (form of award, sort of recipient or nothing, number or share of members) each.
        document: id of the document that sets it.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: no such cluster or unit, a step that was taken already.
    """

    name: ClassVar[str] = "party.plan"
    title: str = field(default="", kw_only=True)
    part_of: str | None = field(default=None, kw_only=True)
    criteria: str | None = field(default=None, kw_only=True)
    quota: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    document: str | None = field(default=None, kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step."""
        of = _Year(at, self.scope, self.year, self.title)
        of.desk.say(of.matter, dict(arg.says({"criteria": self.criteria, "quota": self.quota or None})))
        of.desk.take_part(of.matter, _parties(part_of=self.part_of, document=self.document))
        of.desk.step(of.matter, "planned", self.when)
        return of.done("planned")


@frozen
class Launch(_OfYear):
    """The emulation of a year is launched under a theme (phát động thi đua).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        theme: the theme (chủ đề).
        motto: the motto (phương châm).
        by: id of the unit that launches it, the leader of that year; of a cluster the one designated if None.
        title: what tells it from others of the year.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault.
    """

    name: ClassVar[str] = "party.launch"
    theme: str | None = field(default=None, kw_only=True)
    motto: str | None = field(default=None, kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)
    title: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step."""
        of = _Year(at, self.scope, self.year, self.title)
        of.desk.say(of.matter, dict(arg.says({"theme": self.theme, "motto": self.motto})))
        of.desk.take_part(of.matter, _parties(launcher=self.by))
        of.desk.step(of.matter, "launched", self.when)
        return of.done("launched")


@frozen
class Sign(_OfYear):
    """The pact of a year is signed (ký giao ước thi đua).

    Attributes:
        scope: id of the cluster.
        year: the year.
        groups: the groups of content.
        signatories: who signs; all members of the cluster on the day if None.
        title: what tells it from others of the year.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: a signatory that does not live on the day, signatories that are open.
    """

    name: ClassVar[str] = "party.sign"
    groups: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    signatories: arg.Units | None = field(default=None, converter=arg.maybe_chosen, kw_only=True)
    title: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter, its signatories and its step."""
        of = _Year(at, self.scope, self.year, self.title)
        structure, context = at.structure, of.context
        if self.signatories is None:
            is_cluster = structure.was_used(self.scope) and any(c.id == self.scope for c in structure.clusters())
            if not is_cluster:
                context.fault(
                    "signatories", f"{self.scope!r} is no cluster with members; name the signatories", self.scope
                )
            signing = list(structure.members(self.scope)) if is_cluster else []
        else:
            signing = [unit for unit in context.ids(self.signatories, "signatories") if context.live(unit, "signatory")]
        of.desk.say(of.matter, dict(arg.says({"groups": self.groups or None})))
        of.desk.take_part(of.matter, _parties(signatory=signing))
        of.desk.step(of.matter, "signed", self.when)
        return of.done("signed")


@frozen
class SumUp(_OfYear):
    """A year of work is reviewed (sơ kết), scored (chấm điểm) or summed up (tổng kết).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        step: ``reviewed``, ``scored`` or ``summed_up``.
        title: what tells it from others of the year.
        when: when it was; the day of the act if None, an empty text if that is not known.

    Raises:
        InvalidAct: with every fault: a step out of its order.
    """

    name: ClassVar[str] = "party.sum_up"
    step: str = field(default="summed_up", kw_only=True)
    title: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step."""
        of = _Year(at, self.scope, self.year, self.title)
        of.desk.step(of.matter, self.step, self.when)
        return of.done(self.step)


# ---- one matter each


@frozen
class _Begins(Operation[str]):
    """An operation that begins a matter."""

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


def _begun(
    at: Point,
    kind: str,
    id: str,  # noqa: A002  # as the arguments of the verbs
    roles: Iterable[tuple[Any, ...]],
    said: dict[str, Any],
    steps: Iterable[tuple[str, Any]],
) -> tuple[Desk, str]:
    """A desk with a matter that has begun: its parties, what is said of it, its first steps."""
    desk = Desk(OperationContext(at))
    matter = desk.begin(kind, matter=id, parties=list(roles), said=arg.says(said))
    for step, when in steps:
        desk.step(matter, step, when)
    return desk, matter


@frozen
class Propose(_Begins):
    """An award is proposed for a unit, a person or another collective (đề nghị khen thưởng).

    Attributes:
        recipient: id of a unit, a Person or an Other.
        form: :data:`FLAG`, :data:`MERIT`, :data:`CERTIFICATE`, or another word.
        year: the year it is for.
        by: id of the cluster or unit that proposes it.
        within: id of the unit that the recipient belongs to; needed for a person if nobody proposes.
        granter: id of the unit that is to decide.
        occasion: id of the matter on whose occasion it is, a congress for example.
        title: what it is for, besides the year.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: an award of that form, year and occasion to the same recipient is on record.
    """

    name: ClassVar[str] = "party.propose"
    recipient: arg.Who = field(converter=arg.who)
    form: str
    year: int = field(kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)
    within: str | None = field(default=None, converter=_maybe, kw_only=True)
    granter: str | None = field(default=None, converter=_maybe, kw_only=True)
    occasion: str | None = field(default=None, kw_only=True)
    title: str | None = field(default=None, kw_only=True)
    id: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    _step: ClassVar[str] = "proposed"

    def resolve(self, at: Point) -> Events:
        """The matter and its first step."""
        roles = _parties(
            recipient=self.recipient, within=self.within, proposer=self.by, granter=self.granter, occasion=self.occasion
        )
        said = {"form": self.form, "year": self.year, "title": self.title}
        desk, award = _begun(at, "award", self.id, roles, said, [(self._step, self.when)])
        return desk.done(
            f"a proposal of an award on {at.day}", f"{self._step}: {self.form} {self.year} for {self.recipient}", award
        )


@frozen
class Award(Propose):
    """An award is granted of which no proposal is on record (tặng).

    Attributes:
        recipient: id of a unit, a Person or an Other.
        form: :data:`FLAG`, :data:`MERIT`, :data:`CERTIFICATE`, or another word.
        year: the year it is for.
        by: id of the cluster or unit that proposed it, if that is known.
        within: id of the unit that the recipient belongs to.
        granter: id of the unit that grants it.
        occasion: id of the matter on whose occasion it is.
        title: what it is for, besides the year.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: as :class:`Propose`.
    """

    name: ClassVar[str] = "party.award"
    _step: ClassVar[str] = "granted"


@frozen
class Decide(Operation[None]):
    """Proposals of awards are granted, declined, withdrawn, or awards revoked: one record, another step.

    Attributes:
        awards: ids of the matters.
        to: ``granted``, ``declined``, ``withdrawn`` or ``revoked``.
        by: id of the unit that decides.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: no such award, one that is decided already, nobody who decides.
    """

    name: ClassVar[str] = "party.decide"
    awards: tuple[str, ...] = field(converter=_ids)
    to: str = field(default="granted", kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The steps."""
        desk = Desk(OperationContext(at))
        for award in dict.fromkeys(self.awards):
            found = desk.read(award)
            if found is None:
                continue
            if found.matter.kind != "award":
                desk.context.fault("matter-kind", f"it is a {found.kind.label}, not an award", award)
                continue
            if self.by is not None:
                desk.take_part(award, [("granter", self.by)])
            elif self.to in ("granted", "declined") and not found.of("granter"):
                desk.context.fault("decided", f"nobody is said to have {self.to} it; name by=", award)
            desk.step(award, self.to, self.when)
        return desk.done(f"decisions on awards on {at.day}", f"{len(self.awards)} awards {self.to}")


@frozen
class Issue(_Begins):
    """A document is issued (ban hành), or comes to another of its steps for the first time on record.

    Attributes:
        issuer: id of the unit that issues it.
        number: as it is printed; None if it has none yet.
        form: what it is: ``kế hoạch``, ``kết luận``, ``quy chế`` ...
        title: what it is about.
        advisers: ids of the units that prepared it.
        addressees: ids of the units it is sent to.
        keeper: id of the unit that sees to it.
        working_rules_of: id of the unit whose committee works by it, for working rules (quy chế làm việc).
        replaces: ids of the documents that it replaces: they take the step ``replaced``.
        tags: words to find it by.
        groups: the groups of tasks in it.
        criteria: (id, most points or None, weight) of each criterion, for a set of criteria.
        planned: how many inspections a programme plans.
        year: its year, if not that of the day.
        step: ``issued``, or another step: ``assigned``, ``drafted``, ``submitted``, ``in_force``.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: a document of the same issuer, number and year is on record.
    """

    name: ClassVar[str] = "party.issue"
    issuer: arg.One = field(converter=arg.one)
    number: str | None
    form: str = field(kw_only=True)
    title: str | None = field(default=None, kw_only=True)
    advisers: _Parties = field(default=(), converter=_several, kw_only=True)
    addressees: _Parties = field(default=(), converter=_several, kw_only=True)
    keeper: str | None = field(default=None, converter=_maybe, kw_only=True)
    working_rules_of: str | None = field(default=None, converter=_maybe, kw_only=True)
    replaces: _Parties = field(default=(), converter=_several, kw_only=True)
    tags: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    groups: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    criteria: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    planned: int | None = field(default=None, kw_only=True)
    year: int | None = field(default=None, kw_only=True)
    step: str = field(default="issued", kw_only=True)
    id: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step; the steps of the documents that it replaces."""
        first = at.day if self.when is None else self.when.first
        said = {
            "form": self.form,
            "number": self.number,
            "year": self.year or (None if first is None else first.year),
            "title": self.title,
            "tags": self.tags or None,
            "groups": self.groups or None,
            "criteria": self.criteria or None,
            "planned": self.planned,
        }
        roles = _parties(
            issuer=self.issuer,
            adviser=self.advisers,
            addressee=self.addressees,
            keeper=self.keeper,
            working_rules_of=self.working_rules_of,
            replaces=self.replaces,
        )
        desk, document = _begun(at, "document", self.id, roles, said, [(self.step, self.when)])
        for old in self.replaces:
            if isinstance(old, str):
                desk.step(old, "replaced", self.when)
        return desk.done(
            f"a document of {self.issuer!r} on {at.day}", f"{self.form} {self.number or ''} of {self.issuer}", document
        )


plan = function(Plan)
launch = function(Launch)
sign = function(Sign)
sum_up = function(SumUp)
propose = function(Propose)
award = function(Award)
decide = function(Decide)
issue = function(Issue)
