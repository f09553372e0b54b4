"""What a late act, a correction or a cancellation changed besides what it says: fact by fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import field, frozen

from orgmodel.engine.columns import Row
from orgmodel.errors import Refused
from orgmodel.history.anew import written_by
from orgmodel.history.facts import shown
from orgmodel.model import track as tracks
from orgmodel.period import from_ordinal

if TYPE_CHECKING:
    from orgmodel.acts.act import Act
    from orgmodel.engine.state import State
    from orgmodel.history.history import History
    from orgmodel.history.log import Entry

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
    """What an entry changed besides its own word, by act, track and subject.

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
        """Those of one unit or cluster."""
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


def consequences(history: History, entry: Entry) -> Consequences:
    """What an entry of a history changed besides what it says; worked out when asked, from the rows before and after.

    Args:
        history: the history.
        entry: one of its entries.
    """
    if not entry.remade:
        return Consequences(entry.number, ())
    after = history.as_recorded(entry.number)
    own = {entry.amends or (entry.act.id if entry.act is not None else "")}
    before, at = None, entry.number - 1
    while before is None:
        try:
            before = history.as_recorded(at)
        except Refused:
            # Entries of one call need each other: the history before is that before the first of them.
            other = history.log[at - 1]
            own.add(other.amends or (other.act.id if other.act is not None else ""))
            at -= 1
    subjects: dict[str, None] = {}
    for act in entry.remade:
        for events in _otherwise(before, act):
            subjects |= written_by(events)
    remade = {act.id for act in entry.remade}
    found: list[Consequence] = []
    old, new = before._state, after._state
    for subject in subjects:
        for track in dict.fromkeys((*old.tracks(), *new.tracks())):
            if track != tracks.LINK:
                found += _differences(old, new, subject, track, own, remade)
    order = {act.id: place for place, act in enumerate(after.acts)}
    found.sort(key=lambda c: (order.get(c.act, len(order)), c.track, c.subject, str(c.slot), c.start))
    return Consequences(entry.number, found)


def _otherwise(before: History, act: Act) -> Iterator[Iterable[Any]]:
    """The events of the steps of an act that came to something else before."""
    known = before._record.known.get(act.id)
    old = () if known is None else known[1].resolved
    for at, events in enumerate(act.resolved):
        was = old[at] if at < len(old) else ()
        if was != events:
            yield (*was, *events)


def _rows(state: State, subject: str, track: str) -> tuple[Row, ...]:
    number = state.number(subject)
    return () if number is None else state.rows(track, number)


_Held = Mapping[Any, tuple[Any, str]]


def _on(state: State, rows: Iterable[Row], track: str, day: int) -> _Held:
    """Slot -> (value, id of the act) on a day."""
    return {row[3]: (shown(state, track, row[2]), row[4].id) for row in rows if row[0] <= day < row[1]}


def _differences(
    old: State, new: State, subject: str, track: str, own: set[str], remade: set[str]
) -> Iterator[Consequence]:
    was, now = _rows(old, subject, track), _rows(new, subject, track)
    if was == now:
        return
    days = sorted({day for row in (*was, *now) for day in row[:2]})
    open_: dict[Any, list[Any]] = {}
    spans: list[list[Any]] = []
    for day in days:
        a, b = _on(old, was, track, day), _on(new, now, track, day)
        for slot in dict.fromkeys((*a, *b, *open_)):
            pair = a.get(slot, (None, "")), b.get(slot, (None, ""))
            span = open_.get(slot)
            if span is not None and span[2] == pair:
                continue
            if span is not None:
                span[4] = day
                del open_[slot]
            if pair[0][0] != pair[1][0] and not _is_own(pair, own):
                open_[slot] = span = [slot, day, pair, None, None]
                spans.append(span)
    for slot, start, ((before, by), (after, says)), _, end in spans:
        how: How = "ended" if after is None else "carried" if says in remade else "restated"
        first, last = dt.date.fromordinal(start), None if end is None else from_ordinal(end)
        yield Consequence(says or by, subject, track, slot, first, last, before, after, how)


def _is_own(pair: tuple[tuple[Any, str], tuple[Any, str]], own: set[str]) -> bool:
    """Whether a difference is what the entry itself says, or no longer says."""
    (_, by), (after, says) = pair
    return says in own or (after is None and by in own)
