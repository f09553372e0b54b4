"""Registers of records: what a country's register tells is found again, on every day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_records import ANY, COLUMNS, read, records_of
from worlds import World, found

import orgmodel as om
from orgmodel.io.importers import import_register, import_snapshots

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.


@given(st.integers(0, 10**6), st.integers(1, 14), st.booleans())
def test_a_register_tells_what_was_so_on_every_day(seed: int, size: int, inclusive: bool) -> None:
    """Units, names, codes, places, lineage and identities come back; each event is one act with its own number."""
    world = World(seed, size, ANY)
    rows, of = records_of(world, Random(seed), inclusive=inclusive)
    done = read(rows, ends="inclusive" if inclusive else "exclusive")
    for day in world.days:
        assert world.state(day) == found(done.history.at(day)), day
    named = {number: of[number - 1] for number in done.unit_of}
    assert (
        len({*zip(named.values(), done.unit_of.values(), strict=True)}) == len(set(of)) == len({*done.unit_of.values()})
    )
    back = {done.unit_of[number]: unit for number, unit in named.items()}
    told = [link for link in done.history.lineage.links() if link.old != link.new]
    links = {(back[link.old], back[link.new], link.day) for link in told}
    assert {(old, new, event.day) for event in world.events for old, new in event.links} == links
    assert {act.id for act in done.history.acts[1:]} <= {str(n) for n in range(1, len(world.events) + 1)}
    assert all(act.operations and not act.is_outcome for act in done.history.acts[1:])
    assert all(number in done.act_of for number in range(1, len(rows) + 1))


def plain_records_of(world: World) -> list[dict[str, Any]]:
    """A world as a register without numbers writes it: a record is what a unit is for a time, and names what follows.

    Units that go on as they are have no new record when they take ground or give it.
    """
    rows: list[dict[str, Any]] = []
    current: dict[str, int] = {}

    def begin(unit: str, facts: Any, day: dt.date) -> None:
        kind, name, code, parent = facts
        above = None if parent is None else rows[current[parent]]["record"]
        current[unit] = len(rows)
        rows.append(
            {"record": f"r{len(rows)}", "kind": kind, "code": code, "name": name, "parent": above, "start": day}
        )

    for unit, facts in world.start.items():
        begin(unit, facts, world.first)
    for event in world.events:
        ended = {unit: current[unit] for unit in event.ended}
        changed = {unit: current[unit] for unit, (before, after) in event.kept.items() if before != after}
        for unit, facts in event.begun.items():
            begin(unit, facts, event.day)
        for unit in changed:
            begin(unit, event.kept[unit][1], event.day)
        for unit, place in (ended | changed).items():
            into = [new for old, new in sorted(event.links) if old == unit] + [unit] * (unit in changed)
            rows[place] |= {"end": event.day, "successors": ";".join(rows[current[new]]["record"] for new in into)}
    return rows


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_a_register_without_numbers_tells_what_was_so_on_every_day(seed: int, size: int) -> None:
    """Stated successors and codes carried on say as much as numbers do."""
    types = (
        "rename",
        "recode",
        "exchange_codes",
        "move",
        "take_over",
        "break_down",
        "divide_among",
        "replace",
        "close",
    )
    world = World(seed, size, types)
    try:
        done = import_register(plain_records_of(world), ends="exclusive")
    except om.InvalidTable:
        # Without numbers, which of several events of a day a record of no day belongs to can be past finding out.
        assert max(Counter(event.day for event in world.events).values()) > 2
        return
    for day in world.days:
        assert world.state(day) == found(done.history.at(day)), day
    if not any("code" in event.type for event in world.events):
        # Without numbers, a unit of another code that takes others over as well cannot be told from a new one.
        begun = {unit for event in world.events for unit in event.begun}
        assert len(world.start.keys() | begun) == len(set(done.unit_of.values()))


@given(st.integers(0, 10**6))
def test_records_that_disagree_about_a_day_are_settled_and_told(seed: int) -> None:
    """Where one record of three names another day, the event stands on the day of the others."""
    random = Random(seed)
    world = World(seed, 8, ("merge", "take_over", "break_down", "divide_among", "reorganise"), communes=12)
    rows, _ = records_of(world, random)
    number = str(random.randrange(len(world.events)) + 1)
    ended = [row for row in rows if row["out"] == number and row["to"] - row["from"] > dt.timedelta(9)]
    if not ended:
        return
    row = random.choice(ended)
    row["to"] -= dt.timedelta(5)
    done = read(rows)
    assert [finding.row for finding in done.about("event-day")] != []
    for day in world.days:
        assert world.state(day) == found(done.history.at(day)), day
    with pytest.raises(om.InvalidTable, match=r"name several days.*\[event-day\]"):
        read(rows, event_day="refuse")


ROW = {"record": "1", "level": "commune", "no": "10", "label": "Aa", "from": "2000-01-01"}


@pytest.mark.parametrize(
    ("rows", "rule", "at"),
    [
        ([ROW, ROW | {"to": "2001-01-01"}], "id-once", 1),
        ([ROW | {"to": "1999-01-01"}], "period", 1),
        ([ROW, {**ROW, "record": "2", "from": None}], "start", 2),
        ([ROW | {"out": "7"}], "end", 1),
        ([ROW | {"above": "9"}], "parent", 1),
        ([ROW, {**ROW, "record": "2"}], "unique-code", 1),
        ([ROW | {"from": "1.1.2000"}], "day", 1),
        ([ROW | {"label": "A\u0306a"}], "composed-unicode", 1),
    ],
)
def test_a_faulty_record_is_refused_with_its_row(rows: list[dict[str, Any]], rule: str, at: int) -> None:
    """Each fault has its rule and row."""
    with pytest.raises(om.InvalidTable) as caught:
        read([{**dict.fromkeys(COLUMNS), **row} for row in rows])
    assert (rule, at) in {(finding.rule, finding.row) for finding in caught.value.findings}


def test_ends_of_two_conventions_are_settled_by_what_begins() -> None:
    """Where some ends are the day before the successor's first day, the event stands on that day, and is told."""
    rows = [
        {"record": "a", "start": "2000-01-01", "end": "2019-03-31", "successors": "c"},
        {"record": "b", "start": "2000-01-01", "end": "2019-04-01", "successors": "c"},
        {"record": "c", "start": "2019-04-01"},
        {"record": "d", "start": "2000-01-01", "end": "2020-01-01"},
    ]
    done = import_register(rows, ends="exclusive")
    assert set(done.history.at("2019-03-31")) == {"root", "a", "b", "d"}
    assert set(done.history.at("2019-04-01")) == {"root", "c", "d"}
    assert [finding.row for finding in done.about("event-day")] == [1]
    assert [finding.units for finding in done.about("no-successor")] == [("d",)]


def test_a_part_can_go_elsewhere_on_a_day_of_its_own() -> None:
    """A successor with a day is a part of a unit that goes on, to one that lives or that begins."""
    rows = [
        {"record": "a", "code": "1", "start": "2000-01-01", "end": "2010-01-01", "successors": "2[2005];3[2007];2"},
        {"record": "b", "code": "2", "start": "2000-01-01"},
        {"record": "c", "code": "3", "start": "2007-01-01"},
    ]

    def dated(text: str) -> tuple[str, str] | None:
        return (text[0], f"{text[2:6]}-01-01") if "[" in text else None

    done = import_register(rows, ends="exclusive", dated=dated)
    links = {(str(link.day.year), link.old, link.new, link.extent) for link in done.history.lineage.links()}
    assert links == {
        ("2005", "a", "b", "part"), ("2005", "a", "a", "part"), ("2005", "b", "b", "whole"),
        ("2007", "a", "c", "part"), ("2007", "a", "a", "part"), ("2010", "a", "b", "whole"), ("2010", "b", "b", "whole"),
    }  # fmt: skip
    lists = {
        "2000-01-01": [{"code": "1"}, {"code": "2"}], "2008-01-01": [{"code": "1"}, {"code": "2"}, {"code": "3"}],
        "2011-01-01": [{"code": "2"}, {"code": "3"}],
    }  # fmt: skip
    stated = [{"code": "1", "end": "2010-01-01", "successors": "2[2005];3[2007];2"}]
    history = import_snapshots(lists, successors=stated, dated=dated).history
    assert {(link.old, link.new) for link in history.lineage.links()} == {
        ("1", "1"),
        ("1", "2"),
        ("1", "3"),
        ("2", "2"),
    }


def test_records_of_no_day_may_follow_each_other() -> None:
    """A record that begins and ends on one day, and came out of none of the register's records."""
    rows = [
        {"record": "1", "kind": "k", "code": "2", "start": "2019-01-01", "end": "2019-01-02"},
        {"record": "2", "kind": "k", "code": "3", "start": "2019-01-02", "end": "2019-01-02", "successors": "3"},
        {"record": "3", "kind": "k", "code": "2", "start": "2019-01-02", "successors": ""},
        {"record": "4", "kind": "k", "code": "4", "start": "2019-01-01", "end": "2019-01-02", "successors": "3"},
    ]
    history = import_register(rows, ends="exclusive").history
    assert history.at("2019-01-02").one("2").id == "3"
