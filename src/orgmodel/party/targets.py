"""Targets of organisations for a period (giao chỉ tiêu): whether they are met, and the metrics that are measured.

A target is a matter of the kind ``target``. Its metric is a name with arguments and is measured on the history: the
reduction of communes compares the structures of two days, a flow counts what happened within the period. A target is
met if the measured value reaches it on some day of its period; figures of earlier periods do not count.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final, Literal

from attrs import frozen

from orgmodel.errors import Ambiguous, Finding, Refused, UnitError
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.door import kind_of, refuse, strict
from orgmodel.model.measure import Quantity
from orgmodel.model.plain import plain_fraction
from orgmodel.party.members import flow_of
from orgmodel.party.questions import count, on_day
from orgmodel.period import ONE_DAY, DayLike, Period, as_day
from orgmodel.structure.matters import Dossier, dossier
from orgmodel.structure.selection import COMPARISONS

__all__ = [
    "METRICS",
    "Metric",
    "TargetStanding",
    "active",
    "outcome",
    "reductions",
]

Metric = Callable[..., Fraction | None]
"""(history, unit, days of the period so far, arguments ...) -> the value; None if it is not known."""


def exact(number: Any) -> Fraction:
    """A number as people write it, as a fraction: of a float the digits that Python shows count.

    Raises:
        Refused: it is no number.

    >>> exact(89.9), exact("0.5")
    (Fraction(899, 10), Fraction(1, 2))
    """
    try:
        return plain_fraction(number)
    except ValueError:
        return refuse("a number", f"write 5, 0.5 or 1/2, not {kind_of(number)}")


def _known(quantity: Quantity) -> Fraction | None:
    return exact(quantity.value) if quantity.is_exact and quantity.value is not None else None


def _day(so_far: Period) -> dt.date:
    assert so_far.end is not None
    return so_far.end - ONE_DAY


# ---- metrics


@strict
def counts(history: History, unit: str, so_far: Period, kind: str, since: DayLike) -> tuple[int, int] | None:
    """The number of units of a kind below the predecessors of a unit, and below the unit itself.

    None where the unit or its predecessors do not live on the days, or the day is before the one to compare with.

    Raises:
        Ambiguous: a predecessor went into other units as well.
    """
    first, day = as_day(since), _day(so_far)
    after = history.at(day)
    if day < first or unit not in after:
        return None
    lineage = history.lineage
    olds = lineage.predecessors(unit, on=first)
    # What was below a predecessor that went into several units would be counted for each of them.
    divided = [
        Finding("divided", f"{old!r} went into other units as well as into {unit!r}", (old, unit), day)
        for old in olds
        if set(lineage.successors(old, on=day)) - {unit}
    ]
    if divided:
        raise Ambiguous(f"the reduction of {kind} in {unit!r}", divided)
    if not olds or not after.may_have(kind):
        return (0, 0) if olds else None
    return history.at(first).count(kind=kind, under=olds), after.count(kind=kind, under=unit)


def _reduction(history: History, unit: str, so_far: Period, kind: str, since: DayLike) -> Fraction | None:
    before, after = counts(history, unit, so_far, kind, since) or (0, 0)
    return Fraction(before - after, before) if before else None


def _count(history: History, unit: str, so_far: Period, kind: str) -> Fraction | None:
    structure = history.at(_day(so_far))
    return Fraction(structure.count(kind=kind, under=unit) if structure.may_have(kind) else 0)


def _figure(history: History, unit: str, so_far: Period, measure: str) -> Fraction | None:
    structure = history.at(_day(so_far))
    # A published total of the unit goes before the sum of what its units state.
    stated = structure.measure(unit, measure, tracks.SUBTREE)
    return _known(stated if stated.is_known else structure.total(measure, under=unit))


def _flow(history: History, unit: str, so_far: Period, figure: str, group: str = "") -> Fraction | None:
    number = flow_of(history.at(_day(so_far)), unit, figure, so_far, group=group).value
    # A lower bound reaches a target that asks for no more.
    is_enough = number.qualifier in ("exact", "at least", "more than")
    return exact(number.value) if number.value is not None and is_enough else None


def _matters(history: History, unit: str, so_far: Period, kind: str, step: str | None = None) -> Fraction | None:
    return exact(count(history.at(_day(so_far)), unit, kind, period=so_far, step=step).value)


METRICS: Final[dict[str, Metric]] = {
    "reduction": _reduction,
    "count": _count,
    "figure": _figure,
    "flow": _flow,
    "matters": _matters,
}
"""Name -> what is measured: the share by which the units of a kind became fewer since a day; how many there are; a
measure; a flow within the period; matters of a kind within the period. Users add theirs."""


def metric_fault(metric: Any) -> str | None:
    """Why a metric with its arguments cannot be measured: an unknown one, too few or too many; None if it can be.

    >>> metric_fault(["figure", "members"]), metric_fault(["reduction", "commune"])
    (None, "reduction: missing a required argument: 'since'")
    """
    # From a file it is a list, from Python a tuple; a bare word is a metric without arguments.
    name, *arguments = metric if isinstance(metric, (list, tuple)) and metric else (metric,)
    if not isinstance(name, str) or name not in METRICS:
        return (
            f'{name!r} is no metric; give one of {", ".join(METRICS)} with its arguments, such as ("figure", "members")'
        )
    try:
        inspect.signature(METRICS[name]).bind(None, None, None, *arguments)
    except TypeError as error:
        return f"{name}: {error}"
    return None


def comparison_fault(comparison: Any) -> str | None:
    """Why a comparison is none; None if it is one.

    >>> comparison_fault(">="), comparison_fault("=>")
    (None, "'=>' is none of < <= > >= == !=")
    """
    return None if comparison in COMPARISONS else f"{comparison!r} is none of {' '.join(COMPARISONS)}"


def unmeasurable(target: Dossier) -> str | None:
    """Why a target cannot be measured as it is on record; None if it can be.

    The verb for targets checks what it writes; verbs for matters of any kind, tables and files know the fields alone.
    """
    values = target.said
    if (fault := comparison_fault(values.get("comparison") or ">=") or metric_fault(values["metric"])) is not None:
        return fault
    try:
        exact(Quantity.of(values["value"]).value)
    except Refused:
        return f"its value {values['value']!r} is no number"
    return None


# ---- questions

State = Literal["met", "open", "missed", "unknown", "withdrawn"]


@frozen
class TargetStanding:
    """How a target stands on a day.

    Attributes:
        target: id of the target.
        on: the day.
        value: what is measured on the day, or on the last of its period; None if that is not known.
        wanted: what it must reach.
        met_on: the first day of the period on which it was reached; None if it was not.
        state: ``met``: reached in time. ``open``: not reached yet and not due. ``missed``: due and never reached.
            ``unknown``: never measured. ``withdrawn``.

    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-02-01") as act:
    ...     target = act.set_target("vn", ("count", "province"), 1, comparison="<=", period=2025)
    >>> standing = outcome(history.enact(act), target, on="2026-01-01")
    >>> standing.value, standing.wanted, standing.margin, standing.state
    (Fraction(2, 1), Fraction(1, 1), Fraction(1, 1), 'missed')
    """

    target: str
    on: dt.date
    value: Fraction | None
    wanted: Fraction
    met_on: dt.date | None
    state: State

    @property
    def margin(self) -> Fraction | None:
        """The measured value less the one to reach; None if not known."""
        return None if self.value is None else self.value - self.wanted


def period_of(target: Dossier) -> Period:
    """The period that a target is for."""
    start, _, end = str(target.said["period"]).partition("/")
    return Period(start, end)


@strict
def outcome(history: History, target: str, *, on: DayLike | None = None) -> TargetStanding:
    """How a target stands on a day, measured on the history within its period up to that day.

    It is measured on the days of acts, on the first day of the period and on the last: in between nothing changes.
    A target that was reached once in time stays met, whatever came after.

    Args:
        history: the history.
        target: id of the target.
        on: the day; None: the last day of the history.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: there is no such target on the day.
        Refused: it is no target, or one that cannot be measured.
        Ambiguous: what the metric raises.

    >>> from orgmodel.party import example
    >>> history = example("a", "b")
    >>> with history.draft("2025-02-01") as act:
    ...     target = act.set_target("vn", ("count", "province"), 1, comparison="<=", period=2025)
    >>> history = history.enact(act)
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.take_over("a", ["b"])
    >>> history = history.enact(act)
    >>> outcome(history, target, on="2025-06-30").state, str(outcome(history, target, on="2025-12-31").met_on)
    ('open', '2025-07-01')
    """
    structure = on_day(history, on)
    matter, day = dossier(structure, target), structure.day
    owner = matter.one("owner")
    if matter.matter.kind != "target":
        raise Refused("a target", [Finding("target", f"{target!r} is a {matter.kind.label}, no target", day=day)])
    if not isinstance(owner, str):
        message = f"{target!r} has no owner on {day}: a target lapses when its owner ends; ask on an earlier day"
        raise Refused("a target", [Finding("target", message, day=day)])
    if (fault := unmeasurable(matter)) is not None:
        raise Refused("a target", [Finding("target", f"{target!r} cannot be measured: {fault}", owner, day)])
    period, wanted = period_of(matter), exact(Quantity.of(matter.said["value"]).value)
    assert period.start is not None
    reached = COMPARISONS[str(matter.said.get("comparison") or ">=")]
    last = min(day, _day(period))

    def measured(on: dt.date) -> Fraction | None:
        return _measured(history, matter, owner, Period(period.start, on + ONE_DAY))

    met_on, is_known = None, False
    for tried in _days_to_measure(history, period.start, last):
        value = measured(tried)
        is_known |= value is not None
        if value is not None and reached(value, wanted):
            # It is measured no further than the day on which it is reached: later acts cannot undo that.
            met_on = tried
            break
    value = measured(last) if last >= period.start else None
    state = _state(matter, day, met_on, is_known=is_known)
    return TargetStanding(target, day, value, wanted, met_on, state)


def _measured(history: History, target: Dossier, owner: str, so_far: Period) -> Fraction | None:
    """The value of a target's metric in its period so far; None if it is not known."""
    metric, *arguments = target.said["metric"]
    try:
        return METRICS[metric](history, owner, so_far, *arguments)
    except UnitError:
        # A metric may ask about a unit before its first day: nothing is to be measured then.
        return None


def _state(target: Dossier, day: dt.date, met_on: dt.date | None, *, is_known: bool) -> State:
    if target.has("withdrawn"):
        return "withdrawn"
    if met_on is not None:
        return "met"
    # On its last day it can still be met, whatever is known of it.
    if day <= _day(period_of(target)):
        return "open"
    return "missed" if is_known else "unknown"


def _days_to_measure(history: History, first: dt.date, last: dt.date) -> list[dt.date]:
    """The first day and the last, and the days of acts between them; none before the record begins."""
    begun = history.first_day
    days = {first, last, *(day for day in history.days() if first <= day <= last)}
    return sorted(day for day in days if day <= last and (begun is None or day >= begun))


@frozen
class ReductionRow:
    """The reduction of a kind in one unit.

    Attributes:
        unit: its id.
        before: their number in all its predecessors.
        after: their number in the unit.
    """

    unit: str
    before: int
    after: int

    @property
    def share(self) -> Fraction:
        """The share by which they became fewer."""
        return Fraction(self.before - self.after, self.before)


@strict
def reductions(
    history: History, kind: str, *, since: DayLike, among: str | Iterable[str], on: DayLike | None = None
) -> tuple[ReductionRow, ...]:
    """The reduction of a kind in each of some units, the largest first; units that had none before are left out.

    Args:
        history: where it is measured.
        kind: what became fewer.
        since: the day to compare with.
        among: ids of units of the day, or a kind.
        on: the day; the last of the history if None.

    Raises:
        Ambiguous: a predecessor went into several units.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> rows = reductions(reform_2025(), "commune", since="2025-06-30", among="province", on="2025-07-01")
    >>> len(rows), rows[0].unit, f"{float(rows[0].share):.2%}", f"{float(rows[-1].share):.2%}"
    (34, 'vn-p-01', '76.05%', '60.84%')
    """
    structure = on_day(history, on)
    so_far = Period(since, structure.day + ONE_DAY)
    units = structure.select(among) if isinstance(among, str) else tuple(among)
    both = {unit: counts(history, unit, so_far, kind, since) or (0, 0) for unit in units}
    rows = [ReductionRow(unit, before, after) for unit, (before, after) in both.items() if before]
    return tuple(sorted(rows, key=lambda row: -row.share))


@strict
def active(history: History, unit: str | None = None, *, on: DayLike | None = None) -> tuple[Dossier, ...]:
    """The steering committees at work on a day, of one organisation or of all.

    One works until it is ended, its last day is over, or the target that ends it is met: then from the next day on it
    does not.

    Args:
        history: the history.
        unit: id of the organisation; None: of all.
        on: the day; None: the last day of the history.

    Raises:
        UnknownUnit, UnitEnded, UnitNotYet: the unit does not live on the day.

    >>> from orgmodel.party import example
    >>> history = example()
    >>> with history.draft("2025-02-01") as act:
    ...     _ = act.set_up("vn", "the review of eight years", latest="2025-12-31")
    >>> history = history.enact(act)
    >>> len(active(history, "vn", on="2025-12-31")), len(active(history, "vn", on="2026-01-01"))
    (1, 0)
    """
    structure = on_day(history, on)
    if unit is not None:
        structure.unit(unit)  # an id that was misspelt is no unit without committees
    chosen = structure.matters() if unit is None else [structure.matter(id_) for id_ in structure.matters_of(unit)]
    committees = [dossier(structure, matter.id) for matter in chosen if matter.kind == "steering"]
    return tuple(
        committee for committee in committees if committee.is_open and not is_over(history, committee, structure.day)
    )


def is_over(history: History, committee: Dossier, day: dt.date) -> bool:
    """Whether a steering committee is past its last day, or what ends it is met."""
    latest, target = committee.said.get("latest"), committee.said.get("ends_when")
    if latest is not None and as_day(latest) < day:
        return True
    if target not in {matter.id for matter in history.at(day).matters("target")}:
        return False  # The condition is in words, for people to judge.
    if unmeasurable(dossier(history.at(day), target)) is not None:
        return False
    met_on = outcome(history, target, on=day).met_on
    return met_on is not None and met_on < day
