"""The provinces from 1976 on: the table of their events, turned into acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event, Link, Succession
from orgmodel.errors import Finding, Refused
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.party.vietnam_acts import act_of, joined_note, provinces_2025, story
from orgmodel.party.vietnam_data import columns_of
from orgmodel.rules.file import first_day
from orgmodel.structure.spelling import plain

__all__ = [
    "province_acts",
]


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
"""How an act of the National Assembly is numbered; older acts are cited by their session."""


def _events() -> list[_Event]:
    names = "id", "decided", "effective", "type", "from", "to", "detail", "legal_basis", "certainty", "certainty_note"
    events = []
    for id_, decided, effective, type_, olds, news, *texts in columns_of("province_events_1976_2024", *names):
        if type_ != "pre-merge":  # before the first known list: not replayed
            from_, to = ([name for name in text.split("|") if name] for text in (olds, news))
            events.append(_Event(id_, decided, effective, type_, from_, to, *texts))
    return events


class _Walk:
    """Turns the table of province events into events, keeping which name means which unit."""

    def __init__(self, ids: Mapping[tuple[str, str], str]) -> None:
        """The ids by the event and the name that a province began with."""
        self.ids = ids
        self.live: dict[str, str] = {}
        self.types = {
            (event, name): category
            for event, name, category in columns_of("province_types", "event", "province", "type")
        }

    def begin(self, row: _Event, name: str) -> Unit:
        unit = self.live[name] = self.ids[row.id, name]
        category = self.types.get((row.id, name), "tỉnh")
        return Unit(unit, _MARK.sub("", name), None, kinds.PROVINCE, category, story()["centre"]["id"])

    def events(self, row: _Event) -> list[Event]:
        """What one row says, in events."""
        match row.type:
            case "baseline":
                centre = story()["centre"]
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
    codes = {province.name: province.id for province in provinces_2025().old.values()}
    ids.update((key, codes[name]) for name, key in began.items())
    return ids


def _is_day(text: str) -> bool:
    return len(text) == 10


def _province_act(row: _Event, events: Iterable[Event]) -> Act:
    """The act of one row; what is assumed or unsure about it is in the note of its source."""
    effective, number = first_day(row.effective), _NUMBER.fullmatch(row.law)
    entry = story()["acts"]["province_events"]
    return act_of(
        entry,
        events,
        id=entry["id"].format(event=row.id.lower()),
        number=row.law if number else "",
        title="" if number else row.law,
        decided=row.decided if _is_day(row.decided) else None,
        effective=effective,
        certainty=row.certainty,
        note=joined_note(
            row.seen,
            row.detail,
            "" if _is_day(row.decided) else f"decided: {row.decided}",
            "" if _is_day(row.effective) else f"effective {row.effective}: its first day, {effective}, is assumed",
        ),
    )


def province_acts() -> tuple[Act, ...]:
    """The acts on provinces from 1976 to 2024, in the order of the table."""
    rows = _events()
    walk = _Walk(_ids_since_1976(rows))
    return tuple(_province_act(row, walk.events(row)) for row in rows)
