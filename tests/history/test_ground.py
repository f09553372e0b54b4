"""Correspondences by ground are true of every person, whom the record does not know."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from profiles import times
from twins.world import ALL, COMMUNE, PROVINCE, World

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.errors import Refused
from orgmodel.history.correspondence import Correspondence
from orgmodel.history.history import History, history_of
from orgmodel.history.straight import Straight
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Kind, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit

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


def asked(world: World, a: int, b: int, kind: str | None) -> Correspondence:
    # The census of the first day says how many live in each unit.
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


@times(3, suppress_health_check=list(HealthCheck))
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


ROWS = [
    {"id": "land", "kind": "land"},
    {"id": "BE", "kind": "canton", "parent": "land"},
    {"id": "JU", "kind": "canton", "parent": "land"},
    {"id": "bern", "kind": "town", "parent": "BE", "pop": 90},
    {"id": "moutier", "kind": "town", "parent": "BE", "pop": 10},
    {"id": "delsberg", "kind": "town", "parent": "JU", "pop": 20},
]


def cantons(*events: Any, rows: list[dict[str, Any]] = ROWS, day: str = "2026-01-01") -> History:
    start = history_of(
        rows, day="2020-01-01", measures=[Measure("pop")], schema=Schema.levels("land", "canton", "town")
    )
    return start.enact(*(Act(f"act{n}", day, [event], Source(f"no. {n}")) for n, event in enumerate(events)))


def told(found: Correspondence) -> list[str]:
    return [str(row) for row in found]


def everything(table: Correspondence) -> Any:
    rows = [
        (row, row.shares, [str(link) for link in row.links], [act.id for act in row.acts], row.share_bounds("persons"))
        for row in sorted(table, key=lambda row: (row.old, row.new))
    ]
    flags = [(table.is_partly_new(new), sorted(table.predecessors(new))) for new in table.news]
    lost = [(table.is_partly_lost(old), table.is_last_known(old), table.dominant(old)) for old in table.olds]
    return rows, flags, lost, table.unmapped, table.exact, table.olds, table.news


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(worlds(), st.data())
def test_what_goes_straight_is_told_as_by_the_walk(world: World, data: st.DataObject) -> None:
    """Ground that is in one place at last is followed backwards: bag by bag it comes to the same, and so do figures."""
    days = sorted(world.days)
    a, b = sorted(data.draw(st.lists(st.sampled_from(days), min_size=2, max_size=2)))
    kind = data.draw(st.sampled_from([None, COMMUNE, PROVINCE]))
    if kind and not all(kind in {world.days[day][2][u] for u in world.days[day][1]} for day in (a, b)):
        return
    note(str(world.told))
    fast = asked(world, a, b, kind)
    with patch.object(Straight, "of", lambda events, _: Straight.none(events)):
        slow = asked(world, a, b, kind)
    assert everything(slow) == everything(fast)
    figures = [table.account(dict.fromkeys(fast.olds, 7), PERSONS, "bounds", unmapped="drop") for table in (slow, fast)]
    assert dict(figures[0]) == dict(figures[1])
    assert figures[0].exact == figures[1].exact
    assert [figures[0].basis(new) for new in figures[0]] == [figures[1].basis(new) for new in figures[1]]


class TestLevels:
    """What moved below a level shows in its rows."""

    def test_a_town_passes_to_another_canton(self) -> None:
        """Both rows are parts with the share that the town had, certain, with the act that moved it."""
        found = cantons(Change("moutier", "parent", "JU")).correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert [
            "BE -part-> BE 9/10 of pop  [no. 0]",
            "BE -part-> JU 1/10 of pop  [no. 0]",
            "JU -> JU",
        ] == told(found)
        carried = found.carry({"BE": 100, "JU": 20}, "pop")
        assert ({"BE": 90, "JU": 30}, True) == (carried, carried.all_exact)
        grown = found.account({"BE": 200, "JU": 20}, "pop")
        assert ({"BE": 180, "JU": 40}, False) == (grown, grown.all_exact)
        assert "like its ground" in str(grown.explain("JU"))

    def test_links_alone(self) -> None:
        """Without a level each unit stands for itself, and what moved below it does not show."""
        found = cantons(Change("moutier", "parent", "JU")).correspondence("2025-12-31", "2026-01-01")
        assert "BE -> BE" in told(found)

    def test_figures_that_are_not_known_bound_the_shares(self) -> None:
        """A town that states nothing may be nearly all of its canton, or nothing; without a policy nothing is carried."""
        rows = [{k: v for k, v in row.items() if row["id"] != "moutier" or k != "pop"} for row in ROWS]
        found = cantons(Change("moutier", "parent", "JU"), rows=rows).correspondence(
            "2025-12-31", "2026-01-01", kind="canton"
        )
        rest, gone = found["BE"]
        assert (None, (Fraction(0), Fraction(1))) == (gone.share("pop"), gone.share_bounds("pop"))
        with pytest.raises(Refused, match="no share of 'pop' is stated towards"):
            found.carry({"BE": 100}, "pop")
        assert {"BE": Quantity.unknown(0, 100), "JU": Quantity.unknown(20, 120)} == found.carry(
            {"BE": 100, "JU": 20}, "pop", "bounds"
        )
        assert rest.exact
        assert gone.exact

    def test_a_canton_founded_out_of_towns(self) -> None:
        """The new canton is partly the old one's, and nothing of it came from nowhere."""
        founded = Creation(Unit("NE", kind="canton", parent="land")), Change("moutier", "parent", "NE")
        history = cantons().enact(Act("f", "2026-01-01", list(founded)))
        found = history.correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert {("BE", "BE"), ("BE", "NE"), ("JU", "JU")} == {(row.old, row.new) for row in found}
        assert not any(map(found.is_partly_new, found.news))
        assert {"BE": 90, "NE": 10} == found.carry({"BE": 100}, "pop")

    def test_a_merger_across_the_border(self) -> None:
        """The town's ground is in the other canton; both acts of the towns are named, the cantons have none."""
        merger = Succession([Link("moutier", "x"), Link("delsberg", "x")], [Unit("x", kind="town", parent="JU")])
        found = cantons(merger).correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert ["BE -part-> BE 9/10 of pop  [no. 0]", "BE -part-> JU 1/10 of pop  [no. 0]", "JU -> JU"] == told(found)

    def test_a_successor_and_a_border_change_on_one_day(self) -> None:
        """A canton is replaced and loses a town on the same day: the rest is its successor's."""
        replaced = Succession(
            [Link("BE", "B2")],
            [Unit("B2", kind="canton", parent="land")],
            [Change("bern", "parent", "B2"), Change("moutier", "parent", "JU")],
        )
        found = cantons(replaced).correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert {"B2": 90, "JU": 30} == found.carry({"BE": 100, "JU": 20}, "pop")

    def test_across_levels(self) -> None:
        """Asked for another level, each canton is its towns."""
        found = cantons().correspondence("2025-12-31", "2026-01-01", kind="canton", to="town")
        assert ("bern", "moutier") == found.successors("BE")
        assert Fraction(9, 10) == found.share("BE", "bern", "pop")
        back = found.invert()
        assert ("town", "canton") == (back.kind, back.to)
        assert ["bern -> BE", "moutier -> BE", "delsberg -> JU"] == told(
            cantons().correspondence("2025-12-31", "2026-01-01", kind="town", to="canton")
        )
        with pytest.raises(Refused, match="say from which kind"):
            cantons().correspondence("2025-12-31", "2026-01-01", to="town")

    def test_kinds_say_what_their_ground_is(self) -> None:
        """Cells that are dissolved take nothing from a commune whose ground they are not."""
        rows = [
            {"id": "p", "kind": "province"},
            {"id": "c", "kind": "commune", "parent": "p"},
            {"id": "x", "kind": "cell", "parent": "c"},
            {"id": "y", "kind": "cell", "parent": "c"},
        ]

        def commune(ground: tuple[str, ...] | None) -> Correspondence:
            schema = Schema([Kind("province"), Kind("commune", ground=ground), Kind("cell")])
            history = history_of(rows, day="2025-01-01", schema=schema)
            history = history.enact(Act("d", "2025-02-01", [Closure("x")]))
            return history.correspondence("2025-01-01", "2025-02-01", kind="commune")

        assert ["c -> c"] == told(commune(()))
        assert commune(None).is_partly_lost("c")
        with pytest.raises(Refused, match="there is no kind 'district'"):
            history_of(rows, day="2025-01-01").correspondence("2025-01-01", "2025-01-01", kind="district")


class TestEnds:
    def test_a_successor_that_is_not_on_record(self) -> None:
        """A unit that is only not seen any more makes nothing exact, and is told apart from one that ended."""
        found = cantons(Closure("JU", last_known=True), rows=[r for r in ROWS if r["id"] != "delsberg"])
        table = found.correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert ((), ("JU",)) == (table.unmapped.old, table.unmapped.last_known)
        assert not table.exact
        with pytest.raises(Refused, match="its successor is not on record"):
            table.carry({"BE": 1, "JU": 1}, "pop")

    def test_below_a_living_unit_it_is_the_units_own(self) -> None:
        """A town that is only not seen any more is still somewhere in its canton."""
        found = cantons(Closure("moutier", last_known=True))
        table = found.correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert ["BE -> BE", "JU -> JU"] == [f"{row.old} -> {row.new}" for row in table]
        assert table.exact

    def test_first_known_is_told_apart_from_founded(self) -> None:
        """Ground that is older than its record did not come from nowhere."""
        first = Creation(Unit("old", kind="canton", parent="land"), first_known=True)
        table = cantons(first).correspondence("2025-12-31", "2026-01-01", kind="canton")
        assert ((), ("old",)) == (table.unmapped.new, table.unmapped.first_known)

    def test_reestablished_ground_goes_back_where_it_was(self) -> None:
        """Figures of before the union go to the unit that took up the old one, and not to the absorber."""
        history = cantons(Succession([Link("moutier", "bern"), Link("bern", "bern")])).enact(
            Act(
                "back",
                "2027-01-01",
                [Creation(Unit("m2", kind="town", parent="JU"), reestablishes="moutier", out_of="bern")],
            )
        )
        towns = history.correspondence("2025-12-31", "2027-01-01", kind="town")
        assert {"bern": 90, "m2": 10, "delsberg": 20} == towns.carry({"bern": 90, "moutier": 10, "delsberg": 20}, "pop")
        assert towns.exact
        between = history.correspondence("2026-06-01", "2027-01-01", kind="town")
        assert {"bern", "m2"} == set(between.successors("bern"))
        assert {"BE": 90, "JU": 30} == history.correspondence("2025-12-31", "2027-01-01", kind="canton").carry(
            {"BE": 100, "JU": 20}, "pop"
        )


PROVINCES = Schema([Kind("country"), Kind("province", ground=("commune",)), Kind("commune")])


class TestBare:
    """A unit that goes on without ground: see "A unit that lives on without ground" among the decisions."""

    def ask(self, *events: Any) -> Correspondence:
        rows = [{"id": "vn", "kind": "country"}]
        rows += [{"id": p, "kind": "province", "parent": "vn"} for p in "PQ"]
        rows += [{"id": p.lower(), "kind": "commune", "parent": p} for p in "PQ"]
        history = history_of(rows, day="2000-01-01", schema=PROVINCES, measures=[Measure("pop")])
        history = history.enact(*(Act(f"a{n}", "2010-01-01", [event]) for n, event in enumerate(events)))
        return history.correspondence("2001-01-01", "2020-01-01", kind="province")

    def test_its_ground_moved(self) -> None:
        """All of it is elsewhere; it is neither without successor nor new, and nothing of its figure is in it."""
        found = self.ask(Change("p", "parent", "Q"))
        assert ["P -> Q  [source unknown]", "Q -> Q"] == told(found)
        assert (("P",), (), ()) == (found.unmapped.bare, found.unmapped.old, found.unmapped.new)
        assert {"P": 0, "Q": 150} == found.carry({"P": 100, "Q": 50}, "pop")
        assert found.account({"P": 100, "Q": 50}, "pop").all_exact
        assert ["Q -part-> P  [source unknown]", "Q -part-> Q"] == told(found.invert())
        assert ("P",) == found.invert().unmapped.bare
        assert found.unmapped == found.invert().invert().unmapped

    def test_its_ground_ended(self) -> None:
        """Its figure has no successor, which is said of its ground, not of itself."""
        for events in ([Closure("p")], [Closure("p"), Creation(Unit("n", kind="commune", parent="P"))]):
            found = self.ask(*events)
            assert ["Q -> Q"] == told(found) == told(found.invert())
            assert (("P",), (), ()) == (found.unmapped.bare, found.unmapped.old, found.unmapped.new)
            with pytest.raises(Refused, match="what it consisted of ended, and it goes on without"):
                found.carry({"P": 100, "Q": 50}, "pop")
            carried = found.account({"P": 100, "Q": 50}, "pop", unmapped="drop")
            assert ({"P": 0, "Q": 50}, {"P": 100}) == (carried, carried.dropped)

    def test_who_has_new_ground_of_others_is_not_bare(self) -> None:
        """Two provinces that swap their communes are each the other."""
        found = self.ask(Change("p", "parent", "Q"), Change("q", "parent", "P"))
        assert ["P -> Q", "Q -> P"] == [f"{row.old} -> {row.new}" for row in found]
        assert () == found.unmapped.bare


class TestTakenUpAgain:
    """x merged into y in 1972; x2 takes it up in 1997."""

    def union(self) -> History:
        rows = [{"id": "d", "kind": "dep"}, *({"id": u, "kind": "com", "parent": "d"} for u in "xyz")]
        history = history_of(rows, day="1960-01-01", measures=[Measure("pop")])
        with history.draft("1972-01-01") as act:
            act.take_over("y", ["x"])
        return history.enact(act)

    @pytest.mark.parametrize("out_of", ["y", None])
    @pytest.mark.parametrize("shares", [None, {"pop": "1/4"}])
    def test_with_a_transfer_it_is_wholly_the_former(self, out_of: str | None, shares: Any) -> None:
        """The shares of the transfer are of all that the other held; of the ground nothing else passes to it."""
        history = self.union()
        with history.draft("1997-01-01") as act:
            act.reestablish("x", Unit("x2", kind="com", parent="d"), out_of=out_of)
            act.transfer("y", "x2", shares=shares)
        history = history.enact(act)
        before = history.correspondence("1965-01-01", "2000-01-01", kind="com")
        assert [("x", "x2", "whole"), ("y", "y", "whole"), ("z", "z", "whole")] == [
            (row.old, row.new, row.extent) for row in before
        ]
        assert before.exact
        assert {"y": 300, "z": 7, "x2": 100} == before.carry({"x": 100, "y": 300, "z": 7}, "pop")
        after = history.correspondence("1980-01-01", "2000-01-01", kind="com")
        assert [("y", "y", "part"), ("y", "x2", "part"), ("z", "z", "whole")] == [
            (row.old, row.new, row.extent) for row in after
        ]
        assert (Fraction(1, 4) if shares else None) == after.share("y", "x2", "pop")

    def test_what_a_third_gives_it_is_added(self) -> None:
        """A transfer from a unit that never held it brings it more than it was."""
        history = self.union()
        with history.draft("1997-01-01") as act:
            act.reestablish("x", Unit("x2", kind="com", parent="d"), out_of="y")
            act.transfer("z", "x2")
        found = history.enact(act).correspondence("1965-01-01", "2000-01-01", kind="com")
        assert ["x -> x2", "y -> y", "z -part-> x2", "z -part-> z"] == [str(row).split("  [")[0] for row in found]

    def test_a_code_used_again_says_nothing(self) -> None:
        """Split off without saying that it takes x up: only bounds are certain."""
        history = self.union()
        with history.draft("1997-01-01") as act:
            act.split_off("y", Unit("x2", kind="com"))
        found = history.enact(act).correspondence("1965-01-01", "2000-01-01", kind="com")
        assert not found.exact
        carried = found.account({"x": 100, "y": 300, "z": 7}, "pop", "bounds")
        assert [(0, 400), (0, 400)] == [(carried[new].low, carried[new].high) for new in ("y", "x2")]


def test_clusters_see_what_moved_below_their_members() -> None:
    """A town that passes between members of two clusters is told in both, with its act."""
    from orgmodel.model.cluster import Cluster, Clustering

    clusters = [
        Creation(Clustering("e")),
        *(Creation(Cluster(name, "e")) for name in ("k1", "k2")),
        Change("BE", "member:e", "k1"),
        Change("JU", "member:e", "k2"),
    ]
    history = cantons().enact(
        Act("clusters", "2020-02-01", clusters),
        Act("border", "2026-01-01", [Change("moutier", "parent", "JU")], Source("concordat")),
    )
    changes = history.cluster_changes("2025-12-31", "2026-01-01")
    moved = [entry for entry in changes.of("k1").entries if entry.what == "moved to another cluster"]
    assert [("concordat",)] == [tuple(act.source.label for act in entry.acts) for entry in moved]
    assert [("BE",)] == [entry.before for entry in changes.of("k2").of("absorbed from outside")]


def test_composed_and_in_two_steps() -> None:
    """L4: composing is the direct correspondence; what is carried in two steps is the same."""
    history = cantons(Change("moutier", "parent", "JU")).enact(
        Act(
            "m",
            "2027-01-01",
            [
                Succession(
                    [Link("JU", "J2")],
                    [Unit("J2", kind="canton", parent="land")],
                    [Change(c, "parent", "J2") for c in ("delsberg", "moutier")],
                )
            ],
        )
    )
    one = history.correspondence("2025-12-31", "2026-06-01", kind="canton")
    two = history.correspondence("2026-06-01", "2027-01-01", kind="canton")
    direct = history.correspondence("2025-12-31", "2027-01-01", kind="canton")
    assert told(direct) == told(one.compose(two))
    values = {"BE": 100, "JU": 20}
    assert direct.carry(values, "pop") == two.carry(one.carry(values, "pop"), "pop")


@given(worlds(), st.data())
def test_two_steps_agree_with_one(world: World, data: st.DataObject) -> None:
    """L4: where both ways are certain the figures are equal; composed correspondences are the direct ones."""
    days = sorted(world.days)
    a, b, c = sorted(data.draw(st.sampled_from(days)) for _ in range(3))
    if not all(any(world.days[d][2][u] == COMMUNE for u in world.days[d][1]) for d in (a, b, c)):
        return
    truth = Truth(world, a, c, COMMUNE)
    direct = asked(world, a, c, COMMUNE)
    values = {old: truth.size[old] for old in direct.olds if truth.size[old]}
    whole = direct.account(values, PERSONS, "bounds", unmapped="drop")
    first = asked(world, a, b, COMMUNE)
    half = first.account(values, PERSONS, "bounds", unmapped="drop")
    if half.all_exact and set(half) <= set(asked(world, b, c, COMMUNE).olds):
        second = asked(world, b, c, COMMUNE).account(half, PERSONS, "bounds", unmapped="drop")
        for new, figure in second.items():
            if second.exact[new] and whole.exact.get(new):
                assert figure == whole[new]
    one = world.history.correspondence(world.date(a), world.date(b), kind=COMMUNE)
    two = world.history.correspondence(world.date(b), world.date(c), kind=COMMUNE)
    plain = world.history.correspondence(world.date(a), world.date(c), kind=COMMUNE)
    assert told(plain) == told(one.compose(two))
