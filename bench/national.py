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
sys.path.insert(0, str(HERE))
from results import GROWN, GROWTH, MODULES, nice, results  # noqa: E402

ROOT = HERE.parent
KEPT = ROOT / "build" / "bench"
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
            command = [sys.executable, __file__, str(units), "--one", peer, "--limit", str(given.limit)]
            done = subprocess.run([*command, "--runs", str(given.runs)], stdout=subprocess.PIPE, text=True, check=False)
            (KEPT / f"{units}.{peer}.jsonl").write_text(done.stdout)
            if done.returncode:
                print(f"{peer} at {units:,}: failed, see above", file=sys.stderr)
        (KEPT / "machine.json").write_text(json.dumps(machine()))
        show(units)
    if given.write:
        from speed_page import write

        write(KEPT, ROOT / "docs" / "explanation")


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


if __name__ == "__main__":
    main()
