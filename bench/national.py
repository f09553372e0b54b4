"""Everybody is asked the same about the same organisation, side by side, and the answers are checked.

    python -m bench.national 3000 30000 300000
    python -m bench.national 300000 --only orgmodel polars
    python -m bench.national --write                     # the page of the docs, from the stored results

Each library runs in a process of its own, one after the other. A time counts only if the
answer equals that of plain Python; it is the best of several runs, as other programs on
the machine can only add to one. Results are kept in build/bench.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
KEPT = ROOT / "build" / "bench"
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
MOST = {"networkx-temporal": 100_000}
"""Up to how many units a library is asked, where more takes hours: its graphs are copied whole and saved as texts."""
FILES = "files"
"""What ``--one`` is given to make the files only: made where a library is measured, they would leave memory behind."""


def prepared(units: int) -> tuple[Any, Any]:
    """The arrays of a size and the questions, from files if they are there."""
    from peers import data

    made = data.arrays(units, KEPT)
    # Slow answers are made once for all libraries.
    stored = KEPT / f"{units}.answers.pickle"
    import pickle

    if stored.exists():
        q = data.Questions(*pickle.loads(stored.read_bytes()))
    else:
        q = data.questions(made)
        stored.write_bytes(pickle.dumps(tuple(q)))
    return made, q


def run_one(peer: str, units: int, limit: float, runs: int) -> None:
    """One library at one size; results go out as lines of JSON."""
    sys.path.insert(0, str(HERE))
    made, q = prepared(units)
    if peer == FILES:
        return
    from peers import peer as peers_peer

    module, name = MODULES[peer]
    folder = KEPT / "files" / peer
    folder.mkdir(parents=True, exist_ok=True)
    one = getattr(importlib.import_module(f"peers.{module}"), name)(made, folder)
    say = lambda found: print(peers_peer.to_line(found | {"units": units}), flush=True)  # noqa: E731
    peers_peer.measure(one, q, peers_peer.Clock(one, limit, runs, say))


def machine() -> dict[str, str]:
    """What it ran on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "processor": model or platform.processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("units", nargs="*", type=int, help="sizes")
    parser.add_argument("--only", nargs="*", choices=MODULES, help="only these libraries")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is stopped")
    parser.add_argument("--runs", type=int, default=5, help="how many runs of each task, at least")
    parser.add_argument("--write", action="store_true", help="write the page of the docs")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.one, given.units[0], given.limit, given.runs)
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    for units in given.units:
        subprocess.run([sys.executable, __file__, str(units), "--one", FILES], check=True)
        for peer in given.only or (GROWTH if units > GROWN else MODULES):
            if units > MOST.get(peer, units):
                continue
            command = [sys.executable, __file__, str(units), "--one", peer, "--limit", str(given.limit)]
            done = subprocess.run([*command, "--runs", str(given.runs)], stdout=subprocess.PIPE, text=True, check=False)
            (KEPT / f"{units}.{peer}.jsonl").write_text(done.stdout)
            if done.returncode:
                print(f"{peer} at {units:,}: failed, see above", file=sys.stderr)
        (KEPT / "machine.json").write_text(json.dumps(machine()))
        show(units)
    if given.write:
        sys.path.insert(0, str(HERE))
        from speed_page import write

        write(KEPT, ROOT / "docs" / "explanation")


def results(folder: Path, units: int) -> dict[str, dict[str, dict[str, Any]]]:
    """library -> task -> what was found."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for peer in MODULES:
        file = folder / f"{units}.{peer}.jsonl"
        if file.exists():
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            out[peer] = {line["task"]: line for line in lines}
    return out


def show(units: int) -> None:
    """The table on the terminal."""
    found = results(KEPT, units)
    tasks = dict.fromkeys(task for peer in found.values() for task in peer)
    print(f"\n{units:,} units")
    for task in tasks:
        cells = []
        for peer, lines in found.items():
            seconds = lines.get(task, {}).get("seconds")
            if seconds is not None:
                cells.append(f"{peer} {nice(seconds)}")
            elif task in ("memory", "memory asked") and task in lines:
                cells.append(f"{peer} {lines[task]['resident']:.0f} (peak {lines[task]['peak']:.0f}) MiB")
        if cells:
            print(f"{task:18s}", " | ".join(cells))


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


if __name__ == "__main__":
    main()
