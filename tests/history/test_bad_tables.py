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
