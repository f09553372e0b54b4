"""Events that are possible, built from a few small numbers on a twin.

A move reads six bytes: what to do, to which unit (its place modulo the live ones), and
how. Every six bytes are a possible move: where the wanted one cannot be (nothing to
merge, no cluster to join) a simpler one is made instead, down to a new name for a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts.events import Change, Closure, Creation, Event, Link, Succession
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent, Cluster, Clustering
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import ONE_DAY
from orgmodel.testing.twin import Twin

WIDTH: Final = 6
"""How many bytes say one move."""

Numbers = Sequence[int]


@frozen
class Made:
    """A move that was made.

    Attributes:
        name: which: ``merge``, ``close`` ...
        events: its events, possible on the twin as it was.
        units: the units it is about, sorted.
    """

    name: str
    events: tuple[Event, ...]
    units: tuple[str, ...] = ()


def pick(among: Sequence[Any], number: int) -> Any:
    """One of several by its number, counted round."""
    return among[number % len(among)]


def outcome(links: Iterable[Link], created: Iterable[Unit], changes: Iterable[Change]) -> Succession:
    """A succession that says all that becomes of its units: nothing is worked out, so that a twin can follow."""
    return Succession(links, created, changes, complete=True)


class Maker:
    """Makes moves on a twin.

    Args:
        twin: the state so far; moves read it and do not change it.
        prefix: begins the ids of what is created, so that no two makers use one.
        measures: measures of which figures are drawn.
    """

    def __init__(self, twin: Twin, prefix: str, measures: Sequence[str] = ("members",)) -> None:
        self.twin, self.prefix, self.measures = twin, prefix, tuple(measures)
        self._count = 0

    def new_id(self) -> str:
        """An id nobody has."""
        while True:
            self._count += 1
            name = f"{self.prefix}{self._count}"
            if name not in self.twin.used:
                return name

    def make(self, numbers: Numbers, only: Sequence[str] = ()) -> Made:
        """The move that some numbers say.

        Args:
            numbers: :data:`WIDTH` of them.
            only: names of the moves to choose from; all if empty.
        """
        names = tuple(only) or tuple(MOVES)
        name = pick(names, numbers[0])
        return MOVES[name](self, numbers[1:]) or _rename(self, numbers[1:])

    # ---- what the moves share

    def kinds_under(self, parent: str) -> list[str | None]:
        """Kinds that may stand under a unit today."""
        schema, above = self.twin.schema, self.twin.value(parent, tracks.KIND)
        if not schema.kinds:
            return [above]
        return [kind.id for kind in schema.kinds if schema.allows(kind.id, above, self.twin.day)]

    def of_kind(self, unit: str) -> list[str]:
        """Units of the kind of a unit, its siblings first, without those above and below it; itself first."""
        twin = self.twin
        kind, parent = twin.value(unit, tracks.KIND), twin.value(unit, tracks.PARENT)
        family = {*twin.above(unit), *twin.below(unit), unit}
        others = [u for u in twin.units() if u not in family and twin.value(u, tracks.KIND) == kind]
        others = [u for u in others if twin.value(u, tracks.PARENT) is not None]
        return [unit, *sorted(others, key=lambda u: twin.value(u, tracks.PARENT) != parent)]

    def group(self, numbers: Numbers) -> list[str]:
        """Two or more units of one kind, none above another; siblings if there are any. Empty if there are none."""
        units = self.inner()
        if not units:
            return []
        pool = self.of_kind(pick(units, numbers[0]))
        found: list[str] = []
        for unit in pool:
            if not any(unit in self.twin.above(other) or other in self.twin.above(unit) for other in found):
                found.append(unit)
        size = 2 + numbers[1] % 3
        return found[:size] if len(found) > 1 else []

    def inner(self) -> list[str]:
        """Units with a parent."""
        twin = self.twin
        return [u for u in twin.units() if twin.value(u, tracks.PARENT) not in (None, ROOT)]

    def homes(
        self, olds: Sequence[str], new: Callable[[int], str], *, hierarchies: Sequence[str] = (tracks.MAIN,)
    ) -> list[Change]:
        """Every child of some units gets the new home of its number."""
        return [
            Change(child, tracks.parent_track(hierarchy), new(i))
            for hierarchy in hierarchies
            for i, child in enumerate(child for old in olds for child in self.twin.children(old, hierarchy))
        ]

    @property
    def lines(self) -> tuple[str, ...]:
        """The hierarchies beside the main one."""
        return self.twin.schema.hierarchies[1:]

    def placed(self, olds: Sequence[str], news: Sequence[str]) -> list[Change]:
        """What becomes of the places of some units in the hierarchies beside the main one when others succeed them.

        The new ones stand where the highest of the old ones stood; at the top of a
        hierarchy only the first of them does. All children come to the first.
        """
        changes: list[Change] = []
        for line in self.lines:
            track = tracks.parent_track(line)
            inside = [old for old in olds if self.twin.value(old, track) is not None]
            if not inside:
                continue
            highest = min(inside, key=lambda old: len(self.twin.above(old, line)))
            place = self.twin.value(highest, track)
            for new in news if place != ROOT else news[:1]:
                if self.twin.value(new, track) != place:
                    changes.append(Change(new, track, place))
            ended = [old for old in inside if old not in news]
            # Those among the old ones end, wherever they stood.
            changes += [c for c in self.homes(ended, lambda _: news[0], hierarchies=[line]) if c.subject not in olds]
        return changes

    def memberships(self, olds: Sequence[str], new: str) -> list[Change]:
        """The new unit joins the clusters in which all olds are."""
        changes = []
        for clustering in self.twin.living(Clustering):
            track = tracks.member_track(clustering.id)
            held = [{v for key, (v, _) in self.twin.held[old].items() if key[0] == track} for old in olds]
            common = sorted(set.intersection(*held)) if held else []
            changes += [Change(new, track, cluster, cluster if clustering.cover else None) for cluster in common]
        return changes

    def figures(self, olds: Sequence[str], new: str) -> list[Change]:
        """The new unit has the sum of what its predecessors state."""
        changes: list[Change] = []
        for measure in self._stated():
            track = tracks.measure_track(measure)
            values = [self.twin.value(old, track, tracks.OWN) for old in olds]
            if any(value is not None for value in values):
                total = sum((Quantity.of(value) for value in values), Quantity(0))
                figure = total.value if total.is_exact else total
                if figure != self.twin.value(new, track, tracks.OWN):
                    changes.append(Change(new, track, figure, tracks.OWN))
        return changes

    def _stated(self) -> list[str]:
        """Counts of which some unit states a figure."""
        found = {key[0].partition(":")[2] for held in self.twin.held.values() for key in held if "measure:" in key[0]}
        return sorted(name for name in found if self.type_of(name) == "count")

    def type_of(self, measure: str) -> str:
        """Whether a measure is a count, a rate or a category; a count if it is not declared."""
        declared = self.twin.measures.get(measure)
        return "count" if declared is None else declared.type


Move = Callable[[Maker, Numbers], Made | None]


def _rename(maker: Maker, numbers: Numbers) -> Made:
    unit = pick(maker.twin.units(), numbers[0])
    return Made("rename", (Change(unit, tracks.NAME, f"Name {numbers[1] % 4}"),), (unit,))


def _record(maker: Maker, numbers: Numbers) -> Made | None:
    if not maker.measures:
        return None
    unit, measure = pick(maker.twin.units(), numbers[0]), pick(maker.measures, numbers[1])
    until = maker.twin.day + (1 + numbers[4] % 2) * ONE_DAY if numbers[3] % 4 == 3 else None
    scope = tracks.SUBTREE if numbers[4] >= 200 else tracks.OWN
    value = pick(("A", "B", "C"), numbers[2]) if maker.type_of(measure) == "category" else numbers[2]
    return Made("record", (Change(unit, tracks.measure_track(measure), value, scope, until),), (unit,))


def _create(maker: Maker, numbers: Numbers) -> Made | None:
    parent = pick(maker.twin.units(), numbers[0])
    kinds = maker.kinds_under(parent)
    line = pick(maker.lines, numbers[4]) if maker.lines and numbers[4] % 4 == 3 else tracks.MAIN
    if not kinds or maker.twin.value(parent, tracks.parent_track(line)) is None:
        return None
    unit = Unit(maker.new_id(), kind=pick(kinds, numbers[1]), parent=parent, hierarchy=line)
    ended = list(maker.twin.ended)
    old = pick(ended, numbers[3]) if ended and numbers[2] >= 192 else None
    return Made("create", (Creation(unit, first_known=numbers[2] % 8 == 7, reestablishes=old),), (parent,))


def _attach(maker: Maker, numbers: Numbers) -> Made | None:
    """A unit enters another hierarchy, moves in it, or leaves it."""
    if not maker.lines:
        return None
    twin, line = maker.twin, pick(maker.lines, numbers[2])
    track, unit = tracks.parent_track(line), pick(twin.units(), numbers[0])
    kind, children = twin.value(unit, tracks.KIND), twin.children(unit, line)
    if twin.value(unit, track) is not None and not children and numbers[3] % 4 == 3:
        return Made("attach", (Change(unit, track, None),), (unit,))
    inside = [u for u in twin.units() if twin.value(u, track) is not None]
    places = [
        u
        for u in inside
        if u != unit
        and unit not in twin.above(u, line)
        and twin.schema.allows(kind, twin.value(u, tracks.KIND), twin.day)
    ]
    if not inside and twin.schema.allows(kind, None, twin.day):
        places = [ROOT]
    if not places or twin.value(unit, track) == ROOT:
        return None
    place = pick(places, numbers[1])
    return Made("attach", (Change(unit, track, place),), tuple(sorted({unit, place} - {ROOT})))


def _close(maker: Maker, numbers: Numbers) -> Made | None:
    lines = maker.twin.schema.hierarchies
    leaves = [unit for unit in maker.inner() if not any(maker.twin.children(unit, line) for line in lines)]
    if not leaves:
        return None
    unit = pick(leaves, numbers[0])
    return Made("close", (Closure(unit),), (unit,))


def _reassign(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    units = maker.inner()
    if not units:
        return None
    unit = pick(units, numbers[0])
    kind, below = twin.value(unit, tracks.KIND), twin.below(unit)
    places = [
        u
        for u in twin.units()
        if u != unit
        and u not in below
        and twin.value(u, tracks.PARENT) is not None
        and twin.schema.allows(kind, twin.value(u, tracks.KIND), twin.day)
    ]
    others = [u for u in places if u != twin.value(unit, tracks.PARENT)] or places
    if not others:
        return None
    parent = pick(others, numbers[1])
    return Made("reassign", (Change(unit, tracks.PARENT, parent),), (parent, unit))


def _merge(maker: Maker, numbers: Numbers) -> Made | None:
    members = maker.group(numbers)
    if not members:
        return None
    new = maker.new_id()
    first = maker.twin.value(members[0], tracks.KIND)
    unit = Unit(new, kind=first, parent=maker.twin.value(members[0], tracks.PARENT))
    if unit.parent in {b for m in members for b in maker.twin.below(m)}:
        return None
    changes = [
        *maker.homes(members, lambda _: new),
        *maker.placed(members, [new]),
        *maker.memberships(members, new),
        *maker.figures(members, new),
    ]
    links = [Link(old, new) for old in members]
    return Made("merge", (outcome(links, (unit,), changes),), tuple(sorted(members)))


def _take_over(maker: Maker, numbers: Numbers) -> Made | None:
    members = maker.group(numbers)
    if not members:
        return None
    survivor, *ended = members if numbers[2] % 2 == 0 else members[::-1]
    homes = [*maker.homes(ended, lambda _: survivor), *maker.placed([survivor, *ended], [survivor])]
    changes = [*homes, *maker.figures(members, survivor)]
    links = [Link(survivor, survivor), *(Link(old, survivor) for old in ended)]
    return Made("take over", (outcome(links, (), changes),), tuple(sorted(members)))


def _shares(maker: Maker, unit: str, parts: int, numbers: Numbers) -> list[Mapping[str, Fraction]]:
    """Shares of what a unit states, such that whole figures stay whole; none where numbers say so."""
    shares: list[dict[str, Fraction]] = [{} for _ in range(parts)]
    for measure in maker._stated():
        value = maker.twin.value(unit, tracks.measure_track(measure), tracks.OWN)
        if isinstance(value, int) and value > 0 and numbers[0] % 2:
            cut = numbers[1] % (value + 1)
            first = Fraction(cut, value)
            for i, share in enumerate([first, 1 - first, *[Fraction(0)] * (parts - 2)]):
                shares[i][measure] = share
    return list(shares)


def _divided(
    maker: Maker, unit: str, parts: Sequence[str], shares: Sequence[Mapping[str, Fraction]]
) -> tuple[list[Change], list[Link]]:
    """What becomes of figures and links when a unit is divided among parts."""
    changes: list[Change] = []
    for measure in maker._stated():
        track = tracks.measure_track(measure)
        value = maker.twin.value(unit, track, tracks.OWN)
        if value is None:
            continue
        for part, given in zip(parts, shares, strict=True):
            share = given.get(measure)
            figure: Any
            if share is not None:
                figure = int(value * share)
            else:
                whole = Quantity.of(value)
                figure = Quantity.unknown(0 if whole.high is not None else None, whole.high)
            changes.append(Change(part, track, figure, tracks.OWN))
    links = [Link(unit, part, "part", given) for part, given in zip(parts, shares, strict=True)]
    return changes, links


def _with_dominant(links: list[Link], number: int) -> list[Link]:
    """One of the links made dominant, or none, as a number says."""
    if number % 3 == 2:
        at = number // 3 % len(links)
        links[at] = evolve(links[at], dominant=True, dominant_by="a test")
    return links


def _break_down(maker: Maker, numbers: Numbers) -> Made | None:
    return _divide(maker, numbers, survives=False)


def _split_off(maker: Maker, numbers: Numbers) -> Made | None:
    return _divide(maker, numbers, survives=True)


def _divide(maker: Maker, numbers: Numbers, *, survives: bool) -> Made | None:
    twin, units = maker.twin, maker.inner()
    if not units:
        return None
    unit = pick(units, numbers[0])
    made = [maker.new_id() for _ in range(1 if survives else 2 + numbers[1] % 2)]
    parts = [unit, *made] if survives else made
    shares = _shares(maker, unit, len(parts), numbers[2:])
    figures, links = _divided(maker, unit, parts, shares)
    links = _with_dominant(links, numbers[4])
    created = [Unit(new, kind=twin.value(unit, tracks.KIND), parent=twin.value(unit, tracks.PARENT)) for new in made]
    changes = [change for change in maker.homes([unit], lambda i: pick(parts, i + numbers[1])) if change.value != unit]
    changes += maker.placed([unit], parts)
    joined = [change for new in made for change in maker.memberships([unit], new)]
    event = outcome(links, created, [*changes, *joined, *figures])
    return Made("split off" if survives else "break down", (event,), (unit,))


def _transfer(maker: Maker, numbers: Numbers) -> Made | None:
    members = maker.group(numbers)
    if not members:
        return None
    giver, taker = members[:2]
    # Whole figures move only if they are given; here the children move, and the giver's own figure stays.
    moving = [Change(child, tracks.PARENT, taker) for child in maker.twin.children(giver)[: 1 + numbers[2] % 2]]
    links = [Link(giver, giver, "part"), Link(giver, taker, "part"), Link(taker, taker)]
    links[:2] = _with_dominant(links[:2], numbers[3])
    return Made("transfer", (outcome(links, (), moving),), tuple(sorted(members[:2])))


def _reorganise(maker: Maker, numbers: Numbers) -> Made | None:
    members = maker.group(numbers)
    if not members:
        return None
    one, two = members[:2]
    new = [maker.new_id(), maker.new_id()]
    twin = maker.twin
    created = [Unit(n, kind=twin.value(one, tracks.KIND), parent=twin.value(one, tracks.PARENT)) for n in new]
    whole = numbers[2] % 2 == 0
    links = _with_dominant([Link(one, new[0], "part"), Link(one, new[1], "part")], numbers[3])
    links += [Link(two, new[1])] if whole else [Link(two, new[0], "part"), Link(two, new[1], "part")]
    changes = [
        *maker.homes([one], lambda i: pick(new, i)),
        *maker.homes([two], lambda i: new[1] if whole else pick(new, i + 1)),
        *maker.placed([one, two], new),
    ]
    unknown = Quantity.unknown()
    for measure in maker._stated():
        track = tracks.measure_track(measure)
        if any(twin.value(old, track, tracks.OWN) is not None for old in (one, two)):
            changes += [Change(n, track, unknown, tracks.OWN) for n in new]
    return Made("reorganise", (outcome(links, created, changes),), tuple(sorted((one, two))))


def _recode(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    unit = pick(twin.units(), numbers[0])
    kind = twin.value(unit, tracks.KIND)
    borne = {twin.value(u, tracks.CODE) for u in twin.units() if twin.value(u, tracks.KIND) == kind and u != unit}
    free = [code for code in ("01", "02", "03", "04", "05", "06", "07", "08") if code not in borne]
    if not free:
        return None
    return Made("recode", (Change(unit, tracks.CODE, pick(free, numbers[1])),), (unit,))


def _reclassify(maker: Maker, numbers: Numbers) -> Made | None:
    unit = pick(maker.twin.units(), numbers[0])
    return Made("reclassify", (Change(unit, tracks.CATEGORY, pick(("rural", "urban"), numbers[1])),), (unit,))


def _form(maker: Maker, numbers: Numbers) -> Made | None:
    clusterings = maker.twin.living(Clustering)
    new = maker.new_id()
    if not clusterings or (numbers[0] % 4 == 3 and len(clusterings) < 3):
        clustering = Clustering(f"{new}-groups", cover=numbers[1] % 3 == 2)
        return Made("form", (Creation(clustering), Creation(Cluster(new, clustering.id))))
    return Made("form", (Creation(Cluster(new, pick(clusterings, numbers[1]).id, f"Cluster {numbers[2] % 4}")),))


def _join(maker: Maker, numbers: Numbers) -> Made | None:
    clusters = maker.twin.living(Cluster)
    if not clusters:
        return _form(maker, numbers)
    cluster, unit = pick(clusters, numbers[1]), pick(maker.twin.units(), numbers[0])
    return Made("join", (Change(unit, tracks.member_track(cluster.clustering), cluster.id),), (unit,))


def _leave(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    held = [
        (unit, key[0], value)
        for unit in twin.units()
        for key, (value, _) in twin.held[unit].items()
        if tracks.is_member(key[0])
    ]
    if not held:
        return _join(maker, numbers)
    unit, track, cluster = pick(held, numbers[0])
    return Made("leave", (Change(unit, track, None, cluster),), (unit,))


def _dissolve(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    clusters = twin.living(Cluster)
    if not clusters:
        return _form(maker, numbers)
    cluster = pick(clusters, numbers[0])
    track = tracks.member_track(cluster.clustering)
    members = [Change(unit, track, None, cluster.id) for unit in twin.with_value(track, cluster.id)]
    return Made("dissolve", (*members, Closure(cluster.id)), tuple(change.subject for change in members))


def _designate(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    clusters = twin.living(Cluster)
    if not clusters:
        return _form(maker, numbers)
    cluster = pick(clusters, numbers[1])
    members = twin.with_value(tracks.member_track(cluster.clustering), cluster.id) or twin.units()
    slot = (LEADER, 1) if numbers[2] % 2 == 0 else (DEPUTY, 1 + numbers[2] // 2 % 2)
    holder = (pick(members, numbers[0]), pick(members, numbers[0]), Absent.VACANT, Absent.UNKNOWN)[numbers[3] % 4]
    until = twin.day + (1 + numbers[4] % 2) * ONE_DAY if numbers[4] % 3 == 2 else None
    return Made("designate", (Change(cluster.id, tracks.ROLE, holder, slot, until),), ())


def _appoint(maker: Maker, numbers: Numbers) -> Made | None:
    twin = maker.twin
    unit, slot = pick(twin.units(), numbers[0]), (("head", "deputy")[numbers[1] % 2], 1 + numbers[1] // 2 % 2)
    held = twin.value(unit, tracks.OFFICE, slot)
    holder = None if held is not None and numbers[3] % 4 == 3 else f"p{numbers[2] % 6}"
    until = twin.day + (1 + numbers[4] % 2) * ONE_DAY if holder is not None and numbers[4] % 5 == 4 else None
    return Made("appoint", (Change(unit, tracks.OFFICE, holder, slot, until),), (unit,))


MOVES: Final[Mapping[str, Move]] = {
    "rename": _rename,
    "record": _record,
    "create": _create,
    "close": _close,
    "reassign": _reassign,
    "merge": _merge,
    "take over": _take_over,
    "break down": _break_down,
    "split off": _split_off,
    "transfer": _transfer,
    "reorganise": _reorganise,
    "recode": _recode,
    "reclassify": _reclassify,
    "attach": _attach,
    "form": _form,
    "join": _join,
    "leave": _leave,
    "dissolve": _dissolve,
    "designate": _designate,
    "appoint": _appoint,
}
"""The moves by name, the simplest first."""

RESTRUCTURING: Final = ("reassign", "merge", "take over", "break down", "split off", "transfer", "reorganise")
"""The moves that change who belongs where and nothing that grows."""
