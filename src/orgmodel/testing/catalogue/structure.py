"""The laws of structure (S): one tree, every unit where its kind may stand, facts without gap or overlap."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.model import track as tracks
from orgmodel.model.schema import Schema
from orgmodel.model.unit import Unit
from orgmodel.period import ONE_DAY, Period
from orgmodel.testing.catalogue.family import Family
from orgmodel.testing.catalogue.shared import children_in_all, count_measures
from orgmodel.testing.law import Case, broken, happens, same
from orgmodel.testing.moves import pick

__all__ = ["RULES_OF", "law"]

law: Final = Family()

_RULES: Final = {
    "S1": ("live-parent", "one-root", "placed", "live", "cluster", "role"),
    "S2": ("schema", "kind", "unique-code"),
    "S3": ("no-cycle",),
    "S4": ("count",),
}


RULES_OF: Final = {rule: number for number, rules in _RULES.items() for rule in rules}
"""Rule of the invariants -> the law that it belongs to."""


_LEVELS: Final = ("upper", "middle", "lower")


def _sound(number: str, case: Case, *, inside: bool = False) -> None:
    """No finding of the rules of a law, on any day and, if ``inside``, after the last events of an act."""
    for finding in case.findings + (case.findings_inside if inside else ()):
        if finding.rule in _RULES[number]:
            broken(str(finding))


@law(
    "S1", "every unit but the root has exactly one parent, live on the same day, in each hierarchy it is in", "history"
)
def s1(case: Case) -> None:
    _sound("S1", case, inside=True)
    # The checker finds nothing that the library refuses: so it is shown that it does refuse.
    above = [unit for unit in case.structure if children_in_all(case.structure, unit)]
    if above:
        unit = pick(above, case.number(0))
        if happens(case.history, case.act([Closure(unit)])) is not None:
            broken(f"{unit!r} could end above its live children")


@law("S2", "the schema allows every unit's kind under its parent's", "history", "between two events of one day")
def s2(case: Case) -> None:
    _sound("S2", case)
    structure, schema = case.structure, case.history.schema
    unit = pick(list(structure), case.number(0))
    kind, below = structure.value(unit, tracks.KIND), {unit, *structure.descendants(unit)}
    outside = [place for place in structure if place not in below]
    places = [u for u in outside if not schema.allows(kind, structure.value(u, tracks.KIND), case.day)]
    span = Period(case.day, case.day + ONE_DAY)
    levels = Schema.levels(*_LEVELS, period=span)
    for day in (case.day - ONE_DAY, case.day, case.day + ONE_DAY):
        allowed = [kind for kind in _LEVELS if any(levels.allows(kind, above, day) for above in (None, *_LEVELS))]
        same(allowed, [*_LEVELS] if day in span else [], f"kinds that may stand anywhere on {day}, of {span}")
        same([*levels.kinds_on(day)], allowed, f"kinds of {day}, by placements of {span}")
    if places and structure.parent(unit) is not None:
        bad = Change(unit, tracks.PARENT, pick(places, case.number(1)))
        if happens(case.history, case.act([bad])) is not None:
            broken(f"{unit!r}, a {kind}, could move to {bad.value!r}, a {structure.value(bad.value, tracks.KIND)}")


@law("S3", "every unit reaches the root without meeting itself", "history")
def s3(case: Case) -> None:
    _sound("S3", case, inside=True)
    structure = case.structure
    unit = pick(list(structure), case.number(0))
    # Itself, too: the shortest circle.
    lower = pick([unit, *structure.descendants(unit)], case.number(1))
    if happens(case.history, case.act([Change(unit, tracks.PARENT, lower)])) is not None:
        broken(f"{unit!r} could move under {lower!r}, itself or below itself")


@law("S4", "no count is negative or a fraction", "history", "measures that are no counts")
def s4(case: Case) -> None:
    _sound("S4", case)
    unit = pick(list(case.structure), case.number(0))
    for measure in count_measures(case.structure):
        for figure in (-1 - case.number(1), Fraction(1 + 2 * case.number(1), 2)):
            bad = Change(unit, tracks.measure_track(measure), figure, tracks.OWN)
            if happens(case.history, case.act([bad])) is not None:
                broken(f"{unit!r} could state {figure} {measure}")


@law("S5", "an id lives in one interval and is never used again", "history", "codes, which may pass to another unit")
def s5(case: Case) -> None:
    used, schema, day = case.history.units_ever(), case.history.schema, case.day + ONE_DAY
    lives = {unit: [fact for fact in case.history.biography(unit) if fact.track == tracks.LIFE] for unit in used}
    same(
        {unit: len(facts) for unit, facts in lives.items()}, dict.fromkeys(used, 1), "in how many intervals units live"
    )
    again, parent = pick(used, case.number(0)), pick(list(case.structure), case.number(1))
    above = case.structure.value(parent, tracks.KIND)
    kinds = [kind.id for kind in schema.kinds if schema.allows(kind.id, above, day)] or [above]
    unit = Unit(again, kind=pick(kinds, case.number(2)), parent=parent)
    if happens(case.history, case.act([Creation(unit)], day=day)) is not None:
        broken(f"the id {again!r} could be used again")
