"""Functions of agencies, founding and ending of bodies, and what is declared of organisations: host, marks, decisions.

Agencies under a committee carry out its functions (propaganda, organisation, internal protection):
``fact:function`` of the agency, slot the function, value ``lead`` or ``part``. Each has exactly one lead (rule C04);
an agency that is made by a merger has the functions of all, and leads what one of them led. In the State and the Front
agencies are bodies of the hierarchy ``system``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.argument_values import Form, plain, read_criteria
from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import strict
from orgmodel.model.fact import fact_track
from orgmodel.party.kinds import AGENCY
from orgmodel.party.offices import check_word
from orgmodel.party.periods import Span, span
from orgmodel.party.questions import on_day, subjects_of
from orgmodel.party.tracks import DECIDED, FORMED, HOST, HOSTS, LEAD, MARK, MARKS, PART
from orgmodel.period import DayLike, Period
from orgmodel.rules.rule import Undecided
from orgmodel.structure.selection import Selection, select
from orgmodel.structure.structure import Structure

__all__ = [
    "BODIES", "Correspond", "DecideOn", "FormBody", "GiveFunction", "Mark", "ReplaceBodies", "agencies", "by_host",
    "direct_organisations", "function_moves", "functions", "lead",
]  # fmt: skip

FUNCTION: Final = fact_track("function")
BASIS: Final = fact_track("basis")
BODIES: Final = ("executive", "standing", "inspection", "secretary", "delegates")
"""Bodies of people that are elected, appointed or provisional."""
HOW_FORMED: Final = ("elected", "appointed", "provisional")


# ---- declared facts


@frozen
class GiveFunction(Operation[None]):
    """An agency has a function (chức năng, nhiệm vụ); one agency leads each (rule C04).

    Attributes:
        agency: id of the agency.
        function: the function.
        part: ``lead`` or ``part``; None: it no longer has it.

    Raises:
        InvalidAct: the agency does not live, or the part is neither.

    >>> from orgmodel.party import example
    >>> with example("p", below={"btg": "agency"}).draft("2025-07-01") as act:
    ...     act.give_function("btg", "propaganda")
    >>> lead(act.structure, "p", "propaganda")
    'btg'
    """

    name: ClassVar[str] = "party.give_function"
    agency: arg.One = field(converter=arg.one)
    function: str
    part: str | None = field(default=LEAD, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        context.live(self.agency)
        if self.part not in (None, LEAD, PART):
            context.fault(
                "function", f"the part in {self.function!r} is {self.part!r}; it is {LEAD} or {PART}", self.agency
            )
        context.events.append(Change(self.agency, FUNCTION, self.part, self.function))
        return context.done(
            f"a function of {self.agency!r} on {at.day}", f"{self.agency}: {self.part} of {self.function}"
        )


@frozen
class Mark(Operation[None]):
    """A unit gets a type of host, a basis of organisation (work or residence), or a mark.

    Attributes:
        unit: id of the unit.
        mark: ``host``, ``basis`` or one of the marks.
        value: a type of host; ``work`` or ``residence``; True or False for a mark. None: it no longer applies.

    Raises:
        InvalidAct: the unit does not live; an unknown mark or value.

    >>> from orgmodel.party import by_host, example
    >>> history = example("p")
    >>> with history.draft("2025-07-01") as act:
    ...     act.mark("p", "host", "school")
    ...     act.mark("p", "delegated_powers")
    >>> by_host(act.structure), act.structure.value("p", "fact:mark", "delegated_powers")
    ({'school': 1}, True)
    """

    name: ClassVar[str] = "party.mark"
    unit: arg.One = field(converter=arg.one)
    mark: str
    value: arg.Value = True

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        context.live(self.unit)
        known: dict[str, tuple[Any, ...]] = {"host": tuple(HOSTS), "basis": ("work", "residence")}
        known |= dict.fromkeys(MARKS, (True, False))
        check_word(context, "mark", self.mark, known, self.unit)
        values = known.get(self.mark, ())
        if values and self.value is not None and self.value not in values:
            message = f"{self.mark} is {self.value!r}, none of {', '.join(map(str, values))}"
            context.fault("mark", message, self.unit)
        track = {"host": HOST, "basis": BASIS}.get(self.mark, MARK)
        context.events.append(Change(self.unit, track, self.value, self.mark if track == MARK else None))
        return context.done(f"a mark of {self.unit!r} on {at.day}", f"{self.mark} of {self.unit}: {self.value}")


@frozen
class Correspond(Operation[None]):
    """A Party organisation corresponds to a unit of the State or the Front (tương ứng; rule B01).

    Attributes:
        unit: id of the Party organisation.
        to: id of the unit of the hierarchy ``system``; None: to none any more.

    Raises:
        InvalidAct: one of them does not live, or another organisation corresponds to it already.

    >>> import orgmodel as om
    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.create(om.Unit("system", kind="system", hierarchy="system"))
    ...     _ = act.create(om.Unit("ubnd", kind="state-province", hierarchy="system", parent="system"))
    ...     act.correspond("p", to="ubnd")
    >>> act.structure.value("p", "corresponds_to")
    'ubnd'
    """

    name: ClassVar[str] = "party.correspond"
    unit: arg.One = field(converter=arg.one)
    to: arg.One | None = field(converter=arg.maybe_one)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        context.live(self.unit)
        if self.to is not None and context.live(self.to, "unit of the State"):
            others = [other for other in at.structure.corresponding(self.to) if other != self.unit]
            if others:
                context.fault("corresponds", f"{others[0]!r} corresponds to {self.to!r} already", self.unit, self.to)
        context.events.append(Change(self.unit, tracks.CORRESPONDS, self.to))
        return context.done(f"a correspondence of {self.unit!r} on {at.day}", f"{self.unit} corresponds to {self.to}")


@frozen
class DecideOn(Operation[None]):
    """Who decided on a founding, a dissolution or an exception (cấp quyết định; rules A06 to A08).

    Attributes:
        unit: id of the unit that it is about.
        what: ``founding``, ``dissolution``, or ``exception:RULE``.
        by: id of the unit whose committee decided; False: it did not consent.

    Raises:
        InvalidAct: one of them does not live.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-07-01") as act:
    ...     act.decide_on("p", "founding", by="vn")
    >>> act.structure.slots("p", "fact:decided")
    {'founding': 'vn'}
    """

    name: ClassVar[str] = "party.decide_on"
    unit: arg.One = field(converter=arg.one)
    what: str
    by: arg.Value = field(kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        context.live(self.unit)
        if self.what not in ("founding", "dissolution") and not self.what.startswith("exception:"):
            context.fault("decided", f"{self.what!r} is not founding, dissolution or exception:RULE", self.unit)
        if self.by is not False:
            context.live(self.by, "unit that decided")
        context.events.append(Change(self.unit, DECIDED, self.by, self.what))
        return context.done(f"a decision on {self.unit!r} on {at.day}", f"{self.what} of {self.unit} by {self.by}")


@frozen
class FormBody(Operation[None]):
    """How a body of people of a unit came about (hình thành cấp ủy; rules C07, C08, E06, E11).

    Attributes:
        unit: id of the unit.
        body: one of :data:`BODIES`.
        how: ``elected``, ``appointed`` or ``provisional``.

    Raises:
        InvalidAct: the unit does not live; an unknown body or way.

    >>> from orgmodel.party import example
    >>> history = example("p")
    >>> with history.draft("2025-07-01") as act:
    ...     act.form_body("p", "executive", how="appointed")
    >>> act.structure.slots("p", "fact:formed")
    {'executive': 'appointed'}
    """

    name: ClassVar[str] = "party.form_body"
    unit: arg.One = field(converter=arg.one)
    body: str
    how: str = field(kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context = OperationContext(at)
        context.live(self.unit)
        check_word(context, "formed", self.body, BODIES, self.unit)
        check_word(context, "formed", self.how, HOW_FORMED, self.unit)
        context.events.append(Change(self.unit, FORMED, self.how, self.body))
        return context.done(f"a body of {self.unit!r} on {at.day}", f"{self.body} of {self.unit}: {self.how}")


# ---- ending bodies, founding organisations


def _received(receives: Any) -> tuple[tuple[str, Any], ...]:
    pairs = receives.items() if hasattr(receives, "items") else receives
    return tuple(
        (arg.one(new), chosen if isinstance(chosen, Selection) else arg.chosen(chosen)) for new, chosen in pairs
    )


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2


RECEIVES: Final = Form(
    "a list of [id of a new organisation, units or criteria]",
    lambda value: isinstance(value, (list, tuple)) and all(map(_is_pair, value)),
    {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
    lambda value: _received((new, read_criteria(of) if isinstance(of, Mapping) else of) for new, of in value),
    lambda value: [[new, plain(of)] for new, of in value],
)


@frozen
class ReplaceBodies(Operation[None]):
    """Bodies end, organisations are founded, and each of these receives what a selection chooses.

    Đảng đoàn, ban cán sự đảng and đảng ủy khối ended; Đảng bộ các cơ quan Đảng and Đảng bộ UBND were founded. Every unit
    directly under a body that ends goes to one place. Founding is not merging: no links are made.

    Attributes:
        ending: ids of the bodies that end; agencies under them end with them if they have nothing below.
        foundings: the new organisations, with id and parent.
        receives: (id of a new organisation, which units it receives) each.
        rest: id of a unit, live or founded, that takes the units that no selection chooses.
        decided_by: id of the unit whose committee decides, recorded on all that begins and ends.

    Raises:
        InvalidAct: with every fault: a body that does not live, a new organisation without an id or parent.
        Ambiguous: with every unit that no selection chooses, or several do.

    >>> import orgmodel as om
    >>> rows = [{"id": "p"}, {"id": "k", "parent": "p"}, {"id": "x", "parent": "k"}, {"id": "y", "parent": "k"}]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-02-01") as act:
    ...     act.replace_bodies("k", foundings=[om.Unit("new", parent="p")], receives=[("new", "x")], rest="p")
    >>> act.structure.children("p"), act.structure.children("new")
    (('y', 'new'), ('x',))
    """

    name: ClassVar[str] = "party.replace_bodies"
    ending: arg.Units = field(converter=arg.chosen)
    foundings: arg.News = field(converter=arg.units, kw_only=True)
    receives: Annotated[tuple[tuple[str, Any], ...], RECEIVES] = field(default=(), converter=_received, kw_only=True)
    rest: str | None = field(default=None, converter=arg.maybe_one, kw_only=True)
    decided_by: str | None = field(default=None, converter=arg.maybe_one, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The creations, the moves, the closures."""
        context, structure = OperationContext(at), at.structure
        bodies = [unit for unit in context.ids(self.ending) if context.live(unit)]
        self._check(context, bodies)
        context.stop(f"bodies that end on {at.day}")
        # Agencies of a body go with it; one with units below it is no mere staff and needs a place.
        staff = {agency for body in bodies for agency in agencies(structure, body) if not structure.children(agency)}
        homes = self._homes(context, bodies, {*bodies, *staff})
        # In this order no unit is ever without a live parent: founded first, moved next, ended last.
        context.events += map(Creation, self.foundings)
        self._record_decision(context, "founding", [founded.id for founded in self.foundings])
        for unit, home in homes.items():
            if home not in (None, structure.parent(unit)):
                context.events.append(Change(unit, tracks.PARENT, home))
        # From the bottom up, as nothing may end that has a unit below it.
        closing = [*filter(staff.__contains__, structure), *sorted(bodies, key=structure.depth, reverse=True)]
        self._record_decision(context, "dissolution", closing)
        context.events += map(Closure, closing)
        number = len(self.foundings)
        return context.done(f"bodies that end on {at.day}", f"end {len(bodies)} bodies, found {number} organisations")

    def _check(self, context: OperationContext, bodies: list[str]) -> None:
        """Faults of what is founded, of who takes the rest and of who decides."""
        founded_ids = {unit.id for unit in self.foundings}
        for founded in self.foundings:
            above = founded.parent
            context.fresh(founded.id)
            if above in bodies:
                context.fault("live-parent", f"{founded.label!r} would stand under {above!r}, which ends", founded.id)
            elif above not in founded_ids:
                context.live(above or "", "parent")
        if self.rest in bodies:
            context.fault("live-unit", f"{self.rest!r} ends and cannot take the rest", self.rest)
        elif self.rest is not None and self.rest not in founded_ids:
            context.live(self.rest)
        if self.decided_by is not None:
            context.live(self.decided_by, "unit that decides")

    def _homes(self, context: OperationContext, bodies: list[str], ending: set[str]) -> dict[str, str | None]:
        """Unit -> where it goes: all directly under a body that ends, and what a selection chooses from elsewhere."""
        structure = context.structure
        children = (unit for body in bodies for unit in structure.children(body))
        claims: dict[str, list[str]] = {unit: [] for unit in children if unit not in ending}
        for new, chosen in self.receives:
            units = context.ids([chosen] if isinstance(chosen, (str, Selection)) else chosen)
            for unit in filter(lambda unit: unit not in ending, units):
                claims.setdefault(unit, []).append(new)
        self._check_claims(context, claims)
        return {unit: claimed[0] if claimed else self.rest for unit, claimed in claims.items()}

    def _check_claims(self, context: OperationContext, claims: Mapping[str, Sequence[str]]) -> None:
        """Ask where a unit goes that several new organisations claim, or none."""
        for unit, claimed in claims.items():
            if len(claimed) > 1:
                context.ask("one-place", f"it is chosen for {', '.join(claimed)}; choose one", unit)
            elif not claimed and self.rest is None:
                context.ask("one-place", "no selection chooses it; say where it goes, or who takes the rest", unit)
        for unit in sorted(self._above_foundings(context.structure)):
            if claims.get(unit):
                context.fault("no-cycle", "it stands above the organisation that would receive it", unit)

    def _above_foundings(self, structure: Structure) -> set[str]:
        """The live units above the new organisations."""
        parents = [new.parent for new in self.foundings if new.parent is not None and new.parent in structure]
        return {unit for parent in parents for unit in (parent, *structure.ancestors(parent))}

    def _record_decision(self, context: OperationContext, decision: str, units: Iterable[str]) -> None:
        if self.decided_by is not None:
            context.events += [Change(unit, DECIDED, self.decided_by, decision) for unit in units]


# ---- functions of the verbs: (structure, arguments) -> events

give_function = function(GiveFunction)
mark = function(Mark)
correspond = function(Correspond)
decide_on = function(DecideOn)
form_body = function(FormBody)
replace_bodies = function(ReplaceBodies)


# ---- questions


def is_agency(structure: Structure, unit: str) -> bool:
    """Whether a unit is an agency: of a kind that the schema says is one, or of the kind ``agency``."""
    kind = structure.value(unit, tracks.KIND)
    return kind == AGENCY or structure.schema.is_agency(kind)


@strict
def agencies(h: Structure | History, unit: str, *, on: DayLike | None = None) -> tuple[str, ...]:
    """Ids of the agencies directly under a unit in any hierarchy; a steering committee is a matter, not an agency.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> agencies(example("p", below={"btc": "agency", "c": "commune"}, day="2025-07-01"), "p")
    ('btc',)
    """
    structure = on_day(h, on)
    below = dict.fromkeys(child for name in structure.hierarchies for child in structure.children(unit, name))
    return tuple(child for child in below if is_agency(structure, child))


@strict
def direct_organisations(
    h: Structure | History, unit: str, *, besides: str | None = None, on: DayLike | None = None
) -> tuple[str, ...]:
    """Ids of the organisations directly under a unit: its children that are no agencies, nor of the kind ``besides``.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        besides: a kind that is left out; None: none.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> direct_organisations(example("p", below={"btc": "agency", "c": "commune"}, day="2025-07-01"), "p")
    ('c',)
    """
    structure = on_day(h, on)
    return tuple(
        child
        for child in structure.children(unit)
        if not is_agency(structure, child) and (besides is None or structure.value(child, tracks.KIND) != besides)
    )


@strict
def functions(h: Structure | History, unit: str, *, on: DayLike | None = None) -> dict[str, dict[str, str]]:
    """Function -> agency -> ``lead`` or ``part``, of a unit's own and of the agencies directly under it.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p", below={"btg": "agency", "vp": "agency"})
    >>> with history.draft("2025-07-01") as act:
    ...     act.give_function("btg", "propaganda")
    ...     act.give_function("vp", "propaganda", part="part")
    >>> functions(act.structure, "p"), lead(act.structure, "p", "propaganda")
    ({'propaganda': {'btg': 'lead', 'vp': 'part'}}, 'btg')
    """
    structure = on_day(h, on)
    parts: dict[str, dict[str, str]] = {}
    for agency in (unit, *agencies(structure, unit)):
        for name, part in structure.slots(agency, FUNCTION).items():
            parts.setdefault(name, {})[agency] = part
    return dict(sorted(parts.items()))


@strict
def lead(h: Structure | History, unit: str, function: str, *, on: DayLike | None = None) -> str | Undecided:
    """The id of the one agency that leads a function of a unit (rule C04); undecided if none or several do.

    Args:
        h: a structure, or a history.
        unit: id of the unit.
        function: the function, in the words in which it was recorded.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("p", below={"btg": "agency"})
    >>> with history.draft("2025-07-01") as act:
    ...     act.give_function("btg", "propaganda")
    >>> lead(act.structure, "p", "propaganda"), str(lead(act.structure, "p", "inspection"))
    ('btg', 'p: no agency leads it [C04]')
    """
    structure = on_day(h, on)
    leading = [agency for agency, part in functions(structure, unit).get(function, {}).items() if part == LEAD]
    if len(leading) == 1:
        return leading[0]
    message = f"{len(leading)} agencies lead it: {', '.join(leading)}" if leading else "no agency leads it"
    return Undecided("function", (unit, *leading), "C04", structure.day, message)


@frozen
class FunctionMove:
    """A function that begins or ends with an agency.

    Attributes:
        function: which.
        agency: id of the agency.
        part: ``lead`` or ``part``.
        what: ``begins`` or ``ends``.
        day: on which day.
        act: id of the act; empty if it ended with its agency or on a day set before.
    """

    function: str
    agency: str
    part: str
    what: Literal["begins", "ends"]
    day: Any
    act: str


@strict
def function_moves(history: History, unit: str | None = None, *, period: Span) -> tuple[FunctionMove, ...]:
    """The functions that began or ended with agencies of a unit, or anywhere, in a period: phân cấp, phân quyền.

    What goes on in the same agency, or is carried into its successor, is no move.

    Args:
        history: the history.
        unit: id of the unit whose agencies count; None: the agencies of all units.
        period: the period; a day, month or year means all of it.

    Raises:
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.party import example
    >>> history = example("p", below={"btg": "agency", "vp": "agency"}, day="2024-01-01")
    >>> with history.draft("2024-01-02") as act:
    ...     act.give_function("btg", "press")
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     act.give_function("btg", "press", part=None)
    ...     act.give_function("vp", "press")
    >>> [(move.agency, move.what, str(move.day)) for move in function_moves(history.enact(act), "p", period=2025)]
    [('btg', 'ends', '2025-07-01'), ('vp', 'begins', '2025-07-01')]
    """
    asked = span(period)
    if unit is not None:
        history.biography(unit)  # an id that was misspelt is no unit without moves
    moves: list[FunctionMove] = []
    for agency in subjects_of(history, FUNCTION):
        if unit is None or _stood_under(history, agency, unit):
            moves += _moves_of(history, agency, asked)
    return tuple(sorted(moves, key=lambda move: (move.day, move.function, move.agency, move.what)))


def _moves_of(history: History, agency: str, asked: Period) -> Iterator[FunctionMove]:
    """The moves of the functions of one agency in a period."""
    # Rows of no length were overwritten on their own day.
    facts = [fact for fact in history.biography(agency) if fact.track == FUNCTION and fact.start != fact.end]
    # A fact that ends where one of the same function begins only changes its part; that is no end.
    going_on: set[tuple[Any, Any]] = {(fact.slot, fact.start) for fact in facts}
    # What an agency has on the day of its merger goes on in the successor.
    if history.lineage.successors(agency, direct=True):
        going_on |= {(fact.slot, history.life(agency).end) for fact in facts}
    for fact in facts:
        function, part = str(fact.slot), str(fact.value)
        if fact.start in asked and not fact.carried_from:
            yield FunctionMove(function, agency, part, "begins", fact.start, fact.act.id)
        if _ends_in(fact, asked) and (fact.slot, fact.end) not in going_on:
            act = "" if fact.ended_by is None else fact.ended_by.id
            yield FunctionMove(function, agency, part, "ends", fact.end, act)


def _ends_in(fact: Fact, period: Period) -> bool:
    return fact.end is not None and fact.end in period


def _stood_under(history: History, agency: str, unit: str) -> bool:
    """Whether an agency is a unit, or ever stood directly under it in any hierarchy."""
    parents = {fact.value for fact in history.biography(agency) if tracks.is_parent(fact.track)}
    return agency == unit or unit in parents


@strict
def by_host(h: Structure | History, *, under: str | None = None, on: DayLike | None = None) -> dict[str, int]:
    """Type of host -> how many organisations below a unit, or in all, have it on record.

    Args:
        h: a structure, or a history.
        under: only units below this one; None: all.
        on: the day, if a history is asked; None: the last one of it.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit ``under`` does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example("a", "b", "c")
    >>> with history.draft("2025-07-01") as act:
    ...     act.mark("a", "host", "school")
    ...     act.mark("b", "host", "school")
    >>> by_host(history.enact(act), under="vn", on="2025-07-01")
    {'school': 2}
    """
    structure = on_day(h, on)
    units: Sequence[str] = tuple(structure) if under is None else structure.select(select(under=under))
    values = structure.values(units, HOST)
    return {host: values.count(host) for host in HOSTS if host in values}
