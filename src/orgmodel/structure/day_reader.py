"""One day of an organisation by row numbers: what :class:`~orgmodel.structure.structure.Structure` answers from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self, TypeVar

import numpy as np

from orgmodel.engine import thresholds
from orgmodel.engine.columns import ABOVE_ROOT, Ints, Longs, indices
from orgmodel.engine.state import UNIT, State
from orgmodel.engine.thresholds import least_for_arrays
from orgmodel.engine.tree import Children, Sums, Tree, tree_of
from orgmodel.engine.written import Flags
from orgmodel.errors import NotOnRecord, UnitEnded, UnitNotYet, UnknownUnit
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.door import a_text, an_id, like, one_of
from orgmodel.model.measure import Measure
from orgmodel.model.schema import OPEN, Schema
from orgmodel.model.unit import Unit
from orgmodel.period import FOREVER
from orgmodel.structure.day_names import matcher_ever, matcher_on
from orgmodel.structure.matcher import Matcher

__all__ = ["DayReader"]

Made = TypeVar("Made")


def _noun_of(sort: Any) -> str:
    """The noun of a sort of subjects, or of the value of a life."""
    if sort is None or isinstance(sort, str):
        return UNIT
    return (sort if isinstance(sort, type) else type(sort)).__name__.lower()


class DayReader:
    """The organisation on one day, by row numbers of the engine; each index is made when it is first needed.

    All methods are internal: callers ask a :class:`~orgmodel.structure.structure.Structure`, by ids.

    Args:
        state: the rows of all days.
        day: the day.
        schema: kinds, placements, hierarchies.
        measures: the declared measures by id.
        in_the_making: whether an act is being made on it. It is then asked about days before the first act, and must not
            refuse them.
    """

    def __init__(
        self,
        state: State,
        day: dt.date,
        schema: Schema = OPEN,
        measures: Mapping[str, Measure] | None = None,
        *,
        in_the_making: bool = False,
    ):
        self._state = state
        # Acts that found an organisation look at days on which nothing is on record yet.
        self._in_the_making = in_the_making
        self._live_units: dict[str, int] = {}
        """Units that exist and their numbers, filled while an act is made: a verb asks some ten things of each unit."""
        self._last_children: dict[tuple[str, int], list[int]] = {}
        """(hierarchy, unit) -> its children, filled likewise."""
        self._children_of_all: dict[str, Children] = {}
        self._families = 0
        """How many units were asked for their children one by one."""
        self._made: dict[Any, Any] = {}
        """What :meth:`_once` made."""
        self._at = day.toordinal()
        self.day = day
        self.schema = schema
        self.measures: Mapping[str, Measure] = MappingProxyType(dict(measures or {}))
        self._trees: dict[str, Tree] = {}
        self._subtrees = 0
        """How many subtrees were asked for without an index of all."""
        self._parents_in: dict[str, Ints] = {}
        self._by_kind: dict[str, Longs] = {}
        self._last_below: tuple[str, int, Longs] | None = None
        self._all_sums: dict[str, Sums] = {}

    def _once(self, make: Callable[[Self], Made]) -> Made:
        """What a function makes of the structure, called once: the structure never changes."""
        result: Made | None = self._made.get(make)
        if result is None:
            result = self._made[make] = make(self)
        return result

    def _on(self, day: dt.date) -> Self:
        """Another day of the same state."""
        return type(self)(self._state, day, self.schema, self.measures, in_the_making=True)

    @cached_property
    def _size(self) -> int:
        return int(np.count_nonzero(self._inside()))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        return iter(self._names(self._units.tolist()))

    def __contains__(self, unit: object) -> bool:
        if not isinstance(unit, str):
            return False
        if unit in self._live_units:
            return True
        number = self._state.number(unit)
        if number is None or self._state.value(tracks.LIFE, number, self._at) != UNIT:
            return False
        if self._in_the_making:
            self._live_units[unit] = number
        return True

    # ---- subjects by id and by row number

    def _number(self, subject: str, sort: type | str = UNIT) -> int:
        """The row number of a subject that exists on the day."""
        if sort is UNIT and type(subject) is str and (live := self._live_units.get(subject)) is not None:
            return live
        state = self._state
        number = state.number(subject)
        if number is not None:
            life = state.value(tracks.LIFE, number, self._at)
            if life is not None and (life == sort if isinstance(sort, str) else isinstance(life, sort)):
                if self._in_the_making and life == UNIT:
                    self._live_units[subject] = number
                return number
        return self._missing(subject, sort)

    def _missing(self, subject: str, sort: type | str | None = None) -> int:
        """Raise the error for a subject that does not exist on the day."""
        state = self._state
        if not isinstance(subject, str):
            # A unit or cluster counts as its id; anything else is refused.
            return self._subject(an_id(subject))
        number = state.number(subject)
        rows = () if number is None else state.rows(tracks.LIFE, number)
        if number is None or not rows:
            raise UnknownUnit(subject, self._near(subject, sort), noun=_noun_of(sort))
        noun = _noun_of(rows[0][2])
        if sort is not None and noun != _noun_of(sort):
            raise UnknownUnit(subject, why=f"it is a {noun}", noun=_noun_of(sort))
        if rows[0][0] > self._at:
            raise UnitNotYet(subject, dt.date.fromordinal(rows[0][0]), self.day, noun)
        # Only successors of which this day knows: later ones would tell the future.
        heirs = dict.fromkeys(state.name(row[3]) for row in state.links_from(number) if row[0] <= self._at)
        raise UnitEnded(subject, dt.date.fromordinal(rows[-1][1]), self.day, heirs, noun)

    def _near(self, subject: str, sort: type | str | None = None) -> list[str]:
        """Ids of the sort that may be meant by a misspelt one."""
        if not self._state.suggests:
            return []
        if isinstance(sort, type):
            return like(subject, map(self._state.name, self._state.of_sort(sort)))
        matcher = self._matcher
        units, *_, elsewhere = matcher.find(subject)
        named = [self._state.name(number) for number in units or elsewhere]
        # A name of other days is nearer than a similar one of this day: Hà Giang has ended, and Phường Hà Giang 2 is another.
        named = named or list(self._matcher_ever.match(subject, near=False).units)
        return named[:3] or like(subject, self) or list(matcher.near(subject))

    def _subject(self, subject: str) -> int:
        if type(subject) is str and (live := self._live_units.get(subject)) is not None:
            return live
        number = self._state.number(subject)
        if number is None or self._state.value(tracks.LIFE, number, self._at) is None:
            return self._missing(subject)
        return number

    def _names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._state.some_names(numbers if isinstance(numbers, list) else list(numbers)))

    def _unit(self, number: int, hierarchy: str = tracks.MAIN) -> Unit:
        value, day = self._state.value, self._at
        parent = value(tracks.parent_track(self._known(hierarchy)), number, day)
        return Unit(
            self._state.name(number),
            name=value(tracks.NAME, number, day),
            code=value(tracks.CODE, number, day),
            kind=value(tracks.KIND, number, day),
            category=value(tracks.CATEGORY, number, day),
            parent=None if parent is None or parent < 0 else self._state.name(parent),
            hierarchy=hierarchy,
        )

    def _shown(self, track: str, value: Any) -> Any:
        if value is None or not tracks.refers_to_subject(track):
            return value
        if track == tracks.ROLE and value < 0:
            return Absent.VACANT if value == ABOVE_ROOT else Absent.UNKNOWN
        return None if value < 0 else self._state.name(value)

    def _check_track(self, track: str) -> None:
        """Raise if there is no such track: its name is misspelt.

        Any ``fact:NAME`` may be recorded, declared or not, so that one without values is no fault.
        """
        if not tracks.is_known(track):
            one_of(track, sorted({*filter(tracks.is_known, tracks.CORE), *self._state.tracks()}), "a track")

    def _living(self, sort: type) -> list[tuple[int, Any]]:
        """The subjects of a sort that exist on the day, with their row numbers."""
        state, day = self._state, self._at
        lives = [(n, state.value(tracks.LIFE, n, day)) for n in state.of_sort(sort)]
        living = [(n, life) for n, life in lives if isinstance(life, sort)]
        if not living:
            self._check_begun()
        return living

    def _called(self, subject: str) -> str:
        """See :meth:`~orgmodel.structure.structure.Structure.called`."""
        state = self._state.plain()
        number = state.number(subject)
        if number is None and not isinstance(subject, str):
            return self._called(an_id(subject))
        name = None if number is None else state.value(tracks.NAME, number, self._at)
        if name is not None:
            return str(name)
        rows = () if number is None else state.rows(tracks.NAME, number)
        return next((str(row[2]) for row in reversed(rows) if row[0] <= self._at and row[2] is not None), subject)

    # ---- where the record begins

    def _check_on_record(self, kind: str | None = None) -> None:
        """See :meth:`~orgmodel.structure.structure.Structure.check_on_record`."""
        if not len(self):
            first = int(self._state.first_days().min(initial=FOREVER))
            if self._at < first < FOREVER:
                raise NotOnRecord(None, dt.date.fromordinal(first), self.day)
        if kind is not None and not len(self._of_kind(kind)):
            subjects, starts, _, codes, kinds = self._state.spans(tracks.KIND)
            places = np.flatnonzero(codes == (kinds.index(kind) if kind in kinds else -1))
            if len(places):
                at = places[int(np.argmin(starts[places]))]
                if int(starts[at]) > self._at and self._is_first_known(int(subjects[at])):
                    raise NotOnRecord(kind, dt.date.fromordinal(int(starts[at])), self.day)

    def _check_begun(self) -> None:
        """Raise if the record begins after the day: an empty answer would say that there was nothing.

        Acts that found an organisation ask about days before it, so a structure in the making never raises.
        """
        if not self._in_the_making:
            self._check_on_record()

    def _is_first_known(self, number: int) -> bool:
        """Whether a unit is older than the record of it."""
        act, unit = self._state.rows(tracks.LIFE, number)[0][4], self._state.name(number)
        # By attribute, not by class: the layer of events lies above this one.
        return act is not None and any(
            getattr(event, "first_known", False) and event.what.id == unit for event in act.parts
        )

    # ---- kinds

    @cached_property
    def _kinds(self) -> tuple[Ints, list[Any]]:
        return self._state.codes_on(tracks.KIND, self._at)

    def _of_kind(self, kind: Any) -> Longs:
        """Row numbers of the units of a kind, in order of creation."""
        numbers = self._by_kind.get(kind) if isinstance(kind, str) else self._of_kind(a_text(kind, "a kind"))
        if numbers is None:
            numbers = self._by_kind[kind] = self._state.holding(tracks.KIND, kind, self._at)
        return numbers

    def _inside(self) -> Flags:
        """A mask of the row numbers that are in any hierarchy; a new array."""
        inside: Flags = self._parents(self.schema.hierarchies[0]) >= ABOVE_ROOT
        for hierarchy in self.schema.hierarchies[1:]:
            inside |= self._parents(hierarchy) >= ABOVE_ROOT
        return inside

    @cached_property
    def _counted(self) -> dict[str, int]:
        kinds, names = self._kinds
        by_code = np.bincount(kinds.compress(self._inside()) + 1, minlength=len(names) + 1).tolist()
        by_name = {name: by_code[code + 1] for code, name in enumerate(names) if by_code[code + 1]}
        known = {kind.id: by_name.pop(kind.id) for kind in self.schema.kinds if kind.id in by_name}
        without_kind = {"": by_code[0]} if by_code[0] else {}
        return {**known, **dict(sorted(by_name.items())), **without_kind}

    # ---- hierarchies

    def _known(self, hierarchy: str) -> str:
        if hierarchy is not tracks.MAIN:
            one_of(hierarchy, self.schema.hierarchies, "a hierarchy")
        return hierarchy

    def _parents(self, hierarchy: str) -> Ints:
        """See :meth:`~orgmodel.structure.structure.Structure.parent_numbers`."""
        result = self._parents_in.get(self._known(hierarchy))
        if result is None:
            result = self._state.numbers_on(tracks.parent_track(hierarchy), self._at)
            result.flags.writeable = False
            self._parents_in[hierarchy] = result
        return result

    def _tree(self, hierarchy: str) -> Tree:
        tree = self._trees.get(hierarchy)
        if tree is None:
            tree = self._trees[hierarchy] = tree_of(self._parents(hierarchy))
        return tree

    def _sums(self, hierarchy: str) -> Sums:
        """Sums over all subtrees of the day; made once."""
        sums = self._all_sums.get(hierarchy)
        if sums is None:
            sums = self._all_sums[hierarchy] = Sums(self._parents(hierarchy))
        return sums

    @cached_property
    def _units(self) -> Ints:
        """Row numbers of the units: those of the main hierarchy in preorder, then those of the others."""
        order = self._tree(self.schema.hierarchies[0]).order
        if len(self.schema.hierarchies) == 1:
            return order
        placed = np.zeros(self._state.count, bool)
        placed[order] = True
        parts = [order]
        for hierarchy in self.schema.hierarchies[1:]:
            more = self._tree(hierarchy).order
            more = more.compress(~placed.take(more))
            placed[more] = True
            parts.append(more)
        return np.concatenate(parts)

    def _children(self, unit: str, hierarchy: str) -> list[int]:
        """Row numbers of the children; cached while an act is made, as a verb asks several times for those of a unit."""
        track, number = tracks.parent_track(self._known(hierarchy)), self._number(unit)
        of_all = self._children_of_all.get(track)
        if of_all is not None:
            return of_all.of(number)
        children = self._last_children.get((track, number))
        if children is None:
            children = self._state.subjects_with(track, number, self._at)
            if self._in_the_making:
                self._last_children[track, number] = children
            self._families += 1
            # The children of all of 300,000 units take 18 ms, those of one 4 to 7 us. Where reads are recorded each unit
            # counts: after a read of the whole day every later move would seem to matter.
            if self._families > least_for_arrays(self._state.count) and self._state.plain() is self._state:
                self._children_of_all[track] = Children(self._state.held_on(track, self._at))
        return children

    def _numbers_below(self, number: int, hierarchy: str) -> Longs:
        """Row numbers of the descendants of a unit, without an index of the day."""
        # Reports ask several questions about one subtree: the last answer is cached.
        last = self._last_below
        if last is None or last[:2] != (hierarchy, number):
            below = self._state.below(tracks.parent_track(self._known(hierarchy)), number, self._at)
            last = self._last_below = hierarchy, number, below
        return last[2]

    def _below(self, number: int, hierarchy: str) -> Longs:
        """Row numbers of the descendants in preorder, without an index of the day: a tree of the subtree alone."""
        result = np.sort(self._numbers_below(number, hierarchy))
        parents = self._parents(hierarchy).take(result)
        local = np.searchsorted(result, parents).astype(np.int32)
        local[parents == number] = ABOVE_ROOT
        return result.take(tree_of(local).order)

    def _many_subtrees(self, known: bool) -> bool:
        """Whether to answer from an index of all subtrees: it exists, or there were enough queries to pay for it."""
        if known:
            return True
        self._subtrees += 1
        return self._subtrees > thresholds.INDEX_AFTER

    def _marked(self, *numbers: Ints | Longs) -> Flags:
        """A mask over row numbers: true for those in any of the arrays."""
        # Sets of numpy would hash and sort at each call. No parent (-1) and no place (-2) mark the two flags at the end.
        marked = np.zeros(self._state.count + 2, bool)
        for some in numbers:
            marked[indices(some)] = True
        return marked

    def _hierarchy_of(self, number: int) -> str:
        """The first hierarchy in which a unit stands."""
        hierarchies = self.schema.hierarchies
        places = (h for h in hierarchies if self._state.value(tracks.parent_track(h), number, self._at) is not None)
        return hierarchies[0] if len(hierarchies) == 1 else next(places, hierarchies[0])

    # ---- names

    @cached_property
    def _matcher(self) -> Matcher:
        return matcher_on(self._state, self.day, self.schema, lambda: self._matcher_ever)

    @cached_property
    def _matcher_ever(self) -> Matcher:
        return matcher_ever(self._state, self.schema)

    def __getstate__(self) -> dict[str, Any]:
        # Matchers hold local functions, which cannot be pickled; another process makes them again.
        return {name: value for name, value in vars(self).items() if name not in ("_matcher", "_matcher_ever")}
