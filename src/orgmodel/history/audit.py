"""The audit of a period: each finding with the day and the act with which it arose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from orgmodel.acts.changes import changes_of
from orgmodel.errors import Finding, Refused
from orgmodel.history.past import Past
from orgmodel.period import ONE_DAY, DayLike, as_day
from orgmodel.rules.changes import Changes
from orgmodel.rules.rulebook import Audit, Rulebook
from orgmodel.rules.view import Holidays
from orgmodel.structure.structure import Structure

__all__ = [
    "audit_history",
]


def audit_history(
    history: Past, rulebook: Rulebook, a: DayLike, b: DayLike, *, holidays: Holidays | None = None
) -> Audit:
    """The findings that arose in (a, b]: by the acts of those days, and by rules that came into force.

    Rules about acts see each act once. Rules about structures are asked at the end of
    each day on which an act is effective or a rule changes, and what they found on the
    day before is left out. The counts of rules about structures are those of the last
    such day, those of rules about acts add up. Where nothing happened nothing arose, and the counts are those of
    the last day.

    Args:
        history: what is judged.
        rulebook: the rules.
        a: the day before the first day that is judged.
        b: the last day that is judged.
        holidays: says which days are public holidays.

    Raises:
        NotOnRecord: the period ends before the first day of the history.
        Refused: it ends before it begins.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.rules.rule import Satisfied, rule
    >>> @rule("small", citation="house rule 4")
    ... def small(view):
    ...     yield Satisfied(len(view.units()))
    >>> history = history_of([{"id": "p"}], day="2025-01-01")
    >>> print(audit_history(history, Rulebook([small]), "2024-12-31", "2025-07-01"))
    2025-01-01: 1 rules, 1 satisfied, 0 violated, 0 undecided
    """
    before, last = as_day(a), as_day(b)
    if last < before:
        message = f"{last} is before {before}; findings arise forward in time, so give the earlier day first"
        raise Refused("an audit of a period", [Finding("days", message)])
    history.check_on_record(last)
    return rulebook.audit_acts(_days(history, rulebook, before, last), holidays=holidays)


def _days(
    history: Past, rulebook: Rulebook, a: dt.date, b: dt.date
) -> Iterator[tuple[Structure, Sequence[Changes], Structure]]:
    acts: dict[dt.date, list[Changes]] = {}
    for act in history.acts:
        if a < act.effective <= b:
            acts.setdefault(act.effective, []).append(changes_of(act))
    days = sorted({*acts, *rulebook.boundaries(a, b)})
    if not days:
        yield history.at(b), (), history.at(b)
    for day in days:
        yield history.at(day - ONE_DAY), acts.get(day, ()), history.at(day)
