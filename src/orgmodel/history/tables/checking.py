"""Tables before the judge: the rules are those of acts, and every fault names its table and row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from orgmodel.acts.faults import Where
from orgmodel.acts.judge import WrittenRows, judge_batch
from orgmodel.acts.sieve import Sieve
from orgmodel.engine.state import State
from orgmodel.engine.written import Numbers
from orgmodel.errors import Finding
from orgmodel.history.tables.links import LinkRows
from orgmodel.history.tables.reading import TableReader, TrackRows
from orgmodel.model import track as tracks
from orgmodel.model.measure import Measure
from orgmodel.model.schema import Schema

__all__ = [
    "Places",
    "judged",
]


class _Everything:
    """A set that contains everything."""

    def __contains__(self, item: object) -> bool:
        return True


class Places:
    """Where the rows of tracks stand in tables.

    Args:
        run: the reader of the tables.
        read: track -> (name of its table, its rows).
        linked: the rows of the table of links, if there is one.
    """

    def __init__(self, run: TableReader, read: Mapping[str, tuple[str, TrackRows]], linked: LinkRows | None) -> None:
        self._run, self._read, self._linked = run, read, linked

    def __call__(self, where: Where) -> list[tuple[str, int]]:
        """(name of the table, number of the row, from 1) for each row that states the fact."""
        track, subject, day, slot = where
        if track == tracks.LIFE:
            return [("units", int(self._run.row_of[subject]) + 1)]
        if track == tracks.LINK and self._linked is not None:
            links = self._linked
            same = (links.old == subject) & (links.new == slot) & (links.day == day)
            table, places = "links", links.rows[same]
        elif track in self._read:
            table, read = self._read[track]
            same = (read.subject == subject) & (read.start == day)
            places = read.rows[same if read.slot is None else same & (read.slot == read.slots.find(slot))]
        else:
            return []
        return [(table, row + 1) for row in places.tolist()]


def judged(
    state: State, days: Sequence[dt.date], places: Places, schema: Schema, measures: Mapping[str, Measure]
) -> list[Finding]:
    """The faults of the rows of tables in which each day is one act.

    Args:
        state: the state of all rows.
        days: the days of the acts, by their numbers in the columns.
        places: where rows stand in tables.
        schema: kinds, placements, hierarchies.
        measures: the measures that are declared.
    """
    ordinals = [day.toordinal() for day in days]
    touched = dict.fromkeys(state.base.columns, ())
    if not ordinals:
        return []
    sieve = Sieve(
        state, touched, place_of=np.arange(len(days)), days=np.array(ordinals), since=(0, -1), schema=schema,
        measures=measures, crossing=True,
    )  # fmt: skip
    suspects = sieve.suspects()
    if not suspects:
        return []
    acts = {act.id: place for place, act in enumerate(state.base.acts.objects)}
    # A table states which unit became which, not what was decided: a successor may be of another kind.
    written = {track: Numbers(subjects) for track, subjects in suspects.items()}
    batch = WrittenRows(written, (ordinals[0], 0, -1), acts, ordinals, crossing=_Everything())
    return judge_batch(state, batch, schema, measures, suspects=suspects, row_of=places)
