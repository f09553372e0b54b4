"""A report of anything, as a page, a Word document, a workbook or text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from orgmodel.content.blocks import Content
from orgmodel.content.html import HasContent, Shown
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.door import refuse, strict
from orgmodel.model.words import Language
from orgmodel.period import DayLike
from orgmodel.reports.composed import cluster_content, reform_content, unit_content
from orgmodel.reports.writers.page import page
from orgmodel.reports.writers.word import document
from orgmodel.reports.writers.workbook import workbook
from orgmodel.writing import write_file

__all__ = [
    "Report",
    "report",
]

WRITERS: Final[Mapping[str, Callable[[Content], str | bytes]]] = {
    ".html": page,
    ".docx": document,
    ".xlsx": workbook,
    ".txt": Content.text,
}
"""Ending of a file -> what writes it."""


@frozen
class Report(Shown):
    """A content that can be written.

    Attributes:
        content: what it says.

    ``print`` gives it as text, a notebook shows it.

    >>> import orgmodel as om
    >>> with om.history_of([{"id": "a"}], day="2025-01-01").draft("2025-07-01") as act:
    ...     act.rename("a", "Alpha")
    >>> shown = report(act)
    >>> shown
    <Report '2025-07-01 source unknown': 0 tables; .write('name.html')>
    >>> shown.html()[:15]
    '<!DOCTYPE html>'
    """

    content: Content

    def html(self) -> str:
        """One page that needs no network and prints on A4."""
        return page(self.content)

    def write(self, path: str | Path) -> Path:
        """Writes it: ``.html``, ``.docx`` (Word), ``.xlsx`` (Excel) or ``.txt``, by the ending of the name.

        Raises:
            Refused: the name has another ending.
            ModuleNotFoundError: the extra ``report`` or ``excel`` is not installed.
            OSError: the file cannot be written.
        """
        path = Path(path)
        writer = WRITERS.get(path.suffix.lower())
        if writer is None:
            message = f"{path.name!r} has an ending that no writer knows; use one of {', '.join(WRITERS)}"
            raise Refused("the report", [Finding("report-form", message)])
        written = writer(self.content)
        write_file(path, written)
        return path

    def _content(self, most: int = 20, language: Language = "en") -> Content:  # noqa: ARG002
        return self.content

    def __str__(self) -> str:
        return self.content.text()

    def __repr__(self) -> str:
        return f"<Report {self.content.title!r}: {len(self.content.tables)} tables; .write('name.html')>"


@strict
def report(
    subject: Any,
    *,
    between: tuple[DayLike, DayLike] | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    on: DayLike | None = None,
    language: Language = "en",
    title: str = "",
    most: int = 0,
) -> Report:
    """A report of anything that the library answers.

    Args:
        subject: a history, with ``between`` for a reform, ``unit`` for one unit, or ``cluster`` and ``between`` for a
            cluster; or a result such as a comparison or an audit; or a content.
        between: two days.
        unit: the id of a unit.
        cluster: the id of a cluster.
        on: for a unit, the day.
        language: ``en`` or ``vi``.
        title: the heading, instead of the usual one.
        most: the most rows that a table of a reform or of a result shows, 0 for all; a shortened table says how many it
            leaves out.

    Raises:
        Refused: it is not clear what to report, or an argument says nothing to the subject.

    >>> from orgmodel.party import vietnam
    >>> reform = report(vietnam.reform_2025(), between=("2025-06-30", "2025-07-01"), language="vi")
    >>> reform
    <Report 'Những thay đổi': 7 tables; .write('name.html')>
    """
    if most < 0:
        refuse("the report", f"most is {most}; give 0 for all rows, or more", "report-rows")
    if isinstance(subject, History):
        return Report(_of_history(subject, between, unit, cluster, on, language, title, most))
    options = {"between": between, "unit": unit, "cluster": cluster, "on": on}
    if idle := [name for name, value in options.items() if value is not None]:
        refuse("the report", f"{' and '.join(idle)} say nothing to a {type(subject).__name__}; leave them out", "idle")
    if isinstance(subject, Content):
        return Report(evolve(subject, title=title or subject.title))
    if isinstance(subject, HasContent):
        content = subject._content(most, language)
        return Report(evolve(content, title=title or content.title))
    message = f"{type(subject).__name__} has nothing to report; give a history, a result of one, or a content"
    raise Refused("the report", [Finding("report-subject", message)])


def _of_history(
    history: History,
    between: tuple[DayLike, DayLike] | None,
    unit: str | None,
    cluster: str | None,
    on: DayLike | None,
    language: Language,
    title: str,
    most: int,
) -> Content:
    if on is not None and unit is None:
        refuse("the report", "on goes with unit; a reform or a cluster is between two days", "idle")
    if most and not (unit is None and cluster is None):
        refuse("the report", "most goes with a reform; the report of a unit or a cluster shows all its rows", "idle")
    match between, unit, cluster:
        case (a, b), None, None:
            return reform_content(history, a, b, language=language, title=title, most=most)
        case (a, b), None, str():
            return cluster_content(history, cluster, a, b, language=language, title=title)
        case None, str(), None:
            return unit_content(history, unit, on=on, language=language, title=title)
    message = "say what of the history: between=(day, day), unit=ID (on=DAY), or cluster=ID with between=(day, day)"
    raise Refused("the report", [Finding("report-subject", message)])
