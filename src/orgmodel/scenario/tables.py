"""Successions of many units, given by two tables: links, and the new units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.argument_forms import WORDS
from orgmodel.acts.argument_values import Form, is_text
from orgmodel.acts.events import Change, Event, Link
from orgmodel.acts.operation import Events, Operation, Point, function
from orgmodel.acts.operations.context import OperationContext
from orgmodel.acts.operations.divisions import Reorganise
from orgmodel.errors import Ambiguous, Finding, InvalidAct
from orgmodel.model import track as tracks
from orgmodel.model.unit import Unit

__all__ = [
    "COLUMNS",
    "TABLE",
    "Rows",
    "Succeed",
    "Table",
    "succeed",
]

Table = Sequence[Mapping[str, str]]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "links": ("old_kind", "old_code", "new_code"),
    "created": ("code", "name", "kind", "parent_kind", "parent_code"),
}
"""The columns that the tables of :class:`Succeed` must have."""


def _table(rows: Iterable[Mapping[str, str] | Iterable[tuple[str, str]]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Rows as tuples of column and cell, without empty cells."""
    pairs = (row.items() if isinstance(row, Mapping) else row for row in rows)
    return tuple(tuple((column, cell) for column, cell in row if cell) for row in pairs)


TABLE: Final = Form(
    "the name of a CSV file beside the plan",
    lambda value: is_text(value) or (isinstance(value, list) and all(isinstance(row, dict) for row in value)),
    {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "object"}}]},
    write=lambda rows: [dict(row) for row in rows],
    role="table",
)
"""A table: in a plan the name of a file, in the file of a history the rows."""

Rows = Annotated[tuple[tuple[tuple[str, str], ...], ...], TABLE]


class _Linked(NamedTuple):
    """A row of the links with its units."""

    old: Unit
    new: Unit
    row: Mapping[str, str]


@frozen
class Succeed(Operation[tuple[str, ...]]):
    """Succession of old units by new ones, given by tables: one event for each connected group of links.

    Attributes:
        links: rows with ``old_kind``, ``old_code``, ``new_code``; optionally ``extent`` (by default
            whole if the old unit has one row, otherwise part), ``dominant`` (``1``) and ``dominant_by``.
        created: the new units: rows with ``code``, ``name``, ``kind``, ``category``, ``parent_kind``,
            ``parent_code`` and optionally ``id``.
        goes_on: which of ``code`` and ``name`` show that an old unit continues as the new one: if they
            are equal and the two are linked only with each other. Empty: old units never continue.
        allocation: how the counts of divided units are shared; None leaves the shares unknown.
        cluster: which cluster new units join, where that is ambiguous.

    Raises:
        InvalidAct: rows name a unit that does not exist, or a new unit that no row creates.

    >>> from orgmodel.history.history import structure_of
    >>> s = structure_of([{"id": "p", "kind": "p", "code": "1"}, {"id": "a", "parent": "p", "kind": "c", "code": "7"},
    ...                   {"id": "b", "parent": "p", "kind": "c", "code": "8"}], day="2025-07-01")
    >>> links = [{"old_kind": "c", "old_code": old, "new_code": "9"} for old in "78"]
    >>> [event.type for event in succeed(s, links=links,
    ...     created=[{"code": "9", "name": "N", "kind": "c", "parent_kind": "p", "parent_code": "1"}])]
    ['merger']
    """

    name = "succeed"
    links: Rows = field(converter=_table, kw_only=True)
    created: Rows = field(converter=_table, kw_only=True)
    goes_on: Annotated[tuple[str, ...], WORDS] = field(default=(), converter=arg.texts, kw_only=True)
    allocation: arg.Dividing = field(default=None, kw_only=True)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The events, group by group."""
        faults = [
            Finding("goes-on", f"goes_on is of {' and '.join(_GOES_ON)}, not {word!r}")
            for word in self.goes_on
            if word not in _GOES_ON
        ]
        by_code: dict[tuple[str | None, str | None], Unit] = {
            (u.kind, u.code): u for u in at.structure.units() if u.code is not None
        }
        context = OperationContext(at)
        new_units = _new_units([dict(row) for row in self.created], by_code, context, faults)
        linked = _linked([dict(row) for row in self.links], by_code, new_units, faults)
        if faults:
            raise InvalidAct(f"successions on {at.day}", faults)
        created: list[str] = []
        for group in _groups(linked):
            old, new = group[0].old, group[0].new
            if len(group) == 1 and _same(old, new, self.goes_on):
                context.events += _continued(old, new)
                continue
            try:
                events = self._reorganisation(group).resolve(at)
            except InvalidAct as error:
                # Errors of all groups are collected, so that one error reports the faults, or the open choices, of all.
                context.faults += error.findings
                if isinstance(error, Ambiguous):
                    context.open_choices += len(error.findings)
                    context.questions += error.questions
                continue
            context.events += events
            context.notes.append(partial(getattr, events, "notes"))
            created += events.made
        summary = f"{len(context.events)} successions of {len(self.links)} links"
        return context.done(f"successions on {at.day}", summary, created)

    def _reorganisation(self, group: Sequence[_Linked]) -> Reorganise:
        """The operation that gives the events of a group of links."""
        news = list(dict.fromkeys(linked.new for linked in group))
        count = Counter(linked.old.id for linked in group)
        return Reorganise(
            [_link(linked, count[linked.old.id]) for linked in group],
            created=news,
            allocation=self.allocation,
            under=news[0].parent if len(news) == 1 else None,
            cluster=self.cluster,
            cross_kind=any(linked.old.kind != linked.new.kind for linked in group),
        )

    def gives(self, events: Events) -> tuple[str, ...]:
        """Ids of the new units."""
        return events.made


succeed = function(Succeed)


def _new_units(
    created: Table, by_code: Mapping[Any, Unit], context: OperationContext, faults: list[Finding]
) -> dict[str, Unit]:
    """Code -> new unit; invalid rows are added to the faults."""
    result: dict[str, Unit] = {}
    for number, row in enumerate(created, 1):
        parent = by_code.get((row.get("parent_kind"), row.get("parent_code")))
        if parent is None:
            message = f"there is no {row.get('parent_kind')} of code {row.get('parent_code')!r}"
            faults.append(Finding("live-parent", f"{message} to be the parent of {row.get('name')!r}", row=number))
            continue
        if not row.get("code") or not row.get("kind"):
            faults.append(Finding("created", "a row that creates a unit needs its code and kind", row=number))
            continue
        if row["code"] in result:
            faults.append(Finding("unique-code", f"the code {row['code']!r} is created twice", row=number))
        result[row["code"]] = Unit(
            row.get("id") or context.derive("created", row["kind"], row["code"]),
            name=row.get("name"),
            code=row["code"],
            kind=row.get("kind"),
            category=row.get("category") or None,
            parent=parent.id,
        )
    return result


def _linked(
    links: Table, by_code: Mapping[Any, Unit], new_units: Mapping[str, Unit], faults: list[Finding]
) -> list[_Linked]:
    """The links with their units; invalid rows are added to the faults."""
    linked: list[_Linked] = []
    for number, row in enumerate(links, 1):
        old = by_code.get((row.get("old_kind"), row.get("old_code")))
        new = new_units.get(row.get("new_code", ""))
        if old is None:
            message = f"there is no {row.get('old_kind')} of code {row.get('old_code')!r}"
            faults.append(Finding("live", message, row=number))
        elif new is None:
            faults.append(Finding("links", f"no row creates a unit of code {row.get('new_code')!r}", row=number))
        else:
            linked.append(_Linked(old, new, row))
    return linked


def _groups(links: Sequence[_Linked]) -> list[list[_Linked]]:
    """The links in connected groups, in order of their first link."""
    # A disjoint-set forest over old and new units.
    above: dict[tuple[str, str | None], tuple[str, str | None]] = {}

    def root(node: tuple[str, str | None]) -> tuple[str, str | None]:
        while above.setdefault(node, node) != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for link in links:
        above[root(("new", link.new.code))] = root(("old", link.old.id))
    groups: dict[tuple[str, str | None], list[_Linked]] = {}
    for link in links:
        groups.setdefault(root(("old", link.old.id)), []).append(link)
    return list(groups.values())


_GOES_ON: Final = ("code", "name")
"""The facts by which an old unit can be recognised as continuing."""


def _same(old: Unit, new: Unit, goes_on: Sequence[str]) -> bool:
    return old.kind == new.kind and any(getattr(old, fact) == getattr(new, fact) for fact in goes_on)


def _continued(old: Unit, new: Unit) -> list[Event]:
    """The changes by which an old unit continues as the new one would begin."""
    facts = (
        (tracks.PARENT, old.parent, new.parent),
        (tracks.NAME, old.name, new.name),
        (tracks.CODE, old.code, new.code),
        (tracks.CATEGORY, old.category, new.category),
    )
    return [Change(old.id, track, value) for track, before, value in facts if value != before]


def _link(linked: _Linked, count: int) -> Link:
    """The link of a row, where ``count`` rows have the same old unit."""
    row = linked.row
    extent = row.get("extent") or ("whole" if count == 1 else "part")
    dominant = row.get("dominant") == "1"
    return Link(
        linked.old.id,
        linked.new.id,
        "whole" if extent == "whole" else "part",
        dominant=dominant,
        dominant_by=row.get("dominant_by", "") if dominant else "",
    )
