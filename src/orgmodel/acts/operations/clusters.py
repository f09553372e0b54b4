"""Clusters and clusterings: forming and dissolving, joining and leaving, leaders and deputies."""

from __future__ import annotations

import datetime as dt

from attrs import evolve, field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.errors import UnitEnded, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER, Cluster, Clustering
from orgmodel.structure.structure import Structure

__all__ = [
    "Designate",
    "Dissolve",
    "Form",
    "Join",
    "Leave",
    "SucceedRole",
    "designate",
    "dissolve",
    "form",
    "join",
    "leave",
    "succeed_role",
]


@frozen
class Form(Operation[str]):
    """The beginning of a cluster (cụm) with its members, or of a clustering.

    Attributes:
        what: the cluster or clustering; a missing id of a cluster is derived.
        members: units that join the cluster; in a partition they leave their former one, with a note.

    Raises:
        InvalidAct: a used id, no such clustering, a unit that does not exist.

    >>> from orgmodel.history.history import structure_of
    >>> events = form(structure_of([{"id": "vn"}], day="2025-01-01"), Clustering("emulation", "Cụm thi đua"))
    >>> events.text
    'form the clustering Cụm thi đua'
    """

    name = "form"
    what: arg.What
    members: arg.Units | None = field(default=None, converter=arg.maybe_chosen)

    def resolve(self, at: Point) -> Events:
        """The creation, then the memberships."""
        context, formed = OperationContext(at), self.what
        noun = type(formed).__name__.lower()
        if isinstance(formed, Cluster) and not formed.id:
            formed = evolve(formed, id=context.derive("into", among=[formed.clustering, formed.name]))
        else:
            context.fresh(formed.id, noun)
        context.events.append(Creation(formed))
        if isinstance(formed, Clustering):
            if self.members is not None:
                message = "a clustering has clusters, not members; form its clusters with theirs"
                context.fault("cluster", message, formed.id)
        else:
            clustering = _clustering(context, formed.clustering)
            members = () if self.members is None else context.ids(self.members, "members")
            for unit in members:
                if context.live(unit) and clustering is not None:
                    _join(context, unit, formed.id, clustering)
        text = f"form the {noun} {formed.name or formed.id}"
        return context.done(f"forming the {noun} {formed.id!r} on {at.day}", text, [formed.id])

    def gives(self, events: Events) -> str:
        """The id of the cluster or clustering."""
        return events.made[0]


@frozen
class Dissolve(Operation[None]):
    """The end of a cluster (giải thể cụm) with its memberships and roles, or of a clustering with all its clusters.

    Attributes:
        what: id of a cluster or clustering.
        members_to: id of a cluster of the same clustering that the members join.

    Raises:
        InvalidAct: no such cluster or clustering.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     _ = act.form(om.Cluster("c2", "emulation"))
    ...     act.dissolve("c1", members_to="c2")
    >>> history.enact(act).at("2025-02-01").members("c2")
    ('a', 'b')
    """

    name = "dissolve"
    what: str
    members_to: str | None = field(default=None, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The memberships that end or begin, then the closures."""
        context, subject = OperationContext(at), self.what
        match _life(context, subject):
            case Clustering() as clustering:
                if self.members_to is not None:
                    message = "members of a clustering that ends join no other cluster of it; leave it out"
                    context.fault("cluster", message, subject)
                for cluster in at.structure.clusters(subject):
                    _dissolve(context, cluster.id, clustering, None)
                context.events.append(Closure(subject))
            case Cluster() as cluster:
                self._dissolve_cluster(context, cluster)
            case None:
                pass
            case _:
                context.fault("cluster", "it is a unit, not a cluster; use close", subject)
        return context.done(f"dissolving {subject!r} on {at.day}", f"dissolve {subject}")

    def _dissolve_cluster(self, context: OperationContext, cluster: Cluster) -> None:
        clustering = _clustering(context, cluster.clustering)
        target = None if self.members_to is None else _cluster(context, self.members_to)
        if target is not None and target.clustering != cluster.clustering:
            message = f"it is a cluster of {target.clustering!r}, not of {cluster.clustering!r}"
            context.fault("cluster", message, target.id)
        if target is not None and target.id == cluster.id:
            context.fault("cluster", "its members cannot join the cluster that ends", cluster.id)
        if clustering is not None:
            _dissolve(context, cluster.id, clustering, self.members_to)


def _dissolve(context: OperationContext, cluster: str, clustering: Clustering, members_to: str | None) -> None:
    """Add the ends or moves of memberships of a cluster, then its closure."""
    track = tracks.member_track(clustering.id)
    members = context.structure.members(cluster)
    for (role, seat), holder in sorted(context.structure.roles(cluster).items()):
        if holder in members:
            message = f"it is {role} (seat {seat}) of {cluster!r}, which ends"
            context.note("role-lapses", message, holder, severity="warning")
    for unit in members:
        # In a cover the cluster is the slot, so leaving one and joining another are two facts; in a partition the new value
        # replaces the old one.
        if clustering.cover:
            context.events.append(Change(unit, track, None, cluster))
            if members_to is not None:
                context.events.append(Change(unit, track, members_to, members_to))
        else:
            context.events.append(Change(unit, track, members_to))
    context.events.append(Closure(cluster))


@frozen
class Join(Operation[None]):
    """Units that join a cluster (vào cụm); in a partition they leave their former one, with a note.

    Attributes:
        units: ids or a selection.
        cluster: id of the cluster.

    Raises:
        InvalidAct: a unit or the cluster does not exist.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     _ = act.form(om.Cluster("c2", "emulation"))
    ...     act.join("b", "c2")
    >>> act.structure.members("c1"), act.structure.members("c2"), act.notes[0].message
    (('a',), ('b',), "it leaves 'c1' for 'c2'")
    """

    name = "join"
    units: arg.Units = field(converter=arg.chosen)
    cluster: str

    def resolve(self, at: Point) -> Events:
        """The memberships."""
        context = OperationContext(at)
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        joined = _cluster(context, self.cluster)
        clustering = None if joined is None else _clustering(context, joined.clustering)
        if clustering is not None:
            for unit in units:
                _join(context, unit, self.cluster, clustering)
        text = f"{context.labels(units, ', ')} to join {_called(at.structure, self.cluster)}"
        return context.done(f"joining {self.cluster!r} on {at.day}", text)


def _join(context: OperationContext, unit: str, cluster: str, clustering: Clustering) -> None:
    now = context.structure.clusters_of(unit, clustering.id)
    if cluster in now:
        context.note("no-change", f"it is in {cluster!r} already", unit)
        return
    if now and not clustering.cover:
        context.note("leaves-cluster", f"it leaves {now[0]!r} for {cluster!r}", unit)
        _roles_left(context, unit, now[0])
    context.events.append(
        Change(unit, tracks.member_track(clustering.id), cluster, cluster if clustering.cover else None)
    )


@frozen
class Leave(Operation[None]):
    """Units that leave a cluster (ra khỏi cụm).

    Attributes:
        units: ids or a selection.
        cluster: id of the cluster.

    Raises:
        InvalidAct: a unit or the cluster does not exist, or a unit is not a member.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     act.leave("b", "c1")
    >>> act.structure.members("c1")
    ('a',)
    """

    name = "leave"
    units: arg.Units = field(converter=arg.chosen)
    cluster: str

    def resolve(self, at: Point) -> Events:
        """The memberships that end."""
        context, cluster = OperationContext(at), self.cluster
        units = [unit for unit in context.ids(self.units) if context.live(unit)]
        joined = _cluster(context, cluster)
        clustering = None if joined is None else _clustering(context, joined.clustering)
        if clustering is not None:
            for unit in units:
                if cluster not in at.structure.clusters_of(unit, clustering.id):
                    context.mend("member", f"it is no member of {cluster!r} and cannot leave it", unit)
                    continue
                _roles_left(context, unit, cluster)
                slot = cluster if clustering.cover else None
                context.events.append(Change(unit, tracks.member_track(clustering.id), None, slot))
        text = f"{context.labels(units, ', ')} to leave {_called(at.structure, cluster)}"
        return context.done(f"leaving {cluster!r} on {at.day}", text)


def _roles_left(context: OperationContext, unit: str, cluster: str) -> None:
    """Note the roles of a unit in a cluster that it leaves."""
    for (role, seat), holder in context.structure.roles(cluster).items():
        if holder == unit:
            context.note(
                "role-lapses",
                f"it is {role} (seat {seat}) of {cluster!r} and no member any more; designate another",
                unit,
                severity="warning",
            )


@frozen
class Designate(Operation[None]):
    """A designation (phân công): a member gets a role in its cluster, leader (Cụm trưởng) or deputy (Cụm phó).

    Attributes:
        cluster: id of the cluster.
        role: ``"leader"``, ``"deputy"`` or another word.
        unit: a member; ``Absent.VACANT`` or ``Absent.UNKNOWN`` for a seat without a known holder; None takes back what
            is recorded.
        seat: the number of the seat, from 1; there is one leader.
        until: the first day on which it no longer holds; None: open.
        instead: whether it replaces an existing unit that has the seat.

    Raises:
        InvalidAct: no such cluster, a unit that is no member, a seat that is taken, a second role of one unit ...

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     act.designate("c1", "leader", "b", until="2026-01-01")
    >>> history = history.enact(act)
    >>> history.at("2025-12-31").leader("c1"), history.at("2026-01-01").leader("c1")
    ('b', Absent.UNKNOWN)
    """

    name = "designate"
    cluster: str
    role: str
    unit: arg.Holder = field(converter=arg.holder)
    seat: int = field(default=1, kw_only=True)
    until: arg.Day = field(default=None, converter=arg.day, kw_only=True)
    instead: bool = field(default=False, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context, structure, cluster, role, seat = OperationContext(at), at.structure, self.cluster, self.role, self.seat
        holder = self.unit
        target = _cluster(context, cluster)
        end = _seat(context, role, seat, self.until, cluster)
        if isinstance(holder, str):
            lives = context.live(holder)
            if target is not None:
                if lives and cluster not in structure.clusters_of(holder, target.clustering):
                    context.fault("member", f"it is no member of {cluster!r} and cannot be its {role}", holder)
                self._taken(context, holder)
        context.events.append(Change(cluster, tracks.ROLE, holder, (role, seat), end))
        shown = holder if not isinstance(holder, str) or holder not in structure else context.label(holder)
        return context.done(
            f"designating the {role} of {cluster!r} on {at.day}",
            f"{shown if shown is not None else 'nobody'} as {role} of {_called(structure, cluster)}",
        )

    def _taken(self, context: OperationContext, holder: str) -> None:
        """Faults if another unit has the seat, or the unit has another seat."""
        structure, cluster, role, seat = context.structure, self.cluster, self.role, self.seat
        for slot, other in structure.roles(cluster).items():
            if slot == (role, seat) and isinstance(other, str) and other != holder and other in structure:
                if not self.instead:
                    context.fault(
                        "seat",
                        f"{other!r} is {role} (seat {seat}) of {cluster!r} on {structure.day}; "
                        "pass instead=True to replace it, or take another day or seat",
                        holder,
                        other,
                    )
            elif other == holder and slot != (role, seat):
                context.fault("seat", f"it is {slot[0]} (seat {slot[1]}) of {cluster!r} already", holder)


@frozen
class SucceedRole(Operation[None]):
    """The succession (kế nhiệm) to a role whose holder has ended.

    Until then the recorded holder stays the ended unit, and ``structure.lapsed_roles()`` reports it.

    Attributes:
        cluster: id of the cluster.
        role: the role.
        seat: the seat.
        by: the successor, if there are several.
        until: the first day on which it no longer holds; None: open.

    Raises:
        InvalidAct: the holder has not ended, it has no successor, the successor is no member ...
        Ambiguous: it has several successors; they are listed.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.form(om.Clustering("emulation"))
    ...     _ = act.form(om.Cluster("c1", "emulation"), ["a", "b"])
    ...     act.designate("c1", "leader", "b")
    ...     _ = act.replace("b", om.Unit("new"))
    ...     print(act.structure.lapsed_roles())
    ...     act.succeed_role("c1")
    ...     print(act.structure.leader("c1"))
    (('c1', ('leader', 1), 'b', ('new',)),)
    new
    """

    name = "succeed_role"
    cluster: str
    role: str = LEADER
    seat: int = field(default=1, kw_only=True)
    by: arg.One | None = field(default=None, converter=arg.maybe_one, kw_only=True)
    until: arg.Day = field(default=None, converter=arg.day, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The change."""
        context, structure, cluster, role, seat = OperationContext(at), at.structure, self.cluster, self.role, self.seat
        target = _cluster(context, cluster)
        end = _seat(context, role, seat, self.until, cluster)
        holder: object = None
        heir = self.by
        if target is not None:
            holder = structure.roles(cluster).get((role, seat))
            if not isinstance(holder, str):
                context.fault(
                    "succeed-role", f"no unit is recorded as its {role} (seat {seat}); use designate", cluster
                )
            elif holder in structure:
                context.fault("succeed-role", f"it is {role} of {cluster!r} and has not ended; use designate", holder)
            else:
                heir = _heir(context, holder, heir)
                if heir is not None and cluster not in structure.clusters_of(heir, target.clustering):
                    context.fault("member", f"the successor of {holder!r} is no member of {cluster!r}", heir)
                for slot, other in structure.roles(cluster).items():
                    if isinstance(other, str) and other == heir and slot != (role, seat):
                        context.fault("seat", f"it is {slot[0]} (seat {slot[1]}) of {cluster!r} already", other)
        context.events.append(Change(cluster, tracks.ROLE, heir, (role, seat), end))
        return context.done(
            f"the succession to the {role} of {cluster!r} on {at.day}",
            f"{heir} as {role} of {_called(structure, cluster)} after {holder}",
        )


def _heir(context: OperationContext, holder: str, by: str | None) -> str | None:
    """The final successor of an ended unit; a fault if there is none, a question if there are several."""
    final = _final(context.structure, holder)
    if by is not None:
        if not context.live(by, "successor"):
            return None
        if by not in final:
            context.fault("succeed-role", f"it is no successor of {holder!r} (there are {quoted(final)})", by)
            return None
        return by
    if not final:
        context.fault("succeed-role", f"no live unit succeeds {holder!r}; use designate", holder)
        return None
    if len(final) > 1:
        answer = context.answer("successor", holder)
        if answer in final:
            return answer
        message = f"{holder!r} has several successors; state by= one of {quoted(final)}"
        context.ask("succeed-role", message, holder, *final, about=holder, choice="successor", options=final)
        return None
    return final[0]


def _final(structure: Structure, unit: str) -> list[str]:
    """The existing units that an ended unit became, through any number of successions."""
    result: dict[str, None] = {}
    visited: set[str] = set()
    stack = [unit]
    while stack:
        at = stack.pop()
        if at in visited:
            continue
        visited.add(at)
        if at in structure:
            result[at] = None
            continue
        try:
            structure.unit(at)
        except UnitEnded as ended:
            stack.extend(ended.successors)
        except UnitError:
            continue
    return sorted(result)


def _seat(
    context: OperationContext, role: object, seat: object, until: dt.date | str | None, cluster: str
) -> dt.date | None:
    """The day until which a role is held; faults for an impossible day, role or seat."""
    if not role or not isinstance(role, str):
        context.fault("role", f"a role is a word such as 'leader', not {role!r}", cluster)
    if isinstance(seat, bool) or not isinstance(seat, int) or seat < 1:
        context.fault("role", f"seats are numbered from 1; {seat!r} is none", cluster)
    elif role == LEADER and seat != 1:
        context.fault("role", f"a cluster has one leader; there is no seat {seat}", cluster)
    return context.until(until, "a role", cluster)


def _life(context: OperationContext, subject: str) -> object:
    """The sort of a subject; None and a fault if it does not exist."""
    try:
        return context.structure.value(subject, tracks.LIFE)
    except UnitError:
        pass
    try:
        context.structure.cluster(subject)
    except UnitEnded as error:
        context.fault("cluster", f"the cluster {subject!r} ended on {error.ended}", subject)
    except UnitError:
        known = [*(c.id for c in context.structure.clusters()), *(c.id for c in context.structure.clusterings())]
        context.fault(
            "cluster", f"there is no cluster {subject!r} on {context.structure.day} (there are {quoted(known)})"
        )
    return None


def _cluster(context: OperationContext, cluster: str) -> Cluster | None:
    life = _life(context, cluster)
    if life is None or isinstance(life, Cluster):
        return life
    noun = "clustering" if isinstance(life, Clustering) else "unit"
    context.fault("cluster", f"it is a {noun}, not a cluster", cluster)
    return None


def _clustering(context: OperationContext, clustering: str) -> Clustering | None:
    try:
        life = context.structure.value(clustering, tracks.LIFE)
    except UnitError:
        life = None
    if isinstance(life, Clustering):
        return life
    known = quoted(c.id for c in context.structure.clusterings())
    context.fault("cluster", f"there is no clustering {clustering!r} on {context.structure.day} (there are {known})")
    return None


def _called(structure: Structure, cluster: str) -> str:
    try:
        return structure.cluster(cluster).name or cluster
    except UnitError:
        return cluster


form = function(Form)
dissolve = function(Dissolve)
join = function(Join)
leave = function(Leave)
designate = function(Designate)
succeed_role = function(SucceedRole)
