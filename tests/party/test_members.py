"""Members: stocks and flows of operations and reports, transfers as matters, what is on record in full."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.errors import InvalidAct, Refused
from orgmodel.history.history import History, history_of
from orgmodel.party import facts, kinds, members
from orgmodel.party.questions import find, matters, state
from orgmodel.party.targets import outcome

SCHEMA = om.Schema(tracks=kinds.SCHEMA.tracks, matters=kinds.SCHEMA.matters)


def made(**of_a: Any) -> History:
    rows = [{"id": "p"}, {"id": "a", "parent": "p", **of_a}, {"id": "b", "parent": "p"}]
    return history_of(rows, day="2024-01-01", schema=SCHEMA, measures=facts.MEASURES)


def on(history: History, day: str, *verbs: Any) -> History:
    with history.draft(day, source=om.Source("x"), act_id=f"{day} {len(history.acts)}") as act:
        for verb in verbs:
            act.do(verb)
    return history.enact(act)


def measured(history: History, unit: str, *names: str) -> list[Any]:
    now = history.at(history.days()[-1])
    return [now.measure(unit, name).value for name in names]


def flow(history: History, unit: str, figure: str, period: Any, **more: Any) -> str:
    return str(members.flow(history, unit, figure, period=period, **more))


def test_what_is_not_known_stays_so() -> None:
    """A flow into a unit without a known stock is recorded; the stock is not made up."""
    moved = members.TransferMembers("a", "b", official=2, received=True)
    history = on(made(members_official=5), "2025-03-01", moved)
    assert measured(history, "a", "members_official") == [3]
    assert not history.at("2025-03-01").measure("b", "members_official").is_known
    assert flow(history, "b", "transferred_in", "2025-03-01") == "2 or more"
    whole = on(history, "2025-03-02", members.Complete("b", "transferred_in", period="2025-03-01"))
    assert flow(whole, "b", "transferred_in", "2025-03-01") == "2"


def test_each_operation_has_a_row_of_its_own_and_a_late_stock_flows_through_it() -> None:
    """Two admissions of one day are two; a stock that is learned later moves the next ones, not the flow."""
    history = on(made(members_official=100, members=100), "2025-03-01", members.Admit("a", 3), members.Admit("a", 3))
    assert measured(history, "a", "members") == [106]
    assert flow(history, "a", "admitted", "2025-03") == "6 or more"
    late = on(history, "2025-02-01", om.acts.operations.Record("a", "members", 110))
    assert measured(late, "a", "members") == [116]
    assert flow(late, "a", "admitted", "2025-03") == "6 or more"
    gone = history.cancel(history.acts[-1].id, reason="it was not so")
    assert flow(gone, "a", "admitted", "2025-03") == "unknown"


def test_groups_overlap_and_are_not_added() -> None:
    """Students are among the admitted (MECHANISMS 21)."""
    history = on(made(), "2025-03-01", members.Admit("a", 3), members.Admit("a", 2, group="students"))
    assert flow(history, "a", "admitted", 2025) == "5 or more"
    assert flow(history, "a", "admitted", 2025, group="students") == "2 or more"
    removed = on(made(members=9), "2025-03-01", members.RemoveMembers("a", official=2, group="reviewed"))
    assert flow(removed, "a", "removed", 2025, group="reviewed") == "2 or more"


def test_what_is_stated_of_the_period_counts_and_what_differs_is_told() -> None:
    """A statement is never added to what was done in it."""
    history = on(made(), "2025-03-01", members.Admit("a", 3))
    history = on(history, "2025-12-31", members.Report("a", "admitted", value=1770, period=2025))
    found = members.flow(history, "a", "admitted", period=2025)
    assert (found.value, found.differs) == (om.Quantity(1770), None)
    less = on(history, "2026-01-01", members.Report("a", "admitted", value=2, period=2025))
    assert members.flow(less, "a", "admitted", period=2025).differs == (om.Quantity(2), om.Quantity(3, "at least"))
    assert str(members.flow(less, "a", "admitted", period=2025, on="2025-12-31")) == "1770"


def test_parts_of_a_period_add_up_where_they_cover_it() -> None:
    """Halves make a year; one half is at least so much; what was done outside of them is added."""
    half = members.Report("a", "meetings", value=6, period="2025-01/2025-06")
    other = members.Report("a", "meetings", value=5, period="2025-07/2025-12")
    march = members.Report("a", "meetings", value=4, period="2025-03/2025-08")
    history = on(made(), "2026-01-01", half)
    assert flow(history, "a", "meetings", 2025) == "6 or more"
    assert flow(on(history, "2026-01-02", other), "a", "meetings", 2025) == "11"
    assert flow(on(history, "2026-01-02", other), "a", "meetings", "2025-01/2025-06") == "6"
    assert flow(on(history, "2026-01-02", march), "a", "meetings", 2025) == "6 or more"
    assert flow(made(), "a", "meetings", 2025) == "unknown"
    none = on(made(), "2026-01-01", members.Complete("a", "meetings", period=2025))
    assert flow(none, "a", "meetings", 2025) == "0"


def test_the_year_of_a_successor_holds_what_its_predecessors_had() -> None:
    """Both parents up to the merger and its own after it; a province without a figure makes it open."""
    history = on(
        made(),
        "2025-06-30",
        members.Report("a", "admitted", value=10, period="2025-01/2025-06"),
        members.Report("b", "admitted", value=20, period="2025-01/2025-06"),
    )
    history = on(history, "2025-07-01", om.acts.operations.Merge(["a", "b"], into=om.Unit("n", name="N")))
    assert flow(history, "n", "admitted", 2025) == "30 or more"
    own = members.Report("n", "admitted", value=5, period="2025-07/2025-12")
    history = on(history, "2025-12-31", own)
    assert flow(history, "n", "admitted", 2025) == "35"
    assert flow(history, "n", "admitted", 2025, through=False) == "5"
    (undone,) = [act for act in history.acts if act.effective.isoformat() == "2025-07-01"]
    with pytest.raises(om.Conflict):
        history.cancel(undone.id, reason="not merged")


def test_official_and_probationary_together() -> None:
    """Those who go and those who leave are counted in one flow, whatever their status."""
    history = made(members=9, members_official=5, members_probationary=4)
    history = on(history, "2025-03-01", members.Confirm("a", 2))
    assert measured(history, "a", "members", "members_official", "members_probationary") == [9, 7, 2]
    history = on(history, "2025-03-02", members.RemoveMembers("a", official=1, probationary=1, why="deceased"))
    assert measured(history, "a", "members", "members_official", "members_probationary") == [7, 6, 1]
    assert flow(history, "a", "deceased", 2025) == "2 or more"


def test_a_transfer_is_open_until_members_are_received() -> None:
    """Nothing moves before; afterwards stocks and flows do, once."""
    history = on(made(members=9), "2025-03-01", members.TransferMembers("a", "b", official=2, person="m1"))
    (case,) = matters(history, "a", "transfer")
    assert (state(history, case.id), measured(history, "a", "members")) == ("decided", [9])
    assert [one.id for one in matters(history, om.Person("m1"))] == [case.id]
    history = on(history, "2025-04-01", members.ReceiveMembers(case.id))
    assert (state(history, case.id), measured(history, "a", "members")) == ("received", [7])
    with pytest.raises(InvalidAct, match="nothing is to be received"):
        on(history, "2025-05-01", members.ReceiveMembers(case.id))
    abroad = on(
        made(members=9), "2025-03-01", members.TransferMembers("a", "b", official=1, form="abroad", received=True)
    )
    assert flow(abroad, "a", "transferred_out", 2025, group="abroad") == "1 or more"
    assert [one.id for one in matters(abroad, "a", "transfer", form="abroad")]


def test_an_open_transfer_follows_a_merger_and_closes_within_the_new_unit() -> None:
    """Both ends become one: it closes with a note and nobody moves."""
    history = on(made(members=9), "2025-03-01", members.TransferMembers("a", "b", official=2))
    (case,) = matters(history, "a", "transfer")
    history = on(history, "2025-07-01", om.acts.operations.Merge(["a", "b"], into=om.Unit("n", name="N")))
    now = om.dossier(history.at("2025-07-01"), case.id)
    assert (now.of("giver"), now.of("taker")) == (("n",), ("n",))
    history = on(history, "2025-08-01", members.ReceiveMembers(case.id))
    assert state(history, case.id) == "closed"
    assert flow(history, "n", "transferred_in", 2025) == "unknown"
    back = on(history, "2025-09-01")
    assert om.loads(om.dumps(back)) == back


def test_temporary_members_are_counted_at_home() -> None:
    """The stock of the host stays as it was (F04)."""
    history = made(members=40, members_temporary=0)
    history = on(history, "2025-03-01", members.HostMembers("a", 20))
    assert measured(history, "a", "members", "members_temporary") == [40, 20]
    moved = members.TransferMembers("b", "a", official=3, form="temporary", received=True)
    assert measured(on(history, "2025-04-01", moved), "a", "members", "members_temporary") == [40, 23]


@pytest.mark.parametrize(
    ("verb", "rules"),
    [
        (members.Admit("a", -1), {"count"}),
        (members.Admit("a", 0), {"count"}),
        (members.TransferMembers("a", "b", official=6, received=True), {"count"}),
        (members.TransferMembers("a", "a", official=1), {"transfer"}),
        (members.TransferMembers("a", "b"), {"count"}),
        (members.RemoveMembers("a", official=6), {"count"}),
        (members.RemoveMembers("a", official=1, why="lost"), {"flow"}),
        (members.Admit("nowhere", 1), {"live-unit"}),
        (members.Report("a", "admitted", value=-1, period=2025), {"count"}),
        (members.Report("a", "admitted", value=True, period=2025), {"count"}),
        (members.ReceiveMembers("nothing"), {"matter"}),
    ],
)
def test_bad_numbers_are_refused(verb: Any, rules: set[str]) -> None:
    with pytest.raises(InvalidAct) as error:
        on(made(members_official=5, members=5), "2025-03-01", verb)
    assert {finding.rule for finding in error.value.findings} == rules


@pytest.mark.parametrize("verb", [members.Confirm, members.HostMembers, members.Admit])
@pytest.mark.parametrize("number", [True, 1.5, "3", None])
def test_what_is_no_number_of_members_makes_no_verb(verb: Any, number: Any) -> None:
    with pytest.raises(Refused, match="number: it is a whole number"):
        verb("a", number)


def test_a_period_has_two_ends() -> None:
    with pytest.raises(Refused, match="has no first or no last day"):
        members.span("2025-01-01/")
    with pytest.raises(Refused, match="is no day, month, year or span"):
        members.span("this year")


def test_a_qualified_stock_keeps_its_qualifier() -> None:
    history = on(made(members=om.Quantity(100, "more than")), "2025-02-01", members.Admit("a", 3))
    assert str(history.at("2025-02-01").measure("a", "members")) == "more than 103"


def test_matters_are_found_by_what_tells_them_apart() -> None:
    """No work-year is on record: nothing is found, and nothing is made up."""
    assert find(made(), "work-year", scope="a", year=2025) is None


@pytest.mark.parametrize(("moved", "gap"), [(10, "0"), (7, "-3")])
def test_a_closed_unit_has_a_balance_of_its_own(moved: int, gap: str) -> None:
    """Its members went where its flows say; those of whom no flow tells are the gap."""
    transfer = members.TransferMembers("a", "b", official=moved, received=True)
    history = on(
        made(members=10), "2025-03-01", *[members.Complete("a", name, period=2025) for name in members.MEMBER_FLOWS]
    )
    history = on(history, "2025-03-02", transfer, om.acts.operations.Close("a"))
    (balance,) = [one for one in members.balances(history, period=2025) if one.unit == "a"]
    assert (str(balance.opening), str(balance.closing), str(balance.gap)) == ("10", "0", gap)
    assert (balance.finding is None) is (gap == "0")


@given(st.sampled_from(sorted(members._DECLARED)), st.text("abc.", min_size=1, max_size=5))
def test_a_figure_is_known_if_it_is_declared_or_ever_reported(declared: str, own: str) -> None:
    """A declared figure without a report is unknown; one of a user's own can be asked for of any unit once it is reported."""
    history = made()
    assert flow(history, "a", declared, 2025) == "unknown"
    with pytest.raises(Refused, match="there is no figure"):
        flow(history, "a", own, 2025)
    reported = on(history, "2025-03-01", members.Report("b", own, value=3, period=2024))
    assert flow(reported, "b", own, 2024) == "3"
    assert flow(reported, "a", own, 2024) == "unknown"


def test_a_target_may_name_a_figure_that_is_reported_later() -> None:
    """Until then nothing is known of it; that is no fault of the target."""
    history = made()
    with history.draft("2025-01-10", act_id="t") as act:
        target = act.set_target("a", ("flow", "trees planted"), 5, period=2025)
    history = history.enact(act)
    assert outcome(history, target).state == "open"
    assert outcome(history, target, on="2026-02-01").state == "unknown"
    reported = on(history, "2025-12-01", members.Report("a", "trees planted", value=6, period="2025-01-01/2025-11-30"))
    assert outcome(reported, target, on="2026-02-01").state == "met"


MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


@given(
    begun=st.integers(2, 12),
    stated=st.lists(st.integers(1, 12), unique=True, max_size=12),
    first=st.integers(1, 12),
    first_known=st.booleans(),
)
def test_no_figure_is_exact_for_days_before_the_record(
    begun: int, stated: list[int], first: int, first_known: bool
) -> None:
    """Nothing is on record of them, so they are no days without admissions; a unit that is older goes on before it."""
    founded = "2024-01-01" if first_known else f"2025-{begun:02}-01"
    history = history_of([{"id": "vn", "kind": "centre"}], day=founded, measures=facts.MEASURES, schema=kinds.SCHEMA)
    if first_known:
        with history.draft(f"2025-{begun:02}-01") as act:
            act.create(om.Unit("p", kind="province"), under="vn", first_known=True)
        history = history.enact(act)
    unit = "p" if first_known else "vn"
    with history.draft("2026-01-01") as act:
        for month in stated:
            act.report(unit, "admitted", value=1, period=MONTHS[month - 1])
    history = history.enact(act)
    period = f"{MONTHS[first - 1]}/{MONTHS[-1]}"
    asked = range(first, 13)
    answer = members.flow(history, unit, "admitted", period=period).value
    # What is on record of a month before the record counts; what is not leaves the whole open.
    assert answer.is_exact == set(asked).issubset(stated)
    assert (answer.value or 0) == len(set(asked) & set(stated))


def test_the_first_figure_of_the_cell_that_receives_may_be_learned_late():
    """Nobody had stated members when the transfer was decided, so that it wrote no figure of the cell."""

    def history_with(*decisions):
        rows = [{"id": "tw", "kind": "centre"}, {"id": "p", "kind": "province", "parent": "tw"}]
        rows += [
            {"id": "c", "kind": "commune", "parent": "p"},
            *({"id": x, "kind": "cell", "parent": "c"} for x in "ab"),
        ]
        history = om.history_of(rows, day="2025-08-01", schema=kinds.SCHEMA)
        for day, decide in decisions:
            with history.draft(day, "a decision", act_id=day) as act:
                decide(act)
            history = history.enact(act)
        return history

    figure = "2025-09-01", lambda act: act.record("b", "members", om.Quantity(9, "about"))
    moved = "2025-10-01", lambda act: act.transfer_members("a", "b", official=1, received=True)
    early, late = history_with(figure, moved), history_with(moved, figure)
    assert late.at("2025-10-01").measure("b", "members") == om.Quantity(10, "about")
    assert late.at("2025-10-01").facts() == early.at("2025-10-01").facts()
