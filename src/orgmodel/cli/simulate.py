"""``orgmodel simulate``: a plan file tried on a history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from orgmodel.cli.common import File, Json, console, day_of, load, print_json, table
from orgmodel.cli.plans import comparison_record, metrics_of, print_differences, print_faults, simulated
from orgmodel.cli.words import say
from orgmodel.errors import InvalidFile
from orgmodel.io import jsonl
from orgmodel.scenario.compare import compare

__all__ = [
    "command",
]


def command(
    plan: Path,
    /,
    *,
    on: Annotated[
        str | None, Parameter(name="--on", help="The day to compare on; the day of the last stage if none.")
    ] = None,
    everything: Annotated[
        bool, Parameter(name="--all", negative="", show_default=False, help="Print also the numbers that stay.")
    ] = False,
    out: Annotated[Path | None, Parameter(help="A file for the history with the plan's acts, as JSON Lines.")] = None,
    file: File = None,
    json: Json = False,
) -> int:
    """Try a plan (a TOML file): its stages, its critical path, and what it changes in numbers.

    The history is not changed; --out writes another one. If the plan has faults, all of
    them are listed with their lines.

    Parameters
    ----------
    plan
        The plan, a TOML file.
    """
    history = load(file)
    try:
        read, scenario = simulated(plan, history)
    except InvalidFile as error:
        print_faults(error)
        return 2
    day = read.stages[-1].day if on is None else day_of(on, history)
    comparison = compare(history, scenario, on=day, metrics=metrics_of(history.at(day)))
    if out is not None:
        jsonl.dump(scenario.history, out)
    path, days = read.critical_path()
    # A plan has one act for each of its stages, in their order.
    stages = list(zip(read.stages, scenario.acts, strict=True))
    if json:
        records = [
            {
                "stage": stage.name,
                "day": str(stage.day),
                "after": list(stage.after),
                "takes": stage.takes,
                "events": len(act.events),
                "units": scenario.at(stage.day).counts(),
            }
            for stage, act in stages
        ]
        critical = {"stages": list(path), "days": days}
        print_json({"plan": read.name, "stages": records, "critical_path": critical} | comparison_record(comparison))
        return 0
    rows = []
    for stage, act in stages:
        takes = say("{count} days", count=stage.takes) if stage.takes else ""
        units = len(scenario.at(stage.day))
        rows.append((stage.day, stage.name, ", ".join(stage.after), takes, len(act.events), units))
    columns = [say("from"), say("stage"), say("comes after"), say("takes"), say("events"), say("units that day")]
    console().print(table(say("Plan {plan}", plan=read.name), columns, rows, right=(3, 4, 5)))
    if days:
        console().print(say("critical path: {path} ({days} days)", path=" -> ".join(path), days=days) + "\n")
    print_differences(history, comparison, everything=everything)
    if out is not None:
        console().print(say("wrote {target}", target=out), soft_wrap=True)
    return 0
