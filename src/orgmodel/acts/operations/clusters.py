"""Clusters and clusterings: forming and dissolving, joining and leaving, leaders and deputies."""

from __future__ import annotations

import datetime as dt

from attrs import evolve

from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.operation import Events
from orgmodel.acts.operations.desk import Chosen, Desk, quoted
from orgmodel.errors import BadDay, UnitEnded, UnitError
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER, Absent, Cluster, Clustering
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure


def form(
    structure: Structure,
    what: Cluster | Clustering,
    members: Chosen | None = None,
    *,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A cluster (cụm) or a clustering begins, a cluster with its members.

    Args:
        structure: the structure before.
        what: the cluster or clustering; a cluster's id that is left out is derived.
        members: units that join the cluster; in a partition they leave the one they were
            in, with a note.
        act_id: id of the act, from which an id is derived.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a used id, no such clustering, units that do not live.

    >>> from orgmodel.history.history import structure_of
    >>> events = form(structure_of([{"id": "vn"}], day="2025-01-01"), Clustering("emulation", "Cụm thi đua"))
    >>> events.text
    'form the clustering Cụm thi đua'
    """
    desk = Desk(structure, act_id, position)
    noun = type(what).__name__.lower()
    if isinstance(what, Cluster) and not what.id:
        what = evolve(what, id=desk.derive([what.clustering, what.name]))
    else:
        desk.fresh(what.id, noun)
    desk.events.append(Creation(what))
    if isinstance(what, Clustering):
        if members is not None:
            desk.fault("cluster", "a clustering has clusters, not members; form its clusters with theirs", what.id)
    else:
        clustering = _clustering(desk, what.clustering)
        if members is not None:
            chosen = [unit for unit in desk.ids(members, "members") if desk.live(unit)]
            if clustering is not None:
                for unit in chosen:
                    _join(desk, unit, what.id, clustering)
    return desk.done(
        f"forming the {noun} {what.id!r} on {structure.day}", f"form the {noun} {what.name or what.id}", [what.id]
    )


def dissolve(
    structure: Structure, what: str, *, members_to: str | None = None, act_id: str = "", position: int = 0
) -> Events:
    """A cluster ends, and with it its memberships and roles; or a clustering with all its clusters.

    Args:
        structure: the structure before.
        what: id of a cluster or clustering.
        members_to: id of a cluster of the same clustering that the members join.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: there is no such cluster or clustering.
    """
    desk = Desk(structure, act_id, position)
    life = _life(desk, what)
    if isinstance(life, Clustering):
        if members_to is not None:
            desk.fault("cluster", "members of a clustering that ends join no other cluster of it; leave it out", what)
        for cluster in structure.clusters(what):
            _dissolve(desk, cluster.id, life, None)
        desk.events.append(Closure(what))
    elif isinstance(life, Cluster):
        clustering = _clustering(desk, life.clustering)
        target = None if members_to is None else _cluster(desk, members_to)
        if target is not None and target.clustering != life.clustering:
            desk.fault("cluster", f"it is a cluster of {target.clustering!r}, not of {life.clustering!r}", target.id)
        if target is not None and target.id == what:
            desk.fault("cluster", "its members cannot join the cluster that ends", what)
        if clustering is not None:
            _dissolve(desk, what, clustering, members_to)
    elif life is not None:
        desk.fault("cluster", "it is a unit, not a cluster; use close", what)
    return desk.done(f"dissolving {what!r} on {structure.day}", f"dissolve {what}")


def _dissolve(desk: Desk, cluster: str, clustering: Clustering, members_to: str | None) -> None:
    track = tracks.member_track(clustering.id)
    for unit in desk.structure.members(cluster):
        if clustering.cover:
            desk.events.append(Change(unit, track, None, cluster))
            if members_to is not None:
                desk.events.append(Change(unit, track, members_to, members_to))
        else:
            desk.events.append(Change(unit, track, members_to))
    desk.events.append(Closure(cluster))


def join(structure: Structure, units: Chosen, cluster: str, *, act_id: str = "", position: int = 0) -> Events:
    """Units join a cluster; in a partition they leave the one they were in, with a note.

    Args:
        structure: the structure before.
        units: ids or a selection.
        cluster: id of the cluster.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a unit or the cluster does not live.
    """
    desk = Desk(structure, act_id, position)
    chosen = [unit for unit in desk.ids(units) if desk.live(unit)]
    found = _cluster(desk, cluster)
    clustering = None if found is None else _clustering(desk, found.clustering)
    if clustering is not None:
        for unit in chosen:
            _join(desk, unit, cluster, clustering)
    return desk.done(
        f"joining {cluster!r} on {structure.day}", f"{desk.labels(chosen, ', ')} to join {_called(structure, cluster)}"
    )


def _join(desk: Desk, unit: str, cluster: str, clustering: Clustering) -> None:
    now = desk.structure.clusters_of(unit, clustering.id)
    if cluster in now:
        desk.note("no-change", f"it is in {cluster!r} already", unit)
        return
    if now and not clustering.cover:
        desk.note("leaves-cluster", f"it leaves {now[0]!r} for {cluster!r}", unit)
        _roles_left(desk, unit, now[0])
    desk.events.append(Change(unit, tracks.member_track(clustering.id), cluster, cluster if clustering.cover else None))


def leave(structure: Structure, units: Chosen, cluster: str, *, act_id: str = "", position: int = 0) -> Events:
    """Units leave a cluster.

    Args:
        structure: the structure before.
        units: ids or a selection.
        cluster: id of the cluster.
        act_id: id of the act.
        position: index in the act of the first event.

    Raises:
        InvalidAct: a unit or the cluster does not live, or a unit is not a member.
    """
    desk = Desk(structure, act_id, position)
    chosen = [unit for unit in desk.ids(units) if desk.live(unit)]
    found = _cluster(desk, cluster)
    clustering = None if found is None else _clustering(desk, found.clustering)
    if clustering is not None:
        for unit in chosen:
            if cluster not in structure.clusters_of(unit, clustering.id):
                desk.fault("member", f"it is no member of {cluster!r} and cannot leave it", unit)
                continue
            _roles_left(desk, unit, cluster)
            slot = cluster if clustering.cover else None
            desk.events.append(Change(unit, tracks.member_track(clustering.id), None, slot))
    return desk.done(
        f"leaving {cluster!r} on {structure.day}", f"{desk.labels(chosen, ', ')} to leave {_called(structure, cluster)}"
    )


def _roles_left(desk: Desk, unit: str, cluster: str) -> None:
    for (role, seat), holder in desk.structure.roles(cluster).items():
        if holder == unit:
            desk.note(
                "role-lapses",
                f"it is {role} (seat {seat}) of {cluster!r} and no member any more; designate another",
                unit,
                severity="warning",
            )


def designate(
    structure: Structure,
    cluster: str,
    role: str,
    unit: str | Unit | Absent | None,
    *,
    seat: int = 1,
    until: DayLike | None = None,
    instead: bool = False,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """A member takes a role in its cluster: leader (Cụm trưởng), deputy (Cụm phó).

    Args:
        structure: the structure before.
        cluster: id of the cluster.
        role: ``"leader"``, ``"deputy"`` or another word.
        unit: a member; ``Absent.VACANT`` or ``Absent.UNKNOWN`` to say so; None to take
            back what is recorded.
        seat: which of several seats, from 1; a leader has one.
        until: the first day on which it no longer holds; open if None.
        instead: whether it takes the place of a live unit that has the seat.
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: there is no such cluster, a unit that is no member, a seat that is
            taken, a second role of one unit ...
    """
    desk = Desk(structure, act_id, position)
    holder = unit.id if isinstance(unit, Unit) else unit
    found = _cluster(desk, cluster)
    end = _seat(desk, role, seat, until, cluster)
    if isinstance(holder, str):
        lives = desk.live(holder)
        if found is not None:
            if lives and cluster not in structure.clusters_of(holder, found.clustering):
                desk.fault("member", f"it is no member of {cluster!r} and cannot be its {role}", holder)
            for slot, other in structure.roles(cluster).items():
                if slot == (role, seat) and isinstance(other, str) and other != holder and other in structure:
                    if not instead:
                        desk.fault(
                            "seat",
                            f"{other!r} is {role} (seat {seat}) of {cluster!r} on {structure.day}; "
                            "pass instead=True to replace it, or take another day or seat",
                            holder,
                            other,
                        )
                elif other == holder and slot != (role, seat):
                    desk.fault("seat", f"it is {slot[0]} (seat {slot[1]}) of {cluster!r} already", holder)
    desk.events.append(Change(cluster, tracks.ROLE, holder, (role, seat), end))
    shown = holder if not isinstance(holder, str) or holder not in structure else desk.label(holder)
    return desk.done(
        f"designating the {role} of {cluster!r} on {structure.day}",
        f"{shown if shown is not None else 'nobody'} as {role} of {_called(structure, cluster)}",
    )


def succeed_role(
    structure: Structure,
    cluster: str,
    role: str = LEADER,
    *,
    seat: int = 1,
    by: str | Unit | None = None,
    until: DayLike | None = None,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """The successor of a holder that was merged away takes over its role.

    Until this is said, the cluster's recorded holder stays the ended unit, and
    ``structure.lapsed_roles()`` reports it.

    Args:
        structure: the structure before.
        cluster: id of the cluster.
        role: which role.
        seat: which seat of it.
        by: the successor, where there are several.
        until: the first day on which it no longer holds; open if None.
        act_id: id of the act.
        position: index in the act of the event.

    Raises:
        InvalidAct: the holder has not ended, it has no live successor, the successor is
            no member ...
        Ambiguous: it has several successors; they are listed.
    """
    desk = Desk(structure, act_id, position)
    found = _cluster(desk, cluster)
    end = _seat(desk, role, seat, until, cluster)
    holder: object = None
    heir = by.id if isinstance(by, Unit) else by
    if found is not None:
        holder = structure.roles(cluster).get((role, seat))
        if not isinstance(holder, str):
            desk.fault("succeed-role", f"no unit is recorded as its {role} (seat {seat}); use designate", cluster)
        elif holder in structure:
            desk.fault("succeed-role", f"it is {role} of {cluster!r} and has not ended; use designate", holder)
        else:
            heir = _heir(desk, holder, heir)
            if heir is not None and cluster not in structure.clusters_of(heir, found.clustering):
                desk.fault("member", f"the successor of {holder!r} is no member of {cluster!r}", heir)
            for slot, other in structure.roles(cluster).items():
                if isinstance(other, str) and other == heir and slot != (role, seat):
                    desk.fault("seat", f"it is {slot[0]} (seat {slot[1]}) of {cluster!r} already", other)
    desk.events.append(Change(cluster, tracks.ROLE, heir, (role, seat), end))
    return desk.done(
        f"the succession to the {role} of {cluster!r} on {structure.day}",
        f"{heir} as {role} of {_called(structure, cluster)} after {holder}",
    )


def _heir(desk: Desk, holder: str, by: str | None) -> str | None:
    """The live successor of an ended unit; faults if there is none or a choice is open."""
    final = _final(desk.structure, holder)
    if by is not None:
        if not desk.live(by, "successor"):
            return None
        if by not in final:
            desk.fault("succeed-role", f"it is no successor of {holder!r} (there are {quoted(final)})", by)
            return None
        return by
    if not final:
        desk.fault("succeed-role", f"no live unit succeeds {holder!r}; use designate", holder)
        return None
    if len(final) > 1:
        desk.ask("succeed-role", f"{holder!r} has several successors; state by= one of {quoted(final)}", holder, *final)
        return None
    return final[0]


def _final(structure: Structure, unit: str) -> list[str]:
    """Live units that an ended unit became, through any number of successions."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    stack = [unit]
    while stack:
        at = stack.pop()
        if at in seen:
            continue
        seen.add(at)
        if at in structure:
            found[at] = None
            continue
        try:
            structure.unit(at)
        except UnitEnded as ended:
            stack.extend(ended.successors)
        except UnitError:
            continue
    return sorted(found)


def _seat(desk: Desk, role: object, seat: object, until: DayLike | None, cluster: str) -> dt.date | None:
    """The day until which a role is held, read; faults if it, the role or the seat cannot be."""
    if not role or not isinstance(role, str):
        desk.fault("role", f"a role is a word such as 'leader', not {role!r}", cluster)
    if isinstance(seat, bool) or not isinstance(seat, int) or seat < 1:
        desk.fault("role", f"seats are numbered from 1; {seat!r} is none", cluster)
    elif role == LEADER and seat != 1:
        desk.fault("role", f"a cluster has one leader; there is no seat {seat}", cluster)
    try:
        end = None if until is None else as_day(until)
    except BadDay as error:
        desk.fault("until", str(error), cluster)
        return None
    if end is not None and end <= desk.structure.day:
        desk.fault("until", f"a role from {desk.structure.day} on cannot end on {end}", cluster)
    return end


def _life(desk: Desk, subject: str) -> object:
    """What a live subject is; None and a fault if it does not live."""
    try:
        return desk.structure.value(subject, tracks.LIFE)
    except UnitError:
        pass
    try:
        desk.structure.cluster(subject)
    except UnitEnded as error:
        desk.fault("cluster", f"the cluster {subject!r} ended on {error.ended}", subject)
    except UnitError:
        known = [*(c.id for c in desk.structure.clusters()), *(c.id for c in desk.structure.clusterings())]
        desk.fault("cluster", f"there is no cluster {subject!r} on {desk.structure.day} (there are {quoted(known)})")
    return None


def _cluster(desk: Desk, cluster: str) -> Cluster | None:
    life = _life(desk, cluster)
    if life is None or isinstance(life, Cluster):
        return life
    noun = "clustering" if isinstance(life, Clustering) else "unit"
    desk.fault("cluster", f"it is a {noun}, not a cluster", cluster)
    return None


def _clustering(desk: Desk, clustering: str) -> Clustering | None:
    try:
        life = desk.structure.value(clustering, tracks.LIFE)
    except UnitError:
        life = None
    if isinstance(life, Clustering):
        return life
    known = quoted(c.id for c in desk.structure.clusterings())
    desk.fault("cluster", f"there is no clustering {clustering!r} on {desk.structure.day} (there are {known})")
    return None


def _called(structure: Structure, cluster: str) -> str:
    try:
        return structure.cluster(cluster).name or cluster
    except UnitError:
        return cluster
