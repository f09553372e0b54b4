"""Two registers become one, and a second edition of a register."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from profiles import times
from register_records import ANY, read, records_of
from worlds import World, found

import orgmodel as om


def history_of_world(seed: int, size: int) -> tuple[World, om.History]:
    """A world and the history of its register."""
    world = World(seed, size, ANY)
    rows, _ = records_of(world, Random(seed))
    return world, read(rows, schema=om.Schema(unique_codes=False)).history


@times(0.25)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_both_registers_are_found_in_the_whole(seed: int, size: int) -> None:
    """What each says of its units is so in the whole, each under its own unit, and in what was recorded."""
    (a, first), (b, second) = history_of_world(seed, size), history_of_world(seed + 1, size)
    whole = first.graft(second, under="root", ids="b-")
    for day in sorted({*a.days, *b.days}):
        names = {unit for unit in whole.at(day).children("root") if not unit.startswith("b-")}
        below = [whole.at(day).unit(unit) for one in names for unit in (one, *whole.at(day).descendants(one))]
        assert sorted(unit.name for unit in below) == sorted(item[1] for item in a.state(day).elements())
        assert b.state(day) == found(whole.at(day), "b-root")
    assert len(whole.log) == len(first.log) + len(second.log)
    assert {link.old for link in whole.lineage.links()} >= {f"b-{link.old}" for link in second.lineage.links()}
    assert om.loads(om.dumps(whole)) == whole


@times(0.25)
@given(st.integers(0, 10**6))
def test_what_is_learned_later_goes_through_the_grafted_acts(seed: int) -> None:
    """A figure learned late in the whole is what it would have been in the register alone."""
    world, history = history_of_world(seed, 6)
    whole = history_of_world(seed + 1, 2)[1].graft(history, under="root", ids="b-")
    units = [unit for unit in history.at(world.first) if unit != "root"]
    figures = [om.Change(unit, "measure:members", n, "own") for n, unit in enumerate(units, 1)]
    late = om.Act("late", world.first, figures)
    alone = history.enact(late, recorded="2030-01-01")
    moved = om.Act("late", world.first, [om.Change(f"b-{c.subject}", c.track, c.value, c.slot) for c in figures])
    together = whole.enact(moved, recorded="2030-01-01")
    last = world.days[-1]
    for unit in alone.at(last):
        if unit != "root":
            assert alone.at(last).measure(unit, "members") == together.at(last).measure(f"b-{unit}", "members")


def country(name: str, units: list[str], *, day: str = "2000-01-01") -> om.History:
    """A root with units below it."""
    rows = [{"id": name, "kind": "country"}, *({"id": unit, "parent": name, "kind": "state"} for unit in units)]
    return om.history_of(rows, day=day, source=om.Source(f"register of {name}"))


def test_operations_that_derive_ids_and_clusters_come_along() -> None:
    """Derived ids stay, clusters and their memberships get the prefix, and corrections still work."""
    other = country("b", ["x", "y", "z"])
    with other.draft("2001-01-01") as act:
        act.form(om.Clustering("k"))
        act.form(om.Cluster("k1", "k"), ["x", "y", "z"])
    other = other.enact(act)
    with other.draft("2002-01-01", source=om.Source("a merger")) as act:
        new = act.merge(["x", "y"], into=om.Unit(name="XY"))
        act.rename("z", "Z")
    other = other.enact(act)
    whole = country("a", ["p"]).graft(other, under="a", ids="b-")
    after = whole.at("2002-01-01")
    assert after.cluster_of(new, "b-k") == "b-k1"
    assert after.parent(new) == "b-b"
    assert after.unit("b-z").name == "Z"
    assert [act.note for act in whole.acts] == ["", "from b-", "from b-", "from b-"]
    assert om.loads(om.dumps(whole)) == whole
    assert new not in whole.cancel("2002-01-01 a merger", reason="void", recorded="2003-01-01").at("2002-01-01")


def test_links_between_two_registers() -> None:
    """A living unit ends in one of the other register; an ended one is taken up by one that begins."""
    first = country("a", ["p", "q"])
    first = first.enact(om.Act("end", "2005-01-01", [om.Closure("q", last_known=True)]))
    second = country("b", ["x", "y"], day="2005-01-01")
    whole = first.graft(second, under="a", ids="b-", links=[("q", "b-x", "2005-01-01"), ("p", "b-y", "2006-01-01")])
    assert whole.lineage.successors("q", on="2007-01-01") == ("b-x",)
    assert whole.lineage.successors("p", on="2007-01-01") == ("b-y",)
    assert "p" in whole.at("2005-12-31")
    assert "p" not in whole.at("2006-01-01")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"ids": ""}, "ids"),
        ({"under": "nobody"}, "live"),
        ({"ids": "p"}, "id-once"),
    ],
)
def test_what_cannot_be_one_is_refused(change: dict[str, Any], rule: str) -> None:
    """Prefixes that clash and parents that are not there are told."""
    first, second = country("a", ["pq"]), country("b", ["q"])
    with pytest.raises(om.Refused) as caught:
        first.graft(second, **{"under": "a", "ids": "b-", **change})
    assert rule in {finding.rule for finding in caught.value.findings}


# ---- editions


@times(0.25)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_a_second_edition_says_what_it_says_and_keeps_the_first(seed: int, size: int) -> None:
    """The whole says what the newer edition says on all days; as it was recorded, it is the older one."""
    world = World(seed, size, ANY)
    assume(world.events)
    rows, _ = records_of(world, Random(seed))
    newer = read(rows).history
    half = world.events[len(world.events) // 2].day
    last = sum(event.day <= half for event in world.events)
    changed = [dict(row) for row in rows if row["in"] in ("", None) or int(row["in"]) <= last]
    for row in changed:
        if row["out"] is not None and int(row["out"]) > last:
            row |= {"to": None, "out": None, "how out": None}
        row["label"] = row["label"].replace("Name 1", "Nome 1")
    older = read(changed).history
    both = older.amend_to(newer, reason="second edition", recorded="2030-01-01")
    for day in world.days:
        assert found(both.at(day)) == world.state(day)
        assert found(both.as_recorded("2029-12-31").at(day)) == found(older.at(day))
    assert both.as_recorded("2029-12-31") == older
    assert om.loads(om.dumps(both)) == both
    assert both.amend_to(newer, reason="again", recorded="2031-01-01") == both


@times(0.5)
@given(st.lists(st.sampled_from("abcde"), unique=True), st.permutations("abcdef"), st.integers(0, 6), st.booleans())
def test_acts_of_one_day_stand_in_the_order_of_the_newer_edition(
    old: list[str], new: list[str], count: int, stated: bool
) -> None:
    """Whichever of them were recorded before, and also where an act states its place."""

    def edition(names: list[str], **place: str) -> om.History:
        acts = [om.Act(name, "2025-01-01", [om.Change("top", "name", name)]) for name in names]
        if place and len(acts) > 1:
            acts[0] = evolve(acts[0], **place)
        return om.History.taken([om.Act("start", "2024-01-01", [om.Creation(om.Unit("top"))]), *acts])

    older, newer = edition(old), edition(new[:count], **({"after": new[1]} if stated else {}))
    both = older.amend_to(newer, reason="second edition")
    assert [act.id for act in both.acts] == [act.id for act in newer.acts]
    assert both.same_facts(newer)
    again = both.amend_to(newer, reason="again")
    # A place that the newer edition states itself may be recorded once more.
    assert again == both or stated
    assert again.same_facts(newer)


def test_editions_of_different_schemas_are_refused() -> None:
    """They cannot be held against each other."""
    older = country("a", ["p"])
    newer = om.history_of([{"id": "a", "kind": "k"}], day="2000-01-01", schema=om.Schema(["k"]))
    with pytest.raises(om.Refused, match="different schemas"):
        older.amend_to(newer, reason="second edition")
    gone = country("a", ["p"]).cancel("2000-01-01 register of a", reason="void", recorded="2001-01-01")
    with pytest.raises(om.Refused, match="cancelled before"):
        gone.amend_to(older, reason="second edition")
