"""The year's cycle of emulation: plan, mid-year review (sơ kết), summary (tổng kết), national conference.

The order is a list of stages; what belongs to an earlier stage comes before what belongs
to a later one. A day may be missing, or known only as a span: the order is then judged by
whether it can still be kept. A breach is reported as a warning: it happened, and is no
fault of the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.source import Source
from orgmodel.period import DayLike, Period, as_day

STAGES: Final = ("conclusion", "plan", "mid-year review", "summary", "national conference")
"""The stages of a year in order: the conclusion of the level above (kết luận), the plan (kế
hoạch), the mid-year review (sơ kết), the summaries of the parts (tổng kết), the national
conference (hội nghị toàn quốc)."""


def _span(day: DayLike | Period | None) -> Period:
    if day is None:
        return Period()
    return day if isinstance(day, Period) else Period.inclusive(as_day(day), as_day(day))


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@frozen
class Milestone:
    """One step of a year's cycle.

    Attributes:
        stage: one of the stages.
        year: the year it belongs to.
        scope: whose it is: id of a unit or cluster, or a word.
        days: when it was: a day, a span of which some day is meant, or None, not known.
        documents: numbers of the documents it made.
        source: where it comes from.

    >>> Milestone("plan", 2024, "cluster-1", "2024-01-30", ["01-KH/CTĐ"]).first
    datetime.date(2024, 1, 30)
    """

    stage: str
    year: int
    scope: str
    days: Period = field(default=None, converter=_span)
    documents: tuple[str, ...] = field(default=(), converter=_texts)
    source: Source = Source.unknown

    @property
    def first(self) -> dt.date | None:
        """The earliest day it can have been; None if there is no bound."""
        return self.days.start

    @property
    def last(self) -> dt.date | None:
        """The latest day it can have been; None if there is no bound."""
        return self.days.last

    def __str__(self) -> str:
        when = str(self.first) if self.first == self.last and self.first is not None else str(self.days)
        return f"{self.stage} of {self.scope}, {when if (self.first or self.last) else 'undated'}"


def in_order(milestones: Iterable[Milestone], stages: Sequence[str] = STAGES) -> tuple[Milestone, ...]:
    """The milestones in the order of their years and stages, then of their days, the undated last in their stage.

    Raises:
        Refused: with every stage that is not known.
    """
    listed = tuple(milestones)
    faults = [
        Finding("stage", f"no stage {one.stage!r} (there are {', '.join(stages)})", row=row)
        for row, one in enumerate(listed, 1)
        if one.stage not in stages
    ]
    if faults:
        raise Refused("a year's cycle", faults)
    return tuple(
        sorted(
            listed,
            key=lambda m: (m.year, stages.index(m.stage), m.first is None, m.first or dt.date.min, m.scope),
        )
    )


def cycle_findings(milestones: Iterable[Milestone], stages: Sequence[str] = STAGES) -> tuple[Finding, ...]:
    """Where the order of a year cannot have been kept.

    Two milestones of one year break the order if the one of the earlier stage was on a
    later day than the other, whatever their unknown days were. The same day is in order.

    Raises:
        Refused: with every stage that is not known.

    >>> late = Milestone("summary", 2025, "Huế", "2025-12-09")
    >>> national = Milestone("national conference", 2025, "centre", "2025-12-08")
    >>> print(cycle_findings([late, national])[0])
    2025-12-09: summary of Huế, 2025-12-09, came 1 day after national conference of centre, 2025-12-08 [yearly-cycle]
    """
    ordered = in_order(milestones, stages)
    found: list[Finding] = []
    for i, early in enumerate(ordered):
        for late in ordered[i + 1 :]:
            if late.year != early.year or late.stage == early.stage or early.first is None or late.last is None:
                continue
            if early.first > late.last:
                gap = (early.first - late.last).days
                found.append(
                    Finding(
                        "yearly-cycle",
                        f"{early}, came {gap} day{'' if gap == 1 else 's'} after {late}",
                        day=early.first,
                        severity="warning",
                    )
                )
    return tuple(found)


def undated(milestones: Iterable[Milestone]) -> tuple[Milestone, ...]:
    """The milestones of which no day is known at all."""
    return tuple(m for m in milestones if m.first is None and m.last is None)
