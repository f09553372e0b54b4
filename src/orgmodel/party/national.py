"""A made-up national organisation on the real skeleton, for simulations, tests and measurements.

The centre, the provinces, districts and communes, and what the reform of 2025 made of
them are real (see :mod:`orgmodel.party.vietnam`), taken as if the state of before the
reform had stood since the first day. All below them is made up: organisations, cells,
numbers of members and every change of theirs. No figure of it says anything about a real
organisation.

Proportions are those published of Đà Nẵng on 2025-08-31: 300 grassroots organisations with
cells (đảng bộ cơ sở) and 534 that are cells themselves (chi bộ cơ sở), 37 sections (đảng bộ
bộ phận), 3,405 cells under commune committees and 1,715 under grassroots ones, 139,534 members.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import chain, filterfalse
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.history.tables import from_tables, to_tables
from orgmodel.model.source import Source
from orgmodel.party import kinds, vietnam

__all__ = ["synthetic"]

Whole = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

SOURCE: Final = Source("synthetic", title="made up by orgmodel.party.synthetic; not a record of anything real")
"""The source of all that is made up."""

COMMITTEES: Final = 300
GRASSROOTS_CELLS: Final = 534
SECTIONS: Final = 37
CELLS_OF_COMMUNES: Final = 3_405
CELLS_OF_COMMITTEES: Final = 1_715
MEMBERS: Final = 139_534
_ALL: Final = COMMITTEES + GRASSROOTS_CELLS + SECTIONS + CELLS_OF_COMMUNES + CELLS_OF_COMMITTEES

SMALLEST: Final = 1_000
LONGEST: Final = 30
_LAST: Final = dt.date(2026, 1, 1)
_REFORM: Final = kinds.THREE_LEVELS_FROM.toordinal()
_NEVER: Final = np.iinfo(np.int32).max
_SIZES: Final = np.array([5, 7, 9, 11, 13, 14, 16, 17, 19, 21, 22, 24, 26, 28, 31, 34, 38, 42, 48, 55])
"""Numbers of official members, each as likely as the others: 24 in the mean, 24.7 with those on probation."""
_SPLITS_FROM: Final = 20
"""Smaller cells do not split."""


class _Draws:
    """Random numbers from the raw stream of PCG64, which is the same on every platform and in every numpy."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def unit(self, count: int) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1)."""
        return (self._bits.random_raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, limit: int | Whole, count: int) -> Whole:
        """Whole numbers from 0 to each limit - 1."""
        return (self.unit(count) * limit).astype(np.int64)


class _Groups:
    """Candidates by the group they belong to."""

    def __init__(self, group: Whole) -> None:
        self._order = np.argsort(group, kind="stable")
        self._sorted = group.take(self._order)

    def pick(self, wanted: Whole, draw: npt.NDArray[np.float64]) -> Whole:
        """The place of a candidate of each wanted group, chosen by the draw; -1 where the group is empty."""
        low = np.searchsorted(self._sorted, wanted, side="left")
        count = np.searchsorted(self._sorted, wanted, side="right") - low
        if not len(self._order):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(low + (draw * count).astype(np.int64), len(self._order) - 1)
        return np.where(count > 0, self._order.take(at), -1)


def _by(rank: Mapping[str, int], table: Mapping[str, Any], column: str) -> dict[str, Any]:
    """A table with its rows in order of the units in a column."""
    order = np.argsort([rank.get(unit, -1) for unit in table[column].tolist()], kind="stable")
    return {name: values.take(order) for name, values in table.items()}


def _lasting(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without the rows that another one of their day took the place of."""
    return {name: values.compress(table["start"] != table["end"]) for name, values in table.items()}


class _Country:
    """The real units of the reform and what is on record of them, as numbers: places in ``ids``.

    Attributes:
        ids: texts, in the order of the units in the history.
        kind, start, end: one per unit, days as ordinals.
        parents: (unit, parent or -1, start).
        facts: track -> (unit, value, start).
        links: (old, new, extent).
        sources: day of the reform -> its source.
    """

    def __init__(self) -> None:
        reform = vietnam.reform_2025()
        tables = to_tables(reform)
        # By unit, each with its rows in order of time: what is drawn here goes through them in this order.
        rank = {unit: at for at, unit in enumerate(reform.unit_ids())}
        units = _by(rank, tables["units"], "id")
        self.ids: Words = units["id"]
        self.start, self.end = _ordinals(units["start"]), _ordinals(units["end"])
        number = {unit: at for at, unit in enumerate(self.ids.tolist())}

        def numbers(ids: Words) -> Whole:
            return np.array([-1 if unit is None else number[unit] for unit in ids.tolist()], np.int64)

        rows = _lasting(_by(rank, tables["parents"], "unit"))
        self.parents = numbers(rows["unit"]), numbers(rows["parent"]), _ordinals(rows["start"])
        self.facts: dict[str, tuple[Whole, Any, Whole]] = {}
        for track in ("kind", "category", "name", "code"):
            rows = _lasting(_by(rank, tables["facts"][track], "unit"))
            self.facts[track] = numbers(rows["unit"]), rows["value"], _ordinals(rows["start"])
        links = tables["links"]
        self.links = numbers(links["old"]), numbers(links["new"]), links["extent"]
        unit, kind, _ = self.facts["kind"]
        self.kind = np.full(len(self.ids), "", object)
        self.kind[unit] = kind
        # Of several acts of the day the last one, as the rows of the day are one act here.
        self.sources = {act.effective: act.source for act in reform.acts if act.effective.toordinal() == _REFORM}

    def provinces(self) -> Whole:
        """The new province of each unit, -1 for none; old provinces and what was below them by the links."""
        child, above, since = self.parents
        order = np.argsort(since, kind="stable")
        parent = np.full(len(self.ids), -1, np.int64)
        parent[child.take(order)] = above.take(order)
        province = np.where((self.kind == kinds.PROVINCE) & (self.end > _REFORM), np.arange(len(self.ids)), -1)
        old, new = self.province_links()
        province[old] = new
        # Districts stand under provinces, and communes under districts.
        for _ in range(2):
            province = np.where(province < 0, np.where(parent >= 0, province.take(parent), -1), province)
        return province

    def province_links(self) -> tuple[Whole, Whole]:
        """Old and new province of each merger."""
        old, new, _ = self.links
        merging = self.kind.take(old) == kinds.PROVINCE
        return old[merging], new[merging]


class _Skeleton:
    """The real units of some new provinces and of what they were made from, as numbers: places in ``ids``.

    The state of before the reform is taken to have stood since the first day. Attributes as of :class:`_Country`, and:

    Attributes:
        province: the new province of each unit.
    """

    def __init__(self, units: int, first: int) -> None:
        country = _Country()
        province = country.provinces()
        standing = np.isin(country.kind, [kinds.DISTRICT, kinds.COMMUNE, kinds.PROVINCE])
        before = standing & (country.start < _REFORM) & (province >= 0)
        sizes = np.bincount(province.compress(before), minlength=len(country.ids))
        merged = set(np.unique(country.province_links()[1]).tolist())
        included = standing & np.isin(province, _chosen_provinces(units, sizes, merged))
        included |= country.kind == kinds.CENTRE
        place = np.cumsum(included) - 1
        self.ids, self.kind, self.end = country.ids[included], country.kind[included], country.end[included]
        self.count = len(self.ids)
        self.province = np.where(province >= 0, place.take(province), -1)[included]
        self.start = np.where(country.start < _REFORM, first, country.start)[included]
        self.sources = country.sources
        child, above, since = country.parents
        days = self._since(since, country.start.take(child), first)
        rows = included.take(child) & (days < _NEVER)
        self.parents = (
            place.take(child[rows]),
            np.where(above[rows] < 0, -1, place.take(above[rows])),
            days[rows],
        )
        self.facts = {}
        for track, (unit, value, since) in country.facts.items():
            rows = included.take(unit)
            days = self._since(since, country.start.take(unit), first)
            self.facts[track] = place.take(unit[rows]), value[rows], days[rows]
        old, new, extent = country.links
        rows = included.take(old) & included.take(new)
        self.links = place.take(old[rows]), place.take(new[rows]), extent[rows]

    @staticmethod
    def _since(day: Whole, born: Whole, first: int) -> Whole:
        """The days, those before the reform on which a unit was first seen being the first of all."""
        return np.where((day < _REFORM) & (day == born), first, np.maximum(day, first))

    def of(self, kind: str, day: int) -> Whole:
        """The units of a kind on a day."""
        return np.flatnonzero((self.kind == kind) & (self.start <= day) & (day < self.end))

    def above(self, day: int) -> Whole:
        """The parent of each unit on a day, -1 where there is none."""
        unit, parent, since = self.parents
        out = np.full(self.count, -1, np.int64)
        rows = np.flatnonzero(since <= day)
        rows = rows.take(np.argsort(since.take(rows), kind="stable"))
        out[unit.take(rows)] = parent.take(rows)
        return out


def _chosen_provinces(units: int, sizes: Whole, merged: set[int]) -> list[int]:
    """The new provinces of an organisation of a size: all, or small ones of both sorts, up to an eighth of the units."""
    by_size = [place for place in np.argsort(sizes, kind="stable").tolist() if sizes[place]]
    if units >= int(sizes.sum()) * 8:
        return by_size
    # The smallest of the merged ones and of the others in turn, then the rest of the more numerous sort by size.
    joined, alone = filter(merged.__contains__, by_size), filterfalse(merged.__contains__, by_size)
    in_turn = dict.fromkeys(chain.from_iterable(zip(joined, alone, strict=False)))
    chosen: list[int] = []
    left = units // 8
    for place in in_turn | dict.fromkeys(by_size):
        # Two in any case: one that was merged and one that was not.
        if len(chosen) < 2 or sizes[place] <= left:
            chosen.append(place)
            left -= int(sizes[place])
    return chosen


class _Growing:
    """The tables as they grow: units first, then rows of parents, facts and links."""

    def __init__(self, skeleton: _Skeleton) -> None:
        self.count = skeleton.count
        self.ids: list[Words] = [skeleton.ids]
        self.life: list[tuple[Whole, Whole]] = [(skeleton.start, skeleton.end)]
        self.parents = [skeleton.parents]
        self.facts: dict[str, list[tuple[Whole, Any, Whole]]] = {t: [rows] for t, rows in skeleton.facts.items()}
        old, new, extent = skeleton.links
        self.links = [(old, new, np.full(len(old), _REFORM), extent)]

    def units(
        self, letter: str, kind: str, start: Whole, end: Whole, *, name: Words, category: str | None = None
    ) -> Whole:
        """New units of one kind; their numbers."""
        numbers = np.arange(self.count, self.count + len(start))
        first = sum(len(ids) for ids in self.ids if len(ids) and str(ids[0]).startswith(f"{letter}-"))
        self.ids.append(np.array([f"{letter}-{n}" for n in range(first + 1, first + len(start) + 1)], object))
        self.life.append((start, end))
        self.count += len(start)
        self.fact("kind", numbers, np.full(len(numbers), kind, object), start)
        self.fact("name", numbers, name, start)
        if category is not None:
            self.fact("category", numbers, np.full(len(numbers), category, object), start)
        return numbers

    def fact(self, track: str, unit: Whole, value: Any, start: Whole) -> None:
        """Rows of a fact."""
        self.facts.setdefault(track, []).append((unit, value, start))

    def stand(self, unit: Whole, place: Whole, start: Whole, end: Whole, over: Whole, heir: Whole) -> None:
        """Units stand at a place from start to end; from the place's own end on, ``over``, at its heir."""
        stays = start < np.minimum(over, end)
        self.parents.append((unit[stays], place[stays], start[stays]))
        after = (over < end) & (heir >= 0)
        self.parents.append((unit[after], heir[after], np.maximum(start, over)[after]))

    def link(self, old: Whole, new: Whole, day: Whole, extent: str = "whole") -> None:
        """Units became others."""
        self.links.append((old, new, day, np.full(len(old), extent, object)))

    def absorb(self, old: Whole, new: Whole, day: Whole) -> None:
        """Units were taken over by others, which go on."""
        self.link(old, new, day)
        # One link of an heir to itself per day, however many it absorbs: day and number in one key are sorted at once.
        once = np.unique(day << 32 | new)
        self.link(once & 0xFFFFFFFF, once & 0xFFFFFFFF, once >> 32)


def synthetic(units: int = 30_000, years: int = 15, seed: int = 2025) -> History:
    """A made-up national organisation, the same for the same arguments on every platform.

    The skeleton is whole from about 87,000 units on; a smaller organisation has only
    some of the new provinces and what they were made from, at least one that was merged
    and one that was not, so that the skeleton is about an eighth of it or, in the
    smallest, as little as can be. A larger one has more cells.

    Over 15 years a sixth of the cells are founded, one in twelve is dissolved, one in eight
    moves, one in twenty is absorbed by another, one in twenty-five splits in two; grassroots
    organisations are founded, absorbed and moved. On 2025-07-01 the reform merges
    provinces and communes, ends the districts, and hands on what stood under them.

    ``members_official`` and ``members_probationary`` are stated of cells and of grassroots
    organisations that are cells. A merger keeps their sum, a split divides it.

    Args:
        units: about how many units live at a time, from 1,000 on.
        years: how many years until the end of 2025, from 1 to 30.
        seed: another seed, another organisation.

    Raises:
        Refused: a number is out of range.

    >>> history = synthetic(units=1_000, years=1, seed=1)
    >>> history.first_day, history.at("2025-06-30").count("district") > 0, history.at("2025-07-01").count("district")
    (datetime.date(2025, 1, 1), True, 0)
    >>> history == synthetic(units=1_000, years=1, seed=1)
    True
    """
    faults = [
        Finding("range", f"{name} is {value}; give {low:,} to {high:,}")
        for name, value, low, high in (
            ("units", units, SMALLEST, 10_000_000),
            ("years", years, 1, LONGEST),
            ("seed", seed, 0, 2**63 - 1),
        )
        if not low <= value <= high
    ]
    if faults:
        raise Refused("a synthetic organisation", faults)
    tables = synthetic_tables(units, years, seed)
    return from_tables(tables.pop("units"), **tables)


def synthetic_tables(units: int = 30_000, years: int = 15, seed: int = 2025) -> dict[str, Any]:
    """The arguments of :func:`orgmodel.from_tables` from which :func:`synthetic` makes its history.

    >>> tables = synthetic_tables(2_000, 2)
    >>> sorted(tables)
    ['facts', 'links', 'measures', 'parents', 'schema', 'source', 'sources', 'units']
    """
    story = _Story(units, years, seed)
    # What stands below is drawn after what it stands under. The order of the draws is part of the result.
    story.draw_direct_organisations()
    committees = story.draw_grassroots(COMMITTEES, kinds.COMMITTEE_OF_GRASSROOTS, "Đảng bộ cơ sở")
    singles = story.draw_grassroots(GRASSROOTS_CELLS, kinds.CELL_OF_GRASSROOTS, "Chi bộ cơ sở")
    sections = story.draw_sections(committees)
    cells = story.draw_cells(_Homes(story, committees, sections))
    story.draw_members(singles, cells)
    return _tables(story.out, story.real)


class _Organisations(NamedTuple):
    """Drawn grassroots organisations, as arrays of one length.

    Attributes:
        units: their numbers in the tables.
        seat: where each stands, as a place in the story's seats.
        start, end: ordinals of days.
        heir: the place of the one that absorbs it, -1 for none.
        steady: the places of the organisations to which nothing happens.
    """

    units: Whole
    seat: Whole
    start: Whole
    end: Whole
    heir: Whole
    steady: Whole


class _Sections(NamedTuple):
    """Drawn sections, with the place of the committee that each stands under."""

    units: Whole
    under: Whole


class _Cells(NamedTuple):
    """Drawn cells: first those that do not come from a split, then two for each that splits.

    Attributes:
        units: their numbers in the tables.
        start, end: ordinals of days.
        heir: the place of the cell that absorbs each, -1 for none.
        mothers: the places of the cells that split, each twice; their halves are the last cells, in this order.
    """

    units: Whole
    start: Whole
    end: Whole
    heir: Whole
    mothers: Whole


class _Story:
    """The made-up part of an organisation, drawn step by step onto the real skeleton."""

    def __init__(self, units: int, years: int, seed: int) -> None:
        self.first = dt.date(_LAST.year - years, 1, 1).toordinal()
        self.pace = years / 15
        self.rng = _Draws(seed)
        self.real = real = _Skeleton(units, self.first)
        self.out = _Growing(real)
        # Nothing made up happens around the first day and around the reform, so that no two stories meet on one day.
        after_reform = np.arange(_REFORM + 60, _LAST.toordinal())
        self.days = np.concatenate([np.arange(self.first + 30, _REFORM - 7), after_reform])
        self.before = real.above(_REFORM - 1)
        self.districts, self.communes, self.provinces = (
            real.of(kind, _REFORM - 1) for kind in (kinds.DISTRICT, kinds.COMMUNE, kinds.PROVINCE)
        )
        # What each commune became, and of each district what its communes became.
        old, new, _ = real.links
        became = (real.kind.take(old) == kinds.COMMUNE) & (real.kind.take(new) == kinds.COMMUNE)
        stays = self.communes.compress(real.end.take(self.communes) > _REFORM)
        old_place, self.new_place = np.append(old[became], stays), np.append(new[became], stays)
        self.heirs_of_commune = _Groups(old_place)
        straight = real.kind.take(old) == kinds.DISTRICT
        self.heirs_of_district = _Groups(np.append(self.before.take(old_place), old[straight]))
        self.below_district = np.append(self.new_place, new[straight])
        self.anywhere = real.of(kinds.COMMUNE, _REFORM)
        self.heirs_of_province = _Groups(real.province.take(self.anywhere))
        standing = int((real.start < _REFORM).sum())
        self.share = max(units - standing - 2 * len(self.provinces), 100) / _ALL

    # ---- draws

    def some_days(self, count: int) -> Whole:
        """Days on which made-up things happen."""
        return self.days.take(self.rng.below(len(self.days), count))

    def fates(self, count: int, *chances: float) -> Whole:
        """Which of several things happens to each, -1 for none of them."""
        fate = np.searchsorted(np.cumsum(np.array(chances) * self.pace), self.rng.unit(count), side="right")
        return np.where(fate < len(chances), fate, -1)

    def names(self, word: str, numbers: int, count: int) -> Words:
        """Names of a word and a number, as units of one kind are called."""
        listed = np.array([f"{word} {number}" for number in range(1, numbers + 1)], object)
        return listed.take(self.rng.below(numbers, count))

    def matched(self, offered: Whole, wanted: Whole) -> Whole:
        """A place in ``offered`` with the group of each that is wanted; -1 where no such group is offered."""
        return _Groups(offered).pick(wanted, self.rng.unit(len(wanted)))

    def absorbed(self, group: Whole, going: Whole, steady: Whole) -> tuple[Whole, Whole]:
        """Those of ``going`` that a steady one of their group can absorb, and which one does."""
        chosen = self.matched(group.take(steady), group.take(going))
        return going.compress(chosen >= 0), steady.take(chosen.compress(chosen >= 0))

    # ---- organisations directly above the grassroots

    def draw_direct_organisations(self) -> None:
        """Two in each province, merged with it; then all seats of grassroots organisations are known."""
        out, real, first, provinces = self.out, self.real, self.first, self.provinces
        titles = np.array(["Đảng bộ khối các cơ quan", "Đảng bộ khối doanh nghiệp"], object)
        top = np.repeat(provinces, 2)
        until = np.where(real.end.take(top) > _REFORM, _NEVER, _REFORM)
        direct = out.units(
            "d", kinds.DIRECT_ORGANISATION, np.full(len(top), first), until, name=np.tile(titles, len(provinces))
        )
        out.parents.append((direct, top, np.full(len(top), first)))
        merged = np.unique(real.province.take(top[until == _REFORM]))
        above = np.repeat(merged, 2)
        joint = out.units(
            "d", kinds.DIRECT_ORGANISATION, np.full(len(above), _REFORM), np.full(len(above), _NEVER),
            name=np.tile(titles, len(merged)),
        )  # fmt: skip
        out.parents.append((joint, above, np.full(len(above), _REFORM)))
        passing = np.flatnonzero(until == _REFORM)
        # The first of each two goes into the first of the new province, the second into the second.
        into = np.searchsorted(merged, real.province.take(top.take(passing))) * 2 + passing % 2
        out.link(direct.take(passing), joint.take(into), np.full(len(passing), _REFORM))
        self.heir_of_direct = direct.copy()
        self.heir_of_direct[passing] = joint.take(into)
        # Grassroots organisations stand under districts (later communes) and under the direct organisations.
        self.seats = np.concatenate([self.districts, direct])
        self.seat_over = np.concatenate([np.full(len(self.districts), _REFORM), until])
        self.area = np.concatenate([self.before.take(self.districts), top])

    def seat_heir(self, seat: Whole, draw: npt.NDArray[np.float64]) -> Whole:
        """Where a grassroots organisation of a seat stands after the reform."""
        number = len(self.districts)
        of_district = self.heirs_of_district.pick(self.seats.take(seat), draw)
        # A district that nothing became of goes anywhere in its new province.
        spare = self.heirs_of_province.pick(self.real.province.take(self.area.take(seat)), draw)
        commune = np.where(
            of_district >= 0,
            self.below_district.take(np.maximum(of_district, 0)),
            self.anywhere.take(np.maximum(spare, 0)),
        )
        return np.where(seat < number, commune, self.heir_of_direct.take(np.maximum(seat - number, 0)))

    # ---- grassroots organisations and sections

    def draw_grassroots(self, weight: int, category: str, word: str) -> _Organisations:
        """Grassroots organisations of one category: founded, absorbed, moved."""
        rng, out = self.rng, self.out
        at_first = round(self.share * weight)
        founded = round(at_first * 0.12 * self.pace)
        count = at_first + founded
        # One in eight stands under a direct organisation.
        districts, direct = len(self.districts), len(self.seats) - len(self.districts)
        seat = np.where(rng.unit(count) < 0.125, districts + rng.below(direct, count), rng.below(districts, count))
        start = np.full(count, self.first)
        start[at_first:] = self.some_days(founded)
        fate = self.fates(count, 0.08, 0.05)
        fate[at_first:] = -1
        steady = np.flatnonzero((fate < 0) & (start == self.first))
        going, into = self.absorbed(seat, np.flatnonzero(fate == 0), steady)
        heir, end = np.full(count, -1), np.full(count, _NEVER)
        heir[going] = into
        end[going] = self.some_days(len(going))
        units = out.units("g", kinds.GRASSROOTS, start, end, name=self.names(word, 40, count), category=category)
        draw = rng.unit(count)
        # An absorbed organisation stood where the one that absorbed it stands.
        draw[going] = draw.take(into)
        moving = np.flatnonzero(fate == 1)
        to = self.matched(self.area, self.area.take(seat.take(moving)))
        moved_on = np.full(count, _NEVER)
        moved_on[moving] = self.some_days(len(moving))
        seats, over = self.seats, self.seat_over
        out.stand(
            units, seats.take(seat), start, np.minimum(end, moved_on), over.take(seat), self.seat_heir(seat, draw)
        )
        out.stand(
            units.take(moving), seats.take(to), moved_on.take(moving), end.take(moving), over.take(to),
            self.seat_heir(to, draw.take(moving)),
        )  # fmt: skip
        out.absorb(units.take(going), units.take(into), end.take(going))
        return _Organisations(units, seat, start, end, heir, steady)

    def draw_sections(self, committees: _Organisations) -> _Sections:
        """Sections under committees that nothing befalls."""
        count = max(1, round(self.share * SECTIONS))
        under = committees.steady.take(self.rng.below(len(committees.steady), count))
        since = np.full(count, self.first)
        name = self.names("Đảng bộ bộ phận", 9, count)
        units = self.out.units("s", kinds.SECTION, since, np.full(count, _NEVER), name=name)
        self.out.parents.append((units, committees.units.take(under), since))
        return _Sections(units, under)

    # ---- cells

    def draw_cells(self, homes: _Homes) -> _Cells:
        """Cells of communes, committees and sections: founded, dissolved, absorbed, split, moved, renamed."""
        rng, out, first = self.rng, self.out, self.first
        of_communes, of_committees = round(self.share * CELLS_OF_COMMUNES), round(self.share * CELLS_OF_COMMITTEES)
        in_communes = self._spread(of_communes, len(self.communes))
        home = np.append(in_communes, homes.at_start.take(self._spread(of_committees, len(homes.at_start))))
        at_first = len(home)
        founded = round(at_first * 0.17 * self.pace)
        new_home = homes.steady.take(rng.below(len(homes.steady), founded))
        opened = self.some_days(founded)
        # A committee founded later has three cells from its first day on.
        filled = min(3 * len(homes.founded), founded)
        new_home[:filled] = np.repeat(homes.founded, 3)[:filled]
        opened[:filled] = homes.start.take(new_home[:filled])
        home = np.append(home, new_home)
        start = np.append(np.full(at_first, first), opened)
        alone = len(home)  # before splits
        fate = self.fates(alone, 0.08, 0.05, 0.04, 0.12)
        fate[at_first:] = -1
        draw = rng.unit(alone)
        end, heir = np.full(alone, _NEVER), np.full(alone, -1)
        steady = np.flatnonzero((fate < 0) & (start == first))
        going, into = self.absorbed(home, np.flatnonzero(fate == 1), steady)
        heir[going] = into
        draw[going] = draw.take(into)
        ending = np.sort(np.concatenate([going, np.flatnonzero((fate == 0) | (fate == 2))]))
        end[ending] = self.some_days(len(ending))
        # The two of a split follow their mother everywhere.
        mothers = np.repeat(np.flatnonzero(fate == 2), 2)
        home, start = np.append(home, home.take(mothers)), np.append(start, end.take(mothers))
        draw, end = np.append(draw, draw.take(mothers)), np.append(end, np.full(len(mothers), _NEVER))
        count = len(home)
        name = self.names("Chi bộ", 60, count)
        cells = out.units("c", kinds.CELL, start, end, name=name)
        moving = np.flatnonzero(fate == 3)
        to = self.matched(homes.area.take(homes.steady), homes.area.take(home.take(moving)))
        moving, to = moving.compress(to >= 0), homes.steady.take(to.compress(to >= 0))
        moved_on = np.full(count, _NEVER)
        moved_on[moving] = self.some_days(len(moving))
        places, over = homes.places, homes.over
        out.stand(cells, places.take(home), start, np.minimum(end, moved_on), over.take(home), homes.heir(home, draw))
        out.stand(
            cells.take(moving), places.take(to), moved_on.take(moving), end.take(moving), over.take(to),
            homes.heir(to, draw.take(moving)),
        )  # fmt: skip
        out.absorb(cells.take(going), cells.take(into), end.take(going))
        out.link(cells.take(mothers), cells[alone:], end.take(mothers), "part")
        renamed = np.flatnonzero((rng.unit(count) < 0.2 * self.pace) & (start == first) & (end == _NEVER))
        new_names = name.take(rng.below(len(name), len(renamed)))
        out.fact("name", cells.take(renamed), new_names, self.some_days(len(renamed)))
        return _Cells(cells, start, end, np.append(heir, np.full(len(mothers), -1)), mothers)

    def _spread(self, count: int, places: int) -> Whole:
        """Places of cells: two for each place in turn, the others anywhere."""
        turn = np.arange(count)
        return np.where(turn < 2 * places, turn % places, self.rng.below(places, count))

    # ---- members

    def draw_members(self, singles: _Organisations, cells: _Cells) -> None:
        """Members of cells and of grassroots organisations that are cells.

        A figure is the unit's first one, plus a drift that is redrawn from time to time, plus what the unit absorbed.
        """
        rng, out = self.rng, self.out
        units = np.concatenate([singles.units, cells.units])
        born, over_on = np.concatenate([singles.start, cells.start]), np.concatenate([singles.end, cells.end])
        into = np.concatenate([singles.heir, np.where(cells.heir >= 0, len(singles.units) + cells.heir, -1)])
        count = len(units)
        base = _SIZES.take(rng.below(len(_SIZES), count))
        mothers = len(singles.units) + cells.mothers
        base[mothers] = np.maximum(base.take(mothers), _SPLITS_FROM)
        drawn = rng.below(max(1, round(3 * self.pace)) + 1, count)
        who = np.repeat(np.arange(count), drawn)
        on_day = self.some_days(len(who))
        lived = (on_day > born.take(who)) & (on_day < over_on.take(who))
        who, on_day = who[lived], on_day[lived]
        # One number a day: day and unit in one key, of which the first draw counts.
        _, once = np.unique(who << 32 | on_day, return_index=True)
        who, on_day = who[once], on_day[once]
        drift = rng.below(7, len(who)) - 3
        absorbed, halves = np.flatnonzero(into >= 0), np.arange(count - len(mothers), count)
        official = _amounts(base, who, on_day, drift, absorbed, into, over_on, born, halves, mothers)
        out.fact("measure:members_official", units.take(official[0]), official[1], official[2])
        takes_no_one = ~np.isin(np.arange(count), into)
        some = np.flatnonzero((rng.unit(count) < 0.35) & (over_on == _NEVER) & (born == self.first) & takes_no_one)
        at_first = np.full(len(some), self.first)
        out.fact("measure:members_probationary", units.take(some), 1 + rng.below(3, len(some)), at_first)
        admitted = self.some_days(len(some))
        out.fact("measure:members_probationary", units.take(some), 1 + rng.below(3, len(some)), admitted)


class _Homes:
    """What cells stand under: communes, then committees, then sections, as arrays of one length.

    Attributes:
        places: their numbers in the tables.
        start: the first day.
        over: the day on which the home ends and its cells go to its heir.
        area: the district or direct organisation above it, within which cells move.
        steady: the places of the homes to which nothing made up happens.
        at_start: the places of the committees and sections that are there from the first day on.
        founded: the places of the committees that are founded later.
    """

    def __init__(self, story: _Story, committees: _Organisations, sections: _Sections) -> None:
        self._story, self._committees = story, committees
        communes, first = story.communes, story.first
        self._first_committee, self._first_section = len(communes), len(communes) + len(committees.units)
        self.places = np.concatenate([communes, committees.units, sections.units])
        count, section_places = len(self.places), np.arange(self._first_section, len(self.places))
        self.start, self.over = np.full(count, first), np.full(count, _NEVER)
        self.start[self._first_committee : self._first_section] = committees.start
        self.over[self._first_committee : self._first_section] = committees.end
        self.over[: self._first_committee][story.real.end.take(communes) <= _REFORM] = _REFORM
        seat = story.seats.take(committees.seat)
        self.area = np.concatenate([story.before.take(communes), seat, seat.take(sections.under)])
        steady_committees = self._first_committee + committees.steady
        self.steady = np.concatenate([np.arange(len(communes)), steady_committees, section_places])
        self.founded = self._first_committee + np.flatnonzero(committees.start > first)
        self.at_start = np.append(self._first_committee + np.flatnonzero(committees.start == first), section_places)

    def heir(self, home: Whole, draw: npt.NDArray[np.float64]) -> Whole:
        """Where a cell of a home stands once the home is over, -1 if it never is."""
        story, committees = self._story, self._committees
        commune = story.heirs_of_commune.pick(self.places.take(home), draw)
        of_commune = np.where(commune >= 0, story.new_place.take(np.maximum(commune, 0)), -1)
        committee = committees.heir.take(np.clip(home - self._first_committee, 0, len(committees.units) - 1))
        of_committee = np.where(committee >= 0, committees.units.take(np.maximum(committee, 0)), -1)
        in_committee = np.where(home < self._first_section, of_committee, -1)
        return np.where(home < self._first_committee, of_commune, in_committee)


def _amounts(
    base: Whole, who: Whole, day: Whole, drift: Whole, absorbed: Whole, into: Whole, over_on: Whole, born: Whole,
    halves: Whole, mothers: Whole,
) -> tuple[Whole, Whole, Whole]:  # fmt: skip
    """(unit, number, day) of every number: a merger adds what it absorbed, a split divides.

    A unit that is absorbed or split absorbs nothing itself, so its last number is known first.
    """
    m = len(base)
    last = np.full(m, 0)
    order = np.lexsort((day, who))
    final = np.flatnonzero(np.append(who.take(order)[1:] != who.take(order)[:-1], True)) if len(who) else order
    last[who.take(order.take(final))] = drift.take(order.take(final))
    ended = base + last
    base = base.copy()
    # Of each two that came from one, the first gets the half rounded up.
    first = np.arange(len(halves)) % 2 == 0
    base[halves] = np.where(first, ended.take(mothers) + 1, ended.take(mothers)) // 2
    # A drift of at most 3 keeps every number positive: the halves have the smallest ones, so they do not drift.
    drifting = ~np.isin(who, halves)
    who, day, drift = who[drifting], day[drifting], drift[drifting]
    heirs = into.take(absorbed)
    rows_who = np.concatenate([np.arange(m), who, heirs])
    rows_day = np.concatenate([born, day, over_on.take(absorbed)])
    is_drift = np.concatenate([np.ones(m + len(who), bool), np.zeros(len(heirs), bool)])
    drifts = np.concatenate([np.zeros(m, np.int64), drift, np.zeros(len(heirs), np.int64)])
    gained = np.concatenate([np.zeros(m + len(who), np.int64), ended.take(absorbed)])
    # By unit and day; what is absorbed on a day counts before the drift of that day.
    order = np.lexsort((is_drift, rows_day, rows_who))
    rows_who, rows_day, is_drift = rows_who.take(order), rows_day.take(order), is_drift.take(order)
    drifts, gained = drifts.take(order), np.cumsum(gained.take(order))
    begins = np.flatnonzero(np.append(True, rows_who[1:] != rows_who[:-1]))
    gained = gained - np.repeat(gained.take(begins), np.diff(np.append(begins, len(rows_who))))
    # The drift that was drawn last; each unit's first row draws 0.
    last_drift = np.maximum.accumulate(np.where(is_drift, np.arange(len(rows_who)), 0))
    value = base.take(rows_who) + gained + drifts.take(last_drift)
    ends_day = np.append((rows_who[1:] != rows_who[:-1]) | (rows_day[1:] != rows_day[:-1]), True)
    return rows_who[ends_day], value[ends_day], rows_day[ends_day]


def _tables(out: _Growing, real: _Skeleton) -> dict[str, Any]:
    """The tables, sorted by unit and day; a row that repeats the one before it is left out."""

    def together(rows: list[tuple[Any, ...]], at: int) -> Any:
        return np.concatenate([part[at] for part in rows])

    ids = np.concatenate(out.ids)
    start, end = together(out.life, 0), together(out.life, 1)

    def dated(rows: list[tuple[Whole, Any, Whole]]) -> tuple[Whole, Any, Whole]:
        unit, value, day = together(rows, 0), together(rows, 1), together(rows, 2)
        # Of two rows of one day the later one holds.
        order = np.lexsort((np.arange(len(unit)), day, unit))
        unit, value, day = unit.take(order), value.take(order), day.take(order)
        holds = np.append((unit[1:] != unit[:-1]) | (day[1:] != day[:-1]), True)
        unit, value, day = unit[holds], value[holds], day[holds]
        news = np.append(True, (unit[1:] != unit[:-1]) | (value[1:] != value[:-1]))
        return unit[news], value[news], day[news]

    unit, above, day = dated(out.parents)
    parents = ids.take(np.maximum(above, 0))
    parents[above < 0] = None
    tables: dict[str, Any] = {
        "units": {"id": ids, "start": _days(start), "end": _days(end)},
        "parents": {"unit": ids.take(unit), "parent": parents, "start": _days(day)},
        "facts": {},
    }
    for track, rows in out.facts.items():
        unit, value, day = dated(rows)
        tables["facts"][track] = {"unit": ids.take(unit), "value": value, "start": _days(day)}
    tables["links"] = {
        "old": ids.take(together(out.links, 0)),
        "new": ids.take(together(out.links, 1)),
        "day": _days(together(out.links, 2)),
        "extent": together(out.links, 3),
    }
    stated = {track.partition(":")[2] for track in out.facts}
    tables["schema"] = kinds.SCHEMA
    tables["measures"] = [measure for measure in kinds.MEASURES if measure.id in stated]
    tables["sources"] = real.sources
    tables["source"] = SOURCE
    return tables


def _ordinals(days: npt.NDArray[np.datetime64]) -> Whole:
    """Ordinals of days, the far end where there is none."""
    return np.where(np.isnat(days), _NEVER, days.astype(np.int64) + dt.date(1970, 1, 1).toordinal())


def _days(ordinals: Whole) -> npt.NDArray[np.datetime64]:
    """Days of ordinals, none for the far end."""
    days = (ordinals - dt.date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    days[ordinals >= _NEVER] = np.datetime64("NaT", "D")
    return days
