"""From a proposal to an act: a draft of mergers, or the same as a plan file.

The one place that knows how a group becomes an operation.
"""

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
    "Naming",
    "Parents",
    "draft",
    "joined_names",
    "plan_text",
]

Naming = Callable[[Structure, tuple[str, ...]], str | None]
"""The name of a new unit from its members; None if it has none yet."""

Parents = Callable[[Structure, tuple[str, ...]], str | None]
"""Under which unit a group from several parents stands; None if they have one parent."""


def joined_names(structure: Structure, units: tuple[str, ...]) -> str | None:
    """The members' names with dashes between, of up to three of them; more make no name.

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
    """The act that puts a proposal into effect: one merger for each group of two units or more.

    Args:
        proposal: what is proposed.
        history: the history that the act is for.
        day: the effective day.
        source: where the act comes from.
        act_id: the act's id; day and source if None.
        named: what the new units are called.
        under: the parent of a group whose members have several; needed there.
        choices: further arguments of each merger, as in a plan: ``{"cluster": "majority"}``, ``{"counterparts": True}``.

    Raises:
        InvalidAct: with what stands against it, such as members under several parents or in several clusters.

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
    """A choice as a plan says it, as the draft takes it: a policy by its name, or a table with its arguments."""
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
    """The proposal as a plan file, which ``om.read_plan`` reads: with the reasons as comments.

    Args:
        proposal: what is proposed.
        structure: the organisation before.
        day: the effective day.
        name: what the plan is called.
        source: where it comes from.
        named: as in :func:`draft`.
        under: as in :func:`draft`.
        choices: as in :func:`draft`.
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
    # A JSON text is a TOML text; DEL is the one character that only JSON lets stand.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
