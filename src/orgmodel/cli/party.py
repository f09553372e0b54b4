"""``orgmodel party``: what an organisation department asks each month, quarter and year."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from orgmodel.cli.common import Json, Unclear, console, print_json, unit_ever
from orgmodel.cli.words import language, say
from orgmodel.content.blocks import Content, value_text
from orgmodel.history.history import History
from orgmodel.io.opening import open_history
from orgmodel.party import vietnam
from orgmodel.party.law import read_party_rulebook, rulebook
from orgmodel.party.report_desk import period_of
from orgmodel.party.reporting import SECTIONS, report
from orgmodel.reports.report import report as report_of
from orgmodel.rules.rulebook import Rulebook

__all__ = [
    "Book",
    "Output",
    "Period",
    "Source",
    "UnitName",
    "app",
    "audit",
    "cadres",
    "congress",
    "emulation",
    "report_command",
]

app = App(
    name="party",
    help="The Party's work: a report of a unit and a period, or one part of it.",
    help_format="plaintext",
    result_action="return_value",
)

Period = Annotated[str, Parameter(help="2025-07, 2025-Q3, 2025-H2, 2025 or FIRST/LAST.")]
UnitName = Annotated[str | None, Parameter(name="--unit", help="Its id, code or name; the topmost if none is given.")]
Source = Annotated[
    str | None,
    Parameter(name=["--file", "-f"], help="A file or a store of a history; the embedded country if none is given."),
]
Output = Annotated[
    Path | None, Parameter(name=["--output", "-o"], help="Write it: .html, .docx, .xlsx or .txt, instead of printing.")
]
Book = Annotated[Path | None, Parameter(name="--rulebook", help="A rulebook as TOML; the Party's if none is given.")]


@app.command(name="report")
def report_command(
    period: Period,
    /,
    *,
    unit: UnitName = None,
    section: Annotated[
        tuple[str, ...], Parameter(help=f"Only this part; may be repeated: {', '.join(SECTIONS)}.", negative="")
    ] = (),
    output: Output = None,
    rulebook_file: Book = None,
    file: Source = None,
    json: Json = False,
) -> None:
    """The report of a unit about a period, against the period before."""
    _give(_content(period, unit, section or tuple(SECTIONS), file, rulebook_file), output, json)


@app.command
def emulation(
    period: Period, /, *, unit: UnitName = None, output: Output = None, file: Source = None, json: Json = False
) -> None:  # fmt: skip
    """Clusters with their leaders, years of work, awards by form and step."""
    _give(_content(period, unit, ("emulation",), file, None), output, json)


@app.command
def congress(
    period: Period, /, *, unit: UnitName = None, output: Output = None, file: Source = None, json: Json = False
) -> None:  # fmt: skip
    """Congresses of the period, and terms that are due or over."""
    _give(_content(period, unit, ("terms",), file, None), output, json)


@app.command
def cadres(
    period: Period, /, *, unit: UnitName = None, output: Output = None, file: Source = None, json: Json = False
) -> None:  # fmt: skip
    """Posts held and vacant, moves of the period, surplus above caps."""
    _give(_content(period, unit, ("posts", "cadres", "surplus"), file, None), output, json)


@app.command
def audit(
    period: Period,
    /,
    *,
    unit: UnitName = None,
    output: Output = None,
    rulebook_file: Book = None,
    file: Source = None,
    json: Json = False,
) -> int:
    """Findings gained and lost in the period, and what cannot be decided for want of what.

    Exit status 1 if the unit, or one below it, breaks a rule whose breach is an error on the last day of the period.
    """
    # The report comes first: the exit status is about the last day alone, the report compares two.
    _give(_content(period, unit, ("audit",), file, rulebook_file), output, json)
    history, book = _history(file), _book(rulebook_file)
    last = period_of(period).last
    assert last is not None
    structure = history.at(last)
    subject = _unit(history, unit, period)
    inside = {subject, *structure.descendants(subject)}
    errors = (finding for finding in book.audit(structure).errors if finding.units)
    return 1 if any(finding.units[0] in inside for finding in errors) else 0


def _content(
    period: str,
    unit: str | None,
    sections: tuple[str, ...],
    file: str | None,
    book: Path | None,
) -> Content:
    history = _history(file)
    subject = _unit(history, unit, period)
    return report(history, subject, period, sections=sections, language=language(), book=_book(book))


def _history(file: str | None) -> History:
    return vietnam.country() if file is None else open_history(file)


def _book(path: Path | None) -> Rulebook:
    return rulebook() if path is None else read_party_rulebook(path)


def _unit(history: History, unit: str | None, period: str) -> str:
    last = period_of(period).last
    assert last is not None
    if unit is not None:
        # A name or code that passed on means who bears it on the day that is reported.
        return unit_ever(history, unit, last)
    root = history.at(last).root() if history.first_day is not None and history.first_day <= last else None
    if root is None:
        raise Unclear(
            say(
                "there is no unit at all on {day}, the last day of {period}; name one that lived with --unit",
                day=last,
                period=period,
            )
        )
    return root


def _give(content: Content, output: Path | None, json: bool) -> None:
    """Prints a content, or writes it to a file; with --json as data."""
    written = None if output is None else report_of(content).write(output)
    if json:
        print_json(
            {
                "output": None if written is None else str(written),
                "title": content.title,
                "subtitle": content.subtitle,
                "tables": [
                    {
                        "title": table.title,
                        "rows": [
                            {
                                **{name: value_text(value) for name, value in record.items()},
                                "sources": list(table.sources(at)),
                            }
                            for at, record in enumerate(table.records())
                        ],
                    }
                    for table in content.tables
                ],
            }
        )
    elif written is not None:
        console().print(Text(f"{written}: {content.title}"), soft_wrap=True)
    else:
        console().print(Text(content.text()), soft_wrap=True)
