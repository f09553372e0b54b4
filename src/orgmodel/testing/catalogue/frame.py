"""The laws of the frame (F): what a merger leaves alone, and what it may give the new unit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.structure.structure import Structure
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.catalogue.shared import (
    children_in_all,
    last_days,
)
from orgmodel.testing.law import Case, broken, same
from orgmodel.testing.statements import statements

__all__ = ["MONTH", "law", "words_given"]

law: Final = Family()

MONTH: Final = dt.timedelta(days=31)


@law(
    "F1",
    "who takes no part in a merger keeps every fact, children of members keep all but their parent, and nobody else "
    "begins",
    "rule",
    "agencies that merge with their counterparts; roles and memberships of those that end",
)
def f1(case: Case) -> None:
    merger = case.merger
    taking_part = {*merger.members, *merger.news, *statements(merger.act.events).linked}
    before, after = (
        {subject: facts for subject, facts in facts.items() if subject not in taking_part}
        for facts in (merger.facts_before, merger.facts_after)
    )
    begun_or_gone = after.keys() ^ before.keys()
    same(begun_or_gone, set(), f"who begins or is gone, and takes no part in the merger of {list(merger.members)}")
    children = {c for unit in taking_part & {*merger.before} for c in children_in_all(merger.before, unit)}
    for subject in before:
        for key in before[subject].keys() | after[subject].keys():
            old, new = before[subject].get(key), after[subject].get(key)
            # Only what refers to somebody who takes part may change with him.
            refers = tracks.refers_to_subject(key[0]) and {old, new} & taking_part
            moves = tracks.is_parent(key[0]) and subject in children
            if old != new and not refers and not moves:
                broken(f"{key[0]} of {subject!r}, which takes no part, was {old!r} and is {new!r}")


@law(
    "F2",
    "the links of a merger are whole and come from its members; the new unit has of clusters, offices, categories, "
    "figures and facts only what a member had, and a rate between theirs",
    "rule",
    "names and codes, which the rule may give; clusters and categories that it was given",
)
def f2(case: Case) -> None:
    merger = case.merger
    new = merger.new
    for link in statements(merger.act.events).links:
        if link.new == new and (link.old not in {*merger.members, new} or link.extent != "whole"):
            broken(f"the link {link} is no whole one from a member of {list(merger.members)}")
    facts_of_members = [merger.facts_before[member] for member in merger.members]
    facts_of_new, words_of_rule = merger.facts_after[new], words_given(case.kit.rule)
    for (track, slot), value in facts_of_new.items():
        had = [facts[key] for facts in facts_of_members for key in facts if key[0] == track]
        fault = _not_had(merger.before, track, value, had)
        if fault and value not in words_of_rule:
            broken(f"{new!r} {fault}: {track} {slot or ''}: {value!r}, of members who have {had}")
    seats_of_new = _holders(facts_of_new)
    for holder, seats in (seats_of_new - sum(map(_holders, facts_of_members), Counter())).items():
        broken(f"{holder!r} has {seats} more seats in {new!r} than in all its members")


def _not_had(before: Structure, track: str, value: Any, had: Sequence[Any]) -> str:
    """What is wrong with a fact of a new unit, beside those of its members; empty if nothing is."""
    family, fault = tracks.family(track), ""
    sort = before.measures[tracks.item(track)].type if tracks.is_measure(track) else ""
    if value not in had and (family in _INHERITED or sort == "category"):
        fault = _INHERITED.get(family, "has a category that no member had")
    elif not had and family == tracks.FACT:
        fault = "states a fact that no member stated"
    elif sort and not had and Quantity.of(value).is_known:
        # That it is not known may be said of what nobody stated.
        fault = "states a figure, and no member stated any"
    elif sort == "rate" and had and not any(isinstance(rate, Quantity) for rate in (*had, value)):
        fault = "" if min(had) <= value <= max(had) else "has a rate that is not between those of its members"
    return fault


_INHERITED: Final = {
    tracks.MEMBER: "is in a cluster in which no member was",
    tracks.OFFICE: "has a holder of an office who held none in a member",
    tracks.CATEGORY: "has a category that no member had",
}
"""Family of tracks of which a new unit has only values that a member had -> what is wrong if not."""


def _holders(facts: Mapping[tuple[str, Any], Any]) -> Counter[str]:
    """Holder -> how many seats."""
    return Counter(value for (track, _), value in facts.items() if track == tracks.OFFICE)


def words_given(thing: Any) -> set[str]:
    """The texts that a rule or policy was given as fields, however deep inside."""
    if isinstance(thing, str):
        return {thing}
    if attrs.has(type(thing)):
        inside: Iterable[object] = [getattr(thing, field.name) for field in attrs.fields(type(thing))]
    elif isinstance(thing, Mapping):
        inside = thing.values()
    else:
        inside = thing if isinstance(thing, (tuple, list, set, frozenset)) else ()
    return set[str]().union(*map(words_given, inside))


@law(
    "F3",
    "what holds on the day of a merger holds a month later, unless an act before it said until when",
    "rule",
    "rules that give an end to what they make",
)
def f3(case: Case) -> None:
    merger = case.merger
    day = merger.act.effective
    later = day + MONTH
    # An end that only the merger gives is none that a member had.
    met(not any(day < end <= later for end in last_days(case.history.acts)))
    same(merger.history.at(later).facts(), merger.facts_after, f"a month after the merger of {list(merger.members)}")
    same([act.id for act in merger.history.acts if act.effective > day], [], "acts that the merger leaves behind it")


@law(
    "F4",
    "a rule that refuses some members refuses them in every order and under other names, and nothing else is refused",
    "rule",
    "rules that break ties by id",
)
def f4(case: Case) -> None:
    members, turned = case.members, case.turned
    expected = _word(case, members)
    if _word(case, turned) != expected:
        broken(f"{list(members)} is {expected}, {list(turned)} is not")
    other, names = case.renamed
    if _word(other, [names[member] for member in members]) != expected:
        broken(f"{list(members)} is {expected}, with other ids it is not")


def _word(case: Case, members: Sequence[str]) -> str:
    return "refused" if isinstance(case.asked(members), Refused) else "accepted"
