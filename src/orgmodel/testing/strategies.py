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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from orgmodel.acts.act import Act
from orgmodel.acts.draft import Draft
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.acts.replay import Running
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.history.unsaid import says_all
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER, Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import DayLike, as_day
from orgmodel.structure.structure import Structure
from orgmodel.testing.decisions import ended_by
from orgmodel.testing.hierarchies import (
    DAY,
    LEVELS,
    SILENT,
    Plan,
    UnitRow,
    bounds,
    hierarchies,
    large_hierarchies,
    smallest,
)
from orgmodel.testing.moves import MOVES, WIDTH, figure_of, make, pick, slot_of, value_of
from orgmodel.testing.twin import Impossible, in_order, replayed, standing

__all__ = [
    "LEVELS",
    "acts",
    "clusterings",
    "corrections",
    "events",
    "hierarchies",
    "histories",
    "large_hierarchies",
    "smallest",
    "structures",
]

MEMBERS = Measure("members", unit="members")
"""The measure of the strategies where none is given."""

FOUNDING = Source("founding act", note="made by a test")


def measures_of(measures: Iterable[Measure | str]) -> tuple[Measure, ...]:
    """Declared measures; a text declares a count of that name."""
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


GROUPS, CIRCLES, _COVERED = "groups", "circles", 2
"""The partition and the cover that are founded, and how many clusters the cover has."""


_BARE: Final = 232
"""From this value on a byte of the root says that nothing is stated of any unit: the first fact of each sort is yet to
come then, and what operations skip because no unit has it is learned late."""

MANY: Final = 300
"""As many units are read and written with arrays, fewer one by one."""


class Founder:
    """Founding acts from bytes: a tree, and what is stated of each unit, where a byte of 0 states nothing.

    Args:
        schema: of the history.
        measures: of the history.
        clusters: how many clusters the partition has; no clustering at all if 0.
        day: the day.
    """

    def __init__(self, schema: Schema, measures: Sequence[Measure], clusters: int = 3, day: dt.date = DAY) -> None:
        self.schema, self.day, self.measures = schema, day, measures
        self.groups = [f"g{i}" for i in range(clusters)]
        self.circles = [f"c{i}" for i in range(_COVERED if clusters else 0)]
        self.width = 5 + len(measures) + len(schema.hierarchies[1:]) + len(schema.tracks)
        """How many bytes say one unit."""

    def act(self, rows: Sequence[UnitRow], marks: bytes, places: Iterable[int] | None = None) -> Act:
        """The founding act of a tree; places: where the bytes of each unit are, in the order of the units if None."""
        at = range(len(rows)) if places is None else places
        self.marks = [marks[i * self.width : (i + 1) * self.width] for i in at]
        if self.marks[0][1] >= _BARE:
            return Act("founding", self.day, [Creation(Unit(**row)) for row in rows], FOUNDING)
        units = [Unit(**row, **self._own(i, row)) for i, row in enumerate(rows)]
        events: list[Event] = [Creation(unit) for unit in units]
        events += self._places(units)
        events += self._facts(units)
        if self.groups and self.marks[0][3] >= SILENT:
            events += self._clusters(units)
        return Act("founding", self.day, events, FOUNDING)

    def wide(self, drawn: bytes, least: int, most: int) -> Act:
        """The founding act that :meth:`size` bytes say, with many units side by side: see :meth:`Plan.wide`."""
        rows, places = Plan.of(self.schema, None, self.day, None, least).wide(drawn[:most], least, most)
        return self.act(rows, drawn[most:], places)

    def many(self, drawn: bytes, least: int, most: int) -> Act:
        """The same with so many siblings beside each lowest unit that there are over :data:`MANY` units."""
        rows, places = Plan.of(self.schema, None, self.day, None, least).wide(drawn[:most], least, most)
        above = {row.get("parent") for row in rows}
        lowest = [(row, at) for row, at in zip(rows, places, strict=True) if row["id"] not in above]
        more = lowest * (MANY // len(lowest))
        rows += [{**row, "id": f"u{len(rows) + i}"} for i, (row, _) in enumerate(more)]
        return self.act(rows, drawn[most:], [*places, *(at for _, at in more)])

    def size(self, most: int) -> int:
        """How many bytes say an act of up to so many units."""
        return most * (1 + self.width)

    def _own(self, at: int, row: UnitRow) -> UnitRow:
        first, second, *_ = self.marks[at]
        agency = self.schema.is_agency(row.get("kind"))
        words = "fg" if agency else ("rural", "urban")
        return {
            "name": f"Name {first % 3}" if first % 4 else None,
            "code": f"{at:02}" if first // 4 % 3 == 1 else None,
            "category": words[second % 5 % 2] if agency or second % 2 else None,
        }

    def _places(self, units: Sequence[Unit]) -> Iterator[Event]:
        """Places in the hierarchies beside the main one; a fourth of the units, and byte 0, is outside."""
        for place, line in enumerate(self.schema.hierarchies[1:], 5 + len(self.measures)):
            track, inside = tracks.parent_track(line), list[Unit]()
            for unit, marks in zip(units, self.marks, strict=True):
                above = [other for other in inside if self.schema.allows(unit.kind, other.kind, self.day)]
                if marks[place] % 4 and (above or (not inside and self.schema.allows(unit.kind, None, self.day))):
                    yield Change(unit.id, track, pick(above, marks[place] // 4).id if inside else ROOT)
                    inside.append(unit)

    def _facts(self, units: Sequence[Unit]) -> Iterator[Event]:
        """Figures, offices and what the schema declares."""
        declared = 5 + len(self.measures) + len(self.schema.hierarchies[1:])
        last: dict[str, Any] = {}
        for unit, marks in zip(units, self.marks, strict=True):
            for measure, number in zip(self.measures, marks[5:], strict=False):
                if measure.type == "count":
                    figure = figure_of(measure, number) if number % 4 else None
                else:
                    # Mostly that of the unit before: what units that merge have alike, goes on.
                    states, own = number % 8 > 1, number % 8 > 5 or measure.id not in last
                    figure = (figure_of(measure, number // 8) if own else last[measure.id]) if states else None
                if figure is not None:
                    last[measure.id] = figure
                    yield Change(unit.id, measure.track, figure, tracks.OWN)
            if marks[2] % 5 == 1:
                yield Change(unit.id, tracks.OFFICE, f"p{marks[2] // 5 % 6}", ("head", 1))
            for track, number in zip(self.schema.tracks, marks[declared:], strict=True):
                if number % 8 == 1:
                    value = value_of(track.values, number // 16) if track.values != "unit" else units[0].id
                    if value is not None:
                        yield Change(unit.id, track.id, value, slot_of(track, number // 8))

    def _clusters(self, units: Sequence[Unit]) -> Iterator[Event]:
        """A partition and a cover, who is in them, and who leads."""
        for clustering, clusters in (
            (Clustering(GROUPS), self.groups),
            (Clustering(CIRCLES, cover=True), self.circles),
        ):
            yield Creation(clustering)
            yield from (Creation(Cluster(name, clustering.id)) for name in clusters)
        led, last = set[str](), self.groups[0]
        for unit, marks in zip(units, self.marks, strict=True):
            number, leads = marks[3], marks[4]
            # Mostly that of the unit before, so that units that merge are often in one.
            last = pick(self.groups, number // 8) if number % 8 == 7 else last
            joined = [last] if number % 16 else []
            circles = [name for i, name in enumerate(self.circles) if leads >> 2 + 2 * i & 3 == 3]
            yield from (Change(unit.id, tracks.member_track(GROUPS), name) for name in joined)
            yield from (Change(unit.id, tracks.member_track(CIRCLES), name, name) for name in circles)
            for name in [*joined, *circles] if leads % 2 else ():
                if name not in led:
                    yield Change(name, tracks.ROLE, unit.id, (LEADER, 1))
                    led.add(name)
                    break


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
    """Founding acts: a tree, other hierarchies of its units, what is stated of them, and clusters that some are in."""
    rows = hierarchies(min_units=least, max_units=most, max_depth=max_depth, schema=schema, kinds=kinds, day=day)
    founder = Founder(schema, measures, clusters, day)
    marks = st.binary(min_size=most * founder.width, max_size=most * founder.width)
    return st.tuples(rows, marks).map(lambda drawn: founder.act(*drawn))


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
    declared, schema, day = measures_of(measures), framed(schema, kinds, more_hierarchies), as_day(day)
    clusters, _ = bounds(max_clusters, None, ("max_clusters", ""), 0)
    founding_acts = foundings(least, most, max_depth, schema, kinds, day, declared, clusters)
    return founding_acts.map(lambda act: History(schema, declared).enact(act).at(day))


# ---- what happens


class Story:
    """A history that bytes describe, before the library has made it.

    Args:
        founding: the first act.
        happens: for each move a byte that says when, and those that say what.
        amended: for each correction, cancellation or late act the bytes that say it.
        only: names of the moves to choose from; all if empty.
        schema: of the history.
        measures: of the history.
        decided: whether acts are decisions, or their outcomes, which a twin can follow.
    """

    def __init__(
        self,
        founding: Act,
        happens: Sequence[bytes],
        amended: Sequence[bytes],
        only: Sequence[str],
        schema: Schema,
        measures: Sequence[Measure],
        *,
        decided: bool,
    ) -> None:
        self.founding, self.happens, self.amended, self.only = founding, happens, amended, only
        self.schema, self.measures, self.decided = schema, measures, decided
        self.at_work: object = founding
        """The step that is being made."""

    def steps(self) -> Iterator[History]:
        """The history after each step of recording."""
        history = History(self.schema, self.measures).enact(self.founding)
        yield history
        for number, (day, moves) in enumerate(self._acts(), 1):
            act = self._drawn(history, day, f"a{number}", moves)
            if act is None:
                continue
            self.at_work = act
            after = accepted(history, act)
            if after is not None:
                history = after
                yield history
        for number, amendment_ in enumerate(self.amended):
            change = amendment(history, amendment_, f"late {number}")
            if change is None:
                continue
            self.at_work = change
            try:
                history = amended(history, *change)
            except Refused:
                # Decisions may not stand on changed ground; whatever states its outcome does, as the twin says.
                if not decides(standing(history.log)):
                    raise
                continue
            yield history

    def _acts(self) -> Iterator[tuple[dt.date, list[bytes]]]:
        """For each act its day, and the bytes of its moves."""
        day, moves = self.founding.effective, list[bytes]()
        for when, *numbers in self.happens:
            if when >= _SAME_ACT and moves:
                yield day, moves
                moves = []
            day += dt.timedelta(days=0 if when < _SAME_DAY else 1 + when % 3)
            moves.append(bytes(numbers))
        if moves:
            yield day, moves

    def _drawn(self, history: History, day: dt.date, name: str, moves: Sequence[bytes]) -> Act | None:
        source = Source(f"the act {name}", issuer="a test")
        return drawn_act(history, day, name, moves, self.only, source=source, decided=self.decided, prefix="n")

    def history(self) -> History:
        """The history, enacted and amended step by step in the order of recording."""
        *_, last = self.steps()
        return last


def drawn_act(
    history: History,
    day: dt.date,
    name: str,
    moves: Iterable[Sequence[int]],
    only: Sequence[str] = (),
    *,
    source: Source = FOUNDING,
    decided: bool = False,
    prefix: str = "x",
) -> Act | None:
    """An act of some moves on what a history has on a day, as decisions or as what they came to; None if it is empty."""
    ended = ended_by(history, day)
    with history.draft(day, source, act_id=name) as draft:
        for numbers in moves:
            make(draft, numbers, only, prefix=prefix, ended=ended)
    if not draft.events:
        return None
    return draft.act if decided else Act(name, day, draft.events, source)


def accepted(history: History, act: Act) -> History | None:
    """The history with an act of its last day or later; None where a twin refuses it as well.

    Raises:
        Refused: the twin can do what the library refuses.
    """
    try:
        return history.enact(act)
    except Refused:
        # A draft is not asked about the end of the day; what leaves something open is not for the twin to say.
        if says_all(act) and possible([*history.acts, act], history.schema, history.measures):
            raise
        return None


def amended(history: History, name: str, act: Act | None) -> History:
    """The history after an amendment: a new act recorded late, or one that reads otherwise (None: cancelled).

    Raises:
        Refused: it cannot be.
    """
    if act is not None and all(name != known.id for known in standing(history.log)):
        return history.enact(act)
    return history.amend({name: act}, reason="amended")


def reading_otherwise(acts: Sequence[Act], name: str, act: Act | None) -> list[Act]:
    """The acts after an amendment, in the order in which they were first recorded."""
    if all(name != known.id for known in acts):
        return [*acts, *([act] if act is not None else [])]
    return [new for old in acts if (new := act if old.id == name else old) is not None]


def decides(acts: Iterable[Act]) -> bool:
    """Whether acts leave something to be worked out, so that a twin cannot tell what they come to on other ground."""
    return not all(map(says_all, acts))


def possible(acts: Iterable[Act], schema: Schema, measures: Mapping[str, Measure]) -> bool:
    """Whether acts can all happen, in effective order, as a twin sees it."""
    try:
        replayed(in_order(acts), schema, measures)
    except Impossible:
        return False
    return True


def amendment(history: History, numbers: Sequence[int], late: str = "late") -> tuple[str, Act | None] | None:
    """(id, what the act says instead) that can be, from some numbers; the founding act stays as it is.

    The id ``late``, which nothing had before, means a new, backdated act. None: there is nothing to amend.
    """
    acts = standing(history.log)
    if len(acts) < 2:
        return None
    act = pick(acts[1:], numbers[0])
    how, number = numbers[1] % 5, numbers[2]
    decided = evolve(act, resolved=None, on=None)
    change: tuple[str, Act | None] | None = None
    match how:
        case 1:
            change = act.id, None
        case 2:
            moved = max(act.effective + dt.timedelta(days=number % 5 - 2), acts[0].effective)
            change = act.id, evolve(decided, effective=moved)
        case 3:
            fewer = decided.operations[: 1 + number % 3]
            change = act.id, Act(act.id, act.effective, fewer, act.source, act.note)
        case 4 if all(late != known.id for known in acts):
            prefix = f"{late}-".replace(" ", "-")
            drawn = drawn_act(history, act.effective, late, [[number, *numbers]], decided=decides(acts), prefix=prefix)
            change = None if drawn is None else (late, drawn)
    if change is not None:
        after = reading_otherwise(acts, *change)
        if decides(acts) or possible(after, history.schema, history.measures):
            return change
    return act.id, evolve(decided, source=evolve(act.source, note=f"note {number}"))


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
    least, most = bounds(min_units, max_units, ("min_units", "max_units"), 11)
    fewest, at_most = bounds(min_moves, max_moves, ("min_moves", "max_moves"), 12)
    declared, schema, day = measures_of(measures), framed(schema, kinds, more_hierarchies), as_day(day)
    clusters, _ = bounds(max_clusters, None, ("max_clusters", ""), 0)
    amendments, _ = bounds(max_amendments, None, ("max_amendments", ""), 0)
    only = known_moves(moves)
    founding_acts = foundings(least, most, max_depth, schema, kinds, day, declared, clusters)
    move = st.binary(min_size=WIDTH + 1, max_size=WIDTH + 1)
    happens = st.lists(move, min_size=fewest, max_size=at_most)
    return st.tuples(founding_acts, happens, st.lists(move, max_size=amendments), st.booleans()).map(
        lambda drawn: Story(*drawn[:3], only, schema, declared, decided=not drawn[3]).history()
    )


def stories(
    frames: Sequence[Schema],
    measures: Iterable[Measure | str],
    dice: int,
    *,
    most: int = 13,
    moves: int = 7,
    amendments: int = 2,
) -> st.SearchStrategy[tuple[Story, tuple[int, ...]]]:
    """Stories with some numbers, of the schemas in turn. Most have many siblings with many facts.

    Each story is one draw of bytes. hypothesis makes most examples from earlier ones by copying the value of one draw
    to another; where their sizes differ, the copy is all zeros.

    One story of 128 has so many units that the library reads and writes them with arrays.

    Args:
        frames: schemas.
        measures: measures that units may state.
        dice: how many numbers.
        most: most units that are founded; at least 3 are.
        moves: most moves.
        amendments: most corrections, cancellations and late acts.
    """
    declared = measures_of(measures)
    founders = [Founder(schema, declared) for schema in frames]
    size, each = max(founder.size(most) for founder in founders), WIDTH + 1
    steps = (moves + amendments) * each

    def tell(drawn: bytes) -> tuple[Story, tuple[int, ...]]:
        how, founding, acts, numbers = drawn[0], drawn[1 : 1 + size], drawn[1 + size : 1 + size + steps], drawn[-dice:]
        founder = founders[how // 2 % len(founders)]
        # A small second byte says that nothing happens.
        parts = [acts[at : at + each] for at in range(0, steps, each)]
        happens, amended_ = ([part for part in some if part[1] >= SILENT] for some in (parts[:moves], parts[moves:]))
        act = (founder.many if how in _MANY else founder.wide)(founding, 3, most)
        return Story(act, happens, amended_, (), founder.schema, declared, decided=how % 2 == 0), tuple(numbers)

    return st.binary(min_size=1 + size + steps + dice, max_size=1 + size + steps + dice).map(tell)


_MANY: Final = (122, 251)
"""Of the 256 values of the byte that says how a story is told, those of one with many units: its laws take seconds."""


def known_moves(moves: Sequence[str]) -> tuple[str, ...]:
    """The names of moves, as given.

    Raises:
        InvalidArgument: a name that there is not.
    """
    if isinstance(moves, str):
        raise InvalidArgument(f"moves={moves!r} is one text; give a sequence of names")
    unknown = [name for name in moves if name not in MOVES]
    if unknown:
        raise InvalidArgument(f"moves={moves!r}: there is no {unknown[0]!r} (there are {', '.join(MOVES)})")
    return tuple(moves)


def _draft_on(subject: Structure | History, day: DayLike | None, name: str) -> Draft:
    """A draft on a structure, or on a day of a history after all that is effective by then."""
    if isinstance(subject, Structure):
        if day is not None and as_day(day) != subject.day:
            raise InvalidArgument(f"day={day!r}: the structure shows {subject.day}; give the history for other days")
        state = subject._state.before(subject.day.toordinal() + 1)
        draft = Draft(Running(state, subject.schema, subject.measures, subject.day), subject.day, FOUNDING, name)
    else:
        draft = subject.draft(as_day(day) if day is not None else subject.last_day or DAY, act_id=name)
    if not len(draft.structure):
        raise InvalidArgument("nothing lives on the day; an act needs a unit to be about")
    return draft


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
    known = [act.id for act in subject.acts] if isinstance(subject, History) else []
    name = next(n for i in range(len(known) + 1) if (n := f"drawn {i + 1}") not in known)
    day = _draft_on(subject, day, name).day
    fewest, at_most = bounds(min_moves, max_moves, ("min_moves", "max_moves"), 3)
    only = known_moves(moves)
    if fewest < 1:
        raise InvalidArgument("min_moves=0: an act is about something")

    def build(drawn: list[bytes]) -> Act:
        draft = _draft_on(subject, day, name)
        for numbers in drawn:
            make(draft, numbers, only, prefix=f"{name.replace(' ', '-')}-")
        return Act(name, draft.day, draft.events, Source(name, issuer="a test"))

    return st.lists(st.binary(min_size=WIDTH, max_size=WIDTH), min_size=fewest, max_size=at_most).map(build)


def events(
    subject: Structure | History,
    *,
    day: DayLike | None = None,
    min_moves: int = 1,
    max_moves: int | None = None,
    moves: Sequence[str] = (),
) -> st.SearchStrategy[tuple[Event, ...]]:
    """The events of :func:`acts`: in order, each valid after those before it. Arguments and shrinking as there.

    >>> import orgmodel as om
    >>> structure = om.structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01")
    >>> renamed, = smallest(events(structure))
    >>> renamed.track, renamed.subject
    ('name', 'a')
    """
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

    >>> import orgmodel as om
    >>> structure = om.structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01")
    >>> grouped = smallest(clusterings(structure), lambda events: any(isinstance(event, om.Change) for event in events))
    >>> grouped[-1].track, grouped[-1].value
    ('member:drawn', 'drawn-1')
    """
    least, most = bounds(min_clusters, max_clusters, ("min_clusters", "max_clusters"), 0)
    units = list(structure)

    def build(drawn: tuple[int, bytes]) -> tuple[Event, ...]:
        count, numbers = drawn
        names = [f"{id}-{i + 1}" for i in range(count)]
        events: list[Event] = [Creation(Clustering(id, cover=cover)), *(Creation(Cluster(name, id)) for name in names)]
        track = tracks.member_track(id)
        for unit, number in zip(units, numbers, strict=False):
            if cover:
                inside = [name for i, name in enumerate(names) if number >> i & 1]
            else:
                inside = [names[number % (count + 1) - 1]] if number % (count + 1) else []
            events += [Change(unit, track, name, name if cover else None) for name in inside]
        return tuple(events)

    return st.tuples(st.integers(least, most), st.binary(max_size=len(units))).map(build)


def corrections(history: History) -> st.SearchStrategy[tuple[str, Act | None]]:
    """(id of an act, what it says instead or None to cancel it), for ``history.correct`` and ``history.cancel``.

    The first act stays as it is. Shrinks towards another note in the source of the second act.

    Raises:
        InvalidArgument: the history has fewer than two acts.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "a"}], day="2025-01-01")
    >>> with history.draft("2025-07-01", act_id="second") as act:
    ...     act.rename("a", "A")
    >>> history = history.enact(act)
    >>> cancelled, instead = smallest(corrections(history), lambda correction: correction[1] is None)
    >>> cancelled, history.cancel(cancelled, reason="a mistake").at("2025-07-01").unit("a").name
    ('second', None)
    """
    if len(history.acts) < 2:
        raise InvalidArgument(f"{history!r} has no second act to correct")

    def build(numbers: bytes) -> tuple[str, Act | None]:
        # 0 to 3: the fifth way of an amendment, a late act, is no correction.
        change = amendment(history, [numbers[0], numbers[1] % 4, numbers[2]])
        assert change is not None
        try:
            amended(history, *change)
        except Refused:
            # Later decisions may not stand on it; on another note in the source all do.
            change = amendment(history, [numbers[0], 0, numbers[2]])
            assert change is not None
        return change

    return st.binary(min_size=3, max_size=3).map(build)
