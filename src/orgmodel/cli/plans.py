"""What ``simulate`` and ``compare`` share: plans read and carried out, faults listed, differences printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from orgmodel.cli.common import console, table
from orgmodel.errors import InvalidFile
from orgmodel.history.history import History
from orgmodel.scenario.compare import Comparison, ComparisonRow, number_text
from orgmodel.scenario.metrics import DEFAULT, Metric, SuperiorChanges
from orgmodel.scenario.plan import Plan, read_plan
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.structure import Structure

__all__ = [
    "bar",
    "comparison_record",
    "metrics_of",
    "print_differences",
    "print_faults",
    "simulated",
]


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error for work of several steps; nothing where that is no terminal."""
    errors = console(to_stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(separator=" of ")
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def simulated(path: Path, baseline: History) -> tuple[Plan, Scenario]:
    """The plan in a file, and the scenario that it makes.

    Raises:
        InvalidFile: with all its faults, those of form and what it cannot do.
    """
    plan = read_plan(path, strict=False)
    with bar(f"simulating {plan.name}") as progress:
        try:
            return plan, plan.simulate(baseline, progress=progress)
        except InvalidFile as error:
            raise InvalidFile(str(path), error.findings) from None


def print_faults(error: InvalidFile) -> None:
    """Prints every fault of a plan on standard error, with its line."""
    count = len(error.findings)
    print(f"orgmodel: {error.what}: {count} fault{'' if count == 1 else 's'}", file=sys.stderr)
    for finding in error.findings:
        where = "" if finding.row is None else f"line {finding.row}: "
        units = f" ({', '.join(finding.units[:5])}{' ...' if len(finding.units) > 5 else ''})" if finding.units else ""
        print(f"  {where}{finding.message}{units} [{finding.rule}]", file=sys.stderr)


def metrics_of(structure: Structure) -> tuple[Metric, ...]:
    """The metrics of the commands: the default ones, and for each kind whose superior changes."""
    measure = "members" if "members" in structure.measures else next(iter(structure.measures), "members")
    return *DEFAULT, *(SuperiorChanges(kind, measure) for kind in structure.counts() if kind)


def print_differences(comparison: Comparison, *, everything: bool) -> None:
    """Prints a comparison: what differs in a scenario, or every number."""
    lines: dict[tuple[str, str], list[ComparisonRow]] = {}
    for row in comparison.rows:
        lines.setdefault((row.metric, row.item), []).append(row)
    shown = [rows for rows in lines.values() if everything or any(row.difference != 0 for row in rows)]
    names = [scenario.name for scenario in comparison.scenarios]
    cells = [
        [f"{rows[0].metric}: {rows[0].item}", number_text(rows[0].baseline), *map(_with_change, rows)] for rows in shown
    ]
    footer = "" if everything else f"{len(lines) - len(shown)} of {len(lines)} numbers are as before"
    made = table(f"On {comparison.day}", ["", "baseline", *names], cells, right=range(1, len(names) + 2), footer=footer)
    console().print(made)


def _with_change(row: ComparisonRow) -> str:
    if not row.difference:
        return number_text(row.value)
    sign = "+" if row.difference > 0 else ""
    return f"{number_text(row.value)} ({sign}{number_text(row.difference)})"


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """A comparison for JSON."""
    return {"on": str(comparison.day), "rows": comparison.to_dicts()}
