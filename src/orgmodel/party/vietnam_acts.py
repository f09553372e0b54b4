"""What the acts on Viet Nam share: entries of acts, groups of units that become others, provinces and clusters."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from attrs import frozen

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Extent, Link
from orgmodel.acts.operations.mergers import Merge
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.vietnam_data import columns_of

__all__ = [
    "Pair", "Province", "Provinces", "act_of", "cluster_id", "commission_of", "groups_of", "joined_note", "links_of",
    "province_mergers", "provinces_2025", "short_name", "state_of", "story",
]  # fmt: skip


# ---- acts


@cache
def story() -> Mapping[str, Any]:
    """The acts and names that are not in a table."""
    with (files("orgmodel.party") / "data" / "vietnam" / "acts.toml").open("rb") as file:
        return tomllib.load(file)


def joined_note(*parts: str) -> str:
    """The parts of a note that say something, as one text."""
    return "; ".join(part for part in parts if part)


_SOURCE: Final = ("number", "issuer", "title", "decided", "in_force", "note", "certainty")


def act_of(entry: Mapping[str, Any], steps: Iterable[Decided], **own_values: Any) -> Act:
    """The act of an entry of ``acts.toml`` or ``country.toml``; values that differ between units come as ``own_values``."""
    entry = {**entry, **own_values}
    source = Source(**{name: entry[name] for name in _SOURCE if name in entry})
    return Act(entry.get("id") or source.number, entry["effective"], steps, source)


# ---- succession groups


class Pair(NamedTuple):
    """An old unit and a new one, by the keys of the tables."""

    old: str
    new: str
    extent: Extent = "whole"
    dominant: bool = False
    dominant_by: str = ""
    evidence: str = ""


def groups_of(pairs: Iterable[Pair]) -> list[list[Pair]]:
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
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[top(pair.new)].append(pair)
    return list(groups.values())


def links_of(group: Sequence[Pair], old: Mapping[str, str], new: Mapping[str, str]) -> list[Link]:
    """The links of a group, with the ids of the units."""
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
class Province:
    """A row of provinces_2024 or provinces_2025.

    A province is called by its bare name, as every list of provinces does; its type is its category.
    """

    id: str
    code: str
    name: str
    category: str

    def unit(self) -> Unit:
        """The Party organisation."""
        return Unit(self.id, self.name, self.code, kinds.PROVINCE, self.category, story()["centre"]["id"])

    def state(self) -> Unit:
        """The administrative unit to which the Party organisation corresponds."""
        name = f"{'Tỉnh' if self.category == 'tỉnh' else 'Thành phố'} {self.name}"
        system = story()["state"]["id"]
        return Unit(state_of(self.id), name, None, kinds.STATE_PROVINCE, self.category, system, kinds.SYSTEM)

    def commission(self) -> Unit:
        """Its organisation commission."""
        entry = story()["organisation_commission"]
        name = entry["names"][self.category].format(name=self.name)
        return Unit(f"{self.id}-btc", name, None, kinds.AGENCY, entry["category"], self.id)


def state_of(province: str) -> str:
    """The id of the administrative unit to which a province's Party organisation corresponds."""
    return province.replace("vn-", "vn-s-", 1)


def short_name(full: str) -> str:
    """A province's name without its type word."""
    for word in ("Thành phố ", "Tỉnh "):
        full = full.removeprefix(word)
    return full


class Provinces(NamedTuple):
    """The provinces on both sides of the reform.

    Attributes:
        old: code of 2024 -> province.
        new: code of 2025 -> province; a province that goes on is the same unit as before.
        groups: old and new codes that the reform joined, one group per new province.
    """

    old: Mapping[str, Province]
    new: Mapping[str, Province]
    groups: list[list[Pair]]

    @property
    def merged(self) -> list[list[Pair]]:
        """The groups of provinces that the reform merged; the others go on."""
        return [group for group in self.groups if self.new[group[0].new].id != self.old[group[0].old].id]


@cache
def provinces_2025() -> Provinces:
    """The provinces of 2024 and 2025, and which became which."""
    columns = "code", "short_name", "type"
    old = {
        code: Province(f"vn-p-{code}", code, name, category)
        for code, name, category in columns_of("provinces_2024", *columns)
    }
    groups = groups_of(Pair(code, new) for code, new in columns_of("province_succession", "old_code", "new_code"))
    heirs = {group[0].new: old[group[0].old].id for group in groups if len(group) == 1}
    new = {
        code: Province(heirs.get(code, f"vn-p-{code}-2025"), code, name, category)
        for code, name, category in columns_of("provinces_2025", *columns)
    }
    return Provinces(old, new, groups)


def province_mergers(*, commissions: bool) -> list[Merge]:
    """The mergers of provinces; their organisation commissions merge along, in the cluster that they share.

    Args:
        commissions: whether there are commissions.
    """
    provinces, category = provinces_2025(), str(story()["organisation_commission"]["category"])
    mergers: list[Merge] = []
    for group in provinces.merged:
        new = provinces.new[group[0].new]
        olds = [provinces.old[pair.old].id for pair in group]
        agencies = {category: new.commission().evolve(parent=None)} if commissions else {}
        mergers.append(Merge(olds, into=new.unit(), agencies=agencies))
    return mergers


# ---- clusters


def commission_of(row: Mapping[str, str]) -> str:
    """The unit that a row of the table of clusters is about."""
    provinces = provinces_2025()
    listed = {"2024": provinces.old, "2025": provinces.new}[row["code_list"]]
    return listed[row["province_code"]].commission().id


def cluster_id(row: Mapping[str, str]) -> str:
    """The id of the cluster that a row of the table of clusters is about."""
    return str(story()["emulation"]["cluster"].format(number=row["cluster"]))
