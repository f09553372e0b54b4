"""Wrong rules of users: each is caught by a law that says what is wrong, and the script that is printed fails too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import pytest
from attrs import evolve

import orgmodel as om
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER
from orgmodel.testing import laws
from orgmodel.testing.checks import ContractBroken, check_cluster_policy, check_merger_rule
from orgmodel.testing.law import Choosing, LawBroken

GOOD = Choosing()
Change = Callable[[om.Structure, list[str], om.Succession], Iterable[om.Change]]


def spoiled(change: Callable[..., object]) -> Callable[..., list[object]]:
    """A rule whose first succession is spoiled."""

    def rule(structure, members, day, source):
        events = list(GOOD(structure, members, day, source))
        at = next(i for i, event in enumerate(events) if isinstance(event, om.Succession))
        made = change(structure, sorted(set(members)), events[at])
        events[at : at + 1] = made if isinstance(made, list) else [made]
        return events

    rule.__name__ = rule.__qualname__ = change.__name__
    rule.__module__ = "__main__"  # it is made here, and cannot be imported by name
    return rule


def with_changes(event, *more, drop=lambda change: False):
    return evolve(event, changes=(*(c for c in event.changes if not drop(c)), *more))


def new_of(event):
    return event.links[0].new


def a_child_stays_outside(structure, members, event):
    home = structure.parent(members[0])
    moved = [c for c in event.changes if tracks.is_parent(c.track) and c.value == new_of(event)]
    if not moved or home is None:
        return event
    return with_changes(event, evolve(moved[0], value=home), drop=lambda c: c is moved[0])


def a_predecessor_goes_on(structure, members, event):
    first, *rest = event.links
    return evolve(event, links=(evolve(first, extent="part"), *rest))


def the_name_of_the_first_id(structure, members, event):
    name = next((n for m in sorted(members) if (n := structure.unit(m).name)), None)
    return evolve(event, created=(evolve(event.created[0], name=name), *event.created[1:]))


def a_strangers_child_comes_along(structure, members, event):
    inside = {*members, *(c for m in members for c in structure.descendants(m))}
    inside |= {a for m in members for a in structure.ancestors(m)}
    homes = (None, structure.parent(members[0]))
    fits = [
        unit
        for unit in structure
        if unit not in inside and structure.parent(unit) not in homes
        if structure.schema.allows(structure.unit(unit).kind, event.created[0].kind, structure.day)
    ]
    return with_changes(event, om.Change(fits[0], tracks.PARENT, new_of(event))) if fits else event


def the_id_of_a_member(structure, members, event):
    mine, new = members[0], new_of(event)
    return evolve(
        event,
        links=tuple(evolve(link, new=mine) if link.new == new else link for link in event.links),
        created=tuple(evolve(unit, id=mine) if unit.id == new else unit for unit in event.created),
        changes=tuple(
            evolve(c, subject=mine if c.subject == new else c.subject, value=mine if c.value == new else c.value)
            for c in event.changes
        ),
    )


def the_leader_changes(structure, members, event):
    for cluster in structure.clusters():
        others = [u for u in structure.members(cluster.id) if u not in members and u != structure.leader(cluster.id)]
        if others:
            return [event, om.Change(cluster.id, tracks.ROLE, others[0], (LEADER, 1))]
    return event


def a_fact_lapses_a_day_later(structure, members, event):
    until = structure.day + dt.timedelta(days=1)
    return evolve(
        event,
        changes=tuple(evolve(c, until=until) if tracks.is_member(c.track) and c.value else c for c in event.changes),
    )


def a_figure_is_doubled(structure, members, event):
    def twice(c):
        return evolve(c, value=2 * c.value) if tracks.is_measure(c.track) and isinstance(c.value, int) else c

    return evolve(event, changes=tuple(map(twice, event.changes)))


def a_figure_is_lost(structure, members, event):
    return with_changes(event, drop=lambda c: c.track == tracks.measure_track("members") and c.value is not None)


def somebody_takes_an_office(structure, members, event):
    return with_changes(event, om.Change(new_of(event), tracks.OFFICE, "somebody", ("head", 1)))


def a_bystander_is_renamed(structure, members, event):
    stranger = next((u for u in structure if u not in members and structure.parent(u) is not None), None)
    return event if stranger is None else [event, om.Change(stranger, tracks.CODE, "renamed")]


def only_sorted_members_merge(structure, members, day, source):
    if list(members) != sorted(members):
        raise om.Refused("a merger", [om.Finding("order", "the members are not in order", tuple(members))])
    return GOOD(structure, members, day, source)


WRONG = [
    (spoiled(a_child_stays_outside), {"C2", "F1"}),
    (spoiled(a_predecessor_goes_on), {"F2", "T4", "C1", "A6"}),
    (spoiled(the_name_of_the_first_id), {"E10", "A2"}),
    (spoiled(a_strangers_child_comes_along), {"C2", "F1", "C1"}),
    (spoiled(the_id_of_a_member), {"E7"}),
    (spoiled(the_leader_changes), {"F1"}),
    (spoiled(a_fact_lapses_a_day_later), {"F3"}),
    (spoiled(a_figure_is_doubled), {"A6", "C1"}),
    (spoiled(a_figure_is_lost), {"A6", "C1"}),
    (spoiled(somebody_takes_an_office), {"F2"}),
    (spoiled(a_bystander_is_renamed), {"F1"}),
    (only_sorted_members_merge, {"F4", "A1"}),
]


@pytest.mark.parametrize(("rule", "its_laws"), WRONG, ids=[rule.__name__ for rule, _ in WRONG])
def test_a_wrong_rule_is_caught_by_its_law(rule, its_laws):
    """What is wrong is said by a law about it, and the script that shows it again fails as well."""
    with pytest.raises(LawBroken) as caught:
        laws.check(rule=rule, max_examples=100, seed=1, shrink=False)
    told = str(caught.value)
    assert its_laws & {caught.value.law.id, *(law.id for law in caught.value.also)}, told
    assert "(run once more" not in told, told


def test_the_smallest_case_of_a_wrong_rule_is_small():
    """What is printed for reading has few units, and runs."""
    with pytest.raises(LawBroken) as caught:
        check_merger_rule(spoiled(a_bystander_is_renamed), max_examples=100, seed=1)
    assert len(caught.value.case.structure) <= 5
    assert "(run once more" not in str(caught.value)


def of_the_first(structure, clustering, members):
    """The cluster of whoever is named first."""
    return structure.clusters_of(members[0], clustering.id)


def test_a_wrong_policy_of_clusters_is_caught():
    """One that reads the order of members."""
    with pytest.raises((ContractBroken, LawBroken)):
        check_cluster_policy(of_the_first, max_examples=30, seed=1)
