"""Regional departments (Vụ Địa phương) and the points of a conference (điểm cầu).

The provinces that a department of the central commission looks after are a clustering: its
clusters are the departments, their members the provinces, dated and sourced like every
membership. Where provinces merged and no new decision is on record, :func:`followed` shows
what became of the provinces of a department.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from attrs import frozen

from orgmodel.acts.operation import Operation
from orgmodel.acts.operations import Form
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.door import refuse, strict
from orgmodel.party import kinds
from orgmodel.party.membership import Image, image_between
from orgmodel.party.questions import on_day, whole
from orgmodel.period import DayLike
from orgmodel.rules.rule import Undecided
from orgmodel.structure.matters import dossier
from orgmodel.structure.structure import Structure

__all__ = ["attendance", "central_points", "followed", "regions", "set_up_regions"]

REGIONS: Final = "regions"
"""The clustering of regional departments, unless a caller names another."""


@strict
def set_up_regions(
    departments: Mapping[str, Iterable[str]],
    *,
    names: Mapping[str, str] | None = None,
    clustering: str = REGIONS,
    name: str = "Vụ Địa phương",
) -> tuple[Operation[Any], ...]:
    """The operations that set up departments with their provinces: an act does them, one after another.

    Args:
        departments: id of a department -> ids of the provinces it looks after.
        names: id of a department -> what it is called.
        clustering: id of the clustering.
        name: what the clustering is called.

    Raises:
        Refused: with each province that two departments would look after.

    >>> [(form.name, form.members) for form in set_up_regions({"vdp-1": ["p1", "p2"]})]
    [('form', None), ('form', ('p1', 'p2'))]
    """
    provinces = {department: tuple(units) for department, units in departments.items()}
    department_of: dict[str, str] = {}
    faults: list[Finding] = []
    for department, units in provinces.items():
        for unit in units:
            other = department_of.setdefault(unit, department)
            if other != department:
                faults.append(Finding("one-region", f"it is in {other!r} and in {department!r}; choose one", (unit,)))
    if faults:
        raise Refused("regional departments", faults)
    called = names or {}
    clusters = [
        Form(Cluster(department, clustering, called.get(department, "")), units or None)
        for department, units in provinces.items()
    ]
    return (Form(Clustering(clustering, name)), *clusters)


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


@strict
def regions(
    structure: Structure, clustering: str = REGIONS, below: Iterable[str] = (kinds.COMMUNE,)
) -> tuple[RegionCount, ...]:
    """The departments of the day with their provinces and what is below them, in order of creation.

    Args:
        structure: the day.
        clustering: id of the clustering of departments.
        below: the kinds of units below the provinces that are counted.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn"}, *({"id": p, "parent": "vn", "kind": "province"} for p in "ab"),
    ...         *({"id": f"{p}{n}", "parent": p, "kind": "commune"} for p in "ab" for n in (1, 2))]
    >>> with om.history_of(rows, day="2025-01-01").draft("2025-07-01") as act:
    ...     for operation in set_up_regions({"vdp-1": ["a", "b"]}):
    ...         _ = act.do(operation)
    >>> [(count.region, count.units, dict(count.below)) for count in regions(act.structure)]
    [('vdp-1', ('a', 'b'), {'commune': 4})]
    """
    wanted = tuple(below)
    return tuple(
        RegionCount(cluster.id, units, {kind: count_under(structure, units, kind) for kind in wanted})
        for cluster in structure.clusters(clustering)
        for units in (structure.members(cluster.id),)
    )


@strict
def followed(history: History, region: str, before: DayLike, after: DayLike) -> Image:
    """The units that the provinces of a department on one day have become by another.

    Args:
        history: the history.
        region: id of the department.
        before: the first day.
        after: the second day.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there was no such department on the day.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "vn"}, *({"id": p, "parent": "vn"} for p in "abc")], day="2025-01-01")
    >>> with history.draft("2025-02-01") as act:
    ...     for operation in set_up_regions({"vdp-1": ["a"]}):
    ...         _ = act.do(operation)
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"), cluster="vdp-1")
    >>> answer = followed(history.enact(act), "vdp-1", "2025-06-30", "2025-07-01")
    >>> answer.image, answer.strangers
    (('ab',), ('b',))
    """
    return image_between(history, history.at(before).members(region), before, after)


# ---- conferences


@strict
def central_points(
    h: Structure | History,
    of: Iterable[str] = (kinds.PROVINCE, kinds.CENTRAL_ORGANISATION),
    *,
    on: DayLike | None = None,
) -> tuple[str, ...]:
    """Ids of the units directly under the centre that have a point of a national conference (rule B06).

    Args:
        h: a structure, or a history.
        of: the kinds that have one.
        on: the day, if a history is asked; None: the last one of it.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "vn"},
    ...         {"id": "x", "kind": "commune", "parent": "p"}]
    >>> central_points(om.structure_of(rows, day="2025-07-01"))
    ('p',)
    """
    wanted, structure = set(of), on_day(h, on)
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


@strict
def attendance(h: Structure | History, meeting: str, kind: str, *, on: DayLike | None = None) -> Attendance | Undecided:
    """The share of the units of a kind that had a point of a meeting, on the day it was held.

    Undecided if the meeting says nothing of points of the kind.

    Args:
        h: a structure, or a history.
        meeting: id of the meeting.
        kind: the kind.
        on: the day of what is known, if a history is asked.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such meeting on the day.

    >>> from orgmodel.party import example
    >>> history = example("a", "b", "c")
    >>> with history.draft("2025-07-15") as act:
    ...     meeting = act.meet("vn", "giao ban", points={"province": 2})
    >>> answer = attendance(act.structure, meeting, "province")
    >>> answer.points, answer.units
    (2, 3)
    """
    structure = on_day(h, on)
    entry = dossier(structure, meeting)
    if entry.matter.kind != "meeting":
        refuse("attendance", f"{meeting!r} is a {entry.kind.label} and no meeting", "matter")
    rows = [row for row in entry.points or () if isinstance(row, tuple) and len(row) == 2]
    number = whole(dict(rows).get(kind))
    if number is None and not entry.of("point"):
        return Undecided("points", (meeting,), "B06", structure.day, f"points of the kind {kind} are not recorded")
    # Of a meeting whose month alone is known, the units of its first day are counted.
    day = getattr(entry.when("held"), "first", None)
    then = h.at(day) if isinstance(h, History) and day is not None else structure
    all_units = set(then.select(kind)) if then.may_have(kind) else set()
    if number is None:
        number = len(all_units.intersection(entry.of("point")))
    return Attendance(kind, number, len(all_units))
