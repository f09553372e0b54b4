"""Targets for heads of organisations (giao chỉ tiêu): a metric, a value to reach, a day by which.

A metric is measured on the history, not reported: the reduction of communes is what the
structures of two days say. A target is met if the measured value reaches it on some day
not later than the day it is due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal, Protocol

from attrs import field, frozen

from orgmodel.errors import Ambiguous, Finding, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.measure import Number
from orgmodel.model.source import Source
from orgmodel.party.emulation.scores import exact
from orgmodel.period import DayLike, as_day
from orgmodel.structure.selection import COMPARISONS

Comparison = Literal[">=", "<=", ">", "<", "=="]


class Metric(Protocol):
    """What is measured of a unit on a day."""

    def __call__(self, history: History, unit: str, day: dt.date, /) -> Fraction | None:
        """The value; None if it cannot be told on that day (the unit does not live, a figure is not known)."""
        ...


@frozen
class Reduction:
    """The share by which the units of a kind below a unit became fewer since a day.

    Counted before are those below the units that the unit came from, so that a merged
    province is compared with all its predecessors.

    Attributes:
        kind: the kind.
        since: the day to compare with.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> value = Reduction("commune", "2025-06-30")(reform_2025(), "vn", as_day("2025-07-01"))
    >>> value, f"{float(value):.2%}"
    (Fraction(746, 1115), '66.91%')
    """

    kind: str
    since: dt.date = field(converter=as_day)

    def counts(self, history: History, unit: str, day: dt.date) -> tuple[int, int] | None:
        """How many there were and how many there are; None if the unit or its predecessors do not live then.

        Before the day to compare with there is nothing to compare: None as well.

        Raises:
            Ambiguous: a predecessor went into other units as well, so that what was below it
                cannot be told apart.
        """
        if day < self.since:
            return None
        after = history.at(day)
        if unit not in after:
            return None
        lineage = history.lineage
        before = history.at(self.since)
        olds = lineage.predecessors(unit, on=self.since)
        if not olds:
            return None
        divided = [old for old in olds if set(lineage.successors(old, on=day)) - {unit}]
        if divided:
            raise Ambiguous(
                f"the reduction of {self.kind} in {unit!r}",
                [
                    Finding("divided", f"{old!r} went into other units as well as into {unit!r}", (old, unit), day)
                    for old in divided
                ],
            )
        if not after.may_have(self.kind):
            return 0, 0
        return before.count(kind=self.kind, under=olds), after.count(kind=self.kind, under=unit)

    def __call__(self, history: History, unit: str, day: dt.date, /) -> Fraction | None:
        """The share, 0 to 1; negative if there are more; None if there were none before."""
        found = self.counts(history, unit, day)
        if found is None or not found[0]:
            return None
        return Fraction(found[0] - found[1], found[0])


@frozen
class Count:
    """How many units of a kind are below a unit.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> Count("province")(reform_2025(), "vn", as_day("2025-07-01"))
    Fraction(34, 1)
    """

    kind: str

    def __call__(self, history: History, unit: str, day: dt.date, /) -> Fraction | None:
        """The number; None if the unit does not live."""
        structure = history.at(day)
        return Fraction(structure.count(kind=self.kind, under=unit)) if unit in structure else None


@frozen
class Figure:
    """A measure of a unit: the figure stated for its subtree, else the total of the units' own figures.

    Attributes:
        measure: id of the measure.
    """

    measure: str

    def __call__(self, history: History, unit: str, day: dt.date, /) -> Fraction | None:
        """The figure if it is known exactly, else None."""
        structure = history.at(day)
        if unit not in structure:
            return None
        stated = structure.measure(unit, self.measure, tracks.SUBTREE)
        found = stated if stated.is_known else structure.total(self.measure, under=unit)
        return exact(found.value) if found.is_exact and found.value is not None else None


def _exact(value: Number | str) -> Fraction:
    return exact(value)


@frozen
class Target:
    """What the head of an organisation has to reach.

    Attributes:
        unit: id of the organisation.
        metric: what is measured.
        value: what it must reach.
        due: the last day for it.
        comparison: how the measured value must compare with ``value``.
        name: for people.
        source: where it was set.

    >>> Target("vn", Reduction("commune", "2025-06-30"), 0.6, "2030-12-31").value
    Fraction(3, 5)
    """

    unit: str
    metric: Metric
    value: Fraction = field(converter=_exact)
    due: dt.date = field(converter=as_day)
    comparison: Comparison = ">="
    name: str = ""
    source: Source = Source.unknown

    def __attrs_post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            raise Ambiguous(
                "a target", [Finding("comparison", f"{self.comparison!r} is none of {' '.join(COMPARISONS)}")]
            )

    def reached_by(self, value: Fraction | None) -> bool | None:
        """Whether a measured value reaches it; None if the value is not known."""
        return None if value is None else COMPARISONS[self.comparison](value, self.value)


State = Literal["met", "open", "missed", "unknown"]


@frozen
class Outcome:
    """How a target stands on a day.

    Attributes:
        target: the target.
        on: the day.
        value: what is measured on the day; None if not known.
        met_on: the first day, not later than due, on which it was reached; None if it was not.
        state: ``met``: reached in time. ``open``: not reached yet and not due. ``missed``: due and
            never reached in time. ``unknown``: never measured up to the day.
    """

    target: Target
    on: dt.date
    value: Fraction | None
    met_on: dt.date | None
    state: State

    @property
    def margin(self) -> Fraction | None:
        """The measured value less the one to reach; None if not known."""
        return None if self.value is None else self.value - self.target.value


def measure_target(history: History, target: Target, on: DayLike) -> Outcome:
    """How a target stands on a day, measured on the history up to that day.

    Looked at are the days on which acts count: between two of them nothing changes. A
    target that was reached once in time stays met, whatever came after.

    Raises:
        Ambiguous: what the metric raises.
    """
    day = as_day(on)
    limit = min(day, target.due)
    days = sorted({*(one for one in history.days() if one <= limit), limit})
    met_on: dt.date | None = None
    measured = False
    for one in days:
        reached = target.reached_by(_measured(history, target, one))
        measured = measured or reached is not None
        if reached:
            met_on = one
            break
    value = _measured(history, target, day)
    state: State
    if met_on is not None:
        state = "met"
    elif not measured:
        state = "unknown"
    else:
        state = "open" if day <= target.due else "missed"
    return Outcome(target, day, value, met_on, state)


def _measured(history: History, target: Target, day: dt.date) -> Fraction | None:
    try:
        return target.metric(history, target.unit, day)
    except UnitError:
        # A metric may ask about a unit before its first day: nothing is to be measured then.
        return None


@frozen
class ReductionRow:
    """The reduction of a kind in one unit.

    Attributes:
        unit: its id.
        before: how many there were, in all its predecessors.
        after: how many there are.
    """

    unit: str
    before: int
    after: int

    @property
    def share(self) -> Fraction:
        """The share by which they became fewer."""
        return Fraction(self.before - self.after, self.before)


def reductions(
    history: History, kind: str, before: DayLike, after: DayLike, among: str | Iterable[str]
) -> tuple[ReductionRow, ...]:
    """The reduction of a kind in each of some units, the largest first, equal ones in order of the units.

    Args:
        history: where it is measured.
        kind: what became fewer.
        before: the day to compare with.
        after: the day.
        among: ids of units of the second day, or a kind; units that had none before are left out.

    Raises:
        Ambiguous: a predecessor went into several units.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> found = reductions(reform_2025(), "commune", "2025-06-30", "2025-07-01", "province")
    >>> len(found), found[0].unit, f"{float(found[0].share):.2%}", f"{float(found[-1].share):.2%}"
    (34, 'vn-p-01', '76.05%', '60.84%')
    """
    metric = Reduction(kind, before)
    day = as_day(after)
    units = history.at(day).select(among) if isinstance(among, str) else tuple(among)
    rows: list[ReductionRow] = []
    for unit in units:
        found = metric.counts(history, unit, day)
        if found is not None and found[0]:
            rows.append(ReductionRow(unit, *found))
    return tuple(sorted(rows, key=lambda row: -row.share))


STATES: Final[tuple[State, ...]] = ("met", "open", "missed", "unknown")
"""How a target may stand."""
