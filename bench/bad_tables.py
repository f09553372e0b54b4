"""Large tables, and ten faults to plant in them: for the tests and for the benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np

import orgmodel as om

SCHEMA = om.Schema.levels("centre", "commune", "cell")
FIRST = np.datetime64("2010-01-01")
DAY = np.timedelta64(1, "D")


def tables(rows: int) -> dict[str, Any]:
    """A centre, communes and cells that move once: about so many rows in all tables."""
    cells = rows // 4
    communes = max(8, cells // 100)
    count = 1 + communes + cells
    kind = np.array(["centre"] + ["commune"] * communes + ["cell"] * cells, object)
    start = np.full(count, FIRST)
    cell = np.arange(1 + communes, count)
    end = np.full(count, np.datetime64("NaT", "D"), "datetime64[D]")
    end[cell[:5]] = FIRST + DAY * 9_000
    parent = np.concatenate([[-1], np.zeros(communes, int), 1 + np.arange(cells) % communes])
    return {
        "units": {
            "id": np.arange(count),
            "start": start,
            "end": end,
            "kind": kind,
        },
        "parents": {
            "unit": np.concatenate([np.arange(count), cell]),
            "parent": np.concatenate([parent, 1 + np.arange(1, cells + 1) % communes]),
            "start": np.concatenate([start, FIRST + (1 + np.arange(cells) % 5_000).astype("timedelta64[D]")]),
        },
        "facts": {"measure:members": {"unit": cell, "value": 3 + cell % 40, "start": start[cell]}},
        "links": {"old": cell[:5], "new": cell[5:10], "day": np.full(5, FIRST + DAY * 9_000)},
        "schema": SCHEMA,
        "measures": [om.Measure("members")],
    }


def plant(given: dict[str, Any]) -> dict[str, int]:
    """Ten faults of ten kinds in the tables; what each is -> its row, from 1."""
    units, parents, members, links = given["units"], given["parents"], given["facts"]["measure:members"], given["links"]
    count, rows = len(units["id"]), len(parents["unit"])
    communes = int((units["kind"] == "commune").sum())
    third, half, last = count // 3, count // 2, count - 1
    units["end"][third] = FIRST - DAY * 5  # life: it ends before it starts
    parents["parent"][half] = count + 7  # live: there is no such parent
    parents["start"][half + 9] = np.datetime64("NaT", "D")  # day: no start
    parents["parent"][rows - 5] = -1  # one-root: a second root
    parents["parent"][2] = communes + 3  # no-cycle: a commune under its own cell
    parents["parent"][communes + 3] = 2
    parents["parent"][rows - 100] = last - 3  # schema: a cell under a cell
    parents["start"][rows - 200] = FIRST - DAY  # live: it stands somewhere before it begins
    members["value"][77] = -4  # count: a negative number
    members["unit"][99] = members["unit"][98]  # overlap: two rows of one unit on one day
    links["old"][2] = count + 1  # live: no such unit
    return {
        "units life": third + 1,
        "parents live": half + 1,
        "parents day": half + 10,
        "parents one-root": rows - 4,
        "parents no-cycle": 3,
        "parents schema": rows - 99,
        "parents live too early": rows - 199,
        "measure count": 78,
        "measure overlap": 99,
        "links live": 3,
    }
