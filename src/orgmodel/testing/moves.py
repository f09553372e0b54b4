"""What can happen to an organisation: operations that fit it, drawn from small numbers.

A move reads some bytes: what to do, to which unit (its place among those that are there), and how. It looks at the
structure, so it fits mostly; where the wanted one cannot be (nothing to merge, no cluster to join) a new name for a
unit comes instead. What an operation comes to is for the library to say: the twin follows the events.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.acts import operations as verbs
from orgmodel.acts import policies
from orgmodel.acts.act import Decided
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Event, Link, Succession
from orgmodel.acts.operation import Operation, Together
from orgmodel.errors import OrgmodelError
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent, Cluster, Clustering
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY
from orgmodel.structure.selection import select
from orgmodel.structure.structure import Structure

__all__ = [
    "MOVES",
]

WIDTH: Final = 10
"""How many bytes say one move."""

GRADES: Final[Sequence[Any]] = ("A", "B", "C")
"""What a category says, from the lowest."""

Numbers = Sequence[int]


class Nothing(LookupError):
    """There is nothing that a move of the sort could be about."""


@frozen
class Made:
    """A move that was made.

    Attributes:
        name: which: ``merge``, ``close`` ...; empty if nothing could be done.
        steps: its operations, and events where only the outcome is said.
        events: what they came to.
    """

    name: str = ""
    steps: tuple[Decided, ...] = ()
    events: tuple[Event, ...] = ()


def pick(among: Sequence[Any], number: int) -> Any:
    """One of several by its number, counted round."""
    return among[number % len(among)]


def value_of(values: str, number: int, structure: Structure | None = None) -> Any:
    """A value of a declared fact, by the word of its declaration and a number."""
    match values:
        case "number":
            return number
        case "flag":
            return number % 2 == 0
        case "day":
            return (dt.date(2025, 1, 1) + number * ONE_DAY).isoformat()
        case "period":
            return f"{2020 + number % 5}-01-01/{2025 + number % 5}-01-01"
        case "unit" | "cluster" if structure is not None:
            live = list(structure) if values == "unit" else [cluster.id for cluster in structure.clusters()]
            return pick(live, number) if live else None
        case "person":
            return f"p{number % 6}"
    return pick(GRADES, number)


def slot_of(track: tracks.Track, number: int) -> Any:
    """A slot of a declared fact: None, one word, or a word and a number."""
    words = ["first", "second"][number % 2], *range(1, len(track.slots))
    return None if not track.slots else words[0] if len(track.slots) == 1 else words


def figure_of(measure: Measure, number: int) -> Any:
    """A figure of a measure: mostly exact, now and then about, or not known within bounds."""
    if measure.type == "category":
        return pick(GRADES, number)
    if measure.type == "rate":
        return Fraction(number % 101, 100)
    if number >= 248:
        return Quantity(number, "about") if number % 2 else Quantity.unknown(0, number)
    return number


class Look:
    """A structure as moves see it: what there is to choose from, chosen by numbers one after the other.

    Args:
        structure: the structure.
        numbers: counted round.
        prefix: begins the ids of what is created, so that no two draws use one.
        ended: units that are no more, for those that are established again.
        focus: units that matter, which facts are mostly about.
    """

    def __init__(
        self,
        structure: Structure,
        numbers: Numbers,
        prefix: str,
        ended: Sequence[str] = (),
        focus: Collection[str] = (),
    ) -> None:
        self.structure, self.prefix, self.ended = structure, prefix, ended
        self._numbers, self._at, self._made = numbers or (0,), 0, 0
        focused = [unit for unit in structure if unit in focus]
        self.about: Sequence[str] = focused if focused and self.number() % 4 else list(structure)
        """The units that a fact may be about."""

    def number(self) -> int:
        """The next number."""
        self._at += 1
        return self._numbers[(self._at - 1) % len(self._numbers)]

    def chance(self, of: int) -> bool:
        """Whether something rare comes: once in so many numbers, and not for the smallest."""
        return self.number() % of == of - 1

    def one(self, among: Iterable[Any]) -> Any:
        """One of some.

        Raises:
            Nothing: there are none.
        """
        listed = list(among)
        if not listed:
            raise Nothing
        return pick(listed, self.number())

    def fresh(self) -> str:
        """An id nobody has."""
        while True:
            self._made += 1
            name = f"{self.prefix}{self._made}"
            if not self.structure.is_known(name):
                return name

    def kind(self, unit: str) -> Any:
        """The kind of a unit."""
        return self.structure.value(unit, tracks.KIND)

    @property
    def inner(self) -> list[str]:
        """Units with a parent."""
        return [unit for unit in self.structure if self.structure.parent(unit) is not None]

    def group(self) -> list[str]:
        """Two units or more of one kind, none above another; mostly siblings."""
        unit, structure = self.one(self.inner), self.structure
        kind, home = self.kind(unit), structure.parent(unit)
        others = [other for other in self.inner if other != unit and self.kind(other) == kind]
        siblings = [other for other in others if structure.parent(other) == home]
        pool, size = others if self.chance(3) else siblings or others, 2 + self.number() % 3
        members = [unit]
        for other in pool:
            if len(members) < size and not any(self._in_line(other, member) for member in members):
                members.append(other)
        if len(members) < 2:
            raise Nothing
        return members

    def _in_line(self, first: str, second: str) -> bool:
        """Whether one of two units stands above the other."""
        return first in self.structure.ancestors(second) or second in self.structure.ancestors(first)

    def allows(self, kind: Any, place: str) -> bool:
        """Whether a unit of a kind may stand under a unit."""
        return self.structure.schema.allows(kind, self.kind(place), self.structure.day)

    def home(self, unit: str, hierarchy: str = tracks.MAIN) -> str:
        """Another unit under which a unit may stand."""
        structure, kind = self.structure, self.kind(unit)
        near = {unit, *structure.descendants(unit, hierarchy)}
        inside = [u for u in structure if structure.value(u, tracks.parent_track(hierarchy)) is not None]
        places = [place for place in inside if place not in near and self.allows(kind, place)]
        return str(self.one([place for place in places if place != structure.parent(unit, hierarchy)] or places))

    def placed(self, *, agency: bool) -> tuple[Any, str]:
        """A kind, and a unit under which one of it may stand."""
        schema = self.structure.schema
        kinds: list[Any] = [kind.id for kind in schema.kinds if kind.agency == agency] or ([] if agency else [None])
        kind = self.one([kind for kind in kinds if any(self.allows(kind, place) for place in self.structure)])
        places = [place for place in self.structure if self.allows(kind, place)]
        return kind, str(self.one([place for place in places if place in self.about] or places))

    def measure(self, *types: str) -> Measure:
        """A measure of one of some types; any if none is named."""
        chosen: Measure = self.one(m for m in self.structure.measures.values() if not types or m.type in types)
        return chosen

    def first_counts(self) -> dict[str, int]:
        """Figures of a new unit: of each count a small one."""
        return {measure.id: 2 for measure in self.structure.measures.values() if measure.type == "count"}

    def clustering(self) -> Clustering:
        """A clustering."""
        chosen: Clustering = self.one(self.structure.clusterings())
        return chosen

    def cluster(self) -> str:
        """The id of a cluster."""
        return str(self.one(self.structure.clusters()).id)

    def into(self) -> Unit:
        """What a new unit shall be: its id is derived now and then, and now and then nothing is left to its sources."""
        unit, how = Unit("" if self.chance(3) else self.fresh()), self.number()
        if how % 8 > 5:
            return evolve(unit, name="New", code=self.fresh(), category="rural")
        return evolve(unit, name=pick([None, None, "New", "Newer"], how))

    def joined(self, members: Sequence[str]) -> Any:
        """What is said of clusters: nothing where all members are in the same, else a policy of any sort."""
        structure = self.structure
        if len({structure.clusters_of(member) for member in members}) == 1 and not self.chance(4):
            return None
        counts = [policies.ClusterOfLargest(m.id) for m in structure.measures.values() if m.type == "count"]
        clusters = [policies.JoinCluster(cluster.id) for cluster in structure.clusters()]
        ready: list[Any] = [policies.LeaveAll(), policies.MajorityCluster(), policies.ClusterOf(members[0])]
        return self.one([*ready, *counts[:1], *clusters[:1], None])

    def under(self, units: Sequence[str]) -> str | None:
        """The parent of a merged unit, where its members stand under several."""
        above = {parent: None for unit in units if (parent := self.structure.parent(unit)) is not None}
        places = [place for place in above if not {place, *self.structure.ancestors(place)} & set(units)]
        return str(self.one(places)) if len(above) > 1 else None

    def chosen(self) -> dict[str, Any]:
        """The other choices of a merger: which agencies are one, which offices go on, what becomes of ratings."""
        functions = [None, None, policies.ByName(), policies.ByCode(), policies.ByNamePrefix(), policies.ByCategory()]
        ratings = [None, None, policies.InheritNothing(), policies.LowestGrade(GRADES), policies.KeepIfEqual()]
        return {
            "function_of": pick(functions, self.number()),
            "offices": pick([None, policies.CarryOver(), policies.Lapse()], self.number()),
            "ratings": pick(ratings, self.number()),
        }

    def divided(self, parts: Sequence[str]) -> dict[str, Any]:
        """How counts are divided among parts: not, by shares for some, or by a policy."""
        counts = [m.id for m in self.structure.measures.values() if m.type == "count"]
        if not counts:
            return {}
        measure, share = pick(counts, self.number()), Fraction(self.number() % 5, 4)
        ready = [policies.ByMeasure(measure), policies.Equal(), policies.Dominant(parts[0]), policies.Bounds()]
        by_shares = {"shares": {parts[0]: {measure: share}}}
        how: dict[str, Any] = pick([by_shares, {}, *({"allocation": policy} for policy in ready)], self.number())
        return how

    def dealt(self, units: Sequence[str], parts: Sequence[str]) -> dict[str, str]:
        """Every child of some units, in any hierarchy, with one of some parts; the next one gets the next."""
        first = self.number()
        children = [
            c for unit in units for line in self.structure.hierarchies for c in self.structure.children(unit, line)
        ]
        return {child: pick(parts, first + i) for i, child in enumerate(dict.fromkeys(children))}


Steps = Sequence[Decided]


# ---- what is said of a unit


def _rename(look: Look) -> Steps:
    return [verbs.Rename(look.one(look.about), f"Name {look.number() % 4}")]


def _record(look: Look) -> Steps:
    unit, measure = look.one(look.about), look.measure()
    scope = tracks.SUBTREE if look.chance(5) and measure.type == "count" else tracks.OWN
    return [verbs.Record(unit, measure.id, figure_of(measure, look.number()), scope=scope)]


def _until(look: Look) -> Steps:
    """A figure that holds for a day or two."""
    unit, measure = look.one(look.about), look.measure()
    until = look.structure.day + (1 + look.number() % 2) * ONE_DAY
    return [Change(unit, measure.track, figure_of(measure, look.number()), tracks.OWN, until)]


def _adjust(look: Look) -> Steps:
    return [verbs.Adjust(look.one(look.about), look.measure("count").id, 1 + look.number() % 3)]


def _recode(look: Look) -> Steps:
    unit = look.one(look.about)
    structure, kind = look.structure, look.kind(unit)
    borne = {structure.value(other, tracks.CODE) for other in structure if look.kind(other) == kind}
    return [verbs.Recode(unit, look.one([*(code for code in ("81", "82", "83", "84") if code not in borne), None]))]


def _reclassify(look: Look) -> Steps:
    unit = look.one(look.about)
    words = "fg" if look.structure.schema.is_agency(look.kind(unit)) else ["rural", "urban"]
    return [verbs.Reclassify(unit, category=pick(words, look.number()))]


def _office(look: Look) -> Steps:
    structure, unit = look.structure, look.one(look.about)
    slot = pick(["head", "deputy"], look.number()), 1 + look.number() % 2
    incumbent = structure.slots(unit, tracks.OFFICE).get(slot)
    holder = None if incumbent is not None and look.chance(4) else f"p{look.number() % 6}"
    until = structure.day + (1 + look.number() % 2) * ONE_DAY if holder is not None and look.chance(5) else None
    return [verbs.ChangeFact(unit, tracks.OFFICE, holder, slot, until)]


def _fact(look: Look) -> Steps:
    track = look.one([*look.structure.schema.tracks, tracks.Track("fact:drawn", values="number")])
    value = value_of(track.values, look.number(), look.structure)
    return [verbs.ChangeFact(look.one(look.about), track.id, value, slot_of(track, look.number()))]


# ---- units that begin, end and move


def _create(look: Look) -> Steps:
    kind, place = look.placed(agency=False)
    unit = evolve(look.into(), kind=kind)
    figures = look.first_counts() if look.chance(3) else None
    return [verbs.Create(unit, under=place, measures=figures, first_known=look.chance(8))]


def _create_beside(look: Look) -> Steps:
    """A unit that stands in another hierarchy alone."""
    line = look.one(look.structure.hierarchies[1:])
    kind = look.one(kind.id for kind in look.structure.schema.kinds if not kind.agency)
    inside = [u for u in look.structure if look.structure.value(u, tracks.parent_track(line)) is not None]
    place = look.one(place for place in inside if look.allows(kind, place))
    return [verbs.Create(evolve(look.into(), kind=kind, hierarchy=line), under={line: place})]


def _agency(look: Look) -> Steps:
    kind, place = look.placed(agency=True)
    return [verbs.Create(Unit(look.fresh(), kind=kind, category=pick("fg", look.number())), under=place)]


def _close(look: Look) -> Steps:
    structure, unit = look.structure, look.one(look.inner)
    children = [child for line in structure.hierarchies for child in structure.children(unit, line)]
    homes = {child: look.home(child) for child in structure.children(unit)} if children else None
    if homes and unit in homes.values():
        raise Nothing
    return [verbs.Close(unit, children_to=homes, close_agencies=look.chance(2), last_known=look.chance(8))]


def _leaves(look: Look) -> list[str]:
    """Units without children in any hierarchy."""
    lines = look.structure.hierarchies
    return [unit for unit in look.inner if not any(look.structure.children(unit, line) for line in lines)]


def _close_leaf(look: Look) -> Steps:
    return [verbs.Close(look.one(_leaves(look)))]


def _reestablish(look: Look) -> Steps:
    if look.ended and look.chance(2):
        kind, place = look.placed(agency=False)
        out_of = look.one(look.structure) if look.chance(4) else None
        unit, figures = Unit(look.fresh(), kind=kind), look.first_counts() if look.chance(2) else None
        return [verbs.Reestablish(look.one(look.ended), unit, under=place, out_of=out_of, measures=figures)]
    # The same unit again today: one with siblings of its kind if there is any, so that it can merge afterwards.
    leaves = _leaves(look)
    siblings = Counter((look.structure.parent(unit), look.kind(unit)) for unit in look.inner)
    beside_others = [unit for unit in leaves if siblings[look.structure.parent(unit), look.kind(unit)] > 1]
    old = look.structure.unit(look.one(beside_others or leaves))
    again = Unit(look.fresh(), kind=old.kind, name=old.name)
    return [verbs.Close(old.id), verbs.Reestablish(old.id, again, under=old.parent)]


def _reassign(look: Look) -> Steps:
    unit = look.one(look.inner)
    others = [u for u in look.structure.children(str(look.structure.parent(unit))) if look.kind(u) == look.kind(unit)]
    home, many = look.home(unit), look.chance(3)
    return [verbs.Reassign([u for u in others if u != home] if many else unit, home)]


def _reassign_selected(look: Look) -> Steps:
    unit = look.one(look.inner)
    small = [{"measure": (look.measure("count").id, "<", 50)}] if look.structure.measures else []
    how: dict[str, Any] = look.one([{"under": look.structure.parent(unit)}, *small])
    return [verbs.Reassign(select(kind=look.kind(unit), **how), look.home(unit))]


def _attach(look: Look) -> Steps:
    """A unit enters another hierarchy, moves in it, or leaves it."""
    line = look.one(look.structure.hierarchies[1:])
    structure, unit = look.structure, look.one(look.structure)
    place = structure.value(unit, tracks.parent_track(line))
    if place is not None and structure.parent(unit, line) is None:
        raise Nothing
    leaves = place is not None and not structure.children(unit, line) and look.chance(4)
    return [verbs.Reassign(unit, None if leaves else look.home(unit, line), hierarchy=line)]


def _abolish_level(look: Look) -> Steps:
    # Where the root is of the kind too, nobody would be left.
    top = {look.kind(unit) for unit in look.structure if look.structure.parent(unit) is None}
    kind = look.one(dict.fromkeys(kind for unit in look.inner if (kind := look.kind(unit)) not in {*top, None}))
    for unit in look.structure.select(kind=str(kind)):
        above = look.structure.parent(unit)
        if not all(above is not None and look.allows(look.kind(c), above) for c in look.structure.children(unit)):
            raise Nothing
    return [verbs.AbolishLevel(str(kind), close_agencies=look.chance(2))]


# ---- units that become units


def _merge(look: Look) -> Steps:
    units = look.group()
    how = look.chosen() if look.chance(2) else {}
    return [verbs.Merge(units, into=look.into(), under=look.under(units), cluster=look.joined(units), **how)]


def _merge_selected(look: Look) -> Steps:
    unit = look.group()[0]
    chosen = select(kind=look.kind(unit), under=look.structure.parent(unit))
    # Without an id of its own: who is selected is not to decide what the new unit is called.
    return [verbs.Merge([chosen], into=evolve(look.into(), id=""), cluster=look.joined([unit]))]


def _merge_by(look: Look) -> Steps:
    units = look.group()
    return [verbs.MergeBy(verbs.PolicyMerger(under=look.under(units), cluster=look.joined(units)), units)]


def _merge_again(look: Look) -> Steps:
    """A unit that was created today merges today."""
    unit = look.structure.unit(look.one(look.inner))
    newcomer = Unit(look.fresh(), kind=unit.kind)
    return [
        verbs.Create(newcomer, under=unit.parent),
        verbs.Merge([unit.id, newcomer.id], cluster=look.joined([unit.id, unit.id])),
    ]


def _take_over(look: Look) -> Steps:
    units = look.group()
    keeper, *others = units[::-1] if look.chance(2) else units
    how = look.chosen() if look.chance(2) else {}
    return [verbs.TakeOver(keeper, others, cluster=look.joined(units), **how)]


def _replace(look: Look) -> Steps:
    return [verbs.Replace(look.one(look.inner), look.into())]


def _break_down(look: Look) -> Steps:
    unit = look.one(look.inner)
    parts = [look.fresh() for _ in range(2 + look.number() % 2)]
    dominant: dict[str, Any] = {"dominant": parts[-1], "dominant_by": "a test"} if look.chance(3) else {}
    homes = look.dealt([unit], parts)
    return [verbs.BreakDown(unit, [Unit(part) for part in parts], children=homes, **look.divided(parts), **dominant)]


def _split_off(look: Look) -> Steps:
    unit, new = look.one(look.inner), look.fresh()
    children = look.structure.children(unit)
    chosen: Any = children[: look.number() % (len(children) + 1)] or None
    if children and look.chance(4):
        chosen = select(kind=look.kind(children[0]), under=unit)
    return [verbs.SplitOff(unit, evolve(look.into(), id=new), children=chosen, **look.divided([new]))]


def _split_off_several(look: Look) -> Steps:
    unit, parts = look.one(look.inner), [look.fresh(), look.fresh()]
    return [verbs.SplitOffSeveral(unit, [Unit(part) for part in parts], children=look.dealt([unit], [*parts, unit]))]


def _transfer(look: Look) -> Steps:
    giver, taker, *_ = look.group()
    shares = {m.id: Fraction(look.number() % 3, 2) for m in look.structure.measures.values() if m.type == "count"}
    children = look.structure.children(giver)[: 1 + look.number() % 2] or None
    return [verbs.Transfer(giver, taker, children=children, shares=shares if look.chance(2) else None)]


def _reorganise(look: Look) -> Steps:
    first, second, *_ = look.group()
    new, whole_second = [look.fresh(), look.fresh()], look.chance(2)
    links = [(first, new[0]), (first, new[1]), (second, new[1]), *([] if whole_second else [(second, new[0])])]
    return [
        verbs.Reorganise(
            links,
            created=[Unit(unit) for unit in new],
            # Where all of the second goes into one unit, its children go there without being named.
            children=look.dealt([first] if whole_second else [first, second], new),
            under=look.under([first, second]),
            cluster=look.joined([first, second]),
        )
    ]


def _outcome(look: Look) -> Steps:
    """A merger or a takeover of which only the outcome is said: the rest is worked out."""
    first, *others = look.group()
    unit = look.structure.unit(first)
    others = [other for other in others if look.structure.parent(other) == unit.parent]
    if not others:
        raise Nothing
    new = first if look.chance(2) else look.fresh()
    created = [] if new == first else [Unit(new, kind=unit.kind, parent=unit.parent)]
    return [Succession([Link(old, new) for old in (first, *others)], created)]


# ---- clusters


def _form(look: Look) -> Steps:
    new = look.fresh()
    if not look.structure.clusterings() or (look.chance(4) and len(look.structure.clusterings()) < 3):
        clustering = Clustering(f"{new}-groups", cover=look.chance(2))
        return [verbs.Form(clustering), verbs.Form(Cluster(new, clustering.id), [look.one(look.about)])]
    members = [look.one(look.about) for _ in range(1 + look.number() % 2)]
    return [verbs.Form(Cluster(new, look.clustering().id, f"Cluster {look.number() % 4}"), members)]


def _join(look: Look) -> Steps:
    return [verbs.Join(look.one(look.about), look.cluster())]


def _leave(look: Look) -> Steps:
    cluster = look.one(c.id for c in look.structure.clusters() if look.structure.members(c.id))
    return [verbs.Leave(look.one(look.structure.members(cluster)), cluster)]


def _dissolve(look: Look) -> Steps:
    cluster = look.one(look.structure.clusters())
    others = [c.id for c in look.structure.clusters(cluster.clustering) if c.id != cluster.id]
    return [verbs.Dissolve(cluster.id, members_to=pick([None, *others[:1]], look.number()))]


def _rename_cluster(look: Look) -> Steps:
    return [Change(look.cluster(), tracks.NAME, f"Cluster {look.number() % 4}")]


def _designate(look: Look) -> Steps:
    structure = look.structure
    cluster = look.one(c.id for c in structure.clusters() if structure.members(c.id))
    role, seat = pick([(LEADER, 1), (DEPUTY, 1), (DEPUTY, 2)], look.number())
    member = Absent.VACANT if look.chance(6) else look.one(structure.members(cluster))
    until = structure.day + (1 + look.number() % 2) * ONE_DAY if look.chance(4) else None
    return [verbs.Designate(cluster, role, member, seat=seat, until=until, instead=look.chance(2))]


def _succeed_role(look: Look) -> Steps:
    structure = look.structure
    lapsed = structure.lapsed_roles()
    if lapsed:
        cluster, (role, seat), *_ = look.one(lapsed)
        return [verbs.SucceedRole(cluster, role, seat=seat)]
    # One who has a role is replaced, and the heir succeeds to it.
    seats = [
        (c.id, *key, u) for c in structure.clusters() for key, u in structure.roles(c.id).items() if u in look.inner
    ]
    cluster, role, seat, unit = look.one(seats)
    return [verbs.Replace(unit, look.into()), verbs.SucceedRole(cluster, role, seat=seat)]


Move = Callable[[Look], Steps]

MOVES: Final[Mapping[str, Move]] = {
    "rename": _rename,
    "record": _record,
    "hold until": _until,
    "adjust": _adjust,
    "recode": _recode,
    "reclassify": _reclassify,
    "appoint": _office,
    "state a fact": _fact,
    "create": _create,
    "create an agency": _agency,
    "create beside": _create_beside,
    "close": _close,
    "close a leaf": _close_leaf,
    "re-establish": _reestablish,
    "reassign": _reassign,
    "reassign selected": _reassign_selected,
    "attach": _attach,
    "abolish level": _abolish_level,
    "merge": _merge,
    "merge selected": _merge_selected,
    "merge by": _merge_by,
    "merge again": _merge_again,
    "take over": _take_over,
    "replace": _replace,
    "break down": _break_down,
    "split off": _split_off,
    "split off several": _split_off_several,
    "transfer": _transfer,
    "reorganise": _reorganise,
    "say the outcome": _outcome,
    "form": _form,
    "join": _join,
    "leave": _leave,
    "dissolve": _dissolve,
    "rename a cluster": _rename_cluster,
    "designate": _designate,
    "succeed role": _succeed_role,
}
"""The moves by name, the simplest first."""

OFTEN: Final = (
    *MOVES,
    *("merge", "merge", "take over", "break down", "split off", "reorganise"),
    *("re-establish", "re-establish", "re-establish", "re-establish", "merge again", "say the outcome", "record"),
)
"""The moves as often as they come where none are named: a new name first, to which a case shrinks."""

RESTRUCTURING: Final = (
    *("reassign", "merge", "merge by", "take over", "replace"),
    *("break down", "split off", "split off several", "transfer", "reorganise"),
)
"""The moves that change who belongs where and nothing that grows."""

EVENTS_ONLY: Final = ("hold until", "say the outcome", "rename a cluster")
"""The moves that are said as events."""


def make(
    draft: Draft,
    numbers: Numbers,
    only: Sequence[str] = (),
    *,
    prefix: str = "x",
    ended: Sequence[str] = (),
    focus: Collection[str] = (),
) -> Made:
    """Carry out the move that some numbers say on a draft; a new name for a unit where it cannot be.

    Args:
        draft: what is there, and where the move is added.
        numbers: the first says which move, the others how.
        only: names of the moves to choose from, one as often as it shall come; all if empty.
        prefix: as of :class:`Look`.
        ended: as of :class:`Look`.
        focus: as of :class:`Look`.
    """
    wanted = pick(tuple(only) or OFTEN, numbers[0])
    for name in dict.fromkeys((wanted, "rename")):
        move = attempt(draft, name, Look(draft.structure, numbers[1:], prefix, ended, focus))
        if move.steps:
            return move
    return Made()


def attempt(draft: Draft, name: str, look: Look) -> Made:
    """Carry out one move on a draft, as far as it is accepted: without steps if it is refused or about nothing."""
    done: list[Decided] = []
    events: list[Event] = []
    try:
        for step in MOVES[name](look):
            before = len(draft.events)
            if isinstance(step, Operation):
                draft.carry_out(step)
            elif not isinstance(step, Together):
                draft.add(step)
            done.append(step)
            events += draft.events[before:]
    except (Nothing, OrgmodelError):
        pass
    return Made(name, tuple(done), tuple(events))
