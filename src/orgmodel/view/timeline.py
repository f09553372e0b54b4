"""Units through time: a bar for each life, a line for each succession."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from orgmodel.content.colours import PALETTE, colours
from orgmodel.history.biography import Fact
from orgmodel.history.history import History
from orgmodel.history.lineage import DatedLink
from orgmodel.model import track as tracks
from orgmodel.model.door import one_of, refuse, strict
from orgmodel.period import DayLike, Period, as_day
from orgmodel.view.labels import INK, LEGEND, captioned, framed, graph_objects, lighter

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "timeline",
]


_COLOURED_BY: Final = (tracks.CATEGORY, tracks.KIND, tracks.NAME, tracks.CODE)
"""Tracks that every history has, whether anything is recorded in them or not."""


@strict
def timeline(
    history: History,
    units: Iterable[str] | None = None,
    *,
    kind: str | None = None,
    until: DayLike | None = None,
    colour_by: str = tracks.CATEGORY,
) -> go.Figure:
    """A picture of the lives of units as bars, with a vertical line from each old unit to its successors.

    A bar is divided where the unit's name changes, and labelled with the names. Units that
    became one another stand near each other.

    Args:
        history: the history.
        units: ids; all units that ever lived if neither they nor ``kind`` are given.
        kind: all units that were ever of this kind.
        until: the day on which bars without an end stop; if None, a tenth of the whole time after the last effective
            day. The library never asks what day it is.
        colour_by: the track that decides the colour of a bar.

    Raises:
        Refused: there is nothing to show.
        UnknownUnit: an id that no unit ever had.

    >>> from orgmodel.history.history import history_of
    >>> figure = timeline(history_of([{"id": "vn", "name": "Việt Nam"}], day="2024-01-01"), until="2025-01-01")
    >>> figure.data[0].text
    ('Việt Nam',)
    """
    chosen = _chosen(history, units, kind)
    first, last = history.first_day, history.last_day
    if not chosen or first is None or last is None:
        refuse("a timeline", "no unit is chosen, so there is nothing to show", "something")
    one_of(colour_by, {*_COLOURED_BY, *history._state.tracks()}, "colour_by=")
    stop = last + max((last - first) / 10, dt.timedelta(days=30)) if until is None else as_day(until)
    if stop <= first:
        refuse("a timeline", f"it would stop on {stop}, and the history begins on {first}; give a later day", "days")
    figure, row_of, links = _drawn(history, chosen, stop, colour_by)
    height, title = 120 + 20 * max(len(row_of), 4), f"{kind or 'units'}, {first} to {last if until is None else stop}"
    framed(figure, title, size=11, bottom=40, height=height, legend=LEGEND, barmode="overlay", bargap=0.2)
    figure.update_xaxes(type="date", range=[str(first), str(stop)], gridcolor="#e8e8e8", side="bottom")
    figure.update_yaxes(visible=False, range=[len(row_of) - 0.5, -0.5])
    captioned(figure, (link.act.source.cited for link in links))
    return figure


def _drawn(
    history: History, chosen: dict[str, Period], stop: dt.date, colour_by: str
) -> tuple[go.Figure, dict[str, int], list[DatedLink]]:
    """The bars and lines of units, without a frame; unit -> its row; the links of the lines."""
    # A line to a unit that is not drawn would end nowhere.
    links = [link for link in history.lineage.links() if link.old in chosen and link.new in chosen]
    row_of = {unit: row for row, unit in enumerate(_ordered(chosen, links))}
    by_word: dict[str | None, list[_Piece]] = {}
    for unit in row_of:
        for piece in _pieces(history, unit, chosen[unit], stop, colour_by):
            by_word.setdefault(piece.word, []).append(piece)
    figure = graph_objects().Figure()
    for word, colour in colours(by_word).items():
        figure.add_trace(_bars(word, by_word[word], row_of, colour))
    for trace in _successions(links, row_of):
        figure.add_trace(trace)
    return figure, row_of, links


def _chosen(history: History, units: Iterable[str] | None, kind: str | None) -> dict[str, Period]:
    if units is not None:
        ids: Iterable[str] = dict.fromkeys(units)
    elif kind is not None:
        ids = dict.fromkeys(unit for day in history.days() for unit in history.at(day).select(kind=kind))
    else:
        ids = history.units_ever()
    return {unit: history.life(unit) for unit in ids}


def _ordered(chosen: dict[str, Period], links: list[DatedLink]) -> list[str]:
    """The units, those that links connect beside each other, and these by their first day."""
    family = {unit: unit for unit in chosen}

    def head(unit: str) -> str:
        while family[unit] != unit:
            family[unit] = family[family[unit]]
            unit = family[unit]
        return unit

    for link in links:
        family[head(link.new)] = head(link.old)
    place = {unit: number for number, unit in enumerate(chosen)}
    start = {unit: period.start or dt.date.min for unit, period in chosen.items()}
    rank: dict[str, int] = {}
    for unit in chosen:
        rank[head(unit)] = min(rank.get(head(unit), len(place)), place[unit])
    return sorted(chosen, key=lambda unit: (rank[head(unit)], start[unit], place[unit]))


class _Piece(NamedTuple):
    """A stretch of the life of a unit; ``word`` decides its colour."""

    unit: str
    start: dt.date
    end: dt.date
    name: str
    word: str | None
    source: str

    @property
    def hover_text(self) -> str:
        """The text under the pointer."""
        lines = [self.name, f"id {self.unit}", str(Period(self.start, self.end)), self.source]
        return "<br>".join(filter(None, lines))


def _pieces(history: History, unit: str, life: Period, stop: dt.date, colour_by: str) -> Iterator[_Piece]:
    """The stretches of a life in which its name and its colour stay as they are."""
    start, end = life.start or stop, min(life.end or stop, stop)
    if start >= end:
        return
    facts = [f for f in history.biography(unit) if f.track in (tracks.NAME, colour_by) and f.start != f.end]
    # Of several facts that begin on one day the first is cited.
    source_of = {fact.start: fact.act.source.cited for fact in reversed(facts)}
    shown = Period(start, end)
    # A code that is taken away ends without another one after it: a stretch begins there, too.
    bounds = {*source_of, *(fact.end for fact in facts if fact.end is not None)}
    days = sorted({start, *filter(shown.__contains__, bounds)})
    for day, after in pairwise([*days, end]):
        name, word = (_value_on(facts, track, day) for track in (tracks.NAME, colour_by))
        yield _Piece(unit, day, after, name or unit, word, source_of.get(day, ""))


def _value_on(facts: list[Fact], track: str, day: dt.date) -> str | None:
    """The value of a track on a day, as text."""
    values = (fact.value for fact in facts if fact.track == track and day in Period(fact.start, fact.end))
    value = next(values, None)
    return None if value is None else str(value)


def _bars(word: str | None, pieces: list[_Piece], row_of: dict[str, int], colour: str) -> go.Bar:
    go = graph_objects()
    return go.Bar(
        orientation="h",
        y=[row_of[piece.unit] for piece in pieces],
        base=[str(piece.start) for piece in pieces],
        # Lengths on an axis of days are in milliseconds.
        x=[(piece.end - piece.start).days * 86_400_000 for piece in pieces],
        text=[piece.name for piece in pieces],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        constraintext="none",
        insidetextfont={"color": INK},
        cliponaxis=False,
        hovertext=[piece.hover_text for piece in pieces],
        hoverinfo="text",
        marker={"color": lighter(colour), "line": {"color": "white", "width": 1}},
        name=word or "not stated",
        showlegend=True,
    )


def _successions(links: list[DatedLink], row_of: dict[str, int]) -> Iterator[go.Scatter]:
    """A line for each succession; neighbouring lines differ in colour, so that lines of one day can be told apart."""
    go = graph_objects()
    by_event: dict[int, list[DatedLink]] = {}
    for link in links:
        if link.old != link.new:
            by_event.setdefault(link.seq, []).append(link)
    for place, event in enumerate(by_event.values()):
        x: list[str | None] = []
        y: list[float | None] = []
        hover: list[str] = []
        for link in event:
            x += [str(link.day), str(link.day), None]
            y += [row_of[link.old], row_of[link.new], None]
            hover += [str(link), str(link), ""]
        colour = PALETTE[place % len(PALETTE)]
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": colour, "width": 1.6, "dash": "solid" if all(e.extent == "whole" for e in event) else "dot"},
            marker={"size": 5, "color": colour},
            hovertext=hover,
            hoverinfo="text",
            name="became",
            legendgroup="became",
            showlegend=place == 0,
        )
