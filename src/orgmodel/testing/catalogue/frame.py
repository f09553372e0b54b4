"""The laws of the frame (F): what a merger leaves alone, and what it may give the new unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from orgmodel.acts.events import Change, Event, Succession
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.testing.catalogue.family import Family, met
from orgmodel.testing.law import (
    Case,
    broken,
    same,
)

__all__ = ["MONTH", "law"]

law: Final = Family()

MONTH: Final = dt.timedelta(days=31)


@law(
    "F1",
    "who takes no part in a merger keeps every fact; children of members keep all but their parent",
    "rule",
    "agencies that merge with their counterparts; roles and memberships of those that end",
)
def f1(case: Case) -> None:
    made = case.merger
    before, after = made.before.facts(), made.after.facts()
    part = {*made.members, *made.news}
    for event in made.act.events:
        if isinstance(event, Succession):
            part |= {unit for link in event.links for unit in (link.old, link.new)}
    below = {
        c
        for unit in part
        if unit in made.before
        for h in made.before.hierarchies
        for c in made.before.children(unit, h)
    }
    for subject, held in before.items():
        if subject in part:
            continue
        now = after.get(subject)
        if now is None:
            broken(f"{subject!r} takes no part in the merger of {list(made.members)}, and is gone")
        for key in held.keys() | now.keys():
            old, new = held.get(key), now.get(key)
            if old == new or (tracks.is_parent(key[0]) and subject in below):
                continue
            # Only what refers to somebody who took part may change with him.
            if tracks.refers_to_subject(key[0]) and {old, new} & part:
                continue
            broken(f"{key[0]} of {subject!r}, which takes no part, was {old!r} and is {new!r}")


@law(
    "F2",
    "the links of a merger are whole and come from its members; the new unit has of clusters, offices and figures only "
    "what a member had",
    "rule",
    "names and codes, which the rule may give",
)
def f2(case: Case) -> None:
    made = case.merger
    new = made.new
    links = [link for event in made.act.events if isinstance(event, Succession) for link in event.links]
    for link in links:
        if link.new == new and (link.old not in {*made.members, new} or link.extent != "whole"):
            broken(f"the link {link} is no whole one from a member of {list(made.members)}")
    had = [made.before.facts()[member] for member in made.members]
    for (track, slot), value in made.after.facts()[new].items():
        held = [facts[track, slot] for facts in had if (track, slot) in facts]
        any_slot = [v for facts in had for (t, _), v in facts.items() if t == track]
        if tracks.is_member(track) and value not in any_slot:
            broken(f"{new!r} is in the cluster {value!r}, in which no member was")
        if track == tracks.OFFICE and value not in any_slot:
            broken(f"{value!r} holds an office in {new!r} and held none in a member")
        # That it is not known may be said of what nobody stated.
        if tracks.is_measure(track) and not held and not (isinstance(value, Quantity) and not value.is_known):
            broken(f"{new!r} states {track} {slot}: {value!r}, and no member stated any")


@law(
    "F3",
    "what holds on the day of a merger holds a month later, unless an act before it said until when",
    "rule",
    "rules that give an end to what they make",
)
def f3(case: Case) -> None:
    made = case.merger
    day = made.act.effective
    # An end that only the merger gives is none that a member had.
    ends = {change.until for act in case.history.acts for change in _changes(act.events) if change.until is not None}
    later = day + MONTH
    met(not any(day < end <= later for end in ends))
    same(made.history.at(later).facts(), made.after.facts(), f"a month after the merger of {list(made.members)}")
    for act in made.history.acts:
        if act.effective > day:
            broken(f"the merger of {list(made.members)} left the act {act} behind it")


@law(
    "F4",
    "a rule that refuses some members refuses them in every order and under other names, and nothing else is refused",
    "rule",
    "rules that break ties by id",
)
def f4(case: Case) -> None:
    members, (other, names) = case.members, case.renamed
    expected = _word(case, members)
    for turned in (members[::-1], (*members[1:], members[0])):
        if _word(case, turned) != expected:
            broken(f"{list(members)} is {expected}, {list(turned)} is not")
    if _word(other, sorted(names[member] for member in members)) != expected:
        broken(f"{list(members)} is {expected}, with other ids it is not")


def _word(case: Case, members: Sequence[str]) -> str:
    return "refused" if isinstance(case.asked(members), Refused) else "accepted"


def _changes(events: Iterable[Event]) -> Iterator[Change]:
    for event in events:
        if isinstance(event, Change):
            yield event
        elif isinstance(event, Succession):
            yield from event.changes
