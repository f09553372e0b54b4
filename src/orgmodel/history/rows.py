"""One row of a correspondence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, fields, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Extent
from orgmodel.history.trace import Share
from orgmodel.model.arithmetic import ONE

if TYPE_CHECKING:
    from orgmodel.history.lineage import DatedLink

__all__ = [
    "CorrespondenceRow",
    "Shares",
    "Ways",
]

Shares = tuple[tuple[str, Fraction], ...]
"""Pairs (measure, fraction)."""


class Ways(Protocol):
    """The links along which ground went from one unit to another, and their acts."""

    def links(self, old: str, new: str, /) -> tuple[DatedLink, ...]:
        """The links, in order."""
        ...

    def acts(self, old: str, new: str, /) -> tuple[Act, ...]:
        """Their acts, each once."""
        ...

    def units(self, old: str, new: str, /) -> Iterable[str]:
        """The units along them, both ends included."""
        ...


@frozen(slots=False)
class CorrespondenceRow:
    """The relation of one old unit to one new unit.

    Attributes:
        old: id of a unit of the first day.
        new: id of a unit of the second day.
        extent: ``whole`` if all of the old unit is there, else ``part``.
        dominant: whether ``new`` is the one successor to take where only one can be.
        dominant_by: who says so; empty where there is no other.
        exact: whether it is certain that something of the old unit is there.
        moves: the acts that moved units below to another parent, as far as the row rests on them.

    >>> row = CorrespondenceRow("a", "b", "part", shares=(("members", Fraction(1, 4)),))
    >>> row.share("members"), row.share("area")
    (Fraction(1, 4), None)
    """

    old: str
    new: str
    extent: Extent = "whole"
    _shares: Shares | Callable[[], Shares] = field(default=(), eq=False, repr=False)
    dominant: bool = True
    dominant_by: str = ""
    exact: bool = True
    _links: tuple[DatedLink, ...] | Ways = field(default=(), repr=False, eq=False)
    moves: tuple[Act, ...] = field(default=(), repr=False, eq=False, kw_only=True)
    _bounds: Callable[[str], Share | None] | None = field(default=None, repr=False, eq=False, kw_only=True)

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickling: values that are worked out on demand are worked out now."""
        state = {field.name: getattr(self, field.name) for field in fields(type(self))}
        return state | {"_shares": self.shares, "_links": self.links, "_bounds": None}

    @cached_property
    def links(self) -> tuple[DatedLink, ...]:
        """The dated links it rests on, in order; none for an unchanged unit."""
        return self._links if isinstance(self._links, tuple) else self._links.links(self.old, self.new)

    @cached_property
    def shares(self) -> Shares:
        """Pairs (measure, fraction): the known shares, by stated shares and figures of the first day.

        For a row that is not exact they assume that parts mixed evenly.
        """
        return self._shares() if callable(self._shares) else self._shares

    def share(self, measure: str) -> Fraction | None:
        """The share of the old unit's count that is in the new one; None if it is not known."""
        if self.extent == "whole":
            return ONE
        if self._bounds is not None:
            share = self._bounds(measure)
            return None if share is None else share.even
        return next((share for name, share in self.shares if name == measure), None)

    def share_bounds(self, measure: str) -> tuple[Fraction, Fraction]:
        """The least and the largest share of the old unit's count that can be in the new one.

        >>> CorrespondenceRow("a", "b", "part").share_bounds("members")
        (Fraction(0, 1), Fraction(1, 1))
        """
        share = None if self._bounds is None or self.extent == "whole" else self._bounds(measure)
        if share is not None:
            return share.low, share.high
        known = self.share(measure)
        return (Fraction(0), ONE) if known is None else (known, known)

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts along the way, moves of units below included, in order, each once."""
        if not isinstance(self._links, tuple):
            return self._links.acts(self.old, self.new)
        if not self.links and not self.moves:
            return ()
        acts = {link.act.id: link.act for link in self.links}
        if self.moves:
            acts.update((act.id, act) for act in self.moves)
            return tuple(sorted(acts.values(), key=lambda act: act.effective))
        return tuple(acts.values())

    @property
    def units(self) -> Iterable[str]:
        """All units along the way, both ends included."""
        if not isinstance(self._links, tuple):
            return self._links.units(self.old, self.new)
        return {self.old, self.new, *(unit for link in self._links for unit in (link.old, link.new))}

    def __str__(self) -> str:
        arrow = "->" if self.extent == "whole" else "-part->"
        shares = "".join(f" {share} of {measure}" for measure, share in self.shares)
        why = ", ".join(act.source.cited for act in self.acts)
        return f"{self.old} {arrow} {self.new}{shares}{'' if self.exact else ' (inexact)'}{f'  [{why}]' if why else ''}"
