"""From a proposal to an act: as a draft of mergers or as a plan file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from orgmodel.acts.draft import Draft
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.plan import POLICIES
from orgmodel.scenario.propose.proposal import Proposal
from orgmodel.structure.structure import Structure

__all__ = [
    "draft",
    "plan_text",
]

Naming = Callable[[Structure, tuple[str, ...]], str | None]
"""Gives the name of a new unit from its members; None leaves it without a name."""

Parents = Callable[[Structure, tuple[str, ...]], str | None]
"""Gives the parent of a new unit from its members; None if all members have the same parent."""


def joined_names(structure: Structure, units: tuple[str, ...]) -> str | None:
    """The members' names joined with dashes; None if there are more than three.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "name": x.upper()} for x in "abcd")]
    >>> structure = structure_of(rows, day="2025-01-01")
    >>> joined_names(structure, ("a", "b")), joined_names(structure, tuple("abcd"))
    ('A - B', None)
    """
    names = [structure.unit(unit).name for unit in units]
    return " - ".join(map(str, names)) if len(names) <= 3 and all(names) else None


def draft(
    proposal: Proposal,
    history: History,
    day: DayLike,
    source: Source = Source.unknown,
    *,
    act_id: str | None = None,
    named: Naming = joined_names,
    under: Parents | None = None,
    choices: Mapping[str, Any] | None = None,
) -> Draft:
    """The act that enacts a proposal: one merger for each group of two units or more.

    Args:
        proposal: the proposal.
        history: the history to draft the act on.
        day: the effective day.
        source: the source of the act.
        act_id: the act's id; by default formed from day and source.
        named: gives the names of the new units.
        under: gives the parent of a group; needed if its members have different parents.
        choices: further arguments of each merger, as in a plan: ``{"cluster": "majority"}``, ``{"counterparts": True}``.

    Raises:
        InvalidAct: a merger is impossible, for example because the members are under several parents or in several
            clusters.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.scenario.propose.mergers import propose_mergers
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "members": n} for x, n in zip("abc", (5, 1, 9)))]
    >>> history = history_of(rows, day="2025-01-01")
    >>> found = propose_mergers(history.at("2025-01-01"), [("a", "b"), ("b", "c")], AtLeast("members", 4))
    >>> after = history.enact(draft(found[0], history, "2026-01-01")).at("2026-01-01")
    >>> [after.measure(unit, "members").value for unit in after.children("vn")]
    [9, 6]
    """
    options = {key: _value(key, value) for key, value in (choices or {}).items()}
    with history.draft(as_day(day), source=source, act_id=act_id) as act, act.together():
        before = act.structure
        for units in proposal.mergers:
            parent = None if under is None else under(before, units)
            act.merge(units, into=Unit(name=named(before, units)), under=parent, **options)
    return act


def _value(key: str, value: Any) -> Any:
    """A choice as written in a plan, converted for the draft: the name of a policy, or a table with its arguments."""
    if key == "counterparts" or not isinstance(value, (str, dict)):
        return value
    table = {"policy": value} if isinstance(value, str) else dict(value)
    name = table.pop("policy", None)
    if name in POLICIES:
        return POLICIES[name](**table)
    if key == "cluster" and isinstance(value, str):
        return value
    raise Refused("a choice", [Finding("policy", f"{key} is {value!r}; there are {', '.join(POLICIES)}")])


def plan_text(
    proposal: Proposal,
    structure: Structure,
    day: DayLike,
    name: str,
    *,
    source: str = "a proposal",
    named: Naming = joined_names,
    under: Parents | None = None,
    choices: Mapping[str, Any] | None = None,
) -> str:
    """The proposal as the text of a plan file for ``om.read_plan``, with the reasons as comments.

    Args:
        proposal: the proposal.
        structure: the organisation before.
        day: the effective day.
        name: the name of the plan.
        source: the source of the plan.
        named: as in :func:`draft`.
        under: as in :func:`draft`.
        choices: as in :func:`draft`.

    >>> import orgmodel as om
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> rows = [{"id": "vn"}, *({"id": x, "parent": "vn", "members": n} for x, n in zip("abc", (5, 1, 9)))]
    >>> structure = om.structure_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    >>> proposal = om.propose_mergers(structure, [("a", "b"), ("b", "c")], AtLeast("members", 4), steps=200)[0]
    >>> print(plan_text(proposal, structure, "2026-01-01", "ours"))
    name = "ours"
    source = "a proposal"
    <BLANKLINE>
    [[stage]]
    name = "mergers"
    day = 2026-01-01
    <BLANKLINE>
    # a + b
    # because b has 1 members, 3 below the floor of 4
    [[stage.do]]
    op = "merge"
    units = ["a", "b"]
    """
    lines = [
        f"name = {_toml(name)}",
        f"source = {_toml(source)}",
        "",
        "[[stage]]",
        'name = "mergers"',
        f"day = {as_day(day)}",
    ]
    for group in proposal.groups:
        if not group.merges:
            continue
        lines += ["", f"# {' + '.join(structure.unit(unit).label for unit in group.units)}"]
        lines += [f"# because {' '.join(str(reason).split())}" for reason in group.reasons]
        lines += ["[[stage.do]]", 'op = "merge"', f"units = {_toml(list(group.units))}"]
        new_name = named(structure, group.units)
        if new_name:
            lines.append(f"into = {{ name = {_toml(new_name)} }}")
        parent = None if under is None else under(structure, group.units)
        if parent:
            lines.append(f"under = {_toml(parent)}")
        lines += [f"{key} = {_toml(value)}" for key, value in (choices or {}).items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # A JSON string is also a TOML string, except that TOML does not allow an unescaped DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
