"""Moves of cadres counted by period, kind and level, and the six stages of cadre work (sáu khâu).

A person is an opaque id and nothing else. Appointments, nominations, transfers and rotations
are :class:`Move` values; who holds which post is in :mod:`orgmodel.party.offices`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.source import Source
from orgmodel.period import DayLike, Period, as_day

APPOINTMENT: Final = "appointment"
NOMINATION: Final = "nomination"
TRANSFER: Final = "transfer"
ROTATION: Final = "rotation"
DISMISSAL: Final = "dismissal"

MOVE_KINDS: Final[Mapping[str, str]] = {
    APPOINTMENT: "bổ nhiệm",
    NOMINATION: "giới thiệu ứng cử",
    TRANSFER: "điều động",
    ROTATION: "luân chuyển",
    DISMISSAL: "miễn nhiệm",
}
"""Kinds of moves with their Vietnamese terms."""

TRANSFERS_AND_ROTATIONS: Final[Mapping[str, str]] = {
    TRANSFER: "transfers and rotations",
    ROTATION: "transfers and rotations",
}
"""A grouping as reports print it: điều động, luân chuyển in one figure."""


@frozen
class Move:
    """One move of one person.

    Attributes:
        person: an opaque id.
        kind: one of :data:`MOVE_KINDS`, or a word of the caller's register.
        day: the day it takes effect.
        level: the level that decided (``"province"``).
        unit: id of the unit it leads to, ``""`` if not recorded.
        from_unit: id of the unit it leads from.
        managed_by: the level whose cadres the person belongs to.
        source: where it comes from.

    >>> Move("p1", APPOINTMENT, "2024-03-01", "province").day
    datetime.date(2024, 3, 1)
    """

    person: str
    kind: str
    day: dt.date = field(converter=as_day)
    level: str
    unit: str = ""
    from_unit: str = ""
    managed_by: str = ""
    source: Source = Source.unknown


By = Literal["kind", "level", "managed_by", "unit", "from_unit", "year", "month", "half-year"]

_KEYS: Final[Mapping[str, Callable[[Move], Any]]] = {
    "kind": lambda move: move.kind,
    "level": lambda move: move.level,
    "managed_by": lambda move: move.managed_by,
    "unit": lambda move: move.unit,
    "from_unit": lambda move: move.from_unit,
    "year": lambda move: f"{move.day.year}",
    "half-year": lambda move: f"{move.day.year}-H{1 if move.day.month <= 6 else 2}",
    "month": lambda move: f"{move.day:%Y-%m}",
}


def count_moves(
    moves: Iterable[Move],
    period: Period | None = None,
    *,
    by: Iterable[By] = ("kind",),
    groups: Mapping[str, str] | None = None,
    level: str | None = None,
    units: Iterable[str] | None = None,
) -> dict[tuple[str, ...], int]:
    """How many moves there were, by what is asked for, keys sorted.

    Args:
        moves: the register.
        period: only moves on its days; all if None.
        by: what to count by, in this order.
        groups: kind -> what it is counted as.
        level: only moves that this level decided.
        units: only moves that lead to one of these units.

    Raises:
        Refused: a move is recorded twice (person, kind, day and unit are the same), or
            there is nothing like that to count by.

    >>> register = [Move("a", TRANSFER, "2024-01-05", "province"), Move("b", ROTATION, "2024-07-01", "province")]
    >>> count_moves(register, Period("2024-01-01", "2024-07-01"))
    {('transfer',): 1}
    >>> count_moves(register, groups=TRANSFERS_AND_ROTATIONS)
    {('transfers and rotations',): 2}
    """
    keys = tuple(by)
    faults = [
        Finding("by", f"moves are not counted by {key!r} (but by {', '.join(_KEYS)})")
        for key in keys
        if key not in _KEYS
    ]
    listed = tuple(moves)
    seen: dict[tuple[str, str, dt.date, str], int] = {}
    for row, move in enumerate(listed, 1):
        what = move.person, move.kind, move.day, move.unit
        if what in seen:
            faults.append(Finding("move-once", f"the same move as in row {seen[what]}", day=move.day, row=row))
        seen.setdefault(what, row)
    if faults:
        raise Refused("a count of moves", faults)
    wanted = None if units is None else set(units)
    found: Counter[tuple[str, ...]] = Counter()
    for move in listed:
        if period is not None and move.day not in period:
            continue
        if (level is not None and move.level != level) or (wanted is not None and move.unit not in wanted):
            continue
        if groups:
            move = evolve(move, kind=groups.get(move.kind, move.kind))
        found[tuple(_KEYS[key](move) for key in keys)] += 1
    return dict(sorted(found.items()))


# ---- six stages


@frozen
class Entered:
    """A stage that a person's case entered.

    Attributes:
        stage: its name.
        day: from when on.
        source: where it comes from.
    """

    stage: str
    day: dt.date = field(converter=as_day)
    source: Source = Source.unknown


@frozen
class Progress:
    """How far one case has come. Made by :meth:`Stages.begin`, moved on by :meth:`Stages.enter`.

    Attributes:
        person: an opaque id.
        entered: the stages entered so far, in order.
    """

    person: str
    entered: tuple[Entered, ...] = ()

    def on(self, day: DayLike) -> str | None:
        """The stage on a day; None before the first."""
        at = as_day(day)
        return next((one.stage for one in reversed(self.entered) if one.day <= at), None)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@frozen
class Stages:
    """The stages of cadre work as an ordered state machine: one after the other, none left out, none twice.

    The field speaks of six stages (sáu khâu) and does not name them in the sources, so
    their names are the caller's.

    Attributes:
        names: six distinct names, in order.

    >>> stages = Stages(["planning", "training", "rotation", "assessment", "appointment", "policy"])
    >>> case = stages.enter(stages.begin("p1", "2024-01-01"), "training", "2024-06-01")
    >>> case.on("2024-05-31"), case.on("2024-06-01")
    ('planning', 'training')
    >>> stages.enter(case, "appointment", "2024-07-01")
    Traceback (most recent call last):
        ...
    orgmodel.errors.Refused: stage 'appointment' of 'p1': 1 fault
      - 2024-07-01: after 'training' comes 'rotation', not 'appointment' [stage-order]
    """

    names: tuple[str, ...] = field(converter=_texts)

    def __attrs_post_init__(self) -> None:
        faults: list[Finding] = []
        if len(self.names) != 6:
            faults.append(Finding("six-stages", f"there are {len(self.names)} names; cadre work has six stages"))
        faults += [
            Finding("six-stages", f"{name!r} is there {self.names.count(name)} times")
            for name in dict.fromkeys(self.names)
            if self.names.count(name) > 1
        ]
        if not all(self.names):
            faults.append(Finding("six-stages", "a stage has no name"))
        if faults:
            raise Refused("the stages of cadre work", faults)

    def begin(self, person: str, day: DayLike, source: Source = Source.unknown) -> Progress:
        """A case in its first stage."""
        return Progress(person, (Entered(self.names[0], day, source),))

    def next(self, progress: Progress) -> str | None:
        """The stage that comes next; None after the last.

        Raises:
            Refused: what was entered so far is not in order.
        """
        done = tuple(one.stage for one in progress.entered)
        if done != self.names[: len(done)]:
            raise Refused(
                f"the case of {progress.person!r}",
                [Finding("stage-order", f"it entered {', '.join(done)}; the order is {', '.join(self.names)}")],
            )
        return self.names[len(done)] if len(done) < len(self.names) else None

    def enter(self, progress: Progress, stage: str, day: DayLike, source: Source = Source.unknown) -> Progress:
        """The case one stage further.

        Raises:
            Refused: with every fault: no such stage, not the next one, a day before the
                stage that was entered last.
        """
        at = as_day(day)
        faults: list[Finding] = []
        coming = self.next(progress)
        last = progress.entered[-1] if progress.entered else None
        if stage not in self.names:
            faults.append(Finding("stage", f"there is no stage {stage!r} (there are {', '.join(self.names)})", day=at))
        elif coming is None:
            faults.append(Finding("stage-order", f"{self.names[-1]!r} was the last stage", day=at))
        elif stage != coming:
            said = f"after {last.stage!r} comes {coming!r}" if last else f"the first stage is {coming!r}"
            faults.append(Finding("stage-order", f"{said}, not {stage!r}", day=at))
        if last is not None and at < last.day:
            faults.append(Finding("stage-day", f"{at} is before {last.day}, when {last.stage!r} began", day=at))
        if faults:
            raise Refused(f"stage {stage!r} of {progress.person!r}", faults)
        return Progress(progress.person, (*progress.entered, Entered(stage, at, source)))
