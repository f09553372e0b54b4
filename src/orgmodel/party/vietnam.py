"""The provinces, districts and communes of Viet Nam around the reform of 2025, as histories.

:func:`country` is all that the library knows as one history, from 2021-11-01 on. Its parts are histories of their own:
:func:`lists_2021`, the units by public lists until 2025-03-01; :func:`reform_2025`, which replays the reform down to the
communes, with the organisation commissions of the provinces and the emulation clusters 1 and 2. :func:`province_history`
has the provinces from 1976 on. All are made of acts that the tables in
``orgmodel/party/data/vietnam`` describe, and go through the same ``enact`` as any other
act: nothing about a province is written in this module.

One Party organisation stands for each administrative unit. ``docs/explanation/vietnam-data.md``
says where that is known to be wrong, and what else is not certain.

Ids
---
An id is readable but opaque, and never used twice. ``vn`` is the centre; ``vn-p-24``,
``vn-d-213``, ``vn-c-07207`` are the province, district and commune that had these codes
before the reform; ``vn-p-24-2025`` and ``vn-c-07207-2025`` are units that the reform made,
though they may bear an old code or name; ``vn-p-24-btc`` and ``vn-p-24-2025-btc`` are
their organisation commissions (Ban Tổ chức). A province that ended before 2024 has its
name and first year, ``vn-p-ha-bac-1976``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal, get_args

from attrs import evolve

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Change
from orgmodel.acts.operations.units import Record
from orgmodel.engine.collector import collector_paused
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import one_of
from orgmodel.model.measure import Measure
from orgmodel.party import embedded, kinds
from orgmodel.party.congresses import HoldCongress, roman
from orgmodel.party.facts import MEASURES
from orgmodel.party.unit_lists import lists_2021
from orgmodel.party.vietnam_acts import act_of, joined_note, province_mergers, provinces_2025, story
from orgmodel.party.vietnam_data import columns_of, table, tables
from orgmodel.party.vietnam_provinces import province_acts
from orgmodel.party.vietnam_reform import Changes2026, acts_of_2026, acts_of_reform, communes_2025, wants_2026
from orgmodel.party.vietnam_rows import PartyUnit, party_figures, party_units
from orgmodel.period import as_day
from orgmodel.scenario.propose.neighbours import Neighbours, neighbours_of

__all__ = [
    "commune_areas", "country", "lists_2021", "neighbours", "party_figures", "party_units",
    "province_history", "reform_2025", "table", "tables",
]  # fmt: skip


# ---- the reform of 2025


def _history(acts: Iterable[Act], measures: Iterable[Measure] = kinds.MEASURES) -> History:
    """The history of acts that may come in any order of days; acts of one day stay in theirs."""
    return History(kinds.SCHEMA, measures).enact(*sorted(acts, key=lambda act: act.effective))


@lru_cache(maxsize=2)
def reform_2025(changes_2026: Changes2026 = "omit") -> History:
    """The reform of 2025, from 2024-01-01 on.

    * 2024-01-01: the centre, 63 provinces with their organisation commissions, the
      emulation clusters 1 and 2 with their members, leaders and deputies, as far as known.
    * 2025-01-01: one province becomes a city.
    * 2025-03-01: 696 districts and 10,035 communes, first known, not founded.
    * 2025-07-01, in this order: 23 mergers of provinces and of their commissions
      (202/2025/QH15); 34 resolutions on communes (1654 to 1687/NQ-UBTVQH15), each group of
      communes that the links connect being one event; the end of the district level.

    A unit goes on, under its id, where the law left it unchanged: 11 provinces, and the
    communes that are one-to-one with their code or name kept. All others are new, even
    under an old name. The mergers of the commissions decide the members of the clusters.

    The history is made once and then kept: it cannot change.

    Args:
        changes_2026: ``omit``, or ``decided_day``: later changes of type count from the
            day of their decision, which the source marks as assumed.

    Raises:
        Refused: another word for ``changes_2026``.

    >>> history = reform_2025()
    >>> before, after = history.at("2025-06-30"), history.at("2025-07-01")
    >>> before.count("province"), after.count("province")
    (63, 34)
    >>> [before.count(kind) for kind in ("district", "commune")], [after.count(kind) for kind in ("district", "commune")]
    ([696, 10035], [0, 3321])
    """
    return _history(reform_acts(changes_2026))


def reform_acts(changes_2026: Changes2026 = "omit") -> tuple[Act, ...]:
    """The acts that :func:`reform_2025` enacts, by effective day and in their order within it.

    >>> acts = reform_acts()
    >>> acts[0].effective, len({act.effective for act in acts}) < len(acts)
    (datetime.date(2024, 1, 1), True)
    """
    return acts_of_reform(wants_2026(changes_2026), country=False)


# ---- neighbours

Level = Literal["commune", "province", "old province"]
"""The levels whose neighbours are known."""


@lru_cache(maxsize=3)
def neighbours(kind: Level = "commune") -> Neighbours:
    """The neighbours of communes or provinces, by the borders of the 3,321 communes of after the reform, with lengths in kilometres.

    Two communes are neighbours where at least 150 m of their borders lie together; 19 have none. The border of two
    provinces is the sum of the borders of their communes. No new commune draws on two old provinces, so the borders of
    the 63 follow too; where a reform of communes moved one, it is the border of today.

    Args:
        kind: ``commune`` and ``province``: the units of 2025-07-01, by their ids in :func:`reform_2025`; ``old province``:
            the 63 of the day before.

    Raises:
        Refused: there is no such kind.

    >>> near = neighbours("old province")
    >>> len(near.units), len(near.pairs), len(neighbours("commune").pairs), len(neighbours("province").pairs)
    (63, 135, 9464, 58)
    """
    one_of(kind, get_args(Level), "neighbours")
    provinces, ids = provinces_2025(), communes_2025().after
    rows = list(columns_of("communes_2025", "code", "province_code", "lat", "lon"))
    points = {ids[code]: (float(lon), float(lat)) for code, _, lat, lon in rows if lat and lon}
    borders = columns_of("commune_neighbours_2025", "code_a", "code_b", "border_km")
    near = neighbours_of({(ids[a], ids[b]): Fraction(km) for a, b, km in borders}, points=points)
    if kind == "commune":
        return near
    if kind == "province":
        return near.lifted({ids[code]: provinces.new[province].id for code, province, _, _ in rows})
    return near.lifted(_old_province_of(ids))


def _old_province_of(ids: Mapping[str, str]) -> dict[str, str]:
    """New commune -> the province of before the reform that its ground was in."""
    # A new commune may draw on a district that had no communes, such as an island: both lists have old units.
    lists = ("districts_2024", "communes_2024")
    province_of = {code: province for name in lists for code, province in columns_of(name, "code", "province_code")}
    old_provinces = provinces_2025().old
    links = columns_of("commune_succession", "old_code", "new_code")
    return {ids[new]: old_provinces[province_of[old]].id for old, new in links}


def commune_areas() -> Mapping[str, Fraction]:
    """Commune of 2025-07-01 by its id -> its published area in square kilometres; 4 have none and are left out.

    >>> areas = commune_areas()
    >>> len(areas), round(float(sum(areas.values())))
    (3317, 328487)
    """
    ids = communes_2025().after
    return {ids[code]: Fraction(area) for code, area in columns_of("communes_2025", "code", "area_km2") if area}


# ---- provinces since 1976


@lru_cache(maxsize=2)
def province_history(changes_2026: Changes2026 = "omit") -> History:
    """The provinces from 1976-07-02 on, directly under the centre.

    The mergers of 1975 and 1976 that made the first list are not replayed. A province
    goes on, under its id, where it keeps its name (Đắk Lắk was split in 2004, Hà Nội took
    over Hà Tây in 2008) or is only renamed; land that moves is a transfer with part
    links. Codes are known from the list of 2024 and borne from 2024-01-01. A year without
    a day counts from its first day, which the source marks as assumed.

    Provinces that lived to 2024 have the ids that they have in :func:`reform_2025`.

    Args:
        changes_2026: as in :func:`reform_2025`.

    Raises:
        Refused: another word for ``changes_2026``.

    >>> history = province_history()
    >>> [history.at(day).count("province") for day in ("1976-07-02", "1992-01-01", "2004-01-01", "2025-07-01")]
    [38, 53, 64, 34]
    """
    wanted, acts = wants_2026(changes_2026), story()["acts"]
    codes = [Change(province.id, tracks.CODE, code) for code, province in provinces_2025().old.items()]
    return _history(
        [
            *province_acts(),
            act_of(acts["codes_2024"], codes),
            act_of(acts["provinces"], province_mergers(commissions=False)),
            *(act for act in (acts_of_2026(None) if wanted else ()) if act.events),
        ]
    )


# ---- the country


def _unit_acts() -> Iterator[Act]:
    """One act for the public figures of each provincial Party organisation, on the day that they are of."""
    names = ("executive_committee", "standing_committee", "deputy_secretaries", "inspection_committee")
    for row in party_units():
        figures = {name: getattr(row, name) for name in (*names, "direct_organisations")}
        figures["congress_delegates"] = row.delegates
        steps: list[Decided] = [
            Record(row.unit, measure, value) for measure, value in figures.items() if value is not None
        ]
        if row.members.is_known:
            steps.append(Record(row.unit, "members", row.members, scope=tracks.SUBTREE))
        if row.delegates is not None:
            steps.append(_congress(row))
        yield Act(
            f"vn-figures-{row.province_code}", row.as_of, steps, evolve(row.source, note=row.note, certainty="seen")
        )


_NUMBER_OF: Final = {roman(number): number for number in range(1, 50)}
"""Roman numeral -> the number of a congress."""


def _congress(row: PartyUnit) -> HoldCongress:
    """The congress of a province as a matter, with the term that begins with it."""
    number = _NUMBER_OF[row.congress]
    return HoldCongress(
        row.unit,
        number,
        ex_officio=row.delegates_ex_officio,
        elected=row.delegates_elected,
        appointed=row.delegates_appointed,
        id=f"vn-congress-{row.province_code}-{number}",
    )


def _figure_acts() -> Iterator[Act]:
    """One act for each row of the public figures that is about a unit."""
    rows = {row.id: row for row in party_figures()}
    for figure in embedded.figures():
        row = rows[figure.row]
        day = figure.effective or row.period.start
        assert day is not None
        note = joined_note(f"{row.figure}, as of {row.as_of}", row.note)
        source = evolve(row.source, note=note, certainty=row.certainty)
        yield Act(f"vn-{figure.row}", day, [Record(figure.unit, figure.measure, row.value, scope=figure.scope)], source)


def _list_acts() -> Iterator[Act]:
    """The acts of the lists of 2021 to 2025; of provinces that are called otherwise the reform has the act itself."""
    called = {(as_day(row["effective"]), f"vn-p-{row['code']}") for row in table("changes_2025")}
    for act in lists_2021().history.acts:
        if not any((act.effective, getattr(event, "subject", None)) in called for event in act.events):
            yield act


@lru_cache(maxsize=2)
def country(changes_2026: Changes2026 = "decided_day") -> History:
    """The country from 2021-11-01 on: the public lists, the reform of 2025, and what is public of the Party on top.

    Until 2025-03-01 provinces, districts and communes are those of :func:`lists_2021`, whose acts are marked as coming
    from lists; the acts of :func:`reform_2025` go on from there, with the same ids. On top come the commissions of the
    Central Committee and the organisations directly under it, organisations directly under provinces as far as named,
    congresses, committees and members of 16 provinces, public figures, the yearly work and the awards of both emulation
    clusters, conferences and documents. Each is an act with its source and its certainty. What is not recorded is not
    known: it is never zero, and a rule that asks for it is undecided.

    The history is made once and then kept: it cannot change.

    Args:
        changes_2026: ``decided_day``: later changes of type count from the day of their decision, which their sources
            mark as assumed; or ``omit``.

    >>> history = country()
    >>> [history.at(day).count("commune") for day in ("2021-11-01", "2025-01-01", "2025-03-01", "2025-07-01")]
    [10599, 10051, 10035, 3321]
    >>> [history.at(day).count("central-organisation") for day in ("2025-01-01", "2025-02-03")]
    [4, 6]
    >>> history.at("2025-10-02").measure("vn-p-46", "members", "subtree")
    Quantity(58280)
    """
    wanted = wants_2026(changes_2026)
    with collector_paused():
        acts = [*_list_acts(), *acts_of_reform(wanted, country=True), *embedded.acts(), *_unit_acts(), *_figure_acts()]
        return _history(acts, MEASURES)
