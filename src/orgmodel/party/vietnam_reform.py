"""The reform of 2025: the acts that :func:`orgmodel.party.vietnam.reform_2025` and the country enact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Literal, NamedTuple, get_args

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.acts.operation import Together
from orgmodel.acts.operations.divisions import Reorganise
from orgmodel.acts.operations.mergers import Merge
from orgmodel.acts.operations.units import AbolishLevel, Reassign, Reclassify, Rename
from orgmodel.engine.collector import collector_paused
from orgmodel.model import track as tracks
from orgmodel.model.cluster import DEPUTY, LEADER, Cluster, Clustering
from orgmodel.model.door import one_of
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.vietnam_acts import (
    Pair,
    Province,
    act_of,
    cluster_id,
    commission_of,
    groups_of,
    joined_note,
    links_of,
    province_mergers,
    provinces_2025,
    short_name,
    state_of,
    story,
)
from orgmodel.party.vietnam_data import LISTED, columns_of, table
from orgmodel.period import ONE_DAY
from orgmodel.rules.file import last_day

__all__ = [
    "Changes2026", "Communes", "acts_of_2026", "acts_of_reform", "communes_2025", "wants_2026",
]  # fmt: skip

Changes2026 = Literal["omit", "decided_day"]
"""What to do with the changes of 2026, whose effective days are not in the data: leave
them out, or take the day of the decision and say so in the source."""


# ---- changes of type and name outside the reform


def _changed(row: Mapping[str, str], unit: str, *, commissions: bool, country: bool = False) -> list[Event]:
    """A province or commune that is called otherwise, and its commission with it; in the country, the State's too."""
    is_province = row["level"] == "province"
    before, after = row["name_before"], row["name_after"]
    if is_province:
        before, after = short_name(before), short_name(after)
    events: list[Event] = []
    if after != before:
        events.append(Change(unit, tracks.NAME, after))
    if row["type_after"] != row["type_before"]:
        events.append(Change(unit, tracks.CATEGORY, row["type_after"]))
    if is_province and commissions:
        commission = Province(unit, row["code"], after, row["type_after"]).commission()
        assert commission.name is not None
        events.append(Change(commission.id, tracks.NAME, commission.name))
    if is_province and country:
        state = Province(unit, row["code"], after, row["type_after"]).state()
        events += [Change(state.id, tracks.NAME, state.name), Change(state.id, tracks.CATEGORY, state.category)]
    return events


def _acts_of_2025(*, country: bool) -> list[Act]:
    """The changes between the first day and the reform."""
    entry = story()["acts"]["changes_2025"]
    return [
        act_of(
            entry,
            _changed(row, provinces_2025().old[row["code"]].id, commissions=True, country=country),
            number=row["legal_act"],
            decided=row["decided"],
            effective=row["effective"],
            certainty=row["certainty"],
            note=row["note"],
        )
        for row in table("changes_2025")
    ]


def acts_of_2026(communes: Mapping[str, str] | None, *, country: bool = False) -> list[Act]:
    """The changes after the reform, on the days of their decisions.

    Args:
        communes: code of 2025 -> id; None leaves out communes and commissions.
        country: whether there are units of the State.
    """
    entry = dict(story()["acts"]["changes_2026"])
    issuers, disputed = entry.pop("issuers"), entry.pop("disputed")
    events: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for row in table("changes_2026"):
        act = row["decided"], row["legal_act"]
        if row["level"] == "province":
            unit, commissions = provinces_2025().new[row["code"]].id, communes is not None
            events[act] += _changed(row, unit, commissions=commissions, country=country)
        elif communes is not None:
            events[act] += _changed(row, communes[row["code"]], commissions=False)
    return [
        act_of(
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


def _members_at_start() -> dict[str, str]:
    """Commission -> cluster on the first day; the members of 2025 follow from the mergers."""
    return {
        commission_of(row): cluster_id(row)
        for row in table("clusters")
        if row["role"] == "member" and row["code_list"] == "2024"
    }


def _role_acts() -> list[Act]:
    """One act for the leader and the deputies of a cluster in a year, as far as known.

    A role without a known first day counts from the day it was first seen.
    """
    by_year: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in table("clusters"):
        if row["role"] != "member":
            by_year[row["valid_from"] or row["first_seen"], cluster_id(row), row["year"]].append(row)
    acts = []
    for (start, cluster, year), rows in sorted(by_year.items()):
        seats: dict[str, int] = defaultdict(int)
        events = []
        for row in rows:
            role = {"leader": LEADER, "deputy": DEPUTY}[row["role"]]
            seats[role] += 1
            until = last_day(row["valid_to"]) + ONE_DAY
            events.append(Change(cluster, tracks.ROLE, commission_of(row), (role, seats[role]), until))
        # The note of the source says where the first day is only the day of the first report.
        assumed = (
            "" if rows[0]["valid_from"] else "the first day is not known: the role counts from the day it was seen"
        )
        source = Source(
            title=f"roles in {cluster}, {year}: {rows[0]['evidence']}",
            note=joined_note(*(row["note"] for row in rows), assumed),
        )
        acts.append(Act(f"vn-{cluster}-{year}", start, events, source))
    return acts


# ---- the reform of 2025


def _provinces_at_start() -> Iterator[Province]:
    """The provinces as they were on the first day, by the names and types of before the changes of 2025."""
    called = {row["code"]: row for row in table("changes_2025") if row["level"] == "province"}
    for code, province in provinces_2025().old.items():
        row = called.get(code)
        yield (
            province if row is None else Province(province.id, code, short_name(row["name_before"]), row["type_before"])
        )


def _start(*, country: bool) -> Act:
    """The centre, the provinces with their commissions, the clusters with their members.

    Args:
        country: whether the centre and the provinces are known from the lists since 2021.
    """
    centre, emulation = story()["centre"], story()["emulation"]
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
    return act_of(story()["acts"]["start"], events)


def _state_merged() -> Act:
    """The mergers of the provinces of the State, and which provinces of the Party correspond to the new ones."""
    provinces, steps = provinces_2025(), list[Decided]()
    for group in provinces.merged:
        new = provinces.new[group[0].new]
        steps.append(Merge([state_of(provinces.old[pair.old].id) for pair in group], into=new.state()))
        steps.append(Change(new.id, tracks.CORRESPONDS, state_of(new.id)))
    return act_of(story()["acts"]["provinces"], steps, id=story()["state"]["mergers"])


def _state() -> Act:
    """The provinces of the State, to which the Party's correspond."""
    system = story()["state"]
    root = Unit(system["id"], system["name"], None, kinds.POLITICAL_SYSTEM, hierarchy=kinds.SYSTEM)
    events: list[Event] = [Creation(root, first_known=True)]
    for province in _provinces_at_start():
        state = province.state()
        events += [Creation(state, first_known=True), Change(province.id, tracks.CORRESPONDS, state.id)]
    return act_of(story()["acts"]["state"], events)


class Communes(NamedTuple):
    """Districts and communes on both sides of the reform.

    Attributes:
        baseline: the act by which the districts and communes of before are first known.
        reform: the acts on communes, one per new province, in order of their numbers.
        level: the act that ends the districts.
        after: code of 2025 -> id.
    """

    baseline: Act
    reform: list[Act]
    level: Act
    after: Mapping[str, str]


def communes_2025() -> Communes:
    """Districts and communes on both sides of the reform, and the acts between."""
    before = _districts_and_communes()
    after = {
        code: (province, name, category)
        for code, province, name, category in columns_of("communes_2025", "code", "province_code", "name", "type")
    }
    pairs = _pairs_by_province(after)
    ids: dict[str, str] = {}
    reform: list[Act] = []
    entry = story()["acts"]["communes"]
    rows = columns_of("provinces_2025", "code", "name", "commune_resolution", "commune_resolution_date")
    for province, full, number, decided in sorted(rows, key=itemgetter(2)):
        parent = provinces_2025().new[province].id
        reorganised: list[Reorganise] = []
        going_on = _GoingOn(parent)
        for group in groups_of(pairs[province]):
            first = before[group[0].old]
            _, name, category = after[group[0].new]
            if len(group) == 1 and _goes_on(first, group[0].new, name):
                ids[group[0].new] = first.id
                going_on.add(first, name, category)
            else:
                ids.update((pair.new, f"vn-c-{pair.new}-2025") for pair in group)
                reorganised.append(_reorganised(group, before, after, ids, parent))
        title = entry["title"].format(province=full[0].lower() + full[1:])
        steps = [Together(reorganised), *going_on.operations()]
        reform.append(act_of(entry, steps, number=number, decided=decided, title=title))
    acts = story()["acts"]
    baseline = act_of(acts["districts_and_communes"], [Creation(unit, True) for unit in before.values()])
    level = act_of(acts["district_level"], [AbolishLevel(kinds.DISTRICT)])
    return Communes(baseline, reform, level, ids)


def _districts_and_communes() -> dict[str, Unit]:
    """Code of 2024 -> district (three digits) or commune (five digits); districts first."""
    units: dict[str, Unit] = {}
    for code, province, name, category in columns_of("districts_2024", "code", "province_code", "name", "type"):
        parent = provinces_2025().old[province].id
        units[code] = Unit(f"vn-d-{code}", name, code, kinds.DISTRICT, category, parent)
    for code, district, name, category in columns_of("communes_2024", "code", "district_code", "name", "type"):
        units[code] = Unit(f"vn-c-{code}", name, code, kinds.COMMUNE, category, f"vn-d-{district}")
    return units


def _pairs_by_province(after: Mapping[str, tuple[str, str, str]]) -> dict[str, list[Pair]]:
    """New province -> what became what among its communes."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    packages = _Packages()
    columns = "old_code", "new_code", "extent", "dominant", "dominant_by"
    for old, new, extent, dominant, by in columns_of("commune_succession", *columns):
        # The only successor of a whole unit is the dominant one without a mark.
        is_part = extent == "part"
        chosen = is_part and dominant == "1"
        evidence = packages[by if chosen else ""]
        pairs[after[new][0]].append(Pair(old, new, "part" if is_part else "whole", chosen, evidence, LISTED))
    return pairs


class _Packages(dict[str, str]):
    """Tags of the table of sources, ``vau;vac``, as the names of the packages."""

    def __init__(self) -> None:
        super().__init__({"": ""})
        self._named = {
            tag: f"{name} {version}" for tag, name, version in columns_of("sources", "tag", "distribution", "version")
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
        """The operations; communes move one by one, so that a record of one alone can be learned before the act."""
        if not self.units:
            return []
        moves = Together([Reassign([unit], self.province) for unit in self.units])
        typed = [Reclassify(units, category=category) for category, units in sorted(self.types.items())]
        return [moves, *([Together(self.named)] if self.named else []), *typed]


def _reorganised(
    group: Sequence[Pair],
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
    return Reorganise(links_of(group, olds, ids), created=created, cross_kind=cross)


def wants_2026(changes_2026: str) -> bool:
    """Whether the changes of 2026 are wanted."""
    return one_of(changes_2026, get_args(Changes2026), "the changes of 2026") == "decided_day"


def acts_of_reform(changes_2026: bool, *, country: bool) -> tuple[Act, ...]:
    """The acts of the reform; as part of the country, on the units that are known from the lists, and with the State's."""
    with collector_paused():
        communes = communes_2025()
        mergers = province_mergers(commissions=True)
        acts = [
            _start(country=country),
            *_acts_of_2025(country=country),
            *([_state()] if country else [communes.baseline]),
            act_of(story()["acts"]["provinces"], mergers),
            *([_state_merged()] if country else []),
            *communes.reform,
            communes.level,
            *_role_acts(),
            *(acts_of_2026(communes.after, country=country) if changes_2026 else ()),
        ]
    return tuple(sorted(acts, key=lambda act: act.effective))  # stable: acts of one day stay in order
