"""Tables that name acts and events: what goes out comes back as it was, and what does not fit is refused by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts.act import act_id
from orgmodel.testing.strategies import histories

DAY = "2020-01-01"


def through_tables(history: om.History) -> om.History:
    tables = om.to_tables(history)
    return om.from_tables(tables.pop("units"), **tables)


def links_of(history: om.History) -> list[tuple[Any, ...]]:
    return [(k.old, k.new, k.day, k.act.id, k.event, k.extent, k.shares, k.dominant_by, k.type, k.evidence) for k in history.lineage.links()]  # fmt: skip


def came_to(history: om.History) -> list[tuple[Any, ...]]:
    """What each act is without what it decided, where that is more than its events."""
    return [(act.id, act.effective, act.source, act.note, act.events) for act in history.acts]


@given(histories(max_moves=8))
def test_acts_events_and_links_come_back(history: om.History) -> None:
    """R1: a history goes through tables with its acts, sources, events in their order, links, clusters, all days."""
    again = through_tables(history)
    if not om.to_tables(history).notes:
        assert again == history
    assert came_to(again) == came_to(history)
    assert links_of(again) == links_of(history)
    for day in history.days():
        assert again.at(day) == history.at(day)


@given(histories(max_moves=6, max_amendments=2))
def test_what_was_amended_is_left_out_and_said_to_be(history: om.History) -> None:
    """Tables hold what is known now, and say that the log is left out."""
    tables = om.to_tables(history)
    amended = any(entry.amends is not None for entry in history.log)
    assert ("log-left-out" in {note.rule for note in tables.notes}) == amended
    again = om.from_tables(tables.pop("units"), **tables)
    assert came_to(again) == came_to(history)


@given(histories(max_moves=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_facts_does_not_matter(history: om.History, random: Any) -> None:
    """R3: rows of parents and facts name their event, so they may stand in any order."""
    tables = om.to_tables(history)

    def shuffled(table: Any) -> Any:
        if not table:
            return table
        order = list(range(len(table["unit"])))
        random.shuffle(order)
        return {name: column[order] for name, column in table.items()}

    tables["parents"] = shuffled(tables["parents"])
    tables["facts"] = {track: shuffled(table) for track, table in tables["facts"].items()}
    assert came_to(om.from_tables(tables.pop("units"), **tables)) == came_to(history)


def rich(*events: Any, **more: Any) -> om.History:
    """Three units, and an act with some events."""
    history = om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}, {"id": "b", "parent": "r"}], day=DAY, **more)
    source = om.Source("S", issuer="I", title="T", title_vi="V", decided="2019-12-01", certainty="seen", note="n")
    return history.enact(om.Act("e", "2021-01-01", events, source, "a note"))


@pytest.mark.parametrize(
    "events",
    [
        [om.Creation(om.Unit("k", parent="r"), first_known=True)],
        [om.Closure("a", last_known=True)],
        [om.Closure("a"), om.Creation(om.Unit("a2", parent="r"), reestablishes="a", out_of="b")],
        [om.Change("a", "name", "X"), om.Change("a", "name", "Y"), om.Change("a", "name", None)],
        [om.Change("a", "office", "p1", ("secretary", 1), until="2021-06-01")],
        [om.Change("a", "office", om.Absent.VACANT, ("secretary", 1)), om.Change("a", "fact:n", 7, ("2025", "x"))],
        [om.Succession([om.Link("a", "c", evidence="inferred"), om.Link("b", "c", dominant=True, dominant_by="x")],
                       [om.Unit("c", "C", parent="r")], [om.Change("c", "name", "D"), om.Change("c", "code", "1")])],
        [om.Succession([om.Link("a", "a", "part", {"m": "1/3"}), om.Link("a", "c", "part", {"m": "2/3"})],
                       [om.Unit("c", parent="r")], complete=True)],
        [om.Creation(om.Clustering("k", "K", cover=True)), om.Creation(om.Cluster("c1", "k", "C")),
         om.Change("a", "member:k", "c1", "c1"), om.Change("c1", "role", "a", ("leader", 1)),
         om.Change("a", "member:k", None, "c1"), om.Closure("c1")],
        [om.Change("a", "measure:m", om.Quantity(5, "at least", 5, 9), "own"), om.Change("a", "measure:m", 2, "subtree")],
        [om.Change("a", "corresponds_to", "b"), om.Change("a", "corresponds_to", None)],
        [],
    ],
)  # fmt: skip
def test_everything_an_event_says_comes_back(events: list[Any]) -> None:
    """Each field of each event, of the source and of the act has its column."""
    events = [
        om.Change(e.subject, e.track, e.value, e.slot, dt.date(2021, 6, 1)) if getattr(e, "until", None) else e
        for e in events
    ]
    history = rich(*events, measures=[om.Measure("m")])
    again = through_tables(history)
    assert again == history
    assert om.loads(om.dumps(again)) == again


def test_acts_of_one_day_stay_several() -> None:
    """Two acts of a day keep their order and each its source."""
    history = rich(om.Change("a", "name", "A"))
    history = history.enact(om.Act("f", "2021-01-01", [om.Change("a", "code", "1")], om.Source("T")))
    again = through_tables(history)
    assert [(act.id, act.source.number) for act in again.acts] == [
        (act_id(DAY, om.Source.unknown), ""),
        ("e", "S"),
        ("f", "T"),
    ]
    assert [str(fact) for fact in again.biography("a")] == [str(fact) for fact in history.biography("a")]


def refused(change: Any) -> list[str]:
    tables = om.to_tables(rich(om.Change("a", "name", "A"), om.Succession([om.Link("a", "b")])))
    change(tables)
    with pytest.raises(om.InvalidTable) as caught:
        om.from_tables(tables.pop("units"), **tables)
    return [str(finding) for finding in caught.value.findings]


def put(table: str, column: str, row: int, value: Any) -> Any:
    def change(tables: Any) -> None:
        array = tables[table][column].astype(object)
        array[row] = value
        tables[table][column] = array

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("units", "act", 1, "nobody"), "row 2: table 'units': act: there is no act 'nobody' in the table of acts"),
        (put("units", "event", 1, "x"), "row 2: table 'units': event: 'x' is no whole number"),
        (put("units", "start", 1, "2020-01-02"), "row 2: a: table 'units': start is 2020-01-02, and act"),
        (put("units", "end", 2, "2020-07-01"), "row 3: b: table 'units': the row ends on 2020-07-01, and by its events it has no end"),
        (put("units", "event", 1, 0), "rows of one event that are no event together: units 1, units 2"),
        (put("links", "new", 0, "nobody"), "row 2: act e: 2021-01-01: nobody: no unit 'nobody' has begun"),
        (put("acts", "id", 1, "2020-01-01 source unknown"), "stands in another row too"),
        (put("parents", "unit", 1, "zz"), "none begins here"),
        (lambda tables: tables["units"].pop("event"), "table 'units': it has no column 'event'"),
        (lambda tables: tables["units"].update(strat=[1]), "unknown column 'strat'; did you mean 'start'?"),
        (lambda tables: tables["units"].update(start=["2020-01-01"]), "its columns are not of one length"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_row(change: Any, message: str) -> None:
    """Each fault names its table and row."""
    found = refused(change)
    assert any(message in told for told in found), found


def test_the_end_of_time_is_an_open_end() -> None:
    """Registers write 9999-12-31 where there is no end; it is read so, and said."""
    tables = om.to_tables(rich(om.Change("a", "name", "A")))
    put("units", "end", 0, "9999-12-31")(tables)
    with pytest.warns(om.errors.TableWarning, match="9999-12-31 or later in 1 rows"):
        history = om.from_tables(tables.pop("units"), **tables)
    assert history.life("r").end is None


def test_a_unit_with_several_links_goes_in_parts() -> None:
    """Without a stated extent: the unit that is tied once goes whole, the other one in parts."""
    history = om.history_of([{"id": "vn"}, *({"id": unit, "parent": "vn"} for unit in "abxy")], day="2024-01-01")
    links = {"old": ["a", "a", "b"], "new": ["x", "y", "y"]}
    act = om.act_from_tables("2025-07-01", source=om.Source("a decision"), links=links)
    (event,) = act.events
    assert [(link.old, link.new, link.extent) for link in event.links] == [
        ("a", "x", "part"),
        ("a", "y", "part"),
        ("b", "y", "whole"),
    ]
    assert history.enact(act).at("2025-07-01").children("vn") == ("x", "y")
