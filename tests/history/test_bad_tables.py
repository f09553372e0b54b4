"""A large table with planted faults of ten kinds: all are reported, each with its row, in one error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bad_tables import FIRST, plant, tables

import orgmodel as om
from orgmodel.history.tables import from_tables


@pytest.mark.parametrize("rows", [2_000, 100_000])
def test_ten_faults_of_ten_kinds_are_all_told(rows: int) -> None:
    """With their rules, tables and rows, however large the tables are."""
    given = tables(rows)
    assert len(from_tables(**given).at("2024-01-01")) == len(given["units"]["id"])
    planted = plant(given)
    with pytest.raises(om.InvalidTable) as refused:
        from_tables(**given)
    found = {
        (finding.rule, finding.message.split("'")[1].split("[")[0], finding.row) for finding in refused.value.findings
    }
    named = {"units": "units", "parents": "parents", "measure": "facts", "links": "links"}
    wanted = {(what.split()[1], named[what.split()[0]], row) for what, row in planted.items()}
    assert wanted - found == set()
    # What follows from a fault may be told as well, but no sound row is accused of one in its thousands.
    assert len(refused.value.findings) < 60


def faults(change: Callable[[dict[str, Any]], None]) -> list[tuple[str, int | None]]:
    given = tables(2_000)
    change(given)
    with pytest.raises(om.InvalidTable) as refused:
        from_tables(**given)
    return [(finding.rule, finding.row) for finding in refused.value.findings]


def test_a_day_that_is_no_day_is_told_with_its_row() -> None:
    """Days as texts are read one by one."""

    def change(given: dict[str, Any]) -> None:
        texts = given["units"]["start"].astype(str).astype(object)
        texts[3], texts[7] = "2025-02-30", "yesterday"
        given["units"]["start"] = texts

    assert {("day", 4), ("day", 8)} <= set(faults(change))


def test_links_that_contradict_each_other_are_told() -> None:
    """A unit that goes as a whole and to another as well, a link twice, two dominant successors."""

    def change(given: dict[str, Any]) -> None:
        cell = int(given["links"]["old"][0])
        old = np.array([0, 0, 1, 1, 2, 2, 3, 3]) + cell
        new = np.array([4, 5, 4, 4, 6, 7, 8, 8]) + cell
        given["links"] = {
            "old": old,
            "new": new,
            "day": np.full(8, FIRST + np.timedelta64(9_000, "D")),
            "extent": np.array(["whole", "part", "part", "part", "part", "part", "part", "part"], object),
            "dominant": np.array([0, 0, 0, 0, 1, 1, 0, 0], bool),
        }

    assert [fault for fault in faults(change) if fault[0] == "links"] == [("links", row) for row in range(1, 9)]


def test_a_missing_column_is_told() -> None:
    """By table and name."""
    assert ("column", None) in faults(lambda given: given["links"].pop("day"))


def test_times_that_are_no_days_are_refused_as_a_whole() -> None:
    """A column of plain numbers is no column of days."""
    assert ("day", None) in faults(lambda given: given["units"].update(start=np.arange(len(given["units"]["id"]))))


def test_dates_are_days() -> None:
    """Python's own dates do."""
    given = tables(400)
    given["units"]["start"] = np.array([dt.date(2010, 1, 1)] * len(given["units"]["id"]), object)
    assert from_tables(**given).first_day == dt.date(2010, 1, 1)


# ---- each fault says which unit on which day

START, END = "2000-01-01", "2018-01-01"


def dated(
    ids: str, ends: dict[str, str], parents: list[str | None], starts: dict[str, str] | None = None
) -> dict[str, Any]:
    begun = [(starts or {}).get(id_, START) for id_ in ids]
    return {
        "units": {"id": list(ids), "start": begun, "end": [ends.get(id_) for id_ in ids]},
        "parents": {"unit": list(ids), "parent": parents, "start": begun},
    }


def found(given: dict[str, Any]) -> set[tuple[str, tuple[str, ...], str, int | None]]:
    with pytest.raises(om.InvalidTable) as refused:
        from_tables(given.pop("units"), **given)
    return {(each.rule, each.units, str(each.day), each.row) for each in refused.value.findings}


NAMES = {"unit": ["a", "a"], "value": ["X", "Y"]}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (dated("rab", {}, [None, "r", "zz"]), {("live", ("zz",), START, 3)}),
        (dated("rab", {}, [None, "r", "r"]) | {"facts": {"name": NAMES | {"start": [START, START]}}}, {("overlap", ("a",), START, 1)}),
        (
            dated("rab", {"a": END}, [None, "r", "r"]) | {"facts": {"name": NAMES | {"start": [START, "2001-01-01"], "end": [None, "2019-01-01"]}}},
            {("life", ("a",), "2001-01-01", 2)},
        ),
        (
            dated("rab", {}, [None, "r", "r"]) | {"facts": {"name": NAMES | {"start": ["2001-01-01", "2002-01-01"], "end": [None, START]}}},
            {("period", ("a",), "2002-01-01", 2)},
        ),
        (dated("rab", {}, [None, "r", "r"]) | {"links": {"old": ["zz"], "new": ["b"], "day": [END]}}, {("live", ("zz",), END, 1)}),
        (
            dated("rabc", {"a": END, "b": END, "c": END}, [None, "r", "r", "r"], {"b": END, "c": END})
            | {"links": {"old": ["a", "b", "c"], "new": ["b", "c", "b"], "day": [END] * 3}},
            {("order", ("a", "b"), END, 1), ("order", ("b", "c"), END, 2), ("order", ("c", "b"), END, 3)},
        ),
    ],
)  # fmt: skip
def test_a_fault_names_its_unit_day_and_row(
    given: dict[str, Any], wanted: set[tuple[str, tuple[str, ...], str, int | None]]
) -> None:
    """And what only follows from it is not told as well: a unit of an unknown parent does not stand nowhere too."""
    assert found(given) == wanted


def test_one_id_in_two_rows_is_one_fault() -> None:
    """The rows of other tables about it are there twice as well, which is no fault of theirs."""
    assert found(dated("raa", {}, [None, "r", "r"])) == {("id-once", ("a",), "None", 3)}


def test_a_row_without_an_id_is_one_fault() -> None:
    given = dated("rab", {}, [None, "r", "r"])
    given["units"]["id"][2] = given["parents"]["unit"][2] = None
    assert found(given) == {("id", (), "None", 3)}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"units": {"id": ["x"], "parent": ["r"], "nmae": ["X"]}}, "unknown column 'nmae'; did you mean 'name'"),
        ({"facts": {"name": {"unit": ["r"], "value": ["X"], "start": [START]}}}, "unknown column 'start'"),
        ({"parents": {"unit": ["r"], "parnet": ["r"]}}, "did you mean 'parent'"),
        ({"links": {"old": ["r"], "new": ["r"], "share": [1]}}, "unknown column 'share'"),
        ({"links": {"old": ["r"], "new": ["r"], "dominant": ["no"]}}, "'no' is neither true nor false"),
        (
            {"units": {"id": ["x", "x"], "parent": ["r", "r"]}},
            "row 2: x: table 'units': the id is that of row 1 as well",
        ),
        ({"units": {"id": ["x"], "parent": ["r"], "name": ["Ha\u0300"]}}, "row 1: x: table 'units': name"),
    ],
)
def test_tables_of_an_act_have_known_columns(table: dict[str, Any], told: str) -> None:
    with pytest.raises(om.InvalidTable, match=told):
        om.act_from_tables("2021-01-01", **table)


@pytest.mark.parametrize("cell", [float("inf"), float("-inf"), None.__class__])
def test_a_figure_that_is_none_is_told_with_its_row(cell: Any) -> None:
    with pytest.raises(om.InvalidTable, match=r"row 2: a: measure:m"):
        om.history_of([{"id": "r"}, {"id": "a", "parent": "r", "m": cell}], day=START, measures=[om.Measure("m")])


def test_a_code_that_is_a_number_is_told_by_its_column() -> None:
    with pytest.raises(
        om.InvalidTable, match=r"row 2: a: code is a text, not the int 24; read codes as text, or 01 becomes 1"
    ):
        om.history_of([{"id": "r"}, {"id": "a", "parent": "r", "code": 24}], day=START)


@pytest.mark.parametrize("kinds", ["abca", "aaaa", "ac", ""])
def test_a_circle_is_found_whatever_the_kinds_of_its_units(kinds: str) -> None:
    """Kinds clear most rows at once; they cannot where a unit changes its kind, has none, or stands under its own."""
    day = "2024-01-01"
    held = [("r", "a", day), ("x", "a", day), *zip("zyy", kinds[1:], (day, day, "2025-01-01"), strict=False)]
    kind = dict(zip(("unit", "value", "start"), map(list, zip(*held, strict=True)), strict=True)) if kinds else None
    with pytest.raises(om.InvalidTable) as refused:
        from_tables(
            {"id": ["r", "x", "y", "z"], "start": [day] * 4},
            parents={"unit": ["r", "x", "y", "z"], "parent": [None, "z", "x", "y"], "start": [day] * 4},
            facts=kind and {"kind": kind},
            schema=om.Schema([om.Kind(name) for name in "abc"] if kinds else []),
        )
    assert "no-cycle" in {finding.rule for finding in refused.value.findings}


@pytest.mark.parametrize("figure", [[1], {}, "x", -1])
def test_a_figure_that_cannot_be_written_is_told_with_its_row(figure: Any) -> None:
    """Also one that cannot be written at all."""
    with pytest.raises(om.OrgmodelError, match=r"row 2: .*b: "):
        om.history_of(
            [{"id": "a"}, {"id": "b", "parent": "a", "m": figure}], day="2020-01-01", measures=[om.Measure("m")]
        )
