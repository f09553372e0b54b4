"""The consequences of a late act, a correction or a cancellation: what changed besides what it says, fact by fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Literal, overload

from attrs import field, frozen

from orgmodel.model import track as tracks

__all__ = [
    "Consequence",
    "Consequences",
    "How",
]

How = Literal["carried", "restated", "ended", "drift"]
"""How a value came to differ: it follows from a later decision; another act's own word holds now; nothing holds any
more; or a newer version of the library reads the decision otherwise."""


@frozen
class Consequence:
    """One fact that is another one since an entry, on some days.

    Attributes:
        act: id of the act from which the value follows now, or from which it followed before where there is none now.
        subject: id of the unit or cluster.
        track: which fact.
        slot: which of several of the same fact.
        start: first day.
        end: first day on which the two agree again; None for an open end.
        before: the value before the entry, None for none; references are ids.
        after: the value since.
        how: carried, restated, ended, drift.
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
        what = self.track.partition(":")[2] or self.track
        return f"{what}{slot} of {self.subject} from {self.start}{until}: {was}, now {now} ({self.how} by {self.act})"


def _rows_of(rows: Iterable[Consequence]) -> tuple[Consequence, ...]:
    return tuple(rows)


@frozen(repr=False)
class Consequences(Sequence[Consequence]):
    """The consequences of an entry, besides what it says itself, by act, track and subject.

    Attributes:
        entry: number of the entry.
        rows: the consequences.
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
        """The rows as columns, each as long as there are rows, in their order: for a data frame."""
        names = ("act", "subject", "track", "slot", "start", "end", "before", "after", "how")
        return {name: [getattr(row, name) for row in self.rows] for name in names}

    def __str__(self) -> str:
        if not self.rows:
            return f"entry {self.entry}: nothing else is different"
        lines = [f"entry {self.entry}: {len(self)} fact{'' if len(self) == 1 else 's'} that follow from later acts"]
        for (act, track), group in groupby(self.rows, key=lambda row: (row.act, row.track)):
            of_track = list(group)
            lines.append(f"  {act}: {track}, {len(of_track)}")
            lines += [f"    {row}" for row in of_track[:_SHOWN]]
            if len(of_track) > _SHOWN:
                lines.append(f"    ... and {len(of_track) - _SHOWN} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Consequences of entry {self.entry}: {len(self)}>"


_SHOWN = 5
