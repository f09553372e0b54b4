"""What is different between two days, each difference with the act that made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from orgmodel.acts.events import Act
from orgmodel.engine.columns import ABOVE_ROOT
from orgmodel.engine.state import UNIT, Reader
from orgmodel.model import track as tracks
from orgmodel.model.unit import ROOT
from orgmodel.structure.structure import Structure

if TYPE_CHECKING:
    from orgmodel.history.history import History

Facts = dict[str, dict[tuple[str, Any], Any]]


@frozen
class Difference:
    """One fact that differs between two days.

    Attributes:
        subject: id of the unit or cluster.
        track: which fact; ``life`` for a beginning or an end.
        slot: which of several of the same fact.
        before: its value on the first day, None if there was none.
        after: its value on the second day, None if there is none.
        act: the act that made it so, the last if there were several.
    """

    subject: str
    track: str
    slot: Any
    before: Any
    after: Any
    act: Act | None

    def __str__(self) -> str:
        slot = "" if self.slot is None else f" {self.slot}"
        source = "" if self.act is None else f" [{self.act.source.label}]"
        return f"{self.subject} {self.track}{slot}: {self.before} -> {self.after}{source}"


@frozen(slots=False, repr=False)
class Diff:
    """What is different on day ``b`` from day ``a``; facts of units that begin or end are included.

    A backward diff (``b`` before ``a``) undoes the forward one.

    Attributes:
        a: the first day.
        b: the second day.
        differences: by subject in order of its beginning, then by track. References are
            ids; the parent of a root is :data:`orgmodel.model.unit.ROOT`.
    """

    a: dt.date
    b: dt.date
    differences: tuple[Difference, ...]

    def _of(self, *track_names: str) -> tuple[Difference, ...]:
        born_or_gone = {d.subject for d in self.differences if d.track == tracks.LIFE}
        return tuple(
            d for d in self.differences if d.track.partition(":")[0] in track_names and d.subject not in born_or_gone
        )

    @property
    def created(self) -> tuple[Difference, ...]:
        """Units that live on ``b`` and not on ``a``."""
        return tuple(d for d in self.differences if d.track == tracks.LIFE and d.after == UNIT)

    @property
    def ended(self) -> tuple[Difference, ...]:
        """Units that live on ``a`` and not on ``b``."""
        return tuple(d for d in self.differences if d.track == tracks.LIFE and d.before == UNIT)

    @property
    def moved(self) -> tuple[Difference, ...]:
        """Units with another parent."""
        return self._of(tracks.PARENT)

    @property
    def renamed(self) -> tuple[Difference, ...]:
        """Units with another name."""
        return self._of(tracks.NAME)

    @property
    def recoded(self) -> tuple[Difference, ...]:
        """Units with another code."""
        return self._of(tracks.CODE)

    @property
    def reclassified(self) -> tuple[Difference, ...]:
        """Units of another kind or category."""
        return self._of(tracks.KIND, tracks.CATEGORY)

    @property
    def measured(self) -> tuple[Difference, ...]:
        """Units with another figure."""
        return self._of("measure")

    @property
    def others(self) -> tuple[Difference, ...]:
        """Other differences: memberships, roles, offices, clusters."""
        known = {tracks.PARENT, tracks.NAME, tracks.CODE, tracks.KIND, tracks.CATEGORY, "measure", tracks.LIFE}
        clusters = tuple(d for d in self.differences if d.track == tracks.LIFE and UNIT not in (d.before, d.after))
        return clusters + tuple(d for d in self.differences if d.track.partition(":")[0] not in known)

    def apply(self, structure: Structure) -> Facts:
        """The facts of a structure (see ``Structure.facts``) with the differences made.

        Raises:
            ValueError: the structure does not say what the diff starts from.
        """
        facts = {subject: dict(held) for subject, held in structure.facts().items()}
        for d in self.differences:
            held = facts.setdefault(d.subject, {})
            key = d.track, d.slot
            if held.get(key, None) != d.before:
                raise ValueError(f"{d.subject} {d.track}: {held.get(key)!r} is not {d.before!r}, the diff's beginning")
            if d.after is not None:
                held[key] = d.after
            else:
                held.pop(key, None)
            if not held:
                del facts[d.subject]
        return facts

    @property
    def inverse(self) -> Diff:
        """The diff from ``b`` to ``a``."""
        swapped = tuple(Difference(d.subject, d.track, d.slot, d.after, d.before, d.act) for d in self.differences)
        return Diff(self.b, self.a, swapped)

    def under(self, unit: str, before: Structure, after: Structure) -> Diff:
        """Only what concerns a unit and what is or was below it."""
        inside = {unit}
        for structure in (before, after):
            if unit in structure:
                inside.update(structure.descendants(unit))
        return Diff(self.a, self.b, tuple(d for d in self.differences if d.subject in inside))

    def counts(self) -> Mapping[str, int]:
        """How many differences of each sort there are."""
        sorts = ("created", "ended", "moved", "renamed", "recoded", "reclassified", "measured", "others")
        return {sort: len(getattr(self, sort)) for sort in sorts}

    def __len__(self) -> int:
        return len(self.differences)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n:,} {sort}" for sort, n in self.counts().items() if n)
        return f"<Diff {self.a} to {self.b}: {counts or 'nothing differs'}>"


def between(history: History, a: dt.date, b: dt.date) -> Diff:
    """The differences between two days, read from the rows that begin or end between them."""
    state = history._state
    low, high = sorted((a.toordinal(), b.toordinal()))
    shown = Structure(state, b, history.schema)._shown
    found: list[tuple[int, int, str, Any, Any, Any, Act | None]] = []
    for order, track in enumerate(sorted(state.tracks(), key=lambda t: (t != tracks.LIFE, t))):
        if track == tracks.LINK:
            continue
        for subject in _changed(state, track, low, high):
            rows = state.rows(track, subject)
            first = {row[3]: row for row in rows if row[0] <= a.toordinal() < row[1]}
            last = {row[3]: row for row in rows if row[0] <= b.toordinal() < row[1]}
            for slot in dict.fromkeys([*first, *last]):
                old, new = first.get(slot), last.get(slot)
                before = None if old is None else _value(shown, track, old[2])
                after = None if new is None else _value(shown, track, new[2])
                if before != after:
                    found.append(
                        (subject, order, track, slot, before, after, _maker(state, subject, track, slot, low, high))
                    )
    found.sort(key=lambda item: (item[0], item[1], str(item[3])))
    name = state.name
    return Diff(a, b, tuple(Difference(name(s), t, slot, x, y, act) for s, _, t, slot, x, y, act in found))


def _value(shown: Any, track: str, value: Any) -> Any:
    if tracks.is_parent(track) and value == ABOVE_ROOT:
        return ROOT
    return shown(track, value)


def _changed(state: Reader, track: str, low: int, high: int) -> list[int]:
    """Subjects with a row that begins or ends in (low, high]."""
    changed = state.maps.get(track) or {}
    found: set[int] = set()
    columns = state.base.columns.get(track)
    if columns is not None:
        touched = ((columns.start > low) & (columns.start <= high)) | ((columns.end > low) & (columns.end <= high))
        found.update(s for s in columns.subject.compress(touched).tolist() if s not in changed)
    for subject, rows in changed.items():
        if any(low < row[0] <= high or low < row[1] <= high for row in rows):
            found.add(subject)
    return sorted(found)


def _maker(state: Reader, subject: int, track: str, slot: Any, low: int, high: int) -> Act | None:
    """The act that last wrote the fact, or ended its subject, in (low, high]; None if it ran out as was said."""
    rows = [row for row in state.rows(track, subject) if row[3] == slot and low < row[0] <= high]
    rows += [row for row in state.rows(tracks.LIFE, subject) if row[2] is None and low < row[0] <= high]
    act: Act | None = rows[-1][4] if rows else None
    return act
