"""A figure of a whole subtree keeps to what is below the unit: what leaves is taken off, what comes is added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation
from orgmodel.acts.policies import ByMeasure
from orgmodel.history.history import History, history_of
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Kind, Schema
from orgmodel.model.unit import Unit
from orgmodel.structure.day_columns import DayColumns

MEASURES = [Measure("m")]
START = dt.date(2020, 1, 1)
ONE_DAY = dt.timedelta(days=1)


class World:
    """An organisation whose members are counted in secret, and the history that is told some of it.

    Areas hold no members themselves; places do, and are never divided into areas. So a total of the record is right exactly
    if it agrees with the secret count.
    """

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.parents: dict[str, str] = {"r": "/", "p": "r", "q": "r"}
        self.members: dict[str, int] = {}
        self.made = 0
        self.said: dict[dt.date, dict[str, tuple[Quantity, Quantity]]] = {}
        self.day = START
        rows: list[dict[str, Any]] = [
            {"id": "r", "kind": "area"},
            {"id": "p", "kind": "area", "parent": "r"},
            {"id": "q", "kind": "area", "parent": "r"},
        ]
        for _ in range(draw(st.integers(2, 4))):
            unit, parent = self.fresh(), self.pick(["p", "q"])
            self.parents[unit], self.members[unit] = parent, self.number()
            rows.append({"id": unit, "kind": "place", "parent": parent, **self.told(unit)})
        schema = Schema([Kind("area"), Kind("place")])
        self.history: History = history_of(rows, day=START, schema=schema, measures=MEASURES)

    def pick(self, choices: Any) -> Any:
        return self.draw(st.sampled_from(list(choices)))

    def number(self) -> int:
        return int(self.draw(st.integers(0, 4)))

    def fresh(self) -> str:
        self.made += 1
        return f"u{self.made}"

    def told(self, unit: str) -> dict[str, Any]:
        return {"m": self.members[unit]} if self.draw(st.booleans()) else {}

    @property
    def areas(self) -> list[str]:
        return [unit for unit in self.parents if unit not in self.members]

    def below(self, top: str) -> list[str]:
        return [top, *(unit for child, parent in self.parents.items() if parent == top for unit in self.below(child))]

    def count(self, top: str) -> int:
        return sum(self.members.get(unit, 0) for unit in self.below(top))

    def end(self, *units: str) -> None:
        for unit in units:
            del self.parents[unit]
            self.members.pop(unit, None)

    # ---- what happens

    def step(self, act: Any) -> None:
        places = list(self.members)
        steps = [self.create, self.open_area]
        if places:
            steps += [self.move, self.move, self.move_area, self.close, self.divide, self.split_off, self.record]
        if len(places) > 1:
            steps += [self.merge, self.merge, self.take_over]
        if len(self.areas) > 2:
            steps += [self.merge_areas, self.divide_area]
        self.pick(steps)(act)

    def create(self, act: Any) -> None:
        unit, parent = self.fresh(), self.pick(self.areas)
        self.parents[unit], self.members[unit] = parent, self.number()
        act.create(Unit(unit, kind="place", parent=parent))
        for value in self.told(unit).values():
            act.record(unit, "m", value)

    def open_area(self, act: Any) -> None:
        unit, parent = self.fresh(), self.pick(self.areas)
        self.parents[unit] = parent
        act.create(Unit(unit, kind="area", parent=parent))
        place = self.pick([None, *self.members])
        if place is not None:
            self.parents[place] = unit
            act.reassign(place, to=unit)

    def move(self, act: Any) -> None:
        unit, parent = self.pick(self.members), self.pick(self.areas)
        self.parents[unit] = parent
        act.reassign(unit, to=parent)

    def move_area(self, act: Any) -> None:
        unit = self.pick(self.areas[1:])
        parent = self.pick([area for area in self.areas if area not in self.below(unit)])
        self.parents[unit] = parent
        act.reassign(unit, to=parent)

    def close(self, act: Any) -> None:
        unit = self.pick(self.members)
        self.end(unit)
        act.close(unit)

    def record(self, act: Any) -> None:
        unit = self.pick(self.members)
        act.record(unit, "m", self.members[unit])

    def merge(self, act: Any) -> None:
        one, parent, new = self.pick(self.members), self.pick(self.areas), self.fresh()
        other = self.pick([unit for unit in self.members if unit != one])
        members = self.members[one] + self.members[other]
        self.end(one, other)
        self.parents[new], self.members[new] = parent, members
        act.merge([one, other], into=Unit(new), under=parent)

    def take_over(self, act: Any) -> None:
        survivor = self.pick(self.members)
        other = self.pick([unit for unit in self.members if unit != survivor])
        self.members[survivor] += self.members[other]
        self.end(other)
        act.take_over(survivor, [other])

    def merge_areas(self, act: Any) -> None:
        one = self.pick(self.areas[1:])
        others = [a for a in self.areas[1:] if a not in self.below(one) and one not in self.below(a)]
        if not others:
            return
        other, new = self.pick(others), self.fresh()
        inside = {*self.below(one), *self.below(other)}
        parent = self.pick([area for area in self.areas if area not in inside])
        for unit, above in self.parents.items():
            if above in (one, other):
                self.parents[unit] = new
        self.end(one, other)
        self.parents[new] = parent
        act.merge([one, other], into=Unit(new), under=parent)

    def divide_area(self, act: Any) -> None:
        unit, news = self.pick(self.areas[1:]), [self.fresh(), self.fresh()]
        children = {child: self.pick(news) for child, parent in self.parents.items() if parent == unit}
        above = self.parents[unit]
        self.parents |= children
        self.end(unit)
        self.parents |= dict.fromkeys(news, above)
        act.break_down(unit, [Unit(new, parent=above) for new in news], children=children)

    def shares(self, unit: str, news: list[str], parts: list[int]) -> dict[str, Any]:
        if not self.members[unit] or not self.draw(st.booleans()):
            return {}
        whole = self.members[unit]
        return {"shares": {new: {"m": Fraction(part, whole)} for new, part in zip(news, parts, strict=True)}}

    def divide(self, act: Any) -> None:
        unit, news = self.pick(self.members), [self.fresh(), self.fresh()]
        first = int(self.draw(st.integers(0, self.members[unit])))
        parts, parents = [first, self.members[unit] - first], [self.pick(self.areas), self.pick(self.areas)]
        options = self.shares(unit, news, parts)
        self.end(unit)
        for new, part, parent in zip(news, parts, parents, strict=True):
            self.parents[new], self.members[new] = parent, part
        into = [Unit(new, parent=parent) for new, parent in zip(news, parents, strict=True)]
        act.break_down(unit, into, **options)

    def split_off(self, act: Any) -> None:
        unit, new, parent = self.pick(self.members), self.fresh(), self.pick(self.areas)
        part = int(self.draw(st.integers(0, self.members[unit])))
        options = self.shares(unit, [new], [part])
        self.members[unit] -= part
        self.parents[new], self.members[new] = parent, part
        act.split_off(unit, Unit(new, parent=parent), **options)

    def pass_days(self) -> None:
        """Several days with something on each, and what is then known of some subtrees."""
        for _ in range(self.draw(st.integers(1, 4))):
            self.day += ONE_DAY
            with self.history.draft(self.day) as act:
                for _ in range(self.draw(st.integers(0, 2))):
                    self.step(act)
                for area in self.areas:
                    if self.draw(st.integers(0, 3)) == 3:
                        act.record(area, "m", self.count(area), scope="subtree")
            if act.events:
                self.history = self.history.enact(act)
            self.check()
        for day, figures in self.said.items():
            assert figures == self.figures(day), day  # Later acts change nothing about it.

    def figures(self, day: dt.date) -> dict[str, tuple[Quantity, Quantity]]:
        structure = self.history.at(day)
        if not structure.states("m"):
            return {}
        return {unit: (structure.total("m", under=unit), structure.measure(unit, "m", "subtree")) for unit in structure}

    def check(self) -> None:
        self.said[self.day] = self.figures(self.day)
        assert not self.said[self.day] or self.said[self.day].keys() == self.parents.keys()
        for unit, figures in self.said[self.day].items():
            for figure in figures:
                assert (figure.low or 0) <= self.count(unit), (unit, figure, self.count(unit))
                assert figure.high is None or self.count(unit) <= figure.high, (unit, figure, self.count(unit))


@given(st.data())
def test_never_says_what_is_not_so(data: st.DataObject) -> None:
    """Whatever moves, merges, is divided, begins and ends: what the record says of a subtree agrees with those in it."""
    World(data.draw).pass_days()


# ---- exact figures


def record(**more: Any) -> History:
    """P states 100 for its subtree, of which a states 60 and b nothing; q has c with 5."""
    rows: list[dict[str, Any]] = [{"id": "r"}, *({"id": unit, "parent": "r"} for unit in "pq")]
    rows += [{"id": "a", "parent": "p", "m": 60}, {"id": "b", "parent": "p"}, {"id": "c", "parent": "q", "m": 5}]
    history = history_of([{**row, **more.get(row["id"], {})} for row in rows], day=START, measures=MEASURES)
    return decided(history, "2020-06-01", lambda act: act.record("p", "m", 100, scope="subtree"))


def decided(history: History, day: str, decide: Callable[[Any], Any], name: str | None = None) -> History:
    with history.draft(day, act_id=name) as act:
        decide(act)
    return history.enact(act)


def totals(history: History, day: str = "2021-06-01") -> tuple[str, str, str]:
    structure = history.at(day)
    return tuple(str(structure.total("m", under=unit)).split(" (")[0] for unit in "rpq")  # type: ignore[return-value]


TWO = [Unit("a1", parent="p"), Unit("a2", parent="q")]
THIRDS = {"a1": {"m": "1/3"}, "a2": {"m": "2/3"}}
CASES: dict[str, tuple[Callable[[Any], Any], tuple[str, str, str]]] = {
    "a known part leaves": (lambda act: act.reassign("a", to="q"), ("105", "40", "65")),
    "the unknown rest leaves": (lambda act: act.reassign("b", to="q"), ("65 or more", "60", "5 or more")),
    "a known part comes": (lambda act: act.reassign("c", to="p"), ("105 or more", "105", "unknown")),
    "a known part closes": (lambda act: act.close("a"), ("45", "40", "5")),
    "the unknown rest closes": (lambda act: act.close("b"), ("65", "60", "5")),
    "a unit begins and states 20": (
        lambda act: [act.create(Unit("x", parent="p")), act.record("x", "m", 20)],
        ("125", "120", "5"),
    ),
    "a unit begins and states nothing": (
        lambda act: act.create(Unit("x", parent="p")),
        ("105 or more", "100 or more", "5"),
    ),
    "parts merge inside": (lambda act: act.merge(["a", "b"], into=Unit("ab")), ("105", "100", "5")),
    "the rest merges with one from outside": (
        lambda act: act.merge(["b", "c"], into=Unit("bc"), under="q"),
        ("65 or more", "60", "5 or more"),
    ),
    "one outside takes a part over": (lambda act: act.take_over("c", ["a"]), ("105", "40", "65")),
    "a part is divided by shares": (lambda act: act.break_down("a", TWO, shares=THIRDS), ("105", "60", "45")),
    "a part is divided without shares": (lambda act: act.break_down("a", TWO), ("65 to 165", "40 to 100", "5 to 65")),
    "a part is split off": (
        lambda act: act.split_off("a", TWO[1], shares={"a2": {"m": "1/4"}}),
        ("105", "85", "20"),
    ),
    "the unit itself moves": (lambda act: act.reassign("p", to="q"), ("105", "100", "105")),
    "it is stated again on that day": (
        lambda act: [act.reassign("a", to="q"), act.record("p", "m", 77, scope="subtree")],
        ("142", "77", "65"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_still_known_after(case: str) -> None:
    """What leaves a subtree is taken off its stated figure and what comes is added, with bounds where it is not known."""
    decide, expected = CASES[case]
    assert expected == totals(decided(record(), "2021-01-01", decide))
    # The day before, and a day on which nothing happened, say what was stated.
    assert ("105", "100", "5") == totals(decided(record(), "2021-01-01", decide), "2020-12-31")


def test_there_and_back() -> None:
    """A unit that leaves and comes back leaves the figure as it was."""
    away = decided(record(), "2021-01-01", lambda act: act.reassign("a", to="q"))
    back = decided(away, "2021-02-01", lambda act: act.reassign("a", to="p"))
    assert ("105", "100", "5") == totals(back)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Quantity(100, "about"), "about 40"),
        (Quantity(100, "more than"), "more than 40"),
        (Quantity(100, "at most"), "at most 40"),
        (Quantity.unknown(80, 100), "unknown, 20 to 40"),
        # 50 with 60 in it is a contradiction: nothing is left of it.
        (Quantity(50), "unknown"),
    ],
)
def test_figures_that_are_not_exact(stated: Quantity, expected: str) -> None:
    """An exact number that leaves shifts the value and its bounds."""
    history = decided(record(), "2020-07-01", lambda act: act.record("p", "m", stated, scope="subtree"))
    moved = decided(history, "2021-01-01", lambda act: act.reassign("a", to="q"))
    assert expected == str(moved.at("2021-01-01").measure("p", "m", "subtree"))
    assert {"p": expected} == {
        unit: str(figure) for unit, figure in moved.at("2021-01-01").stated("m", "subtree").items()
    }


def test_a_unit_only_seen_first_or_last() -> None:
    """A unit that is older than the record of it was in the figure already; one that is no longer on record still is."""
    first = record().enact(Act("x", "2021-01-01", [Creation(Unit("x", parent="p"), first_known=True)]))
    last = record().enact(Act("x", "2021-01-01", [Closure("b", last_known=True)]))
    assert "100" == str(first.at("2021-01-01").measure("p", "m", "subtree"))
    assert "100" == str(last.at("2021-01-01").measure("p", "m", "subtree"))


@pytest.mark.parametrize(
    ("known", "figures", "expected"),
    [
        ("x", {"y": 10}, "110"),
        ("y", {"y": 10}, "100"),
        ("y", {"x": 5, "y": 10}, "105"),
        ("y", {"y": 10, "z": 7}, "107"),
        ("xyz", {"y": 10, "z": 7}, "100"),
        ("", {"x": 5, "y": 10, "z": 7}, "122"),
    ],
)
def test_founded_with_units_that_were_there_before(known: str, figures: dict[str, int], expected: str) -> None:
    """X begins below p, y and z below x, on one day: the figure of p counts already those that are only first known."""
    begun = [Creation(Unit(unit, parent=parent), first_known=unit in known) for unit, parent in ("xp", "yx", "zx")]
    amounts = {"z": 0, **figures}
    stated = [Change(unit, "measure:m", amount, "own") for unit, amount in amounts.items()]
    history = record().enact(Act("x", "2021-01-01", [*begun, *stated]))
    assert expected == str(history.at("2021-01-01").measure("p", "m", "subtree"))


def test_a_merger_of_two_sides_of_which_one_states_its_subtree() -> None:
    """What the other side's units state is added: 100 and 5 are 105, not 100 or more."""
    history = decided(record(), "2021-01-01", lambda act: act.merge(["p", "q"], into=Unit("pq")))
    assert "105" == str(history.at("2021-01-01").measure("pq", "m", "subtree"))
    assert "105" == str(history.at("2021-01-01").total("m"))
    silent = decided(record(c={"m": None}), "2021-01-01", lambda act: act.merge(["p", "q"], into=Unit("pq")))
    assert 100 == silent.at("2021-01-01").measure("pq", "m", "subtree").low


def test_units_that_move_after_a_merger_of_the_day() -> None:
    """A carried figure counts from its event on: a later act of the day takes off what leaves."""
    merged = decided(record(), "2021-01-01", lambda act: act.merge(["p", "q"], into=Unit("pq")))
    history = decided(merged, "2021-01-01", lambda act: act.reassign("a", to="r"), "move")
    assert "45" == str(history.at("2021-01-01").measure("pq", "m", "subtree"))
    assert "105" == str(history.at("2021-01-01").total("m"))


def test_a_rate_of_a_subtree_is_no_longer_known() -> None:
    """What left had a rate and a weight of its own, which the record of the whole does not tell."""
    measures = [*MEASURES, Measure("women", "rate", weight="m")]
    rows = [{"id": "r"}, {"id": "p", "parent": "r"}, {"id": "a", "parent": "p", "m": 60}]
    history = history_of(rows, day=START, measures=measures)
    history = decided(history, "2020-06-01", lambda act: act.record("p", "women", 0.5, scope="subtree"))
    moved = decided(history, "2021-01-01", lambda act: act.reassign("a", to="r"))
    assert 0.5 == moved.at("2020-12-31").measure("p", "women", "subtree").value
    assert not moved.at("2021-01-01").measure("p", "women", "subtree").is_known


def test_learned_late_as_known_early() -> None:
    """A move that is learned after a merger that carried the figure changes the merger's figure, and back when cancelled."""

    def moved(history: History) -> History:
        return decided(history, "2021-01-01", lambda act: act.reassign("a", to="r"), "move")

    def moved_back(history: History) -> History:
        return decided(history, "2021-02-01", lambda act: act.reassign("a", to="q"), "back")

    def merged(history: History) -> History:
        return decided(history, "2022-01-01", lambda act: act.replace("p", Unit("n")), "merger")

    early, late = merged(moved_back(moved(record()))), moved_back(moved(merged(record())))
    assert "40" == str(early.at("2022-01-01").measure("n", "m", "subtree"))
    assert early.same_facts(late)
    cancelled = late.cancel("back", reason="void").cancel("move", reason="void")
    assert "100" == str(cancelled.at("2022-01-01").measure("n", "m", "subtree"))


def test_from_every_file() -> None:
    """Lines, columns and tables give the same figures back."""
    history = decided(record(), "2021-01-01", lambda act: act.reassign("a", to="q"))
    for again in (om.loads(om.dumps(history)), om.from_tables(**om.to_tables(history))):
        assert totals(history) == totals(again)


def test_means_and_series_follow() -> None:
    """The mean of a year weighs 100 and 40 by the days on which they held."""
    history = decided(record(), "2021-07-02", lambda act: act.reassign("a", to="q"))
    mean = history.over("2021-01-01", "2022-01-01").mean("m", "p", "subtree")
    assert Fraction(100 * 182 + 40 * 183, 365) == mean.value
    series = history.series("m", on="2021-12-31", days=["2021-01-01", "2021-12-31"], scope="subtree")
    assert ["100", "40"] == [str(point.value) for point in series.of("p")]


def test_a_silent_unit_that_begins_below_a_unit_of_the_day() -> None:
    """It may have any number: the figure that a merger of the day carried does not bound it."""
    history = decided(
        record(),
        "2021-01-01",
        lambda act: [act.merge(["p", "q"], into=Unit("pq")), act.create(Unit("x", parent="pq"))],
    )
    assert "105 or more" == str(history.at("2021-01-01").measure("pq", "m", "subtree"))


def area(history: History) -> History:
    """Below p also the area s with x, 10, and y, 20, of the 100."""

    def open_area(act: Any) -> None:
        act.create(Unit("s", parent="p"))
        for unit, figure in (("x", 10), ("y", 20)):
            act.create(Unit(unit, parent="s"))
            act.record(unit, "m", figure)
        act.record("p", "m", 100, scope="subtree")

    return decided(history, "2020-09-01", open_area)


@pytest.mark.parametrize(
    ("decide", "expected"),
    [
        # s leaves with y; x, which was below it, stays.
        (lambda act: [act.reassign("s", to="q"), act.reassign("x", to="p")], ("105", "80", "25")),
        # Both leave, each for itself.
        (lambda act: [act.reassign("s", to="q"), act.reassign("x", to="c")], ("105", "70", "35")),
        # x leaves alone, and s merges with a unit that stays.
        (lambda act: [act.reassign("x", to="q"), act.merge(["s", "a"], into=Unit("sa"))], ("105", "90", "15")),
    ],
)
def test_what_moves_by_itself_below_what_moves(decide: Callable[[Any], Any], expected: tuple[str, str, str]) -> None:
    """Everything is counted once, whether it goes the same way as the unit above it or another."""
    assert expected == totals(decided(area(record()), "2021-01-01", decide))


def test_a_unit_that_is_taken_up_again_out_of_a_subtree() -> None:
    """What it states is taken off; if it states nothing, anything up to all of its former holder."""
    history = decided(record(), "2020-09-01", lambda act: act.take_over("a", ["c"]))
    assert "105" == str(history.at("2020-09-01").measure("p", "m", "subtree"))

    def taken_up(act: Any) -> None:
        act.reestablish("c", Unit("c2"), under="q", out_of="a")

    silent = decided(history, "2021-01-01", taken_up)
    assert "unknown, 40 to 105" == str(silent.at("2021-01-01").measure("p", "m", "subtree"))
    told = decided(
        history, "2021-01-01", lambda act: [taken_up(act), act.record("c2", "m", 5), act.record("a", "m", 60)]
    )
    assert "100" == str(told.at("2021-01-01").measure("p", "m", "subtree"))


def test_a_part_of_a_divided_unit_that_others_enter_on_the_day() -> None:
    """Its figure was between nothing and all; with something from elsewhere nothing is known of it any more."""
    divide = [Unit("p1"), Unit("p2")]

    def split(act: Any) -> None:
        act.break_down("p", divide, children={"a": "p1", "b": "p2"})

    alone = decided(record(), "2021-01-01", split)
    assert "unknown, 0 to 100" == str(alone.at("2021-01-01").measure("p1", "m", "subtree"))
    entered = decided(record(), "2021-01-01", lambda act: [split(act), act.reassign("c", to="p1")])
    assert not entered.at("2021-01-01").measure("p1", "m", "subtree").low
    assert entered.at("2021-01-01").measure("p1", "m", "subtree").high is None


def test_who_left_and_came_back_is_known_less_also_when_it_is_learned_late() -> None:
    """Nobody knows how many the silent unit had when it came back: the facts of the day alone would not tell."""

    def away(history: History) -> History:
        left = decided(history, "2021-01-01", lambda act: act.reassign("b", to="r"), "away")
        return decided(left, "2021-02-01", lambda act: act.reassign("b", to="p"), "back")

    def renewed(history: History) -> History:
        return decided(history, "2022-01-01", lambda act: act.replace("p", Unit("n")), "renewal")

    early, late = renewed(away(record())), away(renewed(record()))
    assert "60 or more" == str(early.at("2022-01-01").measure("n", "m", "subtree")).replace(
        "unknown, 60 to ?", "60 or more"
    )
    assert early.same_facts(late)


def test_a_relative_change_and_rules_read_what_it_says_now() -> None:
    """Three more than 40 are 43; the columns of rules have the same bounds."""
    history = decided(record(), "2021-01-01", lambda act: act.reassign("a", to="q"))
    columns = DayColumns(history.at("2021-01-01"))
    assert (40.0, 40.0) == columns.bounds("p", "m", "subtree")
    assert (40.0, 40.0) == columns.bounds("p", "m", "total")
    adjusted = decided(history, "2022-01-01", lambda act: act.adjust("p", "m", 3, scope="subtree"))
    assert "43" == str(adjusted.at("2022-01-01").measure("p", "m", "subtree"))


def test_shares_by_a_measure_that_children_state_of_their_subtrees() -> None:
    """A child with a figure of its subtree only has a weight as well."""
    silent = record(c={"m": None})
    history = decided(silent, "2020-09-01", lambda act: act.record("q", "m", 300, scope="subtree"))
    whole = decided(history, "2020-10-01", lambda act: act.record("r", "m", 40))
    split = decided(
        whole,
        "2021-01-01",
        lambda act: act.split_off("r", Unit("n", parent="r"), children=["q"], allocation=ByMeasure("m")),
    )
    assert ("10", "30") == tuple(str(split.at("2021-01-01").measure(unit, "m")) for unit in ("r", "n"))


def test_what_comes_and_goes_between_bounds_widens_both_ends() -> None:
    """The most that came counts above, the most that left below."""
    bounded = [("x", "p", om.Quantity.unknown(0, 40)), ("y", "q", om.Quantity.unknown(0, 30))]
    rows = [{"id": "vn"}, {"id": "p", "parent": "vn"}, {"id": "q", "parent": "vn"}]
    rows += [{"id": unit, "parent": parent, "members": figure} for unit, parent, figure in bounded]
    history = om.history_of(rows, day="2024-01-01", measures=[om.Measure("members")])
    with history.draft("2024-02-01") as act:
        act.record("p", "members", 100, scope="subtree")
    history = history.enact(act)
    with history.draft("2024-03-01") as act:
        act.reassign("x", to="q")
        act.reassign("y", to="p")
    figure = history.enact(act).at("2024-03-01").measure("p", "members", scope="subtree")
    assert (figure.low, figure.high) == (60, 130)


@pytest.mark.parametrize(
    "first",
    [
        lambda act: act.reestablish("a", om.Unit("a2"), under="r", out_of="q", measures={"members": 7}),
        lambda act: act.create(om.Unit("new"), under="q", first_known=True, measures={"members": 7}),
        lambda act: act.create(om.Unit("new"), under="q", measures={"members": 7}),
        lambda act: act.close("q1", last_known=True),
        lambda act: act.close("q1"),
    ],
    ids=["re-established", "first known", "founded", "last known", "closed"],
)
def test_a_draft_and_its_later_steps_see_the_figure_that_its_act_leaves(first: Callable[[om.Draft], object]) -> None:
    """How a unit began or ended counts from the step on that says it, known early or late."""
    rows = [{"id": "r"}, *({"id": unit, "parent": "r"} for unit in "pqa"), {"id": "q1", "parent": "q"}]
    ground = om.history_of(rows, day="2025-01-01", measures=[om.Measure("members")])
    with ground.draft("2025-02-01", act_id="ground") as act:
        act.take_over("q", ["a"])
    ground = ground.enact(act)
    with ground.draft("2025-03-01", act_id="figure") as figure:
        figure.record("q", "members", 49, scope="subtree")

    def totals(structure: om.Structure) -> dict[str, om.Quantity]:
        return {unit: structure.total("members", unit) for unit in structure}

    alone = ground.enact(figure).draft("2025-04-01", act_id="one")
    first(alone)
    enacted = ground.enact(figure).enact(alone).at("2025-04-01")
    assert totals(alone.structure) == totals(enacted)

    both = ground.enact(figure).draft("2025-04-01", act_id="both")
    first(both)
    both.take_over("p", ["q"])
    apart = ground.enact(figure).enact(alone).draft("2025-04-01", act_id="second")
    apart.take_over("p", ["q"])
    expected = totals(apart.structure)
    assert totals(both.structure) == expected
    for history in (ground.enact(figure).enact(both), ground.enact(both).enact(figure)):
        assert totals(history.at("2025-04-01")) == expected


@pytest.mark.parametrize(
    ("options", "figure"),
    [
        ({"shares": {"members": Fraction(1, 2)}}, om.Quantity(227 + 92 + 10)),
        ({"shares": {"members": 0}}, om.Quantity(227 + 10)),
        ({}, om.Quantity.unknown(227 + 10, 227 + 10 + 185)),
    ],
)
def test_a_part_that_comes_into_a_subtree_is_added_and_no_more(options: dict[str, Any], figure: om.Quantity) -> None:
    """Of a giver without a figure of its subtree comes its own part, with the children that go along."""
    rows = [{"id": "r"}, {"id": "taker", "parent": "r", "members": 180}, {"id": "in", "parent": "taker", "members": 47}]
    rows += [{"id": "giver", "parent": "r", "members": 185}, {"id": "goes", "parent": "giver", "members": 10}]
    rows += [{"id": "stays", "parent": "giver", "members": 5}]
    history = om.history_of(rows, day="2025-07-01", measures=[om.Measure("members")])
    with history.draft("2025-07-02") as act:
        act.record("taker", "members", 227, scope="subtree")
    history = history.enact(act)
    with history.draft("2025-07-03") as act:
        act.transfer("giver", "taker", children=["goes"], **options)
    after = history.enact(act).at("2025-07-03")
    assert after.measure("taker", "members", "subtree") == after.total("members", under="taker") == figure
