"""Correspondences, cluster changes, carried figures, vintage and files of codes, on the reform of 2025.

Measure:  pytest --benchmark-only bench/bench_figures.py
Try only: pytest --benchmark-disable bench/bench_figures.py
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orgmodel.acts.act import Act
from orgmodel.history.history import History
from orgmodel.io import translation
from orgmodel.party import vietnam

Benchmark = Callable[..., Any]
BEFORE, AFTER = "2025-06-30", "2025-07-01"
ROWS = 1_000_000


@pytest.fixture(scope="module")
def history() -> History:
    return vietnam.reform_2025()


@pytest.fixture(scope="module")
def old_codes() -> list[str]:
    return [row["code"] for row in vietnam.table("communes_2024")]


def fresh(history: History) -> History:
    """The same history with nothing remembered of what was asked before."""
    return history.enact(Act("nothing", "2026-12-31", []))


def test_correspondence_of_communes(history: History, benchmark: Benchmark) -> None:
    """10,040 old units to 3,321 new ones."""
    found = benchmark(lambda: history.correspondence(BEFORE, AFTER, kind="commune"))
    assert (len(found.olds), len(found.news), len(found.divided)) == (10_040, 3_321, 442)


def test_cluster_changes(history: History, benchmark: Benchmark) -> None:
    """Both clusters across the reform."""
    found = benchmark(lambda: history.cluster_changes(BEFORE, AFTER))
    assert [(change.size_before, change.size_after) for change in found] == [(14, 9), (14, 9)]


def test_carry_communes(history: History, benchmark: Benchmark) -> None:
    """A count of every commune carried, with a policy for 442 divided ones."""
    table = history.correspondence(BEFORE, AFTER, kind="commune")
    values = dict.fromkeys(table.olds, 7)
    carried = benchmark(lambda: table.carry(values, "members", "equal"))
    assert sum(carried.values()) == 7 * 10_040


def test_vintage_first_asked(history: History, old_codes: list[str], benchmark: Benchmark) -> None:
    """Dating 10,035 codes, the register of all codes ever made as well: must stay under 50 ms."""

    def setup() -> tuple[tuple[History], dict[str, Any]]:
        return (fresh(history),), {}

    found = benchmark.pedantic(lambda made: made.vintage(old_codes), setup=setup, rounds=10)  # type: ignore[attr-defined]
    assert (found.best.matched, found.best.kind) == (10_035, "commune")


def test_vintage_asked_again(history: History, old_codes: list[str], benchmark: Benchmark) -> None:
    """Dating 10,035 codes with the register there."""
    found = benchmark(lambda: history.vintage(old_codes))
    assert found.best.jaccard == 1


def test_a_million_rows(history: History, old_codes: list[str], benchmark: Benchmark, tmp_path: Path) -> None:
    """A CSV file of a million codes translated: must stay under 10 s with everything that comes before."""
    source, target = tmp_path / "old.csv", tmp_path / "new.csv"
    with open(source, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "code", "address"))
        writer.writerows((i, old_codes[i * 7919 % len(old_codes)], "số 1, đường A") for i in range(ROWS))

    def run() -> translation.RecodeReport:
        return translation.recode(source, target, translation.translator(history, BEFORE, AFTER, kind="commune"))

    done = benchmark.pedantic(run, rounds=1)  # type: ignore[attr-defined]
    assert (ROWS, ROWS, {"same", "whole", "ambiguous"}) == (done.rows, done.written, set(done.counts))
