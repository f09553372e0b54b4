"""Mergers, takeovers and replacements: units that become one unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Event, Link, Succession
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.choices import Combining, own_first
from orgmodel.acts.operations.context import OperationContext, plural
from orgmodel.acts.operations.transition import Transition
from orgmodel.acts.policies import ByCategory, CounterpartPolicy, prefix_of, register
from orgmodel.model import track as tracks
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

__all__ = [
    "Merge",
    "MergeBy",
    "PolicyMerger",
    "Replace",
    "TakeOver",
    "merge",
    "merge_by",
    "replace",
    "take_over",
]

_NEW: Final = Unit()


@frozen
class _Choices:
    """The caller's choices for a merger and for the mergers of agencies that follow from it."""

    clusters: arg.Clusters = None
    counterparts: arg.Counterparts = False
    function_of: CounterpartPolicy = ByCategory()
    offices: arg.Offices = None
    ratings: arg.Ratings = None
    agencies: Mapping[str, Unit] = {}


@frozen
class _Merging(Combining[str]):
    """The arguments of mergers and takeovers about the agencies of the units."""

    counterparts: arg.Counterparts = field(default=True, converter=arg.kinds, kw_only=True)
    function_of: arg.Functions = field(default=None, kw_only=True, validator=arg.is_policy)
    agencies: arg.Agencies = field(default=(), converter=arg.agencies, kw_only=True)

    @property
    def _choices(self) -> _Choices:
        return _Choices(
            self.cluster,
            self.counterparts,
            self.function_of or ByCategory(),
            self.offices,
            self.ratings,
            dict(self.agencies),
        )


@frozen(field_transformer=own_first)
class Merge(_Merging):
    """A merger (hợp nhất): all the units end and a new one begins.

    All children, agencies and memberships of the units go on in the new one; own counts are added, rates averaged by
    weight, categories kept if all agree. The new unit has the place of the units in every hierarchy, and their kind,
    category, name and code if they have them in common. The order of the units does not matter.

    Attributes:
        units: two or more existing units; a unit named twice counts once.
        into: the new unit; missing fields are derived, its id as well.
        under: the new unit's parent, or hierarchy -> parent. Needed if the units stand under different parents.
        cluster: the cluster that the new unit joins, or a policy. Needed if the units are not all in one cluster.
        counterparts: which children merge with those of the other units that have the same function: True for kinds that
            the schema calls agencies, one or more kinds (``"agency"`` stands for the schema's agencies), None for none.
        function_of: the policy for the function of an agency; None: its category.
        agencies: function -> the agency that agencies with this function become.
        offices: the policy for offices; None: none goes on.
        ratings: the policy for measures that do not combine; None: kept if equal.
        cross_kind: whether units of different kinds may merge, or into another kind.

    Raises:
        InvalidAct: fewer than two units, a unit that does not exist, different kinds, a used id ...
        Ambiguous: only choices are open: the parent, the cluster, the kind.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "name": p.title(), "members": 5} for p in ("north", "south")]
    >>> events = merge(structure_of(rows, day="2025-01-01"), ["north", "south"], into=Unit("p", name="Land"))
    >>> events[0].type, events[0].created, events.text
    ('merger', (Unit(id='p', name='Land', code=None, kind=None, category=None, parent='vn'),), 'merge North + South -> Land')
    """

    name = "merge"
    units: arg.Units = field(converter=arg.chosen)
    into: arg.New = field(default=_NEW, converter=arg.new, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The events: the merger, then those of the agencies."""
        context = OperationContext(at)
        members = sorted(context.ids(self.units))
        if not members and at.anew:
            return context.done("a merger", "merge nothing")
        if len(members) == 1:
            context.fault("merge-two", "a merger needs two units or more; one unit has nothing to merge with", *members)
        live = [unit for unit in members if context.live(unit)]
        into = _named(context, self.into, members)
        new = into
        if live:
            new = _become(context, live, into, None, context.under(self.under), self._choices, self.cross_kind)
        text = f"merge {context.labels(live)} -> {new.label}"
        return context.done(f"a merger of {plural(len(members), 'unit')} on {at.day}", text, [new.id])

    def gives(self, events: Events) -> str:
        """The id of the new unit."""
        return events.made[0]


@frozen(field_transformer=own_first)
class TakeOver(_Merging):
    """A takeover (sáp nhập): the units end and go on in a unit that existed before.

    The survivor keeps its name, code, place, clusters and categories; it gets children and figures as in a merger. The
    end of a membership is noted.

    Attributes:
        survivor: the unit that goes on.
        units: the units that end in it.
        under: hierarchy -> parent, for a hierarchy that the survivor enters because units that end were in it, under
            different parents.
        cluster: the cluster of the survivor afterwards, or a policy; None: as before.
        counterparts: as in a merger; the survivor's agencies take theirs over.
        function_of: as in a merger.
        agencies: function -> a new agency, if the survivor has none for it.
        offices: the policy for offices of the units that end.
        ratings: the policy for measures that do not combine; None: the survivor's own.
        cross_kind: whether the survivor may be of another kind.

    Raises:
        InvalidAct: a unit that does not exist, another kind, the survivor among the units ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "members": 5} for p in ("north", "south")]
    >>> event, = take_over(structure_of(rows, day="2025-01-01"), "north", ["south"])
    >>> event.type, event.ended, event.changes
    ('takeover', ('south',), (Change(subject='north', track='measure:members', value=10, slot='own', until=None),))
    """

    name = "take_over"
    survivor: arg.One = field(converter=arg.one)
    units: arg.Units = field(converter=arg.chosen)

    def resolve(self, at: Point) -> Events:
        """The events: the takeover, then those of the agencies."""
        context, keeper, text = OperationContext(at), self.survivor, ""
        members = sorted(context.ids(self.units))
        if keeper in members:
            context.fault("take-over-self", "the survivor cannot take itself over; leave it out of the units", keeper)
            members.remove(keeper)
        live = [unit for unit in members if context.live(unit)]
        if context.live(keeper, "survivor") and live:
            olds, under = sorted([*live, keeper]), context.under(self.under)
            _become(context, olds, None, keeper, under, self._choices, self.cross_kind)
            text = f"{context.label(keeper)} takes over {context.labels(live)}"
        return context.done(f"a takeover by {keeper!r} on {at.day}", text, [keeper])

    def gives(self, events: Events) -> str:
        """The id of the survivor."""
        return events.made[0]


@frozen(field_transformer=own_first)
class Replace(Combining[str]):
    """A replacement (thay thế): one unit ends and a new unit, in law another one, takes up all of it.

    If a unit only changes its name, code or category, use rename, recode or reclassify: then it goes on, also in its
    lineage.

    Attributes:
        unit: the unit that ends.
        into: the new unit; missing fields are as before, its id is derived.
        under: the new unit's parent, or hierarchy -> parent; None: as before.
        cluster: the cluster that it joins, or a policy; None: as before.
        offices: the policy for offices; None: none goes on.
        ratings: the policy for measures that do not combine; None: kept.
        cross_kind: whether it may be of another kind, as when a district becomes a special zone.

    Raises:
        InvalidAct: the unit does not exist, another kind, a used id ...

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "d", "kind": "district", "parent": "vn"}], day="2025-01-01")
    >>> event, = replace(s, "d", Unit("z", kind="commune", category="đặc khu"), cross_kind=True)
    >>> event.type, event.ended, event.created[0].parent
    ('replacement', ('d',), 'vn')
    """

    name = "replace"
    unit: arg.One = field(converter=arg.one)
    into: arg.New

    def resolve(self, at: Point) -> Events:
        """The event."""
        context = OperationContext(at)
        new, text = _named(context, self.into, [self.unit]), ""
        if context.live(self.unit):
            choices = _Choices(self.cluster, offices=self.offices, ratings=self.ratings)
            new = _become(context, [self.unit], new, None, context.under(self.under), choices, self.cross_kind)
            text = f"replace {context.label(self.unit)} by {new.label}"
        return context.done(f"a replacement of {self.unit!r} on {at.day}", text, [new.id])

    def gives(self, events: Events) -> str:
        """The id of the new unit."""
        return events.made[0]


@frozen
class MergeBy(Operation[str]):
    """A merger (hợp nhất) by a rule: see :class:`~orgmodel.acts.policies.MergerRule`.

    Attributes:
        rule: the rule; it makes all choices.
        units: two or more existing units.

    Raises:
        InvalidAct: fewer than two units, a unit that does not exist, or the rule does not make one unit of them.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, {"id": "a", "parent": "vn"}, {"id": "b", "parent": "vn"}]
    >>> event, = merge_by(structure_of(rows, day="2025-01-01"), PolicyMerger(into=Unit("c")), ["a", "b"])
    >>> event.type, event.news
    ('merger', ('c',))
    """

    name = "merge_by"
    rule: arg.Rule
    units: arg.Units = field(converter=arg.chosen)

    def resolve(self, at: Point) -> Events:
        """The events of the rule."""
        context, rule = OperationContext(at), self.rule
        members = sorted(context.ids(self.units))
        if not members and at.anew:
            return context.done("a merger", "merge nothing")
        if len(members) == 1:
            context.fault("merge-two", "a merger needs two units or more", *members)
        for unit in members:
            context.live(unit)
        context.stop(f"a merger of {plural(len(members), 'unit')} on {at.day}")
        if isinstance(rule, PolicyMerger):
            # Resolved at the point and not called like other rules: with the key of the point the new id stays the same
            # when the members are corrected.
            return rule.of(members).resolve(at)
        text = f"merge {context.labels(members)} by {rule!r}"
        result = rule(at.structure, members, at.day, at.source)
        events = result if isinstance(result, Events) else Events(result)
        links = [link for event in events if isinstance(event, Succession) for link in event.links]
        became = dict.fromkeys(link.new for link in links if link.old in members)
        if len(became) != 1:
            message = ", ".join(map(repr, became)) or "nothing"
            context.fault("rule", f"{rule!r} is to make one unit of them and made {message}", *members)
            context.stop("a merger rule")
        return Events(events, became, lambda: events.notes, events.text or text)

    def gives(self, events: Events) -> str:
        """The id of the new unit."""
        return events.made[0]


def _named(context: OperationContext, into: Unit, members: Sequence[str]) -> Unit:
    """The unit to be created, with its id."""
    if into.id and into.id in members:
        context.fault(
            "id-once", "the new unit cannot have the id of one that ends; use take_over to let it go on", into.id
        )
    elif into.id and context.fresh(into.id):
        return into
    # Also after a fault, so that further faults are found.
    return evolve(into, id=context.derive("into", among=members))


def _become(
    context: OperationContext,
    olds: Sequence[str],
    into: Unit | None,
    survivor: str | None,
    under: Mapping[str, str],
    choices: _Choices,
    cross_kind: bool,
    role: tuple[str, ...] = ("agency",),
) -> Unit:
    """Add the event by which the old units become one, and those of their agencies after it."""
    structure = context.structure
    target = survivor if survivor is not None else into.id if into is not None else ""
    groups = _counterparts(context, olds, choices)
    transition = Transition(
        context,
        [Link(old, target) for old in olds],
        () if into is None else (into,),
        under=under,
        clusters=choices.clusters,
        offices=choices.offices,
        ratings=choices.ratings,
        cross_kind=cross_kind,
        silent={agency for group in groups for agency in group.agencies},
    )
    event = transition.event()
    context.events.append(event)
    context.became.update(dict.fromkeys(event.ended, target))
    result = event.created[0] if event.created else structure.unit(target)
    for group in groups:
        keeper = None
        if survivor is not None:
            places = {agency: structure.parent(agency, group.hierarchy) for agency in group.agencies}
            keeper = next((agency for agency, parent in places.items() if parent == survivor), None)
        which = (*role, *group.role)
        new = None if keeper is not None else _agency(context, group, result, choices, which)
        _become(context, group.agencies, new, keeper, {}, choices, False, which)
    if role == ("agency",):
        _all_named(context, olds, choices)
    return result


def _all_named(context: OperationContext, olds: Sequence[str], choices: _Choices) -> None:
    """Report agencies that the caller described and that no merger makes."""
    for name, unit in choices.agencies.items():
        if name not in context.functions:
            context.mend(
                "counterpart",
                f"agencies= describes {unit.label!r} for the function {name!r}, but no new agency is made for it",
                *olds,
            )


@frozen
class _Group:
    """Agencies of one function under different units."""

    hierarchy: str
    function: Hashable
    agencies: tuple[str, ...]

    @property
    def role(self) -> tuple[str, ...]:
        """The part of the derived id that tells the new agency from others of the operation."""
        main = self.hierarchy == tracks.MAIN
        return (str(self.function),) if main else (self.hierarchy, str(self.function))


def _agency(context: OperationContext, group: _Group, parent: Unit, choices: _Choices, role: tuple[str, ...]) -> Unit:
    """The agency that a group of agencies becomes: as the caller describes it, else named like them."""
    structure, agencies = context.structure, group.agencies
    unit = choices.agencies.get(str(group.function), _NEW)
    context.functions.add(str(group.function))
    unit = _named(context, unit, agencies) if unit.id else evolve(unit, id=context.derive(*role, among=agencies))
    if unit.name or not parent.name:
        return unit
    name = _name_under(structure, group, parent.name)
    return unit if name is None else evolve(unit, name=name)


def _name_under(structure: Structure, group: _Group, parent: str) -> str | None:
    """The name of a merged agency under a parent of some name, from those of its predecessors; None if they give none.

    Names of agencies are made of what they do and the name of whom they serve: "Ban Tổ chức Tỉnh ủy Bắc Giang".
    """
    agencies = group.agencies
    names = [structure.value(agency, tracks.NAME) for agency in agencies]
    if len(set(names)) == 1 or not all(names):
        return None
    owners = [structure.parent(agency, group.hierarchy) for agency in agencies]
    prefixes = [
        prefix_of(name, None if owner is None else structure.value(owner, tracks.NAME))
        for name, owner in zip(names, owners, strict=True)
    ]
    # An agency whose parent had the name of the new parent already has the right name, and the right prefix where
    # they differ ("... Thành ủy Hải Phòng" beside "... Tỉnh ủy Hải Dương").
    renamed = [None if prefix is None else f"{prefix} {parent}" for prefix in prefixes]
    ready = {own for own, name in zip(renamed, names, strict=True) if own is not None and own == name}
    if len(ready) == 1:
        return ready.pop()
    return renamed[0] if len(set(renamed)) == 1 else None


def _counterparts(context: OperationContext, olds: Sequence[str], choices: _Choices) -> list[_Group]:
    """Agencies with one function under different units, in every hierarchy; each group sorted."""
    structure = context.structure
    kinds = _agency_kinds(structure, choices.counterparts)
    named = choices.counterparts if isinstance(choices.counterparts, tuple) else ()
    for kind in named:
        # "agency" stands for all kinds of agencies, of which there may be none.
        if kind not in ("agency", *structure.schema.by_id) and not structure.may_have(kind):
            context.mend("counterpart", f"there is no kind {kind!r}, which counterparts= names")
    if len(olds) < 2 or not any(map(structure.may_have, kinds)):
        return []
    groups: list[_Group] = []
    grouped: set[str] = set()
    for hierarchy in structure.hierarchies:
        for purpose, by_owner in _by_function(context, olds, hierarchy, kinds, choices.function_of).items():
            if len(by_owner) < 2:
                continue
            group = sorted(agency for agencies in by_owner.values() for agency in agencies)
            if grouped.intersection(group):
                # They merge already, as counterparts in an earlier hierarchy.
                continue
            if any(len(agencies) > 1 for agencies in by_owner.values()):
                message = "; ".join(f"{owner} has {', '.join(agencies)}" for owner, agencies in by_owner.items())
                context.ask(
                    "counterpart",
                    f"which agencies are counterparts? of the function {purpose!r} {message}; "
                    "give function_of= a policy that tells them apart, or counterparts=None",
                    *group,
                )
                continue
            grouped.update(group)
            groups.append(_Group(hierarchy, purpose, tuple(group)))
    return sorted(groups, key=lambda group: group.agencies)


def _by_function(
    context: OperationContext, olds: Sequence[str], hierarchy: str, kinds: set[str], function_of: CounterpartPolicy
) -> dict[Hashable, dict[str, list[str]]]:
    """Function -> unit -> its agencies of that function."""
    structure, ending = context.structure, set(olds)
    result: dict[Hashable, dict[str, list[str]]] = {}
    for old in olds:
        children = context.children(old, hierarchy)
        for child, kind in zip(children, structure.values(children, tracks.KIND), strict=True):
            if kind in kinds and child not in ending:
                function = function_of(structure, child)
                if function is None:
                    context.note("counterpart", f"it has no function that {function_of!r} sees; it moves", child)
                else:
                    result.setdefault(function, {}).setdefault(old, []).append(child)
    return result


def _agency_kinds(structure: Structure, counterparts: bool | tuple[str, ...]) -> set[str]:
    if counterparts is False:
        return set()
    agencies = {kind.id for kind in structure.schema.kinds if kind.agency}
    if counterparts is True:
        return agencies
    return {*counterparts, *agencies} if "agency" in counterparts else set(counterparts)


@register("merger")
@frozen
class PolicyMerger:
    """A merger rule made of policies: a merger with fixed choices.

    Attributes:
        into: the new unit; missing fields are derived.
        under: its parent.
        cluster: the cluster that it joins, or a policy.
        counterparts: which children merge with their counterparts.
        function_of: the policy for the function of an agency.
        agencies: function -> the agency that agencies with this function become.
        offices: the policy for offices.
        ratings: the policy for measures that do not combine.
        cross_kind: whether kinds may differ.

    >>> from orgmodel.acts.policies import MajorityCluster
    >>> PolicyMerger(cluster=MajorityCluster()).cluster
    MajorityCluster()
    """

    into: arg.New = field(default=_NEW, converter=arg.new)
    under: arg.Places = field(default=None, converter=arg.places)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster)
    counterparts: arg.Counterparts = field(default=True, converter=arg.kinds)
    function_of: arg.Functions = None
    offices: arg.Offices = None
    ratings: arg.Ratings = None
    cross_kind: bool = False
    agencies: arg.Agencies = field(default=(), converter=arg.agencies)

    def of(self, units: arg.Chosen) -> Merge:
        """The merger of some units with these choices."""
        return Merge(
            units,
            into=self.into,
            under=self.under,
            cluster=self.cluster,
            counterparts=self.counterparts,
            function_of=self.function_of,
            agencies=self.agencies,
            offices=self.offices,
            ratings=self.ratings,
            cross_kind=self.cross_kind,
        )

    def __call__(self, structure: Structure, members: Sequence[str], day: dt.date, source: Source) -> Iterable[Event]:  # noqa: ARG002  # as every rule
        """The events of the merger; ids are derived from the day and the members."""
        return self.of(members).resolve(Point(structure, source=source))


merge = function(Merge)
take_over = function(TakeOver)
replace = function(Replace)
merge_by = function(MergeBy)
