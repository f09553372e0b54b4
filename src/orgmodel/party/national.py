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
from typing import Any, Final

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


class _Skeleton:
    """The real units of some new provinces and of what they were made from, as numbers.

    Attributes:
        ids: texts; units are their places here.
        kind, start, end: one per unit, days as ordinals.
        parents: (unit, parent or -1, start).
        facts: track -> (unit, value, start).
        links: (old, new, extent).
    """

    def __init__(self, units: int, first: int) -> None:
        reform = vietnam.reform_2025()
        tables = to_tables(reform)
        # By unit, each with its rows in order of time: what is drawn here goes through them in this order.
        rank = {unit: at for at, unit in enumerate(reform.unit_ids())}
        tables["units"] = _by(rank, tables["units"], "id")
        tables["parents"] = _lasting(_by(rank, tables["parents"], "unit"))
        tables["facts"] = {track: _lasting(_by(rank, table, "unit")) for track, table in tables["facts"].items()}
        number = {unit: at for at, unit in enumerate(tables["units"]["id"].tolist())}
        count = len(number)

        def numbers(ids: Words) -> Whole:
            return np.array([-1 if unit is None else number[unit] for unit in ids.tolist()], np.int64)

        kind_of = np.full(count, "", object)
        facts = tables["facts"]
        kind_of[numbers(facts["kind"]["unit"])] = facts["kind"]["value"]
        start, end = _ordinals(tables["units"]["start"]), _ordinals(tables["units"]["end"])
        rows = tables["parents"]
        child, above, since = numbers(rows["unit"]), numbers(rows["parent"]), _ordinals(rows["start"])
        table = tables["links"]
        old, new = numbers(table["old"]), numbers(table["new"])
        parent = np.full(count, -1, np.int64)
        order = np.argsort(since, kind="stable")
        parent[child.take(order)] = above.take(order)

        # The new province of each unit; old provinces and what was below them by the links.
        province = np.where((kind_of == kinds.PROVINCE) & (end > _REFORM), np.arange(count), -1)
        tied = kind_of.take(old) == kinds.PROVINCE
        province[old[tied]] = new[tied]
        for _ in range(2):
            province = np.where(province < 0, np.where(parent >= 0, province.take(parent), -1), province)
        included = np.isin(kind_of, [kinds.DISTRICT, kinds.COMMUNE, kinds.PROVINCE])
        standing = included & (start < _REFORM)
        sizes = np.bincount(province.compress(standing & (province >= 0)), minlength=count)
        merged = set(np.unique(new[tied]).tolist())
        chosen = _chosen_provinces(units, sizes, merged)
        included &= np.isin(province, chosen)
        included |= kind_of == kinds.CENTRE
        self.place = place = np.cumsum(included) - 1
        self.ids = tables["units"]["id"][included]
        self.count = len(self.ids)
        self.kind = kind_of[included]
        self.province = np.where(province >= 0, place.take(province), -1)[included]
        self.start = np.where(start < _REFORM, first, start)[included]
        self.end = end[included]
        rows_in = included.take(child) & (self._since(since, start.take(child), first) < _NEVER)
        days = self._since(since, start.take(child), first)
        self.parents = (
            place.take(child[rows_in]),
            np.where(above[rows_in] < 0, -1, place.take(above[rows_in])),
            days[rows_in],
        )
        self.facts = {}
        for track in ("kind", "category", "name", "code"):
            unit, value = numbers(facts[track]["unit"]), facts[track]["value"]
            day = self._since(_ordinals(facts[track]["start"]), start.take(unit), first)
            rows_in = included.take(unit)
            self.facts[track] = place.take(unit[rows_in]), value[rows_in], day[rows_in]
        rows_in = included.take(old) & included.take(new)
        self.links = place.take(old[rows_in]), place.take(new[rows_in]), table["extent"][rows_in]
        # Of several acts of the day the last one, as the rows of the day are one act here.
        self.sources = {act.effective: act.source for act in reform.acts if act.effective.toordinal() == _REFORM}

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
    first = dt.date(_LAST.year - years, 1, 1).toordinal()
    last = _LAST.toordinal()
    rng = _Draws(seed)
    real = _Skeleton(units, first)
    out = _Growing(real)
    pace = years / 15
    # Nothing made up happens around the first day and around the reform, so that no two stories meet on one day.
    days = np.concatenate([np.arange(first + 30, _REFORM - 7), np.arange(_REFORM + 60, last)])

    def some_days(count: int) -> Whole:
        return days.take(rng.below(len(days), count))

    def fates(count: int, *chances: float) -> Whole:
        """Which of several things happens to each, -1 for none of them."""
        at = np.searchsorted(np.cumsum(np.array(chances) * pace), rng.unit(count), side="right")
        return np.where(at < len(chances), at, -1)

    before = real.above(_REFORM - 1)
    districts, communes = real.of(kinds.DISTRICT, _REFORM - 1), real.of(kinds.COMMUNE, _REFORM - 1)
    provinces = real.of(kinds.PROVINCE, _REFORM - 1)
    # What each commune became, and of each district what its communes became.
    old, new, _ = real.links
    became = (real.kind.take(old) == kinds.COMMUNE) & (real.kind.take(new) == kinds.COMMUNE)
    stays = communes.compress(real.end.take(communes) > _REFORM)
    old_place, new_place = np.append(old[became], stays), np.append(new[became], stays)
    heirs_of_commune = _Groups(old_place)
    straight = real.kind.take(old) == kinds.DISTRICT
    heirs_of_district = _Groups(np.append(before.take(old_place), old[straight]))
    below_district = np.append(new_place, new[straight])
    anywhere = real.of(kinds.COMMUNE, _REFORM)
    heirs_of_province = _Groups(real.province.take(anywhere))

    # ---- organisations directly above the grassroots: two in each province, merged with it
    standing = int((real.start < _REFORM).sum())
    made_up = max(units - standing - 2 * len(provinces), 100)
    titles = np.array(["Đảng bộ khối các cơ quan", "Đảng bộ khối doanh nghiệp"], object)
    top = np.repeat(provinces, 2)
    until = np.where(real.end.take(top) > _REFORM, _NEVER, _REFORM)
    direct = out.units(
        "d", kinds.DIRECT_ORGANISATION, np.full(len(top), first), until, name=np.tile(titles, len(provinces))
    )
    out.parents.append((direct, top, np.full(len(top), first)))
    fresh = np.unique(real.province.take(top[until == _REFORM]))
    fresh = np.repeat(fresh, 2)
    joint = out.units(
        "d", kinds.DIRECT_ORGANISATION, np.full(len(fresh), _REFORM), np.full(len(fresh), _NEVER),
        name=np.tile(titles, len(fresh) // 2),
    )  # fmt: skip
    out.parents.append((joint, fresh, np.full(len(fresh), _REFORM)))
    passing = np.flatnonzero(until == _REFORM)
    where = np.searchsorted(fresh[::2], real.province.take(top.take(passing))) * 2 + passing % 2
    out.link(direct.take(passing), joint.take(where), np.full(len(passing), _REFORM))
    heir_of_direct = direct.copy()
    heir_of_direct[passing] = joint.take(where)

    # ---- grassroots organisations: under districts (later communes) and under the direct organisations
    seats = np.concatenate([districts, direct])
    seat_over = np.concatenate([np.full(len(districts), _REFORM), until])
    area = np.concatenate([before.take(districts), top])

    def seat_heir(seat: Whole, draw: npt.NDArray[np.float64]) -> Whole:
        """Where a grassroots organisation of a seat stands after the reform."""
        place = seats.take(seat)
        heir_place = heirs_of_district.pick(place, draw)
        spare = heirs_of_province.pick(real.province.take(area.take(seat)), draw)
        commune = np.where(
            heir_place >= 0, below_district.take(np.maximum(heir_place, 0)), anywhere.take(np.maximum(spare, 0))
        )
        return np.where(seat < len(districts), commune, heir_of_direct.take(np.maximum(seat - len(districts), 0)))

    def grassroots(count: int, category: str, word: str) -> tuple[Whole, Whole, Whole, Whole, Whole, Whole]:
        """(numbers, seats, start, end, heirs' places in these arrays or -1, those that nothing befalls)."""
        founded = round(count * 0.12 * pace)
        n = count + founded
        # One in eight stands under a direct organisation.
        seat = np.where(rng.unit(n) < 0.125, len(districts) + rng.below(len(direct), n), rng.below(len(districts), n))
        start = np.full(n, first)
        start[count:] = some_days(founded)
        fate = fates(n, 0.08, 0.05)
        fate[count:] = -1
        steady = np.flatnonzero((fate < 0) & (start == first))
        heir = np.full(n, -1)
        going = np.flatnonzero(fate == 0)
        chosen = _Groups(seat.take(steady)).pick(seat.take(going), rng.unit(len(going)))
        going, chosen = going.compress(chosen >= 0), chosen.compress(chosen >= 0)
        heir[going] = steady.take(chosen)
        end = np.full(n, _NEVER)
        end[going] = some_days(len(going))
        name = np.array([f"{word} {k}" for k in range(1, 41)], object).take(rng.below(40, n))
        organisations = out.units("g", kinds.GRASSROOTS, start, end, name=name, category=category)
        draw = rng.unit(n)
        draw[going] = draw.take(heir.take(going))
        moving = np.flatnonzero(fate == 1)
        to = _Groups(area).pick(area.take(seat.take(moving)), rng.unit(len(moving)))
        on = np.full(n, _NEVER)
        on[moving] = some_days(len(moving))
        out.stand(
            organisations, seats.take(seat), start, np.minimum(end, on), seat_over.take(seat), seat_heir(seat, draw)
        )
        over, home = seat_over.take(to), seats.take(to)
        out.stand(
            organisations.take(moving), home, on.take(moving), end.take(moving), over, seat_heir(to, draw.take(moving))
        )
        out.absorb(organisations.take(going), organisations.take(heir.take(going)), end.take(going))
        return organisations, seat, start, end, heir, steady

    share = made_up / _ALL
    committees, seat, c_start, c_end, c_heir, c_steady = grassroots(
        round(share * COMMITTEES), kinds.COMMITTEE_OF_GRASSROOTS, "Đảng bộ cơ sở"
    )
    singles, _, s_start, s_end, s_heir, _ = grassroots(
        round(share * GRASSROOTS_CELLS), kinds.CELL_OF_GRASSROOTS, "Chi bộ cơ sở"
    )

    # ---- sections, under committees that nothing befalls
    n = max(1, round(share * SECTIONS))
    under = c_steady.take(rng.below(len(c_steady), n))
    sections = out.units(
        "s", kinds.SECTION, np.full(n, first), np.full(n, _NEVER),
        name=np.array([f"Đảng bộ bộ phận {k}" for k in range(1, 10)], object).take(rng.below(9, n)),
    )  # fmt: skip
    out.parents.append((sections, committees.take(under), np.full(n, first)))

    # ---- cells: homes are communes, committees and sections
    homes = np.concatenate([communes, committees, sections])
    home_start = np.concatenate([np.full(len(communes), first), c_start, np.full(n, first)])
    home_over = np.concatenate(
        [np.where(real.end.take(communes) > _REFORM, _NEVER, _REFORM), c_end, np.full(n, _NEVER)]
    )
    home_area = np.concatenate([before.take(communes), seats.take(seat), seats.take(seat.take(under))])
    home_steady = np.concatenate([np.arange(len(communes)), len(communes) + c_steady, np.arange(n) + len(homes) - n])

    def home_heir(home: Whole, draw: npt.NDArray[np.float64]) -> Whole:
        """Where a cell of a home stands once the home is over, -1 if it never is."""
        place = homes.take(home)
        commune = heirs_of_commune.pick(place, draw)
        committee = c_heir.take(np.clip(home - len(communes), 0, len(committees) - 1))
        after = np.where(commune >= 0, new_place.take(np.maximum(commune, 0)), -1)
        taken = np.where(committee >= 0, committees.take(np.maximum(committee, 0)), -1)
        return np.where(home < len(communes), after, np.where(home < len(homes) - n, taken, -1))

    of_communes, of_committees = round(share * CELLS_OF_COMMUNES), round(share * CELLS_OF_COMMITTEES)
    count = of_communes + of_committees
    at_start = np.concatenate([np.flatnonzero(c_start == first), np.arange(len(committees), len(committees) + n)])

    def spread(count: int, places: int) -> Whole:
        """Places of cells: two for each place in turn, the others anywhere."""
        turn = np.arange(count)
        return np.where(turn < 2 * places, turn % places, rng.below(places, count))

    home = np.concatenate(
        [spread(of_communes, len(communes)), len(communes) + at_start.take(spread(of_committees, len(at_start)))]
    )
    founded = round(count * 0.17 * pace)
    late = np.flatnonzero(c_start > first) + len(communes)
    new_home = home_steady.take(rng.below(len(home_steady), founded))
    opened = some_days(founded)
    # A committee founded later has three cells from its first day on.
    filled = min(3 * len(late), founded)
    new_home[:filled] = np.repeat(late, 3)[:filled]
    opened[:filled] = home_start.take(new_home[:filled])
    home = np.concatenate([home, new_home])
    start = np.concatenate([np.full(count, first), opened])
    total = count + founded
    fate = fates(total, 0.08, 0.05, 0.04, 0.12)
    fate[count:] = -1
    draw = rng.unit(total)
    end, heir = np.full(total, _NEVER), np.full(total, -1)
    steady = np.flatnonzero((fate < 0) & (start == first))
    going = np.flatnonzero(fate == 1)
    chosen = _Groups(home.take(steady)).pick(home.take(going), rng.unit(len(going)))
    going, chosen = going.compress(chosen >= 0), chosen.compress(chosen >= 0)
    heir[going] = steady.take(chosen)
    draw[going] = draw.take(heir.take(going))
    ending = np.sort(np.concatenate([going, np.flatnonzero((fate == 0) | (fate == 2))]))
    end[ending] = some_days(len(ending))
    splitting = np.flatnonzero(fate == 2)
    twice = np.repeat(splitting, 2)
    # The two of a split follow their mother everywhere.
    home, start = np.append(home, home.take(twice)), np.append(start, end.take(twice))
    draw, end = np.append(draw, draw.take(twice)), np.append(end, np.full(len(twice), _NEVER))
    all_cells = len(home)
    name = np.array([f"Chi bộ {k}" for k in range(1, 61)], object).take(rng.below(60, all_cells))
    cells = out.units("c", kinds.CELL, start, end, name=name)
    moving = np.flatnonzero(fate == 3)
    to = _Groups(home_area.take(home_steady)).pick(home_area.take(home.take(moving)), rng.unit(len(moving)))
    moving, to = moving.compress(to >= 0), home_steady.take(to.compress(to >= 0))
    on = np.full(all_cells, _NEVER)
    on[moving] = some_days(len(moving))
    out.stand(cells, homes.take(home), start, np.minimum(end, on), home_over.take(home), home_heir(home, draw))
    out.stand(
        cells.take(moving), homes.take(to), on.take(moving), end.take(moving), home_over.take(to),
        home_heir(to, draw.take(moving)),
    )  # fmt: skip
    out.absorb(cells.take(going), cells.take(heir.take(going)), end.take(going))
    out.link(cells.take(twice), cells[total:], end.take(twice), "part")
    renamed = np.flatnonzero((rng.unit(all_cells) < 0.2 * pace) & (start == first) & (end == _NEVER))
    out.fact("name", cells.take(renamed), name.take(rng.below(len(name), len(renamed))), some_days(len(renamed)))

    # ---- members: cells and grassroots organisations that are cells
    # A figure is the unit's first one, plus a drift that is redrawn from time to time, plus what the unit absorbed.
    unit = np.concatenate([singles, cells])
    born, over_on = np.concatenate([s_start, start]), np.concatenate([s_end, end])
    heir = np.append(heir, np.full(len(twice), -1))
    into = np.concatenate([s_heir, np.where(heir >= 0, len(singles) + heir, -1)])
    m = len(unit)
    base = _SIZES.take(rng.below(len(_SIZES), m))
    mothers = len(singles) + twice
    base[mothers] = np.maximum(base.take(mothers), _SPLITS_FROM)
    drawn = rng.below(max(1, round(3 * pace)) + 1, m)
    who = np.repeat(np.arange(m), drawn)
    on_day = some_days(len(who))
    valid = (on_day > born.take(who)) & (on_day < over_on.take(who))
    who, on_day = who[valid], on_day[valid]
    # One number a day: day and unit in one key, of which the first draw counts.
    _, once = np.unique(who << 32 | on_day, return_index=True)
    who, on_day = who[once], on_day[once]
    drift = rng.below(7, len(who)) - 3
    absorbed = np.flatnonzero(into >= 0)
    halves = len(singles) + total + np.arange(len(twice))
    official = _amounts(base, who, on_day, drift, absorbed, into, over_on, born, halves, mothers)
    out.fact("measure:members_official", unit.take(official[0]), official[1], official[2])
    some = np.flatnonzero((rng.unit(m) < 0.35) & (over_on == _NEVER) & (born == first) & ~np.isin(np.arange(m), into))
    at_first = np.full(m, first)
    out.fact("measure:members_probationary", unit.take(some), 1 + rng.below(3, len(some)), at_first.take(some))
    admitted = some_days(len(some))
    out.fact("measure:members_probationary", unit.take(some), 1 + rng.below(3, len(some)), admitted)
    return _tables(out, real)


def _amounts(
    base: Whole, who: Whole, day: Whole, drift: Whole, absorbed: Whole, into: Whole, over_on: Whole, born: Whole,
    halves: Whole, mothers: Whole,
) -> tuple[Whole, Whole, Whole]:  # fmt: skip
    """(unit, number, day) of every number: a merger adds what it absorbed, a split divides.

    Those that are absorbed or split absorb nothing themselves, so their last number
    is known first.
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
    """The tables, sorted by unit and day; a row that says what the one before it says is left out."""

    def together(rows: list[tuple[Any, ...]], at: int) -> Any:
        return np.concatenate([part[at] for part in rows])

    ids = np.concatenate(out.ids)
    start, end = together(out.life, 0), together(out.life, 1)

    def dated(rows: list[tuple[Whole, Any, Whole]]) -> tuple[Whole, Any, Whole]:
        unit, value, day = together(rows, 0), together(rows, 1), together(rows, 2)
        # Of two rows of one day the later said holds.
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
