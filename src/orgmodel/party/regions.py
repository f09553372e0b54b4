"""Regional departments (Vụ Địa phương) and the points of a conference (điểm cầu).

Which provinces a department of the central commission looks after is a clustering: its
clusters are the departments, their members the provinces, dated and sourced like every
membership. Where provinces merged and nobody has decided anew, :func:`followed` tells what
became of the provinces of a department.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from attrs import frozen

from orgmodel.acts.events import Change, Creation, Event
from orgmodel.errors import Finding, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.party import kinds
from orgmodel.party.membership import Image, image_between
from orgmodel.period import DayLike
from orgmodel.structure.structure import Structure

REGIONS: Final = "regions"
"""The clustering of regional departments, unless a caller names another."""


def set_up_regions(
    departments: Mapping[str, Iterable[str]],
    *,
    names: Mapping[str, str] | None = None,
    clustering: str = REGIONS,
    name: str = "Vụ Địa phương",
) -> tuple[Event, ...]:
    """The events that set up departments with their provinces: put them into an act.

    Args:
        departments: id of a department -> ids of the provinces it looks after.
        names: id of a department -> what it is called.
        clustering: id of the clustering.
        name: what the clustering is called.

    Raises:
        Refused: with each province that two departments would look after.

    >>> [event.type for event in set_up_regions({"vdp-1": ["p1", "p2"]})]
    ['creation', 'creation', 'membership', 'membership']
    """
    listed = {department: tuple(units) for department, units in departments.items()}
    seen: dict[str, str] = {}
    faults: list[Finding] = []
    for department, units in listed.items():
        for unit in units:
            if unit in seen:
                faults.append(
                    Finding("one-region", f"it is in {seen[unit]!r} and in {department!r}; choose one", (unit,))
                )
            seen.setdefault(unit, department)
    if faults:
        raise Refused("regional departments", faults)
    called = names or {}
    events: list[Event] = [Creation(Clustering(clustering, name))]
    events += [Creation(Cluster(department, clustering, called.get(department, ""))) for department in listed]
    events += [
        Change(unit, tracks.member_track(clustering), department)
        for department, units in listed.items()
        for unit in units
    ]
    return tuple(events)


@frozen
class RegionCount:
    """What a department looks after on a day.

    Attributes:
        region: its id.
        units: ids of its provinces.
        below: kind -> how many units of it are below them.
    """

    region: str
    units: tuple[str, ...]
    below: Mapping[str, int]


def count_under(structure: Structure, units: Iterable[str], kind: str) -> int:
    """How many units of a kind are below some units, each counted once.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: a unit does not live on the day.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> count_under(reform_2025().at("2025-07-01"), ["vn-p-01"], "commune")
    126
    """
    named = tuple(units)
    return structure.count(kind=kind, under=named) if named and structure.may_have(kind) else 0


def regions(
    structure: Structure, clustering: str = REGIONS, below: Iterable[str] = (kinds.COMMUNE,)
) -> tuple[RegionCount, ...]:
    """The departments of the day with their provinces and what is below them, in order of creation."""
    wanted = tuple(below)
    return tuple(
        RegionCount(cluster.id, units, {kind: count_under(structure, units, kind) for kind in wanted})
        for cluster in structure.clusters(clustering)
        for units in (structure.members(cluster.id),)
    )


def followed(history: History, region: str, before: DayLike, after: DayLike) -> Image:
    """What became of the provinces that a department had on a day.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there was no such department on the day.
    """
    return image_between(history, history.at(before).members(region), before, after)


# ---- conferences


def central_points(
    structure: Structure, of: Iterable[str] = (kinds.PROVINCE, kinds.CENTRAL_ORGANISATION)
) -> tuple[str, ...]:
    """Ids of the units directly under the centre that have a point of a national conference (rule B06).

    Args:
        structure: the day.
        of: the kinds that have one.
    """
    wanted = set(of)
    return tuple(unit for unit in structure.children(structure.root()) if structure.unit(unit).kind in wanted)


@frozen
class Attendance:
    """How many units of a kind took part.

    Attributes:
        kind: the kind.
        points: how many points there were, one point being one unit.
        units: how many units of the kind there are.
    """

    kind: str
    points: int
    units: int

    @property
    def share(self) -> Fraction | None:
        """The share of the units that took part; None if there are no units of the kind."""
        return Fraction(self.points, self.units) if self.units else None

    def __str__(self) -> str:
        share = "" if self.share is None else f" = {float(self.share):.1%}"
        return f"{self.points:,} of {self.units:,} {self.kind}{share}"


def attendance(structure: Structure, kind: str, points: int | Iterable[str]) -> Attendance:
    """The share of the units of a kind that took part in a conference on the day.

    Args:
        structure: the day of the conference.
        kind: the kind.
        points: the number of points that was reported, or the ids of the units that had one.

    Raises:
        Refused: more points than units, a unit named twice, not alive, or of another kind.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> print(attendance(reform_2025().at("2025-12-08"), "commune", 2085))
    2,085 of 3,321 commune = 62.8%
    """
    units = structure.count(kind) if structure.may_have(kind) else 0
    faults: list[Finding] = []
    if isinstance(points, int):
        number = points
    else:
        named = tuple(points)
        number = len(named)
        for unit in dict.fromkeys(named):
            if named.count(unit) > 1:
                faults.append(Finding("point-once", f"it has {named.count(unit)} points", (unit,), structure.day))
            try:
                if structure.unit(unit).kind != kind:
                    faults.append(Finding("kind", f"it is no {kind}", (unit,), structure.day))
            except UnitError as error:
                faults.append(Finding("live", str(error), (unit,), structure.day))
    if not 0 <= number <= units:
        faults.append(Finding("points", f"{number} points for {units} units of kind {kind!r}", day=structure.day))
    if faults:
        raise Refused("points of a conference", faults)
    return Attendance(kind, number, units)
