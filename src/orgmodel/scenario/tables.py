"""Successions of many units from tables: links, and the units that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts.events import Change, Event, Link, derive_id
from orgmodel.acts.operation import Events
from orgmodel.acts.operations.divisions import reorganise
from orgmodel.acts.policies import Allocation, ClusterPolicy
from orgmodel.errors import Finding, InvalidAct
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

Table = Sequence[Mapping[str, str]]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "links": ("old_kind", "old_code", "new_code"),
    "created": ("code", "name", "kind", "parent_kind", "parent_code"),
}
"""Columns that the tables of :func:`succeed` must have."""


def succeed(
    structure: Structure,
    *,
    links: Table,
    created: Table,
    goes_on: Sequence[str] = (),
    allocation: Allocation | None = None,
    cluster: ClusterPolicy | str | None = None,
    act_id: str = "",
    position: int = 0,
) -> Events:
    """Units become units as tables say: one event for each group of links that hang together.

    Args:
        structure: the organisation on the day.
        links: rows with ``old_kind``, ``old_code``, ``new_code``; perhaps ``extent`` (whole
            if an old unit has one row, else part), ``dominant`` (``1``) and ``dominant_by``.
        created: rows with ``code``, ``name``, ``kind``, ``category``, ``parent_kind``, ``parent_code``,
            perhaps ``id``: the units that the links lead to.
        goes_on: an old unit of one link, from which alone its new unit comes, goes on if
            it has the new one's ``code`` or ``name``: which of them count. Empty: never.
        allocation: how the counts of divided units are shared; not known if None.
        cluster: which cluster new units join, where that is not clear.
        act_id: id of the act, from which ids are derived.
        position: position in the act.

    Raises:
        InvalidAct: rows that name no unit, or a new unit that no row creates; all together.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "p", "kind": "p", "code": "1"}, {"id": "a", "parent": "p", "kind": "c", "code": "7"},
    ...                   {"id": "b", "parent": "p", "kind": "c", "code": "8"}], day="2025-07-01")
    >>> links = [{"old_kind": "c", "old_code": old, "new_code": "9"} for old in "78"]
    >>> [event.type for event in succeed(s, links=links,
    ...     created=[{"code": "9", "name": "N", "kind": "c", "parent_kind": "p", "parent_code": "1"}])]
    ['merger']
    """
    faults: list[Finding] = []
    by_code = {(u.kind, u.code): u for u in structure.units() if u.code is not None}
    new_units = _new_units(created, by_code, act_id, position, faults)
    pairs: list[tuple[Unit, str, Mapping[str, str]]] = []
    for number, row in enumerate(links, 1):
        old = by_code.get((row["old_kind"], row["old_code"]))
        if old is None:
            faults.append(Finding("live", f"there is no {row['old_kind']} of code {row['old_code']!r}", row=number))
        elif row["new_code"] not in new_units:
            faults.append(Finding("links", f"no row creates a unit of code {row['new_code']!r}", row=number))
        else:
            pairs.append((old, row["new_code"], row))
    if faults:
        raise InvalidAct(f"successions on {structure.day}", faults)
    events: list[Event] = []
    notes: list[Finding] = []
    made: list[str] = []
    for group in _groups(pairs):
        news = list(dict.fromkeys(code for _, code, _ in group))
        if len(group) == 1 and _same(group[0][0], new_units[news[0]], goes_on):
            events += _moved(group[0][0], new_units[news[0]])
            continue
        count = {old.id: sum(o.id == old.id for o, _, _ in group) for old, _, _ in group}
        given = [_link(old, new_units[code].id, row, count[old.id]) for old, code, row in group]
        crosses = {(old.kind, new_units[code].kind) for old, code, _ in group if old.kind != new_units[code].kind}
        found = reorganise(
            structure,
            given,
            created=[new_units[code] for code in news],
            children=None,
            allocation=allocation,
            under={tracks.MAIN: str(new_units[news[0]].parent)} if len(news) == 1 else None,
            cluster=cluster,
            cross_kind=bool(crosses),
            act_id=act_id,
            position=position + len(events),
        )
        events += found
        notes += found.notes
        made += found.made
    return Events(events, made, notes, f"{len(events)} successions of {len(links)} links")


def _new_units(
    created: Table, by_code: Mapping[Any, Unit], act_id: str, position: int, faults: list[Finding]
) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for number, row in enumerate(created, 1):
        parent = by_code.get((row["parent_kind"], row["parent_code"]))
        if parent is None:
            told = f"there is no {row['parent_kind']} of code {row['parent_code']!r}"
            faults.append(Finding("live-parent", f"{told} to be the parent of {row['name']!r}", row=number))
            continue
        if row["code"] in found:
            faults.append(Finding("unique-code", f"the code {row['code']!r} is created twice", row=number))
        found[row["code"]] = Unit(
            row.get("id") or derive_id("u", act_id, position, [row["kind"], row["code"]]),
            name=row["name"],
            code=row["code"],
            kind=row["kind"],
            category=row.get("category") or None,
            parent=parent.id,
        )
    return found


def _groups(pairs: Iterable[tuple[Unit, str, Mapping[str, str]]]) -> list[list[tuple[Unit, str, Mapping[str, str]]]]:
    """The rows by what hangs together through old or new units, in order of their first row."""
    top: dict[tuple[str, str], tuple[str, str]] = {}

    def find(node: tuple[str, str]) -> tuple[str, str]:
        while top.setdefault(node, node) != node:
            top[node] = top[top[node]]
            node = top[node]
        return node

    listed = list(pairs)
    for old, code, _ in listed:
        top[find(("new", code))] = find(("old", old.id))
    groups: dict[tuple[str, str], list[tuple[Unit, str, Mapping[str, str]]]] = {}
    for old, code, row in listed:
        groups.setdefault(find(("old", old.id)), []).append((old, code, row))
    return list(groups.values())


def _same(old: Unit, new: Unit, goes_on: Sequence[str]) -> bool:
    return old.kind == new.kind and any(getattr(old, fact) == getattr(new, fact) for fact in goes_on)


def _moved(old: Unit, new: Unit) -> list[Event]:
    """The changes of a unit that goes on as another would begin."""
    facts = (
        (tracks.PARENT, old.parent, new.parent),
        (tracks.NAME, old.name, new.name),
        (tracks.CODE, old.code, new.code),
        (tracks.CATEGORY, old.category, new.category),
    )
    return [Change(old.id, track, value) for track, before, value in facts if value != before]


def _link(old: Unit, new: str, row: Mapping[str, str], count: int) -> Link:
    extent = row.get("extent") or ("whole" if count == 1 else "part")
    dominant = row.get("dominant") == "1"
    return Link(
        old.id,
        new,
        "whole" if extent == "whole" else "part",
        dominant=dominant,
        dominant_by=row.get("dominant_by", "") if dominant else "",
    )
