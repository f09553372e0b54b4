"""Stated shares that miss 1 by what their source rounded away, at every door."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.events import with_settled_shares
from orgmodel.errors import OrgmodelError, TableWarning

POP = om.Measure("pop")
ROUNDED = {"b": "0.711", "c": "0.288"}
SETTLED = {"b": Fraction("0.712"), "c": Fraction("0.288")}


def start() -> om.History:
    rows = [{"id": "fr"}, {"id": "a", "parent": "fr", "pop": 1000}]
    return om.history_of(rows, day="1968-01-01", measures=[POP])


def links(shares: dict[str, Any]) -> list[om.Link]:
    return [om.Link("a", new, "part", {"pop": share}) for new, share in shares.items()]


def settle(draft: Any, verb: str, **given_: Any) -> None:
    created = [om.Unit("b"), om.Unit("c")]
    if verb == "reorganise":
        draft.reorganise(links(ROUNDED), created=created, **given_)
    elif verb == "break_down":
        draft.break_down("a", created, shares={new: {"pop": share} for new, share in ROUNDED.items()}, **given_)
    else:
        shares = {"a": {"pop": "0.711"}, "b": {"pop": "0.200"}, "c": {"pop": "0.088"}}
        draft.split_off_several("a", created, shares=shares, **given_)


@pytest.mark.parametrize("verb", ["reorganise", "break_down", "split_off_several"])
def test_verbs_take_shares_within_a_tolerance(verb: str) -> None:
    """What is missing goes to the largest, with a note; figures divide by what was taken; plans and files keep it."""
    history = start()
    with history.draft("1974-10-01") as draft:
        settle(draft, verb, tolerance="0.001")
    notes = [note for note in draft.notes if note.rule == "shares"]
    assert [("a",)] == [note.units for note in notes]
    assert "1/1000 given to the largest" in notes[0].message
    after = history.enact(draft)
    (act,) = [act for act in after.acts if act.effective.year == 1974]
    (event,) = [event for event in act.events if isinstance(event, om.Succession)]
    assert 1 == sum(link.share("pop") or 0 for link in event.links)
    assert 1000 == after.at("1974-10-01").total("pop").value
    assert after == om.loads(om.dumps(after))
    assert 712 in [
        after.at("1974-10-01").measure(unit, "pop").value for unit in "abc" if unit in after.at("1974-10-01")
    ]


@pytest.mark.parametrize("verb", ["reorganise", "break_down", "split_off_several"])
@pytest.mark.parametrize("tolerance", [0, "0.0009", -1, "a third"])
def test_verbs_refuse_what_misses_by_more(verb: str, tolerance: Any) -> None:
    """Without a tolerance, with too small a one, and with one that is none, the unit or the tolerance is named."""
    words = r"shares of 'pop' of 'a'|shares add up|tolerance|parts of 1"
    with pytest.raises(OrgmodelError, match=words):
        enacted(verb, tolerance)


def enacted(verb: str, tolerance: Any) -> om.History:
    history = start()
    with history.draft("1974-10-01") as draft:
        settle(draft, verb, tolerance=tolerance)
    return history.enact(draft)


def tables(shares: dict[str, Any]) -> dict[str, Any]:
    units = {"id": ["fr", "a", "b", "c"], "start": ["1968-01-01"] * 2 + ["1974-10-01"] * 2}
    return {
        "units": {**units, "end": [None, "1974-10-01", None, None]},
        "parents": {"unit": ["fr", "a", "b", "c"], "parent": [None, "fr", "fr", "fr"], "start": units["start"]},
        "links": {
            "old": ["a", "a"],
            "new": ["b", "c"],
            "day": ["1974-10-01"] * 2,
            "extent": ["part"] * 2,
            "shares": [{"pop": shares["b"]}, {"pop": shares["c"]}],
        },
        "measures": [POP],
    }


def test_tables_take_shares_within_a_tolerance() -> None:
    """With a warning that names the row; without a tolerance they are refused."""
    with pytest.warns(TableWarning, match="1/1000 given to the largest"):
        history = om.from_tables(**tables(ROUNDED), tolerance="0.001")
    assert SETTLED == {link.new: link.share("pop") for link in history.lineage.links("a")}
    with pytest.raises(OrgmodelError, match="'pop' of 'a' add up to 999/1000"):
        om.from_tables(**tables(ROUNDED))
    with pytest.raises(OrgmodelError, match="'a'"):
        om.from_tables(**tables(ROUNDED), tolerance="0.0001")


def test_tables_with_acts_take_shares_within_a_tolerance() -> None:
    """Rows that name their events are read alike."""
    history = start()
    with history.draft("1974-10-01") as draft:
        settle(draft, "reorganise", tolerance="0.001")
    out = om.to_tables(history.enact(draft))
    found = out["links"]["shares"]
    found[0], found[1] = {"pop": "0.711"}, {"pop": "0.288"}
    with pytest.warns(TableWarning, match="1/1000 given to the largest"):
        again = om.from_tables(**out, tolerance="0.001")
    assert SETTLED == {link.new: link.share("pop") for link in again.lineage.links("a")}


@pytest.mark.parametrize("bad", ["nan", float("nan"), float("inf"), "a third", "0,5", None, True, [1]])
def test_what_is_no_number_is_one_error_that_names_the_link(bad: Any) -> None:
    """In a link, and in both sorts of tables."""
    with pytest.raises(OrgmodelError, match="'a' -> 'b'") as error:
        om.Link("a", "b", "part", {"pop": bad})
    assert 1 == len(error.value.findings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OrgmodelError, match="'a' -> 'b'"):
            om.from_tables(**tables({"b": bad, "c": "1/2"}))


def test_floats_are_read_as_they_are_written() -> None:
    """0.1, 0.2 and 0.7 add up to 1, as whoever wrote them sees."""
    found = [om.Link("a", new, "part", {"pop": share}) for new, share in (("x", 0.1), ("y", 0.2), ("z", 0.7))]
    assert 1 == sum(link.share("pop") or 0 for link in found)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6), st.integers(2, 4))
def test_rounded_shares_add_up_and_move_by_no_more_than_what_was_missing(parts: list[int], places: int) -> None:
    """Whatever true shares were rounded to some places, settled they add up to 1, and only the largest changed."""
    step = Fraction(1, 10**places)
    true = [Fraction(part, sum(parts)) for part in parts]
    rounded = [round(share / step) * step for share in true]
    tolerance = step * len(parts) / 2
    given_ = [om.Link("a", f"n{i}", "part", {"pop": share}) for i, share in enumerate(rounded)]
    settled, notes = with_settled_shares(given_, tolerance)
    found = [link.share("pop") or 0 for link in settled]
    assert 1 == sum(found)
    changed = [i for i, (was, now) in enumerate(zip(rounded, found, strict=True)) if was != now]
    assert len(changed) == len(notes) <= 1
    assert all(rounded[i] == max(rounded) for i in changed)


def test_what_a_policy_estimated_is_no_share_in_any_of_several_equal_histories():
    """The parts of a division by a policy add up to the whole because the policy made them so."""
    history = start()
    with history.draft("1970-01-01", act_id="division") as act:
        act.break_down("a", [om.Unit("b"), om.Unit("c")], allocation=om.policies.Equal())
    made = history.enact(act)
    for again in (made, om.loads(om.dumps(made)), om.loads(om.dumps(made))):
        rows = again.correspondence("1968-01-01", "1970-01-01")["a"]
        assert [dict(row.shares) for row in rows] == [{}, {}]


@given(st.integers(0, 60), st.lists(st.integers(1, 6), min_size=2, max_size=4), st.data())
def test_an_act_divides_a_figure_as_a_table_does(figure: int, weights: list[int], data: st.DataObject) -> None:
    """With the same shares a figure is the same, also where one share is the rest and the rounding has a tie."""
    history = om.history_of(
        [{"id": "r"}, {"id": "a", "parent": "r", "members": figure}],
        day="2020-01-01",
        measures=[om.Measure("members")],
    )
    blank = data.draw(st.sampled_from([None, *range(len(weights))]))
    goes_on = data.draw(st.booleans())
    news = ["a" if goes_on and at == 0 else f"n{at}" for at in range(len(weights))]
    links = [
        om.Link("a", new, "part", {} if at == blank else {"members": Fraction(weight, sum(weights))})
        for at, (new, weight) in enumerate(zip(news, weights, strict=True))
    ]
    created = [om.Unit(new, parent="r") for new in news if new != "a"]
    divided = history.enact(om.Act("x", "2021-01-01", [om.Succession(links, created)]))
    after = divided.at("2021-01-01")
    carried = divided.correspondence("2020-06-01", "2021-06-01").carry({"a": figure}, "members")
    assert {new: carried[new] for new in news} == {new: after.measure(new, "members") for new in news}


@given(
    st.one_of(
        st.integers(0, 40),
        st.integers(0, 40).map(lambda n: om.Quantity(n, "at most")),
        st.integers(0, 40).map(lambda n: om.Quantity(n, "more than")),
        st.tuples(st.integers(0, 40), st.integers(0, 9)).map(lambda p: om.Quantity.unknown(p[0], p[0] + p[1])),
    ),
    st.sampled_from([om.policies.Equal(), om.policies.Dominant("n1"), om.policies.ByMeasure("w", {"n0": 1, "n1": 2})]),
)
def test_a_policy_divides_alike_in_a_draft_and_in_a_table(figure: Any, policy: Any) -> None:
    """Also what is known within bounds only."""
    history = om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}], day="2020-01-01", measures=[POP])
    history = history.enact(om.Act("f", "2020-02-01", [om.Change("a", "measure:pop", figure, "own")]))
    with history.draft("2021-01-01") as act:
        act.break_down("a", [om.Unit("n0"), om.Unit("n1")], allocation=policy)
    history = history.enact(act)
    carried = history.correspondence("2020-06-01", "2021-01-01").carry({"a": figure}, "pop", policy)
    for new in ("n0", "n1"):
        drafted, tabled = history.at("2021-01-01").measure(new, "pop"), om.Quantity.of(carried[new])
        # A table knows that a count is no less than 0, and says so.
        assert (drafted.value, drafted.low or 0, drafted.high) == (tabled.value, tabled.low or 0, tabled.high)


def test_a_share_of_what_does_not_divide_is_refused() -> None:
    """Two thirds of the people went; two thirds of a rate or of a grade did not."""
    measures = [POP, om.Measure("literacy", "rate", weight="pop"), om.Measure("grade", "category")]
    history = om.history_of([{"id": "fr"}, {"id": "a", "parent": "fr"}], day="1968-01-01", measures=measures)
    wrong = {"b": {"literacy": "2/3", "grade": "2/3", "pop": "2/3"}}
    with pytest.raises(om.InvalidAct) as caught:
        history.draft("1974-10-01").break_down("a", [om.Unit("b"), om.Unit("c")], shares=wrong)
    assert [str(finding).split(": ", 3)[-1] for finding in caught.value.findings] == [
        "'grade' is a category, of which no part has a share; only counts divide [shares]",
        "'literacy' is a rate, of which no part has a share; only counts divide [shares]",
    ]
