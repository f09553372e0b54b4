"""The verbs of the Party's work on matters: years of work, awards, documents, meetings, congresses and the others.

Each begins a matter of a kind of ``matters.toml``, or takes it a step further. The verbs for all matters, ``step``,
``amend_matter``, ``take_part``, are in :mod:`orgmodel.acts.operations.matters`. A day that is not the act's is
given as ``when=``: a day, a month, a year, ``FIRST/LAST``, or an empty text where it is not known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, ClassVar, Final, cast

from attrs import Attribute, AttrsInstance, field, fields, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.argument_values import frozen_value
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.matters import Desk
from orgmodel.errors import Refused
from orgmodel.model.door import items
from orgmodel.model.matter import MatterKind, Person
from orgmodel.party.members import edges, period_when
from orgmodel.party.targets import comparison_fault, exact, metric_fault

__all__ = [
    "CERTIFICATE", "FLAG", "MERIT", "Award", "CallElection", "Decide", "Discipline", "Inspect", "Issue", "Launch",
    "Meet", "Plan", "Propose", "Run", "SetTarget", "SetUp", "Sign", "SumUp",
]  # fmt: skip

FLAG: Final = "cờ thi đua"
"""The emulation flag, for the best unit of a cluster."""
MERIT: Final = "bằng khen"
"""The certificate of merit, granted by central and provincial bodies."""
CERTIFICATE: Final = "giấy khen"
"""The certificate granted by bodies below them."""


def _ids(ids: str | Iterable[str]) -> tuple[str, ...]:
    return (ids,) if isinstance(ids, str) else tuple(ids)


def _maybe(party: Any) -> Any:
    return None if party is None else arg.who(party)


def _words(words: Any) -> tuple[Any, ...]:
    """Several words or rows; a single text counts as one."""
    return (words,) if isinstance(words, str) else tuple(frozen_value(items(words, "words")))


QuotaRow = tuple[str, str | None, Fraction]
"""Form of award, sort of recipient or None, number or share of members."""
CriterionRow = tuple[str, Fraction | None, Fraction]
"""Name of a criterion, most points or None, weight."""


def read_quota(rows: Any) -> tuple[list[QuotaRow], list[str]]:
    """The rows of a quota, and what is wrong with those that cannot be read.

    >>> read_quota([("cờ thi đua", None, 1), ("bằng khen", "person", "1/5")])
    ([('cờ thi đua', None, Fraction(1, 1))], ["quota: 'person' is no sort of recipient; write 'collective', 'individual' or nothing"])
    """
    read: list[QuotaRow] = []
    faults: list[str] = []
    for row in rows or ():
        if not (isinstance(row, tuple) and len(row) == 3 and isinstance(row[0], str) and row[0]):
            faults.append(f"quota: {row!r} is no row; write (form of award, sort of recipient or None, number)")
            continue
        form, sort, most = row
        if sort not in (None, "collective", "individual"):
            faults.append(f"quota: {sort!r} is no sort of recipient; write 'collective', 'individual' or nothing")
        elif (limit := _amount(most)) is None:
            faults.append(
                f"quota: of {form!r} there are {most!r}; write a number or a share of the members, such as 2 or '1/5'"
            )
        else:
            read.append((form, sort, limit))
    return read, faults


def read_criteria(rows: Any) -> tuple[list[CriterionRow], list[str]]:
    """The rows of a set of criteria, and what is wrong with those that cannot be read.

    A row may be shorter: a criterion alone, or without a weight.

    >>> read_criteria([("tasks", 70), "vote", ("tasks", 30)])
    ([('tasks', Fraction(70, 1), Fraction(1, 1)), ('vote', None, Fraction(1, 1))], ["criteria: 'tasks' is there twice"])
    """
    read: dict[str, CriterionRow] = {}
    faults: list[str] = []
    for row in rows or ():
        cells = row if isinstance(row, tuple) else (row,)
        if not 1 <= len(cells) <= 3 or not isinstance(cells[0], str) or not cells[0]:
            faults.append(f"criteria: {row!r} is no row; write (criterion, most points or None, weight)")
            continue
        name, most, weight = (*cells, None, None)[:3]
        points, factor = None if most is None else _amount(most), _amount(1 if weight is None else weight)
        if name in read:
            faults.append(f"criteria: {name!r} is there twice")
        elif factor is None or (points is None and most is not None):
            faults.append(f"criteria: {row!r} has a number that is none, or is below 0")
        else:
            read[name] = name, points, factor
    return list(read.values()), faults


def _amount(number: Any) -> Fraction | None:
    """A number as a fraction; None if it is none, or below 0."""
    try:
        amount = exact(number)
    except Refused:
        return None
    return amount if amount >= 0 else None


_MATTERS: Final = {
    "part_of": "work-year",
    "document": "document",
    "programme": "document",
    "replaces": "document",
    "inspection": "inspection",
}
"""Role -> the kind of matter that fills it; units, clusters and persons fill the other roles."""


def _arguments(operation: Operation[Any]) -> tuple[Attribute[Any], ...]:
    arguments: tuple[Attribute[Any], ...] = fields(cast("type[AttrsInstance]", type(operation)))
    return arguments


def _fields(operation: Operation[Any], kind: MatterKind) -> dict[str, Any]:
    """The arguments that are fields of a matter, by their names; None where one was left empty."""
    values = {field.id: getattr(operation, field.id, None) for field in kind.fields}
    return {name: None if value in ((), "") else value for name, value in values.items()}


def _parties(
    desk: Desk, operation: Operation[Any], kind: MatterKind, roles: Mapping[str, str]
) -> list[tuple[Any, ...]]:
    """(role, party) or (role, party, number) of the arguments that name parties, in their order.

    Adds a fault for each that names a unit or cluster instead of a matter, with the matter of that unit if it is known.

    Args:
        desk: where the matter is written.
        operation: the operation with the arguments.
        kind: the kind of the matter.
        roles: argument -> role, for arguments that are not called as the role.
    """
    role_of = {argument.name: roles.get(argument.name, argument.name) for argument in _arguments(operation)}
    parties: list[tuple[Any, ...]] = []
    for name, role in role_of.items():
        if kind.role(role) is not None:
            value = getattr(operation, name)
            listed = value if isinstance(value, tuple) else arg.several(value)
            parties += [(role, *(party if isinstance(party, tuple) else (party,))) for party in listed]
    for role, who, *_ in parties:
        if role in _MATTERS and isinstance(who, str):
            _check_matter(desk, role, who, getattr(operation, "year", None))
    return parties


def _check_matter(desk: Desk, role: str, who: str, year: int | None) -> None:
    """Add a fault if a unit or cluster is named, or a matter of another kind than the role is for."""
    structure, wanted = desk.structure, _MATTERS[role]
    if not structure.was_used(who) or any(matter.id == who for matter in structure.matters(wanted)):
        return
    own = desk.twin_of(wanted, [("scope", who)], {"year": year})
    instead = f"; the one of {who!r} is {own!r}" if own is not None else ""
    message = f"{role} names {who!r}, which is no {desk.kind(wanted).label}{instead}"
    desk.context.fault("matter-role", message, who)


# ---- verbs of one matter


@frozen
class _OfMatter(Operation[str]):
    """An operation on one matter, whose roles and fields are filled by the arguments of the same names."""

    _roles: ClassVar[Mapping[str, str]] = {}
    """Argument -> the role of the parties that it names, where they are not called alike."""

    def _check(self, desk: Desk) -> None:
        """Note faults that only this verb can have, and what it does to other matters."""

    def gives(self, events: Events) -> str:
        """The id of the matter."""
        return events.made[0]


# ---- the year of work


@frozen
class _OfYear(_OfMatter):
    """A step of the year of work of a cluster or unit, begun by whatever step of it is known first."""

    _step: ClassVar[str]

    scope: str = field(converter=arg.one)
    year: int
    title: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter and its step."""
        # One verb takes one of several steps and names it by an argument; the others always take their own.
        desk, scope, step = Desk(OperationContext(at)), self.scope, getattr(self, "step", None) or self._step
        kind = desk.kind("work-year")
        values = _fields(self, kind)
        key = {name: values.pop(name, None) for name in ("year", "title")}
        on_record = desk.twin_of(kind.id, [("scope", scope)], key) if at.structure.was_used(scope) else None
        matter = on_record or desk.begin(kind.id, parties=[("scope", scope)], said=arg.says(key))
        desk.say(matter, dict(arg.says(values)))
        # The scope is the key of the year of work: it is a party from the beginning, and the same each time.
        parties = [party for party in _parties(desk, self, kind, self._roles) if party[0] != "scope"]
        desk.take_part(matter, [*parties, *self._signatories(desk)])
        desk.step(matter, step, self.when)
        self._check(desk)
        return desk.done(
            f"the year of work {self.year} of {scope!r} on {at.day}", f"{scope} {self.year}: {step}", matter
        )

    def _signatories(self, desk: Desk) -> list[tuple[str, str]]:
        """(role, party) of those who sign, if it is signed."""
        del desk
        return []


@frozen
class Plan(_OfYear):
    """The work of a year of a cluster or unit is planned (kế hoạch năm).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        title: distinguishes several plans of one year.
        part_of: id of the year of work that it is a part of.
        criteria: the set of criteria that will be scored.
        quota: (form of award, sort of recipient or nothing, number or share of members) each.
        document: id of the document that sets it.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: no such cluster or unit, a step that was taken already.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-01-15") as act:
    ...     year = act.plan("p", 2025, quota=[("cờ thi đua", None, 1)])
    >>> om.dossier(act.structure, year).state
    'planned'
    """

    name: ClassVar[str] = "party.plan"
    _step: ClassVar[str] = "planned"
    part_of: str | None = field(default=None, kw_only=True)
    criteria: str | None = field(default=None, kw_only=True)
    quota: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    document: str | None = field(default=None, kw_only=True)

    def _check(self, desk: Desk) -> None:
        for fault in read_quota(self.quota)[1]:
            desk.context.mend("quota", fault, self.scope)


@frozen
class Launch(_OfYear):
    """The emulation of a year is launched under a theme (phát động thi đua).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        theme: the theme (chủ đề).
        motto: the motto (phương châm).
        by: id of the unit that launches it, the leader of that year; of a cluster the one designated if None.
        title: distinguishes several of one year.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-01-15") as act:
    ...     _ = act.plan("p", 2025)
    ...     year = act.launch("p", 2025, theme="Discipline, results", by="vn")
    >>> record = om.dossier(act.structure, year)
    >>> [taken.step for taken in record.steps], record.said["theme"]
    (['planned', 'launched'], 'Discipline, results')
    """

    name: ClassVar[str] = "party.launch"
    _step: ClassVar[str] = "launched"
    _roles: ClassVar[Mapping[str, str]] = {"by": "launcher"}
    theme: str | None = field(default=None, kw_only=True)
    motto: str | None = field(default=None, kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)


@frozen
class Sign(_OfYear):
    """The pact of a year is signed (ký giao ước thi đua).

    Attributes:
        scope: id of the cluster.
        year: the year.
        groups: the groups of content.
        signatories: who signs; all members of the cluster on the day if None.
        title: distinguishes several of one year.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: a signatory that does not live on the day, signatories that are open.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-01-15") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     _ = act.plan("c1", 2025)
    ...     year = act.sign("c1", 2025, groups=["tasks", "building the Party"])
    >>> om.dossier(act.structure, year).of("signatory")
    ('a', 'b')
    """

    name: ClassVar[str] = "party.sign"
    _step: ClassVar[str] = "signed"
    groups: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    signatories: arg.Units | None = field(default=None, converter=arg.maybe_chosen, kw_only=True)

    def _signatories(self, desk: Desk) -> list[tuple[str, str]]:
        context, structure, scope = desk.context, desk.structure, self.scope
        if self.signatories is not None:
            named = context.ids(self.signatories, "signatories")
            return [("signatory", unit) for unit in named if context.live(unit, "signatory")]
        if any(cluster.id == scope for cluster in structure.clusters()):
            return [("signatory", unit) for unit in structure.members(scope)]
        context.fault("signatories", f"{scope!r} is no cluster with members; name the signatories", scope)
        return []


@frozen
class SumUp(_OfYear):
    """A year of work is reviewed (sơ kết), scored (chấm điểm) or summed up (tổng kết).

    Attributes:
        scope: id of the cluster or unit.
        year: the year.
        step: ``reviewed``, ``scored`` or ``summed_up``.
        title: distinguishes several of one year.
        when: when it was; the day of the act if None, an empty text if that is not known.

    Raises:
        InvalidAct: with every fault: a step out of its order.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-12-15") as act:
    ...     year = act.plan("p", 2025, when="2025-01-15")
    ...     _ = act.sum_up("p", 2025)
    >>> om.dossier(act.structure, year).state
    'summed_up'
    """

    name: ClassVar[str] = "party.sum_up"
    step: str = field(default="summed_up", kw_only=True)


# ---- one matter each


@frozen
class _Begins(_OfMatter):
    """An operation that begins a matter, with its parties, its fields and its first step."""

    _kind: ClassVar[str]
    _first_step: ClassVar[str] = ""
    """The first step, if there is no argument ``step``."""
    _yearly: ClassVar[bool] = False
    """Whether its year is, by default, the year of its first step."""

    id: str = field(default="", kw_only=True)
    when: arg.On = field(default=None, converter=arg.on, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The matter, its parties, its fields and its first step."""
        desk, step = Desk(OperationContext(at)), getattr(self, "step", "") or self._first_step
        kind = desk.kind(self._kind)
        parties = [*_parties(desk, self, kind, self._roles), *self._more_parties()]
        values = self._values(kind, at.day)
        matter = desk.begin(kind.id, matter=self.id, parties=parties, said=arg.says(values))
        desk.step(matter, step, self.when)
        self._check(desk)
        # The first argument names whose matter it is.
        owner = getattr(self, next(argument.name for argument in _arguments(self) if not argument.kw_only))
        words = [str(values[name]) for name in ("form", "number", "term", "year") if name in values]
        title = f"{kind.label} of {owner}: {' '.join(words)} {step}"
        return desk.done(f"{kind.label} of {owner!r} on {at.day}", title, matter)

    def _values(self, kind: MatterKind, day: dt.date) -> dict[str, Any]:
        """Field -> value, without the fields that have none."""
        # Without a known day there is no year either: that of the act would be a guess.
        first = day if self.when is None else self.when.first
        default = {"year": first.year} if self._yearly and first is not None else {}
        stated = _fields(self, kind) | self._more_fields()
        return default | {name: value for name, value in stated.items() if value is not None}

    def _more_fields(self) -> dict[str, Any]:
        """Further fields, made of the arguments."""
        return {}

    def _more_parties(self) -> list[tuple[Any, ...]]:
        """(role, party) or (role, party, value) of further parties."""
        return []


@frozen
class Propose(_Begins):
    """An award is proposed for a unit, a person or another collective (đề nghị khen thưởng).

    Attributes:
        recipient: id of a unit, a Person or an Other.
        form: :data:`FLAG`, :data:`MERIT`, :data:`CERTIFICATE`, or another word.
        year: the year it is for.
        by: id of the cluster or unit that proposes it.
        within: id of the unit that the recipient belongs to; needed for a person without a proposer.
        granter: id of the unit that is to decide.
        occasion: id of the matter on whose occasion it is, a congress for example.
        title: what it is for, besides the year.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: an award of that form, year and occasion to the same recipient is on record.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     award = act.propose("p", FLAG, year=2025, granter="vn")
    >>> record = om.dossier(act.structure, award)
    >>> record.state, record.one("granter")
    ('proposed', 'vn')
    """

    name: ClassVar[str] = "party.propose"
    _kind: ClassVar[str] = "award"
    _roles: ClassVar[Mapping[str, str]] = {"by": "proposer"}
    _first_step: ClassVar[str] = "proposed"
    recipient: arg.Who = field(converter=arg.who)
    form: str
    year: int = field(kw_only=True)
    within: str | None = field(default=None, converter=_maybe, kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)
    granter: str | None = field(default=None, converter=_maybe, kw_only=True)
    occasion: str | None = field(default=None, kw_only=True)
    title: str | None = field(default=None, kw_only=True)


@frozen
class Award(Propose):
    """An award is granted without a proposal on record (tặng).

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

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     award = act.award("p", MERIT, year=2025, granter="vn")
    >>> om.dossier(act.structure, award).state
    'granted'
    """

    name: ClassVar[str] = "party.award"
    _first_step: ClassVar[str] = "granted"


@frozen
class Decide(Operation[None]):
    """Proposals of awards are granted, declined, withdrawn, or awards revoked: one record, another step.

    Attributes:
        awards: ids of the matters.
        to: ``granted``, ``declined``, ``withdrawn`` or ``revoked``.
        by: id of the unit that decides.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: no such award, an award that is decided already, no unit that decides.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     award = act.propose("p", FLAG, year=2025)
    ...     act.decide(award, to="declined", by="vn")
    >>> om.dossier(act.structure, award).state
    'declined'
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
            proposal = desk.read(award)
            if proposal is None:
                continue
            if proposal.matter.kind != "award":
                desk.context.fault("matter-kind", f"it is a {proposal.kind.label}, not an award", award)
                continue
            if self.by is not None:
                desk.take_part(award, [("granter", self.by)])
            elif self.to in ("granted", "declined") and not proposal.of("granter"):
                desk.context.fault("decided", f"the unit that has {self.to} it is not on record; name by=", award)
            desk.step(award, self.to, self.when)
        return desk.done(f"decisions on awards on {at.day}", f"{len(self.awards)} awards {self.to}")


@frozen
class Issue(_Begins):
    """A document is issued (ban hành), or another of its steps is the first on record.

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
        year: its year; the year of the day if None.
        step: ``issued``, or another step: ``assigned``, ``drafted``, ``submitted``, ``in_force``.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: a document of the same issuer, number and year is on record.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     old = act.issue("vn", "11-KH", form="kế hoạch")
    ...     new = act.issue("vn", "12-KH", form="kế hoạch", replaces=[old])
    >>> om.dossier(act.structure, new).state, om.dossier(act.structure, old).state
    ('issued', 'replaced')
    """

    name: ClassVar[str] = "party.issue"
    _kind: ClassVar[str] = "document"
    _yearly: ClassVar[bool] = True
    _roles: ClassVar[Mapping[str, str]] = {"advisers": "adviser", "addressees": "addressee"}
    issuer: arg.One = field(converter=arg.one)
    number: str | None
    form: str = field(kw_only=True)
    title: str | None = field(default=None, kw_only=True)
    advisers: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    addressees: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    keeper: str | None = field(default=None, converter=_maybe, kw_only=True)
    working_rules_of: str | None = field(default=None, converter=_maybe, kw_only=True)
    replaces: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    tags: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    groups: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    criteria: tuple[Any, ...] = field(default=(), converter=_words, kw_only=True)
    planned: int | None = field(default=None, kw_only=True)
    year: int | None = field(default=None, kw_only=True)
    step: str = field(default="issued", kw_only=True)

    def _check(self, desk: Desk) -> None:
        for fault in read_criteria(self.criteria)[1]:
            desk.context.mend("criteria", fault, self.issuer)
        # A Person or Other among them is a fault already, of the role.
        for old in self.replaces:
            if isinstance(old, str):
                desk.step(old, "replaced", self.when)


# ---- meetings, activities, inspections, discipline, elections, steering committees, targets


@frozen
class Meet(_Begins):
    """A meeting is held (hội nghị, giao ban, sinh hoạt), or called.

    Attributes:
        host: id of the unit that holds it.
        form: what it is: ``hội nghị tổng kết``, ``giao ban`` ...
        of: ids of the matters or clusters that it is of.
        attendees: ids of the units that took part.
        points: ids of the units that had a point (điểm cầu), or kind -> how many points there were.
        summoned: how many were summoned.
        present: how many came.
        documents: ids of the documents it dealt with.
        place: where it was.
        step: ``held``, ``called`` or ``cancelled``.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: with every fault: more present than summoned, more points than units of a kind.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     meeting = act.meet("vn", "giao ban", attendees=["p"], summoned=80, present=78)
    >>> record = om.dossier(act.structure, meeting)
    >>> record.state, record.said["present"]
    ('held', 78)
    """

    name: ClassVar[str] = "party.meet"
    _kind: ClassVar[str] = "meeting"
    _roles: ClassVar[Mapping[str, str]] = {"attendees": "attendee", "documents": "document"}
    host: arg.One = field(converter=arg.one)
    form: str
    of: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    attendees: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    points: arg.Counted = field(default=(), converter=arg.counted, kw_only=True)
    summoned: int | None = field(default=None, kw_only=True)
    present: int | None = field(default=None, kw_only=True)
    documents: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    place: str | None = field(default=None, kw_only=True)
    step: str = field(default="held", kw_only=True)

    @property
    def _numbers(self) -> tuple[Any, ...]:
        """How many points there were by kind, where they are numbers and not the units that had one."""
        return self.points if self.points and isinstance(self.points[0], tuple) else ()

    def _more_fields(self) -> dict[str, Any]:
        return {"points": self._numbers or None}

    def _more_parties(self) -> list[tuple[Any, ...]]:
        return [] if self._numbers else [("point", who) for who in self.points]

    def _check(self, desk: Desk) -> None:
        if self.summoned is not None and self.present is not None and self.present > self.summoned:
            desk.context.fault("present", f"{self.present} present of {self.summoned} summoned", self.host)
        for kind, number in self._numbers:
            if number > (units := desk.structure.count(kind)):
                desk.context.fault("points", f"{number} points for {units} units of kind {kind!r}", self.host)


@frozen
class Inspect(_Begins):
    """An inspection or supervision is decided (kiểm tra, giám sát).

    Attributes:
        inspector: id of the unit that inspects.
        inspected: who is inspected: units, or a Person.
        form: ``kiểm tra``, ``giám sát`` or another word.
        programme: id of the document that plans it.
        within: id of the unit that a person belongs to.
        step: ``decided``, or ``planned``.
        year: the year of the programme.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     case = act.inspect("vn", ["p"], form="giám sát")
    >>> om.dossier(act.structure, case).of("inspected")
    ('p',)
    """

    name: ClassVar[str] = "party.inspect"
    _kind: ClassVar[str] = "inspection"
    _yearly: ClassVar[bool] = True
    inspector: arg.One = field(converter=arg.one)
    inspected: arg.Several = field(converter=arg.several)
    form: str = field(kw_only=True)
    programme: str | None = field(default=None, kw_only=True)
    within: str | None = field(default=None, converter=_maybe, kw_only=True)
    step: str = field(default="decided", kw_only=True)
    year: int | None = field(default=None, kw_only=True)


@frozen
class Discipline(_Begins):
    """Discipline is opened or decided (kỷ luật): of a unit, or of a person within a unit; no text of it is kept.

    Attributes:
        decider: id of the unit that decides.
        subject: id of a unit, or a Person.
        form: ``khiển trách``, ``cảnh cáo``, ``cách chức``, ``khai trừ``, ``giải tán``; None while it is open.
        within: id of the unit that a person belongs to.
        inspection: id of the inspection that found it.
        step: ``decided``, or ``opened``.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     case = act.discipline("vn", "p", form="khiển trách")
    >>> record = om.dossier(act.structure, case)
    >>> record.state, record.said["form"]
    ('decided', 'khiển trách')
    """

    name: ClassVar[str] = "party.discipline"
    _kind: ClassVar[str] = "discipline"
    _yearly: ClassVar[bool] = True
    decider: arg.One = field(converter=arg.one)
    subject: arg.Who = field(converter=arg.who)
    form: str | None = field(default=None, kw_only=True)
    within: str | None = field(default=None, converter=_maybe, kw_only=True)
    inspection: str | None = field(default=None, kw_only=True)
    step: str = field(default="decided", kw_only=True)

    def _more_parties(self) -> list[tuple[Any, ...]]:
        # A person is never shown without a unit: without another one it is the unit that decides.
        return [("within", self.decider)] if isinstance(self.subject, Person) and self.within is None else []

    def _check(self, desk: Desk) -> None:
        if self.step == "decided" and self.form is None:
            desk.context.fault("matter-field", "discipline that is decided has a form; name it", self.decider)


@frozen
class Run(_Begins):
    """A training course, a contest or a campaign is run (lớp bồi dưỡng, hội thi, đợt hoạt động).

    Attributes:
        organiser: id of the unit that runs it.
        form: ``training``, ``contest`` or ``campaign``.
        topic: what it is about.
        participants: unit -> how many take part, or units and Persons.
        number: which time it is held.
        documents: ids of its documents.
        year: its year.
        step: ``held``, ``planned``, ``under_way`` or ``summed_up``.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-11-18") as act:
    ...     course = act.run("vn", "training", topic="digital records", participants={"p": 12})
    >>> record = om.dossier(act.structure, course)
    >>> record.state, [(part.who, part.value) for part in record.parties if part.role == "participant"]
    ('held', [('p', 12)])
    """

    name: ClassVar[str] = "party.run"
    _kind: ClassVar[str] = "activity"
    _yearly: ClassVar[bool] = True
    _roles: ClassVar[Mapping[str, str]] = {"documents": "document", "participants": "participant"}
    organiser: arg.One = field(converter=arg.one)
    form: str
    topic: str | None = field(default=None, kw_only=True)
    participants: arg.Counted = field(default=(), converter=arg.counted, kw_only=True)
    number: int | None = field(default=None, kw_only=True)
    documents: arg.Several = field(default=(), converter=arg.several, kw_only=True)
    year: int | None = field(default=None, kw_only=True)
    step: str = field(default="held", kw_only=True)


@frozen
class CallElection(_Begins):
    """An election of a body of the State is called (bầu cử Quốc hội, hội đồng nhân dân).

    Attributes:
        body: id of the unit whose body is elected.
        level: ``national``, ``province`` or ``commune``.
        term: the term: ``2026-2031``.
        front: id of the Front that consults (hiệp thương).
        preparing: id of the unit that prepares it.
        seats: how many are to be elected.
        candidates: how many stand.
        id: its id; derived if empty.
        when: when it was called; the day of the act if None.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2026-01-10") as act:
    ...     election = act.call_election("p", level="province", term="2026-2031", seats=85)
    >>> record = om.dossier(act.structure, election)
    >>> record.state, record.said["seats"]
    ('called', 85)
    """

    name: ClassVar[str] = "party.call_election"
    _kind: ClassVar[str] = "election"
    _first_step: ClassVar[str] = "called"
    body: arg.One = field(converter=arg.one)
    level: str = field(kw_only=True)
    term: str = field(kw_only=True)
    front: str | None = field(default=None, converter=_maybe, kw_only=True)
    preparing: str | None = field(default=None, converter=_maybe, kw_only=True)
    seats: int | None = field(default=None, kw_only=True)
    candidates: int | None = field(default=None, kw_only=True)

    def _check(self, desk: Desk) -> None:
        if self.seats is not None and self.candidates is not None and self.candidates <= self.seats:
            message = f"{self.candidates} candidates for {self.seats} seats; more are needed"
            desk.context.fault("candidates", message, self.body)


@frozen
class SetUp(_Begins):
    """A steering committee is set up for a task that ends (ban chỉ đạo, tiểu ban).

    Attributes:
        unit: id of the organisation it belongs to.
        task: what it is for.
        form: ``ban chỉ đạo``, ``tiểu ban`` or another word.
        ends_when: what ends it: words, or the id of a target.
        latest: the last day on which it works, at the latest.
        chair: id of a unit, or a Person.
        members: units and Persons.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: it has no task, or nothing that ends it.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     committee = act.set_up("p", "the review of eight years", latest="2025-12-31", chair="p")
    >>> om.dossier(act.structure, committee).said["latest"]
    '2025-12-31'
    """

    name: ClassVar[str] = "party.set_up"
    _kind: ClassVar[str] = "steering"
    _roles: ClassVar[Mapping[str, str]] = {"unit": "of", "members": "member"}
    _first_step: ClassVar[str] = "set_up"
    unit: arg.One = field(converter=arg.one)
    task: str
    form: str = field(default="ban chỉ đạo", kw_only=True)
    ends_when: str | None = field(default=None, kw_only=True)
    latest: arg.Day = field(default=None, converter=arg.day, kw_only=True)
    chair: arg.Who | None = field(default=None, converter=_maybe, kw_only=True)
    members: arg.Several = field(default=(), converter=arg.several, kw_only=True)

    def _more_fields(self) -> dict[str, Any]:
        return {"latest": None if self.latest is None else str(self.latest)}

    def _check(self, desk: Desk) -> None:
        if self.ends_when is None and self.latest is None:
            desk.context.fault("steering", "it never ends; give a condition, a last day or both", self.unit)


@frozen
class SetTarget(_Begins):
    """A target is set for an organisation and a period (giao chỉ tiêu).

    Attributes:
        unit: id of the organisation.
        metric: (name, argument ...) of what is measured: see :data:`orgmodel.party.targets.METRICS`.
        value: what it must reach.
        comparison: how the measured value must compare with it.
        period: the period in which it is to be reached.
        by: id of the unit that sets it.
        post: the post whose holder answers for it.
        title: what people call it.
        id: its id; derived if empty.
        when: when it was; the day of the act if None.

    Raises:
        InvalidAct: no such metric or comparison, a value that is no number, a period without an end.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-02-01") as act:
    ...     target = act.set_target("p", ("count", "commune"), 2, comparison="<=", period=2025)
    >>> om.dossier(act.structure, target).said["comparison"]
    '<='
    """

    name: ClassVar[str] = "party.set_target"
    _kind: ClassVar[str] = "target"
    _roles: ClassVar[Mapping[str, str]] = {"unit": "owner", "by": "setter"}
    _first_step: ClassVar[str] = "set"
    unit: arg.One = field(converter=arg.one)
    metric: tuple[Any, ...] = field(converter=_words)
    value: arg.Figure
    period: arg.On = field(converter=period_when, kw_only=True)
    comparison: str = field(default=">=", kw_only=True)
    by: str | None = field(default=None, converter=_maybe, kw_only=True)
    post: str | None = field(default=None, kw_only=True)
    title: str | None = field(default=None, kw_only=True)

    def _more_fields(self) -> dict[str, Any]:
        return {"period": "/".join(edges(self.period))}

    def _check(self, desk: Desk) -> None:
        if (fault := comparison_fault(self.comparison)) is not None:
            desk.context.fault("comparison", fault, self.unit)
        if (fault := metric_fault(self.metric)) is not None:
            desk.context.fault("metric", fault, self.unit)


# ---- functions of the verbs: (structure, arguments) -> events

plan = function(Plan)
launch = function(Launch)
sign = function(Sign)
sum_up = function(SumUp)
propose = function(Propose)
award = function(Award)
decide = function(Decide)
issue = function(Issue)
meet = function(Meet)
inspect = function(Inspect)
discipline = function(Discipline)
run = function(Run)
call_election = function(CallElection)
set_up = function(SetUp)
set_target = function(SetTarget)
