"""The invariants of a structure, checked through its public interface.

A replay refuses everything that would break them. This checker shares no code with it, so that it finds what the replay
lets through. All tests use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.unit import ROOT
from orgmodel.structure.structure import Structure

__all__ = [
    "check",
]


_Facts = Mapping[str, Mapping[tuple[str, Any], Any]]
"""subject -> (track, slot) -> value."""

_Fault = tuple[str, ...]
"""The id of the invariant, the message, and the subjects."""


def check(structure: Structure) -> tuple[Finding, ...]:
    """Every breach of the invariants in a structure; none if it is sound.

    * each hierarchy has one root, and the way up from every unit leads there without a circle;
    * every parent exists, and every unit is in some hierarchy;
    * kinds are known and stand where the schema allows them on the day;
    * no two units of one kind have the same code;
    * counts are whole and not negative;
    * a unit is in at most one cluster of a partition; members, clusters and clusterings exist; the holder of a role
      existed when it got the role.

    >>> from orgmodel.history.history import structure_of
    >>> check(structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01"))
    ()
    """
    facts = structure.facts()
    units = {s for s, facts_of in facts.items() if facts_of.get((tracks.LIFE, None)) == "unit"}
    broken = [
        *_hierarchies(structure, facts, units),
        *_units(structure, facts, units),
        *(fault for subject, facts_of in facts.items() for fault in _facts(structure, facts, subject, facts_of)),
    ]
    return tuple(Finding(rule, message, subjects, day=structure.day) for rule, message, *subjects in broken)


def _kind(facts: _Facts, subject: str) -> Any:
    return facts.get(subject, {}).get((tracks.KIND, None))


def _hierarchies(structure: Structure, facts: _Facts, units: set[str]) -> Iterator[_Fault]:
    """Faults of hierarchies: roots, parents, cycles, placements, and units without a place."""
    placed: set[str] = set()
    for hierarchy in structure.hierarchies:
        key = tracks.parent_track(hierarchy), None
        stated = {subject: facts_of[key] for subject, facts_of in facts.items() if key in facts_of}
        parents = {subject: None if parent == ROOT else parent for subject, parent in stated.items()}
        placed.update(parents)
        roots = [subject for subject, parent in parents.items() if parent is None]
        # A hierarchy that the schema declares may have no unit yet; then it needs no root.
        if parents and len(roots) != 1:
            yield "one-root", f"{hierarchy!r} has {len(roots)} roots", *sorted(roots)
        yield from _places(structure, facts, units, hierarchy, parents)
        for subject in _on_cycles(parents):
            yield "no-cycle", "stands above itself", subject
    for unit in sorted(units - placed):
        yield "placed", "stands in no hierarchy", unit


def _places(
    structure: Structure, facts: _Facts, units: set[str], hierarchy: str, parents: Mapping[str, str | None]
) -> Iterator[_Fault]:
    """Faults of single units and their parents in a hierarchy."""
    for subject, parent in parents.items():
        if subject not in units:
            yield "live", f"{subject!r} has a parent but is not live", subject
        if parent is not None and parent not in parents:
            yield "live-parent", f"its parent {parent!r} is not live in {hierarchy!r}", subject
        kind, above = _kind(facts, subject), None if parent is None else _kind(facts, parent)
        if not structure.schema.allows(kind, above, structure.day):
            yield "schema", f"a {kind} may not stand under a {above}", subject


def _on_cycles(parents: Mapping[str, str | None]) -> Iterator[str]:
    """The subjects whose way up never ends."""
    # Where a way up is known to end, the ways that lead there end as well: each unit is walked through once.
    ends: set[str] = set()
    for subject in parents:
        path: list[str] = []
        at: str | None = subject
        while at is not None and at not in ends and at not in path:
            path.append(at)
            at = parents.get(at)
        if at is not None and at in path:
            yield subject
        else:
            ends.update(path)


def _units(structure: Structure, facts: _Facts, units: set[str]) -> Iterator[_Fault]:
    """Faults of units: unknown kinds, and codes that two units of a kind have."""
    for unit in sorted(units):
        if not structure.schema.knows(_kind(facts, unit)):
            yield "kind", f"the schema knows no kind {_kind(facts, unit)!r}", unit
    if structure.schema.unique_codes:
        codes = Counter(
            (_kind(facts, unit), code)
            for unit in units
            if (code := facts[unit].get((tracks.CODE, None))) not in (None, *structure.schema.placeholder_codes)
        )
        for (kind, code), times in codes.items():
            if times > 1:
                yield "unique-code", f"{times} units of kind {kind!r} bear the code {code!r}"


def _facts(structure: Structure, facts: _Facts, subject: str, own: Mapping[tuple[str, Any], Any]) -> Iterator[_Fault]:
    """Faults of the facts of one subject: its existence, memberships, counts and roles."""
    if (tracks.LIFE, None) not in own:
        yield "live", "facts hold of it but it is not live", subject
    memberships: Counter[str] = Counter()
    for (track, slot), value in own.items():
        name = tracks.item(track)
        if tracks.is_member(track):
            memberships[name] += 1
            for message in _membership(facts, name, slot, value, memberships[name]):
                yield "cluster", message, subject
        elif tracks.is_measure(track) and not _is_possible(structure.measures.get(name), value):
            yield "count", f"{name} is {getattr(value, 'value', value)}", subject
        elif track == tracks.ROLE and value is None:
            yield "role", f"{slot} is held by nobody that ever was", subject


def _is_possible(measure: Measure | None, figure: Any) -> bool:
    """Whether a measure may have a figure: a count is whole and not negative."""
    number = getattr(figure, "value", figure)
    if measure is None or measure.type != "count" or number is None:
        return True
    return bool(number == int(number) and number >= 0)


def _membership(facts: _Facts, clustering: str, slot: Any, cluster: Any, count: int) -> Iterator[str]:
    life = facts.get(cluster, {}).get((tracks.LIFE, None))
    if getattr(life, "clustering", None) != clustering:
        yield f"its cluster {cluster!r} is not live in {clustering!r}"
    cover = getattr(facts.get(clustering, {}).get((tracks.LIFE, None)), "cover", None)
    if cover is False and count > 1:
        yield f"is in {count} clusters of the partition {clustering!r}"
    if cover and slot != cluster:
        yield f"the slot {slot!r} is not its cluster {cluster!r}"
