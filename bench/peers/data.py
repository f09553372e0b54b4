"""The organisation that everybody is asked about, as arrays of whole numbers, and the questions.

``orgmodel.party.synthetic`` makes it. Units are numbers in order of their rows, days are ordinals,
intervals are ``[start, end)``, and ``FAR`` stands for no end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orgmodel.party.national import synthetic_tables

FAR = 2**31 - 1
EPOCH = dt.date(1970, 1, 1).toordinal()


def ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


SNAPSHOT = ordinal("2020-06-15")
REFORM = ordinal("2025-07-01")
LATER = ordinal("2025-12-31")
"""The day of the merger on a branch."""
ACROSS = ordinal("2025-06-15"), ordinal("2025-07-15")
"""The days that are compared: across the reform."""
KINDS = (
    "centre", "province", "direct-organisation", "district", "commune", "grassroots-organisation", "section", "cell",
)  # fmt: skip
PROVINCE, COMMUNE, CELL = KINDS.index("province"), KINDS.index("commune"), KINDS.index("cell")

Arrays = dict[str, Any]


def arrays(units: int, cache: Path | None = None) -> Arrays:
    """The columns: ``unit_*``, ``edge_*``, ``head_*`` (members), ``name_*`` and ``link_*``."""
    file = None if cache is None else cache / f"{units}.npz"
    if file is not None and file.exists():
        with np.load(file) as stored:
            return {name: stored[name] for name in stored.files}
    out = _of_tables(synthetic_tables(units=units, years=15, seed=2025))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **out)
    return out


def _of_tables(tables: dict[str, Any]) -> Arrays:
    ids = tables["units"]["id"].tolist()
    number = {unit: at for at, unit in enumerate(ids)}

    def days(values: Any) -> Any:
        return np.where(np.isnat(values), FAR, values.astype(np.int64) + EPOCH).astype(np.int32)

    def numbers(values: Any) -> Any:
        return np.array([-1 if v is None else number[v] for v in values.tolist()], np.int32)

    out: Arrays = {"unit_start": days(tables["units"]["start"]), "unit_end": days(tables["units"]["end"])}

    def dated(prefix: str, unit: Any, value: Any, start: Any) -> None:
        follows = np.append(unit[1:] == unit[:-1], False)
        end = np.where(follows, np.append(start[1:], 0), out["unit_end"].take(unit)).astype(np.int32)
        kept = start < end
        out.update(
            {
                f"{prefix}_unit": unit[kept],
                f"{prefix}_value": value[kept],
                f"{prefix}_start": start[kept],
                f"{prefix}_end": end[kept],
            }
        )

    facts = tables["facts"]
    kind = np.empty(len(ids), np.int8)
    kind[numbers(facts["kind"]["unit"])] = [KINDS.index(k) for k in facts["kind"]["value"].tolist()]
    out["unit_kind"] = kind
    rows = tables["parents"]
    dated("edge", numbers(rows["unit"]), numbers(rows["parent"]), days(rows["start"]))
    heads = facts["measure:members_official"]
    dated("head", numbers(heads["unit"]), heads["value"].astype(np.int32), days(heads["start"]))
    names = facts["name"]
    _, codes = np.unique(names["value"].astype(str), return_inverse=True)
    dated("name", numbers(names["unit"]), codes.astype(np.int32), days(names["start"]))
    links = tables["links"]
    out |= {"link_old": numbers(links["old"]), "link_new": numbers(links["new"]), "link_day": days(links["day"])}
    return out


def alive(d: Arrays, day: int) -> Any:
    return (d["unit_start"] <= day) & (day < d["unit_end"])


def held(d: Arrays, prefix: str, day: int, none: int) -> Any:
    """The value of each unit on a day."""
    out = np.full(len(d["unit_kind"]), none, np.int64)
    rows = np.flatnonzero((d[f"{prefix}_start"] <= day) & (day < d[f"{prefix}_end"]))
    out[d[f"{prefix}_unit"].take(rows)] = d[f"{prefix}_value"].take(rows)
    return out


class Questions(NamedTuple):
    """What everybody is asked, and plain Python's answers."""

    points: list[int]
    old_units: list[int]
    province: int
    merged: int
    into: int
    edges: tuple[int, int]
    parents: list[int]
    paths: list[list[int]]
    subtree: tuple[int, int]
    totals: Mapping[int, tuple[int, int]]
    diff: tuple[int, int, int]
    successors: list[set[int]]
    children: tuple[int, int]
    """Of the unit that took the other over: on the branch, and still without it."""


def questions(d: Arrays, count: int = 1_000) -> Questions:
    """The questions, the same in each run, answered slowly by loops over the columns."""
    rng = np.random.default_rng(7)
    parent = held(d, "edge", SNAPSHOT, -1).tolist()
    heads = held(d, "head", SNAPSHOT, 0).tolist()
    live = np.flatnonzero(alive(d, SNAPSHOT)).tolist()
    below = [unit for unit in live if parent[unit] >= 0]
    points = [below[int(at)] for at in rng.integers(0, len(below), count)]

    def path(unit: int) -> list[int]:
        out = []
        while parent[unit] >= 0:
            unit = parent[unit]
            out.append(unit)
        return out

    totals: dict[int, list[int]] = {}
    for unit in live:
        for above in [unit, *path(unit)]:
            if d["unit_kind"][above] == PROVINCE:
                entry = totals.setdefault(above, [0, 0])
                entry[0] += above != unit
                entry[1] += heads[unit]
    province = max(totals, key=lambda unit: totals[unit][0])
    a, b = ACROSS
    live_a, live_b = alive(d, a), alive(d, b)
    moved = live_a & live_b & (held(d, "edge", a, -1) != held(d, "edge", b, -1))
    becomes: dict[int, list[int]] = {}
    for old, new in zip(d["link_old"].tolist(), d["link_new"].tolist(), strict=True):
        becomes.setdefault(old, []).append(new)
    ended = d["unit_end"].tolist()

    def final(unit: int) -> set[int]:
        out, seen, stack = set(), set(), [unit]
        while stack:
            at = stack.pop()
            if at not in seen:
                seen.add(at)
                stack += becomes.get(at, [])
                if ended[at] == FAR:
                    out.add(at)
        return out

    olds = np.unique(d["link_old"][d["unit_end"].take(d["link_old"]) < FAR])
    old_units = olds.take(rng.integers(0, len(olds), count)).tolist()
    later = held(d, "edge", LATER, -1)
    communes = np.flatnonzero(alive(d, LATER) & (d["unit_kind"] == COMMUNE)).tolist()
    merged = communes[len(communes) // 2]
    into = next(unit for unit in communes if unit != merged and later[unit] == later[merged])
    kids = [int((later == unit).sum()) for unit in (merged, into)]
    return Questions(
        points, old_units, province, merged, into,
        (len(below), sum(7 * unit + parent[unit] for unit in below)),
        [parent[unit] for unit in points], [path(unit) for unit in points],
        (totals[province][0], totals[province][1]), {unit: (n, m) for unit, (n, m) in totals.items()},
        (int((live_b & ~live_a).sum()), int((live_a & ~live_b).sum()), int(moved.sum())),
        [final(unit) for unit in old_units], (sum(kids), kids[1]),
    )  # fmt: skip
