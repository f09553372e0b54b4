"""Units by a name or code of any day: who bears it now, who bore it, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

from attrs import field, frozen

from orgmodel.engine.state import UNIT
from orgmodel.history.lineage import Traced
from orgmodel.history.unit_directory import By, register_of
from orgmodel.model import track as tracks
from orgmodel.model.door import a_text, texts
from orgmodel.model.frames import Column, Tabular
from orgmodel.period import Period, from_ordinal
from orgmodel.structure.finding import known_kind, scheme_of
from orgmodel.structure.matcher import How

__all__ = [
    "Borne",
    "EverBorne",
    "ever_borne",
]


@frozen
class Borne:
    """A unit that bore a name, code or id for a time.

    Attributes:
        text: the name or code as the register has it.
        unit: id of the unit.
        kind: its last kind.
        scheme: what it is: ``name``, ``code``, ``id``, or another such as ``name:short``.
        how: how the text that was asked for fits it.
        period: from when to when it bore it.
        life: from when to when it exists.
        now: ids of the units that it is now: itself, or its final successors; none if it ended without.
    """

    text: str
    unit: str
    kind: str | None
    scheme: str
    how: How
    period: Period
    life: Period
    now: tuple[str, ...]

    def __str__(self) -> str:
        kind = f"{self.kind} " if self.kind else ""
        if self.now == (self.unit,):
            now = "it goes on"
        else:
            now = f"now {', '.join(self.now)}" if self.now else "it ended without a successor"
        return f"{kind}{self.unit} bore the {self.scheme} {self.text!r} {self.period}; {now}"


@frozen(repr=False, slots=False)
class EverBorne(Tabular, Sequence[Borne]):
    """Who ever bore a text, in order of time: a sequence, and a table with the names of what they are now.

    Attributes:
        text: what was asked for.
        items: who bore it.
        near: ids of units whose names look like it, where no unit bore it.
    """

    text: str
    items: tuple[Borne, ...]
    near: tuple[str, ...]
    _called: Callable[[str], str] = field(eq=False)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, at: int) -> Borne: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Borne]: ...
    def __getitem__(self, at: int | slice) -> Borne | Sequence[Borne]:
        return self.items[at]

    def __iter__(self) -> Iterator[Borne]:
        return iter(self.items)

    @property
    def units(self) -> tuple[str, ...]:
        """Ids of the units, each once."""
        return tuple(dict.fromkeys(item.unit for item in self.items))

    def _columns(self) -> dict[str, Column]:
        called = self._called
        return {
            "text": Column([item.text for item in self.items]),
            "scheme": Column([item.scheme for item in self.items]),
            "how": Column([item.how for item in self.items]),
            "unit": Column([item.unit for item in self.items]),
            "name": Column([called(item.unit) for item in self.items]),
            "kind": Column([item.kind for item in self.items]),
            "start": Column([item.period.start for item in self.items], "day"),
            "end": Column([item.period.end for item in self.items], "day"),
            "ended": Column([item.life.end for item in self.items], "day"),
            "now": Column([item.now for item in self.items], "texts"),
            "now_names": Column([[*map(called, item.now)] for item in self.items], "texts"),
        }

    def __str__(self) -> str:
        if self.items:
            return "\n".join(map(str, self.items))
        near = "; ".join(f"{self._called(unit)} ({unit})" for unit in self.near)
        return f"nothing ever bore {self.text!r}{f'; near it {near}' if near else ''}"

    def __repr__(self) -> str:
        return f"<EverBorne {self.text!r}: {len(self.items)} times>"


def ever_borne(
    history: Traced,
    text: str,
    *,
    kind: str | None = None,
    above: str | Iterable[str] = (),
    by: By | None = None,
) -> EverBorne:
    """The units that ever bore a name, code or id: see :meth:`orgmodel.history.history.History.find`."""
    asked, tops = a_text(text, "a text"), texts(above, "what stands above")
    scheme = None if by is None else scheme_of(by)
    last = history.acts[-1].effective if history.acts else None
    if last is None:
        return EverBorne(asked, (), (), str)
    structure = history.at(last)
    kind = None if kind is None else known_kind(structure, kind)
    matcher = register_of(history).matcher
    state = history._state
    borne: list[Borne] = []
    for number, (track, borne_text, how) in matcher.ever(asked, above=tops, kind=kind, scheme=scheme).items():
        unit = state.name(number)
        rows = state.rows(tracks.LIFE if track == "id" else track, number)
        wanted: Any = UNIT if track == "id" else borne_text
        kinds = [row[2] for row in state.rows(tracks.KIND, number) if row[2] is not None]
        for row in rows:
            if row[2] == wanted and row[0] < row[1]:
                period = Period(from_ordinal(row[0]), from_ordinal(row[1]))
                lives = [life for life in state.rows(tracks.LIFE, number) if life[2] == UNIT]
                life = Period(from_ordinal(lives[0][0]), from_ordinal(lives[-1][1]))
                now = history.lineage.successors(unit)
                borne.append(Borne(borne_text, unit, kinds[-1] if kinds else None, track, how, period, life, now))
    borne.sort(key=lambda item: (item.period.start, item.unit, item.scheme))
    near = () if borne else matcher.near(asked, above=tops, kind=kind)
    return EverBorne(asked, tuple(borne), near, structure.called)
