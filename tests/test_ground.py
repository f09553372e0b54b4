"""Correspondences by ground are true of every person, whom the record does not know."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from twins.world import ALL, COMMUNE, PROVINCE, World

from orgmodel.history.correspondence import Correspondence
from orgmodel.model.measure import Measure, Quantity

PERSONS = Measure("persons")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    communes = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=2, max_size=5))
    world = World(communes, draw(st.lists(st.integers(2, 5), max_size=2)), draw(st.integers(0, 3)))
    number = st.integers(0, 11)
    for sort, i, j, k, same_day in draw(
        st.lists(st.tuples(st.sampled_from(ALL), number, number, number, st.booleans()), min_size=2, max_size=10)
    ):
        world.day += not same_day
        if not world.happen(sort, i, j, k):
            world.day -= not same_day
    return world


class Truth:
    """Who of an old unit is where."""

    def __init__(self, world: World, a: int, b: int, kind: str) -> None:
        before, after = world.days[a][0], world.days[b][0]
        self.size: Counter[str] = Counter()
        self.there: Counter[tuple[str, str]] = Counter()
        self.lost: Counter[str] = Counter()
        for person, unit in before.items():
            old = world.holder(a, unit, kind)
            self.size[old] += 1
            if person in after:
                self.there[old, world.holder(b, after[person], kind)] += 1
            else:
                self.lost[old] += 1
        self.with_newborn = {world.holder(b, unit, kind) for person, unit in after.items() if person not in before}


def asked(world: World, a: int, b: int, kind: str) -> Correspondence:
    # The census of the first day says how many live in each unit.
    from orgmodel.acts.events import Act, Change

    figures = Counter(world.days[a][0].values())
    units = [
        u for u in world.days[a][1] if figures[u] or world.history.at(world.date(a)).measure(u, "persons").is_known
    ]
    day = world.date(a)
    known = world.history.enact(
        Act(f"census {a}", day, [Change(u, "measure:persons", figures[u], "own") for u in units])
    )
    return known.correspondence(day, world.date(b), kind=kind)


def checked(world: World, a: int, b: int, kind: str) -> tuple[Correspondence, Any]:
    truth = Truth(world, a, b, kind)
    found = asked(world, a, b, kind)
    rows = {(row.old, row.new): row for row in found}
    scope = set(found.olds)
    for (old, new), persons in truth.there.items():
        if old in scope:
            assert (old, new) in rows, f"{persons} of {old} are in {new}"
    for old in truth.lost:
        if old in scope:
            assert found.is_partly_lost(old) or not found[old]
    for (old, new), row in rows.items():
        persons, size = truth.there[old, new], truth.size[old]
        if row.extent == "whole":
            assert persons == size
        if row.exact and size:
            assert persons > 0, f"{row} is certain, but nobody is there"
        low, high = row.share_bounds("persons")
        if size:
            assert low <= Fraction(persons, size) <= high
    for new in truth.with_newborn & set(found.news):
        assert found.is_partly_new(new)
    values = {old: truth.size[old] for old in found.olds if truth.size[old]}
    carried = found.account(values, PERSONS, "bounds", unmapped="drop")
    for new, figure in carried.items():
        quantity = Quantity.of(figure)
        persons = sum(truth.there[old, new] for old in values)
        if carried.exact[new]:
            assert quantity == persons
        elif not quantity.is_exact:
            assert (quantity.low or 0) <= persons
            assert quantity.high is None or persons <= quantity.high
    return found, carried


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(worlds(), st.data())
def test_no_row_share_or_figure_is_false(world: World, data: st.DataObject) -> None:
    """L3: of every person in every drawn history, whole, certain, shares and exact figures are true; nobody is forgotten."""
    days = sorted(world.days)
    a = data.draw(st.sampled_from(days))
    b = data.draw(st.sampled_from([day for day in days if day >= a]))
    kind = data.draw(
        st.sampled_from(
            [k for k in (PROVINCE, COMMUNE) if any(world.days[d][2][u] == k for d in (a, b) for u in world.days[d][1])]
        )
    )
    for day in (a, b):
        if not any(world.days[day][2][u] == kind for u in world.days[day][1]):
            return
    note(str(world.told))
    note(f"{a} {b} {kind} {world.days[0]}")
    checked(world, a, b, kind)
