"""Lists only: they are found again on their days, and between them nothing is said that is not so."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, found

import orgmodel as om
from orgmodel.io.importers import import_snapshots

TYPES = ("rename", "recode", "move", "merge", "take_over", "break_down", "split_off", "divide_among", "close", "create")


def list_of(world: World, day: dt.date) -> list[dict[str, Any]]:
    """The list of a day."""
    held = world.states[max(known for known in world.states if known <= day)]
    return [
        {"kind": kind, "code": code, "name": name, "parent": held[above][2] if above else None}
        for kind, name, code, above in held.values()
    ]


def lists_of(world: World, random: Random) -> dict[dt.date, list[dict[str, Any]]]:
    """Lists of some days, of the first and the last among them."""
    days = [day for day in world.days if random.random() < 0.4]
    return {day: list_of(world, day) for day in sorted({world.first, *days, world.days[-1]})}


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_lists_are_found_again_and_nothing_else_is_claimed(seed: int, size: int) -> None:
    """On its day each list comes back; in between every answer is right, or not known."""
    world = World(seed, size, TYPES)
    lists = lists_of(world, Random(seed))
    done = import_snapshots(lists, source="lists")
    for day in lists:
        assert world.state(day) == found(done.history.at(day)), day
    codes = codes_of(done, lists)
    for day in world.days:
        there = {(row["kind"], row["code"]) for row in list_of(world, day)}
        uncertain = {fact.subject for fact in done.history.uncertain(day)}
        for unit, key in codes.items():
            seen = done.seen(unit, day, steady=False)
            if seen == "there":
                assert key in there
            if done.seen(unit, day) == "not known between":
                assert unit in uncertain


def codes_of(done: Any, lists: Any) -> dict[str, tuple[str, str]]:
    """Kind and code of each unit."""
    codes: dict[str, tuple[str, str]] = {}
    for day in lists:
        structure = done.history.at(day)
        for unit in map(structure.unit, structure.descendants("root")):
            codes[unit.id] = unit.kind, unit.code
    return codes


def listed(*units: tuple[str, str]) -> list[dict[str, str]]:
    """A list of one kind: codes and names."""
    return [{"kind": "ward", "code": code, "name": name} for code, name in units]


LISTS = {
    "2020-01-01": listed(("1", "A"), ("2", "B"), ("3", "Ward 06")),
    "2022-01-01": listed(("1", "A"), ("4", "D"), ("3", "Ward 6")),
    "2023-01-01": listed(("1", "Aa"), ("4", "D"), ("3", "Ward 6")),
}


def test_what_lists_do_not_say_is_not_invented() -> None:
    """What goes has no successor on record, what comes is older perhaps, and each act lies between two lists."""
    done = import_snapshots(LISTS, same_name=lambda a, b: a.replace(" 0", " ") == b.replace(" 0", " "), source="lists")
    history = done.history
    assert [done.seen("ward-2", day) for day in ("2020-01-01", "2021-06-01", "2022-01-01", "2024-01-01")] == [
        "there", "not known between", "not there", "not known after",
    ]  # fmt: skip
    assert done.seen("ward-1", "2021-01-01") == "there"
    assert done.seen("ward-1", "2021-01-01", steady=False) == "not known between"
    assert [str(act.within) for act in history.acts[1:]] == [
        "2020-01-02 to 2022-01-01", "2020-01-02 to 2022-01-01", "2022-01-02 to 2023-01-01",
    ]  # fmt: skip
    ground = history.correspondence("2020-01-01", "2023-01-01", kind="ward")
    assert ground.unmapped.last_known == ("ward-2",)
    assert ground.unmapped.first_known == ("ward-4",)
    assert [finding.units for finding in done.about("other-name")] == [("ward-1",)]
    assert history.at("2023-01-01").unit("ward-3").name == "Ward 06"
    with pytest.raises(om.UnknownUnit):
        done.seen("ward-9", "2021-01-01")


def test_a_code_with_another_name_may_be_another_unit() -> None:
    """Whether it is a renaming is the caller's to say."""
    done = import_snapshots(LISTS, other_name="replaced")
    assert set(done.listed) == {"ward-1", "ward-1~2", "ward-2", "ward-3", "ward-3~2", "ward-4"}


def test_successors_become_successions() -> None:
    """A stated successor is found, through units that no list has as well."""
    stated = [
        {"code": "2", "end": "2021-01-01", "successors": "9"},
        {"code": "9", "end": "2021-06-01", "successors": "4;1"},
        {"code": "1", "end": "2022-06-01", "successors": "7"},
    ]
    done = import_snapshots(LISTS, successors=stated)
    assert done.history.lineage.successors("ward-2", on="2022-02-01") == ("ward-4", "ward-1")
    assert done.history.at("2023-01-01").unit("ward-1~2").name == "Aa"
    assert [finding.units for finding in done.about("successor")] == [("ward-1",)]


def test_a_renamed_unit_can_give_parts_away() -> None:
    """Where its own code is among its successors the unit goes on, and the others have a part of it."""
    lists = {"2020-01-01": listed(("1", "A"), ("2", "B")), "2021-01-01": listed(("1", "Aa"), ("2", "B"), ("3", "C"))}
    stated = [{"code": "1", "name": "A", "end": "2020-07-01", "successors": "1;2;3"}]
    history = import_snapshots(lists, successors=stated).history
    assert {(link.old, link.new, link.extent) for link in history.lineage.links()} == {
        ("ward-1", "ward-1", "part"), ("ward-1", "ward-2", "part"), ("ward-1", "ward-3", "part"),
        ("ward-2", "ward-2", "whole"),
    }  # fmt: skip
    assert history.at("2021-01-01").unit("ward-1").name == "Aa"


def test_what_some_lists_lack_has_ended_or_was_left_out() -> None:
    """Which it is, the caller says; what it was taken for is told."""
    lists = {
        "2020-01-01": listed(("1", "A"), ("2", "B")),
        "2021-01-01": listed(("2", "B")),
        "2022-01-01": listed(("1", "A"), ("2", "B")),
    }
    ended = import_snapshots(lists)
    assert set(ended.listed) == {"ward-1", "ward-1~2", "ward-2"}
    (gap,) = ended.about("gap")
    assert (gap.day, gap.severity) == (dt.date(2021, 1, 1), "note")
    assert "taken for another unit since; gaps='omitted' takes it for left out" in gap.message
    done = import_snapshots(lists, gaps="omitted")
    assert set(done.listed) == {"ward-1", "ward-2"}
    assert [finding.day for finding in done.about("gap")] == [dt.date(2021, 1, 1)]


def test_one_table_of_all_lists() -> None:
    """A column of 0 and 1 for each list says the same as the lists do."""
    table = {"code": ["1", "2"], "name": ["A", "B"], "y20": [1, 1], "y21": [1, 0]}
    done = import_snapshots(table, presence={"y20": "2020-12-31", "y21": "2021-12-31"})
    lists = {
        "2020-12-31": [{"code": "1", "name": "A"}, {"code": "2", "name": "B"}],
        "2021-12-31": [{"code": "1", "name": "A"}],
    }
    assert done.history == import_snapshots(lists).history


@pytest.mark.parametrize(
    ("lists", "rule"),
    [
        ({"2020": []}, "day"),
        ({"2020-01-01": [{"code": "1"}, {"code": "1"}]}, "code"),
        ({"2020-01-01": [{"code": "1", "parent": "9"}]}, "parent"),
        ({"2020-01-01": [{"kod": "1"}]}, "column"),
        ([{"code": "1"}], "table"),
    ],
)
def test_faulty_lists_are_refused(lists: Any, rule: str) -> None:
    """Each fault has its rule."""
    with pytest.raises(om.InvalidTable) as caught:
        import_snapshots(lists)
    assert rule in {finding.rule for finding in caught.value.findings}


@given(st.integers(0, 10**6), st.data())
def test_no_row_of_successors_is_dropped_in_silence(seed: int, data: st.DataObject) -> None:
    """Each row of the table either links two units or is found, whatever code and day it names."""
    codes = st.sampled_from(["1", "2", "3", "9"])
    days = [dt.date(year, 1, 1) for year in (2000, 2001, 2002)]
    lists = {day: [{"code": code} for code in sorted(data.draw(st.sets(codes, min_size=1)))] for day in days}
    ends = [day + dt.timedelta(days=data.draw(st.integers(-400, 1200))) for day in days[:1]]
    stated = [{"code": data.draw(codes), "end": str(end), "successors": data.draw(codes)} for end in ends]
    done = import_snapshots(lists, successors=stated)
    links = [(link.old, link.new) for link in done.history.lineage.links()]
    is_linked = any(link.partition("~")[0] == row["code"] for link, _ in links for row in stated)
    told = [finding for finding in done.findings if finding.rule in ("unused", "successor")]
    # A unit that "became" itself goes on: the row agrees with the lists.
    agrees = any(row["code"] == row["successors"] for row in stated)
    assert is_linked or told or agrees


@given(st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=5), st.integers(2, 4), st.booleans())
def test_codes_that_lost_their_zeros_in_one_list_are_refused(numbers: list[int], width: int, as_numbers: bool) -> None:
    """Taken as other units, those that bear them would end and others begin, which nobody said."""
    padded = [f"{number:0{width}}" for number in numbers]
    later = [number if as_numbers else str(number) for number in numbers]
    lists = {"2024-01-01": [{"code": c} for c in padded], "2025-01-01": [{"code": c} for c in later]}
    lost = [number for number, code in zip(numbers, padded, strict=True) if code != str(number)]
    if not lost:
        assert not import_snapshots(lists).findings
        return
    with pytest.raises(om.InvalidTable) as refused:
        import_snapshots(lists)
    assert [f.rule for f in refused.value.findings] == ["lost-zeros"] * len(lost)
    # A list that has both means two units.
    both = {
        day: [*rows, *({"code": str(n)} for n in lost)] if day == "2024-01-01" else rows for day, rows in lists.items()
    }
    assert import_snapshots(both).history.first_day == dt.date(2024, 1, 1)


def test_a_column_of_codes_that_are_partly_numbers_is_refused() -> None:
    """A spreadsheet kept some codes as texts and made numbers of the others."""
    rows = [{"code": "01", "name": "A"}, {"code": 2, "name": "B"}]
    with pytest.raises(om.InvalidTable, match="code 2 is a number, and others are texts such as '01'"):
        import_snapshots({"2024-01-01": rows})


def test_two_lists_of_one_day_are_refused() -> None:
    """One of them would be lost; the day may be written in two ways."""
    lists = {"2024-01-01": [{"code": "1"}], dt.date(2024, 1, 1): [{"code": "2"}]}
    with pytest.raises(om.InvalidTable, match="two lists are of 2024-01-01"):
        import_snapshots(lists)
    with pytest.raises(om.InvalidTable, match="presence= names 2 columns of 2024-01-01"):
        import_snapshots([{"code": "1", "x": 1, "y": 0}], presence={"x": "2024-01-01", "y": dt.date(2024, 1, 1)})
    with pytest.raises(om.InvalidTable, match="two sources of 2024-01-01"):
        import_snapshots({"2024-01-01": [{"code": "1"}]}, sources={"2024-01-01": "a", dt.date(2024, 1, 1): "b"})
