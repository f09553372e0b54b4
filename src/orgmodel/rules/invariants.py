"""What always holds of a structure, checked plainly through its public face.

The replay refuses whatever would break these; this checker shares no code with it, so
that the one can find what the other lets through. It serves every test.
"""

from __future__ import annotations

from collections import Counter

from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.unit import ROOT
from orgmodel.structure.structure import Structure

__all__ = [
    "check",
]


def check(structure: Structure) -> tuple[Finding, ...]:
    """Every breach of the invariants in a structure; none if it is sound.

    * one root per hierarchy, and every unit reaches it without meeting itself;
    * every parent is live, and every unit stands in some hierarchy;
    * kinds are known and stand where the schema lets them on the day;
    * no two units of one kind bear one code;
    * counts are whole and not negative;
    * a unit is in at most one cluster of a partition; members, clusters and clusterings
      are live; a role is held by a unit that was there when it was given.

    >>> from orgmodel.history.history import structure_of
    >>> check(structure_of([{"id": "a"}, {"id": "b", "parent": "a"}], day="2025-07-01"))
    ()
    """
    facts = structure.facts()
    units = {s for s, held in facts.items() if held.get((tracks.LIFE, None)) == "unit"}
    found: list[Finding] = []

    def fault(rule: str, message: str, *subjects: str) -> None:
        found.append(Finding(rule, message, subjects, day=structure.day))

    placed: set[str] = set()
    for hierarchy in structure.hierarchies:
        key = tracks.parent_track(hierarchy), None
        parents = {s: None if held[key] == ROOT else held[key] for s, held in facts.items() if key in held}
        placed.update(parents)
        roots = [s for s, parent in parents.items() if parent is None]
        if parents and len(roots) != 1:
            fault("one-root", f"{hierarchy!r} has {len(roots)} roots", *sorted(roots))
        safe = set(roots)
        for subject, parent in parents.items():
            if subject not in units:
                fault("live", f"{subject!r} has a parent but is not live", subject)
            if parent is not None and parent not in parents:
                fault("live-parent", f"its parent {parent!r} is not live in {hierarchy!r}", subject)
            path = []
            at: str | None = subject
            while at is not None and at not in safe and at not in path:
                path.append(at)
                at = parents.get(at)
            if at is not None and at in path:
                fault("no-cycle", "stands above itself", subject)
            else:
                safe.update(path)
            kind = facts[subject].get((tracks.KIND, None))
            above = None if parent is None else facts.get(parent, {}).get((tracks.KIND, None))
            if not structure.schema.allows(kind, above, structure.day):
                fault("schema", f"a {kind} may not stand under a {above}", subject)
    for unit in sorted(units - placed):
        fault("placed", "stands in no hierarchy", unit)
    for unit in sorted(units):
        if not structure.schema.knows(facts[unit].get((tracks.KIND, None))):
            fault("kind", f"the schema knows no kind {facts[unit].get((tracks.KIND, None))!r}", unit)
    if structure.schema.unique_codes:
        codes = Counter(
            (facts[u].get((tracks.KIND, None)), facts[u][tracks.CODE, None])
            for u in units
            if facts[u].get((tracks.CODE, None), None) not in (None, *structure.schema.placeholder_codes)
        )
        for (kind, code), times in codes.items():
            if times > 1:
                fault("unique-code", f"{times} units of kind {kind!r} bear the code {code!r}")
    for subject, held in facts.items():
        memberships: Counter[str] = Counter()
        if (tracks.LIFE, None) not in held:
            fault("live", "facts hold of it but it is not live", subject)
        for (track, slot), value in held.items():
            sort, _, name = track.partition(":")
            if sort == "member":
                memberships[name] += 1
                life = facts.get(value, {}).get((tracks.LIFE, None))
                if getattr(life, "clustering", None) != name:
                    fault("cluster", f"its cluster {value!r} is not live in {name!r}", subject)
                cover = getattr(facts.get(name, {}).get((tracks.LIFE, None)), "cover", None)
                if cover is False and memberships[name] > 1:
                    fault("cluster", f"is in {memberships[name]} clusters of the partition {name!r}", subject)
                if cover and slot != value:
                    fault("cluster", f"the slot {slot!r} is not its cluster {value!r}", subject)
            elif sort == "measure":
                measure = structure.measures.get(name)
                number = getattr(value, "value", value)
                counts = measure is not None and measure.type == "count" and number is not None
                if counts and (number != int(number) or number < 0):
                    fault("count", f"{name} is {number}", subject)
            elif track == tracks.ROLE and not isinstance(value, Absent) and value is None:
                fault("role", f"{slot} is held by nobody that ever was", subject)
    return tuple(found)
