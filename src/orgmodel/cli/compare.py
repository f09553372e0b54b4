"""``orgmodel compare``: plan files beside each other, number by number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from orgmodel.model.measure import Number
from orgmodel.scenario.compare import compare
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
    scenarios: list[Scenario] = []
    refused = False
    for path in plans:
        try:
            scenarios.append(simulated(path, history)[1])
        except InvalidFile as error:
            print_faults(error)
            refused = True
    if refused:
        return 2
    comparison = compare(history, *scenarios, on=day, metrics=metrics_of(history.at(day)))
    reasons = {} if explain is None else {s.name: comparison.explain(*explain, scenario=s.name) for s in scenarios}
    if json:
        explanations = {
            name: [
                {"act": r.act, "event": r.event, "text": r.text, "before": _plain(r.before), "after": _plain(r.after)}
                for r in listed
            ]
            for name, listed in reasons.items()
        }
        print_json(comparison_record(comparison) | ({"explain": explanations} if explain else {}))
        return 0
    if explain is None:
        print_differences(history, comparison, everything=everything)
        return 0
    rows = {row.scenario: row for row in comparison.rows if (row.metric, row.item) == explain}
    for name, listed in reasons.items():
        row = rows[name]
        console().print(f"{name}: {metric_name(history, row)} {number(row.baseline)} -> {number(row.value)}")
        for reason in listed:
            console().print(f"  {reason}")
    return 0


def _plain(value: Number | None) -> int | float | None:
    return value if value is None or isinstance(value, int) else float(value)
