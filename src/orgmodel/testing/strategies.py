"""Strategies for organisations: structures, histories, acts, and what to do with them.

All build what they give; none filters. Bounds are keyword arguments; what the arguments
make impossible is ``InvalidArgument``. There is no say over the distribution.

================================== ==========================================================
:func:`hierarchies`                trees as rows, for ``om.structure_of``
:func:`large_hierarchies`          the same, with hundreds or thousands of units
:func:`structures`                 structures, with figures and clusters
:func:`histories`                  histories: a founding act, and what happens in days near each other
:func:`acts`, :func:`events`       what can happen to a structure or history
:func:`merge_groups`               units that can merge
:func:`clusterings`                groupings of units, as events
:func:`corrections`                acts of a history with what they may say instead
================================== ==========================================================
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure
from orgmodel.testing.hierarchies import (
    DAY,
    LEVELS,
    Row,
    bounds,
    hierarchies,
    large_hierarchies,
    smallest,
)
from orgmodel.testing.moves import MOVES, WIDTH, Maker, pick
from orgmodel.testing.twin import Impossible, Twin, in_order, replayed, standing, twin_of

__all__ = [
    "DAY",
    "LEVELS",
    "acts",
    "clusterings",
    "corrections",
    "events",
    "hierarchies",
    "histories",
    "large_hierarchies",
    "merge_groups",
    "smallest",
    "structures",
]

MEMBERS = Measure("members", unit="members")
"""The measure of the strategies where none is given."""

FOUNDING = Source("founding act", note="made by a test")


def _measures(measures: Iterable[Measure | str]) -> tuple[Measure, ...]:
    if isinstance(measures, str):
        raise InvalidArgument(f"measures={measures!r} is one text; give a sequence of measures")
    return tuple(Measure(m) if isinstance(m, str) else m for m in measures)


def _schema(schema: Schema | None, kinds: Sequence[str] | None) -> Schema:
    if schema is not None:
        return schema
    return LEVELS if kinds is None else Schema.levels(*kinds)


def framed(schema: Schema | None, kinds: Sequence[str] | None, more: Sequence[str] | None) -> Schema:
    """The schema, with other hierarchies beside the main one if they are named."""
    schema = _schema(schema, kinds)
    if more is None:
        return schema
    if isinstance(more, str):
        raise InvalidArgument(f"more_hierarchies={more!r} is one text; give a sequence of names")
    if len({schema.hierarchies[0], *more}) <= len(more):
        raise InvalidArgument(f"more_hierarchies={more!r}: a name is there twice, or that of the main one")
    return evolve(schema, hierarchies=(schema.hierarchies[0], *more))


def _places(rows: Sequence[Row], lines: Sequence[bytes], schema: Schema, day: dt.date) -> Iterator[Event]:
    """Places in the hierarchies beside the main one: a byte for each unit; a fourth of them, and none, is outside."""
    for line, numbers in zip(schema.hierarchies[1:], lines, strict=True):
        track, inside = tracks.parent_track(line), list[Row]()
        for row, number in zip(rows, numbers, strict=False):
            kind = row.get("kind")
            above = [other for other in inside if schema.allows(kind, other.get("kind"), day)]
            if number % 4 and (above or (not inside and schema.allows(kind, None, day))):
                yield Change(row["id"], track, pick(above, number // 4)["id"] if inside else ROOT)
                inside.append(row)


def _groups(clusters: int) -> tuple[list[Event], list[str]]:
    """The events that found a partition and its clusters, and the ids of these."""
    if not clusters:
        return [], []
    ids = [f"g{i}" for i in range(clusters)]
    return [Creation(Clustering("groups")), *(Creation(Cluster(name, "groups")) for name in ids)], ids


def founding(
    rows: Sequence[Row],
    figures: Sequence[tuple[str, bytes]],
    groups: bytes,
    names: bytes,
    lines: Sequence[bytes],
    clusters: int,
    schema: Schema,
    day: dt.date,
) -> Act:
    """The act that founds what was drawn; a byte that is missing states nothing."""
    named = [f"Name {number % 3}" if number % 4 else None for number in names]
    named += [None] * (len(rows) - len(named))
    made: list[Event] = [Creation(Unit(**row, name=name)) for row, name in zip(rows, named, strict=False)]
    made += _places(rows, lines, schema, day)
    ids = [row["id"] for row in rows]
    for measure, values in figures:
        track = tracks.measure_track(measure)
        made += [Change(unit, track, value, tracks.OWN) for unit, value in zip(ids, values, strict=False)]
    more, inside = _groups(clusters)
    made += more
    for unit, number in zip(ids[1:], groups, strict=False):
        if inside and number % (len(inside) + 1):
            made.append(Change(unit, tracks.member_track("groups"), inside[number % (len(inside) + 1) - 1]))
    return Act("founding", day, made, FOUNDING)


def foundings(
    least: int,
    most: int,
    max_depth: int | None,
    schema: Schema,
    kinds: Sequence[str] | None,
    day: dt.date,
    measures: Sequence[Measure],
    clusters: int,
) -> st.SearchStrategy[Act]:
    """Founding acts: a tree, other hierarchies of its units, figures that some state, and clusters that some are in."""
    rows = hierarchies(min_units=least, max_units=most, max_depth=max_depth, schema=schema, kinds=kinds, day=day)
    counts = [st.tuples(st.just(m.id), st.binary(max_size=most)) for m in measures]
    groups = st.binary(max_size=most - 1) if clusters else st.just(b"")
    lines = st.tuples(*[st.binary(max_size=most) for _ in schema.hierarchies[1:]])
    return st.tuples(rows, st.tuples(*counts), groups, st.binary(max_size=most), lines).map(
        lambda drawn: founding(drawn[0], drawn[1], drawn[2], drawn[3], drawn[4], clusters, schema, day)
    )


def structures(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    max_depth: int | None = None,
    schema: Schema | None = None,
    kinds: Sequence[str] | None = None,
    more_hierarchies: Sequence[str] | None = None,
    day: DayLike = DAY,
    measures: Iterable[Measure | str] = (MEMBERS,),
    max_clusters: int = 3,
) -> st.SearchStrategy[Structure]:
    """Structures with names, figures and, where ``max_clusters`` allows it, clusters of a partition ``"groups"``.

    Shrinks towards few units directly under the root, without names and figures,
    in no cluster, and in no hierarchy but the main one.

    Args:
        min_units: fewest units, the root counted.
        max_units: most units; ``min_units + 11`` if None.
        max_depth: as in :func:`hierarchies`.
        schema: as in :func:`hierarchies`.
        kinds: as in :func:`hierarchies`.
        more_hierarchies: names of hierarchies beside the main one in which some of its
            units also stand, under others; those of the schema if None.
        day: the day it shows.
        measures: counts that units may state, whole numbers up to 255; declared so.
        max_clusters: how many clusters there are; 0 for no clustering at all.

    >>> print(smallest(structures(), lambda s: s.count("province") == 2).tree())
    u0 [centre]
    ├─ u1 [province]
    └─ u2 [province]
    """
    least, most = bounds(min_units, max_units, ("min_units", "max_units"), 11)
    declared, schema, day = _measures(measures), framed(schema, kinds, more_hierarchies), as_day(day)
    clusters, _ = bounds(max_clusters, None, ("max_clusters", ""), 0)
    found = foundings(least, most, max_depth, schema, kinds, day, declared, clusters)
    return found.map(lambda act: History(schema, declared).enact(act).at(day))


# ---- what happens


def _source(number: int) -> Source:
    return Source(f"act {number}", issuer="a test")


class Story:
    """A history in the making: acts and amendments from small numbers, each possible."""

    def __init__(self, founding: Act, schema: Schema, measures: Sequence[Measure]) -> None:
        self.schema, self.measures = schema, measures
        self.twin = Twin(schema, {measure.id: measure for measure in measures})
        self.twin.act(founding)
        self.recorded: list[Act | tuple[str, Act | None]] = [founding]
        self.acts = [founding]
        self.maker = Maker(self.twin, "n", [m.id for m in measures])
        self.events: list[Event] = []
        self.at_work: Act | tuple[str, Act | None] = founding

    def move(self, numbers: Sequence[int], only: Sequence[str]) -> None:
        """One more event, or what belongs together, in the act that is open."""
        made = self.maker.make(numbers, only)
        before = self.twin.copy()
        try:
            for event in made.events:
                self.twin.one(event, "", 0)
        except Impossible:
            # A schema whose placements change between two days can make a move impossible.
            self.maker.twin = self.twin = before
            return
        self.events.extend(made.events)

    def close(self, day: dt.date) -> None:
        """The open act ends, and the next begins on ``day``."""
        if self.events:
            number = len(self.acts)
            act = Act(f"a{number}", self.twin.day, self.events, _source(number))
            self.acts.append(act)
            self.recorded.append(act)
            self.events = []
        self.twin.day = day

    def amend(self, numbers: Sequence[int]) -> None:
        """A correction, a cancellation or a backdated act; another source, where these cannot be."""
        late = f"late {len(self.recorded)}"
        change = amendment(self.acts, numbers, self.schema, {m.id: m for m in self.measures}, late)
        if change is None:
            return
        name, act = change
        known = {a.id: a for a in self.acts}
        if act is not None and name not in known:
            self.recorded.append(act)
            self.acts = [*self.acts, act]
        else:
            self.recorded.append(change)
            self.acts = [new for a in self.acts for new in [act if a.id == name else a] if new is not None]

    def steps(self) -> Iterator[History]:
        """The history after each step of recording; :attr:`at_work` is the step that is being made."""
        history = History(self.schema, self.measures)
        for entry in self.recorded:
            self.at_work = entry
            if isinstance(entry, Act):
                history = history.enact(entry)
            else:
                history = history.amend({entry[0]: entry[1]}, reason="a test amends it")
            yield history

    def history(self) -> History:
        """The history, enacted and amended step by step in the order of recording."""
        *_, last = self.steps()
        return last


def possible(acts: Iterable[Act], schema: Schema, measures: dict[str, Measure]) -> bool:
    """Whether acts can all happen, in effective order, as a twin sees it."""
    try:
        replayed(in_order(acts), schema, measures)
    except Impossible:
        return False
    return True


def amendment(
    acts: Sequence[Act], numbers: Sequence[int], schema: Schema, measures: dict[str, Measure], late: str = "late"
) -> tuple[str, Act | None] | None:
    """(id, what the act says instead) that can be, from some numbers; the founding act stays as it is.

    The acts come in the order in which they were first recorded, the founding one first.
    The id ``late``, which nothing had before, means a new, backdated act. None: there is nothing to amend.
    """
    later = acts[1:]
    if not later:
        return None
    act = pick(later, numbers[0])
    rest = [a for a in acts if a.id != act.id]
    how, number = numbers[1] % 5, numbers[2]
    tried: Act | None
    if how == 1 and possible(rest, schema, measures):
        return act.id, None
    if how in (2, 3):
        if how == 2:
            moved = act.effective + dt.timedelta(days=number % 5 - 2)
            tried = Act(act.id, max(moved, acts[0].effective), act.events, act.source, act.note)
        else:
            tried = Act(act.id, act.effective, act.events[: max(1, number % 4)], act.source, act.note)
        where = next(i for i, a in enumerate(acts) if a.id == act.id)
        if possible([*acts[:where], tried, *acts[where + 1 :]], schema, measures):
            return act.id, tried
    if how == 4:
        twin = replayed(in_order(acts), schema, measures, act.effective)
        twin.day = act.effective
        made = Maker(twin, f"{late.replace(' ', '-')}-", list(measures)).make([number, *numbers])
        tried = Act(late, act.effective, made.events, _source(len(acts)), "recorded late")
        if tried.id not in {a.id for a in acts} and possible([*acts, tried], schema, measures):
            return tried.id, tried
    source = evolve(act.source, note=f"note {number}")
    return act.id, Act(act.id, act.effective, act.events, source, act.note)


_SAME_ACT, _SAME_DAY = 96, 176
"""Of the 256 values of the byte that says when: below the first in the open act, below the second a new act today."""


def histories(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    max_depth: int | None = None,
    schema: Schema | None = None,
    kinds: Sequence[str] | None = None,
    more_hierarchies: Sequence[str] | None = None,
    day: DayLike = DAY,
    measures: Iterable[Measure | str] = (MEMBERS,),
    max_clusters: int = 3,
    min_moves: int = 0,
    max_moves: int | None = None,
    moves: Sequence[str] = (),
    max_amendments: int = 2,
) -> st.SearchStrategy[History]:
    """Histories that begin with a founding act; what follows lies on the same day or a few days on.

    So chains of one day, units that live for no whole day, and acts and amendments of
    which each concerns the other come often. Amendments are corrections, cancellations
    and acts recorded late. Shrinks towards no move, then towards moves that are simple
    (a new name) and stand in one act on the founding day, and to what
    :func:`structures` shrinks to.

    Args:
        min_units: fewest units at the founding.
        max_units: most units at the founding; ``min_units + 11`` if None.
        max_depth: as in :func:`hierarchies`.
        schema: as in :func:`hierarchies`.
        kinds: as in :func:`hierarchies`.
        more_hierarchies: as in :func:`structures`.
        day: the founding day.
        measures: as in :func:`structures`.
        max_clusters: as in :func:`structures`, at the founding.
        min_moves: fewest things that happen afterwards.
        max_moves: most things that happen; ``min_moves + 12`` if None.
        moves: which, of the names in :data:`orgmodel.testing.moves.MOVES`; all if empty.
        max_amendments: most corrections, cancellations and late acts.

    >>> smallest(histories(moves=["merge"]), lambda h: len(h.lineage.links()) == 2).at(DAY).count("province")
    1
    """
    told = stories(
        min_units=min_units,
        max_units=max_units,
        max_depth=max_depth,
        schema=schema,
        kinds=kinds,
        more_hierarchies=more_hierarchies,
        day=day,
        measures=measures,
        max_clusters=max_clusters,
        min_moves=min_moves,
        max_moves=max_moves,
        moves=moves,
        max_amendments=max_amendments,
    )
    return told.map(Story.history)


def stories(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    max_depth: int | None = None,
    schema: Schema | None = None,
    kinds: Sequence[str] | None = None,
    more_hierarchies: Sequence[str] | None = None,
    day: DayLike = DAY,
    measures: Iterable[Measure | str] = (MEMBERS,),
    max_clusters: int = 3,
    min_moves: int = 0,
    max_moves: int | None = None,
    moves: Sequence[str] = (),
    max_amendments: int = 2,
) -> st.SearchStrategy[Story]:
    """What :func:`histories` makes histories of; arguments as there. The library has not seen them yet."""
    least, most = bounds(min_units, max_units, ("min_units", "max_units"), 11)
    fewest, at_most = bounds(min_moves, max_moves, ("min_moves", "max_moves"), 12)
    declared, schema, day = _measures(measures), framed(schema, kinds, more_hierarchies), as_day(day)
    clusters, _ = bounds(max_clusters, None, ("max_clusters", ""), 0)
    amendments, _ = bounds(max_amendments, None, ("max_amendments", ""), 0)
    only = _known_moves(moves)
    found = foundings(least, most, max_depth, schema, kinds, day, declared, clusters)
    happens = st.lists(st.binary(min_size=WIDTH + 1, max_size=WIDTH + 1), min_size=fewest, max_size=at_most)
    amended = st.lists(st.binary(min_size=WIDTH + 1, max_size=WIDTH + 1), max_size=amendments)
    return st.tuples(found, happens, amended).map(lambda drawn: story(*drawn, only, schema, declared))


def story(
    founding: Act,
    happens: Sequence[bytes],
    amended: Sequence[bytes],
    only: Sequence[str],
    schema: Schema,
    measures: Sequence[Measure],
) -> Story:
    """What some bytes tell: see :func:`histories`."""
    told = Story(founding, schema, measures)
    for when, *numbers in happens:
        if when >= _SAME_ACT:
            told.close(told.twin.day + dt.timedelta(days=0 if when < _SAME_DAY else 1 + when % 3))
        told.move(numbers, only)
    told.close(told.twin.day)
    for amendment_ in amended:
        told.amend(amendment_)
    return told


def _known_moves(moves: Sequence[str]) -> tuple[str, ...]:
    if isinstance(moves, str):
        raise InvalidArgument(f"moves={moves!r} is one text; give a sequence of names")
    unknown = [name for name in moves if name not in MOVES]
    if unknown:
        raise InvalidArgument(f"moves={moves!r}: there is no {unknown[0]!r} (there are {', '.join(MOVES)})")
    return tuple(moves)


def _twin_on(subject: Structure | History, day: DayLike | None) -> Twin:
    if isinstance(subject, Structure):
        if day is not None and as_day(day) != subject.day:
            raise InvalidArgument(f"day={day!r}: the structure shows {subject.day}; give the history for other days")
        twin = twin_of(subject)
    else:
        when = as_day(day) if day is not None else subject.last_day or DAY
        twin = replayed(subject.acts, subject.schema, subject.measures, when)
        twin.day = when
    if not twin.units():
        raise InvalidArgument("nothing lives on the day; an act needs a unit to be about")
    return twin


def acts(
    subject: Structure | History,
    *,
    day: DayLike | None = None,
    min_moves: int = 1,
    max_moves: int | None = None,
    moves: Sequence[str] = (),
) -> st.SearchStrategy[Act]:
    """Acts that are valid on a structure, or on a day of a history after all that is effective by then.

    On a day before the last one of a history, a later act may contradict what is drawn:
    ``enact`` then says so. Shrinks towards one simple move, a new name.

    Args:
        subject: the structure or history.
        day: the day of the act; that of the structure, or the last one of the history, if None.
        min_moves: fewest things that happen in the act.
        max_moves: most things; ``min_moves + 3`` if None.
        moves: which, of the names in :data:`orgmodel.testing.moves.MOVES`; all if empty.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01")
    >>> smallest(acts(history), lambda act: True).events
    (Change(subject='a', track='name', value='Name 0', slot=None, until=None),)
    """
    twin = _twin_on(subject, day)
    fewest, at_most = bounds(min_moves, max_moves, ("min_moves", "max_moves"), 3)
    only = _known_moves(moves)
    if fewest < 1:
        raise InvalidArgument("min_moves=0: an act is about something")
    known = [act.id for act in subject.acts] if isinstance(subject, History) else []
    name = next(n for i in range(len(known) + 1) if (n := f"drawn {i + 1}") not in known)
    measures = list(subject.measures) or ["members"]

    def build(drawn: list[bytes]) -> Act:
        story_twin = twin.copy()
        maker = Maker(story_twin, f"{name.replace(' ', '-')}-", measures)
        made: list[Event] = []
        for numbers in drawn:
            move = maker.make(numbers, only)
            for event in move.events:
                story_twin.one(event)
            made += move.events
        return Act(name, twin.day, made, Source(name, issuer="a test"))

    return st.lists(st.binary(min_size=WIDTH, max_size=WIDTH), min_size=fewest, max_size=at_most).map(build)


def events(
    subject: Structure | History,
    *,
    day: DayLike | None = None,
    min_moves: int = 1,
    max_moves: int | None = None,
    moves: Sequence[str] = (),
) -> st.SearchStrategy[tuple[Event, ...]]:
    """The events of :func:`acts`: in order, each valid after those before it. Arguments and shrinking as there."""
    return acts(subject, day=day, min_moves=min_moves, max_moves=max_moves, moves=moves).map(lambda act: act.events)


def merge_groups(
    structure: Structure,
    *,
    kind: str | None = None,
    min_size: int = 2,
    max_size: int = 4,
    siblings: bool = True,
) -> st.SearchStrategy[tuple[str, ...]]:
    """Ids of units of one kind, none above another, that can merge; each group in preorder.

    Shrinks towards small groups of the first units.

    Args:
        structure: where they live.
        kind: of which kind; any if None.
        min_size: fewest units of a group, at least 2.
        max_size: most units.
        siblings: whether they stand under one parent.

    Raises:
        InvalidArgument: the structure has no such group.
    """
    least, most = bounds(min_size, max_size, ("min_size", "max_size"), 0)
    if least < 2:
        raise InvalidArgument(f"min_size={least}: a merger is of at least two")
    pools = mergeable(structure, kind=kind, siblings=siblings, least=least)
    if not pools:
        raise InvalidArgument(
            f"no {least} units of {'one kind' if kind is None else kind!r} can merge in {structure!r}"
        )
    place = {unit: i for i, unit in enumerate(structure)}

    def groups(pool: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
        chosen = st.lists(st.sampled_from(pool), min_size=least, max_size=min(most, len(pool)), unique=True)
        return chosen.map(lambda units: tuple(sorted(units, key=place.__getitem__)))

    return st.sampled_from(pools).flatmap(groups)


def mergeable(
    structure: Structure, *, kind: str | None = None, siblings: bool = True, least: int = 2
) -> list[tuple[str, ...]]:
    """Groups of units of one kind of which any may merge: no two of them stand above each other."""
    pools: dict[Any, list[str]] = {}
    for unit in structure.units():
        if unit.parent is not None and (kind is None or unit.kind == kind):
            key = (unit.kind, unit.parent) if siblings else (unit.kind, structure.depth(unit.id))
            pools.setdefault(key, []).append(unit.id)
    return [tuple(pool) for pool in pools.values() if len(pool) >= least]


def clusterings(
    structure: Structure,
    *,
    id: str = "drawn",  # noqa: A002  # the name of the field of Clustering
    cover: bool = False,
    min_clusters: int = 1,
    max_clusters: int = 3,
) -> st.SearchStrategy[tuple[Event, ...]]:
    """Events that group the units of a structure: a clustering, its clusters, who is in which.

    Shrinks towards few clusters in which nobody is.

    Args:
        structure: whose units are grouped.
        id: id of the clustering, and with a number of each cluster.
        cover: whether a unit may be in several clusters.
        min_clusters: fewest clusters.
        max_clusters: most clusters.
    """
    least, most = bounds(min_clusters, max_clusters, ("min_clusters", "max_clusters"), 0)
    units = list(structure)

    def build(drawn: tuple[int, bytes]) -> tuple[Event, ...]:
        count, numbers = drawn
        names = [f"{id}-{i + 1}" for i in range(count)]
        made: list[Event] = [Creation(Clustering(id, cover=cover)), *(Creation(Cluster(name, id)) for name in names)]
        track = tracks.member_track(id)
        for unit, number in zip(units, numbers, strict=False):
            if cover:
                inside = [name for i, name in enumerate(names) if number >> i & 1]
            else:
                inside = [names[number % (count + 1) - 1]] if number % (count + 1) else []
            made += [Change(unit, track, name, name if cover else None) for name in inside]
        return tuple(made)

    return st.tuples(st.integers(least, most), st.binary(max_size=len(units))).map(build)


def corrections(history: History) -> st.SearchStrategy[tuple[str, Act | None]]:
    """(id of an act, what it says instead or None to cancel it), for ``history.correct`` and ``history.cancel``.

    The first act stays as it is. Shrinks towards another note in the source of the second act.

    Raises:
        InvalidArgument: the history has fewer than two acts.
    """
    listed = standing(history.log)
    if len(listed) < 2:
        raise InvalidArgument(f"{history!r} has no second act to correct")

    def build(numbers: bytes) -> tuple[str, Act | None]:
        # 0 to 3: the fifth way of an amendment, a late act, is no correction.
        found = amendment(listed, [numbers[0], numbers[1] % 4, numbers[2]], history.schema, dict(history.measures))
        assert found is not None
        return found

    return st.binary(min_size=3, max_size=3).map(build)
