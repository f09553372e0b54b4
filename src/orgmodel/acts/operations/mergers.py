"""Many units become one: merger, takeover, replacement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence

from attrs import evolve, frozen

from orgmodel.acts.events import Event, Link, act_id
from orgmodel.acts.operation import Events
from orgmodel.acts.operations.desk import Chosen, Desk, Under, plural
from orgmodel.acts.operations.transition import Transition
from orgmodel.acts.policies import (
    ByCategory,
    ClusterPolicy,
    CounterpartPolicy,
    JoinCluster,
    OfficePolicy,
    RatingPolicy,
    prefix_of,
)
from orgmodel.model import track as tracks
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

Counterparts = bool | str | Iterable[str] | None
"""Which children merge with their counterparts: True for the agencies of the schema, kinds by name, or none."""


@frozen
class _Choices:
    """What the caller chose for a merger and for the mergers of agencies that follow from it."""

    clusters: ClusterPolicy | None
    counterparts: Counterparts
    function_of: CounterpartPolicy
    offices: OfficePolicy | None
    ratings: RatingPolicy | None


def cluster_policy(cluster: ClusterPolicy | str | None) -> ClusterPolicy | None:
    """The policy; an id stands for :class:`~orgmodel.acts.policies.JoinCluster`.

    >>> cluster_policy("cluster-1")
    JoinCluster(cluster='cluster-1')
    """
    return JoinCluster(cluster) if isinstance(cluster, str) else cluster


def merge(
    structure: Structure,
    units: Chosen,
    *,
    into: Unit | None = None,
    under: Under = None,
    cluster: ClusterPolicy | str | None = None,
    counterparts: Counterparts = True,
    function_of: CounterpartPolicy | None = None,
    offices: OfficePolicy | None = None,
    ratings: RatingPolicy | None = None,
    cross_kind: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A merger (hợp nhất): all the units end and a new one begins.

    Every child, agency and membership of the units goes on in the new one; own counts
    are added, rates weighted, categories kept where all agree. The new unit has the
    units' place in every hierarchy, and their kind, category, name and code where all
    have the same. The units are read as a set: their order does not matter.

    Args:
        structure: the structure before.
        units: two or more live units; one named twice counts once.
        into: what the new unit shall be; what it leaves out is worked out, its id derived.
        under: the new unit's parent, or hierarchy -> parent. Needed where the units stand
            under different parents.
        cluster: the cluster the new unit joins, or a policy. Needed where the units are
            not all in one.
        counterparts: which children merge with those of the other units that have the
            same function: True for kinds that the schema calls agencies, one or more
            kinds (``"agency"`` stands for the schema's agencies as well), None for none.
        function_of: what tells the function of an agency; the category if None.
        offices: which offices go on in the new unit; none if None.
        ratings: what becomes of measures that do not combine; kept if equal if None.
        cross_kind: whether units of different kinds may merge, or into another kind.
        act_id: id of the act, from which ids are derived.
        position: index in the act of the first event.

    Raises:
        InvalidAct: fewer than two units, units that do not live, different kinds, a used id ...
        Ambiguous: only choices are open: the parent, the cluster, the kind.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "name": p.title(), "members": 5} for p in ("north", "south")]
    >>> events = merge(structure_of(rows, day="2025-01-01"), ["north", "south"], into=Unit("p", name="Land"))
    >>> events[0].type, events[0].created, events.text
    ('merger', (Unit(id='p', name='Land', code=None, kind=None, category=None, parent='vn'),), 'merge North + South -> Land')
    """
    desk = Desk(structure, act_id, position)
    members = sorted(desk.ids(units))
    if len(members) == 1:
        desk.fault("merge-two", "a merger needs two units or more; one unit has nothing to merge with", *members)
    live = [unit for unit in members if desk.live(unit)]
    into = _named(desk, into or Unit(), members)
    choices = _Choices(cluster_policy(cluster), counterparts, function_of or ByCategory(), offices, ratings)
    new = _become(desk, live, into, None, desk.under(under), choices, cross_kind) if live else into
    text = f"merge {desk.labels(live)} -> {new.label}"
    return desk.done(f"a merger of {plural(len(members), 'unit')} on {structure.day}", text, [new.id])


def take_over(
    structure: Structure,
    survivor: str | Unit,
    units: Chosen,
    *,
    under: Mapping[str, str] | None = None,
    cluster: ClusterPolicy | str | None = None,
    counterparts: Counterparts = True,
    function_of: CounterpartPolicy | None = None,
    offices: OfficePolicy | None = None,
    ratings: RatingPolicy | None = None,
    cross_kind: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A takeover (sáp nhập): the units end and go on in one that was there before.

    The survivor keeps its name, code, place, clusters and categories; children and
    figures come to it as in :func:`merge`. A membership of a unit that ends is reported.

    Args:
        structure: the structure before.
        survivor: the unit that goes on.
        units: the units that end in it.
        under: hierarchy -> parent, where the survivor enters a hierarchy in which only
            units that end were, under different parents.
        cluster: the cluster the survivor is in afterwards, or a policy; as before if None.
        counterparts: as in :func:`merge`; the survivor's agencies take theirs over.
        function_of: as in :func:`merge`.
        offices: which offices of the units that end go on.
        ratings: what becomes of measures that do not combine; the survivor's own if None.
        cross_kind: whether the survivor may be of another kind.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: units that do not live, other kinds, the survivor among the units ...

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}] + [{"id": p, "parent": "vn", "members": 5} for p in ("north", "south")]
    >>> event, = take_over(structure_of(rows, day="2025-01-01"), "north", ["south"])
    >>> event.type, event.ended, event.changes
    ('takeover', ('south',), (Change(subject='north', track='measure:members', value=10, slot='own', until=None),))
    """
    desk = Desk(structure, act_id, position)
    keeper = survivor.id if isinstance(survivor, Unit) else survivor
    members = sorted(desk.ids(units))
    if keeper in members:
        desk.fault("take-over-self", "the survivor cannot take itself over; leave it out of the units", keeper)
        members.remove(keeper)
    live = [unit for unit in members if desk.live(unit)]
    if desk.live(keeper, "survivor") and live:
        choices = _Choices(cluster_policy(cluster), counterparts, function_of or ByCategory(), offices, ratings)
        _become(desk, sorted([*live, keeper]), None, keeper, desk.under(under), choices, cross_kind)
        text = f"{desk.label(keeper)} takes over {desk.labels(live)}"
    else:
        text = ""
    return desk.done(f"a takeover by {keeper!r} on {structure.day}", text, [keeper])


def replace(
    structure: Structure,
    unit: str | Unit,
    into: Unit,
    *,
    under: Under = None,
    cluster: ClusterPolicy | str | None = None,
    offices: OfficePolicy | None = None,
    ratings: RatingPolicy | None = None,
    cross_kind: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A replacement: one unit ends and one new unit, in law another, takes up all of it.

    For a unit that only changes its name, code or category, use rename, recode or
    reclassify: it goes on, and its lineage says so.

    Args:
        structure: the structure before.
        unit: the unit that ends.
        into: what the new unit shall be; what it leaves out is as before, its id derived.
        under: the new unit's parent, or hierarchy -> parent; as before if None.
        cluster: the cluster it joins, or a policy; as before if None.
        offices: which offices go on; none if None.
        ratings: what becomes of measures that do not combine; kept if None.
        cross_kind: whether it may be of another kind, as when a district becomes a special zone.
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: the unit does not live, another kind, a used id ...

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "vn"}, {"id": "d", "kind": "district", "parent": "vn"}], day="2025-01-01")
    >>> event, = replace(s, "d", Unit("z", kind="commune", category="đặc khu"), cross_kind=True)
    >>> event.type, event.ended, event.created[0].parent
    ('replacement', ('d',), 'vn')
    """
    desk = Desk(structure, act_id, position)
    old = unit.id if isinstance(unit, Unit) else unit
    new, text = _named(desk, into, [old]), ""
    if desk.live(old):
        choices = _Choices(cluster_policy(cluster), None, ByCategory(), offices, ratings)
        new = _become(desk, [old], new, None, desk.under(under), choices, cross_kind)
        text = f"replace {desk.label(old)} by {new.label}"
    return desk.done(f"a replacement of {old!r} on {structure.day}", text, [new.id])


def _named(desk: Desk, into: Unit, members: Sequence[str]) -> Unit:
    """The unit to be created, with its id."""
    if into.id and into.id in members:
        desk.fault(
            "id-once", "the new unit cannot have the id of one that ends; use take_over to let it go on", into.id
        )
    elif into.id and desk.fresh(into.id):
        return into
    # With a fault as well: what else is wrong can then be found too.
    return evolve(into, id=desk.derive(list(members)))


def _become(
    desk: Desk,
    olds: Sequence[str],
    into: Unit | None,
    survivor: str | None,
    under: Mapping[str, str],
    choices: _Choices,
    cross_kind: bool,
) -> Unit:
    """Put the event by which the old units become one on the desk, and those of their agencies after it."""
    structure = desk.structure
    target = survivor if survivor is not None else into.id if into is not None else ""
    groups = _counterparts(desk, olds, choices)
    transition = Transition(
        desk,
        [Link(old, target) for old in olds],
        () if into is None else (into,),
        under=under,
        clusters=choices.clusters,
        offices=choices.offices,
        ratings=choices.ratings,
        cross_kind=cross_kind,
        silent={agency for group in groups for agency in group},
    )
    event = transition.event()
    desk.events.append(event)
    desk.became.update(dict.fromkeys(event.ended, target))
    result = event.created[0] if event.created else structure.unit(target)
    for group in groups:
        keeper = None
        if survivor is not None:
            keeper = next((agency for agency in group if structure.parent(agency) == survivor), None)
        new = None if keeper is not None else _agency(desk, group, result)
        _become(desk, group, new, keeper, {}, choices, False)
    return result


def _agency(desk: Desk, group: Sequence[str], parent: Unit) -> Unit:
    """The agency that a group of agencies becomes, named as theirs are."""
    structure = desk.structure
    names = [structure.value(agency, tracks.NAME) for agency in group]
    unit = Unit(desk.derive(list(group)))
    if len(set(names)) == 1 or not all(names) or not parent.name:
        return unit
    owners = [structure.parent(agency) for agency in group]
    prefixes = [
        prefix_of(name, None if owner is None else structure.value(owner, tracks.NAME))
        for name, owner in zip(names, owners, strict=True)
    ]
    # The one that stood under a parent of the new parent's name bears the new name already
    # ("... Thành ủy Hải Phòng" beside "... Tỉnh ủy Hải Dương").
    ready = {n for n, p in zip(names, prefixes, strict=True) if p is not None and n == f"{p} {parent.name}"}
    if len(ready) == 1:
        return evolve(unit, name=ready.pop())
    if None not in prefixes and len(set(prefixes)) == 1:
        return evolve(unit, name=f"{prefixes[0]} {parent.name}")
    return unit


def _counterparts(desk: Desk, olds: Sequence[str], choices: _Choices) -> list[list[str]]:
    """Groups of agencies with one function under different units, each sorted."""
    structure = desk.structure
    kinds = _agency_kinds(structure, choices.counterparts)
    if len(olds) < 2 or not any(map(structure.may_have, kinds)):
        return []
    ending = set(olds)
    by_function: dict[Hashable, dict[str, list[str]]] = {}
    for old in olds:
        children = desk.children(old)
        for child, kind in zip(children, structure.values(children, tracks.KIND), strict=True):
            if kind in kinds and child not in ending:
                function = choices.function_of(structure, child)
                if function is None:
                    desk.note("counterpart", f"it has no function that {choices.function_of!r} sees; it moves", child)
                else:
                    by_function.setdefault(function, {}).setdefault(old, []).append(child)
    groups: list[list[str]] = []
    for function, by_owner in by_function.items():
        if len(by_owner) < 2:
            continue
        group = sorted(agency for agencies in by_owner.values() for agency in agencies)
        if any(len(agencies) > 1 for agencies in by_owner.values()):
            told = "; ".join(f"{owner} has {', '.join(agencies)}" for owner, agencies in by_owner.items())
            desk.ask(
                "counterpart",
                f"which agencies are counterparts? of the function {function!r} {told}; "
                "give function_of= a policy that tells them apart, or counterparts=None",
                *group,
            )
            continue
        groups.append(group)
    return sorted(groups)


def _agency_kinds(structure: Structure, counterparts: Counterparts) -> set[str]:
    if counterparts is None or counterparts is False:
        return set()
    agencies = {kind.id for kind in structure.schema.kinds if kind.agency}
    if counterparts is True:
        return agencies
    named = {counterparts} if isinstance(counterparts, str) else set(counterparts)
    return named | agencies if "agency" in named else named


@frozen
class PolicyMerger:
    """A merger rule made of policies: :func:`merge` with fixed choices.

    Attributes:
        into: what each merger's unit shall be, as far as it does not follow.
        under: its parent.
        cluster: the cluster it joins, or a policy.
        counterparts: which children merge with their counterparts.
        function_of: what tells the function of an agency.
        offices: which offices go on.
        ratings: what becomes of measures that do not combine.
        cross_kind: whether kinds may differ.

    >>> from orgmodel.acts.policies import MajorityCluster
    >>> PolicyMerger(cluster=MajorityCluster()).cluster
    MajorityCluster()
    """

    into: Unit | None = None
    under: Under = None
    cluster: ClusterPolicy | str | None = None
    counterparts: Counterparts = True
    function_of: CounterpartPolicy | None = None
    offices: OfficePolicy | None = None
    ratings: RatingPolicy | None = None
    cross_kind: bool = False

    def __call__(self, structure: Structure, members: Sequence[str], day: dt.date, source: Source) -> Iterable[Event]:
        """The events of :func:`merge`; ids are derived from the day, the source and the members."""
        return merge(
            structure,
            members,
            into=self.into,
            under=self.under,
            cluster=self.cluster,
            counterparts=self.counterparts,
            function_of=self.function_of,
            offices=self.offices,
            ratings=self.ratings,
            cross_kind=self.cross_kind,
            act_id=act_id(day, source),
        )
