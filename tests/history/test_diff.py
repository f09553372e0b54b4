"""Differences of two days: what is told, and by which act. Applying, undoing and composing them: the laws D and L7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.history.diff import SORTS, Diff
from orgmodel.party import vietnam
from orgmodel.testing.strategies import histories


@given(histories(), st.data())
def test_a_diff_counts_what_it_lists_and_names_the_acts(history: om.History, data: st.DataObject) -> None:
    """Each sort has as many differences as are counted of it, and the act of each lies between the two days."""
    a, b = (data.draw(st.sampled_from(history.days())) for _ in range(2))
    diff = history.between(a, b)
    assert diff.counts() == {sort: len(getattr(diff, sort)) for sort in SORTS}
    # A diff of its differences alone, without the columns that it was found in.
    listed = Diff(a, b, diff.differences)
    assert listed.counts() == diff.counts()
    assert listed == diff
    for difference in diff.differences:
        assert difference.act is not None
        assert min(a, b) < difference.act.effective <= max(a, b)


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
