"""Decisions by the values of a rule, shared by the rule's check and the questions of :mod:`orgmodel.party.law`.

No unit and no structure is needed: which grade, which deadline, how many seats, which number. What is known of a
figure is a pair of bounds, so that a figure known in part decides as far as it can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from orgmodel.errors import Finding, Refused
from orgmodel.party.deadlines import Proceeding, add_working_days

__all__ = [
    "GRADES", "UNKNOWN", "Bounds", "due", "grades", "in_time", "next_number", "seats_by_head",
]  # fmt: skip

GRADES: Final = ("not completed", "completed", "good", "excellent")
"""The grades of a rating, from the lowest."""

_, COMPLETED, GOOD, EXCELLENT = GRADES

Bounds = tuple[float, float]
"""What is known of a figure: at least, at most; infinite where nothing is."""

UNKNOWN: Final[Bounds] = (-np.inf, np.inf)


def _reaches(bounds: Bounds, least: float) -> bool | None:
    """Whether a figure reaches a limit; None if its bounds leave that open."""
    low, high = bounds
    return True if low >= least else False if high < least else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def grades(
    values: Mapping[str, Any],
    points: Bounds,
    *,
    tasks_done: Bounds = UNKNOWN,
    tasks_above_target: Bounds = UNKNOWN,
    tasks_late: Bounds = UNKNOWN,
    disciplined: bool | None = None,
) -> tuple[frozenset[str], tuple[str, ...]]:
    """The grades that fit what is known, and what is missing where several fit (rule G08).

    Args:
        values: of the rule: the least points of each grade, and the per cent of tasks.
        points: of 100.
        tasks_done: per cent of the tasks.
        tasks_above_target: per cent of the tasks.
        tasks_late: per cent of the tasks.
        disciplined: whether the collective has a disciplined member or unit.

    >>> law = dict(excellent=90, good=70, completed=50, tasks_done=100, above_target=30, late=20)
    >>> grades(law, (89.9, 89.9))
    (frozenset({'good'}), ())
    >>> sorted(grades(law, (95, 95), tasks_done=(100, 100), tasks_above_target=(40, 40))[0])
    ['excellent', 'good']
    >>> grades(law, (60, 60))[1]
    ('tasks_late',)
    """
    low, high = points
    limits = (-np.inf, values["completed"], values["good"], values["excellent"], np.inf)
    # Points that are known in part may fall into several bands.
    bands = [grade for grade, (least, end) in zip(GRADES, pairwise(limits), strict=True) if least <= high and low < end]
    # The limit itself is allowed: only a share above it is too late.
    too_late = _reaches(tasks_late, float(np.nextafter(values["late"], np.inf)))
    conditions: dict[str, dict[str, bool | None]] = {
        COMPLETED: {"tasks_late": _not(too_late)},
        EXCELLENT: {
            "tasks_done": _reaches(tasks_done, values["tasks_done"]),
            "tasks_above_target": _reaches(tasks_above_target, values["above_target"]),
            "disciplined": _not(disciplined),
        },
    }
    possible: set[str] = set()
    missing = ["rating_points"] if len(bands) > 1 else []
    for band in bands:
        is_met = conditions.get(band, {})
        open_conditions = [name for name, met in is_met.items() if met is None]
        # One condition that fails decides for the grade below, whatever is missing of the others.
        fails = False in is_met.values()
        if fails or open_conditions:
            possible.add(GRADES[GRADES.index(band) - 1])
        if not fails:
            possible.add(band)
            missing += open_conditions
    return frozenset(possible), tuple(missing) if len(possible) > 1 else ()


def due(values: Mapping[str, Any], start: dt.date, holidays: Container[dt.date] = ()) -> dt.date:
    """The last day in time of something decided on a day (rules F01, F02, F05).

    >>> due({"working_days": 60}, dt.date(2025, 7, 1))
    datetime.date(2025, 9, 23)
    """
    return add_working_days(start, int(values["working_days"]), holidays)


def in_time(
    values: Mapping[str, Any], case: Proceeding, day: dt.date, holidays: Container[dt.date] | None
) -> tuple[bool | None, dt.date]:
    """Whether a case was done in time, or still can be on a day, and the last day in time.

    None where public holidays decide and are not given. Without them the last day is no later than it really is, so
    what meets it is in time whatever the holidays.

    >>> in_time({"working_days": 60}, Proceeding.parse("2025-07-01/2025-09-24"), dt.date(2025, 12, 1), None)[0] is None
    True
    """
    end = case.done if case.done is not None and case.done <= day else day
    last = due(values, case.start, holidays or ())
    return (True if end <= last else None if holidays is None else False), last


def seats_by_head(values: Mapping[str, Any], merged_from: int, code: str | None, category: str | None) -> int:
    """The delegates that an organisation has as such, by how many it was made of (rule E10).

    >>> law = {"base": 13, "step": 11, "bonus_by_code": {"79": 10}}
    >>> [seats_by_head(law, n, "08", None) for n in (1, 2, 3)], seats_by_head(law, 3, "79", None)
    ([13, 24, 35], 45)
    """
    if merged_from < 1:
        raise Refused("seats by head", [Finding("merged-from", f"no organisation is made of {merged_from}; 1 or more")])
    bonus = values.get("bonus_by_code", {}).get(code, 0) + values.get("bonus_by_category", {}).get(category, 0)
    return int(values["base"] + values["step"] * (merged_from - 1) + bonus)


def next_number(merged: bool, previous: int | None) -> int | None:
    """The number of a congress: 1 after a merger, else one more; None if the one before is not on record (rule E12).

    >>> next_number(False, 16), next_number(True, 16), next_number(False, None)
    (17, 1, None)
    """
    return 1 if merged else None if previous is None else previous + 1
