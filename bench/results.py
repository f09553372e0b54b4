"""Whom the national comparison measures, and what was found, from its stored results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MODULES = {
    "orgmodel": ("ours", "Ours"),
    "sqlite": ("sqlite", "Sqlite"),
    "duckdb": ("duckdb_peer", "Duckdb"),
    "polars": ("polars_peer", "Polars"),
    "tskit": ("tskit_peer", "Tskit"),
    "rustworkx": ("rustworkx_peer", "Rustworkx"),
    "raphtory": ("raphtory_peer", "Raphtory"),
    "networkx": ("networkx_yearly", "NetworkxYearly"),
    "networkx-temporal": ("networkx_temporal_peer", "NetworkxTemporal"),
}
GROWTH = ("orgmodel", "polars", "duckdb")
"""Those that are measured at 3,000,000 units as well."""
GROWN = 1_000_000


def results(folder: Path, units: int) -> dict[str, dict[str, dict[str, Any]]]:
    """library -> task -> what was found."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for peer in MODULES:
        file = folder / f"{units}.{peer}.jsonl"
        if file.exists():
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            out[peer] = {line["task"]: line for line in lines}
    return out


def nice(seconds: float) -> str:
    """Seconds with two digits that count.

    >>> nice(0.00000123), nice(0.0471), nice(12.3)
    ('1.2 us', '47 ms', '12 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if seconds >= size or unit == "ns":
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 9.95 else f"{value:.1f} {unit}"
    raise AssertionError
