"""What ``simulate`` and ``compare`` share: plans read and carried out, faults listed, differences printed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from orgmodel.cli.common import console, table
from orgmodel.cli.words import language, say
from orgmodel.errors import InvalidFile
from orgmodel.history.history import History
from orgmodel.model.measure import Number
from orgmodel.model.words import word
from orgmodel.scenario.compare import Comparison, ComparisonRow, number_text
from orgmodel.scenario.metrics import DEFAULT, Metric, SuperiorChanges
from orgmodel.scenario.plan import Plan, read_plan
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.structure import Structure

__all__ = [
    "bar",
    "comparison_record",
    "metric_name",
    "metrics_of",
    "number",
    "print_differences",
    "print_faults",
    "simulated",
]


_SUPERIOR: Final = re.compile("superior of (.+) changes")
"""How :class:`SuperiorChanges` is called."""


@contextmanager
def bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error for work of several steps; nothing where that is no terminal."""
    errors = console(to_stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(separator=" of ")
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as shown:
        task = shown.add_task(text, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def simulated(path: Path, baseline: History) -> tuple[Plan, Scenario]:
    """The plan in a file, and the scenario that it makes.

    Raises:
        InvalidFile: with all its faults, those of form and what it cannot do.
    """
    plan = read_plan(path, strict=False)
    with bar(say("simulating {plan}", plan=plan.name)) as progress:
        try:
            return plan, plan.simulate(baseline, progress=progress)
        except InvalidFile as error:
            raise InvalidFile(str(path), error.findings) from None


def print_faults(error: InvalidFile) -> None:
    """Prints every fault of a plan on standard error, with its line."""
    count = say("{what}: faults: {count}", what=error.what, count=len(error.findings))
    print(f"orgmodel: {count}", file=sys.stderr)
    for finding in error.findings:
        where = "" if finding.row is None else say("line {row}: ", row=finding.row)
        units = f" ({', '.join(finding.units[:5])}{' ...' if len(finding.units) > 5 else ''})" if finding.units else ""
        print(f"  {where}{finding.message}{units} [{finding.rule}]", file=sys.stderr)


def metrics_of(structure: Structure) -> tuple[Metric, ...]:
    """The metrics of the commands: the default ones, and for each kind whose superior changes."""
    # Members are what is asked of a moved unit; a history without them has its first measure shown instead.
    measure = "members" if "members" in structure.measures else next(iter(structure.measures), "members")
    return *DEFAULT, *(SuperiorChanges(kind, measure) for kind in structure.counts() if kind)


def number(value: Number | None) -> str:
    """A number of a comparison as people of the language write it; a question mark if it is not known."""
    # In Vietnamese 1,234.5 is written 1.234,5.
    return number_text(value).translate(str.maketrans(",.", ".,") if language() == "vi" else {})


def metric_name(history: History, row: ComparisonRow) -> str:
    """What a row of a comparison counts; a metric or item of one's own stands for itself."""
    if language() == "en":
        return f"{row.metric}: {row.item}"
    superior = _SUPERIOR.fullmatch(row.metric)
    # An item is a kind, or a kind and what is said of it: "commune mean".
    kinds = history.schema.by_id
    item = [
        history.schema.kind_name(part, "vi") if part in kinds else word("item", part, "vi")
        for part in row.item.split(" ")
    ]
    if superior is not None:
        metric = say("superior of {kind} changes", kind=history.schema.kind_name(superior[1], "vi"))
    else:
        metric = word("metric", row.metric, "vi")
    return f"{metric}: {' '.join(item)}"


def print_differences(history: History, comparison: Comparison, *, everything: bool) -> None:
    """Prints a comparison: what differs in a scenario, or every number."""
    lines: dict[tuple[str, str], list[ComparisonRow]] = {}
    for row in comparison.rows:
        lines.setdefault((row.metric, row.item), []).append(row)
    shown = [rows for rows in lines.values() if everything or any(row.difference != 0 for row in rows)]
    names = [scenario.name for scenario in comparison.scenarios]
    cells = [[metric_name(history, rows[0]), number(rows[0].baseline), *map(_with_change, rows)] for rows in shown]
    same = len(lines) - len(shown)
    footer = "" if everything else say("{same} of {count} numbers are as before", same=same, count=len(lines))
    columns = ["", say("baseline"), *names]
    title = say("On {day}", day=comparison.day)
    console().print(table(title, columns, cells, right=range(1, len(names) + 2), footer=footer))


def _with_change(row: ComparisonRow) -> str:
    if not row.difference:
        return number(row.value)
    sign = "+" if row.difference > 0 else ""
    return f"{number(row.value)} ({sign}{number(row.difference)})"


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """A comparison for JSON."""
    return {"day": str(comparison.day), "rows": comparison.to_dicts()}
