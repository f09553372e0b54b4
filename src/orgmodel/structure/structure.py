"""The organisation on one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import numpy as np
from attrs import evolve

from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine import thresholds
from orgmodel.engine.columns import ABOVE_ROOT, Ints
from orgmodel.errors import Ambiguous, Finding, UnknownUnit
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Absent, Cluster, Clustering
from orgmodel.model.door import a_text, an_id, kind_of, like, one_of, refuse, strictly, texts
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import Tabular
from orgmodel.model.matter import Matter, Person
from orgmodel.model.measure import Quantity
from orgmodel.model.unit import ROOT, Unit
from orgmodel.model.words import Language
from orgmodel.period import FOREVER
from orgmodel.structure import finding
from orgmodel.structure.day_reader import DayReader
from orgmodel.structure.drawn_tree import describe, drawn_tree
from orgmodel.structure.finding import known_kind
from orgmodel.structure.matches import Matches
from orgmodel.structure.selection import Among, Both, Compared, Either, Is, Member, Selection, Under, Without, select
from orgmodel.structure.subtree_figures import spans_of_subtrees
from orgmodel.structure.totals import Total, Totals, kinds_beside

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Structure"]

Audit_co = TypeVar("Audit_co", covariant=True)

SCOPES: Final = (tracks.OWN, tracks.SUBTREE)


class Auditing(Protocol[Audit_co]):
    """A rulebook, or anything else that audits a structure: see :class:`orgmodel.rules.rulebook.Rulebook`."""

    def audit(self, structure: Structure, /, *, holidays: Container[dt.date] | None = None) -> Audit_co:
        """The findings on the day of a structure."""
        ...


# Methods that callers use for every unit of a country check their arguments themselves, which is faster.
@strictly("ancestors", "called", "check_on_record", "children", "cluster", "cluster_of", "clusters_of", "is_known",
          "may_have", "measure", "members", "of_kind", "parent", "parent_numbers", "parents_of", "roles", "root", "slots",
          "unit", "untils", "value", "values", "was_used")  # fmt: skip
class Structure(DayReader, Tabular, Shown):
    """The organisation on one day: immutable, computed on demand.

    Made by :meth:`orgmodel.history.history.History.at`, or from a small table by
    :func:`orgmodel.history.history.structure_of`.

    Ids are returned in preorder of the main hierarchy, siblings in order of creation, unless a method says otherwise.

    Attributes:
        day: the day, after all acts that are effective on or before it.
        schema: kinds and placements.
        measures: the declared measures by id.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "p"}, {"id": "c", "parent": "p", "code": "01"}, {"id": "d", "parent": "p"}]
    >>> s = structure_of(rows, day="2025-07-01")
    >>> len(s), s.children("p"), s.one(code="01").id
    (3, ('c', 'd'), 'c')
    """

    # ---- what was worked out, kept for the next question

    @cached_property
    def _may_have(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _subtree_figures(self) -> dict[tuple[str, str], Mapping[int, Quantity]]:
        return {}

    @cached_property
    def _all_totals(self) -> dict[tuple[str, str], Totals]:
        return {}

    # ---- units

    @property
    def hierarchies(self) -> tuple[str, ...]:
        """Names of the hierarchies, the main one first."""
        return self.schema.hierarchies

    def unit(self, unit: str, hierarchy: str = tracks.MAIN) -> Unit:
        """The unit with its facts on the day.

        Raises:
            UnknownUnit: no unit has this id; the message names similar ones.
            UnitNotYet: it begins later.
            UnitEnded: it ended before or on the day; the error names its successors.
        """
        return self._unit(self._number(unit), hierarchy)

    def units(self, selection: Selection | str | None = None, **criteria: Any) -> tuple[Unit, ...]:
        """The units that a selection, a kind or criteria choose; without any, all units."""
        return tuple(self._unit(n) for n in self._chosen(selection, criteria))

    def select(self, selection: Selection | str | None = None, **criteria: Any) -> tuple[str, ...]:
        """Ids of the units that a selection, a kind or the criteria of ``om.select`` choose."""
        return self._names(self._chosen(selection, criteria))

    def called(self, unit: str) -> str:
        """The name of a unit or cluster for texts: its last one if it has ended, its id if it has none.

        Unlike other reads of an operation this one is not recorded: no event depends on it.

        >>> from orgmodel.history.history import structure_of
        >>> structure_of([{"id": "p", "name": "A province"}], day="2025-07-01").called("p")
        'A province'
        """
        return self._called(unit)

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Ids of the units of a kind, in order of creation; faster than :meth:`select`, which looks at all units.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p"}, {"id": "b", "kind": "cell", "parent": "p"}, {"id": "a", "kind": "cell", "parent": "p"}]
        >>> structure_of(rows, day="2025-07-01").of_kind("cell")
        ('b', 'a')
        """
        result = self._of_kind(kind).tolist()
        if not result:
            known_kind(self, kind)
            self._check_begun()
        return self._names(result)

    def in_order(self, units: Iterable[str]) -> tuple[str, ...]:
        """Units in order of creation, each once; this order does not depend on their places.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p"}, {"id": "c", "parent": "p"}, {"id": "a", "parent": "c"}, {"id": "b", "parent": "p"}]
        >>> structure_of(rows, day="2025-07-01").in_order(["b", "c", "b"])
        ('c', 'b')
        """
        return self._names(sorted({self._number(unit) for unit in texts(units, "units")}))

    def count(self, selection: Selection | str | None = None, **criteria: Any) -> int:
        """The number of units that a selection, a kind or criteria choose.

        Raises:
            NotOnRecord: there are none because the record begins later.
        """
        if isinstance(selection, str) and not criteria:
            result = len(self._of_kind(selection))
            if not result:
                known = known_kind(self, selection)
                result = len(self._of_kind(known))
                self._check_on_record(known)
            return result
        # Asked of many units, this is one look-up each once the day has its index of subtrees.
        if selection is None and set(criteria) == {"under"} and isinstance(criteria["under"], str):
            number = self._number(criteria["under"])
            if self._many_subtrees(tracks.MAIN in self._all_sums):
                return int(self._sums(tracks.MAIN).sizes[number])
            return len(self._numbers_below(number, tracks.MAIN))
        result = len(self._chosen(selection, criteria))
        if not result:
            self._check_on_record(kind if isinstance(kind := criteria.get("kind"), str) else None)
        return result

    def check_on_record(self, kind: str | None = None) -> None:
        """Raise if the record, or that of a kind, begins after the day.

        Raises:
            NotOnRecord: the day is before the first day of the history; or before the first day of the kind, whose first
                units are marked as older than their record.
        """
        self._check_on_record(kind)

    def counts_below(self, kind: str, hierarchy: str = tracks.MAIN) -> dict[str, int]:
        """Unit of a kind -> number of its descendants, in order of creation.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p", "kind": "province"}, {"id": "c", "parent": "p"}, {"id": "d", "parent": "c"}]
        >>> structure_of(rows, day="2025-07-01").counts_below("province")
        {'p': 2}
        """
        chosen = self._of_kind(known_kind(self, kind))
        if not len(chosen):
            self._check_begun()
        counts = self._sums(hierarchy).sizes.take(chosen).tolist()
        return dict(zip(self._names(chosen.tolist()), counts, strict=True))

    def counts(self) -> dict[str, int]:
        """Kind -> number of units; kinds of the schema first, in its order.

        Raises:
            NotOnRecord: the record begins later.
        """
        if not self._counted:
            self._check_begun()
        return dict(self._counted)

    def _chosen(self, selection: Selection | str | None, criteria: Mapping[str, Any]) -> list[int]:
        if isinstance(selection, str):
            selection = Is(tracks.KIND, (known_kind(self, selection),))
        elif selection is not None and not isinstance(selection, Selection):
            refuse("a selection", f"it is a kind or a selection made by om.select, not {kind_of(selection)}")
        elif selection is not None and not self._in_the_making:
            # A selection that an operation keeps may well choose nothing on the ground of another history.
            selection = self._resolved(selection)
        if criteria:
            by_criteria = self._resolved(select(**criteria))
            selection = by_criteria if selection is None else selection & by_criteria
        units = self._units
        chosen: list[int] = (units if selection is None else units.compress(self._mask(selection, units))).tolist()
        if not chosen:
            self._check_begun()
        return chosen

    def _resolved(self, selection: Selection) -> Selection:
        """The selection with the ids of its kinds.

        Raises:
            Refused: a kind, category or measure that no unit ever had.
            UnknownUnit: a cluster that never existed.
        """
        match selection:
            case Both(parts) | Either(parts):
                return evolve(selection, parts=tuple(map(self._resolved, parts)))
            case Without(part):
                return Without(self._resolved(part))
            case Is(tracks.KIND, kinds):
                return Is(tracks.KIND, tuple(known_kind(self, kind) for kind in kinds))
            case Is(tracks.CATEGORY, categories):
                ever = [value for value in self._state.spans(tracks.CATEGORY)[4] if value is not None]
                for category in categories if ever else ():
                    one_of(category, ever, "a category")
            case Member(clusters):
                for cluster in clusters:
                    if cluster not in self._cluster_ids:
                        raise UnknownUnit(cluster, like(cluster, self._cluster_ids), noun="cluster")
            case Compared(measure):
                self._measured(measure)
            case _:
                pass
        return selection

    @cached_property
    def _cluster_ids(self) -> frozenset[str]:
        """Ids of all clusters that ever existed."""
        return frozenset(map(self._state.name, self._state.of_sort(Cluster)))

    def states(self, measure: str) -> bool:
        """Whether a measure is declared or has any figures.

        >>> from orgmodel.history.history import structure_of
        >>> s = structure_of([{"id": "p", "members": 3}], day="2025-07-01")
        >>> s.states("members"), s.states("mmbers")
        (True, False)
        """
        return measure in self.measures or tracks.measure_track(measure) in self._state.tracks()

    def _measured(self, measure: str) -> str:
        """The id of a measure that may have figures; others are refused."""
        name = a_text(measure, "a measure")
        if not self.states(name):
            ever = [tracks.item(track) for track in self._state.tracks() if tracks.is_measure(track)]
            known = list(dict.fromkeys([*self.measures, *ever]))
            if known:
                one_of(name, known, "a measure")
        return name

    def _mask(self, selection: Selection, units: Ints) -> Any:
        """A mask of the chosen among ``units``, by arrays if the selection allows it."""
        match selection:
            case Both(parts):
                mask = np.ones(len(units), bool)
                # Array criteria first, so that those that look at each unit see few.
                for part in sorted(parts, key=lambda p: not isinstance(p, (Is, Under, Among))):
                    left = np.flatnonzero(mask)
                    mask[left] = self._mask(part, units.take(left))
                return mask
            case Either(parts):
                mask = np.zeros(len(units), bool)
                for part in parts:
                    mask |= self._mask(part, units)
                return mask
            case Is(track, values) if track != tracks.NAME:
                codes, objects = self._kinds if track == tracks.KIND else self._state.codes_on(track, self._at)
                wanted = [code for code, value in enumerate(objects) if value in values]
                return np.isin(codes.take(units), wanted)
            case Under(above, hierarchy):
                return self._mask_under(above, hierarchy, units)
            case Among(ids):
                numbers = [n for n in map(self._state.number, ids) if n is not None]
                return np.isin(units, numbers)
            case Without(part):
                return ~self._mask(part, units)
            case _:
                chosen = (selection.matches(self, self._state.name(n)) for n in units.tolist())
                return np.fromiter(chosen, bool, count=len(units))

    def _mask_under(self, above: Iterable[str], hierarchy: str, units: Ints) -> Any:
        """A mask of the descendants of any of some units: in preorder they are slices."""
        tree = self._tree(hierarchy)
        inside = np.zeros(len(tree.order), bool)
        for unit in above:
            subtree = tree.slice_of(self._number(unit))
            inside[subtree.start + 1 : subtree.stop] = True
        at = tree.position.take(units)
        return (at >= 0) & inside.take(np.maximum(at, 0))

    # ---- the hierarchy

    def root(self, hierarchy: str = tracks.MAIN) -> str:
        """The id of the root.

        Raises:
            NotOnRecord: the record begins later.
            UnknownUnit: the hierarchy has no unit on the day.
        """
        roots = self._state.subjects_with(tracks.parent_track(self._known(hierarchy)), ABOVE_ROOT, self._at)
        if not roots:
            self._check_begun()
            raise UnknownUnit(hierarchy, why=f"it has no unit on {self.day}", noun="hierarchy")
        return self._state.name(roots[0])

    def parent(self, unit: str, hierarchy: str = tracks.MAIN) -> str | None:
        """The id of the parent, None for the root and for a unit outside the hierarchy."""
        state = self._state
        number = state.number(unit)
        # A unit with a parent exists, so that its life need only be read if it has none.
        track = tracks.parent_track(self._known(hierarchy))
        parent = None if number is None else state.value(track, number, self._at)
        if parent is None:
            parent = state.value(track, self._number(unit), self._at)
        return None if parent is None or parent < 0 else state.name(parent)

    def parent_numbers(self, hierarchy: str = tracks.MAIN) -> Ints:
        """The index of each unit's parent in :meth:`orgmodel.history.history.History.unit_ids`; shape (n,), read-only.

        -1 stands for a root, -2 for a unit that is not in the hierarchy on the day.

        >>> from orgmodel.history.history import history_of
        >>> history = history_of([{"id": "p"}, {"id": "c", "parent": "p"}], day="2025-07-01")
        >>> history.at("2025-07-01").parent_numbers().tolist(), history.unit_ids()
        ([-1, 0], ('p', 'c'))
        """
        return self._parents(hierarchy)

    def parents_of(self, units: Sequence[str] | Ints, hierarchy: str = tracks.MAIN) -> Any:
        """The parents of many units: :meth:`parent` of each, in their order.

        Args:
            units: a list or array of ids, for which a list or array of ids comes back, None for a root; or an array of
                indices in :meth:`orgmodel.history.history.History.unit_ids`, for which indices come back as in
                :meth:`parent_numbers`.
            hierarchy: the hierarchy.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: of the first unit that does not exist on the day.

        >>> from orgmodel.history.history import structure_of
        >>> s = structure_of([{"id": "p"}, {"id": "c", "parent": "p"}, {"id": "d", "parent": "p"}], day="2025-07-01")
        >>> s.parents_of(["d", "p"]), s.parents_of(np.array([2, 0]))
        (['p', None], array([ 0, -1], dtype=int32))
        """
        if isinstance(units, np.ndarray):
            if units.dtype.kind in "iu":
                return self._parents(hierarchy).take(units)
            return np.array(self.parents_of(units.tolist(), hierarchy), object)
        if not isinstance(units, list):
            units = texts(units, "units")
        if len(units) < thresholds.ARRAYS_FROM or not self._state.count:
            return [self.parent(unit, hierarchy) for unit in units]
        number, name = self._state.number, self._state.name
        numbers = [-1 if (n := number(unit)) is None else n for unit in units]
        parents = self._parents(hierarchy).take(numbers)
        # Unknown ids were looked up as -1, which numpy takes for the last unit; and without a parent the unit may not
        # exist. These few go through `parent`, which also raises the right error.
        unsure = np.flatnonzero((parents < 0) | (np.array(numbers) < 0))
        result = [None if p < 0 else name(p) for p in parents.tolist()]
        for at in unsure.tolist():
            result[at] = self.parent(units[at], hierarchy)
        return result

    def children(self, unit: str, hierarchy: str = tracks.MAIN, kind: str | None = None) -> tuple[str, ...]:
        """Ids of the children, in order of creation; with ``kind`` only those of a kind."""
        numbers = self._children(unit, hierarchy)
        if kind is not None:
            if not numbers or kind not in self.schema.by_id:
                kind = known_kind(self, kind)
            numbers = [n for n in numbers if self._state.value(tracks.KIND, n, self._at) == kind]
        return self._names(numbers)

    def ancestors(self, unit: str, hierarchy: str = tracks.MAIN) -> tuple[str, ...]:
        """Ids of the units above, nearest first."""
        state = self._state
        number = state.number(unit)
        track = tracks.parent_track(self._known(hierarchy))
        above = [] if number is None else state.above(track, number, self._at)
        if not above:
            # A unit with a parent exists: only now must its life be read.
            known = self._number(unit)
            above = state.above(track, known, self._at) if number is None else above
        return self._names(above)

    def path(self, unit: str, hierarchy: str = tracks.MAIN) -> tuple[str, ...]:
        """Ids from the root to the unit, both included."""
        return (*reversed(self.ancestors(unit, hierarchy)), an_id(unit))

    def depth(self, unit: str, hierarchy: str = tracks.MAIN) -> int:
        """The number of units above."""
        return len(self.ancestors(unit, hierarchy))

    def descendants(self, unit: str, hierarchy: str = tracks.MAIN) -> tuple[str, ...]:
        """Ids of all units below, in preorder."""
        number = self._number(unit)
        if self._many_subtrees(hierarchy in self._trees):
            tree = self._tree(hierarchy)
            part = tree.slice_of(number)
            return self._names(tree.order[part.start + 1 : part.stop].tolist())
        return self._names(self._below(number, hierarchy).tolist())

    def depths(self, hierarchy: str = tracks.MAIN) -> list[int]:
        """The depth of each unit, in preorder."""
        result: list[int] = self._tree(hierarchy).depth.tolist()
        if not result:
            self._check_begun()
        return result

    def depth_counts(self, hierarchy: str = tracks.MAIN) -> list[int]:
        """The number of units at depth 0, 1, 2, and so on.

        >>> from orgmodel.history.history import structure_of
        >>> structure_of([{"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}], day="2025-07-01").depth_counts()
        [1, 2]
        """
        parents = self._parents(hierarchy)
        above = parents.compress(parents >= ABOVE_ROOT)
        result: list[int] = []
        while len(above):
            # Units whose way up has ended are counted; the others go one step up.
            below = above.compress(above >= 0)
            result.append(len(above) - len(below))
            above = parents.take(below)
        if not result:
            self._check_begun()
        return result

    def child_counts(self, hierarchy: str = tracks.MAIN) -> dict[str, int]:
        """Unit -> number of its children, for units with children."""
        parents = self._parents(hierarchy)
        counts = np.bincount(parents.compress(parents >= 0))
        if not len(counts):
            self._check_begun()
        return {self._state.name(n): int(counts[n]) for n in np.flatnonzero(counts).tolist()}

    def child_counts_by_kind(self, hierarchy: str = tracks.MAIN) -> dict[str, list[int]]:
        """Kind -> numbers of children of its units, for units with children.

        Kinds are in the order of :meth:`counts`; units without a kind are left out.
        """
        parents = self._parents(hierarchy)
        counts = np.bincount(parents.compress(parents >= 0))
        numbers = counts.nonzero()[0]
        codes, names = self._kinds
        by_kind: dict[Any, list[int]] = {}
        for code, count in zip(codes.take(numbers).tolist(), counts.take(numbers).tolist(), strict=True):
            if code >= 0:
                by_kind.setdefault(names[code], []).append(count)
        return {kind: by_kind[kind] for kind in self.counts() if kind in by_kind}

    def parents_of_kind(self, kind: str, hierarchy: str = tracks.MAIN) -> dict[str, str | None]:
        """Unit of a kind -> its parent, None for the root."""
        parents = self._parents(hierarchy)
        name = self._state.name
        chosen = self._chosen(kind, {})
        return {name(n): None if parents[n] < 0 else name(int(parents[n])) for n in chosen}

    # ---- finding

    def find(
        self,
        text: str | None = None,
        *,
        code: str | None = None,
        name: str | None = None,
        kind: str | None = None,
        category: str | None = None,
        above: str | Iterable[str] = (),
    ) -> tuple[Unit, ...]:
        """The units with a text as id, code or name, or that meet the criteria.

        Names are found in other spellings too: without marks, or with tone marks on other letters, in any case, with or
        without the title (``Tỉnh``, ``TP.``, ``P.``), joined or parted, and followed by units above (``Xã Tân Lập,
        huyện Vũ Thư``). Only the units that fit best come back; former names count if no present one fits.
        :meth:`match` also tells how a text was found.

        Args:
            text: an id, a code or a name.
            code: a code, of any scheme.
            name: a name, of any scheme.
            kind: the kind.
            category: the category inside the kind.
            above: names, codes or ids of units above it.

        Raises:
            NotOnRecord: the record begins later.
            Refused: an unknown kind, or a text that is none.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p", "name": "Hà Giang", "category": "tỉnh"}, {"id": "c", "name": "Xã Cán Tỷ", "parent": "p"}]
        >>> s = structure_of(rows, day="2025-07-01")
        >>> [unit.id for unit in s.find("TINH HA GIANG")], [unit.id for unit in s.find("can ti, hà giang")]
        (['p'], ['c'])
        """
        return finding.find(self, text, code=code, name=name, kind=kind, category=category, above=above)

    def one(
        self,
        text: str | None = None,
        *,
        code: str | None = None,
        name: str | None = None,
        kind: str | None = None,
        category: str | None = None,
        above: str | Iterable[str] = (),
    ) -> Unit:
        """The only unit that :meth:`find` finds.

        Raises:
            UnknownUnit: there is none; the message names similar ones.
            UnitEnded, UnitNotYet: there is none, and the only unit that ever had the name exists on other days.
            Ambiguous: there are several; the message lists them.
        """
        return finding.one(self, text, code=code, name=name, kind=kind, category=category, above=above)

    def match(
        self,
        texts: str | Iterable[str],
        *,
        above: str | Iterable[str | Iterable[str] | None] = (),
        kind: str | None = None,
        by: str | None = None,
    ) -> Matches:
        """The matches of many texts, with how each was found: a table with one row for each text.

        Args:
            texts: ids, codes or names.
            above: for each text the name of a unit above, or several names; a single text counts for all.
            kind: the kind of the units.
            by: ``name``, or another scheme such as ``name:short``, to search only this one.

        Raises:
            NotOnRecord: the record begins later.
            Refused: ``texts`` and ``above`` differ in number, or the kind is unknown.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p", "name": "Đắk Lắk"}, {"id": "c", "name": "Xã Ea Wy", "parent": "p"}]
        >>> for match in structure_of(rows, day="2025-07-01").match(["Đăk Lăk", "Ea Wy", "Ea Uy"]):
        ...     print(match.text, match.unit, match.how, match.near)
        Đăk Lăk p folded ()
        Ea Wy c folded ()
        Ea Uy None  ('c',)
        """
        return finding.match(self, texts, above=above, kind=kind, by=by)

    # ---- facts and figures

    def track_names(self) -> tuple[str, ...]:
        """Names of the tracks that have any rows, sorted."""
        return tuple(self._state.tracks())

    def may_have(self, kind: str) -> bool:
        """Whether there may be units of a kind: quick, and False only if there never was one."""
        kind = a_text(kind, "a kind")
        may_have = self._may_have.get(kind)
        if may_have is None:
            may_have = self._may_have[kind] = self._state.may_hold(tracks.KIND, kind)
        return may_have

    def was_used(self, subject: str) -> bool:
        """Whether a subject ever had the id, on the day or before; such an id is never used again."""
        number = self._state.number(an_id(subject, "an id"))
        return number is not None and bool(self._state.rows(tracks.LIFE, number))

    def is_known(self, subject: str) -> bool:
        """Whether the id occurs anywhere in the history, also after the day."""
        return self._state.number(an_id(subject, "an id")) is not None

    def value(self, subject: str, track: str, slot: Any = None) -> Any:
        """The value of a fact of a unit or cluster on the day; None if there is none. References are ids."""
        number = self._subject(subject)
        slots = self._state.slots(a_text(track, "a track"), number, self._at)
        if not slots:
            self._check_track(track)
        value = slots.get(slot) if isinstance(slot, Hashable) else None
        return self._shown(track, value)

    def values(self, subjects: Iterable[str], track: str) -> list[Any]:
        """:meth:`value` of many units or clusters, in a track with one slot.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: of the first one that does not exist on the day.

        >>> from orgmodel.history.history import structure_of
        >>> structure_of([{"id": "a", "name": "A"}, {"id": "b", "parent": "a"}], day="2025-07-01").values(["b", "a"], "name")
        [None, 'A']
        """
        listed = subjects if isinstance(subjects, list) else list(texts(subjects, "units"))
        self._check_track(a_text(track, "a track"))
        state, day = self._state, self._at
        numbers = [-1 if number is None else number for number in state.numbers(listed)]
        values = state.values(track, numbers, day)
        # Those with a value exist; the lives of the others must be read.
        silent = [at for at, value in enumerate(values) if value is None]
        for at, life in zip(silent, state.values(tracks.LIFE, [numbers[at] for at in silent], day), strict=True):
            if life is None:
                self._subject(listed[at])
        return [self._shown(track, value) for value in values] if tracks.refers_to_subject(track) else values

    def _each_value(self, units: Sequence[str], track: str) -> list[Any]:
        """The value of each of some live units in a track with one slot that refers to no subjects.

        :meth:`values` for those that are known to live, so that the lives of units without a value are not read.
        """
        return self._state.values(track, [self._number(unit) for unit in units], self._at)

    def _each_slots(self, units: Iterable[str], track: str) -> list[dict[Any, Any]]:
        """:meth:`slots` of each of some live units, in a track that is there and refers to no subjects."""
        slots, day = self._state.slots, self._at
        return [slots(track, self._number(unit), day) for unit in units]

    def _namesakes_below(self, parents: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
        """The names that several children of some units bear on the day, in the main hierarchy, each with these children.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "a", "name": "A"}, {"id": "b", "parent": "a", "name": "B"}, {"id": "c", "parent": "a", "name": "B"}]
        >>> structure_of(rows, day="2025-07-01")._namesakes_below(["a"])
        [('B', ('b', 'c'))]
        """
        children = [child for parent in parents for child in self._children(parent, tracks.MAIN)]
        return [(name, self._names(alike)) for name, alike in self._state.alike(tracks.NAME, children, self._at)]

    def slots(self, subject: str, track: str) -> dict[Any, Any]:
        """Slot -> value of a track of a unit or cluster on the day."""
        by_slot = self._state.slots(a_text(track, "a track"), self._subject(subject), self._at)
        if not by_slot:
            self._check_track(track)
        return {slot: self._shown(track, value) for slot, value in by_slot.items()}

    def last_slots(self, subject: str, track: str) -> dict[Any, Any]:
        """Slot -> last value of a subject by the day; of a subject that has ended, the value at its end.

        Raises:
            UnknownUnit: no subject ever had the id.
        """
        number = self._state.number(subject)
        if number is None or not self._state.was_live(number):
            raise UnknownUnit(subject, self._near(subject))
        by_slot = {row[3]: row[2] for row in self._state.rows(track, number) if row[0] <= self._at}
        return {slot: self._shown(track, value) for slot, value in by_slot.items() if value is not None}

    def origins(self, unit: str) -> tuple[str, ...]:
        """Ids of the units that went into a unit as a whole by the day, and of those that went into them, nearest first.

        >>> from orgmodel.history.history import history_of
        >>> history = history_of([{"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}], day="2024-01-01")
        >>> with history.draft("2025-07-01") as act:
        ...     new = act.merge(["a", "b"], into=Unit("n"))
        >>> history.enact(act).at("2025-07-01").origins("n")
        ('a', 'b')
        """
        number = self._state.number(unit)
        result: dict[int, None] = {}
        stack = [] if number is None else [number]
        while stack:
            at = stack.pop(0)
            for old, row in self._state.links_to(at):
                if row[0] <= self._at and row[2].extent == "whole" and old not in result and old != number:
                    result[old] = None
                    stack.append(old)
        return self._names(result)

    def untils(self, subject: str, track: str) -> dict[Any, dt.date]:
        """Slot -> the end that was stated with the value, for values of :meth:`slots` with a stated end.

        A later value or the end of the unit may still cut it short.
        """
        at, number = self._at, self._state.number(an_id(subject))
        rows = () if number is None else self._state.rows(a_text(track, "a track"), number)
        return {row[3]: dt.date.fromordinal(row[5]) for row in rows if row[5] != FOREVER and row[0] <= at < row[1]}

    def measure(self, unit: str, measure: str, scope: str = tracks.OWN) -> Quantity:
        """The figure that is stated for a unit itself, or for its subtree; unknown if there is none.

        What is stated for a subtree is about the units below on the day of the statement. If units have left or entered the
        subtree since, they are taken off or added, as far as their figures are known.

        >>> from orgmodel.history.history import history_of
        >>> rows = [{"id": "vn"}, *({"id": p, "parent": "vn"} for p in "pq"), {"id": "c", "parent": "p", "members": 60}]
        >>> history = history_of([*rows, {"id": "d", "parent": "p"}], day="2024-01-01")
        >>> with history.draft("2024-07-01") as act:
        ...     _ = act.record("p", "members", 100, scope="subtree")
        >>> history = history.enact(act)
        >>> with history.draft("2025-07-01") as act:
        ...     act.reassign("c", to="q")
        >>> history.at("2024-07-01").measure("p", "members", "subtree")
        Quantity(100)
        >>> history.enact(act).at("2025-07-01").measure("p", "members", "subtree")
        Quantity(40)
        """
        number, track = self._number(unit), tracks.measure_track(measure)
        by_scope = self._state.slots(track, number, self._at)
        if not by_scope:
            # Without any figure the name may be wrong: unknown measures are refused.
            self._measured(measure)
        scope = one_of(scope, SCOPES, "a scope") if scope is not tracks.OWN else scope
        if scope == tracks.SUBTREE and scope in by_scope:
            return self._of_subtrees(measure, self._hierarchy_of(number))[number]
        return Quantity.of(by_scope.get(scope))

    def _of_subtrees(self, measure: str, hierarchy: str) -> Mapping[int, Quantity]:
        """Row number of a unit -> the figure of its subtree on the day, for units that state one."""
        key = measure, hierarchy
        if key not in self._subtree_figures:
            figures: dict[int, Quantity] = {}
            stated = self._state.amounts_on(tracks.measure_track(measure), self._at, tracks.SUBTREE)
            # Few registers state any: the past is only read if one holds on the day.
            if stated.any:
                spans = spans_of_subtrees(self, measure, hierarchy)
                figures = {n: span.figure for n in spans for span in spans[n] if span.start <= self._at < span.end}
            self._subtree_figures[key] = figures
        return self._subtree_figures[key]

    def stated(self, measure: str, scope: str = tracks.OWN) -> dict[str, Quantity]:
        """Unit -> its stated figure, for all units that have one; of subtrees as :meth:`measure` gives them."""
        track = tracks.measure_track(self._measured(measure))
        figures = self._state.amounts_on(track, self._at, one_of(scope, SCOPES, "a scope"))
        amounts = dict(zip(figures.subjects.tolist(), figures.amounts.tolist(), strict=True)) | figures.others
        if scope == tracks.SUBTREE:
            amounts = {n: self._of_subtrees(measure, self._hierarchy_of(n))[n] for n in amounts}
        if not amounts:
            self._check_begun()
        return {self._state.name(n): Quantity.of(v) for n, v in sorted(amounts.items())}

    def _totals(self, measure: str, hierarchy: str) -> Totals:
        key = measure, hierarchy
        if key not in self._all_totals:
            self._additive(measure)
            of_subtrees = self._of_subtrees(measure, hierarchy)
            self._all_totals[key] = Totals(self, measure, hierarchy, self._sums(hierarchy), of_subtrees)
        return self._all_totals[key]

    def total(self, measure: str, under: str | None = None, hierarchy: str = tracks.MAIN) -> Total:
        """The sum of the units' own numbers over a subtree, its top included, as far as it is known.

        A unit that should state a number and does not leaves it open: 10 and one silent unit are 10 or more, and
        ``.missing`` is the number of silent units. Units that should state one are the lowest units of the kinds that
        the measure is of, by default of all kinds but agencies; a unit with such units below it has its members in
        those. Figures for a whole subtree bound the sum. Without any figure the total is unknown.

        Args:
            measure: id of a count.
            under: the top of the subtree; None: the root.
            hierarchy: the hierarchy.

        Raises:
            NotOnRecord: the record begins later.

        >>> from orgmodel.history.history import structure_of
        >>> rows = [{"id": "p"}, {"id": "c", "parent": "p", "members": 10}, {"id": "d", "parent": "p"}]
        >>> print(structure_of(rows, day="2025-07-01").total("members"))
        10 or more (1 unit states nothing)
        """
        if under is None:
            self._check_on_record()
        top = self._number(self.root(hierarchy) if under is None else under)
        self._additive(measure)
        if under is None or self._many_subtrees((measure, hierarchy) in self._all_totals):
            return self._totals(measure, hierarchy).of(top)
        return self._total_alone(measure, top, hierarchy)

    def _total_alone(self, measure: str, top: int, hierarchy: str) -> Total:
        """The total of one subtree, without looking at the whole day if all is stated exactly in it."""
        track = tracks.measure_track(measure)
        subjects = np.append(self._numbers_below(top, hierarchy), top)
        # Units with only agencies below them should state a number.
        beside = [self._of_kind(kind) for kind in kinds_beside(self.schema, self.measures.get(measure))]
        about = subjects.compress(~self._marked(*beside).take(subjects)) if beside else subjects
        has_below = self._marked(self._parents(hierarchy).take(about)).take(subjects)
        chain = self._state.above(tracks.parent_track(hierarchy), top, self._at)
        bounds = self._state.amounts_of(track, np.append(subjects, chain).astype(np.int64), self._at, tracks.SUBTREE)
        leaves = subjects.compress(~has_below)
        of_leaves = self._state.amounts_of(track, leaves, self._at, tracks.OWN)
        of_others = self._state.amounts_of(track, subjects.compress(has_below), self._at, tracks.OWN)
        are_exact = not (of_leaves.others or of_others.others or bounds.any)
        if are_exact and len(of_leaves.subjects) == len(leaves) and (of_leaves.any or of_others.any):
            return Total(int(of_leaves.amounts.sum() + of_others.amounts.sum()))
        return self._totals(measure, hierarchy).of(top)

    def _additive(self, measure: str) -> None:
        declared = self.measures.get(self._measured(measure))
        if declared is not None and declared.type != "count":
            raise Ambiguous(
                f"a total of {measure!r}",
                [Finding("measure-type", f"{measure!r} is a {declared.type}; only counts add up")],
            )

    def totals(self, measure: str, kind: str, hierarchy: str = tracks.MAIN) -> dict[str, Total]:
        """Unit of a kind -> :meth:`total` over its subtree, in order of creation."""
        chosen = self._of_kind(known_kind(self, kind)).tolist()
        if not chosen:
            self._check_begun()
        total = self._totals(measure, hierarchy).of
        return dict(zip(self._names(chosen), map(total, chosen), strict=True))

    def coverage(self, measure: str, kind: str | None = None, under: str | None = None) -> tuple[int, int]:
        """The number of units that state a number of their own, and the number of all units."""
        criteria = {k: v for k, v in (("kind", kind), ("under", under)) if v is not None}
        chosen = self._chosen(None, criteria)
        figures = self._state.amounts_on(tracks.measure_track(self._measured(measure)), self._at, tracks.OWN)
        stating = {*figures.subjects.tolist(), *figures.others}
        return sum(n in stating for n in chosen), len(chosen)

    # ---- clusters

    def _clustering(self, clustering: str) -> str:
        """The id of a clustering that ever existed; others are refused, unless there never was one."""
        if tracks.member_track(clustering) not in self._memberships:
            ever = [self._state.name(number) for number in self._state.of_sort(Clustering)]
            if ever:
                one_of(clustering, ever, "a clustering")
        return clustering

    def clusterings(self) -> tuple[Clustering, ...]:
        """The clusterings that exist on the day, in order of creation."""
        return tuple(life for _, life in self._living(Clustering))

    def clusters(self, clustering: str | None = None) -> tuple[Cluster, ...]:
        """The clusters, with ``clustering`` those of one clustering, in order of creation."""
        wanted = None if clustering is None else self._clustering(clustering)
        return tuple(
            self._cluster(n, life) for n, life in self._living(Cluster) if wanted is None or life.clustering == wanted
        )

    def _cluster(self, number: int, life: Cluster) -> Cluster:
        name = self._state.value(tracks.NAME, number, self._at)
        return life if name in (None, life.name) else Cluster(life.id, life.clustering, name)

    def cluster(self, cluster: str) -> Cluster:
        """The cluster with an id.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: there is none on the day.
        """
        number = self._number(cluster, Cluster)
        return self._cluster(number, self._state.value(tracks.LIFE, number, self._at))

    def members(self, cluster: str) -> tuple[str, ...]:
        """Ids of the members of a cluster, in order of creation of the units."""
        number = self._number(cluster, Cluster)
        clustering = self._state.value(tracks.LIFE, number, self._at).clustering
        return self._names(self._state.subjects_with(tracks.member_track(clustering), number, self._at))

    def members_of_all(self, clustering: str | None = None) -> dict[str, tuple[str, ...]]:
        """:meth:`members` of all clusters, or of those of one clustering; far cheaper than one by one.

        >>> from orgmodel.party import vietnam
        >>> in_2024 = vietnam.reform_2025().at("2024-12-31")
        >>> in_2024.members_of_all() == {c.id: in_2024.members(c.id) for c in in_2024.clusters()}
        True
        """
        wanted = None if clustering is None else self._clustering(clustering)
        living = self._living(Cluster)
        members: dict[int, list[int]] = {n: [] for n, life in living if wanted in (None, life.clustering)}
        for name in dict.fromkeys(life.clustering for n, life in living if n in members):
            rows = [(unit, cluster) for unit, _, cluster in self._state.live_rows(tracks.member_track(name), self._at)]
            for unit, cluster in sorted(rows):
                members[cluster].append(unit)
        name_of = self._state.some_names
        return {life.id: tuple(name_of(members[n])) for n, life in living if n in members}

    def clusters_of(self, unit: str, clustering: str | None = None) -> tuple[str, ...]:
        """Ids of the clusters a unit is a member of."""
        number = self._number(unit)
        names = self._memberships if clustering is None else [tracks.member_track(self._clustering(clustering))]
        return self._names(n for track in names for n in self._state.slots(track, number, self._at).values())

    @cached_property
    def _memberships(self) -> list[str]:
        return [track for track in self._state.tracks() if tracks.is_member(track)]

    def cluster_of(self, unit: str, clustering: str) -> str | None:
        """The id of the unit's cluster in a partition; None if it is in none.

        Raises:
            Ambiguous: the clustering is a cover and the unit is in several.
        """
        clusters = self.clusters_of(unit, clustering)
        if len(clusters) > 1:
            raise Ambiguous(
                f"the cluster of {unit!r}",
                [
                    Finding(
                        "one-cluster", f"it is in {', '.join(clusters)}; ask clusters_of", units=(unit,), day=self.day
                    )
                ],
            )
        return clusters[0] if clusters else None

    def roles(self, cluster: str) -> dict[tuple[str, int], str | Absent]:
        """(role, seat) -> holder in a cluster on the day, for all seats on record."""
        return self.slots(self.cluster(cluster).id, tracks.ROLE)

    def roles_of_all(self) -> dict[str, dict[tuple[str, int], str | Absent]]:
        """:meth:`roles` of all clusters with any roles on record."""
        result: dict[str, dict[tuple[str, int], str | Absent]] = {}
        living = {n: life.id for n, life in self._living(Cluster)}
        for number, seat, holder in self._state.live_rows(tracks.ROLE, self._at):
            if number in living:
                result.setdefault(living[number], {})[seat] = self._shown(tracks.ROLE, holder)
        return result

    def leader(self, cluster: str) -> str | Absent:
        """The id of the leading unit (Cụm trưởng), or why there is none.

        A leader that has ended is still returned: its succession is a decision, not a consequence. See
        :meth:`lapsed_roles`.
        """
        return self.roles(cluster).get((LEADER, 1), Absent.UNKNOWN)

    def deputies(self, cluster: str) -> tuple[str, ...]:
        """Ids of the deputy leading units (Cụm phó) on record, by seat."""
        roles = self.roles(cluster)
        return tuple(
            holder for slot, holder in sorted(roles.items()) if slot[0] == DEPUTY and not isinstance(holder, Absent)
        )

    def lapsed_roles(self) -> tuple[tuple[str, tuple[str, int], str, tuple[str, ...]], ...]:
        """Roles whose holder has ended: (cluster, (role, seat), unit, its direct successors)."""
        lapsed: list[tuple[str, tuple[str, int], str, tuple[str, ...]]] = []
        for cluster in self.clusters():
            for slot, holder in sorted(self.roles(cluster.id).items()):
                if not isinstance(holder, Absent) and holder not in self:
                    number = self._state.number(holder)
                    assert number is not None
                    links = (row for row in self._state.links_from(number) if row[0] <= self._at)
                    heirs = tuple(dict.fromkeys(self._state.name(row[3]) for row in links))
                    lapsed.append((cluster.id, slot, holder, heirs))
        return tuple(lapsed)

    # ---- correspondence to another hierarchy

    def corresponding(self, unit: str) -> tuple[str, ...]:
        """Ids of the units whose fact ``corresponds_to`` names a unit on the day; the fact itself is :meth:`value`'s.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.
        """
        return self._names(self._state.subjects_with(tracks.CORRESPONDS, self._number(unit), self._at))

    # ---- matters

    def matters(self, kind: str | None = None) -> tuple[Matter, ...]:
        """The matters of the day, with ``kind`` those of one kind, in order of their first act.

        :func:`orgmodel.structure.matters.dossier` has the record of one.
        """
        return tuple(life for _, life in self._living(Matter) if kind is None or life.kind == kind)

    def matter(self, matter: str) -> Matter:
        """The matter with an id.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: there is none on the day.
        """
        result: Matter = self._state.value(tracks.LIFE, self._number(matter, Matter), self._at)
        return result

    def matters_of(self, party: str | Person) -> tuple[str, ...]:
        """Ids of the matters in which a unit, cluster, matter or person takes part on the day."""
        target = party.party if isinstance(party, Person) else party
        return self._names(self._state.subjects_with(tracks.PARTY, target, self._at))

    # ---- rules

    def audit(self, rulebook: Auditing[Audit_co], *, holidays: Container[dt.date] | None = None) -> Audit_co:
        """The findings of a rulebook on the day: see :class:`orgmodel.rules.rulebook.Rulebook`."""
        if not callable(getattr(rulebook, "audit", None)):
            refuse("an audit", f"it is a rulebook, not {kind_of(rulebook)}")
        if not len(self):
            self._check_begun()
        return rulebook.audit(self, holidays=holidays)

    # ---- out

    def _columns(self) -> dict[str, FrameColumn]:
        """The units as a table: id, name, code, kind, category, parent and its name; other names and codes; figures."""
        units = self.units()
        ids = [unit.id for unit in units]
        columns = {
            "unit": FrameColumn(ids),
            "name": FrameColumn([unit.name for unit in units]),
            "code": FrameColumn([unit.code for unit in units]),
            "kind": FrameColumn([unit.kind for unit in units]),
            "category": FrameColumn([unit.category for unit in units]),
            "parent": FrameColumn([unit.parent for unit in units]),
            "parent_name": FrameColumn([None if unit.parent is None else self._called(unit.parent) for unit in units]),
        }
        for track in self._state.tracks():
            if tracks.is_scheme(track):
                columns[track] = FrameColumn(self.values(ids, track))
            elif tracks.is_measure(track):
                # A measure may be called like a column of the unit itself, which comes first.
                columns.setdefault(tracks.item(track), self._figures(tracks.item(track), ids))
        return columns

    def _figures(self, measure: str, units: Iterable[str]) -> FrameColumn:
        """The own figures of units as a column; categories may be texts."""
        stated = self.stated(measure)
        values = [stated[unit].value if unit in stated else None for unit in units]
        types = set(map(type, values)) - {type(None)}
        return FrameColumn(values, "text" if str in types else "whole" if types <= {int} else "number")

    def to_networkx(self, hierarchy: str = tracks.MAIN) -> nx.DiGraph[str]:
        """A frozen directed graph, edges from parent to child.

        Nodes are unit ids with their ``name``, ``code``, ``kind``, ``category``, and own figures; the graph has ``day``
        and ``hierarchy``.
        """
        import networkx as nx

        if not len(self):
            self._check_begun()
        graph: nx.DiGraph[str] = nx.DiGraph(day=self.day.isoformat(), hierarchy=hierarchy)
        measures = [t for t in self._state.tracks() if tracks.is_measure(t)]
        for number in self._tree(hierarchy).order.tolist():
            unit = self._unit(number, hierarchy)
            facts = {"name": unit.name, "code": unit.code, "kind": unit.kind, "category": unit.category}
            for track in measures:
                value = self._state.slots(track, number, self._at).get(tracks.OWN)
                if value is not None:
                    facts[tracks.item(track)] = value
            graph.add_node(unit.id, **{k: v for k, v in facts.items() if v is not None})
            if unit.parent is not None:
                graph.add_edge(unit.parent, unit.id)
        frozen_graph: nx.DiGraph[str] = nx.freeze(graph)
        return frozen_graph

    def tree(
        self,
        top: str | None = None,
        *,
        depth: int | None = None,
        most: int = 20,
        hierarchy: str = tracks.MAIN,
        language: Language = "en",
    ) -> str:
        """The hierarchy as indented text.

        Args:
            top: the unit at the top; None: the root.
            depth: number of levels below it; None: all.
            most: number of children to show of one unit; the others are counted.
            hierarchy: the hierarchy.
            language: ``en`` or ``vi``, for kinds and counts.

        Raises:
            Refused: ``depth`` or ``most`` is negative.
        """
        for name, number in (("depth", depth), ("most", most)):
            if number is not None and number < 0:
                refuse("a tree", f"{name} is {number}; it is 0 or more", rule=name)
        first = self.root(hierarchy) if top is None else top
        track = tracks.parent_track(hierarchy)

        def line(number: int) -> str:
            unit = self._unit(number)
            # Vietnamese names of kinds list their categories: "quận, huyện, thị xã".
            is_named = unit.kind and language == "vi"
            kind = (unit.category or self.schema.kind_name(unit.kind or "", language)) if is_named else unit.kind
            return describe(unit, kind)

        def children(number: int) -> list[int]:
            return self._state.subjects_with(track, number, self._at)

        return drawn_tree(self._number(first), children, line, depth=depth, most=most, language=language)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count:,} {kind or 'without kind'}" for kind, count in self._counted.items())
        return f"<Structure on {self.day}: {counts or 'no units'}>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        rows = [[self.schema.kind_name(kind, language), count] for kind, count in self._counted.items()]
        columns = [Column(say("kind", language)), Column(say("units", language), "number")]
        return Content(say("structure", language, day=self.day), [table_of("", columns, rows, most)], language=language)

    # Structures with the same facts are equal, however they came about. As the comparison reads everything, they have no
    # hash: Python gives none to a class that only says what is equal.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Structure):
            return NotImplemented
        if self._state is other._state and self._at == other._at:
            return True
        return self.facts() == other.facts()

    def facts(self) -> dict[str, dict[tuple[str, Any], Any]]:
        """Everything that holds on the day: subject -> (track, slot) -> value.

        References are ids; the parent of a root is :data:`orgmodel.model.unit.ROOT`.
        """
        out: dict[str, dict[tuple[str, Any], Any]] = {}
        name = self._state.name
        for track in self._state.tracks():
            if track == tracks.LINK:
                continue
            refers, upward = tracks.refers_to_subject(track), tracks.is_parent(track)
            for number, slot, value in self._state.live_rows(track, self._at):
                if upward:
                    value = ROOT if value == ABOVE_ROOT else name(value)
                elif refers:
                    value = self._shown(track, value)
                facts_of = out.get(subject := name(number))
                if facts_of is None:
                    facts_of = out[subject] = {}
                facts_of[track, slot] = value
        return out
