"""The protocol of a history, as modules that answer questions about the past see it.

Modules that answer for one (lineage, differences, correspondences, ...) see this protocol: a history has them as its
methods, so they cannot know its class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from orgmodel.acts.act import Act
from orgmodel.engine.state import State
from orgmodel.history.log import ActRecord
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema
from orgmodel.period import DayLike
from orgmodel.structure.structure import Structure

__all__ = [
    "Past",
]


class Past(Protocol):
    """An organisation through time, to be asked: what a :class:`~orgmodel.history.history.History` is.

    Attributes:
        schema: kinds and placements.
        measures: the declared measures by id.
    """

    schema: Schema
    measures: Mapping[str, Measure]

    @property
    def _state(self) -> State: ...

    @property
    def _record(self) -> ActRecord: ...

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts that count, in effective order."""
        ...

    def act(self, act: str, /) -> Act:
        """The act with an id, as it reads now."""
        ...

    @property
    def first_day(self) -> dt.date | None:
        """The effective day of the first act."""
        ...

    def at(self, day: DayLike | None = None, /, *, after: tuple[str, int] | None = None) -> Structure:
        """The structure on a day, or right after an event of an act."""
        ...

    def check_on_record(self, *days: dt.date) -> None:
        """Refuse days of which nothing is on record."""
        ...

    def _number(self, subject: str, /) -> int: ...

    def _now(self, act: Act, /) -> Act:
        """An act that a row points to, with its present outcome."""
        ...
