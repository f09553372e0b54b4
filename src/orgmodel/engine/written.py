"""What was written to a track since the columns were made, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from orgmodel.engine.columns import NOBODY, Longs, Row

Flags = npt.NDArray[np.bool_]


class Written:
    """The rows of the subjects that a track's map holds.

    Attributes:
        subjects: their row numbers.
        rows: all their rows.
        subject: whose each row is.
        start: its first day.
        end: its end.
    """

    def __init__(self, changed: Iterable[tuple[int, tuple[Row, ...]]]) -> None:
        pairs = list(changed)
        self.rows = [row for _, rows in pairs for row in rows]
        self.subjects: Longs = np.array([subject for subject, _ in pairs], np.int64)
        self.subject: Longs = self.subjects.repeat([len(rows) for _, rows in pairs])
        self.start: Longs = np.array([row[0] for row in self.rows], np.int64)
        self.end: Longs = np.array([row[1] for row in self.rows], np.int64)

    @cached_property
    def numbers(self) -> Longs:
        """The row number that each row refers to, :data:`NOBODY` for none."""
        return np.array([NOBODY if row[2] is None else row[2] for row in self.rows], np.int64)

    def live(self, day: int) -> Longs:
        """Places of the rows that hold on a day."""
        return np.flatnonzero((self.start <= day) & (day < self.end))

    def flags(self, count: int) -> Flags:
        """Which of so many row numbers are among the subjects."""
        found = np.zeros(count, bool)
        found[self.subjects] = True
        return found
