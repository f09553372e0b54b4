"""``orgmodel report``: a reform, a unit or a cluster as a page, a Word document or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from orgmodel.cli.common import File, Json, On, Unclear, console, day_of, load, print_json, unit_ever
from orgmodel.cli.words import language, say
from orgmodel.history.history import History
from orgmodel.period import ONE_DAY
from orgmodel.reports.report import Report
from orgmodel.reports.report import report as report_of

__all__ = [
    "command",
]


def command(
    output: Path,
    /,
    *,
    before: Annotated[str | None, Parameter(help="The day before, for a reform or a cluster.")] = None,
    after: Annotated[
        str | None, Parameter(help="The day after; --before is the day before it if it is left out.")
    ] = None,
    unit: Annotated[str | None, Parameter(help="A unit: its id, code or name.")] = None,
    cluster: Annotated[str | None, Parameter(help="A cluster: its id.")] = None,
    on: On = None,
    title: Annotated[str, Parameter(help="The heading.")] = "",
    most: Annotated[int, Parameter(help="Rows of a table at most; 0 for all.")] = 0,
    file: File = None,
    json: Json = False,
) -> None:
    """Write a report: of a reform (--after), a unit (--unit) or a cluster (--cluster, --after).

    The ending of the output says in which form: .html (one page, prints on A4), .docx, .xlsx or .txt.

    Parameters
    ----------
    output
        The file to write.
    """
    history = load(file)
    report = _report(history, before, after, unit, cluster, on, title, most)
    path = report.write(output)
    if json:
        print_json({"output": str(path), "title": report.content.title, "tables": len(report.content.tables)})
    else:
        console().print(Text(f"{path}: {report.content.title}"), soft_wrap=True)


def _report(
    history: History,
    before: str | None,
    after: str | None,
    unit: str | None,
    cluster: str | None,
    on: str | None,
    title: str,
    most: int,
) -> Report:
    if unit is not None:
        if before or after or cluster:
            raise Unclear(say("--unit goes with --on, not with --before, --after or --cluster"))
        day = None if on is None else day_of(on, history)
        return report_of(history, unit=unit_ever(history, unit, day), on=day, language=language(), title=title)
    if on is not None:
        raise Unclear(say("--on goes with --unit; a reform or a cluster is between --before and --after"))
    if after is None:
        raise Unclear(
            say("say what to report: --after DAY for a reform, --unit for a unit, --cluster and --after for a cluster")
        )
    second = day_of(after, history)
    first = day_of(before, history) if before is not None else second - ONE_DAY
    return report_of(history, between=(first, second), cluster=cluster, language=language(), title=title, most=most)
