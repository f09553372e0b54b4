"""Which unit became which: a graph of unit stages, ordered by (day, act, event).

Provinces that gave land to each other in 1991 and merged in 2008 make no cycle: links join stages of units, and the
links of a later event come after those of an earlier one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Extent
from orgmodel.content.blocks import Cell, Column, Content, Table
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.engine.final_successors import EVER
from orgmodel.errors import UnknownUnit
from orgmodel.history.past import Past
from orgmodel.model import track as tracks
from orgmodel.model.door import a_flag, an_id, like, strictly
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import Tabular
from orgmodel.model.words import Language, word
from orgmodel.period import DayLike, as_day

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "DatedLink",
    "Lineage",
]


@frozen
class DatedLink:
    """A link from an old unit to a new one, with its day and act.

    Attributes:
        old: id of the old unit.
        new: id of the unit that it became; the same id where it goes on.
        extent: whole or part.
        shares: pairs (measure, fraction), where a source gives them.
        dominant: whether it is the one to take where only one can be.
        dominant_by: who says so.
        day: the effective day.
        act: the act.
        seq: grows with (day, act, event); links of one event share it.
        type: type of the succession, or ``re-establishment``.
        evidence: what it rests on; empty if that is not stated.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")], day="2025-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.take_over("a", ["b"])
    >>> [(link.old, link.new, link.extent, link.type, str(link.day)) for link in history.enact(act).lineage.links()]
    [('a', 'a', 'whole', 'takeover', '2025-07-01'), ('b', 'a', 'whole', 'takeover', '2025-07-01')]
    """

    old: str
    new: str
    extent: Extent
    shares: tuple[tuple[str, Fraction], ...]
    dominant: bool
    dominant_by: str
    day: dt.date
    act: Act
    seq: int
    type: str
    _nth: int = field(default=0, eq=False, repr=False)
    evidence: str = field(default="", kw_only=True)

    @property
    def event(self) -> int:
        """The index of the event in the act."""
        return self.act.event_of(self.old, self.new, self._nth)

    def share(self, measure: str) -> Fraction | None:
        """The share of a measure that went along it; None if it is not known."""
        return dict(self.shares).get(measure, Fraction(1) if self.extent == "whole" else None)

    def __str__(self) -> str:
        part = " (part)" if self.extent == "part" else ""
        rests = f", {self.evidence}" if self.evidence else ""
        return f"{self.day} {self.old} -> {self.new}{part}: {self.type}{rests} [{self.act.source.cited}]"


class Traced(Past, Protocol):
    """A history that can be asked which unit became which."""

    @property
    def lineage(self) -> Lineage:
        """Which unit became which."""
        ...


@strictly("successors")
class Lineage(Tabular, Shown):
    """Successors and predecessors of units; as a table, all links with the names of both ends.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.model.unit import Unit
    >>> history = history_of([{"id": "p"}, {"id": "a", "parent": "p"}, {"id": "b", "parent": "p"}], day="2024-01-01")
    >>> with history.draft("2025-01-01") as act:
    ...     _ = act.merge(["a", "b"], into=Unit("ab"))
    >>> lineage = history.enact(act).lineage
    >>> lineage.successors("a"), lineage.predecessors("ab")
    (('ab',), ('a', 'b'))
    """

    def __init__(self, history: Past) -> None:
        self._history = history
        self._state = history._state

    def __repr__(self) -> str:
        links = self.links()
        return f"<Lineage: {len(links):,} links, {len({link.seq for link in links}):,} successions>"

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        links = self.links()
        columns = [
            Column(say("day", language), "day"),
            Column(say("old", language)),
            Column(say("new", language)),
            Column(say("extent", language)),
            Column(say("type", language)),
        ]
        called = self._called()
        rows = [
            [
                link.day,
                called(link.old),
                called(link.new),
                word("extent", link.extent, language),
                Cell(word("event", link.type, language), [link.act.source.cited]),
            ]
            for link in (links[:most] if most else links)
        ]
        return Content(
            say("became", language), [Table(columns, rows, left_out=len(links) - len(rows))], language=language
        )

    def _dated(self, old: int, row: Any) -> DatedLink:
        link, name = row[2], self._state.name
        return DatedLink(
            name(old),
            name(row[3]),
            link.extent,
            link.shares,
            link.dominant,
            link.dominant_by,
            dt.date.fromordinal(row[0]),
            self._history._now(row[4]),
            row[5],
            link.type,
            # A unit may go on through several events of one act.
            sum(r[3] == row[3] and r[4].id == row[4].id and r[5] < row[5] for r in self._state.links_from(old)),
            evidence=link.evidence,
        )

    def _called(self) -> Callable[[str], str]:
        """A function from a unit to its name, or its last name."""
        last = self._history.acts[-1].effective if self._history.acts else dt.date.max
        return self._history.at(last).called

    def _columns(self) -> dict[str, FrameColumn]:
        """All links: old and new with their names, day, type, extent, dominant, evidence, act, source."""
        links = self.links()
        called = self._called()
        return {
            "old": FrameColumn([link.old for link in links]),
            "old_name": FrameColumn([called(link.old) for link in links]),
            "new": FrameColumn([link.new for link in links]),
            "new_name": FrameColumn([called(link.new) for link in links]),
            "day": FrameColumn([link.day for link in links], "day"),
            "type": FrameColumn([link.type for link in links]),
            "extent": FrameColumn([link.extent for link in links]),
            "dominant": FrameColumn([link.dominant for link in links], "boolean"),
            "dominant_by": FrameColumn([link.dominant_by or None for link in links]),
            "evidence": FrameColumn([link.evidence or None for link in links]),
            "act": FrameColumn([link.act.id for link in links]),
            "source": FrameColumn([link.act.source.label for link in links]),
        }

    def _number(self, unit: str) -> int:
        number = self._state.number(unit)
        if number is None or not self._state.was_live(number):
            raise UnknownUnit(unit, like(unit, self._state.all_ids()))
        return number

    def links(self, old: str | None = None, new: str | None = None) -> tuple[DatedLink, ...]:
        """All links, or those out of ``old`` and into ``new``, in order of (day, act, event)."""
        state = self._state
        if old is not None:
            number = self._number(old)
            links = [self._dated(number, row) for row in state.links_from(number)]
            links = [link for link in links if new is None or link.new == new]
        elif new is not None:
            links = [self._dated(number, row) for number, row in state.links_to(self._number(new))]
        else:
            links = [self._dated(number, row) for number, row in state.iter_rows(tracks.LINK)]
        return tuple(sorted(links, key=lambda link: (link.seq, link.old, link.new)))

    def _steps(self, unit: int, day: int, forward: bool) -> Iterator[tuple[int, int]]:
        """(unit, seq) of each unit one step on, for links up to a day; a unit's link to itself is no step."""
        if forward:
            pairs = [(row[3], row) for row in self._state.links_from(unit)]
        else:
            pairs = self._state.links_to(unit)
        for other, row in pairs:
            if other != unit and row[0] <= day:
                yield other, row[5]

    def successors(self, unit: str, *, on: DayLike | None = None, direct: bool = False) -> tuple[str, ...]:
        """The units that a unit became.

        Args:
            unit: its id.
            on: the day on which the successors live; None for the last ones known.
            direct: only one step, instead of the final successors.

        Returns:
            ids, the nearest first. The final successors of a unit that goes on include the unit itself; a unit that
            ended without a successor has none.
        """
        state = self._state
        number = state.number(unit)
        day = EVER if on is None else as_day(on).toordinal()
        # Called a million times. An id with successors belongs to a unit that lived, so only other ids are checked.
        if number is not None and direct is False:
            ends = state.successors(number, day)
            if ends:
                return tuple([state.name(n) for n in ends])
        number = self._number(an_id(unit))
        if a_flag(direct, "direct="):
            return tuple(dict.fromkeys(state.name(n) for n, _ in self._steps(number, day, True)))
        return tuple([state.name(n) for n in state.successors(number, day)])

    def predecessors(self, unit: str, *, on: DayLike | None = None, direct: bool = False) -> tuple[str, ...]:
        """The units that a unit came from.

        Args:
            unit: its id.
            on: only units that live on this day; None for the first ones known.
            direct: only one step, instead of the first predecessors.
        """
        state, number = self._state, self._number(unit)
        if direct:
            return tuple(dict.fromkeys(state.name(n) for n, _ in self._steps(number, EVER, False)))
        reached = self._reach(number, EVER)
        if on is not None:
            day = as_day(on).toordinal()
            return tuple([state.name(n) for n in reached if state.is_live(n, day)])
        ends = [n for n in reached if not any(True for _ in self._steps(n, EVER, False))]
        # A unit is its own first predecessor only if it came from no other.
        return tuple([state.name(n) for n in ends if n != number or len(reached) == 1])

    def _reach(self, start: int, day: int) -> list[int]:
        """All units reached backwards along links of falling sequence, the start first."""
        # By sequence, not by day: a unit may take over another and be divided on one day, in this order or the other.
        best: dict[int, int] = {start: 2**63}
        stack = [start]
        # It grows while it is walked. A unit is visited again if a later event is found by which it led here.
        for at in stack:
            for other, seq in self._steps(at, day, False):
                if seq <= best[at] and best.get(other, -1) < seq:
                    best[other] = seq
                    stack.append(other)
        return list(best)

    def graph(self) -> nx.MultiDiGraph[tuple[str, int]]:
        """A frozen directed graph of unit stages.

        A node is (unit id, stage): stage 0 until the first event that touched the
        unit, 1 after it, and so on. Edges go from the stage before an event to the stage
        after it and carry ``day``, ``act``, ``event``, ``type``, ``extent``. It has no cycle.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[tuple[str, int]] = nx.MultiDiGraph()
        stage: dict[str, int] = {}
        events: dict[int, list[DatedLink]] = {}
        for link in self.links():
            events.setdefault(link.seq, []).append(link)
        for links in events.values():
            before = {link.old: stage.get(link.old, 0) for link in links}
            news = dict.fromkeys(link.new for link in links)
            # A unit that an event creates begins at stage 0; one that goes on or gains has another stage from here on.
            for new in news:
                stage[new] = stage[new] + 1 if new in stage else int(new in before)
            for link in links:
                graph.add_edge(
                    (link.old, before[link.old]),
                    (link.new, stage[link.new]),
                    day=link.day.isoformat(),
                    act=link.act.id,
                    event=link.event,
                    type=link.type,
                    extent=link.extent,
                )
        frozen_graph: nx.MultiDiGraph[tuple[str, int]] = nx.freeze(graph)
        return frozen_graph
