"""Successions of many units from tables: links, and the units that they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from attrs import field, frozen

from orgmodel.acts import arguments as arg
from orgmodel.acts.arguments import Form, is_text
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
"""Columns that the tables of :class:`Succeed` must have."""


def _table(rows: Iterable[Mapping[str, str] | Iterable[tuple[str, str]]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Rows as tuples of pairs; cells that are empty say nothing."""
    pairs = (row.items() if isinstance(row, Mapping) else row for row in rows)
    return tuple(tuple((column, cell) for column, cell in row if cell) for row in pairs)


TABLE: Final = Form(
    "the name of a CSV file beside the plan",
    lambda value: is_text(value) or (isinstance(value, list) and all(isinstance(row, dict) for row in value)),
    {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "object"}}]},
    write=lambda rows: [dict(row) for row in rows],
    role="table",
)
"""A table: in a plan the name of its file, in the file of a history its rows."""

Rows = Annotated[tuple[tuple[tuple[str, str], ...], ...], TABLE]


@frozen
class Succeed(Operation[tuple[str, ...]]):
    """Units become units as tables say: one event for each group of links that hang together.

    Attributes:
        links: rows with ``old_kind``, ``old_code``, ``new_code``; perhaps ``extent`` (whole
            if an old unit has one row, else part), ``dominant`` (``1``) and ``dominant_by``.
        created: rows with ``code``, ``name``, ``kind``, ``category``, ``parent_kind``, ``parent_code``,
            perhaps ``id``: the units that the links lead to.
        goes_on: an old unit of one link, from which alone its new unit comes, goes on if
            it has the new one's ``code`` or ``name``: which of them count. Empty: never.
        allocation: how the counts of divided units are shared; not known if None.
        cluster: which cluster new units join, where that is not clear.

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

    name = "succeed"
    links: Rows = field(converter=_table, kw_only=True)
    created: Rows = field(converter=_table, kw_only=True)
    goes_on: Annotated[tuple[str, ...], arg.WORDS] = field(default=(), converter=arg.texts, kw_only=True)
    allocation: arg.Dividing = field(default=None, kw_only=True)
    cluster: arg.Clusters = field(default=None, converter=arg.cluster, kw_only=True)

    def resolve(self, at: Point) -> Events:
        """The events, group by group."""
        structure, links = at.structure, [dict(row) for row in self.links]
        faults = [
            Finding("goes-on", f"goes_on is of {' and '.join(_GOES_ON)}, not {word!r}")
            for word in self.goes_on
            if word not in _GOES_ON
        ]
        by_code: dict[tuple[str | None, str | None], Unit] = {
            (u.kind, u.code): u for u in structure.units() if u.code is not None
        }
        context = OperationContext(at)
        new_units = _new_units([dict(row) for row in self.created], by_code, context, faults)
        pairs: list[tuple[Unit, str, Mapping[str, str]]] = []
        for number, row in enumerate(links, 1):
            old = by_code.get((row.get("old_kind"), row.get("old_code")))
            if old is None:
                message = f"there is no {row.get('old_kind')} of code {row.get('old_code')!r}"
                faults.append(Finding("live", message, row=number))
            elif row.get("new_code") not in new_units:
                faults.append(Finding("links", f"no row creates a unit of code {row.get('new_code')!r}", row=number))
            else:
                pairs.append((old, row["new_code"], row))
        if faults:
            raise InvalidAct(f"successions on {at.day}", faults)
        made: list[str] = []
        for group in _groups(pairs):
            news = list(dict.fromkeys(code for _, code, _ in group))
            if len(group) == 1 and _same(group[0][0], new_units[news[0]], self.goes_on):
                context.events += _moved(group[0][0], new_units[news[0]])
                continue
            count = Counter(old.id for old, _, _ in group)
            operation = Reorganise(
                [_link(old, new_units[code].id, row, count[old.id]) for old, code, row in group],
                created=[new_units[code] for code in news],
                allocation=self.allocation,
                under=new_units[news[0]].parent if len(news) == 1 else None,
                cluster=self.cluster,
                cross_kind=any(old.kind != new_units[code].kind for old, code, _ in group),
            )
            try:
                found = operation.resolve(at)
            except InvalidAct as error:
                # Faults of all groups are reported together; if only choices are open, their questions.
                context.faults += error.findings
                if isinstance(error, Ambiguous):
                    context.open_choices += len(error.findings)
                    context.questions += error.questions
                continue
            context.events += found
            context.notes += found.notes
            made += found.made
        return context.done(
            f"successions on {at.day}", f"{len(context.events)} successions of {len(links)} links", made
        )

    def gives(self, events: Events) -> tuple[str, ...]:
        """Ids of the units that begin."""
        return events.made


succeed = function(Succeed)


def _new_units(
    created: Table, by_code: Mapping[Any, Unit], context: OperationContext, faults: list[Finding]
) -> dict[str, Unit]:
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


_GOES_ON: Final = ("code", "name")
"""What a unit may have in common with the one that goes on as it."""


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
