"""The provinces, districts and communes of Viet Nam around the reform of 2025, as histories.

:func:`country` is all that the library knows as one history, from 2021-11-01 on. Its parts are histories of their own:
:func:`lists_2021`, the units by public lists until 2025-03-01; :func:`reform_2025`, which replays the reform down to the
communes, with the organisation commissions of the provinces and the emulation clusters 1 and 2. :func:`province_history`
tells the provinces from 1976 on. All are made of acts that the tables in
``orgmodel/party/data/vietnam`` describe, and go through the same ``enact`` as any other
act: nothing about a province is written in this module.

One Party organisation stands for each administrative unit. Where that is known to be
wrong, and what else is not certain, is told in ``docs/explanation/vietnam-data.md``.

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

import csv
import datetime as dt
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, get_args

from attrs import evolve, frozen

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Change, Creation, Event, Extent, Link, Succession
from orgmodel.acts.operation import Together
from orgmodel.acts.operations.divisions import Reorganise
from orgmodel.acts.operations.mergers import Merge
from orgmodel.acts.operations.units import AbolishLevel, Reassign, Reclassify, Record, Rename
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.io.importers.snapshots import ImportedLists
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Cluster, Clustering
from orgmodel.model.measure import Number, Qualifier, Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import embedded, kinds, unit_lists
from orgmodel.party.congresses import HoldCongress
from orgmodel.party.facts import MEASURES
from orgmodel.period import ONE_DAY, Period, as_day
from orgmodel.scenario.propose.neighbours import Neighbours, neighbours_of
from orgmodel.structure.spelling import plain

__all__ = [
    "LISTED",
    "Changes2026",
    "ClusterRow",
    "Figure",
    "PartyUnit",
    "RuleRow",
    "cluster_rows",
    "commune_areas",
    "country",
    "first_day",
    "last_day",
    "lists_2021",
    "neighbours",
    "party_figures",
    "party_units",
    "province_history",
    "reform_2025",
    "reform_acts",
    "rulebook_rows",
    "table",
    "tables",
]

Changes2026 = Literal["omit", "decided_day"]
"""What to do with the changes of 2026, whose effective days are not in the data: leave
them out, or take the day of the decision and say so in the source."""

_FOLDER: Final = files("orgmodel.party") / "data" / "vietnam"


# ---- reading


def tables() -> tuple[str, ...]:
    """The names of the tables in the package.

    >>> "communes_2025" in tables()
    True
    """
    return tuple(sorted(f.name.removesuffix(".csv") for f in _FOLDER.iterdir() if f.name.endswith(".csv")))


def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one table as they are written, column -> text; an empty text is "not known".

    Raises:
        Refused: there is no such table.

    >>> table("provinces_2025")[0]["name"]
    'Thành phố Hà Nội'
    """
    header, rows = _lines(name)
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


def _lines(name: str) -> tuple[list[str], Iterator[list[str]]]:
    path = _FOLDER / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(tables())
        raise Refused("a table", [Finding("table", f"there is no table {name!r} (there are {known})")])
    reader = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return next(reader), reader


def _rows(name: str, *columns: str) -> Iterable[tuple[str, ...]]:
    """Some columns of a table (two or more), in the order asked for."""
    header, rows = _lines(name)
    return map(itemgetter(*map(header.index, columns)), rows)


@cache
def _story() -> Mapping[str, Any]:
    """The acts and names that are not in a table."""
    with (_FOLDER / "acts.toml").open("rb") as file:
        return tomllib.load(file)


def first_day(text: str) -> dt.date:
    """The first day that a day, month, half-year or year can mean; the convention for starts.

    >>> first_day("1992"), first_day("2011-01"), first_day("2024-H2")
    (datetime.date(1992, 1, 1), datetime.date(2011, 1, 1), datetime.date(2024, 7, 1))
    """
    return _span(text)[0]


def last_day(text: str) -> dt.date:
    """The last day that a day, month, half-year or year can mean; the convention for ends.

    >>> last_day("2030"), last_day("2024-H1"), last_day("2024-02")
    (datetime.date(2030, 12, 31), datetime.date(2024, 6, 30), datetime.date(2024, 2, 29))
    """
    return _span(text)[1] - ONE_DAY


_SPAN: Final = re.compile(r"(\d{4})(?:-(?:(\d\d)|H([12])))?")


def _span(text: str) -> tuple[dt.date, dt.date]:
    """First day and first day after it."""
    found = _SPAN.fullmatch(text)
    if found is None:
        day = as_day(text)
        return day, day + ONE_DAY
    year, month, half = int(found[1]), found[2], found[3]
    if month is not None:
        start, months = dt.date(year, int(month), 1), 1
    elif half is not None:
        start, months = dt.date(year, 6 * int(half) - 5, 1), 6
    else:
        start, months = dt.date(year, 1, 1), 12
    after = start.year * 12 + start.month - 1 + months
    return start, dt.date(after // 12, after % 12 + 1, 1)


def _is_day(text: str) -> bool:
    return len(text) == 10


def _period(start: str, end: str) -> Period:
    """The days from a start to an inclusive end, either of which may be shortened or empty."""
    return Period(first_day(start) if start else None, last_day(end) + ONE_DAY if end else None)


def _as_of(text: str) -> Period:
    """The days a figure is about: one day, or a shortened date, or ``2021/2025``."""
    start, _, end = text.partition("/")
    return _period(start, end or start)


def _note(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _act(entry: Mapping[str, Any], steps: Iterable[Decided], **said: Any) -> Act:
    """An act of ``acts.toml``; what differs from unit to unit comes as ``said``."""
    entry = {**entry, **said}
    source = Source(
        number=entry.get("number", ""),
        issuer=entry.get("issuer", ""),
        title=entry.get("title", ""),
        decided=entry.get("decided"),
        in_force=entry.get("in_force"),
        note=entry.get("note", ""),
        certainty=entry.get("certainty", ""),
    )
    return Act(entry.get("id") or source.number, entry["effective"], steps, source)


# ---- succession groups


class _Pair(NamedTuple):
    """An old unit and a new one, by the keys of the tables."""

    old: str
    new: str
    extent: Extent = "whole"
    dominant: bool = False
    dominant_by: str = ""
    evidence: str = ""


def _groups(pairs: Iterable[_Pair]) -> list[list[_Pair]]:
    """The connected groups of pairs, in the order of their first pair: each is one event."""
    above: dict[str, str] = {}

    def top(new: str) -> str:
        while (up := above.get(new, new)) != new:
            new = up
        return new

    pairs = list(pairs)
    first: dict[str, str] = {}
    for pair in pairs:
        a, b = top(pair.new), top(first.setdefault(pair.old, pair.new))
        if a != b:
            above[max(a, b)] = min(a, b)
    groups: dict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        groups[top(pair.new)].append(pair)
    return list(groups.values())


LISTED: Final = "listed"
"""The evidence of links that were not read in the act, but in lists that others made of it."""


def _links(group: Sequence[_Pair], old: Mapping[str, str], new: Mapping[str, str]) -> list[Link]:
    return [
        Link(
            old[pair.old],
            new[pair.new],
            pair.extent,
            dominant=pair.dominant,
            dominant_by=pair.dominant_by,
            evidence=pair.evidence,
        )
        for pair in group
    ]


# ---- provinces


@frozen
class _Province:
    """A row of provinces_2024 or provinces_2025.

    A province is called by its bare name, as every list of provinces does; its type is its category.
    """

    id: str
    code: str
    name: str
    category: str

    def unit(self) -> Unit:
        return Unit(self.id, self.name, self.code, kinds.PROVINCE, self.category, _story()["centre"]["id"])

    def state(self) -> Unit:
        """The administrative unit to which the Party organisation corresponds."""
        name = f"{'Tỉnh' if self.category == 'tỉnh' else 'Thành phố'} {self.name}"
        system = _story()["state"]["id"]
        return Unit(_state_of(self.id), name, None, kinds.STATE_PROVINCE, self.category, system, kinds.SYSTEM)

    def commission(self) -> Unit:
        entry = _story()["organisation_commission"]
        name = entry["names"][self.category].format(name=self.name)
        return Unit(f"{self.id}-btc", name, None, kinds.AGENCY, entry["category"], self.id)


def _state_of(province: str) -> str:
    """The id of the administrative unit to which a province's Party organisation corresponds."""
    return province.replace("vn-", "vn-s-", 1)


def _short(full: str) -> str:
    """A province's name without its type word."""
    for word in ("Thành phố ", "Tỉnh "):
        full = full.removeprefix(word)
    return full


class _Provinces(NamedTuple):
    """The provinces on both sides of the reform.

    Attributes:
        old: code of 2024 -> province.
        new: code of 2025 -> province; one that goes on is the same unit as before.
        groups: old and new codes that the reform joined, one group per new province.
    """

    old: Mapping[str, _Province]
    new: Mapping[str, _Province]
    groups: list[list[_Pair]]

    @property
    def merged(self) -> list[list[_Pair]]:
        """The groups of those that the reform merged; the others go on."""
        return [group for group in self.groups if self.new[group[0].new].id != self.old[group[0].old].id]


@cache
def _provinces() -> _Provinces:
    columns = "code", "short_name", "type"
    old = {code: _Province(f"vn-p-{code}", code, *rest) for code, *rest in _rows("provinces_2024", *columns)}
    groups = _groups(_Pair(code, new) for code, new in _rows("province_succession", "old_code", "new_code"))
    heirs = {group[0].new: old[group[0].old].id for group in groups if len(group) == 1}
    new = {
        code: _Province(heirs.get(code, f"vn-p-{code}-2025"), code, *rest)
        for code, *rest in _rows("provinces_2025", *columns)
    }
    return _Provinces(old, new, groups)


def _province_mergers(*, commissions: bool) -> list[Merge]:
    """The mergers of provinces; their organisation commissions merge along, in the cluster that they share.

    Args:
        commissions: whether there are commissions.
    """
    provinces = _provinces()
    found: list[Merge] = []
    for group in provinces.merged:
        new = provinces.new[group[0].new]
        olds = [provinces.old[pair.old].id for pair in group]
        agencies = (
            {str(_story()["organisation_commission"]["category"]): new.commission().evolve(parent=None)}
            if commissions
            else {}
        )
        found.append(Merge(olds, into=new.unit(), agencies=agencies))
    return found


# ---- changes of type and name outside the reform


def _changed(row: Mapping[str, str], unit: str, *, commissions: bool, country: bool = False) -> list[Event]:
    """A province or commune that is called otherwise, and its commission with it; in the country, the State's too."""
    is_province = row["level"] == "province"
    before, after = row["name_before"], row["name_after"]
    if is_province:
        before, after = _short(before), _short(after)
    events: list[Event] = []
    if after != before:
        events.append(Change(unit, tracks.NAME, after))
    if row["type_after"] != row["type_before"]:
        events.append(Change(unit, tracks.CATEGORY, row["type_after"]))
    if is_province and commissions:
        commission = _Province(unit, row["code"], after, row["type_after"]).commission()
        assert commission.name is not None
        events.append(Change(commission.id, tracks.NAME, commission.name))
    if is_province and country:
        state = _Province(unit, row["code"], after, row["type_after"]).state()
        events += [Change(state.id, tracks.NAME, state.name), Change(state.id, tracks.CATEGORY, state.category)]
    return events


def _acts_of_2025(*, country: bool) -> list[Act]:
    """The changes between the first day and the reform."""
    entry = _story()["acts"]["changes_2025"]
    return [
        _act(
            entry,
            _changed(row, _provinces().old[row["code"]].id, commissions=True, country=country),
            number=row["legal_act"],
            decided=row["decided"],
            effective=row["effective"],
            certainty=row["certainty"],
            note=row["note"],
        )
        for row in table("changes_2025")
    ]


def _acts_of_2026(communes: Mapping[str, str] | None, *, country: bool = False) -> list[Act]:
    """The changes after the reform, on the days of their decisions.

    Args:
        communes: code of 2025 -> id; None leaves out communes and commissions.
        country: whether there are units of the State.
    """
    entry = dict(_story()["acts"]["changes_2026"])
    issuers, disputed = entry.pop("issuers"), entry.pop("disputed")
    events: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for row in table("changes_2026"):
        act = row["decided"], row["legal_act"]
        if row["level"] == "province":
            unit, commissions = _provinces().new[row["code"]].id, communes is not None
            events[act] += _changed(row, unit, commissions=commissions, country=country)
        elif communes is not None:
            events[act] += _changed(row, communes[row["code"]], commissions=False)
    return [
        _act(
            {**entry, **disputed.get(number, {})},
            changes,
            number=number,
            issuer=issuers[number.split("/")[-1]],
            decided=day,
            effective=day,
        )
        for (day, number), changes in sorted(events.items())
    ]


# ---- clusters


def _commission_of(row: Mapping[str, str]) -> str:
    """The unit that a row of the table of clusters is about."""
    provinces = _provinces()
    listed = {"2024": provinces.old, "2025": provinces.new}[row["code_list"]]
    return listed[row["province_code"]].commission().id


def _cluster_id(row: Mapping[str, str]) -> str:
    return str(_story()["emulation"]["cluster"].format(number=row["cluster"]))


def _members_at_start() -> dict[str, str]:
    """Commission -> cluster on the first day; those of 2025 follow from the mergers."""
    return {
        _commission_of(row): _cluster_id(row)
        for row in table("clusters")
        if row["role"] == "member" and row["code_list"] == "2024"
    }


def _role_acts() -> list[Act]:
    """One act for the leader and the deputies of a cluster in a year, as far as known.

    A role without a known first day counts from the day it was first seen.
    """
    found: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in table("clusters"):
        if row["role"] != "member":
            found[row["valid_from"] or row["first_seen"], _cluster_id(row), row["year"]].append(row)
    acts = []
    for (start, cluster, year), rows in sorted(found.items()):
        seats: dict[str, int] = defaultdict(int)
        events = []
        for row in rows:
            role = {"leader": LEADER, "deputy": DEPUTY}[row["role"]]
            seats[role] += 1
            until = last_day(row["valid_to"]) + ONE_DAY
            events.append(Change(cluster, tracks.ROLE, _commission_of(row), (role, seats[role]), until))
        known = "" if rows[0]["valid_from"] else "the first day is not known: the role counts from the day it was seen"
        source = Source(
            title=f"roles in {cluster}, {year}: {rows[0]['evidence']}",
            note=_note(*(row["note"] for row in rows), known),
        )
        acts.append(Act(f"vn-{cluster}-{year}", start, events, source))
    return acts


# ---- the reform of 2025


def _provinces_at_start() -> Iterator[_Province]:
    """The provinces as they were on the first day, by the names and types of before the changes of 2025."""
    called = {row["code"]: row for row in table("changes_2025") if row["level"] == "province"}
    for code, province in _provinces().old.items():
        row = called.get(code)
        yield province if row is None else _Province(province.id, code, _short(row["name_before"]), row["type_before"])


def _start(*, country: bool) -> Act:
    """The centre, the provinces with their commissions, the clusters with their members.

    Args:
        country: whether the centre and the provinces are known from the lists since 2021.
    """
    story = _story()
    centre, emulation = story["centre"], story["emulation"]
    root = Creation(Unit(centre["id"], centre["name"], None, kinds.CENTRE), first_known=True)
    events: list[Event] = [] if country else [root]
    events.append(Creation(Clustering(emulation["clustering"], emulation["name"]), first_known=True))
    numbers = dict.fromkeys(row["cluster"] for row in table("clusters"))
    for number in numbers:
        cluster, name = (emulation[key].format(number=number) for key in ("cluster", "cluster_name"))
        events.append(Creation(Cluster(cluster, emulation["clustering"], name), first_known=True))
    members, track = _members_at_start(), tracks.member_track(emulation["clustering"])
    for province in _provinces_at_start():
        commission = province.commission()
        created = [commission] if country else [province.unit(), commission]
        events += [Creation(unit, first_known=True) for unit in created]
        if commission.id in members:
            events.append(Change(commission.id, track, members[commission.id]))
    return _act(story["acts"]["start"], events)


def _state_merged() -> Act:
    """The mergers of the provinces of the State; those of the Party that came of theirs correspond to them."""
    provinces, steps = _provinces(), list[Decided]()
    for group in provinces.merged:
        new = provinces.new[group[0].new]
        steps.append(Merge([_state_of(provinces.old[pair.old].id) for pair in group], into=new.state()))
        steps.append(Change(new.id, tracks.CORRESPONDS, _state_of(new.id)))
    return _act(_story()["acts"]["provinces"], steps, id=_story()["state"]["mergers"])


def _state() -> Act:
    """The provinces of the State, to which the Party's correspond."""
    system = _story()["state"]
    root = Unit(system["id"], system["name"], None, kinds.POLITICAL_SYSTEM, hierarchy=kinds.SYSTEM)
    events: list[Event] = [Creation(root, first_known=True)]
    for province in _provinces_at_start():
        state = province.state()
        events += [Creation(state, first_known=True), Change(province.id, tracks.CORRESPONDS, state.id)]
    return _act(_story()["acts"]["state"], events)


class _Communes(NamedTuple):
    """Districts and communes on both sides of the reform.

    Attributes:
        baseline: the act that makes those of before.
        reform: the acts on communes, one per new province, in order of their numbers.
        level: the act that ends the districts.
        after: code of 2025 -> id.
    """

    baseline: Act
    reform: list[Act]
    level: Act
    after: Mapping[str, str]


def _communes() -> _Communes:
    provinces, acts = _provinces(), _story()["acts"]
    events: list[Event] = []
    before: dict[str, Unit] = {}  # by code; of a district 3 digits, of a commune 5
    for code, province, name, category in _rows("districts_2024", "code", "province_code", "name", "type"):
        parent = provinces.old[province].id
        unit = before[code] = Unit(f"vn-d-{code}", name, code, kinds.DISTRICT, category, parent)
        events.append(Creation(unit, True))
    for code, district, name, category in _rows("communes_2024", "code", "district_code", "name", "type"):
        unit = before[code] = Unit(f"vn-c-{code}", name, code, kinds.COMMUNE, category, f"vn-d-{district}")
        events.append(Creation(unit, True))
    baseline = _act(acts["districts_and_communes"], events)

    after = {
        code: (province, name, category)
        for code, province, name, category in _rows("communes_2025", "code", "province_code", "name", "type")
    }
    pairs: dict[str, list[_Pair]] = defaultdict(list)
    packages = _Packages()
    for code, new, extent, dominant, by in _rows(
        "commune_succession", "old_code", "new_code", "extent", "dominant", "dominant_by"
    ):
        # Of a whole unit the one successor is the dominant one; nobody needs to say so.
        divided = extent == "part"
        chosen = divided and dominant == "1"
        pairs[after[new][0]].append(
            _Pair(code, new, "part" if divided else "whole", chosen, packages[by if chosen else ""], LISTED)
        )

    ids: dict[str, str] = {}
    reform: list[Act] = []
    called = acts["communes"]["title"]
    rows = _rows("provinces_2025", "code", "name", "commune_resolution", "commune_resolution_date")
    for province, full, number, decided in sorted(rows, key=itemgetter(2)):
        parent = provinces.new[province].id
        groups: list[Reorganise] = []
        going_on = _GoingOn(parent)
        for group in _groups(pairs[province]):
            first = before[group[0].old]
            _, name, category = after[group[0].new]
            if len(group) == 1 and _goes_on(first, group[0].new, name):
                ids[group[0].new] = first.id
                going_on.add(first, name, category)
            else:
                ids.update((pair.new, f"vn-c-{pair.new}-2025") for pair in group)
                groups.append(_reorganised(group, before, after, ids, parent))
        title = called.format(province=full[0].lower() + full[1:])
        steps = [Together(groups), *going_on.operations()]
        reform.append(_act(acts["communes"], steps, number=number, decided=decided, title=title))
    level = _act(acts["district_level"], [AbolishLevel(kinds.DISTRICT)])
    return _Communes(baseline, reform, level, ids)


class _Packages(dict[str, str]):
    """Tags of the table of sources, ``vau;vac``, as the names of the packages."""

    def __init__(self) -> None:
        super().__init__({"": ""})
        self._named = {
            tag: f"{name} {version}" for tag, name, version in _rows("sources", "tag", "distribution", "version")
        }

    def __missing__(self, tags: str) -> str:
        self[tags] = ", ".join(self._named[tag] for tag in tags.split(";"))
        return self[tags]


def _goes_on(old: Unit, new_code: str, new_name: str) -> bool:
    """Whether an old unit that is alone with its only successor is the same unit.

    It is where the law left it: a commune still, with its code or its name kept.
    """
    return old.kind == kinds.COMMUNE and (old.code == new_code or old.name == new_name)


class _GoingOn:
    """Communes of one province that go on: they come under it, some with another name or type."""

    def __init__(self, province: str) -> None:
        self.province = province
        self.units: list[str] = []
        self.named: list[Rename] = []
        self.types: dict[str, list[str]] = defaultdict(list)

    def add(self, old: Unit, name: str, category: str) -> None:
        """One more; all of them keep their codes."""
        self.units.append(old.id)
        if name != old.name:
            self.named.append(Rename(old.id, name))
        if category != old.category:
            self.types[category].append(old.id)

    def operations(self) -> list[Decided]:
        """What is decided about them, each commune by itself known to whoever puts records before it."""
        if not self.units:
            return []
        moves = Together([Reassign([unit], self.province) for unit in self.units])
        typed = [Reclassify(units, category=category) for category, units in sorted(self.types.items())]
        return [moves, *([Together(self.named)] if self.named else []), *typed]


def _reorganised(
    group: Sequence[_Pair],
    before: Mapping[str, Unit],
    after: Mapping[str, tuple[str, str, str]],
    ids: Mapping[str, str],
    parent: str,
) -> Reorganise:
    """How a group of communes (and districts without communes) became others."""
    created = []
    for new in dict.fromkeys(pair.new for pair in group):
        _, name, category = after[new]
        created.append(Unit(ids[new], name, new, kinds.COMMUNE, category, parent))
    olds = {pair.old: before[pair.old].id for pair in group}
    cross = any(before[pair.old].kind != kinds.COMMUNE for pair in group)
    return Reorganise(_links(group, olds, ids), created=created, cross_kind=cross)


def _checked(changes_2026: str) -> bool:
    """Whether the changes of 2026 are wanted."""
    if changes_2026 not in get_args(Changes2026):
        known = " or ".join(map(repr, get_args(Changes2026)))
        raise Refused("the changes of 2026", [Finding("changes-2026", f"say {known}, not {changes_2026!r}")])
    return changes_2026 == "decided_day"


def _history(acts: Iterable[Act]) -> History:
    ordered = sorted(acts, key=lambda act: act.effective)  # stable: acts of one day stay in order
    return History(kinds.SCHEMA, kinds.MEASURES).enact(*ordered)


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
    return _reform_acts(_checked(changes_2026), country=False)


def _reform_acts(changes_2026: bool, *, country: bool) -> tuple[Act, ...]:
    """The acts of the reform; as part of the country, on the units that are known from the lists, and with the State's."""
    with collector_paused():
        communes = _communes()
        mergers = _province_mergers(commissions=True)
        acts = [
            _start(country=country),
            *_acts_of_2025(country=country),
            *([_state()] if country else [communes.baseline]),
            _act(_story()["acts"]["provinces"], mergers),
            *([_state_merged()] if country else []),
            *communes.reform,
            communes.level,
            *_role_acts(),
            *(_acts_of_2026(communes.after, country=country) if changes_2026 else ()),
        ]
    return tuple(sorted(acts, key=lambda act: act.effective))  # stable: acts of one day stay in order


# ---- neighbours


@lru_cache(maxsize=3)
def neighbours(kind: Literal["commune", "province", "old province"] = "commune") -> Neighbours:
    """Who borders on whom, by the borders of the 3,321 communes of after the reform, with lengths in kilometres.

    Two communes are neighbours where at least 150 m of their borders lie together; 19 have none. Borders of provinces
    are those of their communes added up. No new commune draws on two old provinces, so those of the 63 follow too; but
    they are the borders of today, as far as a reform of communes moved one.

    Args:
        kind: ``commune`` and ``province``: those of 2025-07-01, by their ids in :func:`reform_2025`; ``old province``:
            the 63 of the day before.

    Raises:
        Refused: there is no such kind.

    >>> near = neighbours("old province")
    >>> len(near.units), len(near.pairs), len(neighbours("commune").pairs), len(neighbours("province").pairs)
    (63, 135, 9464, 58)
    """
    if kind not in ("commune", "province", "old province"):
        told = f"there is no {kind!r}; there are commune, province, old province"
        raise Refused("neighbours", [Finding("kind", told)])
    provinces, ids = _provinces(), _communes().after
    rows = list(_rows("communes_2025", "code", "province_code", "lat", "lon"))
    points = {ids[code]: (float(lon), float(lat)) for code, _, lat, lon in rows if lat and lon}
    borders = _rows("commune_neighbours_2025", "code_a", "code_b", "border_km")
    near = neighbours_of({(ids[a], ids[b]): Fraction(km) for a, b, km in borders}, points=points)
    if kind == "commune":
        return near
    if kind == "province":
        return near.lifted({ids[code]: provinces.new[province].id for code, province, _, _ in rows})
    of = {
        row[0]: row[1] for name in ("districts_2024", "communes_2024") for row in _rows(name, "code", "province_code")
    }
    home = {ids[new]: provinces.old[of[old]].id for old, new in _rows("commune_succession", "old_code", "new_code")}
    return near.lifted(home)


def commune_areas() -> Mapping[str, Fraction]:
    """Commune of 2025-07-01 by its id -> its published area in square kilometres; 4 have none and are left out.

    >>> areas = commune_areas()
    >>> len(areas), round(float(sum(areas.values())))
    (3317, 328487)
    """
    ids = _communes().after
    return {ids[code]: Fraction(area) for code, area in _rows("communes_2025", "code", "area_km2") if area}


# ---- provinces since 1976


class _Event(NamedTuple):
    """A row of the table of province events."""

    id: str
    decided: str
    effective: str
    type: str
    olds: list[str]
    news: list[str]
    detail: str
    law: str
    certainty: str
    seen: str


_MARK: Final = re.compile(r"\s*\(\d{4}\)$")
"""The year by which the table tells apart two provinces of one name."""

_NUMBER: Final = re.compile(r"\d+/\d{4}/QH\d+")
"""How an act of the National Assembly is numbered; the older ones are told by their session."""


def _events() -> list[_Event]:
    names = "id", "decided", "effective", "type", "from", "to", "detail", "legal_basis", "certainty", "certainty_note"
    found = []
    for id_, decided, effective, type_, olds, news, *rest in _rows("province_events_1976_2024", *names):
        if type_ != "pre-merge":  # before the first known list: told, not replayed
            from_, to = ([name for name in text.split("|") if name] for text in (olds, news))
            found.append(_Event(id_, decided, effective, type_, from_, to, *rest))
    return found


class _Walk:
    """Turns the table of province events into events, keeping which name means which unit."""

    def __init__(self, ids: Mapping[tuple[str, str], str]) -> None:
        """The ids by the event and the name that a province began with."""
        self.ids = ids
        self.live: dict[str, str] = {}
        self.types = {
            (event, name): category for event, name, category in _rows("province_types", "event", "province", "type")
        }

    def begin(self, row: _Event, name: str) -> Unit:
        unit = self.live[name] = self.ids[row.id, name]
        category = self.types.get((row.id, name), "tỉnh")
        return Unit(unit, _MARK.sub("", name), None, kinds.PROVINCE, category, _story()["centre"]["id"])

    def events(self, row: _Event) -> list[Event]:
        """What one row says, in events."""
        match row.type:
            case "baseline":
                centre = _story()["centre"]
                root = Unit(centre["id"], centre["name"], None, kinds.CENTRE)
                return [Creation(u, first_known=True) for u in (root, *(self.begin(row, name) for name in row.news))]
            case "rename" | "upgrade":
                return self.called(row)
            case "split" | "merge":
                return [self.divided(row) if row.type == "split" else self.merged(row), *self.typed(row)]
            case "create":
                return [self.founded(row)]
            case "transfer":
                return [self.transferred(row)]
            case _:
                raise Refused("a table", [Finding("province-events", f"event {row.id}: no type {row.type!r}")])

    def called(self, row: _Event) -> list[Event]:
        """Another name, another type, or both."""
        (before,), (after,) = row.olds, row.news
        unit = self.live[after] = self.live.pop(before)
        return [Change(unit, tracks.NAME, _MARK.sub("", after)), *self.typed(row)]

    def typed(self, row: _Event) -> list[Event]:
        """Another type of a province that goes on."""
        return [
            Change(self.live[name], tracks.CATEGORY, self.types[row.id, name])
            for name in row.news
            if (row.id, name) in self.types and (row.id, name) not in self.ids
        ]

    def divided(self, row: _Event) -> Succession:
        """One into several; it goes on if one of them keeps its name."""
        (old,) = row.olds
        unit = self.live.pop(old)
        if old in row.news:
            self.live[old] = unit
        created = [self.begin(row, name) for name in row.news if name != old]
        return Succession([Link(unit, self.live[name], "part") for name in row.news], created)

    def merged(self, row: _Event) -> Succession:
        """Several into one; the one whose name it keeps goes on."""
        (new,) = row.news
        units = [self.live.pop(name) for name in row.olds]
        if new in row.olds:
            self.live[new] = units[row.olds.index(new)]
            return Succession([Link(unit, self.live[new]) for unit in units])
        created = self.begin(row, new)
        return Succession([Link(unit, created.id) for unit in units], (created,))

    def founded(self, row: _Event) -> Succession:
        """A new one from parts of others, which go on."""
        (new,) = row.news
        created = self.begin(row, new)
        givers = [self.live[name] for name in row.olds]
        return Succession([Link(g, to, "part") for g in givers for to in (g, created.id)], (created,))

    def transferred(self, row: _Event) -> Succession:
        """Land from some to others; all go on."""
        givers, takers = ([self.live[name] for name in names] for names in (row.olds, row.news))
        links = [Link(giver, to, "part") for giver in givers for to in (giver, *takers)]
        return Succession(links + [Link(taker, taker) for taker in takers])


def _ids_since_1976(rows: Sequence[_Event]) -> dict[tuple[str, str], str]:
    """Ids by the event and name a province began with: by its code if it lived to 2024, else by name and year."""
    began: dict[str, tuple[str, str]] = {}  # by the name of today
    ids: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.type in ("rename", "upgrade"):
            began[row.news[0]] = began.pop(row.olds[0])
            continue
        if row.type == "transfer":
            continue
        for name in row.news:
            if name not in row.olds:
                began[name] = row.id, name
                slug = re.sub(r"[^a-z]+", "-", plain(_MARK.sub("", name)))
                ids[row.id, name] = f"vn-p-{slug}-{first_day(row.effective).year}"
        if row.type != "create":
            for name in set(row.olds) - set(row.news):
                del began[name]
    codes = {province.name: province.id for province in _provinces().old.values()}
    ids.update((key, codes[name]) for name, key in began.items())
    return ids


def _province_act(row: _Event, events: Iterable[Event]) -> Act:
    """The act of one row; what is assumed or unsure about it is in the note of its source."""
    effective, number = first_day(row.effective), _NUMBER.fullmatch(row.law)
    entry = _story()["acts"]["province_events"]
    return _act(
        entry,
        events,
        id=entry["id"].format(event=row.id.lower()),
        number=row.law if number else "",
        title="" if number else row.law,
        decided=row.decided if _is_day(row.decided) else None,
        effective=effective,
        certainty=row.certainty,
        note=_note(
            row.seen,
            row.detail,
            "" if _is_day(row.decided) else f"decided: {row.decided}",
            "" if _is_day(row.effective) else f"effective {row.effective}: its first day, {effective}, is assumed",
        ),
    )


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
    wanted = _checked(changes_2026)
    rows, acts = _events(), _story()["acts"]
    walk = _Walk(_ids_since_1976(rows))
    codes = [Change(province.id, tracks.CODE, code) for code, province in _provinces().old.items()]
    return _history(
        [
            *(_province_act(row, walk.events(row)) for row in rows),
            _act(acts["codes_2024"], codes),
            _act(acts["provinces"], _province_mergers(commissions=False)),
            *(act for act in (_acts_of_2026(None) if wanted else ()) if act.events),
        ]
    )


# ---- figures, clusters and rules as typed rows


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _number(text: str) -> Number:
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


def _quantity(value: str, qualifier: str) -> Quantity:
    known: tuple[str, ...] = get_args(Qualifier)
    if qualifier not in known:
        raise Refused("a table", [Finding("qualifier", f"no qualifier {qualifier!r} (there are {', '.join(known)})")])
    return Quantity(_number(value), qualifier)  # type: ignore[arg-type]


@frozen
class PartyUnit:
    """Public figures of a provincial Party organisation in 2025; None is not known.

    Attributes:
        unit: id of the province in :func:`reform_2025`.
        province_code: its code in the list of 2025.
        province: its name.
        merged_from: how many provinces it was merged from; 1 if it was not merged.
        communes: its communes.
        direct_organisations: Party organisations directly under it, communes included.
        members: its members.
        delegates: delegates of its congress.
        delegates_ex_officio: those by office.
        delegates_appointed: those appointed.
        delegates_elected: those elected.
        delegate_cap: the most delegates that rule E07 allows; computed.
        congress: Roman number of the congress, I after a merger.
        executive_committee: seats in the Ban Chấp hành.
        standing_committee: seats in the Ban Thường vụ.
        deputy_secretaries: their number.
        inspection_committee: seats in the Ủy ban Kiểm tra.
        as_of: the day of the figures.
        note: what else was printed.
        source: where it was printed.
    """

    unit: str
    province_code: str
    province: str
    merged_from: int
    communes: int
    direct_organisations: int | None
    members: Quantity
    delegates: int | None
    delegates_ex_officio: int | None
    delegates_appointed: int | None
    delegates_elected: int | None
    delegate_cap: int | None
    congress: str
    executive_committee: int | None
    standing_committee: int | None
    deputy_secretaries: int | None
    inspection_committee: int | None
    as_of: dt.date
    note: str
    source: Source


@cache
def party_units() -> tuple[PartyUnit, ...]:
    """Public figures of 16 provincial Party organisations in 2025.

    >>> hue = next(row for row in party_units() if row.province == "Huế")
    >>> hue.members, hue.delegates, hue.delegate_cap
    (Quantity(58280), 400, 400)
    """
    return tuple(
        PartyUnit(
            unit=_provinces().new[row["province_code"]].id,
            province_code=row["province_code"],
            province=row["province"],
            merged_from=int(row["n_merged"]),
            communes=int(row["n_communes"]),
            direct_organisations=_whole(row["direct_organisations"]),
            members=_quantity(row["members"], row["members_qualifier"]) if row["members"] else Quantity.unknown(),
            delegates=_whole(row["delegates"]),
            delegates_ex_officio=_whole(row["delegates_ex_officio"]),
            delegates_appointed=_whole(row["delegates_appointed"]),
            delegates_elected=_whole(row["delegates_elected"]),
            delegate_cap=_whole(row["delegate_cap_rule_E07"]),
            congress=row["congress_no"],
            executive_committee=_whole(row["executive_committee"]),
            standing_committee=_whole(row["standing_committee"]),
            deputy_secretaries=_whole(row["deputy_secretaries"]),
            inspection_committee=_whole(row["inspection_committee"]),
            as_of=as_day(row["as_of"]),
            note=row["note"],
            source=Source(title=row["source"]),
        )
        for row in table("party_units_2025")
    )


@frozen
class Figure:
    """One public figure about the Party.

    Attributes:
        id: of the row, ``P001``.
        scope: what it is about: the whole Party, a province, a cluster.
        figure: what was counted.
        value: the number with its qualifier.
        unit: what one is.
        as_of: as printed: a day, a year, ``2024-H1``, ``2021/2025``.
        period: the days that ``as_of`` names.
        certainty: seen, partly memory, memory.
        note: what a reader should know.
        source: where it was printed; empty if from memory.
    """

    id: str
    scope: str
    figure: str
    value: Quantity
    unit: str
    as_of: str
    period: Period
    certainty: str
    note: str
    source: Source


@cache
def party_figures() -> tuple[Figure, ...]:
    """Public figures about the Party, one per row.

    >>> admitted = next(row for row in party_figures() if row.id == "P065")
    >>> print(admitted.scope, admitted.figure, admitted.value, admitted.period)
    Huế members admitted 1770 2025-01-01 to 2025-12-31
    """
    return tuple(
        Figure(
            id=row["id"],
            scope=row["scope"],
            figure=row["figure"],
            value=_quantity(row["value"], row["qualifier"]),
            unit=row["unit"],
            as_of=row["as_of"],
            period=_as_of(row["as_of"]),
            certainty=row["certainty"],
            note=row["note"],
            source=Source(title=row["source"]) if row["source"] else Source.unknown,
        )
        for row in table("party_figures")
    )


@frozen
class ClusterRow:
    """A membership or role in an emulation cluster, as the sources list it.

    Attributes:
        cluster: id of the cluster in :func:`reform_2025`.
        role: member, leader or deputy.
        year: the year of a role.
        name: the organisation commission as listed.
        unit: its id in :func:`reform_2025`.
        code_list: whether it is one of ``2024`` or of ``2025``.
        period: from when to when, as far as stated.
        first_seen: day of the source, where the start is not stated.
        basis: listed, computed (derived from the mergers) or reported.
        note: what a reader should know.
        source: where it was printed.
    """

    cluster: str
    role: str
    year: int | None
    name: str
    unit: str
    code_list: str
    period: Period
    first_seen: dt.date | None
    basis: str
    note: str
    source: Source


@cache
def cluster_rows() -> tuple[ClusterRow, ...]:
    """Members, leaders and deputies of clusters 1 and 2, as listed before and after the reform.

    >>> [row.name for row in cluster_rows() if row.role == "leader" and row.year == 2026]
    ['Ban Tổ chức Tỉnh ủy Hưng Yên']
    """
    return tuple(
        ClusterRow(
            cluster=_cluster_id(row),
            role=row["role"],
            year=_whole(row["year"]),
            name=row["unit"],
            unit=_commission_of(row),
            code_list=row["code_list"],
            period=_period(row["valid_from"], row["valid_to"]),
            first_seen=as_day(row["first_seen"]) if row["first_seen"] else None,
            basis=row["basis"],
            note=row["note"],
            source=Source(title=row["evidence"]),
        )
        for row in table("clusters")
    )


@frozen
class RuleRow:
    """A rule of Party organisation as the table states it, for people.

    Attributes:
        id: of the rule, ``E07``.
        statement: what it says.
        term_vi: its Vietnamese terms.
        threshold: short expression, for people.
        period: the days on which it is valid; a month or year counts from its first day
            to its last.
        document: the act that sets it.
        article: where in the act.
        certainty: seen, partly memory, memory.
        evidence: where the wording was read.
        note: what a reader should know.
    """

    id: str
    statement: str
    term_vi: str
    threshold: str
    period: Period
    document: str
    article: str
    certainty: str
    evidence: str
    note: str

    @property
    def citation(self) -> str:
        """The document, with the article where it is known."""
        return ", ".join(part for part in (self.document, self.article) if part)


@cache
def rulebook_rows() -> tuple[RuleRow, ...]:
    """The rules of Party organisation that were collected, with where each is set.

    >>> cap = next(row for row in rulebook_rows() if row.id == "D15")
    >>> print(cap.citation, cap.period)
    Quy định 22-QĐ/TW (2021), Đ.8 k.2 2021-07-28 to 2025-05-29
    """
    return tuple(
        RuleRow(
            id=row["id"],
            statement=row["statement"],
            term_vi=row["term_vi"],
            threshold=row["threshold"],
            period=_period(row["valid_from"], row["valid_to"]),
            document=row["document"],
            article=row["article"],
            certainty=row["certainty"],
            evidence=row["evidence"],
            note=row["note"],
        )
        for row in table("rulebook")
    )


# ---- before the reform


def lists_2021() -> ImportedLists:
    """The units by the public lists of 2021-11-01 to 2025-03-01: see :func:`orgmodel.party.unit_lists.lists_2021`.

    >>> lists_2021().history.at("2023-12-31").counts()["district"]
    705
    """
    return unit_lists.lists_2021()


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


_ROMAN: Final = {"I": 1, "V": 5, "X": 10}


def _arabic(numeral: str) -> int:
    """A Roman number: a smaller figure before a larger one is taken off."""
    digits = [_ROMAN[figure] for figure in numeral]
    return sum(-n if n < max(digits[at:]) else n for at, n in enumerate(digits))


def _congress(row: PartyUnit) -> HoldCongress:
    """The congress of a province as a matter, with the term that begins with it."""
    return HoldCongress(
        row.unit,
        _arabic(row.congress),
        ex_officio=row.delegates_ex_officio,
        elected=row.delegates_elected,
        appointed=row.delegates_appointed,
        id=f"vn-congress-{row.province_code}-{_arabic(row.congress)}",
    )


def _figure_acts() -> Iterator[Act]:
    """One act for each row of the public figures that is one of a unit."""
    rows = {row.id: row for row in party_figures()}
    for one in embedded.figures():
        row = rows[one.row]
        day = one.effective or row.period.start
        assert day is not None
        source = evolve(row.source, note=_note(f"{row.figure}, as of {row.as_of}", row.note), certainty=row.certainty)
        yield Act(f"vn-{one.row}", day, [Record(one.unit, one.measure, row.value, scope=one.scope)], source)


def _list_acts() -> Iterator[Act]:
    """The acts of the lists of 2021 to 2025; of provinces that are called otherwise the reform has the act itself."""
    called = {(as_day(row["effective"]), f"vn-p-{row['code']}") for row in table("changes_2025")}
    for act in unit_lists.lists_2021().history.acts:
        if not any((act.effective, getattr(event, "subject", None)) in called for event in act.events):
            yield act


@lru_cache(maxsize=2)
def country(changes_2026: Changes2026 = "decided_day") -> History:
    """The country from 2021-11-01 on: the public lists, the reform of 2025, and what is public of the Party on top.

    Until 2025-03-01 provinces, districts and communes are those of :func:`lists_2021`, whose acts are marked as coming
    from lists; the acts of :func:`reform_2025` go on from there, with the same ids. Besides: the commissions of the Central Committee and the organisations directly under it,
    organisations directly under provinces as far as named, congresses, committees and members of 16 provinces, public
    figures, the yearly work and the awards of both emulation clusters, conferences and documents. Each is an act with
    its source and how sure that is. What is not recorded is not known: it is never zero, and a rule that asks for it
    is undecided.

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
    wanted = _checked(changes_2026)
    with collector_paused():
        acts = [*_list_acts(), *_reform_acts(wanted, country=True), *embedded.acts(), *_unit_acts(), *_figure_acts()]
        ordered = sorted(acts, key=lambda act: act.effective)  # stable: acts of one day stay in order
        return History(kinds.SCHEMA, MEASURES).enact(*ordered)
