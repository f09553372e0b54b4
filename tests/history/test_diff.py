"""Differences of two days: what is told, by which act, and the laws of applying, undoing and composing them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.history.diff import SORTS
from orgmodel.party import vietnam


@st.composite
def histories(draw: st.DrawFn) -> om.History:
    """Units under a root that are named, moved, measured, clustered, merged and closed over a few days."""
    rows = [{"id": "r"}, *({"id": f"u{n}", "parent": "r"} for n in range(draw(st.integers(2, 6))))]
    history = om.history_of(rows, day="2025-01-01").enact(
        om.Act(
            "k",
            "2025-01-01",
            [om.Creation(om.Clustering("c")), om.Creation(om.Cluster("k1", "c")), om.Creation(om.Cluster("k2", "c"))],
        )
    )
    for number in range(draw(st.integers(0, 8))):
        day = dt.date(2025, 1, 1) + dt.timedelta(days=draw(st.integers(0, 5)))
        units = [u for u in history.at(day) if u != "r"]
        unit = draw(st.sampled_from(units)) if units else "r"
        other = draw(st.sampled_from(units)) if units else "r"
        change = draw(
            st.sampled_from(
                [
                    om.Change(unit, "name", draw(st.sampled_from("XYZ"))),
                    om.Change(unit, "measure:members", draw(st.integers(0, 3))),
                    om.Change(unit, "member:c", draw(st.sampled_from(["k1", "k2", None]))),
                    om.Change(unit, "parent", other),
                    om.Change("k1", "role", unit, ("leader", 1)),
                    om.Closure(unit),
                    om.Succession(
                        (om.Link(unit, f"n{number}"),), created=(om.Unit(f"n{number}", parent="r"),), changes=()
                    ),
                ]
            )
        )
        try:
            history = history.enact(om.Act(f"a{number}", day, [change]))
        except om.Refused:
            continue
    return history


DAYS = [dt.date(2025, 1, 1) + dt.timedelta(days=n) for n in range(8)]


@given(histories(), st.sampled_from(DAYS), st.sampled_from(DAYS), st.booleans())
def test_a_diff_leads_from_one_day_to_the_other(history: om.History, a: dt.date, b: dt.date, folded: bool):
    """D1: applied to the first day it gives the second; L7: the other way round it is its inverse; nothing to itself."""
    if folded:
        history = om.History.from_log(history.log)
        object.__setattr__(history, "_state", history._state.folded())
    diff = history.between(a, b)
    assert diff.apply(history.at(a)) == history.at(b).facts()
    back = history.between(b, a)
    assert back.apply(history.at(b)) == history.at(a).facts()
    assert [(d.subject, d.track, d.before, d.after) for d in back.differences] == [
        (d.subject, d.track, d.before, d.after) for d in diff.inverse.differences
    ]
    assert list(history.between(a, a)) == []
    assert diff.counts() == {sort: len(getattr(diff, sort)) for sort in SORTS}
    alone = om.history.diff.Diff(a, b, diff.differences)
    assert alone.counts() == diff.counts()
    assert alone == diff


@given(histories(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_each_difference_names_the_act_that_made_it(history: om.History, a: dt.date, b: dt.date):
    """The act lies between the two days, and before it the fact was another."""
    low, high = sorted((a, b))
    for difference in history.between(a, b).differences:
        assert difference.act is not None
        assert low < difference.act.effective <= high


def test_a_diff_that_does_not_fit_is_refused():
    """It is only applied to what it starts from."""
    history = om.history_of([{"id": "a", "name": "A"}], day="2025-01-01").enact(
        om.Act("n", "2025-02-01", [om.Change("a", "name", "B")])
    )
    with pytest.raises(ValueError, match="the diff's beginning"):
        history.between("2025-01-01", "2025-02-01").apply(history.at("2025-02-01"))


def test_the_reform_in_counts():
    """The reform day, read from the rows: what begins, ends and moves, under one province as well."""
    history = vietnam.reform_2025()
    diff = history.between("2025-06-30", "2025-07-01")
    before, after = history.at("2025-06-30"), history.at("2025-07-01")
    assert len(diff.created) == len(set(after) - set(before))
    assert len(diff.ended) == len(set(before) - set(after))
    both = set(before) & set(after)
    assert {d.subject for d in diff.moved} == {u for u in both if before.parent(u) != after.parent(u)}
    assert {d.act.source.label for d in diff.created if d.act and before.count() and "vn-p" in d.subject} == {
        "202/2025/QH15"
    }
    province = before.one("Hà Giang", kind="province").id
    part = diff.under(province, before, after)
    assert {d.subject for d in part.ended} == {province, *(u for u in before.descendants(province) if u not in after)}
    assert repr(diff).startswith("<Diff 2025-06-30 to 2025-07-01: ")


def test_an_unknown_sort_is_refused():
    """The message names those that there are."""
    history = om.history_of([{"id": "r"}], day="2025-01-01")
    with pytest.raises(ValueError, match="'broken' is none of 'created', 'ended'"):
        history.between("2025-01-01", "2025-01-01").counts("created", "broken")
