"""The strategies of orgmodel.testing: valid by construction, and what they shrink to."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import orgmodel as om
from orgmodel.rules.invariants import check
from orgmodel.testing.schemas import LOOSE
from orgmodel.testing.strategies import (
    DAY,
    LEVELS,
    acts,
    clusterings,
    corrections,
    events,
    hierarchies,
    histories,
    large_hierarchies,
    merge_groups,
    structures,
)
from orgmodel.testing.twin import Twin, counted, days, twin_of

SKIPPING = om.Schema(
    kinds=("centre", "province", "commune", "cell", om.Kind("agency", agency=True)),
    placements=(
        om.Placement("centre", None),
        om.Placement("province", "centre"),
        om.Placement("commune", "province"),
        om.Placement("cell", "commune"),
        om.Placement("cell", "province"),
        om.Placement("agency", "centre"),
        om.Placement("agency", "province"),
    ),
)


def depths(rows: list[dict[str, object]]) -> dict[object, int]:
    found: dict[object, int] = {}
    for row in rows:
        found[row["id"]] = 0 if "parent" not in row else found[row["parent"]] + 1
    return found


@given(hierarchies())
def test_hierarchies_are_valid(rows):
    """Every tree makes a structure that keeps all invariants of the default schema."""
    assert check(om.structure_of(rows, day=DAY, schema=LEVELS)) == ()


@given(hierarchies(schema=SKIPPING, max_units=12, codes=st.none(), measures={"members": st.integers(0, 9)}))
def test_hierarchies_follow_a_schema_with_choices(rows):
    """Where several kinds may stand under one kind the tree is valid as well."""
    structure = om.structure_of(rows, day=DAY, schema=SKIPPING, measures=[om.Measure("members")])
    assert check(structure) == ()
    assert structure.coverage("members") == (len(rows), len(rows))


@given(large_hierarchies(min_units=100, max_units=150, schema=SKIPPING, measures=["members"]))
def test_large_hierarchies_are_valid(rows):
    """Trees from bytes keep all invariants and their bounds."""
    assert 100 <= len(rows) <= 150
    assert check(om.structure_of(rows, day=DAY, schema=SKIPPING)) == ()


@pytest.mark.parametrize("size", [1, 2, 50, 200])
def test_exact_sizes(size):
    """min_units = max_units gives just that many units."""
    for strategy in (hierarchies, large_hierarchies):

        @settings(max_examples=5, database=None)
        @given(strategy(min_units=size, max_units=size))
        def exact(rows):
            assert len(rows) == size

        exact()


@settings(max_examples=20, suppress_health_check=[])
@given(large_hierarchies(min_units=1_600, max_units=1_800))
def test_large_trees_pass_the_default_health_checks(rows):
    """1,600 units and more with no health check switched off."""
    assert len(rows) >= 1_600


def test_deep_and_wide_trees_occur():
    """No corner of the domain is left out: chains, stars, and all sizes between the bounds."""
    quick = settings(max_examples=2_000, database=None, suppress_health_check=list(HealthCheck))
    chain = find(hierarchies(), lambda rows: max(depths(rows).values()) == 3, settings=quick)
    assert len(chain) == 4
    star = find(hierarchies(), lambda rows: len(rows) == 20, settings=quick)
    assert {row.get("parent") for row in star[1:]} == {"u0"}


def test_shrinks_to_the_root_alone():
    """The simplest tree is one unit."""
    assert find(hierarchies(), lambda rows: True) == [{"id": "u0", "kind": "centre"}]


def test_levels_can_be_named_by_kinds():
    """Kinds without a schema are the levels from the top."""
    rows = find(hierarchies(kinds=["group", "firm"]), lambda rows: len(rows) == 2)
    assert [row["kind"] for row in rows] == ["group", "firm"]


def test_a_schema_without_kinds_gives_trees_without_kinds():
    """The open schema allows everything: the tree has no kinds and stops at five levels."""
    rows = find(hierarchies(schema=om.Schema()), lambda rows: max(depths(rows).values()) == 5)
    assert [set(row) for row in rows] == [{"id"}, *[{"id", "parent"}] * 5]


@pytest.mark.parametrize("strategy", [hierarchies, large_hierarchies])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"min_units": 0}, "min_units=0"),
        ({"min_units": 5, "max_units": 4}, "min_units=5 is above max_units=4"),
        ({"min_units": 1.5}, "min_units=1.5"),
        ({"max_depth": -1}, "max_depth=-1"),
        ({"min_units": 2, "max_depth": 0}, "only the root fits"),
        ({"min_units": 2, "kinds": ["only"]}, "nothing may stand under a root"),
        ({"kinds": "province"}, "one text"),
        ({"kinds": ["planet"], "schema": LEVELS}, "knows no 'planet'"),
        ({"kinds": ["cell"], "schema": LEVELS}, "may be a root"),
    ],
)
def test_impossible_arguments(strategy, arguments, named):
    """What no tree can meet is InvalidArgument at once, with the argument in the message."""
    with pytest.raises(InvalidArgument) as caught:
        strategy(**arguments)
    assert named in str(caught.value)


def test_values_are_no_strategies():
    """A plain value where a strategy is due is refused with what to write instead."""
    with pytest.raises(InvalidArgument, match=r"measures\['members'\]=5 is not a strategy.*st\.just\(5\)"):
        hierarchies(measures={"members": 5})
    with pytest.raises(InvalidArgument, match="4000"):
        large_hierarchies(min_units=5_000)
    with pytest.raises(InvalidArgument, match="give the ids"):
        large_hierarchies(measures="members")


# ---- structures, histories and what happens to them


@given(structures(), st.data())
def test_acts_are_valid_on_their_structure(structure, data):
    """An act drawn for a structure can be enacted on the history behind it, and the invariants hold after it."""
    assert check(structure) == ()
    act = data.draw(acts(structure))
    twin = twin_of(structure)
    twin.act(act)
    twin.check_day()
    data.draw(events(structure, max_moves=1))


@given(histories())
def test_histories_say_what_their_events_say(history):
    """On every day and in lineage a drawn history agrees with the twin that reads its log alone."""
    listed = counted(history.log)
    assert listed == list(history.acts)
    twin = Twin(history.schema, history.measures)
    for day in days(twin, listed):
        structure = history.at(day)
        assert structure.facts() == twin.facts()
        assert check(structure) == ()
    said = [(t.link.old, t.link.new, t.link.extent, t.link.shares, t.day, t.act, t.type) for t in twin.links]
    linked = [
        (link.old, link.new, link.extent, link.shares, link.day, link.act.id, link.type)
        for link in history.lineage.links()
    ]
    assert [link[4:] for link in linked] == [link[4:] for link in said]
    assert sorted(linked, key=str) == sorted(said, key=str)


@given(histories(schema=SKIPPING, max_units=9, measures=["members", om.Measure("cells")]), st.data())
def test_acts_and_corrections_of_a_history_are_valid(history, data):
    """What is drawn for a history can be enacted on it, and a drawn correction amends it."""
    after = history.enact(data.draw(acts(history)))
    assert check(after.at(after.last_day)) == ()
    if len(history.acts) > 1:
        act, instead = data.draw(corrections(history))
        amended = history.amend({act: instead}, reason="a slip")
        assert amended.as_recorded(len(history.log)) == history


@given(structures(min_units=4, kinds=["top", "unit"], max_clusters=0), st.data())
def test_merge_groups_and_clusterings(structure, data):
    """Groups are live siblings of one kind; drawn clusterings can be enacted."""
    group = data.draw(merge_groups(structure))
    assert 2 <= len(set(group)) == len(group) <= 4
    assert len({structure.parent(unit) for unit in group}) == 1
    cover = data.draw(st.booleans())
    twin = twin_of(structure)
    for event in data.draw(clusterings(structure, cover=cover)):
        twin.one(event)


def test_every_move_occurs_and_every_sort_of_entry():
    """No move is out of reach, and corrections, cancellations and late acts come."""
    quick = settings(max_examples=1_500, database=None, suppress_health_check=list(HealthCheck))
    types = ["merger", "takeover", "breakdown", "split-off", "transfer", "reorganisation", "re-establishment"]
    types += ["creation", "closure", "renaming", "recoding", "reclassification", "reassignment", "membership"]
    types += ["designation", "measurement"]
    wanted = {*types, "correction", "cancellation", "late", "one day", "no whole day"}
    seen: set[str] = set()

    @settings(quick, phases=[Phase.generate], derandomize=True)
    @given(histories(max_units=8))
    def look(history):
        seen.update(event.type for act in history.acts[1:] for event in act.events)
        seen.update(entry.type for entry in history.log)
        days_of = [entry.act.effective for entry in history.log if entry.type == "act"]
        seen.update(["late"] * (days_of != sorted(days_of)) + ["one day"] * (len(set(days_of)) < len(days_of)))
        lives = [history.life(unit) for unit in history.units_ever()]
        seen.update(["no whole day"] * any(life.start == life.end for life in lives))
        if wanted <= seen:
            raise StopAsyncIteration

    with contextlib.suppress(StopAsyncIteration):
        look()
    assert wanted - seen == set()


def test_other_hierarchies_have_places_of_their_own():
    """Units stand elsewhere in them, enter, leave, live in them alone, and are succeeded there."""
    wanted = {"elsewhere", "outside", "only there", "entered", "left", "another root", "founded in it"}
    seen: set[str] = set()

    # These moves alone: among all of them some come once in a thousand histories. Which examples a seed stands for
    # depends on the modules that are loaded, as hypothesis tries the numbers that these mention.
    @settings(max_examples=2_000, database=None, derandomize=True, phases=[Phase.generate])
    @given(
        histories(
            min_units=3,
            max_units=6,
            min_moves=4,
            max_clusters=0,
            schema=LOOSE,
            more_hierarchies=["line"],
            moves=["attach", "attach", "replace", "reassign", "create beside"],
        )
    )
    def look(history):
        first, last = history.at(history.first_day), history.at(history.last_day)
        # The facts say "/" above a root; a root and a unit outside have no parent both.
        places, places_before = (
            {unit: facts.get(("parent:line", None)) for unit, facts in day.facts().items() if unit in day}
            for day in (last, first)
        )
        seen.update(["founded in it"] * any(places_before.values()))
        for unit, place in places.items():
            before = places_before.get(unit, "")
            seen.update(["outside"] * (place is None) + ["left"] * (place is None and bool(before)))
            seen.update(["elsewhere"] * (place not in (None, "/", last.parent(unit))))
            seen.update(
                ["only there"] * (place is not None and last.value(unit, "parent") is None and unit != last.root())
            )
            seen.update(["entered"] * (place is not None and before is None))
            seen.update(["another root"] * (place == "/" and "/" in places_before.values() and before != "/"))
        if wanted <= seen:
            raise StopAsyncIteration

    with contextlib.suppress(StopAsyncIteration):
        look()
    assert wanted - seen == set()
    plain = settings(phases=[Phase.generate, Phase.shrink], database=None)
    assert len(find(structures(more_hierarchies=["line"]), lambda structure: True, settings=plain).facts()["u0"]) == 3
    for names, reason in [("line", "one text"), (["a", "a"], "twice"), (["main"], "twice")]:
        with pytest.raises(InvalidArgument, match=reason):
            structures(more_hierarchies=names)


def test_histories_shrink_to_the_founding_act():
    """The simplest history is the root alone; the simplest move a new name on the founding day."""
    # Without the phase that explains: it traces every line, and there is nothing to explain.
    plain = settings(phases=[Phase.generate, Phase.shrink], database=None)
    assert len(find(histories(), lambda history: True, settings=plain).units_ever()) == 1
    renamed = find(histories(), lambda history: len(history.acts) > 1, settings=plain)
    assert [event.type for event in renamed.acts[1].events] == ["renaming"]
    assert renamed.acts[1].effective == DAY


def test_impossible_arguments_of_acts():
    """What nothing can meet is InvalidArgument with the reason."""
    alone = om.structure_of([{"id": "a"}], day=DAY)
    for strategy, reason in [
        (lambda: merge_groups(alone), "can merge"),
        (lambda: merge_groups(alone, min_size=1), "min_size=1"),
        (lambda: acts(alone, moves=["fly"]), "there is no 'fly'"),
        (lambda: acts(alone, moves="merge"), "one text"),
        (lambda: acts(alone, min_moves=0), "about something"),
        (lambda: acts(alone, day="2024-01-01"), "give the history"),
        (lambda: acts(om.History()), "nothing lives"),
        (lambda: corrections(om.history_of([{"id": "a"}], day=DAY)), "no second act"),
        (lambda: structures(measures="members"), "one text"),
    ]:
        with pytest.raises(InvalidArgument, match=reason):
            strategy()
