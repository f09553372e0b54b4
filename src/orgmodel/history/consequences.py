"""The consequences of a late act, a correction or a cancellation: each fact that changed besides those it states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, Literal, overload

from attrs import field, frozen

from orgmodel.model import track as tracks

__all__ = [
    "Consequence",
    "Consequences",
]

How = Literal["carried", "restated", "ended", "drift"]
"""Why a value differs: it follows from a later decision (carried); another act states it (restated); there is none any
more (ended); or a newer version of the library resolves the decision otherwise (drift)."""


@frozen
class Consequence:
    """One fact whose value on some days differs since an entry.

    Attributes:
        act: id of the act that the value comes from now; where there is none now, that it came from before.
        subject: id of the unit or cluster.
        track: which fact.
        slot: which of several of the same fact.
        start: first day.
        end: first day on which old and new value agree again; None for an open end.
        before: the value before the entry, None for none; references are ids.
        after: the value since the entry.
        how: carried, restated, ended, drift.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, {"id": "a", "parent": "top"}], day="2025-01-01",
    ...                         measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01", om.Source("a replacement")) as act:
    ...     _ = act.replace("a", om.Unit("b"))
    >>> history = history.enact(act)
    >>> with history.draft("2025-03-01", om.Source("a late count")) as act:
    ...     act.record("a", "members", 10)
    >>> late, = history.enact(act).log[-1].consequences()
    >>> late.subject, late.track, str(late.start), late.before, late.after, late.how
    ('b', 'measure:members', '2025-07-01', None, 10, 'carried')
    """

    act: str
    subject: str
    track: str
    slot: Any
    start: dt.date
    end: dt.date | None
    before: Any
    after: Any
    how: How

    def __str__(self) -> str:
        slot = "" if self.slot in (None, tracks.OWN) else f" {self.slot}"
        until = "" if self.end is None else f" until {self.end}"
        was, now = ("nothing" if value is None else value for value in (self.before, self.after))
        fact = self.track.partition(":")[2] or self.track
        return f"{fact}{slot} of {self.subject} from {self.start}{until}: {was}, now {now} ({self.how} by {self.act})"


def _rows_of(rows: Iterable[Consequence]) -> tuple[Consequence, ...]:
    return tuple(rows)


@frozen(repr=False)
class Consequences(Sequence[Consequence]):
    """The consequences of an entry besides the facts that it states itself, by act, track and subject.

    Attributes:
        entry: number of the entry.
        rows: the consequences.

    >>> import orgmodel as om
    >>> history = om.history_of([{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")], day="2025-01-01",
    ...                         measures=[om.Measure("members")])
    >>> with history.draft("2025-07-01", om.Source("a merger")) as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> history = history.enact(act)
    >>> with history.draft("2025-03-01", om.Source("a late count")) as act:
    ...     act.record("a", "members", 10)
    ...     act.record("b", "members", 20)
    >>> for consequence in history.enact(act).log[-1].consequences():
    ...     print(consequence)
    members of ab from 2025-07-01: nothing, now 30 (carried by 2025-07-01 a merger)
    """

    entry: int
    rows: tuple[Consequence, ...] = field(converter=_rows_of)

    @overload
    def __getitem__(self, at: int) -> Consequence: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Consequence, ...]: ...

    def __getitem__(self, at: int | slice) -> Consequence | tuple[Consequence, ...]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, subject: str) -> Consequences:
        """The consequences for one unit or cluster."""
        return Consequences(self.entry, [row for row in self.rows if row.subject == subject])

    def columns(self) -> dict[str, list[Any]]:
        """The rows as columns, in their order: for a data frame."""
        names = ("act", "subject", "track", "slot", "start", "end", "before", "after", "how")
        return {name: [getattr(row, name) for row in self.rows] for name in names}

    def __str__(self) -> str:
        if not self.rows:
            return f"entry {self.entry}: nothing else is different"
        lines = [
            f"entry {self.entry}: {len(self)} {'fact that follows' if len(self) == 1 else 'facts that follow'} from later acts"
        ]
        for (act, track), group in groupby(self.rows, key=lambda row: (row.act, row.track)):
            of_track = list(group)
            lines.append(f"  {act}: {track}, {len(of_track)}")
            lines += [f"    {row}" for row in of_track[:_ROWS_SHOWN]]
            if len(of_track) > _ROWS_SHOWN:
                lines.append(f"    ... and {len(of_track) - _ROWS_SHOWN} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Consequences of entry {self.entry}: {len(self)}>"


_ROWS_SHOWN: Final = 5
"""How many rows of one act and track are printed."""
