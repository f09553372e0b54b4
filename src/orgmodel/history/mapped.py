"""A history that figures are carried through: it has correspondences."""

from __future__ import annotations

from typing import Protocol

from orgmodel.history.correspondence import Correspondence
from orgmodel.history.lineage import Traced
from orgmodel.period import DayLike

__all__ = [
    "Mapped",
]


class Mapped(Traced, Protocol):
    """A history that can be asked what the units of one day are on another."""

    def correspondence(self, a: DayLike, b: DayLike, /, *, kind: str | None = None) -> Correspondence:
        """What the units of day ``a`` are on day ``b``."""
        ...
