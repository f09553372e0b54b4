"""The last step of all importers: acts enacted on a founded history, and faults with their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation
from orgmodel.engine.collector import collector_paused
from orgmodel.errors import Finding, InvalidAct, InvalidTable
from orgmodel.history.history import History
from orgmodel.io.importers.occurrences import Occurrence, Standing, acts_of
from orgmodel.io.importers.reading import TableFindings
from orgmodel.io.importers.report import Imported
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit

__all__ = [
    "Ids",
    "as_root",
    "founding",
    "imported",
]


class Ids:
    """Ids of units and acts, each given once.

    >>> ids = Ids("fr-")
    >>> ids.fresh("01001"), ids.fresh("01001"), ids.fresh("01002")
    ('fr-01001', 'fr-01001~2', 'fr-01002')
    """

    def __init__(self, prefix: str = "", taken: Iterable[str] = ()) -> None:
        self.prefix, self.taken = prefix, set(taken)
        self._next: dict[str, int] = {}

    def fresh(self, wanted: str) -> str:
        """The wanted id, with a number if it was given before."""
        name_now = name = f"{self.prefix}{wanted}"
        number = self._next.get(name, 1)
        while name_now in self.taken:
            number += 1
            name_now = f"{name}~{number}"
        self._next[name] = number
        self.taken.add(name_now)
        return name_now


def as_root(root: Unit | str | None) -> Unit | None:
    """The unit above all others.

    >>> as_root("ch")
    Unit(id='ch', name=None, code=None, kind=None, category=None, parent=None)
    """
    return Unit(root) if isinstance(root, str) else root


def founding(act_id: str, day: dt.date, units: Sequence[Unit], source: Source, note: str = "") -> Act:
    """The act by which units are first known, those above first."""
    return Act(act_id, day, [Creation(unit, first_known=True) for unit in units], source, note)


def imported(
    occurrences: Sequence[Occurrence],
    findings: TableFindings,
    *,
    first: Act | None,
    schema: Schema,
    measures: Iterable[Measure] = (),
    unit_of: Mapping[int, str],
) -> Imported:
    """The history that has the occurrences, and what was found.

    Args:
        occurrences: in any order.
        findings: so far.
        first: the act by which the units are known that live before them.
        schema: kinds and placements.
        measures: declared measures.
        unit_of: number of a row -> unit.

    Raises:
        InvalidTable: with all errors, each with its row.
    """
    standing = Standing()
    for event in () if first is None else first.events:
        assert isinstance(event, Creation)
        assert isinstance(event.what, Unit)
        standing.begin(event.what)
    acts = acts_of(occurrences, findings, standing)
    findings.stop()
    rows_of = {occurrence.id: occurrence.rows for occurrence in occurrences}
    history = History(schema, measures)
    try:
        with collector_paused():
            if first is not None:
                history = history.enact(first)
            history = history.enact(*acts)
    except InvalidAct as error:
        rows_of_unit: dict[str, list[int]] = {}
        for row, unit in unit_of.items():
            rows_of_unit.setdefault(unit, []).append(row)
        faults = [_with_row(finding, rows_of, rows_of_unit) for finding in error.findings]
        raise InvalidTable(findings.subject, faults) from error
    act_of = {row: occurrence.id for occurrence in occurrences for row in occurrence.rows}
    return Imported(history, tuple(findings.listed), act_of, unit_of)


def _with_row(
    finding: Finding, rows_of: Mapping[str, Sequence[int]], rows_of_unit: Mapping[str, Sequence[int]]
) -> Finding:
    """A fault of a history with the rows of its act, else those of its units."""
    rows = rows_of.get(finding.act or "") or [row for unit in finding.units for row in rows_of_unit.get(unit, ())]
    findings = TableFindings("")
    findings.add(
        finding.rule, finding.message, rows=rows, units=finding.units, day=finding.day, act=finding.act,
        severity=finding.severity,
    )  # fmt: skip
    return findings.listed[0]
