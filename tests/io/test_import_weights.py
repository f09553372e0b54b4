"""Ratios both ways become shares of 1, with what was rounded and what is left."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.io.importers import import_weights


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=6), st.integers(2, 4), st.booleans())
def test_rounded_ratios_add_up_to_one(parts: list[int], digits: int, drop: bool) -> None:
    """Shares of each unit add up to 1 and miss the true ones by no more than was rounded."""
    true = [Fraction(part, sum(parts)) for part in parts]
    rows: list[dict[str, Any]] = [
        {"old": "a", "new": f"n{n}", "forward": f"{float(share):.{digits}f}"} for n, share in enumerate(true)
    ]
    rows = [row for row in rows if float(row["forward"])]
    if drop:
        del rows[-1]["forward"]
    tolerance = Fraction(len(parts), 10**digits)
    weights = import_weights(rows, measure="members", tolerance=tolerance)
    shares = {link.new: link.share("members") for link in weights.links}
    assert sum(share or 0 for share in shares.values()) == 1
    for n, share in enumerate(true):
        assert abs((shares.get(f"n{n}") or 0) - share) <= tolerance
    assert weights.rests == {}


def test_shares_carry_figures() -> None:
    """Links with shares are a succession like any other, and figures go along them."""
    rows = [
        {"alt": "a", "neu": "x", "hin": "40%"},
        {"alt": "a", "neu": "y", "hin": "60%"},
        {"alt": "b", "neu": "y", "hin": "100%"},
        {"alt": "c", "neu": "z", "hin": None},
    ]
    columns = {"alt": "old", "neu": "new", "hin": "forward"}
    weights = import_weights(rows, columns, measure="members")
    members = [{"id": "vn"}, *({"id": unit, "parent": "vn", "members": 100} for unit in "abc")]
    history = om.history_of(members, day="2020-01-01")
    with history.draft("2021-01-01") as act:
        act.reorganise(weights.of("a", "b"), created=[om.Unit("x"), om.Unit("y")])
        act.reorganise(weights.of("c"), created=[om.Unit("z")])
    after = history.enact(act).at("2021-01-01")
    assert [after.measure(unit, "members").value for unit in "xyz"] == [40, 160, 100]
    assert weights.back == ()


@pytest.mark.parametrize(
    ("rest", "shares", "severity"),
    [("largest", ["1/5", "4/5"], "warning"), ("unstated", ["None", "None"], "warning")],
)
def test_a_rest_is_told_and_done_with_as_asked(rest: Any, shares: list[str], severity: str) -> None:
    """What the ratios lack of 1 is refused, given to the largest, or leaves the shares unknown."""
    rows = [{"old": "a", "new": "x", "forward": "0.2"}, {"old": "a", "new": "y", "forward": "0.7"}]
    weights = import_weights(rows, measure="m", rest=rest)
    assert [str(link.share("m")) for link in weights.links] == shares
    assert weights.rests == {"a": Fraction(1, 10)}
    assert [finding.severity for finding in weights.findings if finding.rule == "rest"] == [severity]
    with pytest.raises(om.InvalidTable, match="say in rest="):
        import_weights(rows, measure="m")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"forward": "much"}, "shares"),
        ({"forward": "1.2"}, "shares"),
        ({"forward": "0.9"}, "shares"),
        ({"new": None, "forward": "0.3"}, "link"),
        ({"new": "x", "forward": "0.3"}, "link"),
    ],
)
def test_faulty_ratios_are_refused_with_their_row(row: dict[str, Any], rule: str) -> None:
    """No numbers, too much, twice."""
    rows = [{"old": "a", "new": "x", "forward": "0.7"}, {"old": "a", "new": "y", **row}]
    with pytest.raises(om.InvalidTable) as caught:
        import_weights(rows, measure="m")
    assert rule in {finding.rule for finding in caught.value.findings}


def test_ways_that_contradict_each_other_are_told() -> None:
    """Nothing one way and something the other way is a finding; several missing ratios state nothing."""
    rows = [
        {"old": "a", "new": "x", "forward": "1", "backward": "0"},
        {"old": "b", "new": "y", "forward": "0.5", "backward": "1"},
        {"old": "b", "new": "z"},
        {"old": "b", "new": "x"},
    ]
    weights = import_weights(rows, measure="m")
    assert {finding.rule for finding in weights.findings} == {"both-ways", "unstated"}
    assert [link.share("m") for link in weights.of("b")] == [None, None, None]
