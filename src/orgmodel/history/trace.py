"""From ground to rows: which units of one day have ground in which of another, and how much.

Units that events name are followed bag by bag (:mod:`orgmodel.history.ground`); all others are compared as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, reduce
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from orgmodel.acts.act import Act
from orgmodel.errors import Finding
from orgmodel.history.ground import GONE, LOST, NOWHERE, OFF_RECORD, Bag, Pool, Walk, in_order, together, unsealed
from orgmodel.history.level import Level
from orgmodel.history.lineage import DatedLink
from orgmodel.history.straight import Straight, StraightStep
from orgmodel.model import track as tracks
from orgmodel.model.arithmetic import NONE, ONE
from orgmodel.model.measure import UNKNOWN

if TYPE_CHECKING:
    from orgmodel.model.measure import Quantity

__all__ = [
    "ANYTHING",
    "NOTHING",
    "Bound",
    "GroundCell",
    "Mass",
    "Share",
    "Trace",
    "finals",
]

Bound = Fraction | float
"""A fraction, or infinity."""


class Mass(NamedTuple):
    """An amount of a measure between two bounds.

    Attributes:
        low: the least that it can be.
        high: the most that it can be.
        even: the amount if parts mixed evenly.
        comparable: false for a unit without a stated figure: only its parts can be compared with each other.
    """

    low: Bound
    high: Bound
    even: Fraction | None
    comparable: bool = True

    def plus(self, other: Mass) -> Mass:
        """The sum of both."""
        even = None if self.even is None or other.even is None else self.even + other.even
        return Mass(self.low + other.low, self.high + other.high, even, self.comparable and other.comparable)


NOTHING = Mass(NONE, NONE, NONE)
ANYTHING = Mass(NONE, inf, None)


class Share(NamedTuple):
    """The share of a unit's figure in a place: between low and high, and ``even`` if parts mixed evenly."""

    low: Fraction
    high: Fraction
    even: Fraction | None


class GroundCell:
    """The ground of one old unit that is in one new unit."""

    __slots__ = ("bags", "roots", "stays", "sure")

    def __init__(self) -> None:
        self.roots = 0
        """How many whole atoms are there."""
        self.stays = False
        """Whether atoms that no event names are there."""
        self.bags: list[Bag] = []
        self.sure = False
        """Whether it is certain that something is there."""


class _Atoms(NamedTuple):
    """Atoms that stay whole: those that no event names, and those that went along whole links; as arrays of numbers."""

    atom: Any
    old: Any
    """The unit that each lies in on the first day."""
    new: Any
    """The unit that each lies in on the second day."""
    linked: Any
    """A mask of those that went along links."""
    stepped: Any
    """The atoms that went along links, in the order of the events."""
    ever: int
    """How many units there ever were."""

    @property
    def staying(self) -> Any:
        """By unit the count of atoms that no event names and that lie in it on both days."""
        return np.bincount(self.old.compress((self.old == self.new) & ~self.linked), minlength=self.ever)


@final
class Trace:
    """The ground of each old unit on the second day; worked out once for a correspondence."""

    def __init__(self, walk: Walk, before: Level, after: Level, straight: Straight | None = None) -> None:
        self.before, self.after = before, after
        self._steps: Mapping[str, StraightStep] = {} if straight is None else straight.steps
        self.pools: list[Pool] = walk.pools
        self._touched = walk.content
        self._walk_findings, self._returned = walk.findings, walk.returned
        self._units: dict[str, str] = {}
        before.prepare(walk.content)
        after.prepare(walk.content)
        self.places: dict[str, list[Bag]] = {}
        """New unit, or nowhere -> the bags that are there."""
        for unit, bags in walk.content.items():
            if bags:
                place = after.holder_of(unit) if after.is_live(unit) else LOST
                self.places.setdefault(place, []).extend(unsealed(bags))
        self.places[LOST] = [*self.places.get(LOST, ()), *walk.lost]
        self.places[GONE] = walk.gone
        self.places = {place: together(bags) for place, bags in self.places.items() if bags}

    # ---- atoms

    def unit_of(self, bag: Bag) -> str:
        """The old unit that a whole atom is ground of; its origin off record if there is none."""
        atom = bag.atom
        if atom in OFF_RECORD:
            return atom
        unit = self._units.get(atom)
        if unit is None:
            unit = self._units[atom] = self.before.holder_of(atom)
        return unit

    def origins(self, bag: Bag) -> Mapping[str, bool]:
        """Old unit -> whether its ground is surely in a bag, for each unit whose ground may be in it.

        Where pooled ground of several units is divided, it is not known which of them went where.
        """
        pool = bag.pool
        if pool is None:
            return {self.unit_of(bag): True}
        origins = pool.origins.get(bag.part)
        if origins is None:
            pooled: dict[str, bool] = {}
            for inner in pool.bags:
                for unit, sure in self.origins(inner).items():
                    pooled[unit] = pooled.get(unit, False) or sure
            # Certain only with ground of one origin: with several, nobody stated which part each went to.
            sure_part = pool.certain[bag.part] and 0 not in pool.shares[bag.part].values() and len(pooled) == 1
            origins = pool.origins[bag.part] = {unit: sure and sure_part for unit, sure in pooled.items()}
        return origins

    @cached_property
    def _atoms(self) -> _Atoms:
        """The atoms that stay whole, as arrays: they are nearly all, so none of them costs a Python object."""
        number, after = self.before.number, self.after
        count = len(self.before.above)
        steps = [(n, step) for n, step in zip(self.before.numbers(self._steps), self._steps.values(), strict=True)]
        went = [(n, step.end) for n, step in steps if n is not None]
        numbers = np.array([n for n, _ in went], np.int64)
        ends = np.array(after.numbers([end for _, end in went]), np.int64)
        if self.before.kind is None:
            # Each unit for itself: only units that went somewhere, or took something in, have a row to another unit.
            own = np.zeros(count, bool)
            own[numbers] = own[ends] = True
            own &= self.before.has_own
        else:
            own = self.before.has_own.copy()
        own[[n for n in map(number, self._touched) if n is not None]] = False
        # The unit in which each atom ends: itself, unless links took it elsewhere.
        end = np.arange(count)
        end[numbers] = ends
        linked = np.zeros(count, bool)
        linked[numbers] = True
        atoms = np.flatnonzero(own)
        at_last = end.take(atoms)
        old, new = self.before.holders(atoms), after.holders(at_last)
        # Atoms outside the level on both days are left out.
        level = np.flatnonzero((old >= 0) | (new >= 0))
        atoms, old, new, at_last = atoms.take(level), old.take(level), new.take(level), at_last.take(level)
        return _Atoms(
            atoms, np.where(old < 0, atoms, old), np.where(new < 0, at_last, new), linked.take(atoms), numbers, count
        )

    @cached_property
    def _staying(self) -> Any:
        """How many atoms that no event names each unit has on both days."""
        return self._atoms.staying

    @cached_property
    def _alone(self) -> tuple[Any, Any]:
        """The numbers of :attr:`alone`, and of the new unit of each."""
        atoms = self._atoms
        inside = self._together.copy()
        touched = [n for n in map(self.before.number, self.touched_atoms) if n is not None]
        inside[touched] += 1
        picked = np.flatnonzero(atoms.linked & (atoms.old == atoms.atom) & (inside.take(atoms.old) == 1))
        new_of = np.full(atoms.ever, -1)
        new_of[atoms.atom.take(picked)] = atoms.new.take(picked)
        # In the order of the events.
        moved_alone = atoms.stepped.compress(new_of.take(atoms.stepped) >= 0)
        return moved_alone, new_of.take(moved_alone)

    @cached_property
    def alone(self) -> dict[str, str]:
        """Old unit -> new unit: of units that are an atom themselves, all of which went along links to one unit."""
        names = self.before._state.some_names
        return dict(zip(*(names(numbers.tolist()) for numbers in self._alone), strict=True))

    @cached_property
    def alone_are_of_level(self) -> bool:
        """Whether :attr:`alone` are all of the level, on either day."""
        return all(
            level.are_of_level(numbers) for level, numbers in zip((self.before, self.after), self._alone, strict=True)
        )

    @cached_property
    def _going(self) -> dict[str, dict[str, list[str]]]:
        """Old -> new -> whole atoms that moved to another unit of the level or along links; :attr:`alone` left out."""
        atoms = self._atoms
        is_moved = atoms.linked | (atoms.old != atoms.new)
        if len(self._alone[0]):
            is_moved &= ~np.isin(atoms.atom, self._alone[0], assume_unique=True)
        moved = np.flatnonzero(is_moved)
        names = self.before._state.some_names
        columns = [names(array.take(moved).tolist()) for array in (atoms.atom, atoms.old, atoms.new)]
        going: dict[str, dict[str, list[str]]] = {}
        for atom, old, new in zip(*columns, strict=True):
            going.setdefault(old, {}).setdefault(new, []).append(atom)
        return going

    def staying(self, unit: str) -> list[str]:
        """The atoms that no event names and that lie in a unit on both days."""
        number = self.before._state.number(unit)
        atoms = self._atoms
        staying = np.flatnonzero((atoms.old == number) & (atoms.new == number) & ~atoms.linked)
        return self.before._state.some_names(atoms.atom.take(staying).tolist())

    def going(self, old: str, new: str) -> Sequence[str]:
        """The atoms of an old unit that moved whole to a new one."""
        if self.alone.get(old) == new:
            return (old,)
        return self._going.get(old, {}).get(new, ())

    def _stay_count(self, unit: str) -> int:
        number = self.before.number(unit)
        return 0 if number is None else int(self._staying[number])

    @cached_property
    def touched_atoms(self) -> dict[str, list[str]]:
        """Old unit -> the atoms of it that events name."""
        by_unit: dict[str, list[str]] = {}
        for unit in self._touched:
            if self.before.is_atom(unit):
                by_unit.setdefault(self.unit_of(Bag(unit)), []).append(unit)
        return by_unit

    def atoms(self, unit: str) -> list[str]:
        """All atoms of an old unit."""
        if unit in self.alone:
            return [unit]
        moved = [atom for atoms in self._going.get(unit, {}).values() for atom in atoms]
        return [*self.staying(unit), *moved, *self.touched_atoms.get(unit, ())]

    # ---- cells

    @cached_property
    def cells(self) -> dict[str, dict[str, GroundCell]]:
        """Old unit, or origin off record -> new unit, or nowhere -> the ground there; of all units that changed."""
        cells: dict[str, dict[str, GroundCell]] = {}
        for old in self.touched_atoms:
            cells.setdefault(old, {})
            self._add_staying(cells, old)
        for place, bags in self.places.items():
            for bag in bags:
                self._add_bag(cells, place, bag)
        for old, atoms_by_new in self._going.items():
            self._add_staying(cells, old)
            for new, atoms in atoms_by_new.items():
                cell = _cell(cells, old, new)
                cell.roots += len(atoms)
                cell.sure = True
        # A unit that took in ground of others has a row for its own ground, too.
        receiving = np.unique(self._alone[1])
        receiving = receiving.compress(self._staying.take(receiving) > 0)
        news = dict.fromkeys(self.before._state.some_names(receiving.tolist()))
        for new in [*news, *set().union(*cells.values()).difference(news)]:
            if new not in cells and new not in NOWHERE:
                self._add_staying(cells, new)
        return cells

    def _add_bag(self, cells: dict[str, dict[str, GroundCell]], place: str, bag: Bag) -> None:
        """Add a bag in a place to the cell of each unit whose ground it may hold."""
        for old, sure in self.origins(bag).items():
            if old not in cells and old not in OFF_RECORD:
                self._add_staying(cells, old)
            cell = _cell(cells, old, place)
            cell.bags.append(bag)
            cell.roots += bag.pool is None
            cell.sure = cell.sure or sure

    def _add_staying(self, cells: dict[str, dict[str, GroundCell]], unit: str) -> None:
        """Add the atoms that no event names and that lie in a unit on both days, once."""
        count = self._stay_count(unit)
        if not count:
            return
        cell = _cell(cells, unit, unit)
        if not cell.stays:
            cell.stays = cell.sure = True
            cell.roots += count

    @cached_property
    def _together(self) -> Any:
        """By unit the count of its atoms that stay whole."""
        return np.bincount(self._atoms.old, minlength=self._atoms.ever)

    def size(self, unit: str) -> int:
        """How many atoms an old unit has."""
        number = self.before.number(unit)
        return (0 if number is None else int(self._together[number])) + len(self.touched_atoms.get(unit, ()))

    def is_its_own(self, unit: str) -> bool:
        """Whether an old unit is all the ground that it has."""
        return self.size(unit) == 1 and self.before.is_atom(unit)

    def is_whole(self, old: str, new: str) -> bool:
        """Whether all of an old unit is in the new one."""
        return self.cells[old][new].roots == self.size(old)

    # ---- why

    def moves(self, old: str, new: str, cell: GroundCell) -> tuple[Act, ...]:
        """The acts that moved the ground of a cell, or a unit above it, to another parent."""
        moved = {
            unit
            for level, top in ((self.before, old), (self.after, new))
            for unit in self._below(level, top, cell, old, new)
        }
        first, last = self.before.structure._at, self.after.structure._at
        parent_tracks = list(map(tracks.parent_track, self.before.structure.hierarchies))
        rows = (
            row for number in sorted(moved) for track in parent_tracks for row in self.before._state.rows(track, number)
        )
        return tuple({row[4].id: row[4] for row in rows if first < row[0] <= last and row[4] is not None}.values())

    def _below(self, level: Level, top: str, cell: GroundCell, old: str, new: str) -> set[int]:
        """The numbers of the units between a unit of a level and the ground of a cell, the ground included."""
        state = self.before._state
        end = state.number(top)
        below: set[int] = set()
        for unit in self._along(old, new, cell):
            at = state.number(unit)
            while at is not None and at >= 0 and at != end and level.above[at] > -2:
                below.add(at)
                at = int(level.above[at])
        return below

    def _along(self, old: str, new: str, cell: GroundCell) -> set[str]:
        """The atoms of a cell, and the units along the links by which they came."""
        going = self.going(old, new)
        bags = [bag for outer in cell.bags for bag in self._inside(outer, old)]
        links = [*self._links_of(going), *(link for bag in bags for link in bag.links)]
        ends = (unit for link in links for unit in (link.old, link.new))
        return {*going, *(bag.atom for bag in bags if bag.atom), *ends}

    def _inside(self, bag: Bag, old: str) -> Iterator[Bag]:
        """A bag and every bag that was divided into it, as far as it may hold ground of an old unit."""
        yield bag
        for inner in bag.pool.bags if bag.pool is not None else ():
            if old in self.origins(inner):
                yield from self._inside(inner, old)

    def links(self, old: str, new: str) -> tuple[DatedLink, ...]:
        """All links along which ground of an old unit went into a new one, divisions before included."""
        cell = self.cells.get(old, {}).get(new)
        bags = () if cell is None else cell.bags
        of_bags = (link for bag in bags for inner in self._inside(bag, old) for link in inner.links)
        return in_order((*of_bags, *self._links_of(self.going(old, new))))

    def acts(self, old: str, new: str) -> tuple[Act, ...]:
        """The acts of :meth:`links`, each once."""
        step = self._steps.get(old) if self.alone.get(old) == new else None
        if step is None:
            return tuple({link.act.id: link.act for link in self.links(old, new)}.values())
        # One atom along known steps: its links need not be built.
        return step.acts()

    def units(self, old: str, new: str) -> Iterable[str]:
        """The units along :meth:`links`, both ends included."""
        step = self._steps.get(old) if self.alone.get(old) == new else None
        if step is None:
            return {old, new, *(unit for link in self.links(old, new) for unit in (link.old, link.new))}
        return (old, new, *step.stops())

    def _links_of(self, atoms: Iterable[str]) -> list[DatedLink]:
        steps = [self._steps[atom] for atom in atoms if atom in self._steps]
        return [link for step in steps for link in step.links()]

    def dominant(self, bag: Bag, old: str) -> tuple[bool, tuple[str, ...]]:
        """Whether every division on the way of a bag names that way as the dominant one, and who says so."""
        pool = bag.pool
        if pool is None:
            return True, ()
        if bag.part >= len(pool.ways):
            return False, ()
        way = pool.ways[bag.part]
        before = [self.dominant(b, old) for b in pool.bags if old in self.origins(b)]
        by = next((by for is_dominant, by in before if is_dominant), ())
        if way.dominant_by and way.dominant_by not in by:
            by = (*by, way.dominant_by)
        return way.dominant and any(is_dominant for is_dominant, _ in before), by

    # ---- shares

    def shares(self, old: str, measure: str) -> dict[str, Share]:
        """New unit -> the share of an old unit's figure that is there, by the figures of the first day."""
        shares = self._shares.get((old, measure))
        if shares is None:
            shares = self._shares[old, measure] = self._shared(old, measure)
        return shares

    @cached_property
    def _shares(self) -> dict[tuple[str, str], dict[str, Share]]:
        return {}

    @cached_property
    def _masses(self) -> dict[str, _Masses]:
        return {}

    def masses(self, measure: str) -> _Masses:
        """The masses of one measure."""
        if measure not in self._masses:
            self._masses[measure] = _Masses(self, measure)
        return self._masses[measure]

    def _shared(self, old: str, measure: str) -> dict[str, Share]:
        masses = self.masses(measure)
        cells = {new: masses.of(old, new, cell) for new, cell in self.cells[old].items()}
        total = masses.whole(old)
        shares: dict[str, Share] = {}
        for new, mass in cells.items():
            if self.is_whole(old, new):
                shares[new] = Share(ONE, ONE, ONE)
                continue
            others = reduce(Mass.plus, (other for place, other in cells.items() if place != new), NOTHING)
            bounds = _share_bounds(mass, others, total)
            if bounds is None:
                continue
            # Shares of even mixing are of the exact total, or else of the sum of all parts.
            base = Fraction(total.low) if total.low == total.high else mass.plus(others).even
            even = None if mass.even is None or not base else mass.even / base
            shares[new] = Share(*bounds, even if even is None or bounds[0] <= even <= bounds[1] else None)
        return shares

    def findings(self) -> tuple[Finding, ...]:
        """A finding for each stated share that the figures of the record contradict."""
        findings = list(self._walk_findings)
        for way, former, divided, waits in self._returned:
            (link,) = way.links
            for measure, share in way.shares:
                part, total = (self._exact_sum(measure, bags) for bags in (former, divided))
                # More than what waits there may have gone to a unit, but not less.
                if part is None or not total or part / total == share or (waits and share > part / total):
                    continue
                ground = "what is taken up from there later" if waits else "what it takes up"
                message = (
                    f"{share} of the {measure!r} of {way.old!r} is stated to have gone to {way.new!r}, and on "
                    f"{self.before.structure.day} {ground} had {part / total} ({part} of {total})"
                )
                findings.append(Finding("shares", message, (way.old, way.new), link.day, "note", act=link.act.id))
        return tuple(findings)

    def _exact_sum(self, measure: str, bags: Iterable[Bag]) -> Fraction | None:
        """The sum of the figures in bags; None where one is not exact."""
        masses = self.masses(measure)
        of_bags = [mass for bag in bags for mass in masses.bag(bag).values()]
        if any(mass.low != mass.high or not mass.comparable for mass in of_bags):
            return None
        return sum((Fraction(mass.low) for mass in of_bags), NONE)

    def measures(self, old: str, counts: Iterable[str]) -> list[str]:
        """The measures of which a share or figure of a part of an old unit is known."""
        measures: set[str] = set()
        pools = [bag.pool for cell in self.cells[old].values() for bag in cell.bags if bag.pool]
        # The list grows while it is walked, by the pools inside of pools.
        for pool in pools:
            measures.update(measure for share in pool.shares for measure in share)
            pools.extend(bag.pool for bag in pool.bags if bag.pool)
        if self.size(old) > 1:
            atoms = self.atoms(old)
            measures.update(m for m in counts if any(self.before.figure(atom, m) is not None for atom in atoms))
        return sorted(measures)


def _cell(cells: dict[str, dict[str, GroundCell]], old: str, new: str) -> GroundCell:
    """The cell of two units; a new one if there is none yet."""
    of_old = cells.setdefault(old, {})
    if new not in of_old:
        of_old[new] = GroundCell()
    return of_old[new]


class _Masses:
    """The masses of one measure, worked out from the figures of the first day."""

    def __init__(self, trace: Trace, measure: str) -> None:
        self.trace, self.measure = trace, measure
        self._parts: dict[tuple[int, int], dict[str, Mass]] = {}
        self._pools: dict[int, dict[str, Mass]] = {}

    def atom(self, atom: str) -> Mass:
        """The mass of an atom; 1 for a unit of one atom without a figure, whose parts are then its shares."""
        if atom in OFF_RECORD:
            return ANYTHING
        quantity = self.trace.before.figure(atom, self.measure)
        if quantity is None or not quantity.is_exact or quantity == 0:
            if self.trace.size(self.trace.unit_of(Bag(atom))) == 1:
                return Mass(ONE, ONE, ONE, False)
            return ANYTHING if quantity is None else self._bounds(quantity)
        value = Fraction(quantity.value or 0)
        return Mass(value, value, value)

    @staticmethod
    def _bounds(quantity: Quantity) -> Mass:
        low = NONE if quantity.low is None or quantity.qualifier == "about" else Fraction(quantity.low)
        high = inf if quantity.high is None or quantity.qualifier == "about" else Fraction(quantity.high)
        return Mass(max(low, NONE), high, None)

    def whole(self, old: str) -> Mass:
        """The mass of a whole old unit; the stated figure of its subtree if that fits the sum of its atoms."""
        total = NOTHING
        for atom in self.trace.atoms(old):
            total = total.plus(self.atom(atom))
        before = self.trace.before.structure
        stated = before.measure(old, self.measure, tracks.SUBTREE) if before.states(self.measure) else UNKNOWN
        if stated.is_exact and total.low <= Fraction(stated.value or 0) <= total.high:
            value = Fraction(stated.value or 0)
            return Mass(value, value, value)
        return total

    def of(self, old: str, new: str, cell: GroundCell) -> Mass:
        """The mass of an old unit's ground in a new unit."""
        total = NOTHING
        for atom in (*(self.trace.staying(old) if cell.stays else ()), *self.trace.going(old, new)):
            total = total.plus(self.atom(atom))
        for bag in cell.bags:
            mass = self.bag(bag).get(old)
            if mass is not None:
                total = total.plus(mass)
        return total

    def bag(self, bag: Bag) -> Mapping[str, Mass]:
        """Old unit -> the mass of its ground in a bag."""
        pool = bag.pool
        if pool is None:
            return {self.trace.unit_of(bag): self.atom(bag.atom)}
        # By identity: pools are compared a lot, and equal ones are the same one.
        key = id(pool), bag.part
        if key not in self._parts:
            of_pool = self.pool(pool)
            share = pool.shares[bag.part].get(self.measure)
            self._parts[key] = {unit: _part(share, mass, _others(of_pool, unit)) for unit, mass in of_pool.items()}
        return self._parts[key]

    def pool(self, pool: Pool) -> Mapping[str, Mass]:
        """Old unit -> the mass of its ground that was divided."""
        if id(pool) not in self._pools:
            by_unit: dict[str, Mass] = {}
            for bag in pool.bags:
                for unit, mass in self.bag(bag).items():
                    by_unit[unit] = by_unit.get(unit, NOTHING).plus(mass)
            self._pools[id(pool)] = by_unit
        return self._pools[id(pool)]


def _share_bounds(mass: Mass, others: Mass, total: Mass) -> tuple[Fraction, Fraction] | None:
    """The least and the largest share of one part; None if the total is 0.

    What is known of the other parts bounds this one, as all of them together are the total.
    """
    if total.low == total.high:
        exact_total = Fraction(total.low)
        if not exact_total:
            return None
        low = max(mass.low, NONE if others.high == inf else exact_total - Fraction(others.high))
        high = min(mass.high, exact_total - Fraction(others.low))
        return Fraction(low) / exact_total, Fraction(high) / exact_total
    low, high = mass.low, min(mass.high, total.high)
    return (
        NONE if not low or others.high == inf else Fraction(low) / (Fraction(low) + Fraction(others.high)),
        ONE if high == inf or not others.low else Fraction(high) / (Fraction(high) + Fraction(others.low)),
    )


def _others(masses: Mapping[str, Mass], unit: str) -> Mass | None:
    """The sum of the masses of all other units; None if there are none."""
    others = [mass for other, mass in masses.items() if other != unit]
    return reduce(Mass.plus, others) if others else None


def _part(share: Fraction | None, mass: Mass, others: Mass | None) -> Mass:
    """The mass of one unit in a part of a pool, by the share of the pool that the part has."""
    if share is None:
        return Mass(NONE, mass.high, None, mass.comparable)
    if share == 0:
        return NOTHING._replace(comparable=mass.comparable)
    even = None if mass.even is None else share * mass.even
    if others is None:
        return Mass(share * mass.low, inf if mass.high == inf else share * mass.high, even, mass.comparable)
    if not (mass.comparable and others.comparable):
        return Mass(mass.low if share == 1 else NONE, mass.high, even, mass.comparable)
    low: Bound = NONE
    # At worst the part took all ground of the others before any of this unit.
    if share == 1:
        low = mass.low
    elif others.high != inf:
        low = max(NONE, share * mass.low - (1 - share) * others.high)
    of_part = inf if inf in (mass.high, others.high) else share * (mass.high + others.high)
    return Mass(low, min(mass.high, of_part), even)


def finals(places: Mapping[str, Sequence[Bag]], pools: Sequence[Pool]) -> dict[tuple[int, int], set[str]]:
    """(number of a pool, part) -> the new units, or nowhere, in which something of the part can end."""
    ends_of: dict[tuple[int, int], set[str]] = {}
    for place, bags in places.items():
        for bag in bags:
            if bag.pool is not None:
                ends_of.setdefault((bag.pool.number, bag.part), set()).add(place)
    for pool in reversed(pools):
        ends = set().union(*(ends_of.get((pool.number, part), set()) for part in range(pool.size)))
        for bag in pool.bags:
            if bag.pool is not None and ends:
                ends_of.setdefault((bag.pool.number, bag.part), set()).update(ends)
    return ends_of
