"""Figures that an act states of the parts it makes are shares, where they add up; stated shares that differ are told."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.policies import Equal
from orgmodel.errors import Refused
from orgmodel.history.correspondence import Correspondence

POP = om.Measure("pop")
AREA = om.Measure("area", unit="km2", decimal=True)


def unit(name: str) -> om.Unit:
    return om.Unit(name, kind="commune", parent="vn")


def part(new: str, **shares: Any) -> om.Link:
    return om.Link("a", new, "part", shares)


def count(of: str, value: Any, measure: str = "pop") -> om.Change:
    return om.Change(of, f"measure:{measure}", value, "own")


def ask(*events: Any, pop: Any = 1000) -> Correspondence:
    rows = [{"id": "vn"}, *({"id": u, "parent": "vn", "kind": "commune"} for u in "ab")]
    history = om.history_of(rows, day="2000-01-01", measures=[POP, AREA])
    history = history.enact(
        om.Act("census", "2000-06-01", [count("a", pop), count("b", 50)]), om.Act("division", "2010-01-01", events)
    )
    return history.correspondence("2001-01-01", "2020-01-01", kind="commune")


@given(st.lists(st.integers(0, 500), min_size=2, max_size=4).filter(any), st.booleans())
def test_parts_that_add_up_are_shares(amounts: list[int], within: bool) -> None:
    """Carried along them, the whole comes to just what the act says, as a fact; so the structures agree with it."""
    news = [f"n{i}" for i in range(len(amounts))]
    figures = [count(new, amount) for new, amount in zip(news, amounts, strict=True)]
    division = om.Succession([part(new) for new in news], map(unit, news), figures if within else ())
    found = ask(division, *(() if within else figures), pop=sum(amounts))
    carried = found.account({"a": sum(amounts)}, "pop")
    assert dict(zip(news, amounts, strict=True)) == carried
    assert carried.all_exact
    assert {found.after.measure(new, "pop") for new in news} == set(map(om.Quantity, amounts))
    assert {part_.how for new in news for part_ in carried.explain(new).parts} == {"figures of the act"}
    assert [Fraction(amount, sum(amounts)) for amount in amounts] == [found.share("a", new, "pop") for new in news]
    assert () == found.findings


@pytest.mark.parametrize(
    ("news", "figures", "pop", "more"),
    [
        ("xy", {"x": 400, "y": 601}, 1000, ()),
        ("xy", {"x": 400}, 1000, ()),
        ("xy", {"x": 400, "y": om.Quantity(600, "about")}, 1000, ()),
        ("xy", {"x": 400, "y": 600}, om.Quantity(1000, "about"), ()),
        ("xy", {"x": 400, "y": 600}, 0, ()),
        ("xy", {"x": 400, "y": 600}, 1000, (om.Link("b", "y"),)),
    ],
    ids=["too many", "one silent", "about", "the whole is about", "nothing before", "another comes in"],
)
def test_figures_that_do_not_add_up_say_nothing(
    news: str, figures: dict[str, Any], pop: Any, more: tuple[om.Link, ...]
) -> None:
    """Nor do those of a part into which something else flows."""
    changes = [count(new, value) for new, value in figures.items()]
    found = ask(om.Succession([*map(part, news), *more], map(unit, news), changes), pop=pop)
    assert {None} == {found.share("a", new, "pop") for new in news}


def test_what_a_policy_estimated_is_no_source() -> None:
    """A draft that divides evenly records figures; that they add up does not make them known."""
    rows = [{"id": "vn"}, {"id": "a", "parent": "vn", "kind": "commune", "pop": 1000}]
    history = om.history_of(rows, day="2000-01-01", measures=[POP])
    with history.draft("2010-01-01") as act:
        act.break_down("a", [unit("x"), unit("y")], allocation=Equal())
    found = history.enact(act).correspondence("2001-01-01", "2020-01-01", kind="commune")
    assert found.share("a", "x", "pop") is None
    with pytest.raises(Refused, match="no share"):
        found.carry({"a": 1000}, "pop")


def test_one_measure_says_nothing_of_another() -> None:
    """Shares of the population are none of the area."""
    figures = [count("x", 400), count("y", 600)]
    found = ask(om.Succession([part("x"), part("y")], map(unit, "xy"), figures))
    assert (Fraction(2, 5), None) == (found.share("a", "x", "pop"), found.share("a", "x", "area"))


def test_a_stated_share_against_the_figures_of_its_act() -> None:
    """What is stated counts; that the act's own figures come to another is a note."""
    figures = [count("x", 400), count("y", 600)]
    found = ask(om.Succession([part("x", pop="1/2"), part("y")], map(unit, "xy"), figures))
    assert {"x": 500, "y": 500} == {k: v for k, v in found.carry({"a": 1000, "b": 50}, "pop").items() if k != "b"}
    assert [("a", "x"), ("a", "y")] == [finding.units for finding in found.findings]
    assert {"note"} == {finding.severity for finding in found.findings}
    assert "1/2 of the 'pop'" in found.findings[0].message
    assert "2/5 (400 of 1000)" in found.findings[0].message


def test_a_stated_share_against_what_former_ground_had() -> None:
    """A quarter passed in 1997 to what had a fifth in 1965: both are told, and that it grew is noted."""
    rows = [{"id": "d"}, *({"id": u, "parent": "d", "kind": "commune"} for u in "xy")]
    history = om.history_of(rows, day="1960-01-01", measures=[POP])
    with history.draft("1972-01-01") as act:
        act.take_over("y", ["x"])
    history = history.enact(act)
    with history.draft("1997-01-01") as act:
        act.reestablish("x", om.Unit("x2", kind="commune", parent="d"), out_of="y")
        act.transfer("y", "x2", shares={"pop": "1/4"})
    history = history.enact(act, om.Act("census", "1965-01-01", [count("x", 100), count("y", 400)]))
    found = history.correspondence("1965-01-01", "2000-01-01", kind="commune")
    assert {"x2": 100, "y": 400} == found.carry({"x": 100, "y": 400}, "pop")
    (finding,) = found.findings
    assert ("y", "x2") == finding.units
    assert "1/4" in finding.message
    assert "1/5 (100 of 500)" in finding.message
    later = history.correspondence("1980-01-01", "2000-01-01", kind="commune")
    assert ({"x2": 125, "y": 375}, ()) == (later.carry({"y": 500}, "pop"), later.findings)


@pytest.mark.parametrize(("stays", "parts"), [("1/9", 1), ("3/9", 1), ("4/9", 0), ("5/9", 0)])
def test_less_stays_than_the_former_ground_that_waits_there(stays: str, parts: int) -> None:
    """What is taken up from a unit later never left it; more than that may stay, less contradicts the first day."""
    rows = [{"id": "d"}, *({"id": u, "parent": "d", "kind": "commune", "pop": n} for u, n in (("x", 40), ("y", 50)))]
    history = om.history_of(rows, day="1960-01-01", measures=[POP])
    with history.draft("1972-01-01") as act:
        act.take_over("y", ["x"])
    links = [om.Link("y", "y", "part", {"pop": stays}), om.Link("y", "e", "part")]
    division = om.Succession(links, [om.Unit("e", kind="commune", parent="d")])
    history = history.enact(act, om.Act("division", "1980-01-01", [division]))
    with history.draft("1997-01-01") as act:
        act.reestablish("x", om.Unit("x2", kind="commune", parent="d"), out_of="y")
    found = history.enact(act).correspondence("1965-01-01", "2000-01-01", kind="commune")
    assert 40 == found.carry({"x": 40, "y": 50}, "pop", "bounds")["x2"]
    assert [("y", "y")] * parts == [finding.units for finding in found.findings]
    assert all("later had 4/9 (40 of 90)" in finding.message for finding in found.findings)
