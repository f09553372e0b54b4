"""Which unit became which between two days, and how sure that is.

One pass over the succession links between the days carries, for each unit of the first
day, the *pieces* into which it was divided. A piece remembers the divisions it came
from, so a unit that was divided and put together again is whole again, and a chain of
successions on one day is a chain. The pass costs as much as there are links.

Four questions are kept apart:

* **extent**: did all of the old unit go there (``whole``) or not (``part``)?
* **share**: how much of a count went there? Known only where every link on the way
  states it.
* **dominant**: which one successor to take where only one can be? Answered only where
  every division on the way names one.
* **exact**: is the row a fact? Where a unit that had taken in others, or that was itself
  a part, is divided again, nobody said which part of the old unit went where: the row
  then holds only if the parts were mixed evenly, and it is marked inexact.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Extent, Succession
from orgmodel.errors import Finding, Refused
from orgmodel.history import carry as carrying
from orgmodel.period import DayLike, as_day

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import scipy.sparse as sp

    from orgmodel.history.lineage import DatedLink
    from orgmodel.history.lineage import Traced as History
    from orgmodel.model.measure import Measure
    from orgmodel.structure.structure import Structure

Shares = Mapping[str, Fraction]
ONE: Final = Fraction(1)

REESTABLISHMENT: Final = "re-establishment"
"""The type of a link that takes up an ended unit again: nothing flows along it."""


@frozen
class Row:
    """What one old unit has to do with one new unit.

    Attributes:
        old: id of a unit of the first day.
        new: id of a unit of the second day.
        extent: ``whole`` if all of the old unit is there, else ``part``.
        shares: pairs (measure, fraction) that are known along the whole way.
        dominant: whether ``new`` is the one successor to take where only one can be.
        dominant_by: who says so; empty where there is no other.
        exact: whether the row is a fact, rather than holding only if parts mix evenly.
        links: the dated links it rests on, in order; empty if nothing happened to it.

    >>> row = Row("a", "b", "part", shares=(("members", Fraction(1, 4)),))
    >>> row.share("members"), row.share("area")
    (Fraction(1, 4), None)
    """

    old: str
    new: str
    extent: Extent = "whole"
    shares: tuple[tuple[str, Fraction], ...] = ()
    dominant: bool = True
    dominant_by: str = ""
    exact: bool = True
    links: tuple[DatedLink, ...] = field(default=(), repr=False, eq=False)

    def share(self, measure: str) -> Fraction | None:
        """The part of the old unit's count that is there; None if it is not known."""
        if self.extent == "whole":
            return ONE
        for name, share in self.shares:
            if name == measure:
                return share
        return None

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts along the way, in order, each once."""
        return tuple({link.act.id: link.act for link in self.links}.values())

    def __str__(self) -> str:
        arrow = "->" if self.extent == "whole" else "-part->"
        said = "".join(f" {share} of {measure}" for measure, share in self.shares)
        why = ", ".join(act.source.cited for act in self.acts)
        return f"{self.old} {arrow} {self.new}{said}{'' if self.exact else ' (inexact)'}{f'  [{why}]' if why else ''}"


class _Piece:
    """A part of an old unit that went one way so far."""

    __slots__ = ("arc", "by", "dominant", "exact", "links", "origin", "parent", "shares", "split")

    def __init__(
        self,
        origin: str,
        parent: _Piece | None = None,
        split: tuple[int, str, str, int] | None = None,
        shares: Shares | None = None,
        exact: bool = True,
        dominant: bool = True,
        by: tuple[str, ...] = (),
        links: tuple[DatedLink, ...] = (),
    ) -> None:
        self.origin = origin
        self.parent = parent
        """The piece that was divided; None for the whole unit."""
        self.split = split
        """(event, unit that was divided, where this went, into how many pieces)."""
        self.shares = shares
        """Measure -> part of the origin; None is all of every measure."""
        self.exact, self.dominant, self.by, self.links = exact, dominant, by, links
        self.arc: Row | None = None
        """The row that tells all of it: the whole unit went one way, once."""

    @classmethod
    def all_of(cls, origin: str, arc: Row) -> _Piece:
        """The whole of a unit after the first link that it met, which takes all of it."""
        piece = cls(origin, exact=arc.exact, links=arc.links)
        piece.arc = arc
        return piece

    def moved(self, arc: Row) -> _Piece:
        """The same piece after a link that takes all of it."""
        return _Piece(
            self.origin,
            self.parent,
            self.split,
            self.shares,
            self.exact and arc.exact,
            self.dominant,
            self.by,
            self.links + arc.links,
        )

    def divided(self, arc: Row, event: int, pieces: int, alone: bool) -> _Piece:
        """The piece of this piece that went along a link; ``alone``: the divided unit was nothing but it."""
        known = dict(arc.shares)
        if self.shares is not None:
            known = {m: share * known[m] for m, share in self.shares.items() if m in known}
        by = self.by
        if arc.dominant_by and arc.dominant_by not in by:
            by = (*by, arc.dominant_by)
        return _Piece(
            self.origin,
            self,
            (event, arc.old, arc.new, pieces),
            known,
            self.exact and arc.exact and self.parent is None and alone,
            self.dominant and arc.dominant,
            by,
            self.links + arc.links,
        )


_NATIVE: Final = ""
"""The origin of what no unit of the first day brought: a unit created in between."""

_Content = dict[str, tuple[_Piece, ...]]


@frozen
class _Step:
    """One succession, or a whole correspondence taken as one: all its rows count at once."""

    arcs: Mapping[str, Sequence[Row]]
    created: frozenset[str] = frozenset()
    """Units that begin with it."""
    partly_lost: frozenset[str] = frozenset()
    """Old units of which a part goes nowhere."""
    partly_new: frozenset[str] = frozenset()
    """New units of which a part comes from nowhere."""


def _walk(steps: Iterable[_Step], lived: Container[str]) -> tuple[_Content, set[str]]:
    """What each touched unit holds after the steps, as pieces of the units of the first day.

    Also the units of the first day of which a piece went nowhere on the way.

    Args:
        steps: in order.
        lived: the units of the first day.
    """
    content: _Content = {}
    leaked: set[str] = set()

    def untouched(unit: str) -> tuple[_Piece, ...]:
        return (_Piece(unit if unit in lived else _NATIVE),)

    for number, step in enumerate(steps):
        arrived: dict[str, list[_Piece]] = {}
        for old in _in_causal_order(step):
            arcs = step.arcs[old]
            if len(arcs) == 1 and arcs[0].extent == "whole" and old not in content and old in lived:
                # Nearly all links of a real reform are such.
                arrived.setdefault(arcs[0].new, []).append(_Piece.all_of(old, arcs[0]))
                continue
            held = _put_together(arrived.pop(old)) if old in step.created and old in arrived else content.pop(old, ())
            held = held or untouched(old)
            if _take(held, arcs, number, old in step.partly_lost, arrived):
                leaked.update(piece.origin for piece in held)
        for new, pieces in arrived.items():
            if new not in step.arcs and new not in step.created:
                # It goes on without being named as an old unit: it keeps what it held.
                pieces = [*(content.get(new) or untouched(new)), *pieces]
            if new in step.partly_new:
                pieces = [*pieces, _Piece(_NATIVE)]
            content[new] = _put_together(pieces)
        for old in step.arcs:
            content.setdefault(old, ())
    return content, leaked


def _in_causal_order(step: _Step) -> list[str]:
    """The old units of a step; one that begins in it comes after those it came from."""
    waiting = {old for old in step.arcs if old in step.created}
    if not waiting:
        return list(step.arcs)
    order = [old for old in step.arcs if old not in waiting]
    while waiting:
        fed = {arc.new for old in waiting for arc in step.arcs[old] if arc.new != old}
        ready = [old for old in step.arcs if old in waiting and old not in fed] or sorted(waiting)
        order += ready
        waiting.difference_update(ready)
    return order


def _take(
    held: tuple[_Piece, ...], arcs: Sequence[Row], event: int, lossy: bool, arrived: dict[str, list[_Piece]]
) -> bool:
    """Sends what a unit holds along its links; whether a part of it goes nowhere."""
    if len(arcs) == 1 and arcs[0].extent == "whole":
        arrived.setdefault(arcs[0].new, []).extend(piece.moved(arcs[0]) for piece in held)
        return False
    stated = {measure for arc in arcs for measure, _ in arc.shares}
    sums = [[dict(arc.shares).get(measure) for arc in arcs] for measure in stated]
    # A single part, or shares below 1, leave a piece that went nowhere: nothing adds up to a whole again.
    lost = lossy or len(arcs) <= 1 or any(None not in s and sum(x for x in s if x is not None) < 1 for s in sums)
    pieces = len(arcs) + lost
    for arc in arcs:
        arrived.setdefault(arc.new, []).extend(piece.divided(arc, event, pieces, len(held) == 1) for piece in held)
    return lost


def _put_together(pieces: list[_Piece]) -> tuple[_Piece, ...]:
    """The same pieces, where all pieces of one division are there as what was divided."""
    if all(piece.split is None for piece in pieces):
        return tuple(pieces)
    while True:
        families: dict[tuple[int, int, str], list[_Piece]] = {}
        for piece in pieces:
            if piece.split is not None and piece.parent is not None:
                event, unit, _, _ = piece.split
                families.setdefault((id(piece.parent), event, unit), []).append(piece)
        complete = [f for f in families.values() if f[0].split is not None and len(f) == f[0].split[3]]
        if not complete:
            return tuple(pieces)
        for family in complete:
            parent = family[0].parent
            assert parent is not None
            whole = _Piece(
                parent.origin,
                parent.parent,
                parent.split,
                parent.shares,
                parent.exact,
                parent.dominant,
                parent.by,
                _in_order(family),
            )
            gone = set(map(id, family))
            pieces = [whole, *(piece for piece in pieces if id(piece) not in gone)]


def _in_order(pieces: Sequence[_Piece]) -> tuple[DatedLink, ...]:
    links = [link for piece in pieces for link in piece.links]
    if len(links) < 2:
        return tuple(links)
    found = {(link.seq, link.old, link.new): link for link in links}
    return tuple(found[key] for key in sorted(found))


@frozen
class Unmapped:
    """Units that have nothing on the other day.

    Attributes:
        old: units of the first day without a successor on the second.
        new: units of the second day without a predecessor on the first.
    """

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.old or self.new)


class Correspondence:
    """Old units to new ones, from the structure of one day to that of another.

    Made by :func:`between` (``history.correspondence(a, b)``) or by :meth:`compose`,
    :meth:`invert`, :meth:`restrict`. A unit to which nothing happened maps to itself,
    without being stored. Iterating gives the rows in order of the old structure.

    Attributes:
        before: the structure of the first day.
        after: the structure of the second day.
        kind: the kind it is restricted to; None for all units.
        inverted: whether it runs against time: its shares are then not known, as they
            depend on figures of the other day.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> start = Act("s", "2024-01-01", [Creation(Unit("vn")), *(Creation(Unit(u, parent="vn")) for u in "ab")])
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", parent="vn"),))
    >>> history = History().enact(start, Act("m", "2025-07-01", [merger]))
    >>> for row in between(history, "2024-12-31", "2025-07-01"):
    ...     print(row)
    vn -> vn
    a -> c  [source unknown]
    b -> c  [source unknown]
    """

    def __init__(
        self,
        before: Structure,
        after: Structure,
        table: Mapping[str, tuple[Row, ...]],
        *,
        partly_lost: Iterable[str] = (),
        partly_new: Iterable[str] = (),
        kind: str | None = None,
        inverted: bool = False,
        scope: tuple[frozenset[str], frozenset[str]] | None = None,
        history: History | None = None,
    ) -> None:
        self.before, self.after, self.kind, self.inverted = before, after, kind, inverted
        self._table = table
        self._partly_lost, self._partly_new = frozenset(partly_lost), frozenset(partly_new)
        self._scope = scope
        self._history = history
        self._source: Correspondence | None = None
        self._full: Correspondence | None = None

    # ---- reading

    @property
    def start(self) -> dt.date:
        """The first day."""
        return self.before.day

    @property
    def end(self) -> dt.date:
        """The second day; earlier than the first if it runs against time."""
        return self.after.day

    @property
    def measures(self) -> Mapping[str, Measure]:
        """The measures that the history declares, by id."""
        return self.before.measures

    @cached_property
    def olds(self) -> tuple[str, ...]:
        """Ids of the units of the first day, in its order: those of the kind and what flows together with them."""
        if self._scope is None:
            return tuple(self.before)
        return tuple(unit for unit in self.before if unit in self._scope[0])

    @cached_property
    def news(self) -> tuple[str, ...]:
        """Ids of the units of the second day, in its order."""
        if self._scope is None:
            return tuple(self.after)
        return tuple(unit for unit in self.after if unit in self._scope[1])

    def __getitem__(self, old: str) -> tuple[Row, ...]:
        """The rows of an old unit, none if it has no successor.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: it is no unit of the first day.
            KeyError: it is one, but not of the kind.
        """
        rows = self._table.get(old)
        if rows is None:
            if old not in self.before:
                self.before.unit(old)
            rows = (Row(old, old),) if old in self.after else ()
        if self._scope is not None and old not in self._scope[0]:
            raise KeyError(f"{old!r} is not of the kind {self.kind!r} on {self.start}")
        return rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order of the old structure."""
        # Not tuple(self): it would ask for the length, which counts these rows.
        return tuple([row for old in self.olds for row in self[old]])

    @cached_property
    def _by_new(self) -> Mapping[str, tuple[Row, ...]]:
        found: dict[str, list[Row]] = {}
        for rows in self._table.values():
            for row in rows:
                found.setdefault(row.new, []).append(row)
        return {new: tuple(rows) for new, rows in found.items()}

    def into(self, new: str) -> tuple[Row, ...]:
        """The rows that lead to a new unit, none if it has no predecessor.

        Raises:
            UnknownUnit, UnitEnded, UnitNotYet: it is no unit of the second day.
            KeyError: it is one, but not of the kind.
        """
        rows = self._by_new.get(new)
        if rows is None:
            if new not in self.after:
                self.after.unit(new)
            rows = (Row(new, new),) if new in self.before and new not in self._table else ()
        if self._scope is not None and new not in self._scope[1]:
            raise KeyError(f"{new!r} is not of the kind {self.kind!r} on {self.end}")
        return rows

    def successors(self, old: str) -> tuple[str, ...]:
        """Ids of all units that the old one, or a part of it, became."""
        return tuple(row.new for row in self[old])

    def predecessors(self, new: str) -> tuple[str, ...]:
        """Ids of all units that the new one, or a part of it, was."""
        return tuple(row.old for row in self.into(new))

    def dominant(self, old: str) -> str | None:
        """The one successor to take where only one can be; None where nobody named one, or there is none."""
        return next((row.new for row in self[old] if row.dominant), None)

    def share(self, old: str, new: str, measure: str) -> Fraction | None:
        """The part of the old unit's count that is in the new one: 0 if nothing, None if not known."""
        return next((row.share(measure) for row in self[old] if row.new == new), Fraction(0))

    @cached_property
    def unmapped(self) -> Unmapped:
        """The units without anything on the other day."""
        return Unmapped(
            tuple(old for old in self.olds if not self[old]),
            tuple(new for new in self.news if not self.into(new)),
        )

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Ids of the old units that went to one new unit entirely."""
        return tuple(old for old in self.olds if any(row.extent == "whole" for row in self[old]))

    @cached_property
    def divided(self) -> tuple[str, ...]:
        """Ids of the old units that were divided, or of which only a part went on."""
        return tuple(old for old in self.olds if any(row.extent == "part" for row in self[old]))

    @cached_property
    def exact(self) -> bool:
        """Whether every row is a fact: see the head of this module."""
        return all(row.exact for row in self)

    def is_partly_lost(self, old: str) -> bool:
        """Whether a part of the old unit is known to have gone nowhere."""
        return old in self._partly_lost

    def is_partly_new(self, new: str) -> bool:
        """Whether the new unit also holds what was no unit on the first day."""
        return new in self._partly_new

    def act_of(self, unit: str) -> Act | None:
        """The act that closed an unmapped old unit, or created an unmapped new one; None if not known."""
        return self._made_or_closed.get(unit)

    @cached_property
    def _made_or_closed(self) -> Mapping[str, Act]:
        found: dict[str, Act] = {}
        if self._history is not None:
            low, high = sorted((self.start, self.end))
            for act in self._history.acts:
                if low < act.effective <= high:
                    for event in act.events:
                        if isinstance(event, Closure):
                            found[event.subject] = act
                        elif isinstance(event, Creation):
                            found[event.what.id] = act
        return found

    # ---- making others

    def restrict(self, kind: str | None) -> Correspondence:
        """Only the units of a kind on their day, and what flows together with them.

        A district that became a special zone is in the table of the communes: without
        it the zone would seem to come from nowhere. Units that share a row, directly or
        over others, stay together, so no total loses a part without a word. None, and
        another kind, are taken from the whole again.

        Raises:
            Refused: there is no unit of such a kind on either day.
        """
        if self._full is not None:
            return self._full.restrict(kind)
        if kind is None:
            return self
        olds, news = set(self.before.select(kind=kind)), set(self.after.select(kind=kind))
        if not olds and not news:
            known = sorted({k for s in (self.before, self.after) for k in s.counts()})
            raise Refused(
                "a kind",
                [
                    Finding(
                        "kind",
                        f"there is no unit of kind {kind!r} on {self.start} or {self.end} (there are {', '.join(known)})",
                    )
                ],
            )
        todo = [("old", unit) for unit in olds] + [("new", unit) for unit in news]
        by_new: dict[str, list[str]] = {}
        for old, rows in self._table.items():
            for row in rows:
                by_new.setdefault(row.new, []).append(old)
        while todo:
            side, unit = todo.pop()
            if side == "old":
                for row in self._table.get(unit, ()):
                    if row.new not in news:
                        news.add(row.new)
                        todo.append(("new", row.new))
                if unit not in self._table and unit in self.after and unit not in news:
                    news.add(unit)
                    todo.append(("new", unit))
            else:
                for old in by_new.get(unit, ()):
                    if old not in olds:
                        olds.add(old)
                        todo.append(("old", old))
                if unit not in self._table and unit in self.before and unit not in olds:
                    olds.add(unit)
                    todo.append(("old", unit))
        made = Correspondence(
            self.before,
            self.after,
            {old: rows for old, rows in self._table.items() if old in olds},
            partly_lost=self._partly_lost & olds,
            partly_new=self._partly_new & news,
            kind=kind,
            inverted=self.inverted,
            scope=(frozenset(olds), frozenset(news)),
            history=self._history,
        )
        made._full = self
        return made

    def compose(self, other: Correspondence) -> Correspondence:
        """From the first day of this to the second of ``other``, which begins where this ends.

        Shares multiply. A part of a part, and a part of what was mixed before, is
        marked inexact. A table knows less than the acts: where a unit was divided twice
        and partly put together, :func:`between` over the whole time may know more.

        Raises:
            Refused: the days do not meet, or the two are restricted to different kinds.
        """
        faults = []
        if self.end != other.start:
            faults.append(Finding("days-meet", f"the first ends on {self.end}, the second begins on {other.start}"))
        if self.kind != other.kind:
            faults.append(Finding("same-kind", f"the first is of {self.kind!r}, the second of {other.kind!r}"))
        if faults:
            raise Refused("composing two correspondences", faults)
        one, two = self._full or self, other._full or other
        made = _collect(
            *_walk([one._step(), two._step()], self.before),
            self.before,
            other.after,
            inverted=self.inverted or other.inverted,
            history=self._history,
        )
        return made.restrict(self.kind)

    def _step(self) -> _Step:
        return _Step(self._table, frozenset(), self._partly_lost, self._partly_new)

    def invert(self) -> Correspondence:
        """New to old, marked as inverted. Inverting it again gives this one back.

        A new unit is whole in its only predecessor; from several, each holds a part
        whose share is not known: it depends on the figures of the second day.
        """
        if self._source is not None:
            return self._source
        table: dict[str, list[Row]] = {}
        for rows in self._table.values():
            for row in rows:
                table.setdefault(row.new, []).append(row)
        back: dict[str, tuple[Row, ...]] = {}
        for new, rows_in in table.items():
            alone = len(rows_in) == 1 and new not in self._partly_new
            back[new] = tuple(
                Row(new, row.old, "whole" if alone else "part", (), alone, "", row.exact, row.links) for row in rows_in
            )
        made = Correspondence(
            self.after,
            self.before,
            back,
            partly_lost=self._partly_new,
            partly_new=self._partly_lost,
            kind=self.kind,
            inverted=not self.inverted,
            scope=None if self._scope is None else self._scope[::-1],
            history=self._history,
        )
        made._source = self
        if self._full is not None:
            made._full = self._full.invert()
        return made

    # ---- figures

    def carry(
        self,
        values: Any,
        measure: Measure | str,
        policy: carrying.Policy | str | None = None,
        *,
        weights: Any = None,
        total: Any = None,
        unit: str = "unit",
        value: str | None = None,
        by: carrying.By = "id",
        unmapped: carrying.OfUnmapped = "refuse",
    ) -> Any:
        """Figures of the old units as figures of the new ones, in the type that was given.

        A mapping gives a :class:`~orgmodel.history.carry.Carried`, a dict that can also
        explain itself; a numpy array, in order of :attr:`olds`, one in order of
        :attr:`news`; a polars or pandas frame one of its own sort with the columns
        ``unit``, the value, ``exact``, ``low`` and ``high``. For arrays and frames
        :meth:`account` gives the same with explanations.

        Args:
            values: old unit -> number, ``Quantity`` or None (unknown); or an array; or a
                frame.
            measure: a measure or the id of one that the history declares. Counts add
                up, whole numbers stay whole (largest remainder); rates are weighed;
                a category holds where all agree.
            policy: what to do where a share is not known: ``"equal"``, ``"dominant"``,
                ``"bounds"``, ``"collect"`` (categories), or a policy of
                :mod:`orgmodel.history.carry` such as ``by_measure``. None refuses.
            weights: for a rate, the count that weighs it, in any of the same types.
            total: what the values must add up to, if it is known from elsewhere.
            unit: column of the unit in a frame.
            value: column of the value in a frame; the measure's id if None.
            by: whether units are named by ``id``, ``code`` or ``name``.
            unmapped: what to do with figures of units without a successor: ``refuse``
                or ``drop`` (they are told in ``.dropped``).

        Raises:
            Refused: with every row that cannot be carried.
        """
        return carrying.carry(self, values, measure, policy, weights, total, unit, value, by, unmapped)

    def account(
        self,
        values: Any,
        measure: Measure | str,
        policy: carrying.Policy | str | None = None,
        *,
        weights: Any = None,
        total: Any = None,
        unit: str = "unit",
        value: str | None = None,
        by: carrying.By = "id",
        unmapped: carrying.OfUnmapped = "refuse",
    ) -> carrying.Carried:
        """Like :meth:`carry`, always as a mapping that can explain each figure."""
        return carrying.account(self, values, measure, policy, weights, total, unit, value, by, unmapped)

    def to_sparse(self, measure: Measure | str, policy: carrying.Policy | str | None = None) -> sp.csr_array:
        """The shares as a scipy matrix: a row for each of :attr:`olds`, a column for each of :attr:`news`.

        ``values @ matrix`` carries an array of counts, in floats.

        Raises:
            Refused: a share is not known and no policy says what to take.
        """
        return carrying.to_sparse(self, measure, policy)

    # ---- out

    def table(self) -> list[dict[str, Any]]:
        """One flat record for each row, and for each unmapped unit on either side.

        Its fields: old, old_code, old_name, new, new_code, new_name, extent, dominant, dominant_by, exact,
        shares (measure -> fraction as text), acts (ids).
        """
        out: list[dict[str, Any]] = []
        for old in self.olds:
            rows = self[old]
            out += [self._record(old, row.new, row) for row in rows] or [self._record(old, None, None)]
        out += [self._record(None, new, None) for new in self.unmapped.new]
        return out

    def _record(self, old: str | None, new: str | None, row: Row | None) -> dict[str, Any]:
        was = None if old is None else self.before.unit(old)
        became = None if new is None else self.after.unit(new)
        lone = old if old is not None else new
        act = None if row is not None or lone is None else self.act_of(lone)
        return {
            "old": old,
            "old_code": was and was.code,
            "old_name": was and was.name,
            "new": new,
            "new_code": became and became.code,
            "new_name": became and became.name,
            "extent": row.extent if row is not None else None,
            "dominant": row.dominant if row is not None else None,
            "dominant_by": row.dominant_by if row is not None else None,
            "exact": row.exact if row is not None else None,
            "shares": {m: str(s) for m, s in row.shares} if row is not None else {},
            "acts": [a.id for a in row.acts] if row is not None else [act.id] if act is not None else [],
        }

    def to_dict(self) -> dict[str, Any]:
        """The whole as plain values that JSON can hold; units that nothing happened to are only counted."""
        touched = [record for record in self.table() if record["old"] != record["new"] or record["acts"]]
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "kind": self.kind,
            "inverted": self.inverted,
            "exact": self.exact,
            "unchanged": len(self.rows) - sum(r["old"] is not None and r["new"] is not None for r in touched),
            "rows": touched,
        }

    def to_polars(self) -> pl.DataFrame:
        """The table as a polars frame; shares and acts as text."""
        import polars as pl

        schema = dict.fromkeys(_COLUMNS, pl.String) | {"dominant": pl.Boolean, "exact": pl.Boolean}
        return pl.DataFrame(self._flat(), schema=schema, orient="row")

    def to_pandas(self) -> pd.DataFrame:
        """The table as a pandas frame; shares and acts as text."""
        import pandas as pd

        return pd.DataFrame(self._flat(), columns=list(_COLUMNS))

    def _flat(self) -> list[tuple[Any, ...]]:
        return [
            (
                *(record[name] for name in _COLUMNS[:-2]),
                "; ".join(f"{m}={s}" for m, s in record["shares"].items()),
                "; ".join(record["acts"]),
            )
            for record in self.table()
        ]

    def __str__(self) -> str:
        lost, new = len(self.unmapped.old), len(self.unmapped.new)
        return (
            f"{self.start} -> {self.end}{f', {self.kind}' if self.kind else ''}"
            f"{', inverted' if self.inverted else ''}: {len(self.olds)} -> {len(self.news)} units, "
            f"{len(self.whole)} whole, {len(self.divided)} divided, {lost} without successor, "
            f"{new} without predecessor, {'exact' if self.exact else 'not exact'}"
        )

    def __repr__(self) -> str:
        return f"<Correspondence {self}>"


_COLUMNS: Final = (
    "old",
    "old_code",
    "old_name",
    "new",
    "new_code",
    "new_name",
    "extent",
    "dominant",
    "dominant_by",
    "exact",
    "shares",
    "acts",
)


def _collect(
    content: _Content,
    lost: set[str],
    before: Structure,
    after: Structure,
    *,
    lived: Container[str] | None = None,
    inverted: bool = False,
    history: History | None = None,
) -> Correspondence:
    """The correspondence that a walk's outcome is."""
    table: dict[str, list[Row]] = {}
    partly_new: set[str] = set()
    many = len(content) > 1_000
    if lived is None:
        lived = frozenset(before) if many else before
    live: Container[str] = frozenset(after) if many else after
    for unit, pieces in content.items():
        if unit in lived:
            table.setdefault(unit, [])
        if unit not in live:
            lost.update(piece.origin for piece in pieces if piece.origin != _NATIVE)
            continue
        held: dict[str, Sequence[_Piece]] = {}
        if len(pieces) == 1:
            held[pieces[0].origin] = pieces
        for piece in pieces if len(pieces) > 1 else ():
            held[piece.origin] = [*held.get(piece.origin, ()), piece]
        for origin, parts in held.items():
            if origin == _NATIVE:
                partly_new.add(unit)
            else:
                table.setdefault(origin, []).append(_row(origin, unit, parts))
    for old, rows in table.items():
        if not any(row.extent == "part" for row in rows):
            lost.discard(old)
    return Correspondence(
        before,
        after,
        {old: tuple(rows) for old, rows in table.items()},
        partly_lost=lost,
        partly_new=partly_new,
        inverted=inverted,
        history=history,
    )


def _row(old: str, new: str, pieces: Sequence[_Piece]) -> Row:
    arc = pieces[0].arc
    if arc is not None and arc.dominant and not arc.dominant_by:
        return arc
    whole = len(pieces) == 1 and pieces[0].parent is None
    shares: tuple[tuple[str, Fraction], ...] = ()
    if not whole:
        known = [piece.shares or {} for piece in pieces]
        common = set(known[0]).intersection(*known[1:])
        shares = tuple(sorted((m, sum((k[m] for k in known), Fraction(0))) for m in common))
    dominant = [piece for piece in pieces if piece.dominant]
    return Row(
        old,
        new,
        "whole" if whole else "part",
        shares,
        bool(dominant),
        "; ".join(dominant[0].by) if dominant else "",
        all(piece.exact for piece in pieces),
        _in_order(pieces),
    )


def between(history: History, a: DayLike, b: DayLike, kind: str | None = None) -> Correspondence:
    """What the units of day ``a`` are on day ``b``.

    With ``b`` before ``a`` it is the inverse of the correspondence from ``b`` to ``a``.

    Args:
        history: whose acts tell it.
        a: the first day: the structure after all that is effective on or before it.
        b: the second day; what happened in (a, b] counts.
        kind: only units of this kind, and what flows together with them.

    Raises:
        BadDay: a text is not a day.
        Refused: there is no unit of the kind on either day.
    """
    first, last = as_day(a), as_day(b)
    if last < first:
        return between(history, last, first, kind).invert()
    return _along(history, first, last, _flowing(history, first, last)).restrict(kind)


def about(history: History, first: dt.date, last: dt.date, units: Iterable[str]) -> Correspondence:
    """A correspondence that is right for some units and all that flows together with them, and for no others."""
    links = _flowing(history, first, last)
    of_unit: dict[str, list[DatedLink]] = {}
    for link in links:
        of_unit.setdefault(link.old, []).append(link)
        if link.new != link.old:
            of_unit.setdefault(link.new, []).append(link)
    todo, seen = [*units], set(units)
    while todo:
        for link in of_unit.get(todo.pop(), ()):
            for unit in (link.old, link.new):
                if unit not in seen:
                    seen.add(unit)
                    todo.append(unit)
    return _along(history, first, last, [link for link in links if link.old in seen])


def _flowing(history: History, first: dt.date, last: dt.date) -> list[DatedLink]:
    """The links in (first, last] along which something flows, in order."""
    return [link for link in history.lineage.links() if first < link.day <= last and link.type != REESTABLISHMENT]


def _along(history: History, first: dt.date, last: dt.date, flowing: Iterable[DatedLink]) -> Correspondence:
    """The correspondence that links make."""
    before, after = history.at(first), history.at(last)
    by_event: dict[int, list[DatedLink]] = {}
    for link in flowing:
        by_event.setdefault(link.seq, []).append(link)
    # A set is worth its making where many units are asked about.
    lived: Container[str] = frozenset(before) if len(by_event) > 1_000 else before
    founded: dict[str, frozenset[str]] = {}
    steps: list[_Step] = []
    seen: set[str] = set()
    for links in by_event.values():
        arcs: dict[str, list[Row]] = {}
        ways = Counter(link.old for link in links)
        for link in links:
            # The only successor is the one to take, and nobody has to say so.
            only = link.extent == "whole" and ways[link.old] == 1
            said = ((), True, "") if only else (link.shares, link.dominant, link.dominant_by)
            arcs.setdefault(link.old, []).append(Row(link.old, link.new, link.extent, *said, True, (link,)))
        unknown = {link.new for link in links if link.new not in seen and link.new not in lived}
        if unknown:
            # Begun by this succession, or founded alone before it: the second brings something of its own.
            act = links[0].act
            if act.id not in founded:
                founded[act.id] = frozenset(u.id for e in act.events if isinstance(e, Succession) for u in e.created)
            unknown &= founded[act.id]
        steps.append(_Step(arcs, frozenset(unknown)))
        seen.update(unit for link in links for unit in (link.old, link.new))
    return _collect(*_walk(steps, lived), before, after, lived=lived, history=history)
