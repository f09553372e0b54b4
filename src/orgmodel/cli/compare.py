"""``orgmodel compare``: plan files beside each other, number by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from orgmodel.cli.common import File, Json, Unclear, console, day_of, load, print_json
from orgmodel.cli.plans import (
    comparison_record,
    metric_name,
    metrics_of,
    number,
    print_differences,
    print_faults,
    simulated,
)
from orgmodel.cli.words import say
from orgmodel.errors import InvalidFile
from orgmodel.history.history import History
from orgmodel.model.measure import Number
from orgmodel.scenario.compare import ComparisonRow, DifferenceReason, compare
from orgmodel.scenario.scenario import Scenario

__all__ = [
    "command",
]


def command(
    *plans: Path,
    on: Annotated[str, Parameter(name="--on", help="The day to compare on, such as 2027-01-01.")],
    explain: Annotated[
        tuple[str, str] | None,
        Parameter(
            negative="", help="A metric and one of its items, such as units province: which events move the number."
        ),
    ] = None,
    everything: Annotated[
        bool, Parameter(name="--all", negative="", show_default=False, help="Print also the numbers that stay.")
    ] = False,
    file: File = None,
    json: Json = False,
) -> int:
    """Compare plans with what there is, and with each other.

    If plans have faults, all of them are listed with their lines.

    Parameters
    ----------
    plans
        The plans, TOML files.
    """
    if not plans:
        raise Unclear(say("name at least one plan, a TOML file"))
    history = load(file)
    day = day_of(on, history)
    # All plans are read first, so that the faults of all of them are printed at once.
    scenarios = _scenarios(history, plans)
    if len(scenarios) < len(plans):
        return 2
    comparison = compare(history, *scenarios, on=day, metrics=metrics_of(history.at(day)))
    reasons = {} if explain is None else {s.name: comparison.explain(*explain, scenario=s.name) for s in scenarios}
    if json:
        explanations = {name: [_record(reason) for reason in listed] for name, listed in reasons.items()}
        print_json(comparison_record(comparison) | ({"explain": explanations} if explain else {}))
    elif explain is None:
        print_differences(history, comparison, everything=everything)
    else:
        _print_reasons(history, [row for row in comparison.rows if (row.metric, row.item) == explain], reasons)
    return 0


def _print_reasons(
    history: History, rows: Iterable[ComparisonRow], reasons: Mapping[str, Iterable[DifferenceReason]]
) -> None:
    """Print one number of each plan with the events that move it."""
    row_of = {row.scenario: row for row in rows}
    for name, listed in reasons.items():
        row = row_of[name]
        console().print(f"{name}: {metric_name(history, row)} {number(row.baseline)} -> {number(row.value)}")
        for reason in listed:
            console().print(f"  {reason}")


def _scenarios(history: History, plans: Iterable[Path]) -> list[Scenario]:
    """The scenarios of the plans; of plans with faults all faults are printed instead."""
    scenarios: list[Scenario] = []
    for path in plans:
        try:
            scenarios.append(simulated(path, history)[1])
        except InvalidFile as error:
            print_faults(error)
    return scenarios


def _record(reason: DifferenceReason) -> dict[str, Any]:
    return {
        "act": reason.act,
        "event": reason.event,
        "text": reason.text,
        "before": _plain(reason.before),
        "after": _plain(reason.after),
    }


def _plain(value: Number | None) -> int | float | None:
    return value if value is None or isinstance(value, int) else float(value)
