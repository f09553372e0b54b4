"""The page of the docs about speed: a table for each size, and how time and memory grow, from stored results."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from results import GROWN, GROWTH, MODULES, nice, results

TASKS = {
    "build": "build from arrays",
    "build from texts": "the same, ids are texts",
    "parents": "who stands under whom on a day",
    "parents again": "the same, asked again",
    "count": "how many cells there are on a day",
    "parent": "the parent of one unit on a day",
    "parents of many": "the same for an array of units, each",
    "path": "all above one unit",
    "subtree": "a province: units below and members",
    "subtree again": "the same, asked again",
    "totals": "the same of every province",
    "totals again": "the same, asked again",
    "diff": "what differs across the reform",
    "successors": "what became of one unit at last",
    "successors at first": "the same, one of the first that are asked about",
    "branch": "a branch",
    "merge": "two communes merge on it",
    "reform as events": "the whole day of the reform as one act",
    "reform from tables": "the same, given as tables",
    "reform in a draft": "the same, drafted and enacted",
    "reform refused": "the same with a fault in it, refused",
    "ten faults": "a million rows with ten faults, all told",
    "save": "save",
    "load": "load, and one question",
    "load and verify": "the same, everything checked",
    "bare copy": "numpy alone: a copy of the columns",
    "bare checksum": "zlib alone: their checksums",
    "bare scan": "numpy alone: the rows of a measure that hold on a day",
    "bare gather": "numpy alone: a number for each unit, in random order",
    "bare calls": "Python alone: an empty method called once",
}
MARK = "<!-- Written by python -m bench.national --write; below it by hand. -->"
COLOURS = {"orgmodel": "#c0392b", "polars": "#2471a3", "duckdb": "#7d8c27"}
CHARTED = ("build", "parents", "subtree", "totals", "diff")


def write(kept: Path, docs: Path) -> None:
    """The tables into ``speed.md`` above the mark, the chart beside it."""
    sizes = sorted({int(file.name.split(".")[0]) for file in kept.glob("*.jsonl")})
    found = {units: results(kept, units) for units in sizes}
    machine = json.loads((kept / "machine.json").read_text())
    page = docs / "speed.md"
    below = page.read_text(encoding="utf-8").partition(MARK)[2] if page.exists() else "\n"
    text = "\n".join([head(found, machine), *(table(units, found[units]) for units in reversed(sizes)), growth(found)])
    page.write_text(text + MARK + below, encoding="utf-8")
    (docs.parent / "_static" / "speed.svg").write_text(chart(found), encoding="utf-8")


def head(found: dict[int, Any], machine: dict[str, str]) -> str:
    versions = {p: lines["version"]["note"] for by in found.values() for p, lines in by.items() if "version" in lines}
    loads = [line["load"] for by in found.values() for lines in by.values() for line in lines.values()]
    packages = ", ".join(f"{peer} {version}" for peer, version in versions.items())
    return f"""# How fast it is, beside what one would take instead

The organisation is that of `orgmodel.party.synthetic`; its questions are asked of each library
in a process of its own, one library after the other. A time counts only if the answer
equals that of plain Python; it is the best of several runs. orgmodel is asked through its public
API, about a history made by `from_tables`, corrected once and branched once, with all invariants
checked; ids are texts in its questions, whole numbers in those of the others. In brackets: how
many times as long as orgmodel takes.

Machine: {machine["processor"]}, {machine["cores"]} cores, {machine["system"]}, Python {machine["python"]}.
While this was measured others used it as well: its load was {min(loads):.1f} to {max(loads):.1f}, so that
times are up to some times those of a quiet machine, while the ratios hold roughly.
Versions: {packages}.

`python -m bench.national 3000 30000 300000 3000000 --write` measures anew (`pip install --group bench`).
"""


def table(units: int, by: dict[str, Any]) -> str:
    peers = [peer for peer in MODULES if peer in by]
    lines = [f"## {units:,} units\n", f"| task | {' | '.join(peers)} |", "|---" * (len(peers) + 1) + "|"]
    for task, title in TASKS.items():
        ours = by.get("orgmodel", {}).get(task, {}).get("seconds")
        cells = [cell(by[peer].get(task), ours if peer != "orgmodel" else None) for peer in peers]
        if any(cells):
            lines.append(f"| {title} | {' | '.join(cells)} |")
    for when, what, title in (
        ("memory", "resident", "memory once built, MiB"),
        ("memory", "peak", "at its peak, MiB"),
        ("memory asked", "resident", "memory after a question of each sort, MiB"),
    ):
        cells = [f"{by[p][when][what]:.0f}" if when in by[p] else "" for p in peers]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    cells = [f"{by[p]['file']['mib']:.1f}" if "file" in by[p] else "" for p in peers]
    lines.append(f"| saved, MiB | {' | '.join(cells)} |")
    notes = [
        f"* {peer}: "
        + "; ".join(f"{TASKS[task]}: {line['note']}" for task, line in by[peer].items() if said(task, line))
        for peer in peers
        if any(said(task, line) for task, line in by[peer].items())
    ]
    return "\n".join([*lines, "", *notes, ""])


def said(task: str, line: dict[str, Any]) -> bool:
    return task in TASKS and bool(line.get("note")) and line.get("seconds") is not None


def cell(line: dict[str, Any] | None, ours: float | None) -> str:
    if line is None:
        return ""
    seconds = line.get("seconds")
    if seconds is None:
        return str(line.get("note", ""))
    ratio = "" if ours is None else f" ({times(seconds / ours)})"
    return f"{nice(seconds)}{ratio}"


def times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 9.95 else f"{ratio:.1f}x" if ratio >= 0.095 else f"{ratio:.2g}x"


def series(found: dict[int, Any], peer: str, task: str) -> list[tuple[int, float]]:
    out = []
    for units, by in sorted(found.items()):
        line = by.get(peer, {}).get(task, {})
        value = line.get("resident") if task == "memory" else line.get("seconds")
        if value:
            out.append((units, value))
    return out


def exponent(points: list[tuple[int, float]]) -> float | None:
    """The slope of time over size, both as logarithms: 1 grows as the size does."""
    if len(points) < 2:
        return None
    x, y = np.log([p[0] for p in points]), np.log([p[1] for p in points])
    return float(np.polyfit(x, y, 1)[0])


def growth(found: dict[int, Any]) -> str:
    lines = [
        "## How it grows\n",
        f"The exponent of time (memory) over size, fitted from {min(found):,} to {max(found):,} units; 1 grows\nas the size does. The second number is that of the last step alone, where fixed costs no longer weigh.\n",
        f"| task | {' | '.join(GROWTH)} |",
        "|---" * (len(GROWTH) + 1) + "|",
    ]
    for task in (*CHARTED, "memory"):
        points = [series(found, peer, task) for peer in GROWTH]
        fits = [(exponent(p), exponent(p[-2:])) for p in points]
        lines.append(
            f"| {TASKS.get(task, task)} | {' | '.join('' if f is None or g is None else f'{f:.2f}, {g:.2f}' for f, g in fits)} |"
        )
    largest = max(found)
    if largest > GROWN:
        lines.append(f"\nAbove {GROWN:,} units only these three are measured.")
    return "\n".join([*lines, "\n![Time against size](../_static/speed.svg)\n\n"])


def chart(found: dict[int, Any]) -> str:
    """Time against size on logarithmic axes, a panel for each task."""
    wide, high, gap = 190, 190, 46
    sizes = sorted(found)
    values = [v for task in CHARTED for peer in GROWTH for _, v in series(found, peer, task)]
    x0, x1 = math.log10(sizes[0]), math.log10(max(sizes[-1], sizes[0] * 10))
    y0, y1 = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    out = []

    def x(units: int) -> float:
        return (math.log10(units) - x0) / (x1 - x0) * wide

    def y(seconds: float) -> float:
        return high - (math.log10(seconds) - y0) / (y1 - y0) * high

    for place, task in enumerate(CHARTED):
        parts = [f'<text x="0" y="-10" font-weight="bold">{task}</text>']
        for power in range(y0, y1 + 1):
            at = y(10.0**power)
            parts.append(f'<line x1="0" x2="{wide}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
            if place == 0:
                parts.append(f'<text x="-6" y="{at + 4:.1f}" text-anchor="end">{nice(10.0**power)}</text>')
        for units in sizes:
            parts.append(f'<text x="{x(units):.1f}" y="{high + 16}" text-anchor="middle">{short(units)}</text>')
        for peer in GROWTH:
            points = [(x(units), y(seconds)) for units, seconds in series(found, peer, task)]
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[peer]}" stroke-width="2"/>')
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{COLOURS[peer]}"/>' for a, b in points]
        left = 64 + place * (wide + gap)
        out.append(f'<g transform="translate({left},36)">{"".join(parts)}</g>')
    names = "".join(f'<tspan fill="{COLOURS[peer]}" dx="14" font-weight="bold">{peer}</tspan>' for peer in GROWTH)
    out.append(
        f'<text x="50" y="{high + 80}">{names}<tspan dx="14">units across, time upwards, both logarithmic</tspan></text>'
    )
    width = 64 + len(CHARTED) * (wide + gap)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {high + 96}" font-family="sans-serif" '
        f'font-size="12" role="img"><rect width="100%" height="100%" fill="white"/>{"".join(out)}</svg>\n'
    )


def short(units: int) -> str:
    return f"{units // 1_000_000}M" if units >= 1_000_000 else f"{units // 1_000}k"
