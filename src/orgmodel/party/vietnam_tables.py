"""The tables of the data on Viet Nam as they are written, and the provinces of both sides of the reform of 2025."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final, NamedTuple

from attrs import frozen

from orgmodel.acts.act import Act, Decided
from orgmodel.acts.events import Extent, Link
from orgmodel.acts.operations.mergers import Merge
from orgmodel.errors import Finding, Refused
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.periods import part_of_year, span
from orgmodel.period import ONE_DAY, Period, as_day

__all__ = [
    "LISTED", "Pair", "Province", "Provinces", "act_of", "cluster_id", "columns_of", "commission_of", "first_day",
    "groups_of", "inclusive_period", "joined_note", "last_day", "links_of", "province_mergers", "provinces_2025",
    "short_name", "state_of", "story", "table", "tables",
]  # fmt: skip

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


def columns_of(name: str, *columns: str) -> Iterable[tuple[str, ...]]:
    """Some columns of a table (two or more), in the order asked for."""
    header, rows = _lines(name)
    return map(itemgetter(*map(header.index, columns)), rows)


@cache
def story() -> Mapping[str, Any]:
    """The acts and names that are not in a table."""
    with (_FOLDER / "acts.toml").open("rb") as file:
        return tomllib.load(file)


def _days_of(text: str) -> Period:
    try:
        return part_of_year(text) or span(text)
    except Refused:
        as_day(text)  # It refuses the text as no day, and says what one looks like.
        raise


def first_day(text: str) -> dt.date:
    """The first day that a day, month, half-year or year can mean; the convention for starts.

    >>> first_day("1992"), first_day("2011-01"), first_day("2024-H2")
    (datetime.date(1992, 1, 1), datetime.date(2011, 1, 1), datetime.date(2024, 7, 1))
    """
    start = _days_of(text).start
    assert start is not None
    return start


def last_day(text: str) -> dt.date:
    """The last day that a day, month, half-year or year can mean; the convention for ends.

    >>> last_day("2030"), last_day("2024-H1"), last_day("2024-02")
    (datetime.date(2030, 12, 31), datetime.date(2024, 6, 30), datetime.date(2024, 2, 29))
    """
    last = _days_of(text).last
    assert last is not None
    return last


def inclusive_period(start: str, end: str) -> Period:
    """The days from a start to an inclusive end, either of which may be shortened or empty."""
    return Period(first_day(start) if start else None, last_day(end) + ONE_DAY if end else None)


def joined_note(*parts: str) -> str:
    """The parts of a note that say something, as one text."""
    return "; ".join(part for part in parts if part)


def act_of(entry: Mapping[str, Any], steps: Iterable[Decided], **said: Any) -> Act:
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


LISTED: Final = "listed"
"""The evidence of links that were not read in the act, but in lists that others made of it."""


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
        new: code of 2025 -> province; one that goes on is the same unit as before.
        groups: old and new codes that the reform joined, one group per new province.
    """

    old: Mapping[str, Province]
    new: Mapping[str, Province]
    groups: list[list[Pair]]

    @property
    def merged(self) -> list[list[Pair]]:
        """The groups of those that the reform merged; the others go on."""
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
