"""Divisions of units: breakdown, split-off, transfer, and successions of many to many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from attrs import evolve, field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Link
from orgmodel.acts.operation import Events, Operation, Point, R_co, function
from orgmodel.acts.operations.choices import Combining, Dividing, own_first
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.acts.operations.transition import Transition, settled, with_shares
from orgmodel.acts.policies import Allocation, GivenShares
from orgmodel.model.unit import Unit

__all__ = [
    "BreakDown",
    "Reorganise",
    "SplitOff",
    "SplitOffSeveral",
    "Transfer",
    "break_down",
    "reorganise",
    "split_off",
    "split_off_several",
    "transfer",
]


@frozen(field_transformer=own_first)
class BreakDown(Dividing[tuple[str, ...]]):
    """A breakdown (chia): the unit ends and two or more new ones begin.

    By default each part stands where the unit stood and joins its cluster. Every child needs a home. Counts divide by
    stated shares or by an allocation; else each part has an unknown number between 0 and all of it.

    Attributes:
        unit: the unit that ends.
        into: two or more new units; missing ids are derived.
        children: child -> part (an id or name, an index into ``into``, or the unit itself), or a function of
            (structure, child) that returns the part.
        shares: part -> measure -> fraction; the links have them as well.
        allocation: the policy for counts without stated shares.
        tolerance: by how much stated shares may miss 1 because their source rounded them; the difference goes to the
            largest of them, with a note.
        under: the parts' parent, or hierarchy -> parent; None: the unit's.
        cluster: the cluster they join, or a policy; None: the unit's.
        dominant: the part to take if only one can be.
        dominant_by: who says so.
        cross_kind: whether parts may be of another kind.

    Raises:
        InvalidAct: the unit does not exist, fewer than two parts, a used id ...
        Ambiguous: children have no home; each is listed.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "p", "parent": "vn", "members": 9}, {"id": "c", "parent": "p"}]
    >>> event, = break_down(structure_of(rows, day="2025-01-01"), "p", [Unit("n"), Unit("s")], children={"c": "n"},
    ...                     shares={"n": {"members": "1/3"}})
    >>> event.type, [(change.subject, change.value) for change in event.changes]
    ('breakdown', [('c', 'n'), ('n', 3), ('s', 6)])
    """

    name = "break_down"
    unit: arg.One = field(converter=arg.one)
    into: arg.News = field(converter=arg.units)
    children: arg.Homes = field(default=None, converter=arg.homes, kw_only=True)
    shares: arg.Shares = field(default=None, converter=arg.shares, kw_only=True)
    dominant: arg.Part = field(default=None, kw_only=True)
    dominant_by: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        _refer(self, self.into, "children", "shares", "dominant")

    def resolve(self, at: Point) -> Events:
        """The event."""
        context, old = OperationContext(at), self.unit
        parts = _Parts(context, self.into, [old])
        if len(parts.units) < 2:
            message = f"a breakdown needs two new units or more, not {len(parts.units)}; use replace for one"
            context.fault("break-down-two", message, old)
        text = ""
        if context.live(old) and parts.units:
            dominant = None if self.dominant is None else parts.id_of(self.dominant, "dominant=")
            links = [
                Link(old, new.id, "part", dominant=True, dominant_by=self.dominant_by)
                if new.id == dominant
                else Link(old, new.id, "part")
                for new in parts.units
            ]
            _divide(self, context, parts, links, parts.homes(self.children, context.all_children(old)))
            text = f"break down {context.label(old)} into {', '.join(new.label for new in parts.units)}"
        return context.done(f"a breakdown of {old!r} on {at.day}", text, [new.id for new in parts.units])

    def gives(self, events: Events) -> tuple[str, ...]:
        """Ids of the parts, in their order."""
        return events.made


@frozen(field_transformer=own_first)
class _SplitOff(Dividing[R_co]):
    unit: arg.One = field(converter=arg.one)
    into: arg.NewOrNews = field(converter=arg.unit_or_units)
    children: arg.HomesOrUnits = field(default=None, converter=arg.homes_or_units, kw_only=True)
    shares: arg.PartShares = field(default=None, converter=arg.shares, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if len(self.into) == 1 and self.shares and not any(isinstance(of, tuple) for _, of in self.shares):
            object.__setattr__(self, "shares", ((self.into[0].id or 0, self.shares),))
        _refer(self, self.into, "children", "shares")

    def resolve(self, at: Point) -> Events:
        """The event."""
        context, old, text = OperationContext(at), self.unit, ""
        parts = _Parts(context, self.into, [old])
        if not parts.units:
            context.fault("split-off-one", "a split-off needs a new unit", old)
        if context.live(old) and parts.units:
            parts.add(old)
            links = [Link(old, new, "part") for new in (old, *(new.id for new in parts.units))]
            _divide(self, context, parts, links, self._homes(context, parts))
            text = f"split {', '.join(new.label for new in parts.units)} off {context.label(old)}"
        return context.done(f"a split-off from {old!r} on {at.day}", text, [new.id for new in parts.units])

    def _homes(self, context: OperationContext, parts: _Parts) -> dict[str, str]:
        children = self.children
        # Pairs (child, home), or children that all go to the only new unit: the converter lets no mixture pass.
        if children is None or callable(children) or all(isinstance(item, tuple) for item in children):
            return parts.homes(cast(arg.Homes, children), context.all_children(self.unit))
        if len(parts.units) == 1:
            return dict.fromkeys(context.ids(cast(arg.Units, children), "children"), parts.units[0].id)
        context.ask("children", "there are several new units; say child -> new unit in children=", self.unit)
        return {}


@frozen
class SplitOff(_SplitOff[str]):
    """A split-off (tách): the unit goes on, and a part of it begins as a new unit.

    Children that are not named stay. Counts divide as in a breakdown; the rest stays with the unit.

    Attributes:
        unit: the unit that goes on.
        into: the new unit, or several; missing ids are derived. A draft returns the id of the first one: for several at
            once use ``split_off_several``.
        children: the children that go to the only new unit (ids or a selection), or child -> new unit.
        shares: part -> measure -> fraction; for one new unit simply measure -> fraction.
        allocation: the policy for counts without stated shares; the unit itself is the first part.
        tolerance: by how much stated shares may miss 1; the difference goes to the largest of them, with a note.
        under: the new units' parent, or hierarchy -> parent; None: the unit's.
        cluster: the cluster they join, or a policy; None: the unit's.
        cross_kind: whether a new unit may be of another kind.

    Raises:
        InvalidAct: the unit does not exist, something that is not its child, a used id ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "p", "parent": "vn", "members": 9}, {"id": "c", "parent": "p"}]
    >>> event, = split_off(structure_of(rows, day="2025-01-01"), "p", Unit("n"), children="c", shares={"members": "2/3"})
    >>> event.type, [(change.subject, change.value) for change in event.changes]
    ('split-off', [('c', 'n'), ('p', 3), ('n', 6)])
    """

    name = "split_off"

    def gives(self, events: Events) -> str:
        """The id of the first new unit."""
        return events.made[0]


@frozen
class SplitOffSeveral(_SplitOff[tuple[str, ...]]):
    """A split-off (tách) of several new units at once; its arguments are those of ``split_off``.

    Attributes:
        unit: the unit that goes on.
        into: the new units; missing ids are derived.
        children: child -> new unit.
        shares: part -> measure -> fraction.
        allocation: the policy for counts without stated shares; the unit itself is the first part.
        tolerance: by how much stated shares may miss 1; the difference goes to the largest of them, with a note.
        under: the new units' parent, or hierarchy -> parent; None: the unit's.
        cluster: the cluster they join, or a policy; None: the unit's.
        cross_kind: whether a new unit may be of another kind.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "p", "parent": "vn"}], day="2025-01-01")
    >>> split_off_several(s, "p", [Unit("n"), Unit("m")]).made
    ('n', 'm')
    """

    name = "split_off_several"

    def gives(self, events: Events) -> tuple[str, ...]:
        """Ids of the new units, in their order."""
        return events.made


@frozen
class Transfer(Operation[None]):
    """A transfer (điều chỉnh): part of one unit passes to another; both go on.

    If only children change their parent and nothing of the giver itself passes over, use reassign. The giver's own
    counts divide as in a breakdown; ``shares={"members": 0}`` keeps all members with the giver.

    Attributes:
        giver: the unit that gives a part.
        taker: the unit that takes it.
        children: the giver's children that pass over: ids or a selection.
        shares: measure -> fraction of the giver's count that passes over.
        allocation: the policy for counts without stated shares; giver first, then taker.
        cross_kind: whether the units may be of different kinds.

    Raises:
        InvalidAct: a unit does not exist, giver and taker are one unit, something is no child of the giver ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "members": 10} for p in ("a", "b")]
    >>> event, = transfer(structure_of(rows, day="2025-01-01"), "a", "b", shares={"members": "1/5"})
    >>> event.type, [(change.subject, change.value) for change in event.changes]
    ('transfer', [('a', 8), ('b', 12)])
    """

    name = "transfer"
    giver: arg.One = field(converter=arg.one)
    taker: arg.One = field(converter=arg.one)
    children: arg.Units | None = field(default=None, converter=arg.maybe_chosen, kw_only=True)
    shares: arg.PartShares = field(default=None, converter=arg.shares, kw_only=True)
    allocation: arg.Dividing = field(default=None, kw_only=True, validator=arg.is_policy)
    cross_kind: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        # Shares of the taker by its id say the same as shares without one.
        if len(self.shares) == 1 and self.shares[0][0] == self.taker and isinstance(self.shares[0][1], tuple):
            object.__setattr__(self, "shares", self.shares[0][1])

    def resolve(self, at: Point) -> Events:
        """The event."""
        context, old, new, structure = OperationContext(at), self.giver, self.taker, at.structure
        if old == new:
            context.fault("transfer-two", "a unit cannot give a part to itself; name another taker", old)
        text = ""
        # `&` asks about both units, so that two faults are reported together.
        if context.live(old, "giver") & context.live(new, "taker") and old != new:
            parts = _Parts(context, (), [old])
            parts.add(old)
            parts.add(new)
            allocation = _allocation(context, parts, ((new, self.shares),) if self.shares else (), self.allocation)
            links = [Link(old, old, "part"), Link(old, new, "part"), Link(new, new)]
            homes = {} if self.children is None else dict.fromkeys(context.ids(self.children, "children"), new)
            for stranger in sorted(homes.keys() - set(context.all_children(old))):
                context.mend("children", f"it is no child of {old!r}; leave it out of children=", stranger, old)
                del homes[stranger]
            transition = Transition(
                context, with_shares(links, allocation), homes=homes, allocation=allocation, cross_kind=self.cross_kind
            )
            context.events.append(transition.event())
            kinds = {structure.unit(old).kind, structure.unit(new).kind}
            if len(kinds) > 1 and not self.cross_kind:
                message = " and ".join(sorted(str(kind) for kind in kinds))
                context.fault(
                    "same-kind", f"giver and taker are of kinds {message}; ask for it with cross_kind=True", old, new
                )
            text = f"transfer part of {context.label(old)} to {context.label(new)}"
        return context.done(f"a transfer from {old!r} to {new!r} on {at.day}", text, [new])


@frozen(field_transformer=own_first)
class Reorganise(Combining[tuple[str, ...]]):
    """A reorganisation (sắp xếp): units become other units, many to many, in one event.

    The children of a unit with one successor go there; those of a divided unit need a home. A unit that goes on has a
    link to itself.

    Attributes:
        links: from old to new: :class:`~orgmodel.acts.events.Link`, (old, new) or (old, new, extent). The default extent
            is whole for the only link of an old unit, else part.
        created: the units that begin; every other new unit must exist.
        children: child -> new unit, or a function of (structure, child).
        shares: new unit -> measure -> fraction, for every old unit that gives it a part and has no shares on its link.
        allocation: the policy for counts of divided units without stated shares.
        tolerance: by how much the shares of a measure of one old unit may miss 1 because their source rounded them; the
            difference goes to the largest of them, with a note.
        under: the parent of created units that state none, or hierarchy -> parent; None: their predecessors'.
        cluster: the cluster that created units join, or a policy; None: their predecessors'.
        offices: the policy for offices of units that end.
        ratings: the policy for measures that do not combine.
        cross_kind: whether a successor may be of another kind.

    Raises:
        InvalidAct: links contradict each other, a unit does not exist ...
        Ambiguous: children have no home, or parents or clusters are open.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "p"}] + [{"id": c, "parent": "p"} for c in "abc"], day="2025-01-01")
    >>> event, = reorganise(s, [("a", "x"), ("b", "x"), ("b", "y"), ("c", "y")], created=[Unit("x"), Unit("y")])
    >>> event.type, [(link.old, link.new, link.extent) for link in event.links]
    ('reorganisation', [('a', 'x', 'whole'), ('b', 'x', 'part'), ('b', 'y', 'part'), ('c', 'y', 'whole')])
    """

    name = "reorganise"
    links: arg.Links = field(converter=arg.links)
    created: arg.News = field(default=(), converter=arg.units, kw_only=True)
    children: arg.Homes = field(default=None, converter=arg.homes, kw_only=True)
    shares: arg.Shares = field(default=None, converter=arg.shares, kw_only=True)
    allocation: arg.Dividing = field(default=None, kw_only=True, validator=arg.is_policy)
    tolerance: arg.Tolerance = field(default=Fraction(0), converter=arg.fraction, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _refer(self, self.created, "children", "shares")
        links = tuple(
            link if isinstance(link, Link) else (link[0], arg.refer(link[1], self.created), *link[2:])
            for link in self.links
        )
        object.__setattr__(self, "links", links)

    def resolve(self, at: Point) -> Events:
        """The event."""
        context, text = OperationContext(at), ""
        olds = dict.fromkeys(link.old if isinstance(link, Link) else link[0] for link in self.links)
        parts = _Parts(context, self.created, [str(old) for old in olds])
        read = _read_links(context, parts, self.links)
        _check_ends(context, parts, olds, read)
        for old in olds:
            context.live(old)
        if not read and not context.faults:
            context.fault("links", "a reorganisation needs links")
        if not context.faults:
            for old in olds:
                parts.add(old)
            allocation = _allocation(context, parts, self.shares, self.allocation)
            divided = dict.fromkeys(link.old for link in read if link.extent == "part")
            kids = dict.fromkeys(child for old in divided for child in context.all_children(old))
            transition = Transition(
                context,
                settled(context, with_shares(read, allocation), self.tolerance),
                parts.units,
                homes=parts.homes(self.children, kids),
                under=context.under(self.under),
                clusters=self.cluster,
                allocation=allocation,
                offices=self.offices,
                ratings=self.ratings,
                cross_kind=self.cross_kind,
            )
            context.events.append(transition.event())
            news = ", ".join(dict.fromkeys(parts.label(link.new) for link in read))
            text = f"reorganise {context.labels(list(olds))} into {news}"
        return context.done(f"a reorganisation on {at.day}", text, [unit.id for unit in parts.units])

    def gives(self, events: Events) -> tuple[str, ...]:
        """Ids of the created units, in their order."""
        return events.made


def _divide(
    operation: BreakDown | _SplitOff[Any],
    context: OperationContext,
    parts: _Parts,
    links: Sequence[Link],
    homes: Mapping[str, str],
) -> None:
    """Add the event that divides a unit."""
    allocation = _allocation(context, parts, operation.shares, operation.allocation)
    transition = Transition(
        context,
        settled(context, with_shares(links, allocation), operation.tolerance),
        parts.units,
        homes=homes,
        under=context.under(operation.under),
        clusters=operation.cluster,
        allocation=allocation,
        cross_kind=operation.cross_kind,
    )
    context.events.append(transition.event())


def _refer(operation: Any, into: Sequence[Unit], *names: str) -> None:
    """Replace units that name a part by ids or indices: a file has no object identities."""
    for name in names:
        value = getattr(operation, name)
        if name == "dominant":
            object.__setattr__(operation, name, arg.refer(value, into))
        elif isinstance(value, tuple) and all(isinstance(item, tuple) for item in value):
            # In children the part is the value, in shares the key.
            at = 1 if name == "children" else 0
            pairs = tuple(
                (arg.refer(pair[0], into) if at == 0 else pair[0], arg.refer(pair[1], into) if at == 1 else pair[1])
                for pair in value
            )
            object.__setattr__(operation, name, pairs)


def _check_ends(context: OperationContext, parts: _Parts, olds: Collection[str], links: Iterable[Link]) -> None:
    """Faults for new units that neither are created nor have links out of them, and for created ones without links."""
    news = dict.fromkeys(link.new for link in links)
    for new in news:
        if new not in olds and new not in parts.ids:
            lives = new in context.structure
            message = "it neither lives nor is among created="
            message = "it lives and goes on, so it needs a link to itself as well" if lives else message
            context.fault("links", message, new)
    for unit in parts.units:
        if unit.id not in news:
            context.fault("links", "it is created but no link leads to it", unit.id)


def _read_links(context: OperationContext, parts: _Parts, links: Iterable[Link | tuple[Any, ...]]) -> list[Link]:
    """Links with the ids of new units and their extents; faults for links that contradict each other."""
    read: list[tuple[Link, bool]] = []
    for entry in links:
        if isinstance(entry, Link):
            read.append((entry, True))
            continue
        old, new, *extent = entry
        link = Link(
            old,
            (parts.find(new) or new) if isinstance(new, str) else parts.id_of(new, "links"),
            extent[0] if extent else "whole",
        )
        read.append((link, bool(extent)))
    of_old: dict[str, int] = {}
    for link, _ in read:
        of_old[link.old] = of_old.get(link.old, 0) + 1
    result = [link if stated or of_old[link.old] == 1 else evolve(link, extent="part") for link, stated in read]
    pairs: set[tuple[str, str]] = set()
    for link in result:
        if link.extent not in ("whole", "part"):
            context.fault("links", f"the extent is whole or part, not {link.extent!r}", link.old, link.new)
        if (link.old, link.new) in pairs:
            context.fault("links", f"the link {link.old!r} -> {link.new!r} is there twice", link.old)
        pairs.add((link.old, link.new))
        if link.extent == "whole" and of_old[link.old] > 1:
            context.fault(
                "links", f"{link.old!r} goes to {link.new!r} as a whole and to another unit as well", link.old, link.new
            )
    return result


class _Parts:
    """The new units of a division, and the names by which callers refer to them.

    Attributes:
        passed: the units as the caller passed them.
        units: the same with ids.
        others: ids of existing units that are parts as well.
    """

    def __init__(self, context: OperationContext, passed: Sequence[Unit], members: Sequence[str]) -> None:
        self.context = context
        self.passed = list(passed)
        self.units: list[Unit] = []
        self.others: list[str] = []
        for index, unit in enumerate(self.passed):
            if unit.id:
                context.fresh(unit.id)
            else:
                unit = evolve(unit, id=context.derive("part", index, among=members))
            if unit.id in self.ids:
                context.fault("id-once", f"two new units have the id {unit.id!r}", unit.id)
            self.units.append(unit)

    @property
    def ids(self) -> set[str]:
        return {unit.id for unit in self.units}

    def add(self, unit: str) -> None:
        """Add an existing unit as a part."""
        self.others.append(unit)

    def label(self, part: str) -> str:
        return next((unit.label for unit in self.units if unit.id == part), part)

    def find(self, part: object) -> str | None:
        """The id of a part by a caller's reference; None if there is no such part, or several."""
        if isinstance(part, bool):
            return None
        if isinstance(part, int):
            return self.units[part].id if 0 <= part < len(self.units) else None
        if isinstance(part, Unit):
            candidates = self._of_unit(part)
        elif part in self.ids or part in self.others:
            candidates = [str(part)]
        else:
            candidates = [unit.id for unit in self.units if unit.name is not None and unit.name == part]
        return candidates[0] if len(candidates) == 1 else None

    def _of_unit(self, part: Unit) -> list[str]:
        """Ids of the parts that a unit may mean: the same object first, as two parts may be equal."""
        pairs = list(zip(self.passed, self.units, strict=True))
        same = [unit.id for passed, unit in pairs if passed is part]
        equal = same or [unit.id for passed, unit in pairs if passed == part]
        return equal or [other for other in self.others if other == part.id]

    def id_of(self, part: object, where: str) -> str:
        """The id of a part by a caller's reference; a fault if there is no such part."""
        result = self.find(part)
        if result is None:
            shown = part.label if isinstance(part, Unit) else part
            known = quoted([*(unit.id for unit in self.units), *self.others])
            self.context.fault("part", f"{where} names {shown!r}, which is none of the parts ({known})")
            return ""
        return result

    def homes(self, children: arg.Homes, of: Iterable[str]) -> dict[str, str]:
        """Child -> id of its new home, for the children that the caller named."""
        if children is None:
            return {}
        if callable(children):
            stated = {child: children(self.context.structure, child) for child in of}
        else:
            stated = dict(children)
        home_of = {c: self.id_of(part, f"children= of {c!r}") for c, part in stated.items() if part is not None}
        return {child: home for child, home in home_of.items() if home}


def _allocation(
    context: OperationContext, parts: _Parts, shares: Sequence[tuple[Any, Any]], allocation: Allocation | None
) -> Allocation | None:
    """The stated shares as an allocation, with the parts' ids; without shares the caller's allocation."""
    if not shares:
        return allocation
    if allocation is not None:
        context.fault("shares", "both shares= and allocation= are given; give one of them")
    read: dict[str, dict[str, Any]] = {}
    known = {measure.id: measure for measure in context.survey.measures}
    for part, of in shares:
        part_id = parts.id_of(part, "shares=")
        if not isinstance(of, tuple):
            context.fault("shares", f"the shares of {part!r} are given as measure -> fraction, not as {str(of)!r}")
            continue
        for measure, share in of:
            if measure not in known:
                context.fault(
                    "shares", f"there is no measure {measure!r} (there are {', '.join(sorted(known)) or 'none'})"
                )
            elif known[measure].type != "count":
                message = f"{measure!r} is a {known[measure].type}, of which no part has a share; only counts divide"
                context.mend("shares", message)
            if not isinstance(share, Fraction):
                context.fault("shares", f"a share is a fraction such as '1/3' or Fraction(1, 3), not {share!r}")
        if part_id:
            read[part_id] = {measure: share for measure, share in of if isinstance(share, Fraction)}
    return GivenShares(read)


break_down = function(BreakDown)
split_off = function(SplitOff)
split_off_several = function(SplitOffSeveral)
transfer = function(Transfer)
reorganise = function(Reorganise)
