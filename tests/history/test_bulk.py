"""Histories from tables: equal to the same history made of events, and every planted fault told by row."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.engine import thresholds
from orgmodel.history.tables import from_tables, to_tables
from orgmodel.party import vietnam
from orgmodel.rules.invariants import check

DAYS = ("2024-06-30", "2025-03-01", "2025-06-30", "2025-07-01", "2026-01-01")
SCHEMA = om.Schema.levels("centre", "province", "commune")


def tables() -> dict[str, Any]:
    """A centre, two provinces that merge, three communes."""
    return {
        "units": {
            "id": ["vn", "p1", "p2", "n", "c1", "c2", "c3"],
            "start": ["2024-01-01"] * 3 + ["2025-07-01"] + ["2024-01-01"] * 3,
            "end": [None, "2025-07-01", "2025-07-01", None, None, None, None],
            "kind": ["centre", "province", "province", "province", "commune", "commune", "commune"],
            "code": [None, "24", "27", "24", "1", "2", "3"],
        },
        "parents": {
            "unit": ["vn", "p1", "p2", "n", "c1", "c1", "c2", "c2", "c3", "c3"],
            "parent": [None, "vn", "vn", "vn", "p1", "n", "p1", "n", "p2", "n"],
            "start": ["2024-01-01"] * 3 + ["2025-07-01"] + ["2024-01-01", "2025-07-01"] * 3,
        },
        "facts": {
            "measure:members": {
                "unit": ["c1", "c2", "c2"],
                "value": [10, 20, 25],
                "start": ["2024-01-01", "2024-01-01", "2025-01-01"],
            },
            "name": {"unit": ["p1"], "value": ["Bắc Giang"], "start": ["2024-02-01"], "end": ["2024-03-01"]},
        },
        "links": {"old": ["p1", "p2"], "new": ["n", "n"], "day": ["2025-07-01"] * 2},
        "schema": SCHEMA,
        "measures": [om.Measure("members")],
        "sources": {dt.date(2025, 7, 1): om.Source("202/2025/QH15")},
    }


def made(**changes: Any) -> om.History:
    given = {**tables(), **changes}
    return from_tables(given.pop("units"), **given)


def test_a_table_is_a_history_like_any_other():
    """It can be asked, enacted on, corrected, branched and read back act by act."""
    history = made()
    after = history.at("2025-07-01")
    assert check(after) == check(history.at("2025-06-30")) == ()
    assert after.children("n") == ("c1", "c2", "c3")
    assert history.at("2025-06-30").totals("members", "province") == {"p1": om.Quantity(35), "p2": om.UNKNOWN}
    assert history.lineage.successors("p1") == ("n",)
    assert [str(link) for link in history.lineage.links()] == [
        "2025-07-01 p1 -> n: merger [202/2025/QH15]",
        "2025-07-01 p2 -> n: merger [202/2025/QH15]",
    ]
    name = next(fact for fact in history.biography("p1") if fact.track == "name")
    assert (str(name.end), name.ended_by and name.ended_by.effective) == ("2024-03-01", dt.date(2024, 3, 1))
    again = om.History.from_log(history.log, history.schema, history.measures)
    for day in ("2024-01-15", "2024-02-15", "2025-06-30", "2025-07-01"):
        assert again.at(day) == history.at(day)
    branch = history.enact(om.Act("r", "2025-08-01", [om.Change("n", "name", "Bắc Ninh")]))
    late = branch.enact(om.Act("s", "2025-01-15", [om.Change("p2", "name", "Bắc Ninh")]))
    assert late.at("2025-02-01").unit("p2").name == "Bắc Ninh"
    assert late.at("2025-07-01") == history.at("2025-07-01")
    reform = history.acts[-1]
    with pytest.raises(om.Conflict):
        branch.cancel(reform.id, reason="it never was")


def test_the_reform_goes_through_tables_and_back():
    """Every act, unit, fact, link and cluster of the real reform comes back from its tables."""
    history = vietnam.reform_2025()
    there = to_tables(history)
    back = from_tables(there.pop("units"), **there)
    assert [(act.id, act.source, act.events) for act in back.acts] == [
        (act.id, act.source, act.events) for act in history.acts
    ]
    for day in DAYS:
        assert back.at(day).facts() == history.at(day).facts()
    assert [str(link) for link in back.lineage.links()] == [str(link) for link in history.lineage.links()]
    assert back.between("2025-06-30", "2025-07-01").counts() == history.between("2025-06-30", "2025-07-01").counts()


@st.composite
def random_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Units that come and go under a root that stays, each moved once or not at all."""
    count = draw(st.integers(1, 12))
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=n) for n in range(12)]
    units: dict[str, list[Any]] = {"id": ["r"], "start": [days[0]], "end": [None]}
    parents: dict[str, list[Any]] = {"unit": ["r"], "parent": [None], "start": [days[0]]}
    for number in range(count):
        start = draw(st.integers(0, 9))
        end = draw(st.none() | st.integers(start, 11))
        units["id"].append(f"u{number}")
        units["start"].append(days[start])
        units["end"].append(None if end is None else days[end])
        parents["unit"].append(f"u{number}")
        parents["parent"].append("r")
        parents["start"].append(days[start])
        stays = [
            j
            for j in range(number)
            if units["start"][j + 1] <= days[start]
            and (units["end"][j + 1] is None or (end is not None and units["end"][j + 1] >= days[end]))
        ]
        if stays and (end is None or end > start + 1):
            parents["unit"].append(f"u{number}")
            parents["parent"].append(f"u{draw(st.sampled_from(stays))}")
            parents["start"].append(days[start + 1])
    return {"units": units, "parents": parents}


@given(random_tables())
def test_tables_equal_their_events(given_tables: dict[str, Any]):
    """A history from tables equals the one that replays its events, on every day; and so do its tables."""
    history = from_tables(given_tables["units"], parents=given_tables["parents"])
    replayed = om.History.from_log(history.log)
    again = to_tables(replayed)
    back = from_tables(again.pop("units"), **again)
    for n in range(13):
        day = dt.date(2024, 12, 31) + dt.timedelta(days=n)
        assert history.at(day).facts() == replayed.at(day).facts() == back.at(day).facts()
        assert check(history.at(day)) == ()


@given(random_tables())
def test_scanned_and_indexed_rows_give_the_same_events(given_tables: dict[str, Any]):
    """An act finds its rows by a scan or by an index, and its events are the same."""
    made_of = []
    for scans in (0, 10**6):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(thresholds, "ROW_INDEX_AFTER", scans)
            history = from_tables(given_tables["units"], parents=given_tables["parents"])
            made_of.append([(act.id, act.events) for act in history.acts])
    assert made_of[0] == made_of[1]


@given(random_tables())
def test_whole_numbers_are_ids_too(given_tables: dict[str, Any]):
    """Whole-number ids give the same tree under their decimal names."""
    units, parents = given_tables["units"], given_tables["parents"]
    number = {name: n for n, name in enumerate(units["id"])}
    by_number = from_tables(
        {**units, "id": np.arange(len(number))},
        parents={
            "unit": np.array([number[u] for u in parents["unit"]]),
            "parent": np.array([-1 if p is None else number[p] for p in parents["parent"]]),
            "start": parents["start"],
        },
    )
    by_name = from_tables(units, parents=parents)
    day = dt.date(2025, 1, 6)
    renamed = {str(number[u]): len(held) for u, held in by_name.at(day).facts().items()}
    assert {u: len(held) for u, held in by_number.at(day).facts().items()} == renamed
    assert by_number.at(day).path("0") == ("0",)


def _with(path: str, row: int, value: Any) -> dict[str, Any]:
    """The tables with one cell changed; the path names table and column."""
    changed = tables()
    table, column = path.rsplit(".", 1)
    frame = changed
    for part in table.split("/"):
        frame = frame[part]
    frame[column][row] = value
    return changed


@pytest.mark.parametrize(
    ("path", "row", "value", "rule"),
    [
        ("units.id", 1, "c1", "id-once"),
        ("units.id", 1, "", "id"),
        ("units.start", 1, "2025-02-30", "day"),
        ("units.start", 1, None, "day"),
        ("units.end", 1, "2023-01-01", "life"),
        ("units.kind", 4, "village", "kind"),
        ("units.code", 2, "24", "unique-code"),
        ("parents.unit", 4, "nobody", "live"),
        ("parents.parent", 4, "nobody", "live"),
        ("parents.parent", 5, "p1", "live-parent"),
        ("parents.parent", 1, None, "one-root"),
        ("parents.parent", 4, "vn", "schema"),
        ("parents.start", 5, "2024-01-01", "overlap"),
        ("parents.start", 3, "2025-08-01", "live-parent"),
        ("parents.start", 5, "2024-06-01", "live"),
        ("facts/measure:members.value", 0, -1, "count"),
        ("facts/measure:members.start", 2, "2023-01-01", "live"),
        ("facts/name.end", 0, "2024-01-01", "period"),
        ("facts/name.end", 0, "2026-01-01", "life"),
        ("links.new", 0, "nobody", "live"),
        ("links.day", 0, "2025-01-01", "live"),
    ],
)
def test_each_fault_is_told(path: str, row: int, value: Any, rule: str):
    """One wrong cell is found by its rule; nothing is made."""
    changed = _with(path, row, value)
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(changed.pop("units"), **changed)
    assert rule in [finding.rule for finding in caught.value.findings]


def test_cycles_of_any_length_are_told():
    """A cycle that no schema forbids is found on the day it would exist, and only then."""
    day = "2025-01-01"
    units = {"id": ["r", "a", "b", "c"], "start": [day] * 4}
    ring = {"unit": ["r", "a", "b", "c"], "parent": [None, "b", "c", "a"], "start": [day] * 4}
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(units, parents=ring)
    assert {(f.rule, f.row) for f in caught.value.findings} == {("no-cycle", 2), ("no-cycle", 3), ("no-cycle", 4)}
    # Each stands above the other in turn, never both at once.
    turn = {
        "unit": ["r", "a", "b", "a", "b", "c"],
        "parent": [None, "r", "a", "b", "r", "r"],
        "start": [day, day, day, "2025-02-01", "2025-02-01", day],
    }
    history = from_tables(units, parents=turn)
    assert history.at(day).path("b") == ("r", "a", "b")
    assert history.at("2025-02-01").path("a") == ("r", "b", "a")


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["root", "x", "y", "z"], True),
        (["root", "x", "x", "x"], True),
        (["root", "x", None, "z"], True),
        (["root", "x", "y", "x"], False),
    ],
)
def test_kinds_prove_no_more_than_they_do(kinds: list[str | None], told: bool):
    """Kinds in a circle, one kind under itself, no kind at all: the units are looked at; other kinds stay out."""
    day = "2025-01-01"
    units = {"id": ["r", "a", "b", "c", "d"], "start": [day] * 5, "kind": [*kinds, "w"]}
    above = ["b", "c", "a"] if told else ["r", "a", "r"]
    parents = {"unit": ["r", "a", "b", "c", "d"], "parent": [None, *above, "a"], "start": [day] * 5}
    if told:
        with pytest.raises(om.InvalidTable) as caught:
            from_tables(units, parents=parents)
        assert {(f.rule, f.row) for f in caught.value.findings} == {("no-cycle", row) for row in (2, 3, 4)}
    else:
        assert from_tables(units, parents=parents).at(day).children("a") == ("b", "d")


def test_missing_columns_and_wrong_days_are_told_together():
    """What is missing is told for all tables at once."""
    changed = tables()
    del changed["parents"]["parent"]
    changed["links"]["day"] = np.array([1, 2])
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(changed.pop("units"), **changed)
    assert [finding.rule for finding in caught.value.findings][:2] == ["column", "day"]


@pytest.mark.parametrize("package", ["polars", "pandas", "pyarrow"])
def test_data_frames_of_all_sorts(package: str):
    """Columns come from any data frame."""
    library = pytest.importorskip(package)

    def frame(table: dict[str, list[Any]]) -> Any:
        columns = {
            name: [dt.date.fromisoformat(v) if v else None for v in values]
            if name in ("start", "end", "day")
            else values
            for name, values in table.items()
        }
        return library.table(columns) if package == "pyarrow" else library.DataFrame(columns)

    changed = tables()
    facts = {track: frame(table) for track, table in changed["facts"].items()}
    history = from_tables(
        frame(changed["units"]),
        parents=frame(changed["parents"]),
        facts=facts,
        links=frame(changed["links"]),
        schema=SCHEMA,
        measures=changed["measures"],
        sources=changed["sources"],
    )
    for day in ("2024-02-15", "2025-06-30", "2025-07-01"):
        assert history.at(day) == made().at(day)


def test_figures_of_all_sorts_come_through():
    """Whole numbers, floats that are whole, what is not known and what is only about so; a fraction is no count."""
    given_tables = tables()
    values = [10.0, None, om.Quantity(25, "about")]
    given_tables["facts"]["measure:members"]["value"] = values
    history = from_tables(given_tables.pop("units"), **given_tables)
    before = history.at("2025-06-30")
    assert before.measure("c1", "members") == 10
    assert str(before.measure("c2", "members")) == "about 25"
    assert str(before.total("members", "p1")) == "about 35"
    assert str(history.at("2024-06-30").total("members", "p1")) == "10 or more"
    for bad, rule in ((1.5, "count"), ("many", "measure"), (-1, "count")):
        changed = tables()
        changed["facts"]["measure:members"]["value"] = [bad, 20, 25]
        with pytest.raises(om.InvalidTable) as caught:
            from_tables(changed.pop("units"), **changed)
        assert [finding.rule for finding in caught.value.findings] == [rule]


def test_a_unit_that_becomes_of_another_kind_is_placed_anew():
    """From the day on which its kind changes, a unit and what is below it must have their places."""
    schema = om.Schema(
        ["centre", "province", "city", "commune"],
        [
            om.Placement("centre", None),
            om.Placement("province", "centre"),
            om.Placement("commune", "province"),
            om.Placement("city", "centre", om.Period("2025-02-01")),
        ],
    )
    day = "2025-01-01"
    units = {"id": ["vn", "p", "c"], "start": [day] * 3}
    parents = {"unit": ["vn", "p", "c"], "parent": [None, "vn", "p"], "start": [day] * 3}
    kinds = {
        "unit": ["vn", "p", "p", "c"],
        "value": ["centre", "province", "city", "commune"],
        "start": [day, day, "2025-02-01", day],
    }
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(units, parents=parents, facts={"kind": kinds}, schema=schema)
    assert [(f.rule, f.row) for f in caught.value.findings] == [("schema", 3)]
    wider = om.Schema(schema.kinds, (*schema.placements, om.Placement("commune", "city")))
    history = from_tables(units, parents=parents, facts={"kind": kinds}, schema=wider)
    assert history.at("2025-02-01").unit("p").kind == "city"
    assert check(history.at("2025-02-01")) == ()


def test_ids_may_be_whole_numbers_or_not_at_all():
    """Whole-number ids out of range or twice are told; so is an empty schema's missing kind."""
    day = "2025-01-01"
    parents = {"unit": np.array([0, 1]), "parent": np.array([-1, 0]), "start": [day] * 2}
    with pytest.raises(om.InvalidTable) as caught:
        from_tables({"id": np.array([0, 7]), "start": [day] * 2}, parents=parents)
    assert "id" in [finding.rule for finding in caught.value.findings]
    with pytest.raises(om.InvalidTable) as caught:
        from_tables({"id": np.array([0, 0]), "start": [day] * 2}, parents=parents)
    assert "id-once" in [finding.rule for finding in caught.value.findings]
    with pytest.raises(om.InvalidTable) as caught:
        from_tables({"id": np.array([0, 1]), "start": [day] * 2}, parents=parents, schema=SCHEMA)
    assert "kind" in [finding.rule for finding in caught.value.findings]
    with pytest.raises(om.InvalidTable, match="no column 'id'"):
        from_tables({"start": [day]}, parents=parents)


def test_quantities_read_well():
    """What is known of a number, and what cannot be asked of one that is not."""
    unknown = om.Quantity.unknown(low=3)
    assert (str(unknown), repr(om.Quantity(3, "at most"))) == ("unknown, 3 to ?", "Quantity(at most 3)")
    assert hash(om.Quantity(5)) == hash(5)
    assert len({unknown, om.Quantity.unknown(low=3), om.Quantity(3, "about")}) == 2
    assert (int(om.Quantity(5)), float(om.Quantity(5))) == (5, 5.0)
    for ask in (int, float):
        with pytest.raises(ValueError, match="has no value"):
            ask(unknown)
    with pytest.raises(TypeError, match="may be unknown"):
        bool(om.Quantity(0))
    with pytest.raises(om.Refused, match="do not go together"):
        om.Quantity(None)
    with pytest.raises(om.Refused, match="a rate, and only a rate"):
        om.Measure("share", "rate")
    assert sum([om.Quantity(1), om.Quantity(2, "more than")]) == om.Quantity(3, "more than", low=3)


def test_links_of_one_day_are_told_apart_by_their_event():
    """A unit that takes over another and is taken over on the same day: two events, in their order."""
    day, end = "2025-01-01", "2025-02-01"
    units = {"id": ["r", "a", "b", "c"], "start": [day] * 4, "end": [None, None, end, end]}
    parents = {"unit": ["r", "a", "b", "c"], "parent": [None, "r", "r", "r"], "start": [day] * 4}
    links = {"old": ["b", "a", "c", "b"], "new": ["a", "a", "b", "b"], "day": [end] * 4}
    history = from_tables(units, parents=parents, links={**links, "event": [2, 2, 1, 1]})
    assert [(k.old, k.new, k.seq, k.type) for k in sorted(history.lineage.links(), key=lambda k: k.seq)] == [
        ("b", "b", 1, "takeover"),
        ("c", "b", 1, "takeover"),
        ("a", "a", 2, "takeover"),
        ("b", "a", 2, "takeover"),
    ]
    assert history.lineage.successors("c") == ("a",)
    there = om.to_tables(history)
    assert om.from_tables(there.pop("units"), **there).lineage.links() == history.lineage.links()
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(units, parents=parents, links={**links, "event": [1, "x", None, 2]})
    assert [(f.row, f.message) for f in caught.value.findings] == [
        (2, "table 'links': event: 'x' is not a whole number"),
        (3, "table 'links': event: None is not a whole number"),
    ]


def test_offices_keep_their_post_and_seat_in_tables() -> None:
    """A slot that is a pair is one cell of its column."""
    held = om.Act("x", "2025-07-02", [om.Change("a", "office", "p1", ("chair", 1))])
    history = om.history_of([{"id": "a"}], day="2025-07-01").enact(held)
    tables_ = to_tables(history)
    assert tables_["facts"]["office"]["slot"].tolist() == [("chair", 1)]
    again = from_tables(tables_.pop("units"), **tables_)
    assert again.at("2025-07-02").slots("a", "office") == {("chair", 1): "p1"}


@pytest.mark.parametrize("day", ["2025-03-01", "2025-04-01"])
def test_a_unit_that_takes_up_one_that_had_ended(day: str):
    """Through tables and back it is still re-established, also on the day on which the old one ended."""
    history = om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}], day="2025-01-01")
    history = history.enact(om.Act("end", "2025-03-01", [om.Closure("a")]))
    begun = [om.Creation(om.Unit("b", parent="r"), reestablishes="a"), om.Creation(om.Unit("c", parent="b"))]
    history = history.enact(om.Act("again", day, [*begun, om.Change("r", "name", "R")]))
    there = om.to_tables(history)
    back = om.from_tables(there.pop("units"), **there)
    assert [str(link).split(" [")[0] for link in back.lineage.links()] == [f"{day} a -> b: re-establishment"]
    assert back.lineage.predecessors("b") == history.lineage.predecessors("b")
    # Acts of before make its act be replayed from its events.
    late = om.Act("late", "2025-02-01", [om.Change("r", "code", "1")])
    for again in (back.enact(late), om.loads(om.dumps(back.enact(late)))):
        assert again.at(day) == history.enact(late).at(day)
        assert [link.type for link in again.lineage.links()] == ["re-establishment"]


def test_taking_up_is_an_event_by_itself():
    """A unit that takes up one that had ended, and into which another passes on the same day: two events."""
    day, mid, end = "2025-01-01", "2025-02-01", "2025-03-01"
    units = {"id": ["r", "a", "x", "b"], "start": [day, day, day, end], "end": [None, mid, end, None]}
    parents = {"unit": ["r", "a", "x", "b"], "parent": [None, "r", "r", "r"], "start": units["start"]}
    links = {"old": ["x", "a"], "new": ["b", "b"], "day": [end] * 2, "reestablishes": [False, True]}
    found = from_tables(units, parents=parents, links=links).lineage.links()
    assert {(k.old, k.type) for k in found} == {("x", "replacement"), ("a", "re-establishment")}
    assert len({k.seq for k in found}) == 2


def test_who_is_taken_up_must_have_ended():
    """The old unit has ended by the day, and the new one begins on it."""
    units = {"id": ["r", "a", "b"], "start": ["2025-01-01", "2025-01-01", "2025-03-01"]}
    parents = {"unit": ["r", "a", "b"], "parent": [None, "r", "r"], "start": units["start"]}
    links = {"old": ["a", "a"], "new": ["b", "b"], "day": ["2025-03-01", "2025-04-01"], "reestablishes": [True, True]}
    with pytest.raises(om.InvalidTable) as caught:
        from_tables(units, parents=parents, links=links)
    assert [(f.row, f.rule, f.message.partition(": ")[2]) for f in caught.value.findings] == [
        (1, "re-established", "unit 'a' is still there and cannot be re-established"),
        (2, "re-established", "unit 'a' is still there and cannot be re-established"),
    ]


@pytest.mark.parametrize("track", ["name", "code", "kind", "category", "corresponds_to"])
def test_a_fact_of_which_there_is_one_has_no_slots(track: str):
    """Each row that names one is told; an empty column of slots says nothing."""
    day = "2025-01-01"
    units = {"id": ["r", "a"], "start": [day, day]}
    parents = {"unit": ["r", "a"], "parent": [None, "r"], "start": [day, day]}
    fact: dict[str, Any] = {"unit": ["r", "a"], "value": ["r", "a"], "start": [day, day]}
    with pytest.raises(om.InvalidTable, match="says one thing at a time; leave out the slot 't'") as caught:
        from_tables(units, parents=parents, facts={track: {**fact, "slot": [None, "t"]}})
    assert [(f.row, f.rule) for f in caught.value.findings] == [(2, "slot")]
    history = from_tables(units, parents=parents, facts={track: {**fact, "slot": [None, ""]}})
    assert history.at(day).values(["r", "a"], track) == ["r", "a"]
    assert history.at(day).facts() == from_tables(units, parents=parents, facts={track: fact}).at(day).facts()


def test_shares_of_links_go_along():
    """What a source says of a division is in the table, and is checked."""
    day, end = "2025-01-01", "2025-07-01"
    units = {"id": ["r", "a", "b", "c"], "start": [day, day, end, end], "end": [None, end, None, None]}
    parents = {"unit": ["r", "a", "b", "c"], "parent": [None, "r", "r", "r"], "start": [day, day, end, end]}
    links: dict[str, Any] = {"old": ["a", "a"], "new": ["b", "c"], "day": [end] * 2}
    shares: list[Any] = [{"members": "1/3"}, {"members": "2/3", "cells": 0.5}]
    history = from_tables(units, parents=parents, links={**links, "shares": shares})
    assert [(k.new, k.share("members"), k.share("cells")) for k in history.lineage.links()] == [
        ("b", Fraction(1, 3), None),
        ("c", Fraction(2, 3), Fraction(1, 2)),
    ]
    there = om.to_tables(history)
    assert from_tables(there.pop("units"), **there).lineage.links() == history.lineage.links()
    for wrong, told in (
        ([{"members": "1/3"}, {"members": "1/3"}], "the shares of 'members' of 'a' add up to 2/3, not to 1"),
        ([{"members": "2/3"}, {"members": "2/3"}], "the shares of 'members' of 'a' add up to 4/3, not to 1"),
        ([{"members": -1}, None], "the shares of 'members' of 'a' add up to -1, not to 1"),
        (["members", None], "shares of 'a' -> 'b': several are wanted, in a list, not the str 'members'"),
        ([{"members": "x"}, None], "the share of 'members' is 'x', no number"),
    ):
        with pytest.raises(om.InvalidTable, match=re.escape(told)):
            from_tables(units, parents=parents, links={**links, "shares": wrong})
