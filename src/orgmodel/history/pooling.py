"""Figures that are carried through divisions, in the order of events.

Where figures of several units were pooled and then divided, nobody stated which part of the figure came from which of them. So
a count is not divided row by row of the correspondence, but as the ground was: what a pool holds is added up, and divided by
the shares of its division. :class:`~orgmodel.history.carry_run.CarryRun` asks for the contributions of the units that were
divided; all others it adds up by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attrs import evolve, frozen

from orgmodel.history.carry import FIGURES, GROUND, NOT_GIVEN, NOTHING, REST, ROUNDED, STATED, WHOLE, Contribution
from orgmodel.history.ground import NEW, NOWHERE, OFF_RECORD, Bag, Pool
from orgmodel.history.rows import CorrespondenceRow
from orgmodel.history.trace import finals
from orgmodel.model.arithmetic import ONE, divide
from orgmodel.model.measure import Measure, Quantity

if TYPE_CHECKING:
    from orgmodel.history.crosswalk import Crosswalk

__all__ = ["Pooling"]

_Place = str | int
"""Where part of a unit's ground is: the id of a new unit, or the number of the pool in which it was divided."""


@frozen
class _Amount:
    """A part of a figure.

    Attributes:
        amount: the part.
        exact: whether it is a fact.
        share: its share of the figure of its one origin; None if it has several, or the share is not known.
        how: how the share is known.
    """

    amount: Quantity
    exact: bool
    share: Fraction | None = ONE
    how: str = WHOLE


class _Share(NamedTuple):
    """The share of a part in what a pool divided.

    Attributes:
        share: the share; None if it is not known.
        how: how it is known.
        is_fact: whether it is stated or follows from what is, rather than chosen by a policy.
    """

    share: Fraction | None
    how: str
    is_fact: bool


class Run(Protocol):
    """What asks for figures: the correspondence, the measure, the step of rounding, the policy, and what to do with losses."""

    map: Crosswalk
    measure: Measure
    step: Fraction

    def asked(
        self, old: str, rows: Sequence[CorrespondenceRow], quantity: Quantity | None
    ) -> tuple[Mapping[str, Fraction | None], str] | None:
        """The policy's shares for rows whose share is not known, and its name; None if it gives none."""

    def lose(self, old: str, amount: Quantity, part: Fraction = ONE) -> None:
        """Refuse or drop an amount that has no successor."""


class Pooling:
    """Figures carried through divisions in the order of events: each division divides what was pooled there."""

    def __init__(self, run: Run, by_unit: Mapping[str, Quantity]) -> None:
        self.run, self.by_unit = run, by_unit
        self.map, self.measure = run.map, run.measure.id
        self.trace = run.map._trace
        self.finals = finals(self.trace.places, self.trace.pools)
        self.pools = self._needed_pools()
        self.groups = self._grouped()
        self.roots: dict[str, dict[_Place, _Amount]] = {}
        self.divided: dict[int, list[_Amount]] = {}

    def _is_divided(self, old: str) -> bool:
        """Whether an old unit went on, and not whole to one new unit."""
        rows = self.map[old]
        return bool(rows) and rows[0].extent != "whole"

    def _needed_pools(self) -> list[Pool]:
        """The pools in which something of the units with figures was divided, in order."""
        pools: dict[int, Pool] = {}

        def add(pool: Pool) -> None:
            if pool.number not in pools:
                pools[pool.number] = pool
                for bag in pool.bags:
                    if bag.pool is not None:
                        add(bag.pool)

        for old in self.by_unit:
            if not (len(self.map[old]) == 1 and self.map[old][0].extent == "whole"):
                for cell in self.trace.cells.get(old, {}).values():
                    for bag in cell.bags:
                        if bag.pool is not None:
                            add(bag.pool)
        return [pools[number] for number in sorted(pools)]

    def _grouped(self) -> dict[str, dict[_Place, list[str]]]:
        """Old unit -> where its ground is -> the atoms there; of the units that were divided or moved apart."""
        trace = self.trace
        groups_of: dict[str, dict[_Place, list[str]]] = {}
        for pool in self.pools:
            for bag in pool.bags:
                if bag.pool is None and bag.atom not in OFF_RECORD:
                    groups_of.setdefault(trace.unit_of(bag), {}).setdefault(pool.number, []).append(bag.atom)
        for old in filter(self._is_divided, self.by_unit):
            groups = groups_of.setdefault(old, {})
            for place, cell in trace.cells.get(old, {}).items():
                atoms = [*(trace.staying(old) if cell.stays else ()), *trace.going(old, place)]
                atoms += [bag.atom for bag in cell.bags if bag.pool is None]
                if atoms:
                    groups.setdefault(place, []).extend(atoms)
        return groups_of

    def parts_by_place(self, old: str) -> dict[_Place, _Amount]:
        """The parts of an old unit's figure by place, before anything is divided by links."""
        parts = self.roots.get(old)
        if parts is None:
            parts = self.roots[old] = self._apart(old)
        return parts

    def _apart(self, old: str) -> dict[_Place, _Amount]:
        groups = self.groups[old]
        quantity = self.by_unit.get(old)
        if quantity is None:
            return {place: _Amount(Quantity.unknown(0), False, None, NOT_GIVEN) for place in groups}
        if len(groups) == 1:
            return {place: _Amount(quantity, quantity.is_exact) for place in groups}
        shares_and_how = self._shares_of_ground(quantity, groups.values()) or self._shares_by_policy(
            old, quantity, groups
        )
        if shares_and_how is None:
            return {}
        shares, how = shares_and_how
        # By largest remainder, in steps of the last decimal place of the figures: the parts add up to the figure.
        amounts = divide(quantity, shares, self.run.step)
        return {
            place: _Amount(part.amount, how == GROUND, share, how)
            for place, part, share in zip(groups, amounts, shares, strict=False)
        }

    def _shares_of_ground(
        self, quantity: Quantity, groups: Iterable[Sequence[str]]
    ) -> tuple[Sequence[Fraction | None], str] | None:
        """The shares by the figures of the ground, and how sure they are; None if one of these is not known."""
        weights = [self._weight(atoms) for atoms in groups]
        known = [weight for weight in weights if weight is not None]
        total = sum(known, Fraction(0))
        if len(known) < len(weights) or not total:
            return None
        # Weights that do not add up to the figure are of another count of the same ground.
        is_same = quantity.is_exact and total == Fraction(quantity.value or 0)
        return [weight / total for weight in known], GROUND if is_same else "like its ground"

    def _shares_by_policy(
        self, old: str, quantity: Quantity, places: Iterable[_Place]
    ) -> tuple[Sequence[Fraction | None], str] | None:
        """The shares that the policy gives, and its name; None, and a fault, if it gives none."""
        rows = [self._row_to(old, place) for place in places]
        by_policy = self.run.asked(old, rows, quantity)
        return None if by_policy is None else ([by_policy[0][row.new] for row in rows], by_policy[1])

    def _row_to(self, old: str, place: _Place) -> CorrespondenceRow:
        """A row from an old unit to a place, for a policy: as the table has it, or without shares."""
        label = self._label(place)
        row = next((row for row in self.map[old] if row.new == label), None)
        if row is None:
            return CorrespondenceRow(old, label, "part", dominant=False)
        return CorrespondenceRow(old, label, "part", row.shares, row.dominant, row.dominant_by)

    def _weight(self, atoms: Iterable[str]) -> Fraction | None:
        """The sum of the figures of atoms on the first day; None if one is not exact."""
        total = Fraction(0)
        for atom in atoms:
            figure = self.trace.before.figure(atom, self.measure)
            if figure is None or not figure.is_exact:
                return None
            total += Fraction(figure.value or 0)
        return total

    def _label(self, place: _Place) -> str:
        """The new unit in which all of a place ends; else the unit that was divided there."""
        if isinstance(place, str):
            return place
        pool = self.trace.pools[place]
        ends = set().union(*(self.finals.get((place, part), set()) for part in range(pool.size)))
        return next(iter(ends)) if len(ends) == 1 else pool.unit

    # ---- pools

    def in_bag(self, bag: Bag) -> _Amount:
        """The part of the figures that is in a bag of a pool."""
        if bag.pool is not None:
            return self.divided[bag.pool.number][bag.part]
        if bag.atom in OFF_RECORD:
            # Ground from nowhere brings no figure, but takes its part when the pool is divided.
            return _Amount(Quantity(0) if bag.atom == NEW else Quantity.unknown(0), False, None)
        return _Amount(Quantity(0), True)

    def total(self, pool: Pool) -> _Amount:
        """The part of the figures that a pool divided."""
        olds = {self.trace.unit_of(b): None for b in pool.bags if b.pool is None and b.atom not in OFF_RECORD}
        amounts = [self.parts_by_place(old).get(pool.number, _Amount(Quantity(0), False)) for old in olds]
        amounts += [self.in_bag(bag) for bag in pool.bags if bag.pool is not None or bag.atom in OFF_RECORD]
        share = amounts[0].share if len(amounts) == 1 else None
        return _Amount(
            sum((a.amount for a in amounts), Quantity(0)), all(a.exact for a in amounts), share, amounts[0].how
        )

    def divide(self, pool: Pool) -> list[_Amount]:
        """The parts into which a pool divided the figures."""
        total = self.total(pool)
        shares = self._shares(pool, total.amount)
        if shares is None:
            return [_Amount(Quantity(0), False, None, "")] * pool.size
        divided = []
        parts = divide(total.amount, [part.share for part in shares], self.run.step)
        for (share, how, is_fact), part in zip(shares, parts, strict=False):
            exact = total.exact and is_fact and (part.amount == 0 or (part.basis == "exact" and part.amount.is_exact))
            of_origin = None if share is None or total.share is None else share * total.share
            divided.append(_Amount(part.amount, exact, of_origin, how + ROUNDED if part.basis == "rounded" else how))
        return divided

    def _shares(self, pool: Pool, amount: Quantity) -> list[_Share] | None:
        """The share of each part; None, and a fault, if the policy gives none."""
        stated = FIGURES if self.measure in pool.from_act else STATED
        shares = [
            _Share(part.get(self.measure), REST if self.measure in rests else stated, True)
            for part, rests in zip(pool.shares, pool.rests, strict=True)
        ]
        remainder = ONE - sum((part.share for part in shares if part.share is not None), Fraction(0))
        by_end: dict[str, list[int]] = {}
        for part in range(len(pool.ways)):
            if shares[part].share is None:
                by_end.setdefault(self._end(pool, part), []).append(part)
        # Behind the parts of the links there may be one more, which is lost.
        lossy = pool.size > len(pool.ways)
        of_ends, how = self._shares_of_ends(pool, by_end, amount, lossy)
        if by_end and not how:
            return None
        is_fact = how in (REST, NOTHING)
        for end, (first, *others) in by_end.items():
            share = of_ends[end]
            # The first part of an end takes all that goes there.
            shares[first] = _Share(None if share is None else share * remainder, how, is_fact)
            for part in others:
                shares[part] = _Share(None if share is None else Fraction(0), how, is_fact)
        if lossy and shares[-1].share is None and None not in of_ends.values():
            # What is lost is what no part takes: all that is left, or nothing.
            shares[-1] = shares[-1]._replace(share=Fraction(0) if by_end else remainder)
        return shares

    def _shares_of_ends(
        self, pool: Pool, by_end: Mapping[str, list[int]], amount: Quantity, lossy: bool
    ) -> tuple[Mapping[str, Fraction | None], str]:
        """The shares of the ends of parts without a stated share, and how they are known: empty if they are not."""
        if not by_end:
            return {}, ""
        if len(by_end) == 1 and not lossy:
            # All parts without a share went to one unit in the end, so how they differ does not matter.
            return dict.fromkeys(by_end, ONE), REST
        rows = [self._row_of_parts(pool, end, parts) for end, parts in by_end.items()]
        return self.run.asked(pool.unit, rows, amount) or ({}, "")

    def _end(self, pool: Pool, part: int) -> str:
        """The new unit in which all of a part ends; else the unit that it went to first."""
        ends = self.finals.get((pool.number, part), set())
        return next(iter(ends)) if len(ends) == 1 else pool.ways[part].new

    def _row_of_parts(self, pool: Pool, end: str, parts: Sequence[int]) -> CorrespondenceRow:
        """A row from a divided unit to where some of its parts end, for a policy."""
        ways = [pool.ways[part] for part in parts]
        dominant_by = next((way.dominant_by for way in ways if way.dominant_by), "")
        shares = tuple(pool.shares[parts[0]].items())
        return CorrespondenceRow(pool.unit, end, "part", shares, any(way.dominant for way in ways), dominant_by)

    # ---- contributions

    def into(self, parts: dict[str, list[Contribution]]) -> None:
        """Add the contributions to each new unit; an amount without a successor is refused or dropped."""
        # In the order of events, so that a pool finds the parts of the pools before it.
        for pool in self.pools:
            self.divided[pool.number] = self.divide(pool)
        for old in filter(self._is_divided, self.by_unit):
            row_of = {row.new: row for row in self.map[old]}
            for place, part in self.parts_by_place(old).items():
                if place in NOWHERE:
                    self.run.lose(old, part.amount, part.share or ONE)
                elif isinstance(place, str):
                    self._add(parts, row_of[place], self.by_unit[old], part)
        needed = {pool.number for pool in self.pools}
        for new, bags in self.trace.places.items():
            for bag in bags:
                if bag.pool is not None and bag.pool.number in needed:
                    self._add_bag(parts, new, bag, bag.pool)

    def _add_bag(self, parts: dict[str, list[Contribution]], new: str, bag: Bag, pool: Pool) -> None:
        """Add the contribution of a bag that is in a new unit, or nowhere, at last."""
        part = self.divided[pool.number][bag.part]
        origins = self.trace.origins(bag)
        only = next(iter(origins)) if len(origins) == 1 and OFF_RECORD.isdisjoint(origins) else None
        if new in NOWHERE:
            if part.amount.is_known or part.how == NOT_GIVEN:
                self.run.lose(only or pool.unit, part.amount, part.share or ONE)
        elif only is not None and only in self.by_unit:
            row = next(row for row in self.map[only] if row.new == new)
            self._add(parts, row, self.by_unit[only], part)
        elif not self.by_unit.keys().isdisjoint(origins):
            # Pooled figures have no single origin: they count as a part of the divided unit.
            shares = pool.shares[bag.part]
            row = CorrespondenceRow(pool.unit, new, "part", tuple(shares.items()), exact=False, links=bag.links)
            of_pool = evolve(part, share=shares.get(self.measure))
            self._add(parts, row, self.total(pool).amount, of_pool)

    @staticmethod
    def _add(parts: dict[str, list[Contribution]], row: CorrespondenceRow, figure: Quantity, part: _Amount) -> None:
        exact = part.exact and part.amount.is_exact
        contribution = Contribution(row, figure.plain, part.share, part.how, part.amount, exact)
        parts.setdefault(row.new, []).append(contribution)
